"""Prices of scarce stock learned from orders to come, without a solver of linear programs.

Decides what prices are learned from: orders that are expected, forecast as kinds of order with weights or
given as a sample, and the stock to serve them from. It runs off the hot path, beside the planner, and its
answer is a value that a planner is given. No randomness: a sample is drawn by a seed that the caller gives,
in exact ints. Must not know plans.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate

from omcore.kernel import (
    InvalidType,
    Network,
    checked_limit,
    checked_quantity,
    record,
)
from omcore.routing._ascent import learned
from omcore.routing._horizon import (
    MAX_DEMANDS,
    Horizon,
    Proof,
    Supply,
    checked_demands,
    horizon,
)
from omcore.routing.demand import Availability, Demand
from omcore.routing.problem import Ints
from omcore.routing.rates import CostModel
from omcore.routing.scarcity import (
    LEARNED,
    MAX_ORDERS,
    MAX_PRICE,
    ScarcityPrices,
    normalized,
)
from omcore.routing.strategies import CostStrategy

MAX_STEPS = 10_000_000
_WORD = (1 << 64) - 1


@record
class Forecast:
    """Orders to come: kinds of order, how often each is expected, and how many orders there will be.

    ``weights`` are exact ints by demand, () where all are as likely, as in a sample of past orders;
    ``orders`` of them are expected in all, 0 for as many as the weights say. An order's id, its day and the
    ids of its lines say nothing here.
    """

    demands: tuple[Demand, ...]
    weights: Ints = ()
    orders: int = 0

    def __attrs_post_init__(self) -> None:
        checked_demands(self.demands)
        if type(self.weights) is not tuple:
            raise InvalidType("weights", expected="tuple of ints")
        checked_limit(len(self.weights), MAX_DEMANDS, "weights", "weights")
        if self.weights and len(self.weights) != len(self.demands):
            raise InvalidType("weights", expected="a weight for each demand")
        for weight in self.weights:
            checked_quantity(weight, "weights", low=0, high=MAX_ORDERS)
        checked_quantity(self.orders, "orders", low=0, high=MAX_ORDERS)

    def counted(self) -> tuple[Ints, int]:
        """Weights by demand, and how many orders they stand for."""
        weights = self.weights or (1,) * len(self.demands)
        return weights, self.orders or sum(weights)


def learn_prices(
    forecast: Forecast,
    network: Network,
    availability: Availability,
    costs: CostModel | CostStrategy,
    *,
    at: datetime,
    supplies: tuple[Supply, ...] = (),
    steps: int = 20_000,
    seed: int | None = None,
    start: ScarcityPrices | None = None,
) -> ScarcityPrices:
    """Prices for the orders to come, from the stock as of ``at`` and ``supplies``, (SKU, location, units).

    ``costs`` is a cost model, or a strategy with its rules. So many ``steps`` are taken, an order each: with
    a ``seed``, orders drawn by their weights; without, the demands in the order given, again and again, for
    a sample that has no weights. ``start`` is where the prices begin, such as those of an hour ago.

    A step takes as long as a plan. Errors: ``InputError`` for what is of another type or measure.
    """
    if type(forecast) is not Forecast:
        raise InvalidType("forecast", expected="Forecast")
    checked_quantity(steps, "steps", low=0, high=MAX_STEPS)
    if seed is not None:
        checked_quantity(seed, "seed", low=0, high=_WORD)
    elif forecast.weights and steps:
        raise InvalidType("seed", expected="int: a forecast with weights is drawn from")
    weights, orders = forecast.counted()
    found = horizon(forecast.demands, weights, orders, network, availability, costs, at, supplies)
    order = _in_turn(found, steps) if seed is None else _drawn(found, steps, seed)
    proof = learned(found, order, steps, found.start(known_prices(start, found)))
    return priced(found, proof, at, orders, LEARNED)


def known_prices(start: ScarcityPrices | None, found: Horizon) -> dict[str, dict[str, int]]:
    """Prices to begin with, by SKU and location."""
    if start is None:
        return {}
    if type(start) is not ScarcityPrices:
        raise InvalidType("start", expected="ScarcityPrices")
    if (start.measure, start.scale) != (found.strategy.measure, found.strategy.scale):
        raise InvalidType("start", expected="prices in the measure and scale of the costs")
    return {
        sku: {name: entry.price for name, entry in by_location.items()}
        for sku, by_location in start.by_sku.items()
    }


def priced(
    found: Horizon,
    proof: Proof,
    at: datetime,
    orders: int,
    source: str,
    start: tuple[object, ...] = (),
) -> ScarcityPrices:
    """Prices by location of those that have any of a SKU, with who they are kept for."""
    listed: dict[str, dict[str, int]] = {}
    kept_for: dict[tuple[str, str], str] = {}
    takes = found.takes(proof.chosen)
    for number, sku in enumerate(found.skus):
        by_location = {}
        for j, name in enumerate(found.locations):
            if not found.capacity[number][j]:
                continue
            by_location[name] = min(proof.prices[number][j], MAX_PRICE)
            regions = takes.get((number, j))
            if regions:
                kept_for[sku, name] = min(regions, key=lambda region: (-regions[region], region))
        if by_location:
            listed[sku] = by_location
    strategy = found.strategy
    entries = normalized(listed, kept_for)
    return ScarcityPrices(strategy.measure, strategy.scale, entries, at, orders, proof.bound, source, start)


def _in_turn(found: Horizon, steps: int) -> Iterator[int]:
    if found.order:
        for step in range(steps):
            yield found.order[step % len(found.order)]


def _drawn(found: Horizon, steps: int, seed: int) -> Iterator[int]:
    """Cells by weight: the generator is SplitMix64 (Steele, Lea and Flood 2014), arithmetic on ints alone."""
    ends = list(accumulate([cell.weight for cell in found.cells]))
    if not ends or not ends[-1]:
        return
    state = seed
    for _ in range(steps):
        state = (state + 0x9E3779B97F4A7C15) & _WORD
        word = state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _WORD
        word ^= word >> 31
        yield bisect_right(ends, word * ends[-1] >> 64)


__all__ = ["Forecast", "known_prices", "learn_prices", "priced"]
