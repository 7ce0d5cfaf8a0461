"""Inventory's commands: those about a token, and the list of all.

Decides what may be asked about reservations and what became of them; each is checked whole when it is
made. Those about stock items are in ``stock_commands`` and ``joint_commands``. What a command comes to is
decided in ``handling``. Where goods would be claimed at a location that the network does not have, that is
``UnknownId``, before anything else. Must not know orders: an order's events reach stock through the engine.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.inventory.joint_commands import (
    KIT_COMMANDS,
    TRANSFER_COMMANDS,
    AssembleKits,
    CallBackTransfer,
    TakeKitsApart,
    TransferStock,
)
from omcore.inventory.reservations import ReservedItem
from omcore.inventory.stock_commands import (
    STOCK_COMMANDS,
    AdjustStock,
    CountStock,
    ExpectSupply,
    IdentifyStock,
    ReceiveStock,
    RegradeStock,
    SetBackorderLimit,
    SetLotPolicy,
    SetReorderPoint,
    SetSafetyStock,
    lots_of,
)
from omcore.kernel import (
    Command,
    InvalidId,
    InvalidTimestamp,
    InvalidType,
    checked_flag,
    checked_id,
    checked_instant,
    checked_limit,
    record,
)

MAX_ITEMS = 10_000
MAX_TTL_S = 366 * 86_400


def _in_utc(expires_at: datetime) -> datetime:
    # A converter and no check: one instant told in two zones is one payload (C4).
    return checked_instant(expires_at, "expires_at")


@record
class ReserveStock(Command):
    """Claim units until ``expires_at`` (rounded up to a whole second): all of them or none.

    A kit that is built ahead may be named by its own SKU: finished ones are claimed first (S11).
    ``replaces`` is the token of a reservation of the same owner, who has changed his mind: it is let go of in
    the same commit, and what it holds is never in the way of the new one (S5).

    Refusals, in this order: ``UnknownId`` (replaces), ``ReservationExists``, ``NotTheOwner``,
    ``ReservationEnded`` (replaces), ``ExpiryNotLater``, ``InsufficientStock``.
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
    """Let a live reservation last longer, until ``expires_at``, while a payment is under way (S5).

    Refusals, in this order: ``UnknownId``, ``ReservationEnded``, ``ExpiryNotLater``.
    """

    token: str
    expires_at: datetime = attrs.field(converter=_in_utc)

    def _check(self) -> None:
        checked_id(self.token, "token")
        _checked_expiry(self.expires_at, self.at)


@record
class ReleaseReservation(Command):
    """Let go of a live reservation. Refusals, in this order: ``UnknownId``, ``ReservationEnded``."""

    token: str

    def _check(self) -> None:
        checked_id(self.token, "token")


@record
class ExpireReservation(Command):
    """Note that a reservation's time was over: housekeeping, it changes no answer (S6).

    Refusals: ``UnknownId``, ``ReservationEnded`` for one that ended otherwise, ``ReservationLive``.
    """

    token: str

    def _check(self) -> None:
        checked_id(self.token, "token")


@record
class ConfirmReservation(Command):
    """The claim becomes an allocation that its owner holds; of ``items`` only, where some are named.

    The rest is free again in the same commit. ``late``: it may have expired before the payment came.
    Then all of it is claimed again, if it is there yet, else it is a ``LatePaymentUnfilled``: a refund is
    due (S5). Refusals, in this order: ``UnknownId``, ``ReservationEnded``, ``NotReserved``,
    ``LatePaymentUnfilled``.
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
    """What the owner holds leaves: all of it, or ``items``.

    Refusals, in this order, as of every command about what an owner holds: ``UnknownId``, ``HeldByOrder``,
    ``NothingAllocated``, ``NotAllocated``, ``InsufficientStock``.
    """

    token: str
    items: tuple[ReservedItem, ...] = ()

    def _check(self) -> None:
        checked_id(self.token, "token")
        if type(self.items) is not tuple or self.items:
            _checked_items(self.items)


@record
class ReleaseAllocation(Command):
    """The owner lets go of what he holds: of all of it, or of ``items`` (S7).

    Refusals: see ``ShipAllocation``.
    """

    token: str
    items: tuple[ReservedItem, ...] = ()

    def _check(self) -> None:
        checked_id(self.token, "token")
        if type(self.items) is not tuple or self.items:
            _checked_items(self.items)


@record
class ReportAllocationShort(Command):
    """``items`` of what the owner holds were not found, because of ``cause`` (shrinkage, damage ...) (S9).

    On hand is lowered by them, and he does not hold them any more. Refusals: see ``ShipAllocation``.
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
    """``items`` of what the owner holds are to ship from the location ``to`` instead: all of them or none.

    Refusals: see ``ShipAllocation``.
    """

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
    "IdentifyStock",
    "MoveAllocation",
    "ReceiveStock",
    "RegradeStock",
    "ReleaseAllocation",
    "ReleaseReservation",
    "ReportAllocationShort",
    "ReserveStock",
    "SetBackorderLimit",
    "SetLotPolicy",
    "SetReorderPoint",
    "SetSafetyStock",
    "ShipAllocation",
    "TakeKitsApart",
    "TransferStock",
    "lots_of",
]
