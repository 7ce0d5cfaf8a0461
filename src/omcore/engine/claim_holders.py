"""Claim holders: which orders a stock item's allocated units are for.

Decides how they are found: from the stock item's own movements, newest first, until every allocated unit is
accounted for, so that nothing has to be kept for what is asked seldom. And which of their claims may be
taken: work that a location has not begun. Must not know why anybody asks.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.requests import Load, ReadHistory
from omcore.kernel import Runs
from omcore.kernel.runs import count, take_highest
from omcore.orders.policies import NOT_BEGUN
from omcore.orders.selection import components
from omcore.orders.state import FulfillmentOrder, Order

# So many movements are read at first; twice as many each time until all claims are found.
_FIRST = 64

# Why work is called back.
SHORTFALL = "shortfall"
DISPLACED = "displaced"
REOPTIMIZED = "reoptimized"

Steps = Generator[Any, Any, Any]


def holders_of(sku: str, location: str) -> Steps:
    """A stock item as it was loaded, and the orders that its allocated units are for."""
    stream = inv.stock_stream(location, sku)
    loaded = (yield Load((stream,)))[stream]
    item, version = loaded.state, loaded.version
    found: dict[str, Order] = {}
    known: set[str] = set()
    back, held = _FIRST, 0
    while item is not None and held < item.allocated:
        entries = yield ReadHistory(stream, max(0, version - back))
        names = {
            entry.event.reference
            for entry in entries
            if type(entry.event) in (inv.StockAllocated, inv.StockFilled)
        }
        for name in sorted(names - known):
            order = (yield Load((f"order/{name}",)))[f"order/{name}"].state
            if type(order) is om.Order and (units := sum(allocated_to(order, sku, location).values())):
                found[name] = order
                held += units
            else:
                held += yield from _held_by_token(name, sku, location)
        known |= names
        if back >= version:
            break
        back *= 2
    return loaded, tuple(found.values())


def _held_by_token(token: str, sku: str, location: str) -> Steps:
    """What a reservation holds that no order took over: its owner's, whom nobody here can ask."""
    stream = inv.reservation_stream(token)
    loaded = yield Load((stream,))
    reservation = loaded[stream].state
    if type(reservation) is not inv.Reservation:
        return 0
    return sum(
        item.quantity for item in reservation.allocated if (item.sku, item.location) == (sku, location)
    )


def allocated_to(order: Order, sku: str, location: str) -> Mapping[str, int]:
    """By work of a location, how many of a SKU are allocated for it."""
    held: dict[str, int] = {}
    for work in order.progress.work.values():
        if work.location == location and work.items and not work.arrived:
            units = components(order, work.items).get(sku, 0)
            if units:
                held[work.id] = units
    return held


def claims_on(order: Order, sku: str, location: str) -> list[FulfillmentOrder]:
    """The work of a location that takes a SKU and that it has not begun, the last asked first."""
    held = allocated_to(order, sku, location)
    works = [order.progress.work[name] for name in held]
    return [work for work in reversed(works) if work.status in NOT_BEGUN]


def part_of(
    order: Order, work: FulfillmentOrder, sku: str, short: int
) -> tuple[tuple[tuple[str, int | Runs], ...], int]:
    """The units of some work that free at least ``short`` of a SKU, no more than it takes; and how many."""
    items: list[tuple[str, int | Runs]] = []
    freed = 0
    for line_id, runs in reversed(work.items):
        each = dict(order.terms.line(line_id).components).get(sku, 0)
        if each and freed < short:
            units = min(count(runs), -(-(short - freed) // each))
            items.append((line_id, take_highest(runs, units)))
            freed += units * each
    return tuple(items), freed


__all__ = ["DISPLACED", "REOPTIMIZED", "SHORTFALL", "allocated_to", "claims_on", "holders_of", "part_of"]
