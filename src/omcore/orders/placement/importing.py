"""Importing: a channel's newer snapshot of an order that may be known already.

Decides the difference between what a draft says and what is known, and acts on it: importing
twice is a no-op, and old news is ignored (C8). Must not know payloads. What cannot be acted on
here becomes a late fact: a task for a person, never silently dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import Command, InvalidType, changed, record
from omcore.kernel.runs import Runs, count, difference, union
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes
from omcore.orders.draft import DraftLine, OrderDraft
from omcore.orders.fulfillment.shipping import LOST, RETURNED_TO_SENDER, ship_elsewhere
from omcore.orders.kits import worth_left
from omcore.orders.placement.placing import checked_placement, without_remitted
from omcore.orders.selection import chosen, everything, line_units
from omcore.orders.standing.cancel_requests import ask_for_channel
from omcore.orders.standing.cancelling import CANCELLABLE, cancel_items
from omcore.orders.state import Items, Order, Tender
from omcore.orders.units import Units

# Units that left, as far as a channel can see it.
GONE = (un.SHIPPED, un.ARRIVED, un.DELIVERED, un.RETURNING, un.RECEIVED, *un.WRITTEN_OFF)

# Units that came back, or count as if they had.
BACK = (un.RETURNING, un.RECEIVED, *un.GIVEN_BACK)


@record
class ImportOrder(Command):
    """Take in a channel's snapshot: place the order, or apply what is new. See ``PlaceOrder``.

    Precedence: order_exists, currency_mismatch, measure_mismatch, discount_too_large, amount_too_large,
    total_mismatch.

    Of an order that is known only the first two, of one that is new only the others.
    """

    draft: OrderDraft
    order_id: str = ""
    reservation: str = ""
    signals: tuple[tuple[str, int], ...] = attrs.field(default=(), repr=False)

    def _check(self) -> None:
        if type(self.draft) is not OrderDraft:
            raise InvalidType("draft", expected="OrderDraft")
        checked_placement(self.order_id, self.reservation, self.signals)


def reconcile(changes: Changes, draft: OrderDraft) -> None:
    """Apply what a snapshot says beyond what is known.

    Units go first, because they tell how much of a refund was a marketplace's own tax (M13). Money
    is only asked for after all of it: a refund that the channel made is not made again.
    """
    over = changes.order.standing.status in changes.context.chart.finals
    if draft.cancel_requested and not over:
        ask_for_channel(changes)
    same = _terms(changes, draft)
    known = [line for line in draft.lines if _known(changes.order, line.id)]
    if cancelled := [item for line in known for item in _cancelled(changes, line)]:
        cancel_items(changes, tuple(cancelled), "channel")
    reopened = _reopened(changes.order)
    if gone := [item for line in known for item in _gone(changes, line, reopened.get(line.id, ()))]:
        ship_elsewhere(changes, tuple(gone))
    for line in known:
        if line.returned > _in(changes.order, line.id, *BACK):
            # Where the goods are and in which condition only a person can say.
            _note(changes, "returned_elsewhere", line.id, line.returned)
    if draft.cancelled:
        items = everything(changes.order, *CANCELLABLE)
        if items:
            cancel_items(changes, items, "channel")
        tally = changes.order.progress.tally
        if tally.shipped or tally.delivered:
            _note(changes, "cancelled_after_shipping")
    _money(changes, draft, same)


def has_news(draft: OrderDraft) -> bool:
    """Whether a draft says more than placing takes in: something happened at the channel already."""
    if draft.cancelled or draft.cancel_requested:
        return True
    if any(tender.refunded is not None and tender.refunded.minor for tender in draft.tenders):
        return True
    return any(line.cancelled or line.fulfilled or line.returned for line in draft.lines)


def see(changes: Changes, draft: OrderDraft) -> bool:
    """Whether a snapshot of a known order may be news; notes its version if it is.

    What is older is not. The same version may be: some channels count none, and some write down the
    second, in which an order is placed and paid. What a snapshot says is summed since the order was
    placed, so that one which comes twice or late holds nothing that is new (C8).
    """
    known = changes.order.standing.source_version
    if draft.source_version > known:
        changes.emit(ev.SnapshotSeen(changes.at, draft.source_version))
    return draft.source_version >= known


def _known(order: Order, line_id: str) -> int:
    """How many units of a line the channel knows: none of a line, or of units, that came to it here."""
    at = order.terms.index.get(line_id)
    if at is None:
        return 0
    quantity = order.terms.lines[at].quantity
    changed_here = order.amendments.stated
    return quantity if changed_here is None else changed_here.quantities.get(line_id, quantity)


def _units(order: Order, line_id: str) -> Units:
    """The units of a line that the channel knows: what it counts is counted over these."""
    return un.up_to(line_units(order, line_id), _known(order, line_id))


def _terms(changes: Changes, draft: OrderDraft) -> bool:
    """Whether the goods are still those that were agreed; what was edited there is a task for a person.

    What was edited here the channel does not know: it states the order as it was placed.
    """
    order = changes.order
    terms, delivery = order.terms, order.stated.delivery
    notes = []
    for line in draft.lines:
        quantity = _known(order, line.id)
        goods = (line.sku, line.quantity, line.unit_price.minor, line.measure)
        if not quantity:
            notes.append(("line_added", line.id, ""))
        elif goods != (
            terms.line(line.id).sku,
            quantity,
            terms.line(line.id).unit_price,
            terms.line(line.id).measure,
        ):
            notes.append(("line_changed", line.id, f"{line.quantity} {line.sku} {line.unit_price.minor}"))
    stated = {line.id for line in draft.lines}
    notes += [
        ("line_removed", line_id, "")
        for line_id in terms.index
        if line_id not in stated and _known(order, line_id)
    ]
    same = not notes
    waiting = changes.order.progress.tally.open or changes.order.progress.tally.allocated
    where, pickup = draft.destination, draft.pickup_at
    # Neither what the channel knew, nor what was agreed here since: it may have heard of that.
    agreed = ((delivery.destination, delivery.pickup_at), (terms.destination, terms.pickup_at))
    if waiting and (where, pickup) not in agreed:
        to = (where.country, where.region, where.postal_code) if where else ()
        notes.append(("destination_changed", "", " ".join((*to, pickup or ""))))
    for note in notes:
        _note(changes, *note)
    return same


def _note(changes: Changes, what: str, detail: str = "", stated: str | int = "") -> None:
    """A task for a person, made once however often the channel says the same (C9)."""
    if (what, detail, str(stated)) not in changes.order.standing.noted:
        changes.emit(ev.LateFactNoted(changes.at, what, detail, str(stated)))


def _money(changes: Changes, draft: OrderDraft, same: bool) -> None:
    """Captures and refunds that the channel saw, less what it remits itself (M13)."""
    order = changes.order
    stated, before = order.stated, order.payments.tenders
    amounts = [tender.amount.minor for tender in draft.tenders]
    refunds = [0 if tender.refunded is None else tender.refunded.minor for tender in draft.tenders]
    if sum(amounts) >= stated.total:
        held = [_of(before, tender.id, lambda t: t.captured + t.capturing) for tender in draft.tenders]
        amounts = without_remitted(draft.tenders, amounts, stated.remitted, held)
        made = [_of(before, tender.id, lambda t: t.refunded + t.refunding) for tender in draft.tenders]
        refunds = without_remitted(draft.tenders, refunds, _remitted_back(order, draft), made)
    for tender, amount, refunded in zip(draft.tenders, amounts, refunds, strict=True):
        known = before.get(tender.id)
        if known is None and not (same and tender.captured):
            # For goods that are not on this order, or for a holder that was never asked.
            if tender.captured or tender.authorized:
                _note(changes, "tender_added", tender.id, amount)
            continue
        if tender.captured:
            held_already = 0 if known is None else known.captured + known.capturing
            if known is not None and amount > max(known.amount, held_already):
                _note(changes, "tender_changed", tender.id, amount)
                amount = known.amount
            if amount > held_already:
                new = amount - held_already
                changes.emit(ev.PaymentReceived(changes.at, tender.id, tender.kind, new, tender.reference))
        known = changes.order.payments.tenders.get(tender.id)
        if known is not None:
            taken = changes.order.payments.concessions.charged_back_on(known.id)
            new = min(refunded, known.captured - taken) - known.refunded - known.refunding
            if taken and refunded > known.captured - taken:
                # What a bank took was given back twice: a person has to see to it.
                _note(changes, "refunded_beyond", tender.id, refunded)
            if new > 0:
                changes.emit(ev.RefundNoted(changes.at, tender.id, known.kind, new))


def _of(tenders: Mapping[str, Tender], tender_id: str, figure: Callable[[Tender], int]) -> int:
    tender = tenders.get(tender_id)
    return 0 if tender is None else figure(tender)


def _remitted_back(order: Order, draft: OrderDraft) -> int:
    """Tax that the marketplace gave back itself: of units that came back here, or to the channel."""
    back = order.terms.remitted - order.payments.remitted
    for line in draft.lines:
        if line.returned and _known(order, line.id):
            units = _units(order, line.id)
            more = line.returned - count(un.in_state(units, *un.GIVEN_BACK))
            left = un.in_state(units, un.SHIPPED, un.DELIVERED, un.RETURNING, un.RECEIVED)
            runs = chosen(order, line.id, left, more)
            back += worth_left(order, ((line.id, runs),))[2]
    return back


def _in(order: Order, line_id: str, *states: str) -> int:
    return count(un.in_state(_units(order, line_id), *states))


def _cancelled(changes: Changes, stated: DraftLine) -> Items:
    """Units of one line that the channel counts as cancelled and that are not: the free ones first."""
    order = changes.order
    new = stated.cancelled - _in(order, stated.id, un.CANCELLED)
    if new <= 0:
        return ()
    units = _units(order, stated.id)
    runs = chosen(order, stated.id, un.in_state(units, un.OPEN, un.CHANNEL), new, highest=True)
    short = new - count(runs)
    if short:
        held = un.in_state(units, un.ALLOCATED)
        runs = union(runs, chosen(order, stated.id, held, short, highest=True))
        if short > count(held):
            _note(changes, "cancelled_after_shipping", stated.id, stated.cancelled)
    return ((stated.id, runs),) if runs else ()


def _reopened(order: Order) -> dict[str, Runs]:
    """Units per line that left in a shipment which never arrived: the channel counts them still."""
    left: dict[str, Runs] = {}
    for shipment in order.progress.shipments.values():
        if shipment.status in (LOST, RETURNED_TO_SENDER):
            for line_id, runs in shipment.items:
                left[line_id] = union(left.get(line_id, ()), runs)
    return left


def _gone(changes: Changes, stated: DraftLine, reopened: Runs) -> Items:
    """Units of one line that the channel counts as shipped and that never left."""
    units = _units(changes.order, stated.id)
    left = union(un.in_state(units, *GONE), reopened)
    new = stated.fulfilled - count(left)
    if new <= 0:
        return ()
    open_units = difference(un.in_state(units, un.OPEN, un.CHANNEL), left)
    runs = chosen(changes.order, stated.id, open_units, new)
    if count(runs) < new:
        _note(changes, "shipped_elsewhere", stated.id, stated.fulfilled)
    return ((stated.id, runs),) if runs else ()


def evolve_seen(order: Order, event: ev.SnapshotSeen) -> Order:
    """The channel's version."""
    return order.with_standing(changed(order.standing, source_version=event.source_version))


def evolve_late(order: Order, event: ev.LateFactNoted) -> Order:
    """The task was made."""
    noted = order.standing.noted | {(event.what, event.detail, event.stated)}
    return order.with_standing(changed(order.standing, noted=noted))


EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.SnapshotSeen: evolve_seen,
    ev.LateFactNoted: evolve_late,
}

__all__ = ["ImportOrder", "has_news", "reconcile", "see"]
