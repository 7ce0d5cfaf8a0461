"""How long an answer holds: the next moment at which a later order would arrive on other days.

Decides it by asking again at each moment at which anything can change - the cut-off of a location, the hour
of a carrier's van - and at no other, so that "order within 2 h 13 min" is true to the second. Must not know
what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from heapq import merge

from omcore.kernel import Calendar, Location, instant_of, time_zone, wall_time
from omcore.shipping import Service

# So many changes of a location or a van are looked at: more than two years of both.
MAX_CHANGES = 2_000
# As far as a calendar is searched for a worked day, and a few days more.
_HORIZON_DAYS = 400
_LAST_DAY = date(9999, 12, 29)
_DAY = timedelta(days=1)


def changes_after(location: Location, services: Sequence[Service], after: datetime) -> Iterator[datetime]:
    """The moments after one at which a later order may leave a location later, ascending; some come twice."""
    zone = time_zone(location.zone)
    cut_off = wall_time(location.cut_off, "cut_off")
    vans = [service.collects for service in services if service.collects is not None]
    day = after.astimezone(zone).date()
    for _ in range(_HORIZON_DAYS):
        if day > _LAST_DAY:
            return
        found = [instant_of(day, cut_off, zone)] if location.calendar.works(day) else []
        found += [instant_of(day, closes, zone) for closes in _hours(vans, day)]
        for moment in sorted(found):
            if moment > after:
                yield moment
        day += _DAY


def _hours(vans: Sequence[Calendar], day: date) -> list[time]:
    return [calendar.opening(day)[1] for calendar in vans if calendar.works(day)]


def holds_until(
    moments: Sequence[Iterator[datetime]], answer: object, ask: Callable[[datetime], object]
) -> datetime | None:
    """The first of the moments, all ascending, at which the answer is another; None where none is found."""
    last: datetime | None = None
    for count, moment in enumerate(merge(*moments)):
        if count >= MAX_CHANGES:
            break
        if moment != last and ask(moment) != answer:
            return moment
        last = moment
    return None


__all__ = ["MAX_CHANGES", "changes_after", "holds_until"]
