"""Reconciling balances with movements (S2).

Decides whether a stock item is what its movements add up to, and names the first movement after
which a balance is wrong: below zero, more freed than was claimed, more claimed than may be (S1).
It adds up in its own way, not with the aggregate's fold, so that one checks the other. One pass;
what it keeps are balances and the claims of seconds to come, however many movements there are.
Must not know how movements are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory.aggregate import EVOLVE
from omcore.inventory.causes import TAKEN_APART
from omcore.inventory.lot_sums import LotSums, names_lots
from omcore.inventory.seconds import Seconds
from omcore.inventory.stock import CONDITIONS, SELLABLE, StockItem, passed_second
from omcore.kernel import (
    MAX_STOCK,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    UnknownEvent,
    checked_iterator,
    record,
)

# What a movement does to (on hand, damaged, quarantined, allocated).
Delta = tuple[int, int, int, int]

_BALANCES = ("on_hand", "damaged", "quarantined", "allocated")
_NO_CHANGE: Delta = (0, 0, 0, 0)


@record
class Discrepancy:
    """The first thing that is wrong: after which movement (from 1; 0: at the end), which balance.

    ``balance``: a field of ``StockItem``; ``reserved`` for temporary claims; ``claims`` for what
    was claimed beyond on hand + backorder limit; ``lots`` for what is in a lot, or in all of them;
    ``serials`` for how often a serial number is in stock. ``expected`` is the bound that does not hold, or
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
    n = _units(event.quantity)
    if kind is mv.StockReceived:
        return (n, 0, 0, 0)
    if kind is mv.StockTaken or kind is mv.StockSent:
        return (-n, 0, 0, 0)
    if kind is mv.StockShipped:
        return (-n, 0, 0, -n)
    if kind is mv.StockAllocated or kind is mv.StockFilled:
        return (0, 0, 0, n)
    if kind is mv.StockDeallocated:
        return (0, 0, 0, -n)
    back = _of_condition(event.condition, n)
    if kind is not mv.StockRegraded:
        return back
    after = _of_condition(event.to, n)
    return (after[0] - back[0], after[1] - back[1], after[2] - back[2], 0)


def _units(value: Any) -> int:
    # A movement that was decided is sound; one that somebody made by hand may be anything.
    if type(value) is not int or abs(value) > MAX_STOCK:
        raise InvalidQuantity("quantity", min=-MAX_STOCK, max=MAX_STOCK)
    return value


def _of_condition(condition: Any, n: int) -> Delta:
    if type(condition) is str:
        if condition == "sellable":
            return (n, 0, 0, 0)
        if condition == "damaged":
            return (0, n, 0, 0)
        if condition == "quarantined":
            return (0, 0, n, 0)
        if not condition:
            return _NO_CHANGE
    raise InvalidType("condition", expected="a condition, or none for what left")


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
        mv.TransferDiffered,
        mv.StockIdentified,
        mv.LotPolicySet,
    }
)
_MOVING = frozenset(
    {
        mv.StockReceived,
        mv.StockAdjusted,
        mv.StockCounted,
        mv.StockTaken,
        mv.StockShipped,
        mv.StockSent,
        mv.StockAllocated,
        mv.StockFilled,
        mv.StockDeallocated,
        mv.StockReturned,
        mv.StockRegraded,
    }
)


class _Books:
    """The balances after some movements."""

    __slots__ = ("backorder_limit", "balances", "freed", "lots", "number", "reserved", "safety_stock")

    def __init__(self) -> None:
        self.number = 0  # of movements
        self.balances = [0, 0, 0, 0]
        self.reserved = Seconds()
        self.safety_stock = 0
        self.backorder_limit = 0
        self.lots: LotSums | None = None  # from the first movement that names any
        # What the movement before let go of, or brought in: when, by whom, and how many claims fit then.
        self.freed: tuple[Any, str, int] = (None, "", 0)

    def claims(self) -> int:
        return self.balances[3] + self.reserved.total

    def take(self, event: Any) -> Discrepancy | None:
        """Book one movement; what is wrong after it."""
        wrong = self.add(event)
        self.number += 1
        return None if wrong is None else Discrepancy(self.number, *wrong)

    def add(self, event: Any) -> tuple[str, int, int] | None:
        """Book one movement; (balance, bound, found) where one is wrong after it."""
        kind = type(event)
        last = passed_second(event.at)
        change = delta(event)
        reserved = self.reserved
        reserved.forget(last)
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
                left = reserved.add(second, units)
                if left < 0:
                    return ("reserved", 0, left)
        return self._lots_wrong(event) or self._oversold(event, before, last)

    def _lots_wrong(self, event: Any) -> tuple[str, int, int] | None:
        if names_lots(event):
            if self.lots is None:
                self.lots = LotSums()
            wrong = self.lots.take(event)
            if wrong is not None:
                return wrong
        if self.lots is None:
            return None
        return self.lots.beyond(dict(zip(CONDITIONS, self.balances[:3], strict=True)))

    def _oversold(self, event: Any, before: int, last: int) -> tuple[str, int, int] | None:
        kind, who = type(event), (event.at, event.reference)
        # A claim that is extended is let go of and made again, though a count took its stock; and what
        # comes in out of a kit that is taken apart for a claim is that claim's, though others wait.
        allowed = self.freed[2] if who == self.freed[:2] else before
        self.freed = (*who, before + _leaves_room(event)) if kind in _BEFORE_A_CLAIM else (None, "", 0)
        cover = self.balances[0] + self.backorder_limit
        if self.lots is not None:
            cover -= self.lots.expired(last)
        after, bound = self.claims(), max(allowed, cover)
        if kind in (mv.StockReserved, mv.StockAllocated) and after > bound:
            return ("claims", bound, after)
        return None


_BEFORE_A_CLAIM = frozenset({mv.StockUnreserved, mv.StockAdjusted})


def _leaves_room(event: Any) -> int:
    """How many units more than before may be claimed, in the same step, because of a movement."""
    of_a_kit = type(event) is mv.StockAdjusted and (event.cause, event.condition) == (TAKEN_APART, SELLABLE)
    return max(0, _units(event.quantity)) if of_a_kit else 0


def _reserved(event: Any) -> tuple[tuple[int, int], ...]:
    """(second, units) that a movement adds to the temporary claims."""
    kind = type(event)
    if kind is mv.StockReserved:
        return ((_whole(event.second), _units(event.quantity)),)
    if kind is mv.StockUnreserved:
        return ((_whole(event.second), -_units(event.quantity)),)
    if kind is not mv.StockAllocated or event.confirmed == ():
        return ()
    if type(event.confirmed) is not tuple:
        raise InvalidType("confirmed", expected="a tuple of (second, units)")
    taken = []
    for i, pair in enumerate(event.confirmed):
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(f"confirmed[{i}]", expected="(second, units)")
        taken.append((_whole(pair[0]), -_units(pair[1])))
    return tuple(taken)


def _whole(second: Any) -> int:
    if type(second) is not int:
        raise InvalidTimestamp("second", reason="not a whole second since 1970")
    return second


def movement(entry: Any) -> Any:
    """A movement as it came: by itself, or in an entry of the feed. ``UnknownEvent`` for what is none."""
    if type(entry) in EVOLVE:
        return entry
    try:
        event = entry.event
    except Exception:  # noqa: BLE001 - whatever was handed in is the caller's code and may raise anything
        event = entry
    if type(event) not in EVOLVE:
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    return event


def reconcile(movements: Iterable[Any], item: StockItem | None = None) -> Discrepancy | None:
    """None where everything adds up; else the first discrepancy.

    ``movements`` are all of one SKU at one location, oldest first, one by one or as entries of the
    feed; they are gone through once, and none is kept. With ``item`` the end is compared with it as
    well. Errors: ``UnknownEvent`` for what is no movement, ``InvalidType``.
    """
    if item is not None and type(item) is not StockItem:
        raise InvalidType("item", expected="a StockItem or None")
    books = _Books()
    for entry in checked_iterator(movements, "movements", "movements"):
        wrong = books.take(movement(entry))
        if wrong is not None:
            return wrong
    return None if item is None else _compared(books, item)


@record
class Reconciled:
    """What came of one SKU at one location: how many movements were gone through, and what is wrong."""

    sku: str
    location: str
    movements: int
    wrong: Discrepancy | None


def reconcile_all(movements: Iterable[Any], items: Iterable[StockItem] = ()) -> Iterator[Reconciled]:
    """``reconcile`` over many stock items at once, one answer each: a whole feed, in one pass.

    ``movements`` are those of all stock items in any mixture, each item's oldest first: by themselves,
    or as entries of the feed, of which those of other streams are passed over. What is wrong is told
    at once, and the rest of that item's movements is not looked at; where nothing is, it is told at the
    end, by location and SKU. Each of ``items`` is compared with the end of its movements. What is kept
    are balances and live claims per stock item. Errors: as ``reconcile``.
    """
    kept = _by_place(items)
    return _each(checked_iterator(movements, "movements", "movements"), kept)


def _by_place(items: Iterable[StockItem]) -> dict[tuple[str, str], StockItem]:
    kept = {}
    for item in checked_iterator(items, "items", "stock items"):
        if type(item) is not StockItem:
            raise InvalidType("items", expected="stock items")
        kept[item.location, item.sku] = item
    return kept


def _each(entries: Iterator[Any], items: Mapping[tuple[str, str], StockItem]) -> Iterator[Reconciled]:
    books: dict[tuple[str, str], _Books | None] = {place: _Books() for place in items}
    for event in stock_movements(entries):
        place = (event.location, event.sku)
        if type(place[0]) is not str or type(place[1]) is not str:
            raise InvalidType("movements", expected="movements of a SKU at a location")
        if place not in books:
            books[place] = _Books()
        of_item = books[place]
        if of_item is None:
            continue
        wrong = of_item.take(event)
        if wrong is not None:
            books[place] = None
            yield Reconciled(event.sku, event.location, wrong.movement, wrong)
    for (location, sku), left in sorted(books.items()):
        if left is not None:
            item = items.get((location, sku))
            end = None if item is None else _compared(left, item)
            yield Reconciled(sku, location, left.number, end)


def stock_movements(entries: Iterator[Any]) -> Iterator[Any]:
    """The movements among entries of a feed, or by themselves; ``UnknownEvent`` for what is none."""
    for entry in entries:
        if not _is_of_another_stream(entry):
            yield movement(entry)


def _is_of_another_stream(entry: Any) -> bool:
    try:
        return type(entry.stream) is str and not entry.stream.startswith("stock/")
    except Exception:  # noqa: BLE001 - whatever was handed in is the caller's code and may raise anything
        return False


def _compared(books: _Books, item: StockItem) -> Discrepancy | None:
    books.reserved.forget(passed_second(item.seen_at))
    expected = (
        *books.balances,
        books.reserved.total,
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
    differing = (books.lots or LotSums()).compared(item.lots)
    return None if differing is None else Discrepancy(0, *differing)


__all__ = ["Discrepancy", "Reconciled", "delta", "movement", "reconcile", "reconcile_all", "stock_movements"]
