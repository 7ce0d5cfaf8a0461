"""What a parcel costs: weight, volume, distance, areas; exact to the millionth of a minor unit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import InvalidNumber, LimitExceeded, OmcoreError, Place, UnknownCurrency
from omcore.shipping import Tariff, Zone
from omcore.shipping.tariffs import MICRO, price

BOSTON = Place("US", "MA", "02108")
HONOLULU = Place("US", "HI", "96815")
CENT = MICRO
GROUND = Tariff.of(
    "USD",
    zones=(
        (500, ((1_000, "5.00"), (5_000, "8.00"), (30_000, "20.00"))),
        (None, ((1_000, "7.00"), (5_000, "12.00"), (30_000, "35.00"))),
    ),
    areas=(("US-HI", ((5_000, "25.00"), (30_000, "60.00"))),),
    divisor=5_000,
    surcharges=(("US-HI", "3.50"), ("US:968", "0.25")),
)

prices = st.integers(0, 10**6)
lists = st.dictionaries(st.integers(1, 9_000), prices, min_size=1, max_size=4).map(
    lambda found: tuple(sorted(found.items()))
)
areas = st.sampled_from(["US", "US-HI", "US:968", "CA"])


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    reach: list[int | None] = [*sorted(draw(st.frozensets(st.integers(1, 4_000), max_size=2))), None]
    return Tariff(
        "USD",
        tuple([Zone(up_to, draw(lists)) for up_to in reach]) if draw(st.booleans()) else (),
        tuple(draw(st.dictionaries(areas, lists, max_size=2)).items()),
        draw(st.sampled_from([0, 1, 4_000, 5_000])),
        draw(prices),
        draw(prices),
        draw(st.sampled_from([0, 0, 7, 1_000])),
        tuple(draw(st.dictionaries(areas, prices, max_size=2)).items()),
    )


def by_hand(tariff: Tariff, km: int | None, place: Place, grams: int, mm3: int, units: int) -> Fraction:
    """The oracle: what the page of a carrier says, step by step, in fractions."""
    if tariff.divisor:
        grams = max(grams, ceil(Fraction(mm3, 1_000) / tariff.divisor * 1_000))
    chosen: tuple[tuple[int, int], ...] = ()
    named = dict(tariff.areas)
    for area, matches in (
        ("US:968", place.postal_code[:3] == "968"),
        ("US-HI", place.region == "HI"),
        ("US", True),
    ):
        if matches and area in named:
            chosen = named[area]
            break
    else:
        for zone in tariff.zones:
            chosen = zone.brackets
            if km is not None and (zone.up_to_km is None or km <= zone.up_to_km):
                break
    heaviest = chosen[-1][0] if chosen else 70_000
    parcels = max(1, ceil(Fraction(grams, heaviest)))
    each = grams if parcels == 1 else heaviest
    cost = Fraction(tariff.per_parcel + tariff.per_kg * ceil(Fraction(each, 1_000)))
    for up_to, amount in chosen:
        if each <= up_to:
            cost += amount
            break
    for area, amount in tariff.surcharges:
        if area == "US" or (area == "US-HI" and place.region == "HI"):
            cost += amount
        if area == "US:968" and place.postal_code[:3] == "968":
            cost += amount
    return cost * parcels + tariff.per_unit * units


@given(
    tariffs(),
    st.none() | st.integers(0, 6_000),
    st.sampled_from([BOSTON, HONOLULU]),
    st.integers(1, 150_000) | st.sampled_from([1_000, 1_001, 70_000, 70_001]),
    st.integers(0, 10**9),
    st.integers(0, 9),
)
def test_a_parcel_costs_what_reading_the_price_list_gives(
    tariff: Tariff, km: int | None, place: Place, grams: int, mm3: int, units: int
) -> None:
    assert tariff.parcel(km, place, grams, mm3, units) == by_hand(tariff, km, place, grams, mm3, units)


@given(tariffs(), st.integers(0, 6_000), st.integers(1, 9_000), st.integers(1, 9_000))
def test_a_limit_ends_the_price_list_and_changes_no_price_below_it(
    tariff: Tariff, km: int, most: int, grams: int
) -> None:
    whole, cut = tariff.brackets(km, BOSTON), tariff.brackets(km, BOSTON, most)
    assert cut[-1][0] <= most
    if grams <= cut[-1][0] <= whole[-1][0]:
        assert price(cut, grams) == price(whole, grams)


def test_the_worked_example() -> None:
    assert GROUND.parcel(300, BOSTON, 900) == 500 * CENT
    assert GROUND.parcel(500, BOSTON, 1_001) == 800 * CENT
    assert GROUND.parcel(501, BOSTON, 1_001) == 1_200 * CENT
    # Nobody knows how far it is: the last zone.
    assert GROUND.parcel(None, BOSTON, 1_001) == 1_200 * CENT
    # A pillow: 40 x 40 x 20 cm are 32 liters, and count as 6.4 kg.
    assert GROUND.charged_g(900, 400 * 400 * 200) == 6_400
    assert GROUND.parcel(300, BOSTON, 900, 400 * 400 * 200) == 2_000 * CENT
    # A cubic millimeter more than a gram's is the next gram, and here the next bracket.
    assert GROUND.charged_g(0, 5_000 * 1_000 + 1) == 1_001
    assert GROUND.parcel(300, BOSTON, 0, 5_000 * 1_000) == 500 * CENT
    assert GROUND.parcel(300, BOSTON, 0, 5_000 * 1_000 + 1) == 800 * CENT
    # Hawaii has a list of its own, and two surcharges.
    assert GROUND.parcel(300, HONOLULU, 900) == (2_500 + 350 + 25) * CENT


def test_kilograms_are_begun_ones() -> None:
    simple = Tariff.of("EUR", per_parcel="3.00", per_kg="0.80", per_unit="0.10")
    assert simple.parcel(None, None, 1) == 390 * CENT
    assert simple.parcel(None, None, 1_000) == 390 * CENT
    assert simple.parcel(None, None, 1_001, units=3) == (300 + 160 + 30) * CENT


def test_decimals_are_exact_or_refused() -> None:
    assert Tariff.of("USD", per_kg="0.00000001").per_kg == 1
    assert Tariff.of("JPY", per_parcel="120").per_parcel == 120 * MICRO
    for wrong in (0.5, "-1", "0.000000001", True, float("nan"), "1e2"):
        with pytest.raises(InvalidNumber) as caught:
            Tariff.of("USD", per_parcel=wrong)
        assert caught.value.path == "per_parcel"
        with pytest.raises(InvalidNumber):
            Tariff.of("USD", per_unit=wrong)
        with pytest.raises(InvalidNumber):
            Tariff.of("USD", per_kg=wrong)
        with pytest.raises(InvalidNumber):
            Tariff.of("USD", surcharges=(("US", wrong),))
    with pytest.raises(UnknownCurrency):
        Tariff.of("XXX")


def test_more_kilograms_than_there_are_brackets_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        Tariff.of("USD", per_kg="1").brackets(1, None, 2_000_000)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"zones": (Zone(500, ((1, 1),)), Zone(100, ((1, 1),)))}, "zones[1].up_to_km"),
        ({"zones": (Zone(None, ((1, 1),)), Zone(100, ((1, 1),)))}, "zones[1].up_to_km"),
        ({"areas": (("US", ((2, 1), (1, 1))),)}, "areas[0]"),
        ({"areas": (("US", ((1, 1),)), ("US", ((1, 1),)))}, "areas[1]"),
        ({"divisor": -1}, "divisor"),
        ({"per_parcel": 1.5}, "per_parcel"),
        ({"surcharges": (("US", -1),)}, "surcharges[0]"),
        ({"surcharges": (("nowhere", 1),)}, "surcharges[0]"),
    ],
)
def test_a_tariff_that_makes_no_sense_is_refused(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(OmcoreError) as caught:
        Tariff("USD", **fields)
    assert caught.value.path == path


def answers(a: Any, b: Any, c: Any) -> None:
    """A value or a typed error, whatever is passed."""
    calls: list[Callable[[], object]] = [
        lambda: Tariff(a, b, c),
        lambda: Tariff("USD", a, b, c),
        lambda: Tariff("USD", areas=((a, b),), surcharges=((b, c),)),
        lambda: Tariff.of(a, zones=b, areas=c),
        lambda: Tariff.of("USD", zones=((a, ((b, c),)),)),
        lambda: Tariff.of("USD", areas=((a, ((b, c),)),)),
        lambda: Tariff.of("USD", divisor=a, surcharges=b, per_kg=c),
        lambda: GROUND.brackets(a, b, c),
        lambda: GROUND.brackets(1, a),
        lambda: GROUND.parcel(1, BOSTON, a, b, c),
        lambda: GROUND.charged_g(a, b),
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
