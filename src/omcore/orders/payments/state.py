"""Money as values: an order's tenders, what is asked of them, and what is owed.

Decides the shape of this part of an order's state; ``state`` has it among its own. Must not know how any
of it changes: that is ``ledger``, ``settling``, ``tendering`` and ``conceding``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omcore.kernel import record


@record
class Tender:
    """One means of payment; amounts in minor units, each only ever rising.

    ``capturing``, ``refunding`` and ``voiding`` are asked for and not answered yet. Always
    captured + capturing + voided + voiding <= authorized, and refunded + refunding <= captured.
    ``blocked``: its holder declined an authorization, a capture or a void; ``refund_blocked``: a
    refund. The like is not asked of it again until a person says so. ``expiries``: how much of what is
    authorized and not captured or voided cannot be any more from when on, the first first; no moment
    twice. What is not among them is authorized for ever.
    """

    id: str
    kind: str
    amount: int
    status: str
    authorized: int = 0
    captured: int = 0
    capturing: int = 0
    refunded: int = 0
    refunding: int = 0
    voided: int = 0
    voiding: int = 0
    reference: str = ""
    blocked: bool = False
    refund_blocked: bool = False
    expiries: tuple[tuple[datetime, int], ...] = ()

    @property
    def expires_at(self) -> datetime | None:
        """When the first part of what is authorized expires; None for never."""
        return self.expiries[0][0] if self.expiries else None


@record
class PaymentRequest:
    """Something asked of a tender's holder and not answered yet.

    ``kind``: authorize, extend, capture, refund, void; or issue, of the merchant's own store credit.
    """

    id: str
    kind: str
    tender_id: str
    amount: int
    unknown: bool = False


@record
class Chargeback:
    """Money that the customer's bank took back from a tender, in minor units; ``won``: it gave it again."""

    id: str
    tender_id: str
    amount: int
    status: str


@record
class Concessions:
    """What was given to the customer besides worth of units, in minor units; most orders have none.

    ``allowed``: taken off what is owed. ``credit_due``: the part of everything that is to be given back
    which becomes store credit; ``issuing`` of it is asked for, ``issued`` was given; ``issue_blocked``:
    its issuer declined. ``chargebacks`` by id; ``allowances``: what each took off, by id. ``ahead``: what
    a channel gave back that was owed all the same, out of goodwill or before what it is for has come: it is
    not captured a second time.
    """

    allowed: int
    credit_due: int
    issuing: int
    issued: int
    issue_blocked: bool
    chargebacks: Mapping[str, Chargeback]
    allowances: Mapping[str, int]
    ahead: int

    @property
    def charged_back(self) -> int:
        """What banks took and did not give again."""
        return sum(entry.amount for entry in self.chargebacks.values() if entry.status != "won")

    def charged_back_on(self, tender_id: str) -> int:
        """The same, of one tender."""
        return sum(
            entry.amount
            for entry in self.chargebacks.values()
            if entry.tender_id == tender_id and entry.status != "won"
        )


NO_CONCESSIONS = Concessions(0, 0, 0, 0, False, {}, {}, 0)


@record
class Payments:
    """The order's money in minor units of its currency, without what a marketplace remits (M13).

    ``owed``: entitlements of units that are not cancelled or returned, charges and fees, less
    allowances. ``earned``: the part of it that may be captured now (M8). ``remitted``: tax that a
    marketplace holds for the units that are kept; ``funded``: what a channel pays for them because it
    bears a discount. ``concessions``: what was given besides; an allowance is set off once the units
    come back, so that no more is given back than was paid. ``accounts`` sums to zero (M11).
    """

    tenders: Mapping[str, Tender]
    requests: Mapping[str, PaymentRequest]
    owed: int
    earned: int
    remitted: int
    funded: int
    concessions: Concessions
    accounts: Mapping[str, int]
    numbered: int

    @property
    def captured(self) -> int:
        """Captured over all tenders, before refunds."""
        return sum(tender.captured for tender in self.tenders.values())

    @property
    def refunded(self) -> int:
        """Refunded over all tenders."""
        return sum(tender.refunded for tender in self.tenders.values())

    @property
    def allowed(self) -> int:
        """Taken off what is owed, without units coming back, and not set off against any since."""
        return self.concessions.allowed

    @property
    def given(self) -> int:
        """Everything that the customer got back: refunds, store credit, what his bank took."""
        return self.refunded + self.concessions.issued + self.concessions.charged_back

    @property
    def held(self) -> int:
        """What the merchant has of the customer's money."""
        return self.captured - self.given

    @property
    def covered(self) -> int:
        """What is authorized or captured over all tenders, less what was given back or is about to be.

        What a bank took back covers nothing, nor does the authorization of a tender that is blocked.
        """
        concessions = self.concessions
        whole = 0
        if concessions is not NO_CONCESSIONS:
            whole -= concessions.issued + concessions.issuing + concessions.charged_back
        for tender in self.tenders.values():
            held = 0 if tender.blocked else tender.authorized - tender.voided - tender.voiding
            whole += (
                (held if held > tender.captured else tender.captured) - tender.refunded - tender.refunding
            )
        return whole

    @property
    def balance(self) -> int:
        """Owed less what is held: positive is underpaid, negative overpaid."""
        return self.owed - self.held

    @property
    def standing(self) -> str:
        """In a word: unpaid, partially_paid, paid, overpaid, partially_refunded, refunded, nothing_due."""
        captured, given = self.captured, self.given
        if self.balance < 0:
            return "overpaid"
        if self.balance > 0:
            return "unpaid" if captured == given else "partially_paid"
        if given and self.owed == 0:
            return "refunded"
        if given:
            return "partially_refunded"
        return "paid" if captured else "nothing_due"


__all__ = ["NO_CONCESSIONS", "Chargeback", "Concessions", "PaymentRequest", "Payments", "Tender"]
