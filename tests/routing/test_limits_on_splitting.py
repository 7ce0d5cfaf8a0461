"""Who ships together, and over how many locations an order may be split.

Rules R1 (a remainder has a reason), R3 (constraints, not preferences).
"""

from __future__ import annotations

import random
from typing import Any

import attrs
import pytest

from omcore.kernel import CurrencyMismatch, InputError, Money
from omcore.routing import (
    Assignment,
    ByPriority,
    CostStrategy,
    Demand,
    DemandLine,
    FewestShipments,
    InvalidPlan,
    LowestCost,
    Nearest,
    Rates,
    Remainder,
    RoutingPlan,
    Splitting,
    check_plan,
)
from routing_samples import NETWORK, RATES, Shelf, any_case, demand, lines, shelf


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def planned(strategy: CostStrategy, wanted: Demand, stock: Shelf) -> RoutingPlan:
    plan = strategy.plan(wanted, NETWORK, stock)
    check_plan(plan, wanted, NETWORK, stock)
    assert plan.explain()
    return plan


def gift(line_id: str, sku: str, quantity: int) -> DemandLine:
    return DemandLine(line_id, sku, quantity, group="gift")


# Newark holds the tee, Reno the mug, Dallas the cap: three shipments for one order.
APART = shelf(newark={"TEE": 2}, reno={"MUG": 2}, dallas={"CAP": 2})
ORDER = demand(*lines(TEE=2, MUG=1, CAP=1))


@pytest.mark.parametrize(
    "make", [Nearest, ByPriority, FewestShipments, lambda **more: LowestCost(RATES, **more)]
)
def test_within_its_limit_an_order_ships_as_many_units_as_can(make: Any) -> None:
    assert len(planned(make(), ORDER, APART).locations) == 3
    two = planned(make(splitting=Splitting(2)), ORDER, APART)
    assert (len(two.locations), two.units) == (2, 3)
    assert [rest.reason for rest in two.remainder] == ["split_limit"]
    one = planned(make(splitting=Splitting(1)), ORDER, APART)
    assert one.assignments == (Assignment("tee", "newark", 2),)
    assert one.remainder == (Remainder("mug", 1, "split_limit"), Remainder("cap", 1, "split_limit"))
    codes = {verdict.location: verdict.code for verdict in one.explanation.verdicts()}
    assert codes == {"newark": "", "reno": "split_limit", "dallas": "split_limit", "loop": "no_stock"}
    assert "reno" in one.explain()
    assert "could ship 1 x MUG; the order may ship from no more locations" in one.explain()


def test_a_limit_takes_the_dearer_location_that_has_it_all() -> None:
    """Two tees from Newark and the mug from Chicago would cost less than all of it from Reno."""
    stock = shelf(newark={"TEE": 9}, loop={"MUG": 1}, reno={"TEE": 9, "MUG": 1})
    cheap = Rates.of("USD", per_shipment="1", per_unit_km="0.001")
    wanted = demand(*lines(TEE=9, MUG=1))
    assert planned(LowestCost(cheap), wanted, stock).locations == ("newark", "loop")
    whole = planned(LowestCost(cheap, splitting=Splitting(1)), wanted, stock)
    assert (whole.locations, whole.unfilled) == (("reno",), 0)


def test_an_order_is_split_only_above_a_value() -> None:
    strategy = LowestCost(RATES, splitting=Splitting(at_most=2, above=usd(50_00)))
    for value, places in ((usd(49_99), 1), (None, 1), (usd(50_00), 2), (usd(900_00), 2)):
        plan = planned(strategy, attrs.evolve(ORDER, value=value), APART)
        assert len(plan.locations) == places
    plan = planned(
        LowestCost(RATES, splitting=Splitting(above=usd(50_00))), attrs.evolve(ORDER, value=usd(60_00)), APART
    )
    assert len(plan.locations) == 3


def test_worth_in_another_currency_is_refused() -> None:
    strategy = Nearest(splitting=Splitting(above=usd(50_00)))
    with pytest.raises(CurrencyMismatch):
        strategy.plan(attrs.evolve(ORDER, value=Money(5_000, "EUR")), NETWORK, APART)


@pytest.mark.parametrize("bad", [0, -1, True, 1.0, "1", 10**9])
def test_a_limit_is_a_number_from_one(bad: Any) -> None:
    with pytest.raises(InputError):
        Splitting(bad)


@pytest.mark.parametrize("bad", [0, "50 USD", 50.0])
def test_a_value_is_money(bad: Any) -> None:
    with pytest.raises(InputError):
        Splitting(above=bad)
    with pytest.raises(InputError):
        Nearest(splitting=bad)


def test_a_limit_and_ship_complete_leave_the_order_whole() -> None:
    whole = attrs.evolve(ORDER, ship_complete=True)
    plan = planned(LowestCost(RATES, splitting=Splitting(2)), whole, APART)
    assert plan.assignments == ()
    assert {rest.reason for rest in plan.remainder} == {"ship_complete"}


def test_a_gift_ships_together_from_one_location() -> None:
    wanted = demand(gift("box", "BOX", 1), gift("tee", "TEE", 2), DemandLine("mug", "MUG", 1))
    stock = shelf(newark={"TEE": 9, "MUG": 9}, reno={"TEE": 2, "BOX": 1}, dallas={"BOX": 4, "TEE": 1})
    plan = planned(LowestCost(RATES), wanted, stock)
    by_line = {entry.line_id: entry.location for entry in plan.assignments}
    assert by_line == {"box": "reno", "tee": "reno", "mug": "newark"}


def test_a_gift_of_which_a_part_is_missing_stays_whole() -> None:
    wanted = demand(gift("box", "BOX", 1), gift("tee", "TEE", 2), DemandLine("mug", "MUG", 1))
    stock = shelf(newark={"TEE": 9, "MUG": 9}, reno={"TEE": 1, "BOX": 1})
    plan = planned(LowestCost(RATES), wanted, stock)
    assert plan.assignments == (Assignment("mug", "newark", 1),)
    assert plan.remainder == (Remainder("box", 1, "ship_together"), Remainder("tee", 2, "ship_together"))
    codes = {verdict.location: verdict.code for verdict in plan.explanation.verdicts()}
    assert codes["reno"] == "ship_together"
    none = planned(LowestCost(RATES), wanted, shelf(newark={"MUG": 9}))
    assert [rest.reason for rest in none.remainder] == ["no_stock", "no_stock"]


def test_two_gifts_of_one_item_may_come_from_two_places() -> None:
    wanted = demand(
        DemandLine("hers", "TEE", 2, group="hers"),
        DemandLine("card", "CARD", 1, group="hers"),
        DemandLine("his", "TEE", 2, group="his"),
        DemandLine("note", "NOTE", 1, group="his"),
        DemandLine("mine", "TEE", 1),
    )
    stock = shelf(newark={"TEE": 3, "CARD": 1}, reno={"TEE": 2, "NOTE": 1})
    plan = planned(LowestCost(RATES), wanted, stock)
    by_line = {entry.line_id: entry.location for entry in plan.assignments}
    assert by_line == {"hers": "newark", "card": "newark", "mine": "newark", "his": "reno", "note": "reno"}


def test_equal_lines_of_one_gift_are_one_demand() -> None:
    """Three tees on two lines of a gift: two here and two there are not enough."""
    wanted = demand(gift("a", "TEE", 2), gift("b", "TEE", 1))
    assert planned(Nearest(), wanted, shelf(newark={"TEE": 2}, reno={"TEE": 2})).assignments == ()
    plan = planned(Nearest(), wanted, shelf(newark={"TEE": 2}, reno={"TEE": 3}))
    assert plan.locations == ("reno",)


def test_a_gift_and_a_limit() -> None:
    wanted = demand(gift("box", "BOX", 1), gift("tee", "TEE", 2), DemandLine("mug", "MUG", 4))
    stock = shelf(newark={"MUG": 9}, reno={"TEE": 2, "BOX": 1})
    plan = planned(LowestCost(RATES, splitting=Splitting(1)), wanted, stock)
    assert plan.assignments == (Assignment("mug", "newark", 4),)
    assert [rest.reason for rest in plan.remainder] == ["split_limit", "split_limit"]


def test_a_plan_that_parts_a_gift_is_no_plan() -> None:
    wanted = demand(gift("box", "BOX", 1), gift("tee", "TEE", 2))
    stock = shelf(newark={"TEE": 2}, reno={"TEE": 2, "BOX": 1})
    plan = planned(Nearest(), wanted, stock)
    for assignments, remainder in (
        ((Assignment("tee", "newark", 2), Assignment("box", "reno", 1)), ()),
        ((Assignment("tee", "newark", 2),), (Remainder("box", 1, "no_stock"),)),
        ((Assignment("tee", "reno", 1), Assignment("box", "reno", 1)), (Remainder("tee", 1, "no_stock"),)),
    ):
        with pytest.raises(InvalidPlan):
            check_plan(
                attrs.evolve(plan, assignments=assignments, remainder=remainder), wanted, NETWORK, stock
            )


def test_any_order_keeps_its_groups_and_its_limit() -> None:
    rng = random.Random("groups")
    parted = bound = 0
    for _ in range(400):
        request, network, stock = any_case(rng)
        named = tuple(attrs.evolve(line, group=rng.choice(["", "", "g", "h"])) for line in request.lines)
        request = attrs.evolve(request, lines=named)
        most = rng.randint(1, 3)
        free = LowestCost(RATES).plan(request, network, stock)
        plan = LowestCost(RATES, splitting=Splitting(most)).plan(request, network, stock)
        check_plan(free, request, network, stock)
        check_plan(plan, request, network, stock)
        assert len(plan.locations) <= most
        assert plan.explain()
        assert plan.units <= free.units
        if plan.units == free.units:
            assert plan.cost >= free.cost
        parted += any(rest.reason == "ship_together" for rest in free.remainder)
        bound += any(rest.reason == "split_limit" for rest in plan.remainder)
    assert parted > 10
    assert bound > 10


@pytest.mark.parametrize("kits", [False, True])
def test_thousands_of_groups_are_planned(kits: bool) -> None:
    """Each line a gift of its own; every other one is not all there."""
    count = 2_000
    wanted = demand(
        *[
            DemandLine(f"l{i}", f"S{i}", 2, ((f"S{i}", 1), ("BOX", 1)) if kits else (), group=f"g{i}")
            for i in range(count)
        ]
    )
    stock = Shelf({(f"S{i}", "newark"): 1 + i % 2 for i in range(count)} | {("BOX", "newark"): 300})
    plan = planned(LowestCost(RATES), wanted, stock)
    assert plan.units == (300 if kits else count)
    assert {rest.reason for rest in plan.remainder} == {"ship_together"}
