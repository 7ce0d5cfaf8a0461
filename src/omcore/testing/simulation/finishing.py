"""Finishing: how orders, and carts, are brought to their end when nothing goes wrong any more.

Decides what is next: what waits is let go on, what is out is delivered, what is expected back comes, and
what nobody has is cancelled. An order is done when it is over, or delivered and nothing of it is under way.
What is asked of who holds money is not answered here: the dispatcher asks, and nothing may be left of it.
Must not know how the run was before.
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
from omcore.orders.payments.tenders import CREDIT_TENDER
from omcore.orders.state import FulfillmentOrder
from omcore.testing.simulation.wishes.desk import CANCELLABLE, ROUTING, Desk, has, held, held_in
from omcore.testing.simulation.wishes.returning import lacking_goods

# Whatever is to be done at once; where that is nothing, the next step is asked.
Step = Callable[[Desk, om.Order], list[Command]]

_COMPLETE = {"complete": True}
_TRIES = 2  # of routing, before what is open is cancelled
_WHERE_NO_STOCK = "routing-no_stock"  # the hold that comes back as long as units are open


def _decide(desk: Desk, order: om.Order) -> list[Command]:
    """What somebody would like, or disputes, is answered."""
    made: list[Command] = [
        om.ResolveChargeback(order.id, entry.id, True, **desk.common())
        for entry in order.payments.concessions.chargebacks.values()
        if entry.status == "disputed"
    ]
    made += [
        om.RetryPayment(order.id, tender.id, **desk.common())
        for tender in order.payments.tenders.values()
        if tender.blocked or tender.refund_blocked
    ]
    if order.payments.concessions.issue_blocked:
        made.append(om.RetryPayment(order.id, CREDIT_TENDER, **desk.common()))
    if not desk.over(order):
        made += [
            om.DecideCancelRequest(order.id, request.id, False, **desk.common())
            for request in order.standing.cancel_requests
            if request.status == "requested"
        ]
    return made


def _settle(desk: Desk, order: om.Order) -> list[Command]:
    """Edits are off, claims are rejected, exchanges that nothing was sent for are called off."""
    amendments = order.amendments
    made: list[Command] = [
        om.MeetDeadlines(order.id, **desk.common())
        if edit.expires_at is not None and edit.expires_at <= desk.at
        else om.DeclineEdit(order.id, edit.id, **desk.common())
        for edit in amendments.edits.values()
    ]
    made += [
        om.ResolveClaim(order.id, claim.id, "reject", (), None, "not ours", **desk.common())
        for claim in amendments.claims.values()
    ]
    made += [
        om.CancelExchange(order.id, exchange.id, **desk.common())
        for exchange in amendments.exchanges.values()
        if exchange.status in ("waiting", "expecting")
    ]
    return made


def _release(desk: Desk, order: om.Order) -> list[Command]:
    made: list[Command] = []
    for hold in order.standing.holds:
        if hold.id == _WHERE_NO_STOCK and order.progress.tally.open:
            return [om.CancelUnits(order.id, **desk.common())]
        if hold.expires_at is not None and hold.expires_at <= desk.at:
            made.append(om.MeetDeadlines(order.id, **desk.common()))
        else:
            made.append(om.ReleaseHold(order.id, hold.id, **desk.common()))
    return made


def _return(desk: Desk, order: om.Order) -> list[Command]:
    """What is expected comes back, and is looked at."""
    made: list[Command] = []
    for found in order.progress.returns.values():
        if found.items:
            made.append(om.ReceiveReturn(order.id, found.id, desk.places[0], **desk.common()))
        elif found.inspecting:
            lacking = lacking_goods(desk, order, found)
            made.append(lacking or om.InspectReturn(order.id, found.id, **desk.common()))
    return made


def _leave(desk: Desk, order: om.Order) -> list[Command]:
    """Parcels arrive, and work is done; what is open goes first, where all is to go together."""
    made: list[Command] = []
    if has(order, (un.CHANNEL,)):
        made.append(om.RecordChannelShipment(order.id, **desk.common()))
    for parcel in order.progress.shipments.values():
        if SHIPMENT.step(parcel.status, "deliver", {}) is not None:
            made.append(om.RecordDelivery(order.id, parcel.id, **desk.common()))
        elif parcel.status in ("lost", "returned_to_sender") and held_in(order, parcel.id):
            made.append(om.ReopenShipment(order.id, parcel.id, **desk.common()))
    together = order.terms.ship_complete and order.progress.tally.open > 0
    for work in order.progress.work.values():
        if work.items and (work.arrived or work.location == order.terms.pickup_at):
            made.append(_hand_over(desk, order, work))
        elif work.items and not together:
            made.append(_ship(desk, order, work))
    return made


def _ship(desk: Desk, order: om.Order, work: FulfillmentOrder) -> Command:
    if not desk.there(order, work.location, work.items):
        return _short(desk, order, work)
    if FULFILLMENT_ORDER.step(work.status, "ship", _COMPLETE) is not None:
        return om.ShipUnits(order.id, work.id, **desk.common())
    return om.CancelFulfillment(order.id, work.id, **desk.common())


def _short(desk: Desk, order: om.Order, work: FulfillmentOrder) -> Command:
    """A count, or whoever shipped before, left nothing of it on the shelf."""
    missing = tuple([(line_id, count(runs)) for line_id, runs in work.items])
    return om.ReportShortPick(order.id, work.id, missing, **desk.common())


def _hand_over(desk: Desk, order: om.Order, work: FulfillmentOrder) -> Command:
    if work.collect_by is not None and work.collect_by <= desk.at:
        return om.MeetDeadlines(order.id, **desk.common())
    if not work.arrived and not desk.there(order, work.location, work.items):
        return _short(desk, order, work)
    if FULFILLMENT_ORDER.step(work.status, "collect", _COMPLETE) is not None:
        return om.CollectUnits(order.id, work.id, **desk.common())
    if FULFILLMENT_ORDER.step(work.status, "ready", {}) is not None:
        return om.AdvanceFulfillment(order.id, work.id, "ready", **desk.common())
    return om.DeclinePickup(order.id, work.id, **desk.common())


def _open(desk: Desk, order: om.Order) -> list[Command]:
    """Routed again while that is worth a try; what nobody has is cancelled."""
    if not order.progress.tally.open or desk.over(order):
        return []
    tried = desk.tried.get(order.id, 0)
    if tried < _TRIES and order.standing.validated and not held(order, ROUTING):
        desk.tried[order.id] = tried + 1
        return [RouteOrder(order.id, **desk.common())]
    if not has(order, CANCELLABLE):
        return []
    if back := _out_of_its_stage(desk, order):
        return [om.EnterStage(order.id, back, **desk.common())]
    return [om.CancelUnits(order.id, **desk.common())]


def _out_of_its_stage(desk: Desk, order: om.Order) -> str:
    """What leads back from a stage of the shop's own, that lets nothing be cancelled; empty in others."""
    stage, moves = order.standing.stage, desk.shop.chart.moves
    if not stage or any(source == stage and event == "cancel" for source, event, _ in moves):
        return ""
    status = order.standing.status
    return next((event for source, event, target in moves if source == stage and target == status), "")


_STEPS: tuple[Step, ...] = (_decide, _settle, _release, _return, _leave, _open)


def finish_order(desk: Desk, order: om.Order) -> list[Command]:
    """The next commands that bring an order to its end; [] where it has come to it."""
    for step in _STEPS:
        if commands := step(desk, order):
            return commands
    return []


def finish_cart(desk: Desk, cart: inv.Reservation) -> list[Command]:
    """The same of a reservation."""
    if cart.outcome == inv.LIVE:
        if desk.at >= cart.expires_at:
            return [inv.ExpireReservation(cart.token, **desk.common())]
        return [inv.ReleaseReservation(cart.token, **desk.common())]
    if cart.allocated and not cart.order_id:
        return [inv.ReleaseAllocation(cart.token, **desk.common())]
    return []


__all__ = ["finish_cart", "finish_order"]
