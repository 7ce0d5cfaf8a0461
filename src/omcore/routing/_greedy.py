"""Past the effort of the exact solvers: a good plan, and how far it may be off.

Decides a plan by the least cost per unit newly served, and a lower bound that holds for every
plan: each location's fixed cost is shared over the units it could ship at most, so no plan pays
less than its units' cheapest shares. Must not know where the numbers came from.
"""

from __future__ import annotations

from omcore.routing._packing import box, scale_of
from omcore.routing.problem import Ints, Move, Packing, Problem, Solution, most, walk_order

# Pairs of item and location beyond which every choice is made once.
_LARGE = 20_000
# Single locations that a large problem is priced for, the cheapest units first.
_SINGLES = 3


def solved(problem: Problem) -> Solution:
    """The better of: location after location by cost per unit; the one best single location.

    Where only so many locations may be used, also: location after location by units.
    """
    walk = problem.walk or walk_order(problem.units, len(problem.locations))
    plans = [gathered(problem, walk)]
    if problem.at_most:
        plans.append(gathered(problem, walk, fullest=True))
    wanted = sum(problem.quantities)
    for j in walk:
        units = most(problem, j, problem.quantities)
        if sum(units) == wanted:
            plans.append([(j, units)])
            if _is_large(problem) and len(plans) > _SINGLES:
                break
    best = min(plans, key=lambda plan: _judged(problem, plan))
    unfilled, cost = _judged(problem, best)
    moves: list[Move] = [(item, j, count) for j, units in best for item, count in enumerate(units) if count]
    bound = lower_bound(problem, wanted - unfilled)
    return Solution(tuple(moves), cost, unfilled, bound == cost and unfilled == _missing(problem), bound)


def _is_large(problem: Problem) -> bool:
    return len(problem.quantities) * len(problem.locations) > _LARGE


def cost_of(problem: Problem, j: int, units: Ints) -> int:
    """What it costs that location j ships these units by item; 0 for none."""
    if not any(units):
        return 0
    cost = problem.fixed[j]
    for item, count in enumerate(units):
        if count:
            cost += count * problem.unit_cost(item, j)
    packing = problem.packing
    if packing is not None:
        cost += box(units, scale_of(packing, j))[1]
    return cost


def _judged(problem: Problem, plan: list[tuple[int, Ints]]) -> tuple[int, int]:
    shipped = sum(sum(units) for _, units in plan)
    return sum(problem.quantities) - shipped, sum(cost_of(problem, j, units) for j, units in plan)


def gathered(problem: Problem, walk: Ints, *, fullest: bool = False) -> list[tuple[int, Ints]]:
    """Location after location, the least cost per unit newly served first; ties by the walk.

    ``fullest``: the most units newly served first, of as many the least cost. Else a large problem
    is taken as the walk goes, each location seen once: linear in its size.
    """
    large = _is_large(problem)
    left = list(problem.quantities)
    open_locations = list(walk)
    plan: list[tuple[int, Ints]] = []
    # What a location could ship of what is left: what that costs, how many units, and by item.
    known: dict[int, tuple[int, int, Ints]] = {}
    while open_locations and any(left) and not (problem.at_most and len(plan) == problem.at_most):
        best: tuple[int, int, int, Ints] | None = None
        idle: list[int] = []
        for j in open_locations:
            if j not in known:
                units = most(problem, j, left)
                count = sum(units)
                if not count:
                    idle.append(j)
                    continue
                if large and not fullest:
                    best = 0, 1, j, units
                    break
                known[j] = cost_of(problem, j, units), count, units
            cost, count, units = known[j]
            if best is None or (
                (-count, cost) < (-best[1], best[0]) if fullest else cost * best[1] < best[0] * count
            ):
                best = cost, count, j, units
        if best is None:
            break
        _, _, chosen, units = best
        plan.append((chosen, units))
        left = [a - b for a, b in zip(left, units, strict=True)]
        # Who could ship none of what was taken still can what it could; where items share shelves, maybe not.
        taken = [item for item, count in enumerate(units) if count]
        known = (
            {}
            if problem.pools
            else {j: could for j, could in known.items() if not any(could[2][item] for item in taken)}
        )
        # What has nothing to give now never will: needs only shrink.
        gone = {chosen, *idle}
        open_locations = [j for j in open_locations if j not in gone]
    return plan


def _missing(problem: Problem) -> int:
    """Units that no plan can ship, competition between items apart."""
    count = range(len(problem.locations))
    return sum(
        max(0, quantity - sum(problem.holds(item, j) for j in count))
        for item, quantity in enumerate(problem.quantities)
    )


def lower_bound(problem: Problem, filled: int) -> int:
    """No plan that ships at least so many units costs less."""
    if filled <= 0:
        return 0
    bound = max(_shared_bound(problem, filled), _apart_bound(problem, filled))
    packing = problem.packing
    if packing is not None and any(packing.divisors):
        bound = max(bound, _shared_bound(problem, filled, by_size=True))
    return bound


def _shared_bound(problem: Problem, filled: int, *, by_size: bool = False) -> int:
    """Every unit pays its share of its location and of its parcel's cheapest price per gram.

    Or per gram that its size is billed as: a parcel is billed for the more of the two, so either holds.
    """
    count = range(len(problem.locations))
    items = range(len(problem.quantities))
    holds = [[problem.holds(item, j) for j in count] for item in items]
    most_units = [sum(column[j] for column in holds) for j in count]
    packing = problem.packing
    shares: dict[tuple[int, int, int], int] = {}

    def share(item: int, j: int) -> int:
        """Alike for goods that are as heavy and as large, at locations of the same price lists."""
        if packing is None:
            return 0
        goods = packing.weights[item], packing.bulk[item] if packing.bulk else 0, packing.zone_of[j]
        found = shares.get(goods)
        if found is None:
            found = shares[goods] = _parcel_share(packing, item, j, by_size=by_size)
        return found

    offers = [
        [
            (
                problem.unit_cost(item, j) + problem.fixed[j] // most_units[j] + share(item, j),
                holds[item][j],
            )
            for j in count
            if holds[item][j]
        ]
        for item in items
    ]
    return _cheapest(problem, offers, filled)


def _apart_bound(problem: Problem, filled: int) -> int:
    """At least one location is used, for one parcel; every unit pays at least its own cost."""
    count = range(len(problem.locations))
    opening = list(problem.fixed)
    packing = problem.packing
    if packing is not None and min(packing.weights) >= 0:
        least = [min(cost for _, cost in brackets) for brackets in packing.zones]
        opening = [opening[j] + min(least[zone] for zone in packing.choices(j)) for j in count]
    offers: list[list[tuple[int, int]]] = []
    used: set[int] = set()
    for item in range(len(problem.quantities)):
        holds = [(j, problem.holds(item, j)) for j in count]
        offers.append([(problem.unit_cost(item, j), units) for j, units in holds if units])
        used.update(j for j, units in holds if units)
    return min((opening[j] for j in used), default=0) + _cheapest(problem, offers, filled)


def _parcel_share(packing: Packing, item: int, j: int, *, by_size: bool) -> int:
    if packing.weights[item] < 0:
        return 0
    share, parts = packing.weights[item], 1
    found = []
    for zone in packing.choices(j):
        if by_size:
            parts = packing.divisors[zone]
            if not parts or not packing.bulk:
                return 0
            share = packing.bulk[item]
        found.append(min(share * cost // (up_to * parts) for up_to, cost in packing.zones[zone]))
    return min(found)


def _cheapest(problem: Problem, offers: list[list[tuple[int, int]]], filled: int) -> int:
    """The cheapest ``filled`` units out of (cost each, units) by item, within each item's need."""
    cost = 0
    chosen: list[tuple[int, int]] = []
    for quantity, entries in zip(problem.quantities, offers, strict=True):
        left = quantity
        for each, units in sorted(entries):
            units = min(left, units)
            if not units:
                break
            chosen.append((each, units))
            left -= units
    for each, units in sorted(chosen):
        units = min(filled, units)
        cost += each * units
        filled -= units
    return cost


__all__ = ["cost_of", "gathered", "lower_bound", "solved"]
