"""Fulfilling: work is asked of locations.

Decides fulfillment orders: who may get units (R3), which units move (M7), and how work is given
back. Must not know how a location was chosen, or what its stock is: the engine turns these events
into stock movements and commits both as one. What leaves a location is ``shipping``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    MAX_STOCK,
    Command,
    IllegalTransition,
    InvalidType,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    checked_limit,
    checked_quantity,
    checked_sku,
    checked_text,
    checked_unique,
    record,
)
from omcore.lifecycle import FULFILLMENT_ORDER
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, OrderContext, refuse_if_held, refuse_if_over
from omcore.orders.deadlines import later
from omcore.orders.draft import MAX_LINES
from omcore.orders.policies import after
from omcore.orders.selection import (
    UnitsNotAvailable,
    Wanted,
    checked_wanted,
    common,
    components,
    known_lines,
    relocated,
    select_from,
    subtract,
)
from omcore.orders.state import ROUTING, FulfillmentOrder, Items, Order, Progress, Tally
from omcore.orders.units import Units

REQUESTED = "requested"
REJECTED = "rejected"
FO_CANCELLED = "cancelled"
PARTIALLY_SHIPPED = "partially_shipped"
FO_SHIPPED = "shipped"
READY_FOR_PICKUP = "ready_for_pickup"
COLLECTED = "collected"

# Events of the chart that have commands of their own.
MOVING_UNITS = ("ship", "collect", "reject", "cancel")


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


@record
class AdvanceFulfillment(Command):
    """A location goes on with its work: ``event`` of the fulfillment chart (accept, pick, pack, ready)."""

    order_id: str
    fulfillment_id: str
    event: str

    def _check(self) -> None:
        checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_id(self.event, "event")
        if self.event in MOVING_UNITS:
            raise InvalidType("event", expected="an event that moves no units")


@record
class RejectFulfillment(Command):
    """A location will not ship what is left of its work; it is excluded for this order (R3)."""

    order_id: str
    fulfillment_id: str
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_text(self.cause, "cause", high=200)


@record
class CancelFulfillment(Command):
    """Call work back before it ships; the location may get it again (S7).

    With ``items`` only these units of it; a number takes the lowest ordinals.
    """

    order_id: str
    fulfillment_id: str
    cause: str = attrs.field(default="", repr=False)
    items: Wanted = ()

    def _check(self) -> None:
        checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_text(self.cause, "cause", high=200)
        checked_wanted(self.items)


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
        checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
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


def checked_ids(order_id: object, other: object, path: str) -> None:
    checked_id(order_id, "order_id")
    checked_id(other, path)


# -- deciding --------------------------------------------------------------------------------


def refuse_unroutable(order: Order, context: OrderContext) -> None:
    """Precedence: order_is_over, order_on_hold, order_not_validated, nothing_to_do."""
    refuse_if_over(order, context)
    refuse_if_held(order, ROUTING)
    if not order.standing.validated:
        raise OrderNotValidated("order_id")
    if not order.progress.tally.open:
        raise NothingToDo("order_id", state=un.OPEN)


def advance_fulfillment(changes: Changes, command: AdvanceFulfillment) -> None:
    """Only what the chart has; shipping, rejecting and cancelling have commands of their own.

    What waits already, and is packed and made ready again, has the window that it has.

    Precedence: unknown_id, illegal_transition.
    """
    work = work_of(changes, command.fulfillment_id)
    status = step(work, command.event, complete=True)
    if status == READY_FOR_PICKUP:
        refuse_elsewhere(changes.order, work, command.event)
    collect_by = None
    waits_here = work.arrived or work.location == changes.order.terms.pickup_at
    if status == READY_FOR_PICKUP and waits_here and work.collect_by is None:
        window = after(changes.context.policies.pickup_window, "pickup_window", changes.order)
        collect_by = None if window is None else later(changes.at, window)
    changes.emit(ev.FulfillmentAdvanced(changes.at, work.id, work.location, status, collect_by))


def reject(changes: Changes, command: RejectFulfillment) -> None:
    """What is left of the work is open again; the location gets none of it again.

    Precedence: unknown_id, illegal_transition.
    """
    work = work_of(changes, command.fulfillment_id)
    refuse_if_arrived(work, "reject")
    step(work, "reject", complete=True)
    changes.emit(ev.FulfillmentRejected(changes.at, work.id, work.location, work.items, command.cause))


def cancel_fulfillment(changes: Changes, command: CancelFulfillment) -> None:
    """What is left of the work, or some of it, is open again.

    Precedence: unknown_id, illegal_transition, units_not_available.
    """
    work = work_of(changes, command.fulfillment_id)
    known_lines(changes.order, command.items)
    refuse_if_arrived(work, "cancel")
    step(work, "cancel", complete=True)
    items = select_from(changes.order, work.items, command.items) if command.items else work.items
    changes.emit(ev.FulfillmentCancelled(changes.at, work.id, work.location, items, command.cause))


def short_pick(changes: Changes, command: ReportShortPick) -> None:
    """The units that were not found are open again and are routed elsewhere (S9).

    Precedence: unknown_id, illegal_transition, units_not_available.
    """
    work = work_of(changes, command.fulfillment_id)
    known_lines(changes.order, command.items)
    _refuse_if_done(work, "short_pick")
    refuse_if_arrived(work, "short_pick")
    items = select_from(changes.order, work.items, command.items)
    needed = components(changes.order, items)
    for i, (sku, quantity) in enumerate(command.missing):
        if quantity > needed.get(sku, 0):
            raise UnitsNotAvailable(
                f"missing[{i}]", line_id="", requested=quantity, available=needed.get(sku, 0)
            )
    missing = command.missing or tuple(needed.items())
    changes.emit(ev.UnitsShortPicked(changes.at, work.id, work.location, items, missing, command.cause))


def work_of(changes: Changes, fulfillment_id: str) -> FulfillmentOrder:
    work = changes.order.progress.work.get(fulfillment_id)
    if work is None:
        raise UnknownId("fulfillment_id", kind="fulfillment order", id=fulfillment_id)
    return work


def _refuse_if_done(work: FulfillmentOrder, event: str) -> None:
    if not work.items:
        raise IllegalTransition("fulfillment_id", chart="fulfillment_order", state=work.status, event=event)


def refuse_if_arrived(work: FulfillmentOrder, event: str) -> None:
    """What came to a store from elsewhere is collected or declined; its own stock never held it."""
    if work.arrived:
        raise IllegalTransition("fulfillment_id", chart="fulfillment_order", state=work.status, event=event)


def refuse_elsewhere(order: Order, work: FulfillmentOrder, event: str) -> None:
    """Goods are handed over where the customer comes for them: not at a warehouse that sends them there."""
    if not work.arrived and order.terms.pickup_at not in (None, work.location):
        raise IllegalTransition("fulfillment_id", chart="fulfillment_order", state=work.status, event=event)


def may_come_from_elsewhere(order: Order, context: OrderContext) -> bool:
    """Whether what a customer collects at a store may be sent there (R3: it was asked for)."""
    found = context.policies.ship_to_store(order)
    if type(found) is not bool:
        raise InvalidType("policies.ship_to_store", expected="a function that gives a bool")
    return found


def step(work: FulfillmentOrder, event: str, *, complete: bool) -> str:
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
            progress.parts,
        )
    )


def evolve_advanced(order: Order, event: ev.FulfillmentAdvanced) -> Order:
    """The work's status."""
    progress = order.progress
    old = progress.work[event.fulfillment_id]
    collect_by = event.collect_by or old.collect_by
    work = FulfillmentOrder(
        old.id, old.location, old.items, event.status, old.requested_at, collect_by, old.arrived
    )
    return order.with_progress(
        with_work(progress, progress.units, progress.tally, {**progress.work, work.id: work}, None)
    )


def evolve_rejected(order: Order, event: ev.FulfillmentRejected) -> Order:
    """The units are open; the location is out."""
    return _opened(order, event.fulfillment_id, event.items, REJECTED, True, event.at)


def evolve_cancelled(order: Order, event: ev.FulfillmentCancelled) -> Order:
    """The units are open."""
    return _opened(order, event.fulfillment_id, event.items, FO_CANCELLED, False, event.at)


def evolve_short_picked(order: Order, event: ev.UnitsShortPicked) -> Order:
    """The units that were not found are open; the location is out."""
    return _opened(order, event.fulfillment_id, event.items, FO_CANCELLED, True, event.at)


def waiting(order: Order, at: datetime) -> Order:
    """The same order, units of which may be asked of a location from now on."""
    return order.with_standing(changed(order.standing, waits_since=at))


def _opened(
    order: Order, fulfillment_id: str, items: Items, status: str, excluded: bool, at: datetime
) -> Order:
    units, tally = relocated(order, items, un.OPEN)
    progress = order.progress
    work = relieved(progress, {fulfillment_id: items}, status)
    location = work[fulfillment_id].location if excluded else None
    return waiting(order.with_progress(with_work(progress, units, tally, work, location)), at)


def relieved(progress: Progress, held_by: Mapping[str, Items], status: str) -> dict[str, FulfillmentOrder]:
    """All work when some has fewer units; the status of what has none left, unless a part of it shipped."""
    work = dict(progress.work)
    shipped = {shipment.fulfillment_id for shipment in progress.shipments.values()}
    for fulfillment_id, items in held_by.items():
        old = work[fulfillment_id]
        left = subtract(old.items, items)
        becomes = old.status if left else status
        if not left and status == FO_CANCELLED and fulfillment_id in shipped:
            becomes = FO_SHIPPED
        work[fulfillment_id] = changed(old, items=left, status=becomes)
    return work


def without_arrived(progress: Progress, items: Items) -> Mapping[str, FulfillmentOrder]:
    """All work when what came to stores of these units is there no more."""
    held_by = {
        work.id: held
        for work in progress.work.values()
        if work.arrived and (held := common(work.items, items))
    }
    return relieved(progress, held_by, FO_CANCELLED) if held_by else progress.work


def with_work(
    progress: Progress,
    units: tuple[Units, ...],
    tally: Tally,
    work: Mapping[str, FulfillmentOrder],
    excluded: str | None,
) -> Progress:
    """Units, tally and work as given, and perhaps one more location that is out."""
    return Progress(
        units,
        tally,
        work,
        progress.shipments,
        progress.returns,
        progress.excluded if excluded is None else progress.excluded | {excluded},
        progress.charged,
        progress.numbered,
        progress.parts,
    )


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    AdvanceFulfillment: advance_fulfillment,
    RejectFulfillment: reject,
    CancelFulfillment: cancel_fulfillment,
    ReportShortPick: short_pick,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.FulfillmentRequested: evolve_requested,
    ev.FulfillmentAdvanced: evolve_advanced,
    ev.FulfillmentRejected: evolve_rejected,
    ev.FulfillmentCancelled: evolve_cancelled,
    ev.UnitsShortPicked: evolve_short_picked,
}

__all__ = [
    "AdvanceFulfillment",
    "CancelFulfillment",
    "LocationExcluded",
    "NothingToDo",
    "OrderNotValidated",
    "PickupElsewhere",
    "RejectFulfillment",
    "ReportShortPick",
    "ShipCompleteBroken",
]
