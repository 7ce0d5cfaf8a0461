"""Dimensional weight: a parcel that is large for its weight is billed for its size."""

from __future__ import annotations

import pytest

from omcore.kernel import InputError, Location, Network
from omcore.routing import CostStrategy, DemandLine, LocationCosts, RoutingPlan, check_plan
from omcore.routing.problem import Brackets
from routing_samples import demand, shelf

NETWORK = Network((Location("near"), Location("far", priority=1)))
# Up to 2 kg for 5.00, up to 10 kg for 9.00, up to 30 kg for 20.00.
LIST: Brackets = ((2_000, 500), (10_000, 900), (30_000, 2_000))
# 60 x 40 x 40 cm: 1 kg on the scales, 19.2 kg at 5,000 cubic centimeters a kilogram.
PILLOW = DemandLine("pillow", "PILLOW", 1, (), 1_000, size_mm=(600, 400, 400))
# A dumbbell of 9 kg, no larger than 10 x 10 x 20 cm.
DUMBBELL = DemandLine("dumbbell", "DUMBBELL", 1, (), 9_000, size_mm=(100, 100, 200))
STOCK = shelf(near={"PILLOW": 3, "DUMBBELL": 3}, far={"PILLOW": 3, "DUMBBELL": 3})


class ByTheParcel:
    """A price list, and by how many cubic millimeters a gram each location's carrier bills."""

    measure = "USD"
    scale = 1

    def __init__(self, near: int, far: int, extra: int = 0, prices: Brackets = LIST) -> None:
        self.prices = prices
        self.divisors = {"near": near, "far": far}
        self.extra = {"near": 0, "far": extra}

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        return LocationCosts(self.extra[location.id], 0, 0, self.prices, self.divisors[location.id])


def planned(model: ByTheParcel, *wanted: DemandLine) -> RoutingPlan:
    plan = CostStrategy("by_the_parcel", model).plan(demand(*wanted), NETWORK, STOCK)
    check_plan(plan, demand(*wanted), NETWORK, STOCK)
    return plan


def test_a_pillow_is_billed_for_the_room_that_it_takes() -> None:
    assert planned(ByTheParcel(0, 0), PILLOW).cost == 500
    plan = planned(ByTheParcel(5_000, 5_000), PILLOW)
    assert plan.cost == 2_000
    # What it weighs is what it weighs.
    assert plan.parcels[0].weight_g == 1_000


def test_a_carrier_that_does_not_measure_is_the_cheaper_one_for_pillows_alone() -> None:
    model = ByTheParcel(5_000, 0, extra=100)
    assert planned(model, PILLOW).locations == ("far",)
    assert planned(model, DUMBBELL).locations == ("near",)


def test_the_parcel_as_a_whole_is_billed_for_the_more_of_the_two() -> None:
    """A pillow of 19.2 kg by size and a dumbbell of 9 kg: 10 kg on the scales, 19.6 kg by size."""
    together = planned(ByTheParcel(5_000, 5_000), PILLOW, DUMBBELL)
    assert (together.cost, len(together.parcels)) == (2_000, 1)
    # By weight alone they are one parcel of exactly 10 kg.
    assert planned(ByTheParcel(0, 0), PILLOW, DUMBBELL).cost == 900


def test_what_ships_alone_is_billed_for_its_size_too() -> None:
    alone = DemandLine("pillow", "PILLOW", 2, (), 1_000, ships_alone=True, size_mm=(600, 400, 400))
    assert planned(ByTheParcel(5_000, 5_000), alone).cost == 4_000


def test_what_is_sold_by_length_takes_the_room_of_its_length() -> None:
    """Foam in centimeters: a meter weighs 500 g and takes 1,000 x 200 x 100 mm, 4 kg by size."""
    foam = DemandLine("foam", "FOAM", 250, (), 500, per=100, size_mm=(1_000, 200, 100))
    stock = shelf(near={"FOAM": 250})
    plan = CostStrategy("by_the_parcel", ByTheParcel(5_000, 0)).plan(demand(foam), NETWORK, stock)
    # Two meters and a half: 1.25 kg on the scales, 10 kg by size, which is just within the second bracket.
    assert (plan.cost, plan.parcels[0].weight_g) == (900, 1_250)
    longer = DemandLine("foam", "FOAM", 251, (), 500, per=100, size_mm=(1_000, 200, 100))
    stock = shelf(near={"FOAM": 251})
    plan = CostStrategy("by_the_parcel", ByTheParcel(5_000, 0)).plan(demand(longer), NETWORK, stock)
    assert plan.cost == 1_400


def test_thousands_of_pillows_are_boxed_within_what_a_parcel_may_measure() -> None:
    """Nine and a half kilograms each by size: one a parcel, though ten would weigh no more than 10 kg."""
    many = DemandLine("pillow", "PILLOW", 3_000, (), 1_000, size_mm=(600, 400, 200))
    stock = shelf(near={"PILLOW": 3_000})
    model = ByTheParcel(5_000, 0, prices=((10_000, 500), (30_000, 2_000)))
    plan = CostStrategy("by_the_parcel", model).plan(demand(many), NETWORK, stock)
    assert [(parcel.count, parcel.weight_g) for parcel in plan.parcels] == [(3_000, 1_000)]
    assert plan.cost == 3_000 * 500
    # The bound goes by size too: within a tenth, where by weight it would be one of ten.
    assert plan.cost * 9 // 10 <= plan.lower_bound <= plan.cost


@pytest.mark.parametrize("divisor", [-1, True, 5.0, "5000", None])
def test_a_divisor_is_an_exact_number_from_zero(divisor: object) -> None:
    with pytest.raises(InputError):
        planned(ByTheParcel(divisor, 0), PILLOW)  # type: ignore[arg-type]  # what a cost model might answer
