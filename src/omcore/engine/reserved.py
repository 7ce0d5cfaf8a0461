"""Planning for an order that reserved: what is its own ships from where it was reserved (S5, S8).

Decides what a strategy may see of stock when some of it is the order's own already, and what a plan says
of units that had been reserved and were lost in time. Must not know how a strategy chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore.engine.claims import Own
from omcore.engine.kit_demand import with_finished
from omcore.engine.setup import OwnClaims, Setup
from omcore.routing import (
    NO_STOCK,
    RESERVATION_EXPIRED,
    RESERVED_ELSEWHERE,
    Demand,
    DemandLine,
    Remainder,
    RoutingPlan,
)


def planned(demand: Demand, setup: Setup, own: Own, seen_by: Any = None, counter: str = "") -> RoutingPlan:
    """What an order reserved ships from the location that reserved it, and only the rest is chosen (S8).

    Where more units would stay because of that, as after a rejection (R3), another location may ship what
    it reserved. ``seen_by``: what it sees of stock besides; the view where nothing is said. ``counter``: the
    store where it is collected.
    """
    view = setup.view if seen_by is None else seen_by
    if not own:
        demand, there = with_finished(demand, setup, view)
        return setup.routed(demand, there, counter=counter)
    seen, kept = _seen(demand, setup, own, view, counter)
    _, shown = with_finished(demand, setup, OwnClaims(view, seen, kept, own))
    demand, free = with_finished(demand, setup, OwnClaims(view, own))
    plan = setup.routed(demand, shown, own, counter)
    if plan.remainder:
        freely = setup.routed(demand, free, own, counter)
        if freely.unfilled < plan.unfilled:
            return freely
    return _told(plan, demand, free, seen, kept)


def _seen(demand: Demand, setup: Setup, own: Own, view: Any, counter: str) -> tuple[Own, frozenset[str]]:
    """The units of reserved SKUs that the strategy is shown, by (location, sku), and those SKUs.

    Of a SKU that is reserved whole those are its own units. Of another the rest is planned first by itself:
    shown what is its own and what the rest takes, the strategy can do no other than ship both.
    """
    kept = frozenset(sku for _, sku in own)
    left, rest = _beyond(demand, own)
    whole = _reserved_whole(demand, own)
    lines = tuple([line for line in rest if any(sku in kept - whole for sku, _ in line.components)])
    if not lines:
        return own, kept
    beside, there = with_finished(attrs.evolve(demand, lines=lines), setup, OwnClaims(view, left))
    plan = setup.routed(beside, there, own, counter)
    components = {line.line_id: line.components for line in lines}
    seen = dict(own)
    taken: dict[tuple[str, str], int] = {}
    for entry in plan.assignments:
        for sku, each in components[entry.line_id]:
            key = (entry.location, sku)
            if sku in kept - whole:
                taken[key] = taken.get(key, 0) + each * entry.quantity
    for key, units in taken.items():
        # The rest was shown what is left of its own, and may have taken that: it counts once.
        seen[key] = own.get(key, 0) + max(0, units - left.get(key, 0))
    return seen, kept


def _beyond(demand: Demand, own: Own) -> tuple[Own, list[DemandLine]]:
    """What of its own the order has no use for, and what of the demand it has not reserved.

    A kit ships whole from one location, so it is covered where all of its components are.
    """
    left = dict(own)
    rest = []
    for line in demand.lines:
        wanted = line.quantity
        for location in sorted({location for location, _ in own}):
            units = min(wanted, *[left.get((location, sku), 0) // each for sku, each in line.components])
            wanted -= units
            for sku, each in line.components:
                if units:
                    left[location, sku] -= each * units
        if wanted:
            rest.append(attrs.evolve(line, quantity=wanted))
    return left, rest


def _reserved_whole(demand: Demand, own: Own) -> frozenset[str]:
    """The SKUs of which an order has reserved all that it needs, wherever that is."""
    left: dict[str, int] = {}
    for (_, sku), held in own.items():
        left[sku] = left.get(sku, 0) + held
    for line in demand.lines:
        for sku, each in line.components:
            left[sku] = left.get(sku, 0) - each * line.quantity
    return frozenset(sku for _, sku in own if left[sku] >= 0)


def _told(plan: RoutingPlan, demand: Demand, free: Any, seen: Own, kept: frozenset[str]) -> RoutingPlan:
    """The plan, with the true reason why a location that has stock was no candidate (R2)."""
    explanation = plan.explanation
    problem = explanation.problem
    components = {line.sku: line.components for line in demand.lines}
    barred = [
        (item, j, RESERVED_ELSEWHERE)
        for item, label in enumerate(problem.labels)
        for j, location in enumerate(problem.locations)
        if any(sku in kept and not seen.get((location, sku)) for sku, _ in components[label])
        and all(free.promisable(sku, location, demand.at) >= each for sku, each in components[label])
    ]
    known = {entry[:2] for entry in problem.barred}
    more = tuple([entry for entry in barred if entry[:2] not in known])
    if not more:
        return plan
    problem = attrs.evolve(problem, barred=problem.barred + more)
    return attrs.evolve(plan, explanation=attrs.evolve(explanation, problem=problem))


def told_of_expiry(plan: RoutingPlan, demand: Demand, reservation: Any, now: datetime) -> RoutingPlan:
    """The plan, with the true reason why units stay that were the order's own until they expired (S5)."""
    if not plan.remainder or reservation is None or reservation.outcome_at(now) != inv.EXPIRED:
        return plan
    held = {item.sku for item in reservation.items}
    components: Mapping[str, Any] = {line.line_id: line.components for line in demand.lines}
    remainder = tuple(
        [
            Remainder(rest.line_id, rest.quantity, RESERVATION_EXPIRED)
            if rest.reason == NO_STOCK and any(sku in held for sku, _ in components[rest.line_id])
            else rest
            for rest in plan.remainder
        ]
    )
    return attrs.evolve(plan, remainder=remainder)


__all__ = ["planned", "told_of_expiry"]
