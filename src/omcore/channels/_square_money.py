"""Square: the money of a till's order.

Decides what a line, a service charge, a tip, a rounding and a tender are worth, and holds every sum
that Square states against its parts. A unit's price is the variation's with its modifiers. Must not
know goods or places.
"""

from __future__ import annotations

from omcore.channels._read import ChannelContradiction, Field, NotAnOrder, agree, made
from omcore.kernel import InvalidType, Money, record, round_ratio
from omcore.orders.draft import CASH, CHANNEL, Charge, DraftLine, DraftTender, Tax

NOT_PAID = frozenset({"VOIDED", "FAILED"})
_CARD_STATES = NOT_PAID | {"AUTHORIZED", "CAPTURED"}
_REFUND_STATES = frozenset({"PENDING", "APPROVED", "COMPLETED", "REJECTED", "FAILED"})
_GIVEN_BACK = frozenset({"APPROVED", "COMPLETED"})


@record
class LineWorth:
    """A line's unit price with modifiers, for one whole of its measure, and its discount and tax in total.

    ``rounding`` is what Square rounded down where half a cent is rounded up here.
    """

    unit: Money
    discount: Money
    tax: Money
    rounding: Money


def amount(field: Field, currency: str | None = None) -> Money:
    """Whole minor units; a fraction, text or another currency is refused."""
    minor, code = field.needed()["amount"].integer(), field["currency"].currency(currency)
    return made(field, {"minor": field["amount"].path}, Money, minor, code)


def maybe(field: Field, currency: str) -> Money:
    """The same, nothing where it is absent."""
    return amount(field, currency) if field else Money.zero(currency)


def tax_included(order: Field) -> bool:
    """Whether prices hold their taxes; an order is one or the other."""
    kinds = {tax["type"].one_of(("ADDITIVE", "INCLUSIVE"), "ADDITIVE") for tax in order["taxes"]}
    if len(kinds) > 1:
        raise NotAnOrder(order["taxes"].path, reason="additive and inclusive taxes on one order")
    return kinds == {"INCLUSIVE"}


def line_worth(line: Field, quantity: int, per: int, currency: str, included: bool) -> LineWorth:
    """What a line is worth, each of its sums held against its parts; ``per`` units are one of its measure."""
    gross = line["gross_sales_money"]
    price = _before_discounts(line, quantity, per, currency)
    if not included and gross:
        # Where taxes are included, some countries' gross is without them.
        agree(gross.path, amount(gross, currency), price)
    unit, rounding = _unit_price(line, price, quantity, per, currency)
    off, tax = maybe(line["total_discount_money"], currency), maybe(line["total_tax_money"], currency)
    for name, total in (("applied_discounts", off), ("applied_taxes", tax)):
        if line[name].entries():
            parts = (amount(entry["applied_money"], currency).minor for entry in line[name])
            agree(line[name].path, total, sum(parts))
    service = maybe(line["total_service_charge_money"], currency)
    if line["total_money"] and not service:
        stated = amount(line["total_money"], currency)
        agree(line["total_money"].path, stated, price - off.minor + (0 if included else tax.minor))
    if off.minor < 0:
        raise InvalidType(line["total_discount_money"].path, expected="an amount of zero or more")
    return LineWorth(Money(unit, currency), off, tax, Money(rounding, currency))


def _unit_price(line: Field, price: int, quantity: int, per: int, currency: str) -> tuple[int, int]:
    """The price of one whole with its modifiers, and what Square rounded off; whole numbers of cents."""
    if per == 1:
        unit = price // quantity
    elif line["base_price_money"] and not line["modifiers"].entries():
        unit = amount(line["base_price_money"], currency).minor
    else:
        unit = round_ratio(price * per, quantity)
    computed = round_ratio(unit * quantity, per)
    if computed != price and not (per > 1 and computed - price == 1):
        raise ChannelContradiction(line["gross_sales_money"].path, stated=price, computed=computed)
    return unit, computed - price


def _before_discounts(line: Field, quantity: int, per: int, currency: str) -> int:
    """The variation and its modifiers for all units; the gross where they are not stated."""
    whole = line["variation_total_price_money"]
    if not whole:
        return amount(line["gross_sales_money"], currency).minor
    price = amount(whole, currency).minor
    if line["base_price_money"]:
        exact = amount(line["base_price_money"], currency).minor * quantity
        # Half a cent may have been rounded either way: Square rounds it to the even one.
        if 2 * abs(price * per - exact) > per:
            agree(whole.path, price, round_ratio(exact, per))
    for entry in line["modifiers"]:
        price += amount(entry["total_price_money"], currency).minor
    return price


def charges(order: Field, currency: str) -> tuple[Charge, ...]:
    """Service charges with their taxes, the tip, and what cash was rounded by."""
    found = []
    services = list(order["service_charges"])
    for entry in services:
        worth = amount(entry["applied_money"] or entry["amount_money"], currency)
        tax = maybe(entry["total_tax_money"], currency)
        taxes = (Tax("tax", amount=tax),) if tax else ()
        if worth or taxes:
            found.append(made(entry, {}, Charge, "fee", worth, taxes=taxes, title="service charge"))
    total = order["total_service_charge_money"]
    if total and services:
        agree(total.path, amount(total, currency), sum(charge.amount.minor for charge in found))
    elif worth := maybe(total, currency):
        found.append(Charge("fee", worth, title="service charge"))
    for kind, field in (
        ("tip", order["total_tip_money"]),
        ("rounding", order["rounding_adjustment"]["amount_money"]),
    ):
        if worth := maybe(field, currency):
            found.append(Charge(kind, worth))
    return tuple(found)


def check(order: Field, lines: tuple[DraftLine, ...], charges: tuple[Charge, ...]) -> None:
    """The order's discounts and taxes are the sums of its lines' and charges'."""
    off = sum(entry.amount.minor for line in lines for entry in line.discounts if entry.amount)
    taxes = [entry for line in lines for entry in line.taxes]
    taxes += [entry for charge in charges for entry in charge.taxes]
    tax = sum(entry.amount.minor for entry in taxes if entry.amount)
    for name, computed in (("total_discount_money", off), ("total_tax_money", tax)):
        if order[name]:
            agree(order[name].path, amount(order[name]), computed)


def tenders(order: Field, total: Money, *, paid: bool) -> tuple[DraftTender, ...]:
    """Cash is in the till; everything else Square holds and settles itself (M13)."""
    back = _given_back(order, total.currency)
    found = []
    for entry in order["tenders"]:
        name, worth = entry["id"].name(), amount(entry["amount_money"], total.currency)
        state = entry["card_details"]["status"].one_of(_CARD_STATES, "CAPTURED")
        if state in NOT_PAID:
            continue
        captured = state == "CAPTURED"
        given = back.pop(name, 0)
        if given > worth.minor:
            raise ChannelContradiction(order["refunds"].path, stated=given, computed=worth.minor)
        found.append(
            made(
                entry,
                {"id": entry["id"].path, "amount": entry["amount_money"].path},
                DraftTender,
                name,
                CASH if entry["type"].text("") == "CASH" else CHANNEL,
                worth,
                authorized=not captured,
                captured=captured,
                refunded=Money(given, total.currency) if given else None,
            )
        )
    if back:
        raise InvalidType(order["refunds"].path, expected="refunds of this order's tenders")
    if paid and found:
        agree(order["tenders"].path, sum(tender.amount.minor for tender in found), total.minor)
    if found or not paid or not total:
        return tuple(found)
    return (made(order["total_money"], {}, DraftTender, CHANNEL_TENDER, CHANNEL, total, captured=True),)


CHANNEL_TENDER = "square"


def _given_back(order: Field, currency: str) -> dict[str, int]:
    """Refunds that were made, in minor units by tender."""
    counts: dict[str, int] = {}
    for entry in order["refunds"]:
        if entry["status"].one_of(_REFUND_STATES) in _GIVEN_BACK:
            name = entry["tender_id"].name()
            counts[name] = counts.get(name, 0) + amount(entry["amount_money"], currency).minor
    return counts


__all__ = ["amount", "charges", "check", "line_worth", "tax_included", "tenders"]
