"""Changes: the events of one command, and the order after each of them.

Decides how a decision is put together: a facet emits events one by one, each is folded at once
with the same function that replays it, and whatever changes the status is checked against the
lifecycle chart (C7). Must not know any facet's rules. If anything refuses, the whole ``Changes``
is thrown away: the order that came in was never touched (C3).

What is *asked* for (allocating, shipping, a hold, a cancellation) needs a move of the embedder's
stage. What has *happened* - a delivery, a return, a payment's outcome, a channel's word - is never
refused for a stage's sake: where the stage has no such move, the status under it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import attrs

from omcore.kernel import Catalog, IllegalTransition, InvalidType, Refusal
from omcore.lifecycle import ORDER, Chart, order_status
from omcore.orders import events as ev
from omcore.orders.backorders import still_waiting
from omcore.orders.promises import still_promised
from omcore.orders.state import Order, Standing, Tally

if TYPE_CHECKING:
    from omcore.orders.placement.validation import ValidationRule
    from omcore.orders.policies import Policies

# The aggregate's table from event to the function that folds it.
Steps = Mapping[type, Callable[[Any, Any], Order]]

# Which event of the chart a fact stands for. Facts that are not here never change the status.
CHART_EVENTS: Mapping[type, str] = {
    ev.OrderValidated: "validate",
    ev.HoldPlaced: "hold",
    ev.HoldReleased: "release",
    ev.GoodsTaken: "take",
    ev.FulfillmentRequested: "allocate",
    ev.FulfillmentRejected: "deallocate",
    ev.FulfillmentCancelled: "deallocate",
    ev.UnitsShortPicked: "deallocate",
    ev.UnitsShipped: "ship",
    ev.ChannelShipped: "ship",
    ev.UnitsDelivered: "deliver",
    ev.UnitsCollected: "deliver",
    ev.UnitsReopened: "reopen",
    ev.UnitsCancelled: "cancel",
    ev.ReturnReceived: "return_units",
    ev.ReturnInspected: "return_units",
    ev.ReturnLost: "return_units",
    ev.ReturnKept: "return_units",
    ev.ClaimRefunded: "return_units",
    ev.UnitsReplaced: "return_units",
    ev.UnitsAdded: "add",
}


class OrderIsOver(Refusal):
    """The order is in a terminal state (C7). Fields: status."""

    code = "order_is_over"


class OrderOnHold(Refusal):
    """The order waits for a hold to be released. Fields: holds, blocked."""

    code = "order_on_hold"


@attrs.frozen(eq=False)
class OrderContext:
    """What a decision may look at besides the order: catalog, policies, rules, chart, stock.

    ``available`` gives what the network can promise of a SKU, to validation rules that ask; None if unknown.
    """

    catalog: Catalog
    policies: Policies
    rules: tuple[ValidationRule, ...]
    chart: Chart = ORDER
    available: Callable[[str], int] | None = None


@attrs.frozen
class StatusFacts:
    """The booleans that the status is a function of (C7)."""

    held: bool
    validated: bool
    open: bool
    allocated: bool
    shipped: bool
    delivered: bool
    returned: bool


def status_facts(tally: Tally, standing: Standing) -> StatusFacts:
    """What the chart's guards look at."""
    return StatusFacts(
        bool(standing.holds),
        standing.validated,
        tally.open > 0,
        tally.allocated > 0,
        tally.shipped > 0,
        tally.delivered > 0,
        tally.returned > 0 or tally.in_parts > 0,
    )


def status_of(tally: Tally, standing: Standing) -> str:
    """The status of an order, from its units and holds alone. ``InvalidType`` for anything else."""
    if type(tally) is not Tally:
        raise InvalidType("tally", expected="Tally")
    if type(standing) is not Standing:
        raise InvalidType("standing", expected="Standing")
    return _status(tally, standing)


def _status(tally: Tally, standing: Standing) -> str:
    return _STATUS[
        bool(standing.holds),
        standing.validated,
        tally.open > 0,
        tally.allocated > 0,
        tally.shipped > 0,
        tally.delivered > 0,
        tally.returned > 0 or tally.in_parts > 0,
    ]


def _all_statuses() -> dict[tuple[bool, ...], str]:
    from itertools import product

    return {facts: order_status(StatusFacts(*facts)) for facts in product((False, True), repeat=7)}


# 128 rows instead of a branch per fact on every command.
_STATUS = _all_statuses()


class Changes:
    """Collects the events of one command. Holds the order as it is after the last of them."""

    __slots__ = ("asked", "at", "context", "events", "order", "steps")

    def __init__(
        self, order: Order | None, context: OrderContext, at: datetime, steps: Steps, asked: bool = False
    ) -> None:
        # None only until a placing facet has emitted its first event; the others never see it.
        self.order = cast(Order, order)
        self.context = context
        self.at = at
        self.steps = steps
        self.asked = asked
        self.events: list[Any] = []

    def emit(self, event: Any) -> None:
        """Fold one event; follow the status if it changed."""
        kind = type(event)
        order = self.steps[kind](self.order, event)
        if order.backorders and order.progress is not self.order.progress:
            order = still_waiting(order)
        if order.promises and order.progress is not self.order.progress:
            order = still_promised(order, self.order)
        if self.at > order.seen_at:
            order = Order(
                order.terms,
                order.progress,
                order.payments,
                order.standing,
                order.amendments,
                self.at,
                order.backorders,
                order.promises,
            )
        self.order = order
        self.events.append(event)
        chart_event = CHART_EVENTS.get(kind)
        if chart_event is None:
            return
        standing = order.standing
        status = _status(order.progress.tally, standing)
        if status == standing.status:
            return
        source = standing.stage or standing.status
        chart = self.context.chart
        if not chart.allows(source, chart_event, status) and (
            self.asked or not chart.allows(standing.status, chart_event, status)
        ):
            raise IllegalTransition(
                "status", chart=chart.name, state=source, event=chart_event, target=status
            )
        changed = ev.OrderStatusChanged(self.at, source, status, chart_event)
        self.events.append(changed)
        self.order = self.steps[ev.OrderStatusChanged](order, changed)


def refuse_if_over(order: Order, context: OrderContext) -> None:
    """Nothing leaves a terminal state (C7)."""
    if order.standing.status in context.chart.finals:
        raise OrderIsOver("order_id", status=order.status)


def holds_block(order: Order, what: str) -> tuple[str, ...]:
    """The kinds of the holds that block ``routing``, ``shipping`` or ``capture``, in alphabetical order.

    Errors: ``InvalidType`` for what is no order.
    """
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    return tuple(sorted({hold.kind for hold in order.standing.holds if what in hold.blocks}))


def refuse_if_held(order: Order, what: str) -> None:
    """Routing and shipping wait for the holds that block them."""
    if order.standing.holds and (kinds := holds_block(order, what)):
        raise OrderOnHold("order_id", holds=kinds, blocked=what)


__all__ = [
    "CHART_EVENTS",
    "Changes",
    "OrderContext",
    "OrderIsOver",
    "OrderOnHold",
    "holds_block",
    "refuse_if_held",
    "refuse_if_over",
    "status_facts",
    "status_of",
]
