"""What an order comes to, and what each unit is worth from then on: every kind of amount (M3-M6, M13)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.kernel import Catalog, Money, Ratio
from omcore.orders.draft import Charge, Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.orders.placement.discounting import Discounted, discounts_by_subtotal
from omcore.orders.placement.pricing import Pricing
from order_life import NEW_YORK, ORDER_ID, T0, Life, a_draft, a_line, usd

VAT = (Tax("VAT", rate=Ratio.parse("0.19")),)
NY = (Tax("NY", rate=Ratio.parse("0.1")),)


def agreed(
    *lines: DraftLine, currency: str = "USD", policies: om.Policies | None = None, **more: Any
) -> om.Order:
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", "1"), currency, lines, T0, destination=NEW_YORK, **more
    )
    life = Life(om.OrderContext(Catalog(), policies or om.Policies(), ()))
    life.do(om.PlaceOrder(draft, order_id=ORDER_ID, **life.common()))
    return life.order


def units(order: om.Order, line: str = "tee") -> list[tuple[int, int, int, int]]:
    """(net, tax, remitted, funded) of each unit."""
    entitlements = order.terms.line(line).entitlements
    return [(*each,) for first, last, *each in entitlements for _ in range(first, last + 1)]  # type: ignore[misc]  # four ints


def tee(
    quantity: int = 3, price: int = 2000, *discounts: Discount, taxes: Any = NY, **more: Any
) -> DraftLine:
    return DraftLine("tee", "TEE-M", quantity, usd(price), discounts, taxes, **more)


# -- discounts --------------------------------------------------------------------------------------


def test_of_what_is_called_off_nothing_is_owed_remitted_or_funded_charges_included() -> None:
    """M8, M13: taxed shipping, taxes that a marketplace remits, a discount that the channel bears."""
    shipping = Charge("shipping", usd(500), taxes=(Tax("t", rate=Ratio(1, 10)),))
    line = a_line(taxes=(Tax("m", amount=usd(90), collected_by="channel"),))
    coupon = Discount("free", amount=usd(300), funded_by="channel", includes_shipping=True)
    life = Life()
    life.place(attrs.evolve(a_draft([line], discounts=(coupon,)), charges=(shipping,)))
    before = life.order.payments
    assert before.owed > 0 < before.remitted
    assert before.funded == 300
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    after = life.order.payments
    assert (after.owed, after.remitted, after.funded) == (0, 0, 0)


def test_a_percentage_off_a_line_comes_off_before_tax() -> None:
    order = agreed(tee(3, 2000, Discount("quarter", percentage=Ratio.percent("25"))))
    assert units(order) == [(1500, 150, 0, 0)] * 3
    assert order.terms.total == 4950


def test_buy_two_get_one_comes_resolved_and_the_given_unit_gives_nothing_back() -> None:
    free = Discount("2+1", percentage=Ratio.percent("100"), units=((3, 3),))
    order = agreed(tee(3, 2000, free))
    assert units(order) == [(2000, 200, 0, 0), (2000, 200, 0, 0), (0, 0, 0, 0)]


def test_a_discount_that_the_channel_funds_is_the_customers_and_the_channel_pays_it() -> None:
    order = agreed(tee(2, 2000, Discount("prime day", amount=usd(1000), funded_by="channel")))
    assert units(order) == [(1500, 150, 0, 500)] * 2
    assert (order.terms.total, order.terms.funded) == (3300, 1000)


def test_discounts_of_line_and_order_add_up_and_the_orders_is_taken_of_what_the_lines_left() -> None:
    """M3: 10% of (60.00 - 6.00) + 10.00 is 6.40."""
    mug = DraftLine("mug", "MUG", 1, usd(1000), taxes=())
    line = tee(3, 2000, Discount("two off each", amount=usd(600)), taxes=())
    order = agreed(line, mug, discounts=(Discount("ten", percentage=Ratio.percent("10")),))
    assert units(order) == [(1620, 0, 0, 0)] * 3
    assert units(order, "mug") == [(900, 0, 0, 0)]


def test_a_discount_that_includes_shipping_comes_off_shipping_too() -> None:
    shipping = Charge("shipping", usd(1000), taxes=NY)
    half = Discount("half", percentage=Ratio.percent("50"), includes_shipping=True)
    order = agreed(tee(1, 2000), charges=(shipping,), discounts=(half,))
    assert units(order) == [(1000, 100, 0, 0)]
    assert (order.terms.charges[0].net, order.terms.charges[0].tax) == (500, 50)


# -- taxes ------------------------------------------------------------------------------------------


def test_several_rates_stand_on_one_order_each_rounded_for_itself() -> None:
    """M4: 8.875% is three taxes in New York: 4%, 4.5% and 0.375% of 19.99 are 0.80, 0.90 and 0.07."""
    rates = (("state", "0.04"), ("city", "0.045"), ("district", "0.00375"))
    three = tuple(Tax(name, rate=Ratio.parse(rate)) for name, rate in rates)
    book = DraftLine("book", "BOOK", 1, usd(1000), taxes=(Tax("reduced", rate=Ratio.parse("0.07")),))
    order = agreed(tee(1, 1999, taxes=three), book)
    assert units(order) == [(1999, 80 + 90 + 7, 0, 0)]
    assert units(order, "book") == [(1000, 70, 0, 0)]


def test_inclusive_prices_hold_their_tax_after_the_discount() -> None:
    """M5: 107.10 of 119.00 is left; 17.10 of it is the tax of 19%."""
    line = tee(1, 11900, Discount("ten", percentage=Ratio.percent("10")), taxes=VAT)
    order = agreed(line, tax_included=True)
    assert units(order) == [(9000, 1710, 0, 0)]
    assert order.terms.total == 10710


def test_what_a_marketplace_remits_is_never_owed_to_the_merchant() -> None:
    """M13: the customer pays 22.00; the merchant is owed 20.00."""
    order = agreed(tee(1, 2000, taxes=(Tax("state", rate=Ratio.parse("0.1"), collected_by="channel"),)))
    assert units(order) == [(2000, 200, 200, 0)]
    assert (order.terms.total, order.terms.remitted, order.payments.owed) == (2200, 200, 2000)


# -- charges ----------------------------------------------------------------------------------------


def test_tips_wrapping_duties_and_fees_are_charges_of_their_own_and_cash_is_rounded() -> None:
    charges = (
        Charge("shipping", usd(599), (Discount("a dollar", amount=usd(100)),), NY),
        Charge("gift_wrap", usd(350), taxes=NY),
        Charge("duty", usd(1234)),
        Charge("tip", usd(200)),
        Charge("fee", usd(50)),
        Charge("rounding", usd(-2)),
    )
    cash = (DraftTender("till", "cash", usd(6816), captured=True),)
    order = agreed(tee(2, 2000), charges=charges, tenders=cash)
    assert [(charge.kind, charge.net, charge.tax) for charge in order.terms.charges] == [
        ("shipping", 499, 50),
        ("gift_wrap", 350, 35),
        ("duty", 1234, 0),
        ("tip", 200, 0),
        ("fee", 50, 0),
        ("rounding", -2, 0),
    ]
    assert order.terms.total == 4400 + 549 + 385 + 1234 + 200 + 50 - 2


@pytest.mark.parametrize(
    ("currency", "price", "worth"),
    [
        ("JPY", 1001, [(1001, 100)] * 3),
        ("USD", 1001, [(1001, 100)] * 3),
        ("KWD", 10_005, [(10_005, 1001), (10_005, 1001), (10_005, 1000)]),
    ],
)
def test_every_currency_counts_its_own_minor_units(currency: str, price: int, worth: Any) -> None:
    """M1, M4: 10% of three units, rounded once for the line: the lower ones get the odd unit."""
    order = agreed(DraftLine("tee", "TEE-M", 3, Money(price, currency), taxes=NY), currency=currency)
    assert [unit[:2] for unit in units(order)] == worth


# -- fixed, for ever ----------------------------------------------------------------------------------


def test_no_later_policy_changes_what_was_agreed() -> None:
    """M6."""
    life = Life(om.OrderContext(Catalog(), om.Policies(), ()))
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", "1"), "USD", (tee(3, 1999),), T0, destination=NEW_YORK
    )
    life.do(om.PlaceOrder(draft, order_id=ORDER_ID, **life.common()))
    before = life.order.terms.line("tee").entitlements
    dearer = om.Policies(pricing=Pricing(exclusive=om.tax_by_unit))
    life.context = om.OrderContext(Catalog(), dearer, ())
    life.do(om.CancelUnits(ORDER_ID, (("tee", 1),), **life.common()))
    assert life.order.terms.line("tee").entitlements == before


# -- each rule is an object that can be replaced --------------------------------------------------------


def test_the_rule_of_discounts_can_be_replaced() -> None:
    """M3 *(policy)*: here a discount of the order is nobody's."""

    def of_nobody(draft: OrderDraft) -> Discounted:
        return discounts_by_subtotal(attrs.evolve(draft, discounts=()))

    policies = om.Policies(pricing=Pricing(discounts=of_nobody))
    order = agreed(tee(1, 2000), discounts=(Discount("ten", amount=usd(1000)),), policies=policies)
    assert units(order) == [(2000, 200, 0, 0)]


def test_the_rules_of_tax_can_be_replaced() -> None:
    """M4, M5 *(policy)*: 5% of 0.10 is 0.005. A line of three owes 0.02; unit by unit it is 0.03."""
    rate = (Tax("t", rate=Ratio.parse("0.05")),)
    by_unit = om.Policies(pricing=Pricing(exclusive=om.tax_by_unit, inclusive=om.tax_in_unit))
    assert sum(tax for _, tax, *_ in units(agreed(tee(3, 10, taxes=rate)))) == 2
    assert sum(tax for _, tax, *_ in units(agreed(tee(3, 10, taxes=rate), policies=by_unit))) == 3
    inclusive = agreed(tee(3, 10, taxes=rate), tax_included=True, policies=by_unit)
    assert units(inclusive) == [(10, 0, 0, 0)] * 3, "0.476 of a cent, each rounded for itself"


def test_when_money_is_captured_can_be_replaced() -> None:
    """M8 *(policy)*: at placement, all of it."""
    card = (DraftTender("card", "gateway", usd(2200), authorized=True),)
    later = agreed(tee(1, 2000), tenders=card)
    at_once = agreed(tee(1, 2000), tenders=card, policies=om.Policies(capturable=om.capture_at_placement))
    assert [request.amount for request in later.payments.requests.values()] == []
    assert [request.amount for request in at_once.payments.requests.values()] == [2200]
