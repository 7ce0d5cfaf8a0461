"""A shop whose every step an oracle is told of: one manager, one store, no faults of its own.

``Watched`` performs the engine's requests one by one and says what came of each, as the simulation does.
A store, a gateway or the engine may be broken; then the oracle is to find it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, RouteOrder, SalesChannel, reads
from omcore.engine import requests as rq
from omcore.engine.batch import execute_all
from omcore.engine.dispatcher import ask_again
from omcore.kernel import (
    Catalog,
    Command,
    Conflict,
    Contact,
    GeoPoint,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
    StoreError,
    Unavailable,
)
from omcore.lifecycle import ORDER, Chart
from omcore.memory import MemoryChannel, MemoryGateway, MemoryNotifier, MemoryStore
from omcore.orders.draft import Charge, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.orders.placement.validation import DEFAULT_RULES, ValidationRule
from omcore.routing import Nearest, RoutingStrategy
from omcore.testing.simulation.oracle import Oracle
from omcore.testing.simulation.redeciding import commands_of

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NAME = "Zyxwvut"

NETWORK = Network(
    (
        Location("nyc", point=GeoPoint(40.7, -74.0), kind="store"),
        Location("lax", point=GeoPoint(34.0, -118.2)),
    )
)
CATALOG = Catalog((Item("KIT", components=(("TEE", 1), ("MUG", 2))),))


@attrs.frozen
class SmallShop:
    """What the oracle wants to know of a shop."""

    network: Network = NETWORK
    catalog: Catalog = CATALOG
    policies: om.Policies = attrs.field(factory=om.Policies)
    sales_channels: tuple[SalesChannel, ...] = (SalesChannel("web", ("nyc", "lax"), 1),)
    routings: tuple[RoutingStrategy, ...] = (Nearest(),)
    skus: tuple[str, ...] = ("TEE", "MUG")
    rules: tuple[ValidationRule, ...] = DEFAULT_RULES
    chart: Chart = ORDER


class Watched:
    """One manager on one store, and an oracle that is told of everything."""

    def __init__(self, store: Any = None, shop: SmallShop | None = None) -> None:
        self.shop = SmallShop() if shop is None else shop
        self.store = MemoryStore() if store is None else store
        self.oracle = Oracle(self.shop, (self.store,))
        self.gateway, self.notifier, self.channel = MemoryGateway(), MemoryNotifier(), MemoryChannel()
        self.manager = OrderManager(
            self.store,
            network=self.shop.network,
            catalog=self.shop.catalog,
            policies=self.shop.policies,
            routing=self.shop.routings[0],
            rules=self.shop.rules,
            sales_channels=self.shop.sales_channels,
            gateway=self.gateway,
            notifier=self.notifier,
            channel=self.channel,
        )
        self.now = T0
        self.keys = 0
        # Store and outside fail as often as there are errors here, before or after they did it.
        self.before: list[StoreError] = []
        self.after: list[StoreError] = []

    def common(self) -> dict[str, Any]:
        self.keys += 1
        self.now += timedelta(seconds=1)
        return {"key": f"k{self.keys}", "at": self.now, "by": "clerk", "reason": f"wish {self.keys}"}

    # -- what is done ------------------------------------------------------------------------

    def do(self, *commands: Command) -> list[Any]:
        """Outcomes and refusals."""
        return [self.deliver(command) for command in commands]

    def deliver(self, command: Command) -> Any:
        told: Any
        try:
            told = self.run(reads.commanded(command, self.manager.setup))
        except OmcoreError as error:
            told = error
        self.oracle.answered(command, told)
        return told

    def batch(self, *commands: Command) -> Any:
        answers = self.run(execute_all(commands, self.manager.setup))
        for command, told in zip(commands, answers, strict=True):
            self.oracle.answered(command, told)
        return answers

    def dispatch(self, concerns: Sequence[str] | None = None) -> None:
        self.run(self.manager._dispatch(self.now, concerns))

    def ask_again(self, order_id: str) -> None:
        self.run(ask_again(self.manager._duty(self.now), order_id))

    def order(self, order_id: str) -> om.Order:
        return self.oracle.seen.orders[order_id]

    def stock(self, location: str, sku: str) -> inv.StockItem:
        return self.oracle.seen.stock[location, sku]

    def race(self, first: Command, second: Command) -> None:
        """The first is about to be saved when the second is carried out."""
        steps = reads.commanded(first, self.manager.setup)
        reply: Any = None
        while type(request := steps.send(reply)) is not rq.Save:
            reply = self.perform(request, steps)
        self.deliver(second)
        told: Any
        try:
            told = self.run(steps, request)
        except OmcoreError as refusal:
            told = refusal
        self.oracle.answered(first, told)

    # -- step by step ------------------------------------------------------------------------

    def run(self, steps: Generator[Any, Any, Any], request: Any = None) -> Any:
        reply: Any = None
        error: StoreError | None = None
        while True:
            try:
                if request is None:
                    request = steps.send(reply) if error is None else steps.throw(error)
            except StopIteration as stop:
                return stop.value
            reply, error = None, None
            try:
                reply = self.perform(request, steps)
            except StoreError as trouble:
                error = trouble
            request = None

    def perform(self, request: Any, steps: Any) -> Any:
        oracle, store = self.oracle, self.store
        kind = type(request)
        if kind is rq.Save or kind is rq.SaveAll:
            return self._save(request, steps)
        reply = request.perform(self.manager.ports)
        if kind is rq.Load:
            oracle.loaded(request.streams, reply)
        elif kind is rq.Recall:
            oracle.recalled(request.key, reply)
        elif kind is rq.ReadFeed:
            oracle.fed(request.after, request.limit, reply)
        elif kind is rq.ReadHistory:
            oracle.told_history(request.stream, request.after, reply)
        elif kind is rq.ReadPrivate:
            oracle.told_private(request.key, reply)
        elif kind is rq.ReadCursor:
            oracle.told_cursor(request.name, reply)
        elif kind is rq.Advance:
            oracle.advanced(request.name, request.position)
            oracle.told_cursor(request.name, store.cursor(request.name))
        elif kind is rq.CallGateway:
            outcome = self.gateway._answers[request.key].outcome
            oracle.effect(request.kind, request.key, (request.tender_id, request.amount, outcome))
        elif kind is rq.SendMessage:
            oracle.effect("message", request.message.key, request.message)
        elif kind is rq.UpdateChannel:
            oracle.effect("update", request.update.key, request.update)
        elif kind is rq.PublishStock:
            oracle.effect("publication", request.publication.key, request.publication)
        return reply

    def _save(self, request: Any, steps: Any) -> None:
        commits = request.commit if type(request) is rq.Save else request.commits
        if self.before:
            raise self.before.pop()
        self.oracle.committing(commits, commands_of(steps))
        try:
            request.perform(self.manager.ports)
        except Conflict as conflict:
            self.oracle.refused(commits, conflict)
            raise
        except Unavailable as away:
            self.oracle.unknown(commits, away)
            raise
        self.oracle.committed(commits)
        if self.after:
            raise self.after.pop()

    # -- wishes ------------------------------------------------------------------------------

    def receive(self, location: str, sku: str, quantity: int) -> Any:
        return self.deliver(inv.ReceiveStock(sku, location, quantity, **self.common()))

    def draft(self, number: str, *lines: tuple[str, int, int], **changes: Any) -> OrderDraft:
        """Lines are (SKU, quantity, price); one card for all of it, authorized."""
        made = tuple(
            DraftLine(f"l{i}", sku, many, Money(price, "USD"), taxes=(Tax("t", amount=Money(7, "USD")),))
            for i, (sku, many, price) in enumerate(lines)
        )
        total = sum(many * price for _, many, price in lines) + 7 * len(lines) + 500
        draft = OrderDraft(
            ExternalRef("web", "shop", "order", number),
            "USD",
            made,
            self.now,
            destination=Place("US", "NY", "", GeoPoint(40.7, -74.0)),
            contact=Contact(name=NAME, email=f"zyxwvut-{number}@example.org"),
            charges=(Charge("shipping", Money(500, "USD")),),
            tenders=(DraftTender(f"card-{number}", "gateway", Money(total, "USD"), authorized=True),),
            stated_total=Money(total, "USD"),
        )
        return attrs.evolve(draft, **changes)

    def place(self, number: str, *lines: tuple[str, int, int], reservation: str = "", **changes: Any) -> Any:
        command = om.PlaceOrder(
            self.draft(number, *lines, **changes), order_id=number, reservation=reservation, **self.common()
        )
        return self.deliver(command)

    # -- a story -----------------------------------------------------------------------------

    def busy_day(self) -> None:
        """Goods come in and move, a cart is filled, orders go out, are cancelled and come back."""
        for location in ("nyc", "lax"):
            self.receive(location, "TEE", 9)
            self.receive(location, "MUG", 9)
        until = self.now + timedelta(hours=1)
        self.do(
            inv.ReserveStock("cart-1", "ada", (inv.ReservedItem("TEE", "lax", 2),), until, **self.common()),
            inv.ReserveStock("cart-2", "bob", (inv.ReservedItem("MUG", "nyc", 1),), until, **self.common()),
            inv.ReleaseReservation("cart-2", **self.common()),
            inv.ReserveStock("cart-3", "eve", (inv.ReservedItem("TEE", "lax", 50),), until, **self.common()),
            inv.TransferStock("t1", "MUG", "nyc", "lax", 2, until, **self.common()),
        )
        self.place("o1", ("TEE", 3, 1000), ("KIT", 1, 2500))
        self.place("o2", ("TEE", 2, 999), reservation="cart-1")
        self.place("o3", ("TEE", 2, 333), ("MUG", 1, 100))
        self.place("o1", ("TEE", 1, 1))
        for name in ("o1", "o2", "o3"):
            self.do(RouteOrder(name, **self.common()))
        self.dispatch()
        self.do(om.CancelUnits("o3", **self.common()), om.CancelUnits("o2", **{**self.common(), "key": "k1"}))
        for name in ("o1", "o2"):
            for work in tuple(self.order(name).progress.work.values()):
                self.do(om.ShipUnits(name, work.id, (("l0", 1),), **self.common()))
                self.dispatch()
                self.do(om.ShipUnits(name, work.id, **self.common()))
            self.dispatch()
            for shipment in tuple(self.order(name).progress.shipments):
                self.do(om.RecordDelivery(name, shipment, **self.common()))
        self.do(
            om.AuthorizeReturn("o1", "r1", (("l0", 2),), **self.common()),
            om.ReceiveReturn("o1", "r1", "nyc", (("l0", 1),), **self.common()),
            inv.ReceiveStock("MUG", "lax", 1, "t1", True, **self.common()),
            inv.CountStock("TEE", "nyc", 3, **self.common()),
        )
        self.batch(
            inv.ReceiveStock("MUG", "nyc", 1, **self.common()),
            om.CancelUnits("o2", **self.common()),
            inv.SetSafetyStock("MUG", "nyc", 1, **self.common()),
        )
        self.dispatch()
        self.do(om.CancelReturn("o1", "r1", **self.common()))
        self.shortfall("o4")
        self.oracle.at_the_end()

    def shortfall(self, number: str) -> None:
        """What an order claims is not there when somebody counts, and the customer does not wait."""
        self.place(number, ("MUG", 2, 100))
        self.do(RouteOrder(number, **self.common()))
        (work,) = self.order(number).progress.work.values()
        count = inv.CountStock("MUG", work.location, 1, **self.common())
        self.do(count, count)
        self.dispatch()
        self.do(om.CancelUnits(number, **self.common()))
        self.dispatch()


__all__ = ["NAME", "NETWORK", "T0", "SmallShop", "Watched"]
