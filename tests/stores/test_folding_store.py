"""A store that keeps events and folds: the kit on it, what it saves, and that the kit would find out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.folding_store import FoldingStore
from gallery import breaches
from omcore.codec import dumps
from omcore.engine import fold
from omcore.ports import Commit, Write
from omcore.testing import StoreContract, fold_in_cases
from omcore.testing.simulation import Options, simulate
from omcore.testing.stores._life import live


class TestFoldingStore(StoreContract):
    states = "folded"

    @pytest.fixture
    def connect(self, tmp_path: Path) -> Callable[[], FoldingStore]:
        return partial(FoldingStore, tmp_path / "oms.db", fold=fold_in_cases, synchronous="NORMAL")

    @pytest.fixture
    def reopen(self, connect: Callable[[], FoldingStore]) -> Callable[[], FoldingStore]:
        return connect

    @pytest.fixture
    def store(self, reopen: Callable[[], FoldingStore]) -> Iterator[FoldingStore]:
        store = reopen()
        yield store
        store.close()

    @pytest.fixture
    def fresh(self, tmp_path: Path) -> Callable[[int], list[FoldingStore]]:
        """With the fold of the engine, whose events these are, and a snapshot now and then."""
        numbers = count()

        def opened(handles: int) -> list[FoldingStore]:
            path = tmp_path / f"shop-{next(numbers)}.db"
            return [FoldingStore(path, every=3, synchronous="NORMAL") for _ in range(handles)]

        return opened


@pytest.mark.parametrize("every", [1, 2, 3, 50])
def test_an_engine_lives_on_events_and_snapshots_whatever_lies_between_two(
    tmp_path: Path, every: int
) -> None:
    """What was kept is one snapshot a stream that is old enough, and the events; each load folds the rest."""
    store = FoldingStore(tmp_path / "oms.db", every=every)
    life = live([store, FoldingStore(tmp_path / "oms.db", every=every)])
    expected = live([FoldingStore(tmp_path / "other.db", every=7)])
    assert life.said == expected.said
    kept = snapshots(tmp_path / "oms.db")
    for stream, version in kept.items():
        last = store.load((stream,))[stream].version
        assert version == last - last % every
    assert bool(kept) == (every < 50)


def test_snapshots_may_be_deleted_and_nothing_is_lost(tmp_path: Path) -> None:
    """So a release that changes states needs no upcaster for them."""
    store = FoldingStore(tmp_path / "oms.db", every=2)
    life = live([store])
    before = [dumps(loaded.state) for name, loaded in life.kept() if "/" in name and " " not in name]
    with sqlite3.connect(tmp_path / "oms.db") as connection:
        connection.execute("DELETE FROM snapshots")
    after = [dumps(loaded.state) for name, loaded in life.kept() if "/" in name and " " not in name]
    assert before == after != []


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_simulated_shop_lives_on_events_and_snapshots(tmp_path: Path, seed: int) -> None:
    """Crashes, lost acknowledgments and three processes, each of which folds what the others wrote."""

    def fresh(count: int) -> list[FoldingStore]:
        return [FoldingStore(tmp_path / "oms.db", every=3) for _ in range(count)]

    run = simulate(fresh, seed, options=Options(turns=30))
    assert run.broken is None, str(run.broken)
    assert run.commits > 10
    assert snapshots(tmp_path / "oms.db")


def snapshots(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as connection:
        return dict(connection.execute("SELECT stream, version FROM snapshots"))


# -- what such stores do wrong ---------------------------------------------------------------


class FoldsTheSnapshotsOwnEventsAgain(FoldingStore):
    """``>=`` for ``>``."""

    def _folded(self, connection: sqlite3.Connection, stream: str) -> Any:
        connection.execute("UPDATE snapshots SET version = version - 1 WHERE stream = ?", (stream,))
        try:
            return super()._folded(connection, stream)
        finally:
            connection.execute("UPDATE snapshots SET version = version + 1 WHERE stream = ?", (stream,))


class KeepsTheFirstSnapshot(FoldingStore):
    def _write(
        self, connection: sqlite3.Connection, commit: Commit, write: Write, *, whole: bool = True
    ) -> None:
        first = connection.execute("SELECT * FROM snapshots WHERE stream = ?", (write.stream,)).fetchone()
        super()._write(connection, commit, write, whole=whole)
        if first is not None:
            version = commit.reads[write.stream] + 1
            connection.execute(
                "UPDATE snapshots SET state = ? WHERE stream = ? AND version = ?",
                (first[2], write.stream, version),
            )


class FoldsTheFirstEventOnly(FoldingStore):
    def _folded(self, connection: sqlite3.Connection, stream: str) -> Any:
        self._fold, before = (lambda name, events, state: before(name, events[:1], state)), self._fold
        try:
            return super()._folded(connection, stream)
        finally:
            self._fold = before


class KeepsNoSnapshotOfAWriteWithoutEvents(FoldingStore):
    def _write(
        self, connection: sqlite3.Connection, commit: Commit, write: Write, *, whole: bool = True
    ) -> None:
        kept = connection.execute("SELECT * FROM snapshots WHERE stream = ?", (write.stream,)).fetchone()
        super()._write(connection, commit, write, whole=whole)
        if not write.events:
            connection.execute("DELETE FROM snapshots WHERE stream = ?", (write.stream,))
            if kept is not None:
                connection.execute("INSERT INTO snapshots VALUES (?, ?, ?)", kept)


class NeverKeepsASnapshot(FoldingStore):
    def __init__(self, path: Path, *, fold: Any = fold, every: int = 0) -> None:
        super().__init__(path, fold=fold, every=1_000_000)


@pytest.mark.parametrize(
    ("store", "clause"),
    [
        (FoldsTheSnapshotsOwnEventsAgain, "ST27"),
        (KeepsTheFirstSnapshot, "ST1"),
        (FoldsTheFirstEventOnly, "ST27"),
        (KeepsNoSnapshotOfAWriteWithoutEvents, "ST8"),
        (NeverKeepsASnapshot, "ST26"),
    ],
)
def test_the_kit_finds_what_is_folded_wrong(tmp_path: Path, store: Any, clause: str) -> None:
    made: list[FoldingStore] = []

    def make() -> FoldingStore:
        made.append(store(tmp_path / f"{len(made)}.db", fold=fold_in_cases, every=2))
        return made[-1]

    found = breaches(make, only=f"_{clause.lower()}_", folds=True)
    for each in made:
        each.close()
    assert clause in found


def test_the_kit_comes_as_far_as_the_first_of_rare_snapshots(tmp_path: Path) -> None:
    made: list[FoldingStore] = []

    def make() -> FoldingStore:
        made.append(FoldsTheSnapshotsOwnEventsAgain(tmp_path / f"{len(made)}.db", fold=fold_in_cases))
        return made[-1]

    found = breaches(make, only="_st27_a_stream_of_many", folds=True)
    for each in made:
        each.close()
    assert "ST27" in found
