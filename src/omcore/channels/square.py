"""Square: orders of a till.

Decides what each field means in a draft. Where it bites: quantities are decimal *text*, with the
decimals of their unit of measure; money is whole minor units; ``COMPLETED`` means paid, and the goods
have left the shelf already: they are recorded, never reserved (S12); events are thin. Must not know
orders that are placed already.

A line carries no SKU; ``skus`` maps its ``catalog_object_id``, without an entry the id is the SKU.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omcore.channels import _square_money as till
from omcore.channels._read import (
    NO_MEASURES,
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
    measures_of,
    payload_of,
    place_of,
    ref_of,
    summed,
    table_of,
    translated,
)
from omcore.kernel import (
    MAX_MINOR,
    MAX_SCALE,
    PIECE,
    Contact,
    InvalidType,
    Measure,
    OmcoreError,
    Place,
    checked_quantity,
    record,
    refuse_mismatch,
)
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
# What a merchant calls the units that Square has names for.
_UNITS = {
    "METRIC_MILLIGRAM": "mg",
    "METRIC_GRAM": "g",
    "METRIC_KILOGRAM": "kg",
    "IMPERIAL_WEIGHT_OUNCE": "oz",
    "IMPERIAL_POUND": "lb",
    "IMPERIAL_STONE": "st",
    "METRIC_MILLIMETER": "mm",
    "METRIC_CENTIMETER": "cm",
    "METRIC_METER": "m",
    "METRIC_KILOMETER": "km",
    "IMPERIAL_INCH": "in",
    "IMPERIAL_FOOT": "ft",
    "IMPERIAL_YARD": "yd",
    "IMPERIAL_MILE": "mi",
    "METRIC_MILLILITER": "ml",
    "METRIC_LITER": "l",
    "GENERIC_FLUID_OUNCE": "floz",
    "GENERIC_CUP": "cup",
    "GENERIC_PINT": "pt",
    "GENERIC_QUART": "qt",
    "GENERIC_GALLON": "gal",
}
_DETAILS = ("shipment_details", "delivery_details", "pickup_details")


@record
class _Goods:
    """The caller's names of goods, and what he counts them in."""

    skus: Mapping[str, str]
    measures: Mapping[str, Measure]


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
    measures: Mapping[str, Measure] = NO_MEASURES,
) -> OrderDraft:
    """A draft from one order: ``{"order": {...}}`` or the order itself.

    ``locations`` maps Square's location ids to the network's; without an entry the id itself is used.
    ``measures`` says in what you count a SKU; without an entry, Square's own unit and precision are taken.
    Errors besides the kernel's: ``NotAnOrder``, ``NotYetComplete`` (an open till order),
    ``FractionalQuantity``, ``MeasureMismatch``, ``MissingField``, ``ChannelContradiction``.
    """
    root = payload_of(payload)
    order = root["order"] or root
    if order["returns"] and not order["line_items"]:
        raise NotAnOrder(order["returns"].path, reason="a return: it names the order that it is of")
    if not order["line_items"] or not order["location_id"]:
        raise NotAnOrder("line_items", reason="no order of Square's")
    goods = _Goods(table_of(skus, "skus"), measures_of(measures))
    return _read(order, account, table_of(locations, "locations"), goods)


def read_orders(
    payload: object,
    *,
    account: str = "seller",
    locations: Mapping[str, str] = NO_NAMES,
    skus: Mapping[str, str] = NO_NAMES,
    measures: Mapping[str, Measure] = NO_MEASURES,
) -> tuple[OrderDraft | OmcoreError, ...]:
    """Every order of SearchOrders, each a draft or its error. A single order is a list of one."""
    root = payload_of(payload)
    orders = iter(root["orders"]) if root["orders"] else iter((root,))
    tables: Any = {"locations": locations, "skus": skus, "measures": measures}
    return each(orders, lambda field: read_order(field, account=account, **tables))


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


def _read(order: Field, account: str, locations: Mapping[str, str], goods: _Goods) -> OrderDraft:
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
    measured = {line["uid"].name(): _measure(line, goods) for line in entries}
    gone = _fulfilled(entries, work, measured)
    person = next((found for entry in work if (found := _recipient(entry))), Field(None, order.path))
    names = {name: order[field].path for name, field in _NAMES}
    names |= {f"lines[{i}]": line.path for i, line in enumerate(entries)}
    lines = tuple(_line(line, total.currency, included, fulfilled_by, gone, goods) for line in entries)
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
    goods: _Goods,
) -> DraftLine:
    name = line["uid"].name()
    measure = _measure(line, goods)
    quantity = _quantity(line, measure)
    worth = till.line_worth(line, quantity, measure.per, currency, included)
    item = line["catalog_object_id"]
    discounts = (("discount", worth.discount), ("rounding", worth.rounding))
    return made(
        line,
        {"sku": item.path, "title": line["name"].path, "fulfilled": line["quantity"].path},
        DraftLine,
        name,
        _sku(line, goods),
        quantity,
        worth.unit,
        discounts=tuple([Discount(title, amount=off) for title, off in discounts if off]),
        taxes=(Tax("tax", amount=worth.tax),) if worth.tax else (),
        fulfilled_by=fulfilled_by,
        title=line["name"].text("")[:500],
        fulfilled=gone.get(name, 0),
        measure=measure,
    )


def _sku(line: Field, goods: _Goods) -> str:
    item = line["catalog_object_id"]
    return translated(item, goods.skus, "skus") if item.text("") else f"square-line-{line['uid'].name()}"


def _measure(line: Field, goods: _Goods) -> Measure:
    """What a line is counted in: as the caller counts the SKU, else in Square's unit and precision."""
    told = line["quantity_unit"]
    precision, word = told["precision"], _unit(told["measurement_unit"])
    unit = _UNITS.get(word, "")
    known = goods.measures.get(_sku(line, goods))
    if known is None:
        scale = checked_quantity(precision.integer(0), precision.path, low=0, high=MAX_SCALE)
        return Measure(unit or word.lower(), scale) if scale else PIECE
    if type(known) is not Measure:
        raise InvalidType("measures", expected="mapping of SKU to Measure")
    if unit and known.scale:
        # Square may weigh in more or fewer decimals, but not in pounds what is counted in kilograms.
        refuse_mismatch(Measure(unit, known.scale), known, told.path)
    return known


def _quantity(line: Field, measure: Measure) -> int:
    """``"2"``, or ``"2.0"``, or ``"5.5"`` of what has decimals; else a fraction is refused by its unit."""
    field = line["quantity"]
    if type(field.needed().value) is not str:
        raise InvalidType(field.path, expected="decimal text")
    if measure.scale:
        return measure.parse(field.value, field.path)
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


def _fulfilled(lines: list[Field], work: list[Field], measured: Mapping[str, Measure]) -> dict[str, int]:
    """Units by line uid in fulfillments that are done: all of the order's, or those they list."""
    counts: dict[str, int] = {}
    for entry in work:
        if entry["state"].text("") != COMPLETED:
            continue
        if entry["line_item_application"].one_of(("ALL", "ENTRY_LIST"), "ALL") == "ALL":
            counts |= {(uid := line["uid"].name()): _quantity(line, measured[uid]) for line in lines}
            continue
        for part in entry["entries"]:
            uid = part["line_item_uid"].name()
            counts[uid] = counts.get(uid, 0) + _quantity(part, measured.get(uid, PIECE))
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
