"""S10: who stands first in line keeps his promise; checked against supply that is handed out unit by unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore.kernel import InvalidQuantity, InvalidType, epoch_second

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
DAYS = range(1, 6)


def second(day: int) -> int:
    return epoch_second(T0 + timedelta(days=day))


def stock(*operations: Any, item: inv.StockItem | None = None) -> inv.StockItem:
    return inv.decide_operations(item, operations, T0, sku="TEE", location="nyc", reference="o")[1]


def claim(name: str, units: int, day: int, each: int = 1) -> inv.Claimant:
    return inv.Claimant(name, units, second(day), each)


def answers(item: inv.StockItem, *claims: inv.Claimant) -> list[tuple[str, dict[int, int], int]]:
    """(who, units by day, lost) in line."""
    day_of = {second(day): day for day in DAYS}
    return [
        (kept.claimant.reference, {day_of[at]: units for at, units in kept.parts}, kept.lost)
        for kept in inv.keep(item, claims, T0)
    ]


# -- in business words -----------------------------------------------------------------------


def test_s10_who_ordered_first_keeps_the_date_and_who_came_later_waits_for_the_next_container() -> None:
    item = stock(inv.Expect("po-1", 5, second(2)), inv.Expect("po-2", 5, second(4)))
    assert answers(item, claim("first", 4, 2), claim("second", 3, 2), claim("third", 4, 2)) == [
        ("first", {2: 4}, 0),
        ("second", {2: 1, 4: 2}, 0),
        ("third", {4: 3}, 1),
    ]


def test_s10_what_is_here_covers_promises_and_what_is_claimed_covers_none() -> None:
    item = stock(inv.Receive(5), inv.Allocate(3))
    assert answers(item, claim("first", 1, 1), claim("second", 2, 1)) == [
        ("first", {1: 1}, 0),
        ("second", {1: 1}, 1),
    ]


def test_s11_a_kit_takes_its_components_whole_or_not_at_all() -> None:
    item = stock(inv.Expect("po-1", 5, second(1)), inv.Expect("po-2", 3, second(3)))
    assert answers(item, claim("kits", 6, 1, each=2), claim("mug", 2, 1)) == [
        ("kits", {1: 4, 3: 2}, 0),
        ("mug", {1: 1, 3: 1}, 0),
    ]


def test_s10_an_earlier_claim_never_costs_a_later_promise_of_who_stands_before_it() -> None:
    item = stock(inv.Expect("po-1", 5, second(1)))
    assert answers(item, claim("first", 4, 5), claim("second", 3, 1)) == [
        ("first", {5: 4}, 0),
        ("second", {1: 1}, 2),
    ]


def test_s10_nothing_is_filled_that_who_stands_before_is_promised() -> None:
    item = stock(inv.Expect("po-1", 6, second(1)), inv.Promise(6, second(1)))
    item = stock(inv.Receive(4, completes=False), item=item)
    item = stock(inv.Expect("po-1", 0, second(1)), item=item)  # four came, and no more will
    mine = ((second(1), 3),)
    assert inv.fillable(item, mine, T0) == 3
    assert inv.fillable(item, mine, T0, before=((second(1), 3),)) == 1
    assert inv.fillable(item, mine, T0, before=((second(1), 4),)) == 0


# -- against handing out unit by unit --------------------------------------------------------

SUPPLIES = st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 6)), max_size=4)
CLAIMS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(DAYS), st.integers(1, 3)), min_size=1, max_size=5
)


def handed_out(here: int, supplies: list[tuple[int, int]], line: list[tuple[int, int, int]]) -> list[Any]:
    """Each in line takes the latest units that still do, so that earlier ones are left for others.

    Units are listed one by one with the day they are there; who is served takes ``each`` at a time.
    """
    units = sorted([0] * here + [day for day, count in supplies for _ in range(count)])
    days = sorted({day for day, _ in supplies})
    told = []
    for wanted, day, each in line:
        parts: dict[int, int] = {}
        left = wanted * each
        for by in [day, *[later for later in days if later > day]]:
            while left and len([unit for unit in units if unit <= by]) >= each:
                for _ in range(each):
                    units.remove(max(unit for unit in units if unit <= by))
                parts[by] = parts.get(by, 0) + each
                left -= each
        told.append((parts, left))
    return told


@example(0, [(1, 5)], [(4, 5, 1), (3, 1, 1)])
@given(st.integers(0, 6), SUPPLIES, CLAIMS)
def test_s10_line_and_dates_are_as_if_units_were_handed_out(
    here: int, supplies: list[tuple[int, int]], line: list[tuple[int, int, int]]
) -> None:
    operations: list[Any] = [inv.Receive(here)] if here else []
    operations += [inv.Expect(f"po-{i}", units, second(day)) for i, (day, units) in enumerate(supplies)]
    item = stock(*operations) if operations else stock(inv.SetReorder(0))
    claims = [claim(str(i), units * each, day, each) for i, (units, day, each) in enumerate(line)]
    expected = [(str(i), *rest) for i, rest in enumerate(handed_out(here, supplies, line))]
    assert answers(item, *claims) == expected


@given(
    st.integers(0, 8),
    st.integers(0, 8),
    st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 4)), max_size=3),
)
def test_s10_as_much_can_be_filled_as_the_stock_item_takes_and_no_more(
    here: int, expected: int, others: list[tuple[int, int]]
) -> None:
    item = stock(inv.Expect("po", 40, second(1)))
    for day, units in [(2, 4), *others]:
        item = stock(inv.Promise(units, second(day)), item=item)
    if here:
        item = stock(inv.Receive(here), item=item)
    item = stock(inv.Expect("po", expected, second(1)), item=item)
    most = inv.fillable(item, ((second(2), 4),), T0)
    for units in range(1, 5):
        try:
            stock(inv.Fill(units, second(2)), item=item)
        except inv.InsufficientStock:
            assert units > most
        else:
            assert units <= most


def test_nothing_is_computed_of_what_makes_no_sense() -> None:
    item = stock(inv.Receive(1))
    for wrong in (0, -1, True, "1", 1.0, 10**30):
        with pytest.raises((InvalidQuantity, InvalidType)):
            inv.Claimant("x", wrong, second(1))  # type: ignore[arg-type]
    with pytest.raises(InvalidType):
        inv.keep(item, ("x",), T0)  # type: ignore[arg-type]
    with pytest.raises(InvalidType):
        inv.fillable(item, ((1,),), T0)  # type: ignore[arg-type]
    with pytest.raises(InvalidType):
        inv.fillable(None, (), T0)  # type: ignore[arg-type]
