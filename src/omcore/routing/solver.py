"""The exact solver for one order: which locations ship how much of what.

Decides, for a ``Problem``, the plan that is best by this order of judgment:

1. fewer units left unfilled, whatever that costs;
2. lower cost;
3. the better set of locations: rank them by priority, then id (R1); of two sets, the one without
   the worst-ranked location in which they differ;
4. earlier items filled first, where stock cannot fill all;
5. units from where they cost less, then from the better rank; earlier items first.

How: where nothing couples the items (no stock shared between kits and singles, no parcels), a set
of locations alone fixes the best plan, because each item takes from its own cheapest of the set
first. ``_separable`` drops the locations that another one can always replace, and knows the many
orders that one location ships for less than any two could. The set is then found by ``_cover``
where items agree about what is cheap and are held whole, by ``_rows`` where they disagree and are
few, and by branch and bound in ``_sets`` else: for more items, items that must be split, and a
limit on locations. A group that ships together is one item. Coupled problems go to ``_boxes``
(exact, for small orders). Past the effort of either, ``_greedy`` says how far the plan may be off.
Must not know rates, stock or places.
"""

from __future__ import annotations

from itertools import compress
from operator import itemgetter

from omcore.kernel import checked_quantity
from omcore.routing import _boxes, _cover, _greedy, _rows, _sets
from omcore.routing.problem import (
    Ints,
    Move,
    Problem,
    Solution,
    checked_problem,
    scan_order,
    walk_order,
)

# Locations up to which each is looked at as it comes.
_FEW = 64
# And so many at a time beyond them.
_MANY = 512

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
    if problem.pools or problem.packing is not None:
        return _boxes.solved(problem, effort) or _greedy.solved(problem)
    if problem.groups or problem.at_most:
        return _bound(problem, effort) or _greedy.solved(problem)
    return _separable(problem, effort)


def _bound(problem: Problem, effort: int) -> Solution | None:
    """Items that ship together are one item; a limit on locations binds where the best plan is above it.

    None where the limit is beyond what a search may go down to.
    """
    merged, weights = _merged(problem)
    found = _separable(merged, effort)
    opened, proven, bound = sorted({j for _, j, _ in found.moves}), found.proven, found.bound
    if problem.at_most and len(opened) > problem.at_most:
        kept, _ = _candidates(merged, merged.scan or scan_order(merged.fixed, merged.units), nested=False)
        field = _sets.field_of(merged, sorted(entry[0] for entry in kept), weights)
        limited = _sets.limited(field, problem.at_most, effort)
        if limited is None:
            return None
        opened, proven, bound = limited
    return _drawn(problem, opened, proven, bound)


def _merged(problem: Problem) -> tuple[Problem, Ints]:
    """The problem with each group as one item, and how many units one unit of each item stands for."""
    uniform = len(problem.units) == 1
    group_of = {item: group for group in problem.groups for item in group}
    quantities: list[int] = []
    weights: list[int] = []
    stock: list[Ints] = []
    rows: list[Ints] = []
    labels: list[str] = []
    for item, quantity in enumerate(problem.quantities):
        group = group_of.get(item)
        if group is None:
            one, weight, column = quantity, 1, problem.stock[item]
            row = problem.units[0 if uniform else item]
        elif item != group[0]:
            continue
        else:
            total = sum([problem.quantities[member] for member in group])
            # Where all items cost the same, a group is so many units of them; else it is one of a kind.
            one, weight = (total, 1) if uniform else (1, total)
            column = tuple(
                [one if _has_group(problem, group, j) else 0 for j in range(len(problem.locations))]
            )
            row = problem.units[0]
            if not uniform:
                row = tuple([_group_cost(problem, group, j) for j in range(len(problem.locations))])
        labels.append(problem.labels[item])
        quantities.append(one)
        weights.append(weight)
        stock.append(column)
        rows.append(row)
    merged = Problem(
        tuple(labels),
        tuple(quantities),
        problem.locations,
        tuple(stock),
        problem.fixed,
        problem.units if uniform else tuple(rows),
        problem.scan if uniform else (),
        problem.walk if uniform else (),
    )
    return merged, tuple(weights)


def _has_group(problem: Problem, group: Ints, j: int) -> bool:
    return all(problem.stock[item][j] >= problem.quantities[item] for item in group)


def _group_cost(problem: Problem, group: Ints, j: int) -> int:
    return sum([problem.quantities[item] * problem.unit_cost(item, j) for item in group])


def _disagreeing(problem: Problem, effort: int) -> Solution:
    """Each item has costs of its own."""
    offers = _rows.offered(problem)
    if offers is not None:
        if not offers:
            return Solution((), 0, sum(problem.quantities), True, 0)
        opened = _rows.opened(problem.fixed, offers, effort)
        if opened is not None:
            if len(opened) == 1 and len(offers) == len(problem.quantities):
                return _single(problem, opened[0])
            return _drawn(problem, opened)
    kept, _ = _candidates(problem, problem.scan or scan_order(problem.fixed, problem.units), nested=False)
    if not kept:
        return Solution((), 0, sum(problem.quantities), True, 0)
    return _searched(problem, kept, effort)


def _searched(problem: Problem, kept: _cover.Kept, effort: int) -> Solution:
    """Where an item may have to be split, or there are too many sets of items."""
    field = _sets.field_of(problem, sorted(entry[0] for entry in kept), (1,) * len(problem.quantities))
    return _drawn(problem, *_sets.covering(field, effort))


def _separable(problem: Problem, effort: int) -> Solution:
    """Nothing couples the items, and any number of locations may be used."""
    if len(problem.units) > 1:
        return _disagreeing(problem, effort)
    quantities, fixed, units = problem.quantities, problem.fixed, problem.units
    scan = problem.scan or scan_order(fixed, units)
    walk = problem.walk or walk_order(units, len(fixed))
    # Where cheap to use is cheap per unit too, nothing beyond a full cover can be needed ...
    nested = scan is walk
    if nested and scan and _holds_all(problem, scan[0]):
        # ... and where the very first has it all, nothing else has to be looked at.
        return _single(problem, scan[0])
    kept, split = _candidates(problem, scan, nested=nested)
    if not kept:
        return Solution((), 0, sum(quantities), True, 0)
    full = (1 << len(quantities)) - 1
    if len(kept) == 1 and kept[0][1] == full:
        return _single(problem, kept[0][0])
    alone = _clear_single(kept, full, sum(quantities), fixed, units[0])
    if alone >= 0:
        return _single(problem, alone)
    if split or len(kept) << len(quantities) > min(effort, _cover.MANY):
        return _searched(problem, kept, effort)
    if scan is not walk:
        place = {j: position for position, j in enumerate(walk)}
        kept.sort(key=lambda entry: place[entry[0]])
    return _drawn(problem, _cover.by_items(problem, kept))


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
    for j in scan[:_FEW] if len(scan) > _FEW and len(units) == 1 else scan:
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
            if not serves & ~k_whole and _no_dearer(units, fixed, k, j, serves):
                break
        else:
            kept.append((j, whole, some))
            if some:
                split = True
            elif nested and whole == full:
                return kept, split
    if len(scan) > _FEW and len(units) == 1:
        split = _more_candidates(problem, scan[_FEW:], kept, nested=nested) or split
    return kept, split


def _more_candidates(problem: Problem, scan: Ints, kept: _cover.Kept, *, nested: bool) -> bool:
    """As ``_candidates`` where there are many: an empty one is not looked at, nor the like of one twice."""
    row = problem.units[0]
    full = (1 << len(problem.quantities)) - 1
    split = False
    # By what a location serves: how many of those that are kept were asked, the least unit cost of one
    # that holds all of it.
    known: dict[int, tuple[int, int]] = {}
    for start in range(0, len(scan), _MANY):
        some_of_them = scan[start : start + _MANY]
        for j, whole, some in zip(some_of_them, *_held(problem, some_of_them), strict=True):
            serves = whole | some
            if not serves:
                continue
            asked, least = known.get(serves, (0, -1))
            if asked < len(kept):
                for k, k_whole, _ in kept[asked:]:
                    if not serves & ~k_whole and (least < 0 or row[k] < least):
                        least = row[k]
                known[serves] = len(kept), least
            if 0 <= least <= row[j]:
                continue
            kept.append((j, whole, some))
            if some:
                split = True
            elif nested and whole == full:
                return split
    return split


def _held(problem: Problem, locations: Ints) -> tuple[list[int], list[int]]:
    """By location: the items that it holds whole, and those it holds some of, as bits."""
    count = len(locations)
    if count == 1:
        # One alone would be picked as itself, not as a tuple of one.
        locations += locations
    whole, some = [0] * count, [0] * count
    places, pick = range(count), itemgetter(*locations)
    bit = 1
    for quantity, column in zip(problem.quantities, problem.stock, strict=True):
        held = pick(column)
        for at in compress(places, held):
            have = held[at]
            if have >= quantity:
                whole[at] |= bit
            elif have > 0:
                some[at] |= bit
        bit += bit
    return whole, some


def _no_dearer(units: tuple[Ints, ...], fixed: Ints, k: int, j: int, serves: int) -> bool:
    """Whether moving all units of j to k never makes a plan worse, ties included.

    k comes before j in the scan, so it is no dearer to use.
    """
    if len(units) == 1:
        return units[0][k] <= units[0][j]
    if fixed[k] == fixed[j] and k > j:
        return False
    for item, row in enumerate(units):  # noqa: SIM110 - a generator costs twice as much here
        if row[k] > row[j] and serves >> item & 1:
            return False
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


def _drawn(problem: Problem, opened: list[int], proven: bool = True, bound: int = 0) -> Solution:
    """Each item from the opened locations by its own costs, then by the walk; a group from one of them."""
    if len(problem.units) == 1 and not problem.groups:
        return _served(problem, opened, proven, bound)
    units, fixed = problem.units, problem.fixed
    # The walk, of these alone.
    opened = sorted(opened, key=lambda j: (sum([row[j] for row in units]), j))
    taken: dict[int, list[tuple[int, int]]] = {j: [] for j in opened}
    left = list(problem.quantities)
    for group in problem.groups:
        holders = [j for j in opened if _has_group(problem, group, j)]
        if holders:
            chosen = min(holders, key=lambda j: _group_cost(problem, group, j))
            taken[chosen] += [(item, left[item]) for item in group]
        for item in group:
            left[item] = 0
    cost = 0
    for item, (need, column) in enumerate(zip(left, problem.stock, strict=True)):
        row = units[item if len(units) > 1 else 0]
        for j in sorted(opened, key=row.__getitem__):
            have = column[j]
            count = need if need < have else have
            if count > 0:
                taken[j].append((item, count))
                need -= count
    for j, given in taken.items():
        if given:
            given.sort()
            cost += fixed[j] + sum([count * problem.unit_cost(item, j) for item, count in given])
    moves = tuple([(item, j, count) for j, given in taken.items() for item, count in given])
    return _solution(problem, moves, cost, proven, bound)


def _served(problem: Problem, opened: list[int], proven: bool, bound: int) -> Solution:
    """Where items agree: location by location, the cheapest first."""
    row = problem.units[0]
    left = list(problem.quantities)
    moves: list[Move] = []
    cost = 0
    for j in sorted(opened, key=row.__getitem__):
        given = 0
        for item, column in enumerate(problem.stock):
            need, have = left[item], column[j]
            units = need if need < have else have
            if units > 0:
                moves.append((item, j, units))
                left[item] = need - units
                given += units
        if given:
            cost += problem.fixed[j] + given * row[j]
    return _solution(problem, tuple(moves), cost, proven, bound)


def _solution(problem: Problem, moves: tuple[Move, ...], cost: int, proven: bool, bound: int) -> Solution:
    filled = sum([units for _, _, units in moves])
    missing = sum(problem.quantities) - filled
    if proven:
        return Solution(moves, cost, missing, True, cost)
    bound = max(bound, _greedy.lower_bound(problem, filled))
    # Within a limit on locations nothing says that no plan ships more.
    return Solution(moves, cost, missing, bound == cost and not problem.at_most, bound)


__all__ = ["DEFAULT_EFFORT", "MAX_EFFORT", "solve", "solved"]
