"""Payloads in the three channels' shapes, made of whole numbers, with what they are worth beside them.

Nothing here is read with the package: amounts are drawn in minor units, summed with ``+`` and
written down as the channel writes them. ``sums`` are the paths of every amount that the payload
states and that follows from others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}

small = st.integers(0, 400)
counts = st.integers(1, 5)
currencies = st.sampled_from(("USD", "USD", "JPY", "KWD"))


@dataclass
class Shape:
    """A payload, and what it says: the total, each line's (units, net, tax, remitted), the charges."""

    payload: Any
    currency: str
    total: int
    lines: dict[str, tuple[int, int, int, int]]
    charges: dict[str, int]
    sums: list[Path] = field(default_factory=list)


def major(minor: int, currency: str, *, short: bool = False) -> str:
    """``1250`` as ``12.50``, or as ``12.5`` where zeros are dropped."""
    places = DECIMALS[currency]
    sign, digits = "-" * (minor < 0), str(abs(minor)).rjust(places + 1, "0")
    text = sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
    return (text.rstrip("0").rstrip(".") or "0") if short and places else text


def share(draw: st.DrawFn, most: int, parts: int = 2) -> list[int]:
    """Up to ``parts`` amounts that sum to at most ``most``."""
    found: list[int] = []
    for _ in range(draw(st.integers(0, parts))):
        found.append(draw(st.integers(0, most - sum(found))))
    return found


# -- Shopify ---------------------------------------------------------------------------------------


@st.composite
def shopify(draw: st.DrawFn) -> Shape:
    """A REST order: two currencies or one, taxes in or on top, discounts as allocated."""
    charged = draw(currencies)
    shop = draw(st.sampled_from((charged, charged, "EUR")))
    included, short = draw(st.booleans()), draw(st.booleans())

    def money(name: str, minor: int, *, flat: bool = True) -> dict[str, Any]:
        theirs = minor if shop == charged else minor * 2
        pair = {
            "shop_money": {"amount": major(theirs, shop, short=short), "currency_code": shop},
            "presentment_money": {"amount": major(minor, charged, short=short), "currency_code": charged},
        }
        return ({name: major(theirs, shop)} if flat else {}) | {f"{name}_set": pair}

    def taxed(most: int) -> tuple[list[dict[str, Any]], int, int]:
        amounts = share(draw, most if included else 400)
        liable = [draw(st.booleans()) for _ in amounts]
        lines = [
            {"title": "Tax", "channel_liable": theirs or None, **money("price", amount)}
            for amount, theirs in zip(amounts, liable, strict=True)
        ]
        remitted = sum(amount for amount, theirs in zip(amounts, liable, strict=True) if theirs)
        return lines, sum(amounts), remitted

    def parts(most: int) -> tuple[list[dict[str, Any]], int]:
        amounts = share(draw, most)
        return [money("amount", amount) for amount in amounts], sum(amounts)

    lines, worth, goods, reduced, tax = [], {}, 0, 0, 0
    for n in range(draw(st.integers(1, 4))):
        price, quantity = draw(small), draw(counts)
        allocations, off = parts(price * quantity)
        taxes, due, remitted = taxed(price * quantity - off)
        lines.append(
            {
                "id": 100 + n,
                "sku": f"SKU-{n}",
                "quantity": quantity,
                "current_quantity": quantity,
                "discount_allocations": allocations,
                "tax_lines": taxes,
                **money("price", price),
            }
        )
        net = price * quantity - off - (due if included else 0)
        worth[str(100 + n)] = (quantity, net, due, remitted)
        goods, reduced, tax = goods + price * quantity, reduced + off, tax + due
    shipping, beside, shipping_off = [], 0, 0
    for _ in range(draw(st.integers(0, 2))):
        price = draw(small)
        allocations, off = parts(price)
        taxes, due, _ = taxed(price - off)
        shipping.append({"discount_allocations": allocations, "tax_lines": taxes, **money("price", price)})
        beside, shipping_off, tax = beside + price - off, shipping_off + off, tax + due
    tip, duty, fee, rounding = (draw(st.sampled_from((0, 0, 7, 250))) for _ in range(4))
    rounding = -rounding if rounding == 7 else rounding
    total = goods - reduced + beside + tip + duty + fee + (0 if included else tax)
    rounding = max(rounding, -total)  # nobody is given change for what costs nothing
    payload = {
        "id": 1,
        "name": "#1",
        "created_at": "2026-11-27T10:00:00-05:00",
        "updated_at": "2026-11-27T10:00:00-05:00",
        "currency": shop,
        "presentment_currency": charged,
        "financial_status": "paid",
        "taxes_included": included,
        "line_items": lines,
        "shipping_lines": shipping,
        **money("total_line_items_price", goods),
        **money("subtotal_price", goods - reduced),
        **money("total_discounts", reduced + shipping_off),
        **money("total_tax", tax),
        **money("total_price", total),
        **money("original_total_duties", duty, flat=False),
        **money("original_total_additional_fees", fee, flat=False),
        **money("total_cash_rounding_payment_adjustment", rounding, flat=False),
        **(money("total_tip_received", tip) if shop != charged else {"total_tip_received": major(tip, shop)}),
    }
    names = ("total_line_items_price", "subtotal_price", "total_discounts", "total_tax", "total_price")
    charges = {"tip": tip, "duty": duty, "fee": fee, "rounding": rounding}
    return Shape(
        payload,
        charged,
        total + rounding,
        worth,
        {kind: amount for kind, amount in charges.items() if amount},
        [(f"{name}_set", "presentment_money", "amount") for name in names],
    )


# -- Amazon ----------------------------------------------------------------------------------------

KINDS = ("SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER")


@st.composite
def amazon(draw: st.DrawFn) -> Shape:
    """An order of 2026-01-01: proceeds by category, taxes and discounts by what they are on."""
    currency = draw(currencies)
    sign = draw(st.sampled_from((1, -1)))  # a discount is written down with either

    def money(minor: int) -> dict[str, str]:
        return {"amount": major(minor, currency), "currencyCode": currency}

    def entry(kind: str, minor: int, details: dict[str, int] | None = None) -> dict[str, Any]:
        made: dict[str, Any] = {"type": kind, "subtotal": money(minor)}
        if details:
            made["detailedBreakdowns"] = [
                {"subtype": name, "value": money(amount)} for name, amount in details.items()
            ]
        return made

    items, worth, sums = [], {}, []
    whole: dict[str, int] = {}
    for n in range(draw(st.integers(1, 3))):
        price, quantity = draw(small), draw(counts)
        parts = {"ITEM": price * quantity}
        parts |= {kind: draw(small) for kind in KINDS if draw(st.booleans())}
        taxes = {kind: draw(st.integers(0, 50)) for kind in parts if draw(st.booleans())}
        offs = {kind: draw(st.integers(0, worth)) for kind, worth in parts.items() if draw(st.booleans())}
        tax, off = sum(taxes.values()), sum(offs.values())
        breakdowns = [entry(kind, amount) for kind, amount in parts.items()]
        breakdowns += [entry("TAX", tax, taxes)] if taxes else []
        details = {kind: sign * amount for kind, amount in offs.items()}
        breakdowns += [entry("DISCOUNT", sign * off, details)] if offs else []
        total = sum(parts.values()) + tax - off
        items.append(
            {
                "orderItemId": f"i{n}",
                "quantityOrdered": quantity,
                "product": {"sellerSku": f"SKU-{n}", "price": {"unitPrice": money(price)}},
                "proceeds": {"proceedsTotal": money(total), "breakdowns": breakdowns},
                "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
            }
        )
        spot: Path = ("order", "orderItems", n, "proceeds")
        sums.append((*spot, "proceedsTotal", "amount"))
        for i, made in enumerate(breakdowns):
            sums.append((*spot, "breakdowns", i, "subtotal", "amount"))
            for j, _ in enumerate(made.get("detailedBreakdowns", ())):
                sums.append((*spot, "breakdowns", i, "detailedBreakdowns", j, "value", "amount"))
        worth[f"i{n}"] = (quantity, price * quantity - offs.get("ITEM", 0), taxes.get("ITEM", 0), 0)
        for kind, amount in (*parts.items(), ("TAX", tax), ("DISCOUNT", off)):
            whole[kind] = whole.get(kind, 0) + amount
    tip = draw(st.sampled_from((0, 0, 500)))
    total = sum(whole.values()) - 2 * whole["DISCOUNT"] + tip
    order: dict[str, Any] = {
        "orderId": "111-1",
        "createdTime": "2026-11-27T10:00:00Z",
        "lastUpdatedTime": "2026-11-27T10:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "proceeds": {"grandTotal": money(total)},
        "orderItems": items,
    }
    if tip or draw(st.booleans()):
        stated = [
            entry(kind, sign * amount if kind == "DISCOUNT" else amount) for kind, amount in whole.items()
        ]
        stated += [entry("DELIVERY_TIP", tip)] if tip else []
        order["proceeds"]["breakdowns"] = stated
        sums += [("order", "proceeds", "breakdowns", i, "subtotal", "amount") for i in range(len(stated))]
    sums.append(("order", "proceeds", "grandTotal", "amount"))
    return Shape({"order": order}, currency, total, worth, {"tip": tip} if tip else {}, sums)


# -- Square ----------------------------------------------------------------------------------------


@st.composite
def square(draw: st.DrawFn) -> Shape:
    """A sale of a till: modifiers, service charges with tax, a tip, rounding, split tenders."""
    currency, included = draw(currencies), draw(st.booleans())
    leaves_tax_out = included and draw(st.booleans())  # some countries' gross is without it

    def money(minor: int) -> dict[str, Any]:
        return {"amount": minor, "currency": currency}

    def amounts(values: Sequence[int]) -> list[dict[str, Any]]:
        return [{"uid": f"u{i}", "applied_money": money(value)} for i, value in enumerate(values)]

    lines, worth, sums = [], {}, []
    reduced = tax = whole = 0
    for n in range(draw(st.integers(1, 4))):
        base, quantity = draw(small), draw(counts)
        extras = draw(st.lists(st.integers(0, 90), max_size=2))
        price = (base + sum(extras)) * quantity
        offs = share(draw, price)
        taxes = share(draw, price - sum(offs) if included else 99)
        off, due = sum(offs), sum(taxes)
        total = price - off + (0 if included else due)
        gross = price - due if leaves_tax_out else price
        lines.append(
            {
                "uid": f"l{n}",
                "catalog_object_id": f"SKU-{n}",
                "quantity": draw(st.sampled_from((f"{quantity}", f"{quantity}.0"))),
                "base_price_money": money(base),
                "variation_total_price_money": money(base * quantity),
                "modifiers": [
                    {"base_price_money": money(extra), "total_price_money": money(extra * quantity)}
                    for extra in extras
                ],
                "gross_sales_money": money(gross),
                "applied_discounts": amounts(offs),
                "applied_taxes": amounts(taxes),
                "total_discount_money": money(off),
                "total_tax_money": money(due),
                "total_money": money(total),
            }
        )
        spot: Path = ("order", "line_items", n)
        names = ["variation_total_price_money", "total_discount_money", "total_tax_money", "total_money"]
        names += [] if included else ["gross_sales_money"]
        parts = [("applied_discounts", i) for i in range(len(offs))]
        parts += [("applied_taxes", i) for i in range(len(taxes))]
        sums += [(*spot, *part, "applied_money", "amount") for part in parts]
        sums += [(*spot, name, "amount") for name in names]
        worth[f"l{n}"] = (quantity, price - off - (due if included else 0), due, 0)
        reduced, tax, whole = reduced + off, tax + due, whole + total
    services = []
    served = 0
    for _ in range(draw(st.integers(0, 2))):
        amount = draw(small)
        due = draw(st.integers(0, amount if included else 50))
        services.append({"applied_money": money(amount), "total_tax_money": money(due)})
        served, tax, whole = served + amount, tax + due, whole + amount + (0 if included else due)
    tip, rounding = draw(st.sampled_from((0, 300))), draw(st.sampled_from((0, 0, 2, -2)))
    rounding = rounding if whole + tip + rounding > 0 else 0
    total = whole + tip + rounding
    cash = draw(st.integers(0, total))
    order: dict[str, Any] = {
        "id": "s1",
        "location_id": "L1",
        "state": "COMPLETED",
        "version": 3,
        "created_at": "2026-11-27T10:00:00Z",
        "line_items": lines,
        "taxes": [{"uid": "t", "type": "INCLUSIVE" if included else "ADDITIVE"}],
        "service_charges": services,
        "tenders": [
            {"id": "t1", "type": "CASH", "amount_money": money(cash)},
            {"id": "t2", "type": "CARD", "amount_money": money(total - cash)},
        ],
        "total_discount_money": money(reduced),
        "total_tax_money": money(tax),
        "total_tip_money": money(tip),
        "total_service_charge_money": money(served),
        "rounding_adjustment": {"amount_money": money(rounding)},
        "total_money": money(total),
    }
    names = ["total_discount_money", "total_tax_money", "total_service_charge_money", "total_money"]
    # Without a service charge its total is the only one that says so.
    names = names if services else [name for name in names if "service" not in name]
    sums += [("order", name, "amount") for name in names]
    sums += [("order", "tenders", n, "amount_money", "amount") for n in (0, 1)]
    charges = {"tip": tip, "rounding": rounding}
    return Shape(
        {"order": order},
        currency,
        total,
        worth,
        {kind: amount for kind, amount in charges.items() if amount},
        sums,
    )


SHAPES = {"shopify": shopify(), "amazon": amazon(), "square": square()}

__all__ = ["DECIMALS", "SHAPES", "Path", "Shape", "amazon", "major", "shopify", "square"]
