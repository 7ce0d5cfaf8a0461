"""A few orders over three locations, and what they are served from, for tests of prices over many orders."""

from __future__ import annotations

import random

from omcore.kernel import GeoPoint, Location, Network, Place
from omcore.routing import Demand, DemandLine, Rates
from routing_samples import NOON, Shelf

RATES = Rates.of("USD", per_shipment="9", per_unit="0.50", per_unit_km="0.001")
WEST, MIDDLE, EAST = GeoPoint(39.5, -119.8), GeoPoint(39.7, -105), GeoPoint(40.7, -74.2)
PLACES = (
    Place("US", "CA", point=GeoPoint(37.8, -122.4)),
    Place("US", "CO", point=GeoPoint(39.74, -104.99)),
    Place("US", "MA", point=GeoPoint(42.4, -71.1)),
)


def network(*regions: str) -> Network:
    """West, middle and east; each serves everybody, or its region alone."""
    points = (WEST, MIDDLE, EAST)
    names = ("west", "middle", "east")
    return Network(
        tuple(
            Location(name, point=point, regions=frozenset([region]) if region else frozenset())
            for name, point, region in zip(names, points, regions or ("", "", ""), strict=True)
        )
    )


def order(place: Place, *lines: DemandLine) -> Demand:
    return Demand("o", lines, place, at=NOON)


def line(sku: str, quantity: int = 1, *parts: tuple[str, int]) -> DemandLine:
    return DemandLine(sku, sku, quantity, parts)


def horizon(rng: random.Random) -> tuple[tuple[Demand, ...], Network, Shelf]:
    """Two or three orders of one or two units of A, B or a kit of both, over three locations."""
    where = network(*[rng.choice(["", "", "", "US-CA", "US-MA"]) for _ in range(3)])
    kits = rng.random() < 0.3
    orders = []
    for _ in range(rng.randint(1, 3)):
        skus = rng.sample(["A", "B", "KIT"] if kits else ["A", "B"], rng.randint(1, 2))
        lines = [
            line(sku, 1, ("A", 1), ("B", 1)) if sku == "KIT" else line(sku, rng.randint(1, 2)) for sku in skus
        ]
        orders.append(order(rng.choice(PLACES), *lines))
    stock = {(sku, entry.id): rng.choice([0, 0, 1, 1, 2]) for sku in "AB" for entry in where.locations}
    return tuple(orders), where, Shelf(stock)


# Colorado's and California's orders; a lamp in the middle is worth most to those who are near it.
LAMPS = (order(PLACES[1], line("LAMP")), order(PLACES[0], line("LAMP")))
FEW = Shelf({("LAMP", "middle"): 10, ("LAMP", "east"): 30, ("LAMP", "west"): 1})
