"""Reading a channel's payload field by field, with a path to every field.

Decides how a payload may be touched: absent, wrong and contradictory fields become typed errors
that name the path and never show the value. Must not know any channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from omcore.codec import parse_json
from omcore.kernel import (
    EPOCH,
    Contact,
    GeoPoint,
    InputError,
    InvalidPlace,
    InvalidType,
    Money,
    OmcoreError,
    Place,
    checked_currency,
    checked_key,
    parse_instant,
    record,
)
from omcore.orders.draft import OrderDraft
from omcore.orders.entitlements import price

MAX_LIST = 10_000


class MissingField(InputError):
    """The payload lacks a field that an order needs."""

    code = "missing_payload_field"


class ChannelContradiction(InputError):
    """The payload contradicts itself; it is quarantined, never rounded or fixed.

    Fields: stated, computed (minor units).
    """

    code = "channel_contradiction"


class NotThisChannel(InputError):
    """The order was not made at this channel: importing it would count it twice."""

    code = "not_this_channel"


class NotYetComplete(InputError):
    """The channel does not say enough about the order yet; it will say more later. Fields: reason."""

    code = "not_yet_complete"


class NotAnOrder(InputError):
    """The payload is something else, or of a version that is not read. Fields: reason."""

    code = "not_an_order"


@record
class ThinEvent:
    """A notification that names an order and says little else: fetch it, if ``version`` is news."""

    channel: str
    kind: str
    order_id: str
    version: int = 0


class Field:
    """A value in a payload, and the path to it."""

    __slots__ = ("path", "value")

    def __init__(self, value: Any, path: str = "") -> None:
        self.value = value
        self.path = path

    def __repr__(self) -> str:
        return f"<Field {self.path}>"

    def __getitem__(self, name: str) -> Field:
        path = f"{self.path}.{name}" if self.path else name
        if self.value is None:
            return Field(None, path)
        if type(self.value) is not dict:
            raise InvalidType(self.path, expected="object")
        return Field(self.value.get(name), path)

    def __iter__(self) -> Iterator[Field]:
        if self.value is None:
            return
        if type(self.value) is not list:
            raise InvalidType(self.path, expected="list")
        if len(self.value) > MAX_LIST:
            raise InvalidType(self.path, expected=f"at most {MAX_LIST} entries")
        for i, entry in enumerate(self.value):
            yield Field(entry, f"{self.path}[{i}]")

    def __bool__(self) -> bool:
        return self.value is not None

    def needed(self) -> Field:
        """The field, or ``MissingField``."""
        if self.value is None:
            raise MissingField(self.path)
        return self

    def text(self, default: str | None = None) -> str:
        """Text; the default where it is absent."""
        if self.value is None and default is not None:
            return default
        if type(self.needed().value) is not str:
            raise InvalidType(self.path, expected="text")
        return str(self.value)

    def name(self) -> str:
        """An identifier, given as text or as a number."""
        value = self.needed().value
        return checked_key(str(value) if type(value) is int else value, self.path)

    def integer(self, default: int | None = None) -> int:
        """A whole number, exactly."""
        if self.value is None and default is not None:
            return default
        if type(self.needed().value) is not int:
            raise InvalidType(self.path, expected="whole number")
        return int(self.value)

    def flag(self, default: bool = False) -> bool:
        """True or false."""
        if self.value is None:
            return default
        if type(self.value) is not bool:
            raise InvalidType(self.path, expected="true or false")
        return bool(self.value)

    def instant(self) -> datetime:
        """RFC 3339 with a zone, in UTC."""
        return parse_instant(self.needed().value, self.path)

    def version(self) -> int:
        """An instant as microseconds since 1970: snapshots of one order are ordered by it."""
        return (self.instant() - EPOCH) // timedelta(microseconds=1)

    def money(self, currency: str) -> Money:
        """Decimal text (or an exact number) of major units. A JSON float never becomes money."""
        return Money.parse(self.needed().value, currency, self.path)

    def currency(self) -> str:
        """An ISO 4217 code."""
        return checked_currency(self.needed().value, self.path)


def payload_of(payload: object) -> Field:
    """A payload as parsed JSON, or as JSON text or bytes, which are parsed strictly."""
    if isinstance(payload, (str, bytes)):
        return Field(parse_json(payload))
    if type(payload) is not dict:
        raise InvalidType("", expected="object, or JSON text or bytes")
    return Field(payload)


def drafted(make: Callable[[], OrderDraft]) -> OrderDraft:
    """Make a draft, and hold it against its own total: what the lines sum to must be what is stated."""
    draft = make()
    net, tax, _ = price(draft).worth()
    agree("total", draft.stated_total, net + tax)
    return draft


def agree(path: str, stated: Money | None, computed: int) -> None:
    """``ChannelContradiction`` where a stated amount is not the sum of its parts."""
    if stated is not None and stated.minor != computed:
        raise ChannelContradiction(path, stated=stated.minor, computed=computed)


def each(
    fields: Iterator[Field], read: Callable[[Field], OrderDraft]
) -> tuple[OrderDraft | OmcoreError, ...]:
    """Every order of a list, read or refused: one that is bad does not lose the others."""
    found: list[OrderDraft | OmcoreError] = []
    for field in fields:
        try:
            found.append(read(field))
        except OmcoreError as error:
            found.append(error)
    return tuple(found)


def place_of(
    country: Field, region: Field, postal_code: Field, point: GeoPoint | None = None
) -> Place | None:
    """A destination; None without a country. A field that no place can have says so by its path."""
    if not country.value:
        return None
    try:
        return Place(country.text(), region.text(""), postal_code.text(""), point)
    except InvalidPlace as error:
        raise InvalidPlace(country.path, reason=error.fields["reason"]) from None


def point_of(latitude: Field, longitude: Field) -> GeoPoint | None:
    """A point from two numbers, None where either is absent.

    Rounded to a hundredth of a degree, about a kilometer: enough to route by, and not an address.
    The exact point is personal data, and this one stays with the order when that is erased.
    """
    if not latitude or not longitude:
        return None
    degrees = []
    for field in (latitude, longitude):
        if type(field.value) not in (int, float, Decimal):
            raise InvalidPlace(field.path, reason="not a number of degrees")
        degrees.append(round(float(field.value), 2))
    return GeoPoint(degrees[0], degrees[1])


def contact_of(**fields: Field | tuple[Field, ...]) -> Contact | None:
    """Personal data, None where there is none at all."""
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if isinstance(field, tuple):
            lines = tuple(text for part in field if (text := part.text("")))
            if lines:
                values[name] = lines
        elif text := field.text(""):
            values[name] = text
    return Contact(**values) if values else None


__all__ = [
    "ChannelContradiction",
    "Field",
    "MissingField",
    "NotAnOrder",
    "NotThisChannel",
    "NotYetComplete",
    "ThinEvent",
    "agree",
    "contact_of",
    "drafted",
    "each",
    "payload_of",
    "place_of",
    "point_of",
]
