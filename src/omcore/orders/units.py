"""Units of a line: every ordinal has exactly one state, kept as runs (M7).

Decides how units move between states without being listed: a line of 100,000 units costs a few
runs. Must not know why a unit moves, or what it costs.

``Units`` is a tuple of ``(first, last, state, ref)``, ascending and covering 1..n without gaps, so
that a unit can neither be lost nor stand twice. ``ref`` names what holds the unit: a fulfillment
order, a shipment, a return; empty where nothing does.
"""

from __future__ import annotations

from bisect import bisect_left

from omcore.kernel import Run, Runs

OPEN = "open"
ALLOCATED = "allocated"  # ref: the fulfillment order
CHANNEL = "channel"  # with the channel, which fulfills it from its own stock (S12)
SHIPPED = "shipped"  # ref: the shipment
ARRIVED = "arrived"  # ref: the work at the store where the customer will collect it
DELIVERED = "delivered"  # ref: the shipment, or empty for goods taken from the shelf
RETURNING = "returning"  # ref: the return that expects it
RECEIVED = "received"  # ref: the return that received it; its inspection is to come
RETURNED = "returned"  # ref: the return that received it
KEPT = "kept"  # ref: the return that gave its worth back, or claim/<id>; the customer has the goods
LOST = "lost"  # ref: as above; nobody has the goods
REPLACED = "replaced"  # ref: claim/<id>; another unit of the line stands for it, and has its worth
CANCELLED = "cancelled"
UNIT_STATES = (
    OPEN,
    ALLOCATED,
    CHANNEL,
    SHIPPED,
    ARRIVED,
    DELIVERED,
    RETURNING,
    RECEIVED,
    RETURNED,
    KEPT,
    LOST,
    REPLACED,
    CANCELLED,
)
# Units whose worth was given back.
GIVEN_BACK = (RETURNED, KEPT, LOST)
# Units that left, and that nothing is owed for any more.
WRITTEN_OFF = (*GIVEN_BACK, REPLACED)

UnitRun = tuple[int, int, str, str]
Units = tuple[UnitRun, ...]


def start(quantity: int, state: str = OPEN) -> Units:
    """Units 1..quantity, all in one state."""
    return ((1, quantity, state, ""),)


def extend(units: Units, last: int, state: str = OPEN) -> Units:
    """The same units and more, up to the ordinal ``last``, all new ones in one state."""
    out = list(units)
    _append(out, units[-1][1] + 1, last, state, "")
    return tuple(out)


def up_to(units: Units, last: int) -> Units:
    """The units with ordinals 1..last."""
    if units[-1][1] <= last:
        return units
    return tuple([(first, min(end, last), state, ref) for first, end, state, ref in units if first <= last])


def in_state(units: Units, *states: str) -> Runs:
    """The ordinals in any of the states, as runs."""
    if len(units) == 1:
        first, last, state, _ = units[0]
        return ((first, last),) if state in states else ()
    out: list[Run] = []
    for first, last, state, _ in units:
        if state in states:
            if out and out[-1][1] + 1 == first:
                out[-1] = (out[-1][0], last)
            else:
                out.append((first, last))
    return tuple(out)


def held_by(units: Units, state: str, ref: str) -> Runs:
    """The ordinals in a state and held by one thing."""
    return tuple([(first, last) for first, last, label, owner in units if label == state and owner == ref])


def around(units: Units, runs: Runs) -> tuple[int, int]:
    """From where to where in ``units`` these runs stand, with their neighbors: the others don't change."""
    if not runs:
        return 0, 0
    begin = bisect_left(units, (runs[0][0] + 1,)) - 2
    return max(begin, 0), bisect_left(units, (runs[-1][1] + 1,)) + 1


def move(units: Units, runs: Runs, state: str, ref: str = "") -> Units:
    """The same units with those of ``runs`` in another state. Linear in the number of runs."""
    out: list[UnitRun] = []
    j, n = 0, len(runs)
    for first, last, old_state, old_ref in units:
        while first <= last:
            while j < n and runs[j][1] < first:
                j += 1
            if j == n or runs[j][0] > last:
                _append(out, first, last, old_state, old_ref)
                break
            start_of, end_of = runs[j]
            if start_of > first:
                _append(out, first, start_of - 1, old_state, old_ref)
                first = start_of
            end = min(end_of, last)
            _append(out, first, end, state, ref)
            first = end + 1
    return tuple(out)


def _append(out: list[UnitRun], first: int, last: int, state: str, ref: str) -> None:
    if out:
        before = out[-1]
        if before[2] == state and before[3] == ref:
            out[-1] = (before[0], last, state, ref)
            return
    out.append((first, last, state, ref))


__all__ = [
    "ALLOCATED",
    "ARRIVED",
    "CANCELLED",
    "CHANNEL",
    "DELIVERED",
    "GIVEN_BACK",
    "KEPT",
    "LOST",
    "OPEN",
    "RECEIVED",
    "REPLACED",
    "RETURNED",
    "RETURNING",
    "SHIPPED",
    "UNIT_STATES",
    "WRITTEN_OFF",
    "UnitRun",
    "Units",
    "around",
    "extend",
    "held_by",
    "in_state",
    "move",
    "start",
    "up_to",
]
