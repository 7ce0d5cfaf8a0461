"""What a strategy may be asked: small networks, what lies on their shelves, and an order.

Decides how cases look: ties in distance and priority, kits and singles that compete, groups, goods that
are counted in grams, shelves that are short, locations that cannot or may not ship. Every choice is a
chooser's, so that Hypothesis draws the same cases that a seed gives in a process of its own. Must not
know any strategy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from omcore.kernel import PICKUP, SHIP, STORE, WAREHOUSE, GeoPoint, Location, Network, Place, record
from omcore.routing import Demand, DemandLine
from omcore.testing.simulation import Chooser

AT = datetime(2026, 11, 27, 17, tzinfo=UTC)
COLD = "cold"
_ALWAYS = 1_000

_POINTS = (
    GeoPoint(40.73, -74.17),
    GeoPoint(41.88, -87.63),
    GeoPoint(39.53, -119.81),
    GeoPoint(32.78, -96.80),
    None,
)
_PLACES = (
    Place("US", "MA", "02108", GeoPoint(42.36, -71.06)),
    Place("US", "CO", "80202", GeoPoint(39.74, -104.99)),
    Place("US", "MA"),
    Place("DE", "", "10115"),
    None,
)
_SKUS = ("A", "B", "C", "D")
_REGIONS = (frozenset({"CA"}), frozenset({"US-MA"}), frozenset({"US"}))


class Shelves:
    """Units by (SKU, location), as availability."""

    def __init__(self, units: Mapping[tuple[str, str], int]) -> None:
        self.units = dict(units)

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        """See ``Availability.promisable``."""
        return self.units.get((sku, location), 0)


@record
class RoutingCase:
    """An order, a network, and how many units of a SKU a location can promise."""

    demand: Demand
    network: Network
    stock: Mapping[tuple[str, str], int]

    @property
    def shelves(self) -> Shelves:
        """The stock as a strategy sees it."""
        return Shelves(self.stock)


@record
class Sort:
    """Which cases: so many at most, and how many in a thousand have what is rare.

    ``barred`` counts locations that are switched off, cannot ship, or lack a region or capability.
    """

    locations: int = 5
    lines: int = 4
    units: int = 4
    kits: int = 300
    groups: int = 150
    measured: int = 100
    heavy: int = 500
    barred: int = 250
    excluded: int = 150
    pickup: int = 100
    complete: int = 150


ANY = Sort()
# Few enough plans that all of them can be listed.
SMALL = Sort(locations=3, lines=3, units=2, measured=0, groups=150)
# As few, and all of them about what is cheaper: to split an order or not, and from where.
CLOSE = Sort(
    locations=4,
    lines=2,
    units=3,
    kits=150,
    groups=0,
    measured=0,
    heavy=300,
    barred=0,
    excluded=0,
    pickup=0,
    complete=0,
)
# Nothing but stock keeps a unit from a location.
PLAIN = Sort(kits=0, groups=0, measured=0, barred=0, excluded=0, pickup=0, complete=0)


def draw_case(chooser: Chooser, sort: Sort = ANY) -> RoutingCase:
    """A case; by zeros alone one line that the only location ships."""
    network = draw_network(chooser, sort)
    demand = draw_demand(chooser, network, sort)
    return RoutingCase(demand, network, draw_stock(chooser, network, demand))


def draw_network(chooser: Chooser, sort: Sort = ANY) -> Network:
    """Locations at few points, so that some are as far as each other, in no order of their ranks."""
    found = []
    for number in range(chooser.between(1, sort.locations)):
        barred = _chance(chooser, sort.barred)
        store = _chance(chooser, 300)
        services = {SHIP, PICKUP, COLD} if store or _chance(chooser, 300) else {SHIP, COLD}
        active, regions = True, frozenset[str]()
        if barred:
            how = chooser.below(4)
            active = how != 0
            regions = chooser.pick(_REGIONS) if how == 1 else regions
            services -= {SHIP} if how == 2 else {COLD} if how == 3 else set()
        found.append(
            Location(
                f"loc-{(number * 7 + 3) % 10}",
                STORE if store else WAREHOUSE,
                chooser.pick(_POINTS),
                priority=chooser.pick((0, 1, 2, -1)),
                capabilities=frozenset(services),
                regions=regions,
                labor_cost=25 if _chance(chooser, 200) else 0,
                active=active,
            )
        )
    return Network(tuple(found))


def draw_demand(chooser: Chooser, network: Network, sort: Sort = ANY) -> Demand:
    """An order of this network's: pickups and exclusions name its locations."""
    ids = [location.id for location in network]
    lines = [draw_line(chooser, number, sort) for number in range(chooser.between(1, sort.lines))]
    return Demand(
        "o-1",
        tuple(lines),
        chooser.pick(_PLACES),
        "standard",
        _chance(chooser, sort.complete),
        chooser.pick(ids) if _chance(chooser, sort.pickup) else None,
        frozenset(name for name in ids if _chance(chooser, sort.excluded)),
        AT,
    )


def draw_line(chooser: Chooser, number: int, sort: Sort = ANY) -> DemandLine:
    """A line of a single item, of a kit, or of goods that are counted in small units."""
    sku = chooser.pick(_SKUS)
    components: tuple[tuple[str, int], ...] = ()
    if _chance(chooser, sort.kits):
        size = chooser.between(1, 3)
        sku = f"KIT-{number}"
        components = tuple([(chooser.pick(_SKUS), chooser.between(1, 2)) for _ in range(size)])
    measured = not components and _chance(chooser, sort.measured)
    return DemandLine(
        f"line-{number}",
        sku,
        chooser.between(1, sort.units),
        components,
        chooser.pick((250, 1_200, 400)) if _chance(chooser, sort.heavy) else 0,
        frozenset({COLD}) if _chance(chooser, min(sort.barred, 500)) else frozenset(),
        not measured and _chance(chooser, 100),
        1_000 if measured else 1,
        group=chooser.pick(("gift-1", "gift-2")) if _chance(chooser, sort.groups) else "",
    )


def draw_stock(chooser: Chooser, network: Network, demand: Demand) -> dict[tuple[str, str], int]:
    """Some of everything, enough here and too little there; here and there fewer than nothing."""
    return {
        (sku, location.id): chooser.pick((3, 0, 1, 2, 5, 9, -1))
        for sku in skus_of(demand)
        for location in network
    }


def _chance(chooser: Chooser, per_mille: int) -> bool:
    """Of every case is of every case, whoever chooses."""
    return per_mille >= _ALWAYS or chooser.chance(per_mille)


def skus_of(demand: Demand) -> tuple[str, ...]:
    """What an order takes from stock, sorted."""
    return tuple(sorted({sku for line in demand.lines for sku, _ in parts_of(line)}))


def parts_of(line: DemandLine) -> tuple[tuple[str, int], ...]:
    """What one unit of a line takes from stock; a SKU may stand twice."""
    return line.components or ((line.sku, 1),)


def drawn_from(pairs: Iterable[tuple[DemandLine, int]]) -> dict[str, int]:
    """What units of lines take from stock together, by SKU (S3)."""
    total: dict[str, int] = {}
    for line, units in pairs:
        for sku, each in parts_of(line):
            total[sku] = total.get(sku, 0) + each * units
    return total


__all__ = [
    "ANY",
    "AT",
    "CLOSE",
    "PLAIN",
    "SMALL",
    "RoutingCase",
    "Shelves",
    "Sort",
    "draw_case",
    "draw_demand",
    "draw_line",
    "draw_network",
    "draw_stock",
    "drawn_from",
    "parts_of",
    "skus_of",
]
