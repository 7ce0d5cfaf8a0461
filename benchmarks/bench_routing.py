"""routing: what a plan takes, and what it takes to have it explained.

Orders of one to five lines over ten locations of the United States, by published rates of small parcels;
each location carries an item with probability 0.75. Everything comes from a seed. The same orders are
planned, and planned and explained, in turn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

import bench_horizon
import bench_solver
from bench_pipeline import CITIES, T0
from omcore.kernel import GeoPoint, Location, Network, Place
from omcore.routing import Demand, DemandLine, LowestCost, Rates, RoutingPlan, RoutingStrategy
from timing import bytecodes, paired_ratio

SEED = 63_2015
ITEMS = 100
CARRIED = 0.75
DESTINATIONS = 60
MOST_LINES = 5

Work = Callable[[RoutingPlan], object]


class Shelves:
    """Counters by SKU, a tuple over all locations as the engine's view of stock keeps one."""

    def __init__(self, rng: random.Random, ids: tuple[str, ...]) -> None:
        self._place = {location: at for at, location in enumerate(ids)}
        self._ids = ids
        self._units = {
            sku: tuple([rng.randint(1, 8) if rng.random() < CARRIED else 0 for _ in ids]) for sku in _skus()
        }

    def promisable(self, sku: str, location: str, _now: datetime, /) -> int:
        """Units of a SKU at one location."""
        return self._units[sku][self._place[location]]

    def promisable_at(self, sku: str, locations: tuple[str, ...], _now: datetime, /) -> tuple[int, ...]:
        """Units of a SKU at each of these."""
        units = self._units[sku]
        if locations == self._ids:
            return units
        return tuple([units[self._place[location]] for location in locations])


class Orders:
    """A network, what is on its shelves, and so many orders for it."""

    def __init__(self, count: int, seed: int = SEED) -> None:
        rng = random.Random(seed)
        self.network = Network(
            tuple(Location(name, point=GeoPoint(latitude, longitude)) for name, latitude, longitude in CITIES)
        )
        self.shelves = Shelves(rng, tuple(sorted(self.network.by_id)))
        places = [
            Place("US", "", f"{number:05}", GeoPoint(rng.uniform(28, 47), rng.uniform(-122, -72)))
            for number in range(DESTINATIONS)
        ]
        self.demands = [_demand(rng, number, rng.choice(places)) for number in range(count)]

    def planned(self, strategy: RoutingStrategy, then: Work | None = None) -> Callable[[int], None]:
        """Work that plans all of them so many times, and does something with each plan."""
        network, shelves, demands = self.network, self.shelves, self.demands

        def work(times: int) -> None:
            for _ in range(times):
                for demand in demands:
                    plan = strategy.plan(demand, network, shelves)
                    if then is not None:
                        then(plan)

        return work


def _skus() -> list[str]:
    return [f"SKU-{number}" for number in range(ITEMS)]


def _demand(rng: random.Random, number: int, place: Place) -> Demand:
    skus = rng.sample(_skus(), rng.randint(1, MOST_LINES))
    lines = tuple([DemandLine(f"{at}", sku, rng.randint(1, 3)) for at, sku in enumerate(skus)])
    return Demand(f"o-{number}", lines, place, at=T0)


def explained(plan: RoutingPlan) -> object:
    """A verdict on every location, as a value."""
    return plan.explanation.verdicts()


def run(smoke: bool) -> dict[str, float]:
    """Orders a second with explanations and without; everything of the solver, and of a whole horizon."""
    count, rounds = (60, 3) if smoke else (600, 15)
    orders, strategy = Orders(count), LowestCost(Rates())
    plain, with_verdicts = orders.planned(strategy), orders.planned(strategy, explained)
    plain(1)  # tables of destinations are made once
    ratio, each, base = paired_ratio(with_verdicts, plain, 1, rounds)
    as_json, _, _ = paired_ratio(orders.planned(strategy, _as_json), plain, 1, rounds)
    as_text, _, _ = paired_ratio(orders.planned(strategy, RoutingPlan.explain), plain, 1, rounds)
    return {
        "route_orders_per_s": round(count / base),
        "route_orders_per_s_explained": round(count / each),
        "explained_vs_plain": round(ratio, 2),
        "json_vs_plain": round(as_json, 2),
        "text_vs_plain": round(as_text, 2),
        "bytecodes_per_plan": round(bytecodes(lambda: plain(1)) / count),
        "bytecodes_per_plan_explained": round(bytecodes(lambda: with_verdicts(1)) / count),
        **bench_solver.figures(smoke),
        **bench_horizon.figures(smoke),
    }


def _as_json(plan: RoutingPlan) -> object:
    return plan.explanation.as_json()
