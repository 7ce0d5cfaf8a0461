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
from omcore.inventory.lots import (
    NONE,
    coming,
    leaving,
    moved_lots,
    named_lots,
    refuse_expired,
    with_lots,
    without_lots,
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
from omcore.kernel import MAX_STOCK, InvalidType, changed, checked_quantity, checked_text


def _receive(item: StockItem, op: ops.Receive, at: datetime, reference: str) -> Events:
    """What comes in under the reference of a supply that is expected is not expected any more."""
    units = checked_units(op.quantity)
    if type(op.completes) is not bool:
        raise InvalidType("completes", expected="bool")
    lots = NONE if op.lots is NONE else named_lots(op.lots, units)
    happened_at, knew = _happened(item, SELLABLE, op.happened_at, at)
    refuse_above_limit(item.on_hand + units)
    if lots is not NONE:
        lots = coming(item, lots)
        refuse_expired(item, lots, at)
    received = mv.StockReceived(at, item.sku, item.location, units, reference, happened_at, lots)
    booked: Events = (received,)
    if knew is not None:
        booked = (received, _uncounted(_received(item, received), received, knew, -units))
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
    named = NONE if op.lots is NONE else named_lots(op.lots, abs(delta))
    happened_at, knew = _happened(item, condition, op.happened_at, at)
    if delta == 0:
        return ()
    held = item.in_condition(condition)
    adjusted = mv.StockAdjusted(
        at, item.sku, item.location, delta, op.cause, reference, condition, happened_at
    )
    if knew is not None:
        refuse_above_limit(held + abs(delta))
        if delta > 0:
            adjusted = changed(adjusted, lots=coming(item, named))
            return (adjusted, _uncounted(_changed(item, adjusted), adjusted, knew, -delta))
        back = _uncounted(item, adjusted, knew, -delta)
        lots = leaving(_changed(item, back), named, -delta, condition, at)
        return (back, changed(adjusted, lots=lots))
    if held + delta < 0:
        refuse_insufficient(item, -delta, held)
    refuse_above_limit(held + delta)
    if item.detail is None and named is NONE:
        return (adjusted,)
    lots = coming(item, named) if delta > 0 else leaving(item, named, -delta, condition, at)
    return (changed(adjusted, lots=lots),)


def _rework(item: StockItem, op: ops.Rework, at: datetime, reference: str) -> Events:
    delta = checked_quantity(op.delta, "delta", low=-MAX_STOCK, high=MAX_STOCK)
    checked_text(op.cause, "cause", high=200)
    if delta == 0:
        return ()
    if delta < 0 and -delta > (free := item.atp(at)):
        refuse_insufficient(item, -delta, free)
    refuse_above_limit(item.on_hand + delta)
    made = mv.StockAdjusted(at, item.sku, item.location, delta, op.cause, reference)
    lots = leaving(item, (), -delta, SELLABLE, at, fresh=True) if delta < 0 else ()
    return (changed(made, lots=lots) if lots else made,)


def _happened(
    item: StockItem, condition: str, happened_at: datetime | None, at: datetime
) -> tuple[datetime | None, LastCount | None]:
    """When it happened, and the count that knew of it: at the moment of a count what moved is in it."""
    if happened_at is None:
        return None, None
    moment, newest = past_moment(happened_at, "happened_at", at), item.last_count(condition)
    return moment, newest if newest is not None and moment <= newest.counted_at else None


def _uncounted(
    item: StockItem, told: mv.StockReceived | mv.StockAdjusted, knew: LastCount, quantity: int
) -> mv.StockAdjusted:
    """What a count took for its own difference has a cause now: that difference is so much smaller.

    What the count had found is in no lot, so that is what leaves first.
    """
    lots = () if quantity > 0 else leaving(item, (), -quantity, knew.condition, told.at, loose_first=True)
    return mv.StockAdjusted(
        told.at,
        told.sku,
        told.location,
        quantity,
        knew.cause,
        told.reference,
        knew.condition,
        told.happened_at,
        lots,
    )


def _take(item: StockItem, op: ops.Take, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    lots = NONE if op.lots is NONE else named_lots(op.lots, units)
    if item.detail is not None or lots is not NONE:
        lots = leaving(item, lots, min(units, item.on_hand), SELLABLE, at)
    taken = mv.StockTaken(at, item.sku, item.location, units, reference, lots)
    found = units - item.on_hand
    if found <= 0:
        return (taken,)
    # The goods were there, whatever the books say: they are found before they are taken.
    return (mv.StockAdjusted(at, item.sku, item.location, found, TILL_DIFFERENCE, reference), taken)


def _take_back(item: StockItem, op: ops.TakeBack, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    checked_condition(op.condition)
    named = named_lots(op.lots, units)
    refuse_above_limit(item.on_hand + item.damaged + item.quarantined + units)
    lots = coming(item, named)
    return (mv.StockReturned(at, item.sku, item.location, units, op.condition, reference, lots),)


def _regrade(item: StockItem, op: ops.Regrade, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    checked_condition(op.condition)
    if type(op.to) is not str or (op.to and op.to not in CONDITIONS) or op.to == op.condition:
        raise InvalidType("to", expected="another of " + ", ".join(CONDITIONS) + ", or empty")
    checked_text(op.cause, "cause", high=200)
    named = named_lots(op.lots, units)
    held = item.in_condition(op.condition)
    if units > held:
        refuse_insufficient(item, units, held)
    if op.to:
        refuse_above_limit(item.in_condition(op.to) + units)
    lots = leaving(item, named, units, op.condition, at)
    sku, location = item.sku, item.location
    return (mv.StockRegraded(at, sku, location, units, op.condition, op.to, reference, op.cause, lots),)


# -- folding ---------------------------------------------------------------------------------


def _received(i: StockItem, event: mv.StockReceived) -> StockItem:
    item = rebalanced(i, event.at, i.on_hand + event.quantity, i.damaged, i.quarantined, i.allocated)
    return with_lots(item, SELLABLE, event.lots, event.at) if event.lots else item


def _changed(i: StockItem, event: mv.StockAdjusted | mv.StockReturned) -> StockItem:
    item = regraded(i, event.at, event.condition, event.quantity)
    if not event.lots:
        return item
    if event.quantity < 0:
        return without_lots(item, event.condition, event.lots)
    return with_lots(item, event.condition, event.lots, event.at)


def _taken(i: StockItem, event: mv.StockTaken) -> StockItem:
    item = rebalanced(i, event.at, i.on_hand - event.quantity, i.damaged, i.quarantined, i.allocated)
    return without_lots(item, SELLABLE, event.lots) if event.lots else item


def _regraded(i: StockItem, event: mv.StockRegraded) -> StockItem:
    balances = {SELLABLE: i.on_hand, DAMAGED: i.damaged, QUARANTINED: i.quarantined}
    balances[event.condition] -= event.quantity
    if event.to:
        balances[event.to] += event.quantity
    sellable, damaged, quarantined = balances[SELLABLE], balances[DAMAGED], balances[QUARANTINED]
    item = rebalanced(i, event.at, sellable, damaged, quarantined, i.allocated)
    if not event.lots:
        return item
    if event.to:
        return moved_lots(item, event.condition, event.to, event.lots)
    return without_lots(item, event.condition, event.lots)


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
