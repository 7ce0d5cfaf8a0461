"""Prices of scarce stock as a part of the cost of each unit, by item and location.

Decides nothing: it adds. Rows are kept by table and SKU, because the next order to the same place asks for
the same ones. Must not know stock or plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add
from typing import NamedTuple

from omcore.kernel import Components
from omcore.routing._table import Table
from omcore.routing.problem import Ints, Move, Problem
from omcore.routing.scarcity import ScarcityPrices

# Rows that are kept; when it is full it starts anew.
_KEPT_ROWS = 65_536

Names = tuple[str, ...]
# The table's own costs with the premium, the premium by location (None where there is none), and for whom.
_Row = tuple[Ints, Ints | None, Names]


class Premiums:
    """The prices that a strategy plans with, ready to be added."""

    __slots__ = ("_count", "_rows", "prices")

    def __init__(self, prices: ScarcityPrices) -> None:
        self.prices = prices
        self._rows: dict[Table, dict[str, _Row]] = {}
        self._count = 0

    def added(
        self, table: Table, units: tuple[Ints, ...], items: Sequence[tuple[str, Components]]
    ) -> tuple[tuple[Ints, ...], tuple[Ints, ...], tuple[Names, ...]]:
        """Unit costs with the premiums of (SKU, components) in them, the premiums, and whom units are kept
        for; ``units``, () and () where there are no premiums."""
        if units is table.rows:
            found = self._plain(table, items)
        else:
            bases = units if len(units) > 1 else units * len(items)
            found = [
                self._row(table, base, sku, components)
                for base, (sku, components) in zip(bases, items, strict=True)
            ]
        for _, row, _ in found:
            if row is not None:
                break
        else:
            return units, (), ()
        none = (0,) * len(table.ids)
        return (
            tuple([cost for cost, _, _ in found]),
            tuple([row or none for _, row, _ in found]),
            tuple([names for _, _, names in found]),
        )

    def _row(self, table: Table, base: Ints, sku: str, components: Components) -> _Row:
        row = self.prices.row(components or ((sku, 1),), table.ids)
        if row is None:
            return base, None, ("",) * len(base)
        # Of a kit nobody says for whom it is kept: its parts may be for several.
        known = {} if components else self.prices.by_sku.get(sku, {})
        names = [known[name].kept_for if name in known else "" for name in table.ids]
        return tuple(map(add, base, row)), row, tuple(names)

    def _plain(self, table: Table, items: Sequence[tuple[str, Components]]) -> list[_Row]:
        known = self._rows.get(table)
        if known is None:
            known = {}
        found = []
        for sku, components in items:
            entry = known.get(sku) if not components else None
            if entry is None:
                entry = self._row(table, table.row, sku, components)
                if not components:
                    self._keep(table, known, sku, entry)
            found.append(entry)
        return found

    def _keep(self, table: Table, known: dict[str, _Row], sku: str, entry: _Row) -> None:
        if self._count >= _KEPT_ROWS:
            self._rows, self._count = {}, 0
            known.clear()
        # A table that is kept stays itself, so what is found by it is never another one's.
        self._rows[table] = known
        known[sku] = entry
        self._count += 1


class Kept(NamedTuple):
    """A unit of an item at a location is worth ``each`` more later, to a region where one is named."""

    location: str
    sku: str
    each: int
    kept_for: str


def kept_of(problem: Problem) -> tuple[Kept, ...]:
    """Where units that the order could have are worth more later: by location, then item."""
    found: list[Kept] = []
    for j, location in enumerate(problem.locations if problem.premiums else ()):
        for item, row in enumerate(problem.premiums):
            if row[j] and problem.holds(item, j):
                whom = problem.kept_for[item][j] if problem.kept_for else ""
                found.append(Kept(location, problem.labels[item], row[j], whom))
    return tuple(found)


def premium_of(problem: Problem, moves: Sequence[Move]) -> int:
    """What of the cost of these moves is no cost but the worth of the units to orders to come."""
    if not problem.premiums:
        return 0
    return sum(problem.premiums[item][j] * units for item, j, units in moves)


__all__ = ["Kept", "Premiums", "kept_of", "premium_of"]
