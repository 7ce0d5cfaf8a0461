"""memory: bytes that one kept order costs, state alone and with its events."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

from bench_pipeline import Pipeline


def run(smoke: bool) -> dict[str, float]:
    """Average over many delivered 3-line orders, each from a draft of its own."""
    count = 100 if smoke else 2_000
    pipeline = Pipeline()
    pipeline.life(pipeline.draft(0), 0)
    state = _bytes(pipeline, count, with_events=False)
    both = _bytes(pipeline, count, with_events=True)
    return {"bytes_per_order": round(state, 1), "bytes_per_order_with_events": round(both, 1)}


def _bytes(pipeline: Pipeline, count: int, *, with_events: bool) -> float:
    kept: list[Any] = []
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(count):
        order, events = pipeline.life(pipeline.draft(number), number)
        kept.append((order, events) if with_events else order)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / count
