"""Rearranging: units that no location has begun with are asked of others, all in one step.

Decides that an order's work moves from a plan to a better one as a whole or not at all, that each location
is asked once for all that it gets, and that what has been begun, or is not as it was planned, is refused.
Must not know what the better plan is, or what any location has: the engine asks routing and the stock items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    IllegalTransition,
    InvalidType,
    Refusal,
    Runs,
    UnknownId,
    checked_id,
    checked_limit,
    checked_text,
    record,
)
from omcore.kernel.runs import union
from omcore.orders import events as ev
from omcore.orders.changes import Changes, refuse_if_held
from omcore.orders.draft import MAX_UNITS
from omcore.orders.fulfillment.fulfilling import (
    LocationExcluded,
    PickupElsewhere,
    refuse_if_arrived,
    step,
)
from omcore.orders.policies import NOT_BEGUN
from omcore.orders.selection import (
    UnitsNotAvailable,
    Wanted,
    checked_wanted,
    known_lines,
    select_from,
    subtract,
)
from omcore.orders.state import ROUTING, Items, Order

# (fulfillment order id, location, units): where units of some work go.
Moves = tuple[tuple[str, str, Wanted], ...]


class WorkBegun(Refusal):
    """The location has begun the work: it is not taken from there without asking. Fields: id, status."""

    code = "work_begun"


@record
class RearrangeWork(Command):
    """Units of work that no location has begun go to other locations, all in one step.

    ``moves`` are (fulfillment order id, location, items), each work and location once; a number takes the
    lowest ordinals. Every location named is asked for all that comes to it as one new work. Units that are
    named with the location where they lie are asked for there anew, together with what comes: so two works
    of one location become one.
    """

    order_id: str
    moves: Moves
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_text(self.cause, "cause", high=200)
        checked_moves(self.moves)


def checked_moves(moves: object, path: str = "moves") -> None:
    """``InvalidType`` and others for what is no ``Moves``."""
    if type(moves) is not tuple or not moves:
        raise InvalidType(path, expected="tuple of (fulfillment order id, location, items)")
    checked_limit(len(moves), MAX_UNITS, path, "moves")
    known = set()
    for i, move in enumerate(moves):
        if type(move) is not tuple or len(move) != 3:
            raise InvalidType(f"{path}[{i}]", expected="(fulfillment order id, location, items)")
        fulfillment_id, location, items = move
        checked_id(fulfillment_id, f"{path}[{i}].fulfillment_id")
        checked_id(location, f"{path}[{i}].location")
        checked_wanted(items, f"{path}[{i}].items")
        if not items:
            raise InvalidType(f"{path}[{i}].items", expected="at least one line")
        known.add((fulfillment_id, location))
    if len(known) < len(moves):
        raise InvalidType(path, expected="each work and location once")


def rearrange(changes: Changes, command: RearrangeWork) -> None:
    """Precedence: unknown_id, illegal_transition, work_begun, order_on_hold, location_excluded,
    pickup_elsewhere, units_not_available, illegal_transition (status).
    """
    order = changes.order
    for i, (fulfillment_id, _, items) in enumerate(command.moves):
        path = f"moves[{i}]"
        if fulfillment_id not in order.progress.work:
            raise UnknownId(f"{path}.fulfillment_id", kind="fulfillment order", id=fulfillment_id)
        known_lines(order, items, f"{path}.items")
    for i, (fulfillment_id, _, _) in enumerate(command.moves):
        work = order.progress.work[fulfillment_id]
        try:
            refuse_if_arrived(work, "cancel")
            step(work, "cancel", complete=True)
        except IllegalTransition as refusal:
            raise IllegalTransition(f"moves[{i}].fulfillment_id", **refusal.fields) from None
    for i, (fulfillment_id, _, _) in enumerate(command.moves):
        work = order.progress.work[fulfillment_id]
        if work.status not in NOT_BEGUN:
            raise WorkBegun(f"moves[{i}].fulfillment_id", id=fulfillment_id, status=work.status)
    refuse_if_held(order, ROUTING)
    _refuse_elsewhere(order, command.moves)
    left: dict[str, Items] = {}
    asked: dict[str, dict[str, Runs]] = {}
    for i, (fulfillment_id, location, wanted) in enumerate(command.moves):
        held = left.get(fulfillment_id, order.progress.work[fulfillment_id].items)
        try:
            items = select_from(order, held, wanted)
        except UnitsNotAvailable as refusal:
            raise UnitsNotAvailable(f"moves[{i}].{refusal.path}", **refusal.fields) from None
        left[fulfillment_id] = subtract(held, items)
        there = asked.setdefault(location, {})
        for line_id, runs in items:
            there[line_id] = union(there.get(line_id, ()), runs)
    for fulfillment_id, rest in left.items():
        work = order.progress.work[fulfillment_id]
        gone = subtract(work.items, rest) if rest else work.items
        changes.emit(ev.FulfillmentCancelled(changes.at, work.id, work.location, gone, command.cause))
    for location, lines in asked.items():
        name = f"{order.terms.order_id}-F{changes.order.progress.numbered + 1}"
        changes.emit(ev.FulfillmentRequested(changes.at, name, location, _in_order(order, lines)))


def _refuse_elsewhere(order: Order, moves: Moves) -> None:
    """A location that lost some of the order gets no more of it, and a pickup stays where it is (R3)."""
    for i, (_, location, _) in enumerate(moves):
        if location in order.progress.excluded:
            raise LocationExcluded(f"moves[{i}].location", location=location)
    for i, (_, location, _) in enumerate(moves):
        if order.terms.pickup_at not in (None, location):
            raise PickupElsewhere(f"moves[{i}].location", location=location)


def _in_order(order: Order, lines: Mapping[str, Runs]) -> Items:
    """As the lines of the order stand."""
    index = order.terms.index
    return tuple(sorted(lines.items(), key=lambda item: index[item[0]]))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    RearrangeWork: rearrange,
}

__all__ = ["Moves", "RearrangeWork", "WorkBegun", "checked_moves"]
