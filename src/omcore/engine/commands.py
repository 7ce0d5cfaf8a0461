"""Commands that span aggregates.

Decides what may be asked of the engine besides the commands of orders and inventory. Must not
know how they are carried out.
"""

from __future__ import annotations

from typing import Any

from omcore.kernel import (
    Command,
    InvalidType,
    checked_id,
    checked_key,
    checked_limit,
    checked_quantity,
    checked_text,
    checked_unique,
    record,
)
from omcore.orders.fulfillment.rearranging import Moves, checked_moves

MAX_CHANGES = 1_000


@record
class RouteOrder(Command):
    """Route an order's open units: plan, allocate stock, ask the locations, all in one commit.

    The recorded result is the ``RoutingPlan``; what it could not place stays open, with a reason.
    """

    order_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")


@record
class DisplaceClaims(Command):
    """Route an order's open units, also out of what is allocated to orders of lower priority.

    Only what no stock is free for is taken, only from orders that the policy ``priority`` puts below this
    one, the last in line first, and only where the location has not begun the work. Either this order gets
    all that the plan says and the others lose it in the same commit, or nothing happens; those are routed
    again by the dispatcher. The recorded result is the ``RoutingPlan``.
    """

    order_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")


@record
class ApplyReoptimization(Command):
    """Carry out better plans of one or many orders, all in one commit or none.

    ``changes`` are (order id, moves), as ``Reoptimization.changes`` has them: each order once, with moves as
    of ``RearrangeWork``. Stock that an earlier one frees is there for a later one.
    """

    changes: tuple[tuple[str, Moves], ...]

    def _check(self) -> None:
        if type(self.changes) is not tuple or not self.changes:
            raise InvalidType("changes", expected="tuple of (order id, moves)")
        checked_limit(len(self.changes), MAX_CHANGES, "changes", "orders")
        for i, change in enumerate(self.changes):
            if type(change) is not tuple or len(change) != 2:
                raise InvalidType(f"changes[{i}]", expected="(order id, moves)")
            order_id, moves = change
            checked_id(order_id, f"changes[{i}].order_id")
            checked_moves(moves, f"changes[{i}].moves")
        checked_unique((order_id for order_id, _ in self.changes), "changes")


def subjects_of(command: Any) -> tuple[str, ...]:
    """The orders that a command which spans aggregates is about, the first of them its subject."""
    if type(command) is ApplyReoptimization:
        return tuple([order_id for order_id, _ in command.changes])
    return (command.order_id,)


@record
class BookLabel(Command):
    """Book a label for a parcel of a fulfillment order's work, from whoever carries it.

    ``service`` is how it is to travel, in the carrier's words. Weight in grams, dimensions in millimeters
    (0 = not known). The carrier is given the command's key. The recorded result is the ``CarrierReply``.
    """

    order_id: str
    fulfillment_id: str
    service: str
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.fulfillment_id, "fulfillment_id")
        checked_text(self.service, "service", high=100)
        for name in ("weight_g", "length_mm", "width_mm", "height_mm"):
            checked_quantity(getattr(self, name), name, low=0)


@record
class VoidLabel(Command):
    """Let go of a label that will not be used; ``label`` is the key of the ``BookLabel`` that booked it.

    The recorded result is the ``CarrierReply``.
    """

    order_id: str
    label: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_key(self.label, "label")


__all__ = [
    "MAX_CHANGES",
    "ApplyReoptimization",
    "BookLabel",
    "DisplaceClaims",
    "RouteOrder",
    "VoidLabel",
    "subjects_of",
]
