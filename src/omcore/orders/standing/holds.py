"""Holds: reasons why an order waits; several at once, each with an owner.

Decides who places and releases them, what each blocks - routing, shipping, capture - and what
becomes of one that expires. Whatever it blocks, money and facts that arrive are still recorded,
and the order stands ``on_hold`` (C7). Must not know why anybody holds an order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    InvalidType,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders.changes import Changes, OrderContext, holds_block, refuse_if_over
from omcore.orders.deadlines import Deadline, Deadlines, moment_in_utc
from omcore.orders.placement.validation import VALIDATION
from omcore.orders.policies import PERSON
from omcore.orders.selection import everything
from omcore.orders.standing.cancelling import CANCELLABLE, cancel_items
from omcore.orders.state import HOLD_BLOCKS, ROUTING, Hold, Order

MAX_HOLDS = 20

# How the ids begin of holds that an order places and releases by itself.
OWN_PREFIXES = (f"{VALIDATION}-", "routing-", "payments-", "chargeback-", "exchange:")

# What becomes of an order whose hold expires.
RELEASE = "release"
CANCEL = "cancel"
AT_EXPIRY = (RELEASE, CANCEL)

# Why units were cancelled that a hold had waited for too long.
HOLD_EXPIRED = "hold_expired"


class HoldExists(Refusal):
    """The order has a hold with this id already. Fields: id."""

    code = "hold_exists"


class TooManyHolds(Refusal):
    """An order has at most 20 holds at once. Fields: limit."""

    code = "too_many_holds"


class NotHoldOwner(Refusal):
    """The hold is another owner's, and the policy gives no right to release it. Fields: owner, kind."""

    code = "not_hold_owner"


class HoldExpiryPassed(Refusal):
    """A hold would have expired before it began. Fields: expires_at."""

    code = "hold_expiry_passed"


@record
class PlaceHold(Command):
    """Make an order wait. ``kind`` is free (fraud, address, payment, approval, customer ...).

    ``blocks``: any of routing, shipping, capture, each once; all by default. ``expires_at``: from then
    on it holds no longer, and ``then`` tells whether the order goes on (release) or what has not
    shipped of it is cancelled (cancel).
    """

    order_id: str
    hold_id: str
    kind: str
    owner: str = PERSON
    note: str = attrs.field(default="", repr=False)
    blocks: tuple[str, ...] = HOLD_BLOCKS
    expires_at: datetime | None = attrs.field(default=None, converter=moment_in_utc)
    then: str = RELEASE

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.hold_id, "hold_id")
        checked_id(self.kind, "kind")
        _checked_owner(self.owner)
        checked_text(self.note, "note", high=200)
        if self.hold_id.startswith(OWN_PREFIXES):
            # Or it would be released with the order's own hold of that name, without a right.
            raise InvalidType("hold_id", expected="an id that the order does not use itself")
        checked_blocks(self.blocks)
        if type(self.then) is not str or self.then not in AT_EXPIRY:
            raise InvalidType("then", expected="one of " + ", ".join(AT_EXPIRY))


@record
class ReleaseHold(Command):
    """Let an order go on. Releasing a hold of the validation waives its finding.

    ``owner`` is who releases: the hold's own, or one whom ``policies.release_right`` gives the right.
    """

    order_id: str
    hold_id: str
    owner: str = PERSON

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.hold_id, "hold_id")
        _checked_owner(self.owner)


def _checked_owner(owner: object) -> None:
    checked_id(owner, "owner")
    if owner == VALIDATION:
        # Such holds are released by themselves when the rules are content.
        raise InvalidType("owner", expected="another owner than the validation")


def checked_blocks(blocks: object, path: str = "blocks") -> None:
    """Some of ``HOLD_BLOCKS``, each once; else ``InvalidType``. A hold that blocks nothing is a note."""
    if type(blocks) is not tuple or not blocks or len(blocks) > len(HOLD_BLOCKS):
        raise InvalidType(path, expected="tuple of " + ", ".join(HOLD_BLOCKS))
    for i, what in enumerate(blocks):
        if type(what) is not str or what not in HOLD_BLOCKS or what in blocks[:i]:
            raise InvalidType(f"{path}[{i}]", expected="one of " + ", ".join(HOLD_BLOCKS) + ", each once")


# -- deciding --------------------------------------------------------------------------------


def place_hold(changes: Changes, command: PlaceHold) -> None:
    """Precedence: order_is_over, hold_exists, too_many_holds, hold_expiry_passed,
    illegal_transition (status).
    """
    refuse_if_over(changes.order, changes.context)
    holds = changes.order.standing.holds
    if any(hold.id == command.hold_id for hold in holds):
        raise HoldExists("hold_id", id=command.hold_id)
    if len(holds) >= MAX_HOLDS:
        raise TooManyHolds("hold_id", limit=MAX_HOLDS)
    if command.expires_at is not None and command.expires_at <= changes.at:
        raise HoldExpiryPassed("expires_at", expires_at=command.expires_at.isoformat())
    changes.emit(
        ev.HoldPlaced(
            changes.at,
            command.hold_id,
            command.kind,
            command.owner,
            command.note,
            tuple([what for what in HOLD_BLOCKS if what in command.blocks]),
            command.expires_at,
            command.then,
        )
    )


def release_hold(changes: Changes, command: ReleaseHold) -> None:
    """Precedence: unknown_id, not_hold_owner."""
    for hold in changes.order.standing.holds:
        if hold.id == command.hold_id:
            if hold.owner != command.owner and not _has_right(changes, command.owner, hold):
                raise NotHoldOwner("owner", owner=hold.owner, kind=hold.kind)
            waived = hold.owner == VALIDATION
            changes.emit(ev.HoldReleased(changes.at, hold.id, hold.kind, waived, command.owner))
            return
    raise UnknownId("hold_id", kind="hold", id=command.hold_id)


def _has_right(changes: Changes, owner: str, hold: Hold) -> bool:
    right = changes.context.policies.release_right(owner, hold)
    if type(right) is not bool:
        raise InvalidType("policies.release_right", expected="a bool")
    return right


# -- expiry ----------------------------------------------------------------------------------


def expiry(order: Order, context: OrderContext) -> datetime | None:
    """When the first hold of an order expires."""
    holds = order.standing.holds
    if not holds:
        return None
    return min((hold.expires_at for hold in holds if hold.expires_at is not None), default=None)


def expire(changes: Changes) -> None:
    """The first hold to expire ends; where its order is not to go on, what has not shipped goes with it."""
    moment = expiry(changes.order, changes.context)
    hold = next(hold for hold in changes.order.standing.holds if hold.expires_at == moment)
    if hold.then == CANCEL and (items := everything(changes.order, *CANCELLABLE)):
        # First, so that nobody sees the order go on.
        cancel_items(changes, items, HOLD_EXPIRED)
    changes.emit(ev.HoldReleased(changes.at, hold.id, hold.kind, False, hold.owner, moment))


# -- folding ---------------------------------------------------------------------------------


def evolve_hold_placed(order: Order, event: ev.HoldPlaced) -> Order:
    """One reason more."""
    old = order.standing
    held = Hold(
        event.hold_id, event.kind, event.owner, event.note, event.blocks, event.expires_at, event.then
    )
    return order.with_standing(changed(old, holds=(*old.holds, held)))


def evolve_hold_released(order: Order, event: ev.HoldReleased) -> Order:
    """One reason less. Where it had blocked routing, open units wait for a location from here on."""
    old = order.standing
    waived = old.waived | {event.kind} if event.waived else old.waived
    left = tuple(hold for hold in old.holds if hold.id != event.hold_id)
    since = old.waits_since
    if any(hold.id == event.hold_id and ROUTING in hold.blocks for hold in old.holds):
        # When it ended, and not when somebody noticed (S6).
        since = max(since, event.expired_at or event.at)
    return order.with_standing(changed(old, holds=left, waived=waived, waits_since=since))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    PlaceHold: place_hold,
    ReleaseHold: release_hold,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.HoldPlaced: evolve_hold_placed,
    ev.HoldReleased: evolve_hold_released,
}

DEADLINES: Deadlines = {"hold_expires": Deadline(expiry, expire, binding=True)}

__all__ = [
    "AT_EXPIRY",
    "MAX_HOLDS",
    "HoldExists",
    "HoldExpiryPassed",
    "NotHoldOwner",
    "PlaceHold",
    "ReleaseHold",
    "TooManyHolds",
    "holds_block",
    "place_hold",
    "release_hold",
]
