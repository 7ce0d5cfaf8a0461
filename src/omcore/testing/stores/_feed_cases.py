"""Cases of the store contract: values, the feed, cursors, errors.

Each method proves one clause on a fresh store; see ``stores/_cases``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omcore.kernel import EPOCH, Unavailable
from omcore.ports import Answer, Commit, FeedEntry, Write
from omcore.testing._store_clauses import proves
from omcore.testing.stores._bench import AT, Bench, answer, commit, event, everything, same, state, write
from omcore.testing.stores._cases import ADA
from omcore.testing.stores._values import LAST, PEOPLE, largest, specimens


class ValueCases:
    """ST13, ST14: what is kept."""

    @proves("ST13")
    def test_st13_states_come_back_as_they_were(self, bench: Bench) -> None:
        """Equal and of the same types: the next decision is made on what comes back."""
        for number, specimen in enumerate(specimens()):
            name = f"s-{number}"
            bench.store.commit(commit(name, {name: 0}, Write(name, (), specimen)))
            same(bench.store.load((name,))[name].state, specimen)

    @proves("ST13")
    def test_st13_events_come_back_as_they_were(self, bench: Bench) -> None:
        """On the feed and in the history."""
        bench.store.commit(commit("k", {"a": 0}, Write("a", specimens(), state(1))))
        same([entry.event for entry in everything(bench.store)], list(specimens()))
        same([entry.event for entry in bench.store.history("a")], list(specimens()))

    @proves("ST13")
    def test_st13_answers_come_back_as_they_were(self, bench: Bench) -> None:
        """Refusals with any safe field, and results of any record."""
        for number, specimen in enumerate(specimens()):
            fields = specimen.fields if type(specimen) is Answer else ()
            given = answer(f"k{number}", error="refused", path="lines[2].sku", fields=fields, result=specimen)
            bench.store.commit(Commit(given, {}))
            same(bench.store.answer(f"k{number}"), given)

    @proves("ST13")
    def test_st13_the_largest_order_comes_back_as_it_was(self, bench: Bench) -> None:
        """Ten thousand lines: some columns and packets end before 2.4 MB."""
        made = largest()
        bench.store.commit(commit("k", {"a": 0}, Write("a", made.events, made.order)))
        same(bench.store.load(("a",))["a"].state, made.order)
        same([entry.event for entry in bench.store.history("a")], list(made.events))

    @proves("ST13")
    def test_st13_instants_keep_their_microseconds_and_stay_in_utc(self, bench: Bench) -> None:
        """C2: the first and the last one, and one that a float of seconds would round."""
        moments = (EPOCH, EPOCH + timedelta(microseconds=1), AT, LAST, AT.replace(microsecond=999_999))
        for number, at in enumerate(moments):
            given = answer(f"k{number}", at=at)
            bench.store.commit(Commit(given, {"a": number}, (write("a"),)))
            same(bench.store.answer(f"k{number}"), given)
        same([entry.at for entry in everything(bench.store)], list(moments))

    @proves("ST13")
    def test_st13_personal_data_comes_back_as_it_was(self, bench: Bench) -> None:
        """Every character of it, in any script."""
        for number, person in enumerate(PEOPLE):
            bench.store.commit(commit(f"k{number}", {}, private={"p": person}))
            same(bench.store.private("p"), person)

    @proves("ST13")
    def test_st13_who_and_why_come_back_as_they_were(self, bench: Bench) -> None:
        """In any script, empty, and as long as they may be."""
        said = (
            "",
            " ",
            "ops@nyc",
            "It's \u201cbroken\u201d; --\n\u00a0100 %",
            "\U0001f4e6" * 200,
            "x" * 1_000,
        )
        for number, text in enumerate(said):
            bench.store.commit(commit(f"k{number}", {"a": number}, write("a"), by=text, reason=text))
        same([(entry.by, entry.reason) for entry in everything(bench.store)], [(t, t) for t in said])

    @proves("ST14")
    def test_st14_what_is_changed_after_it_was_given_is_not_changed_in_the_store(self, bench: Bench) -> None:
        """Mappings of a commit, and the list of names of a load, belong to the caller."""
        reads, private, names = {"a": 0}, {"p": ADA}, ["a"]
        bench.store.commit(Commit(answer("k"), reads, (write("a"),), private))
        reads["a"] = 9
        reads["b"] = 9
        del private["p"]
        bench.store.load(names)
        names.append("b")
        assert bench.versions("a", "b") == {"a": 1, "b": 0}
        same(bench.store.private("p"), ADA)

    @proves("ST14")
    def test_st14_what_is_changed_after_it_was_returned_is_not_changed_in_the_store(
        self, bench: Bench
    ) -> None:
        """Whatever container a method returns, the next call returns a whole one."""
        bench.put("a", 1, 1, 2)
        found: tuple[Any, ...] = (
            bench.store.load(("a",)),
            bench.store.feed(0, 10),
            bench.store.history("a"),
        )
        for container in found:
            if hasattr(container, "clear"):
                container.clear()
        assert bench.versions("a") == {"a": 1}
        assert len(bench.store.feed(0, 10)) == len(bench.store.history("a")) == 2


class FeedCases:
    """ST15 to ST20: the feed."""

    @proves("ST15")
    def test_st15_events_stand_in_the_order_of_writes_and_events(self, bench: Bench) -> None:
        """Which is not the order of names."""
        bench.store.commit(commit("k1", {"m": 0, "z": 0, "a": 0}, write("z", 1, 3, 1), write("a", 1, 2)))
        bench.store.commit(commit("k2", {"m": 0, "a": 1}, write("m", 1, 9), write("a", 1, 8, 7)))
        said = [(entry.stream, entry.event) for entry in everything(bench.store)]
        order = [("z", 3), ("z", 1), ("a", 2), ("m", 9), ("a", 8), ("a", 7)]
        assert said == [(stream, event(number)) for stream, number in order]

    @proves("ST15")
    def test_st15_events_that_are_equal_are_several(self, bench: Bench) -> None:
        """In one write, in two writes of a commit, and in two commits: their place tells them apart."""
        bench.store.commit(commit("k1", {"a": 0, "b": 0}, write("a", 1, 7, 7, 7), write("b", 1, 7)))
        bench.store.commit(commit("k2", {"a": 1}, write("a", 1, 7)))
        bench.store.commit_all([commit("k3", {"a": 2}, write("a", 1, 7, 7))])
        said = [(entry.stream, entry.version, entry.index, entry.event) for entry in everything(bench.store)]
        places = [("a", 1, 0), ("a", 1, 1), ("a", 1, 2), ("b", 1, 0), ("a", 2, 0), ("a", 3, 0), ("a", 3, 1)]
        assert said == [(*place, event(7)) for place in places]
        assert len(bench.store.history("a")) == 6

    @proves("ST15")
    def test_st15_commits_stand_in_the_order_in_which_they_were_made(self, bench: Bench) -> None:
        """Whatever their keys and their times: a late fact may tell of an earlier moment."""
        for number, (key, delay_s) in enumerate((("z", 0), ("a", -3_600), ("m", 60), ("A", 1))):
            given = answer(key, at=AT + timedelta(seconds=delay_s))
            bench.store.commit(Commit(given, {f"s{9 - number}": 0}, (write(f"s{9 - number}"),)))
        assert [entry.key for entry in everything(bench.store)] == ["z", "a", "m", "A"]

    @proves("ST15")
    def test_st15_a_commit_without_events_adds_nothing(self, bench: Bench) -> None:
        """Not for a refusal, and not for a stream that is written without one."""
        bench.put("a")
        bench.store.commit(Commit(answer("k1", error="refused"), {"a": 1}))
        bench.store.commit(commit("k2", {"a": 1}, Write("a", (), state(2))))
        assert len(everything(bench.store)) == len(bench.store.history("a")) == 1

    @proves("ST16")
    def test_st16_positions_are_whole_numbers_that_rise(self, bench: Bench) -> None:
        """0 is before the first one, so that a cursor can begin there."""
        for number in range(5):
            bench.put(f"s{number % 2}", 1, 1, 2, 3)
        positions = [entry.position for entry in everything(bench.store)]
        assert all(type(position) is int and position >= 1 for position in positions)
        assert positions == sorted(set(positions))
        assert len(positions) == 15

    @proves("ST16")
    def test_st16_what_was_read_once_is_read_again(self, bench: Bench) -> None:
        """The feed only grows at its end: refused commits and other streams change nothing in it."""
        seen: list[FeedEntry] = []
        for number in range(6):
            bench.put(f"s{number % 3}", 1, 1, 2)
            bench.refused(commit(f"bad {number}", {"s0": 99}, write("s0")))
            now = everything(bench.store)
            same(now[: len(seen)], seen)
            assert len(now) == len(seen) + 2
            seen = now

    @proves("ST17")
    def test_st17_pages_of_any_size_make_the_whole_feed(self, bench: Bench) -> None:
        """Also a page that ends amid a commit."""
        for number in range(4):
            bench.put(f"s{number}", 1, *range(1, 6))
        whole = list(bench.store.feed(0, 1_000))
        assert len(whole) == 20
        for limit in (1, 2, 3, 7, 19, 20, 21, 10**9):
            same(everything(bench.store, page=limit), whole, f"in pages of {limit}")
            assert len(bench.store.feed(0, limit)) == min(limit, 20)

    @proves("ST17")
    def test_st17_reading_goes_on_after_any_position(self, bench: Bench) -> None:
        """At each entry, at the end and beyond it; a page of 0 entries is empty."""
        for number in range(3):
            bench.put(f"s{number}", 1, 1, 2)
        whole = list(bench.store.feed(0, 100))
        for place, entry in enumerate(whole):
            same(list(bench.store.feed(entry.position, 100)), whole[place + 1 :])
            same(list(bench.store.feed(entry.position - 1, 1)), [entry])
        last = whole[-1].position
        assert list(bench.store.feed(last + 1, 100)) == list(bench.store.feed(10**15, 100)) == []
        assert list(bench.store.feed(0, 0)) == list(bench.store.feed(last, 0)) == []

    @proves("ST17")
    def test_st17_a_reader_that_came_to_the_end_finds_what_is_new(self, bench: Bench) -> None:
        """And only that."""
        after = 0
        for number in range(1, 6):
            bench.put("a", 1, *range(1, number + 1))
            new = bench.store.feed(after, 100)
            assert [entry.event for entry in new] == [event(each) for each in range(1, number + 1)]
            after = new[-1].position
            assert list(bench.store.feed(after, 100)) == []

    @proves("ST19")
    def test_st19_history_is_the_feed_of_one_stream(self, bench: Bench) -> None:
        """Entry by entry, of each; and empty for a stream that has none."""
        for number in range(9):
            names = ("order/1", "order/10", "order/1 ") if number % 2 else ("order/10", "order/2")
            writes = [write(name, 1, *range(1, number % 3 + 2)) for name in names]
            bench.store.commit(commit(f"k{number}", bench.versions(*names), *writes))
        whole = everything(bench.store)
        for name in ("order/1", "order/10", "order/1 ", "order/2"):
            same(list(bench.store.history(name)), [entry for entry in whole if entry.stream == name])
        assert list(bench.store.history("order/")) == list(bench.store.history("order/3")) == []

    @proves("ST19")
    def test_st19_history_is_whole_however_long(self, bench: Bench) -> None:
        """No page size cuts it off."""
        bench.store.commit(commit("k", {"a": 0}, write("a", 1, *range(1, 1_251))))
        assert [entry.index for entry in bench.store.history("a")] == list(range(1_250))

    @proves("ST19")
    def test_st19_history_goes_on_after_any_version(self, bench: Bench) -> None:
        """Commits are not cut in two, whatever else is on the feed; above the last one is nothing."""
        for number in range(1, 6):
            names = ("b", "a") if number % 2 else ("a",)
            writes = [write(name, 1, *range(1, number + 1)) for name in names]
            bench.store.commit(commit(f"k{number}", bench.versions(*names), *writes))
        bench.store.commit(commit("silent", {"a": 5}, Write("a", (), state(1))))
        bench.put("a", 7, 8, 9)
        whole = list(bench.store.history("a", 0))
        same(whole, list(bench.store.history("a")))
        for after in range(9):
            expected = [entry for entry in whole if entry.version > after]
            same(list(bench.store.history("a", after)), expected, f"after {after}")
        assert list(bench.store.history("a", 10**15)) == list(bench.store.history("c", 1)) == []

    @proves("ST20")
    def test_st20_an_entry_says_where_it_comes_from(self, bench: Bench) -> None:
        """Stream, version after the commit, index, key, time, who and why."""
        bench.put("b")
        later = AT + timedelta(seconds=5)
        given = answer("k", at=later, subject="a")
        writes = (write("b", 1, 5, 6), write("a", 1, 7))
        bench.store.commit(Commit(given, {"a": 0, "b": 1}, writes, by="ops", reason="recount"))
        found = everything(bench.store)
        facts = ("k", later, "ops", "recount")
        expected = [
            FeedEntry(found[1].position, "b", 2, 0, event(5), *facts),
            FeedEntry(found[2].position, "b", 2, 1, event(6), *facts),
            FeedEntry(found[3].position, "a", 1, 0, event(7), *facts),
        ]
        same(found[1:], expected)
        same(found[0], FeedEntry(found[0].position, "b", 1, 0, event(1), "put b 1", AT))


class CursorCases:
    """ST21: how far readers have come."""

    @proves("ST21")
    def test_st21_a_cursor_is_0_until_it_is_moved(self, bench: Bench) -> None:
        """Whatever is on the feed."""
        bench.put("a")
        same(bench.store.cursor("reader"), 0)

    @proves("ST21")
    def test_st21_a_cursor_moves_forward_only(self, bench: Bench) -> None:
        """Two dispatchers may report in any order; repeating a report is no error."""
        for given, kept in ((3, 3), (2, 3), (3, 3), (0, 3), (10, 10), (9, 10), (10**12, 10**12), (1, 10**12)):
            bench.store.advance("reader", given)
            same(bench.store.cursor("reader"), kept)

    @proves("ST21")
    def test_st21_each_reader_has_its_own_cursor(self, bench: Bench) -> None:
        """A mail server that is down holds up no payment."""
        bench.store.advance("omcore.pay", 5)
        bench.store.advance("omcore.notify", 2)
        bench.store.advance("omcore.pay", 6)
        assert [bench.store.cursor(f"omcore.{name}") for name in ("pay", "notify", "pa")] == [6, 2, 0]

    @proves("ST21")
    def test_st21_a_cursor_and_the_feed_do_not_touch_each_other(self, bench: Bench) -> None:
        """Moving on consumes nothing, and commits move no reader."""
        bench.put("a")
        bench.store.advance("reader", 1)
        bench.put("a")
        assert bench.store.cursor("reader") == 1
        assert len(everything(bench.store)) == 2


class ErrorCases:
    """ST22: what goes wrong outside."""

    @proves("ST22", needs="unreachable")
    def test_st22_what_cannot_be_reached_is_unavailable(self, bench: Bench) -> None:
        """Every method says so; the engine then asks for the recorded answer."""
        store = bench.unreachable()
        calls: dict[str, Any] = {
            "load": lambda: store.load(("a",)),
            "answer": lambda: store.answer("k"),
            "commit": lambda: store.commit(commit("k", {"a": 0}, write("a"))),
            "commit_all": lambda: store.commit_all([commit("k", {"a": 0}, write("a"))]),
            "feed": lambda: store.feed(0, 1),
            "history": lambda: store.history("a"),
            "private": lambda: store.private("p"),
            "cursor": lambda: store.cursor("c"),
            "advance": lambda: store.advance("c", 1),
        }
        for name, call in calls.items():
            try:
                call()
            except Unavailable:
                continue
            raise AssertionError(f"{name} answered, though nothing can be reached")


__all__ = ["CursorCases", "ErrorCases", "FeedCases", "ValueCases"]
