"""Entitlements: what every unit is worth, fixed when it is ordered (M3-M6)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from omcore.kernel import InvalidType, Money, Ratio
from omcore.kernel.runs import normal
from omcore.orders.draft import Charge, Discount, DraftLine, ExternalRef, OrderDraft, Tax
from omcore.orders.entitlements import Entitlements, worth
from omcore.orders.placement.pricing import AmountTooLarge, DiscountTooLarge, price

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
REF = ExternalRef("web", "shop", "order", "1")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def draft(
    lines: Sequence[DraftLine],
    *,
    discounts: tuple[Discount, ...] = (),
    charges: tuple[Charge, ...] = (),
    tax_included: bool = False,
    currency: str = "USD",
) -> OrderDraft:
    return OrderDraft(
        REF, currency, tuple(lines), T0, discounts=discounts, charges=charges, tax_included=tax_included
    )


def listed(entitlements: Entitlements) -> list[tuple[int, int, int]]:
    return [
        (net, tax, sent) for first, last, net, tax, sent, _ in entitlements for _ in range(first, last + 1)
    ]


# -- an independent oracle: exact fractions, every unit listed ---------------------------------


def half_away(value: Fraction) -> int:
    whole, rest = divmod(abs(value), 1)
    rounded = int(whole) + (1 if rest >= Fraction(1, 2) else 0)
    return rounded if value >= 0 else -rounded


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    if sum(weights) == 0:
        weights = [1] * len(weights)
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    floors = [int(share) for share in exact]
    ranked = sorted(range(len(weights)), key=lambda i: (-(exact[i] - floors[i]), i))
    for i in ranked[: amount - sum(floors)]:
        floors[i] += 1
    return floors


def oracle(order: OrderDraft) -> list[list[tuple[int, int, int]]]:
    """Discounts (M3), then tax exclusive (M4) or inclusive (M5), unit by unit."""
    gross = [line.unit_price.minor * line.quantity for line in order.lines]
    less = []
    for line, amount in zip(order.lines, gross, strict=True):
        cut = 0
        for discount in line.discounts:
            if discount.amount is not None:
                cut += discount.amount.minor
            elif discount.percentage is not None:
                share = discount.percentage
                cut += half_away(Fraction(amount * share.numerator, share.denominator))
        less.append(cut)
    subtotals = [amount - cut for amount, cut in zip(gross, less, strict=True)]
    whole = 0
    for discount in order.discounts:
        if discount.amount is not None:
            whole += discount.amount.minor
        elif discount.percentage is not None:
            share = discount.percentage
            whole += half_away(Fraction(sum(subtotals) * share.numerator, share.denominator))
    for i, part in enumerate(shares(whole, subtotals)):
        less[i] += part
    result = []
    for line, amount, cut in zip(order.lines, gross, less, strict=True):
        units = [line.unit_price.minor - part for part in shares(cut, [1] * line.quantity)]
        rates = sum(
            (Fraction(t.rate.numerator, t.rate.denominator) for t in line.taxes if t.rate), Fraction(0)
        )
        total_tax = remitted = 0
        for tax in line.taxes:
            if tax.amount is not None:
                part = tax.amount.minor
            else:
                assert tax.rate is not None
                rate = Fraction(tax.rate.numerator, tax.rate.denominator)
                part = half_away((amount - cut) * (rate / (1 + rates) if order.tax_included else rate))
            total_tax += part
            remitted += part if tax.collected_by == "channel" else 0
        taxes = shares(total_tax, units)
        sent = shares(remitted, taxes)
        if order.tax_included:
            result.append([(u - t, t, s) for u, t, s in zip(units, taxes, sent, strict=True)])
        else:
            result.append(list(zip(units, taxes, sent, strict=True)))
    return result


rates = st.sampled_from(["0", "0.05", "0.0625", "0.08875", "0.19", "0.2", "0.255", "0.0025"]).map(Ratio.parse)
percentages = st.sampled_from(["0", "3.3", "10", "12.5", "33.333", "50", "99.9", "100"]).map(Ratio.percent)


@st.composite
def drafts(draw: st.DrawFn) -> OrderDraft:
    lines = []
    for i in range(draw(st.integers(1, 4))):
        quantity = draw(st.integers(1, 12))
        cents = draw(st.integers(0, 20_000))
        discounts = []
        if draw(st.booleans()):
            discounts.append(Discount("line", amount=usd(draw(st.integers(0, cents * quantity // 2)))))
        if draw(st.booleans()):
            discounts.append(
                Discount("half", percentage=draw(st.sampled_from(["5", "50"]).map(Ratio.percent)))
            )
        taxes = tuple(
            Tax(
                "tax",
                rate=draw(rates) if by_rate else None,
                amount=None if by_rate else usd(draw(st.integers(0, cents * quantity // 4))),
                collected_by=draw(st.sampled_from(["seller", "channel"])),
            )
            for by_rate in draw(st.lists(st.booleans(), max_size=2))
        )
        lines.append(DraftLine(f"l{i}", f"SKU-{i}", quantity, usd(cents), tuple(discounts), taxes))
    whole = [Discount("order", percentage=draw(percentages))] if draw(st.booleans()) else []
    order = draft(lines, discounts=tuple(whole), tax_included=draw(st.booleans()))
    # A stated tax above the price that holds it is refused; see below.
    assume(not order.tax_included or all(sum(net for net, _, _ in line) >= 0 for line in oracle(order)))
    return order


@given(drafts())
def test_entitlements_are_what_listing_every_unit_gives(order: OrderDraft) -> None:
    assert [listed(entitlements) for entitlements in price(order).lines] == oracle(order)


@given(drafts(), st.data())
def test_any_grouping_of_units_sums_to_the_whole_line(order: OrderDraft, data: st.DataObject) -> None:
    """M6: however units are shipped or returned, what moves sums to what was ordered."""
    for line, entitlements in zip(order.lines, price(order).lines, strict=True):
        owner = data.draw(st.lists(st.integers(0, 3), min_size=line.quantity, max_size=line.quantity))
        parts = []
        for group in range(4):
            ordinals = [n + 1 for n, g in enumerate(owner) if g == group]
            parts.append(worth(entitlements, normal((n, n) for n in ordinals)))
        assert tuple(map(sum, zip(*parts, strict=True))) == worth(entitlements, ((1, line.quantity),))


@given(drafts())
def test_no_unit_is_worth_less_than_nothing_and_remits_no_more_than_its_tax(order: OrderDraft) -> None:
    for entitlements in price(order).lines:
        for _, _, net, tax, remitted, _ in entitlements:
            assert net + tax >= 0
            assert 0 <= remitted <= max(tax, 0)


@given(st.integers(1, 1_000_000), st.integers(0, 10_000), st.integers(0, 500), rates)
@example(100_000, 999, 333, Ratio.parse("0.08875"))
def test_a_long_line_keeps_a_handful_of_runs(quantity: int, cents: int, off: int, rate: Ratio) -> None:
    """M7: largest remainder leaves only a few different values, whatever the quantity."""
    discount = (Discount("off", amount=usd(min(off, cents * quantity))),)
    line = DraftLine("l", "SKU", quantity, usd(cents), discount, (Tax("t", rate=rate),))
    (entitlements,) = price(draft([line])).lines
    assert len(entitlements) <= 6
    assert entitlements[0][0] == 1
    assert entitlements[-1][1] == quantity


# -- the rules in business words ---------------------------------------------------------------


def test_an_order_discount_is_split_by_line_subtotal_and_then_over_units() -> None:
    """M3: 10.00 off 3 tees at 19.99 and a mug at 12.50; the lower units get the larger discount."""
    lines = [DraftLine("tee", "TEE-M", 3, usd(1999)), DraftLine("mug", "MUG-1", 1, usd(1250))]
    tee, mug = price(draft(lines, discounts=(Discount("ten", amount=usd(1000)),))).lines
    assert sum(net for net, _, _ in listed(tee)) == 3 * 1999 - 828
    assert listed(tee) == [(1723, 0, 0)] * 3
    assert listed(mug) == [(1250 - 172, 0, 0)]


def test_the_lower_units_get_the_odd_cent_of_a_discount() -> None:
    """M3 with M2: one cent off three units goes to the first."""
    line = DraftLine("l", "TEE-M", 3, usd(1000), (Discount("cent", amount=usd(1)),))
    assert listed(price(draft([line])).lines[0]) == [(999, 0, 0), (1000, 0, 0), (1000, 0, 0)]


def test_tax_is_rounded_once_a_line_and_split_over_units() -> None:
    """M4: 8.875 % of 59.97 is 5.32; the units bear 1.78, 1.77, 1.77."""
    line = DraftLine("l", "TEE-M", 3, usd(1999), taxes=(Tax("NY", rate=Ratio.parse("0.08875")),))
    assert [tax for _, tax, _ in listed(price(draft([line])).lines[0])] == [178, 177, 177]


def test_stated_taxes_are_taken_and_not_recomputed() -> None:
    """M4: the channel says 0.07, so it is 0.07."""
    line = DraftLine("l", "TEE-M", 2, usd(1000), taxes=(Tax("stated", amount=usd(7)),))
    assert [tax for _, tax, _ in listed(price(draft([line])).lines[0])] == [4, 3]


def test_inclusive_tax_is_taken_out_of_the_gross() -> None:
    """M5: 19 % in 119.00 is 19.00; the customer still pays 119.00."""
    line = DraftLine("l", "TEE-M", 1, Money(11900, "EUR"), taxes=(Tax("VAT", rate=Ratio.parse("0.19")),))
    order = draft([line], tax_included=True, currency="EUR")
    assert listed(price(order).lines[0]) == [(10000, 1900, 0)]


def test_marketplace_tax_is_the_channels() -> None:
    """M13: tax that a facilitator collects is marked as remitted by it."""
    taxes = (Tax("state", amount=usd(80), collected_by="channel"), Tax("city", amount=usd(20)))
    line = DraftLine("l", "TEE-M", 1, usd(1000), taxes=taxes)
    assert listed(price(draft([line])).lines[0]) == [(1000, 100, 80)]


def test_shipping_is_not_discounted_unless_the_discount_says_so() -> None:
    """M3 and M4: the order discount leaves shipping alone; its own discount and tax apply."""
    shipping = Charge(
        "shipping",
        usd(1000),
        (Discount("half", percentage=Ratio.percent("50")),),
        (Tax("t", rate=Ratio.parse("0.1")),),
    )
    line = DraftLine("l", "TEE-M", 1, usd(1000))
    order = draft([line], discounts=(Discount("all", percentage=Ratio.percent("100")),), charges=(shipping,))
    priced = price(order)
    assert listed(priced.lines[0]) == [(0, 0, 0)]
    assert (priced.charges[0].net, priced.charges[0].tax) == (500, 50)


def test_a_tax_above_the_price_that_it_is_in_is_refused() -> None:
    """M5: else a unit would be worth less than nothing to the merchant, and be captured when returned."""
    line = DraftLine("l", "TEE-M", 1, usd(100), taxes=(Tax("VAT", amount=usd(101), collected_by="channel"),))
    with pytest.raises(AmountTooLarge) as refused:
        price(draft([line], tax_included=True))
    assert (refused.value.path, refused.value.fields) == ("lines[0].taxes", {"max": 100})
    with pytest.raises(InvalidType):
        DraftLine("l", "TEE-M", 1, usd(100), taxes=(Tax("VAT", amount=usd(-1)),))


def test_a_discount_above_what_it_applies_to_is_refused() -> None:
    line = DraftLine("l", "TEE-M", 1, usd(100), (Discount("too much", amount=usd(101)),))
    with pytest.raises(DiscountTooLarge) as refused:
        price(draft([line]))
    assert refused.value.path == "lines[0].discounts[0]"


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 1000), ("KWD", 1000), ("CLF", 1000)])
def test_every_exponent_counts_in_its_own_minor_units(currency: str, minor: int) -> None:
    """M1: yen, fils and the UF's ten-thousandths are all ints."""
    line = DraftLine("l", "TEE-M", 3, Money(minor, currency), taxes=(Tax("t", rate=Ratio.parse("0.1")),))
    order = OrderDraft(REF, currency, (line,), T0)
    assert price(order).worth() == (3000, 300, 0, 0)
