"""Delivery: by which days what a command asked of a location, put off or sent arrives at the customer's.

Decides it from the services that the manager was given, for each unit that went somewhere: work that was
asked of a location, stock that units wait for, a parcel that left later than it should. The order's facet
says what of that is news. So no command has to know of promises, and none can forget them; without services
there is none. Must not know why anything moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import orders as om
from omcore.engine.setup import Setup
from omcore.kernel import Location, OmcoreError, Place
from omcore.orders import events as ev
from omcore.orders.aggregate import EVOLVE
from omcore.orders.changes import Changes
from omcore.orders.fulfillment.promising import REROUTED, SHIPPED_LATE, SUPPLY, tell
from omcore.orders.fulfillment.shipping import held_in
from omcore.orders.promises import promised_so_far
from omcore.orders.selection import common
from omcore.orders.state import DeliveryPromise, Items
from omcore.promising import ServiceLevel, arrival_with
from omcore.promising.levels import on_its_way
from omcore.shipping import Arrival


@attrs.frozen
class _Carriage:
    """What an order's units travel with: its level of service, its place, and who may ship them."""

    level: ServiceLevel
    place: Place
    setup: Setup

    def location(self, location_id: str) -> Location | None:
        return self.setup.network.by_id.get(location_id)

    def released(self, order: om.Order, items: Items, location_id: str, moment: datetime) -> Arrival | None:
        """When units that are released then arrive; None where nobody can say."""
        location = self.location(location_id)
        if location is None:
            return None
        known = self.setup.catalog.by_sku
        goods = [known.get(order.terms.line(line_id).sku) for line_id, _ in items]
        hazards = frozenset([item.hazard for item in goods if item is not None and item.hazard])
        try:
            return arrival_with(self.level, location, self.place, moment, hazards)
        except OmcoreError:  # a calendar without an end, a zone that is none: no reason not to ship
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


def with_delivery(decision: om.Decision, setup: Setup) -> om.Decision:
    """The decision, with what is promised of the units that it moved.

    What is collected at a store is promised by no day here: it waits there.
    """
    if not setup.levels:
        return decision
    order = decision.order
    level, place = setup.levels.get(order.terms.service), order.terms.destination
    moved = [event for event in decision.events if type(event) in _MOVING]
    if level is None or place is None or order.terms.pickup_at is not None or not moved:
        return decision
    changes = Changes(order, setup.context, order.seen_at, EVOLVE)
    carriage = _Carriage(level, place, setup)
    for event in moved:
        _MOVING[type(event)](changes, event, carriage)
    if not changes.events:
        return decision
    return om.Decision((*decision.events, *changes.events), changes.order)


def _requested(changes: Changes, event: ev.FulfillmentRequested, carriage: _Carriage) -> None:
    """Work that is still asked of the location when all is decided."""
    work = changes.order.progress.work.get(event.fulfillment_id)
    items = () if work is None else common(event.items, work.items)
    if not items:
        return
    found = carriage.released(changes.order, items, event.location, event.at)
    promise = _promise(event.fulfillment_id, event.location, found)
    for part, known in promised_so_far(changes.order, items):
        waited = known is not None and not known.arrival.fulfillment_id and known.arrival.location
        tell(changes, part, promise, SUPPLY if waited else REROUTED)


def _backordered(changes: Changes, event: ev.UnitsBackordered, carriage: _Carriage) -> None:
    """Units that wait for that stock when all is decided."""
    supply = (event.location, event.promised_for)
    for entry in changes.order.backorders:
        if (entry.location, entry.promised_for) != supply:
            continue
        if items := common(event.items, entry.items):
            found = None
            if event.promised_for is not None:
                released = max(event.at, event.promised_for)
                found = carriage.released(changes.order, items, event.location, released)
            tell(changes, items, _promise("", event.location, found), SUPPLY)


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
}

__all__ = ["with_delivery"]
