"""Which orders are due: the book follows the feed, and each deadline is met once however many look."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import AsyncOrderManager, DeadlineBook, OrderManager
from omcore.engine.deadline_book import meet
from omcore.kernel import Location, Network, OmcoreError, Unavailable, UnknownId
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.orders import events as ev
from omcore.orders.draft import ExternalRef
from omcore.routing import Nearest
from order_life import T0, a_draft, usd

HOUR = timedelta(hours=1)
PATIENT = om.Policies(cancel_unpaid_after=HOUR)


def manager(store: Any = None, policies: om.Policies = PATIENT) -> OrderManager:
    network = Network((Location("nyc"),))
    return OrderManager(store or MemoryStore(), network=network, routing=Nearest(), policies=policies)


def place(oms: OrderManager, number: int, at: datetime = T0) -> str:
    draft = a_draft(tenders=(), ref=ExternalRef("web", "shop", "order", str(number)))
    return oms.execute(om.PlaceOrder(draft, order_id=f"o{number}", key=f"p{number}", at=at)).order.id


def pay(oms: OrderManager, order_id: str, at: datetime = T0) -> None:
    oms.execute(om.RecordPayment(order_id, "bank", usd(8_200), key=f"pay-{order_id}", at=at))


def count_of_answers(oms: OrderManager) -> int:
    return len(oms.ports.store._answers)


def written(oms: OrderManager, order_id: str) -> int:
    return len(oms.history(order_id))


def test_what_is_due_is_told_without_looking_at_every_order() -> None:
    oms = manager()
    for number in range(1, 5):
        place(oms, number, T0 + timedelta(minutes=number))
    pay(oms, "o2")
    assert oms.next_deadline() == T0 + HOUR + timedelta(minutes=1)
    assert oms.due(at=T0 + HOUR) == ()
    assert oms.due(at=T0 + HOUR + timedelta(minutes=3)) == ("o1", "o3")
    assert oms.due(at=T0 + HOUR + timedelta(minutes=3)) == ("o1", "o3"), "until it is done"


def test_what_was_met_drops_out_and_the_book_is_as_large_as_the_orders_that_wait() -> None:
    oms = manager()
    for number in range(1, 301):
        place(oms, number)
    assert len(oms.due(at=T0 + HOUR)) == 300
    for order_id in oms.due(at=T0 + HOUR):
        assert oms.meet_deadlines(order_id, at=T0 + HOUR).status == "cancelled"
    assert oms.due(at=T0 + 9 * HOUR) == ()
    assert oms.next_deadline() is None
    assert len(oms._book) == 0
    assert len(oms._book._heap) <= 64


def test_met_early_late_or_often_it_is_met_once_and_nothing_else_is_written() -> None:
    oms = manager()
    order_id = place(oms, 1)
    before = written(oms, order_id)
    oms.meet_deadlines(order_id, at=T0 + HOUR - timedelta(seconds=1))
    assert written(oms, order_id) == before
    assert count_of_answers(oms) == 1, "nothing to do is no command"
    after = oms.meet_deadlines(order_id, at=T0 + HOUR)
    once = written(oms, order_id)
    assert once > before
    for hours in (1, 2, 500):
        assert oms.meet_deadlines(order_id, at=T0 + hours * HOUR) == after
    assert written(oms, order_id) == once


def test_a_clock_behind_the_orders_own_is_put_right() -> None:
    oms = manager()
    order_id = place(oms, 1)
    oms.execute(om.RequestCancel(order_id, key="r", at=T0 + HOUR - timedelta(seconds=1)))
    assert oms.meet_deadlines(order_id, at=T0 - timedelta(days=9)).status == "on_hold"


def test_what_another_policy_would_have_done_by_what_the_order_has_seen_is_done() -> None:
    """The policy was made stricter; the scheduler's clock is behind."""
    store = MemoryStore()
    order_id = place(manager(store, om.Policies()), 1)
    hold = om.PlaceHold(order_id, "h", "fraud", key="h", at=T0 + 2 * HOUR)
    manager(store, om.Policies()).execute(hold)
    assert manager(store).meet_deadlines(order_id, at=T0 - timedelta(days=9)).status == "cancelled"


def test_r4_a_dry_run_sees_what_has_passed_as_the_live_run_does() -> None:
    oms = manager(policies=om.Policies())
    order_id = place(oms, 1)
    pay(oms, order_id)
    for sku, quantity in (("TEE", 3), ("MUG", 1)):
        oms.execute(inv.ReceiveStock(sku, "nyc", quantity, key=sku, at=T0))
    hold = om.PlaceHold(order_id, "h", "fraud", expires_at=T0 + HOUR, key="h", at=T0)
    oms.execute(hold)
    with pytest.raises(om.OrderOnHold):
        oms.plan(order_id, at=T0 + HOUR - timedelta(seconds=1))
    dry = oms.plan(order_id, at=T0 + HOUR)
    assert dry.assignments
    assert oms.route(order_id, key="r", at=T0 + HOUR) == dry
    assert oms.order(order_id).status == "processing"


def test_r4_what_was_not_paid_for_in_time_is_neither_planned_nor_routed() -> None:
    oms = manager()
    oms.execute(inv.ReceiveStock("TEE", "nyc", 9, key="po", at=T0))
    order_id = place(oms, 1)
    oms.execute(om.ReleaseHold(order_id, "validation-payment", key="on-account", at=T0))
    other = place(oms, 2)
    assert oms.plan(order_id, at=T0 + HOUR).assignments
    with pytest.raises(om.OrderIsOver):
        oms.plan(other, at=T0 + HOUR)
    with pytest.raises(om.OrderIsOver):
        oms.route(other, key="r2", at=T0 + HOUR)
    assert oms.order(other).status == "on_hold", "a refusal changes nothing"


def test_one_deadline_after_the_other_of_one_order() -> None:
    oms = manager(policies=om.Policies())
    order_id = place(oms, 1)
    for hours in (1, 2, 3):
        hold = om.PlaceHold(
            order_id, f"h{hours}", "fraud", expires_at=T0 + hours * HOUR, key=f"h{hours}", at=T0
        )
        oms.execute(hold)
    for hours in (1, 2, 3):
        assert oms.next_deadline() == T0 + hours * HOUR
        oms.meet_deadlines(order_id, at=T0 + hours * HOUR)
    assert oms.next_deadline() is None


def test_two_processes_that_sweep_the_same_order_meet_it_once() -> None:
    store = MemoryStore()
    left, right = manager(store), manager(store)
    order_id = place(left, 1)
    steps = [
        meet(order_id, T0 + HOUR, oms.setup, oms._book, by, "")
        for oms, by in ((left, "left"), (right, "right"))
    ]
    answers: list[Any] = [None, None]
    done: list[Any] = [None, None]
    while None in done:
        for i in (0, 1):
            if done[i] is not None:
                continue
            try:
                answers[i] = steps[i].send(answers[i]).perform(left.ports)
            except StopIteration as over:
                done[i] = over.value
            except OmcoreError as error:
                answers[i] = steps[i].throw(error).perform(left.ports)
    assert done[0] == done[1]
    events = [entry.event for entry in left.history(order_id)]
    assert sum(type(event) is ev.UnitsCancelled for event in events) == 1


def test_an_unknown_order_and_bad_input_are_refused() -> None:
    oms = manager()
    with pytest.raises(UnknownId):
        oms.meet_deadlines("none", at=T0)
    wrong: list[Any] = [None, 1, "", "two words", T0]
    for value in wrong:
        with pytest.raises(OmcoreError):
            oms.meet_deadlines(value, at=T0)
    for value in (None, 1, "now", T0.replace(tzinfo=None)):
        with pytest.raises(OmcoreError):
            oms.due(at=value)  # type: ignore[arg-type]  # on purpose
        with pytest.raises(OmcoreError):
            oms.meet_deadlines("o1", at=value)  # type: ignore[arg-type]  # on purpose


def test_a_store_that_is_down_loses_nothing_of_the_book() -> None:
    class Shaky(MemoryStore):
        down = False

        def load(self, streams: Any) -> Any:
            if self.down:
                raise Unavailable("store")
            return super().load(streams)

    store = Shaky()
    oms = manager(store)
    place(oms, 1)
    store.down = True
    with pytest.raises(Unavailable):
        oms.due(at=T0 + HOUR)
    store.down = False
    assert oms.due(at=T0 + HOUR) == ("o1",)


def test_the_same_over_awaited_ports() -> None:
    store = MemoryStore()
    oms = manager(store)
    order_id = place(oms, 1)

    async def live() -> None:
        other = AsyncOrderManager(
            AsyncMemoryStore(store), network=Network((Location("nyc"),)), routing=Nearest(), policies=PATIENT
        )
        assert await other.next_deadline() == T0 + HOUR
        assert await other.due(at=T0 + HOUR) == (order_id,)
        order = await other.meet_deadlines(order_id, at=T0 + HOUR, by="scheduler")
        assert order.status == "cancelled"
        assert await other.due(at=T0 + HOUR) == ()

    asyncio.run(live())
    assert oms.history(order_id)[-1].by == "scheduler"


# -- the book, against a dictionary ----------------------------------------------------------------


def test_an_order_whose_moment_comes_ever_nearer_leaves_nothing_behind() -> None:
    book = DeadlineBook()
    for n in range(5_000):
        book.note("o1", T0 - timedelta(minutes=n), n)
    assert len(book._heap) <= 66
    assert book.due(T0) == ("o1",)


def test_an_order_whose_moment_went_and_came_back_is_told_once() -> None:
    book = DeadlineBook()
    for version, hours in enumerate((1, 2, 1), 1):
        book.note("o1", T0 + hours * HOUR, version)
    assert book.due(T0 + 3 * HOUR) == ("o1",)


NOTES = st.tuples(st.integers(0, 5), st.none() | st.integers(0, 20), st.integers(1, 6), st.booleans())


@given(st.lists(NOTES, max_size=120), st.integers(0, 21))
def test_the_book_says_what_a_dictionary_would(notes: list[Any], now: int) -> None:
    def at(n: int) -> datetime:
        return T0 + timedelta(minutes=n)

    book, plain = DeadlineBook(), dict[str, tuple[datetime, int]]()
    for number, moment, version, asked in notes:
        order_id = f"o{number}"
        book.note(order_id, None if moment is None else at(moment), version)
        if order_id in plain and plain[order_id][1] > version:
            continue
        if moment is None:
            plain.pop(order_id, None)
        else:
            plain[order_id] = (at(moment), version)
        if asked:
            assert book.next() == min((entry[0] for entry in plain.values()), default=None)
    expected = sorted((entry[0], name) for name, entry in plain.items() if entry[0] <= at(now))
    assert book.due(at(now)) == tuple(name for _, name in expected)
    assert book.due(at(now)) == tuple(name for _, name in expected), "asking changes nothing"
    assert len(book) == len(plain)
    assert len(book._heap) <= 2 * len(plain) + 64


@given(
    st.lists(
        st.tuples(st.sampled_from(("place", "pay", "hold", "release", "cancel", "meet")), st.integers(1, 6)),
        max_size=30,
    ),
    st.integers(0, 200),
)
def test_a_book_that_followed_all_the_time_is_one_that_is_read_from_the_beginning(
    steps: list[Any], minutes: int
) -> None:
    """Rebuilt from the feed, and equal to what looking at every order would say."""
    store = MemoryStore()
    oms, now = manager(store), T0
    for i, (what, number) in enumerate(steps):
        now += timedelta(minutes=7)
        order_id = f"o{number}"
        common: dict[str, Any] = {"key": f"k{i}", "at": now}
        try:
            if what == "place":
                place(oms, number, now)
            elif what == "pay":
                pay(oms, order_id, now)
            elif what == "meet":
                oms.meet_deadlines(order_id, at=now)
            elif what == "hold":
                expires_at = now + timedelta(minutes=20)
                oms.execute(om.PlaceHold(order_id, "h", "fraud", expires_at=expires_at, **common))
            elif what == "release":
                oms.execute(om.ReleaseHold(order_id, "h", **common))
            else:
                oms.execute(om.CancelUnits(order_id, **common))
        except OmcoreError:
            pass
        if i % 3 == 0:
            oms.due(at=now)
    at = now + timedelta(minutes=minutes)
    looked_at = []
    for number in range(1, 7):
        state = store.load((f"order/o{number}",))[f"order/o{number}"].state
        moment = None if state is None else om.next_deadline(state, oms.setup.context)
        if moment is not None:
            looked_at.append((moment, f"o{number}"))
    expected = tuple(name for moment, name in sorted(looked_at) if moment <= at)
    assert oms.due(at=at) == manager(store).due(at=at) == expected
    assert oms.next_deadline() == min((moment for moment, _ in looked_at), default=None)
