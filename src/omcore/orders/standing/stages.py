"""Stages and the rest of the standing: an embedder's own states, and erasing personal data.

Decides how an extension of the lifecycle chart is entered: a stage refines the status until the
units move on. Must not know which states an embedder has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.kernel import Command, IllegalTransition, changed, checked_id, record
from omcore.orders import events as ev
from omcore.orders.changes import Changes, refuse_if_over, status_facts
from omcore.orders.state import Order


@record
class EnterStage(Command):
    """Take an event of an embedder's extension of the chart, such as ``wrap`` or ``approve``."""

    order_id: str
    event: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.event, "event")


@record
class ErasePersonalData(Command):
    """Erase what is known about the customer; the order, its money and its units stay."""

    order_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")


def enter_stage(changes: Changes, command: EnterStage) -> None:
    """Only events that the extended chart has here, and only into a stage or back to the status.

    Precedence: order_is_over, illegal_transition.
    """
    refuse_if_over(changes.order, changes.context)
    order = changes.order
    chart = changes.context.chart
    standing = order.standing
    target = chart.step(order.status, command.event, status_facts(order.progress.tally, standing))
    if target is None or (target in BASE_STATUSES and target != standing.status):
        # A move between base states follows from units and holds, never from a command (C7).
        raise IllegalTransition("event", chart=chart.name, state=order.status, event=command.event)
    stage = "" if target == standing.status else target
    if stage == standing.stage:
        return
    changes.emit(ev.StageEntered(changes.at, order.status, stage, command.event))


def erase(changes: Changes, command: ErasePersonalData) -> None:
    """Always possible; the engine erases in the same commit. Precedence: none."""
    changes.emit(ev.PersonalDataErased(changes.at))


def evolve_stage(order: Order, event: ev.StageEntered) -> Order:
    """The stage, or none."""
    return order.with_standing(changed(order.standing, stage=event.stage))


def evolve_erased(order: Order, event: ev.PersonalDataErased) -> Order:
    """Nothing about the customer is taken in again."""
    return order.with_standing(changed(order.standing, erased=True))


BASE_STATUSES = frozenset(
    {
        "placed",
        "validated",
        "processing",
        "partially_fulfilled",
        "fulfilled",
        "partially_delivered",
        "delivered",
        "partially_returned",
        "returned",
        "on_hold",
        "cancelled",
    }
)

COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    EnterStage: enter_stage,
    ErasePersonalData: erase,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.StageEntered: evolve_stage,
    ev.PersonalDataErased: evolve_erased,
}

__all__ = ["BASE_STATUSES", "EnterStage", "ErasePersonalData"]
