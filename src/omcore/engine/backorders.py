"""Backorders, on the feed: who waits is given what came, and promised anew what is late or short.

Decides who is served when stock or supply of a SKU at a location changes: the first in line first (S10).
What each then gets is routing's to say, and the stock item's to refuse: here are only the turns. Must not
know what a location has, beyond whether it is worth asking.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.commands import RouteOrder
from omcore.engine.duty import Duty, Steps, after, follow_up, order_of
from omcore.engine.following import follow
from omcore.engine.keys import own_key
from omcore.engine.openings import STOCK_CAME
from omcore.engine.setup import Setup
from omcore.engine.waiting_book import Waiting
from omcore.inventory.stock import passed_second
from omcore.kernel import InvalidTimestamp, epoch_second, format_instant, from_epoch_second
from omcore.kernel.runs import count, difference, take_lowest
from omcore.orders.backorders import open_units
from omcore.orders.fulfillment.backordering import SUPPLY_CHANGED, Backordered
from omcore.orders.state import Order
from omcore.ports import FeedEntry

# Movements after which there may be more of a SKU for who waits for it.
_BRINGING = frozenset(
    {
        inv.StockReceived,
        inv.StockAdjusted,
        inv.StockCounted,
        inv.StockReturned,
        inv.StockRegraded,
        inv.StockDeallocated,
        inv.StockUnreserved,
        inv.StockUnpromised,
        inv.SupplyExpected,
        inv.SafetyStockSet,
        inv.BackorderLimitSet,
    }
)


def serve(duty: Duty, entry: FeedEntry) -> Steps:
    """What changed at a stock item, for whoever waits: promises are kept, put off or lost, then filled."""
    kind = type(entry.event)
    if kind is inv.SupplyShortfallDeclared:
        return (yield from _promise_anew(duty, entry))
    if kind in _BRINGING:
        return (yield from _fill(duty, entry))
    return 0


def serve_freed(duty: Duty) -> Steps:
    """What claims gave back by running out, of which no movement tells (S6); returns how many were served."""
    setup = duty.setup
    yield from follow(setup)
    made: int = 0
    for location, sku in setup.waiting.more_free(setup.view, setup.everywhere, duty.at):
        made += yield from _turns(duty, sku, location, format_instant(duty.at))
    return made


# -- stock that came -------------------------------------------------------------------------


def _fill(duty: Duty, entry: FeedEntry) -> Steps:
    """Who waits is routed again, in line, for as long as there is something for him (S10)."""
    yield from follow(duty.setup)
    return (yield from _turns(duty, entry.event.sku, entry.event.location, str(entry.position)))


def _turns(duty: Duty, sku: str, location: str, why: str) -> Steps:
    """The first in line first; ``why`` names the fact, so that each is asked once for it.

    A supply that many wait for moves as often as there are promises: who comes later in line is not even
    looked at where nothing is there.
    """
    setup = duty.setup
    there = _there(setup, sku, location, duty.at)
    made: int = 0
    for waiting in setup.waiting.anybody(location, sku) if there is not None else ():
        if there is None:
            break
        if _is_worth_asking(setup, waiting, there, duty.at):
            made += yield from _route(duty, why, waiting.order_id)
            yield from follow(setup)
            there = _there(setup, sku, location, duty.at)
    return made


@attrs.frozen
class _There:
    """What a stock item has for who waits: units that nobody holds, some promised to nobody, some soon."""

    item: inv.StockItem
    here: bool
    free: bool
    soon: bool


def _there(setup: Setup, sku: str, location: str, now: datetime) -> _There | None:
    """None where there is nothing at all, for whoever it may be."""
    item = setup.view.item(sku, location)
    if item is None:
        return None
    here = item.sellable(now) + item.backorder_limit > item.claims(now)
    dates = [supply.second for supply in item.outlook.expected if supply.second > passed_second(now)]
    soon = any(item.promisable_by(second, now) > 0 for second in dates)
    return _There(item, here, item.promisable(now) > 0, soon) if here or soon else None


def _is_worth_asking(setup: Setup, waiting: Waiting, there: _There, now: datetime) -> bool:
    place = (there.item.location, there.item.sku)
    due = tuple(sorted(waiting.dated.get(place, {}).items())) if there.here else ()
    if due and inv.fillable(there.item, due, now, setup.waiting.before(waiting.rank, *place)):
        return True
    if there.item.sku not in waiting.undated:
        return there.free and there.item.sku in waiting.finished
    return there.free or there.soon


def _route(duty: Duty, why: str, order_id: str, reason: str = STOCK_CAME) -> Steps:
    order = yield from order_of(f"order/{order_id}")
    key = own_key("backorder", order_id, why)
    made: int = yield from follow_up(
        RouteOrder(order_id, key=key, at=after(duty, order), by="dispatcher", reason=reason), duty
    )
    return made


# -- supply that is late or short ------------------------------------------------------------


def _promise_anew(duty: Duty, entry: FeedEntry) -> Steps:
    """Promises that lost their cover, the last in line first to give way (S10).

    What a later supply of the same location covers is put off to it. What none does has no date any more:
    that is told on its order, and routing looks for it elsewhere.
    """
    setup, sku, location = duty.setup, entry.event.sku, entry.event.location
    yield from follow(setup)
    item = setup.view.item(sku, location)
    if item is None:
        return 0
    line = setup.waiting.promised(location, sku)
    claims: list[tuple[Order, str, om.Backorder]] = []
    claimants: list[inv.Claimant] = []
    for waiting in line:
        order = yield from order_of(f"order/{waiting.order_id}")
        for found in _claims(order, sku, location):
            claims.append((order, *found[:2]))
            claimants.append(found[2])
    answers = inv.keep(item, claimants, max(duty.at, item.seen_at))
    changes: dict[str, list[tuple[str, int | tuple[tuple[int, int], ...], str, datetime | None]]] = {}
    lost: list[str] = []
    for (order, line_id, backorder), kept in zip(claims, answers, strict=True):
        moved = list(_moved(order, line_id, backorder, kept, location))
        if moved:
            changes.setdefault(order.id, []).extend(moved)
        if kept.lost and order.id not in lost:
            lost.append(order.id)
    made: int = 0
    for order_id, entries in changes.items():
        made += yield from _tell(duty, entry, order_id, tuple(entries))
    for order_id in lost:
        yield from follow(setup)
        made += yield from _route(duty, str(entry.position), order_id, SUPPLY_CHANGED)
    return made


def _claims(order: Order, sku: str, location: str) -> Iterator[tuple[str, om.Backorder, inv.Claimant]]:
    """What an order is promised of a SKU at a location, line by line, the first promised first."""
    for entry in order.backorders:
        if entry.location != location or entry.promised_for is None:
            continue
        for line_id, runs in entry.items:
            each = dict(order.terms.line(line_id).components).get(sku)
            if each:
                second = epoch_second(entry.promised_for)
                yield line_id, entry, inv.Claimant(order.id, count(runs) * each, second, each)


def _moved(
    order: Order, line_id: str, entry: om.Backorder, kept: inv.Kept, location: str
) -> Iterator[tuple[str, tuple[tuple[int, int], ...], str, datetime | None]]:
    """The units of a promise that are promised otherwise now: the lowest ordinals are kept the longest."""
    left, each = dict(entry.items)[line_id], kept.claimant.each
    for second, units in kept.parts:
        part = take_lowest(left, units // each)
        left = difference(left, part)
        if second != kept.claimant.second:
            yield line_id, part, location, from_epoch_second(second)
    if left:
        yield line_id, left, "", None


def _tell(duty: Duty, entry: FeedEntry, order_id: str, entries: Backordered) -> Steps:
    order = yield from order_of(f"order/{order_id}")
    open_now = all(
        type(runs) is tuple and not difference(runs, open_units(order, line_id))
        for line_id, runs, _, _ in entries
    )
    if not open_now:
        return 0  # it moved meanwhile: its promises went with its units
    key = own_key("promise", order_id, entry.position)
    at = after(duty, order)
    command = om.BackorderUnits(order_id, entries, SUPPLY_CHANGED, key=key, at=at, by="dispatcher")
    made: int
    try:
        made = yield from follow_up(command, duty)
    except InvalidTimestamp:
        # Another stock item of a kit has seen a later moment, by which the new date has passed.
        undated = tuple([(line_id, runs, "", None) for line_id, runs, _, _ in entries])
        key = own_key("promise", order_id, entry.position, "undated")
        command = om.BackorderUnits(order_id, undated, SUPPLY_CHANGED, key=key, at=at, by="dispatcher")
        made = yield from follow_up(command, duty)
        yield from follow(duty.setup)
        made += yield from _route(duty, str(entry.position), order_id, SUPPLY_CHANGED)
    return made


__all__ = ["serve", "serve_freed"]
