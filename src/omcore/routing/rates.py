"""Cost models: what it costs that a location ships units of an order.

Decides prices only. ``Rates`` is money: fixed per shipment, by distance, by unit, by weight and by
parcel; other models measure kilometers, shipments or ranks, so that one exact solver serves every
strategy. Costs are exact ints in millionths of a minor unit: no float, hence no tie that depends
on rounding. Must not know stock, or which plan is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date
from typing import ClassVar, NamedTuple, Protocol

from omcore.kernel import (
    InvalidNumber,
    InvalidType,
    Location,
    Network,
    checked_currency,
    checked_limit,
    checked_quantity,
    record,
    round_ratio,
)
from omcore.routing.constraints import LineRule, PlaceRule
from omcore.routing.demand import Demand
from omcore.shipping.tariffs import (
    FARTHEST_M,
    MAX_RATE,
    MICRO,
    Brackets,
    PriceList,
    Zone,
    checked_brackets,
    checked_zones,
    rate,
    zone_of,
    zones_of,
)

SHIPMENTS = "shipments"


class LocationCosts(NamedTuple):
    """What a location costs for one destination.

    ``fixed`` once per order, ``per_unit`` per unit, ``per_kg`` per kilogram, and ``brackets`` as
    the price list of its parcels, (up to grams, cost) ascending, () for none. ``divisor`` is how many
    cubic millimeters of a parcel's goods that list bills as a gram, where that is more than they weigh
    (5,000 for the usual 5,000 cubic centimeters a kilogram); 0 bills weight alone. ``limit`` is what a
    parcel may weigh, 0 for no limit. ``further`` are other price lists that its parcels may be priced by:
    each takes the cheapest that allows it.
    """

    fixed: int
    per_unit: int = 0
    per_kg: int = 0
    brackets: Brackets = ()
    divisor: int = 0
    limit: int = 0
    further: tuple[PriceList, ...] = ()

    @property
    def lists(self) -> tuple[PriceList, ...]:
        """All its price lists. A location without one ships parcels for nothing."""
        return (PriceList(self.brackets or ((1, 0),), self.divisor, self.limit), *self.further)


class CostModel(Protocol):
    """Prices locations. ``measure`` is a currency or a word; costs are in 1/``scale`` of it.

    For a currency one measure is one *minor* unit, so ``scale`` is 1,000,000 for ``Rates``.
    """

    @property
    def measure(self) -> str:
        """Currency code or the name of what is counted."""
        ...

    @property
    def scale(self) -> int:
        """How many units of cost one unit of measure is."""
        ...

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """The costs of a location. ``meters`` to the destination, None where nothing is shipped
        (a pickup); ``rank`` is the location's place by priority, then id, from 0.

        Must depend on nothing else: the answer is kept for the next order to the same place. A model
        that looks at the order as well has ``for_demand`` (``AsksDemand``).
        """
        ...


class DemandCosts(NamedTuple):
    """What a cost model says of one demand.

    ``costs`` prices locations for it; ``place_rules`` and ``line_rules`` say which of them cannot ship it,
    after the strategy's own rules. ``carried`` says of a parcel (location, grams, cubic millimeters) which
    service takes it and by which day it arrives.
    """

    costs: CostModel
    place_rules: tuple[PlaceRule, ...] = ()
    line_rules: tuple[LineRule, ...] = ()
    carried: Callable[[str, int, int], tuple[str, date | None]] | None = None


class AsksDemand(CostModel, Protocol):
    """A cost model that depends on the demand: on the service wanted, the promised day, the time."""

    def demand_key(self, demand: Demand, network: Network) -> Hashable:
        """All of a demand, but its place, that the answer depends on: what was worked out is kept by it."""
        ...

    def for_demand(self, demand: Demand, network: Network) -> DemandCosts:
        """What it says of a demand, and of every other one to that place with an equal key."""
        ...


@record
class Rates:
    """A merchant's rates, as ints in millionths of a minor unit; ``Rates.of`` takes decimals.

    A shipment from a location costs ``per_shipment + per_km x km``; each unit in it ``per_unit +
    per_unit_km x km`` and the location's labor; each kilogram ``per_kg + per_kg_km x km``; and
    each of its parcels what the zone's bracket says. Zones ascend; beyond the last one the last
    one holds. The parcels of a shipment are chosen so that they cost least together.

    Without arguments: 8.759 USD a shipment and 0.423 USD + 0.000541 USD x miles a unit, the
    published rates of small parcels in the United States (Jasin and Sinha, Operations Research
    63, 2015), to begin with. ``Rates.of`` begins with nothing.
    """

    currency: str = "USD"
    per_shipment: int = 875_900_000
    per_km: int = 0
    per_unit: int = 42_300_000
    per_unit_km: int = 33_616
    per_kg: int = 0
    per_kg_km: int = 0
    zones: tuple[Zone, ...] = ()

    def __attrs_post_init__(self) -> None:
        checked_currency(self.currency)
        for name in ("per_shipment", "per_km", "per_unit", "per_unit_km", "per_kg", "per_kg_km"):
            checked_quantity(getattr(self, name), name, low=0, high=MAX_RATE)
        checked_zones(self.zones)

    @classmethod
    def of(
        cls,
        currency: str,
        *,
        per_shipment: object = 0,
        per_km: object = 0,
        per_unit: object = 0,
        per_unit_km: object = 0,
        per_kg: object = 0,
        per_kg_km: object = 0,
        zones: object = (),
    ) -> Rates:
        """From exact decimals of *major* units: ``Rates.of("USD", per_shipment="8.759")``.

        zones: (up to km or None, ((up to grams, price), ...)) pairs. Errors: ``InvalidNumber``
        for a float, a negative number, or more decimals than are kept (six beyond the minor unit).
        """
        code = checked_currency(currency)
        return cls(
            code,
            rate(per_shipment, code, "per_shipment"),
            rate(per_km, code, "per_km"),
            rate(per_unit, code, "per_unit"),
            rate(per_unit_km, code, "per_unit_km"),
            rate(per_kg, code, "per_kg"),
            rate(per_kg_km, code, "per_kg_km"),
            zones_of(zones, code),
        )

    @property
    def measure(self) -> str:
        """The currency."""
        return self.currency

    @property
    def scale(self) -> int:
        """Millionths of a minor unit."""
        return MICRO

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """See ``CostModel.costs``. A pickup costs the labor alone."""
        labor = location.labor_cost * MICRO
        if meters is None:
            return LocationCosts(0, labor)
        return LocationCosts(
            self.per_shipment + round_ratio(self.per_km * meters, 1_000),
            self.per_unit + round_ratio(self.per_unit_km * meters, 1_000) + labor,
            self.per_kg + round_ratio(self.per_kg_km * meters, 1_000),
            zone_of(self.zones, meters),
        )


@record
class Distance:
    """Every unit costs the meters it travels: each is drawn to the nearest location with stock."""

    measure: ClassVar[str] = "unit-km"
    scale: ClassVar[int] = 1_000

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """See ``CostModel.costs``."""
        return LocationCosts(0, meters or 0)


@record
class Ranking:
    """Every unit costs the rank of its location: the first by priority ships all that it holds."""

    measure: ClassVar[str] = "priority points"
    scale: ClassVar[int] = 1

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """See ``CostModel.costs``."""
        return LocationCosts(0, rank)


@record
class Shipments:
    """Every location used costs one shipment; among equals the nearer locations together."""

    measure: ClassVar[str] = SHIPMENTS
    # Above the meters of all shipments that any plan could have.
    scale: ClassVar[int] = 10**12

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """See ``CostModel.costs``."""
        return LocationCosts(self.scale + (meters or 0))


def checked_key_of(value: Hashable) -> Hashable:
    """What ``demand_key`` answered: something that can be looked up by."""
    try:
        hash(value)
    except TypeError:
        raise InvalidType("costs.demand_key", expected="something that can be hashed") from None
    return value


def checked_demand_costs(value: object) -> DemandCosts:
    """What ``for_demand`` answered: rules of the stated kinds."""
    if type(value) is not DemandCosts:
        raise InvalidType("costs.for_demand", expected="DemandCosts")
    for path, rules, cls in (("place", value.place_rules, PlaceRule), ("line", value.line_rules, LineRule)):
        if type(rules) is not tuple or any(type(rule) is not cls for rule in rules):
            raise InvalidType(f"costs.for_demand.{path}_rules", expected=f"tuple of {cls.__name__}")
    return value


def _check_further(value: object, path: str, brackets: Brackets, known: dict[int, Brackets]) -> None:
    if type(value) is not tuple or not brackets or any(type(entry) is not PriceList for entry in value):
        raise InvalidType(path, expected="tuple of PriceList, beside brackets")
    checked_limit(len(value), 100, path, "price lists")
    for entry in value:
        if id(entry.brackets) not in known:
            known[id(entry.brackets)] = checked_brackets(entry.brackets, path)
        checked_quantity(entry.divisor, path, low=0, high=10**12)
        checked_quantity(entry.limit, path, low=0, high=10**9)


def checked_costs(
    value: object, path: str = "costs", known: dict[int, Brackets] | None = None
) -> LocationCosts:
    """What a cost model answered: exact ints from 0, and sound brackets.

    ``known`` are price lists that have been looked at, by id: many locations share one.
    """
    if type(value) is not LocationCosts:
        raise InvalidType(path, expected="LocationCosts")
    for name, number in (("fixed", value.fixed), ("per_unit", value.per_unit), ("per_kg", value.per_kg)):
        if type(number) is not int or not 0 <= number <= 10**24:
            raise InvalidNumber(f"{path}.{name}", reason="not an exact int from 0 within its limits")
    if known is None:
        known = {}
    if (type(value.brackets) is not tuple or value.brackets) and id(value.brackets) not in known:
        known[id(value.brackets)] = checked_brackets(value.brackets, f"{path}.brackets")
    if type(value.divisor) is not int or value.divisor:
        checked_quantity(value.divisor, f"{path}.divisor", low=0, high=10**12)
    if type(value.limit) is not int or value.limit:
        checked_quantity(value.limit, f"{path}.limit", low=0, high=10**9)
    if type(value.further) is not tuple or value.further:
        _check_further(value.further, f"{path}.further", value.brackets, known)
    return value


__all__ = [
    "FARTHEST_M",
    "MICRO",
    "SHIPMENTS",
    "AsksDemand",
    "CostModel",
    "DemandCosts",
    "Distance",
    "LocationCosts",
    "Ranking",
    "Rates",
    "Shipments",
    "Zone",
    "checked_costs",
    "checked_demand_costs",
    "checked_key_of",
    "rate",
]
