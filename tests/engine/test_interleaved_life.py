"""Many hands at once on one store that fails: nothing is lost, doubled, oversold or stuck.

Up to four tasks - commands, dispatchers, questions to the gateway - of two processes take turns at
every single request to a port, as tasks of ``AsyncOrderManager`` and processes do. In between the
store says conflict or unavailable before or after it has committed, ports lose acknowledgements,
processes crash and start anew. After each commit what omcore keeps is compared with the lists of
``naive_books``; at the end everything heals, and no unit, cent, claim or message is left over.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from folded_store import FoldedStore
from naive_books import Books, priced
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, RouteOrder, SalesChannel, reads
from omcore.engine import requests as rq
from omcore.engine.dispatcher import ask_again
from omcore.kernel import (
    Catalog,
    Command,
    Conflict,
    Contact,
    GeoPoint,
    IdempotencyConflict,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
    Ratio,
    Refusal,
    StoreError,
    Unavailable,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.draft import Charge, Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.orders.policies import capture_at_placement, capture_on_shipment, card_first, proportional
from omcore.orders.state import HOLD_BLOCKS
from omcore.ports import FeedEntry
from omcore.reporting import Report
from omcore.routing import LowestCost, Nearest, Rates
from shaky_outside import NAME, Outside

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
LOCATIONS = ("nyc", "lax")
PARTS = {"TEE": {"TEE": 1}, "MUG": {"MUG": 1}, "KIT": {"TEE": 1, "MUG": 2}}
STOCKED = ("TEE", "MUG")
NETWORK = Network(
    (Location("nyc", point=GeoPoint(40.7, -74.0)), Location("lax", point=GeoPoint(34.0, -118.2)))
)
CATALOG = Catalog((Item("KIT", components=(("TEE", 1), ("MUG", 2))),))
SHOP = SalesChannel("shopify", LOCATIONS, 1)


@attrs.define(eq=False)
class Task:
    """A generator under way, what it is about, and what it is told next."""

    steps: Any
    ports: Any
    about: Any
    reply: Any = None
    error: Exception | None = None
    begun: bool = False


class World:
    """One seed: what is decided at random, is decided by its dice alone (C1)."""

    def __init__(self, seed: int) -> None:
        self.dice = dice = random.Random(seed)
        self.now = T0
        self.outside = Outside(dice)
        self.store = FoldedStore()
        self.trouble = dice.choice([0.0, 0.03, 0.1])
        self.healed = False
        self.fee = dice.choice([None, Ratio.percent("15")])
        self.policies = om.Policies(
            capturable=dice.choice([capture_on_shipment, capture_on_shipment, capture_at_placement]),
            refund_over=dice.choice([card_first, proportional]),
            restocking_fee=self.fee,
        )
        self.managers = [self.manager(), self.manager()]
        self.books = Books(PARTS, self.fee)
        self.report = Report()
        self.tasks: list[Task] = []
        self.given: dict[str, Any] = {}
        self.answered: list[Any] = []
        self.snapshots: dict[str, list[OrderDraft]] = {}
        self.position = self.keys = 0

    def manager(self) -> OrderManager:
        return OrderManager(
            self.store,
            network=NETWORK,
            catalog=CATALOG,
            routing=self.dice.choice([Nearest(), LowestCost(Rates())]),
            policies=self.policies,
            sales_channels=(SHOP,),
            gateway=self.outside,
            notifier=self.outside,
            channel=self.outside,
        )

    def order(self, order_id: str) -> om.Order:
        state: Any = self.store.load((f"order/{order_id}",))[f"order/{order_id}"].state
        assert type(state) is om.Order
        return state

    def item(self, location: str, sku: str) -> Any:
        return self.store.load((f"stock/{location}/{sku}",))[f"stock/{location}/{sku}"].state

    # -- taking turns ------------------------------------------------------------------------

    def common(self) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    def give(self, command: Any) -> None:
        self.given.setdefault(command.key, command)
        manager = self.dice.choice(self.managers)
        self.tasks.append(Task(reads.commanded(command, manager.setup), manager.ports, command))

    def send_dispatcher(self) -> None:
        manager = self.dice.choice(self.managers)
        concerns = self.dice.choice([None, ("payments",), ("messages", "reroute"), ("stock",)])
        self.tasks.append(Task(manager._dispatch(self.now, concerns), manager.ports, "dispatch"))

    def send_questions(self, order_id: str) -> None:
        manager = self.dice.choice(self.managers)
        self.tasks.append(Task(ask_again(manager._duty(self.now), order_id), manager.ports, "ask"))

    def turn(self) -> None:
        """One task gets one request performed, or is over."""
        task = self.dice.choice(self.tasks)
        try:
            if task.error is not None:
                request = task.steps.throw(task.error)
            else:
                request = task.steps.send(task.reply) if task.begun else next(task.steps)
        except StopIteration:
            self.tasks.remove(task)
            self.answered += [task.about] if isinstance(task.about, Command) else []
            return
        except OmcoreError as error:
            self.tasks.remove(task)
            self.refused(task.about, error)
            return
        task.begun, task.error, task.reply = True, None, None
        try:
            task.reply = self.perform(request, task.ports)
        except (StoreError, IdempotencyConflict) as error:
            task.error = error

    def refused(self, about: Any, error: OmcoreError) -> None:
        assert NAME not in repr(error) + str(error)
        assert not (self.healed and isinstance(error, StoreError)), "no task is refused for ever"
        if isinstance(error, StoreError) and isinstance(about, Command):
            self.give(about)  # nobody knows what came of it: the same key again (C4)
        else:
            assert isinstance(error, (Refusal, IdempotencyConflict, StoreError)), repr(error)

    def perform(self, request: Any, ports: Any) -> Any:
        fate = 1.0 if self.healed else self.dice.random()
        if isinstance(request, rq.Save):
            commit = request.commit
            assert NAME not in repr(commit)
            assert not (commit.answer.error and (commit.writes or commit.private)), "C3"
            if fate < self.trouble:
                raise Conflict("reads")
        elif not isinstance(request, (rq.Load, rq.Recall, rq.ReadFeed, rq.ReadCursor, rq.Advance)):
            return request.perform(ports)
        if fate < 1.5 * self.trouble:
            raise Unavailable("store")
        reply = request.perform(ports)
        self.read_feed()
        if fate < 2 * self.trouble:
            raise Unavailable("store")
        return reply

    def run(self) -> None:
        while self.tasks:
            self.turn()

    def read_feed(self) -> None:
        """Book what was committed, and compare."""
        news = self.store.feed(self.position, 10_000)
        while news:
            commit = [entry for entry in news if entry.key == news[0].key]
            news = news[len(commit) :]
            self.book(commit)

    def book(self, commit: list[FeedEntry]) -> None:
        self.position = commit[-1].position
        self.books.take(commit, self.given.get(commit[0].key))
        for entry in commit:
            self.report.apply(entry)
            assert NAME not in repr(entry)
        for stream in {entry.stream for entry in commit}:
            kind, _, name = stream.partition("/")
            if kind == "stock":
                self.books.check_item(self.item(*name.split("/")))
            elif kind == "order":
                self.check_order(name, [entry.event for entry in commit if entry.stream == stream])

    def check_order(self, order_id: str, events: list[Any]) -> None:
        order = self.order(order_id)
        self.books.check_order(order)
        assert om.replay([entry.event for entry in self.store.history(f"order/{order_id}")]) == order
        payments = order.payments
        # What a deadline asked for was asked for before the command's own money came (S6).
        came = max([i for i, event in enumerate(events) if type(event) is ev.PaymentReceived], default=0)
        kinds = {event.kind for event in events[came:] if type(event) is ev.PaymentRequested}
        under_way = sum(tender.capturing - tender.refunding for tender in payments.tenders.values())
        held = payments.captured - payments.refunded
        if "capture" in kinds:
            assert held + under_way <= payments.owed, "captured more than is owed (M8)"
        if "refund" in kinds:
            refunding = sum(tender.refunding for tender in payments.tenders.values())
            assert held - refunding >= payments.owed, "refunded more than is due (M10)"

    # -- what happens ------------------------------------------------------------------------

    def happen(self) -> None:
        dice = self.dice
        what: list[Callable[[], None]] = [
            *[self.act] * 14,
            *[self.place, self.stock, self.cart, self.snapshot] * 2,
            *[self.send_dispatcher] * 3,
            self.repeat,
            self.crash,
        ]
        dice.choice(what)()

    def place(self) -> None:
        draft = self.draft()
        reference = draft.ref.id
        self.snapshots[reference] = [draft]
        cart = self.dice.choice([*sorted(self.books.carts), ""])
        kind: Any = self.dice.choice([om.PlaceOrder, om.ImportOrder])
        self.give(kind(draft, order_id=reference, reservation=cart, **self.common()))

    def draft(self) -> OrderDraft:
        dice = self.dice
        currency = dice.choice(["USD", "JPY", "KWD"])

        def tax(rate: str) -> tuple[Tax, ...]:
            by = dice.choice(["seller", "seller", "channel"])
            return (Tax("t", rate=Ratio.parse(rate), collected_by=by),)

        lines = tuple(
            DraftLine(
                f"l{i}",
                dice.choice(["TEE", "MUG", "KIT", "TEE"]),
                dice.randint(1, 4),
                Money(dice.choice([0, 7, 99, 1000]), currency),
                discounts=dice.choice([(), (), (Discount("d", percentage=Ratio.parse("0.333")),)]),
                taxes=dice.choice([(), tax("0.0825"), tax("0.07") + tax("0.2")]),
                fulfilled_by=dice.choice(["merchant"] * 6 + ["channel", "taken"]),
            )
            for i in range(dice.randint(1, 3))
        )
        draft = OrderDraft(
            ExternalRef(dice.choice(["web", "shopify"]), "shop", "order", f"o{self.keys + 1}"),
            currency,
            lines,
            self.now,
            destination=Place("US", "NY", "", GeoPoint(40.7, -74.0)),
            contact=Contact(name=NAME),
            discounts=dice.choice([(), (), (Discount("o", percentage=Ratio.parse("0.05")),)]),
            charges=dice.choice([(), (Charge("shipping", Money(333, currency), taxes=tax("0.07")),)]),
            tax_included=dice.random() < 0.3,
            ship_complete=dice.random() < 0.1,
            taken_at="lax",
            source_version=1,
        )
        worth, charges = priced(draft)
        left = total = sum(each for each, _ in worth.values()) + charges[0]
        tenders = []
        for i in range(dice.randint(1, 3), 0, -1):
            part = left if i == 1 else dice.randint(0, left)
            left -= part
            kind = dice.choice(["gateway"] * 4 + ["channel", "cash"])
            held = kind != "gateway" or dice.random() < 0.2
            name, amount = f"t{i}-{draft.ref.id}", Money(part, currency)
            tenders.append(DraftTender(name, kind, amount, held or dice.random() < 0.5, held))
        return attrs.evolve(draft, tenders=tuple(tenders), stated_total=Money(total, currency))

    def stock(self) -> None:
        place: dict[str, Any] = {"sku": self.dice.choice(STOCKED), "location": self.dice.choice(LOCATIONS)}
        more, number = self.common(), self.dice.randint(1, 9)
        receive = inv.ReceiveStock(quantity=number, **place, **more)
        count = inv.CountStock(counted=number - 1, **place, **more)
        limit = inv.SetBackorderLimit(quantity=number % 3, **place, **more)
        self.give(self.dice.choice([receive, receive, receive, count, limit]))

    def cart(self) -> None:
        more, dice = self.common(), self.dice
        until = self.now + timedelta(seconds=dice.randint(1, 2000), microseconds=dice.randint(0, 999_999))
        items = tuple(
            inv.ReservedItem(dice.choice(STOCKED), dice.choice(LOCATIONS), dice.randint(1, 3))
            for _ in range(dice.randint(1, 3))
        )
        made: list[Any] = [inv.ReserveStock(f"cart-{self.keys}", "ada", items, until, **more)]
        for token in sorted(self.books.carts)[:1]:
            made += [kind(token, **more) for kind in (inv.ReleaseReservation, inv.ExpireReservation)]
            made.append(inv.ExtendReservation(token, until, **more))
        self.give(dice.choice(made))

    def snapshot(self) -> None:
        """The channel's world goes on by itself, and what it says arrives in any order, or twice."""
        if not self.snapshots:
            return
        dice = self.dice
        reference = dice.choice(sorted(self.snapshots))
        said = self.snapshots[reference]
        last = said[-1]
        lines = list(last.lines)
        i = dice.randrange(len(lines))
        if lines[i].cancelled + lines[i].fulfilled < lines[i].quantity:
            name = dice.choice(["cancelled", "fulfilled"])
            lines[i] = attrs.evolve(lines[i], **{name: getattr(lines[i], name) + 1})
        tenders = list(last.tenders)
        if tenders[0].captured and dice.random() < 0.3:
            amount, before = tenders[0].amount, tenders[0].refunded
            more = (before.minor if before else 0) + dice.randint(0, 300)
            back = Money(min(amount.minor, more), amount.currency)
            tenders[0] = attrs.evolve(tenders[0], refunded=back)
        newer = attrs.evolve(
            last, lines=tuple(lines), tenders=tuple(tenders), source_version=last.source_version + 1
        )
        said.append(newer)
        self.give(om.ImportOrder(dice.choice([newer, newer, *said]), order_id=reference, **self.common()))

    def repeat(self) -> None:
        """C4: the recorded answer, and for another payload a conflict."""
        if self.answered:
            command = self.dice.choice(self.answered)
            other = inv.ReceiveStock("TEE", "nyc", 1_000, key=command.key, at=self.now)
            self.give(self.dice.choice([command, command, other]))

    def crash(self) -> None:
        """A process ends between two requests; a new one knows what the store knows."""
        if self.tasks:
            task = self.tasks.pop(self.dice.randrange(len(self.tasks)))
            task.steps.close()
            if isinstance(task.about, Command):
                self.give(task.about)
        self.managers[self.dice.randrange(2)] = self.manager()

    def act(self) -> None:
        if self.books.pages:
            order_id = self.dice.choice(sorted(self.books.pages))
            self.give(self.dice.choice(self.choices(self.order(order_id))))

    def some(self, items: Any) -> Any:
        """Everything, or a part of one line."""
        line, runs = self.dice.choice(items)
        most = sum(last - first + 1 for first, last in runs)
        return self.dice.choice([(), ((line, self.dice.randint(1, most)),)])

    def choices(self, order: om.Order) -> list[Any]:
        dice, more, name = self.dice, self.common(), order.id
        lines = [(line.id, ((1, line.quantity),)) for line in order.terms.lines]
        made: list[Any] = [
            *[RouteOrder(name, **more)] * 5,
            om.CancelUnits(name, self.some(lines), **more),
            om.PlaceHold(name, f"h{self.keys}", "fraud", **self.some_hold(), **more),
            om.RecordPayment(name, f"late-{name}", Money(dice.randint(1, 900), order.terms.currency), **more),
            *[om.RecordChannelShipment(name, **more)] * 2,
        ]
        for hold in order.standing.holds[:1]:
            made += [om.ReleaseHold(name, hold.id, **more)] * 4
        for tender in order.payments.tenders.values():
            if tender.blocked or tender.refund_blocked:
                made += [om.RetryPayment(name, tender.id, **more)] * 2
        return made + self.warehouse(order, more) + self.roads(order, more)

    def some_hold(self) -> dict[str, Any]:
        """All sorts of holds, one after the other."""
        n = self.keys
        return {
            "blocks": tuple(what for i, what in enumerate(HOLD_BLOCKS) if (n % 7 + 1) >> i & 1),
            "expires_at": self.now + timedelta(minutes=20) if n % 3 == 0 else None,
            "then": "cancel" if n % 2 else "release",
        }

    def warehouse(self, order: om.Order, more: dict[str, Any]) -> list[Any]:
        open_work = [work for work in order.progress.work.values() if work.items]
        if not open_work:
            return []
        work, name = self.dice.choice(open_work), order.id
        line = self.dice.choice(work.items)[0]
        part = self.dice.choice(order.terms.line(line).components)
        return [
            *[om.ShipUnits(name, work.id, self.some(work.items), **more)] * 8,
            om.RejectFulfillment(name, work.id, **more),
            om.CancelFulfillment(name, work.id, **more),
            om.ReportShortPick(name, work.id, ((line, 1),), **more),
            om.ReportShortPick(name, work.id, ((line, 1),), missing=(part,), **more),
        ]

    def roads(self, order: om.Order, more: dict[str, Any]) -> list[Any]:
        dice, name = self.dice, order.id
        condition = dice.choice(["sellable", "damaged", "quarantined"])
        made: list[Any] = []
        if order.progress.shipments:
            shipment = dice.choice(list(order.progress.shipments.values()))
            where = dice.choice(["", *LOCATIONS])
            made += [om.RecordDelivery(name, shipment.id, **more)] * 4
            made += [om.AdvanceShipment(name, shipment.id, "lose", **more)]
            made += [om.ReopenShipment(name, shipment.id, where, condition, **more)] * 3
        home = [
            (line.id, un.in_state(units, un.DELIVERED))
            for line, units in zip(order.terms.lines, order.progress.units, strict=True)
            if un.in_state(units, un.DELIVERED)
        ]
        if home:
            line, runs = dice.choice(home)
            some = ((line, dice.randint(1, sum(last - first + 1 for first, last in runs))),)
            made += [om.AuthorizeReturn(name, f"r{self.keys}", some, **more)] * 3
        for expected in order.progress.returns.values():
            if expected.items:
                back: dict[str, Any] = {"condition": condition, "waive_fee": dice.random() < 0.3, **more}
                made += [
                    om.ReceiveReturn(name, expected.id, "lax", self.some(expected.items), **back),
                    om.CancelReturn(name, expected.id, **more),
                ]
        return made

    # -- the end -----------------------------------------------------------------------------

    def do(self, *commands: Any) -> None:
        for command in commands:
            self.give(command)
            self.run()

    def drain(self) -> None:
        for _ in range(3):
            self.tasks.append(Task(self.managers[0]._dispatch(self.now, None), self.managers[0].ports, ""))
            self.run()
            for order_id in self.books.pages:
                self.send_questions(order_id)
                self.run()

    def heal(self) -> None:
        """Everything is up again, and every order is brought to its end."""
        self.run()
        self.healed = self.outside.healthy = True
        self.now += timedelta(hours=2)
        for _ in range(2):
            self.drain()
            for order_id in sorted(self.books.pages):
                self.finish(order_id)
        self.drain()

    def finish(self, order_id: str) -> None:
        for hold in self.order(order_id).standing.holds:
            self.do(om.ReleaseHold(order_id, hold.id, **self.common()))
        for tender in self.order(order_id).payments.tenders:
            self.do(om.RetryPayment(order_id, tender, **self.common()))
        for shipment in self.order(order_id).progress.shipments.values():
            self.do(om.RecordDelivery(order_id, shipment.id, **self.common()))
            self.do(om.ReopenShipment(order_id, shipment.id, **self.common()))
        self.do(om.CancelUnits(order_id, **self.common()))

    def live(self, steps: int) -> None:
        for location in LOCATIONS:
            for sku in STOCKED:
                self.give(inv.ReceiveStock(sku, location, self.dice.randint(1, 9), **self.common()))
        for _ in range(steps):
            self.now += timedelta(seconds=self.dice.choice([0, 0, 1, 60, 600]))
            if len(self.tasks) < 4:
                self.happen()
            for _ in range(self.dice.choice([1, 5, 30, 200])):
                if self.tasks:
                    self.turn()


def check_the_end(world: World) -> None:
    """Nothing is under way, nothing is claimed, nothing is kept that is not owed."""
    for order_id, page in world.books.pages.items():
        order = world.order(order_id)
        payments = order.payments
        assert set(page.states()) <= {"delivered", "returning", "returned", "cancelled"}, order.status
        assert not payments.requests, "a request of money is never stuck"
        assert payments.captured - payments.refunded <= payments.owed, "nothing is kept that is not owed"
        for tender in payments.tenders.values():
            assert tender.kind != "gateway" or tender.authorized == tender.captured + tender.voided
    fresh = world.manager()
    for sku in STOCKED:
        atp = 0
        for location in LOCATIONS:
            item = world.item(location, sku)
            assert item.claims(world.now) == 0, "no stock is bound for ever"
            history = [entry.event for entry in world.store.history(f"stock/{location}/{sku}")]
            assert inv.reconcile(history, item) is None
            for manager in (*world.managers, fresh):
                assert manager.available(sku, at=world.now)[location] == max(0, item.atp(world.now))
            atp += item.atp(world.now)
        said = max(
            (one for one in world.outside.published.values() if one.sku == sku), key=lambda one: one.position
        )
        assert said.quantity <= max(0, atp - SHOP.threshold), "a channel never sells what is not there (S13)"


def check_gateway_and_messages(world: World) -> None:
    """M11: what the gateway did is what is booked, once. C9: a message per fact."""
    done: Counter[str] = Counter()
    due: Counter[str] = Counter()
    kinds = {ev.UnitsShipped: "shipped", ev.ChannelShipped: "shipped", ev.UnitsDelivered: "delivered"}
    kinds |= {ev.ReturnAuthorized: "return_authorized", ev.ReturnReceived: "return_received"}
    for entry in world.store.feed(0, 100_000):
        event = entry.event
        if type(event) is ev.PaymentApproved:
            done[event.request_id] += 1
            due["refunded"] += event.kind == "refund"
        elif type(event) is ev.OrderPlaced:
            till = all(line.fulfilled_by == "taken" for line in event.lines)
            due["receipt" if till else "order_confirmation"] += 1
        elif type(event) in kinds:
            due[kinds[type(event)]] += 1
        elif type(event) is ev.UnitsCancelled:
            due["cancelled"] += 1
    assert set(done.values()) <= {1}
    for key, answer in world.outside.answers.items():
        assert (answer == "approved") == (done[key] == 1), "booked as the gateway did it"
    assert Counter(message.kind for message in world.outside.sent.values()) == +due


def check_report(world: World) -> None:
    """The report of the day counts what is left on the pages."""
    total = world.report.day().total
    states: Counter[str] = Counter()
    for page in world.books.pages.values():
        states += page.states()
    assert total.units_ordered == sum(states.values())
    assert (total.units_cancelled, total.units_returned) == (states["cancelled"], states["returned"])
    gone = states["delivered"] + states["returning"] + states["returned"]
    assert total.units_shipped + total.units_taken - total.units_reopened == total.units_filled == gone


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32))
@example(seed=331)  # nothing stays of a plan that was refused half-way
@example(seed=1)  # the view counts each movement once
def test_nothing_is_lost_doubled_oversold_or_stuck(seed: int) -> None:
    world = World(seed)
    world.live(160)
    world.heal()
    check_the_end(world)
    check_gateway_and_messages(world)
    check_report(world)
