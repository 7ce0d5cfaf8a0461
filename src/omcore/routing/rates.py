"""Cost models: what it costs that a location ships units of an order.

Decides prices only. ``Rates`` is money: fixed per shipment, by distance, by unit, by weight and by
parcel; other models measure kilometers, shipments or ranks, so that one exact solver serves every
strategy. Costs are exact ints in millionths of a minor unit: no float, hence no tie that depends
on rounding. Must not know stock, or which plan is chosen.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

from omcore.kernel import (
    InvalidNumber,
    InvalidType,
    Location,
    checked_currency,
    checked_quantity,
    record,
    round_ratio,
)
from omcore.shipping.tariffs import (
    FARTHEST_M,
    MAX_RATE,
    MICRO,
    Brackets,
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
    (5,000 for the usual 5,000 cubic centimeters a kilogram); 0 bills weight alone.
    """

    fixed: int
    per_unit: int = 0
    per_kg: int = 0
    brackets: Brackets = ()
    divisor: int = 0


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

        Must depend on nothing else: the answer is kept for the next order to the same place.
        """
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


def checked_costs(value: object, path: str = "costs") -> LocationCosts:
    """What a cost model answered: exact ints from 0, and sound brackets."""
    if type(value) is not LocationCosts:
        raise InvalidType(path, expected="LocationCosts")
    for name, number in (("fixed", value.fixed), ("per_unit", value.per_unit), ("per_kg", value.per_kg)):
        if type(number) is not int or not 0 <= number <= 10**24:
            raise InvalidNumber(f"{path}.{name}", reason="not an exact int from 0 within its limits")
    if type(value.brackets) is not tuple or value.brackets:
        checked_brackets(value.brackets, f"{path}.brackets")
    if type(value.divisor) is not int or value.divisor:
        checked_quantity(value.divisor, f"{path}.divisor", low=0, high=10**12)
    return value


__all__ = [
    "FARTHEST_M",
    "MICRO",
    "SHIPMENTS",
    "CostModel",
    "Distance",
    "LocationCosts",
    "Ranking",
    "Rates",
    "Shipments",
    "Zone",
    "checked_costs",
    "rate",
]
