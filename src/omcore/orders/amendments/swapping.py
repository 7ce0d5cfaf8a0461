"""Swapping: what exchanges under way mean for the order's units and money.

Decides which units are spoken for, what is kept for an exchange or not captured because of it, and
when goods are sent for those that came back. It stands below returns and payments, that ask it; how an
exchange is agreed, paid and ended is ``exchanging``'s. Must not know commands.

Nothing of this is kept in the state: gate and credit are read off units, so they cannot drift.
"""

from __future__ import annotations

from datetime import datetime

from omcore.kernel import InvalidType, Runs
from omcore.kernel.runs import intersection, union
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.amendments.adding import add_units
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.draft import MAX_LINES, MAX_UNITS
from omcore.orders.entitlements import Entitlement, worth
from omcore.orders.kits import worth_left
from omcore.orders.selection import common, line_units, size
from omcore.orders.state import Exchange, Items, Order, OrderLine

# The state of an exchange.
WAITING = "waiting"
EXPECTING = "expecting"
SENT = "sent"
OVERDUE = "overdue"

_COMING = (un.RETURNING, un.RECEIVED)


def spoken_for(order: Order) -> tuple[tuple[str, Items], ...]:
    """Units that may not be returned, claimed or exchanged: (``claim:<id>`` or ``exchange:<id>``, items)."""
    amendments = order.amendments
    claimed = [(f"claim:{claim.id}", claim.items) for claim in amendments.claims.values()]
    exchanged = [
        (f"exchange:{exchange.id}", exchange.items)
        for exchange in amendments.exchanges.values()
        if exchange.status == WAITING
    ]
    return (*claimed, *exchanged)


def claimant(order: Order, items: Items) -> str:
    """What speaks for one of these units already; empty where nothing does."""
    return next((by for by, held in spoken_for(order) if common(held, items)), "")


def spoken_for_by_line(order: Order) -> dict[str, Runs]:
    """The same units by line, whatever speaks for them."""
    taken: dict[str, Runs] = {}
    for _, held in spoken_for(order):
        for line_id, runs in held:
            taken[line_id] = union(taken.get(line_id, ()), runs)
    return taken


def agreed_with(order: Order, return_id: str) -> bool:
    """Whether a return of this id is part of an exchange: it may not have been authorized yet."""
    return any(exchange.return_id == return_id for exchange in order.amendments.exchanges.values())


# -- what comes back -------------------------------------------------------------------------


def expected(order: Order, exchange: Exchange) -> Items:
    """Units that an exchange still waits for: on their way back, or under inspection."""
    return _held(order, exchange, _COMING)


def given_back(order: Order, exchange: Exchange) -> Items:
    """Units whose worth its return gave back."""
    return _held(order, exchange, un.GIVEN_BACK)


def _held(order: Order, exchange: Exchange, states: tuple[str, ...]) -> Items:
    found = []
    for line_id, wanted in exchange.items:
        runs = tuple(
            [
                (first, last)
                for first, last, state, ref in line_units(order, line_id)
                if state in states and ref == exchange.return_id
            ]
        )
        if held := intersection(wanted, runs):
            found.append((line_id, held))
    return tuple(found)


# -- money -----------------------------------------------------------------------------------


def due_of(order: Order, items: Items) -> int:
    """What units come to between merchant and customer, in minor units, less parts that came back."""
    net, tax, remitted, _ = worth_left(order, items)
    return net + tax - remitted


def fee_of(exchange: Exchange, items: Items) -> int:
    """What will be kept of the worth of some of an exchange's units (M9), in minor units."""
    by_line: dict[str, list[Entitlement]] = {}
    for line_id, first, last, each in exchange.fees:
        by_line.setdefault(line_id, []).append((first, last, each, 0, 0, 0))
    return sum([worth(tuple(by_line[line_id]), runs)[0] for line_id, runs in items if line_id in by_line])


def price_of(lines: tuple[OrderLine, ...]) -> int:
    """What lines that are not on an order yet will come to."""
    total = 0
    for line in lines:
        net, tax, remitted, _ = worth(line.entitlements, ((1, line.quantity),))
        total += net + tax - remitted
    return total


def gate_of(order: Order, exchange: Exchange) -> int:
    """What the order will owe for an exchange beyond what it owes now: money is kept for it."""
    if exchange.status not in (WAITING, EXPECTING):
        return 0
    coming = exchange.items if exchange.status == WAITING else expected(order, exchange)
    return max(price_of(exchange.lines) + fee_of(exchange, coming) - due_of(order, coming), 0)


def gate(order: Order) -> int:
    """Minor units that all changes under way will add to what is owed."""
    edits = sum([edit.gate for edit in order.amendments.edits.values()])
    return edits + sum([gate_of(order, exchange) for exchange in order.amendments.exchanges.values()])


def credit(order: Order, capturable: int) -> int:
    """Minor units of ``capturable`` that are not captured: goods that come back will pay for them.

    Never more than what was sent for these, as far as it has gone out or may be captured before: so no
    other goods wait for their capture.
    """
    whole, ahead = 0, max(capturable - order.payments.earned, 0)
    for exchange in order.amendments.exchanges.values():
        if exchange.status != SENT or not (coming := expected(order, exchange)):
            continue
        left = due_of(order, coming) - fee_of(exchange, coming)
        out = min(left, _sent_in(order, exchange, _OUT))
        before = min(left - out, _sent_in(order, exchange, _WAITING), ahead)
        whole, ahead = whole + out + before, ahead - before
    return whole


def promised(order: Order) -> int:
    """What goods that are expected back will pay of those that were sent for them, in minor units."""
    whole = 0
    for exchange in order.amendments.exchanges.values():
        if exchange.status == SENT:
            coming = expected(order, exchange)
            pays = due_of(order, coming) - fee_of(exchange, coming)
            whole += min(pays, kept_of(order, exchange))
    return whole


def reserved(order: Order) -> int:
    """What was paid or authorized for exchanges that wait for their goods: it pays for nothing else."""
    under_way = order.amendments.exchanges.values()
    return sum([gate_of(order, exchange) for exchange in under_way if exchange.status == EXPECTING])


def amount_due(context: OrderContext, order: Order, more: int) -> int:
    """What has to be authorized or paid before the order may owe that much more, by the policy."""
    if not more:
        return 0
    due = context.policies.due_before(order, more + reserved(order))
    if type(due) is not int:  # no float ever becomes money (M1), nor what an embedder forgot
        raise InvalidType("policies.due_before", expected="an int of minor units")
    return max(min(due, more), 0)


_OUT = (un.SHIPPED, un.ARRIVED, un.DELIVERED, un.RETURNING, un.RECEIVED)
_WAITING = (un.OPEN, un.ALLOCATED, un.CHANNEL)


def _sent_in(order: Order, exchange: Exchange, states: tuple[str, ...]) -> int:
    """The worth of what was sent and is in one of the states."""
    items = [(line.id, un.in_state(line_units(order, line.id), *states)) for line in exchange.lines]
    return due_of(order, tuple(items))


def kept_of(order: Order, exchange: Exchange) -> int:
    """The worth of what was sent and neither cancelled nor given back, in minor units."""
    return _sent_in(order, exchange, (*_OUT, *_WAITING))


# -- goods for goods -------------------------------------------------------------------------


def send_for(changes: Changes, return_id: str, items: Items) -> None:
    """To be called before the worth of returned units is given back.

    Where they are the last that an exchange waited for, what goes out is added now: so an order of
    which all comes back goes on, and its money changes hands once.
    """
    order = changes.order
    for exchange in order.amendments.exchanges.values():
        if exchange.return_id != return_id or exchange.status != EXPECTING:
            continue
        back = size(given_back(order, exchange)) + size(common(exchange.items, items))
        if back == size(exchange.items) and may_send(order, exchange):
            send(changes, exchange, None)


def may_send(order: Order, exchange: Exchange) -> bool:
    """Whether the order still has room for what goes out, and no line of those names."""
    lines = order.terms.lines
    units = sum([line.quantity for line in lines]) + sum([line.quantity for line in exchange.lines])
    return (
        len(lines) + len(exchange.lines) <= MAX_LINES
        and units <= MAX_UNITS
        and not any(line.id in order.terms.index for line in exchange.lines)
    )


def send(changes: Changes, exchange: Exchange, due_at: datetime | None) -> None:
    """What goes out joins the order."""
    add_units(changes, f"exchange:{exchange.id}", exchange.lines)
    changes.emit(ev.ExchangeSent(changes.at, exchange.id, due_at))


__all__ = [
    "EXPECTING",
    "OVERDUE",
    "SENT",
    "WAITING",
    "agreed_with",
    "amount_due",
    "claimant",
    "credit",
    "due_of",
    "expected",
    "fee_of",
    "gate",
    "gate_of",
    "given_back",
    "kept_of",
    "may_send",
    "price_of",
    "promised",
    "reserved",
    "send",
    "send_for",
    "spoken_for",
    "spoken_for_by_line",
]
