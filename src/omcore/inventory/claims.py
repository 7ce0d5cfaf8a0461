"""Claims on a stock item: reserved for a while, allocated for an order, shipped or let go.

Decides S1, S5, S7, S8 and S9 for one SKU at one location. Must not know which order or
reservation is behind a claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.causes import TAKEN_APART
from omcore.inventory.checks import (
    Decide,
    Events,
    allocated_units,
    checked_second,
    checked_units,
    coming_second,
    refuse_above_limit,
    refuse_insufficient,
    refuse_not_reserved,
    refuse_unless_held,
    second_after,
)
from omcore.inventory.lots import NONE, leaving, named_lots, without_lots
from omcore.inventory.stock import (
    SELLABLE,
    Schedule,
    StockItem,
    claimed,
    passed_second,
    rebalanced,
    reclaimed,
)
from omcore.kernel import MAX_STOCK, InvalidQuantity, InvalidType, checked_quantity, checked_text


def _reserve(item: StockItem, op: ops.Reserve, at: datetime, reference: str) -> Events:
    if type(op.brought) is int and not op.brought:
        return reserved(item, op.quantity, op.second, passed_second(at), at, reference)
    units = checked_units(op.quantity)
    second = coming_second(op.second, "second", at)
    brought = _brought(item, units, 0, op.brought, at, reference)
    return (*brought, mv.StockReserved(at, item.sku, item.location, units, second, reference))


def reserved(
    item: StockItem, quantity: object, second: object, last: int, at: datetime, reference: str
) -> Events:
    """Claim until a second; ``last`` is the last whole second that has passed by ``at``."""
    units, until = checked_units(quantity), second_after(second, "second", last)
    available = item.promisable_after(last)
    if units > available:
        refuse_insufficient(item, units, available)
    return (mv.StockReserved(at, item.sku, item.location, units, until, reference),)


def _extend(item: StockItem, op: ops.Extend, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    until = coming_second(op.until, "until", at)
    second = checked_second(op.second, "second")
    if second <= passed_second(at):
        refuse_not_reserved(item, units, 0)
    refuse_unless_held(item, second, units)
    return (
        mv.StockUnreserved(at, item.sku, item.location, units, second, reference),
        mv.StockReserved(at, item.sku, item.location, units, until, reference),
    )


def _unreserve(item: StockItem, op: ops.Unreserve, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    second = checked_second(op.second, "second")
    if second <= passed_second(at):
        return ()
    refuse_unless_held(item, second, units)
    return (mv.StockUnreserved(at, item.sku, item.location, units, second, reference),)


def _allocate(item: StockItem, op: ops.Allocate, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    last = passed_second(at)
    if type(op.from_reservation) is tuple and not op.from_reservation:
        own: Schedule = ()
        held = 0
    else:
        own, held = _taken_over(item, op, last)
    brought = _brought(item, units, held, op.brought, at, reference)
    return (*brought, mv.StockAllocated(at, item.sku, item.location, units, own, reference))


def _brought(item: StockItem, units: int, held: int, brought: Any, at: datetime, reference: str) -> Events:
    """What comes in for a claim out of finished kits; ``InsufficientStock`` if the claim is for more yet.

    What comes in for a claim is its own, even where others wait for goods of its kind (S11).
    """
    if type(brought) is not int or brought:
        brought = checked_quantity(brought, "brought", low=0, high=units - held)
        refuse_above_limit(item.on_hand + brought)
    own = held + brought
    if units > own:
        available = item.promisable(at)
        if units - own > available:
            refuse_insufficient(item, units, own + (available if available > 0 else 0))
    if not brought:
        return ()
    return (mv.StockAdjusted(at, item.sku, item.location, brought, TAKEN_APART, reference),)


def confirmed(item: StockItem, quantity: object, second: int, at: datetime, reference: str) -> Events:
    """What is claimed until a second, which is to come, becomes a firm claim of its owner (S5)."""
    units = checked_units(quantity)
    refuse_unless_held(item, second, units)
    return (mv.StockAllocated(at, item.sku, item.location, units, ((second, units),), reference),)


def _taken_over(item: StockItem, op: ops.Allocate, last: int) -> tuple[Schedule, int]:
    """What of the owner's own claims is live, and its units; each is checked to be there."""
    if type(op.from_reservation) is not tuple:
        raise InvalidType("from_reservation", expected="a tuple of (second, units)")
    live: dict[int, int] = {}
    for i, pair in enumerate(op.from_reservation):
        path = f"from_reservation[{i}]"
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(path, expected="(second, units)")
        second, units = checked_second(pair[0], path), checked_quantity(pair[1], path, high=MAX_STOCK)
        if second > last:
            live[second] = live.get(second, 0) + units
    for second, units in live.items():
        refuse_unless_held(item, second, units)
    held = sum(live.values())
    if held > op.quantity:
        raise InvalidQuantity("from_reservation", min=0, max=op.quantity)
    return tuple(live.items()), held


def _deallocate(item: StockItem, op: ops.Deallocate, at: datetime, reference: str) -> Events:
    units = allocated_units(item, op.quantity)
    return (mv.StockDeallocated(at, item.sku, item.location, units, reference),)


def _ship(item: StockItem, op: ops.Ship, at: datetime, reference: str) -> Events:
    named = NONE if op.lots is NONE else named_lots(op.lots, op.quantity)
    units = allocated_units(item, op.quantity)
    there = item.on_hand if item.detail is None else item.sellable(at)
    if units > there:
        refuse_insufficient(item, units, there)
    if item.detail is None and named is NONE:
        return (mv.StockShipped(at, item.sku, item.location, units, reference),)
    lots = leaving(item, named, units, SELLABLE, at, fresh=True)
    return (mv.StockShipped(at, item.sku, item.location, units, reference, lots),)


def _short_pick(item: StockItem, op: ops.ShortPick, at: datetime, reference: str) -> Events:
    checked_text(op.cause, "cause", high=200)
    named = named_lots(op.lots, op.quantity)
    units = allocated_units(item, op.quantity)
    freed = mv.StockDeallocated(at, item.sku, item.location, units, reference)
    missing = units if units < item.on_hand else item.on_hand
    if not missing:
        return (freed,)
    lots = leaving(item, named, missing, SELLABLE, at)
    lost = mv.StockAdjusted(at, item.sku, item.location, -missing, op.cause, reference, SELLABLE, None, lots)
    return (freed, lost)


# -- folding ---------------------------------------------------------------------------------


def _reserved(i: StockItem, event: mv.StockReserved) -> StockItem:
    return claimed(i, event.at, event.second, event.quantity, 0)


def _unreserved(i: StockItem, event: mv.StockUnreserved) -> StockItem:
    return claimed(i, event.at, event.second, -event.quantity, 0)


def _allocated(i: StockItem, event: mv.StockAllocated) -> StockItem:
    if len(event.confirmed) == 1:
        second, units = event.confirmed[0]
        return claimed(i, event.at, second, -units, event.quantity)
    allocated = i.allocated + event.quantity
    if not event.confirmed:
        return rebalanced(i, event.at, i.on_hand, i.damaged, i.quarantined, allocated)
    changes = [(second, -units) for second, units in event.confirmed]
    return reclaimed(i, event.at, i.on_hand, i.damaged, i.quarantined, allocated, changes)


def _deallocated(i: StockItem, event: mv.StockDeallocated) -> StockItem:
    return rebalanced(i, event.at, i.on_hand, i.damaged, i.quarantined, i.allocated - event.quantity)


def _shipped(i: StockItem, event: mv.StockShipped) -> StockItem:
    n = event.quantity
    item = rebalanced(i, event.at, i.on_hand - n, i.damaged, i.quarantined, i.allocated - n)
    return without_lots(item, SELLABLE, event.lots) if event.lots else item


DECIDE: Mapping[type, tuple[Decide, bool]] = {
    ops.Reserve: (_reserve, False),
    ops.Extend: (_extend, False),
    ops.Unreserve: (_unreserve, False),
    ops.Allocate: (_allocate, False),
    ops.Deallocate: (_deallocate, False),
    ops.Ship: (_ship, False),
    ops.ShortPick: (_short_pick, True),
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.StockReserved: _reserved,
    mv.StockUnreserved: _unreserved,
    mv.StockAllocated: _allocated,
    mv.StockDeallocated: _deallocated,
    mv.StockShipped: _shipped,
}

__all__ = ["DECIDE", "EVOLVE", "confirmed", "reserved"]
