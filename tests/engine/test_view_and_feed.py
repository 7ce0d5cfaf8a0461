"""What a manager says of its view of stock, and of how stock was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import AsyncOrderManager, OrderManager, ViewLag
from omcore.kernel import Location, Money, NaiveTimestamp, Network, Place
from omcore.memory import AsyncMemoryStore, MemoryGateway, MemoryStore
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network((Location("nyc"), Location("lax")))


def manager(store: Any) -> OrderManager:
    return OrderManager(store, network=NETWORK, routing=Nearest())


def receive(oms: OrderManager, location: str, units: int, key: str, at: datetime = T0) -> None:
    oms.execute(inv.ReceiveStock("TEE", location, units, key=key, at=at))


def test_a_manager_says_how_far_its_view_is_behind_and_looking_brings_it_no_nearer() -> None:
    store = MemoryStore()
    oms, other = manager(store), manager(store)
    assert oms.behind() == ViewLag(0, None, 0, 0)
    receive(other, "nyc", 4, "po-1")
    cart = (inv.ReservedItem("TEE", "nyc", 1),)
    other.execute(inv.ReserveStock("cart", "ann", cart, T0 + timedelta(minutes=9), key="c", at=T0))
    assert oms.behind() == oms.behind() == ViewLag(0, None, 3, 2), "the reservation's own entry moves nothing"
    assert oms.available("TEE", at=T0) == {"nyc": 3, "lax": 0}
    assert oms.behind() == ViewLag(3, T0, 0, 0)
    for n in range(1_200):
        receive(other, "lax", 1, f"po-{n + 2}", T0 + timedelta(seconds=n))
    assert oms.behind() == ViewLag(3, T0, 1_200, 1_200)


def test_what_the_network_can_promise_is_what_its_locations_can() -> None:
    oms = manager(MemoryStore())
    receive(oms, "nyc", 4, "po-1")
    receive(oms, "lax", 3, "po-2")
    oms.execute(inv.SetSafetyStock("TEE", "nyc", 9, key="s", at=T0))
    assert oms.available("TEE", at=T0) == {"nyc": 0, "lax": 3}
    assert oms.setup.network_promisable("TEE") == 3
    assert oms.setup.everywhere.atp("TEE", T0) == -2


def test_stock_as_it_was_is_told_from_the_feed_whatever_happened_since() -> None:
    oms = manager(MemoryStore())
    for n in range(600):
        receive(oms, "nyc", 1, f"po-{n}", T0 + timedelta(seconds=n))
    oms.execute(inv.CountStock("TEE", "nyc", 5, key="count", at=T0 + timedelta(hours=1)))
    (item,) = oms.snapshot(as_of=T0 + timedelta(seconds=549))
    assert (item.on_hand, item.seen_at) == (550, T0 + timedelta(seconds=549))
    assert [item.on_hand for item in oms.snapshot(as_of=T0 + timedelta(days=1))] == [5]
    assert oms.snapshot(as_of=T0 - timedelta(seconds=1)) == ()
    with pytest.raises(NaiveTimestamp):
        oms.snapshot(as_of=datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused


def test_what_is_low_is_listed_over_the_network() -> None:
    oms = manager(MemoryStore())
    receive(oms, "nyc", 4, "po-1")
    receive(oms, "lax", 9, "po-2")
    for place in ("nyc", "lax"):
        oms.execute(inv.SetReorderPoint("TEE", place, 4, key=f"r-{place}", at=T0))
    assert oms.low_stock(at=T0) == (inv.StockLevel("TEE", "nyc", 4, "low"),)
    cart = (inv.ReservedItem("TEE", "nyc", 4),)
    oms.execute(inv.ReserveStock("cart", "ann", cart, T0 + timedelta(minutes=9), key="c", at=T0))
    assert oms.low_stock(at=T0) == (inv.StockLevel("TEE", "nyc", 0, "out"),)
    assert oms.low_stock(at=T0 + timedelta(minutes=9)) == (inv.StockLevel("TEE", "nyc", 4, "low"),)


def test_the_async_manager_says_the_same() -> None:
    async def life() -> None:
        oms = AsyncOrderManager(AsyncMemoryStore(), network=NETWORK, routing=Nearest())
        await oms.execute(inv.ReceiveStock("TEE", "nyc", 4, key="po-1", at=T0))
        await oms.execute(inv.SetReorderPoint("TEE", "nyc", 4, key="r", at=T0))
        assert (await oms.behind()).movements == 3
        assert await oms.low_stock(at=T0) == (inv.StockLevel("TEE", "nyc", 4, "low"),)
        assert await oms.behind() == ViewLag(3, T0, 0, 0)
        assert [item.on_hand for item in await oms.snapshot(as_of=T0)] == [4]

    asyncio.run(life())


@pytest.mark.parametrize("told_by", ["command", "dispatcher", "batch"])
def test_a_process_that_begins_holds_no_order_for_stock_that_it_has_not_seen_yet(told_by: str) -> None:
    """Found by the simulator: a rule that looks at stock does so whenever an order is validated."""
    store, gateway = MemoryStore(), MemoryGateway()

    def process() -> OrderManager:
        return OrderManager(
            store,
            network=Network((Location("nyc"),)),
            routing=Nearest(),
            rules=(*om.DEFAULT_RULES, om.StockAvailable()),
            gateway=gateway,
        )

    first = process()
    first.execute(inv.ReceiveStock("TEE", "nyc", 5, key="receive", at=T0))
    price = Money(2000, "USD")
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", "1"),
        "USD",
        (DraftLine("l", "TEE", 1, price),),
        T0,
        destination=Place("US", "NY", "10001"),
        tenders=(DraftTender("card", "gateway", price),),
    )
    order = first.execute(om.PlaceOrder(draft, key="place", at=T0)).order
    [request] = order.payments.requests.values()
    paid = om.RecordPaymentOutcome(order.id, request.id, "approved", key="paid", at=T0)
    begun = process()
    if told_by == "command":
        begun.execute(paid)
    elif told_by == "batch":
        begun.execute_all([paid])
    else:
        begun.dispatch(at=T0, concerns=("payments",))
    assert begun.order(order.id).status == "validated"
