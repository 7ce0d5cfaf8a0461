"""What facets of a stock item share: how an operation's fields are checked, and what refuses.

Decides what a unit count and a second may be, and the three refusals of a stock item. Must not know
operations.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

from omcore.inventory.stock import CONDITIONS, StockItem, passed_second
from omcore.inventory.stretches import units_at
from omcore.kernel import (
    LAST_SECOND,
    MAX_STOCK,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    LimitExceeded,
    Refusal,
    checked_instant,
    from_epoch_second,
)

Events = tuple[Any, ...]
Decide = Callable[[StockItem, Any, datetime, str], Events]


class InsufficientStock(Refusal):
    """Less is available than was asked. Fields: sku, location, requested, available."""

    code = "insufficient_stock"


class NotAllocated(Refusal):
    """Fewer units are allocated than are to be moved. Fields: sku, location, requested, available."""

    code = "not_allocated"


class NotReserved(Refusal):
    """Fewer units are reserved than are to be moved. Fields: sku, location, requested, available."""

    code = "not_reserved"


def checked_units(value: object) -> int:
    """An exact int of 1 or more, else ``InvalidQuantity``."""
    if type(value) is int and 0 < value <= MAX_STOCK:
        return value
    raise InvalidQuantity("quantity", min=1, max=MAX_STOCK)


def checked_second(value: object, path: str) -> int:
    """A whole second since 1970, else ``InvalidTimestamp``."""
    if type(value) is not int or value < 0:
        raise InvalidTimestamp(path, reason="not a whole second since 1970")
    return value


def coming_second(value: object, path: str, at: datetime) -> int:
    """A whole second after the present moment, else ``InvalidTimestamp``."""
    return second_after(value, path, passed_second(at))


def second_after(value: object, path: str, last: int) -> int:
    """A whole second that comes after ``last``, which has passed; else ``InvalidTimestamp``."""
    if type(value) is int and last < value < LAST_SECOND:
        return value
    from_epoch_second(checked_second(value, path))
    raise InvalidTimestamp(path, reason="not after the present moment")


def checked_condition(value: object, path: str = "condition") -> str:
    """Sellable, damaged or quarantined, else ``InvalidType``."""
    if type(value) is not str or value not in CONDITIONS:
        raise InvalidType(path, expected="one of " + ", ".join(CONDITIONS))
    return value


def past_moment(value: object, path: str, at: datetime) -> datetime:
    """An instant of the past or of this very moment, else ``NaiveTimestamp`` or ``InvalidTimestamp``."""
    moment = checked_instant(value, path)
    if moment > at:
        raise InvalidTimestamp(path, reason="after the present moment")
    return moment


def refuse_unless_held(item: StockItem, second: int, units: int) -> None:
    """``NotReserved`` where fewer units would expire at that second."""
    held = units_at(item.stretches, second)
    if units > held:
        refuse_not_reserved(item, units, held)


def refuse_not_reserved(item: StockItem, requested: int, available: int) -> NoReturn:
    """``NotReserved``."""
    raise NotReserved(
        "quantity", sku=item.sku, location=item.location, requested=requested, available=available
    )


def allocated_units(item: StockItem, quantity: object) -> int:
    """So many units, or ``NotAllocated`` where fewer are."""
    units = checked_units(quantity)
    if units > item.allocated:
        raise NotAllocated(
            "quantity", sku=item.sku, location=item.location, requested=units, available=item.allocated
        )
    return units


def refuse_insufficient(item: StockItem, requested: int, available: int) -> NoReturn:
    """``InsufficientStock``; what is available is never told to be below nothing."""
    raise InsufficientStock(
        "quantity",
        sku=item.sku,
        location=item.location,
        requested=requested,
        available=available if available > 0 else 0,
    )


def refuse_above_limit(units: int) -> None:
    """``LimitExceeded`` for more units than a stock item may have."""
    if units > MAX_STOCK:
        raise LimitExceeded("quantity", what="units of a SKU at a location", limit=MAX_STOCK, got=units)


__all__ = [
    "Decide",
    "Events",
    "InsufficientStock",
    "NotAllocated",
    "NotReserved",
    "allocated_units",
    "checked_condition",
    "checked_second",
    "checked_units",
    "coming_second",
    "past_moment",
    "refuse_above_limit",
    "refuse_insufficient",
    "refuse_not_reserved",
    "refuse_unless_held",
    "second_after",
]
