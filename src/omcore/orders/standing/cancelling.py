"""Cancelling: units that will never ship.

Decides which units are cancelled (M7: the highest first), which locations are relieved (S7), what is
no longer owed, and when an order that nobody pays for or nobody can fill is cancelled by itself. Must
not know how the money goes back: settling does. Who would like it is ``cancel_requests``' business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    DuplicateId,
    InvalidType,
    checked_id,
    checked_key,
    checked_limit,
    checked_text,
    checked_unique,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.backorders import unpromised
from omcore.orders.changes import Changes, OrderContext, holds_block, refuse_if_over
from omcore.orders.deadlines import Deadline, Deadlines, later
from omcore.orders.draft import MAX_LINES
from omcore.orders.fulfillment.fulfilling import FO_CANCELLED, NothingToDo, relieved
from omcore.orders.payments.ledger import forgo
from omcore.orders.placement.validation import PAYMENT_COVERED
from omcore.orders.policies import after
from omcore.orders.selection import (
    Wanted,
    checked_wanted,
    everything,
    known_lines,
    relocated,
    select,
    shared,
    size,
)
from omcore.orders.state import ROUTING, Items, Order, Progress

CANCELLABLE = (un.OPEN, un.ALLOCATED, un.CHANNEL)


# Why units were cancelled, where nobody cancelled them.
UNPAID = "unpaid"
UNFILLABLE = "unfillable"


@record
class CancelUnits(Command):
    """Cancel units that have not shipped: ``items``, and all of ``lines``; all where neither is named."""

    order_id: str
    items: Wanted = ()
    cause: str = attrs.field(default="", repr=False)
    lines: tuple[str, ...] = ()

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_wanted(self.items)
        checked_text(self.cause, "cause", high=200)
        _check_lines(self.lines, self.items)


def _check_lines(lines: object, items: Wanted) -> None:
    """Line ids, each once, and none that some units are named of."""
    if type(lines) is not tuple:
        raise InvalidType("lines", expected="tuple of line ids")
    checked_limit(len(lines), MAX_LINES, "lines", "lines")
    for i, line_id in enumerate(lines):
        checked_key(line_id, f"lines[{i}]")
    checked_unique(lines, "lines")
    named = {line_id for line_id, _ in items}
    for i, line_id in enumerate(lines):
        if line_id in named:
            raise DuplicateId(f"lines[{i}]", id=line_id)


def cancel(changes: Changes, command: CancelUnits) -> None:
    """Precedence: unknown_id, order_is_over, units_not_available, nothing_to_do,
    illegal_transition (status).
    """
    known_lines(changes.order, command.items)
    known_lines(changes.order, [(line_id, None) for line_id in command.lines], "lines")
    refuse_if_over(changes.order, changes.context)
    order = changes.order
    items = select(order, command.items, CANCELLABLE, highest=True)
    if command.lines or not items:
        every = everything(order, *CANCELLABLE)
        whole = set(command.lines)
        items += tuple(item for item in every if item[0] in whole) if whole else every
    if not items:
        raise NothingToDo("items", state="cancellable")
    cancel_items(changes, items, command.cause)


def cancel_items(changes: Changes, items: Items, cause: str) -> None:
    """Cancel exactly these units; each must be cancellable."""
    order = changes.order
    progress = order.progress
    gone = dict(items)
    freed = tuple(
        (work.id, work.location, held)
        for work in progress.work.values()
        if work.items and (held := shared(work.items, gone))
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


# -- by themselves ---------------------------------------------------------------------------


def unpaid_at(order: Order, context: OrderContext) -> datetime | None:
    """When an order that is not paid for is cancelled (*policy* ``cancel_unpaid_after``).

    Not paid for: authorizations and captures don't cover what is owed, nobody waived it, and it was
    never so that they did, as far as the validation asks. What becomes of the money of an order that
    was paid for is nobody's omission: an authorization that lapsed, a chargeback.
    """
    patience = context.policies.cancel_unpaid_after
    if patience is None:
        return None
    standing, tally = order.standing, order.progress.tally
    if standing.status in context.chart.finals or not (tally.open or tally.allocated):
        return None
    if order.payments.covered >= order.payments.owed or "payment" in standing.waived:
        return None
    if standing.validated and any(rule.name == PAYMENT_COVERED for rule in context.rules):
        return None
    waits = after(patience, "cancel_unpaid_after", order)
    return None if waits is None else later(standing.began_at, waits)


def cancel_unpaid(changes: Changes) -> None:
    """All that has not shipped goes; money that comes later is given back (M11)."""
    cancel_items(changes, everything(changes.order, *CANCELLABLE), UNPAID)


def unfillable_at(order: Order, context: OrderContext) -> datetime | None:
    """When units that no location took are cancelled (*policy* ``cancel_unfillable_after``).

    Counted from when they could last be asked of one; a hold that blocks routing stops the clock.
    """
    patience = context.policies.cancel_unfillable_after
    if patience is None or not order.progress.tally.open:
        return None
    if order.backorders and not unpromised(order):
        return None  # each has a date: it is not unfillable, it is not there yet
    standing = order.standing
    if not standing.validated or (standing.holds and holds_block(order, ROUTING)):
        return None
    waits = after(patience, "cancel_unfillable_after", order)
    return None if waits is None else later(standing.waits_since, waits)


def cancel_unfillable(changes: Changes) -> None:
    """The units that wait without a date, or with them all that has not shipped.

    A ship-complete order goes whole.
    """
    order = changes.order
    whole = order.terms.ship_complete or changes.context.policies.cancel_unfillable_whole
    cancel_items(changes, everything(order, *CANCELLABLE) if whole else unpromised(order), UNFILLABLE)


# -- folding ---------------------------------------------------------------------------------


def evolve_units_cancelled(order: Order, event: ev.UnitsCancelled) -> Order:
    """The units are gone, and with them what was owed for them."""
    units, tally = relocated(order, event.items, un.CANCELLED)
    progress = order.progress
    work = progress.work
    if event.freed:
        held_by = {fulfillment_id: held for fulfillment_id, _, held in event.freed}
        work = relieved(progress, held_by, FO_CANCELLED)
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
            progress.parts,
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
        order.backorders,
        order.promises,
    )


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    CancelUnits: cancel,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.UnitsCancelled: evolve_units_cancelled,
}

DEADLINES: Deadlines = {
    "unpaid": Deadline(unpaid_at, cancel_unpaid, binding=True),
    "unfillable": Deadline(unfillable_at, cancel_unfillable, binding=True),
}

__all__ = ["CANCELLABLE", "UNFILLABLE", "UNPAID", "CancelUnits", "cancel_items"]
