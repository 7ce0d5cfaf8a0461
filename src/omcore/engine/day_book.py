"""The day book: which orders were given to which location today, kept from the feed.

Decides what counts as an order of a location's day: work that was asked of it on that day, on the
location's own calendar (C2), as long as units of it are neither taken back nor rejected nor moved away. One
order counts once, however much work it is; what has shipped was that day's work and counts. Goods that come
to a store to be collected were asked of another location, and do not. Only locations that have a
``daily_capacity`` are counted, and a day that is over is let go of, so the book is as large as a few days'
orders. Must not know who asks. A book that was lost is read again from the beginning of the feed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import attrs

from omcore.kernel import Network, time_zone
from omcore.kernel.runs import count
from omcore.orders import events as ev
from omcore.orders.state import Items
from omcore.ports import FeedEntry
from omcore.routing.demand import promisable_above, reader

# By stream, the units by fulfillment id that were not taken back.
_Day = dict[str, dict[str, int]]
# (fulfillment id, location, units)
_Back = tuple[str, str, Items]

# A local date is at most a day from the date of the same instant in UTC, and clocks differ.
_KEPT = timedelta(days=2)


def _itself(event: Any) -> tuple[_Back, ...]:
    return ((event.fulfillment_id, event.location, event.items),)


def _freed(event: ev.UnitsCancelled) -> tuple[_Back, ...]:
    return event.freed


_BACK: Mapping[type, Callable[[Any], tuple[_Back, ...]]] = {
    ev.FulfillmentRejected: _itself,
    ev.FulfillmentCancelled: _itself,
    ev.UnitsShortPicked: _itself,
    ev.UnitsCancelled: _freed,
}


class DayBook:
    """Orders by location and local day. ``position``: how far it has followed the feed."""

    __slots__ = ("_days", "_latest", "position", "zones")

    def __init__(self, network: Network) -> None:
        self.position = 0
        limited = [location for location in network.locations if location.daily_capacity is not None]
        self.zones: dict[str, tzinfo] = {it.id: time_zone(it.zone, f"network.{it.id}.zone") for it in limited}
        self._days: dict[str, dict[date, _Day]] = {location.id: {} for location in limited}
        self._latest = date.min

    def __len__(self) -> int:
        return sum(len(day) for days in self._days.values() for day in days.values())

    def see(self, entry: FeedEntry) -> None:
        """An entry of the feed; what was seen before counts once, where two tasks follow in turns."""
        if entry.position > self.position:
            self.position = entry.position
            self.note(entry.stream, entry.event)

    def note(self, stream: str, event: Any) -> None:
        """An event of an order."""
        kind = type(event)
        if kind is ev.FulfillmentRequested:
            if event.location in self.zones:
                self._let_go(event.at)
                day = self.day(event.location, event.at)
                self._add(event.location, day, stream, event.fulfillment_id, _units(event.items))
        elif kind in _BACK:
            for fulfillment_id, location, items in _BACK[kind](event):
                for day in self.days(location):
                    self._add(location, day, stream, fulfillment_id, -_units(items))

    def orders(self, location: str, now: datetime, besides: str = "") -> int:
        """How many orders a location was given on its day, other than that of one stream."""
        if location not in self.zones:
            return 0
        given = self.given(location, self.day(location, now))
        return len(given) - (besides in given)

    def day(self, location: str, at: datetime) -> date:
        """The date of a moment where a location is."""
        return at.astimezone(self.zones[location]).date()

    def days(self, location: str) -> tuple[date, ...]:
        """The days of a location that are kept."""
        return tuple(self._days.get(location, ()))

    def given(self, location: str, day: date) -> Mapping[str, Mapping[str, int]]:
        """What a location was given on a day, by stream."""
        return self._days[location].get(day, {})

    def _add(self, location: str, day: date, stream: str, fulfillment_id: str, units: int) -> None:
        whole = self._days[location].setdefault(day, {})
        left = changed_work(whole.get(stream, {}), fulfillment_id, units)
        if left:
            whole[stream] = left
        else:
            whole.pop(stream, None)

    def _let_go(self, at: datetime) -> None:
        if at.date() > self._latest:
            self._latest = at.date()
            for days in self._days.values():
                for day in [day for day in days if day < self._latest - _KEPT]:
                    del days[day]


class AheadDays(DayBook):
    """A day book as it is once a batch is saved; the book beneath it stays as it is."""

    __slots__ = ("_beneath", "_changed", "_more")

    def __init__(self, beneath: DayBook) -> None:
        self.position = 0
        self.zones = beneath.zones
        self._latest = date.max
        self._beneath = beneath
        self._changed: dict[tuple[str, date], _Day] = {}
        self._more: dict[tuple[str, date], int] = {}

    def orders(self, location: str, now: datetime, besides: str = "") -> int:
        """See ``DayBook.orders``."""
        if location not in self.zones:
            return 0
        day = self.day(location, now)
        given = self._beneath.given(location, day)
        own = self._changed.get((location, day), {})
        itself = bool(own[besides]) if besides in own else besides in given
        return len(given) + self._more.get((location, day), 0) - itself

    def days(self, location: str) -> tuple[date, ...]:
        """See ``DayBook.days``."""
        own = [day for name, day in self._changed if name == location]
        return tuple(dict.fromkeys([*self._beneath.days(location), *own]))

    def _add(self, location: str, day: date, stream: str, fulfillment_id: str, units: int) -> None:
        whole = self._changed.setdefault((location, day), {})
        before = whole.get(stream, self._beneath.given(location, day).get(stream, {}))
        left = changed_work(before, fulfillment_id, units)
        whole[stream] = left
        self._more[location, day] = self._more.get((location, day), 0) + bool(left) - bool(before)

    def _let_go(self, at: datetime) -> None:
        """A batch lets go of nothing."""


def changed_work(before: Mapping[str, int], fulfillment_id: str, units: int) -> dict[str, int]:
    """An order's work at a location on a day, with so many units more or less of one fulfillment order.

    Less is taken of what was asked for on that very day only.
    """
    left = {**before, fulfillment_id: before.get(fulfillment_id, 0) + units}
    if left[fulfillment_id] <= 0:
        del left[fulfillment_id]
    return left


def _units(items: Items) -> int:
    return sum([count(runs) for _, runs in items])


@attrs.frozen
class SeenToday:
    """Availability for one order, with the day's count: the order itself does not count against it.

    Nor does the count where the order has reserved goods (``own``): they ship from there (S8). ``counter`` is
    the store where it is collected, whose safety stock lies there for its own customers.
    """

    seen: Any
    days: DayBook | None
    stream: str
    own: frozenset[str] = frozenset()
    counter: str = ""

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """As it is seen."""
        units: int = self.seen.promisable(sku, location, now)
        return units

    def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime) -> tuple[int, ...]:
        """As it is seen."""
        return reader(self.seen)(sku, locations, now)

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        """As it is seen; at the counter nothing stays."""
        if location == self.counter:
            return self.promisable(sku, location, now)
        return promisable_above(self.seen, floor, sku, location, now)

    def orders_today(self, location: str, now: datetime) -> int:
        """Orders that the location was given today besides this one."""
        if self.days is None or location in self.own:
            return 0
        return self.days.orders(location, now, self.stream)


__all__ = ["AheadDays", "DayBook", "SeenToday", "changed_work"]
