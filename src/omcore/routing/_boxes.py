"""The exact solver for coupled problems: shared stock and parcels, unit by unit.

Decides what the walk over locations cannot: kits and singles that compete for one shelf, parcels
whose price is not linear. Dynamic programming over vectors of units, location by location: exact,
and feasible while the box of all vectors is small. Must not know where the numbers came from.
"""

from __future__ import annotations

from omcore.routing._packing import Fields, Parcels, scale_of, vectors
from omcore.routing.problem import Ints, Move, Problem, Solution, walk_order

# What a location may ship: (packed vector, cost with the location's bit), fullest vector first.
_Choices = list[tuple[int, int]]


def solved(problem: Problem, effort: int) -> Solution | None:
    """The best plan by the order of judgment of ``solver``, or None where it takes more effort."""
    items = range(len(problem.quantities))
    count = len(problem.locations)
    highest = tuple(
        min(problem.quantities[item], sum(problem.holds(item, j) for j in range(count))) for item in items
    )
    short = sum(problem.quantities) - sum(highest)
    if not any(highest):
        return Solution((), 0, short, True, 0)
    if vectors(highest, effort) > effort:
        return None
    fields = Fields(highest)
    walk = problem.walk or walk_order(problem.units, count)
    useful = _useful(problem, walk, highest)
    choices = _choices(problem, fields, useful, highest, effort)
    if choices is None:
        return None
    layers = _reached(fields, choices, fields.pack(highest), effort)
    if layers is None:
        return None
    taken, cost, left = _best(problem, fields, choices, layers, count)
    moves: list[Move] = []
    for j, packed in zip(useful, taken, strict=True):
        for item, units in enumerate(fields.unpack(packed)):
            if units:
                moves.append((item, j, units))
    return Solution(tuple(moves), cost, short + left, True, cost)


def _useful(problem: Problem, walk: Ints, highest: Ints) -> list[int]:
    """The walk without locations that another one can replace in every plan.

    A location that could ship the whole order by itself replaces any other that costs no less in
    any part: whatever that one ships, this one can ship as well and as cheaply.
    """
    ample = [j for j in walk if _ample(problem, j, highest)]
    useful: list[int] = []
    for j in walk:
        if not any(problem.holds(item, j) for item in range(len(highest))):
            continue
        if not any(_replaces(problem, k, j) for k in ample if k != j):
            useful.append(j)
    return useful


def _ample(problem: Problem, j: int, highest: Ints) -> bool:
    for item, units in enumerate(highest):
        if problem.stock[item][j] < units:
            return False
    return all(
        sum(draw * highest[item] for item, draw in pool.draws) <= max(0, pool.stock[j])
        for pool in problem.pools
    )


def _replaces(problem: Problem, k: int, j: int) -> bool:
    if problem.fixed[k] > problem.fixed[j] or (problem.fixed[k] == problem.fixed[j] and k > j):
        return False
    if any(row[k] > row[j] for row in problem.units):
        return False
    packing = problem.packing
    if packing is None or packing.zone_of[k] == packing.zone_of[j]:
        return True
    if packing.divisors and packing.divisors[packing.zone_of[k]] != packing.divisors[packing.zone_of[j]]:
        return False
    ours, theirs = packing.zones[packing.zone_of[k]], packing.zones[packing.zone_of[j]]
    return len(ours) == len(theirs) and all(
        a[0] == b[0] and a[1] <= b[1] for a, b in zip(ours, theirs, strict=True)
    )


def _choices(
    problem: Problem, fields: Fields, useful: list[int], highest: Ints, effort: int
) -> list[_Choices] | None:
    shift = len(problem.locations)
    items = range(len(highest))
    parcels = _parcels(problem, fields, useful, highest, effort)
    if parcels is None:
        return None
    out: list[_Choices] = []
    size = 0
    for j in useful:
        limits = [min(highest[item], problem.holds(item, j)) for item in items]
        size += vectors(limits, effort)
        if size > effort:
            return None
        # (packed, cost, left in each pool), grown item by item.
        pools = tuple(max(0, pool.stock[j]) for pool in problem.pools)
        found: list[tuple[int, int, Ints]] = [(0, problem.fixed[j], pools)]
        for item in items:
            if not limits[item]:
                continue
            each = problem.unit_cost(item, j)
            at = fields.shifts[item]
            draws = tuple(dict(pool.draws).get(item, 0) for pool in problem.pools)
            found = [
                (packed + (units << at), cost + units * each, rest)
                for packed, cost, left in found
                for units in range(limits[item] + 1)
                for rest in [tuple([a - units * b for a, b in zip(left, draws, strict=True)])]
                if not rest or min(rest) >= 0
            ]
        bit = 1 << j
        boxed, mask = parcels.get(j, (None, 0))
        priced = [
            (packed, ((cost + (boxed[packed & mask] if boxed is not None else 0)) << shift) | bit)
            for packed, cost, _ in found
            if packed
        ]
        priced.sort(reverse=True)
        out.append(priced)
    return out


def _parcels(
    problem: Problem, fields: Fields, useful: list[int], highest: Ints, effort: int
) -> dict[int, tuple[dict[int, int], int]] | None:
    """By location: parcel cost by packed vector, and the mask of what goes into parcels at all."""
    packing = problem.packing
    if packing is None:
        return {}
    packable = tuple(
        units if weight >= 0 else 0 for units, weight in zip(highest, packing.weights, strict=True)
    )
    zones = sorted({packing.zone_of[j] for j in useful})
    if len(zones) * vectors(packable, effort) ** 2 > effort:
        return None
    full = [(1 << units.bit_length()) - 1 if units else 0 for units in packable]
    mask = fields.pack(full)
    priced = {zone: Parcels(fields, packable, scale_of(packing, zone)).costs for zone in zones}
    return {j: (priced[packing.zone_of[j]], mask) for j in useful}


def _reached(fields: Fields, choices: list[_Choices], start: int, effort: int) -> list[set[int]] | None:
    """The vectors that may still be needed before each location."""
    guards = fields.guards
    layers = [{start}]
    steps = 0
    for priced in choices:
        steps += len(layers[-1]) * len(priced)
        if steps > effort:
            return None
        following = set(layers[-1])
        for left in layers[-1]:
            room = left | guards
            for packed, _ in priced:
                if (room - packed) & guards == guards:
                    following.add(left - packed)
        layers.append(following)
    return layers


def _best(
    problem: Problem, fields: Fields, choices: list[_Choices], layers: list[set[int]], count: int
) -> tuple[list[int], int, int]:
    """What each useful location ships (packed), the cost, and the units left unfilled.

    One int judges a plan: unfilled units, cost, set of locations, what is left of which item.
    """
    guards = fields.guards
    below = guards.bit_length()
    dearest = sum(priced[i][1] for priced in choices for i in range(len(priced)))
    unfilled = (dearest >> count) + 1
    values = {left: (((sum(fields.unpack(left)) * unfilled) << count) << below) | left for left in layers[-1]}
    picks: list[dict[int, int]] = []
    for priced, layer in zip(reversed(choices), reversed(layers[:-1]), strict=True):
        shifted = [(packed, cost << below) for packed, cost in priced]
        values_here: dict[int, int] = {}
        pick: dict[int, int] = {}
        for left in layer:
            room = left | guards
            best = -1
            chosen = 0
            # The fullest vector comes first and wins a tie: rule 5 of the order of judgment.
            for packed, cost in shifted:
                if (room - packed) & guards == guards:
                    value = cost + values[left - packed]
                    if best < 0 or value < best:
                        best, chosen = value, packed
            if best < 0 or values[left] < best:
                best, chosen = values[left], 0
            values_here[left] = best
            pick[left] = chosen
        values = values_here
        picks.append(pick)
    picks.reverse()
    (left,) = layers[0]
    total = values[left] >> below >> count
    taken: list[int] = []
    for pick in picks:
        taken.append(pick[left])
        left -= pick[left]
    rest = sum(fields.unpack(left))
    return taken, total - rest * unfilled, rest


__all__ = ["solved"]
