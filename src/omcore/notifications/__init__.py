"""Notifications: events become messages due, once per fact (C9).

Decides which message a fact asks for and what it says. Must not know how a message is sent.

``due`` reads one entry of the feed and gives the messages it asks for, each with a key that is
the same whenever that entry is read again. ``render`` puts one into words with a template that
was checked when it was made. Sending each key once is the dispatcher's and the notifier's part.
"""

from omcore.notifications._due import EVERY_KIND, MessageDue, MessagePolicy, due
from omcore.notifications._kinds import (
    ARRIVES_LATER,
    ARRIVES_SOONER,
    BACKORDERED,
    CANCEL_DECLINED,
    CANCEL_TOO_LATE,
    CANCELLED,
    CANCELLED_UNFILLABLE,
    CANCELLED_UNPAID,
    CLAIM_REJECTED,
    CLAIM_SETTLED,
    COLLECTED,
    DELAYED,
    DELIVERED,
    EXCHANGE_AGREED,
    EXCHANGE_CHARGED,
    EXCHANGE_DECLINED,
    KINDS,
    NOT_COLLECTED,
    ORDER_CHANGED,
    ORDER_CONFIRMATION,
    READY_FOR_PICKUP,
    RECEIPT,
    REFUNDED,
    RETURN_AUTHORIZED,
    RETURN_KEPT,
    RETURN_RECEIVED,
    RETURN_REFUSED,
    SHIPPED,
    names_of,
)
from omcore.notifications._templates import (
    DEFAULT_TEMPLATES,
    InvalidTemplate,
    Template,
    render,
    values_of,
)

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
    "DEFAULT_TEMPLATES",
    "DELAYED",
    "DELIVERED",
    "EVERY_KIND",
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
    "InvalidTemplate",
    "MessageDue",
    "MessagePolicy",
    "Template",
    "due",
    "names_of",
    "render",
    "values_of",
]
