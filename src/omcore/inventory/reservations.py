"""Reservations: temporary claims with a token, an owner and an expiry (S5, S6).

Decides how a claim ends - confirmed, released or expired, exactly once - and that it has expired
at ``now == expires_at`` whether or not anybody swept. Must not know counters: the stock items keep
those, and one commit over both keeps them equal. What its owner holds after it was confirmed is
decided in ``allocations``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from omcore.kernel import (
    MAX_QUANTITY,
    Catalog,
    InvalidType,
    Refusal,
    checked_id,
    checked_instant,
    checked_quantity,
    checked_sku,
    epoch_second,
    record,
)

LIVE = "live"
CONFIRMED = "confirmed"
RELEASED = "released"
EXPIRED = "expired"
CONFIRMED_LATE = "confirmed_late"


class ReservationEnded(Refusal):
    """The reservation ended before. Fields: outcome."""

    code = "reservation_ended"


class ReservationLive(Refusal):
    """The reservation has not expired yet."""

    code = "reservation_live"


class ExpiryNotLater(Refusal):
    """The expiry is not after the present moment, or not later than it was. Fields: reason."""

    code = "expiry_not_later"


class ReservationExists(Refusal):
    """The token was used before; a token names one reservation for ever. Fields: token."""

    code = "reservation_exists"


class NotTheOwner(Refusal):
    """The reservation is somebody else's. Fields: token."""

    code = "not_the_owner"


class LatePaymentUnfilled(Refusal):
    """It expired before it was confirmed, and what it held is not there any more: a refund is due.

    Fields: sku, location, requested, available of the first that is lacking, and ``lacking``: the
    streams of every stock item that lacks some.
    """

    code = "late_payment_unfilled"


@record
class ReservedItem:
    """So many units of a SKU at a location."""

    sku: str
    location: str
    quantity: int

    def __attrs_post_init__(self) -> None:
        checked_sku(self.sku)
        checked_id(self.location, "location")
        if type(self.quantity) is not int or not 0 < self.quantity <= MAX_QUANTITY:
            checked_quantity(self.quantity, "quantity")


@record
class Reservation:
    """A temporary claim; ``expires_at`` is a whole second.

    ``outcome`` is as recorded, ``outcome_at`` counts what has expired since. ``allocated`` is what
    its owner holds of it, once it was confirmed; where an order took it over, ``order_id`` does.
    """

    token: str
    owner: str
    items: tuple[ReservedItem, ...]
    expires_at: datetime
    outcome: str
    seen_at: datetime
    allocated: tuple[ReservedItem, ...] = ()
    order_id: str = ""

    def outcome_at(self, now: datetime) -> str:
        """live, confirmed, released, expired or confirmed_late (S6). ``now`` is an aware instant."""
        if type(now) is not datetime or now.tzinfo is not UTC:
            now = checked_instant(now, "now")
        return EXPIRED if self.outcome == LIVE and now >= self.expires_at else self.outcome


@record
class ReservationMade:
    """Everything that was asked for is claimed (S4), in the place of ``replaces`` where that is a token."""

    at: datetime
    token: str
    owner: str
    items: tuple[ReservedItem, ...]
    expires_at: datetime
    replaces: str = ""


@record
class ReservationExtended:
    """The claim lasts longer: a payment is under way (S5)."""

    at: datetime
    token: str
    expires_at: datetime


@record
class ReservationConfirmed:
    """The claim became an allocation, of an order or of its owner (``allocated``); the rest was freed."""

    at: datetime
    token: str
    order_id: str
    allocated: tuple[ReservedItem, ...] = ()


@record
class ReservationConfirmedLate:
    """It had expired when it was paid for, and was claimed again, firmly: its owner has it ``allocated``."""

    at: datetime
    token: str
    allocated: tuple[ReservedItem, ...]


@record
class ReservationReleased:
    """The owner let go."""

    at: datetime
    token: str


@record
class ReservationExpired:
    """Its time was over; noted when somebody looked."""

    at: datetime
    token: str


def items_for(catalog: Catalog, demand: Iterable[tuple[str, int]], location: str) -> tuple[ReservedItem, ...]:
    """What to reserve at a location for (SKU, quantity) pairs: kits exploded, demand summed (S3, S11).

    A kit that is built ahead stays whole: how many finished ones there are is known when it is reserved.
    Errors: ``InvalidSku``, ``InvalidQuantity`` (also for a sum above the limit), ``InvalidId``.
    """
    if type(catalog) is not Catalog or not issubclass(type(demand), Iterable):
        raise InvalidType("demand", expected="a Catalog, and pairs of (sku, quantity)")
    pairs: list[tuple[str, int]] = []
    for i, pair in enumerate(demand):
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(f"demand[{i}]", expected="(sku, quantity)")
        pairs.append(
            (checked_sku(pair[0], f"demand[{i}].sku"), checked_quantity(pair[1], f"demand[{i}].quantity"))
        )
    built = catalog.built_ahead
    if not built:
        return tuple(ReservedItem(sku, location, units) for sku, units in catalog.explode(pairs).items())
    summed: dict[str, int] = {}
    for sku, quantity in pairs:
        for part, each in ((sku, 1),) if sku in built else catalog.components(sku):
            summed[part] = summed.get(part, 0) + quantity * each
    return tuple([ReservedItem(sku, location, units) for sku, units in summed.items()])


def live_items(reservation: Reservation, now: datetime) -> tuple[ReservedItem, ...]:
    """What the reservation still holds at a moment; nothing once it ended."""
    return reservation.items if _checked(reservation).outcome_at(now) == LIVE else ()


def reservation_second(reservation: Reservation) -> int:
    """The whole second under which the stock items have its units in their schedules."""
    return epoch_second(_checked(reservation).expires_at)


def refuse_if_ended(reservation: Reservation, now: datetime) -> None:
    """``ReservationEnded`` unless it is live."""
    outcome = reservation.outcome_at(now)
    if outcome != LIVE:
        raise ReservationEnded("token", outcome=outcome)


def refuse_if_live(reservation: Reservation, now: datetime) -> None:
    """``ReservationLive`` unless its time is over; ``ReservationEnded`` where it ended before that."""
    if reservation.outcome != LIVE:
        refuse_if_ended(reservation, now)
    elif reservation.outcome_at(now) == LIVE:
        raise ReservationLive("token")


def confirm_reservation(
    reservation: Reservation, order_id: str, now: datetime
) -> tuple[ReservationConfirmed, ...]:
    """The claim becomes an order's; ``ReservationEnded`` once it ended."""
    refuse_if_ended(_checked(reservation), now)
    return (ReservationConfirmed(now, reservation.token, order_id),)


def release_reservation(reservation: Reservation, now: datetime) -> tuple[ReservationReleased, ...]:
    """The owner lets go of the claim; ``ReservationEnded`` once it ended."""
    refuse_if_ended(_checked(reservation), now)
    return (ReservationReleased(now, reservation.token),)


def _checked(reservation: object) -> Reservation:
    if type(reservation) is not Reservation:
        raise InvalidType("reservation", expected="a Reservation")
    return reservation


# -- folding ---------------------------------------------------------------------------------


def _made(_: Reservation | None, event: ReservationMade) -> Reservation:
    return Reservation(event.token, event.owner, event.items, event.expires_at, LIVE, event.at)


def _extended(state: Reservation, event: ReservationExtended) -> Reservation:
    return Reservation(state.token, state.owner, state.items, event.expires_at, LIVE, event.at)


def _confirmed(state: Reservation, event: ReservationConfirmed) -> Reservation:
    return Reservation(
        state.token,
        state.owner,
        state.items,
        state.expires_at,
        CONFIRMED,
        event.at,
        event.allocated,
        event.order_id,
    )


def _confirmed_late(state: Reservation, event: ReservationConfirmedLate) -> Reservation:
    return Reservation(
        state.token,
        state.owner,
        state.items,
        state.expires_at,
        CONFIRMED_LATE,
        event.at,
        event.allocated,
    )


def _ended(outcome: str) -> Callable[[Reservation, Any], Reservation]:
    def evolve(state: Reservation, event: Any) -> Reservation:
        return Reservation(state.token, state.owner, state.items, state.expires_at, outcome, event.at)

    return evolve


EVOLVE: Mapping[type, Callable[[Any, Any], Reservation]] = {
    ReservationMade: _made,
    ReservationExtended: _extended,
    ReservationConfirmed: _confirmed,
    ReservationConfirmedLate: _confirmed_late,
    ReservationReleased: _ended(RELEASED),
    ReservationExpired: _ended(EXPIRED),
}


__all__ = [
    "CONFIRMED",
    "CONFIRMED_LATE",
    "EVOLVE",
    "EXPIRED",
    "LIVE",
    "RELEASED",
    "ExpiryNotLater",
    "LatePaymentUnfilled",
    "NotTheOwner",
    "Reservation",
    "ReservationConfirmed",
    "ReservationConfirmedLate",
    "ReservationEnded",
    "ReservationExists",
    "ReservationExpired",
    "ReservationExtended",
    "ReservationLive",
    "ReservationMade",
    "ReservationReleased",
    "ReservedItem",
    "confirm_reservation",
    "items_for",
    "live_items",
    "refuse_if_ended",
    "refuse_if_live",
    "release_reservation",
    "reservation_second",
]
