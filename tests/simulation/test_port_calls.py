"""What each fault does to a port call: what the store has, what the task is told, what the oracle hears."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from omcore.engine import requests as rq
from omcore.inventory import ReservedItem, StockReceived
from omcore.kernel import Conflict, Money, Unavailable
from omcore.memory import MemoryStore
from omcore.ports import Answer, Commit, Loaded, Message, Write
from omcore.testing.simulation import faults as ft
from omcore.testing.simulation.calls import Calls, Died, called
from omcore.testing.simulation.chooser import TapeChooser
from omcore.testing.simulation.outside import Outside
from omcore.testing.simulation.processes import Process, Task
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.shop import draw_shop

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)


class Heard:
    """An oracle that writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def told(*arguments: Any) -> bool:
            self.said.append(name)
            return True

        return told


class Bench:
    """Two processes on one store, and calls that fail as they are told."""

    def __init__(self, store: Any = None) -> None:
        self.store = MemoryStore() if store is None else store
        self.heard = Heard()
        self.numbers: list[int] = []
        self.shop = draw_shop(TapeChooser([[]]))
        self.outside = Outside(TapeChooser([[]]), self.heard.effect)
        self.calls = Calls(self.chooser(), {}, self.heard, self.outside, None)
        self.tasks = [Task(nothing(), Process(i, self.store, self.shop), "it", ()) for i in (0, 1)]

    def chooser(self) -> Any:
        """Chooses what is in ``numbers``, then what is plain."""

        def below(_: Any) -> int:
            return self.numbers.pop(0) if self.numbers else 0

        def between(low: int, _: Any) -> int:
            return low + below(0)

        return SimpleNamespace(weighed=below, between=between)

    def ask(self, request: Any, fault: str = ft.NONE, *more: int, task: int = 0) -> Any:
        kind = type(request)
        self.calls._wheels = {kind: []}
        self.numbers = [ft.AT[kind].index(fault), *more]
        return self.calls.perform(self.tasks[task], request)

    def save(self, number: int, fault: str = ft.NONE, task: int = 0) -> Any:
        return self.ask(rq.Save(commit(number)), fault, task=task)


def nothing() -> Generator[Any, Any, Any]:
    yield None


def commit(number: int) -> Commit:
    write = Write(
        "stock/nyc/TEE", (StockReceived(AT, "TEE", "nyc", 1, "po-1"),), ReservedItem("TEE", "nyc", number)
    )
    return Commit(Answer(f"k{number}", "h", "", AT), {"stock/nyc/TEE": number - 1}, (write,))


LOAD = rq.Load(("stock/nyc/TEE",))


@pytest.mark.parametrize(
    ("fault", "told", "kept"),
    [
        (ft.NONE, None, True),
        (ft.CONFLICT, Conflict, False),
        (ft.FAIL_BEFORE, Unavailable, False),
        (ft.LOST, Unavailable, True),
        (ft.CRASH, Died, False),
        (ft.PUBLISHED, Died, True),
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_a_commit_fails_before_or_after_it_was_kept(
    fault: str, told: Any, kept: bool, together: bool
) -> None:
    bench = Bench()
    request = rq.SaveAll((commit(1), commit(2))) if together else rq.Save(commit(1))
    if told is None:
        bench.ask(request, fault)
    else:
        with pytest.raises(told):
            bench.ask(request, fault)
    assert (bench.store.answer("k1") is not None) == kept
    assert bench.heard.said == (["committing", "committed"] if kept else [])
    assert bench.calls.commits == (kept + (kept and together))
    assert bench.calls.faults.total() == (fault not in (ft.NONE, ft.CRASH, ft.PUBLISHED)), (
        "a death is counted once"
    )


@pytest.mark.parametrize(
    ("fault", "told", "done"),
    [
        (ft.UNAVAILABLE, Unavailable, False),
        (ft.LOST, Unavailable, True),
        (ft.CRASH, Died, False),
        (ft.PUBLISHED, Died, True),
    ],
)
def test_an_effect_fails_before_or_after_it_was_made(fault: str, told: Any, done: bool) -> None:
    bench = Bench()
    message = Message("m-1", "o-1", "shipped", "s", "t")
    money = rq.CallGateway("capture", "o-1/1", "card", Money(500, "USD"))
    for request in (rq.SendMessage(message), money):
        with pytest.raises(told):
            bench.ask(request, fault)
    assert (list(bench.outside.messages), list(bench.outside.money)) == (
        (["m-1"], ["o-1/1"]) if done else ([], [])
    )
    assert bench.heard.said == ["effect"] * 2 * done
    bench.ask(rq.SendMessage(message))
    assert bench.ask(money) == bench.ask(money), "the same about a key ever after"
    assert bench.ask(rq.AskGateway("o-1/1")).outcome == "approved"
    assert bench.ask(rq.AskGateway("o-1/2")) is None
    assert bench.ask(rq.WasSent("m-1")) is True
    assert bench.ask(rq.WasTold("m-1")) is False


def test_who_holds_money_may_decline_or_not_know_and_never_changes_his_mind() -> None:
    said = [0, 1, 0, 2, 3, 0, 1]  # how often each fails, then by call: declined, as it is, not known yet ...
    outside = Outside(TapeChooser([said]), lambda *_: None)
    ask = rq.CallGateway("capture", "o-1/1", "card", Money(500, "USD"))
    again = rq.CallGateway("capture", "o-1/2", "card", Money(500, "USD"))
    assert outside.hold(ask).outcome == "declined"
    assert outside.hold(ask).outcome == "declined"
    assert outside.hold(again).outcome == "unknown"
    assert outside.money["o-1/2"][3] == "approved", "it was done, and he was not told"
    told = outside.outcome("o-1/1")
    assert told is not None
    assert told.outcome == "unknown"
    assert outside.hold(again).outcome == "approved"
    assert outside.hold(again).outcome == "approved"
    assert outside.money["o-1/1"][3] == "declined"


def test_one_key_for_two_things_is_a_breach() -> None:
    bench = Bench()
    bench.ask(rq.CallGateway("capture", "o-1/1", "card", Money(500, "USD")))
    with pytest.raises(Broken, match="for two things") as error:
        bench.ask(rq.CallGateway("capture", "o-1/1", "card", Money(501, "USD")))
    assert error.value.promise == "PR6"


# -- replicas --------------------------------------------------------------------------------


def test_a_replica_shows_what_its_process_read_last_until_it_has_caught_up() -> None:
    bench = Bench()
    bench.save(1)
    bench.save(2)
    assert bench.ask(LOAD, task=1)["stock/nyc/TEE"].version == 2
    bench.save(3)
    bench.save(4)
    stale = bench.ask(LOAD, ft.STALE, 3, task=1)  # and for three reads more
    assert stale["stock/nyc/TEE"] == Loaded(2, ReservedItem("TEE", "nyc", 2))
    assert bench.ask(rq.Recall("k3"), task=1) is None
    assert bench.ask(rq.Recall("k2"), task=1).key == "k2"
    assert [entry.key for entry in bench.ask(rq.ReadFeed(0, 10), task=1)] == ["k1", "k2"]
    assert bench.ask(LOAD, task=1)["stock/nyc/TEE"].version == 4
    assert bench.calls.faults[ft.STALE] == 4
    assert bench.ask(LOAD)["stock/nyc/TEE"].version == 4, "the other process never was behind"


def test_who_has_seen_everything_is_not_behind_and_a_commit_ends_it() -> None:
    bench = Bench()
    bench.save(1)
    assert bench.ask(LOAD, ft.STALE, 5)["stock/nyc/TEE"].version == 1
    assert bench.calls.faults[ft.STALE] == 0
    bench.save(2)
    assert bench.tasks[0].process.behind == 0
    assert bench.ask(LOAD)["stock/nyc/TEE"].version == 2


def test_a_cursor_of_a_replica_is_an_earlier_one() -> None:
    bench = Bench()
    bench.ask(rq.Advance("pay", 3))
    bench.save(1)
    assert bench.ask(rq.ReadCursor("pay"), task=1) == 3
    bench.save(2)
    bench.ask(rq.Advance("pay", 7))
    assert bench.ask(rq.ReadCursor("pay"), ft.STALE, 5, task=1) == 3
    assert bench.ask(rq.ReadCursor("omcore"), task=1) == 0
    assert bench.ask(rq.ReadCursor("pay")) == 7


# -- stores that raise -------------------------------------------------------------------------


class Raising(MemoryStore):
    error: Exception = KeyError("row")

    def commit(self, commit: Commit) -> None:
        raise self.error

    def load(self, streams: Any) -> Any:
        raise self.error


@pytest.mark.parametrize("request_", [LOAD, rq.Save(commit(1))])
def test_an_error_of_its_own_is_a_breach(request_: Any) -> None:
    with pytest.raises(Broken, match="of the store raised KeyError: 'row'") as error:
        Bench(Raising()).ask(request_)
    assert error.value.what == ("PR9", ("ST22",))


@pytest.mark.parametrize(
    ("error", "heard"),
    [(Conflict("reads"), ["committing", "refused"]), (Unavailable(""), ["committing", "unknown"])],
)
def test_what_a_store_says_by_itself_the_oracle_hears(error: Exception, heard: list[str]) -> None:
    store = Raising()
    store.error = error
    bench = Bench(store)
    with pytest.raises(type(error)):
        bench.save(1)
    assert bench.heard.said == heard
    # The oracle said that it was kept: a replica that falls behind knows it.
    assert bench.calls._past.moment == (type(error) is Unavailable)


def test_every_request_can_be_told_and_every_fault_can_happen() -> None:
    assert {fault for faults in ft.AT.values() for fault in faults} - {ft.NONE} == set(ft.FAULTS) - {
        ft.DUPLICATE,
        ft.REORDER,
        ft.SKEW,
    }
    assert all(faults[0] == ft.NONE for faults in ft.AT.values())
    assert "k1" in called(rq.Save(commit(1)))
    assert "stock/nyc/TEE" in called(LOAD)
