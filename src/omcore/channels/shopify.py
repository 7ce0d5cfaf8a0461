"""Shopify: REST orders, as a webhook brings them or a list.

Decides what each field of the payload means in a draft. Where it bites: money is text and both
``shop_money`` and ``presentment_money`` matter; a line's real discount is its
``discount_allocations``; ``quantity`` is history and ``current_quantity`` the truth;
``cancelled_at`` does not zero quantities but dominates; a refund is not a restock; cash rounding is
beside the total and not in it. Must not know orders that are placed already: a draft is a snapshot.

A line without a SKU gets one that is stable: ``shopify-variant-<id>``, else ``shopify-line-<id>``.
"""

from __future__ import annotations

from omcore.channels import _shopify_units as units
from omcore.channels._read import (
    ChannelContradiction,
    Field,
    NotAnOrder,
    ThinEvent,
    agree,
    contact_of,
    each,
    made,
    payload_of,
    place_of,
    point_of,
    ref_of,
    summed,
)
from omcore.kernel import Contact, Money, OmcoreError, Place
from omcore.orders.draft import (
    CHANNEL,
    GATEWAY,
    MERCHANT,
    SELLER,
    SHIPPING,
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    OrderDraft,
    Tax,
)

NAME = "shopify"
TENDER = "shopify-payments"

# financial_status: has the money been captured, is it authorized?
_CAPTURED = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
_AUTHORIZED = frozenset({"authorized"})
_STATUSES = _CAPTURED | _AUTHORIZED | {"pending", "unpaid", "expired", "voided"}
_NAMES = (
    ("lines", "line_items"),
    ("charges", "shipping_lines"),
    ("attribution", "source_name"),
    ("number", "name"),
)


def recognize(payload: object) -> str:
    """What a payload is: order, orders, refund, fulfillment, or other."""
    root = payload_of(payload)
    for kind in ("order", "orders"):
        if root[kind]:
            return kind
    for kind in ("refund", "fulfillment"):
        if type(root[kind].value) is dict and root[kind]["order_id"]:
            return kind
    if root["refund_line_items"] and root["order_id"]:
        return "refund"
    if not root["line_items"]:
        return "other"
    # A fulfillment has lines too, and names its order.
    return "fulfillment" if root["order_id"] and not root["total_price"] else "order"


def read_order(payload: object, *, account: str = "shop") -> OrderDraft:
    """A draft from one order: the webhook's body, or ``{"order": {...}}``.

    Errors: ``NotAnOrder``, ``MissingField``, ``ChannelContradiction``, and the kernel's for bad
    values; each with the path in the payload.
    """
    root = payload_of(payload)
    if recognize(root) != "order":
        raise NotAnOrder("line_items", reason="no order of Shopify's REST API")
    return _read(root["order"] or root, account)


def read_orders(payload: object, *, account: str = "shop") -> tuple[OrderDraft | OmcoreError, ...]:
    """Every order of a list, each a draft or its error. A single order is a list of one."""
    root = payload_of(payload)
    if not root["orders"]:
        return each(iter((root,)), lambda field: read_order(field, account=account))
    return each(iter(root["orders"]), lambda field: _read(field, account))


def read_event(payload: object) -> ThinEvent:
    """The order that the webhook of a refund or a fulfillment is about: its snapshot says it all."""
    root = payload_of(payload)
    kind = recognize(root)
    if kind not in ("refund", "fulfillment"):
        raise NotAnOrder(root.path, reason="neither a refund nor a fulfillment")
    return ThinEvent(NAME, kind, (root[kind] or root)["order_id"].name())


class _Amounts:
    """Amounts in the currency that the customer is charged in.

    A field alone is in the shop's currency; ``<field>_set`` holds both. Where they disagree, or
    the customer's amount is not stated at all, the payload is refused.
    """

    def __init__(self, order: Field) -> None:
        self.shop = order["currency"].currency()
        charged = order["presentment_currency"]
        self.charged = charged.currency() if charged else self.shop

    def __call__(self, holder: Field, name: str) -> Money:
        flat, pair = holder[name], holder[f"{name}_set"]
        customers, shops = pair["presentment_money"], pair["shop_money"]
        if flat and shops:
            code = shops["currency_code"].currency(self.shop)
            agree(flat.path, flat.money(code), shops["amount"].money(code).minor)
        if customers:
            return self.of_pair(pair)
        if self.charged == self.shop or (flat and not flat.money(self.shop)):
            return Money(flat.money(self.shop).minor, self.charged)
        return self.of_pair(pair)

    def of_pair(self, pair: Field) -> Money:
        """The customer's amount of ``{"shop_money": ..., "presentment_money": ...}``."""
        amount = pair["presentment_money"].needed()
        return amount["amount"].money(amount["currency_code"].currency(self.charged))

    def maybe(self, holder: Field, name: str) -> Money:
        """The amount, nothing where the payload does not speak of it."""
        return self(holder, name) if holder[name] or holder[f"{name}_set"] else Money.zero(self.charged)


def _read(order: Field, account: str) -> OrderDraft:
    amounts = _Amounts(order)
    # A line of zero units was removed before the order was made.
    entries = [line for line in order["line_items"].needed() if not line["quantity"].is_zero()]
    tallies = units.tallies(order)
    lines = tuple(_line(line, amounts, tallies) for line in entries)
    charges = _charges(order, amounts)
    total, rounding = amounts(order, "total_price"), _rounding(order, amounts)
    _check(order, amounts, lines, charges)
    source = order["source_name"]
    names = {name: order[field].path for name, field in _NAMES}
    names |= {f"lines[{i}]": line.path for i, line in enumerate(entries)}
    cancelled = order["cancelled_at"]
    if cancelled:
        cancelled.instant()
    draft = made(
        order,
        names,
        OrderDraft,
        ref_of(NAME, account, order["id"]),
        amounts.charged,
        lines,
        order["created_at"].instant(),
        destination=_destination(order["shipping_address"]),
        contact=_contact(order),
        charges=charges,
        tenders=_tenders(order, amounts, total + rounding),
        tax_included=order["taxes_included"].flag(),
        stated_total=total + rounding,
        shop_total=order["total_price"].money(amounts.shop) if amounts.shop != amounts.charged else None,
        cancelled=bool(cancelled),
        source_version=order["updated_at"].version(),
        attribution=(("source", source.text("")),) if source else (),
        number=order["name"].text(""),
    )
    return summed(draft, order["total_price"], names)


def _line(line: Field, amounts: _Amounts, tallies: units.Tallies) -> DraftLine:
    name = line["id"].name()
    cancelled, fulfilled, returned = units.progress(line, tallies.get(name, units.NOTHING))
    # What nobody ships: gift cards, downloads, services. Shopify says when they are fulfilled.
    own = line["requires_shipping"].flag(True) and not line["gift_card"].flag()
    paths = {key: line[key].path for key in ("id", "quantity", "sku", "title")}
    return made(
        line,
        {
            **paths,
            "unit_price": line["price"].path,
            "taxes": line["tax_lines"].path,
            "discounts": line["discount_allocations"].path,
        },
        DraftLine,
        name,
        _sku(line, name),
        line["quantity"].integer(),
        amounts(line, "price"),
        discounts=_discounts(line, amounts),
        taxes=_taxes(line, amounts),
        fulfilled_by=MERCHANT if own else CHANNEL,
        title=line["title"].text("")[:500],
        cancelled=cancelled,
        fulfilled=fulfilled,
        returned=returned,
    )


def _sku(line: Field, name: str) -> str:
    if sku := line["sku"].text(""):
        return sku
    if line["variant_id"]:
        return f"shopify-variant-{line['variant_id'].name()}"
    return f"shopify-line-{name}"


def _discounts(field: Field, amounts: _Amounts) -> tuple[Discount, ...]:
    return tuple(
        made(entry, {}, Discount, "discount", amount=amounts(entry, "amount"))
        for entry in field["discount_allocations"]
    )


def _taxes(field: Field, amounts: _Amounts) -> tuple[Tax, ...]:
    """M4: the stated taxes are taken; ``channel_liable`` ones are the marketplace's (M13)."""
    return tuple(
        made(
            entry,
            {"title": entry["title"].path},
            Tax,
            entry["title"].text("tax")[:200],
            amount=amounts(entry, "price"),
            collected_by=CHANNEL if entry["channel_liable"].flag() else SELLER,
        )
        for entry in field["tax_lines"]
    )


def _charges(order: Field, amounts: _Amounts) -> tuple[Charge, ...]:
    found = [
        made(
            entry,
            {"title": entry["title"].path},
            Charge,
            SHIPPING,
            amounts(entry, "price"),
            _discounts(entry, amounts),
            _taxes(entry, amounts),
            entry["title"].text("")[:200],
        )
        for entry in order["shipping_lines"]
        if not entry["is_removed"].flag()
    ]
    others = [
        ("tip", amounts.maybe(order, "total_tip_received")),
        ("rounding", _rounding(order, amounts)),
        ("fee", amounts.maybe(order, "original_total_additional_fees")),
    ]
    if not order["duties_included"].flag():
        others.append(("duty", amounts.maybe(order, "original_total_duties")))
    return (*found, *(Charge(kind, amount) for kind, amount in others if amount))


def _rounding(order: Field, amounts: _Amounts) -> Money:
    """What a cash payment was rounded by. It is an adjustment of what was paid, not of the total."""
    return amounts.maybe(order, "total_cash_rounding_payment_adjustment")


def _tenders(order: Field, amounts: _Amounts, total: Money) -> tuple[DraftTender, ...]:
    """One tender for the shop's own gateway: which cards and gift cards it was, the order does not say."""
    status = order["financial_status"].one_of(_STATUSES, "pending")
    if status in _AUTHORIZED:
        return (DraftTender(TENDER, GATEWAY, total, authorized=True),)
    if status not in _CAPTURED or not total:
        return ()
    paid = total
    if status == "partially_paid":
        open_amount = amounts(order, "total_outstanding")
        if not 0 <= open_amount.minor <= total.minor:
            raise ChannelContradiction(
                order["total_outstanding"].path, stated=open_amount.minor, computed=total.minor
            )
        paid = total - open_amount
    refunded = units.refunded(order, amounts.charged, amounts.of_pair)
    if refunded > paid.minor:
        raise ChannelContradiction(order["refunds"].path, stated=refunded, computed=paid.minor)
    given_back = Money(refunded, amounts.charged) if refunded else None
    where = order["total_price"]
    return (made(where, {}, DraftTender, TENDER, GATEWAY, paid, captured=True, refunded=given_back),)


def _check(
    order: Field,
    amounts: _Amounts,
    lines: tuple[DraftLine, ...],
    charges: tuple[Charge, ...],
) -> None:
    """The payload's own sums, each named by the field that disagrees."""
    goods = sum(line.unit_price.minor * line.quantity for line in lines)
    off = sum(_stated(line.discounts) for line in lines)
    sums = {
        "total_line_items_price": goods,
        "subtotal_price": goods - off,
        "total_discounts": off + sum(_stated(charge.discounts) for charge in charges),
        "total_tax": sum(_stated(line.taxes) for line in lines)
        + sum(_stated(charge.taxes) for charge in charges),
    }
    for name, computed in sums.items():
        if order[name] or order[f"{name}_set"]:
            agree(order[name].path, amounts(order, name), computed)
    if order["tax_lines"].entries():
        taxes = sum(amounts(entry, "price").minor for entry in order["tax_lines"])
        agree(order["tax_lines"].path, taxes, sums["total_tax"])


def _stated(parts: tuple[Tax, ...] | tuple[Discount, ...]) -> int:
    return sum(part.amount.minor for part in parts if part.amount is not None)


def _destination(address: Field) -> Place | None:
    point = point_of(address["latitude"], address["longitude"])
    return place_of(address["country_code"], address["province_code"], address["zip"], point)


def _contact(order: Field) -> Contact | None:
    address = order["shipping_address"] or order["billing_address"]
    return contact_of(
        order,
        name=address["name"],
        email=order["email"],
        phone=order["phone"] or address["phone"],
        company=address["company"],
        street=(address["address1"], address["address2"]),
        city=address["city"],
        region=address["province"],
        postal_code=address["zip"],
        country=address["country_code"],
    )


__all__ = ["NAME", "read_event", "read_order", "read_orders", "recognize"]
