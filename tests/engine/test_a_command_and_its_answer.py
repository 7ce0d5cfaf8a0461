"""C4 as the store sees it: nobody asks for an answer that is not there, and nobody misses one that is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.engine import OrderManager, Outcome, run
from omcore.engine.duty import follow_up
from omcore.inventory import ReceiveStock
from omcore.kernel import (
    IdempotencyConflict,
    InvalidQuantity,
    LimitExceeded,
    Location,
    Money,
    Network,
    Place,
    Unavailable,
    UnknownEvent,
    UnknownId,
)
from omcore.memory import MemoryStore
from omcore.orders import DraftLine, DraftTender, ExternalRef, OrderDraft, Policies
from omcore.ports import Answer, Commit
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
BOTH = Network((Location("nyc"), Location("lax")))
RECEIVE = ReceiveStock("TEE", "lax", 3, key="po-1", at=T0)
DRAFT = OrderDraft(
    ExternalRef("web", "shop", "order", "1"),
    "USD",
    (DraftLine("l", "TEE", 2, Money(1_000, "USD")),),
    T0,
    destination=Place("US", "CA", "90001"),
)


class Watched(MemoryStore):
    """Writes down what it is asked; ``loses`` so many acknowledgments."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.loses = 0

    def load(self, streams: Any) -> Any:
        self.asked.append("load")
        return super().load(streams)

    def answer(self, key: str) -> Answer | None:
        self.asked.append("answer")
        return super().answer(key)

    def commit(self, commit: Commit) -> None:
        self.asked.append("commit")
        super().commit(commit)
        if self.loses:
            self.loses -= 1
            raise Unavailable("store")


def shop(store: MemoryStore, network: Network = BOTH, **policies: Any) -> OrderManager:
    return OrderManager(
        store, network=network, routing=Nearest(), policies=attrs.evolve(Policies(), **policies)
    )


def test_a_new_command_loads_and_commits_and_asks_for_nothing_else() -> None:
    store = Watched()
    assert not shop(store).execute(RECEIVE).repeated
    assert store.asked == ["load", "commit"]


def test_a_repeated_one_is_answered_from_the_record() -> None:
    store = Watched()
    first = shop(store).execute(RECEIVE)
    store.asked.clear()
    again = shop(store).execute(RECEIVE)
    assert (again.answer, again.repeated) == (first.answer, True)
    assert store.asked == ["load", "commit", "answer", "load"]
    assert store.load(("stock/lax/TEE",))["stock/lax/TEE"].version == 1


def test_a_lost_acknowledgment_is_no_second_effect() -> None:
    store = Watched()
    store.loses = 1
    assert shop(store).execute(RECEIVE).repeated
    assert store.asked == ["load", "commit", "answer", "load"]


def test_another_command_under_a_known_key_is_told_so_and_changes_nothing() -> None:
    store = Watched()
    shop(store).execute(RECEIVE)
    with pytest.raises(IdempotencyConflict):
        shop(store).execute(attrs.evolve(RECEIVE, quantity=4))
    assert store.load(("stock/lax/TEE",))["stock/lax/TEE"].state.on_hand == 3


def test_a_refusal_is_repeated_as_it_was_though_it_would_be_none_today() -> None:
    """The order that was not there is there by now, and the old letter does not cancel it."""
    store = Watched()
    oms = shop(store)
    cancel = om.CancelUnits("o1", key="cancel", at=T0)
    with pytest.raises(UnknownId) as first:
        oms.execute(cancel)
    oms.execute(om.PlaceOrder(DRAFT, order_id="o1", key="place", at=T0))
    with pytest.raises(UnknownId) as again:
        oms.execute(cancel)
    assert str(again.value) == str(first.value)
    assert oms.order("o1").status != "cancelled"


def test_an_answer_is_given_again_though_the_network_has_changed_since() -> None:
    """Los Angeles is closed: the command would be wrong today, and was not when it was answered."""
    store = Watched()
    first = shop(store).execute(RECEIVE)
    later = shop(store, Network((Location("nyc"),)))
    assert later.execute(RECEIVE).answer == first.answer
    with pytest.raises(IdempotencyConflict):
        later.execute(attrs.evolve(RECEIVE, quantity=4))


def paid_before_a_policy_raises() -> tuple[om.RecordPayment, Outcome, OrderManager]:
    """What was paid, what was answered, and a process of today, whose policy raises for such a command."""

    def booms(*_: Any) -> Any:
        raise ZeroDivisionError

    store = Watched()
    card = DraftTender("card", "gateway", Money(2_000, "USD"), authorized=True)
    place = om.PlaceOrder(attrs.evolve(DRAFT, tenders=(card,)), order_id="o1", key="place", at=T0)
    pay = om.RecordPayment("o1", "tip", Money(100, "USD"), key="pay", at=T0)
    oms = shop(store)
    oms.execute(place)
    return pay, oms.execute(pay), shop(store, capturable=booms)


def test_an_answer_is_given_again_though_a_policy_raises_today() -> None:
    pay, first, later = paid_before_a_policy_raises()
    assert later.execute(pay).answer == first.answer
    with pytest.raises(ZeroDivisionError):
        later.execute(attrs.evolve(pay, tender_id="tip-2", key="pay-2"))


def test_what_is_wrong_is_told_once_the_store_knows_no_answer() -> None:
    store = Watched()
    with pytest.raises(InvalidQuantity):
        shop(store).execute(attrs.evolve(RECEIVE, quantity=0))
    assert "commit" not in store.asked


class Outgrown(Watched):
    """A later release has written to the streams: this one cannot read them any more."""

    outgrown = False

    def load(self, streams: Any) -> Any:
        if self.outgrown:
            raise UnknownEvent("type", type="Order", version=2)
        return super().load(streams)


def test_a_refusal_is_repeated_though_a_later_release_has_written_to_the_order_since() -> None:
    store = Outgrown()
    oms = shop(store)
    cancel = om.CancelUnits("o1", key="cancel", at=T0)
    with pytest.raises(UnknownId):
        oms.execute(cancel)
    oms.execute(om.PlaceOrder(DRAFT, order_id="o1", key="place", at=T0))
    store.outgrown = True
    with pytest.raises(UnknownId):
        oms.execute(cancel)
    with pytest.raises(UnknownEvent):
        oms.execute(attrs.evolve(cancel, key="cancel-2"))


def test_in_a_batch_an_answer_is_given_again_though_a_policy_raises_today() -> None:
    pay, first, later = paid_before_a_policy_raises()
    again, received = later.execute_all((pay, RECEIVE))
    assert isinstance(again, Outcome)
    assert isinstance(received, Outcome)
    assert (again.answer, again.repeated, received.repeated) == (first.answer, True, False)
    with pytest.raises(ZeroDivisionError):
        later.execute_all((attrs.evolve(pay, tender_id="tip-2", key="pay-2"), RECEIVE))


def test_a_plan_is_told_again_though_a_policy_raises_about_who_waits() -> None:
    def booms(*_: Any) -> Any:
        raise ZeroDivisionError

    store = Watched()
    oms = shop(store)
    card = DraftTender("card", "gateway", Money(2_000, "USD"), authorized=True)
    oms.execute(om.PlaceOrder(attrs.evolve(DRAFT, tenders=(card,)), order_id="o1", key="place", at=T0))
    oms.execute(om.BackorderUnits("o1", (("l", 2, "", None),), key="wait", at=T0))
    plan = oms.route("o1", key="route", at=T0)
    later = shop(store, priority=booms)
    assert later.route("o1", key="route", at=T0) == plan
    with pytest.raises(ZeroDivisionError):
        later.route("o1", key="route-2", at=T0)


def test_a_full_shelf_is_an_answer_to_the_dispatcher_too_and_does_not_stop_it() -> None:
    """What is recorded comes again at every run: it must not end the run each time."""
    oms = shop(Watched())
    oms.execute(RECEIVE)
    overflowing = attrs.evolve(RECEIVE, quantity=1_000_000_000, key="po-2")
    for _ in range(2):
        assert run(follow_up(overflowing, oms._duty(T0)), oms.ports) == 0
    with pytest.raises(LimitExceeded):
        oms.execute(overflowing)
