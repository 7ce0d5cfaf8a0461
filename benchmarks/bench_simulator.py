"""simulator: how many port calls a second a simulated shop makes, with the oracle on, and what it rejects.

The same seeds run on the in-memory store, on the SQLite example and, where a server can be started, on the
PostgreSQL example. Every call is one step of a handler: decided, performed, compared with the mirror and,
where it commits, decided again and counted in the books. Making a store ready is not counted. The gallery
is that of tests/support: adapters with one defect each that real ones have.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omcore.memory import MemoryStore
from omcore.testing.simulation import Search, search

FIRST = 1
SEEDS = 50
ROUNDS = 3  # the best is told: whatever else the machine does only makes a round slower
ROOT = Path(__file__).resolve().parent.parent
# The gallery, and the server for PostgreSQL, are those of the tests.
ELSEWHERE = (ROOT / "docs" / "examples", ROOT / "tests" / "support")


def run(smoke: bool = False) -> Mapping[str, float]:
    """The figures; those of PostgreSQL only where there is one."""
    sys.path += [str(folder) for folder in ELSEWHERE if str(folder) not in sys.path]
    figures: dict[str, float] = {}
    done = []
    for name, opened, clock, seeds in STORES:
        with opened() as fresh:
            if fresh is not None:
                runs = [_measured(fresh, 2 if smoke else seeds, clock) for _ in range(1 if smoke else ROUNDS)]
                figures[f"steps_per_s_{name}"] = max(steps_per_s for steps_per_s, _ in runs)
                done.append(runs[0][1])
    figures["seeds_green"] = sum(each.seeds for each in done)
    figures["faults_injected"] = sum(each.faults.total() for each in done)
    figures["gallery_size"], figures["gallery_rejected"] = _gallery(1 if smoke else SEEDS)
    return figures


def _gallery(seeds: int) -> tuple[int, int]:
    """How many broken adapters there are, and how many of them are rejected within so many seeds."""
    from worlds_found import rejected

    return rejected(seeds)


def _measured(
    fresh: Callable[[int], Sequence[Any]], seeds: int, clock: Callable[[], float]
) -> tuple[float, Search]:
    """Port calls a second, over all seeds together; that nothing broke is asserted."""
    ready = [0.0, 0.0]

    def made_ready(count: int) -> Sequence[Any]:
        begin = clock()
        handles = fresh(count)
        ready[0] += clock() - begin
        return handles

    begin = clock()
    done = search(made_ready, first=FIRST, seeds=seeds)
    took = clock() - begin - ready[0]
    if done.finding is not None:
        raise AssertionError(str(done.finding))
    return done.steps / took, done


@contextmanager
def _memory() -> Iterator[Any]:
    yield lambda count: [MemoryStore()] * count


@contextmanager
def _sqlite() -> Iterator[Any]:
    from adapters.sqlite_store import SqliteStore

    with tempfile.TemporaryDirectory() as folder:
        shops: list[Path] = []

        def fresh(count: int) -> list[SqliteStore]:
            shops.append(Path(folder) / f"shop-{len(shops)}")
            shops[-1].mkdir()
            if len(shops) > 1:
                shutil.rmtree(shops[-2])
            return [SqliteStore(shops[-1] / "oms.db", synchronous="NORMAL") for _ in range(count)]

        yield fresh


@contextmanager
def _postgres() -> Iterator[Any]:
    import postgres_server as pg
    from adapters.postgres_store import PostgresStore

    if pg.programs() is None:
        yield None
        return
    with pg.fresh_tables() as first:
        tables = [first]

        def fresh(count: int) -> list[PostgresStore]:
            where = pg.Tables(first.conninfo, f"{first.schema}_{len(tables)}")
            tables.append(where)
            where.make()
            return [PostgresStore(where.conninfo, schema=where.schema) for _ in range(count)]

        yield fresh


# In memory nothing waits: what the machine does for others is not counted.
STORES: Sequence[tuple[str, Callable[[], Any], Callable[[], float], int]] = (
    ("memory", _memory, time.process_time, 60),
    ("sqlite", _sqlite, time.perf_counter, 10),
    ("postgres", _postgres, time.perf_counter, 5),
)

__all__ = ["run"]
