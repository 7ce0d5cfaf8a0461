"""A ``Store`` on PostgreSQL with psycopg 3: many processes, many threads. Copy it, change it.

Decides how connections are made, kept and given up; what is said on them is in
``postgres_tables.py``. Every method is one statement, and so one round trip and one transaction.

A connection serves one caller at a time and is then kept for the next one; no more than ``size``
are open, and who comes when all are busy waits. Whatever ``psycopg.Error`` says that is no conflict -
no server, a connection that was lost, a timeout - becomes ``Unavailable``; the idle connections,
which most likely are lost as well, are then closed, so that the next call makes a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from adapters import postgres_tables as tables
from omcore.codec import CODEC, Codec
from omcore.kernel import Contact, Unavailable
from omcore.ports import Answer, Commit, FeedEntry, Loaded


class PostgresStore:
    """The contract on one PostgreSQL schema; ``create_tables`` makes what it needs."""

    def __init__(
        self,
        conninfo: str,
        *,
        schema: str = "oms",
        codec: Codec = CODEC,
        size: int = 10,
        timeout_s: float = 10.0,
    ) -> None:
        self._conninfo = conninfo
        self._codec = codec  # one that has your own records too: CODEC.extended(...)
        self._timeout_s = timeout_s
        self._room = threading.BoundedSemaphore(size)
        self._idle: list[psycopg.Connection[Any]] = []  # append and pop are atomic
        self._sql = tables.statements(schema)

    # -- connections -------------------------------------------------------------------------

    def create_tables(self) -> None:
        """Make the schema, its tables and functions where they are not there; data is left alone."""
        with self._connection() as connection:
            connection.execute(self._sql.schema)

    def close(self) -> None:
        """Close the connections that no caller uses; a store that is used again opens new ones."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        if not self._room.acquire(timeout=self._timeout_s):
            raise Unavailable("store")
        try:
            connection = self._idle.pop() if self._idle else self._connect()
            try:
                yield connection
            finally:
                # Lost, or its caller was interrupted in the middle: what comes of it, nobody finds out.
                if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                    self._idle.append(connection)
                else:
                    connection.close()
        except (psycopg.Error, UnicodeEncodeError) as error:
            said = tables.told(error)
            if isinstance(said, Unavailable):
                self.close()
            raise said from error
        finally:
            self._room.release()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._conninfo, **tables.options(self._timeout_s))

    def _rows(self, query: str, *arguments: Any) -> list[Any]:
        with self._connection() as connection:
            return connection.execute(query, arguments, binary=True).fetchall()

    # -- reading -----------------------------------------------------------------------------

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """One statement: every stream as of one moment."""
        return tables.loaded(streams, self._rows(self._sql.load, list(streams)), self._codec)

    def answer(self, key: str) -> Answer | None:
        """The answer recorded under a command key."""
        found: Answer | None = self._one(self._sql.answer, key)
        return found

    def private(self, key: str) -> Contact | None:
        """Personal data kept under a key."""
        found: Contact | None = self._one(self._sql.private, key)
        return found

    def _one(self, query: str, key: str) -> Any:
        rows = self._rows(query, key)
        return self._codec.loads(rows[0][0]) if rows else None

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """Entries after a position; what commits in flight might still come before is held back."""
        return tables.entries(self._rows(self._sql.feed, after, limit), self._codec)

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """Every entry of one stream above a version, oldest first."""
        return tables.entries(self._rows(self._sql.history, stream, after), self._codec)

    def cursor(self, name: str) -> int:
        """How far the named reader has come."""
        rows = self._rows(self._sql.cursor, name)
        return int(rows[0][0]) if rows else 0

    # -- writing -----------------------------------------------------------------------------

    def advance(self, name: str, position: int) -> None:
        """Remember how far a reader has come; never moves back."""
        with self._connection() as connection:
            connection.execute(self._sql.advance, (name, position))

    def commit(self, commit: Commit) -> None:
        """All of it or nothing."""
        self.commit_all((commit,))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """All of them or none: one statement, whose locks are held until it is kept."""
        arguments = tables.packed(commits, self._codec)
        with self._connection() as connection:
            connection.execute(self._sql.keep, arguments)
