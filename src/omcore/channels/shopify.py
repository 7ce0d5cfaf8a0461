"""Shopify: REST orders, as a webhook brings them or a list.

Decides what each field of the payload means in a draft. Where it bites: money is text and both
``shop_money`` and ``presentment_money`` matter; a line's real discount is its
``discount_allocations``; ``quantity`` is history and ``current_quantity`` the truth;
``cancelled_at`` does not zero quantities but dominates; a refund is not a restock. Must not know
orders that are placed already: a draft is a snapshot.

A line without a SKU gets one that is stable: ``shopify-variant-<id>``, else ``shopify-line-<id>``.
"""

from __future__ import annotations

from omcore.channels._read import (
    Field,
    NotAnOrder,
    agree,
    contact_of,
    drafted,
    each,
    payload_of,
    place_of,
    point_of,
)
from omcore.kernel import Contact, Money, OmcoreError, Place
from omcore.orders.draft import (
    CHANNEL,
    GATEWAY,
    SELLER,
    SHIPPING,
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)

NAME = "shopify"
TENDER = "shopify-payments"

# financial_status: has the money been captured, is it authorized?
_CAPTURED = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
_AUTHORIZED = frozenset({"authorized"})


def recognize(payload: object) -> str:
    """What a payload is: order, orders, refund, fulfillment, or other."""
    root = payload_of(payload)
    for kind in ("order", "orders", "refund", "fulfillment"):
        if root[kind]:
            return kind
    if root["line_items"] and root["financial_status"]:
        return "order"
    return "refund" if root["refund_line_items"] else "other"


def read_order(payload: object, *, account: str = "shop") -> OrderDraft:
    """A draft from one order: the webhook's body, or ``{"order": {...}}``.

    Errors: ``NotAnOrder``, ``MissingField``, ``ChannelContradiction``, and the kernel's for bad
    values; each with the path in the payload.
    """
    root = payload_of(payload)
    if root["order"]:
        root = root["order"]
    if not root["line_items"]:
        raise NotAnOrder("line_items", reason="no order of Shopify's REST API")
    return _read(root, account)


def read_orders(payload: object, *, account: str = "shop") -> tuple[OrderDraft | OmcoreError, ...]:
    """Every order of a list, each a draft or its error."""
    root = payload_of(payload)
    if not root["orders"]:
        return each(iter((root["order"] or root,)), lambda field: _read(field, account))
    return each(iter(root["orders"]), lambda field: _read(field, account))


def _read(order: Field, account: str) -> OrderDraft:
    shop = order["currency"].currency()
    stated = order["presentment_currency"]
    currency = stated.currency() if stated else shop
    gone = _gone(order)
    # A line of zero units was removed before the order was made.
    lines = tuple(_line(line, currency, gone) for line in order["line_items"] if line["quantity"].value != 0)
    charges = _charges(order, currency)
    total = _money(order, "total_price", currency)
    _check(order, currency, lines, charges)
    return drafted(
        lambda: OrderDraft(
            ExternalRef(NAME, account, "order", order["id"].name()),
            currency,
            lines,
            order["created_at"].instant(),
            destination=_destination(order["shipping_address"]),
            contact=_contact(order),
            charges=charges,
            tenders=_tenders(order, currency, total),
            tax_included=order["taxes_included"].flag(),
            stated_total=total,
            shop_total=order["total_price"].money(shop) if shop != currency else None,
            cancelled=bool(order["cancelled_at"]),
            source_version=order["updated_at"].version(),
            attribution=(("source", order["source_name"].text("")),) if order["source_name"].value else (),
            number=order["name"].text(""),
        )
    )


def _money(field: Field, name: str, currency: str) -> Money:
    """An amount in the currency that the customer is charged in."""
    pair = field[f"{name}_set"]["presentment_money"]
    if pair:
        found = pair["amount"].money(pair["currency_code"].currency())
        if found.currency == currency:
            return found
    return field[name].money(currency)


def _line(line: Field, currency: str, gone: dict[str, tuple[int, int, int]]) -> DraftLine:
    name = line["id"].name()
    quantity = line["quantity"].integer()
    cancelled, returned, fulfilled = gone.get(name, (0, 0, 0))
    if line["current_quantity"]:
        # The truth of what is left; what no refund explains was removed by an edit.
        removed = quantity - line["current_quantity"].integer()
        cancelled = max(cancelled, removed - returned)
    return DraftLine(
        name,
        _sku(line, name),
        quantity,
        _money(line, "price", currency),
        discounts=_discounts(line, currency),
        taxes=_taxes(line, currency),
        title=line["title"].text("")[:500],
        cancelled=cancelled,
        fulfilled=fulfilled,
        returned=returned,
    )


def _sku(line: Field, name: str) -> str:
    sku = line["sku"].text("")
    if sku:
        return sku
    if line["variant_id"]:
        return f"shopify-variant-{line['variant_id'].name()}"
    return f"shopify-line-{name}"


def _discounts(field: Field, currency: str) -> tuple[Discount, ...]:
    return tuple(
        Discount("discount", amount=_money(entry, "amount", currency))
        for entry in field["discount_allocations"]
    )


def _taxes(field: Field, currency: str) -> tuple[Tax, ...]:
    """M4: the stated taxes are taken; ``channel_liable`` ones are the marketplace's (M13)."""
    return tuple(
        Tax(
            entry["title"].text("tax")[:200],
            amount=_money(entry, "price", currency),
            collected_by=CHANNEL if entry["channel_liable"].flag() else SELLER,
        )
        for entry in field["tax_lines"]
    )


def _charges(order: Field, currency: str) -> tuple[Charge, ...]:
    found = [
        Charge(
            SHIPPING,
            _money(entry, "price", currency),
            _discounts(entry, currency),
            _taxes(entry, currency),
            entry["title"].text("")[:200],
        )
        for entry in order["shipping_lines"]
        if not entry["is_removed"].flag()
    ]
    if order["total_tip_received"] and (tip := order["total_tip_received"].money(currency)):
        found.append(Charge("tip", tip))
    rounding = order["total_cash_rounding_payment_adjustment_set"]["presentment_money"]["amount"]
    if rounding and (amount := rounding.money(currency)):
        found.append(Charge("rounding", amount))
    duties = order["original_total_duties_set"]["presentment_money"]["amount"]
    if duties and (amount := duties.money(currency)):
        found.append(Charge("duty", amount))
    return tuple(found)


def _gone(order: Field) -> dict[str, tuple[int, int, int]]:
    """Per line: units cancelled, returned, fulfilled, as refunds and fulfillments tell."""
    counts: dict[str, list[int]] = {}
    for fulfillment in order["fulfillments"]:
        if fulfillment["status"].text("success") == "success":
            for entry in fulfillment["line_items"]:
                counts.setdefault(entry["id"].name(), [0, 0, 0])[2] += entry["quantity"].integer()
    for refund in order["refunds"]:
        for entry in refund["refund_line_items"]:
            # A refund is not a restock: only "return" says that goods came back.
            which = 1 if entry["restock_type"].text("no_restock") == "return" else 0
            counts.setdefault(entry["line_item_id"].name(), [0, 0, 0])[which] += entry["quantity"].integer()
    return {name: (entry[0], entry[1], entry[2]) for name, entry in counts.items()}


def _tenders(order: Field, currency: str, total: Money) -> tuple[DraftTender, ...]:
    status = order["financial_status"].text("pending")
    if status in _AUTHORIZED:
        return (DraftTender(TENDER, GATEWAY, total, authorized=True),)
    if status not in _CAPTURED or not total:
        return ()
    paid = total
    if status == "partially_paid":
        paid = total - _money(order, "total_outstanding", currency)
    refunded = Money.zero(currency)
    for refund in order["refunds"]:
        for entry in refund["transactions"]:
            if entry["kind"].text() == "refund" and entry["status"].text("success") == "success":
                refunded += entry["amount"].money(currency)
    return (DraftTender(TENDER, GATEWAY, paid, captured=True, refunded=refunded or None),)


def _check(order: Field, currency: str, lines: tuple[DraftLine, ...], charges: tuple[Charge, ...]) -> None:
    """The payload's own sums."""
    subtotal = discounts = 0
    tax = Money.zero(currency)
    for line in lines:
        off = sum(entry.amount.minor for entry in line.discounts if entry.amount is not None)
        subtotal += line.unit_price.minor * line.quantity - off
        discounts += off
        for entry in line.taxes:
            tax += entry.amount or Money.zero(currency)
    for charge in charges:
        discounts += sum(entry.amount.minor for entry in charge.discounts if entry.amount is not None)
        for entry in charge.taxes:
            tax += entry.amount or Money.zero(currency)
    for name, computed in (
        ("subtotal_price", subtotal),
        ("total_discounts", discounts),
        ("total_tax", tax.minor),
    ):
        if order[name]:
            agree(order[name].path, _money(order, name, currency), computed)


def _destination(address: Field) -> Place | None:
    point = point_of(address["latitude"], address["longitude"])
    return place_of(address["country_code"], address["province_code"], address["zip"], point)


def _contact(order: Field) -> Contact | None:
    address = order["shipping_address"] or order["billing_address"]
    return contact_of(
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


__all__ = ["NAME", "read_order", "read_orders", "recognize"]
