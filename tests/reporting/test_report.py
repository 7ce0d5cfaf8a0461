"""The report of a day: every figure against a naive count over the same facts."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st

from feed_facts import T0, FeedWriter, a_line, a_placement, minutes
from omcore.kernel import InputError, InvalidType, OmcoreError
from omcore.orders import events as ev
from omcore.orders.entitlements import ChargeWorth
from omcore.ports import FeedEntry, Message
from omcore.reporting import (
    ChannelFigures,
    DayReport,
    MoneyFigures,
    Report,
    Share,
    as_json,
    merged,
    render_text,
)
from order_histories import CHANNELS, HOURS, feeds

DAY = datetime(2026, 11, 27, 5, tzinfo=UTC)  # midnight in New York
ONE = (("1", ((1, 1),)),)


def read(entries: list[FeedEntry], **options: Any) -> Report:
    report = Report(**options)
    for entry in entries:
        report.apply(entry)
    return report


# -- the oracle: each figure is a sum over all facts, from the words of its definition ---------------


def ordinals(items: Any) -> int:
    return sum(len(range(first, last + 1)) for _, runs in items for first, last in runs)


class Naive:
    """Counts one channel (all where None) over a window, by going through everything each time."""

    def __init__(self, entries: list[FeedEntry], channel: str | None, start: datetime, end: datetime) -> None:
        self.facts: list[tuple[str, Any]] = [(entry.stream, entry.event) for entry in entries]
        self.start, self.end = start, end
        self.orders = {
            stream: event
            for stream, event in self.facts
            if isinstance(event, ev.OrderPlaced) and channel in (None, event.ref.channel)
        }
        self.cohort = {
            stream: event for stream, event in self.orders.items() if start <= event.placed_at < end
        }

    def during(self, *kinds: type) -> list[tuple[str, Any]]:
        facts = [fact for fact in self.facts if isinstance(fact[1], kinds) and fact[0] in self.orders]
        return [(stream, event) for stream, event in facts if self.start <= event.at < self.end]

    def units(self, *kinds: type) -> int:
        return sum(ordinals(event.items) for _, event in self.during(*kinds))

    def of_cohort(self, *kinds: type) -> list[tuple[str, Any]]:
        return [
            (stream, event)
            for stream, event in self.facts
            if isinstance(event, kinds) and stream in self.cohort
        ]

    def places(self) -> dict[str, list[Any]]:
        """Shipments from our own locations by order."""
        out: dict[str, list[Any]] = {}
        for stream, event in self.of_cohort(ev.UnitsShipped):
            out.setdefault(stream, []).append(event)
        return out

    def minutes(self) -> Counter[int]:
        return Counter(
            (shipments[0].at - self.cohort[stream].placed_at) // timedelta(minutes=1)
            for stream, shipments in self.places().items()
        )

    def money(self) -> dict[str, dict[str, int]]:
        sums: dict[str, Counter[str]] = {}

        def add(currency: str, **amounts: int) -> None:
            sums.setdefault(currency, Counter()).update(amounts)

        for order in self.cohort.values():
            net = sum(
                (last - first + 1) * each
                for line in order.lines
                for first, last, each, *_ in line.entitlements
            ) + sum(charge.net for charge in order.charges)
            add(order.currency, booked=net, tax=order.total - net, remitted=order.remitted)
        for stream, event in self.of_cohort(ev.UnitsAdded):
            if not event.cause.startswith("claim:"):  # a replacement is booked as what it replaces
                currency = self.orders[stream].currency
                add(currency, booked=event.net, tax=event.tax, remitted=event.remitted)
        for stream, event in self.during(ev.UnitsShipped, ev.ChannelShipped, ev.GoodsTaken):
            add(self.orders[stream].currency, recognized=event.net)
        for stream, event in self.during(ev.UnitsReopened, ev.UnitsReplaced):
            add(self.orders[stream].currency, recognized=-event.net)
        for stream, event in self.during(ev.ClaimRefunded):
            add(self.orders[stream].currency, claimed=event.net)
        for stream, event in self.during(ev.UnitsCancelled):
            add(self.orders[stream].currency, cancelled=event.net + event.charges_net)
        for stream, event in self.during(ev.ReturnReceived):
            add(self.orders[stream].currency, returned=event.net, fees=event.fee)
        for stream, event in self.during(ev.PaymentApproved):
            moved = {"capture": "captured", "refund": "refunded", "issue": "credited"}.get(event.kind)
            add(self.orders[stream].currency, **({moved: event.amount} if moved else {}))
        for stream, event in self.during(ev.PaymentReceived):
            settled = event.amount if event.tender_kind == "channel" else 0
            add(self.orders[stream].currency, captured=event.amount, settled=settled)
        for stream, event in self.during(ev.RefundNoted):
            add(self.orders[stream].currency, refunded=event.amount)
        for stream, event in self.during(ev.AllowanceGranted):
            add(self.orders[stream].currency, allowed=event.amount)
        return {
            currency: {name: amount for name, amount in amounts.items() if amount}
            for currency, amounts in sums.items()
        }


def assert_as_naive(figures: ChannelFigures, naive: Naive) -> None:
    cohort = naive.cohort.values()
    places = naive.places()
    assert figures.orders == len(cohort)
    added = [event for _, event in naive.of_cohort(ev.UnitsAdded)]
    assert figures.units_ordered == sum(
        line.quantity for event in (*cohort, *added) for line in event.lines
    ) + sum(last - first + 1 for event in added for _, runs in event.more for first, last, *_ in runs)
    assert figures.units_filled == sum(
        ordinals(event.items)
        for _, event in naive.of_cohort(ev.UnitsShipped, ev.ChannelShipped, ev.GoodsTaken)
    ) - sum(ordinals(event.items) for _, event in naive.of_cohort(ev.UnitsReopened))
    assert figures.units_withdrawn == sum(
        ordinals(event.items)
        for _, event in naive.of_cohort(ev.UnitsCancelled)
        if event.cause in ("customer", "channel", "edit", "exchange", "unpaid", "not_collected", "declined")
    )
    assert figures.orders_shipped == len(places)
    assert figures.orders_split == sum(
        len({event.location for event in events}) > 1 for events in places.values()
    )
    assert dict(figures.minutes_to_ship) == naive.minutes()
    assert figures.units_shipped == naive.units(ev.UnitsShipped, ev.ChannelShipped)
    assert figures.units_taken == naive.units(ev.GoodsTaken)
    assert figures.units_delivered == naive.units(ev.UnitsDelivered)
    assert figures.units_cancelled == naive.units(ev.UnitsCancelled)
    assert figures.units_short_picked == naive.units(ev.UnitsShortPicked)
    assert figures.units_reopened == naive.units(ev.UnitsReopened)
    assert figures.units_returned == naive.units(ev.ReturnReceived)
    assert figures.units_claimed == naive.units(ev.UnitsReplaced) + sum(
        ordinals(event.kept) + ordinals(event.lost) for _, event in naive.during(ev.ClaimRefunded)
    )
    found = {
        row.currency: {name: amount for name, amount in asdict(row).items() if amount and name != "currency"}
        for row in figures.money
    }
    assert {c: sums for c, sums in found.items() if sums} == {c: s for c, s in naive.money().items() if s}


@given(feeds(), st.integers(-3, HOURS), st.integers(0, HOURS))
def test_every_figure_of_any_window_is_what_a_naive_count_gives(
    entries: list[FeedEntry], first: int, hours: int
) -> None:
    start = T0 + timedelta(hours=first)
    end = start + timedelta(hours=hours)
    report = read(entries).day(start, end)
    assert_as_naive(report.total, Naive(entries, None, start, end))
    for channel in CHANNELS:
        figures = report.by_channel().get(channel, ChannelFigures(channel))
        assert_as_naive(figures, Naive(entries, channel, start, end))


@given(feeds(), st.data())
def test_however_the_feed_is_cut_and_repeated_the_report_is_the_same(
    entries: list[FeedEntry], data: st.DataObject
) -> None:
    """Read in batches, each from a little before where the last one ended, and asked in between."""
    report = Report()
    done = 0
    while done < len(entries):
        size = data.draw(st.integers(1, len(entries) - done))
        again = data.draw(st.integers(0, done))
        for entry in entries[again : done + size]:
            report.apply(entry)
        report.day()
        done += size
        assert report.position == entries[done - 1].position
    assert report.day() == read(entries).day()


@given(feeds())
def test_channels_add_up_to_the_total_and_days_to_the_whole(entries: list[FeedEntry]) -> None:
    report = read(entries)
    whole = report.day()
    assert merged("", whole.channels) == whole.total
    days = [DAY + timedelta(days=n) for n in range(-1, 12)]
    parts = [report.day(start, end) for start, end in pairwise(days)]
    assert merged("", [part.total for part in parts]) == whole.total
    assert report.day(days[0], days[-1]).channels == whole.channels


@given(st.permutations(CHANNELS), feeds())
def test_adding_rows_does_not_depend_on_their_order(order: list[str], entries: list[FeedEntry]) -> None:
    rows = read(entries).day().by_channel()
    some = [rows[channel] for channel in order if channel in rows]
    assert merged("x", some) == merged("x", reversed(some))
    assert merged("x", [merged("y", some[:1]), merged("z", some[1:])]) == merged("x", some)


# -- what the figures say ---------------------------------------------------------------------------


def shipped(at: datetime, items: Any, location: str = "nyc", net: int = 2_500) -> ev.UnitsShipped:
    return ev.UnitsShipped(at, "s", "f", location, items, ("", ""), net, 200, 0, 0, True)


def one_order(*facts: Any, quantity: int = 4, **placement: Any) -> DayReport:
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1", a_line("1", quantity), **placement)])
    for fact in facts:
        writer.commit("order/o-1", [fact])
    return read(writer.entries).day()


def units(first: int, last: int) -> Any:
    return (("1", ((first, last),)),)


def cancelled(items: Any, cause: str) -> ev.UnitsCancelled:
    return ev.UnitsCancelled(minutes(5), items, (), 0, 0, 0, 0, 0, 0, 0, 0, cause)


def test_what_the_customer_cancels_is_not_held_against_us_and_what_we_cancel_is() -> None:
    facts = (shipped(minutes(9), units(1, 2)), cancelled(units(3, 3), "no_stock"))
    assert one_order(*facts).total.fill_rate == Share(2, 4)
    assert one_order(*facts, cancelled(units(4, 4), "customer")).total.fill_rate == Share(2, 3)


@pytest.mark.parametrize("cause", ["not_collected", "declined"])
def test_goods_that_wait_at_a_store_and_are_not_wanted_are_not_held_against_us(cause: str) -> None:
    """They were there; what was sent to the store for it comes back before it is cancelled."""
    collected = shipped(minutes(9), units(1, 2))
    assert one_order(collected, cancelled(units(3, 4), cause)).total.fill_rate == Share(2, 2)
    sent, back = (
        shipped(minutes(9), units(1, 4)),
        ev.UnitsReopened(minutes(10), "s", "soho", units(3, 4), "sellable", 1_250, 0, 0, 0, False, True),
    )
    assert one_order(sent, back, cancelled(units(3, 4), cause)).total.fill_rate == Share(2, 2)


def test_the_fill_rate_is_that_of_the_days_own_orders() -> None:
    """A unit shipped today for an order of yesterday does not fill today's orders."""
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1", a_line("1", 1))])
    writer.commit("order/o-2", [a_placement("o-2", a_line("1", 1), at=minutes(24 * 60))])
    writer.commit("order/o-1", [shipped(minutes(25 * 60), units(1, 1))])
    report = read(writer.entries)
    today = report.day(minutes(24 * 60), minutes(48 * 60)).total
    assert (today.units_shipped, today.fill_rate) == (1, Share(0, 1))
    assert report.day(T0, minutes(24 * 60)).total.fill_rate == Share(1, 1)


def test_an_order_is_split_when_a_second_location_ships_and_counts_once() -> None:
    facts = [shipped(minutes(n), units(n, n), place) for n, place in enumerate(("la", "nyc", "chi", "la"), 1)]
    assert one_order(*facts[:1]).total.split_rate == Share(0, 1)
    assert one_order(*facts[:2]).total.split_rate == Share(1, 1)
    assert one_order(*facts).total.split_rate == Share(1, 1)


def test_two_parcels_from_one_location_are_no_split() -> None:
    facts = (shipped(minutes(1), units(1, 1)), shipped(minutes(2), units(2, 2)))
    assert one_order(*facts).total.split_rate == Share(0, 1)


def test_a_lost_parcel_is_filled_and_recognized_when_it_goes_again() -> None:
    lost = ev.UnitsReopened(minutes(60), "s", "", units(1, 2), "sellable", 5_000, 400, 0, 0, False, False)
    facts = (shipped(minutes(9), units(1, 2), net=5_000), lost)
    total = one_order(*facts).total
    assert (total.fill_rate, total.money_in("USD").recognized) == (Share(0, 4), 0)
    total = one_order(*facts, shipped(minutes(90), units(1, 2), net=5_000)).total
    assert (total.fill_rate, total.money_in("USD").recognized) == (Share(2, 4), 5_000)
    assert (total.units_shipped, total.units_reopened) == (4, 2)
    assert total.minutes_to_ship == ((9, 1),)


def test_time_to_ship_runs_from_the_customers_order_to_the_first_shipment() -> None:
    facts = (shipped(minutes(95), units(1, 1)), shipped(minutes(300), units(2, 2)))
    total = one_order(*facts).total
    assert total.minutes_to_ship == ((95, 1),)
    assert total.minutes_within(50) == 95


def test_a_channel_whose_clock_is_ahead_makes_no_negative_time() -> None:
    assert one_order(shipped(T0 - timedelta(hours=1), units(1, 1))).total.minutes_to_ship == ((0, 1),)


def test_revenue_is_booked_when_ordered_and_recognized_when_it_ships() -> None:
    """M8, M13: net of tax; a marketplace's tax beside; charges in the shipment they went with."""
    line = a_line("1", 2, net=2_500, tax=200, remitted=150)
    writer = FeedWriter()
    placed = a_placement("o-1", line, charges=(ChargeWorth("shipping", 600, 48, 0, 0),))
    writer.commit("order/o-1", [placed])
    writer.commit("order/o-1", [shipped(minutes(60), units(1, 1), net=3_100)])
    money = read(writer.entries).day().total.money_in("USD")
    assert money == MoneyFigures("USD", booked=5_600, tax=448, remitted=300, recognized=3_100)
    assert money.booked + money.tax == placed.total


def test_what_an_edit_added_is_ordered_and_booked_with_its_order_and_what_it_took_is_withdrawn() -> None:
    """The day of the edit is another; without that its units would fill an order of nothing."""
    more = (("1", ((5, 5, 2_500, 200, 0, 0),)),)
    day = 24 * 60
    added = ev.UnitsAdded(minutes(day), "edit:e1", (a_line("9", 1),), more, (), 5_000, 400, 0, 0)
    facts = (added, shipped(minutes(day + 1), units(5, 5)), cancelled(units(4, 4), "edit"))
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1", a_line("1", 4))])
    for fact in facts:
        writer.commit("order/o-1", [fact])
    report = read(writer.entries)
    first = report.day(T0, minutes(day)).total
    assert (first.units_ordered, first.fill_rate) == (6, Share(1, 5))
    assert first.money_in("USD").booked == 4 * 2_500 + 5_000
    assert report.day(minutes(day), minutes(2 * day)).total.units_ordered == 0


def test_a_replacement_is_ordered_and_filled_but_booked_as_what_it_replaces() -> None:
    more = (("1", ((5, 5, 2_500, 200, 0, 0),)),)
    added = ev.UnitsAdded(minutes(3), "claim:c1", (), more, (), 2_500, 200, 0, 0)
    total = one_order(added).total
    assert (total.units_ordered, total.money_in("USD").booked) == (5, 4 * 2_500)


def test_an_order_that_was_over_is_under_way_again_with_what_an_edit_adds() -> None:
    delivered = ev.UnitsDelivered(minutes(2), "s", units(1, 4))
    added = ev.UnitsAdded(minutes(3), "edit:e1", (a_line("9", 1),), (), (), 2_500, 200, 0, 0)
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1", a_line("1", 4))])
    for fact in (delivered, added):
        writer.commit("order/o-1", [fact])
    report = read(writer.entries)
    report.forget(minutes(15 * 60))
    shipped_late = shipped(minutes(15 * 60), (("9", ((1, 1),)),))
    report.apply(writer.commit("order/o-1", [shipped_late])[0])
    assert report.day().unattributed == 0


def test_units_of_a_line_that_are_worth_different_amounts_are_all_booked() -> None:
    """M2: one of three units is worth a cent less."""
    line = evolve(a_line("1", 3), entitlements=((1, 1, 999, 80, 0, 0), (2, 3, 1_000, 81, 0, 0)))
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1", line)])
    money = read(writer.entries).day().total.money_in("USD")
    assert (money.booked, money.tax) == (2_999, 242)


def test_money_that_moved_before_the_channel_told_us_is_counted_when_it_did() -> None:
    tender = ev.TenderStated("card", "channel", 5_400, 5_400, 5_400, 700)
    placed = evolve(a_placement("o-1"), tenders=(tender,), at=minutes(24 * 60))
    writer = FeedWriter()
    writer.commit("order/o-1", [placed])
    report = read(writer.entries)
    first, second = (report.day(minutes(n), minutes(n + 24 * 60)).total for n in (0, 24 * 60))
    assert (first.orders, first.money_in("USD").captured) == (1, 0)
    money = second.money_in("USD")
    assert (second.orders, money.captured, money.refunded) == (0, 5_400, 700)
    assert money.settled == 5_400, "M13: what a channel took is told apart"


def test_m13_what_our_own_gateway_captured_is_not_settled_by_a_channel() -> None:
    tender = ev.TenderStated("card", "gateway", 5_400, 5_400, 5_400, 0)
    writer = FeedWriter()
    writer.commit("order/o-1", [evolve(a_placement("o-1"), tenders=(tender,))])
    money = read(writer.entries).day().total.money_in("USD")
    assert (money.captured, money.settled) == (5_400, 0)


def test_two_currencies_are_never_added() -> None:
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1", currency="USD")])
    writer.commit("order/o-2", [a_placement("o-2", currency="JPY")])
    money = read(writer.entries).day().total.money
    assert [(row.currency, row.booked) for row in money] == [("JPY", 5_000), ("USD", 5_000)]


def test_messages_are_counted_by_the_channel_of_their_order_and_their_kind() -> None:
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1", channel="square")])
    report = read(writer.entries)
    for key in ("a", "b"):
        report.sent(Message(key, "o-1", "shipped", "s", "t"), minutes(1))
    report.sent(Message("c", "nobody", "shipped", "s", "t"), minutes(1))
    day = report.day()
    assert day.by_channel()["square"].messages == (("shipped", 2),)
    assert day.unattributed == 1


@given(st.dictionaries(st.integers(0, 500), st.integers(1, 4), max_size=12), st.integers(1, 100))
def test_percentiles_are_those_of_the_orders_listed_one_by_one(times: dict[int, int], percent: int) -> None:
    figures = ChannelFigures("x", minutes_to_ship=tuple(sorted(times.items())))
    listed = sorted(minute for minute, orders in times.items() for _ in range(orders))
    found = figures.minutes_within(percent)
    if not listed:
        assert found is None
        return
    assert found in listed
    assert sum(minute <= found for minute in listed) * 100 >= percent * len(listed)
    assert sum(minute < found for minute in listed) * 100 < percent * len(listed)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(0, 0), "-"),
        (Share(0, 7), "0.0%"),
        (Share(7, 7), "100.0%"),
        (Share(1, 3), "33.3%"),
        (Share(2, 3), "66.7%"),
        (Share(1, 16), "6.3%"),
        (Share(1, 2000), "0.1%"),
        (Share(999_999, 1_000_000), "100.0%"),
    ],
)
def test_a_share_is_a_percentage_with_one_decimal(share: Share, text: str) -> None:
    assert str(share) == text


LOOK: tuple[str, bool, bool, bool, str] = ("la", True, True, False, "tender")  # it is to be inspected
GONE: tuple[Any, ...] = ("la", True, True, 0, 0, 0, 0, 0, 0, True, "tender")  # refunded before
IN_LA: tuple[str, bool, bool, bool, str] = ("la", True, False, True, "tender")  # and all of it


def test_each_fact_of_an_order_is_counted_once_and_as_what_it_is() -> None:
    """M9, S9: what is cancelled takes its charges along; authorizing and voiding moves no money."""
    facts: list[Any] = [
        ev.UnitsCancelled(minutes(1), units(4, 4), (), 2_500, 200, 0, 0, 600, 48, 0, 0, "customer"),
        ev.UnitsShortPicked(minutes(2), "f", "nyc", units(1, 3), (("TEE-M", 3),), "shrinkage"),
        ev.PaymentApproved(minutes(3), "p1", "authorize", "card", 1),
        ev.PaymentApproved(minutes(3), "p2", "capture", "card", 20),
        ev.PaymentApproved(minutes(3), "p3", "void", "card", 300),
        ev.PaymentApproved(minutes(3), "p4", "refund", "card", 4_000),
        ev.PaymentReceived(minutes(4), "cash", "cash", 50_000),
        ev.PaymentReceived(minutes(4), "amazon", "channel", 7_000_000),
        ev.RefundNoted(minutes(4), "channel", "channel", 600_000),
        ev.ReturnReceived(minutes(5), "r", "la", units(1, 2), "damaged", 5_000, 400, 0, 0, 500, 9, *IN_LA),
        ev.ReturnReceived(minutes(6), "r", "la", units(3, 3), "quarantined", 2_500, 200, 0, 0, 0, 0, *LOOK),
        ev.ReturnInspected(minutes(7), "r", "la", units(3, 3), "", True, "", *GONE),
        ev.ReturnArrived(minutes(7), "r", "la", units(4, 4), True),
        ev.ReturnInspected(minutes(8), "r", "la", units(4, 4), "", False, "", *GONE),
        ev.ReturnKept(minutes(9), "r", units(5, 6), 70, 0, 0, 0, "tender"),
        ev.ReturnLost(minutes(9), "r", units(7, 7), 8, 0, 0, 0, "tender"),
        ev.ShippingGivenBack(minutes(9), "r", 900_000, 1, 0, 0, "tender"),
    ]
    total = one_order(*facts).total
    assert (total.units_cancelled, total.units_short_picked, total.units_returned) == (1, 3, 3)
    money = total.money_in("USD")
    assert (money.cancelled, money.returned, money.fees) == (3_100, 907_578, 509)
    assert dict(total.dispositions) == {"refurbish": 2, "scrap": 1, "keep": 2, "lost": 1}
    assert (money.captured, money.settled, money.refunded) == (7_050_020, 7_000_000, 604_000)


def test_pieces_of_kits_are_counted_by_themselves_and_what_they_are_worth_with_the_rest() -> None:
    """One unit came whole, and of two a cup and two teas; two cups were lost and found."""
    pieces = (("1", 2, 3, (("CUP", 1), ("TEA", 2))),)
    cups = (("1", 4, 5, (("CUP", 1),)),)
    facts: list[Any] = [
        ev.ReturnReceived(
            minutes(5), "r", "la", units(1, 3), "damaged", 5_000, 400, 0, 0, 500, 0, *IN_LA, pieces
        ),
        ev.ReturnLost(minutes(9), "r", units(4, 5), 8, 0, 0, 0, "tender", cups),
        ev.LostReturnFound(minutes(9), "r", "la", units(4, 5), "", "la", True, cups),
        ev.ReturnKept(minutes(9), "r", units(6, 6), 70, 0, 0, 0, "tender", (("1", 6, 6, (("TEA", 1),)),)),
    ]
    total = one_order(*facts).total
    assert (total.units_returned, total.parts_returned) == (1, 6 + 2)
    assert {where: n for where, n in total.dispositions if n} == {"refurbish": 1}
    money = total.money_in("USD")
    assert (money.returned, money.fees) == (5_078, 500)


def test_what_is_given_besides_goods_and_what_a_bank_takes_stand_in_rows_of_their_own() -> None:
    """Store credit is no refund; a chargeback that is won again is none."""
    facts: list[Any] = [
        ev.AllowanceGranted(minutes(1), "a1", "goodwill", 700, "", True),
        ev.PaymentApproved(minutes(2), "p1", "issue", "store-credit", 700),
        ev.ChargebackRecorded(minutes(3), "cb-1", "card", 5_000),
        ev.ChargebackRecorded(minutes(3), "cb-2", "card", 60_000),
        ev.ChargebackResolved(minutes(4), "cb-1", "card", 5_000, True),
        ev.ChargebackResolved(minutes(4), "cb-2", "card", 60_000, False),
        ev.PaymentApproved(minutes(5), "p2", "extend", "card", 9),
        ev.AuthorizationLapsed(minutes(6), "card", 8),
    ]
    money = one_order(*facts).total.money_in("USD")
    assert (money.allowed, money.credited, money.charged_back) == (700, 700, 60_000)
    assert (money.captured, money.refunded) == (0, 0)


def test_m13_a_tender_that_comes_later_brings_the_money_that_it_has() -> None:
    gift = ev.TenderStated("gift", "gift_card", 3_000, 3_000, 3_000, 200)
    theirs = ev.TenderStated("shop", "channel", 40_000, 40_000, 40_000, 0)
    promised = ev.TenderStated("card", "gateway", 9, 9, 0, 0)
    added = [ev.TenderAdded(minutes(1), tender) for tender in (gift, theirs, promised)]
    money = one_order(*added).total.money_in("USD")
    assert (money.captured, money.settled, money.refunded) == (43_000, 40_000, 200)


def test_a_split_belongs_to_the_day_of_the_order_and_not_of_its_second_shipment() -> None:
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1")])
    for day, place in enumerate(("la", "nyc")):
        writer.commit("order/o-1", [shipped(minutes(day * 24 * 60), units(day + 1, day + 1), place)])
    report = read(writer.entries)
    assert report.day(T0, minutes(24 * 60)).total.split_rate == Share(1, 1)
    assert report.day(minutes(24 * 60)).total.split_rate == Share(0, 0)


def test_times_of_two_channels_are_added_minute_by_minute() -> None:
    rows = [ChannelFigures(name, minutes_to_ship=((5, 2), (n, 1))) for n, name in enumerate("ab", 7)]
    assert merged("", rows).minutes_to_ship == ((5, 4), (7, 1), (8, 1))


# -- bounds, memory, bad input ------------------------------------------------------------------------


def test_the_start_belongs_to_the_day_and_the_end_does_not() -> None:
    writer = FeedWriter()
    edges = (DAY, DAY + timedelta(days=1) - timedelta(microseconds=1), DAY + timedelta(days=1))
    for n, at in enumerate(edges):
        writer.commit(f"order/o-{n}", [a_placement(f"o-{n}", at=at)])
    report = read(writer.entries)
    assert report.day(DAY, DAY + timedelta(days=1)).total.orders == 2
    assert report.day(DAY + timedelta(days=1)).total.orders == 1
    assert report.day(None, DAY).total.orders == 0


def test_a_zone_a_quarter_of_an_hour_off_needs_finer_cells() -> None:
    """C2: midnight in Kathmandu is 18:15 UTC."""
    midnight = datetime(2026, 11, 26, 18, 15, tzinfo=UTC)
    with pytest.raises(InputError) as raised:
        Report().day(midnight)
    assert raised.value.path == "start"
    assert Report(cell_s=900).day(midnight).start == midnight


def test_half_a_second_before_the_hour_is_not_the_hour() -> None:
    with pytest.raises(InputError):
        Report().day(DAY - timedelta(microseconds=500_000))


def test_a_day_that_ends_before_it_starts_is_no_day() -> None:
    report = Report()
    with pytest.raises(InputError) as raised:
        report.day(DAY, DAY - timedelta(hours=1))
    assert (raised.value.path, raised.value.fields) == ("end", {"reason": "before the start"})
    assert report.day(DAY, DAY).channels == ()


def test_what_was_forgotten_is_not_told_as_nothing() -> None:
    report = Report()
    report.forget(DAY)
    for bounds, path in (
        ((DAY - timedelta(hours=1), None), "start"),
        ((None, DAY - timedelta(hours=1)), "end"),
    ):
        with pytest.raises(InputError) as raised:
            report.day(*bounds)
        assert (raised.value.path, raised.value.fields) == (path, {"reason": "forgotten"})


def test_an_hour_in_which_nothing_was_counted_leaves_no_row() -> None:
    report = Report()
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1")])
    writer.commit("order/o-1", [ev.PaymentApproved(minutes(120), "p", "authorize", "card", 100)])
    for entry in writer.entries:
        report.apply(entry)
    assert report.day(minutes(120)).channels == ()


def test_a_day_in_a_zone_of_its_own_is_the_same_day_in_utc() -> None:
    from zoneinfo import ZoneInfo

    new_york = ZoneInfo("America/New_York")
    start, end = datetime(2026, 11, 27, tzinfo=new_york), datetime(2026, 11, 28, tzinfo=new_york)
    day = Report().day(start, end)
    assert (day.start, day.end) == (DAY, DAY + timedelta(days=1))


def test_facts_about_an_order_that_was_placed_before_the_feed_began_are_counted_apart() -> None:
    writer = FeedWriter()
    writer.commit("order/o-9", [shipped(minutes(1), ONE)])
    writer.commit("order/o-9", [ev.SnapshotSeen(minutes(2), 2)])
    day = read(writer.entries).day()
    assert (day.unattributed, day.channels) == (1, ())


def test_what_happens_in_other_aggregates_and_unknown_facts_count_nothing() -> None:
    report = Report()
    report.apply(FeedEntry(1, "reservation/cart-1", 1, 0, object(), "k", T0))
    report.apply(FeedEntry(2, "order/o-1", 1, 0, object(), "k", T0))
    assert report.day() == DayReport(None, None, (), ChannelFigures(""))
    assert report.position == 2


def test_what_is_forgotten_is_gone_and_what_is_under_way_is_not() -> None:
    writer = FeedWriter()
    for name in ("over", "open"):
        writer.commit(f"order/{name}", [a_placement(name, a_line("1", 1))])
        writer.commit(f"order/{name}", [shipped(minutes(30), units(1, 1))])
    writer.commit("order/over", [ev.UnitsDelivered(minutes(59), "s", units(1, 1))])
    report = read(writer.entries)
    report.forget(minutes(60))
    assert report.day().total == ChannelFigures("")
    with pytest.raises(InputError) as raised:
        report.day(T0)
    assert raised.value.path == "start"
    for name in ("over", "open"):
        writer.commit(f"order/{name}", [ev.UnitsDelivered(minutes(90), "s", units(1, 1))])
    for entry in writer.entries:
        report.apply(entry)
    day = report.day(minutes(60))
    assert (day.total.units_delivered, day.unattributed) == (1, 1)
    report.forget(minutes(60))
    assert report.day(minutes(60)).total.units_delivered == 1


def test_what_is_dated_before_what_was_forgotten_counts_in_the_first_hour_that_is_kept() -> None:
    report = Report()
    report.forget(minutes(60))
    writer = FeedWriter()
    writer.commit("order/o-1", [a_placement("o-1")])
    report.apply(writer.entries[0])
    assert report.day(minutes(60), minutes(120)).total.orders == 1


def test_memory_does_not_grow_with_the_number_of_facts() -> None:
    """As many facts again about the same orders in the same hours take no more room."""

    def grown(facts: int) -> int:
        report = Report()
        writer = FeedWriter()
        writer.commit("order/o-1", [a_placement("o-1", a_line("1", 1_000_000))])
        for n in range(facts):
            writer.commit("order/o-1", [shipped(minutes(n % 60), units(n + 1, n + 1))])
        tracemalloc.start()
        for entry in writer.entries:
            report.apply(entry)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.day().total.units_shipped == facts
        return size

    assert grown(4_000) < grown(400) + 2_000


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.lists(st.integers())))
def test_anything_at_all_is_a_typed_error(junk: Any) -> None:
    report = Report()
    bound: Any = junk if junk is not None else 1
    calls = (
        lambda: report.apply(junk),
        lambda: report.sent(junk, T0),
        lambda: report.sent(Message("k", "o", "shipped", "s", "t"), junk),
        lambda: report.day(bound),
        lambda: report.day(None, bound),
        lambda: report.forget(junk),
        lambda: Report(not_ours=junk),
        lambda: report.apply(FeedEntry(junk, junk, 1, 0, object(), "k", T0)),
    )
    for call in calls:
        with pytest.raises(OmcoreError):
            call()
    assert report.day() == Report().day()


@pytest.mark.parametrize("cell_s", [0, -1, 7, 86_401, 3_600.0, True, "3600"])
def test_cells_divide_a_day(cell_s: Any) -> None:
    with pytest.raises(OmcoreError) as raised:
        Report(cell_s=cell_s)
    assert raised.value.path == "cell_s"


def test_naive_bounds_are_refused() -> None:
    with pytest.raises(OmcoreError) as raised:
        Report().day(datetime(2026, 11, 27))  # noqa: DTZ001 - a naive datetime is what is refused
    assert raised.value.code == "naive_timestamp"


# -- as JSON ----------------------------------------------------------------------------------------


@given(feeds())
def test_the_json_form_is_exact_and_always_has_the_same_keys(entries: list[FeedEntry]) -> None:
    form = as_json(read(entries).day())
    text = json.dumps(form, allow_nan=False)
    assert json.loads(text, parse_float=_no_float) == form

    def keys(row: dict[str, Any]) -> list[str]:
        return list(row)

    empty = as_json(Report().day())
    assert keys(form) == keys(empty)
    for row in (*form["channels"], form["total"]):
        assert keys(row) == keys(empty["total"])
        for amounts in row["money"]:
            assert amounts["exponent"] == {"USD": 2, "JPY": 0}[amounts["currency"]]


def _no_float(text: str) -> float:
    raise AssertionError(f"a float in the report: {text}")


@given(st.one_of(st.none(), st.integers(), st.text(), st.just(ChannelFigures("x"))))
def test_only_a_report_is_written_down(junk: Any) -> None:
    with pytest.raises(InvalidType):
        as_json(junk)
    with pytest.raises(InvalidType):
        render_text(junk)
    if isinstance(junk, ChannelFigures):
        return
    rows: Any
    for rows in (junk or 0, [junk]):
        with pytest.raises(InvalidType):
            merged("x", rows)


@pytest.mark.parametrize("percent", [0, 101, -1, 50.0, True, "50", None])
def test_a_percentile_is_a_whole_percentage(percent: Any) -> None:
    with pytest.raises(InputError):
        ChannelFigures("x").minutes_within(percent)
