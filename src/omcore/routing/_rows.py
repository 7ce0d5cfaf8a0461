"""Items that do not agree about which location is cheaper, each held whole or not at all.

Decides the best set of locations where a unit cost hangs on the item too: prices of scarce stock,
costs by weight. A set of locations alone fixes the plan, each item coming from its cheapest one. A
few locations are tried set by set, each set after those it contains; a few items from many
locations by dynamic programming over subsets of items as bits, a subset coming from one location.
Must not know how a plan becomes moves of units, or what to do about items that must be split.
"""

from __future__ import annotations

from functools import cache

from omcore.routing.problem import Ints, Problem

# Above every sum of costs: an item that a location does not hold. Costs and quantities are below
# 10**40 and there are 10**4 items.
NEVER = 1 << 300
# Locations up to which all their sets are tried, and items up to which their subsets are.
_FEW_LOCATIONS = 6
_FEW_ITEMS = 8

# By item: what its whole demand costs from each location.
Offers = list[list[int]]


def offered(problem: Problem) -> Offers | None:
    """The offers for every item that some location holds, or None where one holds a part of an item."""
    offers: Offers = []
    for quantity, column, row in zip(problem.quantities, problem.stock, problem.units, strict=True):
        if quantity == 1:
            offer = [cost if have > 0 else NEVER for have, cost in zip(column, row, strict=True)]
        else:
            for have in column:
                if 0 < have < quantity:
                    return None
            offer = [
                quantity * cost if have >= quantity else NEVER for have, cost in zip(column, row, strict=True)
            ]
        if offer and min(offer) < NEVER:
            offers.append(offer)
    return offers


def opened(fixed: Ints, offers: Offers, effort: int) -> list[int] | None:
    """The best set of locations, by rank, or None where it would take more than the effort."""
    totals = list(map(sum, zip(fixed, *offers, strict=True)))
    best = min(totals)
    if best < NEVER:
        pair = sum(sorted(fixed)[:2]) if len(fixed) > 1 else NEVER
        if best < pair + sum(map(min, offers)):
            # One location ships it all for less than any two could; of equals the better-ranked.
            return [totals.index(best)]
    held = [j for j, costs in enumerate(zip(*offers, strict=True)) if min(costs) < NEVER]
    if len(held) <= _FEW_LOCATIONS:
        bits = _by_sets([fixed[j] for j in held], [[offer[j] for offer in offers] for j in held])
    elif len(offers) <= _FEW_ITEMS and (len(held) << len(offers)) + 3 ** len(offers) <= effort:
        bits = _by_subsets(fixed, offers, held)
    else:
        return None
    return [j for at, j in enumerate(held) if bits >> at & 1]


def _by_sets(fixed: list[int], costs: list[list[int]]) -> int:
    """Set after set by size, as bits; one too dear with each item at its cheapest is not added to."""
    least = sum(map(min, zip(*costs, strict=True)))
    # Beyond its own cost of use, what a set costs at least that is added to once more.
    more = least + min(fixed)
    best, chosen = NEVER, 0
    size = len(fixed)
    sets: list[tuple[int, list[int], int, int]] = []
    for at in range(size):
        total = fixed[at] + sum(costs[at])
        if total < best:
            best, chosen = total, 1 << at
        sets.append((fixed[at], costs[at], 1 << at, at))
    while sets:
        larger: list[tuple[int, list[int], int, int]] = []
        for opening, cheapest, bits, last in sets:
            for at in range(last + 1, size):
                both = opening + fixed[at]
                if both + least > best:
                    continue
                merged = list(map(min, cheapest, costs[at]))
                total = both + sum(merged)
                joined = bits | 1 << at
                # Of two sets that cost the same, the one without the worst location in which they differ.
                if total < best or (total == best and joined < chosen):
                    best, chosen = total, joined
                if both + more <= best:
                    larger.append((both, merged, joined, at))
        sets = larger
    return chosen


def _by_subsets(fixed: Ints, offers: Offers, held: list[int]) -> int:
    """Which location for which subset of the items; costs carry the bits of their locations."""
    shift = len(held)
    alone = [NEVER << shift] * (1 << len(offers))
    for at, j in enumerate(held):
        prices = [(fixed[j] << shift) | (1 << at)]
        whole, bit = 0, 1
        for offer in offers:
            cost = offer[j]
            if cost < NEVER:
                whole |= bit
                cost <<= shift
                prices += [price + cost for price in prices]
            bit += bit
        for subset, price in zip(_subsets(whole), prices, strict=True):
            if price < alone[subset]:
                alone[subset] = price
    best = [0]
    for items in range(1, len(alone)):
        # The first item comes from somewhere: with which others, and what the rest costs at best.
        first = items & -items
        others = items ^ first
        best.append(min([alone[first | subset] + best[others ^ subset] for subset in _subsets(others)]))
    return best[-1] & ((1 << shift) - 1)


@cache
def _subsets(items: int) -> tuple[int, ...]:
    """The subsets of a set of at most ``_FEW_ITEMS`` items, as bits, each after those it contains."""
    subsets = [0]
    while items:
        first = items & -items
        subsets += [subset | first for subset in subsets]
        items ^= first
    return tuple(subsets)


__all__ = ["NEVER", "Offers", "offered", "opened"]
