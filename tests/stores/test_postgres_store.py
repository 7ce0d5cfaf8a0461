"""The PostgreSQL examples, proved by the kit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from adapters.async_postgres_store import AsyncPostgresStore
from adapters.postgres_store import PostgresStore
from omcore.testing import AsyncStoreContract, StoreContract
from postgres_server import fresh_tables

NOBODY_THERE = "host=127.0.0.1 port=1"


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def connect(self) -> Iterator[Callable[[], Any]]:
        with fresh_tables() as where:
            yield partial(PostgresStore, where.conninfo, schema=where.schema)

    @pytest.fixture
    def reopen(self, connect: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
        opened: list[PostgresStore] = []

        def another() -> PostgresStore:
            opened.append(connect())
            return opened[-1]

        yield another
        for store in opened:
            store.close()

    @pytest.fixture
    def store(self, reopen: Callable[[], Any]) -> Any:
        return reopen()

    @pytest.fixture
    def fresh(self) -> Iterator[Callable[[int], Any]]:
        with ExitStack() as tables:

            def opened(count: int) -> list[PostgresStore]:
                where = tables.enter_context(fresh_tables())
                return [PostgresStore(where.conninfo, schema=where.schema) for _ in range(count)]

            yield opened

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return lambda: PostgresStore(NOBODY_THERE)


class TestAsyncPostgresStore(AsyncStoreContract):
    @pytest.fixture
    def connect(self) -> Iterator[Callable[[], Any]]:
        with fresh_tables() as where:
            yield partial(AsyncPostgresStore, where.conninfo, schema=where.schema)

    @pytest.fixture
    def reopen(self, run: Callable[[Awaitable[Any]], Any], connect: Callable[[], Any]) -> Callable[[], Any]:
        return connect

    @pytest.fixture
    def store(
        self, run: Callable[[Awaitable[Any]], Any], reopen: Callable[[], Any]
    ) -> Iterator[AsyncPostgresStore]:
        store = reopen()
        yield store
        run(store.close())

    @pytest.fixture
    def fresh(self) -> Iterator[Callable[[int], Any]]:
        with ExitStack() as tables:

            def opened(count: int) -> list[AsyncPostgresStore]:
                where = tables.enter_context(fresh_tables())
                return [AsyncPostgresStore(where.conninfo, schema=where.schema) for _ in range(count)]

            yield opened

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return lambda: AsyncPostgresStore(NOBODY_THERE)
