"""Pickup: goods wait at a store, are collected in parts, sent there from elsewhere, or never collected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.kernel import IllegalTransition, InvalidType, NaiveTimestamp, OmcoreError, UnknownId
from omcore.orders import events as ev
from omcore.orders.draft import DraftTender
from order_life import ORDER_ID, T0, Life, a_draft, usd

CARD = (DraftTender("card", "gateway", usd(8200), authorized=True),)
WORK = f"{ORDER_ID}-F1"
WEEK = timedelta(days=7)


def a_pickup(service: str = "standard", **policies: Any) -> Life:
    """Three tees (22.00 each) and a mug (11.00) to be collected in SoHo; a fee of 5.00; paid by card."""
    life = Life(om.OrderContext(om.default_context().catalog, om.Policies(**policies), om.DEFAULT_RULES))
    life.place(a_draft(tenders=CARD, destination=None, pickup_at="soho", service=service))
    return life


def ready(life: Life | None = None, **policies: Any) -> Life:
    """All of it is on SoHo's counter."""
    life = life or a_pickup(**policies)
    life.allocate(("tee", "soho", 3), ("mug", "soho", 1))
    return advance(life, "accept", "ready")


def advance(life: Life, *events: str, work: str = WORK) -> Life:
    for event in events:
        life.do(om.AdvanceFulfillment(ORDER_ID, work, event, **life.common()))
    return life


def sent(lost: bool = False, **policies: Any) -> Life:
    """SoHo has none of it: it was sent there from the warehouse, and arrived, unless it was lost."""
    life = a_pickup("ship_to_store", **policies)
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    life.approve_all()
    (shipment,) = life.order.progress.shipments
    if lost:
        life.do(om.AdvanceShipment(ORDER_ID, shipment, "lose", **life.common()))
    else:
        life.do(om.RecordDelivery(ORDER_ID, shipment, **life.common()))
    return life


def at_store(life: Life) -> str:
    """The work that goods which came to the store are."""
    (found,) = [work.id for work in life.order.progress.work.values() if work.arrived]
    return found


def collect(life: Life, items: Any = (), work: str = WORK) -> list[Any]:
    return life.do(om.CollectUnits(ORDER_ID, work, items, **life.common()))


def asked(events: list[Any]) -> list[tuple[str, int]]:
    return [(event.kind, event.amount) for event in events if type(event) is ev.PaymentRequested]


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events if type(event) is not ev.OrderStatusChanged]


def where(life: Life, line: str = "tee") -> list[str]:
    units = life.order.progress.units[life.order.terms.index[line]]
    return [state for first, last, state, _ in units for _ in range(first, last + 1)]


# -- of the store's own stock ------------------------------------------------------------------------


def test_goods_that_are_ready_are_collected_in_parts_and_paid_for_as_they_are() -> None:
    life = ready()
    assert life.order.progress.work[WORK].collect_by == T0 + WEEK
    assert asked(collect(life, (("tee", 2),))) == [("capture", 4400 + 500)]
    assert life.order.status == "partially_fulfilled"
    assert asked(collect(life)) == [("capture", 2200 + 1100)]
    assert life.order.status == "delivered"
    assert life.order.progress.work[WORK].status == "collected"


def test_nothing_is_collected_that_is_not_ready() -> None:
    life = a_pickup()
    life.allocate(("tee", "soho", 3), ("mug", "soho", 1))
    with pytest.raises(IllegalTransition):
        collect(life)


def test_what_is_not_collected_in_time_is_on_the_shelf_again_and_nothing_is_owed_for_it() -> None:
    """S6: at the very end of its window it has passed."""
    life = ready()
    assert om.next_deadline(life.order, life.context) == T0 + WEEK
    life.now = T0 + WEEK
    events = life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert kinds(events)[:2] == ["PickupExpired", "UnitsCancelled"]
    assert [event.cause for event in events if type(event) is ev.UnitsCancelled] == ["not_collected"]
    (cancelled,) = [event for event in events if type(event) is ev.UnitsCancelled]
    assert [(location, dict(items)) for _, location, items in cancelled.freed] == [
        ("soho", {"tee": ((1, 3),), "mug": ((1, 1),)})
    ]
    assert asked(events) == [("void", 8200)]
    assert life.order.status == "cancelled"
    assert life.order.payments.owed == 0, "the fee is not owed where nothing was collected"


def test_a_moment_before_the_end_it_is_still_his() -> None:
    life = ready()
    life.now = T0 + WEEK - timedelta(microseconds=1)
    collect(life)
    assert life.order.status == "delivered"


def test_at_the_end_a_customer_at_the_counter_is_too_late_whether_or_not_anybody_swept() -> None:
    """S6: a deadline that nobody met binds every command from its moment on."""
    life = ready()
    life.now = T0 + WEEK
    with pytest.raises(om.PickupWindowExpired):
        collect(life)
    assert life.order.status != "cancelled", "a refusal changes nothing"
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    with pytest.raises(om.PickupWindowExpired):
        collect(life)


def test_what_is_not_wanted_of_two_parcels_to_a_store_is_of_the_one_that_brought_it() -> None:
    life = a_pickup("ship_to_store")
    life.allocate(("tee", "nyc", 3))
    life.allocate(("mug", "lax", 1))
    life.ship(1)
    life.ship(2)
    life.deliver_all()
    tees, mugs = life.order.progress.shipments
    brought = {work.items[0][0]: work.id for work in life.order.progress.work.values() if work.arrived}
    for line, parcel in (("mug", mugs), ("tee", tees)):
        events = life.do(om.DeclinePickup(ORDER_ID, brought[line], **life.common()))
        assert [event.shipment_id for event in events if type(event) is ev.UnitsReopened] == [parcel]
    assert life.order.status == "cancelled"


def test_who_did_not_want_it_is_not_told_a_week_later_that_he_came_too_late() -> None:
    life = ready()
    life.do(om.DeclinePickup(ORDER_ID, f"{ORDER_ID}-F1", **life.common()))
    life.now = T0 + WEEK
    with pytest.raises(IllegalTransition) as error:
        collect(life)
    assert error.value.fields["state"] == "cancelled"


def test_what_is_left_of_what_was_collected_in_part_may_be_sent_after_all() -> None:
    life = ready()
    collect(life, (("tee", 2),))
    life.ship()
    assert where(life) == ["delivered", "delivered", "shipped"]
    life.now = T0 + WEEK
    assert life.do(om.MeetDeadlines(ORDER_ID, **life.common())) == []


def test_of_what_was_collected_in_part_the_rest_expires_and_only_the_rest() -> None:
    life = ready()
    collect(life, (("tee", 2),))
    life.approve_all()
    life.now = T0 + WEEK
    events = life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert where(life) == ["delivered", "delivered", "cancelled"]
    assert where(life, "mug") == ["cancelled"]
    assert asked(events) == [("void", 8200 - 4900)]
    assert life.order.status == "delivered"
    assert life.order.payments.owed == life.order.payments.captured == 4900


@pytest.mark.parametrize(
    ("zone", "ready_at"),
    [
        ("America/New_York", "2026-10-28T18:30"),  # clocks go back on November 1
        ("America/New_York", "2027-03-10T18:30"),  # and forward on March 14
        ("Europe/Berlin", "2026-10-22T12:00"),  # back on October 25
        ("Europe/Berlin", "2027-03-25T12:00"),  # forward on March 28
    ],
)
def test_a_window_of_seven_days_is_168_hours_also_when_the_clocks_change(zone: str, ready_at: str) -> None:
    """C2: the window is elapsed time, not the same hour of a later day."""
    there = ZoneInfo(zone)
    local = datetime.fromisoformat(ready_at).replace(tzinfo=there)
    life = Life()
    life.now = local.astimezone(UTC)
    life.place(a_draft(tenders=CARD, destination=None, pickup_at="soho"))
    life.allocate(("tee", "soho", 3), ("mug", "soho", 1))
    life.do(om.AdvanceFulfillment(ORDER_ID, WORK, "ready", key="r", at=local))
    ends = life.order.progress.work[WORK].collect_by
    assert ends is not None
    assert ends - life.now == timedelta(hours=168)
    assert ends.astimezone(there) != local + WEEK, "it is an hour off by the clock on the wall"


def test_a_window_is_extended_as_long_as_it_has_not_ended() -> None:
    life = ready()
    with pytest.raises(om.WindowNotLater):
        life.do(om.ExtendPickup(ORDER_ID, WORK, T0 + WEEK, **life.common()))
    life.do(om.ExtendPickup(ORDER_ID, WORK, T0 + 2 * WEEK, **life.common()))
    life.now = T0 + WEEK
    assert life.do(om.MeetDeadlines(ORDER_ID, **life.common())) == []
    collect(life, (("tee", 1),))
    life.now = T0 + 2 * WEEK
    with pytest.raises(IllegalTransition):
        life.do(om.ExtendPickup(ORDER_ID, WORK, T0 + 3 * WEEK, **life.common()))
    with pytest.raises(UnknownId):
        life.do(om.ExtendPickup(ORDER_ID, "nobody", T0 + 3 * WEEK, **life.common()))
    with pytest.raises(NaiveTimestamp):
        om.ExtendPickup(ORDER_ID, WORK, datetime.fromisoformat("2027-01-01"), **life.common())


def test_the_window_is_a_policy_of_the_order_or_none_at_all() -> None:
    def by_size(order: om.Order) -> timedelta | None:
        return timedelta(days=2) if order.terms.total > 5_000 else None

    assert ready(pickup_window=by_size).order.progress.work[WORK].collect_by == T0 + timedelta(days=2)
    for_ever = ready(pickup_window=None)
    assert om.next_deadline(for_ever.order, for_ever.context) is None
    for_ever.now += timedelta(days=4000)
    collect(for_ever)
    with pytest.raises(InvalidType) as refused:
        ready(pickup_window=lambda order: "a week")
    assert refused.value.path == "policies.pickup_window"


def test_a_customer_at_the_counter_takes_some_and_does_not_want_the_rest() -> None:
    life = ready()
    collect(life, (("tee", 2),))
    events = life.do(om.DeclinePickup(ORDER_ID, WORK, (("tee", 1),), **life.common()))
    assert kinds(events)[:2] == ["PickupDeclined", "UnitsCancelled"]
    assert where(life) == ["delivered", "delivered", "cancelled"]
    assert where(life, "mug") == ["allocated"]
    with pytest.raises(om.OwnStock):
        life.do(om.DeclinePickup(ORDER_ID, WORK, condition="damaged", **life.common()))
    life.do(om.DeclinePickup(ORDER_ID, WORK, **life.common()))
    with pytest.raises(IllegalTransition):
        life.do(om.DeclinePickup(ORDER_ID, WORK, **life.common()))
    assert life.order.status == "delivered"


# -- sent to the store -------------------------------------------------------------------------------


def test_a_pickup_is_never_moved_without_being_asked() -> None:
    """R3."""
    life = a_pickup()
    with pytest.raises(om.PickupElsewhere):
        life.allocate(("tee", "nyc", 3))
    asked_for = a_pickup("ship_to_store")
    asked_for.allocate(("tee", "nyc", 2))
    asked_for.allocate(("tee", "soho", 1), ("mug", "soho", 1))


def test_goods_that_are_sent_to_the_store_wait_there_and_are_collected_in_parts() -> None:
    life = sent()
    work = at_store(life)
    assert where(life) == ["arrived"] * 3
    assert life.order.status == "fulfilled"
    assert life.order.progress.shipments[f"{ORDER_ID}-S2"].status == "arrived"
    with pytest.raises(IllegalTransition):
        collect(life, work=work)
    life.now += timedelta(days=1)
    advance(life, "ready", work=work)
    assert om.next_deadline(life.order, life.context) == life.now + WEEK
    assert asked(collect(life, (("tee", 2),), work)) == [], "it was paid for when it was sent (M8)"
    assert where(life) == ["delivered", "delivered", "arrived"]
    collect(life, work=work)
    assert life.order.status == "delivered"
    assert life.order.progress.work[work].status == "collected"


def test_a_return_begins_when_it_was_collected_and_not_when_it_came_to_the_store() -> None:
    life = sent(return_window=timedelta(days=30), pickup_window=None)
    work = at_store(life)
    advance(life, "ready", work=work)
    life.now += timedelta(days=40)
    collect(life, (("tee", 1),), work)
    life.now += timedelta(days=30)
    life.do(om.ReturnInStore(ORDER_ID, "r", "soho", (("tee", 1),), **life.common()))
    assert where(life) == ["returned", "arrived", "arrived"]


def test_what_came_from_elsewhere_and_is_not_collected_enters_the_stores_stock_and_is_given_back() -> None:
    life = sent()
    advance(life, "ready", work=at_store(life))
    life.now += WEEK
    events = life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert kinds(events)[:3] == ["PickupExpired", "UnitsReopened", "UnitsCancelled"]
    (back,) = [event for event in events if type(event) is ev.UnitsReopened]
    assert (back.location, back.condition, back.restocked) == ("soho", "sellable", True)
    assert asked(events) == [("refund", 8200)]
    life.approve_all()
    assert life.order.status == "cancelled"
    assert life.order.payments.held == life.order.payments.owed == 0


def test_what_was_collected_of_it_is_kept_and_paid_for() -> None:
    life = sent()
    work = at_store(life)
    advance(life, "ready", work=work)
    collect(life, (("tee", 1),), work)
    life.now += WEEK
    assert asked(life.do(om.MeetDeadlines(ORDER_ID, **life.common()))) == [("refund", 4400 + 1100)]
    life.approve_all()
    assert life.order.status == "delivered"
    assert life.order.payments.held == life.order.payments.owed == 2200 + 500


@pytest.mark.parametrize(("condition", "restocked"), [("sellable", True), ("damaged", True), ("", False)])
def test_what_is_not_wanted_or_came_damaged_or_was_mislaid_is_given_back(
    condition: str, restocked: bool
) -> None:
    life = sent()
    work = at_store(life)
    events = life.do(om.DeclinePickup(ORDER_ID, work, (("mug", 1),), condition, **life.common()))
    (back,) = [event for event in events if type(event) is ev.UnitsReopened]
    assert back.restocked == restocked
    assert back.condition == (condition or "sellable")
    assert asked(events) == [("refund", 1100)]
    assert [dict(work.items) for work in life.order.progress.work.values() if work.items] == [
        {"tee": ((1, 3),)}
    ]


def test_what_is_sent_to_the_store_is_not_handed_over_where_it_is_sent_from() -> None:
    """R3: the customer comes to the store that he chose; at a warehouse nothing is ready for him."""
    life = a_pickup("ship_to_store")
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    with pytest.raises(IllegalTransition):
        advance(life, "accept", "ready")
    with pytest.raises(IllegalTransition):
        collect(life)
    life.do(om.ShipUnits(ORDER_ID, WORK, (("mug", 1),), **life.common()))
    with pytest.raises(IllegalTransition):
        collect(life)
    assert where(life) == ["allocated"] * 3


def test_a_window_goes_on_when_what_is_left_is_packed_anew() -> None:
    """Only an extension makes it longer."""
    life = ready()
    collect(life, (("tee", 1),))
    life.now += timedelta(days=6)
    advance(life, "pack", "ready")
    assert life.order.progress.work[WORK].collect_by == T0 + WEEK


@pytest.mark.parametrize("fold", [0, 1])
def test_an_extension_in_the_hour_that_the_clocks_strike_twice_is_kept_in_utc(fold: int) -> None:
    """C2, C4: 01:30 comes twice in New York, an hour apart; told in two zones it is one payload."""
    local = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=fold)
    command = om.ExtendPickup(ORDER_ID, WORK, local, key="e", at=T0)
    assert command.until.tzinfo is UTC
    assert command.until == datetime(2026, 11, 1, 5 + fold, 30, tzinfo=UTC)
    assert command == om.ExtendPickup(ORDER_ID, WORK, local.astimezone(UTC), key="e", at=T0)


def test_why_it_was_not_wanted_is_shown_in_no_repr() -> None:
    life = ready()
    events = life.do(om.DeclinePickup(ORDER_ID, WORK, cause="Ann Smith: too small", **life.common()))
    assert "Smith" not in repr(events)


def test_the_stores_work_with_it_is_neither_shipped_nor_rejected_nor_called_back() -> None:
    life = sent()
    work = at_store(life)
    for command in (
        om.ShipUnits(ORDER_ID, work, **life.common()),
        om.RejectFulfillment(ORDER_ID, work, **life.common()),
        om.CancelFulfillment(ORDER_ID, work, **life.common()),
        om.ReportShortPick(ORDER_ID, work, (("tee", 1),), **life.common()),
    ):
        with pytest.raises(IllegalTransition):
            life.do(command)


def test_what_is_lost_on_its_way_to_the_store_is_sent_again() -> None:
    life = sent(lost=True)
    (shipment,) = life.order.progress.shipments
    life.do(om.ReopenShipment(ORDER_ID, shipment, **life.common()))
    assert where(life) == ["open"] * 3
    life.allocate(("tee", "soho", 3), ("mug", "soho", 1))


def test_another_pickup_calls_back_what_has_not_shipped_and_leaves_what_waits_at_the_store() -> None:
    life = a_pickup("ship_to_store")
    life.allocate(("tee", "nyc", 2))
    life.ship()
    life.approve_all()
    (shipment,) = life.order.progress.shipments
    life.do(om.RecordDelivery(ORDER_ID, shipment, **life.common()))
    life.allocate(("tee", "soho", 1))
    life.do(om.ProposeEdit(ORDER_ID, "e", (om.ChangePickup("harlem"),), **life.common()))
    life.do(om.ConfirmEdit(ORDER_ID, "e", **life.common()))
    assert where(life) == ["arrived", "arrived", "open"]
    work = at_store(life)
    advance(life, "ready", work=work)
    collect(life, work=work)


def test_a_hold_that_blocks_shipping_keeps_goods_at_the_counter() -> None:
    life = sent()
    work = at_store(life)
    advance(life, "ready", work=work)
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    with pytest.raises(om.OrderOnHold):
        collect(life, work=work)
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    collect(life, work=work)


# -- any life of it -----------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["collect", "decline", "wait", "extend", "meet", "cancel"]),
            st.sampled_from(["tee", "mug"]),
            st.integers(1, 3),
            st.integers(0, 9),
        ),
        max_size=12,
    ),
    st.booleans(),
)
def test_every_unit_is_collected_or_given_back_and_paid_for_accordingly(steps: Any, elsewhere: bool) -> None:
    """Against a list of units at a counter, with a clock."""
    life = sent() if elsewhere else ready()
    life.approve_all()
    work = at_store(life) if elsewhere else WORK
    if elsewhere:
        advance(life, "ready", work=work)
    ends, waiting = life.now + WEEK, {"tee": 3, "mug": 1}
    taken = {"tee": 0, "mug": 0}
    for what, line, many, days in steps:
        over = life.now >= ends
        if over:
            waiting = {"tee": 0, "mug": 0}
        done = True
        try:
            if what == "collect":
                collect(life, ((line, many),), work)
            elif what == "decline":
                life.do(om.DeclinePickup(ORDER_ID, work, ((line, many),), **life.common()))
            elif what == "cancel":
                life.do(om.CancelUnits(ORDER_ID, ((line, many),), **life.common()))
            elif what == "wait":
                life.now += timedelta(days=days)
            elif what == "meet":
                life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
            else:
                until = life.now + timedelta(days=days)
                life.do(om.ExtendPickup(ORDER_ID, work, until, **life.common()))
                ends = until
        except OmcoreError:
            done = False
        possible = many <= waiting[line]
        if what in ("collect", "decline") or (what == "cancel" and not elsewhere):
            assert done == possible, (what, line, many, waiting)
        elif what == "cancel":
            assert not done, "what has shipped is not cancelled"
        if done and what in ("collect", "decline", "cancel"):
            waiting[line] -= many
            taken[line] += many if what == "collect" else 0
    life.now = max(life.now, ends)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    life.approve_all()
    owed = taken["tee"] * 2200 + taken["mug"] * 1100 + (500 if any(taken.values()) else 0)
    assert life.order.payments.held == life.order.payments.owed == owed
    assert where(life).count("delivered") == taken["tee"]
    assert set(where(life)) <= {"delivered", "cancelled"}
    assert not any(found.items for found in life.order.progress.work.values())
