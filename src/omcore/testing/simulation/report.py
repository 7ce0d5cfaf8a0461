"""Reports: what was found, for whoever has to mend it.

Decides how a finding is told: what does not hold, one line that names the run, what happened in business
words, and a test that fails in the same way. No personal data is in it. Must not know how it was found.
"""

from __future__ import annotations

import platform  # noqa: TID251 - a report says which Python it was
from textwrap import wrap

import attrs

from omcore import __version__
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.runs import Run
from omcore.testing.simulation.simulation import HEALS
from omcore.testing.simulation.tapes import written

_WIDTH = 88
_HEALING = 12  # lines of the healing, from its beginning and from its end


@attrs.define
class Finding:
    """A run that broke, shrunk. ``str`` of it is the report."""

    seed: int
    profile: str
    run: Run
    replays: int = 0
    own_shop: bool = False
    steady: bool = True

    @property
    def broken(self) -> Broken:
        """What does not hold."""
        if self.run.broken is None:
            raise ValueError("nothing broke in this run")
        return self.run.broken

    @property
    def tape(self) -> str:
        """The choices, as ``replay`` takes them."""
        return written(self.run.tape)

    def __str__(self) -> str:
        run = self.run
        counted = f"{run.commands} commands, {run.turns} turns, {run.faults.total()} faults"
        return "\n".join(
            [
                str(self.broken),
                "",
                self.line(),
                "",
                f"What happened, shrunk to {counted} in {self.replays} replays:",
                *(f"  {line}" for line in _shortened(run.story)),
                "",
                "The same again, as a test of this class:" if self.steady else _UNSTEADY,
                "",
                self.test(),
            ]
        )

    def line(self) -> str:
        """The run in one line."""
        shop = " | a shop of your own" if self.own_shop else ""
        python = f"{platform.python_implementation()} {platform.python_version()}"
        return (
            f"seed {self.seed} | profile {self.profile}{shop} | {self.run.store}"
            f" | omcore {__version__} | {python}"
        )

    def test(self) -> str:
        """A test to be pasted into the class that found it."""
        pieces = wrap(self.tape, _WIDTH - 12, break_on_hyphens=False, drop_whitespace=False) or [""]
        shop = ["            shop=self.shop,"] if self.own_shop else []
        return "\n".join(
            [
                f"    def test_seed_{self.seed}(self, fresh):",
                "        from omcore.testing.simulation import replay",
                "",
                "        replay(",
                "            fresh,",
                *(f'            "{piece}"' for piece in pieces[:-1]),
                f'            "{pieces[-1]}",',
                *shop,
                "        )",
            ]
        )


def _shortened(story: list[str]) -> list[str]:
    """Without the middle of a long healing: who goes round in circles does the same again and again."""
    healing = story.index(HEALS) if HEALS in story else len(story)
    left_out = len(story) - healing - 2 * _HEALING
    if left_out <= 0:
        return story
    begun = healing + _HEALING
    return [*story[:begun], f"... {left_out} lines like these ...", *story[begun + left_out :]]


_UNSTEADY = (
    "It did not break again by the same choices: something in the store, or in a rule, depends on more\n"
    "than them, such as a clock, chance or the order in a set. The test that should have failed:"
)


__all__ = ["Finding"]
