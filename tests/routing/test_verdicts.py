"""Verdicts that are worked out together are those that are worked out one by one, and both are true.

The oracle lists every plan of what the others could ship, and knows nothing of how either does it.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import InputError
from omcore.routing import Explanation, LowestCost, Nearest, Problem, Verdict, solve
from omcore.routing.verdicts import BY_COST, BY_FILL, BY_TIE, EXCLUDED, LOST, _is_ordinary, _told, verdicts_of
from routing_samples import NETWORK, RATES, any_case, demand, lines, shelf

cases = st.integers(0, 2**60).map(random.Random)


def ordinary(rng: random.Random, items: int, locations: int, level: bool) -> Problem:
    """One row of unit costs; costs of the same order, so that two locations are cheaper now and then."""
    quantities = tuple(rng.randint(1, 3) for _ in range(items))
    dense = rng.random()
    return Problem(
        tuple(f"S{i}" for i in range(items)),
        quantities,
        tuple(f"l{j}" for j in range(locations)),
        tuple(
            tuple(rng.randint(-1, 4) if rng.random() < dense else 0 for _ in range(locations))
            for _ in range(items)
        ),
        (rng.randint(0, 6),) * locations if level else tuple(rng.randint(0, 6) for _ in range(locations)),
        (tuple(rng.randint(0, 6) for _ in range(locations)),),
    )


def explained(problem: Problem, withheld: str = "") -> Explanation:
    solution = solve(problem)
    return Explanation(problem, solution.moves, solution.cost, (), "points", 1, withheld)


@given(cases)
def test_together_is_one_by_one(rng: random.Random) -> None:
    for _ in range(25):
        items = rng.randint(1, 5)
        problem = ordinary(rng, items, rng.randint(1, 8), rng.random() < 0.5)
        assert _is_ordinary(problem)
        solution = solve(problem)
        shipped: dict[int, list[int]] = {}
        for item, j, units in solution.moves:
            shipped.setdefault(j, [0] * items)[item] += units
        filled = sum(sum(units) for units in shipped.values())
        lost, idle = _told(problem, shipped, solution.cost, filled, "")
        told, out = verdicts_of(problem, solution.moves, solution.cost, "")
        found = [verdict for verdict in told if verdict.outcome == LOST]
        assert found == [entry[3] for entry in sorted(lost)]
        assert [verdict.location for verdict in out] == [problem.locations[j] for j, _ in idle]


def every_plan(problem: Problem, needs: list[int], without: int) -> tuple[int, int]:
    """(units left, cost) of the best plan for the needs that does not use a location: all are tried."""
    count = len(problem.locations)
    ways = []
    for item, need in enumerate(needs):
        caps = [0 if j == without else max(0, min(need, problem.stock[item][j])) for j in range(count)]
        ways.append([way for way in itertools.product(*[range(cap + 1) for cap in caps]) if sum(way) <= need])
    best = None
    for plan in itertools.product(*ways):
        used = [j for j in range(count) if any(way[j] for way in plan)]
        cost = sum(problem.fixed[j] for j in used)
        cost += sum(way[j] * problem.units[0][j] for way in plan for j in used)
        found = (sum(needs) - sum(map(sum, plan)), cost)
        best = found if best is None or found < best else best
    assert best is not None
    return best


@given(cases, st.integers(1, 3), st.integers(2, 3), st.booleans())
def test_a_loss_is_what_shipping_all_it_can_costs_more(
    rng: random.Random, items: int, locations: int, level: bool
) -> None:
    """R2."""
    problem = ordinary(rng, items, locations, level)
    explanation = explained(problem)
    filled = sum(units for _, _, units in explanation.moves)
    told = {verdict.location: verdict for verdict in explanation.verdicts()}
    for j, location in enumerate(problem.locations):
        verdict = told[location]
        can = [max(0, min(q, column[j])) for q, column in zip(problem.quantities, problem.stock, strict=True)]
        if verdict.outcome == EXCLUDED:
            assert not any(can)
        if verdict.outcome != LOST:
            continue
        rest = [q - units for q, units in zip(problem.quantities, can, strict=True)]
        left, cost = every_plan(problem, rest, j)
        cost += problem.fixed[j] + sum(can) * problem.units[0][j]
        short = filled - (sum(problem.quantities) - left)
        assert (verdict.cost, verdict.loss, verdict.unfilled) == (cost, cost - explanation.cost, short)
        assert verdict.code == (BY_FILL if short else BY_COST if verdict.loss else BY_TIE)
        assert dict(verdict.ships) == {label: n for label, n in zip(problem.labels, can, strict=True) if n}
        assert verdict.all_of_it == (not any(rest))


@given(cases)
def test_what_a_strategy_vouches_for_is_what_is_found_by_checking(rng: random.Random) -> None:
    """A copy is checked before it is read; what a strategy made is not, and says the same."""
    request, network, stock = any_case(rng)
    for strategy in (LowestCost(RATES), Nearest()):
        explanation = strategy.plan(request, network, stock).explanation
        copy = attrs.evolve(explanation)
        assert copy == explanation
        assert copy.verdicts() == explanation.verdicts()


@pytest.mark.parametrize(
    "change",
    [
        {"quantities": (0,)},
        {"quantities": (2.0,)},
        {"quantities": [2]},
        {"labels": (None,)},
        {"locations": ("newark", "reno", 3, "dallas")},
        {"stock": ((5, 5, 5),)},
        {"stock": ((5, 5, 5, True),)},
        {"fixed": (-1, 0, 0, 0)},
        {"units": ((0, 0, 0, -1),)},
        {"units": ()},
        {"scan": (0, 1, 2, 3)},
        {"walk": (3, 2, 1, 0)},
        {"shelves": (None,)},
        {"barred": ((0, 9, "x"),)},
    ],
)
def test_a_problem_by_hand_is_checked_before_it_is_read(change: dict[str, Any]) -> None:
    stock = shelf(newark={"TEE": 5}, reno={"TEE": 5}, dallas={"TEE": 5}, loop={"TEE": 5})
    explanation = LowestCost(RATES).plan(demand(*lines(TEE=2)), NETWORK, stock).explanation
    assert len(explanation.verdicts()) == 4
    spoilt = attrs.evolve(explanation, problem=attrs.evolve(explanation.problem, **change))
    for ask in (
        spoilt.verdicts,
        spoilt.as_json,
        spoilt.counterfactuals,
        lambda: spoilt.counterfactual("reno"),
    ):
        with pytest.raises(InputError):
            ask()


@pytest.mark.parametrize(
    "change",
    [
        {"moves": ((0, 4, 1),)},
        {"moves": ((0, -1, 1),)},
        {"moves": ((0, 1, 0),)},
        {"moves": ((0, 1),)},
        {"moves": ((0, 1, True),)},
        {"moves": [(0, 1, 1)]},
        {"ruled_out": (("x",),)},
        {"ruled_out": ((1, "x"),)},
        {"cost": 1.0},
        {"scale": 0},
        {"measure": None},
        {"withheld": 3},
    ],
)
def test_an_explanation_by_hand_is_checked_before_it_is_read(change: dict[str, Any]) -> None:
    explanation = LowestCost(RATES).plan(demand(*lines(TEE=2)), NETWORK, shelf(reno={"TEE": 5})).explanation
    spoilt = attrs.evolve(explanation, **change)
    for ask in (
        spoilt.verdicts,
        spoilt.as_json,
        spoilt.counterfactuals,
        lambda: spoilt.counterfactual("loop"),
    ):
        with pytest.raises(InputError):
            ask()


def test_the_order_of_verdicts_is_chosen_lost_by_loss_then_excluded() -> None:
    stock = shelf(newark={"TEE": 5}, reno={"TEE": 5}, dallas={"TEE": 5})
    plan = LowestCost(RATES).plan(demand(*lines(TEE=2), excluded=frozenset({"loop"})), NETWORK, stock)
    found: list[Verdict] = list(plan.explanation.verdicts())
    assert [(v.location, v.outcome, v.code) for v in found] == [
        ("newark", "chosen", ""),
        ("dallas", "lost", "cost"),
        ("reno", "lost", "cost"),
        ("loop", "excluded", "excluded"),
    ]
