"""Resting: what the engine does by itself once nothing fails, before anybody helps it along (PR7).

Decides what may not be left when deadlines were met and the dispatcher ran: no moment of an order that has
passed, and no unit that lost its place and was not routed again. Whoever finishes orders by hand afterwards
would do all of that too, and hide who did not. Must not know how it is brought about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore import orders as om
from omcore.engine.claim_holders import DISPLACED, SHORTFALL
from omcore.engine.keys import own_key
from omcore.orders import events as ev
from omcore.ports import Answer, FeedEntry
from omcore.testing.simulation.promises import Broken

STUCK = "PR7"

# After these units are open that were not, or that nobody could route before.
_OPENING = (
    ev.FulfillmentRejected,
    ev.FulfillmentCancelled,
    ev.UnitsShortPicked,
    ev.DeliveryChanged,
    ev.HoldReleased,
    ev.UnitsReopened,
)


def deadlines_are_met(orders: Mapping[str, om.Order], context: om.OrderContext, at: datetime) -> None:
    """No order waits for a moment that had passed when deadlines were met last, at ``at`` (S6)."""
    for name, order in orders.items():
        moment = om.next_deadline(order, context)
        if moment is not None and moment <= at:
            raise Broken(
                STUCK, f"order {name} has waited since {moment:%a %H:%M:%S} for what is due then (S6)"
            )


class Openings:
    """By order, the facts that opened units of it, while it has open ones and nobody routed it for them."""

    def __init__(self) -> None:
        self._open: dict[str, dict[int, None]] = {}  # versions of the order's stream
        self._waiting: dict[str, tuple[int, ...]] = {}

    def take(self, entries: Sequence[FeedEntry], order: om.Order) -> None:
        """What one commit says, of this order too, and the order after it."""
        if not order.progress.tally.open or not (order.progress.work or order.backorders):
            # Who looks at the fact now finds nothing to do, though units be opened later by another.
            self._open.pop(order.id, None)
            return
        for entry in entries:
            if type(entry.event) in _OPENING and entry.stream == f"order/{order.id}" and _opens(entry.event):
                self._open.setdefault(order.id, {})[entry.version] = None

    def begin(self) -> None:
        """A dispatcher is about to run: what was opened by now it will read."""
        self._waiting = {name: tuple(versions) for name, versions in self._open.items()}

    def are_routed(self, answers: Mapping[str, Answer]) -> None:
        """It ran, and asked routing for each of them, whatever routing said (S9, R3)."""
        for name, versions in self._waiting.items():
            for version in versions:
                known = self._open.get(name, {})
                if own_key("reroute", name, version) in answers:
                    known.pop(version, None)
                elif version in known:
                    raise Broken(
                        STUCK, f"order {name}: nobody routes the units again that lost their place (S9)"
                    )


def _opens(event: Any) -> bool:
    return type(event) is not ev.FulfillmentCancelled or event.cause in (DISPLACED, SHORTFALL)


__all__ = ["Openings", "deadlines_are_met"]
