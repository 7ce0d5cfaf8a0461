"""The solver against a second one that tries every plan (``every_plan``)."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from every_plan import KINDS, best_of_all, constrained, how_many, keeps_groups, matrix_of, problem_from
from omcore.kernel import InputError
from omcore.routing import Packing, Problem, solve, solver
from omcore.routing.problem import most, without


def check(problem: Problem) -> None:
    solution = solve(problem)
    matrix, judgment = best_of_all(problem)
    assert matrix_of(problem, solution) == matrix
    assert (solution.unfilled, solution.cost) == judgment[:2]
    assert solution.proven
    assert solution.bound == solution.cost


@pytest.mark.parametrize("kind", KINDS)
def test_the_plan_is_the_best_of_all_plans_to_the_last_unit(kind: str) -> None:
    rng = random.Random(f"exact {kind}")
    done = 0
    while done < 700:
        problem = problem_from(rng, kind)
        if how_many(problem) > 1_500:
            continue
        check(problem)
        done += 1


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_best_of_all_plans_that_keep_groups_and_the_limit(kind: str) -> None:
    rng = random.Random(f"constrained {kind}")
    done = 0
    while done < 700:
        problem = constrained(rng, problem_from(rng, kind))
        if how_many(problem) > 1_500:
            continue
        check(problem)
        done += 1


@pytest.mark.parametrize("kind", ["whole", "split"])
def test_many_locations_are_looked_at_in_lots(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the first few, lot by lot: here one, and then two at a time."""
    monkeypatch.setattr(solver, "_FEW", 1)
    monkeypatch.setattr(solver, "_MANY", 2)
    rng = random.Random(f"lots {kind}")
    done = 0
    while done < 400:
        problem = problem_from(rng, kind)
        if how_many(problem) > 1_500:
            continue
        check(problem)
        done += 1


@given(st.integers(min_value=0), st.sampled_from(KINDS), st.booleans())
def test_the_plan_is_the_best_of_all_plans(seed: int, kind: str, bound: bool) -> None:
    rng = random.Random(seed)
    problem = problem_from(rng, kind)
    if bound:
        problem = constrained(rng, problem)
    if how_many(problem) <= 1_500:
        check(problem)


def cheapest_of_each(problem: Problem, opened: tuple[int, ...]) -> int | None:
    """What it costs that each item comes whole from its cheapest location of a set, if it can."""
    cost = sum(problem.fixed[j] for j in opened)
    for item, (quantity, column) in enumerate(zip(problem.quantities, problem.stock, strict=True)):
        offers = [quantity * problem.unit_cost(item, j) for j in opened if column[j] > 0]
        if not offers:
            return None
        cost += min(offers)
    return cost


@pytest.mark.parametrize("items", [59, 60, 61, 62, 130])
def test_an_order_of_many_lines_costs_what_its_best_set_of_locations_does(items: int) -> None:
    """Sets of items are kept as bits: here they are longer than a machine word."""
    rng = random.Random(f"many {items}")
    for _ in range(12):
        quantities = tuple(rng.randint(1, 3) for _ in range(items))
        # Each location holds all of an item or nothing of it; one somewhere does.
        holders = [set(rng.sample(range(8), rng.randint(2, 5))) for _ in range(items)]
        problem = Problem(
            tuple(f"I{i}" for i in range(items)),
            quantities,
            tuple(f"L{j}" for j in range(8)),
            tuple(
                tuple(quantity if j in held else 0 for j in range(8))
                for quantity, held in zip(quantities, holders, strict=True)
            ),
            tuple(rng.randint(20, 120) for _ in range(8)),
            (tuple(rng.randint(0, 9) for _ in range(8)),),
        )
        sets = itertools.chain.from_iterable(itertools.combinations(range(8), size) for size in range(1, 9))
        costs = [cost for opened in sets if (cost := cheapest_of_each(problem, opened)) is not None]
        solution = solve(problem)
        assert (solution.cost, solution.unfilled, solution.proven) == (min(costs), 0, True)


def split_over(problem: Problem, opened: tuple[int, ...]) -> int | None:
    """What it costs that each item comes from the cheapest of a set first, if they have what all have."""
    cost = sum(problem.fixed[j] for j in opened)
    for item, quantity in enumerate(problem.quantities):
        need = min(quantity, sum(max(0, units) for units in problem.stock[item]))
        for j in sorted(opened, key=lambda j: problem.unit_cost(item, j)):
            taken = min(need, max(0, problem.stock[item][j]))
            cost += taken * problem.unit_cost(item, j)
            need -= taken
        if need:
            return None
    return cost


def best_split(problem: Problem) -> tuple[int, list[int]]:
    count = len(problem.locations)
    sets = itertools.chain.from_iterable(
        itertools.combinations(range(count), size) for size in range(count + 1)
    )
    return min(
        (cost, sorted(opened, reverse=True))
        for opened in sets
        if (cost := split_over(problem, opened)) is not None
    )


@pytest.mark.parametrize("rows", ["alike", "apart"])
@pytest.mark.parametrize("seed", range(4))
def test_items_that_must_be_split_get_the_best_set_of_locations(seed: int, rows: str) -> None:
    rng = random.Random(f"split {rows} {seed}")
    for _ in range(400):
        items, count = rng.randint(2, 6), rng.randint(4, 8)
        quantities = tuple(rng.randint(1, 10) for _ in range(items))
        density = rng.choice([0.3, 0.6, 0.9])
        problem = Problem(
            tuple(f"I{i}" for i in range(items)),
            quantities,
            tuple(f"L{j}" for j in range(count)),
            tuple(
                tuple(rng.randint(1, 7) if rng.random() < density else 0 for _ in range(count))
                for _ in range(items)
            ),
            tuple(rng.randint(900, 1_100) for _ in range(count)),
            tuple(
                tuple(rng.randint(100, 400) for _ in range(count))
                for _ in range(items if rows == "apart" else 1)
            ),
        )
        solution = solve(problem, effort=1_000_000)
        used = sorted({j for _, j, _ in solution.moves}, reverse=True)
        assert solution.proven
        assert (solution.cost, used) == best_split(problem)


def test_what_comes_whole_from_one_location_is_held_against_what_it_costs_there() -> None:
    """Once a bound counted twice what an item costs beyond the least, when what is cheaper was closed."""
    problem = Problem(
        ("I0", "I2", "I3"),
        (10, 2, 5),
        tuple(f"L{j}" for j in range(7)),
        ((10, 0, 0, 0, 0, 0, 0), (0, 2, 2, 2, 2, 0, 2), (6, 3, 1, 3, 4, 2, 4)),
        (900, 1_090, 1_070, 1_050, 900, 900, 910),
        ((208, 138, 113, 264, 227, 330, 355),),
    )
    solution = solve(problem)
    assert (solution.cost, solution.unfilled, solution.proven) == (5_176, 0, True)
    assert best_split(problem) == (5_176, [1, 0])


@pytest.mark.parametrize("items", [1, 2, 4, 6, 8])
def test_items_that_disagree_about_what_is_cheap_get_the_best_set_of_locations(items: int) -> None:
    """Prices of scarce stock: of all sets that cost least, the one that the stated rule prefers."""
    rng = random.Random(f"priced {items}")
    for _ in range(25):
        count = rng.randint(1, 8)
        spread = rng.choice([1, 3, 60])
        quantities = tuple(rng.randint(1, 3) for _ in range(items))
        problem = Problem(
            tuple(f"I{i}" for i in range(items)),
            quantities,
            tuple(f"L{j}" for j in range(count)),
            tuple(
                tuple(rng.choice([-1, 0, quantity, quantity + 1]) for _ in range(count))
                for quantity in quantities
            ),
            tuple(rng.choice([0, spread, 2 * spread, 3 * spread]) for _ in range(count)),
            tuple(tuple(rng.randint(0, spread) for _ in range(count)) for _ in range(items)),
        )
        held = [item for item in range(items) if any(units > 0 for units in problem.stock[item])]
        fillable = Problem(
            tuple(problem.labels[item] for item in held),
            tuple(quantities[item] for item in held),
            problem.locations,
            tuple(problem.stock[item] for item in held),
            problem.fixed,
            tuple(problem.units[item] for item in held),
        )
        sets = itertools.chain.from_iterable(
            itertools.combinations(range(count), size) for size in range(count + 1)
        )
        costs = [
            (cost, sorted(opened, reverse=True))
            for opened in sets
            if (cost := cheapest_of_each(fillable, opened)) is not None
        ]
        solution = solve(problem)
        used = sorted({j for _, j, _ in solution.moves}, reverse=True)
        assert (solution.cost, used) == min(costs)
        assert solution.unfilled == sum(quantities) - sum(quantities[item] for item in held)
        assert solution.proven


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_after_a_location_is_filled_by_the_others_within_groups_and_limit(kind: str) -> None:
    rng = random.Random(f"without {kind}")
    for _ in range(150):
        problem = constrained(rng, problem_from(rng, kind))
        given = most(problem, 0, problem.quantities)
        for group in problem.groups:
            taken = {given[item] == problem.quantities[item] for item in group}
            assert taken == {True} or not any(given[item] for item in group)
        left = tuple(need - units for need, units in zip(problem.quantities, given, strict=True))
        rest = without(problem, 0, left)
        solution = solve(rest)
        used = {j for _, j, _ in solution.moves}
        assert 0 not in used
        assert keeps_groups(rest, matrix_of(rest, solution))
        if problem.at_most:
            assert len(used) < problem.at_most


def test_a_problem_whose_parts_do_not_fit_is_refused() -> None:
    good = Problem(("A",), (1,), ("x", "y"), ((1, 1),), (5, 5), ((0, 0),))
    assert solve(good).cost == 5
    bad: list[object] = [
        None,
        Problem(("A",), (0,), ("x", "y"), ((1, 1),), (5, 5), ((0, 0),)),
        Problem(("A",), (True,), ("x", "y"), ((1, 1),), (5, 5), ((0, 0),)),
        Problem(("A",), (1,), ("x", "y"), ((1,),), (5, 5), ((0, 0),)),
        Problem(("A",), (1,), ("x", "y"), ((1, 1),), (5, -5), ((0, 0),)),
        Problem(("A",), (1,), ("x", "y"), ((1, 1),), (5, 5), ()),
        Problem(("A",), (1,), ("x", "y"), ((1, 1),), (5, 6), ((0, 0),), scan=(1, 0)),
        Problem(("A",), (1,), ("x", "y"), ((1, 1),), (5, 6), ((0, 0),), packing=Packing((1,), (), (0, 0))),
    ]
    for problem in bad:
        with pytest.raises(InputError):
            solve(problem)  # type: ignore[arg-type]  # what a caller without a type checker does
