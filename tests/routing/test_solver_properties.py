"""What must hold between the plans of two problems, of which one allows all that the other does.

Problems here are larger than can be tried plan by plan; what is compared are two answers of the solver, or
its answer and that of a greedy router as shops write them.
"""

from __future__ import annotations

import random

import attrs
from hypothesis import given
from hypothesis import strategies as st

from omcore.routing import Packing, Pool, Problem, Solution, solve

KINDS = ("whole", "split", "priced", "priced and split", "pools", "parcels")
seeds = st.integers(min_value=0)


def problem_from(rng: random.Random, kind: str) -> Problem:
    small = kind in ("pools", "parcels")
    items = rng.randint(1, 3 if small else 7)
    count = rng.randint(2, 5 if small else 14)
    most = 1 if kind in ("whole", "priced") else 3
    spread = rng.choice([2, 40, 400])
    density = rng.choice([0.2, 0.5, 0.9])
    rows = items if kind.startswith("priced") else 1
    pools: tuple[Pool, ...] = ()
    if kind == "pools":
        stock = tuple(rng.randint(0, 6) for _ in range(count))
        pools = (Pool("SHARED", stock, tuple((item, rng.randint(1, 2)) for item in range(items))),)
    packing = None
    if kind == "parcels":
        zone = tuple((grams, rng.randint(1, 90)) for grams in sorted(rng.sample(range(1, 12), 3)))
        packing = Packing(tuple(rng.randint(0, 5) for _ in range(items)), (zone,), (0,) * count)
    return Problem(
        tuple(f"I{item}" for item in range(items)),
        tuple(rng.randint(1, most) for _ in range(items)),
        tuple(f"L{j}" for j in range(count)),
        tuple(
            tuple(rng.randint(1, most + 1) if rng.random() < density else 0 for _ in range(count))
            for _ in range(items)
        ),
        tuple(rng.choice([0, 90, 90 + rng.randint(0, 20)]) for _ in range(count)),
        tuple(tuple(rng.randint(0, spread) for _ in range(count)) for _ in range(rows)),
        pools=pools,
        packing=packing,
        groups=((0, 1),) if items > 1 and rng.random() < 0.3 else (),
        at_most=rng.choice([0, 0, 1, 2, 3]),
    )


def no_better(narrow: Solution, wide: Solution) -> None:
    """What allows less fills no more, and as much for no less."""
    assert wide.bound <= wide.cost
    assert narrow.bound <= narrow.cost
    if wide.proven:
        assert narrow.unfilled >= wide.unfilled
        if narrow.unfilled == wide.unfilled:
            assert narrow.cost >= wide.cost


def greedy(problem: Problem) -> tuple[int, int]:
    """(unfilled, cost): the location with most of what is left, the cheapest of those, and again."""
    left = list(problem.quantities)
    cost = 0
    open_locations = set(range(len(problem.locations)))
    while any(left):
        offers = []
        for j in sorted(open_locations):
            gives = [min(need, max(0, column[j])) for need, column in zip(left, problem.stock, strict=True)]
            if any(gives):
                price = problem.fixed[j] + sum(
                    units * problem.unit_cost(item, j) for item, units in enumerate(gives)
                )
                offers.append((-sum(gives), price, j, gives))
        if not offers:
            break
        _, price, j, gives = min(offers)
        cost += price
        open_locations.remove(j)
        left = [need - units for need, units in zip(left, gives, strict=True)]
    return sum(left), cost


@given(
    seeds,
    st.sampled_from(["whole", "split", "priced", "priced and split"]),
    st.sampled_from([1, 300, 100_000]),
)
def test_no_plan_is_dearer_than_a_greedy_one(seed: int, kind: str, effort: int) -> None:
    problem = attrs.evolve(problem_from(random.Random(seed), kind), groups=(), at_most=0)
    solution = solve(problem, effort)
    unfilled, cost = greedy(problem)
    assert solution.unfilled == unfilled
    if solution.proven or effort > 1:
        assert solution.cost <= cost
    assert solution.bound <= min(cost, solution.cost)


@given(seeds, st.sampled_from(KINDS))
def test_more_stock_never_makes_the_best_plan_dearer(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    problem = problem_from(rng, kind)
    more = tuple(tuple(units + rng.choice([0, 0, 1, 3]) for units in column) for column in problem.stock)
    pools = tuple(
        attrs.evolve(pool, stock=tuple(units + rng.choice([0, 1]) for units in pool.stock))
        for pool in problem.pools
    )
    no_better(solve(problem), solve(attrs.evolve(problem, stock=more, pools=pools)))


@given(seeds, st.sampled_from(KINDS))
def test_another_location_never_makes_the_best_plan_dearer(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    problem = problem_from(rng, kind)
    gone = rng.randrange(len(problem.locations))
    closed = attrs.evolve(
        problem,
        stock=tuple(
            tuple(0 if j == gone else units for j, units in enumerate(column)) for column in problem.stock
        ),
    )
    no_better(solve(closed), solve(problem))


@given(seeds, st.sampled_from(KINDS))
def test_a_tighter_limit_never_makes_the_best_plan_cheaper(seed: int, kind: str) -> None:
    problem = attrs.evolve(problem_from(random.Random(seed), kind), at_most=0)
    wide = solve(problem)
    for most in (5, 3, 2, 1):
        narrow = solve(attrs.evolve(problem, at_most=most))
        assert len({j for _, j, _ in narrow.moves}) <= most
        no_better(narrow, wide)
        wide = narrow


@given(seeds, st.sampled_from(KINDS))
def test_what_must_ship_together_never_ships_cheaper(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    problem = problem_from(rng, kind)
    items = list(range(len(problem.quantities)))
    rng.shuffle(items)
    apart = solve(attrs.evolve(problem, groups=()))
    pair = solve(attrs.evolve(problem, groups=(tuple(items[:2]),)))
    more = solve(attrs.evolve(problem, groups=(tuple(items[:3]),)))
    no_better(pair, apart)
    no_better(more, pair)


@given(seeds, st.sampled_from(KINDS), st.integers(min_value=2, max_value=10**12))
def test_the_plan_is_the_same_in_any_unit_of_cost(seed: int, kind: str, times: int) -> None:
    problem = problem_from(random.Random(seed), kind)
    packing = problem.packing
    if packing is not None:
        zones = tuple(tuple((grams, cost * times) for grams, cost in zone) for zone in packing.zones)
        packing = attrs.evolve(packing, zones=zones)
    dear = attrs.evolve(
        problem,
        fixed=tuple(cost * times for cost in problem.fixed),
        units=tuple(tuple(cost * times for cost in row) for row in problem.units),
        packing=packing,
    )
    plan, same = solve(problem), solve(dear)
    if plan.proven:
        assert (same.moves, same.cost) == (plan.moves, plan.cost * times)


@given(seeds, st.sampled_from(KINDS))
def test_the_plan_costs_the_same_in_any_order_of_lines_and_locations(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    problem = problem_from(rng, kind)
    rows, columns = list(range(len(problem.quantities))), list(range(len(problem.locations)))
    rng.shuffle(rows)
    rng.shuffle(columns)

    def turned(by_location: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(by_location[j] for j in columns)

    place = {item: at for at, item in enumerate(rows)}
    packing = problem.packing
    if packing is not None:
        packing = attrs.evolve(packing, weights=tuple(packing.weights[item] for item in rows))
    other = attrs.evolve(
        problem,
        quantities=tuple(problem.quantities[item] for item in rows),
        stock=tuple(turned(problem.stock[item]) for item in rows),
        fixed=turned(problem.fixed),
        units=tuple(turned(row) for row in problem.units)
        if len(problem.units) == 1
        else tuple(turned(problem.units[item]) for item in rows),
        pools=tuple(
            attrs.evolve(
                pool,
                stock=turned(pool.stock),
                draws=tuple(sorted((place[item], draw) for item, draw in pool.draws)),
            )
            for pool in problem.pools
        ),
        packing=packing,
        groups=tuple(tuple(place[item] for item in group) for group in problem.groups),
    )
    plan, same = solve(problem), solve(other)
    if plan.proven and same.proven:
        assert (same.unfilled, same.cost) == (plan.unfilled, plan.cost)
