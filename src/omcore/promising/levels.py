"""Service levels: what a customer chooses at checkout, and which carriers' services give it.

Decides with which service an order of a level leaves a location: the one that arrives first. Must not know
stock, costs, or which location is chosen.
"""

from __future__ import annotations

from datetime import datetime

from omcore.kernel import (
    InvalidType,
    Location,
    NoWorkingDay,
    Place,
    Refusal,
    checked_id,
    checked_instant,
    checked_limit,
    checked_names,
    checked_unique,
    record,
    time_zone,
)
from omcore.shipping import Arrival, NotServed, Service, ShipBy, arrival
from omcore.shipping.arriving import day_there, kilometers

MAX_SERVICES = 100
MAX_LEVELS = 100
NO_DANGER: frozenset[str] = frozenset()
NO_NAMES: frozenset[str] = frozenset()


class HazardRefused(Refusal):
    """No service of the level takes dangerous goods of that class. Fields: level, hazard."""

    code = "hazard_refused"


@record
class ServiceLevel:
    """What a customer chooses: ``name`` is an order's ``service``, such as ``standard`` or ``express``.

    Any of ``services`` may carry it: those that the plan names for its parcels, as ``CheapestInTime`` does;
    else the one that arrives first from where it leaves, and of those that arrive on the same days the one
    that stands first.
    """

    name: str
    services: tuple[Service, ...]

    def __attrs_post_init__(self) -> None:
        checked_id(self.name, "name")
        if type(self.services) is not tuple or not all(type(entry) is Service for entry in self.services):
            raise InvalidType("services", expected="tuple of Service")
        if not self.services:
            raise InvalidType("services", expected="at least one Service")
        checked_limit(len(self.services), MAX_SERVICES, "services", "services")
        checked_unique((service.name for service in self.services), "services")


def checked_levels(value: object, path: str = "levels") -> tuple[ServiceLevel, ...]:
    """Levels with names of their own."""
    if type(value) is not tuple or not all(type(entry) is ServiceLevel for entry in value):
        raise InvalidType(path, expected="tuple of ServiceLevel")
    checked_limit(len(value), MAX_LEVELS, path, "service levels")
    checked_unique((level.name for level in value), path)
    return value


def arrival_with(
    level: ServiceLevel,
    location: Location,
    place: Place,
    released: datetime,
    hazards: frozenset[str] = NO_DANGER,
    named: frozenset[str] = NO_NAMES,
) -> Arrival:
    """With which service of a level an order that is released then arrives first, and when (C2).

    ``hazards`` are the classes of dangerous goods in it. ``named`` are the services that a plan has given its
    parcels to, where it has: those of the level take it, and the last of them to arrive counts. Errors:
    ``InputError``; the refusal of the service that comes closest: ``NotServed``, ``NotCollected``,
    ``HazardRefused``, ``NoWorkingDay``.
    """
    if type(level) is not ServiceLevel:
        raise InvalidType("level", expected="ServiceLevel")
    checked_names(hazards, "hazards")
    if named:
        checked_names(named, "named")
        chosen = [service for service in level.services if service.name in named]
        if chosen:
            all_of_them = [_arrival(level, entry, location, place, released, hazards) for entry in chosen]
            return max(all_of_them, key=lambda found: (found.latest, found.earliest))
    best: Arrival | None = None
    refused: Refusal | None = None
    for service in level.services:
        try:
            found = _arrival(level, service, location, place, released, hazards)
        except Refusal as refusal:
            if refused is None or _closeness(refusal) > _closeness(refused):
                refused = refusal
            continue
        if best is None or (found.latest, found.earliest) < (best.latest, best.earliest):
            best = found
    if best is None:
        raise refused or NotServed("place", service=level.name, country=place.country)
    return best


def on_its_way(
    level: ServiceLevel, location: Location, place: Place, left: datetime, service: str = ""
) -> Arrival:
    """When what left a location at an instant arrives: with that service of the level, else with the first.

    Errors: ``InputError``; ``NotServed``, ``NotCollected``, ``NoWorkingDay``.
    """
    if type(level) is not ServiceLevel:
        raise InvalidType("level", expected="ServiceLevel")
    left = checked_instant(left, "left")
    km = kilometers(location, place)
    day = left.astimezone(time_zone(location.zone)).date()
    there = day_there(day, location, place)
    best: Arrival | None = None
    named = [entry for entry in level.services if entry.name == service]
    for entry in named or [entry for entry in level.services if entry.serves(place)]:
        found = Arrival(location.id, entry.name, ShipBy(day, left), *entry.arrives(there, km, place))
        if best is None or (found.latest, found.earliest) < (best.latest, best.earliest):
            best = found
    if best is None:
        raise NotServed("place", service=level.name, country=place.country)
    return best


def _arrival(
    level: ServiceLevel,
    service: Service,
    location: Location,
    place: Place,
    released: datetime,
    hazards: frozenset[str],
) -> Arrival:
    found = arrival(location, place, service, released)
    for hazard in sorted(hazards):
        if not service.takes(hazard):
            raise HazardRefused("hazards", level=level.name, hazard=hazard)
    return found


def _closeness(refusal: Refusal) -> int:
    """Not there at all; not from here; never on a day that anybody works; not these goods."""
    order: tuple[type[Refusal], ...] = (NotServed, Refusal, NoWorkingDay, HazardRefused)
    kind = type(refusal)
    return order.index(kind) if kind in order else 1


__all__ = [
    "MAX_LEVELS",
    "MAX_SERVICES",
    "HazardRefused",
    "ServiceLevel",
    "arrival_with",
    "checked_levels",
    "on_its_way",
]
