"""The dispatcher over awaited ports does what it does over plain ones."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import AsyncOrderManager, OrderManager, SalesChannel
from omcore.kernel import Contact, Location, Network
from omcore.memory import (
    AsyncMemoryChannel,
    AsyncMemoryGateway,
    AsyncMemoryNotifier,
    AsyncMemoryStore,
    MemoryChannel,
    MemoryGateway,
    MemoryNotifier,
    MemoryStore,
)
from omcore.orders.draft import DraftTender, ExternalRef
from omcore.ports import GatewayReply
from omcore.routing import Nearest
from order_life import T0, a_draft, usd

ADA = Contact("Ada Lovelace", email="ada@example.com")
SHOP = SalesChannel("shopify", ("nyc",))


def choices() -> dict[str, Any]:
    return {"network": Network((Location("nyc"),)), "routing": Nearest(), "sales_channels": (SHOP,)}


def commands() -> list[Any]:
    """Stock, and an order whose card is authorized for more than it costs."""
    tenders = (DraftTender("card", "gateway", usd(100_000)),)
    draft = a_draft(tenders=tenders, contact=ADA, ref=ExternalRef("shopify", "shop", "order", "1"))
    return [
        inv.ReceiveStock("TEE", "nyc", 9, key="po-1", at=T0),
        inv.ReceiveStock("MUG", "nyc", 9, key="po-2", at=T0),
        om.PlaceOrder(draft, order_id="o1", key="place", at=T0),
    ]


def later(step: int) -> Any:
    return T0 + timedelta(minutes=step)


def plain(replies: dict[str, GatewayReply]) -> tuple[Any, ...]:
    store, gateway, notifier, channel = (
        MemoryStore(),
        MemoryGateway(replies),
        MemoryNotifier(),
        MemoryChannel(),
    )
    oms = OrderManager(store, gateway=gateway, notifier=notifier, channel=channel, **choices())
    for command in commands():
        oms.execute(command)
    reports = [oms.dispatch(at=later(1))]
    gateway.replies.clear()
    asked = oms.ask_again("o1", at=later(2))
    oms.route("o1", key="route", at=later(3))
    oms.execute(om.ShipUnits("o1", "o1-F1", key="ship", at=later(4)))
    reports += [oms.dispatch(at=later(5)), oms.dispatch(at=later(6))]
    seen = (gateway.calls, notifier.sent, channel.updates, channel.publications)
    return (reports, asked, oms.order("o1"), store.feed(0, 1_000), *seen)


async def awaited(replies: dict[str, GatewayReply]) -> tuple[Any, ...]:
    store, gateway = AsyncMemoryStore(), AsyncMemoryGateway(MemoryGateway(replies))
    notifier, channel = AsyncMemoryNotifier(), AsyncMemoryChannel()
    oms = AsyncOrderManager(store, gateway=gateway, notifier=notifier, channel=channel, **choices())
    for command in commands():
        await oms.execute(command)
    reports = [await oms.dispatch(at=later(1))]
    gateway.sync.replies.clear()
    asked = await oms.ask_again("o1", at=later(2))
    await oms.route("o1", key="route", at=later(3))
    await oms.execute(om.ShipUnits("o1", "o1-F1", key="ship", at=later(4)))
    reports += [await oms.dispatch(at=later(5)), await oms.dispatch(at=later(6))]
    channels = (channel.sync.updates, channel.sync.publications)
    feed = await store.feed(0, 1_000)
    return (reports, asked, await oms.order("o1"), feed, gateway.sync.calls, notifier.sync.sent, *channels)


def test_every_port_is_awaited_and_nothing_else_differs() -> None:
    unknown = {"authorize": GatewayReply("unknown")}
    expected = plain(dict(unknown))
    assert asyncio.run(awaited(dict(unknown))) == expected
    _, asked, order, _, calls, sent, updates, publications = expected
    assert asked == 1
    assert order.payments.captured == order.terms.total
    assert [kind for kind, *_ in calls] == ["authorize", "capture", "void"], "the rest is let go (M8)"
    assert [message.kind for message in sent] == ["order_confirmation", "shipped"]
    assert updates
    assert publications
