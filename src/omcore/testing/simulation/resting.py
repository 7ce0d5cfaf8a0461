"""Resting: what the engine does by itself once nothing fails, before anybody helps it along (PR7).

Decides what may not be left when deadlines were met and the dispatcher ran: no moment of an order that has
passed. Whoever finishes orders by hand afterwards would do all of that too, and hide who did not. Must not
know how it is brought about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omcore import orders as om
from omcore.testing.simulation.promises import Broken

STUCK = "PR7"


def deadlines_are_met(orders: Mapping[str, om.Order], context: om.OrderContext, at: datetime) -> None:
    """No order waits for a moment that had passed when deadlines were met last, at ``at`` (S6)."""
    for name, order in orders.items():
        moment = om.next_deadline(order, context)
        if moment is not None and moment <= at:
            raise Broken(
                STUCK, f"order {name} has waited since {moment:%a %H:%M:%S} for what is due then (S6)"
            )


__all__ = ["deadlines_are_met"]
