"""Events of an order: money that is asked for, moved, or arrived."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.events.placing import TenderStated


@record
class PaymentRequested:
    """Money is asked of a tender's holder: authorize, extend, capture, refund, void; or store credit, issue.

    The feed's dispatcher calls the gateway with ``request_id`` as key and brings the outcome back.
    """

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    tender_kind: str
    amount: int
    currency: str


@record
class PaymentApproved:
    """The holder did what was asked. ``expires_at``: how long what is authorized now can be captured."""

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    amount: int
    reference: str = ""
    expires_at: datetime | None = None


@record
class PaymentDeclined:
    """The holder will not do what was asked."""

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    amount: int
    cause: str = attrs.field(default="", repr=False)


@record
class PaymentUnknown:
    """The holder's answer was lost: to be asked again with the same key."""

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    amount: int


@record
class PaymentReceived:
    """Money arrived by itself on a tender: a late payment, cash at pickup (M11)."""

    at: datetime
    tender_id: str
    tender_kind: str
    amount: int
    reference: str = ""


@record
class RefundNoted:
    """The channel says that it gave money back by itself; nothing is asked of anybody."""

    at: datetime
    tender_id: str
    tender_kind: str
    amount: int


@record
class AllowanceGranted:
    """The order is worth less to the customer, without units coming back: goodwill, a late parcel.

    ``kind`` says what for. It lowers what is owed; what was paid beyond that is given back.
    """

    at: datetime
    allowance_id: str
    kind: str
    amount: int
    cause: str = attrs.field(default="", repr=False)
    as_credit: bool = False


@record
class TenderAdded:
    """The order has one means of payment more."""

    at: datetime
    tender: TenderStated


@record
class AuthorizationLapsed:
    """What was authorized on a tender and not captured in time can never be."""

    at: datetime
    tender_id: str
    amount: int


@record
class ChargebackRecorded:
    """The customer's bank took money back from a tender; the goods are still owed for."""

    at: datetime
    chargeback_id: str
    tender_id: str
    amount: int


@record
class ChargebackResolved:
    """A chargeback is decided: ``won`` gives the money to the merchant again."""

    at: datetime
    chargeback_id: str
    tender_id: str
    amount: int
    won: bool


@record
class PaymentRetried:
    """A person lets a declined tender be asked again."""

    at: datetime
    tender_id: str


__all__ = [
    "AllowanceGranted",
    "AuthorizationLapsed",
    "ChargebackRecorded",
    "ChargebackResolved",
    "PaymentApproved",
    "PaymentDeclined",
    "PaymentReceived",
    "PaymentRequested",
    "PaymentRetried",
    "PaymentUnknown",
    "RefundNoted",
    "TenderAdded",
]
