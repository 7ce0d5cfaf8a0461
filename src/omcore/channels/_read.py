"""Reading a channel's payload field by field, with a path to every field.

Decides how a payload may be touched: absent, wrong and contradictory fields become typed errors
that name the path and never show the value. That holds for what omcore's own values refuse too:
``made`` turns ``sku`` of a line into ``line_items[2].sku`` of the payload. Must not know any channel.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

from omcore.codec import parse_json
from omcore.kernel import (
    EPOCH,
    MAX_MINOR,
    Contact,
    CurrencyMismatch,
    GeoPoint,
    InputError,
    InvalidId,
    InvalidNumber,
    InvalidPlace,
    InvalidType,
    LimitExceeded,
    Measure,
    Money,
    OmcoreError,
    Place,
    checked_currency,
    checked_id,
    checked_key,
    parse_instant,
    rebuild_error,
    record,
)
from omcore.orders.draft import ExternalRef, OrderDraft
from omcore.orders.placement.pricing import price

MAX_LIST = 10_000
NO_NAMES: Mapping[str, str] = {}
NO_MEASURES: Mapping[str, Measure] = {}

P = ParamSpec("P")
T = TypeVar("T")


class MissingField(InputError):
    """The payload lacks a field that an order needs."""

    code = "missing_payload_field"


class ChannelContradiction(InputError):
    """The payload contradicts itself, in minor units or in units of goods. It is quarantined, never
    rounded or fixed. Fields: stated, computed.
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


class FractionalQuantity(InputError):
    """A quantity that is not whole, of goods of which nothing says in how many decimals. Fields: unit."""

    code = "fractional_quantity"


@record
class ThinEvent:
    """A notification that names an order and says little else: fetch it, if ``version`` is news.

    ``version`` is the order's own, 0 where the notification does not say it: then it is always news.
    """

    channel: str
    kind: str
    order_id: str
    version: int = 0


class Field:
    """A value in a payload, and the path to it. False where it is absent or null."""

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
            raise LimitExceeded(self.path, what="entries", limit=MAX_LIST, got=len(self.value))
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

    def one_of(self, known: Collection[str], default: str | None = None) -> str:
        """One of the words that the channel's documentation knows; a new one is not guessed at."""
        value = self.text(default)
        if value not in known:
            raise InvalidType(self.path, expected="one of " + ", ".join(sorted(known)))
        return value

    def name(self) -> str:
        """An identifier, given as text or as a number."""
        value = self.needed().value
        if type(value) is int:
            # Digits of a longer one are not even counted: that is slow, or an error of its own.
            if not -MAX_MINOR <= value <= 10**30:
                raise InvalidId(self.path, reason="more than 30 digits")
            return str(value)
        return checked_key(value, self.path)

    def integer(self, default: int | None = None) -> int:
        """A whole number, exactly, of up to 15 digits."""
        if self.value is None and default is not None:
            return default
        if type(self.needed().value) is not int:
            raise InvalidType(self.path, expected="whole number")
        if not -MAX_MINOR <= self.value <= MAX_MINOR:
            raise InvalidNumber(self.path, reason="more than 15 digits")
        return int(self.value)

    def entries(self) -> list[Field]:
        """A list's entries, none where it is absent."""
        return list(self)

    def is_zero(self) -> bool:
        """Exactly the whole number 0, which False and 0.0 are not."""
        return type(self.value) is int and self.value == 0

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

    def currency(self, expected: str | None = None) -> str:
        """An ISO 4217 code; ``CurrencyMismatch`` where another one is expected."""
        found = checked_currency(self.needed().value, self.path)
        if expected is not None and found != expected:
            raise CurrencyMismatch(self.path, left=expected, right=found)
        return found


def payload_of(payload: object) -> Field:
    """A payload as parsed JSON, or as JSON text or bytes, which are parsed strictly."""
    if type(payload) is Field:
        return payload
    if issubclass(type(payload), (str, bytes)):
        payload = parse_json(payload)
    if type(payload) is not dict:
        raise InvalidType("", expected="object, or JSON text or bytes")
    return Field(payload)


def table_of(value: Any, path: str) -> Mapping[str, str]:
    """A caller's translation of identifiers."""
    if not issubclass(type(value), Mapping):
        raise InvalidType(path, expected="mapping of text to text")
    found: Mapping[str, str] = value
    return found


def measures_of(value: Any) -> Mapping[str, Measure]:
    """What a caller counts goods in, by SKU."""
    if not issubclass(type(value), Mapping):
        raise InvalidType("measures", expected="mapping of SKU to Measure")
    found: Mapping[str, Measure] = value
    return found


def translated(field: Field, table: Mapping[str, str], argument: str) -> str:
    """What the caller calls the thing that this field names; without an entry the name itself."""
    name = field.name()
    found = table.get(name, name)
    if type(found) is not str:
        raise InvalidType(argument, expected="mapping of text to text")
    return found


# -- omcore's own values, whose refusals are about the payload ---------------------------------


def made(
    where: Field, names: Mapping[str, str], make: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """``make(...)``; what it refuses is named by the payload's path.

    ``names`` maps paths of the value (``sku``, ``lines[2]``) to paths of the payload. The longest
    that fits is taken, and where none does, the object that is being read.
    """
    try:
        return make(*args, **kwargs)
    except InputError as error:
        raise moved(error, where, names) from None


def moved(error: InputError, where: Field, names: Mapping[str, str]) -> OmcoreError:
    """The same error at a path of the payload."""
    path = error.path
    while path and path not in names:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return rebuild_error(error.code, names[path] if path else where.path, error.fields)


def ref_of(channel: str, account: str, name: Field) -> ExternalRef:
    """The order's name at its channel. ``account`` is the caller's word, and refused as such."""
    return made(name, {}, ExternalRef, channel, checked_id(account, "account"), "order", name.name())


def summed(draft: OrderDraft, total: Field, names: Mapping[str, str]) -> OrderDraft:
    """Hold a draft against its own total: what the lines and charges sum to must be what is stated."""
    priced = made(total, names, price, draft)
    net, tax, *_ = priced.worth()
    agree(total.path, draft.stated_total, net + tax)
    return draft


def agree(path: str, stated: Money | int | None, computed: int) -> None:
    """``ChannelContradiction`` where a stated amount is not the sum of its parts."""
    minor = stated.minor if isinstance(stated, Money) else stated
    if minor is not None and minor != computed:
        raise ChannelContradiction(path, stated=minor, computed=computed)


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
    if not country.text(""):
        return None
    names = {"country": country.path, "region": region.path, "postal_code": postal_code.path}
    return made(country, names, Place, country.text(), region.text(""), postal_code.text(""), point)


def point_of(latitude: Field, longitude: Field) -> GeoPoint | None:
    """A point from two numbers, None where either is absent.

    Rounded to a hundredth of a degree, about a kilometer: enough to route by, and not an address.
    The exact point is personal data, and this one stays with the order when that is erased.
    """
    if not latitude or not longitude:
        return None
    return GeoPoint(_degrees(latitude, 90), _degrees(longitude, 180))


def _degrees(field: Field, bound: int) -> float:
    value = field.value
    exact = type(value) in (int, float) or (type(value) is Decimal and value.is_finite())
    # Compared before it is converted: a long int has no float. NaN is within no bounds.
    if not exact or not -bound <= value <= bound:
        raise InvalidPlace(field.path, reason=f"not a number of degrees within -{bound} to {bound}")
    return round(float(value), 2)


def contact_of(where: Field, **fields: Field | tuple[Field, ...]) -> Contact | None:
    """Personal data, None where there is none at all."""
    values: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, field in fields.items():
        if isinstance(field, tuple):
            given = [(part.path, text) for part in field if (text := part.text(""))]
            names.update((f"{name}[{i}]", path) for i, (path, _) in enumerate(given))
            if given:
                values[name] = tuple(text for _, text in given)
        elif text := field.text(""):
            names[name] = field.path
            values[name] = text
    return made(where, names, Contact, **values) if values else None


__all__ = [
    "NO_NAMES",
    "ChannelContradiction",
    "Field",
    "FractionalQuantity",
    "MissingField",
    "NotAnOrder",
    "NotThisChannel",
    "NotYetComplete",
    "ThinEvent",
    "agree",
    "contact_of",
    "each",
    "made",
    "payload_of",
    "place_of",
    "point_of",
    "ref_of",
    "summed",
    "table_of",
    "translated",
]
