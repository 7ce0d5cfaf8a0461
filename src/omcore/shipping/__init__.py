"""Shipping: what carriage takes, in days, money and boxes.

When an order leaves a location (cut-off, calendar, processing time), the carriers' services that take it
on, and their prices. Imports the kernel only; must not know stock, orders or which location is chosen;
``now`` is an argument.
"""

from omcore.shipping.arriving import Arrival, arrival, handed_over
from omcore.shipping.leaving import ShipBy, collectable, ship_by
from omcore.shipping.parcels import Box, Goods, Packed, PackedBox, Placement, Unpacked, pack
from omcore.shipping.services import ANY_HAZARD, MAX_TRANSIT_DAYS, Limits, NotCollected, NotServed, Service
from omcore.shipping.tariffs import Tariff, Zone

__all__ = [
    "ANY_HAZARD",
    "MAX_TRANSIT_DAYS",
    "Arrival",
    "Box",
    "Goods",
    "Limits",
    "NotCollected",
    "NotServed",
    "Packed",
    "PackedBox",
    "Placement",
    "Service",
    "ShipBy",
    "Tariff",
    "Unpacked",
    "Zone",
    "arrival",
    "collectable",
    "handed_over",
    "pack",
    "ship_by",
]
