"""Events of an order: what left, arrived, or was lost on the way."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import Items


@record
class GoodsTaken:
    """The goods have left the shelf of a location already: a till (S12). They count as delivered."""

    at: datetime
    location: str
    items: Items
    net: int
    tax: int
    remitted: int
    funded: int
    with_charges: bool


@record
class UnitsShipped:
    """Units left a location; their worth may be captured (M8). ``to``: the store that they go to."""

    at: datetime
    shipment_id: str
    fulfillment_id: str
    location: str
    items: Items
    tracking: tuple[str, str] = attrs.field(repr=False)
    net: int
    tax: int
    remitted: int
    funded: int
    with_charges: bool
    to: str = ""


@record
class ShipmentAdvanced:
    """News of a shipment on its way: in transit, out for delivery, a failed attempt."""

    at: datetime
    shipment_id: str
    status: str


@record
class UnitsDelivered:
    """A shipment arrived, or a pickup was collected."""

    at: datetime
    shipment_id: str
    items: Items


@record
class UnitsReopened:
    """Units of a shipment that was lost or sent back wait again, and are no longer earned.

    ``restocked``: the goods came back to ``location`` and enter its stock in that ``condition``.
    ``with_charges``: nothing else has shipped, so the charges go with the next shipment (M8).
    """

    at: datetime
    shipment_id: str
    location: str
    items: Items
    condition: str
    net: int
    tax: int
    remitted: int
    funded: int
    with_charges: bool
    restocked: bool


@record
class ChannelShipped:
    """The channel shipped units from its own stock (S12)."""

    at: datetime
    shipment_id: str
    items: Items
    net: int
    tax: int
    remitted: int
    funded: int
    with_charges: bool


__all__ = [
    "ChannelShipped",
    "GoodsTaken",
    "ShipmentAdvanced",
    "UnitsDelivered",
    "UnitsReopened",
    "UnitsShipped",
]
