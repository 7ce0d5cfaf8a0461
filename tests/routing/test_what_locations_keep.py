"""What locations keep: safety stock on their shelves, and orders for another day."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import PICKUP, SHIP, InvalidType, Location, Network
from omcore.routing import (
    ByPriority,
    CostStrategy,
    Demand,
    DemandLine,
    FewestShipments,
    InvalidPlan,
    LowestCost,
    Nearest,
    RoutingPlan,
    check_plan,
)
from routing_samples import BOTH, NEWARK, NOON, RATES, RENO, Shelf, any_case, demand, lines, shelf

STRATEGIES: list[CostStrategy] = [LowestCost(RATES), Nearest(), ByPriority(), FewestShipments()]
cases = st.integers(0, 2**60).map(random.Random)
strategies = st.sampled_from(STRATEGIES)


class Day(Shelf):
    """A shelf, and how many orders each location was given today."""

    def __init__(self, units: Mapping[tuple[str, str], int], given: Mapping[str, int]) -> None:
        super().__init__(units)
        self.given = dict(given)

    def orders_today(self, location: str, now: datetime) -> int:
        return self.given.get(location, 0)


def codes(plan: RoutingPlan) -> dict[str, str]:
    return {verdict.location: verdict.code for verdict in plan.explanation.verdicts()}


def reasons(plan: RoutingPlan) -> list[tuple[str, int, str]]:
    return [(rest.line_id, rest.quantity, rest.reason) for rest in plan.remainder]


# -- safety stock --------------------------------------------------------------------------------

TWO = Network(
    (
        Location("newark", point=NEWARK, safety_stock=2, capabilities=BOTH),
        Location("reno", point=RENO, capabilities=BOTH),
    )
)


def test_routing_leaves_the_safety_stock_of_every_item_on_the_shelf() -> None:
    """R1: three of five are to be had in Newark, and the other two of Reno."""
    stock = shelf(newark={"TEE": 5, "MUG": 2}, reno={"TEE": 9, "MUG": 9})
    plan = Nearest().plan(demand(*lines(TEE=5, MUG=1)), TWO, stock)
    assert [(entry.line_id, entry.location, entry.quantity) for entry in plan.assignments] == [
        ("tee", "newark", 3),
        ("tee", "reno", 2),
        ("mug", "reno", 1),
    ]


def test_a_location_with_nothing_but_its_safety_stock_says_so() -> None:
    """R2."""
    plan = LowestCost(RATES).plan(demand(*lines(TEE=1)), TWO, shelf(newark={"TEE": 2}, reno={"TEE": 1}))
    assert codes(plan) == {"reno": "", "newark": "safety_stock"}
    assert "keeps what it has as safety stock" in plan.explain()
    none = LowestCost(RATES).plan(demand(*lines(TEE=1)), TWO, shelf(newark={"TEE": 2}))
    assert reasons(none) == [("tee", 1, "no_stock")]
    empty = LowestCost(RATES).plan(demand(*lines(TEE=1)), TWO, shelf(reno={"TEE": 1}))
    assert codes(empty)["newark"] == "no_stock"


def test_who_collects_at_the_counter_may_have_the_last_one() -> None:
    """What stays on a shelf stays for those who come for it."""
    stock = shelf(newark={"TEE": 2})
    collected = demand(*lines(TEE=2), pickup_at="newark")
    plan = LowestCost(RATES).plan(collected, TWO, stock)
    check_plan(plan, collected, TWO, stock)
    assert plan.units == 2


def test_a_plan_that_takes_of_the_safety_stock_is_found_out() -> None:
    stock = shelf(newark={"TEE": 4})
    request = demand(*lines(TEE=3))
    bare = Network(tuple(attrs.evolve(location, safety_stock=0) for location in TWO))
    taken = LowestCost(RATES).plan(request, bare, stock)
    check_plan(taken, request, bare, stock)
    with pytest.raises(InvalidPlan):
        check_plan(taken, request, TWO, stock)


class Owned(Shelf):
    """Of each shelf the first units are the order's own (S8)."""

    own = 1

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        units = self.promisable(sku, location, now)
        mine = min(self.own, max(units, 0))
        return mine + max(0, units - mine - floor)


def test_s8_no_safety_stock_holds_back_what_is_the_orders_own() -> None:
    stock = Owned({("TEE", "newark"): 2})
    request = demand(*lines(TEE=2))
    plan = LowestCost(RATES).plan(request, TWO, stock)
    check_plan(plan, request, TWO, stock)
    assert (plan.units, reasons(plan)) == (1, [("tee", 1, "no_stock")])


def kept(network: Network, rng: random.Random) -> Network:
    return Network(tuple(attrs.evolve(entry, safety_stock=rng.choice([0, 1, 2, 5])) for entry in network))


@given(cases, strategies)
def test_a_shelf_less_its_safety_stock_is_planned_as_a_smaller_shelf_is(
    rng: random.Random, strategy: CostStrategy
) -> None:
    """R1, S3, S11: for kits and singles alike."""
    request, network, stock = any_case(rng)
    keeping = kept(network, rng)
    plan = strategy.plan(request, keeping, stock)
    check_plan(plan, request, keeping, stock)
    lower = {} if request.pickup_at is not None else {entry.id: entry.safety_stock for entry in keeping}
    smaller = Shelf({key: units - lower.get(key[1], 0) for key, units in stock.units.items()})
    expected = strategy.plan(request, network, smaller)
    assert (plan.assignments, plan.remainder, plan.cost) == (
        expected.assignments,
        expected.remainder,
        expected.cost,
    )


def fills(request: Demand, network: Network, stock: Shelf) -> int:
    """The most units that any split of the lines over the locations ships: all of them are tried."""
    names = [entry.id for entry in network]
    ways = [
        [
            parts
            for parts in product(range(line.quantity + 1), repeat=len(names))
            if sum(parts) <= line.quantity
        ]
        for line in request.lines
    ]
    best = 0
    for choice in product(*ways):
        taken: dict[tuple[str, str], int] = {}
        for line, parts in zip(request.lines, choice, strict=True):
            for name, units in zip(names, parts, strict=True):
                for sku, each in line.components or ((line.sku, 1),):
                    taken[sku, name] = taken.get((sku, name), 0) + units * each
        floors = {entry.id: entry.safety_stock for entry in network}
        if all(
            not units or stock.units.get(key, 0) - units >= floors[key[1]] for key, units in taken.items()
        ):
            best = max(best, sum(sum(parts) for parts in choice))
    return best


@given(cases)
def test_as_much_ships_as_leaves_every_safety_stock_in_place(rng: random.Random) -> None:
    """Brute force over all ways to ship a kit of two and singles from up to three shelves."""
    network = Network(
        tuple(Location(f"l{i}", safety_stock=rng.randint(0, 2)) for i in range(rng.randint(1, 3)))
    )
    wanted = (
        DemandLine("kit", "KIT", rng.randint(1, 2), (("A", 1), ("B", 2))),
        DemandLine("one", "A", rng.randint(1, 3)),
    )
    stock = Shelf({(sku, entry.id): rng.randint(-1, 4) for sku in "AB" for entry in network})
    request = Demand("o", wanted, None, at=NOON)
    plan = LowestCost(RATES).plan(request, network, stock)
    check_plan(plan, request, network, stock)
    assert plan.proven
    assert plan.units == fills(request, network, stock)
    for entry in network:
        for sku in "AB":
            drawn = sum(
                a.quantity * dict(line.components or ((line.sku, 1),)).get(sku, 0)
                for a in plan.assignments
                for line in wanted
                if line.line_id == a.line_id and a.location == entry.id
            )
            had = stock.units[sku, entry.id]
            assert had - drawn >= min(had, entry.safety_stock)


# -- capacity ------------------------------------------------------------------------------------

BUSY = Network(
    (
        Location("newark", point=NEWARK, daily_capacity=3, capabilities=frozenset({SHIP, PICKUP, "cold"})),
        Location("reno", point=RENO, capabilities=BOTH),
    )
)
BOTH_HAVE = {("TEE", "newark"): 5, ("TEE", "reno"): 5}


def test_a_location_that_has_had_its_orders_of_today_gets_no_other() -> None:
    """R2: and the plan says so."""
    request = demand(*lines(TEE=1))
    assert Nearest().plan(request, BUSY, Day(BOTH_HAVE, {"newark": 2})).locations == ("newark",)
    plan = Nearest().plan(request, BUSY, Day(BOTH_HAVE, {"newark": 3}))
    assert plan.locations == ("reno",)
    assert codes(plan) == {"reno": "", "newark": "capacity"}
    assert "has all the orders that it can take today" in plan.explain()


def test_who_is_full_is_asked_anew_for_every_order() -> None:
    both = Network(tuple(attrs.evolve(entry, daily_capacity=1) for entry in BUSY))
    nearest = Nearest()
    request = demand(*lines(TEE=1))
    for full, chosen in (("newark", "reno"), ("reno", "newark"), ("newark", "reno"), ("", "newark")):
        assert nearest.plan(request, both, Day(BOTH_HAVE, {full: 1})).locations == (chosen,)


def test_where_nobody_counts_orders_a_capacity_says_nothing() -> None:
    assert Nearest().plan(demand(*lines(TEE=1)), BUSY, Shelf(BOTH_HAVE)).locations == ("newark",)


def test_a_location_of_which_nothing_is_asked_in_a_day_is_always_full() -> None:
    closed = Network((attrs.evolve(BUSY["newark"], daily_capacity=0),))
    plan = Nearest().plan(demand(*lines(TEE=1)), closed, Day(BOTH_HAVE, {}))
    assert reasons(plan) == [("tee", 1, "capacity")]


def test_units_that_only_a_full_location_has_stay_for_it_and_others_for_want_of_stock() -> None:
    """R1: the true reason. Who cancels what cannot be had must not cancel what can be had tomorrow."""
    stock = Day({("TEE", "newark"): 5, ("TEE", "reno"): 1, ("COLD", "newark"): 1}, {"newark": 3})
    request = demand(
        *lines(TEE=3, MUG=1),
        DemandLine("ice", "COLD", 1, requires=frozenset({"cold"})),
        DemandLine("far", "COLD", 1, requires=frozenset({"arctic"})),
    )
    plan = Nearest().plan(request, BUSY, stock)
    assert reasons(plan) == [
        ("tee", 2, "capacity"),
        ("mug", 1, "no_stock"),
        ("ice", 1, "capacity"),
        ("far", 1, "requires"),
    ]
    whole = Nearest().plan(attrs.evolve(request, ship_complete=True), BUSY, stock)
    assert whole.units == 0
    assert ("tee", 3, "capacity") in reasons(whole)
    assert ("mug", 1, "ship_complete") in reasons(whole)


def test_a_full_location_that_keeps_what_it_has_is_no_reason_to_wait_for_it() -> None:
    keeps = Network((attrs.evolve(BUSY["newark"], safety_stock=5), BUSY["reno"]))
    stock = Day({("TEE", "newark"): 5}, {"newark": 3})
    plan = Nearest().plan(demand(*lines(TEE=1)), keeps, stock)
    assert reasons(plan) == [("tee", 1, "no_stock")]
    collected = demand(*lines(TEE=1), pickup_at="newark")
    assert reasons(Nearest().plan(collected, keeps, stock)) == [("tee", 1, "capacity")]


@given(cases, strategies)
def test_a_full_location_is_as_if_it_were_switched_off(rng: random.Random, strategy: CostStrategy) -> None:
    """Whatever the order; and the other way round, who has room is planned with as ever."""
    request, network, stock = any_case(rng)
    limited = Network(
        tuple(attrs.evolve(entry, daily_capacity=rng.choice([None, 0, 1, 2])) for entry in network)
    )
    given_today = {entry.id: rng.randint(0, 3) for entry in network}
    full = {
        entry.id
        for entry in limited
        if entry.daily_capacity is not None and given_today[entry.id] >= entry.daily_capacity
    }
    plan = strategy.plan(request, limited, Day(stock.units, given_today))
    without = Network(tuple(attrs.evolve(e, active=e.active and e.id not in full) for e in network))
    expected = strategy.plan(request, without, stock)
    assert (plan.assignments, plan.cost) == (expected.assignments, expected.cost)
    assert not full & set(plan.locations)
    again = strategy.plan(request, limited, Day(stock.units, {}))
    assert strategy.plan(request, limited, Day(stock.units, given_today)) == plan
    assert strategy.plan(request, limited, Day(stock.units, {})) == again
    plan.explain()


@pytest.mark.parametrize("odd", [True, 1.0, "1", None])
def test_a_count_of_orders_that_is_no_count_is_refused(odd: Any) -> None:
    with pytest.raises(InvalidType) as refused:
        Nearest().plan(demand(*lines(TEE=1)), BUSY, Day(BOTH_HAVE, {"newark": odd}))
    assert refused.value.path == "availability"


@pytest.mark.parametrize("odd", [True, 1.0, "1", None])
def test_stock_above_a_floor_that_is_no_count_is_refused(odd: Any) -> None:
    class Odd(Shelf):
        def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> Any:
            return odd

    for stock in (Odd(BOTH_HAVE), Shelf({("TEE", "newark"): odd})):
        with pytest.raises(InvalidType):
            Nearest().plan(demand(*lines(TEE=1)), TWO, stock)
