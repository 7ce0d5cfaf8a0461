"""Promises: what an order's waiting means for stock, and out of which supply it is promised (S10).

Decides how a change of what an order waits for becomes operations on stock items - a promise is made,
moved, let go of, or filled by the allocation that ends it - and by which date routing finds the rest.
Which location is asked is the routing strategy's: it plans over what will be there by a date as it plans
over what is there now, so that a promise obeys every rule that routing has. Must not know why units wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.setup import Setup
from omcore.engine.stock_effects import Effects
from omcore.engine.waiting_book import Place, due_of
from omcore.inventory.stock import passed_second
from omcore.kernel import from_epoch_second
from omcore.kernel.runs import count
from omcore.orders.backorders import promised, unpromised
from omcore.routing import BACKORDERED, Demand, Remainder, RoutingPlan

# So many dates of supply are tried for one order, the first first.
MAX_DATES = 100

Due = Mapping[Place, Mapping[int, int]]

# (line id, quantity, location, promised for)
Backorders = tuple[tuple[str, int, str, datetime], ...]


# -- from waiting to stock -------------------------------------------------------------------


def with_promises(effects: Effects, before: om.Order | None, after: om.Order) -> Effects:
    """The operations of a command, with what becomes of promises by it.

    Counted, and not read off events: whatever ended a unit's waiting, its promise ends with it.
    """
    if not after.backorders and (before is None or not before.backorders):
        return effects
    old: Due = {} if before is None else due_of(before)
    new = due_of(after)
    whole = dict(effects)
    for place in sorted(old.keys() | new.keys()):
        less, more = _difference(old.get(place, {}), new.get(place, {}))
        if less or more:
            whole[place] = _settled(whole.get(place, []), less, more)
    return whole


def _difference(old: Mapping[int, int], new: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """By second, the units that are promised no more, and those that were not before."""
    less, more = {}, {}
    for second in sorted(old.keys() | new.keys()):
        units = new.get(second, 0) - old.get(second, 0)
        if units < 0:
            less[second] = -units
        elif units:
            more[second] = units
    return less, more


def _settled(operations: list[Any], less: dict[int, int], more: dict[int, int]) -> list[Any]:
    """An allocation fills the earliest promises that it ends; the rest moves, or is let go of."""
    allocated: list[Any] = []
    for operation in operations:
        if type(operation) is inv.Allocate:
            allocated += _filled(operation, less)
        else:
            allocated.append(operation)
    moved = [
        inv.Repromise(units, second, until)
        for until in sorted(more)
        for second, units in _taken(less, more, until)
    ]
    freed = [inv.Unpromise(units, second) for second, units in sorted(less.items()) if units]
    made = [inv.Promise(units, second) for second, units in sorted(more.items()) if units]
    return [*moved, *freed, *allocated, *made]


def _filled(operation: Any, less: dict[int, int]) -> list[Any]:
    held = sum([units for _, units in operation.from_reservation])
    left = operation.quantity - held
    fills = []
    for second in sorted(less):
        units = min(left, less[second])
        if units:
            fills.append(inv.Fill(units, second))
            less[second] -= units
            left -= units
    rest = held + left
    return [*fills, inv.Allocate(rest, operation.from_reservation)] if rest else fills


def _taken(less: dict[int, int], more: dict[int, int], until: int) -> list[tuple[int, int]]:
    """What goes from other moments to this one."""
    found = []
    for second in sorted(less):
        units = min(less[second], more[until])
        if units:
            found.append((second, units))
            less[second] -= units
            more[until] -= units
    return found


# -- what can be filled ----------------------------------------------------------------------


def came_for(order: om.Order, setup: Setup, now: datetime) -> dict[Place, int]:
    """By (location, sku), the units of an order's promises that are here for it by now.

    Nothing that those before it in line are promised, where there is not enough for all.
    """
    found: dict[Place, int] = {}
    if not order.backorders:
        return found
    rank = om.rank_of(order, setup.policies)
    for (location, sku), due in due_of(order).items():
        item = setup.view.item(sku, location)
        if item is not None:
            schedule = tuple(sorted(due.items()))
            units = inv.fillable(item, schedule, now, setup.waiting.before(rank, location, sku))
            if units:
                found[location, sku] = units
    return found


@attrs.frozen
class OwnPromises:
    """Availability for an order that waits: what came for it is its own, whatever else may be promised."""

    view: Any
    came: Mapping[Place, int]

    def holds(self, sku: str, location: str, now: datetime) -> int:
        """All that can be claimed there, by whomever."""
        held: int = self.view.holds(sku, location, now)
        return held

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What is free, and what came for it."""
        free: int = self.view.promisable(sku, location, now)
        came = self.came.get((location, sku), 0)
        return (free if free > 0 else 0) + came if came else free


# -- out of which supply ---------------------------------------------------------------------


@attrs.frozen
class _By:
    """What will be there by a second, less what this very command takes of it."""

    view: inv.AvailabilityView
    second: int
    taken: Mapping[Place, int]

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        item = self.view.item(sku, location)
        if item is None:
            return 0
        return item.promisable_by(self.second, now) - self.taken.get((location, sku), 0)


def plan_promises(
    order: om.Order, demand: Demand, plan: RoutingPlan, came: Mapping[Place, int], setup: Setup
) -> Backorders:
    """What the units that a plan leaves are promised out of: (line id, quantity, location, by when).

    Date by date, the first first: what can be had by it is promised by it. Of a ship-complete order all
    that waits is promised by one date, or none of it.
    """
    left = left_over(order, plan)
    taken = _drawn(demand, plan, came)
    components = {line.line_id: line.components for line in demand.lines}
    entries = []
    for second in _dates(demand, left, setup):
        lines = [
            attrs.evolve(line, quantity=left[line.line_id]) for line in demand.lines if left.get(line.line_id)
        ]
        if not lines:
            break
        rest = attrs.evolve(demand, lines=tuple(lines))
        there = _By(setup.view, second, taken)
        for entry in setup.routing.plan(rest, setup.network, there).assignments:
            entries.append((entry.line_id, entry.quantity, entry.location, from_epoch_second(second)))
            left[entry.line_id] -= entry.quantity
            for sku, each in components[entry.line_id]:
                place = (entry.location, sku)
                taken[place] = taken.get(place, 0) + each * entry.quantity
    return tuple(entries)


def left_over(order: om.Order, plan: RoutingPlan) -> dict[str, int]:
    """By line, the open units that a plan gives to no location and no supply is promised for."""
    left = {line_id: count(runs) for line_id, runs in unpromised(order)}
    by_location: dict[str, dict[str, int]] = {}
    for entry in plan.assignments:
        lines = by_location.setdefault(entry.location, {})
        lines[entry.line_id] = lines.get(entry.line_id, 0) + entry.quantity
    for location, lines in by_location.items():
        here = promised(order, location)
        for line_id, units in lines.items():
            # As units are chosen: those promised there go first, then those that are not promised at all.
            others = units - count(here.get(line_id, ()))
            if others > 0 and left.get(line_id):
                left[line_id] = max(0, left[line_id] - others)
    return {line_id: units for line_id, units in left.items() if units}


def _drawn(demand: Demand, plan: RoutingPlan, came: Mapping[Place, int]) -> dict[Place, int]:
    """What a plan takes of stock that nobody was promised."""
    components = {line.line_id: line.components for line in demand.lines}
    drawn: dict[Place, int] = {}
    for entry in plan.assignments:
        for sku, each in components[entry.line_id]:
            place = (entry.location, sku)
            drawn[place] = drawn.get(place, 0) + each * entry.quantity
    return {place: max(0, units - came.get(place, 0)) for place, units in drawn.items()}


def _dates(demand: Demand, left: Mapping[str, int], setup: Setup) -> list[int]:
    """The moments to come by which more is to be had of what is left, ascending."""
    last = passed_second(demand.at)
    skus = {sku for line in demand.lines if left.get(line.line_id) for sku, _ in line.components}
    found: set[int] = set()
    for sku in skus:
        for location in setup.view.locations(sku):
            item = setup.view.item(sku, location)
            if item is not None and location in setup.network:
                found.update([supply.second for supply in item.outlook.expected if supply.second > last])
    return sorted(found)[:MAX_DATES]


def told(plan: RoutingPlan, order: om.Order, entries: Backorders) -> RoutingPlan:
    """The plan, with the units that supply is promised for told apart from those that nothing is (R1)."""
    if not plan.remainder:
        return plan
    rest: dict[str, int] = {}
    for entry in plan.remainder:
        rest[entry.line_id] = rest.get(entry.line_id, 0) + entry.quantity
    without = left_over(order, plan)
    for line_id, units, _, _ in entries:
        without[line_id] -= units
    covered = {line_id: units - without.get(line_id, 0) for line_id, units in rest.items()}
    if not any(covered.values()):
        return plan
    remainder: list[Remainder] = []
    for entry in plan.remainder:
        units = min(entry.quantity, covered[entry.line_id])
        covered[entry.line_id] -= units
        if units:
            remainder.append(Remainder(entry.line_id, units, BACKORDERED))
        if units < entry.quantity:
            remainder.append(Remainder(entry.line_id, entry.quantity - units, entry.reason))
    return attrs.evolve(plan, remainder=tuple(remainder))


__all__ = ["OwnPromises", "came_for", "plan_promises", "told", "with_promises"]
