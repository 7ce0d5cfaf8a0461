"""flash sale: many buyers of one SKU, in batches of 500 and one by one.

Through ``MemoryStore``, where a commit costs next to nothing and what is left is deciding; through the SQLite
example on a file, where every commit is a transaction; and through a store that takes a millisecond for a
commit, as one at the other end of a network does. Each buyer claims one unit under a token of his own.
The commands are made beforehand; the count at the end says that each has his unit.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from omcore import inventory as inv
from omcore.engine import OrderManager, Outcome
from omcore.kernel import Location, Network
from omcore.memory import MemoryStore
from omcore.ports import Commit
from omcore.routing import Nearest
from timing import paired_ratio

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
BATCH = 500
EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"


class Sale:
    """A manager with more than enough of one SKU, and the buyers who come one after the other."""

    def __init__(self, store: Any) -> None:
        self.oms = OrderManager(store, network=Network((Location("nyc"),)), routing=Nearest())
        self.oms.execute(inv.ReceiveStock("TEE", "nyc", 100_000_000, key="po", at=T0))
        self.buyers = 0
        self.waiting: list[inv.ReserveStock] = []

    def line_up(self, count: int) -> None:
        """So many buyers' commands."""
        until, items = T0 + timedelta(minutes=10), (inv.ReservedItem("TEE", "nyc", 1),)
        first = self.buyers = self.buyers + count
        self.waiting = [
            inv.ReserveStock(f"cart-{n}", f"buyer-{n}", items, until, key=f"claim-{n}", at=T0)
            for n in range(first - count, first)
        ]

    def one_by_one(self, count: int) -> None:
        """A commit a buyer."""
        execute = self.oms.execute
        for command in self.waiting[:count]:
            execute(command)

    def in_batches(self, count: int) -> None:
        """A commit for 500."""
        for start in range(0, count, BATCH):
            answers = self.oms.execute_all(self.waiting[start : start + BATCH])
            if not all(type(answer) is Outcome for answer in answers):
                raise AssertionError("a buyer was turned away")

    def check(self) -> None:
        """Everybody has his unit."""
        item = self.oms.stock("TEE", "nyc")
        if item is None or item.live(T0) != self.buyers:
            raise AssertionError("units and buyers do not agree")


def measured(together: Sale, alone: Sale, times: int, rounds: int) -> tuple[float, float]:
    """(how many times as fast batches are, the best seconds a claim in them)."""

    def single(count: int) -> None:
        alone.one_by_one(count)

    def batched(count: int) -> None:
        together.in_batches(count)

    ratios, best = [], float("inf")
    for _ in range(rounds):
        together.line_up(times)
        alone.line_up(times)
        ratio, _, each = paired_ratio(single, batched, times, 1)
        ratios.append(ratio)
        best = min(best, each)
    together.check()
    alone.check()
    return sorted(ratios)[len(ratios) // 2], best


@contextmanager
def on_disk() -> Iterator[Any]:
    """The SQLite example, on a file of its own."""
    if str(EXAMPLES) not in sys.path:
        sys.path.append(str(EXAMPLES))
    from adapters.sqlite_store import SqliteStore

    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "oms.db", synchronous="NORMAL")
        yield store
        store.close()


class FarAway(MemoryStore):
    """A store that takes a millisecond to commit, however much that is."""

    def commit(self, commit: Commit) -> None:
        """See ``Store.commit``."""
        time.sleep(0.001)
        super().commit(commit)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """See ``Store.commit_all``."""
        time.sleep(0.001)
        super().commit_all(commits)


def run(smoke: bool) -> dict[str, float]:
    """Claims a second in batches of 500, and how many times as fast that is as one by one."""
    times, rounds = (BATCH, 2) if smoke else (10 * BATCH, 15)
    ratio, each = measured(Sale(MemoryStore()), Sale(MemoryStore()), times, rounds)
    ratio_far, _ = measured(Sale(FarAway()), Sale(FarAway()), BATCH, max(2, rounds // 2))
    with on_disk() as first, on_disk() as second:
        ratio_disk, each_disk = measured(
            Sale(first), Sale(second), max(BATCH, times // 5), max(2, rounds // 2)
        )
    return {
        "flash_sale_claims_per_s": round(1 / each),
        "flash_vs_single": round(ratio, 2),
        "flash_sale_claims_per_s_sqlite": round(1 / each_disk),
        "flash_vs_single_sqlite": round(ratio_disk, 2),
        "flash_vs_single_1ms": round(ratio_far, 2),
    }
