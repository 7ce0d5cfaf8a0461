"""Finishing: how an order, and a cart, is brought to its end when nothing goes wrong any more.

Decides one command at a time: what is asked of gateways is answered, what waits is let go on, what is out is
delivered, what is expected back comes, and what nobody has is cancelled. An order is done when it is over, or
delivered and nothing of it is under way. Must not know how the run was before.
"""

from __future__ import annotations

from collections.abc import Callable

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import RouteOrder
from omcore.kernel import Command
from omcore.kernel.runs import count
from omcore.lifecycle import FULFILLMENT_ORDER, SHIPMENT
from omcore.orders import units as un
from omcore.orders.state import FulfillmentOrder
from omcore.testing.simulation.wishes import carts
from omcore.testing.simulation.wishes.desk import CANCELLABLE, ROUTING, Desk, has, held
from omcore.testing.simulation.wishes.returning import lacking_goods

Step = Callable[[Desk, om.Order], "Command | None"]

_ON_ITS_WAY = ("in_transit", "out_for_delivery", "attempted")


def _answer(desk: Desk, order: om.Order) -> Command | None:
    for request in order.payments.requests.values():
        return om.RecordPaymentOutcome(order.id, request.id, "approved", **desk.common())
    return None


def _release(desk: Desk, order: om.Order) -> Command | None:
    for hold in order.standing.holds:
        if hold.expires_at is None or hold.expires_at > desk.at:
            return om.ReleaseHold(order.id, hold.id, **desk.common())
        return om.MeetDeadlines(order.id, **desk.common())
    return None


def _decide(desk: Desk, order: om.Order) -> Command | None:
    for request in order.standing.cancel_requests:
        if request.status == "requested" and not desk.over(order):
            return om.DecideCancelRequest(order.id, request.id, False, **desk.common())
    return None


def _settle(desk: Desk, order: om.Order) -> Command | None:
    """Edits are off, claims are rejected, exchanges that nothing was sent for are called off."""
    for edit in order.amendments.edits.values():
        if edit.expires_at is not None and edit.expires_at <= desk.at:
            return om.MeetDeadlines(order.id, **desk.common())
        return om.DeclineEdit(order.id, edit.id, **desk.common())
    for claim in order.amendments.claims.values():
        return om.ResolveClaim(order.id, claim.id, "reject", (), None, "not ours", **desk.common())
    for exchange in order.amendments.exchanges.values():
        if exchange.status in ("waiting", "expecting"):
            return om.CancelExchange(order.id, exchange.id, **desk.common())
    return None


def _return(desk: Desk, order: om.Order) -> Command | None:
    """What is expected comes back, and is looked at."""
    for found in order.progress.returns.values():
        if found.items:
            return om.ReceiveReturn(order.id, found.id, desk.places[0], **desk.common())
        if found.inspecting:
            return lacking_goods(desk, order, found) or om.InspectReturn(order.id, found.id, **desk.common())
    return None


def _parcel(desk: Desk, order: om.Order) -> Command | None:
    for parcel in order.progress.shipments.values():
        if parcel.status in _ON_ITS_WAY and SHIPMENT.step(parcel.status, "deliver", {}) is not None:
            return om.RecordDelivery(order.id, parcel.id, **desk.common())
        if parcel.status in ("lost", "returned_to_sender") and _holds_units(order, parcel.id):
            return om.ReopenShipment(order.id, parcel.id, **desk.common())
    return None


def _holds_units(order: om.Order, shipment_id: str) -> bool:
    runs = [run for units in order.progress.units for run in units]
    return any(run[2] == un.SHIPPED and run[3] == shipment_id for run in runs)


def _work(desk: Desk, order: om.Order) -> Command | None:
    """Work is shipped, or handed over; what can't be is called back."""
    terms = order.terms
    blocked = terms.ship_complete and order.progress.tally.open > 0
    for work in order.progress.work.values():
        if not work.items:
            continue
        if work.arrived or work.location == terms.pickup_at:
            return _hand_over(desk, order, work)
        if not desk.there(order, work.location, work.items):
            return _short(desk, order, work)
        if not blocked and FULFILLMENT_ORDER.step(work.status, "ship", {"complete": True}) is not None:
            return om.ShipUnits(order.id, work.id, **desk.common())
        if not blocked:
            return om.CancelFulfillment(order.id, work.id, **desk.common())
    return None


def _short(desk: Desk, order: om.Order, work: FulfillmentOrder) -> Command:
    """A count, or whoever shipped before, left nothing of it on the shelf."""
    missing = tuple([(line_id, count(runs)) for line_id, runs in work.items])
    return om.ReportShortPick(order.id, work.id, missing, **desk.common())


def _hand_over(desk: Desk, order: om.Order, work: FulfillmentOrder) -> Command:
    if work.collect_by is not None and work.collect_by <= desk.at:
        return om.MeetDeadlines(order.id, **desk.common())
    if not work.arrived and not desk.there(order, work.location, work.items):
        return _short(desk, order, work)
    if FULFILLMENT_ORDER.step(work.status, "collect", {"complete": True}) is not None:
        return om.CollectUnits(order.id, work.id, **desk.common())
    if FULFILLMENT_ORDER.step(work.status, "ready", {}) is not None:
        return om.AdvanceFulfillment(order.id, work.id, "ready", **desk.common())
    return om.DeclinePickup(order.id, work.id, **desk.common())


def _channel(desk: Desk, order: om.Order) -> Command | None:
    return om.RecordChannelShipment(order.id, **desk.common()) if has(order, (un.CHANNEL,)) else None


def _open(desk: Desk, order: om.Order) -> Command | None:
    """Routed once where there is something for it; what nobody has is cancelled."""
    if not order.progress.tally.open or desk.over(order):
        return None
    if order.standing.validated and not held(order, ROUTING) and _somewhere(desk, order):
        return RouteOrder(order.id, **desk.common())
    return om.CancelUnits(order.id, **desk.common()) if has(order, CANCELLABLE) else None


def _somewhere(desk: Desk, order: om.Order) -> bool:
    """Whether one try is worth it: every open line is there, at one and the same place that may ship it."""
    if desk.tried.get(order.id, 0) >= 2:
        return False
    desk.tried[order.id] = desk.tried.get(order.id, 0) + 1
    return True


def _dispute(desk: Desk, order: om.Order) -> Command | None:
    for chargeback in order.payments.concessions.chargebacks.values():
        if chargeback.status == "disputed":
            return om.ResolveChargeback(order.id, chargeback.id, True, **desk.common())
    return None


def _blocked(desk: Desk, order: om.Order) -> Command | None:
    for tender in order.payments.tenders.values():
        if tender.blocked or tender.refund_blocked:
            return om.RetryPayment(order.id, tender.id, **desk.common())
    return None


_STEPS: tuple[Step, ...] = (
    _answer,
    _decide,
    _settle,
    _dispute,
    _blocked,
    _release,
    _return,
    _channel,
    _parcel,
    _work,
    _open,
)


def finish_order(desk: Desk, order: om.Order) -> Command | None:
    """The next command that brings an order to its end; None where it has come to it."""
    for step in _STEPS:
        if command := step(desk, order):
            return command
    return None


def finish_cart(desk: Desk, cart: inv.Reservation) -> Command | None:
    """The same of a reservation."""
    return carts.finish(desk, cart)


__all__ = ["finish_cart", "finish_order"]
