"""Allocating: open units are given to locations, and what no location has is settled.

Decides which units a location gets (M7), who may get any (R3), and what becomes of the rest: it waits for
supply that is expected, for whatever comes, or for a person, or it is cancelled (S4, S10). Must not know
how a location or a supply was chosen: the engine asks routing, and turns these events into movements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import (
    MAX_QUANTITY,
    Command,
    InvalidType,
    checked_id,
    checked_key,
    checked_limit,
    checked_quantity,
    is_id,
    is_key,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.backorders import (
    BACKORDER,
    CANCEL,
    HOLD,
    LEAVE_OPEN,
    UNPLACED,
    to_allocate,
    unpromised,
)
from omcore.orders.changes import Changes
from omcore.orders.draft import MAX_LINES, MAX_UNITS
from omcore.orders.fulfillment.backordering import (
    NO_STOCK,
    Backordered,
    backorder_units,
    checked_backordered,
    wait_for,
    whole_seconds,
)
from omcore.orders.fulfillment.fulfilling import (
    LocationExcluded,
    PickupElsewhere,
    ShipCompleteBroken,
    may_come_from_elsewhere,
    refuse_unroutable,
)
from omcore.orders.selection import Wanted, everything, known_lines, select
from omcore.orders.standing.cancelling import UNFILLABLE, cancel_items
from omcore.orders.standing.holds import MAX_HOLDS, RELEASE
from omcore.orders.state import ROUTING

# (line id, location id, quantity)
Assignments = tuple[tuple[str, str, int], ...]

# The hold that waits for somebody to decide about them.
_HOLD_ID = "routing-no_stock"


def _backorders(entries: Any) -> Any:
    return whole_seconds(entries, "backorders")


@record
class AllocateUnits(Command):
    """Ask locations for open units: a fulfillment order per location, the lowest ordinals first.

    ``backorders`` are what waits for supply besides, see ``BackorderUnits``; ``unplaced`` says what becomes
    of every other open unit: it stays ``open``, it is a ``backorder`` without a date, or all of them
    ``cancel`` or ``hold`` (S4). Assignments may be empty only with one of these.
    """

    order_id: str
    assignments: Assignments
    backorders: Backordered = attrs.field(default=(), converter=_backorders)
    unplaced: str = LEAVE_OPEN

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        if type(self.unplaced) is not str or self.unplaced not in UNPLACED:
            raise InvalidType("unplaced", expected="one of " + ", ".join(UNPLACED))
        checked_backordered(self.backorders, "backorders")
        alone = not self.backorders and self.unplaced == LEAVE_OPEN
        if type(self.assignments) is not tuple or (alone and not self.assignments):
            raise InvalidType("assignments", expected="tuple of (line id, location, quantity)")
        # A line may be split over many locations, but no unit of it is.
        checked_limit(len(self.assignments), MAX_UNITS, "assignments", "assignments")
        for i, entry in enumerate(self.assignments):
            if type(entry) is not tuple or len(entry) != 3:
                raise InvalidType(f"assignments[{i}]", expected="(line id, location, quantity)")
            line_id, location, quantity = entry
            plain = is_key(line_id) and is_id(location) and type(quantity) is int
            if not (plain and 0 < quantity <= MAX_QUANTITY):
                path = f"assignments[{i}]."
                checked_key(line_id, path + "line_id")
                checked_id(location, path + "location")
                checked_quantity(quantity, path + "quantity")
        checked_limit(len({entry[0] for entry in self.assignments}), MAX_LINES, "assignments", "lines")


# -- deciding --------------------------------------------------------------------------------


def allocate(changes: Changes, command: AllocateUnits) -> None:
    """Precedence: unknown_id, order_is_over, order_on_hold, order_not_validated, nothing_to_do,
    location_excluded, pickup_elsewhere, units_not_available, illegal_transition (status),
    ship_complete_broken (result).
    """
    order = changes.order
    known_lines(order, [(line_id, quantity) for line_id, _, quantity in command.assignments], "assignments")
    known_lines(order, [(entry[0], None) for entry in command.backorders], "backorders")
    refuse_unroutable(order, changes.context)
    by_location: dict[str, dict[str, int]] = {}
    for i, (line_id, location, quantity) in enumerate(command.assignments):
        if location in order.progress.excluded:
            raise LocationExcluded(f"assignments[{i}]", location=location)
        if order.terms.pickup_at not in (None, location) and not may_come_from_elsewhere(
            order, changes.context
        ):
            raise PickupElsewhere(f"assignments[{i}]", location=location)
        wanted = by_location.setdefault(location, {})
        wanted[line_id] = wanted.get(line_id, 0) + quantity
    for location, lines in by_location.items():
        order = changes.order
        chosen: Wanted = tuple(lines.items())
        if order.backorders:
            chosen = to_allocate(order, location, lines)
        items = select(order, chosen, (un.OPEN,))
        fulfillment_id = f"{order.terms.order_id}-F{order.progress.numbered + 1}"
        changes.emit(ev.FulfillmentRequested(changes.at, fulfillment_id, location, items))
    if by_location and order.terms.ship_complete and changes.order.progress.tally.open:
        raise ShipCompleteBroken("assignments")
    if command.backorders:
        backorder_units(changes, command.backorders, NO_STOCK, "backorders")
    if command.unplaced != LEAVE_OPEN and changes.order.progress.tally.open:
        _UNPLACED[command.unplaced](changes)


def _list_unplaced(changes: Changes) -> None:
    """What has no date waits for whatever comes, as is said once."""
    if items := unpromised(changes.order):
        wait_for(changes, items, ("", None), NO_STOCK)


def _cancel_unplaced(changes: Changes) -> None:
    """Of a ship-complete order nothing can ship without them: it goes whole."""
    order = changes.order
    left = unpromised(order)
    if left:
        whole = everything(order, un.OPEN, un.ALLOCATED) if order.terms.ship_complete else left
        cancel_items(changes, whole, UNFILLABLE)


def _hold_unplaced(changes: Changes) -> None:
    """A person decides: about the order, and once."""
    order = changes.order
    holds = order.standing.holds
    if not unpromised(order) or len(holds) >= MAX_HOLDS or any(hold.id == _HOLD_ID for hold in holds):
        return
    changes.emit(ev.HoldPlaced(changes.at, _HOLD_ID, NO_STOCK, ROUTING, "", (ROUTING,), None, RELEASE))


_UNPLACED: Mapping[str, Callable[[Changes], None]] = {
    BACKORDER: _list_unplaced,
    CANCEL: _cancel_unplaced,
    HOLD: _hold_unplaced,
}

COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    AllocateUnits: allocate,
}

__all__ = ["AllocateUnits", "Assignments"]
