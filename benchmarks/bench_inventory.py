"""inventory: stock that cannot be oversold, and what it costs to prove that it was not.

One function per figure, or per few that are measured together; ``run`` merges what they say.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import bench_claims
import bench_flash_sale
import bench_view
from omcore import inventory as inv
from omcore.kernel import EPOCH

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def run(smoke: bool) -> dict[str, float]:
    """Every figure of inventory."""
    return {
        **reconciling(smoke),
        **bench_view.run(smoke),
        **bench_claims.run(smoke),
        **bench_flash_sale.run(smoke),
    }


# -- reconcile -------------------------------------------------------------------------------


def reconciling(smoke: bool) -> dict[str, float]:
    """Peak memory, and movements a second, of going through a million of them that nobody keeps."""
    count = 20_000 if smoke else 1_000_000
    _reconciled(100)
    gc.collect()
    tracemalloc.start()
    _reconciled(count)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    begin = time.perf_counter()
    _reconciled(count // 10)
    took = time.perf_counter() - begin
    return {
        "reconcile_mb_per_1m_movements": round(peak / 1e6, 2),
        "reconcile_movements_per_s": round(count / 10 / took),
    }


def _reconciled(count: int) -> None:
    wrong = inv.reconcile(_movements(count))
    if wrong is not None:
        raise AssertionError(f"the books are wrong: {wrong}")


def _movements(count: int) -> Iterator[Any]:
    """A busy stock item: carts of ten minutes, claims of months that all live, orders, shipments."""
    sku, location = "TEE", "nyc"
    yield inv.StockReceived(T0, sku, location, 100_000_000, "po")
    first = (T0 - EPOCH) // timedelta(seconds=1)
    for number in range(count - 1):
        second = number // 50
        at = T0 + timedelta(seconds=second)
        step = number % 5
        if step == 0:
            yield inv.StockReserved(at, sku, location, 1, first + second + 600, f"cart-{number}")
        elif step == 1:
            # Each at a second of its own: what a book of seconds has most trouble with.
            yield inv.StockReserved(at, sku, location, 1, first + 1_000_000 + 29 * number, f"hold-{number}")
        elif step == 2:
            confirmed = ((first + second + 600, 1),)
            yield inv.StockAllocated(at, sku, location, 1, confirmed, f"order-{number}")
        elif step == 3:
            yield inv.StockShipped(at, sku, location, 1, f"order-{number}")
        else:
            yield inv.StockReturned(at, sku, location, 1, "sellable", f"return-{number}")
