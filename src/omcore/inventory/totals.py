"""Totals: what can be promised of one SKU over groups of locations, kept and not summed up.

Decides how a sum stays true while movements change its parts and while time does: claims and lots
expire at whole seconds without any movement (S6), so a total is true from the last such second that it
has taken in until the next, and moves on when somebody reads it after that. Time changes nothing else
about what can be promised. A part moves on by what of it has expired, so every second of every
schedule is looked at once. Must not know feeds, or who is promised what.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush

from omcore.inventory.stock import Schedule, StockItem, passed_second
from omcore.kernel import EPOCH

EVER = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
_LAST = passed_second(NEVER)

# So many entries that are out of date may lie in the queue before it is made anew.
_SLACK = 16


class _Part:
    """What one location adds, as of the second that its total has taken in."""

    __slots__ = ("atp", "groups", "next", "promisable")

    def __init__(self, groups: tuple[int, ...]) -> None:
        self.groups = groups
        self.atp = self.promisable = 0
        self.next: int | None = None  # at which second its next claim or lot expires


class Totals:
    """Of one SKU: ``atp`` and ``promisable`` by group, true while since <= now < until.

    ``atp`` is a plain sum, so that what one location owes is counted against the others.
    ``promisable`` counts no location below 0: one that owes stock takes none from the others.
    """

    __slots__ = ("_items", "_last", "_parts", "_queue", "atp", "known", "promisable", "since", "until")

    def __init__(self, items: Mapping[str, StockItem], groups: int) -> None:
        self.atp = [0] * groups
        self.promisable = [0] * groups
        self.known = [0] * groups  # at how many locations anything ever happened
        self.since, self.until = EVER, NEVER
        self._last = passed_second(EVER)
        self._items = items  # by location, as its owner keeps them
        self._parts: dict[str, _Part] = {}
        self._queue: list[tuple[int, str]] = []  # (second, location), those too that are out of date

    def take(self, location: str, groups: tuple[int, ...]) -> None:
        """Take in a location's item as it is now; ``groups``, always the same, are those it is part of."""
        part = self._parts.get(location)
        if part is None:
            part = self._parts[location] = _Part(groups)
            for group in groups:
                self.known[group] += 1
        item = self._items[location]
        promisable = item.promisable_after(self._last)
        self._change(part, promisable - item.backorder_limit, promisable)
        timetable = item.timetable
        if timetable or part.next is not None:
            self._expect(location, part, timetable, bisect_left(timetable, (self._last + 1,)))

    def settle(self, now: datetime) -> None:
        """Move on to a moment: take in what has expired by then."""
        last = passed_second(now)
        queue = self._queue
        while queue and queue[0][0] <= last:
            second, location = heappop(queue)
            part = self._parts[location]
            if part.next != second:
                continue
            schedule = self._items[location].timetable
            place, units = bisect_left(schedule, (second,)), 0
            while place < len(schedule) and schedule[place][0] <= last:
                second, expired = schedule[place]
                units += expired
                place += 1
            self._change(part, part.atp + units, part.promisable + units)
            self._expect(location, part, schedule, place)
            if second > self._last:
                self._last, self.since = second, EPOCH + timedelta(seconds=second)
        self._look_ahead()

    def _change(self, part: _Part, atp: int, promisable: int) -> None:
        more = atp - part.atp
        free = (promisable if promisable > 0 else 0) - (part.promisable if part.promisable > 0 else 0)
        for group in part.groups:
            self.atp[group] += more
            self.promisable[group] += free
        part.atp, part.promisable = atp, promisable

    def _expect(self, location: str, part: _Part, timetable: Schedule, place: int) -> None:
        """Note when something of a location next expires: that at a place in its timetable."""
        second = timetable[place][0] if place < len(timetable) else None
        if second == part.next:
            return
        part.next = second
        if second is not None:
            heappush(self._queue, (second, location))
            if len(self._queue) > _SLACK + 2 * len(self._parts):
                nexts = [(each.next, name) for name, each in self._parts.items()]
                self._queue = [(moment, name) for moment, name in nexts if moment is not None]
                heapify(self._queue)
        self._look_ahead()

    def _look_ahead(self) -> None:
        queue = self._queue
        while queue and self._parts[queue[0][1]].next != queue[0][0]:
            heappop(queue)
        self.until = EPOCH + timedelta(seconds=queue[0][0]) if queue and queue[0][0] <= _LAST else NEVER


__all__ = ["EVER", "NEVER", "Totals"]
