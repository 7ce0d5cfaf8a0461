"""Receiving: goods of a return come to a location, whole or in part, or turn out not to come.

Decides what each outcome means for units and money, and where the goods go at once. What an outcome
comes to:

============  =============================  =======================================================
outcome       the units                      the money
============  =============================  =======================================================
received      returned                       their worth less the fees, now or after the inspection
damaged       returned, stocked as damaged   the same
wrong_item    the customer's, as before      none
refused       the customer's, as before      none
lost          lost on a label of ours        their worth; without one they are the customer's, as before
found         lost before, now returned      none: it was given back
============  =============================  =======================================================

Must not know how an inspection ends (``inspecting``), or stock counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.kernel import Command, IllegalTransition, InvalidType, changed, checked_id, record
from omcore.kernel.runs import union
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.amendments.swapping import send_for
from omcore.orders.changes import Changes
from omcore.orders.draft import CHANNEL
from omcore.orders.fulfillment.shipping import CONDITIONS, DAMAGED, QUARANTINED, SELLABLE
from omcore.orders.returns.authorizing import (
    authorize_units,
    checked_codes,
    checked_refund_to,
    checked_some,
    known_return,
    status_of_return,
    with_return,
)
from omcore.orders.returns.money import given_back_for, worth_given_back
from omcore.orders.returns.policies import AFTER_REFUND, BEFORE_REFUND, IN_STORE, INSPECTIONS, Reasons
from omcore.orders.selection import Wanted, checked_wanted, known_lines, select_from, subtract
from omcore.orders.state import GoodsReceived, Items, Order, Return

# What became of units that were expected.
GOOD = "received"
BROKEN = "damaged"
WRONG_ITEM = "wrong_item"
LOST = "lost"
REFUSED = "refused"
FOUND = "found"
RETURN_OUTCOMES = (GOOD, BROKEN, WRONG_ITEM, LOST, REFUSED, FOUND)

# Where goods go, and the condition that stock is kept in there; none of what is scrapped.
RESTOCK = "restock"
QUARANTINE = "quarantine"
REFURBISH = "refurbish"
SCRAP = "scrap"
DISPOSITIONS: Mapping[str, str] = {
    RESTOCK: SELLABLE,
    QUARANTINE: QUARANTINED,
    REFURBISH: DAMAGED,
    SCRAP: "",
}

Outcomes = tuple[tuple[str, Wanted], ...]


@record
class ReceiveReturn(Command):
    """Units came back to a location; without ``items`` and ``outcomes`` all that the return expects.

    ``condition`` is sellable, damaged or quarantined; or ``disposition`` says where the goods go:
    restock, quarantine, refurbish, scrap; ``restock_at`` is the location that they are stocked at where
    it is another. ``outcomes`` are (outcome, units): received, damaged, wrong_item, lost, refused,
    found. ``waive_fee`` keeps no restocking fee.
    """

    order_id: str
    return_id: str
    location: str
    items: Wanted = ()
    condition: str = SELLABLE
    waive_fee: bool = False
    outcomes: Outcomes = ()
    disposition: str = ""
    restock_at: str = ""

    def _check(self) -> None:
        for path in ("order_id", "return_id", "location"):
            checked_id(getattr(self, path), path)
        checked_wanted(self.items)
        checked_handling(self.condition, self.disposition, self.restock_at, self.waive_fee)
        if type(self.outcomes) is not tuple:
            raise InvalidType("outcomes", expected="tuple of (outcome, units)")
        seen = set()
        for i, pair in enumerate(self.outcomes):
            if type(pair) is not tuple or len(pair) != 2:
                raise InvalidType(f"outcomes[{i}]", expected="(outcome, units)")
            if type(pair[0]) is not str or pair[0] not in RETURN_OUTCOMES or pair[0] in seen:
                raise InvalidType(f"outcomes[{i}]", expected="once each of " + ", ".join(RETURN_OUTCOMES))
            seen.add(pair[0])
            checked_wanted(pair[1], f"outcomes[{i}].items")
            if not pair[1]:
                raise InvalidType(f"outcomes[{i}].items", expected="at least one line")
        if self.items and GOOD in seen:
            raise InvalidType("items", expected="units that are received are named once")


@record
class ReturnInStore(Command):
    """Units are brought to a store, of whichever location shipped them, and were not expected.

    They are authorized, by the same rules as any, and received there. Fields as in ``AuthorizeReturn``
    and ``ReceiveReturn``.
    """

    order_id: str
    return_id: str
    location: str
    items: Wanted
    condition: str = SELLABLE
    reasons: Reasons = ()
    conditions: Reasons = ()
    refund_to: str = ""
    waive_fee: bool = False
    disposition: str = ""
    restock_at: str = ""

    def _check(self) -> None:
        for path in ("order_id", "return_id", "location"):
            checked_id(getattr(self, path), path)
        checked_some(self.items)
        checked_codes(self.reasons, "reasons", self.items)
        checked_codes(self.conditions, "conditions", self.items)
        checked_refund_to(self.refund_to)
        checked_handling(self.condition, self.disposition, self.restock_at, self.waive_fee)


def checked_handling(condition: object, disposition: object, restock_at: object, waive_fee: object) -> None:
    """What is done with goods that came, checked; else a typed input error."""
    if type(condition) is not str or condition not in CONDITIONS:
        raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))
    if type(waive_fee) is not bool:
        raise InvalidType("waive_fee", expected="bool")
    if type(disposition) is not str or (disposition and disposition not in DISPOSITIONS):
        raise InvalidType("disposition", expected="one of " + ", ".join(DISPOSITIONS) + ", or empty")
    if type(restock_at) is not str or restock_at:
        checked_id(restock_at, "restock_at")


# -- deciding --------------------------------------------------------------------------------


def receive(changes: Changes, command: ReceiveReturn) -> None:
    """Precedence: unknown_id, illegal_transition, units_not_available.

    Where nothing is left to come, what was lost is found. Goods for an order that is over, which nothing
    expects, are a task for a person (C7).
    """
    found = known_return(changes, command.return_id)
    outcomes = command.outcomes
    known_lines(changes.order, command.items)
    for i, (_, wanted) in enumerate(outcomes):
        known_lines(changes.order, wanted, f"outcomes[{i}].items")
    if not found.items and all(outcome != FOUND for outcome, _ in outcomes):
        outcomes = _unexpected(changes, found, command)
        if not outcomes:
            return
    receive_units(
        changes,
        found.id,
        command.location,
        items=command.items if outcomes is command.outcomes else (),
        outcomes=outcomes,
        condition=command.condition,
        waive_fee=command.waive_fee,
        disposition=command.disposition,
        restock_at=command.restock_at,
    )


def _unexpected(changes: Changes, found: Return, command: ReceiveReturn) -> Outcomes:
    """What comes though nothing is expected: what was lost, or a task; a refusal while the order lives."""
    order = changes.order
    if not command.outcomes and (lost := _lost(order, found.id)):
        return ((FOUND, command.items or lost),)
    if order.standing.status not in changes.context.chart.finals:
        raise IllegalTransition("return_id", chart="return", state=found.status, event="receive")
    note = ("goods_after_return", found.id, command.location)
    if note not in order.standing.noted:
        changes.emit(ev.LateFactNoted(changes.at, *note))
    return ()


def return_in_store(changes: Changes, command: ReturnInStore) -> None:
    """Precedence: unknown_id, order_is_over, return_exists, units_not_available, not_returnable."""
    authorize_units(
        changes,
        command.return_id,
        command.items,
        reasons=command.reasons,
        conditions=command.conditions,
        method=IN_STORE,
        asked=command.refund_to,
    )
    receive_units(
        changes,
        command.return_id,
        command.location,
        condition=command.condition,
        waive_fee=command.waive_fee,
        disposition=command.disposition,
        restock_at=command.restock_at,
    )


def receive_units(
    changes: Changes,
    return_id: str,
    location: str,
    *,
    items: Wanted = (),
    outcomes: Outcomes = (),
    condition: str = SELLABLE,
    waive_fee: bool = False,
    disposition: str = "",
    restock_at: str = "",
) -> None:
    """What became of units of a return, for every command that says so; all are chosen first."""
    found = changes.order.progress.returns[return_id]
    left, chosen = found.items, []
    for outcome, wanted in (*(((GOOD, items),) if items else ()), *outcomes):
        if outcome == FOUND:
            chosen.append((outcome, select_from(_lost(changes.order, return_id), wanted)))
            continue
        part = select_from(left, wanted)
        left = subtract(left, part)
        chosen.append((outcome, part))
    for outcome, part in chosen or [(GOOD, found.items)]:
        stocked = DISPOSITIONS[disposition] if disposition else condition
        if outcome == BROKEN and not disposition:
            stocked = DAMAGED
        _become(changes, return_id, location, outcome, part, stocked, restock_at or location, waive_fee)


def _become(
    changes: Changes,
    return_id: str,
    location: str,
    outcome: str,
    items: Items,
    condition: str,
    stocked_at: str,
    waive_fee: bool,
) -> None:
    at, found = changes.at, changes.order.progress.returns[return_id]
    if outcome in (WRONG_ITEM, REFUSED) or (outcome == LOST and found.label is None):
        changes.emit(ev.ReturnRefused(at, return_id, items, outcome))
    elif outcome == LOST:
        send_for(changes, return_id, items)
        worth = changes.order.worth(items)
        changes.emit(ev.ReturnLost(at, return_id, items, *worth, found.refund_to))
    else:
        for ours, part in _by_owner(changes.order, items):
            if outcome == FOUND:
                changes.emit(ev.LostReturnFound(at, return_id, location, part, condition, stocked_at, ours))
            else:
                _arrive(changes, return_id, location, part, condition, stocked_at, ours, waive_fee)


def _arrive(
    changes: Changes,
    return_id: str,
    location: str,
    items: Items,
    condition: str,
    stocked_at: str,
    ours: bool,
    waive_fee: bool,
) -> None:
    """Units are back: for their inspection, or for good."""
    found = changes.order.progress.returns[return_id]
    inspection = changes.context.policies.inspection(changes.order, found)
    if type(inspection) is not str or inspection not in INSPECTIONS:
        raise InvalidType("policies.inspection", expected="one of " + ", ".join(INSPECTIONS))
    if inspection == BEFORE_REFUND:
        changes.emit(ev.ReturnArrived(changes.at, return_id, location, items, ours))
        return
    send_for(changes, return_id, items)
    money = given_back_for(changes, found, items, condition, waive_fee)
    inspect = inspection == AFTER_REFUND
    if inspect:
        condition, stocked_at = QUARANTINED, location
    left = subtract(found.items, items)
    changes.emit(
        ev.ReturnReceived(
            changes.at,
            return_id,
            location,
            items,
            condition,
            money.net,
            money.tax,
            money.remitted,
            money.funded,
            money.fee,
            money.label_fee,
            stocked_at,
            ours,
            inspect,
            not (left or inspect or found.inspecting),
            found.refund_to,
        )
    )


def _by_owner(order: Order, items: Items) -> list[tuple[bool, Items]]:
    """What the channel fulfilled came from the channel's stock and does not enter ours (S12)."""
    terms = order.terms
    ours = tuple(item for item in items if terms.line(item[0]).fulfilled_by != CHANNEL)
    theirs = tuple(item for item in items if terms.line(item[0]).fulfilled_by == CHANNEL)
    return [(owner, part) for owner, part in ((True, ours), (False, theirs)) if part]


def _lost(order: Order, return_id: str) -> Items:
    """Units that were lost on their way back."""
    return tuple(
        (line.id, runs)
        for line, units in zip(order.terms.lines, order.progress.units, strict=True)
        if (runs := un.held_by(units, un.LOST, return_id))
    )


# -- folding ---------------------------------------------------------------------------------


def evolve_arrived(order: Order, event: ev.ReturnArrived) -> Order:
    """The units wait for their inspection; what they are worth is owed as before."""
    return with_return(
        order, _came(order, event.return_id, event.location, event.items, False), event.items, un.RECEIVED
    )


def evolve_received(order: Order, event: ev.ReturnReceived) -> Order:
    """The units are back, and their worth less the fees is owed."""
    old = order.progress.returns[event.return_id]
    if event.inspect:
        new = _came(order, event.return_id, event.location, event.items, True)
    else:
        left = subtract(old.items, event.items)
        new = changed(old, items=left, status=status_of_return(left, old.inspecting))
    if event.label_fee and new.label is not None:
        new = changed(new, label=changed(new.label, due=new.label.due - event.label_fee))
    order = with_return(order, new, event.items, un.RETURNED)
    return worth_given_back(order, event, event.fee + event.label_fee)


def evolve_found(order: Order, event: ev.LostReturnFound) -> Order:
    """Somebody has the units after all."""
    return with_return(order, order.progress.returns[event.return_id], event.items, un.RETURNED)


def _came(order: Order, return_id: str, location: str, items: Items, refunded: bool) -> Return:
    old = order.progress.returns[return_id]
    inspecting = []
    more = items
    for goods in old.inspecting:
        if goods.location == location and goods.refunded == refunded:
            more = merged(goods.items, items)
        else:
            inspecting.append(goods)
    inspecting.append(GoodsReceived(location, more, refunded))
    left = subtract(old.items, items)
    return changed(old, items=left, inspecting=tuple(inspecting), status=status_of_return(left, inspecting))


def merged(left: Items, right: Items) -> Items:
    """Units of either; lines in the order in which they were named first."""
    runs = dict(left)
    for line_id, more in right:
        runs[line_id] = union(runs.get(line_id, ()), more)
    return tuple(runs.items())


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    ReceiveReturn: receive,
    ReturnInStore: return_in_store,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.ReturnArrived: evolve_arrived,
    ev.ReturnReceived: evolve_received,
    ev.LostReturnFound: evolve_found,
}

__all__ = [
    "BROKEN",
    "DISPOSITIONS",
    "FOUND",
    "GOOD",
    "LOST",
    "REFUSED",
    "RESTOCK",
    "RETURN_OUTCOMES",
    "WRONG_ITEM",
    "Outcomes",
    "ReceiveReturn",
    "ReturnInStore",
    "checked_handling",
    "merged",
    "receive",
    "receive_units",
    "return_in_store",
]
