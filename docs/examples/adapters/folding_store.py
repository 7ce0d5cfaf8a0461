"""A ``Store`` of events: states are folded when they are loaded, from a snapshot now and then. Copy it.

Decides what of a stream is kept beside its version: a snapshot each ``every`` versions, and nothing
else. What came after it is read from the feed's index on stream and version, and folded onto it, so
that a load costs no more than so many commits, however long the history. Everything else is as in
``sqlite_store.py``.

A snapshot says nothing that the events don't say: where a release changes what states look like, and
no upcaster is to be written for them, delete the snapshots. A write without events is the exception;
the engine makes none, and what it says is in its snapshot alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.sqlite_store import SqliteStore
from omcore.codec import CODEC, Codec
from omcore.engine import fold as folded_by_omcore
from omcore.ports import Commit, Loaded, Write

SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshots (
    stream TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;
"""

# From the events of a stream and the state before them to the state after.
Fold = Callable[[str, Sequence[Any], Any], Any]


class FoldingStore(SqliteStore):
    """The contract on one SQLite file that keeps events."""

    def __init__(
        self,
        path: str | Path,
        *,
        codec: Codec = CODEC,
        timeout_s: float = 10.0,
        synchronous: str = "FULL",
        every: int = 50,
        fold: Fold = folded_by_omcore,
    ) -> None:
        super().__init__(path, codec=codec, timeout_s=timeout_s, synchronous=synchronous)
        self._every = every
        self._fold = fold
        with self._connection() as connection:
            connection.executescript(SCHEMA)

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """One read transaction: every stream as of one moment, folded."""
        found = {name: Loaded(0, None) for name in streams}
        with self._transaction("DEFERRED") as connection:
            for name in found:
                row = connection.execute("SELECT version FROM streams WHERE name = ?", (name,)).fetchone()
                if row is not None:
                    found[name] = Loaded(row[0], self._folded(connection, name))
        return found

    def _folded(self, connection: sqlite3.Connection, stream: str) -> Any:
        row = connection.execute(
            "SELECT version, state FROM snapshots WHERE stream = ?", (stream,)
        ).fetchone()
        version, state = (0, None) if row is None else (row[0], self._codec.loads(row[1]))
        rows = connection.execute(
            "SELECT event FROM feed WHERE stream = ? AND version > ? ORDER BY version, idx", (stream, version)
        )
        return self._fold(stream, [self._codec.loads(event) for (event,) in rows], state)

    def _write(
        self, connection: sqlite3.Connection, commit: Commit, write: Write, *, whole: bool = True
    ) -> None:
        super()._write(connection, commit, write, whole=False)  # its version and its events
        version = commit.reads[write.stream] + 1
        if version % self._every == 0 or not write.events:
            connection.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)",
                (write.stream, version, self._codec.dumps(write.state)),
            )
