"""The aggregate of one token, a reservation: what commands about it come to, over all that it claims.

Decides that a reservation over many items is all or none (S4) with demand summed first (S3), that a
pending claim is resolved once, and that the claim and the counters move in one commit. Must not know
how one stock item decides.

Where several reasons apply, the argument is told first, then a token that does not exist, then the
state of a reservation, then its expiry, then what it holds, and last the stock items, in the order of
their streams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.inventory import allocations as al
from omcore.inventory import claims
from omcore.inventory import commands as cmd
from omcore.inventory import kits as kt
from omcore.inventory import operations as op
from omcore.inventory import reservations as rs
from omcore.inventory.aggregate import movements_of
from omcore.inventory.allocations import ByPlace, as_items, by_place
from omcore.inventory.checks import InsufficientStock, NotReserved
from omcore.inventory.reservations import EXPIRED, LIVE, ExpiryNotLater, Reservation, refuse_if_ended
from omcore.inventory.stock import StockItem, passed_second
from omcore.inventory.streams import reservation_stream, stock_stream
from omcore.kernel import (
    Components,
    InvalidType,
    UnknownEvent,
    UnknownId,
    epoch_second,
    from_epoch_second,
)

States = Mapping[str, Any]
Changed = dict[str, tuple[Any, ...]]

_NO_KITS: Mapping[str, Components] = {}


# -- a claim, while it is temporary ----------------------------------------------------------


def reserve(
    command: cmd.ReserveStock, states: States, at: datetime, kits: Mapping[str, Components] = _NO_KITS
) -> Changed:
    """Claim everything that was asked for; of ``kits`` finished ones may lie in stock."""
    stream = reservation_stream(command.token)
    old = _known(command.replaces, states, "replaces") if command.replaces else None
    if states.get(stream) is not None:
        raise rs.ReservationExists("token", token=command.token)
    if old is not None:
        _refuse_unless_replaceable(old, command.owner, at)
    expires_at = command.expires_at
    second = epoch_second(expires_at)
    if expires_at.microsecond:
        expires_at = from_epoch_second(second)
    if expires_at <= at:
        # One command has one now: what its streams have seen may be later than its own time.
        raise ExpiryNotLater("expires_at", reason="not after the present moment")
    # What has expired is not the owner's any more: it is claimed like anybody else's (S5).
    if old is not None and old.outcome_at(at) == EXPIRED:
        old = None
    asked = kt.asked(command.items, kits)
    items = kt.exploded(command.items, kits) if asked else command.items
    wanted = by_place(items)
    if old is None and not asked:
        changed = _claimed(wanted, second, states, at, command.token)
    else:
        work = _asking(wanted, second) if old is None else _replacing(old, wanted, second)
        if asked:
            own = {} if old is None else by_place(old.items)
            finished = kt.served(asked, kits, own, wanted, lambda key: states.get(stock_stream(*key)), at)
            work = kt.taken_apart(work, finished, kits)
        changed = operate(work, states, at, command.token)
    if old is not None:
        changed[reservation_stream(old.token)] = (rs.ReservationReleased(at, old.token),)
    made = rs.ReservationMade(at, command.token, command.owner, items, expires_at, command.replaces)
    changed[stream] = (made,)
    return changed


def _refuse_unless_replaceable(old: Reservation, owner: str, at: datetime) -> None:
    if old.owner != owner:
        raise rs.NotTheOwner("replaces", token=old.token)
    outcome = old.outcome_at(at)
    if outcome not in (LIVE, EXPIRED):
        raise rs.ReservationEnded("replaces", outcome=outcome)


def _asking(wanted: ByPlace, second: int) -> kt.Work:
    return {place: (op.Reserve(units, second),) for place, units in wanted.items()}


def _replacing(old: Reservation, wanted: ByPlace, second: int) -> kt.Work:
    """What the owner had already stays his, whatever has become of the stock; only the rest is asked for."""
    had, until = by_place(old.items), epoch_second(old.expires_at)
    work: dict[tuple[str, str], Sequence[Any]] = {}
    for place in sorted({*had, *wanted}):
        before, after = had.get(place, 0), wanted.get(place, 0)
        kept = min(before, after)
        steps: list[Any] = []
        if before > kept:
            steps.append(op.Unreserve(before - kept, until))
        if kept and until != second:
            steps.append(op.Extend(kept, until, second))
        if after > kept:
            steps.append(op.Reserve(after - kept, second))
        work[place] = steps
    return work


def _extend(command: cmd.ExtendReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    refuse_if_ended(reservation, at)
    old, new = epoch_second(reservation.expires_at), epoch_second(command.expires_at)
    if new <= old:
        raise ExpiryNotLater("expires_at", reason="not later than it was")
    changed = _each(by_place(reservation.items), states, at, command.token, lambda n: op.Extend(n, old, new))
    changed[reservation_stream(command.token)] = (
        rs.ReservationExtended(at, command.token, from_epoch_second(new)),
    )
    return changed


def _release(command: cmd.ReleaseReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    refuse_if_ended(reservation, at)
    second = epoch_second(reservation.expires_at)
    places = by_place(reservation.items)
    changed = _each(places, states, at, command.token, lambda n: op.Unreserve(n, second))
    changed[reservation_stream(command.token)] = (rs.ReservationReleased(at, command.token),)
    return changed


def _expire(command: cmd.ExpireReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    if reservation.outcome == EXPIRED:
        return {}
    rs.refuse_if_live(reservation, at)
    # No stock item is written: what has expired is subtracted whenever an answer is given (S6).
    return {reservation_stream(command.token): (rs.ReservationExpired(at, command.token),)}


# -- becoming an allocation ------------------------------------------------------------------


def _confirm(command: cmd.ConfirmReservation, states: States, at: datetime) -> Changed:
    reservation = _known(command.token, states)
    late = command.late and reservation.outcome_at(at) == EXPIRED
    if not late:
        refuse_if_ended(reservation, at)
    wanted = had = by_place(reservation.items)
    if command.items:
        wanted = by_place(command.items)
        _refuse_beyond(had, wanted)
    if late:
        changed = _claimed_again(wanted, states, at, command.token)
        event: Any = rs.ReservationConfirmedLate(at, command.token, as_items(wanted))
    else:
        second = epoch_second(reservation.expires_at)
        if command.items:
            changed = operate(_confirming(had, wanted, second), states, at, command.token)
            allocated = as_items(wanted)
        else:
            changed = _confirmed(had, second, states, at, command.token)
            allocated = reservation.items
        event = rs.ReservationConfirmed(at, command.token, "", allocated)
    changed[reservation_stream(command.token)] = (event,)
    return changed


def _refuse_beyond(had: ByPlace, wanted: ByPlace) -> None:
    for place, units in wanted.items():
        available = had.get(place, 0)
        if units > available:
            location, sku = place
            raise NotReserved("items", sku=sku, location=location, requested=units, available=available)


def _confirming(had: ByPlace, wanted: ByPlace, second: int) -> dict[tuple[str, str], Sequence[Any]]:
    """A pending claim is resolved once: what is not confirmed is free again in the same commit."""
    work: dict[tuple[str, str], Sequence[Any]] = {}
    for place, units in had.items():
        confirmed = wanted.get(place, 0)
        steps: list[Any] = []
        if confirmed:
            steps.append(op.Allocate(confirmed, ((second, confirmed),)))
        if units > confirmed:
            steps.append(op.Unreserve(units - confirmed, second))
        work[place] = steps
    return work


def _claimed_again(wanted: ByPlace, states: States, at: datetime, token: str) -> Changed:
    """All of it like anybody else's, or the one refusal that says what of it is gone (S5)."""
    changed: Changed = {}
    first: Mapping[str, Any] = {}
    lacking: list[str] = []
    for place, units in wanted.items():
        try:
            changed.update(operate({place: (op.Allocate(units),)}, states, at, token))
        except InsufficientStock as refused:
            first = first or refused.fields
            lacking.append(stock_stream(*place))
    if lacking:
        raise rs.LatePaymentUnfilled("token", **first, lacking=tuple(lacking))
    return changed


# -- an allocation that its owner holds ------------------------------------------------------


def _ship(command: cmd.ShipAllocation, states: States, at: datetime) -> Changed:
    places = al.held_of(_known(command.token, states), command.items)
    changed = _each(places, states, at, command.token, op.Ship)
    event = al.AllocationShipped(at, command.token, as_items(places))
    changed[reservation_stream(command.token)] = (event,)
    return changed


def _let_go(command: cmd.ReleaseAllocation, states: States, at: datetime) -> Changed:
    places = al.held_of(_known(command.token, states), command.items)
    changed = _each(places, states, at, command.token, op.Deallocate)
    event = al.AllocationReleased(at, command.token, as_items(places))
    changed[reservation_stream(command.token)] = (event,)
    return changed


def _short(command: cmd.ReportAllocationShort, states: States, at: datetime) -> Changed:
    places = al.held_of(_known(command.token, states), command.items)
    changed = _each(places, states, at, command.token, lambda n: op.ShortPick(n, command.cause))
    event = al.AllocationShortPicked(at, command.token, as_items(places), command.cause)
    changed[reservation_stream(command.token)] = (event,)
    return changed


def _move(command: cmd.MoveAllocation, states: States, at: datetime) -> Changed:
    """Let go there, claimed here like anybody else's, or nothing at all."""
    places = al.held_of(_known(command.token, states), command.items)
    here: dict[tuple[str, str], int] = {}
    for (_, sku), units in places.items():
        here[command.to, sku] = here.get((command.to, sku), 0) + units
    work: dict[tuple[str, str], Sequence[Any]] = {
        **{place: (op.Deallocate(units),) for place, units in places.items()},
        **{place: (op.Allocate(units),) for place, units in here.items()},
    }
    changed = operate(dict(sorted(work.items())), states, at, command.token)
    event = al.AllocationMoved(at, command.token, as_items(places), command.to)
    changed[reservation_stream(command.token)] = (event,)
    return changed


# -- shared ----------------------------------------------------------------------------------


def _known(token: str, states: States, path: str = "token") -> Reservation:
    reservation = states.get(reservation_stream(token))
    if reservation is None:
        raise UnknownId(path, kind="reservation", id=token)
    if type(reservation) is not Reservation:
        raise InvalidType("states", expected="a Reservation in a reservation's stream")
    return reservation


def _each(places: ByPlace, states: States, at: datetime, token: str, make: Callable[[int], Any]) -> Changed:
    """One operation at every place."""
    return operate({place: (make(units),) for place, units in places.items()}, states, at, token)


def operate(
    work: Mapping[tuple[str, str], Sequence[Any]], states: States, at: datetime, token: str
) -> Changed:
    """The movements of some operations at every place; the first refusal ends it all."""
    changed: Changed = {}
    for (location, sku), steps in work.items():
        stream = stock_stream(location, sku)
        changed[stream] = movements_of(states.get(stream), steps, at, sku, location, token)
    return changed


# The two that there are most of: on a plain stock item nothing is told at the end, so that its facet is
# asked directly.


def _claimed(places: ByPlace, second: int, states: States, at: datetime, token: str) -> Changed:
    """Every place's units are claimed until a second."""
    changed: Changed = {}
    last = passed_second(at)
    for (location, sku), units in places.items():
        stream = f"stock/{location}/{sku}"
        item = states.get(stream)
        if type(item) is StockItem and item.detail is None:
            changed[stream] = claims.reserved(item, units, second, last, at, token)
        else:
            changed[stream] = movements_of(item, (op.Reserve(units, second),), at, sku, location, token)
    return changed


def _confirmed(places: ByPlace, second: int, states: States, at: datetime, token: str) -> Changed:
    """Every place's units, which are claimed until a second, become an allocation."""
    changed: Changed = {}
    for (location, sku), units in places.items():
        stream = f"stock/{location}/{sku}"
        item = states.get(stream)
        if type(item) is StockItem and item.detail is None:
            changed[stream] = claims.confirmed(item, units, second, at, token)
        else:
            steps = (op.Allocate(units, ((second, units),)),)
            changed[stream] = movements_of(item, steps, at, sku, location, token)
    return changed


DECIDE: Mapping[type, Callable[[Any, States, datetime], Changed]] = {
    cmd.ReserveStock: reserve,
    cmd.ExtendReservation: _extend,
    cmd.ReleaseReservation: _release,
    cmd.ExpireReservation: _expire,
    cmd.ConfirmReservation: _confirm,
    cmd.ShipAllocation: _ship,
    cmd.ReleaseAllocation: _let_go,
    cmd.ReportAllocationShort: _short,
    cmd.MoveAllocation: _move,
}

EVOLVE: Mapping[type, Callable[[Any, Any], Reservation]] = {**rs.EVOLVE, **al.EVOLVE}


def evolve_reservation(state: Reservation | None, event: Any) -> Reservation:
    """The reservation after an event, None at first. ``UnknownEvent`` for what is none."""
    step = EVOLVE.get(type(event))
    if step is None:
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    if type(state) is not Reservation and (state is not None or type(event) is not rs.ReservationMade):
        raise InvalidType("state", expected="the reservation that the event is about")
    return step(state, event)


__all__ = ["DECIDE", "EVOLVE", "Changed", "States", "evolve_reservation", "operate", "reserve"]
