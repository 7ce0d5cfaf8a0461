"""The engine: commands against several streams, as sans-IO generators.

Decides how a command becomes one atomic commit: load what it reads, decide, turn order events into
stock operations, save - and on a conflict recall its answer or decide again, a bounded number of
times (C3-C6). Almost every key is new, and the store refuses one that is not: so no command asks
first whether it was answered before. Must not know any rule of an order or a stock item, and does
no I/O: it yields requests (``requests.py``) that a driver performs.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import payload_hash
from omcore.engine.commands import ApplyReoptimization, DisplaceClaims, RouteOrder
from omcore.engine.displacing import displace_claims
from omcore.engine.following import follow
from omcore.engine.keys import refuse_own
from omcore.engine.looking_back import moved_since
from omcore.engine.proposal import Proposal
from omcore.engine.rearranging import apply
from omcore.engine.requests import Load, Recall, Save
from omcore.engine.routes import route_order
from omcore.engine.setup import Setup
from omcore.engine.streams import decide_order
from omcore.kernel import (
    EPOCH,
    Command,
    Conflict,
    CurrencyMismatch,
    IdempotencyConflict,
    InvalidType,
    LimitExceeded,
    OmcoreError,
    Refusal,
    StoreError,
    Unavailable,
    checked_instant,
    effective_now,
    rebuild_error,
    record,
)
from omcore.ports import Answer, Commit, Loaded, Write

MAX_ATTEMPTS = 16

# What a handler may say no with. A shelf that is full, and an order in another currency, are told
# by input errors, but it is the state that says no: later it might not, and a retry would count.
ANSWERS = (Refusal, LimitExceeded, CurrencyMismatch)

Steps = Generator[Any, Any, Any]

_ORDER_COMMANDS = frozenset(om.ORDER_COMMANDS)
# Commands of an order that bring goods to a location which somebody names.
_BRINGING = (om.ReceiveReturn, om.ReturnInStore, om.ReopenShipment)
# Those that may have them stocked elsewhere.
_STOCKING = (om.ReceiveReturn, om.ReturnInStore, om.InspectReturn)
_INVENTORY_COMMANDS = frozenset(inv.INVENTORY_COMMANDS)


@record
class Outcome:
    """What a command came to.

    ``answer`` is what was recorded. ``order`` is the order after it where the command was about
    one, else None; of a repeated command it is the order as it is now. ``result`` is the answer's
    value: a ``RoutingPlan``, a ``Reservation``, or None. ``repeated``: the key had been answered.
    """

    answer: Answer
    state: Any
    repeated: bool = False

    @property
    def order(self) -> om.Order:
        """The order. ``InvalidType`` where the command was not about one."""
        if type(self.state) is not om.Order:
            raise InvalidType("order", expected="a command about an order")
        return self.state

    @property
    def result(self) -> Any:
        """The recorded value."""
        return self.answer.result


def execute(command: Command, setup: Setup) -> Steps:
    """Carry out a caller's command; see ``carry_out``.

    A key that begins with ``omcore/`` is an ``InvalidId``: what the engine does by itself is recorded there.
    """
    if not issubclass(type(command), Command):
        raise InvalidType("command", expected="a command of omcore")
    refuse_own(command)
    return (yield from carry_out(command, setup))


def carry_out(command: Command, setup: Setup) -> Steps:
    """Carry out one command: returns its ``Outcome``, or raises its refusal.

    The answer under its key is asked for only where the store says that there may be one, or where
    what came up is none that is recorded (C4).

    The refusal is recorded too (C3), and so are a ``LimitExceeded`` and a ``CurrencyMismatch`` that
    show only against the state. Other errors, which are not: an ``InputError`` that says the same
    whatever the state; ``IdempotencyConflict``; ``Conflict`` after 16 attempts; ``Unavailable``
    where the store never answered.
    """
    handler = handler_of(command)
    digest = payload_hash(command)
    trouble: StoreError | None = None
    for _ in range(MAX_ATTEMPTS):
        try:
            if trouble is not None and (recorded := (yield Recall(command.key))) is not None:
                return (yield from repeat(command, recorded, digest))
            proposal = Proposal("", {}, checked_instant(command.at))
            error: OmcoreError | None = None
            try:
                yield from handler(command, setup, proposal)
            except ANSWERS as refusal:
                error = refusal
            except StoreError:
                raise
            except Exception:
                # It would not be recorded; an answer that is, comes before it.
                if trouble is None and (recorded := (yield Recall(command.key))) is not None:
                    return (yield from repeat(command, recorded, digest))
                raise
            commit = commit_of(command, digest, proposal, error)
            yield Save(commit)
        except (Conflict, Unavailable) as problem:
            # Conflict: the key was answered before, or decide again. Unavailable: it may have been
            # committed. So the next round begins by asking for the recorded answer.
            trouble = problem
            continue
        if error is not None:
            raise error
        return Outcome(commit.answer, proposal.state)
    raise trouble or Conflict("key", attempts=MAX_ATTEMPTS)


def handler_of(command: object) -> Any:
    """Which handler a command has; ``InvalidType`` for what is no command of omcore."""
    kind = type(command)
    if kind in _ORDER_COMMANDS:
        return handle_order
    if kind in _INVENTORY_COMMANDS:
        return handle_inventory
    if kind is RouteOrder:
        return route_order
    if kind is DisplaceClaims:
        return displace_claims
    if kind is ApplyReoptimization:
        return apply
    raise InvalidType("command", expected="a command of omcore")


def looks_at_stock(command: Command, setup: Setup) -> bool:
    """Whether a command is decided on the view of stock, which must have followed the feed for it."""
    kind = type(command)
    # Where a rule looks at stock, it does so whenever an order is validated: when it is paid, or released.
    return kind in (RouteOrder, DisplaceClaims) or (setup.reads_stock and kind in _ORDER_COMMANDS)


def up_to_date(command: Command, setup: Setup) -> Steps:
    """Bring the view of stock to the end of the feed for a command that is decided on it."""
    setup.now = checked_instant(command.at)
    if looks_at_stock(command, setup):
        yield from follow(setup)


def repeat(command: Command, recorded: Answer, digest: str) -> Steps:
    """The recorded answer once more; ``IdempotencyConflict`` where another command had its key (C4)."""
    if recorded.payload_hash != digest:
        raise IdempotencyConflict("key", key=command.key)
    if recorded.error:
        raise rebuild_error(recorded.error, recorded.path, dict(recorded.fields))
    state = None
    if recorded.subject:
        loaded = yield Load((recorded.subject,))
        state = loaded[recorded.subject].state
    return Outcome(recorded, state, True)


def commit_of(command: Command, digest: str, proposal: Proposal, error: OmcoreError | None) -> Commit:
    """What is kept of a command: of a refused one what it read, and the refusal (C3)."""
    if error is None:
        answer = Answer(command.key, digest, proposal.subject, proposal.now, "", "", (), proposal.result)
        writes = tuple(proposal.writes)
        return Commit(answer, proposal.reads, writes, proposal.private, command.by, command.reason)
    refused = (error.code, error.path, tuple(error.fields.items()))
    answer = Answer(command.key, digest, proposal.subject, proposal.now, *refused)
    return Commit(answer, proposal.reads, (), {}, command.by, command.reason)


# -- orders ----------------------------------------------------------------------------------


def handle_order(command: Any, setup: Setup, proposal: Proposal) -> Steps:
    """One order, and the stock that its events move."""
    order_id = om.order_id_for(command)
    stream = f"order/{order_id}"
    proposal.subject = stream
    loaded: Mapping[str, Loaded] = yield Load((stream,))
    proposal.reads[stream] = loaded[stream].version
    order: om.Order | None = loaded[stream].state
    if type(command) in _BRINGING and command.location:
        setup.check_locations((command.location,))
    if type(command) in _STOCKING and command.restock_at:
        setup.check_locations((command.restock_at,))
    if type(command) is om.MoveFulfillment:
        setup.check_locations((command.location,))
    if type(command) is om.RearrangeWork:
        setup.check_locations(tuple(location for _, location, _ in command.moves))
    if type(command) is om.BackorderUnits:
        setup.check_locations(tuple(location for _, _, location, _ in command.entries if location))
    yield from decide_order(command, order, setup, proposal)


# -- inventory -------------------------------------------------------------------------------


def handle_inventory(command: Command, setup: Setup, proposal: Proposal) -> Steps:
    """Stock items and reservations."""
    setup.check_locations(inv.locations_of(command))
    tokens = inv.reservation_streams_of(command)
    known: Mapping[str, Loaded] = {}
    if tokens:
        known = yield Load(tuple(sorted(tokens)))
    named = inventory_streams(command, tokens, known, setup)
    rest = tuple([name for name in sorted(named) if name not in known])
    if rest:
        known = {**known, **(yield Load(rest))}
    states = read_stock(named, known, proposal)
    movements = None
    if type(command) is inv.CountStock:
        stream = proposal.subject
        movements = yield from moved_since(command, stream, states[stream], proposal.reads[stream])
    decide_stock(command, states, setup, proposal, movements)


def inventory_streams(
    command: Command, tokens: tuple[str, ...], known: Mapping[str, Loaded], setup: Setup
) -> tuple[str, ...]:
    """Every stream that a command reads, its subject first. Its tokens' reservations are known."""
    reservation = known[tokens[0]].state if tokens else None
    replaced = known[tokens[1]].state if len(tokens) > 1 else None
    return inv.streams_of(command, reservation, replaced, setup.catalog)


def read_stock(named: tuple[str, ...], known: Mapping[str, Loaded], proposal: Proposal) -> dict[str, Any]:
    """The states of all streams that a command over stock reads; from here on it has its one ``now``."""
    reads, seen = proposal.reads, EPOCH
    states: dict[str, Any] = {}
    for name in named:
        loaded = known[name]
        reads[name] = loaded.version
        state = states[name] = loaded.state
        if state is not None and state.seen_at > seen:
            seen = state.seen_at
    proposal.subject = named[0]
    proposal.now = effective_now(proposal.now, seen)
    return states


def decide_stock(
    command: Command, states: dict[str, Any], setup: Setup, proposal: Proposal, movements: Any = None
) -> None:
    """Decide a command over stock on what was read for it. Nothing more is asked for: no I/O is left."""
    changed = inv.decide_inventory(command, states, proposal.now, movements, setup.catalog)
    for name in sorted(changed):
        events = changed[name]
        state = states[name]
        for event in events:
            state = inv.evolve_inventory(state, event)
        states[name] = state
        if events:
            proposal.writes.append(Write(name, events, state))
    proposal.state = states[proposal.subject]
    proposal.result = None if type(proposal.state) is inv.StockItem else proposal.state


__all__ = [
    "ANSWERS",
    "MAX_ATTEMPTS",
    "Outcome",
    "Steps",
    "carry_out",
    "commit_of",
    "decide_stock",
    "execute",
    "handle_inventory",
    "handler_of",
    "inventory_streams",
    "looks_at_stock",
    "read_stock",
    "repeat",
    "up_to_date",
]
