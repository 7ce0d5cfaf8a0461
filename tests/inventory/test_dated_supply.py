"""S10: what is expected can be promised, and not a unit more by any day; told in days, checked day by day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from omcore import inventory as inv
from omcore.inventory.supply import MAX_EXPECTED
from omcore.kernel import InvalidQuantity, InvalidTimestamp, LimitExceeded, OmcoreError, epoch_second

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def second(day: int) -> int:
    return epoch_second(T0 + timedelta(days=day))


def stock(*operations: Any, item: inv.StockItem | None = None, at: datetime = T0) -> inv.StockItem:
    return inv.decide_operations(item, operations, at, sku="TEE", location="nyc", reference="o1")[1]


def received(units: int, under: str, *, completes: bool = False, item: inv.StockItem) -> list[Any]:
    operation = inv.Receive(units, completes)
    made, _ = inv.decide_operations(item, (operation,), T0, sku="TEE", location="nyc", reference=under)
    return list(made)


def fold(item: inv.StockItem | None, events: list[Any]) -> inv.StockItem:
    for event in events:
        item = inv.evolve_stock(item, event)
    assert item is not None
    return item


# -- in business words -----------------------------------------------------------------------


def test_s10_a_preorder_is_accepted_by_what_is_dated_before_its_promise() -> None:
    item = stock(inv.Expect("po-1", 10, second(7)), inv.Expect("po-2", 5, second(14)))
    assert item.promisable(T0) == 0, "nothing is here"
    assert [item.promisable_by(second(day), T0) for day in (6, 7, 13, 14)] == [0, 10, 10, 15]
    item = stock(inv.Promise(10, second(7)), item=item)
    with pytest.raises(inv.InsufficientStock) as refused:
        stock(inv.Promise(1, second(13)), item=item)
    assert refused.value.fields["available"] == 0
    assert item.promise_second(5, T0) == second(14)
    assert item.promise_second(6, T0) is None


def test_s10_a_later_promise_leaves_the_earlier_goods_to_an_earlier_one() -> None:
    """Promised by the 14th are units that the second order brings: the first one's are still to be had."""
    item = stock(inv.Expect("po-1", 10, second(7)), inv.Expect("po-2", 5, second(14)))
    item = stock(inv.Promise(5, second(14)), item=item)
    assert item.promisable_by(second(7), T0) == 10
    item = stock(inv.Promise(8, second(14)), item=item)
    assert item.promisable_by(second(7), T0) == 2, "eight more by the 14th need eight of the first ten"


def test_s10_goods_that_come_early_are_kept_for_those_who_were_promised() -> None:
    item = stock(inv.Expect("po-1", 10, second(7)), inv.Promise(10, second(7)))
    item = fold(item, received(10, "po-1", item=item))
    assert (item.on_hand, item.atp(T0), item.outlook.expected) == (10, 0, ())
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Allocate(1), item=item)
    item = stock(inv.Fill(10, second(7)), item=item)
    assert (item.allocated, item.outlook.promised, item.detail) == (10, 0, None)


def test_s10_an_over_receipt_is_free_for_anybody() -> None:
    item = stock(inv.Expect("po-1", 10, second(7)), inv.Promise(10, second(7)))
    item = fold(item, received(12, "po-1", item=item))
    assert item.promisable(T0) == 2


def test_s10_a_short_receipt_leaves_the_rest_expected_until_it_is_said_to_be_all() -> None:
    item = stock(inv.Expect("po-1", 10, second(7)), inv.Promise(10, second(7)))
    partly = fold(item, received(6, "po-1", item=item))
    assert partly.outlook.expected == (inv.ExpectedSupply(second(7), "po-1", 4),)
    assert partly.shortfall(T0) == 0
    events = received(6, "po-1", completes=True, item=item)
    assert [type(event) for event in events] == [
        inv.StockReceived,
        inv.SupplyExpected,
        inv.SupplyShortfallDeclared,
    ]
    assert events[-1].quantity == 4
    assert fold(item, events).shortfall(T0) == 4


@pytest.mark.parametrize(("quantity", "day", "lost"), [(10, 9, 10), (7, 7, 3), (0, 7, 10), (10, 5, 0)])
def test_s10_supply_that_is_late_short_or_called_off_is_told_in_the_same_commit(
    quantity: int, day: int, lost: int
) -> None:
    item = stock(inv.Expect("po-1", 10, second(7)), inv.Promise(10, second(7)))
    made, after = inv.decide_operations(
        item, (inv.Expect("po-1", quantity, second(day)),), T0, sku="TEE", location="nyc"
    )
    told = [event.quantity for event in made if type(event) is inv.SupplyShortfallDeclared]
    assert told == ([lost] if lost else [])
    assert after.shortfall(T0) == lost
    assert after.outlook.promised == 10, "never dropped"


def test_s10_a_promise_moves_to_a_later_day_even_where_nothing_is_left() -> None:
    item = stock(
        inv.Expect("po-1", 10, second(7)), inv.Promise(10, second(7)), inv.Expect("po-1", 10, second(9))
    )
    assert item.shortfall(T0) == 10
    moved = stock(inv.Repromise(10, second(7), second(9)), item=item)
    assert (moved.shortfall(T0), moved.outlook.due) == (0, ((second(9), 10),))
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Repromise(1, second(9), second(8)), item=moved)


def test_s10_nobodys_promise_is_filled_with_what_another_needs_earlier() -> None:
    item = stock(
        inv.Receive(5),
        inv.Expect("po-1", 5, second(7)),
        inv.Promise(5, second(1)),
        inv.Promise(5, second(7)),
    )
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Fill(5, second(7)), item=item)
    assert stock(inv.Fill(5, second(1)), item=item).allocated == 5


def test_s10_what_a_count_takes_from_promises_is_told_apart_from_what_it_takes_from_orders() -> None:
    item = stock(inv.Receive(5), inv.Allocate(3), inv.Promise(2, second(1)))
    made, after = inv.decide_operations(item, (inv.Count(2, "count"),), T0, sku="TEE", location="nyc")
    told = {type(event): event.quantity for event in made[1:]}
    assert told == {inv.ShortfallDeclared: 1, inv.SupplyShortfallDeclared: 2}
    assert (after.short(T0), after.shortfall(T0)) == (1, 3)


def test_who_watches_a_shelf_is_told_each_change_of_its_level_once() -> None:
    item = stock(inv.Receive(5), inv.SetReorder(2))
    levels: list[tuple[str, int]] = []
    for operation in (inv.Allocate(2), inv.Allocate(1), inv.Allocate(1), inv.Allocate(1), inv.Receive(9)):
        made, item = inv.decide_operations(item, (operation,), T0, sku="TEE", location="nyc")
        levels += [(it.level, it.quantity) for it in made if type(it) is inv.StockLevelChanged]
    assert levels == [("low", 2), ("out", 0), ("in_stock", 9)]
    assert stock(inv.SetReorder(None), item=item).detail is None


# -- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize("units", [0, -1, True, 2.0, "2", 1_000_000_001, None])
def test_a_promise_of_no_number_of_units_is_refused(units: Any) -> None:
    item = stock(inv.Expect("po-1", 10, second(7)), inv.Promise(1, second(7)))
    for operation in (
        inv.Promise(units, second(7)),
        inv.Repromise(units, second(7), second(8)),
        inv.Unpromise(units, second(7)),
        inv.Fill(units, second(7)),
    ):
        with pytest.raises(InvalidQuantity):
            stock(operation, item=item)


@pytest.mark.parametrize("moment", [second(0), second(-1), -1, True, 1.5, None, 10**12])
def test_a_promise_is_for_a_moment_to_come(moment: Any) -> None:
    item = stock(inv.Expect("po-1", 10, second(7)))
    with pytest.raises(InvalidTimestamp):
        stock(inv.Promise(1, moment), item=item)


def test_a_stock_item_has_a_thousand_supplies_and_no_more() -> None:
    item = stock(*[inv.Expect(f"po-{n}", 1, second(n + 1)) for n in range(MAX_EXPECTED)])
    with pytest.raises(LimitExceeded):
        stock(inv.Expect("one-more", 1, second(1)), item=item)
    assert stock(inv.Expect("po-7", 2, second(1)), item=item).outlook.coming == MAX_EXPECTED + 1
    assert stock(inv.Expect("unknown", 0, second(1)), item=item) == item


# -- day by day ------------------------------------------------------------------------------

HORIZON = 12
days = st.integers(1, 10)
few = st.integers(1, 6)
SUPPLIES = ["po-1", "po-2", "po-3"]


class DatedSupply(RuleBasedStateMachine):
    """One stock item against numbers by day; the model looks at every day there is."""

    def __init__(self) -> None:
        super().__init__()
        self.item: inv.StockItem | None = None
        self.history: list[Any] = []
        self.now = T0
        self.today = 0
        self.on_hand = self.allocated = self.safety = 0
        self.limit = 0
        self.supply: dict[str, tuple[int, int]] = {}
        self.due: Counter[int] = Counter()

    # -- the model -----------------------------------------------------------------------------

    def cover(self, day: int) -> int:
        """What has come by a day and is not promised by then; safety stock counts like any other."""
        come = sum(units for at, units in self.supply.values() if at <= day)
        return (
            self.on_hand
            + self.limit
            - self.allocated
            + come
            - sum(units for at, units in self.due.items() if at <= day)
        )

    def free(self) -> int:
        """For somebody who wants it now: no supply that is only expected."""
        here = self.on_hand + self.limit - self.allocated
        return min([here, *[self.cover(day) for day in self.due]]) - self.safety

    def free_by(self, day: int) -> int:
        """Without what is overdue and was promised to nobody: nobody knows when that comes."""
        if day <= self.today:
            return self.free()
        nobodys = 0
        overdue = sum(units for at, units in self.supply.values() if at <= self.today)
        least = min(self.cover(later) for later in range(self.today, HORIZON))
        while nobodys < overdue and least - nobodys - 1 >= self.free() + self.safety:
            nobodys += 1
        return min(self.cover(later) for later in range(day, HORIZON)) - nobodys - self.safety

    def lacking(self) -> int:
        here = self.on_hand + self.limit - self.allocated
        return max(0, -min([here, *[self.cover(day) for day in self.due]]))

    def do(self, operation: Any, reference: str = "o") -> bool:
        before, short = self.item, self.lacking()
        self.told = 0
        try:
            events, after = inv.decide_operations(
                self.item, (operation,), self.now, sku="TEE", location="nyc", reference=reference
            )
        except OmcoreError:
            assert self.item == before
            return False
        self.history += events
        for event in events:
            self.item = inv.evolve_stock(self.item, event)
            if type(event) in (inv.ShortfallDeclared, inv.SupplyShortfallDeclared):
                self.told += event.quantity
        assert self.item is None or self.item == after
        self.short_before = short
        return True

    def told_rightly(self) -> None:
        """S1, S10: what lost its cover is told in the same commit, all of it and no more."""
        assert self.told >= self.lacking() - self.short_before
        assert self.told == 0 or self.lacking() >= self.told

    # -- rules -----------------------------------------------------------------------------------

    @rule(supply=st.sampled_from(SUPPLIES), units=st.integers(0, 8), day=days)
    def expect(self, supply: str, units: int, day: int) -> None:
        assert self.do(inv.Expect(supply, units, second(day)))
        self.supply.pop(supply, None)
        if units:
            self.supply[supply] = (day, units)
        self.told_rightly()

    @rule(supply=st.sampled_from([*SUPPLIES, "unannounced"]), units=few, completes=st.booleans())
    def receive(self, supply: str, units: int, completes: bool) -> None:
        assert self.do(inv.Receive(units, completes), supply)
        self.on_hand += units
        if supply in self.supply:
            day, expected = self.supply.pop(supply)
            if expected > units and not completes:
                self.supply[supply] = (day, expected - units)
        self.told_rightly()

    @rule(units=few, day=days)
    def promise(self, units: int, day: int) -> None:
        possible = day > self.today and self.free_by(day) >= units
        assert self.do(inv.Promise(units, second(day))) == possible
        if possible:
            self.due[day] += units

    @rule(units=few, day=days)
    def unpromise(self, units: int, day: int) -> None:
        possible = self.due[day] >= units
        assert self.do(inv.Unpromise(units, second(day))) == possible
        if possible:
            self.due[day] -= units

    @rule(units=few, day=days, to=days)
    def repromise(self, units: int, day: int, to: int) -> None:
        possible = self.due[day] >= units and to > self.today
        if possible and to < day:
            self.due[day] -= units
            possible = self.free_by(to) >= units
            self.due[day] += units
        assert self.do(inv.Repromise(units, second(day), second(to))) == possible
        if possible:
            self.due[day] -= units
            self.due[to] += units

    @rule(units=few, day=days)
    def fill(self, units: int, day: int) -> None:
        """With what is here, and not so that anybody else's promise loses its cover."""
        possible = False
        if self.due[day] >= units and self.on_hand + self.limit - self.allocated >= units:
            before = self.lacking()
            self.due[day] -= units
            self.allocated += units
            possible = self.lacking() <= before
            self.due[day] += units
            self.allocated -= units
        assert self.do(inv.Fill(units, second(day))) == possible
        if possible:
            self.due[day] -= units
            self.allocated += units

    @rule(units=few)
    def allocate(self, units: int) -> None:
        possible = self.free() >= units
        assert self.do(inv.Allocate(units)) == possible
        self.allocated += units if possible else 0

    @rule(units=few)
    def deallocate(self, units: int) -> None:
        possible = self.allocated >= units
        assert self.do(inv.Deallocate(units)) == possible
        self.allocated -= units if possible else 0

    @rule(units=few)
    def ship(self, units: int) -> None:
        possible = self.allocated >= units and self.on_hand >= units
        assert self.do(inv.Ship(units)) == possible
        if possible:
            self.allocated -= units
            self.on_hand -= units

    @rule(units=st.integers(0, 9))
    def count(self, units: int) -> None:
        assert self.do(inv.Count(units, "count"))
        self.on_hand = units
        self.told_rightly()

    @rule(units=st.integers(0, 3))
    def keep_back(self, units: int) -> None:
        assert self.do(inv.SetSafety(units))
        self.safety = units

    @rule(units=st.integers(0, 3))
    def go_beyond(self, units: int) -> None:
        assert self.do(inv.SetBackorders(units))
        self.limit = units
        self.told_rightly()

    @rule()
    def tomorrow(self) -> None:
        if self.today < 9:
            self.today += 1
            self.now += timedelta(days=1)

    # -- what must hold --------------------------------------------------------------------------

    @invariant()
    def the_item_is_the_model(self) -> None:
        if self.item is None:
            return
        item = self.item
        assert (item.on_hand, item.allocated) == (self.on_hand, self.allocated)
        assert dict(item.outlook.due) == {second(day): n for day, n in self.due.items() if n}
        assert {it.reference: (it.second, it.quantity) for it in item.outlook.expected} == {
            name: (second(day), units) for name, (day, units) in self.supply.items()
        }
        assert item.promisable(self.now) == self.free()
        assert item.shortfall(self.now) == self.lacking()
        for day in range(HORIZON):
            assert item.promisable_by(second(day), self.now) == self.free_by(day)
        for units in (1, 3, 7):
            found = item.promise_second(units, self.now)
            if self.free() >= units:
                assert found == 0
            else:
                later = [d for d in range(self.today + 1, HORIZON) if self.free_by(d) >= units]
                assert found == (second(later[0]) if later else None)
        assert inv.reconcile(self.history, item) is None


DatedSupply.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestDatedSupply = DatedSupply.TestCase
