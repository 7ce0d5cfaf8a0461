"""StockItem: the counters of one SKU at one location.

Decides what is on hand, claimed and promisable (S1). The claims themselves live with their
owners; here are only counts, and a schedule of how many units of temporary claims expire at which
whole second. So the state is as small with a million live claims as with ten, and what has expired
is subtracted when an answer is given: sweeping changes nothing (S6). Must not know orders.

The fold builds every new state by a plain positional call, because it runs for every movement
there ever is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from omcore.inventory import movements as mv
from omcore.kernel import EPOCH, InvalidType, UnknownEvent, checked_instant, record

SELLABLE = "sellable"
DAMAGED = "damaged"
QUARANTINED = "quarantined"
CONDITIONS = (SELLABLE, DAMAGED, QUARANTINED)

Schedule = tuple[tuple[int, int], ...]

_SECOND = timedelta(seconds=1)


@record
class StockItem:
    """One SKU at one location; all amounts are units.

    ``schedule``: (whole second, units that expire then), ascending; ``held``: all units in it,
    those included that expired since the last movement. ``claims`` = allocated + live
    reservations; of these ``short`` have no stock behind them, because a count or a short pick
    took it away; ``reserved`` = claims - short, so 0 <= reserved <= on hand + backorder limit,
    always. ``atp`` may be negative, where backorders are promised. ``now`` is an aware instant:
    else ``NaiveTimestamp`` or ``InvalidTimestamp``, where it makes a difference.
    """

    sku: str
    location: str
    on_hand: int
    damaged: int
    quarantined: int
    allocated: int
    schedule: Schedule
    held: int
    safety_stock: int
    backorder_limit: int
    seen_at: datetime

    def in_condition(self, condition: str) -> int:
        """Units that are here in a condition: sellable, damaged or quarantined."""
        if condition == SELLABLE:
            return self.on_hand
        return self.damaged if condition == DAMAGED else self.quarantined

    def live(self, now: datetime) -> int:
        """Units of temporary claims that have not expired: valid while now < expires (S6)."""
        units = self.held
        if units:
            last = passed_second(now)
            for second, expired in self.schedule:
                if second > last:
                    break
                units -= expired
        return units

    def claims(self, now: datetime) -> int:
        """Allocated and temporarily claimed."""
        return self.allocated + self.live(now)

    def short(self, now: datetime) -> int:
        """Claims that have no stock behind them."""
        short = self.claims(now) - self.on_hand - self.backorder_limit
        return short if short > 0 else 0

    def reserved(self, now: datetime) -> int:
        """Claims that are covered (S1)."""
        return self.claims(now) - self.short(now)

    def atp(self, now: datetime) -> int:
        """Available to promise: on hand - claims - safety stock (S1)."""
        claims = self.allocated + self.live(now) if self.held else self.allocated
        return self.on_hand - claims - self.safety_stock

    def promisable(self, now: datetime) -> int:
        """What may be claimed yet: ATP, and what may be promised beyond what is on hand (S1)."""
        claims = self.allocated + self.live(now) if self.held else self.allocated
        return self.on_hand + self.backorder_limit - claims - self.safety_stock


def passed_second(now: datetime) -> int:
    """The last whole second at or before now: what expires then, or earlier, has expired (S6)."""
    if type(now) is not datetime or now.tzinfo is not UTC:
        now = checked_instant(now, "now")
    return (now - EPOCH) // _SECOND


def unknown(sku: str, location: str, at: datetime) -> StockItem:
    """A stock item that nothing ever happened to."""
    return StockItem(sku, location, 0, 0, 0, 0, (), 0, 0, 0, at)


# -- the schedule ----------------------------------------------------------------------------


def scheduled(schedule: Schedule, second: int) -> int:
    """Units that expire at a second."""
    place = bisect_left(schedule, (second,))
    return schedule[place][1] if place < len(schedule) and schedule[place][0] == second else 0


def rescheduled(schedule: Schedule, second: int, units: int) -> Schedule:
    """The schedule with so many units more (or less) at a second."""
    place = bisect_left(schedule, (second,))
    after = place
    if place < len(schedule) and schedule[place][0] == second:
        units += schedule[place][1]
        after += 1
    entry = ((second, units),) if units else ()
    return schedule[:place] + entry + schedule[after:]


# -- folding ---------------------------------------------------------------------------------


def _after(
    item: StockItem, at: datetime, on_hand: int, damaged: int, quarantined: int, allocated: int
) -> StockItem:
    """The item with new balances."""
    if item.held:
        return _with_schedule(item, at, on_hand, damaged, quarantined, allocated, ())
    return StockItem(
        item.sku,
        item.location,
        on_hand,
        damaged,
        quarantined,
        allocated,
        (),
        0,
        item.safety_stock,
        item.backorder_limit,
        at if at > item.seen_at else item.seen_at,
    )


def _with_schedule(
    item: StockItem,
    at: datetime,
    on_hand: int,
    damaged: int,
    quarantined: int,
    allocated: int,
    changes: Iterable[tuple[int, int]],
) -> StockItem:
    """The item with new balances and (second, units) changes, without what expired by ``at``."""
    schedule, held, last = item.schedule, item.held, passed_second(at)
    gone = 0
    while gone < len(schedule) and schedule[gone][0] <= last:
        held -= schedule[gone][1]
        gone += 1
    if gone:
        schedule = schedule[gone:]
    for second, units in changes:
        if second > last:
            schedule = rescheduled(schedule, second, units)
            held += units
    return StockItem(
        item.sku,
        item.location,
        on_hand,
        damaged,
        quarantined,
        allocated,
        schedule,
        held,
        item.safety_stock,
        item.backorder_limit,
        at if at > item.seen_at else item.seen_at,
    )


def _added(i: StockItem, event: mv.StockReceived | mv.StockAdjusted) -> StockItem:
    return _after(i, event.at, i.on_hand + event.quantity, i.damaged, i.quarantined, i.allocated)


def _reserved(i: StockItem, event: mv.StockReserved) -> StockItem:
    change = ((event.second, event.quantity),)
    return _with_schedule(i, event.at, i.on_hand, i.damaged, i.quarantined, i.allocated, change)


def _unreserved(i: StockItem, event: mv.StockUnreserved) -> StockItem:
    change = ((event.second, -event.quantity),)
    return _with_schedule(i, event.at, i.on_hand, i.damaged, i.quarantined, i.allocated, change)


def _allocated(i: StockItem, event: mv.StockAllocated) -> StockItem:
    allocated = i.allocated + event.quantity
    if not event.confirmed:
        return _after(i, event.at, i.on_hand, i.damaged, i.quarantined, allocated)
    changes = [(second, -units) for second, units in event.confirmed]
    return _with_schedule(i, event.at, i.on_hand, i.damaged, i.quarantined, allocated, changes)


def _deallocated(i: StockItem, event: mv.StockDeallocated) -> StockItem:
    return _after(i, event.at, i.on_hand, i.damaged, i.quarantined, i.allocated - event.quantity)


def _shipped(i: StockItem, event: mv.StockShipped) -> StockItem:
    n = event.quantity
    return _after(i, event.at, i.on_hand - n, i.damaged, i.quarantined, i.allocated - n)


def _taken(i: StockItem, event: mv.StockTaken) -> StockItem:
    return _after(i, event.at, i.on_hand - event.quantity, i.damaged, i.quarantined, i.allocated)


def _returned(i: StockItem, event: mv.StockReturned) -> StockItem:
    n = event.quantity
    if event.condition == SELLABLE:
        return _after(i, event.at, i.on_hand + n, i.damaged, i.quarantined, i.allocated)
    if event.condition == DAMAGED:
        return _after(i, event.at, i.on_hand, i.damaged + n, i.quarantined, i.allocated)
    return _after(i, event.at, i.on_hand, i.damaged, i.quarantined + n, i.allocated)


def _regraded(i: StockItem, event: mv.StockRegraded) -> StockItem:
    balances = {SELLABLE: i.on_hand, DAMAGED: i.damaged, QUARANTINED: i.quarantined}
    balances[event.condition] -= event.quantity
    if event.to:
        balances[event.to] += event.quantity
    return _after(i, event.at, balances[SELLABLE], balances[DAMAGED], balances[QUARANTINED], i.allocated)


def _declared(i: StockItem, event: mv.ShortfallDeclared) -> StockItem:
    return _seen(i, event.at)


def _safety(i: StockItem, event: mv.SafetyStockSet) -> StockItem:
    return _limits(_seen(i, event.at), event.quantity, i.backorder_limit)


def _backorders(i: StockItem, event: mv.BackorderLimitSet) -> StockItem:
    return _limits(_seen(i, event.at), i.safety_stock, event.quantity)


def _seen(i: StockItem, at: datetime) -> StockItem:
    return _after(i, at, i.on_hand, i.damaged, i.quarantined, i.allocated)


def _limits(i: StockItem, safety_stock: int, backorder_limit: int) -> StockItem:
    return StockItem(
        i.sku,
        i.location,
        i.on_hand,
        i.damaged,
        i.quarantined,
        i.allocated,
        i.schedule,
        i.held,
        safety_stock,
        backorder_limit,
        i.seen_at,
    )


EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.StockReceived: _added,
    mv.StockAdjusted: _added,
    mv.StockReserved: _reserved,
    mv.StockUnreserved: _unreserved,
    mv.StockAllocated: _allocated,
    mv.StockDeallocated: _deallocated,
    mv.StockShipped: _shipped,
    mv.StockTaken: _taken,
    mv.StockReturned: _returned,
    mv.StockRegraded: _regraded,
    mv.ShortfallDeclared: _declared,
    mv.SafetyStockSet: _safety,
    mv.BackorderLimitSet: _backorders,
}


def evolve_stock(item: StockItem | None, event: Any) -> StockItem:
    """The stock item after a movement, None at first. ``UnknownEvent`` for what is none."""
    step = EVOLVE.get(type(event))
    if step is None:
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    if item is None:
        item = unknown(event.sku, event.location, event.at)
    elif type(item) is not StockItem:
        raise InvalidType("item", expected="a StockItem or None")
    return step(item, event)


__all__ = [
    "CONDITIONS",
    "EVOLVE",
    "Schedule",
    "StockItem",
    "evolve_stock",
    "passed_second",
    "rescheduled",
    "scheduled",
    "unknown",
]
