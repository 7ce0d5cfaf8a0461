"""A policy is the embedder's code: its error comes out as it is, nothing is kept, a mended one goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.engine import OrderManager
from omcore.inventory import ReceiveStock
from omcore.kernel import Location, Money, Network, Place, Refusal
from omcore.memory import MemoryGateway, MemoryStore
from omcore.orders import DraftLine, DraftTender, ExternalRef, OrderDraft, Policies
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)

DRAFT = OrderDraft(
    ExternalRef("web", "shop", "order", "1"),
    "USD",
    (DraftLine("l", "TEE", 3, Money(1_000, "USD")),),
    T0,
    destination=Place("US", "NY", "10001"),
    tenders=(DraftTender("card", "gateway", Money(3_000, "USD"), authorized=True),),
)
PLACE = om.PlaceOrder(DRAFT, order_id="o1", key="place", at=T0)


class Boom(Exception):
    """What somebody's own function raises; nothing of omcore's."""


def booms(*_: Any) -> Any:
    raise Boom("divided by the number of stores in Alaska")


def shop(store: MemoryStore, **policies: Any) -> OrderManager:
    return OrderManager(
        store,
        network=Network((Location("nyc"),)),
        routing=Nearest(),
        policies=attrs.evolve(Policies(), **policies),
        gateway=MemoryGateway(),
    )


def placed(oms: OrderManager) -> Any:
    return oms.execute(PLACE)


def routed(oms: OrderManager) -> Any:
    return oms.route("o1", key="route", at=T0)


def shipped(oms: OrderManager) -> Any:
    return oms.execute(om.ShipUnits("o1", "o1-F1", key="ship", at=T0))


def wished(oms: OrderManager) -> Any:
    return oms.execute(om.RequestCancel("o1", "wish", (("l", 1),), key="wish", at=T0))


def delivered(oms: OrderManager) -> Any:
    (shipment,) = oms.order("o1").progress.shipments.values()
    return oms.execute(om.RecordDelivery("o1", shipment.id, key="deliver", at=T0))


def returned(oms: OrderManager) -> Any:
    return oms.execute(om.ReturnInStore("o1", "back", "nyc", (("l", 1),), key="back", at=T0))


STEPS: list[tuple[str, Callable[[OrderManager], Any]]] = [
    ("place", placed),
    ("route", routed),
    ("wish", wished),
    ("ship", shipped),
    ("deliver", delivered),
    ("back", returned),
]


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ("pricing", "place"),
        ("capturable", "place"),
        ("unplaced", "route"),
        ("cancel_requests", "wish"),
        ("capture_over", "ship"),
        ("restocking_fee", "back"),
        ("inspection", "back"),
    ],
)
def test_its_error_is_told_as_it_is_and_nothing_is_kept(policy: str, key: str) -> None:
    store = MemoryStore()
    good, bad = shop(store), shop(store, **{policy: booms})
    # Two of three are there, so that routing has to ask what becomes of the third.
    good.execute(ReceiveStock("TEE", "nyc", 2, key="po", at=T0))
    for name, step in STEPS:
        if name == key:
            before = store.feed(0, 1_000), dict(store._streams), dict(store._answers)
            with pytest.raises(Boom):
                step(bad)
            assert (store.feed(0, 1_000), dict(store._streams), dict(store._answers)) == before
        assert not getattr(step(good), "repeated", False), "the key is free: the mended policy decides"


class ClosedToday(Refusal):
    """A refusal of the embedder's own."""

    code = "closed_today"


def closed(*_: Any) -> Any:
    raise ClosedToday("draft", hour=18)


def test_a_policy_that_refuses_is_a_refusal_that_is_recorded() -> None:
    store = MemoryStore()
    oms = shop(store, pricing=closed)
    for _ in range(2):
        with pytest.raises(ClosedToday) as refused:
            oms.execute(PLACE)
        assert refused.value.fields == {"hour": 18}
    recorded = store.answer("place")
    assert recorded is not None
    assert recorded.error == "closed_today"
    assert store.feed(0, 10) == []


def test_a_dispatcher_stops_before_what_it_cannot_decide_and_goes_on_when_that_is_mended() -> None:
    store = MemoryStore()
    good, bad = shop(store, unplaced="hold"), shop(store, unplaced=booms)
    good.execute(ReceiveStock("TEE", "nyc", 3, key="po", at=T0))
    placed(good)
    routed(good)
    good.dispatch(at=T0)
    good.execute(om.ReportShortPick("o1", "o1-F1", (("l", 3),), key="short", at=T0))
    at = store.cursor("omcore.reroute")
    with pytest.raises(Boom):
        bad.dispatch(at=T0)
    assert store.cursor("omcore.reroute") == at
    assert not good.order("o1").standing.holds
    good.dispatch(at=T0)
    assert store.cursor("omcore.reroute") > at
    assert good.order("o1").standing.holds
