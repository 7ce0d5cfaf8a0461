"""Case of the store contract: a simulated shop on it, with every fault there is.

Decides that seeds are searched for as long as the class's profile says, and that what is found is told with
a test that can be pasted. What happens, what fails and what must hold: ``omcore.testing.simulation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from omcore.testing._store_clauses import proves
from omcore.testing.simulation.search import search
from omcore.testing.simulation.shop import Shop
from omcore.testing.stores._bench import Bench


class SimulationCases:
    """ST33: what can fail, fails."""

    waived: ClassVar[Mapping[str, str]]
    profile: ClassVar[str] = "quick"
    shop: ClassVar[Shop | None] = None

    @proves("ST33", needs="fresh")
    def test_st33_a_shop_that_is_simulated_on_it_keeps_its_promises(self, bench: Bench) -> None:
        """Seed after seed, until one breaks a promise or time is up."""
        done = search(
            bench.fresh, profile=self.profile, seeds=bench.seeds, shop=self.shop, shrinks=bench.shrinks
        )
        finding = done.finding
        if finding is None:
            return
        clauses = finding.broken.clauses
        if clauses and all(clause in self.waived for clause in clauses):
            pytest.xfail("; ".join([f"{clause} is waived: {self.waived[clause]}" for clause in clauses]))
        raise AssertionError(str(finding))


__all__ = ["SimulationCases"]
