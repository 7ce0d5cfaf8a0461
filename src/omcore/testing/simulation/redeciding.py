"""Redeciding: every answer once more, at its place in the history, and by itself.

Decides whether a commit is what its command comes to on the streams as they stood before it: the same
answer, the same events, the same states, the same reads. So whoever decided on what was never so, told
a client something else than is recorded, or depends on anything but its arguments, is found. Must not
know what a command means.

What was decided on a manager's view of stock is decided again without it: a plan is taken as it is
recorded, and what follows from it is decided again. Four things are not, because only that view had
them: which claims ``DisplaceClaims`` takes, what a plan promises of supply, the refusal of a plan, and what
a validation rule says that asked how much there is.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from copy import copy
from functools import partial
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.batch import execute_all
from omcore.engine.claims import confirm, live_claims, take_over
from omcore.engine.commands import DisplaceClaims, RouteOrder
from omcore.engine.core import ANSWERS, carry_out, commit_of, handler_of
from omcore.engine.proposal import Proposal
from omcore.engine.requests import Load, ReadHistory
from omcore.engine.routes import load_routable
from omcore.engine.setup import Setup
from omcore.engine.streams import decide_order
from omcore.kernel import Command, OmcoreError
from omcore.orders.backorders import BACKORDER, LEAVE_OPEN
from omcore.ports import NOTHING, Commit
from omcore.testing._store_clauses import difference
from omcore.testing.simulation.mirror import Mirror
from omcore.testing.simulation.promises import Broken

SAME = "PR4"

_CARRYING_OUT = carry_out.__code__
_CARRYING_OUT_ALL = execute_all.__code__


class _NotToBeSaid(Exception):
    """What was decided hung on a view of stock that is not there any more."""


def _asked_of_the_view(sku: str) -> int:
    raise _NotToBeSaid


class Again:
    """Decides commits again, on a mirror."""

    def __init__(self, setup: Setup, mirror: Mirror) -> None:
        self._setup = copy(setup)
        self._setup.context = attrs.evolve(setup.context, available=_asked_of_the_view)
        self._mirror = mirror
        self.decided = self.passed_over = 0

    def decide(self, commit: Commit, command: Command) -> None:
        """A commit that the mirror has not taken yet is what its command comes to."""
        proposal = Proposal("", {}, command.at)
        error: OmcoreError | None = None
        try:
            self._run(self._handled(command, commit, proposal))
        except ANSWERS as refusal:
            error = refusal
        except _NotToBeSaid:
            self.passed_over += 1
            return
        self.decided += 1
        again = commit_of(command, commit.answer.payload_hash, proposal, error)
        if again == commit:
            return
        told = difference(commit, again, "the commit")
        if told:
            name = f"{type(command).__name__} {command.key}"
            raise Broken(SAME, f"{name}, decided again at its place in the history: {told}")

    def _handled(self, command: Command, commit: Commit, proposal: Proposal) -> Generator[Any, Any, None]:
        setup = self._setup
        kind = type(command)
        if kind is RouteOrder:
            return _routed(command, commit, setup, proposal)
        if kind is DisplaceClaims:
            raise _NotToBeSaid
        steps: Generator[Any, Any, None] = handler_of(command)(command, setup, proposal)
        return steps

    def _run(self, steps: Generator[Any, Any, None]) -> None:
        get = self._mirror.streams.get
        reply: Any = None
        try:
            request = next(steps)
            while True:
                if type(request) is Load:
                    reply = {name: get(name, NOTHING) for name in request.streams}
                elif type(request) is ReadHistory:
                    entries = self._mirror.histories.get(request.stream, ())
                    reply = [entry for entry in entries if entry.version > request.after]
                else:
                    raise _NotToBeSaid
                request = steps.send(reply)
        except StopIteration:
            return


def _routed(command: Any, commit: Commit, setup: Setup, proposal: Proposal) -> Generator[Any, Any, None]:
    """As ``route_order`` does it, with the plan that is recorded."""
    order, reservation = yield from load_routable(command.order_id, command.at, setup, proposal)
    plan = commit.answer.result
    if plan is None:
        raise _NotToBeSaid  # it was refused, and not by what is known before there is a plan
    unplaced = om.unplaced_of(order, setup.policies) if plan.remainder else LEAVE_OPEN
    proposal.result = plan
    if not plan.assignments and unplaced == LEAVE_OPEN:
        # Plans that were given up may have seen a later moment.
        proposal.now = max(proposal.now, commit.answer.at)
        return
    if unplaced == BACKORDER:
        raise _NotToBeSaid
    assignments = tuple([(entry.line_id, entry.location, entry.quantity) for entry in plan.assignments])
    allocate = om.AllocateUnits(
        order.id,
        assignments,
        (),
        unplaced,
        key=command.key,
        at=command.at,
        by=command.by,
        reason=command.reason,
    )
    recorded = proposal.state
    proposal.now = max(proposal.now, commit.answer.at)
    own = live_claims(reservation, proposal.now)
    if not own or not assignments:
        yield from decide_order(allocate, recorded, setup, proposal)
        return
    second = inv.reservation_second(reservation)
    yield from decide_order(allocate, recorded, setup, proposal, partial(take_over, own=own, second=second))
    if live_claims(reservation, proposal.now):
        confirm(reservation, order.id, proposal)


def commands_of(steps: Any) -> Mapping[str, Command]:
    """By key, what a task carries out that waits for a port: a client's commands, or the dispatcher's own.

    A generator that waits says so itself, so that nobody who makes a command has to.
    """
    while steps is not None:
        frame = getattr(steps, "gi_frame", None)
        if frame is None:
            break
        if frame.f_code is _CARRYING_OUT:
            command = frame.f_locals["command"]
            return {command.key: command}
        if frame.f_code is _CARRYING_OUT_ALL:
            return {each.command.key: each.command for each in frame.f_locals["asked"]}
        steps = steps.gi_yieldfrom
    return {}


__all__ = ["Again", "commands_of"]
