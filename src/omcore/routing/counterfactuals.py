"""What would have to be otherwise for a location to ship (R2): asked of the same solver.

Decides, for a location that a plan does not use, the fewest units more on its shelves with which
it would be in the best plan, by how much its part would have to cost less, or the rule that stands
in the way. A location with more stock never does worse, so the additions that are enough have a
lower edge, and the search looks for the lowest point of it: first what each SKU needs however much
there is of the others, which is the answer nearly always, then sums of units one after the other.
Must not know stock that the problem does not show, nor how an answer is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from omcore.kernel import changed, record
from omcore.routing._greedy import cost_of
from omcore.routing._packing import is_exact, vectors
from omcore.routing.constraints import SAFETY_STOCK
from omcore.routing.problem import Ints, Pool, Problem, contested, without
from omcore.routing.solver import solved
from omcore.routing.verdicts import Named

# Steps that a location may take where nothing is said, and that each question to the solver may.
LOOK = 20_000
_EFFORT = 10_000
# Questions to the solver about one location: no more, and not begun with fewer.
_MOST, _LEAST = 400, 8


@record
class Counterfactual:
    """With what a location would have been in the plan.

    ``stock`` is the fewest units more, (SKU, units) in the order of the lines, with which the best
    plan ships something from there, and all of the order where it ships complete; among as few
    those with more of the earlier SKUs. None where no stock would do. ``whole`` is what it lacks to
    ship the whole order by itself; None where a rule keeps an item from it. ``cut`` is how much
    less its part would have to cost for a plan with it to cost no more than this plan; where they
    cost the same, the rule for ties decides. None where no price would do. ``rule`` is the code of
    what stands in the way where nothing else would do. ``proven``: it is exact.
    """

    location: str
    stock: Named | None = None
    whole: Named | None = None
    cut: int | None = None
    rule: str = ""
    proven: bool = True


class _Tired(Exception):
    """The questions that a location is allowed are used up."""


class _Asked:
    """The solver, asked a bounded number of times, and whether it was sure each time."""

    def __init__(self, problem: Problem, effort: int) -> None:
        size = max(1, len(problem.quantities) * len(problem.locations))
        self.left = min(_MOST, effort // size)
        self.enough = self.left >= _LEAST
        self.proven = True

    def solution(self, problem: Problem) -> tuple[tuple[tuple[int, int, int], ...], int, int]:
        if self.left <= 0:
            raise _Tired
        self.left -= 1
        moves, cost, unfilled, proven, _ = solved(problem, _EFFORT)
        self.proven = self.proven and proven
        return moves, cost, unfilled


def counterfactual_of(
    problem: Problem, j: int, cost: int, unfilled: int, withheld: str, effort: int = LOOK
) -> Counterfactual:
    """Of a location of a problem that its plan, of so much cost and so many units unfilled, does not use."""
    location = problem.locations[j]
    barred = _barred(problem, j)
    shelves = _shelves(problem, j, barred)
    whole = None if barred else tuple([(shelf.sku, cap) for shelf, cap in shelves if cap])
    if len(barred) == len(problem.quantities):
        return Counterfactual(location, rule=next(iter(barred.values()), ""))
    asked = _Asked(problem, effort)
    if not asked.enough:
        return Counterfactual(location, whole=whole, proven=False)

    def joins(more: Ints) -> bool:
        moves, _, left = asked.solution(_grown(problem, j, [shelf for shelf, _ in shelves], more, barred))
        return any(at == j for _, at, _ in moves) and not (withheld and left)

    found, exact = _fewest(tuple([cap for _, cap in shelves]), joins)
    stock = None
    if found is not None:
        stock = tuple([(shelf.sku, units) for (shelf, _), units in zip(shelves, found, strict=True) if units])
    cut = None
    if not withheld:
        priced = _Asked(problem, effort)
        cut, sure = _cut(problem, j, cost, unfilled, priced)
        exact = exact and sure and priced.proven
    rule = next(iter(barred.values()), "") if stock is None and cut is None else ""
    return Counterfactual(location, stock, whole, cut, rule, exact and asked.proven)


def lacking(problem: Problem, j: int) -> Named | None:
    """What a location lacks to ship the whole order by itself; None where a rule bars an item."""
    if _barred(problem, j):
        return None
    return tuple([(shelf.sku, cap) for shelf, cap in _shelves(problem, j, {}) if cap])


def _barred(problem: Problem, j: int) -> dict[int, str]:
    """The items that a rule keeps from a location, however much it had; of safety stock it has too little."""
    return {item: code for item, at, code in problem.barred if at == j and code != SAFETY_STOCK}


# --- more stock ----------------------------------------------------------------------------------


def _shelves(problem: Problem, j: int, barred: dict[int, str]) -> list[tuple[Pool, int]]:
    """Each SKU of the order, and how many more of it the location could have a use for."""
    shelves = problem.shelves or [
        Pool(label, column, ((item, 1),))
        for item, (label, column) in enumerate(zip(problem.labels, problem.stock, strict=True))
    ]
    out: list[tuple[Pool, int]] = []
    for shelf in shelves:
        useful = sum(each * problem.quantities[item] for item, each in shelf.draws if item not in barred)
        out.append((shelf, max(0, useful - shelf.stock[j]) if useful else 0))
    return out


def _grown(problem: Problem, j: int, shelves: list[Pool], more: Ints, barred: dict[int, str]) -> Problem:
    """The problem with more units of each SKU at one location."""

    def lifted(column: Ints, units: int) -> Ints:
        return (*column[:j], column[j] + units, *column[j + 1 :])

    if not problem.shelves:
        columns = [lifted(column, units) for column, units in zip(problem.stock, more, strict=True)]
        for item in barred:
            columns[item] = problem.stock[item]
        return changed(problem, stock=tuple(columns))
    there = [
        changed(shelf, stock=lifted(shelf.stock, units)) for shelf, units in zip(shelves, more, strict=True)
    ]
    holds: dict[int, int] = {}
    for shelf in there:
        for item, each in shelf.draws:
            units = shelf.stock[j] // each
            holds[item] = min(units, holds.get(item, units))
    stock = tuple(
        [
            column if item in barred or item not in holds else (*column[:j], holds[item], *column[j + 1 :])
            for item, column in enumerate(problem.stock)
        ]
    )
    return changed(
        problem, stock=stock, shelves=tuple(there), pools=contested(there, problem.quantities, stock)
    )


def _fewest(caps: Ints, joins: Callable[[Ints], bool]) -> tuple[Ints | None, bool]:
    """The fewest units within the caps that are enough, and whether none fewer are.

    What is enough stays enough with more. Among as few, more of the earlier.
    """
    known: dict[Ints, bool] = {}

    def enough(more: Ints) -> bool:
        found = known.get(more)
        if found is None:
            found = known[more] = joins(more)
        return found

    best: Ints | None = None
    try:
        if not enough(caps):
            return None, True
        best = caps
        least = list(caps)
        # What each needs, however much there is of the others; and, going down together, some answer.
        for i in range(len(caps) - 1, -1, -1):
            best = _lowered(best, i, 0, enough)
            alone = _lowered(caps, i, 0, enough)
            least[i] = alone[i]
        floor = tuple(least)
        if enough(floor):
            return floor, True
        for total in range(sum(floor) + 1, sum(best) + 1):
            for more in _summing(total, (), floor, caps, enough):
                return more, True
    except _Tired:
        return best, False
    return best, True


def _lowered(more: Ints, i: int, low: int, enough: Callable[[Ints], bool]) -> Ints:
    """With as few of one SKU as are enough beside the others."""
    high = more[i]
    while low < high:
        middle = (low + high) // 2
        if enough((*more[:i], middle, *more[i + 1 :])):
            high = middle
        else:
            low = middle + 1
    return (*more[:i], high, *more[i + 1 :])


def _summing(
    total: int, begun: Ints, floor: Ints, caps: Ints, enough: Callable[[Ints], bool]
) -> Iterator[Ints]:
    """What is enough and has so many units, more of the earlier first."""
    at = len(begun)
    if at == len(caps):
        if enough(begun):
            yield begun
        return
    spare = total - sum(begun) - sum(floor[at:])
    # Even if each of what follows had all that is to spare.
    if not enough((*begun, *[min(c, f + spare) for f, c in zip(floor[at:], caps[at:], strict=True)])):
        return
    beyond = sum(caps[at + 1 :])
    rest = total - sum(begun)
    for units in range(min(caps[at], floor[at] + spare), max(floor[at], rest - beyond) - 1, -1):
        yield from _summing(total, (*begun, units), floor, caps, enough)


# --- less cost -----------------------------------------------------------------------------------


def _cut(problem: Problem, j: int, cost: int, unfilled: int, asked: _Asked) -> tuple[int | None, bool]:
    """How much dearer than the plan the cheapest one is that ships anything from there and leaves no more."""
    plans = _forced if problem.packing is None and not problem.at_most else _by_load
    best: int | None = None
    try:
        for found, left in plans(problem, j, asked):
            if left <= unfilled and (best is None or found < best):
                best = found
    except _Tired:
        return None if best is None else best - cost, False
    return None if best is None else best - cost, True


def _forced(problem: Problem, j: int, asked: _Asked) -> Iterator[tuple[int, int]]:
    """By item: the best plan of those that ship one unit of it from there at least, or all of its group."""
    fixed = (*problem.fixed[:j], 0, *problem.fixed[j + 1 :])
    grouped = {item: group for group in problem.groups for item in group}
    firsts = dict.fromkeys([grouped.get(item, (item,)) for item in range(len(problem.quantities))])
    for items in firsts:
        taken = [0] * len(problem.quantities)
        for item in items:
            taken[item] = problem.quantities[item] if item in grouped else 1
        if _fits(problem, j, taken):
            paid = cost_of(problem, j, tuple(taken))
            others, left = 0, 0
            if taken != [*problem.quantities]:
                _, others, left = asked.solution(_less(problem, j, taken, fixed))
            yield paid + others, left


def _less(problem: Problem, j: int, taken: list[int], fixed: Ints) -> Problem:
    """What is left to ship when a location has shipped something and may ship more."""
    there = [
        (*column[:j], column[j] - units, *column[j + 1 :])
        for column, units in zip(problem.stock, taken, strict=True)
    ]
    pools = tuple(
        [
            changed(
                pool,
                stock=(
                    *pool.stock[:j],
                    pool.stock[j] - sum(each * taken[item] for item, each in pool.draws),
                    *pool.stock[j + 1 :],
                ),
            )
            for pool in problem.pools
        ]
    )
    rest = [quantity - units for quantity, units in zip(problem.quantities, taken, strict=True)]
    whole = changed(problem, stock=tuple(there), pools=pools, fixed=fixed, scan=(), walk=(), shelves=())
    return without(whole, None, rest)


def _by_load(problem: Problem, j: int, asked: _Asked) -> Iterator[tuple[int, int]]:
    """By all that it could ship, exactly: what shares a box is priced together."""
    limits = [problem.holds(item, j) for item in range(len(problem.quantities))]
    if vectors(limits, asked.left) > asked.left:
        raise _Tired
    for units in product(*[range(limit + 1) for limit in limits]):
        if not any(units) or not _fits(problem, j, units):
            continue
        rest = [quantity - taken for quantity, taken in zip(problem.quantities, units, strict=True)]
        others, left = 0, 0
        if any(rest):
            _, others, left = asked.solution(without(problem, j, rest))
        packing = problem.packing
        asked.proven = asked.proven and (packing is None or is_exact(units, packing.weights))
        yield cost_of(problem, j, units) + others, left


def _fits(problem: Problem, j: int, units: Ints | list[int]) -> bool:
    """Whether it holds that much, on shelves that items share too, and all of a group or nothing of it."""
    quantities = problem.quantities
    return (
        all(units[item] <= problem.holds(item, j) for item in range(len(units)))
        and all(
            sum(each * units[item] for item, each in pool.draws) <= max(0, pool.stock[j])
            for pool in problem.pools
        )
        and all(
            not any(units[item] for item in group) or all(units[item] == quantities[item] for item in group)
            for group in problem.groups
        )
    )


__all__ = ["LOOK", "Counterfactual", "counterfactual_of", "lacking"]
