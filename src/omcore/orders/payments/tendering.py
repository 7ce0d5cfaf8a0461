"""Tendering: means of payment that come, grow, last longer, lapse and are drawn on by hand.

Decides what may be asked of a tender besides what ``settle`` asks by itself, and what becomes of an
authorization whose time is over: it lapses at its very moment, whether or not anybody looked (S6), and
is asked for anew, or the order waits. Must not know what is owed for which units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.kernel import (
    MAX_MINOR,
    Command,
    InvalidMoney,
    InvalidType,
    LimitExceeded,
    Money,
    Refusal,
    checked_id,
    record,
)
from omcore.orders import events as ev
from omcore.orders.changes import Changes, OrderContext, refuse_if_held, refuse_if_over
from omcore.orders.deadlines import Deadline, Deadlines
from omcore.orders.draft import ASKED, DraftTender
from omcore.orders.payments.ledger import post_held, replaced
from omcore.orders.payments.settling import (
    MAX_TENDERS,
    hold_if_uncovered,
    request,
    tender_of,
    uncaptured,
)
from omcore.orders.payments.tenders import AUTHORIZE, CAPTURE, EXTEND, VOID, as_stated, lapsed
from omcore.orders.state import CAPTURE as HELD_CAPTURE
from omcore.orders.state import Order, Tender

MAX_AUTHORIZATIONS = 50  # of one tender, at a time


class TenderExists(Refusal):
    """The order has a tender with this id already. Fields: id."""

    code = "tender_exists"


class TenderNotAsked(Refusal):
    """Nobody is asked for this kind of tender: cash, or a channel's own. Fields: id, kind."""

    code = "tender_not_asked"


class TenderBlocked(Refusal):
    """The tender was declined; ``RetryPayment`` lets it be asked again. Fields: id."""

    code = "tender_blocked"


class NothingAuthorized(Refusal):
    """Nothing is authorized on the tender that was not captured, voided or asked for. Fields: id."""

    code = "nothing_authorized"


class NotCapturable(Refusal):
    """More than the tender holds, or than the customer still owes. Fields: requested, available."""

    code = "not_capturable"


@record
class AddTender(Command):
    """The customer pays with something else besides: its authorization is asked for, unless it has one."""

    order_id: str
    tender: DraftTender

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        if type(self.tender) is not DraftTender:
            raise InvalidType("tender", expected="DraftTender")


@record
class AuthorizePayment(Command):
    """Ask a tender's holder for more than it holds: an incremental authorization."""

    order_id: str
    tender_id: str
    amount: Money

    def _check(self) -> None:
        _checked(self.order_id, self.tender_id, self.amount)


@record
class ExtendAuthorization(Command):
    """Ask a tender's holder to hold longer what is authorized and not captured."""

    order_id: str
    tender_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.tender_id, "tender_id")


@record
class CapturePayment(Command):
    """Capture by hand, in as many parts as one likes; never more than the customer still owes."""

    order_id: str
    tender_id: str
    amount: Money

    def _check(self) -> None:
        _checked(self.order_id, self.tender_id, self.amount)


@record
class VoidPayment(Command):
    """Let go of all that is authorized on a tender and was not captured."""

    order_id: str
    tender_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.tender_id, "tender_id")


def _checked(order_id: object, tender_id: object, amount: object) -> None:
    checked_id(order_id, "order_id")
    checked_id(tender_id, "tender_id")
    checked_amount(amount)


def checked_amount(amount: object, path: str = "amount") -> None:
    """A positive amount of ``Money``."""
    if type(amount) is not Money:
        raise InvalidMoney(path, reason="not Money: exact minor units and their currency")
    if amount.minor <= 0:
        raise InvalidType(path, expected="a positive amount of Money")


# -- deciding --------------------------------------------------------------------------------


def add_tender(changes: Changes, command: AddTender) -> None:
    """Precedence: order_is_over, tender_exists, limit_exceeded (tender), currency_mismatch,
    limit_exceeded (amount).
    """
    refuse_if_over(changes.order, changes.context)
    order, tender = changes.order, command.tender
    payments = order.payments
    if tender.id in payments.tenders:
        raise TenderExists("tender.id", id=tender.id)
    if len(payments.tenders) >= MAX_TENDERS:
        raise LimitExceeded("tender", what="tenders", limit=MAX_TENDERS, got=len(payments.tenders) + 1)
    Money.zero(order.terms.currency) + tender.amount  # CurrencyMismatch for any other
    amount = tender.amount.minor
    _refuse_too_much(order, amount)
    captured = amount if tender.captured else 0
    authorized = amount if tender.authorized else captured
    refunded = 0 if tender.refunded is None else tender.refunded.minor
    stated = ev.TenderStated(
        tender.id, tender.kind, amount, authorized, captured, min(refunded, captured), tender.reference
    )
    changes.emit(ev.TenderAdded(changes.at, stated))
    if tender.kind in ASKED and not authorized and amount:
        request(changes, AUTHORIZE, tender.id, amount)


def _refuse_too_much(order: Order, amount: int) -> None:
    whole = sum(max(tender.authorized, tender.amount) for tender in order.payments.tenders.values()) + amount
    if whole > MAX_MINOR:
        raise LimitExceeded("amount", what="minor units held for an order", limit=MAX_MINOR, got=whole)


def authorize_more(changes: Changes, command: AuthorizePayment) -> None:
    """Precedence: unknown_id, order_is_over, tender_not_asked, tender_blocked, currency_mismatch,
    limit_exceeded.
    """
    tender_of(changes, command.tender_id)
    refuse_if_over(changes.order, changes.context)
    tender = _asked(changes, command.tender_id)
    if tender.blocked:
        raise TenderBlocked("tender_id", id=tender.id)
    Money.zero(changes.order.terms.currency) + command.amount
    asked = changes.order.payments.requests.values()
    known = sum(entry.kind == AUTHORIZE and entry.tender_id == tender.id for entry in asked)
    known += len(tender.expiries)
    if known >= MAX_AUTHORIZATIONS:
        raise LimitExceeded("tender_id", what="authorizations", limit=MAX_AUTHORIZATIONS, got=known + 1)
    _refuse_too_much(changes.order, command.amount.minor)
    request(changes, AUTHORIZE, tender.id, command.amount.minor)


def extend(changes: Changes, command: ExtendAuthorization) -> None:
    """Asked once until it is answered.

    Precedence: unknown_id, order_is_over, tender_not_asked, nothing_authorized.
    """
    tender_of(changes, command.tender_id)
    refuse_if_over(changes.order, changes.context)
    tender = _asked(changes, command.tender_id)
    left = _left(tender)
    asked = changes.order.payments.requests.values()
    if all(entry.kind != EXTEND or entry.tender_id != tender.id for entry in asked):
        request(changes, EXTEND, tender.id, left)


def capture(changes: Changes, command: CapturePayment) -> None:
    """Precedence: unknown_id, tender_not_asked, tender_blocked, order_on_hold, currency_mismatch,
    not_capturable.
    """
    tender = _asked(changes, command.tender_id)
    if tender.blocked:
        raise TenderBlocked("tender_id", id=tender.id)
    refuse_if_held(changes.order, HELD_CAPTURE)
    order = changes.order
    Money.zero(order.terms.currency) + command.amount
    under_way = sum(other.capturing - other.refunding for other in order.payments.tenders.values())
    owed = order.payments.balance - under_way + order.payments.concessions.issuing
    available = max(min(uncaptured(tender), owed), 0)
    if command.amount.minor > available:
        raise NotCapturable("amount", requested=command.amount.minor, available=available)
    request(changes, CAPTURE, tender.id, command.amount.minor)


def void(changes: Changes, command: VoidPayment) -> None:
    """An order that is not covered any more waits, once it is done.

    Precedence: unknown_id, tender_not_asked, nothing_authorized.
    """
    tender = _asked(changes, command.tender_id)
    request(changes, VOID, tender.id, _left(tender))


def _asked(changes: Changes, tender_id: str) -> Tender:
    tender = tender_of(changes, tender_id)
    if tender.kind not in ASKED:
        raise TenderNotAsked("tender_id", id=tender.id, kind=tender.kind)
    return tender


def _left(tender: Tender) -> int:
    left = uncaptured(tender)
    if left <= 0:
        raise NothingAuthorized("tender_id", id=tender.id)
    return left


# -- time ------------------------------------------------------------------------------------


def lapses_at(order: Order, context: OrderContext) -> datetime | None:
    """When the first authorization that still has something to capture is over."""
    return min((part[0] for each in order.payments.tenders.values() if (part := _first(each))), default=None)


def _first(tender: Tender) -> tuple[datetime, int] | None:
    """What expires next of a tender, and how much: but for what is under way, which is in time."""
    under_way = tender.capturing + tender.voiding
    for until, part in tender.expiries:
        if part > under_way:
            return until, part - under_way
        under_way -= part
    return None


def lapse(changes: Changes) -> None:
    """What was not captured cannot be any more; it is authorized anew, or the order waits."""
    moment = lapses_at(changes.order, changes.context)
    for tender in changes.order.payments.tenders.values():
        part = _first(tender)
        if part is not None and part[0] == moment:
            left = part[1]
            changes.emit(ev.AuthorizationLapsed(changes.at, tender.id, left))
            order = changes.order
            over = order.standing.status in changes.context.chart.finals
            waiting = order.progress.tally.open or order.progress.tally.allocated
            if changes.context.policies.reauthorize and waiting and not over and not tender.blocked:
                request(changes, AUTHORIZE, tender.id, left)
            hold_if_uncovered(changes)
            return


# -- folding ---------------------------------------------------------------------------------


def evolve_added(order: Order, event: ev.TenderAdded) -> Order:
    """One means of payment more, with what it brings."""
    payments, accounts = order.payments, dict(order.payments.accounts)
    post_held(accounts, event.tender)
    tender = as_stated(event.tender)
    return order.with_payments(replaced(payments, tender, payments.requests, accounts, payments.numbered))


def evolve_lapsed(order: Order, event: ev.AuthorizationLapsed) -> Order:
    """As much is as good as voided."""
    payments = order.payments
    tender = lapsed(payments.tenders[event.tender_id], event.amount)
    return order.with_payments(
        replaced(payments, tender, payments.requests, payments.accounts, payments.numbered)
    )


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    AddTender: add_tender,
    AuthorizePayment: authorize_more,
    ExtendAuthorization: extend,
    CapturePayment: capture,
    VoidPayment: void,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.TenderAdded: evolve_added,
    ev.AuthorizationLapsed: evolve_lapsed,
}

DEADLINES: Deadlines = {"authorization_lapses": Deadline(lapses_at, lapse, binding=True)}

__all__ = [
    "MAX_TENDERS",
    "AddTender",
    "AuthorizePayment",
    "CapturePayment",
    "ExtendAuthorization",
    "NotCapturable",
    "NothingAuthorized",
    "TenderBlocked",
    "TenderExists",
    "TenderNotAsked",
    "VoidPayment",
    "checked_amount",
]
