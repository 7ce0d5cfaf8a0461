"""The routing problem as a value: all that a solver may see.

Decides the form in which demand, stock and costs meet: *items* (what the order needs, demand for
one item pooled, S3), *locations* in rank order (priority, then id: R1), exact ints everywhere. A
problem is a plain value, so a plan can carry it and explain itself later without asking the
network or the stock again (R2). Must not know where its numbers came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omcore.kernel import (
    Components,
    InvalidNumber,
    InvalidType,
    changed,
    checked_limit,
    checked_quantity,
    checked_text,
    record,
)
from omcore.shipping.tariffs import MAX_COST, Brackets, checked_brackets

MAX_LOCATIONS = 10_000
MAX_ITEMS = 10_000
# Units of one component in one unit of a line.
MAX_DRAW = 10**12

Ints = tuple[int, ...]
Move = tuple[int, int, int]


@record
class Pool:
    """Stock of one SKU that several items draw on: kits and singles compete for it (S11).

    ``stock`` is units by location; ``draws`` are (item, how many each unit of it takes), by item.
    """

    sku: str
    stock: Ints
    draws: tuple[tuple[int, int], ...]


@record
class Packing:
    """Weights and parcel prices: ``weights`` in grams by item, -1 where a unit ships alone.

    ``zones`` are price lists of (up to grams, cost), ascending; ``zone_of`` picks one by location. Where a
    unit weighs a fraction of a gram, all weights are in the same parts of one. ``bulk`` is what a unit
    takes in cubic millimeters (in the same parts of one) by item, () where size does not count;
    ``divisors`` is by zone how many of them are billed as a gram, 0 for a list that knows weight alone.
    A parcel is billed for its weight or its size, whichever is more. ``limits`` is by zone what a parcel may
    weigh, 0 for no limit. ``further`` is by zone other zones by whose list a parcel may be priced as
    well: each parcel takes the cheapest that allows it.
    """

    weights: Ints
    zones: tuple[Brackets, ...]
    zone_of: Ints
    bulk: Ints = ()
    divisors: Ints = ()
    limits: Ints = ()
    further: tuple[Ints, ...] = ()

    def choices(self, location: int) -> Ints:
        """The zones by whose lists the parcels of a location may be priced."""
        zone = self.zone_of[location]
        return (zone, *self.further[zone]) if self.further else (zone,)


@record
class Problem:
    """What is to be shipped, from where it could be, at which cost.

    ``stock[i][j]`` is how many units of item i location j could ship if it shipped nothing else
    (below zero counts as zero). ``units`` is cost by item and location; a single row stands for
    every item. ``fixed`` is the cost of using a location at all. ``scan`` and ``walk`` are
    orders of the locations that the solver works in, worked out where they are empty.
    ``barred`` says (item, location, code) where a rule keeps an item from a location. ``premiums`` is
    what of ``units`` is no cost but what a unit is worth to orders to come, by item and location, () for
    none, and ``kept_for`` whose orders those are; no solver looks at it. The items of a
    group ship together, all of each from one location, or none of them does; ``at_most`` is how many
    locations a plan may use, 0 for any number. ``shelves`` are all SKUs that the items draw on, contested
    or not, where an item is not just its own SKU: who asks what more stock would change has to know which.
    """

    labels: tuple[str, ...]
    quantities: Ints
    locations: tuple[str, ...]
    stock: tuple[Ints, ...]
    fixed: Ints
    units: tuple[Ints, ...]
    scan: Ints = ()
    walk: Ints = ()
    pools: tuple[Pool, ...] = ()
    packing: Packing | None = None
    barred: tuple[tuple[int, int, str], ...] = ()
    premiums: tuple[Ints, ...] = ()
    groups: tuple[Ints, ...] = ()
    at_most: int = 0
    shelves: tuple[Pool, ...] = ()
    kept_for: tuple[tuple[str, ...], ...] = ()

    def unit_cost(self, item: int, location: int) -> int:
        """Cost of one unit of an item from a location, parcels apart."""
        return self.units[item if len(self.units) > 1 else 0][location]

    def holds(self, item: int, location: int) -> int:
        """How many units of its demand for an item a location could ship, competition apart."""
        return max(0, min(self.quantities[item], self.stock[item][location]))


class Solution(NamedTuple):
    """What a solver found: ``moves`` are (item, location, units), each pair once.

    ``cost`` is exact. ``bound``: no plan that ships as many units costs less. ``proven``: no plan
    ships more units, and none that ships as many costs less.
    """

    moves: tuple[Move, ...]
    cost: int
    unfilled: int
    proven: bool
    bound: int


def walk_order(units: tuple[Ints, ...], count: int) -> Ints:
    """Locations by cost of a unit (summed over items), then rank: the order that ties go by."""
    if len(units) == 1:
        row = units[0]
        return tuple(sorted(range(count), key=row.__getitem__))
    totals = [sum(costs) for costs in zip(*units, strict=True)]
    return tuple(sorted(range(count), key=totals.__getitem__))


def scan_order(fixed: Ints, units: tuple[Ints, ...]) -> Ints:
    """Locations by fixed cost, then cost of a unit, then rank: the likely cheapest first."""
    totals = units[0] if len(units) == 1 else [sum(costs) for costs in zip(*units, strict=True)]
    return tuple(sorted(range(len(fixed)), key=lambda j: (fixed[j], totals[j])))


def without(problem: Problem, location: int | None, quantities: Sequence[int]) -> Problem:
    """The problem of what is left to ship, with nothing left at the location, if any, that has been used."""
    items = [item for item, quantity in enumerate(quantities) if quantity]

    def emptied(column: Ints) -> Ints:
        if location is None:
            return column
        if problem.at_most == 1:
            # It was the only one that may be used.
            return (0,) * len(column)
        return (*column[:location], 0, *column[location + 1 :])

    def left(by_item: Ints) -> Ints:
        return tuple([by_item[item] for item in items])

    place = {item: at for at, item in enumerate(items)}

    def drawn(pool: Pool) -> tuple[tuple[int, int], ...]:
        return tuple([(place[item], draw) for item, draw in pool.draws if item in place])

    single = len(problem.units) == 1
    packing = problem.packing
    if packing is not None:
        bulk = left(packing.bulk) if packing.bulk else ()
        packing = changed(packing, weights=left(packing.weights), bulk=bulk)
    return Problem(
        labels=tuple([problem.labels[item] for item in items]),
        quantities=tuple([quantities[item] for item in items]),
        locations=problem.locations,
        stock=tuple([emptied(problem.stock[item]) for item in items]),
        fixed=problem.fixed,
        units=problem.units if single else tuple([problem.units[item] for item in items]),
        scan=problem.scan if single else (),
        walk=problem.walk if single else (),
        pools=tuple([Pool(pool.sku, emptied(pool.stock), drawn(pool)) for pool in problem.pools]),
        packing=packing,
        premiums=tuple([problem.premiums[item] for item in items]) if problem.premiums else (),
        groups=tuple([tuple([place[item] for item in group if item in place]) for group in problem.groups]),
        at_most=max(1, problem.at_most - (location is not None)) if problem.at_most else 0,
    )


def contested(shelves: Sequence[Pool], quantities: Ints, stock: Sequence[Ints]) -> tuple[Pool, ...]:
    """The SKUs of which some location has too little for all that it could ship otherwise."""
    pools: list[Pool] = []
    for shelf in shelves:
        if len(shelf.draws) < 2:
            continue
        for j, have in enumerate(shelf.stock):
            wanted = 0
            for item, draw in shelf.draws:
                wanted += draw * max(0, min(quantities[item], stock[item][j]))
            if wanted > max(0, have):
                pools.append(shelf)
                break
    return tuple(pools)


def most(problem: Problem, location: int, needs: Sequence[int]) -> Ints:
    """Units by item that a location ships when it ships all it can, earlier items first.

    All that is needed of a group or nothing of it.
    """
    return _most_together(problem, location, needs) if problem.groups else _most(problem, location, needs)


def _most_together(problem: Problem, location: int, needs: Sequence[int]) -> Ints:
    """Item by item, a group where its first one stands; all draw on what is left on the shelves."""
    shelves = [max(0, pool.stock[location]) for pool in problem.pools]
    draws: dict[int, list[tuple[int, int]]] = {}
    for shelf, pool in enumerate(problem.pools):
        for item, draw in pool.draws:
            draws.setdefault(item, []).append((shelf, draw))
    group_of = {item: group for group in problem.groups for item in group}
    taken = [0] * len(needs)
    for item, need in enumerate(needs):
        group = group_of.get(item, (item,))
        if item != group[0]:
            continue
        units = max(0, min(need, problem.stock[item][location]))
        if item in group_of:
            drawn: dict[int, int] = {}
            for member in group:
                for shelf, draw in draws.get(member, ()):
                    drawn[shelf] = drawn.get(shelf, 0) + draw * needs[member]
            if all(problem.stock[member][location] >= needs[member] for member in group) and all(
                shelves[shelf] >= units_of_it for shelf, units_of_it in drawn.items()
            ):
                for member in group:
                    taken[member] = needs[member]
                for shelf, units_of_it in drawn.items():
                    shelves[shelf] -= units_of_it
            continue
        for shelf, draw in draws.get(item, ()):
            units = min(units, shelves[shelf] // draw)
        for shelf, draw in draws.get(item, ()):
            shelves[shelf] -= units * draw
        taken[item] = units
    return tuple(taken)


def _most(problem: Problem, location: int, needs: Sequence[int]) -> Ints:
    taken = [max(0, min(need, problem.stock[item][location])) for item, need in enumerate(needs)]
    for pool in problem.pools:
        left = max(0, pool.stock[location])
        for item, draw in pool.draws:
            taken[item] = min(taken[item], left // draw)
            left -= taken[item] * draw
    return tuple(taken)


def checked_problem(value: object) -> Problem:
    """A problem whose parts fit together, else ``InputError`` with the path of what does not."""
    if type(value) is not Problem:
        raise InvalidType("problem", expected="Problem")
    items = _sized(value.labels, "labels", MAX_ITEMS)
    count = _sized(value.locations, "locations", MAX_LOCATIONS)
    for path, texts in (("labels", value.labels), ("locations", value.locations)):
        for text in texts:
            checked_text(text, path)
    _ints(value.quantities, "quantities", items, low=1)
    _ints(value.fixed, "fixed", count, low=0)
    _matrix(value.stock, "stock", (items,), count, low=-MAX_COST)
    _matrix(value.units, "units", (1, items), count, low=0)
    for path, order in (("scan", value.scan), ("walk", value.walk)):
        if type(order) is not tuple or order:
            _ints(order, path, count, low=0)
    if items and value.scan and value.scan != scan_order(value.fixed, value.units):
        raise InvalidType("scan", expected="the scan order of the locations")
    if items and value.walk and value.walk != walk_order(value.units, count):
        raise InvalidType("walk", expected="the walk order of the locations")
    _checked_pools(value.pools, "pools", items, count)
    _checked_pools(value.shelves, "shelves", items, count)
    _checked_groups(value.groups, items)
    checked_quantity(value.at_most, "at_most", low=0, high=MAX_LOCATIONS)
    _sized(value.barred, "barred", MAX_ITEMS * MAX_LOCATIONS)
    for entry in value.barred:
        if type(entry) is not tuple or len(entry) != 3:
            raise InvalidType("barred", expected="(item, location, code)")
        checked_quantity(entry[0], "barred", low=0, high=items - 1)
        checked_quantity(entry[1], "barred", low=0, high=count - 1)
        checked_text(entry[2], "barred")
    if value.packing is not None:
        _checked_packing(value.packing, items, count)
    if type(value.premiums) is not tuple or value.premiums:
        _matrix(value.premiums, "premiums", (items,), count, low=0)
    if type(value.kept_for) is not tuple or value.kept_for:
        _checked_texts(value.kept_for, "kept_for", items if value.premiums else 0, count)
    return value


def _checked_pools(pools: object, path: str, items: int, count: int) -> None:
    if type(pools) is not tuple:
        raise InvalidType(path, expected="tuple")
    _sized(pools, path, MAX_ITEMS)
    for pool in pools:
        if type(pool) is not Pool:
            raise InvalidType(path, expected="Pool")
        checked_text(pool.sku, f"{path}.sku")
        _ints(pool.stock, f"{path}.stock", count, low=-MAX_COST)
        _sized(pool.draws, f"{path}.draws", items)
        below = -1
        for draw in pool.draws:
            if type(draw) is not tuple or len(draw) != 2:
                raise InvalidType(f"{path}.draws", expected="(item, units)")
            below = checked_quantity(draw[0], f"{path}.draws", low=below + 1, high=items - 1)
            checked_quantity(draw[1], f"{path}.draws", high=MAX_COST)


def _checked_groups(groups: object, items: int) -> None:
    if type(groups) is not tuple:
        raise InvalidType("groups", expected="tuple")
    _sized(groups, "groups", MAX_ITEMS)
    seen: set[int] = set()
    for group in groups:
        if type(group) is not tuple:
            raise InvalidType("groups", expected="tuple of items")
        for item in group:
            checked_quantity(item, "groups", low=0, high=items - 1)
            if item in seen:
                raise InvalidType("groups", expected="no item in two groups, nor twice in one")
            seen.add(item)


def _checked_packing(packing: object, items: int, count: int) -> None:
    if type(packing) is not Packing:
        raise InvalidType("packing", expected="Packing")
    _ints(packing.weights, "packing.weights", items, low=-1)
    _sized(packing.zones, "packing.zones", MAX_LOCATIONS)
    for zone in packing.zones:
        checked_brackets(zone, "packing.zones", high=10**9 * MAX_DRAW)
    _ints(packing.zone_of, "packing.zone_of", count, low=0)
    if any(zone >= len(packing.zones) for zone in packing.zone_of):
        raise InvalidType("packing.zone_of", expected="the index of a zone")
    if type(packing.bulk) is not tuple or packing.bulk:
        _ints(packing.bulk, "packing.bulk", items, low=0)
    if type(packing.divisors) is not tuple or packing.divisors:
        _ints(packing.divisors, "packing.divisors", len(packing.zones), low=0)
    if type(packing.limits) is not tuple or packing.limits:
        _ints(packing.limits, "packing.limits", len(packing.zones), low=0)
    if _sized(packing.further, "packing.further", len(packing.zones)) not in (0, len(packing.zones)):
        raise InvalidType("packing.further", expected="zones by zone")
    for others in packing.further:
        _ints(others, "packing.further", _sized(others, "packing.further", len(packing.zones)), low=0)
        if any(zone >= len(packing.zones) for zone in others):
            raise InvalidType("packing.further", expected="the index of a zone")


def checked_components(value: object, path: str) -> Components:
    """(SKU, how many a unit takes) pairs; () for a plain item."""
    if type(value) is not tuple:
        raise InvalidType(path, expected="tuple of (sku, quantity)")
    if len(value) > MAX_ITEMS:
        checked_limit(len(value), MAX_ITEMS, path, "components")
    for pair in value:
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(path, expected="(sku, quantity)")
        sku, each = pair
        if type(sku) is not str:
            raise InvalidType(path, expected="(sku, quantity)")
        if type(each) is not int or not 0 < each <= MAX_DRAW:
            checked_quantity(each, path, high=MAX_DRAW)
    return value


def _sized(value: object, path: str, limit: int) -> int:
    if type(value) is not tuple:
        raise InvalidType(path, expected="tuple")
    checked_limit(len(value), limit, path, path)
    return len(value)


def _ints(value: object, path: str, count: int, *, low: int) -> None:
    if type(value) is not tuple or len(value) != count:
        raise InvalidType(path, expected=f"tuple of {count} ints")
    for number in value:
        if type(number) is not int or not low <= number <= MAX_COST:
            raise InvalidNumber(path, reason="not an exact int within its limits")


def _checked_texts(value: object, path: str, rows: int, count: int) -> None:
    if type(value) is not tuple or len(value) != rows:
        raise InvalidType(path, expected="a row of texts by item, where there are premiums")
    for row in value:
        if type(row) is not tuple or len(row) != count:
            raise InvalidType(path, expected=f"tuple of {count} texts")
        for text in row:
            checked_text(text, path)


def _matrix(value: object, path: str, rows: Ints, count: int, *, low: int) -> None:
    # A problem without items needs no row at all.
    if type(value) is not tuple or len(value) not in rows:
        raise InvalidType(path, expected=f"tuple of {rows[-1]} rows")
    for row in value:
        _ints(row, path, count, low=low)


__all__ = [
    "MAX_COST",
    "Brackets",
    "Ints",
    "Move",
    "Packing",
    "Pool",
    "Problem",
    "Solution",
    "checked_brackets",
    "checked_components",
    "checked_problem",
    "contested",
    "most",
    "scan_order",
    "walk_order",
    "without",
]
