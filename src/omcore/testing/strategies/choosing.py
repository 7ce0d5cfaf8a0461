"""A chooser whose choices Hypothesis makes: whatever the simulator thinks up, a property test may draw.

Decides nothing else. What is drawn shrinks to zeros, and zeros are what is plainest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from omcore.testing.simulation import Chooser

_BELOW = {count: st.integers(0, count - 1) for count in range(1, 21)}  # made once; most are among these


class Choices(Chooser):
    """Choices of one example."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def turn(self) -> bool:
        """See ``Chooser.turn``: an example has as many as are asked for."""
        return True

    def below(self, count: int) -> int:
        """See ``Chooser.below``."""
        found = _BELOW.get(count)
        return self._draw(st.integers(0, count - 1) if found is None else found)

    def weighed(self, upto: Sequence[int]) -> int:
        """See ``Chooser.weighed``."""
        return bisect_right(upto, self.below(100) * upto[-1] // 100)

    def chance(self, per_mille: int) -> bool:
        """See ``Chooser.chance``: rare or not is Hypothesis' to find out."""
        return per_mille > 0 and self.below(4) == 3


__all__ = ["Choices"]
