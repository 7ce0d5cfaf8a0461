"""Temporary claims by the whole second at which they expire, in stretches of time.

Decides how a schedule of claims is kept as a value: ascending (second, units), those of one half minute
together. A value is never changed but made again, and what is made again for a claim is its own stretch:
with a claim in every second of ten minutes, a twentieth of all. Must not know what is claimed.
"""

from __future__ import annotations

from bisect import bisect_left

from omcore.inventory.outlook import Schedule

Stretches = tuple[Schedule, ...]

# A stretch begins at a multiple of 32 seconds; one that has no claims is not kept.
_BEGINS = -32


def flat(stretches: Stretches) -> Schedule:
    """All of them in one."""
    return tuple([entry for stretch in stretches for entry in stretch])


def units_at(stretches: Stretches, second: int) -> int:
    """Units that expire at a second."""
    place = bisect_left(stretches, ((second & _BEGINS,),))
    return scheduled(stretches[place], second) if place < len(stretches) else 0


def with_units(stretches: Stretches, second: int, units: int) -> Stretches:
    """The schedule with so many units more (or less) at a second."""
    begins = second & _BEGINS
    if units > 0:
        # What is claimed now expires after nearly all that was claimed before.
        if not stretches:
            return (((second, units),),)
        newest = stretches[-1]
        if second > newest[-1][0]:
            if newest[0][0] & _BEGINS == begins:
                return (*stretches[:-1], (*newest, (second, units)))
            return (*stretches, ((second, units),))
    place = bisect_left(stretches, ((begins,),))
    if place == len(stretches) or stretches[place][0][0] & _BEGINS != begins:
        return (*stretches[:place], ((second, units),), *stretches[place:]) if units else stretches
    stretch = rescheduled(stretches[place], second, units)
    if not stretch:
        return stretches[:place] + stretches[place + 1 :]
    return (*stretches[:place], stretch, *stretches[place + 1 :])


def left_after(stretches: Stretches, last: int) -> Stretches:
    """What expires after a second."""
    gone = 0
    while gone < len(stretches) and stretches[gone][-1][0] <= last:
        gone += 1
    if gone == len(stretches):
        return ()
    first = stretches[gone]
    if first[0][0] > last:
        return stretches[gone:]
    return (first[bisect_left(first, (last + 1,)) :], *stretches[gone + 1 :])


def expired_by(stretches: Stretches, last: int) -> int:
    """Units that expire at a second or before."""
    units = 0
    for stretch in stretches:
        for second, expired in stretch:
            if second > last:
                return units
            units += expired
    return units


# -- within a stretch, or where there are few ------------------------------------------------


def scheduled(schedule: Schedule, second: int) -> int:
    """Units at a second."""
    place = bisect_left(schedule, (second,))
    return schedule[place][1] if place < len(schedule) and schedule[place][0] == second else 0


def rescheduled(schedule: Schedule, second: int, units: int) -> Schedule:
    """The schedule with so many units more (or less) at a second."""
    if not schedule or second > schedule[-1][0]:
        return (*schedule, (second, units)) if units else schedule
    place = bisect_left(schedule, (second,))
    after = place
    if place < len(schedule) and schedule[place][0] == second:
        units += schedule[place][1]
        after += 1
    entry = ((second, units),) if units else ()
    return schedule[:place] + entry + schedule[after:]


__all__ = [
    "Stretches",
    "expired_by",
    "flat",
    "left_after",
    "rescheduled",
    "scheduled",
    "units_at",
    "with_units",
]
