"""What a batch knows: states that were loaded, and those that its own commands led to.

Decides what a command of a batch finds: everything as those before it left it, though none of that
is saved yet. Its handler asks as ever, and is answered from here where that is possible. Must not know
any command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.day_book import AheadDays
from omcore.engine.requests import Load, ReadHistory
from omcore.engine.setup import Setup
from omcore.engine.streams import Steps
from omcore.engine.waiting_book import WaitingBook, waiting_of
from omcore.orders.policies import Rank
from omcore.ports import NOTHING, Commit, FeedEntry, Loaded


class Known:
    """Streams as the commands of a batch find them, by name; ``commits`` are those decided so far."""

    def __init__(self, commits: list[Commit]) -> None:
        self.streams: dict[str, Loaded] = {}
        self._commits = commits
        self.days: AheadDays | None = None

    def add(self, commit: Commit) -> None:
        """What the next command finds."""
        self._commits.append(commit)
        for write in commit.writes:
            self.streams[write.stream] = Loaded(commit.reads[write.stream] + 1, write.state)
            if self.days is not None:
                for event in write.events:
                    self.days.note(write.stream, event)

    def history(self, stream: str, after: int, stored: Sequence[FeedEntry]) -> list[FeedEntry]:
        """A stream's entries above a version, those that are not stored yet among them.

        They have no position so far. What somebody else stored meanwhile is left out: the batch does
        not know it, and is decided again.
        """
        own: list[FeedEntry] = []
        for commit in self._commits:
            answer = commit.answer
            for write in commit.writes:
                if write.stream == stream:
                    version = commit.reads[stream] + 1
                    facts = (answer.key, answer.at, commit.by, commit.reason)
                    own += [FeedEntry(0, stream, version, i, e, *facts) for i, e in enumerate(write.events)]
        last = self.streams.get(stream, NOTHING).version if not own else own[0].version - 1
        return [
            *(entry for entry in stored if entry.version <= last),
            *(entry for entry in own if entry.version > after),
        ]


def through(known: Known, steps: Steps) -> Steps:
    """Carry on a handler, answering from what is known; what is loaded for it is known from then on."""
    try:
        request = next(steps)
        while True:
            if type(request) is Load:
                missing = tuple([name for name in request.streams if name not in known.streams])
                if missing:
                    known.streams.update((yield Load(missing)))
                request = steps.send({name: known.streams[name] for name in request.streams})
            elif type(request) is ReadHistory:
                stored = yield request
                request = steps.send(known.history(request.stream, request.after, stored))
            else:
                request = steps.send((yield request))
    except StopIteration as stop:
        return stop.value


def seen_ahead(setup: Setup, known: Known) -> Setup:
    """An embedder's choices with projections that know what the batch knows.

    The projections themselves stay as they are: a batch may not be saved, and its states never come about.
    """
    view = AheadView(setup.view, known.streams)
    if setup.days is not None:
        known.days = AheadDays(setup.days)
    return setup.seen_through(view, AheadLine(setup.waiting, known.streams, setup.policies), known.days)


@attrs.frozen
class AheadView:
    """Availability as it is once the batch is saved."""

    view: inv.AvailabilityView
    streams: Mapping[str, Loaded]

    def item(self, sku: str, location: str) -> inv.StockItem | None:
        """A stock item as the batch has it; where it has not, as the view does."""
        loaded = self.streams.get(inv.stock_stream(location, sku))
        return self.view.item(sku, location) if loaded is None else loaded.state

    def atp(self, sku: str, location: str, now: datetime) -> int:
        """Available to promise; 0 where nothing ever happened, maybe negative."""
        item = self.item(sku, location)
        return 0 if item is None else item.atp(now)

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What may be claimed yet, backorders and all."""
        item = self.item(sku, location)
        return 0 if item is None else item.promisable(now)

    def holds(self, sku: str, location: str, now: datetime) -> int:
        """What is on hand and has not expired, and backorder limit."""
        item = self.item(sku, location)
        return 0 if item is None else item.sellable(now) + item.backorder_limit

    def locations(self, sku: str) -> tuple[str, ...]:
        """Where anything ever happened to a SKU, sorted."""
        known = [loaded.state for loaded in self.streams.values() if type(loaded.state) is inv.StockItem]
        return tuple(sorted({*self.view.locations(sku), *[it.location for it in known if it.sku == sku]}))

    def put(self, item: inv.StockItem, version: int = 0) -> None:
        """The truth about a stock item, which was loaded: it is known."""

    def pool(self, locations: tuple[str, ...]) -> AheadPool:
        """Some locations that are read as one."""
        return AheadPool(self, locations)


@attrs.frozen
class AheadPool:
    """Some locations that are read as one."""

    ahead: AheadView
    locations: tuple[str, ...]

    def promisable(self, sku: str, now: datetime) -> int:
        """What can be allocated over them: one that owes stock takes none from the others."""
        each = [self.ahead.promisable(sku, location, now) for location in self.locations]
        return sum(units for units in each if units > 0)


@attrs.frozen
class AheadLine:
    """Who waits once the batch is saved: of orders that it knows, as it has them."""

    book: WaitingBook
    streams: Mapping[str, Loaded]
    policies: om.Policies

    def before(self, rank: Rank, location: str, sku: str) -> tuple[tuple[int, int], ...]:
        """(second, units) promised at a location to those who come first in line, ascending."""
        known = [
            (loaded.state, loaded.version)
            for loaded in self.streams.values()
            if type(loaded.state) is om.Order and loaded.state.backorders
        ]
        line = [
            *(
                each
                for each in self.book.promised(location, sku)
                if f"order/{each.order_id}" not in self.streams
            ),
            *(waiting_of(order, self.policies, version) for order, version in known),
        ]
        summed: dict[int, int] = {}
        for each in line:
            if each.rank < rank:
                for second, units in each.dated.get((location, sku), {}).items():
                    summed[second] = summed.get(second, 0) + units
        return tuple(sorted(summed.items()))


__all__ = ["AheadLine", "AheadPool", "AheadView", "Known", "seen_ahead", "through"]
