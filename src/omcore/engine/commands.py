"""Commands that span aggregates.

Decides what may be asked of the engine besides the commands of orders and inventory. Must not
know how they are carried out.
"""

from __future__ import annotations

from omcore.kernel import Command, checked_id, record


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


__all__ = ["DisplaceClaims", "RouteOrder"]
