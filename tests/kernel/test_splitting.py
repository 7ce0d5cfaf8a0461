"""M1 and M2: dividing money without losing or inventing a minor unit.

The oracle deals out units one by one over exact fractions; the kernel never does.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omcore.kernel import InputError, InvalidMoney, Money, OmcoreError, split, split_evenly, split_runs

AMOUNTS = st.integers(-(10**6), 10**6) | st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(
    st.integers(0, 5) | st.sampled_from([0, 1, 100, 333]) | st.integers(0, 10**12), min_size=1, max_size=12
)
GROUPS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 4) | st.integers(0, 10**6)), min_size=1, max_size=6
)


def exact_shares(amount: int, weights: list[int]) -> list[Fraction]:
    even = weights if any(weights) else [1] * len(weights)
    return [Fraction(amount * weight, sum(even)) for weight in even]


def dealt(amount: int, weights: list[int]) -> list[int]:
    """Largest remainder by its definition: floors, then one unit at a time to the neediest."""
    shares = exact_shares(abs(amount), weights)
    parts = [floor(share) for share in shares]
    while sum(parts) < abs(amount):
        neediest = max(range(len(parts)), key=lambda i: (shares[i] - parts[i], -i))
        parts[neediest] += 1
    return parts if amount >= 0 else [-part for part in parts]


def expanded(groups: list[tuple[int, int]]) -> list[int]:
    return [value for times, value in groups for _ in range(times)]


@given(AMOUNTS, WEIGHTS)
@example(100, [1, 1, 1])
@example(-5, [3, 3, 3, 3])
@example(7, [0, 0, 0])
@example(1, [0, 1, 0])
def test_m2_a_split_is_what_dealing_out_unit_by_unit_gives(amount: int, weights: list[int]) -> None:
    assert split(amount, weights) == dealt(amount, weights)


@given(AMOUNTS, WEIGHTS)
def test_m2_the_parts_sum_to_the_whole_and_each_is_less_than_one_unit_off(
    amount: int, weights: list[int]
) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(
        abs(part - share) < 1 for part, share in zip(parts, exact_shares(amount, weights), strict=True)
    )


@given(AMOUNTS, WEIGHTS)
def test_m2_a_negative_amount_splits_as_its_magnitude_does(amount: int, weights: list[int]) -> None:
    assert split(-amount, weights) == [-part for part in split(amount, weights)]


@given(AMOUNTS, st.integers(1, 40))
def test_m2_all_zero_weights_count_as_equal(amount: int, n: int) -> None:
    assert split(amount, [0] * n) == split(amount, [1] * n) == split(amount, [7] * n)


@given(AMOUNTS, WEIGHTS, st.integers(1, 1_000))
def test_m2_only_the_proportion_of_the_weights_counts(amount: int, weights: list[int], factor: int) -> None:
    assert split(amount, [weight * factor for weight in weights]) == split(amount, weights)


@given(AMOUNTS, WEIGHTS)
def test_m2_between_equal_weights_the_lower_index_never_gets_less(amount: int, weights: list[int]) -> None:
    parts = split(abs(amount), weights)
    for i, left in enumerate(weights):
        for j in range(i + 1, len(weights)):
            if left == weights[j]:
                assert parts[j] <= parts[i] <= parts[j] + 1


@given(AMOUNTS, GROUPS)
@example(5, [(2, 1), (2, 1)])
@example(-7, [(3, 0), (2, 0)])
def test_m2_splitting_runs_is_splitting_their_members(amount: int, groups: list[tuple[int, int]]) -> None:
    assert expanded(split_runs(amount, groups)) == split(amount, expanded(groups))


@given(AMOUNTS, st.integers(1, 40))
def test_m2_splitting_evenly_is_splitting_over_equal_weights(amount: int, times: int) -> None:
    runs = split_evenly(amount, times)
    assert expanded(runs) == split(amount, [1] * times)
    assert len(runs) <= 2
    assert all(count >= 1 for count, _ in runs)


@given(AMOUNTS, GROUPS)
def test_m7_a_split_over_runs_stays_a_few_runs(amount: int, groups: list[tuple[int, int]]) -> None:
    runs = split_runs(amount, groups)
    assert len(runs) <= len(groups) + 1
    assert all(times >= 1 for times, _ in runs)
    assert sum(times for times, _ in runs) == sum(times for times, _ in groups)


@given(AMOUNTS, WEIGHTS)
def test_m1_money_splits_as_its_minor_units_do(amount: int, weights: list[int]) -> None:
    if abs(amount) < 10**15:
        parts = Money(amount, "EUR").split(weights)
        assert [part.minor for part in parts] == split(amount, weights)
        assert {part.currency for part in parts} == {"EUR"}


@given(AMOUNTS, WEIGHTS)
def test_splitting_leaves_its_arguments_alone(amount: int, weights: list[int]) -> None:
    before = list(weights)
    split(amount, weights)
    groups = [(1, weight) for weight in weights]
    split_runs(amount, groups)
    assert (weights, groups) == (before, [(1, weight) for weight in before])


def test_m2_a_dollar_over_three_equal_lines_gives_the_first_the_extra_cent() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]


def test_m2_left_over_cents_go_to_the_largest_fractions_first() -> None:
    """10 over 1 : 2 : 3 is 1.67, 3.33, 5: the one left-over cent goes to the first."""
    assert split(10, [1, 2, 3]) == [2, 3, 5]


def test_m2_a_refund_is_divided_as_the_charge_was() -> None:
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]


def test_m2_a_line_without_value_gets_nothing_while_another_has_some() -> None:
    assert split(101, [0, 50, 0, 50]) == [0, 51, 0, 50]


def test_m3_a_discount_on_free_goods_is_spread_evenly() -> None:
    assert split(5, [0, 0]) == [3, 2]


def test_m7_the_lower_unit_ordinals_get_the_extra_cent() -> None:
    assert split_runs(1_000, [(3, 1)]) == [(1, 334), (2, 333)]


def test_m7_a_line_of_a_billion_units_is_split_without_listing_them() -> None:
    groups = [(10**9, 7), (10**9, 3)]
    runs = split_runs(10**15 - 1, groups)
    assert sum(times * value for times, value in runs) == 10**15 - 1
    assert len(runs) <= 3


def test_m12_a_kit_price_over_components_follows_their_list_values() -> None:
    assert Money.parse("49.99", "USD").split([3_000, 2_000, 1_000]) == (
        Money(2_500, "USD"),
        Money(1_666, "USD"),
        Money(833, "USD"),
    )


@pytest.mark.parametrize(
    "weights", [[], [-1], [1, -1], [1.0], [True], ["1"], [None], [float("nan")], [(1, 2)]], ids=repr
)
def test_weights_that_are_no_exact_ints_of_zero_or_more_are_refused(weights: list[int]) -> None:
    with pytest.raises(InputError) as caught:
        split(100, weights)
    assert (caught.value.code, caught.value.path) == ("invalid_input", "weights")


@pytest.mark.parametrize("amount", [1.0, True, "1", None, float("inf")], ids=repr)
def test_m1_no_float_is_ever_split(amount: int) -> None:
    with pytest.raises(InvalidMoney):
        split(amount, [1, 2])


@pytest.mark.parametrize("times", [0, -1, 1.0, True, "1", None], ids=repr)
def test_a_run_has_at_least_one_member(times: int) -> None:
    with pytest.raises(OmcoreError):
        split_runs(100, [(1, 1), (times, 1)])
