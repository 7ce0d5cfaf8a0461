"""Which message a fact asks for, and that it is the same one whenever the fact is read (C9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from feed_facts import T0, a_line, a_placement, an_entry, the_order
from omcore import notifications
from omcore.kernel import InputError, InvalidType, OmcoreError
from omcore.lifecycle import FULFILLMENT_ORDER
from omcore.notifications import DEFAULT_TEMPLATES, KINDS, MessageDue, MessagePolicy, due, render
from omcore.orders import events as ev
from omcore.orders.state import ReturnLabel, Tally
from omcore.ports import FeedEntry

PLACED = a_placement("shopify-1001", a_line("1", 3, title="Linen shirt"), a_line("2", 1, sku="CAP"))
ORDER = the_order(PLACED)
ONE_SHIRT = (("1", ((1, 1),)),)


def day(number: int) -> date:
    return date(2026, 12, number)


def promised(latest: date | None, was: date, ever: date, work: str = "f-1", cause: str = "carrier") -> Any:
    leaves = (work, "nyc", "ground", T0)
    return ev.PromiseChanged(T0, ONE_SHIRT, *leaves, latest, latest, was, was, ever, cause)


def one(event: Any, order: Any = ORDER, **place: int) -> MessageDue:
    (message,) = due(an_entry(order.id, event, **place), order)
    return message


def shipped(tracking: tuple[str, str] = ("UPS", "1Z999")) -> ev.UnitsShipped:
    return ev.UnitsShipped(T0, "s-1", "f-1", "nyc", ONE_SHIRT, tracking, 2_500, 200, 0, 0, True)


def refund(kind: str = "refund", request: str = "refund-1") -> ev.PaymentApproved:
    return ev.PaymentApproved(T0, request, kind, "card", 2_700)


CHANGED = ev.EditConfirmed(
    T0, "e-1", "customer", "", (("2", ((1, 1),)),), ONE_SHIRT, (), 100, 8, 0, 0, 10_908
)


def cancelled(cause: str = "customer") -> ev.UnitsCancelled:
    return ev.UnitsCancelled(T0, (("1", ((2, 3),)),), (), 5_000, 400, 0, 0, 0, 0, 0, 0, cause)


def test_placing_an_order_confirms_it_with_everything_that_was_ordered_and_its_total() -> None:
    message = one(PLACED)
    assert message.kind == "order_confirmation"
    assert message.key == "order/shopify-1001/order_confirmation"
    assert message.items == (("Linen shirt", 3), ("CAP", 1))
    assert message.amount == 4 * 2_700


def test_an_edit_is_one_message_with_what_it_added_and_the_total_from_now_on() -> None:
    """C9: what it took away is in it, and is no message of its own; what is proposed is none yet."""
    message = one(CHANGED, version=3, index=2)
    assert (message.kind, message.key) == ("order_changed", "order/shopify-1001/order_changed/3.2")
    assert (message.items, message.amount) == ((("CAP", 1),), 10_908)
    assert not due(an_entry(ORDER.id, evolve(cancelled(), cause="edit")), ORDER)
    assert not due(an_entry(ORDER.id, ev.EditDeclined(T0, "e-1", "customer", "")), ORDER)


def test_goods_taken_from_the_shelf_get_a_receipt_and_not_a_confirmation() -> None:
    till = a_placement("square-7", a_line(fulfilled_by="taken"), channel="square")
    assert one(till, the_order(till)).kind == "receipt"


def test_an_order_of_which_only_a_part_was_taken_is_confirmed() -> None:
    mixed = a_placement("square-8", a_line("1", fulfilled_by="taken"), a_line("2"))
    assert one(mixed, the_order(mixed)).kind == "order_confirmation"


def test_every_shipment_of_a_split_order_is_its_own_message_with_its_tracking() -> None:
    second = ev.UnitsShipped(T0, "s-2", "f-2", "la", (("2", ((1, 1),)),), ("", ""), 1, 0, 0, 0, False)
    assert one(shipped()).key == "order/shopify-1001/shipped/s-1"
    assert one(shipped()).tracking == ("UPS", "1Z999")
    assert one(shipped()).items == (("Linen shirt", 1),)
    assert one(second).key == "order/shopify-1001/shipped/s-2"


def test_what_the_channel_shipped_is_told_like_any_shipment() -> None:
    event = ev.ChannelShipped(T0, "afn-1", ONE_SHIRT, 2_500, 200, 0, 0, True)
    assert one(event).key == "order/shopify-1001/shipped/afn-1"


def test_a_pickup_is_ready_and_collected_but_never_on_its_way() -> None:
    pickup = a_placement("shopify-5", a_line("1", 1), pickup_at="store-soho")
    order = the_order(pickup)
    ready = ev.FulfillmentAdvanced(T0, "f-1", "store-soho", "ready_for_pickup")
    collected = ev.UnitsDelivered(T0, "s-1", ONE_SHIRT)
    assert one(ready, order).key == "order/shopify-5/ready_for_pickup/f-1"
    assert one(ready, order).location == "store-soho"
    assert due(an_entry(order.id, shipped()), order) == ()
    assert one(collected, order).kind == "collected"


def test_c9_what_was_delivered_is_one_fact_wherever_an_edit_sends_the_rest() -> None:
    """Sent, and not recorded before an edit made it a pickup: sending it again is sending it once."""
    home = the_order(a_placement("shopify-5", a_line("1", 1)))
    to_store = the_order(a_placement("shopify-5", a_line("1", 1), pickup_at="store-soho"))
    delivered = ev.UnitsDelivered(T0, "s-1", ONE_SHIRT)
    kinds = {one(delivered, order).kind for order in (home, to_store)}
    assert kinds == {"delivered", "collected"}
    assert {one(delivered, order).key for order in (home, to_store)} == {"order/shopify-5/delivered/s-1"}


def test_ready_for_pickup_is_what_the_chart_of_a_locations_work_calls_it() -> None:
    assert FULFILLMENT_ORDER.step("packed", "ready", {}) == "ready_for_pickup"


def test_delivered() -> None:
    assert one(ev.UnitsDelivered(T0, "s-1", ONE_SHIRT)).key == "order/shopify-1001/delivered/s-1"


def test_only_a_refund_is_told_of_what_a_tender_answered() -> None:
    assert one(refund()).key == "order/shopify-1001/refunded/refund-1"
    assert one(refund()).amount == 2_700
    for kind in ("authorize", "capture", "void"):
        assert due(an_entry("shopify-1001", refund(kind)), ORDER) == ()


def test_two_cancellations_of_one_order_are_two_messages() -> None:
    assert one(cancelled()).items == (("Linen shirt", 2),)
    keys = {one(cancelled(), version=v, index=i).key for v in (3, 4) for i in (0, 1)}
    assert len(keys) == 4


def test_the_customer_is_told_why_nobody_cancelled_and_it_was_cancelled() -> None:
    assert one(cancelled("unpaid")).kind == "cancelled_unpaid"
    assert one(cancelled("unfillable")).kind == "cancelled_unfillable"
    assert one(cancelled("not_collected")).kind == "not_collected"
    assert {one(cancelled(cause)).kind for cause in ("customer", "channel", "hold_expired", "")} == {
        "cancelled"
    }


def test_s10_the_customer_is_told_that_he_waits_and_that_he_waits_longer_but_not_of_good_news() -> None:
    soon, later = T0 + timedelta(days=2), T0 + timedelta(days=9)

    def waits(place: str, until: Any, before: Any, cause: str) -> list[str]:
        event = ev.UnitsBackordered(T0, ONE_SHIRT, place, until, before, cause)
        return [message.kind for message in due(an_entry(ORDER.id, event), ORDER)]

    assert waits("nyc", soon, None, "no_stock") == ["backordered"]
    assert waits("", None, None, "no_stock") == ["backordered"]
    assert waits("nyc", later, soon, "supply_changed") == ["delayed"]
    assert waits("", None, soon, "supply_changed") == ["delayed"]
    assert waits("nyc", soon, later, "supply_changed") == []
    assert waits("nyc", soon, None, "supply_changed") == [], "he waited without a date, and now there is one"


def test_the_customer_is_told_that_it_arrives_later_than_was_ever_said_and_by_when() -> None:
    def told(*fields: Any, **more: Any) -> list[Any]:
        entry = an_entry(ORDER.id, promised(*fields, **more))
        return [(message.kind, message.day) for message in due(entry, ORDER)]

    assert told(day(6), day(4), day(4)) == [("arrives_later", day(6))]
    assert told(None, day(4), day(4)) == [("delayed", None)]
    # The 4th was said; then the 2nd was found, which nobody told him; now it is the 4th again.
    assert told(day(4), day(2), day(4)) == []
    assert told(day(2), day(4), day(4)) == []
    # That it waits for stock, and until when, is told by the fact that it does.
    assert told(day(9), day(4), day(4), work="", cause="supply") == []
    assert told(day(9), day(4), day(4), work="", cause="carrier") == [("arrives_later", day(9))]


def test_good_news_is_told_where_the_policy_says_so() -> None:
    entry = an_entry(ORDER.id, SOONER)
    assert due(entry, ORDER) == ()
    (told,) = due(entry, ORDER, TELL_ALL)
    assert (told.kind, told.day) == ("arrives_sooner", day(2))
    assert render(told, DEFAULT_TEMPLATES[told.kind]).text.splitlines()[0] == (
        "These arrive sooner than we said, by 2026-12-02, from your order #1001:"
    )


def test_the_customer_who_asked_to_cancel_is_told_no_and_what_came_too_late() -> None:
    no = one(ev.CancelRequestDecided(T0, "req-1", False, (), False, "packed"))
    assert (no.kind, no.key, no.items) == ("cancel_declined", "order/shopify-1001/cancel_declined/req-1", ())
    late = one(ev.CancelRequestDecided(T0, "req-2", True, ONE_SHIRT, True, ""))
    assert (late.kind, late.items) == ("cancel_too_late", (("Linen shirt", 1),))


def test_a_marketplace_that_writes_to_its_customers_itself_keeps_us_silent() -> None:
    amazon = a_placement("amazon-1", channel="amazon")
    order = the_order(amazon)
    policy = MessagePolicy(silent_channels=frozenset({"amazon"}))
    assert due(an_entry("amazon-1", amazon), order, policy) == ()
    assert due(an_entry("amazon-1", amazon), order) != ()
    assert due(an_entry("shopify-1001", PLACED), ORDER, policy) != ()


def test_only_the_kinds_that_are_wanted_are_due() -> None:
    policy = MessagePolicy(kinds=frozenset({"shipped"}))
    assert due(an_entry("shopify-1001", PLACED), ORDER, policy) == ()
    (message,) = due(an_entry("shopify-1001", shipped()), ORDER, policy)
    assert message.kind == "shipped"


IN_LA: tuple[str, bool, bool, bool, str] = ("la", True, False, True, "tender")


def sent_label(method: str = "mail") -> ev.ReturnAuthorized:
    label = ReturnLabel("UPS", "1Z-back", 500, 0, 0) if method == "mail" else None
    return ev.ReturnAuthorized(T0, "r-1", ONE_SHIRT, method, (), label, "tender")


def test_a_return_is_told_with_its_label_unless_it_is_brought_or_kept() -> None:
    told = one(sent_label())
    assert (told.kind, told.key) == ("return_authorized", "order/shopify-1001/return_authorized/r-1")
    assert (told.tracking, told.items) == (("UPS", "1Z-back"), (("Linen shirt", 1),))
    for method in ("in_store", "keep"):
        assert due(an_entry("shopify-1001", sent_label(method)), ORDER) == ()


def test_of_an_inspection_only_that_it_was_refused_is_told() -> None:
    def inspected(accepted: bool) -> ev.ReturnInspected:
        money = (0, 0, 0, 0, 0, 0, True, "tender")
        return ev.ReturnInspected(T0, "r-1", "la", ONE_SHIRT, "", accepted, "", "la", True, False, *money)

    assert one(inspected(False)).kind == "return_refused"
    assert due(an_entry("shopify-1001", inspected(True)), ORDER) == ()


def test_of_a_kit_that_comes_back_in_part_the_customer_is_told_of_the_part() -> None:
    (line_id, runs) = ONE_SHIRT[0]
    parts = ((line_id, runs[0][0], runs[0][0], (("CUP", 1), ("TEA", 2))),)
    came = ev.ReturnReceived(T0, "r-1", "la", ONE_SHIRT, "sellable", 1, 0, 0, 0, 0, 0, *IN_LA, parts)
    agreed = ev.ReturnAuthorized(T0, "r-1", ONE_SHIRT, "mail", (), None, "tender", parts)
    refused = ev.ReturnRefused(T0, "r-1", ONE_SHIRT, "refused", parts)
    for event in (came, agreed, refused):
        assert one(event).items == (("CUP", 1), ("TEA", 2))


ALL_EVENTS: list[Any] = [
    PLACED,
    CHANGED,
    shipped(),
    refund(),
    cancelled(),
    cancelled("not_collected"),
    cancelled("unpaid"),
    cancelled("unfillable"),
    cancelled("not_collected"),
    ev.CancelRequestDecided(T0, "req-1", False, (), False, ""),
    ev.CancelRequestDecided(T0, "req-2", True, ONE_SHIRT, True, ""),
    ev.ChannelShipped(T0, "afn-1", ONE_SHIRT, 1, 0, 0, 0, True),
    ev.FulfillmentAdvanced(T0, "f-1", "nyc", "ready_for_pickup"),
    ev.UnitsDelivered(T0, "s-1", ONE_SHIRT),
    sent_label(),
    ev.ReturnReceived(T0, "r-1", "la", ONE_SHIRT, "sellable", 1, 0, 0, 0, 0, 0, *IN_LA),
    ev.ReturnArrived(T0, "r-1", "la", ONE_SHIRT, True),
    ev.ReturnRefused(T0, "r-1", ONE_SHIRT, "wrong_item"),
    ev.ReturnKept(T0, "r-1", ONE_SHIRT, 1, 0, 0, 0, "tender"),
    ev.ExchangeStarted(T0, "x", "r-1", ONE_SHIRT),
    ev.ExchangeEnded(T0, "x", "declined", "not_paid"),
    ev.ExchangeCharged(T0, "x", "p-1", 2_700),
    ev.ClaimResolved(T0, "c-1", "damaged", "refund", ONE_SHIRT, False, ""),
    ev.ClaimResolved(T0, "c-1", "damaged", "reject", ONE_SHIRT, True, "as described"),
    ev.UnitsBackordered(T0, ONE_SHIRT, "nyc", T0 + timedelta(days=9), None, "no_stock"),
    ev.UnitsBackordered(T0, ONE_SHIRT, "", None, T0 + timedelta(days=9), "supply_changed"),
    promised(day(6), day(4), day(4), cause="rerouted"),
    promised(None, day(4), day(4)),
]
TELL_ALL = MessagePolicy(tell_sooner=True)
SOONER = promised(day(2), day(4), day(4))


@given(
    st.sampled_from(ALL_EVENTS),
    st.sampled_from(["placed", "processing", "fulfilled", "cancelled", "returned"]),
    st.sampled_from([Tally(open=4), Tally(delivered=4), Tally(cancelled=4)]),
    st.integers(1, 10**6),
)
def test_c9_the_message_is_the_same_however_late_the_fact_is_read(
    event: Any, status: str, tally: Tally, position: int
) -> None:
    """The dispatcher may be a day behind, and may read an entry twice: one key, one content."""
    later = the_order(PLACED, status=status)
    later = later.with_progress(evolve(later.progress, tally=tally, charged=True))
    later = later.with_payments(evolve(later.payments, owed=0, remitted=0))
    first = due(an_entry("shopify-1001", event), ORDER)
    again = due(evolve(an_entry("shopify-1001", event), position=position, key="another"), later)
    assert first == again
    assert len(first) == 1


def test_c9_no_two_facts_share_a_key() -> None:
    keys = [one(event, version=i).key for i, event in enumerate(ALL_EVENTS, 2)]
    assert len(set(keys)) == len(ALL_EVENTS)


def test_every_kind_is_asked_for_by_some_fact() -> None:
    pickup = the_order(a_placement("shopify-1001", pickup_at="nyc"))
    till = a_placement("shopify-1001", a_line(fulfilled_by="taken"))
    seen = {one(event).kind for event in ALL_EVENTS}
    seen |= {message.kind for message in due(an_entry(ORDER.id, SOONER), ORDER, TELL_ALL)}
    seen |= {one(till).kind, one(ev.UnitsDelivered(T0, "s-1", ONE_SHIRT), pickup).kind}
    assert seen == set(KINDS)


def test_facts_that_are_not_the_customers_business_ask_for_nothing() -> None:
    quiet: list[Any] = [
        ev.ExchangeEnded(T0, "x", "completed", ""),
        ev.ExchangeSent(T0, "x", None),
        ev.ClaimResolved(T0, "c-1", "missing", "overtaken", ONE_SHIRT, True, ""),
        ev.FulfillmentRequested(T0, "f-1", "nyc", ONE_SHIRT),
        ev.FulfillmentAdvanced(T0, "f-1", "nyc", "picking"),
        ev.UnitsShortPicked(T0, "f-1", "nyc", ONE_SHIRT, (("LINEN", 1),), "shrinkage"),
        ev.HoldPlaced(T0, "h-1", "fraud", "risk"),
        ev.CancelRequested(T0, "req-1", (), "changed my mind"),
        ev.CancelRequestDecided(T0, "req-1", True, (), False, ""),
        ev.PaymentRequested(T0, "r-1", "refund", "card", "gateway", 100, "USD"),
    ]
    for event in quiet:
        assert due(an_entry("shopify-1001", event), ORDER) == ()


def test_an_order_that_the_entry_is_not_about_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        due(an_entry("shopify-1001", PLACED), the_order(a_placement("shopify-1002")))
    assert raised.value.path == "order"


@given(st.one_of(st.none(), st.integers(), st.text(), st.just(ORDER)), st.none() | st.text() | st.integers())
def test_anything_else_is_a_typed_error(first: Any, second: Any) -> None:
    with pytest.raises(OmcoreError):
        due(first, second)
    with pytest.raises(OmcoreError):
        due(an_entry("shopify-1001", PLACED), second)
    with pytest.raises(OmcoreError):
        due(an_entry("shopify-1001", PLACED), ORDER, first)


@pytest.mark.parametrize(
    "given_",
    [
        {"kinds": {"shipped"}},
        {"kinds": frozenset({"newsletter"})},
        {"silent_channels": {"amazon"}},
        {"silent_channels": frozenset({"not a channel"})},
    ],
)
def test_a_policy_that_names_what_does_not_exist_is_refused(given_: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        MessagePolicy(**given_)


def test_an_event_of_another_aggregate_asks_for_nothing_of_an_order() -> None:
    entry = FeedEntry(1, "stock/nyc/TEE-M", 1, 0, object(), "k", T0)
    assert due(entry, ORDER) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "newsletter"},
        {"currency": "usd"},
        {"amount": 1.5},
        {"tracking": ("UPS",)},
        {"items": [("shirt", 1)]},
        {"items": (("shirt", True),)},
        {"number": None},
        {"day": T0},
        {"day": "2026-12-01"},
        {"at": "2026-11-27"},
        {"at": T0.replace(tzinfo=None)},
    ],
)
def test_a_message_due_is_whole_or_is_not(change: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "key": "k",
        "order_id": "o",
        "kind": "shipped",
        "at": T0,
        "number": "1",
        "currency": "USD",
    }
    MessageDue(**good)
    with pytest.raises((InvalidType, InputError)):
        MessageDue(**(good | change))


def test_every_kind_of_message_has_a_public_name_of_its_own() -> None:
    named = {name: getattr(notifications, name) for name in notifications.__all__ if name.isupper()}
    kinds = {name: value for name, value in named.items() if type(value) is str}
    assert sorted(kinds.values()) == sorted(KINDS)
    assert all(name == kind.upper() for name, kind in kinds.items())
