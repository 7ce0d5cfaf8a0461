"""Prices of scarce stock as a part of the cost of each unit, by item and location.

Decides nothing: it adds. Rows are kept by table and SKU, because the next order to the same place asks for
the same ones. Must not know stock or plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add

from omcore.kernel import Components
from omcore.routing._table import Table
from omcore.routing.problem import Ints, Move, Problem
from omcore.routing.scarcity import ScarcityPrices

# Rows that are kept; when it is full it starts anew.
_KEPT_ROWS = 65_536

# A premium by location, None where there is none, and the table's own cost with it.
_Row = tuple[Ints | None, Ints]


class Premiums:
    """The prices that a strategy plans with, ready to be added."""

    __slots__ = ("_count", "_rows", "prices")

    def __init__(self, prices: ScarcityPrices) -> None:
        self.prices = prices
        self._rows: dict[Table, dict[str, _Row]] = {}
        self._count = 0

    def added(
        self, table: Table, units: tuple[Ints, ...], items: Sequence[tuple[str, Components]]
    ) -> tuple[tuple[Ints, ...], tuple[Ints, ...]]:
        """Unit costs with the premiums of (SKU, components) in them, and the premiums; ``units`` and () where
        there are none."""
        if units is table.rows:
            found = self._plain(table, items)
        else:
            rows = [self.prices.row(components or ((sku, 1),), table.ids) for sku, components in items]
            bases = units if len(units) > 1 else units * len(rows)
            found = [
                (row, base if row is None else tuple(map(add, base, row)))
                for row, base in zip(rows, bases, strict=True)
            ]
        for row, _ in found:
            if row is not None:
                break
        else:
            return units, ()
        none = (0,) * len(table.ids)
        return tuple([cost for _, cost in found]), tuple([row or none for row, _ in found])

    def _plain(self, table: Table, items: Sequence[tuple[str, Components]]) -> list[_Row]:
        known = self._rows.get(table)
        if known is None:
            known = {}
        found = []
        for sku, components in items:
            entry = known.get(sku) if not components else None
            if entry is None:
                row = self.prices.row(components or ((sku, 1),), table.ids)
                entry = (row, table.row if row is None else tuple(map(add, table.row, row)))
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


def premium_of(problem: Problem, moves: Sequence[Move]) -> int:
    """What of the cost of these moves is no cost but the worth of the units to orders to come."""
    if not problem.premiums:
        return 0
    return sum(problem.premiums[item][j] * units for item, j, units in moves)


__all__ = ["Premiums", "premium_of"]
