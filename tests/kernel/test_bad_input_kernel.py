"""The bad-input table of the rules, row by row, and every entry point given anything at all.

The answer is a value of the promised type or a typed error with a stable code, a path and safe
fields; nothing that was passed in has changed, and no error shows what it refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import omcore.kernel
from anything import ODD_VALUES, SECRET, IntLike, StrLike, anything, everything_in
from omcore.kernel import (
    Calendar,
    Catalog,
    ClockSkew,
    Command,
    Contact,
    CurrencyMismatch,
    DuplicateId,
    GeoPoint,
    InputError,
    InvalidId,
    InvalidMoney,
    InvalidNumber,
    InvalidPlace,
    InvalidQuantity,
    InvalidSku,
    Item,
    LimitExceeded,
    Location,
    LooksLikeCardNumber,
    Measure,
    Money,
    NaiveTimestamp,
    Network,
    OmcoreError,
    Place,
    Ratio,
    Refusal,
    UnknownCurrency,
    checked_currency,
    checked_day,
    checked_flag,
    checked_id,
    checked_instant,
    checked_iterator,
    checked_key,
    checked_limit,
    checked_names,
    checked_payment_reference,
    checked_quantity,
    checked_sku,
    checked_text,
    checked_unique,
    decimal_parts,
    effective_now,
    format_minor,
    from_epoch_second,
    parse_instant,
    rebuild_error,
    round_ratio,
    split,
    split_evenly,
    split_runs,
)
from omcore.kernel.money import total
from omcore.kernel.runs import checked_runs

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)

# --- the table -------------------------------------------------------------------------------

Row = tuple[str, Callable[[Any], object], tuple[Any, ...], OmcoreError]


def money_of(amount: Any) -> object:
    return Money.parse(amount, "USD", "lines[0].price")


def mixed(currency: Any) -> object:
    return Money(1, "USD") + Money(1, currency)


def not_money(reason: str) -> InvalidMoney:
    return InvalidMoney("lines[0].price", reason=reason)


TABLE: tuple[Row, ...] = (
    (
        "quantity 0, negative, above the limit, True, 2.0, '2'",
        lambda value: checked_quantity(value, "lines[2].quantity"),
        (0, -1, 1_000_001, 10**400, True, False, 2.0, float("nan"), "2", b"2", Decimal(2), None, IntLike(2)),
        InvalidQuantity("lines[2].quantity", min=1, max=1_000_000),
    ),
    (
        "money as float or what is no number",
        money_of,
        (1.0, 0.1, float("nan"), float("inf"), True, None, b"1", [1], IntLike(1), StrLike("1"), 1j),
        not_money("not an exact number"),
    ),
    (
        "money that is not finite",
        money_of,
        (Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")),
        not_money("not finite"),
    ),
    (
        "money with too many decimals",
        money_of,
        ("0.001", Decimal("1.999"), "-0.005"),
        not_money("more than 2 decimals"),
    ),
    (
        "money in exponent form",
        money_of,
        (Decimal("1E+3000000"), Decimal("1E+1"), Decimal("0E+2")),
        not_money("exponent form"),
    ),
    (
        "money of more than 15 digits",
        money_of,
        (
            "9" * 16,
            "0." + "0" * 14 + "1" * 16,
            10**15,
            10**13,
            10**400,
            Decimal("1E-3000000"),
            Decimal("9" * 16),
        ),
        not_money("more than 15 digits"),
    ),
    (
        "text where a number is read",
        money_of,
        (
            "1_000",
            " 7\n",
            "7 ",
            "\u0661\u0662",
            "\uff11",
            "1e3",
            "1E+3",
            "NaN",
            "Infinity",
            "+1",
            "1,50",
            "",
            "9" * 99,
        ),
        not_money("not a plain decimal"),
    ),
    (
        "money in minor units that are no exact int",
        lambda value: Money(value, "USD"),
        (1.0, "100", True, None, Decimal(1), IntLike(100)),
        InvalidMoney("minor", reason="not an exact int of minor units"),
    ),
    (
        "unknown currency",
        lambda value: Money.parse("1", value, "lines[0].price"),
        (
            "usd",
            "US",
            "USDX",
            "XXX",
            "XAU",
            "HRK",
            " USD",
            "USD\n",
            "",
            None,
            840,
            b"USD",
            ["USD"],
            {},
            StrLike("USD"),
        ),
        UnknownCurrency("lines[0].price.currency"),
    ),
    ("mixed currency", mixed, ("EUR",), CurrencyMismatch("currency", left="USD", right="EUR")),
    (
        "a rate that is no plain decimal",
        Ratio.parse,
        ("8_875", "8.875%", "", "\u0661"),
        InvalidNumber("rate", reason="not a plain decimal"),
    ),
    (
        "SKU that is no text",
        lambda value: checked_sku(value, "lines[0].sku"),
        (None, 1, True, b"A", ["A"], StrLike("A")),
        InvalidSku("lines[0].sku", reason="not text", codepoint=None),
    ),
    (
        "SKU with zero-width space",
        lambda value: checked_sku(value, "lines[0].sku"),
        ("A\u200bB", "\u200b", "\u200bA", "é\u200b"),
        InvalidSku("lines[0].sku", reason="control or zero-width", codepoint="U+200B"),
    ),
    (
        "SKU with control character",
        lambda value: checked_sku(value, "lines[0].sku"),
        ("A\nB", "\n", "A\n"),
        InvalidSku("lines[0].sku", reason="control or zero-width", codepoint="U+000A"),
    ),
    (
        "SKU with outer white space",
        lambda value: checked_sku(value, "lines[0].sku"),
        (" A", "A ", " "),
        InvalidSku("lines[0].sku", reason="outer white space", codepoint="U+0020"),
    ),
    (
        "SKU that is not NFC",
        lambda value: checked_sku(value, "lines[0].sku"),
        ("e\u0301", "CAFE\u0301-1"),
        InvalidSku("lines[0].sku", reason="not NFC", codepoint="U+0301"),
    ),
    (
        "two of one id",
        lambda value: checked_unique(value, "lines"),
        (["1", "2", "1"], ("1", "2", "1", "2")),
        DuplicateId("lines[2]", id="1"),
    ),
    (
        "beyond a limit",
        lambda value: checked_limit(value, 10_000, "lines", "lines"),
        (10_001,),
        LimitExceeded("lines", what="lines", limit=10_000, got=10_001),
    ),
    (
        "naive datetime",
        lambda value: Command(key="k", at=value),
        (datetime(2026, 1, 1), datetime.min, datetime.max),  # noqa: DTZ001, DTZ901 - naive on purpose
        NaiveTimestamp("at"),
    ),
    ("naive text", parse_instant, ("2026-01-01T00:00:00", "2026-01-01 00:00:00.5"), NaiveTimestamp("at")),
    (
        "clock going backwards beyond its bound",
        lambda value: effective_now(value, NOON),
        (NOON - timedelta(days=2),),
        ClockSkew("at", behind_s=172_800, max_s=86_400),
    ),
    (
        "card number as a payment reference",
        lambda value: checked_payment_reference(value, "tenders[0].reference"),
        ("4111111111111111", "4111-1111-1111-1111", "378282246310005", "4111_1111_1111_1111"),
        LooksLikeCardNumber("tenders[0].reference"),
    ),
    (
        "identifier that is no exact text",
        lambda value: checked_key(value, "key"),
        (None, 1, b"k", StrLike("k"), "", "a b", "k\n", "k" * 201, "é"),
        InvalidId("key", reason="printable ASCII without spaces only, 1 to 200 of them"),
    ),
    (
        "coordinate that is none",
        lambda value: GeoPoint(value, 0.0),
        (float("nan"), float("inf"), 91, -90.5, 10**400, True, "1", None, IntLike(1)),
        InvalidPlace("latitude", reason="not within -90 to 90 degrees"),
    ),
)


@pytest.mark.parametrize(
    ("enter", "value", "answer"),
    [
        pytest.param(enter, value, answer, id=f"{row}: {type(value).__name__} {ascii(value)[:24]}")
        for row, enter, values, answer in TABLE
        for value in values
    ],
)
def test_the_table_of_bad_input_holds(
    enter: Callable[[Any], object], value: Any, answer: OmcoreError
) -> None:
    with pytest.raises(OmcoreError) as caught:
        enter(value)
    assert type(caught.value) is type(answer)
    assert caught.value == answer


def test_a_clock_going_backwards_within_its_bound_is_put_right() -> None:
    assert effective_now(NOON - timedelta(hours=23), NOON) == NOON


# --- given anything at all -------------------------------------------------------------------

SCALARS = (bool, int, str)


def answers(enter: Callable[..., object], *arguments: Any, **named: Any) -> object:
    """The value, or None where it was refused as the rules say."""
    refused: OmcoreError
    try:
        return enter(*arguments, **named)
    except OmcoreError as error:
        refused = error
    assert isinstance(refused, InputError)
    assert type(refused).code == refused.code
    assert type(refused.path) is str
    assert refused.path
    for field in refused.fields.values():
        texts = field if type(field) is tuple else (field,)
        assert all(part is None or type(part) in SCALARS for part in texts)
        assert len(repr(field)) <= 500
    assert not any(SECRET in text for text in everything_in(refused))
    return None


ONE_ARGUMENT: dict[str, tuple[Callable[[Any], object], type]] = {
    "checked_currency": (checked_currency, str),
    "checked_flag": (lambda v: checked_flag(v, "p"), bool),
    "checked_id": (lambda v: checked_id(v, "p"), str),
    "checked_instant": (lambda v: checked_instant(v, "p"), datetime),
    "checked_iterator": (lambda v: list(checked_iterator(v, "p", "things")), list),
    "checked_day": (checked_day, date),
    "checked_key": (lambda v: checked_key(v, "p"), str),
    "checked_limit": (lambda v: checked_limit(v, 5, "p", "things"), type(None)),
    "checked_names": (lambda v: checked_names(v, "p"), frozenset),
    "checked_payment_reference": (lambda v: checked_payment_reference(v, "p"), str),
    "checked_quantity": (lambda v: checked_quantity(v, "p"), int),
    "checked_runs": (lambda v: checked_runs(v, "p", 100), tuple),
    "checked_sku": (checked_sku, str),
    "checked_text": (lambda v: checked_text(v, "p"), str),
    "checked_unique": (lambda v: checked_unique([v], "p"), type(None)),
    "checked_unique of": (lambda v: checked_unique(v, "p"), type(None)),
    "decimal_parts": (lambda v: decimal_parts(v, "p"), tuple),
    "format_minor of an amount": (lambda v: format_minor(v, "USD"), str),
    "format_minor in a currency": (lambda v: format_minor(1, v), str),
    "from_epoch_second": (from_epoch_second, datetime),
    "parse_instant": (parse_instant, datetime),
    "round_ratio of": (lambda v: round_ratio(v, 3), int),
    "round_ratio by": (lambda v: round_ratio(3, v), int),
    "split an amount": (lambda v: split(v, [1, 2]), list),
    "split over": (lambda v: split(10, [1, v]), list),
    "split_evenly an amount": (lambda v: split_evenly(v, 3), list),
    "split_evenly over": (lambda v: split_evenly(10, v), list),
    "split_runs of": (lambda v: split_runs(10, [(1, 1), (v, 2)]), list),
    "total": (lambda v: total([v], "USD"), Money),
    "total in": (lambda v: total([], v), Money),
    "rebuild_error path": (lambda v: rebuild_error("refused", v, {}), Refusal),
    "rebuild_error fields": (lambda v: rebuild_error("refused", "", v), Refusal),
    "rebuild_error field": (lambda v: rebuild_error("refused", "", {"id": v}), Refusal),
    "Money.parse": (lambda v: Money.parse(v, "KWD"), Money),
    "Money.parse in": (lambda v: Money.parse("1", v), Money),
    "Money.zero": (Money.zero, Money),
    "Money + ": (lambda v: Money(1, "USD") + v, Money),
    "Money - ": (lambda v: Money(1, "USD") - v, Money),
    "Money * ": (lambda v: Money(1, "USD") * v, Money),
    "Money < ": (lambda v: Money(1, "USD") < v, bool),
    "Money >= ": (lambda v: Money(1, "USD") >= v, bool),
    "Money.share": (lambda v: Money(1, "USD").share(v), Money),
    "Money.split": (lambda v: Money(1, "USD").split((v,)), tuple),
    "Ratio.parse": (Ratio.parse, Ratio),
    "Ratio.percent": (Ratio.percent, Ratio),
    "Ratio.of": (Ratio(1, 3).of, int),
    "distance_km": (GeoPoint(1.0, 2.0).distance_km, float),
    "Catalog.item": (Catalog().item, Item),
    "Catalog.components": (Catalog().components, tuple),
    "Catalog.is_returnable": (Catalog().is_returnable, bool),
}


def test_every_checking_function_is_among_them() -> None:
    public = {name for name in omcore.kernel.__all__ if name.startswith("checked_")}
    assert public <= set(ONE_ARGUMENT)


@pytest.mark.parametrize("name", ONE_ARGUMENT)
@given(data=st.data())
def test_every_function_given_anything_answers(name: str, data: st.DataObject) -> None:
    enter, promised = ONE_ARGUMENT[name]
    value = data.draw(anything())
    given_as = repr(value)
    answer = answers(enter, value)
    assert answer is None or type(answer) is promised
    assert repr(value) == given_as


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_every_function_answers_each_odd_value(name: str) -> None:
    enter, promised = ONE_ARGUMENT[name]
    for value in ODD_VALUES:
        answer = answers(enter, value)
        assert answer is None or type(answer) is promised


GOOD: dict[type, dict[str, Any]] = {
    Money: {"minor": 1, "currency": "USD"},
    Ratio: {"numerator": 1, "denominator": 2},
    GeoPoint: {"latitude": 1.0, "longitude": 2.0},
    Place: {"country": "US"},
    Contact: {},
    Location: {"id": "nyc"},
    Calendar: {},
    Network: {"locations": ()},
    Measure: {},
    Item: {"sku": "MUG"},
    Catalog: {},
    Command: {"key": "k", "at": NOON},
}


def test_every_record_of_the_kernel_is_among_them() -> None:
    public = {
        value
        for name in omcore.kernel.__all__
        if inspect.isclass(value := getattr(omcore.kernel, name)) and attrs.has(value)
    }
    assert public == set(GOOD)


FIELDS = [(cls, field.name) for cls in GOOD for field in attrs.fields(cls)]


@pytest.mark.parametrize(("cls", "field"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_every_field_of_every_record_answers_each_odd_value(cls: type, field: str) -> None:
    for value in ODD_VALUES:
        made = answers(cls, **{**GOOD[cls], field: value})
        if made is not None:
            kept = getattr(made, field)
            # Nothing was converted by guesswork: it is the value, or the same instant in UTC.
            assert kept is value or (isinstance(value, datetime) and kept == value)
            assert not isinstance(kept, (IntLike, StrLike, list, dict, set, bytes, Decimal))


@given(st.data())
def test_every_record_made_of_anything_answers(data: st.DataObject) -> None:
    cls = data.draw(st.sampled_from(list(GOOD)))
    fields = {
        field.name: data.draw(anything())
        for field in attrs.fields(cls)
        if field.default is attrs.NOTHING or data.draw(st.booleans())
    }
    made = answers(cls, **fields)
    assert made is None or type(made) is cls
    assert SECRET not in repr(made)


@given(value=anything())
@example(value="line_exists")  # the code of an error that is not the kernel's
def test_an_error_is_rebuilt_from_any_code(value: object) -> None:
    given_as = repr(value)
    answer = answers(lambda code: rebuild_error(code, "", {}), value)
    assert answer is None or isinstance(answer, OmcoreError)
    assert answer is None or answer.code == value
    assert repr(value) == given_as
