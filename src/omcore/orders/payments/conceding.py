"""Conceding: what the customer gets besides the worth of units - allowances - and chargebacks.

Decides that an allowance takes something off what is owed, never more than that: what was paid beyond
it is given back by settling, and set off against goods that come back later. And that a chargeback is
money that is gone while the goods are still owed for: the order shows as underpaid, and nothing is
refunded a second time. Must not know tenders' holders or what units are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    InvalidType,
    LimitExceeded,
    Money,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders.changes import Changes
from omcore.orders.payments.ledger import RECEIVABLE, allow, credit, post
from omcore.orders.payments.settling import refundable_on, tender_of
from omcore.orders.payments.tendering import checked_amount
from omcore.orders.state import ROUTING, SHIPPING, Chargeback, Order

MAX_CHARGEBACKS = 100
MAX_ALLOWANCES = 100

DISPUTED = "disputed"
WON = "won"
LOST = "lost"

# Who owns the hold of an order whose customer took his money back.
CHARGEBACK = "chargeback"


class AllowanceTooLarge(Refusal):
    """More than the customer owes, or has paid for what he keeps. Fields: requested, available."""

    code = "allowance_too_large"


class AllowanceExists(Refusal):
    """The order has an allowance with this id already. Fields: id."""

    code = "allowance_exists"


class ChargebackExists(Refusal):
    """The order has a chargeback with this id already. Fields: id."""

    code = "chargeback_exists"


class ChargebackDecided(Refusal):
    """The chargeback was won or lost before. Fields: id, status."""

    code = "chargeback_decided"


@record
class GrantAllowance(Command):
    """Take something off without goods coming back: goodwill, a late parcel, a price match.

    ``kind`` is free. ``as_credit``: what is to be given back of it becomes store credit.
    """

    order_id: str
    allowance_id: str
    amount: Money
    kind: str = "goodwill"
    cause: str = attrs.field(default="", repr=False)
    as_credit: bool = False

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.allowance_id, "allowance_id")
        checked_amount(self.amount)
        checked_id(self.kind, "kind")
        checked_text(self.cause, "cause", high=200)
        if type(self.as_credit) is not bool:
            raise InvalidType("as_credit", expected="bool")


@record
class RecordChargeback(Command):
    """The customer's bank took money back from a tender."""

    order_id: str
    chargeback_id: str
    tender_id: str
    amount: Money

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.chargeback_id, "chargeback_id")
        checked_id(self.tender_id, "tender_id")
        checked_amount(self.amount)


@record
class ResolveChargeback(Command):
    """A chargeback is decided: won, and the money is the merchant's again, or lost."""

    order_id: str
    chargeback_id: str
    won: bool

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.chargeback_id, "chargeback_id")
        if type(self.won) is not bool:
            raise InvalidType("won", expected="bool")


# -- deciding --------------------------------------------------------------------------------


def grant(changes: Changes, command: GrantAllowance) -> None:
    """Of an order that is over too.

    Precedence: allowance_exists, limit_exceeded, currency_mismatch, allowance_too_large.
    """
    known = changes.order.payments.concessions.allowances
    if command.allowance_id in known:
        raise AllowanceExists("allowance_id", id=command.allowance_id)
    if len(known) >= MAX_ALLOWANCES:
        raise LimitExceeded("allowance_id", what="allowances", limit=MAX_ALLOWANCES, got=len(known) + 1)
    grant_allowance(
        changes, command.allowance_id, command.kind, command.amount, command.cause, command.as_credit
    )


def grant_allowance(
    changes: Changes, allowance_id: str, kind: str, amount: Money, cause: str, as_credit: bool = False
) -> None:
    """Take something off; for every facet that does. Errors: ``CurrencyMismatch``, ``AllowanceTooLarge``."""
    order = changes.order
    Money.zero(order.terms.currency) + amount  # CurrencyMismatch for any other
    available = max(order.payments.owed, 0)
    if amount.minor > available:
        raise AllowanceTooLarge("amount", requested=amount.minor, available=available)
    changes.emit(ev.AllowanceGranted(changes.at, allowance_id, kind, amount.minor, cause, as_credit))


def charge_back(changes: Changes, command: RecordChargeback) -> None:
    """What has not shipped waits. More than the tender still had becomes a task: a fact is never refused.

    Precedence: unknown_id, chargeback_exists, limit_exceeded, currency_mismatch.
    """
    tender = tender_of(changes, command.tender_id)
    order = changes.order
    known = order.payments.concessions.chargebacks
    if command.chargeback_id in known:
        raise ChargebackExists("chargeback_id", id=command.chargeback_id)
    if len(known) >= MAX_CHARGEBACKS:
        raise LimitExceeded("chargeback_id", what="chargebacks", limit=MAX_CHARGEBACKS, got=len(known) + 1)
    Money.zero(order.terms.currency) + command.amount
    amount = min(command.amount.minor, refundable_on(order, tender))
    if amount < command.amount.minor:
        beyond = str(command.amount.minor - amount)
        changes.emit(ev.LateFactNoted(changes.at, "charged_back_beyond", command.chargeback_id, beyond))
    if amount <= 0:
        return
    changes.emit(ev.ChargebackRecorded(changes.at, command.chargeback_id, tender.id, amount))
    tally = order.progress.tally
    if tally.open or tally.allocated:
        changes.emit(
            ev.HoldPlaced(
                changes.at,
                _hold_of(command.chargeback_id),
                "payment",
                CHARGEBACK,
                "charged back",
                (ROUTING, SHIPPING),
            )
        )


def resolve(changes: Changes, command: ResolveChargeback) -> None:
    """Won, what waited for it goes on. Precedence: unknown_id, chargeback_decided."""
    found = changes.order.payments.concessions.chargebacks.get(command.chargeback_id)
    if found is None:
        raise UnknownId("chargeback_id", kind="chargeback", id=command.chargeback_id)
    if found.status != DISPUTED:
        raise ChargebackDecided("chargeback_id", id=found.id, status=found.status)
    changes.emit(ev.ChargebackResolved(changes.at, found.id, found.tender_id, found.amount, command.won))
    for hold in changes.order.standing.holds:
        if command.won and hold.id == _hold_of(found.id):
            changes.emit(ev.HoldReleased(changes.at, hold.id, hold.kind, False, hold.owner))


def _hold_of(chargeback_id: str) -> str:
    return f"{CHARGEBACK}-{chargeback_id}"


# -- folding ---------------------------------------------------------------------------------


def evolve_granted(order: Order, event: ev.AllowanceGranted) -> Order:
    """The order is worth less to the customer."""
    payments = allow(order.payments, event.amount)
    concessions = payments.concessions
    allowances = {**concessions.allowances, event.allowance_id: event.amount}
    payments = changed(payments, concessions=changed(concessions, allowances=allowances))
    return order.with_payments(credit(payments, event.amount) if event.as_credit else payments)


def evolve_charged_back(order: Order, event: ev.ChargebackRecorded) -> Order:
    """The money is gone, and asked for again."""
    entry = Chargeback(event.chargeback_id, event.tender_id, event.amount, DISPUTED)
    return _with_chargeback(order, entry, event.amount)


def evolve_resolved(order: Order, event: ev.ChargebackResolved) -> Order:
    """The money is there again, or gone for good."""
    old = order.payments.concessions.chargebacks[event.chargeback_id]
    if event.won:
        return _with_chargeback(order, changed(old, status=WON), -event.amount)
    return _with_chargeback(order, changed(old, status=LOST), 0)


def _with_chargeback(order: Order, entry: Chargeback, taken: int) -> Order:
    payments = order.payments
    accounts = payments.accounts
    if taken:
        accounts = dict(accounts)
        post(accounts, f"tender:{entry.tender_id}", -taken)
        post(accounts, RECEIVABLE, taken)
    concessions = payments.concessions
    chargebacks = {**concessions.chargebacks, entry.id: entry}
    return order.with_payments(
        changed(payments, concessions=changed(concessions, chargebacks=chargebacks), accounts=accounts)
    )


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    GrantAllowance: grant,
    RecordChargeback: charge_back,
    ResolveChargeback: resolve,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.AllowanceGranted: evolve_granted,
    ev.ChargebackRecorded: evolve_charged_back,
    ev.ChargebackResolved: evolve_resolved,
}

__all__ = [
    "MAX_ALLOWANCES",
    "MAX_CHARGEBACKS",
    "AllowanceExists",
    "AllowanceTooLarge",
    "ChargebackDecided",
    "ChargebackExists",
    "GrantAllowance",
    "RecordChargeback",
    "ResolveChargeback",
    "grant_allowance",
]
