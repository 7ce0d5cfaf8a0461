"""From a demand to a problem: pool the lines, read the stock once, apply the line rules.

Decides what competes with what. Lines of one item are one demand (S3); a kit's stock is the
minimum over its components (S11); where kits and singles can really run each other short, the
solver gets the shelf they share. Must not know how a plan is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import gcd, lcm

from omcore.kernel import Components, InvalidType, round_ratio
from omcore.routing._keeping import kept_back
from omcore.routing._premiums import Premiums
from omcore.routing._table import Table
from omcore.routing.constraints import LineRule
from omcore.routing.demand import Availability, Demand, DemandLine, Reader, reader
from omcore.routing.problem import Ints, Packing, Pool, Problem, contested
from omcore.shipping.tariffs import cheapest

# Lines by item, each as indexes into the demand's lines; None where every line is its own item.
Groups = list[list[int]] | None
_Key = tuple[Components, int, bool, int, tuple[int, int, int], str, tuple[tuple[int, str], ...]]


def problem_of(
    table: Table,
    demand: Demand,
    availability: Availability,
    rules: Sequence[LineRule],
    premiums: Premiums | None = None,
    at_most: int = 0,
) -> tuple[Problem, Groups]:
    """The problem, and which lines each of its items stands for.

    Errors: ``InvalidType`` where ``availability`` does not answer with exact ints.
    """
    read = reader(availability, table.floors)
    lines = demand.lines
    at, ids = demand.at, table.ids
    skus = _plain_skus(lines, rules)
    if skus is None:
        return _pooled(table, demand, availability, read, rules, premiums, at_most)
    stock = [read(sku, ids, at) for sku in skus]
    _checked_stock(stock, len(ids))
    packing, units = _priced(table, lines)
    worth: tuple[Ints, ...] = ()
    whom: tuple[tuple[str, ...], ...] = ()
    if premiums is not None:
        units, worth, whom = premiums.added(table, units, [(sku, ()) for sku in skus])
    own = units is table.rows
    kept: tuple[tuple[int, int, str], ...] = ()
    if table.floors:
        kept = kept_back(table, [((sku, 1),) for sku in skus], stock, availability, at)
    problem = Problem(
        tuple(skus),
        tuple([line.quantity for line in lines]),
        ids,
        tuple(stock),
        table.fixed,
        units,
        table.scan if own else (),
        table.walk if own else (),
        (),
        packing,
        kept,
        worth,
        (),
        at_most,
        (),
        whom,
    )
    return problem, None


def _plain_skus(lines: tuple[DemandLine, ...], rules: Sequence[LineRule]) -> list[str] | None:
    """The SKU of each line, if each is an item of its own that nothing but stock keeps from a location."""
    skus = []
    for line in lines:
        components = line.components
        if components and (len(components) > 1 or components[0] != (line.sku, 1)):
            return None
        for rule in rules:
            if rule.applies(line):
                return None
        if line.group:
            return None
        skus.append(line.sku)
    return skus if len(set(skus)) == len(skus) else None


def _checked_stock(columns: Iterable[Ints], size: int) -> None:
    # The sum of exact ints is an exact int; anything else in a column shows in it.
    try:
        for column in columns:
            if type(column) is not tuple or len(column) != size or type(sum(column)) is not int:
                raise InvalidType("availability", expected="promisable as exact ints")
    except TypeError:
        raise InvalidType("availability", expected="promisable as exact ints") from None


def _priced(table: Table, lines: Sequence[DemandLine]) -> tuple[Packing | None, tuple[Ints, ...]]:
    """Parcels and unit costs; the table's own row where neither weight nor measure changes anything."""
    measured = any(line.per != 1 for line in lines)
    parcels = table.parcels
    if table.per_kg is None and parcels is None and not measured:
        return None, table.rows
    per_kg = table.per_kg or (0,) * len(table.ids)
    rows: list[Ints] = []
    for line in lines:
        grams = line.unit_weight_g
        row = [cost + (kg * grams + 500) // 1_000 for cost, kg in zip(table.row, per_kg, strict=True)]
        if line.per != 1:
            pairs = zip(table.row, per_kg, strict=True)
            row = [round_ratio(cost * 1_000 + kg * grams, 1_000 * line.per) for cost, kg in pairs]
        if parcels is not None and line.ships_alone:
            # A parcel to itself is a cost of the unit, whatever else ships.
            cubic = cubic_mm(line)
            row = [
                cost + cheapest(priced.lists, grams, cubic)
                for cost, priced in zip(row, table.costs, strict=True)
            ]
        rows.append(tuple(row))
    packing = None
    if parcels is not None:
        parts = parts_of_a_gram(lines) if measured else 1
        weights = tuple(
            [-1 if line.ships_alone else line.unit_weight_g * parts // line.per for line in lines]
        )
        lists, limits = parcels.zones, parcels.limits
        if parts > 1:
            lists = tuple([tuple([(up_to * parts, cost) for up_to, cost in zone]) for zone in lists])
            limits = tuple([limit * parts for limit in limits])
        bulk: Ints = ()
        if parcels.divisors:
            bulk = tuple([cubic_mm(line) * parts // line.per for line in lines])
        packing = Packing(weights, lists, parcels.zone_of, bulk, parcels.divisors, limits, parcels.further)
    if all(row == table.row for row in rows):
        return packing, table.rows
    return packing, tuple(rows)


def parts_of_a_gram(lines: Sequence[DemandLine]) -> int:
    """In so many parts of a gram every unit's weight is whole: one, but for what weighs a fraction of it.

    Its size is whole in as many parts of a cubic millimeter.
    """
    return lcm(*[line.per // gcd(line.unit_weight_g, cubic_mm(line), line.per) for line in lines])


def cubic_mm(line: DemandLine) -> int:
    """What a unit takes, or a whole of its measure; 0 where a side is not known."""
    length, width, height = line.size_mm
    return length * width * height


def _pooled(
    table: Table,
    demand: Demand,
    availability: Availability,
    read: Reader,
    rules: Sequence[LineRule],
    premiums: Premiums | None,
    at_most: int,
) -> tuple[Problem, Groups]:
    """Kits, requirements, groups, or several lines of one item."""
    ids, at = table.ids, demand.at
    groups: dict[_Key, list[int]] = {}
    for i, line in enumerate(demand.lines):
        components = _summed(line.components or ((line.sku, 1),))
        barred = tuple(_barred(table, line, rules))
        key = (components, line.unit_weight_g, line.ships_alone, line.per, line.size_mm, line.group, barred)
        groups.setdefault(key, []).append(i)
    columns: dict[str, Ints] = {}
    for components, *_ in groups:
        for sku, _ in components:
            if sku not in columns:
                columns[sku] = read(sku, ids, at)
    _checked_stock(columns.values(), len(ids))
    quantities: list[int] = []
    stock: list[Ints] = []
    barred_items: list[tuple[int, int, str]] = []
    for item, ((components, *_, barred), members) in enumerate(groups.items()):
        quantities.append(sum(demand.lines[i].quantity for i in members))
        whole = [min(columns[sku][j] // each for sku, each in components) for j in range(len(ids))]
        for j, code in barred:
            whole[j] = 0
            barred_items.append((item, j, code))
        stock.append(tuple(whole))
    if table.floors:
        known = {(item, j) for item, j, _ in barred_items}
        kept = kept_back(table, [key[0] for key in groups], stock, availability, at)
        barred_items += [entry for entry in kept if entry[:2] not in known]
    first = [demand.lines[members[0]] for members in groups.values()]
    packing, units = _priced(table, first)
    worth: tuple[Ints, ...] = ()
    whom: tuple[tuple[str, ...], ...] = ()
    if premiums is not None:
        items = [(line.sku, _summed(line.components)) for line in first]
        units, worth, whom = premiums.added(table, units, items)
    own = units is table.rows
    shelves = _shelves([key[0] for key in groups], columns)
    problem = Problem(
        tuple([line.sku for line in first]),
        tuple(quantities),
        ids,
        tuple(stock),
        table.fixed,
        units,
        table.scan if own else (),
        table.walk if own else (),
        contested(shelves, tuple(quantities), stock),
        packing,
        tuple(barred_items),
        worth,
        _together(first),
        at_most,
        shelves,
        whom,
    )
    return problem, list(groups.values())


def _together(first: Sequence[DemandLine]) -> tuple[Ints, ...]:
    """The items whose lines name the same group; ``first`` is a line of each item."""
    named: dict[str, list[int]] = {}
    for item, line in enumerate(first):
        if line.group:
            named.setdefault(line.group, []).append(item)
    return tuple([tuple(items) for items in named.values()])


def _summed(components: Components) -> Components:
    summed: dict[str, int] = {}
    for sku, each in components:
        summed[sku] = summed.get(sku, 0) + each
    return tuple(sorted(summed.items()))


def _barred(table: Table, line: DemandLine, rules: Sequence[LineRule]) -> Iterator[tuple[int, str]]:
    """(location, code of the first rule that keeps the line from it)."""
    applying = [rule for rule in rules if rule.applies(line)]
    if applying:
        for j, location in enumerate(table.locations):
            for rule in applying:
                if not rule.allows(location, line):
                    yield j, rule.code
                    break


def _shelves(items: list[Components], columns: dict[str, Ints]) -> tuple[Pool, ...]:
    """Each SKU, and which items take how many of it."""
    drawn: dict[str, list[tuple[int, int]]] = {}
    for item, components in enumerate(items):
        for sku, each in components:
            drawn.setdefault(sku, []).append((item, each))
    return tuple([Pool(sku, columns[sku], tuple(draws)) for sku, draws in drawn.items()])


__all__ = ["Groups", "cubic_mm", "parts_of_a_gram", "problem_of"]
