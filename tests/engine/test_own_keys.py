"""C4, C9: nobody's key stands for what the engine does by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, RouteOrder, execute, run
from omcore.kernel import GeoPoint, InvalidId, Location, Money, Network, Place
from omcore.memory import MemoryGateway, MemoryNotifier, MemoryStore
from omcore.orders import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network((Location("nyc", point=GeoPoint(40.7, -74.0)),))


def draft(number: str) -> OrderDraft:
    return OrderDraft(
        ExternalRef("web", "shop", "order", number),
        "USD",
        (DraftLine("l", "TEE", 2, Money(1000, "USD")),),
        T0,
        destination=Place("US", "NY", "", GeoPoint(40.7, -74.0)),
        tenders=(DraftTender("card", "gateway", Money(2000, "USD")),),
    )


def desk() -> tuple[OrderManager, MemoryGateway]:
    gateway = MemoryGateway()
    oms = OrderManager(
        MemoryStore(), network=NETWORK, routing=Nearest(), gateway=gateway, notifier=MemoryNotifier()
    )
    oms.execute(inv.ReceiveStock("TEE", "nyc", 9, key="in", at=T0))
    return oms, gateway


@pytest.mark.parametrize("name", ["omcore/payment/{}-P1", "omcore/payment/{}-P1/unknown", "omcore/"])
def test_a_callers_key_is_never_one_of_the_engines(name: str) -> None:
    """C4: a command that took the key of a payment's outcome would keep the card from being asked."""
    oms, gateway = desk()
    order = oms.execute(om.PlaceOrder(draft("1"), key="place", at=T0)).order
    taken = RouteOrder(order.id, key=name.format(order.id), at=T0)
    for attempt in (lambda: oms.execute(taken), lambda: run(execute(taken, oms.setup), oms.ports)):
        with pytest.raises(InvalidId) as caught:
            attempt()
        assert caught.value.path == "key"
    assert oms.order(order.id) == order
    oms.dispatch(at=T0)
    assert oms.order(order.id).payments.tenders["card"].authorized == 2000
    assert [call[0] for call in gateway.calls] == ["authorize"]


@pytest.mark.parametrize("fact", ["payment/{}-P1", "order/{}/order_confirmed", "order/{}/confirmed"])
def test_what_a_caller_may_name_his_command_keeps_nothing_from_being_done(fact: str) -> None:
    """C9: a message's key, and a request's, are given to the ports, and are anybody's as a command's."""
    plain, paid = desk()
    order = plain.execute(om.PlaceOrder(draft("1"), key="place", at=T0)).order
    report = plain.dispatch(at=T0)

    oms, gateway = desk()
    oms.execute(om.PlaceOrder(draft("1"), key="place", at=T0))
    oms.execute(inv.ReceiveStock("TEE", "nyc", 1, key=fact.format(order.id), at=T0))
    assert oms.dispatch(at=T0) == report
    assert len(gateway.calls) == len(paid.calls) == 1


def test_an_order_with_the_longest_id_is_paid_shipped_and_told_of() -> None:
    """C4: what is named after an order still fits into a key; a longer id is refused at the door."""
    oms, _ = desk()
    order_id = "o" * 140
    oms.execute(om.PlaceOrder(draft("1"), order_id=order_id, key="place", at=T0))
    oms.dispatch(at=T0)
    oms.route(order_id, key="route", at=T0)
    oms.meet_deadlines(order_id, at=datetime(2027, 11, 27, 9, 0, 0, 123456, tzinfo=UTC))
    assert oms.order(order_id).payments.tenders["card"].authorized == 2000
    with pytest.raises(InvalidId) as caught:
        om.PlaceOrder(draft("2"), order_id=order_id + "o", key="place-2", at=T0)
    assert caught.value.path == "order_id"
    long = om.PlaceOrder(draft("2" * 132), key="place-3", at=T0)
    with pytest.raises(InvalidId) as caught:
        oms.execute(long)
    assert caught.value.path == "ref"
