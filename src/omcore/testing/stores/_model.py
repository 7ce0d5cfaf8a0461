"""The model of a store, and a machine that compares a store with it over random histories.

Decides what a store would be if it were nothing but dictionaries and a list: written from the
contract and not from any store. Good and bad commits, reports of readers and reads of every kind
come in any order; Hypothesis shortens a history that tells the two apart.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import attrs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from omcore.kernel import Conflict, Contact, checked_instant
from omcore.ports import Answer, Commit, FeedEntry, Loaded, Write
from omcore.testing import strategies as drawn
from omcore.testing._store_clauses import cites, proves
from omcore.testing.stores._bench import AT, Bench, event, everything, same, state

STEPS = 25

_NAMES = st.sampled_from(("b", "a", "B", "a "))
_WRITES = st.lists(
    st.tuples(_NAMES, st.integers(1, 9), st.integers(0, 3)), max_size=3, unique_by=lambda write: write[0]
)
FAULTS = ("stale", "ahead", "unread", "twice", "key")
_FAULT = st.sampled_from(("",) * 8 + FAULTS)
_PEOPLE = st.dictionaries(
    _NAMES, st.none() | st.sampled_from((Contact(name="Ada"), Contact(city="Oslo"))), max_size=2
)
_PAGE = st.integers(0, 5) | st.just(1_000)


@attrs.frozen
class Attempt:
    """What a commit tries: (name, state, number of events) a write, and perhaps one fault."""

    writes: list[tuple[str, int, int]]
    also: list[str]
    fault: str
    which: int
    private: dict[str, Contact | None]
    late_s: int


_ATTEMPTS = st.lists(
    st.builds(
        Attempt,
        _WRITES,
        st.lists(_NAMES, max_size=2),
        _FAULT,
        st.integers(0, 9),
        _PEOPLE,
        st.integers(-2, 2),
    ),
    min_size=1,
    max_size=4,
)
_SAFE = (
    st.none() | st.booleans() | st.integers() | drawn.texts() | st.lists(drawn.texts(), max_size=3).map(tuple)
)
_ANSWERS = st.builds(
    Answer,
    key=st.just(""),
    payload_hash=drawn.keys(),
    subject=st.just(""),
    at=drawn.instants().map(checked_instant),  # as the engine keeps it
    error=st.just("") | drawn.identifiers(),
    path=drawn.keys(),
    fields=st.lists(st.tuples(drawn.identifiers(), _SAFE), max_size=4).map(tuple),
    result=st.none() | drawn.money() | drawn.points() | drawn.places() | drawn.ratios(),
)
_examples = count(1)


class StoreMachine(RuleBasedStateMachine):
    """One history, on names and from a position of its own: one store serves many histories."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.store = bench.store
        self.mine = f"{next(_examples)}/"
        known = everything(self.store)
        self.start = known[-1].position if known else 0
        self.streams: dict[str, Loaded] = {}
        self.entries: list[FeedEntry] = []  # their positions are the store's to choose
        self.answers: dict[str, Answer] = {}
        self.people: dict[str, Contact] = {}
        self.cursors: dict[str, int] = {}

    # -- what may happen ---------------------------------------------------------------------

    @rule(attempts=_ATTEMPTS)
    def commit(self, attempts: list[Attempt]) -> None:
        """Commits that are right, or have one fault."""
        for attempt in attempts:
            self.try_(self.made(attempt))
            self.everything_is_as_the_model_says()

    @rule(attempts=_ATTEMPTS)
    def commit_all(self, attempts: list[Attempt]) -> None:
        """The same as one: all of them are kept, or none."""
        before = dict(self.streams), dict(self.answers), dict(self.people)
        commits: list[Commit] = []
        added: list[FeedEntry] = []
        refusing = ""
        for attempt in attempts:
            commits.append(self.made(attempt))
            refusing = self.refusing(commits[-1])
            if refusing:
                break
            added += self.changed(commits[-1])
        try:
            self.store.commit_all(commits)
        except Conflict:
            self.streams, self.answers, self.people = before
            assert refusing, "commits that were right were refused"
        else:
            with cites("ST30"):
                assert not refusing, f"one of the commits breaks {refusing}, and they were not refused"
            self.placed(added)

    def made(self, attempt: Attempt) -> Commit:
        """The commit that is tried."""
        writes, fault, which = attempt.writes, attempt.fault, attempt.which
        written = [self.mine + name for name, _, _ in writes]
        reads = {
            name: self.expected(name).version
            for name in [self.mine + name for name in attempt.also] + written
        }
        if fault in ("stale", "ahead") and reads:
            reads[sorted(reads)[which % len(reads)]] += 1 if fault == "ahead" else -1
        if fault == "unread" and written:
            del reads[written[which % len(written)]]
        if fault == "twice" and writes:
            writes = [*writes, writes[which % len(writes)]]
        keys = sorted(self.answers)
        known = fault == "key" and keys
        return Commit(
            Answer(
                keys[which % len(keys)] if known else f"{self.mine}{len(keys)}",
                "h",
                self.mine,
                AT + timedelta(seconds=attempt.late_s),
            ),
            reads,
            tuple(
                Write(self.mine + name, tuple(map(event, range(1, events + 1))), state(number))
                for name, number, events in writes
            ),
            {self.mine + person: contact for person, contact in attempt.private.items()},
            f"by {attempt.late_s}",
            f"reason {attempt.late_s}",
        )

    def try_(self, attempt: Commit) -> None:
        """The commit is kept, or refused, as the model says."""
        refusing = self.refusing(attempt)
        try:
            self.store.commit(attempt)
        except Conflict:
            assert refusing, "a commit that was right was refused"
        else:
            with cites(refusing or "ST28"):
                assert not refusing, "the commit was not refused"
            self.keep(attempt)

    @rule(name=_NAMES, position=st.integers(0, 9))
    def advance(self, name: str, position: int) -> None:
        """A reader says how far it has come."""
        name = self.mine + name
        self.store.advance(name, position)
        self.cursors[name] = max(position, self.cursors.get(name, 0))

    @rule(names=st.lists(_NAMES, max_size=5))
    def load(self, names: list[str]) -> None:
        """Any names, some of them twice."""
        names = [self.mine + name for name in names]
        with cites("ST2"):
            found = self.store.load(names)
            assert set(found) == set(names)
        with cites("ST1"):
            same({name: found[name] for name in names}, {name: self.expected(name) for name in names})

    @rule(place=st.integers(0, 9), limit=_PAGE)
    def page(self, place: int, limit: int) -> None:
        """A page of the feed from any place."""
        after = self.entries[place - 1].position if 0 < place <= len(self.entries) else self.start
        first = place if place <= len(self.entries) else 0
        with cites("ST17"):
            same(list(self.store.feed(after, limit)), self.entries[first : first + limit])

    # -- what must hold ----------------------------------------------------------------------

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        """Of all names there are, after every step."""
        names = [self.mine + name for name in ("a", "a ", "b", "B")]
        with cites("ST1"):
            loaded = self.store.load(names)
            same([loaded[name] for name in names], [self.expected(name) for name in names])
        with cites("ST15"):
            same(everything(self.store, self.start), self.entries, "the feed")
        with cites("ST12"):
            same([self.store.private(name) for name in names], [self.people.get(name) for name in names])
        with cites("ST21"):
            assert [self.store.cursor(name) for name in names] == [self.cursors.get(n, 0) for n in names]
        for name in names:
            with cites("ST19"):
                own = [entry for entry in self.entries if entry.stream == name]
                same(list(self.store.history(name)), own, f"the history of {name!r}")
                last = self.expected(name).version
                late = [entry for entry in own if entry.version >= last]
                same(list(self.store.history(name, last - 1)) if last else [], late, f"the last of {name!r}")

    def teardown(self) -> None:
        """Every answer is there, and no other."""
        with cites("ST11"):
            for key, recorded in self.answers.items():
                same(self.store.answer(key), recorded)
            assert self.store.answer(f"{self.mine}{len(self.answers)}") is None

    # -- the model ---------------------------------------------------------------------------

    def expected(self, name: str) -> Loaded:
        """A stream as the model has it."""
        return self.streams.get(name, Loaded(0, None))

    def refusing(self, attempt: Commit) -> str:
        """The clause by which a commit is refused; empty where it is not."""
        names = [write.stream for write in attempt.writes]
        if attempt.answer.key in self.answers:
            return "ST6"
        if any(self.expected(name).version != version for name, version in attempt.reads.items()):
            return "ST7"
        if any(name not in attempt.reads for name in names):
            return "ST9"
        return "ST10" if len(set(names)) < len(names) else ""

    def keep(self, attempt: Commit) -> None:
        """What the commit changes; the store has given positions to its events."""
        self.placed(self.changed(attempt))

    def changed(self, attempt: Commit) -> list[FeedEntry]:
        """What the commit changes, and its events as they are on the feed, but for their positions."""
        given = attempt.answer
        facts = (given.key, given.at, attempt.by, attempt.reason)
        added: list[FeedEntry] = []
        for write in attempt.writes:
            version = self.expected(write.stream).version + 1
            self.streams[write.stream] = Loaded(version, write.state)
            added += [
                FeedEntry(0, write.stream, version, index, each, *facts)
                for index, each in enumerate(write.events)
            ]
        for person, contact in attempt.private.items():
            if contact is None:
                self.people.pop(person, None)
            else:
                self.people[person] = contact
        self.answers[given.key] = given
        return added

    def placed(self, added: list[FeedEntry]) -> None:
        """The events are on the feed, at positions that are the store's to choose."""
        last = self.entries[-1].position if self.entries else self.start
        positions = [entry.position for entry in everything(self.store, last)]
        with cites("ST15"):
            assert len(positions) == len(added), "every event is on the feed once"
        self.entries += [
            attrs.evolve(entry, position=position) for position, entry in zip(positions, added, strict=True)
        ]


class ModelCases:
    """ST13, ST28: what nobody thought of."""

    @proves("ST28")
    def test_st28_every_clause_holds_after_any_history(self, bench: Bench) -> None:
        """Random histories, on the store and on a model of plain dictionaries."""

        class Machine(StoreMachine):
            def __init__(self) -> None:
                super().__init__(bench)

        run_state_machine_as_test(Machine, settings=_settings(bench))

    @proves("ST13")
    def test_st13_whatever_is_drawn_comes_back_as_it_was(self, bench: Bench) -> None:
        """Text in any script, any instant, any safe field, any person: under names of any script."""
        numbers = count(1)

        @_settings(bench)
        @given(drawn.skus(), drawn.keys(), _ANSWERS, drawn.contacts(), drawn.texts(), drawn.texts())
        def kept(sku: str, key: str, given: Answer, person: Contact, by: str, reason: str) -> None:
            number = next(numbers)
            stream, key = f"stock/{number}/{sku}", f"{number}/{key}"
            given = attrs.evolve(given, key=key, subject=stream)
            writes = (Write(stream, (given,), given),)
            bench.store.commit(Commit(given, {stream: 0}, writes, {key: person}, by, reason))
            same(bench.store.load((stream,))[stream], Loaded(1, given))
            same(bench.store.answer(key), given)
            same(bench.store.private(key), person)
            (found,) = bench.store.history(stream)
            same(found, FeedEntry(found.position, stream, 1, 0, given, key, given.at, by, reason))

        kept()


def _settings(bench: Bench) -> settings:
    # No database: what one store failed on says nothing about the next one.
    return settings(
        max_examples=bench.examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=settings().phases if bench.shrinks else (Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


__all__ = ["ModelCases", "StoreMachine"]
