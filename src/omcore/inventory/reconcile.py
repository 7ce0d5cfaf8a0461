"""Reconciling balances with movements (S2).

Decides whether a stock item is what its movements add up to, and names the first movement after
which a balance is wrong: below zero, more freed than was claimed, more claimed than may be (S1).
It adds up in its own way, not with the aggregate's fold, so that one checks the other. One pass;
what it keeps are balances and the claims of seconds to come. Must not know how movements are
stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory.stock import StockItem, passed_second
from omcore.kernel import InvalidType, UnknownEvent, checked_iterator, record

# What a movement does to (on hand, damaged, quarantined, allocated).
Delta = tuple[int, int, int, int]

_BALANCES = ("on_hand", "damaged", "quarantined", "allocated")
_NO_CHANGE: Delta = (0, 0, 0, 0)


@record
class Discrepancy:
    """The first thing that is wrong: after which movement (from 1; 0: at the end), which balance.

    ``balance``: a field of ``StockItem``; ``reserved`` for temporary claims; ``claims`` for what
    was claimed beyond on hand + backorder limit. ``expected`` is the bound that does not hold, or
    at the end what the movements add up to; ``found`` is the balance after the movement, or the
    item's.
    """

    movement: int
    balance: str
    expected: int
    found: int


def delta(event: Any) -> Delta:
    """What a movement adds to the balances, read off its own fields and nothing else."""
    kind = type(event)
    if kind in _STILL:
        return _NO_CHANGE
    if kind not in _MOVING:
        raise UnknownEvent("event", type=kind.__name__, version=None)
    n = event.quantity
    if kind is mv.StockReceived or kind is mv.StockAdjusted:
        return (n, 0, 0, 0)
    if kind is mv.StockTaken:
        return (-n, 0, 0, 0)
    if kind is mv.StockShipped:
        return (-n, 0, 0, -n)
    if kind is mv.StockAllocated or kind is mv.StockFilled:
        return (0, 0, 0, n)
    if kind is mv.StockDeallocated:
        return (0, 0, 0, -n)
    back = _of_condition(event.condition, n)
    if kind is mv.StockReturned:
        return back
    after = _of_condition(event.to, n) if event.to else _NO_CHANGE
    return (after[0] - back[0], after[1] - back[1], after[2] - back[2], 0)


def _of_condition(condition: str, n: int) -> Delta:
    if condition == "sellable":
        return (n, 0, 0, 0)
    return (0, n, 0, 0) if condition == "damaged" else (0, 0, n, 0)


_STILL = frozenset(
    {
        mv.StockReserved,
        mv.StockUnreserved,
        mv.ShortfallDeclared,
        mv.SafetyStockSet,
        mv.BackorderLimitSet,
        mv.ReorderPointSet,
        mv.StockLevelChanged,
        mv.SupplyExpected,
        mv.StockPromised,
        mv.StockUnpromised,
        mv.SupplyShortfallDeclared,
    }
)
_MOVING = frozenset(
    {
        mv.StockReceived,
        mv.StockAdjusted,
        mv.StockTaken,
        mv.StockShipped,
        mv.StockAllocated,
        mv.StockFilled,
        mv.StockDeallocated,
        mv.StockReturned,
        mv.StockRegraded,
    }
)


class _Books:
    """The balances after some movements."""

    def __init__(self) -> None:
        self.balances = [0, 0, 0, 0]
        self.reserved: dict[int, int] = {}
        self.safety_stock = 0
        self.backorder_limit = 0
        # What the movement before let go of: when, by whom, and the claims before it.
        self.freed: tuple[Any, str, int] = (None, "", 0)

    def claims(self) -> int:
        return self.balances[3] + sum(self.reserved.values())

    def add(self, event: Any) -> tuple[str, int, int] | None:
        """Book one movement; (balance, bound, found) where one is wrong after it."""
        kind = type(event)
        change = delta(event)
        last = passed_second(event.at)
        for second in [second for second in self.reserved if second <= last]:
            del self.reserved[second]
        before = self.claims()
        for i, name in enumerate(_BALANCES):
            self.balances[i] += change[i]
            if self.balances[i] < 0:
                return (name, 0, self.balances[i])
        if kind is mv.SafetyStockSet:
            self.safety_stock = event.quantity
        elif kind is mv.BackorderLimitSet:
            self.backorder_limit = event.quantity
        for second, units in _reserved(event):
            if second > last:
                left = self.reserved.pop(second, 0) + units
                if left < 0:
                    return ("reserved", 0, left)
                if left:
                    self.reserved[second] = left
        return self._oversold(event, before)

    def _oversold(self, event: Any, before: int) -> tuple[str, int, int] | None:
        kind, who = type(event), (event.at, event.reference)
        # A claim that is extended is let go of and made again, though a count took its stock.
        allowed = self.freed[2] if who == self.freed[:2] else before
        self.freed = (*who, before) if kind is mv.StockUnreserved else (None, "", 0)
        after, bound = self.claims(), max(allowed, self.balances[0] + self.backorder_limit)
        if kind in (mv.StockReserved, mv.StockAllocated) and after > bound:
            return ("claims", bound, after)
        return None


def _reserved(event: Any) -> tuple[tuple[int, int], ...]:
    """(second, units) that a movement adds to the temporary claims."""
    kind = type(event)
    if kind is mv.StockReserved:
        return ((event.second, event.quantity),)
    if kind is mv.StockUnreserved:
        return ((event.second, -event.quantity),)
    if kind is mv.StockAllocated:
        return tuple((second, -units) for second, units in event.confirmed)
    return ()


def reconcile(events: Iterable[Any], item: StockItem | None = None) -> Discrepancy | None:
    """None where everything adds up; else the first discrepancy.

    ``events`` are all movements of one SKU at one location, oldest first. With ``item`` the end is
    compared with it as well. Errors: ``UnknownEvent`` for what is no movement, ``InvalidType``.
    """
    if item is not None and type(item) is not StockItem:
        raise InvalidType("item", expected="a StockItem or None")
    books = _Books()
    for number, event in enumerate(checked_iterator(events, "events", "movements"), 1):
        wrong = books.add(event)
        if wrong is not None:
            return Discrepancy(number, *wrong)
    return None if item is None else _compared(books, item)


def _compared(books: _Books, item: StockItem) -> Discrepancy | None:
    last = passed_second(item.seen_at)
    expected = (
        *books.balances,
        sum(units for second, units in books.reserved.items() if second > last),
        books.safety_stock,
        books.backorder_limit,
    )
    found = (
        item.on_hand,
        item.damaged,
        item.quarantined,
        item.allocated,
        item.live(item.seen_at),
        item.safety_stock,
        item.backorder_limit,
    )
    names = (*_BALANCES, "reserved", "safety_stock", "backorder_limit")
    for name, right, wrong in zip(names, expected, found, strict=True):
        if right != wrong:
            return Discrepancy(0, name, right, wrong)
    return None


__all__ = ["Discrepancy", "delta", "reconcile"]
