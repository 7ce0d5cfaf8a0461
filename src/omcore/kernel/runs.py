"""Runs of ordinals: a set of unit numbers as a few (first, last) pairs.

Decides how sets of units are added, taken and compared without listing them (M7). Must not know
what state a unit is in or what it costs.

``Runs`` is a tuple of ``(first, last)`` pairs, inclusive, ascending, disjoint and never adjacent,
so that equal sets are equal tuples. Every function is linear in the number of runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from omcore.kernel.errors import InputError, InvalidQuantity

Run = tuple[int, int]
Runs = tuple[Run, ...]

EMPTY: Runs = ()


def count(runs: Runs) -> int:
    """How many ordinals."""
    total = 0
    for first, last in runs:
        total += last - first + 1
    return total


def normal(runs: Iterable[Run]) -> Runs:
    """Sort, merge overlaps and neighbors."""
    out: list[Run] = []
    start = end = 0
    for first, last in sorted(runs):
        if out and first <= end + 1:
            if last > end:
                end = last
                out[-1] = (start, end)
        else:
            start, end = first, last
            out.append((first, last))
    return tuple(out)


def take_lowest(runs: Runs, n: int) -> Runs:
    """The n lowest ordinals; all of them where there are fewer."""
    if len(runs) == 1 and runs[0][1] - runs[0][0] + 1 == n:
        return runs
    out: list[Run] = []
    for first, last in runs:
        if n <= 0:
            break
        size = last - first + 1
        out.append((first, last) if size <= n else (first, first + n - 1))
        n -= size
    return tuple(out)


def take_highest(runs: Runs, n: int) -> Runs:
    """The n highest ordinals; all of them where there are fewer."""
    out: list[Run] = []
    for first, last in reversed(runs):
        if n <= 0:
            break
        size = last - first + 1
        out.append((first, last) if size <= n else (last - n + 1, last))
        n -= size
    return tuple(reversed(out))


def union(left: Runs, right: Runs) -> Runs:
    """Ordinals in either."""
    if not left:
        return right
    if not right:
        return left
    if left[-1][1] + 1 < right[0][0]:
        return left + right
    return normal(left + right)


def intersection(left: Runs, right: Runs) -> Runs:
    """Ordinals in both."""
    if left == right:
        return left
    out: list[Run] = []
    i = j = 0
    while i < len(left) and j < len(right):
        a, b = left[i]
        c, d = right[j]
        first = a if a > c else c
        last = b if b < d else d
        if first <= last:
            out.append((first, last))
        if b < d:
            i += 1
        else:
            j += 1
    return tuple(out)


def difference(left: Runs, right: Runs) -> Runs:
    """Ordinals in left and not in right."""
    if not right:
        return left
    if left == right:
        return EMPTY
    out: list[Run] = []
    j = 0
    for first, last in left:
        while j < len(right) and right[j][1] < first:
            j += 1
        k = j
        while k < len(right) and right[k][0] <= last:
            start, end = right[k]
            if start > first:
                out.append((first, start - 1))
            first = end + 1
            k += 1
        if first <= last:
            out.append((first, last))
    return tuple(out)


def contains(outer: Runs, inner: Runs) -> bool:
    """Whether every ordinal of inner is in outer."""
    return not difference(inner, outer)


def checked_runs(value: object, path: str, highest: int) -> Runs:
    """Runs from a caller: (first, last) pairs of exact ints within 1..highest, in any order, without overlap.

    Errors: ``InvalidQuantity`` with the path of the pair, ``InputError`` for a unit named twice.
    """
    if type(value) is not list and type(value) is not tuple:
        raise InvalidQuantity(path, min=1, max=highest)
    pairs: list[Run] = []
    for i, pair in enumerate(value):
        if (type(pair) is not list and type(pair) is not tuple) or len(pair) != 2:
            raise InvalidQuantity(f"{path}[{i}]", min=1, max=highest)
        first, last = pair
        if type(first) is not int or type(last) is not int or not 1 <= first <= last <= highest:
            raise InvalidQuantity(f"{path}[{i}]", min=1, max=highest)
        pairs.append((first, last))
    runs = normal(pairs)
    if count(runs) != sum(last - first + 1 for first, last in pairs):
        raise InputError(path, reason="the same unit is named twice")
    return runs


__all__ = [
    "EMPTY",
    "Run",
    "Runs",
    "checked_runs",
    "contains",
    "count",
    "difference",
    "intersection",
    "normal",
    "take_highest",
    "take_lowest",
    "union",
]
