"""Stock that a wave of orders shares: what each of them sees while the others have theirs.

Decides that no unit is given twice: whoever is planned sees what is there less what the others were given,
and the day's orders of a location with theirs. Must not know in which order they are planned, or why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from omcore.kernel import InvalidType
from omcore.routing.demand import Demand, counter, promisable_above, reader
from omcore.routing.plan import RoutingPlan

# (SKU, location)
Cell = tuple[str, str]


class Shared:
    """Availability for one order of a wave: what is there, less what was given to the others."""

    def __init__(self, availability: Any) -> None:
        self._base = availability
        self._read = reader(availability)
        self._stock: dict[tuple[str, str, datetime], int] = {}
        self.taken: dict[Cell, int] = {}
        self.given: dict[str, int] = {}

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What the others leave."""
        return self.promisable_at(sku, (location,), now)[0]

    def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime) -> tuple[int, ...]:
        """What the others leave at each of some locations; what is there is asked once."""
        stock, taken = self._stock, self.taken
        missing = tuple([name for name in locations if (sku, name, now) not in stock])
        if missing:
            found = self._read(sku, missing, now)
            if type(found) is not tuple or len(found) != len(missing):
                raise InvalidType("availability", expected="promisable as exact ints")
            for name, units in zip(missing, found, strict=True):
                if type(units) is not int:
                    raise InvalidType("availability", expected="promisable as exact ints")
                stock[sku, name, now] = units
        return tuple([stock[sku, name, now] - taken.get((sku, name), 0) for name in locations])

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        """What the others leave above a safety stock."""
        above = promisable_above(self._base, floor, sku, location, now)
        return above - self.taken.get((sku, location), 0)

    def take(self, demand: Demand, plan: RoutingPlan) -> None:
        """What a plan ships is the order's."""
        self._change(demand, plan, 1)

    def release(self, demand: Demand, plan: RoutingPlan) -> None:
        """What a plan ships is nobody's again."""
        self._change(demand, plan, -1)

    def _change(self, demand: Demand, plan: RoutingPlan, sign: int) -> None:
        for cell, units in used(demand, plan).items():
            self.taken[cell] = self.taken.get(cell, 0) + sign * units
        for name in plan.locations:
            self.given[name] = self.given.get(name, 0) + sign


class SharedDay(Shared):
    """The same, of an availability that counts the day's orders."""

    def orders_today(self, location: str, now: datetime) -> int:
        """Those of the day, and the others of the wave."""
        asked = counter(self._base)
        there: Any = 0 if asked is None else asked(location, now)
        return there + self.given.get(location, 0) if type(there) is int else there


class Allotted:
    """Availability for one order that is to have certain units and no others."""

    def __init__(self, units: Mapping[Cell, int]) -> None:
        self._units = units

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What it is to have."""
        return self._units.get((sku, location), 0)

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        """What it is to have: that stays above every safety stock as it is."""
        return self._units.get((sku, location), 0)


def shared(availability: Any) -> Shared:
    """What an order of a wave sees, of any availability."""
    return Shared(availability) if counter(availability) is None else SharedDay(availability)


def used(demand: Demand, plan: RoutingPlan) -> dict[Cell, int]:
    """What a plan takes of each shelf."""
    components = {line.line_id: line.components or ((line.sku, 1),) for line in demand.lines}
    found: dict[Cell, int] = {}
    for entry in plan.assignments:
        for sku, each in components[entry.line_id]:
            cell = (sku, entry.location)
            found[cell] = found.get(cell, 0) + each * entry.quantity
    return found


__all__ = ["Allotted", "Cell", "Shared", "SharedDay", "shared", "used"]
