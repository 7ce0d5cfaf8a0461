"""Tenders: what one means of payment holds, as a value.

Decides how each fact moves a tender's amounts, what state of the payment chart they stand for, and which
part of what is authorized lapses when: what expires first is used first (decision 24). Must not know
accounts, or what the order owes: that is the ledger's.
"""

from __future__ import annotations

from datetime import datetime

from omcore.kernel import changed
from omcore.orders import events as ev
from omcore.orders.state import Tender

# What can be asked of a tender's holder.
AUTHORIZE = "authorize"
CAPTURE = "capture"
REFUND = "refund"
VOID = "void"
EXTEND = "extend"
ISSUE = "issue"

# Whom store credit is asked of: the merchant himself, not one of the order's tenders.
CREDIT_TENDER = "store-credit"


def _status_of(authorized: int, captured: int, refunded: int, voided: int, blocked: bool) -> str:
    """The state of the payment chart that a tender's amounts stand for."""
    if captured:
        if refunded >= captured:
            return "refunded"
        if refunded:
            return "partially_refunded"
        return "captured" if captured >= authorized - voided else "partially_captured"
    if authorized:
        return "voided" if voided >= authorized else "authorized"
    return "declined" if blocked else "pending"


def as_stated(stated: ev.TenderStated) -> Tender:
    """A tender as it was when it came to the order."""
    return Tender(
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
        (),
    )


def moved(
    tender: Tender,
    kind: str,
    asked: int,
    done: int,
    reference: str = "",
) -> Tender:
    """The tender with ``asked`` more under way and ``done`` more final of one kind of request."""
    authorized, captured, capturing = tender.authorized, tender.captured, tender.capturing
    refunded, refunding = tender.refunded, tender.refunding
    voided, voiding = tender.voided, tender.voiding
    expiries = tender.expiries
    if expiries and done and kind in (CAPTURE, VOID):
        expiries = _spent(expiries, done)
    if kind == CAPTURE:
        capturing += asked
        captured += done
    elif kind == REFUND:
        refunding += asked
        refunded += done
    elif kind == VOID:
        voiding += asked
        voided += done
    elif kind == AUTHORIZE:
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
        expiries,
    )


def lapsed(tender: Tender, amount: int) -> Tender:
    """The tender where so much of what was authorized cannot be captured any more."""
    return moved(tender, VOID, 0, amount)


def received(tender: Tender, amount: int, reference: str) -> Tender:
    """The tender on which money came by itself: somebody captured it, of what was authorized first."""
    captured = tender.captured + amount
    authorized = max(tender.authorized, captured + tender.capturing + tender.voided + tender.voiding)
    return Tender(
        tender.id,
        tender.kind,
        max(tender.amount, captured),
        _status_of(authorized, captured, tender.refunded, tender.voided, tender.blocked),
        authorized,
        captured,
        tender.capturing,
        tender.refunded,
        tender.refunding,
        tender.voided,
        tender.voiding,
        reference or tender.reference,
        tender.blocked,
        tender.refund_blocked,
        _spent(tender.expiries, amount - (authorized - tender.authorized)),
    )


def blocking(tender: Tender, blocked: bool, refund_blocked: bool) -> Tender:
    """The tender that is, or is not, asked for the like again."""
    status = _status_of(tender.authorized, tender.captured, tender.refunded, tender.voided, blocked)
    return changed(tender, status=status, blocked=blocked, refund_blocked=refund_blocked)


def renewed(tender: Tender, event: ev.PaymentApproved) -> Tender:
    """The tender with what is authorized, or held longer, until when; an approval without an end is for ever.

    Each authorization has a time of its own. What is held longer is what would have expired first.
    """
    if event.kind == AUTHORIZE:
        return _lasting(tender, tender.expiries, event.amount, event.expires_at)
    if event.kind == EXTEND:
        amount = min(event.amount, tender.authorized - tender.captured - tender.voided)
        return _lasting(tender, _spent(tender.expiries, amount), amount, event.expires_at)
    return tender


def _lasting(
    tender: Tender, expiries: tuple[tuple[datetime, int], ...], amount: int, until: datetime | None
) -> Tender:
    if until is not None and amount > 0:
        parts = dict(expiries)
        parts[until] = parts.get(until, 0) + amount
        expiries = tuple(sorted(parts.items()))
    return tender if expiries == tender.expiries else changed(tender, expiries=expiries)


def _spent(expiries: tuple[tuple[datetime, int], ...], amount: int) -> tuple[tuple[datetime, int], ...]:
    """What is left where so much was captured or voided: what expires first is used first."""
    for at, (until, part) in enumerate(expiries):
        if amount < part:
            return ((until, part - amount), *expiries[at + 1 :])
        amount -= part
    return ()


__all__ = [
    "AUTHORIZE",
    "CAPTURE",
    "CREDIT_TENDER",
    "EXTEND",
    "ISSUE",
    "REFUND",
    "VOID",
    "as_stated",
    "blocking",
    "lapsed",
    "moved",
    "received",
    "renewed",
]
