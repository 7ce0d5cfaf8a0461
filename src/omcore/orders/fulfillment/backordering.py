"""Backordering: open units are promised out of supply that is to come, or lose such a promise (S10).

Decides that a unit waits for one supply at a time, that only open units wait, and what is told of each
change. Must not know what is expected where: the engine turns these events into the stock item's promises,
and commits both as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    MAX_QUANTITY,
    Command,
    InvalidTimestamp,
    InvalidType,
    Runs,
    checked_id,
    checked_instant,
    checked_key,
    checked_limit,
    checked_quantity,
    epoch_second,
    from_epoch_second,
    record,
)
from omcore.kernel.runs import checked_runs, difference, union
from omcore.orders import events as ev
from omcore.orders.backorders import Supply, backordered, open_units, unpromised, waiting_for
from omcore.orders.changes import Changes, refuse_if_over
from omcore.orders.draft import MAX_LINES, MAX_UNITS
from omcore.orders.fulfillment.fulfilling import LocationExcluded
from omcore.orders.selection import known_lines, pick
from omcore.orders.state import Items, Order

# Why units wait: routing found none; a supply is late, or less came; its location may not send them.
NO_STOCK = "no_stock"
SUPPLY_CHANGED = "supply_changed"
UNREACHABLE = "unreachable"

# (line id, quantity or runs, location, promised for); no location and None for whatever comes.
Backordered = tuple[tuple[str, int | Runs, str, datetime | None], ...]


def whole_seconds(entries: Any, path: str = "entries") -> Any:
    """Promises are by whole seconds, rounded up; a converter, so that a retry has one payload (C4)."""
    if type(entries) is not tuple:
        return entries
    return tuple([_whole(entry, f"{path}[{i}].promised_for") for i, entry in enumerate(entries)])


def _whole(entry: Any, path: str) -> Any:
    if type(entry) is not tuple or len(entry) != 4 or entry[3] is None:
        return entry
    return (*entry[:3], from_epoch_second(epoch_second(checked_instant(entry[3], path))))


@record
class BackorderUnits(Command):
    """Let open units wait for stock: for supply at a location by a moment, or for whatever comes.

    ``entries`` are (line id, quantity or runs, location, promised for); with an empty location and None
    units lose the promise that they had. A quantity takes the lowest ordinals that no supply is promised
    for. ``promised_for`` is rounded up to a whole second. Stock that is not expected there by then refuses.
    """

    order_id: str
    entries: Backordered = attrs.field(converter=whole_seconds)
    cause: str = attrs.field(default=SUPPLY_CHANGED, repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.cause, "cause")
        checked_backordered(self.entries, "entries")
        if not self.entries:
            raise InvalidType("entries", expected="at least one entry")


def checked_backordered(entries: object, path: str) -> None:
    """The shape of what waits; else a typed input error."""
    if type(entries) is not tuple:
        raise InvalidType(path, expected="tuple of (line id, quantity or runs, location, promised for)")
    checked_limit(len(entries), MAX_UNITS, path, "entries")
    for i, entry in enumerate(entries):
        where = f"{path}[{i}]"
        if type(entry) is not tuple or len(entry) != 4:
            raise InvalidType(where, expected="(line id, quantity or runs, location, promised for)")
        line_id, what, location, promised_for = entry
        checked_key(line_id, f"{where}.line_id")
        if type(what) is tuple:
            checked_limit(len(what), MAX_LINES, f"{where}.runs", "runs")
            if not checked_runs(what, f"{where}.runs", MAX_QUANTITY):
                raise InvalidType(f"{where}.runs", expected="at least one run")
        else:
            checked_quantity(what, f"{where}.quantity")
        if promised_for is None:
            if type(location) is not str or location:
                raise InvalidType(f"{where}.location", expected="empty where nothing is promised")
            continue
        checked_id(location, f"{where}.location")
        if checked_instant(promised_for, f"{where}.promised_for").microsecond:
            raise InvalidTimestamp(f"{where}.promised_for", reason="not a whole second")
    checked_limit(len({entry[0] for entry in entries}), MAX_LINES, path, "lines")


# -- deciding --------------------------------------------------------------------------------


def backorder(changes: Changes, command: BackorderUnits) -> None:
    """Precedence: unknown_id, order_is_over, location_excluded, units_not_available."""
    known_lines(changes.order, [(entry[0], None) for entry in command.entries], "entries")
    refuse_if_over(changes.order, changes.context)
    backorder_units(changes, command.entries, command.cause, "entries")


def backorder_units(changes: Changes, entries: Backordered, cause: str, path: str) -> None:
    """Units are chosen entry by entry, none twice; then each supply's are told at once."""
    order = changes.order
    free = dict(unpromised(order))
    taken: dict[str, Runs] = {}
    by_supply: dict[Supply, dict[str, Runs]] = {}
    for i, (line_id, what, location, promised_for) in enumerate(entries):
        if location in order.progress.excluded:
            raise LocationExcluded(f"{path}[{i}]", location=location)
        chosen = taken.get(line_id, ())
        open_ = free.get(line_id, ()) if type(what) is int else open_units(order, line_id)
        runs = pick(order, line_id, what, difference(open_, chosen), i, False)
        taken[line_id] = union(chosen, runs)
        wanted = by_supply.setdefault((location, promised_for), {})
        wanted[line_id] = union(wanted.get(line_id, ()), runs)
    for supply, wanted in by_supply.items():
        wait_for(changes, tuple(wanted.items()), supply, cause)


def wait_for(changes: Changes, items: Items, supply: Supply, cause: str) -> None:
    """One event for units that waited for the same until now; none for those that go on as before."""
    for part, known in waiting_for(changes.order, items):
        if known == supply:
            continue
        before = None if known is None else known[1]
        changes.emit(ev.UnitsBackordered(changes.at, part, *supply, before, cause))


def follow(changes: Changes) -> None:
    """A promise of a location that may not send the units any more is let go of (R3).

    It lost or rejected some of the order; or the order goes elsewhere, and whoever routes it has to ask anew.
    """
    order = changes.order
    elsewhere = any(type(event) is ev.DeliveryChanged for event in changes.events)
    for entry in order.backorders:
        if entry.promised_for is not None and (elsewhere or entry.location in order.progress.excluded):
            wait_for(changes, entry.items, ("", None), UNREACHABLE)


# -- folding ---------------------------------------------------------------------------------


def evolve_backordered(order: Order, event: ev.UnitsBackordered) -> Order:
    """The units wait for this, and for nothing else."""
    return backordered(order, event.items, (event.location, event.promised_for))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    BackorderUnits: backorder,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.UnitsBackordered: evolve_backordered,
}

__all__ = [
    "NO_STOCK",
    "SUPPLY_CHANGED",
    "BackorderUnits",
    "Backordered",
    "backorder_units",
    "checked_backordered",
    "follow",
    "wait_for",
    "whole_seconds",
]
