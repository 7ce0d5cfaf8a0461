"""Editing an order: proposed, previewed, confirmed or declined, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.kernel import (
    Catalog,
    CurrencyMismatch,
    DuplicateId,
    InputError,
    InvalidType,
    Item,
    LimitExceeded,
    Money,
    Place,
    Ratio,
    UnknownId,
)
from omcore.orders import events as ev
from omcore.orders.draft import Charge, Discount, DraftTender, Tax
from order_life import NEW_YORK, ORDER_ID, T0, Life, a_draft, a_line, usd

LOS_ANGELES = Place("US", "CA", "90001")
FREE = (Tax("t", rate=Ratio.parse("0")),)


def a_life(draft: Any = None, **policies: Any) -> Life:
    """Placed and authorized: three tees at 20.00, a mug at 10.00, tax 10 %, shipping 5.00."""
    context = attrs.evolve(om.default_context(), policies=om.Policies(**policies))
    life = Life(context)
    life.place(draft)
    life.approve_all()
    return life


def exactly_paid() -> Life:
    """The same, and its 82.00 are paid: they were captured at the checkout."""
    return a_life(a_draft(tenders=(DraftTender("card", "gateway", usd(8200), captured=True),)))


def propose(life: Life, *operations: Any, edit_id: str = "e1", **more: Any) -> list[Any]:
    return life.do(om.ProposeEdit(ORDER_ID, edit_id, operations, **more, **life.common()))


def confirm(life: Life, edit_id: str = "e1", **more: Any) -> list[Any]:
    return life.do(om.ConfirmEdit(ORDER_ID, edit_id, **more, **life.common()))


def decline(life: Life, edit_id: str = "e1", **more: Any) -> list[Any]:
    return life.do(om.DeclineEdit(ORDER_ID, edit_id, **more, **life.common()))


def edit(life: Life, *operations: Any, edit_id: str = "e1") -> list[Any]:
    propose(life, *operations, edit_id=edit_id)
    return confirm(life, edit_id)


def revert(life: Life, edit_id: str = "e1", revert_id: str = "u1") -> list[Any]:
    return life.do(om.RevertEdit(ORDER_ID, edit_id, revert_id, **life.common()))


def pay(life: Life, minor: int) -> None:
    life.do(om.RecordPayment(ORDER_ID, "bank", usd(minor), **life.common()))


def states(life: Life, line: str) -> tuple[tuple[int, int, str], ...]:
    units = life.order.progress.units[life.order.terms.index[line]]
    return tuple((first, last, state) for first, last, state, _ in units)


def of_type(events: list[Any], *kinds: type) -> list[Any]:
    return [event for event in events if type(event) in kinds]


# -- what an edit does to goods and prices -----------------------------------------------------------


def test_a_line_that_is_added_is_priced_with_its_own_discounts_and_taxes() -> None:
    """M3, M4: 2 x 10.01 less 10 % is 18.02, tax 1.60 over two units."""
    line = a_line(
        "cap",
        2,
        1001,
        discounts=(Discount("ten", percentage=Ratio.percent("10")),),
        taxes=(Tax("t", rate=Ratio.parse("0.08875")),),
    )
    life = a_life()
    edit(life, om.AddLine(line))
    assert life.order.terms.line("cap").entitlements == ((1, 2, 901, 80, 0, 0),)
    assert states(life, "cap") == ((1, 2, "open"),)
    assert life.order.payments.owed == 8200 + 1802 + 160


@pytest.mark.parametrize(
    "operation",
    [
        om.AddLine(a_line("cap", 3, 999)),
        om.ChangeQuantity("mug", 7),
        om.ChangeQuantity("mug", 2, usd(1)),
        om.RemoveLine("mug"),
        om.Substitute("mug", a_line("cup", 1, 1200)),
        om.ChangeService("express", Charge("shipping", usd(900))),
        om.RemoveCharge("shipping"),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_m6_a_line_that_is_not_touched_never_changes_its_price(operation: Any) -> None:
    """Vendure #1795 and #4811: a modification re-priced the other lines, and re-spread the discount."""
    third = Discount("third", percentage=Ratio.percent("33.333"))
    life = a_life(a_draft([a_line("tee", 3, 999), a_line("mug", 4, 501)], discounts=(third,)))
    before = life.order.terms.line("tee").entitlements
    kept = life.order.terms.line("mug").entitlements
    edit(life, operation)
    assert life.order.terms.line("tee").entitlements == before
    assert life.order.terms.line("mug").entitlements[: len(kept)] == kept


def test_more_units_cost_what_the_line_was_agreed_at_without_its_discounts_and_at_its_rate_of_tax() -> None:
    half = (Discount("half", percentage=Ratio.percent("50")),)
    life = a_life(a_draft([a_line("tee", 2, 2000, discounts=half)]))
    edit(life, om.ChangeQuantity("tee", 3))
    assert life.order.terms.line("tee").entitlements == ((1, 2, 1000, 100, 0, 0), (3, 3, 2000, 200, 0, 0))


def test_more_units_at_a_price_and_taxes_that_are_given() -> None:
    life = a_life()
    ten_off = (Discount("x", amount=usd(10)),)
    edit(life, om.ChangeQuantity("tee", 5, usd(1500), ten_off, (Tax("t", amount=usd(77)),)))
    assert life.order.terms.line("tee").entitlements[1:] == (
        (4, 4, 1495, 39, 0, 0),
        (5, 5, 1495, 38, 0, 0),
    )


def test_where_prices_include_tax_those_of_an_edit_do_too() -> None:
    """M5: 24.00 of which 4.00 is tax, as the line's own units have it."""
    rate = (Tax("vat", rate=Ratio.parse("0.2")),)
    life = a_life(a_draft([a_line("tee", 1, 2400, taxes=rate)], tax_included=True, shipping=0))
    edit(life, om.ChangeQuantity("tee", 2), om.AddLine(a_line("mug", 1, 1200, taxes=rate)))
    assert life.order.terms.line("tee").entitlements == ((1, 1, 2000, 400, 0, 0), (2, 2, 2000, 400, 0, 0))
    assert life.order.terms.line("mug").entitlements == ((1, 1, 1000, 200, 0, 0),)


def test_m13_the_tax_on_what_an_edit_sells_is_the_sellers_on_a_marketplace_too() -> None:
    theirs = (Tax("t", rate=Ratio.parse("0.1"), collected_by="channel"),)
    life = a_life(a_draft([a_line("tee", 1, 2000, taxes=theirs)]))
    edit(life, om.ChangeQuantity("tee", 2))
    assert life.order.terms.line("tee").entitlements == ((1, 1, 2000, 200, 200, 0), (2, 2, 2000, 200, 0, 0))


def test_a_part_shipped_order_takes_more_and_less_of_what_is_open() -> None:
    """M7: new ordinals at the end, the highest open ones go."""
    life = a_life(a_draft([a_line("tee", 5)]))
    life.allocate(("tee", "nyc", 4))
    life.ship(1, (("tee", 2),))
    edit(life, om.ChangeQuantity("tee", 3), edit_id="less")
    assert states(life, "tee") == ((1, 2, "shipped"), (3, 3, "allocated"), (4, 5, "cancelled"))
    edit(life, om.ChangeQuantity("tee", 5), edit_id="more")
    assert states(life, "tee")[-1] == (6, 7, "open")
    with pytest.raises(om.UnitsNotAvailable) as refused:
        propose(life, om.ChangeQuantity("tee", 1), edit_id="below")
    assert refused.value.fields == {"line_id": "tee", "requested": 4, "available": 3}


def test_a_substitute_comes_before_what_it_replaces_goes_and_the_two_are_linked() -> None:
    life = a_life(a_draft([a_line("mug", 2, 1000)]))
    events = edit(life, om.Substitute("mug", a_line("cup", 2, 1000)))
    assert [type(event).__name__ for event in events[:2]] == ["UnitsAdded", "UnitsCancelled"]
    (made,) = of_type(events, ev.EditConfirmed)
    assert made.swaps == (("cup", "mug"),)
    assert (states(life, "mug"), states(life, "cup")) == (((1, 2, "cancelled"),), ((1, 2, "open"),))
    assert life.order.status == "validated", "it did not end in between"


def test_a_substitute_for_some_of_the_units() -> None:
    life = a_life()
    edit(life, om.Substitute("tee", a_line("polo", 1, 2000), 1))
    assert states(life, "tee") == ((1, 2, "open"), (3, 3, "cancelled"))


def test_what_has_shipped_stays_when_its_line_is_removed() -> None:
    life = a_life()
    life.allocate(("tee", "nyc", 1))
    life.ship()
    edit(life, om.RemoveLine("tee"))
    assert states(life, "tee") == ((1, 1, "shipped"), (2, 3, "cancelled"))


def test_an_edit_that_leaves_nothing_is_a_cancellation() -> None:
    life = a_life()
    with pytest.raises(om.EditEndsOrder):
        propose(life, om.RemoveLine("tee"), om.RemoveLine("mug"))


def test_a_kit_takes_its_components_from_stock_however_it_came_to_the_order() -> None:
    """S3, S11."""
    catalog = Catalog((Item("TEE"), Item("MUG"), Item("SET", components=(("TEE", 2), ("MUG", 1)))))
    context = attrs.evolve(
        om.default_context(), catalog=catalog, available=lambda sku: {"TEE": 9}.get(sku, 0)
    )
    life = Life(context)
    life.place(a_draft([a_line("tee", 3)]))
    preview = om.preview_edit(
        life.order, (om.AddLine(a_line("set", 2, 3000)), om.ChangeQuantity("tee", 1)), context
    )
    assert preview.demand == (("MUG", 2), ("TEE", 2))
    assert preview.available == (("MUG", 0), ("TEE", 9))


def test_a_policy_of_pricing_prices_edits_too() -> None:
    def doubled(draft: om.OrderDraft) -> Any:
        lines = tuple(attrs.evolve(line, unit_price=line.unit_price * 2) for line in draft.lines)
        return om.price(attrs.evolve(draft, lines=lines))

    life = a_life(a_draft([a_line("tee", 1, 1000, taxes=())], shipping=0), pricing=doubled)
    edit(life, om.AddLine(a_line("mug", 1, 300, taxes=())))
    assert life.order.payments.owed == 2000 + 600


# -- charges ------------------------------------------------------------------------------------------


def test_a_faster_service_costs_more_and_a_correcting_charge_takes_off_what_there_was() -> None:
    life = a_life()
    edit(life, om.ChangeService("express", Charge("shipping", usd(700), taxes=a_line().taxes)))
    assert (life.order.terms.service, life.order.payments.owed) == ("express", 8200 + 770)
    edit(life, om.RemoveCharge("shipping"), edit_id="e2")
    assert life.order.payments.owed == 8200 - 500
    charge = life.order.terms.charges[-1]
    assert (charge.kind, charge.net, charge.tax) == ("shipping", -1200, -70)
    with pytest.raises(om.NothingChanges):
        propose(life, om.RemoveCharge("shipping"), edit_id="e3")


def test_a_slower_service_costs_less_but_charges_never_come_to_less_than_nothing() -> None:
    life = a_life()
    edit(life, om.ChangeService("slow", Charge("shipping", usd(-500))))
    assert life.order.payments.owed == 7700
    with pytest.raises(om.ChargesBelowZero) as refused:
        propose(life, om.AddCharge(Charge("fee", usd(-1))), edit_id="e2")
    assert refused.value.fields == {"charges": -1}


def test_m8_a_charge_that_comes_after_the_first_shipment_is_captured_at_once() -> None:
    life = a_life()
    life.allocate(("tee", "nyc", 3))
    life.ship()
    life.approve_all()
    edit(life, om.AddCharge(Charge("gift_wrap", usd(250))), om.AddLine(a_line("cap", 1, 100)))
    assert life.order.payments.tenders["card"].capturing == 250


# -- where it goes ------------------------------------------------------------------------------------


def test_s7_a_new_address_calls_back_what_has_not_shipped_and_frees_its_stock_once() -> None:
    life = a_life()
    life.allocate(("tee", "nyc", 2), ("mug", "lax", 1))
    life.ship(1, (("tee", 1),))
    events = edit(life, om.RemoveLine("mug"), om.ChangeAddress(LOS_ANGELES))
    (gone,) = of_type(events, ev.UnitsCancelled)
    back = of_type(events, ev.FulfillmentCancelled)
    assert [(freed[1], freed[2]) for freed in gone.freed] == [("lax", (("mug", ((1, 1),)),))]
    assert [(event.location, event.items) for event in back] == [("nyc", (("tee", ((2, 2),)),))]
    assert states(life, "tee") == ((1, 1, "shipped"), (2, 3, "open"))
    assert life.order.terms.destination == LOS_ANGELES
    work = life.order.progress.work
    assert [entry.status for entry in work.values()] == ["shipped", "cancelled"]


def test_s8_work_that_nobody_has_begun_is_asked_anew_and_what_is_picked_stays_under_a_new_address() -> None:
    life = a_life()
    life.allocate(("tee", "nyc", 1))
    life.allocate(("tee", "lax", 1))
    life.allocate(("mug", "chi", 1))
    work = [f"{life.order.id}-F{n}" for n in (1, 2, 3)]
    life.do(om.AdvanceFulfillment(life.order.id, work[1], "pick", **life.common()))
    life.do(om.RejectFulfillment(life.order.id, work[2], **life.common()))
    events = edit(life, om.ChangeAddress(LOS_ANGELES))
    (back,) = of_type(events, ev.FulfillmentCancelled)
    (anew,) = of_type(events, ev.FulfillmentRequested)
    assert (back.fulfillment_id, back.items) == (work[0], anew.items)
    assert (anew.location, anew.fulfillment_id) == ("nyc", f"{life.order.id}-F4")
    held = {one.id: (one.location, one.status) for one in life.order.progress.work.values() if one.items}
    assert held == {work[1]: ("lax", "picking"), anew.fulfillment_id: ("nyc", "requested")}


def test_s7_what_is_on_hold_or_excluded_is_called_back_for_a_new_address() -> None:
    life = a_life()
    life.allocate(("tee", "nyc", 2))
    life.allocate(("mug", "lax", 1))
    life.do(om.ReportShortPick(life.order.id, f"{life.order.id}-F1", (("tee", 1),), **life.common()))
    edit(life, om.ChangeAddress(LOS_ANGELES))
    held = [one.location for one in life.order.progress.work.values() if one.items]
    assert held == ["lax"], "who lost some of the order is asked for none of it again (R3)"
    life.do(om.PlaceHold(life.order.id, "h", "fraud", **life.common()))
    edit(life, om.ChangeAddress(NEW_YORK), edit_id="e2")
    assert not any(one.items for one in life.order.progress.work.values())


def test_what_was_to_be_collected_is_shipped_and_the_other_way_round() -> None:
    life = a_life(a_draft(pickup_at="soho", destination=None))
    life.allocate(("tee", "soho", 3))
    edit(life, om.ChangeAddress(NEW_YORK))
    assert (life.order.terms.destination, life.order.terms.pickup_at) == (NEW_YORK, None)
    life.allocate(("tee", "nyc", 3))
    edit(life, om.ChangePickup("harlem"), edit_id="e2")
    assert life.order.terms.pickup_at == "harlem"
    with pytest.raises(om.PickupElsewhere):
        life.allocate(("tee", "nyc", 3))
    life.allocate(("tee", "harlem", 3))


def test_an_address_for_nothing_is_refused() -> None:
    life = Life().delivered()
    with pytest.raises(om.NothingToDo):
        propose(life, om.ChangeAddress(LOS_ANGELES))
    propose(life, om.ChangeAddress(LOS_ANGELES), om.AddLine(a_line("cap", 1, 100)))


def test_an_address_ends_the_hold_for_want_of_one() -> None:
    life = Life()
    life.place(a_draft(destination=None))
    life.approve_all()
    assert life.order.status == "on_hold"
    events = edit(life, om.ChangeAddress(NEW_YORK))
    assert [event.kind for event in of_type(events, ev.HoldReleased)] == ["address"]
    assert life.order.status == "validated"


# -- what has to be paid first ------------------------------------------------------------------------


def test_what_an_edit_adds_has_to_be_covered_before_it_is_confirmed() -> None:
    life = exactly_paid()
    (proposed,) = propose(life, om.AddLine(a_line("cap", 1, 1000)))
    assert (proposed.due, proposed.edit.gate) == (1100, 1100)
    with pytest.raises(om.EditNotPaid) as refused:
        confirm(life)
    assert refused.value.fields == {"due": 1100, "currency": "USD"}
    pay(life, 1000)
    assert not life.order.payments.requests, "what was paid beforehand is kept for it"
    with pytest.raises(om.EditNotPaid) as refused:
        confirm(life)
    assert refused.value.fields["due"] == 100
    pay(life, 150)
    (refund,) = life.order.payments.requests.values()
    assert (refund.kind, refund.amount) == ("refund", 50), "and no more than it needs"
    confirm(life)
    assert life.order.payments.owed == 9300


def test_what_is_covered_for_one_edit_is_not_there_for_a_second() -> None:
    life = exactly_paid()
    propose(life, om.AddLine(a_line("cap", 1, 1000)), edit_id="a")
    propose(life, om.AddLine(a_line("hat", 1, 1000)), edit_id="b")
    pay(life, 1100)
    confirm(life, "a")
    with pytest.raises(om.EditNotPaid) as refused:
        confirm(life, "b")
    assert refused.value.fields["due"] == 1100


def test_money_on_its_way_back_covers_nothing() -> None:
    life = exactly_paid()
    pay(life, 1100)  # nothing is under way yet: it goes back
    assert [entry.kind for entry in life.order.payments.requests.values()] == ["refund"]
    (proposed,) = propose(life, om.AddLine(a_line("cap", 1, 1000)))
    assert proposed.due == 1100


def test_shipping_that_a_return_gave_back_is_not_taken_off_a_second_time() -> None:
    """M6: half of it went with half of the tees; what is left may be taken off, and no more."""
    life = Life(
        attrs.evolve(om.default_context(), policies=om.Policies(shipping_back=om.shipping_back_by_units))
    )
    line, wrap = a_line("tee", 2, 1000, taxes=()), Charge("gift_wrap", usd(900))
    paid = DraftTender("card", "gateway", usd(3400), captured=True)
    draft = a_draft([line], tenders=(paid,))
    life.delivered(attrs.evolve(draft, charges=(*draft.charges, wrap)))
    life.do(om.ReturnInStore(ORDER_ID, "r1", "nyc", (("tee", 1),), **life.common()))
    assert life.order.payments.owed == 1000 + 250 + 900
    with pytest.raises(om.ChargesBelowZero) as refused:
        edit(life, om.RemoveCharge("shipping"))
    assert refused.value.fields["charges"] == -250
    edit(life, om.AddCharge(Charge("shipping", usd(-250))), edit_id="e2")
    life.do(om.ReturnInStore(ORDER_ID, "r2", "nyc", (("tee", 1),), **life.common()))
    life.approve_all()
    assert life.order.payments.held == life.order.payments.owed == 900


def test_what_became_store_credit_covers_nothing() -> None:
    """The customer spends it elsewhere, or as a tender of its own."""
    life = exactly_paid()
    life.do(om.GrantAllowance(ORDER_ID, "sorry", usd(1100), as_credit=True, **life.common()))
    for answered in (False, True):
        if answered:
            life.approve_all()
        (proposed,) = propose(life, om.AddLine(a_line("cap", 1, 1000)))
        assert proposed.due == 1100
        decline(life)


def test_what_a_bank_took_back_covers_nothing() -> None:
    life = exactly_paid()
    life.do(om.GrantAllowance(ORDER_ID, "sorry", usd(1100), **life.common()))
    life.approve_all("declined")  # it stays with us, beyond what is owed
    life.do(om.RecordChargeback(ORDER_ID, "b", "card", usd(1100), **life.common()))
    (proposed,) = propose(life, om.AddLine(a_line("cap", 1, 1000)))
    assert proposed.due == 1100


def test_what_is_owed_for_goods_that_left_is_not_voided_because_credit_was_given_before() -> None:
    """M8: a hold keeps it from being captured for now; nobody lets go of the authorization meanwhile."""
    life = a_life(a_draft(tenders=(DraftTender("card", "gateway", usd(8200), captured=True),)))
    life.do(om.GrantAllowance(ORDER_ID, "sorry", usd(1100), as_credit=True, **life.common()))
    life.approve_all()
    life.do(om.AddTender(ORDER_ID, DraftTender("more", "gateway", usd(1100)), **life.common()))
    life.approve_all()
    edit(life, om.AddLine(a_line("cap", 1, 1000)))
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1), ("cap", "nyc", 1))
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", blocks=("capture",), **life.common()))
    life.ship()
    assert life.order.payments.requests == {}
    life.do(om.ReleaseHold(ORDER_ID, "h", "person", **life.common()))
    assert [(each.kind, each.amount) for each in life.order.payments.requests.values()] == [("capture", 1100)]


def test_an_authorization_whose_capture_was_declined_covers_nothing() -> None:
    life = a_life()
    life.allocate(("tee", "nyc", 1))
    life.ship()
    life.approve_all("declined")
    (proposed,) = propose(life, om.AddLine(a_line("cap", 1, 1000)))
    assert proposed.due == 1100


def test_money_covers_what_was_owed_before_first_and_no_more_is_asked_for_than_the_edit_adds() -> None:
    """An order on account: nothing of it is paid, and a person waived that."""
    life = Life()
    life.place(a_draft(tenders=()))
    life.do(om.ReleaseHold(ORDER_ID, "validation-payment", **life.common()))
    (proposed,) = propose(life, om.AddLine(a_line("cap", 1, 1000)))
    assert proposed.due == 1100
    pay(life, 1100)
    with pytest.raises(om.EditNotPaid) as refused:
        confirm(life)
    assert refused.value.fields["due"] == 1100
    pay(life, 8100)
    with pytest.raises(om.EditNotPaid) as refused:
        confirm(life)
    assert refused.value.fields["due"] == 100
    pay(life, 100)
    confirm(life)
    edit(life, om.RemoveLine("cap"), edit_id="e2")


def test_what_is_paid_for_an_edit_needs_no_authorization_besides() -> None:
    spare = DraftTender("spare", "gateway", usd(2000), authorized=True)
    paid = DraftTender("card", "gateway", usd(8200), captured=True)
    life = a_life(a_draft(tenders=(paid, spare)))
    propose(life, om.AddLine(a_line("cap", 1, 1000)))
    pay(life, 1100)
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    assert [(entry.kind, entry.amount) for entry in life.order.payments.requests.values()] == [("void", 2000)]


def test_a_swap_that_costs_no_more_needs_no_money() -> None:
    life = exactly_paid()
    edit(life, om.Substitute("mug", a_line("cup", 1, 1000)))
    edit(life, om.Substitute("cup", a_line("jar", 1, 900)), edit_id="e2")
    assert life.order.payments.owed == 8200 - 110


def test_an_authorization_is_not_voided_while_an_edit_waits_for_it() -> None:
    """M8 voids what can never be captured any more; what is under way may still need it."""
    life = a_life(a_draft(tenders=(DraftTender("card", "gateway", usd(10_000)),)))
    propose(life, om.AddLine(a_line("cap", 1, 1000)))
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    asked = {entry.kind: entry.amount for entry in life.order.payments.requests.values()}
    assert asked == {"capture": 8200, "void": 700}
    decline(life)
    voids = [entry.amount for entry in life.order.payments.requests.values() if entry.kind == "void"]
    assert voids == [700, 1100]


def test_what_was_paid_for_an_edit_goes_back_when_it_is_declined() -> None:
    life = exactly_paid()
    propose(life, om.AddLine(a_line("cap", 1, 1000)))
    pay(life, 1100)
    events = decline(life, party="customer", cause="too dear")
    (declined,) = of_type(events, ev.EditDeclined)
    assert (declined.party, declined.cause) == ("customer", "too dear")
    (refund,) = of_type(events, ev.PaymentRequested)
    assert (refund.kind, refund.amount, refund.tender_id) == ("refund", 1100, "bank")


@pytest.mark.parametrize("swept", [True, False])
def test_s6_an_edit_is_off_at_its_very_moment_whether_or_not_anybody_looked(swept: bool) -> None:
    life = exactly_paid()
    propose(life, om.AddLine(a_line("cap", 1, 1000)), expires_at=T0 + timedelta(hours=1))
    pay(life, 1100)
    life.now = T0 + timedelta(hours=1) - timedelta(microseconds=1)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert om.next_deadline(life.order, life.context) == T0 + timedelta(hours=1)
    life.now = T0 + timedelta(hours=1)
    if swept:
        events = life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
        assert [event.expired_at for event in of_type(events, ev.EditLapsed)] == [life.now]
        assert [event.amount for event in of_type(events, ev.PaymentRequested)] == [1100]
    for command in (om.ConfirmEdit, om.DeclineEdit):
        with pytest.raises(UnknownId):
            life.do(command(ORDER_ID, "e1", **life.common()))
    propose(life, om.RemoveLine("mug"))  # its name is free again
    assert om.next_deadline(life.order, life.context) is None


def test_a_policy_may_ask_for_less_or_for_nothing() -> None:
    on_account: Callable[[om.Order, int], int] = lambda order, more: 0  # noqa: E731 - as an embedder may
    draft = a_draft(tenders=(DraftTender("card", "gateway", usd(8200)),))
    life = a_life(draft, due_before=on_account)
    edit(life, om.AddLine(a_line("cap", 1, 1000)))
    assert life.order.payments.owed == 9300
    for garbage in (None, 1.5, True, "1"):
        life = a_life(draft, due_before=lambda order, more, it=garbage: it)
        with pytest.raises(InvalidType) as error:
            propose(life, om.AddLine(a_line("cap", 1, 1000)))
        assert error.value.path == "policies.due_before"
    with pytest.raises(InvalidType):
        om.Policies(due_before=0)  # type: ignore[arg-type]  # as an embedder may


# -- confirmed against the order as it is then --------------------------------------------------------


def test_units_that_have_shipped_meanwhile_refuse_the_edit_and_it_waits_on() -> None:
    life = a_life()
    propose(life, om.ChangeQuantity("tee", 2), om.AddLine(a_line("cap", 1, 100)))
    life.allocate(("tee", "nyc", 3))
    life.ship()
    with pytest.raises(om.UnitsNotAvailable) as refused:
        confirm(life)
    assert (refused.value.path, refused.value.fields["line_id"]) == ("edit_id", "tee")
    assert "e1" in life.order.amendments.edits
    assert "cap" not in life.order.terms.index, "nothing of it was done"
    decline(life)


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (om.ChangeQuantity("tee", 5), om.ChangeQuantity("tee", 4), "line"),
        (om.ChangeQuantity("tee", 2), om.ChangeQuantity("tee", 5), "line"),
        (om.RemoveLine("tee"), om.ChangeQuantity("tee", 2), "line"),
        (om.Substitute("mug", a_line("cup", 1)), om.RemoveLine("mug"), "line"),
        (om.AddLine(a_line("cap", 1)), om.AddLine(a_line("cap", 2)), "line"),
        (om.ChangeAddress(LOS_ANGELES), om.ChangePickup("soho"), "delivery"),
        (om.ChangeService("express"), om.ChangeAddress(LOS_ANGELES), "delivery"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_another_edit_of_the_same_thing_outdates_the_edit(first: Any, second: Any, what: str) -> None:
    life = a_life()
    propose(life, first, edit_id="a")
    propose(life, second, edit_id="b")
    confirm(life, "a")
    with pytest.raises(om.EditOutdated) as refused:
        confirm(life, "b")
    assert refused.value.fields["what"] == what
    assert list(life.order.amendments.edits) == ["b"]


def test_edits_of_different_things_do_not_hinder_each_other() -> None:
    life = a_life()
    operations = (
        om.ChangeQuantity("tee", 4),
        om.RemoveLine("mug"),
        om.AddLine(a_line("cap", 1)),
        om.ChangeAddress(LOS_ANGELES),
        om.AddCharge(Charge("tip", usd(100))),
    )
    for i, operation in enumerate(operations):
        propose(life, operation, edit_id=f"e{i}")
    for i in (3, 1, 4, 0, 2):
        confirm(life, f"e{i}")
    assert life.order.payments.owed == 4 * 2200 + 500 + 2200 + 100


def test_a_unit_that_somebody_cancelled_meanwhile_outdates_a_quantity() -> None:
    """Two tees were agreed on; another one less would leave one."""
    life = a_life()
    propose(life, om.ChangeQuantity("tee", 2))
    life.do(om.CancelUnits(ORDER_ID, (("tee", ((1, 1),)),), **life.common()))
    with pytest.raises(om.EditOutdated):
        confirm(life)


def test_units_that_went_and_came_back_meanwhile_have_other_numbers() -> None:
    life = a_life()
    propose(life, om.ChangeQuantity("mug", 3), edit_id="more")
    edit(life, om.RemoveLine("mug"))
    revert(life)
    confirm(life, "u1")
    with pytest.raises(om.EditOutdated):
        confirm(life, "more")


def test_no_edit_waits_for_an_order_that_is_over() -> None:
    life = exactly_paid()
    propose(life, om.AddLine(a_line("cap", 1, 1000)))
    pay(life, 1100)
    events = life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert [event.expired_at for event in of_type(events, ev.EditLapsed)] == [None]
    refunds = {event.tender_id: event.amount for event in of_type(events, ev.PaymentRequested)}
    assert refunds == {"bank": 1100, "card": 8200}


# -- who may, and what may be edited ------------------------------------------------------------------


def test_a_held_order_may_be_edited_and_so_may_one_that_is_not_validated_yet() -> None:
    life = Life()
    life.place()
    edit(life, om.Substitute("mug", a_line("cup", 1, 900)))
    assert life.order.status == "placed"
    life.do(om.PlaceHold(ORDER_ID, "h", "customer", **life.common()))
    edit(life, om.RemoveLine("cup"), edit_id="e2")
    assert life.order.status == "on_hold"


def test_s12_what_the_channel_fulfills_and_what_a_till_sold_is_not_edited_here() -> None:
    lines = [
        a_line("afn", 2, fulfilled_by="channel"),
        a_line("till", 1, fulfilled_by="taken"),
        a_line("mug", 1),
    ]
    life = a_life(a_draft(lines, taken_at="soho"))
    for line, who in (("afn", "channel"), ("till", "taken")):
        for operation in (
            om.ChangeQuantity(line, 3),
            om.RemoveLine(line),
            om.Substitute(line, a_line("x", 1)),
        ):
            with pytest.raises(om.LineNotEditable) as refused:
                propose(life, operation)
            assert refused.value.fields == {"line_id": line, "fulfilled_by": who}
    for who in ("channel", "taken"):
        with pytest.raises(InvalidType):
            om.AddLine(a_line("x", 1, fulfilled_by=who))


def test_an_address_change_leaves_what_the_channel_ships() -> None:
    life = a_life(a_draft([a_line("afn", 1, fulfilled_by="channel"), a_line("mug", 1)]))
    edit(life, om.ChangeAddress(LOS_ANGELES))
    assert states(life, "afn") == ((1, 1, "channel"),)
    life.do(om.CancelUnits(ORDER_ID, (("mug", 1),), **life.common()))
    with pytest.raises(om.NothingToDo):
        propose(life, om.ChangeAddress(NEW_YORK), edit_id="e2")


# -- taking back --------------------------------------------------------------------------------------


def test_a_revert_is_an_edit_of_its_own_and_exact() -> None:
    life = a_life(a_draft([a_line("tee", 3, 999), a_line("mug", 2, 1000)]))
    owed = life.order.payments.owed
    life.allocate(("tee", "nyc", 3))
    edit(
        life,
        om.ChangeQuantity("tee", 5),
        om.Substitute("mug", a_line("cup", 1, 1500)),
        om.ChangeAddress(LOS_ANGELES),
        om.ChangeService("express", Charge("shipping", usd(900))),
    )
    life.allocate(("cup", "lax", 1), ("tee", "lax", 2))
    (proposed,) = revert(life)
    assert (proposed.edit.reverts, proposed.net < 0) == ("e1", True)
    events = confirm(life, "u1")
    assert life.order.payments.owed == owed
    assert states(life, "mug") == ((1, 2, "cancelled"), (3, 4, "open"))
    assert life.order.terms.line("mug").entitlements == ((1, 2, 1000, 100, 0, 0), (3, 4, 1000, 100, 0, 0))
    assert states(life, "tee") == ((1, 3, "allocated"), (4, 5, "cancelled"))
    assert (life.order.terms.destination, life.order.terms.service) == (NEW_YORK, "standard")
    (gone,) = of_type(events, ev.UnitsCancelled)
    (back,) = of_type(events, ev.FulfillmentCancelled)
    assert [items for _, _, items in gone.freed] == [(("cup", ((1, 1),)), ("tee", ((4, 5),)))]
    assert back.items == (("tee", ((1, 3),)),)


def test_a_revert_can_be_reverted() -> None:
    life = a_life()
    edit(life, om.RemoveLine("mug"))
    revert(life)
    confirm(life, "u1")
    revert(life, "u1", "u2")
    confirm(life, "u2")
    assert states(life, "mug") == ((1, 2, "cancelled"),)
    assert life.order.payments.owed == 3 * 2200 + 500


def test_what_comes_back_with_a_revert_has_to_be_covered_again() -> None:
    life = exactly_paid()
    edit(life, om.RemoveLine("mug"))
    life.allocate(("tee", "nyc", 3))
    life.ship()
    life.approve_all()
    life.approve_all()
    (proposed,) = revert(life)
    assert proposed.due == 1100, "the authorization is voided: nothing was to come"
    with pytest.raises(om.EditNotPaid):
        confirm(life, "u1")


def test_what_cannot_be_wholly_taken_back_is_refused() -> None:
    life = a_life()
    with pytest.raises(om.NotRevertible) as refused:
        revert(life)
    assert refused.value.fields == {"why": "not_last", "line_id": ""}
    edit(life, om.AddLine(a_line("cap", 2, 100)), edit_id="a")
    edit(life, om.ChangeAddress(LOS_ANGELES), edit_id="b")
    with pytest.raises(om.NotRevertible):
        revert(life, "a")
    edit(life, om.ChangeQuantity("tee", 4), om.AddLine(a_line("hat", 2, 100)), edit_id="c")
    life.allocate(("hat", "nyc", 1))
    life.ship()
    with pytest.raises(om.NotRevertible) as refused:
        revert(life, "c")
    assert refused.value.fields == {"why": "units", "line_id": "hat"}


def test_units_that_ship_between_the_revert_and_its_confirmation_refuse_it() -> None:
    life = a_life()
    edit(life, om.AddLine(a_line("cap", 1, 100)))
    revert(life)
    life.allocate(("cap", "nyc", 1))
    life.ship()
    with pytest.raises(om.UnitsNotAvailable):
        confirm(life, "u1")


# -- limits, names and bad input ----------------------------------------------------------------------


def test_twenty_edits_wait_at_once_and_one_more_is_refused() -> None:
    life = a_life()
    for i in range(20):
        propose(life, om.RemoveLine("mug"), edit_id=f"e{i}")
    with pytest.raises(om.TooManyEdits) as refused:
        propose(life, om.RemoveLine("mug"), edit_id="e20")
    assert refused.value.fields == {"limit": 20}
    with pytest.raises(om.EditExists):
        propose(life, om.RemoveLine("mug"), edit_id="e0")
    confirm(life, "e0")
    with pytest.raises(om.EditExists):
        propose(life, om.RemoveLine("tee"), edit_id="e0")


def test_an_order_grows_to_its_limits_and_no_further() -> None:
    life = a_life(a_draft([a_line("tee", 999_998, 1)]), due_before=lambda order, more: 0)
    edit(life, om.ChangeQuantity("tee", 999_999))
    with pytest.raises(LimitExceeded) as error:
        propose(life, om.ChangeQuantity("tee", 1_000_000), om.AddLine(a_line("mug", 1, 1)), edit_id="e2")
    assert error.value.fields == {"what": "units", "limit": 1_000_000, "got": 1_000_001}
    edit(life, om.AddLine(a_line("mug", 1, 1)), edit_id="e3")

    full = a_life(a_draft([a_line(f"l{i}", 1, 1, taxes=()) for i in range(9_999)]))
    edit(full, om.AddLine(a_line("last", 1, 1)))
    with pytest.raises(LimitExceeded) as error:
        propose(full, om.AddLine(a_line("more", 1, 1)), edit_id="e2")
    assert error.value.fields["what"] == "lines"
    with pytest.raises(LimitExceeded):
        om.ProposeEdit(ORDER_ID, "e", tuple(om.RemoveLine(f"l{i}") for i in range(10_001)), key="k", at=T0)


def test_an_order_is_never_worth_more_than_fifteen_digits() -> None:
    most = 10**15 - 1
    life = a_life(a_draft([a_line("tee", 1, most - 500, taxes=())]), due_before=lambda order, more: 0)
    with pytest.raises(LimitExceeded) as error:
        propose(life, om.AddLine(a_line("mug", 1, 1, taxes=())))
    assert error.value.fields["what"] == "minor units of an order"


@pytest.mark.parametrize(
    "operations",
    [
        (om.RemoveLine("tee"), om.ChangeQuantity("tee", 2)),
        (om.AddLine(a_line("x", 1)), om.Substitute("tee", a_line("x", 1))),
        (om.Substitute("tee", a_line("tee", 1)),),
        (om.ChangeAddress(NEW_YORK), om.ChangePickup("soho")),
        (om.ChangeService("a"), om.ChangeService("b")),
        (om.RemoveCharge("tip"), om.RemoveCharge("tip")),
    ],
)
def test_two_operations_about_one_thing_are_refused_before_any_order_is_looked_at(operations: Any) -> None:
    with pytest.raises(DuplicateId):
        om.ProposeEdit(ORDER_ID, "e", operations, key="k", at=T0)


@pytest.mark.parametrize(
    "wrong",
    [(), [om.RemoveLine("tee")], (om.RemoveLine,), ("RemoveLine",), (None,), om.RemoveLine("tee"), None],
)
def test_operations_are_a_tuple_of_operations(wrong: Any) -> None:
    with pytest.raises(InputError):
        om.ProposeEdit(ORDER_ID, "e", wrong, key="k", at=T0)


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        (om.AddLine(om.DraftLine("x", "X", 1, Money(1, "EUR"))), "operations[1].line"),
        (om.ChangeQuantity("tee", 5, Money(1, "EUR")), "operations[1]"),
        (om.ChangeQuantity("tee", 5, taxes=(Tax("t", amount=Money(1, "EUR")),)), "operations[1].taxes[0]"),
        (om.AddCharge(Charge("tip", Money(1, "EUR"))), "operations[1].charge"),
    ],
)
def test_another_currency_is_told_with_the_operation_it_is_in(operation: Any, path: str) -> None:
    with pytest.raises(CurrencyMismatch) as error:
        propose(a_life(), om.RemoveLine("mug"), operation)
    assert error.value.path == path


def test_an_edit_that_changes_nothing_is_refused() -> None:
    for operation in (
        om.ChangeQuantity("tee", 3),
        om.ChangeAddress(NEW_YORK),
        om.ChangeService("standard"),
        om.RemoveCharge("tip"),
    ):
        with pytest.raises(om.NothingChanges):
            propose(a_life(), operation)


# -- which refusal comes first ------------------------------------------------------------------------

OF_PROPOSING: list[tuple[type[Exception], tuple[Any, ...]]] = [
    (UnknownId, (om.RemoveLine("none"),)),
    (om.LineExists, (om.AddLine(a_line("mug", 1)),)),
    (om.LineNotEditable, (om.RemoveLine("afn"),)),
    (CurrencyMismatch, (om.AddCharge(Charge("tip", Money(1, "EUR"))),)),
    (om.UnitsNotAvailable, (om.Substitute("tee", a_line("y", 1), 9),)),
]


@pytest.mark.parametrize("first", OF_PROPOSING, ids=lambda entry: entry[0].__name__)
@pytest.mark.parametrize("second", OF_PROPOSING, ids=lambda entry: entry[0].__name__)
def test_operations_are_refused_in_their_order(first: Any, second: Any) -> None:
    life = a_life(a_draft([a_line(), a_line("mug", 1), a_line("afn", 1, fulfilled_by="channel")]))
    if first is not second:
        unknown_last = second[0] is UnknownId
        with pytest.raises(second[0] if unknown_last else first[0]) as refused:
            propose(life, *first[1], *second[1])
        assert refused.value.path.startswith(f"operations[{int(unknown_last)}]")


def test_precedence_of_proposing() -> None:
    """An unknown line; over; edit id taken; too many; the operations; the result."""
    life = a_life()
    bad = om.AddLine(a_line("tee", 1))
    below = om.AddCharge(Charge("fee", usd(-9_000)))
    with pytest.raises(om.LineExists):
        propose(life, below, bad)
    with pytest.raises(om.ChargesBelowZero):
        propose(life, below, om.RemoveLine("tee"), om.RemoveLine("mug"))
    for i in range(20):
        propose(life, om.RemoveLine("mug"), edit_id=f"e{i}")
    with pytest.raises(om.EditExists):
        propose(life, bad, edit_id="e3")
    with pytest.raises(om.TooManyEdits):
        propose(life, bad, edit_id="e33")
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    with pytest.raises(om.OrderIsOver):
        propose(life, bad, edit_id="e3")
    with pytest.raises(UnknownId):
        propose(life, bad, om.RemoveLine("none"), edit_id="e3")
    with pytest.raises(UnknownId):
        confirm(life, "e3")
    with pytest.raises(UnknownId):
        decline(life, "e3")


def test_precedence_of_confirming() -> None:
    """Outdated; units not available; the result; and last what is not paid."""
    life = exactly_paid()
    propose(life, om.ChangeQuantity("tee", 2), om.AddLine(a_line("cap", 9, 1000)))
    propose(life, om.AddLine(a_line("hat", 9, 1000)), om.RemoveLine("mug"), edit_id="e2")
    with pytest.raises(om.EditNotPaid):
        confirm(life)
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship(1, (("tee", 3),))
    with pytest.raises(om.UnitsNotAvailable):
        confirm(life)
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 1),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    with pytest.raises(om.EditOutdated):
        confirm(life)
    with pytest.raises(om.EditNotPaid):
        confirm(life, "e2")


def test_what_a_preview_refuses_proposing_refuses() -> None:
    life = a_life()
    with pytest.raises(om.EditEndsOrder):
        om.preview_edit(life.order, (om.RemoveLine("tee"), om.RemoveLine("mug")), life.context)
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    with pytest.raises(om.OrderIsOver):
        om.preview_edit(life.order, (om.RemoveLine("tee"),), life.context)


def test_nothing_personal_is_on_an_edit() -> None:
    life = a_life()
    cause = "Jane Doe does not want it"
    propose(life, om.AddLine(a_line("cap", 1, 100, title="for Jane Doe")))
    events = decline(life, cause=cause)
    assert "Jane" not in repr(events) + repr(life.order) + repr(
        om.DeclineEdit(ORDER_ID, "e", cause, key="k", at=T0)
    )


def test_what_was_allowed_on_a_charge_is_not_given_back_again_when_the_charge_is_taken_off() -> None:
    """Goodwill gives all of it back; then shipping is dropped, and nothing is left to give."""
    life = exactly_paid()
    life.do(om.GrantAllowance(ORDER_ID, "a1", usd(8200), **life.common()))
    life.approve_all()
    assert life.order.payments.owed == life.order.payments.held == 0
    edit(life, om.RemoveCharge("shipping"))
    life.approve_all()
    assert life.order.payments.owed == life.order.payments.held == 0
