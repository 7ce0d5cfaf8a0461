"""Streams: where inventory's aggregates are kept, and which of them a command reads.

Decides the names. Must not know what is decided, or how streams are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omcore.inventory.commands import RESERVATION_COMMANDS, STOCK_COMMANDS, ReserveStock
from omcore.inventory.reservations import Reservation, ReservedItem
from omcore.kernel import InvalidType

_ABOUT_TOKENS = frozenset(RESERVATION_COMMANDS)
_ABOUT_STOCK = frozenset(STOCK_COMMANDS)


def stock_stream(location: str, sku: str) -> str:
    """The stream of one SKU at one location; a location's id has no slash, a SKU may have.

    Errors: ``InvalidType`` for what is no text.
    """
    if type(location) is not str:
        raise InvalidType("location", expected="str")
    if type(sku) is not str:
        raise InvalidType("sku", expected="str")
    return f"stock/{location}/{sku}"


def reservation_stream(token: str) -> str:
    """The stream of one reservation. ``InvalidType`` for what is no text."""
    if type(token) is not str:
        raise InvalidType("token", expected="str")
    return f"reservation/{token}"


def reservation_stream_of(command: Any) -> str | None:
    """The reservation that a command is about; None for one about a stock item.

    Errors: ``InvalidType`` for what is no inventory command.
    """
    if type(command) in _ABOUT_TOKENS:
        return reservation_stream(command.token)
    if type(command) in _ABOUT_STOCK:
        return None
    raise InvalidType("command", expected="an inventory command")


def locations_of(command: Any) -> tuple[str, ...]:
    """The locations that a command names, each once. ``InvalidType`` for what is no inventory command."""
    if type(command) is ReserveStock:
        return tuple(dict.fromkeys(item.location for item in command.items))
    return (command.location,) if reservation_stream_of(command) is None else ()


def streams_of(command: Any, reservation: Reservation | None) -> tuple[str, ...]:
    """Every stream that a command reads; for a reservation's, with the items that it has.

    Errors: ``InvalidType`` for what is no inventory command or reservation.
    """
    token = reservation_stream_of(command)
    if token is None:
        return (stock_stream(command.location, command.sku),)
    items: Sequence[ReservedItem] = ()
    if type(command) is ReserveStock:
        items = command.items
    elif type(reservation) is Reservation:
        items = reservation.items
    elif reservation is not None:
        raise InvalidType("reservation", expected="a Reservation or None")
    return (token, *dict.fromkeys(stock_stream(item.location, item.sku) for item in items))


__all__ = ["locations_of", "reservation_stream", "reservation_stream_of", "stock_stream", "streams_of"]
