"""The publication book: which channel is to be told of which SKU, as far as a process knows.

Decides what must be looked at again: a SKU that moved, one of which a cart ran out, a kit of one of
these, a word that another process wrote down and perhaps never said, and at the beginning every SKU.
So a process that knows nothing yet loses nothing; what was said last is in the store. Must not know
ports, or when a channel may be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from omcore import inventory as inv
from omcore.engine.sales import SalesChannel
from omcore.kernel import EPOCH, Catalog
from omcore.ports import FeedEntry, Loaded

Pair = tuple[str, str]  # channel, SKU


class Word:
    """The last word to a channel about a SKU, and what this process did about it."""

    __slots__ = ("last", "ours", "position", "said", "touched", "under_way", "unsure", "version")

    def __init__(self) -> None:
        self.version = -1  # of its stream; -1: not known
        self.last: inv.Publication | None = None
        self.said = 0  # the last version that this process has told the channel
        self.unsure = 0  # the last version of which it does not know that anybody has; 0: none
        self.ours = 0  # the last version that this process has written
        self.position = 0  # where on the feed that stands; 0: it was not read yet
        self.touched = 0  # how often there was reason to look
        self.under_way = False

    def take(self, loaded: Loaded) -> None:
        """What the store says, unless something newer is known."""
        if loaded.version > self.version:
            self.version, self.last = loaded.version, loaded.state


class PublicationBook:
    """Filled from the feed; kept by a manager."""

    def __init__(
        self, channels: Sequence[SalesChannel], catalog: Catalog, view: inv.AvailabilityView
    ) -> None:
        self.channels = {channel.name: channel for channel in channels}
        self.pools = {channel.name: view.pool(channel.locations) for channel in channels}
        self.waiting: dict[Pair, None] = {}  # who waits longest stands first
        self.read = -1  # how far the feed was read; -1: not begun
        self.latest = EPOCH  # the latest moment that it was woken at
        self._cursors: dict[str, int] = {}
        self._words: dict[Pair, Word] = {}
        self._unsure: set[Pair] = set()
        self._moved: dict[str, None] = {}
        self._expiring: list[tuple[datetime, str]] = []
        self._next: dict[str, datetime] = {}  # by SKU, the entry of these that counts
        self._view = view
        self._catalog = catalog

    def word(self, pair: Pair) -> Word:
        """What is known of a channel and a SKU."""
        found = self._words.get(pair)
        if found is None:
            found = self._words[pair] = Word()
        return found

    # -- what the feed says ------------------------------------------------------------------

    def begin(self, cursors: dict[str, int]) -> None:
        """Up to where every word is known to be said, by channel; some may have been said by others."""
        if self.read < 0:
            self.read = min(cursors.values())
            self._moved.update(dict.fromkeys(self._view.skus()))
        for name, cursor in cursors.items():
            self._cursors[name] = max(cursor, self._cursors.get(name, 0))
        for pair in tuple(self._unsure):
            word = self._words[pair]
            if word.position and word.position <= self._cursors[pair[0]]:
                self.said(pair, word.unsure)

    def note(self, entries: Sequence[FeedEntry]) -> None:
        """Entries of the feed, in its order; the view may have followed them or not."""
        for entry in entries:
            event: Any = entry.event
            if inv.is_stock_stream(entry.stream):
                self._moved[event.sku] = None
            elif type(event) is inv.StockPublicationDue and event.channel in self.channels:
                self._note_word(entry, event)
            self.read = max(self.read, entry.position)

    def _note_word(self, entry: FeedEntry, event: inv.StockPublicationDue) -> None:
        pair = (event.channel, event.sku)
        if not self.channels[event.channel].sells(event.sku):
            return
        word = self.word(pair)
        word.take(Loaded(entry.version, inv.evolve_publication(None, event)))
        if entry.version > word.said and entry.position > self._cursors.get(event.channel, 0):
            # Two tasks read pages of their own: an older one that comes later takes nothing back.
            if entry.version >= word.unsure:
                word.unsure, word.position = entry.version, entry.position
                self._unsure.add(pair)
            self._wait(pair)
        elif entry.version > word.ours:
            self._wait(pair)  # what somebody else said may have been true of an earlier moment

    def wake(self, at: datetime) -> None:
        """Turn what has moved, or has changed by itself until a moment, into words that may be due.

        The view has followed the feed as far as the book has.
        """
        self.latest = max(self.latest, at)
        while self._expiring and self._expiring[0][0] <= at:
            moment, sku = heappop(self._expiring)
            if self._next.get(sku) == moment:
                del self._next[sku]
                self._moved[sku] = None
        for sku in self._moved:
            self._look_at(sku)
            expires = self._view.next_expiry(sku, at)
            if expires is not None and self._next.get(sku) != expires:
                self._next[sku] = expires
                heappush(self._expiring, (expires, sku))
        self._moved.clear()

    def _look_at(self, sku: str) -> None:
        items = (sku, *self._catalog.kits_with(sku))
        for name, channel in self.channels.items():
            if self.pools[name].knows(sku):
                for item in items:
                    if channel.sells(item):
                        self._wait((name, item))

    def _wait(self, pair: Pair) -> None:
        self.word(pair).touched += 1
        self.waiting[pair] = None

    # -- what is done about it ---------------------------------------------------------------

    def settled(self, pair: Pair, touched: int) -> None:
        """The channel knows what was true when the word had been touched so often."""
        if self.word(pair).touched == touched:
            self.waiting.pop(pair, None)

    def later(self, pair: Pair) -> None:
        """Let the others go first."""
        if pair in self.waiting:
            del self.waiting[pair]
            self.waiting[pair] = None

    def written(self, pair: Pair, version: int, last: inv.Publication) -> None:
        """A word was written down, and is not said yet."""
        word = self.word(pair)
        word.take(Loaded(version, last))
        word.ours = version
        if version > word.unsure:
            word.unsure, word.position = version, 0
            self._unsure.add(pair)

    def said(self, pair: Pair, version: int) -> None:
        """A channel has been told, by whomever."""
        word = self.word(pair)
        word.said = max(word.said, version)
        if word.unsure <= version:
            word.unsure = word.position = 0
            self._unsure.discard(pair)

    def cursors(self) -> dict[str, int]:
        """By channel, up to where every word is said now, where that is further than before."""
        found = dict.fromkeys(self.channels, self.read)
        for pair in self._unsure:
            position = self._words[pair].position
            if position:
                found[pair[0]] = min(found[pair[0]], position - 1)
        return {name: position for name, position in found.items() if position > self._cursors[name]}


__all__ = ["Pair", "PublicationBook", "Word"]
