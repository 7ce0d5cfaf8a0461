"""Selecting units: from what a caller names to exact runs of ordinals.

Decides M7: a caller names a line and a number, or the ordinals themselves; numbers take the
lowest ordinals, or the highest for cancelling. Must not know what happens to the units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omcore.kernel import (
    MAX_QUANTITY,
    InvalidType,
    Refusal,
    Runs,
    UnknownId,
    checked_key,
    checked_limit,
    checked_quantity,
    checked_unique,
    is_key,
    split,
)
from omcore.kernel.runs import (
    checked_runs,
    count,
    difference,
    intersection,
    take_highest,
    take_lowest,
    union,
)
from omcore.orders import units as un
from omcore.orders.draft import MAX_LINES
from omcore.orders.parts import NO_PARTS, Parts, counted, units_of
from omcore.orders.state import Items, Order, Tally, Wanted
from omcore.orders.units import Units


class UnitsNotAvailable(Refusal):
    """Fewer units of a line are in the needed state. Fields: line_id, requested, available."""

    code = "units_not_available"


def checked_wanted(wanted: object, path: str = "items") -> None:
    """(line id, quantity or runs) pairs, each line once; else a typed input error."""
    if type(wanted) is not tuple:
        raise InvalidType(path, expected="tuple of (line id, quantity or runs)")
    checked_limit(len(wanted), MAX_LINES, path, "lines")
    for i, pair in enumerate(wanted):
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(f"{path}[{i}]", expected="(line id, quantity or runs)")
        line_id, what = pair
        if not is_key(line_id):
            checked_key(line_id, f"{path}[{i}].line_id")
        if type(what) is tuple:
            where = f"{path}[{i}].runs"
            checked_limit(len(what), MAX_LINES, where, "runs")
            if not checked_runs(what, where, MAX_QUANTITY):
                raise InvalidType(where, expected="at least one run")
        elif type(what) is not int or not 0 < what <= MAX_QUANTITY:
            checked_quantity(what, f"{path}[{i}].quantity")
    if len({line_id for line_id, _ in wanted}) < len(wanted):
        checked_unique((line_id for line_id, _ in wanted), path)


def line_units(order: Order, line_id: str, path: str = "line_id") -> Units:
    """The units of a line, or ``UnknownId``."""
    index = order.terms.index.get(line_id)
    if index is None:
        raise UnknownId(path, kind="line", id=line_id)
    return order.progress.units[index]


def known_lines(order: Order, wanted: Sequence[tuple[str, Any]], path: str = "items") -> None:
    """``UnknownId`` for the first line that the order does not have: told before any state of it."""
    index = order.terms.index
    for i, (line_id, _) in enumerate(wanted):
        if line_id not in index:
            raise UnknownId(f"{path}[{i}]", kind="line", id=line_id)


def everything(order: Order, *states: str) -> Items:
    """Every unit of the order in one of the states."""
    found = []
    for line, units in zip(order.terms.lines, order.progress.units, strict=True):
        runs = un.in_state(units, *states)
        if runs:
            found.append((line.id, runs))
    return tuple(found)


def select(order: Order, wanted: Wanted, states: Sequence[str], *, highest: bool = False) -> Items:
    """The named units, all of them in one of the states, else ``UnitsNotAvailable``."""
    picked = []
    for i, (line_id, what) in enumerate(wanted):
        units = line_units(order, line_id, f"items[{i}]")
        picked.append((line_id, pick(order, line_id, what, un.in_state(units, *states), i, highest)))
    return tuple(picked)


def select_from(order: Order, held: Items, wanted: Wanted) -> Items:
    """The named units out of those that something holds."""
    by_line = dict(held)
    return tuple(
        (line_id, pick(order, line_id, what, by_line.get(line_id, ()), i, False))
        for i, (line_id, what) in enumerate(wanted)
    )


def pick(order: Order, line_id: str, what: int | Runs, available: Runs, i: int, highest: bool) -> Runs:
    """How many, or exactly these, out of what is available."""
    if isinstance(what, int):
        got = count(available)
        if got < what:
            raise UnitsNotAvailable(f"items[{i}]", line_id=line_id, requested=what, available=got)
        return chosen(order, line_id, available, what, highest=highest)
    runs = checked_runs(what, f"items[{i}].runs", MAX_QUANTITY)
    missing = difference(runs, available)
    if missing:
        raise UnitsNotAvailable(
            f"items[{i}]", line_id=line_id, requested=count(runs), available=count(runs) - count(missing)
        )
    return runs


def chosen(order: Order, line_id: str, available: Runs, n: int, *, highest: bool = False) -> Runs:
    """The n lowest or highest of some units of a line (M7); all of them where there are fewer.

    Of goods that are sold by weight or length many units are worth a minor unit less than others, and the
    lowest of a part would be worth more than its share. So of units of each worth as many are taken as are in
    proportion (M2), the lowest or highest of these.
    """
    take = take_highest if highest else take_lowest
    line = order.terms.line(line_id)
    if not line.measure.scale or len(line.entitlements) == 1 or not 0 < n < count(available):
        return take(available, n)
    groups: dict[tuple[int, ...], Runs] = {}
    for first, last, *worth in line.entitlements:
        here = intersection(available, ((first, last),))
        if here:
            groups[tuple(worth)] = union(groups.get(tuple(worth), ()), here)
    taken: Runs = ()
    shares = split(n, [count(runs) for runs in groups.values()])
    for runs, share in zip(groups.values(), shares, strict=True):
        taken = union(taken, take(runs, share))
    return taken


def subtract(held: Items, gone: Items) -> Items:
    """What is left of held units; lines without any are dropped."""
    taken: Mapping[str, Runs] = dict(gone)
    left = []
    for item in held:
        line_id, runs = item
        if line_id not in taken:
            if runs:
                left.append(item)
        elif rest := difference(runs, taken[line_id]):
            left.append((line_id, rest))
    return tuple(left)


def common(left: Items, right: Items) -> Items:
    """Units that stand in both."""
    return shared(left, dict(right))


def shared(left: Items, other: Mapping[str, Runs]) -> Items:
    """The same of units by line: for who asks it of many things that hold units."""
    both = []
    for line_id, runs in left:
        here = intersection(runs, other.get(line_id, ()))
        if here:
            both.append((line_id, here))
    return tuple(both)


def named_units(order: Order, wanted: Wanted) -> Items:
    """Units of an order in whatever state, for who asks what they are worth; a number means the lowest."""
    checked_wanted(wanted)
    known_lines(order, wanted)
    return tuple(
        (line_id, pick(order, line_id, what, ((1, order.terms.line(line_id).quantity),), i, False))
        for i, (line_id, what) in enumerate(wanted)
    )


def components(order: Order, items: Items, parts: Parts = NO_PARTS) -> dict[str, int]:
    """What some units take from stock, kits exploded and summed per SKU (S3, S11).

    Of units in ``parts`` only what is named there.
    """
    if parts:
        items = subtract(items, units_of(parts))
    summed = counted(parts)
    lines, index = order.terms.lines, order.terms.index
    for line_id, runs in items:
        units = count(runs)
        for sku, each in lines[index[line_id]].components:
            summed[sku] = summed.get(sku, 0) + units * each
    return summed


def size(items: Items) -> int:
    """How many units."""
    return sum(count(runs) for _, runs in items)


# Which count of the tally a unit state belongs to.
_SLOTS = {
    un.OPEN: 0,
    un.ALLOCATED: 1,
    un.CHANNEL: 1,
    un.SHIPPED: 2,
    un.ARRIVED: 2,
    un.DELIVERED: 3,
    un.RETURNING: 3,
    un.RECEIVED: 3,
    un.RETURNED: 4,
    un.KEPT: 4,
    un.LOST: 4,
    un.REPLACED: 4,
    un.CANCELLED: 5,
}


def relocated(order: Order, items: Items, state: str, ref: str = "") -> tuple[tuple[Units, ...], Tally]:
    """The units of every line after these went to another state, and the tally that follows.

    The tally is counted from the states that the units really leave, so it cannot drift.
    """
    progress = order.progress
    units = list(progress.units)
    old = progress.tally
    counts = [old.open, old.allocated, old.shipped, old.delivered, old.returned, old.cancelled, old.in_parts]
    index = order.terms.index
    moved = 0
    # Many lines of a large order are alike: what becomes of such is found, and kept, once.
    alike: dict[tuple[Units, Runs], tuple[Units, list[tuple[int, int]]]] = {}
    for line_id, runs in items:
        at = index[line_id]
        here = units[at]
        first, last, label, _ = here[0]
        if len(here) == 1 and runs == ((first, last),):
            # The whole line leaves one state for another: the common case. Units are numbered from 1.
            counts[_SLOTS[label]] -= last
            moved += last
            units[at] = ((first, last, state, ref),)
            continue
        if len(items) == 1:
            units[at], left = _relocated(here, runs, state, ref)
        elif (here, runs) in alike:
            units[at], left = alike[here, runs]
        else:
            units[at], left = alike[here, runs] = _relocated(here, runs, state, ref)
        for slot, size in left:
            counts[slot] -= size
            moved += size
    counts[_SLOTS[state]] += moved
    return tuple(units), Tally(*counts)


def _relocated(here: Units, runs: Runs, state: str, ref: str) -> tuple[Units, list[tuple[int, int]]]:
    """The units of a line after these went to another state; (slot of the tally, units that left it).

    What is not near them stays as it is: a line that left unit by unit is not walked for each.
    """
    begin, end = un.around(here, runs)
    near = here[begin:end]
    left = []
    j, n = 0, len(runs)
    for first, last, label, _ in near:
        while j < n and runs[j][0] <= last:
            low, high = runs[j]
            size = (high if high < last else last) - (low if low > first else first) + 1
            if size > 0:
                left.append((_SLOTS[label], size))
            if high > last:
                break
            j += 1
    return here[:begin] + un.move(near, runs, state, ref) + here[end:], left


__all__ = [
    "UnitsNotAvailable",
    "Wanted",
    "checked_wanted",
    "chosen",
    "common",
    "components",
    "everything",
    "known_lines",
    "line_units",
    "pick",
    "relocated",
    "select",
    "select_from",
    "shared",
    "size",
    "subtract",
]
