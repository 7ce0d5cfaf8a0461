"""The walk over sets of locations: which of them to use where each item takes the cheapest first.

Decides the best set where every location holds an item whole or not at all, and all items agree about
which location is cheaper. Locations come in walk order, the cheapest unit first, so that whatever a
location can serve when its turn comes is best served by it, if it is used at all. The search
keeps, per state of what is still needed, the one cheapest way there: dynamic programming, cut by
a lower bound. Must not know how the locations were picked.

Two locations' sets never tie: every cost is shifted left by one bit a location, and using a
location adds its bit, so comparing two ints compares cost first and then sets by their
worst-ranked difference, and the low bits of the best cost are the set itself.
"""

from __future__ import annotations

from omcore.routing.problem import Problem

# A location in the search: its index, the items it holds whole and those it holds some of, as bits.
Kept = list[tuple[int, int, int]]

# Below this many states bounds cost more than they cut; above the second a search over sets is faster.
_FEW = 200
MANY = 20_000


def by_items(problem: Problem, kept: Kept) -> list[int]:
    """The best set, by rank; kept is in walk order. States are items still needed, as bits."""
    ranks = sorted([j for j, _, _ in kept])
    shift = len(ranks)
    bit_of = {j: 1 << at for at, j in enumerate(ranks)}
    needed = 0
    for _, whole, _ in kept:
        needed |= whole
    opening = [(problem.fixed[j] << shift) | bit_of[j] for j, _, _ in kept]
    row = problem.units[0]
    costs = [[quantity * row[j] << shift for quantity in problem.quantities] for j, _, _ in kept]
    after = [0] * len(kept)
    for position in range(len(kept) - 1, 0, -1):
        after[position - 1] = after[position] | kept[position][1]
    if len(kept) << len(problem.quantities) <= _FEW:
        shares: list[int] = []
        best = sum(opening) + sum([sum(row) for row in costs]) + 1
    else:
        shares = _shares(kept, costs, opening)
        best = _quick_cover(kept, costs, opening, needed)
    bounds: dict[int, int] = {}
    states = {needed: 0}
    for position, (_, whole, _) in enumerate(kept):
        states, best = _visit(states, whole, ~after[position], opening[position], costs[position], best)
        if shares:
            states = _promising(states, best, shares, bounds)
    return [j for j in ranks if best & bit_of[j]]


def _visit(
    states: dict[int, int], whole: int, later: int, opening: int, costs: list[int], best: int
) -> tuple[dict[int, int], int]:
    """Each state without the location and with it; ``later`` are the items nobody else holds after."""
    prices: dict[int, int] = {}
    following: dict[int, int] = {}
    for open_items, cost in states.items():
        taken = open_items & whole
        if not open_items & later:
            known = following.get(open_items)
            if known is None or cost < known:
                following[open_items] = cost
        if not taken:
            continue
        price = prices.get(taken)
        if price is None:
            price = prices[taken] = opening + _total(costs, taken)
        price += cost
        left = open_items ^ taken
        if not left:
            if price < best:
                best = price
        elif not left & later and price < best:
            known = following.get(left)
            if known is None or price < known:
                following[left] = price
    return following, best


def _promising(
    states: dict[int, int], best: int, shares: list[int], bounds: dict[int, int]
) -> dict[int, int]:
    """The states that could still end below the best plan found."""
    out: dict[int, int] = {}
    for left, cost in states.items():
        bound = bounds.get(left)
        if bound is None:
            bound = bounds[left] = _total(shares, left)
        if cost + bound < best:
            out[left] = cost
    return out


def _total(costs: list[int], items: int) -> int:
    total = 0
    while items:
        low = items & -items
        total += costs[low.bit_length() - 1]
        items ^= low
    return total


def _shares(kept: Kept, costs: list[list[int]], opening: list[int]) -> list[int]:
    """A lower bound per item: its cheapest cost, with a fair share of the location it comes from.

    A location that could serve n items is shared by at most n, so the shares of any plan sum to
    no more than what the plan pays.
    """
    shares = [-1] * len(costs[0])
    for (_, whole, _), row, base in zip(kept, costs, opening, strict=True):
        share = base // whole.bit_count()
        for item, cost in enumerate(row):
            if whole >> item & 1 and (shares[item] < 0 or cost + share < shares[item]):
                shares[item] = cost + share
    return shares


def _quick_cover(kept: Kept, costs: list[list[int]], opening: list[int], needed: int) -> int:
    """Some cover, to measure the search against: the least cost per item newly served, repeated.

    Its low bits are its set, as of any cost here, so it may stand as the answer itself.
    """
    total = 0
    open_items = needed
    while open_items:
        best_price, best_count, best_taken = 0, 0, 0
        for (_, whole, _), row, base in zip(kept, costs, opening, strict=True):
            taken = open_items & whole
            if not taken:
                continue
            price, count = base + _total(row, taken), taken.bit_count()
            if not best_count or price * best_count < best_price * count:
                best_price, best_count, best_taken = price, count, taken
        total += best_price
        open_items ^= best_taken
    return total


__all__ = ["MANY", "Kept", "by_items"]
