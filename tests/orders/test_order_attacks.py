"""Sequences that would lose or double a unit or a cent, each as it was once found or feared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.kernel import IllegalTransition, InvalidType, Ratio, UnknownEvent
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.draft import Charge, DraftTender, Tax
from omcore.orders.entitlements import Priced
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

CARD = DraftTender("card", "gateway", usd(8200), authorized=True)
PAID = DraftTender("card", "gateway", usd(8200), captured=True)
SHIPMENT = f"{ORDER_ID}-S2"


def context(**policies: Any) -> om.OrderContext:
    return om.OrderContext(om.default_context().catalog, om.Policies(**policies), om.DEFAULT_RULES)


def asked(events: list[Any]) -> list[tuple[str, str, int]]:
    return [(e.kind, e.tender_id, e.amount) for e in events if type(e) is ev.PaymentRequested]


def late(events: list[Any]) -> list[tuple[str, str]]:
    return [(e.what, e.detail) for e in events if type(e) is ev.LateFactNoted]


def placed(*tenders: DraftTender, life: Life | None = None, **more: Any) -> Life:
    life = life or Life()
    life.place(a_draft(tenders=tenders or (CARD,), **more))
    return life


def shipped(life: Life) -> Life:
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    return life


def told(life: Life, version: int = 1, **more: Any) -> list[Any]:
    more.setdefault("tenders", (CARD,))
    lines = more.pop("lines", None)
    draft = a_draft(lines, source_version=version, **more)
    return life.do(om.ImportOrder(draft, order_id=ORDER_ID, **life.common()))


def says(life: Life, event: str) -> None:
    life.do(om.AdvanceShipment(ORDER_ID, SHIPMENT, event, **life.common()))


# -- a shipment that never arrives -----------------------------------------------------------------


def test_a_lost_shipment_is_shipped_again_and_captured_once() -> None:
    """M8: the money of the first try pays for the second."""
    life = shipped(placed())
    life.approve_all()
    says(life, "lose")
    made = life.do(om.ReopenShipment(ORDER_ID, SHIPMENT, **life.common()))
    assert asked(made) == []
    assert life.order.status == "validated"
    assert (life.order.payments.earned, life.order.payments.owed) == (0, 8200)
    life.allocate(("tee", "lax", 3), ("mug", "lax", 1))
    made = life.ship(3)
    assert asked(made) == []
    (again,) = [event for event in made if type(event) is ev.UnitsShipped]
    assert again.with_charges, "shipping goes with what is now the first shipment"
    life.do(om.RecordDelivery(ORDER_ID, again.shipment_id, **life.common()))
    assert life.order.status == "delivered"
    assert life.order.payments.captured == 8200


def test_a_lost_shipment_that_is_cancelled_is_refunded_with_its_shipping() -> None:
    life = shipped(placed())
    life.approve_all()
    says(life, "lose")
    life.do(om.ReopenShipment(ORDER_ID, SHIPMENT, **life.common()))
    made = life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert asked(made) == [("refund", "card", 8200)]
    life.approve_all()
    assert (life.order.status, life.order.payments.balance) == ("cancelled", 0)


def test_shipping_stays_paid_where_another_shipment_arrived() -> None:
    life = placed()
    life.allocate(("mug", "lax", 1), ("tee", "nyc", 3))
    life.ship(1)
    life.ship(2)
    life.do(om.AdvanceShipment(ORDER_ID, f"{ORDER_ID}-S4", "lose", **life.common()))
    (reopened,) = [
        event
        for event in life.do(om.ReopenShipment(ORDER_ID, f"{ORDER_ID}-S4", **life.common()))
        if type(event) is ev.UnitsReopened
    ]
    assert not reopened.with_charges
    assert life.order.status == "partially_fulfilled"


def test_the_charges_stay_with_what_is_delivered_and_with_what_is_on_its_way() -> None:
    """M8: three parcels of a tee each; one is delivered, one is on its way, and the last is lost."""
    life = Life()
    life.place(a_draft([a_line(quantity=3)]))
    life.approve_all()
    life.allocate(("tee", "nyc", 3))
    for _ in range(3):
        life.ship(items=(("tee", 1),))
    first, _, lost = life.order.progress.shipments
    life.do(om.RecordDelivery(ORDER_ID, first, **life.common()))
    life.do(om.AdvanceShipment(ORDER_ID, lost, "lose", **life.common()))
    made = life.do(om.ReopenShipment(ORDER_ID, lost, **life.common()))
    assert [event.with_charges for event in made if type(event) is ev.UnitsReopened] == [False]


def test_what_was_sent_back_enters_the_stock_that_it_came_back_to() -> None:
    """S2; what the channel fulfills goes back to the channel (S12)."""
    lines = (a_line(), a_line("mug", 1, 1000, fulfilled_by="channel"))
    life = placed(lines=lines)
    life.allocate(("tee", "nyc", 3))
    life.ship()
    says(life, "send_back")
    (reopened,) = [
        event
        for event in life.do(om.ReopenShipment(ORDER_ID, SHIPMENT, "nyc", "damaged", **life.common()))
        if type(event) is ev.UnitsReopened
    ]
    assert (reopened.location, reopened.condition, reopened.restocked) == ("nyc", "damaged", True)
    life.do(om.RecordChannelShipment(ORDER_ID, **life.common()))
    theirs = list(life.order.progress.shipments)[-1]
    life.do(om.AdvanceShipment(ORDER_ID, theirs, "lose", **life.common()))
    (reopened,) = [
        event
        for event in life.do(om.ReopenShipment(ORDER_ID, theirs, "nyc", **life.common()))
        if type(event) is ev.UnitsReopened
    ]
    assert not reopened.restocked
    assert un.in_state(life.order.progress.units[1], un.CHANNEL) == ((1, 1),)


def test_a_shipment_is_reopened_once_and_only_when_it_is_lost() -> None:
    life = shipped(placed())
    reopen = om.ReopenShipment(ORDER_ID, SHIPMENT, **life.common())
    with pytest.raises(IllegalTransition):
        life.do(reopen)
    says(life, "lose")
    life.do(reopen)
    with pytest.raises(om.NothingToDo):
        life.do(reopen)
    with pytest.raises(IllegalTransition):
        life.do(om.RecordDelivery(ORDER_ID, SHIPMENT, **life.common()))


# -- returns ---------------------------------------------------------------------------------------


def test_calling_a_return_off_does_not_begin_the_return_window_anew() -> None:
    """C2: placed on the 1st, delivered on the 11th; the window counts from the 11th, before and after."""
    life = shipped(placed())
    life.wait(days=10)
    life.deliver_all()
    units = life.order.progress.units
    life.do(om.AuthorizeReturn(ORDER_ID, "r1", (("tee", 2),), **life.common()))
    life.do(om.CancelReturn(ORDER_ID, "r1", **life.common()))
    assert life.order.progress.units == units, "each unit is held by the shipment that brought it"
    life.wait(days=30)
    life.do(om.AuthorizeReturn(ORDER_ID, "r2", (("tee", 1),), **life.common()))
    life.do(om.CancelReturn(ORDER_ID, "r2", **life.common()))
    life.wait(seconds=1)
    with pytest.raises(om.NotReturnable):
        life.do(om.AuthorizeReturn(ORDER_ID, "r3", (("tee", 1),), **life.common()))


def test_goods_from_a_till_are_returned_and_called_off_like_others() -> None:
    cash = DraftTender("cash", "cash", usd(6600), captured=True)
    draft = a_draft(
        [a_line(fulfilled_by="taken")], shipping=0, tenders=(cash,), taken_at="soho", destination=None
    )
    life = Life()
    life.place(draft)
    life.wait(days=30)
    life.do(om.AuthorizeReturn(ORDER_ID, "r1", (("tee", 2),), **life.common()))
    life.do(om.CancelReturn(ORDER_ID, "r1", **life.common()))
    life.do(om.AuthorizeReturn(ORDER_ID, "r2", (("tee", 3),), **life.common()))
    made = life.do(om.ReceiveReturn(ORDER_ID, "r2", "soho", (("tee", 1),), **life.common()))
    assert asked(made) == [("refund", "cash", 2200)]
    made = life.do(om.ReceiveReturn(ORDER_ID, "r2", "soho", **life.common()))
    assert asked(made) == [("refund", "cash", 4400)]
    assert life.order.status == "returned"


def test_a_fee_is_never_paid_to_anybody() -> None:
    """M9: nothing is kept back of a unit without a price, and never more than its net."""
    life = Life(context(restocking_fee=Ratio.percent("100"))).delivered(
        a_draft([a_line(price=0, quantity=2), a_line("mug", 1, 1000)], shipping=0)
    )
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 2), ("mug", 1)), **life.common()))
    made = life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    assert asked(made) == [("refund", "card", 100)], "the tax comes back in full"
    life = Life(context(restocking_fee=Ratio.percent("150"))).delivered(
        a_draft([a_line("mug", 1, 1000)], shipping=0)
    )
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("mug", 1),), **life.common()))
    assert asked(life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))) == [
        ("refund", "card", 100)
    ]


# -- money -----------------------------------------------------------------------------------------


def test_what_a_channel_gave_back_out_of_goodwill_is_not_captured_again() -> None:
    life = placed()
    life.allocate(("tee", "nyc", 1))
    life.ship()
    life.approve_all()
    held = life.order.payments.captured
    refunded = DraftTender("card", "gateway", usd(8200), authorized=True, refunded=usd(500))
    made = told(life, tenders=(refunded,))
    assert asked(made) == []
    assert life.order.payments.captured == held
    life.allocate(("tee", "nyc", 2), ("mug", "nyc", 1))
    made = life.ship(3)
    assert asked(made) == [("capture", "card", 8200 - held)], "all captures come to what was earned"


def test_a_decline_of_a_capture_does_not_strand_a_refund() -> None:
    life = placed()
    life.allocate(("tee", "nyc", 1))
    life.ship()
    life.approve_all()
    life.deliver_all()
    life.allocate(("tee", "nyc", 2), ("mug", "nyc", 1))
    life.ship(3)
    life.approve_all("declined")
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3), ("mug", 1)), **life.common()))
    made = life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    assert asked(made) == [("refund", "card", 2200)], "of 27.00 that was captured shipping stays"
    life.approve_all()
    assert life.order.payments.balance == 0


def test_a_capture_that_was_declined_is_not_owed_once_the_goods_are_back() -> None:
    life = shipped(placed())
    life.approve_all("declined")
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3), ("mug", 1)), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    made = life.do(om.RetryPayment(ORDER_ID, "card", **life.common()))
    assert asked(made) == [("capture", "card", 500), ("void", "card", 7700)]


def test_a_refund_that_was_declined_is_asked_again_only_after_a_person_said_so() -> None:
    life = placed(PAID)
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    life.approve_all("declined")
    assert life.order.payments.requests == {}
    life.do(om.RecordPayment(ORDER_ID, "card", usd(100), **life.common()))
    assert life.order.payments.requests == {}, "money that comes does not unblock the card"
    made = life.do(om.RetryPayment(ORDER_ID, "card", **life.common()))
    assert asked(made) == [("refund", "card", 8300)]


def test_a_declined_card_is_not_authorized_for_an_order_that_is_over() -> None:
    life = Life()
    life.place()
    life.approve_all("declined")
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert asked(life.do(om.RetryPayment(ORDER_ID, "card", **life.common()))) == []


def test_an_authorization_that_comes_after_the_end_is_voided() -> None:
    life = Life()
    life.place()
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert asked(life.approve_all()) == [("void", "card", 1_000_000)]


def test_a_capture_under_way_is_not_asked_twice_and_a_late_yes_is_refunded() -> None:
    life = shipped(placed())
    life.approve_all("unknown")
    made = life.do(om.RecordPayment(ORDER_ID, "wire", usd(8200), **life.common()))
    assert asked(made) == []
    assert asked(life.approve_all()) == [("refund", "wire", 8200)]


def test_an_embedders_policy_cannot_capture_or_refund_more_than_there_is() -> None:
    greedy = context(
        capture_over=lambda amount, shares: [("card", amount * 9), ("nobody", 5), ("card", 1)],
        refund_over=lambda amount, shares: [("card", amount * 9), ("card", amount), ("x", -1)],
    )
    life = shipped(placed(life=Life(greedy)))
    assert [request.amount for request in life.order.payments.requests.values()] == [8200]
    life.approve_all()
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("mug", 1),), **life.common()))
    made = life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    assert asked(made) == [("refund", "card", 1100)]


def priced(*line: tuple[Any, ...], lines: int = 1) -> Any:
    return lambda draft: Priced((line,) * lines, ())


@pytest.mark.parametrize(
    "policies",
    [
        {"capturable": lambda order: 1000.5},
        {"capturable": lambda order: None},
        {"capturable": lambda order: True},
        {"capture_over": lambda amount, shares: [("card", 12.5)]},
        {"capture_over": lambda amount, shares: [("card", True)]},
        {"capture_over": lambda amount, shares: [7]},
        {"capture_over": lambda amount, shares: None},
        {"pricing": lambda draft: None},
        {"pricing": priced((1, 3, 5, 0, 0), lines=2)},
        {"pricing": priced((1, 2, 5, 0, 0))},
        {"pricing": priced((1, 2, 5, 0, 0), (2, 3, 5, 0, 0))},
        {"pricing": priced((1, 3, 5.5, 0, 0))},
        {"pricing": priced((1, 3, 5, 0, 3))},
        {"restocking_fee": 0.1},
        {"return_window": 30},
        {"refund_over": "card_first"},
    ],
)
def test_m1_what_a_policy_gives_that_is_no_money_is_refused_by_its_name(policies: dict[str, Any]) -> None:
    """No float becomes money, whoever makes it, and nothing is half done (M1, C3)."""

    def until_shipped() -> None:
        life = Life(context(**policies))
        life.place(a_draft([a_line()], shipping=0))
        life.approve_all()
        life.allocate(("tee", "nyc", 3))
        life.ship()

    with pytest.raises(InvalidType) as error:
        until_shipped()
    assert error.value.path.startswith("policies.")


def test_what_is_due_is_never_voided_though_a_policy_does_not_capture_it_yet() -> None:
    """M8: a policy that captures by hand gets to capture."""
    by_hand = context(capture_over=lambda amount, shares: [])
    card = DraftTender("card", "gateway", usd(9000), authorized=True)
    life = shipped(placed(card, life=Life(by_hand)))
    assert [(r.kind, r.amount) for r in life.order.payments.requests.values()] == [("void", 800)]


# -- fulfillment -----------------------------------------------------------------------------------


def test_a_ship_complete_order_waits_until_all_of_it_is_allocated_again() -> None:
    """R3: after a short pick the rest does not go ahead."""
    life = placed(ship_complete=True)
    with pytest.raises(om.ShipCompleteBroken):
        life.allocate(("tee", "nyc", 3))
    life.allocate(("tee", "nyc", 3), ("mug", "lax", 1))
    life.do(om.ReportShortPick(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 1),), **life.common()))
    with pytest.raises(om.ShipCompleteBroken):
        life.ship(2)
    life.allocate(("tee", "lax", 1))
    life.ship(2)


def test_work_is_collected_or_shipped_or_cancelled_as_its_chart_says() -> None:
    life = placed(shipping=0, destination=None, pickup_at="soho")
    life.allocate(("tee", "soho", 3), ("mug", "soho", 1))
    work = f"{ORDER_ID}-F1"
    for event in ("accept", "ready"):
        life.do(om.AdvanceFulfillment(ORDER_ID, work, event, **life.common()))
    life.do(om.CollectUnits(ORDER_ID, work, (("tee", 2),), **life.common()))
    assert life.order.progress.work[work].status == "partially_shipped"
    life.do(om.CollectUnits(ORDER_ID, work, (("mug", 1), ("tee", 1)), **life.common()))
    assert life.order.progress.work[work].status == "collected"


def test_work_of_which_a_part_went_out_is_not_called_cancelled() -> None:
    life = placed()
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    work = f"{ORDER_ID}-F1"
    life.ship(1, (("tee", 1),))
    life.do(om.AdvanceFulfillment(ORDER_ID, work, "pack", **life.common()))
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert life.order.progress.work[work].status == "shipped"
    with pytest.raises(IllegalTransition):
        life.ship(1)


def test_cancelling_an_order_relieves_every_location_that_works_on_it() -> None:
    """S7."""
    life = placed()
    life.allocate(("tee", "nyc", 1), ("tee", "lax", 1), ("mug", "soho", 1))
    (cancelled,) = [
        event
        for event in life.do(om.CancelUnits(ORDER_ID, **life.common()))
        if type(event) is ev.UnitsCancelled
    ]
    assert [location for _, location, _ in cancelled.freed] == ["nyc", "lax", "soho"]
    assert {work.status for work in life.order.progress.work.values()} == {"cancelled"}


def test_a_person_cannot_place_the_validations_own_holds() -> None:
    """They would be released by themselves, or two holds would have one name."""
    for hold_id, owner in (("h", "validation"), ("validation-payment", "person")):
        with pytest.raises(InvalidType):
            om.PlaceHold(ORDER_ID, hold_id, "fraud", owner, key="k", at=T0)


# -- what a channel tells --------------------------------------------------------------------------


def test_each_hold_is_released_by_itself() -> None:
    life = placed()
    for name in ("h1", "h2"):
        life.do(om.PlaceHold(ORDER_ID, name, "fraud", **life.common()))
    life.do(om.ReleaseHold(ORDER_ID, "h1", **life.common()))
    assert ([hold.id for hold in life.order.standing.holds], life.order.status) == (["h2"], "on_hold")


def test_money_that_was_given_back_covers_nothing() -> None:
    back = DraftTender("card", "gateway", usd(8200), captured=True, refunded=usd(8200))
    assert [hold.kind for hold in placed(back).order.standing.holds] == ["payment"]


def test_nothing_is_authorized_for_an_order_that_its_channel_has_cancelled() -> None:
    life = Life()
    made = life.do(om.ImportOrder(a_draft(cancelled=True), order_id=ORDER_ID, **life.common()))
    assert asked(made) == []
    assert life.order.status == "cancelled"


def test_what_a_channel_shipped_goes_out_as_one_shipment_and_what_it_cancelled_in_one_fact() -> None:
    lines = (a_line(cancelled=1, fulfilled=2), a_line("mug", 1, 1000, fulfilled=1))
    made = told(placed(), lines=lines)
    assert [type(event) for event in made].count(ev.ChannelShipped) == 1
    assert [type(event) for event in made].count(ev.UnitsCancelled) == 1
    assert asked(made) == [("capture", "card", 6000), ("void", "card", 2200)]


def test_what_a_channel_shipped_already_needs_no_address() -> None:
    """An address is asked for while something is still to be shipped, and not after."""
    lines = (a_line(quantity=3), a_line("mug", 1, 1000))
    gone = tuple(attrs.evolve(line, fulfilled=line.quantity) for line in lines)
    life = placed(lines=lines, destination=None)
    assert [hold.kind for hold in life.order.standing.holds] == ["address"]
    told(life, lines=gone, destination=None)
    assert not life.order.standing.holds
    assert life.order.status == "fulfilled"
    at_once = Life()
    at_once.do(om.ImportOrder(a_draft(gone, destination=None), order_id=ORDER_ID, **at_once.common()))
    assert not any(hold.kind == "address" for hold in at_once.order.standing.holds)


def test_a_channel_counts_what_it_cancelled_since_the_beginning() -> None:
    """Told of one, then of two, two are cancelled and not three; free units go before claimed ones."""
    life = placed(lines=(a_line(quantity=4, price=1000),))
    life.allocate(("tee", "nyc", 2))
    told(life, 1, lines=(a_line(quantity=4, price=1000, cancelled=1),))
    told(life, 2, lines=(a_line(quantity=4, price=1000, cancelled=2),))
    assert un.in_state(life.order.progress.units[0], un.CANCELLED) == ((3, 4),)
    life = placed(lines=(a_line(quantity=4, price=1000),))
    life.allocate(("tee", "nyc", 2))
    told(life, 1, lines=(a_line(quantity=4, price=1000, cancelled=3),))
    assert un.in_state(life.order.progress.units[0], un.CANCELLED) == ((2, 4),)
    assert un.in_state(life.order.progress.units[0], un.ALLOCATED) == ((1, 1),)


def test_what_cannot_be_acted_on_becomes_a_task() -> None:
    """C7: never silently dropped."""
    life = shipped(placed())
    lines = (a_line(returned=2), a_line("mug", 1, 1000, cancelled=1))
    assert late(told(life, 1, lines=lines)) == [
        ("cancelled_after_shipping", "mug"),
        ("returned_elsewhere", "tee"),
    ]
    lines = (a_line(quantity=4), a_line("cap", 1, 500))
    assert late(told(life, 2, lines=lines)) == [
        ("line_changed", "tee"),
        ("line_added", "cap"),
        ("line_removed", "mug"),
    ]
    assert late(told(life, 3, cancelled=True)) == [("cancelled_after_shipping", "")]
    gift = DraftTender("gift", "gateway", usd(10), authorized=True)
    assert late(told(life, 4, tenders=(CARD, gift))) == [("tender_added", "gift")]
    more = DraftTender("card", "gateway", usd(9000), captured=True)
    life.approve_all()
    assert late(told(life, 5, tenders=(more,))) == [("tender_changed", "card")]
    assert life.order.payments.captured == 8200


def test_a_new_address_is_a_task_while_something_is_still_to_be_shipped() -> None:
    from omcore.kernel import Place

    life = placed()
    assert late(told(life, 1, destination=Place("US", "CA", "90001"))) == [("destination_changed", "")]
    shipped(life)
    assert late(told(life, 2, destination=Place("US", "CA", "90001"))) == []


def test_money_for_a_line_that_is_not_on_the_order_is_not_sent_back() -> None:
    """The customer added a cap at the channel and paid for it: a task, and no refund."""
    life = placed(PAID)
    lines = (a_line(), a_line("mug", 1, 1000), a_line("cap", 1, 500))
    cap = DraftTender("cap", "gateway", usd(550), captured=True)
    made = told(life, lines=lines, tenders=(PAID, cap))
    assert late(made) == [("line_added", "cap"), ("tender_added", "cap")]
    assert asked(made) == []


def test_money_that_a_channel_captured_is_taken_in_once() -> None:
    life = placed()
    shipped(life)
    made = told(life, 1, tenders=(PAID,))
    assert not [event for event in made if type(event) is ev.PaymentReceived], "ours is under way"
    life.approve_all()
    assert life.order.payments.captured == 8200
    assert life.order.payments.balance == 0


def test_a_late_payment_of_a_cancelled_order_is_refunded_once() -> None:
    """M11, by way of a snapshot."""
    life = Life()
    life.place(a_draft(tenders=()))
    told(life, 1, tenders=(), cancelled=True)
    assert asked(told(life, 2, cancelled=True, tenders=(PAID,))) == [("refund", "card", 8200)]
    assert asked(told(life, 3, cancelled=True, tenders=(PAID,))) == []
    refunded = DraftTender("card", "gateway", usd(8200), captured=True, refunded=usd(8200))
    assert asked(told(life, 4, cancelled=True, tenders=(refunded,))) == []
    life.approve_all()
    assert life.order.payments.balance == 0


REMITTED = (Tax("facilitator", amount=usd(200), collected_by="channel"),)


def marketplace(*tenders: DraftTender, **more: Any) -> Any:
    """Two units at 10.00, of 22.00 the marketplace remits 2.00 itself."""
    line = a_line(quantity=2, price=1000, taxes=REMITTED, **more)
    return {"lines": (line,), "shipping": 0, "tenders": tenders}


def test_remitted_tax_leaves_the_channels_own_tender_first() -> None:
    """M13 with several tenders."""
    channel = DraftTender("amz", "channel", usd(150), captured=True)
    card = DraftTender("card", "gateway", usd(2050), authorized=True)
    life = Life()
    life.place(a_draft(**marketplace(channel, card)))
    tenders = life.order.payments.tenders
    assert (tenders["amz"].captured, tenders["card"].authorized) == (0, 2000)


def test_remitted_tax_is_not_taken_in_with_a_payment_that_comes_later() -> None:
    """M13: 22.00 arrive, 20.00 are the merchant's, and nothing is to be refunded."""
    life = Life()
    life.place(a_draft(**marketplace()))
    paid = DraftTender("amz", "channel", usd(2200), captured=True)
    made = told(life, **marketplace(paid))
    assert life.order.payments.captured == 2000
    assert asked(made) == []


def test_remitted_tax_is_never_taken_from_money_that_is_held_already() -> None:
    """M13: 5.00 of the channel came first and were the merchant's; the 2.00 are in what comes later."""
    first = DraftTender("amz", "channel", usd(500), captured=True)
    life = Life()
    life.place(a_draft(**marketplace(first)))
    made = told(life, **marketplace(first, DraftTender("card", "gateway", usd(1700), captured=True)))
    assert life.order.payments.captured == 2000
    assert asked(made) == []


def test_remitted_tax_is_not_noted_as_refunded_by_the_merchant() -> None:
    """M13: of 11.00 that the channel gave back for one unit, 1.00 was its own."""
    paid = DraftTender("amz", "channel", usd(2200), captured=True)
    back = DraftTender("amz", "channel", usd(2200), captured=True, refunded=usd(1100))
    life = Life()
    life.place(a_draft(**marketplace(paid)))
    told(life, **marketplace(back, cancelled=1))
    assert life.order.payments.refunded == 1000
    assert life.order.payments.balance == 0
    life = Life()
    life.place(a_draft(**marketplace(paid)))
    life.allocate(("tee", "nyc", 2))
    life.ship()
    life.deliver_all()
    told(life, **marketplace(back, returned=1))
    assert life.order.payments.refunded == 1000
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 1),), **life.common()))
    made = life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    assert asked(made) == [], "it was refunded already"
    assert life.order.payments.balance == 0


def test_an_import_before_anything_was_placed_says_everything_at_once() -> None:
    life = Life()
    lines = (a_line(cancelled=1, fulfilled=1, returned=1), a_line("mug", 1, 1000))
    tender = DraftTender("card", "gateway", usd(8200), captured=True, refunded=usd(2200))
    made = life.do(om.ImportOrder(a_draft(lines, tenders=(tender,)), order_id=ORDER_ID, **life.common()))
    assert asked(made) == []
    assert late(made) == [("returned_elsewhere", "tee")]
    assert life.order.status == "partially_fulfilled"
    assert life.order.payments.balance == 0


def test_erased_stays_erased() -> None:
    life = placed()
    life.do(om.ErasePersonalData(ORDER_ID, **life.common()))
    told(life)
    assert life.order.standing.erased


# -- the door --------------------------------------------------------------------------------------


def test_a_stream_begins_with_the_placing_and_nothing_else() -> None:
    with pytest.raises(UnknownEvent):
        om.replay([ev.PersonalDataErased(T0)])
    with pytest.raises(UnknownEvent):
        om.evolve(None, "placed")
    with pytest.raises(InvalidType):
        om.replay(5)  # type: ignore[arg-type]  # on purpose
    for wrong in ({"order": "o"}, {"context": None}):
        arguments: Any = {"order": None, "context": om.default_context(), **wrong}
        with pytest.raises(InvalidType):
            om.decide(arguments["order"], om.CancelUnits("o", key="k", at=T0), arguments["context"])


def test_the_seen_instant_only_ever_rises() -> None:
    life = placed()
    life.now = T0 - timedelta(hours=3)
    life.do(om.RequestCancel(ORDER_ID, **life.common()))
    assert life.order.seen_at == T0
    assert all(event.at == T0 for event in life.events)


def test_a_negative_charge_is_no_refund_of_its_own() -> None:
    """Cash rounding of a cent is part of the total and moves with the first shipment."""
    life = Life()
    draft = om.OrderDraft(
        a_draft().ref,
        "USD",
        (a_line(quantity=1, price=1000, taxes=()),),
        T0,
        destination=a_draft().destination,
        charges=(Charge("rounding", usd(-1)),),
        tenders=(DraftTender("card", "gateway", usd(999), authorized=True),),
    )
    life.place(draft)
    life.allocate(("tee", "nyc", 1))
    assert asked(life.ship()) == [("capture", "card", 999)]


def test_a_reply_without_a_reference_leaves_the_one_that_is_known() -> None:
    life = Life()
    life.place()
    (authorization,) = life.order.payments.requests
    life.do(om.RecordPaymentOutcome(ORDER_ID, authorization, "approved", "auth-77", **life.common()))
    shipped(life).approve_all()
    tender = life.order.payments.tenders["card"]
    assert (tender.captured, tender.reference) == (8200, "auth-77")


def test_goods_that_are_sent_after_others_were_lost_and_refunded_are_paid_for() -> None:
    """M8: what was captured for goods that never came, and given back, pays for nothing else."""
    card = (DraftTender("card", "gateway", usd(10_000), authorized=True),)
    life = Life()
    life.place(a_draft((a_line("tee", 2, 2000), a_line("cap", 1, 100)), tenders=card, shipping=0))
    life.allocate(("tee", "nyc", 2))
    life.ship()
    life.approve_all()
    (shipment,) = life.order.progress.shipments
    life.do(om.AdvanceShipment(ORDER_ID, shipment, "lose", **life.common()))
    life.do(om.ReopenShipment(ORDER_ID, shipment, **life.common()))
    life.do(om.CancelUnits(ORDER_ID, (("tee", 2),), **life.common()))
    life.approve_all()
    assert (life.order.payments.captured, life.order.payments.refunded) == (4400, 4400 - 110)
    life.do(
        om.AddTender(ORDER_ID, DraftTender("more", "gateway", usd(5000), authorized=True), **life.common())
    )
    life.do(om.ProposeEdit(ORDER_ID, "e", (om.AddLine(a_line("hat", 1, 3000)),), **life.common()))
    life.do(om.ConfirmEdit(ORDER_ID, "e", **life.common()))
    life.allocate(("cap", "nyc", 1), ("hat", "nyc", 1))
    life.do(om.ShipUnits(ORDER_ID, list(life.order.progress.work)[-1], **life.common()))
    life.approve_all()
    assert life.order.payments.held == life.order.payments.owed == 110 + 3300
