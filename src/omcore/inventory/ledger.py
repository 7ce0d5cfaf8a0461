"""The ledger of a stock item: what comes in, goes out without a claim, or changes condition.

Decides S2 and S12 for one SKU at one location. Must not know claims, but for what a balance bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.causes import TILL_DIFFERENCE
from omcore.inventory.checks import (
    Decide,
    Events,
    checked_condition,
    checked_units,
    past_moment,
    refuse_above_limit,
    refuse_insufficient,
)
from omcore.inventory.stock import (
    CONDITIONS,
    DAMAGED,
    QUARANTINED,
    SELLABLE,
    LastCount,
    StockItem,
    rebalanced,
    regraded,
)
from omcore.inventory.transfers import differed
from omcore.kernel import MAX_STOCK, InvalidType, checked_quantity, checked_text


def _receive(item: StockItem, op: ops.Receive, at: datetime, reference: str) -> Events:
    """What comes in under the reference of a supply that is expected is not expected any more."""
    units = checked_units(op.quantity)
    if type(op.completes) is not bool:
        raise InvalidType("completes", expected="bool")
    happened_at, knew = _happened(item, SELLABLE, op.happened_at, at)
    refuse_above_limit(item.on_hand + units)
    received = mv.StockReceived(at, item.sku, item.location, units, reference, happened_at)
    booked: Events = (received,) if knew is None else (received, _uncounted(received, knew, -units))
    supply = None if item.detail is None else item.detail.outlook.expected_under(reference)
    if supply is None:
        return booked
    rest = 0 if op.completes else max(0, supply.quantity - units)
    second, origin = supply.second, supply.origin
    expected = mv.SupplyExpected(at, item.sku, item.location, rest, second, reference, origin)
    return (*booked, expected, *differed(item, supply, units + rest - supply.quantity, at))


def _adjust(item: StockItem, op: ops.Adjust, at: datetime, reference: str) -> Events:
    delta = checked_quantity(op.delta, "delta", low=-MAX_STOCK, high=MAX_STOCK)
    checked_text(op.cause, "cause", high=200)
    condition = checked_condition(op.condition)
    happened_at, knew = _happened(item, condition, op.happened_at, at)
    if delta == 0:
        return ()
    held = item.in_condition(condition)
    adjusted = mv.StockAdjusted(
        at, item.sku, item.location, delta, op.cause, reference, condition, happened_at
    )
    if knew is not None:
        refuse_above_limit(held + abs(delta))
        back = _uncounted(adjusted, knew, -delta)
        return (adjusted, back) if delta > 0 else (back, adjusted)
    if held + delta < 0:
        refuse_insufficient(item, -delta, held)
    refuse_above_limit(held + delta)
    return (adjusted,)


def _rework(item: StockItem, op: ops.Rework, at: datetime, reference: str) -> Events:
    delta = checked_quantity(op.delta, "delta", low=-MAX_STOCK, high=MAX_STOCK)
    checked_text(op.cause, "cause", high=200)
    if delta == 0:
        return ()
    if delta < 0 and -delta > (free := item.atp(at)):
        refuse_insufficient(item, -delta, free)
    refuse_above_limit(item.on_hand + delta)
    return (mv.StockAdjusted(at, item.sku, item.location, delta, op.cause, reference),)


def _happened(
    item: StockItem, condition: str, happened_at: datetime | None, at: datetime
) -> tuple[datetime | None, LastCount | None]:
    """When it happened, and the count that knew of it: at the moment of a count what moved is in it."""
    if happened_at is None:
        return None, None
    moment, newest = past_moment(happened_at, "happened_at", at), item.last_count(condition)
    return moment, newest if newest is not None and moment <= newest.counted_at else None


def _uncounted(told: mv.StockReceived | mv.StockAdjusted, knew: LastCount, quantity: int) -> mv.StockAdjusted:
    """What a count took for its own difference has a cause now: that difference is so much smaller."""
    return mv.StockAdjusted(
        told.at,
        told.sku,
        told.location,
        quantity,
        knew.cause,
        told.reference,
        knew.condition,
        told.happened_at,
    )


def _take(item: StockItem, op: ops.Take, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    taken = mv.StockTaken(at, item.sku, item.location, units, reference)
    found = units - item.on_hand
    if found <= 0:
        return (taken,)
    # The goods were there, whatever the books say: they are found before they are taken.
    return (mv.StockAdjusted(at, item.sku, item.location, found, TILL_DIFFERENCE, reference), taken)


def _take_back(item: StockItem, op: ops.TakeBack, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    checked_condition(op.condition)
    refuse_above_limit(item.on_hand + item.damaged + item.quarantined + units)
    return (mv.StockReturned(at, item.sku, item.location, units, op.condition, reference),)


def _regrade(item: StockItem, op: ops.Regrade, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    checked_condition(op.condition)
    if type(op.to) is not str or (op.to and op.to not in CONDITIONS) or op.to == op.condition:
        raise InvalidType("to", expected="another of " + ", ".join(CONDITIONS) + ", or empty")
    checked_text(op.cause, "cause", high=200)
    held = item.in_condition(op.condition)
    if units > held:
        refuse_insufficient(item, units, held)
    if op.to:
        refuse_above_limit(item.in_condition(op.to) + units)
    return (mv.StockRegraded(at, item.sku, item.location, units, op.condition, op.to, reference, op.cause),)


# -- folding ---------------------------------------------------------------------------------


def _received(i: StockItem, event: mv.StockReceived) -> StockItem:
    return rebalanced(i, event.at, i.on_hand + event.quantity, i.damaged, i.quarantined, i.allocated)


def _changed(i: StockItem, event: mv.StockAdjusted | mv.StockReturned) -> StockItem:
    return regraded(i, event.at, event.condition, event.quantity)


def _taken(i: StockItem, event: mv.StockTaken) -> StockItem:
    return rebalanced(i, event.at, i.on_hand - event.quantity, i.damaged, i.quarantined, i.allocated)


def _regraded(i: StockItem, event: mv.StockRegraded) -> StockItem:
    balances = {SELLABLE: i.on_hand, DAMAGED: i.damaged, QUARANTINED: i.quarantined}
    balances[event.condition] -= event.quantity
    if event.to:
        balances[event.to] += event.quantity
    return rebalanced(i, event.at, balances[SELLABLE], balances[DAMAGED], balances[QUARANTINED], i.allocated)


DECIDE: Mapping[type, tuple[Decide, bool]] = {
    ops.Receive: (_receive, True),
    ops.Adjust: (_adjust, True),
    ops.Rework: (_rework, False),
    ops.Take: (_take, True),
    ops.TakeBack: (_take_back, False),
    ops.Regrade: (_regrade, True),
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.StockReceived: _received,
    mv.StockAdjusted: _changed,
    mv.StockTaken: _taken,
    mv.StockReturned: _changed,
    mv.StockRegraded: _regraded,
}

__all__ = ["DECIDE", "EVOLVE"]
