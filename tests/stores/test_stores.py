"""The kit on every store that the project ships or shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.sqlite_store import SqliteStore
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.testing import AsyncStoreContract, StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestAsyncMemoryStore(AsyncStoreContract):
    @pytest.fixture
    def store(self) -> AsyncMemoryStore:
        return AsyncMemoryStore()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def opened(self) -> Iterator[list[SqliteStore]]:
        stores: list[SqliteStore] = []
        yield stores
        for store in stores:
            store.close()

    @pytest.fixture
    def reopen(self, tmp_path: Path, opened: list[SqliteStore]) -> Callable[[], SqliteStore]:
        def another() -> SqliteStore:
            opened.append(SqliteStore(tmp_path / "oms.db"))
            return opened[-1]

        return another

    @pytest.fixture
    def store(self, reopen: Callable[[], SqliteStore]) -> SqliteStore:
        return reopen()
