"""The order aggregate: two tables over its facets.

Decides which facet decides which command and folds which event, and what follows every command:
validation is asked again, and money is settled. Must not know any rule of its own.

    decide(order, command, context) -> Decision     or raises a typed refusal; changes nothing
    evolve(order, event) -> order                   cannot refuse; never asks the chart
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.kernel import (
    EPOCH,
    Catalog,
    Command,
    CurrencyMismatch,
    UnknownEvent,
    UnknownId,
    checked_instant,
    effective_now,
    record,
)
from omcore.kernel.errors import InvalidType
from omcore.orders import (
    cancelling,
    fulfilling,
    holds,
    importing,
    ledger,
    payments,
    placing,
    returns,
    shipping,
    stages,
)
from omcore.orders import events as ev
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.importing import ImportOrder
from omcore.orders.placing import OrderExists, PlaceOrder, order_id_of
from omcore.orders.policies import Policies
from omcore.orders.state import Order
from omcore.orders.validation import DEFAULT_RULES, revalidate


@record
class Decision:
    """What a command comes to: its events, and the order after them."""

    events: tuple[Any, ...]
    order: Order


DECIDE: Mapping[type, Callable[[Changes, Any], None]] = {
    payments.RecordPaymentOutcome: payments.record_outcome,
    payments.RecordPayment: payments.record_payment,
    payments.RetryPayment: payments.retry_payment,
    holds.PlaceHold: holds.place_hold,
    holds.ReleaseHold: holds.release_hold,
    fulfilling.AllocateUnits: fulfilling.allocate,
    fulfilling.AdvanceFulfillment: fulfilling.advance_fulfillment,
    fulfilling.RejectFulfillment: fulfilling.reject,
    fulfilling.CancelFulfillment: fulfilling.cancel_fulfillment,
    fulfilling.ReportShortPick: fulfilling.short_pick,
    shipping.ShipUnits: shipping.ship,
    shipping.CollectUnits: shipping.collect,
    shipping.AdvanceShipment: shipping.advance_shipment,
    shipping.RecordDelivery: shipping.deliver,
    shipping.ReopenShipment: shipping.reopen,
    shipping.RecordChannelShipment: shipping.channel_shipped,
    cancelling.RequestCancel: cancelling.request_cancel,
    cancelling.CancelUnits: cancelling.cancel,
    returns.AuthorizeReturn: returns.authorize,
    returns.CancelReturn: returns.cancel_return,
    returns.ReceiveReturn: returns.receive,
    stages.EnterStage: stages.enter_stage,
    stages.ErasePersonalData: stages.erase,
}


EVOLVE: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.OrderPlaced: placing.evolve_placed,
    ev.OrderStatusChanged: placing.evolve_status,
    ev.OrderValidated: placing.evolve_validated,
    ev.StageEntered: stages.evolve_stage,
    ev.HoldPlaced: holds.evolve_hold_placed,
    ev.HoldReleased: holds.evolve_hold_released,
    ev.GoodsTaken: shipping.evolve_taken,
    ev.FulfillmentRequested: fulfilling.evolve_requested,
    ev.FulfillmentAdvanced: fulfilling.evolve_advanced,
    ev.FulfillmentRejected: fulfilling.evolve_rejected,
    ev.FulfillmentCancelled: fulfilling.evolve_cancelled,
    ev.UnitsShortPicked: fulfilling.evolve_short_picked,
    ev.UnitsShipped: shipping.evolve_shipped,
    ev.ShipmentAdvanced: shipping.evolve_shipment_advanced,
    ev.UnitsDelivered: shipping.evolve_delivered,
    ev.UnitsReopened: shipping.evolve_reopened,
    ev.ChannelShipped: shipping.evolve_channel_shipped,
    ev.CancelRequested: cancelling.evolve_cancel_requested,
    ev.UnitsCancelled: cancelling.evolve_units_cancelled,
    ev.ReturnAuthorized: returns.evolve_authorized,
    ev.ReturnCancelled: returns.evolve_return_cancelled,
    ev.ReturnReceived: returns.evolve_received,
    ev.PaymentRequested: ledger.evolve_payment_requested,
    ev.PaymentApproved: ledger.evolve_payment_approved,
    ev.PaymentDeclined: ledger.evolve_payment_declined,
    ev.PaymentUnknown: ledger.evolve_payment_unknown,
    ev.PaymentReceived: ledger.evolve_payment_received,
    ev.RefundNoted: ledger.evolve_refund_noted,
    ev.PaymentRetried: ledger.evolve_payment_retried,
    ev.SnapshotSeen: importing.evolve_seen,
    ev.PersonalDataErased: stages.evolve_erased,
    ev.LateFactNoted: importing.evolve_late,
}

ORDER_COMMANDS: tuple[type[Command], ...] = (PlaceOrder, ImportOrder, *DECIDE)

# Somebody would like these to happen; the other commands tell what has happened.
_ASKING = frozenset(
    {
        holds.PlaceHold,
        fulfilling.AllocateUnits,
        shipping.ShipUnits,
        shipping.CollectUnits,
        cancelling.CancelUnits,
    }
)


def default_context() -> OrderContext:
    """An empty catalog, the default policies and rules, the base chart."""
    return OrderContext(Catalog(), Policies(), DEFAULT_RULES)


def order_id_for(command: Command) -> str:
    """Which order a command is about."""
    if type(command) is PlaceOrder or type(command) is ImportOrder:
        return command.order_id or order_id_of(command.draft.ref)
    if type(command) not in DECIDE:
        raise InvalidType("command", expected="an order command")
    order_id: str = command.order_id  # type: ignore[attr-defined]  # every other order command has one
    return order_id


def decide(order: Order | None, command: Command, context: OrderContext, seen: datetime = EPOCH) -> Decision:
    """Decide a command against an order (None: there is none yet).

    ``seen`` is the latest instant that any other stream of the command has seen: one command has
    one ``now``.

    Returns the events and the order after them; no events where there is nothing new. Raises a
    subclass of ``OmcoreError`` and has changed nothing.
    """
    kind = type(command)
    decider = DECIDE.get(kind)
    if decider is None and kind is not PlaceOrder and kind is not ImportOrder:
        raise InvalidType("command", expected="an order command")
    if order is not None and type(order) is not Order:
        raise InvalidType("order", expected="Order or None")
    if type(context) is not OrderContext:
        raise InvalidType("context", expected="OrderContext")
    now = command.at  # checked when the command was made
    if seen is not EPOCH:
        now = effective_now(now, checked_instant(seen, "seen"))
    if order is not None and order.seen_at > now:
        now = effective_now(now, order.seen_at)
    changes = Changes(order, context, now, EVOLVE, kind in _ASKING)
    if decider is None:
        _place_or_import(changes, order, command)
    else:
        if order is None or order.terms.order_id != command.order_id:  # type: ignore[attr-defined]  # as below
            raise UnknownId("order_id", kind="order", id=order_id_for(command))
        decider(changes, command)
        changes.asked = False  # what follows from it nobody asked for
        if not changes.order.standing.validated:
            revalidate(changes)
    payments.settle(changes)
    return Decision(tuple(changes.events), changes.order)


def _place_or_import(changes: Changes, order: Order | None, command: Any) -> None:
    draft = command.draft
    if order is None:
        order_id = command.order_id or order_id_of(draft.ref)
        placing.place(changes, draft, order_id, command.reservation, command.signals)
        if importing.has_news(draft):
            importing.reconcile(changes, draft)
        # Only now: nothing is authorized for an order that its channel has cancelled already.
        placing.authorize(changes)
        revalidate(changes)
    elif type(command) is PlaceOrder or draft.ref != order.terms.ref:
        raise OrderExists("order_id", id=order.id)
    elif draft.currency != order.terms.currency:
        raise CurrencyMismatch("draft.currency", left=order.terms.currency, right=draft.currency)
    elif importing.see(changes, draft):
        importing.reconcile(changes, draft)
        revalidate(changes)


def evolve(order: Order | None, event: Any) -> Order:
    """The order after an event.

    Raises ``UnknownEvent`` for what is no order event, or cannot be the first of an order.
    """
    step = EVOLVE.get(type(event))
    if step is None or (order is None and step is not placing.evolve_placed):
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    after = step(order, event)
    if event.at > after.seen_at:
        return Order(after.terms, after.progress, after.payments, after.standing, event.at)
    return after


def replay(events: Sequence[Any]) -> Order:
    """The order that a stream of events amounts to (C5). ``InvalidType`` for what is no sequence."""
    if type(events) is not list and type(events) is not tuple:
        raise InvalidType("events", expected="list or tuple of events")
    order: Order | None = None
    for event in events:
        order = evolve(order, event)
    if order is None:
        raise UnknownId("events", kind="order", id="")
    return order


__all__ = [
    "DECIDE",
    "EVOLVE",
    "ORDER_COMMANDS",
    "Decision",
    "decide",
    "default_context",
    "evolve",
    "order_id_for",
    "replay",
]
