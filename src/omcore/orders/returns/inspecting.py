"""Inspecting: goods that came back are looked at, graded, and go where they may.

Decides whether units are taken back, and their disposition: restock, here or at another location,
quarantine, refurbish, scrap. Accepted units whose refund waited for it are refunded now; units that are
not accepted go back to the customer. Must not know stock counts: that the goods leave quarantine once,
and enter stock once, the engine reads off the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.kernel import Command, IllegalTransition, InvalidType, Refusal, changed, checked_id, record
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.amendments.swapping import send_for
from omcore.orders.changes import Changes
from omcore.orders.draft import CHANNEL
from omcore.orders.fulfillment.shipping import SELLABLE
from omcore.orders.parts import Parts, among, beside
from omcore.orders.returns.authorizing import known_return
from omcore.orders.returns.holding import gave_back, stands, status_of_return
from omcore.orders.returns.money import given_back_for, worth_given_back
from omcore.orders.returns.receiving import DISPOSITIONS, RESTOCK, checked_handling, merged
from omcore.orders.selection import Wanted, checked_wanted, common, known_lines, select_from, subtract
from omcore.orders.state import GoodsReceived, Items, Order, Return


class AlreadyRefunded(Refusal):
    """Units cannot go back to the customer, who was refunded when they came. Fields: id."""

    code = "already_refunded"


@record
class InspectReturn(Command):
    """Goods that came back were looked at; without ``items`` all that wait for it.

    ``grade`` is what was found, as a code. ``disposition``: restock, quarantine, refurbish, scrap;
    ``restock_at`` is the location that they are stocked at where it is not the one that has them.
    Units that are not ``accepted`` go back to the customer. ``waive_fee`` keeps no restocking fee. Of a unit
    that did not come whole, all that came and waits is meant.
    """

    order_id: str
    return_id: str
    items: Wanted = ()
    accepted: bool = True
    grade: str = ""
    disposition: str = RESTOCK
    restock_at: str = ""
    waive_fee: bool = False

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.return_id, "return_id")
        checked_wanted(self.items)
        if type(self.accepted) is not bool:
            raise InvalidType("accepted", expected="bool")
        if type(self.grade) is not str or self.grade:
            checked_id(self.grade, "grade")
        if type(self.disposition) is not str or not self.disposition:
            raise InvalidType("disposition", expected="one of " + ", ".join(DISPOSITIONS))
        checked_handling(SELLABLE, self.disposition, self.restock_at, self.waive_fee)


def inspect(changes: Changes, command: InspectReturn) -> None:
    """Precedence: unknown_id, illegal_transition, units_not_available, already_refunded."""
    found = known_return(changes, command.return_id)
    known_lines(changes.order, command.items)
    if not found.inspecting:
        raise IllegalTransition("return_id", chart="return", state=found.status, event="inspect")
    waiting: Items = ()
    for goods in found.inspecting:
        waiting = merged(waiting, goods.items)
    items = select_from(changes.order, waiting, command.items) if command.items else waiting
    looked_at = [(goods, part) for goods in found.inspecting if (part := common(goods.items, items))]
    if not command.accepted and any(goods.refunded for goods, _ in looked_at):
        raise AlreadyRefunded("accepted", id=found.id)
    terms = changes.order.terms
    for goods, part in looked_at:
        for ours in (True, False):
            owned = tuple(item for item in part if (terms.line(item[0]).fulfilled_by != CHANNEL) is ours)
            if owned:
                _inspected(changes, command, goods, owned, ours)


def _inspected(
    changes: Changes, command: InspectReturn, goods: GoodsReceived, items: Items, ours: bool
) -> None:
    found = changes.order.progress.returns[command.return_id]
    condition = DISPOSITIONS[command.disposition] if command.accepted else ""
    net = tax = remitted = funded = fee = label_fee = 0
    parts = among(goods.parts, items)
    if command.accepted and not goods.refunded:
        send_for(changes, found.id, items)
        money = given_back_for(changes, found, items, condition, command.waive_fee, parts)
        net, tax, remitted, funded = money.net, money.tax, money.remitted, money.funded
        fee, label_fee = money.fee, money.label_fee
    left = without_goods(found, goods.location, goods.refunded, items, parts)
    changes.emit(
        ev.ReturnInspected(
            changes.at,
            found.id,
            goods.location,
            items,
            command.grade,
            command.accepted,
            condition,
            command.restock_at or goods.location,
            ours,
            goods.refunded,
            net,
            tax,
            remitted,
            funded,
            fee,
            label_fee,
            not (left.items or left.inspecting),
            found.refund_to,
            parts,
        )
    )


def without_goods(old: Return, location: str, refunded: bool, items: Items, parts: Parts) -> Return:
    """The return when these units no longer wait for their inspection."""
    inspecting = []
    for goods in old.inspecting:
        if goods.location == location and goods.refunded == refunded:
            left = beside(goods.parts, items) if parts else goods.parts
            goods = changed(goods, items=subtract(goods.items, items), parts=left)
        if goods.items:
            inspecting.append(goods)
    return changed(old, inspecting=tuple(inspecting), status=status_of_return(old.items, inspecting))


def evolve_inspected(order: Order, event: ev.ReturnInspected) -> Order:
    """The units are back for good, or the customer's as before."""
    old = order.progress.returns[event.return_id]
    new = without_goods(old, event.location, event.refunded, event.items, event.parts)
    if not event.accepted:
        return stands(order, new, event.items, event.parts, un.DELIVERED)
    if event.refunded:  # where the units stand was said when they came
        returns = {**order.progress.returns, new.id: new}
        return order.with_progress(changed(order.progress, returns=returns))
    if event.label_fee and new.label is not None:
        new = changed(new, label=changed(new.label, due=new.label.due - event.label_fee))
    order = stands(gave_back(order, event.parts), new, event.items, event.parts, un.RETURNED)
    return worth_given_back(order, event, event.fee + event.label_fee)


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    InspectReturn: inspect,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.ReturnInspected: evolve_inspected,
}

__all__ = ["AlreadyRefunded", "InspectReturn", "evolve_inspected", "inspect", "without_goods"]
