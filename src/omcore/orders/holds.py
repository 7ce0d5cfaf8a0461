"""Holds: reasons why an order waits; several at once, each with an owner.

Decides who places and releases them and what that does to the standing. A held order is neither
routed nor shipped; money and facts that arrive are still recorded. Must not know why anybody
holds an order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    InvalidType,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders.changes import Changes, refuse_if_over
from omcore.orders.state import Hold, Order
from omcore.orders.validation import VALIDATION

MAX_HOLDS = 20


class HoldExists(Refusal):
    """The order has a hold with this id already. Fields: id."""

    code = "hold_exists"


class TooManyHolds(Refusal):
    """An order has at most 20 holds at once. Fields: limit."""

    code = "too_many_holds"


@record
class PlaceHold(Command):
    """Make an order wait. ``kind`` is free (fraud, address, payment, approval, customer ...)."""

    order_id: str
    hold_id: str
    kind: str
    owner: str = "person"
    note: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.hold_id, "hold_id")
        checked_id(self.kind, "kind")
        checked_id(self.owner, "owner")
        checked_text(self.note, "note", high=200)
        if self.owner == VALIDATION:
            # Such holds are released by themselves when the rules are content.
            raise InvalidType("owner", expected="another owner than the validation")
        if self.hold_id.startswith(f"{VALIDATION}-"):
            raise InvalidType("hold_id", expected="an id that the validation does not use")


@record
class ReleaseHold(Command):
    """Let an order go on. Releasing a hold of the validation waives its finding."""

    order_id: str
    hold_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.hold_id, "hold_id")


def place_hold(changes: Changes, command: PlaceHold) -> None:
    """Refused for an order that is over and for a hold id that is taken."""
    refuse_if_over(changes.order, changes.context)
    holds = changes.order.standing.holds
    if any(hold.id == command.hold_id for hold in holds):
        raise HoldExists("hold_id", id=command.hold_id)
    if len(holds) >= MAX_HOLDS:
        raise TooManyHolds("hold_id", limit=MAX_HOLDS)
    changes.emit(ev.HoldPlaced(changes.at, command.hold_id, command.kind, command.owner, command.note))


def release_hold(changes: Changes, command: ReleaseHold) -> None:
    """Refused for a hold that the order does not have."""
    for hold in changes.order.standing.holds:
        if hold.id == command.hold_id:
            changes.emit(ev.HoldReleased(changes.at, hold.id, hold.kind, hold.owner == VALIDATION))
            return
    raise UnknownId("hold_id", kind="hold", id=command.hold_id)


def evolve_hold_placed(order: Order, event: ev.HoldPlaced) -> Order:
    """One reason more."""
    old = order.standing
    held = Hold(event.hold_id, event.kind, event.owner, event.note)
    return order.with_standing(changed(old, holds=(*old.holds, held)))


def evolve_hold_released(order: Order, event: ev.HoldReleased) -> Order:
    """One reason less."""
    old = order.standing
    waived = old.waived | {event.kind} if event.waived else old.waived
    left = tuple(hold for hold in old.holds if hold.id != event.hold_id)
    return order.with_standing(changed(old, holds=left, waived=waived))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    PlaceHold: place_hold,
    ReleaseHold: release_hold,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.HoldPlaced: evolve_hold_placed,
    ev.HoldReleased: evolve_hold_released,
}

__all__ = [
    "MAX_HOLDS",
    "HoldExists",
    "PlaceHold",
    "ReleaseHold",
    "TooManyHolds",
    "place_hold",
    "release_hold",
]
