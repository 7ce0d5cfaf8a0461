"""``DjangoStore`` keeps the store contract: on a SQLite file, and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from django_project import (
    ThreadedStore,
    connected,
    emptied,
    known_database,
    postgres_database,
    postgres_url,
    set_up,
    sqlite_database,
)
from omcore.kernel import Unavailable
from omcore.ports import Store
from omcore.testing import StoreContract
from omcore.testing.stores._bench import commit, write

set_up()
from embedding.django_oms.store import DjangoStore  # noqa: E402 - after the settings are known


class TestDjangoStoreOnSqlite(StoreContract):
    examples = 8

    @pytest.fixture
    def alias(self, tmp_path: Path) -> Iterator[str]:
        with sqlite_database(tmp_path / "oms.sqlite3") as alias:
            yield alias

    @pytest.fixture
    def reopen(self, alias: str) -> Callable[[], Store]:
        return lambda: ThreadedStore(alias)

    @pytest.fixture
    def store(self, reopen: Callable[[], Store]) -> Store:
        return reopen()

    @pytest.fixture
    def connect(self, alias: str, tmp_path: Path) -> Callable[[], Store]:
        return partial(connected, str(tmp_path / "oms.sqlite3"))

    @pytest.fixture
    def fresh(self, alias: str) -> Callable[[int], list[DjangoStore]]:
        """The handles of one thread share its connection, as they do wherever Django runs."""

        def opened(handles: int) -> list[DjangoStore]:
            emptied(alias)
            return [DjangoStore(alias) for _ in range(handles)]

        return opened

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Iterator[Callable[[], DjangoStore]]:
        with sqlite_database(tmp_path / "ruined.sqlite3", "ruined") as alias:
            (tmp_path / "ruined.sqlite3").write_bytes(b"these were orders" * 1_000)
            yield lambda: DjangoStore(alias)


class TestDjangoStoreOnPostgres(StoreContract):
    examples = 8

    @pytest.fixture
    def alias(self) -> Iterator[str]:
        with postgres_database() as alias:
            yield alias

    @pytest.fixture
    def reopen(self, alias: str) -> Callable[[], Store]:
        return lambda: ThreadedStore(alias)

    @pytest.fixture
    def store(self, reopen: Callable[[], Store]) -> Store:
        return reopen()

    @pytest.fixture
    def connect(self, alias: str) -> Callable[[], Store]:
        return partial(connected, postgres_url())

    @pytest.fixture
    def unreachable(self) -> Iterator[Callable[[], DjangoStore]]:
        with known_database("postgresql://nobody@127.0.0.1:1/nowhere", "unreachable") as alias:
            yield lambda: DjangoStore(alias)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_st22_a_name_that_no_database_takes_is_unavailable(database: str, tmp_path: Path) -> None:
    """The engine gives none: text with a lone surrogate, and a position that is no database's number."""
    opened = sqlite_database(tmp_path / "oms.sqlite3") if database == "sqlite" else postgres_database()
    with opened as alias:
        store = DjangoStore(alias)
        lone = "a\ud800"
        for call in (
            lambda: store.load((lone,)),
            lambda: store.answer(lone),
            lambda: store.history(lone),
            lambda: store.private(lone),
            lambda: store.cursor(lone),
            lambda: store.advance(lone, 1),
            lambda: store.advance("c", 2**70),
            lambda: store.commit(commit("k", {lone: 0}, write(lone, 1))),
        ):
            with pytest.raises(Unavailable):
                call()
        store.commit(commit("after", {"s": 0}, write("s", 1)))
        assert [entry.stream for entry in store.feed(0, 10)] == ["s"]
