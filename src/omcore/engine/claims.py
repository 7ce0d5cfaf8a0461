"""The claim that an order brought along: its own reservation, taken over or let go (S5, S7).

Decides what an order's reservation still holds, how an allocation is made out of it, and that it is
let go when nothing of the order is left to allocate. Must not know why units move.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.proposal import Proposal
from omcore.engine.requests import Load
from omcore.engine.stock_effects import Effects
from omcore.orders import events as ev
from omcore.ports import Write

Steps = Generator[Any, Any, Any]

# What a reservation holds, by (location, sku).
Own = Mapping[tuple[str, str], int]


def load_reservation(token: str, proposal: Proposal) -> Steps:
    """The reservation of a token, or None; its version is read."""
    stream = inv.reservation_stream(token)
    loaded = yield Load((stream,))
    proposal.reads[stream] = loaded[stream].version
    return loaded[stream].state


def live_claims(reservation: Any, now: datetime) -> dict[tuple[str, str], int]:
    """What an order's own reservation still holds, by (location, sku); nothing once it ended (S6)."""
    own: dict[tuple[str, str], int] = {}
    for item in () if reservation is None else inv.live_items(reservation, now):
        own[item.location, item.sku] = own.get((item.location, item.sku), 0) + item.quantity
    return own


def take_over(effects: Effects, own: Own, second: int) -> Effects:
    """Allocate out of the order's own claim first; what the plan did not use of it is freed."""
    taken = dict(effects)
    for key, held in own.items():
        operations: list[Any] = []
        left = held
        for operation in taken.get(key, []):
            if type(operation) is inv.Allocate and left:
                part = min(left, operation.quantity)
                left -= part
                operations.append(inv.Allocate(operation.quantity, ((second, part),)))
            else:
                operations.append(operation)
        if left:
            operations.append(inv.Unreserve(left, second))
        taken[key] = operations
    return taken


def confirm(reservation: Any, order_id: str, proposal: Proposal) -> None:
    """The claim has become the order's allocation."""
    _end(reservation, inv.confirm_reservation(reservation, order_id, proposal.now), proposal)


def let_go(reservation: Any, proposal: Proposal) -> None:
    """The claim is free again; the stock items have it from ``take_over``."""
    _end(reservation, inv.release_reservation(reservation, proposal.now), proposal)


def wants_none(decision: om.Decision) -> bool:
    """Whether units were cancelled, and none is left that a claim could be used for."""
    order = decision.order
    if not order.terms.reservation or order.progress.tally.open:
        return False
    return any(type(event) is ev.UnitsCancelled for event in decision.events)


def _end(reservation: Any, events: tuple[Any, ...], proposal: Proposal) -> None:
    state = reservation
    for event in events:
        state = inv.evolve_inventory(state, event)
    proposal.writes.append(Write(inv.reservation_stream(reservation.token), events, state))


__all__ = ["Own", "confirm", "let_go", "live_claims", "load_reservation", "take_over", "wants_none"]
