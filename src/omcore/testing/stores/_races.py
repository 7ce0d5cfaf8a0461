"""Cases of the store contract: several handles, several callers, a long history.

Callers race on threads, each with a handle of its own where the data can be opened again. Work is
counted in function calls and never timed. See ``stores/_cases``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from omcore.kernel import Conflict, Unavailable
from omcore.ports import Commit, FeedEntry, Loaded, Store
from omcore.testing._store_clauses import cites, proves
from omcore.testing.stores._bench import Bench, answer, commit, everything, same, state, write
from omcore.testing.stores._cases import ADA

CALLERS = 4
ROUNDS = 20
SHARED = 100
ATTEMPTS = 50


def tried(store: Store, attempt: Commit) -> bool:
    """Whether this commit won. ``Unavailable`` says nothing about it: the recorded answer does."""
    for _ in range(ATTEMPTS):
        try:
            store.commit(attempt)
        except Conflict:
            return False
        except Unavailable:
            recorded = store.answer(attempt.answer.key)
            if recorded is None:
                continue
            return recorded == attempt.answer
        return True
    raise AssertionError(f"{ATTEMPTS} times Unavailable")


def units(loaded: Loaded) -> int:
    """The number that a stream's state holds."""
    return 0 if loaded.state is None else int(loaded.state.quantity)


class HandleCases:
    """ST23, ST24: the same data, opened more than once."""

    @proves("ST23", needs="reopen")
    def test_st23_everything_is_there_when_the_data_is_opened_again(self, bench: Bench) -> None:
        """Streams, feed, history, answers, personal data, what was erased, cursors."""
        bench.put("a", 1, 1, 2, key="k1", by="ops", reason="first")
        bench.put("b", 2, key="k2", private={"p": ADA, "q": ADA})
        bench.store.commit(Commit(answer("no", error="refused"), {"a": 1}, private={"q": None}))
        bench.store.advance("reader", 2)
        again = bench.another()
        loaded = again.load(("a", "b", "c"))
        same([loaded[name] for name in "abc"], [Loaded(1, state(1)), Loaded(1, state(2)), Loaded(0, None)])
        same(everything(again), everything(bench.store))
        same(list(again.history("a")), list(bench.store.history("a")))
        same([again.answer(key) for key in ("k1", "k2")], [answer("k1"), answer("k2")])
        same(again.answer("no"), answer("no", error="refused"))
        same([again.private(key) for key in "pq"], [ADA, None])
        assert [again.cursor("reader"), again.cursor("other")] == [2, 0]

    @proves("ST23", needs="reopen")
    def test_st23_it_goes_on_from_there(self, bench: Bench) -> None:
        """Versions, keys, positions and cursors are those that were left."""
        bench.put("a", key="k1")
        bench.store.advance("reader", 5)
        seen = everything(bench.store)
        again = bench.another()
        for attempt in (commit("k1", {"a": 1}, write("a")), commit("k2", {"a": 0}, write("a"))):
            assert not tried(again, attempt)
        again.commit(commit("k3", {"a": 1}, write("a", 2)))
        again.advance("reader", 3)
        assert again.cursor("reader") == 5
        now = everything(bench.another())
        same(now[:1], seen)
        assert [(entry.key, entry.version) for entry in now] == [("k1", 1), ("k3", 2)]

    @proves("ST24", needs="reopen")
    def test_st24_what_one_handle_commits_the_other_sees_at_once(self, bench: Bench) -> None:
        """Also what it had read before: it keeps no copy of its own."""
        one, other = bench.store, bench.another()
        for number in range(1, 6):
            writer, reader = (one, other) if number % 2 else (other, one)
            assert reader.load(("a",))["a"].version == number - 1
            assert reader.answer(f"k{number}") is None
            assert reader.private("p") is None
            assert (
                len(everything(reader)) == len(reader.history("a")) == reader.cursor("reader") == number - 1
            )
            writer.commit(commit(f"k{number}", {"a": number - 1}, write("a", number), private={"p": ADA}))
            writer.advance("reader", number)
            same(reader.load(("a",))["a"], Loaded(number, state(number)))
            same(reader.answer(f"k{number}"), answer(f"k{number}"))
            assert len(everything(reader)) == len(reader.history("a")) == reader.cursor("reader") == number
            same(reader.private("p"), ADA)
            writer.commit(commit(f"erase {number}", {}, private={"p": None}))
            assert reader.private("p") is None

    @proves("ST24", needs="reopen")
    def test_st24_a_handle_that_was_overtaken_is_refused(self, bench: Bench) -> None:
        """By version, by key, and for streams that are only read."""
        one, other = bench.store, bench.another()
        one.load(("a", "b"))
        other.load(("a", "b"))
        one.commit(commit("k1", {"a": 0}, write("a")))
        for attempt in (
            commit("k2", {"a": 0}, write("a")),
            commit("k3", {"a": 0, "b": 0}, write("b")),
            commit("k1", {"b": 0}, write("b")),
            Commit(answer("k4", error="refused"), {"a": 0}),
        ):
            assert not tried(other, attempt)
        assert [entry.key for entry in everything(other)] == ["k1"]


class RaceCases:
    """ST3, ST18, ST25: callers at the same time."""

    @proves("ST25", needs="threads")
    def test_st25_exactly_one_commit_wins_a_version(self, bench: Bench) -> None:
        """Round by round all read one version, and all try."""
        wins: list[tuple[int, int]] = []

        def caller(me: int, store: Store) -> Callable[[], None]:
            def race() -> None:
                for version in range(ROUNDS):
                    bench.meet()
                    if tried(store, commit(f"{me}/{version}", {"a": version}, write("a", me + 1))):
                        wins.append((version, me))

            return race

        bench.together(*(caller(me, store) for me, store in enumerate(bench.handles(CALLERS))))
        assert [version for version, _ in sorted(wins)] == list(range(ROUNDS)), "one winner a version"
        keys = [f"{me}/{version}" for version, me in sorted(wins)]
        assert [entry.key for entry in everything(bench.store)] == keys

    @proves("ST25", needs="threads")
    def test_st25_no_update_is_lost(self, bench: Bench) -> None:
        """Every caller counts up, deciding again where it was overtaken."""

        def caller(me: int, store: Store) -> Callable[[], None]:
            def more(number: int) -> bool:
                found = store.load(("a",))["a"]
                attempt = commit(f"{me}/{number}", {"a": found.version}, write("a", units(found) + 1))
                return tried(store, attempt)

            def count() -> None:
                for number in range(ROUNDS):
                    bench.until(partial(more, number))

            return count

        bench.together(*(caller(me, store) for me, store in enumerate(bench.handles(CALLERS))))
        total = CALLERS * ROUNDS
        same(bench.store.load(("a",))["a"], Loaded(total, state(total)))
        said = [(entry.version, entry.event.quantity) for entry in everything(bench.store)]
        assert said == [(number, number) for number in range(1, total + 1)]

    @proves("ST25", needs="threads")
    def test_st25_exactly_one_commit_wins_a_key(self, bench: Bench) -> None:
        """One command, delivered to all of them at once, on streams that nobody else writes."""
        wins: list[int] = []

        def caller(me: int, store: Store) -> Callable[[], None]:
            def race() -> None:
                for number in range(ROUNDS):
                    attempt = Commit(
                        answer(f"k{number}", subject=f"mine/{me}/{number}"),
                        {f"mine/{me}/{number}": 0},
                        (write(f"mine/{me}/{number}"),),
                    )
                    bench.meet()
                    if tried(store, attempt):
                        wins.append(number)

            return race

        bench.together(*(caller(me, store) for me, store in enumerate(bench.handles(CALLERS))))
        assert sorted(wins) == list(range(ROUNDS))
        for entry in everything(bench.store):
            recorded = bench.store.answer(entry.key)
            assert recorded is not None
            assert recorded.subject == entry.stream, "the answer is the winner's"
        assert len(everything(bench.store)) == ROUNDS

    @proves("ST25", needs="threads")
    def test_st25_of_commits_that_write_what_others_have_read_one_wins(self, bench: Bench) -> None:
        """Each reads all and writes its own, so that nothing is written twice: each read needs its lock.

        Round by round on streams that are there, and on streams that are not.
        """
        wins: list[str] = []
        stores = bench.handles(CALLERS)
        for number in range(0, ROUNDS, 2):
            reads = {f"{number}/{me}": 0 for me in range(CALLERS)}
            writes = [write(name) for name in reads]
            bench.store.commit(commit(f"there {number}", reads, *writes))

        def caller(me: int, store: Store) -> Callable[[], None]:
            def race() -> None:
                for number in range(ROUNDS):
                    reads = {f"{number}/{each}": (number + 1) % 2 for each in range(CALLERS)}
                    attempt = commit(f"{number} {me}", reads, write(f"{number}/{me}", me + 1, 1, 2, 3))
                    bench.meet()
                    if tried(store, attempt):
                        wins.append(f"{number}")

            return race

        bench.together(*(caller(me, store) for me, store in enumerate(stores)))
        assert sorted(wins, key=int) == [f"{number}" for number in range(ROUNDS)], "one winner a round"

    @proves("ST25", needs="threads")
    def test_st25_commits_on_different_streams_all_go_through(self, bench: Bench) -> None:
        """C10: nothing that one reads, another writes."""

        def caller(me: int, store: Store) -> Callable[[], None]:
            def go() -> None:
                for number in range(ROUNDS):
                    assert tried(
                        store, commit(f"{me}/{number}", {f"s{me}": number}, write(f"s{me}", 1, 1, 2))
                    )

            return go

        bench.together(*(caller(me, store) for me, store in enumerate(bench.handles(CALLERS))))
        names = [f"s{me}" for me in range(CALLERS)]
        assert bench.versions(*names) == dict.fromkeys(names, ROUNDS)
        found = everything(bench.store)
        assert len(found) == 2 * CALLERS * ROUNDS
        # A commit's events stand side by side: no other commit's come between them.
        assert [entry.index for entry in found] == [0, 1] * (CALLERS * ROUNDS)
        assert all(one.key == other.key for one, other in zip(found[::2], found[1::2], strict=True))

    @proves("ST25", needs="threads")
    def test_st25_the_cursor_ends_at_the_furthest_report(self, bench: Bench) -> None:
        """Whoever reports last."""

        def caller(me: int, store: Store) -> Callable[[], None]:
            def report() -> None:
                highest = 0
                for number in range(ROUNDS):
                    store.advance("reader", number * CALLERS + me)
                    found = store.cursor("reader")
                    with cites("ST21"):
                        assert found >= max(highest, number * CALLERS + me)
                    highest = found

            return report

        bench.together(*(caller(me, store) for me, store in enumerate(bench.handles(CALLERS))))
        assert bench.store.cursor("reader") == ROUNDS * CALLERS - 1

    @proves("ST3", needs="threads")
    def test_st3_a_load_never_sees_half_a_commit(self, bench: Bench) -> None:
        """Units move between two streams; whoever loads both counts all of them."""
        bench.store.commit(commit("k", {"a": 0, "b": 0}, write("a", SHARED), write("b", SHARED)))
        *movers, reader = bench.handles(CALLERS)
        done: list[int] = []

        def mover(me: int, store: Store) -> Callable[[], None]:
            def one_unit(number: int) -> bool:
                found = both(store, ("a", "b"))
                one, other = units(found["a"]), units(found["b"])
                reads = {"a": found["a"].version, "b": found["b"].version}
                writes = (write("a", one - 1), write("b", other + 1))
                return tried(store, commit(f"{me}/{number}", reads, *writes))

            def move() -> None:
                for number in range(ROUNDS):
                    bench.until(partial(one_unit, number))
                done.append(me)

            return move

        def both(store: Store, names: tuple[str, str]) -> Mapping[str, Loaded]:
            found = store.load(names)
            assert found["a"].version == found["b"].version, "half a commit"
            assert units(found["a"]) + units(found["b"]) == 2 * SHARED, "half a commit"
            return found

        def some() -> bool:
            both(reader, ("a", "b"))
            both(reader, ("b", "a"))
            return len(done) == len(movers)

        def read() -> None:
            bench.until(some)

        bench.together(read, *(mover(me, store) for me, store in enumerate(movers)))

    @proves("ST18", needs="threads")
    def test_st18_a_reader_that_follows_the_feed_misses_nothing(self, bench: Bench) -> None:
        """It remembers only how far it has come, while others go on writing."""
        *writers, reader = bench.handles(CALLERS)
        done: list[int] = []
        followed: list[FeedEntry] = []

        def writer(me: int, store: Store) -> Callable[[], None]:
            def go() -> None:
                for number in range(ROUNDS):
                    assert tried(
                        store, commit(f"{me}/{number}", {f"s{me}": number}, write(f"s{me}", 1, 1, 2))
                    )
                done.append(me)

            return go

        def nothing_new() -> bool:
            last_look = len(done) == len(writers)
            found = reader.feed(followed[-1].position if followed else 0, 3)
            followed.extend(found)
            return last_look and not found

        def follow() -> None:
            bench.until(nothing_new)

        bench.together(follow, *(writer(me, store) for me, store in enumerate(writers)))
        same(followed, everything(bench.store), "what the reader saw")
        assert len(followed) == 2 * len(writers) * ROUNDS


class CancellingCases:
    """ST5, of an ``AsyncStore``: its caller may be cancelled at any moment."""

    @proves("ST5")
    def test_st5_a_commit_whose_caller_is_cancelled_is_whole_or_not_there(self, bench: Bench) -> None:
        """The caller does not learn which; the same commit again does not make it two."""
        for version, turns in enumerate((0, 1, 2, 3, 4, 5, 8, 13, 21)):
            key = f"k{version}"
            writes = (write("a", version + 1, 1, 2), write("b", version + 1))
            attempt = commit(key, {"a": version, "b": version}, *writes, private={"p": ADA})
            bench.cancelled([attempt], turns)
            tried(bench.store, attempt)
            same(bench.store.answer(key), answer(key), f"the answer, cancelled after {turns} turns")
            loaded = bench.store.load(("a", "b"))
            same([loaded[name] for name in "ab"], [Loaded(version + 1, state(version + 1))] * 2)
            found = [(entry.stream, entry.key) for entry in everything(bench.store)[3 * version :]]
            assert found == [("a", key), ("a", key), ("b", key)]
            same(bench.store.private("p"), ADA)
            bench.store.commit(commit(f"erase {version}", {}, private={"p": None}))


class GrowthCases:
    """ST26: nothing grows with history."""

    @proves("ST26")
    def test_st26_the_work_of_an_operation_does_not_grow_with_history(self, bench: Bench) -> None:
        """Function calls are counted after few commits and after many; a stream's state is as small."""

        def work(version: int) -> dict[str, int]:
            position = everything(bench.store)[-1].position
            attempt = commit(f"counted {version}", {"a": version}, write("a"))
            several = [
                commit(f"counted {number}", {"a": number}, write("a"))
                for number in (version + 1, version + 2)
            ]
            return {
                "load": bench.store.count(lambda: bench.store.load(("a",))),
                "answer": bench.store.count(lambda: bench.store.answer(f"k{version}")),
                "feed": bench.store.count(lambda: bench.store.feed(position - 1, 1)),
                "history": bench.store.count(lambda: bench.store.history("a", version - 1)),
                "private": bench.store.count(lambda: bench.store.private("p")),
                "advance": bench.store.count(lambda: bench.store.advance("reader", position)),
                "cursor": bench.store.count(lambda: bench.store.cursor("reader")),
                "commit": bench.store.count(lambda: bench.store.commit(attempt)),
                "commit_all": bench.store.count(lambda: bench.store.commit_all(several)),
            }

        def written(first: int, last: int) -> None:
            for version in range(first, last):
                bench.store.commit(commit(f"k{version + 1}", {"a": version}, write("a")))

        written(0, 5)
        work(5)  # what is made once, at the first call, is not counted
        written(8, 10)
        few = work(10)
        written(13, 260)
        many = work(260)
        for name, calls in many.items():
            assert calls <= few[name] + 60, f"{name}: {few[name]} calls after 10 commits, {calls} after 260"


__all__ = ["CancellingCases", "GrowthCases", "HandleCases", "RaceCases", "tried"]
