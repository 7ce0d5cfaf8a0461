"""Streams: where inventory's aggregates are kept, and which of them a command reads.

Decides the names. Must not know what is decided, or how streams are stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omcore.inventory.commands import (
    KIT_COMMANDS,
    RESERVATION_COMMANDS,
    STOCK_COMMANDS,
    TRANSFER_COMMANDS,
    MoveAllocation,
    ReleaseAllocation,
    ReportAllocationShort,
    ReserveStock,
    ShipAllocation,
)
from omcore.inventory.reservations import Reservation, ReservedItem
from omcore.kernel import Catalog, Components, InvalidType

_ABOUT_TOKENS = frozenset(RESERVATION_COMMANDS)
_ABOUT_STOCK = frozenset((*STOCK_COMMANDS, *KIT_COMMANDS))
_NO_KITS: Mapping[str, Components] = {}
_ABOUT_ALLOCATIONS = frozenset((ShipAllocation, ReleaseAllocation, ReportAllocationShort, MoveAllocation))
_BETWEEN = frozenset(TRANSFER_COMMANDS)


def stock_stream(location: str, sku: str) -> str:
    """The stream of one SKU at one location; a location's id has no slash, a SKU may have.

    Errors: ``InvalidType`` for what is no text.
    """
    if type(location) is not str:
        raise InvalidType("location", expected="str")
    if type(sku) is not str:
        raise InvalidType("sku", expected="str")
    return f"stock/{location}/{sku}"


def is_stock_stream(stream: object) -> bool:
    """Whether a stream is that of a stock item."""
    return type(stream) is str and stream.startswith("stock/")


def reservation_stream(token: str) -> str:
    """The stream of one reservation. ``InvalidType`` for what is no text."""
    if type(token) is not str:
        raise InvalidType("token", expected="str")
    return f"reservation/{token}"


def reservation_stream_of(command: Any) -> str | None:
    """The reservation that a command is about; None for one about stock items.

    Errors: ``InvalidType`` for what is no inventory command.
    """
    if type(command) in _ABOUT_TOKENS:
        return reservation_stream(command.token)
    if type(command) in _ABOUT_STOCK or type(command) in _BETWEEN:
        return None
    raise InvalidType("command", expected="an inventory command")


def reservation_streams_of(command: Any) -> tuple[str, ...]:
    """Every reservation that a command names: the one that it is about, then the one that it replaces.
    Errors: ``InvalidType`` for what is no inventory command.
    """
    token = reservation_stream_of(command)
    if token is None:
        return ()
    if type(command) is ReserveStock and command.replaces:
        return (token, reservation_stream(command.replaces))
    return (token,)


def locations_of(command: Any) -> tuple[str, ...]:
    """The locations that a command names, each once. ``InvalidType`` for what is no inventory command.

    Those of what an owner holds are not asked after: what was claimed there may leave.
    """
    if type(command) is ReserveStock:
        if len(command.items) == 1:
            return (command.items[0].location,)
        return tuple(dict.fromkeys([item.location for item in command.items]))
    if type(command) is MoveAllocation:
        return (command.to,)
    if type(command) in _BETWEEN:
        return (command.origin, command.destination)
    return (command.location,) if reservation_stream_of(command) is None else ()


def kits_of(catalog: Catalog | None) -> Mapping[str, Components]:
    """The kits that are built ahead, by SKU, and what each is made of. ``InvalidType`` for no catalog."""
    if catalog is None:
        return _NO_KITS
    if type(catalog) is not Catalog:
        raise InvalidType("catalog", expected="a Catalog or None")
    return catalog.built_ahead


def streams_of(
    command: Any,
    reservation: Reservation | None,
    replaced: Reservation | None = None,
    catalog: Catalog | None = None,
) -> tuple[str, ...]:
    """Every stream that a command reads, what it is about first; for a reservation's, with its items.

    ``reservation`` is the one that the command is about, ``replaced`` the one that it replaces: their states,
    None where there is none. ``catalog`` says which kits are built ahead: with those, what they are made of.
    Errors: ``InvalidType`` for what is no inventory command, reservation or catalog.
    """
    kits = kits_of(catalog)
    if type(command) is ReserveStock and not (kits or command.replaces):
        # The most frequent by far; it says by itself all that it reads.
        stocks = [f"stock/{item.location}/{item.sku}" for item in command.items]
        return (f"reservation/{command.token}", *(stocks if len(stocks) == 1 else dict.fromkeys(stocks)))
    tokens = reservation_streams_of(command)
    if type(command) in _BETWEEN:
        return (stock_stream(command.origin, command.sku), stock_stream(command.destination, command.sku))
    if not tokens:
        parts = kits.get(command.sku, ()) if type(command) in KIT_COMMANDS else ()
        skus = (command.sku, *[sku for sku, _ in parts])
        return tuple([stock_stream(command.location, sku) for sku in skus])
    for state in (reservation, replaced):
        if state is not None and type(state) is not Reservation:
            raise InvalidType("reservation", expected="a Reservation or None")
    stocks = [stock_stream(item.location, item.sku) for item in _claimed(command, reservation, replaced)]
    if type(command) is MoveAllocation:
        stocks += [stock_stream(command.to, item.sku) for item in command.items]
    if kits and type(command) is ReserveStock:
        for item in command.items:
            stocks += [stock_stream(item.location, sku) for sku, _ in kits.get(item.sku, ())]
    return (*tokens, *dict.fromkeys(stocks))


def _claimed(
    command: Any, reservation: Reservation | None, replaced: Reservation | None
) -> Sequence[ReservedItem]:
    """What a command about a token claims, moves or lets go of."""
    if type(command) is ReserveStock:
        return command.items if replaced is None else (*command.items, *replaced.items)
    if reservation is None:
        return ()
    if type(command) not in _ABOUT_ALLOCATIONS:
        return reservation.items
    return command.items or reservation.allocated


__all__ = [
    "is_stock_stream",
    "kits_of",
    "locations_of",
    "reservation_stream",
    "reservation_stream_of",
    "reservation_streams_of",
    "stock_stream",
    "streams_of",
]
