"""Any life of exchanges, claims, returns and deadlines, held to a list of units with price tags.

After every step: each unit is where the model has it, what is owed and earned is a sum over units, and
what is held is what the customer has, less what goods on their way back will pay - to the minor unit.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from omcore import orders as om
from omcore.codec import dumps, loads
from omcore.kernel import IllegalTransition, Ratio
from omcore.kernel.runs import normal
from omcore.orders import events as ev
from omcore.orders.draft import Discount, DraftTender
from order_life import ORDER_ID, Life, a_draft, a_line, usd
from order_machine import open_amount
from swap_model import GONE, Shop, Swap, Thing

PLACES = {
    "open": "open",
    "shipped": "away",
    "delivered": "home",
    "returning": "coming",
    "returned": "back",
    "kept": "kept",
    "lost": "lost",
    "replaced": "replaced",
    "cancelled": "cancelled",
}
WINDOW = timedelta(days=14)


def half_away(exact: Fraction) -> int:
    whole, rest = divmod(exact, 1)
    return int(whole) + (rest >= Fraction(1, 2))


def as_items(things: list[Thing]) -> Any:
    lines = dict.fromkeys(thing.line for thing in things)
    return tuple((line, normal((t.n, t.n) for t in things if t.line == line)) for line in lines)


class Swapping:
    """Steps over an order and its model together."""

    def __init__(self, data: st.DataObject, *, with_fee: bool, trusting: bool) -> None:
        self.data, self.with_fee = data, with_fee
        policies = om.Policies(
            restocking_fee=Ratio.percent("10") if with_fee else None,
            return_window=None,
            exchange_window=WINDOW,
        )
        self.life = Life(om.OrderContext(om.default_context().catalog, policies, om.DEFAULT_RULES))
        self.trusting = trusting
        self.declined = False
        self.named = 0
        self.due: dict[str, Any] = {}
        self.shop = Shop(charges=500)
        quantities = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3), "lines")
        lines = [a_line(f"l{i}", quantity, 1999 + i) for i, quantity in enumerate(quantities)]
        discounts = (Discount("", usd(data.draw(st.integers(0, 700)))),)
        total = self.life.place(a_draft(lines, discounts=discounts))[0].total
        self.life = Life(self.life.context)
        draft = a_draft(lines, discounts=discounts, tenders=(DraftTender("card", "gateway", usd(total)),))
        for line in self.life.place(draft)[0].lines:
            for first, last, net, tax, *_ in line.entitlements:
                self.shop.things += [
                    Thing(line.id, n, net + tax, self._fee(net)) for n in range(first, last + 1)
                ]
        self.life.approve_all()
        if data.draw(st.integers(0, 3), "delivered?"):
            for line in lines:
                self._leave(line.id, line.quantity)
            for parcel in list(self.life.order.progress.shipments):
                self._arrive(parcel)
            self.life.approve_all()

    def _fee(self, net: int) -> int:
        """M9: half away from zero."""
        return half_away(Fraction(net, 10)) if self.with_fee else 0

    # -- what every step does ------------------------------------------------------------------

    def do(self, kind: Any, *args: Any, **more: Any) -> list[Any]:
        self._pass_time()
        return self.life.do(kind(ORDER_ID, *args, **more, **self.life.common()))

    def _pass_time(self) -> None:
        for name, moment in list(self.due.items()):
            swap = self.shop.swaps.get(name)
            if swap is None or swap.state != "sent":
                del self.due[name]
            elif self.life.now >= moment:
                del self.due[name], self.shop.swaps[name]

    def step(self) -> None:
        payments = self.life.order.payments
        before = payments.captured - payments.refunded
        can = ["wait"]
        here = {
            "ship": ("open",),
            "cancel": ("open",),
            "deliver": ("away",),
            "lose": ("away",),
            "claim": ("away", "home"),
            "send_back": ("home",),
            "exchange": ("home",),
        }
        can += [name for name, places in here.items() if self.shop.among(*places)]
        can += ["receive", "keep"] if self.shop.among("coming") else []
        can += ["resolve"] if self.shop.claims else []
        can += ["call_off"] if self.shop.swaps else []
        getattr(self, self.data.draw(st.sampled_from(can), "step"))()
        self.shop.settle()
        self._answer()
        self._agree(before)

    def _answer(self) -> None:
        while self.life.order.payments.requests:
            request = next(iter(self.life.order.payments.requests.values()))
            yes = request.kind != "authorize" or self.trusting or self.data.draw(st.booleans(), "approved?")
            events = self.do(om.RecordPaymentOutcome, request.id, "approved" if yes else "declined")
            self.declined = self.declined or not yes
            self._follow(events)
            for hold in self.life.order.standing.holds:
                self._follow(self.do(om.ReleaseHold, hold.id))
            if self.life.order.payments.tenders["card"].blocked:
                self._follow(self.do(om.RetryPayment, "card"))
            self.shop.settle()

    def _follow(self, events: list[Any]) -> None:
        """Only what depends on an answer is read off events: whether an exchange begins or is dropped."""
        for event in events:
            if type(event) is ev.ExchangeStarted:
                self._begin(event.exchange_id)
            elif type(event) is ev.ExchangeEnded:
                self.shop.swaps.pop(event.exchange_id, None)

    def _agree(self, before: int) -> None:
        order, shop = self.life.order, self.shop
        found = {
            (line.id, n): (PLACES[state], ref)
            for line, units in zip(order.terms.lines, order.progress.units, strict=True)
            for first, last, state, ref in units
            for n in range(first, last + 1)
        }
        assert {key: place for key, (place, _) in found.items()} == {
            (thing.line, thing.n): thing.where for thing in shop.things
        }
        payments = order.payments
        assert payments.owed == shop.owed()
        assert payments.earned == shop.earned()
        held = payments.captured - payments.refunded
        due = shop.earned() - shop.credit()
        assert held <= max(before, due), "never more than what went out is worth"
        assert held >= min(before, shop.owed()), "never more given back than is owed"
        if not self.declined:
            # Who asks for nothing beforehand may have nothing left to take: all of the card is used up.
            left = sum(open_amount(tender) for tender in payments.tenders.values())
            wanted = max(due, min(before, shop.owed() + shop.reserve()))
            assert held == min(wanted, held + left)
        assert set(order.amendments.claims) == set(shop.claims)
        assert set(order.amendments.exchanges) == set(shop.swaps)
        assert loads(dumps(order)) == order

    def some(self, *places: str) -> list[Thing]:
        here = self.shop.among(*places)
        numbers = st.lists(st.integers(0, len(here) - 1), min_size=1, max_size=4, unique=True)
        picked = self.data.draw(numbers, "which")
        return [here[i] for i in sorted(picked)]

    def name(self, kind: str) -> str:
        self.named += 1
        return f"{kind}{self.named}"

    # -- steps ---------------------------------------------------------------------------------

    def wait(self) -> None:
        self.life.wait(days=self.data.draw(st.sampled_from((1, 5, 14)), "days"))
        self._follow(self.do(om.MeetDeadlines))

    def ship(self) -> None:
        line = self.data.draw(st.sampled_from(sorted({t.line for t in self.shop.among("open")})), "line")
        waiting = [thing for thing in self.shop.of(line) if thing.where == "open"]
        self._leave(line, self.data.draw(st.integers(1, len(waiting)), "count"))

    def _leave(self, line: str, count: int) -> None:
        waiting = [thing for thing in self.shop.of(line) if thing.where == "open"]
        self.do(om.AllocateUnits, ((line, "nyc", count),))
        events = self.do(om.ShipUnits, list(self.life.order.progress.work)[-1])
        for thing in waiting[:count]:
            thing.where, thing.by = "away", events[0].shipment_id
        self.shop.shipped_once = True

    def cancel(self) -> None:
        things = [thing for thing in self.some("open") if thing.where == "open"]
        self.do(om.CancelUnits, as_items(things))
        for thing in things:
            self.shop.give(thing, "cancelled")

    def _parcel(self) -> str:
        return self.data.draw(st.sampled_from(sorted({t.by for t in self.shop.among("away")})), "parcel")

    def deliver(self) -> None:
        self._arrive(self._parcel())

    def _arrive(self, parcel: str) -> None:
        self.do(om.RecordDelivery, parcel)
        for thing in self.shop.things:
            if thing.where == "away" and thing.by == parcel:
                thing.where = "home"

    def lose(self) -> None:
        parcel = self._parcel()
        self.do(om.AdvanceShipment, parcel, "lose")
        self.do(om.ReopenShipment, parcel)
        lost = [thing for thing in self.shop.things if thing.where == "away" and thing.by == parcel]
        for thing in lost:
            thing.where, thing.by = "open", ""
        if not any(thing.where not in ("open", "cancelled") for thing in self.shop.things):
            self.shop.shipped_once = False
        for name, claim in list(self.shop.claims.items()):
            self.shop.claims[name] = [thing for thing in claim if thing not in lost]
            if not self.shop.claims[name]:
                del self.shop.claims[name]

    def send_back(self) -> None:
        things, name = self.some("home"), self.name("r")
        self.do(om.AuthorizeReturn, name, as_items(things))
        for thing in things:
            thing.where, thing.by = "coming", name

    def _return(self) -> tuple[str, list[Thing]]:
        name = self.data.draw(st.sampled_from(sorted({t.by for t in self.shop.among("coming")})), "return")
        return name, [thing for thing in self.shop.things if thing.where == "coming" and thing.by == name]

    def receive(self) -> None:
        name, coming = self._return()
        count = self.data.draw(st.integers(1, len(coming)), "count")
        self.do(om.ReceiveReturn, name, "nyc", as_items(coming[:count]))
        for thing in coming[:count]:
            self.shop.fees += thing.fee
        for key, swap in list(self.shop.swaps.items()):
            whole = all(thing.where == "back" or thing in coming[:count] for thing in swap.back)
            if swap.state == "expecting" and name == f"r-{key}" and whole:
                self._add(key, swap)
        for thing in coming[:count]:
            self.shop.give(thing, "back", name)

    def keep(self) -> None:
        name, coming = self._return()
        self.do(om.CancelReturn, name)
        for thing in coming:
            thing.where = "home"

    def exchange(self) -> None:
        things, name = self.some("home"), self.name("x")
        quantity = self.data.draw(st.integers(1, 3), "quantity")
        price = self.data.draw(st.sampled_from((0, 999, 1999, 2505)), "price")
        advance = self.data.draw(st.booleans(), "advance?")
        whole = price * quantity + half_away(Fraction(price * quantity, 10))
        self.shop.swaps[name] = Swap(things, whole, advance, "waiting")
        tax, rest = divmod(whole - price * quantity, quantity)
        self.shop.swaps[name].sent = [
            Thing(f"n-{name}", n, price + tax + (n <= rest), self._fee(price)) for n in range(1, quantity + 1)
        ]
        line = a_line(f"n-{name}", quantity, price)
        self._follow(
            self.do(om.AuthorizeExchange, name, f"r-{name}", as_items(things), (line,), advance=advance)
        )

    def _begin(self, name: str) -> None:
        swap = self.shop.swaps[name]
        swap.state = "expecting"
        for thing in swap.back:
            thing.where, thing.by = "coming", f"r-{name}"
        if swap.advance:
            self._add(name, swap)
            self.due[name] = self.life.now + WINDOW

    def _add(self, name: str, swap: Swap) -> None:
        swap.state = "sent"
        self.shop.things += swap.sent

    def call_off(self) -> None:
        name = self.data.draw(st.sampled_from(sorted(self.shop.swaps)), "exchange")
        swap = self.shop.swaps[name]
        if swap.state == "sent" and any(thing.where != "open" for thing in swap.sent):
            try:
                self.do(om.CancelExchange, name)
            except IllegalTransition:
                return
            raise AssertionError("what was sent has left")
        self.do(om.CancelExchange, name)
        for thing in swap.sent if swap.state == "sent" else ():
            self.shop.give(thing, "cancelled")
        for thing in swap.back:
            thing.where = "home" if thing.where == "coming" else thing.where
        del self.shop.swaps[name]

    def claim(self) -> None:
        things, name = self.some("away", "home"), self.name("c")
        kind = self.data.draw(st.sampled_from(("damaged", "missing", "late", "wrong_item")), "kind")
        self.do(om.OpenClaim, f"{name}-{kind}", kind, as_items(things))
        self.shop.claims[f"{name}-{kind}"] = things

    def resolve(self) -> None:
        name = self.data.draw(st.sampled_from(sorted(self.shop.claims)), "claim")
        claimed = self.shop.claims[name]
        things = claimed[: self.data.draw(st.integers(1, len(claimed)), "count")]
        how = self.data.draw(st.sampled_from(("refund", "replace", "reject", "allowance")), "how")
        owed = self.shop.owed()
        if how == "allowance" and owed <= 0:
            how = "reject"
        amount = usd(self.data.draw(st.integers(1, owed), "amount")) if how == "allowance" else None
        items = sorted(things, key=lambda thing: (thing.line, thing.n))
        new = self._twins(items) if how == "replace" else []
        self.do(om.ResolveClaim, name, how, as_items(items), amount=amount, cause="because")
        self.shop.things += new
        for thing in items:
            if how == "refund":
                late = name.endswith("late") and thing.where == "away"
                self.shop.give(thing, "lost" if late or name.endswith("missing") else "kept", name)
            elif how == "replace":
                self.shop.give(thing, "replaced", name)
        if amount is not None:
            self.shop.allowed += amount.minor
        self.shop.claims[name] = [thing for thing in claimed if thing not in things]
        if not self.shop.claims[name]:
            del self.shop.claims[name]

    def _twins(self, things: list[Thing]) -> list[Thing]:
        """New units in the place of these: the same worth, numbered on."""
        made: list[Thing] = []
        for thing in things:
            last = max(other.n for other in [*self.shop.of(thing.line), *made] if other.line == thing.line)
            made.append(Thing(thing.line, last + 1, thing.worth, thing.fee))
            for swap in self.shop.swaps.values():
                swap.sent += [made[-1]] if thing in swap.sent else []
        return made


def given_back_once(events: list[Any]) -> None:
    """No unit is in two events that give its worth back, or let it be forgone."""
    gone: set[tuple[str, int]] = set()
    for event in events:
        items: Any = ()
        if type(event) in (ev.ReturnReceived, ev.UnitsCancelled, ev.UnitsReplaced):
            items = event.items
        elif type(event) is ev.ClaimRefunded:
            items = (*event.kept, *event.lost)
        for line, runs in items:
            for first, last in runs:
                for n in range(first, last + 1):
                    assert (line, n) not in gone
                    gone.add((line, n))


@settings(max_examples=80, deadline=None)
@given(st.data(), st.booleans(), st.booleans())
def test_any_life_of_exchanges_claims_and_returns_conserves_units_and_money(
    data: st.DataObject, with_fee: bool, trusting: bool
) -> None:
    swapping = Swapping(data, with_fee=with_fee, trusting=trusting)
    life = swapping.life
    for _ in range(data.draw(st.integers(1, 25), "steps")):
        if life.order.status in ("returned", "cancelled"):
            break
        swapping.step()
    given_back_once(life.events)
    payments = life.order.payments
    assert payments.refunded <= payments.captured
    if not life.order.amendments.exchanges and not swapping.declined:
        has = [thing.worth for thing in swapping.shop.things if thing.where not in (*GONE, "open")]
        charged = swapping.shop.charges if swapping.shop.shipped_once else 0
        held = payments.captured - payments.refunded
        assert held >= sum(has) + charged + swapping.shop.fees - swapping.shop.allowed
        assert held <= max(payments.owed, 0)
