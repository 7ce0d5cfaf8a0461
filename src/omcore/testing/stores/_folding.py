"""How cases are written to a store that folds its states from events.

Decides how a made-up state reaches such a store: the last event of a write carries it, and ``fold_in_cases``
takes it from there; what is read from the feed is shown without. A write without events carries nothing.
Must not know any store or case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from omcore.engine import fold
from omcore.ports import Commit, FeedEntry, Write

CARRIER = ""  # the stream of a write that stands for an event; no stream has this name


def fold_in_cases(stream: str, events: Sequence[Any], state: Any = None) -> Any:
    """``omcore.engine.fold``, also for what the conformance kit makes up.

    Give it to a store that folds its states (``states = "folded"``) while it is under test, in the
    place of ``fold``. Errors as ``fold``.
    """
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if type(event) is Write and event.stream == CARRIER:
            rest = events[place + 1 :]
            return fold(stream, rest, event.state) if rest else event.state
    return fold(stream, events, state) if events else state


def carrying(commit: Commit) -> Commit:
    """The commit, with each write's state in its last event."""
    writes = [
        attrs.evolve(write, events=(*write.events[:-1], Write(CARRIER, (write.events[-1],), write.state)))
        if write.events
        else write
        for write in commit.writes
    ]
    return attrs.evolve(commit, writes=tuple(writes))


def shown(entries: Sequence[FeedEntry]) -> Sequence[FeedEntry]:
    """The entries as they were before they carried anything."""
    made = [
        attrs.evolve(entry, event=entry.event.events[0])
        if type(entry.event) is Write and entry.event.stream == CARRIER
        else entry
        for entry in entries
    ]
    return made if type(entries) is list else tuple(made)


__all__ = ["carrying", "fold_in_cases", "shown"]
