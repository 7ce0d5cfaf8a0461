"""A batch is its commands one after the other, in one commit: answers, states and feed are the same.

What is drawn, and the order in which it must be decided, stand in tests/support/batch_world.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_world import T0, decided_order, draft, kept, manager, one_by_one, opened, some_commands
from folded_store import FoldedStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import MAX_BATCH, AsyncOrderManager, OrderManager, Outcome, RouteOrder
from omcore.engine.core import MAX_ATTEMPTS
from omcore.kernel import (
    Conflict,
    IdempotencyConflict,
    InvalidId,
    InvalidText,
    InvalidType,
    LimitExceeded,
    OmcoreError,
    StoreError,
    Unavailable,
    UnknownId,
)
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.ports import Answer, Commit, Loaded

# -- the equivalence -------------------------------------------------------------------------


def said_of(answer: Any) -> Any:
    """What is comparable of an outcome or an error.

    ``InvalidText`` is not recorded: whoever asks again may hear that its key has become another command's.
    """
    if isinstance(answer, OmcoreError):
        return answer.code, answer.path, dict(answer.fields)
    return answer.answer, answer.state, answer.repeated


@given(st.lists(some_commands(), min_size=1, max_size=3))
def test_a_batch_is_its_commands_one_after_the_other(batches: list[list[Any]]) -> None:
    together, alone = opened(FoldedStore()), opened(MemoryStore())
    every = [command for commands in batches for command in commands]
    for commands in batches:
        answers = together.execute_all(commands)
        expected = one_by_one(alone, commands, decided_order(commands))
        for i, (found, wanted) in enumerate(zip(answers, expected, strict=True)):
            assert said_of(found) == said_of(wanted), (i, commands[i])
        assert kept(together.ports.store, every) == kept(alone.ports.store, every)


def said_for_good(oms: OrderManager, commands: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """A batch's commands and answers, but for those that are not recorded: they count as never made."""
    said = zip(commands, oms.execute_all(commands), strict=True)
    known = [(command, answer) for command, answer in said if not isinstance(answer, InvalidText)]
    return [command for command, _ in known], [answer for _, answer in known]


@given(some_commands())
def test_a_batch_that_is_sent_again_is_answered_as_it_was(commands: list[Any]) -> None:
    oms = opened(MemoryStore())
    same, first = said_for_good(oms, commands)
    before = kept(oms.ports.store, commands)
    for again in (oms.execute_all(same), manager(oms.ports.store).execute_all(same)):
        for one, other in zip(first, again, strict=True):
            assert said_of(one)[0] == said_of(other)[0]
            assert isinstance(one, OmcoreError) or (isinstance(other, Outcome) and other.repeated)
    assert kept(oms.ports.store, commands) == before


@given(some_commands(), st.randoms(use_true_random=False))
def test_one_by_one_and_together_may_be_mixed(commands: list[Any], dice: Any) -> None:
    """Some commands are retried in a smaller batch, and all alone: nothing is done twice."""
    oms = opened(MemoryStore())
    same, first = said_for_good(oms, commands)
    before = kept(oms.ports.store, commands)
    oms.execute_all([command for command in same if dice.random() < 0.5])
    for found, answer in zip(one_by_one(oms, same, range(len(same))), first, strict=True):
        assert said_of(found)[0] == said_of(answer)[0]
    assert kept(oms.ports.store, commands) == before


# -- faults ----------------------------------------------------------------------------------


class Shaky(MemoryStore):
    """Before each call it does what its script says: nothing, a fault, or what somebody else wants done."""

    def __init__(self, script: Sequence[str]) -> None:
        super().__init__()
        self.script = list(script)
        self.others = 0

    def next(self) -> str:
        return self.script.pop(0) if self.script else ""

    def load(self, streams: Sequence[str]) -> Any:
        if self.next() == "unavailable":
            raise Unavailable("store")
        return super().load(streams)

    def answer(self, key: str) -> Answer | None:
        if self.next() == "unavailable":
            raise Unavailable("store")
        return super().answer(key)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        fault = self.next()
        if fault == "conflict":
            raise Conflict("reads")
        if fault == "unavailable":
            raise Unavailable("store")
        if fault == "overtaken":
            self.overtake(commits)
        super().commit_all(commits)
        if fault == "lost":
            raise Unavailable("store")

    def overtake(self, commits: Sequence[Commit]) -> None:
        """Somebody else sells a unit of a stock item that the batch has read, or notes something."""
        for commit in commits:
            for name in commit.reads:
                item = super().load((name,))[name].state
                if type(item) is inv.StockItem:
                    self.others += 1
                    taken = inv.AdjustStock(
                        item.sku, item.location, 1, "found", key=f"other-{self.others}", at=item.seen_at
                    )
                    OrderManager(MemoryStoreOf(self), **_as(manager(None))).execute(taken)
                    return


class MemoryStoreOf:
    """The store, without its script."""

    def __init__(self, store: Shaky) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: getattr(MemoryStore, name)(self._store, *arguments)


def _as(oms: OrderManager) -> dict[str, Any]:
    return {"network": oms.setup.network, "routing": oms.setup.routing}


SCRIPTS = st.lists(
    st.sampled_from(("", "", "", "conflict", "unavailable", "overtaken", "lost")), max_size=MAX_ATTEMPTS - 1
)


@given(some_commands(), SCRIPTS)
def test_whatever_the_store_does_every_command_is_done_once(commands: list[Any], script: list[str]) -> None:
    """Conflicts, faults before and after, somebody who came between: as if nothing had been."""
    store = Shaky(())
    oms = opened(store)
    opening = len(store.feed(0, 100))
    store.script = list(script)
    answers = oms.execute_all(commands)
    store.script = []
    assert not any(isinstance(answer, StoreError) for answer in answers)
    for command, answer in zip(commands, answers, strict=True):
        if isinstance(answer, Outcome):
            assert answer.answer == store.answer(command.key)
        if not isinstance(answer, InvalidText):
            assert said_of(oms.execute_all([command])[0])[0] == said_of(answer)[0]
    # What was kept is what the same commands come to, and what somebody else did before them.
    alone = opened(MemoryStore())
    done = list(dict.fromkeys(entry.key for entry in store.feed(opening, 10_000)))
    others = [key for key in done if key.startswith("other-")]
    assert done[: len(others)] == others, "what came between was first: the batch was decided anew"
    for entry in store.feed(opening, len(others)):
        event = entry.event
        found = inv.AdjustStock(event.sku, event.location, 1, "found", key=entry.key, at=entry.at)
        alone.execute(found)
    one_by_one(alone, commands, decided_order(commands))
    assert kept(store, commands)[:4] == kept(alone.ports.store, commands)[:4]


def claims(count: int, units: int = 1, first: int = 0, **more: Any) -> list[inv.ReserveStock]:
    return [
        inv.ReserveStock(
            f"cart-{i}",
            f"buyer-{i}",
            (inv.ReservedItem("TEE", "nyc", units),),
            T0 + timedelta(minutes=10),
            key=f"claim-{i}",
            at=T0,
            **more,
        )
        for i in range(first, first + count)
    ]


def stocked(units: int, store: Any = None) -> OrderManager:
    oms = manager(MemoryStore() if store is None else store)
    oms.execute(inv.ReceiveStock("TEE", "nyc", units, key="po-1", at=T0))
    return oms


# -- the story -------------------------------------------------------------------------------


def test_of_ten_buyers_for_seven_units_the_first_seven_get_one_each_in_one_commit() -> None:
    store = Counted()
    oms = stocked(7, store)
    store.calls.clear()
    answers = oms.execute_all(claims(10))
    assert [isinstance(answer, Outcome) for answer in answers] == [True] * 7 + [False] * 3
    assert {answer.code for answer in answers if isinstance(answer, OmcoreError)} == {"insufficient_stock"}
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert (item.on_hand, item.live(T0), item.promisable(T0)) == (7, 7, 0)
    assert store.calls == ["load", "commit_all", "load"], "the last load is this test's"
    assert store.load(("stock/nyc/TEE",))["stock/nyc/TEE"].version == 8, "C6: one a command"
    assert inv.reconcile([entry.event for entry in store.history("stock/nyc/TEE")]) is None


class Counted(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def load(self, streams: Sequence[str]) -> Any:
        self.calls.append("load")
        return super().load(streams)

    def answer(self, key: str) -> Answer | None:
        self.calls.append("answer")
        return super().answer(key)

    def commit(self, commit: Commit) -> None:
        self.calls.append("commit")
        super().commit(commit)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        self.calls.append("commit_all")
        super().commit_all(commits)


def test_a_buyer_twice_in_a_batch_has_one_claim_and_one_answer() -> None:
    oms = stocked(5)
    first, second = claims(2)
    answers = oms.execute_all([first, second, first])
    assert [said_of(answer)[0] for answer in answers[::2]] == [said_of(answers[0])[0]] * 2
    assert [answer.repeated for answer in answers if isinstance(answer, Outcome)] == [False, False, True]
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert item.live(T0) == 2


def test_c4_one_key_for_two_things_is_a_conflict_in_a_batch_too() -> None:
    oms = stocked(5)
    (one,) = claims(1)
    (other,) = claims(1, units=2)
    answers = oms.execute_all([one, other])
    assert isinstance(answers[0], Outcome)
    assert isinstance(answers[1], IdempotencyConflict)
    assert oms.execute_all([other, one])[0] == answers[1]


def test_what_is_wrong_with_one_command_hinders_no_other_and_is_not_recorded() -> None:
    oms = stocked(5)
    one, other = claims(2)
    unlucky = om.PlaceOrder(draft("o1", 4), order_id="o1", key="place", at=T0)
    nonsense: Any = "claim two, please"
    mine = inv.ReleaseReservation("cart-0", key="omcore/x", at=T0)
    answers = oms.execute_all([one, nonsense, unlucky, mine, other])
    kinds = [type(answer) for answer in answers]
    assert kinds == [Outcome, InvalidType, InvalidText, InvalidId, Outcome]
    assert oms.ports.store.answer("place") is None
    assert isinstance(
        oms.execute_all([om.PlaceOrder(draft("o1", 3), order_id="o1", key="place", at=T0)])[0], Outcome
    )
    # Its key is another command's by now, and that is what is told first.
    elsewhere = om.PlaceOrder(draft("o2", 4), order_id="o2", key="place", at=T0)
    assert isinstance(oms.execute_all([elsewhere])[0], IdempotencyConflict)
    with pytest.raises(IdempotencyConflict):
        oms.execute(elsewhere)


def test_a_batch_has_a_limit_and_may_be_empty() -> None:
    oms = stocked(5)
    assert oms.execute_all([]) == ()
    with pytest.raises(LimitExceeded) as refused:
        oms.execute_all(claims(MAX_BATCH + 1))
    assert refused.value.fields == {"what": "commands in a batch", "limit": MAX_BATCH, "got": MAX_BATCH + 1}
    answers = oms.execute_all(claims(MAX_BATCH))
    assert [isinstance(answer, Outcome) for answer in answers] == [True] * 5 + [False] * (MAX_BATCH - 5)
    wrong: tuple[Any, ...] = (None, "abc", {}, iter(()), 5)
    for anything in wrong:
        with pytest.raises(InvalidType):
            oms.execute_all(anything)


def test_what_is_answered_keeps_nothing_of_how_it_was_decided_alive() -> None:
    answers = stocked(1).execute_all([*claims(2), None])  # type: ignore[list-item]  # nonsense
    errors = [answer for answer in answers if isinstance(answer, OmcoreError)]
    assert len(errors) == 2
    assert [error.__traceback__ for error in errors] == [None, None]
    assert [error.__context__ for error in errors] == [None, None]


# -- S6 --------------------------------------------------------------------------------------


def test_s6_within_one_instant_who_lets_go_comes_before_who_asks() -> None:
    oms = stocked(1)
    (first, second) = claims(2)
    oms.execute(first)
    release = inv.ReleaseReservation("cart-0", key="release", at=T0)
    answers = oms.execute_all([second, release])
    assert [isinstance(answer, Outcome) for answer in answers] == [True, True]
    keys = [entry.key for entry in oms.ports.store.feed(0, 100)]
    assert keys[-4:] == ["release", "release", "claim-1", "claim-1"]


def test_s6_at_another_instant_the_order_of_arrival_holds() -> None:
    oms = stocked(1)
    (first, second) = claims(2)
    oms.execute(first)
    release = inv.ReleaseReservation("cart-0", key="release", at=T0 + timedelta(microseconds=1))
    answers = oms.execute_all([second, release])
    assert [isinstance(answer, Outcome) for answer in answers] == [False, True]


def test_s6_confirming_comes_between_and_nothing_overtakes_what_it_follows_from() -> None:
    oms = stocked(3)
    one, two, three = claims(3)
    oms.execute(one)
    confirm = inv.ConfirmReservation("cart-0", key="confirm", at=T0)
    release = inv.ReleaseReservation("cart-1", key="release", at=T0)
    answers = oms.execute_all([two, three, confirm, release])
    assert all(isinstance(answer, Outcome) for answer in answers), "cart-1 is reserved before it is released"
    keys = list(dict.fromkeys(entry.key for entry in oms.ports.store.feed(0, 100)))
    assert keys == ["po-1", "claim-0", "confirm", "claim-1", "claim-2", "release"]


def test_an_order_is_placed_routed_and_shipped_in_one_batch() -> None:
    oms = stocked(3)
    place = om.PlaceOrder(draft("o1", 2), order_id="o1", key="place", at=T0)
    route = RouteOrder("o1", key="route", at=T0)
    ship = om.ShipUnits("o1", "o1-F1", key="ship", at=T0)
    _, routed, shipped = oms.execute_all([place, route, ship])
    assert isinstance(shipped, Outcome)
    assert shipped.order.status == "fulfilled"
    assert isinstance(routed, Outcome)
    assert [entry.location for entry in routed.result.assignments] == ["nyc"]
    assert oms.available("TEE", at=T0) == {"nyc": 1, "lax": 0}


def test_a_batch_that_is_not_saved_leaves_the_view_of_stock_as_it_was() -> None:
    """Its states never came about: who routes by them would route by nothing."""
    store = Shaky([])
    oms = stocked(3, store)
    oms.execute(om.PlaceOrder(draft("o1", 2), order_id="o1", key="place", at=T0))
    take = inv.AdjustStock("TEE", "nyc", -3, "shrinkage", key="shrink", at=T0)
    store.commit_all = _never  # type: ignore[method-assign]
    answers = oms.execute_all([take, RouteOrder("o1", key="route", at=T0)])
    assert [type(answer) for answer in answers] == [Conflict, Conflict]
    assert oms.available("TEE", at=T0) == {"nyc": 3, "lax": 0}
    assert len(oms.route("o1", key="route-2", at=T0).assignments) == 1


def _never(commits: Sequence[Commit]) -> None:
    raise Conflict("reads")


def test_a_late_count_sees_what_moved_in_its_own_batch() -> None:
    """Counted before the goods came that the same batch books."""
    oms = stocked(3)
    receive = inv.ReceiveStock("TEE", "nyc", 5, key="po-2", at=T0 + timedelta(minutes=2))
    count = inv.CountStock(
        "TEE", "nyc", 2, counted_at=T0 + timedelta(minutes=1), key="count", at=T0 + timedelta(minutes=3)
    )
    assert all(isinstance(answer, Outcome) for answer in oms.execute_all([receive, count]))
    assert oms.available("TEE", at=count.at)["nyc"] == 2 + 5


def test_s10_who_was_served_in_the_batch_stands_in_line_no_more() -> None:
    """Two orders wait for one unit each; both come in the same batch in which the second is routed first."""
    oms = manager(MemoryStore())
    soon = T0 + timedelta(minutes=5)
    oms.execute(inv.ExpectSupply("TEE", "nyc", "po-1", 2, soon, key="expect", at=T0))
    for name in ("o0", "o1"):
        oms.execute(om.PlaceOrder(draft(name, 1), order_id=name, key=f"place-{name}", at=T0))
        assert oms.route(name, key=f"wait-{name}", at=T0).assignments == ()
    receive = inv.ReceiveStock("TEE", "nyc", 2, "po-1", key="receive", at=soon)
    routes = [RouteOrder(name, key=f"route-{name}", at=soon) for name in ("o1", "o0")]
    _, *answers = oms.execute_all([receive, *routes])
    assert [len(answer.result.assignments) for answer in answers if isinstance(answer, Outcome)] == [1, 1]


# -- when the store does not take it ---------------------------------------------------------


def test_where_the_store_never_takes_a_batch_that_is_every_answer_but_of_those_known() -> None:
    store = Shaky([])
    oms = stocked(5, store)
    known, new = claims(2)
    oms.execute(known)
    store.commit_all = _never  # type: ignore[method-assign]
    answers = oms.execute_all([known, new, None])  # type: ignore[list-item]  # nonsense
    assert isinstance(answers[0], Outcome)
    assert [type(answer) for answer in answers[1:]] == [Conflict, InvalidType]
    assert store.answer(new.key) is None


def test_c3_a_refusal_is_true_of_one_moment() -> None:
    """Goods come while a batch is under way that would turn everybody away: it is decided again."""
    store = Shaky([])
    oms = stocked(1, store)
    oms.execute(claims(1)[0])
    plain = MemoryStore.commit_all

    def commit_all(commits: Sequence[Commit]) -> None:
        store.commit_all = partial(plain, store)  # type: ignore[method-assign]
        stocked_too = inv.ReceiveStock("TEE", "nyc", 5, key="po-2", at=T0)
        manager(store).execute(stocked_too)
        plain(store, commits)

    store.commit_all = commit_all  # type: ignore[method-assign]
    assert all(isinstance(answer, Outcome) for answer in oms.execute_all(claims(3, first=1)))


def test_what_was_wrong_with_a_command_is_told_though_the_acknowledgement_was_lost() -> None:
    """By then the order is there, and it would be refused for that: but it came before it."""
    store = Shaky([])
    oms = manager(store)
    wrong = om.PlaceOrder(draft("o1", 4), order_id="o1", key="wrong", at=T0)
    right = om.PlaceOrder(draft("o1", 2), order_id="o1", key="right", at=T0)
    store.script = ["", "", "lost"]  # a load, the key of what was wrong, the commit
    answers = oms.execute_all([wrong, right])
    assert not store.script
    assert [type(answer) for answer in answers] == [InvalidText, Outcome]
    assert store.answer("wrong") is None


def test_a_batch_is_tried_sixteen_times() -> None:
    store = Shaky([])
    oms = stocked(5, store)
    tries: list[int] = []

    def commit_all(commits: Sequence[Commit]) -> None:
        tries.append(len(commits))
        raise Conflict("reads")

    store.commit_all = commit_all  # type: ignore[method-assign]
    oms.execute_all(claims(3))
    assert tries == [3] * MAX_ATTEMPTS


def test_keys_are_asked_about_only_once_something_went_wrong() -> None:
    store = Counted()
    oms = stocked(9, store)
    store.calls.clear()
    oms.execute_all(claims(3))
    assert "answer" not in store.calls
    store.calls.clear()
    oms.execute_all(claims(5))
    assert store.calls == ["load", "commit_all", *["answer"] * 5, "load", "commit_all"]


# -- async -----------------------------------------------------------------------------------


@given(some_commands())
def test_an_async_manager_answers_the_same(commands: list[Any]) -> None:
    plain = opened(MemoryStore())
    store = AsyncMemoryStore()
    opened(store.sync)
    awaited = AsyncOrderManager(
        store,
        network=plain.setup.network,
        routing=plain.setup.routing,
        rules=plain.setup.context.rules,
        policies=plain.setup.policies,
    )
    expected = plain.execute_all(commands)
    found = asyncio.run(awaited.execute_all(commands))
    assert [said_of(answer) for answer in found] == [said_of(answer) for answer in expected]
    assert kept(store.sync, commands) == kept(plain.ports.store, commands)


# -- bad input -------------------------------------------------------------------------------


def test_an_unknown_location_is_the_answer_of_its_command() -> None:
    oms = stocked(5)
    receive = inv.ReceiveStock("TEE", "atlantis", 1, key="po-9", at=T0)
    (answer, claim) = oms.execute_all([receive, *claims(1)])
    assert isinstance(answer, UnknownId)
    assert isinstance(claim, Outcome)
    recorded = oms.ports.store.answer("po-9")
    assert recorded is not None
    assert recorded.error == "unknown_id"
    assert oms.ports.store.load(("stock/atlantis/TEE",))["stock/atlantis/TEE"] == Loaded(0, None)
