"""When a parcel leaves with a carrier, and on which days it arrives.

Decides it from when the order is ready at its location, when the carrier fetches there, and how long
the service travels (C2). Must not know prices, stock, or which service is chosen.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from omcore.kernel import (
    InvalidType,
    Location,
    Place,
    checked_instant,
    instant_of,
    record,
    time_zone,
)
from omcore.shipping.leaving import ShipBy, ship_by
from omcore.shipping.services import Service, refuse_unserved

_DAY = timedelta(days=1)
_NOON = time(12)


@record
class Arrival:
    """A parcel's way: with which service it leaves a location, when, and from when to when it arrives."""

    location: str
    service: str
    leaves: ShipBy
    earliest: date
    latest: date


def handed_over(location: Location, service: Service, now: datetime) -> ShipBy:
    """When an order that is released now leaves a location with a carrier.

    On the first day on or after the one on which it is ready (``ship_by``) on which the carrier fetches
    parcels of that service there; not today, where the van has been (``Service.collects`` says until
    when an order may come). It leaves by then, or by the end of the location's day where the carrier
    keeps no hours there. Errors: ``InputError``; ``NoWorkingDay``.
    """
    if type(service) is not Service:
        raise InvalidType("service", expected="Service")
    ready = ship_by(location, now)
    zone = time_zone(location.zone)
    day = service.fetches(ready.on)
    collects = service.collects
    if collects is None:
        if day == ready.on:
            return ready
        return ShipBy(day, instant_of(day, location.calendar.opening(day)[1], zone))
    now = checked_instant(now, "now")
    if day == now.astimezone(zone).date() and now >= instant_of(day, collects.opening(day)[1], zone):
        day = service.fetches(day + _DAY)
    return ShipBy(day, instant_of(day, collects.opening(day)[1], zone))


def arrival(location: Location, place: Place, service: Service, now: datetime) -> Arrival:
    """From when to when an order that is released now at a location arrives at a place (C2).

    Days of travel are counted on the customer's calendar, where his zone is known: from the day that it is
    there while it is noon at the location. So a parcel over the date line arrives a day later, or sooner,
    than the location's own calendar would say, and one within a country on the day that both mean.

    Errors: ``InputError`` for an argument of another type; ``NotCollected``, ``NotServed``, ``NoWorkingDay``.
    """
    if type(service) is not Service:
        raise InvalidType("service", expected="Service")
    km = kilometers(location, place)
    refuse_unserved(service, location, place)
    leaves = handed_over(location, service, now)
    earliest, latest = service.arrives(day_there(leaves.on, location, place), km, place)
    return Arrival(location.id, service.name, leaves, earliest, latest)


def day_there(day: date, location: Location, place: Place) -> date:
    """What a location's day is called at a place: at the location's noon; the same where no zone is known."""
    if not place.zone:
        return day
    noon = instant_of(day, _NOON, time_zone(location.zone))
    return noon.astimezone(time_zone(place.zone, "place.zone")).date()


def kilometers(location: Location, place: Place) -> float | None:
    """From a location to a place; None where either has no coordinates."""
    if type(location) is not Location:
        raise InvalidType("location", expected="Location")
    if type(place) is not Place:
        raise InvalidType("place", expected="Place")
    if location.point is None or place.point is None:
        return None
    return location.point.distance_km(place.point)


__all__ = ["Arrival", "arrival", "day_there", "handed_over", "kilometers"]
