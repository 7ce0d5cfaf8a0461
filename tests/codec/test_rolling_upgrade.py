"""C5: two releases on one store. The older does not guess at what the newer wrote; nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters.folding_store import FoldingStore
from adapters.sqlite_store import SqliteStore
from omcore import orders as om
from omcore.codec import CODEC, Codec, Fields
from omcore.engine import OrderManager
from omcore.inventory import ReceiveStock, ReservedItem, ReserveStock
from omcore.kernel import Contact, Location, Money, Network, Place, UnknownEvent
from omcore.memory import MemoryGateway, MemoryNotifier
from omcore.orders import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def unchanged(old: Fields) -> Fields:
    return old


# A release that has changed what a stock item, an order and two events look like.
CHANGED = ("StockItem", "StockReceived", "Order", "HoldPlaced")
NEWER = Codec(CODEC.classes, {(name, 1): unchanged for name in CHANGED})


@attrs.define
class Shop:
    """A process of each release on one file."""

    old: OrderManager
    new: OrderManager

    def kept(self) -> Any:
        store = self.new.ports.store
        streams = ("stock/nyc/TEE", "stock/lax/TEE", "order/o1", "order/o2")
        return store.feed(0, 1_000), store.load(streams), store.cursor("omcore.pay")


@pytest.fixture(params=[SqliteStore, FoldingStore])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    stores = [request.param(tmp_path / "oms.db", codec=codec) for codec in (CODEC, NEWER)]
    managers = [
        OrderManager(
            store,
            network=Network((Location("nyc"), Location("lax"))),
            routing=Nearest(),
            gateway=MemoryGateway(),
            notifier=MemoryNotifier(),
        )
        for store in stores
    ]
    shop = Shop(*managers)
    for location in ("nyc", "lax"):
        shop.old.execute(ReceiveStock("TEE", location, 9, key=f"po-{location}", at=T0))
    shop.old.execute(place("o1"))
    yield shop
    for store in stores:
        store.close()


def place(order_id: str) -> om.PlaceOrder:
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", order_id),
        "USD",
        (DraftLine("l", "TEE", 1, Money(1_999, "USD")),),
        T0,
        destination=Place("US", "NY", "10001"),
        contact=Contact(name="Ada"),
        tenders=(DraftTender(f"card-{order_id}", "gateway", Money(1_999, "USD"), authorized=True),),
    )
    return om.PlaceOrder(draft, order_id=order_id, key=f"place-{order_id}", at=T0)


def refused(work: Callable[[], object]) -> UnknownEvent:
    with pytest.raises(UnknownEvent) as unknown:
        work()
    return unknown.value


def test_the_newer_release_goes_on_with_what_the_older_one_wrote(shop: Shop) -> None:
    hold = om.PlaceHold("o1", "h", "asked", key="hold", at=T0)
    assert shop.new.execute(hold).order.standing.holds
    assert shop.new.execute(place("o1")).repeated
    assert shop.new.available("TEE", at=T0) == {"lax": 9, "nyc": 9}


def test_the_older_release_says_what_it_does_not_know_and_has_done_nothing(shop: Shop) -> None:
    shop.new.execute(ReceiveStock("TEE", "nyc", 1, key="po-2", at=T0))
    shop.new.execute(om.PlaceHold("o1", "h", "asked", key="hold", at=T0))
    before = shop.kept()
    items = (ReservedItem("TEE", "nyc", 1),)
    met = [
        (om.ReleaseHold("o1", "h", key="release", at=T0), ("Order", "HoldPlaced")),
        (
            ReserveStock("cart", "guest", items, T0 + timedelta(hours=1), key="cart", at=T0),
            ("StockItem", "StockReceived"),
        ),
    ]
    for command, names in met:
        error = refused(lambda command=command: shop.old.execute(command))  # type: ignore[misc]
        assert error.fields["type"] in names
        assert error.fields["version"] == 2
        assert shop.new.ports.store.answer(command.key) is None, "it is no refusal"
    assert shop.kept() == before
    for command, _ in met:
        assert not shop.new.execute(command).repeated, "the newer release answers it, under its key"


def test_a_batch_of_the_older_release_says_it_too(shop: Shop) -> None:
    shop.new.execute(om.PlaceHold("o1", "h", "asked", key="hold", at=T0))
    before = shop.kept()
    commands = [place("o2"), om.ReleaseHold("o1", "h", key="release", at=T0)]
    answers: Any = None
    try:
        answers = shop.old.execute_all(commands)
    except UnknownEvent:
        assert shop.kept() == before
    else:
        assert type(answers[1]) is UnknownEvent
        assert shop.new.ports.store.answer("release") is None
    assert [type(answer).__name__ for answer in shop.new.execute_all(commands)] == ["Outcome", "Outcome"]


def test_what_the_newer_release_has_not_touched_is_served_by_both(shop: Shop) -> None:
    shop.new.execute(ReceiveStock("TEE", "nyc", 1, key="po-2", at=T0))
    hold = om.PlaceHold("o1", "h", "asked", key="hold", at=T0)
    assert shop.old.execute(hold).order.standing.holds
    assert not shop.old.execute(ReceiveStock("TEE", "lax", 1, key="po-3", at=T0)).repeated


def test_a_dispatcher_of_the_older_release_skips_nothing(shop: Shop) -> None:
    """It stops before what it does not know, and one of the newer release goes on from there."""
    shop.new.execute(om.PlaceHold("o1", "h", "asked", key="hold", at=T0))
    shop.new.execute(om.ReleaseHold("o1", "h", key="release", at=T0))
    store = shop.new.ports.store
    first = next(e.position for e in store.feed(0, 1_000) if type(e.event).__name__ == "HoldPlaced")
    refused(lambda: shop.old.dispatch(at=T0))
    refused(lambda: shop.old.available("TEE", at=T0))
    for concern in ("pay", "notify", "route"):
        assert store.cursor(f"omcore.{concern}") < first
    shop.new.dispatch(at=T0)
    shop.new.dispatch(at=T0)
    notifier: Any = shop.new.ports.notifier
    other: Any = shop.old.ports.notifier
    sent = [message.kind for message in (*other.sent, *notifier.sent)]
    assert sent == ["order_confirmation"], "once, whichever of them sent it"
    shop.new.route("o1", key="route", at=T0)
    assert shop.new.order("o1").progress.work


def test_what_an_older_release_was_asked_again_after_it_was_replaced_is_answered(shop: Shop) -> None:
    """The whole upgrade: it meets the new, it is put back, the process is replaced, it is sent again."""
    shop.new.execute(ReceiveStock("TEE", "nyc", 1, key="po-2", at=T0))
    again = ReceiveStock("TEE", "nyc", 5, key="po-4", at=T0)
    refused(lambda: shop.old.execute(again))
    shop.old = shop.new
    assert not shop.old.execute(again).repeated
    assert shop.old.execute(again).repeated
    assert shop.old.available("TEE", at=T0)["nyc"] == 15
