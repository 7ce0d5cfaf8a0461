"""What prices of scarce stock save over a horizon of many orders, against a bound that knew them all.

Two instances, each from a seed. *Five centers*, after Jasin and Sinha (Operations Research 63, 2015) as
simulated by Ma (M&SOM 2023): 5 centers, the 10 largest metropolitan areas, 20 items, 10,000 orders of 25
kinds of basket. *Long tail*: 10 centers, 99 areas, 1,000 items whose demand falls as 1 / rank, orders of 1
to 8 lines, and just as much stock as is wanted. Rates are the published ones, which are the default.

``figures(smoke)`` gives gaps in per cent of the bound. Takes minutes; ``smoke`` takes seconds. Without the
extra ``milp`` nothing is solved as a linear program: bound and prices are those that are learned.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from importlib.util import find_spec
from itertools import accumulate
from typing import NamedTuple

from omcore.kernel import GeoPoint, Location, Network, Place
from omcore.routing import (
    Demand,
    DemandLine,
    Forecast,
    Hindsight,
    LowestCost,
    Nearest,
    Priced,
    Rates,
    RoutingStrategy,
    ScarcityPrices,
    hindsight,
    learn_prices,
    solve_prices,
)
from us_metros import METROS

NOW = datetime(2026, 11, 27, 17, tzinfo=UTC)
RATES = Rates()
# Whether linear programs can be solved here.
PROGRAM = find_spec("highspy") is not None
ORDERS = 10_000
RESOLVED = 10
POINTS = {name: GeoPoint(latitude, longitude) for name, _, latitude, longitude in METROS}
FIVE = ("Allentown", "Atlanta", "Dallas", "Indianapolis", "Riverside")
TEN = (*FIVE, "Charlotte", "Denver", "Lakeland", "Seattle", "Stockton")


class Shelf:
    """Units by SKU and location, taken as plans say."""

    def __init__(self, units: Mapping[str, Mapping[str, int]]) -> None:
        self.units = {sku: dict(by_location) for sku, by_location in units.items()}

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        return self.units[sku].get(location, 0)

    def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime, /) -> tuple[int, ...]:
        units = self.units[sku]
        return tuple([units.get(location, 0) for location in locations])


class Instance(NamedTuple):
    """What is known before the first order: kinds of order with their odds, and the stock."""

    network: Network
    kinds: tuple[Demand, ...]
    odds: tuple[int, ...]
    stock: Mapping[str, Mapping[str, int]]


class Run(NamedTuple):
    """What a sequence cost, units left, and seconds of processor time in plans and in prices."""

    cost: int
    left: int
    planning: float
    pricing: float


# Given the stock that is left and the number of the next order, the strategy from here on.
Refresh = Callable[[Shelf, int], RoutingStrategy]


def network_of(cities: Sequence[str]) -> Network:
    return Network(tuple(Location(city.lower(), point=POINTS[city]) for city in sorted(cities)))


def place_of(metro: int) -> Place:
    name = METROS[metro][0]
    return Place("US", name, point=POINTS[name])


def order_of(items: Sequence[int], metro: int) -> Demand:
    lines = tuple([DemandLine(f"I{item:03}", f"I{item:03}", 1) for item in items])
    return Demand("o", lines, place_of(metro), at=NOW)


def nearest_of(network: Network, metro: int, among: Sequence[str]) -> str:
    point = POINTS[METROS[metro][0]]
    return min(among, key=lambda name: network[name].point.distance_km(point))  # type: ignore[union-attr]


def five_centers(rng: random.Random, orders: int = ORDERS) -> Instance:
    """Stock is the mean demand of the areas that a center is nearest to, and half its deviation."""
    network = network_of(FIVE)
    baskets = [sorted(rng.sample(range(20), size)) for size in range(1, 6) for _ in range(5)]
    weights = [rng.random() for _ in baskets]
    people = [metro[1] for metro in METROS[:10]]
    kinds: list[tuple[int, int, float]] = [
        (basket, metro, weights[basket] / sum(weights) * people[metro] / sum(people))
        for basket in range(len(baskets))
        for metro in range(10)
    ]
    stock: dict[str, dict[str, int]] = {}
    for item in range(20):
        carried: list[str] = []
        while not carried:
            carried = [location.id for location in network if rng.random() < 0.75]
        shares = dict.fromkeys(carried, 0.0)
        for basket, metro, chance in kinds:
            if item in baskets[basket]:
                shares[nearest_of(network, metro, carried)] += chance
        stock[f"I{item:03}"] = {
            name: round(orders * share + 0.5 * (orders * share * (1 - share)) ** 0.5)
            for name, share in shares.items()
        }
    return Instance(
        network,
        tuple([order_of(baskets[basket], metro) for basket, metro, _ in kinds]),
        tuple([round(chance * 1e9) for _, _, chance in kinds]),
        stock,
    )


def run(
    instance: Instance, sequence: Sequence[Demand], strategy: RoutingStrategy, refresh: Refresh | None = None
) -> Run:
    """Every order of a sequence in turn; with ``refresh``, ten times over it another strategy."""
    shelf = Shelf(instance.stock)
    every = max(1, len(sequence) // RESOLVED)
    cost = left = 0
    planning = pricing = 0.0
    for number, demand in enumerate(sequence):
        if refresh is not None and number % every == 0:
            begin = time.process_time()
            strategy = refresh(shelf, number)
            pricing += time.process_time() - begin
        begin = time.process_time()
        plan = strategy.plan(demand, instance.network, shelf)
        planning += time.process_time() - begin
        cost += plan.cost
        left += plan.unfilled
        for assignment in plan.assignments:
            shelf.units[assignment.line_id][assignment.location] -= assignment.quantity
    return Run(cost, left, planning, pricing)


def resolving(instance: Instance, odds: tuple[int, ...], orders: int) -> Refresh:
    """Prices as duals of a linear program, from the stock and the orders that are left."""
    known: list[ScarcityPrices | None] = [None]
    priced = Priced(RATES, ScarcityPrices(RATES.measure, RATES.scale))

    def refresh(shelf: Shelf, number: int) -> RoutingStrategy:
        forecast = Forecast(instance.kinds, odds, orders - number)
        prices = solve_prices(forecast, instance.network, shelf, RATES, at=NOW, start=known[0])
        known[0] = prices
        return priced.with_prices(prices)

    return refresh


def drawing(instance: Instance, odds: tuple[int, ...], orders: int) -> Refresh:
    """Prices learned without a solver, from kinds of order that are drawn by their odds."""
    known: list[ScarcityPrices | None] = [None]
    priced = Priced(RATES, ScarcityPrices(RATES.measure, RATES.scale))

    def refresh(shelf: Shelf, number: int) -> RoutingStrategy:
        forecast = Forecast(instance.kinds, odds, orders - number)
        steps = 3_000 if known[0] is None else 1_000
        prices = learn_prices(
            forecast, instance.network, shelf, RATES, at=NOW, steps=steps, seed=number, start=known[0]
        )
        known[0] = prices
        return priced.with_prices(prices)

    return refresh


def learning(instance: Instance, sample: Sequence[Demand], orders: int, steps: int) -> Refresh:
    """Prices learned without a solver, from a sample of orders that goes on where it was left."""
    known: list[ScarcityPrices | None] = [None]
    taken = [0]
    priced = Priced(RATES, ScarcityPrices(RATES.measure, RATES.scale))

    def refresh(shelf: Shelf, number: int) -> RoutingStrategy:
        fresh = tuple([sample[(taken[0] + at) % len(sample)] for at in range(steps)])
        taken[0] += steps
        forecast = Forecast(fresh, (), orders - number)
        prices = learn_prices(forecast, instance.network, shelf, RATES, at=NOW, steps=steps, start=known[0])
        known[0] = prices
        return priced.with_prices(prices)

    return refresh


class SetCover:
    """A single location where one has it all, the nearest; else whoever has most of what is left, again.

    The shape of common shop software. A baseline, not a strategy of omcore.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._order: dict[str, list[str]] = {}

    def cost(self, demand: Demand, shelf: Shelf) -> tuple[int, int]:
        """Takes the units from the shelf; (cost, units left)."""
        assert demand.destination is not None
        region = demand.destination.region
        if region not in self._order:
            point = POINTS[region]
            ids = [location.id for location in self._network]
            self._order[region] = sorted(
                ids,
                key=lambda name: self._network[name].point.distance_km(point),  # type: ignore[union-attr]
            )
        left = [line.sku for line in demand.lines]
        cost = 0
        while left:
            best: list[str] = []
            chosen = ""
            for name in self._order[region]:
                has = [sku for sku in left if shelf.units[sku].get(name, 0) > 0]
                if len(has) > len(best):
                    best, chosen = has, name
            if not best:
                break
            location = self._network[chosen]
            meters = round(location.point.distance_km(POINTS[region]) * 1_000)  # type: ignore[union-attr]
            each = RATES.costs(location, meters, 0)
            cost += each.fixed + each.per_unit * len(best)
            for sku in best:
                shelf.units[sku][chosen] -= 1
            left = [sku for sku in left if sku not in best]
        return cost, len(left)


def covered(instance: Instance, sequence: Sequence[Demand]) -> int:
    shelf = Shelf(instance.stock)
    cover = SetCover(instance.network)
    return sum(cover.cost(demand, shelf)[0] for demand in sequence)


def dollars(instance: Instance, sequence: Sequence[Demand], strategy: RoutingStrategy) -> int:
    """What a strategy that measures something else costs by the rates."""
    shelf = Shelf(instance.stock)
    total = 0
    for demand in sequence:
        plan = strategy.plan(demand, instance.network, shelf)
        assert demand.destination is not None
        point = demand.destination.point
        assert point is not None
        used: dict[str, int] = {}
        for assignment in plan.assignments:
            used[assignment.location] = used.get(assignment.location, 0) + assignment.quantity
            shelf.units[assignment.line_id][assignment.location] -= assignment.quantity
        for name, units in used.items():
            location = instance.network[name]
            assert location.point is not None
            each = RATES.costs(location, round(location.point.distance_km(point) * 1_000), 0)
            total += each.fixed + each.per_unit * units
    return total


def percent(part: Fraction) -> float:
    return round(float(100 * part), 3)


def wrong(odds: Sequence[int], rng: random.Random) -> tuple[int, ...]:
    """Every cell of a forecast half or one and a half times as likely as it is, or anything between."""
    return tuple([round(chance * rng.uniform(0.5, 1.5)) for chance in odds])


def five_center_figures(instances: int, sequences: int, orders: int) -> Iterator[tuple[str, float]]:
    """Gaps to the bound, of all instances and sequences alike."""
    gaps: dict[str, list[float]] = {}
    resolve = resolving if PROGRAM else drawing
    exact_time = priced_time = learned_time = 0.0
    for number in range(instances):
        rng = random.Random(f"five centers {number}")
        instance = five_centers(rng, orders)
        for _ in range(sequences):
            sequence = rng.choices(instance.kinds, instance.odds, k=orders)
            bound = hindsight(
                tuple(sequence), instance.network, Shelf(instance.stock), RATES, at=NOW, program=PROGRAM
            )
            exact = run(instance, sequence, LowestCost(RATES))
            priced = run(instance, sequence, LowestCost(RATES), resolve(instance, instance.odds, orders))
            learned = run(instance, sequence, LowestCost(RATES), drawing(instance, instance.odds, orders))
            off = wrong(instance.odds, rng)
            astray = run(instance, sequence, LowestCost(RATES), resolve(instance, off, orders))
            # Whoever fills first leaves the units that nobody could have shipped, and no other.
            assert exact.left == priced.left == learned.left == astray.left == bound.unfilled
            exact_time += exact.planning
            priced_time += priced.planning + priced.pricing
            learned_time += learned.planning + learned.pricing
            paid = {
                "nearest": dollars(instance, sequence, Nearest()),
                "setcover": covered(instance, sequence),
                "exact": exact.cost,
                "priced": priced.cost,
                "learned": learned.cost,
                "priced_wrong_forecast": astray.cost,
            }
            for name, cost in paid.items():
                gaps.setdefault(name, []).append(percent(bound.gap(cost)))
    for name, found in gaps.items():
        yield f"gap_{name}", round(statistics.mean(found), 3)
    yield "priced_vs_exact_time", round(priced_time / exact_time, 2)
    yield "learned_vs_exact_time", round(learned_time / exact_time, 2)


class LongTail(NamedTuple):
    """An instance, its orders, and orders like them to learn from."""

    instance: Instance
    sequence: list[Demand]
    sample: list[Demand]


def long_tail(rng: random.Random, items: int, units: int, sample: int) -> LongTail:
    """As many units of each item as are wanted, each where somebody drawn by population is nearest."""
    network = network_of(TEN)
    ids = [location.id for location in network]
    people = list(accumulate(metro[1] for metro in METROS))
    ranks = list(accumulate(1 / rank for rank in range(1, items + 1)))
    sizes = list(accumulate(1 / size for size in range(1, 9)))

    def metro() -> int:
        return rng.choices(range(len(METROS)), cum_weights=people)[0]

    def order() -> Demand:
        size = rng.choices(range(1, 9), cum_weights=sizes)[0]
        chosen: set[int] = set()
        while len(chosen) < size:
            chosen.add(rng.choices(range(items), cum_weights=ranks)[0])
        return order_of(sorted(chosen), metro())

    sequence: list[Demand] = []
    wanted: dict[str, int] = {f"I{item:03}": 0 for item in range(items)}
    while sum(wanted.values()) < units * items:
        demand = order()
        sequence.append(demand)
        for line in demand.lines:
            wanted[line.sku] += 1
    near = [nearest_of(network, at, ids) for at in range(len(METROS))]
    stock = {sku: dict.fromkeys(ids, 0) for sku in wanted}
    for sku, count in wanted.items():
        for _ in range(count):
            stock[sku][near[metro()]] += 1
    return LongTail(Instance(network, (), (), stock), sequence, [order() for _ in range(sample)])


def tail_bound(tail: LongTail, passes: int) -> Hindsight:
    """Without a solver, so the bound is a little below the linear program's and the gaps a little wider."""
    shelf = Shelf(tail.instance.stock)
    return hindsight(tuple(tail.sequence), tail.instance.network, shelf, RATES, at=NOW, passes=passes)


def long_tail_figures(items: int, units: int, steps: int, passes: int) -> Iterator[tuple[str, float]]:
    """How much of what exact plans pay above the bound is saved by prices that are learned."""
    tail = long_tail(random.Random(f"long tail {units}"), items, units, 4 * steps)
    bound = tail_bound(tail, passes)
    exact = run(tail.instance, tail.sequence, LowestCost(RATES))
    orders = len(tail.sequence)
    priced = run(
        tail.instance, tail.sequence, LowestCost(RATES), learning(tail.instance, tail.sample, orders, steps)
    )
    yield f"tail_{units}_gap_exact", percent(bound.gap(exact.cost))
    yield f"tail_{units}_gap_priced", percent(bound.gap(priced.cost))
    yield f"closed_{units}", percent(Fraction(exact.cost - priced.cost, exact.cost - bound.bound))
    yield f"unfilled_avoidable_{units}", exact.left + priced.left - 2 * bound.unfilled
    yield f"tail_{units}_pricing_s", round(priced.pricing, 1)


def figures(smoke: bool = False) -> dict[str, float]:
    """All figures by name; ``smoke`` is little work, whose figures say nothing."""
    if smoke:
        found = dict(five_center_figures(1, 1, 400))
        found |= dict(long_tail_figures(40, 15, 300, 5))
    else:
        found = dict(five_center_figures(10, 3, ORDERS))
        found |= dict(long_tail_figures(1_000, 15, 20_000, 40))
        found |= dict(long_tail_figures(1_000, 75, 40_000, 40))
    avoidable = [name for name in found if name.startswith("unfilled_avoidable_")]
    found["unfilled_avoidable"] = sum(found.pop(name) for name in avoidable)
    return found


if __name__ == "__main__":
    print(json.dumps(figures("--smoke" in sys.argv), indent=2))
