"""What the SQLite example promises beyond the contract: other processes, locks, connections."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sqlite_store import SqliteStore
from house import ROOT, SRC
from omcore.inventory import ReservedItem
from omcore.kernel import Conflict, Unavailable
from omcore.ports import Answer, Commit, Write

AT = datetime(2026, 11, 27, tzinfo=UTC)
DIES = """
import os, sys
from adapters.sqlite_store import SqliteStore
from test_sqlite_store import commit
store = SqliteStore(sys.argv[1])
store.commit(commit("kept", {"a": 0}))
with store._transaction("IMMEDIATE") as connection:
    lost = commit("lost", {"a": 1})
    store._write(connection, lost, lost.writes[0])
    os._exit(9)
"""


def commit(key: str, reads: dict[str, int]) -> Commit:
    return Commit(Answer(key, "h", "a", AT), reads, (Write("a", (), ReservedItem("T", "nyc", 1)),))


def test_a_process_that_dies_in_the_middle_of_a_commit_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "oms.db"
    folders = [SRC, ROOT / "docs" / "examples", ROOT / "tests" / "stores", ROOT / "tests" / "support"]
    died = subprocess.run(
        [sys.executable, "-c", DIES, str(path)],
        check=False,
        env={"PYTHONPATH": ":".join(map(str, folders))},
        timeout=60,
    )
    assert died.returncode == 9
    store = SqliteStore(path)
    assert store.load(("a",))["a"].version == 1
    assert store.answer("kept") is not None
    assert store.answer("lost") is None
    store.commit(commit("lost", {"a": 1}))
    store.close()


def test_a_lock_that_another_process_holds_too_long_is_unavailable_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    store = SqliteStore(tmp_path / "oms.db", timeout_s=0.01)
    other = sqlite3.connect(tmp_path / "oms.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        store.commit(commit("k", {"a": 0}))
    with pytest.raises(Unavailable):
        store.advance("reader", 1)
    assert store.load(("a",))["a"].version == 0, "readers are not held up"
    other.execute("ROLLBACK")
    other.close()
    assert store.answer("k") is None
    store.commit(commit("k", {"a": 0}))
    store.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "oms.db").write_text("orders, in a text file; " * 100, encoding="utf-8")
    with pytest.raises(Unavailable):
        SqliteStore(tmp_path / "oms.db")
    with pytest.raises(Unavailable):
        SqliteStore(tmp_path / "no such folder" / "oms.db")


def test_threads_that_end_leave_no_connections_behind(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "oms.db")
    for _ in range(20):
        thread = threading.Thread(target=store.cursor, args=("reader",))
        thread.start()
        thread.join()
    with pytest.raises(Conflict):
        store.commit(commit("k", {"a": 7}))
    assert len(store._idle) == 1
    store.close()
    store.advance("reader", 1)  # a store that was closed opens again when it is used
    assert store.cursor("reader") == 1
    store.close()
