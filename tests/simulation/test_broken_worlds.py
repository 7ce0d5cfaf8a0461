"""The simulator is proved: adapters with one real-life defect each (tests/support/broken_worlds.py).

The fixed cases of the kit reject them as well, and accept the adapter that all of them are made of.
"""

from __future__ import annotations

import pytest

from broken_worlds import WORLDS
from gallery import breaches
from omcore.testing._store_clauses import CLAUSES
from toy_tables import TableStore


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
