"""The store conformance kit: what every ``Store`` and ``AsyncStore`` is proved by.

Derive a test class, give it a fresh store, run pytest::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            return MyStore()

Decides which cases belong to the contract, what a derived class may choose, and that it can't
leave out a case silently. The clauses and their reasons: docs/reference/store-contract.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from omcore.testing._store_batches import BatchCancellingCases, BatchCases, BatchRaceCases
from omcore.testing._store_bench import Bench
from omcore.testing._store_cases import CommittingCases, ReadingCases
from omcore.testing._store_clauses import CLAUSES, PAGE
from omcore.testing._store_crowd import CrowdCases
from omcore.testing._store_faces import METHODS, Loop
from omcore.testing._store_feed_cases import CursorCases, ErrorCases, FeedCases, ValueCases
from omcore.testing._store_life import WholeCases
from omcore.testing._store_model import ModelCases
from omcore.testing._store_races import CancellingCases, GrowthCases, HandleCases, RaceCases
from omcore.testing._store_simulation import SimulationCases


class _Contract(
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

    threads: ClassVar[bool] = True
    waived: ClassVar[Mapping[str, str]] = {}
    examples: ClassVar[int] = 25
    states: ClassVar[str] = "kept"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in cls.__mro__[1:]:
            for name, value in vars(base).items():
                if _is_kept(name, value) and inspect.getattr_static(cls, name) is not value:
                    raise TypeError(
                        f"{cls.__qualname__}.{name} replaces a check of the store contract."
                        " What a store can't keep is declared with its reason: waived = {'ST..': '...'}"
                    )
        if cls.states not in ("kept", "folded"):
            raise TypeError(f"{cls.__qualname__}.states: 'kept' or 'folded'")
        for number, reason in cls.waived.items():
            if number not in CLAUSES:
                raise TypeError(f"{cls.__qualname__}.waived: there is no clause {number!r}, see {PAGE}")
            if not str(reason or "").strip():
                raise TypeError(f"{cls.__qualname__}.waived: {number} needs a reason")

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

    @pytest.fixture(autouse=True)
    def _waivers(self, request: pytest.FixtureRequest) -> None:
        number = getattr(request.function, "clause", "")
        if number in self.waived:
            reason = f"{number} is waived: {self.waived[number]}"
            request.applymarker(pytest.mark.xfail(reason=reason, strict=False))

    def test_no_check_is_missing(self) -> None:
        """Not even where a test class was changed after it was made."""
        contract = next(base for base in type(self).__mro__ if base in CASES)
        missing = [
            name
            for name, case in CASES[contract].items()
            if inspect.getattr_static(self, name, None) is not case
        ]
        assert missing == [], "cases were taken out or replaced"


def _is_kept(name: str, value: object) -> bool:
    return hasattr(value, "clause") or name in ("bench", "_waivers", "test_no_check_is_missing")


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


def _cases(contract: type) -> Mapping[str, Callable[..., None]]:
    names = [name for base in contract.__mro__ for name, value in vars(base).items() if _is_kept(name, value)]
    return {name: getattr(contract, name) for name in names if name.startswith("test_")}


CASES: Mapping[type, Mapping[str, Callable[..., None]]] = {
    contract: _cases(contract) for contract in (StoreContract, AsyncStoreContract)
}

__all__ = ["CASES", "AsyncStoreContract", "StoreContract"]
