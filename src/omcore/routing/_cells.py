"""Orders that are alike, as one problem with stock enough: what they cost at given prices.

Decides the cheapest way for one of them where every unit of stock has a price, by the exact solver. Units
that nobody can ship come from a location *nowhere*, beyond all others, that costs nothing to use. Must not
know how many there are of anything, or how prices are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add

from omcore.kernel import changed
from omcore.routing.problem import Ints, Move, Problem
from omcore.routing.solver import solved

# By SKU and location, nowhere last.
Prices = list[list[int]]
# The cheapest way that is found, its cost with prices, and a bound of that.
Answer = tuple[tuple[Move, ...], int, int]
# What an item draws on: (SKU, units of it).
Draws = tuple[tuple[int, int], ...]


class Cell:
    """Orders that are alike; ``weight`` is how many, ``regions`` how many by where they go.

    ``columns`` is by location of the problem which one of the horizon it is, ``draws`` by item what it takes.
    """

    __slots__ = ("_bases", "_plain", "columns", "draws", "full", "key", "open", "regions", "weight")

    def __init__(self, problem: Problem, columns: Ints, draws: tuple[Draws, ...]) -> None:
        # What a way costs, whoever has stock at the moment.
        self.key = (changed(problem, stock=(), pools=(), barred=(), shelves=()), columns, draws)
        self.columns = columns
        self.draws = draws
        self.weight = 0
        self.regions: dict[str, int] = {}
        rows = problem.units
        self._bases = rows if len(rows) > 1 else rows * len(problem.quantities)
        enough = zip(problem.quantities, problem.stock, strict=True)
        stock = tuple([tuple([need if have >= need else 0 for have in column]) for need, column in enough])
        # Without nowhere, and with it. Shared stock is enough; that some items ship together or not at all
        # only makes an order dearer.
        self.open = self.full = changed(
            problem, stock=stock, scan=(), walk=(), pools=(), groups=(), shelves=()
        )
        self._plain = self._is_plain()

    def let_stay(self, left: Sequence[int], nowhere: int) -> None:
        """Items of which every part may stay can come from nowhere, the horizon's location of that number."""
        may = [all(left[sku] for sku, _ in draws) for draws in self.draws]
        if not any(may):
            return
        problem = self.open
        packing = problem.packing
        if packing is not None:
            # One more price list, of parcels that cost nothing and hold anything.
            packing = changed(
                packing,
                zones=(*packing.zones, ((1, 0),)),
                zone_of=(*packing.zone_of, len(packing.zones)),
                divisors=(*packing.divisors, 0) if packing.divisors else (),
                limits=(*packing.limits, 0) if packing.limits else (),
                further=(*packing.further, ()) if packing.further else (),
            )
        self.columns = (*self.columns, nowhere)
        self._bases = tuple([(*row, 0) for row in self._bases])
        stays = zip(problem.stock, problem.quantities, may, strict=True)
        self.full = changed(
            problem,
            locations=(*problem.locations, "nowhere"),
            stock=tuple([(*column, need if free else 0) for column, need, free in stays]),
            fixed=(*problem.fixed, 0),
            packing=packing,
        )
        self._plain = self._is_plain()

    def _is_plain(self) -> bool:
        """Whether its locations are the horizon's own, and its items SKUs."""
        whole = self.columns == tuple(range(len(self.columns)))
        return whole and all(len(draws) == 1 and draws[0][1] == 1 for draws in self.draws)

    def best(self, prices: Prices, *, nowhere: bool = True) -> Answer:
        """The cheapest way for one order."""
        problem = self.full if nowhere else self.open
        found = solved(changed(problem, units=self._priced(prices, len(problem.fixed))))
        return found.moves, found.cost, found.bound

    def _priced(self, prices: Prices, count: int) -> tuple[Ints, ...]:
        if self._plain:
            # A sum of rows is as long as the shorter one.
            if count == len(self.columns):
                priced = zip(self._bases, self.draws, strict=True)
                return tuple([tuple(map(add, base, prices[draws[0][0]])) for base, draws in priced])
        rows = []
        columns = self.columns[:count]
        for base, draws in zip(self._bases, self.draws, strict=True):
            row = base[:count]
            for sku, each in draws:
                worth = prices[sku]
                row = tuple(map(add, row, [each * worth[j] for j in columns]))
            rows.append(row)
        return tuple(rows)

    def worth(self, moves: Sequence[Move], prices: Prices) -> int:
        """What the units of these moves are worth at these prices."""
        total = 0
        for item, j, units in moves:
            for sku, each in self.draws[item]:
                total += units * each * prices[sku][self.columns[j]]
        return total


__all__ = ["Answer", "Cell", "Draws", "Prices"]
