"""Rerouting, on the feed: units that lost their place are routed again; what may not ship goes elsewhere.

Decides when that happens by itself: the policy ``reroute`` is asked with the order and the word for what
happened, ``consolidate`` whether the rest that nobody has begun is planned anew with it. An address that
changed has all of it planned anew (S7). No order is routed for ever: each fact asks once, a location that
gives units back is out for their order (R3, S9), and what is planned anew moves only where it is better.
Must not know how a plan is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from omcore import orders as om
from omcore.engine.commands import RouteOrder
from omcore.engine.duty import Duty, after, follow_up, order_of
from omcore.engine.following import BATCH, follow
from omcore.engine.keys import own_key
from omcore.engine.openings import EDITED, MAY_NOT_SHIP, opened_by
from omcore.engine.reoptimizing import may_not_ship, reoptimized, room
from omcore.engine.requests import Load, ReadFeed
from omcore.engine.routing_book import RoutingBook
from omcore.engine.setup import Setup
from omcore.engine.streams import Steps
from omcore.kernel import InvalidType, checked_instant, format_instant
from omcore.orders import events as ev
from omcore.ports import FeedEntry


def reroute(duty: Duty, entry: FeedEntry) -> Steps:
    """Units that a location gave back are routed elsewhere (S9, R3), and what was changed is routed anew.

    Or once a hold that kept them is released: what was refused for its sake is asked again. Units that
    were added are routed here only where the order was routed before: the first time it is somebody else
    who decides when.
    """
    why = opened_by(entry.event)
    if not why or type(entry.event) is ev.OrderPlaced:
        return 0
    order: om.Order = yield from order_of(entry.stream)
    if not order.progress.work and not order.backorders:
        return 0
    moved = type(entry.event) is ev.DeliveryChanged
    if not (order.progress.tally.open or moved) or not _agreed(duty, "reroute", order, why):
        return 0
    made: int = yield from _route(duty, order, why, own_key("reroute", order.id, entry.version))
    if moved or _agreed(duty, "consolidate", order, why):
        made += yield from _anew(duty, order.id, why, str(entry.version), leave=moved)
    return made


def leave_switched_off(duty: Duty) -> Steps:
    """What locations have that are switched off, and have not begun, goes elsewhere as far as it can."""
    setup = duty.setup
    if all(location.active for location in setup.network):
        return 0
    yield from read_book(setup)
    made: int = 0
    for order_id in setup.unrouted.stranded(setup.network):
        order = yield from order_of(f"order/{order_id}")
        if _agreed(duty, "reroute", order, MAY_NOT_SHIP):
            # No fact asks here but the network, which is the same tomorrow: a run that was refused, as where
            # somebody took the stock meanwhile, is recorded, and must not answer for the runs to come.
            fact = f"off-{setup.unrouted.version_of(order_id)}-{format_instant(duty.at)}"
            made += yield from _anew(duty, order_id, MAY_NOT_SHIP, fact, leave=False)
    return made


def _agreed(duty: Duty, policy: str, order: om.Order, why: str) -> bool:
    found = getattr(duty.setup.policies, policy)(order, why)
    if type(found) is not bool:
        raise InvalidType(f"policies.{policy}", expected="a function that gives a bool")
    return found


def _route(duty: Duty, order: om.Order, why: str, key: str) -> Steps:
    if not order.progress.tally.open:
        return 0
    yield from follow(duty.setup)
    command = RouteOrder(order.id, key=key, at=after(duty, order), by="dispatcher", reason=why)
    made: int = yield from follow_up(command, duty)
    return made


def _anew(duty: Duty, order_id: str, why: str, fact: str, *, leave: bool) -> Steps:
    """What nobody has begun is planned anew and goes where that is better.

    ``leave``: what may not ship from where it lies, and nobody else has, is called back, and waits as
    everything does that no location has.
    """
    yield from follow(duty.setup)
    order = yield from order_of(f"order/{order_id}")
    at = after(duty, order)
    common: dict[str, Any] = {"at": at, "by": "dispatcher", "reason": why}
    found = yield from reoptimized((order_id,), room(duty.setup, at))
    made: int = 0
    for better in found.better:
        key = own_key("rearrange", order_id, fact)
        made += yield from follow_up(om.RearrangeWork(order_id, better.moves, why, key=key, **common), duty)
    if not leave:
        return made
    order = yield from order_of(f"order/{order_id}")
    stuck = may_not_ship(order, room(duty.setup, at))
    for work in stuck:
        key = own_key("leave", order_id, work.id, fact)
        back = om.CancelFulfillment(order_id, work.id, MAY_NOT_SHIP, key=key, **common)
        made += yield from follow_up(back, duty)
    if stuck:
        order = yield from order_of(f"order/{order_id}")
        made += yield from _route(duty, order, EDITED, own_key("reroute", order_id, fact, "left"))
    return made


# -- what needs routing ----------------------------------------------------------------------


def read_book(setup: Setup) -> Steps:
    """Bring the book to the end of the feed: of every order that it concerns, how it stands now is noted."""
    book = setup.unrouted
    while True:
        entries = yield ReadFeed(book.position, BATCH)
        if not entries:
            return
        yield from _read_page(book, entries, setup)
        book.position = max(book.position, entries[-1].position)


def _read_page(book: RoutingBook, entries: Iterable[Any], setup: Setup) -> Steps:
    for entry in entries:
        if entry.stream.startswith("order/"):
            book.see(entry)
    streams = book.news()
    if not streams:
        return
    loaded = yield Load(streams)
    for stream in streams:
        order = loaded[stream].state
        over = type(order) is not om.Order or order.standing.status in setup.context.chart.finals
        book.note(stream, loaded[stream].version, None if over else order, setup.policies)


def needs_routing(at: datetime, setup: Setup) -> Steps:
    """What needs routing by now."""
    checked_instant(at)
    yield from read_book(setup)
    return setup.unrouted.needed(setup.network)


__all__ = ["leave_switched_off", "needs_routing", "read_book", "reroute"]
