"""The waiting book: which orders wait for stock, and for which, kept from the feed (S10).

Decides who stands in line for a SKU at a location, in which order, without looking at every order: it
knows those that were told to wait and have not stopped since, and is as large as they are. Must not know
what is done for them. A book that was lost is read again from the beginning of the feed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.requests import Load
from omcore.kernel import epoch_second
from omcore.kernel.runs import count
from omcore.orders import events as ev
from omcore.orders.policies import Rank

Steps = Generator[Any, Any, Any]

Place = tuple[str, str]  # (location, sku)
Second = int


@attrs.frozen
class Waiting:
    """An order in line. ``dated``: by (location, sku), units by second; ``undated``: SKUs of the rest.

    ``finished``: kits that it waits for the components of. A finished one serves it as well (S11).
    """

    order_id: str
    rank: Rank
    version: int
    dated: Mapping[Place, Mapping[Second, int]]
    undated: frozenset[str]
    finished: frozenset[str] = frozenset()


class WaitingBook:
    """Every order that waits. What is known of a later version is not overwritten by an earlier one."""

    __slots__ = ("_dated", "_free", "_orders", "_seen", "_undated")

    def __init__(self) -> None:
        self._orders: dict[str, Waiting] = {}
        self._dated: dict[Place, dict[str, Waiting]] = {}
        self._undated: dict[str, dict[str, Waiting]] = {}
        # The version up to which a stream was written since it was looked at.
        self._seen: dict[str, int] = {}
        # What was free of what somebody waits for, when it was looked at last.
        self._free: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def see(self, entry: Any) -> None:
        """An entry of the feed: an order begins to wait, or one that waits was written."""
        if type(entry.event) is ev.UnitsBackordered or entry.stream in self._orders:
            self._seen[entry.stream] = entry.version

    def news(self) -> tuple[str, ...]:
        """The streams to look at, sorted."""
        return tuple(sorted(self._seen))

    def note(self, stream: str, version: int, waiting: Waiting | None) -> None:
        """How an order waits as of a version of its stream; None where it does not."""
        if self._seen.get(stream, version + 1) <= version:
            del self._seen[stream]
        known = self._orders.get(stream)
        if known is not None:
            if version < known.version:
                return
            for place in known.dated:
                _drop(self._dated, place, stream)
            for sku in known.undated | known.finished:
                _drop(self._undated, sku, stream)
            del self._orders[stream]
        if waiting is not None:
            self._orders[stream] = waiting
            for place in waiting.dated:
                self._dated.setdefault(place, {})[stream] = waiting
            for sku in waiting.undated | waiting.finished:
                self._undated.setdefault(sku, {})[stream] = waiting

    def promised(self, location: str, sku: str) -> list[Waiting]:
        """Who is promised supply of a SKU at a location, the first in line first."""
        return _in_line(self._dated.get((location, sku), {}).values())

    def anybody(self, location: str, sku: str) -> list[Waiting]:
        """Who would be glad of stock of a SKU at a location, the first in line first."""
        both = {**self._undated.get(sku, {}), **self._dated.get((location, sku), {})}
        return _in_line(both.values())

    def before(self, rank: Rank, location: str, sku: str) -> tuple[tuple[int, int], ...]:
        """(second, units) promised at a location to those who come first in line, ascending."""
        summed: dict[int, int] = {}
        for waiting in self._dated.get((location, sku), {}).values():
            if waiting.rank < rank:
                for second, units in waiting.dated[location, sku].items():
                    summed[second] = summed.get(second, 0) + units
        return tuple(sorted(summed.items()))

    def late(self, last: Second) -> list[tuple[str, Second]]:
        """Orders that were promised something by a second, which has passed, and since when; in line."""
        found = []
        for waiting in _in_line(self._orders.values()):
            since = min([second for due in waiting.dated.values() for second in due], default=last + 1)
            if since <= last:
                found.append((waiting.order_id, since))
        return found

    def more_free(self, view: inv.AvailabilityView, everywhere: inv.StockPool, now: datetime) -> list[Place]:
        """Of which SKUs, at which locations, more is free than when this was asked last.

        Only of those that somebody waits for; where claims ran out, no movement tells of it (S6).
        """
        free: dict[Any, int] = {}
        more: list[Place] = []
        for place in self._dated:
            item = view.item(place[1], place[0])
            free[place] = 0 if item is None else item.sellable(now) - item.claims(now)
            if free[place] > self._free.get(place, 0):
                more.append(place)
        for sku in self._undated:
            free[sku] = everywhere.promisable(sku, now)
            if free[sku] > self._free.get(sku, 0):
                more += [(location, sku) for location in view.locations(sku)]
        self._free = free
        return sorted(set(more))


def _drop(index: dict[Any, dict[str, Waiting]], key: Any, stream: str) -> None:
    entries = index[key]
    del entries[stream]
    if not entries:
        del index[key]


def _in_line(found: Iterable[Waiting]) -> list[Waiting]:
    return sorted(found, key=_rank)


def _rank(waiting: Waiting) -> Rank:
    return waiting.rank


def look(book: WaitingBook, policies: om.Policies) -> Steps:
    """Look at every order that was written since: how it waits now."""
    streams = book.news()
    if not streams:
        return
    loaded = yield Load(streams)
    for stream in streams:
        order = loaded[stream].state
        waits = type(order) is om.Order and order.backorders
        version = loaded[stream].version
        book.note(stream, version, waiting_of(order, policies, version) if waits else None)


def waiting_of(order: om.Order, policies: om.Policies, version: int) -> Waiting:
    """How an order waits."""
    undated = {
        sku
        for entry in order.backorders
        if entry.promised_for is None
        for line_id, _ in entry.items
        for sku, _ in order.terms.line(line_id).components
    }
    lines = {line_id for entry in order.backorders for line_id, _ in entry.items}
    finished = {line.sku for line in map(order.terms.line, lines) if line.components != ((line.sku, 1),)}
    rank = om.rank_of(order, policies)
    return Waiting(order.id, rank, version, due_of(order), frozenset(undated), frozenset(finished))


def due_of(order: om.Order, entries: Iterable[om.Backorder] | None = None) -> dict[Place, dict[Second, int]]:
    """What an order, or some units of it, is promised of each SKU: by (location, sku), units by second."""
    due: dict[Place, dict[Second, int]] = {}
    for entry in order.backorders if entries is None else entries:
        if entry.promised_for is None:
            continue
        second = epoch_second(entry.promised_for)
        for line_id, runs in entry.items:
            for sku, each in order.terms.line(line_id).components:
                at = due.setdefault((entry.location, sku), {})
                at[second] = at.get(second, 0) + count(runs) * each
    return due


__all__ = ["Waiting", "WaitingBook", "due_of", "look", "waiting_of"]
