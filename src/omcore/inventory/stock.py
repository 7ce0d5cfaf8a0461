"""StockItem: the counters of one SKU at one location.

Decides what is on hand, claimed and promisable (S1). The claims themselves live with their
owners; here are only counts, and a schedule of how many units of temporary claims expire at which
whole second. So the state is as small with a million live claims as with ten, and what has expired
is subtracted when an answer is given: sweeping changes nothing (S6). Must not know orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.kernel import UnknownEvent, epoch_second, record

SELLABLE = "sellable"
DAMAGED = "damaged"
QUARANTINED = "quarantined"
CONDITIONS = (SELLABLE, DAMAGED, QUARANTINED)

Schedule = tuple[tuple[int, int], ...]


@record
class StockItem:
    """One SKU at one location; all amounts are units.

    ``schedule``: (whole second, units that expire then), ascending. ``claims`` = allocated + live
    reservations; of these ``short`` have no stock behind them, because a count or a short pick
    took it away; ``reserved`` = claims - short, so 0 <= reserved <= on hand + backorder limit,
    always. ``atp`` may be negative.
    """

    sku: str
    location: str
    on_hand: int
    damaged: int
    quarantined: int
    allocated: int
    schedule: Schedule
    safety_stock: int
    backorder_limit: int
    seen_at: datetime

    def live(self, now: datetime) -> int:
        """Units of temporary claims that have not expired: valid while now < expires (S6)."""
        total = 0
        if self.schedule:
            limit = _floor_second(now)
            for second, units in self.schedule:
                if second > limit:
                    total += units
        return total

    def claims(self, now: datetime) -> int:
        """Allocated and temporarily claimed."""
        return self.allocated + self.live(now) if self.schedule else self.allocated

    def short(self, now: datetime) -> int:
        """Claims that have no stock behind them."""
        return max(0, self.claims(now) - self.on_hand - self.backorder_limit)

    def reserved(self, now: datetime) -> int:
        """Claims that are covered (S1)."""
        return self.claims(now) - self.short(now)

    def atp(self, now: datetime) -> int:
        """Available to promise: on hand + backorder limit - claims - safety stock (S1)."""
        return self.on_hand + self.backorder_limit - self.claims(now) - self.safety_stock


def _floor_second(now: datetime) -> int:
    """The last whole second at or before now: what expires then, or earlier, has expired."""
    return epoch_second(now) - (1 if now.microsecond else 0)


def unknown(sku: str, location: str, at: datetime) -> StockItem:
    """A stock item that nothing ever happened to."""
    return StockItem(sku, location, 0, 0, 0, 0, (), 0, 0, at)


# -- folding ---------------------------------------------------------------------------------


def _with(
    item: StockItem,
    at: datetime,
    on_hand: int = 0,
    allocated: int = 0,
    damaged: int = 0,
    quarantined: int = 0,
    schedule: Schedule | None = None,
) -> StockItem:
    """The item with differences applied, and what expired by ``at`` dropped from the schedule."""
    kept = item.schedule if schedule is None else schedule
    if kept and kept[0][0] <= (limit := _floor_second(at)):
        kept = tuple(entry for entry in kept if entry[0] > limit)
    return StockItem(
        item.sku,
        item.location,
        item.on_hand + on_hand,
        item.damaged + damaged,
        item.quarantined + quarantined,
        item.allocated + allocated,
        kept,
        item.safety_stock,
        item.backorder_limit,
        at if at > item.seen_at else item.seen_at,
    )


def rescheduled(schedule: Schedule, second: int, units: int) -> Schedule:
    """The schedule with so many units more (or less) at a second."""
    out: list[tuple[int, int]] = []
    placed = False
    for entry in schedule:
        if not placed and entry[0] >= second:
            placed = True
            if entry[0] == second:
                if entry[1] + units:
                    out.append((second, entry[1] + units))
                continue
            out.append((second, units))
        out.append(entry)
    if not placed:
        out.append((second, units))
    return tuple(out)


def _received(item: StockItem, event: mv.StockReceived) -> StockItem:
    return _with(item, event.at, event.quantity)


def _adjusted(item: StockItem, event: mv.StockAdjusted) -> StockItem:
    return _with(item, event.at, event.quantity)


def _reserved(item: StockItem, event: mv.StockReserved) -> StockItem:
    return _with(item, event.at, schedule=rescheduled(item.schedule, event.second, event.quantity))


def _unreserved(item: StockItem, event: mv.StockUnreserved) -> StockItem:
    return _with(item, event.at, schedule=rescheduled(item.schedule, event.second, -event.quantity))


def _allocated(item: StockItem, event: mv.StockAllocated) -> StockItem:
    schedule = item.schedule
    for second, units in event.confirmed:
        schedule = rescheduled(schedule, second, -units)
    return _with(item, event.at, allocated=event.quantity, schedule=schedule)


def _deallocated(item: StockItem, event: mv.StockDeallocated) -> StockItem:
    return _with(item, event.at, allocated=-event.quantity)


def _shipped(item: StockItem, event: mv.StockShipped) -> StockItem:
    return _with(item, event.at, -event.quantity, -event.quantity)


def _taken(item: StockItem, event: mv.StockTaken) -> StockItem:
    return _with(item, event.at, -event.quantity)


def _returned(item: StockItem, event: mv.StockReturned) -> StockItem:
    if event.condition == SELLABLE:
        return _with(item, event.at, event.quantity)
    if event.condition == DAMAGED:
        return _with(item, event.at, damaged=event.quantity)
    return _with(item, event.at, quarantined=event.quantity)


def _declared(item: StockItem, event: mv.ShortfallDeclared) -> StockItem:
    return _with(item, event.at)


def _safety(item: StockItem, event: mv.SafetyStockSet) -> StockItem:
    return _limits(_with(item, event.at), event.quantity, item.backorder_limit)


def _backorders(item: StockItem, event: mv.BackorderLimitSet) -> StockItem:
    return _limits(_with(item, event.at), item.safety_stock, event.quantity)


def _limits(item: StockItem, safety_stock: int, backorder_limit: int) -> StockItem:
    return StockItem(
        item.sku,
        item.location,
        item.on_hand,
        item.damaged,
        item.quarantined,
        item.allocated,
        item.schedule,
        safety_stock,
        backorder_limit,
        item.seen_at,
    )


EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.StockReceived: _received,
    mv.StockAdjusted: _adjusted,
    mv.StockReserved: _reserved,
    mv.StockUnreserved: _unreserved,
    mv.StockAllocated: _allocated,
    mv.StockDeallocated: _deallocated,
    mv.StockShipped: _shipped,
    mv.StockTaken: _taken,
    mv.StockReturned: _returned,
    mv.ShortfallDeclared: _declared,
    mv.SafetyStockSet: _safety,
    mv.BackorderLimitSet: _backorders,
}


def evolve_stock(item: StockItem | None, event: Any) -> StockItem:
    """The stock item after a movement. ``UnknownEvent`` for what is none."""
    step = EVOLVE.get(type(event))
    if step is None:
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    return step(unknown(event.sku, event.location, event.at) if item is None else item, event)


__all__ = ["CONDITIONS", "StockItem", "evolve_stock", "rescheduled", "unknown"]
