"""Counts: by condition, late, out of order, out of bounds, in business words (S2, S10)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from omcore import inventory as inv
from omcore.kernel import InvalidQuantity, InvalidTimestamp, InvalidType, LimitExceeded, NaiveTimestamp, Ratio

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def minute(number: float) -> datetime:
    return T0 + timedelta(minutes=number)


class Shelf:
    """One SKU at one location, with its history."""

    def __init__(self, *operations: Any) -> None:
        self.item: inv.StockItem | None = None
        self.history: list[Any] = []
        for operation in operations:
            self.do(operation)

    def do(self, operation: Any, at: datetime = T0) -> list[Any]:
        made, self.item = inv.decide_operations(self.item, (operation,), at, sku="TEE", location="nyc")
        self.history += made
        assert inv.reconcile(self.history, self.item) is None
        return list(made)

    def count(self, counted: int, of: datetime, at: datetime, **more: Any) -> list[Any]:
        assert self.item is not None
        return self.do(inv.counted_operation(self.item, self.history, counted, of, "count", **more), at)

    @property
    def balances(self) -> tuple[int, int, int]:
        assert self.item is not None
        return (self.item.on_hand, self.item.damaged, self.item.quarantined)


def test_s2_a_count_says_what_was_there_and_by_how_much_the_books_were_wrong() -> None:
    shelf = Shelf(inv.Receive(9))
    (counted,) = shelf.do(inv.Count(7, "cycle_count", source="ann"))
    assert counted == inv.StockCounted(T0, "TEE", "nyc", -2, "cycle_count", "", 7, "sellable", T0, "ann")
    assert shelf.item is not None
    assert shelf.item.last_count() == inv.LastCount("sellable", T0, "ann", "cycle_count")
    assert shelf.item.last_count("damaged") is None


def test_a_count_that_finds_the_books_right_is_known_all_the_same() -> None:
    shelf = Shelf(inv.Receive(9))
    (counted,) = shelf.do(inv.Count(9, "count"), minute(5))
    assert counted.quantity == 0
    assert shelf.item is not None
    assert shelf.item.last_count() == inv.LastCount("sellable", minute(5), "", "count")


def test_a_late_count_is_compared_with_what_the_books_said_then_and_what_moved_since_stays() -> None:
    """Ten at nine, three sold at ten past; at twenty past comes the count of five past: eight."""
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Take(3), minute(10))
    (counted,) = shelf.count(8, of=minute(5), at=minute(20))
    assert (counted.quantity, counted.counted, counted.counted_at) == (-2, 8, minute(5))
    assert shelf.balances == (5, 0, 0), "eight, and three sold since"


def test_what_moved_at_the_very_moment_of_a_count_is_in_it() -> None:
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Take(3), minute(10))
    (counted,) = shelf.count(7, of=minute(10), at=minute(20))
    assert counted.quantity == 0
    (counted,) = shelf.count(7, of=minute(10) + timedelta(microseconds=1), at=minute(20))
    assert counted.quantity == 0


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_count_of_an_earlier_moment_or_of_the_same_changes_nothing(earlier: int) -> None:
    shelf = Shelf(inv.Receive(10), inv.Count(10, "count", counted_at=T0, source="ann"))
    before = shelf.item
    with pytest.raises(inv.CountOutdated) as refused:
        shelf.count(4, of=minute(-earlier), at=minute(20), source="wms")
    assert refused.value.path == "counted_at"
    assert refused.value.fields == {
        "sku": "TEE",
        "location": "nyc",
        "condition": "sellable",
        "newest": "2026-11-27T09:00:00Z",
        "source": "ann",
    }
    assert shelf.item is before


def test_of_two_counts_of_now_the_one_that_comes_later_stands() -> None:
    shelf = Shelf(inv.Receive(10), inv.Count(8, "count"), inv.Count(9, "count"))
    assert shelf.balances == (9, 0, 0)


def test_a_count_from_the_future_is_bad_input() -> None:
    shelf = Shelf(inv.Receive(10))
    with pytest.raises(InvalidTimestamp) as wrong:
        shelf.do(inv.Count(9, "count", counted_at=minute(1)))
    assert wrong.value.path == "counted_at"
    for moment, error in ((minute(1), InvalidTimestamp), (datetime(2026, 1, 1), NaiveTimestamp)):  # noqa: DTZ001 - that is the mistake
        with pytest.raises(error):
            inv.CountStock("TEE", "nyc", 9, counted_at=moment, key="k", at=T0)
        with pytest.raises(error):
            inv.AdjustStock("TEE", "nyc", -1, "damage", happened_at=moment, key="k", at=T0)
        with pytest.raises(error):
            inv.ReceiveStock("TEE", "nyc", 1, happened_at=moment, key="k", at=T0)


def test_each_condition_is_counted_for_itself() -> None:
    shelf = Shelf(inv.Receive(10), inv.TakeBack(2, "damaged"), inv.TakeBack(3, "quarantined"))
    shelf.do(inv.Count(1, "count", "damaged", minute(1)), minute(2))
    shelf.do(inv.Count(5, "count", "quarantined", minute(1)), minute(2))
    shelf.do(inv.Count(9, "count", "sellable", T0), minute(2))
    assert shelf.balances == (9, 1, 5)
    with pytest.raises(inv.CountOutdated):
        shelf.do(inv.Count(7, "count", "damaged", minute(1)), minute(3))


def test_what_changed_its_condition_since_the_count_is_counted_where_it_was() -> None:
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Regrade(4, "sellable", "damaged"), minute(10))
    shelf.count(9, of=minute(5), at=minute(20))
    shelf.count(1, of=minute(5), at=minute(20), condition="damaged")
    assert shelf.balances == (5, 5, 0)


def test_s1_s10_what_a_late_count_takes_from_claims_is_declared_now() -> None:
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Allocate(6), minute(1))
    shelf.do(inv.Ship(2), minute(10))
    counted, short = shelf.count(5, of=minute(5), at=minute(20))
    assert counted.quantity == -5
    assert (type(short), short.quantity, short.at) == (inv.ShortfallDeclared, 1, minute(20))


def test_s12_what_a_till_sold_beyond_the_books_was_no_receipt() -> None:
    """The books had one, three were sold: two were found. The late count had seen the three."""
    shelf = Shelf(inv.Receive(1))
    shelf.do(inv.Take(3), minute(10))
    (counted,) = shelf.count(3, of=minute(5), at=minute(20))
    assert (counted.quantity, shelf.balances) == (0, (0, 0, 0))
    shelf = Shelf(inv.Receive(1))
    shelf.do(inv.Take(3), minute(10))
    shelf.count(4, of=minute(5), at=minute(20))
    assert shelf.balances == (1, 0, 0)


def test_what_left_since_was_there_whatever_was_counted() -> None:
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Take(3), minute(10))
    shelf.do(inv.Receive(4), minute(11))
    shelf.count(1, of=minute(5), at=minute(20))
    assert shelf.balances == (4, 0, 0), "of the one that was counted three were sold: it was counted wrongly"


def test_a_difference_that_a_count_knew_of_only_gets_its_cause() -> None:
    """Two were broken at five past. The count of ten past knows it; the message comes at twenty past."""
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Count(7, "cycle_count", counted_at=minute(10)), minute(10))
    back, broken = shelf.do(inv.Adjust(-2, "damage", happened_at=minute(5)), minute(20))
    assert (back.quantity, back.cause, back.happened_at) == (2, "cycle_count", minute(5))
    assert (broken.quantity, broken.cause, broken.happened_at) == (-2, "damage", minute(5))
    assert shelf.balances == (7, 0, 0)
    found, back = shelf.do(inv.Adjust(4, "found", happened_at=minute(10)), minute(20))
    assert (found.quantity, back.quantity, back.cause) == (4, -4, "cycle_count")
    shelf.do(inv.Adjust(-2, "damage", happened_at=minute(10) + timedelta(microseconds=1)), minute(20))
    assert shelf.balances == (5, 0, 0)


def test_a_difference_of_another_condition_is_in_no_count_of_this_one() -> None:
    shelf = Shelf(inv.Receive(10), inv.TakeBack(3, "damaged"))
    shelf.do(inv.Count(10, "count", counted_at=minute(10)), minute(10))
    shelf.do(inv.Adjust(-1, "scrapped", "damaged", minute(5)), minute(20))
    assert shelf.balances == (10, 2, 0)
    with pytest.raises(inv.InsufficientStock) as refused:
        shelf.do(inv.Adjust(-3, "scrapped", "damaged"), minute(20))
    assert refused.value.fields["available"] == 2


def test_s10_goods_that_a_count_knew_of_are_received_once_and_are_not_expected_any_more() -> None:
    shelf = Shelf(inv.Receive(10), inv.Expect("po-7", 5, 1_900_000_000))
    shelf.do(inv.Count(15, "count", counted_at=minute(10)), minute(10))
    made, shelf.item = inv.decide_operations(
        shelf.item,
        (inv.Receive(5, happened_at=minute(5)),),
        minute(20),
        sku="TEE",
        location="nyc",
        reference="po-7",
    )
    assert [(type(event).__name__, event.quantity) for event in made] == [
        ("StockReceived", 5),
        ("StockAdjusted", -5),
        ("SupplyExpected", 0),
    ]
    assert shelf.balances == (15, 0, 0)
    assert shelf.item.outlook.coming == 0


def test_a_late_count_takes_a_late_message_for_the_moment_when_it_happened() -> None:
    """What was broken at four minutes is told at eight; the count of five minutes comes at ten."""
    for happened, left in ((minute(4), 8), (minute(6), 6)):
        shelf = Shelf(inv.Receive(10))
        shelf.do(inv.Adjust(-2, "damage", happened_at=happened), minute(8))
        shelf.count(8, of=minute(5), at=minute(10))
        assert shelf.balances == (left, 0, 0)


def test_what_is_too_far_from_the_books_is_counted_again_and_the_books_are_not_told() -> None:
    shelf = Shelf(inv.Receive(100))
    shelf.do(inv.Take(50), minute(10))
    two_percent = inv.Tolerance(1, Ratio.percent("2"))
    with pytest.raises(inv.RecountNeeded) as refused:
        shelf.count(97, of=minute(5), at=minute(20), tolerance=two_percent)
    assert refused.value.fields == {"sku": "TEE", "location": "nyc", "counted": 97}
    assert shelf.balances == (50, 0, 0)
    shelf.count(98, of=minute(5), at=minute(20), tolerance=two_percent)
    assert shelf.balances == (48, 0, 0)
    shelf.count(1, of=minute(6), at=minute(20))
    assert shelf.balances == (0, 0, 0), "who counted again, and is sure, counts without a tolerance"


def test_a_tolerance_is_exact() -> None:
    third = inv.Tolerance(0, Ratio(1, 3))
    assert [third.allows(counted, 10) for counted in (6, 7, 13, 14)] == [False, True, True, False]
    units = inv.Tolerance(2)
    assert [units.allows(counted, 0) for counted in (0, 2, 3)] == [True, True, False]
    assert inv.Tolerance().allows(5, 5)
    assert not inv.Tolerance().allows(5, 6)
    with pytest.raises(InvalidQuantity):
        inv.Tolerance(-1)
    with pytest.raises(InvalidType):
        inv.Tolerance(0, 0.1)  # type: ignore[arg-type] # a caller's mistake


def test_what_is_on_a_shelf_has_a_limit_for_late_counts_too() -> None:
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Receive(5), minute(10))
    with pytest.raises(LimitExceeded):
        shelf.count(1_000_000_000, of=minute(5), at=minute(20))
    assert shelf.balances == (15, 0, 0)


def test_precedence_an_outdated_count_is_told_before_a_difference_and_that_before_a_limit() -> None:
    shelf = Shelf(inv.Receive(10))
    shelf.do(inv.Count(10, "count"), minute(2))
    shelf.do(inv.Receive(5), minute(10))
    assert shelf.item is not None
    nobody_counted = attrs.evolve(shelf.item, detail=None)
    wrong = inv.counted_operation(
        nobody_counted, shelf.history, 1_000_000_000, minute(1), "count", tolerance=inv.Tolerance()
    )
    for error, change in (
        (InvalidTimestamp, {"counted_at": minute(99)}),
        (inv.CountOutdated, {}),
        (inv.RecountNeeded, {"counted_at": minute(5)}),
        (LimitExceeded, {"counted_at": minute(5), "tolerance": None}),
    ):
        with pytest.raises(error):
            shelf.do(attrs.evolve(wrong, **change), minute(20))


def test_a_count_of_the_past_needs_the_movements_since() -> None:
    shelf = Shelf(inv.Receive(10))
    command = inv.CountStock("TEE", "nyc", 9, counted_at=minute(-1), key="k", at=T0)
    states = {inv.stock_stream("nyc", "TEE"): shelf.item}
    assert inv.needs_movements(command, shelf.item)
    with pytest.raises(InvalidType) as wrong:
        inv.decide_inventory(command, states, T0)
    assert wrong.value.path == "movements"
    (events,) = inv.decide_inventory(command, states, T0, shelf.history).values()
    assert events[0].quantity == 9
    assert not inv.needs_movements(attrs.evolve(command, counted_at=T0), shelf.item)
    assert not inv.needs_movements(attrs.evolve(command, counted_at=None), shelf.item)
    assert not inv.needs_movements(command, None)
