"""An order from placing to its return, in the words of the business."""

from datetime import timedelta

import attrs
import pytest

from omcore import orders as om
from omcore.kernel import Ratio, UnknownId
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.draft import Charge, DraftTender, Tax
from order_life import NEW_YORK, ORDER_ID, T0, Life, a_draft, a_line, usd


def kinds(events: list[object]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_an_order_is_placed_paid_shipped_and_delivered() -> None:
    life = Life()
    life.place()
    assert life.order.status == "placed"
    life.approve_all()
    assert life.order.status == "validated"
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    assert life.order.status == "processing"
    life.ship()
    assert life.order.status == "fulfilled"
    life.approve_all()
    life.deliver_all()
    assert life.order.status == "delivered"
    assert life.order.payments.captured == life.order.terms.total == 8200
    assert life.order.payments.tenders["card"].status == "captured"


def test_a_split_order_is_captured_shipment_by_shipment_and_shipping_goes_with_the_first() -> None:
    """M8."""
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 2), ("tee", "lax", 1), ("mug", "lax", 1))
    first = [event for event in life.ship(2) if type(event) is ev.PaymentRequested]
    assert [(event.kind, event.amount) for event in first] == [("capture", 2200 + 1100 + 500)]
    assert life.order.status == "partially_fulfilled"
    second = [event for event in life.ship(1) if type(event) is ev.PaymentRequested]
    assert [(event.kind, event.amount) for event in second if event.kind == "capture"] == [("capture", 4400)]
    assert life.order.status == "fulfilled"


def test_what_can_never_be_captured_is_voided_when_no_unit_is_open() -> None:
    """M8: the card was authorized for more than the order came to."""
    life = Life()
    life.place(a_draft(tenders=(DraftTender("card", "gateway", usd(9000), authorized=True),)))
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    asked = [(e.kind, e.amount) for e in life.ship() if type(e) is ev.PaymentRequested]
    assert asked == [("capture", 8200), ("void", 800)]


def test_cancelling_takes_the_highest_units_and_re_prices_none() -> None:
    """M6, M7."""
    life = Life()
    life.place(a_draft([a_line(quantity=3, price=1000, taxes=(Tax("t", amount=usd(100)),))]))
    life.approve_all()
    before = life.order.terms.lines[0].entitlements
    life.do(om.CancelUnits(ORDER_ID, (("tee", 1),), **life.common()))
    assert un.in_state(life.order.progress.units[0], un.CANCELLED) == ((3, 3),)
    assert life.order.terms.lines[0].entitlements == before
    assert life.order.payments.owed == 2000 + 67 + 500


def test_a_whole_line_is_cancelled_by_its_name_with_units_of_another() -> None:
    """M7: whatever of the line has not left; a line that is gone already is nothing to do."""
    life = Life()
    life.place(a_draft([a_line(quantity=3), a_line("mug", 5), a_line("cap", 2)]))
    life.approve_all()
    life.allocate(("mug", "nyc", 3))
    life.ship(items=(("mug", 1),))
    life.do(om.CancelUnits(ORDER_ID, (("tee", 1),), lines=("mug",), **life.common()))
    gone = [un.in_state(units, un.CANCELLED) for units in life.order.progress.units]
    assert gone == [((3, 3),), ((2, 5),), ()]
    with pytest.raises(om.NothingToDo):
        life.do(om.CancelUnits(ORDER_ID, lines=("mug",), **life.common()))
    with pytest.raises(UnknownId) as error:
        life.do(om.CancelUnits(ORDER_ID, lines=("cap", "scarf"), **life.common()))
    assert error.value.path == "lines[1]"


def test_cancelling_everything_before_it_ships_owes_nothing_and_voids_the_card() -> None:
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 3))
    made = life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert life.order.status == "cancelled"
    assert life.order.payments.owed == 0
    assert [(e.kind, e.amount) for e in made if type(e) is ev.PaymentRequested] == [("void", 1_000_000)]
    cancelled = next(e for e in made if type(e) is ev.UnitsCancelled)
    assert cancelled.freed == ((f"{ORDER_ID}-F1", "nyc", (("tee", ((1, 3),)),)),)


def test_a_cancelled_prepaid_order_is_refunded_what_was_paid() -> None:
    life = Life()
    life.place(a_draft(tenders=(DraftTender("card", "gateway", usd(8200), captured=True),)))
    made = life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert [(e.kind, e.amount) for e in made if type(e) is ev.PaymentRequested] == [("refund", 8200)]
    life.approve_all()
    assert life.order.payments.balance == 0
    assert life.order.payments.tenders["card"].status == "refunded"


def test_money_that_arrives_for_a_cancelled_order_makes_exactly_one_refund_due() -> None:
    """M11."""
    life = Life()
    life.place(a_draft(tenders=()))
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    made = life.do(om.RecordPayment(ORDER_ID, "wire", usd(8200), **life.common()))
    assert [(e.kind, e.amount) for e in made if type(e) is ev.PaymentRequested] == [("refund", 8200)]
    life.approve_all()
    assert life.order.payments.accounts["tender:wire"] == 0


def test_returning_in_parts_refunds_exactly_what_was_paid_for_the_units() -> None:
    """M6: 0.10 tax over three units is 4, 3, 3 cents, and comes back so."""
    life = Life().delivered(a_draft([a_line(quantity=3, price=1000, taxes=(Tax("t", amount=usd(10)),))]))
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 3),), **life.common()))
    refunds = []
    for _ in range(3):
        made = life.do(om.ReceiveReturn(ORDER_ID, "rma", "nyc", (("tee", 1),), **life.common()))
        refunds += [e.amount for e in made if type(e) is ev.PaymentRequested]
        life.approve_all()
    assert refunds == [1004, 1003, 1003]
    assert life.order.status == "returned"
    assert life.order.payments.captured - life.order.payments.refunded == 500, "shipping is kept"


def test_the_restocking_fee_is_kept_back_untaxed() -> None:
    """M9: 15 % of 10.00 is 1.50; the tax comes back in full."""
    context = om.OrderContext(
        om.default_context().catalog, om.Policies(restocking_fee=Ratio.percent("15")), om.DEFAULT_RULES
    )
    life = Life(context).delivered(a_draft([a_line(quantity=1, price=1000)], shipping=0))
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 1),), **life.common()))
    made = life.do(om.ReceiveReturn(ORDER_ID, "rma", "nyc", **life.common()))
    assert [e.amount for e in made if type(e) is ev.PaymentRequested] == [1100 - 150]
    assert life.order.payments.accounts["fees"] == -150


def test_marketplace_tax_never_passes_through_the_merchants_gateway() -> None:
    """M13: of 11.00 the marketplace remits 1.00 itself; capture and refund are 10.00."""
    taxes = (Tax("facilitator", amount=usd(100), collected_by="channel"),)
    draft = a_draft(
        [a_line(quantity=1, price=1000, taxes=taxes)],
        shipping=0,
        tenders=(DraftTender("card", "gateway", usd(1100), authorized=True),),
    )
    life = Life()
    life.place(draft)
    assert life.order.payments.tenders["card"].authorized == 1000
    life.allocate(("tee", "nyc", 1))
    made = life.ship()
    assert [(e.kind, e.amount) for e in made if type(e) is ev.PaymentRequested] == [("capture", 1000)]
    assert life.order.payments.accounts["channel:collected"] == 100
    life.approve_all()
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 1),), **life.common()))
    made = life.do(om.ReceiveReturn(ORDER_ID, "rma", "nyc", **life.common()))
    assert [(e.kind, e.amount) for e in made if type(e) is ev.PaymentRequested] == [("refund", 1000)]
    assert life.order.payments.accounts["channel:collected"] == 0


def test_two_tenders_are_refunded_card_first_or_in_proportion() -> None:
    """M10."""
    tenders = (
        DraftTender("gift", "gateway", usd(3000), captured=True),
        DraftTender("card", "gateway", usd(5200), captured=True),
    )
    for policy, expected in (
        (om.card_first, [("card", 5200), ("gift", 3000)]),
        (om.proportional, [("gift", 3000), ("card", 5200)]),
    ):
        context = om.OrderContext(
            om.default_context().catalog, om.Policies(refund_over=policy), om.DEFAULT_RULES
        )
        life = Life(context)
        life.place(a_draft(tenders=tenders))
        made = life.do(om.CancelUnits(ORDER_ID, **life.common()))
        assert [(e.tender_id, e.amount) for e in made if type(e) is ev.PaymentRequested] == expected


def test_a_declined_capture_is_not_asked_again_until_a_person_says_so() -> None:
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    made = life.approve_all("declined")
    assert [type(e) for e in made if type(e) is ev.PaymentRequested] == []
    assert life.order.payments.balance == 8200, "underpaid, and shown as such"
    made = life.do(om.RetryPayment(ORDER_ID, "card", **life.common()))
    assert "capture" in [e.kind for e in made if type(e) is ev.PaymentRequested]


def test_an_unknown_outcome_is_a_state_that_a_later_answer_resolves() -> None:
    life = Life()
    life.place()
    (request_id,) = life.order.payments.requests
    life.approve_all("unknown")
    assert life.order.payments.requests[request_id].unknown
    assert life.approve_all("unknown") == [], "said twice, it is no news"
    life.approve_all()
    assert life.order.status == "validated"
    assert life.order.payments.requests == {}


def test_a_short_pick_opens_the_units_and_excludes_the_location() -> None:
    """S9, R3."""
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 3))
    life.do(om.ReportShortPick(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 2),), **life.common()))
    assert un.in_state(life.order.progress.units[0], un.OPEN) == ((1, 2),)
    with pytest.raises(om.LocationExcluded):
        life.allocate(("tee", "nyc", 2))
    life.allocate(("tee", "lax", 2))


def test_a_rejected_fulfillment_order_gives_all_its_units_back() -> None:
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 3))
    life.do(om.RejectFulfillment(ORDER_ID, f"{ORDER_ID}-F1", "closed today", **life.common()))
    assert life.order.status == "validated"
    assert life.order.progress.excluded == {"nyc"}


def test_a_held_order_is_neither_routed_nor_shipped() -> None:
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 1))
    life.do(om.PlaceHold(ORDER_ID, "h1", "fraud", **life.common()))
    assert life.order.status == "on_hold"
    with pytest.raises(om.OrderOnHold):
        life.ship()
    with pytest.raises(om.OrderOnHold):
        life.allocate(("tee", "nyc", 1))
    life.do(om.ReleaseHold(ORDER_ID, "h1", **life.common()))
    assert life.order.status == "processing"


def test_an_order_without_an_address_waits_and_a_person_may_waive_it() -> None:
    life = Life()
    life.place(a_draft(destination=None, tenders=(DraftTender("c", "gateway", usd(9000), authorized=True),)))
    assert [hold.kind for hold in life.order.standing.holds] == ["address"]
    life.do(om.ReleaseHold(ORDER_ID, "validation-address", **life.common()))
    assert life.order.status == "validated"
    assert life.order.standing.waived == {"address"}


def test_an_embedders_rule_stands_beside_the_others() -> None:
    rules = (*om.DEFAULT_RULES, om.FraudScoreBelow(80))
    context = om.OrderContext(om.default_context().catalog, om.Policies(), rules)
    life = Life(context)
    life.place(signals=(("fraud_score", 91),))
    life.approve_all()
    assert [hold.kind for hold in life.order.standing.holds] == ["fraud"]


def test_a_till_sale_is_delivered_when_it_is_placed_and_reserves_nothing() -> None:
    """S12."""
    draft = a_draft(
        [a_line(fulfilled_by="taken")],
        shipping=0,
        tenders=(DraftTender("cash", "cash", usd(6600), captured=True),),
        taken_at="soho",
        destination=None,
    )
    life = Life()
    made = life.place(draft)
    assert life.order.status == "delivered"
    assert "GoodsTaken" in kinds(made)
    assert not [e for e in made if type(e) in (ev.FulfillmentRequested, ev.PaymentRequested)]


def test_what_the_channel_fulfills_is_never_allocated_here() -> None:
    """S12."""
    draft = a_draft(
        [a_line(fulfilled_by="channel")],
        shipping=0,
        tenders=(DraftTender("amazon", "channel", usd(6600), captured=True),),
    )
    life = Life()
    life.place(draft)
    with pytest.raises((om.NothingToDo, om.UnitsNotAvailable)):
        life.allocate(("tee", "nyc", 1))
    life.do(om.RecordChannelShipment(ORDER_ID, **life.common()))
    assert life.order.status == "fulfilled"
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 1),), **life.common()))
    (received,) = [
        e
        for e in life.do(om.ReceiveReturn(ORDER_ID, "rma", "nyc", **life.common()))
        if type(e) is ev.ReturnReceived
    ]
    assert not received.restocked


def test_the_return_window_is_elapsed_time_after_delivery() -> None:
    """C2: 30 days to the second are in, one second more is out."""
    for seconds, welcome in ((0, True), (1, False)):
        life = Life().delivered()
        life.wait(days=30, seconds=seconds)
        command = om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 1),), **life.common())
        if welcome:
            life.do(command)
        else:
            with pytest.raises(om.NotReturnable) as refused:
                life.do(command)
            assert refused.value.fields["rule"] == "return_window"


def test_a_return_window_of_a_million_years_is_a_window_too() -> None:
    """Bad input: its end is no date that can be told, and nothing but omcore's own errors come out."""
    life = Life(attrs.evolve(om.default_context(), policies=om.Policies(return_window=timedelta.max)))
    life.delivered()
    life.wait(days=3000)
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 1),), **life.common()))
    assert life.order.progress.returns["rma"].status == "authorized"


def test_importing_a_snapshot_twice_is_a_no_op_and_old_news_is_ignored() -> None:
    """C8."""
    life = Life()
    life.place(a_draft(source_version=5))
    again = om.ImportOrder(a_draft(source_version=5), order_id=ORDER_ID, **life.common())
    assert life.do(again) == []
    older = om.ImportOrder(a_draft(source_version=3, cancelled=True), order_id=ORDER_ID, **life.common())
    assert life.do(older) == []
    newer = om.ImportOrder(a_draft(source_version=6, cancelled=True), order_id=ORDER_ID, **life.common())
    life.do(newer)
    assert life.order.status == "cancelled"


def test_a_refund_that_the_channel_made_is_not_made_again() -> None:
    card = DraftTender("card", "gateway", usd(8200), captured=True)
    life = Life()
    life.place(a_draft(tenders=(card,), source_version=1))
    refunded = DraftTender("card", "gateway", usd(8200), captured=True, refunded=usd(2200))
    lines = (a_line(cancelled=1), a_line("mug", 1, 1000))
    made = life.do(
        om.ImportOrder(
            a_draft(lines, tenders=(refunded,), source_version=2), order_id=ORDER_ID, **life.common()
        )
    )
    assert "RefundNoted" in kinds(made)
    assert "UnitsCancelled" in kinds(made)
    assert "PaymentRequested" not in kinds(made)
    assert life.order.payments.balance == 0


def test_a_total_that_contradicts_its_own_lines_is_refused() -> None:
    with pytest.raises(om.TotalMismatch) as refused:
        Life().place(a_draft(stated_total=usd(8199)))
    assert refused.value.fields == {"stated": 8199, "computed": 8200}


def test_a_pickup_order_stays_where_the_customer_chose() -> None:
    """R3; collecting ships and delivers at once."""
    life = Life()
    life.place(a_draft(shipping=0, destination=None, pickup_at="soho"))
    life.approve_all()
    with pytest.raises(om.PickupElsewhere):
        life.allocate(("tee", "nyc", 3))
    life.allocate(("tee", "soho", 3), ("mug", "soho", 1))
    for event in ("accept", "pick", "pack", "ready"):
        life.do(om.AdvanceFulfillment(ORDER_ID, f"{ORDER_ID}-F1", event, **life.common()))
    life.do(om.CollectUnits(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 2),), **life.common()))
    life.do(om.CollectUnits(ORDER_ID, f"{ORDER_ID}-F1", **life.common()))
    assert life.order.status == "delivered"


def test_nothing_personal_is_in_the_order() -> None:
    assert NEW_YORK.postal_code not in repr(Life().place())
    assert T0 is not None


def test_m11_m13_taxes_that_come_to_nothing_together_are_still_remitted() -> None:
    """A marketplace remits the tax of the line; that of a charge is as much less: the books sum to zero."""
    remitted = (Tax("state", amount=usd(200), collected_by="channel"),)
    less = Charge("rounding", usd(-1000), taxes=(Tax("state", amount=usd(-200)),))
    draft = attrs.evolve(a_draft([a_line(taxes=remitted)]), charges=(less,))
    life = Life().delivered(draft)
    assert life.order.worth((("tee", ((1, 3),)),), charges=True)[1:3] == (0, 200)
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    assert life.order.status == "returned"
