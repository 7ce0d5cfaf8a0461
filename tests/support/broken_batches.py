"""Broken stores, one planted defect each: several commits at once.

The defects are those of a loop over ``commit`` that somebody took for the same thing, and of what is
done once for all of a batch that should be done for each of its commits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import attrs

from gallery import breaks, resealed
from omcore.kernel import Conflict
from omcore.memory import MemoryStore
from omcore.ports import Commit, Loaded

# -- as if one after the other ---------------------------------------------------------------


@breaks("ST29")
class CountsABatchAsOne(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        before = {write.stream for commit in commits for write in commit.writes}
        versions = {name: loaded.version for name, loaded in self.load(sorted(before)).items()}
        super().commit_all(commits)
        for name, version in versions.items():
            self._streams[name] = Loaded(version + 1, self._streams[name].state)


@breaks("ST29")
class KeepsTheFirstStateOfABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all(commits)
        for commit in reversed(commits):
            for write in commit.writes:
                self._streams[write.stream] = Loaded(self._streams[write.stream].version, write.state)


@breaks("ST29")
class AnswersTheLastOfABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all(commits)
        for commit in commits[:-1]:
            del self._answers[commit.answer.key]


@breaks("ST29")
class LeavesOutRefusalsOfABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all(commits)
        for commit in commits:
            if commit.answer.error:
                del self._answers[commit.answer.key]


@breaks("ST29")
class FeedsABatchByStream(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        before = len(self._feed)
        super().commit_all(commits)
        added = sorted(self._feed[before:], key=lambda entry: entry.stream)
        self._feed[before:] = [attrs.evolve(e, position=n) for n, e in enumerate(added, before + 1)]


@breaks("ST29")
class FeedsTheLastWritesOfABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        before = len(self._feed)
        super().commit_all(commits)
        last = [e for e in self._feed[before:] if e.version == self._streams[e.stream].version]
        self._feed[before:] = [attrs.evolve(e, position=n) for n, e in enumerate(last, before + 1)]


@breaks("ST29")
class SignsABatchOnce(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all([resealed(each, by=commits[0].by, reason=commits[0].reason) for each in commits])


@breaks("ST29")
class DatesABatchOnce(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        before = len(self._feed)
        super().commit_all(commits)
        for place in range(before, len(self._feed)):
            self._feed[place] = attrs.evolve(self._feed[place], at=commits[0].answer.at)


@breaks("ST29")
class KeepsPeopleOfTheFirstCommit(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all([*commits[:1], *(resealed(each, private={}) for each in commits[1:])])


@breaks("ST29")
class ErasesAfterABatch(MemoryStore):
    """Sets first and erases then, in whatever order the commits say it."""

    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all(commits)
        for commit in commits:
            for key in [key for key, contact in commit.private.items() if contact is None]:
                self._private.pop(key, None)


@breaks("ST29")
class TakesNoMoreThan255AtOnce(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all(commits[:255])


# -- all or none -----------------------------------------------------------------------------


@breaks("ST30")
class CommitsOneByOne(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.commit(commit)


@breaks("ST30")
class CommitsInChunks(MemoryStore):
    """Each of them whole, and no transaction too long."""

    def commit_all(self, commits: Sequence[Commit]) -> None:
        for first in range(0, len(commits), 100):
            super().commit_all(commits[first : first + 100])


@breaks("ST30")
class LeavesOutWhatIsRefused(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            try:
                self.commit(commit)
            except Conflict:
                continue


@breaks("ST30")
class ChecksTheFirstOfABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        with self._lock:
            for commit in commits[:1]:
                self._check(commit)
            for commit in commits:
                self._keep(commit)


@breaks("ST30")
class TakesAKeyTwiceInABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        if any(commit.answer.key in self._answers for commit in commits):
            raise Conflict("key")
        super().commit_all([*{commit.answer.key: commit for commit in commits}.values()])


@breaks("ST30")
class TrustsABatchAboutItself(MemoryStore):
    """What is in the store already is checked; what a commit says of those before it, is not."""

    def commit_all(self, commits: Sequence[Commit]) -> None:
        written: dict[str, int] = {}
        sealed = []
        for commit in commits:
            reads = {name: written.get(name, version) for name, version in commit.reads.items()}
            sealed.append(resealed(commit, reads=reads))
            written |= {write.stream: reads.get(write.stream, 0) + 1 for write in commit.writes}
        super().commit_all(sealed)


@breaks("ST30")
class ErasesBeforeItChecksABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            for key in [key for key, contact in commit.private.items() if contact is None]:
                self._private.pop(key, None)
        super().commit_all(commits)


@breaks("ST30")
class AnswersBeforeItChecksABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        try:
            super().commit_all(commits)
        except Conflict:
            for commit in commits:
                self._answers.setdefault(commit.answer.key, commit.answer)
            raise


# -- all at once -----------------------------------------------------------------------------


@breaks("ST31")
class KeepsABatchInParts(MemoryStore):
    """Each commit is atomic, and all were checked; whoever looks in between sees half."""

    def commit_all(self, commits: Sequence[Commit]) -> None:
        with self._lock:
            self._gathered(commits)
        for commit in commits:
            with self._lock:
                self._keep(commit)


@breaks("ST31")
class HoldsNoLockForABatch(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        gathered = self._gathered(commits)
        time.sleep(0)
        self._keep_all(gathered)


@breaks("ST31")
class ChecksTheKeysOfABatchWithoutTheLock(MemoryStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        if any(commit.answer.key in self._answers for commit in commits):
            raise Conflict("key")
        time.sleep(0.000_2)
        with self._lock:
            known = {c.answer.key: self._answers.pop(c.answer.key, None) for c in commits}
            try:
                gathered = self._gathered(commits)
            except Conflict:
                self._answers.update({key: answer for key, answer in known.items() if answer})
                raise
            self._keep_all(gathered)
