"""The kit on every store that the project ships or shows."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.async_sqlite_store import AsyncSqliteStore
from adapters.sqlite_store import SqliteStore
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.testing import AsyncStoreContract, StoreContract

Run = Callable[[Awaitable[Any]], Any]
Fresh = Callable[[int], Sequence[Any]]


def ruined(path: Path) -> Path:
    """A file that was a database."""
    path.write_bytes(b"these were orders" * 1_000)
    for rest in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        rest.unlink(missing_ok=True)
    return path


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def fresh(self) -> Fresh:
        return lambda count: [MemoryStore()] * count


class TestAsyncMemoryStore(AsyncStoreContract):
    @pytest.fixture
    def store(self) -> Awaitable[AsyncMemoryStore]:
        async def opened() -> AsyncMemoryStore:
            return AsyncMemoryStore()

        return opened()

    @pytest.fixture
    def fresh(self) -> Fresh:
        return lambda count: [AsyncMemoryStore()] * count


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def connect(self, tmp_path: Path) -> Callable[[], SqliteStore]:
        return partial(SqliteStore, tmp_path / "oms.db", synchronous="NORMAL")

    @pytest.fixture
    def reopen(self, connect: Callable[[], SqliteStore]) -> Callable[[], SqliteStore]:
        return connect

    @pytest.fixture
    def store(self, reopen: Callable[[], SqliteStore]) -> Iterator[SqliteStore]:
        store = reopen()
        yield store
        store.close()

    @pytest.fixture
    def fresh(self, tmp_path: Path) -> Fresh:
        numbers = itertools.count()

        def opened(count: int) -> list[SqliteStore]:
            path = tmp_path / f"shop-{next(numbers)}.db"
            return [SqliteStore(path, synchronous="NORMAL") for _ in range(count)]

        return opened

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Callable[[], SqliteStore]:
        def ruin() -> SqliteStore:
            store = SqliteStore(tmp_path / "ruined.db")
            store.close()
            ruined(tmp_path / "ruined.db")
            return store

        return ruin


class TestAsyncSqliteStore(AsyncStoreContract):
    examples = 8

    @pytest.fixture
    def connect(self, tmp_path: Path) -> Callable[[], Any]:
        return partial(AsyncSqliteStore.open, tmp_path / "oms.db", synchronous="NORMAL")

    @pytest.fixture
    def reopen(self, connect: Callable[[], Any]) -> Callable[[], Any]:
        return connect

    @pytest.fixture
    def store(self, run: Run, reopen: Callable[[], Any]) -> Iterator[AsyncSqliteStore]:
        """It is opened and closed in the loop that it lives in."""
        store = run(reopen())
        yield store
        run(store.close())

    @pytest.fixture
    def fresh(self, tmp_path: Path) -> Fresh:
        """Each handle is something to await."""
        numbers = itertools.count()

        def opened(count: int) -> list[Any]:
            path = tmp_path / f"shop-{next(numbers)}.db"
            return [AsyncSqliteStore.open(path, synchronous="NORMAL") for _ in range(count)]

        return opened

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Callable[[], Any]:
        async def ruin() -> AsyncSqliteStore:
            store = await AsyncSqliteStore.open(tmp_path / "ruined.db")
            await store.close()
            ruined(tmp_path / "ruined.db")
            return store

        return ruin
