"""The walk over sets of locations: which of them to use where each item takes the cheapest first.

Decides the best set. Locations come in walk order, the cheapest unit first, so that whatever a
location can serve when its turn comes is best served by it, if it is used at all. The search
keeps, per state of what is still needed, the one cheapest way there: dynamic programming, cut by
a lower bound. Must not know how the locations were picked.

Two locations' sets never tie: every cost is shifted left by one bit a location, and using a
location adds its bit, so comparing two ints compares cost first and then sets by their
worst-ranked difference, and the low bits of the best cost are the set itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from omcore.routing._greedy import gathered
from omcore.routing.problem import Ints, Problem

# A location in the search: its index, the items it holds whole and those it holds some of, as bits.
Kept = list[tuple[int, int, int]]

_State = TypeVar("_State")

# Below this many states bounds cost more than they cut; above the second, better bounds pay.
_FEW = 200
_MANY = 20_000
# Items up to which a set of them is one machine word, and quickest taken apart bit by bit.
_WORD = 60
# Units of an item whose lower bounds are listed one by one.
_LISTED = 2_000


def by_items(problem: Problem, kept: Kept, effort: int) -> tuple[int, bool, int]:
    """Every kept location holds an item whole or not at all; kept is in walk order.

    Returns the best set as bits, whether it is proven, and a lower bound of its cost. States are
    items still needed, as bits.
    """
    shift = len(problem.locations)
    needed = 0
    for _, whole, _ in kept:
        needed |= whole
    opening = [(problem.fixed[j] << shift) | (1 << j) for j, _, _ in kept]
    costs = _item_costs(problem, kept)
    after = [0] * len(kept)
    for position in range(len(kept) - 1, 0, -1):
        after[position - 1] = after[position] | kept[position][1]
    size = len(kept) << len(problem.quantities)
    if size <= _FEW:
        shares: list[int] = []
        best = sum(opening) + sum([sum(row) for row in costs]) + 1
    else:
        shares = (_shares if size <= _MANY else _ascended)(kept, costs, opening)
        best = _quick_cover(kept, costs, opening, needed)
    bounds: dict[int, int] = {}
    width = max(4, effort // (len(kept) * (1 + len(problem.quantities) // 16)))
    states = {needed: 0}
    proven = True
    for position, (_, whole, _) in enumerate(kept):
        states, best = _visit(states, whole, ~after[position], opening[position], costs[position], best)
        if shares:
            states = _promising(states, best, shares, bounds)
            if len(states) > width:
                states, proven = _fewer(states, width, bounds.__getitem__), False
    bound = best if proven else _total(shares, needed)
    return best & ((1 << shift) - 1), proven, bound >> shift


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


def _item_costs(problem: Problem, kept: Kept) -> list[list[int]]:
    """By location and item: what the whole demand for the item costs from there."""
    shift = len(problem.locations)
    quantities = problem.quantities
    if len(problem.units) == 1:
        row = problem.units[0]
        return [[quantity * row[j] << shift for quantity in quantities] for j, _, _ in kept]
    return [
        [quantity * row[j] << shift for quantity, row in zip(quantities, problem.units, strict=True)]
        for j, _, _ in kept
    ]


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


def _fewer(states: dict[_State, int], width: int, bound: Callable[[_State], int]) -> dict[_State, int]:
    """The states that promise most; costs hold their sets, so no two tie."""
    ranked = sorted(states, key=lambda state: states[state] + bound(state))
    return {state: states[state] for state in ranked[:width]}


def _total(costs: list[int], items: int) -> int:
    total = 0
    if items.bit_length() > _WORD:
        for item in _bits(items):
            total += costs[item]
        return total
    while items:
        low = items & -items
        total += costs[low.bit_length() - 1]
        items ^= low
    return total


def _bits(items: int) -> list[int]:
    """The bits that are set, in linear time: taking one off a long int copies all the others."""
    return [item for item, bit in enumerate(bin(items)[:1:-1]) if bit == "1"]


def _shares(kept: Kept, costs: list[list[int]], opening: list[int]) -> list[int]:
    """A lower bound per item: its cheapest cost, with a fair share of the location it comes from.

    A location that could serve n items is shared by at most n, so the shares of any plan sum to
    no more than what the plan pays.
    """
    shares = [-1] * len(costs[0])
    for (_, whole, _), row, base in zip(kept, costs, opening, strict=True):
        share = base // whole.bit_count()
        for item in _bits(whole):
            if shares[item] < 0 or row[item] + share < shares[item]:
                shares[item] = row[item] + share
    return shares


def _ascended(kept: Kept, costs: list[list[int]], opening: list[int]) -> list[int]:
    """As ``_shares`` and never below them by much: dual ascent (Erlenkotter 1978).

    Each item bids for the locations that could serve it. A bid rises while the surplus of all
    bids over costs still fits into what each location costs to use; then the bids of any items
    sum to no more than any plan pays for them.
    """
    offers: list[list[tuple[int, int]]] = [[] for _ in costs[0]]
    for position, ((_, whole, _), row) in enumerate(zip(kept, costs, strict=True)):
        for item in _bits(whole):
            offers[item].append((row[item], position))
    slack = list(opening)
    bids = [-1] * len(offers)
    rising: list[int] = []
    for item, entries in enumerate(offers):
        if entries:
            entries.sort()
            bids[item] = entries[0][0]
            rising.append(item)
    # The item with the fewest locations first: it has the least choice.
    rising.sort(key=lambda item: (len(offers[item]), item))
    while rising:
        still: list[int] = []
        for item in rising:
            bid, room, following = bids[item], -1, -1
            for cost, position in offers[item]:
                if cost > bid:
                    following = cost
                    break
                if room < 0 or slack[position] < room:
                    room = slack[position]
            if 0 <= following - bid < room:
                room = following - bid
                still.append(item)
            if room > 0:
                bids[item] = bid + room
                for cost, position in offers[item]:
                    if cost > bid:
                        break
                    slack[position] -= room
        rising = still
    return bids


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


def by_units(problem: Problem, kept: Kept, effort: int) -> tuple[int, bool, int]:
    """As ``by_items`` where a location may hold part of an item: states are units still needed."""
    shift = len(problem.locations)
    order = [j for j, _, _ in kept]
    items = range(len(problem.quantities))
    holds = [tuple([problem.holds(item, j) for item in items]) for j in order]
    # What the locations further along hold, by item; the need is what all of them can fill.
    after: list[Ints] = [(0,) * len(items)]
    for have in reversed(holds):
        after.append(tuple([a + b for a, b in zip(after[-1], have, strict=True)]))
    after.reverse()
    need = tuple([min(quantity, a) for quantity, a in zip(problem.quantities, after[0], strict=True)])
    opening = [(problem.fixed[j] << shift) | (1 << j) for j in order]
    costs = [[problem.unit_cost(item, j) << shift for item in items] for j in order]
    width = max(4, effort // (len(order) * (4 + len(items) // 2)))
    best = _gathered(problem, order, opening, costs)
    cheapest = _cheapest(need, holds, opening, costs)
    states = {need: 0}
    proven = True
    for position, have in enumerate(holds):
        later = after[position + 1]
        following: dict[Ints, int] = {}
        for left, cost in states.items():
            if _within(left, later):
                known = following.get(left)
                if known is None or cost < known:
                    following[left] = cost
            taken = [a if a < b else b for a, b in zip(left, have, strict=True)]
            if not any(taken):
                continue
            price = cost + opening[position] + _product(taken, costs[position])
            rest = tuple([a - b for a, b in zip(left, taken, strict=True)])
            if not any(rest):
                if price < best:
                    best = price
            elif price < best and _within(rest, later):
                known = following.get(rest)
                if known is None or price < known:
                    following[rest] = price
        if not following:
            break
        # From here on a unit costs at least what it costs next, and a location has to be used.
        floor = costs[position + 1]
        least = min(opening[position + 1 :])
        states = {
            left: cost
            for left, cost in following.items()
            if cost + least + _product(left, floor) < best and cost + _bound(left, cheapest) < best
        }
        if len(states) > width:
            states = _fewer(states, width, lambda left: _bound(left, cheapest))
            proven = False
    bound = best if proven else _bound(need, cheapest)
    return best & ((1 << shift) - 1), proven, bound >> shift


def _gathered(problem: Problem, order: list[int], opening: list[int], costs: list[list[int]]) -> int:
    """The greedy plan's cost, with its set in the low bits."""
    place = {j: position for position, j in enumerate(order)}
    total = 0
    for j, units in gathered(problem, tuple(order)):
        total += opening[place[j]] + _product(units, costs[place[j]])
    return total


def _cheapest(need: Ints, holds: list[Ints], opening: list[int], costs: list[list[int]]) -> list[list[int]]:
    """By item: what its 0, 1, 2 ... cheapest units cost at least.

    A unit pays its share of its location, spread over all that the location could ship; no
    location gives more than it holds. For a need in the thousands the first price stands for all.
    """
    shares = []
    for have, base in zip(holds, opening, strict=True):
        units = _product([1] * len(need), [a if a < b else b for a, b in zip(have, need, strict=True)])
        shares.append(base // units if units else 0)
    out: list[list[int]] = []
    for item, wanted in enumerate(need):
        offers = sorted(
            (row[item] + share, have[item])
            for row, share, have in zip(costs, shares, holds, strict=True)
            if have[item]
        )
        prices = [0]
        for each, units in offers:
            for _ in range(min(units, wanted + 1 - len(prices), _LISTED - len(prices))):
                prices.append(prices[-1] + each)
        out.append(prices)
    return out


def _bound(units: Ints, cheapest: list[list[int]]) -> int:
    total = 0
    for count, prices in zip(units, cheapest, strict=True):
        if count < len(prices):
            total += prices[count]
        else:
            total += prices[-1] + (count - len(prices) + 1) * (prices[-1] - prices[-2])
    return total


def _product(units: Sequence[int], costs: Sequence[int]) -> int:
    total = 0
    for count, each in zip(units, costs, strict=True):
        total += count * each
    return total


def _within(units: Sequence[int], stock: Sequence[int]) -> bool:
    for a, b in zip(units, stock, strict=True):  # noqa: SIM110 - a generator costs twice as much here
        if a > b:
            return False
    return True


__all__ = ["Kept", "by_items", "by_units"]
