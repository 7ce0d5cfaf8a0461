"""Packing: items into boxes, and where each unit lies in its box.

Decides which boxes are taken and what goes into which: box after box, the largest units first, each box at
last exchanged for the cheapest one that holds the same. Finding the fewest boxes is not affordable in
general, so the answer says beside it how many there are at least, whatever one does. Must not know carriers,
orders, or where a parcel goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omcore.kernel import (
    MAX_QUANTITY,
    InvalidQuantity,
    InvalidType,
    checked_flag,
    checked_id,
    checked_limit,
    checked_quantity,
    checked_sku,
    checked_text,
    checked_unique,
    record,
)
from omcore.shipping.boxing import Block, Piece, Size, filled, fits, volume

MAX_GOODS = 500
MAX_BOX_TYPES = 50
MAX_GRAMS = 10**9
_MAX_SIDE = 100_000_000

# Why units are left.
NO_SIZE_KNOWN = "no_size"
TOO_LARGE = "too_large"
TOO_HEAVY = "too_heavy"


@record
class Box:
    """A kind of box: its size inside, what its contents may weigh, what it weighs and costs itself.

    ``max_g`` 0 is no limit; ``cost`` is minor units of the merchant's currency.
    """

    name: str
    inner_mm: Size
    max_g: int = 0
    own_g: int = 0
    cost: int = 0

    def __attrs_post_init__(self) -> None:
        checked_id(self.name, "name")
        _checked_size(self.inner_mm, "inner_mm", low=1)
        for name in ("max_g", "own_g", "cost"):
            checked_quantity(getattr(self, name), name, low=0, high=MAX_GRAMS)


@record
class Goods:
    """Units of one SKU that are to be packed: each so heavy and so large, 0 for a side that is not known.

    Every unit that ``ships_alone`` has a box of its own. ``hazard`` is its class of dangerous goods, "" for
    none. What has to stand ``upright`` is turned around its height only.
    """

    sku: str
    quantity: int
    weight_g: int
    size_mm: Size
    ships_alone: bool = False
    hazard: str = ""
    upright: bool = False

    def __attrs_post_init__(self) -> None:
        checked_sku(self.sku)
        checked_quantity(self.quantity, "quantity", high=MAX_QUANTITY)
        checked_quantity(self.weight_g, "weight_g", low=0, high=MAX_GRAMS)
        _checked_size(self.size_mm, "size_mm", low=0)
        checked_flag(self.ships_alone, "ships_alone")
        checked_text(self.hazard, "hazard", high=20)
        checked_flag(self.upright, "upright")


@record
class Placement:
    """Equal units side by side in a box: the corner of the first one, its size as it lies, how many each way.

    Along the first axis there are ``counts[0]`` of them, and so on; all in millimeters from a corner inside
    the box.
    """

    sku: str
    at_mm: Size
    unit_mm: Size
    counts: Size

    @property
    def units(self) -> int:
        """How many units it is."""
        return self.counts[0] * self.counts[1] * self.counts[2]


@record
class PackedBox:
    """``count`` boxes of one kind that are packed alike; ``weight_g`` is one of them with its contents."""

    box: Box
    count: int
    placements: tuple[Placement, ...]
    weight_g: int

    @property
    def contents(self) -> tuple[tuple[str, int], ...]:
        """(SKU, units) in one of them."""
        summed: dict[str, int] = {}
        for placement in self.placements:
            summed[placement.sku] = summed.get(placement.sku, 0) + placement.units
        return tuple(summed.items())


@record
class Unpacked:
    """Units that go into none of the boxes: ``no_size``, ``too_large`` or ``too_heavy``."""

    sku: str
    units: int
    reason: str


@record
class Packed:
    """Every unit in a box, or stated as left.

    No packing of the units that are in boxes takes fewer boxes than ``at_least``.
    """

    boxes: tuple[PackedBox, ...]
    unpacked: tuple[Unpacked, ...]
    at_least: int

    @property
    def count(self) -> int:
        """How many boxes it takes."""
        return sum(box.count for box in self.boxes)

    @property
    def cost(self) -> int:
        """What the boxes cost, in minor units."""
        return sum(packed.count * packed.box.cost for packed in self.boxes)


def pack(
    goods: tuple[Goods, ...],
    boxes: tuple[Box, ...],
    *,
    together: frozenset[frozenset[str]] = frozenset(),
) -> Packed:
    """Boxes for goods.

    Dangerous goods of different classes are kept apart, unless ``together`` has the two; what is not
    dangerous may lie beside any. Work grows with the kinds of goods and boxes, not with the units: 500 and
    50 at most, else ``LimitExceeded``. Errors: ``InputError``.
    """
    _check_goods(goods)
    _check_boxes(boxes)
    _check_together(together)
    ordered = sorted(boxes, key=lambda box: (box.cost, volume(box.inner_mm), box.name))
    unpacked: list[Unpacked] = []
    packable: list[Goods] = []
    for entry in goods:
        reason = _why_not(entry, ordered)
        if reason:
            unpacked.append(Unpacked(entry.sku, entry.quantity, reason))
        else:
            packable.append(entry)
    found = [_alone(entry, ordered) for entry in packable if entry.ships_alone]
    shared = [entry for entry in packable if not entry.ships_alone]
    # What is largest has the fewest places to go.
    shared.sort(key=lambda entry: (-max(entry.size_mm), -volume(entry.size_mm), -entry.weight_g, entry.sku))
    found += _Packing(shared, ordered, together).packed()
    return Packed(tuple(found), tuple(unpacked), _at_least(packable, ordered, together))


class _Packing:
    """What is left to be packed, box after box."""

    def __init__(
        self, goods: Sequence[Goods], boxes: Sequence[Box], together: frozenset[frozenset[str]]
    ) -> None:
        self.goods = goods
        self.pieces = [_piece(entry) for entry in goods]
        self.left = [entry.quantity for entry in goods]
        self.boxes = boxes
        self.together = together

    def packed(self) -> list[PackedBox]:
        found: list[PackedBox] = []
        while any(self.left):
            box, blocks = self._next()
            taken = [0] * len(self.left)
            for block in blocks:
                taken[block.piece] += block.units
            # As many alike as there are goods for; then something runs out, so there are few kinds of boxes.
            count = min(have // units for have, units in zip(self.left, taken, strict=True) if units)
            self.left = [have - count * units for have, units in zip(self.left, taken, strict=True)]
            box, blocks = self._cheapest(box, blocks, taken)
            found.append(_told(self.goods, box, count, blocks))
        return found

    def _next(self) -> tuple[Box, list[Block]]:
        """The cheapest box that takes all that is left, else of the two largest the one that takes more."""
        everything = self._whole(self.left, self.boxes)
        if everything is not None:
            return everything
        first = next(i for i, units in enumerate(self.left) if units)
        able = [box for box in self.boxes if _takes(box, self.pieces[first])]
        # The boxes are in order of cost: of equally large ones the cheapest.
        largest = max(able, key=lambda box: volume(box.inner_mm))
        strongest = max(able, key=lambda box: (box.max_g or MAX_GRAMS, volume(box.inner_mm)))
        tried = [(box, self._filled(box, self.left)) for box in dict.fromkeys((largest, strongest))]
        return max(tried, key=lambda found: self._room_of(found[1]))

    def _room_of(self, blocks: list[Block]) -> int:
        return sum(block.units * volume(block.unit_mm) for block in blocks)

    def _cheapest(self, box: Box, blocks: list[Block], taken: list[int]) -> tuple[Box, list[Block]]:
        cheaper = self.boxes[: self.boxes.index(box)]
        return self._whole(taken, cheaper) or (box, blocks)

    def _whole(self, units: list[int], boxes: Sequence[Box]) -> tuple[Box, list[Block]] | None:
        """The first box that takes all of it, if it does."""
        room = sum(count * volume(piece.size_mm) for count, piece in zip(units, self.pieces, strict=True))
        grams = sum(count * piece.weight_g for count, piece in zip(units, self.pieces, strict=True))
        wanted = sum(units)
        for box in boxes:
            if room <= volume(box.inner_mm) and (not box.max_g or grams <= box.max_g):
                blocks = self._filled(box, units)
                if sum(block.units for block in blocks) == wanted:
                    return box, blocks
        return None

    def _filled(self, box: Box, units: list[int]) -> list[Block]:
        return filled(self.pieces, units, box.inner_mm, box.max_g or None, self._joins)

    def _joins(self, piece: int, inside: Sequence[int]) -> bool:
        """Dangerous goods lie only with those that they may lie with."""
        own = self.goods[piece].hazard
        if not own:
            return True
        others = {self.goods[other].hazard for other in inside} - {"", own}
        return all(frozenset({own, other}) in self.together for other in others)


def _alone(entry: Goods, boxes: Sequence[Box]) -> PackedBox:
    piece = _piece(entry)
    box = next(box for box in boxes if _takes(box, piece))
    blocks = filled([piece], [1], box.inner_mm, box.max_g or None, lambda index, inside: True)
    return _told([entry], box, entry.quantity, blocks)


def _told(goods: Sequence[Goods], box: Box, count: int, blocks: Sequence[Block]) -> PackedBox:
    placements = [
        Placement(goods[block.piece].sku, block.at, block.unit_mm, block.counts) for block in blocks
    ]
    weight = sum(block.units * goods[block.piece].weight_g for block in blocks)
    return PackedBox(box, count, tuple(placements), box.own_g + weight)


def _piece(entry: Goods) -> Piece:
    return Piece(entry.size_mm, entry.weight_g, entry.upright)


def _takes(box: Box, piece: Piece) -> bool:
    return fits(piece, box.inner_mm) and (not box.max_g or piece.weight_g <= box.max_g)


def _why_not(entry: Goods, boxes: Sequence[Box]) -> str:
    if not all(entry.size_mm):
        return NO_SIZE_KNOWN
    piece = _piece(entry)
    roomy = [box for box in boxes if fits(piece, box.inner_mm)]
    if not roomy:
        return TOO_LARGE
    return "" if any(_takes(box, piece) for box in roomy) else TOO_HEAVY


def _at_least(goods: Sequence[Goods], boxes: Sequence[Box], together: frozenset[frozenset[str]]) -> int:
    """No packing takes fewer boxes: by volume, by weight, by what cannot lie two in a box.

    Classes of dangerous goods that lie with no other need boxes of their own each.
    """
    alone = sum(entry.quantity for entry in goods if entry.ships_alone)
    shared = [entry for entry in goods if not entry.ships_alone]
    classes = {entry.hazard for entry in shared if entry.hazard}
    lonely = {own for own in classes if not any(own in pair and pair <= classes for pair in together)}
    apart = [[entry for entry in shared if entry.hazard == own] for own in lonely]
    apart.append([entry for entry in shared if entry.hazard and entry.hazard not in lonely])
    return alone + max(_bound(shared, boxes), sum(_bound(group, boxes) for group in apart))


def _bound(goods: Sequence[Goods], boxes: Sequence[Box]) -> int:
    if not goods:
        return 0
    room = max(volume(box.inner_mm) for box in boxes)
    grams = 0 if any(not box.max_g for box in boxes) else max(box.max_g for box in boxes)
    total = sum(entry.quantity * volume(entry.size_mm) for entry in goods)
    weight = sum(entry.quantity * entry.weight_g for entry in goods)
    # Two units of more than half a box each are in two boxes; so are two of more than half its weight.
    bulky = sum(entry.quantity for entry in goods if 2 * volume(entry.size_mm) > room)
    if not grams:
        return max(1, -(-total // room), bulky)
    heavy = sum(entry.quantity for entry in goods if 2 * entry.weight_g > grams)
    return max(1, -(-total // room), bulky, -(-weight // grams), heavy)


def _check_goods(goods: Any) -> None:
    if type(goods) is not tuple or any(type(entry) is not Goods for entry in goods):
        raise InvalidType("goods", expected="tuple of Goods")
    checked_limit(len(goods), MAX_GOODS, "goods", "kinds of goods")


def _check_boxes(boxes: Any) -> None:
    if type(boxes) is not tuple or not boxes or any(type(box) is not Box for box in boxes):
        raise InvalidType("boxes", expected="tuple of Box, at least one")
    checked_limit(len(boxes), MAX_BOX_TYPES, "boxes", "kinds of boxes")
    checked_unique([box.name for box in boxes], "boxes")


def _check_together(together: Any) -> None:
    if type(together) is not frozenset or any(type(pair) is not frozenset for pair in together):
        raise InvalidType("together", expected="frozenset of pairs of classes, each a frozenset")
    for pair in together:
        if len(pair) != 2:
            raise InvalidType("together", expected="pairs of classes")
        for name in pair:
            checked_text(name, "together", high=20)


def _checked_size(value: Any, path: str, *, low: int) -> None:
    if type(value) is not tuple or len(value) != 3:
        raise InvalidType(path, expected="(length, width, height)")
    for side in value:
        if type(side) is not int or not low <= side <= _MAX_SIDE:
            raise InvalidQuantity(path, min=low, max=_MAX_SIDE)


__all__ = [
    "MAX_BOX_TYPES",
    "MAX_GOODS",
    "MAX_GRAMS",
    "Box",
    "Goods",
    "Packed",
    "PackedBox",
    "Placement",
    "Unpacked",
    "pack",
]
