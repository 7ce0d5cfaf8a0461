"""Commands about one stock item each: what comes in, is counted, changes condition or is kept back.

Decides what may be asked about it; each is checked whole when it is made. Those about several stock items
at once are in ``joint_commands``. What a command comes to is decided in
``handling``. A location that the network does not have is ``UnknownId``, before any refusal that a command
names. Must not know reservations.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from omcore.inventory.causes import COUNT
from omcore.inventory.checks import checked_condition, past_moment
from omcore.inventory.lotbook import LotUnits, check_lot
from omcore.inventory.policies import POLICIES
from omcore.inventory.stock import CONDITIONS, SELLABLE
from omcore.inventory.tolerance import Tolerance
from omcore.kernel import (
    MAX_STOCK,
    Command,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    checked_flag,
    checked_id,
    checked_instant,
    checked_quantity,
    checked_sku,
    epoch_second,
    record,
)


def _expected(expected_at: datetime) -> datetime:
    return checked_instant(expected_at, "expected_at")


def _counted(counted_at: datetime | None) -> datetime | None:
    return None if counted_at is None else checked_instant(counted_at, "counted_at")


def _happened(happened_at: datetime | None) -> datetime | None:
    return None if happened_at is None else checked_instant(happened_at, "happened_at")


def lot_expiry(expires_at: datetime | None) -> datetime | None:
    """In UTC, or None."""
    return None if expires_at is None else checked_instant(expires_at, "expires_at")


@record
class ReceiveStock(Command):
    """Goods come in at a location; ``reference`` names the purchase order.

    What is expected under that reference is so many fewer; with ``completes`` nothing more is to come.
    Goods that came at or before the moment of the newest count (``happened_at``; None: now) are in that
    count: the receipt is booked, and the count's difference is so much smaller.

    ``lot``, ``expires_at`` (rounded up to a whole second; from then on they are not sold) and ``serials``,
    one for each unit, are told where they are known. Refusals, in this order: ``LimitExceeded``,
    ``LotMismatch``, ``SerialInStock``.
    """

    sku: str
    location: str
    quantity: int
    reference: str = ""
    completes: bool = False
    happened_at: datetime | None = attrs.field(default=None, converter=_happened)
    lot: str = ""
    expires_at: datetime | None = attrs.field(default=None, converter=lot_expiry)
    serials: tuple[str, ...] = ()

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        checked_reference(self.reference)
        checked_flag(self.completes, "completes")
        lots_of(self)
        if self.expires_at is not None and self.expires_at <= self.at:
            raise InvalidTimestamp("expires_at", reason="not after the command's time")
        if self.happened_at is not None:
            past_moment(self.happened_at, "happened_at", self.at)


@record
class ExpectSupply(Command):
    """What a purchase order says now: so many units are still to come, at ``expected_at`` (S10).

    ``supply`` names it; said again it is changed: later, earlier, fewer, and 0 calls it off.
    ``expected_at`` is rounded up to a whole second. Refusals: ``LimitExceeded`` for too many supplies at
    once, ``NotInTransit`` for more of a transfer than is on its way.
    """

    sku: str
    location: str
    supply: str
    quantity: int
    expected_at: datetime = attrs.field(converter=_expected)

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_id(self.supply, "supply")
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class AdjustStock(Command):
    """Change the books of a condition by ``delta`` units, not 0, with a cause (``CAUSES``, or your own).

    What happened at or before the moment of the newest count (``happened_at``; None: now) is in that
    count: nothing moves, and the count's difference is told to be the less by it.

    Of a lot (``lot``, ``expires_at``), or of the units with these ``serials``, where they are named.
    Refusals: ``InsufficientStock``, ``LimitExceeded``, then what does not fit the lots:
    ``InsufficientStock``, ``LotMismatch``, ``SerialInStock``, ``SerialNotInStock``.
    """

    sku: str
    location: str
    delta: int
    cause: str
    condition: str = SELLABLE
    happened_at: datetime | None = attrs.field(default=None, converter=_happened)
    reference: str = ""
    lot: str = ""
    expires_at: datetime | None = attrs.field(default=None, converter=lot_expiry)
    serials: tuple[str, ...] = ()

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        if type(self.delta) is not int or self.delta == 0 or abs(self.delta) > MAX_STOCK:
            raise InvalidQuantity("delta", min=-MAX_STOCK, max=MAX_STOCK)
        checked_id(self.cause, "cause")
        checked_condition(self.condition)
        if self.happened_at is not None:
            past_moment(self.happened_at, "happened_at", self.at)
        checked_reference(self.reference)
        lots_of(self)


@record
class CountStock(Command):
    """Somebody counted what is there in a condition; the difference to the books is adjusted, with ``cause``.

    ``counted_at`` is the moment of which it is true (None: now): it is compared with what the books said
    then, goods that moved at that very moment included, and what moved since stays. ``source`` says who
    counted: a warehouse system, a till, a person. A difference beyond ``tolerance`` (None: none is) is
    refused with ``RecountNeeded``. Refusals, in this order: ``CountOutdated``, ``CountTooOld``,
    ``RecountNeeded``, ``LimitExceeded``.
    """

    sku: str
    location: str
    counted: int
    cause: str = COUNT
    condition: str = SELLABLE
    counted_at: datetime | None = attrs.field(default=None, converter=_counted)
    source: str = ""
    reference: str = ""
    tolerance: Tolerance | None = None

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.counted, "counted", low=0, high=MAX_STOCK)
        checked_id(self.cause, "cause")
        checked_condition(self.condition)
        if self.counted_at is not None:
            past_moment(self.counted_at, "counted_at", self.at)
        if self.source != "" or type(self.source) is not str:
            checked_id(self.source, "source")
        checked_reference(self.reference)
        if self.tolerance is not None and type(self.tolerance) is not Tolerance:
            raise InvalidType("tolerance", expected="a Tolerance or None")


@record
class RegradeStock(Command):
    """Units of one condition are of another now, with a cause; ``to`` is empty where they leave this stock.

    Conditions are sellable, damaged and quarantined. It may take what was claimed, as a count may. Of a lot
    (``lot``, ``expires_at``), or of the units with these ``serials``, where they are named. Refusals:
    ``InsufficientStock``, ``SerialNotInStock``.
    """

    sku: str
    location: str
    quantity: int
    condition: str
    to: str
    cause: str
    reference: str = ""
    lot: str = ""
    expires_at: datetime | None = attrs.field(default=None, converter=lot_expiry)
    serials: tuple[str, ...] = ()

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        checked_condition(self.condition)
        others = ("", *[condition for condition in CONDITIONS if condition != self.condition])
        if type(self.to) is not str or self.to not in others:
            raise InvalidType("to", expected="another of " + ", ".join(CONDITIONS) + ", or empty")
        lots_of(self)
        checked_id(self.cause, "cause")
        checked_reference(self.reference)


@record
class IdentifyStock(Command):
    """Units of a condition that are in no lot are of this one: named at last, or when they came back.

    At least one of ``lot``, ``expires_at`` and ``serials``, one for each unit, is told. Refusals:
    ``InsufficientStock`` where fewer are in no lot, ``LotMismatch``, ``SerialInStock``.
    """

    sku: str
    location: str
    quantity: int
    condition: str = SELLABLE
    lot: str = ""
    expires_at: datetime | None = attrs.field(default=None, converter=lot_expiry)
    serials: tuple[str, ...] = ()
    reference: str = ""

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        checked_condition(self.condition)
        if not lots_of(self):
            raise InvalidType("lot", expected="a lot, an expiry or serial numbers")
        checked_reference(self.reference)


@record
class SetLotPolicy(Command):
    """Which lots leave first where nobody names them: ``policy`` is a name of ``POLICIES``."""

    sku: str
    location: str
    policy: str

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        if type(self.policy) is not str or self.policy not in POLICIES:
            raise InvalidType("policy", expected="one of " + ", ".join(POLICIES))


@record
class SetSafetyStock(Command):
    """How many units at a location are never promised (S13)."""

    sku: str
    location: str
    quantity: int

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class SetBackorderLimit(Command):
    """How many units may be promised beyond what is on hand (S1)."""

    sku: str
    location: str
    quantity: int

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class SetReorderPoint(Command):
    """From how few units on a stock item is low, so that its changes of level are told; None: never."""

    sku: str
    location: str
    quantity: int | None

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        if self.quantity is not None:
            checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


def checked_place(sku: object, location: object) -> None:
    """A SKU and a location."""
    checked_sku(sku)
    checked_id(location, "location")


def checked_reference(value: object) -> None:
    """An id, or empty."""
    if value != "" or type(value) is not str:
        checked_id(value, "reference")


def lots_of(command: Any) -> tuple[LotUnits, ...]:
    """The lot that a command about so many units names, or none; checked."""
    lot, expires_at, serials = command.lot, command.expires_at, command.serials
    if type(lot) is str and not lot and expires_at is None and type(serials) is tuple and not serials:
        return ()
    units = abs(command.delta) if type(command) is AdjustStock else command.quantity
    expires = None if expires_at is None else epoch_second(expires_at)
    named = LotUnits(lot, expires, units, serials)
    check_lot(named, "", set())
    return (named,)


STOCK_COMMANDS: tuple[type[Command], ...] = (
    ReceiveStock,
    AdjustStock,
    CountStock,
    RegradeStock,
    IdentifyStock,
    SetLotPolicy,
    SetSafetyStock,
    SetBackorderLimit,
    SetReorderPoint,
    ExpectSupply,
)

__all__ = [
    "STOCK_COMMANDS",
    "AdjustStock",
    "CountStock",
    "ExpectSupply",
    "IdentifyStock",
    "ReceiveStock",
    "RegradeStock",
    "SetBackorderLimit",
    "SetLotPolicy",
    "SetReorderPoint",
    "SetSafetyStock",
    "checked_place",
    "checked_reference",
    "lot_expiry",
    "lots_of",
]
