"""Requests to cancel: somebody would like units cancelled, which is not a cancel.

Decides that a request stands until it is answered, who answers it - a person, or the policy - and
what an accepted one comes to: what can still be cancelled is, and what has left already is told and
becomes a task, because it can only come back as a return. Must not know what cancelling does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from omcore.kernel.runs import count, intersection
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.policies import ACCEPT, DECLINE
from omcore.orders.selection import checked_wanted, chosen, everything, known_lines, line_units, select, size
from omcore.orders.standing.cancelling import CANCELLABLE, cancel_items
from omcore.orders.state import REQUESTED, CancelRequest, Items, Order, Wanted

ACCEPTED = "accepted"
DECLINED = "declined"
MAX_REQUESTS = 20

# Units that left, and that nobody sends back yet.
LEFT = (un.SHIPPED, un.ARRIVED, un.DELIVERED)

# Why units were cancelled: somebody asked for it.
BY_REQUEST = "customer"

# The name of a request that a channel tells of without one.
CHANNEL_REQUEST = "channel"


class CancelRequestExists(Refusal):
    """The order has another request to cancel with this id. Fields: id."""

    code = "cancel_request_exists"


class CancelRequestAnswered(Refusal):
    """The request to cancel was answered before. Fields: id, status."""

    code = "cancel_request_answered"


class TooManyCancelRequests(Refusal):
    """An order has at most 20 requests to cancel, answered ones among them. Fields: limit."""

    code = "too_many_cancel_requests"


class CancelRequestPending(Refusal):
    """A request to cancel is about these units and waits for its answer (*policy*). Fields: id."""

    code = "cancel_request_pending"


@record
class RequestCancel(Command):
    """Somebody would like units cancelled; without ``items`` all that has not shipped when it is answered.

    ``items`` are (line id, quantity or runs). A person answers with ``DecideCancelRequest``, or the
    policy ``cancel_requests`` does at once. Asking the same again says nothing new.
    """

    order_id: str
    request_id: str = BY_REQUEST
    items: Wanted = ()
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.request_id, "request_id")
        checked_wanted(self.items)
        checked_text(self.cause, "cause", high=200)


@record
class DecideCancelRequest(Command):
    """Accept a request to cancel, or decline it; ``by`` and ``reason`` say who did, and why."""

    order_id: str
    request_id: str
    accept: bool
    cause: str = attrs.field(default="", repr=False)

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.request_id, "request_id")
        if type(self.accept) is not bool:
            raise InvalidType("accept", expected="a bool")
        checked_text(self.cause, "cause", high=200)


# -- deciding --------------------------------------------------------------------------------


def request_cancel(changes: Changes, command: RequestCancel) -> None:
    """About an order that is over it is a late fact, noted once.

    Precedence: unknown_id, cancel_request_exists, too_many_cancel_requests, units_not_available.
    """
    order = changes.order
    known_lines(order, command.items)
    if order.standing.status in changes.context.chart.finals:
        if ("cancel_requested", command.request_id, "") not in order.standing.noted:
            changes.emit(ev.LateFactNoted(changes.at, "cancel_requested", command.request_id))
        return
    known = request_of(order, command.request_id)
    if known is not None:
        if known.wanted != command.items or known.status != REQUESTED:
            raise CancelRequestExists("request_id", id=known.id)
        return
    if len(order.standing.cancel_requests) >= MAX_REQUESTS:
        raise TooManyCancelRequests("request_id", limit=MAX_REQUESTS)
    select(order, command.items, (*CANCELLABLE, *LEFT))
    ask(changes, command.request_id, command.items, command.cause)


def ask(changes: Changes, request_id: str, wanted: Wanted, cause: str) -> None:
    """A request that is new; the policy may answer it."""
    changes.emit(ev.CancelRequested(changes.at, request_id, wanted, cause))
    request = changes.order.standing.cancel_requests[-1]
    answer = changes.context.policies.cancel_requests(changes.order, request)
    if type(answer) is not str or answer not in (ACCEPT, DECLINE, ""):
        raise InvalidType("policies.cancel_requests", expected="accept, decline, or empty text")
    if answer:
        _answer(changes, request, answer == ACCEPT, "", by_policy=True)


def ask_for_channel(changes: Changes) -> None:
    """A channel says with every snapshot that a cancel was asked for: it is one request."""
    standing = changes.order.standing
    if request_of(changes.order, CHANNEL_REQUEST) is None and len(standing.cancel_requests) < MAX_REQUESTS:
        ask(changes, CHANNEL_REQUEST, (), "")


def decide_request(changes: Changes, command: DecideCancelRequest) -> None:
    """An order that is over takes an answer too. Precedence: unknown_id, cancel_request_answered."""
    request = request_of(changes.order, command.request_id)
    if request is None:
        raise UnknownId("request_id", kind="request to cancel", id=command.request_id)
    if request.status != REQUESTED:
        raise CancelRequestAnswered("request_id", id=request.id, status=request.status)
    _answer(changes, request, command.accept, command.cause, by_policy=False)


def _answer(changes: Changes, request: CancelRequest, accept: bool, cause: str, *, by_policy: bool) -> None:
    gone, left = split(changes.order, request.wanted) if accept else ((), ())
    changes.emit(ev.CancelRequestDecided(changes.at, request.id, accept, left, by_policy, cause))
    if gone:
        cancel_items(changes, gone, BY_REQUEST)
    if left:
        # It can only come back as a return, which somebody has to offer.
        changes.emit(ev.LateFactNoted(changes.at, "cancelled_too_late", request.id, str(size(left))))


def split(order: Order, wanted: Wanted) -> tuple[Items, Items]:
    """The units of a request that can be cancelled, the highest first (M7), and those that have left.

    What was cancelled meanwhile, or is on its way back, is neither.
    """
    if not wanted:
        return everything(order, *CANCELLABLE), everything(order, *LEFT)
    gone, left = [], []
    for line_id, what in wanted:
        units = line_units(order, line_id)
        here, away = un.in_state(units, *CANCELLABLE), un.in_state(units, *LEFT)
        if isinstance(what, int):
            here = chosen(order, line_id, here, what, highest=True)
            away = chosen(order, line_id, away, what - count(here), highest=True)
        else:
            here, away = intersection(what, here), intersection(what, away)
        if here:
            gone.append((line_id, here))
        if away:
            left.append((line_id, away))
    return tuple(gone), tuple(left)


def request_of(order: Order, request_id: str) -> CancelRequest | None:
    """The request of an order that has this id, answered or not."""
    return next((entry for entry in order.standing.cancel_requests if entry.id == request_id), None)


def refuse_if_asked_to_cancel(order: Order, context: OrderContext, items: Items | Wanted) -> None:
    """Where the policy wants it, what a request is about stays until it is answered."""
    if not order.standing.cancel_requests or not context.policies.request_blocks_shipping:
        return
    lines = {line_id for line_id, _ in items}
    for request in order.standing.cancel_requests:
        if request.status == REQUESTED and (
            not request.wanted or any(line_id in lines for line_id, _ in request.wanted)
        ):
            raise CancelRequestPending("items", id=request.id)


# -- folding ---------------------------------------------------------------------------------


def evolve_requested(order: Order, event: ev.CancelRequested) -> Order:
    """One request more."""
    request = CancelRequest(event.request_id, event.wanted, event.at, REQUESTED)
    return order.with_standing(
        changed(order.standing, cancel_requests=(*order.standing.cancel_requests, request))
    )


def evolve_decided(order: Order, event: ev.CancelRequestDecided) -> Order:
    """The request has its answer."""
    status = ACCEPTED if event.accepted else DECLINED
    requests = tuple(
        changed(entry, status=status) if entry.id == event.request_id else entry
        for entry in order.standing.cancel_requests
    )
    return order.with_standing(changed(order.standing, cancel_requests=requests))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    RequestCancel: request_cancel,
    DecideCancelRequest: decide_request,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.CancelRequested: evolve_requested,
    ev.CancelRequestDecided: evolve_decided,
}

__all__ = [
    "BY_REQUEST",
    "LEFT",
    "MAX_REQUESTS",
    "CancelRequestAnswered",
    "CancelRequestExists",
    "CancelRequestPending",
    "DecideCancelRequest",
    "RequestCancel",
    "TooManyCancelRequests",
    "ask_for_channel",
    "refuse_if_asked_to_cancel",
    "request_of",
]
