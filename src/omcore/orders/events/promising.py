"""Events of an order: the days by which units are promised to arrive."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import Items


@record
class DeliveryPromised:
    """Units arrive between two days on the customer's calendar, as far as anybody can say (C2).

    ``fulfillment_id``: whose work they are; empty where they wait for stock at ``location``. By ``ship_by``
    they leave with ``service``; None where only the days were told. Nothing that the customer was told before
    becomes untrue by it.
    """

    at: datetime
    items: Items
    fulfillment_id: str
    location: str
    service: str
    ship_by: datetime | None
    earliest: date
    latest: date


@record
class PromiseChanged:
    """Units arrive on other days than was promised; ``latest`` is None where nobody can say any more.

    ``was_earliest`` and ``was_latest`` is what held until now: a day without a first one is what the channel
    had promised. ``told`` is the latest day that they were ever promised by. ``cause`` says why: rerouted,
    supply (it came, or will come, at another time), shipped_late, delivery_changed (it goes elsewhere, or
    otherwise), late (the channel promised what nobody can keep), or what whoever changed it said, such as
    carrier.
    """

    at: datetime
    items: Items
    fulfillment_id: str
    location: str
    service: str
    ship_by: datetime | None
    earliest: date | None
    latest: date | None
    was_earliest: date | None
    was_latest: date | None
    told: date | None
    cause: str = attrs.field(repr=False)


__all__ = ["DeliveryPromised", "PromiseChanged"]
