"""Shortfalls, on the feed: claims that no stock stands behind any more are called back and routed again (S1).

Decides which orders give way where a count or a short pick took what was claimed: the last in line first,
and none whose work a location has begun, because the picker finds out (S9). Must not know how a claim is
routed, or how who claims is found.
"""

from __future__ import annotations

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.claim_holders import SHORTFALL, claims_on, holders_of, part_of
from omcore.engine.commands import RouteOrder
from omcore.engine.duty import Duty, Steps, after, follow_up
from omcore.engine.keys import own_key
from omcore.orders.state import Order
from omcore.ports import FeedEntry


def give_way(duty: Duty, entry: FeedEntry) -> Steps:
    """As many units as have no stock behind them are called back, and routed again."""
    if type(entry.event) is not inv.ShortfallDeclared:
        return 0
    sku, location = entry.event.sku, entry.event.location
    loaded, holders = yield from holders_of(sku, location)
    item = loaded.state
    short = 0 if item is None else item.short(max(duty.at, item.seen_at))
    made: int = 0
    routed: list[Order] = []
    ranked = sorted(holders, key=lambda order: om.rank_of(order, duty.setup.policies), reverse=True)
    for order in ranked:
        if short <= 0:
            break
        for work in claims_on(order, sku, location):
            items, units = part_of(order, work, sku, short)
            if not units or short <= 0:
                continue
            key = own_key("shortfall", order.id, work.id, entry.position)
            command = om.CancelFulfillment(
                order.id, work.id, SHORTFALL, items, key=key, at=after(duty, order), by="dispatcher"
            )
            if (yield from follow_up(command, duty)):
                made += 1
                short -= units
                routed.append(order)
    for order in reversed(routed):  # who comes first in line looks for other stock first
        key = own_key("shortfall", order.id, entry.position)
        again = RouteOrder(order.id, key=key, at=after(duty, order), by="dispatcher", reason=SHORTFALL)
        made += yield from follow_up(again, duty)
    return made


__all__ = ["give_way"]
