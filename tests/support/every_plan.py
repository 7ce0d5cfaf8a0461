"""A second router: it lists every plan of a small problem and judges by the rule as it is written.

The oracle knows nothing of how the solver works: it lists every distribution of every item over
the locations, throws away what the shelves do not hold, what parts a group or uses too many
locations, prices what is left (parcels by listing every partition) and judges: fewer unfilled,
cheaper, better set of locations, earlier items filled first, cheaper and better-ranked locations
first. It draws its problems too, small and full of ties.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import attrs

from omcore.routing import Packing, Pool, Problem, Solution

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


def least_price(packing: Packing, j: int, grams: int, size: int) -> int:
    """Of the lists by which a parcel from a location may be priced, the cheapest that takes its weight."""
    prices = []
    own = packing.zone_of[j]
    for zone in (own, *(packing.further[own] if packing.further else ())):
        divisor = packing.divisors[zone] if packing.divisors else 0
        limit = packing.limits[zone] if packing.limits else 0
        if not limit or grams <= limit:
            prices.append(parcel_price(packing.zones[zone], billed(grams, size, divisor)))
    return min(prices, default=10**30)


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
            sizes = problem.packing.bulk or (0,) * len(shipped)
            boxed = [
                (weight, size)
                for units, weight, size in zip(shipped, problem.packing.weights, sizes, strict=True)
                for _ in range(units)
                if weight >= 0
            ]
            cost += min(
                sum(least_price(problem.packing, j, *parcel) for parcel in parcels)
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
    highest = 1 if kind in ("whole", "priced") else 3
    spread = rng.choice([0, 1, 3, 30])
    quantities = tuple(rng.randint(1, highest) for _ in range(items))
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
    if kind in ("parcels", "sizes", "carriers"):
        zones = tuple(
            tuple((grams, rng.randint(0, 9)) for grams in sorted(rng.sample(range(1, 9), rng.randint(1, 3))))
            for _ in range(rng.randint(1, 2))
        )
        packing = Packing(
            tuple(rng.choice([-1, 0, 1, 2, 3, 5]) for _ in range(items)),
            zones,
            tuple(rng.randrange(len(zones)) for _ in range(count)),
        )
    if packing is not None and kind == "carriers":
        # One that takes any weight, and besides it some that are perhaps cheaper and do not.
        count_of_zones = len(packing.zones)
        more = tuple(tuple((grams, cost // 2) for grams, cost in zone) for zone in packing.zones)
        packing = attrs.evolve(
            packing,
            zones=(*packing.zones, *more),
            bulk=tuple(rng.choice([0, 1, 5, 20]) for _ in range(items)),
            divisors=tuple(rng.choice([0, 3]) for _ in range(2 * count_of_zones)),
            limits=(*[0] * count_of_zones, *[rng.choice([0, 1, 2, 4, 6]) for _ in range(count_of_zones)]),
            further=(
                *[rng.choice([(), (zone + count_of_zones,)]) for zone in range(count_of_zones)],
                *[() for _ in range(count_of_zones)],
            ),
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


KINDS = ("whole", "split", "priced", "rows", "pools", "parcels", "sizes", "carriers")
