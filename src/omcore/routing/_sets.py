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
        self.each = 2 + sum([1 + len(offers) // 4 for offers in field.offers])
        self.root, self.room = self._bids()
        self.best = self._greedy()

    def run(self) -> None:
        items = len(self.field.needs)
        self._node(0, 0, 0, 0, [[] for _ in range(items)], [(0, need) for need in self.field.needs])

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
        while any(left):
            best: tuple[int, int, int] | None = None
            for at in sorted(idle):
                cost, count = self.field.opening[at], 0
                for item, (each, _, units) in self.at_item[at]:
                    taken = left[item] if left[item] < units else units
                    cost += taken * each
                    count += taken
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
        return total

    def _node(
        self,
        opened: int,
        closed: int,
        paid: int,
        rise: int,
        inside: list[list[Offer]],
        state: list[tuple[int, int]],
    ) -> None:
        """``paid`` to use what is opened, of which ``rise`` is room; ``state``: (cost, unfilled) by item."""
        field = self.field
        self.left -= self.each
        if self.left < 0 or opened.bit_count() > _DEEP:
            self.proven = False
            return
        # What every item costs at least, and the unfilled one with the fewest locations left.
        apart = paid
        fewest: list[Offer] | None = None
        gone = opened | closed
        for item, (_, unfilled) in enumerate(state):
            free: list[Offer] = []
            need = field.needs[item]
            for offer in field.offers[item]:
                each, at, units = offer
                if need and not closed >> at & 1:
                    taken = need if need < units else units
                    apart += taken * each
                    need -= taken
                if unfilled and not gone >> at & 1:
                    free.append(offer)
            if need:
                return
            if unfilled and (fewest is None or len(free) < len(fewest)):
                fewest = free
        if fewest is None:
            total = paid + sum([cost for cost, _ in state])
            if total < self.best:
                self.best = total
            fewest = self._savers(gone, state, inside, total)
        if not fewest:
            return
        least = min([field.opening[at] for _, at, _ in fewest])
        if apart + least >= self.best or self.root + rise >= self.best:
            return
        for _, at, _ in sorted(fewest, key=lambda offer: (self.room[offer[1]], offer)):
            self._open(at, opened, closed, paid, rise, inside, state)
            # Below here it is used nowhere else: each set is seen once.
            closed |= 1 << at

    def _open(
        self,
        at: int,
        opened: int,
        closed: int,
        paid: int,
        rise: int,
        inside: list[list[Offer]],
        state: list[tuple[int, int]],
    ) -> None:
        rise += self.room[at]
        paid += self.field.opening[at]
        if self.root + rise >= self.best:
            return
        inside, state = list(inside), list(state)
        for item, offer in self.at_item[at]:
            offers = inside[item] = list(inside[item])
            insort(offers, offer)
            state[item] = _paid(offers, self.field.needs[item])
        self._node(opened | 1 << at, closed, paid, rise, inside, state)

    def _savers(
        self, gone: int, state: list[tuple[int, int]], inside: list[list[Offer]], total: int
    ) -> list[Offer]:
        """Locations that would still save something; none where all of them together save too little.

        What a location saves only shrinks as others are used.
        """
        savers: list[Offer] = []
        saved = 0
        for at, base in enumerate(self.field.opening):
            if gone >> at & 1:
                continue
            saving = -base
            for item, offer in self.at_item[at]:
                if offer[0] < inside[item][-1][0]:
                    offers = list(inside[item])
                    insort(offers, offer)
                    saving += state[item][0] - _paid(offers, self.field.needs[item])[0]
            if saving > 0:
                saved += saving
                savers.append((-saving, at, 0))
        self.left -= len(self.field.opening)
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
