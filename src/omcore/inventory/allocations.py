"""What a reservation's owner holds once it was confirmed: an allocation, until it ships or is let go.

Decides how much of it is left, so that no unit ships or is freed twice (S7), and that what an order
took over is the order's. Must not know counters: the stock items keep those, and one commit over
both keeps them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory.checks import NotAllocated
from omcore.inventory.reservations import Reservation, ReservedItem
from omcore.kernel import Refusal, changed, record

# Units by (location, sku), in the order of the streams.
ByPlace = Mapping[tuple[str, str], int]


class NothingAllocated(Refusal):
    """The owner holds no allocation: it was never confirmed, or all of it has gone. Fields: outcome."""

    code = "nothing_allocated"


class HeldByOrder(Refusal):
    """An order took the reservation over, and what it allocated moves with the order. Fields: order_id."""

    code = "held_by_order"


@record
class AllocationShipped:
    """Units that the owner held left."""

    at: datetime
    token: str
    items: tuple[ReservedItem, ...]


@record
class AllocationReleased:
    """The owner let go of units that he held (S7)."""

    at: datetime
    token: str
    items: tuple[ReservedItem, ...]


@record
class AllocationShortPicked:
    """Units that the owner held were not found, because of ``cause`` (S9)."""

    at: datetime
    token: str
    items: tuple[ReservedItem, ...]
    cause: str


@record
class AllocationMoved:
    """Units that the owner held are held at the location ``to`` instead."""

    at: datetime
    token: str
    items: tuple[ReservedItem, ...]
    to: str


def by_place(items: tuple[ReservedItem, ...]) -> dict[tuple[str, str], int]:
    """Units by (location, sku), summed (S3), in the order of the streams."""
    summed = {(item.location, item.sku): item.quantity for item in items}
    if len(summed) < len(items):
        summed = dict.fromkeys(summed, 0)
        for item in items:
            summed[item.location, item.sku] += item.quantity
    return {place: summed[place] for place in sorted(summed)}


def as_items(places: ByPlace) -> tuple[ReservedItem, ...]:
    """One item per place that has units."""
    return tuple([ReservedItem(sku, location, units) for (location, sku), units in places.items() if units])


def held_of(reservation: Reservation, items: tuple[ReservedItem, ...]) -> dict[tuple[str, str], int]:
    """So many of what the owner holds, all of it where no items are named.

    Errors, in this order: ``HeldByOrder``, ``NothingAllocated``, ``NotAllocated`` at the first place
    where he holds fewer.
    """
    if reservation.order_id:
        raise HeldByOrder("token", order_id=reservation.order_id)
    if not reservation.allocated:
        raise NothingAllocated("token", outcome=reservation.outcome)
    held = by_place(reservation.allocated)
    if not items:
        return held
    wanted = by_place(items)
    for place, units in wanted.items():
        available = held.get(place, 0)
        if units > available:
            location, sku = place
            raise NotAllocated("items", sku=sku, location=location, requested=units, available=available)
    return wanted


# -- folding ---------------------------------------------------------------------------------


def _gone(state: Reservation, event: Any) -> Reservation:
    return _holding(state, event.at, _less(state, event.items))


def _moved(state: Reservation, event: AllocationMoved) -> Reservation:
    left = _less(state, event.items)
    for item in event.items:
        place = (event.to, item.sku)
        left[place] = left.get(place, 0) + item.quantity
    return _holding(state, event.at, dict(sorted(left.items())))


def _less(state: Reservation, items: tuple[ReservedItem, ...]) -> dict[tuple[str, str], int]:
    left = by_place(state.allocated)
    for place, units in by_place(items).items():
        left[place] = max(0, left.get(place, 0) - units)
    return left


def _holding(state: Reservation, at: datetime, places: ByPlace) -> Reservation:
    return changed(state, allocated=as_items(places), seen_at=at)


EVOLVE: Mapping[type, Callable[[Reservation, Any], Reservation]] = {
    AllocationShipped: _gone,
    AllocationReleased: _gone,
    AllocationShortPicked: _gone,
    AllocationMoved: _moved,
}

__all__ = [
    "EVOLVE",
    "AllocationMoved",
    "AllocationReleased",
    "AllocationShipped",
    "AllocationShortPicked",
    "ByPlace",
    "HeldByOrder",
    "NothingAllocated",
    "as_items",
    "by_place",
    "held_of",
]
