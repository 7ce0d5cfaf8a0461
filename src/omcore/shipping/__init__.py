"""Shipping: what carriage takes, in days.

When an order leaves a location (cut-off, calendar, processing time), and the carriers' services that
take it on. Imports the kernel only; must not know stock, orders or which location is chosen; ``now`` is
an argument.
"""

from omcore.shipping.leaving import ShipBy, ship_by
from omcore.shipping.services import MAX_TRANSIT_DAYS, NotServed, Service

__all__ = ["MAX_TRANSIT_DAYS", "NotServed", "Service", "ShipBy", "ship_by"]
