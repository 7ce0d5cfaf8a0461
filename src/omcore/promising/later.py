"""What ships later: units that nobody has now, out of supply that is expected by a date (S10).

Decides by which date routing finds the rest of an order: date by date, the first first, what can be had by
it is planned by it, so that a promise obeys every rule that routing has. The engine promises live orders with
the very same function (R4). Must not know calendars, services, or what a date is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import attrs

from omcore.routing import Demand, RoutingPlan

# So many dates of supply are tried for one order, the first first.
MAX_DATES = 100

# (location, SKU)
Place = tuple[str, str]
Moment = TypeVar("Moment")


class Supply(Protocol):
    """What is expected, and when. What was promised to others is none of it."""

    def supply_dates(self, skus: frozenset[str], now: datetime, /) -> Sequence[datetime]:
        """The moments to come by which there is more of some SKU, ascending."""
        ...

    def promisable_by(self, sku: str, location: str, by: datetime, now: datetime, /) -> int:
        """Units of a SKU that a location could promise by a moment, with those that are there now."""
        ...


@attrs.frozen
class By:
    """Availability by a moment, less what this very order takes of it before."""

    supply: Supply
    by: datetime
    taken: Mapping[Place, int]

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """See ``Availability.promisable``."""
        return self.supply.promisable_by(sku, location, self.by, now) - self.taken.get((location, sku), 0)


def plan_later(
    demand: Demand,
    left: Mapping[str, int],
    taken: Mapping[Place, int],
    dates: Sequence[Moment],
    plan: Callable[[Demand, Moment, Mapping[Place, int]], RoutingPlan],
) -> list[tuple[Moment, RoutingPlan]]:
    """What is planned by which moment of the units that are ``left``, by line; ``taken`` is gone by then.

    ``plan`` plans a demand by a moment, less what is gone. Of a ship-complete order all is planned by one
    moment, or none of it.
    """
    rest, gone = dict(left), dict(taken)
    components = {line.line_id: line.components or ((line.sku, 1),) for line in demand.lines}
    found: list[tuple[Moment, RoutingPlan]] = []
    for moment in dates[:MAX_DATES]:
        lines = [
            attrs.evolve(line, quantity=rest[line.line_id]) for line in demand.lines if rest.get(line.line_id)
        ]
        if not lines:
            break
        asked = attrs.evolve(demand, lines=tuple(lines))
        made = plan(asked, moment, gone)
        if made.assignments:
            found.append((moment, made))
        for entry in made.assignments:
            rest[entry.line_id] -= entry.quantity
            for sku, each in components[entry.line_id]:
                place = (entry.location, sku)
                gone[place] = gone.get(place, 0) + each * entry.quantity
    return found


def drawn(demand: Demand, plan: RoutingPlan) -> dict[Place, int]:
    """What a plan takes of stock, by (location, SKU)."""
    components = {line.line_id: line.components or ((line.sku, 1),) for line in demand.lines}
    taken: dict[Place, int] = {}
    for entry in plan.assignments:
        for sku, each in components[entry.line_id]:
            place = (entry.location, sku)
            taken[place] = taken.get(place, 0) + each * entry.quantity
    return taken


__all__ = ["MAX_DATES", "By", "Supply", "drawn", "plan_later"]
