"""A ``MemoryStore`` that believes the events: each state is folded from them, and must be the one written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from omcore.engine import fold
from omcore.memory import MemoryStore
from omcore.ports import NOTHING, Commit


class FoldedStore(MemoryStore):
    """What it gives out was folded, so that an engine on it lives on events alone (C5)."""

    def commit(self, commit: Commit) -> None:
        self._check(commit)
        super().commit(self._folded(commit, {}))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        self._gathered(commits)
        states: dict[str, Any] = {}
        super().commit_all([self._folded(commit, states) for commit in commits])

    def _folded(self, commit: Commit, states: dict[str, Any]) -> Commit:
        writes = []
        for write in commit.writes:
            before = states.get(write.stream, self._streams.get(write.stream, NOTHING).state)
            folded = states[write.stream] = fold(write.stream, write.events, before)
            assert folded == write.state, f"{write.stream}: the events say otherwise than the state"
            writes.append(attrs.evolve(write, state=folded))
        return attrs.evolve(commit, writes=tuple(writes))
