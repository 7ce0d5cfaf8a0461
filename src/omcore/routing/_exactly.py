"""Small waves exactly: the best joint plan of a few orders for a few units.

Decides it by going through the orders one by one, keeping for every state of the contended shelves the one
best way there; what cannot beat the best plan that is known is dropped. A count of steps bounds it: beyond
that it says nothing, and whoever asked has a bound by prices instead. Must not know how a plan is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from omcore.routing._greedy import cost_of
from omcore.routing._joint import Posed, Unfilled
from omcore.routing._sharing import Cell
from omcore.routing.problem import Ints, Problem

# So many ways to ship one order are looked at, and so many steps from state to state.
MAX_WAYS = 2_000
MAX_STEPS = 200_000

# Units that stay, the cost, and what is taken of each shelf.
_Way = tuple[int, int, dict[Cell, int]]
# Units that stay by priority, the cost, and the ways that led there, the last first.
_Value = tuple[Unfilled, int]
_Trail = tuple[dict[Cell, int], "_Trail"] | None


def exactly(
    orders: Sequence[Posed], ranks: Sequence[int], stock: Mapping[Cell, int], best: _Value
) -> list[dict[Cell, int]] | None:
    """What each order is given of each shelf by the best joint plan; [] where none beats ``best``, and None
    where that would take too long to say."""
    ways: dict[int, list[_Way]] = {}
    for i in ranks:
        if _count(orders[i].problem) > MAX_WAYS:
            return None
        ways[i] = list(_ways(orders[i], stock))
    contended = _contended(ways, stock)
    classes = sorted({order.demand.priority for order in orders})
    place = {priority: at for at, priority in enumerate(classes)}
    # What those still to come leave and cost at the least, behind each of them.
    least: Unfilled = (0,) * len(classes)
    alone = 0
    rests: list[tuple[Unfilled, int]] = []
    for i in reversed(ranks):
        rests.append((least, alone))
        least = _plus(least, place[orders[i].demand.priority], orders[i].least)
        alone += orders[i].alone.bound if orders[i].least < orders[i].units else 0
    rests.reverse()
    states: dict[Ints, tuple[_Value, _Trail]] = {(0,) * len(contended): ((least_none(classes), 0), None)}
    steps = 0
    for i, (stays_after, cost_after) in zip(ranks, rests, strict=True):
        at = place[orders[i].demand.priority]
        choices = _best_ways(ways[i], contended)
        reached: dict[Ints, tuple[_Value, _Trail]] = {}
        for taken, ((stays, cost), trail) in states.items():
            steps += len(choices)
            if steps > MAX_STEPS:
                return None
            for more, (units, price, takes) in choices:
                now = tuple([a + b for a, b in zip(taken, more, strict=True)])
                if any(a > stock[cell] for a, cell in zip(now, contended, strict=True)):
                    continue
                left, spent = _plus(stays, at, units), cost + price
                if (_sum(left, stays_after), spent + cost_after) >= best:
                    continue
                known = reached.get(now)
                if known is None or (left, spent) < known[0]:
                    reached[now] = (left, spent), (takes, trail)
        states = reached
    if not states:
        return []
    _, trail = min(states.values(), key=lambda entry: entry[0])
    given: list[dict[Cell, int]] = [{} for _ in orders]
    for i in reversed(ranks):
        if trail is not None:
            given[i], trail = trail
    return given


def least_none(classes: Sequence[int]) -> Unfilled:
    """Nothing stays, of any priority."""
    return (0,) * len(classes)


def _plus(stays: Unfilled, at: int, units: int) -> Unfilled:
    return (*stays[:at], stays[at] + units, *stays[at + 1 :])


def _sum(stays: Unfilled, more: Unfilled) -> Unfilled:
    return tuple([a + b for a, b in zip(stays, more, strict=True)])


def _count(problem: Problem) -> int:
    """At most so many ways there are to ship some of an order."""
    count = 1
    for item in range(len(problem.quantities)):
        count *= prod([problem.holds(item, j) + 1 for j in range(len(problem.locations))])
        if count > MAX_WAYS:
            break
    return count


def _ways(order: Posed, stock: Mapping[Cell, int]) -> Iterator[_Way]:
    """Every way to ship some of an order that its shelves allow."""
    problem = order.problem
    names = problem.locations
    whole = sum(problem.quantities)
    splits = []
    for item, wanted in enumerate(problem.quantities):
        each = product(*[range(problem.holds(item, j) + 1) for j in range(len(names))])
        splits.append([units for units in each if sum(units) <= wanted])
    for chosen in product(*splits):
        shipped = sum([sum(units) for units in chosen])
        if order.demand.ship_complete and 0 < shipped < whole:
            continue
        used = [j for j in range(len(names)) if any(units[j] for units in chosen)]
        if problem.at_most and len(used) > problem.at_most:
            continue
        if not all(_together(problem, group, chosen) for group in problem.groups):
            continue
        takes: dict[Cell, int] = {}
        for item, components in enumerate(order.items):
            for j in used:
                if chosen[item][j]:
                    for sku, each_takes in components:
                        cell = (sku, names[j])
                        takes[cell] = takes.get(cell, 0) + each_takes * chosen[item][j]
        if all(units <= stock[cell] for cell, units in takes.items()):
            cost = sum([cost_of(problem, j, tuple([units[j] for units in chosen])) for j in used])
            yield whole - shipped, cost, takes


def _together(problem: Problem, group: Ints, chosen: Sequence[Ints]) -> bool:
    """Whether a group ships whole from one location, or not at all."""
    if not any(any(chosen[item]) for item in group):
        return True
    return any(
        all(chosen[item][j] == problem.quantities[item] for item in group)
        for j in range(len(problem.locations))
    )


def _contended(ways: Mapping[int, Sequence[_Way]], stock: Mapping[Cell, int]) -> tuple[Cell, ...]:
    """The shelves of which all orders together could take more than there is."""
    most: dict[Cell, int] = {}
    for some in ways.values():
        here: dict[Cell, int] = {}
        for _, _, takes in some:
            for cell, units in takes.items():
                here[cell] = max(here.get(cell, 0), units)
        for cell, units in here.items():
            most[cell] = most.get(cell, 0) + units
    return tuple(sorted(cell for cell, units in most.items() if units > stock[cell]))


def _best_ways(ways: Sequence[_Way], contended: Sequence[Cell]) -> list[tuple[Ints, _Way]]:
    """The best way for each that is taken of contended shelves, the best first."""
    found: dict[Ints, _Way] = {}
    for way in ways:
        key = tuple([way[2].get(cell, 0) for cell in contended])
        known = found.get(key)
        if known is None or way[:2] < known[:2]:
            found[key] = way
    return sorted(found.items(), key=lambda entry: (entry[1][:2], entry[0]))


__all__ = ["MAX_STEPS", "MAX_WAYS", "exactly"]
