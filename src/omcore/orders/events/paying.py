"""Events of an order: money that is asked for, moved, or arrived."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record


@record
class PaymentRequested:
    """Money is asked of a tender's holder: authorize, capture, refund or void.

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
    """The holder did what was asked."""

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    amount: int
    reference: str = ""


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


@record
class PaymentRetried:
    """A person lets a declined tender be asked again."""

    at: datetime
    tender_id: str


__all__ = [
    "AllowanceGranted",
    "PaymentApproved",
    "PaymentDeclined",
    "PaymentReceived",
    "PaymentRequested",
    "PaymentRetried",
    "PaymentUnknown",
    "RefundNoted",
]
