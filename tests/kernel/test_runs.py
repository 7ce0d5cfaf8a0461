"""M7: sets of unit numbers as runs. The oracle is Python's set."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import InputError, InvalidQuantity, OmcoreError, Runs
from omcore.kernel.runs import (
    EMPTY,
    checked_runs,
    contains,
    count,
    difference,
    intersection,
    normal,
    take_highest,
    take_lowest,
    union,
)

ORDINALS = st.sets(st.integers(1, 40)) | st.sets(st.integers(1, 12))
PAIRS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    max_size=8,
)


def as_runs(ordinals: set[int]) -> Runs:
    """One by one: an ordinal extends the last run or opens a new one."""
    runs: list[list[int]] = []
    for ordinal in sorted(ordinals):
        if runs and runs[-1][1] == ordinal - 1:
            runs[-1][1] = ordinal
        else:
            runs.append([ordinal, ordinal])
    return tuple((first, last) for first, last in runs)


def as_set(runs: Runs) -> set[int]:
    return {ordinal for first, last in runs for ordinal in range(first, last + 1)}


@given(ORDINALS, ORDINALS)
def test_m7_the_algebra_of_runs_is_that_of_sets(left: set[int], right: set[int]) -> None:
    a, b = as_runs(left), as_runs(right)
    assert union(a, b) == as_runs(left | right)
    assert intersection(a, b) == as_runs(left & right)
    assert difference(a, b) == as_runs(left - right)
    assert contains(a, b) == (right <= left)


@given(ORDINALS, st.integers(0, 41))
def test_runs_that_only_touch_are_joined(ordinals: set[int], cut: int) -> None:
    low, high = {n for n in ordinals if n < cut}, {n for n in ordinals if n >= cut}
    for left, right in ((low, high), (high, low)):
        assert union(as_runs(left), as_runs(right)) == as_runs(ordinals)


@given(ORDINALS, st.integers(-3, 45))
def test_m7_allocating_takes_the_lowest_and_cancelling_the_highest(ordinals: set[int], n: int) -> None:
    runs = as_runs(ordinals)
    ascending = sorted(ordinals)
    assert take_lowest(runs, n) == as_runs(set(ascending[: max(0, n)]))
    assert take_highest(runs, n) == as_runs(set(ascending[len(ascending) - min(len(ascending), max(0, n)) :]))


@given(ORDINALS, st.integers(0, 45))
def test_what_is_taken_and_what_is_left_are_the_whole(ordinals: set[int], n: int) -> None:
    runs = as_runs(ordinals)
    for take in (take_lowest, take_highest):
        taken = take(runs, n)
        rest = difference(runs, taken)
        assert union(taken, rest) == runs
        assert count(taken) == min(n, count(runs))
        assert intersection(taken, rest) == EMPTY


@given(ORDINALS)
def test_runs_count_their_ordinals(ordinals: set[int]) -> None:
    assert count(as_runs(ordinals)) == len(ordinals)


@given(PAIRS)
def test_equal_sets_are_equal_tuples_however_they_were_written(pairs: list[tuple[int, int]]) -> None:
    ordinals = as_set(tuple(pairs))
    assert normal(pairs) == normal(reversed(pairs)) == as_runs(ordinals)
    assert as_set(normal(pairs)) == ordinals


@given(PAIRS)
def test_runs_from_a_caller_are_put_in_order_or_refused_where_a_unit_is_named_twice(
    pairs: list[tuple[int, int]],
) -> None:
    named = [ordinal for first, last in pairs for ordinal in range(first, last + 1)]
    if len(set(named)) == len(named):
        assert checked_runs(pairs, "runs", 40) == as_runs(set(named))
        assert checked_runs([list(pair) for pair in pairs], "runs", 40) == as_runs(set(named))
    else:
        with pytest.raises(InputError) as caught:
            checked_runs(pairs, "runs", 40)
        assert caught.value.path == "runs"


def test_m7_a_hundred_thousand_units_are_one_run() -> None:
    line = ((1, 100_000),)
    shipped = take_lowest(line, 40_000)
    cancelled = take_highest(line, 10)
    assert difference(line, union(shipped, cancelled)) == ((40_001, 99_990),)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("1-3", "runs"),
        (None, "runs"),
        ({(1, 2)}, "runs"),
        ([1, 2], "runs[0]"),
        ([(1, 2), (3,)], "runs[1]"),
        ([(1, 2), (4, 3)], "runs[1]"),
        ([(0, 2)], "runs[0]"),
        ([(1, 41)], "runs[0]"),
        ([(1, 2.0)], "runs[0]"),
        ([(True, 2)], "runs[0]"),
        ([("1", 2)], "runs[0]"),
        ([(float("nan"), 2)], "runs[0]"),
    ],
    ids=repr,
)
def test_a_run_that_is_none_is_refused_with_its_place(value: Any, path: str) -> None:
    with pytest.raises(OmcoreError) as caught:
        checked_runs(value, "runs", 40)
    assert caught.value == InvalidQuantity(path, min=1, max=40)
