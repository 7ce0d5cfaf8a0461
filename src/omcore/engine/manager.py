"""OrderManager: the engine with an embedder's choices and ports, sync and async.

Decides nothing: each method drives one generator. Must not hold anything that the store holds,
but for the availability view and the deadline book, which follow the feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore import inventory as inv
from omcore.engine import labels as labeling
from omcore.engine import reads
from omcore.engine.batch import execute_all
from omcore.engine.commands import BookLabel, RouteOrder, VoidLabel
from omcore.engine.core import Outcome
from omcore.engine.deadline_book import DeadlineBook, due, first_of_all, meet
from omcore.engine.dispatcher import (
    Dispatched,
    Duty,
    ask_again,
    checked_concerns,
    checked_messages,
    dispatch,
    duty_of,
)
from omcore.engine.drivers import run, run_async
from omcore.engine.offers import offered, to_collect
from omcore.engine.requests import Ports
from omcore.engine.rerouting import needs_routing
from omcore.engine.routing_book import NeedsRouting
from omcore.engine.sales import SalesChannel
from omcore.engine.setup import Setup
from omcore.kernel import Catalog, Command, Contact, InvalidType, Network, OmcoreError, checked_id
from omcore.lifecycle import ORDER, Chart
from omcore.notifications import MessagePolicy, Template
from omcore.orders import DEFAULT_RULES, Label, Order, OrderDraft, Policies, Statement, ValidationRule
from omcore.ports import (
    AsyncCarrier,
    AsyncChannelPort,
    AsyncGateway,
    AsyncNotifier,
    AsyncStore,
    Carrier,
    CarrierReply,
    ChannelPort,
    FeedEntry,
    Gateway,
    Notifier,
    Store,
)
from omcore.promising import Offers, Pickups, ServiceLevel
from omcore.promising.offers import Quote
from omcore.routing import Demand, Reoptimization, RoutingPlan, RoutingStrategy


class _Manager:
    """What both managers are made of."""

    def __init__(
        self,
        store: Any,
        *,
        network: Network,
        routing: RoutingStrategy,
        catalog: Catalog | None = None,
        policies: Policies | None = None,
        rules: tuple[ValidationRule, ...] = DEFAULT_RULES,
        chart: Chart = ORDER,
        sales_channels: tuple[SalesChannel, ...] = (),
        templates: Mapping[str, Template] | None = None,
        messages: MessagePolicy | None = None,
        gateway: Any = None,
        notifier: Any = None,
        channel: Any = None,
        carrier: Any = None,
        services: tuple[ServiceLevel, ...] = (),
    ) -> None:
        self.setup = Setup(network, routing, catalog, policies, rules, chart, sales_channels, services)
        self.ports = Ports(store, gateway, notifier, channel, carrier)
        self._templates = checked_messages(templates, messages)
        self._messages = messages
        self._book = DeadlineBook()

    def _duty(self, at: datetime) -> Duty:
        return duty_of(self.setup, at, self._templates, self._messages)

    def _carried(self) -> Ports:
        if self.ports.carrier is None:
            raise InvalidType("carrier", expected="a Carrier, given to the manager")
        return self.ports

    def _dispatch(self, at: datetime, concerns: Sequence[str] | None) -> Any:
        return dispatch(self._duty(at), reads.possible(checked_concerns(concerns), self.ports))


class OrderManager(_Manager):
    """The engine over sync ports.

    Required: a ``store``, the ``network`` and a ``routing`` strategy. Optional: ``catalog`` (kits,
    weights), ``policies``, validation ``rules``, a lifecycle ``chart``, ``sales_channels`` to
    publish stock to, message ``templates``, the ports ``gateway``, ``notifier``, ``channel`` and ``carrier``,
    and the levels of ``services`` that orders are offered and promised a delivery by.

    Processes and threads share a store and take a manager each: a manager's view of stock is its own.
    """

    def __init__(
        self,
        store: Store,
        *,
        network: Network,
        routing: RoutingStrategy,
        catalog: Catalog | None = None,
        policies: Policies | None = None,
        rules: tuple[ValidationRule, ...] = DEFAULT_RULES,
        chart: Chart = ORDER,
        sales_channels: tuple[SalesChannel, ...] = (),
        templates: Mapping[str, Template] | None = None,
        messages: MessagePolicy | None = None,
        gateway: Gateway | None = None,
        notifier: Notifier | None = None,
        channel: ChannelPort | None = None,
        carrier: Carrier | None = None,
        services: tuple[ServiceLevel, ...] = (),
    ) -> None:
        super().__init__(
            store,
            network=network,
            routing=routing,
            catalog=catalog,
            policies=policies,
            rules=rules,
            chart=chart,
            sales_channels=sales_channels,
            templates=templates,
            messages=messages,
            gateway=gateway,
            notifier=notifier,
            channel=channel,
            carrier=carrier,
            services=services,
        )

    def execute(self, command: Command) -> Outcome:
        """Carry out a command; raises its refusal. The same key again gives the recorded answer."""
        result: Outcome = run(reads.commanded(command, self.setup), self.ports)
        return result

    def execute_all(self, commands: Sequence[Command]) -> tuple[Outcome | OmcoreError, ...]:
        """Carry out a batch in one commit: the i-th answers the i-th, a refusal is returned and not raised.

        Decided in order of arrival, and within one instant as S6 says; see ``batch``.
        """
        answers: tuple[Outcome | OmcoreError, ...] = run(execute_all(commands, self.setup), self.ports)
        return answers

    def route(self, order_id: str, *, key: str, at: datetime, by: str = "", reason: str = "") -> RoutingPlan:
        """Plan and allocate an order's open units; the plan says what could not be placed, and why."""
        command = RouteOrder(order_id, key=key, at=at, by=by, reason=reason)
        plan: RoutingPlan = self.execute(command).result
        return plan

    def plan(self, order_id: str, *, at: datetime) -> RoutingPlan:
        """The plan that ``route`` would carry out now; changes nothing (R4)."""
        plan: RoutingPlan = run(reads.planned(order_id, at, self.setup), self.ports)
        return plan

    def offers(
        self,
        wanted: OrderDraft | Demand,
        *,
        at: datetime,
        reservation: str = "",
        quote: Quote | None = None,
    ) -> Offers:
        """By when an order would arrive at each level of the manager's services, and until when that holds.

        ``reservation``: the token of what its cart has reserved. ``quote`` says what the customer pays for an
        offer. Changes nothing: the plans are those that ``route`` would carry out now (R4).
        """
        found: Offers = run(offered(wanted, at, reservation, quote, self.setup), self.ports)
        return found

    def pickups(
        self,
        wanted: OrderDraft | Demand,
        *,
        at: datetime,
        reservation: str = "",
        stores: tuple[str, ...] | None = None,
    ) -> Pickups:
        """From when an order could be fetched at each of the stores; at all that have a counter if None."""
        found: Pickups = run(to_collect(wanted, at, reservation, stores, self.setup), self.ports)
        return found

    def needs_routing(self, *, at: datetime) -> tuple[NeedsRouting, ...]:
        """Orders with units that somebody has to route, and why; the first in line first."""
        found: tuple[NeedsRouting, ...] = run(needs_routing(at, self.setup), self.ports)
        return found

    def reoptimize(
        self, order_ids: Sequence[str] | None = None, *, at: datetime, may_leave_later: bool = False
    ) -> Reoptimization:
        """Better plans for what no location has begun, of some orders or of all; changes nothing.

        ``ApplyReoptimization(found.changes)`` carries all of them out, ``RearrangeWork`` those of one. No
        plan lets anything leave on a later day than it leaves on now, unless it ``may_leave_later``.
        """
        steps = reads.reoptimize(order_ids, at, may_leave_later, self.setup)
        found: Reoptimization = run(steps, self.ports)
        return found

    def order(self, order_id: str) -> Order:
        """An order as it stands. ``UnknownId`` where there is none."""
        order: Order = run(reads.order(order_id), self.ports)
        return order

    def stock(self, sku: str, location: str) -> inv.StockItem | None:
        """A stock item as it stands; None where nothing ever happened to it."""
        item: inv.StockItem | None = run(reads.stock(sku, location), self.ports)
        return item

    def reservation(self, token: str) -> inv.Reservation:
        """A reservation as it stands. ``UnknownId`` where there is none."""
        reservation: inv.Reservation = run(reads.reservation(token), self.ports)
        return reservation

    def available(self, sku: str, *, at: datetime, by: datetime | None = None) -> Mapping[str, int]:
        """ATP per location, and of a kit the minimum over its components, and finished ones (S11).

        ``by``: with what is expected until then and not promised (S10).
        """
        found: Mapping[str, int] = run(reads.available(sku, at, self.setup, by), self.ports)
        return found

    def promise_dates(self, sku: str, quantity: int, *, at: datetime) -> Mapping[str, datetime | None]:
        """By location, the first moment by which so many can be promised; None where never (S10)."""
        found: Mapping[str, datetime | None] = run(
            reads.promise_dates(sku, quantity, at, self.setup), self.ports
        )
        return found

    def late_promises(self, *, at: datetime) -> tuple[tuple[str, datetime], ...]:
        """(order, when it was promised) where that has passed and units still wait; in line (S10)."""
        found: tuple[tuple[str, datetime], ...] = run(reads.late_promises(at, self.setup), self.ports)
        return found

    def sellable(self, channel: str, sku: str, *, at: datetime) -> int:
        """How many of a SKU, or of a kit, a sales channel may sell (S13). ``UnknownId``: no such channel."""
        found: int = run(reads.sellable(channel, sku, at, self.setup), self.ports)
        return found

    def low_stock(self, *, at: datetime) -> Sequence[inv.StockLevel]:
        """Every stock item that has a reorder point and is low or out, by SKU and location."""
        found: Sequence[inv.StockLevel] = run(reads.low_stock(at, self.setup), self.ports)
        return found

    def snapshot(self, *, as_of: datetime) -> Sequence[inv.StockItem]:
        """Every stock item as it was at a moment, by SKU and location; goes through the whole feed."""
        found: Sequence[inv.StockItem] = run(reads.snapshot(as_of), self.ports)
        return found

    def behind(self) -> reads.ViewLag:
        """How far this manager's view of stock is behind the feed; the next read of it catches up."""
        lag: reads.ViewLag = run(reads.behind(self.setup), self.ports)
        return lag

    def history(self, order_id: str) -> Sequence[FeedEntry]:
        """Every recorded event of an order, oldest first."""
        entries: Sequence[FeedEntry] = run(reads.history(order_id), self.ports)
        return entries

    def movements(self, sku: str, location: str) -> Sequence[FeedEntry]:
        """Every recorded movement of a stock item, oldest first; none where nothing ever happened to it."""
        entries: Sequence[FeedEntry] = run(reads.movements(sku, location), self.ports)
        return entries

    def statement(self, order_id: str) -> Statement:
        """An order as an invoice; the events behind a figure are positions in ``history``."""
        stated: Statement = run(reads.statement(order_id), self.ports)
        return stated

    def contact(self, order_id: str) -> Contact | None:
        """The customer's personal data; None where there is none, or it was erased."""
        contact: Contact | None = run(reads.contact(order_id), self.ports)
        return contact

    def dispatch(self, *, at: datetime, concerns: Sequence[str] | None = None) -> Dispatched:
        """Make every effect that the feed asks for and the ports can take; see ``dispatcher``."""
        report: Dispatched = run(self._dispatch(at, concerns), self.ports)
        return report

    def due(self, *, at: datetime) -> tuple[str, ...]:
        """The orders of which something is due by now, the first first; see ``meet_deadlines``."""
        found: tuple[str, ...] = run(due(self._book, at, self.setup), self.ports)
        return found

    def next_deadline(self) -> datetime | None:
        """The first deadline of all orders: when to call ``due`` again. None where no order waits."""
        moment: datetime | None = run(first_of_all(self._book, self.setup), self.ports)
        return moment

    def meet_deadlines(self, order_id: str, *, at: datetime, by: str = "", reason: str = "") -> Order:
        """Do what is due of an order by now; the order after it. Early, late or often is all one (S6)."""
        steps = meet(order_id, at, self.setup, self._book, by, reason)
        order: Order = run(steps, self.ports)
        return order

    def ask_again(self, order_id: str, *, at: datetime) -> int:
        """Ask the gateway again for every unknown outcome of an order; returns how many."""
        asked: int = run(ask_again(self._duty(at), checked_id(order_id, "order_id")), self.ports)
        return asked

    def book_label(self, command: BookLabel) -> CarrierReply:
        """Book a label with the carrier, once per key. Its refusals are recorded like any command's.

        The order is left as it is: ``ShipUnits`` says with which ``tracking`` units leave.
        """
        reply: CarrierReply = run(labeling.book(command), self._carried())
        return reply

    def labels(self, order_id: str) -> Mapping[str, Label]:
        """An order's labels by the keys that they were booked under."""
        found: Mapping[str, Label] = run(reads.labels(order_id), self.ports)
        return found

    def void_label(self, command: VoidLabel) -> CarrierReply:
        """Let go of a label that will not be used, once per key."""
        reply: CarrierReply = run(labeling.void(command), self._carried())
        return reply


class AsyncOrderManager(_Manager):
    """The same engine over async ports: every method is awaited. See ``OrderManager``.

    Tasks of one event loop may share it.
    """

    def __init__(
        self,
        store: AsyncStore,
        *,
        network: Network,
        routing: RoutingStrategy,
        catalog: Catalog | None = None,
        policies: Policies | None = None,
        rules: tuple[ValidationRule, ...] = DEFAULT_RULES,
        chart: Chart = ORDER,
        sales_channels: tuple[SalesChannel, ...] = (),
        templates: Mapping[str, Template] | None = None,
        messages: MessagePolicy | None = None,
        gateway: AsyncGateway | None = None,
        notifier: AsyncNotifier | None = None,
        channel: AsyncChannelPort | None = None,
        carrier: AsyncCarrier | None = None,
        services: tuple[ServiceLevel, ...] = (),
    ) -> None:
        super().__init__(
            store,
            network=network,
            routing=routing,
            catalog=catalog,
            policies=policies,
            rules=rules,
            chart=chart,
            sales_channels=sales_channels,
            templates=templates,
            messages=messages,
            gateway=gateway,
            notifier=notifier,
            channel=channel,
            carrier=carrier,
            services=services,
        )

    async def execute(self, command: Command) -> Outcome:
        """See ``OrderManager.execute``."""
        result: Outcome = await run_async(reads.commanded(command, self.setup), self.ports)
        return result

    async def execute_all(self, commands: Sequence[Command]) -> tuple[Outcome | OmcoreError, ...]:
        """See ``OrderManager.execute_all``."""
        steps = execute_all(commands, self.setup)
        answers: tuple[Outcome | OmcoreError, ...] = await run_async(steps, self.ports)
        return answers

    async def route(
        self, order_id: str, *, key: str, at: datetime, by: str = "", reason: str = ""
    ) -> RoutingPlan:
        """See ``OrderManager.route``."""
        command = RouteOrder(order_id, key=key, at=at, by=by, reason=reason)
        plan: RoutingPlan = (await self.execute(command)).result
        return plan

    async def plan(self, order_id: str, *, at: datetime) -> RoutingPlan:
        """See ``OrderManager.plan``."""
        plan: RoutingPlan = await run_async(reads.planned(order_id, at, self.setup), self.ports)
        return plan

    async def offers(
        self,
        wanted: OrderDraft | Demand,
        *,
        at: datetime,
        reservation: str = "",
        quote: Quote | None = None,
    ) -> Offers:
        """See ``OrderManager.offers``."""
        steps = offered(wanted, at, reservation, quote, self.setup)
        found: Offers = await run_async(steps, self.ports)
        return found

    async def pickups(
        self,
        wanted: OrderDraft | Demand,
        *,
        at: datetime,
        reservation: str = "",
        stores: tuple[str, ...] | None = None,
    ) -> Pickups:
        """See ``OrderManager.pickups``."""
        steps = to_collect(wanted, at, reservation, stores, self.setup)
        found: Pickups = await run_async(steps, self.ports)
        return found

    async def needs_routing(self, *, at: datetime) -> tuple[NeedsRouting, ...]:
        """See ``OrderManager.needs_routing``."""
        steps = needs_routing(at, self.setup)
        found: tuple[NeedsRouting, ...] = await run_async(steps, self.ports)
        return found

    async def reoptimize(
        self, order_ids: Sequence[str] | None = None, *, at: datetime, may_leave_later: bool = False
    ) -> Reoptimization:
        """See ``OrderManager.reoptimize``."""
        steps = reads.reoptimize(order_ids, at, may_leave_later, self.setup)
        found: Reoptimization = await run_async(steps, self.ports)
        return found

    async def order(self, order_id: str) -> Order:
        """See ``OrderManager.order``."""
        order: Order = await run_async(reads.order(order_id), self.ports)
        return order

    async def stock(self, sku: str, location: str) -> inv.StockItem | None:
        """See ``OrderManager.stock``."""
        item: inv.StockItem | None = await run_async(reads.stock(sku, location), self.ports)
        return item

    async def reservation(self, token: str) -> inv.Reservation:
        """See ``OrderManager.reservation``."""
        reservation: inv.Reservation = await run_async(reads.reservation(token), self.ports)
        return reservation

    async def available(self, sku: str, *, at: datetime, by: datetime | None = None) -> Mapping[str, int]:
        """See ``OrderManager.available``."""
        found: Mapping[str, int] = await run_async(reads.available(sku, at, self.setup, by), self.ports)
        return found

    async def promise_dates(self, sku: str, quantity: int, *, at: datetime) -> Mapping[str, datetime | None]:
        """See ``OrderManager.promise_dates``."""
        found: Mapping[str, datetime | None] = await run_async(
            reads.promise_dates(sku, quantity, at, self.setup), self.ports
        )
        return found

    async def late_promises(self, *, at: datetime) -> tuple[tuple[str, datetime], ...]:
        """See ``OrderManager.late_promises``."""
        found: tuple[tuple[str, datetime], ...] = await run_async(
            reads.late_promises(at, self.setup), self.ports
        )
        return found

    async def sellable(self, channel: str, sku: str, *, at: datetime) -> int:
        """See ``OrderManager.sellable``."""
        found: int = await run_async(reads.sellable(channel, sku, at, self.setup), self.ports)
        return found

    async def low_stock(self, *, at: datetime) -> Sequence[inv.StockLevel]:
        """See ``OrderManager.low_stock``."""
        found: Sequence[inv.StockLevel] = await run_async(reads.low_stock(at, self.setup), self.ports)
        return found

    async def snapshot(self, *, as_of: datetime) -> Sequence[inv.StockItem]:
        """See ``OrderManager.snapshot``."""
        found: Sequence[inv.StockItem] = await run_async(reads.snapshot(as_of), self.ports)
        return found

    async def behind(self) -> reads.ViewLag:
        """See ``OrderManager.behind``."""
        lag: reads.ViewLag = await run_async(reads.behind(self.setup), self.ports)
        return lag

    async def history(self, order_id: str) -> Sequence[FeedEntry]:
        """See ``OrderManager.history``."""
        entries: Sequence[FeedEntry] = await run_async(reads.history(order_id), self.ports)
        return entries

    async def movements(self, sku: str, location: str) -> Sequence[FeedEntry]:
        """See ``OrderManager.movements``."""
        entries: Sequence[FeedEntry] = await run_async(reads.movements(sku, location), self.ports)
        return entries

    async def statement(self, order_id: str) -> Statement:
        """See ``OrderManager.statement``."""
        stated: Statement = await run_async(reads.statement(order_id), self.ports)
        return stated

    async def contact(self, order_id: str) -> Contact | None:
        """See ``OrderManager.contact``."""
        contact: Contact | None = await run_async(reads.contact(order_id), self.ports)
        return contact

    async def dispatch(self, *, at: datetime, concerns: Sequence[str] | None = None) -> Dispatched:
        """See ``OrderManager.dispatch``."""
        report: Dispatched = await run_async(self._dispatch(at, concerns), self.ports)
        return report

    async def due(self, *, at: datetime) -> tuple[str, ...]:
        """See ``OrderManager.due``."""
        found: tuple[str, ...] = await run_async(due(self._book, at, self.setup), self.ports)
        return found

    async def next_deadline(self) -> datetime | None:
        """See ``OrderManager.next_deadline``."""
        moment: datetime | None = await run_async(first_of_all(self._book, self.setup), self.ports)
        return moment

    async def meet_deadlines(self, order_id: str, *, at: datetime, by: str = "", reason: str = "") -> Order:
        """See ``OrderManager.meet_deadlines``."""
        steps = meet(order_id, at, self.setup, self._book, by, reason)
        order: Order = await run_async(steps, self.ports)
        return order

    async def ask_again(self, order_id: str, *, at: datetime) -> int:
        """See ``OrderManager.ask_again``."""
        steps = ask_again(self._duty(at), checked_id(order_id, "order_id"))
        asked: int = await run_async(steps, self.ports)
        return asked

    async def book_label(self, command: BookLabel) -> CarrierReply:
        """See ``OrderManager.book_label``."""
        reply: CarrierReply = await run_async(labeling.book(command), self._carried())
        return reply

    async def labels(self, order_id: str) -> Mapping[str, Label]:
        """See ``OrderManager.labels``."""
        found: Mapping[str, Label] = await run_async(reads.labels(order_id), self.ports)
        return found

    async def void_label(self, command: VoidLabel) -> CarrierReply:
        """See ``OrderManager.void_label``."""
        reply: CarrierReply = await run_async(labeling.void(command), self._carried())
        return reply


__all__ = ["AsyncOrderManager", "OrderManager"]
