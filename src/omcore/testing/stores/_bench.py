"""The bench that a store is put on: what cases write, and what they ask of a store again and again.

Decides how a commit is seen to be refused without a trace, how callers race on threads - and, of an
async store, as tasks of one loop - and which cases are skipped and why. Must not know what the cases
prove.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - a caller of an async store is cancelled here
import inspect
import sys  # noqa: TID251 - threads are made to come between
import threading  # noqa: TID251 - callers race here
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from omcore.inventory import ReservedItem, StockReceived
from omcore.kernel import Conflict
from omcore.ports import Answer, AsyncStore, Commit, FeedEntry, Store, Write
from omcore.testing._citing import cites, same, unchecked
from omcore.testing.stores._faces import PATIENCE_S, AwaitedFace, Face

AT = datetime(2026, 11, 27, 14, 15, 0, 123_456, tzinfo=UTC)
TRIES = 10_000
SHAKES = 4_294_967_296 // 8  # one call in so many
PAUSE_S = 0.000_2


# -- what a case writes ----------------------------------------------------------------------


def state(number: int) -> ReservedItem:
    """A state; to a store it is a record like any other."""
    return ReservedItem("TEE-M", "nyc", number)


def event(number: int) -> StockReceived:
    """An event that is told from others by its number."""
    return StockReceived(AT, "TEE-M", "nyc", number, f"po-{number}")


def write(stream: str, number: int = 1, *events: int) -> Write:
    """A write of one state and, unless others are named, one event of the same number."""
    return Write(stream, tuple(event(each) for each in events or (number,)), state(number))


def answer(key: str, **more: Any) -> Answer:
    """The answer of an accepted command."""
    return Answer(**{"key": key, "payload_hash": f"hash of {key}", "subject": "", "at": AT, **more})


def commit(key: str, reads: Mapping[str, int], *writes: Write, **more: Any) -> Commit:
    """A commit under a key."""
    return Commit(answer(key), reads, writes, **more)


# -- the bench -------------------------------------------------------------------------------


@contextmanager
def shaking(seed: int) -> Iterator[None]:
    """Lets other threads come between, at calls that look drawn and are not.

    A step between a check and a write takes a millionth of a second: left alone, callers would
    hardly ever meet there, and a store without a lock would pass.
    """
    never = threading.Lock()
    never.acquire()
    calls = [seed * 7]

    def called(_frame: object, kind: str, _argument: object) -> None:
        if kind in ("call", "c_call"):
            calls[0] += 1
            if calls[0] * 2_654_435_761 % 4_294_967_296 < SHAKES:
                never.acquire(timeout=1e-6)

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield
    finally:
        sys.setprofile(before)


class Bench:
    """A store under test, and what cases ask of it again and again.

    ``store`` is a sync face of it. ``another()`` opens a second handle on the same data,
    ``unreachable()`` one whose data cannot be reached; ``close()`` closes what they opened.
    ``connect()`` is what a process of its own opens one with.
    ``fresh(count)`` gives handles on a new store, for simulations, of which ``seeds`` are run, or as many
    as there is time for. ``examples`` random histories are tried, and one that fails is made as short as it
    can be, unless ``shrinks`` is off. What must come about while others work is tried ``tries`` times.
    """

    def __init__(
        self,
        store: Store | AsyncStore,
        *,
        run: Callable[[Awaitable[Any]], Any] | None = None,
        reopen: Callable[[], Any] | None = None,
        unreachable: Callable[[], Any] | None = None,
        connect: Callable[[], Any] | None = None,
        fresh: Callable[[int], Any] | None = None,
        threads: bool = True,
        examples: int = 25,
        shrinks: bool = True,
        tries: int = TRIES,
        folds: bool = False,
        seeds: int | None = None,
    ) -> None:
        self._run = run
        self._reopen = reopen
        self._unreachable = unreachable
        self._connect = connect
        self._fresh = fresh
        self._threads = threads
        self._errors: list[BaseException] = []
        self._handles: list[Any] = []
        self._start = threading.Barrier(1)
        self.examples = examples
        self.shrinks = shrinks
        self.seeds = seeds
        self._tries = tries
        self._folds = folds
        self.store = self._faced(store)

    def _faced(self, store: Any) -> Face:
        if self._run is None:
            return Face(store, folds=self._folds)
        if inspect.isawaitable(store):
            store = self._run(store)
        return AwaitedFace(store, self._run, folds=self._folds)

    def another(self) -> Face:
        """Another handle on the same data."""
        if self._reopen is None:
            pytest.skip(unchecked(("ST23", "ST24"), "the fixture `reopen` is not overridden"))
        return self._opened(self._reopen())

    def unreachable(self) -> Store:
        """A handle whose data cannot be reached."""
        if self._unreachable is None:
            pytest.skip(unchecked(("ST22",), "the fixture `unreachable` is not overridden"))
        return self._opened(self._unreachable())

    @property
    def is_awaited(self) -> bool:
        """Whether it is an ``AsyncStore``."""
        return self._run is not None

    def connect(self) -> Callable[[], Any]:
        """A function that can be pickled, and opens a handle on the same data in another process."""
        if self._connect is None:
            pytest.skip(unchecked(("ST32",), "the fixture `connect` is not overridden"))
        return self._connect

    @property
    def fresh(self) -> Callable[[int], Sequence[Any]]:
        """Gives so many handles on one new, empty store; sync as it is, an async one by its face."""
        if self._fresh is None:
            pytest.skip(unchecked(("ST33",), "the fixture `fresh` is not overridden"))
        return self._freshly

    def _freshly(self, count: int) -> Sequence[Any]:
        given = self._fresh(count) if self._fresh is not None else ()
        if self._run is None:
            return list(given)
        if inspect.isawaitable(given):
            given = self._run(given)
        # What is written is the engine's own, and can be folded.
        return [self._faced(store).plain() for store in given]

    def _opened(self, store: Any) -> Face:
        face = self._faced(store)
        self._handles.append(face.behind)
        return face

    def close(self) -> None:
        """Close the handles that were opened here, those of them that have a ``close``."""
        for handle in self._handles:
            closed = handle.close() if callable(getattr(handle, "close", None)) else None
            if self._run is not None and inspect.isawaitable(closed):
                self._run(closed)
        self._handles.clear()

    def handles(self, count: int) -> list[Face]:
        """A handle a caller: the same one where no other can be opened."""
        if self._reopen is None:
            return [self.store] * count
        return [self.store, *(self.another() for _ in range(count - 1))]

    def together(self, *callers: Callable[[], object]) -> None:
        """Run callers at the same time, each on a thread; the first error is raised here."""
        if not self._threads:
            pytest.skip(unchecked(("ST3", "ST18", "ST25", "ST32"), "it says `threads = False`"))
        start = self._start = threading.Barrier(len(callers))
        errors = self._errors = []

        def run(caller: Callable[[], object], number: int) -> None:
            try:
                self.meet()
                with shaking(number):
                    caller()
            except BaseException as error:  # noqa: BLE001 - raised again below, on the case's own thread
                errors.append(error)
                start.abort()

        threads = [
            threading.Thread(target=run, args=(caller, number), daemon=True)
            for number, caller in enumerate(callers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        if errors:
            raise errors[0]
        assert not any(thread.is_alive() for thread in threads), "a caller is still waiting"

    def meet(self) -> None:
        """Wait, on one of several threads, until all the others are here."""
        self._start.wait(PATIENCE_S)

    def until(self, done: Callable[[], object]) -> None:
        """Try again, on one of several threads, until it is done or another caller failed."""
        pause = threading.Event()
        for _ in range(self._tries):
            if done():
                return
            assert not self._errors, "another caller failed"
            pause.wait(PAUSE_S)
        raise AssertionError(f"not done after {self._tries} tries")

    def cancelled(self, attempts: Sequence[Commit], turns: int) -> None:
        """Begin commits of an ``AsyncStore``, and cancel their caller some turns of the loop later.

        One is given to ``commit``, several are to ``commit_all``.
        """
        store = self.store.behind
        given = [self.store.given(attempt) for attempt in attempts]

        async def go() -> None:
            work = store.commit(*given) if len(given) == 1 else store.commit_all(given)
            task = asyncio.ensure_future(work)
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # looked at: what came of it, the case asks the store

        if self._run is None:
            raise AssertionError("only an AsyncStore's caller is cancelled")
        self._run(go())

    # -- steps of cases ----------------------------------------------------------------------

    def put(self, stream: str, number: int = 1, *events: int, key: str = "", **more: Any) -> int:
        """One commit that writes one stream, as the engine would; returns the stream's version."""
        version = self.version(stream)
        key = key or f"put {stream} {version + 1}"
        self.store.commit(commit(key, {stream: version}, write(stream, number, *events), **more))
        return version + 1

    def version(self, stream: str) -> int:
        """A stream's version."""
        return self.store.load((stream,))[stream].version

    def versions(self, *streams: str) -> dict[str, int]:
        """The versions of streams, as a commit's ``reads``."""
        return {name: loaded.version for name, loaded in self.store.load(streams).items()}

    def refused(self, attempt: Commit, cursors: Sequence[str] = ()) -> None:
        """The commit is refused with ``Conflict``, and nothing of it is there afterwards (ST5)."""
        before = self.seen_by(attempt, cursors)
        try:
            self.store.commit(attempt)
        except Conflict:
            pass
        else:
            raise AssertionError("the commit was not refused")
        with cites("ST5"):
            same(self.seen_by(attempt, cursors), before, "what is kept")

    def all_refused(self, *attempts: Commit) -> None:
        """``commit_all`` is refused with ``Conflict``, and nothing of any is there afterwards (ST30)."""
        before = [self.seen_by(attempt) for attempt in attempts]
        try:
            self.store.commit_all(attempts)
        except Conflict:
            pass
        else:
            raise AssertionError("the commits were not refused")
        same([self.seen_by(attempt) for attempt in attempts], before, "what is kept")

    def seen_by(self, attempt: Commit, cursors: Sequence[str] = ()) -> tuple[Any, ...]:
        """Everything that a commit could have changed."""
        names = list(dict.fromkeys([*attempt.reads, *(each.stream for each in attempt.writes)]))
        loaded = self.store.load(names)
        return (
            [(name, loaded[name]) for name in names],
            everything(self.store),
            [list(self.store.history(name)) for name in names],
            self.store.answer(attempt.answer.key),
            [self.store.private(key) for key in attempt.private],
            [self.store.cursor(name) for name in cursors],
        )


def everything(store: Store, after: int = 0, page: int = 100) -> list[FeedEntry]:
    """The feed from a position to its end, read in pages."""
    entries: list[FeedEntry] = []
    while True:
        found = store.feed(after, page)
        if not found:
            return entries
        after = found[-1].position
        entries += found


__all__ = [
    "AT",
    "Bench",
    "answer",
    "commit",
    "event",
    "everything",
    "same",
    "shaking",
    "state",
    "write",
]
