"""Events of an order: units that will never ship, and the wish that they don't."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import Items, Wanted


@record
class CancelRequested:
    """The customer or the channel would like units cancelled; nothing is cancelled yet.

    ``wanted`` is empty for all that has not shipped when it is answered.
    """

    at: datetime
    request_id: str
    wanted: Wanted
    cause: str = attrs.field(repr=False)


@record
class CancelRequestDecided:
    """A request to cancel was answered. ``left``: units that it is about and that had left already.

    ``by_policy``: the policy answered, not a person.
    """

    at: datetime
    request_id: str
    accepted: bool
    left: Items
    by_policy: bool
    cause: str = attrs.field(repr=False)


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
    "CancelRequestDecided",
    "CancelRequested",
    "UnitsCancelled",
]
