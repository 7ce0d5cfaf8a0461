"""Where a part of the engine does nothing by itself, healing does not hide it."""

from __future__ import annotations

import pytest

from idle_bugs import IDLE
from omcore.memory import MemoryStore
from omcore.testing.simulation import simulate
from simulated import on

# So many seeds after the first that is tried.
SEEDS = 300


@pytest.mark.parametrize("name", sorted(IDLE))
def test_a_part_that_does_nothing_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    promise, first, plant = IDLE[name]
    plant(monkeypatch)
    runs = (simulate(on(MemoryStore), seed) for seed in range(first, first + SEEDS))
    broken = next((run.broken for run in runs if run.broken is not None), None)
    assert broken is not None
    assert broken.promise == promise, str(broken)
    assert broken.clauses == (), "no store is to blame"
