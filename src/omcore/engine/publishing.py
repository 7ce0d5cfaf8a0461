"""Publishing: every channel is told what it may sell, when that has changed, at its own pace (S13).

Decides how a word gets to a channel. What it may sell is compared with the last word, which is in the
store; a new one is written down first, against the version that was read, and then said. So of two
dispatchers one writes and the other finds it written, every word has a number of its own, and the
time between two words is kept by processes that do not know each other.

Nothing is lost: what may not be said yet stays in the book and is said later, with the quantity of
then; a process that begins compares everything; and a word that was written and perhaps not said -
the port was away, the process ended - is on the feed after the cursor of its channel, which moves on
only over what is said. It is written and said anew, when its channel may be told again; by another
process not before a minute has passed, and not in a run that it was written after the beginning of,
because mostly it is just being said.

Must not know why stock moved.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

from omcore import inventory as inv
from omcore.engine.duty import Duty
from omcore.engine.following import BATCH, follow
from omcore.engine.keys import own_key
from omcore.engine.publication_book import Pair, PublicationBook
from omcore.engine.requests import Advance, Load, PublishStock, ReadCursor, ReadFeed, Save
from omcore.engine.setup import Setup
from omcore.inventory.publications import may_publish
from omcore.kernel import Conflict, OmcoreError, StoreError
from omcore.ports import Answer, Commit, StockPublication, Write

MAX_ATTEMPTS = 16

# So long a word that another process wrote down is believed to be on its way.
GRACE = timedelta(minutes=1)

Steps = Generator[Any, Any, Any]


def publish(duty: Duty) -> Steps:
    """Tell every channel what is due; returns how many words were said, and entries read or written."""
    setup, book = duty.setup, duty.setup.publications
    if not book.channels:
        return 0, 0
    read = yield from _catch_up(setup, book, duty.at)
    if duty.began < 0:
        duty.began = book.read
    made = 0
    pairs = tuple(book.waiting)
    try:
        for start in range(0, len(pairs), BATCH):
            chunk = pairs[start : start + BATCH]
            yield from _load(book, [pair for pair in chunk if book.word(pair).version < 0])
            for pair in chunk:
                made += yield from _settle(duty, book, pair)
    except OmcoreError:
        # No other round reads what this one has written: where it was said, it stays said.
        yield from _read(book)
        yield from _advance(book)
        raise
    yield from _advance(book)
    return made, read + made


def _catch_up(setup: Setup, book: PublicationBook, at: datetime) -> Steps:
    """Read what has happened, by whomever; returns how many entries."""
    cursors = {}
    for name in book.channels:
        cursors[name] = yield ReadCursor(_cursor(name))
    yield from follow(setup)
    book.begin(cursors)
    read: int = yield from _read(book)
    yield from follow(setup)
    book.wake(at)
    return read


def _read(book: PublicationBook) -> Steps:
    read = 0
    while entries := (yield ReadFeed(book.read, BATCH)):
        book.note(entries)
        read += len(entries)
    return read


def _load(book: PublicationBook, pairs: list[Pair]) -> Steps:
    if pairs:
        streams = {inv.publication_stream(*pair): pair for pair in pairs}
        loaded = yield Load(tuple(sorted(streams)))
        for stream, pair in streams.items():
            book.word(pair).take(loaded[stream])


def _settle(duty: Duty, book: PublicationBook, pair: Pair) -> Steps:
    """Tell a channel of a SKU, if it does not know and may be told; returns whether it was."""
    setup, word = duty.setup, book.word(pair)
    if word.under_way:
        return 0  # another task of this process is at it
    for _ in range(MAX_ATTEMPTS):
        if word.version < 0:
            yield from _load(book, [pair])
        if word.last is not None and word.last.position > setup.view.position:
            yield from follow(setup)
            if word.last.position > setup.view.position:
                return 0  # somebody saw more of the feed than is to be had here yet
        if pair in duty.told and word.version > word.ours:
            # Told in this run, and somebody else has told it otherwise since: two whose clocks differ would
            # answer each other without end. It stays in the book, for the next run.
            return 0
        due = _due(duty, book, pair)
        if due is None:
            return 0
        duty.told.add(pair)
        word.under_way = True
        try:
            yield from _say(book, pair, due, duty.published)
        except Conflict:
            continue  # somebody else wrote a word meanwhile
        except StoreError:
            book.later(pair)
            raise
        finally:
            word.under_way = False
        return 1
    return 0


def _due(duty: Duty, book: PublicationBook, pair: Pair) -> inv.StockPublicationDue | None:
    """The next word to a channel about a SKU, as of now; None where it knows, or is not to be told yet."""
    setup, at, told = duty.setup, duty.at, duty.published
    name, sku = pair
    word, channel = book.word(pair), book.channels[name]
    # One now, as for a command: a run that lags unsays nothing that was true later.
    now = max(at, book.latest) if word.last is None else max(at, book.latest, word.last.at)
    quantity = setup.sellable(name, sku, now)
    if word.last is not None and word.last.quantity == quantity:
        if not word.unsure:
            book.settled(pair, word.touched)
            return None
        # Who wrote while this run lasts is at it, whatever his clock shows: else two would never end.
        is_fresh = word.position > duty.began or abs(at - word.last.at) < GRACE
        if word.unsure != word.ours and is_fresh:
            return None
    if not may_publish(word.last, quantity, at, channel.every):
        return None
    if quantity and channel.per_run is not None and told.get(name, 0) >= channel.per_run:
        return None
    # A clock that lags gives no channel more to hear than it was promised.
    since = at if word.last is None else max(at, word.last.at)
    return inv.StockPublicationDue(since, name, sku, quantity, setup.view.position)


def _say(book: PublicationBook, pair: Pair, due: inv.StockPublicationDue, told: dict[str, int]) -> Steps:
    """Write a word down, and say it."""
    word = book.word(pair)
    stream, before, touched = inv.publication_stream(*pair), word.version, word.touched
    version, last = before + 1, inv.evolve_publication(word.last, due)
    word.version = -1  # until it is known what became of it
    answer = Answer(own_key("publish", *pair, version), "publish", stream, due.at)
    yield Save(Commit(answer, {stream: before}, (Write(stream, (due,), last),), by="dispatcher"))
    book.written(pair, version, last)
    told[due.channel] = told.get(due.channel, 0) + (due.quantity > 0)
    key = f"stock/{due.channel}/{due.sku}/{version}"
    yield PublishStock(StockPublication(key, due.channel, due.sku, due.quantity, version))
    book.said(pair, version)
    book.settled(pair, touched)


def _advance(book: PublicationBook) -> Steps:
    for name, position in book.cursors().items():
        yield Advance(_cursor(name), position)


def _cursor(channel: str) -> str:
    return f"omcore.stock/{channel}"


__all__ = ["publish"]
