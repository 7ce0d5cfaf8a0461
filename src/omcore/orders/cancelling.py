"""Cancelling: units that will never ship; a *request* to cancel is not a cancel.

Decides which units are cancelled (M7: the highest first), which locations are relieved (S7), and
what is no longer owed. Must not know how the money goes back: settling does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import Command, changed, checked_id, checked_text, record
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, refuse_if_over
from omcore.orders.fulfilling import FO_CANCELLED, NothingToDo, without
from omcore.orders.ledger import forgo
from omcore.orders.selection import (
    Wanted,
    checked_wanted,
    common,
    everything,
    relocated,
    select,
    size,
)
from omcore.orders.state import Items, Order, Progress

CANCELLABLE = (un.OPEN, un.ALLOCATED, un.CHANNEL)


@record
class RequestCancel(Command):
    """Somebody would like the order cancelled. Decided by a person or a policy afterwards."""

    order_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")


@record
class CancelUnits(Command):
    """Cancel units that have not shipped; without ``items`` all of them."""

    order_id: str
    items: Wanted = ()
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_wanted(self.items)
        checked_text(self.cause, "cause", high=200)


def request_cancel(changes: Changes, command: RequestCancel) -> None:
    """Noted once; about an order that is over it is a late fact."""
    order = changes.order
    if order.standing.status in changes.context.chart.finals:
        changes.emit(ev.LateFactNoted(changes.at, "cancel_requested"))
    elif not order.standing.cancel_requested:
        changes.emit(ev.CancelRequested(changes.at))


def cancel(changes: Changes, command: CancelUnits) -> None:
    """Precedence: over, unknown line, units not cancellable, nothing to cancel."""
    refuse_if_over(changes.order, changes.context)
    order = changes.order
    if command.items:
        items = select(order, command.items, CANCELLABLE, highest=True)
    else:
        items = everything(order, *CANCELLABLE)
    if not items:
        raise NothingToDo("items", state="cancellable")
    cancel_items(changes, items, command.cause)


def cancel_items(changes: Changes, items: Items, cause: str) -> None:
    """Cancel exactly these units; each must be cancellable."""
    order = changes.order
    progress = order.progress
    freed = tuple(
        (work.id, work.location, held)
        for work in progress.work.values()
        if work.items and (held := common(work.items, items))
    )
    net, tax, remitted, funded = order.worth(items)
    # Where nothing will ever ship, the charges are not owed either (M8).
    nothing_left = not progress.charged and progress.tally.kept == size(items)
    charges_net, charges_tax, charges_remitted, charges_funded = order.worth((), charges=nothing_left)
    changes.emit(
        ev.UnitsCancelled(
            changes.at,
            items,
            freed,
            net,
            tax,
            remitted,
            funded,
            charges_net,
            charges_tax,
            charges_remitted,
            charges_funded,
            cause,
        )
    )


def evolve_cancel_requested(order: Order, event: ev.CancelRequested) -> Order:
    """The wish is on record."""
    return order.with_standing(changed(order.standing, cancel_requested=True))


def evolve_units_cancelled(order: Order, event: ev.UnitsCancelled) -> Order:
    """The units are gone, and with them what was owed for them."""
    units, tally = relocated(order, event.items, un.CANCELLED)
    progress = order.progress
    work = progress.work
    for fulfillment_id, _, held in event.freed:
        work = without(progress, work, fulfillment_id, held, FO_CANCELLED)
    return Order(
        order.terms,
        Progress(
            units,
            tally,
            work,
            progress.shipments,
            progress.returns,
            progress.excluded,
            progress.charged,
            progress.numbered,
        ),
        forgo(
            order.payments,
            event.net + event.charges_net,
            event.tax + event.charges_tax,
            event.remitted + event.charges_remitted,
            event.funded + event.charges_funded,
        ),
        order.standing,
        order.amendments,
        order.seen_at,
    )


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    RequestCancel: request_cancel,
    CancelUnits: cancel,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.CancelRequested: evolve_cancel_requested,
    ev.UnitsCancelled: evolve_units_cancelled,
}

__all__ = ["CANCELLABLE", "CancelUnits", "RequestCancel"]
