"""Prices found without a solver of linear programs: dual ascent, order by order.

Decides how prices move. At given prices each order takes its cheapest way; a unit taken from a location
raises the price there, and every location's share in what is wanted of the SKU lowers it. So prices rise
where more would be taken than is there. Steps shrink with the root of what a SKU has seen (AdaGrad), and
the answer is an average of the way. Exact ints and a stated order: the same at every run and everywhere.
Must not know what the prices are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isqrt

from omcore.routing._cells import Cell, Prices
from omcore.routing._horizon import Horizon, Proof
from omcore.routing.problem import Ints, Move

# Shares are in parts of 2 ** _SHIFT.
_SHIFT = 20
# Cells that the size of a step is taken from.
_LOOKED_AT = 1_000
# A pass over all orders moves prices so much less than the one before: parts of a hundred.
_COOLING = 92
# Passes after which a bound is looked at; looking costs as much as a pass.
_LOOK = 5


def learned(horizon: Horizon, order: Iterable[int], steps: int, start: Prices) -> Proof:
    """Prices from a sample of orders, as numbers of cells; everything that is there ships.

    Of a SKU of which there is less than is wanted, the orders that come first take all there is.
    """
    prices = [list(row) for row in start]
    mean = [list(row) for row in start]
    seen = [0] * len(horizon.skus)
    shares = [_shares(row[:-1], need, horizon.scale, spare=False) for row, need in _each(horizon)]
    movable = _movable(horizon, nowhere=False)
    step = step_of(horizon)
    chosen: dict[tuple[int, tuple[Move, ...]], int] = {}
    for at, number in enumerate(order):
        cell = horizon.cells[number]
        moves, _, _ = cell.best(prices, nowhere=False)
        if 2 * at >= steps:
            chosen[number, moves] = chosen.get((number, moves), 0) + 1
        for sku, (wanted, taken) in _taken(cell, moves).items():
            where = movable[sku]
            if not where:
                continue
            visits = seen[sku] = seen[sku] + 1
            stride = step if visits == 1 else isqrt(step * step // visits)
            row, share, average = prices[sku], shares[sku], mean[sku]
            for j in where:
                change = (taken.get(j, 0) << _SHIFT) - wanted * share[j]
                price = row[j] + (stride * change >> _SHIFT)
                row[j] = price = price if price > 0 else 0
                # Later ones count more: the nth with weight n.
                average[j] += 2 * (price - average[j]) // (visits + 1)
    for row in mean:
        # A unit that stays does so instead of the dearest that ships.
        row[-1] = max(row)
    bound = horizon.value(mean, horizon.answers(mean))
    return Proof(bound, mean, [(number, moves, often) for (number, moves), often in chosen.items()])


def climbed(horizon: Horizon, passes: int, start: Prices) -> Proof:
    """The best bound that is found in so many passes over all orders."""
    prices = [list(row) for row in start]
    shares = [_shares(row, need, horizon.scale, spare=True) for row, need in _each(horizon)]
    movable = _movable(horizon, nowhere=True)
    step = step_of(horizon)
    # What a SKU sees in one pass, as the root of its squares.
    squares = [0] * len(horizon.skus)
    weights = [cell.weight // horizon.scale or 1 for cell in horizon.cells]
    for cell, weight in zip(horizon.cells, weights, strict=True):
        for sku, (wanted, _) in _taken(cell, ()).items():
            squares[sku] += (weight * wanted) ** 2
    roots = [max(1, isqrt(square)) for square in squares]
    best = _looked_at(horizon, [list(row) for row in start])
    for done in range(1, passes + 1):
        mean = _pass(horizon, weights, prices, shares, movable, [step // root for root in roots])
        if done % _LOOK == 0 or done == passes:
            proof = _looked_at(horizon, mean)
            if proof.bound > best.bound:
                best = proof
        step = step * _COOLING // 100
    return best


def _looked_at(horizon: Horizon, prices: Prices) -> Proof:
    answers = horizon.answers(prices)
    chosen = [(number, moves, 1) for number, (moves, _, _) in enumerate(answers)]
    return Proof(horizon.value(prices, answers), prices, chosen)


def _pass(
    horizon: Horizon,
    weights: Sequence[int],
    prices: Prices,
    shares: Sequence[Ints],
    movable: Sequence[Ints],
    strides: Sequence[int],
) -> Prices:
    """Every cell once; moves the prices and returns their average on the way."""
    totals = [[0] * len(row) for row in prices]
    counts = [0] * len(prices)
    for cell, weight in zip(horizon.cells, weights, strict=True):
        moves, _, _ = cell.best(prices)
        for sku, (wanted, taken) in _taken(cell, moves).items():
            row, share, total = prices[sku], shares[sku], totals[sku]
            counts[sku] += weight
            stride = strides[sku] * weight
            for j in movable[sku]:
                price = row[j] + (stride * ((taken.get(j, 0) << _SHIFT) - wanted * share[j]) >> _SHIFT)
                row[j] = price = price if price > 0 else 0
                total[j] += weight * price
    return [
        [price // count for price in total] if count else list(row)
        for total, count, row in zip(totals, counts, prices, strict=True)
    ]


def step_of(horizon: Horizon) -> int:
    """A quarter of what it costs to use a location, and of how far unit costs lie apart."""
    cells = horizon.cells[:_LOOKED_AT]
    size = 0
    for cell in cells:
        problem = cell.open
        if problem.fixed:
            size += min(problem.fixed) + max(max(row) - min(row) for row in problem.units)
    return max(1, size // (4 * len(cells))) if cells else 1


def _each(horizon: Horizon) -> Iterable[tuple[list[int], int]]:
    return zip(horizon.capacity, horizon.need, strict=True)


def _shares(capacity: Sequence[int], need: int, scale: int, *, spare: bool) -> Ints:
    """By location: the part of a wanted unit that it can give on average. ``spare``: it may give more."""
    wanted = need if spare else min(need, sum(capacity) * scale)
    if not wanted:
        return (0,) * len(capacity)
    return tuple([(units * scale << _SHIFT) // wanted for units in capacity])


def _movable(horizon: Horizon, *, nowhere: bool) -> list[Ints]:
    """By SKU: the locations that have any, where there is a choice between two."""
    found: list[Ints] = []
    for row in horizon.capacity:
        where = tuple([j for j, units in enumerate(row) if units and (nowhere or j < len(row) - 1)])
        found.append(where if len(where) > 1 else ())
    return found


def _taken(cell: Cell, moves: Sequence[Move]) -> dict[int, tuple[int, dict[int, int]]]:
    """By SKU: units that one order wants, and takes from each location."""
    found: dict[int, tuple[int, dict[int, int]]] = {}
    for quantity, draws in zip(cell.open.quantities, cell.draws, strict=True):
        for sku, each in draws:
            known = found.get(sku)
            found[sku] = (quantity * each, {}) if known is None else (known[0] + quantity * each, known[1])
    columns = cell.columns
    for item, j, units in moves:
        for sku, each in cell.draws[item]:
            taken = found[sku][1]
            column = columns[j]
            taken[column] = taken.get(column, 0) + units * each
    return found


__all__ = ["climbed", "learned", "step_of"]
