"""Events of an order: goods that wait at a store for the customer."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import Items


@record
class UnitsArrived:
    """A shipment came to the store where the customer will collect it: work of that store from now on."""

    at: datetime
    shipment_id: str
    fulfillment_id: str
    location: str
    items: Items


@record
class UnitsCollected:
    """The customer collected goods that had come to the store from elsewhere, as ``shipment_id``."""

    at: datetime
    shipment_id: str
    fulfillment_id: str
    location: str
    items: Items


@record
class PickupExtended:
    """Goods wait for their customer until later: ``collect_by``."""

    at: datetime
    fulfillment_id: str
    location: str
    collect_by: datetime


@record
class PickupExpired:
    """Goods were not collected by ``collect_by``. What becomes of them follows."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    collect_by: datetime


@record
class PickupDeclined:
    """The customer does not want goods that wait at a store. What becomes of them follows."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    cause: str = attrs.field(repr=False)


__all__ = ["PickupDeclined", "PickupExpired", "PickupExtended", "UnitsArrived", "UnitsCollected"]
