"""Stock effects: what the events of an order mean for stock.

Decides the one translation between the two aggregates: a table from order event to operations on
stock items, kits exploded and demand summed per SKU and location (S3). Must not know how an event
came about, or what a stock item refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from omcore import inventory as inv
from omcore.kernel import InvalidType, checked_iterator
from omcore.orders import events as ev
from omcore.orders.fulfillment.shipping import QUARANTINED
from omcore.orders.selection import components
from omcore.orders.state import Items, Order

# Operations by (location, sku), in the order in which they are decided.
Effects = dict[tuple[str, str], list[Any]]
_Back = ev.ReturnReceived | ev.ReturnArrived | ev.ReturnInspected | ev.LostReturnFound


def stock_effects(order: Order, events: Iterable[Any]) -> Effects:
    """Operations on stock items that the events of one command stand for. Errors: ``InvalidType``."""
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    effects: Effects = {}
    if type(events) is not tuple:
        events = checked_iterator(events, "events", "events of an order")
    for event in events:
        translate = _TABLE.get(type(event))
        if translate is not None:
            translate(effects, order, event)
    return effects


def _each(effects: Effects, order: Order, location: str, items: Items, make: Callable[[int], Any]) -> None:
    for sku, quantity in components(order, items).items():
        key = (location, sku)
        if key in effects:
            effects[key].append(make(quantity))
        else:
            effects[key] = [make(quantity)]


def _requested(effects: Effects, order: Order, event: ev.FulfillmentRequested) -> None:
    for sku, quantity in components(order, event.items).items():
        key = (event.location, sku)
        if key in effects:
            _claim(effects[key], quantity)
        else:
            effects[key] = [inv.Allocate(quantity)]


def _claim(operations: list[Any], quantity: int) -> None:
    """What the same decision lets go of there is its own: it is claimed without having been free (S8)."""
    while quantity and operations and type(operations[-1]) is inv.Deallocate:
        let_go = operations.pop().quantity
        if let_go > quantity:
            operations.append(inv.Deallocate(let_go - quantity))
        quantity = max(0, quantity - let_go)
    if quantity:
        operations.append(inv.Allocate(quantity))


def _opened(effects: Effects, order: Order, event: ev.FulfillmentRejected | ev.FulfillmentCancelled) -> None:
    _each(effects, order, event.location, event.items, inv.Deallocate)


def _short_picked(effects: Effects, order: Order, event: ev.UnitsShortPicked) -> None:
    missing = dict(event.missing)
    for sku, quantity in components(order, event.items).items():
        lost = missing.get(sku, 0)
        operations = effects.setdefault((event.location, sku), [])
        if lost:
            operations.append(inv.ShortPick(lost, event.cause))
        if quantity > lost:
            operations.append(inv.Deallocate(quantity - lost))


def _shipped(effects: Effects, order: Order, event: ev.UnitsShipped) -> None:
    _each(effects, order, event.location, event.items, inv.Ship)


def _taken(effects: Effects, order: Order, event: ev.GoodsTaken) -> None:
    _each(effects, order, event.location, event.items, inv.Take)


def _cancelled(effects: Effects, order: Order, event: ev.UnitsCancelled) -> None:
    for _, location, items in event.freed:
        _each(effects, order, location, items, inv.Deallocate)


def _reopened(effects: Effects, order: Order, event: ev.UnitsReopened) -> None:
    if event.restocked:
        _each(effects, order, event.location, event.items, lambda n: inv.TakeBack(n, event.condition))


def _back(effects: Effects, order: Order, event: _Back, location: str, make: Callable[[int], Any]) -> None:
    """What came of a return, and no more: of a unit in part its parts (S11)."""
    for sku, quantity in components(order, event.items, event.parts).items():
        effects.setdefault((location, sku), []).append(make(quantity))


def _returned(effects: Effects, order: Order, event: ev.ReturnReceived | ev.LostReturnFound) -> None:
    if event.restocked and event.condition:
        _back(effects, order, event, event.stocked_at, lambda n: inv.TakeBack(n, event.condition))


def _arrived(effects: Effects, order: Order, event: ev.ReturnArrived) -> None:
    """Until somebody has looked at them, goods are kept from being sold."""
    if event.restocked:
        _back(effects, order, event, event.location, lambda n: inv.TakeBack(n, QUARANTINED))


def _inspected(effects: Effects, order: Order, event: ev.ReturnInspected) -> None:
    """Out of quarantine where they are, and in where they are stocked: one book at one location."""
    if not event.restocked:
        return
    stays = event.stocked_at == event.location
    to = event.condition if stays else ""
    if to != QUARANTINED:
        _back(effects, order, event, event.location, lambda n: inv.Regrade(n, QUARANTINED, to))
    if event.condition and not stays:
        _back(effects, order, event, event.stocked_at, lambda n: inv.TakeBack(n, event.condition))


_TABLE: Mapping[type, Callable[[Effects, Order, Any], None]] = {
    ev.FulfillmentRequested: _requested,
    ev.FulfillmentRejected: _opened,
    ev.FulfillmentCancelled: _opened,
    ev.UnitsShortPicked: _short_picked,
    ev.UnitsShipped: _shipped,
    ev.GoodsTaken: _taken,
    ev.UnitsCancelled: _cancelled,
    ev.ReturnReceived: _returned,
    ev.ReturnArrived: _arrived,
    ev.ReturnInspected: _inspected,
    ev.LostReturnFound: _returned,
    ev.UnitsReopened: _reopened,
}

__all__ = ["Effects", "stock_effects"]
