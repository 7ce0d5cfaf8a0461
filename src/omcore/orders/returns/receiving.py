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

Of a unit that does not come whole the same is true of what came; the rest is expected as before.
Must not know how an inspection ends (``inspecting``), or stock counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.kernel import Command, IllegalTransition, InvalidType, changed, checked_id, record
from omcore.kernel.runs import union
from omcore.orders import events as ev
from omcore.orders import parts as pt
from omcore.orders import units as un
from omcore.orders.amendments.swapping import agreed_with, send_for
from omcore.orders.changes import Changes
from omcore.orders.draft import CHANNEL
from omcore.orders.fulfillment.shipping import CONDITIONS, DAMAGED, QUARANTINED, SELLABLE
from omcore.orders.kits import worth_of
from omcore.orders.parts import Parts
from omcore.orders.returns.authorizing import (
    authorize_units,
    checked_codes,
    checked_refund_to,
    checked_some,
    known_return,
)
from omcore.orders.returns.holding import gave_back, left_on, stands, status_of_return, with_return, without
from omcore.orders.returns.money import given_back_for, worth_given_back
from omcore.orders.returns.naming import (
    WantedParts,
    WholeUnitsOnly,
    checked_parts,
    expected_parts,
    known_parts,
    refuse_unless_kits,
)
from omcore.orders.returns.policies import AFTER_REFUND, BEFORE_REFUND, IN_STORE, INSPECTIONS, Reasons
from omcore.orders.selection import Wanted, checked_wanted, common, known_lines, select_from, subtract
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
    found. ``waive_fee`` keeps no restocking fee. ``parts`` came of units of kits of which the rest is still
    expected: (line id, how many or which units, what of each as (SKU, quantity)).
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
    parts: WantedParts = ()

    def _check(self) -> None:
        for path in ("order_id", "return_id", "location"):
            checked_id(getattr(self, path), path)
        checked_wanted(self.items)
        checked_parts(self.parts, self.items)
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
    parts: WantedParts = ()

    def _check(self) -> None:
        for path in ("order_id", "return_id", "location"):
            checked_id(getattr(self, path), path)
        checked_some(self.items, self.parts)
        checked_codes(self.reasons, "reasons", (*self.items, *self.parts))
        checked_codes(self.conditions, "conditions", (*self.items, *self.parts))
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
    """Precedence: unknown_id, illegal_transition, whole_units_only, not_a_kit, units_not_available,
    parts_not_available.

    Where nothing is left to come, what was lost is found. Goods for an order that is over, which nothing
    expects, are a task for a person (C7). whole_units_only: what is exchanged comes back whole.
    """
    found = known_return(changes, command.return_id)
    outcomes = command.outcomes
    known_lines(changes.order, command.items)
    for i, (_, wanted) in enumerate(outcomes):
        known_lines(changes.order, wanted, f"outcomes[{i}].items")
    known_parts(changes.order, command.parts)
    if not found.items and all(outcome != FOUND for outcome, _ in outcomes):
        outcomes = _unexpected(changes, found, command)
        if not outcomes:
            return
    if command.parts and agreed_with(changes.order, found.id):
        raise WholeUnitsOnly("parts", line_id=command.parts[0][0])
    refuse_unless_kits(changes.order, command.parts)
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
        parts=command.parts,
    )


def _unexpected(changes: Changes, found: Return, command: ReceiveReturn) -> Outcomes:
    """What comes though nothing is expected: what was lost, or a task; a refusal while the order lives."""
    order = changes.order
    if not command.outcomes and not command.parts and (lost := _lost(order, found)):
        return ((FOUND, command.items or lost),)
    if order.standing.status not in changes.context.chart.finals:
        raise IllegalTransition("return_id", chart="return", state=found.status, event="receive")
    note = ("goods_after_return", found.id, command.location)
    if note not in order.standing.noted:
        changes.emit(ev.LateFactNoted(changes.at, *note))
    return ()


def return_in_store(changes: Changes, command: ReturnInStore) -> None:
    """Precedence: unknown_id, order_is_over, return_exists, not_a_kit, units_not_available,
    parts_not_available, not_returnable.
    """
    authorize_units(
        changes,
        command.return_id,
        command.items,
        reasons=command.reasons,
        conditions=command.conditions,
        method=IN_STORE,
        asked=command.refund_to,
        parts=command.parts,
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
    parts: WantedParts = (),
) -> None:
    """What became of units of a return, for every command that says so; all are chosen first."""
    found = changes.order.progress.returns[return_id]
    left, chosen = found, []
    for outcome, wanted in (*(((GOOD, items),) if items else ()), *outcomes):
        if outcome == FOUND:
            named = select_from(changes.order, _lost(changes.order, found), wanted)
            chosen.append((outcome, named, pt.among(found.lost, named)))
            continue
        named = select_from(changes.order, left.items, wanted)
        left = changed(left, items=subtract(left.items, named))
        chosen.append((outcome, named, pt.among(found.parts, named)))
    if parts:
        chosen.append((GOOD, *expected_parts(changes.order, left, parts)))
    for outcome, units, of_these in chosen or [(GOOD, found.items, found.parts)]:
        stocked = DISPOSITIONS[disposition] if disposition else condition
        if outcome == BROKEN and not disposition:
            stocked = DAMAGED
        goods = (units, of_these)
        _become(changes, return_id, location, outcome, goods, stocked, restock_at or location, waive_fee)


def _become(
    changes: Changes,
    return_id: str,
    location: str,
    outcome: str,
    goods: tuple[Items, Parts],
    condition: str,
    stocked_at: str,
    waive_fee: bool,
) -> None:
    at, found = changes.at, changes.order.progress.returns[return_id]
    items, parts = goods
    if outcome in (WRONG_ITEM, REFUSED) or (outcome == LOST and found.label is None):
        changes.emit(ev.ReturnRefused(at, return_id, items, outcome, parts))
    elif outcome == LOST:
        send_for(changes, return_id, items)
        worth = worth_of(changes.order, items, parts)
        changes.emit(ev.ReturnLost(at, return_id, items, *worth, found.refund_to, parts))
    else:
        for ours, units in _by_owner(changes.order, items):
            of_these = pt.among(parts, units)
            if outcome == FOUND:
                changes.emit(
                    ev.LostReturnFound(at, return_id, location, units, condition, stocked_at, ours, of_these)
                )
            else:
                these = (units, of_these)
                _arrive(changes, return_id, location, these, condition, stocked_at, ours, waive_fee)


def _arrive(
    changes: Changes,
    return_id: str,
    location: str,
    goods: tuple[Items, Parts],
    condition: str,
    stocked_at: str,
    ours: bool,
    waive_fee: bool,
) -> None:
    """Units are back: for their inspection, or for good."""
    items, parts = goods
    found = changes.order.progress.returns[return_id]
    inspection = changes.context.policies.inspection(changes.order, found)
    if type(inspection) is not str or inspection not in INSPECTIONS:
        raise InvalidType("policies.inspection", expected="one of " + ", ".join(INSPECTIONS))
    if inspection == BEFORE_REFUND:
        changes.emit(ev.ReturnArrived(changes.at, return_id, location, items, ours, parts))
        return
    send_for(changes, return_id, items)
    money = given_back_for(changes, found, items, condition, waive_fee, parts)
    inspect = inspection == AFTER_REFUND
    if inspect:
        condition, stocked_at = QUARANTINED, location
    left, _ = left_on(changes.order, found, items, parts)
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
            parts,
        )
    )


def _by_owner(order: Order, items: Items) -> list[tuple[bool, Items]]:
    """What the channel fulfilled came from the channel's stock and does not enter ours (S12)."""
    terms = order.terms
    ours = tuple(item for item in items if terms.line(item[0]).fulfilled_by != CHANNEL)
    theirs = tuple(item for item in items if terms.line(item[0]).fulfilled_by == CHANNEL)
    return [(owner, part) for owner, part in ((True, ours), (False, theirs)) if part]


def _lost(order: Order, found: Return) -> Items:
    """Units that were lost on their way back, or parts of them."""
    whole = tuple(
        (line.id, runs)
        for line, units in zip(order.terms.lines, order.progress.units, strict=True)
        if (runs := un.held_by(units, un.LOST, found.id))
    )
    return merged(whole, pt.units_of(found.lost)) if found.lost else whole


# -- folding ---------------------------------------------------------------------------------


def evolve_arrived(order: Order, event: ev.ReturnArrived) -> Order:
    """The units wait for their inspection; what they are worth is owed as before."""
    return stands(order, _came(order, event, False), event.items, event.parts, un.RECEIVED)


def evolve_received(order: Order, event: ev.ReturnReceived) -> Order:
    """The units are back, and their worth less the fees is owed."""
    if event.inspect:
        new = _came(order, event, True)
    else:
        new = without(order, order.progress.returns[event.return_id], event.items, event.parts)
    if event.label_fee and new.label is not None:
        new = changed(new, label=changed(new.label, due=new.label.due - event.label_fee))
    order = stands(gave_back(order, event.parts), new, event.items, event.parts, un.RETURNED)
    return worth_given_back(order, event, event.fee + event.label_fee)


def evolve_found(order: Order, event: ev.LostReturnFound) -> Order:
    """Somebody has the units after all. What else became of a unit that was lost in part stays so."""
    old = order.progress.returns[event.return_id]
    units = pt.units_of(event.parts)
    back = subtract(event.items, units)
    for line_id, runs in units:
        gone = un.held_by(order.progress.units[order.terms.index[line_id]], un.LOST, old.id)
        back = merged(back, common(((line_id, runs),), ((line_id, gone),)))
    return with_return(order, changed(old, lost=pt.minus(old.lost, event.parts)), back, un.RETURNED)


def _came(order: Order, event: ev.ReturnArrived | ev.ReturnReceived, refunded: bool) -> Return:
    old = order.progress.returns[event.return_id]
    inspecting = []
    more, parts = event.items, event.parts
    for goods in old.inspecting:
        if goods.location == event.location and goods.refunded == refunded:
            more, parts = merged(goods.items, event.items), pt.plus(goods.parts, event.parts)
        else:
            inspecting.append(goods)
    inspecting.append(GoodsReceived(event.location, more, refunded, parts))
    left, rest = left_on(order, old, event.items, event.parts)
    status = status_of_return(left, inspecting)
    return changed(old, items=left, parts=rest, inspecting=tuple(inspecting), status=status)


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
