"""Payments: what is owed, what is held, and what is asked of whom.

Decides M8, M10, M11 and M13. The facet's core is ``settle``: after every command it compares what
the order owes with what its tenders hold, and asks for exactly the difference - a capture, a
refund or a void. So no command carries money logic of its own, and late money on a cancelled
order becomes one refund by the same rule. Must not know gateways: a ``PaymentRequested`` on the
feed is all that leaves, its outcome comes back as a command.

The ledger is double entry: every event that moves money posts amounts that sum to zero over the
accounts ``receivable``, ``sales``, ``tax``, ``fees``, ``tender:<id>``, and, for tax that a
marketplace remits itself, ``channel:collected`` against ``channel:remitted``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from omcore.kernel import (
    MAX_MINOR,
    Command,
    InvalidType,
    Money,
    UnknownId,
    checked_id,
    checked_payment_reference,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes
from omcore.orders.draft import CASH, GATEWAY, TENDER_KINDS
from omcore.orders.state import Order, PaymentRequest, Payments, Tender

AUTHORIZE = "authorize"
CAPTURE = "capture"
REFUND = "refund"
VOID = "void"

APPROVED = "approved"
DECLINED = "declined"
UNKNOWN = "unknown"
OUTCOMES = (APPROVED, DECLINED, UNKNOWN)

RECEIVABLE = "receivable"
SALES = "sales"
TAX = "tax"
FEES = "fees"
COLLECTED = "channel:collected"
REMITTED = "channel:remitted"


@record
class RecordPaymentOutcome(Command):
    """What became of a ``PaymentRequested``: approved, declined, or unknown (ask again)."""

    order_id: str
    request_id: str
    outcome: str
    reference: str = ""
    cause: str = attrs.field(default="", repr=False)

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
        if type(self.amount) is not Money or self.amount.minor <= 0:
            raise InvalidType("amount", expected="a positive amount of Money")
        if type(self.kind) is not str or self.kind not in TENDER_KINDS:
            raise InvalidType("kind", expected="one of cash, gateway, channel")
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
    """The outcome of a request that is still open; one that was answered is unknown here."""
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
    else:
        changes.emit(
            ev.PaymentApproved(
                at, request.id, request.kind, request.tender_id, request.amount, command.reference
            )
        )


def record_payment(changes: Changes, command: RecordPayment) -> None:
    """Money that came by itself. An order that is over takes it too, and owes it back at once."""
    terms = changes.order.terms
    Money.zero(terms.currency) + command.amount  # CurrencyMismatch for any other
    held = changes.order.payments.captured + command.amount.minor
    if held > MAX_MINOR:
        raise InvalidType("amount", expected="at most 15 digits in all")
    known = changes.order.payments.tenders.get(command.tender_id)
    kind = known.kind if known is not None else command.kind
    changes.emit(
        ev.PaymentReceived(changes.at, command.tender_id, kind, command.amount.minor, command.reference)
    )


def retry_payment(changes: Changes, command: RetryPayment) -> None:
    """A blocked tender is open again; ``settle`` asks it right away for what is due."""
    tender = changes.order.payments.tenders.get(command.tender_id)
    if tender is None:
        raise UnknownId("tender_id", kind="tender", id=command.tender_id)
    if not (tender.blocked or tender.refund_blocked):
        return
    changes.emit(ev.PaymentRetried(changes.at, tender.id))
    if changes.order.standing.status in changes.context.chart.finals:
        return  # nothing is authorized for an order that is over; refunds and voids are settled
    if tender.kind == GATEWAY and tender.authorized == 0 and tender.amount > 0:
        request(changes, AUTHORIZE, tender.id, tender.amount)


def request(changes: Changes, kind: str, tender_id: str, amount: int) -> None:
    """Ask a tender's holder for something; the request's id is its key for ever."""
    order = changes.order
    number = order.payments.numbered + 1
    tender = order.payments.tenders[tender_id]
    changes.emit(
        ev.PaymentRequested(
            changes.at,
            f"{order.terms.order_id}-P{number}",
            kind,
            tender_id,
            tender.kind,
            amount,
            order.terms.currency,
        )
    )


def settle(changes: Changes) -> None:
    """Ask for the difference between what is due and what is held (M8, M10, M11)."""
    order = changes.order
    payments = order.payments
    captured = refunded = refunding = left = 0
    for tender in payments.tenders.values():
        captured += tender.captured
        refunded += tender.refunded
        refunding += tender.refunding
        if tender.authorized:
            left += _uncaptured(tender)
    if left and (due := still_due(changes)) > 0:
        _capture(changes, due)
    else:
        over = captured - refunded - refunding - payments.owed
        if over > 0:
            _refund(changes, over)
    if left:
        tally = order.progress.tally
        if not tally.open and not tally.allocated:
            _void(changes)


def _uncaptured(tender: Tender) -> int:
    """What is authorized and neither captured nor voided, nor under way to be."""
    return tender.authorized - tender.captured - tender.capturing - tender.voided - tender.voiding


def still_due(changes: Changes) -> int:
    """What may be captured now beyond what was captured or is under way; negative where nothing is.

    What somebody gave back without units coming back, as a channel does out of goodwill, is not
    captured a second time: all captures together stay within all that was ever earned.
    """
    order = changes.order
    captured = refunded = 0
    for tender in order.payments.tenders.values():
        captured += tender.captured + tender.capturing
        refunded += tender.refunded + tender.refunding
    capturable = changes.context.policies.capturable(order)
    if refunded and capturable + refunded > captured:
        refunded = min(refunded, given_back(order))
    return capturable + refunded - captured


def given_back(order: Order) -> int:
    """Worth of the units that came back, less the fees that were kept (M6, M9)."""
    worth = order.payments.accounts.get(FEES, 0)
    for line, units in zip(order.terms.lines, order.progress.units, strict=True):
        net, tax, remitted = order.worth(((line.id, un.in_state(units, un.RETURNED)),))
        worth += net + tax - remitted
    return worth


def _capture(changes: Changes, due: int) -> None:
    capturable = [
        (tender.id, _uncaptured(tender))
        for tender in changes.order.payments.tenders.values()
        if tender.kind == GATEWAY and not tender.blocked
    ]
    _request_over(changes, CAPTURE, changes.context.policies.capture_over(due, capturable), due, capturable)


def _refund(changes: Changes, over: int) -> None:
    refundable = [
        (tender.id, tender.captured - tender.refunded - tender.refunding)
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
    for tender_id, amount in parts:
        part = min(amount, most.get(tender_id, 0), whole)
        if part > 0:
            whole -= part
            most[tender_id] -= part
            request(changes, kind, tender_id, part)


def _void(changes: Changes) -> None:
    """No unit is open: what is authorized beyond what is due will never be captured (M8)."""
    payments = changes.order.payments
    due = max(still_due(changes), 0)
    for tender in payments.tenders.values():
        left = _uncaptured(tender)
        if tender.kind != GATEWAY or left <= 0 or tender.blocked:
            continue
        kept = min(due, left)
        due -= kept
        if left > kept:
            request(changes, VOID, tender.id, left - kept)


def tender_status(tender: Tender) -> str:
    """The state of the payment chart that a tender's amounts stand for."""
    return _status_of(tender.authorized, tender.captured, tender.refunded, tender.voided, tender.blocked)


def _status_of(authorized: int, captured: int, refunded: int, voided: int, blocked: bool) -> str:
    if captured:
        if refunded >= captured:
            return "refunded"
        if refunded:
            return "partially_refunded"
        return "captured" if captured >= authorized - voided else "partially_captured"
    if authorized:
        return "voided" if voided >= authorized else "authorized"
    return "declined" if blocked else "pending"


# -- folding ---------------------------------------------------------------------------------


def opening(event: ev.OrderPlaced) -> Payments:
    """The payments of an order as it was placed."""
    tenders: dict[str, Tender] = {}
    accounts: dict[str, int] = {}
    for stated in event.tenders:
        tenders[stated.id] = Tender(
            stated.id,
            stated.kind,
            stated.amount,
            _status_of(stated.authorized, stated.captured, stated.refunded, 0, False),
            stated.authorized,
            stated.captured,
            0,
            stated.refunded,
            0,
            0,
            0,
            stated.reference,
            False,
            False,
        )
        held = stated.captured - stated.refunded
        if held:
            _post(accounts, f"tender:{stated.id}", held)
            _post(accounts, RECEIVABLE, -held)
    return Payments(tenders, {}, event.total - event.remitted, 0, event.remitted, accounts, 0)


def earn(payments: Payments, net: int, tax: int, remitted: int) -> Payments:
    """Units (and charges) went out: their worth may be captured."""
    amount = net + tax - remitted
    accounts = dict(payments.accounts)
    _post(accounts, RECEIVABLE, amount)
    _post(accounts, SALES, -net)
    if tax:
        _post(accounts, TAX, remitted - tax)
        if remitted:
            _post(accounts, COLLECTED, remitted)
            _post(accounts, REMITTED, -remitted)
    return Payments(
        payments.tenders,
        payments.requests,
        payments.owed,
        payments.earned + amount,
        payments.remitted,
        accounts,
        payments.numbered,
    )


def forgo(payments: Payments, net: int, tax: int, remitted: int) -> Payments:
    """Units were cancelled before they were earned: they are no longer owed."""
    return Payments(
        payments.tenders,
        payments.requests,
        payments.owed - (net + tax - remitted),
        payments.earned,
        payments.remitted - remitted,
        payments.accounts,
        payments.numbered,
    )


def give_back(payments: Payments, net: int, tax: int, remitted: int, fee: int) -> Payments:
    """Units came back: their worth less the fee is owed to the customer (M6, M9)."""
    amount = net + tax - remitted - fee
    accounts = dict(payments.accounts)
    _post(accounts, RECEIVABLE, -amount)
    _post(accounts, SALES, net)
    if tax:
        _post(accounts, TAX, tax - remitted)
    if fee:
        _post(accounts, FEES, -fee)
    if remitted:
        _post(accounts, COLLECTED, -remitted)
        _post(accounts, REMITTED, remitted)
    return Payments(
        payments.tenders,
        payments.requests,
        payments.owed - amount,
        payments.earned - amount,
        payments.remitted - remitted,
        accounts,
        payments.numbered,
    )


def evolve_payment_requested(order: Order, event: ev.PaymentRequested) -> Order:
    """Something is under way."""
    payments = order.payments
    tenders = payments.tenders
    if event.kind != AUTHORIZE:  # an authorization moves nothing until it is approved
        tender = _moved(tenders[event.tender_id], event.kind, event.amount, 0)
        tenders = {**tenders, tender.id: tender}
    asked = PaymentRequest(event.request_id, event.kind, event.tender_id, event.amount)
    return order.with_payments(
        Payments(
            tenders,
            {**payments.requests, event.request_id: asked},
            payments.owed,
            payments.earned,
            payments.remitted,
            payments.accounts,
            payments.numbered + 1,
        )
    )


def evolve_payment_approved(order: Order, event: ev.PaymentApproved) -> Order:
    """It was done: what was under way is final, and money has moved."""
    payments = order.payments
    tender = payments.tenders[event.tender_id]
    accounts = payments.accounts
    if event.kind in (CAPTURE, REFUND):
        signed = event.amount if event.kind == CAPTURE else -event.amount
        accounts = dict(accounts)
        _post(accounts, f"tender:{tender.id}", signed)
        _post(accounts, RECEIVABLE, -signed)
    return order.with_payments(
        _replaced(
            payments,
            _moved(tender, event.kind, -event.amount, event.amount, event.reference),
            _without(payments.requests, event.request_id),
            accounts,
            payments.numbered,
        )
    )


def evolve_payment_declined(order: Order, event: ev.PaymentDeclined) -> Order:
    """It was not done: nothing has moved, and the tender is not asked for the like again by itself."""
    payments = order.payments
    tender = _moved(payments.tenders[event.tender_id], event.kind, -event.amount, 0)
    if event.kind == REFUND:
        tender = _copy(tender, tender.status, tender.blocked, True)
    else:
        tender = _with_status(_copy(tender, tender.status, True, tender.refund_blocked))
    return order.with_payments(
        _replaced(
            payments,
            tender,
            _without(payments.requests, event.request_id),
            payments.accounts,
            payments.numbered,
        )
    )


def evolve_payment_unknown(order: Order, event: ev.PaymentUnknown) -> Order:
    """The request stays open, marked."""
    payments = order.payments
    asked = payments.requests[event.request_id]
    marked = PaymentRequest(asked.id, asked.kind, asked.tender_id, asked.amount, True)
    return order.with_payments(
        Payments(
            payments.tenders,
            {**payments.requests, event.request_id: marked},
            payments.owed,
            payments.earned,
            payments.remitted,
            payments.accounts,
            payments.numbered,
        )
    )


def evolve_payment_received(order: Order, event: ev.PaymentReceived) -> Order:
    """Money is on a tender that may be new."""
    payments = order.payments
    old = payments.tenders.get(event.tender_id) or Tender(event.tender_id, event.tender_kind, 0, "pending")
    captured = old.captured + event.amount
    # What came by itself was captured by somebody: it uses up what was authorized, and more.
    authorized = max(old.authorized, captured + old.capturing + old.voided + old.voiding)
    tender = Tender(
        old.id,
        old.kind,
        max(old.amount, captured),
        old.status,
        authorized,
        captured,
        old.capturing,
        old.refunded,
        old.refunding,
        old.voided,
        old.voiding,
        event.reference or old.reference,
        old.blocked,
        old.refund_blocked,
    )
    accounts = dict(payments.accounts)
    _post(accounts, f"tender:{tender.id}", event.amount)
    _post(accounts, RECEIVABLE, -event.amount)
    return order.with_payments(
        _replaced(payments, _with_status(tender), payments.requests, accounts, payments.numbered)
    )


def evolve_refund_noted(order: Order, event: ev.RefundNoted) -> Order:
    """The channel gave money back by itself."""
    payments = order.payments
    tender = _moved(payments.tenders[event.tender_id], REFUND, 0, event.amount)
    accounts = dict(payments.accounts)
    _post(accounts, f"tender:{tender.id}", -event.amount)
    _post(accounts, RECEIVABLE, event.amount)
    return order.with_payments(_replaced(payments, tender, payments.requests, accounts, payments.numbered))


def evolve_payment_retried(order: Order, event: ev.PaymentRetried) -> Order:
    """The tender may be asked again."""
    payments = order.payments
    old = payments.tenders[event.tender_id]
    tender = _with_status(_copy(old, old.status, False, False))
    return order.with_payments(
        _replaced(payments, tender, payments.requests, payments.accounts, payments.numbered)
    )


def _moved(tender: Tender, kind: str, asked: int, done: int, reference: str = "") -> Tender:
    """The tender with ``asked`` more under way and ``done`` more final of one kind of request."""
    authorized, captured, capturing = tender.authorized, tender.captured, tender.capturing
    refunded, refunding = tender.refunded, tender.refunding
    voided, voiding = tender.voided, tender.voiding
    if kind == CAPTURE:
        capturing += asked
        captured += done
    elif kind == REFUND:
        refunding += asked
        refunded += done
    elif kind == VOID:
        voiding += asked
        voided += done
    else:
        authorized += done
    return Tender(
        tender.id,
        tender.kind,
        tender.amount,
        _status_of(authorized, captured, refunded, voided, tender.blocked),
        authorized,
        captured,
        capturing,
        refunded,
        refunding,
        voided,
        voiding,
        reference or tender.reference,
        tender.blocked,
        tender.refund_blocked,
    )


def _with_status(tender: Tender) -> Tender:
    status = tender_status(tender)
    return tender if status == tender.status else _copy(tender, status, tender.blocked, tender.refund_blocked)


def _copy(tender: Tender, status: str, blocked: bool, refund_blocked: bool) -> Tender:
    return Tender(
        tender.id,
        tender.kind,
        tender.amount,
        status,
        tender.authorized,
        tender.captured,
        tender.capturing,
        tender.refunded,
        tender.refunding,
        tender.voided,
        tender.voiding,
        tender.reference,
        blocked,
        refund_blocked,
    )


def _replaced(
    payments: Payments,
    tender: Tender,
    requests: Mapping[str, PaymentRequest],
    accounts: Mapping[str, int],
    numbered: int,
) -> Payments:
    return Payments(
        {**payments.tenders, tender.id: tender},
        requests,
        payments.owed,
        payments.earned,
        payments.remitted,
        accounts,
        numbered,
    )


def _without(requests: Mapping[str, PaymentRequest], request_id: str) -> dict[str, PaymentRequest]:
    return {key: value for key, value in requests.items() if key != request_id}


def _post(accounts: dict[str, int], account: str, amount: int) -> None:
    accounts[account] = accounts.get(account, 0) + amount


__all__ = [
    "AUTHORIZE",
    "CAPTURE",
    "OUTCOMES",
    "REFUND",
    "VOID",
    "RecordPayment",
    "RecordPaymentOutcome",
    "RetryPayment",
    "record_outcome",
    "record_payment",
    "request",
    "retry_payment",
    "settle",
    "tender_status",
]
