"""Events of an order: work that is asked of locations."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import Items


@record
class FulfillmentRequested:
    """Work was asked of a location, and its stock is allocated (S1)."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items


@record
class FulfillmentAdvanced:
    """A location went on with its work: accepted, picking, packed, ready for pickup.

    ``collect_by``: until when what is ready waits for the customer; None for ever, or where nothing does.
    """

    at: datetime
    fulfillment_id: str
    location: str
    status: str
    collect_by: datetime | None = None


@record
class FulfillmentRejected:
    """A location will not ship; its units are open again and it gets none of them again (R3)."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    cause: str = attrs.field(repr=False)


@record
class FulfillmentCancelled:
    """Work was called back before it shipped; its stock is free again (S7)."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    cause: str = attrs.field(repr=False)


@record
class UnitsShortPicked:
    """Units that a location has on its books were not found (S9).

    ``missing`` is what its stock is lowered by, as (SKU, quantity): of a kit perhaps one component.
    """

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    missing: tuple[tuple[str, int], ...]
    cause: str = attrs.field(repr=False)


__all__ = [
    "FulfillmentAdvanced",
    "FulfillmentCancelled",
    "FulfillmentRejected",
    "FulfillmentRequested",
    "UnitsShortPicked",
]
