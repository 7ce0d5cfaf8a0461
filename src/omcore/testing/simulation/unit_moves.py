"""Unit moves: which way units go by which fact, and what that means for shelves and for money.

Decides from where and to where each event of an order moves its units (C7), when its worth is owed and
earned (M6, M8), and what has moved at a shelf: a table from event to function. Must not know how units
are listed, or what stock says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.orders import events as ev
from omcore.testing.simulation.facts import Facts
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.units import (
    ALLOCATED,
    ARRIVED,
    CANCELLED,
    CHANNEL,
    DELIVERED,
    KEPT,
    LOST,
    MONEY,
    NOTHING,
    OPEN,
    RECEIVED,
    REPLACED,
    RETURNED,
    RETURNING,
    SHIPPED,
    UNITS,
    Line,
    Page,
    Worth,
    charges_worth,
    plus,
)


def book(page: Page, event: Any, facts: Facts) -> None:
    """One event of an order; what it means for shelves goes into ``facts``."""
    handle = _BY_EVENT.get(type(event))
    if handle is not None:
        handle(page, event, facts)


def _placed(page: Page, event: Any, facts: Facts) -> None:
    whole = _new_lines(page, event.lines)
    page.charges = charges_worth(event.charges)
    net, tax, remitted, funded = plus(whole, page.charges)
    if (event.total, event.remitted, event.funded) != (net + tax, remitted, funded):
        told = (event.total, event.remitted, event.funded)
        raise page.broken(event, f"it comes to {told}, its units to {(net + tax, remitted, funded)}", MONEY)
    page.owed, page.remitted, page.funded = net + tax - remitted, remitted, funded


def _new_lines(page: Page, lines: Any) -> Worth:
    whole = NOTHING
    for line in lines:
        if line.id in page.lines:
            raise Broken(UNITS, f"there is a line {line.id} of order {page.name} already")
        new = page.lines[line.id] = Line(line)
        whole = plus(whole, _grown(page, line.id, new, line.entitlements))
        if len(new.states) != line.quantity:
            raise Broken(UNITS, f"line {line.id} of order {page.name} is of {line.quantity} units")
    return whole


def _grown(page: Page, line_id: str, line: Line, entitlements: Any) -> Worth:
    before = len(line.states)
    worth = line.grow(line_id, entitlements)
    page.counts[line.start] = page.counts.get(line.start, 0) + len(line.states) - before
    page.touched[line_id] = None
    return worth


def _added(page: Page, event: Any, facts: Facts) -> None:
    whole = _new_lines(page, event.lines)
    for line_id, entitlements in event.more:
        whole = plus(whole, _grown(page, line_id, page.lines[line_id], entitlements))
    charges = charges_worth(event.charges)
    page.charges = plus(page.charges, charges)
    whole = plus(whole, charges)
    if whole != (event.net, event.tax, event.remitted, event.funded):
        raise page.broken(event, f"what is added comes to {whole}", MONEY)
    page.gain(event, 1, whole[0] + whole[1] - whole[2])
    if page.charged:
        page.earned += charges[0] + charges[1] - charges[2]


def _requested(page: Page, event: Any, facts: Facts) -> None:
    if event.fulfillment_id in page.work:
        raise page.broken(event, f"there is a {event.fulfillment_id} already")
    page.work[event.fulfillment_id] = event.location
    page.move(event, (OPEN,), ALLOCATED, event.fulfillment_id, facts)
    facts.claim_items(page, event.location, event.items)


def _opened(page: Page, event: Any, facts: Facts) -> None:
    _of_its_location(page, event)
    page.move(event, (ALLOCATED,), OPEN, "", facts)


def _of_its_location(page: Page, event: Any) -> None:
    if page.work.get(event.fulfillment_id) != event.location:
        raise page.broken(event, f"{event.fulfillment_id} was not asked of {event.location}")


def _left(page: Page, event: Any, charges: bool) -> None:
    if charges == page.charged:
        raise page.broken(event, "charges go with what leaves first, and once (M8)", MONEY)
    page.earned += page.worth(event, event.items, charges)
    page.charged = True


def _shipped(page: Page, event: Any, facts: Facts) -> None:
    _of_its_location(page, event)
    page.move(event, (ALLOCATED,), SHIPPED, event.shipment_id, facts)
    facts.leave("shipped", page, event.location, event.items)
    _left(page, event, event.with_charges)


def _channel_shipped(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (OPEN, CHANNEL), SHIPPED, event.shipment_id, facts)
    _left(page, event, event.with_charges)


def _taken(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (OPEN,), DELIVERED, "", facts)
    facts.leave("taken", page, event.location, event.items)
    _left(page, event, event.with_charges)


def _delivered(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (SHIPPED,), DELIVERED, event.shipment_id, facts)


def _arrived(page: Page, event: Any, facts: Facts) -> None:
    page.work[event.fulfillment_id] = event.location
    page.move(event, (SHIPPED,), ARRIVED, event.fulfillment_id, facts)


def _collected(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (ARRIVED,), DELIVERED, event.shipment_id, facts)


def _reopened(page: Page, event: Any, facts: Facts) -> None:
    for line_id, runs in event.items:
        start = page.lines[line_id].start
        page.move_some(event, ((line_id, runs),), (SHIPPED, ARRIVED), start, "", facts)
    if event.restocked:
        facts.back(page, event, event.location, event.condition)
    page.earned -= page.worth(event, event.items, event.with_charges)
    page.charged = page.charged and not event.with_charges


def _cancelled(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (OPEN, CHANNEL, ALLOCATED), CANCELLED, "", facts)
    amount = page.worth(event, event.items)
    charges = (event.charges_net, event.charges_tax, event.charges_remitted, event.charges_funded)
    if charges != NOTHING:
        if page.charged or charges != page.charges:
            raise page.broken(event, f"its charges come to {charges}, not {page.charges}", MONEY)
        page.owed -= charges[0] + charges[1] - charges[2]
        page.remitted -= charges[2]
        page.funded -= charges[3]
    page.gain(event, -1, amount)


def _gave_back(page: Page, event: Any, amount: int, fee: int) -> None:
    if not 0 <= fee <= max(amount, 0):
        raise page.broken(event, f"{fee} is kept back of {amount}", MONEY)
    page.gain(event, -1, amount)
    page.owed += fee
    page.earned -= amount - fee


def _authorized(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (DELIVERED,), RETURNING, event.return_id, facts)


def _stays(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), DELIVERED, "", facts)


def _came(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), RECEIVED, event.return_id, facts)
    if event.restocked:
        facts.back(page, event, event.location, "quarantined")


def _received(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), RETURNED, event.return_id, facts)
    if event.restocked and event.condition:
        facts.back(page, event, event.stocked_at, event.condition)
    _gave_back(page, event, page.worth(event, event.items), event.fee + event.label_fee)


def _inspected(page: Page, event: Any, facts: Facts) -> None:
    here = event.stocked_at == event.location
    if event.restocked:
        to = event.condition if here else ""
        if to != "quarantined":
            facts.regrade(page, event, event.location, to)
        if event.condition and not here:
            facts.back(page, event, event.stocked_at, event.condition)
    if event.refunded:
        page.parts_of(event)
        return
    if not event.accepted:
        page.move_back(event, (RECEIVED,), DELIVERED, "", facts)
        return
    page.move_back(event, (RECEIVED,), RETURNED, event.return_id, facts)
    _gave_back(page, event, page.worth(event, event.items), event.fee + event.label_fee)


def _lost(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), LOST, event.return_id, facts)
    _gave_back(page, event, page.worth(event, event.items), 0)


def _found(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (LOST,), RETURNED, event.return_id, facts)
    if event.restocked and event.condition:
        facts.back(page, event, event.stocked_at, event.condition)


def _kept(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), KEPT, event.return_id, facts)
    _gave_back(page, event, page.worth(event, event.items), 0)


def _shipping_back(page: Page, event: Any, facts: Facts) -> None:
    worth = (event.net, event.tax, event.remitted, event.funded)
    page.shipping_back = plus(page.shipping_back, worth)
    if any(back > max(paid, 0) for back, paid in zip(page.shipping_back, page.charges, strict=True)):
        raise page.broken(event, f"{page.shipping_back} is back of charges of {page.charges}", MONEY)
    _gave_back(page, event, worth[0] + worth[1] - worth[2], 0)


def _claim_refunded(page: Page, event: Any, facts: Facts) -> None:
    for items, state in ((event.kept, KEPT), (event.lost, LOST)):
        page.move_some(event, items, (SHIPPED, DELIVERED), state, f"claim/{event.claim_id}", facts)
    _gave_back(page, event, page.worth(event, (*event.kept, *event.lost)), 0)


def _replaced(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (SHIPPED, DELIVERED), REPLACED, f"claim/{event.claim_id}", facts)
    amount = page.worth(event, event.items)
    page.gain(event, -1, amount)
    page.earned -= amount


_BY_EVENT: Mapping[type, Callable[[Page, Any, Facts], None]] = {
    ev.OrderPlaced: _placed,
    ev.UnitsAdded: _added,
    ev.FulfillmentRequested: _requested,
    ev.FulfillmentRejected: _opened,
    ev.FulfillmentCancelled: _opened,
    ev.UnitsShortPicked: _opened,
    ev.UnitsShipped: _shipped,
    ev.ChannelShipped: _channel_shipped,
    ev.GoodsTaken: _taken,
    ev.UnitsDelivered: _delivered,
    ev.UnitsArrived: _arrived,
    ev.UnitsCollected: _collected,
    ev.UnitsReopened: _reopened,
    ev.UnitsCancelled: _cancelled,
    ev.ReturnAuthorized: _authorized,
    ev.ReturnCancelled: _stays,
    ev.ReturnRefused: _stays,
    ev.ReturnArrived: _came,
    ev.ReturnReceived: _received,
    ev.ReturnInspected: _inspected,
    ev.ReturnLost: _lost,
    ev.LostReturnFound: _found,
    ev.ReturnKept: _kept,
    ev.ShippingGivenBack: _shipping_back,
    ev.ClaimRefunded: _claim_refunded,
    ev.UnitsReplaced: _replaced,
}

__all__ = ["book"]
