"""Branch and bound over sets of locations: any costs, items that must be split, a limit on their number.

Decides the best set where nothing but the set couples the items: given a set, each item takes from its
own cheapest location first, and with linear costs no plan from that set is better. Without a limit a
branch is an item that is not filled yet, and which location is used next for it; with one, a branch is
which location is used next at all. Must not know how the locations were picked, or how units are moved.

Costs carry the bits of their locations, as in ``_cover``: two sets never tie.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from typing import NamedTuple

from omcore.routing.problem import Problem

# An item at one location: (cost of a unit, the location's position, units it holds).
Offer = tuple[int, int, int]

# A location that may be used next: (what it and all before it cost beyond the floors at least, what goes
# first among equals, its position, and of that what is paid to use locations).
_Way = tuple[int, int, int, int]

# Locations in a set up to which the search goes down; it calls itself once for each.
_DEEP = 200


class Field(NamedTuple):
    """What is searched: by position of a location its rank and cost to use; by item need and offers.

    Offers are by cost. ``weights`` says for how many unfilled units one of an item counts.
    """

    ranks: list[int]
    opening: list[int]
    needs: list[int]
    offers: list[list[Offer]]
    weights: Sequence[int]


class Found(NamedTuple):
    """The best set, by rank; whether it is proven; a bound of its cost, 0 where there is none."""

    opened: list[int]
    proven: bool
    bound: int


def field_of(problem: Problem, ranks: list[int], weights: Sequence[int]) -> Field:
    """The search over some locations, in rank order."""
    shift = len(ranks)
    opening = [(problem.fixed[j] << shift) | (1 << at) for at, j in enumerate(ranks)]
    needs: list[int] = []
    offers: list[list[Offer]] = []
    single = len(problem.units) == 1
    for item, quantity in enumerate(problem.quantities):
        row, column = problem.units[0 if single else item], problem.stock[item]
        held = [
            (row[j] << shift, at, min(quantity, column[j])) for at, j in enumerate(ranks) if column[j] > 0
        ]
        held.sort()
        offers.append(held)
        needs.append(min(quantity, sum([units for _, _, units in held])))
    return Field(ranks, opening, needs, offers, weights)


def covering(field: Field, effort: int) -> Found:
    """The cheapest set that fills every need."""
    search = _Covering(field, effort)
    search.run()
    shift = len(field.ranks)
    opened = [j for at, j in enumerate(field.ranks) if search.best >> at & 1]
    bound = search.best if search.proven else search.root
    return Found(opened, search.proven, bound >> shift)


def limited(field: Field, most: int, effort: int) -> Found | None:
    """The set of at most so many locations that fills most, and of those the cheapest.

    None where the search may not go down that far.
    """
    if most > _DEEP:
        return None
    search = _Limited(field, effort)
    search.run(most)
    opened = [j for at, j in enumerate(field.ranks) if search.best >> at & 1]
    return Found(opened, search.proven, search.best >> len(field.ranks) if search.proven else 0)


def _paid(inside: list[Offer], need: int) -> tuple[int, int]:
    """(what the need costs from these offers, what they leave unfilled)."""
    cost = 0
    for each, _, units in inside:
        if units >= need:
            return cost + need * each, 0
        cost += units * each
        need -= units
    return cost, need


class _Node(NamedTuple):
    """A set on the way: what is used and what is not to be, as bits; what is paid to use it, and of that the
    room that bids left; items not filled, as bits; by item what it lacks, its offers from what is used,
    and what it costs at least; the sum of these."""

    opened: int
    closed: int
    paid: int
    rise: int
    unfilled: int
    lacks: list[int]
    inside: list[list[Offer]]
    floors: list[int]
    floor: int


class _Covering:
    """Depth first. Each node is judged by two bounds, either of which holds for all below it.

    Bids (dual ascent, Erlenkotter 1978): an item bids for each of its units, as much as the locations
    that hold it leave room for in what they cost to use. No plan costs less than all bids together, nor
    less than that and the room that is left at the locations which it uses. And apart: what is used is
    paid for, and each item costs at least what it costs from its cheapest locations that are not closed.
    """

    def __init__(self, field: Field, effort: int) -> None:
        self.field = field
        self.left = effort
        self.proven = True
        self.at_item: list[list[tuple[int, Offer]]] = [[] for _ in field.ranks]
        for item, offers in enumerate(field.offers):
            for offer in offers:
                self.at_item[offer[1]].append((item, offer))
        # Steps that a node takes, about.
        self.each = 2 + 2 * len(field.offers)
        self.least = min(field.opening)
        self.holders = [sum([1 << at for _, at, _ in offers]) for offers in field.offers]
        self.root, self.room = self._bids()
        self.best = self._greedy()

    def run(self) -> None:
        field = self.field
        items = range(len(field.needs))
        unfilled = sum([1 << item for item in items if field.needs[item]])
        floors = [self._floor(item, 0) for item in items]
        self._node(_Node(0, 0, 0, 0, unfilled, list(field.needs), [[] for _ in items], floors, sum(floors)))

    def _bids(self) -> tuple[int, list[int]]:
        """(the sum of all bids, the room that they leave in each location's cost of use)."""
        needs, offers = self.field.needs, self.field.offers
        room = list(self.field.opening)
        bids = [entries[0][0] if entries else 0 for entries in offers]
        # The item with the fewest locations first: it has the least choice.
        rising = sorted((i for i in range(len(needs)) if needs[i]), key=lambda i: (len(offers[i]), i))
        while rising:
            still: list[int] = []
            for item in rising:
                bid, step, following = bids[item], -1, -1
                for cost, at, units in offers[item]:
                    if cost > bid:
                        following = cost
                        break
                    able = room[at] // units
                    if step < 0 or able < step:
                        step = able
                self.left -= 1
                if 0 <= following - bid <= step:
                    step = following - bid
                    still.append(item)
                if step > 0:
                    bids[item] = bid + step
                    for cost, at, units in offers[item]:
                        if cost > bid:
                            break
                        room[at] -= step * units
            rising = still
        return sum([need * bid for need, bid in zip(needs, bids, strict=True)]), room

    def _greedy(self) -> int:
        """A set that fills every need: the location next that costs least by unit newly filled."""
        left = list(self.field.needs)
        inside: list[list[Offer]] = [[] for _ in left]
        total = 0
        idle = set(range(len(self.at_item)))
        whole, alone = sum(left), -1
        while any(left):
            best: tuple[int, int, int] | None = None
            for at in sorted(idle):
                cost, count = self.field.opening[at], 0
                for item, (each, _, units) in self.at_item[at]:
                    taken = left[item] if left[item] < units else units
                    cost += taken * each
                    count += taken
                if count == whole and not 0 <= alone <= cost:
                    alone = cost
                if count and (best is None or cost * best[1] < best[0] * count):
                    best = cost, count, at
            if best is None:
                break
            at = best[2]
            idle.discard(at)
            total += self.field.opening[at]
            for item, offer in self.at_item[at]:
                left[item] -= min(left[item], offer[2])
                insort(inside[item], offer)
        for offers, need in zip(inside, self.field.needs, strict=True):
            total += _paid(offers, need)[0]
        # Or one location for all of it.
        return alone if 0 <= alone < total else total

    def _node(self, node: _Node) -> None:
        self.left -= self.each
        opened, closed, paid, rise, unfilled, lacks, inside, floors, floor = node
        if self.left < 0 or opened.bit_count() > _DEEP:
            self.proven = False
            return
        ways: list[_Way] = []
        least = paid + floor + self.least
        if unfilled:
            if least < self.best:
                ways = self._fillers(node)
        else:
            costs = [_paid(offers, need)[0] for offers, need in zip(inside, self.field.needs, strict=True)]
            total = paid + sum(costs)
            if total < self.best:
                self.best = total
            # Something more may still save more than it costs to use.
            if least < self.best:
                ways = self._savers(node, costs, total)
        tried, begun = -1, floor
        for cost, _, at, use in ways:
            if tried >= 0:
                # It is used nowhere below here: each set is seen once.
                closed |= 1 << tried
                floors = list(floors)
                for item, _ in self.at_item[tried]:
                    floors[item] = self._floor(item, closed)
                floor = -1 if min(floors) < 0 else sum(floors)
            if cost + begun >= self.best or floor < 0:
                return
            tried = at
            # What it costs beyond the floors was said of those before anything was closed.
            if use + floor >= self.best:
                continue
            rises = rise + self.room[at]
            if self.root + rises < self.best:
                left, given, still = list(lacks), list(inside), unfilled
                for item, offer in self.at_item[at]:
                    offers = given[item] = list(inside[item])
                    insort(offers, offer)
                    if left[item] <= offer[2]:
                        left[item] = 0
                        still &= ~(1 << item)
                    else:
                        left[item] -= offer[2]
                opening = paid + self.field.opening[at]
                bits = opened | 1 << at
                self._node(_Node(bits, closed, opening, rises, still, left, given, floors, floor))

    def _floor(self, item: int, closed: int) -> int:
        """What an item costs at least where it is not closed; -1 where what is left cannot fill it."""
        cost = 0
        need = self.field.needs[item]
        for each, at, units in self.field.offers[item]:
            if not closed >> at & 1:
                if units >= need:
                    return cost + need * each
                cost += units * each
                need -= units
        return -1 if need else cost

    def _fillers(self, node: _Node) -> list[_Way]:
        """What is left for the item that has least choice, the least dear first."""
        gone = node.opened | node.closed
        fewest, free, each = -1, 0, -1
        rest = node.unfilled
        while rest:
            bit = rest & -rest
            rest ^= bit
            holders = self.holders[bit.bit_length() - 1]
            choice = holders & ~gone
            each &= holders
            if fewest < 0 or choice.bit_count() < fewest:
                fewest, free = choice.bit_count(), choice
        last = node.paid + node.floor + 2 * self.least >= self.best
        if last:
            # There is room for one more: it has some of all that is missing.
            free &= each
        ways: list[_Way] = []
        while free:
            bit = free & -free
            free ^= bit
            at = bit.bit_length() - 1
            # What has not all that is missing takes another one besides.
            cost = node.paid + self.field.opening[at]
            if not each >> at & 1:
                cost += self.least
                if cost + node.floor + self.least >= self.best and not self._one_more(node, at, gone):
                    continue
            use = cost
            if last and each >> at & 1:
                # All that is missing comes from here, at its cost.
                for item, (price, _, _) in self.at_item[at]:
                    need = self.field.needs[item]
                    if node.lacks[item] == need:
                        cost += need * price - node.floors[item]
            if cost + node.floor < self.best:
                ways.append((cost, self.room[at], at, use))
        ways.sort()
        return ways

    def _one_more(self, node: _Node, at: int, gone: int) -> bool:
        """Whether some location has some of all that is missing still when another one is used."""
        rest = node.unfilled
        for item, (_, _, units) in self.at_item[at]:
            if node.lacks[item] <= units:
                rest &= ~(1 << item)
        found = ~gone
        while rest and found:
            bit = rest & -rest
            rest ^= bit
            found &= self.holders[bit.bit_length() - 1]
        return found != 0

    def _savers(self, node: _Node, costs: list[int], total: int) -> list[_Way]:
        """What would still save, the most first; none where all together save too little.

        What a location saves only shrinks as others are used.
        """
        savers: list[_Way] = []
        saved = 0
        gone = node.opened | node.closed
        for at, base in enumerate(self.field.opening):
            if gone >> at & 1:
                continue
            saving = -base
            for item, offer in self.at_item[at]:
                if offer[0] < node.inside[item][-1][0]:
                    offers = list(node.inside[item])
                    insort(offers, offer)
                    saving += costs[item] - _paid(offers, self.field.needs[item])[0]
            if saving > 0:
                saved += saving
                savers.append((node.paid + base, -saving, at, node.paid + base))
        self.left -= len(self.field.opening)
        savers.sort()
        return savers if total - saved < self.best else []


class _Limited:
    """Depth first, the location that fills most first; a branch ends where the rest cannot fill enough."""

    def __init__(self, field: Field, effort: int) -> None:
        self.field = field
        self.left = effort
        self.proven = True
        self.best = 0
        self.cost = -1
        self.filled = 0
        self.known: dict[int, int] = {}
        self.at_item: list[list[tuple[int, Offer]]] = [[] for _ in field.ranks]
        for item, offers in enumerate(field.offers):
            for offer in offers:
                self.at_item[offer[1]].append((item, offer))

    def run(self, most: int) -> None:
        needs = self.field.needs
        self._node(most, 0, 0, list(range(len(self.field.ranks))), [[] for _ in needs], list(needs))

    def _node(
        self,
        most: int,
        filled: int,
        paid: int,
        rest: list[int],
        inside: list[list[Offer]],
        unfilled: list[int],
    ) -> None:
        weights = self.field.weights
        gains: list[tuple[int, int]] = []
        for at in rest:
            gain = 0
            for item, (_, _, units) in self.at_item[at]:
                need = unfilled[item]
                gain += weights[item] * (need if need < units else units)
            gains.append((-gain, at))
        self.left -= len(rest)
        gains.sort(key=lambda entry: (entry[0], self.field.opening[entry[1]]))
        for place, (gain, at) in enumerate(gains):
            if self.left < 0:
                self.proven = False
                return
            reach = filled - sum([more for more, _ in gains[place : place + most]])
            if reach < self.filled:
                # They come by what they fill: nothing after this one reaches further.
                return
            opening = paid + self.field.opening[at]
            if reach == self.filled and self.cost >= 0 and opening + self._least() >= self.cost:
                continue
            given, left = list(inside), list(unfilled)
            for item, offer in self.at_item[at]:
                own = given[item] = list(inside[item])
                insort(own, offer)
                left[item] -= min(left[item], offer[2])
            self._judge(filled - gain, opening, given)
            if most > 1:
                later = [other for _, other in gains[place + 1 :]]
                self._node(most - 1, filled - gain, opening, later, given, left)

    def _judge(self, filled: int, opening: int, inside: list[list[Offer]]) -> None:
        if filled < self.filled:
            return
        cost = opening
        for offers, need in zip(inside, self.field.needs, strict=True):
            cost += _paid(offers, need)[0]
        self.left -= len(inside)
        if filled > self.filled or self.cost < 0 or cost < self.cost:
            self.filled, self.cost, self.best = filled, cost, cost

    def _least(self) -> int:
        """What as many units as the best plan ships cost at least, wherever they come from."""
        known = self.known.get(self.filled)
        if known is None:
            known = self.known[self.filled] = _cheapest(self.field, self.filled)
        return known


def _cheapest(field: Field, filled: int) -> int:
    chosen: list[tuple[int, int]] = []
    for need, weight, offers in zip(field.needs, field.weights, field.offers, strict=True):
        for each, _, units in offers:
            taken = need if need < units else units
            if taken:
                chosen.append((each // weight, taken * weight))
            need -= taken
    cost = 0
    for each, units in sorted(chosen):
        taken = filled if filled < units else units
        cost += taken * each
        filled -= taken
    return cost


__all__ = ["Field", "Found", "covering", "field_of", "limited"]
