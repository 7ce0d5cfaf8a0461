"""Editing: an order is changed after it was placed - proposed, previewed, then confirmed or declined.

Decides how an edit lives: who may propose one, what confirming it does to units, charges and work that
locations have already, what has to be paid first, and when it is off. An edit is confirmed against the
order as it is then: it does exactly what was previewed, or is refused and waits on. Must not know how
operations become units and worth (``planning``), or how money is asked for (settling does).

A hold does not stop an edit: it is often what ends one. An order that waits for its validation may be
edited too, and its rules are asked again. One that is over may not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    Contact,
    InvalidType,
    LimitExceeded,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.amendments.adding import add_units
from omcore.orders.amendments.operations import Operation, checked_operations
from omcore.orders.amendments.planning import (
    EDITABLE,
    added_items,
    kept_of,
    known_targets,
    plan_edit,
    plan_revert,
)
from omcore.orders.amendments.swapping import amount_due
from omcore.orders.changes import Changes, OrderContext, refuse_if_over
from omcore.orders.deadlines import Deadline, Deadlines, moment_in_utc
from omcore.orders.entitlements import Worth
from omcore.orders.fulfillment.fulfilling import NothingToDo, step
from omcore.orders.placement.pricing import MAX_TOTAL
from omcore.orders.policies import NOT_BEGUN, PERSON
from omcore.orders.returns.money import SHIPPING, shipping_given_back
from omcore.orders.selection import UnitsNotAvailable, select
from omcore.orders.standing.cancelling import cancel_items
from omcore.orders.state import NO_AMENDMENTS, Delivery, Edit, Order

MAX_EDITS = 20

# Why units were cancelled, and work was called back.
EDIT = "edit"

# Work whose goods are off the shelf already.
_IN_HAND = ("picking", "packed")


class EditExists(Refusal):
    """The order has an edit with this id: one that waits, or the last that was confirmed. Fields: id."""

    code = "edit_exists"


class TooManyEdits(Refusal):
    """At most 20 edits of an order wait at once. Fields: limit."""

    code = "too_many_edits"


class EditOutdated(Refusal):
    """Something else changed what the edit was made for: propose it again. Fields: what, line_id.

    ``what`` is ``line`` (another number of its units is kept than when it was proposed, or a line with
    a new one's id is there by now), or ``delivery``.
    """

    code = "edit_outdated"


class EditNotPaid(Refusal):
    """What the edit adds is not authorized or paid yet. Fields: due (minor units), currency."""

    code = "edit_not_paid"


class EditEndsOrder(Refusal):
    """No unit would be left that anything happens to: that is a cancellation."""

    code = "edit_ends_order"


class ChargesBelowZero(Refusal):
    """The charges would come to less than nothing: goodwill is an allowance. Fields: charges."""

    code = "charges_below_zero"


@record
class ProposeEdit(Command):
    """Put an edit before whoever confirms it, with every unit and every price fixed.

    It is off at ``expires_at``. ``party`` is the role that wants it (customer, merchant), on the event;
    a person's name belongs into ``by``.
    """

    order_id: str
    edit_id: str
    operations: tuple[Operation, ...]
    expires_at: datetime | None = attrs.field(default=None, converter=moment_in_utc)
    party: str = PERSON

    def _check(self) -> None:
        _checked_ids(self.order_id, self.edit_id, self.party)
        checked_operations(self.operations)


@record
class RevertEdit(Command):
    """Propose to take the last confirmed edit back, whole, as an edit of its own named ``revert_id``."""

    order_id: str
    edit_id: str
    revert_id: str
    expires_at: datetime | None = attrs.field(default=None, converter=moment_in_utc)
    party: str = PERSON

    def _check(self) -> None:
        _checked_ids(self.order_id, self.edit_id, self.party)
        checked_id(self.revert_id, "revert_id")


@record
class ConfirmEdit(Command):
    """Make the edit. ``contact`` is the customer's personal data from now on, where it changes that."""

    order_id: str
    edit_id: str
    party: str = PERSON
    contact: Contact | None = attrs.field(default=None, repr=False)

    def _check(self) -> None:
        _checked_ids(self.order_id, self.edit_id, self.party)
        if self.contact is not None and type(self.contact) is not Contact:
            raise InvalidType("contact", expected="Contact or None")


@record
class DeclineEdit(Command):
    """The edit will not be made: ``party`` says so, and ``cause`` why."""

    order_id: str
    edit_id: str
    cause: str = attrs.field(default="", repr=False)
    party: str = PERSON

    def _check(self) -> None:
        _checked_ids(self.order_id, self.edit_id, self.party)
        checked_text(self.cause, "cause", high=200)


def _checked_ids(order_id: object, edit_id: object, party: object) -> None:
    checked_id(order_id, "order_id")
    checked_id(edit_id, "edit_id")
    checked_id(party, "party")


# -- deciding --------------------------------------------------------------------------------


def propose(changes: Changes, command: ProposeEdit) -> None:
    """Precedence: unknown_id, order_is_over, edit_exists, too_many_edits, line_not_editable, line_exists,
    currency_mismatch, measure_mismatch, units_not_available, nothing_changes, discount_too_large,
    amount_too_large, limit_exceeded, charges_below_zero, nothing_to_do, illegal_transition (status),
    edit_ends_order.

    From line_not_editable to units_not_available operation by operation. What follows nothing_changes
    is what confirming it now would refuse, but for what is to be paid.
    """
    known_targets(changes.order, command.operations)
    _refuse_new(changes, command.edit_id, "edit_id")
    edit = plan_edit(
        changes.order,
        changes.context,
        command.edit_id,
        command.operations,
        changes.at,
        command.expires_at,
    )
    _put_forward(changes, edit, command.party, "operations")


def revert(changes: Changes, command: RevertEdit) -> None:
    """Precedence: order_is_over, edit_exists, too_many_edits, not_revertible, limit_exceeded,
    charges_below_zero, nothing_to_do, illegal_transition (status), edit_ends_order.
    """
    _refuse_new(changes, command.revert_id, "revert_id")
    edit = plan_revert(changes.order, command.edit_id, command.revert_id, changes.at, command.expires_at)
    _put_forward(changes, edit, command.party, "edit_id")


def _refuse_new(changes: Changes, edit_id: str, path: str) -> None:
    refuse_if_over(changes.order, changes.context)
    amendments = changes.order.amendments
    last = amendments.last_edit
    if edit_id in amendments.edits or (last is not None and last.id == edit_id):
        raise EditExists(path, id=edit_id)
    if len(amendments.edits) >= MAX_EDITS:
        raise TooManyEdits(path, limit=MAX_EDITS)


def _put_forward(changes: Changes, edit: Edit, party: str, path: str) -> None:
    after, more = foresee(changes, edit, path)
    edit = changed(edit, gate=max(after.payments.owed - changes.order.payments.owed, 0))
    due = amount_due(changes.context, changes.order, edit.gate)
    changes.emit(ev.EditProposed(changes.at, edit, party, *more, due))


def foresee(changes: Changes, edit: Edit, path: str) -> tuple[Order, Worth]:
    """The order as it would be, before money is settled, and what it would be worth more; R4.

    The function that confirms it, over changes that are thrown away.
    """
    scratch = Changes(changes.order, changes.context, changes.at, changes.steps, True)
    more = carry_out(scratch, edit, path)
    return scratch.order, more


def confirm(changes: Changes, command: ConfirmEdit) -> None:
    """Of an order that is over no edit waits, and one that has expired does not either.

    Precedence: unknown_id, edit_outdated, units_not_available, limit_exceeded, charges_below_zero,
    nothing_to_do, illegal_transition (status), edit_ends_order, edit_not_paid.
    """
    edit = _waiting(changes, command.edit_id)
    before = changes.order
    more = carry_out(changes, edit, "edit_id")
    payments = changes.order.payments
    due = amount_due(changes.context, before, max(payments.owed - before.payments.owed, 0))
    if due:
        raise EditNotPaid("edit_id", due=due, currency=before.terms.currency)
    changes.emit(
        ev.EditConfirmed(
            changes.at,
            edit.id,
            command.party,
            edit.reverts,
            added_items(edit),
            edit.cancelled,
            edit.swaps,
            *more,
            payments.owed + payments.remitted,
        )
    )


def decline(changes: Changes, command: DeclineEdit) -> None:
    """Refused for an edit that does not wait; what was paid for it goes back (settling).

    Precedence: unknown_id.
    """
    edit = _waiting(changes, command.edit_id)
    changes.emit(ev.EditDeclined(changes.at, edit.id, command.party, command.cause))


def _waiting(changes: Changes, edit_id: str) -> Edit:
    edit = changes.order.amendments.edits.get(edit_id)
    if edit is None:
        raise UnknownId("edit_id", kind="edit", id=edit_id)
    return edit


# -- carrying out ----------------------------------------------------------------------------


def _charges_left(order: Order) -> tuple[int, int]:
    """What the charges come to, and what is left of the shipping where returns gave some of it back."""
    net, tax, _, _ = shipping_given_back(order)
    whole = sum([charge.net + charge.tax for charge in order.terms.charges]) - net - tax
    if not (net or tax):
        return whole, 0
    shipping = sum([charge.net + charge.tax for charge in order.terms.charges if charge.kind == SHIPPING])
    return whole, shipping - net - tax


def carry_out(changes: Changes, edit: Edit, path: str) -> Worth:
    """What an edit does, to the unit: adds first, so that an order which is wholly replaced goes on.

    Returns what the order is worth more (net, tax, remitted, funded).
    """
    order = changes.order
    _refuse_if_outdated(order, edit, path)
    _refuse_if_gone(order, edit, path)
    before = _charges_left(order)
    made = len(changes.events)
    if edit.lines or edit.more or edit.charges:
        add_units(changes, f"{EDIT}:{edit.id}", edit.lines, edit.more, edit.charges)
        for charges, had in zip(_charges_left(changes.order), before, strict=True):
            if charges < min(had, 0):
                # Or units that are cancelled and returned later would leave less than nothing owed.
                raise ChargesBelowZero(path, charges=charges)
        whole = changes.order.terms.total
        if abs(whole) > MAX_TOTAL:
            raise LimitExceeded(path, what="minor units of an order", limit=MAX_TOTAL, got=whole)
    if edit.cancelled:
        cancel_items(changes, edit.cancelled, EDIT)
    if edit.after is not None:
        _deliver_otherwise(changes, edit.after, f"{EDIT}:{edit.id}", path)
    if changes.order.standing.status in changes.context.chart.finals:
        raise EditEndsOrder(path)
    return _difference(changes.events[made:])


def _difference(events: list[Any]) -> Worth:
    """What units, lines and charges that came are worth, less those that went."""
    net = tax = remitted = funded = 0
    for event in events:
        if type(event) is ev.UnitsAdded:
            net, tax = net + event.net, tax + event.tax
            remitted, funded = remitted + event.remitted, funded + event.funded
        elif type(event) is ev.UnitsCancelled:
            net, tax = net - event.net, tax - event.tax
            remitted, funded = remitted - event.remitted, funded - event.funded
    return net, tax, remitted, funded


def _refuse_if_outdated(order: Order, edit: Edit, path: str) -> None:
    for line_id, kept in edit.kept:
        if kept_of(order, line_id) != kept:
            raise EditOutdated(path, what="line", line_id=line_id)
    for line_id, entitlements in edit.more:
        if entitlements[0][0] != order.terms.line(line_id).quantity + 1:
            raise EditOutdated(path, what="line", line_id=line_id)
    for line in edit.lines:
        if line.id in order.terms.index:
            raise EditOutdated(path, what="line", line_id=line.id)
    if edit.before is not None and order.delivery != edit.before:
        raise EditOutdated(path, what="delivery", line_id="")


def _refuse_if_gone(order: Order, edit: Edit, path: str) -> None:
    try:
        select(order, edit.cancelled, EDITABLE)
    except UnitsNotAvailable as refusal:
        raise UnitsNotAvailable(path, **refusal.fields) from None


def _deliver_otherwise(changes: Changes, after: Delivery, cause: str, path: str) -> None:
    """What has not shipped goes there (S7).

    What a location has picked or packed stays with it, under the new address. Work that it has not begun is
    asked of it anew, so that nobody else may claim the goods meanwhile; whoever routes moves it, where
    another is nearer or this one may not ship there. All the rest is called back: what is collected at a
    store, or was to be, and whatever an order has that is on hold.
    """
    if not any(un.in_state(units, *EDITABLE) for units in changes.order.progress.units):
        raise NothingToDo(path, state=un.OPEN)
    order = changes.order
    collected = order.terms.pickup_at is not None or after.pickup_at is not None
    stays = not collected and not order.standing.holds and order.standing.validated
    changes.emit(ev.DeliveryChanged(changes.at, cause, after.destination, after.service, after.pickup_at))
    again = []
    for work in tuple(order.progress.work.values()):
        if not work.items or work.arrived or (work.status in _IN_HAND and not collected):
            continue
        step(work, "cancel", complete=True)
        changes.emit(ev.FulfillmentCancelled(changes.at, work.id, work.location, work.items, EDIT))
        if stays and work.status in NOT_BEGUN and work.location not in order.progress.excluded:
            again.append(work)
    for work in again:
        name = f"{order.terms.order_id}-F{changes.order.progress.numbered + 1}"
        changes.emit(ev.FulfillmentRequested(changes.at, name, work.location, work.items))


# -- what follows, and deadlines -------------------------------------------------------------


def follow_up(changes: Changes) -> None:
    """No edit waits for an order that is over; what was paid for it goes back."""
    order = changes.order
    if order.amendments.edits and order.standing.status in changes.context.chart.finals:
        for edit_id in tuple(order.amendments.edits):
            changes.emit(ev.EditLapsed(changes.at, edit_id, None))


def expiry(order: Order, context: OrderContext) -> datetime | None:
    """When the first edit of an order is off."""
    edits = order.amendments.edits
    if not edits:
        return None
    return min((edit.expires_at for edit in edits.values() if edit.expires_at is not None), default=None)


def lapse(changes: Changes) -> None:
    """The first edit to expire is off."""
    moment = expiry(changes.order, changes.context)
    edit = next(edit for edit in changes.order.amendments.edits.values() if edit.expires_at == moment)
    changes.emit(ev.EditLapsed(changes.at, edit.id, moment))


# -- folding ---------------------------------------------------------------------------------


def evolve_proposed(order: Order, event: ev.EditProposed) -> Order:
    """One edit more waits."""
    edits = {**order.amendments.edits, event.edit.id: event.edit}
    return changed(order, amendments=changed(order.amendments, edits=edits))


def evolve_confirmed(order: Order, event: ev.EditConfirmed) -> Order:
    """The edit is made, and the last that can be reverted."""
    edit = order.amendments.edits[event.edit_id]
    without = _without(order, event.edit_id)
    return changed(without, amendments=changed(without.amendments, last_edit=edit))


def evolve_declined(order: Order, event: ev.EditDeclined | ev.EditLapsed) -> Order:
    """One edit less waits."""
    return _without(order, event.edit_id)


def _without(order: Order, edit_id: str) -> Order:
    edits = {key: edit for key, edit in order.amendments.edits.items() if key != edit_id}
    amendments = changed(order.amendments, edits=edits)
    return changed(order, amendments=NO_AMENDMENTS if amendments == NO_AMENDMENTS else amendments)


def evolve_delivery(order: Order, event: ev.DeliveryChanged) -> Order:
    """It goes elsewhere; the channel does not know."""
    terms = changed(
        order.terms, destination=event.destination, service=event.service, pickup_at=event.pickup_at
    )
    return changed(order, terms=terms, amendments=changed(order.amendments, stated=order.stated))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    ProposeEdit: propose,
    RevertEdit: revert,
    ConfirmEdit: confirm,
    DeclineEdit: decline,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.EditProposed: evolve_proposed,
    ev.EditConfirmed: evolve_confirmed,
    ev.EditDeclined: evolve_declined,
    ev.EditLapsed: evolve_declined,
    ev.DeliveryChanged: evolve_delivery,
}

DEADLINES: Deadlines = {"edit_expires": Deadline(expiry, lapse, binding=True)}

__all__ = [
    "EDIT",
    "MAX_EDITS",
    "ChargesBelowZero",
    "ConfirmEdit",
    "DeclineEdit",
    "EditEndsOrder",
    "EditExists",
    "EditNotPaid",
    "EditOutdated",
    "ProposeEdit",
    "RevertEdit",
    "TooManyEdits",
    "amount_due",
    "carry_out",
    "follow_up",
    "foresee",
]
