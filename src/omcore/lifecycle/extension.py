"""Extending a chart with an embedder's own states and moves.

Decides how an extension is made without touching the base: python-statemachine adds a transition
written in a subclass to the base's state as well, so a fresh class is built from the base's
compiled table. Must not know any particular chart.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Sequence
from typing import Any

from omcore.kernel import InputError, InvalidType, record
from omcore.lifecycle.chart import Chart

# Names that python-statemachine gives a meaning of its own.
_RESERVED = frozenset(
    {
        "configuration",
        "current_state",
        "event",
        "events",
        "final_states",
        "initial_state",
        "machine",
        "model",
        "name",
        "send",
        "source",
        "start_value",
        "state",
        "state_field",
        "states",
        "target",
        "transition",
    }
)


class InvalidExtension(InputError):
    """An extension that the base chart cannot take. Fields: name, reason."""

    code = "invalid_extension"


@record
class Transition:
    """A move of an extension; ``cond`` takes the facts and says whether it is open, None: always."""

    source: str
    event: str
    target: str
    cond: Callable[[Any], bool] | None = None


def extend(chart: Chart, *, name: str, states: Sequence[str], transitions: Sequence[Transition]) -> Chart:
    """A new chart with more states and moves; the base is as it was.

    Errors: ``InvalidExtension`` for a name that is taken, no identifier or reserved, for a move
    from or to an unknown state, out of a final state, and for a new state that nothing enters or
    leaves.
    """
    if type(chart) is not Chart:
        raise InvalidType("chart", expected="Chart")
    for field, value in (("states", states), ("transitions", transitions)):
        if type(value) is not list and type(value) is not tuple:
            raise InvalidType(field, expected="list or tuple")
    added = [_checked_name(state, f"states[{i}]") for i, state in enumerate(states)]
    known = list(chart.states)
    for i, state in enumerate(added):
        if state in known:
            raise InvalidExtension(f"states[{i}]", name=state, reason="is taken")
        known.append(state)
    for i, entry in enumerate(transitions):
        _check(entry, f"transitions[{i}]", known, chart.finals)
    for i, state in enumerate(added):
        if not any(entry.target == state for entry in transitions):
            raise InvalidExtension(f"states[{i}]", name=state, reason="nothing enters it")
        if not any(entry.source == state for entry in transitions):
            raise InvalidExtension(f"states[{i}]", name=state, reason="nothing leaves it")
    return Chart(_checked_name(name, "name"), lambda: _build(chart, name, added, tuple(transitions)))


def _checked_name(value: object, path: str) -> str:
    if type(value) is not str or not value.isidentifier() or not value.isascii():
        raise InvalidExtension(path, name="?", reason="no identifier")
    if keyword.iskeyword(value) or value in _RESERVED or value.startswith(("_", "on_", "before_", "after_")):
        raise InvalidExtension(path, name=value, reason="reserved")
    return value


def _check(entry: object, path: str, known: Sequence[str], finals: frozenset[str]) -> None:
    if type(entry) is not Transition:
        raise InvalidType(path, expected="Transition")
    _checked_name(entry.event, f"{path}.event")
    if entry.event in known:
        raise InvalidExtension(f"{path}.event", name=entry.event, reason="is a state")
    for field in ("source", "target"):
        state = getattr(entry, field)
        if state not in known:
            shown = state if type(state) is str and state.isidentifier() else "?"
            raise InvalidExtension(f"{path}.{field}", name=shown, reason="no such state")
    if entry.source in finals:
        raise InvalidExtension(f"{path}.source", name=entry.source, reason="nothing leaves a final state")
    if entry.cond is not None and not callable(entry.cond):
        raise InvalidType(f"{path}.cond", expected="callable")


def _build(base: Chart, name: str, added: Sequence[str], transitions: Sequence[Transition]) -> Any:
    """A fresh machine class: the base's table declared again, and the additions behind it."""
    from statemachine import State, StateMachine

    states = {
        state: State(initial=state == base.initial, final=state in base.finals)
        for state in (*base.states, *added)
    }
    body: dict[str, Any] = dict(states)
    events: dict[str, Any] = {}

    def declare(source: str, event: str, target: str, cond: list[str], unless: list[str]) -> None:
        guards: dict[str, Any] = {}
        if cond:
            guards["cond"] = cond
        if unless:
            guards["unless"] = unless
        origin = states[source]
        made = origin.to.itself(**guards) if source == target else origin.to(states[target], **guards)
        events[event] = made if event not in events else events[event] | made

    for source, event, target, cond, unless in base.declared:
        declare(source, event, target, list(cond), list(unless))
        for guard in (*cond, *unless):
            body[guard] = getattr(base.machine, guard)
    for number, entry in enumerate(transitions):
        cond_name = [] if entry.cond is None else [f"extension_guard_{number}"]
        if entry.cond is not None:
            body[cond_name[0]] = _method(entry.cond)
        declare(entry.source, entry.event, entry.target, cond_name, [])
    body.update(events)
    title = "".join(part.title() for part in name.split("_"))
    metaclass: Any = type(StateMachine)
    return metaclass(f"{title}Chart", (StateMachine,), body)


def _method(cond: Callable[[Any], bool]) -> Callable[[Any, Any], bool]:
    def guard(self: Any, facts: Any) -> bool:
        return bool(cond(facts))

    return guard


__all__ = ["InvalidExtension", "Transition", "extend"]
