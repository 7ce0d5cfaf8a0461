"""Routing an order: from open units to a plan, and from the plan to an allocation.

Decides how the demand is made of an order, how an order's own reservation is taken over (S5), and
what happens when the view was stale: the stock item refuses, the view is corrected, and the order
is planned again. Must not know how a strategy chooses. The dry run is the same function (R4).
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from functools import partial
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore import routing as rt
from omcore.engine.claims import confirm, live_claims, load_reservation, take_over
from omcore.engine.commands import RouteOrder
from omcore.engine.delivery import carried_by
from omcore.engine.promises import (
    Backorders,
    Later,
    OwnPromises,
    came_for,
    filled_by,
    left_over,
    misused,
    planned_later,
    promised_out_of,
    told,
)
from omcore.engine.proposal import Proposal
from omcore.engine.requests import Load
from omcore.engine.reserved import planned, told_of_expiry
from omcore.engine.setup import Setup
from omcore.engine.streams import decide_order
from omcore.kernel import InvalidTimestamp, Item, Money, Place, UnknownId, checked_instant, effective_now
from omcore.kernel.runs import count
from omcore.orders import units as un
from omcore.orders.backorders import BACKORDER, CANCEL, HOLD, LEAVE_OPEN
from omcore.orders.entitlements import worth
from omcore.orders.fulfillment.fulfilling import may_come_from_elsewhere, refuse_unroutable
from omcore.orders.state import Items, OrderLine
from omcore.routing import CAPACITY, NO_SIZE, PARK, Demand, DemandLine, RoutingPlan

MAX_REPLANS = 8

# What ordered rules say of the units that stay, as the order understands it.
_VERDICTS = {PARK: HOLD, rt.CANCEL: CANCEL, rt.BACKORDER: BACKORDER}

Steps = Generator[Any, Any, Any]


def demand_of(
    order: om.Order, setup: Setup, now: datetime, *, to_store: bool = False, only: Items | None = None
) -> Demand:
    """The order's open units as routing sees them: what they are worth together, no price, no person.

    ``value`` is what the customer pays for just these units, without charges. ``to_store``: what is
    collected at a store is sent there from wherever it is. ``only``: just these units, whatever state they
    are in.
    """
    terms = order.terms
    known = setup.catalog.by_sku
    lines = []
    value = 0
    chosen = None if only is None else dict(only)
    for line, units in zip(terms.lines, order.progress.units, strict=True):
        runs = un.in_state(units, un.OPEN) if chosen is None else chosen.get(line.id, ())
        if runs:
            item = known.get(line.sku)
            goods = _goods(Item(line.sku) if item is None else item, line)
            lines.append(DemandLine(line.id, line.sku, count(runs), line.components, *goods))
            net, tax, _, _ = worth(line.entitlements, runs)
            value += net + tax
    return Demand(
        terms.order_id,
        tuple(lines),
        _store(setup, terms.pickup_at) if to_store else terms.destination,
        terms.service,
        terms.ship_complete,
        None if to_store else terms.pickup_at,
        order.progress.excluded,
        now,
        terms.priority,
        terms.deliver_by,
        Money(value, terms.currency),
    )


def _goods(item: Item, line: OrderLine) -> tuple[Any, ...]:
    """What carriage must know of a line's things, in the order of ``DemandLine``'s fields."""
    size = (item.length_mm, item.width_mm, item.height_mm)
    known = size if any(size) else NO_SIZE
    return item.weight_g, item.requires, item.ships_alone, line.measure.per, known, item.hazard, line.group


def _store(setup: Setup, location_id: str | None) -> Place | None:
    """Where a store is, as a place that something can be sent to; None where the network has it not."""
    for location in setup.network.locations:
        if location.id == location_id:
            return Place(location.country, point=location.point)
    return None


@attrs.frozen
class Planned:
    """A plan, what the units that it leaves are promised out of, and what becomes of the others (S4).

    ``later``: the plans behind these promises.
    """

    plan: RoutingPlan
    backorders: Backorders
    unplaced: str
    later: Later = ()


def plan_for(order: om.Order, setup: Setup, reservation: Any, now: datetime) -> Planned:
    """The one planning function, live and dry (R4); ``reservation`` is the order's, or None.

    What is collected at a store is of its own stock; only what it lacks, if the order asks for it, is sent
    there from elsewhere (R3).
    """
    own = live_claims(reservation, now)
    most: dict[tuple[str, str], int] = {}
    while True:
        came = came_for(order, setup, now, most)
        view = OwnPromises(setup.view, came) if came else setup.view
        demand = demand_of(order, setup, now)
        plan = planned(demand, setup, own, view)
        if plan.remainder and order.terms.pickup_at and may_come_from_elsewhere(order, setup.context):
            demand = demand_of(order, setup, now, to_store=True)
            plan = planned(demand, setup, own, view, order.terms.pickup_at)
        over = misused(order, demand, plan, came, own, setup)
        if not over:
            break
        # Once more without: what was limited before is not shown at all, so that it ends soon.
        most.update({place: 0 if place in most else units for place, units in over.items()})
    if not plan.remainder:
        return Planned(plan, (), LEAVE_OPEN)
    unplaced = unplaced_by(plan, om.unplaced_of(order, setup.policies))
    later: Later = ()
    if unplaced == BACKORDER:
        filled = filled_by(order, plan, came, setup, now)
        later = planned_later(demand, left_over(order, plan), plan, filled, setup)
    entries = promised_out_of(later)
    plan = told_of_expiry(told(plan, order, entries), demand, reservation, now)
    return Planned(plan, entries, unplaced, later)


def unplaced_by(plan: RoutingPlan, policy: str) -> str:
    """What becomes of the units that a plan leaves: what the plan itself says of them, where it does, else as
    the policy has it; but nothing is cancelled because a location is full for today.
    """
    for rest in plan.remainder:
        if rest.reason in _VERDICTS:
            return _VERDICTS[rest.reason]
    if policy == CANCEL and any(rest.reason == CAPACITY for rest in plan.remainder):
        return LEAVE_OPEN
    return policy


def load_routable(order_id: str, at: datetime, setup: Setup, proposal: Proposal) -> Steps:
    """The order as it is by now (S6) and its live reservation; ``proposal.state`` is what is recorded.

    Refuses what cannot be routed: see ``AllocateUnits``.
    """
    stream = f"order/{order_id}"
    proposal.subject = stream
    loaded = yield Load((stream,))
    proposal.reads[stream] = loaded[stream].version
    order: om.Order | None = loaded[stream].state
    if order is None:
        raise UnknownId("order_id", kind="order", id=order_id)
    proposal.state = order
    proposal.now = effective_now(checked_instant(at), order.seen_at)
    order = om.as_of(order, setup.context, proposal.now)
    refuse_unroutable(order, setup.context)
    reservation = None
    if order.terms.reservation:
        reservation = yield from load_reservation(order.terms.reservation, proposal)
        if reservation is not None:
            proposal.now = effective_now(proposal.now, reservation.seen_at)
    return order, reservation


def route_order(command: RouteOrder, setup: Setup, proposal: Proposal) -> Steps:
    """Plan and allocate; a stock item that refuses corrects the view, and the plan is made again."""
    order, reservation = yield from load_routable(command.order_id, command.at, setup, proposal)
    recorded = proposal.state
    reads = dict(proposal.reads)
    for attempt in range(MAX_REPLANS + 1):
        # Nothing stays of an attempt that was refused half-way, whatever this one comes to (C3).
        proposal.reads = dict(reads)
        proposal.writes = []
        now = proposal.now
        own = live_claims(reservation, now)
        found = plan_for(order, setup, reservation, now)
        plan = found.plan
        proposal.result = plan
        proposal.carried = carried_by(((plan, None), *found.later))
        if not plan.assignments and found.unplaced == LEAVE_OPEN:
            return
        assignments = tuple((entry.line_id, entry.location, entry.quantity) for entry in plan.assignments)
        allocate = om.AllocateUnits(
            order.id,
            assignments,
            found.backorders,
            found.unplaced,
            key=command.key,
            at=command.at,
            by=command.by,
            reason=command.reason,
        )
        try:
            if not own or not assignments:
                yield from decide_order(allocate, recorded, setup, proposal)
                return
            second = inv.reservation_second(reservation)
            yield from decide_order(
                allocate, recorded, setup, proposal, partial(take_over, own=own, second=second)
            )
            if live_claims(reservation, proposal.now):
                confirm(reservation, order.id, proposal)
                return
            # A stock item has seen a later moment, and by then the claim had expired: what is
            # left is claimed like anybody else's, if it is still there (S5).
        except inv.InsufficientStock:
            if attempt == MAX_REPLANS:
                raise
            yield from _correct(found, order, setup)
        except InvalidTimestamp:
            # A stock item has seen a later moment, and by then a date that was promised had passed.
            if attempt == MAX_REPLANS or proposal.now == now:
                raise


def _correct(found: Planned, order: om.Order, setup: Setup) -> Steps:
    """Put the truth about every stock item of a plan into the view."""
    asked = [(entry.line_id, entry.location) for entry in found.plan.assignments]
    asked += [(line_id, location) for line_id, _, location, _ in found.backorders]
    built = setup.catalog.built_ahead
    names: set[str] = set()
    for line_id, location in asked:
        line = order.terms.line(line_id)
        finished = (line.sku,) if line.sku in built else ()
        names.update(inv.stock_stream(location, sku) for sku in finished)
        names.update(inv.stock_stream(location, sku) for sku, _ in line.components)
    streams = sorted(names)
    loaded = yield Load(tuple(streams))
    for stream in streams:
        if loaded[stream].state is not None:
            setup.view.put(loaded[stream].state, loaded[stream].version)


__all__ = ["MAX_REPLANS", "demand_of", "load_routable", "plan_for", "route_order"]
