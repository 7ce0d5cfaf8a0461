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
# What ships together in one step, as (item, units), and how many steps there are at most.
_Part = tuple[tuple[tuple[int, int], ...], int]


def solved(problem: Problem, effort: int) -> Solution | None:
    """The best plan by the order of judgment of ``solver``, or None where it takes more effort."""
    count = len(problem.locations)
    highest = _highest(problem)
    short = sum(problem.quantities) - sum(highest)
    if not any(highest):
        return Solution((), 0, short, True, 0)
    parts = _parts(problem, highest)
    if vectors([steps for _, steps in parts], effort) > effort:
        return None
    walk = problem.walk or walk_order(problem.units, count)
    useful = _useful(problem, walk, highest)
    box = _Box(highest, problem.at_most if problem.at_most < len(useful) else 0)
    choices = _choices(problem, box, useful, parts, effort)
    if choices is None:
        return None
    layers = _reached(box, choices, effort)
    if layers is None:
        return None
    taken, cost, left = _best(box, choices, layers, count)
    moves: list[Move] = []
    for j, packed in zip(useful, taken, strict=True):
        for item, units in enumerate(box.units(packed)):
            if units:
                moves.append((item, j, units))
    return Solution(tuple(moves), cost, short + left, True, cost)


def _highest(problem: Problem) -> Ints:
    """Units by item that could ship, nothing else competing; all of a group's or none."""
    count = range(len(problem.locations))
    highest = [
        min(quantity, sum(problem.holds(item, j) for j in count))
        for item, quantity in enumerate(problem.quantities)
    ]
    for group in problem.groups:
        if not any(all(problem.holds(i, j) == problem.quantities[i] for i in group) for j in count):
            for item in group:
                highest[item] = 0
    return tuple(highest)


def _parts(problem: Problem, highest: Ints) -> list[_Part]:
    """What ships in steps of its own: an item unit by unit, a group in one."""
    grouped = {item for group in problem.groups for item in group}
    parts: list[_Part] = [
        (((item, 1),), units) for item, units in enumerate(highest) if units and item not in grouped
    ]
    together = [group for group in problem.groups if group and highest[group[0]]]
    return parts + [(tuple([(item, highest[item]) for item in group]), 1) for group in together]


class _Box:
    """Vectors of units as ints and, in the bits on top, how many more locations may be used."""

    __slots__ = ("_items", "fields", "full", "guards", "one")

    def __init__(self, highest: Ints, at_most: int) -> None:
        self.fields = Fields(highest)
        top = self.fields.guards.bit_length()
        self._items = (1 << top) - 1
        self.guards = self.fields.guards
        self.full = self.fields.pack(highest)
        # What using a location takes besides units.
        self.one = 0
        if at_most:
            self.one = 1 << top
            self.full |= at_most << top
            self.guards |= 1 << (top + at_most.bit_length())

    def units(self, packed: int) -> Ints:
        return self.fields.unpack(packed & self._items)


def _useful(problem: Problem, walk: Ints, highest: Ints) -> list[int]:
    """The walk without locations that another one can replace in every plan.

    A location that could ship the whole order by itself replaces any other that costs no less in
    any part: whatever that one ships, this one can ship as well and as cheaply.
    """
    # Whoever is replaced replaces nobody that its own replacement would not, so few have to be asked; and
    # no replacement comes later in this order.
    first: list[int] = []
    for j in sorted([j for j in walk if _ample(problem, j, highest)], key=lambda j: (problem.fixed[j], j)):
        if not _is_replaced(problem, first, j):
            first.append(j)
    items = range(len(highest))
    return [
        j
        for j in walk
        if any(problem.holds(item, j) for item in items) and not _is_replaced(problem, first, j)
    ]


def _is_replaced(problem: Problem, by: list[int], j: int) -> bool:
    return any(_replaces(problem, k, j) for k in by if k != j)


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
    mine, other = packing.zone_of[k], packing.zone_of[j]
    for by_zone in (packing.divisors, packing.limits, packing.further):
        if by_zone and by_zone[mine] != by_zone[other]:
            return False
    ours, theirs = packing.zones[mine], packing.zones[other]
    return len(ours) == len(theirs) and all(
        a[0] == b[0] and a[1] <= b[1] for a, b in zip(ours, theirs, strict=True)
    )


def _choices(
    problem: Problem, box: _Box, useful: list[int], parts: list[_Part], effort: int
) -> list[_Choices] | None:
    shift = len(problem.locations)
    shifts = box.fields.shifts
    drawn = [dict(pool.draws) for pool in problem.pools]
    parcels = _parcels(problem, box, useful, effort)
    if parcels is None:
        return None
    out: list[_Choices] = []
    size = 0
    for j in useful:
        steps = [
            min(most, *[problem.holds(item, j) // units for item, units in part]) for part, most in parts
        ]
        size += vectors(steps, effort)
        if size > effort:
            return None
        # (packed, cost, left in each pool), grown part by part.
        pools = tuple(max(0, pool.stock[j]) for pool in problem.pools)
        found: list[tuple[int, int, Ints]] = [(box.one, problem.fixed[j], pools)]
        for (part, _), most in zip(parts, steps, strict=True):
            if not most:
                continue
            vector = sum([units << shifts[item] for item, units in part])
            each = sum([units * problem.unit_cost(item, j) for item, units in part])
            draws = tuple([sum([units * pool.get(item, 0) for item, units in part]) for pool in drawn])
            found = [
                (packed + times * vector, cost + times * each, rest)
                for packed, cost, left in found
                for times in range(most + 1)
                for rest in [tuple([a - times * b for a, b in zip(left, draws, strict=True)])]
                if not rest or min(rest) >= 0
            ]
        bit = 1 << j
        boxed, mask = parcels.get(j, (None, 0))
        priced = [
            (packed, ((cost + (boxed[packed & mask] if boxed is not None else 0)) << shift) | bit)
            for packed, cost, _ in found
            if packed != box.one
        ]
        priced.sort(reverse=True)
        out.append(priced)
    return out


def _parcels(
    problem: Problem, box: _Box, useful: list[int], effort: int
) -> dict[int, tuple[dict[int, int], int]] | None:
    """By location: parcel cost by packed vector, and the mask of what goes into parcels at all."""
    packing = problem.packing
    if packing is None:
        return {}
    fields = box.fields
    packable = tuple(
        units if weight >= 0 else 0
        for units, weight in zip(box.units(box.full), packing.weights, strict=True)
    )
    zones = {packing.zone_of[j]: j for j in useful}
    if len(zones) * vectors(packable, effort) ** 2 > effort:
        return None
    full = [(1 << units.bit_length()) - 1 if units else 0 for units in packable]
    mask = fields.pack(full)
    priced = {zone: Parcels(fields, packable, scale_of(packing, j)).costs for zone, j in zones.items()}
    return {j: (priced[packing.zone_of[j]], mask) for j in useful}


def _reached(box: _Box, choices: list[_Choices], effort: int) -> list[set[int]] | None:
    """The vectors that may still be needed before each location."""
    guards = box.guards
    layers = [{box.full}]
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
    box: _Box, choices: list[_Choices], layers: list[set[int]], count: int
) -> tuple[list[int], int, int]:
    """What each useful location ships (packed), the cost, and the units left unfilled.

    One int judges a plan: unfilled units, cost, set of locations, what is left of which item.
    """
    guards = box.guards
    below = guards.bit_length()
    dearest = sum(priced[i][1] for priced in choices for i in range(len(priced)))
    unfilled = (dearest >> count) + 1
    values = {left: (((sum(box.units(left)) * unfilled) << count) << below) | left for left in layers[-1]}
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
    rest = sum(box.units(left))
    return taken, total - rest * unfilled, rest


__all__ = ["solved"]
