"""The dispatcher against ports that are away, odd or shared: nothing is lost, doubled or stuck."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, SalesChannel
from omcore.kernel import GeoPoint, InvalidType, Location, Money, Network, Place
from omcore.memory import MemoryChannel, MemoryGateway, MemoryStore
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.ports import FeedEntry, GatewayReply, StockPublication
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network(
    (Location("nyc", point=GeoPoint(40.7, -74.0)), Location("lax", point=GeoPoint(34.0, -118.2)))
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def manager(store: Any, **more: Any) -> OrderManager:
    return OrderManager(store, network=NETWORK, routing=Nearest(), **more)


def placed(
    oms: OrderManager,
    number: str = "1",
    tender: DraftTender | None = None,
    channel: str = "web",
    at: datetime = T0,
) -> om.Order:
    draft = OrderDraft(
        ExternalRef(channel, "shop", "order", number),
        "USD",
        (DraftLine("l", "TEE", 2, usd(1000)),),
        T0,
        destination=Place("US", "NY", "", GeoPoint(40.7, -74.0)),
        tenders=(tender or DraftTender("card", "gateway", usd(2000)),),
    )
    return oms.execute(om.PlaceOrder(draft, key=f"place-{number}", at=at)).order


def receive(oms: OrderManager, location: str, quantity: int, key: str) -> None:
    oms.execute(inv.ReceiveStock("TEE", location, quantity, key=key, at=T0))


def count(oms: OrderManager, counted: int, key: str) -> None:
    oms.execute(inv.CountStock("TEE", "nyc", counted, key=key, at=T0))


def last_told(channel: MemoryChannel) -> int:
    """A channel keeps, of each SKU, the publication with the highest position (S13)."""
    latest: dict[str, StockPublication] = {}
    for entry in channel.publications:
        if entry.sku not in latest or entry.position >= latest[entry.sku].position:
            latest[entry.sku] = entry
    return latest["TEE"].quantity


# -- the view of stock ---------------------------------------------------------------------------


class Lagging(MemoryStore):
    """A replica: the feed is behind what ``load`` sees."""

    blind_after: int | None = None

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        entries = super().feed(after, limit)
        return [entry for entry in entries if self.blind_after is None or entry.position <= self.blind_after]


def test_s1_a_view_that_was_corrected_counts_no_movement_twice() -> None:
    """The stock item refused, its truth went into the view, and then the feed caught up."""
    store = Lagging()
    here, there = manager(store), manager(store)
    receive(here, "nyc", 4, "po-1")
    receive(here, "lax", 9, "po-2")
    first, second = placed(here, "1"), placed(here, "2")
    paid = om.RecordPayment
    for order in (first, second):
        here.execute(paid(order.id, "cash", usd(2000), key=f"paid-{order.id}", at=T0))
    assert here.available("TEE", at=T0) == {"nyc": 4, "lax": 9}
    store.blind_after = len(store.feed(0, 999))
    count(there, 1, "count")
    assert {e.location for e in here.route(first.id, key="r1", at=T0).assignments} == {"nyc", "lax"}
    store.blind_after = None
    truth: Any = {place: here.stock("TEE", place) for place in ("nyc", "lax")}
    atp = {place: item.atp(T0) for place, item in truth.items()}
    assert here.available("TEE", at=T0) == atp
    assert manager(store).available("TEE", at=T0) == atp


def test_s13_a_new_process_publishes_what_is_there_and_not_what_was_there_500_movements_ago() -> None:
    store, channel = MemoryStore(), MemoryChannel()
    shops = (SalesChannel("web", ("nyc",)),)
    old = manager(store, channel=channel, sales_channels=shops)
    for i in range(600):
        receive(old, "nyc", 1, f"po-{i}")
    old.dispatch(at=T0)
    count(old, 3, "count")
    manager(store, channel=channel, sales_channels=shops).dispatch(at=T0)
    assert last_told(channel) == 3


def test_s13_of_two_dispatchers_none_takes_its_own_last_word_for_the_channels() -> None:
    """One said 5, the other 3; now it is 5 again, and the first must say so once more."""
    store, channel = MemoryStore(), MemoryChannel()
    shops = (SalesChannel("web", ("nyc",)),)
    one = manager(store, channel=channel, sales_channels=shops)
    two = manager(store, channel=channel, sales_channels=shops)
    for i, (who, counted) in enumerate([(one, 3), (two, 5), (one, 3), (two, 5)]):
        count(who, counted, f"count-{i}")
        who.dispatch(at=T0)
        assert last_told(channel) == counted


# -- money ---------------------------------------------------------------------------------------


def test_m13_money_that_the_channel_holds_waits_for_the_channels_port_and_keeps_no_card_waiting() -> None:
    """Shopify is to give back what it holds; nobody has told it yet. A card is captured meanwhile."""
    store, channel = MemoryStore(), MemoryChannel()
    oms = manager(store, gateway=MemoryGateway())
    held = placed(oms, "1", DraftTender("shop", "channel", usd(2000), captured=True), "shopify")
    oms.execute(om.CancelUnits(held.id, key="cancel", at=T0))
    card = placed(oms, "2")
    oms.dispatch(at=T0)
    assert oms.order(card.id).status == "validated"
    assert oms.order(held.id).payments.refunded == 0, "nobody gave it back"
    oms.ports.channel = channel
    oms.dispatch(at=T0)
    assert [update.kind for update in channel.updates] == ["cancel", "refund"]
    assert oms.order(held.id).payments.refunded == 2000


def test_m11_cash_goes_over_the_counter_though_there_is_no_gateway() -> None:
    oms = manager(MemoryStore())
    order = placed(oms, tender=DraftTender("till", "cash", usd(2000), captured=True))
    oms.execute(om.CancelUnits(order.id, key="cancel", at=T0))
    oms.dispatch(at=T0)
    assert oms.order(order.id).payments.refunded == 2000


@pytest.mark.parametrize(
    "reply",
    [
        GatewayReply("approved", "4111111111111111"),
        GatewayReply("approved", "x" * 5_000),
        GatewayReply("approved", "a\x00b"),
        GatewayReply("approved", 7),  # type: ignore[arg-type]  # a gateway of somebody's own
        GatewayReply("approved", "fine", "why\n" * 500),
    ],
)
def test_m11_a_reference_that_cannot_be_kept_does_not_keep_the_money_from_being_booked(
    reply: GatewayReply,
) -> None:
    """It looks like a card number, or is too long: the money has moved all the same."""
    oms = manager(MemoryStore(), gateway=MemoryGateway({"authorize": reply}))
    orders = [placed(oms, "1"), placed(oms, "2")]
    oms.dispatch(at=T0)
    for order in orders:
        tender = oms.order(order.id).payments.tenders["card"]
        assert tender.authorized == 2000
        assert "4111" not in tender.reference


HOLDS_UNTIL = T0 + timedelta(days=7)


def test_m11_a_gateway_says_how_long_it_holds_and_is_asked_to_hold_longer() -> None:
    """Seven days, then seven more; on the fourteenth the authorization lapses at its moment (S6)."""
    gateway = MemoryGateway({"authorize": GatewayReply("approved", "a", "", HOLDS_UNTIL)})
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms)
    oms.dispatch(at=T0)
    assert oms.order(order.id).payments.tenders["card"].expires_at == HOLDS_UNTIL
    later = HOLDS_UNTIL + timedelta(days=7)
    gateway.replies["extend"] = GatewayReply("approved", "e", "", later)
    oms.execute(om.ExtendAuthorization(order.id, "card", key="extend", at=T0))
    oms.dispatch(at=T0)
    assert [(kind, tender, str(amount)) for kind, _, tender, amount in gateway.calls] == [
        ("authorize", "card", "20.00 USD"),
        ("extend", "card", "20.00 USD"),
    ]
    assert oms.order(order.id).payments.tenders["card"].expires_at == later
    assert oms.next_deadline() == later


def test_m10_what_is_given_as_store_credit_is_issued_through_the_gateway_once() -> None:
    """Goodwill of 5.00 on 20.00 that were paid: the card is not asked for a cent."""
    gateway = MemoryGateway()
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms, tender=DraftTender("card", "gateway", usd(2000), captured=True))
    grant = om.GrantAllowance(order.id, "sorry", usd(500), as_credit=True, key="sorry", at=T0)
    oms.execute(grant)
    oms.dispatch(at=T0)
    oms.dispatch(at=T0)
    assert [(kind, str(amount)) for kind, _, _, amount in gateway.calls] == [("issue", "5.00 USD")]
    payments = oms.order(order.id).payments
    assert (payments.concessions.issued, payments.refunded, payments.balance) == (500, 0, 0)


@pytest.mark.parametrize("moment", [datetime(2026, 12, 4), "2026-12-04", 7])  # noqa: DTZ001 - hostile
def test_m11_an_expiry_that_cannot_be_read_does_not_keep_the_money_from_being_booked(moment: Any) -> None:
    reply = GatewayReply("approved", "a", "", moment)
    oms = manager(MemoryStore(), gateway=MemoryGateway({"authorize": reply}))
    order = placed(oms)
    oms.dispatch(at=T0)
    tender = oms.order(order.id).payments.tenders["card"]
    assert (tender.authorized, tender.expires_at) == (2000, None)


def test_m11_an_outcome_that_nobody_knows_is_unknown_and_is_asked_again() -> None:
    gateway = MemoryGateway({"authorize": GatewayReply("pending")})
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms)
    oms.dispatch(at=T0)
    assert [request.unknown for request in oms.order(order.id).payments.requests.values()] == [True]
    gateway.replies.clear()
    gateway._answers.clear()
    assert oms.ask_again(order.id, at=T0) == 1
    assert oms.order(order.id).status == "validated"


@pytest.mark.parametrize("said", ["approved", "declined"])
def test_m11_what_somebody_else_gave_the_outcome_of_is_not_asked_of_the_gateway_any_more(said: str) -> None:
    """Or money would move that no book has, and once it is retried a second time."""
    gateway = MemoryGateway()
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms)
    (request,) = order.payments.requests
    oms.execute(om.RecordPaymentOutcome(order.id, request, said, key="told-by-telephone", at=T0))
    oms.dispatch(at=T0)
    assert gateway.calls == []


def test_m13_a_refund_that_a_person_made_at_the_channel_is_not_asked_of_the_channel_again() -> None:
    channel = MemoryChannel()
    oms = manager(MemoryStore(), channel=channel)
    held = placed(oms, "1", DraftTender("shop", "channel", usd(2000), captured=True), "shopify")
    order = oms.execute(om.CancelUnits(held.id, key="cancel", at=T0)).order
    (request,) = order.payments.requests
    oms.execute(om.RecordPaymentOutcome(order.id, request, "approved", key="by-hand", at=T0))
    oms.dispatch(at=T0)
    assert [update.kind for update in channel.updates] == ["cancel"]


def test_m11_a_dispatcher_whose_clock_lags_by_days_still_books_what_the_gateway_did() -> None:
    oms = manager(MemoryStore(), gateway=MemoryGateway())
    order = placed(oms, at=T0 + timedelta(days=3))
    oms.dispatch(at=T0)
    assert oms.order(order.id).payments.tenders["card"].authorized == 2000


def test_a_port_that_fails_in_a_way_of_its_own_leaves_nothing_half_done_behind() -> None:
    """Its error reaches the caller as it is, and the next run goes on from what was recorded."""

    class Broken(MemoryGateway):
        def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
            if len(self.calls) == 1:
                self.calls.append(("", "", "", amount))
                raise RuntimeError("socket")
            return super().authorize(key, tender_id, amount)

    gateway = Broken()
    oms = manager(MemoryStore(), gateway=gateway)
    orders = [placed(oms, "1"), placed(oms, "2")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeError, match="socket"):
            oms.dispatch(at=T0)
        gc.collect()
    oms.dispatch(at=T0)
    assert all(oms.order(order.id).status == "validated" for order in orders)


def test_m11_an_outcome_waits_for_a_policy_to_be_mended() -> None:
    """The gateway has moved money; what a broken policy makes of it may not be the end of it."""
    store, gateway = MemoryStore(), MemoryGateway()
    broken = om.Policies(capturable=lambda order: 0.5)  # type: ignore[arg-type,return-value]  # hostile
    order = placed(manager(store))
    with pytest.raises(InvalidType):
        manager(store, gateway=gateway, policies=broken).dispatch(at=T0)
    assert manager(store).order(order.id).payments.requests
    manager(store, gateway=gateway).dispatch(at=T0)
    assert manager(store).order(order.id).status == "validated"
    assert len({key for _, key, _, _ in gateway.calls}) == 1
