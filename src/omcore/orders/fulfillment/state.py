"""Work and shipments as values: what a location still has to do, and what left it together.

Decides the shape of this part of an order's state; ``state`` has it among its own. Must not know how
any of it changes: that is ``fulfilling``, ``shipping`` and ``pickup``.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.parts import Items


@record
class FulfillmentOrder:
    """Work asked of one location. ``items`` is what it still has to ship, or to hand over.

    ``collect_by``: when the customer is to have collected it; None while nothing waits for him. ``arrived``:
    the goods came to this store from elsewhere, as a shipment. ``expired``: they were not collected in time.
    """

    id: str
    location: str
    items: Items
    status: str
    requested_at: datetime
    collect_by: datetime | None = None
    arrived: bool = False
    expired: bool = False


@record
class Shipment:
    """What left a location together. ``items`` are the units, ``tracking`` (carrier, number).

    ``to`` is the store that it goes to, where the customer collects it; empty where it goes to the customer.
    """

    id: str
    fulfillment_id: str
    location: str
    items: Items
    status: str
    shipped_at: datetime
    delivered_at: datetime | None = None
    tracking: tuple[str, str] = attrs.field(default=("", ""), repr=False)
    to: str = ""


__all__ = ["FulfillmentOrder", "Shipment"]
