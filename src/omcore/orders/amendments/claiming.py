"""Claims: units that arrived damaged, late, as another item, or not at all.

Decides how a claim is opened and resolved without anything coming back: a *refund* gives the worth of
the units back (M6), less that of parts which came back; a *replacement* puts other units of the line in
their place with the same worth, an *allowance* takes something off what is owed, and a *rejection* says why
not. A unit is under one claim at most, and is not returned meanwhile. Must not know stock - no goods are
here - or how money moves: settling finds the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    InvalidMoney,
    InvalidType,
    Money,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.amendments.adding import add_units
from omcore.orders.amendments.swapping import claimant
from omcore.orders.changes import Changes, refuse_if_over
from omcore.orders.entitlements import restated
from omcore.orders.kits import worth_left
from omcore.orders.payments.conceding import grant_allowance
from omcore.orders.payments.ledger import give_back, replace_owed
from omcore.orders.returns.naming import refuse_parted
from omcore.orders.selection import (
    Wanted,
    checked_wanted,
    common,
    known_lines,
    line_units,
    relocated,
    select,
    select_from,
    size,
    subtract,
)
from omcore.orders.state import NO_AMENDMENTS, Claim, Items, Order

MAX_CLAIMS = 100

# What may be wrong.
DAMAGED = "damaged"
MISSING = "missing"
LATE = "late"
WRONG_ITEM = "wrong_item"
CLAIM_KINDS = (DAMAGED, MISSING, LATE, WRONG_ITEM)

# What is done about it.
REFUND = "refund"
REPLACE = "replace"
ALLOWANCE = "allowance"
REJECT = "reject"
RESOLUTIONS = (REFUND, REPLACE, ALLOWANCE, REJECT)
OVERTAKEN = "overtaken"

# Units that the customer may miss, or may have.
CLAIMABLE = (un.SHIPPED, un.DELIVERED)


class ClaimExists(Refusal):
    """The order has an open claim with this id. Fields: id."""

    code = "claim_exists"


class TooManyClaims(Refusal):
    """At most 100 claims of an order are open at once. Fields: limit."""

    code = "too_many_claims"


class UnitsClaimed(Refusal):
    """Units are under another claim, or wait for an exchange. Fields: by (as ``claim:<id>``)."""

    code = "units_claimed"


@record
class OpenClaim(Command):
    """The customer says that something is wrong: ``kind`` is damaged, missing, late or wrong_item."""

    order_id: str
    claim_id: str
    kind: str
    items: Wanted

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.claim_id, "claim_id")
        if type(self.kind) is not str or self.kind not in CLAIM_KINDS:
            raise InvalidType("kind", expected="one of " + ", ".join(CLAIM_KINDS))
        checked_wanted(self.items)
        if not self.items:
            raise InvalidType("items", expected="at least one line")


@record
class ResolveClaim(Command):
    """Settle a claim, or the part of it that ``items`` name, with no goods coming back.

    ``resolution``: refund, replace, allowance or reject. ``amount`` is what is taken off what the order
    owes: all there is to an allowance, and possible beside a refund or a replacement, as for the shipping
    of a parcel that was lost. ``cause`` says why; a rejection has one.
    """

    order_id: str
    claim_id: str
    resolution: str
    items: Wanted = ()
    amount: Money | None = None
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.claim_id, "claim_id")
        if type(self.resolution) is not str or self.resolution not in RESOLUTIONS:
            raise InvalidType("resolution", expected="one of " + ", ".join(RESOLUTIONS))
        checked_wanted(self.items)
        if self.amount is not None and type(self.amount) is not Money:
            raise InvalidMoney("amount", reason="not Money: exact minor units and their currency")
        if self.amount is not None and (self.amount.minor <= 0 or self.resolution == REJECT):
            raise InvalidType("amount", expected="a positive amount, and none for a rejection")
        if self.amount is None and self.resolution == ALLOWANCE:
            raise InvalidType("amount", expected="what is taken off")
        checked_text(self.cause, "cause", high=200)
        if self.resolution == REJECT and not self.cause:
            raise InvalidType("cause", expected="the reason of a rejection")


# -- deciding --------------------------------------------------------------------------------


def open_claim(changes: Changes, command: OpenClaim) -> None:
    """Precedence: unknown_id, order_is_over, claim_exists, too_many_claims, units_not_available,
    units_claimed.
    """
    order = changes.order
    known_lines(order, command.items)
    refuse_if_over(order, changes.context)
    claims = order.amendments.claims
    if command.claim_id in claims:
        raise ClaimExists("claim_id", id=command.claim_id)
    if len(claims) >= MAX_CLAIMS:
        raise TooManyClaims("claim_id", limit=MAX_CLAIMS)
    items = select(order, command.items, CLAIMABLE)
    if by := claimant(order, items):
        raise UnitsClaimed("items", by=by)
    changes.emit(ev.ClaimOpened(changes.at, command.claim_id, command.kind, items))


def resolve_claim(changes: Changes, command: ResolveClaim) -> None:
    """Precedence: unknown_id, units_not_available, currency_mismatch, whole_units_only, limit_exceeded,
    allowance_too_large.

    whole_units_only: what stands for a unit has all of its worth. limit_exceeded: what a replacement would
    be too much for.
    """
    order = changes.order
    claim = order.amendments.claims.get(command.claim_id)
    if claim is None:
        raise UnknownId("claim_id", kind="claim", id=command.claim_id)
    known_lines(order, command.items)
    items = select_from(changes.order, claim.items, command.items) if command.items else claim.items
    amount = command.amount
    if amount is not None:
        Money.zero(order.terms.currency) + amount  # CurrencyMismatch for any other
    if command.resolution == REFUND:
        _refund(changes, claim, items)
    elif command.resolution == REPLACE:
        _replace(changes, claim, items)
    if amount is not None:
        grant_allowance(changes, f"claim/{claim.id}", claim.kind, amount, command.cause)
    _resolved(changes, claim, command.resolution, items, command.cause)


def _refund(changes: Changes, claim: Claim, items: Items) -> None:
    """The goods stay where they are: with the customer, or with nobody. What is damaged or another item
    is there; what is missing is not; what is late is not as long as it is on its way."""
    order = changes.order
    on_the_way = _on_the_way(order, items)
    lost = items if claim.kind == MISSING else on_the_way if claim.kind == LATE else ()
    kept, worth = subtract(items, lost), worth_left(order, items)
    changes.emit(ev.ClaimRefunded(changes.at, claim.id, kept, lost, size(on_the_way), *worth))


def _on_the_way(order: Order, items: Items) -> Items:
    shipped = [(line_id, un.in_state(line_units(order, line_id), un.SHIPPED)) for line_id, _ in items]
    return common(items, tuple(shipped))


def _replace(changes: Changes, claim: Claim, items: Items) -> None:
    """The new units come first, so that an order which is wholly replaced goes on."""
    order = changes.order
    refuse_parted(order, items)
    by = []
    for line_id, runs in items:
        line = order.terms.line(line_id)
        by.append((line_id, restated(line.entitlements, runs, line.quantity + 1)))
    add_units(changes, f"claim:{claim.id}", more=tuple(by))
    changes.emit(
        ev.UnitsReplaced(
            changes.at, claim.id, items, tuple(by), size(_on_the_way(order, items)), *order.worth(items)
        )
    )


def _resolved(changes: Changes, claim: Claim, resolution: str, items: Items, cause: str) -> None:
    complete = not subtract(claim.items, items)
    changes.emit(ev.ClaimResolved(changes.at, claim.id, claim.kind, resolution, items, complete, cause))


def follow_up(changes: Changes) -> None:
    """What was under a claim and left again, as a lost parcel that is sent anew, is so no longer."""
    for claim in tuple(changes.order.amendments.claims.values()):
        order = changes.order
        there = [(line_id, un.in_state(line_units(order, line_id), *CLAIMABLE)) for line_id, _ in claim.items]
        if gone := subtract(claim.items, tuple(there)):
            _resolved(changes, claim, OVERTAKEN, gone, "")


# -- folding ---------------------------------------------------------------------------------


def evolve_opened(order: Order, event: ev.ClaimOpened) -> Order:
    """One claim more is open."""
    claim = Claim(event.claim_id, event.kind, event.items, event.at)
    return _with_claims(order, {**order.amendments.claims, claim.id: claim})


def evolve_refunded(order: Order, event: ev.ClaimRefunded) -> Order:
    """The units are written off, and their worth is owed to the customer."""
    for items, state in ((event.kept, un.KEPT), (event.lost, un.LOST)):
        order = _moved(order, items, state, _held_by(event.claim_id))
    return order.with_payments(
        give_back(order.payments, event.net, event.tax, event.remitted, event.funded, 0)
    )


def evolve_replaced(order: Order, event: ev.UnitsReplaced) -> Order:
    """What the units were worth is owed for those that stand for them, and earned when these go out."""
    worth = (event.net, event.tax, event.remitted, event.funded)
    payments = replace_owed(order.payments, *worth)
    return _moved(order, event.items, un.REPLACED, _held_by(event.claim_id)).with_payments(payments)


def evolve_resolved(order: Order, event: ev.ClaimResolved) -> Order:
    """The claim is about fewer units, or done."""
    claims = dict(order.amendments.claims)
    claim = claims.pop(event.claim_id)
    if left := subtract(claim.items, event.items):
        claims[claim.id] = changed(claim, items=left)
    return _with_claims(order, claims)


def _held_by(claim_id: str) -> str:
    # No return has an identifier with a slash: what a claim wrote off is never taken for a return's.
    return f"claim/{claim_id}"


def _moved(order: Order, items: Items, state: str, ref: str) -> Order:
    units, tally = relocated(order, items, state, ref)
    return order.with_progress(changed(order.progress, units=units, tally=tally))


def _with_claims(order: Order, claims: Mapping[str, Claim]) -> Order:
    amendments = changed(order.amendments, claims=claims)
    return changed(order, amendments=NO_AMENDMENTS if amendments == NO_AMENDMENTS else amendments)


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    OpenClaim: open_claim,
    ResolveClaim: resolve_claim,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.ClaimOpened: evolve_opened,
    ev.ClaimRefunded: evolve_refunded,
    ev.UnitsReplaced: evolve_replaced,
    ev.ClaimResolved: evolve_resolved,
}

__all__ = [
    "CLAIM_KINDS",
    "MAX_CLAIMS",
    "RESOLUTIONS",
    "ClaimExists",
    "OpenClaim",
    "ResolveClaim",
    "TooManyClaims",
    "UnitsClaimed",
    "follow_up",
    "open_claim",
    "resolve_claim",
]
