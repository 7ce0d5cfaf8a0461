"""Shrinking: a tape on which something breaks, made as short as it can be while the same breaks.

Decides what is tried, and what counts as shorter: fewest commands first, then fewest turns, fewest faults,
fewest choices that are not plain, and the lowest numbers. Turns are taken out in chunks, half of them to one
at a time; then of each turn what is not plain is made plain, and every number as low as it goes. Must not
know what a choice means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs

from omcore.testing.simulation.chooser import Block
from omcore.testing.simulation.runs import Run
from omcore.testing.simulation.tapes import trimmed, written

MAX_REPLAYS = 1_200

Replay = Callable[[Sequence[Block]], Run]


@attrs.define
class Shrunk:
    """The shortest run that was found, and after how many replays."""

    run: Run
    replays: int


def shrunk(
    run: Run,
    replay: Replay,
    *,
    most: int = MAX_REPLAYS,
    stop: Callable[[], bool] = lambda: False,
) -> Shrunk:
    """The shortest run that breaks as ``run`` does. ``stop``: whether there is no more time."""
    return _Shrinker(run, replay, most, stop).shrunk()


class _Enough(Exception):
    """No more is tried."""


class _Shrinker:
    def __init__(self, run: Run, replay: Replay, most: int, stop: Callable[[], bool]) -> None:
        if run.broken is None:
            raise ValueError("nothing broke in this run")
        self.best = run
        self.tape = trimmed(run.tape)
        self.replays = 0
        self._what = run.broken.what
        self._size = _size(run)
        self._replay = replay
        self._most = most
        self._stop = stop
        self._tried: set[str] = set()

    def shrunk(self) -> Shrunk:
        try:
            while True:
                before = self._size
                self._without_turns()
                self._plainer_turns()
                self._lower_numbers()
                if self._size == before:
                    break
        except _Enough:
            pass
        return Shrunk(self.best, self.replays)

    def _try(self, tape: Sequence[Block]) -> bool:
        """Whether the same breaks on a tape, and it is shorter: then it is the best."""
        text = written(tape)
        if text in self._tried:
            return False
        self._tried.add(text)
        if self.replays >= self._most or self._stop():
            raise _Enough
        self.replays += 1
        run = self._replay(tape)
        if run.broken is None or run.broken.what != self._what or _size(run) >= self._size:
            return False
        self.best, self._size, self.tape = run, _size(run), trimmed(run.tape)
        return True

    def _without_turns(self) -> None:
        """Take out chunks of turns, from the last to the first, until no single one can be missed."""
        length = max(1, (len(self.tape) - 1) // 2)
        while True:
            end = len(self.tape)
            while end > 1:
                start = max(1, end - length)
                self._try(self.tape[:start] + self.tape[end:])
                end = min(start, len(self.tape))
            if length == 1:
                return
            length = max(1, length // 2)

    def _plainer_turns(self) -> None:
        """Of each turn, and of what was drawn for all, cut off what comes last, as much as can be."""
        for place in reversed(range(len(self.tape))):
            keep = 0
            while place < len(self.tape) and keep < len(self.tape[place]):
                if self._try(self._with(place, self.tape[place][:keep])):
                    break
                keep = keep * 2 or 1

    def _lower_numbers(self) -> None:
        """Every number that is not plain, from the last to the first: plain, else as low as it goes."""
        for place in reversed(range(len(self.tape))):
            index = 0
            while place < len(self.tape) and index < len(self.tape[place]):
                block = self.tape[place]
                for lower in _lower(block[index]):
                    if self._try(self._with(place, [*block[:index], lower, *block[index + 1 :]])):
                        break
                index += 1

    def _with(self, place: int, block: Block) -> list[Block]:
        return [*self.tape[:place], block, *self.tape[place + 1 :]]


def _lower(number: int) -> Iterator[int]:
    """Numbers to try in place of one: from 0 up to nearly itself."""
    if number > 0:
        yield 0
    gap = number
    while gap > 1:
        gap //= 2
        if number - gap > 0:
            yield number - gap


def _size(run: Run) -> tuple[int, int, int, int, int]:
    chosen = [number for block in run.tape for number in block if number]
    return run.commands, run.turns, run.faults.total(), len(chosen), sum(chosen)


__all__ = ["MAX_REPLAYS", "Shrunk", "shrunk"]
