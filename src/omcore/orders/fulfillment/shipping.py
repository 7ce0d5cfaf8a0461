"""Shipping: what leaves a location, arrives, or is lost on the way.

Decides shipments: which units go (M7), what is earned when they do (M8), and what becomes of a
parcel that does not arrive. Must not know stock: the engine turns these events into movements.
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
    UnknownId,
    changed,
    checked_id,
    checked_text,
    record,
)
from omcore.lifecycle import SHIPMENT
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, refuse_if_held
from omcore.orders.draft import CHANNEL
from omcore.orders.entitlements import Worth
from omcore.orders.fulfillment.fulfilling import (
    FO_SHIPPED,
    PARTIALLY_SHIPPED,
    NothingToDo,
    ShipCompleteBroken,
    checked_ids,
    refuse_elsewhere,
    refuse_if_arrived,
    step,
    without_arrived,
    work_of,
)
from omcore.orders.payments.ledger import earn
from omcore.orders.selection import (
    Wanted,
    checked_wanted,
    common,
    everything,
    known_lines,
    line_units,
    relocated,
    select,
    select_from,
    size,
    subtract,
)
from omcore.orders.standing.cancel_requests import refuse_if_asked_to_cancel
from omcore.orders.state import SHIPPING, FulfillmentOrder, Items, Order, Progress, Shipment, Tally
from omcore.orders.units import Units

IN_TRANSIT = "in_transit"
DELIVERED = "delivered"
LOST = "lost"
RETURNED_TO_SENDER = "returned_to_sender"
ARRIVED = "arrived"

# A late fact: goods arrived that had been written off.
TURNED_UP = "turned_up"

# How goods come back.
SELLABLE = "sellable"
DAMAGED = "damaged"
QUARANTINED = "quarantined"
CONDITIONS = (SELLABLE, DAMAGED, QUARANTINED)


class PickupWindowExpired(Refusal):
    """What was to be collected was not, in time: it is on the shelf again. Fields: id."""

    code = "pickup_window_expired"


@record
class ShipUnits(Command):
    """Units leave a location; without ``items`` everything that its fulfillment order still has."""

    order_id: str
    fulfillment_id: str
    items: Wanted = ()
    tracking: tuple[str, str] = attrs.field(default=("", ""), repr=False)

    def _check(self) -> None:
        checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_wanted(self.items)
        if type(self.tracking) is not tuple or len(self.tracking) != 2:
            raise InvalidType("tracking", expected="(carrier, number)")
        checked_text(self.tracking[0], "tracking[0]", high=100)
        checked_text(self.tracking[1], "tracking[1]", high=100)


@record
class CollectUnits(Command):
    """The customer collects a pickup order, or a part of it: units leave and arrive at once."""

    order_id: str
    fulfillment_id: str
    items: Wanted = ()

    def _check(self) -> None:
        checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_wanted(self.items)


@record
class AdvanceShipment(Command):
    """News of a shipment: ``event`` of the shipment chart that does not deliver it."""

    order_id: str
    shipment_id: str
    event: str

    def _check(self) -> None:
        checked_ids(self.order_id, self.shipment_id, "shipment_id")
        checked_id(self.event, "event")


@record
class ReopenShipment(Command):
    """The units of a shipment that was lost, or sent back, are open again.

    They can be routed anew, or cancelled and refunded. ``location`` is where the goods came back to,
    and ``condition`` how (sellable, damaged, quarantined); empty where they did not.
    """

    order_id: str
    shipment_id: str
    location: str = ""
    condition: str = "sellable"

    def _check(self) -> None:
        checked_ids(self.order_id, self.shipment_id, "shipment_id")
        if type(self.location) is not str or self.location:
            checked_id(self.location, "location")
        if type(self.condition) is not str or self.condition not in CONDITIONS:
            raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))


@record
class RecordDelivery(Command):
    """A shipment arrived."""

    order_id: str
    shipment_id: str

    def _check(self) -> None:
        checked_ids(self.order_id, self.shipment_id, "shipment_id")


@record
class RecordChannelShipment(Command):
    """The channel shipped units from its own stock (S12); without ``items`` all that it has."""

    order_id: str
    items: Wanted = ()

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_wanted(self.items)


# -- deciding --------------------------------------------------------------------------------


def ship(changes: Changes, command: ShipUnits) -> None:
    """Precedence: unknown_id, illegal_transition, order_on_hold, cancel_request_pending,
    ship_complete_broken, units_not_available, illegal_transition (status).
    """
    work = _leaving(changes, command, "ship")
    refuse_if_arrived(work, "ship")
    if changes.order.terms.ship_complete and changes.order.progress.tally.open:
        # After a short pick or a rejection: what is left waits until all of it is allocated again.
        raise ShipCompleteBroken("order_id")
    items = select_from(changes.order, work.items, command.items) if command.items else work.items
    _dispatch(changes, work, items, command.tracking)


def collect(changes: Changes, command: CollectUnits) -> None:
    """As shipping, but the units are with the customer at once.

    What came to the store from elsewhere has shipped before: it only changes hands.

    Precedence: unknown_id, pickup_window_expired, illegal_transition, order_on_hold,
    cancel_request_pending, units_not_available, illegal_transition (status).
    """
    work = _leaving(changes, command, "collect")
    items = select_from(changes.order, work.items, command.items) if command.items else work.items
    status = step(work, "collect", complete=not subtract(work.items, items))
    if work.arrived:
        shipment_id = _next_shipment(changes)
        changes.emit(ev.UnitsCollected(changes.at, shipment_id, work.id, work.location, items))
        changes.emit(ev.FulfillmentAdvanced(changes.at, work.id, work.location, status))
        return
    shipment_id = _dispatch(changes, work, items, ("", ""))
    changes.emit(ev.FulfillmentAdvanced(changes.at, work.id, work.location, status))
    changes.emit(ev.UnitsDelivered(changes.at, shipment_id, items))


def _leaving(changes: Changes, command: ShipUnits | CollectUnits, event: str) -> FulfillmentOrder:
    """The work that units are to leave, if they may at all."""
    work = work_of(changes, command.fulfillment_id)
    known_lines(changes.order, command.items)
    if event == "collect" and work.expired:
        raise PickupWindowExpired("fulfillment_id", id=work.id)
    step(work, event, complete=True)
    if event == "collect":
        refuse_elsewhere(changes.order, work, event)
    refuse_if_held(changes.order, SHIPPING)
    refuse_if_asked_to_cancel(changes.order, changes.context, command.items or work.items)
    return work


def _next_shipment(changes: Changes) -> str:
    return f"{changes.order.terms.order_id}-S{changes.order.progress.numbered + 1}"


def _dispatch(changes: Changes, work: FulfillmentOrder, items: Items, tracking: tuple[str, str]) -> str:
    shipment_id = _next_shipment(changes)
    store = changes.order.terms.pickup_at
    net, tax, remitted, funded = changes.order.worth(items, charges=not changes.order.progress.charged)
    changes.emit(
        ev.UnitsShipped(
            changes.at,
            shipment_id,
            work.id,
            work.location,
            items,
            tracking,
            net,
            tax,
            remitted,
            funded,
            not changes.order.progress.charged,
            "" if store is None or store == work.location else store,
        )
    )
    return shipment_id


def advance_shipment(changes: Changes, command: AdvanceShipment) -> None:
    """Only what the chart has; ``deliver`` and ``arrive`` have a command of their own.

    Precedence: unknown_id, illegal_transition.
    """
    shipment = _shipment(changes, command.shipment_id)
    status = (
        None if command.event in ("deliver", "arrive") else SHIPMENT.step(shipment.status, command.event, {})
    )
    if status is None:
        raise IllegalTransition("event", chart="shipment", state=shipment.status, event=command.event)
    changes.emit(ev.ShipmentAdvanced(changes.at, shipment.id, status))


def deliver(changes: Changes, command: RecordDelivery) -> None:
    """Every unit of the shipment that is on its way is with the customer, or at the store of a pickup.

    That others arrive, which were refunded or replaced meanwhile, is a late fact: a task for a person.
    Precedence: unknown_id, illegal_transition.
    """
    shipment = _shipment(changes, command.shipment_id)
    items = held_in(changes.order, shipment)
    arrives = SHIPMENT.step(shipment.status, "deliver", {}) == DELIVERED
    ended = shipment.status in (DELIVERED, ARRIVED)
    late = not ended and items != shipment.items and _written_off(changes.order, shipment)
    if not arrives and not late:
        raise IllegalTransition("shipment_id", chart="shipment", state=shipment.status, event="deliver")
    if late and (TURNED_UP, shipment.id, "") not in changes.order.standing.noted:
        changes.emit(ev.LateFactNoted(changes.at, TURNED_UP, shipment.id))
    if arrives and items and shipment.to:
        fulfillment_id = f"{changes.order.terms.order_id}-F{changes.order.progress.numbered + 1}"
        changes.emit(ev.UnitsArrived(changes.at, shipment.id, fulfillment_id, shipment.to, items))
    elif arrives and items:
        changes.emit(ev.UnitsDelivered(changes.at, shipment.id, items))
    elif arrives:
        changes.emit(ev.ShipmentAdvanced(changes.at, shipment.id, DELIVERED))


def reopen(changes: Changes, command: ReopenShipment) -> None:
    """Precedence: unknown_id, illegal_transition, nothing_to_do.

    What the channel fulfills goes back to the channel; what it sent never was in our stock (S12).
    """
    shipment = _shipment(changes, command.shipment_id)
    if shipment.status not in (LOST, RETURNED_TO_SENDER):
        raise IllegalTransition("shipment_id", chart="shipment", state=shipment.status, event="reopen")
    order = changes.order
    held = held_in(order, shipment)
    if not held:
        raise NothingToDo("shipment_id", state=un.SHIPPED)
    for ours in (True, False):
        items = tuple(item for item in held if (order.terms.line(item[0]).fulfilled_by != CHANNEL) is ours)
        if items:
            reopen_units(changes, shipment.id, command.location, items, command.condition, ours)


def reopen_units(
    changes: Changes, shipment_id: str, location: str, items: Items, condition: str, ours: bool
) -> None:
    """Units that left wait again, and are not earned any more; what came back enters stock."""
    order = changes.order
    tally = order.progress.tally
    # Charges go with the first shipment (M8): where nothing else went, none has gone.
    with_charges = tally.shipped + tally.delivered + tally.returned == size(items)
    net, tax, remitted, funded = order.worth(items, charges=with_charges)
    changes.emit(
        ev.UnitsReopened(
            changes.at,
            shipment_id,
            location,
            items,
            condition,
            net,
            tax,
            remitted,
            funded,
            with_charges,
            ours and location != "",
        )
    )


def channel_shipped(changes: Changes, command: RecordChannelShipment) -> None:
    """What the channel fulfills itself left its stock.

    Precedence: unknown_id, units_not_available, nothing_to_do.
    """
    order = changes.order
    known_lines(order, command.items)
    if command.items:
        items = select(order, command.items, (un.CHANNEL,))
    else:
        items = everything(order, un.CHANNEL)
    if not items:
        raise NothingToDo("items", state=un.CHANNEL)
    ship_elsewhere(changes, items)


def ship_elsewhere(changes: Changes, items: Items) -> None:
    """Units left from stock that is not kept here."""
    order = changes.order
    shipment_id = f"{order.terms.order_id}-S{order.progress.numbered + 1}"
    net, tax, remitted, funded = order.worth(items, charges=not order.progress.charged)
    changes.emit(
        ev.ChannelShipped(
            changes.at, shipment_id, items, net, tax, remitted, funded, not order.progress.charged
        )
    )


def held_in(order: Order, shipment: Shipment) -> Items:
    """The units of a shipment that are still on their way."""
    held = []
    for line_id, sent in shipment.items:
        units = line_units(order, line_id)
        if len(units) > 1:
            begin, end = un.around(units, sent)
            units = units[begin:end]
        runs = un.held_by(units, un.SHIPPED, shipment.id)
        if runs:
            held.append((line_id, runs))
    return tuple(held)


def _written_off(order: Order, shipment: Shipment) -> bool:
    """Whether units of it were given up, as lost or for others in their place."""
    gone = [
        (line_id, un.in_state(line_units(order, line_id), un.LOST, un.REPLACED))
        for line_id, _ in shipment.items
    ]
    return bool(common(shipment.items, tuple(gone)))


def _shipment(changes: Changes, shipment_id: str) -> Shipment:
    shipment = changes.order.progress.shipments.get(shipment_id)
    if shipment is None:
        raise UnknownId("shipment_id", kind="shipment", id=shipment_id)
    return shipment


# -- folding ---------------------------------------------------------------------------------


def evolve_shipped(order: Order, event: ev.UnitsShipped) -> Order:
    """The units are on their way, and earned."""
    units, tally = relocated(order, event.items, un.SHIPPED, event.shipment_id)
    progress = order.progress
    old = progress.work[event.fulfillment_id]
    left = subtract(old.items, event.items) if event.items != old.items else ()
    work = FulfillmentOrder(
        old.id,
        old.location,
        left,
        PARTIALLY_SHIPPED if left else FO_SHIPPED,
        old.requested_at,
        old.collect_by,
    )
    shipment = Shipment(
        event.shipment_id,
        old.id,
        event.location,
        event.items,
        IN_TRANSIT,
        event.at,
        None,
        event.tracking,
        event.to,
    )
    return _dispatched(
        order,
        units,
        {**progress.work, work.id: work},
        tally,
        shipment,
        (event.net, event.tax, event.remitted, event.funded),
    )


def evolve_channel_shipped(order: Order, event: ev.ChannelShipped) -> Order:
    """The units are on their way from elsewhere, and earned."""
    units, tally = relocated(order, event.items, un.SHIPPED, event.shipment_id)
    shipment = Shipment(event.shipment_id, "", "", event.items, IN_TRANSIT, event.at)
    return _dispatched(
        order,
        units,
        order.progress.work,
        tally,
        shipment,
        (event.net, event.tax, event.remitted, event.funded),
    )


def _dispatched(
    order: Order,
    units: tuple[Units, ...],
    work: Mapping[str, FulfillmentOrder],
    tally: Tally,
    shipment: Shipment,
    worth: Worth,
) -> Order:
    progress = order.progress
    return Order(
        order.terms,
        Progress(
            units,
            tally,
            work,
            {**progress.shipments, shipment.id: shipment},
            progress.returns,
            progress.excluded,
            True,
            progress.numbered + 1,
            progress.parts,
        ),
        earn(order.payments, *worth),
        order.standing,
        order.amendments,
        order.seen_at,
        order.backorders,
        order.promises,
    )


def evolve_taken(order: Order, event: ev.GoodsTaken) -> Order:
    """The units are with the customer, and earned."""
    units, tally = relocated(order, event.items, un.DELIVERED)
    progress = order.progress
    return Order(
        order.terms,
        Progress(
            units,
            tally,
            progress.work,
            progress.shipments,
            progress.returns,
            progress.excluded,
            True,
            progress.numbered,
            progress.parts,
        ),
        earn(order.payments, event.net, event.tax, event.remitted, event.funded),
        order.standing,
        order.amendments,
        order.seen_at,
        order.backorders,
        order.promises,
    )


def evolve_reopened(order: Order, event: ev.UnitsReopened) -> Order:
    """The units wait again where they began, and are not earned any more."""
    theirs = order.terms.line(event.items[0][0]).fulfilled_by == CHANNEL
    units, tally = relocated(order, event.items, un.CHANNEL if theirs else un.OPEN)
    progress = order.progress
    return Order(
        order.terms,
        Progress(
            units,
            tally,
            without_arrived(progress, event.items),
            progress.shipments,
            progress.returns,
            progress.excluded,
            progress.charged and not event.with_charges,
            progress.numbered,
            progress.parts,
        ),
        earn(order.payments, -event.net, -event.tax, -event.remitted, -event.funded),
        changed(order.standing, waits_since=event.at),
        order.amendments,
        order.seen_at,
        order.backorders,
        order.promises,
    )


def evolve_shipment_advanced(order: Order, event: ev.ShipmentAdvanced) -> Order:
    """The shipment's status."""
    progress = order.progress
    return _with_shipment(order, progress.units, progress.tally, event.shipment_id, event.status, None)


def evolve_delivered(order: Order, event: ev.UnitsDelivered) -> Order:
    """The units are with the customer."""
    units, tally = relocated(order, event.items, un.DELIVERED, event.shipment_id)
    return _with_shipment(order, units, tally, event.shipment_id, DELIVERED, event.at)


def _with_shipment(
    order: Order,
    units: tuple[Units, ...],
    tally: Tally,
    shipment_id: str,
    status: str,
    delivered_at: datetime | None,
) -> Order:
    progress = order.progress
    old = progress.shipments[shipment_id]
    shipment = Shipment(
        old.id,
        old.fulfillment_id,
        old.location,
        old.items,
        status,
        old.shipped_at,
        delivered_at,
        old.tracking,
        old.to,
    )
    return order.with_progress(
        Progress(
            units,
            tally,
            progress.work,
            {**progress.shipments, shipment_id: shipment},
            progress.returns,
            progress.excluded,
            progress.charged,
            progress.numbered,
            progress.parts,
        )
    )


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    ShipUnits: ship,
    CollectUnits: collect,
    AdvanceShipment: advance_shipment,
    RecordDelivery: deliver,
    ReopenShipment: reopen,
    RecordChannelShipment: channel_shipped,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.GoodsTaken: evolve_taken,
    ev.UnitsShipped: evolve_shipped,
    ev.ShipmentAdvanced: evolve_shipment_advanced,
    ev.UnitsDelivered: evolve_delivered,
    ev.UnitsReopened: evolve_reopened,
    ev.ChannelShipped: evolve_channel_shipped,
}

__all__ = [
    "AdvanceShipment",
    "CollectUnits",
    "PickupWindowExpired",
    "RecordChannelShipment",
    "RecordDelivery",
    "ReopenShipment",
    "ShipUnits",
]
