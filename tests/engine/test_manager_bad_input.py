"""Whatever is handed to a manager: a value or an OmcoreError, and the store is as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given

from anything import ODD_VALUES, Hostile, anything, attempt
from bad_fields import fields_of
from omcore import orders as om
from omcore.engine import ApplyReoptimization, BookLabel, OrderManager, RouteOrder, SalesChannel, VoidLabel
from omcore.inventory import ReceiveStock
from omcore.kernel import InvalidType, Location, Money, Network, Place
from omcore.memory import MemoryChannel, MemoryGateway, MemoryNotifier, MemoryStore
from omcore.notifications import ORDER_CHANGED, ORDER_CONFIRMATION, Template
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.promising import ServiceLevel
from omcore.routing import Nearest
from omcore.shipping import Service

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network((Location("nyc"),))
DRAFT = OrderDraft(
    ExternalRef("web", "shop", "order", "1"),
    "USD",
    (DraftLine("l", "TEE", 2, Money(1000, "USD")),),
    T0,
    destination=Place("US", "NY", "10001"),
    tenders=(DraftTender("card", "gateway", Money(2000, "USD"), authorized=True),),
)


def manager() -> OrderManager:
    oms = OrderManager(
        MemoryStore(),
        network=NETWORK,
        routing=Nearest(),
        gateway=MemoryGateway(),
        notifier=MemoryNotifier(),
        channel=MemoryChannel(),
        services=(ServiceLevel("standard", (Service("ground", ((None, 2),)),)),),
    )
    oms.execute(ReceiveStock("TEE", "nyc", 10, key="po-7", at=T0))
    oms.execute(om.PlaceOrder(DRAFT, order_id="o1", key="place", at=T0))
    return oms


OMS = manager()


def kept(oms: OrderManager) -> Any:
    """The feed and the two streams; the answer to what was refused is recorded beside them (C3)."""
    store = oms.ports.store
    return store.feed(0, 1_000), store.load(("order/o1", "stock/nyc/TEE"))


@given(anything(), anything(), anything())
def test_a_manager_takes_anything_at_all(a: Any, b: Any, c: Any) -> None:
    before = kept(OMS)
    doors: list[Callable[[], Any]] = [
        lambda: OMS.execute(a),
        lambda: OMS.execute_all(a),
        lambda: OMS.execute_all([a, b, c]),
        lambda: OMS.plan(a, at=b),
        lambda: OMS.plan("o1", at=a),
        lambda: OMS.order(a),
        lambda: OMS.stock(a, b),
        lambda: OMS.stock("TEE", a),
        lambda: OMS.reservation(a),
        lambda: OMS.available(a, at=b),
        lambda: OMS.available("TEE", at=a),
        lambda: OMS.available("TEE", at=T0, by=a),
        lambda: OMS.promise_dates(a, b, at=c),
        lambda: OMS.promise_dates("TEE", a, at=T0),
        lambda: OMS.promise_dates("TEE", 1, at=a),
        lambda: OMS.low_stock(at=a),
        lambda: OMS.offers(a, at=b, reservation=c, quote=a),
        lambda: OMS.offers(DRAFT, at=a, reservation=b),
        lambda: OMS.offers(DRAFT, at=T0, quote=a),
        lambda: OMS.pickups(a, at=b, reservation=c, stores=a),
        lambda: OMS.pickups(DRAFT, at=T0, reservation=a, stores=b),
        lambda: OMS.pickups(DRAFT, at=T0, stores=(a, b)),
        lambda: OMS.needs_routing(at=a),
        lambda: OMS.reoptimize(a, at=b, may_leave_later=c),
        lambda: OMS.reoptimize((a, b), at=T0),
        lambda: OMS.reoptimize(("o1",), at=a),
        lambda: OMS.reoptimize(("o1",), at=T0, may_leave_later=a),
        lambda: ApplyReoptimization(a, key=b, at=c),
        lambda: ApplyReoptimization(((a, b),), key="odd", at=T0),
        lambda: ApplyReoptimization((("o1", ((a, b, c),)),), key="odd", at=T0),
        lambda: OMS.late_promises(at=a),
        lambda: OMS.sellable(a, b, at=c),
        lambda: OMS.sellable("web", "TEE", at=a),
        lambda: OMS.snapshot(as_of=a),
        lambda: OMS.history(a),
        lambda: OMS.movements(a, b),
        lambda: OMS.movements("TEE", a),
        lambda: OMS.statement(a),
        lambda: OMS.contact(a),
        lambda: OMS.ask_again(a, at=b),
        lambda: OMS.ask_again("o1", at=a),
        lambda: OMS.dispatch(at=a, concerns=()),
        lambda: OMS.book_label(a),
        lambda: OMS.void_label(a),
        lambda: OMS.labels(a),
        lambda: BookLabel(a, b, c, key="odd", at=T0),
        lambda: BookLabel("o1", "o1-F1", "standard", a, b, c, a, key="odd", at=T0),
        lambda: VoidLabel(a, b, key="odd", at=c),
    ]
    for door in doors:
        attempt(door)
    assert kept(OMS) == before


@given(anything(), anything(), anything())
def test_routing_and_dispatching_take_anything_at_all(a: Any, b: Any, c: Any) -> None:
    """What is not refused is done as it would have been: then the order is routed, and no more."""
    oms = manager()
    before = kept(oms)
    doors: list[Callable[[], Any]] = [
        lambda: oms.route(a, key=b, at=c),
        lambda: oms.route("o1", key="odd", at=a),
        lambda: oms.route("o1", key="odd", at=T0, by=a, reason=b),
        lambda: oms.route("o1", key=a, at=T0),
        lambda: RouteOrder(a, key=b, at=c),
    ]
    refused = [attempt(door)[1] for door in doors]
    if all(refused):
        assert kept(oms) == before
    attempt(lambda: oms.dispatch(at=T0, concerns=a))
    attempt(lambda: oms.dispatch(at=a))
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert (item.on_hand, item.allocated) == (10, 2 - oms.order("o1").progress.tally.open)


# It raises on being asked for its class, as a proxy may that is bound to nothing.
@example(Hostile(), Hostile(), Hostile())
@example((Hostile(),), (), 0)
@given(anything(), anything(), anything())
def test_a_manager_is_made_of_what_fits_or_not_at_all(a: Any, b: Any, c: Any) -> None:
    doors: list[Callable[[], Any]] = [
        lambda: OrderManager(MemoryStore(), network=a, routing=Nearest()),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), catalog=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), policies=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), rules=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), chart=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), sales_channels=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), sales_channels=(a, b)),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), templates=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), messages=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), services=a),
        lambda: OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), services=(a, b)),
        lambda: SalesChannel(a, b, c),
        lambda: SalesChannel("web", (a,), 0),
        lambda: SalesChannel("web", ("nyc",), a),
        lambda: SalesChannel("web", ("nyc",), 0, a, b, c, 1),
        lambda: SalesChannel("web", ("nyc",), 0, 1, frozenset({"TEE"}), None, a),
    ]
    for door in doors:
        attempt(door)


def test_a_template_stands_under_its_own_kind() -> None:
    template = Template(ORDER_CONFIRMATION, "Thank you", "We have your order.")
    for name in (ORDER_CHANGED, "order_confirmed", 1):
        wrong: Any = {name: template}
        with pytest.raises(InvalidType) as refused:
            OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), templates=wrong)
        assert refused.value.path == "templates"
    OrderManager(MemoryStore(), network=NETWORK, routing=Nearest(), templates={template.kind: template})


@pytest.mark.parametrize("cls", om.ORDER_COMMANDS, ids=lambda cls: cls.__name__)
def test_a_command_with_an_odd_field_is_done_or_leaves_the_store_as_it_was(cls: Any) -> None:
    """Every field of every command of an order, with each odd value that a command can be made of."""
    oms, keys = manager(), count()
    for name in fields_of(cls):
        for value in ODD_VALUES:
            fields = {**fields_of(cls), "key": f"odd-{next(keys)}", name: value}
            command, _ = attempt(partial(cls, **fields))
            if command is None:
                continue
            before = kept(oms)
            _, refused = attempt(partial(oms.execute, command))
            if refused is not None:
                assert kept(oms) == before
