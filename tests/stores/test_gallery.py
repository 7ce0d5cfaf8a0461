"""The kit is proved: stores with one planted defect each, and the clause that the kit names for it.

Every clause of the contract has at least one broken store: tests/support/broken_commits.py,
broken_feeds.py, broken_batches.py, broken_crowds.py and broken_sql.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import broken_crowds  # noqa: F401 - hangs its stores up
from broken_batches import CommitsOneByOne
from broken_commits import Changing, Counting, Renaming
from broken_feeds import Labelling, Shared
from broken_sql import (
    ChecksBeforeItLocks,
    Collates,
    CommitsABatchInParts,
    CommitsEachStatement,
    LocksWithinItsProcess,
    LooksForLikeness,
    NumbersInBlocksOfItsProcess,
    RemembersWithinItsProcess,
    Sql,
    TellsWhatSqliteSays,
)
from gallery import GALLERY, breaches, resealed
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.ports import Commit
from omcore.testing._store_clauses import CLAUSES
from omcore.testing.stores._faces import Loop
from omcore.testing.stores.contract import CASES, StoreContract

# -- the proof -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, (clause, _) in GALLERY.items() if clause != "ST28"])
def test_the_kit_rejects_a_broken_store_and_names_the_clause(name: str) -> None:
    clause, make = GALLERY[name]
    assert clause in breaches(make, until=clause)


# What no single case looks for, and some that cases do look for: the model knows nothing of either.
BY_MODEL = """
    LosesWhatComesAfterAWriteWithoutEvents KeepsTheFirstState StripsSpaces RecordsTheAnswerOfAConflict
    TakesAKeyTwice ChecksOnlyWhatItWrites TakesWhatIsNotOlder CountsEvents WritesWhatWasNotRead
    TakesTheLastOfTwoWrites ErasesNothing LosesMicroseconds FeedsByName FeedsWholeCommits
    HasHistoryByPrefix DoesNotSayWhy MovesBack CountsABatchAsOne FeedsABatchByStream DatesABatchOnce
    CommitsOneByOne TrustsABatchAboutItself KeepsPeopleOfTheFirstCommit
""".split()  # noqa: SIM905 - one line a name is a page


@pytest.mark.parametrize("name", BY_MODEL)
def test_random_histories_alone_find_what_is_broken(name: str) -> None:
    assert breaches(GALLERY[name][1], only="_st28_", examples=400) != {}


def test_every_clause_has_a_case_and_a_store_that_breaks_it() -> None:
    for cases in CASES.values():
        assert {getattr(case, "clause", None) for case in cases.values()} - {None} == set(CLAUSES)
    assert {clause for clause, _ in GALLERY.values()} == set(CLAUSES)


@pytest.mark.parametrize(
    "case",
    [
        name
        for name, case in CASES[StoreContract].items()
        if hasattr(case, "clause") and getattr(case, "needs", "") != "connect"
    ],
)
def test_every_case_rejects_some_store(case: str) -> None:
    """One that never fails would prove nothing. Those that break its own clause come first.

    What needs processes rejects stores on a file, below.
    """
    own = getattr(CASES[StoreContract][case], "clause", "")
    stores = sorted(GALLERY.values(), key=lambda hung: hung[0] != own)
    assert any(breaches(make, only=case, examples=200) for _, make in stores)


@pytest.mark.parametrize("good", [MemoryStore, Shared, Renaming, Counting, Changing, Labelling])
def test_the_kit_accepts_a_good_store(good: Callable[[], Any]) -> None:
    """The gallery's plain base classes too, so that what is rejected above is the planted defect."""
    assert breaches(good) == {}


@pytest.mark.parametrize(
    "name", ["ErasesNothing", "FeedsByTime", "ReplaysHistory", "TakesAKeyTwice", CommitsOneByOne.__name__]
)
def test_the_kit_finds_the_same_in_an_async_store(name: str) -> None:
    clause, make = GALLERY[name]
    with Loop() as loop:
        assert clause in breaches(lambda: AsyncMemoryStore(make()), loop.run, until=clause)


class KeepsPartOfACancelledCommit(AsyncMemoryStore):
    async def commit(self, commit: Commit) -> None:
        self.sync._check(commit)
        self.sync._keep(resealed(commit, private={}))
        await asyncio.sleep(0)
        self.sync._private.update({key: value for key, value in commit.private.items() if value})
        for key in [key for key, value in commit.private.items() if value is None]:
            self.sync._private.pop(key, None)


def test_a_caller_that_is_cancelled_finds_what_is_kept_in_parts() -> None:
    with Loop() as loop:
        assert "ST5" in breaches(KeepsPartOfACancelledCommit, loop.run, only="cancelled")
        assert breaches(AsyncMemoryStore, loop.run, only="cancelled") == {}


class KeepsPartOfACancelledBatch(AsyncMemoryStore):
    async def commit_all(self, commits: Sequence[Commit]) -> None:
        self.sync._gathered(commits)
        for commit in commits:
            self.sync._keep(commit)
            await asyncio.sleep(0)


def test_a_caller_whose_batch_is_cancelled_finds_what_is_kept_in_parts() -> None:
    with Loop() as loop:
        found = breaches(KeepsPartOfACancelledBatch, loop.run, only="whose_caller_is_cancelled")
        assert "ST30" in found
        assert "ST31" in breaches(KeepsPartOfACancelledBatch, loop.run, until="ST31")


class AwaitsBetweenCheckAndWrite(AsyncMemoryStore):
    async def commit(self, commit: Commit) -> None:
        self.sync._check(commit)
        await asyncio.sleep(0)
        self.sync._keep(commit)


def test_tasks_of_one_loop_race_like_threads() -> None:
    with Loop() as loop:
        assert "ST25" in breaches(AwaitsBetweenCheckAndWrite, loop.run, until="ST25")


@pytest.mark.parametrize(
    ("store", "clause"),
    [
        (Sql, ""),
        (Collates, "ST4"),
        (LooksForLikeness, "ST4"),
        (ChecksBeforeItLocks, "ST25"),
        (CommitsEachStatement, "ST3"),
        (TellsWhatSqliteSays, "ST22"),
        (CommitsABatchInParts, "ST30"),
    ],
)
def test_the_kit_finds_what_is_wrong_on_a_database(
    store: type[Sql], clause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with files(store, tmp_path, monkeypatch) as make:
        found = breaches(make, until=clause or "all")
    assert (clause in found) if clause else not found, found


@pytest.mark.parametrize(
    "store", [LocksWithinItsProcess, NumbersInBlocksOfItsProcess, RemembersWithinItsProcess]
)
def test_only_processes_find_what_holds_within_one(
    store: type[Sql], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On threads, each with a handle of its own, nothing is wrong with it."""
    with files(store, tmp_path, monkeypatch) as make:
        assert any(breaches(make, needs=("connect",)) for _ in range(5))
        assert breaches(make, needs=("reopen", "threads")) == {}


@contextmanager
def files(store: type[Sql], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Sql]]:
    """Makes stores on files, each in a folder of its own, and closes them."""
    made: list[Sql] = []

    def make() -> Sql:
        (folder / str(len(made))).mkdir()
        monkeypatch.setattr(store, "folder", str(folder / str(len(made))))
        made.append(store())
        return made[-1]

    yield make
    for handle in [handle for each in made for handle in each.handles]:
        handle.close()
