"""Holding: where the units of a return stand after a fact about it.

Decides it once for every fact. A unit that is whole goes where the fact says. A unit of which parts go ways
of their own is on its way back while any of it is expected, then under inspection while any of it waits for
that; then it is back, kept or lost if nothing of it is left with the customer, and else delivered as before.
Must not know commands, or money.
"""

from __future__ import annotations

from omcore.kernel import changed
from omcore.orders import parts as pt
from omcore.orders import units as un
from omcore.orders.fulfillment.shipping import DELIVERED
from omcore.orders.kits import whole_of
from omcore.orders.parts import Parts
from omcore.orders.returns.naming import explicit
from omcore.orders.selection import common, relocated, shared, size, subtract
from omcore.orders.state import Items, Order, Return

AUTHORIZED = "authorized"
PARTIALLY_RECEIVED = "partially_received"
RECEIVED = "received"
COMPLETED = "completed"
CANCELLED = "cancelled"


def status_of_return(left: Items, inspecting: object) -> str:
    """Where a return stands once anything became of it."""
    if left:
        return PARTIALLY_RECEIVED
    return RECEIVED if inspecting else COMPLETED


def left_on(order: Order, old: Return, items: Items, parts: Parts) -> tuple[Items, Parts]:
    """What a return expects, units and parts of them, when it no longer expects these."""
    if not parts:
        return subtract(old.items, items), old.parts
    units = pt.units_of(parts)
    left = pt.minus(explicit(order, old.parts, units), parts)
    gone = subtract(items, pt.units_of(left))
    return subtract(old.items, gone), pt.plus(pt.beside(old.parts, units), left)


def without(order: Order, old: Return, items: Items, parts: Parts) -> Return:
    """The return when it no longer expects these units and parts."""
    left, rest = left_on(order, old, items, parts)
    return changed(old, items=left, parts=rest, status=status_of_return(left, old.inspecting))


def gave_back(order: Order, parts: Parts) -> Order:
    """The order when the worth of parts was given back."""
    if not parts:
        return order
    progress = order.progress
    given = pt.plus(progress.parts, parts)
    tally = changed(progress.tally, in_parts=size(pt.units_of(given)))
    return order.with_progress(changed(progress, parts=given, tally=tally))


def stands(order: Order, found: Return, items: Items, parts: Parts, state: str) -> Order:
    """The order with a return as it is now, and each of these units where that leaves it.

    ``state``: where whole units go, and those of which all is given back with these parts.
    """
    units = pt.units_of(parts)
    whole = subtract(items, units) if parts else items
    if state == un.DELIVERED:
        order = delivered_again(order, found, whole)
    else:
        order = with_return(order, found, whole, state)
    if not parts:
        return order
    waiting = [goods.items for goods in found.inspecting if not goods.refunded]
    for held, of_state in ((found.items, un.RETURNING), *[(items, un.RECEIVED) for items in waiting]):
        if here := common(units, held):
            order = with_return(order, found, here, of_state)
            units = subtract(units, here)
    if done := _all_given(order, units):
        order = with_return(order, found, done, state)
        units = subtract(units, done)
    return delivered_again(order, found, units)


def _all_given(order: Order, items: Items) -> Items:
    given = pt.among(order.progress.parts, items)
    return pt.units_of(tuple([row for row in given if row[3] == whole_of(order.terms.line(row[0]))]))


def with_return(order: Order, found: Return, items: Items, state: str) -> Order:
    """The order with a return as it is now, and these units held by it in a state."""
    units, tally = relocated(order, items, state, found.id)
    returns = {**order.progress.returns, found.id: found}
    return order.with_progress(changed(order.progress, units=units, tally=tally, returns=returns))


def delivered_again(order: Order, found: Return, items: Items) -> Order:
    """Each unit is held again by the shipment that brought it: the return window goes on from there."""
    units, tally = relocated(order, items, un.DELIVERED)
    returns = {**order.progress.returns, found.id: found}
    order = order.with_progress(changed(order.progress, units=units, tally=tally, returns=returns))
    again = dict(items)
    for shipment in order.progress.shipments.values() if items else ():
        if shipment.status == DELIVERED and (brought := shared(shipment.items, again)):
            units, tally = relocated(order, brought, un.DELIVERED, shipment.id)
            order = order.with_progress(changed(order.progress, units=units, tally=tally))
    return order


__all__ = [
    "AUTHORIZED",
    "CANCELLED",
    "COMPLETED",
    "PARTIALLY_RECEIVED",
    "RECEIVED",
    "delivered_again",
    "gave_back",
    "left_on",
    "stands",
    "status_of_return",
    "with_return",
    "without",
]
