"""The ledger: what the order owes, and double-entry accounts.

Decides how each fact about money is folded (M11, M13): every one that moves money posts amounts
that sum to zero over the accounts ``receivable``, ``sales``, ``tax``, ``fees``, ``allowances``,
``tender:<id>``; for tax that a marketplace remits itself, ``channel:collected`` against
``channel:remitted``; ``channel:funded``, what a channel owes for the discounts that it bears; and
``store_credit:issued``, what the merchant owes in store credit that he gave instead of a refund.
A positive balance is a debit. What is to become store credit is said with ``credit``; ``settling`` asks
for it as soon as it is due.
Must not know why money moves, or what is asked of whom: that is decided by ``settling``. What a tender
holds is its own value, in ``tenders``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.kernel import changed
from omcore.orders import events as ev
from omcore.orders.payments.tenders import (
    AUTHORIZE,
    CAPTURE,
    CREDIT_TENDER,
    EXTEND,
    ISSUE,
    REFUND,
    VOID,
    as_stated,
    blocking,
    moved,
    received,
    renewed,
)
from omcore.orders.state import NO_CONCESSIONS, Order, PaymentRequest, Payments, Tender

RECEIVABLE = "receivable"
SALES = "sales"
TAX = "tax"
FEES = "fees"
COLLECTED = "channel:collected"
REMITTED = "channel:remitted"
FUNDED = "channel:funded"
ALLOWANCES = "allowances"
CREDIT = "store_credit:issued"


# What changes a tender's amounts as soon as it is asked for.
_MOVING = frozenset({CAPTURE, REFUND, VOID})


def post_held(accounts: dict[str, int], stated: ev.TenderStated) -> None:
    """What a tender brought with it."""
    held = stated.captured - stated.refunded
    if held:
        post(accounts, f"tender:{stated.id}", held)
        post(accounts, RECEIVABLE, -held)


def opening(event: ev.OrderPlaced) -> Payments:
    """The payments of an order as it was placed."""
    tenders: dict[str, Tender] = {}
    accounts: dict[str, int] = {}
    for stated in event.tenders:
        tenders[stated.id] = as_stated(stated)
        post_held(accounts, stated)
    owed = event.total - event.remitted
    return Payments(tenders, {}, owed, 0, event.remitted, event.funded, NO_CONCESSIONS, accounts, 0)


def earn(payments: Payments, net: int, tax: int, remitted: int, funded: int) -> Payments:
    """Units (and charges) went out: their worth may be captured. Negative where they came undone."""
    amount = net + tax - remitted
    accounts = dict(payments.accounts)
    post(accounts, RECEIVABLE, amount)
    post(accounts, SALES, -net)
    if tax or remitted:  # taxes of several lines and charges may come to nothing, and a part is remitted
        post(accounts, TAX, remitted - tax)
    if remitted:
        post(accounts, COLLECTED, remitted)
        post(accounts, REMITTED, -remitted)
    if funded:
        post(accounts, FUNDED, funded)
        post(accounts, SALES, -funded)
    return Payments(
        payments.tenders,
        payments.requests,
        payments.owed,
        payments.earned + amount,
        payments.remitted,
        payments.funded,
        payments.concessions,
        accounts,
        payments.numbered,
    )


def owe(payments: Payments, net: int, tax: int, remitted: int, funded: int) -> Payments:
    """Units (and charges) are agreed besides: they are owed, and earned when they go out.

    Charges may come to less than nothing, as when one is taken off.
    """
    return _set_off(
        changed(
            payments,
            owed=payments.owed + net + tax - remitted,
            remitted=payments.remitted + remitted,
            funded=payments.funded + funded,
        ),
        remitted - net - tax,
    )


def forgo(payments: Payments, net: int, tax: int, remitted: int, funded: int) -> Payments:
    """Units were cancelled before they were earned: they are no longer owed."""
    return _set_off(
        changed(
            payments,
            owed=payments.owed - (net + tax - remitted),
            remitted=payments.remitted - remitted,
            funded=payments.funded - funded,
        ),
        net + tax - remitted,
    )


def replace_owed(payments: Payments, net: int, tax: int, remitted: int, funded: int) -> Payments:
    """Other units, which are owed for already, stand for units that went out: these are so no longer.

    Less is owed than a moment ago, and as much as before: nothing is set off.
    """
    after = changed(
        payments,
        owed=payments.owed - (net + tax - remitted),
        remitted=payments.remitted - remitted,
        funded=payments.funded - funded,
    )
    return earn(after, -net, -tax, -remitted, -funded)


def give_back(payments: Payments, net: int, tax: int, remitted: int, funded: int, fee: int) -> Payments:
    """Units came back: their worth less the fee is owed to the customer (M6, M9)."""
    amount = net + tax - remitted - fee
    accounts = dict(payments.accounts)
    post(accounts, RECEIVABLE, -amount)
    post(accounts, SALES, net)
    if tax or remitted:
        post(accounts, TAX, tax - remitted)
    if fee:
        post(accounts, FEES, -fee)
    if remitted:
        post(accounts, COLLECTED, -remitted)
        post(accounts, REMITTED, remitted)
    if funded:
        post(accounts, FUNDED, -funded)
        post(accounts, SALES, funded)
    return _set_off(
        changed(
            payments,
            owed=payments.owed - amount,
            earned=payments.earned - amount,
            remitted=payments.remitted - remitted,
            funded=payments.funded - funded,
            accounts=accounts,
        ),
        amount,
    )


def allow(payments: Payments, amount: int) -> Payments:
    """Something is taken off what is owed, without units coming back. Negative takes it on again."""
    accounts = dict(payments.accounts)
    post(accounts, RECEIVABLE, -amount)
    post(accounts, ALLOWANCES, amount)
    made = changed(
        payments,
        owed=payments.owed - amount,
        earned=payments.earned - amount,
        concessions=changed(payments.concessions, allowed=payments.concessions.allowed + amount),
        accounts=accounts,
    )
    return _caught_up(made, amount)


def _caught_up(payments: Payments, less: int) -> Payments:
    """So much less is owed: that is what the channel gave back ahead of it."""
    ahead = payments.concessions.ahead
    if less <= 0 or not ahead:
        return payments
    return changed(payments, concessions=changed(payments.concessions, ahead=max(ahead - less, 0)))


def _set_off(payments: Payments, less: int) -> Payments:
    """What was allowed on units that are gone is in their worth: it is not given back twice."""
    payments = _caught_up(payments, less)
    allowed = payments.concessions.allowed
    if payments.owed >= 0 or not allowed:
        return payments
    return allow(payments, -min(allowed, -payments.owed))


def evolve_payment_requested(order: Order, event: ev.PaymentRequested) -> Order:
    """Something is under way."""
    payments = order.payments
    tenders = payments.tenders
    concessions = payments.concessions
    if event.kind in _MOVING:  # an authorization moves nothing until it is approved
        tender = moved(tenders[event.tender_id], event.kind, event.amount, 0)
        tenders = {**tenders, tender.id: tender}
    elif event.kind == ISSUE:
        concessions = changed(concessions, issuing=concessions.issuing + event.amount)
    asked = PaymentRequest(event.request_id, event.kind, event.tender_id, event.amount)
    return order.with_payments(
        Payments(
            tenders,
            {**payments.requests, event.request_id: asked},
            payments.owed,
            payments.earned,
            payments.remitted,
            payments.funded,
            concessions,
            payments.accounts,
            payments.numbered + 1,
        )
    )


def evolve_payment_approved(order: Order, event: ev.PaymentApproved) -> Order:
    """It was done: what was under way is final, and money has moved."""
    payments = order.payments
    if event.kind == ISSUE:
        return order.with_payments(_issued(payments, event))
    tender = payments.tenders[event.tender_id]
    accounts = payments.accounts
    if event.kind in (CAPTURE, REFUND):
        signed = event.amount if event.kind == CAPTURE else -event.amount
        accounts = dict(accounts)
        post(accounts, f"tender:{tender.id}", signed)
        post(accounts, RECEIVABLE, -signed)
    return order.with_payments(
        replaced(
            payments,
            moved(renewed(tender, event), event.kind, -event.amount, event.amount, event.reference),
            _without(payments.requests, event.request_id),
            accounts,
            payments.numbered,
        )
    )


def evolve_payment_declined(order: Order, event: ev.PaymentDeclined) -> Order:
    """It was not done: nothing has moved, and the tender is not asked for the like again by itself.

    That it would not authorize more leaves what it has authorized before to be captured.
    """
    payments = order.payments
    left = _without(payments.requests, event.request_id)
    if event.kind == ISSUE:
        concessions = payments.concessions
        concessions = changed(concessions, issuing=concessions.issuing - event.amount, issue_blocked=True)
        return order.with_payments(changed(payments, requests=left, concessions=concessions))
    tender = moved(payments.tenders[event.tender_id], event.kind, -event.amount, 0)
    if event.kind == EXTEND:
        pass  # it stands as it did, until it expires
    elif event.kind == REFUND:
        tender = blocking(tender, tender.blocked, True)
    elif event.kind != AUTHORIZE or tender.authorized <= tender.captured + tender.voided:
        tender = blocking(tender, True, tender.refund_blocked)
    return order.with_payments(
        replaced(
            payments,
            tender,
            left,
            payments.accounts,
            payments.numbered,
        )
    )


def _issued(payments: Payments, event: ev.PaymentApproved) -> Payments:
    """The customer has store credit: less is to be given back, and the merchant owes it elsewhere."""
    concessions, accounts = payments.concessions, dict(payments.accounts)
    post(accounts, RECEIVABLE, event.amount)
    post(accounts, CREDIT, -event.amount)
    return changed(
        payments,
        requests=_without(payments.requests, event.request_id),
        concessions=changed(
            concessions,
            issuing=concessions.issuing - event.amount,
            issued=concessions.issued + event.amount,
        ),
        accounts=accounts,
    )


def credit(payments: Payments, amount: int) -> Payments:
    """So much of what is to be given back becomes store credit, and no refund.

    Never more than is held beyond what is owed, or about to be: who has not paid gets no credit, nor does
    the next refund become one instead.
    """
    concessions = payments.concessions
    coming = sum([tender.capturing - tender.refunding for tender in payments.tenders.values()])
    promised = concessions.credit_due - concessions.issued
    more = min(amount, payments.held + coming - max(payments.owed, 0) - promised)
    if more <= 0:
        return payments
    return changed(payments, concessions=changed(concessions, credit_due=concessions.credit_due + more))


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
            payments.funded,
            payments.concessions,
            payments.accounts,
            payments.numbered,
        )
    )


def evolve_payment_received(order: Order, event: ev.PaymentReceived) -> Order:
    """Money is on a tender that may be new."""
    payments = order.payments
    old = payments.tenders.get(event.tender_id) or Tender(event.tender_id, event.tender_kind, 0, "pending")
    tender = received(old, event.amount, event.reference)
    accounts = dict(payments.accounts)
    post(accounts, f"tender:{tender.id}", event.amount)
    post(accounts, RECEIVABLE, -event.amount)
    return order.with_payments(replaced(payments, tender, payments.requests, accounts, payments.numbered))


def evolve_refund_noted(order: Order, event: ev.RefundNoted) -> Order:
    """The channel gave money back by itself."""
    payments = order.payments
    # What is on its way back already is not what the channel gave back.
    going = sum([tender.refunding for tender in payments.tenders.values()]) + payments.concessions.issuing
    over = max(payments.held - going - payments.owed, 0)
    if event.amount > over:
        ahead = payments.concessions.ahead + event.amount - over
        payments = changed(payments, concessions=changed(payments.concessions, ahead=ahead))
    tender = moved(payments.tenders[event.tender_id], REFUND, 0, event.amount)
    accounts = dict(payments.accounts)
    post(accounts, f"tender:{tender.id}", -event.amount)
    post(accounts, RECEIVABLE, event.amount)
    return order.with_payments(replaced(payments, tender, payments.requests, accounts, payments.numbered))


def evolve_payment_retried(order: Order, event: ev.PaymentRetried) -> Order:
    """The tender may be asked again."""
    payments = order.payments
    if event.tender_id == CREDIT_TENDER:
        unblocked = changed(payments.concessions, issue_blocked=False)
        return order.with_payments(changed(payments, concessions=unblocked))
    old = payments.tenders[event.tender_id]
    tender = blocking(old, False, False)
    return order.with_payments(
        replaced(payments, tender, payments.requests, payments.accounts, payments.numbered)
    )


def replaced(
    payments: Payments,
    tender: Tender,
    requests: Mapping[str, PaymentRequest],
    accounts: Mapping[str, int],
    numbered: int,
) -> Payments:
    """The payments with one tender otherwise, and what goes with it."""
    return Payments(
        {**payments.tenders, tender.id: tender},
        requests,
        payments.owed,
        payments.earned,
        payments.remitted,
        payments.funded,
        payments.concessions,
        accounts,
        numbered,
    )


def _without(requests: Mapping[str, PaymentRequest], request_id: str) -> dict[str, PaymentRequest]:
    return {key: value for key, value in requests.items() if key != request_id}


def post(accounts: dict[str, int], account: str, amount: int) -> None:
    """Add to an account; positive is a debit."""
    accounts[account] = accounts.get(account, 0) + amount


EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.PaymentRequested: evolve_payment_requested,
    ev.PaymentApproved: evolve_payment_approved,
    ev.PaymentDeclined: evolve_payment_declined,
    ev.PaymentUnknown: evolve_payment_unknown,
    ev.PaymentReceived: evolve_payment_received,
    ev.RefundNoted: evolve_refund_noted,
    ev.PaymentRetried: evolve_payment_retried,
}

__all__ = [
    "FEES",
    "RECEIVABLE",
    "allow",
    "credit",
    "earn",
    "forgo",
    "give_back",
    "opening",
    "owe",
    "post",
    "post_held",
    "replace_owed",
    "replaced",
]
