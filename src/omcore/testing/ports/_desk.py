"""The desk that a port is put on: how cases ask it for things, and look at what came of them.

Decides what all four ports have in common: something is asked for under a key, becomes known, and has an
effect at the holder that can be counted. A port's own desk says which calls these are. An async port runs
in an event loop on a thread of its own, so that a case is written once. Must not know the cases.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar

import attrs
import pytest

from omcore.kernel import IdempotencyConflict, Unavailable
from omcore.testing._citing import cites, unchecked

Run = Callable[[Awaitable[Any]], Any]


@attrs.define
class Given:
    """What a test class gives besides the port: see the contracts for each."""

    prefix: str = ""
    look: Callable[[], Any] | None = None
    more: Any = None
    lose: Callable[[bool], Any] | None = None
    reopen: Callable[[], Any] | None = None
    unreachable: Callable[[], Any] | None = None
    examples: int = 25
    shrinks: bool = True
    flags: Any = None


class Desk(ABC):
    """A port under test: ``port`` is a handle of it, ``seen`` what its holder did since it was set up."""

    # Of the port's clauses: who may raise what, what a query is, what is known for ever.
    errors: ClassVar[str] = ""
    queries: ClassVar[str] = ""
    lasting: ClassVar[str] = ""
    lost: ClassVar[str] = ""
    private: ClassVar[str] = ""
    methods: ClassVar[tuple[str, ...]] = ()
    # How many different things can be asked for.
    things: int = 1
    # Whether another thing under a known key is refused, or passed over.
    refuses: ClassVar[bool] = True
    # The fixture by which a test class gives a look at what came of it.
    looks_by: ClassVar[str] = ""
    # What is personal, and may not show in an error.
    secrets: ClassVar[tuple[str, ...]] = ()

    def __init__(self, port: Any, given: Given, run: Run | None = None) -> None:
        self._run = run
        self.given = given
        self.port = self._awaited(port)
        self._opened: list[Any] = []
        # A reply is to be lost that may not have been asked for yet.
        self.armed = False
        self._before: Counter[Any] = Counter()
        self.set_up()
        self.look_away()

    @abstractmethod
    def set_up(self) -> None:
        """What can be asked for, and what must have happened before."""

    def look_away(self) -> None:
        """What was done until now does not count from here on."""
        if self.given.look is not None:
            self._before = Counter(self._look())

    @abstractmethod
    def each_call(self, port: Any) -> list[Callable[[], Any]]:
        """Every call that there is, on a handle."""

    # -- what a port's own desk says ---------------------------------------------------------

    @abstractmethod
    def ask(self, key: str, number: int = 0, port: Any = None) -> Any:
        """Ask for the thing of this number under a key: what is known of it then."""

    @abstractmethod
    def known(self, key: str, port: Any = None) -> Any:
        """What the query tells of a key: the same, or None where it was never heard of."""

    @abstractmethod
    def effect(self, number: int, known: Any) -> Any:
        """What the holder shows of a thing that was done; None where it shows nothing of it."""

    def done(self, known: Any) -> bool | None:
        """Whether what is known is that it was done; None where that is still open."""
        return bool(known)

    # -- what is done again and again --------------------------------------------------------

    def key(self, name: str) -> str:
        """A key that no other run has used."""
        return f"{self.given.prefix}{name}".replace(" ", "-")

    def call(self, method: str, *arguments: Any, port: Any = None) -> Any:
        """A call of the port: another error than the contract names is a breach."""
        try:
            return self._awaited(getattr(self.port if port is None else port, method)(*arguments))
        except Unavailable:
            self.armed = False
            raise
        except Exception as error:
            if self.refuses and isinstance(error, IdempotencyConflict):
                raise
            with cites(self.errors):
                raise AssertionError(f"{method} raised {type(error).__name__}") from error

    def _awaited(self, found: Any) -> Any:
        return self._run(found) if self._run is not None and inspect.isawaitable(found) else found

    def _look(self) -> Iterable[Any]:
        if self.given.look is None:
            raise AssertionError("there is no look at what was done")
        found: Iterable[Any] = self._awaited(self.given.look())
        return found

    def seen(self) -> Counter[Any]:
        """How often the holder did what, since the desk was set up."""
        if self.given.look is None:
            pytest.skip(unchecked((self.lost,), f"the fixture `{self.looks_by}` is not overridden"))
        now: Counter[Any] = Counter(self._look())
        now.subtract(self._before)
        return Counter({effect: count for effect, count in now.items() if count})

    def watched(self) -> bool:
        """Whether what was done can be seen."""
        return self.given.look is not None

    def expect(self, *done: tuple[int, Any]) -> None:
        """Of those things, each that was done shows once, and nothing else does."""
        if not self.watched():
            return
        effects = [self.effect(number, known) for number, known in done if self.done(known)]
        expected = Counter([effect for effect in effects if effect is not None])
        assert self.seen() == expected, "what was done is not what was asked for"

    def lose(self, done: bool) -> None:
        """The next request to the holder is carried out or not, and its reply is lost."""
        if self.given.lose is None:
            pytest.skip(unchecked((self.lost,), "the fixture `lose` is not overridden"))
        self._awaited(self.given.lose(done))
        self.armed = True

    def another(self) -> Any:
        """Another handle on the same holder."""
        if self.given.reopen is None:
            pytest.skip(unchecked((self.lasting,), "the fixture `reopen` is not overridden"))
        return self._handle(self.given.reopen())

    def unreachable(self) -> Any:
        """A handle whose holder cannot be reached."""
        if self.given.unreachable is None:
            pytest.skip(unchecked((self.errors,), "the fixture `unreachable` is not overridden"))
        return self._handle(self.given.unreachable())

    def _handle(self, found: Any) -> Any:
        handle = self._awaited(found)
        self._opened.append(handle)
        return handle

    def refused(self, key: str, number: int, port: Any = None) -> None:
        """Another thing under a known key: refused, or passed over."""
        try:
            self.ask(key, number, port)
        except IdempotencyConflict:
            return  # another error than this one, and ``Unavailable``, is none of a port's
        assert not self.refuses, "another thing was taken under a known key"

    def close(self) -> None:
        """Close the handles that were opened here, those of them that have a ``close``."""
        for handle in self._opened:
            if callable(getattr(handle, "close", None)):
                self._awaited(handle.close())
        self._opened.clear()


__all__ = ["Desk", "Given", "Run"]
