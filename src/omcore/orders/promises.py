"""Promises: by which day an order's units were promised to arrive, and by which it was ever told.

Decides how they are kept: beside the units, as what waits for stock is, because a promise outlives the work
that it was made with. Units that a location gives back are promised as they were until somebody knows
better, and what is told is compared with what the customer heard, not with what the last location said. A
promise ends with its unit: delivered, cancelled or given back. Must not know how a day is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from omcore.kernel.runs import intersection
from omcore.orders import units as un
from omcore.orders.state import DeliveryPromise, Items, Order, Promised
from omcore.orders.words import said_of, taken_over

# Units that are still to arrive, whoever sends them: the tally counts them as open, allocated or shipped.
TO_COME = (un.OPEN, un.ALLOCATED, un.CHANNEL, un.SHIPPED, un.ARRIVED)


def to_come(order: Order, items: Items) -> Items:
    """Those of some units that are still to arrive."""
    index, units = order.terms.index, order.progress.units
    found = (
        (line_id, intersection(runs, un.in_state(units[index[line_id]], *TO_COME))) for line_id, runs in items
    )
    return tuple([(line_id, runs) for line_id, runs in found if runs])


def still_promised(order: Order, before: Order) -> Order:
    """The order when what has arrived since, or never will, is promised no more."""
    if _number_to_come(order) >= _number_to_come(before):
        return order
    kept = [
        Promised(items, entry.arrival, entry.told)
        for entry in order.promises
        if (items := to_come(order, entry.items))
    ]
    return with_promises(order, kept)


def _number_to_come(order: Order) -> int:
    tally = order.progress.tally
    return tally.open + tally.allocated + tally.shipped


def promised_so_far(order: Order, items: Items) -> list[tuple[Items, Promised | None]]:
    """Units by what they are promised now; None for those that are not."""
    return said_of(items, order.promises)


def promised(order: Order, items: Items, arrival: DeliveryPromise, told: date | None) -> Order:
    """The order when units are promised this, whatever they were promised before."""

    def is_same(entry: Promised) -> bool:
        return entry.arrival == arrival and entry.told == told

    mine, others = taken_over(order, items, order.promises, is_same)
    kept = [Promised(rest, entry.arrival, entry.told) for rest, entry in others]
    return with_promises(order, [*kept, Promised(mine, arrival, told)])


def with_promises(order: Order, entries: Iterable[Promised]) -> Order:
    """The order with these, the first to arrive first, and last what nobody can say of."""
    return Order(
        order.terms,
        order.progress,
        order.payments,
        order.standing,
        order.amendments,
        order.seen_at,
        order.backorders,
        tuple(sorted(entries, key=_by_day)),
    )


def _by_day(entry: Promised) -> tuple[date, date, str, str, str, float, date]:
    arrival = entry.arrival
    latest = date.max if arrival.latest is None else arrival.latest
    leaves = 0.0 if arrival.ship_by is None else arrival.ship_by.timestamp()
    place = (arrival.fulfillment_id, arrival.location, arrival.service)
    return (latest, arrival.earliest or latest, *place, leaves, entry.told or date.max)


__all__ = ["TO_COME", "promised", "promised_so_far", "still_promised", "to_come", "with_promises"]
