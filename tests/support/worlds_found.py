"""The broken adapters of ``broken_worlds`` under the simulator: which seed finds one, and how short it gets.

Decides nothing of what is broken; the figures ``gallery_size`` and ``gallery_rejected`` are counted here.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from broken_worlds import WORLDS, World
from omcore.testing.simulation.chooser import Block
from omcore.testing.simulation.runs import Run, rerun, simulate
from omcore.testing.simulation.shrinking import shrunk

SEEDS = 50
COMMANDS = 8


@attrs.frozen
class Found:
    """A run in which a world broke: its seed, and the run, shortened."""

    seed: int
    run: Run

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of the store contract that were named."""
        return () if self.run.broken is None else self.run.broken.clauses


def found(world: World, seeds: int = SEEDS) -> Found | None:
    """The first seed, from 1 on, that finds it; None where none does."""
    for seed in range(1, seeds + 1):
        run = simulate(world.fresh, seed)
        if run.broken is not None:
            return Found(seed, run)
    return None


def shortened(world: World, long: Found, commands: int = COMMANDS) -> Found:
    """The same with so few commands, or as few as it gets; no shorter than that, for the sake of time."""
    best = [long.run]

    def replay(tape: Sequence[Block]) -> Run:
        run = rerun(world.fresh, tape)
        if run.broken is not None and long.run.broken is not None:
            if run.broken.what == long.run.broken.what and run.commands < best[0].commands:
                best[0] = run
        return run

    shrunk(long.run, replay, stop=lambda: best[0].commands <= commands)
    return Found(long.seed, best[0])


def rejected(seeds: int = SEEDS) -> tuple[int, int]:
    """How many worlds there are, and how many of them the simulator rejects within so many seeds."""
    return len(WORLDS), sum(found(world, seeds) is not None for world in WORLDS.values())
