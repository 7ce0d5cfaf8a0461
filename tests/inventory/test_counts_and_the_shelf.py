"""Counts, late and out of order, against a shelf: after everything has arrived the books are the shelf.

The shelf is a list of what really happened, and when. What is told of it arrives whenever it likes.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore.kernel import Refusal

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
OPENING = 10_000
END = 200


def minute(number: int) -> datetime:
    return T0 + timedelta(minutes=number)


class Books:
    """One SKU at one location, and all that was ever booked."""

    def __init__(self) -> None:
        self.item: inv.StockItem | None = None
        self.history: list[Any] = []
        self.do(inv.Receive(OPENING), -1)

    def do(self, operation: Any, now: int) -> list[Any]:
        made, item = inv.decide_operations(self.item, (operation,), minute(now), sku="TEE", location="nyc")
        self.item = item
        self.history += made
        return list(made)

    def count(self, counted: int, of: int, now: int) -> list[Any]:
        assert self.item is not None
        return self.do(inv.counted_operation(self.item, self.history, counted, minute(of), "count"), now)

    @property
    def on_hand(self) -> int:
        assert self.item is not None
        return self.item.on_hand

    def by_cause(self) -> Counter[str]:
        causes: Counter[str] = Counter()
        for event in self.history[1:]:
            causes["receipt" if type(event) is inv.StockReceived else event.cause] += event.quantity
        return Counter({cause: units for cause, units in causes.items() if units})


# What really happened: (what, minute, units), and how long after that it is told.
HAPPENED = st.tuples(
    st.sampled_from(["damage", "found", "receipt", "theft", "count"]),
    st.integers(0, 60),
    st.integers(1, 9),
)
TOLD = st.lists(st.tuples(HAPPENED, st.integers(0, 60)), max_size=14)


def signed(what: str, units: int) -> int:
    return -units if what in ("damage", "theft") else units


def on_the_shelf(told: Sequence[tuple[tuple[str, int, int], int]], until: int) -> int:
    happened = [it for it, _ in told if it[0] != "count" and it[1] <= until]
    return OPENING + sum(signed(what, units) for what, _, units in happened)


@given(TOLD)
def test_after_everything_has_arrived_the_books_are_the_shelf(told: list[Any]) -> None:
    """Nobody tells of a theft: what was stolen after the newest count is all that the books do not know."""
    books = Books()
    newest = -1
    for (what, happened, units), delay in sorted(told, key=lambda it: it[0][1] + it[1]):
        now, moment = happened + delay, minute(happened)
        if what == "count":
            before, length = books.item, len(books.history)
            try:
                books.count(on_the_shelf(told, happened), happened, now)
            except inv.CountOutdated:
                assert happened <= newest
                assert (books.item, len(books.history)) == (before, length), "an old count changes nothing"
            else:
                assert happened > newest
                newest = happened
        elif what == "receipt":
            books.do(inv.Receive(units, happened_at=moment), now)
        elif what != "theft":
            books.do(inv.Adjust(signed(what, units), what, happened_at=moment), now)
    stolen = [it for it, _ in told if it[0] == "theft"]
    unknown = sum(units for _, happened, units in stolen if happened > newest)
    assert books.on_hand == on_the_shelf(told, END) + unknown
    assert inv.reconcile(books.history, books.item) is None

    causes = Counter({"count": -sum(units for _, happened, units in stolen if happened <= newest)})
    for (what, _, units), _ in told:
        if what not in ("theft", "count"):
            causes[what] += signed(what, units)
    assert books.by_cause() == Counter({cause: units for cause, units in causes.items() if units}), (
        "whatever came first, a loss has its cause, and the counts have what nobody told of"
    )
    books.count(on_the_shelf(told, END), END, END)
    assert books.on_hand == on_the_shelf(told, END)


STEPS = st.lists(
    st.one_of(
        st.builds(inv.Receive, st.integers(1, 5)),
        st.builds(inv.Take, st.integers(1, 5)),
        st.builds(inv.TakeBack, st.integers(1, 3), st.sampled_from(inv.CONDITIONS)),
        st.builds(inv.Regrade, st.integers(1, 3), st.just("sellable"), st.sampled_from(["", "damaged"])),
        st.builds(
            inv.Regrade, st.integers(1, 3), st.just("damaged"), st.sampled_from(["sellable", "quarantined"])
        ),
        st.builds(inv.Adjust, st.integers(-4, 4), st.just("found"), st.sampled_from(inv.CONDITIONS)),
        st.builds(inv.Allocate, st.integers(1, 3)),
        st.builds(inv.Deallocate, st.integers(1, 3)),
        st.builds(inv.Ship, st.integers(1, 3)),
        st.builds(inv.ShortPick, st.integers(1, 3), st.just("shrinkage")),
    ),
    max_size=10,
)


class World:
    """Operations one minute after the other; what is refused stays undone."""

    def __init__(self) -> None:
        self.item, self.history = self.opened()
        self.moved: list[list[tuple[str, int]]] = []

    @staticmethod
    def opened() -> tuple[inv.StockItem, list[Any]]:
        steps = (inv.Receive(6), inv.TakeBack(2, "damaged"))
        made, item = inv.decide_operations(None, steps, T0, sku="TEE", location="nyc")
        return item, list(made)

    def do(self, operation: Any, now: int) -> None:
        try:
            made, self.item = inv.decide_operations(
                self.item, (operation,), minute(now), sku="TEE", location="nyc"
            )
        except Refusal:
            self.moved.append([])
            return
        self.history += made
        # What is found by a till did not move, and a shortfall is no movement.
        self.moved.append(
            [
                (type(event).__name__, event.quantity)
                for event in made
                if type(event) is not inv.ShortfallDeclared
                and getattr(event, "cause", "") != "till_difference"
            ]
        )

    def count(self, counted: int, condition: str, of: int, now: int) -> None:
        operation = inv.counted_operation(
            self.item, self.history, counted, minute(of), "count", condition=condition
        )
        made, self.item = inv.decide_operations(
            self.item, (operation,), minute(now), sku="TEE", location="nyc"
        )
        self.history += made


@given(STEPS, STEPS, st.integers(0, 9), st.sampled_from(inv.CONDITIONS))
def test_a_count_that_comes_late_leaves_what_it_had_left_in_time(
    before: list[Any], after: list[Any], counted: int, condition: str
) -> None:
    """The same count, taken in the middle, told in the middle or at the end: the same books.

    Where a wrong book let something happen that the right one had refused, or the other way round, there
    are two histories and nothing to compare.
    """
    in_time, late = World(), World()
    middle = len(before) + 1
    for now, operation in enumerate(before, 1):
        in_time.do(operation, now)
        late.do(operation, now)
    in_time.count(counted, condition, middle, middle)
    for now, operation in enumerate(after, middle + 1):
        in_time.do(operation, now)
        late.do(operation, now)
    assume(in_time.moved == late.moved)
    late.count(counted, condition, middle, 100)
    a, b = in_time.item, late.item
    assert (a.on_hand, a.damaged, a.quarantined, a.allocated) == (
        b.on_hand,
        b.damaged,
        b.quarantined,
        b.allocated,
    )
    assert a.short(minute(100)) == b.short(minute(100))
    assert a.last_count(condition) == b.last_count(condition)
    for world in (in_time, late):
        assert inv.reconcile(world.history, world.item) is None


@pytest.mark.parametrize("order", ["count first", "loss first"])
def test_the_story_of_two_messages(order: str) -> None:
    """A box falls at five past nine; the shelf is counted at ten past. Either is told first."""
    books = Books()
    tell = [
        lambda: books.do(inv.Adjust(-12, "damage", happened_at=minute(5)), 20),
        lambda: books.count(OPENING - 15, 10, 20),
    ]
    for each in reversed(tell) if order == "count first" else tell:
        each()
    assert books.on_hand == OPENING - 15
    assert books.by_cause() == {"damage": -12, "count": -3}
