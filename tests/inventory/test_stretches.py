"""A schedule in stretches is what a dictionary of seconds says, and one value has one form."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from omcore.inventory.stretches import expired_by, flat, left_after, units_at, with_units

seconds = st.integers(0, 200)
claims = st.lists(st.tuples(seconds, st.integers(1, 5)), max_size=40)


def kept(given: list[tuple[int, int]]) -> tuple[tuple[tuple[int, int], ...], ...]:
    stretches: tuple[tuple[tuple[int, int], ...], ...] = ()
    for second, units in given:
        stretches = with_units(stretches, second, units)
    return stretches


@given(claims, seconds, seconds)
def test_every_second_has_its_units_and_what_has_passed_is_gone(
    given: list[tuple[int, int]], asked: int, last: int
) -> None:
    plain: Counter[int] = Counter()
    for second, units in given:
        plain[second] += units
    stretches = kept(given)
    assert flat(stretches) == tuple(sorted(plain.items()))
    assert units_at(stretches, asked) == plain[asked]
    assert expired_by(stretches, last) == sum(units for second, units in plain.items() if second <= last)
    rest = left_after(stretches, last)
    assert flat(rest) == tuple(sorted((s, units) for s, units in plain.items() if s > last and units))
    assert rest == kept([(second, units) for second, units in given if second > last])


@given(claims)
def test_one_schedule_has_one_form_whatever_came_first_and_nothing_is_kept_of_what_left(
    given: list[tuple[int, int]],
) -> None:
    back = [(second, -units) for second, units in given]
    assert kept([*given, *back]) == ()
    assert kept(given) == kept(sorted(given)) == kept(given[::-1])
    for stretch in kept(given):
        assert stretch
        assert len({second // 32 for second, _ in stretch}) == 1
