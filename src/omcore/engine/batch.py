"""Batches: many commands decided one after the other, and kept in one step.

Decides in which order the commands of a batch are decided (S6), what each of them finds - the states
that those before it left - and how all are saved at once, so that one hot stock item is bounded by
commits x commands a commit. Each has its own answer. Must not know any rule of an order or a stock
item: every command has the handler that it has by itself.

Answers that are recorded already are not asked for at first: the key is new, or the store says
``Conflict``, and only then is each key asked about, one by one (C4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import payload_hash
from omcore.engine.ahead import Known, seen_ahead, through
from omcore.engine.commands import ApplyReoptimization, DisplaceClaims, RouteOrder, subjects_of
from omcore.engine.core import (
    ANSWERS,
    MAX_ATTEMPTS,
    Outcome,
    Steps,
    commit_of,
    decide_stock,
    handle_inventory,
    handler_of,
    inventory_streams,
    looks_at_stock,
    read_stock,
    repeat,
)
from omcore.engine.following import follow
from omcore.engine.keys import refuse_own
from omcore.engine.proposal import Proposal
from omcore.engine.requests import Load, Recall, SaveAll
from omcore.engine.setup import Setup
from omcore.kernel import (
    Command,
    Conflict,
    InvalidType,
    OmcoreError,
    StoreError,
    Unavailable,
    checked_limit,
)
from omcore.ports import Answer, Commit

MAX_BATCH = 1_000

# Within one instant: first what lets go of a claim, last what asks for a new one, and everything else
# between (S6). Who asks is never before whoever lets go.
FIRST, BETWEEN, LAST = range(3)
RANKS: Mapping[type, int] = {
    inv.ExpireReservation: FIRST,
    inv.ReleaseReservation: FIRST,
    inv.ReleaseAllocation: FIRST,
    om.MeetDeadlines: FIRST,
    om.CancelUnits: FIRST,
    inv.ReserveStock: LAST,
    om.PlaceOrder: LAST,
    om.ImportOrder: LAST,
}


# -- the order in which they are decided -----------------------------------------------------


def in_order(commands: Sequence[Command]) -> list[int]:
    """The places of commands in the order in which they are decided: that of arrival, but for S6.

    Commands of one instant that stand next to each other are taken by rank. Two about one order, one
    token or under one key stay as they came: none overtakes what it may follow from.
    """
    ranks = [RANKS.get(type(command), BETWEEN) for command in commands]
    if len(set(ranks)) < 2:
        return list(range(len(ranks)))
    decided: list[int] = []
    for _, run in groupby(range(len(ranks)), key=lambda place: commands[place].at):
        ranked = _causal([(ranks[place], place, commands[place]) for place in run])
        ranked.sort(key=itemgetter(0))
        decided += [place for _, place, _ in ranked]
    return decided


def _causal(ranked: list[tuple[int, int, Command]]) -> list[tuple[int, int, Command]]:
    least: dict[str, int] = {}
    causal = []
    for rank, place, command in ranked:
        names = _about(command)
        rank = max(rank, *[least.get(name, FIRST) for name in names])
        least.update(dict.fromkeys(names, rank))
        causal.append((rank, place, command))
    return causal


def _about(command: Any) -> tuple[str, ...]:
    """What a command is about, as far as another one may follow from it."""
    key = f"key/{command.key}"
    if handler_of(command) is handle_inventory:
        return (key, *inv.reservation_streams_of(command))
    spans = type(command) in (RouteOrder, DisplaceClaims, ApplyReoptimization)
    order_ids = subjects_of(command) if spans else (om.order_id_for(command),)
    return (key, *[f"order/{order_id}" for order_id in order_ids])


# -- carrying them out -----------------------------------------------------------------------


def execute_all(commands: Sequence[Command], setup: Setup) -> Steps:
    """Carry out a caller's commands: the i-th of what is returned answers the i-th of them.

    An ``Outcome``, or the error that ``execute`` would raise: a refusal, which is recorded under its
    command's key, or what is wrong with the command, which is not recorded and hinders no other.
    A command whose key stood before in the batch gets that one's answer. Where the store never took
    the batch, what it said is the answer to every command that no recorded one is known of.

    Errors: ``InvalidType``, and ``LimitExceeded`` for more than 1,000 commands.
    """
    if type(commands) is not tuple and type(commands) is not list:
        raise InvalidType("commands", expected="a tuple or list of commands")
    checked_limit(len(commands), MAX_BATCH, "commands", "commands in a batch")
    given = tuple(commands)
    answers: list[Any] = [None] * len(given)
    whole: list[_Asked] = []
    for place, command in enumerate(given):
        try:
            if not issubclass(type(command), Command):
                raise InvalidType("command", expected="a command of omcore")
            refuse_own(command)
            handler = handler_of(command)
            reads = _reads(command, setup) if handler is handle_inventory else None
            whole.append(_Asked(place, command, handler, payload_hash(command), reads))
        except OmcoreError as wrong:
            answers[place] = _bare(wrong)
    asked = [whole[i] for i in in_order([each.command for each in whole])]
    trouble: StoreError | None = None
    sent: list[_Attempt] = []
    for _ in range(MAX_ATTEMPTS):
        attempt = _Attempt(setup)
        try:
            if trouble is not None:
                yield from attempt.recall(asked, sent)
            yield from attempt.decide(asked)
            if attempt.commits:
                sent.append(attempt)
                yield SaveAll(tuple(attempt.commits))
        except (Conflict, Unavailable) as problem:
            # As for one command: decide all of them again, and first ask for what is recorded.
            trouble = _bare(problem)
            continue
        attempt.sure.update(attempt.answers)
        break
    for each in asked:
        answers[each.place] = attempt.sure.get(each.place, trouble)
    return tuple(answers)


def _bare(error: Any) -> Any:
    # An answer is kept by whoever asked, and what led to it is not: a traceback holds every state.
    error.__traceback__ = error.__context__ = None
    return error


@attrs.define(slots=True)
class _Asked:
    """A command of a batch. ``reads``: every stream that it reads, where it says so by itself, else None."""

    place: int
    command: Command
    handler: Any
    digest: str
    reads: tuple[str, ...] | None


def _reads(command: Any, setup: Setup) -> tuple[str, ...] | None:
    kind = type(command)
    if kind is inv.CountStock:  # it may look back at what has moved
        return None
    leads_on = command.replaces if kind is inv.ReserveStock else inv.reservation_streams_of(command)
    return None if leads_on else inv.streams_of(command, None, None, setup.catalog)


class _Attempt:
    """One attempt to decide a whole batch. ``sure`` are answers that hold whether or not it is saved."""

    def __init__(self, setup: Setup) -> None:
        self.commits: list[Commit] = []
        self.answers: dict[int, Any] = {}
        self.sure: dict[int, Any] = {}
        self._setup = setup
        self._recalled = False
        self._known = Known(self.commits)
        self._answered: dict[str, Answer] = {}

    def recall(self, asked: Sequence[_Asked], sent: Sequence[_Attempt]) -> Steps:
        """Ask for every recorded answer. Where an attempt was saved after all, its other answers hold too."""
        known = self._answered
        for each in asked:
            recorded = yield Recall(each.command.key)
            if recorded is not None:
                known[each.command.key] = recorded
        self._recalled = True
        for before in sent:
            if all(known.get(commit.answer.key) == commit.answer for commit in before.commits):
                self.sure.update(before.sure)

    def decide(self, asked: Sequence[_Asked]) -> Steps:
        """Decide the commands one after the other; what is to be saved is in ``commits``."""
        recorded_keys = frozenset(self._answered)
        setup, known = self._setup, self._known
        if any(looks_at_stock(each.command, setup) for each in asked):
            yield from follow(setup)
        ahead = seen_ahead(setup, known)
        yield from self._prefetch([each for each in asked if each.command.key not in recorded_keys])
        for each in asked:
            place, command, digest = each.place, each.command, each.digest
            if place in self.sure:
                continue
            before = self._answered.get(command.key)
            if before is not None:
                sure = self.sure if command.key in recorded_keys else self.answers
                sure[place] = yield from self._repeated(command, before, digest)
                continue
            proposal = Proposal("", {}, command.at)
            error: OmcoreError | None = None
            try:
                if each.reads is not None:
                    # All of it is known: no more is asked for, and no generator is needed.
                    setup.check_locations(inv.locations_of(command))
                    states = read_stock(each.reads, known.streams, proposal)
                    decide_stock(command, states, setup, proposal)
                else:
                    ahead.now = command.at
                    yield from through(known, each.handler(command, ahead, proposal))
            except ANSWERS as refusal:
                error = _bare(refusal)
            except StoreError:
                raise
            except Exception as wrong:
                # It says the same whatever the state is, and is not recorded; unless its key was
                # another command's, or it was answered before, which only the store knows.
                recorded = None if self._recalled else (yield Recall(command.key))
                if recorded is not None:
                    self.sure[place] = yield from self._repeated(command, recorded, digest)
                elif isinstance(wrong, OmcoreError):
                    self.sure[place] = _bare(wrong)
                else:
                    raise
                continue
            commit = commit_of(command, digest, proposal, error)
            known.add(commit)
            self._answered[command.key] = commit.answer
            self.answers[place] = Outcome(commit.answer, proposal.state) if error is None else error

    def _repeated(self, command: Command, recorded: Answer, digest: str) -> Steps:
        try:
            return (yield from through(self._known, repeat(command, recorded, digest)))
        except StoreError:
            raise
        except OmcoreError as error:
            return _bare(error)

    def _prefetch(self, asked: Sequence[_Asked]) -> Steps:
        """Load at once what the commands surely read: first what they name, then what those lead to."""
        known = self._known.streams
        named = {each.subject: None for each in self._answered.values() if each.subject and not each.error}
        tokens: list[tuple[Command, tuple[str, ...]]] = []
        for each in asked:
            if each.reads is not None:
                named.update(dict.fromkeys(each.reads))
            elif each.handler is not handle_inventory:
                named.update(dict.fromkeys(_about(each.command)[1:]))
            else:
                about = inv.reservation_streams_of(each.command)
                named.update(dict.fromkeys(about))
                tokens.append((each.command, about))
        yield from self._load(named)
        rest: dict[str, None] = {}
        for command, about in tokens:
            rest.update(dict.fromkeys(inventory_streams(command, about, known, self._setup)))
        yield from self._load(rest)

    def _load(self, names: Iterable[str]) -> Steps:
        missing = tuple([name for name in sorted(names) if name not in self._known.streams])
        if missing:
            self._known.streams.update((yield Load(missing)))


__all__ = ["MAX_BATCH", "RANKS", "execute_all", "in_order"]
