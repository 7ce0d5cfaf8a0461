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
from omcore.inventory.promises import filling
from omcore.inventory.stock import passed_second
from omcore.kernel import from_epoch_second
from omcore.kernel.runs import count, difference, take_lowest
from omcore.orders.backorders import promised, unpromised
from omcore.promising.later import plan_later
from omcore.routing import BACKORDERED, Demand, Remainder, RoutingPlan
from omcore.routing.demand import promisable_above

Due = Mapping[Place, Mapping[int, int]]

# (line id, quantity, location, promised for)
Backorders = tuple[tuple[str, int, str, datetime], ...]

# (a plan, and when what it takes will be there)
Later = tuple[tuple[RoutingPlan, datetime], ...]


# -- from waiting to stock -------------------------------------------------------------------


def with_promises(effects: Effects, before: om.Order | None, after: om.Order) -> Effects:
    """The operations of a command, with what becomes of promises by it.

    Counted, and not read off events: whatever ended a unit's waiting, its promise ends with it.
    """
    if not after.backorders and (before is None or not before.backorders):
        return effects
    ended: Due = {} if before is None else due_of(before, _beyond(before, after))
    begun: Due = due_of(after, after.backorders if before is None else _beyond(after, before))
    whole = dict(effects)
    for place in sorted(ended.keys() | begun.keys()):
        whole[place] = _settled(whole.get(place, []), dict(ended.get(place, {})), dict(begun.get(place, {})))
    return whole


def _beyond(order: om.Order, other: om.Order) -> list[om.Backorder]:
    """What units of an order wait for, where the same units do not wait for the same in another."""
    there = {
        (entry.location, entry.promised_for, line_id): runs
        for entry in other.backorders
        for line_id, runs in entry.items
    }
    found = []
    for entry in order.backorders:
        supply = (entry.location, entry.promised_for)
        left = [
            (line_id, difference(runs, there.get((*supply, line_id), ()))) for line_id, runs in entry.items
        ]
        found.append(om.Backorder(tuple([(line_id, runs) for line_id, runs in left if runs]), *supply))
    return found


def _settled(operations: list[Any], less: dict[int, int], more: dict[int, int]) -> list[Any]:
    """An allocation fills the earliest promises that it ends; the rest moves, or is let go of."""
    allocated: list[Any] = []
    for operation in operations:
        if type(operation) is inv.Allocate:
            allocated += _filled(operation, less)
        else:
            allocated.append(operation)
    for second in less.keys() & more.keys():  # some units for others: nothing moves
        units = min(less[second], more[second])
        less[second] -= units
        more[second] -= units
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


@attrs.frozen
class Came:
    """Units of an order's promises that are here for it, and the stock item once it has them."""

    units: int
    after: inv.StockItem


def came_for(
    order: om.Order, setup: Setup, now: datetime, most: Mapping[Place, int] | None = None
) -> dict[Place, Came]:
    """By (location, sku), what of an order's promises is here for it by now; of some no more than ``most``.

    Nothing that those before it in line are promised, where there is not enough for all.
    """
    found: dict[Place, Came] = {}
    if not order.backorders:
        return found
    rank = om.rank_of(order, setup.policies)
    for (location, sku), due in due_of(order).items():
        item = setup.view.item(sku, location)
        if item is not None:
            schedule = _first(due, None if most is None else most.get((location, sku)))
            units, after = filling(item, schedule, now, setup.waiting.before(rank, location, sku))
            if units:
                found[location, sku] = Came(units, after)
    return found


def _first(due: Mapping[int, int], most: int | None) -> tuple[tuple[int, int], ...]:
    """So many units of what is promised by second, the earliest; all of it where nothing is said."""
    schedule = []
    left = sum(due.values()) if most is None else most
    for second, units in sorted(due.items()):
        if left:
            schedule.append((second, min(units, left)))
            left -= schedule[-1][1]
    return tuple(schedule)


def misused(
    order: om.Order,
    demand: Demand,
    plan: RoutingPlan,
    came: Mapping[Place, Came],
    own: Mapping[Place, int],
    setup: Setup,
) -> dict[Place, int]:
    """Where a plan gives what came for some units to others, beyond what is free; and how many it gives well.

    A unit's promise is filled by its own allocation alone. What came for a kit that still lacks a part, or
    for a line that is planned elsewhere, is no other line's, though it be of the same order.
    """
    if not came:
        return {}
    drawn, used = _taken_by(demand, plan), _used_well(order, plan)
    doubtful = {
        place: used.get(place, 0)
        for place, mine in came.items()
        if used.get(place, 0) < min(mine.units, drawn.get(place, 0))
    }
    found: dict[Place, int] = {}
    if doubtful:
        filled = came_for(order, setup, demand.at, doubtful)
        for (location, sku), units in doubtful.items():
            place = (location, sku)
            mine = filled.get(place)
            free: int = setup.view.promisable(sku, location, demand.at)
            if mine is not None:
                free = mine.after.promisable(demand.at)
            if drawn[place] - units > own.get(place, 0) + max(0, free):
                found[place] = units
    for (location, sku), schedule in _filled_at(order, plan).items():
        # Nor is what is promised later filled with what is lacking for the same order's earlier dates.
        item = setup.view.item(sku, location)
        if (location, sku) in came and item is not None:
            dates = tuple(sorted(schedule.items()))
            if filling(item, dates, demand.at)[0] < min(came[location, sku].units, sum(schedule.values())):
                found[location, sku] = 0
    return found


def _filled_at(order: om.Order, plan: RoutingPlan) -> Mapping[Place, Mapping[int, int]]:
    """By (location, sku), the units by second of the promises that a plan fills, the earliest first."""
    left = {(entry.location, entry.line_id): entry.quantity for entry in plan.assignments}
    filled = []
    for entry in order.backorders:
        items = []
        for line_id, runs in entry.items:
            units = min(count(runs), left.get((entry.location, line_id), 0))
            if units:
                items.append((line_id, take_lowest(runs, units)))
                left[entry.location, line_id] -= units
        filled.append(om.Backorder(tuple(items), entry.location, entry.promised_for))
    return due_of(order, filled)


def filled_by(
    order: om.Order, plan: RoutingPlan, came: Mapping[Place, Came], setup: Setup, now: datetime
) -> dict[Place, Came]:
    """What of an order's promises a plan fills: what else came for it is promised as it was."""
    used = _used_well(order, plan) if came else {}
    return came_for(order, setup, now, {place: used.get(place, 0) for place in came}) if came else {}


def _used_well(order: om.Order, plan: RoutingPlan) -> dict[Place, int]:
    """By (location, sku), what a plan gives to units that are promised there."""
    used: dict[Place, int] = {}
    for entry in plan.assignments:
        units = min(entry.quantity, count(promised(order, entry.location).get(entry.line_id, ())))
        for sku, each in order.terms.line(entry.line_id).components:
            place = (entry.location, sku)
            used[place] = used.get(place, 0) + units * each
    return used


@attrs.frozen
class OwnPromises:
    """Availability for an order that waits: what came for it is its own, whatever else may be promised."""

    view: Any
    came: Mapping[Place, Came]

    def holds(self, sku: str, location: str, now: datetime) -> int:
        """All that can be claimed there, by whomever."""
        held: int = self.view.holds(sku, location, now)
        return held

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What came for it, and what is free besides: a unit that is both counts once."""
        came = self.came.get((location, sku))
        if came is not None:
            return came.units + max(0, came.after.promisable(now))
        free: int = self.view.promisable(sku, location, now)
        return free

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        """As ``promisable``, where so many of what is free are to stay: what came for it is not held back."""
        came = self.came.get((location, sku))
        if came is not None:
            return came.units + max(0, came.after.promisable(now) - floor)
        return promisable_above(self.view, floor, sku, location, now)


# -- out of which supply ---------------------------------------------------------------------


@attrs.frozen
class _By:
    """What will be there by a second, less what this very command takes of it."""

    view: inv.AvailabilityView
    second: int
    taken: Mapping[Place, int]
    came: Mapping[Place, Came]

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        came = self.came.get((location, sku))
        item = self.view.item(sku, location) if came is None else came.after
        if item is None:
            return 0
        return item.promisable_by(self.second, now) - self.taken.get((location, sku), 0)


def planned_later(
    demand: Demand, left: Mapping[str, int], plan: RoutingPlan, came: Mapping[Place, Came], setup: Setup
) -> Later:
    """What the units that a plan leaves, ``left`` by line, are promised out of; see ``plan_later``."""

    def by(asked: Demand, second: int, taken: Mapping[Place, int]) -> RoutingPlan:
        return setup.routing.plan(asked, setup.network, _By(setup.view, second, taken, came))

    found = plan_later(demand, left, _drawn(demand, plan, came), _dates(demand, left, setup), by)
    return tuple([(later, from_epoch_second(second)) for second, later in found])


def promised_out_of(later: Later) -> Backorders:
    """What is planned for later, as an order's promises: (line id, quantity, location, by when)."""
    return tuple(
        [
            (entry.line_id, entry.quantity, entry.location, moment)
            for plan, moment in later
            for entry in plan.assignments
        ]
    )


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


def _drawn(demand: Demand, plan: RoutingPlan, came: Mapping[Place, Came]) -> dict[Place, int]:
    """What a plan takes of stock that nobody was promised."""
    return {
        place: max(0, units - came[place].units) if place in came else units
        for place, units in _taken_by(demand, plan).items()
    }


def _taken_by(demand: Demand, plan: RoutingPlan) -> dict[Place, int]:
    """What a plan takes, by (location, sku)."""
    components = {line.line_id: line.components for line in demand.lines}
    taken: dict[Place, int] = {}
    for entry in plan.assignments:
        for sku, each in components[entry.line_id]:
            place = (entry.location, sku)
            taken[place] = taken.get(place, 0) + each * entry.quantity
    return taken


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
    return sorted(found)


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


__all__ = [
    "Came",
    "OwnPromises",
    "came_for",
    "filled_by",
    "left_over",
    "misused",
    "planned_later",
    "promised_out_of",
    "told",
    "with_promises",
]
