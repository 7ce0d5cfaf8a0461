"""The bench that a strategy is put on: how it is asked, and how often.

Decides how cases are drawn and made smaller, and what is known of a strategy besides itself. Must not know
what is proved.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from omcore.kernel import Network
from omcore.routing import Availability, CostModel, Demand, RoutingPlan, Rule
from omcore.testing._citing import cites, unchecked
from omcore.testing.routing._oracle import Matrix, every_plan, may_ship
from omcore.testing.routing.cases import ANY, RoutingCase, Sort
from omcore.testing.strategies.asking import routing_cases

Law = Callable[[RoutingCase], None]


@attrs.define
class RoutingBench:
    """A strategy under test: see ``RoutingContract`` for what is given besides."""

    strategy: Any
    fresh: Callable[[], Any] | None = None
    costs: CostModel | None = None
    rules: tuple[Rule, ...] | None = None
    fills: bool = True
    ties: bool = True
    at_most: int = 0
    examples: int = 25
    shrinks: bool = True

    def plan(self, case: RoutingCase) -> RoutingPlan:
        """What it plans of a case. Anything but a plan, and any error, is a breach of what is proved."""
        found = self.strategy.plan(case.demand, case.network, Asked(case))
        with cites("RT14"):
            assert type(found) is RoutingPlan, "a strategy gives a RoutingPlan, none of a class of its own"
        return found

    def ask(self, demand: Demand, network: Network, availability: Availability) -> Any:
        """What it says to anything at all."""
        return self.strategy.plan(demand, network, availability)

    def holds(self, law: Law, sort: Sort = ANY, share: float = 1.0) -> None:
        """A law, for every case of a sort; one that breaks it is made as small as it can be."""

        @settings(
            max_examples=max(1, int(self.examples * share)),
            deadline=None,
            database=None,  # what one strategy failed on says nothing about the next one
            phases=settings().phases if self.shrinks else (Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(routing_cases(sort))
        def of_every_case(case: RoutingCase) -> None:
            law(case)

        of_every_case()

    def may_ship(self, case: RoutingCase, line_id: str, location: str) -> bool:
        """Whether nothing but stock keeps a line from a location of the network."""
        (line,) = [line for line in case.demand.lines if line.line_id == line_id]
        return may_ship(case, case.network[location], line, self.rules)

    def every_plan(self, case: RoutingCase) -> list[Matrix]:
        """All that could be planned."""
        return list(every_plan(case, self.rules, self.at_most))

    def needs(self, given: object, *, why: str, unproved: tuple[str, ...]) -> None:
        """Skip a case that cannot be tried, saying what is not checked by that."""
        if not given:
            pytest.skip(unchecked(unproved, why))


class Asked:
    """Availability of a case that is asked as it should be: of text, as of the demand's moment."""

    def __init__(self, case: RoutingCase) -> None:
        self._units = dict(case.stock)
        self._at = case.demand.at

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        """See ``Availability.promisable``."""
        with cites("RT18"):
            assert now == self._at, "stock is asked as of the moment of the demand"
        return self._units.get((sku, location), 0)


__all__ = ["Asked", "Law", "RoutingBench"]
