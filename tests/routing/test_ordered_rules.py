"""Routing as merchandisers write it down: rule after rule, and what becomes of the rest."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import PICKUP, STORE, DuplicateId, GeoPoint, InputError, Location, Money, Network
from omcore.routing import (
    DEFAULT_RULES,
    ByPriority,
    Demand,
    FewestShipments,
    FirstThatFills,
    LowestCost,
    Nearest,
    OrderedRules,
    PlaceRule,
    RoutingPlan,
    Step,
    When,
    check_plan,
)
from routing_samples import CHICAGO, NETWORK, RATES, Shelf, any_case, demand, lines, shelf

cases = st.integers(0, 2**60).map(random.Random)
STORES = Step("stores", kinds=frozenset({STORE}), by="distance")
ANYBODY = Step("anybody", by="cost")


def rules(*steps: Step, **more: Any) -> OrderedRules:
    return OrderedRules(steps, costs=RATES, **more)


def plan(strategy: Any, request: Demand, stock: Shelf, network: Network = NETWORK) -> RoutingPlan:
    found: RoutingPlan = strategy.plan(request, network, stock)
    check_plan(found, request, network, stock)
    return found


def reasons(found: RoutingPlan) -> list[tuple[str, int, str]]:
    return [(rest.line_id, rest.quantity, rest.reason) for rest in found.remainder]


def codes(found: RoutingPlan) -> dict[str, str]:
    return {verdict.location: verdict.code for verdict in found.explanation.verdicts()}


def test_the_first_rule_that_fills_the_order_makes_the_plan_and_the_plan_says_which() -> None:
    stores_first = rules(STORES, ANYBODY)
    near = shelf(loop={"TEE": 5}, newark={"TEE": 5})
    found = plan(stores_first, demand(*lines(TEE=2)), near)
    assert (found.locations, found.decided_by) == (("loop",), "stores")
    assert found.strategy == "ordered_rules"
    assert codes(found)["newark"] == "rule_kind"
    assert "(ordered_rules, by stores; nothing better exists)" in found.explain()
    assert "of another kind than the rule asks for" in found.explain()
    far = plan(stores_first, demand(*lines(TEE=6)), near)
    assert (far.decided_by, far.units) == ("anybody", 6)


def test_a_rule_that_cannot_fill_all_takes_nothing_from_the_next_one() -> None:
    """One of two is in the store; the whole order is Newark's."""
    found = plan(rules(STORES, ANYBODY), demand(*lines(TEE=2)), shelf(loop={"TEE": 1}, newark={"TEE": 2}))
    assert found.locations == ("newark",)


@pytest.mark.parametrize("verdict", ["park", "cancel", "backorder"])
def test_what_the_last_word_is_becomes_of_what_stays(verdict: str) -> None:
    """R1: the reason of the units that stay is what the rule says of them."""
    stock = shelf(loop={"TEE": 1}, newark={"TEE": 2})
    last = attrs.evolve(STORES, otherwise=verdict)
    found = plan(rules(last, ANYBODY), demand(*lines(TEE=2)), stock)
    assert (found.units, reasons(found), found.decided_by) == (1, [("tee", 1, verdict)], "stores")
    none = plan(rules(attrs.evolve(last, partly=False), ANYBODY), demand(*lines(TEE=2)), stock)
    assert (none.units, none.cost, reasons(none)) == (0, 0, [("tee", 2, verdict)])
    assert codes(none)["loop"] == verdict
    none.explain()
    whole = plan(rules(last, ANYBODY), demand(*lines(TEE=1)), stock)
    assert whole.units == 1


def test_after_the_last_rule_units_stay_for_their_own_reason() -> None:
    stock = shelf(loop={"TEE": 1})
    found = plan(rules(STORES, STORES_AGAIN), demand(*lines(TEE=2)), stock)
    assert (reasons(found), found.decided_by) == ([("tee", 1, "no_stock")], "again")
    none = plan(rules(attrs.evolve(STORES, partly=False)), demand(*lines(TEE=2)), stock)
    assert reasons(none) == [("tee", 2, "no_rule")]


STORES_AGAIN = attrs.evolve(STORES, name="again")


def test_a_rule_is_for_the_orders_that_it_is_for() -> None:
    def is_dear(request: Demand) -> bool:
        return request.value is not None and request.value.minor >= 10_000

    dear_first = rules(
        Step("dear", locations=frozenset({"reno"}), applies=is_dear, otherwise="park"),
        Step("cheap", locations=frozenset({"dallas"}), applies=lambda request: not is_dear(request)),
    )
    stock = shelf(reno={"TEE": 1}, dallas={"TEE": 9})
    request = demand(*lines(TEE=2))
    assert plan(dear_first, request, stock).locations == ("dallas",)
    dear = plan(dear_first, attrs.evolve(request, value=Money(10_000, "USD")), stock)
    assert (dear.locations, reasons(dear)) == (("reno",), [("tee", 1, "park")])


def test_an_order_that_no_rule_is_for_stays_whole() -> None:
    never = rules(attrs.evolve(ANYBODY, applies=lambda request: False))
    found = plan(never, demand(*lines(TEE=1)), shelf(newark={"TEE": 5}))
    assert (reasons(found), found.decided_by) == ([("tee", 1, "no_rule")], "")
    assert set(codes(found).values()) == {"no_rule"}


@pytest.mark.parametrize(
    ("step", "chosen", "code"),
    [
        ({"kinds": frozenset({STORE})}, "loop", "rule_kind"),
        ({"locations": frozenset({"reno", "moon"})}, "reno", "rule_location"),
        ({"capabilities": frozenset({"hazmat"})}, "dallas", "rule_capability"),
        ({"within_km": 400}, "newark", "rule_distance"),
        ({"allows": lambda location, request: location.id == "dallas"}, "dallas", "rule_allows"),
    ],
)
def test_who_may_ship_is_said_by_the_rule(step: dict[str, Any], chosen: str, code: str) -> None:
    """R2: everybody else is told by which word of it."""
    stock = Shelf({("TEE", entry.id): 9 for entry in NETWORK})
    found = plan(rules(Step("who", **step)), demand(*lines(TEE=1)), stock)
    assert found.locations == (chosen,)
    assert {why for where, why in codes(found).items() if where != chosen} == {code}


def test_a_location_has_all_that_a_rule_asks_for() -> None:
    stock = Shelf({("TEE", entry.id): 9 for entry in NETWORK})
    able = Step("able", capabilities=frozenset({"hazmat", PICKUP}))
    assert reasons(plan(rules(able), demand(*lines(TEE=1)), stock)) == [("tee", 1, "rule_capability")]


def test_what_is_collected_is_never_too_far() -> None:
    near = rules(Step("near", within_km=1))
    assert plan(near, demand(*lines(TEE=1), pickup_at="loop"), shelf(loop={"TEE": 1})).units == 1


def test_regions_of_a_rule_are_those_that_a_location_is_for() -> None:
    east = Network(
        (
            Location("east", regions=frozenset({"US-MA", "US-NY"}), priority=3),
            Location("west", regions=frozenset({"US-MA", "US-CA"}), priority=1),
            Location("all", priority=0),
        )
    )
    stock = Shelf({("TEE", entry.id): 9 for entry in east})
    found = plan(rules(Step("ny", regions=frozenset({"US-NY"}))), demand(*lines(TEE=1)), stock, east)
    assert found.locations == ("east",)
    assert codes(found)["all"] == "rule_region"


class Day(Shelf):
    def __init__(self, units: Mapping[tuple[str, str], int], given_today: Mapping[str, int]) -> None:
        super().__init__(units)
        self.given = dict(given_today)

    def orders_today(self, location: str, now: datetime) -> int:
        return self.given.get(location, 0)


def test_a_rule_chooses_by_what_it_says() -> None:
    near = Location("near", point=GeoPoint(42.4, -71.1), priority=2, daily_capacity=10, labor_cost=900)
    first = Location("first", point=CHICAGO, priority=0, daily_capacity=10, labor_cost=800)
    idle = Location("idle", point=CHICAGO, priority=2, daily_capacity=10, labor_cost=700)
    full = Location("full", point=CHICAGO, priority=2, daily_capacity=10, labor_cost=600)
    network = Network((near, first, idle, full))
    stock = Day(
        {("TEE", "near"): 2, ("TEE", "first"): 2, ("TEE", "idle"): 2, ("TEE", "full"): 9},
        {"near": 5, "first": 5, "idle": 4, "full": 9},
    )

    def by(what: Any, **more: Any) -> str:
        found = plan(rules(Step("one", by=what), **more), demand(*lines(TEE=1)), stock, network)
        return found.locations[0]

    assert by("distance") == "near"
    assert by("priority") == "first"
    assert by("shipments") == "near"
    assert by("cost") == "full"
    assert by("load") == "idle"
    assert by("cover") == "full"
    daily = {(entry.id, "TEE"): 5 if entry.id != "first" else 1 for entry in network}
    assert by("cover", daily=daily) == "first"
    assert by(RATES) == "full"


def test_what_each_rule_would_have_done_can_be_asked() -> None:
    stock = shelf(loop={"TEE": 1}, newark={"TEE": 2})
    told = rules(STORES, ANYBODY).trace(demand(*lines(TEE=2)), NETWORK, stock)
    assert [(name, found.units) for name, found in told] == [("stores", 1), ("anybody", 2)]


def test_nothing_is_cancelled_by_a_rule_because_a_location_is_full_today() -> None:
    """S4, R1: it could ship tomorrow."""
    network = Network((Location("dc", daily_capacity=3),))
    stock = Day({("TEE", "dc"): 5}, {"dc": 3})
    for partly in (True, False):
        only = rules(Step("dc", otherwise="cancel", partly=partly))
        assert reasons(plan(only, demand(*lines(TEE=1)), stock, network)) == [("tee", 1, "capacity")]
        assert reasons(plan(only, demand(*lines(MUG=1)), stock, network)) == [("mug", 1, "cancel")]
        parked = rules(Step("dc", otherwise="park", partly=partly))
        assert reasons(plan(parked, demand(*lines(TEE=1)), stock, network)) == [("tee", 1, "park")]


def test_an_embedders_own_rules_hold_in_every_step() -> None:
    not_reno = PlaceRule("no_reno", lambda location, destination, pickup: location.id != "reno")
    mine = rules(STORES, ANYBODY, rules=(not_reno, *DEFAULT_RULES))
    found = plan(mine, demand(*lines(TEE=1)), shelf(reno={"TEE": 5}))
    assert (reasons(found), codes(found)["reno"]) == ([("tee", 1, "no_stock")], "no_reno")


# -- whatever the order --------------------------------------------------------------------------

WAYS = st.sampled_from(["distance", "priority", "shipments", "cost", "load", "cover"])


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    made = []
    for n in range(draw(st.integers(1, 4))):
        ids = draw(st.frozensets(st.sampled_from([f"loc-{i}" for i in range(6)]), max_size=4))
        made.append(
            Step(
                f"s{n}",
                locations=ids,
                by=draw(WAYS),
                otherwise=draw(st.sampled_from(["next", "next", "park", "cancel", "backorder"])),
                partly=draw(st.booleans()),
            )
        )
    return tuple(made)


@given(cases, steps())
def test_rules_are_asked_one_by_one(dice: random.Random, wanted: tuple[Step, ...]) -> None:
    """An oracle of its own: each rule is the nearest, cheapest ... over its locations alone."""
    request, network, stock = any_case(dice)
    mine = OrderedRules(wanted, costs=RATES)
    found = plan(mine, request, stock, network)
    assert mine.plan(request, Network(network.locations[::-1]), stock) == found
    plain = {"distance": Nearest(), "priority": ByPriority(), "shipments": FewestShipments()}
    for at, step in enumerate(wanted):
        there = Network(tuple(e for e in network if not step.locations or e.id in step.locations))
        alone = plain.get(step.by, LowestCost(RATES)).plan(request, there, stock)
        filled = not alone.unfilled
        last = at == len(wanted) - 1 or step.otherwise != "next"
        if not filled and not last:
            continue
        assert found.decided_by == step.name
        if filled or step.partly:
            assert found.units == alone.units
            assert set(found.locations) <= {entry.id for entry in there}
            # A rank is one among all locations, so a plan by priority may differ in cost alone.
            if step.by in ("distance", "shipments", "cost"):
                assert (found.assignments, found.cost) == (alone.assignments, alone.cost)
        else:
            assert not found.assignments
        if not filled and step.otherwise != "next":
            assert {rest.reason for rest in found.remainder} == {step.otherwise}
        break
    verdicts = found.explanation.verdicts()
    assert sorted(verdict.location for verdict in verdicts) == sorted(entry.id for entry in network)
    found.explain()


# -- strategies made of others -------------------------------------------------------------------

EAST = Nearest(rules=(*DEFAULT_RULES[:1], PlaceRule("west", lambda place, _, __: place.id != "reno")))


def test_the_first_strategy_that_fills_makes_the_plan() -> None:
    either = FirstThatFills(EAST, LowestCost(RATES), name="east-else-any")
    stock = shelf(newark={"TEE": 1}, reno={"TEE": 2})
    assert plan(either, demand(*lines(TEE=1)), stock).decided_by == "nearest"
    found = plan(either, demand(*lines(TEE=2)), stock)
    assert (found.strategy, found.decided_by, found.units) == ("east-else-any", "lowest_cost", 2)


def test_where_none_fills_the_one_that_ships_most_does_and_of_equals_the_first() -> None:
    either = FirstThatFills(EAST, LowestCost(RATES), ByPriority())
    stock = shelf(newark={"TEE": 1}, reno={"TEE": 1})
    found = plan(either, demand(*lines(TEE=9)), stock)
    assert (found.units, found.decided_by) == (2, "lowest_cost")
    assert plan(either, demand(*lines(TEE=9)), shelf(newark={"TEE": 1})).decided_by == "nearest"


def test_some_orders_have_one_strategy_and_the_rest_another() -> None:
    express = When(
        lambda request: request.service == "express", Nearest(), rules(STORES, ANYBODY), name="ours"
    )
    stock = shelf(newark={"TEE": 1}, loop={"TEE": 1})
    request = demand(*lines(TEE=1))
    assert plan(express, attrs.evolve(request, service="express"), stock).locations == ("newark",)
    found = plan(express, request, stock)
    assert (found.locations, found.strategy, found.decided_by) == (("loop",), "ours", "ordered_rules/stores")


class Plain:
    name = "plain"

    def plan(self, *asked: Any) -> Any:
        return None


# Whoever passes something else has no type checker to tell him.
FIRST: Any = FirstThatFills
WHEN: Any = When
ORDERED: Any = OrderedRules
STEP: Any = Step
STORES_ONLY: Any = rules(STORES)


@pytest.mark.parametrize(
    "make",
    [
        lambda: FIRST(),
        lambda: FIRST(None),
        lambda: FIRST(Nearest(), name=""),
        lambda: FIRST(Plain()).plan(demand(), NETWORK, Shelf({})),
        lambda: WHEN(None, Nearest(), Nearest()),
        lambda: WHEN(bool, Nearest(), "nearest"),
        lambda: WHEN(bool, Nearest(), Nearest()).plan(None, NETWORK, Shelf({})),
        lambda: ORDERED(()),
        lambda: ORDERED([STORES]),
        lambda: ORDERED((None,)),
        lambda: STORES_ONLY.plan(None, NETWORK, Shelf({})),
        lambda: STORES_ONLY.plan(demand(*lines(TEE=1)), None, Shelf({})),
        lambda: STORES_ONLY.plan(demand(*lines(TEE=1)), NETWORK, None),
        lambda: rules(STEP("x", by=object())),
        lambda: STEP("x", by="beauty"),
        lambda: STEP("x", otherwise="hope"),
        lambda: STEP("x", otherwise=None),
        lambda: STEP("x", partly=1),
        lambda: STEP("x", kinds=frozenset({"moon"})),
        lambda: STEP("x", within_km=-1),
        lambda: STEP("x", allows=None),
        lambda: STEP(""),
    ],
)
def test_what_is_no_rule_or_strategy_is_refused(make: Any) -> None:
    with pytest.raises(InputError):
        make()


def test_each_rule_has_a_name_of_its_own() -> None:
    with pytest.raises(DuplicateId):
        rules(STORES, STORES)
