"""The solver against an integer program, on orders too large to try every plan."""

from __future__ import annotations

import random
from typing import Any

import pytest

from omcore.routing import Pool, Problem, solve

highspy: Any = pytest.importorskip("highspy", reason="the extra 'milp' is not installed")


def program(problem: Problem, units: int | None) -> tuple[int, int]:
    """(most units, 0) or, given how many units have to ship, (units, least cost)."""
    model = highspy.Highs()
    model.silent()
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.0)
    locations, items = range(len(problem.locations)), range(len(problem.quantities))
    used = [model.addBinary() for _ in locations]
    ships = [
        [model.addIntegral(0, max(0, min(problem.quantities[i], problem.stock[i][j]))) for j in locations]
        for i in items
    ]
    for i in items:
        model.addConstr(sum(ships[i]) <= problem.quantities[i])
        for j in locations:
            model.addConstr(ships[i][j] <= problem.quantities[i] * used[j])
    for pool in problem.pools:
        for j in locations:
            drawn = [draw * ships[i][j] for i, draw in pool.draws]
            if drawn:
                model.addConstr(sum(drawn) <= max(0, pool.stock[j]))
    every = sum(ships[i][j] for i in items for j in locations)
    if units is None:
        model.maximize(every)
        return round(model.getObjectiveValue()), 0
    model.addConstr(every >= units)
    fixed = sum(problem.fixed[j] * used[j] for j in locations)
    model.minimize(fixed + sum(problem.unit_cost(i, j) * ships[i][j] for i in items for j in locations))
    return units, round(model.getObjectiveValue())


def large(rng: random.Random, kind: str) -> Problem:
    items, count = (rng.randint(3, 9), rng.randint(8, 25)) if kind != "pools" else (3, rng.randint(3, 5))
    most = 1 if kind == "whole" else 2 if kind == "pools" else 5
    rate = rng.randint(0, 30)
    meters = [rng.randint(1, 400) for _ in range(count)]
    fixed = tuple(rng.choice([900, 900, 900 + 10 * rng.randint(0, 20)]) for _ in range(count))
    rows: tuple[tuple[int, ...], ...] = (tuple(40 + rate * m // 10 for m in meters),)
    if kind == "weights":
        grams = [rng.randint(0, 9) for _ in range(items)]
        rows = tuple(tuple(40 + rate * m // 10 + g * m for m in meters) for g in grams)
    density = rng.choice([0.15, 0.4, 0.8])
    stock = tuple(
        tuple(rng.randint(1, most + 1) if rng.random() < density else 0 for _ in range(count))
        for _ in range(items)
    )
    pools: tuple[Pool, ...] = ()
    if kind == "pools":
        draws = tuple((i, rng.randint(1, 2)) for i in range(items) if rng.random() < 0.67)
        pools = (Pool("SHARED", tuple(rng.randint(0, 6) for _ in range(count)), draws),)
    return Problem(
        tuple(f"I{i}" for i in range(items)),
        tuple(rng.randint(1, most) for _ in range(items)),
        tuple(f"L{j}" for j in range(count)),
        stock,
        fixed,
        rows,
        pools=pools,
    )


@pytest.mark.parametrize("kind", ["whole", "split", "weights", "pools"])
def test_the_cost_is_that_of_the_integer_program(kind: str) -> None:
    rng = random.Random(f"milp {kind}")
    proven = 0
    for _ in range(30):
        problem = large(rng, kind)
        solution = solve(problem, effort=1_000_000)
        filled = sum(problem.quantities) - solution.unfilled
        most, _ = program(problem, None)
        assert filled == most or not solution.proven
        _, cost = program(problem, filled)
        assert solution.bound <= cost <= solution.cost
        if solution.proven:
            assert solution.cost == cost
            proven += 1
    assert proven >= 28


@pytest.mark.parametrize(("items", "most", "effort"), [(12, 1, 1_000), (6, 3, 2_000)])
def test_a_search_that_is_cut_short_stays_near_the_best(items: int, most: int, effort: int) -> None:
    """Whole items and split ones, with a fraction of the usual effort: within a tenth of the cost."""
    rng = random.Random(f"near {items}")
    count = 40
    hurried = 0
    for _ in range(12):
        problem = Problem(
            tuple(f"I{i}" for i in range(items)),
            tuple(most for _ in range(items)),
            tuple(f"L{j}" for j in range(count)),
            tuple(
                tuple(rng.randint(1, most) if rng.random() < 0.15 * most else 0 for _ in range(count))
                for _ in range(items)
            ),
            tuple(900 for _ in range(count)),
            (tuple(rng.randint(40, 400) for _ in range(count)),),
        )
        solution = solve(problem, effort=effort)
        hurried += not solution.proven
        _, cost = program(problem, sum(problem.quantities) - solution.unfilled)
        assert solution.bound <= cost <= solution.cost
        assert solution.cost <= cost * 11 // 10
    assert hurried
