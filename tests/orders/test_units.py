"""Units of a line: no unit is ever lost, doubled or in two states (M7)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel.runs import normal
from omcore.orders import units as un

states = st.sampled_from(un.UNIT_STATES)
refs = st.sampled_from(["", "F1", "F2", "S1"])


@st.composite
def moves(draw: st.DrawFn) -> tuple[int, list[tuple[set[int], str, str]]]:
    quantity = draw(st.integers(1, 30))
    steps = draw(
        st.lists(
            st.tuples(st.sets(st.integers(1, quantity), min_size=1), states, refs),
            max_size=8,
        )
    )
    return quantity, steps


@given(moves())
def test_moving_runs_is_moving_each_unit(case: tuple[int, list[tuple[set[int], str, str]]]) -> None:
    quantity, steps = case
    units = un.start(quantity)
    model = dict.fromkeys(range(1, quantity + 1), (un.OPEN, ""))
    for ordinals, state, ref in steps:
        units = un.move(units, normal((n, n) for n in ordinals), state, ref)
        for ordinal in ordinals:
            model[ordinal] = (state, ref)
        listed = {n: (s, r) for first, last, s, r in units for n in range(first, last + 1)}
        assert listed == model
        assert sum(last - first + 1 for first, last, _, _ in units) == quantity
        for before, after in pairwise(units):
            assert before[1] + 1 == after[0]
            assert before[2:] != after[2:], "neighbors in one state are one run"


@given(moves(), st.sets(states, min_size=1))
def test_in_state_finds_exactly_the_units_in_those_states(
    case: tuple[int, list[tuple[set[int], str, str]]], wanted: set[str]
) -> None:
    quantity, steps = case
    units = un.start(quantity)
    for ordinals, state, ref in steps:
        units = un.move(units, normal((n, n) for n in ordinals), state, ref)
    found = un.in_state(units, *wanted)
    listed = {n for first, last, s, _ in units for n in range(first, last + 1) if s in wanted}
    assert {n for first, last in found for n in range(first, last + 1)} == listed
    assert found == normal(found)


def test_a_line_of_100_000_units_costs_a_few_runs() -> None:
    units = un.start(100_000)
    units = un.move(units, ((1, 60_000),), un.ALLOCATED, "F1")
    units = un.move(units, ((1, 20_000),), un.SHIPPED, "S1")
    units = un.move(units, ((99_991, 100_000),), un.CANCELLED)
    assert units == (
        (1, 20_000, un.SHIPPED, "S1"),
        (20_001, 60_000, un.ALLOCATED, "F1"),
        (60_001, 99_990, un.OPEN, ""),
        (99_991, 100_000, un.CANCELLED, ""),
    )


def test_held_by_names_the_units_of_one_fulfillment_order() -> None:
    units = un.move(un.start(5), ((1, 2),), un.ALLOCATED, "F1")
    units = un.move(units, ((4, 5),), un.ALLOCATED, "F2")
    assert un.held_by(units, un.ALLOCATED, "F2") == ((4, 5),)
    assert un.held_by(units, un.SHIPPED, "F2") == ()
