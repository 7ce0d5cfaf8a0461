"""Broken stores, one planted defect each: the feed, cursors, errors, handles, callers, history.

The defects are those that real adapters have: a number that is given before its row is visible, a
lock that is not held, a cache that nobody empties.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import attrs

from gallery import breaks, resealed
from omcore.codec import dumps, to_json
from omcore.kernel import Conflict, Contact, Unavailable
from omcore.memory import MemoryStore
from omcore.ports import NOTHING, Answer, Commit, FeedEntry, Loaded
from omcore.routing import RoutingPlan

KEPT = "_streams", "_histories", "_feed", "_answers", "_private", "_cursors", "_lock"


# -- the feed --------------------------------------------------------------------------------


@breaks("ST15")
class FeedsByName(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        super()._keep(resealed(commit, writes=tuple(sorted(commit.writes, key=lambda each: each.stream))))


@breaks("ST15")
class FeedsTheLastEventFirst(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        writes = [attrs.evolve(each, events=each.events[::-1]) for each in commit.writes]
        super()._keep(resealed(commit, writes=tuple(writes)))


@breaks("ST15")
class FeedsByTime(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        self._feed.sort(key=lambda entry: entry.at)
        self._feed[:] = [attrs.evolve(entry, position=n) for n, entry in enumerate(self._feed, 1)]


@breaks("ST15")
class FeedsOneEventACommit(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        before = len(self._feed)
        super()._keep(commit)
        del self._feed[before + 1 :]


@breaks("ST15")
class TakesEqualEventsForOne(MemoryStore):
    """Told apart by what they say: its rows are unique by stream, version and event."""

    def _keep(self, commit: Commit) -> None:
        writes = [
            attrs.evolve(each, events=tuple({dumps(event): event for event in each.events}.values()))
            for each in commit.writes
        ]
        super()._keep(resealed(commit, writes=tuple(writes)))


@breaks("ST16")
class NumbersFromZero(MemoryStore):
    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        first = after + 1 if after else 0
        return [attrs.evolve(entry, position=entry.position - 1) for entry in self._feed[first:][:limit]]


@breaks("ST16")
class NumbersCommits(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        before = len(self._feed)
        super()._keep(commit)
        for place in range(before, len(self._feed)):
            self._feed[place] = attrs.evolve(self._feed[place], position=before + 1)


@breaks("ST17")
class FeedsFromThePositionOn(MemoryStore):
    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        return (
            super().feed(max(0, after - 1), limit)
            if after > len(self._feed) - 1
            else super().feed(after, limit)
        )


@breaks("ST17")
class HasAPageSizeOfItsOwn(MemoryStore):
    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        return super().feed(after, max(limit, 5))


@breaks("ST17")
class FeedsWholeCommits(MemoryStore):
    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        found = super().feed(after, limit)
        return [entry for entry in found if entry.key != found[-1].key] or found


@breaks("ST18")
class ShowsLateCommitsLate(MemoryStore):
    """Numbers are given first, and the rows of every fourth commit are seen after those of a later one."""

    def __init__(self) -> None:
        super().__init__()
        self._hidden: set[int] = set()

    def _keep(self, commit: Commit) -> None:
        before = len(self._feed)
        super()._keep(commit)
        if len(self._answers) % 4 == 1:
            self._hidden.update(range(before + 1, len(self._feed) + 1))

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        with self._lock:
            found = [entry for entry in self._feed[after:] if entry.position not in self._hidden][:limit]
            if found:  # whoever wrote later has been seen by now, and so their transaction has ended
                self._hidden = {position for position in self._hidden if position > found[-1].position}
        return found


@breaks("ST19")
class HasHistoryByPrefix(MemoryStore):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return [e for e in self._feed if e.stream.startswith(stream) and e.version > after]


@breaks("ST19")
class HasHistoryOfTheFirstWrite(MemoryStore):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        first: dict[str, str] = {}
        for entry in self._feed:
            first.setdefault(entry.key, entry.stream)
        return [entry for entry in super().history(stream, after) if first[entry.key] == stream]


@breaks("ST19")
class HasAPageOfHistory(MemoryStore):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return super().history(stream, after)[:1_000]


@breaks("ST19")
class HasTheLatestHistoryFirst(MemoryStore):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return super().history(stream, after)[::-1]


@breaks("ST19")
class HasHistoryFromTheVersionOn(MemoryStore):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return super().history(stream, max(0, after - 1))


@breaks("ST19")
class HasHistoryAfterAPlace(MemoryStore):
    """As if every commit had one event."""

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return super().history(stream)[after:]


@breaks("ST19")
class HasHistoryAfterAPosition(MemoryStore):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return [entry for entry in super().history(stream) if entry.position > after]


@breaks("ST26")
class LooksThroughHistory(MemoryStore):
    """A scan, where an index on the version would do."""

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        return list(filter(lambda entry: entry.version > after, super().history(stream)))


class Labelling(MemoryStore):
    """Entries that say something else."""

    def label(self, entry: FeedEntry, place: int) -> FeedEntry:
        return entry

    def _keep(self, commit: Commit) -> None:
        before = len(self._feed)
        super()._keep(commit)
        place = before
        for write in commit.writes:
            history = self._histories[write.stream]
            for index in range(-len(write.events), 0):
                history[index] = self._feed[place] = self.label(history[index], place - before)
                place += 1


@breaks("ST20")
class CountsEventsOfTheCommit(Labelling):
    def label(self, entry: FeedEntry, place: int) -> FeedEntry:
        return attrs.evolve(entry, index=place)


@breaks("ST20")
class SaysTheVersionBefore(Labelling):
    def label(self, entry: FeedEntry, place: int) -> FeedEntry:
        return attrs.evolve(entry, version=entry.version - 1)


@breaks("ST20")
class DoesNotSayWhy(Labelling):
    def label(self, entry: FeedEntry, place: int) -> FeedEntry:
        return attrs.evolve(entry, reason="")


@breaks("ST21")
class MovesBack(MemoryStore):
    def advance(self, name: str, position: int) -> None:
        self._cursors[name] = position


@breaks("ST21")
class HasOneCursor(MemoryStore):
    def cursor(self, name: str) -> int:
        return super().cursor("")

    def advance(self, name: str, position: int) -> None:
        super().advance("", position)


@breaks("ST21")
class SaysNoCursorIsFalse(MemoryStore):
    """Equal to 0, and not the number 0."""

    def cursor(self, name: str) -> int:
        return super().cursor(name) or False


@breaks("ST21")
class KeepsCursorsIn32Bits(MemoryStore):
    def advance(self, name: str, position: int) -> None:
        super().advance(name, min(position, 2**31 - 1))


# -- errors, handles, callers, history -------------------------------------------------------


@breaks("ST22")
class RaisesWhatItsDatabaseRaises(MemoryStore):
    def private(self, key: str) -> Contact | None:
        return self._private[key]


@breaks("ST22")
class SaysNothingWhereNothingIsReached(MemoryStore):
    down = False

    def unreachable(self) -> MemoryStore:
        store = type(self)()
        store.down = True
        return store

    def commit(self, commit: Commit) -> None:
        if self.down:
            raise Unavailable("store")
        super().commit(commit)


class Shared(MemoryStore):
    """Several handles on one data."""

    forgets: tuple[str, ...] = ()

    def reopen(self) -> MemoryStore:
        handle = type(self)()
        for name in KEPT:
            if name not in self.forgets:
                setattr(handle, name, getattr(self, name))
        return handle


@breaks("ST23")
class ForgetsAnswers(Shared):
    forgets = ("_answers",)


@breaks("ST23")
class ForgetsCursors(Shared):
    forgets = ("_cursors",)


@breaks("ST23")
class ForgetsPeople(Shared):
    forgets = ("_private",)


@breaks("ST24")
class RemembersWhatItLoaded(Shared):
    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, Loaded] = {}

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        self._seen.update(super().load([name for name in streams if name not in self._seen]))
        return {name: self._seen[name] for name in streams}

    def commit(self, commit: Commit) -> None:
        try:
            super().commit(commit)
        finally:
            for name in commit.reads:
                self._seen.pop(name, None)


@breaks("ST24")
class RemembersPeople(Shared):
    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, Contact | None] = {}

    def private(self, key: str) -> Contact | None:
        if key not in self._seen:
            self._seen[key] = super().private(key)
        return self._seen[key]

    def _keep_private(self, private: Mapping[str, Contact | None]) -> None:
        super()._keep_private(private)
        for key in private:
            self._seen.pop(key, None)


@breaks("ST24")
class RemembersThatThereIsNoAnswer(Shared):
    def __init__(self) -> None:
        super().__init__()
        self._unknown: set[str] = set()

    def answer(self, key: str) -> Answer | None:
        found = None if key in self._unknown else super().answer(key)
        if found is None:
            self._unknown.add(key)
        return found

    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        self._unknown.discard(commit.answer.key)


@breaks("ST24")
class RemembersHistory(Shared):
    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, Sequence[FeedEntry]] = {}

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        if not self._seen.get(stream):
            self._seen[stream] = super().history(stream)
        return [entry for entry in self._seen[stream] if entry.version > after]

    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        for write in commit.writes:
            self._seen.pop(write.stream, None)


@breaks("ST24")
class ChecksWhatItRemembers(Shared):
    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, int] = {}

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found = super().load(streams)
        self._seen.update({name: loaded.version for name, loaded in found.items()})
        return found

    def _check(self, commit: Commit) -> None:
        now = {name: self._streams.get(name, NOTHING).version for name in commit.reads}
        if any(self._seen.get(name, now[name]) != version for name, version in commit.reads.items()):
            raise Conflict("reads")
        super()._check(resealed(commit, reads=now))

    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        self._seen.update({write.stream: commit.reads[write.stream] + 1 for write in commit.writes})


@breaks("ST25")
class HoldsNoLock(MemoryStore):
    def commit(self, commit: Commit) -> None:
        self._check(commit)
        time.sleep(0)
        self._keep(commit)


@breaks("ST25")
class ChecksKeysWithoutTheLock(MemoryStore):
    def commit(self, commit: Commit) -> None:
        if commit.answer.key in self._answers:
            raise Conflict("key")
        time.sleep(0.000_2)
        with self._lock:
            known = self._answers.pop(commit.answer.key, None)
            try:
                self._check(commit)
            except Conflict:
                if known is not None:
                    self._answers[known.key] = known
                raise
            self._keep(commit)


@breaks("ST25")
class LocksWhatItWrites(MemoryStore):
    def commit(self, commit: Commit) -> None:
        names = {write.stream for write in commit.writes}
        read = {name: version for name, version in commit.reads.items() if name not in names}
        with self._lock:
            self._check(commit)
        time.sleep(0.000_2)
        with self._lock:
            seen = {name: self._streams.get(name, NOTHING).version for name in read}
            self._check(resealed(commit, reads={**commit.reads, **seen}))
            self._keep(commit)


@breaks("ST26")
class ReplaysHistory(MemoryStore):
    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found = super().load(streams)
        for name in streams:
            for entry in self.history(name):
                assert to_json(entry.event)
        return found


@breaks("ST26")
class LooksThroughTheFeed(MemoryStore):
    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        return list(filter(lambda entry: entry.position > after, self._feed))[:limit]


@breaks("ST27")
class ForgetsPlans(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        if type(commit.answer.result) is RoutingPlan:
            commit = resealed(commit, answer=attrs.evolve(commit.answer, result=None))
        super()._keep(commit)


@breaks("ST28")
class LosesWhatComesAfterAWriteWithoutEvents(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        before = len(self._feed)
        super()._keep(commit)
        if len(commit.writes) == 2 and not commit.writes[0].events and commit.writes[1].events:
            del self._feed[before:]
