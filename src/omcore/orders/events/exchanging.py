"""Events of an order: goods that are sent for goods that come back."""

from __future__ import annotations

from datetime import datetime

from omcore.kernel import record
from omcore.orders.state import Exchange, Items


@record
class ExchangeAuthorized:
    """An exchange was agreed, with every price fixed.

    ``net`` and ``tax`` are what goes out is worth, ``back`` what comes back will give, its fee taken
    off. ``due`` is what has to be authorized or paid before anything happens, 0 for nothing.
    """

    at: datetime
    exchange: Exchange
    net: int
    tax: int
    back: int
    due: int


@record
class ExchangeStarted:
    """Nothing is to be paid any more: the goods are expected back on ``return_id``."""

    at: datetime
    exchange_id: str
    return_id: str
    items: Items


@record
class ExchangeSent:
    """What goes out was added to the order. ``due_at``: until when goods are expected that are to come
    back after it; None where they are back."""

    at: datetime
    exchange_id: str
    due_at: datetime | None


@record
class ExchangeOverdue:
    """Goods did not come back by ``due_at``: what was sent for them is to be paid from now on."""

    at: datetime
    exchange_id: str
    due_at: datetime


@record
class ExchangeCharged:
    """What was sent, and not paid by goods that came back, is asked for: ``amount`` minor units.

    ``request_id`` is the payment request; empty where there is no tender that can be asked.
    """

    at: datetime
    exchange_id: str
    request_id: str
    amount: int


@record
class ExchangeEnded:
    """Nothing more comes of the exchange.

    ``outcome``: ``completed``, ``declined`` (what it costs more was not paid: nothing was changed),
    ``refunded`` (what came back is refunded, nothing is sent), ``charged`` (what was sent is paid with
    money), ``unpaid`` (somebody let it go), ``cancelled``. ``cause`` is a word on why.
    """

    at: datetime
    exchange_id: str
    outcome: str
    cause: str


__all__ = [
    "ExchangeAuthorized",
    "ExchangeCharged",
    "ExchangeEnded",
    "ExchangeOverdue",
    "ExchangeSent",
    "ExchangeStarted",
]
