"""ST22 of names that the engine never gives: text that is no Unicode, and positions beyond any database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.async_postgres_store import AsyncPostgresStore
from adapters.folding_store import FoldingStore
from adapters.postgres_store import PostgresStore
from adapters.sqlite_store import SqliteStore
from omcore.kernel import Contact, Unavailable
from omcore.ports import Commit
from omcore.testing.stores._bench import answer, commit, write
from postgres_server import fresh_tables

LONE = "a\ud800"
HUGE = 2**70
ADA = Contact(name="Ada Example")

CALLS: dict[str, Callable[[Any], Any]] = {
    "load": lambda store: store.load((LONE,)),
    "answer": lambda store: store.answer(LONE),
    "history": lambda store: store.history(LONE),
    "private": lambda store: store.private(LONE),
    "cursor": lambda store: store.cursor(LONE),
    "advance": lambda store: store.advance(LONE, 3),
    "a stream that is read": lambda store: store.commit(Commit(answer("k"), {LONE: 0})),
    "a stream that is written": lambda store: store.commit(commit("k", {LONE: 0}, write(LONE, 1))),
    "a person": lambda store: store.commit(Commit(answer("k"), {}, (), {LONE: ADA})),
    "by": lambda store: store.commit(Commit(answer("k"), {"s": 0}, (write("s", 1),), by=LONE)),
    "a position": lambda store: store.feed(HUGE, 5),
    "a cursor": lambda store: store.advance("c", HUGE),
}


class Awaited:
    """An async store as its callers see it; one loop a call."""

    def __init__(self, conninfo: str, schema: str) -> None:
        self._where = conninfo, schema

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def asked(*arguments: Any) -> Any:
            store = AsyncPostgresStore(self._where[0], schema=self._where[1])
            try:
                return await getattr(store, name)(*arguments)
            finally:
                await store.close()

        return lambda *arguments: asyncio.run(asked(*arguments))


@pytest.fixture(params=["sqlite", "folding", "postgres", "async postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param in ("sqlite", "folding"):
        made = (
            SqliteStore(tmp_path / "oms.db")
            if request.param == "sqlite"
            else FoldingStore(tmp_path / "oms.db")
        )
        yield made
        made.close()
        return
    with fresh_tables() as where:
        if request.param == "postgres":
            kept = PostgresStore(where.conninfo, schema=where.schema)
            yield kept
            kept.close()
        else:
            yield Awaited(where.conninfo, where.schema)


def test_st22_what_no_database_takes_is_unavailable_and_leaves_no_trace(store: Any) -> None:
    for what, call in CALLS.items():
        with pytest.raises(Unavailable):
            pytest.fail(f"{what}: {call(store)}")
    store.commit(commit("after", {"s": 0}, write("s", 1)))  # on connections that are as good as before
    assert [entry.stream for entry in store.feed(0, 10)] == ["s"]
    assert store.cursor("c") == 0
    assert store.answer("k") is None
