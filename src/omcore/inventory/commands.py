"""Inventory's commands.

Decides what may be asked about stock; each is checked whole when it is made. What a command comes
to is decided in ``handling``. Must not know orders: an order's events reach stock through the
engine.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.inventory.causes import COUNT
from omcore.inventory.checks import checked_condition, past_moment
from omcore.inventory.reservations import ReservedItem
from omcore.inventory.stock import CONDITIONS, SELLABLE
from omcore.inventory.tolerance import Tolerance
from omcore.kernel import (
    MAX_STOCK,
    Command,
    InvalidId,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    checked_flag,
    checked_id,
    checked_instant,
    checked_limit,
    checked_quantity,
    checked_sku,
    record,
)

MAX_ITEMS = 10_000
MAX_TTL_S = 366 * 86_400


def _in_utc(expires_at: datetime) -> datetime:
    # A converter and no check: one instant told in two zones is one payload (C4).
    return checked_instant(expires_at, "expires_at")


def _expected(expected_at: datetime) -> datetime:
    return checked_instant(expected_at, "expected_at")


def _counted(counted_at: datetime | None) -> datetime | None:
    return None if counted_at is None else checked_instant(counted_at, "counted_at")


def _happened(happened_at: datetime | None) -> datetime | None:
    return None if happened_at is None else checked_instant(happened_at, "happened_at")


def _arrives(arrives_at: datetime) -> datetime:
    return checked_instant(arrives_at, "arrives_at")


@record
class ReceiveStock(Command):
    """Goods come in at a location; ``reference`` names the purchase order.

    What is expected under that reference is so many fewer; with ``completes`` nothing more is to come.
    Goods that came at or before the moment of the newest count (``happened_at``; None: now) are in that
    count: the receipt is booked, and the count's difference is so much smaller.
    """

    sku: str
    location: str
    quantity: int
    reference: str = ""
    completes: bool = False
    happened_at: datetime | None = attrs.field(default=None, converter=_happened)

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        _checked_reference(self.reference)
        checked_flag(self.completes, "completes")
        if self.happened_at is not None:
            past_moment(self.happened_at, "happened_at", self.at)


@record
class ExpectSupply(Command):
    """What a purchase order says now: so many units are still to come, at ``expected_at`` (S10).

    ``supply`` names it; said again it is changed: later, earlier, fewer, and 0 calls it off.
    ``expected_at`` is rounded up to a whole second.
    """

    sku: str
    location: str
    supply: str
    quantity: int
    expected_at: datetime = attrs.field(converter=_expected)

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        checked_id(self.supply, "supply")
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class AdjustStock(Command):
    """Change the books of a condition by a difference, with a cause (``CAUSES``, or your own).

    What happened at or before the moment of the newest count (``happened_at``; None: now) is in that
    count: nothing moves, and the count's difference is told to be the less by it.
    """

    sku: str
    location: str
    delta: int
    cause: str
    condition: str = SELLABLE
    happened_at: datetime | None = attrs.field(default=None, converter=_happened)
    reference: str = ""

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        if type(self.delta) is not int or self.delta == 0 or abs(self.delta) > MAX_STOCK:
            raise InvalidQuantity("delta", min=-MAX_STOCK, max=MAX_STOCK)
        checked_id(self.cause, "cause")
        checked_condition(self.condition)
        if self.happened_at is not None:
            past_moment(self.happened_at, "happened_at", self.at)
        _checked_reference(self.reference)


@record
class CountStock(Command):
    """Somebody counted what is there in a condition; the difference to the books is adjusted.

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
        _checked_place(self.sku, self.location)
        checked_quantity(self.counted, "counted", low=0, high=MAX_STOCK)
        checked_id(self.cause, "cause")
        checked_condition(self.condition)
        if self.counted_at is not None:
            past_moment(self.counted_at, "counted_at", self.at)
        if self.source != "" or type(self.source) is not str:
            checked_id(self.source, "source")
        _checked_reference(self.reference)
        if self.tolerance is not None and type(self.tolerance) is not Tolerance:
            raise InvalidType("tolerance", expected="a Tolerance or None")


@record
class RegradeStock(Command):
    """Units of one condition are of another now, with a cause; ``to`` is empty where they leave this stock.

    Conditions are sellable, damaged and quarantined. It may take what was claimed, as a count may.
    """

    sku: str
    location: str
    quantity: int
    condition: str
    to: str
    cause: str
    reference: str = ""

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        checked_condition(self.condition)
        others = ("", *[condition for condition in CONDITIONS if condition != self.condition])
        if type(self.to) is not str or self.to not in others:
            raise InvalidType("to", expected="another of " + ", ".join(CONDITIONS) + ", or empty")
        checked_id(self.cause, "cause")
        _checked_reference(self.reference)


@record
class TransferStock(Command):
    """Free goods leave one location, and are to arrive at another by ``arrives_at``: supply there (S10).

    ``transfer`` names them until they are received there with it as reference. ``arrives_at`` is rounded
    up to a whole second.
    """

    transfer: str
    sku: str
    origin: str
    destination: str
    quantity: int
    arrives_at: datetime = attrs.field(converter=_arrives)

    def _check(self) -> None:
        _checked_way(self.transfer, self.sku, self.origin, self.destination)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)


@record
class CallBackTransfer(Command):
    """Goods of a transfer that have not arrived are at their origin again; the rest is still to come."""

    transfer: str
    sku: str
    origin: str
    destination: str
    quantity: int

    def _check(self) -> None:
        _checked_way(self.transfer, self.sku, self.origin, self.destination)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)


@record
class SetSafetyStock(Command):
    """How many units at a location are never promised (S13)."""

    sku: str
    location: str
    quantity: int

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class SetBackorderLimit(Command):
    """How many units may be promised beyond what is on hand (S1)."""

    sku: str
    location: str
    quantity: int

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class SetReorderPoint(Command):
    """From how few units on a stock item is low, so that its changes of level are told; None: never."""

    sku: str
    location: str
    quantity: int | None

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        if self.quantity is not None:
            checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class AssembleKits(Command):
    """Finished kits are made of loose components at a location, no more than are free (S11).

    ``reference`` names the work order. The catalog says that the kit is built ahead, and of what it is made,
    kits within it by their own components.
    """

    sku: str
    location: str
    quantity: int
    reference: str = ""

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity")
        _checked_reference(self.reference)


@record
class TakeKitsApart(Command):
    """Finished kits are loose components again, no more than are free: the reverse of ``AssembleKits``."""

    sku: str
    location: str
    quantity: int
    reference: str = ""

    def _check(self) -> None:
        _checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity")
        _checked_reference(self.reference)


@record
class ReserveStock(Command):
    """Claim units until ``expires_at`` (rounded up to a whole second): all of them or none.

    A kit that is built ahead may be named by its own SKU: finished ones are claimed first (S11).
    ``replaces`` is the token of a reservation of the same owner, who has changed his mind: it is let go of in
    the same commit, and what it holds is never in the way of the new one (S5).
    """

    token: str
    owner: str
    items: tuple[ReservedItem, ...]
    expires_at: datetime = attrs.field(converter=_in_utc)
    replaces: str = ""

    def _check(self) -> None:
        checked_id(self.token, "token")
        checked_id(self.owner, "owner")
        _checked_items(self.items)
        _checked_expiry(self.expires_at, self.at)
        if self.replaces != "" or type(self.replaces) is not str:
            checked_id(self.replaces, "replaces")
            if self.replaces == self.token:
                raise InvalidId("replaces", reason="a reservation is replaced by another")


@record
class ExtendReservation(Command):
    """Let a live reservation last longer, while a payment is under way (S5)."""

    token: str
    expires_at: datetime = attrs.field(converter=_in_utc)

    def _check(self) -> None:
        checked_id(self.token, "token")
        _checked_expiry(self.expires_at, self.at)


@record
class ReleaseReservation(Command):
    """Let go of a live reservation."""

    token: str

    def _check(self) -> None:
        checked_id(self.token, "token")


@record
class ExpireReservation(Command):
    """Note that a reservation's time was over: housekeeping, it changes no answer (S6)."""

    token: str

    def _check(self) -> None:
        checked_id(self.token, "token")


@record
class ConfirmReservation(Command):
    """The claim becomes an allocation that its owner holds; of ``items`` only, where some are named.

    The rest is free again in the same commit. ``late``: it may have expired before the payment came.
    Then all of it is claimed again, if it is there yet, else it is a ``LatePaymentUnfilled``: a refund is
    due (S5).
    """

    token: str
    items: tuple[ReservedItem, ...] = ()
    late: bool = False

    def _check(self) -> None:
        checked_id(self.token, "token")
        if type(self.items) is not tuple or self.items:
            _checked_items(self.items)
        checked_flag(self.late, "late")


@record
class ShipAllocation(Command):
    """What the owner holds leaves: all of it, or ``items``."""

    token: str
    items: tuple[ReservedItem, ...] = ()

    def _check(self) -> None:
        checked_id(self.token, "token")
        if type(self.items) is not tuple or self.items:
            _checked_items(self.items)


@record
class ReleaseAllocation(Command):
    """The owner lets go of what he holds: of all of it, or of ``items`` (S7)."""

    token: str
    items: tuple[ReservedItem, ...] = ()

    def _check(self) -> None:
        checked_id(self.token, "token")
        if type(self.items) is not tuple or self.items:
            _checked_items(self.items)


@record
class ReportAllocationShort(Command):
    """``items`` of what the owner holds were not found, because of ``cause`` (shrinkage, damage ...) (S9).

    On hand is lowered by them, and he does not hold them any more.
    """

    token: str
    items: tuple[ReservedItem, ...]
    cause: str

    def _check(self) -> None:
        checked_id(self.token, "token")
        _checked_items(self.items)
        checked_id(self.cause, "cause")


@record
class MoveAllocation(Command):
    """``items`` of what the owner holds are to ship from the location ``to`` instead: all of them or none."""

    token: str
    items: tuple[ReservedItem, ...]
    to: str

    def _check(self) -> None:
        checked_id(self.token, "token")
        _checked_items(self.items)
        checked_id(self.to, "to")
        for i, item in enumerate(self.items):
            if item.location == self.to:
                raise InvalidId(f"items[{i}].location", reason="where it is to go")


def _checked_place(sku: object, location: object) -> None:
    checked_sku(sku)
    checked_id(location, "location")


def _checked_reference(value: object) -> None:
    if value != "" or type(value) is not str:
        checked_id(value, "reference")


def _checked_way(transfer: object, sku: object, origin: object, destination: object) -> None:
    checked_id(transfer, "transfer")
    checked_sku(sku)
    checked_id(origin, "origin")
    if checked_id(destination, "destination") == origin:
        raise InvalidId("destination", reason="where the goods are already")


def _checked_items(value: object) -> None:
    if type(value) is not tuple or not value:
        raise InvalidType("items", expected="a tuple of one ReservedItem or more")
    checked_limit(len(value), MAX_ITEMS, "items", "items")
    for i, item in enumerate(value):
        if type(item) is not ReservedItem:
            raise InvalidType(f"items[{i}]", expected="a ReservedItem")


def _checked_expiry(expires_at: datetime, at: datetime) -> None:
    if not 0 < (expires_at - at).total_seconds() <= MAX_TTL_S:
        raise InvalidTimestamp("expires_at", reason="not after the command's time, or over a year away")


# About one stock item each, about two of one SKU, about a kit and its components, and about one token each.
STOCK_COMMANDS: tuple[type[Command], ...] = (
    ReceiveStock,
    AdjustStock,
    CountStock,
    RegradeStock,
    SetSafetyStock,
    SetBackorderLimit,
    SetReorderPoint,
    ExpectSupply,
)
TRANSFER_COMMANDS: tuple[type[Command], ...] = (TransferStock, CallBackTransfer)
KIT_COMMANDS: tuple[type[Command], ...] = (AssembleKits, TakeKitsApart)
RESERVATION_COMMANDS: tuple[type[Command], ...] = (
    ReserveStock,
    ExtendReservation,
    ReleaseReservation,
    ExpireReservation,
    ConfirmReservation,
    ShipAllocation,
    ReleaseAllocation,
    ReportAllocationShort,
    MoveAllocation,
)
INVENTORY_COMMANDS: tuple[type[Command], ...] = (
    *STOCK_COMMANDS,
    *TRANSFER_COMMANDS,
    *KIT_COMMANDS,
    *RESERVATION_COMMANDS,
)

__all__ = [
    "INVENTORY_COMMANDS",
    "KIT_COMMANDS",
    "MAX_ITEMS",
    "MAX_TTL_S",
    "RESERVATION_COMMANDS",
    "STOCK_COMMANDS",
    "TRANSFER_COMMANDS",
    "AdjustStock",
    "AssembleKits",
    "CallBackTransfer",
    "ConfirmReservation",
    "CountStock",
    "ExpectSupply",
    "ExpireReservation",
    "ExtendReservation",
    "MoveAllocation",
    "ReceiveStock",
    "RegradeStock",
    "ReleaseAllocation",
    "ReleaseReservation",
    "ReportAllocationShort",
    "ReserveStock",
    "SetBackorderLimit",
    "SetReorderPoint",
    "SetSafetyStock",
    "ShipAllocation",
    "TakeKitsApart",
    "TransferStock",
]
