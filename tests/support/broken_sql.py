"""Broken stores on a database: the SQLite example with one planted defect each."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from adapters.sqlite_store import COLUMNS, SCHEMA, SqliteStore, _check
from omcore.codec import dumps
from omcore.kernel import Conflict, format_instant
from omcore.ports import Commit, FeedEntry, Loaded, Write

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

    @property
    def connect(self) -> Callable[[], SqliteStore]:
        return partial(opened_in, type(self), self.folder)


def opened_in(kind: type[Sql], folder: str) -> Sql:
    """A handle in another process, which knows the class and not where the file is."""
    kind.folder = folder
    return kind()


class Collates(Sql):
    def __init__(self) -> None:
        with contextlib.closing(sqlite3.connect(f"{self.folder}/oms.db")) as connection:
            connection.executescript(SCHEMA.replace("name TEXT", "name TEXT COLLATE NOCASE"))
        super().__init__()


class LooksForLikeness(Sql):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        query = f"SELECT {COLUMNS} FROM feed WHERE stream LIKE ? AND version > ? ORDER BY position"
        return self._entries(query, (stream, after))


class ChecksBeforeItLocks(Sql):
    def commit(self, commit: Commit) -> None:
        with self._connection() as connection:
            _check(connection, commit)
        with self._transaction("IMMEDIATE") as connection:
            for write in commit.writes:
                self._write(connection, commit, write)
            row = (commit.answer.key, dumps(commit.answer))
            connection.execute("INSERT INTO answers VALUES (?, ?)", row)


class CommitsABatchInParts(Sql):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.commit(commit)


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


# -- what holds within one process and not between two -----------------------------------------

WITHIN = threading.RLock()


class LocksWithinItsProcess(Sql):
    """A lock of the interpreter's stands for one of the database."""

    def commit(self, commit: Commit) -> None:
        self.commit_all([commit])

    def commit_all(self, commits: Sequence[Commit]) -> None:
        with WITHIN:
            with self._connection() as connection:
                connection.execute("BEGIN")
                try:
                    for commit in commits:
                        _check(connection, commit)
                        self._keep(connection, commit, last=commit.reads)
                finally:
                    connection.execute("ROLLBACK")
            time.sleep(0.000_5)
            with self._transaction("IMMEDIATE") as connection:
                for commit in commits:
                    self._keep(connection, commit, last=commit.reads)


class NumbersInBlocksOfItsProcess(Sql):
    """Positions are taken eight at a time, as some do to spare a round trip."""

    left: ClassVar[dict[str, list[int]]] = {}

    @contextlib.contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        try:
            with super()._transaction(kind) as connection:
                yield connection
        except BaseException:
            self.left.pop(self.folder, None)
            raise

    def _write(
        self, connection: sqlite3.Connection, commit: Commit, write: Write, *, whole: bool = True
    ) -> None:
        super()._write(connection, commit, Write(write.stream, (), write.state), whole=whole)
        connection.execute("CREATE TABLE IF NOT EXISTS blocks (last INTEGER)")
        version, at = commit.reads[write.stream] + 1, format_instant(commit.answer.at)
        for index, event in enumerate(write.events):
            left = self.left.setdefault(self.folder, [])
            if not left:
                (last,) = connection.execute("SELECT coalesce(max(last), 0) FROM blocks").fetchone()
                connection.execute("INSERT INTO blocks VALUES (?)", (last + 8,))
                left += range(last + 1, last + 9)
            row = (left.pop(0), write.stream, version, index, dumps(event), commit.answer.key, at)
            connection.execute(
                f"INSERT INTO feed ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, commit.by, commit.reason),
            )


class RemembersWithinItsProcess(Sql):
    """All handles of a process share what was loaded, and forget it where they were overtaken."""

    known: ClassVar[dict[str, dict[str, Loaded]]] = {}

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        with WITHIN:
            known = self.known.setdefault(self.folder, {})
            known.update(super().load([name for name in streams if name not in known]))
            return {name: known[name] for name in streams}

    def commit(self, commit: Commit) -> None:
        self.commit_all([commit])

    def commit_all(self, commits: Sequence[Commit]) -> None:
        with WITHIN:
            known = self.known.setdefault(self.folder, {})
            try:
                super().commit_all(commits)
            except Conflict:
                known.clear()
                raise
            for commit in commits:
                for write in commit.writes:
                    known[write.stream] = Loaded(commit.reads[write.stream] + 1, write.state)
