"""The order aggregate: two tables over its facets.

Decides which facet decides which command and folds which event, and what follows every command:
validation is asked again, and money is settled. Must not know any rule of its own.

    decide(order, command, context) -> Decision     or raises a typed refusal; changes nothing
    evolve(order, event) -> order                   cannot refuse; never asks the chart
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.kernel import (
    EPOCH,
    Catalog,
    Command,
    CurrencyMismatch,
    UnknownEvent,
    UnknownId,
    checked_instant,
    effective_now,
    record,
)
from omcore.kernel.errors import InvalidType
from omcore.orders.amendments import adding, claiming, editing, exchanging
from omcore.orders.backorders import still_waiting
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.deadlines import Deadlines, MeetDeadlines, earliest, is_due, meet_deadlines, waits
from omcore.orders.fulfillment import (
    allocating,
    backordering,
    fulfilling,
    moving,
    pickup,
    promising,
    rearranging,
    shipping,
)
from omcore.orders.payments import conceding, ledger, settling, tendering
from omcore.orders.placement import importing, placing
from omcore.orders.placement.importing import ImportOrder
from omcore.orders.placement.placing import OrderExists, PlaceOrder, order_id_of
from omcore.orders.placement.validation import DEFAULT_RULES, revalidate
from omcore.orders.policies import Policies
from omcore.orders.promises import still_promised
from omcore.orders.returns import authorizing, inspecting, receiving
from omcore.orders.returns.money import give_shipping_back
from omcore.orders.standing import cancel_requests, cancelling, holds, stages
from omcore.orders.state import NO_AMENDMENTS, Order


@record
class Decision:
    """What a command comes to: its events, and the order after them."""

    events: tuple[Any, ...]
    order: Order


# Every facet brings its own commands and its own folds.
_FACETS = (
    placing,
    settling,
    ledger,
    tendering,
    conceding,
    holds,
    allocating,
    fulfilling,
    moving,
    rearranging,
    backordering,
    shipping,
    promising,
    pickup,
    cancel_requests,
    cancelling,
    adding,
    editing,
    authorizing,
    receiving,
    inspecting,
    exchanging,
    claiming,
    stages,
    importing,
)

DECIDE: dict[type, Callable[[Changes, Any], None]] = {
    kind: decider for facet in _FACETS for kind, decider in getattr(facet, "COMMANDS", {}).items()
}

EVOLVE: Mapping[type, Callable[[Any, Any], Order]] = {
    kind: step for facet in _FACETS for kind, step in getattr(facet, "EVENTS", {}).items()
}

DEADLINES: Deadlines = {
    name: deadline for facet in _FACETS for name, deadline in getattr(facet, "DEADLINES", {}).items()
}

# Those that every command looks at.
_BINDING = tuple(deadline for deadline in DEADLINES.values() if deadline.binding)

# What a facet does about the facts of any command, while an amendment of the order is under way.
FOLLOW_UPS: tuple[Callable[[Changes], None], ...] = tuple(
    facet.follow_up for facet in _FACETS if hasattr(facet, "follow_up")
)


def _meet(changes: Changes, _: MeetDeadlines) -> None:
    """Precedence: none."""
    meet_deadlines(changes, DEADLINES)


DECIDE[MeetDeadlines] = _meet

ORDER_COMMANDS: tuple[type[Command], ...] = (PlaceOrder, ImportOrder, *DECIDE)

# Somebody would like these to happen; the other commands tell what has happened.
_ASKING = frozenset(
    {
        holds.PlaceHold,
        allocating.AllocateUnits,
        moving.MoveFulfillment,
        rearranging.RearrangeWork,
        shipping.ShipUnits,
        shipping.CollectUnits,
        cancelling.CancelUnits,
        editing.ConfirmEdit,
    }
)


def default_context() -> OrderContext:
    """An empty catalog, the default policies and rules, the base chart."""
    return OrderContext(Catalog(), Policies(), DEFAULT_RULES)


def order_id_for(command: Command) -> str:
    """Which order a command is about."""
    if type(command) is PlaceOrder or type(command) is ImportOrder:
        return command.order_id or order_id_of(command.draft.ref)
    if type(command) not in DECIDE:
        raise InvalidType("command", expected="an order command")
    order_id: str = command.order_id  # type: ignore[attr-defined]  # every other order command has one
    return order_id


def decide(order: Order | None, command: Command, context: OrderContext, seen: datetime = EPOCH) -> Decision:
    """Decide a command against an order (None: there is none yet).

    ``seen`` is the latest instant that any other stream of the command has seen: one command has
    one ``now``.

    Returns the events and the order after them; no events where there is nothing new. Raises a
    subclass of ``OmcoreError`` and has changed nothing.
    """
    kind = type(command)
    decider = DECIDE.get(kind)
    if decider is None and kind is not PlaceOrder and kind is not ImportOrder:
        raise InvalidType("command", expected="an order command")
    if order is not None and type(order) is not Order:
        raise InvalidType("order", expected="Order or None")
    if type(context) is not OrderContext:
        raise InvalidType("context", expected="OrderContext")
    now = command.at  # checked when the command was made
    if seen is not EPOCH:
        now = effective_now(now, checked_instant(seen, "seen"))
    if order is not None and order.seen_at > now:
        now = effective_now(now, order.seen_at)
    changes = Changes(order, context, now, EVOLVE)
    if decider is None:
        if order is not None and waits(order, context):
            # No money is asked for yet: the snapshot may tell that the channel gave it back (C8).
            _pass_time(changes, _agree)
        _place_or_import(changes, changes.order, command)
        if changes.order.progress.returns:
            give_shipping_back(changes)
        if changes.order.amendments is not NO_AMENDMENTS:
            _amend(changes)
        if changes.order.backorders:
            backordering.follow(changes)
        settling.settle(changes)
    else:
        if order is None or order.terms.order_id != command.order_id:  # type: ignore[attr-defined]  # as below
            raise UnknownId("order_id", kind="order", id=order_id_for(command))
        if waits(order, context):
            _pass_time(changes)
        changes.asked = kind in _ASKING
        decider(changes, command)
        changes.asked = False  # what follows from it nobody asked for
        _follow(changes)
    return Decision(tuple(changes.events), changes.order)


def _follow(changes: Changes) -> None:
    """What follows every command: the rules are asked again, amendments go on, money is settled."""
    _agree(changes)
    settling.settle(changes)


def _pass_time(changes: Changes, follow: Callable[[Changes], None] = _follow) -> None:
    """What has passed by now has happened, whether or not anybody looked (S6)."""
    if is_due(changes.order, changes.context, changes.at, _BINDING):
        meet_deadlines(changes, DEADLINES)
        follow(changes)


def _agree(changes: Changes) -> None:
    """All that follows but the money."""
    if not changes.order.standing.validated:
        revalidate(changes)
    if changes.order.progress.returns:
        give_shipping_back(changes)
    if changes.order.amendments is not NO_AMENDMENTS:
        _amend(changes)
    if changes.order.backorders:
        backordering.follow(changes)


def _amend(changes: Changes) -> None:
    for follow_up in FOLLOW_UPS:
        follow_up(changes)


def _place_or_import(changes: Changes, order: Order | None, command: Any) -> None:
    draft = command.draft
    if order is None:
        order_id = command.order_id or order_id_of(draft.ref)
        placing.place(changes, draft, order_id, command.reservation, command.signals)
        if importing.has_news(draft):
            importing.reconcile(changes, draft)
        # Only now: nothing is authorized for an order that its channel has cancelled already.
        placing.authorize(changes)
        revalidate(changes)
    elif type(command) is PlaceOrder or draft.ref != order.terms.ref:
        raise OrderExists("order_id", id=order.id)
    elif draft.currency != order.terms.currency:
        raise CurrencyMismatch("draft.currency", left=order.terms.currency, right=draft.currency)
    elif importing.see(changes, draft):
        importing.reconcile(changes, draft)
        revalidate(changes)


def next_deadline(order: Order, context: OrderContext) -> datetime | None:
    """When an order wants ``MeetDeadlines``; None while nothing of it depends on time.

    Errors: ``InvalidType`` for what is no order or no context.
    """
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    if type(context) is not OrderContext:
        raise InvalidType("context", expected="OrderContext")
    first = earliest(order, context, DEADLINES.values())
    return None if first is None else first[0]


def as_of(order: Order, context: OrderContext, now: datetime) -> Order:
    """The order as a command at ``now`` finds it: what has passed by then has happened (S6).

    Nothing is recorded by it. Errors: ``InvalidType``; ``ClockSkew`` where the order has seen much later.
    """
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    if type(context) is not OrderContext:
        raise InvalidType("context", expected="OrderContext")
    changes = Changes(order, context, effective_now(checked_instant(now, "now"), order.seen_at), EVOLVE)
    _pass_time(changes)
    return changes.order


def evolve(order: Order | None, event: Any) -> Order:
    """The order after an event.

    Raises ``UnknownEvent`` for what is no order event, or cannot be the first of an order.
    """
    step = EVOLVE.get(type(event))
    if step is None or (order is None and step is not placing.evolve_placed):
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    after = step(order, event)
    if after.backorders and order is not None and after.progress is not order.progress:
        after = still_waiting(after)
    if after.promises and order is not None and after.progress is not order.progress:
        after = still_promised(after, order)
    if event.at > after.seen_at:
        return Order(
            after.terms,
            after.progress,
            after.payments,
            after.standing,
            after.amendments,
            event.at,
            after.backorders,
            after.promises,
        )
    return after


def replay(events: Sequence[Any]) -> Order:
    """The order that a stream of events amounts to (C5). ``InvalidType`` for what is no sequence."""
    if type(events) is not list and type(events) is not tuple:
        raise InvalidType("events", expected="list or tuple of events")
    order: Order | None = None
    for event in events:
        order = evolve(order, event)
    if order is None:
        raise UnknownId("events", kind="order", id="")
    return order


__all__ = [
    "DEADLINES",
    "DECIDE",
    "EVOLVE",
    "ORDER_COMMANDS",
    "Decision",
    "as_of",
    "decide",
    "default_context",
    "evolve",
    "next_deadline",
    "order_id_for",
    "replay",
]
