"""What is true of a small case, found by looking at everything: who may ship what, every plan, its cost.

Decides nothing a router decides, and shares no code with one: loops over all plans, exact fractions, every
way to fill boxes. Must not know any strategy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from omcore.kernel import PICKUP, SHIP, Location
from omcore.routing import (
    CostModel,
    DemandLine,
    LineRule,
    LocationCosts,
    OrderRule,
    PlaceRule,
    RoutingPlan,
    Rule,
)
from omcore.testing.routing.cases import RoutingCase, drawn_from

Units = tuple[int, ...]
Matrix = tuple[Units, ...]
"""Units by line, then by location of the network."""

_FARTHEST_M = 20_015_115


def may_ship(case: RoutingCase, location: Location, line: DemandLine, rules: tuple[Rule, ...] | None) -> bool:
    """Whether nothing but stock keeps a line from a location; by ``rules`` where a strategy has its own."""
    demand = case.demand
    if location.id in demand.excluded or demand.pickup_at not in (None, location.id):
        return False
    if not line.requires <= location.capabilities:
        return False
    pickup = demand.pickup_at is not None
    if rules is None:
        return (
            location.active
            and (PICKUP if pickup else SHIP) in location.capabilities
            and (pickup or _in_region(case, location))
        )
    for rule in rules:
        if type(rule) is PlaceRule and not rule.allows(location, demand.destination, pickup):
            return False
        if type(rule) is OrderRule and rule.applies(demand) and not rule.allows(location, demand):
            return False
        if type(rule) is LineRule and rule.applies(line) and not rule.allows(location, line):
            return False
    return True


def _in_region(case: RoutingCase, location: Location) -> bool:
    place = case.demand.destination
    if not location.regions:
        return True
    return place is not None and bool(location.regions & {place.country, f"{place.country}-{place.region}"})


def left_over(case: RoutingCase, plan: RoutingPlan) -> dict[tuple[str, str], int]:
    """What is on the shelves when the plan has shipped."""
    lines = {line.line_id: line for line in case.demand.lines}
    left = dict(case.stock)
    for entry in plan.assignments:
        for sku, units in drawn_from([(lines[entry.line_id], entry.quantity)]).items():
            left[sku, entry.location] = left.get((sku, entry.location), 0) - units
    return left


def fits(left: Mapping[tuple[str, str], int], pairs: list[tuple[DemandLine, int]], location: str) -> bool:
    """Whether so many units of these lines are left at a location, all together."""
    return all(not units or left.get((sku, location), 0) >= units for sku, units in drawn_from(pairs).items())


def every_plan(case: RoutingCase, rules: tuple[Rule, ...] | None, at_most: int) -> Iterator[Matrix]:
    """Every way to ship any part of the order that is allowed, shipping nothing among them.

    ``at_most`` is how many locations may ship, 0 for any number.
    """
    demand, places = case.demand, case.network.locations
    whole = sum(line.quantity for line in demand.lines)

    def rows(number: int, done: Matrix) -> Iterator[Matrix]:
        if number == len(demand.lines):
            shipped = sum(map(sum, done))
            used = sum(any(row[j] for row in done) for j in range(len(places)))
            if (not at_most or used <= at_most) and (not demand.ship_complete or shipped in (0, whole)):
                yield done
            return
        line = demand.lines[number]
        open_to = [j for j, place in enumerate(places) if may_ship(case, place, line, rules)]
        for row in _rows(line, open_to, len(places)):
            if _together(demand.lines, done, line, row) and _holds(case, done, line, row):
                yield from rows(number + 1, (*done, row))

    return rows(0, ())


def _rows(line: DemandLine, open_to: list[int], count: int) -> Iterator[Units]:
    """Each number of units at each location; of a group all at one, or none."""
    if line.group:
        for j in open_to:
            yield tuple([line.quantity if j == at else 0 for at in range(count)])
        yield (0,) * count
        return

    def spread(at: int, left: int) -> Iterator[Units]:
        if at == count:
            yield ()
            return
        for units in range(left + 1 if at in open_to else 1):
            for rest in spread(at + 1, left - units):
                yield (units, *rest)

    yield from spread(0, line.quantity)


def _together(lines: Sequence[DemandLine], done: Matrix, line: DemandLine, row: Units) -> bool:
    if not line.group:
        return True
    where = [j for j, units in enumerate(row) if units]
    mates = [other for mate, other in zip(lines, done, strict=False) if mate.group == line.group]
    return all([j for j, units in enumerate(other) if units] == where for other in mates)


def _holds(case: RoutingCase, done: Matrix, line: DemandLine, row: Units) -> bool:
    lines = [*case.demand.lines[: len(done)], line]
    for j, location in enumerate(case.network.locations):
        if row[j]:
            pairs = [(each, units[j]) for each, units in zip(lines, (*done, row), strict=True)]
            if not fits(case.stock, pairs, location.id):
                return False
    return True


def matrix_of(case: RoutingCase, plan: RoutingPlan) -> Matrix:
    """A strategy's plan in the same form."""
    units = {(line.line_id, place.id): 0 for line in case.demand.lines for place in case.network}
    for entry in plan.assignments:
        units[entry.line_id, entry.location] += entry.quantity
    places = case.network.locations
    return tuple([tuple([units[line.line_id, place.id] for place in places]) for line in case.demand.lines])


class Prices:
    """What a cost model says of the locations of a case, and what any plan costs by it."""

    def __init__(self, case: RoutingCase, model: CostModel) -> None:
        self._case = case
        ranked = sorted(case.network, key=lambda place: (place.priority, place.id))
        self._costs = [
            model.costs(place, _meters(case, place), ranked.index(place)) for place in case.network
        ]
        self._known: dict[tuple[int, Units], int] = {}

    @property
    def by_boxes(self) -> bool:
        """Whether parcels have prices, so that how they are filled has one too."""
        return any(costs.brackets for costs in self._costs)

    def of(self, matrix: Matrix) -> int:
        """The cost of a plan, exact."""
        total = 0
        for j in range(len(self._costs)):
            shipped = tuple([row[j] for row in matrix])
            if any(shipped):
                known = self._known.get((j, shipped))
                if known is None:
                    known = self._known[j, shipped] = self._shipment(self._costs[j], shipped)
                total += known
        return total

    def _shipment(self, costs: LocationCosts, shipped: Units) -> int:
        total, loose = costs.fixed, list[Fraction]()
        for line, units in zip(self._case.demand.lines, shipped, strict=True):
            total += units * _unit(costs, line)
            if line.ships_alone:
                total += units * _box(costs, Fraction(line.unit_weight_g))
            elif costs.brackets:
                loose += [Fraction(line.unit_weight_g, line.per)] * units
        if costs.brackets:
            total += min(sum(_box(costs, grams) for grams in boxes) for boxes in _boxings(loose))
        return total


def _unit(costs: LocationCosts, line: DemandLine) -> int:
    """A unit by itself; in two steps where units are whole things, in one where they are parts of one."""
    if line.per == 1:
        return costs.per_unit + _rounded(Fraction(costs.per_kg * line.unit_weight_g, 1_000))
    kilos = Fraction(line.unit_weight_g, 1_000)
    return _rounded((costs.per_unit + costs.per_kg * kilos) / line.per)


def _rounded(value: Fraction) -> int:
    return (value + Fraction(1, 2)).__floor__()


def _box(costs: LocationCosts, grams: Fraction) -> int:
    if not costs.brackets:
        return 0
    for up_to, price in costs.brackets:
        if grams <= up_to:
            return price
    up_to, price = costs.brackets[-1]
    return int(-(-grams // up_to)) * price


def _boxings(weights: list[Fraction]) -> Iterator[list[Fraction]]:
    """Every way to put single units into boxes, as the boxes' weights."""
    if not weights:
        yield []
        return
    for boxes in _boxings(weights[1:]):
        yield [*boxes, weights[0]]
        for i, box in enumerate(boxes):
            yield [*boxes[:i], box + weights[0], *boxes[i + 1 :]]


def _meters(case: RoutingCase, location: Location) -> int | None:
    """None where nothing travels; nothing to nobody knows where; from nobody knows where the farthest."""
    place = case.demand.destination
    if case.demand.pickup_at is not None:
        return None
    if place is None or place.point is None:
        return 0
    if location.point is None:
        return _FARTHEST_M
    return round(location.point.distance_km(place.point) * 1_000)


__all__ = ["Matrix", "Prices", "every_plan", "fits", "left_over", "matrix_of", "may_ship"]
