"""Chart: a state machine's class compiled to a table, and walked as one.

Decides how a declared chart is used: ``step`` and ``allows`` walk plain dicts, which costs a
fraction of a microsecond where the machine takes about a hundred. The class is loaded, and
python-statemachine with it, when a chart is first used. Must not know any particular chart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from omcore.lifecycle import diagram

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
        return next(str(state.id) for state in self.machine.states if state.initial)

    @cached_property
    def finals(self) -> frozenset[str]:
        """Nothing leaves these."""
        return frozenset(state.id for state in self.machine.states if state.final)

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Every event, in order of first appearance."""
        return tuple(dict.fromkeys(event for _, event in self.table))

    @cached_property
    def declared(self) -> tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...]:
        """(source, event, target, guards that must hold, guards that must not), as declared."""
        rows = []
        for state in self.machine.states:
            for transition in state.transitions:
                holds = tuple(spec.attr_name for spec in transition.cond if spec.expected_value)
                fails = tuple(spec.attr_name for spec in transition.cond if not spec.expected_value)
                rows += [
                    (state.id, event, transition.target.id, holds, fails)
                    for event in transition.event.split()
                ]
        return tuple(rows)

    @cached_property
    def table(self) -> Mapping[tuple[str, str], tuple[Row, ...]]:
        """(state, event) -> rows; the first whose guards hold is taken."""
        rows: dict[tuple[str, str], list[Row]] = {}
        for source, event, target, holds, fails in self.declared:
            row = (target, tuple(map(self._guard, holds)), tuple(map(self._guard, fails)))
            rows.setdefault((source, event), []).append(row)
        return {key: tuple(value) for key, value in rows.items()}

    def _guard(self, name: str) -> Guard:
        function = getattr(self.machine, name)
        return lambda facts: bool(function(None, facts))

    @cached_property
    def moves(self) -> tuple[tuple[str, str, str], ...]:
        """Every (source, event, target) that some facts lead to, in order of declaration."""
        return tuple(dict.fromkeys(row[:3] for row in self.declared))

    @cached_property
    def _allowed(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(self.moves)

    def step(self, state: str, event: str, facts: Any) -> str | None:
        """The state after an event, given the facts after it; None where the chart has no such move."""
        for target, holds, fails in self.table.get((state, event), ()):
            if holds and not all(guard(facts) for guard in holds):
                continue
            if fails and any(guard(facts) for guard in fails):
                continue
            return target
        return None

    def allows(self, source: str, event: str, target: str) -> bool:
        """Whether some facts lead from source to target by that event."""
        return (source, event, target) in self._allowed

    def mermaid(self) -> str:
        """A Mermaid state diagram."""
        return diagram.mermaid(self.initial, self.finals, self.moves)

    def dot(self) -> str:
        """A Graphviz graph."""
        return diagram.dot(self.name, self.states, self.finals, self.moves)

    def svg(self) -> str:
        """A drawing that needs no other tool."""
        return diagram.svg(self.name, self.initial, self.states, self.finals, self.moves)

    def markdown_table(self) -> str:
        """States × events, with the targets."""
        return diagram.markdown_table(self.states, self.events, self.moves)


__all__ = ["Chart"]
