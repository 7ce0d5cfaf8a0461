"""Amazon: Selling Partner API, Orders 2026-01-01.

Decides what each field means in a draft. Where it bites: ``proceeds`` is what the seller receives,
so a facilitator's tax is not in it; ``fulfilledBy: AMAZON`` ships from Amazon's stock (S12); a sale
that ``NON_AMAZON`` names was made elsewhere; a pending order has no total; a buyer's cancellation
is a request. Amazon settles with the merchant: the tender is the channel's (M13). Must not know
orders that are placed already.
"""

from __future__ import annotations

from omcore.channels._read import (
    Field,
    NotAnOrder,
    NotThisChannel,
    NotYetComplete,
    ThinEvent,
    agree,
    contact_of,
    drafted,
    each,
    payload_of,
    place_of,
)
from omcore.kernel import Contact, InvalidType, Money, OmcoreError, Place
from omcore.orders.draft import (
    CHANNEL,
    MERCHANT,
    SHIPPING,
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)

NAME = "amazon"
_PENDING = frozenset({"PENDING", "PENDING_AVAILABILITY"})


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
    ``NotThisChannel``, ``MissingField``, ``ChannelContradiction``.
    """
    root = payload_of(payload)
    if root["order"]:
        root = root["order"]
    if not root["orderId"]:
        raise NotAnOrder("orderId", reason="no order of the Orders API 2026-01-01")
    return _read(root, account)


def read_orders(payload: object, *, account: str = "seller") -> tuple[OrderDraft | OmcoreError, ...]:
    """Every order of searchOrders, each a draft or its error."""
    root = payload_of(payload)
    if root["orders"]:
        return each(iter(root["orders"]), lambda field: _read(field, account))
    return each(iter((root,)), lambda field: read_order(field.value, account=account))


def read_event(payload: object) -> ThinEvent:
    """The order that an ORDER_CHANGE notification names."""
    root = payload_of(payload)["Payload"]["OrderChangeNotification"]
    return ThinEvent(NAME, root["OrderChangeType"].text("order_change"), root["AmazonOrderId"].name())


def _read(order: Field, account: str) -> OrderDraft:
    channel = order["salesChannel"]["channelName"]
    if channel and channel.text() != "AMAZON":
        raise NotThisChannel(channel.path)
    fulfillment = order["fulfillment"]
    status = fulfillment["fulfillmentStatus"].text("")
    if status in _PENDING or not order["proceeds"]["grandTotal"]:
        raise NotYetComplete(fulfillment["fulfillmentStatus"].path, reason="pending, or without a total")
    grand = order["proceeds"]["grandTotal"]
    currency = grand["currencyCode"].currency()
    total = _amount(grand, currency)
    fulfilled_by = CHANNEL if fulfillment["fulfilledBy"].text("MERCHANT") == "AMAZON" else MERCHANT
    items = list(order["orderItems"])
    lines = tuple(_line(item, currency, fulfilled_by) for item in items)
    return drafted(
        lambda: OrderDraft(
            ExternalRef(NAME, account, "order", order["orderId"].name()),
            currency,
            lines,
            order["createdTime"].instant(),
            destination=_destination(order["recipient"]["deliveryAddress"]),
            contact=_contact(order),
            charges=_charges(order, items, currency),
            tenders=(DraftTender(NAME, CHANNEL, total, captured=True),),
            stated_total=total,
            service=fulfillment["fulfillmentServiceLevel"].text("standard").lower(),
            cancelled=status == "CANCELLED",
            cancel_requested=any(_wants_cancel(item) for item in items),
            source_version=order["lastUpdatedTime"].version(),
            number=order["orderId"].name(),
        )
    )


def _amount(field: Field, currency: str) -> Money:
    stated = field["currencyCode"].currency()
    return field["amount"].money(stated) if stated == currency else _other(field, currency)


def _other(field: Field, currency: str) -> Money:
    raise InvalidType(field["currencyCode"].path, expected=f"an amount in {currency}")


def _parts(holder: Field, currency: str) -> dict[str, tuple[Money, dict[str, Money]]]:
    """Breakdowns by type: the subtotal, and its details by subtype."""
    found: dict[str, tuple[Money, dict[str, Money]]] = {}
    for entry in holder["proceeds"]["breakdowns"]:
        details = {
            detail["subtype"].text(): _amount(detail["value"], currency)
            for detail in entry["detailedBreakdowns"]
        }
        found[entry["type"].text()] = (_amount(entry["subtotal"], currency), details)
    return found


def _line(item: Field, currency: str, fulfilled_by: str) -> DraftLine:
    name = item["orderItemId"].name()
    quantity = item["quantityOrdered"].integer()
    parts = _parts(item, currency)
    nothing = Money.zero(currency)
    goods = parts.get("ITEM", (nothing, {}))[0]
    price = item["product"]["price"]["unitPrice"]
    unit = _amount(price, currency) if price else _even(item, goods, quantity)
    off = parts.get("DISCOUNT", (nothing, {}))[0]
    off = -off if off.minor < 0 else off
    if price and "ITEM" in parts:
        agree(item["proceeds"].path, goods, unit.minor * quantity)
    tax, details = parts.get("TAX", (nothing, {}))
    own = tax - details.get("SHIPPING", nothing)
    return DraftLine(
        name,
        _sku(item, name),
        quantity,
        unit,
        discounts=(Discount("promotion", amount=off),) if off else (),
        taxes=(Tax("tax", amount=own),) if own else (),
        fulfilled_by=fulfilled_by,
        title=item["product"]["title"].text("")[:500],
        fulfilled=item["fulfillment"]["quantityFulfilled"].integer(0),
    )


def _even(item: Field, goods: Money, quantity: int) -> Money:
    """A unit price out of the goods' subtotal, where it divides evenly."""
    if quantity < 1 or goods.minor % quantity:
        raise NotYetComplete(item["product"]["price"].path, reason="no unit price, and none follows")
    return Money(goods.minor // quantity, goods.currency)


def _sku(item: Field, name: str) -> str:
    for field in (item["product"]["sellerSku"], item["product"]["asin"]):
        if field.text(""):
            return field.text()
    return f"amazon-item-{name}"


def _charges(order: Field, items: list[Field], currency: str) -> tuple[Charge, ...]:
    """Shipping as the items state it, its tax, and a delivery tip of the order."""
    shipping = tax = Money.zero(currency)
    for item in items:
        parts = _parts(item, currency)
        if "SHIPPING" in parts:
            shipping += parts["SHIPPING"][0]
        if "TAX" in parts:
            tax += parts["TAX"][1].get("SHIPPING", Money.zero(currency))
    found = []
    if shipping or tax:
        found.append(Charge(SHIPPING, shipping, taxes=(Tax("tax", amount=tax),) if tax else ()))
    tip = _parts(order, currency).get("DELIVERY_TIP")
    if tip is not None and tip[0]:
        found.append(Charge("tip", tip[0]))
    return tuple(found)


def _wants_cancel(item: Field) -> bool:
    request = item["cancellation"]["cancellationRequest"]
    return bool(request) and request["requester"].text("") == "BUYER"


def _destination(address: Field) -> Place | None:
    return place_of(address["countryCode"], address["stateOrRegion"], address["postalCode"])


def _contact(order: Field) -> Contact | None:
    address = order["recipient"]["deliveryAddress"]
    return contact_of(
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
