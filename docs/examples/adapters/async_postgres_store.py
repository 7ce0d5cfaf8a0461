"""An ``AsyncStore`` on PostgreSQL with psycopg 3: awaited all the way, no threads. Copy it, change it.

Decides the same as ``postgres_store.py``, for one event loop: how connections are made, kept and
given up. What is said on them is in ``postgres_tables.py``.

A caller that is cancelled in the middle gives its connection up: the one statement that it was
waiting for is kept whole or not at all, and the recorded answer tells which.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from adapters import postgres_tables as tables
from omcore.codec import CODEC, Codec
from omcore.kernel import Contact, Unavailable
from omcore.ports import Answer, Commit, FeedEntry, Loaded


class AsyncPostgresStore:
    """The contract, awaited, on one PostgreSQL schema; ``create_tables`` makes what it needs."""

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
        self._codec = codec
        self._timeout_s = timeout_s
        self._room = asyncio.BoundedSemaphore(size)
        self._idle: list[psycopg.AsyncConnection[Any]] = []
        self._sql = tables.statements(schema)

    # -- connections -------------------------------------------------------------------------

    async def create_tables(self) -> None:
        """Make the schema, its tables and functions where they are not there; data is left alone."""
        async with self._connection() as connection:
            await connection.execute(self._sql.schema)

    async def close(self) -> None:
        """Close the connections that no caller uses; a store that is used again opens new ones."""
        while self._idle:
            await self._idle.pop().close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        try:
            await asyncio.wait_for(self._room.acquire(), self._timeout_s)
        except TimeoutError:
            raise Unavailable("store") from None
        try:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                yield connection
            except asyncio.CancelledError:
                await connection.close()
                raise
            finally:
                if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                    self._idle.append(connection)
                else:
                    await connection.close()
        except (psycopg.Error, UnicodeEncodeError) as error:
            said = tables.told(error)
            if isinstance(said, Unavailable):
                await self.close()
            raise said from error
        finally:
            self._room.release()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self._conninfo, **tables.options(self._timeout_s))

    async def _rows(self, query: str, *arguments: Any) -> list[Any]:
        async with self._connection() as connection:
            found = await connection.execute(query, arguments, binary=True)
            return await found.fetchall()

    # -- reading -----------------------------------------------------------------------------

    async def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """One statement: every stream as of one moment."""
        return tables.loaded(streams, await self._rows(self._sql.load, list(streams)), self._codec)

    async def answer(self, key: str) -> Answer | None:
        """The answer recorded under a command key."""
        found: Answer | None = await self._one(self._sql.answer, key)
        return found

    async def private(self, key: str) -> Contact | None:
        """Personal data kept under a key."""
        found: Contact | None = await self._one(self._sql.private, key)
        return found

    async def _one(self, query: str, key: str) -> Any:
        rows = await self._rows(query, key)
        return self._codec.loads(rows[0][0]) if rows else None

    async def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """Entries after a position; what commits in flight might still come before is held back."""
        return tables.entries(await self._rows(self._sql.feed, after, limit), self._codec)

    async def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """Every entry of one stream above a version, oldest first."""
        return tables.entries(await self._rows(self._sql.history, stream, after), self._codec)

    async def cursor(self, name: str) -> int:
        """How far the named reader has come."""
        rows = await self._rows(self._sql.cursor, name)
        return int(rows[0][0]) if rows else 0

    # -- writing -----------------------------------------------------------------------------

    async def advance(self, name: str, position: int) -> None:
        """Remember how far a reader has come; never moves back."""
        async with self._connection() as connection:
            await connection.execute(self._sql.advance, (name, position))

    async def commit(self, commit: Commit) -> None:
        """All of it or nothing."""
        await self.commit_all((commit,))

    async def commit_all(self, commits: Sequence[Commit]) -> None:
        """All of them or none: one statement, whose locks are held until it is kept."""
        arguments = tables.packed(commits, self._codec)
        async with self._connection() as connection:
            await connection.execute(self._sql.keep, arguments)
