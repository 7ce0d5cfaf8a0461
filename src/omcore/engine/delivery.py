"""Delivery: by which days what a command asked of a location, put off or sent arrives at the customer's.

Decides it from the services that the manager was given, for each unit that went somewhere: work that was
asked of a location, stock that units wait for, a parcel that left later than it should. The order's facet
says what of that is news. So no command has to know of promises, and none can forget them; without services
there is none. Must not know why anything moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import orders as om
from omcore.engine.setup import Setup
from omcore.kernel import Location, OmcoreError, Place
from omcore.orders import events as ev
from omcore.orders.aggregate import EVOLVE
from omcore.orders.changes import Changes
from omcore.orders.fulfillment.promising import DELIVERY_CHANGED, REROUTED, SHIPPED_LATE, SUPPLY, tell
from omcore.orders.fulfillment.shipping import held_in
from omcore.orders.promises import promised_so_far
from omcore.orders.selection import common
from omcore.orders.state import DeliveryPromise, Items, Promised
from omcore.promising import ServiceLevel, arrival_with
from omcore.promising.levels import NO_NAMES, on_its_way
from omcore.promising.offers import services_of
from omcore.routing import RoutingPlan
from omcore.shipping import Arrival

# By (location, when it can ship), the services that a plan gives its parcels to.
Carried = Mapping[tuple[str, datetime | None], frozenset[str]]


@attrs.frozen
class _Carriage:
    """What an order's units travel with: its level of service, its place, and who may ship them."""

    level: ServiceLevel
    place: Place
    setup: Setup
    carried: Carried
    cause: str

    def location(self, location_id: str) -> Location | None:
        return self.setup.network.by_id.get(location_id)

    def released(
        self, order: om.Order, items: Items, location_id: str, moment: datetime, named: frozenset[str]
    ) -> Arrival | None:
        """When units that are released then arrive; None where nobody can say."""
        location = self.location(location_id)
        if location is None:
            return None
        known = self.setup.catalog.by_sku
        goods = [known.get(order.terms.line(line_id).sku) for line_id, _ in items]
        hazards = frozenset([item.hazard for item in goods if item is not None and item.hazard])
        for services in (named, NO_NAMES) if named else (NO_NAMES,):
            try:
                return arrival_with(self.level, location, self.place, moment, hazards, services)
            except OmcoreError:  # a calendar without an end, a zone that is none: no reason not to ship
                continue
        return None

    def left(self, location_id: str, moment: datetime, service: str) -> Arrival | None:
        """When what left then arrives; None where nobody can say."""
        location = self.location(location_id)
        if location is None:
            return None
        try:
            return on_its_way(self.level, location, self.place, moment, service)
        except OmcoreError:
            return None


def carried_by(plans: Iterable[tuple[RoutingPlan, datetime | None]]) -> Carried:
    """The services that plans give their parcels to, by (location, when it can ship; None is at once)."""
    return {
        (location, moment): services_of(plan, location)
        for plan, moment in plans
        for location in plan.locations
    }


def with_delivery(decision: om.Decision, setup: Setup, carried: Carried) -> om.Decision:
    """The decision, with what is promised of the units that it moved.

    What is collected at a store is promised by no day here: it waits there. Where an order goes elsewhere,
    or otherwise, what was promised of it is promised anew, or by nobody any more.
    """
    if not setup.levels:
        return decision
    order = decision.order
    level, place = setup.levels.get(order.terms.service), order.terms.destination
    moved = [event for event in decision.events if type(event) in _MOVING]
    if not moved:
        return decision
    changes = Changes(order, setup.context, order.seen_at, EVOLVE)
    if level is not None and place is not None and order.terms.pickup_at is None:
        edited = any(type(event) is ev.DeliveryChanged for event in moved)
        carriage = _Carriage(level, place, setup, carried, DELIVERY_CHANGED if edited else REROUTED)
        for event in moved:
            _MOVING[type(event)](changes, event, carriage)
    elif any(type(event) is ev.DeliveryChanged for event in moved):
        for entry in order.promises:
            tell(changes, entry.items, DeliveryPromise(), DELIVERY_CHANGED)
    if not changes.events:
        return decision
    return om.Decision((*decision.events, *changes.events), changes.order)


def _requested(changes: Changes, event: ev.FulfillmentRequested, carriage: _Carriage) -> None:
    """Work that is still asked of the location when all is decided."""
    work = changes.order.progress.work.get(event.fulfillment_id)
    items = () if work is None else common(event.items, work.items)
    if not items:
        return
    planned = carriage.carried.get((event.location, None), NO_NAMES)
    for part, known in promised_so_far(changes.order, items):
        named = planned or _as_before(known)
        found = carriage.released(changes.order, part, event.location, event.at, named)
        waited = known is not None and not known.arrival.fulfillment_id and known.arrival.location
        promise = _promise(event.fulfillment_id, event.location, found)
        tell(changes, part, promise, SUPPLY if waited else carriage.cause)


def _backordered(changes: Changes, event: ev.UnitsBackordered, carriage: _Carriage) -> None:
    """Units that wait for that stock when all is decided."""
    supply = (event.location, event.promised_for)
    for entry in changes.order.backorders:
        if (entry.location, entry.promised_for) != supply:
            continue
        planned = carriage.carried.get(supply, NO_NAMES)
        for part, known in promised_so_far(changes.order, common(event.items, entry.items)):
            found = None
            if event.promised_for is not None:
                released = max(event.at, event.promised_for)
                named = planned or _as_before(known)
                found = carriage.released(changes.order, part, event.location, released, named)
            tell(changes, part, _promise("", event.location, found), SUPPLY)


def _shipped(changes: Changes, event: ev.UnitsShipped, carriage: _Carriage) -> None:
    """A parcel that left after the moment by which it should: it arrives later, if the calendars say so."""
    shipment = changes.order.progress.shipments.get(event.shipment_id)
    items = () if shipment is None else common(event.items, held_in(changes.order, shipment))
    for part, known in promised_so_far(changes.order, items):
        arrival = None if known is None else known.arrival
        if (
            arrival is None
            or arrival.latest is None
            or arrival.ship_by is None
            or event.at <= arrival.ship_by
        ):
            continue
        found = carriage.left(event.location, event.at, arrival.service)
        if found is not None and found.latest > arrival.latest:
            tell(changes, part, _promise(event.fulfillment_id, event.location, found), SHIPPED_LATE)


def _delivered_otherwise(changes: Changes, event: ev.DeliveryChanged, carriage: _Carriage) -> None:
    """Work that its location has in hand stays there, and leaves when it was to leave, for another place."""
    for work in changes.order.progress.work.values():
        for part, known in promised_so_far(changes.order, work.items):
            if known is None or known.arrival.fulfillment_id != work.id:
                continue
            leaves = known.arrival.ship_by or event.at
            found = carriage.left(work.location, leaves, known.arrival.service)
            tell(changes, part, _promise(work.id, work.location, found), carriage.cause)


def _as_before(known: Promised | None) -> frozenset[str]:
    """Whoever moves units and plans no parcels sends them as they were to be sent."""
    return frozenset({known.arrival.service}) if known is not None and known.arrival.service else NO_NAMES


def _promise(fulfillment_id: str, location: str, found: Arrival | None) -> DeliveryPromise:
    if found is None:
        return DeliveryPromise(fulfillment_id, location)
    return DeliveryPromise(
        fulfillment_id, location, found.service, found.leaves.by, found.earliest, found.latest
    )


_MOVING: Mapping[type, Callable[[Changes, Any, _Carriage], None]] = {
    ev.FulfillmentRequested: _requested,
    ev.UnitsBackordered: _backordered,
    ev.UnitsShipped: _shipped,
    ev.DeliveryChanged: _delivered_otherwise,
}

__all__ = ["carried_by", "with_delivery"]
