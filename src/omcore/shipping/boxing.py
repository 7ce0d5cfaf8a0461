"""One box: which units go into it, and where each of them lies.

Decides it by straight cuts: a block of equal units is put into the corner of a free space, and the rest of
that space is cut into three. Free spaces never overlap, so nothing that is put into one overlaps anything
else: what is said to fit does fit. It does not find every way in which things would fit. Must not know
other boxes, or what a box costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Size = tuple[int, int, int]

# Free spaces that are kept, the largest: giving one up wastes room and breaks nothing.
_KEPT_SPACES = 32


class Piece(NamedTuple):
    """What is packed of one kind: its units' size and weight, whether it has to stand upright."""

    size_mm: Size
    weight_g: int
    upright: bool = False


class Space(NamedTuple):
    """A cuboid of a box: its corner nearest to the origin, and its extent."""

    at: Size
    extent: Size


class Block(NamedTuple):
    """Equal units side by side: of which piece, where, each how large as it lies, and how many each way."""

    piece: int
    at: Size
    unit_mm: Size
    counts: Size

    @property
    def units(self) -> int:
        """How many units it is."""
        return self.counts[0] * self.counts[1] * self.counts[2]


def orientations(piece: Piece) -> tuple[Size, ...]:
    """The ways in which a unit may lie, the one that it was measured in first."""
    a, b, c = piece.size_mm
    ways = ((a, b, c), (b, a, c)) if piece.upright else _turned(a, b, c)
    return tuple(dict.fromkeys(ways))


def _turned(a: int, b: int, c: int) -> tuple[Size, ...]:
    return (a, b, c), (b, a, c), (a, c, b), (c, a, b), (b, c, a), (c, b, a)


def fits(piece: Piece, inner_mm: Size) -> bool:
    """Whether one unit alone goes into a box of that size."""
    return any(_each_at_most(way, inner_mm) for way in orientations(piece))


def filled(
    pieces: Sequence[Piece],
    left: Sequence[int],
    inner_mm: Size,
    max_g: int | None,
    joins: Callable[[int, Sequence[int]], bool],
) -> list[Block]:
    """What goes into one empty box of what is left of each piece; pieces come in the order of their tries.

    ``joins`` says whether a piece may lie in a box with the pieces that are in it.
    """
    spaces = [Space((0, 0, 0), inner_mm)]
    blocks: list[Block] = []
    inside: list[int] = []
    room = max_g
    for index, piece in enumerate(pieces):
        need = left[index]
        if not need or not joins(index, inside):
            continue
        while need:
            most = need
            if room is not None and piece.weight_g:
                most = min(need, room // piece.weight_g)
            found = _best(piece, most, spaces) if most else None
            if found is None:
                break
            space, unit_mm, counts = found
            block = Block(index, spaces[space].at, unit_mm, counts)
            blocks.append(block)
            if index not in inside:
                inside.append(index)
            need -= block.units
            if room is not None:
                room -= block.units * piece.weight_g
            used = spaces.pop(space)
            spaces += _cut(used, unit_mm, counts)
            spaces.sort(key=_volume_of, reverse=True)
            del spaces[_KEPT_SPACES:]
    return blocks


def _best(piece: Piece, most: int, spaces: Sequence[Space]) -> tuple[int, Size, Size] | None:
    """The largest block of at most so many units, in the smallest free space that takes as large a one."""
    best: tuple[int, Size, Size] | None = None
    best_units = 0
    ways = orientations(piece)
    # The largest space comes first; a later one that takes as many is smaller.
    for index, space in enumerate(spaces):
        a, b, c = space.extent
        for way in ways:
            along, across, up = a // way[0], b // way[1], c // way[2]
            if not (along and across and up):
                continue
            along = min(along, most)
            across = min(across, most // along)
            up = min(up, most // (along * across))
            units = along * across * up
            if units > best_units or (units == best_units and best is not None and index > best[0]):
                best, best_units = (index, way, (along, across, up)), units
    return best


def _cut(space: Space, unit_mm: Size, counts: Size) -> Iterator[Space]:
    """What is left of a space beside a block in its corner; the widest rest stays in one piece."""
    block = [unit_mm[axis] * counts[axis] for axis in range(3)]
    extent = list(space.extent)
    for axis in sorted(range(3), key=lambda axis: block[axis] - extent[axis]):
        rest = extent[axis] - block[axis]
        if rest:
            at = list(space.at)
            at[axis] += block[axis]
            size = list(extent)
            size[axis] = rest
            yield Space((at[0], at[1], at[2]), (size[0], size[1], size[2]))
        extent[axis] = block[axis]


def _volume_of(space: Space) -> int:
    return volume(space.extent)


def volume(size_mm: Size) -> int:
    """Cubic millimeters."""
    return size_mm[0] * size_mm[1] * size_mm[2]


def _each_at_most(size_mm: Size, inner_mm: Size) -> bool:
    return size_mm[0] <= inner_mm[0] and size_mm[1] <= inner_mm[1] and size_mm[2] <= inner_mm[2]


__all__ = ["Block", "Piece", "Size", "filled", "fits", "orientations", "volume"]
