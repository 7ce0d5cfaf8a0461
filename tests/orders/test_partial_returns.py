"""Any grouping and any order of partial returns refunds exactly what was paid, less the fees (M6, M9)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.kernel import Money, Ratio
from omcore.kernel.runs import normal
from omcore.orders import events as ev
from omcore.orders.draft import OrderDraft
from order_drafts import drafts
from order_life import ORDER_ID, Life, a_draft, a_line
from unit_list import Unit, delivered, fee_of


def as_items(units: list[Unit]) -> Any:
    lines = dict.fromkeys(unit.line for unit in units)
    return tuple((line, normal((unit.n, unit.n) for unit in units if unit.line == line)) for line in lines)


SHARES: dict[Any, Callable[[int, int], Fraction]] = {
    om.shipping_is_kept: lambda back, whole: Fraction(0),
    om.shipping_back_with_everything: lambda back, whole: Fraction(back // whole),
    om.shipping_back_by_units: lambda back, whole: Fraction(back, whole),
}


def half_away(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2)) if value >= 0 else -math.floor(-value + Fraction(1, 2))


@given(
    draft=drafts(4, 3, True),
    data=st.data(),
    percent=st.sampled_from((0, 15)),
    spread=st.booleans(),
    shipping_back=st.sampled_from(list(SHARES)),
    label_fee=st.sampled_from((om.label_is_free, om.customer_pays_label)),
    inspection=st.sampled_from((om.never_inspected, om.refunded_then_inspected, om.inspected_then_refunded)),
)
def test_any_permutation_and_grouping_of_returns_refunds_what_was_paid_less_fees(
    draft: OrderDraft,
    data: st.DataObject,
    percent: int,
    spread: bool,
    shipping_back: Any,
    label_fee: Any,
    inspection: Any,
) -> None:
    """Up to twelve units, every exponent, discounts, taxes, several tenders; fees of units and of labels."""
    policies = om.Policies(
        restocking_fee=Ratio.percent(str(percent)) if percent else None,
        refund_over=om.proportional if spread else om.card_first,
        shipping_back=shipping_back,
        label_fee=label_fee,
        inspection=inspection,
    )
    life = Life(om.OrderContext(om.default_context().catalog, policies, om.DEFAULT_RULES))
    model = delivered(life, draft)
    shipping = [
        (charge.net, charge.tax, charge.remitted)
        for charge in life.order.terms.charges
        if charge.kind == "shipping"
    ]
    paid = life.order.payments.captured - life.order.payments.refunded
    refunded_before = life.order.payments.refunded
    units = data.draw(st.permutations(model.units), "in which order")
    cuts = data.draw(st.sets(st.integers(1, max(len(units) - 1, 1))), "where the groups end")
    groups = [units[i:j] for i, j in zip([0, *sorted(cuts)], [*sorted(cuts), len(units)], strict=True)]
    fees = given = back = 0
    for number, group in enumerate(group for group in groups if group):
        label = data.draw(st.sampled_from((0, 0, 1, 3_000)), "what the label costs")
        more: Any = {"label": ("ups", "1Z"), "label_cost": Money(label, draft.currency)} if label else {}
        life.do(om.AuthorizeReturn(ORDER_ID, f"r{number}", as_items(group), **more, **life.common()))
        waive = data.draw(st.booleans(), "whether the fee is waived")
        before = life.order.payments.owed
        asked = life.do(om.ReceiveReturn(ORDER_ID, f"r{number}", "nyc", waive_fee=waive, **life.common()))
        if inspection is not om.never_inspected:
            assert inspection is om.refunded_then_inspected or before == life.order.payments.owed
            asked += life.do(om.InspectReturn(ORDER_ID, f"r{number}", waive_fee=waive, **life.common()))
        # By hand: worth, less a fee of every unit, less the label as far as that goes; then the shipping.
        worth = sum(unit.worth for unit in group)
        fee = 0 if waive else sum(fee_of(unit, percent) for unit in group)
        if label_fee is om.customer_pays_label:
            fee += min(label, max(worth - fee, 0))
        back += len(group)
        share = SHARES[shipping_back](back, len(units))
        due = [half_away(sum(charge[part] for charge in shipping) * share) for part in range(3)]
        postage, given = due[0] + due[1] - due[2] - given, due[0] + due[1] - due[2]
        assert before - life.order.payments.owed == worth - fee + postage
        refunds = sum(event.amount for event in asked if type(event) is ev.PaymentRequested)
        assert refunds == max(0, min(worth - fee + postage, paid))
        paid -= refunds
        fees += fee
        life.approve_all()
    payments = life.order.payments
    assert life.order.status == "returned"
    kept = max(payments.captured - payments.refunded, 0)
    assert kept == max(model.charges - given + fees, 0), "what stays are charges and fees"
    assert payments.refunded - refunded_before <= payments.captured
    assert payments.balance == payments.owed - kept


def test_units_that_are_returned_one_by_one_from_both_ends_come_to_the_same() -> None:
    from order_life import a_draft, a_line, usd

    for ordinals in ((1, 2, 3), (3, 2, 1), (2, 3, 1)):
        life = Life().delivered(
            a_draft([a_line(quantity=3, price=1000, taxes=(om.Tax("t", amount=usd(10)),))], shipping=0)
        )
        for n in ordinals:
            life.do(om.AuthorizeReturn(ORDER_ID, f"r{n}", (("tee", ((n, n),)),), **life.common()))
            life.do(om.ReceiveReturn(ORDER_ID, f"r{n}", "nyc", **life.common()))
            life.approve_all()
        assert life.order.payments.captured == life.order.payments.refunded == 3010


@pytest.mark.parametrize("groups", [(3,), (1, 2), (2, 1), (1, 1, 1)])
def test_a_discount_that_no_three_units_share_evenly_comes_back_whole_in_any_parts(
    groups: tuple[int, ...],
) -> None:
    """M6, and where others have been hurt: Solidus #512, WooCommerce #64668, PrestaShop #18319.

    Three at 10.00 less 10.00 of the order are 6.67, 6.67 and 6.66, and 10% tax on 20.00 is 0.67, 0.67 and
    0.66: refunds of a third of the order's total each come to a cent more or less than the 22.00 paid.
    """
    off = om.Discount("ten off", amount=Money(1000, "USD"))
    life = Life().delivered(a_draft([a_line(quantity=3, price=1000)], shipping=0, discounts=(off,)))
    assert life.order.payments.captured == 2200
    for number, group in enumerate(groups):
        life.do(om.AuthorizeReturn(ORDER_ID, f"r{number}", (("tee", group),), **life.common()))
        life.do(om.ReceiveReturn(ORDER_ID, f"r{number}", "nyc", **life.common()))
        life.approve_all()
    assert life.order.payments.refunded == 2200
    assert (life.order.payments.held, life.order.payments.owed) == (0, 0)


@given(
    st.lists(st.sampled_from(["old", "new", "back", "kept"]), min_size=1, max_size=12),
    st.sets(st.integers(1, 12), min_size=1),
)
def test_a_return_is_within_its_window_if_each_of_its_scattered_units_is(
    fates: list[str], wanted: set[int]
) -> None:
    """C2: units of one line came with two parcels, one of them too long ago; some are on their way back."""
    life = Life()
    life.place(a_draft((a_line("tee", len(fates)),)))
    life.approve_all()
    life.allocate(("tee", "nyc", len(fates)))

    def those(*names: str) -> Any:
        return normal((n, n) for n, fate in enumerate(fates, 1) if fate in names)

    for names in (("old", "back"), ("new", "kept")):
        if runs := those(*names):
            life.ship(1, (("tee", runs),))
            life.approve_all()
            life.deliver_all()
        if names[0] == "old" and (runs := those("back")):
            life.do(om.AuthorizeReturn(ORDER_ID, "before", (("tee", runs),), **life.common()))
        life.wait(days=20)
    asked = normal((n, n) for n in wanted if n <= len(fates) and fates[n - 1] != "back")
    if not asked:
        return
    command = om.AuthorizeReturn(ORDER_ID, "rma", (("tee", asked),), **life.common())
    if any(fates[n - 1] == "old" for n in wanted if n <= len(fates)):
        with pytest.raises(om.NotReturnable):
            life.do(command)
    else:
        life.do(command)
