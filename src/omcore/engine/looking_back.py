"""Looking back: what moved at a stock item since a count was taken.

Decides how far a history is read: backwards in steps that double, so that a count that is a minute
late costs what moved in that minute. Must not know what a movement does. Only entries up to the
version that was loaded count, and all of them must be there: what is committed in between, and a
history that lags, are conflicts, and decided again.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from omcore import inventory as inv
from omcore.engine.requests import ReadHistory
from omcore.kernel import Conflict
from omcore.ports import FeedEntry

Steps = Generator[Any, Any, Any]

# How many versions are read at first, and how many movements since a count at most.
FIRST = 16
MAX_MOVED = 10_000


def moved_since(command: Any, stream: str, item: Any, version: int) -> Steps:
    """The newest movements of a stock item, at least all since the moment of a count; None for no such count.

    ``CountTooOld`` where more moved since than is read.
    """
    if not inv.needs_movements(command, item):
        return None
    step = FIRST
    while True:
        after = max(0, version - step)
        read: Sequence[FeedEntry] = yield ReadHistory(stream, after)
        entries = [entry for entry in read if entry.version <= version]
        if not entries or entries[-1].version != version:
            # A history that lags behind what was loaded would leave out what moved last.
            raise Conflict("history", stream=stream)
        # No movement was booked before the one above it: what is further back is older still.
        if not after or entries[0].event.at <= command.counted_at:
            since = [entry for entry in entries if entry.event.at > command.counted_at]
            if len(since) <= MAX_MOVED:
                return since
        elif len(entries) <= MAX_MOVED:
            step *= 2
            continue
        raise inv.CountTooOld("counted_at", sku=item.sku, location=item.location, limit=MAX_MOVED)


__all__ = ["FIRST", "MAX_MOVED", "moved_since"]
