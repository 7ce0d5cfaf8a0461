"""Promising: when an order can leave, and when it can be there.

Calendars with weekends and holidays as data, cut-offs at wall-clock time in a location's zone
(C2), carriers' services, and the promise that follows from them. Must not know stock, costs or
which location is chosen; ``now`` is an argument.
"""

from omcore.promising.calendars import (
    MAX_CLOSED_DAYS,
    MAX_PROCESSING_DAYS,
    Calendar,
    NoWorkingDay,
    ShipBy,
    ship_by,
)
from omcore.promising.services import MAX_TRANSIT_DAYS, NotServed, Promise, Service, promise

__all__ = [
    "MAX_CLOSED_DAYS",
    "MAX_PROCESSING_DAYS",
    "MAX_TRANSIT_DAYS",
    "Calendar",
    "NoWorkingDay",
    "NotServed",
    "Promise",
    "Service",
    "ShipBy",
    "promise",
    "ship_by",
]
