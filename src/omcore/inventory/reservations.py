"""Reservations: temporary claims with a token, an owner and an expiry (S5, S6).

Decides how a claim ends - confirmed, released or expired, exactly once - and that it has expired
at ``now == expires_at`` whether or not anybody swept. Must not know counters: the stock items keep
those, and one commit over both keeps them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from omcore.kernel import (
    Catalog,
    InvalidType,
    Refusal,
    UnknownEvent,
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


@record
class ReservedItem:
    """So many units of a SKU at a location."""

    sku: str
    location: str
    quantity: int

    def __attrs_post_init__(self) -> None:
        checked_sku(self.sku)
        checked_id(self.location, "location")
        checked_quantity(self.quantity, "quantity")


@record
class Reservation:
    """A temporary claim; ``expires_at`` is a whole second.

    ``outcome`` is as recorded, ``outcome_at`` counts what has expired since.
    """

    token: str
    owner: str
    items: tuple[ReservedItem, ...]
    expires_at: datetime
    outcome: str
    seen_at: datetime

    def outcome_at(self, now: datetime) -> str:
        """live, confirmed, released or expired (S6). ``now`` is an aware instant."""
        if type(now) is not datetime or now.tzinfo is not UTC:
            now = checked_instant(now, "now")
        return EXPIRED if self.outcome == LIVE and now >= self.expires_at else self.outcome


@record
class ReservationMade:
    """Everything that was asked for is claimed (S4)."""

    at: datetime
    token: str
    owner: str
    items: tuple[ReservedItem, ...]
    expires_at: datetime


@record
class ReservationExtended:
    """The claim lasts longer: a payment is under way (S5)."""

    at: datetime
    token: str
    expires_at: datetime


@record
class ReservationConfirmed:
    """The claim became an order's allocation; what the order did not take was freed."""

    at: datetime
    token: str
    order_id: str


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
    return tuple(ReservedItem(sku, location, quantity) for sku, quantity in catalog.explode(pairs).items())


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


def _ended(outcome: str) -> Callable[[Reservation, Any], Reservation]:
    def evolve(state: Reservation, event: Any) -> Reservation:
        return Reservation(state.token, state.owner, state.items, state.expires_at, outcome, event.at)

    return evolve


EVOLVE: Mapping[type, Callable[[Any, Any], Reservation]] = {
    ReservationMade: _made,
    ReservationExtended: _extended,
    ReservationConfirmed: _ended(CONFIRMED),
    ReservationReleased: _ended(RELEASED),
    ReservationExpired: _ended(EXPIRED),
}


def evolve_reservation(state: Reservation | None, event: Any) -> Reservation:
    """The reservation after an event, None at first. ``UnknownEvent`` for what is none."""
    step = EVOLVE.get(type(event))
    if step is None:
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    if type(state) is not Reservation and (state is not None or step is not _made):
        raise InvalidType("state", expected="the reservation that the event is about")
    return step(state, event)


__all__ = [
    "EXPIRED",
    "ExpiryNotLater",
    "Reservation",
    "ReservationConfirmed",
    "ReservationEnded",
    "ReservationExists",
    "ReservationExpired",
    "ReservationExtended",
    "ReservationLive",
    "ReservationMade",
    "ReservationReleased",
    "ReservedItem",
    "confirm_reservation",
    "evolve_reservation",
    "items_for",
    "live_items",
    "refuse_if_ended",
    "refuse_if_live",
    "release_reservation",
    "reservation_second",
]
