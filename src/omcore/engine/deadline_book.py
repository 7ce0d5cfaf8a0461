"""The deadline book: which orders wait for a moment, kept from the feed.

Decides what is due by now without looking at every order: of an order it keeps one moment, the
first, and of an order without one nothing, so that it is as large as the orders that wait for
something and not as history. Must not know what is due: ``next_deadline`` says when, and
``MeetDeadlines`` does it. A book that was lost is read again from the beginning of the feed.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any

from omcore import orders as om
from omcore.engine.core import carry_out, up_to_date
from omcore.engine.keys import own_key
from omcore.engine.requests import Load, ReadFeed
from omcore.engine.setup import Setup
from omcore.kernel import (
    IdempotencyConflict,
    UnknownId,
    checked_id,
    checked_instant,
    format_instant,
)

BATCH = 500

# So many outdated entries may lie in the heap besides as many as are live.
_SPARE = 64

Steps = Generator[Any, Any, Any]


class DeadlineBook:
    """The first deadline of every order that has one. ``position``: how far it has read the feed.

    An order has a version with its moment: what is known of a later one is not overwritten by what
    was read before, where two tasks follow the feed in turns.
    """

    __slots__ = ("_heap", "_live", "position")

    def __init__(self) -> None:
        self.position = 0
        self._live: dict[str, tuple[datetime, int]] = {}
        self._heap: list[tuple[datetime, str]] = []

    def __len__(self) -> int:
        return len(self._live)

    def note(self, order_id: str, moment: datetime | None, version: int) -> None:
        """An order's first deadline as of a version of its stream; None: it has none."""
        known = self._live.get(order_id)
        if known is not None and known[1] > version:
            return
        if moment is None:
            self._live.pop(order_id, None)
        else:
            self._live[order_id] = (moment, version)
            if known is None or known[0] != moment:
                heappush(self._heap, (moment, order_id))
        if len(self._heap) > 2 * len(self._live) + _SPARE:
            self._heap = [(entry[0], name) for name, entry in self._live.items()]
            heapify(self._heap)

    def next(self) -> datetime | None:
        """The first moment of all; None where no order waits for any."""
        while self._heap and not self._is_live(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> tuple[str, ...]:
        """The orders whose moment has passed at ``now`` (S6), the first first; ties by order id."""
        now = checked_instant(now, "now")
        found: list[tuple[datetime, str]] = []
        while (first := self.next()) is not None and first <= now:
            entry = heappop(self._heap)
            if not found or found[-1] != entry:
                found.append(entry)
        for entry in found:
            heappush(self._heap, entry)
        return tuple([order_id for _, order_id in found])

    def _is_live(self, entry: tuple[datetime, str]) -> bool:
        known = self._live.get(entry[1])
        return known is not None and known[0] == entry[0]


def due(book: DeadlineBook, at: datetime, setup: Setup) -> Steps:
    """The orders that are due by now, out of a book that has followed the feed."""
    now = checked_instant(at)
    yield from follow_orders(book, setup)
    return book.due(now)


def first_of_all(book: DeadlineBook, setup: Setup) -> Steps:
    """The first moment of all orders, or None."""
    yield from follow_orders(book, setup)
    return book.next()


def follow_orders(book: DeadlineBook, setup: Setup) -> Steps:
    """Bring a book to the end of the feed: of every order that was written its first deadline is noted."""
    while True:
        entries = yield ReadFeed(book.position, BATCH)
        if not entries:
            return
        streams = sorted({entry.stream for entry in entries if entry.stream.startswith("order/")})
        if streams:
            loaded = yield Load(tuple(streams))
            for stream in streams:
                _note(book, loaded[stream], setup)
        book.position = max(book.position, entries[-1].position)


def _note(book: DeadlineBook, found: Any, setup: Setup) -> datetime | None:
    order = found.state
    if type(order) is not om.Order:
        return None
    moment = om.next_deadline(order, setup.context)
    book.note(order.id, moment, found.version)
    return moment


def meet(order_id: object, at: datetime, setup: Setup, book: DeadlineBook, by: str, reason: str) -> Steps:
    """Do what is due of an order by now, and return it; nothing is recorded where nothing is due.

    The key is made of the order's version and the moment: however many look at the same time, each
    deadline is met once. ``UnknownId`` for no order.
    """
    stream = f"order/{checked_id(order_id, 'order_id')}"
    now = checked_instant(at)
    loaded = yield Load((stream,))
    order = loaded[stream].state
    if order is None:
        raise UnknownId("order_id", kind="order", id=str(order_id))
    now = max(now, order.seen_at)
    moment = _note(book, loaded[stream], setup)
    if moment is None or moment > now:
        return order
    key = own_key("deadlines", order.id, loaded[stream].version, format_instant(now))
    command = om.MeetDeadlines(order.id, key=key, at=now, by=by, reason=reason)
    if setup.reads_stock:
        yield from up_to_date(command, setup)
    with suppress(IdempotencyConflict):  # somebody else met them at this very moment, in his own name
        yield from carry_out(command, setup)
    loaded = yield Load((stream,))
    _note(book, loaded[stream], setup)
    return loaded[stream].state


__all__ = ["DeadlineBook", "due", "first_of_all", "follow_orders", "meet"]
