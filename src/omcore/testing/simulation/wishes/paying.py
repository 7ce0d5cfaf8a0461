"""What is wanted of money: answers of gateways, tenders, captures by hand, goodwill, chargebacks.

Decides commands that the ledger allows as it is. Must not know goods.
"""

from __future__ import annotations

from datetime import timedelta

from omcore import orders as om
from omcore.kernel import Command
from omcore.orders.draft import ASKED, DraftTender
from omcore.orders.payments.settling import uncaptured
from omcore.orders.payments.state import Tender
from omcore.orders.payments.tenders import CREDIT_TENDER
from omcore.testing.simulation.wishes.desk import CAPTURE, Desk, Table, held, money

_OUTCOMES = ("approved",) * 8 + ("declined", "unknown")
_MANY = 18  # of tenders: below what an order may have


def answer(desk: Desk, order: om.Order) -> Command | None:
    """A gateway says what became of what it was asked."""
    requests = order.payments.requests
    if not requests:
        return None
    request = desk.chooser.pick(tuple(requests.values()))
    outcome = desk.chooser.pick(_OUTCOMES)
    lasts = outcome == "approved" and request.kind in ("authorize", "extend") and desk.chooser.chance(200)
    expires_at = desk.at + timedelta(days=7) if lasts else None
    return om.RecordPaymentOutcome(order.id, request.id, outcome, expires_at=expires_at, **desk.common())


def _tender(desk: Desk, order: om.Order) -> Tender | None:
    tenders = tuple(order.payments.tenders.values())
    return desk.chooser.pick(tenders) if tenders else None


def _drawable(desk: Desk, order: om.Order) -> Tender | None:
    """A tender on which something is held that can be asked for."""
    known = [each for each in order.payments.tenders.values() if each.kind in ASKED and uncaptured(each) > 0]
    return desk.chooser.pick(known) if known else None


def pay(desk: Desk, order: om.Order) -> Command | None:
    """Money comes by itself: what is lacking, or a little."""
    if len(order.payments.tenders) >= _MANY:
        return None
    lacking = order.payments.owed - order.payments.covered
    amount = lacking if lacking > 0 else desk.chooser.pick((100, 1))
    tender = desk.chooser.pick(("bank", "till"))
    return om.RecordPayment(order.id, tender, money(order, amount), **desk.common())


def pay_what_is_lacking(desk: Desk, order: om.Order) -> Command | None:
    """Money comes that an order waits for."""
    lacking = order.payments.owed - order.payments.covered
    if lacking <= 0 or order.payments.requests:
        return None
    return om.RecordPayment(order.id, "bank", money(order, lacking), **desk.common())


def add_tender(desk: Desk, order: om.Order) -> Command | None:
    """The customer pays with something else besides."""
    if desk.over(order) or len(order.payments.tenders) >= _MANY:
        return None
    kind = desk.chooser.pick(("gateway", "gift_card", "store_credit", "cash"))
    amount = max(order.payments.owed - order.payments.covered, desk.chooser.pick((100, 1)))
    tender = DraftTender(desk.name("more"), kind, money(order, amount), kind == "cash", kind == "cash")
    return om.AddTender(order.id, tender, **desk.common())


def authorize(desk: Desk, order: om.Order) -> Command | None:
    """Its holder is asked for more."""
    tender = _tender(desk, order)
    if tender is None or tender.kind not in ASKED or tender.blocked or desk.over(order):
        return None
    amount = max(order.payments.owed - order.payments.covered, 1)
    return om.AuthorizePayment(order.id, tender.id, money(order, amount), **desk.common())


def extend(desk: Desk, order: om.Order) -> Command | None:
    """Its holder is asked for more time."""
    tender = None if desk.over(order) else _drawable(desk, order)
    return None if tender is None else om.ExtendAuthorization(order.id, tender.id, **desk.common())


def capture(desk: Desk, order: om.Order) -> Command | None:
    """By hand, never more than is owed and held."""
    tender = _drawable(desk, order)
    if tender is None or tender.blocked or held(order, CAPTURE):
        return None
    payments = order.payments
    under_way = sum([each.capturing - each.refunding for each in payments.tenders.values()])
    most = min(uncaptured(tender), payments.balance - under_way + payments.concessions.issuing)
    if most <= 0:
        return None
    amount = desk.chooser.between(1, most) if desk.chooser.chance(500) else most
    return om.CapturePayment(order.id, tender.id, money(order, amount), **desk.common())


def void(desk: Desk, order: om.Order) -> Command | None:
    """What is held is let go of."""
    tender = _drawable(desk, order)
    return None if tender is None else om.VoidPayment(order.id, tender.id, **desk.common())


def retry(desk: Desk, order: om.Order) -> Command | None:
    """Who declined is asked again."""
    known = [each.id for each in order.payments.tenders.values() if each.blocked or each.refund_blocked]
    if order.payments.concessions.issue_blocked:
        known.append(CREDIT_TENDER)
    return om.RetryPayment(order.id, desk.chooser.pick(known), **desk.common()) if known else None


def allow(desk: Desk, order: om.Order) -> Command | None:
    """Goodwill, within what is owed."""
    owed = order.payments.owed
    if owed <= 0 or len(order.payments.concessions.allowances) > 50:
        return None
    amount = money(order, desk.chooser.between(1, min(owed, 300)))
    credit = desk.chooser.chance(300)
    return om.GrantAllowance(order.id, desk.name("a"), amount, as_credit=credit, **desk.common())


def charge_back(desk: Desk, order: om.Order) -> Command | None:
    """The customer's bank takes money back; now and then more than there was."""
    known = [each for each in order.payments.tenders.values() if each.captured > each.refunded]
    if not known or len(order.payments.concessions.chargebacks) > 50:
        return None
    tender = desk.chooser.pick(known)
    amount = desk.chooser.between(1, tender.captured)
    return om.RecordChargeback(order.id, desk.name("b"), tender.id, money(order, amount), **desk.common())


def decide_chargeback(desk: Desk, order: om.Order) -> Command | None:
    """The bank decides."""
    known = [each.id for each in order.payments.concessions.chargebacks.values() if each.status == "disputed"]
    if not known:
        return None
    return om.ResolveChargeback(
        order.id, desk.chooser.pick(known), not desk.chooser.chance(500), **desk.common()
    )


ANSWERS: Table = ((8, answer),)
LACKING: Table = ((2, pay_what_is_lacking), (2, retry))
TENDERS: Table = (
    (2, capture),
    (2, authorize),
    (2, extend),
    (2, charge_back),
    (2, allow),
    (1, add_tender),
    (1, pay),
    (1, void),
)
DISPUTED: Table = ((5, decide_chargeback),)

__all__ = ["ANSWERS", "DISPUTED", "LACKING", "TENDERS", "answer", "pay_what_is_lacking", "retry"]
