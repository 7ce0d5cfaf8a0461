"""Promises in line: who gets supply first, and who is promised anew when it is late or short (S10).

Decides, for one SKU at one location and claimants in their order of priority, how much of a promise
may be filled now and which promises can be kept, put off or not kept at all. Counts units and seconds
only: who the claimants are, and what they are told, is the engine's. Must not know orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from omcore.inventory.movements import StockFilled
from omcore.inventory.outlook import Schedule, outlook
from omcore.inventory.stock import StockItem, passed_second
from omcore.inventory.supply import EVOLVE, spoken_for
from omcore.kernel import MAX_STOCK, InvalidType, checked_instant, checked_quantity, record


@record
class Claimant:
    """Units promised to somebody by a whole second, of which he takes ``each`` at a time (a kit's)."""

    reference: str
    quantity: int
    second: int
    each: int = 1

    def __attrs_post_init__(self) -> None:
        if type(self.reference) is not str:
            raise InvalidType("reference", expected="text")
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        checked_quantity(self.second, "second", low=0, high=1 << 40)
        checked_quantity(self.each, "each", high=MAX_STOCK)


@record
class Kept:
    """What becomes of a claimant's promise: (units, by which second), and the units that no supply covers."""

    claimant: Claimant
    parts: Schedule
    lost: int


def fillable(item: StockItem, promised: Schedule, now: datetime, before: Schedule = ()) -> int:
    """How many units of somebody's promises may be filled now, the earliest of them first.

    Of what is here, nothing that the other promises need, nothing of safety stock while supply is expected
    for them, and nothing at all that those in ``before``, who are served first, need: (second, units),
    ascending. Errors: ``InvalidType``, ``NaiveTimestamp``.
    """
    return filling(item, promised, now, before)[0]


def filling(
    item: StockItem, promised: Schedule, now: datetime, before: Schedule = ()
) -> tuple[int, StockItem]:
    """As ``fillable``, and the stock item once so many are filled: what is free then, is free besides."""
    at = checked_instant(now, "now")
    state = _checked_item(item)
    kept = outlook(state.outlook.expected, _checked_schedule(before, "before")).dip
    filled = 0
    for second, units in _checked_schedule(promised, "promised"):
        here = state.sellable(at) + state.backorder_limit - state.claims(at) - kept
        # Safety stock is for who was promised what has come; not for who is to wait for what has not.
        above = max(0, here - state.safety_stock) + max(0, state.outlook.dip - kept)
        most = min(units, _at(state, second), here, above)
        low, high = 0, max(most, 0)
        while low < high:  # one more filled needs at most one less of the others' cover: it only gets harder
            middle = (low + high + 1) // 2
            if spoken_for(state, second, middle, at):
                high = middle - 1
            else:
                low = middle
        if low:
            state = EVOLVE[StockFilled](state, StockFilled(at, state.sku, state.location, low, second, ""))
            filled += low
    return filled, state


def _at(item: StockItem, second: int) -> int:
    return dict(item.outlook.due).get(second, 0)


def keep(item: StockItem, claimants: Sequence[Claimant], now: datetime) -> tuple[Kept, ...]:
    """Which promises of a stock item can be kept, the first claimant served first; one answer each, in order.

    Each is kept as far as what is here and what is expected by its second cover it besides those before
    it; the rest is put off to the first expected supply that covers it, in parts if need be; what none
    does is lost. What is overdue is still expected, but nothing is put off to a moment that has passed.
    Errors: ``InvalidType``, ``NaiveTimestamp``.
    """
    at = checked_instant(now, "now")
    state = _checked_item(item)
    if type(claimants) is not tuple and type(claimants) is not list:
        raise InvalidType("claimants", expected="a tuple or list of Claimant")
    here = state.sellable(at) + state.backorder_limit - state.claims(at)
    last = passed_second(at)
    cover = _Cover(here, [(supply.second, supply.quantity) for supply in state.outlook.expected])
    dates = [second for second, _ in cover.coming if second > last]
    answers = []
    for i, claimant in enumerate(claimants):
        if type(claimant) is not Claimant:
            raise InvalidType(f"claimants[{i}]", expected="a Claimant")
        left, parts = claimant.quantity, []
        for second in (claimant.second, *[date for date in dates if date > claimant.second]):
            units = min(left, cover.room(second)) // claimant.each * claimant.each
            if units > 0:
                cover.promise(second, units)
                parts.append((second, units))
                left -= units
            if not left:
                break
        answers.append(Kept(claimant, tuple(parts), left))
    return tuple(answers)


class _Cover:
    """What comes by when, and what of it is promised."""

    def __init__(self, here: int, coming: Iterable[tuple[int, int]]) -> None:
        self.here = here
        by_second: dict[int, int] = {}
        for second, units in coming:
            by_second[second] = by_second.get(second, 0) + units
        self.coming = sorted(by_second.items())
        self._due: dict[int, int] = {}

    def room(self, second: int) -> int:
        """How many may be promised by a second: no later promise may lose its cover by it."""
        moments = [second, *[due for due in self._due if due > second]]
        return max(0, min([self._level(moment) for moment in moments]))

    def _level(self, moment: int) -> int:
        come = sum([units for second, units in self.coming if second <= moment])
        return self.here + come - sum([units for second, units in self._due.items() if second <= moment])

    def promise(self, second: int, units: int) -> None:
        self._due[second] = self._due.get(second, 0) + units


def _checked_item(item: object) -> StockItem:
    if type(item) is not StockItem:
        raise InvalidType("item", expected="a StockItem")
    return item


def _checked_schedule(schedule: object, path: str) -> Schedule:
    if type(schedule) is not tuple:
        raise InvalidType(path, expected="a tuple of (second, units)")
    for i, pair in enumerate(schedule):
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(f"{path}[{i}]", expected="(second, units)")
        checked_quantity(pair[0], f"{path}[{i}]", low=0, high=1 << 40)
        checked_quantity(pair[1], f"{path}[{i}]", high=MAX_STOCK)
    return schedule


__all__ = ["Claimant", "Kept", "fillable", "filling", "keep"]
