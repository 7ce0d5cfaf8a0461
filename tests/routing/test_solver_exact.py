"""The solver against a second one that tries every plan.

The oracle knows nothing of how the solver works: it lists every distribution of every item over
the locations, throws away what the shelves do not hold, prices what is left (parcels by listing
every partition) and judges by the rule as it is written: fewer unfilled, cheaper, better set of
locations, earlier items filled first, cheaper and better-ranked locations first.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import InputError
from omcore.routing import Packing, Pool, Problem, Solution, solve, solver
from omcore.routing.problem import without

Matrix = tuple[tuple[int, ...], ...]


def distributions(total: int, caps: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every way to take up to ``total`` units from places that hold ``caps``."""
    if not caps:
        yield ()
        return
    for units in range(min(total, caps[0]) + 1):
        for rest in distributions(total - units, caps[1:]):
            yield (units, *rest)


def parcel_price(brackets: tuple[tuple[int, int], ...], grams: int) -> int:
    for up_to, cost in brackets:
        if grams <= up_to:
            return cost
    up_to, cost = brackets[-1]
    times = 1
    while times * up_to < grams:
        times += 1
    return times * cost


def partitions(units: tuple[tuple[int, int], ...]) -> Iterator[list[tuple[int, int]]]:
    """Every partition of single units (by weight and size) into parcels, as the same of parcels."""
    if not units:
        yield []
        return
    grams, size = units[0]
    for parcels in partitions(units[1:]):
        yield [units[0], *parcels]
        for i, (others, taken) in enumerate(parcels):
            yield [*parcels[:i], (others + grams, taken + size), *parcels[i + 1 :]]


def billed(grams: int, size: int, divisor: int) -> int:
    while divisor and grams * divisor < size:
        grams += 1
    return grams


def priced(problem: Problem, matrix: Matrix) -> int:
    cost = 0
    for j in range(len(problem.locations)):
        shipped = [row[j] for row in matrix]
        if not any(shipped):
            continue
        cost += problem.fixed[j]
        for item, units in enumerate(shipped):
            row = problem.units[0] if len(problem.units) == 1 else problem.units[item]
            cost += units * row[j]
        if problem.packing is not None:
            zone = problem.packing.zone_of[j]
            brackets = problem.packing.zones[zone]
            divisor = problem.packing.divisors[zone] if problem.packing.divisors else 0
            sizes = problem.packing.bulk or (0,) * len(shipped)
            boxed = [
                (weight, size)
                for units, weight, size in zip(shipped, problem.packing.weights, sizes, strict=True)
                for _ in range(units)
                if weight >= 0
            ]
            cost += min(
                sum(parcel_price(brackets, billed(*parcel, divisor)) for parcel in parcels)
                for parcels in partitions(tuple(boxed))
            )
    return cost


def within_pools(problem: Problem, matrix: Matrix) -> bool:
    for pool in problem.pools:
        for j, have in enumerate(pool.stock):
            if sum(draw * matrix[item][j] for item, draw in pool.draws) > max(0, have):
                return False
    return True


def keeps_groups(problem: Problem, matrix: Matrix) -> bool:
    """Each group comes whole from one location, or not at all."""
    for group in problem.groups:
        given = {j for item in group for j, units in enumerate(matrix[item]) if units}
        whole = all(sum(matrix[item]) == problem.quantities[item] for item in group)
        if given and not (whole and len(given) == 1):
            return False
    return True


def keeps_the_limit(problem: Problem, matrix: Matrix) -> bool:
    used = [j for j in range(len(problem.locations)) if any(row[j] for row in matrix)]
    return not problem.at_most or len(used) <= problem.at_most


def judged(problem: Problem, matrix: Matrix) -> tuple[object, ...]:
    """Less is better, in the order of judgment."""
    count = len(problem.locations)
    rows = problem.units if len(problem.units) > 1 else problem.units * len(problem.quantities)
    walk = sorted(range(count), key=lambda j: (sum(row[j] for row in rows), j))
    used = sorted((j for j in range(count) if any(row[j] for row in matrix)), reverse=True)
    fills = [sum(row) for row in matrix]
    return (
        sum(problem.quantities) - sum(fills),
        priced(problem, matrix),
        used,
        [-fill for fill in fills],
        [-row[j] for j in walk for row in matrix],
    )


def best_of_all(problem: Problem) -> tuple[Matrix, tuple[object, ...]]:
    options = []
    for quantity, column in zip(problem.quantities, problem.stock, strict=True):
        options.append(list(distributions(quantity, tuple(max(0, units) for units in column))))
    plans = (
        matrix
        for matrix in itertools.product(*options)
        if within_pools(problem, matrix)
        and keeps_groups(problem, matrix)
        and keeps_the_limit(problem, matrix)
    )
    found = min(((judged(problem, matrix), matrix) for matrix in plans), key=lambda entry: entry[0])
    return found[1], found[0]


def matrix_of(problem: Problem, solution: Solution) -> Matrix:
    matrix = [[0] * len(problem.locations) for _ in problem.quantities]
    for item, j, units in solution.moves:
        assert matrix[item][j] == 0, "a pair of item and location stands twice"
        assert units > 0
        matrix[item][j] = units
    return tuple(map(tuple, matrix))


def how_many(problem: Problem) -> int:
    """Plans that the oracle would list."""
    count = 1
    for quantity, column in zip(problem.quantities, problem.stock, strict=True):
        count *= sum(1 for _ in distributions(quantity, tuple(max(0, units) for units in column)))
        if count > 4_000:
            break
    return count


def problem_from(rng: random.Random, kind: str) -> Problem:
    """A small problem with many ties: costs and stocks are small numbers."""
    count = rng.randint(1, 4)
    items = rng.randint(1, 3)
    most = 1 if kind in ("whole", "priced") else 3
    spread = rng.choice([0, 1, 3, 30])
    quantities = tuple(rng.randint(1, most) for _ in range(items))
    stock = tuple(tuple(rng.choice([-1, 0, 0, 1, 2, 3]) for _ in range(count)) for _ in range(items))
    rows = items if kind in ("rows", "priced") else 1
    units = tuple(tuple(rng.randint(0, spread) for _ in range(count)) for _ in range(rows))
    pools: tuple[Pool, ...] = ()
    if kind == "pools":
        pools = tuple(
            Pool(
                f"P{p}",
                tuple(rng.choice([-1, 0, 1, 2, 3, 5]) for _ in range(count)),
                tuple((item, rng.choice([1, 2])) for item in range(items) if rng.random() < 0.67),
            )
            for p in range(rng.randint(1, 2))
        )
    packing = None
    if kind in ("parcels", "sizes"):
        zones = tuple(
            tuple((grams, rng.randint(0, 9)) for grams in sorted(rng.sample(range(1, 9), rng.randint(1, 3))))
            for _ in range(rng.randint(1, 2))
        )
        packing = Packing(
            tuple(rng.choice([-1, 0, 1, 2, 3, 5]) for _ in range(items)),
            zones,
            tuple(rng.randrange(len(zones)) for _ in range(count)),
        )
    if packing is not None and kind == "sizes":
        packing = attrs.evolve(
            packing,
            bulk=tuple(rng.choice([0, 1, 5, 20, 40]) for _ in range(items)),
            divisors=tuple(rng.choice([0, 3, 10]) for _ in packing.zones),
        )
    return Problem(
        tuple(f"I{i}" for i in range(items)),
        quantities,
        tuple(f"L{j}" for j in range(count)),
        stock,
        tuple(rng.choice([0, 1, spread, 2 * spread]) for _ in range(count)),
        units,
        pools=pools,
        packing=packing,
    )


def constrained(rng: random.Random, problem: Problem) -> Problem:
    """The same with items that ship together, with a limit on locations, or with both."""
    groups: tuple[tuple[int, ...], ...] = ()
    if rng.random() < 0.67:
        items = list(range(len(problem.quantities)))
        rng.shuffle(items)
        at = rng.randint(1, len(items))
        groups = (tuple(items[:at]),) if rng.random() < 0.7 else (tuple(items[:at]), tuple(items[at:]))
    return attrs.evolve(problem, groups=groups, at_most=rng.choice([0, 1, 1, 2, 2, 3]))


KINDS = ("whole", "split", "priced", "rows", "pools", "parcels", "sizes")


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


@pytest.mark.parametrize("kind", ["pools", "parcels", "sizes"])
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


def test_what_is_left_of_a_problem_has_nothing_at_the_location_that_gave() -> None:
    rng = random.Random("without")
    for _ in range(200):
        problem = problem_from(rng, "pools")
        rest = without(problem, 0, problem.quantities)
        solution = solve(rest)
        assert all(j != 0 for _, j, _ in solution.moves)


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
