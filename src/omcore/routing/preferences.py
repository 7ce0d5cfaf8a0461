"""Preferences: what a plan should spare besides what it costs, weighed against the cost.

Decides how busy locations, and shelves that run out soon, count in a plan: as *points*, worked out anew for
every order from what its availability says. Must not know what a point is worth, or how a plan is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from omcore.kernel import (
    Components,
    InvalidNumber,
    InvalidType,
    Location,
    Network,
    checked_id,
    checked_limit,
    checked_quantity,
    checked_sku,
    decimal_parts,
    record,
    round_ratio,
)
from omcore.routing._keeping import orders
from omcore.routing.demand import Availability, Demand, counter, reader
from omcore.routing.problem import Ints
from omcore.routing.rates import LocationCosts

# Points of one: of a location that is full, or of the last unit anywhere.
ONE = 1_000_000

_MAX_RATES = 1_000_000


@record
class Asked:
    """What a preference is asked about: ``locations`` are the candidates, ``items`` what each item takes of
    stock, as (SKU, how many)."""

    demand: Demand
    network: Network
    locations: tuple[Location, ...]
    items: tuple[Components, ...]
    availability: Availability


class Points(NamedTuple):
    """What a plan should spare, in millionths of one, none below zero.

    ``fixed`` is by location, for giving it anything of the order at all; ``units`` is by item and then
    location, for each unit. Either may be ().
    """

    fixed: Ints = ()
    units: tuple[Ints, ...] = ()


class Preference(Protocol):
    """A pure function of what is asked: the same question has the same answer (R4)."""

    def points(self, asked: Asked) -> Points:
        """The points of each location, and of each unit from there."""
        ...


# (from so many percent of its daily capacity, so many percent of one)
EASY_STEPS = ((50, 10), (75, 30), (90, 60), (100, 100))


@record
class Load:
    """How busy a location is today: an order given to one that has had a share of its capacity counts what
    the last step below that share says.

    ``steps`` are (from percent of the capacity, percent of one), both ascending, and ever steeper: so that of
    two locations the less busy one is always the less dear. A location without a ``daily_capacity`` counts
    nothing, nor does any where the availability has no ``orders_today``.
    """

    steps: tuple[tuple[int, int], ...] = EASY_STEPS

    def __attrs_post_init__(self) -> None:
        if type(self.steps) is not tuple or not self.steps:
            raise InvalidType("steps", expected="tuple of (percent of capacity, percent of one)")
        checked_limit(len(self.steps), 1_000, "steps", "steps")
        last = (0, 0)
        # By how much it rose, over how many percent of capacity.
        rise = (0, 1)
        for i, step in enumerate(self.steps):
            path = f"steps[{i}]"
            if type(step) is not tuple or len(step) != 2:
                raise InvalidType(path, expected="(percent of capacity, percent of one)")
            checked_quantity(step[0], path, low=last[0] + bool(i), high=100_000)
            checked_quantity(step[1], path, low=last[1], high=100_000)
            if step[0]:
                steeper = (step[1] - last[1], step[0] - last[0])
                if steeper[0] * rise[1] < rise[0] * steeper[1]:
                    raise InvalidNumber(path, reason="less steep than the step before")
                rise = steeper
            last = step

    def points(self, asked: Asked) -> Points:
        """See ``Preference.points``."""
        given = counter(asked.availability)
        if given is None:
            return Points()
        at = asked.demand.at
        return Points(
            tuple(
                [
                    0
                    if location.daily_capacity is None
                    else self._of(orders(given(location.id, at)), location.daily_capacity)
                    for location in asked.locations
                ]
            )
        )

    def _of(self, given: int, capacity: int) -> int:
        found = 0
        for percent, points in self.steps:
            if 100 * given < percent * capacity:
                break
            found = points
        return found * ONE // 100


class Cover:
    """How soon a shelf runs out: a unit counts one where it is sold within the day, and less the longer the
    stock of a location lasts: 1 / (1 + days of cover), where days are stock / what is sold there a day.

    ``daily``: by (location, SKU), the units a day that are sold there, as exact decimals; what is not named
    sells nothing, so its shelf never runs out. Without ``daily`` the measure is the share of the network's
    stock that lies elsewhere: a location that holds all of it counts nothing, one with the last of it nearly
    one. Of a kit every component counts.
    """

    __slots__ = ("_daily",)

    def __init__(self, daily: Mapping[tuple[str, str], object] | None = None) -> None:
        self._daily: dict[tuple[str, str], tuple[int, int]] | None = None
        if daily is not None:
            self._daily = dict(_rates(daily))

    def points(self, asked: Asked) -> Points:
        """See ``Preference.points``."""
        read = reader(asked.availability)
        names = tuple([location.id for location in asked.locations])
        everywhere = tuple([location.id for location in asked.network])
        at = asked.demand.at
        by_sku: dict[str, Ints] = {}
        for components in asked.items:
            for sku, _ in components:
                if sku in by_sku:
                    continue
                if self._daily is None:
                    stock = dict(zip(everywhere, _whole(read(sku, everywhere, at), everywhere), strict=True))
                    total = sum(stock.values())
                    row = [round_ratio(ONE * (total - stock[name]), max(total, 1)) for name in names]
                else:
                    held = _whole(read(sku, names, at), names)
                    row = [self._scarce(name, sku, units) for name, units in zip(names, held, strict=True)]
                by_sku[sku] = tuple(row)
        return Points(
            units=tuple(
                [
                    tuple(
                        [sum([by_sku[sku][j] * each for sku, each in components]) for j in range(len(names))]
                    )
                    for components in asked.items
                ]
            )
        )

    def _scarce(self, location: str, sku: str, units: int) -> int:
        sold, per = (self._daily or {}).get((location, sku), (0, 1))
        return round_ratio(ONE * sold, sold + units * per) if sold else 0


def _rates(daily: Any) -> list[tuple[tuple[str, str], tuple[int, int]]]:
    if not isinstance(daily, Mapping):
        raise InvalidType("daily", expected="a mapping of (location, SKU) to units a day")
    checked_limit(len(daily), _MAX_RATES, "daily", "rates")
    found = []
    for key, units in daily.items():
        if type(key) is not tuple or len(key) != 2:
            raise InvalidType("daily", expected="a mapping of (location, SKU) to units a day")
        place = (checked_id(key[0], "daily.location"), checked_sku(key[1], "daily.sku"))
        digits, scale = decimal_parts(units, "daily")
        if digits < 0:
            raise InvalidNumber("daily", reason="negative")
        found.append((place, (digits, 10**scale)))
    return found


def _whole(found: object, names: tuple[str, ...]) -> Ints:
    """Stock that an availability answered; what is owed is none."""
    if type(found) is not tuple or len(found) != len(names) or not all(type(n) is int for n in found):
        raise InvalidType("availability", expected="promisable as exact ints")
    return tuple([max(0, units) for units in found])


@record
class Nothing:
    """Nothing costs anything: for a plan by preferences alone, which are its cost then."""

    measure: str = "points"
    scale: int = ONE

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """See ``CostModel.costs``."""
        return LocationCosts(0)


__all__ = [
    "EASY_STEPS",
    "ONE",
    "Asked",
    "Cover",
    "Load",
    "Nothing",
    "Points",
    "Preference",
]
