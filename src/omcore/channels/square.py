"""Square: orders of a till.

Decides what each field means in a draft. Where it bites: quantities are decimal *text*; money is
whole minor units; ``COMPLETED`` means paid, and the goods have left the shelf already: they are
recorded, never reserved (S12); events are thin. Must not know orders that are placed already.

A line carries no SKU; ``skus`` maps its ``catalog_object_id``, without an entry the id is the SKU.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.channels import _square_money as till
from omcore.channels._read import (
    NO_NAMES,
    Field,
    FractionalQuantity,
    MissingField,
    NotAnOrder,
    NotYetComplete,
    ThinEvent,
    contact_of,
    each,
    made,
    payload_of,
    place_of,
    ref_of,
    summed,
    table_of,
    translated,
)
from omcore.kernel import MAX_MINOR, Contact, InvalidType, OmcoreError, Place, checked_quantity
from omcore.kernel.numbers import decimal_parts
from omcore.orders.draft import (
    CHANNEL,
    MERCHANT,
    TAKEN,
    Discount,
    DraftLine,
    OrderDraft,
    Tax,
)

NAME = "square"
OPEN, COMPLETED, CANCELED, DRAFT = "OPEN", "COMPLETED", "CANCELED", "DRAFT"
IN_STORE, DIGITAL, PICKUP = "IN_STORE", "DIGITAL", "PICKUP"
_TYPES = frozenset({"SHIPMENT", "DELIVERY", PICKUP, IN_STORE, DIGITAL})
_STATES = frozenset({OPEN, COMPLETED, CANCELED, DRAFT})
_CALLED_OFF = frozenset({CANCELED, "FAILED"})
_NAMES = (
    ("lines", "line_items"),
    ("charges", "service_charges"),
    ("tenders", "tenders"),
    ("source_version", "version"),
    ("number", "reference_id"),
    ("taken_at", "location_id"),
    ("pickup_at", "location_id"),
)
_DETAILS = ("shipment_details", "delivery_details", "pickup_details")


def recognize(payload: object) -> str:
    """What a payload is: order, orders, event, or other."""
    root = payload_of(payload)
    if root["order"] or (root["line_items"] and root["location_id"]):
        return "order"
    if root["orders"]:
        return "orders"
    return "event" if root["data"] and root["event_id"] else "other"


def read_order(
    payload: object,
    *,
    account: str = "seller",
    locations: Mapping[str, str] = NO_NAMES,
    skus: Mapping[str, str] = NO_NAMES,
) -> OrderDraft:
    """A draft from one order: ``{"order": {...}}`` or the order itself.

    ``locations`` maps Square's location ids to the network's; without an entry the id itself is used.
    Errors besides the kernel's: ``NotAnOrder``, ``NotYetComplete`` (an open till order),
    ``FractionalQuantity``, ``MissingField``, ``ChannelContradiction``.
    """
    root = payload_of(payload)
    order = root["order"] or root
    if order["returns"] and not order["line_items"]:
        raise NotAnOrder(order["returns"].path, reason="a return: it names the order that it is of")
    if not order["line_items"] or not order["location_id"]:
        raise NotAnOrder("line_items", reason="no order of Square's")
    return _read(order, account, table_of(locations, "locations"), table_of(skus, "skus"))


def read_orders(
    payload: object,
    *,
    account: str = "seller",
    locations: Mapping[str, str] = NO_NAMES,
    skus: Mapping[str, str] = NO_NAMES,
) -> tuple[OrderDraft | OmcoreError, ...]:
    """Every order of SearchOrders, each a draft or its error. A single order is a list of one."""
    root = payload_of(payload)
    orders = iter(root["orders"]) if root["orders"] else iter((root,))
    return each(orders, lambda field: read_order(field, account=account, locations=locations, skus=skus))


def read_event(payload: object) -> ThinEvent:
    """The order that a thin event names, and the order's version where the event is about the order.

    A payment's or a refund's event counts the versions of the payment or the refund.
    """
    root = payload_of(payload)
    body = root["data"]["object"].needed()
    if type(body.value) is not dict or len(body.value) != 1:
        raise NotAnOrder(body.path, reason="no thin event of Square's")
    (name,) = body.value
    fact = Field(body.value[name], body.path)
    if type(fact.value) is not dict:
        raise NotAnOrder(body.path, reason="an event about something else than an order")
    if not fact["order_id"]:
        raise MissingField(fact["order_id"].path)
    about_order = type(name) is str and name.startswith("order_")
    version = _version(fact) if about_order else 0
    return ThinEvent(NAME, root["type"].name(), fact["order_id"].name(), version)


def _version(field: Field) -> int:
    version = field["version"]
    return checked_quantity(version.integer(0), version.path, low=0, high=MAX_MINOR)


def _read(order: Field, account: str, locations: Mapping[str, str], skus: Mapping[str, str]) -> OrderDraft:
    state = order["state"].one_of(_STATES, OPEN)
    # What is handed over at the till is no work, whatever it is written down as.
    asked = [entry for entry in order["fulfillments"] if entry["type"].one_of(_TYPES) != IN_STORE]
    work = [entry for entry in asked if entry["state"].text("") not in _CALLED_OFF]
    if state == DRAFT or (state == OPEN and not asked):
        raise NotYetComplete(order["state"].path, reason="open at the till")
    if asked and not work and state != CANCELED:
        raise NotYetComplete(order["fulfillments"].path, reason="every fulfillment was called off")
    location = translated(order["location_id"], locations, "locations")
    total = till.amount(order["total_money"])
    included = till.tax_included(order)
    taken = state == COMPLETED and not asked
    digital = bool(work) and all(entry["type"].text() == DIGITAL for entry in work)
    fulfilled_by = TAKEN if taken else CHANNEL if digital else MERCHANT
    pickup = any(entry["type"].text() == PICKUP for entry in work)
    entries = list(order["line_items"])
    gone = _fulfilled(entries, work)
    person = next((found for entry in work if (found := _recipient(entry))), Field(None, order.path))
    names = {name: order[field].path for name, field in _NAMES}
    names |= {f"lines[{i}]": line.path for i, line in enumerate(entries)}
    lines = tuple(_line(line, total.currency, included, fulfilled_by, gone, skus) for line in entries)
    charges = till.charges(order, total.currency)
    till.check(order, lines, charges)
    draft = made(
        order,
        names,
        OrderDraft,
        ref_of(NAME, account, order["id"]),
        total.currency,
        lines,
        order["created_at"].instant(),
        destination=_destination(person["address"]),
        contact=_contact(order, person),
        charges=charges,
        tenders=till.tenders(order, total, paid=state == COMPLETED),
        tax_included=included,
        stated_total=total,
        taken_at=location if taken else None,
        pickup_at=location if pickup else None,
        cancelled=state == CANCELED,
        # Orders that a till made itself carry no version.
        source_version=_version(order) or (order["updated_at"].version() if order["updated_at"] else 0),
        number=order["reference_id"].text("")[:100],
    )
    return summed(draft, order["total_money"], names)


def _line(
    line: Field,
    currency: str,
    included: bool,
    fulfilled_by: str,
    gone: Mapping[str, int],
    skus: Mapping[str, str],
) -> DraftLine:
    name = line["uid"].name()
    quantity = _quantity(line)
    worth = till.line_worth(line, quantity, currency, included)
    item = line["catalog_object_id"]
    return made(
        line,
        {"sku": item.path, "title": line["name"].path, "fulfilled": line["quantity"].path},
        DraftLine,
        name,
        translated(item, skus, "skus") if item.text("") else f"square-line-{name}",
        quantity,
        worth.unit,
        discounts=(Discount("discount", amount=worth.discount),) if worth.discount else (),
        taxes=(Tax("tax", amount=worth.tax),) if worth.tax else (),
        fulfilled_by=fulfilled_by,
        title=line["name"].text("")[:500],
        fulfilled=gone.get(name, 0),
    )


def _quantity(line: Field) -> int:
    """``"2"``, or ``"2.0"``; a fraction of a unit is refused, naming the unit."""
    field = line["quantity"]
    if type(field.needed().value) is not str:
        raise InvalidType(field.path, expected="decimal text")
    digits, scale = decimal_parts(field.value, field.path)
    one: int = 10**scale
    if digits % one:
        raise FractionalQuantity(field.path, unit=_unit(line["quantity_unit"]["measurement_unit"]))
    return checked_quantity(digits // one, field.path)


def _unit(measured: Field) -> str:
    """Square's word for a unit of measure. A merchant's own name for one is not shown."""
    for kind in ("weight_unit", "length_unit", "area_unit", "volume_unit", "time_unit", "generic_unit"):
        word = measured[kind].text("")
        if word and word.isascii() and word.replace("_", "").isupper() and len(word) <= 40:
            return word
    return "units"


def _fulfilled(lines: list[Field], work: list[Field]) -> dict[str, int]:
    """Units by line uid in fulfillments that are done: all of the order's, or those they list."""
    counts: dict[str, int] = {}
    for entry in work:
        if entry["state"].text("") != COMPLETED:
            continue
        if entry["line_item_application"].one_of(("ALL", "ENTRY_LIST"), "ALL") == "ALL":
            counts |= {line["uid"].name(): _quantity(line) for line in lines}
            continue
        for part in entry["entries"]:
            uid = part["line_item_uid"].name()
            counts[uid] = counts.get(uid, 0) + _quantity(part)
    return counts


def _recipient(work: Field) -> Field:
    return next((found for name in _DETAILS if (found := work[name]["recipient"])), Field(None, work.path))


def _destination(address: Field) -> Place | None:
    return place_of(address["country"], address["administrative_district_level_1"], address["postal_code"])


def _contact(order: Field, person: Field) -> Contact | None:
    address = person["address"]
    return contact_of(
        order,
        name=person["display_name"],
        email=person["email_address"],
        phone=person["phone_number"],
        street=(address["address_line_1"], address["address_line_2"]),
        city=address["locality"],
        region=address["administrative_district_level_1"],
        postal_code=address["postal_code"],
        country=address["country"],
    )


__all__ = ["NAME", "FractionalQuantity", "read_event", "read_order", "read_orders", "recognize"]
