"""Amazon: Selling Partner API, Orders 2026-01-01.

Decides what each field means in a draft. Where it bites: ``proceeds`` is what the seller receives,
so a facilitator's tax is not in it; ``fulfilledBy: AMAZON`` ships from Amazon's stock (S12); a sale
that ``NON_AMAZON`` names was made elsewhere; a pending order has no total; a buyer's cancellation
is a request. Amazon settles with the merchant: the tender is the channel's (M13). Must not know
orders that are placed already.

Ask for the data sets PROCEEDS, FULFILLMENT, RECIPIENT, BUYER and CANCELLATION: an order without
its total or its fulfiller is refused, because guessing would ship goods twice.
"""

from __future__ import annotations

from omcore.channels import _amazon_proceeds as proceeds
from omcore.channels._read import (
    ChannelContradiction,
    Field,
    FractionalQuantity,
    NotAnOrder,
    NotThisChannel,
    NotYetComplete,
    ThinEvent,
    agree,
    contact_of,
    each,
    made,
    payload_of,
    place_of,
    ref_of,
    summed,
)
from omcore.kernel import Contact, Money, OmcoreError, Place, checked_quantity
from omcore.orders.draft import (
    CHANNEL,
    MERCHANT,
    Discount,
    DraftLine,
    DraftTender,
    OrderDraft,
    Tax,
)

NAME = "amazon"
_PENDING = frozenset({"PENDING", "PENDING_AVAILABILITY"})
_STATUSES = _PENDING | {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE"}
_FULFILLERS = {"MERCHANT": MERCHANT, "AMAZON": CHANNEL}
# Orders that follow from another one, and what they are to it.
_FOLLOWS = {"REPLACEMENT_ORIGINAL_ID": "replacement_for", "EXCHANGE_ORIGINAL_ID": "exchange_for"}
_NAMES = (("lines", "orderItems"), ("charges", "proceeds"), ("number", "orderId"))


def recognize(payload: object) -> str:
    """What a payload is: order, orders, event, v0, or other."""
    root = payload_of(payload)
    if root["order"] or root["orderId"]:
        return "order"
    if root["orders"]:
        return "orders"
    if root["NotificationType"]:
        return "event"
    return "v0" if root["payload"] or root["AmazonOrderId"] else "other"


def read_order(payload: object, *, account: str = "seller") -> OrderDraft:
    """A draft from one order: ``{"order": {...}}`` as getOrder answers, or the order itself.

    Errors besides the kernel's: ``NotAnOrder`` (the v0 API too), ``NotYetComplete``,
    ``NotThisChannel``, ``MissingField``, ``ChannelContradiction``, ``FractionalQuantity``.
    """
    root = payload_of(payload)
    kind = recognize(root)
    if kind == "v0":
        raise NotAnOrder(root.path, reason="the v0 API, which is not read: ask for Orders 2026-01-01")
    if kind != "order":
        raise NotAnOrder("orderId", reason="no order of the Orders API 2026-01-01")
    return _read(root["order"] or root, account)


def read_orders(payload: object, *, account: str = "seller") -> tuple[OrderDraft | OmcoreError, ...]:
    """Every order of searchOrders, each a draft or its error. A single order is a list of one."""
    root = payload_of(payload)
    if root["orders"]:
        return each(iter(root["orders"]), lambda field: _read(field, account))
    return each(iter((root,)), lambda field: read_order(field, account=account))


def read_event(payload: object) -> ThinEvent:
    """The order that an ORDER_CHANGE notification names."""
    root = payload_of(payload)
    if root["NotificationType"].text("") != "ORDER_CHANGE":
        raise NotAnOrder("NotificationType", reason="a notification about something else than an order")
    change = root["Payload"]["OrderChangeNotification"].needed()
    kind = change["OrderChangeType"].name() if change["OrderChangeType"] else "order_change"
    return ThinEvent(NAME, kind, change["AmazonOrderId"].name())


def _read(order: Field, account: str) -> OrderDraft:
    channel = order["salesChannel"]["channelName"]
    if channel.text() != "AMAZON":
        raise NotThisChannel(channel.path)
    fulfillment = order["fulfillment"]
    status = fulfillment["fulfillmentStatus"].one_of(_STATUSES)
    if status in _PENDING:
        where = fulfillment["fulfillmentStatus"]
        raise NotYetComplete(where.path, reason="pending: without a total and an address")
    cancelled = status == "CANCELLED"
    grand = order["proceeds"]["grandTotal"]
    if not grand and not cancelled:
        raise NotYetComplete(grand.path, reason="without a total")
    fulfilled_by = _FULFILLERS[fulfillment["fulfilledBy"].one_of(_FULFILLERS)]
    # An item of zero units was cancelled before the order was complete.
    items = [item for item in order["orderItems"].needed() if not item["quantityOrdered"].is_zero()]
    currency = _currency(grand, items)
    # A cancelled order may have lost its total. It is cancelled all the same.
    total = proceeds.amount(grand, currency) if grand else None
    parts = [proceeds.parts_of(item["proceeds"], currency) for item in items]
    proceeds.check(order["proceeds"], currency, parts)
    service = fulfillment["fulfillmentServiceLevel"]
    names = {name: order[field].path for name, field in _NAMES} | {"service": service.path}
    names |= {f"lines[{i}]": item.path for i, item in enumerate(items)}
    draft = made(
        order,
        names,
        OrderDraft,
        ref_of(NAME, account, order["orderId"]),
        currency,
        tuple(_line(item, part, fulfilled_by) for item, part in zip(items, parts, strict=True)),
        order["createdTime"].instant(),
        destination=_destination(order["recipient"]["deliveryAddress"]),
        contact=_contact(order),
        charges=proceeds.charges(order["proceeds"], currency, parts),
        tenders=(made(grand, {}, DraftTender, NAME, CHANNEL, total, captured=True),) if total else (),
        stated_total=total,
        service=service.text("standard").lower(),
        cancelled=cancelled,
        cancel_requested=any(_wants_cancel(item) for item in items),
        source_version=order["lastUpdatedTime"].version(),
        attribution=_attribution(order),
        number=order["orderId"].name(),
    )
    return summed(draft, grand, names)


def _currency(grand: Field, items: list[Field]) -> str:
    for amount in (grand, *(item["product"]["price"]["unitPrice"] for item in items)):
        if amount:
            return amount["currencyCode"].currency()
    raise NotYetComplete(grand.path, reason="cancelled, and without a price")


def _line(item: Field, parts: proceeds.Parts, fulfilled_by: str) -> DraftLine:
    name = item["orderItemId"].name()
    quantity = _quantity(item)
    cancelled, fulfilled = _progress(item, quantity)
    goods = parts.goods
    price = item["product"]["price"]["unitPrice"]
    if price:
        unit = proceeds.amount(price, goods.currency)
        # Without its own proceeds an item is held by the order's total alone.
        if "ITEM" in parts.subtotals:
            agree(item["proceeds"].path, goods, unit.minor * quantity)
    elif goods.minor % quantity:
        raise NotYetComplete(price.path, reason="no unit price, and none follows")
    else:
        unit = Money(goods.minor // quantity, goods.currency)
    title = item["product"]["title"]
    return made(
        item,
        {"sku": item["product"]["sellerSku"].path, "title": title.path, "taxes": item["proceeds"].path},
        DraftLine,
        name,
        _sku(item, name),
        quantity,
        unit,
        discounts=(Discount("promotion", amount=parts.discount),) if parts.discount else (),
        taxes=(Tax("tax", amount=parts.tax),) if parts.tax else (),
        fulfilled_by=fulfilled_by,
        title=title.text("")[:500],
        cancelled=cancelled,
        fulfilled=fulfilled,
    )


def _quantity(item: Field) -> int:
    """Whole units; goods by weight are refused, naming the unit."""
    unit = item["measurement"]["unit"].text("COUNT")
    if unit != "COUNT":
        raise FractionalQuantity(item["measurement"].path, unit=_word(unit))
    return checked_quantity(item["quantityOrdered"].needed().value, item["quantityOrdered"].path)


def _word(unit: str) -> str:
    # A unit of measure may be shown; what merely stands in its place may not.
    return unit if unit.isascii() and unit.replace("_", "").isupper() and len(unit) <= 40 else "?"


def _progress(item: Field, quantity: int) -> tuple[int, int]:
    """(cancelled, fulfilled): what is neither fulfilled nor left to fulfill was called off."""
    fulfilled, left = (
        checked_quantity(field.value, field.path, low=0) if field else None
        for field in (item["fulfillment"]["quantityFulfilled"], item["fulfillment"]["quantityUnfulfilled"])
    )
    gone = (fulfilled or 0) + (left or 0)
    if gone > quantity:
        raise ChannelContradiction(item["fulfillment"].path, stated=quantity, computed=gone)
    return 0 if left is None else quantity - gone, fulfilled or 0


def _sku(item: Field, name: str) -> str:
    for field in (item["product"]["sellerSku"], item["product"]["asin"]):
        if field.text(""):
            return field.text()
    return f"amazon-item-{name}"


def _wants_cancel(item: Field) -> bool:
    request = item["cancellation"]["cancellationRequest"]
    return bool(request) and request["requester"].text("") == "BUYER"


def _attribution(order: Field) -> tuple[tuple[str, str], ...]:
    """The marketplace, which confirming a shipment needs, and the order that this one replaces."""
    marketplace = order["salesChannel"]["marketplaceId"]
    found = [("marketplace", marketplace.name())] if marketplace else []
    found += [
        (_FOLLOWS[kind], entry["orderId"].name())
        for entry in order["associatedOrders"]
        if (kind := entry["associationType"].text("")) in _FOLLOWS
    ]
    return tuple(found[:100])


def _destination(address: Field) -> Place | None:
    return place_of(address["countryCode"], address["stateOrRegion"], address["postalCode"])


def _contact(order: Field) -> Contact | None:
    address = order["recipient"]["deliveryAddress"]
    return contact_of(
        order,
        name=address["name"] or order["buyer"]["buyerName"],
        email=order["buyer"]["buyerEmail"],
        phone=address["phone"],
        company=address["companyName"],
        street=(address["addressLine1"], address["addressLine2"], address["addressLine3"]),
        city=address["city"],
        region=address["stateOrRegion"],
        postal_code=address["postalCode"],
        country=address["countryCode"],
    )


__all__ = ["NAME", "read_event", "read_order", "read_orders", "recognize"]
