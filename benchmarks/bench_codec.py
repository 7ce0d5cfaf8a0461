"""codec: a delivered 3-line order and the events of its life as text and back; a command's hash.

The floor is the standard library's json on the same values as plain dicts: what a store pays that
keeps dicts and checks nothing.
"""

from __future__ import annotations

import json
from typing import Any

from bench_pipeline import T0, Pipeline
from omcore import orders as om
from omcore.codec import dumps, loads, payload_hash, to_json
from timing import paired_ratio


def run(smoke: bool) -> dict[str, float]:
    """Ratios to json, and microseconds of this machine."""
    times, rounds = (20, 3) if smoke else (300, 9)
    pipeline = Pipeline()
    order, events = pipeline.life(pipeline.draft(1), 1)
    figures: dict[str, float] = {}
    for name, values in (("order", [order]), ("events", events)):
        plain = [to_json(value) for value in values]
        texts = [dumps(value) for value in values]
        if [loads(text) for text in texts] != values:
            raise AssertionError("what was written is not what was read")
        figures |= _figures(f"{name}_write", values, dumps, plain, _write_plain, times, rounds)
        figures |= _figures(f"{name}_read", texts, loads, texts, json.loads, times, rounds)
    place = om.PlaceOrder(pipeline.draft(1), key="k", at=T0)
    text = dumps(place.draft)
    figures |= _figures("hash", [place], payload_hash, [text], json.loads, times, rounds)
    return figures


def _write_plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _figures(
    name: str, values: list[Any], work: Any, plain: list[Any], floor: Any, times: int, rounds: int
) -> dict[str, float]:
    def ours(n: int) -> None:
        for _ in range(n):
            for value in values:
                work(value)

    def theirs(n: int) -> None:
        for _ in range(n):
            for value in plain:
                floor(value)

    ratio, each, _ = paired_ratio(ours, theirs, times, rounds)
    return {f"{name}_vs_json": round(ratio, 2), f"{name}_us": round(each * 1e6, 1)}
