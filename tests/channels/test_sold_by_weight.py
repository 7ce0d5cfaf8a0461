"""Square's quantities with decimals: read exactly where something says in how many, quarantined elsewhere."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.channels import ChannelContradiction, FractionalQuantity, read, square
from omcore.kernel import (
    PIECE,
    Catalog,
    InputError,
    InvalidNumber,
    InvalidQuantity,
    InvalidType,
    Item,
    Measure,
    MeasureMismatch,
)

KG = Measure("kg", 3)
KILOS = {"measurement_unit": {"weight_unit": "METRIC_KILOGRAM"}, "precision": 3}


def usd(minor: int) -> dict[str, Any]:
    return {"amount": minor, "currency": "USD"}


def sale(quantity: Any = "5.5", price: int = 399, total: int = 2_195, **more: Any) -> dict[str, Any]:
    """A till sold so much at so much, without tax or discount."""
    line = {
        "uid": "l1",
        "catalog_object_id": "CHEESE",
        "name": "Cheese",
        "quantity": quantity,
        "quantity_unit": KILOS,
        "base_price_money": usd(price),
        "variation_total_price_money": usd(total),
        "gross_sales_money": usd(total),
        "total_money": usd(total),
        **more,
    }
    return {
        "id": "s1",
        "location_id": "nyc",
        "state": "COMPLETED",
        "created_at": "2026-11-27T09:00:00Z",
        "version": 3,
        "line_items": [{name: value for name, value in line.items() if value is not None}],
        "total_money": usd(total),
        "tenders": [{"id": "t1", "type": "CASH", "amount_money": usd(total)}],
    }


def line_of(payload: Any, **more: Any) -> om.DraftLine:
    (line,) = square.read_order(payload, **more).lines
    return line


def test_a_quantity_is_read_in_the_unit_and_precision_that_square_states() -> None:
    line = line_of(sale())
    assert (line.quantity, line.measure, line.unit_price.minor) == (5_500, KG, 399)
    draft = square.read_order(sale())
    assert draft.stated_total is not None
    assert om.price(draft).worth()[0] == draft.stated_total.minor == 2_195


def test_a_whole_quantity_of_what_is_weighed_is_no_two_pieces() -> None:
    assert line_of(sale("2", 399, 798)).quantity == 2_000
    whole = {"measurement_unit": {"weight_unit": "METRIC_KILOGRAM"}, "precision": 0}
    line = line_of(sale("2", 399, 798, quantity_unit=whole))
    assert (line.quantity, line.measure) == (2, PIECE)


def test_what_the_caller_counts_in_counts() -> None:
    """Square weighs in two decimals, the shop counts grams; and a measure alone suffices."""
    coarse = {**KILOS, "precision": 2}
    line = line_of(sale("5.50", quantity_unit=coarse), measures={"CHEESE": KG})
    assert (line.quantity, line.measure) == (5_500, KG)
    line = line_of(sale(quantity_unit=None), measures={"CHEESE": KG})
    assert (line.quantity, line.measure) == (5_500, KG)
    (found,) = read("square", {"order": sale(quantity_unit=None)}, measures={"CHEESE": KG})
    assert isinstance(found, om.OrderDraft)
    assert found.lines[0].quantity == 5_500
    named = {"skus": {"CHEESE": "BRIE"}, "measures": {"BRIE": KG}}
    assert line_of(sale(quantity_unit=None), **named).quantity == 5_500


def refused(kind: type, path: str, payload: Any, **more: Any) -> Any:
    with pytest.raises(kind) as caught:
        square.read_order(payload, **more)
    error: Any = caught.value
    assert error.path == path
    return error


def test_a_fraction_is_quarantined_where_nothing_says_in_how_many_decimals() -> None:
    path = "line_items[0].quantity"
    for unit in (None, {"measurement_unit": {"weight_unit": "METRIC_KILOGRAM"}}, {**KILOS, "precision": 0}):
        error = refused(FractionalQuantity, path, sale(quantity_unit=unit))
        assert error.fields == {"unit": "METRIC_KILOGRAM" if unit else "units"}
    refused(FractionalQuantity, path, sale(), measures={"CHEESE": PIECE})


def test_kilograms_are_not_counted_as_pounds() -> None:
    error = refused(
        MeasureMismatch, "line_items[0].quantity_unit", sale(), measures={"CHEESE": Measure("lb", 3)}
    )
    assert (error.fields["unit"], error.fields["expected_unit"]) == ("kg", "lb")
    wrong: Any = {"CHEESE": "kg"}
    refused(InvalidType, "measures", sale(), measures=wrong)
    for value in (None, 5, "kg", ["CHEESE"]):
        none: Any = value
        refused(InvalidType, "measures", sale(), measures=none)


@pytest.mark.parametrize(
    ("quantity", "kind"),
    [
        ("5.5555", InvalidNumber),
        ("5,5", InvalidNumber),
        (" 5.5", InvalidNumber),
        ("5.5e1", InvalidNumber),
        ("٥", InvalidNumber),
        ("0.000", InvalidQuantity),
        ("-5.5", InvalidQuantity),
        ("1000.001", InvalidQuantity),
        (5.5, InvalidType),
    ],
)
def test_what_is_no_exact_quantity_is_refused(quantity: Any, kind: type) -> None:
    refused(kind, "line_items[0].quantity", sale(quantity))


@pytest.mark.parametrize("precision", [-1, 7, 2.0, "3", True])
def test_a_precision_is_a_few_decimals(precision: Any) -> None:
    with pytest.raises(InputError) as caught:
        square.read_order(sale(quantity_unit={**KILOS, "precision": precision}))
    assert caught.value.path == "line_items[0].quantity_unit.precision"


def test_units_that_square_has_no_name_for_are_told_apart_from_pieces() -> None:
    own = {"measurement_unit": {"custom_unit": {"name": "Bunch", "abbreviation": "bu"}}, "precision": 1}
    assert line_of(sale("5.5", quantity_unit=own)).measure == Measure("units", 1)
    area = {"measurement_unit": {"area_unit": "METRIC_SQUARE_METER"}, "precision": 1}
    assert line_of(sale("5.5", quantity_unit=area)).measure == Measure("metric_square_meter", 1)


def test_half_a_cent_that_square_rounds_to_the_even_one_is_a_discount_of_a_cent() -> None:
    """4.01 a kilogram, half of one: 2.005 is 2.00 at Square's, and 2.01 here (M1)."""
    draft = square.read_order(sale("0.5", 401, 200))
    assert [(entry.title, entry.amount and entry.amount.minor) for entry in draft.lines[0].discounts] == [
        ("rounding", 1)
    ]
    assert om.price(draft).worth()[0] == 200


@given(st.integers(1, 20_000), st.integers(0, 100_000), st.integers(-3, 3))
def test_what_a_line_comes_to_is_held_against_its_price(units: int, price: int, off: int) -> None:
    """To the cent, but that half of one may have been rounded either way."""
    exact = Fraction(units * price, 1_000)
    stated = max(0, round(exact) + off)
    payload = sale(KG.format(units), price, stated)
    if abs(stated - exact) > Fraction(1, 2):
        with pytest.raises(ChannelContradiction):
            square.read_order(payload)
        return
    draft = square.read_order(payload)
    assert om.price(draft).worth()[0] == stated
    assert draft.lines[0].unit_price.minor == price


def test_modifiers_of_what_is_weighed_are_in_the_price_of_the_measure_or_quarantined() -> None:
    more: dict[str, Any] = {
        "modifiers": [{"total_price_money": usd(55)}],
        "gross_sales_money": usd(2_250),
        "total_money": usd(2_250),
    }
    payload = sale(**more)
    payload["total_money"] = payload["tenders"][0]["amount_money"] = usd(2_250)
    assert line_of(payload).unit_price.minor == 409
    odd = copy.deepcopy(payload)
    odd["line_items"][0]["quantity"] = "55"
    odd["line_items"][0]["variation_total_price_money"] = usd(21_945)
    odd["line_items"][0]["gross_sales_money"] = usd(22_000)
    assert (
        square.read_order(
            {
                **odd,
                "total_money": usd(22_000),
                "tenders": [],
                "line_items": [{**odd["line_items"][0], "total_money": usd(22_000)}],
            }
        )
        .lines[0]
        .unit_price.minor
        == 400
    )
    odd["line_items"][0]["modifiers"] = [{"total_price_money": usd(30)}]
    odd["line_items"][0]["gross_sales_money"] = usd(21_975)
    odd["line_items"][0]["total_money"] = odd["total_money"] = usd(21_975)
    refused(ChannelContradiction, "line_items[0].gross_sales_money", odd)


def test_what_was_handed_over_of_a_line_is_counted_in_its_measure() -> None:
    payload = sale(state=None)
    payload["state"] = "OPEN"
    payload["fulfillments"] = [
        {
            "type": "SHIPMENT",
            "state": "COMPLETED",
            "line_item_application": "ENTRY_LIST",
            "entries": [{"line_item_uid": "l1", "quantity": "2.5"}],
        }
    ]
    assert line_of(payload).fulfilled == 2_500
    payload["fulfillments"][0]["line_item_application"] = "ALL"
    assert line_of(payload).fulfilled == 5_500


def test_a_sale_by_weight_is_placed_as_the_catalog_counts_it_or_not_at_all() -> None:
    catalog = Catalog((Item("CHEESE", measure=KG),))
    context = om.OrderContext(catalog, om.Policies(), om.DEFAULT_RULES)
    draft = square.read_order(sale())
    at = draft.placed_at
    order = om.decide(None, om.PlaceOrder(draft, order_id="o1", key="k", at=at), context).order
    assert order.terms.lines[0].measure == KG
    coarse = square.read_order(sale("5.50", quantity_unit={**KILOS, "precision": 2}))
    with pytest.raises(MeasureMismatch):
        om.decide(None, om.PlaceOrder(coarse, order_id="o1", key="k", at=at), context)
