"""Events of an order: units that come back."""

from __future__ import annotations

from datetime import datetime

from omcore.kernel import record
from omcore.orders.state import Items


@record
class ReturnAuthorized:
    """Units may come back."""

    at: datetime
    return_id: str
    items: Items


@record
class ReturnCancelled:
    """Units that were expected back stay with the customer."""

    at: datetime
    return_id: str
    items: Items


@record
class ReturnReceived:
    """Units came back to a location: their worth less the fee is owed to the customer (M9).

    ``condition`` says where the stock goes: sellable, damaged, quarantined. ``restocked`` is
    whether these units enter this merchant's stock at all.
    """

    at: datetime
    return_id: str
    location: str
    items: Items
    condition: str
    net: int
    tax: int
    remitted: int
    funded: int
    fee: int
    restocked: bool
    complete: bool


__all__ = [
    "ReturnAuthorized",
    "ReturnCancelled",
    "ReturnReceived",
]
