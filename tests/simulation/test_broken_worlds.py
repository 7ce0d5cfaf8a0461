"""The simulator is proved: adapters with one real-life defect each (tests/support/broken_worlds.py).

The fixed cases of the kit reject them as well, and accept the adapter that all of them are made of.
"""

from __future__ import annotations

from functools import cache

import pytest

from broken_worlds import WORLDS, World
from gallery import breaches
from omcore.testing._store_clauses import CLAUSES
from toy_tables import TableStore
from worlds_found import COMMANDS, SEEDS, Found, found, rejected, shortened


def test_there_are_enough_of_them_and_each_breaks_a_clause() -> None:
    assert len(WORLDS) >= 14
    for world in WORLDS.values():
        assert world.clauses <= CLAUSES.keys()
        assert world.clauses


def test_the_adapter_that_they_are_made_of_is_a_good_one() -> None:
    assert breaches(TableStore, threads=False) == {}


@pytest.mark.parametrize("name", WORLDS)
def test_the_fixed_cases_reject_them_too(name: str) -> None:
    """Where a line breaks, whatever case was under way fails; else a case of a clause that is broken."""
    world = WORLDS[name]
    if world.adapter.breaks_every:
        assert breaches(world.adapter, only="_st4_", threads=False)
    else:
        found: set[str] = set()
        for clause in world.clauses:
            found.update(breaches(world.adapter, only=f"_{clause.lower()}_", threads=False))
        assert world.clauses & found


# -- the simulator -----------------------------------------------------------------------------


@cache
def looked_for(name: str) -> Found | None:
    """Most are found by one of the first seeds, and all by a few more."""
    return found(WORLDS[name], 4 * SEEDS)


@pytest.mark.parametrize("name", WORLDS)
def test_the_simulator_rejects_it_names_the_clause_and_makes_it_short(name: str) -> None:
    first = looked_for(name)
    assert first is not None, f"nothing in {4 * SEEDS} seeds; its author thinks: {WORLDS[name].belief}"
    short = shortened(WORLDS[name], first)
    assert set(short.clauses) & WORLDS[name].clauses, str(short.run.broken)
    assert short.run.commands <= COMMANDS


def test_most_are_found_by_one_of_the_first_fifty_seeds() -> None:
    seeds = [first.seed for first in map(looked_for, WORLDS) if first is not None]
    early = sum(seed <= SEEDS for seed in seeds)
    assert early >= 0.9 * len(WORLDS)


def test_the_simulator_accepts_the_adapter_that_they_are_made_of() -> None:
    good = World(TableStore, frozenset(), "right in everything")
    assert found(good, 10) is None


def test_the_figures_count_what_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, good = WORLDS["CountsEvents"], World(TableStore, frozenset(), "right in everything")
    monkeypatch.setattr("worlds_found.WORLDS", {"broken": broken, "good": good})
    assert rejected(2) == (2, 1)
