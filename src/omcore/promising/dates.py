"""The date that a customer can be promised.

Decides it from when an order leaves a location and how long a service takes. A delivery date is a
date on the customer's own calendar, not an instant. Must not know stock, costs, or which location
will be chosen.
"""

from __future__ import annotations

from datetime import date, datetime

from omcore.kernel import InvalidType, Location, Place, record
from omcore.shipping import NotServed, Service, ship_by


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

    Errors: ``InputError`` for an argument of another type; ``NotServed``; ``NoWorkingDay``.
    """
    if type(place) is not Place:
        raise InvalidType("place", expected="Place")
    if type(service) is not Service:
        raise InvalidType("service", expected="Service")
    leaves = ship_by(location, now)
    if service.countries and place.country not in service.countries:
        raise NotServed("place.country", service=service.name, country=place.country)
    km = None
    if location.point is not None and place.point is not None:
        km = location.point.distance_km(place.point)
    return Promise(location.id, service.name, leaves.on, leaves.by, service.delivers(leaves.on, km))


__all__ = ["Promise", "promise"]
