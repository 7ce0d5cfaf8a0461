"""Levels: what is kept back, what may go beyond, and when a stock item is low.

Decides a stock item's limits (S1, S13), and which change of its level is told. Must not know what
moves stock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.checks import Decide, Events
from omcore.inventory.stock import StockItem, detailed, relimited, seen
from omcore.kernel import MAX_STOCK, checked_quantity, record

IN_STOCK = "in_stock"
LOW = "low"
OUT = "out"


@record
class StockLevel:
    """What a stock item that is watched has left to promise, and whether that is low, or out."""

    sku: str
    location: str
    available: int
    level: str


def _set_safety(item: StockItem, op: ops.SetSafety, at: datetime, reference: str) -> Events:
    units = checked_quantity(op.quantity, "quantity", low=0, high=MAX_STOCK)
    if units == item.safety_stock:
        return ()
    return (mv.SafetyStockSet(at, item.sku, item.location, units, reference),)


def _set_backorders(item: StockItem, op: ops.SetBackorders, at: datetime, reference: str) -> Events:
    units = checked_quantity(op.quantity, "quantity", low=0, high=MAX_STOCK)
    if units == item.backorder_limit:
        return ()
    return (mv.BackorderLimitSet(at, item.sku, item.location, units, reference),)


def _set_reorder_point(item: StockItem, op: ops.SetReorder, at: datetime, reference: str) -> Events:
    units = op.quantity
    if units is not None:
        checked_quantity(units, "quantity", low=0, high=MAX_STOCK)
    if units == (None if item.detail is None else item.detail.reorder_point):
        return ()
    return (mv.ReorderPointSet(at, item.sku, item.location, units, reference),)


def level_told(item: StockItem, at: datetime, reference: str) -> Events:
    """What is told of an item that is watched, where its level is another than was told before.

    What expires in between is told with the next movement: it is a message, and no answer depends on it.
    """
    found = level_of(item, at)
    if found is None or item.detail is None or found.level == item.detail.level:
        return ()
    return (mv.StockLevelChanged(at, item.sku, item.location, found.available, found.level, reference),)


def level_of(item: StockItem, now: datetime) -> StockLevel | None:
    """The level of an item at a moment; None of one that nobody watches."""
    if item.detail is None or item.detail.reorder_point is None:
        return None
    available = item.atp(now)
    level = OUT if available <= 0 else LOW if available <= item.detail.reorder_point else IN_STOCK
    return StockLevel(item.sku, item.location, available, level)


# -- folding ---------------------------------------------------------------------------------


def _safety(i: StockItem, event: mv.SafetyStockSet) -> StockItem:
    return relimited(seen(i, event.at), event.quantity, i.backorder_limit, i.detail)


def _backorders(i: StockItem, event: mv.BackorderLimitSet) -> StockItem:
    return relimited(seen(i, event.at), i.safety_stock, event.quantity, i.detail)


def _reorder_point(i: StockItem, event: mv.ReorderPointSet) -> StockItem:
    return detailed(seen(i, event.at), reorder_point=event.quantity, level="")


def _level(i: StockItem, event: mv.StockLevelChanged) -> StockItem:
    return detailed(seen(i, event.at), level=event.level)


DECIDE: Mapping[type, tuple[Decide, bool]] = {
    ops.SetSafety: (_set_safety, False),
    ops.SetBackorders: (_set_backorders, True),
    ops.SetReorder: (_set_reorder_point, False),
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.SafetyStockSet: _safety,
    mv.BackorderLimitSet: _backorders,
    mv.ReorderPointSet: _reorder_point,
    mv.StockLevelChanged: _level,
}

__all__ = ["DECIDE", "EVOLVE", "IN_STOCK", "LOW", "OUT", "StockLevel", "level_of", "level_told"]
