"""Square: orders of a till.

Decides what each field means in a draft. Where it bites: quantities are decimal *text*; money is
whole minor units; ``COMPLETED`` means paid, and the goods have left the shelf already: they are
recorded, never reserved (S12); events are thin. Must not know orders that are placed already.

A line carries no SKU; ``skus`` maps its ``catalog_object_id``, without an entry the id is the SKU.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.channels._read import (
    Field,
    MissingField,
    NotAnOrder,
    NotYetComplete,
    ThinEvent,
    agree,
    contact_of,
    drafted,
    payload_of,
    place_of,
)
from omcore.kernel import InputError, InvalidType, Money
from omcore.kernel.numbers import decimal_parts
from omcore.orders.draft import (
    CASH,
    CHANNEL,
    MERCHANT,
    TAKEN,
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)

NAME = "square"
_NOTHING: Mapping[str, str] = {}


class FractionalQuantity(InputError):
    """A quantity that is not whole; goods sold by weight are not read. Fields: none."""

    code = "fractional_quantity"


def recognize(payload: object) -> str:
    """What a payload is: order, event, or other."""
    root = payload_of(payload)
    if root["order"] or (root["line_items"] and root["location_id"]):
        return "order"
    return "event" if root["data"] and root["event_id"] else "other"


def read_order(
    payload: object,
    *,
    account: str = "seller",
    locations: Mapping[str, str] = _NOTHING,
    skus: Mapping[str, str] = _NOTHING,
) -> OrderDraft:
    """A draft from one order: ``{"order": {...}}`` or the order itself.

    ``locations`` maps Square's location ids to the network's; without an entry the id is taken.
    Errors besides the kernel's: ``NotAnOrder``, ``NotYetComplete`` (an open till order),
    ``FractionalQuantity``, ``MissingField``, ``ChannelContradiction``.
    """
    root = payload_of(payload)
    if root["order"]:
        root = root["order"]
    if not root["line_items"] or not root["location_id"]:
        raise NotAnOrder("line_items", reason="no order of Square's")
    return _read(root, account, locations, skus)


def read_event(payload: object) -> ThinEvent:
    """The order and version that a thin event names; fetch it where the version is news."""
    root = payload_of(payload)
    body = root["data"]["object"].needed()
    if type(body.value) is not dict or len(body.value) != 1:
        raise NotAnOrder(body.path, reason="no thin event of Square's")
    (name,) = body.value
    fact = body[name]
    if type(fact.value) is not dict:
        raise NotAnOrder(body.path, reason="an event about something else than an order")
    order_id = fact["order_id"]
    if not order_id:
        raise MissingField(order_id.path)
    return ThinEvent(NAME, root["type"].text(), order_id.name(), fact["version"].integer(0))


def _read(order: Field, account: str, locations: Mapping[str, str], skus: Mapping[str, str]) -> OrderDraft:
    state = order["state"].text("OPEN")
    work = list(order["fulfillments"])
    if state not in ("COMPLETED", "CANCELED") and not work:
        raise NotYetComplete(order["state"].path, reason="open at the till")
    place = order["location_id"].name()
    location = locations.get(place, place)
    total = _amount(order["total_money"])
    currency = total.currency
    included = _tax_included(order)
    taken = state == "COMPLETED" and not work
    pickup = any(entry["type"].text("") == "PICKUP" for entry in work)
    address = next((entry["shipment_details"]["recipient"] for entry in work), Field(None))
    lines = tuple(_line(line, TAKEN if taken else MERCHANT, skus) for line in order["line_items"])
    where = address["address"]
    return drafted(
        lambda: OrderDraft(
            ExternalRef(NAME, account, "order", order["id"].name()),
            currency,
            lines,
            order["created_at"].instant(),
            destination=place_of(
                where["country"], where["administrative_district_level_1"], where["postal_code"]
            ),
            contact=contact_of(
                name=address["display_name"],
                email=address["email_address"],
                phone=address["phone_number"],
                street=(where["address_line_1"], where["address_line_2"]),
                city=where["locality"],
                postal_code=where["postal_code"],
                country=where["country"],
            ),
            charges=_charges(order, currency),
            tenders=_tenders(order, state, total),
            tax_included=included,
            stated_total=total,
            taken_at=location if taken else None,
            pickup_at=location if pickup else None,
            cancelled=state == "CANCELED",
            source_version=order["version"].integer(0),
            number=order["reference_id"].text("")[:100],
        )
    )


def _amount(field: Field) -> Money:
    """Whole minor units; a fraction or text is refused."""
    return Money(field["amount"].integer(), field["currency"].currency())


def _quantity(field: Field) -> int:
    """``"2"``, or ``"2.0"``; a fraction of a unit is refused by name."""
    if type(field.needed().value) is not str:
        raise InvalidType(field.path, expected="decimal text")
    digits, scale = decimal_parts(field.value, field.path)
    unit: int = 10**scale
    if digits % unit:
        raise FractionalQuantity(field.path)
    return digits // unit


def _line(line: Field, fulfilled_by: str, skus: Mapping[str, str]) -> DraftLine:
    name = line["uid"].name()
    quantity = _quantity(line["quantity"])
    gross = _amount(line["gross_sales_money"])
    if quantity < 1 or gross.minor % quantity:
        # The unit price with its modifiers must be a whole number of cents.
        agree(line["gross_sales_money"].path, gross, gross.minor // max(quantity, 1) * quantity)
    discount, tax = line["total_discount_money"], line["total_tax_money"]
    off = _amount(discount) if discount else Money.zero(gross.currency)
    taxed = _amount(tax) if tax else Money.zero(gross.currency)
    item = line["catalog_object_id"].text("") or f"square-line-{name}"
    return DraftLine(
        name,
        skus.get(item, item),
        quantity,
        Money(gross.minor // max(quantity, 1), gross.currency),
        discounts=(Discount("discount", amount=off),) if off else (),
        taxes=(Tax("tax", amount=taxed),) if taxed else (),
        fulfilled_by=fulfilled_by,
        title=line["name"].text("")[:500],
    )


def _tax_included(order: Field) -> bool:
    kinds = {tax["type"].text("ADDITIVE") for tax in order["taxes"]}
    if len(kinds) > 1:
        raise NotAnOrder(order["taxes"].path, reason="additive and inclusive taxes on one order")
    return kinds == {"INCLUSIVE"}


def _charges(order: Field, currency: str) -> tuple[Charge, ...]:
    found = []
    service, tip = order["total_service_charge_money"], order["total_tip_money"]
    if service and (amount := _amount(service)):
        found.append(Charge("fee", amount, title="service charge"))
    if tip and (amount := _amount(tip)):
        found.append(Charge("tip", amount))
    return tuple(found)


def _tenders(order: Field, state: str, total: Money) -> tuple[DraftTender, ...]:
    """Cash is in the till; everything else Square holds and settles itself (M13)."""
    found = tuple(
        DraftTender(
            entry["id"].name(),
            CASH if entry["type"].text("") == "CASH" else CHANNEL,
            _amount(entry["amount_money"]),
            captured=True,
        )
        for entry in order["tenders"]
    )
    if found or state != "COMPLETED" or not total:
        return found
    return (DraftTender(NAME, CHANNEL, total, captured=True),)


__all__ = ["NAME", "FractionalQuantity", "read_event", "read_order", "recognize"]
