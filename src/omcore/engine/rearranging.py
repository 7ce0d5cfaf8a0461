"""Carrying out better plans: the moves of many orders, with the stock of all of them, in one commit.

Decides that everything is as it was planned, or nothing happens. Must not know what the plans are better for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omcore import orders as om
from omcore.engine.claim_holders import REOPTIMIZED
from omcore.engine.commands import ApplyReoptimization
from omcore.engine.proposal import Proposal
from omcore.engine.requests import Load
from omcore.engine.setup import Setup
from omcore.engine.streams import Steps, decide_together
from omcore.kernel import Refusal, UnknownId, checked_instant, effective_now, rebuild_error
from omcore.ports import Loaded


def apply(command: ApplyReoptimization, setup: Setup, proposal: Proposal) -> Steps:
    """See ``ApplyReoptimization``.

    Precedence: unknown_id, then of the first order in which anything is: as ``RearrangeWork``; then what
    stock items say: insufficient_stock.
    """
    names = [f"order/{order_id}" for order_id, _ in command.changes]
    proposal.subject = names[0]
    loaded: Mapping[str, Loaded] = yield Load(tuple(sorted(names)))
    orders: dict[str, om.Order] = {}
    for i, (name, (order_id, moves)) in enumerate(zip(names, command.changes, strict=True)):
        proposal.reads[name] = loaded[name].version
        order = loaded[name].state
        if type(order) is not om.Order:
            raise UnknownId(f"changes[{i}].order_id", kind="order", id=order_id)
        orders[order_id] = order
        setup.check_locations(tuple([location for _, location, _ in moves]))
    now = checked_instant(command.at)
    for order in orders.values():
        now = effective_now(now, order.seen_at)
    proposal.now = now
    commands = []
    for i, (order_id, moves) in enumerate(command.changes):
        common: dict[str, Any] = {"key": command.key, "at": now, "by": command.by, "reason": command.reason}
        each = om.RearrangeWork(order_id, moves, REOPTIMIZED, **common)
        try:
            om.decide(orders[order_id], each, setup.context, now)
        except Refusal as refusal:
            path = f"changes[{i}].{refusal.path}"
            raise rebuild_error(refusal.code, path, dict(refusal.fields)) from None
        commands.append(each)
    after = yield from decide_together(commands, orders, setup, proposal)
    proposal.state = after[command.changes[0][0]]


__all__ = ["apply"]
