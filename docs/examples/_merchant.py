"""The merchant: where stock lies, what is sold, what shipping costs, and what nobody planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from _floor import GivenBack, Surprises
from omcore.engine import SalesChannel
from omcore.inventory import ReceiveStock
from omcore.kernel import (
    PICKUP,
    SHIP,
    STORE,
    WAREHOUSE,
    Catalog,
    Command,
    GeoPoint,
    Item,
    Location,
    Network,
)
from omcore.notifications import MessagePolicy
from omcore.orders import ImportOrder
from omcore.routing import LowestCost, Rates

EAST, CENTRAL, WEST = "America/New_York", "America/Chicago", "America/Los_Angeles"


def _place(
    name: str, title: str, latitude: float, longitude: float, zone: str, cut_off: str, priority: int
) -> Location:
    """Stores rank after warehouses, cost a clerk's time a unit, and have a counter for pickups."""
    store = priority > 1
    return Location(
        name,
        STORE if store else WAREHOUSE,
        GeoPoint(latitude, longitude),
        priority=priority,
        zone=zone,
        cut_off=cut_off,
        capabilities=frozenset({SHIP, PICKUP} if store else {SHIP}),
        labor_cost=150 if store else 0,
        name=title,
    )


NETWORK = Network(
    (
        _place("newark", "Newark, NJ", 40.73, -74.17, EAST, "16:00", 0),
        _place("reno", "Reno, NV", 39.53, -119.81, WEST, "15:00", 0),
        _place("columbus", "Columbus, OH", 39.96, -83.00, EAST, "17:00", 1),
        _place("dallas", "Dallas, TX", 32.78, -96.80, CENTRAL, "16:00", 1),
        _place("soho", "SoHo, New York", 40.72, -74.00, EAST, "18:00", 5),
        _place("loop", "The Loop, Chicago", 41.88, -87.63, CENTRAL, "18:00", 5),
        _place("venice", "Venice, Los Angeles", 33.99, -118.47, WEST, "18:00", 5),
    )
)
WAREHOUSES = tuple(location.id for location in NETWORK.locations if location.kind == WAREHOUSE)

CATALOG = Catalog(
    (
        Item("TEE-S", weight_g=160, title="Organic tee, S"),
        Item("TEE-M", weight_g=180, title="Organic tee, M"),
        Item("TEE-L", weight_g=200, title="Organic tee, L"),
        Item("HOODIE-M", weight_g=620, title="Hoodie, M"),
        Item("MUG-1", weight_g=350, title="Enamel mug"),
        Item("CAP-1", weight_g=90, title="Wool cap"),
        Item("GIFT-SET", components=(("MUG-1", 1), ("CAP-1", 1)), title="Gift set: mug and cap"),
    )
)

# A parcel costs 6.50 and 40 cents for every thousand kilometers, each unit in it 80 cents.
ROUTING = LowestCost(Rates.of("USD", per_shipment="6.50", per_km="0.0004", per_unit="0.80"))

# The shop sells from everywhere and keeps two back; Amazon may sell what lies in the warehouses.
SALES_CHANNELS = (
    SalesChannel("shopify", tuple(location.id for location in NETWORK.locations), threshold=2),
    SalesChannel("amazon", WAREHOUSES),
)
# Amazon writes to its customers itself.
MESSAGES = MessagePolicy(silent_channels=frozenset({"amazon"}))
SQUARE_LOCATIONS = {"LSOHO": "soho"}

MORNING = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)  # six o'clock in New York
MIDNIGHT = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
OPENING_STOCK = {
    "newark": {"TEE-S": 20, "TEE-M": 12, "TEE-L": 10, "MUG-1": 6, "CAP-1": 8},
    "reno": {"TEE-S": 15, "TEE-M": 8, "TEE-L": 3, "HOODIE-M": 5, "CAP-1": 3},
    "columbus": {"TEE-M": 5, "MUG-1": 30, "CAP-1": 15},
    "dallas": {"TEE-M": 6, "TEE-L": 2, "MUG-1": 2, "CAP-1": 4},
    "soho": {"TEE-M": 5, "HOODIE-M": 1, "MUG-1": 2, "CAP-1": 5},
    "loop": {"TEE-L": 2, "MUG-1": 2},
    "venice": {"TEE-M": 2, "TEE-L": 1},
}
SURPRISES = Surprises(
    missing={("reno", "TEE-L"): 1},
    returns={"#1001": GivenBack("TEE-M", 1, "soho", timedelta(hours=3))},
)


def opening() -> Iterator[Command]:
    """The stock of the morning."""
    for location, units in OPENING_STOCK.items():
        for sku, quantity in units.items():
            key = f"opening/{location}/{sku}"
            yield ReceiveStock(sku, location, quantity, "opening", key=key, at=MORNING, by=location)


def some_of_everything(orders: Iterable[ImportOrder]) -> Iterator[Command]:
    """Stock for other people's payloads: five of whatever is ordered, at every location."""
    orders = list(orders)
    at = min((order.at for order in orders), default=MORNING) - timedelta(hours=1)
    ordered = {line.sku for order in orders for line in order.draft.lines}
    for sku in sorted({part for name in ordered for part, _ in CATALOG.components(name)}):
        for location in NETWORK.by_id:
            # A SKU may hold what a key may not.
            key = f"opening/{location}/{blake2b(sku.encode(), digest_size=12).hexdigest()}"
            yield ReceiveStock(sku, location, 5, "opening", key=key, at=at, by=location)
