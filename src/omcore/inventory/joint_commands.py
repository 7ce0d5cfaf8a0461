"""Commands about several stock items at once: goods that go elsewhere, kits and what they are made of.

Decides what may be asked about two stock items of one SKU, and about a kit and its components; each is
checked whole when it is made, and comes to one commit over all of them. What it comes to is decided in
``handling``. Must not know reservations.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.inventory.stock_commands import checked_place, checked_reference, lot_expiry, lots_of
from omcore.kernel import (
    MAX_STOCK,
    Command,
    InvalidId,
    checked_id,
    checked_instant,
    checked_quantity,
    checked_sku,
    record,
)


def _arrives(arrives_at: datetime) -> datetime:
    return checked_instant(arrives_at, "arrives_at")


@record
class TransferStock(Command):
    """Free goods leave one location, and are to arrive at another by ``arrives_at``: supply there (S10).

    They leave ``origin`` for ``destination``. ``transfer`` names them until they are received there with it
    as reference. ``arrives_at`` is rounded up to a whole second. Of a lot (``lot``, ``expires_at``), and of
    these ``serials``, where they are named. Refusals: ``InsufficientStock`` for more than is free,
    ``SerialNotInStock``, ``SupplyExists`` for a name that is in use there, ``LimitExceeded``.
    """

    transfer: str
    sku: str
    origin: str
    destination: str
    quantity: int
    arrives_at: datetime = attrs.field(converter=_arrives)
    lot: str = ""
    expires_at: datetime | None = attrs.field(default=None, converter=lot_expiry)
    serials: tuple[str, ...] = ()

    def _check(self) -> None:
        _checked_way(self.transfer, self.sku, self.origin, self.destination)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        lots_of(self)


@record
class CallBackTransfer(Command):
    """Goods of a transfer that have not arrived are at their origin again; the rest is still to come.

    The way is named as it was; so are ``lot``, ``expires_at`` and ``serials``, where they are known.
    Refusals: ``NotInTransit`` for more than is on its way, ``LotMismatch``, ``SerialInStock``.
    """

    transfer: str
    sku: str
    origin: str
    destination: str
    quantity: int
    lot: str = ""
    expires_at: datetime | None = attrs.field(default=None, converter=lot_expiry)
    serials: tuple[str, ...] = ()

    def _check(self) -> None:
        _checked_way(self.transfer, self.sku, self.origin, self.destination)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        lots_of(self)


@record
class AssembleKits(Command):
    """Finished kits are made of loose components at a location, no more than are free (S11).

    ``reference`` names the work order. The catalog says that the kit is built ahead, and of what it is made,
    kits within it by their own components. Refusals, in this order: ``NotBuiltAhead``, ``InsufficientStock``,
    ``LimitExceeded``.
    """

    sku: str
    location: str
    quantity: int
    reference: str = ""

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity")
        checked_reference(self.reference)


@record
class TakeKitsApart(Command):
    """Finished kits are loose components again, no more than are free: the reverse of ``AssembleKits``.

    Refusals, as of that.
    """

    sku: str
    location: str
    quantity: int
    reference: str = ""

    def _check(self) -> None:
        checked_place(self.sku, self.location)
        checked_quantity(self.quantity, "quantity")
        checked_reference(self.reference)


def _checked_way(transfer: object, sku: object, origin: object, destination: object) -> None:
    checked_id(transfer, "transfer")
    checked_sku(sku)
    checked_id(origin, "origin")
    if checked_id(destination, "destination") == origin:
        raise InvalidId("destination", reason="where the goods are already")


TRANSFER_COMMANDS: tuple[type[Command], ...] = (TransferStock, CallBackTransfer)
KIT_COMMANDS: tuple[type[Command], ...] = (AssembleKits, TakeKitsApart)

__all__ = [
    "KIT_COMMANDS",
    "TRANSFER_COMMANDS",
    "AssembleKits",
    "CallBackTransfer",
    "TakeKitsApart",
    "TransferStock",
]
