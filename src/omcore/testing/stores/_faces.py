"""Faces: a store's methods as the cases of the contract call them, sync and watched.

Decides that every call raises ``Conflict`` or ``Unavailable`` or nothing (ST22), and that a feed
rises in every call (ST16). An async store runs in an event loop on a thread of its own, and a call
waits for its reply; so a case is written once. Must not know any case.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - an async store is run here
import inspect
import sys  # noqa: TID251 - calls are counted
import threading  # noqa: TID251 - the loop's own thread
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from types import TracebackType
from typing import Any, TypeVar

from omcore.kernel import Conflict, Contact, Unavailable
from omcore.ports import Answer, Commit, FeedEntry, Loaded
from omcore.testing._store_clauses import cites
from omcore.testing.stores._folding import carrying, shown

T = TypeVar("T")

PATIENCE_S = 60.0
METHODS = ("load", "answer", "commit", "commit_all", "feed", "history", "private", "cursor", "advance")


class Loop:
    """An event loop on a thread of its own; ``run`` gives it a coroutine and waits."""

    def __init__(self) -> None:
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, name="store contract", daemon=True)

    def __enter__(self) -> Loop:
        self._thread.start()
        self._started.wait(PATIENCE_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)

    def _serve(self) -> None:
        asyncio.run(self._wait())

    async def _wait(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started.set()
        await self._stop.wait()

    def run(self, work: Awaitable[T]) -> T:
        """The result of a coroutine that ran in the loop; its error where it raised one."""

        async def awaited() -> T:
            return await work

        if self._loop is None:
            raise AssertionError("the loop is not running")
        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(PATIENCE_S)


class Face:
    """A store's nine methods, each watched: another error than the two is a breach of ST22."""

    def __init__(self, store: Any, *, folds: bool = False) -> None:
        self.behind = store
        self.folds = folds  # its states, from events: see ``stores/_folding``

    def plain(self) -> Face:
        """A face of the same store for who writes what can be folded."""
        made = copy(self)
        made.folds = False
        return made

    def given(self, commit: Commit) -> Commit:
        """A case's commit as the store gets it."""
        return carrying(commit) if self.folds else commit

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            return self._perform(name, arguments)
        except (Conflict, Unavailable):
            raise
        except Exception as error:
            with cites("ST22"):
                raise AssertionError(f"{name} raised {type(error).__name__}: {error}") from error

    def _perform(self, name: str, arguments: tuple[Any, ...]) -> Any:
        return getattr(self.behind, name)(*arguments)

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """See ``Store.load``."""
        found: Mapping[str, Loaded] = self._call("load", streams)
        return found

    def answer(self, key: str) -> Answer | None:
        """See ``Store.answer``."""
        found: Answer | None = self._call("answer", key)
        return found

    def commit(self, commit: Commit) -> None:
        """See ``Store.commit``."""
        self._call("commit", self.given(commit))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """See ``Store.commit_all``."""
        self._call("commit_all", [self.given(each) for each in commits] if self.folds else commits)

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """See ``Store.feed``."""
        found: Sequence[FeedEntry] = self._call("feed", after, limit)
        # Held in every call: whoever reads a feed that does not rise reads it for ever.
        last = after
        for entry in found:
            with cites("ST16"):
                assert type(entry.position) is int, "a position is an int"
                assert entry.position >= 1, "the first position is 1"
                assert last == after or entry.position > last, "positions rise"
            with cites("ST17"):
                assert entry.position > after, "an entry is above the position that was asked for"
            last = entry.position
        return shown(found) if self.folds else found

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        arguments = (stream, after) if after else (stream,)
        found: Sequence[FeedEntry] = self._call("history", *arguments)
        return shown(found) if self.folds else found

    def private(self, key: str) -> Contact | None:
        """See ``Store.private``."""
        found: Contact | None = self._call("private", key)
        return found

    def cursor(self, name: str) -> int:
        """See ``Store.cursor``."""
        found: int = self._call("cursor", name)
        return found

    def advance(self, name: str, position: int) -> None:
        """See ``Store.advance``."""
        self._call("advance", name, position)

    def close(self) -> None:
        """Close what is behind, where that can be closed."""
        if callable(close := getattr(self.behind, "close", None)):
            close()

    def count(self, work: Callable[[], object]) -> int:
        """How many functions were called; a measure of work that no slow machine disturbs."""
        with counting() as calls:
            work()
        return calls[0]


class AwaitedFace(Face):
    """The same over an ``AsyncStore``: each call is a task in the loop."""

    def __init__(self, store: Any, run: Callable[[Awaitable[Any]], Any], *, folds: bool = False) -> None:
        super().__init__(store, folds=folds)
        self._run = run
        self._counted: int | None = None

    def _perform(self, name: str, arguments: tuple[Any, ...]) -> Any:
        async def performed() -> Any:
            if self._counted is None:
                return await getattr(self.behind, name)(*arguments)
            with counting() as calls:
                reply = await getattr(self.behind, name)(*arguments)
            self._counted += calls[0]
            return reply

        return self._run(performed())

    def close(self) -> None:
        """In the loop, where it is awaited."""
        if callable(close := getattr(self.behind, "close", None)) and inspect.isawaitable(closed := close()):
            self._run(closed)

    def count(self, work: Callable[[], object]) -> int:
        """Only what happened in the loop."""
        self._counted = 0
        work()
        counted, self._counted = self._counted, None
        return counted


@contextmanager
def counting() -> Iterator[list[int]]:
    """Counts the calls on this thread, as a profiler would."""
    calls = [0]

    def called(_frame: object, kind: str, _argument: object) -> None:
        calls[0] += kind in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield calls
    finally:
        sys.setprofile(before)


__all__ = ["METHODS", "PATIENCE_S", "AwaitedFace", "Face", "Loop", "counting"]
