"""Inventory's commands, and how each is decided over the streams it touches.

Decides what may be asked about stock, which streams a command reads, and that a reservation over
many items is all or none (S4) with demand summed first (S3). Must not know orders: an order's
events reach stock through the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.inventory import operations as op
from omcore.inventory.reservations import (
    EVOLVE as RESERVATION_EVENTS,
)
from omcore.inventory.reservations import (
    Reservation,
    ReservationExists,
    ReservationExpired,
    ReservationExtended,
    ReservationLive,
    ReservationMade,
    ReservationReleased,
    ReservedItem,
    checked_items,
    evolve_reservation,
    live_items,
    refuse_if_ended,
)
from omcore.inventory.stock import evolve_stock
from omcore.kernel import (
    MAX_STOCK,
    Command,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    UnknownId,
    checked_id,
    checked_instant,
    checked_limit,
    checked_quantity,
    checked_sku,
    epoch_second,
    from_epoch_second,
    record,
)

MAX_ITEMS = 10_000
MAX_TTL_S = 366 * 86_400


@record
class ReceiveStock(Command):
    """Goods come in at a location; ``reference`` names the purchase order."""

    sku: str
    location: str
    quantity: int
    reference: str = ""

    def _check(self) -> None:
        _checked_place(self)
        checked_quantity(self.quantity, "quantity", high=MAX_STOCK)
        if self.reference != "" or type(self.reference) is not str:
            checked_id(self.reference, "reference")


@record
class AdjustStock(Command):
    """Change the books by a difference, with a cause (shrinkage, damage, found ...)."""

    sku: str
    location: str
    delta: int
    cause: str

    def _check(self) -> None:
        _checked_place(self)
        if type(self.delta) is not int or self.delta == 0 or abs(self.delta) > MAX_STOCK:
            raise InvalidQuantity("delta", min=-MAX_STOCK, max=MAX_STOCK)
        checked_id(self.cause, "cause")


@record
class CountStock(Command):
    """Somebody counted what is sellable; the difference to the books is adjusted."""

    sku: str
    location: str
    counted: int
    cause: str = "count"

    def _check(self) -> None:
        _checked_place(self)
        checked_quantity(self.counted, "counted", low=0, high=MAX_STOCK)
        checked_id(self.cause, "cause")


@record
class SetSafetyStock(Command):
    """How many units at a location are never promised (S13)."""

    sku: str
    location: str
    quantity: int

    def _check(self) -> None:
        _checked_place(self)
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class SetBackorderLimit(Command):
    """How many units may be promised beyond what is on hand (S1)."""

    sku: str
    location: str
    quantity: int

    def _check(self) -> None:
        _checked_place(self)
        checked_quantity(self.quantity, "quantity", low=0, high=MAX_STOCK)


@record
class ReserveStock(Command):
    """Claim units until ``expires_at`` (rounded up to a whole second): all of them or none."""

    token: str
    owner: str
    items: tuple[ReservedItem, ...]
    expires_at: datetime

    def _check(self) -> None:
        checked_id(self.token, "token")
        checked_id(self.owner, "owner")
        checked_items(self.items)
        checked_limit(len(self.items), MAX_ITEMS, "items", "items")
        _checked_expiry(self.expires_at, self.at)


@record
class ExtendReservation(Command):
    """Let a live reservation last longer, while a payment is under way (S5)."""

    token: str
    expires_at: datetime

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


def _checked_place(command: Any) -> None:
    checked_sku(command.sku)
    checked_id(command.location, "location")


def _checked_expiry(value: object, at: datetime) -> None:
    moment = checked_instant(value, "expires_at")
    lasts = (moment - at).total_seconds()
    if not 0 < lasts <= MAX_TTL_S:
        raise InvalidTimestamp("expires_at", reason="not after the command's time, or over a year away")


# -- streams ---------------------------------------------------------------------------------


def stock_stream(location: str, sku: str) -> str:
    """The stream of one SKU at one location."""
    return f"stock/{location}/{sku}"


def reservation_stream(token: str) -> str:
    """The stream of one reservation."""
    return f"reservation/{token}"


def reservation_stream_of(command: Any) -> str | None:
    """The reservation that a command is about, if it is about one."""
    return reservation_stream(command.token) if type(command) in _ABOUT_TOKENS else None


def locations_of(command: Any) -> tuple[str, ...]:
    """The locations that a command names."""
    if type(command) is ReserveStock:
        return tuple(dict.fromkeys(item.location for item in command.items))
    return () if type(command) in _ABOUT_TOKENS else (command.location,)


def streams_of(command: Any, reservation: Reservation | None) -> tuple[str, ...]:
    """Every stream that a command reads; for a reservation's, with the items that it has."""
    token = reservation_stream_of(command)
    if token is None:
        return (stock_stream(command.location, command.sku),)
    items: Sequence[ReservedItem] = ()
    if type(command) is ReserveStock:
        items = command.items
    elif reservation is not None:
        items = reservation.items
    return (token, *dict.fromkeys(stock_stream(item.location, item.sku) for item in items))


# -- deciding --------------------------------------------------------------------------------

States = Mapping[str, Any]
Changed = dict[str, tuple[Any, ...]]


def decide_inventory(command: Any, states: States, at: datetime) -> Changed:
    """Events by stream, or a refusal with nothing changed. ``states`` has every stream's state."""
    simple = _SIMPLE.get(type(command))
    if simple is not None:
        stream = stock_stream(command.location, command.sku)
        events, _ = op.decide_operations(
            states.get(stream),
            (simple(command),),
            at,
            sku=command.sku,
            location=command.location,
            reference=getattr(command, "reference", ""),
        )
        return {stream: events}
    decide = _TOKENS.get(type(command))
    if decide is None:
        raise InvalidType("command", expected="an inventory command")
    changed: Changed = decide(command, states, at)
    return changed


def _reserve(command: ReserveStock, states: States, at: datetime) -> Changed:
    stream = reservation_stream(command.token)
    if states.get(stream) is not None:
        raise ReservationExists("token", token=command.token)
    second = epoch_second(command.expires_at)
    expires_at = from_epoch_second(second)
    if expires_at <= at:
        # One command has one now: what its streams have seen may be later than its own time.
        raise InvalidTimestamp("expires_at", reason="not after the present moment")
    changed = _operate(command.items, states, at, command.token, lambda units: op.Reserve(units, second))
    changed[stream] = (ReservationMade(at, command.token, command.owner, command.items, expires_at),)
    return changed


def _extend(command: ExtendReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    refuse_if_ended(reservation, at)
    old, new = epoch_second(reservation.expires_at), epoch_second(command.expires_at)
    if new <= old:
        raise InvalidTimestamp("expires_at", reason="not later than it was")
    changed = _operate(
        reservation.items,
        states,
        at,
        command.token,
        lambda units: op.Unreserve(units, old),
        lambda units: op.Extend(units, new),
    )
    changed[reservation_stream(command.token)] = (
        ReservationExtended(at, command.token, from_epoch_second(new)),
    )
    return changed


def _release(command: ReleaseReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    refuse_if_ended(reservation, at)
    second = epoch_second(reservation.expires_at)
    changed = _operate(
        live_items(reservation, at), states, at, command.token, lambda units: op.Unreserve(units, second)
    )
    changed[reservation_stream(command.token)] = (ReservationReleased(at, command.token),)
    return changed


def _expire(command: ExpireReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    if reservation.outcome == "expired":
        return {}
    if reservation.outcome_at(at) == "live":
        raise ReservationLive("token")
    if reservation.outcome != "live":
        refuse_if_ended(reservation, at)
    return {reservation_stream(command.token): (ReservationExpired(at, command.token),)}


def _known(token: str, states: States) -> Reservation:
    reservation = states.get(reservation_stream(token))
    if reservation is None:
        raise UnknownId("token", kind="reservation", id=token)
    found: Reservation = reservation
    return found


def _operate(
    items: Sequence[ReservedItem],
    states: States,
    at: datetime,
    reference: str,
    *make: Callable[[int], Any],
) -> Changed:
    """The same operations on every SKU and location of some items, demand summed first (S3)."""
    summed: dict[tuple[str, str], int] = {}
    for item in items:
        key = (item.location, item.sku)
        summed[key] = summed.get(key, 0) + item.quantity
    changed: Changed = {}
    for (location, sku), units in sorted(summed.items()):
        stream = stock_stream(location, sku)
        changed[stream], _ = op.decide_operations(
            states.get(stream),
            [each(units) for each in make],
            at,
            sku=sku,
            location=location,
            reference=reference,
        )
    return changed


def evolve_inventory(state: Any, event: Any) -> Any:
    """Fold an event of either aggregate."""
    if type(event) in RESERVATION_EVENTS:
        return evolve_reservation(state, event)
    return evolve_stock(state, event)


_SIMPLE: Mapping[type, Callable[[Any], Any]] = {
    ReceiveStock: lambda command: op.Receive(command.quantity),
    AdjustStock: lambda command: op.Adjust(command.delta, command.cause),
    CountStock: lambda command: op.Count(command.counted, command.cause),
    SetSafetyStock: lambda command: op.SetSafety(command.quantity),
    SetBackorderLimit: lambda command: op.SetBackorders(command.quantity),
}

_TOKENS: Mapping[type, Callable[[Any, States, datetime], Changed]] = {
    ReserveStock: _reserve,
    ExtendReservation: _extend,
    ReleaseReservation: _release,
    ExpireReservation: _expire,
}

_ABOUT_TOKENS = frozenset(_TOKENS)
INVENTORY_COMMANDS: tuple[type[Command], ...] = (*_SIMPLE, *_TOKENS)

__all__ = [
    "INVENTORY_COMMANDS",
    "AdjustStock",
    "CountStock",
    "ExpireReservation",
    "ExtendReservation",
    "ReceiveStock",
    "ReleaseReservation",
    "ReserveStock",
    "SetBackorderLimit",
    "SetSafetyStock",
    "decide_inventory",
    "evolve_inventory",
    "locations_of",
    "reservation_stream",
    "reservation_stream_of",
    "stock_stream",
    "streams_of",
]
