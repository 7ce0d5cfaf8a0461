"""The ledger of a stock item: what comes in, goes out without a claim, is counted or changes condition.

Decides S2 and S12 for one SKU at one location. Must not know claims, but for what a balance bounds.
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
    checked_units,
    refuse_above_limit,
    refuse_insufficient,
)
from omcore.inventory.stock import CONDITIONS, DAMAGED, QUARANTINED, SELLABLE, StockItem, rebalanced
from omcore.kernel import MAX_STOCK, InvalidType, checked_quantity, checked_text

TILL_DIFFERENCE = "till_difference"


def _receive(item: StockItem, op: ops.Receive, at: datetime, reference: str) -> Events:
    """What comes in under the reference of a supply that is expected is not expected any more."""
    units = checked_units(op.quantity)
    if type(op.completes) is not bool:
        raise InvalidType("completes", expected="bool")
    refuse_above_limit(item.on_hand + units)
    received = mv.StockReceived(at, item.sku, item.location, units, reference)
    supply = None if item.detail is None else item.detail.outlook.expected_under(reference)
    if supply is None:
        return (received,)
    rest = 0 if op.completes else max(0, supply.quantity - units)
    return (received, mv.SupplyExpected(at, item.sku, item.location, rest, supply.second, reference))


def _adjust(item: StockItem, op: ops.Adjust, at: datetime, reference: str) -> Events:
    delta = checked_quantity(op.delta, "delta", low=-MAX_STOCK, high=MAX_STOCK)
    checked_text(op.cause, "cause", high=200)
    if delta == 0:
        return ()
    if item.on_hand + delta < 0:
        refuse_insufficient(item, -delta, item.on_hand)
    refuse_above_limit(item.on_hand + delta)
    return (mv.StockAdjusted(at, item.sku, item.location, delta, op.cause, reference),)


def _count(item: StockItem, op: ops.Count, at: datetime, reference: str) -> Events:
    counted = checked_quantity(op.counted, "counted", low=0, high=MAX_STOCK)
    return _adjust(item, ops.Adjust(counted - item.on_hand, op.cause), at, reference)


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
    if type(op.condition) is not str or op.condition not in CONDITIONS:
        raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))
    refuse_above_limit(item.on_hand + item.damaged + item.quarantined + units)
    return (mv.StockReturned(at, item.sku, item.location, units, op.condition, reference),)


def _regrade(item: StockItem, op: ops.Regrade, at: datetime, reference: str) -> Events:
    units = checked_units(op.quantity)
    if type(op.condition) is not str or op.condition not in CONDITIONS:
        raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))
    if type(op.to) is not str or (op.to and op.to not in CONDITIONS) or op.to == op.condition:
        raise InvalidType("to", expected="another of " + ", ".join(CONDITIONS) + ", or empty")
    held = item.in_condition(op.condition)
    if units > held:
        refuse_insufficient(item, units, held)
    return (mv.StockRegraded(at, item.sku, item.location, units, op.condition, op.to, reference),)


# -- folding ---------------------------------------------------------------------------------


def _added(i: StockItem, event: mv.StockReceived | mv.StockAdjusted) -> StockItem:
    return rebalanced(i, event.at, i.on_hand + event.quantity, i.damaged, i.quarantined, i.allocated)


def _taken(i: StockItem, event: mv.StockTaken) -> StockItem:
    return rebalanced(i, event.at, i.on_hand - event.quantity, i.damaged, i.quarantined, i.allocated)


def _returned(i: StockItem, event: mv.StockReturned) -> StockItem:
    n = event.quantity
    if event.condition == SELLABLE:
        return rebalanced(i, event.at, i.on_hand + n, i.damaged, i.quarantined, i.allocated)
    if event.condition == DAMAGED:
        return rebalanced(i, event.at, i.on_hand, i.damaged + n, i.quarantined, i.allocated)
    return rebalanced(i, event.at, i.on_hand, i.damaged, i.quarantined + n, i.allocated)


def _regraded(i: StockItem, event: mv.StockRegraded) -> StockItem:
    balances = {SELLABLE: i.on_hand, DAMAGED: i.damaged, QUARANTINED: i.quarantined}
    balances[event.condition] -= event.quantity
    if event.to:
        balances[event.to] += event.quantity
    return rebalanced(i, event.at, balances[SELLABLE], balances[DAMAGED], balances[QUARANTINED], i.allocated)


DECIDE: Mapping[type, tuple[Decide, bool]] = {
    ops.Receive: (_receive, True),
    ops.Adjust: (_adjust, True),
    ops.Count: (_count, True),
    ops.Take: (_take, True),
    ops.TakeBack: (_take_back, False),
    ops.Regrade: (_regrade, True),
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.StockReceived: _added,
    mv.StockAdjusted: _added,
    mv.StockTaken: _taken,
    mv.StockReturned: _returned,
    mv.StockRegraded: _regraded,
}

__all__ = ["DECIDE", "EVOLVE"]
