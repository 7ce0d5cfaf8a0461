"""A ``Store`` on the standard library's sqlite3: one file, several processes. Copy it, change it.

Decides how the contract of ``omcore.ports.Store`` is met: one write transaction per commit
(``BEGIN IMMEDIATE``), so that versions, keys and the feed's positions are checked and given by one
writer at a time, in commit order and without gaps. The state of a stream is kept as JSON beside
its version; its events are kept in the feed.

Whatever ``sqlite3.Error`` says - locked, busy, disk full, no database - becomes ``Unavailable``:
the engine asks for the recorded answer before it tries again. A connection serves one caller at a
time and is then kept for the next one, so that there are as many as callers at once, and none is
left behind by a thread that ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omcore.codec import CODEC, Codec
from omcore.kernel import Conflict, Contact, Unavailable, format_instant, parse_instant
from omcore.ports import Answer, Commit, FeedEntry, Loaded, Write

SCHEMA = """
CREATE TABLE IF NOT EXISTS streams (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS feed (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS feed_by_version ON feed (stream, version, idx);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS private (key TEXT PRIMARY KEY, contact TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""

# What sqlite3 says of text with lone surrogates, and of ints over 64 bits: no such name or position is kept.
_NOT_TAKEN = (UnicodeEncodeError, OverflowError)

SYNCHRONOUS = {"FULL": 2, "NORMAL": 1}

COLUMNS = "position, stream, version, idx, event, key, at, by, reason"


class SqliteStore:
    """The contract on one SQLite file in WAL mode."""

    def __init__(
        self,
        path: str | Path,
        *,
        codec: Codec = CODEC,
        timeout_s: float = 10.0,
        synchronous: str = "FULL",
    ) -> None:
        self._path = str(path)
        self._codec = codec  # one that has your own records too: CODEC.extended(...)
        self._timeout_s = timeout_s
        # FULL: what was acknowledged outlives a power cut. NORMAL: it outlives the process, and costs no
        # wait for the disk; after a power cut the last units may be sold a second time.
        self._synchronous = SYNCHRONOUS[synchronous]
        self._idle: list[sqlite3.Connection] = []  # append and pop are atomic
        with self._connection() as connection:
            connection.executescript(SCHEMA)

    # -- connections -------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connections that no caller uses."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop() if self._idle else self._connect()
            try:
                yield connection
            except sqlite3.Error:
                connection.close()  # whatever state it is in, nobody finds out
                raise
            except BaseException:
                self._idle.append(connection)
                raise
            self._idle.append(connection)
        except (sqlite3.Error, *_NOT_TAKEN):
            raise Unavailable("store") from None

    def _connect(self) -> sqlite3.Connection:
        # Autocommit: transactions begin and end where this file says so.
        made = sqlite3.connect(
            self._path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            made.execute("PRAGMA journal_mode = WAL")
            made.execute(f"PRAGMA synchronous = {self._synchronous}")
        except sqlite3.Error:
            made.close()
            raise
        return made

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute(f"BEGIN {kind}")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    # -- reading -----------------------------------------------------------------------------

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """One read transaction: every stream as of one moment."""
        found = {name: Loaded(0, None) for name in streams}
        with self._transaction("DEFERRED") as connection:
            for name in found:
                row = connection.execute(
                    "SELECT version, state FROM streams WHERE name = ?", (name,)
                ).fetchone()
                if row is not None:
                    found[name] = Loaded(row[0], self._codec.loads(row[1]))
        return found

    def answer(self, key: str) -> Answer | None:
        """The answer recorded under a command key."""
        found: Answer | None = self._one("SELECT answer FROM answers WHERE key = ?", key)
        return found

    def private(self, key: str) -> Contact | None:
        """Personal data kept under a key."""
        found: Contact | None = self._one("SELECT contact FROM private WHERE key = ?", key)
        return found

    def _one(self, query: str, key: str) -> Any:
        with self._connection() as connection:
            row = connection.execute(query, (key,)).fetchone()
        return None if row is None else self._codec.loads(row[0])

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """Entries after a position. One writer at a time gives positions, so none appears late."""
        query = f"SELECT {COLUMNS} FROM feed WHERE position > ? ORDER BY position LIMIT ?"
        return self._entries(query, (after, limit))

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """Every entry of one stream above a version, oldest first."""
        query = f"SELECT {COLUMNS} FROM feed WHERE stream = ? AND version > ? ORDER BY version, idx"
        return self._entries(query, (stream, after))

    def _entries(self, query: str, arguments: tuple[Any, ...]) -> Sequence[FeedEntry]:
        with self._connection() as connection:
            rows = connection.execute(query, arguments).fetchall()
        return tuple(
            FeedEntry(
                position,
                stream,
                version,
                index,
                self._codec.loads(event),
                key,
                parse_instant(at),
                by,
                reason,
            )
            for position, stream, version, index, event, key, at, by, reason in rows
        )

    def cursor(self, name: str) -> int:
        """How far the named reader has come."""
        with self._connection() as connection:
            row = connection.execute("SELECT position FROM cursors WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    # -- writing -----------------------------------------------------------------------------

    def advance(self, name: str, position: int) -> None:
        """Remember how far a reader has come; never moves back."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO cursors (name, position) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)",
                (name, position),
            )

    def commit(self, commit: Commit) -> None:
        """All of it or nothing. IMMEDIATE takes the write lock before anything is checked."""
        with self._transaction("IMMEDIATE") as connection:
            _check(connection, commit)
            self._keep(connection, commit, last=commit.reads)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """All of them or none: in one transaction, where each finds what those before it left.

        A stream that many of them write is stored once, as the last one leaves it; on the way there
        only its version is.
        """
        last = {
            write.stream: commit.reads.get(write.stream, 0) for commit in commits for write in commit.writes
        }
        with self._transaction("IMMEDIATE") as connection:
            for commit in commits:
                _check(connection, commit)
                self._keep(connection, commit, last)

    def _keep(self, connection: sqlite3.Connection, commit: Commit, last: Mapping[str, int]) -> None:
        """What a commit changes; ``last``: by stream, the version whose successor is stored whole."""
        for write in commit.writes:
            self._write(connection, commit, write, whole=last[write.stream] == commit.reads[write.stream])
        for key, contact in commit.private.items():
            if contact is None:
                connection.execute("DELETE FROM private WHERE key = ?", (key,))
            else:
                row = (key, self._codec.dumps(contact))
                connection.execute("INSERT OR REPLACE INTO private VALUES (?, ?)", row)
        row = (commit.answer.key, self._codec.dumps(commit.answer))
        connection.execute("INSERT INTO answers VALUES (?, ?)", row)

    def _write(
        self, connection: sqlite3.Connection, commit: Commit, write: Write, *, whole: bool = True
    ) -> None:
        version = commit.reads[write.stream] + 1
        connection.execute(
            "INSERT INTO streams VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET version = excluded.version, state = excluded.state",
            (write.stream, version, self._codec.dumps(write.state) if whole else ""),
        )
        (last,) = connection.execute("SELECT coalesce(max(position), 0) FROM feed").fetchone()
        at = format_instant(commit.answer.at)
        connection.executemany(
            f"INSERT INTO feed ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    last + 1 + index,
                    write.stream,
                    version,
                    index,
                    self._codec.dumps(event),
                    commit.answer.key,
                    at,
                    commit.by,
                    commit.reason,
                )
                for index, event in enumerate(write.events)
            ],
        )


def _check(connection: sqlite3.Connection, commit: Commit) -> None:
    """The key is new, every stream that was read has its version, each is written once and was read."""
    if connection.execute("SELECT 1 FROM answers WHERE key = ?", (commit.answer.key,)).fetchone():
        raise Conflict("key")
    for name, version in commit.reads.items():
        row = connection.execute("SELECT version FROM streams WHERE name = ?", (name,)).fetchone()
        if (0 if row is None else row[0]) != version:
            raise Conflict("reads", stream=name)
    written = [write.stream for write in commit.writes]
    if len(set(written)) < len(written) or not commit.reads.keys() >= set(written):
        raise Conflict("writes")
