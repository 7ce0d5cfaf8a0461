"""The engine's promises about commands: answers, versions, conflicts, order of arrival."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import attrs
import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import AsyncOrderManager, OrderManager, SalesChannel
from omcore.engine.core import MAX_ATTEMPTS
from omcore.kernel import (
    SHIP,
    Catalog,
    Conflict,
    Contact,
    CurrencyMismatch,
    GeoPoint,
    IdempotencyConflict,
    InvalidType,
    Item,
    LimitExceeded,
    Location,
    Money,
    Network,
    Place,
    Refusal,
    Unavailable,
    UnknownId,
)
from omcore.memory import AsyncMemoryStore, MemoryChannel, MemoryGateway, MemoryNotifier, MemoryStore
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.ports import Commit, FeedEntry, GatewayReply, Message
from omcore.routing import LowestCost, Nearest, Rates
from omcore.shipping import Zone

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network(
    (Location("nyc", point=GeoPoint(40.7, -74.0)), Location("lax", point=GeoPoint(34.0, -118.2)))
)
ADA = Contact(name="Ada Example", email="ada@example.com")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def manager(store: Any = None, **more: Any) -> OrderManager:
    more.setdefault("routing", LowestCost(Rates()))
    return OrderManager(store or MemoryStore(), network=NETWORK, **more)


def a_draft(number: str = "1", quantity: int = 2, **more: Any) -> OrderDraft:
    more.setdefault("tenders", (DraftTender("card", "gateway", usd(1000 * quantity), authorized=True),))
    return OrderDraft(
        ExternalRef("web", "shop", "order", number),
        "USD",
        (DraftLine("l", "TEE", quantity, usd(1000)),),
        T0,
        destination=Place("US", "NY", "", GeoPoint(40.7, -74.0)),
        contact=ADA,
        **more,
    )


def receive(oms: OrderManager, location: str, quantity: int, key: str) -> None:
    oms.execute(inv.ReceiveStock("TEE", location, quantity, key=key, at=T0))


def placed(oms: OrderManager, number: str = "1", **more: Any) -> om.Order:
    return oms.execute(om.PlaceOrder(a_draft(number, **more), key=f"place-{number}", at=T0)).order


# -- answers (C3, C4) ----------------------------------------------------------------------------


def test_c4_the_same_key_gets_the_recorded_answer_and_no_effect() -> None:
    oms = manager()
    receive(oms, "nyc", 5, "po-1")
    order = placed(oms)
    plan = oms.route(order.id, key="r", at=T0)
    before = oms.ports.store.load((f"order/{order.id}", "stock/nyc/TEE"))
    assert oms.route(order.id, key="r", at=T0 + timedelta(hours=1)) == plan
    assert oms.ports.store.load((f"order/{order.id}", "stock/nyc/TEE")) == before


def test_c4_a_refusal_is_recorded_too_even_if_it_could_be_granted_later() -> None:
    oms = manager()
    order = placed(oms)
    ship = om.ShipUnits(order.id, f"{order.id}-F1", key="ship", at=T0)
    with pytest.raises(UnknownId) as first:
        oms.execute(ship)
    receive(oms, "nyc", 5, "po-1")
    oms.route(order.id, key="r", at=T0)
    with pytest.raises(UnknownId) as second:
        oms.execute(ship)
    assert first.value == second.value


def test_c4_one_key_with_another_payload_is_a_conflict() -> None:
    oms = manager()
    receive(oms, "nyc", 5, "po-1")
    with pytest.raises(IdempotencyConflict):
        receive(oms, "nyc", 6, "po-1")
    assert oms.available("TEE", at=T0)["nyc"] == 5


def test_c6_a_version_rises_by_one_per_command_that_writes_and_by_none_otherwise() -> None:
    """C6, and who did it and why stands on every record."""
    oms = manager()
    order = placed(oms)
    stream = f"order/{order.id}"

    def version() -> int:
        return int(oms.ports.store.load((stream,))[stream].version)

    assert version() == 1
    oms.execute(om.PlaceHold(order.id, "h", "fraud", key="h", at=T0, by="dana", reason="odd address"))
    assert version() == 2
    oms.execute(om.RequestCancel(order.id, key="c1", at=T0))
    oms.execute(om.RequestCancel(order.id, key="c2", at=T0))
    assert version() == 3, "the second request is no news"
    with pytest.raises(Refusal):
        oms.execute(om.ReleaseHold(order.id, "none", key="x", at=T0))
    assert version() == 3
    held = next(entry for entry in oms.history(order.id) if entry.key == "h")
    assert (held.by, held.reason, held.version) == ("dana", "odd address", 2)


def test_c10_commands_on_disjoint_keys_commute() -> None:
    """C10: in any order of arrival the streams end the same."""

    def commands() -> list[Any]:
        return [
            inv.ReceiveStock("TEE", "nyc", 5, key="a", at=T0),
            inv.ReceiveStock("MUG", "nyc", 3, key="b", at=T0),
            om.PlaceOrder(a_draft("1"), key="c", at=T0),
            om.PlaceOrder(a_draft("2", 3), key="d", at=T0),
        ]

    ends = []
    for order in permutations(range(4)):
        oms = manager()
        for i in order:
            oms.execute(commands()[i])
        streams = ("stock/nyc/TEE", "stock/nyc/MUG", "order/web:shop:1", "order/web:shop:2")
        ends.append(oms.ports.store.load(streams))
    assert all(end == ends[0] for end in ends)


def test_what_is_no_command_is_refused() -> None:
    for thing in (None, "ship it", 7, object()):
        with pytest.raises(InvalidType):
            manager().execute(thing)  # type: ignore[arg-type]  # hostile on purpose


def test_stock_at_a_location_that_is_not_in_the_network_is_refused() -> None:
    with pytest.raises(UnknownId):
        manager().execute(inv.ReceiveStock("TEE", "atlantis", 1, key="k", at=T0))


def test_goods_do_not_come_back_to_a_location_that_is_not_in_the_network() -> None:
    """Nobody could promise them, count them or write them off there."""
    oms = manager()
    receive(oms, "nyc", 2, "po-1")
    order = placed(oms)
    oms.route(order.id, key="r", at=T0)
    oms.execute(om.ShipUnits(order.id, f"{order.id}-F1", key="s", at=T0))
    shipment = next(iter(oms.order(order.id).progress.shipments))
    oms.execute(om.RecordDelivery(order.id, shipment, key="d", at=T0))
    oms.execute(om.AuthorizeReturn(order.id, "rma", (("l", 2),), key="a", at=T0))
    with pytest.raises(UnknownId) as error:
        oms.execute(om.ReceiveReturn(order.id, "rma", "atlantis", key="b1", at=T0))
    assert error.value.fields == {"kind": "location", "id": "atlantis"}
    oms.execute(om.ReceiveReturn(order.id, "rma", "lax", key="b2", at=T0))
    assert oms.available("TEE", at=T0) == {"nyc": 0, "lax": 2}


# -- conflicts and lost answers ------------------------------------------------------------------


class Flaky(MemoryStore):
    """Raises what it is told to at the next commits, before or after they happened."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[tuple[str, type[Exception]]] = []

    def commit(self, commit: Commit) -> None:
        if not self.troubles:
            super().commit(commit)
            return
        when, trouble = self.troubles.pop(0)
        if when == "after":
            super().commit(commit)
        raise trouble("store")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_acknowledgement_is_asked_about_before_anything_is_tried_again(when: str) -> None:
    store = Flaky()
    oms = manager(store)
    store.troubles = [(when, Unavailable)]
    receive(oms, "nyc", 5, "po-1")
    assert oms.available("TEE", at=T0)["nyc"] == 5


def test_a_conflict_is_decided_again_and_not_for_ever() -> None:
    store = Flaky()
    oms = manager(store)
    store.troubles = [("before", Conflict)] * (MAX_ATTEMPTS - 1)
    receive(oms, "nyc", 5, "po-1")
    assert oms.available("TEE", at=T0)["nyc"] == 5
    store.troubles = [("before", Conflict)] * MAX_ATTEMPTS
    with pytest.raises(Conflict):
        receive(oms, "nyc", 5, "po-2")
    assert oms.available("TEE", at=T0)["nyc"] == 5


class Blind:
    """A store whose feed is read no further."""

    def __init__(self, inner: MemoryStore) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        return ()


def test_a_stale_view_costs_a_new_plan_and_never_an_oversell() -> None:
    """Another process took the stock of New York after this one had looked."""
    store = MemoryStore()
    here, there = manager(store, routing=Nearest()), manager(store, routing=Nearest())
    receive(here, "nyc", 2, "po-1")
    receive(here, "lax", 2, "po-2")
    first, second = placed(here, "1"), placed(here, "2")
    here.available("TEE", at=T0)
    there.route(first.id, key="r1", at=T0)

    # What this manager sees of New York is old.
    here.ports.store = Blind(store)
    plan = here.route(second.id, key="r2", at=T0)
    assert [(entry.location, entry.quantity) for entry in plan.assignments] == [("lax", 2)]
    items: list[Any] = [here.stock("TEE", location) for location in ("nyc", "lax")]
    assert [item.allocated for item in items] == [2, 2]


def test_c4_a_shelf_that_was_full_stays_the_answer_when_there_is_room_again() -> None:
    """What only the state refuses is recorded: a late retry brings nothing in behind our back."""
    oms = manager()
    receive(oms, "nyc", 1_000_000_000, "po-1")
    with pytest.raises(LimitExceeded):
        receive(oms, "nyc", 1, "po-2")
    oms.execute(inv.AdjustStock("TEE", "nyc", -10, "shrinkage", key="a", at=T0))
    with pytest.raises(LimitExceeded) as again:
        receive(oms, "nyc", 1, "po-2")
    assert (again.value.path, again.value.fields["limit"]) == ("quantity", 1_000_000_000)
    with pytest.raises(IdempotencyConflict):
        receive(oms, "nyc", 2, "po-2")
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert item.on_hand == 999_999_990


def test_c4_money_of_another_currency_is_answered_once() -> None:
    oms = manager()
    order = placed(oms)
    payment = om.RecordPayment(order.id, "bank", Money(5, "EUR"), key="bank-1", at=T0)
    for _ in range(2):
        with pytest.raises(CurrencyMismatch):
            oms.execute(payment)
    with pytest.raises(IdempotencyConflict):
        oms.execute(attrs.evolve(payment, amount=usd(5)))
    assert oms.order(order.id) == order


# -- a reservation becomes an order's ------------------------------------------------------------


def test_s5_an_order_takes_over_what_its_cart_reserved() -> None:
    oms = manager()
    receive(oms, "nyc", 2, "po-1")
    items = (inv.ReservedItem("TEE", "nyc", 2),)
    oms.execute(inv.ReserveStock("cart", "ada", items, T0 + timedelta(minutes=10), key="cart", at=T0))
    assert oms.available("TEE", at=T0)["nyc"] == 0
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    assert oms.route(order.id, key="r", at=T0).units == 2
    assert oms.reservation("cart").outcome == "confirmed"
    assert oms.reservation("cart").expires_at == T0 + timedelta(minutes=10)


def a_cart(oms: OrderManager, *reserved: tuple[str, int]) -> None:
    items = tuple(inv.ReservedItem("TEE", location, quantity) for location, quantity in reserved)
    oms.execute(inv.ReserveStock("cart", "ada", items, T0 + timedelta(minutes=10), key="cart", at=T0))


def test_s8_what_a_cart_reserved_ships_from_where_it_was_reserved() -> None:
    """Another location is nearer to the customer, and has stock."""
    oms = manager(routing=Nearest())
    receive(oms, "lax", 2, "po-1")
    a_cart(oms, ("lax", 2))
    receive(oms, "nyc", 2, "po-2")
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    plan = oms.route(order.id, key="r", at=T0)
    assert plan.locations == ("lax",)
    assert oms.available("TEE", at=T0) == {"nyc": 2, "lax": 0}
    assert oms.reservation("cart").outcome == "confirmed"
    told = {verdict.location: verdict.code for verdict in plan.explanation.verdicts()}
    assert told == {"lax": "", "nyc": "reserved_elsewhere"}
    assert "the order reserved its units elsewhere" in plan.explain()


def test_s8_what_was_reserved_at_two_locations_ships_from_both() -> None:
    oms = manager()
    receive(oms, "nyc", 5, "po-1")
    receive(oms, "lax", 5, "po-2")
    a_cart(oms, ("lax", 1), ("nyc", 1))
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    plan = oms.route(order.id, key="r", at=T0)
    assert sorted((entry.location, entry.quantity) for entry in plan.assignments) == [("lax", 1), ("nyc", 1)]


def test_s8_what_was_reserved_is_mine_though_nothing_is_available_to_promise() -> None:
    oms = manager()
    receive(oms, "nyc", 2, "po-1")
    a_cart(oms, ("nyc", 2))
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    oms.execute(inv.SetSafetyStock("TEE", "nyc", 2, key="safety", at=T0))
    assert oms.route(order.id, key="r", at=T0).units == 2


def test_s8_goods_that_are_gone_are_routed_elsewhere_though_they_were_reserved() -> None:
    oms = manager()
    receive(oms, "lax", 2, "po-1")
    a_cart(oms, ("lax", 2))
    receive(oms, "nyc", 2, "po-2")
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    oms.execute(inv.CountStock("TEE", "lax", 0, key="count", at=T0))
    assert oms.route(order.id, key="r", at=T0).locations == ("nyc",)
    assert oms.reservation("cart").outcome == "confirmed"


def test_s8_the_part_that_was_reserved_ships_from_there_and_the_rest_from_where_it_is_best() -> None:
    """One is reserved far away, and New York, which is nearer, has enough for all."""
    oms = manager(routing=Nearest())
    receive(oms, "lax", 1, "po-1")
    a_cart(oms, ("lax", 1))
    receive(oms, "nyc", 2, "po-2")
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    plan = oms.route(order.id, key="r", at=T0)
    assert sorted((entry.location, entry.quantity) for entry in plan.assignments) == [("lax", 1), ("nyc", 1)]
    assert oms.reservation("cart").outcome == "confirmed"
    assert oms.available("TEE", at=T0) == {"nyc": 1, "lax": 0}


def test_s5_a_cart_that_expired_holds_nothing_any_more() -> None:
    oms = manager()
    receive(oms, "nyc", 2, "po-1")
    items = (inv.ReservedItem("TEE", "nyc", 2),)
    oms.execute(inv.ReserveStock("cart", "ada", items, T0 + timedelta(minutes=10), key="cart", at=T0))
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    other = placed(oms, "2")
    later = T0 + timedelta(minutes=10)
    assert oms.route(other.id, key="r2", at=later).units == 2
    plan = oms.route(order.id, key="r1", at=later)
    assert [(rest.quantity, rest.reason) for rest in plan.remainder] == [(2, "reservation_expired")]
    assert "its reservation expired" in plan.explain()
    assert oms.reservation("cart").outcome_at(later) == "expired"


def test_s5_a_late_payment_that_cannot_be_filled_is_a_refund_due_where_the_policy_says_so() -> None:
    """Units that were lost in time wait for an hour, are cancelled, and the money is given back."""

    def soon(order: om.Order) -> timedelta | None:
        return timedelta(hours=1) if order.terms.reservation else None

    gateway = MemoryGateway()
    oms = manager(policies=om.Policies(cancel_unfillable_after=soon), gateway=gateway)
    receive(oms, "nyc", 2, "po-1")
    a_cart(oms, ("nyc", 2))
    later = T0 + timedelta(minutes=10)
    other = placed(oms, "2")
    assert oms.route(other.id, key="r2", at=later).units == 2
    paid = (DraftTender("card", "gateway", usd(2000), captured=True),)
    place = om.PlaceOrder(a_draft(tenders=paid), reservation="cart", key="p", at=later)
    order = oms.execute(place).order
    assert oms.route(order.id, key="r1", at=later).remainder[0].reason == "reservation_expired"
    later += timedelta(hours=1)
    oms.meet_deadlines(order.id, at=later)
    oms.dispatch(at=later)
    after = oms.order(order.id)
    assert (after.status, after.payments.refunded) == ("cancelled", 2000)


# -- effects -------------------------------------------------------------------------------------


def test_c9_a_message_is_sent_once_whatever_is_read_again() -> None:
    store, notifier = MemoryStore(), MemoryNotifier()
    oms = manager(store, gateway=MemoryGateway(), notifier=notifier)
    placed(oms)
    assert oms.dispatch(at=T0).count("messages") == 1
    assert oms.dispatch(at=T0).count("messages") == 0
    # Another dispatcher that never ran before reads the feed from its beginning.
    store._cursors.clear()
    assert oms.dispatch(at=T0).count("messages") == 0
    assert len(notifier.sent) == 1
    assert "Ada" not in repr(notifier.sent)


def test_a_mail_server_that_is_down_does_not_keep_money_from_moving() -> None:
    class Down:
        def send(self, message: Message) -> None:
            raise Unavailable("notifier")

        def was_sent(self, key: str) -> bool:
            raise Unavailable("notifier")

    gateway = MemoryGateway()
    oms = manager(gateway=gateway, notifier=Down())
    pending = (DraftTender("card", "gateway", usd(2000)),)
    order = placed(oms, tenders=pending)
    report = oms.dispatch(at=T0)
    assert report.stopped == (("messages", "unavailable"),)
    assert report.count("payments") == 1
    assert oms.order(order.id).status == "validated"
    notifier = MemoryNotifier()
    oms.ports.notifier = notifier
    oms.dispatch(at=T0)
    assert [message.kind for message in notifier.sent] == ["order_confirmation"]


def test_an_unknown_outcome_is_asked_again_with_the_same_key() -> None:
    gateway = MemoryGateway({"authorize": GatewayReply("unknown")})
    oms = manager(gateway=gateway)
    order = placed(oms, tenders=(DraftTender("card", "gateway", usd(2000)),))
    oms.dispatch(at=T0)
    assert oms.order(order.id).status == "placed"
    gateway.replies.clear()
    assert oms.ask_again(order.id, at=T0) == 1
    assert oms.order(order.id).status == "validated"
    assert len({key for _, key, _, _ in gateway.calls}) == 1
    assert oms.ask_again(order.id, at=T0) == 0


def test_s9_a_short_pick_is_routed_elsewhere_by_itself_and_counts_once() -> None:
    oms = manager(routing=Nearest())
    receive(oms, "nyc", 2, "po-1")
    receive(oms, "lax", 2, "po-2")
    order = placed(oms)
    oms.route(order.id, key="r", at=T0)
    short = om.ReportShortPick(order.id, f"{order.id}-F1", (("l", 1),), key="short", at=T0)
    oms.execute(short)
    assert oms.execute(short).repeated
    oms.dispatch(at=T0)
    work = oms.order(order.id).progress.work.values()
    assert sorted((entry.location, entry.status) for entry in work) == [
        ("lax", "requested"),
        ("nyc", "requested"),
    ]
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert (item.on_hand, item.allocated) == (1, 1)


def test_s13_channels_hear_of_what_they_may_sell_when_it_changes() -> None:
    channel = MemoryChannel()
    shops = (SalesChannel("web", ("nyc", "lax"), threshold=1), SalesChannel("till", ("nyc",)))
    oms = manager(channel=channel, sales_channels=shops)
    receive(oms, "nyc", 3, "po-1")
    receive(oms, "lax", 2, "po-2")
    oms.dispatch(at=T0)
    latest = {entry.channel: entry.quantity for entry in channel.publications}
    assert latest == {"web": 4, "till": 3}
    told = len(channel.publications)
    oms.dispatch(at=T0)
    assert len(channel.publications) == told


def test_a_manager_states_an_order_with_the_recorded_events_behind_each_figure() -> None:
    oms = manager()
    order = placed(oms)
    told = oms.statement(order.id)
    assert told.total.ordered.events == (0,)
    assert oms.history(order.id)[0].event.total == told.total.ordered.amount == 2000
    with pytest.raises(UnknownId):
        oms.statement("no-such-order")


# -- personal data -------------------------------------------------------------------------------


def test_personal_data_is_erased_apart_from_the_order_and_does_not_come_back() -> None:
    oms = manager()
    order = placed(oms, source_version=1)
    assert oms.contact(order.id) == ADA
    assert "Ada" not in repr(oms.history(order.id)) + repr(oms.order(order.id))
    oms.execute(om.ErasePersonalData(order.id, key="gdpr", at=T0))
    assert oms.contact(order.id) is None
    oms.execute(om.ImportOrder(a_draft(source_version=2), key="again", at=T0))
    assert oms.contact(order.id) is None
    assert oms.order(order.id).terms.total == 2000


def test_an_order_is_not_routed_before_what_its_cart_has_seen() -> None:
    """One command has one now: the latest of what any stream that it reads has seen."""
    oms = manager()
    receive(oms, "nyc", 2, "po-1")
    a_cart(oms, ("nyc", 1))
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    swept = T0 + timedelta(minutes=11)
    oms.execute(inv.ExpireReservation("cart", key="sweep", at=swept))
    oms.route(order.id, key="r", at=T0 + timedelta(minutes=9))
    events = [entry.event for entry in oms.ports.store.feed(0, 100) if entry.key == "r"]
    assert {event.at for event in events} == {swept}


@pytest.mark.parametrize("kind", [OrderManager, AsyncOrderManager])
@pytest.mark.parametrize(
    "name",
    [
        "network",
        "routing",
        "catalog",
        "policies",
        "rules",
        "chart",
        "sales_channels",
        "templates",
        "messages",
    ],
)
@pytest.mark.parametrize(
    "value", [5, "x", (5,), [1], {"a": 1}, object(), lambda: 1, int], ids=lambda value: type(value).__name__
)
def test_an_embedders_choice_that_is_none_is_refused_at_once_by_its_name(
    kind: Any, name: str, value: Any
) -> None:
    """Not at the first order, and not by an error of Python's own (Bad input)."""
    choices: dict[str, Any] = {"network": NETWORK, "routing": Nearest(), name: value}
    with pytest.raises(InvalidType) as refused:
        kind(MemoryStore(), **choices)
    assert refused.value.path == name


# -- awaited -------------------------------------------------------------------------------------


def test_the_async_manager_is_the_same_engine() -> None:
    async def day() -> tuple[om.Order, om.Order]:
        store = AsyncMemoryStore()
        oms = AsyncOrderManager(store, network=NETWORK, routing=LowestCost(Rates()))
        await oms.execute(inv.ReceiveStock("TEE", "nyc", 5, key="po", at=T0))
        order = (await oms.execute(om.PlaceOrder(a_draft(), key="p", at=T0))).order
        plan = await oms.plan(order.id, at=T0)
        assert await oms.route(order.id, key="r", at=T0) == plan
        assert (await oms.available("TEE", at=T0))["nyc"] == 3
        with pytest.raises(UnknownId):
            await oms.order("nobody")
        sync = manager(store.sync)
        return await oms.order(order.id), sync.order(order.id)

    awaited, plain = asyncio.run(day())
    assert awaited == plain
    assert awaited.status == "processing"


def test_one_command_has_one_now_the_latest_that_any_of_its_streams_has_seen() -> None:
    """A store whose clock runs ahead received goods: the order that takes them is not before it."""
    oms = manager()
    ahead = T0 + timedelta(minutes=3)
    oms.execute(inv.ReceiveStock("TEE", "nyc", 5, key="po", at=ahead))
    order = placed(oms)
    oms.route(order.id, key="r", at=T0)
    entries = [entry for entry in oms.ports.store.feed(0, 100) if entry.key == "r"]
    assert {entry.event.at for entry in entries} == {ahead}
    assert {entry.at for entry in entries} == {ahead}
    assert oms.order(order.id).seen_at == ahead


def test_s5_a_cart_that_expired_by_a_faster_clock_is_reserved_again_where_stock_is_there() -> None:
    """The stock item has seen a moment at which the claim was over; the units are still free."""
    oms = manager()
    receive(oms, "nyc", 2, "po-1")
    items = (inv.ReservedItem("TEE", "nyc", 2),)
    oms.execute(inv.ReserveStock("cart", "ada", items, T0 + timedelta(minutes=10), key="cart", at=T0))
    order = oms.execute(om.PlaceOrder(a_draft(), reservation="cart", key="p", at=T0)).order
    fast = T0 + timedelta(minutes=11)
    oms.execute(inv.SetSafetyStock("TEE", "nyc", 0, key="s", at=fast))
    oms.execute(inv.ReceiveStock("TEE", "nyc", 1, key="po-2", at=fast))
    assert oms.route(order.id, key="r", at=T0 + timedelta(minutes=9)).units == 2
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert (item.allocated, item.atp(fast)) == (2, 1)
    assert oms.reservation("cart").outcome_at(fast) == "expired"


def test_what_can_never_be_accepted_is_not_kept_under_its_key() -> None:
    """Only refusals are: a draft whose sum was wrong may be mended and sent again."""
    oms = manager()
    with pytest.raises(om.TotalMismatch):
        oms.execute(om.PlaceOrder(a_draft(stated_total=usd(1)), key="event-1", at=T0))
    assert oms.execute(om.PlaceOrder(a_draft(stated_total=usd(2000)), key="event-1", at=T0)).order.id


def test_c3_nothing_stays_of_a_plan_that_was_refused_half_way() -> None:
    """A set of two SKUs: one was still there, the other was not, and no other plan is possible."""
    store = MemoryStore()
    here, there = manager(store), manager(store)
    for sku in ("CUP", "TEE"):
        here.execute(inv.ReceiveStock(sku, "nyc", 5, key=f"po-{sku}", at=T0))
    lines = (DraftLine("a", "CUP", 1, usd(1000)), DraftLine("b", "TEE", 1, usd(1000)))
    draft = attrs.evolve(a_draft(ship_complete=True), lines=lines)
    order = here.execute(om.PlaceOrder(draft, key="p", at=T0)).order
    here.available("TEE", at=T0)
    there.execute(inv.CountStock("TEE", "nyc", 0, key="count", at=T0))
    here.ports.store = Blind(store)
    assert here.route(order.id, key="r", at=T0).units == 0
    cups = here.stock("CUP", "nyc")
    assert cups is not None
    assert cups.allocated == 0, "nobody holds it, so nobody could ever let go of it"


def test_an_order_of_the_most_lines_is_routed_though_a_line_is_split_over_two_locations() -> None:
    """Up to the limit it works: 10,000 lines, one of them from two places."""
    oms = manager()
    lines = tuple(DraftLine(f"l{i}", f"SKU-{i}", 2, usd(1000)) for i in range(10_000))
    for i in range(10_000):
        oms.execute(inv.ReceiveStock(f"SKU-{i}", "nyc", 1 if i == 7 else 2, key=f"po-{i}", at=T0))
    oms.execute(inv.ReceiveStock("SKU-7", "lax", 1, key="po-lax", at=T0))
    card = (DraftTender("card", "gateway", usd(20_000_000), authorized=True),)
    draft = attrs.evolve(a_draft(), lines=lines, tenders=card)
    order = oms.execute(om.PlaceOrder(draft, key="p", at=T0)).order
    plan = oms.route(order.id, key="r", at=T0)
    assert (len(plan.assignments), plan.units, plan.remainder) == (10_001, 20_000, ())


def test_what_is_not_there_is_told_by_the_name_that_was_asked() -> None:
    oms = manager()
    for ask, path in ((oms.order, "order_id"), (oms.reservation, "token")):
        with pytest.raises(UnknownId) as error:
            ask("nobody")
        assert (error.value.path, error.value.fields["id"]) == (path, "nobody")


def test_what_an_item_requires_and_how_it_ships_reaches_the_routing() -> None:
    """R3: batteries go from where they may be sent; R2: what ships alone has a parcel of its own."""
    far = Location("lax", point=GeoPoint(34.0, -118.2), capabilities=frozenset({SHIP, "hazmat"}))
    near = Location("nyc", point=GeoPoint(40.7, -74.0))
    sofa = Item("TEE", weight_g=900, ships_alone=True, requires=frozenset({"hazmat"}))
    oms = OrderManager(
        MemoryStore(),
        network=Network((near, far)),
        catalog=Catalog((sofa,)),
        routing=LowestCost(Rates(zones=(Zone(None, ((1_000, 500), (30_000, 900))),))),
    )
    for place in ("nyc", "lax"):
        oms.execute(inv.ReceiveStock("TEE", place, 5, key=f"po-{place}", at=T0))
    order = oms.execute(om.PlaceOrder(a_draft(), key="p", at=T0)).order
    plan = oms.route(order.id, key="r", at=T0)
    assert [(entry.location, entry.quantity) for entry in plan.assignments] == [("lax", 2)]
    assert [(parcel.count, parcel.contents) for parcel in plan.parcels] == [(2, (("TEE", 1),))]
