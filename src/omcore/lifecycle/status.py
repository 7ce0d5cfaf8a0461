"""The status of an order as a function of its units and holds (C7).

Decides which of the base chart's states an order is in. Must not know events: the chart says which
moves between states are legal, and a test proves that the two never disagree.
"""

from __future__ import annotations

from typing import Protocol

from omcore.kernel import InvalidType

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

_FACTS = ("held", "validated", "open", "allocated", "shipped", "delivered", "returned")


class OrderFacts(Protocol):
    """What the status depends on: has the order a hold, is it valid, has it any unit in a state."""

    @property
    def held(self) -> bool:
        """It has a hold."""
        ...

    @property
    def validated(self) -> bool:
        """Its validation rules were content."""
        ...

    @property
    def open(self) -> bool:
        """A unit is still to be allocated."""
        ...

    @property
    def allocated(self) -> bool:
        """A unit waits at a location, or with the channel."""
        ...

    @property
    def shipped(self) -> bool:
        """A unit is on its way."""
        ...

    @property
    def delivered(self) -> bool:
        """A unit is with the customer."""
        ...

    @property
    def returned(self) -> bool:
        """A unit came back."""
        ...


def order_status(facts: OrderFacts) -> str:
    """The state of the base chart that these facts stand for. ``InvalidType`` for what is no facts."""
    try:
        known = all(type(getattr(facts, name)) is bool for name in _FACTS)
    except Exception:  # noqa: BLE001 - whatever was handed in is the caller's code and may raise anything
        known = False
    if not known:
        raise InvalidType("facts", expected="OrderFacts: a bool each")
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
