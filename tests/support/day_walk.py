"""Days of carriage, followed one by one: what an order's days are, written otherwise than omcore has it.

Plain loops over days and nights, and over minutes where a moment is asked for. Cut-offs and hours must not
lie where a clock is set forward past them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from omcore.kernel import Calendar, Location, Place
from omcore.shipping import Service

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
Days = tuple[date, date]


def clock(location: Location, moment: datetime) -> datetime:
    """What a clock on the wall there shows."""
    return moment.astimezone(ZoneInfo(location.zone))


def at_wall(location: Location, day: date, wall: str) -> datetime:
    shown = datetime.combine(day, time.fromisoformat(wall), ZoneInfo(location.zone))
    return shown.astimezone(UTC)


def is_worked(calendar: Calendar, day: date) -> bool:
    free = day.isoweekday() in calendar.weekend or day in calendar.holidays
    return day in calendar.extra or not free


def first_worked(calendar: Calendar, day: date) -> date | None:
    for _ in range(400):
        if is_worked(calendar, day):
            return day
        day += DAY
    return None


def packed_on(location: Location, now: datetime) -> date | None:
    """The day of the location on which an order of now has been packed."""
    day = clock(location, now).date()
    if now >= at_wall(location, day, location.cut_off):
        day += DAY
    found = first_worked(location.calendar, day)
    for _ in range(location.processing_days):
        if found is not None:
            found = first_worked(location.calendar, found + DAY)
    return found


def fetched_on(location: Location, service: Service, now: datetime) -> date | None:
    packed = packed_on(location, now)
    if packed is None:
        return None
    if service.collects is None:
        return packed if service.travels_daily else first_worked(service.calendar, packed)
    day = first_worked(service.collects, packed)
    if day == clock(location, now).date() and now >= at_wall(location, day, service.collects.closes):
        day = first_worked(service.collects, day + DAY)
    return day


def arrives(location: Location, place: Place, service: Service, now: datetime) -> Days | None:
    """The first and the last day on which it may arrive; None where nobody ever works."""
    fetched = fetched_on(location, service, now)
    if fetched is None:
        return None
    there = fetched
    if place.zone:
        there = at_wall(location, fetched, "12:00").astimezone(ZoneInfo(place.zone)).date()
    (_, least, most) = service.transit[0] if len(service.transit[0]) == 3 else (*service.transit[0], 0)
    if len(service.transit[0]) == 2:
        most = least
    first, last = (_travel(service, there, days) for days in (least, most))
    return None if first is None or last is None else (first, last)


def _travel(service: Service, day: date, nights: int) -> date | None:
    found: date | None = day if service.travels_daily else first_worked(service.calendar, day)
    for _ in range(nights):
        if found is None:
            return None
        found += DAY
        if not service.travels_daily:
            found = first_worked(service.calendar, found)
    return None if found is None else first_worked(service.calendar, found)


def best(location: Location, place: Place, services: tuple[Service, ...], now: datetime) -> Days | None:
    """By the service that arrives first of all."""
    found = [days for service in services if (days := arrives(location, place, service, now)) is not None]
    return min(found, key=lambda days: (days[1], days[0]), default=None)


def is_open(location: Location, moment: datetime) -> bool:
    shown = clock(location, moment)
    if not is_worked(location.calendar, shown.date()):
        return False
    return location.calendar.opens <= f"{shown:%H:%M}" < location.calendar.closes


def open_from(location: Location, moment: datetime) -> datetime:
    """The first minute from a moment on at which somebody is there."""
    while not is_open(location, moment):
        moment += MINUTE
    return moment
