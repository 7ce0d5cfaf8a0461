"""Cases of the store contract: what is read, and what a commit is.

Each method proves one clause on a fresh store. They are written against the sync face of the
bench, for sync and async stores alike, and must not know any store.
"""

from __future__ import annotations

from omcore.kernel import Conflict, Contact
from omcore.ports import Answer, Commit, Loaded, Write
from omcore.testing._store_clauses import cites, proves
from omcore.testing.stores._bench import (
    AT,
    Bench,
    answer,
    commit,
    event,
    everything,
    same,
    state,
    write,
)

ADA = Contact(name="Ada Example", email="ada@example.com")
BOB = Contact(name="Bob Example", street=("1 Long Street", "Rear building"))

# Each pair is one name to some database: folding of case, spaces, scripts, numbers, patterns.
LOOK_ALIKES = (
    "order/a",
    "order/A",
    "order/a ",
    " order/a",
    "order//a",
    "order/a/",
    "order/\u00e1",
    "order/a\u0301",
    "order/%",
    "order/_",
    "order/*",
    "order/\uff41",
    "stra\u00dfe",
    "strasse",
    "STRASSE",
    "i",
    "I",
    "\u0131",
    "\u0130",
    "1",
    "01",
    "1.0",
    "1e0",
    "null",
    "None",
    "it's",
    'it"s',
    "it\\s",
    "it''s",
    "\U0001f455",
    "\U0001f456",
    "s" * 199 + "a",
    "s" * 199 + "b",
    "s" * 398 + "a",
    "s" * 398 + "b",
)


class ReadingCases:
    """ST1, ST2, ST4: what a stream is."""

    @proves("ST1")
    def test_st1_a_stream_that_was_never_written_is_version_0_without_a_state(self, bench: Bench) -> None:
        """So an aggregate begins by being loaded like any other."""
        bench.put("a")
        loaded = bench.store.load(("b", "a"))
        same(loaded["b"], Loaded(0, None))
        assert bench.version("c") == 0

    @proves("ST1")
    def test_st1_a_stream_is_as_the_last_commit_left_it(self, bench: Bench) -> None:
        """After every one of several commits."""
        for number in range(1, 5):
            bench.put("a", number)
            same(bench.store.load(("a",))["a"], Loaded(number, state(number)))

    @proves("ST1")
    def test_st1_streams_do_not_mix(self, bench: Bench) -> None:
        """Several streams in one commit keep a state each."""
        bench.store.commit(commit("k", {"a": 0, "b": 0}, write("a", 1), write("b", 2)))
        bench.put("b", 3)
        loaded = bench.store.load(("a", "b"))
        same(loaded["a"], Loaded(1, state(1)))
        same(loaded["b"], Loaded(2, state(3)))

    @proves("ST2")
    def test_st2_every_name_is_answered_once_and_no_other(self, bench: Bench) -> None:
        """Of a tuple and of a list, with one name twice, of many names, and of none."""
        bench.put("a")
        bench.put("c")
        loaded = bench.store.load(["a", "b", "a", "b"])
        assert sorted(loaded) == ["a", "b"]
        assert [loaded["a"].version, loaded["b"].version] == [1, 0]
        assert dict(bench.store.load(())) == {}
        many = [f"s-{number}" for number in range(1_200)]  # more than some databases take parameters
        assert sorted(bench.store.load([*many, "a"])) == sorted([*many, "a"])

    @proves("ST2")
    def test_st2_reading_leaves_no_trace(self, bench: Bench) -> None:
        """Whatever is asked for, nothing comes into being by it."""
        for _ in range(2):
            same(bench.store.load(("a",))["a"], Loaded(0, None))
            assert bench.store.answer("k") is None
            assert list(bench.store.history("a")) == []
            assert list(bench.store.feed(0, 10)) == []
            assert bench.store.private("p") is None
            assert bench.store.cursor("c") == 0
        bench.put("a", key="k")

    @proves("ST4")
    def test_st4_streams_that_look_alike_are_different_streams(self, bench: Bench) -> None:
        """Each is written once, and is at version 1."""
        for number, name in enumerate(LOOK_ALIKES, 1):
            bench.store.commit(commit(f"k{number}", {name: bench.version(name)}, write(name, number)))
        loaded = bench.store.load(LOOK_ALIKES)
        for number, name in enumerate(LOOK_ALIKES, 1):
            same(loaded[name], Loaded(1, state(number)), repr(name))
            assert [(e.stream, e.event) for e in bench.store.history(name)] == [(name, event(number))]
        assert [entry.stream for entry in everything(bench.store)] == list(LOOK_ALIKES)

    @proves("ST4")
    def test_st4_keys_that_look_alike_are_different_keys(self, bench: Bench) -> None:
        """Each is new when it is first used, and keeps an answer of its own."""
        for name in LOOK_ALIKES:
            with cites("ST4"):
                assert bench.store.answer(name) is None, repr(name)
            bench.store.commit(commit(name, {}))
        for name in LOOK_ALIKES:
            same(bench.store.answer(name), answer(name), repr(name))

    @proves("ST4")
    def test_st4_personal_data_and_cursors_are_told_apart_by_their_exact_names(self, bench: Bench) -> None:
        """Erasing one person's data, or moving one reader on, touches no other."""
        for number, name in enumerate(LOOK_ALIKES, 1):
            bench.store.commit(commit(f"k{number}", {}, private={name: Contact(name=f"n{number}")}))
            bench.store.advance(name, number)
        for number, name in enumerate(LOOK_ALIKES, 1):
            same(bench.store.private(name), Contact(name=f"n{number}"), repr(name))
            assert bench.store.cursor(name) == number, repr(name)
        bench.store.commit(commit("erase", {}, private={LOOK_ALIKES[0]: None}))
        gone = [name for name in LOOK_ALIKES if bench.store.private(name) is None]
        assert gone == [LOOK_ALIKES[0]]


class CommittingCases:
    """ST5 to ST12: what a commit is."""

    @proves("ST5")
    def test_st5_a_commit_with_a_stale_read_leaves_no_trace(self, bench: Bench) -> None:
        """Its last read is stale, and it would have changed everything there is."""
        bench.put("a")
        bench.put("z")
        bench.store.commit(commit("people", {}, private={"ada": ADA, "bob": BOB}))
        bench.store.advance("reader", 1)
        bench.refused(_everything_at_once("k", {"a": 1, "new": 0, "z": 0}), ("reader",))

    @proves("ST5")
    def test_st5_a_commit_under_a_recorded_key_leaves_no_trace(self, bench: Bench) -> None:
        """Its reads are as they should be, and the first answer stands."""
        bench.put("a", key="k")
        bench.put("z")
        bench.store.commit(commit("people", {}, private={"ada": ADA, "bob": BOB}))
        bench.refused(_everything_at_once("k", {"a": 1, "new": 0, "z": 1}))
        same(bench.store.answer("k"), answer("k"))

    @proves("ST5")
    def test_st5_what_was_refused_goes_through_once_it_is_right(self, bench: Bench) -> None:
        """The engine decides again on what it finds, under the same key."""
        bench.put("a")
        bench.put("z")
        bench.refused(_everything_at_once("k", {"a": 1, "new": 0, "z": 0}))
        bench.store.commit(_everything_at_once("k", {"a": 1, "new": 0, "z": 1}))
        assert bench.versions("a", "new", "z") == {"a": 2, "new": 1, "z": 2}
        same(bench.store.answer("k"), answer("k"))
        assert [entry.key for entry in everything(bench.store)][2:] == ["k"] * 4

    @proves("ST6")
    def test_st6_a_key_is_recorded_once(self, bench: Bench) -> None:
        """Also where the second commit is the first one again, and where it has another payload."""
        bench.put("a", key="k")
        bench.refused(commit("k", {"a": 0}, write("a", 1)))
        bench.refused(commit("k", {"a": 1}, write("a", 2)))
        bench.refused(commit("k", {"b": 0}, write("b", 2)))
        bench.refused(Commit(answer("k", payload_hash="another", error="refused"), {}))
        same(bench.store.answer("k"), answer("k"))

    @proves("ST6")
    def test_st6_the_key_of_a_refusal_is_recorded_too(self, bench: Bench) -> None:
        """A retry of what was refused gets the refusal, whatever is true by now."""
        refusal = answer("k", error="unknown_id", path="order_id")
        bench.store.commit(Commit(refusal, {"a": 0}))
        bench.refused(commit("k", {"a": 0}, write("a")))
        bench.refused(commit("k", {}))
        same(bench.store.answer("k"), refusal)

    @proves("ST7")
    def test_st7_a_stream_that_is_only_read_is_checked(self, bench: Bench) -> None:
        """The decision was made on it: whatever the place among the reads."""
        for name in ("a", "b", "c"):
            bench.put(name)
        bench.put("b")
        for place, names in enumerate((("b", "a", "c"), ("a", "b", "c"), ("a", "c", "b"))):
            reads = dict.fromkeys(names, 1)
            bench.refused(commit(f"k{place}", reads, write("a", 9)))
        bench.store.commit(commit("k", {"a": 1, "b": 2, "c": 1}, write("a", 9)))

    @proves("ST7")
    def test_st7_a_stream_that_is_written_is_checked(self, bench: Bench) -> None:
        """Behind, and ahead of what is there."""
        bench.put("a")
        bench.put("a")
        for version in (0, 1, 3, 4):
            bench.refused(commit(f"k{version}", {"a": version}, write("a", 9)))
        bench.store.commit(commit("k", {"a": 2}, write("a", 9)))

    @proves("ST7")
    def test_st7_a_stream_that_was_not_there_must_still_not_be_there(self, bench: Bench) -> None:
        """And one that is not there has no version but 0."""
        bench.refused(commit("k1", {"a": 1}, write("a")))
        bench.refused(commit("k2", {"ghost": 1, "a": 0}, write("a")))
        bench.refused(commit("k3", {"ghost": 1}))
        bench.put("ghost")
        bench.refused(commit("k4", {"ghost": 0, "a": 0}, write("a")))
        bench.refused(commit("k5", {"ghost": 0}))

    @proves("ST7")
    def test_st7_a_refusal_is_checked_like_anything_else(self, bench: Bench) -> None:
        """It says no about a state, which must be the one that holds."""
        bench.put("a")
        refusal = answer("k", error="insufficient_stock", fields=(("missing", 2),))
        bench.refused(Commit(refusal, {"a": 0}))
        bench.store.commit(Commit(refusal, {"a": 1}))
        same(bench.store.answer("k"), refusal)

    @proves("ST7")
    def test_st7_every_read_is_checked_however_many_there_are(self, bench: Bench) -> None:
        """An order of many lines reads a stream for each: more than some databases take parameters."""
        names = [f"s-{number}" for number in range(1_200)]
        reads = dict.fromkeys(names, 0)
        bench.store.commit(commit("all", reads, *[write(name, 1) for name in names]))
        assert bench.versions(*names) == dict.fromkeys(names, 1)
        reads = dict.fromkeys(names, 1)
        for place in (0, 100, 1_000, 1_199):
            bench.put(names[place])
            try:
                bench.store.commit(commit(f"k{place}", reads, write(names[1])))
            except Conflict:
                reads[names[place]] = 2
            else:
                raise AssertionError(f"the read at place {place + 1} of {len(names)} was not checked")
        bench.store.commit(commit("k", reads, write(names[1])))

    @proves("ST8")
    def test_st8_a_version_rises_by_one_for_any_number_of_events(self, bench: Bench) -> None:
        """C6: versions count commands, and a command may have no event for a stream it writes."""
        for version, numbers in enumerate(((1, 2, 3, 4, 5), (1,), (), (1, 2)), 1):
            events = tuple(event(number) for number in numbers)
            write = Write("a", events, state(version))
            bench.store.commit(commit(f"k{version}", {"a": version - 1}, write))
            same(bench.store.load(("a",))["a"], Loaded(version, state(version)))
        assert len(everything(bench.store)) == 8

    @proves("ST8")
    def test_st8_each_written_stream_rises_and_no_other(self, bench: Bench) -> None:
        """What is only read stays, and so does everything where nothing is written."""
        bench.put("a")
        bench.put("b")
        bench.store.commit(commit("k", {"a": 1, "b": 1, "c": 0}, write("c", 1, 1, 2, 3), write("a")))
        assert bench.versions("a", "b", "c") == {"a": 2, "b": 1, "c": 1}
        bench.store.commit(commit("refused", {"a": 2, "b": 1, "c": 1}))
        assert bench.versions("a", "b", "c") == {"a": 2, "b": 1, "c": 1}

    @proves("ST9")
    def test_st9_a_write_without_a_read_is_refused(self, bench: Bench) -> None:
        """Of a new stream and of one that is there, alone and beside a proper write."""
        bench.put("a")
        bench.refused(commit("k1", {}, write("a")))
        bench.refused(commit("k2", {}, write("b")))
        bench.refused(commit("k3", {"a": 1}, write("a"), write("b")))

    @proves("ST10")
    def test_st10_a_stream_written_twice_in_one_commit_is_refused(self, bench: Bench) -> None:
        """Two states after one commit: neither would be the one that holds."""
        bench.put("a")
        bench.refused(commit("k1", {"a": 1}, write("a", 2), write("a", 3)))
        bench.refused(commit("k2", {"a": 1, "b": 0}, write("b"), write("a"), write("b")))

    @proves("ST11")
    def test_st11_a_key_without_an_answer_answers_none(self, bench: Bench) -> None:
        """Also after other keys got theirs."""
        bench.put("a", key="k")
        assert bench.store.answer("other") is None
        same(bench.store.answer("k"), answer("k"))

    @proves("ST11")
    def test_st11_a_commit_that_reads_and_writes_nothing_is_recorded(self, bench: Bench) -> None:
        """So the dispatcher notes an effect that was made."""
        bench.store.commit(Commit(answer("effect"), {}))
        same(bench.store.answer("effect"), answer("effect"))
        assert everything(bench.store) == []

    @proves("ST11")
    def test_st11_accepted_and_refused_are_kept_as_they_are(self, bench: Bench) -> None:
        """An answer is rebuilt from its record alone (C4)."""
        refusal = Answer("no", "h1", "order/1", AT, "unknown_id", "order_id", (("kind", "order"),))
        accepted = Answer("yes", "h2", "order/1", AT, result=state(4))
        bench.store.commit(Commit(refusal, {"order/1": 0}))
        bench.store.commit(Commit(accepted, {"order/1": 0}, (write("order/1"),)))
        same(bench.store.answer("no"), refusal)
        same(bench.store.answer("yes"), accepted)

    @proves("ST12")
    def test_st12_personal_data_is_set_replaced_and_erased(self, bench: Bench) -> None:
        """Erasing what is not there is no error; setting it again is allowed."""
        for number, (given, kept) in enumerate(
            ((ADA, ADA), (BOB, BOB), (None, None), (None, None), (ADA, ADA))
        ):
            bench.store.commit(commit(f"k{number}", {}, private={"p": given}))
            same(bench.store.private("p"), kept)
        assert bench.store.private("q") is None

    @proves("ST12")
    def test_st12_one_commit_may_set_and_erase_several(self, bench: Bench) -> None:
        """Each for itself, beside writes; what is not named stays."""
        bench.store.commit(commit("k1", {}, private={"a": ADA, "b": BOB, "c": ADA}))
        bench.store.commit(commit("k2", {"s": 0}, write("s"), private={"a": None, "b": ADA, "d": BOB}))
        kept = [bench.store.private(key) for key in "abcd"]
        same(kept, [None, ADA, ADA, BOB])

    @proves("ST12")
    def test_st12_personal_data_stands_apart_from_streams(self, bench: Bench) -> None:
        """One name as a stream, a key, personal data and a cursor is four things."""
        bench.put("a", key="a", private={"a": ADA})
        bench.store.advance("a", 1)
        bench.store.commit(commit("erase", {}, private={"a": None}))
        assert bench.store.private("a") is None
        assert (bench.version("a"), bench.store.cursor("a")) == (1, 1)
        same(bench.store.answer("a"), answer("a"))
        assert len(bench.store.history("a")) == 1


def _everything_at_once(key: str, reads: dict[str, int]) -> Commit:
    """A commit that would show everywhere."""
    return Commit(
        answer(key),
        reads,
        (write("a", 7, 7, 8), write("new", 9), write("z", 3)),
        {"ada": None, "bob": ADA, "eve": BOB},
        "someone",
        "for a reason",
    )


__all__ = ["ADA", "BOB", "LOOK_ALIKES", "CommittingCases", "ReadingCases"]
