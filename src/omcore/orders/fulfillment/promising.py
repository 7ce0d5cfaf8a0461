"""Promising: units are promised by a day, and a promise that changes is told, never silently.

Decides what of a promise is news: units that had none, or other work with the same days, are promised; days
that are not those that were told are a change, with why. What a channel promised its customer is a promise
from the beginning. Must not know calendars, carriers or how a day is found: the engine says what a location
can keep, and whoever knows more says it with ``ChangePromise``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    InvalidTimestamp,
    UnknownId,
    checked_day,
    checked_id,
    record,
)
from omcore.orders import events as ev
from omcore.orders.changes import Changes
from omcore.orders.fulfillment.fulfilling import NothingToDo
from omcore.orders.fulfillment.shipping import held_in
from omcore.orders.promises import TO_COME, promised, promised_so_far, to_come
from omcore.orders.selection import everything
from omcore.orders.state import DeliveryPromise, Items, Order

# Why a promise changes.
REROUTED = "rerouted"
SUPPLY = "supply"
SHIPPED_LATE = "shipped_late"
LATE = "late"
DELIVERY_CHANGED = "delivery_changed"
CARRIER = "carrier"


@record
class ChangePromise(Command):
    """Say by which day an order's units arrive: a carrier's word, a channel's, a person's.

    ``deliver_from`` and ``deliver_by`` are days on the customer's calendar, both in; without the first it is
    one day. ``shipment_id`` names the parcel that it is about; empty for all that is still to arrive.
    """

    order_id: str
    deliver_by: date
    deliver_from: date | None = None
    shipment_id: str = ""
    cause: str = attrs.field(default=CARRIER, repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_day(self.deliver_by, "deliver_by")
        if self.deliver_from is not None and checked_day(self.deliver_from, "deliver_from") > self.deliver_by:
            raise InvalidTimestamp("deliver_from", reason="after deliver_by")
        if type(self.shipment_id) is not str or self.shipment_id:
            checked_id(self.shipment_id, "shipment_id")
        checked_id(self.cause, "cause")


# -- deciding --------------------------------------------------------------------------------


def change_promise(changes: Changes, command: ChangePromise) -> None:
    """What is told as it was is no news. Precedence: unknown_id, nothing_to_do."""
    order = changes.order
    if command.shipment_id:
        shipment = order.progress.shipments.get(command.shipment_id)
        if shipment is None:
            raise UnknownId("shipment_id", kind="shipment", id=command.shipment_id)
        items = held_in(order, shipment)
    else:
        items = everything(order, *TO_COME)
    if not items:
        raise NothingToDo("order_id", state="on the way")
    earliest = command.deliver_by if command.deliver_from is None else command.deliver_from
    for part, known in promised_so_far(order, items):
        said = DeliveryPromise() if known is None else known.arrival
        arrival = attrs.evolve(said, earliest=earliest, latest=command.deliver_by)
        tell(changes, part, arrival, command.cause)


def tell(changes: Changes, items: Items, arrival: DeliveryPromise, cause: str) -> None:
    """Promise units these days: a change where they are not those that they were promised.

    What has arrived meanwhile, or never will, is promised nothing.
    """
    order = changes.order
    for part, known in promised_so_far(order, to_come(order, items)):
        if known is None:
            _tell_anew(changes, part, arrival)
        elif (known.arrival.earliest, known.arrival.latest) != (arrival.earliest, arrival.latest):
            before = (known.arrival.earliest, known.arrival.latest, known.told)
            _change(changes, part, arrival, before, cause)
        elif known.arrival != arrival and arrival.latest is not None:
            changes.emit(ev.DeliveryPromised(changes.at, part, *_told(arrival)))


def _tell_anew(changes: Changes, items: Items, arrival: DeliveryPromise) -> None:
    """Units that nobody here has promised: what the channel said of them holds until then."""
    channel = changes.order.terms.deliver_by
    if arrival.latest is None:
        return  # nothing was said here, and nothing can be
    if channel is None or arrival.latest <= channel:
        changes.emit(ev.DeliveryPromised(changes.at, items, *_told(arrival)))
    else:
        _change(changes, items, arrival, (None, channel, channel), LATE)


def _change(
    changes: Changes, items: Items, arrival: DeliveryPromise, before: tuple[Any, ...], cause: str
) -> None:
    fields = (*_told(arrival), *before, cause)
    changes.emit(ev.PromiseChanged(changes.at, items, *fields))


def _told(arrival: DeliveryPromise) -> tuple[Any, ...]:
    """In the order of an event's fields."""
    leaves = (arrival.fulfillment_id, arrival.location, arrival.service, arrival.ship_by)
    return (*leaves, arrival.earliest, arrival.latest)


# -- folding ---------------------------------------------------------------------------------


def evolve_promised(order: Order, event: ev.DeliveryPromised) -> Order:
    """The units are promised these days; what the customer was told before may be a later one."""
    for part, known in promised_so_far(order, event.items):
        told = order.terms.deliver_by if known is None else known.told
        order = promised(order, part, _arrival(event), _later(told, event.latest))
    return order


def evolve_changed(order: Order, event: ev.PromiseChanged) -> Order:
    """The units are promised other days, or none that anybody could name."""
    return promised(order, event.items, _arrival(event), _later(event.told, event.latest))


def _arrival(event: ev.DeliveryPromised | ev.PromiseChanged) -> DeliveryPromise:
    leaves = (event.fulfillment_id, event.location, event.service, event.ship_by)
    return DeliveryPromise(*leaves, event.earliest, event.latest)


def _later(told: date | None, latest: date | None) -> date | None:
    return max((day for day in (told, latest) if day is not None), default=None)


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    ChangePromise: change_promise,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.DeliveryPromised: evolve_promised,
    ev.PromiseChanged: evolve_changed,
}

__all__ = [
    "CARRIER",
    "DELIVERY_CHANGED",
    "LATE",
    "REROUTED",
    "SHIPPED_LATE",
    "SUPPLY",
    "ChangePromise",
    "tell",
]
