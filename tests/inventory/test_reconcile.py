"""S2: movements add up, in one pass and little memory, one stock item or the whole feed."""

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore.engine import OrderManager
from omcore.inventory.seconds import Seconds
from omcore.kernel import (
    InvalidQuantity,
    InvalidType,
    Location,
    Network,
    OmcoreError,
    UnknownEvent,
    epoch_second,
)
from omcore.memory import MemoryStore
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
LATER = T0 + timedelta(minutes=10)
SECOND = epoch_second(LATER)


def decided(*operations: Any, sku: str = "TEE", location: str = "nyc") -> tuple[list[Any], inv.StockItem]:
    events, item = inv.decide_operations(None, operations, T0, sku=sku, location=location)
    return list(events), item


def shop() -> tuple[OrderManager, MemoryStore]:
    store = MemoryStore()
    oms = OrderManager(store, network=Network((Location("nyc"), Location("lax"))), routing=Nearest())
    for number, (sku, location) in enumerate((("TEE", "nyc"), ("MUG", "lax"), ("TEE", "lax"))):
        oms.execute(inv.ReceiveStock(sku, location, 5 + number, key=f"po/{number}", at=T0))
        oms.execute(inv.AdjustStock(sku, location, -2, "shrinkage", key=f"gone/{number}", at=T0))
    items = (inv.ReservedItem("TEE", "nyc", 1), inv.ReservedItem("MUG", "lax", 2))
    oms.execute(inv.ReserveStock("cart", "ada", items, LATER, key="cart", at=T0))
    return oms, store


def test_s2_the_entries_of_a_history_are_read_as_they_are() -> None:
    oms, _ = shop()
    item = oms.stock("TEE", "nyc")
    assert inv.reconcile(oms.movements("TEE", "nyc"), item) is None
    assert inv.reconcile(oms.movements("TEE", "nyc")[1:], item) == inv.Discrepancy(1, "on_hand", 0, -2)
    assert inv.reconcile(oms.movements("TEE", "nyc"), oms.stock("TEE", "lax")) is not None
    assert oms.movements("TEE", "nowhere") == ()


def test_s2_the_whole_feed_is_reconciled_at_once() -> None:
    oms, store = shop()
    items = [oms.stock(sku, location) for sku, location in (("TEE", "nyc"), ("MUG", "lax"), ("TEE", "lax"))]
    kept = [item for item in items if item is not None]
    assert list(inv.reconcile_all(store.feed(0, 1_000), kept)) == [
        inv.Reconciled("MUG", "lax", 3, None),
        inv.Reconciled("TEE", "lax", 2, None),
        inv.Reconciled("TEE", "nyc", 3, None),
    ]


def test_s2_of_a_feed_what_is_wrong_is_told_at_once_and_the_rest_goes_on() -> None:
    oms, store = shop()
    entries = [entry for entry in store.feed(0, 1_000) if entry.key != "po/1"]
    mug, tee = oms.stock("MUG", "lax"), oms.stock("TEE", "nyc")
    assert mug is not None
    assert tee is not None
    found = list(inv.reconcile_all(iter(entries), [mug, attrs.evolve(tee, on_hand=9)]))
    assert found == [
        inv.Reconciled("MUG", "lax", 1, inv.Discrepancy(1, "on_hand", 0, -2)),
        inv.Reconciled("TEE", "lax", 2, None),
        inv.Reconciled("TEE", "nyc", 3, inv.Discrepancy(0, "on_hand", 3, 9)),
    ]


def test_s2_an_item_that_has_stock_and_no_movement_is_wrong() -> None:
    _, item = decided(inv.Receive(4))
    (found,) = inv.reconcile_all((), (item,))
    assert found == inv.Reconciled("TEE", "nyc", 0, inv.Discrepancy(0, "on_hand", 0, 4))


def test_what_is_no_movement_is_refused_and_never_skipped() -> None:
    events, item = decided(inv.Receive(4))
    for wrong in (None, 7, "StockReceived", item):
        with pytest.raises(UnknownEvent):
            inv.reconcile([*events, wrong])
        with pytest.raises(UnknownEvent):
            list(inv.reconcile_all([*events, wrong]))
    with pytest.raises(InvalidType):
        inv.reconcile_all(7)  # type: ignore[arg-type] # a caller's mistake
    with pytest.raises(InvalidType):
        inv.reconcile_all((), [7])  # type: ignore[list-item] # a caller's mistake


@pytest.mark.parametrize("wrong", [True, "2", 2.0, None, 10**12, -(10**12)])
def test_a_movement_made_by_hand_is_checked(wrong: Any) -> None:
    events, _ = decided(inv.Receive(4), inv.Reserve(2, SECOND))
    for event in events:
        with pytest.raises(InvalidQuantity):
            inv.reconcile([attrs.evolve(event, quantity=wrong)])


@given(st.data())
def test_a_movement_of_anything_gives_an_answer_or_a_typed_error(data: st.DataObject) -> None:
    events, _ = decided(inv.Receive(9), inv.Reserve(2, SECOND), inv.Allocate(2, ((SECOND, 1),)), inv.Ship(1))
    event = data.draw(st.sampled_from(events))
    name = data.draw(st.sampled_from([field.name for field in attrs.fields(type(event))]))
    values: Any = st.sampled_from([None, -1, True, "x", 1.5, (), ((1,),), ((1, "x"),), [], {}, 10**30, T0])
    changed = attrs.evolve(event, **{name: data.draw(values)})
    for reconciled in (lambda: inv.reconcile([changed]), lambda: list(inv.reconcile_all([changed]))):
        with suppress(OmcoreError):
            reconciled()


FEW = st.integers(1, 3)
OPERATIONS = st.lists(
    st.one_of(
        st.builds(inv.Receive, FEW),
        st.builds(inv.Adjust, st.integers(-2, 2), st.just("found")),
        st.builds(inv.Reserve, FEW, st.sampled_from([SECOND, SECOND + 1, SECOND + 5_000])),
        st.builds(inv.Unreserve, FEW, st.sampled_from([SECOND, SECOND + 1, SECOND + 5_000])),
        st.builds(inv.Allocate, FEW),
        st.builds(inv.Ship, FEW),
        st.builds(inv.ShortPick, FEW, st.just("shrinkage")),
        st.builds(inv.Count, st.integers(0, 4), st.just("count")),
    ),
    max_size=12,
)


@given(st.lists(st.tuples(st.sampled_from(["TEE", "MUG"]), OPERATIONS, st.integers(0, 700))), st.data())
def test_a_mixture_says_of_each_item_what_it_says_alone(
    steps: list[tuple[str, list[Any], int]], data: st.DataObject
) -> None:
    """Also where one movement is lost or doubled, in whatever mixture."""
    now, items, mixed = T0, dict[str, inv.StockItem](), list[Any]()
    for sku, operations, seconds in steps:
        now += timedelta(seconds=seconds)
        for operation in operations:
            try:
                events, items[sku] = inv.decide_operations(
                    items.get(sku), (operation,), now, sku=sku, location="nyc"
                )
            except OmcoreError:
                continue
            mixed += events
    whole = {found.sku: found for found in inv.reconcile_all(mixed, items.values())}
    assert {sku: found.wrong for sku, found in whole.items()} == dict.fromkeys(items)
    if mixed:
        place = data.draw(st.integers(0, len(mixed) - 1))
        mixed[place : place + 1] = data.draw(st.sampled_from([[], [mixed[place]] * 2]))
    for found in inv.reconcile_all(mixed, items.values()):
        own = [event for event in mixed if event.sku == found.sku]
        assert found.wrong == inv.reconcile(own, items[found.sku])


@given(
    st.lists(
        st.one_of(
            st.tuples(st.integers(0, 20_000), st.integers(-3, 3)),
            st.tuples(st.integers(0, 20_000), st.none()),
            st.tuples(st.sampled_from([0, 4095, 4096, 4097, 8191, 8192]), st.none() | st.integers(-3, 3)),
        )
    )
)
def test_the_book_of_seconds_is_a_dictionary(steps: list[tuple[int, int | None]]) -> None:
    """Against a plain dict, with expiries in any order."""
    book, plain = Seconds(), dict[int, int]()
    for second, units in steps:
        if units is None:
            book.forget(second)
            plain = {each: held for each, held in plain.items() if each > second}
        else:
            plain[second] = plain.get(second, 0) + units
            assert book.add(second, units) == plain[second]
        assert book.total == sum(plain.values())


def carts(count: int) -> Iterator[Any]:
    """Every cart lives for months, and each to a second of its own."""
    yield inv.StockReceived(T0, "TEE", "nyc", 1_000_000, "po")
    for number in range(count):
        at = T0 + timedelta(seconds=number)
        yield inv.StockReserved(at, "TEE", "nyc", 1, SECOND + 3_000_000 + 7 * number, "cart")
        yield inv.StockReserved(at, "TEE", "nyc", 1, SECOND + number, "cart")


def test_claims_of_months_cost_some_bytes_each_and_those_of_minutes_nothing() -> None:
    inv.reconcile(carts(10))
    tracemalloc.start()
    try:
        assert inv.reconcile(carts(20_000)) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000 * 30 + 100_000


def test_claims_that_were_let_go_leave_nothing_behind() -> None:
    book = Seconds()
    tracemalloc.start()
    try:
        for number in range(5_000):
            book.add(SECOND + number, 1)
            book.add(SECOND + number, -1)
        assert tracemalloc.get_traced_memory()[0] < 2_000
    finally:
        tracemalloc.stop()
    assert book.total == 0


def test_s6_at_the_second_of_its_expiry_a_claim_is_none() -> None:
    """Neither where it is made as late as that, nor where the item has seen that second since."""
    received, _ = decided(inv.Receive(1))
    passed = [inv.StockReserved(LATER, "TEE", "nyc", 5, SECOND, "cart")] * 3
    assert inv.reconcile([*received, *passed]) is None
    events, item = decided(inv.Receive(4), inv.Reserve(2, SECOND))
    assert inv.reconcile(events, item) is None
    assert inv.reconcile(events, attrs.evolve(item, seen_at=LATER)) is None
    gone = inv.Discrepancy(0, "reserved", 0, 2)
    assert inv.reconcile(events, attrs.evolve(item, seen_at=LATER, stretches=(((SECOND + 1, 2),),))) == gone
