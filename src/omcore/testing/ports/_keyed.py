"""What every port has to keep about keys: repeated, told apart, asked for, lost and remembered.

Decides how it is tried, on a desk and so on any port. Which clause of which contract each is, the cases of
that contract say. Must not know any port.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from omcore.kernel import Unavailable
from omcore.testing._citing import cites, same
from omcore.testing.ports._desk import Desk

# Each is a key of its own, whatever a database, a cache or a URL makes of it.
LOOK_ALIKES = (
    "o-1-P1",
    "o-1-P11",
    "o-1-P01",
    "O-1-P1",
    "o-1-p1",
    "o-1-P1.",
    "o-1-P",
    "o_1-P1",
    "o-1/P1",
    "o-1:P1",
    "1",
    "01",
    "1e0",
    "None",
    "k" * 150 + "1",
    "k" * 150 + "2",
)
MANY = 30
STEPS = 20


def gives_the_same(desk: Desk) -> None:
    """The same key again is answered as it was, and so is the query."""
    key, other = desk.key("again"), desk.key("between")
    first = desk.ask(key)
    for number in range(3):
        same(desk.ask(key), first, "the reply to the same key again")
        desk.ask(other + str(number), 1)
    with cites(desk.queries):
        same(desk.known(key), first, "what the query tells")


def is_done_once(desk: Desk) -> None:
    """The same key again has no effect."""
    desk.seen()
    key, other = desk.key("once"), desk.key("other")
    first = desk.ask(key)
    second = desk.ask(other, 1)
    for _ in range(3):
        desk.ask(key)
        desk.ask(other, 1)
    desk.expect((0, first), (1, second))


def keeps_to_the_first(desk: Desk) -> None:
    """Another thing under a known key has no effect, and changes nothing that is known."""
    for number in range(1, desk.things):
        key = desk.key(f"mixed {number}")
        desk.look_away()
        first = desk.ask(key)
        desk.refused(key, number)
        same(desk.ask(key), first, "the reply to what was asked first")
        same(desk.known(key), first, "what the query tells")
        desk.expect((0, first))


def tells_keys_apart(desk: Desk) -> None:
    """Of keys that look alike each is new when it is first used."""
    keys = [desk.key(name) for name in LOOK_ALIKES]
    replies = []
    for key in keys:
        assert desk.known(key) is None, repr(key)
        replies.append(desk.ask(key))
    for key, reply in zip(keys, replies, strict=True):
        same(desk.known(key), reply, repr(key))
    desk.expect(*[(0, reply) for reply in replies])


def never_heard_of_what_nobody_asked(desk: Desk) -> None:
    """Before anything was asked, and beside what was."""
    assert desk.known(desk.key("never")) is None
    desk.ask(desk.key("never mind"))
    assert desk.known(desk.key("never")) is None


def tells_what_it_said(desk: Desk) -> None:
    """Of each thing that there is to ask for."""
    for number in range(desk.things):
        key = desk.key(f"thing {number}")
        said = desk.ask(key, number)
        same(desk.known(key), said, "what the query tells")


def is_only_looked_at(desk: Desk) -> None:
    """A query leaves no trace, whether the key is known or not."""
    key, last = desk.key("looked at"), desk.things - 1
    for _ in range(3):
        assert desk.known(key) is None
    desk.expect()
    said = desk.ask(key, last)
    assert desk.done(said), "what was only asked about is not known"
    for _ in range(3):
        same(desk.known(key), said, "what the query tells")
    desk.expect((last, said))


def is_learned(desk: Desk, done: bool) -> None:
    """After a reply that was lost the query tells, and asking again has no second effect."""
    key = desk.key(f"lost {done}")
    desk.lose(done)
    told = _tried(desk, key)
    heard = desk.known(key)
    if desk.done(told) is not None:
        same(heard, told, "what the query tells")
    elif done:
        assert heard is not None, "it was done, and was never heard of"
    else:
        assert heard is None or desk.done(heard) is None, "it was not done, and the query has an outcome"
    again = desk.ask(key)
    assert desk.done(again) is not None, "it was asked for again, and its outcome is open"
    if heard is not None and desk.done(heard) is not None:
        same(again, heard, "the reply to the same key again")
    same(desk.known(key), again, "what the query tells")
    desk.expect((0, again))


def is_unavailable(desk: Desk) -> None:
    """What cannot be reached says so, and nothing else: no name, and no address."""
    port = desk.unreachable()
    for call in desk.each_call(port):
        try:
            call()
        except Unavailable as error:
            with cites(desk.private or desk.errors):
                shown = f"{error} {error!r} {port!r}"
                assert not any(secret in shown for secret in desk.secrets), "personal data is shown"
        else:
            raise AssertionError("what cannot be reached did not say so")


def is_known_after_many_others(desk: Desk) -> None:
    """A key is not forgotten because others came after it."""
    key = desk.key("long ago")
    first = desk.ask(key)
    others = [desk.ask(desk.key(f"since {number}")) for number in range(MANY)]
    same(desk.known(key), first, "what the query tells")
    same(desk.ask(key), first, "the reply to the same key again")
    desk.refused(key, 1)
    desk.expect((0, first), *[(0, other) for other in others])


def is_known_to_every_handle(desk: Desk) -> None:
    """Another process asks again for what this one asked for."""
    key = desk.key("elsewhere")
    first, other = desk.ask(key), desk.another()
    same(desk.known(key, other), first, "what the query tells")
    same(desk.ask(key, port=other), first, "the reply to the same key again")
    desk.refused(key, 1, other)
    second = desk.ask(desk.key("from there"), 1, other)
    same(desk.known(desk.key("from there")), second, "what the query tells")
    desk.expect((0, first), (1, second))


def _tried(desk: Desk, key: str, number: int = 0) -> Any:
    """What a caller heard; None where he heard nothing."""
    try:
        return desk.ask(key, number)
    except Unavailable:
        return None


# -- any history -----------------------------------------------------------------------------

_NAMES = st.sampled_from("abcd")
_examples = count(1)


class KeyedMachine(RuleBasedStateMachine):
    """One history of calls, repeats, queries and lost replies, against a dictionary of what became of it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.mine = desk.key(f"{next(_examples)}/")
        self.asked: dict[str, int] = {}
        self.truth: dict[str, Any] = {}
        self.lost: set[str] = set()
        desk.look_away()

    @rule(name=_NAMES, number=st.integers(0, 99), fault=st.sampled_from(("", "", "before", "after")))
    def ask(self, name: str, number: int, fault: str) -> None:
        """For what was asked under this name before, or for something new."""
        number = self.asked.setdefault(name, number % self.desk.things)
        if name in self.truth:
            fault = ""  # the port may know it by itself, and lose the reply to something else
        if fault:
            self.lost.add(name)
        if fault and self.desk.given.lose is not None:
            self.desk.lose(fault == "after")
            self.learned(name, _tried(self.desk, self.mine + name, number))
        elif fault == "before":
            pass  # it never reached the port
        else:
            said = self.surely(lambda: self.desk.ask(self.mine + name, number))
            if not fault:
                self.learned(name, said)

    @rule(name=_NAMES, number=st.integers(1, 99))
    def mix_up(self, name: str, number: int) -> None:
        """Something else under a key whose outcome is known."""
        if name in self.truth and self.desk.things > 1:
            others = self.desk.things - 1
            other = (self.asked[name] + 1 + number % others) % (others + 1)
            self.surely(lambda: self.desk.refused(self.mine + name, other))

    @rule(name=_NAMES)
    def query(self, name: str) -> None:
        """What became of a key."""
        heard = self.surely(lambda: self.desk.known(self.mine + name))
        with cites(self.desk.queries):
            assert heard is None or name in self.asked, "what nobody asked for is known"
            assert heard is not None or name not in self.truth, "what was told is not known any more"
        self.learned(name, heard)

    def settled(self, key: str, number: int) -> Any:
        """What the query tells, or a repeated call where it tells nothing yet."""
        known = self.desk.known(key)
        return known if self.desk.done(known) is not None else self.desk.ask(key, number)

    def surely(self, work: Callable[[], Any]) -> Any:
        """A port that knows an answer by itself may lose the reply to something later."""
        armed = self.desk.armed
        try:
            return work()
        except Unavailable:
            if not armed:
                raise
            return work()

    def learned(self, name: str, known: Any) -> None:
        """What a caller heard, or a query told: what was decided once stays so."""
        if known is not None and self.desk.done(known) is not None:
            same(known, self.truth.setdefault(name, known), "what is known of a key")
            self.lost.discard(name)

    @invariant()
    def what_was_done_is_what_is_known(self) -> None:
        """As soon as no reply is lost."""
        if not self.lost:
            self.desk.expect(*[(self.asked[name], known) for name, known in self.truth.items()])

    def teardown(self) -> None:
        """Everything that was lost is learned, and repeated where it was never heard of."""
        for name in sorted(self.lost):
            self.learned(name, self.surely(partial(self.settled, self.mine + name, self.asked[name])))
        self.what_was_done_is_what_is_known()


def holds_after_any_calls(desk: Desk) -> None:
    """Random histories, against a dictionary."""

    class Machine(KeyedMachine):
        def __init__(self) -> None:
            super().__init__(desk)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=desk.given.examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,  # what one port failed on says nothing about the next one
            phases=settings().phases if desk.given.shrinks else (Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


__all__ = [
    "KeyedMachine",
    "gives_the_same",
    "holds_after_any_calls",
    "is_done_once",
    "is_known_after_many_others",
    "is_known_to_every_handle",
    "is_learned",
    "is_only_looked_at",
    "is_unavailable",
    "keeps_to_the_first",
    "never_heard_of_what_nobody_asked",
    "tells_keys_apart",
    "tells_what_it_said",
]
