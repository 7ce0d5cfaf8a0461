"""Broken stores, one planted defect each: what only callers at the same time can see.

Each keeps every clause while one call ends before the next begins. The defects are those of adapters
that were made fast: a check before the lock, reads from a copy that follows when there is time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence

from gallery import breaks, resealed
from omcore.memory import MemoryStore
from omcore.ports import NOTHING, Commit, Loaded


@breaks("ST7")
class ChecksWhatItOnlyReadsTooEarly(MemoryStore):
    """What is written is checked under the lock; what is only read was checked before it."""

    def commit(self, commit: Commit) -> None:
        with self._lock:
            self._check(commit)
        time.sleep(0.000_3)
        written = {write.stream for write in commit.writes}
        with self._lock:
            self._check(resealed(commit, reads={n: v for n, v in commit.reads.items() if n in written}))
            self._keep(commit)


@breaks("ST32")
class ReadsFromACopyThatFollows(MemoryStore):
    """Who commits brings the copy up to date, unless somebody else is at it already."""

    def __init__(self) -> None:
        super().__init__()
        self._copy: dict[str, Loaded] = {}
        self._following = threading.Lock()

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        copy = self._copy
        return {name: copy.get(name, NOTHING) for name in streams}

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        self._follow()

    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all(commits)
        self._follow()

    def _follow(self) -> None:
        while self._copy != self._streams and self._following.acquire(blocking=False):
            with self._lock:
                copy = dict(self._streams)
            time.sleep(0.000_5)
            self._copy = copy
            self._following.release()
