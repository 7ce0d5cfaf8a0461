"""Goods that are sold by weight or length: a gram is no parcel, and weighs what it weighs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from omcore.kernel import InvalidQuantity, Location, Network, Place
from omcore.routing import (
    Demand,
    DemandLine,
    FewestShipments,
    LowestCost,
    Nearest,
    Rates,
    RoutingPlan,
    check_plan,
)
from routing_samples import Shelf, shelf

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network((Location("a"), Location("b", priority=1)))


def planned(strategy: Any, stock: Shelf, *lines: DemandLine) -> RoutingPlan:
    demand = Demand("o1", lines, Place("US", "NY", "10001"), at=T0)
    plan: RoutingPlan = strategy.plan(demand, NETWORK, stock)
    check_plan(plan, demand, NETWORK, stock)
    assert plan.explain()
    return plan


def cheese(units: int, grams: int = 1_000, per: int = 1_000) -> DemandLine:
    return DemandLine("cheese", "CHEESE", units, (), grams, per=per)


def test_a_cost_per_unit_is_per_whole_of_the_measure() -> None:
    rates = Rates.of("USD", per_unit="2.00", per_kg="0.50")
    plan = planned(LowestCost(rates), shelf(a={"CHEESE": 9_000}), cheese(5_500))
    assert plan.money is not None
    assert plan.money.minor == round(5.5 * 200 + 5.5 * 50)


WEIGHTS = [(1_000, 1_000), (40, 100), (7, 1_000), (1, 1_000_000), (0, 100)]


@pytest.mark.parametrize(("grams", "per"), WEIGHTS)
def test_a_parcel_weighs_what_is_in_it_though_a_unit_is_a_fraction_of_a_gram(grams: int, per: int) -> None:
    rates = Rates.of("USD", zones=((None, ((500, "4.00"), (2_000, "9.00"))),))
    units = 1_234
    board = DemandLine("board", "BOARD", 1, (), 120)
    stock = shelf(a={"CHEESE": 9_000, "BOARD": 1})
    plan = planned(LowestCost(rates), stock, cheese(units, grams, per), board)
    weight = sum(parcel.count * parcel.weight_g for parcel in plan.parcels)
    exact = units * grams / per + 120
    assert exact <= weight < exact + sum(parcel.count for parcel in plan.parcels)
    assert all(parcel.weight_g <= 2_000 for parcel in plan.parcels)
    assert sum(parcel.count * dict(parcel.contents).get("CHEESE", 0) for parcel in plan.parcels) == units


def test_what_fits_one_parcel_is_one_parcel() -> None:
    """Half a kilometer of cable at 4 g a meter, in centimeters: 50,000 units and two kilograms."""
    rates = Rates.of("USD", zones=((None, ((2_000, "9.00"),)),))
    cable = DemandLine("cable", "CABLE", 50_000, (), 4, per=100)
    plan = planned(LowestCost(rates), shelf(a={"CABLE": 60_000}), cable)
    assert [(parcel.count, parcel.weight_g) for parcel in plan.parcels] == [(1, 2_000)]


@pytest.mark.parametrize("strategy", [LowestCost(Rates()), Nearest(), FewestShipments()])
def test_a_line_is_split_where_no_place_has_all_of_it(strategy: Any) -> None:
    plan = planned(strategy, shelf(a={"CHEESE": 3_000}, b={"CHEESE": 2_000}), cheese(5_500))
    assert {entry.location: entry.quantity for entry in plan.assignments} == {"a": 3_000, "b": 2_000}
    assert plan.unfilled == 500


@pytest.mark.parametrize("per", [0, -1, 3, 50, 10**7, True, 10.0, "10", None])
def test_a_measure_is_a_power_of_ten(per: Any) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        DemandLine("l", "CHEESE", 1, per=per)
    assert refused.value.path == "per"


def test_there_is_no_parcel_for_each_gram() -> None:
    with pytest.raises(InvalidQuantity):
        DemandLine("l", "CHEESE", 1, ships_alone=True, per=1_000)
