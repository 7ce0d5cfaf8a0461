"""Requests to cancel: apart from cancelling, several, each answered once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.kernel import Catalog, InvalidType, OmcoreError, changed
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.selection import relocated
from omcore.orders.standing.cancel_requests import MAX_REQUESTS, split
from order_life import ORDER_ID, Life, a_draft, a_line, usd


def context(**policies: Any) -> om.OrderContext:
    return om.OrderContext(Catalog(), om.Policies(**policies), om.DEFAULT_RULES)


def paid(draft: om.OrderDraft | None = None, **policies: Any) -> Life:
    life = Life(context(**policies))
    life.place(draft)
    life.approve_all()
    return life


def ask(life: Life, request_id: str = "r1", items: Any = (), **more: Any) -> list[Any]:
    return life.do(om.RequestCancel(ORDER_ID, request_id, items, **more, **life.common()))


def answer(life: Life, accept: bool, request_id: str = "r1") -> list[Any]:
    return life.do(om.DecideCancelRequest(ORDER_ID, request_id, accept, **life.common()))


def refused(life: Life, command: Any) -> str:
    with pytest.raises(OmcoreError) as caught:
        life.do(command)
    return caught.value.code


def statuses(life: Life) -> dict[str, str]:
    return {request.id: request.status for request in life.order.standing.cancel_requests}


def cancelled(events: list[Any]) -> dict[str, Any]:
    return {line: runs for e in events if type(e) is ev.UnitsCancelled for line, runs in e.items}


def the_answer(events: list[Any]) -> ev.CancelRequestDecided:
    (found,) = [event for event in events if type(event) is ev.CancelRequestDecided]
    return found


# -- asking ----------------------------------------------------------------------------------------


def test_a_request_cancels_nothing() -> None:
    life = paid()
    (event,) = ask(life, items=(("tee", 2),), cause="changed my mind")
    assert (type(event), event.request_id, event.wanted) == (ev.CancelRequested, "r1", (("tee", 2),))
    assert life.order.progress.tally.open == 4
    assert life.order.status == "validated"
    assert life.order.standing.cancel_requested


def test_several_requests_stand_side_by_side_and_each_has_its_answer() -> None:
    life = paid()
    ask(life, "r1", (("tee", 1),))
    ask(life, "r2", (("mug", 1),))
    answer(life, False, "r1")
    assert statuses(life) == {"r1": "declined", "r2": "requested"}
    assert cancelled(answer(life, True, "r2")) == {"mug": ((1, 1),)}
    assert statuses(life) == {"r1": "declined", "r2": "accepted"}
    assert not life.order.standing.cancel_requested


def test_the_same_request_said_again_is_nothing_new_and_another_one_needs_another_id() -> None:
    life = paid()
    ask(life, "r1", (("tee", 1),))
    assert ask(life, "r1", (("tee", 1),)) == []
    assert refused(life, om.RequestCancel(ORDER_ID, "r1", **life.common())) == "cancel_request_exists"
    answer(life, False)
    again = om.RequestCancel(ORDER_ID, "r1", (("tee", 1),), **life.common())
    assert refused(life, again) == "cancel_request_exists", "it has its answer"


def test_a_request_names_units_that_there_are() -> None:
    life = paid()
    assert refused(life, om.RequestCancel(ORDER_ID, "r1", (("hat", 1),), **life.common())) == "unknown_id"
    for items in ((("tee", 4),), (("tee", ((3, 4),)),)):
        command = om.RequestCancel(ORDER_ID, "r1", items, **life.common())
        assert refused(life, command) == "units_not_available"
    life.do(om.CancelUnits(ORDER_ID, (("tee", 2),), **life.common()))
    assert (
        refused(life, om.RequestCancel(ORDER_ID, "r1", (("tee", 2),), **life.common()))
        == "units_not_available"
    )


def test_precedence_of_asking() -> None:
    """The line; a late fact where the order is over; the id, too many, its units."""
    life = paid()
    for number in range(MAX_REQUESTS):
        ask(life, f"r{number}")
    nonsense = (("tee", 9),)
    nowhere = om.RequestCancel(ORDER_ID, "r1", (("hat", 9),), **life.common())
    assert refused(life, nowhere) == "unknown_id"
    assert (
        refused(life, om.RequestCancel(ORDER_ID, "r1", nonsense, **life.common())) == "cancel_request_exists"
    )
    command = om.RequestCancel(ORDER_ID, "more", nonsense, **life.common())
    assert refused(life, command) == "too_many_cancel_requests"
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    (event,) = ask(life, "more", nonsense)
    assert (type(event), event.what, event.detail) == (ev.LateFactNoted, "cancel_requested", "more")
    assert ask(life, "more", nonsense) == [], "a task is made once (C9)"


def test_a_channel_that_says_it_with_every_snapshot_asks_once_whatever_the_answer() -> None:
    life = paid(a_draft(source_version=1))
    for version in (2, 3):
        life.do(
            om.ImportOrder(
                a_draft(source_version=version, cancel_requested=True), order_id=ORDER_ID, **life.common()
            )
        )
    assert statuses(life) == {"channel": "requested"}
    answer(life, False, "channel")
    again = a_draft(source_version=4, cancel_requested=True)
    life.do(om.ImportOrder(again, order_id=ORDER_ID, **life.common()))
    assert statuses(life) == {"channel": "declined"}


# -- the answer ------------------------------------------------------------------------------------


def test_declined_leaves_all_as_it_is_and_says_so() -> None:
    life = paid()
    ask(life)
    (event,) = answer(life, False)
    assert (event.accepted, event.left, event.by_policy) == (False, (), False)
    assert life.order.progress.tally.open == 4


def test_accepted_cancels_what_can_be_and_tells_what_has_left() -> None:
    """The goods that left can only come back as a return: that is a task for a person (C7)."""
    life = paid()
    life.allocate(("tee", "nyc", 3))
    life.ship(1, (("tee", 2),))
    ask(life)
    events = answer(life, True)
    assert cancelled(events) == {"tee": ((3, 3),), "mug": ((1, 1),)}
    assert the_answer(events).left == (("tee", ((1, 2),)),)
    (late,) = [event for event in events if type(event) is ev.LateFactNoted]
    assert (late.what, late.detail, late.stated) == ("cancelled_too_late", "r1", "2")
    assert life.order.status == "fulfilled"


def test_a_number_of_units_is_taken_from_those_that_can_still_be_cancelled_the_highest_first() -> None:
    """M7. Asked for before anything shipped, answered after a part did: the customer loses nothing."""
    life = paid()
    ask(life, items=(("tee", 2),))
    life.allocate(("tee", "nyc", 1))
    life.ship(1)
    events = answer(life, True)
    assert cancelled(events) == {"tee": ((2, 3),)}
    assert the_answer(events).left == ()


def test_units_that_were_named_are_cancelled_and_no_others() -> None:
    life = paid()
    ask(life, items=(("tee", ((1, 2),)),))
    life.allocate(("tee", "nyc", 1))
    life.ship(1)
    events = answer(life, True)
    assert cancelled(events) == {"tee": ((2, 2),)}
    assert the_answer(events).left == (("tee", ((1, 1),)),)


def test_what_was_cancelled_meanwhile_is_neither_cancelled_again_nor_too_late() -> None:
    life = paid()
    ask(life, items=(("tee", 3),))
    life.do(om.CancelUnits(ORDER_ID, (("tee", 2),), **life.common()))
    events = answer(life, True)
    assert cancelled(events) == {"tee": ((1, 1),)}
    assert the_answer(events).left == ()


def test_what_waits_at_the_counter_has_left_and_what_comes_back_already_is_no_news() -> None:
    life = paid(a_draft([a_line(quantity=6)]))
    life.allocate(("tee", "nyc", 5))
    life.ship(1, (("tee", 3),))
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 2),), **life.common()))
    there, tally = relocated(life.order, (("tee", ((4, 4),)),), un.ARRIVED, f"{ORDER_ID}-F1")
    order = life.order.with_progress(changed(life.order.progress, units=there, tally=tally))
    assert split(order, ()) == ((("tee", ((5, 6),)),), (("tee", ((3, 4),)),))
    assert split(order, (("tee", 4),)) == ((("tee", ((5, 6),)),), (("tee", ((3, 4),)),))
    assert split(order, (("tee", ((1, 5),)),)) == ((("tee", ((5, 5),)),), (("tee", ((3, 4),)),))


def test_a_request_is_answered_once() -> None:
    life = paid()
    ask(life)
    answer(life, True)
    for accept in (True, False):
        command = om.DecideCancelRequest(ORDER_ID, "r1", accept, **life.common())
        assert refused(life, command) == "cancel_request_answered"
    assert refused(life, om.DecideCancelRequest(ORDER_ID, "x", True, **life.common())) == "unknown_id"


def test_an_order_that_is_over_takes_an_answer_which_cancels_nothing() -> None:
    life = paid()
    ask(life)
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    (event,) = answer(life, True)
    assert (type(event), event.left) == (ev.CancelRequestDecided, ())
    assert life.order.status == "cancelled"


# -- the policy ------------------------------------------------------------------------------------


def test_a_request_may_be_accepted_at_once_as_long_as_nobody_has_begun_to_pick() -> None:
    life = paid(cancel_requests=om.accepted_until_picked)
    life.allocate(("tee", "nyc", 3))
    life.do(om.AdvanceFulfillment(ORDER_ID, f"{ORDER_ID}-F1", "accept", **life.common()))
    events = ask(life, items=(("tee", 1),))
    assert the_answer(events).by_policy
    assert cancelled(events) == {"tee": ((3, 3),)}
    life.do(om.AdvanceFulfillment(ORDER_ID, f"{ORDER_ID}-F1", "pick", **life.common()))
    assert len(ask(life, "r2", (("tee", 1),))) == 1
    assert statuses(life) == {"r1": "accepted", "r2": "requested"}


def test_what_has_left_or_what_the_channel_fulfills_waits_for_a_person() -> None:
    shipped = paid(cancel_requests=om.accepted_until_picked)
    shipped.allocate(("tee", "nyc", 1))
    shipped.ship()
    ask(shipped, items=(("mug", 1),))
    theirs = paid(a_draft([a_line(fulfilled_by="channel")]), cancel_requests=om.accepted_until_picked)
    ask(theirs)
    assert statuses(shipped) == statuses(theirs) == {"r1": "requested"}


def test_a_policy_may_decline_at_once() -> None:
    life = paid(cancel_requests=lambda order, request: "decline")
    assert [type(event) for event in ask(life)] == [ev.CancelRequested, ev.CancelRequestDecided]
    assert statuses(life) == {"r1": "declined"}


@pytest.mark.parametrize("given_", [None, True, "yes", "accepted", 1], ids=repr)
def test_a_policy_that_gives_no_answer_of_these_changes_nothing(given_: Any) -> None:
    life = paid(cancel_requests=lambda order, request: given_)
    command = om.RequestCancel(ORDER_ID, "r1", **life.common())
    with pytest.raises(InvalidType) as caught:
        life.do(command)
    assert caught.value.path == "policies.cancel_requests"


def test_by_policy_what_a_request_is_about_does_not_ship_until_it_is_answered() -> None:
    life = paid(request_blocks_shipping=True)
    life.allocate(("tee", "nyc", 3), ("mug", "lax", 1))
    ask(life, items=(("tee", 1),))
    command = om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F1", **life.common())
    assert refused(life, command) == "cancel_request_pending"
    life.ship(2)
    ask(life, "r2")
    answer(life, False)
    assert (
        refused(life, om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F1", **life.common())) == "cancel_request_pending"
    )
    answer(life, False, "r2")
    life.ship(1)


def test_without_that_policy_a_request_stops_nobody() -> None:
    life = paid()
    life.allocate(("tee", "nyc", 3))
    ask(life)
    life.ship(1)
    assert life.order.progress.tally.shipped == 3


def test_precedence_of_shipping_what_a_request_is_about() -> None:
    """Unknown work; the chart; a hold; then the request; then units that it does not hold."""
    life = paid(request_blocks_shipping=True)
    life.allocate(("tee", "nyc", 2))
    ask(life)
    assert refused(life, om.ShipUnits(ORDER_ID, "none", **life.common())) == "unknown_id"
    more = om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 3),), **life.common())
    assert refused(life, more) == "cancel_request_pending"
    not_ready = om.CollectUnits(ORDER_ID, f"{ORDER_ID}-F1", **life.common())
    assert refused(life, not_ready) == "illegal_transition"
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    assert refused(life, more) == "order_on_hold"
    assert refused(life, not_ready) == "illegal_transition"
    assert refused(life, om.ShipUnits(ORDER_ID, "none", **life.common())) == "unknown_id"
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    for event in ("accept", "ready"):
        life.do(om.AdvanceFulfillment(ORDER_ID, f"{ORDER_ID}-F1", event, **life.common()))
    assert refused(life, not_ready) == "cancel_request_pending"
    answer(life, False)
    many = om.CollectUnits(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 3),), **life.common())
    assert refused(life, many) == "units_not_available"


# -- against a list of units -----------------------------------------------------------------------


@given(
    quantity=st.integers(1, 8),
    gone=st.integers(0, 8),
    before=st.integers(0, 8),
    wanted=st.integers(1, 8) | st.sets(st.integers(1, 8), min_size=1),
)
def test_every_unit_asked_for_is_cancelled_or_has_left_or_was_cancelled_before(
    quantity: int, gone: int, before: int, wanted: int | set[int]
) -> None:
    """The oracle lists the units: the lowest ship, the highest were cancelled, the rest waits."""
    gone, before = min(gone, quantity), min(before, quantity - min(gone, quantity))
    life = paid(a_draft([a_line(quantity=quantity), a_line("mug", 1, 1000)]))
    named = sorted(n for n in wanted if n <= quantity) if isinstance(wanted, set) else []
    if isinstance(wanted, set) and not named:
        return
    number = min(wanted, quantity) if isinstance(wanted, int) else len(named)
    what: Any = number if isinstance(wanted, int) else tuple((n, n) for n in named)
    ask(life, items=(("tee", what if isinstance(what, int) else joined(named)),))
    if gone:
        life.allocate(("tee", "nyc", gone))
        life.ship(1)
    if before:
        life.do(om.CancelUnits(ORDER_ID, (("tee", before),), **life.common()))
    away, waits = list(range(1, gone + 1)), list(range(gone + 1, quantity - before + 1))
    if named:
        now, left = [n for n in named if n in waits], [n for n in named if n in away]
    else:
        now = waits[-number:]
        short = number - len(now)
        left = away[-short:] if short else []
    events = answer(life, True)
    assert listed(cancelled(events).get("tee", ())) == now
    assert listed(dict(the_answer(events).left).get("tee", ())) == left
    assert life.order.payments.owed == sum(2200 for n in away + waits if n not in now) + 1100 + 500


def joined(ordinals: list[int]) -> tuple[tuple[int, int], ...]:
    runs: list[list[int]] = []
    for n in ordinals:
        if runs and runs[-1][1] == n - 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return tuple((first, last) for first, last in runs)


def listed(runs: Any) -> list[int]:
    return [n for first, last in runs for n in range(first, last + 1)]


def test_money_that_was_paid_for_what_a_request_cancels_goes_back() -> None:
    life = paid()
    life.do(om.RecordPayment(ORDER_ID, "cash", usd(8_200), **life.common()))
    ask(life, items=(("tee", 2),))
    events = answer(life, True)
    asked = [event for event in events if type(event) is ev.PaymentRequested]
    assert [(event.kind, event.tender_id, event.amount) for event in asked] == [("refund", "cash", 4_400)]
