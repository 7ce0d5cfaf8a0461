"""Parts of units against a dictionary of units, one by one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel.runs import normal
from omcore.orders import parts as pt
from plain_kits import one_by_one

Plain = dict[tuple[str, int], Counter[str]]

units = st.tuples(st.sampled_from("ab"), st.integers(1, 7))
pieces = st.dictionaries(st.sampled_from(("CUP", "TEA", "BAG")), st.integers(1, 3), min_size=1).map(Counter)
plain = st.dictionaries(units, pieces, max_size=9)


def rows(of: Plain) -> pt.Parts:
    """Put together unit by unit."""
    found: pt.Parts = ()
    for (line, n), counter in of.items():
        found = pt.plus(found, pt.of_units(line, ((n, n),), tuple(counter.items())))
    return found


def unrolled(parts: pt.Parts) -> Plain:
    listed = [((line, n), counter) for line, n, counter in one_by_one(parts)]
    assert len(dict(listed)) == len(listed), "no unit is named twice"
    return dict(listed)


def canonical(parts: pt.Parts) -> bool:
    """As few rows as there can be, ascending; nothing of nothing."""
    for before, after in pairwise(parts):
        assert before[:2] < after[:2]
        assert before[0] != after[0] or before[2] < after[1]
        assert (before[0], before[2] + 1, before[3]) != (after[0], after[1], after[3])
    return all(row[3] and row[3] == tuple(sorted(row[3])) for row in parts)


@given(plain, plain)
def test_what_is_added_and_taken_again_is_as_it_was(left: Plain, right: Plain) -> None:
    both = pt.plus(rows(left), rows(right))
    assert canonical(both)
    assert unrolled(both) == {
        key: left.get(key, Counter()) + right.get(key, Counter()) for key in left | right
    }
    assert pt.plus(rows(right), rows(left)) == both
    assert pt.minus(both, rows(right)) == rows(left)


@given(plain)
def test_equal_parts_are_equal_however_they_were_put_together(of: Plain) -> None:
    backwards = dict(reversed(of.items()))
    assert rows(of) == rows(backwards)
    assert unrolled(rows(of)) == of
    assert canonical(rows(of))


@given(plain, st.sets(units))
def test_parts_of_some_units_and_of_the_others_are_all(of: Plain, some: set[tuple[str, int]]) -> None:
    items: Any = tuple(
        (line, normal((n, n) for each, n in some if each == line)) for line in {line for line, _ in some}
    )
    mine, others = pt.among(rows(of), items), pt.beside(rows(of), items)
    assert unrolled(mine) == {key: counter for key, counter in of.items() if key in some}
    assert unrolled(others) == {key: counter for key, counter in of.items() if key not in some}
    assert pt.plus(mine, others) == rows(of)
    named = {
        (line, n) for line, runs in pt.units_of(rows(of)) for low, high in runs for n in range(low, high + 1)
    }
    assert named == set(of)


@given(plain, st.sampled_from("ab"), pieces)
def test_units_that_hold_what_is_wanted(of: Plain, line: str, wanted: Counter[str]) -> None:
    found = pt.holding(rows(of), line, tuple(wanted.items()))
    assert found == normal((n, n) for (each, n), counter in of.items() if each == line and wanted <= counter)
    assert pt.counted(rows(of)) == sum(of.values(), Counter())


def test_a_hundred_thousand_kits_of_which_one_part_came_are_one_row() -> None:
    all_cups = pt.of_units("set", ((1, 100_000),), (("CUP", 1),))
    later = pt.plus(all_cups, pt.of_units("set", ((7, 7),), (("TEA", 2),)))
    assert len(later) == 3
    assert pt.minus(later, all_cups) == (("set", 7, 7, (("TEA", 2),)),)
