"""A recorded history: whether what callers at the same time saw could have come one after the other.

Decides that there is one order in which everything happened - that of the feed - which explains
every answer that anybody was given, and in which what had ended comes before what began later. It
is read back from the store when all is quiet. Must not know who called or why: ``stores/_traffic``
does.

How it is looked for: each commit that has entries in the feed has its *step* there, and those that
were kept at once have one step together. What was loaded must be what some step left: after the
last of the versions seen, and before the first that came after one of them. So every call has a
span of steps at which it can have happened. Taken by when they began, each call is put as early as
its span allows and not before those that had ended; one for which that is too late saw the past.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.core import looks_at_stock
from omcore.kernel import Command, OmcoreError
from omcore.memory import MemoryStore
from omcore.ports import Commit, FeedEntry, Store
from omcore.testing._store_clauses import cites
from omcore.testing.stores._bench import AT, everything, same
from omcore.testing.stores._life import CATALOG
from omcore.testing.stores._traffic import NEVER, Call, Testimony, Watched, manager


@attrs.define(slots=True)
class Kept:
    """A commit that is in the store, the call that brought it there, and its step; -1: none."""

    commit: Commit
    call: Call
    step: int = -1


class History:
    """What callers saw, and the store that they saw it in."""

    def __init__(self, store: Store, testimonies: Sequence[Testimony]) -> None:
        self.store = store
        self.testimonies = testimonies
        self.entries = everything(store)
        self.calls = [call for each in testimonies for call in each.calls]
        self.commands: dict[str, Command] = {}
        for each in testimonies:
            self.commands.update(each.asked)
        self.kept: dict[str, Kept] = {}
        self.written: dict[str, list[int]] = {}  # by stream, the step of each version
        self.steps: list[Call] = []

    def check(self) -> None:
        """Everything that must be so."""
        self.check_commits()
        self.check_feed()
        self.check_readers()
        self.check_answers()
        placed = self.check_order()
        self.check_decisions(placed)
        self.check_units()

    # -- what was kept -----------------------------------------------------------------------

    def check_commits(self) -> None:
        """Each commit that was answered is in the store, and each key is kept once."""
        doubtful: dict[str, list[Kept]] = {}
        for call in self.calls:
            for commit in call.commits:
                key = commit.answer.key
                if call.told == "Unavailable":
                    doubtful.setdefault(key, []).append(Kept(commit, call))
                elif not call.told:
                    with cites("ST6"):
                        assert key not in self.kept, f"{key!r} was kept twice"
                    self.kept[key] = Kept(commit, call)
        for key, tries in doubtful.items():
            found = self.store.answer(key)
            if found is not None and key not in self.kept:
                self.kept[key] = next((each for each in tries if self._is_there(each.commit)), tries[0])
        for key, each in self.kept.items():
            with cites("ST11"):
                same(self.store.answer(key), each.commit.answer, f"the answer to {key!r}")

    def _is_there(self, commit: Commit) -> bool:
        """Whether of several tries under one key, of which nobody heard, this is the one that was kept."""
        key = commit.answer.key
        found = [attrs.evolve(entry, position=0) for entry in self.entries if entry.key == key]
        return found == list(entries_of(commit)) and self.store.answer(key) == commit.answer

    def check_feed(self) -> None:
        """It is what was committed: each commit in one piece, as it was, on what it had read."""
        now: Counter[str] = Counter()
        told = set()
        for key, found in groupby(self.entries, key=lambda entry: entry.key):
            with cites("ST15"):
                assert key not in told, f"what was committed under {key!r} stands in two places"
                assert key in self.kept, f"nobody committed {key!r}"
            told.add(key)
            each = self.kept[key]
            each.step = self._step(each)
            with cites("ST7"):
                for name, version in each.commit.reads.items():
                    assert now[name] == version, (
                        f"{key!r} was decided on version {version} of {name} and comes after {now[name]}"
                    )
            for write in each.commit.writes:
                now[write.stream] += 1
                self.written.setdefault(write.stream, []).append(each.step)
            expected = list(entries_of(each.commit))
            with cites("ST15"):
                same([attrs.evolve(entry, position=0) for entry in found], expected, f"the feed of {key!r}")
        for key, each in self.kept.items():
            if any(write.events for write in each.commit.writes):
                with cites("ST15"):
                    assert key in told, f"{key!r} is missing in the feed"
        with cites("ST8"):
            for name, loaded in self.store.load(list(now)).items():
                assert loaded.version == now[name], f"the version of {name}"

    def _step(self, kept: Kept) -> int:
        """The step of a commit: the one before it where both were kept at once."""
        if not self.steps or self.steps[-1] is not kept.call:
            self.steps.append(kept.call)
        return len(self.steps) - 1

    def check_readers(self) -> None:
        """Each saw the feed from its beginning without leaving out anything, and left its cursor there."""
        for each in self.testimonies:
            if each.followed:
                with cites("ST18"):
                    expected = self.entries[: len(each.followed)]
                    same(each.followed, expected, f"what {each.caller} read of the feed")
                with cites("ST21"):
                    assert self.store.cursor(f"reader/{each.caller}") == each.followed[-1].position

    def check_answers(self) -> None:
        """What a client was told is what is recorded under his key."""
        for told in (told for each in self.testimonies for told in each.told):
            found = self.store.answer(told.command.key)
            if not told.kept:
                continue
            with cites("ST11"):
                assert found is not None, f"{told.command.key!r} was answered, and no answer is recorded"
                if told.answer is not None:
                    same(found, told.answer, "the recorded answer")
                else:
                    same((found.error, found.path, found.fields), told.refusal, "the recorded refusal")

    # -- one order of all --------------------------------------------------------------------

    def spans(self) -> Iterator[tuple[Call, int, int, Kept | None]]:
        """Every call that says something, with the first step after which it can have happened, and the
        first before which it must have.
        """
        for call in self.calls:
            if call.versions:
                yield call, *self._span(call.versions), None
            elif call.key:
                kept = self.kept.get(call.key)
                if call.found is not None:
                    assert kept is not None, f"{call.key!r} had an answer that nobody gave"
                    same(call.found, kept.commit.answer, "an answer that was found")
                    assert kept.call.begin <= call.end, f"{call.key!r} had an answer before it was sent"
                    yield call, kept.step, NEVER, None
                elif kept is not None:
                    yield call, -1, NEVER if kept.step < 0 else kept.step, None
                    assert call.begin <= kept.call.end, f"{call.key!r} was kept, and later had no answer"
        for kept in self.kept.values():
            if kept.step >= 0:
                yield kept.call, kept.step, kept.step + 1, kept
            elif kept.commit.reads:
                yield kept.call, *self._span(kept.commit.reads), kept

    def _span(self, versions: Any) -> tuple[int, int]:
        low, high = -1, NEVER
        for name, version in versions.items():
            written = self.written.get(name, [])
            assert version <= len(written), f"version {version} of {name} was seen, and never kept"
            if version:
                low = max(low, written[version - 1])
            if version < len(written):
                high = min(high, written[version])
        return low, high

    def check_order(self) -> list[tuple[int, Kept]]:
        """Every call has a place in the one order; returns the commits with theirs."""
        placed: list[tuple[int, Kept]] = []
        ended: list[tuple[int, int, int]] = []
        floor, holder = -1, None
        spans = sorted(self.spans(), key=lambda each: each[0].begin)
        for number, (call, low, high, kept) in enumerate(spans):
            while ended and ended[0][0] < call.begin:
                _, place, which = heapq.heappop(ended)
                if place > floor:
                    floor, holder = place, spans[which][0]
            assert low < high, f"{said(call)} saw what never was at one moment"
            # A step is taken by its commit: what had ended before can't have seen what it left.
            taken = kept is not None and kept.step >= 0
            assert floor < high - taken, (
                f"{said(call)} is as of a moment before {said(holder)}, which had ended"
            )
            place = max(low, floor)
            heapq.heappush(ended, (call.end, place, number))
            if kept is not None:
                placed.append((place, kept))
        bare = [(-1, kept) for kept in self.kept.values() if kept.step < 0 and not kept.commit.reads]
        return sorted([*bare, *placed], key=lambda each: each[0])

    # -- decided again -----------------------------------------------------------------------

    def check_decisions(self, placed: Sequence[tuple[int, Kept]]) -> None:
        """One after the other in that order, each command is decided as it was.

        Those that look at the view of stock, and what a dispatcher did, are kept as they were decided.
        """
        mirror, calls = MemoryStore(), list[Call]()
        oms = manager(Watched(mirror, "mirror", calls))
        for _, kept in self._in_feed_order(placed):
            commit = kept.commit
            command = self.commands.get(commit.answer.key)
            if command is None or looks_at_stock(command, oms.setup):
                mirror.commit(commit)
                continue
            calls.clear()
            with suppress(OmcoreError):
                oms.execute(command)
            made = next((call.commits[0] for call in calls if call.commits), None)
            same(made, commit, f"what {type(command).__name__} {commit.answer.key!r} comes to")
        for name, loaded in mirror.load(list(self.written)).items():
            same(self.store.load((name,))[name], loaded, name)
        for key in self.kept:
            same(self.store.answer(key), mirror.answer(key), f"the answer to {key!r}")
        found = [attrs.evolve(entry, position=n) for n, entry in enumerate(self.entries, 1)]
        same(found, list(mirror.feed(0, len(found) + 1)), "the feed")

    def _in_feed_order(self, placed: Sequence[tuple[int, Kept]]) -> list[tuple[int, Kept]]:
        """Those of one step as they stand in the feed, and what was refused after that step behind them."""
        place = {key: number for number, key in enumerate(dict.fromkeys(e.key for e in self.entries))}
        last = len(place)
        return sorted(
            placed, key=lambda each: (each[0], each[1].step < 0, place.get(each[1].commit.answer.key, last))
        )

    def check_units(self) -> None:
        """Movements add up to balances, events to states, and claims are those of carts and orders."""
        claims: Counter[tuple[str, str]] = Counter()
        items: dict[tuple[str, str], inv.StockItem] = {}
        for name in self.written:
            kind, _, rest = name.partition("/")
            state: Any = self.store.load((name,))[name].state
            events = [entry.event for entry in self.store.history(name)]
            if kind == "stock":
                wrong = inv.reconcile(events, state)
                assert wrong is None, f"{name}: {wrong}"
                items[state.location, state.sku] = state
            elif kind == "order":
                same(om.replay(events), state, f"order {rest}, folded anew")
                for work in state.progress.work.values():
                    for part, quantity in parts_of(state, work.items):
                        claims[work.location, part] += quantity
            elif kind == "reservation" and state.outcome == "live":
                for item in state.items:
                    claims[item.location, item.sku] += item.quantity
        for place, item in items.items():
            assert item.claims(AT) == claims[place], f"claims at {place}"
            assert 0 <= item.claims(AT) <= item.on_hand, f"oversold at {place}"


def parts_of(order: om.Order, runs: Any) -> Iterator[tuple[str, int]]:
    """(SKU, how many) that units of an order are made of."""
    for line_id, ordinals in runs:
        count = sum(last - first + 1 for first, last in ordinals)
        for part, each in CATALOG.components(order.terms.line(line_id).sku):
            yield part, each * count


def entries_of(commit: Commit) -> Iterator[FeedEntry]:
    """What a commit adds to the feed, at position 0."""
    answer = commit.answer
    for write in commit.writes:
        version = commit.reads[write.stream] + 1
        for index, event in enumerate(write.events):
            yield FeedEntry(
                0, write.stream, version, index, event, answer.key, answer.at, commit.by, commit.reason
            )


def said(call: Call | None) -> str:
    """A call in words."""
    if call is None:
        return "nothing"
    if call.commits:
        return f"{call.caller}'s commit of {', '.join(repr(each.answer.key) for each in call.commits)}"
    if call.key:
        return f"{call.caller}'s question for {call.key!r}"
    return f"{call.caller}'s load of {dict(call.versions)}"


__all__ = ["History", "Kept", "entries_of", "said"]
