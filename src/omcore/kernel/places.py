"""Places: points, destinations, addresses of people, and the locations that ship.

Decides what is personal and what is not. A ``Place`` (country, region, postal code, point) is
what routing may know; a ``Contact`` (name, street, e-mail, phone) is personal data: it has no
repr, stands in no event, and can be erased on its own. Must not know stock or costs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import cached_property

import attrs

from omcore.kernel._record import record
from omcore.kernel.calendars import MAX_WORKING_DAYS, Calendar
from omcore.kernel.errors import InvalidCatalog, InvalidId, InvalidPlace, InvalidType, UnknownId
from omcore.kernel.numbers import checked_quantity
from omcore.kernel.text import (
    checked_flag,
    checked_id,
    checked_limit,
    checked_names,
    checked_text,
    checked_unique,
)

EARTH_RADIUS_KM = 6371.0088
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CUT_OFF = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
# The shape of an IANA name; whether there is such a zone only the zones' rules know.
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", re.ASCII)
_REGION = re.compile(r"[A-Z]{2}(?:-.{1,100})?", re.ASCII)

MAX_LOCATIONS = 10_000
MAX_RANK = 1_000_000_000

WAREHOUSE = "warehouse"
STORE = "store"
SUPPLIER = "supplier"
THIRD_PARTY = "third_party"
LOCATION_KINDS = (WAREHOUSE, STORE, SUPPLIER, THIRD_PARTY)

SHIP = "ship"
PICKUP = "pickup"


@record
class GeoPoint:
    """A point in degrees: latitude -90..90, longitude -180..180. Floats measure, never count.

    The repr shows no degrees: a customer's point is an address.
    """

    latitude: float = attrs.field(repr=False)
    longitude: float = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        # NaN is within no bounds.
        if type(self.latitude) not in (float, int) or not -90 <= self.latitude <= 90:
            raise InvalidPlace("latitude", reason="not within -90 to 90 degrees")
        if type(self.longitude) not in (float, int) or not -180 <= self.longitude <= 180:
            raise InvalidPlace("longitude", reason="not within -180 to 180 degrees")

    def distance_km(self, other: GeoPoint) -> float:
        """Great-circle distance (haversine, mean Earth radius); within 0.6 % of the ellipsoid's."""
        if type(other) is not GeoPoint:
            raise InvalidPlace("other", reason="not a GeoPoint")
        lat1, lat2 = math.radians(self.latitude), math.radians(other.latitude)
        half_lat = (lat2 - lat1) / 2
        half_lon = math.radians(other.longitude - self.longitude) / 2
        try:
            h = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
        except ValueError:
            # A point that got past its own checks.
            raise InvalidPlace("point", reason="not within its degrees") from None
        # Rounding may lift h just above 1 for antipodes.
        return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


def _check_country(value: object) -> None:
    if type(value) is not str or not _COUNTRY.fullmatch(value):
        raise InvalidPlace("country", reason="not an ISO 3166 alpha-2 code")


def _check_point(value: object) -> None:
    if value is not None and type(value) is not GeoPoint:
        raise InvalidPlace("point", reason="not a GeoPoint")


def _check_zone(value: object) -> None:
    if type(value) is not str or len(value) > 64 or not _ZONE.fullmatch(value):
        raise InvalidPlace("zone", reason="not the name of a time zone")


@record
class Place:
    """Where something goes, as coarsely as routing needs it: no street, no name.

    ``postal_code`` is kept out of the repr: with other facts it can point at a person. ``zone`` is the
    time zone whose calendar a delivery there is told by (C2); empty where nobody said.
    """

    country: str
    region: str = ""
    postal_code: str = attrs.field(default="", repr=False)
    point: GeoPoint | None = attrs.field(default=None, repr=False)
    zone: str = ""

    def __attrs_post_init__(self) -> None:
        _check_country(self.country)
        checked_text(self.region, "region", high=100)
        checked_text(self.postal_code, "postal_code", high=20)
        _check_point(self.point)
        if type(self.zone) is not str or self.zone:
            _check_zone(self.zone)


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

    ``priority`` ranks equals, lower first. ``cut_off`` is wall-clock time in ``zone`` (C2) after which work
    starts the next day. ``capabilities`` are the services it can give (``ship``, ``pickup``, and what an
    embedder names, such as ``hazmat``). ``regions`` restricts where it ships to: country (``US``) or
    country-region (``US-NY``); empty is everywhere. ``daily_capacity`` is orders a day in its ``zone``, None
    for no bound. ``labor_cost`` is minor units a unit. ``calendar`` says which days are worked and until
    when, holidays included; an order takes ``processing_days`` further worked days before it leaves.
    ``safety_stock`` is units of every SKU that routing leaves on its shelves, but for who collects there.
    ``name`` is kept out of the repr: a supplier's may be a person's.
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
    name: str = attrs.field(default="", repr=False)
    calendar: Calendar = Calendar()
    processing_days: int = 0
    safety_stock: int = 0

    def __attrs_post_init__(self) -> None:
        checked_id(self.id, "id")
        if type(self.kind) is not str or self.kind not in LOCATION_KINDS:
            raise InvalidPlace("kind", reason="not one of " + ", ".join(LOCATION_KINDS))
        _check_point(self.point)
        _check_country(self.country)
        checked_quantity(self.priority, "priority", low=-MAX_RANK, high=MAX_RANK)
        _check_zone(self.zone)
        if type(self.cut_off) is not str or not _CUT_OFF.fullmatch(self.cut_off):
            raise InvalidPlace("cut_off", reason="not HH:MM")
        checked_names(self.capabilities, "capabilities")
        for region in checked_names(self.regions, "regions"):
            if not _REGION.fullmatch(region):
                raise InvalidPlace("regions", reason="not country or country-region")
        if self.daily_capacity is not None:
            checked_quantity(self.daily_capacity, "daily_capacity", low=0, high=MAX_RANK)
        checked_quantity(self.labor_cost, "labor_cost", low=0, high=MAX_RANK)
        checked_flag(self.active, "active")
        checked_text(self.name, "name", high=200)
        if type(self.calendar) is not Calendar:
            raise InvalidType("calendar", expected="Calendar")
        checked_quantity(self.processing_days, "processing_days", low=0, high=MAX_WORKING_DAYS)
        checked_quantity(self.safety_stock, "safety_stock", low=0)

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
        checked_limit(len(self.locations), MAX_LOCATIONS, "locations", "locations")
        checked_unique((location.id for location in self.locations), "locations")

    @cached_property
    def by_id(self) -> Mapping[str, Location]:
        """Location by id."""
        return {location.id: location for location in self.locations}

    def __iter__(self) -> Iterator[Location]:
        return iter(self.locations)

    def __len__(self) -> int:
        return len(self.locations)

    def __getitem__(self, location_id: str) -> Location:
        found = self.by_id.get(location_id) if type(location_id) is str else None
        if found is None:
            raise UnknownId("location", kind="location", id=_shown(location_id))
        return found

    def __contains__(self, location_id: object) -> bool:
        return type(location_id) is str and location_id in self.by_id


def _shown(value: object) -> str:
    # An identifier may be shown; anything else that was passed as one may not.
    try:
        return checked_id(value, "id")
    except InvalidId:
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
