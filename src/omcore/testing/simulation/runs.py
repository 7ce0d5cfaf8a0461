"""Runs: one seed, or one tape, from beginning to end on a fresh store.

Decides what is remembered of a run, and that the store's handles are closed after it. Must not know what
is searched for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from omcore.ports import Store
from omcore.testing.simulation.chooser import Block, Chooser, SeededChooser, TapeChooser
from omcore.testing.simulation.oracle import Oracle
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.shop import Shop, draw_shop
from omcore.testing.simulation.simulation import PROCESSES, Options, Simulation
from omcore.testing.simulation.workload import Workload

Fresh = Callable[[int], Sequence[Store]]
"""``fresh(count)``: so many handles on one new, empty store; the same one several times, or not."""


@attrs.define
class Run:
    """What became of a run. ``broken``: what did not hold, or None; ``tape``: every choice that was made.

    ``commands`` counts what was wanted in the chaos; ``story`` is told where it was asked for.
    """

    tape: list[Block]
    broken: Broken | None
    commands: int
    turns: int
    steps: int
    commits: int
    faults: Counter[str]
    store: str
    story: list[str] = attrs.field(factory=list)


def simulate(
    fresh: Fresh,
    seed: int,
    *,
    shop: Shop | None = None,
    options: Options | None = None,
    told: bool = False,
) -> Run:
    """One run by a seed: the same seed, the same run. It raises nothing that it finds."""
    return _run(fresh, SeededChooser(seed), shop, options or Options(), told)


def rerun(fresh: Fresh, tape: Sequence[Block], *, shop: Shop | None = None, told: bool = False) -> Run:
    """One run by a tape: the run that wrote it, or what is left of it."""
    return _run(fresh, TapeChooser(tape), shop, Options(turns=max(1, len(tape) - 1)), told)


def _run(fresh: Fresh, chooser: Chooser, shop: Shop | None, options: Options, told: bool) -> Run:
    story: list[str] | None = [] if told else None
    handles = list(fresh(PROCESSES))
    try:
        simulation = Simulation(
            chooser,
            handles,
            draw=draw_shop,
            oracle=Oracle,
            workload=Workload,
            shop=shop,
            options=options,
            story=story,
        )
        broken: Broken | None = None
        try:
            simulation.run()
        except Broken as error:
            broken = error
        return Run(
            chooser.tape,
            broken,
            simulation.wanted,
            simulation.turn,
            simulation.steps,
            simulation.commits,
            simulation.faults,
            _name(handles[0]),
            story or [],
        )
    finally:
        _close(handles)


def _name(handle: Any) -> str:
    return type(getattr(handle, "behind", handle)).__name__


def _close(handles: Sequence[Any]) -> None:
    """Close each handle once, where it can be."""
    for handle in {id(getattr(each, "behind", each)): each for each in handles}.values():
        if callable(close := getattr(handle, "close", None)):
            close()


__all__ = ["Fresh", "Run", "rerun", "simulate"]
