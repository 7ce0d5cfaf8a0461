"""A small network, shelves and demands for tests of routing."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime

from omcore.kernel import PICKUP, SHIP, STORE, GeoPoint, Location, Network, Place
from omcore.routing import Demand, DemandLine, Rates

NOON = datetime(2026, 11, 27, 17, tzinfo=UTC)
NEWARK, CHICAGO, RENO, DALLAS = (
    GeoPoint(40.73, -74.17),
    GeoPoint(41.88, -87.63),
    GeoPoint(39.53, -119.81),
    GeoPoint(32.78, -96.80),
)
BOSTON = Place("US", "MA", "02108", GeoPoint(42.36, -71.06))
DENVER = Place("US", "CO", "80202", GeoPoint(39.74, -104.99))

BOTH = frozenset({SHIP, PICKUP})
NETWORK = Network(
    (
        Location("newark", point=NEWARK, priority=1),
        Location("reno", point=RENO, priority=1),
        Location("dallas", point=DALLAS, priority=2, capabilities=frozenset({SHIP, "hazmat"})),
        Location("loop", kind=STORE, point=CHICAGO, priority=5, capabilities=BOTH),
    )
)
# 9 USD a shipment, half a dollar a unit, and a tenth of a cent a unit and kilometer.
RATES = Rates.of("USD", per_shipment="9", per_unit="0.50", per_unit_km="0.001")


class Shelf:
    """Units by (SKU, location): the least that routing needs to see of stock."""

    def __init__(self, units: Mapping[tuple[str, str], int]) -> None:
        self.units = dict(units)

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        return self.units.get((sku, location), 0)


def shelf(**by_location: Mapping[str, int]) -> Shelf:
    """``shelf(newark={"TEE": 3})``."""
    return Shelf(
        {(sku, location): units for location, skus in by_location.items() for sku, units in skus.items()}
    )


def lines(**quantities: int) -> tuple[DemandLine, ...]:
    """One line per SKU, named after it."""
    return tuple(DemandLine(sku.lower(), sku, quantity) for sku, quantity in quantities.items())


def demand(
    *wanted: DemandLine,
    destination: Place | None = BOSTON,
    ship_complete: bool = False,
    pickup_at: str | None = None,
    excluded: frozenset[str] = frozenset(),
) -> Demand:
    """An order for Boston, unless said otherwise."""
    return Demand("1001", wanted, destination, "standard", ship_complete, pickup_at, excluded, NOON)


def any_case(rng: random.Random) -> tuple[Demand, Network, Shelf]:
    """Any network, order and stock: kits, exclusions, pickups, requirements, short shelves."""
    network = Network(
        tuple(
            Location(
                f"loc-{i}",
                point=None if rng.random() < 0.1 else GeoPoint(rng.randint(28, 47), rng.randint(-122, -72)),
                priority=rng.randint(0, 2),
                active=rng.random() < 0.9,
                capabilities=frozenset(name for name in (SHIP, PICKUP, "cold") if rng.random() < 0.85),
                regions=frozenset() if rng.random() < 0.8 else frozenset({rng.choice(["US", "US-MA", "CA"])}),
                labor_cost=rng.choice([0, 0, 25]),
            )
            for i in range(rng.randint(0, 6))
        )
    )
    skus = ["A", "B", "C", "D"]
    wanted = []
    for i in range(rng.randint(0, 5)):
        kit = rng.random() < 0.3
        parts = tuple((sku, rng.randint(1, 2)) for sku in rng.sample(skus, rng.randint(1, 3))) if kit else ()
        wanted.append(
            DemandLine(
                f"line-{i}",
                f"KIT-{i}" if kit else rng.choice(skus),
                rng.randint(1, 4),
                parts,
                rng.choice([0, 250, 1200]),
                frozenset({"cold"}) if rng.random() < 0.15 else frozenset(),
                rng.random() < 0.1,
            )
        )
    ids = [location.id for location in network.locations] or ["loc-0"]
    request = Demand(
        "o-1",
        tuple(wanted),
        None if rng.random() < 0.1 else rng.choice([BOSTON, DENVER, Place("US", "MA"), Place("DE")]),
        "standard",
        rng.random() < 0.15,
        rng.choice(ids) if rng.random() < 0.1 else None,
        frozenset(name for name in ids if rng.random() < 0.15),
        NOON,
    )
    stock = {(sku, name): rng.randint(-1, 6) for sku in skus for name in ids if rng.random() < 0.7}
    return request, network, Shelf(stock)
