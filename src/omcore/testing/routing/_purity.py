"""Sees who reads a clock or draws a random number, by watching every call of a C function.

Decides what counts as either. Nothing is replaced, so no reference that was taken earlier slips through.
Must not know what is watched.
"""

from __future__ import annotations

import datetime
import gc  # noqa: TID251 - its listeners are no part of a plan
import os  # noqa: TID251 - its random bytes are what is looked for
import random  # noqa: TID251 - so are its generators
import sys  # noqa: TID251 - calls are watched
import time  # noqa: TID251 - and its clocks
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_TELLING = ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime", "localtime")
_CLOCKS = frozenset(
    getattr(time, name + ending)
    for name in _TELLING
    for ending in ("", "_ns")
    if hasattr(time, name + ending)
)
_GENERATOR = random.Random.__mro__[1]
_TODAY = frozenset({"now", "utcnow", "today"})


@contextmanager
def watched() -> Iterator[list[str]]:
    """The names of what was read that no plan may depend on, as they are called."""
    seen: list[str] = []

    def called(_frame: FrameType, event: str, function: object) -> None:
        if event == "c_call" and _is_culprit(function):
            seen.append(str(getattr(function, "__qualname__", function)))

    before, collects = sys.getprofile(), gc.isenabled()
    gc.disable()  # what listens to the collector may well read a clock
    sys.setprofile(called)
    try:
        yield seen
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()


def _is_culprit(function: object) -> bool:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, _GENERATOR):
        return True
    if isinstance(owner, type) and issubclass(owner, datetime.date):
        return getattr(function, "__name__", "") in _TODAY
    try:
        return function in _CLOCKS or function is os.urandom
    except TypeError:
        return False  # what has no hash is no function of these


def seen_in(work: Callable[[], object]) -> list[str]:
    """What a piece of work read, in order, each once."""
    with watched() as seen:
        work()
    return list(dict.fromkeys(seen))


__all__ = ["seen_in", "watched"]
