"""Broken stores, one planted defect each: reading, committing, values.

The defects are those that real adapters have: a check that was forgotten, a comparison that folds
case, a column that is too small.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from gallery import breaks, resealed
from omcore.codec import dumps
from omcore.kernel import Conflict, Contact, Unavailable
from omcore.memory import MemoryStore
from omcore.ports import NOTHING, Answer, Commit, FeedEntry, Loaded, Write

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
class ChecksAHundredReads(MemoryStore):
    """As many as it asks its database for at once."""

    def _check(self, commit: Commit) -> None:
        written = {write.stream for write in commit.writes}
        super()._check(
            resealed(
                commit,
                reads={
                    name: version
                    for place, (name, version) in enumerate(commit.reads.items())
                    if place < 100 or name in written
                },
            )
        )


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


# -- when everything fails -------------------------------------------------------------------


@breaks("ST33")
class PrunesKeys(MemoryStore):
    """Keeps what twenty commands were answered, because nobody asks for older ones."""

    def _keep(self, commit: Commit) -> None:
        super()._keep(commit)
        while len(self._answers) > 20:
            del self._answers[next(iter(self._answers))]
