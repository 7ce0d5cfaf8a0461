"""Counts of any moment among everything that moves and claims stock, against lists of what happened."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from omcore import inventory as inv
from omcore.kernel import Refusal

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
few = st.integers(1, 5)
conditions = st.sampled_from(inv.CONDITIONS)
ago = st.integers(0, 12)


class Counted(RuleBasedStateMachine):
    """The model keeps each movement with its minute, and adds them up from the newest count on."""

    def __init__(self) -> None:
        super().__init__()
        self.minute = 0
        self.item: inv.StockItem | None = None
        self.history: list[Any] = []
        self.moved: dict[str, list[tuple[int, int]]] = {condition: [] for condition in inv.CONDITIONS}
        self.since: dict[str, list[int]] = {condition: [] for condition in inv.CONDITIONS}
        self.counted: dict[str, tuple[int, int]] = dict.fromkeys(inv.CONDITIONS, (-1, 0))
        self.allocated = 0
        self.limit = 0

    # -- the model ---------------------------------------------------------------------------

    def has(self, condition: str) -> int:
        units = self.counted[condition][1]
        for change in self.since[condition]:
            units = max(0, units + change)
        return units

    def short(self) -> int:
        return max(0, self.allocated - self.has("sellable") - self.limit)

    def move(self, condition: str, change: int, happened: int | None = None) -> None:
        self.moved[condition].append((self.minute if happened is None else happened, change))
        if happened is None or happened > self.counted[condition][0]:
            self.since[condition].append(change)

    def anchor(self, condition: str, counted: int, of: int) -> None:
        self.counted[condition] = (of, counted)
        self.since[condition] = [change for happened, change in self.moved[condition] if happened > of]

    # -- carrying out ------------------------------------------------------------------------

    def do(self, operation: Any, possible: bool, then: Callable[[], None]) -> None:
        short, before = self.short(), self.item
        at = T0 + timedelta(minutes=self.minute)
        try:
            made, item = inv.decide_operations(self.item, (operation,), at, sku="TEE", location="nyc")
        except Refusal:
            assert not possible
            assert self.item is before
            return
        assert possible
        then()
        for event in made:
            self.item = inv.evolve_stock(self.item, event)
        assert self.item == item or not made
        self.history += made
        declared = [event.quantity for event in made if type(event) is inv.ShortfallDeclared]
        lost = self.short() - short
        assert declared == ([lost] if lost > 0 else []), "declared exactly when claims lose their cover"

    @initialize()
    def begin(self) -> None:
        self.receive(9)

    @rule(minutes=st.integers(0, 3))
    def wait(self, minutes: int) -> None:
        self.minute += minutes

    @rule(units=few)
    def receive(self, units: int) -> None:
        self.do(inv.Receive(units), True, lambda: self.move("sellable", units))

    @rule(units=few, minutes=ago)
    def receive_late(self, units: int, minutes: int) -> None:
        happened = max(0, self.minute - minutes)
        operation = inv.Receive(units, happened_at=T0 + timedelta(minutes=happened))
        self.do(operation, True, lambda: self.move("sellable", units, happened))

    @rule(change=st.integers(-5, 5).filter(bool), condition=conditions)
    def adjust(self, change: int, condition: str) -> None:
        possible = self.has(condition) + change >= 0
        self.do(inv.Adjust(change, "found", condition), possible, lambda: self.move(condition, change))

    @rule(change=st.integers(-5, 5).filter(bool), condition=conditions, minutes=ago)
    def adjust_late(self, change: int, condition: str, minutes: int) -> None:
        happened = max(0, self.minute - minutes)
        known = happened <= self.counted[condition][0]
        possible = known or self.has(condition) + change >= 0
        operation = inv.Adjust(change, "found", condition, T0 + timedelta(minutes=happened))
        self.do(operation, possible, lambda: self.move(condition, change, happened))

    @rule(units=few)
    def take(self, units: int) -> None:
        self.do(inv.Take(units), True, lambda: self.move("sellable", -units))

    @rule(units=few, condition=conditions)
    def take_back(self, units: int, condition: str) -> None:
        self.do(inv.TakeBack(units, condition), True, lambda: self.move(condition, units))

    @rule(units=few, condition=conditions, to=conditions)
    def regrade(self, units: int, condition: str, to: str) -> None:
        def then() -> None:
            self.move(condition, -units)
            self.move(to, units)

        if condition != to:
            self.do(inv.Regrade(units, condition, to), self.has(condition) >= units, then)

    @rule(units=few)
    def allocate(self, units: int) -> None:
        def then() -> None:
            self.allocated += units

        possible = self.allocated + units <= self.has("sellable") + self.limit
        self.do(inv.Allocate(units), possible, then)

    @rule(units=few)
    def ship(self, units: int) -> None:
        def then() -> None:
            self.allocated -= units
            self.move("sellable", -units)

        self.do(inv.Ship(units), units <= min(self.allocated, self.has("sellable")), then)

    @rule(units=few)
    def short_pick(self, units: int) -> None:
        def then() -> None:
            self.allocated -= units
            self.move("sellable", -min(units, self.has("sellable")))

        self.do(inv.ShortPick(units, "shrinkage"), units <= self.allocated, then)

    @rule(units=st.integers(0, 3))
    def may_go_beyond(self, units: int) -> None:
        def then() -> None:
            self.limit = units

        self.do(inv.SetBackorders(units), True, then)

    @rule(counted=st.integers(0, 9), condition=conditions)
    def count(self, counted: int, condition: str) -> None:
        operation = inv.Count(counted, "count", condition)
        self.do(operation, True, lambda: self.anchor(condition, counted, self.minute))

    @precondition(lambda self: self.item is not None)
    @rule(counted=st.integers(0, 12), condition=conditions, minutes=ago, units=st.none() | st.integers(0, 4))
    def count_late(self, counted: int, condition: str, minutes: int, units: int | None) -> None:
        of = max(0, self.minute - minutes)
        assert self.item is not None
        then_it_had = self.item.in_condition(condition) - sum(
            change_of(event, condition) for event in self.history if moment(event) > of
        )
        tolerance = None if units is None else inv.Tolerance(units)
        operation = inv.counted_operation(
            self.item,
            self.history,
            counted,
            T0 + timedelta(minutes=of),
            "count",
            condition,
            tolerance=tolerance,
        )
        possible = of > self.counted[condition][0]
        if units is not None and abs(counted - max(0, then_it_had)) > units:
            possible = False
        self.do(operation, possible, lambda: self.anchor(condition, counted, of))

    # -- what must hold ----------------------------------------------------------------------

    @invariant()
    def the_books_are_what_was_counted_and_what_moved_since(self) -> None:
        if self.item is None:
            return
        at = T0 + timedelta(minutes=self.minute)
        for condition in inv.CONDITIONS:
            assert self.item.in_condition(condition) == self.has(condition)
            newest = self.item.last_count(condition)
            if self.counted[condition][0] >= 0:
                assert newest is not None
                assert newest.counted_at == T0 + timedelta(minutes=self.counted[condition][0])
            else:
                assert newest is None
        assert (self.item.allocated, self.item.short(at)) == (self.allocated, self.short())

    @invariant()
    def the_movements_add_up(self) -> None:
        if self.item is not None:
            assert inv.reconcile(self.history, self.item) is None
            state = None
            for event in self.history:
                state = inv.evolve_stock(state, event)
            assert state == self.item


def moment(event: Any) -> int:
    """The minute of a movement, written out once more."""
    told = getattr(event, "counted_at", None) or getattr(event, "happened_at", None) or event.at
    minutes: float = (told - T0).total_seconds() / 60
    return round(minutes)


def change_of(event: Any, condition: str) -> int:
    """What a movement adds to a condition, by its name."""
    name, units = type(event).__name__, int(event.quantity)
    if name in ("StockReceived", "StockTaken", "StockShipped"):
        sign = 1 if name == "StockReceived" else -1
        return sign * units if condition == "sellable" else 0
    if name in ("StockAdjusted", "StockCounted", "StockReturned"):
        return units if condition == event.condition else 0
    if name == "StockRegraded":
        return (units if event.to == condition else 0) - (units if event.condition == condition else 0)
    return 0


Counted.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestCounted = Counted.TestCase
