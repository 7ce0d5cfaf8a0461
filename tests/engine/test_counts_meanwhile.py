"""Counts of any moment through the engine, while others commit: every count meets the books of one version.

Whenever a history is read, somebody else may have something to say about the same stock item, before it
or after it. At the end the feed is gone through by hand.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sqlite_store import SqliteStore
from omcore import inventory as inv
from omcore.engine import OrderManager
from omcore.kernel import Command, Location, Network
from omcore.memory import MemoryStore
from omcore.ports import FeedEntry
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
STREAM = inv.stock_stream("nyc", "TEE")

# (what, units, how many minutes ago, who interrupts: before and after the history is read).
STEP = st.tuples(
    st.sampled_from(["receive"] * 4 + ["adjust"] * 10 + ["count"] * 6),
    st.integers(1, 9),
    st.sampled_from([0, 1, 2, 4, 8, 16]),
)
PLAN = st.lists(
    st.tuples(STEP, st.lists(STEP, max_size=2), st.lists(STEP, max_size=1)), min_size=20, max_size=40
)


class Interrupted:
    """A store whose histories are read while somebody else is at work; each interruption comes once."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.before: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        self._run(self.before)
        entries: Sequence[FeedEntry] = self._store.history(stream, after)
        self._run(self.after)
        return entries

    def _run(self, waiting: list[Callable[[], None]]) -> None:
        now, waiting[:] = [*waiting], []
        for interrupt in now:
            interrupt()


@contextmanager
def a_store(kind: str) -> Iterator[Any]:
    if kind == "memory":
        yield MemoryStore()
        return
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "oms.db")
        yield store
        store.close()


class Desk:
    """Two managers over one store; the second never waits for the first."""

    def __init__(self, store: Any) -> None:
        self.store = Interrupted(store)
        network = Network((Location("nyc"),))
        self.first = OrderManager(self.store, network=network, routing=Nearest())
        self.second = OrderManager(store, network=network, routing=Nearest())
        self.minute = 50
        self.keys = 0

    def command(self, step: tuple[str, int, int]) -> Command:
        what, units, ago = step
        self.keys += 1
        now = T0 + timedelta(minutes=self.minute)
        then = now - timedelta(minutes=ago)
        common: dict[str, Any] = {"key": f"k{self.keys}", "at": now}
        if what == "receive":
            return inv.ReceiveStock("TEE", "nyc", units, happened_at=then, **common)
        if what == "adjust":
            return inv.AdjustStock("TEE", "nyc", units - 6 or 1, "found", happened_at=then, **common)
        counted_at = then if ago else None
        return inv.CountStock("TEE", "nyc", units, counted_at=counted_at, **common)

    def tell(self, oms: OrderManager, step: tuple[str, int, int]) -> None:
        command = self.command(step)
        try:
            oms.execute(command)
        except (inv.CountOutdated, inv.InsufficientStock) as refused:
            with pytest.raises(type(refused)):
                oms.execute(command)


def by_hand(entries: Sequence[FeedEntry]) -> int:
    """What is on hand at the end; each count on the way is checked against a list of all before it."""
    on_hand, newest = 0, datetime.min.replace(tzinfo=UTC)
    moved: list[tuple[datetime, int]] = []
    for entry in entries:
        event: Any = entry.event
        units = int(event.quantity)
        if type(event) is inv.StockCounted:
            assert event.counted_at > newest or event.counted_at == event.at
            newest, expected = event.counted_at, event.counted
            for moment, change in moved:
                if moment > event.counted_at:
                    expected = max(0, expected + change)
            assert on_hand + units == expected
        else:
            moved.append((event.happened_at, units))
        on_hand += units
        assert on_hand >= 0
    return on_hand


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_every_count_meets_the_books_of_the_version_that_it_is_committed_on(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omcore.engine.looking_back.FIRST", 2)

    @settings(
        max_examples=6 if kind == "sqlite" else 60, suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(PLAN)
    def all_of_it(plan: list[Any]) -> None:
        with a_store(kind) as store:
            desk = Desk(store)
            for step, before, after in plan:
                desk.minute += 1
                desk.store.before = [partial(desk.tell, desk.second, it) for it in before]
                desk.store.after = [partial(desk.tell, desk.second, it) for it in after]
                desk.tell(desk.first, step)
            desk.store.before = desk.store.after = []
            entries = store.history(STREAM)
            item = desk.second.stock("TEE", "nyc")
            assert (0 if item is None else item.on_hand) == by_hand(entries)
            assert inv.reconcile(entries, item) is None
            answers = [store.answer(f"k{number}") for number in range(1, desk.keys + 1)]
            assert None not in answers, "every command was answered"

    all_of_it()
