"""Operations: what an edit may do to an order, each a small value.

Decides what can be asked for, and checks it whole before any order is looked at: types, limits, and
that no two operations of one edit are about the same thing. Must not know what an order makes of
them: ``planning`` turns them into units and worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from omcore.kernel import (
    DuplicateId,
    InvalidMoney,
    InvalidType,
    Money,
    Place,
    checked_id,
    checked_key,
    checked_limit,
    checked_quantity,
    record,
)
from omcore.orders.draft import (
    CHARGE_KINDS,
    MAX_ADJUSTMENTS,
    MAX_LINES,
    MERCHANT,
    Charge,
    Discount,
    DraftLine,
    Tax,
)


@record
class AddLine:
    """A line that the order has not; the merchant fulfills it. Its own discounts and taxes count (M3-M5)."""

    line: DraftLine

    def __attrs_post_init__(self) -> None:
        _checked_line(self.line, "line")


@record
class ChangeQuantity:
    """The customer is to have this many units of a line: all but those cancelled and given back.

    So it says the same whatever ships meanwhile. More units have new ordinals and cost ``unit_price``
    each - for one whole of the line's measure, if it has one - or what the line's units were agreed at,
    before discounts; ``discounts`` are for the new units alone, and ``taxes`` on them are those given, or at
    the rate that the line's own tax comes to. Fewer units cancel the highest that have not shipped (M7), and
    price, discounts and taxes say nothing.
    """

    line_id: str
    quantity: int
    unit_price: Money | None = None
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] | None = None

    def __attrs_post_init__(self) -> None:
        checked_key(self.line_id, "line_id")
        checked_quantity(self.quantity, "quantity")
        if self.unit_price is not None:
            _checked_money(self.unit_price, "unit_price")
            if self.unit_price.minor < 0:
                raise InvalidType("unit_price", expected="a price of zero or more")
        _checked_all(self.discounts, Discount, "discounts")
        if self.taxes is not None:
            _checked_all(self.taxes, Tax, "taxes")
            if any(tax.amount is not None and tax.amount.minor < 0 for tax in self.taxes):
                raise InvalidType("taxes", expected="taxes of zero or more")


@record
class RemoveLine:
    """Cancel every unit of a line that has not shipped; what has stays on the order."""

    line_id: str

    def __attrs_post_init__(self) -> None:
        checked_key(self.line_id, "line_id")


@record
class Substitute:
    """A new line takes the place of units of another: these are cancelled, and the two are linked.

    ``quantity`` of the old line's units go, the highest that have not shipped (M7); None for all of them.
    """

    line_id: str
    line: DraftLine
    quantity: int | None = None

    def __attrs_post_init__(self) -> None:
        checked_key(self.line_id, "line_id")
        _checked_line(self.line, "line")
        if self.quantity is not None:
            checked_quantity(self.quantity, "quantity")


@record
class ChangeAddress:
    """What has not shipped goes to another destination; what was to be collected is shipped instead.

    The street and the name stand in no edit: whoever confirms it gives the contact along.
    """

    destination: Place

    def __attrs_post_init__(self) -> None:
        if type(self.destination) is not Place:
            raise InvalidType("destination", expected="Place")


@record
class ChangePickup:
    """What has not shipped is collected by the customer at this location."""

    location: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.location, "location")


@record
class ChangeService:
    """Another shipping service; ``charge`` is what it costs besides, or less where it is negative."""

    service: str
    charge: Charge | None = None

    def __attrs_post_init__(self) -> None:
        checked_id(self.service, "service")
        if self.charge is not None and type(self.charge) is not Charge:
            raise InvalidType("charge", expected="Charge or None")


@record
class AddCharge:
    """One charge more; negative where it takes off what others came to, never more than that."""

    charge: Charge

    def __attrs_post_init__(self) -> None:
        if type(self.charge) is not Charge:
            raise InvalidType("charge", expected="Charge")


@record
class RemoveCharge:
    """A correcting charge: takes off what the charges of one kind come to, with their tax."""

    kind: str

    def __attrs_post_init__(self) -> None:
        if type(self.kind) is not str or self.kind not in CHARGE_KINDS:
            raise InvalidType("kind", expected="one of " + ", ".join(CHARGE_KINDS))


OPERATIONS: tuple[type, ...] = (
    AddLine,
    ChangeQuantity,
    RemoveLine,
    Substitute,
    ChangeAddress,
    ChangePickup,
    ChangeService,
    AddCharge,
    RemoveCharge,
)

if TYPE_CHECKING:
    Operation = (
        AddLine
        | ChangeQuantity
        | RemoveLine
        | Substitute
        | ChangeAddress
        | ChangePickup
        | ChangeService
        | AddCharge
        | RemoveCharge
    )
else:
    # In JSON each has its type beside its fields, as a record in a field of Any has.
    Operation = Any


def checked_operations(operations: object, path: str = "operations") -> tuple[Operation, ...]:
    """Operations from a caller, one or more, no two of them about the same thing.

    A line is touched at most once, a line id is new at most once, the place and the service change
    at most once, and a kind of charge is taken off at most once. Errors: ``InvalidType``,
    ``LimitExceeded``, ``DuplicateId`` with the path of the second.
    """
    if type(operations) is not tuple or not operations:
        raise InvalidType(path, expected="a tuple of operations")
    checked_limit(len(operations), MAX_LINES, path, "operations")
    seen: set[tuple[str, str]] = set()
    for i, operation in enumerate(operations):
        if type(operation) not in OPERATIONS:
            raise InvalidType(f"{path}[{i}]", expected="an operation of an edit")
        for what in _about(operation):
            if what in seen:
                raise DuplicateId(f"{path}[{i}]", id=what[1])
            seen.add(what)
    return operations


def _about(operation: Any) -> Iterable[tuple[str, str]]:
    return _ABOUT[type(operation)](operation)


_ABOUT: Mapping[type, Callable[[Any], tuple[tuple[str, str], ...]]] = {
    AddLine: lambda it: (("line", it.line.id),),
    ChangeQuantity: lambda it: (("line", it.line_id),),
    RemoveLine: lambda it: (("line", it.line_id),),
    Substitute: lambda it: (("line", it.line_id), ("line", it.line.id)),
    ChangeAddress: lambda it: (("delivery", "place"),),
    ChangePickup: lambda it: (("delivery", "place"),),
    ChangeService: lambda it: (("delivery", "service"),),
    AddCharge: lambda it: (),
    RemoveCharge: lambda it: (("charge", it.kind),),
}


def _checked_line(line: object, path: str) -> None:
    if type(line) is not DraftLine:
        raise InvalidType(path, expected="DraftLine")
    if line.fulfilled_by != MERCHANT:
        # What a channel fulfills is the channel's to change (S12), and a till sells its own orders.
        raise InvalidType(f"{path}.fulfilled_by", expected=MERCHANT)
    if line.cancelled or line.fulfilled or line.returned:
        raise InvalidType(path, expected="a line of which nothing has happened yet")


def _checked_money(value: object, path: str) -> None:
    if type(value) is not Money:
        raise InvalidMoney(path, reason="not Money: exact minor units and their currency")


def _checked_all(value: object, cls: type, path: str) -> None:
    if type(value) is not tuple:
        raise InvalidType(path, expected=f"tuple of {cls.__name__}")
    checked_limit(len(value), MAX_ADJUSTMENTS, path, path)
    for i, entry in enumerate(value):
        if type(entry) is not cls:
            raise InvalidType(f"{path}[{i}]", expected=cls.__name__)


__all__ = [
    "OPERATIONS",
    "AddCharge",
    "AddLine",
    "ChangeAddress",
    "ChangePickup",
    "ChangeQuantity",
    "ChangeService",
    "Operation",
    "RemoveCharge",
    "RemoveLine",
    "Substitute",
    "checked_operations",
]
