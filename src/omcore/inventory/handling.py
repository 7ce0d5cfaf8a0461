"""What inventory's commands come to, over all the streams that each touches.

Decides that a reservation over many items is all or none (S4) with demand summed first (S3), and
that a claim and the counters move in one commit. Must not know how one stock item decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from omcore.inventory import commands as cmd
from omcore.inventory import operations as op
from omcore.inventory.aggregate import decide_operations, evolve_stock
from omcore.inventory.reservations import (
    EVOLVE as RESERVATION_EVENTS,
)
from omcore.inventory.reservations import (
    EXPIRED,
    ExpiryNotLater,
    Reservation,
    ReservationExists,
    ReservationExpired,
    ReservationExtended,
    ReservationMade,
    ReservationReleased,
    ReservedItem,
    evolve_reservation,
    refuse_if_ended,
    refuse_if_live,
)
from omcore.inventory.stock import StockItem
from omcore.inventory.streams import reservation_stream, stock_stream
from omcore.kernel import InvalidType, UnknownId, checked_instant, epoch_second, from_epoch_second

States = Mapping[str, Any]
Changed = dict[str, tuple[Any, ...]]


def decide_inventory(command: Any, states: States, at: datetime) -> Changed:
    """Events by stream, or a refusal with nothing changed.

    ``states`` has the state of every stream of ``streams_of``, None where it does not exist.
    ``at`` is the one now of the command: the latest of its own time and what those have seen.
    Where several reasons apply, the reservation's come first, then the items' in stream order.
    """
    if type(at) is not datetime or at.tzinfo is not UTC:
        at = checked_instant(at)
    if not issubclass(type(states), Mapping):
        raise InvalidType("states", expected="a mapping of states by stream")
    simple = _STOCK.get(type(command))
    if simple is not None:
        stream = stock_stream(command.location, command.sku)
        events, _ = decide_operations(
            states.get(stream),
            (simple(command),),
            at,
            sku=command.sku,
            location=command.location,
            reference=command.reference if type(command) is cmd.ReceiveStock else "",
        )
        return {stream: events}
    decide = _RESERVATIONS.get(type(command))
    if decide is None:
        raise InvalidType("command", expected="an inventory command")
    return decide(command, states, at)


def _reserve(command: cmd.ReserveStock, states: States, at: datetime) -> Changed:
    stream = reservation_stream(command.token)
    if states.get(stream) is not None:
        raise ReservationExists("token", token=command.token)
    second = epoch_second(command.expires_at)
    expires_at = from_epoch_second(second)
    if expires_at <= at:
        # One command has one now: what its streams have seen may be later than its own time.
        raise ExpiryNotLater("expires_at", reason="not after the present moment")
    changed = _operate(command.items, states, at, command.token, lambda units: op.Reserve(units, second))
    changed[stream] = (ReservationMade(at, command.token, command.owner, command.items, expires_at),)
    return changed


def _extend(command: cmd.ExtendReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    refuse_if_ended(reservation, at)
    old, new = epoch_second(reservation.expires_at), epoch_second(command.expires_at)
    if new <= old:
        raise ExpiryNotLater("expires_at", reason="not later than it was")
    changed = _operate(reservation.items, states, at, command.token, lambda units: op.Extend(units, old, new))
    changed[reservation_stream(command.token)] = (
        ReservationExtended(at, command.token, from_epoch_second(new)),
    )
    return changed


def _release(command: cmd.ReleaseReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    refuse_if_ended(reservation, at)
    second = epoch_second(reservation.expires_at)
    changed = _operate(
        reservation.items, states, at, command.token, lambda units: op.Unreserve(units, second)
    )
    changed[reservation_stream(command.token)] = (ReservationReleased(at, command.token),)
    return changed


def _expire(command: cmd.ExpireReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    if reservation.outcome == EXPIRED:
        return {}
    refuse_if_live(reservation, at)
    # No stock item is written: what has expired is subtracted whenever an answer is given (S6).
    return {reservation_stream(command.token): (ReservationExpired(at, command.token),)}


def _known(token: str, states: States) -> Reservation:
    reservation = states.get(reservation_stream(token))
    if reservation is None:
        raise UnknownId("token", kind="reservation", id=token)
    if type(reservation) is not Reservation:
        raise InvalidType("states", expected="a Reservation in a reservation's stream")
    return reservation


def _operate(
    items: Sequence[ReservedItem],
    states: States,
    at: datetime,
    token: str,
    make: Callable[[int], Any],
) -> Changed:
    """One operation on every SKU and location of some items, demand summed first (S3)."""
    summed: dict[tuple[str, str], int] = {}
    for item in items:
        key = (item.location, item.sku)
        summed[key] = summed.get(key, 0) + item.quantity
    changed: Changed = {}
    for (location, sku), units in sorted(summed.items()):
        stream = stock_stream(location, sku)
        changed[stream], _ = decide_operations(
            states.get(stream), (make(units),), at, sku=sku, location=location, reference=token
        )
    return changed


def evolve_inventory(state: Any, event: Any) -> StockItem | Reservation:
    """Fold an event of either aggregate into its state, None at first.

    Errors: ``UnknownEvent`` for what is no event of inventory.
    """
    if type(event) in RESERVATION_EVENTS:
        return evolve_reservation(state, event)
    return evolve_stock(state, event)


_STOCK: Mapping[type, Callable[[Any], Any]] = {
    cmd.ReceiveStock: lambda command: op.Receive(command.quantity, command.completes),
    cmd.AdjustStock: lambda command: op.Adjust(command.delta, command.cause),
    cmd.CountStock: lambda command: op.Count(command.counted, command.cause),
    cmd.SetSafetyStock: lambda command: op.SetSafety(command.quantity),
    cmd.SetBackorderLimit: lambda command: op.SetBackorders(command.quantity),
    cmd.SetReorderPoint: lambda command: op.SetReorder(command.quantity),
    cmd.ExpectSupply: lambda command: op.Expect(
        command.supply, command.quantity, epoch_second(command.expected_at)
    ),
}

_RESERVATIONS: Mapping[type, Callable[[Any, States, datetime], Changed]] = {
    cmd.ReserveStock: _reserve,
    cmd.ExtendReservation: _extend,
    cmd.ReleaseReservation: _release,
    cmd.ExpireReservation: _expire,
}

__all__ = ["decide_inventory", "evolve_inventory"]
