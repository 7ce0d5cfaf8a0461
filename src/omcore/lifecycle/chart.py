"""Chart: a state machine's class compiled to a table, and walked as one.

Decides how a declared chart is used: ``step`` and ``allows`` walk plain dicts, which costs a
fraction of a microsecond where the machine takes about a hundred. The class is loaded, and
python-statemachine with it, when a chart is first used. Must not know any particular chart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

Guard = Callable[[Any], bool]
# (target, guards that must hold, guards that must not), in order of declaration
Row = tuple[str, tuple[Guard, ...], tuple[Guard, ...]]


class Chart:
    """A compiled chart. ``machine`` is the class that it is generated from."""

    def __init__(self, name: str, load: Callable[[], Any]) -> None:
        self.name = name
        self._load = load

    def __repr__(self) -> str:
        return f"Chart({self.name!r})"

    @cached_property
    def machine(self) -> Any:
        """The python-statemachine class: the single declaration."""
        return self._load()

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Every state, in order of declaration."""
        return tuple(state.id for state in self.machine.states)

    @cached_property
    def initial(self) -> str:
        """Where everything begins."""
        return next(state.id for state in self.machine.states if state.initial)

    @cached_property
    def finals(self) -> frozenset[str]:
        """Nothing leaves these."""
        return frozenset(state.id for state in self.machine.states if state.final)

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Every event, in order of first appearance."""
        return tuple(dict.fromkeys(event for _, event in self.table))

    @cached_property
    def table(self) -> Mapping[tuple[str, str], tuple[Row, ...]]:
        """(state, event) -> rows; the first whose guards hold is taken."""
        rows: dict[tuple[str, str], list[Row]] = {}
        for state in self.machine.states:
            for transition in state.transitions:
                specs = list(transition.cond)
                holds = tuple(self._guard(spec) for spec in specs if spec.expected_value)
                fails = tuple(self._guard(spec) for spec in specs if not spec.expected_value)
                for event in transition.event.split():
                    rows.setdefault((state.id, event), []).append((transition.target.id, holds, fails))
        return {key: tuple(value) for key, value in rows.items()}

    def _guard(self, spec: Any) -> Guard:
        function = getattr(self.machine, spec.attr_name)
        return lambda facts: bool(function(None, facts))

    @cached_property
    def _moves(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(
            (state, event, row[0]) for (state, event), rows in self.table.items() for row in rows
        )

    def step(self, state: str, event: str, facts: Any) -> str | None:
        """The state after an event, given the facts after it; None where the chart has no such move."""
        for target, holds, fails in self.table.get((state, event), ()):
            if all(guard(facts) for guard in holds) and not any(guard(facts) for guard in fails):
                return target
        return None

    def allows(self, source: str, event: str, target: str) -> bool:
        """Whether some facts lead from source to target by that event."""
        return (source, event, target) in self._moves


__all__ = ["Chart"]
