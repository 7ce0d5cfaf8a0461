"""Parts: of some units of kits, so much of what each is made of (M12, S11).

Decides how parts of units are added, taken and compared without listing units. Must not know what a part
is worth, why it comes back, or where it is.

``Parts`` is a tuple of ``(line id, first, last, components)``: of each of the units first..last, so much of
each SKU. Rows ascend, name no unit twice, and are as few as there can be; components ascend by SKU and are
above 0: equal parts are equal tuples. A unit that is not named is not meant, or meant whole: who keeps
parts says which.
"""

from __future__ import annotations

from omcore.kernel import Components, Runs
from omcore.kernel.runs import intersection, normal

Part = tuple[str, int, int, Components]
Parts = tuple[Part, ...]

# (line id, runs of unit ordinals), as everywhere.
Items = tuple[tuple[str, Runs], ...]

NO_PARTS: Parts = ()


def of_units(line_id: str, runs: Runs, components: Components) -> Parts:
    """So much of each of some units of a line."""
    ascending = tuple(sorted(components))
    return tuple([(line_id, first, last, ascending) for first, last in runs])


def units_of(parts: Parts) -> Items:
    """The units that parts are of."""
    runs: dict[str, list[tuple[int, int]]] = {}
    for line_id, first, last, _ in parts:
        runs.setdefault(line_id, []).append((first, last))
    return tuple([(line_id, normal(pairs)) for line_id, pairs in runs.items()])


def by_line(parts: Parts) -> dict[str, Parts]:
    """The same, for who asks line by line."""
    rows: dict[str, list[Part]] = {}
    for row in parts:
        rows.setdefault(row[0], []).append(row)
    return {line_id: tuple(of_line) for line_id, of_line in rows.items()}


def plus(left: Parts, right: Parts) -> Parts:
    """Both, summed unit by unit."""
    if not left or not right:
        return left or right
    return _combined(left, right, 1)


def minus(left: Parts, right: Parts) -> Parts:
    """What is left, unit by unit; ``left`` holds all of ``right``."""
    if not left or not right:
        return left
    return _combined(left, right, -1)


def among(parts: Parts, items: Items) -> Parts:
    """Parts of just these units."""
    by_line = dict(items)
    return tuple(
        [
            (line_id, low, high, components)
            for line_id, first, last, components in parts
            for low, high in intersection(((first, last),), by_line.get(line_id, ()))
        ]
    )


def beside(parts: Parts, items: Items) -> Parts:
    """Parts of all other units."""
    return minus(parts, among(parts, items))


def holding(parts: Parts, line_id: str, wanted: Components) -> Runs:
    """Units of a line that have as much of each component as is wanted."""
    found = []
    for of_line, first, last, components in parts:
        if of_line == line_id:
            have = dict(components)
            if all(have.get(sku, 0) >= many for sku, many in wanted):
                found.append((first, last))
    return normal(found)


def counted(parts: Parts) -> dict[str, int]:
    """How much of each SKU, summed over the units."""
    summed: dict[str, int] = {}
    for _, first, last, components in parts:
        for sku, each in components:
            summed[sku] = summed.get(sku, 0) + (last - first + 1) * each
    return summed


def _combined(left: Parts, right: Parts, sign: int) -> Parts:
    out: list[Part] = []
    lefts, rights = by_line(left), by_line(right)
    for line_id in sorted({*lefts, *rights}):
        mine, other = lefts.get(line_id, ()), rights.get(line_id, ())
        marks = sorted({mark for _, first, last, _ in (*mine, *other) for mark in (first, last + 1)})
        ours, theirs = _over(mine, marks), _over(other, marks)
        for low, following, here, there in zip(marks, marks[1:], ours, theirs, strict=False):
            if components := _summed(here, there, sign):
                _append(out, line_id, low, following - 1, components)
    return tuple(out)


def _over(rows: Parts, marks: list[int]) -> list[Components]:
    """What one side has from each mark to the next."""
    found, ascending = [], iter(rows)
    row = next(ascending, None)
    for mark in marks:
        while row is not None and row[2] < mark:
            row = next(ascending, None)
        found.append(row[3] if row is not None and row[1] <= mark else ())
    return found


def _summed(left: Components, right: Components, sign: int) -> Components:
    if not right:
        return left
    sums = dict(left)
    for sku, many in right:
        sums[sku] = sums.get(sku, 0) + sign * many
    return tuple([(sku, sums[sku]) for sku in sorted(sums) if sums[sku] > 0])


def _append(out: list[Part], line_id: str, first: int, last: int, components: Components) -> None:
    if out:
        of_line, begins, ends, before = out[-1]
        if of_line == line_id and ends + 1 == first and before == components:
            first = begins
            out.pop()
    out.append((line_id, first, last, components))


__all__ = [
    "NO_PARTS",
    "Part",
    "Parts",
    "among",
    "beside",
    "by_line",
    "counted",
    "holding",
    "minus",
    "of_units",
    "plus",
    "units_of",
]
