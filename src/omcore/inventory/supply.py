"""Dated supply: purchase orders and transfers that are to come, and promises out of them (S10).

Decides, for one SKU at one location, whether units can be promised by a date, what a supply that is
late, short or called off leaves without cover, and that a promise is filled only with goods that
nobody else was promised before. Must not know orders: who was promised, and who gives way, is the
engine's to find out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.checks import (
    Decide,
    Events,
    checked_second,
    checked_units,
    coming_second,
    refuse_insufficient,
)
from omcore.inventory.outlook import ExpectedSupply, outlook
from omcore.inventory.stock import StockItem, detailed, rebalanced, seen
from omcore.inventory.stretches import rescheduled, scheduled
from omcore.inventory.transfers import MAX_EXPECTED, differed, refuse_not_in_transit
from omcore.kernel import MAX_STOCK, Refusal, checked_id, checked_limit, checked_quantity


class NotPromised(Refusal):
    """Fewer units are promised by that moment. Fields: sku, location, requested, available."""

    code = "not_promised"


def _expect(item: StockItem, op: ops.Expect, at: datetime, reference: str) -> Events:
    units = checked_quantity(op.quantity, "quantity", low=0, high=MAX_STOCK)
    supply = checked_id(op.supply, "supply")
    second = checked_second(op.second, "second")
    known = item.outlook.expected_under(supply)
    if known is None:
        if not units:
            return ()
        checked_limit(len(item.outlook.expected) + 1, MAX_EXPECTED, "supply", "expected supplies")
        return (mv.SupplyExpected(at, item.sku, item.location, units, second, supply),)
    if (known.quantity, known.second) == (units, second):
        return ()
    if known.origin and units > known.quantity:
        refuse_not_in_transit(item, supply, units, known.quantity)
    expected = mv.SupplyExpected(at, item.sku, item.location, units, second, supply, known.origin)
    return (expected, *differed(item, known, units - known.quantity, at))


def _promise(item: StockItem, op: ops.Promise, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    second = coming_second(op.second, "second", at)
    available = item.promisable_by(second, at)
    if units > available:
        refuse_insufficient(item, units, available)
    if not scheduled(item.outlook.due, second):
        checked_limit(len(item.outlook.due) + 1, MAX_EXPECTED, "second", "dates of promises")
    return (mv.StockPromised(at, item.sku, item.location, units, second, reference),)


def _repromise(item: StockItem, op: ops.Repromise, at: datetime, reference: str) -> Events:
    """To another date. A later one needs no cover: what it needed before, it needs no earlier."""
    units = checked_units(op.quantity)
    second, until = checked_second(op.second, "second"), coming_second(op.until, "until", at)
    _refuse_unless_promised(item, second, units)
    freed = mv.StockUnpromised(at, item.sku, item.location, units, second, reference)
    if until < second:
        available = _unpromised(item, freed).promisable_by(until, at)
        if units > available:
            refuse_insufficient(item, units, available)
    return (freed, mv.StockPromised(at, item.sku, item.location, units, until, reference))


def _unpromise(item: StockItem, op: ops.Unpromise, at: datetime, reference: str) -> Events:
    units, second = checked_units(op.quantity), checked_second(op.second, "second")
    _refuse_unless_promised(item, second, units)
    return (mv.StockUnpromised(at, item.sku, item.location, units, second, reference),)


def _fill(item: StockItem, op: ops.Fill, at: datetime, reference: str) -> Events:
    """What was promised is allocated: of goods that are here, and that no other promise needs (S10).

    Safety stock does not stand in the way: these units were promised before.
    """
    units, second = checked_units(op.quantity), checked_second(op.second, "second")
    _refuse_unless_promised(item, second, units)
    lacking = spoken_for(item, second, units, at)
    if lacking:
        refuse_insufficient(item, units, units - lacking)
    return (mv.StockFilled(at, item.sku, item.location, units, second, reference),)


def spoken_for(item: StockItem, second: int, units: int, at: datetime) -> int:
    """By how many units a promise cannot be filled: it is not beyond what is here, and nobody else's may
    lose its cover by it; 0 where it can.
    """
    old = item.outlook
    others = outlook(old.expected, rescheduled(old.due, second, -units)).dip - item.shortfall(at)
    free = item.sellable(at) + item.backorder_limit - item.claims(at)
    return max(0, units + (others if others > 0 else 0) - free)


def _refuse_unless_promised(item: StockItem, second: int, units: int) -> None:
    promised = scheduled(item.outlook.due, second)
    if units > promised:
        raise NotPromised(
            "quantity", sku=item.sku, location=item.location, requested=units, available=promised
        )


# -- folding ---------------------------------------------------------------------------------


def _expected(i: StockItem, event: mv.SupplyExpected) -> StockItem:
    old = i.outlook
    rest = [supply for supply in old.expected if supply.reference != event.reference]
    if event.quantity:
        rest.append(ExpectedSupply(event.second, event.reference, event.quantity, event.origin))
        rest.sort(key=_by_second)
    return detailed(seen(i, event.at), outlook=outlook(tuple(rest), old.due))


def _by_second(supply: ExpectedSupply) -> tuple[int, str]:
    return (supply.second, supply.reference)


def _promised(i: StockItem, event: mv.StockPromised) -> StockItem:
    return _due(seen(i, event.at), event.second, event.quantity)


def _unpromised(i: StockItem, event: mv.StockUnpromised) -> StockItem:
    return _due(seen(i, event.at), event.second, -event.quantity)


def _filled(i: StockItem, event: mv.StockFilled) -> StockItem:
    allocated = i.allocated + event.quantity
    item = rebalanced(i, event.at, i.on_hand, i.damaged, i.quarantined, allocated)
    return _due(item, event.second, -event.quantity)


def _due(item: StockItem, second: int, units: int) -> StockItem:
    old = item.outlook
    return detailed(item, outlook=outlook(old.expected, rescheduled(old.due, second, units)))


# With each operation, whether it can leave more promises without cover than there were.
DECIDE: Mapping[type, tuple[Decide, bool]] = {
    ops.Expect: (_expect, True),
    ops.Promise: (_promise, False),
    ops.Repromise: (_repromise, False),
    ops.Unpromise: (_unpromise, False),
    ops.Fill: (_fill, False),
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.SupplyExpected: _expected,
    mv.StockPromised: _promised,
    mv.StockUnpromised: _unpromised,
    mv.StockFilled: _filled,
}

__all__ = ["DECIDE", "EVOLVE", "MAX_EXPECTED", "NotPromised", "spoken_for"]
