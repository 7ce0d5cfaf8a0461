"""Timing two things in turn, so that a ratio holds while the machine's speed drifts.

Or counting what the interpreter does: that is the same at every run, whatever else the machine does.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any


def seconds(work: Callable[[int], None], times: int) -> float:
    """How long ``times`` rounds of work take, with the collector out of the way."""
    gc.collect()
    gc.disable()
    try:
        begin = time.perf_counter()
        work(times)
        return time.perf_counter() - begin
    finally:
        gc.enable()


def paired_ratio(
    work: Callable[[int], None], floor: Callable[[int], None], times: int, rounds: int, faster: int = 1
) -> tuple[float, float, float]:
    """(median ratio work / floor, best seconds of work, of floor, each once), measured A B A B ...

    ``faster``: so many times as often is the floor run. Where both take about as long, whatever else the
    machine does hits both alike.
    """
    ratios = []
    best_work = best_floor = float("inf")
    for _ in range(rounds):
        took, base = seconds(work, times) / times, seconds(floor, times * faster) / (times * faster)
        ratios.append(took / base)
        best_work, best_floor = min(best_work, took), min(best_floor, base)
    return statistics.median(ratios), best_work, best_floor


def bytecodes(work: Callable[[], object]) -> int:
    """How many bytecodes of Python code the work runs; what is done in C in between counts nothing.

    With the collector out of the way: what listens to it is written in Python too, and would be counted.
    """
    count = 0

    def each(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return each

    before, collects = sys.gettrace(), gc.isenabled()
    gc.disable()
    sys.settrace(each)
    try:
        work()
    finally:
        sys.settrace(before)
        if collects:
            gc.enable()
    return count
