"""Among thousands of locations a plan is explained as a small one is, but over a few of them (R2)."""

from __future__ import annotations

from unittest.mock import patch

import attrs
import pytest
from hypothesis import given

from omcore.routing import RoutingPlan, Verdict, verdicts
from omcore.routing._nearby import narrowed, nearby
from omcore.routing.verdicts import LOST
from omcore.testing.routing.cases import RoutingCase
from omcore.testing.strategies import routing_cases
from shipped_strategies import SHIPPED

NAMES = ("LowestCost", "LowestCostByWeight", "TwoParcels", "OneParcel", "FewestShipments")


def told(plan: RoutingPlan, wide: int) -> dict[str, Verdict]:
    """By location, where more than so many locations are very many."""
    with patch.object(verdicts, "WIDE", wide):
        explanation = attrs.evolve(plan.explanation)
        return {verdict.location: verdict for verdict in explanation.verdicts()}


@pytest.mark.parametrize("name", NAMES)
@given(case=routing_cases())
def test_a_verdict_over_a_few_is_never_kinder_than_one_over_all(name: str, case: RoutingCase) -> None:
    """The same outcomes; no loss too small, and every verdict that says so is exact."""
    plan = SHIPPED[name].make().plan(case.demand, case.network, case.shelves)
    exact, few = told(plan, 10_000), told(plan, 0)
    assert few.keys() == exact.keys()
    for location, verdict in few.items():
        other = exact[location]
        shown = (verdict.outcome, verdict.ships, verdict.all_of_it)
        assert shown == (other.outcome, other.ships, other.all_of_it)
        if verdict.outcome != LOST or verdict.proven:
            assert verdict == other
        elif other.proven:
            assert (verdict.unfilled, verdict.loss) >= (other.unfilled, other.loss)


@pytest.mark.parametrize("name", NAMES)
@given(case=routing_cases())
def test_the_few_can_ship_what_the_plan_ships(name: str, case: RoutingCase) -> None:
    """So that no location is told to have left units which others would have shipped."""
    plan = SHIPPED[name].make().plan(case.demand, case.network, case.shelves)
    problem = plan.explanation.problem
    chosen = {j for _, j, _ in plan.explanation.moves}
    kept = nearby(problem, chosen)
    few = narrowed(problem, kept)
    assert chosen <= set(kept)
    assert few.locations == tuple(problem.locations[j] for j in kept)
    for item, j, units in plan.explanation.moves:
        assert few.holds(item, kept.index(j)) >= units
        assert few.unit_cost(item, kept.index(j)) == problem.unit_cost(item, j)
