"""Importing: a channel's newer snapshot of an order that may be known already.

Decides the difference between what a draft says and what is known, and acts on it: importing
twice is a no-op, and old news is ignored (C8). Must not know payloads. What cannot be acted on
here becomes a late fact: a task for a person, never silently dropped.
"""

from __future__ import annotations

import attrs

from omcore.kernel import Command, InvalidType, record
from omcore.kernel.runs import count, take_highest, take_lowest, union
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.cancelling import CANCELLABLE, cancel_items
from omcore.orders.changes import Changes
from omcore.orders.draft import DraftLine, OrderDraft
from omcore.orders.fulfilling import ship_elsewhere
from omcore.orders.placing import checked_placement
from omcore.orders.selection import everything
from omcore.orders.state import Order

# Units that left, as far as a channel can see it.
GONE = (un.SHIPPED, un.DELIVERED, un.RETURNING, un.RETURNED)


@record
class ImportOrder(Command):
    """Take in a channel's snapshot: place the order, or apply what is new. See ``PlaceOrder``."""

    draft: OrderDraft
    order_id: str = ""
    reservation: str = ""
    signals: tuple[tuple[str, int], ...] = ()

    def _check(self) -> None:
        if type(self.draft) is not OrderDraft:
            raise InvalidType("draft", expected="OrderDraft")
        checked_placement(self.order_id, self.reservation, self.signals)


def reconcile(changes: Changes, draft: OrderDraft) -> None:
    """Apply what a snapshot says beyond what is known.

    The order of it matters: money that the channel moved is noted first, so that cancelling does
    not ask for a refund that was made already.
    """
    _money(changes, draft)
    over = changes.order.standing.status in changes.context.chart.finals
    if draft.cancel_requested and not over and not changes.order.standing.cancel_requested:
        changes.emit(ev.CancelRequested(changes.at))
    for line in draft.lines:
        if line.id in changes.order.terms.index:
            _progress(changes, line)
        else:
            changes.emit(ev.LateFactNoted(changes.at, "line_added", line.id))
    stated = {line.id for line in draft.lines}
    for line_id in changes.order.terms.index:
        if line_id not in stated:
            changes.emit(ev.LateFactNoted(changes.at, "line_removed", line_id))
    if draft.cancelled:
        items = everything(changes.order, *CANCELLABLE)
        if items:
            cancel_items(changes, items, "channel")


def has_news(draft: OrderDraft) -> bool:
    """Whether a draft says more than placing takes in: something happened at the channel already."""
    if draft.cancelled or draft.cancel_requested:
        return True
    return any(line.cancelled or line.fulfilled for line in draft.lines)


def see(changes: Changes, draft: OrderDraft) -> bool:
    """Whether a snapshot of a known order is news; notes its version if it is."""
    if draft.source_version <= changes.order.standing.source_version:
        return False
    changes.emit(ev.SnapshotSeen(changes.at, draft.source_version))
    return True


def _money(changes: Changes, draft: OrderDraft) -> None:
    for tender in draft.tenders:
        known = changes.order.payments.tenders.get(tender.id)
        held = 0 if known is None else known.captured + known.capturing
        stated = min(tender.amount.minor, known.amount) if known is not None else tender.amount.minor
        if tender.captured and held < stated:
            changes.emit(
                ev.PaymentReceived(changes.at, tender.id, tender.kind, stated - held, tender.reference)
            )
            known = changes.order.payments.tenders.get(tender.id)
        refunded = 0 if tender.refunded is None else tender.refunded.minor
        if known is not None:
            new = min(refunded, known.captured) - known.refunded - known.refunding
            if new > 0:
                changes.emit(ev.RefundNoted(changes.at, tender.id, known.kind, new))


def _progress(changes: Changes, stated: DraftLine) -> None:
    """Cancelled and shipped units of one line, as the channel counts them."""
    order = changes.order
    units = order.progress.units[order.terms.index[stated.id]]
    new = stated.cancelled - count(un.in_state(units, un.CANCELLED))
    if new > 0:
        free = un.in_state(units, un.OPEN, un.CHANNEL)
        held = un.in_state(units, un.ALLOCATED)
        runs = take_highest(free, new)
        short = new - count(runs)
        if short:
            runs = union(runs, take_highest(held, short))
            missing = short - count(held)
            if missing > 0:
                changes.emit(ev.LateFactNoted(changes.at, "cancelled_after_shipping", stated.id))
        if runs:
            cancel_items(changes, ((stated.id, runs),), "channel")
    _gone(changes, stated)


def _gone(changes: Changes, stated: DraftLine) -> None:
    order = changes.order
    units = order.progress.units[order.terms.index[stated.id]]
    new = stated.fulfilled - count(un.in_state(units, *GONE))
    if new <= 0:
        return
    free = un.in_state(units, un.OPEN, un.CHANNEL)
    runs = take_lowest(free, new)
    if count(runs) < new:
        changes.emit(ev.LateFactNoted(changes.at, "shipped_elsewhere", stated.id))
    if runs:
        ship_elsewhere(changes, ((stated.id, runs),))


def evolve_seen(order: Order, event: ev.SnapshotSeen) -> Order:
    """The channel's version."""
    return order.with_standing(attrs.evolve(order.standing, source_version=event.source_version))


__all__ = ["ImportOrder", "has_news", "reconcile", "see"]
