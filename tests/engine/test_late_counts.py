"""Counts that come late, through the engine: what is read of a history, and what is committed meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite_store import SqliteStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.engine.looking_back import moved_since
from omcore.engine.requests import ReadHistory
from omcore.kernel import Conflict, InvalidTimestamp, Location, Money, Network, Place
from omcore.memory import MemoryStore
from omcore.ports import FeedEntry
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def minute(number: float) -> datetime:
    return T0 + timedelta(minutes=number)


class Asked(MemoryStore):
    """Notes what is read of a history, and lets something happen right before or after it."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[int] = []
        self.before: Callable[[], Any] = nothing
        self.after: Callable[[], Any] = nothing

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        happens, self.before = self.before, nothing
        happens()
        entries = super().history(stream, after)
        self.read.append(len(entries))
        happens, self.after = self.after, nothing
        happens()
        return entries


def nothing() -> None:
    """Nobody else is there."""


def manager(store: Any) -> OrderManager:
    return OrderManager(store, network=Network((Location("nyc"),)), routing=Nearest())


def adjust(oms: OrderManager, number: int, at: datetime) -> None:
    oms.execute(inv.AdjustStock("TEE", "nyc", 1, "found", key=f"found/{number}", at=at))


def count(oms: OrderManager, counted: int, of: datetime, key: str = "count", **more: Any) -> inv.StockItem:
    command = inv.CountStock("TEE", "nyc", counted, counted_at=of, key=key, at=minute(10_000), **more)
    item: inv.StockItem = oms.execute(command).state
    return item


@pytest.fixture(params=["memory", "sqlite"])
def oms(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderManager]:
    if request.param == "memory":
        yield manager(MemoryStore())
    else:
        store = SqliteStore(tmp_path / "oms.db")
        yield manager(store)
        store.close()


def test_a_count_that_comes_late_meets_the_books_of_its_moment(oms: OrderManager) -> None:
    for number in range(40):
        adjust(oms, number, minute(number))
    for of, counted in ((0.5, 3), (10, 12), (38, 40)):
        item = count(oms, counted, minute(of), key=f"count/{of}")
        assert item.on_hand == counted + 39 - int(of)
        entry = oms.movements("TEE", "nyc")[-1].event
        assert (type(entry), entry.counted_at) == (inv.StockCounted, minute(of))
    assert inv.reconcile(oms.movements("TEE", "nyc"), oms.stock("TEE", "nyc")) is None


def test_c3_a_count_that_is_outdated_is_answered_so_for_ever_and_changes_nothing(oms: OrderManager) -> None:
    adjust(oms, 1, T0)
    count(oms, 5, minute(5), source="wms")
    before = oms.stock("TEE", "nyc"), len(oms.movements("TEE", "nyc"))
    for _ in range(2):
        with pytest.raises(inv.CountOutdated) as refused:
            count(oms, 9, minute(4), key="older", source="wms")
        assert refused.value.fields["newest"] == "2026-11-27T09:05:00Z"
    assert (oms.stock("TEE", "nyc"), len(oms.movements("TEE", "nyc"))) == before


def test_a_count_from_the_future_is_nobodys_answer(oms: OrderManager) -> None:
    adjust(oms, 1, T0)
    with pytest.raises(InvalidTimestamp):
        inv.CountStock("TEE", "nyc", 5, counted_at=minute(1), key="count", at=T0)
    assert oms.ports.store.answer("count") is None


def test_a_first_count_makes_a_stock_item(oms: OrderManager) -> None:
    item = count(oms, 5, minute(5), source="wms", reference="night-7")
    assert item.on_hand == 5
    assert oms.movements("TEE", "nyc")[0].event.reference == "night-7"


def test_what_is_read_is_what_moved_since_and_not_what_ever_moved() -> None:
    store = Asked()
    oms = manager(store)
    for number in range(500):
        adjust(oms, number, minute(number))
    count(oms, 500, minute(499))
    assert store.read == [], "nothing moved since"
    count(oms, 500, minute(499.5), key="second")
    assert store.read == [16]
    for number in range(500, 570):
        adjust(oms, number, minute(20_000 + number))
    store.read.clear()
    oms.execute(inv.CountStock("TEE", "nyc", 9, counted_at=minute(20_500), key="third", at=minute(21_000)))
    assert store.read == [16, 32, 64, 128], "in steps that double"


def test_a_history_that_ends_before_the_count_is_read_whole() -> None:
    store = Asked()
    oms = manager(store)
    for number in range(20):
        adjust(oms, number, minute(number))
    assert count(oms, 3, minute(-1)).on_hand == 3 + 20
    assert store.read == [16, 20]


def test_more_than_is_read_back_is_refused_and_the_answer_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omcore.engine.looking_back.MAX_MOVED", 40)
    store = Asked()
    oms = manager(store)
    for number in range(100):
        adjust(oms, number, minute(number))
    before = oms.stock("TEE", "nyc")
    with pytest.raises(inv.CountTooOld) as refused:
        count(oms, 3, minute(58.5))
    assert refused.value.fields == {"sku": "TEE", "location": "nyc", "limit": 40}
    assert max(store.read) <= 64
    assert oms.stock("TEE", "nyc") == before
    with pytest.raises(inv.CountTooOld):
        count(oms, 3, minute(58.5))
    assert count(oms, 3, minute(59.5), key="newer").on_hand == 3 + 40


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_committed_between_loading_and_saving_is_decided_again(when: str) -> None:
    """Before the history is read, or after it: either way it is of another version than the item."""
    store = Asked()
    oms = manager(store)
    for number in range(3):
        adjust(oms, number, minute(number))
    setattr(store, when, lambda: adjust(oms, 77, minute(50)))
    assert count(oms, 10, minute(1)).on_hand == 10 + 2
    assert len(store.read) == 2
    assert inv.reconcile(oms.movements("TEE", "nyc"), oms.stock("TEE", "nyc")) is None


def test_only_movements_up_to_the_version_of_the_item_are_looked_at() -> None:
    """Those above it are not in what is on hand: to take them off it would be to compare two shelves."""
    store = MemoryStore()
    oms = manager(store)
    for number in range(5):
        adjust(oms, number, minute(number))
    command = inv.CountStock("TEE", "nyc", 9, counted_at=minute(0.5), key="count", at=minute(9))
    stream = inv.stock_stream("nyc", "TEE")
    item = inv.AvailabilityView()
    for entry in store.history(stream)[:3]:
        item.apply(entry.event)
    (loaded,) = item.snapshot()
    steps = moved_since(command, stream, loaded, 3)
    assert next(steps) == ReadHistory(stream, 0)
    with pytest.raises(StopIteration) as found:
        steps.send(store.history(stream))
    assert [entry.version for entry in found.value.value] == [2, 3]


class Lagging(MemoryStore):
    """A history that is read from a copy, which is some reads behind."""

    def __init__(self) -> None:
        super().__init__()
        self.behind = 0

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        entries = super().history(stream, after)
        self.behind -= 1
        return entries[:-1] if self.behind >= 0 else entries


def test_a_history_that_lags_behind_the_item_is_read_again() -> None:
    store = Lagging()
    oms = manager(store)
    for number in range(3):
        adjust(oms, number, minute(number))
    store.behind = 2
    assert count(oms, 10, minute(1)).on_hand == 10 + 1
    adjust(oms, 3, minute(20_000))
    store.behind = 1_000
    with pytest.raises(Conflict):
        oms.execute(inv.CountStock("TEE", "nyc", 9, counted_at=minute(19_000), key="x", at=minute(20_001)))
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert item.on_hand == 10 + 2


def test_a_tolerance_looks_at_the_books_of_one_version() -> None:
    """Neither a difference nor a refusal comes of an item and movements that do not belong together."""
    store = Asked()
    oms = manager(store)
    adjust(oms, 1, minute(1))
    adjust(oms, 2, minute(3))
    store.before = lambda: adjust(oms, 77, minute(50))
    assert count(oms, 1, minute(2), tolerance=inv.Tolerance()).on_hand == 1 + 2


def test_a_count_that_is_overtaken_by_a_newer_one_while_it_is_read_is_outdated() -> None:
    store = Asked()
    oms = manager(store)
    for number in range(3):
        adjust(oms, number, minute(number))
    store.after = lambda: count(oms, 20, minute(5), key="newer")
    with pytest.raises(inv.CountOutdated):
        count(oms, 10, minute(1))
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert item.on_hand == 20


def test_s10_what_a_count_finds_is_for_who_waits_and_what_it_takes_is_routed_again() -> None:
    """A shelf that is said to be empty has two on it; then it is said to have one."""
    oms = OrderManager(
        MemoryStore(),
        network=Network((Location("nyc"),)),
        routing=Nearest(),
        policies=om.Policies(unplaced="backorder"),
    )
    draft = om.OrderDraft(
        om.ExternalRef("web", "shop", "order", "1"),
        "USD",
        (om.DraftLine("tee", "TEE", 2, Money(1000, "USD")),),
        T0,
        destination=Place("US", "NY", "10001"),
        tenders=(om.DraftTender("card", "gateway", Money(2000, "USD"), authorized=True),),
    )
    oms.execute(om.PlaceOrder(draft, order_id="o1", key="place", at=T0))
    oms.route("o1", key="route", at=T0)
    assert oms.order("o1").backordered == 2
    oms.execute(inv.CountStock("TEE", "nyc", 2, counted_at=T0, key="first", at=minute(5)))
    oms.dispatch(at=minute(5))
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert (item.on_hand, item.allocated, oms.order("o1").backordered) == (2, 2, 0)
    oms.execute(inv.CountStock("TEE", "nyc", 1, counted_at=minute(4), key="second", at=minute(6)))
    declared = [
        entry.event for entry in oms.movements("TEE", "nyc") if type(entry.event) is inv.ShortfallDeclared
    ]
    assert [event.quantity for event in declared] == [1]
    oms.dispatch(at=minute(6))
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert (item.on_hand, item.allocated, item.short(minute(6))) == (1, 1, 0)
    assert oms.order("o1").backordered == 1
