"""The store conformance kit: what every ``Store`` and ``AsyncStore`` is proved by.

Derive a test class, give it a fresh store, run pytest::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            return MyStore()

Decides which cases belong to the contract, and what a derived class may choose. The clauses and
their reasons: docs/reference/store-contract.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar

import pytest

from omcore.testing._contract import CASES as ALL_CASES
from omcore.testing._contract import Contract, sealed
from omcore.testing._store_clauses import CLAUSES, PAGE
from omcore.testing.stores._batches import BatchCancellingCases, BatchCases, BatchRaceCases
from omcore.testing.stores._bench import Bench
from omcore.testing.stores._cases import CommittingCases, ReadingCases
from omcore.testing.stores._crowd import CrowdCases
from omcore.testing.stores._faces import METHODS, Loop
from omcore.testing.stores._feed_cases import CursorCases, ErrorCases, FeedCases, ValueCases
from omcore.testing.stores._life import WholeCases
from omcore.testing.stores._model import ModelCases
from omcore.testing.stores._races import CancellingCases, GrowthCases, HandleCases, RaceCases
from omcore.testing.stores._simulation import SimulationCases


class _Contract(
    Contract,
    ReadingCases,
    CommittingCases,
    ValueCases,
    FeedCases,
    CursorCases,
    ErrorCases,
    HandleCases,
    RaceCases,
    GrowthCases,
    WholeCases,
    ModelCases,
    BatchCases,
    BatchRaceCases,
    CrowdCases,
    SimulationCases,
):
    """What both contracts are made of."""

    what = "store"
    clauses = CLAUSES
    page = PAGE
    threads: ClassVar[bool] = True
    states: ClassVar[str] = "kept"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.states not in ("kept", "folded"):
            raise TypeError(f"{cls.__qualname__}.states: 'kept' or 'folded'")

    @pytest.fixture
    def reopen(self) -> Callable[[], Any] | None:
        """May be overridden: a function that opens another handle on the data of ``store``.

        The kit closes what it opened by it, where it has a ``close``.
        """
        return None

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any] | None:
        """May be overridden: a function that gives a handle whose data cannot be reached."""
        return None

    @pytest.fixture
    def connect(self) -> Callable[[], Any] | None:
        """May be overridden: a function that opens a handle on the data of ``store`` in another process.

        It is pickled on the way there, such as ``functools.partial(MyStore, path)``.
        """
        return None

    @pytest.fixture
    def fresh(self) -> Callable[[int], Any] | None:
        """May be overridden: a function that gives so many handles on one new, empty store.

        The simulator calls it for every seed, and closes what it gave, where that has a ``close``.
        """
        return None

    def _chosen(self, reopen: Any, unreachable: Any, connect: Any, fresh: Any) -> dict[str, Any]:
        return {
            "reopen": reopen,
            "unreachable": unreachable,
            "connect": connect,
            "fresh": fresh,
            "threads": self.threads,
            "examples": self.examples,
            "folds": self.states == "folded",
        }

    def _benched(self, bench: Bench) -> Iterator[Bench]:
        if bench.store.feed(0, 1):
            pytest.fail("the fixture `store` must give a fresh, empty store to every test; this has a feed")
        try:
            yield bench
        finally:
            bench.close()


@sealed
class StoreContract(_Contract):
    """The contract for a ``Store``: derive, override the fixture ``store``.

    Must be overridden: ``store``, a fresh empty store a test. May be overridden: the fixtures
    ``reopen``, ``unreachable``, ``connect`` and ``fresh``; ``threads = False`` where one store serves one
    thread only;
    ``waived``, clauses that the store does not keep, each with its reason, which pytest shows;
    ``states = "folded"`` where the store folds its states from events, by ``fold_in_cases`` here;
    ``profile``, how long is simulated ("quick", "ci", "nightly"), unless the environment variable
    OMCORE_SIMULATION says; ``shop``, a shop of your own to simulate.
    """

    @pytest.fixture
    def store(self) -> Any:
        """Must be overridden: a fresh, empty store."""
        pytest.fail(f"{type(self).__name__} needs a fixture `store` that gives a fresh, empty store")

    @pytest.fixture
    def bench(
        self,
        store: Any,
        reopen: Callable[[], Any] | None,
        unreachable: Callable[[], Any] | None,
        connect: Callable[[], Any] | None,
        fresh: Callable[[int], Any] | None,
    ) -> Iterator[Bench]:
        """What the cases work on; not to be overridden."""
        if any(inspect.iscoroutinefunction(getattr(store, name, None)) for name in METHODS):
            pytest.fail(f"{type(store).__name__} is awaited: derive from AsyncStoreContract")
        yield from self._benched(Bench(store, **self._chosen(reopen, unreachable, connect, fresh)))


@sealed
class AsyncStoreContract(_Contract, CancellingCases, BatchCancellingCases):
    """The same contract for an ``AsyncStore``, with the same cases; no pytest plugin is needed.

    Two cases more: commits whose caller is cancelled.

    The store runs in an event loop on a thread of its own, one loop a test. ``store``, ``reopen``,
    ``unreachable``, ``connect`` and ``fresh`` may give the store or something to await for it; the fixture
    ``run`` runs a coroutine in that loop, to open and close what belongs to it.
    """

    @pytest.fixture
    def run(self) -> Iterator[Callable[[Awaitable[Any]], Any]]:
        """Runs a coroutine in the loop that the store lives in."""
        with Loop() as loop:
            yield loop.run

    @pytest.fixture
    def store(self) -> Any:
        """Must be overridden: a fresh, empty store, or something to await for it."""
        pytest.fail(f"{type(self).__name__} needs a fixture `store` that gives a fresh, empty store")

    @pytest.fixture
    def bench(
        self,
        run: Callable[[Awaitable[Any]], Any],
        store: Any,
        reopen: Callable[[], Any] | None,
        unreachable: Callable[[], Any] | None,
        connect: Callable[[], Any] | None,
        fresh: Callable[[int], Any] | None,
    ) -> Iterator[Bench]:
        """What the cases work on; not to be overridden."""
        yield from self._benched(Bench(store, run=run, **self._chosen(reopen, unreachable, connect, fresh)))


CASES = {contract: ALL_CASES[contract] for contract in (StoreContract, AsyncStoreContract)}

__all__ = ["CASES", "AsyncStoreContract", "StoreContract"]
