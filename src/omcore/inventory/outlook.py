"""Outlook: what is expected to come, and what of it is promised by when (S10).

Decides how many units can be promised by a date. Dated supply and promises are two schedules, and a
promise can be kept if at every moment from its date on, what is there and has come by then covers
what is promised by then. These are counts: which order gets which unit is not asked here, so that the
state is as large as the dates that there are, and not as the promises. Must not know what is on
hand, or who was promised.
"""

from __future__ import annotations

from bisect import bisect_right

from omcore.kernel import record

Schedule = tuple[tuple[int, int], ...]


@record
class ExpectedSupply:
    """Units that are to come by a whole second, under a reference: a purchase order, a transfer.

    ``origin``: the location that a transfer left; empty for what is bought.
    """

    second: int
    reference: str
    quantity: int
    origin: str = ""


@record
class Outlook:
    """``expected``: ascending by second, then reference; ``due``: (second, units promised by then), too.

    ``coming`` and ``promised`` are their sums. ``dip``: by how many units what is promised by a moment
    exceeds what is expected by then, where that is most. So many units on hand are spoken for.
    """

    expected: tuple[ExpectedSupply, ...]
    due: Schedule
    coming: int
    promised: int
    dip: int

    def lows(self) -> Schedule:
        """(second, expected less promised by the later moment where that is least), ascending, both ways."""
        net: dict[int, int] = {}
        for supply in self.expected:
            net[supply.second] = net.get(supply.second, 0) + supply.quantity
        for second, units in self.due:
            net[second] = net.get(second, 0) - units
        level = self.coming - self.promised
        lowest, lows = level, []
        for second in sorted(net, reverse=True):
            if level < lowest:
                lowest = level
            lows.append((second, lowest))
            level -= net[second]
        return tuple(reversed(lows))

    def low(self, second: int) -> int:
        """Expected less promised, by the moment at or after a second where that is least."""
        lows = self.lows()
        place = bisect_right(lows, second, key=_second)
        return lows[place - 1][1] if place else -self.dip

    def expected_under(self, reference: str) -> ExpectedSupply | None:
        """What is still to come under a reference."""
        for supply in self.expected:
            if supply.reference == reference:
                return supply
        return None


NOTHING_AHEAD = Outlook((), (), 0, 0, 0)


def outlook(expected: tuple[ExpectedSupply, ...], due: Schedule) -> Outlook:
    """The outlook of two schedules, which are in order."""
    coming = sum([supply.quantity for supply in expected])
    promised = sum([units for _, units in due])
    if not promised:
        return Outlook(expected, due, coming, 0, 0) if expected else NOTHING_AHEAD
    lows = Outlook(expected, due, coming, promised, 0).lows()
    return Outlook(expected, due, coming, promised, max(0, -lows[0][1]))


def _second(entry: tuple[int, int]) -> int:
    return entry[0]


__all__ = ["NOTHING_AHEAD", "ExpectedSupply", "Outlook", "Schedule", "outlook"]
