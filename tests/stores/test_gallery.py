"""The kit is proved: stores with one planted defect each, and the clause that the kit names for it.

Every clause of the contract has at least one broken store here. The defects are those that real
adapters have: a check that was forgotten, a column that is too small, a comparison that folds
case, a lock that is not held.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters.sqlite_store import COLUMNS, SCHEMA, SqliteStore, _check
from omcore.codec import dumps, to_json
from omcore.kernel import Conflict, Contact, Unavailable
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.ports import NOTHING, Answer, Commit, FeedEntry, Loaded, Write
from omcore.routing import RoutingPlan
from omcore.testing._store_bench import Bench, Loop
from omcore.testing._store_clauses import CLAUSES, cited
from omcore.testing.store_contract import CASES, AsyncStoreContract, StoreContract

GALLERY: dict[str, tuple[str, Callable[[], Any]]] = {}
KEPT = "_streams", "_histories", "_feed", "_answers", "_private", "_cursors", "_lock"


def breaks(clause: str) -> Callable[[type], type]:
    """Hang a store up in the gallery under the clause that it breaks."""

    def hang(store: type) -> type:
        GALLERY[store.__name__] = (clause, store)
        return store

    return hang


def resealed(commit: Commit, **changes: Any) -> Commit:
    return attrs.evolve(commit, **changes)


# -- reading ---------------------------------------------------------------------------------


@breaks("ST1")
class BeginsAtMinusOne(MemoryStore):
    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found = super().load(streams)
        return {name: loaded if loaded.version else Loaded(-1, None) for name, loaded in found.items()}


@breaks("ST1")
class KeepsTheFirstState(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        writes = [
            attrs.evolve(write, state=self._streams.get(write.stream, Loaded(0, write.state)).state)
            for write in commit.writes
        ]
        super()._keep(resealed(commit, writes=tuple(writes)))


@breaks("ST2")
class LeavesOutWhatIsNotThere(MemoryStore):
    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        return {name: loaded for name, loaded in super().load(streams).items() if loaded.version}


@breaks("ST2")
class AnswersMoreThanWasAsked(MemoryStore):
    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        return {**super().load([*self._streams]), **super().load(streams)}


@breaks("ST2")
class CreatesWhatIsLookedAt(MemoryStore):
    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found = super().load(streams)
        for name in streams:
            self._streams.setdefault(name, Loaded(0, ()))
        return found


@breaks("ST3")
class LoadsOneAfterTheOther(MemoryStore):
    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found: dict[str, Loaded] = {}
        for name in streams:
            found.update(super().load((name,)))
            if len(streams) < 9:
                time.sleep(0.000_5)
        return found


class Renaming(MemoryStore):
    """Names that are not taken as they are."""

    def name(self, name: str) -> str:
        return name

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found = super().load([self.name(name) for name in streams])
        return {name: found[self.name(name)] for name in streams}

    def commit(self, commit: Commit) -> None:
        super().commit(
            resealed(
                commit,
                reads={self.name(name): version for name, version in commit.reads.items()},
                writes=tuple(attrs.evolve(each, stream=self.name(each.stream)) for each in commit.writes),
            )
        )


@breaks("ST4")
class FoldsCase(Renaming):
    def name(self, name: str) -> str:
        return name.casefold()


@breaks("ST4")
class StripsSpaces(Renaming):
    def name(self, name: str) -> str:
        return name.rstrip()


@breaks("ST4")
class NormalizesScripts(Renaming):
    def name(self, name: str) -> str:
        return unicodedata.normalize("NFC", name)


@breaks("ST4")
class CutsNamesAt255(Renaming):
    def name(self, name: str) -> str:
        return name[:255]


@breaks("ST4")
class FoldsTheCaseOfKeys(MemoryStore):
    def answer(self, key: str) -> Answer | None:
        return self._answers.get(key.lower())

    def _check(self, commit: Commit) -> None:
        if self.answer(commit.answer.key):
            raise Conflict("key")
        super()._check(commit)

    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        self._answers[commit.answer.key.lower()] = commit.answer


@breaks("ST4")
class FoldsTheCaseOfReaders(MemoryStore):
    def cursor(self, name: str) -> int:
        return super().cursor(name.upper())

    def advance(self, name: str, position: int) -> None:
        super().advance(name.upper(), position)


@breaks("ST4")
class ErasesByPattern(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        erased = [key for key, contact in commit.private.items() if contact is None]
        also = {key: None for key in self._private for name in erased if key.casefold() == name.casefold()}
        super()._keep(resealed(commit, private={**commit.private, **also}))


# -- committing ------------------------------------------------------------------------------


@breaks("ST5")
class RecordsTheAnswerOfAConflict(MemoryStore):
    def _check(self, commit: Commit) -> None:
        known = commit.answer.key in self._answers
        try:
            super()._check(commit)
        except Conflict:
            if not known:
                self._answers[commit.answer.key] = commit.answer
            raise


@breaks("ST5")
class KeepsWhatCameBeforeTheConflict(MemoryStore):
    def _check(self, commit: Commit) -> None:
        for write in commit.writes:
            found = self._streams.get(write.stream, NOTHING)
            if commit.reads.get(write.stream) == found.version and commit.answer.key not in self._answers:
                self._streams[write.stream] = Loaded(found.version + 1, write.state)
            else:
                raise Conflict("reads")
        for write in commit.writes:
            found = self._streams[write.stream]
            self._streams[write.stream] = Loaded(found.version - 1, found.state)
        super()._check(commit)


@breaks("ST5")
class ErasesBeforeItChecks(MemoryStore):
    def _check(self, commit: Commit) -> None:
        for key, contact in commit.private.items():
            if contact is None:
                self._private.pop(key, None)
        super()._check(commit)


@breaks("ST5")
class PublishesBeforeItChecks(MemoryStore):
    def _check(self, commit: Commit) -> None:
        try:
            super()._check(commit)
        except Conflict:
            if commit.writes and commit.writes[0].events:
                event = commit.writes[0].events[0]
                self._feed.append(
                    FeedEntry(
                        len(self._feed) + 1,
                        commit.writes[0].stream,
                        1,
                        0,
                        event,
                        commit.answer.key,
                        commit.answer.at,
                    )
                )
            raise


@breaks("ST6")
class TakesAKeyTwice(MemoryStore):
    def _check(self, commit: Commit) -> None:
        known = self._answers.pop(commit.answer.key, None)
        try:
            super()._check(commit)
        finally:
            if known is not None:
                self._answers[commit.answer.key] = known


@breaks("ST6")
class TakesARetryForDone(MemoryStore):
    def commit(self, commit: Commit) -> None:
        if self._answers.get(commit.answer.key) != commit.answer:
            super().commit(commit)


@breaks("ST6")
class ForgetsTheKeysOfRefusals(MemoryStore):
    def _check(self, commit: Commit) -> None:
        known = self._answers.get(commit.answer.key)
        if known is not None and known.error:
            del self._answers[known.key]
        super()._check(commit)


@breaks("ST7")
class ChecksOnlyWhatItWrites(MemoryStore):
    def _check(self, commit: Commit) -> None:
        written = {write.stream for write in commit.writes}
        reads = {name: version for name, version in commit.reads.items() if name in written}
        super()._check(resealed(commit, reads=reads))


@breaks("ST7")
class ChecksNoRefusals(MemoryStore):
    def _check(self, commit: Commit) -> None:
        super()._check(commit if commit.writes else resealed(commit, reads={}))


@breaks("ST7")
class ChecksOnlyWhatIsThere(MemoryStore):
    def _check(self, commit: Commit) -> None:
        reads = {name: self._streams.get(name, Loaded(v, None)).version for name, v in commit.reads.items()}
        if any(reads[name] != version for name, version in commit.reads.items()):
            raise Conflict("reads")
        for name in commit.reads.keys() - self._streams.keys():
            self._streams[name] = Loaded(commit.reads[name], None)
        super()._check(commit)


@breaks("ST7")
class TakesWhatIsNotOlder(MemoryStore):
    def _check(self, commit: Commit) -> None:
        now = {name: self._streams.get(name, NOTHING).version for name in commit.reads}
        if any(now[name] > version for name, version in commit.reads.items()):
            raise Conflict("reads")
        super()._check(resealed(commit, reads=now))


@breaks("ST7")
class ChecksTheFirstReadOnly(MemoryStore):
    def _check(self, commit: Commit) -> None:
        now = {name: self._streams.get(name, NOTHING).version for name in commit.reads}
        first = dict([*commit.reads.items()][:1])
        super()._check(resealed(commit, reads={**now, **first}))


class Counting(MemoryStore):
    """Versions that are counted in another way."""

    def rise(self, write: Write) -> int:
        return 1

    def _keep(self, commit: Commit) -> None:
        reads = {write.stream: commit.reads[write.stream] + self.rise(write) - 1 for write in commit.writes}
        super()._keep(resealed(commit, reads={**commit.reads, **reads}))


@breaks("ST8")
class CountsEvents(Counting):
    def rise(self, write: Write) -> int:
        return len(write.events)


@breaks("ST8")
class StaysWithoutEvents(Counting):
    def rise(self, write: Write) -> int:
        return 1 if write.events else 0


@breaks("ST8")
class CountsReadsToo(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        for name in commit.reads.keys() - {write.stream for write in commit.writes}:
            found = self._streams.get(name, NOTHING)
            self._streams[name] = Loaded(found.version + 1, found.state)


@breaks("ST9")
class WritesWhatWasNotRead(MemoryStore):
    def _check(self, commit: Commit) -> None:
        missing = {write.stream for write in commit.writes} - commit.reads.keys()
        reads = {name: self._streams.get(name, NOTHING).version for name in missing}
        super()._check(resealed(commit, reads={**commit.reads, **reads}))

    def _keep(self, commit: Commit) -> None:
        missing = {write.stream for write in commit.writes} - commit.reads.keys()
        reads = {name: self._streams.get(name, NOTHING).version for name in missing}
        super()._keep(resealed(commit, reads={**commit.reads, **reads}))


@breaks("ST10")
class TakesTheLastOfTwoWrites(MemoryStore):
    def _check(self, commit: Commit) -> None:
        super()._check(resealed(commit, writes=tuple({each.stream: each for each in commit.writes}.values())))


@breaks("ST11")
class RecordsNoRefusals(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        if commit.answer.error:
            del self._answers[commit.answer.key]


@breaks("ST11")
class RecordsNothingWhereNothingIsWritten(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        if not commit.reads:
            del self._answers[commit.answer.key]


@breaks("ST12")
class ErasesNothing(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        private = {key: contact for key, contact in commit.private.items() if contact is not None}
        super()._keep(resealed(commit, private=private))


@breaks("ST12")
class BlanksWhatItShouldErase(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        private = {key: contact or Contact() for key, contact in commit.private.items()}
        super()._keep(resealed(commit, private=private))


@breaks("ST12")
class SetsOnce(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        super()._keep(resealed(commit, private={**commit.private, **self._private} if commit.private else {}))


# -- values ----------------------------------------------------------------------------------


class Changing(MemoryStore):
    """Values that do not come back as they were."""

    def again(self, value: Any) -> Any:
        return value

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        return {
            name: attrs.evolve(loaded, state=self.again(loaded.state)) if loaded.version else loaded
            for name, loaded in super().load(streams).items()
        }


@breaks("ST13")
class SortsMappings(Changing):
    def again(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.again(value[key]) for key in sorted(value)}
        if attrs.has(type(value)):
            names = [field.name for field in attrs.fields(type(value)) if field.init]
            return attrs.evolve(value, **{name: self.again(getattr(value, name)) for name in names})
        return value


@breaks("ST13")
class MakesTuplesLists(Changing):
    def again(self, value: Any) -> Any:
        names = [
            field.name for field in attrs.fields(type(value)) if type(getattr(value, field.name)) is tuple
        ]
        return attrs.evolve(value, **{name: list(getattr(value, name)) for name in names})


@breaks("ST13")
class TakesTrueForOne(MemoryStore):
    def answer(self, key: str) -> Answer | None:
        found = super().answer(key)
        if found is None:
            return None
        fields = tuple((name, int(value) if type(value) is bool else value) for name, value in found.fields)
        return attrs.evolve(found, fields=fields)


@breaks("ST13")
class LosesMicroseconds(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        at = commit.answer.at.replace(microsecond=0)
        super()._keep(resealed(commit, answer=attrs.evolve(commit.answer, at=at)))


@breaks("ST13")
class RoundsInstants(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        at = type(commit.answer.at).fromtimestamp(
            round(commit.answer.at.timestamp(), 5), commit.answer.at.tzinfo
        )
        super()._keep(resealed(commit, answer=attrs.evolve(commit.answer, at=at)))


@breaks("ST13")
class StripsPeople(MemoryStore):
    def private(self, key: str) -> Contact | None:
        found = super().private(key)
        return None if found is None else attrs.evolve(found, name=found.name.strip())


@breaks("ST13")
class DropsEmptyText(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        super()._keep(resealed(commit, reason=commit.reason[:255]))


@breaks("ST13")
class TakesNoMoreThan64KiB(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        if any(len(dumps(write.state)) > 65_535 for write in commit.writes):
            raise Unavailable("store")
        super()._keep(commit)


@breaks("ST14")
class HandsOutItsFeed(MemoryStore):
    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        return self._feed if after == 0 and limit >= len(self._feed) else super().feed(after, limit)


@breaks("ST14")
class KeepsTheCallersMapping(MemoryStore):
    def _keep(self, commit: Commit) -> None:
        kept = dict(self._private)
        super()._keep(commit)
        if not kept and isinstance(commit.private, dict) and None not in commit.private.values():
            self._private = commit.private


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
    """Numbers are given first, and the rows become visible when their transactions end."""

    def __init__(self) -> None:
        super().__init__()
        self._hidden: set[int] = set()

    def commit(self, commit: Commit) -> None:
        with self._lock:
            self._check(commit)
            before = len(self._feed)
            self._keep(commit)
            mine = set(range(before + 1, len(self._feed) + 1))
            self._hidden |= mine
        time.sleep(0.000_5 if before % 4 else 0.003)
        self._hidden -= mine

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        return [entry for entry in self._feed[after:] if entry.position not in self._hidden][:limit]


@breaks("ST19")
class HasHistoryByPrefix(MemoryStore):
    def history(self, stream: str) -> Sequence[FeedEntry]:
        return [entry for entry in self._feed if entry.stream.startswith(stream)]


@breaks("ST19")
class HasHistoryOfTheFirstWrite(MemoryStore):
    def history(self, stream: str) -> Sequence[FeedEntry]:
        first: dict[str, str] = {}
        for entry in self._feed:
            first.setdefault(entry.key, entry.stream)
        return [entry for entry in super().history(stream) if first[entry.key] == stream]


@breaks("ST19")
class HasAPageOfHistory(MemoryStore):
    def history(self, stream: str) -> Sequence[FeedEntry]:
        return super().history(stream)[:1_000]


@breaks("ST19")
class HasTheLatestHistoryFirst(MemoryStore):
    def history(self, stream: str) -> Sequence[FeedEntry]:
        return super().history(stream)[::-1]


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


# -- the proof -------------------------------------------------------------------------------


def breaches(
    make: Callable[[], Any], run: Any = None, *, until: str = "", only: str = "", examples: int = 2
) -> dict[str, str]:
    """What the kit says about a store: each clause that is broken, and a case that says so.

    ``until`` a clause is named, whose own cases are tried first; ``only`` cases of that name.
    """
    found: dict[str, str] = {}
    contract = StoreContract if run is None else AsyncStoreContract
    cases = {name: case for name, case in CASES[contract].items() if hasattr(case, "clause") and only in name}
    for name, case in sorted(cases.items(), key=lambda each: getattr(each[1], "clause", "") != until):
        store = make()
        bench = Bench(
            store,
            run=run,
            reopen=getattr(store, "reopen", None),
            unreachable=getattr(store, "unreachable", None),
            examples=examples,
            shrinks=False,
            tries=500,
        )
        try:
            case(contract(), bench)
        except pytest.skip.Exception:
            continue
        except Exception as error:  # noqa: BLE001 - whatever a broken store brings about
            found.setdefault(cited(error) or "none", name)
        if until in found:
            break
    return found


@pytest.mark.parametrize("name", [name for name, (clause, _) in GALLERY.items() if clause != "ST28"])
def test_the_kit_rejects_a_broken_store_and_names_the_clause(name: str) -> None:
    clause, make = GALLERY[name]
    assert clause in breaches(make, until=clause)


# What no single case looks for, and some that cases do look for: the model knows nothing of either.
BY_MODEL = """
    LosesWhatComesAfterAWriteWithoutEvents KeepsTheFirstState StripsSpaces RecordsTheAnswerOfAConflict
    TakesAKeyTwice ChecksOnlyWhatItWrites TakesWhatIsNotOlder CountsEvents WritesWhatWasNotRead
    TakesTheLastOfTwoWrites ErasesNothing LosesMicroseconds FeedsByName FeedsWholeCommits
    HasHistoryByPrefix DoesNotSayWhy MovesBack
""".split()  # noqa: SIM905 - one line a name is a page


@pytest.mark.parametrize("name", BY_MODEL)
def test_random_histories_alone_find_what_is_broken(name: str) -> None:
    assert breaches(GALLERY[name][1], only="_st28_", examples=400) != {}


def test_every_clause_has_a_case_and_a_store_that_breaks_it() -> None:
    for cases in CASES.values():
        assert {getattr(case, "clause", None) for case in cases.values()} - {None} == set(CLAUSES)
    assert {clause for clause, _ in GALLERY.values()} == set(CLAUSES)


@pytest.mark.parametrize("good", [MemoryStore, Shared, Renaming, Counting, Changing, Labelling])
def test_the_kit_accepts_a_good_store(good: Callable[[], Any]) -> None:
    """The gallery's plain base classes too, so that what is rejected above is the planted defect."""
    assert breaches(good) == {}


@pytest.mark.parametrize("name", ["ErasesNothing", "FeedsByTime", "ReplaysHistory", "TakesAKeyTwice"])
def test_the_kit_finds_the_same_in_an_async_store(name: str) -> None:
    clause, make = GALLERY[name]
    with Loop() as loop:
        assert clause in breaches(lambda: AsyncMemoryStore(make()), loop.run, until=clause)


class KeepsPartOfACancelledCommit(AsyncMemoryStore):
    async def commit(self, commit: Commit) -> None:
        self.sync._check(commit)
        self.sync._keep(resealed(commit, private={}))
        await asyncio.sleep(0)
        self.sync._private.update({key: value for key, value in commit.private.items() if value})
        for key in [key for key, value in commit.private.items() if value is None]:
            self.sync._private.pop(key, None)


def test_a_caller_that_is_cancelled_finds_what_is_kept_in_parts() -> None:
    with Loop() as loop:
        assert "ST5" in breaches(KeepsPartOfACancelledCommit, loop.run, only="cancelled")
        assert breaches(AsyncMemoryStore, loop.run, only="cancelled") == {}


class AwaitsBetweenCheckAndWrite(AsyncMemoryStore):
    async def commit(self, commit: Commit) -> None:
        self.sync._check(commit)
        await asyncio.sleep(0)
        self.sync._keep(commit)


def test_tasks_of_one_loop_race_like_threads() -> None:
    with Loop() as loop:
        assert "ST25" in breaches(AwaitsBetweenCheckAndWrite, loop.run, until="ST25")


# -- the same on a database ------------------------------------------------------------------


class Sql(SqliteStore):
    """One file, as many handles as are asked for."""

    folder = ""

    def __init__(self) -> None:
        super().__init__(f"{self.folder}/oms.db")
        self.handles: list[SqliteStore] = [self]

    def reopen(self) -> SqliteStore:
        self.handles.append(type(self)())
        return self.handles[-1]


class Collates(Sql):
    def __init__(self) -> None:
        with contextlib.closing(sqlite3.connect(f"{self.folder}/oms.db")) as connection:
            connection.executescript(SCHEMA.replace("name TEXT", "name TEXT COLLATE NOCASE"))
        super().__init__()


class LooksForLikeness(Sql):
    def history(self, stream: str) -> Sequence[FeedEntry]:
        return self._entries(f"SELECT {COLUMNS} FROM feed WHERE stream LIKE ? ORDER BY position", (stream,))


class ChecksBeforeItLocks(Sql):
    def commit(self, commit: Commit) -> None:
        with self._connection() as connection:
            _check(connection, commit)
        with self._transaction("IMMEDIATE") as connection:
            for write in commit.writes:
                self._write(connection, commit, write)
            row = (commit.answer.key, dumps(commit.answer))
            connection.execute("INSERT INTO answers VALUES (?, ?)", row)


class CommitsEachStatement(Sql):
    @contextlib.contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            yield connection


class TellsWhatSqliteSays(Sql):
    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = self._connect()
        with contextlib.closing(connection):
            yield connection

    def unreachable(self) -> SqliteStore:
        self._path = f"{self.folder}/no such folder/oms.db"
        return self


@pytest.mark.parametrize(
    ("store", "clause"),
    [
        (Sql, ""),
        (Collates, "ST4"),
        (LooksForLikeness, "ST4"),
        (ChecksBeforeItLocks, "ST25"),
        (CommitsEachStatement, "ST3"),
        (TellsWhatSqliteSays, "ST22"),
    ],
)
def test_the_kit_finds_what_is_wrong_on_a_database(
    store: type[Sql], clause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Sql] = []

    def make() -> Sql:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        monkeypatch.setattr(store, "folder", str(folder))
        made.append(store())
        return made[-1]

    found = breaches(make, until=clause or "all")
    for handle in [handle for each in made for handle in each.handles]:
        handle.close()
    assert (clause in found) if clause else not found, found
