"""What if a location closes, opens, has more, can do more: the live function over a changed world (R4)."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import DuplicateId, GeoPoint, InputError, Location, Network, OmcoreError, UnknownId
from omcore.routing import (
    Altered,
    ByPriority,
    Change,
    FewestShipments,
    Instead,
    LowestCost,
    Moved,
    Nearest,
    Opened,
    Rates,
    RoutingPlan,
    RoutingStrategy,
    Stocked,
    what_if,
    with_changes,
)
from routing_samples import NETWORK, NOON, RATES, Shelf, any_case, demand, lines, shelf

STRATEGIES: list[RoutingStrategy] = [LowestCost(RATES), Nearest(), ByPriority(), FewestShipments()]
cases = st.integers(0, 2**60).map(random.Random)
strategies = st.sampled_from(STRATEGIES)


def any_changes(rng: random.Random, network: Network) -> list[Change]:
    changes: list[Change] = []
    ids = [entry.id for entry in network.locations]
    for i in range(rng.randint(0, 4)):
        kind = rng.random()
        if kind < 0.2 or not ids:
            name = f"new-{i}"
            point = GeoPoint(rng.randint(28, 47), rng.randint(-122, -72))
            changes.append(Opened(Location(name, point=point, priority=rng.randint(0, 2))))
            ids.append(name)
        elif kind < 0.3:
            changes.append(Instead(rng.choice(STRATEGIES)))
        elif kind < 0.65:
            changes.append(Stocked(rng.choice("ABCD"), rng.choice(ids), rng.randint(-4, 4)))
        else:
            able = frozenset({rng.choice(["ship", "cold", "pickup"])})
            options: list[Change] = [
                Altered(rng.choice(ids), active=rng.random() < 0.5),
                Altered(rng.choice(ids), priority=rng.randint(0, 3), labor_cost=rng.randint(0, 300)),
                Altered(rng.choice(ids), safety_stock=rng.randint(0, 3)),
                Altered(rng.choice(ids), gains=able),
                Altered(rng.choice(ids), loses=able),
            ]
            changes.append(rng.choice(options))
    return changes


def by_hand(
    strategy: RoutingStrategy, network: Network, stock: Shelf, changes: list[Change]
) -> tuple[RoutingStrategy, Network, Shelf]:
    """The changed world, built of plain dicts."""
    places = {entry.id: entry for entry in network.locations}
    units = dict(stock.units)
    for change in changes:
        match change:
            case Instead(other):
                strategy = other
            case Opened(location):
                places[location.id] = location
            case Stocked(sku, name, count):
                units[sku, name] = units.get((sku, name), 0) + count
            case Altered():
                old = places[change.location]
                fresh = {
                    name: getattr(change, name)
                    for name in ("active", "priority", "labor_cost", "safety_stock")
                    if getattr(change, name) is not None
                }
                able = set(old.capabilities) | change.gains
                able -= change.loses
                places[change.location] = attrs.evolve(old, capabilities=frozenset(able), **fresh)
    return strategy, Network(tuple(places.values())), Shelf(units)


def places_of(plan: RoutingPlan) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for entry in plan.assignments:
        found[entry.line_id, entry.location] += entry.quantity
    for rest in plan.remainder:
        found[rest.line_id, ""] += rest.quantity
    return found


@given(cases, strategies)
def test_it_is_the_plan_of_the_changed_world(rng: random.Random, strategy: RoutingStrategy) -> None:
    """R4: the same function; what moved turns one plan into the other, no unit more than it must."""
    request, network, stock = any_case(rng)
    changes = any_changes(rng, network)
    found = what_if(strategy, request, network, stock, changes)
    assert found.before == strategy.plan(request, network, stock)
    other, there, shelves = by_hand(strategy, network, stock, changes)
    assert found.after == other.plan(request, there, shelves)
    before, after = places_of(found.before), places_of(found.after)
    for move in found.moved:
        assert move.before != move.after
        assert move.units > 0
        before[move.line_id, move.before] -= move.units
        before[move.line_id, move.after] += move.units
    assert +before == +after
    least = sum((places_of(found.before) - places_of(found.after)).values())
    assert sum(move.units for move in found.moved) == least
    assert found.units == found.after.units - found.before.units
    told = found.as_json()
    assert json.loads(json.dumps(told)) == told
    assert told["before"] == found.before.as_json()
    assert len(found.explain().splitlines()) >= 3


@given(cases, strategies)
def test_changes_compose(rng: random.Random, strategy: RoutingStrategy) -> None:
    """Some now and the rest after is all at once."""
    request, network, stock = any_case(rng)
    changes = any_changes(rng, network)
    at = rng.randint(0, len(changes))
    first = with_changes(strategy, network, stock, changes[:at])
    second = with_changes(first.strategy, first.network, first.availability, changes[at:])
    found = what_if(strategy, request, network, stock, changes)
    assert second.strategy.plan(request, second.network, second.availability) == found.after


@given(cases, strategies)
def test_where_nothing_changes_nothing_moves(rng: random.Random, strategy: RoutingStrategy) -> None:
    request, network, stock = any_case(rng)
    found = what_if(strategy, request, network, stock, ())
    assert found.before == found.after
    assert (found.cost, found.units, found.shipments, found.moved) == (0, 0, 0, ())


def test_if_dallas_were_closed_reno_would_ship() -> None:
    stock = shelf(dallas={"TEE": 5, "MUG": 1}, reno={"TEE": 9})
    request = demand(*lines(TEE=2, MUG=1))
    found = what_if(LowestCost(RATES), request, NETWORK, stock, [Altered("dallas", active=False)])
    assert found.moved == (Moved("tee", 2, "dallas", "reno"), Moved("mug", 1, "dallas", ""))
    assert (found.units, found.shipments) == (-1, 0)
    assert found.explain() == (
        "Order 1001, if dallas: off:\n"
        "  is    3 of 3 units from 1 location, 17.98 USD (lowest_cost)\n"
        "  were  2 of 3 units from 1 location, 18.10 USD (lowest_cost)\n"
        "  costs 0.12 USD more\n"
        "  moves 2 of line tee: dallas -> reno\n"
        "  moves 1 of line mug: dallas -> stays\n"
    )


def test_several_changes_are_one_world() -> None:
    """A new store near the customer, with stock, at another price."""
    changes: list[Change] = [
        Opened(Location("back-bay", kind="store", point=GeoPoint(42.35, -71.08))),
        Stocked("TEE", "back-bay", 2),
        Altered("back-bay", labor_cost=40, gains=frozenset({"pickup"})),
        Instead(LowestCost(Rates.of("EUR", per_shipment="7", per_km="0.01"))),
    ]
    found = what_if(LowestCost(RATES), demand(*lines(TEE=2)), NETWORK, shelf(newark={"TEE": 2}), changes)
    assert found.after.locations == ("back-bay",)
    assert found.cost is None  # dollars and euros
    assert found.as_json()["cost"] is None
    assert found.changes == (
        "back-bay: opened",
        "back-bay: +2 TEE",
        "back-bay: labor cost 40, able to pickup",
        "strategy lowest_cost",
    )


def test_units_come_on_top_of_each_other() -> None:
    world = with_changes(
        Nearest(),
        NETWORK,
        shelf(newark={"TEE": 1}),
        [Stocked("TEE", "newark", 2), Stocked("TEE", "newark", -1)],
    )
    assert world.availability.promisable("TEE", "newark", NOON) == 2


def test_a_location_that_is_opened_is_not_asked_about() -> None:
    """The view of the stock need not know it."""

    class Known(Shelf):
        def promisable(self, sku: str, location: str, now: object, /) -> int:
            assert location in {"newark", "reno", "dallas", "loop"}
            return 1

    changes: list[Change] = [Opened(Location("new", point=NETWORK["newark"].point)), Stocked("TEE", "new", 3)]
    found = what_if(Nearest(), demand(*lines(TEE=3)), NETWORK, Known({}), changes)
    assert found.after.locations == ("new",)


class Counted(Shelf):
    """A stock that counts the orders of the day."""

    def orders_today(self, location: str, now: object, /) -> int:
        return 7 if location == "newark" else 0


def test_a_capacity_binds_where_orders_are_counted_and_only_there() -> None:
    request = demand(*lines(TEE=1))
    for shelves, shipped in ((Counted, "reno"), (Shelf, "newark")):
        stock = shelves({("TEE", "newark"): 1, ("TEE", "reno"): 1})
        changes: list[Change] = [Altered("newark", daily_capacity=7), Stocked("TEE", "reno", 1)]
        assert what_if(Nearest(), request, NETWORK, stock, changes).after.locations == (shipped,)


def test_what_is_not_there_cannot_be_changed() -> None:
    stock, request = shelf(newark={"TEE": 1}), demand(*lines(TEE=1))
    for change in (Altered("mars", active=False), Stocked("TEE", "mars", 1)):
        with pytest.raises(UnknownId) as caught:
            what_if(Nearest(), request, NETWORK, stock, [change])
        assert caught.value.path == "changes[0]"
    with pytest.raises(DuplicateId):
        what_if(Nearest(), request, NETWORK, stock, [Opened(Location("newark"))])
    for wrong in ({"cut_off": "25:00"}, {"labor_cost": -1}, {"safety_stock": -1}, {"priority": 0.5}):
        odd: dict[str, Any] = wrong
        with pytest.raises(InputError):
            Altered("newark", **odd)


def answers(a: Any, b: Any) -> None:
    request, stock = demand(*lines(TEE=1)), shelf(newark={"TEE": 1})
    calls: list[Any] = [
        lambda: Altered(a, active=b),
        lambda: Altered("newark", gains=a, loses=b),
        lambda: Opened(a),
        lambda: Stocked(a, "newark", 1),
        lambda: Stocked("TEE", a, b),
        lambda: Instead(a),
        lambda: with_changes(a, NETWORK, stock, ()),
        lambda: with_changes(Nearest(), a, stock, ()),
        lambda: with_changes(Nearest(), NETWORK, a, [Stocked("TEE", "newark", 1)]),
        lambda: with_changes(Nearest(), NETWORK, stock, a),
        lambda: with_changes(Nearest(), NETWORK, stock, [a, b]),
        lambda: what_if(a, request, NETWORK, stock, ()),
        lambda: what_if(Nearest(), a, NETWORK, stock, ()),
        lambda: what_if(Nearest(), request, NETWORK, stock, a),
        *[
            lambda name=field.name: Altered("newark", **{name: a})
            for field in attrs.fields(Altered)
            if field.name != "location"
        ],
    ]
    for call in calls:
        with suppress(OmcoreError):
            call()


@given(anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any) -> None:
    answers(a, b)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd, odd)
