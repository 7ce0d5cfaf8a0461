"""The date that a customer can be promised.

Decides it from when an order leaves a location and how long a service takes. A delivery date is a
date on the customer's own calendar, not an instant. Must not know stock, costs, or which location
will be chosen.
"""

from __future__ import annotations

from datetime import date, datetime

from omcore.kernel import Location, Place, record
from omcore.shipping import Service, arrival


@record
class Promise:
    """What can be promised: leaves by an instant, is delivered by a date at its destination."""

    location: str
    service: str
    ship_on: date
    ship_by: datetime
    deliver_by: date


def promise(location: Location, place: Place, service: Service, now: datetime) -> Promise:
    """The promise for an order that is released now at a location (C2).

    Errors: ``InputError`` for an argument of another type; ``NotCollected``, ``NotServed``, ``NoWorkingDay``.
    """
    found = arrival(location, place, service, now)
    return Promise(found.location, found.service, found.leaves.on, found.leaves.by, found.latest)


__all__ = ["Promise", "promise"]
