"""What a part of an order is to the page of its states and commands, and how its cells are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import attrs

from _trials import Trial
from omcore.kernel import Command
from omcore.lifecycle import Chart

State = Callable[[], Trial]
Make = Callable[[Trial], Command]


@dataclass(frozen=True)
class Part:
    """A kind of thing that an order has: its states, and the commands that name one of them.

    ``states``: name -> an order with one such thing in that state. ``commands``: what is done, in the
    words of the table's head -> the command that does it. ``state_of`` tells the state of that thing.
    ``fields`` are the fields of commands that name it; ``chart`` is its lifecycle where it has one, all
    of whose states are there.
    """

    title: str
    about: str
    fields: frozenset[str]
    states: Mapping[str, State]
    commands: Mapping[str, Make]
    state_of: Callable[[Trial], str]
    chart: Chart | None = None


def cell(part: Part, state: str, name: str) -> tuple[type, str]:
    """The class of the command, and what comes of it: ✓, → with another state, or a refusal's code."""
    trial = part.states[state]()
    if part.state_of(trial) != state.partition(",")[0]:
        raise AssertionError(f"{part.title}: {part.state_of(trial)} and not {state}")
    command = part.commands[name](trial)
    if part.state_of(trial) != state.partition(",")[0]:
        raise AssertionError(f"{part.title}, {state}: making {name!r} changed it")
    if code := trial.outcome(command):
        return type(command), f"`{code}`"
    after = part.state_of(trial)
    if after == state.partition(",")[0]:
        return type(command), "✓"
    return type(command), f"→ {after.replace('_', ' ')}"


def named_by(command: type) -> frozenset[str]:
    """The fields of a command that name a part of an order: those that end in ``_id``, but the order's."""
    names = {field.name for field in attrs.fields(command)}
    return frozenset(name for name in names if name.endswith("_id") and name != "order_id")
