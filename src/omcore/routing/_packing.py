"""Parcels: how the units that one location ships are boxed at the least cost.

Decides the partition into parcels. A carrier's price list is not linear in weight, so two boxes
can cost less than one; which units share a box is searched exactly for small shipments;
large ones are filled box by box. A parcel that is large for its weight is billed by its size. Must
not know locations or stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omcore.routing.problem import Ints, Packing
from omcore.shipping.tariffs import PriceList, cheapest

# How many boxes of the same contents, and the contents as (item, units).
Box = tuple[int, tuple[tuple[int, int], ...]]

# Pairs of (what is left, one parcel of it) that an exact partition may look at.
EXACT_PAIRS = 100_000


class Scale(NamedTuple):
    """What prices the parcels of one location. ``bulk`` is empty where size does not count."""

    weights: Ints
    lists: tuple[PriceList, ...]
    bulk: Ints = ()

    def price(self, contents: Sequence[tuple[int, int]]) -> int:
        """Price of one parcel of (item, units)."""
        grams = sum([units * self.weights[item] for item, units in contents])
        cubic = sum([units * self.bulk[item] for item, units in contents]) if self.bulk else 0
        return cheapest(self.lists, grams, cubic)

    def of(self, items: Sequence[int]) -> Scale:
        """The same for some of the items alone."""
        bulk = tuple([self.bulk[item] for item in items]) if self.bulk else ()
        return Scale(tuple([self.weights[item] for item in items]), self.lists, bulk)


def scale_of(packing: Packing, location: int) -> Scale:
    """What prices the parcels of a location."""
    lists = tuple(
        [
            PriceList(
                packing.zones[zone],
                packing.divisors[zone] if packing.divisors else 0,
                packing.limits[zone] if packing.limits else 0,
            )
            for zone in packing.choices(location)
        ]
    )
    return Scale(packing.weights, lists, packing.bulk if any(entry.divisor for entry in lists) else ())


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

    def __init__(self, fields: Fields, highest: Sequence[int], scale: Scale) -> None:
        self.fields = fields
        self.costs: dict[int, int] = {0: 0}
        self.first: dict[int, int] = {}
        guards = fields.guards
        # One parcel of each content, by the first item in it, the fullest first.
        single: dict[int, list[tuple[int, int]]] = {}
        contents = sorted(_contents(fields, highest, scale))
        for packed, grams, cubic in reversed(contents):
            if packed:
                cost = cheapest(scale.lists, grams, cubic)
                single.setdefault(_top(fields, packed), []).append((packed, cost))
        for packed, _, _ in contents:
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


def box(units: Sequence[int], scale: Scale) -> tuple[list[Box], int]:
    """Boxes for units by item and what they cost, the cheapest partition where that is feasible.

    A unit of weight -1 has a box to itself, whose price stands elsewhere (in the unit's cost).
    """
    weights = scale.weights
    boxes: list[Box] = [
        (count, ((item, 1),)) for item, count in enumerate(units) if count and weights[item] < 0
    ]
    packable = [(item, count) for item, count in enumerate(units) if count and weights[item] >= 0]
    if not packable:
        return boxes, 0
    if is_exact(units, weights):
        counts = [count for _, count in packable]
        fields = Fields(counts)
        parcels = Parcels(fields, counts, scale.of([item for item, _ in packable]))
        packed = fields.pack(counts)
        filled = [
            (1, tuple([(packable[at][0], n) for at, n in enumerate(contents) if n]))
            for contents in parcels.partition(packed)
        ]
        return boxes + _merged(filled), parcels.costs[packed]
    # In one box, or box after box by any bracket: whichever costs least.
    heaviest_first = sorted(packable, key=lambda entry: (-weights[entry[0]], entry[0]))
    best = [(1, tuple(packable))]
    cost = _cost(best, scale)
    for entry in scale.lists:
        for up_to, _ in entry.brackets:
            filled = _fill(heaviest_first, scale, up_to, entry)
            total = _cost(filled, scale)
            if total < cost:
                best, cost = filled, total
    return boxes + best, cost


def is_exact(units: Sequence[int], weights: Ints) -> bool:
    """Whether so many units are few enough to be boxed at the least cost."""
    packable = [count for count, grams in zip(units, weights, strict=True) if grams >= 0]
    return vectors(packable, EXACT_PAIRS) ** 2 <= EXACT_PAIRS


def _fill(packable: list[tuple[int, int]], scale: Scale, up_to: int, entry: PriceList) -> list[Box]:
    """Units first into the box at hand, then into full boxes; the rest opens the next box."""
    boxes: list[Box] = []
    at_hand: list[tuple[int, int]] = []
    space = up_to * entry.divisor
    up_to = min(up_to, entry.limit or up_to)
    room, free = up_to, space
    for item, left in packable:
        grams, cubic = scale.weights[item], scale.bulk[item] if entry.divisor else 0
        fits = min(left, room // grams if grams else left, free // cubic if cubic else left)
        if fits:
            at_hand.append((item, fits))
            room -= fits * grams
            free -= fits * cubic
            left -= fits
        if not left:
            continue
        each = max(1, min(up_to // grams if grams else left, space // cubic if cubic else left))
        full, rest = divmod(left, each)
        if full:
            boxes.append((full, ((item, each),)))
        if rest:
            if at_hand:
                boxes.append((1, tuple(sorted(at_hand))))
            at_hand = [(item, rest)]
            room, free = max(0, up_to - rest * grams), max(0, space - rest * cubic)
    if at_hand:
        boxes.append((1, tuple(sorted(at_hand))))
    return _merged(boxes)


def _merged(boxes: list[Box]) -> list[Box]:
    counts: dict[tuple[tuple[int, int], ...], int] = {}
    for count, contents in boxes:
        counts[contents] = counts.get(contents, 0) + count
    return [(count, contents) for contents, count in counts.items()]


def _cost(boxes: list[Box], scale: Scale) -> int:
    return sum(count * scale.price(contents) for count, contents in boxes)


def _contents(fields: Fields, highest: Sequence[int], scale: Scale) -> list[tuple[int, int, int]]:
    """(packed vector, grams, cubic millimeters) of every vector up to ``highest``."""
    found = [(0, 0, 0)]
    bulk = scale.bulk or (0,) * len(highest)
    for units, shift, grams, cubic in zip(highest, fields.shifts, scale.weights, bulk, strict=True):
        if units:
            found = [
                (packed + (count << shift), weight + count * grams, size + count * cubic)
                for packed, weight, size in found
                for count in range(units + 1)
            ]
    return found


def _top(fields: Fields, packed: int) -> int:
    """The first item in a vector."""
    for item, shift in enumerate(fields.shifts):
        if packed >> shift:
            return item
    return -1


__all__ = [
    "EXACT_PAIRS",
    "Box",
    "Fields",
    "Parcels",
    "Scale",
    "box",
    "is_exact",
    "scale_of",
    "vectors",
]
