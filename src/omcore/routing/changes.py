"""Changes to try out: a network, a stock or a strategy that is otherwise.

Decides what may be changed and what the world looks like then: a location off, later, dearer or able to
do more; one location more; units more or fewer on a shelf; another strategy, which is other costs. A
change is a small value, and several are one after the other. Must not know what is planned there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from omcore.kernel import (
    DuplicateId,
    InvalidType,
    Location,
    Network,
    UnknownId,
    checked_id,
    checked_limit,
    checked_names,
    checked_quantity,
    checked_sku,
    record,
)
from omcore.kernel.calendars import Calendar
from omcore.routing.demand import Availability, counter, promisable_above, reader

if TYPE_CHECKING:
    from omcore.routing.plan import RoutingStrategy

MAX_CHANGES = 10_000


@record
class Altered:
    """A location of which something is otherwise; what is None stays as it is.

    ``gains`` and ``loses`` are capabilities. A field has the meaning and the bounds that it has in
    ``Location``.
    """

    location: str
    active: bool | None = None
    priority: int | None = None
    cut_off: str | None = None
    labor_cost: int | None = None
    safety_stock: int | None = None
    daily_capacity: int | None = None
    processing_days: int | None = None
    calendar: Calendar | None = None
    regions: frozenset[str] | None = None
    gains: frozenset[str] = frozenset()
    loses: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        checked_id(self.location, "location")
        checked_names(self.gains, "gains")
        checked_names(self.loses, "loses")
        # A location that has these is one: the checks are its own.
        self.of(Location(self.location))

    def of(self, location: Location) -> Location:
        """The location as it would be."""
        changes = {name: getattr(self, name) for name in _FIELDS if getattr(self, name) is not None}
        able = (location.capabilities | self.gains) - self.loses
        return attrs.evolve(location, capabilities=able, **changes)


_FIELDS = (
    "active",
    "priority",
    "cut_off",
    "labor_cost",
    "safety_stock",
    "daily_capacity",
    "processing_days",
    "calendar",
    "regions",
)


@record
class Opened:
    """One location more; its shelves are empty until ``Stocked`` says otherwise."""

    location: Location

    def __attrs_post_init__(self) -> None:
        if type(self.location) is not Location:
            raise InvalidType("location", expected="Location")


@record
class Stocked:
    """Units of a SKU more at a location, or fewer below zero."""

    sku: str
    location: str
    units: int

    def __attrs_post_init__(self) -> None:
        checked_sku(self.sku)
        checked_id(self.location, "location")
        checked_quantity(self.units, "units", low=-(10**12), high=10**12)


@record
class Instead:
    """Another strategy, such as the same one with other rates."""

    strategy: RoutingStrategy

    def __attrs_post_init__(self) -> None:
        checked_strategy(self.strategy, "strategy")


Change = Altered | Opened | Stocked | Instead


@record
class World:
    """What a plan is made in: a strategy, a network, a stock."""

    strategy: RoutingStrategy
    network: Network
    availability: Availability


def with_changes(
    strategy: RoutingStrategy, network: Network, availability: Availability, changes: Sequence[Change]
) -> World:
    """The world after the changes, one after the other.

    Errors: ``InputError``; ``UnknownId`` for a location that is not there when its turn comes,
    ``DuplicateId`` for one that is opened and was there already.
    """
    checked_strategy(strategy, "strategy")
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    reader(availability)
    if type(changes) not in (tuple, list):
        raise InvalidType("changes", expected="sequence of changes")
    checked_limit(len(changes), MAX_CHANGES, "changes", "changes")
    locations = dict(network.by_id)
    opened: set[str] = set()
    units: dict[tuple[str, str], int] = {}
    for i, change in enumerate(changes):
        path = f"changes[{i}]"
        if type(change) is Instead:
            strategy = change.strategy
        elif type(change) is Opened:
            name = change.location.id
            if name in locations:
                raise DuplicateId(path, id=name)
            locations[name] = change.location
            opened.add(name)
        elif type(change) is Altered:
            locations[change.location] = change.of(_known(locations, change.location, path))
        elif type(change) is Stocked:
            key = change.sku, _known(locations, change.location, path).id
            units[key] = units.get(key, 0) + change.units
        else:
            raise InvalidType(path, expected="Altered, Opened, Stocked or Instead")
    if locations != network.by_id:
        network = Network(tuple(locations.values()))
    if units or opened:
        shifted = Shifted if counter(availability) is None else ShiftedAndCounted
        availability = shifted(availability, units, frozenset(opened))
    return World(strategy, network, availability)


def _known(locations: Mapping[str, Location], name: str, path: str) -> Location:
    if name not in locations:
        raise UnknownId(path, kind="location", id=name)
    return locations[name]


class Shifted:
    """A stock as another one tells it, with units more or fewer; nothing at locations that it cannot know."""

    def __init__(
        self,
        availability: Availability,
        units: Mapping[tuple[str, str], int],
        unknown: frozenset[str] = frozenset(),
    ) -> None:
        self._beneath = availability
        self._read = reader(availability)
        self._units = units
        self._unknown = unknown

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        """See ``Availability``."""
        (units,) = self.promisable_at(sku, (location,), now)
        return units

    def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime, /) -> tuple[int, ...]:
        """See ``Availability``."""
        known = tuple([name for name in locations if name not in self._unknown])
        found = self._read(sku, known, now)
        if type(found) is not tuple or len(found) != len(known):
            raise InvalidType("availability", expected="promisable as exact ints")
        told = dict(zip(known, found, strict=True))
        return tuple([_sum(told.get(name, 0), self._units.get((sku, name), 0)) for name in locations])

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime, /) -> int:
        """See ``Availability``."""
        more = self._units.get((sku, location), 0)
        if location in self._unknown:
            return more - floor
        return _sum(promisable_above(self._beneath, floor, sku, location, now), more)


class ShiftedAndCounted(Shifted):
    """The same of a stock that counts the orders of the day; a location that it cannot know had none."""

    def orders_today(self, location: str, now: datetime, /) -> int:
        """See ``Availability``."""
        given = None if location in self._unknown else counter(self._beneath)
        return 0 if given is None else given(location, now)


def _sum(units: object, more: int) -> int:
    if type(units) is not int:
        raise InvalidType("availability", expected="promisable as exact ints")
    return units + more


def checked_strategy(value: Any, path: str) -> RoutingStrategy:
    """Something with a name and ``plan``, asked of its type."""
    kind = type(value)
    if not callable(getattr(kind, "plan", None)):
        raise InvalidType(path, expected="RoutingStrategy")
    try:
        checked_id(value.name, f"{path}.name")
    except AttributeError:
        raise InvalidType(path, expected="RoutingStrategy") from None
    strategy: RoutingStrategy = value
    return strategy


def told(change: Change) -> str:
    """A change in words."""
    return _TOLD[type(change)](change)


def _altered(change: Altered) -> str:
    parts: list[str] = []
    if change.active is not None:
        parts.append("on" if change.active else "off")
    for name in _FIELDS[1:]:
        value = getattr(change, name)
        if name == "calendar" and value is not None:
            parts.append("another calendar")
        elif name == "regions" and value is not None:
            parts.append("regions " + (", ".join(sorted(value)) or "everywhere"))
        elif value is not None:
            parts.append(f"{name.replace('_', ' ')} {value}")
    parts += [f"able to {name}" for name in sorted(change.gains)]
    parts += [f"unable to {name}" for name in sorted(change.loses)]
    return f"{change.location}: " + (", ".join(parts) or "as it is")


_TOLD: dict[type, Callable[[Any], str]] = {
    Altered: _altered,
    Opened: lambda change: f"{change.location.id}: opened",
    Stocked: lambda change: f"{change.location}: {change.units:+,} {change.sku}",
    Instead: lambda change: f"strategy {change.strategy.name}",
}


__all__ = [
    "Altered",
    "Change",
    "Instead",
    "Opened",
    "Shifted",
    "Stocked",
    "World",
    "checked_strategy",
    "told",
    "with_changes",
]
