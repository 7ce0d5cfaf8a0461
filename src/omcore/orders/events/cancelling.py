"""Events of an order: units that will never ship, and the wish that they don't."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import Items


@record
class CancelRequested:
    """The customer or the channel would like the order cancelled; nothing is cancelled yet."""

    at: datetime


@record
class UnitsCancelled:
    """Units will never ship. ``charges`` is what is no longer owed of the charges.

    ``freed`` tells which of them a location held: (fulfillment id, location, items).
    """

    at: datetime
    items: Items
    freed: tuple[tuple[str, str, Items], ...]
    net: int
    tax: int
    remitted: int
    funded: int
    charges_net: int
    charges_tax: int
    charges_remitted: int
    charges_funded: int
    cause: str = attrs.field(repr=False)


__all__ = [
    "CancelRequested",
    "UnitsCancelled",
]
