"""The status of an order as a function of its units and holds (C7).

Decides which of the base chart's states an order is in. Must not know events: the chart says which
moves between states are legal, and a test proves that the two never disagree.
"""

from __future__ import annotations

from typing import Protocol

PLACED = "placed"
VALIDATED = "validated"
PROCESSING = "processing"
PARTIALLY_FULFILLED = "partially_fulfilled"
FULFILLED = "fulfilled"
PARTIALLY_DELIVERED = "partially_delivered"
DELIVERED = "delivered"
PARTIALLY_RETURNED = "partially_returned"
RETURNED = "returned"
ON_HOLD = "on_hold"
CANCELLED = "cancelled"


class OrderFacts(Protocol):
    """What the status depends on: has the order a hold, is it valid, has it any unit in a state."""

    @property
    def held(self) -> bool: ...
    @property
    def validated(self) -> bool: ...
    @property
    def open(self) -> bool: ...
    @property
    def allocated(self) -> bool: ...
    @property
    def shipped(self) -> bool: ...
    @property
    def delivered(self) -> bool: ...
    @property
    def returned(self) -> bool: ...


def order_status(facts: OrderFacts) -> str:
    """The state of the base chart that these facts stand for."""
    working = facts.open or facts.allocated
    away = facts.shipped or facts.delivered
    if not (working or away):
        return RETURNED if facts.returned else CANCELLED
    if facts.held:
        return ON_HOLD
    if working and (away or facts.returned):
        return PARTIALLY_FULFILLED
    if working and not facts.validated:
        return PLACED
    if working:
        return PROCESSING if facts.allocated else VALIDATED
    if facts.shipped:
        return PARTIALLY_DELIVERED if facts.delivered or facts.returned else FULFILLED
    return PARTIALLY_RETURNED if facts.returned else DELIVERED


__all__ = ["OrderFacts", "order_status"]
