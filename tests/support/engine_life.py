"""An order that lives in an engine: every command goes through ``OrderManager``, over stock and a gateway.

Beside it stand what an order's own books do not have: shelves, on which goods are counted by hand, and
the gateway's till. What is answered to a payment request is the gateway's answer, asked by the dispatcher.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from folded_store import FoldedStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import (
    Catalog,
    Command,
    GeoPoint,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    epoch_second,
)
from omcore.orders import events as ev
from omcore.orders.draft import ASKED
from omcore.ports import GatewayReply
from omcore.promising import ServiceLevel
from omcore.routing import Nearest
from omcore.shipping import Service
from order_life import ORDER_ID, Life, check_moves, check_told
from plain_kits import one_by_one

PLACES = ("nyc", "lax", "soho")
KITS: Mapping[str, Mapping[str, int]] = {"SKU-0": {"PA": 2, "PB": 1}, "OTHER": {"PB": 3}}
CATALOG = Catalog(
    (
        *[Item(sku, components=tuple(parts.items())) for sku, parts in KITS.items()],
        Item("PA", list_value=300),
    )
)
# A promise of a date claims what is there or expected by then (S10).
CLAIMS_STOCK = (om.AllocateUnits, om.BackorderUnits, om.ShipUnits, om.CollectUnits)
# Days of travel: every promise is made, kept, changed and forgotten on the way.
SERVICES = (ServiceLevel("standard", (Service("ground", ((None, 1, 2),)),)),)
STOCK = {"PA": 12, "PB": 20, "SKU-1": 6, "SKU-2": 6}


def parts_of(order: om.Order, items: Any) -> Counter[str]:
    """What units are made of, counted one by one."""
    parts: Counter[str] = Counter()
    for line_id, runs in items:
        sku = order.terms.line(line_id).sku
        for first, last in runs:
            for part, each in KITS.get(sku, {sku: 1}).items():
                parts[part] += each * (last - first + 1)
    return parts


class Till:
    """A gateway that does each thing once, whatever it answers; it knows nothing before somebody decides."""

    def __init__(self) -> None:
        self.says: dict[str, tuple[str, datetime | None]] = {}
        self.done: dict[str, GatewayReply] = {}
        self.moved: Counter[str] = Counter()
        self.calls = 0

    def _asked(self, key: str, tender: str, signed: int) -> GatewayReply:
        outcome, until = self.says.pop(key, ("later", None))
        if key in self.done:
            return self.done[key]
        if outcome == "later":
            return GatewayReply("unknown")
        self.calls += 1
        # A lost reply: half of those that nobody hears of have been done.
        truth = ("approved" if self.calls % 2 else "") if outcome == "unknown" else outcome
        if truth:
            self.done[key] = GatewayReply(truth, expires_at=until)
        if truth == "approved":
            self.moved[tender] += signed
        return GatewayReply(outcome, expires_at=until)

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._asked(key, tender_id, 0)

    extend = void = authorize

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._asked(key, tender_id, amount.minor)

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._asked(key, tender_id, -amount.minor)

    issue = refund

    def outcome(self, key: str) -> GatewayReply | None:
        if key in self.done:
            self.says.pop(key, None)
        return self.done.get(key)


class EngineLife(Life):
    """An order, the goods that there are for it in three places, and who holds its money."""

    def __init__(self, context: om.OrderContext | None = None) -> None:
        super().__init__(context)
        self.till = Till()
        self.store = FoldedStore()
        self.shelves: Counter[tuple[str, str, str]] = Counter()  # by place, SKU and condition
        self.start()
        for place in PLACES:
            for sku, quantity in STOCK.items():
                self.oms.execute(inv.ReceiveStock(sku, place, quantity, **self.common()))
                self.shelves[place, sku, "sellable"] += quantity

    def start(self) -> None:
        """A process of its own, over the same store."""
        self.oms = OrderManager(
            self.store,
            network=Network(tuple(Location(place, point=GeoPoint(1.0, 1.0)) for place in PLACES)),
            routing=Nearest(),
            catalog=CATALOG,
            policies=self.context.policies,
            rules=self.context.rules,
            chart=self.context.chart,
            gateway=self.till,
            services=SERVICES,
        )
        self.context = self.oms.setup.context

    def streams(self) -> dict[str, int]:
        names = [f"order/{ORDER_ID}", *[f"stock/{place}/{sku}" for place in PLACES for sku in STOCK]]
        return {name: found.version for name, found in self.store.load(tuple(names)).items()}

    def do(self, command: Command) -> list[Any]:
        """The new events. What the engine refuses, it refuses for the order's sake, or for want of stock."""
        before, versions, seen = self.state, self.streams(), len(self.events)
        if type(command) is om.RecordPaymentOutcome and self._by_the_till(command):
            return self.catch_up()
        try:
            self.oms.execute(command)
        except OmcoreError as refused:
            assert self.streams() == versions
            if type(refused) is inv.InsufficientStock:
                assert type(command) in CLAIMS_STOCK
            else:
                check_told(command, refused)
                self._refused_alone(before, command, refused)
            raise
        made = self.catch_up()
        assert seen + len(made) == len(self.events)
        return made

    def _refused_alone(self, order: om.Order | None, command: Command, told: OmcoreError) -> None:
        with pytest.raises(type(told)):
            om.decide(order, command, self.context)

    def _by_the_till(self, command: om.RecordPaymentOutcome) -> bool:
        request = self.order.payments.requests.get(command.request_id)
        kinds = {tender.id: tender.kind for tender in self.order.payments.tenders.values()}
        if request is None or (request.kind != "issue" and kinds[request.tender_id] not in ASKED):
            return False
        self.till.says[request.id] = (command.outcome, command.expires_at)
        self.oms.dispatch(at=self.now, concerns=("payments",))
        if request.id in self.till.says:
            self.oms.ask_again(ORDER_ID, at=self.now)
        assert request.id not in self.till.says
        return True

    def catch_up(self) -> list[Any]:
        """What has happened to the order since; each fact is put on the shelves, or taken off them."""
        before, seen = self.state, len(self.events)
        self.events = [entry.event for entry in self.oms.history(ORDER_ID)]
        self.state = self.oms.order(ORDER_ID)
        if before is not None:
            check_moves(before, self.state)
        for event in self.events[seen:]:
            self._shelve(event)
        self.check()
        return self.events[seen:]

    def _shelve(self, event: Any) -> None:
        kind = type(event)
        if kind is ev.UnitsShortPicked:
            for sku, missing in event.missing:
                # What a count did not find either is gone already.
                self.shelves[event.location, sku, "sellable"] -= min(
                    missing, self.shelves[event.location, sku, "sellable"]
                )
        elif kind in (ev.UnitsShipped, ev.GoodsTaken):
            self._put(event, event.location, "sellable", -1)
        elif not getattr(event, "restocked", False):
            return
        elif kind in (ev.ReturnReceived, ev.LostReturnFound):
            self._put(event, event.stocked_at, event.condition)
        elif kind is ev.ReturnArrived:
            self._put(event, event.location, "quarantined")
        elif kind is ev.UnitsReopened:
            self._put(event, event.location, event.condition)
        elif kind is ev.ReturnInspected:
            self._put(event, event.location, "quarantined", -1)
            self._put(event, event.stocked_at, event.condition)

    def _put(self, event: Any, place: str, condition: str, sign: int = 1) -> None:
        """On the shelf, or off it; without a condition it is scrap."""
        if condition:
            parts = {(line_id, n): pieces for line_id, n, pieces in one_by_one(getattr(event, "parts", ()))}
            for line_id, runs in event.items:
                for n in (n for first, last in runs for n in range(first, last + 1)):
                    one = ((line_id, ((n, n),)),)
                    for sku, quantity in parts.get((line_id, n), parts_of(self.order, one)).items():
                        self.shelves[place, sku, condition] += sign * quantity

    # -- what must be so -----------------------------------------------------------------------

    def check_goods(self) -> None:
        """Every unit of stock is claimed by the work that holds it, and is on a shelf or with somebody."""
        claimed: Counter[tuple[str, str]] = Counter()
        for work in self.order.progress.work.values():
            if not work.arrived:
                for sku, quantity in parts_of(self.order, work.items).items():
                    claimed[work.location, sku] += quantity
        promised: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        for entry in self.order.backorders:
            if entry.promised_for is not None:
                for sku, quantity in parts_of(self.order, entry.items).items():
                    promised[entry.location, sku][epoch_second(entry.promised_for)] += quantity
        for place in PLACES:
            for sku in STOCK:
                item = self.oms.stock(sku, place)
                assert item is not None
                assert item.claims(self.now) == claimed[place, sku], (place, sku)
                assert dict(item.outlook.due) == dict(promised[place, sku]), (place, sku)
                found = {c: item.in_condition(c) for c in ("sellable", "damaged", "quarantined")}
                assert min(found.values()) >= 0
                assert found == {c: self.shelves[place, sku, c] for c in found}, (place, sku)

    def check_money(self) -> None:
        """What the order has written down is what the till has moved, but for what it has not heard of."""
        written: Counter[str] = Counter()
        for event in self.events:
            if type(event) is ev.PaymentApproved and event.kind in ("capture", "refund", "issue"):
                sign = 1 if event.kind == "capture" else -1
                written[event.tender_id] += sign * event.amount
        kinds = {tender.id: tender.kind for tender in self.order.payments.tenders.values()}
        asked = {key: each for key, each in written.items() if kinds.get(key, "store_credit") in ASKED}
        moved = Counter(self.till.moved)
        for request in self.order.payments.requests.values():
            if request.id in self.till.done and self.till.done[request.id].outcome == "approved":
                if request.kind in ("capture", "refund", "issue"):
                    moved[request.tender_id] -= (
                        request.amount if request.kind == "capture" else -request.amount
                    )
        assert {key: each for key, each in moved.items() if each} == {k: v for k, v in asked.items() if v}

    def check_deadlines(self) -> None:
        assert self.oms.next_deadline() == om.next_deadline(self.order, self.context)
