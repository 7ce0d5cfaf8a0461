"""Moving: work goes from one location to another, before it ships.

Decides that what is moved is called back where it is and asked of the other in one decision, so that
either both stocks move or none does (S7). Must not know what either has: the stock items say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import Command, Refusal, checked_id, checked_text, record
from omcore.orders import events as ev
from omcore.orders.changes import Changes, refuse_if_held
from omcore.orders.fulfillment.fulfilling import (
    LocationExcluded,
    PickupElsewhere,
    checked_ids,
    may_come_from_elsewhere,
    refuse_if_arrived,
    step,
    work_of,
)
from omcore.orders.selection import Wanted, checked_wanted, known_lines, select_from
from omcore.orders.state import ROUTING


class SameLocation(Refusal):
    """The work is at that location already. Fields: location."""

    code = "same_location"


@record
class MoveFulfillment(Command):
    """Give a location's work, or ``items`` of it, to another location: new work there, in one step.

    A number takes the lowest ordinals; without ``items`` everything that it still has to ship.
    """

    order_id: str
    fulfillment_id: str
    location: str
    items: Wanted = ()
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_ids(self.order_id, self.fulfillment_id, "fulfillment_id")
        checked_id(self.location, "location")
        checked_wanted(self.items)
        checked_text(self.cause, "cause", high=200)


def move(changes: Changes, command: MoveFulfillment) -> None:
    """Precedence: unknown_id, illegal_transition, order_on_hold, same_location, location_excluded,
    pickup_elsewhere, units_not_available, illegal_transition (status).
    """
    order = changes.order
    work = work_of(changes, command.fulfillment_id)
    known_lines(order, command.items)
    refuse_if_arrived(work, "cancel")
    step(work, "cancel", complete=True)
    refuse_if_held(order, ROUTING)
    if command.location == work.location:
        raise SameLocation("location", location=command.location)
    if command.location in order.progress.excluded:
        raise LocationExcluded("location", location=command.location)
    if order.terms.pickup_at not in (None, command.location) and not may_come_from_elsewhere(
        order, changes.context
    ):
        raise PickupElsewhere("location", location=command.location)
    items = select_from(order, work.items, command.items) if command.items else work.items
    changes.emit(ev.FulfillmentCancelled(changes.at, work.id, work.location, items, command.cause))
    number = changes.order.progress.numbered + 1
    fulfillment_id = f"{order.terms.order_id}-F{number}"
    changes.emit(ev.FulfillmentRequested(changes.at, fulfillment_id, command.location, items))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    MoveFulfillment: move,
}

__all__ = ["MoveFulfillment", "SameLocation"]
