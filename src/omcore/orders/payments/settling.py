"""Payments: what is owed, what is held, and what is asked of whom.

Decides M8, M10, M11 and M13. The facet's core is ``settle``: after every command it compares what
the order owes with what its tenders hold, and asks for exactly the difference - a capture, a
refund, store credit or a void. So no command carries money logic of its own, and late money on a cancelled
order becomes one refund by the same rule. Must not know how facts are folded (``ledger``), or
gateways: a ``PaymentRequested`` on the feed is all that leaves, its outcome comes back as a command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    MAX_MINOR,
    Command,
    InvalidMoney,
    InvalidType,
    LimitExceeded,
    Money,
    UnknownId,
    checked_id,
    checked_payment_reference,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders.amendments.swapping import credit, gate
from omcore.orders.changes import Changes, holds_block
from omcore.orders.deadlines import moment_in_utc
from omcore.orders.draft import ASKED, CASH, STORE_CREDIT, TENDER_KINDS
from omcore.orders.payments.tenders import AUTHORIZE, CAPTURE, CREDIT_TENDER, ISSUE, REFUND, VOID
from omcore.orders.state import CAPTURE as HELD_CAPTURE
from omcore.orders.state import NO_AMENDMENTS, NO_CONCESSIONS, ROUTING, SHIPPING, Order, Tender

APPROVED = "approved"
DECLINED = "declined"
UNKNOWN = "unknown"
OUTCOMES = (APPROVED, DECLINED, UNKNOWN)

# Money that comes by itself may bring a new tender; those that there are take any amount.
MAX_TENDERS = 20

# The hold of an order that was paid for and is not any more; this facet places and releases it.
UNCOVERED = "payments-uncovered"
LEDGER = "payments"


@record
class RecordPaymentOutcome(Command):
    """What became of a ``PaymentRequested``: approved, declined, or unknown (ask again).

    ``expires_at``: until when what was authorized, or extended, can be captured; None for ever.
    """

    order_id: str
    request_id: str
    outcome: str
    reference: str = ""
    cause: str = attrs.field(default="", repr=False)
    expires_at: datetime | None = attrs.field(default=None, converter=moment_in_utc)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.request_id, "request_id")
        if type(self.outcome) is not str or self.outcome not in OUTCOMES:
            raise InvalidType("outcome", expected="one of " + ", ".join(OUTCOMES))
        if type(self.reference) is not str or self.reference:
            checked_payment_reference(self.reference, "reference")
        checked_text(self.cause, "cause", high=200)


@record
class RecordPayment(Command):
    """Money arrived by itself: a bank transfer, cash at pickup, a late payment (M11)."""

    order_id: str
    tender_id: str
    amount: Money
    kind: str = CASH
    reference: str = ""

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.tender_id, "tender_id")
        if type(self.amount) is not Money:
            raise InvalidMoney("amount", reason="not Money: exact minor units and their currency")
        if self.amount.minor <= 0:
            raise InvalidType("amount", expected="a positive amount of Money")
        if type(self.kind) is not str or self.kind not in TENDER_KINDS:
            raise InvalidType("kind", expected="one of " + ", ".join(TENDER_KINDS))
        if type(self.reference) is not str or self.reference:
            checked_payment_reference(self.reference, "reference")


@record
class RetryPayment(Command):
    """Let a tender that was declined be asked again."""

    order_id: str
    tender_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.tender_id, "tender_id")


def record_outcome(changes: Changes, command: RecordPaymentOutcome) -> None:
    """The outcome of a request that is still open; one that was answered is unknown here.

    Precedence: unknown_id.
    """
    payments = changes.order.payments
    request = payments.requests.get(command.request_id)
    if request is None:
        raise UnknownId("request_id", kind="payment request", id=command.request_id)
    at = changes.at
    if command.outcome == UNKNOWN:
        if not request.unknown:
            changes.emit(ev.PaymentUnknown(at, request.id, request.kind, request.tender_id, request.amount))
        return
    if command.outcome == DECLINED:
        changes.emit(
            ev.PaymentDeclined(at, request.id, request.kind, request.tender_id, request.amount, command.cause)
        )
        if request.kind in (AUTHORIZE, CAPTURE):  # what was authorized is worth nothing if it can't be had
            hold_if_uncovered(changes)
    else:
        changes.emit(
            ev.PaymentApproved(
                at,
                request.id,
                request.kind,
                request.tender_id,
                request.amount,
                command.reference,
                command.expires_at,
            )
        )
        if request.kind == VOID:
            hold_if_uncovered(changes)


def record_payment(changes: Changes, command: RecordPayment) -> None:
    """Money that came by itself. An order that is over takes it too, and owes it back at once.

    Precedence: limit_exceeded (tender), currency_mismatch, limit_exceeded (amount).
    """
    terms, tenders = changes.order.terms, changes.order.payments.tenders
    known = tenders.get(command.tender_id)
    if known is None and len(tenders) >= MAX_TENDERS:
        raise LimitExceeded("tender_id", what="tenders", limit=MAX_TENDERS, got=len(tenders) + 1)
    Money.zero(terms.currency) + command.amount  # CurrencyMismatch for any other
    held = changes.order.payments.captured + command.amount.minor
    if held > MAX_MINOR:
        raise LimitExceeded("amount", what="minor units held for an order", limit=MAX_MINOR, got=held)
    kind = known.kind if known is not None else command.kind
    changes.emit(
        ev.PaymentReceived(changes.at, command.tender_id, kind, command.amount.minor, command.reference)
    )


def retry_payment(changes: Changes, command: RetryPayment) -> None:
    """A blocked tender is open again; ``settle`` asks it right away for what is due.

    Precedence: unknown_id.
    """
    concessions = changes.order.payments.concessions
    if command.tender_id == CREDIT_TENDER and concessions.issue_blocked:
        changes.emit(ev.PaymentRetried(changes.at, CREDIT_TENDER))
        return
    tender = tender_of(changes, command.tender_id)
    if not (tender.blocked or tender.refund_blocked):
        return
    changes.emit(ev.PaymentRetried(changes.at, tender.id))
    if changes.order.standing.status in changes.context.chart.finals:
        return  # nothing is authorized for an order that is over; refunds and voids are settled
    if tender.kind in ASKED and tender.authorized == 0 and tender.amount > 0:
        request(changes, AUTHORIZE, tender.id, tender.amount)


def tender_of(changes: Changes, tender_id: str) -> Tender:
    """The order's tender, or ``UnknownId``."""
    tender = changes.order.payments.tenders.get(tender_id)
    if tender is None:
        raise UnknownId("tender_id", kind="tender", id=tender_id)
    return tender


def hold_if_uncovered(changes: Changes) -> None:
    """What was covered and is not any more waits: nobody ships on a promise that was taken back.

    Only once the order is validated: before that its rules say so themselves.
    """
    order = changes.order
    tally = order.progress.tally
    if not order.standing.validated or not (tally.open or tally.allocated):
        return
    short = order.payments.owed - order.payments.covered
    asked = sum(entry.amount for entry in order.payments.requests.values() if entry.kind == AUTHORIZE)
    if short > asked and all(hold.id != UNCOVERED for hold in order.standing.holds):
        note = f"{short} minor units not covered"
        changes.emit(ev.HoldPlaced(changes.at, UNCOVERED, "payment", LEDGER, note, (ROUTING, SHIPPING)))


def _release_if_covered(changes: Changes) -> None:
    order = changes.order
    for hold in order.standing.holds:
        if hold.id == UNCOVERED and order.payments.covered >= order.payments.owed:
            changes.emit(ev.HoldReleased(changes.at, hold.id, hold.kind, False, hold.owner))


def request(changes: Changes, kind: str, tender_id: str, amount: int) -> None:
    """Ask a tender's holder for something; the request's id is its key for ever."""
    order = changes.order
    number = order.payments.numbered + 1
    tender_kind = STORE_CREDIT if kind == ISSUE else order.payments.tenders[tender_id].kind
    changes.emit(
        ev.PaymentRequested(
            changes.at,
            f"{order.terms.order_id}-P{number}",
            kind,
            tender_id,
            tender_kind,
            amount,
            order.terms.currency,
        )
    )


def settle(changes: Changes) -> None:
    """Ask for the difference between what is due and what is held (M8, M10, M11)."""
    order = changes.order
    payments = order.payments
    captured = capturing = refunded = left = 0
    for tender in payments.tenders.values():
        captured += tender.captured
        capturing += tender.capturing
        refunded += tender.refunded + tender.refunding
        left += uncaptured(tender)
    taken = 0
    if payments.concessions is not NO_CONCESSIONS:
        refunded += payments.concessions.issued + payments.concessions.issuing
        taken = payments.concessions.charged_back
    if left and (due := _due(changes, captured + capturing, refunded)) > 0:
        # A hold may keep money from being taken; what is due is asked for once it is released.
        if not (order.standing.holds and holds_block(order, HELD_CAPTURE)):
            _capture(changes, due)
            left = sum([uncaptured(tender) for tender in changes.order.payments.tenders.values()])
    else:
        # What was paid for a change that is under way is kept for it.
        over = captured - refunded - taken - max(payments.owed, 0)  # never more than is held (M11)
        if over > 0 and order.amendments is not NO_AMENDMENTS:
            over -= gate(order)
        if over > 0:
            _give(changes, over)
    if left:
        tally = order.progress.tally
        if not tally.open and not tally.allocated:
            _void(changes)
    if order.standing.holds:
        _release_if_covered(changes)


def uncaptured(tender: Tender) -> int:
    """What is authorized and neither captured nor voided, nor under way to be."""
    return tender.authorized - tender.captured - tender.capturing - tender.voided - tender.voiding


def _due(changes: Changes, captured: int, refunded: int) -> int:
    """What may be captured now beyond ``captured``; negative where nothing is.

    Both amounts with what is under way. What somebody gave back without units coming back, as a
    channel does out of goodwill, is not captured a second time: all captures together stay within
    all that was ever earned.
    """
    order, policies = changes.order, changes.context.policies
    if policies.capture_by_hand:
        return 0
    capturable = policies.capturable(order)
    if type(capturable) is not int:  # no float ever becomes money (M1), nor what an embedder forgot
        raise InvalidType("policies.capturable", expected="an int of minor units")
    if order.amendments is not NO_AMENDMENTS:
        # Goods that are coming back pay for those that were sent in exchange.
        capturable -= credit(order, capturable)
    return capturable + refunded - captured - order.payments.concessions.ahead


def _capture(changes: Changes, due: int) -> None:
    capturable = [
        (tender.id, uncaptured(tender))
        for tender in changes.order.payments.tenders.values()
        if tender.kind in ASKED and not tender.blocked
    ]
    _request_over(changes, CAPTURE, changes.context.policies.capture_over(due, capturable), due, capturable)


def _give(changes: Changes, over: int) -> None:
    """Store credit first, as much of it as was agreed; the rest over the tenders (M10)."""
    concessions = changes.order.payments.concessions
    if concessions is not NO_CONCESSIONS:
        credit = min(over, concessions.credit_due - concessions.issued - concessions.issuing)
        if credit > 0:
            over -= credit
            if not concessions.issue_blocked:
                request(changes, ISSUE, CREDIT_TENDER, credit)
    if over > 0:
        _refund(changes, over)


def refundable_on(order: Order, tender: Tender) -> int:
    """What was captured on a tender and neither given back nor taken back by a bank."""
    most = tender.captured - tender.refunded - tender.refunding
    concessions = order.payments.concessions
    return most if concessions is NO_CONCESSIONS else most - concessions.charged_back_on(tender.id)


def _refund(changes: Changes, over: int) -> None:
    refundable = [
        (tender.id, refundable_on(changes.order, tender))
        for tender in changes.order.payments.tenders.values()
        if not tender.refund_blocked
    ]
    _request_over(changes, REFUND, changes.context.policies.refund_over(over, refundable), over, refundable)


def _request_over(
    changes: Changes,
    kind: str,
    parts: Sequence[tuple[str, int]],
    whole: int,
    available: Sequence[tuple[str, int]],
) -> None:
    """Ask for the parts that a policy gave, held to what there is: a policy is an embedder's."""
    most = dict(available)
    if type(parts) is not list and type(parts) is not tuple:
        raise InvalidType(f"policies.{kind}_over", expected="(tender id, int of minor units) pairs")
    for pair in parts:
        if type(pair) is not tuple or len(pair) != 2 or type(pair[1]) is not int:
            raise InvalidType(f"policies.{kind}_over", expected="(tender id, int of minor units) pairs")
        tender_id, amount = pair
        part = min(amount, most.get(tender_id, 0), whole)
        if part > 0:
            whole -= part
            most[tender_id] -= part
            request(changes, kind, tender_id, part)


def _void(changes: Changes) -> None:
    """No unit is open: what is authorized beyond what is due will never be captured (M8).

    But for what a change that is under way may need: that is kept for it, as money is.
    """
    order = changes.order
    tenders = order.payments.tenders.values()
    concessions = order.payments.concessions
    captured = sum(tender.captured + tender.capturing for tender in tenders)
    refunded = sum(tender.refunded + tender.refunding for tender in tenders)
    refunded += concessions.issued + concessions.issuing
    if changes.context.policies.capture_by_hand:
        due = max(order.payments.owed - captured + refunded, 0)  # a person has yet to capture it
    else:
        due = max(_due(changes, captured, refunded), 0)
    if order.amendments is not NO_AMENDMENTS:
        paid = max(captured - refunded - concessions.charged_back - order.payments.owed, 0)
        due += max(gate(order) - paid, 0)
    for tender in tenders:
        left = uncaptured(tender)
        if tender.kind not in ASKED or left <= 0 or tender.blocked:
            continue
        kept = min(due, left)
        due -= kept
        if left > kept:
            request(changes, VOID, tender.id, left - kept)


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    RecordPaymentOutcome: record_outcome,
    RecordPayment: record_payment,
    RetryPayment: retry_payment,
}

__all__ = [
    "MAX_TENDERS",
    "OUTCOMES",
    "UNCOVERED",
    "RecordPayment",
    "RecordPaymentOutcome",
    "RetryPayment",
    "hold_if_uncovered",
    "record_outcome",
    "record_payment",
    "refundable_on",
    "request",
    "retry_payment",
    "settle",
    "tender_of",
    "uncaptured",
]
