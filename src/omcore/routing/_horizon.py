"""Many orders over one stock: what they need, what there is, and a bound of what serving them costs.

Decides how orders become cells (orders that are alike, counted), and stock becomes capacity by SKU and
location. With a price on every unit of capacity the orders come apart: each is one problem for the exact
solver. What they cost, less what all capacity is worth, is below what any way to serve them costs,
whatever the prices are (Lagrange). Must not know how prices are found.

Where there is less of a SKU than is wanted, some units stay whatever is done. They come from *nowhere*,
which costs nothing and has just so many: filling comes before cost, so nobody may leave more to save money.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import mul
from typing import NamedTuple, cast

from omcore.kernel import (
    MAX_STOCK,
    Components,
    InvalidType,
    Network,
    Place,
    checked_id,
    checked_instant,
    checked_limit,
    checked_quantity,
    checked_sku,
)
from omcore.routing._cells import Answer, Cell, Draws, Prices
from omcore.routing._flow import shortage
from omcore.routing.demand import Availability, Demand, DemandLine, reader
from omcore.routing.problem import Ints, Move
from omcore.routing.rates import CostModel
from omcore.routing.strategies import CostStrategy

MAX_DEMANDS = 1_000_000

# (SKU, location, units that arrive).
Supply = tuple[str, str, int]
# By SKU and location: units by the region that they go to.
Takes = dict[tuple[int, int], dict[str, int]]

_PLENTY = 10**12


class Plenty:
    """An availability that has any number of what it has at all."""

    def __init__(self, held: dict[str, frozenset[str]]) -> None:
        self._held = held

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        """Plenty or none."""
        return _PLENTY if location in self._held.get(sku, ()) else 0

    def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime, /) -> Ints:
        """Plenty or none, at each."""
        held = self._held.get(sku, frozenset())
        return tuple([_PLENTY if location in held else 0 for location in locations])


# A cell by number, the moves of a way for it, and how often that way is taken.
Chosen = tuple[int, tuple[Move, ...], int]


class Proof(NamedTuple):
    """Prices, what they prove, and which ways are taken at them (where several cost the same, in a mix)."""

    bound: int
    prices: Prices
    chosen: list[Chosen]


class Horizon:
    """Orders to serve and the stock to serve them from.

    ``capacity`` is units by SKU and location; its last column is how many may stay. ``need`` is units by
    SKU, in ``scale`` parts of one, as ``weight`` of a cell is orders in such parts: a forecast is no whole
    number of orders. ``order`` is the cells of the orders as they were given.
    """

    __slots__ = ("capacity", "cells", "locations", "need", "order", "scale", "skus", "strategy")

    def __init__(
        self,
        skus: Sequence[str],
        locations: tuple[str, ...],
        capacity: list[list[int]],
        scale: int,
        strategy: CostStrategy,
    ) -> None:
        self.skus = skus
        self.locations = locations
        self.capacity = capacity
        self.need = [0] * len(skus)
        self.cells: list[Cell] = []
        self.order: list[int] = []
        self.scale = scale
        self.strategy = strategy

    def answers(self, prices: Prices) -> list[Answer]:
        """The cheapest way for an order of each cell."""
        return [cell.best(prices) for cell in self.cells]

    def value(self, prices: Prices, answers: Sequence[Answer]) -> int:
        """The bound that prices prove with the answers to them."""
        total = 0
        for cell, (_, _, bound) in zip(self.cells, answers, strict=True):
            total += cell.weight * bound
        worth = sum(sum(map(mul, row, have)) for row, have in zip(prices, self.capacity, strict=True))
        return total // self.scale - worth

    def takes(self, chosen: Iterable[Chosen]) -> Takes:
        """Who takes what by these ways."""
        takes: Takes = {}
        for number, moves, often in chosen:
            cell = self.cells[number]
            for item, j, units in moves:
                for sku, each in cell.draws[item]:
                    regions = takes.setdefault((sku, cell.columns[j]), {})
                    for region, weight in cell.regions.items():
                        regions[region] = regions.get(region, 0) + often * weight * units * each
        return takes

    def start(self, known: dict[str, dict[str, int]]) -> Prices:
        """Prices by SKU and location as rows, 0 where nothing is known."""
        rows = []
        for sku in self.skus:
            by_location = known.get(sku, {})
            row = [by_location.get(name, 0) for name in self.locations]
            # A unit that stays does so instead of the dearest that ships.
            rows.append([*row, max(row, default=0)])
        return rows


def horizon(
    demands: Iterable[Demand],
    weights: Sequence[int],
    orders: int,
    network: Network,
    availability: Availability,
    costs: CostModel | CostStrategy,
    at: datetime,
    supplies: Iterable[Supply] = (),
    left: dict[str, int] | None = None,
) -> Horizon:
    """Reads stock as of ``at``, with what arrives, and the demands, of which ``weights`` say how many of
    ``orders`` each stands for. ``left``: units of a SKU that may stay, where that is more than have to.
    """
    strategy = strategy_of(costs)
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    checked_instant(at, "at")
    listed = checked_demands(demands)
    skus = sorted({sku for demand in listed for line in demand.lines for sku, _ in parts(line)})
    ranked = sorted(network.locations, key=lambda location: (location.priority, location.id))
    locations = tuple([location.id for location in ranked])
    # Safety stock stays for those who come to its counter, so one of them may have it.
    kept = [entry.safety_stock if not any(demand.pickup_at for demand in listed) else 0 for entry in ranked]
    arriving = checked_supplies(supplies, network)
    read = reader(availability)
    capacity: list[list[int]] = []
    for sku in skus:
        have = _checked_column(read(sku, locations, at), len(locations))
        units = zip(locations, have, kept, strict=True)
        capacity.append(
            [max(0, count + arriving.get((sku, name), 0) - floor) for name, count, floor in units] + [0]
        )
    total = sum(weights)
    found = Horizon(skus, locations, capacity, max(1, total), strategy)
    _read(found, listed, [weight * orders for weight in weights], network)
    _settle(found, left or {})
    return found


def _read(found: Horizon, demands: Sequence[Demand], weights: Sequence[int], network: Network) -> None:
    """The demands as cells."""
    held = {}
    for name, row in zip(found.skus, found.capacity, strict=True):
        able = zip(found.locations, row, strict=False)
        held[name] = frozenset([location for location, units in able if units])
    plenty = Plenty(held)
    column = {name: j for j, name in enumerate(found.locations)}
    index = {sku: number for number, sku in enumerate(found.skus)}
    known: dict[object, int] = {}
    for demand, weight in zip(demands, weights, strict=True):
        table, problem, groups = found.strategy.posed(demand, network, plenty)
        if not problem.quantities:
            continue
        firsts = range(len(demand.lines)) if groups is None else [members[0] for members in groups]
        draws = tuple([_draws(parts(demand.lines[i]), index) for i in firsts])
        columns = tuple([column[name] for name in table.ids])
        at = known.setdefault((problem, draws, columns), len(found.cells))
        if at == len(found.cells):
            found.cells.append(Cell(problem, columns, draws))
        cell = found.cells[at]
        cell.weight += weight
        region = region_of(demand.destination)
        cell.regions[region] = cell.regions.get(region, 0) + weight
        found.order.append(at)
        for item, quantity in enumerate(problem.quantities):
            for sku, each in draws[item]:
                found.need[sku] += weight * quantity * each


def _settle(found: Horizon, allowed: dict[str, int]) -> None:
    """How many units may stay: those that have to, with what stays with them, or those allowed for."""
    classes: list[dict[int, int]] = [{} for _ in found.skus]
    kits: list[tuple[Draws, int]] = []
    for cell in found.cells:
        for item, draws in enumerate(cell.draws):
            able = 0
            for j, units in enumerate(cell.open.stock[item]):
                if units:
                    able |= 1 << cell.columns[j]
            wanted = cell.weight * cell.open.quantities[item]
            if len(draws) > 1:
                kits.append((draws, wanted))
            for sku, each in draws:
                classes[sku][able] = classes[sku].get(able, 0) + wanted * each
    scale = found.scale
    least = [
        -(-shortage(wanted, [units * scale for units in row[:-1]]) // scale)
        for wanted, row in zip(classes, found.capacity, strict=True)
    ]
    left = list(least)
    for draws, wanted in kits:
        for sku, each in draws:
            # Where another part of a kit is short, this one stays with it.
            others = sum(least[part] for part, _ in draws if part != sku)
            left[sku] += each * min(-(-wanted // scale), others)
    for row, stays, name in zip(found.capacity, left, found.skus, strict=True):
        row[-1] = max(stays, allowed.get(name, 0))
    if any(row[-1] for row in found.capacity):
        may = [row[-1] for row in found.capacity]
        for cell in found.cells:
            cell.let_stay(may, len(found.locations))


def strategy_of(costs: CostModel | CostStrategy) -> CostStrategy:
    """A strategy as it is, with its rules; a cost model with the rules that ship with omcore."""
    # Asked of the type: what answers to any name at all is neither.
    if issubclass(type(costs), CostStrategy):
        return cast(CostStrategy, costs)
    return CostStrategy("horizon", cast(CostModel, costs))


def parts(line: DemandLine) -> Components:
    """What one unit of a line takes from stock."""
    return line.components or ((line.sku, 1),)


def region_of(place: Place | None) -> str:
    """``US-CO``, or the country alone; empty for no place."""
    if place is None:
        return ""
    return f"{place.country}-{place.region}" if place.region else place.country


def _draws(components: Components, index: dict[str, int]) -> Draws:
    summed: dict[int, int] = {}
    for sku, each in components:
        summed[index[sku]] = summed.get(index[sku], 0) + each
    return tuple(sorted(summed.items()))


def checked_demands(demands: object) -> tuple[Demand, ...]:
    """A list or tuple of ``Demand``, as a tuple."""
    if type(demands) is not tuple and type(demands) is not list:
        raise InvalidType("demands", expected="tuple of Demand")
    checked_limit(len(demands), MAX_DEMANDS, "demands", "demands")
    for i, demand in enumerate(demands):
        if type(demand) is not Demand:
            raise InvalidType(f"demands[{i}]", expected="Demand")
    return tuple(demands)


def checked_supplies(supplies: object, network: Network) -> dict[tuple[str, str], int]:
    """Units that arrive, by SKU and location."""
    if type(supplies) is not tuple and type(supplies) is not list:
        raise InvalidType("supplies", expected="tuple of (sku, location, units)")
    checked_limit(len(supplies), MAX_DEMANDS, "supplies", "supplies")
    arriving: dict[tuple[str, str], int] = {}
    for i, supply in enumerate(supplies):
        path = f"supplies[{i}]"
        if type(supply) is not tuple or len(supply) != 3:
            raise InvalidType(path, expected="(sku, location, units)")
        sku, name, units = supply
        checked_sku(sku)
        network[checked_id(name, path)]
        checked_quantity(units, path, low=0, high=MAX_STOCK)
        arriving[sku, name] = arriving.get((sku, name), 0) + units
    return arriving


def _checked_column(column: object, size: int) -> Ints:
    if type(column) is not tuple or len(column) != size or any(type(units) is not int for units in column):
        raise InvalidType("availability", expected="promisable as exact ints")
    return column


__all__ = ["Chosen", "Horizon", "Prices", "Proof", "Supply", "Takes", "horizon", "region_of", "strategy_of"]
