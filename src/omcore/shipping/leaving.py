"""When an order leaves a location, or can be fetched there.

Decides it from the location's cut-off, calendar, hours and processing time, in the location's zone (C2).
Must not know carriers, stock or costs.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from omcore.kernel import (
    InvalidType,
    Location,
    checked_instant,
    instant_of,
    record,
    time_zone,
    wall_time,
)

_DAY = timedelta(days=1)


@record
class ShipBy:
    """The day on which an order leaves, as the location's calendar names it, and by which instant."""

    on: date
    by: datetime


def ship_by(location: Location, now: datetime) -> ShipBy:
    """When an order that is released now leaves a location.

    Work starts today if today is worked and the cut-off has not come, else on the next worked
    day; it takes the location's ``processing_days`` further worked days (0: it leaves the same day). It
    leaves by the end of that day, in the location's zone. Errors: ``InputError``; ``NoWorkingDay``.
    """
    if type(location) is not Location:
        raise InvalidType("location", expected="Location")
    calendar = location.calendar
    now = checked_instant(now, "now")
    zone = time_zone(location.zone)
    cut_off = wall_time(location.cut_off, "cut_off")
    today = now.astimezone(zone).date()
    start = today
    if not calendar.works(today) or now >= instant_of(today, cut_off, zone):
        start = calendar.next_working(today + _DAY)
    day = calendar.add_working(start, location.processing_days)
    # A location may take orders for today until after its hours are over.
    end = max(calendar.opening(day)[1], cut_off)
    return ShipBy(day, instant_of(day, end, zone))


def collectable(location: Location, ready: datetime) -> datetime:
    """When a customer can fetch what is ready at a location: at once where it is open, else when it opens.

    Errors: ``InputError``; ``NoWorkingDay`` where it does not open within a year.
    """
    if type(location) is not Location:
        raise InvalidType("location", expected="Location")
    return location.calendar.next_open(checked_instant(ready, "ready"), time_zone(location.zone))


__all__ = ["ShipBy", "collectable", "ship_by"]
