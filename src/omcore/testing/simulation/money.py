"""Money: what is asked of every tender, what came of it, and that it adds up (M8, M10, M11, M13).

Decides what an order may have captured and refunded, and that its ledger, its tenders and what it owes
are what its facts come to. It keeps a purse for each tender, and takes what units are worth from their
pages. Must not know a gateway, or a policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.orders import events as ev
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.units import Page

MONEY = "PR2"

# (kind, tender, amount), as it was asked.
Asked = tuple[str, str, int]


class Purse:
    """What was moved on one tender, as its holder sees it."""

    __slots__ = ("authorized", "captured", "refunded", "taken", "voided")

    def __init__(self, authorized: int = 0, captured: int = 0, refunded: int = 0) -> None:
        self.authorized, self.captured, self.refunded = authorized, captured, refunded
        self.voided = 0
        self.taken = 0  # by the customer's bank


class Account:
    """The money of one order."""

    __slots__ = (
        "allowed",
        "asked",
        "by_hand",
        "disputes",
        "ever",
        "issued",
        "on_shipment",
        "page",
        "purses",
        "under_way",
    )

    def __init__(self, page: Page, on_shipment: bool) -> None:
        self.page = page
        self.on_shipment = on_shipment  # money is taken for what has left, and not before
        self.purses: dict[str, Purse] = {}
        self.asked: dict[str, Asked] = {}
        self.ever: set[str] = set()
        self.under_way: dict[tuple[str, str], int] = {}
        self.allowed = self.issued = 0
        self.disputes: dict[str, int] = {}
        self.by_hand = False  # a person captures, as far as is authorized

    def take(self, event: Any) -> None:
        """One event, after the page of the order took it."""
        handle = _BY_EVENT.get(type(event))
        if handle is not None:
            handle(self, event)
        if self.allowed and (beyond := self.allowed - self.page.owed) > 0:
            # What was taken off goods that are gone now is not given back twice.
            self.allowed -= min(self.allowed, beyond)

    def held(self) -> int:
        """What the merchant has of the customer's money."""
        held = -self.issued
        for purse in self.purses.values():
            held += purse.captured - purse.refunded - purse.taken
        return held

    def going(self, kind: str, tender: str) -> int:
        """What is asked for and not answered."""
        return self.under_way.get((kind, tender), 0)

    def going_back(self) -> int:
        """What is on its way back to the customer."""
        return sum([units for (kind, _), units in self.under_way.items() if kind in ("refund", "issue")])

    def broken(self, why: str) -> Broken:
        """What is wrong with the money of this order."""
        return Broken(MONEY, f"order {self.page.name}: {why}")

    # -- comparing ---------------------------------------------------------------------------

    def agrees(self, payments: Any) -> None:
        """The order keeps what its facts come to."""
        page, allowed = self.page, self.allowed
        told = (payments.owed, payments.earned, payments.remitted, payments.funded, payments.allowed)
        known = (page.owed - allowed, page.earned - allowed, page.remitted, page.funded, allowed)
        if told != known:
            raise self.broken(f"it owes, has earned, remits, funds and allows {told}, by its facts {known}")
        accounts = payments.accounts
        if sum(accounts.values()):
            raise self.broken(f"its ledger does not sum to zero (M11): {dict(accounts)}")
        if len(payments.tenders) != len(self.purses):
            raise self.broken(f"it has {len(payments.tenders)} tenders, not {len(self.purses)}")
        for name, tender in payments.tenders.items():
            self._tender_agrees(name, tender, accounts.get(f"tender:{name}", 0))
        held = self.held()
        if accounts.get("receivable", 0) != payments.earned - held:
            raise self.broken(
                f"{accounts.get('receivable', 0)} is to be received, not {payments.earned - held}"
            )
        asked = {key: (asked.kind, asked.tender_id, asked.amount) for key, asked in payments.requests.items()}
        if asked != self.asked:
            raise self.broken(f"asked and not answered is {asked}, by its facts {self.asked}")

    def _tender_agrees(self, name: str, tender: Any, account: int) -> None:
        purse = self.purses.get(name)
        if purse is None:
            raise self.broken(f"nobody told of the tender {name}")
        told = (tender.captured, tender.refunded, tender.voided)
        known = (purse.captured, purse.refunded, purse.voided)
        if told != known:
            raise self.broken(f"{name} has {told} captured, refunded and voided, by its facts {known}")
        told = (tender.capturing, tender.refunding, tender.voiding)
        known = (self.going("capture", name), self.going("refund", name), self.going("void", name))
        if told != known:
            raise self.broken(f"{name} is capturing, refunding and voiding {told}, by its facts {known}")
        used = tender.captured + tender.capturing + tender.voided + tender.voiding
        if used > tender.authorized or tender.authorized < purse.authorized:
            raise self.broken(
                f"{used} of {tender.authorized} of {name} is used, {purse.authorized} was given"
            )
        if tender.refunded + tender.refunding + purse.taken > tender.captured:
            raise self.broken(f"more is given back on {name} than was captured on it (M10)")
        if account != tender.captured - tender.refunded - purse.taken:
            raise self.broken(f"the ledger has {account} on {name}")


# -- what each fact says ---------------------------------------------------------------------


def _placed(account: Account, event: Any) -> None:
    for tender in event.tenders:
        account.purses[tender.id] = Purse(tender.authorized, tender.captured, tender.refunded)


def _tender_added(account: Account, event: Any) -> None:
    tender = event.tender
    if tender.id in account.purses:
        raise account.broken(f"there is a tender {tender.id} already")
    account.purses[tender.id] = Purse(tender.authorized, tender.captured, tender.refunded)


def _requested(account: Account, event: Any) -> None:
    name, kind, amount = event.request_id, event.kind, event.amount
    if name in account.ever:
        raise account.broken(f"{name} is asked twice")
    account.ever.add(name)
    if amount <= 0:
        raise account.broken(f"{kind} of {amount} is asked for")
    account.asked[name] = (kind, event.tender_id, amount)
    going = (kind, event.tender_id)
    account.under_way[going] = account.under_way.get(going, 0) + amount
    owed = max(account.page.owed - account.allowed, 0)
    if kind in ("refund", "issue"):
        if account.held() - account.going_back() < owed:
            raise account.broken(f"{kind} of {amount} is asked for, of money that is owed")
    elif kind == "capture" and not account.by_hand:
        coming = sum([units for (asked, _), units in account.under_way.items() if asked == "capture"])
        most = max(account.page.earned - account.allowed, 0) if account.on_shipment else owed
        # What a bank took may be taken again of a tender that it left.
        taken = sum([purse.taken for purse in account.purses.values()])
        if account.held() + taken + coming - account.going_back() > most:
            raise account.broken(f"a capture of {amount} is asked for, and {most} may be held (M8)")


def _ended(account: Account, event: Any) -> None:
    asked = account.asked.pop(event.request_id, None)
    if asked != (event.kind, event.tender_id, event.amount):
        told = (event.kind, event.tender_id, event.amount)
        raise account.broken(f"{event.request_id} came to {told}, and {asked} was asked")
    account.under_way[event.kind, event.tender_id] -= event.amount


def _approved(account: Account, event: Any) -> None:
    _ended(account, event)
    if event.kind == "issue":
        account.issued += event.amount
        return
    purse = account.purses[event.tender_id]
    if event.kind == "authorize":
        purse.authorized += event.amount
    elif event.kind == "capture":
        purse.captured += event.amount
    elif event.kind == "refund":
        purse.refunded += event.amount
    elif event.kind == "void":
        purse.voided += event.amount


def _received(account: Account, event: Any) -> None:
    account.purses.setdefault(event.tender_id, Purse()).captured += event.amount


def _noted(account: Account, event: Any) -> None:
    account.purses[event.tender_id].refunded += event.amount


def _lapsed(account: Account, event: Any) -> None:
    account.purses[event.tender_id].voided += event.amount


def _allowed(account: Account, event: Any) -> None:
    account.allowed += event.amount
    if account.allowed > account.page.owed:
        raise account.broken(f"{event.amount} is taken off, more than is owed")


def _charged_back(account: Account, event: Any) -> None:
    account.disputes[event.chargeback_id] = event.amount
    account.purses[event.tender_id].taken += event.amount


def _settled(account: Account, event: Any) -> None:
    amount = account.disputes.pop(event.chargeback_id, None)
    if amount != event.amount:
        raise account.broken(f"{event.chargeback_id} was of {amount}, not of {event.amount}")
    if event.won:
        account.purses[event.tender_id].taken -= event.amount


_BY_EVENT: Mapping[type, Callable[[Account, Any], None]] = {
    ev.OrderPlaced: _placed,
    ev.TenderAdded: _tender_added,
    ev.PaymentRequested: _requested,
    ev.PaymentApproved: _approved,
    ev.PaymentDeclined: _ended,
    ev.PaymentReceived: _received,
    ev.RefundNoted: _noted,
    ev.AuthorizationLapsed: _lapsed,
    ev.AllowanceGranted: _allowed,
    ev.ChargebackRecorded: _charged_back,
    ev.ChargebackResolved: _settled,
}

__all__ = ["Account"]
