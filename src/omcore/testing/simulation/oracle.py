"""The oracle: what must hold in a simulated shop, after every step and at the end.

Decides in which order the promises are looked at, and what of them a step can have broken. It is told
what was given to a store and what became of it, what stores answered, what clients and the outside were
told; and it keeps, from commits alone, what a correct store would hold and what a clerk would have written
down. Everything is incremental: what a step costs does not grow with what happened before. Must not know
who takes turns, or how faults are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import payload_hash
from omcore.engine.core import ANSWERS, Outcome
from omcore.engine.keys import OWN
from omcore.engine.setup import Setup
from omcore.kernel import (
    EPOCH,
    Command,
    Conflict,
    Contact,
    IdempotencyConflict,
    OmcoreError,
    StoreError,
    Unavailable,
)
from omcore.orders.policies import capture_on_shipment
from omcore.ports import NOTHING, Answer, Commit, FeedEntry, Loaded
from omcore.testing._store_clauses import difference
from omcore.testing.simulation.asking import all_is_asked_for
from omcore.testing.simulation.clerk import Clerk
from omcore.testing.simulation.effects import Effects
from omcore.testing.simulation.endings import channels_know, nothing_is_stuck
from omcore.testing.simulation.mirror import Mirror
from omcore.testing.simulation.privacy import Privacy
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.redeciding import Again
from omcore.testing.simulation.resting import Openings, deadlines_are_met
from omcore.testing.simulation.sameness import same
from omcore.testing.simulation.seen import Seen

REPLAYED, SAME, ONCE, OUTSIDE, ANSWERED = "PR3", "PR4", "PR5", "PR6", "PR7"

# What folds the events of a stream, by the beginning of its name.
FOLDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "order": om.evolve,
    "stock": inv.evolve_inventory,
    "reservation": inv.evolve_inventory,
    "publication": inv.evolve_publication,
}

# How often a store that is unavailable is asked again what became of a commit.
_PATIENCE = 16

# After so many commits the oracle's own reader of the feed goes on, if nobody makes it go on before.
_READS_EVERY, _PAGE_OF_READER = 16, 37

# What the dispatcher records of its own stands under these for a payload.
_RECORDS = ("effect", "publish")

# So many entries it reads at once when all is compared.
_PAGE = 500

Commits = Commit | Sequence[Commit]


class Oracle:
    """Told of everything; raises ``Broken`` at the first thing that cannot be."""

    def __init__(self, shop: Any, stores: Sequence[Any]) -> None:
        self.shop = shop
        self.stores = tuple(stores)
        self.seen = Seen()
        self.mirror = Mirror()
        setup = Setup(
            shop.network,
            shop.routings[0],
            shop.catalog,
            shop.policies,
            shop.rules,
            shop.chart,
            shop.sales_channels,
        )
        self.again = Again(setup, self.mirror)
        self._context = setup.context
        self.clerk = Clerk(setup.catalog.built_ahead, setup.policies.capturable is capture_on_shipment)
        self.effects = Effects(self.seen.orders, self.mirror.histories)
        self.openings = Openings()
        self.privacy = Privacy()
        self.now = EPOCH  # the latest moment that any commit had
        self._rested: datetime | None = None  # the moment that deadlines were met last, without a fault
        self._turn = self._read = 0
        self._asked: Mapping[str, Command] = {}
        # Answers that clients wait for, and what each left behind, until they are told.
        self._untold: dict[str, Any] = {}
        # By order, everybody who was ever kept for it.
        self._addressees: dict[str, list[Contact]] = {}

    # -- commits -----------------------------------------------------------------------------

    def committing(self, commits: Commits, command: Any, process: Any = None) -> None:
        """Something is about to be saved; ``command`` is one, several, by key, or None where nobody knows."""
        self._asked = _by_key(command)

    def committed(self, commits: Commits) -> None:
        """A store said that it took them."""
        many = _many(commits)
        added: list[FeedEntry] = []
        for commit in many:
            added += self._take(commit, len(many) > 1)
        self.mirror.shown(self._handle(), many, added)
        if not self._turn % _READS_EVERY:
            self.read_on(1 + self._turn % _PAGE_OF_READER)

    def refused(self, commits: Commits, error: Conflict) -> None:
        """A store said ``Conflict``: it should have, and nothing came of it."""
        many = _many(commits)
        self.mirror.untouched(self._handle(), many)
        if not self._refusing(many):
            key = many[0].answer.key if many else ""
            raise Broken(ANSWERED, f"a store refused {key} with a conflict, and nothing was in its way")

    def unknown(self, commits: Commits, error: Unavailable) -> bool:
        """A store said ``Unavailable``: it took all of it, or nothing. Returns whether it did."""
        many = _many(commits)
        if not many:
            return False
        store = self._handle()
        key = many[-1].answer.key
        if key not in self.mirror.answers and _asked_again(lambda: store.answer(key)) is not None:
            added: list[FeedEntry] = []
            for commit in many:
                added += self._take(commit, len(many) > 1)
            _asked_again(lambda: self.mirror.shown(store, many, added))
            return True
        _asked_again(lambda: self.mirror.untouched(store, many))
        return False

    def _handle(self) -> Any:
        """One of the handles, in turn: they are one store (ST24)."""
        self._turn += 1
        return self.stores[self._turn % len(self.stores)]

    def _refusing(self, commits: Sequence[Commit]) -> bool:
        if len(commits) == 1:
            return bool(self.mirror.refusing(commits[0]))
        ahead = Mirror()
        ahead.streams, ahead.answers = dict(self.mirror.streams), dict(self.mirror.answers)
        for commit in commits:
            if ahead.refusing(commit):
                return True
            ahead.keep(commit)
        return False

    def _take(self, commit: Commit, together: bool) -> list[FeedEntry]:
        mirror, answer = self.mirror, commit.answer
        clause = mirror.refusing(commit)
        if clause:
            promise = ONCE if clause == "ST6" else SAME
            clauses = (clause, "ST30") if together else (clause,)
            raise Broken(promise, f"a store took {answer.key}, and should have refused it", clauses)
        if answer.error and (commit.writes or commit.private):
            raise Broken(SAME, f"{answer.key} was refused with {answer.error}, and changes something")
        command = self._asked.get(answer.key)
        if command is not None:
            if answer.payload_hash != payload_hash(command):
                raise Broken(
                    ONCE, f"{answer.key} is recorded for another payload than it was given with (C4)"
                )
            self.again.decide(commit, command)
        elif self._asked:
            raise Broken(ONCE, f"{answer.key} is committed for {', '.join(self._asked)}")
        written = []
        for write in commit.writes:
            before = mirror.streams.get(write.stream, NOTHING).state
            written.append((write, before))
            self._replay(write, before)
        added = mirror.keep(commit)
        for write in commit.writes:
            self.seen.take(write.state)
        if written:
            self.clerk.take(written, self.seen.stock, command)
            for write, _ in written:
                if type(write.state) is om.Order:
                    all_is_asked_for(write.state, self.shop.policies)
                    self.openings.take(added, write.state)
        self.effects.take(commit, added)
        self._look(commit, command)
        if answer.at > self.now:
            self.now = answer.at
        if not answer.key.startswith(OWN):
            self._untold[answer.key] = _left_behind(commit)
        return added

    def _look(self, commit: Commit, command: Command | None) -> None:
        for person, contact in commit.private.items():
            self.privacy.met(contact)
            if contact is not None:
                self._addressees.setdefault(person, []).append(contact)
        shape = (type(command), bool(commit.answer.error), commit.answer.payload_hash in _RECORDS)
        self.privacy.look(shape, commit)

    def _replay(self, write: Any, before: Any) -> None:
        if not write.events:
            raise Broken(REPLAYED, f"{write.stream} is written, and nothing happened to it")
        fold = FOLDS.get(write.stream.partition("/")[0])
        if fold is None:
            raise Broken(REPLAYED, f"there are no streams like {write.stream}")
        state = before
        try:
            for event in write.events:
                state = fold(state, event)
        except Exception as error:
            raise Broken(
                REPLAYED, f"an event of {write.stream} cannot be replayed: {type(error).__name__}"
            ) from error
        if state != write.state:
            told = difference(write.state, state, f"the state of {write.stream}")
            raise Broken(REPLAYED, f"against its events replayed, {told}")

    # -- reads -------------------------------------------------------------------------------

    def loaded(self, streams: Sequence[str], found: Mapping[str, Loaded]) -> None:
        """Streams were loaded."""
        self.mirror.loaded(streams, found)

    def recalled(self, key: str, found: Answer | None) -> None:
        """An answer was asked for."""
        self.mirror.recalled(key, found)

    def fed(self, after: int, limit: int, found: Sequence[FeedEntry]) -> None:
        """A page of the feed was read."""
        self.mirror.fed(after, limit, found)

    def told_history(self, stream: str, after: int, found: Sequence[FeedEntry]) -> None:
        """A stream's own entries were read."""
        self.mirror.told_history(stream, after, found)

    def told_private(self, key: str, found: Any) -> None:
        """Personal data was read."""
        self.mirror.told_private(key, found)

    def told_cursor(self, name: str, found: int) -> None:
        """A reader asked how far it has come."""
        self.mirror.told_cursor(name, found)

    def advanced(self, name: str, position: int) -> None:
        """A reader said how far it has come."""
        self.mirror.advanced(name, position)

    # -- who is told -------------------------------------------------------------------------

    def answered(self, command: Command, told: Outcome | OmcoreError) -> None:
        """A client was told what became of a command."""
        key = command.key
        recorded = self.mirror.answers.get(key)
        left = self._untold.pop(key, _NOTHING_LEFT)
        if isinstance(told, StoreError):
            raise Broken(ONCE, f"the client of {key} was told {told.code}, and nothing of the command")
        if recorded is not None and type(told) is not IdempotencyConflict:
            if recorded.payload_hash != payload_hash(command):
                raise Broken(ONCE, f"the client of {key} was told what came of another command (C4)")
        if isinstance(told, OmcoreError):
            self.privacy.look_at_error(told)
            self._told_no(command, told, recorded)
            return
        if recorded is None or not same(told.answer, recorded):
            what = "nothing" if recorded is None else difference(told.answer, recorded, "the answer")
            raise Broken(ONCE, f"the client of {key} was told of an answer, and recorded is: {what}")
        if not told.repeated and left is not _NOTHING_LEFT and told.state != left:
            raise Broken(ONCE, f"the client of {key} was shown another state than was kept")

    def _told_no(self, command: Command, told: OmcoreError, recorded: Answer | None) -> None:
        key = command.key
        if type(told) is IdempotencyConflict and recorded is not None:
            if recorded.payload_hash == payload_hash(command):
                raise Broken(ONCE, f"the client of {key} was told that it is another's, and it is his (C4)")
            return
        if recorded is None:
            if isinstance(told, ANSWERS):
                raise Broken(ONCE, f"the client of {key} was told {told.code}, which is not recorded")
            return
        expected = (recorded.error, recorded.path, dict(recorded.fields))
        if not same((told.code, told.path, dict(told.fields)), expected):
            what = difference((told.code, told.path, dict(told.fields)), expected, "what was told")
            raise Broken(ONCE, f"the client of {key} was told another thing than is recorded: {what}")

    def effect(self, kind: str, key: str, payload: Any) -> None:
        """The outside was asked for something, and did it.

        ``kind`` is what a gateway is asked, with (tender, amount, outcome that it keeps), or message, update
        or publication, with what was given.
        """
        self.effects.effect(kind, key, payload)
        if kind == "message" and payload.to is not None:
            # Who it is may have changed since it was read, or have been erased.
            if payload.to not in self._addressees.get(payload.order_id, ()):
                raise Broken(OUTSIDE, f"the message {key} was sent to somebody who never ordered that")
        self.privacy.look(kind, payload)

    def asked_late(self, key: str, tried: bool) -> None:
        """A holder is asked to do again what it did long ago; ``tried``: by who tried that before himself."""
        self.effects.asked_late(key, tried)

    def read_on(self, limit: int) -> int:
        """A reader of the feed with a cursor of its own reads a page; returns how many entries."""
        found = self._handle().feed(self._read, limit)
        self.mirror.fed(self._read, limit, found)
        if found:
            self._read = found[-1].position
        return len(found)

    # -- the end -----------------------------------------------------------------------------

    def left_alone(self) -> None:
        """Without a fault, deadlines are about to be met, and the dispatcher to run."""
        self.openings.begin()

    def rests(self, at: datetime) -> None:
        """Without a fault, deadlines were met and the dispatcher ran at ``at``; nobody has helped yet."""
        self._rested, self.now = at, max(self.now, at)
        deadlines_are_met(self.seen.orders, self._context, at)
        self.openings.are_routed(self.mirror.answers)

    def at_the_end(self) -> None:
        """The faults are over, and everything was brought to its end."""
        while self.read_on(_PAGE):
            pass
        for store in self.stores:
            self.mirror.all_shown(store)
        self.effects.at_the_end()
        nothing_is_stuck(self.clerk, self.seen, self.now)
        channels_know(self.effects.last_words, self.seen, self.shop, self._rested, self.now)
        if self._untold:
            raise Broken(ANSWERED, f"{next(iter(self._untold))} was carried out, and its client never told")


_NOTHING_LEFT = object()


def _left_behind(commit: Commit) -> Any:
    """The state that a commit leaves of what its answer is about, where it writes that."""
    for write in commit.writes:
        if write.stream == commit.answer.subject:
            return write.state
    return _NOTHING_LEFT


def _many(commits: Commits) -> tuple[Commit, ...]:
    return (commits,) if type(commits) is Commit else tuple(commits)  # type: ignore[arg-type]  # not one


def _by_key(command: Any) -> Mapping[str, Command]:
    if command is None:
        return {}
    if isinstance(command, Command):
        return {command.key: command}
    if isinstance(command, Mapping):
        return command
    return {each.key: each for each in command if each is not None}


def _asked_again(ask: Callable[[], Any]) -> Any:
    """What a store says, once it is there again."""
    for _ in range(_PATIENCE - 1):
        try:
            return ask()
        except Unavailable:
            continue
    return ask()


__all__ = ["Oracle"]
