"""Places: points, destinations, addresses of people, and the locations that ship.

Decides what is personal and what is not. A ``Place`` (country, region, postal code, point) is
what routing may know; a ``Contact`` (name, street, e-mail, phone) is personal data: it has no
repr, stands in no event, and can be erased on its own. Must not know stock or costs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cached_property

import attrs

from omcore.kernel._record import record
from omcore.kernel.errors import InvalidCatalog, InvalidPlace, UnknownId
from omcore.kernel.text import checked_id, checked_limit, checked_text, checked_unique

EARTH_RADIUS_KM = 6371.0088
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CUT_OFF = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)

WAREHOUSE = "warehouse"
STORE = "store"
SUPPLIER = "supplier"
THIRD_PARTY = "third_party"
LOCATION_KINDS = (WAREHOUSE, STORE, SUPPLIER, THIRD_PARTY)

SHIP = "ship"
PICKUP = "pickup"


@record
class GeoPoint:
    """A point in degrees: latitude -90..90, longitude -180..180. Floats measure, never count."""

    latitude: float
    longitude: float

    def __attrs_post_init__(self) -> None:
        for name, value, bound in (("latitude", self.latitude, 90.0), ("longitude", self.longitude, 180.0)):
            if type(value) not in (float, int) or not -bound <= value <= bound:
                raise InvalidPlace(name, reason=f"not within -{bound} to {bound} degrees")

    def distance_km(self, other: GeoPoint) -> float:
        """Great-circle distance (haversine, mean Earth radius)."""
        lat1, lat2 = math.radians(self.latitude), math.radians(other.latitude)
        half_lat = (lat2 - lat1) / 2
        half_lon = math.radians(other.longitude - self.longitude) / 2
        h = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
        return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


@record
class Place:
    """Where something goes, as coarsely as routing needs it: no street, no name.

    ``postal_code`` is kept out of the repr: with other facts it can point at a person.
    """

    country: str
    region: str = ""
    postal_code: str = attrs.field(default="", repr=False)
    point: GeoPoint | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        if type(self.country) is not str or not _COUNTRY.fullmatch(self.country):
            raise InvalidPlace("country", reason="not an ISO 3166 alpha-2 code")
        checked_text(self.region, "region", high=100)
        checked_text(self.postal_code, "postal_code", high=20)
        if self.point is not None and type(self.point) is not GeoPoint:
            raise InvalidPlace("point", reason="not a GeoPoint")


@record
class Contact:
    """A person: everything here is personal data, and the repr shows none of it."""

    name: str = attrs.field(default="", repr=False)
    email: str = attrs.field(default="", repr=False)
    phone: str = attrs.field(default="", repr=False)
    company: str = attrs.field(default="", repr=False)
    street: tuple[str, ...] = attrs.field(default=(), repr=False)
    city: str = attrs.field(default="", repr=False)
    region: str = attrs.field(default="", repr=False)
    postal_code: str = attrs.field(default="", repr=False)
    country: str = attrs.field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        for name in ("name", "email", "phone", "company", "city", "region", "postal_code", "country"):
            checked_text(getattr(self, name), name, high=320)
        if type(self.street) is not tuple:
            raise InvalidPlace("street", reason="not a tuple of lines")
        checked_limit(len(self.street), 5, "street", "address lines")
        for i, line in enumerate(self.street):
            checked_text(line, f"street[{i}]", high=320)


@record
class Location:
    """A place that holds stock: warehouse, store, supplier (drop-ship) or third party.

    ``priority`` ranks equals, lower first. ``cut_off`` is wall-clock time in ``zone`` (C2) after
    which work starts the next day. ``capabilities`` are the services it can give (``ship``,
    ``pickup``, and what an embedder names, such as ``hazmat``). ``regions`` restricts where it
    ships to: country (``US``) or country-region (``US-NY``); empty is everywhere.
    ``daily_capacity`` is orders a day, None for no bound. ``labor_cost`` is minor units a unit.
    """

    id: str
    kind: str = WAREHOUSE
    point: GeoPoint | None = None
    country: str = "US"
    priority: int = 0
    zone: str = "UTC"
    cut_off: str = "14:00"
    capabilities: frozenset[str] = frozenset({SHIP})
    regions: frozenset[str] = frozenset()
    daily_capacity: int | None = None
    labor_cost: int = 0
    active: bool = True
    name: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.id, "id")
        if self.kind not in LOCATION_KINDS:
            raise InvalidPlace("kind", reason="not one of " + ", ".join(LOCATION_KINDS))
        if self.point is not None and type(self.point) is not GeoPoint:
            raise InvalidPlace("point", reason="not a GeoPoint")
        if type(self.country) is not str or not _COUNTRY.fullmatch(self.country):
            raise InvalidPlace("country", reason="not an ISO 3166 alpha-2 code")
        if type(self.priority) is not int:
            raise InvalidPlace("priority", reason="not an int")
        if type(self.cut_off) is not str or not _CUT_OFF.fullmatch(self.cut_off):
            raise InvalidPlace("cut_off", reason="not HH:MM")
        checked_text(self.zone, "zone", high=64)
        checked_text(self.name, "name", high=200)
        for field in ("capabilities", "regions"):
            given = getattr(self, field)
            if type(given) is not frozenset or not all(type(entry) is str for entry in given):
                raise InvalidPlace(field, reason="not a frozenset of text")
        for field in ("daily_capacity", "labor_cost"):
            number = getattr(self, field)
            if number is not None and (type(number) is not int or number < 0):
                raise InvalidPlace(field, reason="not a non-negative int")
        if type(self.active) is not bool:
            raise InvalidPlace("active", reason="not a bool")

    def serves(self, place: Place) -> bool:
        """Whether its regions cover a destination."""
        if not self.regions:
            return True
        return place.country in self.regions or f"{place.country}-{place.region}" in self.regions


@attrs.frozen(slots=False)
class Network:
    """The locations of a merchant, by id. Iterates in the stated order."""

    locations: tuple[Location, ...]

    def __attrs_post_init__(self) -> None:
        if type(self.locations) is not tuple or not all(type(entry) is Location for entry in self.locations):
            raise InvalidCatalog("locations", reason="not a tuple of Location", id=None)
        checked_unique((location.id for location in self.locations), "locations")

    @cached_property
    def by_id(self) -> Mapping[str, Location]:
        """Location by id."""
        return {location.id: location for location in self.locations}

    def __getitem__(self, location_id: str) -> Location:
        try:
            return self.by_id[location_id]
        except (KeyError, TypeError):
            raise UnknownId("location", kind="location", id=_shown(location_id)) from None

    def __contains__(self, location_id: object) -> bool:
        return type(location_id) is str and location_id in self.by_id


def _shown(value: object) -> str:
    # An identifier may be shown; anything else that was passed as one may not.
    try:
        return checked_id(value, "id")
    except Exception:  # the id itself is what is wrong
        return "?"


__all__ = [
    "LOCATION_KINDS",
    "PICKUP",
    "SHIP",
    "STORE",
    "SUPPLIER",
    "THIRD_PARTY",
    "WAREHOUSE",
    "Contact",
    "GeoPoint",
    "Location",
    "Network",
    "Place",
]
