"""Of very many locations, the few over which the rest of an order is planned.

Decides which these are: those of the plan, which can ship what it shipped, and the cheapest that hold
an item whole. Where there are thousands of locations each of which could have shipped something, to plan
the rest of the order over all of them for each of them would take hours. Must not know verdicts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from omcore.kernel import changed
from omcore.routing.problem import Ints, Pool, Problem, scan_order, walk_order

# Locations up to which a rest is planned over all of them.
WIDE = 200
# Of each item so many that hold it whole, the cheapest by unit and the cheapest to use.
_EACH = 4
_AT_MOST = 60


def nearby(problem: Problem, plan: Collection[int]) -> list[int]:
    """The locations over which rests are planned, ascending: a plan's own and some that are cheap."""
    count = len(problem.locations)
    found = set(plan)
    for order in (
        problem.walk or walk_order(problem.units, count),
        problem.scan or scan_order(problem.fixed, problem.units),
    ):
        wanted = [_EACH] * len(problem.quantities)
        for j in order:
            useful = False
            for item, more in enumerate(wanted):
                if more and problem.stock[item][j] >= problem.quantities[item]:
                    wanted[item] = more - 1
                    useful = True
            if useful:
                found.add(j)
                if len(found) >= _AT_MOST:
                    return sorted(found)
    return sorted(found)


def narrowed(problem: Problem, kept: Sequence[int]) -> Problem:
    """The problem with these locations alone, ascending, and no rule about any other."""

    def few(by_location: Ints) -> Ints:
        return tuple([by_location[j] for j in kept])

    packing = problem.packing
    if packing is not None:
        packing = changed(packing, zone_of=few(packing.zone_of))
    return changed(
        problem,
        locations=tuple([problem.locations[j] for j in kept]),
        stock=tuple([few(column) for column in problem.stock]),
        fixed=few(problem.fixed),
        units=tuple([few(row) for row in problem.units]),
        scan=(),
        walk=(),
        pools=tuple([Pool(pool.sku, few(pool.stock), pool.draws) for pool in problem.pools]),
        packing=packing,
        barred=(),
        premiums=tuple([few(row) for row in problem.premiums]),
        shelves=(),
    )


__all__ = ["WIDE", "narrowed", "nearby"]
