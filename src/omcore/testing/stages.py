"""Orders brought to a stage of their life, for an embedder's own tests: no Hypothesis, no waiting.

Decides which commands lead to a stage, in an order alone (``order_up_to``) or in an engine with stock, money
and a store (``manager_up_to``). The way is the plainest there is: everything is paid, there, shipped and
delivered at once. Must not know what is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, RouteOrder
from omcore.kernel import (
    Command,
    GeoPoint,
    InvalidType,
    Location,
    Money,
    Network,
    Place,
    checked_id,
    checked_instant,
)
from omcore.kernel.runs import count
from omcore.memory import MemoryStore
from omcore.orders import units as un
from omcore.orders.draft import CHANNEL, Charge, DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.routing import Nearest

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
"""When the orders of ``order_up_to`` are placed; every step after it is a minute later."""

_A_MINUTE = timedelta(minutes=1)
_NEW_YORK = Place("US", "NY", "10001", GeoPoint(40.7, -74.0))
_A_NETWORK = Network((Location("nyc", point=GeoPoint(40.7, -74.0)),))


def plain_draft(ref: str = "1", at: datetime = AT) -> OrderDraft:
    """Two tees and a mug to New York, paid by card: 20.00 + 20.00 + 10.00, and 5.00 for shipping.

    ``ref`` is the channel's name for it. Errors: ``InvalidId``, ``NaiveTimestamp``, ``InvalidTimestamp``.
    """

    def usd(minor: int) -> Money:
        return Money(minor, "USD")

    return OrderDraft(
        ExternalRef("web", "shop", "order", ref),
        "USD",
        (DraftLine("tee", "TEE", 2, usd(2_000)), DraftLine("mug", "MUG", 1, usd(1_000))),
        checked_instant(at),
        _NEW_YORK,
        charges=(Charge("shipping", usd(500)),),
        tenders=(DraftTender("card", "gateway", usd(5_500)),),
    )


# -- where an order lives ----------------------------------------------------------------------


class _World(Protocol):
    """An order under way, alone or in an engine."""

    @property
    def order(self) -> om.Order: ...

    def common(self) -> dict[str, Any]: ...

    def do(self, command: Command) -> None: ...

    def allocate(self) -> None: ...


class _Commands:
    """Keys that say what they are for, and a clock that goes on."""

    def __init__(self, order_id: str, at: datetime) -> None:
        self.order_id = order_id
        self.at = at
        self.given = 0

    def common(self) -> dict[str, Any]:
        self.given += 1
        return {"key": f"{self.order_id}-up-to-{self.given}", "at": self.at + self.given * _A_MINUTE}


class _Alone(_Commands):
    """An order by itself: whatever is asked of a location is there."""

    def __init__(self, order_id: str, at: datetime, context: om.OrderContext) -> None:
        super().__init__(order_id, at)
        self._context = context
        self._order: om.Order | None = None

    @property
    def order(self) -> om.Order:
        assert self._order is not None, "it was placed first"
        return self._order

    def do(self, command: Command) -> None:
        self._order = om.decide(self._order, command, self._context).order

    def allocate(self) -> None:
        order = self.order
        place = order.terms.pickup_at or "nyc"
        wanted = tuple([(line_id, place, units) for line_id, units in _in_state(order, un.OPEN)])
        self.do(om.AllocateUnits(order.id, wanted, **self.common()))


class _InManager(_Commands):
    """An order in an engine: its goods come in first, and routing finds them."""

    def __init__(self, order_id: str, at: datetime, manager: OrderManager) -> None:
        super().__init__(order_id, at)
        self._manager = manager

    @property
    def order(self) -> om.Order:
        return self._manager.order(self.order_id)

    def do(self, command: Command) -> None:
        self._manager.execute(command)

    def allocate(self) -> None:
        order, setup = self.order, self._manager.setup
        needed: dict[str, int] = {}
        for line_id, units in _in_state(order, un.OPEN):
            for sku, each in order.terms.line(line_id).components:
                needed[sku] = needed.get(sku, 0) + each * units
        places = [order.terms.pickup_at] if order.terms.pickup_at else []
        places += [location.id for location in setup.network.locations if location.id not in places]
        for place in places:  # which of them may ship it, the strategy says
            for sku, units in needed.items():
                self.do(inv.ReceiveStock(sku, place, units, **self.common()))
            self.do(RouteOrder(order.id, **self.common()))
            if not self.order.progress.tally.open:
                return
        raise InvalidType("draft", expected="an order that locations of the network may fill")


def _in_state(order: om.Order, *states: str) -> list[tuple[str, int]]:
    """(line id, units) of every line that has any in the states."""
    lines = zip(order.terms.lines, order.progress.units, strict=True)
    found = [(line.id, count(un.in_state(units, *states))) for line, units in lines]
    return [(line_id, units) for line_id, units in found if units]


# -- steps ------------------------------------------------------------------------------------


def _answer(world: _World) -> None:
    """Whoever was asked for money says yes, and is asked for no more."""
    while world.order.payments.requests:
        for request_id in tuple(world.order.payments.requests):
            world.do(om.RecordPaymentOutcome(world.order.id, request_id, "approved", **world.common()))


def _authorize(world: _World) -> None:
    """Everything is paid, or the person who may waives what the rules found."""
    _answer(world)
    for hold in world.order.standing.holds:
        world.do(om.ReleaseHold(world.order.id, hold.id, **world.common()))


def _allocate(world: _World) -> None:
    if world.order.progress.tally.open:
        world.allocate()


def _ship(world: _World) -> None:
    """Goods leave; those of a pickup order stand on the counter."""
    order = world.order
    if any(line.fulfilled_by == CHANNEL for line in order.terms.lines):
        world.do(om.RecordChannelShipment(order.id, **world.common()))
    for work in order.progress.work.values():
        if work.items and work.location == order.terms.pickup_at:
            world.do(om.AdvanceFulfillment(order.id, work.id, "ready", **world.common()))
        elif work.items:
            world.do(om.ShipUnits(order.id, work.id, **world.common()))
    _answer(world)


def _deliver(world: _World) -> None:
    """Parcels arrive, and the customer collects what waits for him."""
    for shipment in world.order.progress.shipments.values():
        if shipment.status == "in_transit":
            world.do(om.RecordDelivery(world.order.id, shipment.id, **world.common()))
    order = world.order
    for work in order.progress.work.values():
        if work.items and work.arrived:
            world.do(om.AdvanceFulfillment(order.id, work.id, "ready", **world.common()))
        if work.items:
            world.do(om.CollectUnits(order.id, work.id, **world.common()))
    _answer(world)


def _ask_back(world: _World) -> None:
    wanted = tuple(_in_state(world.order, un.DELIVERED))
    if not wanted:
        raise om.NothingToDo("order_id", state=un.DELIVERED)
    world.do(om.AuthorizeReturn(world.order.id, "r-1", wanted, **world.common()))


def _take_back(world: _World) -> None:
    order = world.order
    came_from = [shipment.location for shipment in order.progress.shipments.values() if shipment.location]
    place = came_from[0] if came_from else "nyc"
    world.do(om.ReceiveReturn(order.id, "r-1", place, **world.common()))
    if world.order.progress.returns["r-1"].inspecting:
        world.do(om.InspectReturn(order.id, "r-1", **world.common()))
    _answer(world)


def _hold(world: _World) -> None:
    world.do(om.PlaceHold(world.order.id, "h-1", "customer", **world.common()))


def _wait(world: _World) -> None:
    world.do(om.AllocateUnits(world.order.id, (), (), "backorder", **world.common()))


def _cancel(world: _World) -> None:
    world.do(om.CancelUnits(world.order.id, **world.common()))
    _answer(world)


_Step = Callable[[_World], None]

_PAID: tuple[_Step, ...] = (_authorize,)
_SHIPPED: tuple[_Step, ...] = (*_PAID, _allocate, _ship)
_DELIVERED: tuple[_Step, ...] = (*_SHIPPED, _deliver)

STAGES: Mapping[str, tuple[_Step, ...]] = {
    "placed": (),
    "authorized": _PAID,
    "on_hold": (*_PAID, _hold),
    "backordered": (*_PAID, _wait),
    "cancelled": (*_PAID, _cancel),
    "allocated": (*_PAID, _allocate),
    "shipped": _SHIPPED,
    "delivered": _DELIVERED,
    "returning": (*_DELIVERED, _ask_back),
    "returned": (*_DELIVERED, _ask_back, _take_back),
}
"""By name of a stage, what leads to it once an order is placed."""


def _steps_to(stage: object) -> tuple[_Step, ...]:
    if type(stage) is not str or stage not in STAGES:
        raise InvalidType("stage", expected="one of " + ", ".join(STAGES))
    return STAGES[stage]


def order_up_to(
    stage: str,
    draft: OrderDraft | None = None,
    *,
    context: om.OrderContext | None = None,
    order_id: str = "o-1",
    at: datetime = AT,
) -> om.Order:
    """An order that has come to a stage, by itself: its goods are wherever they are asked for.

    ``stage``: placed, authorized, on_hold, backordered, cancelled, allocated, shipped, delivered,
    returning, returned. Without a ``draft`` it is ``plain_draft``; ``context`` has your own policies and
    rules. What they refuse is raised. Errors: ``InvalidType`` for another stage.
    """
    steps = _steps_to(stage)
    known = om.default_context() if context is None else context
    world = _Alone(checked_id(order_id, "order_id"), checked_instant(at), known)
    world.do(om.PlaceOrder(plain_draft(order_id, at) if draft is None else draft, order_id, **world.common()))
    for step in steps:
        step(world)
    return world.order


def manager_up_to(
    stage: str,
    manager: OrderManager | None = None,
    *,
    draft: OrderDraft | None = None,
    order_id: str = "o-1",
    at: datetime = AT,
) -> OrderManager:
    """An engine that has an order which has come to a stage; see ``order_up_to`` for the stages.

    The goods that it needs are received first. Without a ``manager`` it is one on a ``MemoryStore`` with one
    warehouse; with your own, several orders may be brought to stages, each by an ``order_id`` of its own.
    ``manager.order(order_id)`` is the order. Errors: as of ``order_up_to``; ``InvalidType`` for an order that
    no location of the network may fill.
    """
    steps = _steps_to(stage)
    if manager is None:
        manager = OrderManager(MemoryStore(), network=_A_NETWORK, routing=Nearest())
    if type(manager) is not OrderManager:
        raise InvalidType("manager", expected="OrderManager or None")
    world = _InManager(checked_id(order_id, "order_id"), checked_instant(at), manager)
    world.do(om.PlaceOrder(plain_draft(order_id, at) if draft is None else draft, order_id, **world.common()))
    for step in steps:
        step(world)
    return manager


__all__ = ["AT", "STAGES", "manager_up_to", "order_up_to", "plain_draft"]
