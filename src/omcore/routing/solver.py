"""The exact solver for one order: which locations ship how much of what.

Decides, for a ``Problem``, the plan that is best by this order of judgment:

1. fewer units left unfilled, whatever that costs;
2. lower cost;
3. the better set of locations: rank them by priority, then id (R1); of two sets, the one without
   the worst-ranked location in which they differ;
4. earlier items filled first, where stock cannot fill all;
5. units from where they cost less, then from the better rank; earlier items first.

How: where nothing couples the items (no stock shared between kits and singles, no parcels), a set
of locations alone fixes the best plan, because each item takes from the cheapest of the set
first. ``_rows`` finds the set where items disagree about what is cheap. Else ``_separable`` drops
the locations that another one can always replace, knows the many orders that one location ships
for less than any two could, and leaves the rest to the walk over sets in ``_cover``. Coupled
problems go to ``_boxes`` (exact, for small orders). Past the effort of either, ``_greedy`` says how
far the plan may be off. Must not know rates, stock or places.
"""

from __future__ import annotations

from omcore.kernel import checked_quantity
from omcore.routing import _boxes, _cover, _greedy, _rows
from omcore.routing.problem import (
    Ints,
    Move,
    Problem,
    Solution,
    checked_problem,
    scan_order,
    walk_order,
)

DEFAULT_EFFORT = 100_000
MAX_EFFORT = 100_000_000


def solve(problem: Problem, effort: int = DEFAULT_EFFORT) -> Solution:
    """The best plan; exact while the search takes at most about ``effort`` steps.

    A step is a fraction of a microsecond. Beyond the effort the answer is a good plan that
    leaves no unit unfilled that a location could simply ship, with ``proven`` False and a valid
    ``bound``. Errors: ``InputError`` for a problem whose parts do not fit together.
    """
    checked_quantity(effort, "effort", high=MAX_EFFORT)
    return solved(checked_problem(problem), effort)


def solved(problem: Problem, effort: int = DEFAULT_EFFORT) -> Solution:
    """``solve`` for a problem that is known to be sound."""
    if not problem.quantities:
        return Solution((), 0, 0, True, 0)
    if len(problem.quantities) * len(problem.locations) > effort:
        # Not even one look at each item and location is allowed for.
        return _greedy.solved(problem)
    if not problem.pools and problem.packing is None:
        found = _disagreeing(problem, effort) if len(problem.units) > 1 else None
        if found is None:
            found = _separable(problem, effort)
        if found is not None:
            return found
    return _boxes.solved(problem, effort) or _greedy.solved(problem)


def _disagreeing(problem: Problem, effort: int) -> Solution | None:
    """Each item has costs of its own. None where one must be split, or where it takes more effort."""
    offers = _rows.offered(problem)
    if offers is None:
        return None
    if not offers:
        return Solution((), 0, sum(problem.quantities), True, 0)
    opened = _rows.opened(problem.fixed, offers, effort)
    if opened is None:
        return None
    if len(opened) == 1 and len(offers) == len(problem.quantities):
        return _single(problem, opened[0])
    return _drawn(problem, opened)


def _separable(problem: Problem, effort: int) -> Solution | None:
    """Nothing couples the items. None where items disagree about which location is cheaper."""
    quantities, fixed, units = problem.quantities, problem.fixed, problem.units
    scan = problem.scan or scan_order(fixed, units)
    walk = problem.walk or walk_order(units, len(fixed))
    uniform = len(units) == 1
    if not uniform and not _agree(units, walk):
        return None
    # Where cheap to use is cheap per unit too, nothing beyond a full cover can be needed ...
    nested = uniform and scan is walk
    if nested and scan and _holds_all(problem, scan[0]):
        # ... and where the very first has it all, nothing else has to be looked at.
        return _single(problem, scan[0])
    kept, split = _candidates(problem, scan, nested=nested)
    if not kept:
        return Solution((), 0, sum(quantities), True, 0)
    full = (1 << len(quantities)) - 1
    if len(kept) == 1 and kept[0][1] == full:
        return _single(problem, kept[0][0])
    if uniform:
        alone = _clear_single(kept, full, sum(quantities), fixed, units[0])
        if alone >= 0:
            return _single(problem, alone)
    if scan is not walk:
        place = {j: position for position, j in enumerate(walk)}
        kept.sort(key=lambda entry: place[entry[0]])
    cover = _cover.by_units if split else _cover.by_items
    opened, proven, bound = cover(problem, kept, effort)
    return _served(problem, [entry[0] for entry in kept if opened >> entry[0] & 1], proven, bound)


def _holds_all(problem: Problem, j: int) -> bool:
    quantities = problem.quantities
    for item, column in enumerate(problem.stock):  # noqa: SIM110 - a generator costs twice as much here
        if column[j] < quantities[item]:
            return False
    return True


def _candidates(problem: Problem, scan: Ints, *, nested: bool) -> tuple[_cover.Kept, bool]:
    """The locations that no other can replace, in scan order; whether one holds part of an item."""
    units, fixed = problem.units, problem.fixed
    demand = list(zip(problem.quantities, problem.stock, strict=True))
    full = (1 << len(demand)) - 1
    kept: _cover.Kept = []
    split = False
    for j in scan:
        whole = some = 0
        bit = 1
        for quantity, column in demand:
            have = column[j]
            if have >= quantity:
                whole |= bit
            elif have > 0:
                some |= bit
            bit += bit
        serves = whole | some
        if not serves:
            continue
        for k, k_whole, _ in kept:
            if not serves & ~k_whole and _no_dearer(units, fixed, k, j):
                break
        else:
            kept.append((j, whole, some))
            if some:
                split = True
            elif nested and whole == full:
                break
    return kept, split


def _no_dearer(units: tuple[Ints, ...], fixed: Ints, k: int, j: int) -> bool:
    """Whether moving all units of j to k never makes a plan worse, ties included.

    k comes before j in the scan, so it is no dearer to use.
    """
    if len(units) == 1:
        return units[0][k] <= units[0][j]
    return (fixed[k] < fixed[j] or k < j) and all(row[k] <= row[j] for row in units)


def _agree(units: tuple[Ints, ...], walk: Ints) -> bool:
    """Whether every item finds the locations ever dearer along the walk."""
    for row in units:
        before = -1
        for j in walk:
            cost = row[j]
            if cost < before:
                return False
            before = cost
    return True


def _clear_single(kept: _cover.Kept, full: int, total: int, fixed: Ints, row: Ints) -> int:
    """A location that ships it all for less than any two could even at the lowest unit cost, or -1."""
    best = alone = -1
    cheapest = row[kept[0][0]]
    for j, whole, _ in kept:
        each = row[j]
        if each < cheapest:
            cheapest = each
        if whole == full:
            cost = fixed[j] + total * each
            if cost == best:
                return -1
            if best < 0 or cost < best:
                best, alone = cost, j
    if alone < 0:
        return -1
    # kept is in scan order, by fixed cost: the first two are the cheapest pair to use.
    pair = fixed[kept[0][0]] + fixed[kept[1][0]] + total * cheapest
    return alone if best < pair else -1


def _single(problem: Problem, j: int) -> Solution:
    cost = problem.fixed[j]
    units = problem.units
    if len(units) == 1:
        cost += units[0][j] * sum(problem.quantities)
    else:
        for quantity, row in zip(problem.quantities, units, strict=True):
            cost += quantity * row[j]
    moves = tuple([(item, j, quantity) for item, quantity in enumerate(problem.quantities)])
    return Solution(moves, cost, 0, True, cost)


def _drawn(problem: Problem, opened: list[int]) -> Solution:
    """Each item from the opened locations by its own costs, then by the walk; proven to be the best."""
    units, fixed = problem.units, problem.fixed
    # The walk, of these alone.
    opened = sorted(opened, key=lambda j: (sum([row[j] for row in units]), j))
    taken: dict[int, list[tuple[int, int]]] = {j: [] for j in opened}
    cost = missing = 0
    for item, (need, column, row) in enumerate(zip(problem.quantities, problem.stock, units, strict=True)):
        for j in sorted(opened, key=row.__getitem__):
            have = column[j]
            count = need if need < have else have
            if count > 0:
                taken[j].append((item, count))
                cost += count * row[j]
                need -= count
                if not need:
                    break
        missing += need
    cost += sum([fixed[j] for j in opened])
    moves = tuple([(item, j, count) for j, given in taken.items() for item, count in given])
    return Solution(moves, cost, missing, True, cost)


def _served(problem: Problem, opened: list[int], proven: bool, bound: int) -> Solution:
    """Each item from the opened locations, cheapest first; opened is in walk order."""
    left = list(problem.quantities)
    moves: list[Move] = []
    cost = 0
    for j in opened:
        cost += problem.fixed[j]
        for item, need in enumerate(left):
            have = problem.stock[item][j]
            units = need if need < have else have
            if units > 0:
                moves.append((item, j, units))
                left[item] = need - units
                cost += units * problem.unit_cost(item, j)
    missing = sum(left)
    if not proven:
        bound = max(bound, _greedy.lower_bound(problem, sum(problem.quantities) - missing))
    return Solution(tuple(moves), cost, missing, proven or bound == cost, bound)


__all__ = ["DEFAULT_EFFORT", "MAX_EFFORT", "solve", "solved"]
