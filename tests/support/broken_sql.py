"""Broken stores on a database: the SQLite example with one planted defect each."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence

from adapters.sqlite_store import COLUMNS, SCHEMA, SqliteStore, _check
from omcore.codec import dumps
from omcore.ports import Commit, FeedEntry

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
