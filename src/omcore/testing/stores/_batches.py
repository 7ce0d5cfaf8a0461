"""Cases of the store contract: several commits at once.

What ``commit_all`` keeps is compared with what the same commits come to one by one, and where one
of them is refused, nothing is there. See ``stores/_cases``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from omcore.kernel import Conflict, Unavailable
from omcore.memory import MemoryStore
from omcore.ports import Answer, Commit, Loaded, Store, Write
from omcore.testing._store_clauses import proves
from omcore.testing.stores._bench import AT, Bench, answer, commit, event, everything, same, state, write
from omcore.testing.stores._cases import ADA, BOB
from omcore.testing.stores._races import ATTEMPTS, CALLERS, ROUNDS, units

MANY = 300
GREAT_MANY = 1_200


def all_tried(store: Store, *attempts: Commit) -> bool:
    """Whether these commits won. ``Unavailable`` says nothing about it: a recorded answer does."""
    for _ in range(ATTEMPTS):
        try:
            store.commit_all(attempts)
        except Conflict:
            return False
        except Unavailable:
            recorded = [store.answer(attempt.answer.key) for attempt in attempts]
            if recorded[0] is None:
                continue
            return recorded == [attempt.answer for attempt in attempts]
        return True
    raise AssertionError(f"{ATTEMPTS} times Unavailable")


def sale(version: int, first: int, *buyers: int, me: object = "") -> list[Commit]:
    """A claim a buyer: each writes the one stock stream, and a stream of its own."""
    return [
        Commit(
            answer(f"{me}/{buyer}", subject=f"reservation/{me}/{buyer}", result=state(first + place)),
            {f"reservation/{me}/{buyer}": 0, "stock": version + place},
            (write(f"reservation/{me}/{buyer}", buyer + 1), write("stock", first + place)),
            by=f"buyer {buyer}",
        )
        for place, buyer in enumerate(buyers)
    ]


class BatchCases:
    """ST29, ST30: what several commits at once come to."""

    @proves("ST29")
    def test_st29_several_commits_are_kept_as_if_one_after_the_other(self, bench: Bench) -> None:
        """Claims of one stock item, a refusal that read it, a write without events, other streams."""
        refusal = answer("refused", error="insufficient_stock", fields=(("available", 0),))
        late = Answer("late", "h", "other", AT + timedelta(hours=1))
        people = {"ada": ADA, "bob": BOB, "cy": ADA}
        commits = [
            *sale(0, 1, 7, 8, 9),
            Commit(refusal, {"reservation/refused": 0, "stock": 3}, by="buyer 4"),
            commit("silent", {"stock": 3}, Write("stock", (), state(4)), reason="nothing to tell"),
            Commit(late, {"other": 0, "stock": 4}, (write("other", 5, 5, 6),), people),
            commit("erased", {"stock": 4}, write("stock", 6, 1, 2, 3), private={"bob": None, "cy": None}),
            commit("again", {}, private={"cy": BOB, "eve": BOB}),
            commit("nothing", {}),
        ]
        plainly = MemoryStore()
        for each in commits:
            plainly.commit(each)
        bench.store.commit_all(commits)
        names = ["stock", "other", "reservation/refused", *(f"reservation//{buyer}" for buyer in (7, 8, 9))]
        found, expected = bench.store.load(names), plainly.load(names)
        same([found[name] for name in names], [expected[name] for name in names])
        entries = everything(bench.store)
        for one, other in zip(entries, everything(plainly), strict=True):
            same(
                (one.stream, one.version, one.index, one.event, one.key, one.at, one.by, one.reason),
                (
                    other.stream,
                    other.version,
                    other.index,
                    other.event,
                    other.key,
                    other.at,
                    other.by,
                    other.reason,
                ),
            )
        for name in names:
            same(list(bench.store.history(name)), [entry for entry in entries if entry.stream == name])
        same([bench.store.answer(each.answer.key) for each in commits], [each.answer for each in commits])
        same([bench.store.private(name) for name in ("ada", "bob", "cy", "eve")], [ADA, None, BOB, BOB])

    @proves("ST29")
    def test_st29_it_goes_on_from_what_is_there_and_commits_go_on_from_it(self, bench: Bench) -> None:
        """A list and a tuple, one commit, many and none; versions and positions are everybody's."""
        bench.put("stock", 1, key="opening")
        bench.store.commit_all(sale(1, 2, 1, 2))
        bench.put("stock", 4, key="between")
        bench.store.commit_all(tuple(sale(4, 5, 3)))
        bench.store.commit_all(())
        bench.store.commit_all(sale(5, 6, *range(10, 10 + MANY)))
        same(bench.store.load(("stock",))["stock"], Loaded(5 + MANY, state(5 + MANY)))
        said = [(entry.version, entry.event) for entry in bench.store.history("stock")]
        same(said, [(number, event(number)) for number in range(1, 6 + MANY)])
        same([entry.event.quantity for entry in bench.store.history("stock", 5)], list(range(6, 6 + MANY)))
        assert len(everything(bench.store)) == 2 + 2 * (3 + MANY)

    @proves("ST29")
    def test_st29_what_is_changed_in_the_list_afterwards_changes_nothing(self, bench: Bench) -> None:
        """It is the caller's."""
        commits = sale(0, 1, 1, 2)
        reads = dict(commits[0].reads)
        bench.store.commit_all(commits)
        del commits[0]
        same(bench.store.answer("/1"), answer("/1", subject="reservation//1", result=state(1)))
        assert bench.versions(*reads) == {
            name: version + 2 * (name == "stock") + (name != "stock") for name, version in reads.items()
        }

    @proves("ST30")
    def test_st30_one_that_would_be_refused_refuses_them_all(self, bench: Bench) -> None:
        """Wherever it stands, and whatever is wrong with it."""
        bench.put("stock", 1, key="known")
        bench.store.commit(commit("people", {}, private={"ada": ADA}))
        good = sale(1, 2, 1, 2)
        more = commit("more", {"other": 0}, write("other"), private={"ada": None, "bob": BOB})
        wrong = {
            "a stale read": commit("k", {"stock": 2, "other": 0}, write("other")),
            "a read ahead": commit("k", {"stock": 4, "ghost": 0}),
            "a ghost": commit("k", {"ghost": 1}),
            "a known key": commit("known", {"stock": 3}, write("stock", 4)),
            "a write that was not read": commit("k", {"other": 0}, write("other"), write("stock", 4)),
            "two writes of a stream": commit("k", {"stock": 3}, write("stock", 4), write("stock", 5)),
        }
        for bad in wrong.values():
            bench.all_refused(*good, bad)
            bench.all_refused(*good, bad, more)
        bench.all_refused(more, commit("k", {"stock": 0}), *good)
        bench.all_refused(commit("known", {}), more)
        bench.store.commit_all([*good, more])
        assert bench.versions("stock", "other") == {"stock": 3, "other": 1}

    @proves("ST30")
    def test_st30_however_many_they_are_they_are_kept_together(self, bench: Bench) -> None:
        """The last of them is refused: nobody made several steps of them on the way there."""
        commits = sale(0, 1, *range(GREAT_MANY))
        names = ["stock", *(f"reservation//{buyer}" for buyer in range(0, GREAT_MANY, 7))]
        try:
            bench.store.commit_all([*commits, commit("stale", {"stock": 0})])
        except Conflict:
            pass
        else:
            raise AssertionError("the commits were not refused")
        assert everything(bench.store) == []
        assert bench.versions(*names) == dict.fromkeys(names, 0)
        assert [bench.store.answer(f"/{buyer}") for buyer in range(0, GREAT_MANY, 7)] == [None] * (
            len(names) - 1
        )
        bench.store.commit_all(commits)
        same(bench.store.load(("stock",))["stock"], Loaded(GREAT_MANY, state(GREAT_MANY)))
        for buyer in range(0, GREAT_MANY, 7):
            same(bench.store.answer(f"/{buyer}"), commits[buyer].answer)

    @proves("ST30")
    def test_st30_each_is_checked_against_what_those_before_it_leave(self, bench: Bench) -> None:
        """Also what is not stored yet: versions, streams that are new, and keys."""
        bench.all_refused(*sale(0, 1, 1), *sale(0, 1, 2))
        bench.all_refused(*sale(0, 1, 1), commit("k", {"stock": 0}))
        bench.all_refused(*sale(0, 1, 1), *sale(1, 2, 1))
        bench.all_refused(commit("k", {}), commit("k", {}))
        bench.all_refused(commit("k", {"stock": 1}), *sale(0, 1, 1))
        bench.all_refused(*sale(0, 1, 1), commit("k", {"reservation//1": 0}))
        bench.all_refused(commit("k", {"a": 0}), commit("l", {"b": 0}, write("a")))
        assert everything(bench.store) == []
        bench.store.commit_all([*sale(0, 1, 1), commit("k", {"stock": 1, "reservation//1": 1})])

    @proves("ST30")
    def test_st30_they_go_through_once_they_are_right(self, bench: Bench) -> None:
        """The engine decides again on what it finds, under the same keys."""
        bench.put("stock", 1)
        bench.all_refused(*sale(0, 1, 1, 2, 3))
        bench.store.commit_all(sale(1, 2, 1, 2, 3))
        bench.all_refused(*sale(4, 5, 4, 5, 1, 6))
        bench.store.commit_all(sale(4, 5, 4, 5, 6))
        same(bench.store.load(("stock",))["stock"], Loaded(7, state(7)))


class BatchRaceCases:
    """ST31: several commits at once, and others at the same time."""

    @proves("ST31", needs="threads")
    def test_st31_of_those_that_race_for_a_version_one_is_kept_whole(self, bench: Bench) -> None:
        """Round by round all have read one version, and all try; some have one commit, some several."""
        wins: list[tuple[int, int]] = []

        def caller(me: int, store: Store) -> Callable[[], None]:
            def race() -> None:
                for number in range(ROUNDS):
                    bench.meet()
                    found = store.load(("stock",))["stock"]
                    bench.meet()
                    buyers = range(number * CALLERS, number * CALLERS + me + 1)
                    if all_tried(store, *sale(found.version, units(found) + 1, *buyers, me=me)):
                        wins.append((number, me))

            return race

        bench.together(*(caller(me, store) for me, store in enumerate(bench.handles(CALLERS))))
        assert [number for number, _ in sorted(wins)] == list(range(ROUNDS)), "one winner a round"
        sold = sum(me + 1 for _, me in wins)
        same(bench.store.load(("stock",))["stock"], Loaded(sold, state(sold)))
        keys = [f"{me}/{number * CALLERS + place}" for number, me in sorted(wins) for place in range(me + 1)]
        entries = everything(bench.store)
        assert [entry.key for entry in entries] == [key for key in keys for _ in range(2)]
        for me in range(CALLERS):
            for buyer in range(ROUNDS * CALLERS + CALLERS):
                known = bench.store.answer(f"{me}/{buyer}") is not None
                assert known == (f"{me}/{buyer}" in keys), "an answer without its claim, or the other way"

    @proves("ST31", needs="threads")
    def test_st31_of_those_that_race_for_a_key_one_is_kept_whole(self, bench: Bench) -> None:
        """One buyer's command is in the batches of all of them, beside others on streams of their own."""
        wins: list[int] = []

        def caller(me: int, store: Store) -> Callable[[], None]:
            def race() -> None:
                for number in range(ROUNDS):
                    mine, last = f"{me}/{number}", f"{me}/{number}/last"
                    commits = [
                        commit(f"first {mine}", {mine: 0}, write(mine)),
                        Commit(answer(f"shared {number}", subject=mine), {}),
                        commit(f"last {mine}", {last: 0}, write(last)),
                    ]
                    bench.meet()
                    if all_tried(store, *commits):
                        wins.append(number)

            return race

        bench.together(*(caller(me, store) for me, store in enumerate(bench.handles(CALLERS))))
        assert sorted(wins) == list(range(ROUNDS))
        subjects = [bench.store.answer(f"shared {number}") for number in range(ROUNDS)]
        names = {found.subject for found in subjects if found is not None}
        assert {entry.stream for entry in everything(bench.store)} == names | {
            f"{each}/last" for each in names
        }

    @proves("ST31", needs="threads")
    def test_st31_a_load_never_sees_a_part_of_them(self, bench: Bench) -> None:
        """Ten at once, in each of which the two streams differ; at the end of all they are equal."""
        *writers, reader = bench.handles(CALLERS)
        done: list[int] = []

        def writer(me: int, store: Store) -> Callable[[], None]:
            def ten_more(number: int) -> bool:
                found = store.load(("a", "b"))
                a, b = found["a"].version, found["b"].version
                commits = [
                    *(commit(f"{me}/{number}/a{i}", {"a": a + i}, write("a", a + i + 1)) for i in range(5)),
                    *(commit(f"{me}/{number}/b{i}", {"b": b + i}, write("b", b + i + 1)) for i in range(5)),
                ]
                return all_tried(store, *commits)

            def go() -> None:
                for number in range(ROUNDS // 2):
                    bench.until(partial(ten_more, number))
                done.append(me)

            return go

        def some() -> bool:
            for names in (("a", "b"), ("b", "a")):
                found = reader.load(names)
                same(found["a"], found["b"], "half of what was kept at once")
                assert found["a"].version % 5 == 0, "half of what was kept at once"
            return len(done) == len(writers)

        bench.together(lambda: bench.until(some), *(writer(me, store) for me, store in enumerate(writers)))
        total = 5 * len(writers) * (ROUNDS // 2)
        assert bench.versions("a", "b") == {"a": total, "b": total}


class BatchCancellingCases:
    """ST30, of an ``AsyncStore``: its caller may be cancelled at any moment."""

    @proves("ST30")
    def test_st30_commits_whose_caller_is_cancelled_are_all_there_or_none(self, bench: Bench) -> None:
        """The caller does not learn which; the same commits again do not make them two."""
        for number, turns in enumerate((0, 1, 2, 3, 4, 5, 8, 13, 21)):
            keys = [f"k{number}/{place}" for place in range(4)]
            commits = [
                commit(key, {"a": 4 * number + place}, write("a", place + 1), private={f"p{place}": ADA})
                for place, key in enumerate(keys)
            ]
            bench.cancelled(commits, turns)
            all_tried(bench.store, *commits)
            same([bench.store.answer(key) for key in keys], [answer(key) for key in keys])
            same(bench.store.load(("a",))["a"], Loaded(4 * number + 4, state(4)))
            assert [entry.key for entry in everything(bench.store)[4 * number :]] == keys
            same([bench.store.private(f"p{place}") for place in range(4)], [ADA] * 4)
            erased: dict[str, None] = {f"p{place}": None for place in range(4)}
            bench.store.commit(commit(f"erase {number}", {}, private=erased))


__all__ = ["BatchCancellingCases", "BatchCases", "BatchRaceCases", "all_tried", "sale"]
