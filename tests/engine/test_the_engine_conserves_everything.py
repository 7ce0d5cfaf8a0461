"""The engine against a dictionary: units, stock and money are conserved after every step.

The model knows lists and dicts only: a list of states per line, a number per location and SKU, a
price per unit. It decides nothing that the engine decides; it follows what was answered, and
checks that the answer could be true.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from folded_store import FoldedStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import (
    Catalog,
    GeoPoint,
    IdempotencyConflict,
    Item,
    Location,
    Money,
    Network,
    Place,
    Refusal,
)
from omcore.orders import units as un
from omcore.orders.draft import Charge, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.ports import GatewayReply
from omcore.routing import LowestCost, Rates

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
LOCATIONS = ("nyc", "lax", "chi")
SKUS = ("TEE", "MUG", "GIFT")  # GIFT is a kit of one TEE and two MUGs
PARTS = {"TEE": {"TEE": 1}, "MUG": {"MUG": 1}, "GIFT": {"TEE": 1, "MUG": 2}}
POINTS = {"nyc": (40.7, -74.0), "lax": (34.0, -118.2), "chi": (41.9, -87.6)}
NETWORK = Network(tuple(Location(name, point=GeoPoint(*POINTS[name])) for name in LOCATIONS))
CATALOG = Catalog((Item("GIFT", components=(("TEE", 1), ("MUG", 2))),))


class ScriptedGateway:
    """Keeps money by tender; a repeated key is the first answer again."""

    def __init__(self) -> None:
        self.answers: dict[str, GatewayReply] = {}
        self.captured: Counter[str] = Counter()
        self.refunded: Counter[str] = Counter()
        self.mood = "approved"

    def _answer(self, key: str, book: Counter[str] | None, tender: str, amount: Money) -> GatewayReply:
        if key in self.answers:
            return self.answers[key]
        if self.mood == "lost":
            # It happens, but the answer is lost: whoever asks for this key finds out.
            self.answers[key] = GatewayReply("approved")
            if book is not None:
                book[tender] += amount.minor
            return GatewayReply("unknown")
        reply = GatewayReply(self.mood)
        self.answers[key] = reply
        if book is not None and self.mood == "approved":
            book[tender] += amount.minor
        return reply

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._answer(key, None, tender_id, amount)

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._answer(key, self.captured, tender_id, amount)

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._answer(key, self.refunded, tender_id, amount)

    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._answer(key, None, tender_id, amount)

    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._answer(key, None, tender_id, amount)

    def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._answer(key, self.refunded, tender_id, amount)

    def outcome(self, key: str) -> GatewayReply | None:
        return self.answers.get(key)


class TheEngine(RuleBasedStateMachine):
    """Commands in any order, against lists and dicts."""

    orders = Bundle("orders")
    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.gateway = ScriptedGateway()
        self.store = FoldedStore()
        self.oms = OrderManager(
            self.store,
            network=NETWORK,
            catalog=CATALOG,
            routing=LowestCost(Rates()),
            gateway=self.gateway,
        )
        self.now = T0
        self.count = 0
        self.on_hand: Counter[tuple[str, str]] = Counter()
        self.damaged: Counter[tuple[str, str]] = Counter()
        self.carts: dict[str, tuple[datetime, dict[tuple[str, str], int]]] = {}
        # order -> line -> [price of each unit], [where each unit is]
        self.prices: dict[str, dict[str, list[int]]] = {}
        self.kept_back: Counter[str] = Counter()
        self.charges: dict[str, int] = {}
        self.cancelled: Counter[str] = Counter()
        self.sku_of: dict[str, dict[str, str]] = {}
        self.last: Any = None
        # (order, edit) -> the lines, units and charges that it would add
        self.edits: dict[tuple[str, str], list[tuple[str, str, str, int, int]]] = {}

    # -- helpers -----------------------------------------------------------------------------

    def common(self) -> dict[str, Any]:
        self.count += 1
        return {"key": f"k{self.count}", "at": self.now}

    def do(self, command: Any) -> Any:
        """Carry out; a refusal changes no stream."""
        before = dict(self.versions())
        try:
            outcome = self.oms.execute(command)
        except Refusal as refusal:
            note(f"refused: {refusal}")
            assert dict(self.versions()) == before, "a refusal changes nothing (C3)"
            self.last = (command, refusal)
            return None
        self.last = (command, outcome.answer)
        if (order_id := getattr(command, "order_id", "")) in self.prices:
            self.let_go(order_id)
        return outcome

    def let_go(self, order_id: str) -> None:
        """A cart whose order was cancelled with nothing left to allocate claims nothing any more (S7)."""
        states = [state for states in self.units(order_id).values() for state, _ in states]
        cancelled = states.count(un.CANCELLED)
        if cancelled > self.cancelled[order_id] and un.OPEN not in states:
            self.carts.pop(self.oms.order(order_id).terms.reservation, None)
        self.cancelled[order_id] = cancelled

    def versions(self) -> list[tuple[str, int]]:
        names = [f"order/{order_id}" for order_id in self.prices]
        names += [f"stock/{location}/{sku}" for location in LOCATIONS for sku in ("TEE", "MUG")]
        names += [f"reservation/{token}" for token in self.carts]
        return [(name, loaded.version) for name, loaded in self.store.load(tuple(names)).items()]

    def units(self, order_id: str) -> dict[str, list[tuple[str, str]]]:
        """Where each unit is, listed."""
        order = self.oms.order(order_id)
        return {
            line.id: [(state, ref) for first, last, state, ref in units for _ in range(first, last + 1)]
            for line, units in zip(order.terms.lines, order.progress.units, strict=True)
        }

    def worth(self, order_id: str, chosen: dict[str, list[int]]) -> int:
        return sum(self.prices[order_id][line][n] for line, ns in chosen.items() for n in ns)

    # -- stock -------------------------------------------------------------------------------

    @initialize()
    def open_the_doors(self) -> None:
        """Some stock everywhere, or nothing worth testing would ever happen."""
        for location in LOCATIONS:
            for sku, quantity in (("TEE", 4), ("MUG", 5)):
                self.receive(location, sku, quantity)

    @rule(
        location=st.sampled_from(LOCATIONS), sku=st.sampled_from(["TEE", "MUG"]), quantity=st.integers(1, 8)
    )
    def receive(self, location: str, sku: str, quantity: int) -> None:
        self.do(inv.ReceiveStock(sku=sku, location=location, quantity=quantity, **self.common()))
        self.on_hand[location, sku] += quantity

    @rule(location=st.sampled_from(LOCATIONS), sku=st.sampled_from(["TEE", "MUG"]), counted=st.integers(0, 8))
    def count_stock(self, location: str, sku: str, counted: int) -> None:
        """A count may take away what was claimed: those claims are short, none is lost (S1)."""
        command = inv.CountStock(
            sku=sku, location=location, counted=counted, cause="cycle_count", **self.common()
        )
        if self.do(command) is not None:
            self.on_hand[location, sku] = counted

    @rule(
        target=tokens,
        items=st.dictionaries(
            st.tuples(st.sampled_from(LOCATIONS), st.sampled_from(["TEE", "MUG"])),
            st.integers(1, 4),
            min_size=1,
            max_size=3,
        ),
        minutes=st.integers(1, 30),
    )
    def reserve(self, items: dict[tuple[str, str], int], minutes: int) -> Any:
        """All or none (S4)."""
        common = self.common()
        token = f"cart-{common['key']}"
        expires = self.now + timedelta(minutes=minutes)
        command = inv.ReserveStock(
            token=token,
            owner=token,
            items=tuple(inv.ReservedItem(sku, location, n) for (location, sku), n in items.items()),
            expires_at=expires,
            **common,
        )
        possible = all(self.free(key) >= n for key, n in items.items())
        outcome = self.do(command)
        assert (outcome is not None) == possible, "reserved exactly when everything is there"
        if outcome is None:
            return multiple()
        self.carts[token] = (expires, dict(items))
        return token

    @rule(token=consumes(tokens))
    def release(self, token: str) -> None:
        live = token in self.carts and self.now < self.carts[token][0]
        outcome = self.do(inv.ReleaseReservation(token=token, **self.common()))
        if live:
            assert outcome is not None
        self.carts.pop(token, None)

    def free(self, key: tuple[str, str]) -> int:
        return self.on_hand[key] - self.claims(key)

    def claims(self, key: tuple[str, str]) -> int:
        """Live carts, and the units that orders have allocated there."""
        location, sku = key
        total = sum(items.get(key, 0) for expires, items in self.carts.values() if self.now < expires)
        for order_id in self.prices:
            order = self.oms.order(order_id)
            for line, states in self.units(order_id).items():
                for state, ref in states:
                    if state == un.ALLOCATED and order.progress.work[ref].location == location:
                        total += PARTS[self.sku_of[order_id][line]].get(sku, 0)
        return total

    # -- orders ------------------------------------------------------------------------------

    @rule(
        target=orders,
        lines=st.lists(
            st.tuples(st.sampled_from(SKUS), st.integers(1, 4), st.integers(0, 999)), min_size=1, max_size=3
        ),
        tax=st.integers(0, 50),
        shipping=st.integers(0, 900),
        paid=st.sampled_from(["authorized", "captured", "not yet"]),
        cart=st.none() | tokens,
        route=st.booleans(),
    )
    def place(
        self,
        lines: list[tuple[str, int, int]],
        tax: int,
        shipping: int,
        paid: str,
        cart: str | None,
        route: bool,
    ) -> Any:
        common = self.common()
        order_id = f"o-{common['key']}"
        drafted = []
        prices: dict[str, list[int]] = {}
        for i, (sku, quantity, price) in enumerate(lines):
            name = f"l{i}"
            drafted.append(
                DraftLine(
                    name,
                    sku,
                    quantity,
                    Money(price, "USD"),
                    taxes=(Tax("t", amount=Money(tax, "USD")),) if price else (),
                )
            )
            # M2: the tax of the line over equal units; the lower ordinals get the odd cents.
            part = tax if price else 0
            prices[name] = [
                price + part // quantity + (1 if n < part % quantity else 0) for n in range(quantity)
            ]
        total = sum(sum(units) for units in prices.values()) + shipping
        draft = OrderDraft(
            ExternalRef("web", "shop", "order", order_id),
            "USD",
            tuple(drafted),
            self.now,
            destination=Place("US", "NY", "", GeoPoint(40.7, -74.0)),
            charges=(Charge("shipping", Money(shipping, "USD")),),
            tenders=(
                DraftTender(
                    f"card-{order_id}",
                    "gateway",
                    Money(total, "USD"),
                    authorized=paid == "authorized",
                    captured=paid == "captured",
                ),
            ),
            stated_total=Money(total, "USD"),
        )
        self.prices[order_id] = prices
        self.charges[order_id] = shipping
        self.sku_of[order_id] = {f"l{i}": sku for i, (sku, _, _) in enumerate(lines)}
        if paid == "captured":
            self.gateway.captured[f"card-{order_id}"] += total
        outcome = self.do(om.PlaceOrder(draft, order_id=order_id, reservation=cart or "", **common))
        assert outcome is not None
        if route:
            self.route(order_id)
        return order_id

    @rule(order_id=orders)
    def route_again(self, order_id: str) -> None:
        self.route(order_id)

    def route(self, order_id: str) -> None:
        """The plan is within stock, covers each open unit once, and is what happens (R1, R4)."""
        order = self.oms.order(order_id)
        open_before = sum(s == un.OPEN for states in self.units(order_id).values() for s, _ in states)
        own: Counter[tuple[str, str]] = Counter()
        cart = self.carts.get(order.terms.reservation)
        if cart is not None and self.now < cart[0]:
            own.update(cart[1])
        free = {
            (location, sku): max(self.free((location, sku)), 0) + own[location, sku]
            for location in LOCATIONS
            for sku in ("TEE", "MUG")
        }
        try:
            dry = self.oms.plan(order_id, at=self.now)
        except Refusal:
            dry = None
        try:
            plan = self.oms.route(order_id, **self.common())
        except Refusal as refusal:
            note(f"refused: {refusal}")
            return
        assert plan == dry, "a dry run is the live function (R4)"
        used: Counter[tuple[str, str]] = Counter()
        for entry in plan.assignments:
            assert entry.location not in order.progress.excluded, "excluded once, excluded for good (R3)"
            for sku, each in PARTS[self.sku_of[order_id][entry.line_id]].items():
                used[entry.location, sku] += each * entry.quantity
        assert all(n <= free[key] for key, n in used.items()), "within stock"
        planned = sum(entry.quantity for entry in plan.assignments)
        assert planned + sum(entry.quantity for entry in plan.remainder) == open_before
        states = Counter(s for units in self.units(order_id).values() for s, _ in units)
        assert states[un.OPEN] == open_before - planned
        if plan.assignments and order.terms.reservation in self.carts:
            self.carts.pop(order.terms.reservation)

    def some_work(self, order_id: str) -> Any:
        order = self.oms.order(order_id)
        return next((work for work in order.progress.work.values() if work.items), None)

    @rule(order_id=orders, part=st.booleans())
    def ship(self, order_id: str, part: bool) -> None:
        work = self.some_work(order_id)
        if work is None:
            return
        items = ((work.items[0][0], 1),) if part else ()
        before = self.units(order_id)
        if self.do(om.ShipUnits(order_id, work.id, items, **self.common())) is None:
            return
        for line, states in self.units(order_id).items():
            for n, (state, _) in enumerate(states):
                if state == un.SHIPPED and before[line][n][0] == un.ALLOCATED:
                    for sku, each in PARTS[self.sku_of[order_id][line]].items():
                        self.on_hand[work.location, sku] -= each

    @rule(order_id=orders, how=st.sampled_from(["reject", "cancel", "short"]))
    def give_up(self, order_id: str, how: str) -> None:
        work = self.some_work(order_id)
        if work is None:
            return
        if how == "reject":
            self.do(om.RejectFulfillment(order_id, work.id, **self.common()))
        elif how == "cancel":
            self.do(om.CancelFulfillment(order_id, work.id, **self.common()))
        else:
            line = work.items[0][0]
            command = om.ReportShortPick(order_id, work.id, ((line, 1),), **self.common())
            if self.do(command) is not None:
                for sku, each in PARTS[self.sku_of[order_id][line]].items():
                    key = (work.location, sku)
                    self.on_hand[key] = max(0, self.on_hand[key] - each)

    @rule(order_id=orders, all_of_it=st.booleans(), data=st.data())
    def cancel(self, order_id: str, all_of_it: bool, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(sorted(self.prices[order_id])))
        before = self.units(order_id)[line]
        items = () if all_of_it else ((line, 1),)
        if self.do(om.CancelUnits(order_id, items, **self.common())) is None or all_of_it:
            return
        after = self.units(order_id)[line]
        gone = [n for n, (state, _) in enumerate(after) if state != before[n][0]]
        could = [n for n, (state, _) in enumerate(before) if state in (un.OPEN, un.ALLOCATED)]
        assert gone == [max(could)], "the highest unit is cancelled (M7)"

    @rule(
        order_id=orders,
        kind=st.sampled_from(["line", "more", "less", "remove", "swap", "move", "charge"]),
        sku=st.sampled_from(SKUS),
        quantity=st.integers(1, 3),
        price=st.integers(0, 400),
        paid=st.booleans(),
        at_once=st.booleans(),
    )
    def edit(
        self, order_id: str, kind: str, sku: str, quantity: int, price: int, paid: bool, at_once: bool
    ) -> None:
        common = self.common()
        name, line = f"e-{common['key']}", max(self.prices[order_id])
        new = DraftLine(f"n-{common['key']}", sku, quantity, Money(price, "USD"))
        gone = (un.CANCELLED, un.RETURNED)
        kept = sum(state not in gone for state, _ in self.units(order_id)[line])
        added: list[tuple[str, str, str, int, int]] = []
        operation: Any
        if kind in ("line", "swap"):
            operation = om.AddLine(new) if kind == "line" else om.Substitute(line, new)
            added = [("line", new.id, sku, quantity, price)]
        elif kind == "more":
            operation = om.ChangeQuantity(line, kept + quantity, Money(price, "USD"), taxes=())
            added = [("more", line, "", quantity, price)]
        elif kind == "less":
            operation = om.ChangeQuantity(line, max(kept - quantity, 1), Money(price, "USD"), taxes=())
            added = [("more", line, "", 1, price)] if not kept else []
        elif kind == "remove":
            operation = om.RemoveLine(line)
        elif kind == "move":
            here = self.oms.order(order_id).terms.destination
            to = "CA" if here is not None and here.region == "NY" else "NY"
            operation = om.ChangeAddress(Place("US", to, "", GeoPoint(34.0, -118.2)))
        else:
            operation = om.AddCharge(Charge("fee", Money(price, "USD")))
            added = [("charge", "", "", 1, price)]
        outcome = self.do(om.ProposeEdit(order_id, name, (operation,), **common))
        if outcome is None:
            return
        self.edits[order_id, name] = added
        due = self.oms.history(order_id)[-1].event.due
        if paid and due:
            # What was owed before is covered first.
            self.late_money(order_id, due + max(outcome.order.payments.balance, 0))
        if at_once:
            self.confirm(order_id, name)

    @rule(order_id=orders, yes=st.booleans())
    def decide(self, order_id: str, yes: bool) -> None:
        """The oldest edit that waits."""
        for name in self.oms.order(order_id).amendments.edits:
            if yes:
                self.confirm(order_id, name)
            else:
                assert self.do(om.DeclineEdit(order_id, name, **self.common())) is not None
            return

    def confirm(self, order_id: str, name: str) -> None:
        before = self.units(order_id)
        if self.do(om.ConfirmEdit(order_id, name, **self.common())) is None:
            return
        for kind, line, sku, quantity, price in self.edits.pop((order_id, name)):
            if kind == "charge":
                self.charges[order_id] += price
            elif kind == "line":
                self.prices[order_id][line] = [price] * quantity
                self.sku_of[order_id][line] = sku
            else:
                self.prices[order_id][line] += [price] * quantity
        after = self.units(order_id)
        for line, states in before.items():
            for n, (state, _) in enumerate(states):
                now = after[line][n][0]
                assert state in (un.OPEN, un.ALLOCATED) or now == state, "what left is not touched"

    @rule(order_id=orders)
    def deliver(self, order_id: str) -> None:
        for shipment in self.oms.order(order_id).progress.shipments.values():
            if shipment.status != "delivered":
                self.do(om.RecordDelivery(order_id, shipment.id, **self.common()))

    @rule(order_id=orders, condition=st.sampled_from(["sellable", "damaged"]), data=st.data())
    def give_back(self, order_id: str, condition: str, data: st.DataObject) -> None:
        units = self.units(order_id)
        home = {line: sum(s == un.DELIVERED for s, _ in states) for line, states in units.items()}
        lines = [line for line, n in home.items() if n]
        if not lines:
            return
        line = data.draw(st.sampled_from(lines))
        quantity = data.draw(st.integers(1, home[line]))
        location = data.draw(st.sampled_from(LOCATIONS))
        common = self.common()
        rma = f"rma-{common['key']}"
        assert self.do(om.AuthorizeReturn(order_id, rma, ((line, quantity),), **common)) is not None
        received = om.ReceiveReturn(order_id, rma, location, condition=condition, **self.common())
        assert self.do(received) is not None
        book = self.on_hand if condition == "sellable" else self.damaged
        for sku, each in PARTS[self.sku_of[order_id][line]].items():
            book[location, sku] += each * quantity

    @rule(order_id=orders, release=st.booleans())
    def hold(self, order_id: str, release: bool) -> None:
        if release:
            for entry in self.oms.order(order_id).standing.holds:
                self.do(om.ReleaseHold(order_id, entry.id, **self.common()))
        else:
            self.do(om.PlaceHold(order_id, "check", "fraud", **self.common()))

    @rule(order_id=orders)
    def retry(self, order_id: str) -> None:
        self.do(om.RetryPayment(order_id, f"card-{order_id}", **self.common()))

    @rule(order_id=orders, amount=st.integers(1, 500))
    def late_money(self, order_id: str, amount: int) -> None:
        tender = f"card-{order_id}"
        if self.do(om.RecordPayment(order_id, tender, Money(amount, "USD"), kind="gateway", **self.common())):
            self.gateway.captured[tender] += amount

    # -- the world ---------------------------------------------------------------------------

    @rule(minutes=st.integers(0, 40))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(mood=st.sampled_from(["approved", "approved", "declined", "lost"]))
    def dispatch(self, mood: str) -> None:
        self.gateway.mood = mood
        self.oms.dispatch(at=self.now, concerns=("payments",))
        self.gateway.mood = "approved"

    @precondition(lambda self: self.last is not None)
    @rule()
    def say_it_again(self) -> None:
        """C4: the recorded answer, and no effect."""
        command, answer = self.last
        before = dict(self.versions())
        said: Any
        try:
            outcome = self.oms.execute(command)
        except Refusal as refusal:
            said = refusal
        else:
            assert outcome.repeated
            said = outcome.answer
        assert said == answer
        assert dict(self.versions()) == before

    @precondition(lambda self: self.last is not None)
    @rule()
    def say_something_else_with_the_same_key(self) -> None:
        key = self.last[0].key
        before = dict(self.versions())
        try:
            self.oms.execute(inv.ReceiveStock(sku="OTHER", location="nyc", quantity=7, key=key, at=self.now))
        except IdempotencyConflict:
            pass
        else:
            raise AssertionError("one key, two payloads")
        assert dict(self.versions()) == before

    # -- what must hold ----------------------------------------------------------------------

    @invariant()
    def stock_is_conserved(self) -> None:
        for location in LOCATIONS:
            for sku in ("TEE", "MUG"):
                item = self.oms.stock(sku, location)
                key = (location, sku)
                if item is None:
                    assert self.on_hand[key] == 0
                    continue
                assert item.on_hand == self.on_hand[key]
                assert item.damaged == self.damaged[key]
                assert item.claims(self.now) == self.claims(key), "counters are the sum of claims"
                assert 0 <= item.reserved(self.now) <= item.on_hand

    @invariant()
    def money_is_conserved(self) -> None:
        for order_id, prices in self.prices.items():
            order = self.oms.order(order_id)
            payments = order.payments
            units = self.units(order_id)
            kept = {
                line: [n for n, (s, _) in enumerate(states) if s not in (un.CANCELLED, un.RETURNED)]
                for line, states in units.items()
            }
            ever = any(s != un.CANCELLED for states in units.values() for s, _ in states)
            owed = self.worth(order_id, kept) + (self.charges[order_id] if ever else 0)
            assert payments.owed == owed
            assert sum(payments.accounts.values()) == 0
            tender = f"card-{order_id}"
            lost = sum(
                asked.amount * (1 if asked.kind == "capture" else -1)
                for asked in payments.requests.values()
                if asked.kind in ("capture", "refund") and asked.id in self.gateway.answers
            )
            at_gateway = self.gateway.captured[tender] - self.gateway.refunded[tender]
            assert payments.captured - payments.refunded + lost == at_gateway
            assert set(prices) == set(units)

    @invariant()
    def replay_is_the_state(self) -> None:
        for order_id in self.prices:
            entries = self.oms.history(order_id)
            assert om.replay([entry.event for entry in entries]) == self.oms.order(order_id)

    def teardown(self) -> None:
        """When everything is settled, the customer has paid for what he keeps, to the cent."""
        for order_id in self.prices:
            order = self.oms.order(order_id)
            for entry in order.standing.holds:
                self.oms.execute(om.ReleaseHold(order_id, entry.id, **self.common()))
            for name in order.amendments.edits:
                with suppress(Refusal):
                    self.oms.execute(om.DeclineEdit(order_id, name, **self.common()))
            if order.standing.status not in ("cancelled", "returned"):
                with suppress(Refusal):
                    self.oms.execute(om.CancelUnits(order_id, **self.common()))
            self.oms.execute(om.RetryPayment(order_id, f"card-{order_id}", **self.common()))
        for _ in range(3):
            self.oms.dispatch(at=self.now, concerns=("payments",))
            for order_id in self.prices:
                self.oms.ask_again(order_id, at=self.now)
        for order_id in self.prices:
            payments = self.oms.order(order_id).payments
            if not any(tender.blocked for tender in payments.tenders.values()):
                held = payments.captured - payments.refunded
                assert held == payments.owed or payments.balance > 0
                assert held <= payments.owed, "nothing is kept that is not owed"


TheEngine.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestTheEngine = TheEngine.TestCase
