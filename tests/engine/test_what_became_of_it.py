"""C9, M11: an effect whose outcome nobody knows is asked for, and repeated only where it was never heard of.

The outside here forgets: it recognizes a repeated call for a while, and knows what it did for ever. Whoever
repeats blindly pays twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import Contact, IdempotencyConflict, Location, Money, Network, Place, Unavailable
from omcore.memory import MemoryChannel, MemoryGateway, MemoryNotifier, MemoryStore
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.ports import ChannelUpdate, Commit, GatewayReply, Message
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
PRICE = Money(2000, "USD")


def manager(store: Any, **ports: Any) -> OrderManager:
    return OrderManager(store, network=Network((Location("nyc"),)), routing=Nearest(), **ports)


def placed(oms: OrderManager, channel: str = "web", number: str = "1") -> om.Order:
    draft = OrderDraft(
        ExternalRef(channel, "shop", "order", number),
        "USD",
        (DraftLine("l", "TEE", 1, PRICE),),
        T0,
        destination=Place("US", "NY", "10001"),
        contact=Contact("Ada", email="ada@example.com"),
        tenders=(DraftTender("card", "gateway", PRICE),),
    )
    return oms.execute(om.PlaceOrder(draft, key=f"place-{number}", at=T0)).order


class Forgetful:
    """Does what it is asked each time that it is asked; says what it did by key. ``trouble`` is told once."""

    def __init__(self, *trouble: str) -> None:
        self.trouble = list(trouble)
        self.done: list[str] = []
        self.queries: list[str] = []
        self.replies: dict[str, GatewayReply] = {}

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        trouble = self.trouble.pop(0) if self.trouble else ""
        if trouble == "not reached":
            raise Unavailable("gateway")
        if trouble == "another amount":
            raise IdempotencyConflict("key", key=key)
        self.done.append(key)
        self.replies[key] = GatewayReply("declined" if trouble == "declined" else "approved", f"r-{key}")
        if trouble == "reply lost":
            raise Unavailable("gateway")
        if trouble == "pending":
            self.replies[key] = GatewayReply("unknown")
        if trouble in ("told unknown", "declined"):
            return GatewayReply("unknown")
        return self.replies[key]

    def outcome(self, key: str) -> GatewayReply | None:
        self.queries.append(key)
        if self.trouble and self.trouble[0] == "query lost":
            raise Unavailable(self.trouble.pop(0))
        return self.replies.get(key)


@pytest.mark.parametrize(
    ("trouble", "queries"), [("", 0), ("reply lost", 1), ("not reached", 1), ("told unknown", 1)]
)
def test_m11_money_is_moved_once_by_a_holder_that_forgets_keys(trouble: str, queries: int) -> None:
    """And nothing is asked about what went well: that would be a round trip more."""
    gateway = Forgetful(trouble)
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms)
    first = oms.dispatch(at=T0)
    assert bool(first.stopped) == (trouble in ("reply lost", "not reached"))
    oms.dispatch(at=T0)
    oms.ask_again(order.id, at=T0)
    assert (len(gateway.done), len(gateway.queries)) == (1, queries)
    assert oms.order(order.id).status == "validated"


def test_m11_what_is_still_unknown_is_not_asked_for_again() -> None:
    gateway = Forgetful("pending")
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms)
    oms.dispatch(at=T0)
    for _ in range(3):
        assert oms.ask_again(order.id, at=T0) == 1
    assert len(gateway.done) == 1
    assert [request.unknown for request in oms.order(order.id).payments.requests.values()] == [True]
    gateway.replies = {key: GatewayReply("approved", "late") for key in gateway.replies}
    oms.ask_again(order.id, at=T0)
    assert (len(gateway.done), oms.order(order.id).status) == (1, "validated")


def test_m11_a_query_that_is_lost_leaves_everything_as_it_was() -> None:
    gateway = Forgetful("told unknown", "query lost")
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms)
    oms.dispatch(at=T0)
    with pytest.raises(Unavailable):
        oms.ask_again(order.id, at=T0)
    assert oms.ask_again(order.id, at=T0) == 1
    assert (len(gateway.done), oms.order(order.id).status) == (1, "validated")


def test_m11_a_decline_that_nobody_heard_of_is_learned() -> None:
    gateway = Forgetful("declined")
    oms = manager(MemoryStore(), gateway=gateway)
    order = placed(oms)
    oms.dispatch(at=T0)
    oms.ask_again(order.id, at=T0)
    assert oms.order(order.id).payments.tenders["card"].blocked


def test_m11_an_entry_that_is_read_again_is_not_paid_again_while_it_is_unknown() -> None:
    """Another process that begins at the front of the feed: nothing but the order says that it was asked."""
    store, gateway = MemoryStore(), Forgetful("told unknown")
    oms = manager(store, gateway=gateway)
    order = placed(oms)
    oms.dispatch(at=T0)
    store._cursors.clear()
    manager(store, gateway=gateway).dispatch(at=T0)
    assert (len(gateway.done), oms.order(order.id).status) == (1, "validated")


def test_m11_a_key_that_the_holder_has_for_something_else_declines_one_order_and_stops_no_other() -> None:
    gateway = Forgetful("another amount")
    oms = manager(MemoryStore(), gateway=gateway)
    first, second = placed(oms), placed(oms, number="2")
    assert oms.dispatch(at=T0).stopped == ()
    assert oms.order(first.id).payments.tenders["card"].blocked
    assert oms.order(second.id).status == "validated"


class LosesARecord(MemoryStore):
    """Once, what a dispatcher did is not recorded."""

    losing = ""

    def commit(self, commit: Commit) -> None:
        if self.losing and self.losing in commit.answer.key:
            self.losing = ""
            raise Unavailable("store")
        super().commit(commit)


class Mail:
    """Sends each time that it is asked."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.asked = 0
        self.trouble = ""

    def send(self, message: Message) -> None:
        if self.trouble == "not reached":
            self.trouble = ""
            raise Unavailable("mail")
        self.sent.append(message.key)
        if self.trouble:
            self.trouble = ""
            raise Unavailable("mail")

    def was_sent(self, key: str) -> bool:
        self.asked += 1
        return key in self.sent


@pytest.mark.parametrize("trouble", ["", "not reached", "lost", "not recorded"])
def test_c9_a_message_is_sent_once_by_mail_that_knows_no_repeats(trouble: str) -> None:
    store, mail = LosesARecord(), Mail()
    if trouble == "not recorded":
        store.losing = "omcore/effect/"
    else:
        mail.trouble = trouble
    oms = manager(store, gateway=MemoryGateway(), notifier=mail)
    placed(oms)
    for _ in range(3):
        oms.dispatch(at=T0)
    assert len(mail.sent) == 1
    assert mail.asked == (1 if trouble else 0)
    assert oms.setup.begun == set()


@pytest.mark.parametrize("odd", [None, 0, "", "yes", 1])
def test_c9_only_a_plain_yes_keeps_a_message_from_being_sent(odd: Any) -> None:
    class Odd(Mail):
        def was_sent(self, key: str) -> bool:
            super().was_sent(key)
            found: Any = odd
            return found  # type: ignore[no-any-return]  # the defect

    mail = Odd()
    mail.trouble = "not reached"
    oms = manager(MemoryStore(), gateway=MemoryGateway(), notifier=mail)
    placed(oms)
    for _ in range(2):
        oms.dispatch(at=T0)
    assert len(mail.sent) == 1


def test_a_mix_up_that_a_notifier_complains_of_stops_its_messages_and_nothing_else() -> None:
    """It is not to complain; still, money moves on."""

    class Strict(Mail):
        def send(self, message: Message) -> None:
            raise IdempotencyConflict("key", key=message.key)

    oms = manager(MemoryStore(), gateway=MemoryGateway(), notifier=Strict())
    order = placed(oms)
    assert oms.dispatch(at=T0).stopped == (("messages", "idempotency_conflict"),)
    assert oms.order(order.id).status == "validated"


def test_c9_what_this_process_left_in_the_middle_is_asked_for() -> None:
    """An error of the port's own ends the run between the effect and its record."""

    class Hasty(Mail):
        def send(self, message: Message) -> None:
            super().send(message)
            if len(self.sent) == 1:
                raise RuntimeError("socket")

    mail = Hasty()
    oms = manager(MemoryStore(), gateway=MemoryGateway(), notifier=mail)
    placed(oms)
    with pytest.raises(RuntimeError):
        oms.dispatch(at=T0)
    oms.dispatch(at=T0)
    assert (len(mail.sent), mail.asked) == (1, 1)


def test_c9_a_channel_is_told_once_though_it_counts_each_word() -> None:
    class Counting(MemoryChannel):
        words = 0

        def update(self, update: ChannelUpdate) -> None:
            self.words += 1
            super().update(update)
            if self.words == 1:
                raise Unavailable("channel")

    channel = Counting()
    oms = manager(MemoryStore(), gateway=MemoryGateway(), notifier=MemoryNotifier(), channel=channel)
    order = placed(oms, "shopify")
    oms.execute(om.CancelUnits(order.id, key="cancel", at=T0))
    for _ in range(3):
        oms.dispatch(at=T0)
    assert (channel.words, len(channel.updates)) == (1, 1)


def test_the_query_and_its_call_are_one_to_the_gateway_that_is_shipped() -> None:
    gateway = MemoryGateway({"authorize": GatewayReply("unknown")})
    assert gateway.outcome("k") is None
    gateway.authorize("k", "card", PRICE)
    assert gateway.outcome("k") == GatewayReply("unknown")
    assert not gateway.moved
    gateway.replies.clear()
    assert gateway.outcome("k") == gateway.authorize("k", "card", PRICE) == GatewayReply("approved", "mem-k")
    assert gateway.moved == (("authorize", "card", PRICE),)
    with pytest.raises(IdempotencyConflict):
        gateway.authorize("k", "card", Money(1, "USD"))


def test_m13_the_gateway_is_never_asked_for_money_that_a_channel_holds() -> None:
    """Found by the simulator: a refund that a marketplace owes would have been paid by the merchant too."""
    gateway = MemoryGateway()
    oms = manager(MemoryStore(), gateway=gateway)
    draft = OrderDraft(
        ExternalRef("market", "shop", "order", "1"),
        "USD",
        (DraftLine("l", "TEE", 1, PRICE),),
        T0,
        tenders=(DraftTender("market", "channel", PRICE, True, True),),
    )
    order = oms.execute(om.PlaceOrder(draft, key="place", at=T0)).order
    order = oms.execute(om.CancelUnits(order.id, key="cancel", at=T0)).order
    [request] = order.payments.requests.values()
    assert request.kind == "refund"
    told = om.RecordPaymentOutcome(order.id, request.id, "unknown", key="told", at=T0)
    assert oms.execute(told).order.payments.requests[request.id].unknown
    assert oms.ask_again(order.id, at=T0) == 0
    assert gateway.calls == []
