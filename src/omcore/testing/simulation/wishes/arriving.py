"""What comes from outside: orders that are placed, and what their channels say of them later.

Decides drafts and snapshots: newer ones, in which something more was cancelled, fulfilled or given back
there, and older ones that come late or twice (C8). Must not know what the engine makes of them.
"""

from __future__ import annotations

from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.kernel import Command, Money, changed
from omcore.testing.simulation.wishes.desk import Desk
from omcore.testing.simulation.wishes.drafting import draft_of


def place(desk: Desk) -> Command:
    """A new order, now and then of what is in a cart."""
    order_id = desk.name("o")
    draft = draft_of(desk, order_id)
    desk.said[order_id] = draft
    make: Any = om.ImportOrder if desk.chooser.chance(300) else om.PlaceOrder
    signals = (("fraud_score", 95),) if desk.chooser.chance(60) else ()
    return make(draft, order_id, _cart(desk), signals, **desk.common())  # type: ignore[no-any-return]


def _cart(desk: Desk) -> str:
    if not desk.tokens or not desk.chooser.chance(250):
        return ""
    token = desk.chooser.pick(desk.tokens)
    cart = desk.seen.reservations.get(token)
    live = cart is not None and cart.outcome == inv.LIVE and desk.at < cart.expires_at
    return token if live else ""


def snapshot(desk: Desk, order: om.Order) -> Command | None:
    """Its channel tells of the order again."""
    last = desk.said.get(order.id)
    if last is None:
        return None
    if desk.chooser.chance(200):
        older = changed(last, source_version=desk.chooser.between(1, max(1, last.source_version - 1)))
        return om.ImportOrder(older, order.id, **desk.common())
    newer = _newer(desk, last)
    desk.said[order.id] = newer
    return om.ImportOrder(newer, order.id, **desk.common())


def _newer(desk: Desk, last: om.OrderDraft) -> om.OrderDraft:
    chooser = desk.chooser
    version = last.source_version + 1
    what = chooser.pick(("nothing", "nothing", "cancelled", "fulfilled", "refunded", "asked", "all"))
    if what in ("cancelled", "fulfilled"):
        index = chooser.below(len(last.lines))
        line = last.lines[index]
        if line.cancelled + line.fulfilled < line.quantity:
            line = changed(line, **{what: getattr(line, what) + 1})
        lines = (*last.lines[:index], line, *last.lines[index + 1 :])
        return changed(last, lines=lines, source_version=version)
    if what == "refunded" and last.tenders and last.tenders[0].captured:
        tender = last.tenders[0]
        before = 0 if tender.refunded is None else tender.refunded.minor
        back = Money(min(tender.amount.minor, before + chooser.between(1, 300)), last.currency)
        tenders = (changed(tender, refunded=back), *last.tenders[1:])
        return changed(last, tenders=tenders, source_version=version)
    if what == "asked":
        return changed(last, cancel_requested=True, source_version=version)
    if what == "all" and chooser.chance(200):
        return changed(last, cancelled=True, source_version=version)
    return changed(last, source_version=version)


__all__ = ["place", "snapshot"]
