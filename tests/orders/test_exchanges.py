"""Exchanges: goods are sent for goods that come back - even, dearer, cheaper, before and after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from omcore import orders as om
from omcore.kernel import Command, IllegalTransition, OmcoreError, Ratio
from omcore.orders import events as ev
from omcore.orders.draft import DraftLine, DraftTender
from order_life import ORDER_ID, Life, a_draft, a_line, usd

CARD = (DraftTender("card", "gateway", usd(8200)),)


def delivered(**policies: Any) -> Life:
    """Three tees (22.00 each) and a mug (11.00) with the customer; the card is used up: 82.00."""
    life = Life(om.OrderContext(om.default_context().catalog, om.Policies(**policies), om.DEFAULT_RULES))
    life.delivered(a_draft(tenders=CARD))
    assert life.order.payments.captured == 8200
    return life


def new(line_id: str = "tee-l", quantity: int = 1, price: int = 2000) -> DraftLine:
    return a_line(line_id, quantity, price)


def exchange(life: Life, lines: Any, items: Any = (("tee", 1),), name: str = "x", **more: Any) -> list[Any]:
    lines = (lines,) if type(lines) is DraftLine else lines
    command = om.AuthorizeExchange(ORDER_ID, name, f"r-{name}", items, lines, **more, **life.common())
    return life.do(command)


def back(life: Life, items: Any = (), name: str = "x", **more: Any) -> list[Any]:
    return life.do(om.ReceiveReturn(ORDER_ID, f"r-{name}", "nyc", items, **more, **life.common()))


def send(life: Life, line: str = "tee-l", quantity: int = 1) -> None:
    """Route, ship, deliver."""
    life.allocate((line, "nyc", quantity))
    life.ship(len(life.order.progress.work) + len(life.order.progress.shipments))
    life.approve_all()
    life.deliver_all()


def ended(events: list[Any]) -> list[tuple[str, str]]:
    return [(event.outcome, event.cause) for event in events if type(event) is ev.ExchangeEnded]


def asked(events: list[Any]) -> list[tuple[str, int]]:
    return [(event.kind, event.amount) for event in events if type(event) is ev.PaymentRequested]


def paid(life: Life) -> int:
    return life.order.payments.captured - life.order.payments.refunded


# -- goods first -------------------------------------------------------------------------------


def test_an_even_exchange_moves_no_money_and_sends_the_new_goods_when_the_old_are_back() -> None:
    life = delivered()
    assert asked(exchange(life, new())) == []
    assert "tee-l" not in life.order.terms.index
    events = back(life)
    assert asked(events) == []
    assert ended(events) == [("completed", "")]
    assert life.order.status == "partially_fulfilled"
    send(life)
    assert life.order.status == "partially_returned"
    assert (paid(life), life.order.payments.balance) == (8200, 0)


def test_an_order_of_which_all_comes_back_goes_on_with_what_is_sent_for_it() -> None:
    life = delivered()
    exchange(life, new(quantity=3), (("tee", 3), ("mug", 1)))
    events = back(life)
    assert "returned" not in [event.target for event in events if type(event) is ev.OrderStatusChanged]
    assert life.order.status == "partially_fulfilled"


def test_a_cheaper_exchange_refunds_the_rest_once_when_the_goods_are_back() -> None:
    life = delivered()
    exchange(life, new(price=1500))
    assert asked(back(life)) == [("refund", 2200 - 1650)]
    life.approve_all()
    send(life)
    assert (paid(life), life.order.payments.balance) == (8200 - 550, 0)


def test_a_dearer_exchange_waits_for_its_difference_and_goes_on_when_it_is_authorized() -> None:
    life = delivered()
    assert asked(exchange(life, new(price=3000))) == [("authorize", 1100)]
    assert life.order.progress.returns == {}
    events = life.approve_all()
    assert [type(event) for event in events] == [
        ev.PaymentApproved,
        ev.ExchangeStarted,
        ev.ReturnAuthorized,
    ], "and what was authorized is not voided, though nothing is open (M8)"
    assert asked(back(life)) == []
    send(life)
    assert (paid(life), life.order.payments.balance) == (8200 + 1100, 0)


def test_a_declined_difference_unwinds_cleanly() -> None:
    life = delivered()
    before = life.order
    exchange(life, new(price=3000))
    assert ended(life.approve_all("declined")) == [("declined", "not_paid")]
    after = life.order
    assert after.progress == before.progress
    assert after.terms == before.terms
    assert after.standing == before.standing
    assert after.amendments is before.amendments
    assert after.payments.owed == before.payments.owed
    assert after.payments.accounts == before.payments.accounts
    assert after.payments.requests == {}
    life.do(om.AuthorizeReturn(ORDER_ID, "plain", (("tee", 3),), **life.common()))


def test_a_difference_that_is_paid_in_cash_is_kept_for_the_exchange() -> None:
    life = Life()
    life.delivered(a_draft(tenders=(DraftTender("till", "cash", usd(8200), captured=True),)))
    exchange(life, new(price=3000))
    events = life.do(om.RecordPayment(ORDER_ID, "till", usd(1100), **life.common()))
    assert asked(events) == []
    assert type(events[1]) is ev.ExchangeStarted
    assert asked(back(life)) == []
    send(life)
    assert life.order.payments.balance == 0


def test_an_unanswered_difference_keeps_the_exchange_waiting() -> None:
    life = delivered()
    exchange(life, new(price=3000))
    life.approve_all("unknown")
    assert life.order.progress.returns == {}
    life.approve_all()
    assert life.order.progress.returns["r-x"].status == "authorized"


def test_goods_that_come_back_in_parts_are_refunded_only_as_far_as_nothing_is_sent_for_them() -> None:
    life = delivered()
    exchange(life, new(quantity=2), (("tee", 2),))
    assert asked(back(life, (("tee", 1),))) == []
    assert asked(back(life)) == []
    assert life.order.payments.balance == 2200 * 2 - 2200 * 2
    send(life, quantity=2)
    assert (paid(life), life.order.payments.balance) == (8200, 0)


def test_what_is_not_sent_back_makes_the_exchange_a_refund_of_what_was() -> None:
    life = delivered()
    exchange(life, new(quantity=2), (("tee", 2),))
    assert asked(back(life, (("tee", 1),))) == []
    events = life.do(om.CancelReturn(ORDER_ID, "r-x", **life.common()))
    assert ended(events) == [("refunded", "not_accepted")]
    assert asked(events) == [("refund", 2200)]
    assert "tee-l" not in life.order.terms.index


def test_a_dearer_exchange_that_becomes_a_refund_voids_its_difference() -> None:
    life = delivered()
    exchange(life, new(price=3000))
    life.approve_all()
    events = life.do(om.CancelReturn(ORDER_ID, "r-x", **life.common()))
    assert asked(events) == [("void", 1100)]


def test_a_replacement_that_is_out_of_stock_becomes_a_refund_of_what_came_back() -> None:
    life = delivered()
    exchange(life, new())
    back(life)
    assert asked(life.do(om.CancelUnits(ORDER_ID, (("tee-l", 1),), **life.common()))) == [("refund", 2200)]


def test_what_was_sent_is_returned_in_turn() -> None:
    life = delivered()
    exchange(life, new(price=1500))
    back(life)
    life.approve_all()
    send(life)
    life.do(om.AuthorizeReturn(ORDER_ID, "again", (("tee-l", 1),), **life.common()))
    assert asked(life.do(om.ReceiveReturn(ORDER_ID, "again", "nyc", **life.common()))) == [("refund", 1650)]


def test_the_restocking_fee_of_what_comes_back_is_part_of_the_difference() -> None:
    life = delivered(restocking_fee=Ratio.percent("10"))
    assert asked(exchange(life, new())) == [("authorize", 200)]
    life.approve_all()
    back(life)
    send(life)
    assert (paid(life), life.order.payments.balance) == (8200 + 200, 0)


def test_two_dearer_exchanges_each_have_their_own_difference() -> None:
    life = delivered()
    exchange(life, new("l1", price=3000), name="x1")
    life.approve_all()
    assert asked(exchange(life, new("l2", price=3000), name="x2")) == [("authorize", 1100)]
    life.approve_all()
    back(life, name="x2")
    back(life, name="x1")
    send(life, "l1")
    send(life, "l2")
    assert (paid(life), life.order.payments.balance) == (8200 + 2200, 0)


def test_an_exchange_can_be_called_off_before_anything_came_back() -> None:
    life = delivered()
    exchange(life, new(price=3000))
    life.approve_all()
    events = life.do(om.CancelExchange(ORDER_ID, "x", **life.common()))
    assert ended(events) == [("cancelled", "")]
    assert asked(events) == [("void", 1100)]
    assert life.order.progress.returns["r-x"].status == "cancelled"


def test_an_exchange_that_is_called_off_may_become_a_return() -> None:
    life = delivered()
    exchange(life, new())
    life.do(om.CancelExchange(ORDER_ID, "x", keep_return=True, **life.common()))
    assert asked(back(life)) == [("refund", 2200)]


def test_an_exchange_on_hold_goes_on_but_what_it_adds_waits() -> None:
    life = delivered()
    exchange(life, new())
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    back(life)
    assert life.order.status == "on_hold"
    with pytest.raises(om.OrderOnHold):
        life.allocate(("tee-l", "nyc", 1))


# -- in advance --------------------------------------------------------------------------------


def test_goods_sent_in_advance_are_paid_by_those_that_come_back() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    assert paid(life) == 8200
    assert asked(back(life)) == []
    assert (paid(life), life.order.payments.balance, life.order.amendments.exchanges) == (8200, 0, {})


def test_other_goods_of_the_order_are_captured_while_an_advance_exchange_is_under_way() -> None:
    life = Life()
    life.place(a_draft(tenders=(DraftTender("card", "gateway", usd(8200)),)))
    life.approve_all()
    life.allocate(("tee", "nyc", 3))
    life.ship()
    life.approve_all()
    life.deliver_all()
    exchange(life, new(), advance=True)
    life.allocate(("mug", "nyc", 1))
    assert asked(life.ship(3)) == [("capture", 1100)]


def test_what_does_not_come_back_in_time_is_charged() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    life.wait(days=14)
    events = life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert asked(events) == [("authorize", 2200)]
    assert asked(life.approve_all()) == [("capture", 2200)]
    assert ended(life.events) == [("charged", "")]
    life.approve_all()
    assert (paid(life), life.order.payments.balance) == (8200 + 2200, 0)


def disputed(life: Life) -> None:
    life.do(om.RecordChargeback(ORDER_ID, "cb", "card", usd(500), **life.common()))


def given_out_of_goodwill(life: Life) -> None:
    """The channel gave money back that was owed all the same."""
    tender = DraftTender("card", "gateway", usd(8200), captured=True, refunded=usd(500))
    life.do(om.ImportOrder(a_draft(tenders=(tender,), source_version=2), ORDER_ID, **life.common()))


@pytest.mark.parametrize("gone", [disputed, given_out_of_goodwill])
def test_what_is_charged_is_what_was_sent_and_not_what_went_otherwise(gone: Callable[[Life], None]) -> None:
    """M8: nobody captures it, so nobody asks for it; or it would be authorized and voided for ever."""
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    gone(life)
    life.wait(days=14)
    assert asked(life.do(om.MeetDeadlines(ORDER_ID, **life.common()))) == [("authorize", 2200)]
    assert asked(life.approve_all()) == [("capture", 2200)]
    assert asked(life.approve_all()) == []
    assert ended(life.events) == [("charged", "")]
    assert life.order.payments.balance == 500


def test_what_an_exchange_comes_to_is_told_when_it_is_agreed() -> None:
    """Three hats at 7.00 and a mug's saucer at 1.00 for a tee: 4.40 more, taxes included."""
    life = delivered()
    events = exchange(life, (new("hat", 3, 700), new("saucer", 1, 100)))
    (agreed,) = [event for event in events if type(event) is ev.ExchangeAuthorized]
    assert (agreed.net, agreed.tax, agreed.back, agreed.due) == (2200, 220, 2200, 220)


def test_an_order_on_account_is_not_charged_for_goods_that_are_on_their_way_back() -> None:
    """Nothing of it is paid, and a person waived that; what was sent in advance is paid by what comes."""
    life = Life()
    life.place(a_draft(tenders=()))
    life.do(om.ReleaseHold(ORDER_ID, "validation-payment", **life.common()))
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    life.deliver_all()
    exchange(life, new(), advance=True)
    send(life)
    assert not [event for event in life.events if type(event) is ev.ExchangeCharged]
    assert life.order.standing.holds == ()
    back(life)
    assert ended(life.events) == [("completed", "")]
    assert life.order.payments.balance == 8200


def test_what_is_expected_back_pays_for_other_things_only_as_far_as_it_is_not_kept_as_a_fee() -> None:
    """M9: a tenth of the net is kept: 20.00 of the 22.00 pay for what was sent, 2.00 were asked for."""
    life = delivered(restocking_fee=Ratio(1, 10))
    assert asked(exchange(life, new(), advance=True)) == [("authorize", 200)]
    life.approve_all()
    events = life.do(om.ProposeEdit(ORDER_ID, "e", (om.AddLine(a_line("cap", 1, 1000)),), **life.common()))
    assert [event.due for event in events if type(event) is ev.EditProposed] == [1100]


def test_an_exchange_is_charged_once_whatever_else_the_order_lacks() -> None:
    """Money has no purpose written on it: what was sold on account is not drawn from the card in pieces."""
    life = delivered(due_before=lambda order, more: 0)
    exchange(life, new(), advance=True)
    life.do(om.ProposeEdit(ORDER_ID, "e", (om.AddLine(a_line("big", 1, 90_000)),), **life.common()))
    life.do(om.ConfirmEdit(ORDER_ID, "e", **life.common()))
    life.allocate(("tee-l", "nyc", 1), ("big", "nyc", 1))
    life.ship(3)
    life.wait(days=14)
    assert asked(life.do(om.MeetDeadlines(ORDER_ID, **life.common()))) == [("authorize", 2200)]
    while life.order.payments.requests:
        life.approve_all()
    assert [event.amount for event in life.events if type(event) is ev.ExchangeCharged] == [2200]
    assert ended(life.events) == [("charged", "")]
    assert life.order.payments.balance == 99_000


def test_an_order_has_twenty_exchanges_under_way() -> None:
    life = Life()
    life.delivered(a_draft([a_line("tee", 21)], tenders=(DraftTender("card", "gateway", usd(100_000)),)))
    for n in range(20):
        exchange(life, new(f"n{n}"), (("tee", 1),), f"x{n}")
    with pytest.raises(om.TooManyExchanges) as error:
        exchange(life, new("n20"), (("tee", 1),), "x20")
    assert error.value.fields == {"limit": 20}


def test_a_charge_that_is_declined_where_no_hold_has_room_leaves_the_order_underpaid() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    for n in range(20):
        life.do(om.PlaceHold(ORDER_ID, f"h{n}", "fraud", **life.common()))
    life.wait(days=14)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    life.approve_all("declined")
    assert ended(life.events) == [("unpaid", "")]
    assert life.order.payments.balance == 2200


def test_what_comes_back_after_it_was_charged_gives_back_its_worth_once() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    life.wait(days=14)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    life.approve_all()
    life.approve_all()
    assert asked(back(life)) == [("refund", 2200)]
    life.approve_all()
    assert (paid(life), life.order.payments.balance) == (8200, 0)


def test_what_comes_back_while_it_is_being_charged_is_not_charged() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    life.wait(days=14)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    back(life)
    assert asked(life.approve_all()) == [("void", 2200)]
    life.approve_all()
    assert (paid(life), life.order.payments.balance) == (8200, 0)


def test_a_charge_that_is_declined_shows_underpaid_and_holds_the_order_for_payment() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    life.wait(days=14)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    life.approve_all("declined")
    assert [(hold.kind, hold.owner) for hold in life.order.standing.holds] == [("payment", "exchange")]
    assert life.order.payments.balance == 2200
    events = life.do(om.RecordPayment(ORDER_ID, "transfer", usd(2200), **life.common()))
    assert ended(events) == [("charged", "")]
    assert (life.order.standing.holds, life.order.payments.balance) == ((), 0)


def test_a_hold_for_payment_ends_when_the_goods_come_back_after_all() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    life.wait(days=14)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    life.approve_all("declined")
    assert ended(back(life)) == [("completed", "")]
    assert (life.order.standing.holds, life.order.payments.balance, paid(life)) == ((), 0, 8200)


def test_a_tender_may_be_asked_again_for_a_charge() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    life.wait(days=14)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    life.approve_all("declined")
    assert asked(life.do(om.RetryPayment(ORDER_ID, "card", **life.common()))) == [("authorize", 2200)]
    life.approve_all()
    life.approve_all()
    assert (life.order.standing.holds, life.order.payments.balance) == ((), 0)


def test_whoever_releases_the_hold_lets_the_money_go() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    life.wait(days=14)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    life.approve_all("declined")
    assert ended(life.do(om.ReleaseHold(ORDER_ID, "exchange:x", **life.common()))) == [("unpaid", "")]
    assert life.order.payments.balance == 2200


@pytest.mark.parametrize(("seconds", "charged"), [(-1, False), (0, True)])
def test_a_return_at_the_very_moment_is_late_whether_or_not_anybody_looked(
    seconds: int, charged: bool
) -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    send(life)
    assert om.next_deadline(life.order, life.context) == life.now + timedelta(days=14)
    life.wait(days=14, seconds=seconds)
    events = back(life)
    assert (("authorize", 2200) in asked(events)) is charged


def test_a_window_of_none_waits_for_ever() -> None:
    life = delivered(exchange_window=None)
    exchange(life, new(), advance=True)
    assert om.next_deadline(life.order, life.context) is None


def test_an_advance_exchange_that_is_not_accepted_is_charged_for_what_did_not_come() -> None:
    life = delivered()
    exchange(life, new(quantity=2), (("tee", 2),), advance=True)
    send(life, quantity=2)
    assert asked(back(life, (("tee", 1),))) == []
    events = life.do(om.CancelReturn(ORDER_ID, "r-x", **life.common()))
    assert asked(events) == [("authorize", 2200)]
    life.approve_all()
    life.approve_all()
    assert (paid(life), life.order.payments.balance) == (8200 + 2200, 0)


def test_advance_goods_that_are_out_of_stock_leave_a_plain_return() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    assert asked(life.do(om.CancelUnits(ORDER_ID, (("tee-l", 1),), **life.common()))) == []
    assert asked(back(life)) == [("refund", 2200)]


def test_an_advance_exchange_is_called_off_as_long_as_nothing_left() -> None:
    life = delivered()
    exchange(life, new(), advance=True)
    before = life.order.payments.owed
    life.do(om.CancelExchange(ORDER_ID, "x", **life.common()))
    assert life.order.payments.owed == before - 2200
    assert life.order.status == "delivered"
    exchange(life, new("tee-xl"), advance=True, name="y")
    send(life, "tee-xl")
    with pytest.raises(IllegalTransition):
        life.do(om.CancelExchange(ORDER_ID, "y", **life.common()))


# -- refusals ----------------------------------------------------------------------------------


def refused(life: Life, command: Command) -> str:
    with pytest.raises(OmcoreError) as refusal:
        life.do(command)
    return refusal.value.code


def test_a_window_beyond_all_time_never_ends() -> None:
    life = delivered(exchange_window=timedelta.max, return_window=timedelta.max)
    exchange(life, new(), advance=True)
    assert life.order.amendments.exchanges["x"].due_at is None
    assert om.next_deadline(life.order, life.context) is None


def test_an_exchange_is_refused_in_documented_precedence() -> None:
    life = delivered()
    exchange(life, new(price=3000))

    def again(exchange_id: str = "y", return_id: str = "r-y", items: Any = (("tee", 1),), **more: Any) -> str:
        lines = more.pop("lines", (new("other"),))
        command = om.AuthorizeExchange(
            ORDER_ID, exchange_id, return_id, items, lines, **more, **life.common()
        )
        return refused(life, command)

    assert again("x", "r-x", (("tee", 9),)) == "exchange_exists"
    assert again("y", "r-x", (("tee", 9),)) == "return_exists"
    assert again("x", "r-x", (("cup", 9),)) == "unknown_id"
    assert again("x", "r-x", (("tee", 9),), tender_id="nobody") == "unknown_id"
    assert again(items=(("tee", 4),), lines=(new("tee"),)) == "units_not_available"
    assert again(items=(("tee", 1),), lines=(new("tee"),)) == "not_returnable", "unit 1 waits for x"
    free = (("tee", ((2, 2),)),)
    assert again(items=free, lines=(new("tee"),)) == "line_exists"
    life.do(om.CancelExchange(ORDER_ID, "x", **life.common()))
    life.do(om.AuthorizeReturn(ORDER_ID, "all", (("tee", 3), ("mug", 1)), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "all", "nyc", **life.common()))
    assert again() == "order_is_over"
    assert refused(life, om.CancelExchange(ORDER_ID, "x", **life.common())) == "unknown_id"


def test_goods_that_went_otherwise_while_the_difference_was_asked_for_end_the_exchange() -> None:
    life = delivered()
    exchange(life, new(price=3000))
    life.do(om.OpenClaim(ORDER_ID, "c", "damaged", (("mug", 1),), **life.common()))
    with pytest.raises(om.NotReturnable):
        life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3),), **life.common()))
    with pytest.raises(om.UnitsClaimed):
        life.do(om.OpenClaim(ORDER_ID, "d", "damaged", (("tee", 1),), **life.common()))


@pytest.mark.parametrize("in_store", [False, True])
def test_no_return_takes_the_name_that_a_waiting_exchange_has_for_its_own(in_store: bool) -> None:
    """C3: or the exchange, once it is paid, would write its return over the one that was there."""
    life = delivered()
    exchange(life, new(price=9000))
    mug: Any = (("mug", 1),)
    command: Command = (
        om.ReturnInStore(ORDER_ID, "r-x", "nyc", mug, **life.common())
        if in_store
        else om.AuthorizeReturn(ORDER_ID, "r-x", mug, **life.common())
    )
    with pytest.raises(om.ReturnExists):
        life.do(command)
    life.approve_all()
    back(life)
    assert life.order.progress.returns["r-x"].items == ()
