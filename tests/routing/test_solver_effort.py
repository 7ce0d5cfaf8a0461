"""The solver past its effort, against a second one that tries every plan: good, and honest about it."""

from __future__ import annotations

import random

import pytest

from every_plan import (
    KINDS,
    best_of_all,
    constrained,
    how_many,
    keeps_groups,
    keeps_the_limit,
    matrix_of,
    priced,
    problem_from,
    within_pools,
)
from omcore.routing import Packing, Problem, _greedy, solve
from omcore.routing.problem import Ints


@pytest.mark.parametrize("effort", [1, 30, 200])
@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_past_its_effort_the_solver_says_so_and_stays_within_its_bound(
    kind: str, bound: bool, effort: int
) -> None:
    rng = random.Random(f"effort {kind}")
    for _ in range(120):
        problem = problem_from(rng, kind)
        if bound:
            problem = constrained(rng, problem)
        if how_many(problem) > 600:
            continue
        solution = solve(problem, effort=effort)
        matrix = matrix_of(problem, solution)
        _, (unfilled, cost, *_rest) = best_of_all(problem)
        assert isinstance(unfilled, int)
        assert isinstance(cost, int)
        assert all(
            units <= max(0, problem.stock[item][j])
            for item, row in enumerate(matrix)
            for j, units in enumerate(row)
        )
        assert within_pools(problem, matrix)
        assert keeps_groups(problem, matrix)
        assert keeps_the_limit(problem, matrix)
        assert solution.cost == priced(problem, matrix)
        assert solution.unfilled == sum(problem.quantities) - sum(map(sum, matrix))
        assert solution.unfilled >= unfilled
        if not problem.pools and not problem.at_most:
            # Nothing competes: what could be filled is filled, however little time there was.
            assert solution.unfilled == unfilled
        if solution.unfilled == unfilled:
            assert solution.bound <= cost <= solution.cost
        if solution.proven:
            assert (solution.unfilled, solution.cost) == (unfilled, cost)


@pytest.mark.parametrize("kind", ["pools", "parcels", "sizes", "carriers"])
def test_past_its_effort_the_plan_is_still_a_good_one(kind: str) -> None:
    """Never dearer than one location for all of it, and on the whole within three percent of the best."""
    rng = random.Random(f"good {kind}")
    paid = best = 0
    for _ in range(300):
        problem = problem_from(rng, kind)
        rushed, exact = solve(problem, effort=1), solve(problem)
        if rushed.unfilled == exact.unfilled:
            paid += rushed.cost
            best += exact.cost
        if rushed.unfilled:
            continue
        for j in range(len(problem.locations)):
            alone = tuple(
                tuple(quantity if here == j else 0 for here in range(len(problem.locations)))
                for quantity in problem.quantities
            )
            held = all(
                column[j] >= quantity
                for quantity, column in zip(problem.quantities, problem.stock, strict=True)
            )
            if held and within_pools(problem, alone):
                assert rushed.cost <= priced(problem, alone)
    assert best <= paid <= best * (101 if kind == "pools" else 103) // 100


def test_a_location_is_priced_anew_only_where_something_that_it_could_ship_was_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thirty items, each at two locations of its own: a choice changes nothing for those of another item."""
    items, count = 30, 60
    problem = Problem(
        tuple(f"S{item}" for item in range(items)),
        (1,) * items,
        tuple(f"l{j:02}" for j in range(count)),
        tuple(tuple(int(j // 2 == item) for j in range(count)) for item in range(items)),
        tuple(5 + j % 7 for j in range(count)),
        ((1,) * count,),
    )
    priced = 0
    real = _greedy.cost_of

    def counted(of: Problem, j: int, units: Ints) -> int:
        nonlocal priced
        priced += 1
        return real(of, j, units)

    monkeypatch.setattr(_greedy, "cost_of", counted)
    plan = _greedy.gathered(problem, tuple(range(count)))
    assert sorted(j // 2 for j, _ in plan) == list(range(items))
    assert priced <= 2 * count


def test_goods_that_weigh_alike_are_bounded_once_for_locations_of_one_price_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items, count = 40, 12
    packing = Packing(tuple(100 + item % 3 for item in range(items)), (((500, 9),), ((500, 7),)), (0, 1) * 6)
    problem = Problem(
        tuple(f"S{item}" for item in range(items)),
        (1,) * items,
        tuple(f"l{j:02}" for j in range(count)),
        ((1,) * count,) * items,
        (5,) * count,
        ((1,) * count,),
        packing=packing,
    )
    asked = 0
    real = _greedy._parcel_share

    def counted(of: Packing, item: int, j: int, *, by_size: bool) -> int:
        nonlocal asked
        asked += 1
        return real(of, item, j, by_size=by_size)

    monkeypatch.setattr(_greedy, "_parcel_share", counted)
    # 40 units of 100 to 102 grams by the cheaper list, 7 for 500 grams, and a unit costs 1.
    assert _greedy.lower_bound(problem, items) == items * 2
    assert asked == 3 * 2
