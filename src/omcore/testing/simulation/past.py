"""The past: what the store held at every earlier moment, for replicas that have fallen behind.

Decides what a read would have been answered after an earlier commit. A moment is a number of
commits. Must not know who reads, and copies nothing: records are never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from omcore.ports import NOTHING, Answer, Commit, FeedEntry, Loaded


class Past:
    """Everything that was committed, by moment."""

    __slots__ = ("_cursors", "_keys", "_streams", "moment")

    def __init__(self) -> None:
        self.moment = 0
        self._streams: dict[str, list[tuple[int, Loaded]]] = {}
        self._keys: dict[str, int] = {}
        self._cursors: dict[str, list[tuple[int, int]]] = {}

    def take(self, commits: Sequence[Commit]) -> None:
        """What was committed as one is one moment."""
        moment = self.moment = self.moment + 1
        for commit in commits:
            self._keys[commit.answer.key] = moment
            for write in commit.writes:
                loaded = Loaded(commit.reads[write.stream] + 1, write.state)
                versions = self._streams.get(write.stream)
                if versions is None:
                    self._streams[write.stream] = [(moment, loaded)]
                else:
                    versions.append((moment, loaded))

    def advanced(self, name: str, position: int) -> None:
        """A cursor has moved."""
        self._cursors.setdefault(name, []).append((self.moment, position))

    def load(self, streams: Sequence[str], moment: int) -> Mapping[str, Loaded]:
        """As ``Store.load`` would have answered."""
        return {name: self._as_of(name, moment) for name in streams}

    def _as_of(self, name: str, moment: int) -> Loaded:
        for since, loaded in reversed(self._streams.get(name, ())):
            if since <= moment:
                return loaded
        return NOTHING

    def answer(self, found: Answer | None, moment: int) -> Answer | None:
        """What is recorded by now, or None where it was not yet."""
        return found if found is not None and self._keys.get(found.key, 0) <= moment else None

    def feed(self, found: Sequence[FeedEntry], moment: int) -> Sequence[FeedEntry]:
        """What is on the feed by now, without what came later."""
        return [entry for entry in found if self._keys.get(entry.key, 0) <= moment]

    def cursor(self, name: str, moment: int) -> int:
        """As ``Store.cursor`` would have answered."""
        return max(
            [position for since, position in self._cursors.get(name, ()) if since <= moment], default=0
        )


__all__ = ["Past"]
