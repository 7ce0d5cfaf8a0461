"""Units: every unit of every order by itself, where it is, and what it is worth for ever.

Decides how units move and are listed, that the amounts of a fact are those of its units (M6), and whether
an order keeps in runs what is listed here: ``Page.agrees``. Which way a unit goes by which fact,
``unit_moves`` says. Must not know stock, or who pays.

Where a unit of a kit comes back in parts, the order says where it stands, and only that it may be: how
its worth is split is held to its whole, once all of it was given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omcore.testing.simulation.facts import Facts
from omcore.testing.simulation.promises import Broken

UNITS, MONEY = "PR1", "PR2"

Worth = tuple[int, int, int, int]
NOTHING: Worth = (0, 0, 0, 0)

OPEN, ALLOCATED, CHANNEL, SHIPPED, ARRIVED = "open", "allocated", "channel", "shipped", "arrived"
DELIVERED, RETURNING, RECEIVED, RETURNED = "delivered", "returning", "received", "returned"
KEPT, LOST, REPLACED, CANCELLED = "kept", "lost", "replaced", "cancelled"
GIVEN_BACK = (RETURNED, KEPT, LOST)
# Where a unit may stand of which only a part is meant.
_IN_PARTS = (DELIVERED, RETURNING, RECEIVED, RETURNED, KEPT, LOST)
# By whom a unit is held, where that says more than its state.
_HELD = frozenset({ALLOCATED, SHIPPED, ARRIVED, RETURNING, RECEIVED})


class Line:
    """One line: of each unit its state, what holds it, and its worth."""

    __slots__ = ("components", "refs", "start", "states", "worth")

    def __init__(self, line: Any) -> None:
        self.components: tuple[tuple[str, int], ...] = line.components
        self.start = CHANNEL if line.fulfilled_by == CHANNEL else OPEN
        self.states: list[str] = []
        self.refs: list[str] = []
        self.worth: list[Worth] = []

    def grow(self, name: str, entitlements: Any) -> Worth:
        """New units, numbered on; returns what they come to."""
        whole = NOTHING
        for first, last, *each in entitlements:
            if first != len(self.states) + 1 or last < first:
                raise Broken(UNITS, f"units {first} to {last} of line {name} come after {len(self.states)}")
            worth: Worth = (each[0], each[1], each[2], each[3])
            for _ in range(first, last + 1):
                self.states.append(self.start)
                self.refs.append("")
                self.worth.append(worth)
                whole = plus(whole, worth)
        return whole


class Page:
    """One order: its units, its charges, and what it comes to."""

    __slots__ = (
        "charged",
        "charges",
        "counts",
        "earned",
        "funded",
        "lines",
        "name",
        "owed",
        "parted",
        "parted_worth",
        "remitted",
        "shipping_back",
        "touched",
        "work",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, Line] = {}
        self.work: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.charges = self.shipping_back = NOTHING
        self.charged = False
        # What is owed and earned, but for allowances; and what a channel remits and funds of it.
        self.owed = self.earned = self.remitted = self.funded = 0
        self.touched: dict[str, None] = {}
        self.parted: dict[tuple[str, int], None] = {}
        self.parted_worth = NOTHING

    # -- what moves --------------------------------------------------------------------------

    def move(self, event: Any, came_from: tuple[str, ...], to: str, ref: str, facts: Facts) -> None:
        """All units of an event go one way."""
        self.move_some(event, event.items, came_from, to, ref, facts)

    def move_some(
        self, event: Any, items: Any, came_from: tuple[str, ...], to: str, ref: str, facts: Facts
    ) -> None:
        """Some units of an event go one way: each once, and none that is elsewhere."""
        counts = self.counts
        for line_id, runs in items:
            line = self.lines[line_id]
            states, refs = line.states, line.refs
            self.touched[line_id] = None
            freed: dict[str, int] = {}
            for first, last in runs:
                if not 0 < first <= last <= len(states):
                    raise self.broken(event, f"there are no units {first} to {last} of line {line_id}")
                for n in range(first - 1, last):
                    state = states[n]
                    if state not in came_from:
                        raise self.broken(event, f"unit {n + 1} of line {line_id} is {state}")
                    if state == ALLOCATED:
                        freed[refs[n]] = freed.get(refs[n], 0) + 1
                    counts[state] -= 1
                    states[n], refs[n] = to, ref
                counts[to] = counts.get(to, 0) + last - first + 1
            for work, units in freed.items():
                facts.claim(self.work[work], line.components, -units)

    def parts_of(self, event: Any) -> dict[str, set[int]]:
        """The units of an event of which only parts are meant, or were before."""
        named: dict[str, set[int]] = {}
        for line_id, first, last, _ in getattr(event, "parts", ()):
            named.setdefault(line_id, set()).update(range(first, last + 1))
            for n in range(first, last + 1):
                self.parted[line_id, n] = None
                self.touched[line_id] = None
        return named

    def move_back(self, event: Any, came_from: tuple[str, ...], to: str, ref: str, facts: Facts) -> None:
        """As ``move``, of a fact about units that come back, perhaps in parts."""
        named = self.parts_of(event)
        if not named:
            self.move(event, came_from, to, ref, facts)
            return
        for line_id, runs in event.items:
            parted = named.get(line_id, ())
            whole = [(n, n) for first, last in runs for n in range(first, last + 1) if n not in parted]
            self.move_some(event, ((line_id, whole),), came_from, to, ref, facts)

    def broken(self, event: Any, why: str, promise: str = UNITS) -> Broken:
        """What is wrong with an event."""
        return Broken(promise, f"{type(event).__name__} of order {self.name}: {why}")

    # -- what it comes to --------------------------------------------------------------------

    def worth(self, event: Any, items: Any, charges: bool = False) -> int:
        """The amounts that an event tells are those of its units; returns what is the merchant's of it."""
        told: Worth = (event.net, event.tax, event.remitted, event.funded)
        net, tax, remitted, funded = self.charges if charges else NOTHING
        parted = False
        for line_id, runs in items:
            worth = self.lines[line_id].worth
            for first, last in runs:
                for n in range(first - 1, last):
                    if self.parted and (line_id, n + 1) in self.parted:
                        parted = True
                        continue
                    each = worth[n]
                    net += each[0]
                    tax += each[1]
                    remitted += each[2]
                    funded += each[3]
        found = (net, tax, remitted, funded)
        if parted:
            self.parted_worth = plus(self.parted_worth, minus(told, found))
        elif told != found:
            raise self.broken(event, f"it comes to {told}, and its units to {found}", MONEY)
        return told[0] + told[1] - told[2]

    def gain(self, event: Any, sign: int, amount: int) -> None:
        """What an event tells is owed, or not any more."""
        self.owed += sign * amount
        self.remitted += sign * event.remitted
        self.funded += sign * event.funded

    # -- comparing ---------------------------------------------------------------------------

    def agrees(self, before: Any, after: Any) -> None:
        """The order says the same of every unit that an event moved, and moved no other."""
        units, index = after.progress.units, after.terms.index
        if len(units) != len(self.lines):
            raise Broken(UNITS, f"order {self.name} has {len(units)} lines, not {len(self.lines)}")
        old = () if before is None else before.progress.units
        if units is not old:
            touched = self.touched
            for line_id, at in index.items():
                if line_id in touched:
                    self._line_agrees(line_id, units[at])
                elif at >= len(old) or (units[at] is not old[at] and units[at] != old[at]):
                    raise Broken(UNITS, f"units of line {line_id} of order {self.name} moved by themselves")
        elif self.touched:
            for line_id in self.touched:
                self._line_agrees(line_id, units[index[line_id]])
        self.touched = {}
        if before is None or after.progress.tally is not before.progress.tally:
            self._tally_agrees(after.progress.tally)
        if before is None or after.terms is not before.terms:
            self._terms_agree(after.terms)
        if self.parted:
            self._parts_agree()

    def _line_agrees(self, line_id: str, runs: Any) -> None:
        line = self.lines[line_id]
        states, refs, end = line.states, line.refs, 0
        for first, last, state, ref in runs:
            if first != end + 1 or last < first:
                raise Broken(UNITS, f"line {line_id} of order {self.name}: no unit, or two, after {end}")
            for n in range(end, min(last, len(states))):
                if states[n] != state:
                    self._parted_elsewhere(line_id, n, state)
                elif state in _HELD and refs[n] != ref and (line_id, n + 1) not in self.parted:
                    told = f"unit {n + 1} of line {line_id} of order {self.name} is {state} with {ref}"
                    raise Broken(UNITS, f"{told}, not {refs[n]}")
            end = last
        if end != len(states):
            raise Broken(UNITS, f"line {line_id} of order {self.name} has {end} units, not {len(states)}")

    def _parted_elsewhere(self, line_id: str, n: int, state: str) -> None:
        known = self.lines[line_id].states[n]
        if (line_id, n + 1) not in self.parted or state not in _IN_PARTS or known not in _IN_PARTS:
            told = f"unit {n + 1} of line {line_id} of order {self.name} is {state}"
            raise Broken(UNITS, f"{told}, and by its events {known}")
        self.counts[known] -= 1
        self.counts[state] = self.counts.get(state, 0) + 1
        self.lines[line_id].states[n] = state

    def _tally_agrees(self, tally: Any) -> None:
        counts = self.counts
        for name, states in _TALLY.items():
            units = 0
            for state in states:
                units += counts.get(state, 0)
            if getattr(tally, name) != units:
                told = f"order {self.name} counts {getattr(tally, name)} units {name}"
                raise Broken(UNITS, f"{told}, and has {units}")

    def _terms_agree(self, terms: Any) -> None:
        """What every unit is worth was fixed when it was ordered."""
        for line in terms.lines:
            known = self.lines[line.id].worth
            end = 0
            for first, last, *worth in line.entitlements:
                if first != end + 1 or any(known[n] != tuple(worth) for n in range(first - 1, last)):
                    told = f"units {first} to {last} of line {line.id} of order {self.name}"
                    raise Broken(MONEY, f"{told} are worth {worth}, and were not when they were ordered")
                end = last
            if end != len(known) or line.quantity != end:
                raise Broken(UNITS, f"line {line.id} of order {self.name} is of {line.quantity} units")

    def _parts_agree(self) -> None:
        """Once all of them was given back, the parts of units come to the units."""
        whole = NOTHING
        for line_id, n in self.parted:
            line = self.lines[line_id]
            if line.states[n - 1] not in GIVEN_BACK:
                return
            whole = plus(whole, line.worth[n - 1])
        if whole != self.parted_worth:
            told = f"parts of units of order {self.name} were given back as {self.parted_worth}"
            raise Broken(MONEY, f"{told}, and the units are worth {whole}")


_TALLY: Mapping[str, tuple[str, ...]] = {
    "open": (OPEN,),
    "allocated": (ALLOCATED, CHANNEL),
    "shipped": (SHIPPED, ARRIVED),
    "delivered": (DELIVERED, RETURNING, RECEIVED),
    "returned": (RETURNED, KEPT, LOST, REPLACED),
    "cancelled": (CANCELLED,),
}


def plus(left: Worth, right: Worth) -> Worth:
    """Both, part by part."""
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2], left[3] + right[3])


def minus(left: Worth, right: Worth) -> Worth:
    """What is left, part by part."""
    return (left[0] - right[0], left[1] - right[1], left[2] - right[2], left[3] - right[3])


def charges_worth(charges: Any) -> Worth:
    """What charges come to."""
    whole = NOTHING
    for each in charges:
        whole = plus(whole, (each.net, each.tax, each.remitted, each.funded))
    return whole


__all__ = [
    "ALLOCATED",
    "ARRIVED",
    "CANCELLED",
    "CHANNEL",
    "DELIVERED",
    "GIVEN_BACK",
    "KEPT",
    "LOST",
    "MONEY",
    "NOTHING",
    "OPEN",
    "RECEIVED",
    "REPLACED",
    "RETURNED",
    "RETURNING",
    "SHIPPED",
    "UNITS",
    "Line",
    "Page",
    "Worth",
    "charges_worth",
    "minus",
    "plus",
]
