"""What is wanted of an order as a whole: holds, cancels, stages, deadlines, and to be forgotten.

Decides commands that the order's standing allows. Must not know goods or money.
"""

from __future__ import annotations

from omcore import orders as om
from omcore.kernel import Command
from omcore.lifecycle import ORDER
from omcore.testing.simulation.wishes.desk import (
    CANCELLABLE,
    CAPTURE,
    ROUTING,
    SHIPPING,
    Desk,
    Table,
    some_units,
)

_MANY = 10  # holds and requests: below what an order may have
_BLOCKS = ((ROUTING, SHIPPING, CAPTURE), (ROUTING,), (SHIPPING,), (CAPTURE,))


def cancel(desk: Desk, order: om.Order) -> Command | None:
    """Units of a line are cancelled, a whole line, or all that has not shipped."""
    if desk.over(order):
        return None
    items = some_units(desk, order, *CANCELLABLE)
    if not items:
        return None
    what = desk.chooser.below(4)
    if what == 3:
        return om.CancelUnits(order.id, **desk.common())
    if what == 2:
        return om.CancelUnits(order.id, (), "changed mind", (items[0][0],), **desk.common())
    return om.CancelUnits(order.id, items, "changed mind", **desk.common())


def ask_to_cancel(desk: Desk, order: om.Order) -> Command | None:
    """Somebody would like to."""
    if desk.over(order) or len(order.standing.cancel_requests) >= _MANY:
        return None
    items = some_units(desk, order, *CANCELLABLE) if desk.chooser.chance(600) else ()
    return om.RequestCancel(order.id, desk.name("q"), items, **desk.common())


def answer_the_wish(desk: Desk, order: om.Order) -> Command | None:
    """A person says yes or no."""
    waiting = [each.id for each in order.standing.cancel_requests if each.status == "requested"]
    if not waiting:
        return None
    accept = desk.chooser.chance(400)
    return om.DecideCancelRequest(order.id, desk.chooser.pick(waiting), accept, **desk.common())


def hold(desk: Desk, order: om.Order) -> Command | None:
    """The order waits, for a person or for a time."""
    if desk.over(order) or len(order.standing.holds) >= _MANY:
        return None
    chooser = desk.chooser
    blocks = chooser.pick(_BLOCKS)
    until = desk.later(60, 100_000) if chooser.chance(500) else None
    then = "cancel" if until is not None and chooser.chance(200) else "release"
    kind, owner = chooser.pick(("customer", "fraud", "address")), chooser.pick(("person", "risk"))
    return om.PlaceHold(order.id, desk.name("h"), kind, owner, "", blocks, until, then, **desk.common())


def release(desk: Desk, order: om.Order) -> Command | None:
    """It goes on: a person may release any hold."""
    waiting = [
        each.id for each in order.standing.holds if each.expires_at is None or each.expires_at > desk.at
    ]
    return om.ReleaseHold(order.id, desk.chooser.pick(waiting), **desk.common()) if waiting else None


def stage(desk: Desk, order: om.Order) -> Command | None:
    """A stage of the shop's own is entered, or left."""
    chart = desk.shop.chart
    if chart is ORDER or order.standing.status != "processing":
        return None
    return om.EnterStage(order.id, "unwrap" if order.standing.stage else "wrap", **desk.common())


def meet_deadlines(desk: Desk, order: om.Order) -> Command | None:
    """Somebody looks at the clock."""
    return om.MeetDeadlines(order.id, **desk.common())


def forget(desk: Desk, order: om.Order) -> Command | None:
    """The customer wants to be forgotten, and is once."""
    return None if order.standing.erased else om.ErasePersonalData(order.id, **desk.common())


ALWAYS: Table = ((1, meet_deadlines),)
FORGETTING: Table = ((1, forget),)
ALIVE: Table = ((1, hold), (1, ask_to_cancel))
CANCELLING: Table = ((1, cancel),)
HELD: Table = ((8, release),)
ASKED: Table = ((5, answer_the_wish),)
STAGES: Table = ((3, stage),)
STAGED: Table = ((8, stage),)

__all__ = [
    "ALIVE",
    "ALWAYS",
    "ASKED",
    "CANCELLING",
    "FORGETTING",
    "HELD",
    "STAGED",
    "STAGES",
    "answer_the_wish",
    "release",
]
