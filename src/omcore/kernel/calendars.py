"""Working days, opening hours and wall-clock times.

Decides which days count, when a place is open on them, and when a wall-clock rule falls: 14:00 in New
York is an instant of its day in New York, summer and winter (C2). Weekends and holidays are data. Must
not know who works: a location, a carrier, a customer.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from omcore.kernel._record import record
from omcore.kernel.errors import InvalidPlace, InvalidTimestamp, InvalidType, Refusal
from omcore.kernel.instants import checked_instant
from omcore.kernel.numbers import checked_quantity

MAX_WORKING_DAYS = 365
# Nobody closes for longer; a calendar without a working day is found out, not searched for ever.
MAX_CLOSED_DAYS = 366
_LAST_DAY = date(9999, 12, 30)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_WALL = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
# Files of the tz database that mean another zone on another machine (C1).
_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory"})

SATURDAY = 6
SUNDAY = 7


class NoWorkingDay(Refusal):
    """The calendar has no working day within reach. Fields: within_days."""

    code = "no_working_day"


@record
class Calendar:
    """Which days are worked, and the wall-clock hours of a worked day.

    ``weekend`` are ISO weekdays (Monday 1, Sunday 7) that are not worked, ``holidays`` dates that
    are not, ``extra`` dates that are worked all the same. A worked day lasts from ``opens`` to
    ``closes``, which is no part of it any more; ``hours`` are (weekday, opens, closes) of the weekdays
    whose hours are others, ascending. They do not make a weekday a worked one.
    """

    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    holidays: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()
    closes: str = "18:00"
    opens: str = "00:00"
    hours: tuple[tuple[int, str, str], ...] = ()

    def __attrs_post_init__(self) -> None:
        if type(self.weekend) is not frozenset:
            raise InvalidType("weekend", expected="frozenset of weekdays 1 to 7")
        for weekday in self.weekend:
            checked_quantity(weekday, "weekend", high=7)
        for name, days in (("holidays", self.holidays), ("extra", self.extra)):
            if type(days) is not frozenset or not all(type(day) is date for day in days):
                raise InvalidType(name, expected="frozenset of dates")
        _check_hours(self.opens, self.closes, "")
        if type(self.hours) is not tuple or self.hours:
            _check_weekdays(self.hours)

    def works(self, day: date) -> bool:
        """Whether a day is worked."""
        return self._works(checked_day(day))

    def _works(self, day: date) -> bool:
        if day in self.extra:
            return True
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def opening(self, day: date) -> tuple[time, time]:
        """The wall-clock hours of a day, if it is worked."""
        weekday = checked_day(day).isoweekday()
        for named, opens, closes in self.hours:
            if named == weekday:
                return time.fromisoformat(opens), time.fromisoformat(closes)
        return time.fromisoformat(self.opens), time.fromisoformat(self.closes)

    def next_open(self, at: datetime, zone: tzinfo) -> datetime:
        """The instant itself if the place is open, else the first one after it at which it opens.

        A day of which the hours are none - because both are one time, or because the clock was set
        forward past both - is passed over. ``NoWorkingDay`` where none is near. Errors: ``InputError``.
        """
        at = checked_instant(at)
        if type(zone) is not ZoneInfo and type(zone) is not timezone:
            raise InvalidType("zone", expected="a time zone")
        day = checked_day(at.astimezone(zone).date(), "at")
        # As many days as it may be closed, and one on which the hours are over already.
        for _ in range(MAX_CLOSED_DAYS + 2):
            if day > _LAST_DAY:
                break
            if self._works(day):
                opens, closes = self.opening(day)
                opened = instant_of(day, opens, zone)
                if max(at, opened) < instant_of(day, closes, zone):
                    return max(at, opened)
            day += _DAY
        raise NoWorkingDay("calendar", within_days=MAX_CLOSED_DAYS)

    def next_working(self, day: date) -> date:
        """The day itself or the first worked day after it; ``NoWorkingDay`` where none is near."""
        checked_day(day)
        for _ in range(MAX_CLOSED_DAYS + 1):
            if day > _LAST_DAY:
                break
            if self._works(day):
                return day
            day += _DAY
        raise NoWorkingDay("calendar", within_days=MAX_CLOSED_DAYS)

    def add_working(self, day: date, days: int) -> date:
        """The worked day that many worked days after the first one on or after ``day``."""
        checked_quantity(days, "days", low=0, high=MAX_WORKING_DAYS)
        day = self.next_working(day)
        for _ in range(days):
            day = self.next_working(day + _DAY)
        return day


def _check_hours(opens: object, closes: object, path: str) -> None:
    if wall_time(opens, f"{path}opens") > wall_time(closes, f"{path}closes"):
        raise InvalidTimestamp(f"{path}closes", reason="before it opens")


def _check_weekdays(hours: object) -> None:
    expected = "tuple of (weekday 1 to 7, opens, closes), weekdays ascending"
    if type(hours) is not tuple:
        raise InvalidType("hours", expected=expected)
    below = 0
    for i, entry in enumerate(hours):
        path = f"hours[{i}]"
        if type(entry) is not tuple or len(entry) != 3:
            raise InvalidType(path, expected=expected)
        below = checked_quantity(entry[0], path, low=below + 1, high=SUNDAY)
        _check_hours(entry[1], entry[2], f"{path}.")


def instant_of(day: date, wall: time, zone: tzinfo) -> datetime:
    """The first instant of a day at which a wall clock shows that time or a later one.

    So where clocks are set back and show it twice, the first time counts; where they are set
    forward past it, the moment of the change does. ``zone`` is a ``time_zone``. Errors: ``InputError``.
    """
    if checked_day(day) > _LAST_DAY:
        raise InvalidTimestamp("day", reason="out of range")
    if type(wall) is not time or wall.tzinfo is not None:
        raise InvalidType("wall", expected="time without a zone")
    if type(zone) is not ZoneInfo and type(zone) is not timezone:
        raise InvalidType("zone", expected="a time zone")
    shown = datetime.combine(day, wall)
    instant = shown.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == shown:
        return instant
    # The clock never shows it. The change lies between the readings by the new and the old offset.
    before = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while instant - before > _SECOND:
        middle = before + (instant - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) >= shown:
            instant = middle
        else:
            before = middle
    return instant


def wall_time(value: object, path: str) -> time:
    """A wall-clock time from HH:MM."""
    match = _WALL.fullmatch(value) if type(value) is str else None
    if match is None:
        raise InvalidTimestamp(path, reason="not HH:MM")
    return time(int(match[1]), int(match[2]))


def time_zone(name: object, path: str = "zone") -> tzinfo:
    """A time zone by its name in the tz database, such as ``America/New_York``."""
    if type(name) is str and name and name not in _OF_THE_MACHINE:
        if name == "UTC":
            return UTC
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            # ZoneInfoNotFoundError is a KeyError; a folder of the database is an OSError.
            pass
    raise InvalidPlace(path, reason="not a time zone of the tz database")


def checked_day(value: object, path: str = "day") -> date:
    """A plain calendar date from 1970."""
    if type(value) is not date or value.year < 1970:
        raise InvalidTimestamp(path, reason="not a date from 1970")
    return value


__all__ = [
    "MAX_CLOSED_DAYS",
    "MAX_WORKING_DAYS",
    "Calendar",
    "NoWorkingDay",
    "checked_day",
    "instant_of",
    "time_zone",
    "wall_time",
]
