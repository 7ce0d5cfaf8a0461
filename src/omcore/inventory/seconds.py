"""Units by the whole second at which they expire, in little memory.

Decides how a book of temporary claims is kept by somebody who goes through all movements there
ever were: some bytes per second that has claims, and a claim for a year costs no more than one for
a minute. Must not know what is claimed.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from heapq import heappop, heappush

# Seconds lie together in stretches of so many: one that is found or forgotten moves only its own.
_BITS = 12
_STRETCH = 1 << _BITS


class Seconds:
    """How many units expire at which second; ``total`` of all. A second without units is not kept."""

    __slots__ = ("_starts", "_stretches", "total")

    def __init__(self) -> None:
        self.total = 0
        # By (second >> 12): ascending seconds within the stretch, and the units of each.
        self._stretches: dict[int, tuple[array[int], array[int]]] = {}
        self._starts: list[int] = []  # a heap of every stretch, those too that are empty by now

    def add(self, second: int, units: int) -> int:
        """Add units (or take them away); what is at the second then."""
        number, offset = second >> _BITS, second & (_STRETCH - 1)
        stretch = self._stretches.get(number)
        if stretch is None:
            stretch = self._stretches[number] = (array("H"), array("q"))
            heappush(self._starts, number)
        offsets, amounts = stretch
        place = bisect_left(offsets, offset)
        self.total += units
        if place < len(offsets) and offsets[place] == offset:
            units += amounts[place]
            if units:
                amounts[place] = units
            else:
                del offsets[place], amounts[place]
        elif units:
            offsets.insert(place, offset)
            amounts.insert(place, units)
        return units

    def forget(self, last: int) -> None:
        """Drop every second up to ``last``: what expired then is nobody's (S6)."""
        number = last >> _BITS
        while self._starts and self._starts[0] < number:
            _, amounts = self._stretches.pop(heappop(self._starts))
            self.total -= sum(amounts)
        stretch = self._stretches.get(number)
        if stretch is not None:
            offsets, amounts = stretch
            gone = bisect_right(offsets, last & (_STRETCH - 1))
            if gone:
                self.total -= sum(amounts[:gone])
                del offsets[:gone], amounts[:gone]


__all__ = ["Seconds"]
