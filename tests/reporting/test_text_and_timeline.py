"""The report as a table, and an order's history in words without personal data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed_facts import T0, FeedWriter, a_line, a_placement, an_entry, minutes
from omcore.kernel import InvalidType, Place
from omcore.orders import events as ev
from omcore.orders.entitlements import ChargeWorth
from omcore.orders.state import Edit, Exchange
from omcore.ports import FeedEntry, Message
from omcore.reporting import ChannelFigures, DayReport, Report, StockLeft, render_text, timeline
from order_histories import feeds

ONE = (("1", ((1, 1),)),)
TWO = (("1", ((1, 2),)), ("2", ((1, 1),)))


def a_small_day() -> Report:
    writer = FeedWriter()
    shirts = a_placement(
        "o-1", a_line("1", 2), a_line("2", 1, sku="CAP"), charges=(ChargeWorth("shipping", 500, 40, 0, 0),)
    )
    till = a_placement("o-2", a_line("1", 1, fulfilled_by="taken"), channel="square", currency="JPY")
    writer.commit("order/o-1", [shirts])
    writer.commit("order/o-2", [till, ev.GoodsTaken(T0, "soho", ONE, 2_500, 200, 0, 0, True)])
    writer.commit(
        "order/o-1", [ev.UnitsShipped(minutes(90), "s", "f", "nyc", ONE, ("", ""), 3_000, 240, 0, 0, True)]
    )
    writer.commit("order/o-1", [ev.PaymentApproved(minutes(91), "p", "capture", "card", 3_240)])
    report = Report()
    for entry in writer.entries:
        report.apply(entry)
    report.sent(Message("k", "o-1", "shipped", "s", "t"), minutes(92))
    return report


def test_the_table_of_a_small_day() -> None:
    day = a_small_day().day(T0, T0 + timedelta(days=1))
    assert render_text(day).split("\n") == [
        "Report from 2026-11-27T09:00:00Z to 2026-11-28T09:00:00Z",
        "",
        "                             shopify  square   total",
        "",
        "orders placed in the period",
        "  orders                           1       1       2",
        "  units ordered                    3       1       4",
        "  fill rate                    33.3%  100.0%   50.0%",
        "  split rate                    0.0%       -    0.0%",
        "  placed to shipped, median   1h 30m       -  1h 30m",
        "  placed to shipped, 90%      1h 30m       -  1h 30m",
        "",
        "facts of the period",
        "  units shipped                    1       0       1",
        "  units taken at a till            0       1       1",
        "  units delivered                  0       0       0",
        "  units cancelled                  0       0       0",
        "  units short picked               0       0       0",
        "  units lost or sent back          0       0       0",
        "  units returned                   0       0       0",
        "  units claimed                    0       0       0",
        "  messages sent                    1       0       1",
        "",
        "JPY",
        "  booked                           0    2500    2500",
        "  tax on it                        0     200     200",
        "  recognized                       0    2500    2500",
        "",
        "USD",
        "  booked                       80.00    0.00   80.00",
        "  tax on it                     6.40    0.00    6.40",
        "  recognized                   30.00    0.00   30.00",
        "  captured                     32.40    0.00   32.40",
    ]


def test_stock_stands_below_and_can_be_left_out() -> None:
    stock = (StockLeft("la", "CAP", 10, 1, 0, 3), StockLeft("nyc", "A-LONG-SKU", 1_000, 0, 2, 0))
    report = DayReport(None, None, (), ChannelFigures(""), stock, 2)
    text = render_text(report)
    assert text.split("\n")[-3:] == [
        "stock left         sku  sellable  claimed  damaged  quarantined",
        "  la               CAP        10        3        1            0",
        "  nyc       A-LONG-SKU      1000        0        0            2",
    ]
    assert "2 facts about orders that were placed before this report began" in text
    assert "stock" not in render_text(report, stock=False)
    assert text.startswith("Report from the beginning to now\n")


@pytest.mark.parametrize(
    ("minutes_", "text"),
    [(0, "0m"), (59, "59m"), (60, "1h 00m"), (1_439, "23h 59m"), (1_440, "1d 00h"), (3_000, "2d 02h")],
)
def test_times_are_told_in_two_units(minutes_: int, text: str) -> None:
    figures = ChannelFigures("", minutes_to_ship=((minutes_, 1),))
    row = next(
        line for line in render_text(DayReport(None, None, (), figures)).split("\n") if "median" in line
    )
    assert row.endswith(f"  {text}")


@given(feeds())
def test_every_report_is_a_table_of_even_columns(entries: list[FeedEntry]) -> None:
    report = Report()
    for entry in entries:
        report.apply(entry)
    day = report.day()
    lines = render_text(day).split("\n")
    assert all(line == line.rstrip() for line in lines)
    assert sum("  orders " in line for line in lines) == 1
    rows = [line for line in lines[3:] if line.startswith("  ")]
    assert len({len(line) for line in rows}) == 1


# -- the timeline -----------------------------------------------------------------------------------

SECRET = "Jane Doe, 1 Main St"  # what a person may type into a free field

IN_LA: tuple[str, bool, bool, bool, str] = ("la", True, False, True, "tender")  # and all of it

SWAP = Exchange("x-1", "r-1", ONE, (a_line("9", 1, sku="MUG"),), True, "waiting", (), "card", "p-1", None)
EVENTS: dict[type, Any] = {
    ev.OrderPlaced: a_placement("o-1", a_line("1", 2, title=SECRET), a_line("2", 1, sku="CAP")),
    ev.OrderStatusChanged: ev.OrderStatusChanged(T0, "placed", "on_hold", "hold"),
    ev.StageEntered: ev.StageEntered(T0, "placed", "gift_wrapping", "wrap"),
    ev.OrderValidated: ev.OrderValidated(T0, ("address", "payment")),
    ev.HoldPlaced: ev.HoldPlaced(T0, "h-1", "fraud", SECRET, SECRET),
    ev.HoldReleased: ev.HoldReleased(T0, "h-1", "fraud", True),
    ev.GoodsTaken: ev.GoodsTaken(T0, "soho", ONE, 1, 0, 0, 0, True),
    ev.FulfillmentRequested: ev.FulfillmentRequested(T0, "f-1", "nyc", TWO),
    ev.FulfillmentAdvanced: ev.FulfillmentAdvanced(T0, "f-1", "nyc", "ready_for_pickup"),
    ev.FulfillmentRejected: ev.FulfillmentRejected(T0, "f-1", "nyc", ONE, SECRET),
    ev.FulfillmentCancelled: ev.FulfillmentCancelled(T0, "f-1", "nyc", ONE, "closed"),
    ev.UnitsShortPicked: ev.UnitsShortPicked(T0, "f-1", "nyc", ONE, (("TEE-M", 1),), "shrinkage"),
    ev.UnitsBackordered: ev.UnitsBackordered(T0, ONE, "nyc", T0, None, "no_stock"),
    ev.DeliveryPromised: ev.DeliveryPromised(
        T0, ONE, "f-1", "nyc", "ground", T0, date(2026, 12, 3), date(2026, 12, 3)
    ),
    ev.PromiseChanged: ev.PromiseChanged(
        *(T0, ONE, "f-1", "nyc", "ground", T0, date(2026, 12, 4), date(2026, 12, 4)),
        *(date(2026, 12, 1), date(2026, 12, 3), date(2026, 12, 3), "late"),
    ),
    ev.UnitsShipped: ev.UnitsShipped(T0, "s-1", "f-1", "nyc", ONE, ("UPS", "1Z9"), 1, 0, 0, 0, True),
    ev.ShipmentAdvanced: ev.ShipmentAdvanced(T0, "s-1", "out_for_delivery"),
    ev.UnitsDelivered: ev.UnitsDelivered(T0, "s-1", ONE),
    ev.UnitsArrived: ev.UnitsArrived(T0, "s-1", "f-2", "soho", ONE),
    ev.UnitsCollected: ev.UnitsCollected(T0, "s-2", "f-2", "soho", ONE),
    ev.PickupExtended: ev.PickupExtended(T0, "f-2", "soho", T0 + timedelta(days=7)),
    ev.PickupExpired: ev.PickupExpired(T0, "f-2", "soho", ONE, T0),
    ev.PickupDeclined: ev.PickupDeclined(T0, "f-2", "soho", ONE, SECRET),
    ev.UnitsReopened: ev.UnitsReopened(T0, "s-1", "", ONE, "sellable", 1, 0, 0, 0, False, False),
    ev.UnitsArrived: ev.UnitsArrived(T0, "s-1", "f-2", "soho", ONE),
    ev.UnitsCollected: ev.UnitsCollected(T0, "s-2", "f-2", "soho", ONE),
    ev.PickupExtended: ev.PickupExtended(T0, "f-2", "soho", minutes(60)),
    ev.PickupExpired: ev.PickupExpired(T0, "f-2", "soho", ONE, T0),
    ev.PickupDeclined: ev.PickupDeclined(T0, "f-2", "soho", ONE, SECRET),
    ev.ChannelShipped: ev.ChannelShipped(T0, "s-2", ONE, 1, 0, 0, 0, False),
    ev.CancelRequested: ev.CancelRequested(T0, "req-1", (), SECRET),
    ev.CancelRequestDecided: ev.CancelRequestDecided(T0, "req-1", True, ONE, False, SECRET),
    ev.UnitsCancelled: ev.UnitsCancelled(T0, ONE, (), 1, 0, 0, 0, 0, 0, 0, 0, SECRET),
    ev.ReturnAuthorized: ev.ReturnAuthorized(T0, "r-1", ONE, "mail", (), None, "tender"),
    ev.ReturnCancelled: ev.ReturnCancelled(T0, "r-1", ONE),
    ev.ReturnArrived: ev.ReturnArrived(T0, "r-1", "la", ONE, True),
    ev.ReturnReceived: ev.ReturnReceived(T0, "r-1", "la", ONE, "damaged", 1, 0, 0, 0, 250, 0, *IN_LA),
    ev.ReturnInspected: ev.ReturnInspected(
        *(T0, "r-1", "la", ONE, "", True, "sellable", "nyc", True, False, 1, 0, 0, 0, 250, 90),
        *(True, "tender"),
    ),
    ev.ReturnRefused: ev.ReturnRefused(T0, "r-1", ONE, "wrong_item"),
    ev.ReturnLost: ev.ReturnLost(T0, "r-1", ONE, 1, 0, 0, 0, "tender"),
    ev.LostReturnFound: ev.LostReturnFound(T0, "r-1", "la", ONE, "", "la", True),
    ev.ReturnKept: ev.ReturnKept(T0, "r-1", ONE, 1, 0, 0, 0, "tender"),
    ev.ShippingGivenBack: ev.ShippingGivenBack(T0, "r-1", 500, 50, 0, 0, "tender"),
    ev.PaymentRequested: ev.PaymentRequested(T0, "p-1", "capture", "card", "gateway", 2_700, "USD"),
    ev.PaymentApproved: ev.PaymentApproved(T0, "p-1", "capture", "card", 2_700, SECRET),
    ev.PaymentDeclined: ev.PaymentDeclined(T0, "p-1", "authorize", "card", 2_700, "insufficient_funds"),
    ev.PaymentUnknown: ev.PaymentUnknown(T0, "p-1", "refund", "card", 2_700),
    ev.PaymentReceived: ev.PaymentReceived(T0, "cash", "cash", 100),
    ev.RefundNoted: ev.RefundNoted(T0, "channel", "channel", 100),
    ev.PaymentRetried: ev.PaymentRetried(T0, "card"),
    ev.TenderAdded: ev.TenderAdded(T0, ev.TenderStated("gift", "gift_card", 500, 0, 0)),
    ev.AuthorizationLapsed: ev.AuthorizationLapsed(T0, "card", 2_700),
    ev.ChargebackRecorded: ev.ChargebackRecorded(T0, "cb", "card", 2_700),
    ev.ChargebackResolved: ev.ChargebackResolved(T0, "cb", "card", 2_700, True),
    ev.AllowanceGranted: ev.AllowanceGranted(T0, "a-1", "goodwill", 500, SECRET),
    ev.UnitsAdded: ev.UnitsAdded(T0, "edit:e-1", (a_line("9", 1),), (), (), 2_500, 200, 0, 0),
    ev.DeliveryChanged: ev.DeliveryChanged(T0, "edit:e-1", Place("US", "NY", "10001"), "express", "soho"),
    ev.EditProposed: ev.EditProposed(
        T0, Edit("e-1", "", (), (), (), (), (), (), None, None, 500, T0, None), "customer", 500, 40, 0, 0, 540
    ),
    ev.EditConfirmed: ev.EditConfirmed(T0, "e-1", "Jane", "", ONE, ONE, (("2", "1"),), 500, 40, 0, 0, 8_640),
    ev.EditDeclined: ev.EditDeclined(T0, "e-1", "customer", SECRET),
    ev.EditLapsed: ev.EditLapsed(T0, "e-1", T0),
    ev.ExchangeAuthorized: ev.ExchangeAuthorized(T0, SWAP, 2_500, 200, 2_200, 500),
    ev.ExchangeStarted: ev.ExchangeStarted(T0, "x-1", "r-1", ONE),
    ev.ExchangeSent: ev.ExchangeSent(T0, "x-1", T0),
    ev.ExchangeOverdue: ev.ExchangeOverdue(T0, "x-1", T0),
    ev.ExchangeCharged: ev.ExchangeCharged(T0, "x-1", "p-9", 2_700),
    ev.ExchangeEnded: ev.ExchangeEnded(T0, "x-1", "declined", "not_paid"),
    ev.ClaimOpened: ev.ClaimOpened(T0, "c-1", "wrong_item", ONE),
    ev.ClaimRefunded: ev.ClaimRefunded(T0, "c-1", ONE, (), 0, 2_500, 200, 0, 0),
    ev.UnitsReplaced: ev.UnitsReplaced(T0, "c-1", ONE, (), 0, 2_500, 200, 0, 0),
    ev.ClaimResolved: ev.ClaimResolved(T0, "c-1", "late", "reject", ONE, True, SECRET),
    ev.SnapshotSeen: ev.SnapshotSeen(T0, 2),
    ev.PersonalDataErased: ev.PersonalDataErased(T0),
    ev.LateFactNoted: ev.LateFactNoted(T0, "cancel_requested", SECRET),
}


def told(event: Any) -> str:
    entries = [an_entry("o-1", EVENTS[ev.OrderPlaced]), an_entry("o-1", event)]
    return timeline(entries)[-1].removeprefix("  09:00:00  ")


def test_every_event_of_an_order_has_words() -> None:
    assert set(EVENTS) == set(get_args(ev.OrderEvent))
    for kind, event in EVENTS.items():
        words = told(event)
        assert kind.__name__ not in words
        assert words == words.strip()
        assert "\n" not in words


def test_what_an_edit_added_has_its_name_from_then_on() -> None:
    shipped = ev.UnitsShipped(T0, "s-9", "f-1", "nyc", (("9", ((1, 1),)),), ("", ""), 1, 0, 0, 0, True)
    added = ev.UnitsAdded(T0, "edit:e-1", (a_line("9", 1, sku="MUG"),), (), (), 2_500, 200, 0, 0)
    facts = [EVENTS[ev.OrderPlaced], added, shipped]
    assert timeline([an_entry("o-1", fact) for fact in facts])[-1].endswith("shipped from nyc: 1 x MUG")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ev.HoldPlaced(T0, "h", "fraud", "risk"), "on hold (fraud)"),
        (
            ev.HoldPlaced(T0, "h", "fraud", "risk", "", ("routing", "capture"), T0 + timedelta(hours=1)),
            "on hold (fraud), no routing and no capture, until 2026-11-27 10:00:00 UTC",
        ),
        (ev.HoldReleased(T0, "h", "fraud", False, "risk"), "hold released (fraud)"),
        (ev.HoldReleased(T0, "h", "fraud", False, "risk", T0), "hold expired (fraud)"),
        (ev.CancelRequested(T0, "r", (), ""), "asked to be cancelled: all of it"),
        (
            ev.CancelRequested(T0, "r", (("1", 2), ("2", ((1, 1),))), ""),
            "asked to be cancelled: 2 x TEE-M, 1 x CAP",
        ),
        (ev.CancelRequestDecided(T0, "r", False, (), False, ""), "cancel declined"),
        (ev.CancelRequestDecided(T0, "r", True, (), True, ""), "cancel accepted by policy"),
        (ev.CancelRequestDecided(T0, "r", True, ONE, False, ""), "cancel accepted, too late for 1 x TEE-M"),
    ],
)
def test_holds_and_requests_to_cancel_in_words(event: Any, words: str) -> None:
    entries = [an_entry("o-1", EVENTS[ev.OrderPlaced]), an_entry("o-1", event)]
    assert timeline(entries)[-1].endswith(f"  {words}")


def test_parts_of_kits_are_told_by_what_they_are_and_of_what() -> None:
    both = (*ONE, ("2", ((1, 2),)))
    parts = (("2", 1, 2, (("CUP", 1), ("TEA", 2))),)
    came = ev.ReturnReceived(T0, "r-1", "la", both, "sellable", 1, 0, 0, 0, 0, 0, *IN_LA, parts)
    assert "1 x TEE-M, 2 x CUP, 4 x TEA of 2 x CAP" in told(came)
    refused = ev.ReturnRefused(T0, "r-1", both[1:], "refused", parts)
    assert "did not bring 2 x CUP, 4 x TEA of 2 x CAP" in told(refused)


def test_a_report_tells_of_pieces_where_there_are_any() -> None:
    parts = (("1", 1, 1, (("CUP", 1),)),)
    came = ev.ReturnReceived(T0, "r-1", "la", ONE, "sellable", 1, 0, 0, 0, 0, 0, *IN_LA, parts)
    report, writer = Report(), FeedWriter()
    for facts in ([EVENTS[ev.OrderPlaced]], [came]):
        assert "pieces of kits returned" not in render_text(report.day())
        for entry in writer.commit("order/o-1", facts):
            report.apply(entry)
    assert "pieces of kits returned" in render_text(report.day())


def test_no_free_text_gets_into_the_words() -> None:
    for event in EVENTS.values():
        for part in ("Jane", "Doe", "Main"):
            assert part not in told(event)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            ev.ExchangeAuthorized,
            "exchange x-1 agreed: 1 x MUG in advance of 1 x TEE-M, 5.00 USD to be paid first",
        ),
        (ev.ExchangeEnded, "exchange x-1 declined (not paid)"),
        (ev.ClaimOpened, "claim c-1 (wrong item): 1 x TEE-M"),
        (ev.ClaimRefunded, "27.00 USD given back, nothing comes back (claim c-1)"),
        (ev.ClaimResolved, "claim c-1: reject"),
        (ev.OrderPlaced, "placed on shopify: 2 x TEE-M, 1 x CAP; 81.00 USD"),
        (ev.OrderStatusChanged, "-> on hold"),
        (ev.HoldReleased, "hold overruled (fraud)"),
        (ev.GoodsTaken, "taken at the till of soho: 1 x TEE-M"),
        (ev.FulfillmentRequested, "asked nyc for 2 x TEE-M, 1 x CAP"),
        (ev.FulfillmentAdvanced, "nyc: ready for pickup"),
        (ev.FulfillmentRejected, "nyc rejected 1 x TEE-M"),
        (ev.UnitsShortPicked, "nyc could not find 1 x TEE-M (shrinkage)"),
        (
            ev.UnitsBackordered,
            f"1 x TEE-M waits for stock at nyc, promised for {T0.isoformat()}",
        ),
        (
            ev.DeliveryPromised,
            f"promised 1 x TEE-M from nyc, to leave by {T0.isoformat()}, to arrive on 2026-12-03",
        ),
        (
            ev.PromiseChanged,
            "1 x TEE-M arrives on 2026-12-04, not between 2026-12-01 and 2026-12-03 as was promised (late)",
        ),
        (ev.UnitsShipped, "shipped from nyc: 1 x TEE-M, UPS 1Z9"),
        (ev.UnitsCancelled, "cancelled 1 x TEE-M"),
        (ev.UnitsAdded, "added 1 x TEE-M for 27.00 USD (edit)"),
        (ev.DeliveryChanged, "to be delivered otherwise: express, for pickup at soho (edit)"),
        (ev.EditProposed, "edit e-1 proposed (customer): 5.40 USD, 5.40 USD to be paid first"),
        (ev.EditConfirmed, "edit e-1 confirmed: CAP for TEE-M, now 86.40 USD"),
        (ev.EditDeclined, "edit e-1 declined (customer)"),
        (ev.EditLapsed, "edit e-1 has expired"),
        (ev.UnitsReopened, "never arrived and open again: 1 x TEE-M"),
        (ev.UnitsArrived, "came to soho, where it is collected: 1 x TEE-M"),
        (ev.UnitsCollected, "collected at soho: 1 x TEE-M"),
        (ev.PickupExtended, "waits at soho until 2026-11-27T10:00:00+00:00"),
        (ev.PickupExpired, "not collected at soho by 2026-11-27T09:00:00+00:00: 1 x TEE-M"),
        (ev.PickupDeclined, "not wanted at soho: 1 x TEE-M"),
        (ev.ReturnAuthorized, "return r-1 authorized: 1 x TEE-M"),
        (ev.ReturnReceived, "came back to la: 1 x TEE-M (damaged), fee 2.50 USD"),
        (ev.ReturnArrived, "came back to la: 1 x TEE-M; to be inspected"),
        (
            ev.ReturnInspected,
            "taken back after inspection: 1 x TEE-M (sellable), fee 2.50 USD, label 0.90 USD; stocked at nyc",
        ),
        (ev.ReturnRefused, "return r-1 did not bring 1 x TEE-M (wrong item)"),
        (ev.ReturnLost, "lost on the way back: 1 x TEE-M"),
        (ev.LostReturnFound, "came back to la after all: 1 x TEE-M (scrapped)"),
        (ev.ReturnKept, "the customer keeps 1 x TEE-M"),
        (ev.ShippingGivenBack, "shipping given back: 5.50 USD"),
        (ev.PaymentRequested, "capture 27.00 USD asked for"),
        (ev.PaymentDeclined, "authorize 27.00 USD declined (insufficient funds)"),
        (ev.PaymentUnknown, "refund 27.00 USD unanswered"),
    ],
)
def test_the_words(kind: type, words: str) -> None:
    assert told(EVENTS[kind]) == words


def test_a_pickup_says_where() -> None:
    placed = a_placement("o-1", pickup_at="soho")
    assert timeline([an_entry("o-1", placed)])[-1].endswith("; 54.00 USD, for pickup at soho")


def test_days_and_times_are_those_of_the_wall_that_was_asked_for() -> None:
    """C2: 02:30 UTC on the 28th is the evening of the 27th in New York."""
    late = ev.UnitsDelivered(T0 + timedelta(hours=17, minutes=30), "s-1", ONE)
    entries = [an_entry("o-1", EVENTS[ev.OrderPlaced]), an_entry("o-1", late)]
    assert timeline(entries, ZoneInfo("America/New_York")) == (
        "2026-11-27 EST",
        "  04:00:00  placed on shopify: 2 x TEE-M, 1 x CAP; 81.00 USD",
        "  21:30:00  delivered 1 x TEE-M",
    )
    assert [line for line in timeline(entries) if not line.startswith(" ")] == [
        "2026-11-27 UTC",
        "2026-11-28 UTC",
    ]


def test_a_history_that_begins_in_the_middle_still_has_words() -> None:
    assert timeline([an_entry("o-1", EVENTS[ev.PaymentApproved])])[-1].endswith("capture 2700 approved")
    assert timeline([an_entry("o-1", EVENTS[ev.UnitsShipped])])[-1].endswith("1 x 1, UPS 1Z9")


def test_an_event_that_an_embedder_added_goes_by_its_name() -> None:
    class GiftWrapped:
        at = T0

    assert timeline([an_entry("o-1", GiftWrapped())])[-1].endswith("GiftWrapped")


@given(feeds())
def test_a_timeline_has_a_line_per_fact(entries: list[FeedEntry]) -> None:
    lines = timeline(entries)
    assert sum(line.startswith("  ") for line in lines) == len(entries)
    assert len(lines) - len(entries) == len({entry.at.date() for entry in entries})


@given(st.one_of(st.integers(), st.text(), st.just(ChannelFigures("x"))))
def test_anything_else_is_a_typed_error(junk: Any) -> None:
    entries: Any = [junk]
    with pytest.raises(InvalidType):
        timeline(entries)
    with pytest.raises(InvalidType):
        timeline([], junk)
    if junk == "":
        return
    with pytest.raises(InvalidType):
        timeline(junk)
