"""Stores and shops for tests of the simulator: good ones, and some with one planted defect each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from omcore.memory import MemoryStore
from omcore.ports import NOTHING, Answer, Commit, FeedEntry, Loaded, Store


def on(make: Callable[[], Store]) -> Callable[[int], Sequence[Store]]:
    """``fresh``: a new store, that all processes share."""
    return lambda count: [make()] * count


MEMORY = on(MemoryStore)


class ChecksNoVersion(MemoryStore):
    """Whoever writes last wins."""

    def commit(self, commit: Commit) -> None:
        now = {name: loaded.version for name, loaded in self.load(tuple(commit.reads)).items()}
        super().commit(attrs.evolve(commit, reads=now))


class ChecksTheFirstRead(MemoryStore):
    """Only the first stream of what was read is looked at."""

    def commit(self, commit: Commit) -> None:
        reads: dict[str, int] = {}
        for name, version in commit.reads.items():
            reads[name] = version if not reads else self.load((name,))[name].version
        super().commit(attrs.evolve(commit, reads=reads))


class TakesAKeyAgain(MemoryStore):
    """A command key is no obstacle."""

    def commit(self, commit: Commit) -> None:
        self._answers.pop(commit.answer.key, None)
        super().commit(commit)


class ForgetsRefusals(MemoryStore):
    """What was refused is not worth a row."""

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        if commit.answer.error:
            del self._answers[commit.answer.key]


class ForgetsPayloads(MemoryStore):
    """A key is kept without the hash of what was asked under it."""

    def answer(self, key: str) -> Answer | None:
        found = super().answer(key)
        return None if found is None else attrs.evolve(found, payload_hash="")


class SkipsTheLast(MemoryStore):
    """A reader of the feed never gets the last of several entries, and goes on after it."""

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        found = list(super().feed(after, limit))
        return [entry for entry in found if entry.position % 5 or entry.position == len(self._feed)]


class LoadsWhatWas(MemoryStore):
    """A snapshot that is renewed with every third version."""

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        found = super().load(streams)
        return {
            name: attrs.evolve(loaded, version=loaded.version - 1) if loaded.version % 3 == 2 else loaded
            for name, loaded in found.items()
        }


class RaisesItsOwn(MemoryStore):
    """An error of the driver's comes through."""

    def commit(self, commit: Commit) -> None:
        if commit.answer.key in self._answers:
            raise LookupError("UNIQUE constraint failed")
        super().commit(commit)


class NeverEnds(MemoryStore):
    """A feed that begins anew behind its end."""

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        return super().feed(after, limit) or super().feed(0, limit)


class IsAlwaysAway(MemoryStore):
    """It says Conflict whatever is saved, once it holds a few things."""

    def commit(self, commit: Commit) -> None:
        if len(self._answers) > 4:
            commit = attrs.evolve(commit, reads={"nothing": 7})
        super().commit(commit)


class KeepsHalf(MemoryStore):
    """Of a commit over several streams the last is lost where there is a third."""

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        if len(commit.writes) > 1:
            name = commit.writes[-1].stream
            self._streams[name] = Loaded(commit.reads[name] + 1, self._state_before(name))

    def _state_before(self, name: str) -> Any:
        return self._streams.get(name, NOTHING).state if self._streams[name].version == 1 else None


DEFECTS: Mapping[str, Callable[[], Store]] = {
    store.__name__: store
    for store in (
        ChecksNoVersion,
        ChecksTheFirstRead,
        TakesAKeyAgain,
        ForgetsRefusals,
        ForgetsPayloads,
        SkipsTheLast,
        LoadsWhatWas,
        RaisesItsOwn,
        NeverEnds,
        IsAlwaysAway,
    )
}
