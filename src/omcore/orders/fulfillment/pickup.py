"""Pickup: goods that wait at a store, of its own stock or sent there from elsewhere.

Decides until when they wait, and what becomes of what is not collected, or not wanted: it goes back on
the shelf, once, and what was paid for it is given back. The window is elapsed time (C2): seven days are
168 hours, whatever the store's clocks did; at its end it has passed, whether or not anybody looked (S6). Must
not know how goods are handed over (``shipping``), or stock counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    IllegalTransition,
    InvalidType,
    Refusal,
    changed,
    checked_id,
    checked_instant,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.deadlines import Deadline, Deadlines
from omcore.orders.fulfillment.fulfilling import (
    PARTIALLY_SHIPPED,
    REQUESTED,
    work_of,
)
from omcore.orders.fulfillment.shipping import ARRIVED, CONDITIONS, DELIVERED, SELLABLE, reopen_units
from omcore.orders.selection import (
    Wanted,
    checked_wanted,
    common,
    known_lines,
    relocated,
    select_from,
    subtract,
)
from omcore.orders.standing.cancelling import cancel_items
from omcore.orders.state import NO_AMENDMENTS, FulfillmentOrder, Items, Order, Shipment

# Why units were cancelled.
NOT_COLLECTED = "not_collected"
NOT_WANTED = "declined"


class WindowNotLater(Refusal):
    """A pickup window is extended to a later moment than its end, and than now."""

    code = "window_not_later"


class OwnStock(Refusal):
    """What is damaged or missing of a store's own stock is a short pick. Fields: location."""

    code = "own_stock"


def _in_utc(until: Any) -> datetime:
    """Compared and kept in UTC (C2): in a zone, the hour that a clock strikes twice has no order."""
    return checked_instant(until, "until")


@record
class ExtendPickup(Command):
    """Let goods that are ready wait for their customer until later; ``until`` in any zone, kept in UTC."""

    order_id: str
    fulfillment_id: str
    until: datetime = attrs.field(converter=_in_utc)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.fulfillment_id, "fulfillment_id")


@record
class DeclinePickup(Command):
    """The customer does not want goods that wait at a store; without ``items`` all of them.

    ``condition``, of goods that came to the store from elsewhere: as what they enter its stock (sellable,
    damaged, quarantined), or empty where they are not to be found. Of its own stock it is sellable: what is
    damaged or missing there is a short pick.
    """

    order_id: str
    fulfillment_id: str
    items: Wanted = ()
    condition: str = SELLABLE
    cause: str = attrs.field(default=NOT_WANTED, repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.fulfillment_id, "fulfillment_id")
        checked_wanted(self.items)
        if type(self.condition) is not str or self.condition not in (*CONDITIONS, ""):
            raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS) + ", or empty")
        checked_text(self.cause, "cause", high=200)


# -- deciding --------------------------------------------------------------------------------


def extend(changes: Changes, command: ExtendPickup) -> None:
    """Precedence: unknown_id, illegal_transition, window_not_later."""
    work = work_of(changes, command.fulfillment_id)
    if not work.items or work.collect_by is None:
        raise _illegal(work, "extend")
    if command.until <= max(work.collect_by, changes.at):
        raise WindowNotLater("until")
    changes.emit(ev.PickupExtended(changes.at, work.id, work.location, command.until))


def decline(changes: Changes, command: DeclinePickup) -> None:
    """Precedence: unknown_id, illegal_transition, own_stock, units_not_available."""
    work = work_of(changes, command.fulfillment_id)
    known_lines(changes.order, command.items)
    if not work.items or not (work.arrived or work.location == changes.order.terms.pickup_at):
        raise _illegal(work, "decline")
    if not work.arrived and command.condition != SELLABLE:
        raise OwnStock("condition", location=work.location)
    items = select_from(changes.order, work.items, command.items) if command.items else work.items
    changes.emit(ev.PickupDeclined(changes.at, work.id, work.location, items, command.cause))
    _put_back(changes, work, items, command.condition, NOT_WANTED)


def _illegal(work: FulfillmentOrder, event: str) -> IllegalTransition:
    return IllegalTransition("fulfillment_id", chart="fulfillment_order", state=work.status, event=event)


def _put_back(changes: Changes, work: FulfillmentOrder, items: Items, condition: str, cause: str) -> None:
    """On the shelf of the store again, and off the order."""
    if work.arrived:
        location = work.location if condition else ""
        brought = _brought(changes.order, items)
        reopen_units(changes, brought, location, items, condition or SELLABLE, True)
    cancel_items(changes, items, cause)


def _brought(order: Order, items: Items) -> str:
    """The shipment that units came to a store with."""
    for shipment in order.progress.shipments.values():
        if shipment.status == ARRIVED and common(shipment.items, items):
            return shipment.id
    return ""


# -- what is not collected -------------------------------------------------------------------------


def window_ends(order: Order, context: OrderContext) -> datetime | None:
    """When the first of what waits at a store is to have been collected."""
    if order.terms.pickup_at is None and order.amendments is NO_AMENDMENTS:
        return None
    waiting = [work.collect_by for work in order.progress.work.values() if work.items and work.collect_by]
    return min(waiting, default=None)


def expire(changes: Changes) -> None:
    """What is left of the work whose window ended first goes back on the shelf."""
    ends = window_ends(changes.order, changes.context)
    for work in changes.order.progress.work.values():
        if work.items and work.collect_by is not None and work.collect_by == ends:
            changes.emit(ev.PickupExpired(changes.at, work.id, work.location, work.items, work.collect_by))
            _put_back(changes, work, work.items, SELLABLE, NOT_COLLECTED)
            return


# -- folding ---------------------------------------------------------------------------------


def evolve_arrived(order: Order, event: ev.UnitsArrived) -> Order:
    """The store has the units, and is to hand them over."""
    units, tally = relocated(order, event.items, un.ARRIVED, event.fulfillment_id)
    work = FulfillmentOrder(
        event.fulfillment_id, event.location, event.items, REQUESTED, event.at, None, True
    )
    progress = order.progress
    shipment = changed(progress.shipments[event.shipment_id], status=ARRIVED)
    return order.with_progress(
        changed(
            progress,
            units=units,
            tally=tally,
            work={**progress.work, work.id: work},
            shipments={**progress.shipments, shipment.id: shipment},
            numbered=progress.numbered + 1,
        )
    )


def evolve_collected(order: Order, event: ev.UnitsCollected) -> Order:
    """The customer has the units: a shipment of its own, so that a return's window begins here."""
    units, tally = relocated(order, event.items, un.DELIVERED, event.shipment_id)
    progress = order.progress
    old = progress.work[event.fulfillment_id]
    left = subtract(old.items, event.items)
    work = changed(old, items=left, status=PARTIALLY_SHIPPED)
    shipment = Shipment(event.shipment_id, old.id, event.location, event.items, DELIVERED, event.at, event.at)
    return order.with_progress(
        changed(
            progress,
            units=units,
            tally=tally,
            work={**progress.work, work.id: work},
            shipments={**progress.shipments, shipment.id: shipment},
            numbered=progress.numbered + 1,
        )
    )


def evolve_extended(order: Order, event: ev.PickupExtended) -> Order:
    """It waits until later."""
    progress = order.progress
    work = changed(progress.work[event.fulfillment_id], collect_by=event.collect_by)
    return order.with_progress(changed(progress, work={**progress.work, work.id: work}))


def evolve_expired(order: Order, event: ev.PickupExpired) -> Order:
    """Whoever comes too late is told so. What becomes of the units is told by the events that follow."""
    progress = order.progress
    work = changed(progress.work[event.fulfillment_id], expired=True)
    return order.with_progress(changed(progress, work={**progress.work, work.id: work}))


def evolve_nothing(order: Order, event: ev.PickupDeclined) -> Order:
    """What becomes of the units is told by the events that follow."""
    return order


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    ExtendPickup: extend,
    DeclinePickup: decline,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.UnitsArrived: evolve_arrived,
    ev.UnitsCollected: evolve_collected,
    ev.PickupExtended: evolve_extended,
    ev.PickupExpired: evolve_expired,
    ev.PickupDeclined: evolve_nothing,
}

DEADLINES: Deadlines = {"pickup_window": Deadline(window_ends, expire, binding=True)}

__all__ = ["NOT_COLLECTED", "NOT_WANTED", "DeclinePickup", "ExtendPickup", "OwnStock", "WindowNotLater"]
