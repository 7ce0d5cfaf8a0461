"""Commands that span aggregates.

Decides what may be asked of the engine besides the commands of orders and inventory. Must not
know how they are carried out.
"""

from __future__ import annotations

from omcore.kernel import Command, checked_id, checked_key, checked_quantity, checked_text, record


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


__all__ = ["BookLabel", "DisplaceClaims", "RouteOrder", "VoidLabel"]
