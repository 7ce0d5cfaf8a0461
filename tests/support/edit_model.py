"""An order that is edited, as plain lists of units with a price tag each: the oracle of edits.

It knows no runs, no entitlement tables and no events. A unit gets its tag when it is added, by the naive
pricing of ``naive_books``, and nothing ever writes on a tag again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import attrs

from naive_books import half_away, priced, shared
from omcore import orders as om
from omcore.kernel import OmcoreError

WAITING = ("open", "allocated")
GONE = ("cancelled", "returned")


@dataclass
class Tagged:
    """One unit: what the customer pays for it, and where it is."""

    sku: str
    total: int
    tax: int
    state: str = "open"


@dataclass
class Planned:
    """What an edit is to do, by ordinals."""

    new: dict[str, list[Tagged]] = field(default_factory=dict)
    more: dict[str, tuple[int, list[Tagged]]] = field(default_factory=dict)
    cancelled: dict[str, list[int]] = field(default_factory=dict)
    charges: list[int] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)


class Refused(Exception):
    """The model says no, by the class of a refusal."""

    def __init__(self, refusal: type[OmcoreError]) -> None:
        super().__init__(refusal.__name__)
        self.refusal = refusal


class EditModel:
    """The order. Ordinals are positions in a list, from 1."""

    def __init__(self, draft: om.OrderDraft) -> None:
        self.draft = draft
        self.price = {line.id: line.unit_price.minor for line in draft.lines}
        self.sku = {line.id: line.sku for line in draft.lines}
        self.lines: dict[str, list[Tagged]] = self._priced(draft)
        self.charges = [charge.amount.minor for charge in draft.charges]
        self.charged = False

    # -- where units are ---------------------------------------------------------------------

    def ordinals(self, line_id: str, *states: str) -> list[int]:
        return [n for n, unit in enumerate(self.lines[line_id], 1) if unit.state in states]

    def move(self, line_id: str, ordinals: Sequence[int], state: str) -> None:
        for n in ordinals:
            self.lines[line_id][n - 1].state = state

    def kept(self, line_id: str) -> int:
        return sum(unit.state not in GONE for unit in self.lines[line_id])

    def counts(self) -> Counter[str]:
        return Counter(unit.state for units in self.lines.values() for unit in units)

    def open_per_sku(self) -> Counter[str]:
        return Counter(unit.sku for units in self.lines.values() for unit in units if unit.state in WAITING)

    def owed(self) -> int:
        kept = [unit.total for units in self.lines.values() for unit in units if unit.state not in GONE]
        alive = any(unit.state != "cancelled" for units in self.lines.values() for unit in units)
        return sum(kept) + (sum(self.charges) if self.charged or alive else 0)

    # -- edits -------------------------------------------------------------------------------

    def plan(self, operations: Sequence[Any]) -> Planned:
        """What operations come to now, or ``Refused``."""
        plan = Planned()
        for operation in operations:
            getattr(self, f"_{type(operation).__name__}")(plan, operation)
        if not (plan.new or plan.more or plan.cancelled or plan.charges):
            raise Refused(om.NothingChanges)
        return plan

    def carried_out(self, plan: Planned) -> EditModel:
        """The order after it, or ``Refused``; this one stays as it is."""
        after = deepcopy(self)
        if any(self.kept(line_id) != kept for line_id, kept in plan.kept.items()):
            raise Refused(om.EditOutdated)
        if any(len(self.lines[line_id]) + 1 != first for line_id, (first, _) in plan.more.items()):
            raise Refused(om.EditOutdated)
        if any(line_id in self.lines for line_id in plan.new):
            raise Refused(om.EditOutdated)
        for line_id, ordinals in plan.cancelled.items():
            if not set(ordinals) <= set(self.ordinals(line_id, *WAITING)):
                raise Refused(om.UnitsNotAvailable)
        after.charges += plan.charges
        if sum(after.charges) < min(sum(self.charges), 0):
            raise Refused(om.ChargesBelowZero)
        after.lines.update(deepcopy(plan.new))
        for line_id, (_, units) in plan.more.items():
            after.lines[line_id] += deepcopy(units)
        for line_id, ordinals in plan.cancelled.items():
            after.move(line_id, ordinals, "cancelled")
        states = after.counts()
        if not sum(states[state] for state in (*WAITING, "shipped", "delivered")):
            raise Refused(om.EditEndsOrder)
        for line_id in plan.new:
            after.price.setdefault(line_id, 0)
        return after

    def inverse(self, plan: Planned) -> Planned:
        """What takes an edit back, unit by unit, or ``Refused``."""
        back = Planned(charges=[-charge for charge in plan.charges])
        added = {line_id: list(range(1, len(units) + 1)) for line_id, units in plan.new.items()}
        added.update(
            {line_id: list(range(first, first + len(units))) for line_id, (first, units) in plan.more.items()}
        )
        for line_id, ordinals in added.items():
            if not set(ordinals) <= set(self.ordinals(line_id, *WAITING)):
                raise Refused(om.NotRevertible)
        back.cancelled = added
        for line_id, ordinals in plan.cancelled.items():
            tags = [attrs_copy(self.lines[line_id][n - 1]) for n in ordinals]
            back.more[line_id] = (len(self.lines[line_id]) + 1, tags)
        back.kept = {line_id: self.kept(line_id) for line_id in (*back.cancelled, *back.more)}
        return back

    def _AddLine(self, plan: Planned, operation: om.AddLine) -> None:  # noqa: N802 - named after its class
        self._new(plan, operation.line)

    def _new(self, plan: Planned, line: om.DraftLine) -> None:
        if line.id in self.lines:
            raise Refused(om.LineExists)
        plan.new.update(self._priced(attrs.evolve(self.draft, lines=(line,), charges=(), discounts=())))
        self.price[line.id] = line.unit_price.minor
        self.sku[line.id] = line.sku

    def _ChangeQuantity(self, plan: Planned, operation: om.ChangeQuantity) -> None:  # noqa: N802 - as above
        line_id = operation.line_id
        plan.kept[line_id] = self.kept(line_id)
        more = operation.quantity - self.kept(line_id)
        if more < 0:
            self._cancel(plan, line_id, -more)
        elif more > 0:
            price = self.price[line_id] if operation.unit_price is None else operation.unit_price.minor
            units = self.lines[line_id]
            tax, net = sum(unit.tax for unit in units), sum(unit.total - unit.tax for unit in units)
            taxes = [0] * more
            if tax and net:
                from fractions import Fraction

                taxes = shared(half_away(Fraction(price * more * tax, net)), [price] * more)
            tags = [Tagged(self.sku[line_id], price + part, part) for part in taxes]
            plan.more[line_id] = (len(units) + 1, tags)

    def _RemoveLine(self, plan: Planned, operation: om.RemoveLine) -> None:  # noqa: N802 - as above
        plan.kept[operation.line_id] = self.kept(operation.line_id)
        self._cancel(plan, operation.line_id, None)

    def _Substitute(self, plan: Planned, operation: om.Substitute) -> None:  # noqa: N802 - as above
        plan.kept[operation.line_id] = self.kept(operation.line_id)
        self._new(plan, operation.line)
        self._cancel(plan, operation.line_id, operation.quantity)

    def _AddCharge(self, plan: Planned, operation: om.AddCharge) -> None:  # noqa: N802 - as above
        plan.charges.append(operation.charge.amount.minor)

    def _cancel(self, plan: Planned, line_id: str, quantity: int | None) -> None:
        waiting = self.ordinals(line_id, *WAITING)
        wanted = max(len(waiting), 1) if quantity is None else quantity
        if wanted > len(waiting):
            raise Refused(om.UnitsNotAvailable)
        plan.cancelled[line_id] = waiting[-wanted:]

    def _priced(self, draft: om.OrderDraft) -> dict[str, list[Tagged]]:
        units, _ = priced(draft)
        untaxed, _ = priced(
            attrs.evolve(draft, lines=tuple(attrs.evolve(line, taxes=()) for line in draft.lines))
        )
        made: dict[str, list[Tagged]] = {line.id: [] for line in draft.lines}
        skus = {line.id: line.sku for line in draft.lines}
        for (line_id, n), (total, _) in units.items():
            made[line_id].append(Tagged(skus[line_id], total, total - untaxed[line_id, n][0]))
        return made

    # -- what omcore keeps -------------------------------------------------------------------

    def check(self, order: om.Order) -> None:
        """Every unit is where it is here and is worth what its tag says; owed is their sum (M6)."""
        assert set(order.terms.index) == set(self.lines)
        for line, runs in zip(order.terms.lines, order.progress.units, strict=True):
            states = [state for first, last, state, _ in runs for _ in range(first, last + 1)]
            assert states == [unit.state for unit in self.lines[line.id]], line.id
            worth = [
                (net + tax, tax)
                for first, last, net, tax, *_ in line.entitlements
                for _ in range(first, last + 1)
            ]
            assert worth == [(unit.total, unit.tax) for unit in self.lines[line.id]], line.id
        assert order.payments.owed == self.owed()


def attrs_copy(unit: Tagged) -> Tagged:
    """The same tag for another unit, which waits."""
    return Tagged(unit.sku, unit.total, unit.tax)
