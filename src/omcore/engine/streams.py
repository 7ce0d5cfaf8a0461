"""Deciding an order command together with the stock that it moves.

Decides how one command over an order and many stock items gets one ``now`` and one set of writes.
Must not know which command it is, or how stock items refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.built_kits import kits_asked, take_apart, with_streams
from omcore.engine.claims import let_go, live_claims, load_reservation, take_over, wants_none
from omcore.engine.delivery import with_delivery
from omcore.engine.promises import with_promises
from omcore.engine.proposal import Proposal
from omcore.engine.requests import Load
from omcore.engine.setup import Setup
from omcore.engine.stock_effects import Effects, stock_effects
from omcore.kernel import EPOCH, Command, Contact
from omcore.ports import Loaded, Write

Steps = Generator[Any, Any, Any]


def decide_order(
    command: Command,
    order: om.Order | None,
    setup: Setup,
    proposal: Proposal,
    adjust: Callable[[Effects], Effects] | None = None,
) -> Steps:
    """Decide an order command, and the stock operations of its events, at one ``now``.

    ``adjust`` may change the operations, to take over what an order's own reservation holds (S5). Where
    units were cancelled and none is left to allocate, the reservation is let go (S7).
    """
    stream = proposal.subject
    context = setup.context
    # Another stream that was read, such as a reservation, may have seen a later moment already.
    seen = proposal.now if proposal.now > command.at else EPOCH
    while True:
        decision = om.decide(order, command, context, seen)
        effects = stock_effects(decision.order, decision.events)
        if adjust is not None:
            effects = adjust(effects)
        effects = with_promises(effects, order, decision.order)
        proposal.now = decision.order.seen_at
        claim = None
        if adjust is None and wants_none(decision):
            claim = yield from load_reservation(decision.order.terms.reservation, proposal)
            if claim is not None and claim.seen_at > proposal.now:
                seen = claim.seen_at
                continue
            if own := live_claims(claim, proposal.now):
                effects = take_over(effects, own, inv.reservation_second(claim))
            else:
                claim = None
        if not effects:
            break
        asked = kits_asked(decision.order, decision.events, setup.catalog)
        effects = with_streams(effects, asked)
        stocks = yield from load_stock(effects, proposal)
        seen = max((item.seen_at for item in stocks.values() if item is not None), default=EPOCH)
        if seen <= proposal.now:
            write_stock(take_apart(effects, asked, stocks, proposal.now), stocks, proposal, decision.order.id)
            if claim is not None:
                let_go(claim, proposal)
            break
        # One command has one now: the latest that any stream it reads has seen. By then a deadline
        # of the order may have passed, so that other units move (S6).
    decision = with_delivery(decision, setup, proposal.carried)
    if decision.events:
        proposal.writes.insert(0, Write(stream, decision.events, decision.order))
    proposal.state = decision.order
    proposal.private = _private(command, decision)


def decide_together(
    commands: Sequence[Command], orders: Mapping[str, om.Order], setup: Setup, proposal: Proposal
) -> Steps:
    """Commands over several orders, decided one after the other at one ``now``, with all that they move.

    ``orders`` by id, as they were read. Returns the orders after them.
    """
    while True:
        now = max([proposal.now, *[order.seen_at for order in orders.values()]])
        after = dict(orders)
        events: dict[str, tuple[Any, ...]] = {}
        effects: dict[tuple[str, str], list[tuple[str, list[Any]]]] = {}
        for command in commands:
            order_id = om.order_id_for(command)
            decision = with_delivery(
                om.decide(after[order_id], command, setup.context, now), setup, proposal.carried
            )
            moved = stock_effects(decision.order, decision.events)
            for place, operations in with_promises(moved, after[order_id], decision.order).items():
                effects.setdefault(place, []).append((order_id, operations))
            after[order_id] = decision.order
            events[order_id] = events.get(order_id, ()) + decision.events
        stocks = yield from load_stock(effects, proposal)
        proposal.now = max([now, *[item.seen_at for item in stocks.values() if item is not None]])
        if proposal.now == now:
            break
    for (location, sku), parts in sorted(effects.items()):
        item = stocks[location, sku]
        made_here: tuple[Any, ...] = ()
        for order_id, operations in parts:
            told, item = inv.decide_operations(
                item, operations, proposal.now, sku=sku, location=location, reference=order_id
            )
            made_here += told
        if made_here:
            proposal.writes.append(Write(inv.stock_stream(location, sku), made_here, item))
    for order_id, made in events.items():
        if made:
            proposal.writes.append(Write(f"order/{order_id}", made, after[order_id]))
    return after


def _private(command: Command, decision: om.Decision) -> dict[str, Contact | None]:
    order = decision.order
    if type(command) is om.ErasePersonalData:
        return {order.id: None}
    if isinstance(command, (om.PlaceOrder, om.ImportOrder)):
        contact = command.draft.contact
        if contact is not None and decision.events and not order.standing.erased:
            return {order.id: contact}
    if type(command) is om.ConfirmEdit and command.contact is not None and not order.standing.erased:
        return {order.id: command.contact}
    return {}


def load_stock(effects: Mapping[tuple[str, str], Any], proposal: Proposal) -> Steps:
    """The stock items by (location, sku), in sorted stream order; their versions are read."""
    names = {key: inv.stock_stream(key[0], key[1]) for key in sorted(effects)}
    loaded: Mapping[str, Loaded] = yield Load(tuple(names.values()))
    for name in names.values():
        proposal.reads[name] = loaded[name].version
    return {key: loaded[name].state for key, name in names.items()}


def write_stock(
    effects: Effects, stocks: Mapping[tuple[str, str], Any], proposal: Proposal, reference: str
) -> None:
    """Decide the operations on every stock item; the first refusal ends it all."""
    for key in sorted(effects):
        location, sku = key
        events, item = inv.decide_operations(
            stocks[key], effects[key], proposal.now, sku=sku, location=location, reference=reference
        )
        if events:
            proposal.writes.append(Write(inv.stock_stream(location, sku), events, item))


__all__ = ["decide_order", "decide_together", "load_stock", "write_stock"]
