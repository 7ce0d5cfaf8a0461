"""What a shipment costs: rates as exact decimals, zones, parcels."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import InvalidNumber, InvalidType, Location, Network, OmcoreError, UnknownCurrency
from omcore.routing import (
    CostStrategy,
    DemandLine,
    LocationCosts,
    LowestCost,
    Parcel,
    Rates,
    check_plan,
)
from omcore.routing.rates import MICRO, checked_costs, rate
from omcore.shipping import Zone
from routing_samples import NETWORK, RATES, demand, lines, shelf

LB = Fraction("453.59237")


def grams(pounds: str) -> int:
    return round(Fraction(pounds) * LB)


def one_place() -> Network:
    return Network((NETWORK["newark"],))


# The published example: one box of 8 lb costs 22.56, boxes of 4.8 and 3.2 lb cost 8.34 and 7.57.
BY_THE_POUND = Rates.of(
    "USD", zones=((None, ((grams("4"), "7.57"), (grams("5"), "8.34"), (grams("8"), "22.56"))),)
)


def test_two_boxes_are_sent_where_they_cost_less_than_one() -> None:
    wanted = (
        DemandLine("blender", "BLENDER", 1, unit_weight_g=grams("4.8")),
        DemandLine("kettle", "KETTLE", 1, unit_weight_g=grams("3.2")),
    )
    stock = shelf(newark={"BLENDER": 1, "KETTLE": 1})
    plan = LowestCost(BY_THE_POUND).plan(demand(*wanted), one_place(), stock)
    check_plan(plan, demand(*wanted), one_place(), stock)
    assert str(plan.money) == "15.91 USD"
    assert plan.proven
    assert plan.parcels == (
        Parcel("newark", 1, (("BLENDER", 1),), grams("4.8"), cost=834 * MICRO),
        Parcel("newark", 1, (("KETTLE", 1),), grams("3.2"), cost=757 * MICRO),
    )
    assert "parcel from newark: 1 of 1 x KETTLE; 1.451 kg each" in plan.explain()


def test_a_second_location_is_used_where_two_parcels_from_two_cost_less() -> None:
    wanted = (
        DemandLine("blender", "BLENDER", 1, unit_weight_g=grams("4.8")),
        DemandLine("kettle", "KETTLE", 1, unit_weight_g=grams("3.2")),
    )
    near_is_cheap = Rates.of(
        "USD",
        zones=(
            (1500, ((grams("4"), "5"), (grams("5"), "6"), (grams("8"), "22.56"))),
            (None, ((grams("8"), "7.57"),)),
        ),
    )
    apart = shelf(newark={"BLENDER": 1}, loop={"KETTLE": 1}, reno={"BLENDER": 1, "KETTLE": 1})
    plan = LowestCost(near_is_cheap).plan(demand(*wanted), NETWORK, apart)
    # One box of 8 lb from Reno costs 7.57, less than 6 + 5 from two places nearby.
    assert plan.locations == ("reno",)
    dear = Rates.of("USD", zones=(near_is_cheap_zone(), (None, ((grams("8"), "12"),))))
    assert LowestCost(dear).plan(demand(*wanted), NETWORK, apart).locations == ("newark", "loop")


def near_is_cheap_zone() -> tuple[int, tuple[tuple[int, str], ...]]:
    return (1500, ((grams("4"), "5"), (grams("5"), "6"), (grams("8"), "22.56")))


def test_a_heavy_line_is_boxed_in_equal_parcels() -> None:
    wanted = DemandLine("brick", "BRICK", 60, unit_weight_g=2_000)
    boxes = Rates.of("USD", zones=((None, ((10_000, "8"), (20_000, "17"))),))
    plan = LowestCost(boxes).plan(demand(wanted), one_place(), shelf(newark={"BRICK": 60}))
    assert plan.parcels == (Parcel("newark", 12, (("BRICK", 5),), 10_000, cost=800 * MICRO),)
    assert str(plan.money) == "96.00 USD"
    thousands = DemandLine("brick", "BRICK", 100_000, unit_weight_g=2_000)
    plan = LowestCost(boxes).plan(demand(thousands), one_place(), shelf(newark={"BRICK": 100_000}))
    assert plan.parcels == (Parcel("newark", 20_000, (("BRICK", 5),), 10_000, cost=800 * MICRO),)
    assert str(plan.money) == "160000.00 USD"


def test_what_ships_alone_has_parcels_of_its_own() -> None:
    wanted = (
        DemandLine("lamp", "LAMP", 2, unit_weight_g=900, ships_alone=True),
        DemandLine("bulb", "BULB", 3, unit_weight_g=100),
    )
    boxes = Rates.of("USD", zones=((None, ((500, "4"), (1000, "6"), (9000, "7"))),))
    plan = LowestCost(boxes).plan(demand(*wanted), one_place(), shelf(newark={"LAMP": 2, "BULB": 3}))
    assert plan.parcels == (
        Parcel("newark", 2, (("LAMP", 1),), 900, cost=600 * MICRO),
        Parcel("newark", 1, (("BULB", 3),), 300, cost=400 * MICRO),
    )
    assert str(plan.money) == "16.00 USD"


def test_beyond_the_last_bracket_a_parcel_counts_as_several() -> None:
    anvil = DemandLine("anvil", "ANVIL", 1, unit_weight_g=25_000)
    boxes = Rates.of("USD", zones=((None, ((5_000, "8"), (10_000, "11"))),))
    plan = LowestCost(boxes).plan(demand(anvil), one_place(), shelf(newark={"ANVIL": 1}))
    assert str(plan.money) == "33.00 USD"


def test_every_part_of_the_rates_counts_once() -> None:
    rates = Rates.of(
        "USD",
        per_shipment="1",
        per_km="0.01",
        per_unit="0.25",
        per_unit_km="0.001",
        per_kg="0.40",
        per_kg_km="0.0002",
    )
    location = Location("dc", labor_cost=35)
    found = rates.costs(location, 250_000, 0)
    cents = [Fraction(part, MICRO) for part in (found.fixed, found.per_unit, found.per_kg)]
    assert cents == [Fraction(350), Fraction(25 + 25 + 35), Fraction(45)]
    assert found.brackets == ()
    assert rates.costs(location, None, 0) == LocationCosts(0, 35 * MICRO)


def test_zones_go_by_distance_and_the_last_one_holds_beyond_itself() -> None:
    near, far = Zone(100, ((1000, 5),)), Zone(500, ((1000, 9),))
    rates = Rates.of("USD", zones=((100, ((1000, "0.00000005"),)), (500, ((1000, "0.00000009"),))))
    assert rates.zones == (near, far)
    dc = Location("dc")
    found = [rates.costs(dc, meters, 0).brackets for meters in (0, 100_000, 100_001, 500_000, 9_000_000)]
    assert found == [near.brackets, near.brackets, far.brackets, far.brackets, far.brackets]


def test_the_built_in_rates_are_the_published_ones() -> None:
    """8.759 a shipment, 0.423 a unit and 0.000541 a unit and mile."""
    found = Rates().costs(Location("dc"), 1_609_344, 0)
    assert found.fixed == Fraction("875.9") * MICRO
    assert abs(found.per_unit - (Fraction("42.3") + Fraction("54.1")) * MICRO) < 1_000
    assert Rates().measure == "USD"


@given(st.decimals(0, 10**6, places=8), st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_rate_is_exact(amount: Decimal, currency: str) -> None:
    exponent = {"USD": 2, "JPY": 0, "KWD": 3}[currency]
    exact = Fraction(amount) * 10**exponent * MICRO
    try:
        assert rate(amount, currency, "rate") == exact
    except InvalidNumber:
        too_fine = exact.denominator > 1
        too_long = len(str(amount).replace(".", "").lstrip("0")) > 15
        assert too_fine or too_long


@pytest.mark.parametrize("amount", [-1, "-0.01", 0.5, "0.123456789", "1e3", None, True])
def test_a_rate_that_is_none_is_refused(amount: object) -> None:
    with pytest.raises(InvalidNumber) as caught:
        Rates.of("USD", per_unit=amount)
    assert caught.value.path == "per_unit"


def test_rates_need_a_currency_and_rising_zones() -> None:
    with pytest.raises(UnknownCurrency):
        Rates.of("BTC")
    with pytest.raises(OmcoreError) as caught:
        Rates.of("USD", zones=((500, ((1, "1"),)), (100, ((1, "1"),))))
    assert caught.value.path == "zones[1].up_to_km"
    with pytest.raises(OmcoreError):
        Rates.of("USD", zones=((None, ((2, "1"), (1, "1"))),))


def test_a_cost_model_that_does_not_answer_in_costs_is_refused() -> None:
    class Model:
        measure = "points"
        scale = 1
        answer: Any = None

        def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
            return self.answer  # type: ignore[no-any-return]  # that is the point

    for answer in (None, LocationCosts(-1), LocationCosts(1, 2.0), LocationCosts(1, 1, 1, ((0, 1),))):  # type: ignore[arg-type]  # as above
        model = Model()
        model.answer = answer
        with pytest.raises(OmcoreError):
            CostStrategy("mine", model).plan(demand(*lines(TEE=1)), NETWORK, shelf())
    with pytest.raises(InvalidType):
        CostStrategy("mine", object())  # type: ignore[arg-type]  # what an untyped caller passes


def answers(a: Any, b: Any, c: Any) -> None:
    """A value or a typed error, whatever is passed."""

    calls: list[Any] = [
        lambda: Rates(a, b, c),
        lambda: Rates("USD", 1, 1, 1, a, b, c),
        lambda: Rates("USD", zones=a),
        lambda: Rates("USD", zones=(a, b)),
        lambda: Rates.of(a, per_shipment=b),
        lambda: Rates.of("USD", per_km=a, per_kg=b),
        lambda: Rates.of("USD", zones=a),
        lambda: Rates.of("USD", zones=((a, b),)),
        lambda: Rates.of("USD", zones=((a, ((b, c),)),)),
        lambda: Zone(a, b),
        lambda: Zone(None, ((a, b),)),
        lambda: rate(a, b, "rate"),
        lambda: checked_costs(a),
        lambda: checked_costs(LocationCosts(a, b, c)),
        lambda: checked_costs(LocationCosts(1, 1, 1, a)),
    ]
    for call in calls:
        with suppress(OmcoreError):
            call()


@given(anything(), anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any, c: Any) -> None:
    answers(a, b, c)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd, odd, odd)


def test_whole_plans_come_out_at_the_price_of_their_parts() -> None:
    plan = LowestCost(RATES).plan(demand(*lines(TEE=2)), NETWORK, shelf(newark={"TEE": 2}))
    newark, boston = NETWORK["newark"].point, demand().destination
    assert newark is not None
    assert boston is not None
    assert boston.point is not None
    kilometers = Fraction(round(newark.distance_km(boston.point) * 1000), 1000)
    assert plan.cost == (900 + 2 * 50 + 2 * kilometers / 10) * MICRO
