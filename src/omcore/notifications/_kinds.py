"""The kinds of message, and the names that a template of each kind may use.

Decides the whitelist: what a fact of that kind can say. Must not know how the values are found.
No instant is among the names: it becomes a date only in a zone (C2), and every message carries its
own. ``day`` is none: a day by which something arrives is one of the customer's own calendar.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.kernel import InvalidType

ORDER_CONFIRMATION = "order_confirmation"
RECEIPT = "receipt"
SHIPPED = "shipped"
READY_FOR_PICKUP = "ready_for_pickup"
DELIVERED = "delivered"
COLLECTED = "collected"
CANCELLED = "cancelled"
CANCELLED_UNPAID = "cancelled_unpaid"
CANCELLED_UNFILLABLE = "cancelled_unfillable"
NOT_COLLECTED = "not_collected"
BACKORDERED = "backordered"
DELAYED = "delayed"
ARRIVES_LATER = "arrives_later"
ARRIVES_SOONER = "arrives_sooner"
CANCEL_DECLINED = "cancel_declined"
CANCEL_TOO_LATE = "cancel_too_late"
REFUNDED = "refunded"
RETURN_AUTHORIZED = "return_authorized"
RETURN_RECEIVED = "return_received"
RETURN_REFUSED = "return_refused"
RETURN_KEPT = "return_kept"
ORDER_CHANGED = "order_changed"
EXCHANGE_AGREED = "exchange_agreed"
EXCHANGE_DECLINED = "exchange_declined"
EXCHANGE_CHARGED = "exchange_charged"
CLAIM_SETTLED = "claim_settled"
CLAIM_REJECTED = "claim_rejected"

# In every message.
_COMMON = ("name", "order_number")

_NAMES: Mapping[str, frozenset[str]] = {
    ORDER_CONFIRMATION: frozenset((*_COMMON, "items", "units", "amount")),
    RECEIPT: frozenset((*_COMMON, "items", "units", "amount")),
    SHIPPED: frozenset((*_COMMON, "items", "units", "tracking")),
    READY_FOR_PICKUP: frozenset((*_COMMON, "location")),
    DELIVERED: frozenset((*_COMMON, "items", "units")),
    COLLECTED: frozenset((*_COMMON, "items", "units")),
    CANCELLED: frozenset((*_COMMON, "items", "units")),
    CANCELLED_UNPAID: frozenset((*_COMMON, "items", "units")),
    CANCELLED_UNFILLABLE: frozenset((*_COMMON, "items", "units")),
    NOT_COLLECTED: frozenset((*_COMMON, "items", "units")),
    BACKORDERED: frozenset((*_COMMON, "items", "units")),
    DELAYED: frozenset((*_COMMON, "items", "units")),
    ARRIVES_LATER: frozenset((*_COMMON, "items", "units", "day")),
    ARRIVES_SOONER: frozenset((*_COMMON, "items", "units", "day")),
    CANCEL_DECLINED: frozenset(_COMMON),
    CANCEL_TOO_LATE: frozenset((*_COMMON, "items", "units")),
    REFUNDED: frozenset((*_COMMON, "amount")),
    RETURN_AUTHORIZED: frozenset((*_COMMON, "items", "units", "tracking")),
    RETURN_RECEIVED: frozenset((*_COMMON, "items", "units")),
    RETURN_REFUSED: frozenset((*_COMMON, "items", "units")),
    RETURN_KEPT: frozenset((*_COMMON, "items", "units")),
    ORDER_CHANGED: frozenset((*_COMMON, "items", "units", "amount")),
    EXCHANGE_AGREED: frozenset((*_COMMON, "items", "units")),
    EXCHANGE_DECLINED: frozenset(_COMMON),
    EXCHANGE_CHARGED: frozenset((*_COMMON, "amount")),
    CLAIM_SETTLED: frozenset((*_COMMON, "items", "units")),
    CLAIM_REJECTED: frozenset((*_COMMON, "items", "units")),
}
KINDS: tuple[str, ...] = tuple(_NAMES)


def names_of(kind: str) -> frozenset[str]:
    """The ``${name}`` placeholders that a template of a kind may use. ``InvalidType`` for no kind."""
    if type(kind) is not str or kind not in _NAMES:
        raise InvalidType("kind", expected="one of " + ", ".join(KINDS))
    return _NAMES[kind]


__all__ = [
    "ARRIVES_LATER",
    "ARRIVES_SOONER",
    "BACKORDERED",
    "CANCELLED",
    "CANCELLED_UNFILLABLE",
    "CANCELLED_UNPAID",
    "CANCEL_DECLINED",
    "CANCEL_TOO_LATE",
    "CLAIM_REJECTED",
    "CLAIM_SETTLED",
    "COLLECTED",
    "DELAYED",
    "DELIVERED",
    "EXCHANGE_AGREED",
    "EXCHANGE_CHARGED",
    "EXCHANGE_DECLINED",
    "KINDS",
    "NOT_COLLECTED",
    "ORDER_CHANGED",
    "ORDER_CONFIRMATION",
    "READY_FOR_PICKUP",
    "RECEIPT",
    "REFUNDED",
    "RETURN_AUTHORIZED",
    "RETURN_KEPT",
    "RETURN_RECEIVED",
    "RETURN_REFUSED",
    "SHIPPED",
    "names_of",
]
