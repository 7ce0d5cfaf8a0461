"""Every strategy that ships with omcore, as it is proved: how one is made, and what it promises.

tests/routing/test_every_strategy.py holds that no public class with a ``plan`` is missing.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from omcore.kernel import Location
from omcore.routing import (
    ByPriority,
    CarrierRates,
    CheapestInTime,
    CostModel,
    CostStrategy,
    Cover,
    Demand,
    FewestShipments,
    FirstThatFills,
    Load,
    LoadBalanced,
    LocationCosts,
    LowestCost,
    Nearest,
    OrderedRules,
    Priced,
    Rates,
    RoutingStrategy,
    Rule,
    ScarcityPrice,
    ScarcityPrices,
    Splitting,
    Step,
    StockCover,
    Wave,
    Weighted,
    When,
)
from omcore.routing.rates import Distance, Ranking, Shipments
from omcore.shipping import Service, Tariff

RATES = Rates.of("USD", per_shipment="9", per_unit="0.50", per_unit_km="0.001")
# A second shipment is soon worth while.
BY_DISTANCE = Rates.of("USD", per_shipment="1", per_km="0.0005", per_unit_km="0.002")
BY_WEIGHT = Rates.of(
    "USD",
    per_shipment="2",
    per_kg="0.90",
    per_kg_km="0.0004",
    zones=((800, ((500, "4.10"), (2000, "7.30"))), (None, ((500, "6.20"), (5000, "15.00")))),
)


@attrs.frozen
class Shipped:
    """A strategy and what is known of it; see ``RoutingContract``."""

    make: Callable[[], RoutingStrategy]
    costs: CostModel | None = None
    rules: tuple[Rule, ...] | None = None
    fills: bool = True
    ties: bool = True
    at_most: int = 0


class Points:
    """Some other measure: to use a store costs little, a unit from it much."""

    measure = "points"
    scale = 1

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        store = location.kind == "store"
        return LocationCosts(fixed=1 if store else 4, per_unit=3 if store else 1)


def lowest_cost() -> RoutingStrategy:
    return LowestCost(RATES)


def lowest_cost_by_weight() -> RoutingStrategy:
    return LowestCost(BY_WEIGHT)


def lowest_cost_by_distance() -> RoutingStrategy:
    return LowestCost(BY_DISTANCE)


def lowest_cost_in_a_hurry() -> RoutingStrategy:
    return LowestCost(BY_DISTANCE, effort=1)


def cost_strategy() -> RoutingStrategy:
    return CostStrategy("points", Points())


def nearest() -> RoutingStrategy:
    return Nearest()


def by_priority() -> RoutingStrategy:
    return ByPriority()


def fewest_shipments() -> RoutingStrategy:
    return FewestShipments()


def priced() -> RoutingStrategy:
    """Two SKUs are scarce at some of the locations that cases have."""
    scarce = [
        ScarcityPrice(sku, f"loc-{at}", worth) for sku in "AB" for at, worth in ((0, 10**9), (3, 10**8))
    ]
    return Priced(RATES, ScarcityPrices("USD", RATES.scale, tuple(scarce)))


def two_parcels() -> RoutingStrategy:
    return CostStrategy("two_parcels", RATES, splitting=Splitting(2))


def one_parcel() -> RoutingStrategy:
    return CostStrategy("one_parcel", RATES, splitting=Splitting(1))


def cheapest_in_time() -> RoutingStrategy:
    """Two services: a slow one by weight, a fast one by size; who is late ships all the same."""
    ground = Service("ground", ((800, 2), (None, 5)))
    air = Service("air", ((None, 1),), travels_daily=True)
    by_weight = Tariff("USD", zones=BY_WEIGHT.zones)
    by_size = Tariff.of("USD", per_parcel="7", per_kg="1.20", divisor=5_000)
    return CheapestInTime(CarrierRates(((ground, by_weight), (air, by_size))), late=True)


def weighted() -> RoutingStrategy:
    return Weighted(RATES, (Load(), "2.00"), (Cover(), "0.50"), (Ranking(), "0.05"))


def load_balanced() -> RoutingStrategy:
    return LoadBalanced(RATES)


def stock_cover() -> RoutingStrategy:
    return StockCover(RATES)


def ordered_rules() -> RoutingStrategy:
    """Stores first, if they have all of it; then anybody."""
    stores = Step("stores", kinds=frozenset({"store"}), by="distance")
    return OrderedRules((stores, Step("anybody", by="cost")), costs=RATES)


def first_that_fills() -> RoutingStrategy:
    return FirstThatFills(CostStrategy("one_parcel", RATES, splitting=Splitting(1)), LowestCost(RATES))


def _is_express(demand: Demand) -> bool:
    return demand.service == "express"


def when() -> RoutingStrategy:
    return When(_is_express, Nearest(), LowestCost(RATES))


def wave() -> RoutingStrategy:
    return Wave(LowestCost(RATES))


SHIPPED: dict[str, Shipped] = {
    "LowestCost": Shipped(lowest_cost, RATES),
    "LowestCostByWeight": Shipped(lowest_cost_by_weight, BY_WEIGHT),
    "LowestCostByDistance": Shipped(lowest_cost_by_distance, BY_DISTANCE),
    "LowestCostInAHurry": Shipped(lowest_cost_in_a_hurry, BY_DISTANCE),
    "CostStrategy": Shipped(cost_strategy, Points()),
    "TwoParcels": Shipped(two_parcels, RATES, at_most=2),
    "OneParcel": Shipped(one_parcel, RATES, at_most=1),
    "Nearest": Shipped(nearest, Distance()),
    "ByPriority": Shipped(by_priority, Ranking()),
    "Priced": Shipped(priced),
    "CheapestInTime": Shipped(cheapest_in_time),
    "FewestShipments": Shipped(fewest_shipments, Shipments()),
    "Weighted": Shipped(weighted),
    "LoadBalanced": Shipped(load_balanced, RATES),
    "StockCover": Shipped(stock_cover),
    "OrderedRules": Shipped(ordered_rules),
    "FirstThatFills": Shipped(first_that_fills),
    "When": Shipped(when),
    "Wave": Shipped(wave, RATES),
}
