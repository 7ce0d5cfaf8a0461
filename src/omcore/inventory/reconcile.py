"""Reconciling balances with movements (S2).

Decides whether a stock item is what its movements add up to, and names the first movement after
which a balance is impossible. One pass, bounded memory. Must not know how movements are stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory.stock import StockItem
from omcore.kernel import UnknownEvent, record

# What a movement does to (on hand, damaged, quarantined, allocated, temporarily claimed).
Delta = tuple[int, int, int, int, int]


@record
class Discrepancy:
    """The first thing that is wrong: after which movement (from 1; 0: at the end), which balance."""

    movement: int
    balance: str
    expected: int
    found: int


def delta(event: Any) -> Delta:
    """What a movement adds to the balances, read off its own fields and nothing else."""
    kind, n = type(event), event.quantity
    if kind is mv.StockReceived or kind is mv.StockAdjusted:
        return (n, 0, 0, 0, 0)
    if kind is mv.StockTaken:
        return (-n, 0, 0, 0, 0)
    if kind is mv.StockShipped:
        return (-n, 0, 0, -n, 0)
    if kind is mv.StockAllocated:
        return (0, 0, 0, n, -sum(units for _, units in event.confirmed))
    if kind is mv.StockDeallocated:
        return (0, 0, 0, -n, 0)
    if kind is mv.StockReserved:
        return (0, 0, 0, 0, n)
    if kind is mv.StockUnreserved:
        return (0, 0, 0, 0, -n)
    if kind is mv.StockReturned:
        return (
            n if event.condition == "sellable" else 0,
            n if event.condition == "damaged" else 0,
            n if event.condition == "quarantined" else 0,
            0,
            0,
        )
    if kind in (mv.ShortfallDeclared, mv.SafetyStockSet, mv.BackorderLimitSet):
        return (0, 0, 0, 0, 0)
    raise UnknownEvent("event", type=kind.__name__, version=None)


def reconcile(events: Iterable[Any], item: StockItem | None = None) -> Discrepancy | None:
    """None where everything adds up; else the first discrepancy.

    ``events`` are the movements of one SKU at one location, oldest first. With ``item`` the end is
    compared with it as well. Temporary claims expire without a movement, so of them only the upper
    bound is known.
    """
    names = ("on_hand", "damaged", "quarantined", "allocated")
    balances = [0, 0, 0, 0]
    for number, event in enumerate(events, 1):
        change = delta(event)
        for i, name in enumerate(names):
            balances[i] += change[i]
            if balances[i] < 0:
                return Discrepancy(number, name, 0, balances[i])
    if item is not None:
        found = (item.on_hand, item.damaged, item.quarantined, item.allocated)
        for i, name in enumerate(names):
            if balances[i] != found[i]:
                return Discrepancy(0, name, balances[i], found[i])
    return None


__all__ = ["Discrepancy", "delta", "reconcile"]
