"""An ``AsyncStore`` on SQLite: the sync example on worker threads. Copy it, change it.

Decides nothing that ``sqlite_store.py`` has not decided: sqlite3 waits for the disk, so each call
waits on a thread of the event loop's pool, and the loop goes on. The same wrapping makes any sync
store that may be shared by threads an async one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.sqlite_store import SqliteStore
from omcore.codec import CODEC, Codec
from omcore.kernel import Contact
from omcore.ports import Answer, Commit, FeedEntry, Loaded


class AsyncSqliteStore:
    """The contract, awaited, on one SQLite file in WAL mode."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    @classmethod
    async def open(
        cls,
        path: str | Path,
        *,
        codec: Codec = CODEC,
        timeout_s: float = 10.0,
        synchronous: str = "FULL",
    ) -> AsyncSqliteStore:
        """Open the file, or make it."""
        store = await asyncio.to_thread(
            SqliteStore, path, codec=codec, timeout_s=timeout_s, synchronous=synchronous
        )
        return cls(store)

    async def close(self) -> None:
        """Close the connections that no caller uses."""
        await asyncio.to_thread(self._store.close)

    async def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """Every stream as of one moment."""
        return await asyncio.to_thread(self._store.load, streams)

    async def answer(self, key: str) -> Answer | None:
        """The answer recorded under a command key."""
        return await asyncio.to_thread(self._store.answer, key)

    async def commit(self, commit: Commit) -> None:
        """All of it or nothing. A caller that is cancelled does not learn which: the answer tells."""
        await asyncio.to_thread(self._store.commit, commit)

    async def commit_all(self, commits: Sequence[Commit]) -> None:
        """All of them or none, as if one after the other."""
        await asyncio.to_thread(self._store.commit_all, commits)

    async def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """Entries after a position."""
        return await asyncio.to_thread(self._store.feed, after, limit)

    async def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """Every entry of one stream above a version, oldest first."""
        return await asyncio.to_thread(self._store.history, stream, after)

    async def private(self, key: str) -> Contact | None:
        """Personal data kept under a key."""
        return await asyncio.to_thread(self._store.private, key)

    async def cursor(self, name: str) -> int:
        """How far the named reader has come."""
        return await asyncio.to_thread(self._store.cursor, name)

    async def advance(self, name: str, position: int) -> None:
        """Remember how far a reader has come; never moves back."""
        await asyncio.to_thread(self._store.advance, name, position)
