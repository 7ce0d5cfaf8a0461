"""Choosers: every choice of a simulation, drawn by a seed or read from a tape.

Decides how a choice is made and written down. A choice is a whole number from 0, and 0 is always the
plainest thing that can happen: no fault, the first of several, the fewest. Choices are written in
blocks, one a turn of the simulation, so that a turn is taken out of a tape without moving the choices
of the others. Must not know what is chosen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from random import Random  # noqa: TID251 - seeded: the same seed, the same choices
from typing import TypeVar

T = TypeVar("T")

Block = list[int]


class Chooser(ABC):
    """What a simulation asks. A subclass says how ``below`` is answered, and writes it on ``tape``."""

    tape: list[Block]

    @abstractmethod
    def turn(self) -> bool:
        """Begin the next block; False where there is none."""

    @abstractmethod
    def below(self, count: int) -> int:
        """A whole number from 0 to ``count`` - 1; 0 is the plainest."""

    @abstractmethod
    def weighed(self, upto: Sequence[int]) -> int:
        """A place in weights that are added up, ``[900, 950, 1000]``; 0 is the plainest.

        The place is what is written down, so that a tape means the same whatever the weights were.
        """

    def pick(self, options: Sequence[T]) -> T:
        """One of several; the first is the plainest."""
        return options[self.below(len(options))]

    def between(self, low: int, high: int) -> int:
        """From ``low``, the plainest, to ``high``."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille: int) -> bool:
        """Whether something happens that does so that often in a thousand; not, where plain."""
        return per_mille > 0 and self.below(1_000) >= 1_000 - per_mille


class SeededChooser(Chooser):
    """Draws by a seed, and writes every choice on ``tape``."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311 - reproducibility, not secrecy
        self.tape: list[Block] = [[]]
        self._block = self.tape[0]

    def turn(self) -> bool:
        """Begin the next block. Always True: a seed never runs out."""
        self._block = []
        self.tape.append(self._block)
        return True

    def below(self, count: int) -> int:
        """See ``Chooser.below``."""
        chosen = int(self._random() * count)
        self._block.append(chosen)
        return chosen

    def weighed(self, upto: Sequence[int]) -> int:
        """See ``Chooser.weighed``."""
        chosen = bisect_right(upto, int(self._random() * upto[-1]))
        self._block.append(chosen)
        return chosen


class TapeChooser(Chooser):
    """Reads a tape, which may have been cut: what is not on it is 0, what is too high the highest.

    ``tape`` is what was really chosen: without what nobody asked for.
    """

    def __init__(self, tape: Sequence[Sequence[int]]) -> None:
        self._blocks = tape
        self._next = 1
        self._given: Sequence[int] = tape[0] if tape else ()
        self._place = 0
        self.tape: list[Block] = [[]]
        self._block = self.tape[0]

    def turn(self) -> bool:
        """Begin the next block; False where the tape has none left."""
        if self._next >= len(self._blocks):
            return False
        self._given = self._blocks[self._next]
        self._next += 1
        self._place = 0
        self._block = []
        self.tape.append(self._block)
        return True

    def below(self, count: int) -> int:
        """See ``Chooser.below``."""
        chosen = 0
        if self._place < len(self._given):
            chosen = self._given[self._place]
            self._place += 1
        if chosen >= count:
            chosen = count - 1
        self._block.append(chosen)
        return chosen

    def weighed(self, upto: Sequence[int]) -> int:
        """See ``Chooser.weighed``."""
        return self.below(len(upto))


__all__ = ["Block", "Chooser", "SeededChooser", "TapeChooser"]
