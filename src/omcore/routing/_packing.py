"""Parcels: how the units that one location ships are boxed at the least cost.

Decides the partition into parcels. A carrier's price list is not linear in weight, so two boxes
can cost less than one; which units share a box is searched exactly for small shipments;
large ones are filled box by box. Must not know locations or stock.
"""

from __future__ import annotations

from collections.abc import Sequence

from omcore.routing.problem import Brackets, Ints

# How many boxes of the same contents, and the contents as (item, units).
Box = tuple[int, tuple[tuple[int, int], ...]]

# Pairs of (what is left, one parcel of it) that an exact partition may look at.
EXACT_PAIRS = 100_000


def price(brackets: Brackets, grams: int) -> int:
    """Price of one parcel. Beyond the last bracket a parcel counts as several of that bracket."""
    for up_to, cost in brackets:
        if grams <= up_to:
            return cost
    up_to, cost = brackets[-1]
    return -(-grams // up_to) * cost


class Fields:
    """Vectors of units packed into ints: one field an item, the first item in the highest bits.

    A guard bit on top of each field makes "fits into, item by item" one subtraction.
    """

    __slots__ = ("guards", "shifts")

    def __init__(self, highest: Sequence[int]) -> None:
        shifts: list[int] = []
        at = guards = 0
        for units in reversed(highest):
            shifts.append(at)
            at += units.bit_length() + 1
            guards |= 1 << (at - 1)
        self.shifts = tuple(reversed(shifts))
        self.guards = guards

    def pack(self, units: Sequence[int]) -> int:
        """The vector as an int; greater ints are vectors with more of an earlier item."""
        packed = 0
        for count, shift in zip(units, self.shifts, strict=True):
            packed |= count << shift
        return packed

    def unpack(self, packed: int) -> tuple[int, ...]:
        """The vector again."""
        units = []
        for shift in self.shifts:
            units.append(packed >> shift)
            packed &= (1 << shift) - 1
        return tuple(units)


class Parcels:
    """The cheapest partition of every vector of units up to ``highest``, for one price list.

    ``costs`` is by packed vector. Work and memory grow with the square of the number of vectors:
    the caller has checked that ``vectors(highest)`` squared is within its means.
    """

    __slots__ = ("costs", "fields", "first")

    def __init__(self, fields: Fields, highest: Sequence[int], weights: Ints, brackets: Brackets) -> None:
        self.fields = fields
        self.costs: dict[int, int] = {0: 0}
        self.first: dict[int, int] = {}
        guards = fields.guards
        # One parcel of each content, by the first item in it, the fullest first.
        single: dict[int, list[tuple[int, int]]] = {}
        contents = sorted(_contents(fields, highest, weights))
        for packed, grams in reversed(contents):
            if packed:
                single.setdefault(_top(fields, packed), []).append((packed, price(brackets, grams)))
        for packed, _ in contents:
            if not packed:
                continue
            best = -1
            chosen = 0
            # Every partition has a parcel with a unit of the first item: try those only.
            for parcel, cost in single[_top(fields, packed)]:
                if ((packed | guards) - parcel) & guards == guards:
                    cost += self.costs[packed - parcel]
                    if best < 0 or cost < best:
                        best, chosen = cost, parcel
            self.costs[packed] = best
            self.first[packed] = chosen

    def partition(self, packed: int) -> list[tuple[int, ...]]:
        """The parcels of a vector, each as units by item."""
        parcels = []
        while packed:
            parcel = self.first[packed]
            parcels.append(self.fields.unpack(parcel))
            packed -= parcel
        return parcels


def vectors(highest: Sequence[int], limit: int) -> int:
    """How many vectors of units there are up to ``highest``; counting stops above the limit."""
    count = 1
    for units in highest:
        count *= units + 1
        if count > limit:
            break
    return count


def box(units: Sequence[int], weights: Ints, brackets: Brackets) -> tuple[list[Box], int]:
    """Boxes for units by item and what they cost, the cheapest partition where that is feasible.

    A unit of weight -1 has a box to itself, whose price stands elsewhere (in the unit's cost).
    """
    boxes: list[Box] = [
        (count, ((item, 1),)) for item, count in enumerate(units) if count and weights[item] < 0
    ]
    packable = [(item, count) for item, count in enumerate(units) if count and weights[item] >= 0]
    if not packable:
        return boxes, 0
    if is_exact(units, weights):
        counts = [count for _, count in packable]
        fields = Fields(counts)
        grams = tuple([weights[item] for item, _ in packable])
        parcels = Parcels(fields, counts, grams, brackets)
        packed = fields.pack(counts)
        filled = [
            (1, tuple([(packable[at][0], n) for at, n in enumerate(contents) if n]))
            for contents in parcels.partition(packed)
        ]
        return boxes + _merged(filled), parcels.costs[packed]
    # In one box, or box after box by any bracket: whichever costs least.
    heaviest_first = sorted(packable, key=lambda entry: (-weights[entry[0]], entry[0]))
    best = [(1, tuple(packable))]
    cost = _cost(best, weights, brackets)
    for up_to, _ in brackets:
        filled = _fill(heaviest_first, weights, up_to)
        total = _cost(filled, weights, brackets)
        if total < cost:
            best, cost = filled, total
    return boxes + best, cost


def is_exact(units: Sequence[int], weights: Ints) -> bool:
    """Whether so many units are few enough to be boxed at the least cost."""
    packable = [count for count, grams in zip(units, weights, strict=True) if grams >= 0]
    return vectors(packable, EXACT_PAIRS) ** 2 <= EXACT_PAIRS


def _fill(packable: list[tuple[int, int]], weights: Ints, up_to: int) -> list[Box]:
    """Units first into the box at hand, then into full boxes; the rest opens the next box."""
    boxes: list[Box] = []
    at_hand: list[tuple[int, int]] = []
    room = up_to
    for item, left in packable:
        grams = weights[item]
        fits = left if grams <= 0 else min(left, room // grams)
        if fits:
            at_hand.append((item, fits))
            room -= fits * grams
            left -= fits
        if not left:
            continue
        each = max(1, up_to // grams)
        full, rest = divmod(left, each)
        if full:
            boxes.append((full, ((item, each),)))
        if rest:
            if at_hand:
                boxes.append((1, tuple(sorted(at_hand))))
            at_hand = [(item, rest)]
            room = max(0, up_to - rest * grams)
    if at_hand:
        boxes.append((1, tuple(sorted(at_hand))))
    return _merged(boxes)


def _merged(boxes: list[Box]) -> list[Box]:
    counts: dict[tuple[tuple[int, int], ...], int] = {}
    for count, contents in boxes:
        counts[contents] = counts.get(contents, 0) + count
    return [(count, contents) for contents, count in counts.items()]


def _cost(boxes: list[Box], weights: Ints, brackets: Brackets) -> int:
    return sum(
        count * price(brackets, sum(units * weights[item] for item, units in contents))
        for count, contents in boxes
    )


def _contents(fields: Fields, highest: Sequence[int], weights: Ints) -> list[tuple[int, int]]:
    """(packed vector, grams) of every vector up to ``highest``."""
    found = [(0, 0)]
    for units, shift, grams in zip(highest, fields.shifts, weights, strict=True):
        if units:
            found = [
                (packed + (count << shift), weight + count * grams)
                for packed, weight in found
                for count in range(units + 1)
            ]
    return found


def _top(fields: Fields, packed: int) -> int:
    """The first item in a vector."""
    for item, shift in enumerate(fields.shifts):
        if packed >> shift:
            return item
    return -1


__all__ = ["EXACT_PAIRS", "Box", "Fields", "Parcels", "box", "is_exact", "price", "vectors"]
