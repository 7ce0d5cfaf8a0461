"""omcore's commit within a transaction of the caller's: what is kept together, goes together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from django_project import ThreadedStore, postgres_database, set_up, sqlite_database

set_up()
from django.db import IntegrityError, connections, transaction  # noqa: E402 - after the settings are known

from embedding.django_shop.models import Sale  # noqa: E402
from omcore.engine import OrderManager, Outcome  # noqa: E402
from omcore.inventory import InsufficientStock, ReceiveStock, ReservedItem, ReserveStock  # noqa: E402
from omcore.kernel import Command, Conflict, Location, Money, Network, Unavailable  # noqa: E402
from omcore.memory import MemoryGateway, MemoryNotifier  # noqa: E402
from omcore.orders import DraftLine, ExternalRef, OrderDraft, PlaceOrder  # noqa: E402
from omcore.ports import Answer, Commit  # noqa: E402
from omcore.routing import Nearest  # noqa: E402

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
LATER = datetime(2027, 11, 27, tzinfo=UTC)
PATIENCE_S = 60


class Undone(Exception):
    """Why a block of the caller's does not end well."""


class Shop:
    """A database under an alias, a store on it, and a manager for whoever asks."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.store: Any = ThreadedStore(alias)
        self.gateway, self.notifier = MemoryGateway(), MemoryNotifier()

    def block(self, **more: Any) -> Any:
        return transaction.atomic(self.alias, **more)

    def manager(self, store: Any = None) -> OrderManager:
        return OrderManager(
            store or self.store,
            network=Network((Location("nyc"),)),
            routing=Nearest(),
            gateway=self.gateway,
            notifier=self.notifier,
        )

    def execute(self, command: Command) -> Outcome:
        return self.manager().execute(command)

    def sell(self, number: str) -> None:
        Sale.objects.using(self.alias).create(order_id=number, created_at=AT)

    @property
    def sales(self) -> list[str]:
        return list(Sale.objects.using(self.alias).order_by("pk").values_list("pk", flat=True))

    @property
    def streams(self) -> list[str]:
        return list(dict.fromkeys(entry.stream for entry in self.store.feed(0, 1_000)))

    def dispatched(self) -> list[str]:
        self.manager().dispatch(at=LATER)
        return [message.order_id for message in self.notifier.sent]


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    opened = sqlite_database(tmp_path / "shop.sqlite3") if request.param == "sqlite" else postgres_database()
    with opened as alias:
        yield Shop(alias)


@pytest.fixture
def on_postgres() -> Iterator[Shop]:
    with postgres_database() as alias:
        yield Shop(alias)


def place(number: str, key: str = "") -> PlaceOrder:
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", number),
        "USD",
        lines=(DraftLine("1", "TEE-M", 1, Money(2000, "USD")),),
        placed_at=AT,
    )
    return PlaceOrder(draft, order_id=number, key=key or f"place-{number}", at=AT)


def receive(quantity: int) -> ReceiveStock:
    return ReceiveStock("TEE-M", "nyc", quantity, key=f"receive-{quantity}", at=AT)


def reserve(token: str, quantity: int = 1) -> ReserveStock:
    items = (ReservedItem("TEE-M", "nyc", quantity),)
    return ReserveStock(token, "cart", items, LATER, key=f"reserve-{token}", at=AT)


# -- together, or not at all -----------------------------------------------------------------


def test_the_shops_row_and_the_order_are_kept_together(shop: Shop) -> None:
    with shop.block():
        shop.sell("o1")
        shop.execute(place("o1"))
    assert shop.sales == ["o1"]
    assert shop.streams == ["order/o1"]
    assert shop.dispatched() == ["o1"]


def test_a_block_that_is_undone_takes_order_answer_and_feed_with_it_and_nothing_was_sent(shop: Shop) -> None:
    def undone() -> None:
        with shop.block():
            shop.sell("o1")
            shop.execute(place("o1"))
            raise Undone

    with pytest.raises(Undone):
        undone()
    assert (shop.sales, shop.streams, shop.dispatched()) == ([], [], [])
    assert shop.store.answer("place-o1") is None
    assert shop.store.load(("order/o1",))["order/o1"].version == 0
    # So the same command, a retry, is decided as if for the first time (C4), at the same position.
    assert not shop.execute(place("o1")).repeated
    assert shop.store.feed(0, 1)[0].position == 1


def test_the_shops_own_failure_after_the_order_undoes_the_order(shop: Shop) -> None:
    shop.sell("o1")

    def sold_twice() -> None:
        with shop.block():
            shop.execute(place("o1"))
            shop.sell("o1")

    with pytest.raises(IntegrityError):
        sold_twice()
    assert shop.streams == []


def test_an_inner_block_that_is_undone_leaves_the_outer_one_whole(shop: Shop) -> None:
    def undone() -> None:
        with shop.block():
            shop.execute(place("o2"))
            raise Undone

    with shop.block():
        shop.execute(place("o1"))
        with pytest.raises(Undone):
            undone()
        shop.execute(place("o3"))
    assert [entry.stream for entry in shop.store.feed(0, 1_000) if entry.index == 0] == [
        "order/o1",
        "order/o3",
    ]
    assert shop.dispatched() == ["o1", "o3"]


# -- what is not committed is not told -------------------------------------------------------


def test_what_is_not_committed_is_not_on_the_feed_even_for_who_wrote_it(shop: Shop) -> None:
    shop.execute(place("o1"))
    with shop.block():
        assert shop.streams == ["order/o1"]
        shop.execute(place("o2"))
        shop.execute(receive(3))
        assert shop.streams == ["order/o1"]
        assert shop.dispatched() == ["o1"], "a dispatcher within the block tells what was there before"
        assert shop.manager().order("o2").id == "o2", "but streams are read as they are now"
        assert [entry.stream for entry in shop.store.history("order/o2")][:1] == ["order/o2"]
    assert shop.streams == ["order/o1", "order/o2", "stock/nyc/TEE-M"]
    assert shop.dispatched() == ["o1", "o2"]


def test_within_an_inner_block_that_went_well_it_is_still_not_told(shop: Shop) -> None:
    with shop.block():
        with shop.block():
            shop.execute(place("o1"))
        assert shop.streams == []
    assert shop.streams == ["order/o1"]


def test_on_commit_finds_it_told(shop: Shop) -> None:
    found: list[list[str]] = []
    with shop.block():
        transaction.on_commit(lambda: found.append(shop.streams), using=shop.alias)
        shop.execute(place("o1"))
        transaction.on_commit(lambda: found.append(shop.streams), using=shop.alias)
    assert found == [["order/o1"]] * 2


def test_a_refusal_that_leaves_the_block_is_undone_with_it_and_one_that_is_caught_is_kept(shop: Shop) -> None:
    """C3 holds for what is committed: the answer is a row of the block like any other."""
    shop.execute(receive(1))
    with pytest.raises(InsufficientStock), shop.block():
        shop.execute(reserve("cart-1", 2))
    assert shop.store.answer("reserve-cart-1") is None
    with shop.block(), pytest.raises(InsufficientStock):
        shop.execute(reserve("cart-1", 2))
    answer: Answer = shop.store.answer("reserve-cart-1")
    assert answer.error == "insufficient_stock"


# -- conflicts -------------------------------------------------------------------------------


def test_a_conflict_undoes_the_commit_alone_and_the_block_goes_on(shop: Shop) -> None:
    stale = Commit(Answer("k", "h", "a", AT), {"order/o1": 7})
    with shop.block():
        shop.sell("o1")
        with pytest.raises(Conflict):
            shop.store.commit(stale)
        shop.execute(place("o1"))
    assert (shop.sales, shop.streams) == (["o1"], ["order/o1"])


class Overtaken:
    """A store whose caller is overtaken once, between reading and committing."""

    def __init__(self, store: Any, overtake: Callable[[], object]) -> None:
        self._store = store
        self._overtake: Callable[[], object] | None = overtake

    def __getattr__(self, name: str) -> Any:
        if name == "commit" and self._overtake is not None:
            overtake, self._overtake = self._overtake, None
            overtake()
        return getattr(self._store, name)


def test_within_a_block_the_engine_decides_again_on_what_somebody_else_committed(on_postgres: Shop) -> None:
    """S1: of two carts and one unit, the one that comes second is refused, in a block or not.

    On SQLite blocks wait for each other when they begin, and nobody can come between.
    """
    shop = on_postgres
    shop.execute(receive(2))
    with ThreadPoolExecutor(1) as others:

        def overtake() -> None:
            others.submit(shop.execute, reserve("cart-2", 2)).result(PATIENCE_S)

        with shop.block():
            shop.sell("o1")
            with pytest.raises(InsufficientStock) as refused:
                shop.manager(Overtaken(shop.store, overtake)).execute(reserve("cart-1"))
    assert refused.value.fields["available"] == 0
    assert shop.sales == ["o1"]
    assert shop.store.answer("reserve-cart-1").error == "insufficient_stock"


def test_without_immediate_a_block_of_sqlite_that_was_overtaken_after_it_read_cannot_go_on(
    tmp_path: Path,
) -> None:
    """Why the settings say so: no patience helps, since what the block has seen is the past."""
    with sqlite_database(tmp_path / "shop.sqlite3") as alias, ThreadPoolExecutor(1) as others:
        del connections.settings[alias]["OPTIONS"]["transaction_mode"]
        shop = Shop(alias)

        def overtaken() -> None:
            with shop.block():
                assert shop.sales == []
                others.submit(shop.execute, place("o1")).result(PATIENCE_S)
                shop.execute(place("o2"))

        with pytest.raises(Unavailable):
            overtaken()
        shop.execute(place("o2"))
        assert shop.streams == ["order/o1", "order/o2"]


def test_a_commit_that_waited_for_its_turn_is_checked_on_what_was_committed_meanwhile(
    on_postgres: Shop,
) -> None:
    """ST7, of a stream that is read and not written: no constraint of a table would notice."""
    shop = on_postgres
    looked = Commit(Answer("looked", "h", "", AT), {"order/o1": 0})

    def waiting() -> bool:
        with connections[shop.alias].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            (count,) = cursor.fetchone()
        return bool(count)

    with ThreadPoolExecutor(1) as others:
        with shop.block():
            shop.execute(place("o1"))
            late = others.submit(shop.store.commit, looked)
            until = time.monotonic() + PATIENCE_S
            while not waiting():
                assert time.monotonic() < until
                time.sleep(0.01)
        with pytest.raises(Conflict):
            late.result(PATIENCE_S)


def test_requests_that_race_with_one_key_make_one_sale_and_one_order(shop: Shop) -> None:
    """C4, in blocks: who comes second waits, and then gets the recorded answer."""
    together = threading.Barrier(4)

    def request(number: int) -> bool:
        together.wait(PATIENCE_S)
        with shop.block():
            outcome = shop.execute(place("o1", key="checkout"))
            if not outcome.repeated:
                Sale.objects.using(shop.alias).create(order_id="o1", campaign=str(number), created_at=AT)
        return outcome.repeated

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(request, range(4)))
    assert answers == [False, True, True, True]
    assert shop.sales == ["o1"]
    assert len(shop.store.history("order/o1", 1)) == 0, "the order was written once"


# -- when the database goes away -------------------------------------------------------------


def test_a_connection_that_is_lost_amid_a_block_loses_all_of_it_and_the_next_call_opens_another(
    on_postgres: Shop,
) -> None:
    shop = on_postgres

    def cut() -> None:
        with connections[shop.alias].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with ThreadPoolExecutor(1) as others:
            others.submit(terminate, pid).result(PATIENCE_S)

    def terminate(pid: int) -> None:
        with connections[shop.alias].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
        connections[shop.alias].close()

    def interrupted() -> None:
        with shop.block():
            shop.sell("o1")
            shop.manager(Overtaken(shop.store, cut)).execute(place("o1"))

    with pytest.raises(Unavailable):
        interrupted()
    assert (shop.sales, shop.streams) == ([], [])
    cut()
    with pytest.raises(Unavailable):
        shop.store.answer("k")
    assert shop.store.answer("k") is None
