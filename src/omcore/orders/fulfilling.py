"""Fulfilling: work is asked of locations, ships, and arrives.

Decides fulfillment orders and shipments: who may get units (R3), which units move (M7), what is
earned when they ship (M8). Must not know how a location was chosen, or what its stock is: the
engine turns these events into stock movements and commits both as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from omcore.kernel import (
    MAX_STOCK,
    Command,
    IllegalTransition,
    InvalidType,
    Refusal,
    UnknownId,
    checked_id,
    checked_key,
    checked_limit,
    checked_quantity,
    checked_sku,
    checked_text,
    checked_unique,
    record,
)
from omcore.lifecycle import FULFILLMENT_ORDER, SHIPMENT
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, OrderContext, refuse_if_held, refuse_if_over
from omcore.orders.draft import CHANNEL, MAX_LINES
from omcore.orders.payments import earn
from omcore.orders.selection import (
    UnitsNotAvailable,
    Wanted,
    checked_wanted,
    components,
    everything,
    line_units,
    relocated,
    select,
    select_from,
    size,
    subtract,
)
from omcore.orders.state import FulfillmentOrder, Items, Order, Progress, Shipment, Tally
from omcore.orders.units import Units

REQUESTED = "requested"
REJECTED = "rejected"
FO_CANCELLED = "cancelled"
PARTIALLY_SHIPPED = "partially_shipped"
FO_SHIPPED = "shipped"
IN_TRANSIT = "in_transit"
DELIVERED = "delivered"
LOST = "lost"
RETURNED_TO_SENDER = "returned_to_sender"

# How goods come back.
SELLABLE = "sellable"
DAMAGED = "damaged"
QUARANTINED = "quarantined"
CONDITIONS = (SELLABLE, DAMAGED, QUARANTINED)


class OrderNotValidated(Refusal):
    """The order's validation rules are not content yet."""

    code = "order_not_validated"


class LocationExcluded(Refusal):
    """The location rejected or came up short for this order before (R3). Fields: location."""

    code = "location_excluded"


class PickupElsewhere(Refusal):
    """A pickup order stays at the location that the customer chose (R3). Fields: location."""

    code = "pickup_elsewhere"


class ShipCompleteBroken(Refusal):
    """A ship-complete order is allocated, and ships, as a whole or not at all (R3)."""

    code = "ship_complete_broken"


class NothingToDo(Refusal):
    """No unit is in the state that the command needs. Fields: state."""

    code = "nothing_to_do"


# (line id, location id, quantity)
Assignments = tuple[tuple[str, str, int], ...]


@record
class AllocateUnits(Command):
    """Ask locations for open units: a fulfillment order per location, the lowest ordinals first."""

    order_id: str
    assignments: Assignments

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        if type(self.assignments) is not tuple or not self.assignments:
            raise InvalidType("assignments", expected="tuple of (line id, location, quantity)")
        checked_limit(len(self.assignments), MAX_LINES, "assignments", "assignments")
        for i, entry in enumerate(self.assignments):
            if type(entry) is not tuple or len(entry) != 3:
                raise InvalidType(f"assignments[{i}]", expected="(line id, location, quantity)")
            checked_key(entry[0], f"assignments[{i}].line_id")
            checked_id(entry[1], f"assignments[{i}].location")
            checked_quantity(entry[2], f"assignments[{i}].quantity")


@record
class AdvanceFulfillment(Command):
    """A location goes on with its work: ``event`` of the fulfillment chart (accept, pick, pack, ready)."""

    order_id: str
    fulfillment_id: str
    event: str

    def _check(self) -> None:
        _checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_id(self.event, "event")


@record
class RejectFulfillment(Command):
    """A location will not ship what is left of its work; it is excluded for this order (R3)."""

    order_id: str
    fulfillment_id: str
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        _checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_text(self.cause, "cause", high=200)


@record
class CancelFulfillment(Command):
    """Call work back before it ships; the location may get it again (S7)."""

    order_id: str
    fulfillment_id: str
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        _checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_text(self.cause, "cause", high=200)


@record
class ReportShortPick(Command):
    """Units were not found at a location: stock is lowered, the location excluded (S9).

    ``missing`` names the components of kits that were not found, as (SKU, quantity); without it
    everything that the units are made of is missing.
    """

    order_id: str
    fulfillment_id: str
    items: Wanted
    cause: str = "shrinkage"
    missing: tuple[tuple[str, int], ...] = ()

    def _check(self) -> None:
        _checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_wanted(self.items)
        if not self.items:
            raise InvalidType("items", expected="at least one line")
        checked_id(self.cause, "cause")
        if type(self.missing) is not tuple:
            raise InvalidType("missing", expected="tuple of (sku, quantity)")
        checked_limit(len(self.missing), MAX_LINES, "missing", "SKUs")
        for i, pair in enumerate(self.missing):
            if type(pair) is not tuple or len(pair) != 2:
                raise InvalidType(f"missing[{i}]", expected="(sku, quantity)")
            checked_sku(pair[0], f"missing[{i}].sku")
            checked_quantity(pair[1], f"missing[{i}].quantity", high=MAX_STOCK)
        checked_unique((pair[0] for pair in self.missing), "missing")


@record
class ShipUnits(Command):
    """Units leave a location; without ``items`` everything that its fulfillment order still has."""

    order_id: str
    fulfillment_id: str
    items: Wanted = ()
    tracking: tuple[str, str] = attrs.field(default=("", ""), repr=False)

    def _check(self) -> None:
        _checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
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
        _checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_wanted(self.items)


@record
class AdvanceShipment(Command):
    """News of a shipment: ``event`` of the shipment chart that does not deliver it."""

    order_id: str
    shipment_id: str
    event: str

    def _check(self) -> None:
        _checked_ids(self.order_id, self.shipment_id, "shipment_id")
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
        _checked_ids(self.order_id, self.shipment_id, "shipment_id")
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
        _checked_ids(self.order_id, self.shipment_id, "shipment_id")


@record
class RecordChannelShipment(Command):
    """The channel shipped units from its own stock (S12); without ``items`` all that it has."""

    order_id: str
    items: Wanted = ()

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_wanted(self.items)


def _checked_ids(order_id: object, other: object, path: str) -> None:
    checked_id(order_id, "order_id")
    checked_id(other, path)


# -- deciding --------------------------------------------------------------------------------


def refuse_unroutable(order: Order, context: OrderContext) -> None:
    """Precedence: over, on hold, not validated, no unit open."""
    refuse_if_over(order, context)
    refuse_if_held(order)
    if not order.standing.validated:
        raise OrderNotValidated("order_id")
    if not order.progress.tally.open:
        raise NothingToDo("order_id", state=un.OPEN)


def allocate(changes: Changes, command: AllocateUnits) -> None:
    """Precedence: over, on hold, not validated, excluded, pickup elsewhere, units not open."""
    order = changes.order
    refuse_unroutable(order, changes.context)
    by_location: dict[str, dict[str, int]] = {}
    for i, (line_id, location, quantity) in enumerate(command.assignments):
        if location in order.progress.excluded:
            raise LocationExcluded(f"assignments[{i}]", location=location)
        if order.terms.pickup_at is not None and location != order.terms.pickup_at:
            raise PickupElsewhere(f"assignments[{i}]", location=location)
        wanted = by_location.setdefault(location, {})
        wanted[line_id] = wanted.get(line_id, 0) + quantity
    for location, lines in by_location.items():
        order = changes.order
        items = select(order, tuple(lines.items()), (un.OPEN,))
        fulfillment_id = f"{order.terms.order_id}-F{order.progress.numbered + 1}"
        changes.emit(ev.FulfillmentRequested(changes.at, fulfillment_id, location, items))
    if order.terms.ship_complete and changes.order.progress.tally.open:
        raise ShipCompleteBroken("assignments")


def advance_fulfillment(changes: Changes, command: AdvanceFulfillment) -> None:
    """Only what the chart has; shipping, rejecting and cancelling have commands of their own."""
    work = _work(changes, command.fulfillment_id)
    if command.event in ("ship", "collect", "reject", "cancel"):
        raise InvalidType("event", expected="an event that moves no units")
    status = _step(work, command.event, complete=True)
    changes.emit(ev.FulfillmentAdvanced(changes.at, work.id, work.location, status))


def reject(changes: Changes, command: RejectFulfillment) -> None:
    """What is left of the work is open again; the location gets none of it again."""
    work = _work(changes, command.fulfillment_id)
    _step(work, "reject", complete=True)
    changes.emit(ev.FulfillmentRejected(changes.at, work.id, work.location, work.items, command.cause))


def cancel_fulfillment(changes: Changes, command: CancelFulfillment) -> None:
    """What is left of the work is open again."""
    work = _work(changes, command.fulfillment_id)
    _step(work, "cancel", complete=True)
    changes.emit(ev.FulfillmentCancelled(changes.at, work.id, work.location, work.items, command.cause))


def short_pick(changes: Changes, command: ReportShortPick) -> None:
    """The units that were not found are open again and are routed elsewhere (S9)."""
    work = _work(changes, command.fulfillment_id)
    _refuse_if_done(work, "short_pick")
    items = select_from(work.items, command.items)
    needed = components(changes.order, items)
    for i, (sku, quantity) in enumerate(command.missing):
        if quantity > needed.get(sku, 0):
            raise UnitsNotAvailable(
                f"missing[{i}]", line_id="", requested=quantity, available=needed.get(sku, 0)
            )
    missing = command.missing or tuple(needed.items())
    changes.emit(ev.UnitsShortPicked(changes.at, work.id, work.location, items, missing, command.cause))


def ship(changes: Changes, command: ShipUnits) -> None:
    """Precedence: on hold, unknown work, ship-complete broken, units not held by it, chart."""
    refuse_if_held(changes.order)
    work = _work(changes, command.fulfillment_id)
    if changes.order.terms.ship_complete and changes.order.progress.tally.open:
        # After a short pick or a rejection: what is left waits until all of it is allocated again.
        raise ShipCompleteBroken("order_id")
    items = select_from(work.items, command.items) if command.items else work.items
    _step(work, "ship", complete=not subtract(work.items, items))
    _dispatch(changes, work, items, command.tracking)


def collect(changes: Changes, command: CollectUnits) -> None:
    """As shipping, but the units are with the customer at once."""
    refuse_if_held(changes.order)
    work = _work(changes, command.fulfillment_id)
    items = select_from(work.items, command.items) if command.items else work.items
    status = _step(work, "collect", complete=not subtract(work.items, items))
    shipment_id = _dispatch(changes, work, items, ("", ""))
    changes.emit(ev.FulfillmentAdvanced(changes.at, work.id, work.location, status))
    changes.emit(ev.UnitsDelivered(changes.at, shipment_id, items))


def _dispatch(changes: Changes, work: FulfillmentOrder, items: Items, tracking: tuple[str, str]) -> str:
    shipment_id = f"{changes.order.terms.order_id}-S{changes.order.progress.numbered + 1}"
    net, tax, remitted = _earned(changes.order, items)
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
            not changes.order.progress.charged,
        )
    )
    return shipment_id


def advance_shipment(changes: Changes, command: AdvanceShipment) -> None:
    """Only what the chart has; ``deliver`` has a command of its own."""
    shipment = _shipment(changes, command.shipment_id)
    status = None if command.event == "deliver" else SHIPMENT.step(shipment.status, command.event, {})
    if status is None:
        raise IllegalTransition("event", chart="shipment", state=shipment.status, event=command.event)
    changes.emit(ev.ShipmentAdvanced(changes.at, shipment.id, status))


def deliver(changes: Changes, command: RecordDelivery) -> None:
    """Every unit of the shipment is with the customer."""
    shipment = _shipment(changes, command.shipment_id)
    if SHIPMENT.step(shipment.status, "deliver", {}) != DELIVERED:
        raise IllegalTransition("shipment_id", chart="shipment", state=shipment.status, event="deliver")
    changes.emit(ev.UnitsDelivered(changes.at, shipment.id, shipment.items))


def reopen(changes: Changes, command: ReopenShipment) -> None:
    """Precedence: unknown shipment, on its way or delivered, reopened before.

    What the channel fulfills goes back to the channel; what it sent never was in our stock (S12).
    """
    shipment = _shipment(changes, command.shipment_id)
    if shipment.status not in (LOST, RETURNED_TO_SENDER):
        raise IllegalTransition("shipment_id", chart="shipment", state=shipment.status, event="reopen")
    order = changes.order
    held = tuple(
        (line_id, runs)
        for line_id, _ in shipment.items
        if (runs := un.held_by(line_units(order, line_id), un.SHIPPED, shipment.id))
    )
    if not held:
        raise NothingToDo("shipment_id", state=un.SHIPPED)
    for ours in (True, False):
        items = tuple(item for item in held if (order.terms.line(item[0]).fulfilled_by != CHANNEL) is ours)
        if items:
            _reopen(changes, shipment.id, command.location, items, command.condition, ours)


def _reopen(
    changes: Changes, shipment_id: str, location: str, items: Items, condition: str, ours: bool
) -> None:
    order = changes.order
    net, tax, remitted = order.worth(items)
    tally = order.progress.tally
    # Charges go with the first shipment (M8): where nothing else went, none has gone.
    with_charges = tally.shipped + tally.delivered + tally.returned == size(items)
    if with_charges:
        for charge in order.terms.charges:
            net += charge.net
            tax += charge.tax
            remitted += charge.remitted
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
            with_charges,
            ours and location != "",
        )
    )


def channel_shipped(changes: Changes, command: RecordChannelShipment) -> None:
    """What the channel fulfills itself left its stock."""
    order = changes.order
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
    net, tax, remitted = _earned(order, items)
    changes.emit(
        ev.ChannelShipped(changes.at, shipment_id, items, net, tax, remitted, not order.progress.charged)
    )


def _earned(order: Order, items: Items) -> tuple[int, int, int]:
    """Worth of the units, and of the charges where they are the first to go (M8)."""
    net, tax, remitted = order.worth(items)
    if not order.progress.charged:
        for charge in order.terms.charges:
            net += charge.net
            tax += charge.tax
            remitted += charge.remitted
    return net, tax, remitted


def _work(changes: Changes, fulfillment_id: str) -> FulfillmentOrder:
    work = changes.order.progress.work.get(fulfillment_id)
    if work is None:
        raise UnknownId("fulfillment_id", kind="fulfillment order", id=fulfillment_id)
    return work


def _shipment(changes: Changes, shipment_id: str) -> Shipment:
    shipment = changes.order.progress.shipments.get(shipment_id)
    if shipment is None:
        raise UnknownId("shipment_id", kind="shipment", id=shipment_id)
    return shipment


def _refuse_if_done(work: FulfillmentOrder, event: str) -> None:
    if not work.items:
        raise IllegalTransition("fulfillment_id", chart="fulfillment_order", state=work.status, event=event)


def _step(work: FulfillmentOrder, event: str, *, complete: bool) -> str:
    status = FULFILLMENT_ORDER.step(work.status, event, {"complete": complete})
    if status is None:
        raise IllegalTransition("event", chart="fulfillment_order", state=work.status, event=event)
    return status


# -- folding ---------------------------------------------------------------------------------


def evolve_requested(order: Order, event: ev.FulfillmentRequested) -> Order:
    """The location holds the units."""
    units, tally = relocated(order, event.items, un.ALLOCATED, event.fulfillment_id)
    progress = order.progress
    work = FulfillmentOrder(event.fulfillment_id, event.location, event.items, REQUESTED, event.at)
    return order.with_progress(
        Progress(
            units,
            tally,
            {**progress.work, work.id: work},
            progress.shipments,
            progress.returns,
            progress.excluded,
            progress.charged,
            progress.numbered + 1,
        )
    )


def evolve_advanced(order: Order, event: ev.FulfillmentAdvanced) -> Order:
    """The work's status."""
    progress = order.progress
    old = progress.work[event.fulfillment_id]
    work = FulfillmentOrder(old.id, old.location, old.items, event.status, old.requested_at)
    return order.with_progress(
        _with_work(progress, progress.units, progress.tally, {**progress.work, work.id: work}, None)
    )


def evolve_rejected(order: Order, event: ev.FulfillmentRejected) -> Order:
    """The units are open; the location is out."""
    return _opened(order, event.fulfillment_id, event.items, REJECTED, True)


def evolve_cancelled(order: Order, event: ev.FulfillmentCancelled) -> Order:
    """The units are open."""
    return _opened(order, event.fulfillment_id, event.items, FO_CANCELLED, False)


def evolve_short_picked(order: Order, event: ev.UnitsShortPicked) -> Order:
    """The units that were not found are open; the location is out."""
    return _opened(order, event.fulfillment_id, event.items, FO_CANCELLED, True)


def _opened(order: Order, fulfillment_id: str, items: Items, status: str, excluded: bool) -> Order:
    units, tally = relocated(order, items, un.OPEN)
    progress = order.progress
    work = without(progress, progress.work, fulfillment_id, items, status)
    location = work[fulfillment_id].location if excluded else None
    return order.with_progress(_with_work(progress, units, tally, work, location))


def without(
    progress: Progress,
    work: Mapping[str, FulfillmentOrder],
    fulfillment_id: str,
    items: Items,
    status: str,
) -> dict[str, FulfillmentOrder]:
    """Work with fewer units; the status where none is left, unless a part of it shipped."""
    old = work[fulfillment_id]
    left = subtract(old.items, items)
    if left:
        status = old.status
    elif status == FO_CANCELLED and any(
        shipment.fulfillment_id == fulfillment_id for shipment in progress.shipments.values()
    ):
        status = FO_SHIPPED
    return {**work, fulfillment_id: FulfillmentOrder(old.id, old.location, left, status, old.requested_at)}


def _with_work(
    progress: Progress,
    units: tuple[Units, ...],
    tally: Tally,
    work: Mapping[str, FulfillmentOrder],
    excluded: str | None,
) -> Progress:
    return Progress(
        units,
        tally,
        work,
        progress.shipments,
        progress.returns,
        progress.excluded if excluded is None else progress.excluded | {excluded},
        progress.charged,
        progress.numbered,
    )


def evolve_shipped(order: Order, event: ev.UnitsShipped) -> Order:
    """The units are on their way, and earned."""
    units, tally = relocated(order, event.items, un.SHIPPED, event.shipment_id)
    progress = order.progress
    old = progress.work[event.fulfillment_id]
    left = subtract(old.items, event.items) if event.items != old.items else ()
    work = FulfillmentOrder(
        old.id, old.location, left, PARTIALLY_SHIPPED if left else FO_SHIPPED, old.requested_at
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
    )
    return _dispatched(
        order,
        units,
        {**progress.work, work.id: work},
        tally,
        shipment,
        (event.net, event.tax, event.remitted),
    )


def evolve_channel_shipped(order: Order, event: ev.ChannelShipped) -> Order:
    """The units are on their way from elsewhere, and earned."""
    units, tally = relocated(order, event.items, un.SHIPPED, event.shipment_id)
    shipment = Shipment(event.shipment_id, "", "", event.items, IN_TRANSIT, event.at)
    return _dispatched(
        order, units, order.progress.work, tally, shipment, (event.net, event.tax, event.remitted)
    )


def _dispatched(
    order: Order,
    units: tuple[Units, ...],
    work: Mapping[str, FulfillmentOrder],
    tally: Tally,
    shipment: Shipment,
    worth: tuple[int, int, int],
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
        ),
        earn(order.payments, *worth),
        order.standing,
        order.seen_at,
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
        ),
        earn(order.payments, event.net, event.tax, event.remitted),
        order.standing,
        order.seen_at,
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
            progress.work,
            progress.shipments,
            progress.returns,
            progress.excluded,
            progress.charged and not event.with_charges,
            progress.numbered,
        ),
        earn(order.payments, -event.net, -event.tax, -event.remitted),
        order.standing,
        order.seen_at,
    )


def evolve_shipment_advanced(order: Order, event: ev.ShipmentAdvanced) -> Order:
    """The shipment's status."""
    return _with_shipment(order, event.shipment_id, event.status, None)


def evolve_delivered(order: Order, event: ev.UnitsDelivered) -> Order:
    """The units are with the customer."""
    units, tally = relocated(order, event.items, un.DELIVERED, event.shipment_id)
    progress = order.progress
    order = order.with_progress(_with_work(progress, units, tally, progress.work, None))
    return _with_shipment(order, event.shipment_id, DELIVERED, event.at)


def _with_shipment(order: Order, shipment_id: str, status: str, delivered_at: datetime | None) -> Order:
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
    )
    return order.with_progress(
        Progress(
            progress.units,
            progress.tally,
            progress.work,
            {**progress.shipments, shipment_id: shipment},
            progress.returns,
            progress.excluded,
            progress.charged,
            progress.numbered,
        )
    )


__all__ = [
    "AdvanceFulfillment",
    "AdvanceShipment",
    "AllocateUnits",
    "Assignments",
    "CancelFulfillment",
    "CollectUnits",
    "LocationExcluded",
    "NothingToDo",
    "OrderNotValidated",
    "PickupElsewhere",
    "RecordChannelShipment",
    "RecordDelivery",
    "RejectFulfillment",
    "ReopenShipment",
    "ReportShortPick",
    "ShipCompleteBroken",
    "ShipUnits",
]
