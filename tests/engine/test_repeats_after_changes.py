"""C4: whatever has been changed since, a command that comes again is answered as it was, and does nothing.

A shop lives; then other processes take over whose network has moved, whose routing and policies raise,
or who are the same, and every command comes again: by itself, at another time, with another reason, and
all of them in a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from omcore.engine import OrderManager, Outcome
from omcore.kernel import Command, IdempotencyConflict, Location, Network, OmcoreError
from omcore.memory import MemoryStore
from omcore.orders import Policies
from omcore.routing import Nearest
from omcore.testing.strategies import Lived, command_sequences


class Broken(Exception):
    """A defect of the embedder's."""


def breaks(*_: Any, **__: Any) -> Any:
    raise Broken


class BrokenRouting:
    name = "broken"

    def plan(self, *_: Any) -> Any:
        raise Broken


_DEFAULTS = Policies()
_CHOICES: dict[str, Any] = {
    it.name: breaks for it in attrs.fields(Policies) if callable(getattr(_DEFAULTS, it.name))
}
BROKEN = attrs.evolve(_DEFAULTS, **_CHOICES)
ELSEWHERE = Network((Location("elsewhere"),))

LATER: dict[str, Callable[[Lived, MemoryStore], OrderManager]] = {
    "the same": lambda lived, store: lived.manager(store),
    "moved": lambda _, store: OrderManager(store, network=ELSEWHERE, routing=Nearest()),
    "no way to route": lambda _, store: OrderManager(store, network=ELSEWHERE, routing=BrokenRouting()),
    "broken": lambda lived, store: OrderManager(
        store, network=lived.shop.network, routing=BrokenRouting(), policies=BROKEN, rules=()
    ),
}


def said(oms: OrderManager, command: Command) -> Any:
    """The answer, or the error as it is told."""
    try:
        return shown(oms.execute(command))
    except OmcoreError as error:
        return shown(error)


def shown(answer: Any) -> Any:
    if isinstance(answer, Outcome):
        return answer.answer
    return type(answer), answer.path, dict(answer.fields)


def read_later(command: Command, days: int) -> Command:
    """The clock is read again; of goods that expire by then it stays as it was."""
    try:
        return attrs.evolve(command, at=command.at + timedelta(days=days))
    except OmcoreError:
        return command


@given(st.data())
def test_c4_a_repeat_is_answered_as_it_was_whatever_has_been_changed_since(data: st.DataObject) -> None:
    lived = data.draw(command_sequences(max_size=6))
    commands = list(lived.commands)
    count = len(commands)
    for number in range(data.draw(st.integers(0, 4)) if commands else 0):  # out of place: mostly refused
        again = attrs.evolve(commands[data.draw(st.integers(0, count - 1))], key=f"more-{number}")
        commands.insert(data.draw(st.integers(0, len(commands))), again)
    store = MemoryStore()
    first = lived.manager(store)
    told = [(command, said(first, command)) for command in commands]
    told = [pair for pair in told if store.answer(pair[0].key) is not None]
    feed = store.feed(0, 1_000_000)
    streams = tuple({entry.stream for entry in feed})
    kept = store.load(streams)

    who = data.draw(st.sampled_from(sorted(LATER)))
    later = LATER[who](lived, store)
    days = data.draw(st.sampled_from([0, 1, 400]))
    for command, answer in told:
        assert said(later, read_later(command, days)) == answer
        other = attrs.evolve(command, reason="another")
        assert said(later, other)[0] is IdempotencyConflict
    if who != "broken":  # its view of stock does not follow
        batch = later.execute_all([command for command, _ in told])
        assert [shown(answer) for answer in batch] == [answer for _, answer in told]
    assert store.feed(0, 1_000_000) == feed
    assert store.load(streams) == kept
