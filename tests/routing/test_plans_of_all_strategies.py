"""What holds for the plans of every shipped strategy, beyond what its contract says of one plan.

The contract is in test_every_strategy.py. Here plans are compared: with a greedy one, with those of a smaller
network, and with what is planned later of the same order.
"""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omcore.codec import dumps
from omcore.kernel import Location, Network
from omcore.routing import Demand, DemandLine, RoutingPlan, check_plan
from omcore.testing.routing._oracle import Matrix, Prices, fits, may_ship
from omcore.testing.routing.cases import RoutingCase, Sort
from omcore.testing.strategies import routing_cases
from shipped_strategies import SHIPPED, Shipped

every = pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
SINGLES = Sort(groups=0, pickup=50, complete=0)


def greedy(case: RoutingCase, shipped: Shipped) -> Matrix:
    """As many routers do it: who ships most of what is left, then the next; the first of equals."""
    lines, places = case.demand.lines, case.network.locations
    left = {line.line_id: line.quantity for line in lines}
    stock = dict(case.stock)
    rows = [[0] * len(places) for _ in lines]
    for _ in range(shipped.at_most or len(places)):
        offers = [taken(case, place, left, stock, shipped) for place in places]
        best = max(range(len(places)), key=lambda j: (sum(offers[j]), -j))
        for i, units in enumerate(offers[best]):
            rows[i][best] += units
            left[lines[i].line_id] -= units
            take(stock, lines[i], places[best], units)
    return tuple(map(tuple, rows))


def taken(
    case: RoutingCase,
    place: Location,
    left: dict[str, int],
    stock: dict[tuple[str, str], int],
    shipped: Shipped,
) -> list[int]:
    """Units by line that a location ships of what is left, line after line."""
    there, found = dict(stock), []
    for line in case.demand.lines:
        units = 0
        if may_ship(case, place, line, shipped.rules):
            while units < left[line.line_id] and fits(there, [(line, 1)], place.id):
                take(there, line, place, 1)
                units += 1
        found.append(units)
    return found


def take(stock: dict[tuple[str, str], int], line: DemandLine, place: Location, units: int) -> None:
    for sku, each in line.components or ((line.sku, 1),):
        stock[sku, place.id] = stock.get((sku, place.id), 0) - each * units


@every
@given(case=routing_cases(SINGLES))
def test_no_plan_is_dearer_than_the_greedy_one(shipped: Shipped, case: RoutingCase) -> None:
    """It ships no less, and where it ships as much, for no more."""
    plan = shipped.make().plan(case.demand, case.network, case.shelves)
    matrix = greedy(case, shipped)
    units = sum(map(sum, matrix))
    # Whoever is cut short may say so, and ship less where kits and singles compete.
    assert plan.units >= units or not plan.proven
    if shipped.costs is not None and plan.units == units:
        prices = Prices(case, shipped.costs)
        if not prices.by_boxes or units <= 6:
            assert plan.cost <= prices.of(matrix) or not plan.proven
            assert plan.lower_bound <= prices.of(matrix)


@every
@given(case=routing_cases(Sort(groups=100, complete=0)), data=st.data())
def test_routing_again_keeps_every_unit(shipped: Shipped, case: RoutingCase, data: st.DataObject) -> None:
    """S9, R3: some ships, some is rejected, the rest is routed without whoever rejected it; to the end."""
    strategy, stock = shipped.make(), dict(case.stock)
    lines = {line.line_id: line for line in case.demand.lines}
    open_units = {line.line_id: line.quantity for line in case.demand.lines}
    gone = dict.fromkeys(open_units, 0)
    excluded = set(case.demand.excluded)
    for _ in range(len(case.network) + 1):
        rest = tuple([attrs.evolve(lines[id_], quantity=n) for id_, n in open_units.items() if n])
        demand = attrs.evolve(case.demand, lines=rest, excluded=frozenset(excluded))
        shelves = attrs.evolve(case, demand=demand, stock=stock).shelves
        plan = strategy.plan(demand, case.network, shelves)
        check_plan(plan, demand, case.network, shelves)
        assert not excluded & set(plan.locations)
        assert units_of(plan) == {id_: n for id_, n in open_units.items() if n}
        rejecting = {place for place in plan.locations if data.draw(st.booleans(), label=place)}
        for entry in plan.assignments:
            if entry.location not in rejecting:
                gone[entry.line_id] += entry.quantity
                open_units[entry.line_id] -= entry.quantity
                take(stock, lines[entry.line_id], case.network[entry.location], entry.quantity)
        excluded |= rejecting
        assert {id_: gone[id_] + open_units[id_] for id_ in lines} == {
            line.line_id: line.quantity for line in case.demand.lines
        }
        if not rejecting:
            break
    else:
        raise AssertionError("a location that rejected the order was asked again")


def units_of(plan: RoutingPlan) -> dict[str, int]:
    """Units by line, shipped and left."""
    found: dict[str, int] = {}
    for line_id, units in [(entry.line_id, entry.quantity) for entry in plan.assignments] + [
        (rest.line_id, rest.quantity) for rest in plan.remainder
    ]:
        found[line_id] = found.get(line_id, 0) + units
    return found


@every
@given(case=routing_cases())
def test_excluding_whoever_ships_nothing_changes_nothing(shipped: Shipped, case: RoutingCase) -> None:
    """What was not chosen does not matter: the plan without it is the same plan, but for its verdict."""
    strategy = shipped.make()
    plan = strategy.plan(case.demand, case.network, case.shelves)
    idle = {place.id for place in case.network} - set(plan.locations)
    demand = attrs.evolve(case.demand, excluded=case.demand.excluded | idle)
    again = strategy.plan(demand, case.network, case.shelves)
    if plan.proven and again.proven:
        assert (again.assignments, again.cost, again.parcels) == (plan.assignments, plan.cost, plan.parcels)
        assert units_of(again) == units_of(plan)


@every
@given(case=routing_cases(), more=st.integers(1, 1_000))
def test_more_than_enough_is_enough(shipped: Shipped, case: RoutingCase, more: int) -> None:
    """A shelf that could ship it all ships the same when it holds more."""
    plenty = dict.fromkeys(case.stock, 1000)
    strategy = shipped.make()
    plan = strategy.plan(case.demand, case.network, attrs.evolve(case, stock=plenty).shelves)
    higher = {key: units + more for key, units in plenty.items()}
    again = strategy.plan(case.demand, case.network, attrs.evolve(case, stock=higher).shelves)
    assert (again.assignments, again.remainder, again.cost) == (plan.assignments, plan.remainder, plan.cost)


@every
@given(case=routing_cases())
def test_a_plan_ships_the_same_when_only_what_it_takes_is_there(shipped: Shipped, case: RoutingCase) -> None:
    """The best plan is the best of fewer, too."""
    strategy = shipped.make()
    plan = strategy.plan(case.demand, case.network, case.shelves)
    lines = {line.line_id: line for line in case.demand.lines}
    needed: dict[tuple[str, str], int] = {}
    for entry in plan.assignments:
        for sku, each in lines[entry.line_id].components or ((lines[entry.line_id].sku, 1),):
            key = (sku, entry.location)
            needed[key] = needed.get(key, 0) + each * entry.quantity
    again = strategy.plan(case.demand, case.network, attrs.evolve(case, stock=needed).shelves)
    assert again.units == plan.units or not (plan.proven and again.proven)
    if plan.proven and again.proven and not any(line.components for line in case.demand.lines):
        assert again.cost == plan.cost


@every
@settings(max_examples=20)
@given(case=routing_cases())
def test_the_same_bytes_come_out_of_a_new_strategy_and_new_inputs(
    shipped: Shipped, case: RoutingCase
) -> None:
    """C1, R4: explanation and plan, to the last byte; other hash seeds are RT17's."""
    network = Network(tuple([attrs.evolve(place) for place in reversed(case.network.locations)]))
    demand = Demand(**{field.name: getattr(case.demand, field.name) for field in attrs.fields(Demand)})
    stock = dict(sorted(case.stock.items(), reverse=True))
    one = shipped.make().plan(case.demand, case.network, case.shelves)
    other = shipped.make().plan(demand, network, attrs.evolve(case, stock=stock).shelves)
    assert dumps(one).encode() == dumps(other).encode()
    texts = [json.dumps(plan.explanation.as_json(), sort_keys=False).encode() for plan in (one, other)]
    assert texts[0] == texts[1]
