"""Carriers' services: where they go, what they take, how long a parcel travels, when it is handed over.

A delivery date is a date on the customer's own calendar, not an instant: nobody promises an hour
here. Must not know stock, prices, or which location will be chosen.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from omcore.kernel import (
    Calendar,
    InvalidNumber,
    InvalidType,
    Location,
    NoWorkingDay,
    Place,
    Refusal,
    checked_day,
    checked_flag,
    checked_id,
    checked_limit,
    checked_names,
    checked_quantity,
    checked_text,
    record,
)
from omcore.shipping.areas import checked_areas, checked_by_area, lies_in, narrowest

MAX_TRANSIT_DAYS = 120
# Among the hazards that a service refuses: every class of dangerous goods.
ANY_HAZARD = "*"

# Up to km (None = any distance) or an area, and days: at most, or at least and at most.
Bands = tuple[tuple[int | None, int] | tuple[int | None, int, int], ...]
AreaDays = tuple[tuple[str, int] | tuple[str, int, int], ...]


class NotServed(Refusal):
    """The service does not deliver there. Fields: service, country."""

    code = "not_served"


class NotCollected(Refusal):
    """The carrier does not fetch parcels of that service at the location. Fields: service, location."""

    code = "not_collected"


@record
class Limits:
    """What one parcel may weigh and measure; 0 is no limit.

    ``girth_mm`` is the longest side and the way around the other two, together: how carriers measure.
    """

    weight_g: int = 0
    side_mm: int = 0
    girth_mm: int = 0

    def __attrs_post_init__(self) -> None:
        for name in ("weight_g", "side_mm", "girth_mm"):
            checked_quantity(getattr(self, name), name, low=0, high=10**9)

    def allow(self, weight_g: int, size_mm: tuple[int, int, int]) -> bool:
        """Whether a parcel of that weight and size is within them; a side of 0 is not known."""
        if self.weight_g and weight_g > self.weight_g:
            return False
        short, middle, long = sorted(size_mm)
        if self.side_mm and long > self.side_mm:
            return False
        return not self.girth_mm or long + 2 * (short + middle) <= self.girth_mm


@record
class Service:
    """A carrier's service.

    ``transit`` is (up to km, days) ascending, the last one for any distance (None): days from
    leaving to delivery, 0 for the same day. Where the carrier only estimates, (up to km, days at least,
    days at most). ``by_area`` says the same for areas that are served otherwise, the narrowest of which
    counts. ``calendar`` says on which days it delivers; parcels travel on those days too, or on every day
    where ``travels_daily``. ``areas`` restricts where it delivers to (empty is everywhere), ``not_to``
    leaves areas out; an area is ``US``, ``US-HI`` or ``US:967``, the beginning of a postal code.

    ``collects`` says on which days the carrier fetches parcels at a location, and until when (its hours,
    in the location's zone): an order that is released after that waits for the next van. None is on
    every day on which the location works; one that does not travel then waits for a day of ``calendar``.
    ``locations`` are the ones that hand parcels over to it, empty is all. ``limits`` are those of a parcel;
    ``refuses`` the hazards that it does not take, ``{"*"}`` all of them.
    """

    name: str
    transit: Bands
    calendar: Calendar = Calendar()
    travels_daily: bool = False
    areas: frozenset[str] = frozenset()
    carrier: str = ""
    collects: Calendar | None = None
    by_area: AreaDays = ()
    not_to: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    limits: Limits = Limits()
    refuses: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        checked_id(self.name, "name")
        _check_bands(self.transit)
        if type(self.calendar) is not Calendar:
            raise InvalidType("calendar", expected="Calendar")
        checked_flag(self.travels_daily, "travels_daily")
        checked_areas(self.areas, "areas")
        checked_text(self.carrier, "carrier", high=100)
        if self.collects is not None and type(self.collects) is not Calendar:
            raise InvalidType("collects", expected="Calendar")
        expected = "tuple of (area, days)"
        if type(self.by_area) is not tuple:
            raise InvalidType("by_area", expected=expected)
        for i, entry in enumerate(self.by_area):
            _check_days(entry, f"by_area[{i}]", "(area, days)")
        checked_by_area([entry[0] for entry in self.by_area], "by_area")
        checked_areas(self.not_to, "not_to")
        checked_names(self.locations, "locations", limit=10_000)
        if type(self.limits) is not Limits:
            raise InvalidType("limits", expected="Limits")
        checked_names(self.refuses, "refuses")

    def serves(self, place: Place) -> bool:
        """Whether it delivers to a place."""
        if type(place) is not Place:
            raise InvalidType("place", expected="Place")
        if self.areas and not any(lies_in(place, area) for area in self.areas):
            return False
        return not any(lies_in(place, area) for area in self.not_to)

    def takes(self, hazard: str) -> bool:
        """Whether it takes dangerous goods of a class; it takes what is not dangerous ("")."""
        checked_text(hazard, "hazard")
        return not hazard or not (hazard in self.refuses or ANY_HAZARD in self.refuses)

    def transit_days(self, km: float | None, place: Place | None = None) -> int:
        """Days at most; an unknown distance takes the longest of all bands."""
        return self.travels(km, place)[1]

    def travels(self, km: float | None, place: Place | None = None) -> tuple[int, int]:
        """Days at least and at most for a distance, or for the narrowest area that names the place.

        Over an unknown distance the least of all bands, and the most.
        """
        if place is not None:
            if type(place) is not Place:
                raise InvalidType("place", expected="Place")
            days_of = {entry[0]: entry for entry in self.by_area}
            area = narrowest(place, days_of)
            if area is not None:
                return days_of[area][1], days_of[area][-1]
        if km is None:
            return min(band[1] for band in self.transit), max(band[-1] for band in self.transit)
        if type(km) not in (float, int) or not km >= 0:
            raise InvalidNumber("km", reason="not a distance")
        for band in self.transit:
            if band[0] is None or km <= band[0]:
                return band[1], band[-1]
        return self.transit[-1][1], self.transit[-1][-1]

    def fetches(self, day: date) -> date:
        """The first day on or after one on which the carrier fetches what was ready on it."""
        if self.collects is not None:
            return self.collects.next_working(day)
        return checked_day(day) if self.travels_daily else self.calendar.next_working(day)

    def delivers(self, shipped: date, km: float | None, place: Place | None = None) -> date:
        """The day by which a parcel that leaves on ``shipped`` is handed over, at the latest.

        Where the carrier rests on that day it fetches the parcel on its next day of work, and the
        days count from there; one that ``travels_daily`` fetches it at once.
        """
        return self.window(shipped, km, place)[1]

    def window(self, shipped: date, km: float | None, place: Place | None = None) -> tuple[date, date]:
        """The first and the last day on which a parcel that leaves on ``shipped`` may be handed over."""
        checked_day(shipped, "shipped")
        return self.arrives(self.fetches(shipped), km, place)

    def arrives(self, left: date, km: float | None, place: Place | None = None) -> tuple[date, date]:
        """As ``window``, of a parcel that the carrier fetched on a day of the customer's calendar."""
        least, most = self.travels(km, place)
        return self._after(left, least), self._after(left, most)

    def _after(self, left: date, days: int) -> date:
        if not self.travels_daily:
            return self.calendar.add_working(left, days)
        try:
            arrives = checked_day(left, "left") + timedelta(days=days)
        except OverflowError:
            raise NoWorkingDay("left", within_days=days) from None
        return self.calendar.next_working(arrives)


def refuse_unserved(service: Service, location: Location, place: Place) -> None:
    """``NotCollected`` where the location does not hand it over, ``NotServed`` where it does not go."""
    if service.locations and location.id not in service.locations:
        raise NotCollected("location", service=service.name, location=location.id)
    if not service.serves(place):
        raise NotServed("place", service=service.name, country=place.country)


def _check_bands(transit: Any) -> None:
    if type(transit) is not tuple or not transit:
        raise InvalidType("transit", expected="tuple of (up to km, days)")
    checked_limit(len(transit), 1_000, "transit", "distance bands")
    below = 0
    for i, band in enumerate(transit):
        path = f"transit[{i}]"
        _check_days(band, path, "(up to km, days)")
        if (band[0] is None) != (i == len(transit) - 1):
            raise InvalidType(path, expected="any distance (None) in the last band, and only there")
        if band[0] is not None:
            below = checked_quantity(band[0], path, low=below + 1, high=100_000)


def _check_days(entry: Any, path: str, expected: str) -> None:
    if type(entry) is not tuple or len(entry) not in (2, 3):
        raise InvalidType(path, expected=expected)
    least = checked_quantity(entry[1], path, low=0, high=MAX_TRANSIT_DAYS)
    checked_quantity(entry[-1], path, low=least, high=MAX_TRANSIT_DAYS)


__all__ = [
    "ANY_HAZARD",
    "MAX_TRANSIT_DAYS",
    "AreaDays",
    "Bands",
    "Limits",
    "NotCollected",
    "NotServed",
    "Service",
    "refuse_unserved",
]
