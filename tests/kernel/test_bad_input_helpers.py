"""The kernel's small functions: a value or an OmcoreError, whatever is handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given

from anything import anything, attempt
from omcore.kernel import (
    EPOCH,
    effective_now,
    epoch_second,
    format_instant,
    split,
    split_evenly,
    split_runs,
)


@given(anything(), anything())
def test_small_functions_take_anything_at_all(a: Any, b: Any) -> None:
    doors: list[Callable[[], Any]] = [
        lambda: split(a, b),
        lambda: split(5, a),
        lambda: split(5, [a, b]),
        lambda: split_evenly(a, b),
        lambda: split_runs(5, a),
        lambda: split_runs(5, [a]),
        lambda: split_runs(5, [(a, b)]),
        lambda: format_instant(a),
        lambda: epoch_second(a),
        lambda: effective_now(a, EPOCH),
        lambda: effective_now(EPOCH, a),
    ]
    for door in doors:
        attempt(door)
