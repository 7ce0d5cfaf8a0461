"""Lines that are sold by weight or length: exact to the minor unit, whatever goes and comes back.

The oracle lists every unit and adds fractions up.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive_books import half_away, reduction, shared
from omcore import orders as om
from omcore.kernel import (
    PIECE,
    Catalog,
    InvalidQuantity,
    InvalidType,
    Item,
    LimitExceeded,
    Measure,
    MeasureMismatch,
    Money,
    Ratio,
)
from omcore.orders.draft import Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.orders.entitlements import Entitlements
from omcore.orders.placement.pricing import AmountTooLarge, price
from order_life import NEW_YORK, ORDER_ID, T0, Life, a_draft, a_line, usd

KG = Measure("kg", 3)
CATALOG = Catalog((Item("CHEESE", measure=KG), Item("TEE")))


def cheese(quantity: int = 5_500, price: int = 399, line_id: str = "cheese", **more: Any) -> DraftLine:
    more.setdefault("measure", KG)
    return a_line(line_id, quantity, price, sku="CHEESE", **more)


def a_life(*lines: DraftLine, **policies: Any) -> Life:
    """With the customer, and exactly paid."""
    life = Life(om.OrderContext(CATALOG, om.Policies(**policies), om.DEFAULT_RULES))
    life.place(a_draft(lines, shipping=0, tenders=(DraftTender("card", "gateway", usd(1_000_000)),)))
    return life


def edit(life: Life, name: str, operation: Any) -> None:
    """Proposed and, once it is paid for, confirmed."""
    life.do(om.ProposeEdit(ORDER_ID, name, (operation,), **life.common()))
    payment = om.RecordPayment(ORDER_ID, f"more-{name}", usd(100_000), **life.common())
    life.do(payment)
    life.do(om.ConfirmEdit(ORDER_ID, name, **life.common()))


def listed(entitlements: Entitlements) -> list[tuple[int, int]]:
    """(net, tax) of each unit."""
    return [(net, tax) for first, last, net, tax, *_ in entitlements for _ in range(last - first + 1)]


# -- the story ---------------------------------------------------------------------------------


def test_m1_five_and_a_half_kilograms_at_3_99_come_to_21_95() -> None:
    life = a_life(cheese(taxes=()))
    assert (life.order.terms.total, life.order.terms.lines[0].unit_price) == (2_195, 399)
    units = listed(life.order.terms.lines[0].entitlements)
    assert len(units) == 5_500
    assert units == [(1, 0)] * 2_195 + [(0, 0)] * 3_305
    assert len(life.order.terms.lines[0].entitlements) == 2


def test_m6_a_part_that_is_called_off_and_the_rest_are_what_was_paid() -> None:
    life = a_life(cheese())
    whole = life.order.terms.total
    assert whole == 2_195 + 220
    life.do(om.CancelUnits(ORDER_ID, (("cheese", 1_250),), **life.common()))
    rest = life.order.payments.owed
    # 1.25 kg of 5.5 kg, to the cent or two: not the highest units, of which none costs a cent.
    assert abs((whole - rest) - Fraction(whole * 1_250, 5_500)) <= 2
    life.do(om.CancelUnits(ORDER_ID, (("cheese", 4_250),), **life.common()))
    assert life.order.payments.owed == 0


def test_an_edit_that_adds_some_is_priced_by_itself() -> None:
    life = a_life(cheese(taxes=()))
    edit(life, "e", om.ChangeQuantity("cheese", 7_500))
    assert life.order.terms.total == 2_195 + 798  # two kilograms at 3.99, rounded by themselves
    assert life.order.terms.lines[0].quantity == 7_500
    edit(life, "f", om.ChangeQuantity("cheese", 7_750, usd(500)))
    assert life.order.terms.total == 2_195 + 798 + 125


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (cheese(measure=Measure("lb", 3)), ("lb", 3, "kg", 3)),
        (cheese(measure=Measure("kg", 2)), ("kg", 2, "kg", 3)),
        (cheese(measure=PIECE), ("piece", 0, "kg", 3)),
        (a_line("tee", 2, measure=KG), ("kg", 3, "piece", 0)),
    ],
)
def test_goods_are_counted_as_the_catalog_counts_them(line: DraftLine, fields: Any) -> None:
    """Two pieces of what is counted in grams would be two grams."""
    told = dict(zip(("unit", "scale", "expected_unit", "expected_scale"), fields, strict=True))
    life = Life(om.OrderContext(CATALOG, om.Policies(), om.DEFAULT_RULES))
    with pytest.raises(MeasureMismatch) as refused:
        life.place(a_draft((a_line("mug"), line)))
    assert (refused.value.path, dict(refused.value.fields)) == ("lines[1].measure", told)
    life = a_life(a_line("mug"))
    with pytest.raises(MeasureMismatch) as refused:
        life.do(om.ProposeEdit(ORDER_ID, "e", (om.AddLine(line),), **life.common()))
    assert (refused.value.path, dict(refused.value.fields)) == ("operations[0].line.measure", told)
    life.approve_all()
    life.allocate(("mug", "nyc", 3))
    life.ship()
    life.approve_all()
    life.deliver_all()
    exchange = om.AuthorizeExchange(ORDER_ID, "x", "r", (("mug", 1),), (line,), **life.common())
    with pytest.raises(MeasureMismatch) as refused:
        life.do(exchange)
    assert (refused.value.path, dict(refused.value.fields)) == ("lines[0].measure", told)


def test_what_the_catalog_has_not_is_counted_as_it_is_told() -> None:
    life = a_life(a_line("wire", 250, 480, measure=Measure("m", 2), taxes=()))
    assert life.order.terms.total == 1_200


def test_units_are_limited_in_whatever_they_are_counted() -> None:
    with pytest.raises(InvalidQuantity):
        cheese(1_000_001)
    whole = a_draft((cheese(1_000_000, 1, taxes=()),), shipping=0)
    assert price(whole).worth()[:2] == (1_000, 0)
    with pytest.raises(LimitExceeded):
        a_draft((cheese(600_000), cheese(600_000, line_id="more")))
    with pytest.raises(InvalidType):
        cheese(measure="kg")
    with pytest.raises(AmountTooLarge):
        price(a_draft((cheese(1_000_000, 10**13, measure=Measure("kg", 2)),)))


def test_a_snapshot_that_counts_otherwise_is_a_task_for_a_person() -> None:
    life = a_life(a_line("wire", 250, 480, measure=Measure("m", 2)))
    other = a_draft((a_line("wire", 250, 480, measure=Measure("m", 1)),), source_version=2)
    life.do(om.ImportOrder(other, order_id=ORDER_ID, **life.common()))
    assert [note[:2] for note in life.order.standing.noted] == [("line_changed", "wire")]


# -- against lists -----------------------------------------------------------------------------

EXPONENTS = {"JPY": 0, "USD": 2, "KWD": 3}


@st.composite
def drafts(draw: st.DrawFn) -> OrderDraft:
    currency = draw(st.sampled_from(sorted(EXPONENTS)))
    lines = []
    for i in range(draw(st.integers(1, 3))):
        scale, quantity = draw(st.integers(0, 6)), draw(st.integers(1, 40))
        each = draw(st.integers(0, 10 ** (scale + 3)))
        full = half_away(Fraction(each * quantity, 10**scale))
        discounts = draw(
            st.lists(st.builds(Discount, st.just("d"), percentage=_rates(100)), max_size=1)
            | st.lists(
                st.builds(
                    Discount,
                    st.just("d"),
                    st.integers(0, full).map(lambda minor: Money(minor, currency)),
                    funded_by=st.sampled_from(("seller", "channel")),
                ),
                max_size=1,
            )
        )
        taxes = draw(st.lists(_rates(30).map(lambda rate: Tax("t", rate=rate)), max_size=2))
        money = Money(each, currency)
        measure = Measure("kg", scale)
        line = DraftLine(f"l{i}", f"S{i}", quantity, money, tuple(discounts), tuple(taxes), measure=measure)
        lines.append(line)
    discounts = draw(st.lists(st.builds(Discount, st.just("o"), percentage=_rates(100)), max_size=1))
    return OrderDraft(
        ExternalRef("web", "shop", "order", "1"),
        currency,
        tuple(lines),
        T0,
        destination=NEW_YORK,
        discounts=tuple(discounts),
    )


def _rates(most: int) -> st.SearchStrategy[Ratio]:
    return st.integers(0, most).map(lambda percent: Ratio.percent(str(percent)))


def summed(values: Sequence[int], cut: int) -> list[int]:
    """What is left of some values less their parts of a cut, by what they are."""
    return [value - part for value, part in zip(values, shared(cut, values), strict=True)]


@given(drafts())
def test_m1_to_m6_every_unit_of_a_measure_has_its_part(draft: OrderDraft) -> None:
    amounts, before = [], []
    for line in draft.lines:
        full = half_away(Fraction(line.unit_price.minor * line.quantity, 10**line.measure.scale))
        assert line.subtotal == full
        before.append(shared(full, [1] * line.quantity))
        amounts.append(full - reduction(line.discounts, full))
    whole = shared(reduction(draft.discounts, sum(amounts)), amounts)
    priced = price(draft)
    for line, units, amount, off, entitlements in zip(
        draft.lines, before, amounts, whole, priced.lines, strict=True
    ):
        left = amount - off
        rates = [Fraction(tax.rate.numerator, tax.rate.denominator) for tax in line.taxes if tax.rate]
        tax = sum(half_away(left * rate) for rate in rates)
        if line.measure.scale:
            nets = summed(units, sum(units) - left)
        else:
            # Of pieces the lower ordinals get the larger part of the discount (M3).
            nets = [line.unit_price.minor - part for part in shared(sum(units) - left, [1] * line.quantity)]
        assert listed(entitlements) == list(zip(nets, shared(tax, nets), strict=True))
        assert sum(nets) == left
        assert min(nets) >= 0
        assert len(entitlements) <= 8


@given(st.data())
def test_m6_m9_any_grouping_of_what_comes_back_is_what_was_paid_less_the_fee(data: st.DataObject) -> None:
    quantity = data.draw(st.integers(2, 60))
    fee = data.draw(st.sampled_from([None, "15", "50", "100"]))
    line = cheese(quantity, data.draw(st.integers(1, 40_000)), measure=KG)
    life = a_life(line, restocking_fee=fee and Ratio.percent(fee))
    life.approve_all()
    life.allocate(("cheese", "nyc", quantity))
    life.ship()
    life.approve_all()
    life.deliver_all()
    terms = life.order.terms
    units = listed(terms.lines[0].entitlements)
    left = list(range(1, quantity + 1))
    number = 0
    while left:
        number += 1
        some = sorted(data.draw(st.sets(st.sampled_from(left), min_size=1)))
        runs = tuple((unit, unit) for unit in some)
        joined = om.AuthorizeReturn(ORDER_ID, f"r{number}", (("cheese", _joined(runs)),), **life.common())
        life.do(joined)
        life.do(om.ReceiveReturn(ORDER_ID, f"r{number}", "nyc", **life.common()))
        left = [unit for unit in left if unit not in some]
    kept = life.order.payments.owed
    if fee is None:
        assert kept == 0
    else:
        runs_of = [(last - first + 1, net) for first, last, net, *_ in terms.lines[0].entitlements]
        rate = Fraction(int(fee), 100)
        assert kept == sum(half_away(size * net * rate) for size, net in runs_of)
        assert abs(kept - sum(net for net, _ in units) * rate) <= len(runs_of)


def _joined(runs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and joined[-1][1] + 1 == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def test_discounts_that_name_units_take_what_these_cost() -> None:
    """Half off the first kilogram of two, at 3.99: a part of 3.99 and of nothing else."""
    half = Discount("half", percentage=Ratio.percent("50"), units=((1, 1_000),))
    line = cheese(2_000, 399, taxes=(), discounts=(half,))
    (entitlements,) = price(a_draft((line,), shipping=0)).lines
    first = sum(net for net, _ in listed(entitlements)[:1_000])
    second = sum(net for net, _ in listed(entitlements)[1_000:])
    assert first + second == 798 - half_away(Fraction(sum(shared(798, [1] * 2_000)[:1_000]), 2))
    assert second == sum(shared(798, [1] * 2_000)[1_000:])


def test_an_exchange_keeps_of_what_comes_back_what_a_return_would() -> None:
    life = a_life(cheese(1_000, 2_000, taxes=()), restocking_fee=Ratio.percent("15"))
    life.approve_all()
    life.allocate(("cheese", "nyc", 1_000))
    life.ship()
    life.approve_all()
    life.deliver_all()
    new = a_line("tee", 1, 1_000, taxes=())
    life.do(om.AuthorizeExchange(ORDER_ID, "x", "r", (("cheese", 500),), (new,), **life.common()))
    (exchange,) = life.order.amendments.exchanges.values()
    assert sum((last - first + 1) * each for _, first, last, each in exchange.fees) == 150


def test_what_was_added_is_worth_the_rate_to_the_shop_however_little_a_unit_is() -> None:
    shop = Money(2_854, "EUR")  # 1.30 of what the customer pays
    life = Life(om.OrderContext(CATALOG, om.Policies(), om.DEFAULT_RULES))
    life.place(a_draft((cheese(taxes=()),), shipping=0, shop_total=shop))
    edit(life, "e", om.ChangeQuantity("cheese", 6_500, usd(150)))
    assert om.shop_worth(life.order, (("cheese", ((5_501, 6_500),)),)) == Money(195, "EUR")
    assert om.shop_worth(life.order, (("cheese", ((1, 5_500),)),)) == shop


@given(
    quantity=st.integers(2, 20_000),
    price=st.integers(0, 5_000),
    tax=st.sampled_from([(), (Tax("state", rate=Ratio.percent("7.5")),)]),
    part=st.integers(1, 20_000),
    other=st.integers(1, 20_000),
)
def test_a_part_that_nobody_names_unit_by_unit_is_worth_its_share(
    quantity: int, price: int, tax: tuple[Tax, ...], part: int, other: int
) -> None:
    """What is allocated, cancelled and returned of a measure: to a cent for each worth that units have."""
    part, other = min(part, quantity - 1), min(other, quantity)
    life = a_life(cheese(quantity, price, taxes=tax))
    entitlements = life.order.terms.lines[0].entitlements
    whole, slack = life.order.terms.total, len(entitlements) + 1
    if whole:
        life.approve_all()

    def fair(worth: int, units: int) -> bool:
        return abs(worth - Fraction(whole * units, quantity)) <= slack

    life.do(om.CancelUnits(ORDER_ID, (("cheese", part),), **life.common()))
    assert fair(life.order.payments.owed, quantity - part)
    other = min(other, quantity - part)
    life.allocate(("cheese", "nyc", other))
    (work,) = life.order.progress.work.values()
    net, taxed, _, _ = life.order.worth(work.items)
    assert fair(net + taxed, other)
    life.ship()
    if whole:
        life.approve_all()
    life.deliver_all()
    half = max(1, other // 2)
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("cheese", half),), **life.common()))
    net, taxed, _, _ = life.order.worth(life.order.progress.returns["r"].items)
    assert fair(net + taxed, half)
