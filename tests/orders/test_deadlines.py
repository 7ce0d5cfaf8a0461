"""Deadlines: what happens by itself happens at its moment, once, whoever looks and when (S6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.kernel import Catalog, InvalidType, OmcoreError
from omcore.orders import events as ev
from omcore.orders.changes import Changes
from omcore.orders.deadlines import Deadline, meet_deadlines
from omcore.orders.draft import DraftTender
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def context(rules: Any = om.DEFAULT_RULES, **policies: Any) -> om.OrderContext:
    return om.OrderContext(Catalog(), om.Policies(**policies), rules)


def sweep(life: Life) -> list[Any]:
    return life.do(om.MeetDeadlines(ORDER_ID, **life.common()))


def cancellations(events: list[Any]) -> list[ev.UnitsCancelled]:
    return [event for event in events if type(event) is ev.UnitsCancelled]


def next_of(life: Life) -> datetime | None:
    return om.next_deadline(life.order, life.context)


# -- unpaid ----------------------------------------------------------------------------------------


def test_an_order_that_was_validated_without_a_look_at_its_money_is_cancelled_too() -> None:
    life = Life(om.OrderContext(Catalog(), om.Policies(cancel_unpaid_after=HOUR), (om.AddressKnown(),)))
    life.place(a_draft(tenders=()))
    assert life.order.status == "validated"
    life.now = T0 + HOUR
    assert len(cancellations(sweep(life))) == 1


def test_an_order_that_nobody_pays_for_is_cancelled_at_its_hour() -> None:
    life = Life(context(cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    assert next_of(life) == T0 + HOUR
    life.now = T0 + HOUR - timedelta(microseconds=1)
    assert sweep(life) == []
    life.now = T0 + HOUR
    (event,) = cancellations(sweep(life))
    assert event.cause == "unpaid"
    assert (life.order.status, next_of(life)) == ("cancelled", None)


def test_m11_money_that_comes_after_it_is_given_back_whether_or_not_anybody_swept() -> None:
    life = Life(context(cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    life.now = T0 + HOUR
    events = life.do(om.RecordPayment(ORDER_ID, "bank", usd(8_200), **life.common()))
    assert cancellations(events)[0].cause == "unpaid"
    asked = [event for event in events if type(event) is ev.PaymentRequested]
    assert [(event.kind, event.amount) for event in asked] == [("refund", 8_200)]


def test_an_authorization_that_comes_too_late_is_voided() -> None:
    life = Life(context(cancel_unpaid_after=HOUR))
    life.place()
    life.now = T0 + HOUR
    events = life.approve_all()
    assert life.order.status == "cancelled"
    assert [(e.kind, e.amount) for e in events if type(e) is ev.PaymentRequested] == [("void", 1_000_000)]


def test_paid_in_time_it_stays_and_in_part_it_does_not() -> None:
    whole, part = (Life(context(cancel_unpaid_after=HOUR)) for _ in range(2))
    for life, amount in ((whole, 8_200), (part, 8_199)):
        life.place(a_draft(tenders=()))
        life.do(om.RecordPayment(ORDER_ID, "bank", usd(amount), **life.common()))
        life.wait(days=2)
        sweep(life)
    assert whole.order.status == "validated"
    assert part.order.status == "cancelled"


def test_what_nobody_asks_to_be_paid_beforehand_is_not_cancelled() -> None:
    """A person waived it: goods on account."""
    life = Life(context(cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    life.do(om.ReleaseHold(ORDER_ID, "validation-payment", **life.common()))
    assert next_of(life) is None


def test_an_order_that_was_paid_for_is_not_unpaid_because_money_went_away_later() -> None:
    """An edit, a chargeback or an authorization that lapsed is no customer who forgot to pay."""
    life = Life(context(cancel_unpaid_after=HOUR))
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 1))
    life.ship()
    life.approve_all("declined")
    life.do(om.RecordPayment(ORDER_ID, "cash", usd(1), **life.common()))
    assert life.order.standing.validated
    assert next_of(life) is None


def test_a_channel_that_gave_money_back_by_itself_makes_no_order_unpaid() -> None:
    life = Life(context(cancel_unpaid_after=HOUR))
    cash = DraftTender("cash", "channel", usd(8_200), captured=True)
    life.place(a_draft(tenders=(cash,)))
    goodwill = DraftTender("cash", "channel", usd(8_200), captured=True, refunded=usd(500))
    life.do(
        om.ImportOrder(a_draft(tenders=(goodwill,), source_version=1), order_id=ORDER_ID, **life.common())
    )
    assert life.order.payments.covered < life.order.payments.owed
    assert next_of(life) is None


def test_what_a_person_waived_is_not_unpaid_though_the_order_still_waits_for_something_else() -> None:
    life = Life(context(cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=(), destination=None))
    life.do(om.ReleaseHold(ORDER_ID, "validation-payment", **life.common()))
    assert not life.order.standing.validated
    assert next_of(life) is None


def test_an_unpaid_order_that_is_all_with_a_location_is_cancelled_too() -> None:
    life = Life(context(rules=(), cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.wait(hours=1)
    sweep(life)
    assert life.order.status == "cancelled"


def test_m11_a_channel_that_tells_too_late_of_a_payment_gets_it_back() -> None:
    life = Life(context(cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    life.now = T0 + HOUR
    paid = a_draft(tenders=(DraftTender("shop", "channel", usd(8_200), captured=True),), source_version=2)
    events = life.do(om.ImportOrder(paid, order_id=ORDER_ID, **life.common()))
    assert cancellations(events)[0].cause == "unpaid"
    asked = [event for event in events if type(event) is ev.PaymentRequested]
    assert [(event.kind, event.amount) for event in asked] == [("refund", 8_200)]


def test_where_no_rule_asks_for_payment_it_is_what_is_covered_now() -> None:
    life = Life(context(rules=(), cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    assert next_of(life) == T0 + HOUR
    life.do(om.RecordPayment(ORDER_ID, "bank", usd(8_200), **life.common()))
    assert next_of(life) is None


def test_it_counts_from_when_the_order_was_taken_in_not_from_what_the_channel_says() -> None:
    life = Life(context(cancel_unpaid_after=HOUR))
    life.now = T0 + DAY
    life.place(a_draft(tenders=()))
    assert life.order.terms.placed_at == T0
    assert next_of(life) == T0 + DAY + HOUR


def test_how_long_may_depend_on_the_order() -> None:
    def by_size(order: om.Order) -> timedelta | None:
        return None if order.payments.owed > 10_000 else HOUR

    small, large = Life(context(cancel_unpaid_after=by_size)), Life(context(cancel_unpaid_after=by_size))
    small.place(a_draft(tenders=()))
    large.place(a_draft([a_line(quantity=9)], tenders=()))
    assert (next_of(small), next_of(large)) == (T0 + HOUR, None)


def test_what_has_shipped_of_an_unpaid_order_stays_shipped() -> None:
    life = Life(context(rules=(), cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    life.allocate(("tee", "nyc", 2))
    life.ship(1, (("tee", 1),))
    life.wait(hours=1)
    (event,) = cancellations(sweep(life))
    assert event.items == (("tee", ((2, 3),)), ("mug", ((1, 1),)))
    assert event.freed == ((f"{ORDER_ID}-F1", "nyc", (("tee", ((2, 2),)),)),), "its location is relieved (S7)"


# -- unfillable ------------------------------------------------------------------------------------


def waiting(**policies: Any) -> Life:
    life = Life(context(cancel_unfillable_after=DAY, **policies))
    life.place()
    life.approve_all()
    return life


def test_open_units_that_no_location_took_in_time_are_cancelled_and_no_others() -> None:
    life = waiting()
    life.allocate(("tee", "nyc", 2))
    assert next_of(life) == T0 + DAY
    life.wait(days=1)
    (event,) = cancellations(sweep(life))
    assert (event.items, event.cause) == ((("tee", ((3, 3),)), ("mug", ((1, 1),))), "unfillable")
    assert life.order.status == "processing"


def test_by_policy_and_where_an_order_ships_complete_or_not_at_all_it_goes_whole() -> None:
    whole = waiting(cancel_unfillable_whole=True)
    whole.allocate(("tee", "nyc", 2))
    complete = Life(context(cancel_unfillable_after=DAY))
    complete.place(a_draft(ship_complete=True))
    complete.approve_all()
    complete.allocate(("tee", "nyc", 3), ("mug", "lax", 1))
    complete.do(om.RejectFulfillment(ORDER_ID, f"{ORDER_ID}-F2", **complete.common()))
    for life in (whole, complete):
        life.wait(days=1)
        sweep(life)
        assert life.order.status == "cancelled"


def test_the_time_counts_from_when_units_could_last_be_asked_of_a_location() -> None:
    life = waiting()
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    assert next_of(life) is None
    life.wait(days=5)
    life.do(om.RejectFulfillment(ORDER_ID, f"{ORDER_ID}-F1", **life.common()))
    assert next_of(life) == T0 + 6 * DAY
    life.wait(hours=3)
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", blocks=("routing",), **life.common()))
    assert next_of(life) is None, "nobody may be asked"
    life.wait(days=9)
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    assert next_of(life) == life.now + DAY
    before = next_of(life)
    life.wait(hours=3)
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", blocks=("capture",), **life.common()))
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    assert next_of(life) == before, "a hold that blocks something else stops no clock"


def test_the_time_begins_anew_where_units_are_added_or_a_parcel_never_arrived() -> None:
    life = waiting()
    life.wait(days=2)
    added = ev.UnitsAdded(life.now, "edit", (), (("mug", ((2, 2, 1000, 100, 0, 0),)),), (), 1000, 100, 0, 0)
    assert om.next_deadline(om.evolve(life.order, added), life.context) == life.now + DAY
    life.now = T0
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    life.wait(days=9)
    shipment = next(iter(life.order.progress.shipments))
    life.do(om.AdvanceShipment(ORDER_ID, shipment, "lose", **life.common()))
    life.do(om.ReopenShipment(ORDER_ID, shipment, **life.common()))
    assert next_of(life) == life.now + DAY


def test_what_is_not_validated_waits_for_no_location() -> None:
    life = Life(context(cancel_unfillable_after=DAY))
    life.place()
    assert next_of(life) is None
    life.wait(days=3)
    life.approve_all()
    assert next_of(life) == T0 + 4 * DAY


def test_s6_the_clock_starts_when_a_hold_expired_and_not_when_somebody_noticed() -> None:
    life = waiting()
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", expires_at=T0 + HOUR, **life.common()))
    life.now = T0 + HOUR + DAY
    events = sweep(life)
    assert [type(event) for event in events if type(event) is not ev.OrderStatusChanged] == [
        ev.HoldReleased,
        ev.UnitsCancelled,
        ev.PaymentRequested,
    ], "first the one, then the other, though both were due"
    assert life.order.status == "cancelled"


def test_two_policies_at_one_moment_cancel_once() -> None:
    life = Life(context(rules=(), cancel_unfillable_after=HOUR, cancel_unpaid_after=HOUR))
    life.place(a_draft(tenders=()))
    life.wait(hours=1)
    assert [event.cause for event in cancellations(sweep(life))] == ["unpaid"]


@pytest.mark.parametrize("name", ["cancel_unpaid_after", "cancel_unfillable_after"])
@pytest.mark.parametrize("wrong", [1, 1.5, "1 day", -HOUR], ids=repr)
def test_a_policy_that_gives_no_time_is_refused(name: str, wrong: Any) -> None:
    with pytest.raises(InvalidType) as caught:
        om.Policies(**{name: wrong})
    assert caught.value.path == f"policies.{name}"
    life = Life(context(rules=(), **{name: lambda order: wrong}))
    life.place(a_draft(tenders=()))
    with pytest.raises(InvalidType) as caught:
        om.next_deadline(life.order, life.context)
    assert caught.value.path == f"policies.{name}"


def test_a_time_beyond_all_time_is_never() -> None:
    life = Life(context(cancel_unpaid_after=timedelta.max))
    life.place(a_draft(tenders=()))
    assert next_of(life) is None


# -- the machinery ---------------------------------------------------------------------------------


def test_a_row_that_does_nothing_holds_up_no_other_and_does_not_loop() -> None:
    life = waiting()
    asked: list[str] = []
    rows = {
        "idle": Deadline(lambda order, context: T0, lambda changes: asked.append("idle")),
        "real": Deadline(
            lambda order, context: T0 + HOUR if order.standing.source_version < 7 else None,
            lambda changes: changes.emit(ev.SnapshotSeen(changes.at, 7)),
        ),
    }
    changes = Changes(life.order, life.context, T0 + DAY, {ev.SnapshotSeen: om.evolve})
    meet_deadlines(changes, rows)
    assert asked == ["idle"]
    assert [type(event) for event in changes.events] == [ev.SnapshotSeen]


def test_a_row_that_never_has_enough_comes_to_an_end() -> None:
    life = waiting()
    rows = {
        "greedy": Deadline(
            lambda order, context: T0, lambda changes: changes.emit(ev.SnapshotSeen(changes.at, 7))
        )
    }
    changes = Changes(life.order, life.context, T0 + DAY, {ev.SnapshotSeen: om.evolve})
    meet_deadlines(changes, rows)
    assert len(changes.events) <= 1_000


def test_what_is_not_an_order_or_a_context_is_refused() -> None:
    life = waiting()
    doors: list[Any] = [om.next_deadline, lambda order, context: om.as_of(order, context, T0)]
    for door in doors:
        for wrong in ((None, life.context), (life.order, None)):
            with pytest.raises(InvalidType):
                door(*wrong)
    with pytest.raises(OmcoreError):
        om.as_of(life.order, life.context, None)  # type: ignore[arg-type]  # on purpose


# -- S6, as a property -----------------------------------------------------------------------------

STEPS = st.one_of(
    st.tuples(
        st.just("hold"),
        st.sampled_from(("a", "b", "c")),
        st.sampled_from((("routing",), ("shipping",), ("capture",), ("routing", "shipping", "capture"))),
        st.none() | st.integers(1, 60),
        st.sampled_from(("release", "release", "cancel")),
    ),
    st.tuples(st.just("release"), st.sampled_from(("a", "b", "c"))),
    st.tuples(st.just("allocate"), st.sampled_from(("tee", "mug")), st.integers(1, 3)),
    st.tuples(st.just("ship"), st.integers(0, 3)),
    st.tuples(st.just("reject"), st.integers(0, 3)),
    st.tuples(st.just("cancel"), st.sampled_from(("tee", "mug")), st.integers(1, 2)),
    st.tuples(st.just("ask"), st.sampled_from(("r1", "r2"))),
    st.tuples(st.just("answer"), st.sampled_from(("r1", "r2")), st.booleans()),
    st.tuples(st.just("pay"), st.integers(1, 9_000)),
    st.tuples(st.just("approve"), st.sampled_from(("authorize", "capture", "refund", "void"))),
)


def command_of(step: Any, order: om.Order, common: dict[str, Any], minutes: Any) -> list[Any]:
    """The commands of a step; what is named is chosen by place, so that it is the same in every world."""
    name = step[0]
    work = list(order.progress.work)
    if name == "hold":
        expires_at = None if step[3] is None else common["at"] + minutes(step[3])
        return [om.PlaceHold(ORDER_ID, step[1], "fraud", "p", "", step[2], expires_at, step[4], **common)]
    if name == "release":
        return [om.ReleaseHold(ORDER_ID, step[1], **common)]
    if name == "allocate":
        return [om.AllocateUnits(ORDER_ID, ((step[1], "nyc", step[2]),), **common)]
    if name in ("ship", "reject"):
        found = work[step[1] % len(work)] if work else "none"
        if name == "ship":
            return [om.ShipUnits(ORDER_ID, found, **common)]
        return [om.CancelFulfillment(ORDER_ID, found, **common)]
    if name == "cancel":
        return [om.CancelUnits(ORDER_ID, ((step[1], step[2]),), **common)]
    if name == "ask":
        return [om.RequestCancel(ORDER_ID, step[1], **common)]
    if name == "answer":
        return [om.DecideCancelRequest(ORDER_ID, step[1], step[2], **common)]
    if name == "pay":
        return [om.RecordPayment(ORDER_ID, "cash", usd(step[1]), **common)]
    asked = [entry.id for entry in order.payments.requests.values() if entry.kind == step[1]]
    return [om.RecordPaymentOutcome(ORDER_ID, request, "approved", **common) for request in asked]


def told(order: om.Order) -> Any:
    """All that anybody can ask of an order, but for the names of requests to gateways."""
    purses = {
        key: (t.authorized, t.captured + t.capturing, t.refunded + t.refunding, t.voided + t.voiding)
        for key, t in order.payments.tenders.items()
    }
    payments = order.payments
    return order.progress, order.standing, purses, payments.owed, payments.earned, payments.accounts


@given(
    steps=st.lists(st.tuples(st.integers(0, 40), STEPS), max_size=14),
    sweeps=st.lists(st.integers(0, 200), max_size=10),
    unpaid=st.none() | st.integers(1, 200),
    unfillable=st.none() | st.integers(1, 60),
    whole=st.booleans(),
    asks_money=st.booleans(),
)
def test_s6_swept_late_often_or_never_every_answer_is_the_same(
    steps: list[Any],
    sweeps: list[int],
    unpaid: int | None,
    unfillable: int | None,
    whole: bool,
    asks_money: bool,
) -> None:
    def minutes(n: int) -> timedelta:
        return timedelta(minutes=n)

    ctx = context(
        om.DEFAULT_RULES if asks_money else (),
        cancel_unpaid_after=None if unpaid is None else minutes(unpaid),
        cancel_unfillable_after=None if unfillable is None else minutes(unfillable),
        cancel_unfillable_whole=whole,
    )
    draft = a_draft(tenders=(DraftTender("card", "gateway", usd(8_200)),))
    swept, never = Life(ctx), Life(ctx)
    for life in (swept, never):
        life.place(draft)
    at, done = 0, 0
    sweeps = sorted(sweeps)
    for wait, step in steps:
        at += wait
        while done < len(sweeps) and sweeps[done] <= at:
            swept.now = T0 + minutes(sweeps[done])
            again = [sweep(swept), sweep(swept)]
            assert again[1] == [], "met once"
            first = next_of(swept)
            assert first is None or first > swept.now
            done += 1
        outcomes = []
        for life in (swept, never):
            life.now = T0 + minutes(at)
            stands = om.as_of(life.order, ctx, life.now)
            outcome: list[str] = []
            for command in command_of(step, stands, life.common(), minutes):
                if life is never:
                    the_time_passes_first(life, command)
                try:
                    life.do(command)
                    outcome.append("")
                except OmcoreError as error:
                    outcome.append(f"{error.code} {error.path} {error.fields}")
            if step[0] == "approve":
                outcome = []  # one void may have been asked for as two
            outcomes.append(outcome)
        assert outcomes[0] == outcomes[1], step
        assert told(om.as_of(swept.order, ctx, swept.now)) == told(om.as_of(never.order, ctx, never.now))
        for hold in om.as_of(never.order, ctx, never.now).standing.holds:
            assert hold.expires_at is None or hold.expires_at > never.now
    once(swept.events)
    once(never.events)
    the_policies_were_kept(never, at, unpaid, asks_money)


def the_time_passes_first(life: Life, command: Any) -> None:
    """A command is the deadlines met and then the command, to the last event."""
    met = om.decide(life.order, om.MeetDeadlines(ORDER_ID, key="m", at=life.now), life.context)
    try:
        whole = om.decide(life.order, command, life.context)
    except OmcoreError:
        return
    after = om.decide(met.order, command, life.context)
    assert whole.events == met.events + after.events
    assert whole.order == after.order


def once(events: list[Any]) -> None:
    """No unit is cancelled twice, and no hold ends twice."""
    units = [
        (line, n)
        for event in cancellations(events)
        for line, runs in event.items
        for first, last in runs
        for n in range(first, last + 1)
    ]
    assert len(units) == len(set(units))
    standing: set[str] = set()
    for event in events:
        if type(event) is ev.HoldPlaced:
            assert event.hold_id not in standing
            standing.add(event.hold_id)
        elif type(event) is ev.HoldReleased:
            standing.remove(event.hold_id)
            if event.expired_at is not None:
                assert event.expired_at <= event.at


def the_policies_were_kept(life: Life, at: int, unpaid: int | None, asks_money: bool) -> None:
    """Said without the package's own words: nothing waits unpaid beyond its time."""
    order = om.as_of(life.order, life.context, life.now)
    tally = order.progress.tally
    if unpaid is None or at < unpaid or not (tally.open or tally.allocated):
        return
    if asks_money and (order.standing.validated or "payment" in order.standing.waived):
        return
    assert order.payments.covered >= order.payments.owed
