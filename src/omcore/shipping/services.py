"""Carriers' services: how long a parcel travels, and on which days it is handed over.

A delivery date is a date on the customer's own calendar, not an instant: nobody promises an hour
here. Must not know stock, or which location will be chosen.
"""

from __future__ import annotations

from datetime import date, timedelta

from omcore.kernel import (
    Calendar,
    InvalidNumber,
    InvalidType,
    NoWorkingDay,
    Refusal,
    checked_day,
    checked_id,
    checked_limit,
    checked_quantity,
    record,
)

MAX_TRANSIT_DAYS = 120


class NotServed(Refusal):
    """The service does not deliver to that country. Fields: service, country."""

    code = "not_served"


@record
class Service:
    """A carrier's service.

    ``transit`` is (up to km, days) ascending, the last one for any distance (None): days from
    leaving to delivery, 0 for the same day. ``calendar`` says on which days it delivers; parcels
    travel on those days too, or on every day where ``travels_daily``. ``countries`` restricts
    where it delivers to; empty is everywhere.
    """

    name: str
    transit: tuple[tuple[int | None, int], ...]
    calendar: Calendar = Calendar()
    travels_daily: bool = False
    countries: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        checked_id(self.name, "name")
        if type(self.transit) is not tuple or not self.transit:
            raise InvalidType("transit", expected="tuple of (up to km, days)")
        checked_limit(len(self.transit), 1_000, "transit", "distance bands")
        below = 0
        for i, band in enumerate(self.transit):
            path = f"transit[{i}]"
            if type(band) is not tuple or len(band) != 2:
                raise InvalidType(path, expected="(up to km, days)")
            if (band[0] is None) != (i == len(self.transit) - 1):
                raise InvalidType(path, expected="any distance (None) in the last band, and only there")
            if band[0] is not None:
                below = checked_quantity(band[0], path, low=below + 1, high=100_000)
            checked_quantity(band[1], path, low=0, high=MAX_TRANSIT_DAYS)
        if type(self.calendar) is not Calendar:
            raise InvalidType("calendar", expected="Calendar")
        if type(self.travels_daily) is not bool:
            raise InvalidType("travels_daily", expected="bool")
        if type(self.countries) is not frozenset or not all(type(code) is str for code in self.countries):
            raise InvalidType("countries", expected="frozenset of country codes")

    def transit_days(self, km: float | None) -> int:
        """Days for a distance; an unknown distance takes the longest of all bands."""
        if km is None:
            return max(days for _, days in self.transit)
        if type(km) not in (float, int) or not km >= 0:
            raise InvalidNumber("km", reason="not a distance")
        for up_to_km, days in self.transit:
            if up_to_km is None or km <= up_to_km:
                return days
        return self.transit[-1][1]

    def delivers(self, shipped: date, km: float | None) -> date:
        """The day on which a parcel that leaves on ``shipped`` is handed over.

        Where the carrier rests on that day it fetches the parcel on its next day of work, and the
        days count from there; one that ``travels_daily`` fetches it at once.
        """
        days = self.transit_days(km)
        checked_day(shipped, "shipped")
        if not self.travels_daily:
            return self.calendar.add_working(shipped, days)
        try:
            arrives = shipped + timedelta(days=days)
        except OverflowError:
            raise NoWorkingDay("shipped", within_days=days) from None
        return self.calendar.next_working(arrives)


__all__ = ["MAX_TRANSIT_DAYS", "NotServed", "Service"]
