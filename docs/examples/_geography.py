"""Where the parcels go, and what time it is there.

Some channels send coordinates with an address, most do not. Routing by distance needs a point, so
an order without one gets the middle of its state: a shop would ask its geocoder here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from omcore.kernel import GeoPoint
from omcore.orders import OrderDraft

_MIDDLES = """
AL 32.8 -86.8, AK 64.0 -152.0, AZ 34.3 -111.7, AR 34.8 -92.4, CA 37.2 -119.5, CO 39.0 -105.5,
CT 41.6 -72.7, DE 39.0 -75.5, DC 38.9 -77.0, FL 28.5 -82.5, GA 32.6 -83.4, HI 20.8 -156.3,
ID 44.3 -114.6, IL 40.0 -89.2, IN 39.9 -86.3, IA 42.0 -93.5, KS 38.5 -98.4, KY 37.5 -85.3,
LA 31.0 -92.0, ME 45.3 -69.2, MD 39.0 -76.8, MA 42.3 -71.8, MI 44.3 -85.4, MN 46.3 -94.3,
MS 32.7 -89.7, MO 38.4 -92.5, MT 47.0 -109.6, NE 41.5 -99.8, NV 39.3 -116.6, NH 43.7 -71.6,
NJ 40.2 -74.7, NM 34.4 -106.1, NY 42.9 -75.5, NC 35.5 -79.4, ND 47.4 -100.5, OH 40.3 -82.8,
OK 35.6 -97.5, OR 43.9 -120.6, PA 40.9 -77.8, RI 41.7 -71.6, SC 33.9 -80.9, SD 44.4 -100.2,
TN 35.9 -86.4, TX 31.5 -99.3, UT 39.3 -111.7, VT 44.1 -72.7, VA 37.5 -78.8, WA 47.4 -120.4,
WV 38.6 -80.6, WI 44.6 -89.9, WY 43.0 -107.5
"""
STATES = {
    state: GeoPoint(float(latitude), float(longitude))
    for state, latitude, longitude in (entry.split() for entry in _MIDDLES.split(","))
}
# For a machine without a time zone database: standard time is what counts in November.
_WINTER = {
    "America/New_York": -5,
    "America/Chicago": -6,
    "America/Denver": -7,
    "America/Los_Angeles": -8,
}


def located(draft: OrderDraft) -> OrderDraft:
    """The draft with a point for its destination, where its state is known."""
    place = draft.destination
    if place is None or place.point is not None or place.country != "US":
        return draft
    return attrs.evolve(draft, destination=attrs.evolve(place, point=STATES.get(place.region)))


def zone(name: str) -> tzinfo:
    """The time zone of that name."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return timezone(timedelta(hours=_WINTER.get(name, 0)), name)


def next_moment(after: datetime, wall: str, name: str) -> datetime:
    """The next time that a clock in that zone shows HH:MM, in UTC."""
    hour, minute = map(int, wall.split(":"))
    local = after.astimezone(zone(name))
    moment = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if moment <= local:
        moment += timedelta(days=1)
    return moment.astimezone(UTC)
