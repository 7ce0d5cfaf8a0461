"""What a location keeps: orders that it cannot take today, and stock that stays on its shelf.

Decides which locations are full by the day's count (``Location.daily_capacity``), and says of a location
whose stock is all safety stock that this is why (R2). Must not know costs, or how a plan is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from omcore.kernel import Components, InvalidType
from omcore.routing._table import Table
from omcore.routing.constraints import CAPACITY, NO_STOCK, SAFETY_STOCK, LineRule
from omcore.routing.demand import Availability, Demand, DemandLine, counter, reader
from omcore.routing.problem import Ints


def open_today(table: Table, demand: Demand, availability: Availability) -> Table:
    """The table less the locations that have had all their orders of today, where that is known."""
    given = counter(availability)
    if given is None:
        return table
    full = frozenset([name for name, most in table.limited if orders(given(name, demand.at)) >= most])
    return table.open_today(full) if full else table


def orders(count: object) -> int:
    """A count of orders that an availability answered."""
    if type(count) is not int:
        raise InvalidType("availability", expected="orders_today as an exact int")
    return count


def kept_back(
    table: Table, items: Sequence[Components], stock: Sequence[Ints], availability: Availability, at: datetime
) -> tuple[tuple[int, int, str], ...]:
    """(item, location, code) where a location has an item, and all of it stays as safety stock."""
    read = reader(availability)
    found: list[tuple[int, int, str]] = []
    for j, name in enumerate(table.ids):
        if name in table.floors:
            for item, components in enumerate(items):
                if stock[item][j] <= 0 and all(read(sku, (name,), at)[0] >= each for sku, each in components):
                    found.append((item, j, SAFETY_STOCK))
    return tuple(found)


class Full:
    """The locations that are full, asked about units that stay: would one of them have shipped any?"""

    __slots__ = ("_at", "_by_id", "_names", "_read", "_rules")

    def __init__(
        self, table: Table, demand: Demand, availability: Availability, rules: Sequence[LineRule]
    ) -> None:
        self._by_id = table.network.by_id
        self._names = tuple([name for name, code in table.ruled_out if code == CAPACITY])
        floors: Mapping[str, int] = {
            name: 0 if table.pickup else self._by_id[name].safety_stock for name in self._names
        }
        self._read = reader(availability, floors)
        self._at = demand.at
        self._rules = rules

    def verdict(self, line: DemandLine) -> str:
        """``capacity`` where one of them has a unit of a line, ``no_stock`` where it only may ship it."""
        applying = [rule for rule in self._rules if rule.applies(line)]
        able = [
            j
            for j, name in enumerate(self._names)
            if all(rule.allows(self._by_id[name], line) for rule in applying)
        ]
        if not able:
            return ""
        components = line.components or ((line.sku, 1),)
        columns = [(self._read(sku, self._names, self._at), each) for sku, each in components]
        has = any(all(column[j] >= each for column, each in columns) for j in able)
        return CAPACITY if has else NO_STOCK


__all__ = ["Full", "kept_back", "open_today", "orders"]
