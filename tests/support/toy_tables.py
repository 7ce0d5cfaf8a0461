"""A store as somebody writes it on a database, on dictionaries: rows of text, transactions, handles, a line.

Right in everything, so that ``broken_worlds`` can be wrong in one thing each. One thread: a call is never
interrupted by another one, but the line to the database may break within it, always at the same calls.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from omcore.codec import dumps, loads
from omcore.kernel import Conflict, Contact, Unavailable, format_instant, parse_instant
from omcore.ports import Answer, Commit, FeedEntry, Loaded, Write

# position, stream, version, index, event, key, at, by, reason
Row = tuple[int, str, int, int, str, str, str, str, str]


@attrs.define
class Tables:
    """What the database keeps, for all handles."""

    streams: MutableMapping[str, tuple[int, str]] = attrs.field(factory=dict)
    answers: MutableMapping[str, str] = attrs.field(factory=dict)
    private: MutableMapping[str, str | None] = attrs.field(factory=dict)
    feed: list[Row] = attrs.field(factory=list)
    cursors: dict[str, int] = attrs.field(factory=dict)
    steps: int = 0  # that the line was used for in the middle of something


class TableStore:
    """One handle."""

    breaks_every = 0  # steps in the middle of something; 0: the line holds

    def __init__(self, tables: Tables | None = None) -> None:
        self.tables = Tables() if tables is None else tables

    def reopen(self) -> TableStore:
        """Another handle on the same data."""
        return type(self)(self.tables)

    # -- the database ------------------------------------------------------------------------

    def step(self) -> None:
        """The line is used once more, and may break."""
        self.tables.steps += 1
        if self.breaks_every and self.tables.steps % self.breaks_every == 0:
            raise Unavailable("store")

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """Everything that was done in it, or nothing where it raised."""
        kept = self.tables
        streams: ChainMap[str, tuple[int, str]] = ChainMap({}, kept.streams)
        answers: ChainMap[str, str] = ChainMap({}, kept.answers)
        private: ChainMap[str, str | None] = ChainMap({}, kept.private)
        rows = Tables(streams, answers, private, [])
        yield rows
        kept.streams.update(streams.maps[0])
        kept.answers.update(answers.maps[0])
        kept.private.update(private.maps[0])
        kept.feed += rows.feed

    # -- writing -----------------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        with self.transaction() as rows:
            self.check(rows, commit)
            self.keep(rows, commit)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        with self.transaction() as rows:
            for commit in commits:
                self.check(rows, commit)
                self.keep(rows, commit)

    def check(self, rows: Tables, commit: Commit) -> None:
        if commit.answer.key in rows.answers:
            raise Conflict("key")
        for stream, version in commit.reads.items():
            if rows.streams.get(stream, (0, ""))[0] != version:
                raise Conflict("reads")
        written = [write.stream for write in commit.writes]
        if len(set(written)) < len(written) or not commit.reads.keys() >= set(written):
            raise Conflict("writes")

    def keep(self, rows: Tables, commit: Commit) -> None:
        self.write_streams(rows, commit)
        self.write_feed(rows, commit)
        self.write_private(rows, commit)
        self.write_answer(rows, commit)

    def write_streams(self, rows: Tables, commit: Commit) -> None:
        for write in commit.writes:
            rows.streams[write.stream] = (commit.reads[write.stream] + 1, self.written(write.state))

    def write_feed(self, rows: Tables, commit: Commit) -> None:
        for write in commit.writes:
            for index, event in enumerate(write.events):
                rows.feed.append(self.row(rows, commit, write, index, event))

    def row(self, rows: Tables, commit: Commit, write: Write, index: int, event: Any) -> Row:
        before = rows.feed or self.tables.feed
        last = before[-1][0] if before else 0
        version, answer = commit.reads[write.stream] + 1, commit.answer
        at = format_instant(answer.at)
        text = self.written(event)
        return (last + 1, write.stream, version, index, text, answer.key, at, commit.by, commit.reason)

    def write_private(self, rows: Tables, commit: Commit) -> None:
        for key, contact in commit.private.items():
            rows.private[key] = None if contact is None else self.written(contact)

    def write_answer(self, rows: Tables, commit: Commit) -> None:
        rows.answers[commit.answer.key] = self.written(commit.answer)

    def written(self, value: Any) -> str:
        return dumps(value)

    def advance(self, name: str, position: int) -> None:
        self.tables.cursors[name] = max(position, self.cursor(name))

    # -- reading -----------------------------------------------------------------------------

    def read(self, text: str) -> Any:
        return loads(text)

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found = {}
        for name in streams:
            version, text = self.tables.streams.get(name, (0, ""))
            found[name] = Loaded(version, self.read(text) if version else None)
        return found

    def answer(self, key: str) -> Answer | None:
        text = self.tables.answers.get(key)
        return None if text is None else self.read(text)

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        # Positions are places, so that nothing is looked for.
        return [self.entry(row) for row in self.tables.feed[after : after + limit]]

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return [self.entry(row) for row in self.tables.feed if row[1] == stream and row[2] > after]

    def entry(self, row: Row) -> FeedEntry:
        position, stream, version, index, event, key, at, by, reason = row
        return FeedEntry(
            position, stream, version, index, self.read(event), key, parse_instant(at), by, reason
        )

    def private(self, key: str) -> Contact | None:
        text = self.tables.private.get(key)
        return None if text is None else self.read(text)

    def cursor(self, name: str) -> int:
        return self.tables.cursors.get(name, 0)
