"""What if: the plan as it is and as it would be, and what lies between them (R4).

Decides what is compared of two plans for one demand: cost, units, shipments, and which units come from
elsewhere. Both plans are made by the strategy itself, as the live run makes them. Must not know how a
strategy plans, nor how a changed world is made.
"""

from __future__ import annotations

from collections.abc import Sequence

from omcore.kernel import InvalidType, Network, record
from omcore.routing._json import JsonValue, decimal
from omcore.routing._text import amount
from omcore.routing.changes import Change, told, with_changes
from omcore.routing.demand import Availability, Demand
from omcore.routing.plan import RoutingPlan, RoutingStrategy, checked_shape

FORMAT = "omcore/what-if/1"
# What a person reads for no location at all.
STAYS = "stays"


@record
class Moved:
    """Units of a line that come from elsewhere: from ``after``, not ``before``; empty for units that stay."""

    line_id: str
    units: int
    before: str
    after: str


@record
class WhatIf:
    """Two plans for one demand: as it is, and with the changes."""

    changes: tuple[str, ...]
    before: RoutingPlan
    after: RoutingPlan

    @property
    def cost(self) -> int | None:
        """What it costs more; None where the two are not measured alike."""
        before, after = self.before, self.after
        if (before.measure, before.scale) != (after.measure, after.scale):
            return None
        return after.cost - before.cost

    @property
    def units(self) -> int:
        """Units that ship more."""
        return self.after.units - self.before.units

    @property
    def shipments(self) -> int:
        """Locations that ship more."""
        return len(self.after.locations) - len(self.before.locations)

    @property
    def moved(self) -> tuple[Moved, ...]:
        """Which units come from elsewhere, line by line; as few as can be."""
        return tuple(_moved(self.before, self.after))

    def as_json(self) -> dict[str, JsonValue]:
        """Both plans and what lies between them, as plain values under stable names."""
        cost, after = self.cost, self.after
        return {
            "format": FORMAT,
            "changes": [*self.changes],
            "cost": cost,
            "cost_decimal": None if cost is None else decimal(cost, after.measure, after.scale),
            "units": self.units,
            "shipments": self.shipments,
            "moved": [
                {"line_id": entry.line_id, "units": entry.units, "before": entry.before, "after": entry.after}
                for entry in self.moved
            ],
            "before": self.before.as_json(),
            "after": self.after.as_json(),
        }

    def explain(self) -> str:
        """What would be otherwise, as text."""
        lines = [f"Order {self.after.order_id}, if {'; '.join(self.changes) or 'nothing changes'}:"]
        for name, plan in (("is", self.before), ("were", self.after)):
            count = len(plan.locations)
            where = f"{count} location{'' if count == 1 else 's'}"
            paid = amount(plan.cost, plan.measure, plan.scale)
            total = plan.units + plan.unfilled
            lines.append(
                f"  {name:<4}  {plan.units:,} of {total:,} units from {where}, {paid} ({plan.strategy})"
            )
        more = self.cost
        if more is not None:
            by = amount(abs(more), self.after.measure, self.after.scale)
            lines.append("  costs the same" if not more else f"  costs {by} {'more' if more > 0 else 'less'}")
        for entry in self.moved:
            way = f"{entry.before or STAYS} -> {entry.after or STAYS}"
            lines.append(f"  moves {entry.units:,} of line {entry.line_id}: {way}")
        return "\n".join(lines) + "\n"


def what_if(
    strategy: RoutingStrategy,
    demand: Demand,
    network: Network,
    availability: Availability,
    changes: Sequence[Change],
) -> WhatIf:
    """The strategy's plan as things are, and in the changed world; nothing else plans here (R4).

    Errors: as of ``with_changes`` and of the strategies.
    """
    if type(demand) is not Demand:
        raise InvalidType("demand", expected="Demand")
    world = with_changes(strategy, network, availability, changes)
    before = strategy.plan(demand, network, availability)
    after = world.strategy.plan(demand, world.network, world.availability)
    checked_shape(before)
    checked_shape(after)
    return WhatIf(tuple([told(change) for change in changes]), before, after)


def _moved(before: RoutingPlan, after: RoutingPlan) -> list[Moved]:
    """What leaves a location is matched with what comes from another, each in the order of its plan."""
    places: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    for side, plan in enumerate((before, after)):
        entries = [(entry.line_id, entry.location, entry.quantity) for entry in plan.assignments]
        entries += [(rest.line_id, "", rest.quantity) for rest in plan.remainder]
        for line_id, place, units in entries:
            there = places.setdefault(line_id, ({}, {}))[side]
            there[place] = there.get(place, 0) + units
    out: list[Moved] = []
    for line_id, (was, now) in places.items():
        gone = [(place, units - now.get(place, 0)) for place, units in was.items()]
        come = [(place, units - was.get(place, 0)) for place, units in now.items()]
        leaving = [(place, units) for place, units in gone if units > 0]
        for place, units in come:
            while units > 0 and leaving:
                source, left = leaving[0]
                taken = min(units, left)
                out.append(Moved(line_id, taken, source, place))
                units -= taken
                leaving[0] = source, left - taken
                if taken == left:
                    del leaving[0]
    return out


__all__ = ["FORMAT", "Moved", "WhatIf", "what_if"]
