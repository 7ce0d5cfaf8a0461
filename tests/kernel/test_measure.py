"""Measures: what is sold by weight is a whole number of small units, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import (
    MAX_QUANTITY,
    MAX_SCALE,
    PIECE,
    Catalog,
    InvalidCatalog,
    InvalidId,
    InvalidNumber,
    InvalidQuantity,
    InvalidType,
    Item,
    LimitExceeded,
    Measure,
    MeasureMismatch,
    refuse_mismatch,
)

KG = Measure("kg", 3)
scales = st.integers(0, MAX_SCALE)


def test_five_and_a_half_kilograms_are_5500_grams() -> None:
    assert (KG.per, KG.parse("5.5"), KG.format(5_500)) == (1_000, 5_500, "5.5")
    assert [KG.parse(value) for value in ("5.500", "5.50000", "0.001", Decimal("5.5"), 5)] == [
        5_500,
        5_500,
        1,
        5_500,
        5_000,
    ]
    assert [KG.format(units) for units in (0, 1, 1_000, 12_340, -5_500)] == [
        "0",
        "0.001",
        "1",
        "12.34",
        "-5.5",
    ]
    assert (PIECE.per, PIECE.parse("2"), PIECE.parse("2.0"), PIECE.format(2)) == (1, 2, 2, "2")


@given(scales, st.integers(1, MAX_QUANTITY))
def test_what_is_written_is_read_again(scale: int, units: int) -> None:
    measure = Measure("kg", scale)
    text = measure.format(units)
    assert measure.parse(text) == units
    assert Fraction(text) == Fraction(units, 10**scale)
    assert not text.endswith(".")
    assert scale == 0 or "." not in text or not text.endswith("0")


@given(scales, st.integers(0, 10**9), st.integers(0, 9))
def test_a_number_is_read_exactly_or_refused(scale: int, digits: int, decimals: int) -> None:
    text = str(digits).rjust(decimals + 1, "0")
    text = f"{text[: len(text) - decimals]}.{text[len(text) - decimals :]}" if decimals else text
    exact = Fraction(digits, 10**decimals) * 10**scale
    measure = Measure("kg", scale)
    if exact.denominator != 1:
        with pytest.raises(InvalidNumber) as refused:
            measure.parse(text)
        assert refused.value.fields == {"reason": f"more than {scale} decimals"}
    elif not 1 <= exact <= MAX_QUANTITY:
        with pytest.raises(InvalidQuantity):
            measure.parse(text)
    else:
        assert measure.parse(text) == exact


@pytest.mark.parametrize(
    "value",
    [
        5.5,
        True,
        None,
        b"5.5",
        "",
        ".5",
        "5.",
        "+5",
        "5,5",
        "5.5 ",
        " 5.5",
        "5.5\n",
        "1_000",
        "5e3",
        "1E+3000000",
        "NaN",
        "Infinity",
        "٥",
        "５",
        "9" * 16,
        "1." + "0" * 41,
        Decimal("1E+3000000"),
        Decimal("NaN"),
        Decimal("1E3"),
    ],
)
def test_what_is_no_plain_decimal_is_refused(value: Any) -> None:
    with pytest.raises(InvalidNumber) as refused:
        KG.parse(value, "lines[0].quantity")
    assert refused.value.path == "lines[0].quantity"


@pytest.mark.parametrize("value", ["0", "0.000", "-1", "-0.001", "1000.001", "999999999999999"])
def test_what_is_no_quantity_is_refused(value: str) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        KG.parse(value)
    assert refused.value.fields == {"min": 1, "max": MAX_QUANTITY}


@pytest.mark.parametrize("units", [5.5, "5", True, None, 10**30])
def test_only_units_are_written(units: Any) -> None:
    with pytest.raises(InvalidQuantity):
        KG.format(units)


@pytest.mark.parametrize("scale", [-1, MAX_SCALE + 1, True, 2.0, "2", None])
def test_a_scale_is_a_few_decimals(scale: Any) -> None:
    with pytest.raises(InvalidQuantity):
        Measure("kg", scale)


def test_a_unit_is_a_word() -> None:
    for unit in ("", " kg", "k\ng", 7, None):
        with pytest.raises(InvalidId):
            Measure(unit)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(LimitExceeded):
        Measure("k" * 41)


def test_measures_agree_where_a_number_says_the_same() -> None:
    assert KG.agrees_with(Measure("kg", 3))
    assert PIECE.agrees_with(Measure("box"))
    assert not KG.agrees_with(Measure("lb", 3))
    assert not KG.agrees_with(Measure("kg", 2))
    assert not PIECE.agrees_with(None)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(MeasureMismatch) as refused:
        refuse_mismatch(Measure("lb", 2), KG, "lines[0].measure")
    assert refused.value.fields == {"unit": "lb", "scale": 2, "expected_unit": "kg", "expected_scale": 3}


def test_a_catalog_says_what_is_counted() -> None:
    catalog = Catalog((Item("CHEESE", measure=KG), Item("BOARD")))
    assert [catalog.measure(sku) for sku in ("CHEESE", "BOARD", "OTHER")] == [KG, PIECE, PIECE]
    with pytest.raises(InvalidType):
        Item("CHEESE", measure="kg")  # type: ignore[arg-type]  # that is the point


def test_kits_and_what_ships_alone_are_counted_whole() -> None:
    both: list[dict[str, Any]] = [{"components": (("A", 1),)}, {"ships_alone": True}]
    for more in both:
        with pytest.raises(InvalidCatalog):
            Item("CHEESE", measure=KG, **more)


def test_m12_a_kit_holds_parts_of_a_measure_and_their_list_values_compare() -> None:
    """Cheese for 20.00 a kilogram and a board for 5.00: of a kit with 250 g they are worth the same."""
    cheese, board = Item("CHEESE", list_value=2_000, measure=KG), Item("BOARD", list_value=500)
    kit = Item("KIT", components=(("CHEESE", 250), ("BOARD", 1)))
    catalog = Catalog((cheese, board, kit))
    weights = [
        value * each for value, (_, each) in zip(catalog.list_values["KIT"], kit.components, strict=True)
    ]
    assert weights[0] == weights[1] > 0
