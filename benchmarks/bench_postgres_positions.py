"""Who waits for a position on PostgreSQL: python benchmarks/bench_postgres_positions.py [DISK_US].

Compares three ways to a feed without late entries, with 1 and with 8 processes that write streams of
their own, in turn: ``announced``, as the example does; ``last``, a lock that is taken when all else is
done and held until the commit is on the disk; ``first``, one commit at a time. DISK_US microseconds
are added to each wait for the disk, as a network's disk would. Starts a server of its own.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "docs" / "examples"), str(ROOT / "tests" / "support")]

from adapters import postgres_tables as tables  # noqa: E402 - found by the lines above
from adapters.postgres_store import PostgresStore  # noqa: E402
from omcore.inventory import ReservedItem, StockReceived  # noqa: E402
from omcore.ports import Answer, Commit, Write  # noqa: E402
from postgres_server import PostgresServer  # noqa: E402

AT = datetime(2026, 11, 27, tzinfo=UTC)
ROUNDS = 7
SECONDS = 1.5
WRITERS = (1, 8)

_LOCK = "        PERFORM pg_advisory_xact_lock('oms.commits'::regclass::oid::integer, 0);\n"


def ways() -> Mapping[str, str]:
    """The tables and functions of each way."""
    whole = tables.SCHEMA
    begin = whole.index("        SELECT last_value - (NOT is_called)::integer INTO number")
    end = whole.index("        number := nextval('oms.commits');")
    checks = whole.index("    INSERT INTO oms.answers")
    return {
        "announced": whole,
        "last": whole[:begin] + _LOCK + whole[end:],
        "first": whole[:checks] + _LOCK + whole[checks:begin] + whole[end:],
    }


def writer(conninfo: str, me: int, start: Barrier, done: Queue[int]) -> None:
    """A known stream and a new one a commit, three events."""
    store = PostgresStore(conninfo, timeout_s=60)
    store.cursor("reader")
    state, event = ReservedItem("TEE-M", "nyc", 1), StockReceived(AT, "TEE-M", "nyc", 1, "po-7")
    start.wait()
    began, number = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        known, new = f"stock/{me}", f"order/{me}-{number}"
        writes = (Write(known, (event,), state), Write(new, (event, event), state))
        store.commit(Commit(Answer(f"{me}/{number}", "h", new, AT), {known: number, new: 0}, writes))
        number += 1
    done.put(number)
    store.close()


def commits_per_s(server: PostgresServer, schema: str, writers: int) -> float:
    with server.connection() as connection:
        connection.execute("DROP SCHEMA IF EXISTS oms CASCADE")
        connection.execute(schema)
    spawning = multiprocessing.get_context("spawn")
    start, done = spawning.Barrier(writers), spawning.Queue()
    processes = [
        spawning.Process(target=writer, args=(server.conninfo, me, start, done)) for me in range(writers)
    ]
    for process in processes:
        process.start()
    total = sum(int(done.get()) for _ in processes)
    for process in processes:
        process.join()
    return float(total / SECONDS)


def main(arguments: Sequence[str]) -> None:
    disk_us = arguments[0] if arguments else "0"
    server = PostgresServer(commit_delay=disk_us, commit_siblings="0", shared_buffers="128MB").start()
    found: dict[tuple[str, int], list[float]] = {}
    try:
        for _ in range(ROUNDS):
            for writers in WRITERS:
                for way, schema in ways().items():
                    found.setdefault((way, writers), []).append(commits_per_s(server, schema, writers))
    finally:
        server.remove()
    for (way, writers), figures in found.items():
        print(f"{way:<10} {writers} writers {statistics.median(figures):>8,.0f} commits/s")


if __name__ == "__main__":
    main(sys.argv[1:])
