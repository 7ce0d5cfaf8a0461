"""M1: exact ratios, one rounding at the end, half away from zero; quantities that are exact ints."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omcore.kernel import (
    MAX_QUANTITY,
    InvalidNumber,
    InvalidQuantity,
    Ratio,
    checked_quantity,
    decimal_parts,
    round_ratio,
)

AMOUNTS = st.integers(-(10**9), 10**9) | st.integers(-(10**15), 10**15)


def half_away_from_zero(exact: Fraction) -> int:
    """Written from the words: the nearest, and of two equally near ones the one farther from zero."""
    down, up = exact.__floor__(), exact.__ceil__()
    if exact - down == up - exact:
        return max(down, up, key=abs)
    return down if exact - down < up - exact else up


@given(AMOUNTS, st.integers(1, 10**6))
@example(5, 10)
@example(-5, 10)
@example(-15, 10)
def test_m1_rounding_is_half_away_from_zero(numerator: int, denominator: int) -> None:
    assert round_ratio(numerator, denominator) == half_away_from_zero(Fraction(numerator, denominator))


@given(st.integers(-(10**6), 10**6), st.integers(1, 7).map(lambda n: 2 * n))
def test_m1_halves_are_never_lost(amount: int, denominator: int) -> None:
    exact = Decimal(amount) / 2
    assert round_ratio(amount, 2) == int(exact.to_integral_value(ROUND_HALF_UP))
    assert round_ratio(amount * denominator, 2 * denominator) == round_ratio(amount, 2)


@given(AMOUNTS, st.integers(0, 10**6), st.integers(1, 10**6))
def test_m1_a_rate_is_exact_until_its_one_rounding(amount: int, numerator: int, denominator: int) -> None:
    assert Ratio(numerator, denominator).of(amount) == half_away_from_zero(
        Fraction(amount * numerator, denominator)
    )


@given(st.integers(0, 10**12), st.integers(0, 12), st.integers(0, 3))
def test_m4_a_rate_is_read_exactly(digits: int, scale: int, zeros: int) -> None:
    whole, decimals = divmod(digits, 10**scale)
    text = f"{whole}.{decimals:0{scale}}" if scale else str(whole)
    exact = Fraction(digits, 10**scale)
    for given_as in (text, Decimal(text)):
        rate = Ratio.parse(given_as)
        assert (rate.numerator, rate.denominator) == exact.as_integer_ratio()
        percentage = Ratio.percent(given_as)
        assert (percentage.numerator, percentage.denominator) == (exact / 100).as_integer_ratio()
    padded = text + ("" if scale else ".") + "0" * zeros if scale or zeros else text
    if len(padded) <= 16:
        assert Ratio.parse(padded) == Ratio.parse(text)


def test_m4_new_york_citys_sales_tax_on_nineteen_ninety_nine() -> None:
    assert Ratio.percent("8.875").of(1_999) == 177
    assert Ratio.percent("8.875") == Ratio.parse("0.08875") == Ratio(71, 800)


@pytest.mark.parametrize(
    ("numerator", "denominator", "path"),
    [
        (-1, 2, "numerator"),
        (1, 0, "denominator"),
        (1, -2, "denominator"),
        (0.5, 1, "numerator"),
        (1, 2.0, "denominator"),
        (True, 2, "numerator"),
        (1, True, "denominator"),
        ("1", 2, "numerator"),
        (None, None, "numerator"),
        (10**400, 1, "numerator"),
        (1, 10**400, "denominator"),
    ],
)
def test_a_ratio_that_is_none_is_refused(numerator: Any, denominator: Any, path: str) -> None:
    with pytest.raises(InvalidNumber) as caught:
        Ratio(numerator, denominator)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "value", ["-0.1", 0.1, True, None, "8,875", "8.875%", "1e-2", Decimal("NaN"), ""], ids=repr
)
def test_a_rate_is_read_from_plain_decimals_only(value: object) -> None:
    for parse in (Ratio.parse, Ratio.percent):
        with pytest.raises(InvalidNumber) as caught:
            parse(value, "lines[0].taxes[1].rate")
        assert caught.value.path == "lines[0].taxes[1].rate"


@pytest.mark.parametrize("amount", [1.5, True, "7", None, Decimal(1), {}], ids=repr)
def test_a_rate_is_of_an_exact_int(amount: Any) -> None:
    with pytest.raises(InvalidNumber):
        Ratio(1, 2).of(amount)


@pytest.mark.parametrize(
    ("numerator", "denominator"), [(1, 0), (1, -1), (1.0, 2), (1, 2.0), (True, 2), ("1", 2)]
)
def test_nothing_else_is_rounded(numerator: Any, denominator: Any) -> None:
    with pytest.raises(InvalidNumber):
        round_ratio(numerator, denominator)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 14))
def test_digits_and_scale_are_those_that_were_written(digits: int, scale: int) -> None:
    number = Decimal(digits).scaleb(-scale)
    text = f"{number:f}"
    assert decimal_parts(text, "x") == decimal_parts(number, "x") == (digits, scale)
    assert decimal_parts(digits, "x") == (digits, 0)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "not a plain decimal"),
        (".5", "not a plain decimal"),
        ("5.", "not a plain decimal"),
        ("+5", "not a plain decimal"),
        ("--5", "not a plain decimal"),
        ("1_000", "not a plain decimal"),
        (" 7\n", "not a plain decimal"),
        ("7\n", "not a plain decimal"),
        ("\u0667", "not a plain decimal"),
        ("１", "not a plain decimal"),
        ("1e3", "not a plain decimal"),
        ("NaN", "not a plain decimal"),
        ("Infinity", "not a plain decimal"),
        ("0x10", "not a plain decimal"),
        ("1,5", "not a plain decimal"),
        ("1\x00", "not a plain decimal"),
        ("9" * 16, "more than 15 digits"),
        ("0." + "1" * 16, "more than 15 digits"),
        (10**15, "more than 15 digits"),
        (Decimal(10) ** 15, "more than 15 digits"),
        (Decimal("1E+3"), "exponent form"),
        (Decimal("0E+3"), "exponent form"),
        (Decimal("1E-41"), "more than 15 digits"),
        (Decimal("sNaN"), "not finite"),
        (Decimal("-Infinity"), "not finite"),
        (1.0, "not an exact number"),
        (True, "not an exact number"),
        (None, "not an exact number"),
        (b"1", "not an exact number"),
        (Fraction(1, 2), "not an exact number"),
    ],
    ids=repr,
)
def test_a_number_is_refused_with_its_reason(value: object, reason: str) -> None:
    with pytest.raises(InvalidNumber) as caught:
        decimal_parts(value, "weight")
    assert caught.value == InvalidNumber("weight", reason=reason)


@given(st.integers() | st.integers(-2, 5) | st.integers(MAX_QUANTITY - 2, MAX_QUANTITY + 2))
def test_a_quantity_is_an_exact_int_from_1_to_1_000_000(value: int) -> None:
    if 1 <= value <= 1_000_000:
        assert checked_quantity(value, "quantity") == value
    else:
        with pytest.raises(InvalidQuantity) as caught:
            checked_quantity(value, "lines[2].quantity")
        assert caught.value == InvalidQuantity("lines[2].quantity", min=1, max=1_000_000)
