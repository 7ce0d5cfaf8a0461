"""What a channel says again: nothing is lost, nothing is done twice, and no task is made twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omcore import orders as om
from omcore.kernel import Place
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.draft import DraftTender, Tax
from order_life import ORDER_ID, Life, a_draft, a_line, usd

CARD = DraftTender("card", "gateway", usd(8200), authorized=True)


def placed(**more: Any) -> Life:
    life = Life()
    life.place(a_draft(tenders=(CARD,), **more))
    return life


def told(life: Life, version: int, **more: Any) -> list[Any]:
    more.setdefault("tenders", (CARD,))
    lines = more.pop("lines", None)
    return life.do(
        om.ImportOrder(a_draft(lines, source_version=version, **more), order_id=ORDER_ID, **life.common())
    )


def late(events: list[Any]) -> list[tuple[str, str]]:
    return [(event.what, event.detail) for event in events if type(event) is ev.LateFactNoted]


def tees(**more: Any) -> tuple[Any, ...]:
    return (a_line(**more), a_line("mug", 1, 1000))


def states(life: Life) -> list[tuple[int, str]]:
    return [(last - first + 1, state) for first, last, state, _ in life.order.progress.units[0]]


# -- a channel that counts no versions -------------------------------------------------------------


def test_a_channel_without_versions_loses_no_cancellation() -> None:
    """C8: 0 is no version, and none of its snapshots is old news by number."""
    life = placed()
    told(life, 0, cancelled=True)
    assert life.order.status == "cancelled"


def test_a_snapshot_without_a_version_that_comes_twice_or_late_changes_nothing() -> None:
    """C8: what it says is summed since the order was placed."""
    life = placed()
    first, second = tees(cancelled=1), tees(cancelled=1, fulfilled=2)
    assert told(life, 0) == []
    told(life, 0, lines=second)
    assert states(life) == [(2, "shipped"), (1, "cancelled")]
    assert told(life, 0, lines=second) == []
    assert told(life, 0, lines=first) == []
    assert told(life, 0) == []


def test_every_arrival_order_of_snapshots_without_versions_ends_in_the_same_units() -> None:
    snapshots = (tees(), tees(cancelled=1), tees(cancelled=1, fulfilled=1), tees(cancelled=1, fulfilled=2))
    ends = set()
    for turn in range(len(snapshots)):
        life = placed()
        for lines in (*snapshots[turn:], *snapshots[:turn], snapshots[turn]):
            told(life, 0, lines=lines)
        ends.add(tuple(un.in_state(life.order.progress.units[0], state) for state in un.UNIT_STATES))
    assert len(ends) == 1


def test_two_snapshots_of_one_second_are_both_heard() -> None:
    """Placed and paid within the second that the channel writes down as its version."""
    paid = DraftTender("card", "gateway", usd(8200), captured=True)
    life = Life()
    life.place(a_draft(tenders=(), source_version=7))
    told(life, 7, tenders=(paid,))
    assert life.order.payments.captured == 8200
    assert told(life, 7, tenders=(paid,)) == []
    assert told(life, 7, tenders=()) == [], "the one that was first came last"
    assert told(life, 6, cancelled=True) == []


def test_once_a_version_is_known_a_snapshot_without_one_is_old_news() -> None:
    life = placed()
    told(life, 3)
    assert told(life, 0, cancelled=True) == []
    assert life.order.standing.source_version == 3


# -- late facts ------------------------------------------------------------------------------------


def test_a_late_fact_is_a_task_once_however_often_the_channel_says_it() -> None:
    """C7, C9."""
    life = placed(source_version=1)
    lines = (a_line(quantity=4, returned=1), a_line("hat", 1, 500))
    facts = [
        ("line_changed", "tee"),
        ("line_added", "hat"),
        ("line_removed", "mug"),
        ("destination_changed", ""),
        ("returned_elsewhere", "tee"),
    ]
    more: dict[str, Any] = {"lines": lines, "destination": Place("US", "CA", "90001")}
    assert late(told(life, 2, **more)) == facts
    for version in (3, 4):
        assert [type(event) for event in told(life, version, **more)] == [ev.SnapshotSeen]


def test_a_late_fact_that_has_grown_is_another_task() -> None:
    life = placed(source_version=1)
    for version, returned, noted in ((2, 1, True), (3, 1, False), (4, 2, True), (5, 2, False)):
        made = late(told(life, version, lines=tees(fulfilled=3, returned=returned)))
        assert made == [("returned_elsewhere", "tee")] * noted


def test_an_order_that_is_cancelled_after_it_went_out_is_one_task() -> None:
    life = placed(source_version=1)
    life.approve_all()
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    made = [late(told(life, version, cancelled=True)) for version in (2, 3, 4)]
    assert made == [[("cancelled_after_shipping", "")], [], []]


def test_a_task_is_remembered_through_the_orders_life() -> None:
    """Validated and routed since, and said again: no new task."""
    lines = tees(returned=1)
    life = Life()
    life.place(a_draft(source_version=1))
    assert not life.order.standing.validated
    assert late(told(life, 2, lines=lines)) == [("returned_elsewhere", "tee")]
    life.approve_all()
    assert life.order.standing.validated
    assert late(told(life, 3, lines=lines)) == []
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    assert late(told(life, 4, lines=lines)) == []


def test_money_of_nobody_that_was_asked_is_one_task() -> None:
    life = placed(source_version=1)
    stranger = DraftTender("gift", "gateway", usd(500), authorized=True)
    made = [late(told(life, version, tenders=(CARD, stranger))) for version in (2, 3)]
    assert made == [[("tender_added", "gift")], []]


# -- a shipment that never arrived -----------------------------------------------------------------


def reopened() -> Life:
    life = placed(source_version=1)
    life.approve_all()
    life.allocate(("tee", "nyc", 2))
    life.ship()
    life.do(om.AdvanceShipment(ORDER_ID, f"{ORDER_ID}-S2", "lose", **life.common()))
    life.do(om.ReopenShipment(ORDER_ID, f"{ORDER_ID}-S2", **life.common()))
    assert states(life) == [(3, "open")]
    return life


def test_what_was_lost_is_not_shipped_by_the_channel_that_still_counts_it() -> None:
    """The two tees that never arrived wait for another shipment; the channel knows the first only."""
    life = reopened()
    made = told(life, 2, lines=tees(fulfilled=2))
    assert [type(event) for event in made] == [ev.SnapshotSeen]
    assert states(life) == [(3, "open")]


def test_what_the_channel_ships_beyond_what_was_lost_is_news_once() -> None:
    life = reopened()
    for version in (2, 3):
        told(life, version, lines=tees(fulfilled=3))
        assert un.in_state(life.order.progress.units[0], un.SHIPPED) == ((3, 3),)
        assert un.in_state(life.order.progress.units[0], un.OPEN) == ((1, 2),)


def test_a_refund_of_the_marketplaces_own_tax_is_the_same_whichever_snapshot_comes_first() -> None:
    """M13, C8: of 10.80 that it gave back for a cancelled unit, 0.80 was tax that it had kept itself."""
    tax = Tax("facilitator", amount=usd(240), collected_by="channel")
    paid = DraftTender("market", "channel", usd(3240), captured=True)
    back = DraftTender("market", "channel", usd(3240), captured=True, refunded=usd(1080))
    first = a_draft(
        (a_line(quantity=3, price=1000, taxes=(tax,)),), source_version=1, tenders=(paid,), shipping=0
    )
    last = a_draft(
        (a_line(quantity=3, price=1000, taxes=(tax,), cancelled=1),),
        source_version=2,
        tenders=(back,),
        shipping=0,
    )
    ends = []
    for snapshots in ((first, last), (last,), (last, first), (last, last, first, last)):
        life = Life()
        for draft in snapshots:
            life.do(om.ImportOrder(draft, order_id=ORDER_ID, **life.common()))
        payments = life.order.payments
        ends.append((life.order.status, payments.owed, payments.captured, payments.refunded))
    assert set(ends) == {("validated", 2000, 3000, 1000)}


def test_what_the_channel_gave_back_is_not_given_again_where_a_deadline_passes_with_the_snapshot() -> None:
    """C8, S6: 82.00 are to go back for what a hold that expired has cancelled; 10.00 of it are there."""
    paid = DraftTender("market", "channel", usd(8200), captured=True)
    life = Life()
    life.place(a_draft(tenders=(paid,)))
    expires_at = life.now + timedelta(hours=1)
    life.do(om.PlaceHold(ORDER_ID, "h", "approval", expires_at=expires_at, then="cancel", **life.common()))
    life.wait(hours=2)
    back = DraftTender("market", "channel", usd(8200), captured=True, refunded=usd(1000))
    events = told(life, 1, tenders=(back,))
    asked = [(event.kind, event.amount) for event in events if type(event) is ev.PaymentRequested]
    assert asked == [("refund", 7200)]
    assert life.order.payments.refunded == 1000
