"""An order's money in business words: tenders, captures, allowances, chargebacks (M8, M10, M11, M13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omcore import orders as om
from omcore.kernel import Catalog, LimitExceeded
from omcore.orders import events as ev
from omcore.orders.draft import DraftTender
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

# 20.00 a unit, without tax or shipping: what a unit is worth is seen at once.
LINES = (a_line("tee", 3, taxes=()),)
BANK = "chargeback-cb-1"


def with_policies(**policies: Any) -> Life:
    return Life(om.OrderContext(Catalog(), om.Policies(**policies), om.DEFAULT_RULES))


def paid_with(*tenders: DraftTender, **policies: Any) -> Life:
    """Three tees at 20.00, placed; every authorization that was asked for is approved."""
    life = with_policies(**policies)
    life.place(a_draft(LINES, shipping=0, tenders=tenders))
    life.approve_all()
    return life


def gateway(name: str, minor: int, **more: Any) -> DraftTender:
    return DraftTender(name, "gateway", usd(minor), **more)


def asked(life: Life) -> list[tuple[str, str, int]]:
    return [(it.kind, it.tender_id, it.amount) for it in life.order.payments.requests.values()]


def shipped(life: Life, *counts: int) -> Life:
    """Allocated, and shipped in so many parcels."""
    life.allocate(("tee", "nyc", 3))
    for count in counts:
        life.ship(1, (("tee", count),))
    return life


def do(life: Life, command: type, *arguments: Any, **more: Any) -> list[Any]:
    return life.do(command(ORDER_ID, *arguments, **more, **life.common()))


# -- several tenders ------------------------------------------------------------------------------


def test_m8_each_shipment_captures_what_it_is_worth_from_the_tenders_in_their_order() -> None:
    gift = DraftTender("gift", "gift_card", usd(2500))
    life = shipped(paid_with(gift, gateway("card", 3500)), 1)
    assert asked(life) == [("capture", "gift", 2000)]
    life.approve_all()
    life.ship(1, (("tee", 2),))
    assert asked(life) == [("capture", "gift", 500), ("capture", "card", 3500)]
    life.approve_all()
    assert life.order.payments.standing == "paid"


def test_m10_a_refund_goes_back_in_the_reverse_order_and_no_tender_gets_more_than_it_gave() -> None:
    credit = DraftTender("credit", "store_credit", usd(2500))
    life = paid_with(credit, gateway("card", 3500))
    shipped(life, 3)
    life.approve_all()
    life.deliver_all()
    do(life, om.AuthorizeReturn, "r1", (("tee", 2),))
    do(life, om.ReceiveReturn, "r1", "nyc")
    assert asked(life) == [("refund", "card", 3500), ("refund", "credit", 500)]


def test_cash_is_asked_of_nobody_but_goes_back_over_the_counter() -> None:
    life = paid_with(DraftTender("till", "cash", usd(6000), captured=True))
    with pytest.raises(om.TenderNotAsked):
        do(life, om.CapturePayment, "till", usd(100))
    do(life, om.CancelUnits, (("tee", 1),))
    assert asked(life) == [("refund", "till", 2000)]


def test_m13_what_the_channel_holds_is_never_asked_of_the_merchants_gateway() -> None:
    life = paid_with(DraftTender("amazon", "channel", usd(6000), captured=True))
    events = do(life, om.CancelUnits, (("tee", 3),))
    (refund,) = [event for event in events if type(event) is ev.PaymentRequested]
    assert (refund.kind, refund.tender_kind, refund.amount) == ("refund", "channel", 6000)


def test_a_customer_adds_a_tender_to_an_order_that_it_pays_for() -> None:
    life = with_policies()
    life.place(a_draft(LINES, shipping=0, tenders=(gateway("card", 4000),)))
    life.approve_all()
    assert life.order.status == "on_hold", "20.00 are not covered"
    do(life, om.AddTender, DraftTender("gift", "gift_card", usd(2000)))
    assert asked(life) == [("authorize", "gift", 2000)]
    life.approve_all()
    assert life.order.status == "validated"


def test_a_tender_comes_once_by_its_name_and_twenty_are_enough() -> None:
    life = paid_with(gateway("card", 6000))
    with pytest.raises(om.TenderExists):
        do(life, om.AddTender, gateway("card", 1))
    for number in range(19):
        do(life, om.AddTender, gateway(f"more-{number}", 1))
    with pytest.raises(LimitExceeded):
        do(life, om.AddTender, gateway("one-too-many", 1))


def test_a_card_is_asked_for_more_than_it_held() -> None:
    life = paid_with(gateway("card", 6000))
    do(life, om.AuthorizePayment, "card", usd(1000))
    assert asked(life) == [("authorize", "card", 1000)]
    life.approve_all()
    assert life.order.payments.tenders["card"].authorized == 7000


def test_a_declined_card_is_not_asked_for_more_before_a_person_says_so() -> None:
    life = with_policies()
    life.place(a_draft(LINES, shipping=0, tenders=(gateway("card", 6000),)))
    life.approve_all("declined")
    with pytest.raises(om.TenderBlocked):
        do(life, om.AuthorizePayment, "card", usd(1000))
    do(life, om.RetryPayment, "card")
    assert asked(life) == [("authorize", "card", 6000)]


# -- by hand --------------------------------------------------------------------------------------


def test_captured_by_hand_it_is_taken_in_parts_and_never_more_than_is_owed() -> None:
    life = paid_with(gateway("card", 6000), capture_by_hand=True)
    shipped(life, 3)
    assert asked(life) == []
    for amount in (1500, 2500):
        do(life, om.CapturePayment, "card", usd(amount))
    with pytest.raises(om.NotCapturable) as refused:
        do(life, om.CapturePayment, "card", usd(2001))
    assert refused.value.fields == {"requested": 2001, "available": 2000}
    do(life, om.CapturePayment, "card", usd(2000))
    life.approve_all()
    assert (life.order.payments.captured, life.order.payments.balance) == (6000, 0)


def test_no_money_is_taken_by_hand_while_a_hold_keeps_it_from_being_taken() -> None:
    life = paid_with(gateway("card", 6000), capture_by_hand=True)
    do(life, om.PlaceHold, "h", "fraud", blocks=("capture",))
    with pytest.raises(om.OrderOnHold):
        do(life, om.CapturePayment, "card", usd(100))


def test_what_is_let_go_of_by_hand_leaves_an_order_that_waits_for_money() -> None:
    life = paid_with(gateway("card", 6000))
    do(life, om.VoidPayment, "card")
    assert asked(life) == [("void", "card", 6000)]
    life.approve_all()
    assert life.order.payments.tenders["card"].status == "voided"
    assert [hold.kind for hold in life.order.standing.holds] == ["payment"]
    with pytest.raises(om.NothingAuthorized):
        do(life, om.VoidPayment, "card")
    do(life, om.AddTender, DraftTender("other", "cash", usd(6000), captured=True))
    assert life.order.status == "validated", "covered again, it goes on by itself"


def test_by_hand_what_was_captured_is_not_kept_authorized_a_second_time() -> None:
    """M8: all has left; what a person has yet to capture is kept, and what goes beyond it is let go."""
    life = paid_with(gateway("card", 9000), capture_by_hand=True)
    shipped(life, 3)
    assert asked(life) == [("void", "card", 3000)]
    life.approve_all()
    do(life, om.CapturePayment, "card", usd(4000))
    life.approve_all()
    assert asked(life) == []
    do(life, om.GrantAllowance, "sorry", usd(500))
    assert asked(life) == [("void", "card", 500)]


def test_by_hand_what_is_about_to_become_store_credit_pays_for_nothing_else() -> None:
    life = paid_with(gateway("card", 6000), gateway("more", 1100), capture_by_hand=True)
    do(life, om.CapturePayment, "card", usd(6000))
    life.approve_all()
    do(life, om.GrantAllowance, "sorry", usd(500), as_credit=True)
    assert asked(life) == [("issue", "store-credit", 500)]
    do(life, om.ProposeEdit, "e", (om.AddLine(a_line("cap", 1, 1000)),))
    do(life, om.ConfirmEdit, "e")
    do(life, om.CapturePayment, "more", usd(1100))
    life.approve_all()
    assert life.order.payments.balance == 0


def test_an_order_has_a_hundred_allowances() -> None:
    life = paid_with(gateway("card", 6000))
    for n in range(100):
        do(life, om.GrantAllowance, f"a{n}", usd(1))
    with pytest.raises(LimitExceeded) as error:
        do(life, om.GrantAllowance, "a100", usd(1))
    assert error.value.fields == {"what": "allowances", "limit": 100, "got": 101}


def test_a_hold_for_payment_is_placed_once_beside_others_and_waives_nothing_when_it_ends() -> None:
    life = paid_with(gateway("card", 4000), gateway("other", 2000))
    do(life, om.PlaceHold, "h", "fraud")
    for tender in ("card", "other"):
        do(life, om.VoidPayment, tender)
        life.approve_all()
    assert [hold.id for hold in life.order.standing.holds] == ["h", "payments-uncovered"]
    events = do(life, om.AddTender, DraftTender("cash", "cash", usd(6000), captured=True))
    (released,) = [event for event in events if type(event) is ev.HoldReleased]
    assert (released.hold_id, released.released_by, released.waived) == (
        "payments-uncovered",
        "payments",
        False,
    )
    assert life.order.standing.waived == frozenset()


def test_a_tender_keeps_its_last_reference() -> None:
    life = with_policies()
    life.place(a_draft(LINES, shipping=0, tenders=(gateway("card", 6000, reference="cart-1"),)))

    def reference() -> str:
        return life.order.payments.tenders["card"].reference

    assert reference() == "cart-1"
    (request,) = life.order.payments.requests
    do(life, om.RecordPaymentOutcome, request, "approved", "auth-7")
    assert reference() == "auth-7"
    shipped(life, 3)
    life.approve_all()
    assert reference() == "auth-7", "an answer without one says nothing else"
    do(life, om.RecordPayment, "card", usd(5))
    assert reference() == "auth-7"
    do(life, om.RecordPayment, "card", usd(5), "cash", "late-9")
    assert reference() == "late-9"


def test_what_has_not_left_waits_when_the_capture_of_what_has_is_declined() -> None:
    """An authorization that cannot be captured covers nothing, until somebody lets it be asked again."""
    life = paid_with(gateway("card", 6000))
    life.allocate(("tee", "nyc", 3))
    life.ship(items=(("tee", 1),))
    life.approve_all("declined")
    assert [(hold.kind, hold.owner) for hold in life.order.standing.holds] == [("payment", "payments")]
    with pytest.raises(om.OrderOnHold):
        life.ship()
    do(life, om.RetryPayment, "card")
    assert life.order.standing.holds == ()
    assert asked(life) == [("capture", "card", 2000)]
    life.approve_all()
    life.ship()
    assert asked(life) == [("capture", "card", 4000)]


# -- time -----------------------------------------------------------------------------------------


def until(life: Life, days: int) -> Life:
    """The one request is approved for so many days."""
    (request,) = life.order.payments.requests
    do(life, om.RecordPaymentOutcome, request, "approved", expires_at=T0 + timedelta(days=days))
    return life


def authorized_for(days: int, **policies: Any) -> Life:
    life = with_policies(**policies)
    life.place(a_draft(LINES, shipping=0, tenders=(gateway("card", 6000),)))
    return until(life, days)


def test_an_authorization_is_extended_before_it_lapses_and_asked_for_once() -> None:
    life = authorized_for(7)
    do(life, om.ExtendAuthorization, "card")
    assert do(life, om.ExtendAuthorization, "card") == []
    assert asked(life) == [("extend", "card", 6000)]
    until(life, 14)
    life.wait(days=7)
    shipped(life, 3)
    assert asked(life) == [("capture", "card", 6000)]


def test_an_extension_that_is_declined_leaves_the_authorization_as_it_was() -> None:
    life = authorized_for(7)
    do(life, om.ExtendAuthorization, "card")
    life.approve_all("declined")
    tender = life.order.payments.tenders["card"]
    assert (tender.authorized, tender.expires_at) == (6000, T0 + timedelta(days=7))


def test_an_extension_without_an_end_lets_nothing_lapse() -> None:
    life = authorized_for(7)
    do(life, om.ExtendAuthorization, "card")
    life.approve_all()
    life.wait(days=7)
    assert do(life, om.MeetDeadlines) == []
    shipped(life, 3)
    assert asked(life) == [("capture", "card", 6000)]


def test_what_is_authorized_anew_does_not_expire_with_what_was_captured_long_ago() -> None:
    """Or the card would be asked again and again, and an edit that it pays for never be confirmed."""
    life = authorized_for(7)
    shipped(life, 3)
    life.approve_all()
    life.wait(days=8)
    do(life, om.ProposeEdit, "more", (om.AddLine(a_line("cap", 1, 1000, taxes=())),))
    do(life, om.AuthorizePayment, "card", usd(1000))
    life.approve_all()
    assert do(life, om.MeetDeadlines) == []
    do(life, om.ConfirmEdit, "more")
    assert life.order.payments.tenders["card"].authorized == 7000


def test_an_authorization_is_renewed_while_the_last_capture_is_not_answered() -> None:
    life = authorized_for(7)
    shipped(life, 3)
    life.wait(days=8)
    do(life, om.AuthorizePayment, "card", usd(1000))
    (capture, authorization) = life.order.payments.requests
    do(life, om.RecordPaymentOutcome, authorization, "approved")
    assert do(life, om.MeetDeadlines) == [], "what is being captured was asked for in time"
    do(life, om.RecordPaymentOutcome, capture, "approved")
    assert life.order.payments.tenders["card"].expires_at is None
    assert [entry.kind for entry in life.order.payments.requests.values()] == ["void"], "M8"


def test_what_was_authorized_for_a_time_expires_though_more_was_authorized_for_ever() -> None:
    life = authorized_for(7)
    do(life, om.AuthorizePayment, "card", usd(500))
    life.approve_all()
    assert life.order.payments.tenders["card"].expires_at == T0 + timedelta(days=7)


def test_s6_at_its_very_moment_an_authorization_has_lapsed_and_is_asked_for_anew() -> None:
    """Nobody swept: the command that comes at that moment finds it so."""
    life = authorized_for(7)
    life.allocate(("tee", "nyc", 3))
    life.wait(days=7)
    events = life.ship()
    assert [event.amount for event in events if type(event) is ev.AuthorizationLapsed] == [6000]
    assert asked(life) == [("authorize", "card", 6000)]
    life.approve_all()
    assert asked(life) == [("capture", "card", 6000)]


def test_what_lapsed_and_is_declined_when_it_is_asked_for_anew_waits() -> None:
    life = authorized_for(7)
    life.wait(days=7)
    do(life, om.MeetDeadlines)
    life.approve_all("declined")
    assert [hold.kind for hold in life.order.standing.holds] == ["payment"]
    with pytest.raises(om.OrderOnHold):
        life.allocate(("tee", "nyc", 3))


def test_by_policy_what_lapsed_is_not_asked_for_again_and_the_order_waits() -> None:
    life = authorized_for(7, reauthorize=False)
    life.wait(days=7)
    do(life, om.MeetDeadlines)
    assert asked(life) == []
    assert life.order.status == "on_hold"


def test_what_was_captured_in_time_does_not_lapse() -> None:
    life = authorized_for(7)
    shipped(life, 1)
    life.approve_all()
    life.wait(days=7)
    events = do(life, om.MeetDeadlines)
    assert [event.amount for event in events if type(event) is ev.AuthorizationLapsed] == [4000]
    assert life.order.payments.captured == 2000


# -- money without goods --------------------------------------------------------------------------


def test_goodwill_gives_back_what_was_paid_without_any_goods() -> None:
    life = shipped(paid_with(gateway("card", 6000)), 3)
    life.approve_all()
    do(life, om.GrantAllowance, "sorry", usd(700), cause="a week late")
    assert asked(life) == [("refund", "card", 700)]
    assert (life.order.payments.allowed, life.order.payments.owed) == (700, 5300)


def test_goodwill_before_anything_was_captured_is_captured_less() -> None:
    life = paid_with(gateway("card", 6000))
    do(life, om.GrantAllowance, "match", usd(700), "price_match")
    shipped(life, 3)
    assert asked(life) == [("capture", "card", 5300), ("void", "card", 700)]


def test_goodwill_as_store_credit_takes_nothing_from_the_card() -> None:
    life = shipped(paid_with(gateway("card", 6000)), 3)
    life.approve_all()
    do(life, om.GrantAllowance, "sorry", usd(700), as_credit=True)
    assert asked(life) == [("issue", "store-credit", 700)]
    life.approve_all()
    payments = life.order.payments
    assert (payments.refunded, payments.concessions.issued, payments.balance) == (0, 700, 0)
    assert payments.accounts["store_credit:issued"] == -700


def test_nobody_is_given_more_than_he_owes() -> None:
    life = paid_with(gateway("card", 6000))
    with pytest.raises(om.AllowanceTooLarge) as refused:
        do(life, om.GrantAllowance, "all-and-more", usd(6001))
    assert refused.value.fields == {"requested": 6001, "available": 6000}


def test_m6_a_return_after_goodwill_gives_back_no_more_than_was_paid() -> None:
    life = shipped(paid_with(gateway("card", 6000)), 3)
    life.approve_all()
    life.deliver_all()
    do(life, om.GrantAllowance, "sorry", usd(700))
    life.approve_all()
    do(life, om.AuthorizeReturn, "r1", (("tee", 3),))
    do(life, om.ReceiveReturn, "r1", "nyc")
    assert asked(life) == [("refund", "card", 5300)]
    life.approve_all()
    assert life.order.payments.refunded == life.order.payments.captured == 6000


# -- chargebacks ----------------------------------------------------------------------------------


def charged_back(life: Life, minor: int = 6000) -> list[Any]:
    return do(life, om.RecordChargeback, "cb-1", "card", usd(minor))


def test_a_chargeback_shows_as_underpaid_and_nothing_is_refunded_a_second_time() -> None:
    life = shipped(paid_with(gateway("card", 6000)), 3)
    life.approve_all()
    life.deliver_all()
    charged_back(life)
    assert (life.order.payments.balance, life.order.payments.standing) == (6000, "unpaid")
    do(life, om.AuthorizeReturn, "r1", (("tee", 3),))
    do(life, om.ReceiveReturn, "r1", "nyc")
    assert asked(life) == [], "the bank has given it back already"
    assert life.order.payments.balance == 0


def test_m10_what_a_bank_took_of_one_card_is_refunded_on_none() -> None:
    """30.00 on each of two cards; the bank took the second's. 40.00 come back: 10.00 are held too much."""
    life = shipped(paid_with(gateway("first", 3000), gateway("second", 3000)), 3)
    life.approve_all()
    life.deliver_all()
    do(life, om.RecordChargeback, "cb-1", "second", usd(3000))
    do(life, om.AuthorizeReturn, "r1", (("tee", 2),))
    do(life, om.ReceiveReturn, "r1", "nyc")
    assert asked(life) == [("refund", "first", 1000)]


def test_what_has_not_shipped_of_an_order_that_was_charged_back_waits_until_it_is_won() -> None:
    life = paid_with(gateway("card", 6000, captured=True))
    charged_back(life)
    (hold,) = life.order.standing.holds
    assert (hold.id, hold.kind, hold.blocks) == (BANK, "payment", ("routing", "shipping"))
    with pytest.raises(om.ChargebackExists):
        charged_back(life)
    do(life, om.ResolveChargeback, "cb-1", won=True)
    assert (life.order.status, life.order.payments.balance) == ("validated", 0)
    with pytest.raises(om.ChargebackDecided):
        do(life, om.ResolveChargeback, "cb-1", won=False)


def test_a_chargeback_that_is_lost_stays_gone_and_the_order_waits_for_a_person() -> None:
    life = paid_with(gateway("card", 6000, captured=True))
    charged_back(life, 2000)
    do(life, om.ResolveChargeback, "cb-1", won=False)
    assert life.order.status == "on_hold"
    assert life.order.payments.standing == "partially_paid"


def test_c7_a_bank_that_takes_more_than_there_was_is_a_task_and_never_refused() -> None:
    life = shipped(paid_with(gateway("card", 6000)), 1)
    life.approve_all()
    events = charged_back(life)
    (late,) = [event for event in events if type(event) is ev.LateFactNoted]
    assert late.detail == "cb-1"
    assert life.order.payments.concessions.charged_back == 2000


# -- what is due is shown -------------------------------------------------------------------------


def test_over_and_underpaid_are_shown_as_such() -> None:
    life = with_policies()
    life.place(a_draft(LINES, shipping=0, tenders=()))
    seen = [life.order.payments.standing]
    for amount in (2000, 4000, 500):
        do(life, om.RecordPayment, "transfer", usd(amount))
        seen.append(life.order.payments.standing)
    assert seen == ["unpaid", "partially_paid", "paid", "overpaid"]
    assert asked(life) == [("refund", "transfer", 500)], "too much goes back by itself"


def test_m11_debit_and_credit_stand_beside_each_other() -> None:
    life = shipped(paid_with(gateway("card", 6000)), 1)
    earned = {"receivable": 2000, "sales": -2000}
    assert dict(life.order.payments.accounts) == earned
    life.approve_all()
    assert dict(life.order.payments.accounts) == {"receivable": 0, "sales": -2000, "tender:card": 2000}


def test_m11_while_nobody_knows_what_became_of_a_capture_its_money_is_spoken_for() -> None:
    life = shipped(paid_with(gateway("card", 6000)), 1)
    (request,) = life.order.payments.requests
    life.approve_all("unknown")
    assert life.order.payments.requests[request].unknown
    life.ship(1, (("tee", 1),))
    assert asked(life) == [("capture", "card", 2000), ("capture", "card", 2000)]
    do(life, om.RecordPaymentOutcome, request, "declined")
    assert life.order.payments.tenders["card"].capturing == 2000
