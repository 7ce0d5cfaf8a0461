"""Kept promises: which units arrived by the day that they were first promised by.

Decides against what a delivery is held: the first day that the customer was told, whoever told it and however
often it was changed since, so that promising anew makes no figure better. Must not know how figures are kept.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from omcore.kernel import InvalidPlace, Place, time_zone
from omcore.orders import events as ev
from omcore.orders.selection import common, size, subtract
from omcore.orders.state import Items


class Due:
    """An order's units by the day that they were first promised by, and the zone that the day is of."""

    __slots__ = ("_by_day", "_zone")

    def __init__(self, event: ev.OrderPlaced) -> None:
        self._by_day: list[tuple[date, Items]] = []
        self._zone: tzinfo = UTC
        self.goes_to(event.destination)
        if event.deliver_by is not None:
            whole = tuple([(line.id, ((1, line.quantity),)) for line in event.lines])
            self._by_day.append((event.deliver_by, whole))

    def goes_to(self, place: Place | None) -> None:
        """Where it is delivered, by whose calendar; UTC where nobody said."""
        self._zone = UTC
        if place is not None and place.zone:
            try:
                self._zone = time_zone(place.zone)
            except InvalidPlace:
                return

    def promise(self, event: ev.DeliveryPromised | ev.PromiseChanged) -> int:
        """Take down what is promised first; how many units are now promised later than ever before."""
        day = event.latest
        if isinstance(event, ev.PromiseChanged) and event.was_latest is not None:
            day = event.was_latest
        new = event.items
        for _, items in self._by_day:
            new = subtract(new, items)
        if new and day is not None:
            self._by_day.append((day, new))
        if not isinstance(event, ev.PromiseChanged) or event.told is None:
            return 0
        return size(event.items) if event.latest is None or event.latest > event.told else 0

    def arrived(self, items: Items, at: datetime) -> tuple[int, int]:
        """Of units that arrived: how many were promised, and how many of these came by their day."""
        day = at.astimezone(self._zone).date()
        promised = in_time = 0
        for due, units in self._by_day:
            here = size(common(units, items))
            promised += here
            in_time += here if day <= due else 0
        return promised, in_time


__all__ = ["Due"]
