"""What perfect foresight would have cost: a bound for orders that are over, and for prices by a solver.

Decides the bound that no way to serve the orders from that stock goes below, filling as many units, and how
far above it what was paid stands. All orders are known at once and what arrived is there from the start, so
nobody could have done as well: it is a measure and no goal. Must not know plans, or who made them.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from omcore.kernel import (
    MAX_STOCK,
    InvalidType,
    Network,
    checked_flag,
    checked_quantity,
    checked_sku,
    record,
)
from omcore.routing._ascent import climbed
from omcore.routing._horizon import Supply, horizon
from omcore.routing._program import SolverMissing, Ways, solved_program
from omcore.routing.demand import Availability, Demand
from omcore.routing.learning import Forecast, known_prices, priced
from omcore.routing.rates import CostModel
from omcore.routing.scarcity import LEARNED, SOLVED, ScarcityPrices
from omcore.routing.strategies import CostStrategy

MAX_PASSES = 10_000


@record
class Hindsight:
    """What serving the orders of a past horizon costs at least, in 1/``scale`` of a ``measure``.

    ``bound`` holds for every way to serve them that leaves no more units of a SKU than ``left`` says:
    (SKU, units) that nobody could have shipped, or that were allowed for. ``prices`` prove it.
    """

    bound: int
    measure: str
    scale: int
    orders: int
    left: tuple[tuple[str, int], ...]
    prices: ScarcityPrices

    @property
    def unfilled(self) -> int:
        """Units that stay."""
        return sum(units for _, units in self.left)

    def gap(self, paid: int) -> Fraction:
        """How far ``paid``, in the same scale, is above the bound, as a part of it; 0 where the bound is.

        ``Fraction(1, 20)`` is five per cent. Errors: ``InvalidType`` for anything but an exact int.
        """
        if type(paid) is not int:
            raise InvalidType("paid", expected="int")
        return Fraction(paid - self.bound, self.bound) if self.bound > 0 else Fraction(0)


def hindsight(
    orders: tuple[Demand, ...],
    network: Network,
    availability: Availability,
    costs: CostModel | CostStrategy,
    *,
    at: datetime,
    supplies: tuple[Supply, ...] = (),
    left: dict[str, int] | None = None,
    passes: int = 40,
    program: bool = False,
) -> Hindsight:
    """The bound for ``orders`` served from the stock as of ``at`` and ``supplies``, (SKU, location, units).

    ``left`` is units by SKU that really stayed, where they are more than had to: with fewer units to ship,
    less has to be paid. Prices are learned in so many ``passes`` over the orders, or found by a linear
    ``program``, which is never worse and needs the extra ``milp``. Without limits of a day's orders.

    Errors: ``SolverMissing`` where a program is asked for and cannot be solved; ``InputError``.
    """
    checked_quantity(passes, "passes", low=0, high=MAX_PASSES)
    checked_flag(program, "program")
    found = horizon(
        orders, (1,) * _count(orders), _count(orders), network, availability, costs, at, supplies, _left(left)
    )
    start = found.start({})
    proof = solved_program(found, start, {}, 1)[0] if program else climbed(found, passes, start)
    worth = priced(found, proof, at, _count(orders), SOLVED if program else LEARNED)
    rest = tuple([(sku, row[-1]) for sku, row in zip(found.skus, found.capacity, strict=True) if row[-1]])
    return Hindsight(proof.bound, found.strategy.measure, found.strategy.scale, _count(orders), rest, worth)


def solve_prices(
    forecast: Forecast,
    network: Network,
    availability: Availability,
    costs: CostModel | CostStrategy,
    *,
    at: datetime,
    supplies: tuple[Supply, ...] = (),
    start: ScarcityPrices | None = None,
    tolerance: int = 1_000,
) -> ScarcityPrices:
    """Prices for the orders to come as duals of a linear program; needs the extra ``milp``.

    Takes what ``learn_prices`` takes. The answer is within ``tolerance`` millionths of the program's best;
    ``start``, the prices of an hour ago, makes it quick. Kinds of order should be hundreds or a few
    thousands: from a large sample prices are learned faster.

    Errors: ``SolverMissing`` where highspy is not installed; ``InputError``.
    """
    if type(forecast) is not Forecast:
        raise InvalidType("forecast", expected="Forecast")
    checked_quantity(tolerance, "tolerance", low=0, high=1_000_000)
    weights, orders = forecast.counted()
    found = horizon(forecast.demands, weights, orders, network, availability, costs, at, supplies)
    rows = found.start(known_prices(start, found))
    proof, ways = solved_program(found, rows, _ways(start), tolerance)
    return priced(found, proof, at, orders, SOLVED, (ways,))


def _ways(start: ScarcityPrices | None) -> Ways:
    if start is None or not start.start:
        return {}
    (ways,) = start.start
    if type(ways) is not dict:
        raise InvalidType("start", expected="ScarcityPrices as they were solved")
    return ways


def _count(orders: object) -> int:
    return len(orders) if type(orders) is tuple or type(orders) is list else 0


def _left(left: object) -> dict[str, int]:
    if left is None:
        return {}
    if type(left) is not dict:
        raise InvalidType("left", expected="dict of SKU to units")
    for sku, units in left.items():
        checked_sku(sku)
        checked_quantity(units, "left", low=0, high=MAX_STOCK)
    return dict(left)


__all__ = ["Hindsight", "SolverMissing", "hindsight", "solve_prices"]
