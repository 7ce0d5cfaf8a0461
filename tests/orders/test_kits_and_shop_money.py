"""What kits are worth by component (M12), and what an order is worth in the shop's own currency (M1, M2)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.kernel import Catalog, InvalidType, Item, Money, UnknownId, split
from omcore.kernel.runs import normal
from omcore.orders.draft import Charge, DraftTender
from omcore.orders.entitlements import Worth
from order_drafts import drafts
from order_life import ORDER_ID, Life, a_draft, a_line, usd

GIFT = Catalog(
    (
        Item("GIFT", components=(("MUG", 1), ("TEE", 2))),
        Item("BOX", components=(("GIFT", 1), ("CARD", 1))),
        Item("MUG", list_value=1000),
        Item("TEE", list_value=2000),
        Item("PAIR", components=(("LEFT", 1), ("RIGHT", 1))),
    )
)


def placed(*lines: Any, catalog: Catalog = GIFT, **more: Any) -> Life:
    life = Life(om.OrderContext(catalog, om.Policies(), ()))
    life.place(a_draft(lines, **more))
    return life


# -- kits -----------------------------------------------------------------------------------------


def test_a_kits_price_is_split_over_its_components_by_list_value() -> None:
    """A gift at 40.00 and 10%: a mug of 10.00 and two tees of 20.00 are a fifth and four fifths of it."""
    life = placed(a_line("gift", 1, 4000))
    assert om.components_worth(life.order, (("gift", 1),)) == {
        "MUG": (1, (800, 80, 0, 0)),
        "TEE": (2, (3200, 320, 0, 0)),
    }


def test_what_is_in_a_kit_within_a_kit_counts_too_and_what_has_no_list_value_counts_nothing() -> None:
    life = placed(a_line("box", 2, 5000))
    assert om.components_worth(life.order, (("box", 2),)) == {
        "MUG": (2, (2000, 200, 0, 0)),
        "TEE": (4, (8000, 800, 0, 0)),
        "CARD": (2, (0, 0, 0, 0)),
    }


def test_without_any_list_value_components_are_worth_the_same() -> None:
    life = placed(a_line("pair", 1, 999, taxes=()))
    assert om.components_worth(life.order, (("pair", 1),)) == {
        "LEFT": (1, (500, 0, 0, 0)),
        "RIGHT": (1, (499, 0, 0, 0)),
    }


def test_a_line_that_is_no_kit_is_its_own_component_and_one_sku_is_summed_over_lines() -> None:
    life = placed(a_line("gift", 1, 4000), a_line("tee", 3, 2000))
    worth = om.components_worth(life.order, (("gift", 1), ("tee", ((2, 3),))))
    assert worth == {"MUG": (1, (800, 80, 0, 0)), "TEE": (4, (3200 + 4000, 320 + 400, 0, 0))}


def test_a_new_price_list_changes_nothing_that_was_agreed() -> None:
    """M6."""
    life = placed(a_line("gift", 1, 4000))
    before = om.components_worth(life.order, (("gift", 1),))
    dearer = Catalog(tuple(Item(item.sku, components=item.components, list_value=7) for item in GIFT.items))
    life.context = om.OrderContext(dearer, om.Policies(), ())
    new = a_line("more", 1, 4000, sku="GIFT")
    life.do(om.ProposeEdit(ORDER_ID, "e", (om.AddLine(new),), **life.common()))
    life.do(om.RecordPayment(ORDER_ID, "bank", usd(1_000_000), **life.common()))
    life.do(om.ConfirmEdit(ORDER_ID, "e", **life.common()))
    assert om.components_worth(life.order, (("gift", 1),)) == before
    by_sevens = om.components_worth(life.order, (("more", 1),))
    assert by_sevens["MUG"] == (1, (1333, 133, 0, 0)), "a third: three pieces at 7"


@given(
    drafts(4, 3, True),
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3_000)), min_size=1, max_size=4),
    st.data(),
)
def test_components_sum_to_their_units_in_any_grouping(
    draft: Any, parts: list[tuple[int, int]], data: st.DataObject
) -> None:
    made = [(f"PART-{i}", each) for i, (each, _) in enumerate(parts)]
    values = [Item(f"PART-{i}", list_value=value) for i, (_, value) in enumerate(parts)]
    life = Life(om.OrderContext(Catalog((Item("SKU-0", components=tuple(made)), *values)), om.Policies(), ()))
    life.place(draft)
    line = life.order.terms.lines[0]
    ordinals = data.draw(st.permutations(range(1, line.quantity + 1)))
    cut = data.draw(st.integers(1, line.quantity))
    whole = om.components_worth(life.order, ((line.id, line.quantity),))
    sums: dict[str, tuple[int, Worth]] = {}
    for group in (ordinals[:cut], ordinals[cut:]):
        if group:
            items = ((line.id, normal((n, n) for n in group)),)
            found = om.components_worth(life.order, items)
            assert tuple(
                map(sum, zip(*[part for _, part in found.values()], strict=True))
            ) == life.order.worth(items)
            for sku, (many, (net, tax, remitted, funded)) in found.items():
                had, old = sums.get(sku, (0, (0, 0, 0, 0)))
                sums[sku] = (had + many, (old[0] + net, old[1] + tax, old[2] + remitted, old[3] + funded))
                assert 0 <= remitted <= tax
    assert sums == whole
    # By hand, for each unit: M2 over list value times how many there are in a kit.
    weights = [each * value for each, value in parts]
    if not any(weights) and not any(value for _, value in parts):
        weights = [each for each, _ in parts]
    nets = [net for first, last, net, *_ in line.entitlements for _ in range(first, last + 1)]
    by_hand = [split(net, weights) for net in nets]
    assert [whole[f"PART-{i}"][1][0] for i in range(len(parts))] == [
        sum(row) for row in zip(*by_hand, strict=True)
    ]


# -- the shop's own money ---------------------------------------------------------------------------


def abroad(lines: Any, shop: Money | None, **more: Any) -> Life:
    return placed(*lines, catalog=Catalog(), shop_total=shop, **more)


def test_an_order_in_one_currency_has_no_pair_and_is_worth_to_the_shop_what_is_paid() -> None:
    life = abroad((a_line(),), None)
    assert om.shop_money(life.order) is None
    assert om.shop_worth(life.order, (("tee", 2),)) == usd(4400)
    assert om.shop_money(abroad((a_line(),), usd(7100)).order) is None


def test_the_shops_total_is_divided_over_units_and_charges_once() -> None:
    """66.00 and 5.00 in dollars are 10,000 yen to the shop: three tees of 22.00, and the shipping."""
    life = abroad((a_line(),), Money(10_000, "JPY"))
    found = om.shop_money(life.order)
    assert found is not None
    assert found.currency == "JPY"
    assert [split(10_000, [2200, 2200, 2200, 500])] == [
        [each for runs in found.lines for first, last, each in runs for _ in range(first, last + 1)]
        + list(found.charges)
    ]
    assert found.total == 10_000
    assert om.shop_worth(life.order, (("tee", ((1, 3),)),)) == Money(10_000 - found.charges[0], "JPY")


def test_what_comes_to_an_order_later_is_worth_the_rate_of_its_totals_and_changes_nothing() -> None:
    life = abroad((a_line(),), Money(10_000, "JPY"))
    before = om.shop_worth(life.order, (("tee", 3),))
    cap = a_line("cap", 2, 1000)
    charge = om.AddCharge(Charge("gift_wrap", usd(355)))
    life.do(
        om.ProposeEdit(ORDER_ID, "e", (om.AddLine(cap), om.ChangeQuantity("tee", 4), charge), **life.common())
    )
    life.do(om.RecordPayment(ORDER_ID, "bank", usd(1_000_000), **life.common()))
    life.do(om.ConfirmEdit(ORDER_ID, "e", **life.common()))
    assert om.shop_worth(life.order, (("tee", 3),)) == before
    assert om.shop_worth(life.order, (("cap", 1),)) == Money(1549, "JPY"), "11.00 x 10000/71.00, rounded once"
    assert om.shop_worth(life.order, (("tee", ((4, 4),)),)) == Money(3099, "JPY")
    found = om.shop_money(life.order)
    assert found is not None
    assert found.charges[1] == 500
    assert found.total == 10_000 + 2 * 1549 + 3099 + 500


def test_units_and_lines_that_an_order_has_not_are_refused_by_name() -> None:
    life = abroad((a_line(),), Money(10_000, "JPY"))
    for ask in (om.shop_worth, om.components_worth):
        with pytest.raises(om.UnitsNotAvailable):
            ask(life.order, (("tee", 4),))
        with pytest.raises(om.UnitsNotAvailable):
            ask(life.order, (("tee", ((4, 4),)),))
        with pytest.raises(UnknownId):
            ask(life.order, (("hat", 1),))
        with pytest.raises(InvalidType):
            ask(None, (("tee", 1),))  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InvalidType):
        om.shop_money(None)  # type: ignore[arg-type]  # on purpose


@given(drafts(4, 3), st.integers(0, 100_000), st.data())
def test_any_grouping_of_units_comes_to_the_shops_total(draft: Any, minor: int, data: st.DataObject) -> None:
    other = "EUR" if draft.currency != "EUR" else "USD"
    draft = attrs.evolve(
        draft,
        shop_total=Money(minor, other),
        charges=(*draft.charges, Charge("rounding", Money(data.draw(st.integers(-2, 2)), draft.currency))),
        tenders=(DraftTender("card", "gateway", Money(10**6, draft.currency)),),
    )
    life = Life(om.OrderContext(Catalog(), om.Policies(), ()))
    life.place(draft)
    found = om.shop_money(life.order)
    assert found is not None
    if life.order.terms.total or all(charge.net >= 0 for charge in life.order.terms.charges):
        assert found.total == minor
    units = [(line.id, n) for line in draft.lines for n in range(1, line.quantity + 1)]
    mixed = data.draw(st.permutations(units))
    cut = data.draw(st.integers(0, len(units)))
    amount = 0
    for group in (mixed[:cut], mixed[cut:]):
        for line in draft.lines:
            if ordinals := normal((n, n) for line_id, n in group if line_id == line.id):
                amount += om.shop_worth(life.order, ((line.id, ordinals),)).minor
    assert amount + sum(found.charges) == found.total
