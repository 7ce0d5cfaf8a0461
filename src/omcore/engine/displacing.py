"""Displacing: an order takes what is allocated to orders of lower priority.

Decides which claims give way: those that routing wants once it may, of the last in line first, none that a
location has begun, and no more than is lacking. Must not know how a plan is found, or what is done for who
gave way: the dispatcher routes them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.claim_holders import DISPLACED, allocated_to, claims_on, holders_of, part_of
from omcore.engine.claims import live_claims
from omcore.engine.commands import DisplaceClaims
from omcore.engine.delivery import carried_by
from omcore.engine.proposal import Proposal
from omcore.engine.requests import Load
from omcore.engine.routes import demand_of, load_routable
from omcore.engine.setup import Setup
from omcore.engine.streams import Steps, decide_together
from omcore.engine.waiting_book import Place
from omcore.kernel import Command, Conflict
from omcore.orders.selection import everything
from omcore.orders.state import Order
from omcore.orders.units import OPEN
from omcore.routing import RoutingPlan


@attrs.frozen
class _WithClaims:
    """What is free, and what others would have to give."""

    view: inv.AvailabilityView
    more: Mapping[Place, int]

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        free = self.view.promisable(sku, location, now)
        return max(free, 0) + self.more.get((location, sku), 0)


def displace_claims(command: DisplaceClaims, setup: Setup, proposal: Proposal) -> Steps:
    """As routing, with what orders of lower priority hold; see ``DisplaceClaims``.

    Precedence: as ``RouteOrder``, then reservation_live: what an order has reserved is routed first.
    """
    order, reservation = yield from load_routable(command.order_id, command.at, setup, proposal)
    recorded = proposal.state
    if live_claims(reservation, proposal.now):
        raise inv.ReservationLive("order_id")
    others = yield from _lower(order, setup)
    plan = setup.routing.plan(
        demand_of(order, setup, proposal.now), setup.network, _WithClaims(setup.view, _claims(others))
    )
    proposal.result = plan
    proposal.carried = carried_by(((plan, None),))
    if not plan.assignments:
        return
    common: dict[str, Any] = {"key": command.key, "at": command.at, "by": command.by}
    common["reason"] = command.reason
    commands, taken_from = _called_back(order, plan, others, setup, proposal.now, common)
    yield from _read(taken_from, proposal)
    assignments = tuple((entry.line_id, entry.location, entry.quantity) for entry in plan.assignments)
    commands.append(om.AllocateUnits(order.id, assignments, **common))
    orders = {**taken_from, order.id: recorded}
    after = yield from decide_together(commands, orders, setup, proposal)
    proposal.state = after[order.id]


def _lower(order: Order, setup: Setup) -> Steps:
    """By (location, SKU), the orders of lower priority whose claims may be taken, the last in line first."""
    skus = {sku for line_id, _ in everything(order, OPEN) for sku, _ in order.terms.line(line_id).components}
    first = om.rank_of(order, setup.policies)[0]
    found: dict[Place, list[Order]] = {}
    for sku in sorted(skus):
        for location in setup.view.locations(sku):
            if location not in setup.network or location in order.progress.excluded:
                continue
            loaded, holders = yield from holders_of(sku, location)
            if loaded.state is not None:
                setup.view.put(loaded.state, loaded.version)
            lower = [other for other in holders if om.rank_of(other, setup.policies)[0] > first]
            lower.sort(key=lambda other: om.rank_of(other, setup.policies), reverse=True)
            if lower:
                found[location, sku] = lower
    return found


def _claims(others: Mapping[Place, list[Order]]) -> dict[Place, int]:
    """By (location, SKU), the units that may be taken."""
    return {
        (location, sku): sum(
            allocated_to(other, sku, location)[work.id]
            for other in holders
            for work in claims_on(other, sku, location)
        )
        for (location, sku), holders in others.items()
    }


def _called_back(
    order: Order,
    plan: RoutingPlan,
    others: Mapping[Place, list[Order]],
    setup: Setup,
    now: datetime,
    common: Mapping[str, Any],
) -> tuple[list[Command], dict[str, Order]]:
    """Work that is called back until enough is free, and the orders that it is called back of.

    Units of a kit free all that they are made of: what one SKU's lack has freed is there for the others.
    """
    commands: list[Command] = []
    known: dict[str, Order] = {}
    left: dict[str, Order] = {}
    for (location, sku), wanted in sorted(_drawn(order, plan).items()):
        for other in others.get((location, sku), ()):
            known.setdefault(other.id, other)
            for work in claims_on(left.get(other.id, other), sku, location):
                freed = sum(
                    allocated(known[name], sku, location) - allocated(after, sku, location)
                    for name, after in left.items()
                )
                short = wanted - max(setup.view.promisable(sku, location, now), 0) - freed
                if short <= 0:
                    break
                before = left.get(other.id, other)
                items, _ = part_of(before, work, sku, short)
                command = om.CancelFulfillment(other.id, work.id, DISPLACED, items, **common)
                left[other.id] = om.decide(before, command, setup.context, now).order
                commands.append(command)
    return commands, {name: known[name] for name in left}


def allocated(order: Order, sku: str, location: str) -> int:
    """How many of a SKU a location's work for an order takes."""
    return sum(allocated_to(order, sku, location).values())


def _drawn(order: Order, plan: RoutingPlan) -> dict[Place, int]:
    drawn: dict[Place, int] = {}
    for entry in plan.assignments:
        for sku, each in order.terms.line(entry.line_id).components:
            place = (entry.location, sku)
            drawn[place] = drawn.get(place, 0) + each * entry.quantity
    return drawn


def _read(orders: Mapping[str, Order], proposal: Proposal) -> Steps:
    """The versions of the others; one that moved since it was looked at makes it all begin anew."""
    loaded = yield Load(tuple(sorted(f"order/{name}" for name in orders)))
    for name, order in orders.items():
        stream = f"order/{name}"
        if loaded[stream].state != order:
            raise Conflict("reads", stream=stream)
        proposal.reads[stream] = loaded[stream].version


__all__ = ["displace_claims"]
