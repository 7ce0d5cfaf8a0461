"""Writing back: what a channel is told about its order.

Decides which facts a channel hears of, and in which shape. Must not know how it is sent. What the
channel did itself is not told back to it, nor is it told of units that an edit added here: it has none.

The bodies are as near to the channels' own as an order's facts reach. What only the channel's API
can tell, the port adds: Shopify creates a fulfillment for *its* fulfillment orders, and these hold
the order's line ids that are named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.kernel import InvalidType, format_instant, format_minor
from omcore.kernel.runs import count, intersection
from omcore.orders import events as ev
from omcore.orders.state import Items, Order
from omcore.ports import ChannelUpdate, FeedEntry

Body = dict[str, Any]


def channel_update(entry: FeedEntry, order: Order) -> ChannelUpdate | None:
    """The update that a committed event of an order asks for, or None.

    Its key comes from the fact, so that telling it again is telling it once.
    """
    if type(entry) is not FeedEntry or type(order) is not Order:
        raise InvalidType("entry", expected="a FeedEntry, and the Order that it is about")
    table = _TABLE.get(order.terms.ref.channel)
    made = table.get(type(entry.event)) if table is not None else None
    found = made(order, entry.event) if made is not None else None
    if found is None:
        return None
    kind, name, body = found
    ref = order.terms.ref
    return ChannelUpdate(f"{order.id}/{kind}/{name}", ref.channel, ref.account, order.id, ref.id, kind, body)


Found = tuple[str, str, Body] | None


def _known(order: Order, items: Items) -> list[tuple[str, int]]:
    """Units per line that the channel knows: not those that came to the order here, by an edit."""
    here = order.amendments.stated
    if here is None:
        return [(line, count(runs)) for line, runs in items]
    counted = []
    for line, runs in items:
        last = here.quantities.get(line, order.terms.line(line).quantity)
        counted.append((line, count(intersection(runs, ((1, last),))) if last else 0))
    return [(line, units) for line, units in counted if units]


def _shopify_shipped(order: Order, event: ev.UnitsShipped) -> Found:
    items = _known(order, event.items)
    if not items:
        return None
    carrier, number = event.tracking
    fulfillment: Body = {
        "line_items": [{"id": line, "quantity": units} for line, units in items],
        "notify_customer": False,
    }
    if carrier or number:
        fulfillment["tracking_info"] = {"company": carrier, "number": number}
    return "fulfillment", event.shipment_id, {"fulfillment": fulfillment}


def _shopify_cancelled(order: Order, event: ev.UnitsCancelled) -> Found:
    if event.cause == "channel" or order.progress.tally.kept:
        return None
    return "cancel", order.id, {"reason": "other", "email": False, "restock": False}


def _amazon_shipped(order: Order, event: ev.UnitsShipped) -> Found:
    """confirmShipment. Amazon takes positive numbers only for a package, and edits it by the same one."""
    items = _known(order, event.items)
    if not items:
        return None
    carrier, number = event.tracking
    package: Body = {
        "packageReferenceId": event.shipment_id.rpartition("-S")[2],
        "carrierCode": "Other",
        "carrierName": carrier,
        "trackingNumber": number,
        "shipDate": format_instant(event.at),
        "orderItems": [{"orderItemId": line, "quantity": units} for line, units in items],
    }
    marketplace = dict(order.terms.attribution).get("marketplace")
    where: Body = {"marketplaceId": marketplace} if marketplace else {}
    return "confirm_shipment", event.shipment_id, {**where, "packageDetail": package}


def _refund(order: Order, event: ev.PaymentRequested) -> Found:
    """Money that the channel holds is given back by the channel (M13)."""
    if event.kind != "refund" or event.tender_kind != "channel":
        return None
    amount = {"amount": format_minor(event.amount, event.currency), "currency": event.currency}
    return "refund", event.request_id, {"refund": amount}


_TABLE: Mapping[str, Mapping[type, Callable[[Order, Any], Found]]] = {
    "shopify": {
        ev.UnitsShipped: _shopify_shipped,
        ev.UnitsCancelled: _shopify_cancelled,
        ev.PaymentRequested: _refund,
    },
    "amazon": {ev.UnitsShipped: _amazon_shipped, ev.PaymentRequested: _refund},
    "square": {ev.PaymentRequested: _refund},
}

__all__ = ["channel_update"]
