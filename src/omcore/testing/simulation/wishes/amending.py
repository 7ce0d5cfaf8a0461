"""What is wanted of the agreement itself: edits of every kind, confirmed, declined, taken back.

Decides edits that leave an order that something happens to. Must not know how they are carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from omcore import orders as om
from omcore.kernel import Command, Place
from omcore.kernel.runs import difference
from omcore.orders import units as un
from omcore.orders.amendments.planning import kept_of
from omcore.orders.draft import MERCHANT, Charge
from omcore.orders.state import Edit, OrderLine
from omcore.testing.simulation.wishes.desk import EDITABLE, Desk, Table, any_place, has, in_state, money
from omcore.testing.simulation.wishes.drafting import line_of

_PLACES = (Place("US", "CA", "90002"), Place("US", "NY", "10002"))
_MANY = 15  # edits that wait: below what an order may have

Operation = Callable[[Desk, om.Order], Any]


def _line(desk: Desk, order: om.Order, *, at_least: int = 0) -> OrderLine | None:
    """A line of the merchant's, with so many units that may still be taken off it."""
    known = [
        line
        for index, line in enumerate(order.terms.lines)
        if line.fulfilled_by == MERCHANT and in_state(order, index, EDITABLE) >= at_least
    ]
    return desk.chooser.pick(known) if known else None


def _add(desk: Desk, order: om.Order) -> Any:
    return om.AddLine(line_of(desk, desk.name("l"), order.terms.currency))


def _more(desk: Desk, order: om.Order) -> Any:
    line = _line(desk, order)
    if line is None:
        return None
    return om.ChangeQuantity(line.id, kept_of(order, line.id) + desk.chooser.between(1, 3))


def _fewer(desk: Desk, order: om.Order) -> Any:
    """One unit less of several, so that something is left."""
    line = _line(desk, order, at_least=2)
    if line is None:
        return None
    return om.ChangeQuantity(line.id, kept_of(order, line.id) - 1)


def _remove(desk: Desk, order: om.Order) -> Any:
    line = _line(desk, order, at_least=1)
    if line is None or not _something_else(order, line):
        return None
    return om.RemoveLine(line.id)


def _something_else(order: om.Order, line: OrderLine) -> bool:
    """Whether units are left that something happens to, once a line's have gone."""
    tally = order.progress.tally
    rest = in_state(order, order.terms.index[line.id], EDITABLE)
    return tally.open + tally.allocated + tally.shipped + tally.delivered > rest


def _substitute(desk: Desk, order: om.Order) -> Any:
    line = _line(desk, order, at_least=1)
    if line is None:
        return None
    return om.Substitute(line.id, line_of(desk, desk.name("l"), order.terms.currency))


def _may_move(order: om.Order) -> bool:
    return has(order, EDITABLE)


def _address(desk: Desk, order: om.Order) -> Any:
    place = desk.chooser.pick(_PLACES)
    new = order.terms.destination != place or order.terms.pickup_at is not None
    return om.ChangeAddress(place) if new and _may_move(order) else None


def _pickup(desk: Desk, order: om.Order) -> Any:
    place = any_place(desk)
    return om.ChangePickup(place) if place != order.terms.pickup_at and _may_move(order) else None


def _service(desk: Desk, order: om.Order) -> Any:
    if order.terms.service != "standard" or not _may_move(order):
        return None
    return om.ChangeService("express", Charge("shipping", money(order, desk.chooser.pick((300, 0)))))


def _charge(desk: Desk, order: om.Order) -> Any:
    return om.AddCharge(Charge("gift_wrap", money(order, desk.chooser.pick((250, 1)))))


def _no_charge(desk: Desk, order: om.Order) -> Any:
    """Once, and only as long as nothing of the shipping went back."""
    charges = [each for each in order.terms.charges if each.kind == "gift_wrap"]
    return om.RemoveCharge("gift_wrap") if sum([each.net for each in charges]) > 0 else None


_OPERATIONS: tuple[Operation, ...] = (
    _add,
    _more,
    _fewer,
    _remove,
    _substitute,
    _address,
    _pickup,
    _service,
    _charge,
    _no_charge,
)


def propose(desk: Desk, order: om.Order) -> Command | None:
    """One operation, or one and a charge."""
    if desk.over(order) or len(order.amendments.edits) >= _MANY:
        return None
    first = desk.chooser.pick(_OPERATIONS)
    found = first(desk, order)
    if found is None:
        return None
    operations = [found]
    if first is not _charge and first is not _no_charge and desk.chooser.chance(200):
        operations.append(_charge(desk, order))
    until = desk.later(3_600, 200_000) if desk.chooser.chance(300) else None
    return om.ProposeEdit(order.id, desk.name("edit"), tuple(operations), until, **desk.common())


def _waiting(desk: Desk, order: om.Order) -> Edit | None:
    edits = order.amendments.edits
    return desk.chooser.pick(tuple(edits.values())) if edits else None


def confirm(desk: Desk, order: om.Order) -> Command | None:
    """The edit is made; money comes first where it is not paid for, and what is outdated is off."""
    edit = _waiting(desk, order)
    if edit is None or _expired(edit.expires_at, desk.at):
        return None
    if _outdated(order, edit):
        return om.DeclineEdit(order.id, edit.id, "outdated", **desk.common())
    if _gone(order, edit):
        return om.DeclineEdit(order.id, edit.id, "gone", **desk.common())
    short = min(edit.gate, order.payments.owed + edit.gate - order.payments.covered)
    if short > 0:
        return om.RecordPayment(order.id, "bank", money(order, short), **desk.common())
    return om.ConfirmEdit(order.id, edit.id, **desk.common())


def _expired(until: datetime | None, at: datetime) -> bool:
    return until is not None and until <= at


def _outdated(order: om.Order, edit: Edit) -> bool:
    if any(kept_of(order, line_id) != kept for line_id, kept in edit.kept):
        return True
    grown = [order.terms.line(line_id).quantity + 1 != worth[0][0] for line_id, worth in edit.more]
    return any(grown) or (edit.before is not None and edit.before != order.delivery)


def _gone(order: om.Order, edit: Edit) -> bool:
    """Whether what it would take off has shipped, or nothing is left that could go elsewhere."""
    for line_id, runs in edit.cancelled:
        units = order.progress.units[order.terms.index[line_id]]
        if difference(runs, un.in_state(units, *EDITABLE)):
            return True
    return edit.after is not None and not has(order, EDITABLE)


def decline(desk: Desk, order: om.Order) -> Command | None:
    """It is not."""
    edit = _waiting(desk, order)
    if edit is None or _expired(edit.expires_at, desk.at):
        return None
    return om.DeclineEdit(order.id, edit.id, "no", **desk.common())


def revert(desk: Desk, order: om.Order) -> Command | None:
    """The last edit is taken back, as long as what it added is there."""
    last = order.amendments.last_edit
    tally = order.progress.tally
    if last is None or desk.over(order) or len(order.amendments.edits) >= _MANY or last.charges:
        return None
    if last.reverts or tally.shipped or tally.delivered or tally.returned or last.after is not None:
        return None
    if any(kept_of(order, line_id) == 0 for line_id in [line.id for line in last.lines]):
        return None
    until = desk.at + timedelta(hours=1) if desk.chooser.chance(300) else None
    return om.RevertEdit(order.id, last.id, desk.name("edit"), until, **desk.common())


ALIVE: Table = ((2, propose),)
PROPOSED: Table = ((6, confirm), (1, decline))
EDITED: Table = ((5, revert),)

__all__ = ["ALIVE", "EDITED", "PROPOSED"]
