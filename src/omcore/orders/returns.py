"""Returns: units come back, their worth is owed to the customer, their stock goes where it may.

Decides who may return what (an ordered list of named eligibility rules), what is refunded (M6)
and what is kept back (M9). Must not know tenders (settling refunds) or stock counts (the engine
puts the units back).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.kernel import (
    Command,
    IllegalTransition,
    InvalidType,
    Ratio,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, refuse_if_over
from omcore.orders.draft import CHANNEL
from omcore.orders.ledger import give_back
from omcore.orders.policies import Policies
from omcore.orders.selection import (
    Wanted,
    checked_wanted,
    common,
    line_units,
    relocated,
    select,
    select_from,
    subtract,
)
from omcore.orders.shipping import CONDITIONS, DAMAGED, DELIVERED, QUARANTINED, SELLABLE
from omcore.orders.state import Items, Order, OrderLine, Progress, Return
from omcore.orders.swapping import claimant, send_for

AUTHORIZED = "authorized"
PARTIALLY_RECEIVED = "partially_received"
COMPLETED = "completed"
CANCELLED = "cancelled"


class NotReturnable(Refusal):
    """A line may not come back. Fields: line_id, rule."""

    code = "not_returnable"


class ReturnExists(Refusal):
    """A return with this id was authorized before. Fields: id."""

    code = "return_exists"


@record
class AuthorizeReturn(Command):
    """Let delivered units come back (an RMA)."""

    order_id: str
    return_id: str
    items: Wanted

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.return_id, "return_id")
        checked_wanted(self.items)
        if not self.items:
            raise InvalidType("items", expected="at least one line")


@record
class CancelReturn(Command):
    """What has not come back yet stays with the customer."""

    order_id: str
    return_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.return_id, "return_id")


@record
class ReceiveReturn(Command):
    """Units came back to a location; without ``items`` all that the return expects.

    ``condition`` is sellable, damaged or quarantined. ``waive_fee`` keeps no restocking fee.
    """

    order_id: str
    return_id: str
    location: str
    items: Wanted = ()
    condition: str = SELLABLE
    waive_fee: bool = False

    def _check(self) -> None:
        for path in ("order_id", "return_id", "location"):
            checked_id(getattr(self, path), path)
        checked_wanted(self.items)
        if type(self.condition) is not str or self.condition not in CONDITIONS:
            raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))
        if type(self.waive_fee) is not bool:
            raise InvalidType("waive_fee", expected="bool")


# -- eligibility -----------------------------------------------------------------------------

Eligibility = Callable[[Changes, OrderLine, Items], bool]


def is_not_final_sale(changes: Changes, line: OrderLine, items: Items) -> bool:
    """The item may be returned at all."""
    return line.returnable


def is_within_window(changes: Changes, line: OrderLine, items: Items) -> bool:
    """Every unit was delivered no longer ago than the policy's window, in elapsed time (C2)."""
    window = changes.context.policies.return_window
    if window is None:
        return True
    order = changes.order
    wanted = dict(items)[line.id]
    at = 0  # both ascend, so that each is walked once
    for first, last, state, shipment_id in line_units(order, line.id):
        while at < len(wanted) and wanted[at][1] < first:
            at += 1
        if state == un.DELIVERED and at < len(wanted) and wanted[at][0] <= last:
            shipment = order.progress.shipments.get(shipment_id)
            delivered: datetime | None = shipment.delivered_at if shipment else order.terms.placed_at
            if delivered is not None and changes.at - delivered > window:
                return False
    return True


def is_not_claimed(changes: Changes, line: OrderLine, items: Items) -> bool:
    """No unit is under a claim, or waits for its exchange to be paid."""
    return not claimant(changes.order, items)


ELIGIBILITY: Mapping[str, Eligibility] = {
    "claimed": is_not_claimed,
    "final_sale": is_not_final_sale,
    "return_window": is_within_window,
}


# -- deciding --------------------------------------------------------------------------------


def authorize(changes: Changes, command: AuthorizeReturn) -> None:
    """Precedence: over, id taken, units not delivered, then the eligibility rules in order."""
    refuse_if_over(changes.order, changes.context)
    order = changes.order
    if command.return_id in order.progress.returns:
        raise ReturnExists("return_id", id=command.return_id)
    items = select(order, command.items, (un.DELIVERED,))
    for line_id, runs in items:
        for name, rule in ELIGIBILITY.items():
            if not rule(changes, order.terms.line(line_id), ((line_id, runs),)):
                raise NotReturnable("items", line_id=line_id, rule=name)
    changes.emit(ev.ReturnAuthorized(changes.at, command.return_id, items))


def cancel_return(changes: Changes, command: CancelReturn) -> None:
    """Precedence: unknown return, nothing left to come."""
    expected = _expected(changes, command.return_id, "cancel")
    changes.emit(ev.ReturnCancelled(changes.at, expected.id, expected.items))


def cancel_rest(changes: Changes, return_id: str) -> None:
    """What a return still expects stays with the customer; nothing where it expects none."""
    expected = changes.order.progress.returns.get(return_id)
    if expected is not None and expected.items:
        changes.emit(ev.ReturnCancelled(changes.at, expected.id, expected.items))


def receive(changes: Changes, command: ReceiveReturn) -> None:
    """Precedence: unknown return, nothing left to come, units that it does not expect.

    What the channel fulfilled came from the channel's stock and does not enter ours (S12).
    """
    expected = _expected(changes, command.return_id, "receive")
    items = select_from(expected.items, command.items) if command.items else expected.items
    lines = changes.order.terms
    parts = (
        (True, tuple(item for item in items if lines.line(item[0]).fulfilled_by != CHANNEL)),
        (False, tuple(item for item in items if lines.line(item[0]).fulfilled_by == CHANNEL)),
    )
    ratio = None if command.waive_fee else changes.context.policies.restocking_fee
    left = expected.items
    for restocked, part in parts:
        if not part:
            continue
        left = subtract(left, part)
        send_for(changes, expected.id, part)
        net, tax, remitted, funded = changes.order.worth(part)
        changes.emit(
            ev.ReturnReceived(
                changes.at,
                expected.id,
                command.location,
                part,
                command.condition,
                net,
                tax,
                remitted,
                funded,
                _fee(changes.order, part, ratio),
                restocked,
                not left,
            )
        )


def expected_fee(order: Order, items: Items, policies: Policies) -> int:
    """What would be kept of the worth of units, if they came back now (M9)."""
    return _fee(order, items, policies.restocking_fee)


def _fee(order: Order, items: Items, ratio: Ratio | None) -> int:
    """M9: round(unit net x percentage) for every unit, untaxed; never more than the net."""
    if ratio is None:
        return 0
    fee = 0
    for line_id, runs in items:
        for low, high in runs:
            for first, last, net, *_ in order.terms.line(line_id).entitlements:
                size = min(last, high) - max(first, low) + 1
                if size > 0:
                    fee += size * max(min(ratio.of(net), net), 0)
    return fee


def _expected(changes: Changes, return_id: str, event: str) -> Return:
    expected = changes.order.progress.returns.get(return_id)
    if expected is None:
        raise UnknownId("return_id", kind="return", id=return_id)
    if not expected.items:
        raise IllegalTransition("return_id", chart="return", state=expected.status, event=event)
    return expected


# -- folding ---------------------------------------------------------------------------------


def evolve_authorized(order: Order, event: ev.ReturnAuthorized) -> Order:
    """The units are expected back."""
    expected = Return(event.return_id, event.items, AUTHORIZED, event.at)
    return _with_return(order, expected, event.items, un.RETURNING)


def evolve_return_cancelled(order: Order, event: ev.ReturnCancelled) -> Order:
    """The units are plainly delivered again."""
    old = order.progress.returns[event.return_id]
    status = COMPLETED if old.status == PARTIALLY_RECEIVED else CANCELLED
    order = _with_return(order, Return(old.id, (), status, old.authorized_at), event.items, un.DELIVERED)
    # Each unit is held again by the shipment that brought it: the return window goes on from there.
    for shipment in order.progress.shipments.values():
        if shipment.status == DELIVERED and (brought := common(shipment.items, event.items)):
            units, tally = relocated(order, brought, un.DELIVERED, shipment.id)
            order = order.with_progress(changed(order.progress, units=units, tally=tally))
    return order


def evolve_received(order: Order, event: ev.ReturnReceived) -> Order:
    """The units are back, and their worth less the fee is owed."""
    old = order.progress.returns[event.return_id]
    left = subtract(old.items, event.items)
    status = PARTIALLY_RECEIVED if left else COMPLETED
    order = _with_return(order, Return(old.id, left, status, old.authorized_at), event.items, un.RETURNED)
    return order.with_payments(
        give_back(order.payments, event.net, event.tax, event.remitted, event.funded, event.fee)
    )


def _with_return(order: Order, expected: Return, items: Items, state: str) -> Order:
    held_by = "" if state == un.DELIVERED else expected.id
    units, tally = relocated(order, items, state, held_by)
    progress = order.progress
    return order.with_progress(
        Progress(
            units,
            tally,
            progress.work,
            progress.shipments,
            {**progress.returns, expected.id: expected},
            progress.excluded,
            progress.charged,
            progress.numbered,
        )
    )


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    AuthorizeReturn: authorize,
    CancelReturn: cancel_return,
    ReceiveReturn: receive,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.ReturnAuthorized: evolve_authorized,
    ev.ReturnCancelled: evolve_return_cancelled,
    ev.ReturnReceived: evolve_received,
}

__all__ = [
    "CONDITIONS",
    "DAMAGED",
    "ELIGIBILITY",
    "QUARANTINED",
    "SELLABLE",
    "AuthorizeReturn",
    "CancelReturn",
    "NotReturnable",
    "ReceiveReturn",
    "ReturnExists",
]
