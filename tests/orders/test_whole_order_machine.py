"""Every facet of an order at once, in any order, against a clerk who lists every unit (M6-M13, C3-C7).

A rule asks for something that fits the order more or less; it is done or refused, and a refusal
changes nothing. After every step: every unit of every line is where the clerk has written it down, money
adds up per unit, per tender and in total, the status is what units and holds say, folding the events
gives the state, JSON gives it back, and the statement sums to the ledger.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omcore import orders as om
from omcore.codec import dumps, loads
from omcore.kernel import Catalog, Money, OmcoreError, Ratio
from omcore.kernel.runs import count
from omcore.orders.draft import DraftTender, OrderDraft
from omcore.orders.state import NO_AMENDMENTS
from omcore.orders.units import in_state
from order_drafts import drafts
from order_life import ORDER_ID, Life
from plain_order import PlainOrder
from statement_check import check_statement

PLACES = ("nyc", "lax", "soho")
some = st.integers(0, 1_000)


@st.composite
def orders(draw: st.DrawFn) -> OrderDraft:
    more: dict[str, Any] = draw(
        st.sampled_from(({}, {}, {"pickup_at": "soho", "destination": None}, {"ship_complete": True}))
    )
    return draw(drafts(more=more))


class WholeOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.clerk = PlainOrder()
        self.told = 0
        self.numbered = 0

    # -- doing ---------------------------------------------------------------------------------

    @property
    def order(self) -> om.Order:
        return self.life.order

    def name(self, kind: str) -> str:
        self.numbered += 1
        return f"{kind}{self.numbered}"

    def do(self, command: type, *arguments: Any, **more: Any) -> bool:
        """Carry out a command; whether it was done. What is refused, Life checks, changes nothing."""
        try:
            self.life.do(command(*arguments, **more, **self.life.common()))
        except OmcoreError:
            return False
        return True

    def one(self, found: Any, n: int, otherwise: str = "none") -> str:
        """One of several, whichever the number means."""
        known = list(found)
        return str(known[n % len(known)]) if known else otherwise

    def units(self, n: int, *states: str) -> tuple[tuple[str, int], ...]:
        """Some units of some lines in one of the states."""
        wanted = []
        for line, units in zip(self.order.terms.lines, self.order.progress.units, strict=True):
            have = count(in_state(units, *states))
            n, part = divmod(n, have + 1)
            if part:
                wanted.append((line.id, part))
        return tuple(wanted)

    # -- placing -------------------------------------------------------------------------------

    @initialize(
        draft=orders(), fee=st.sampled_from((None, Ratio(15, 100))), validated=st.booleans(), by_hand=some
    )
    def place(self, draft: OrderDraft, fee: Ratio | None, validated: bool, by_hand: int) -> None:
        policies = om.Policies(
            restocking_fee=fee,
            cancel_unpaid_after=timedelta(hours=250),
            cancel_unfillable_after=timedelta(hours=500),
            capture_by_hand=by_hand % 5 == 0,
        )
        rules = om.DEFAULT_RULES if validated else ()
        self.life = Life(om.OrderContext(Catalog(), policies, rules))
        self.draft = draft
        self.life.do(om.PlaceOrder(draft, order_id=ORDER_ID, **self.life.common()))

    # -- work ----------------------------------------------------------------------------------

    @rule(n=some, place=st.sampled_from(PLACES))
    def allocate(self, n: int, place: str) -> None:
        wanted = self.units(n, "open")
        if wanted:
            where = self.order.terms.pickup_at or place
            self.do(om.AllocateUnits, ORDER_ID, tuple((line, where, many) for line, many in wanted))

    @rule(n=some, event=st.sampled_from(("accept", "pick", "pack", "ready")))
    def advance(self, n: int, event: str) -> None:
        self.do(om.AdvanceFulfillment, ORDER_ID, self.one(self.order.progress.work, n), event)

    @rule(n=some)
    def reject(self, n: int) -> None:
        self.do(om.RejectFulfillment, ORDER_ID, self.one(self.order.progress.work, n))

    @rule(n=some)
    def call_back(self, n: int) -> None:
        self.do(om.CancelFulfillment, ORDER_ID, self.one(self.order.progress.work, n))

    @rule(n=some, many=some)
    def short_pick(self, n: int, many: int) -> None:
        items = self.units(many, "allocated")
        if items:
            self.do(om.ReportShortPick, ORDER_ID, self.one(self.order.progress.work, n), items)

    @rule(n=some, many=some, whole=st.booleans())
    def ship(self, n: int, many: int, whole: bool) -> None:
        items = () if whole else self.units(many, "allocated")
        self.do(om.ShipUnits, ORDER_ID, self.one(self.order.progress.work, n), items)

    @rule(n=some, many=some, whole=st.booleans())
    def collect(self, n: int, many: int, whole: bool) -> None:
        items = () if whole else self.units(many, "allocated")
        self.do(om.CollectUnits, ORDER_ID, self.one(self.order.progress.work, n), items)

    @rule(n=some)
    def deliver(self, n: int) -> None:
        self.do(om.RecordDelivery, ORDER_ID, self.one(self.order.progress.shipments, n))

    @rule(n=some, event=st.sampled_from(("go_out", "attempt", "lose", "send_back")))
    def news(self, n: int, event: str) -> None:
        self.do(om.AdvanceShipment, ORDER_ID, self.one(self.order.progress.shipments, n), event)

    @rule(n=some, where=st.sampled_from(("", "nyc")))
    def reopen(self, n: int, where: str) -> None:
        self.do(om.ReopenShipment, ORDER_ID, self.one(self.order.progress.shipments, n), where)

    @rule(n=some)
    def channel_ships(self, n: int) -> None:
        self.do(om.RecordChannelShipment, ORDER_ID, self.units(n, "channel"))

    # -- cancelling, holding -------------------------------------------------------------------

    @rule(n=some)
    def cancel(self, n: int) -> None:
        items = self.units(n, "open", "allocated", "channel")
        if items:
            self.do(om.CancelUnits, ORDER_ID, items)

    @rule()
    def cancel_the_rest(self) -> None:
        self.do(om.CancelUnits, ORDER_ID)

    @rule(n=some, whole=st.booleans())
    def ask_to_cancel(self, n: int, whole: bool) -> None:
        items = () if whole else self.units(n, "open", "allocated", "shipped")
        self.do(om.RequestCancel, ORDER_ID, self.name("c"), items)

    @rule(n=some, accept=st.booleans())
    def answer_the_wish(self, n: int, accept: bool) -> None:
        asked = [request.id for request in self.order.standing.cancel_requests]
        self.do(om.DecideCancelRequest, ORDER_ID, self.one(asked, n), accept)

    @rule(
        kind=st.sampled_from(("fraud", "address", "customer")),
        blocks=st.sampled_from(
            (("routing",), ("shipping",), ("capture",), ("routing", "shipping", "capture"))
        ),
        hours=st.sampled_from((0, 10, 100)),
        then=st.sampled_from(("release", "cancel")),
    )
    def hold(self, kind: str, blocks: tuple[str, ...], hours: int, then: str) -> None:
        until = self.life.now + timedelta(hours=hours) if hours else None
        self.do(
            om.PlaceHold,
            ORDER_ID,
            self.name("h"),
            kind,
            blocks=blocks,
            expires_at=until,
            then=then,
        )

    @rule(n=some, owner=st.sampled_from(("person", "risk")))
    def release(self, n: int, owner: str) -> None:
        self.do(om.ReleaseHold, ORDER_ID, self.one([hold.id for hold in self.order.standing.holds], n), owner)

    # -- returns -------------------------------------------------------------------------------

    @rule(n=some)
    def authorize_return(self, n: int) -> None:
        items = self.units(n, "delivered")
        if items:
            self.do(om.AuthorizeReturn, ORDER_ID, self.name("r"), items)

    @rule(n=some, many=some, whole=st.booleans(), condition=st.sampled_from(("sellable", "damaged")))
    def receive(self, n: int, many: int, whole: bool, condition: str) -> None:
        items = () if whole else self.units(many, "returning")
        self.do(om.ReceiveReturn, ORDER_ID, self.one(self.order.progress.returns, n), "nyc", items, condition)

    @rule(n=some)
    def cancel_return(self, n: int) -> None:
        self.do(om.CancelReturn, ORDER_ID, self.one(self.order.progress.returns, n))

    # -- money ---------------------------------------------------------------------------------

    @rule(n=some, outcome=st.sampled_from(("approved", "approved", "approved", "declined", "unknown")))
    def answer(self, n: int, outcome: str) -> None:
        self.do(om.RecordPaymentOutcome, ORDER_ID, self.one(self.order.payments.requests, n), outcome)

    @rule(n=some, amount=st.integers(1, 5_000))
    def money_arrives(self, n: int, amount: int) -> None:
        tender = self.one(["cash", *self.order.payments.tenders], n)
        self.do(om.RecordPayment, ORDER_ID, tender, Money(amount, self.order.terms.currency))

    @rule(n=some)
    def retry(self, n: int) -> None:
        self.do(om.RetryPayment, ORDER_ID, self.one(self.order.payments.tenders, n))

    @rule(n=some, amount=st.integers(1, 3_000), stands=st.sampled_from(("asked", "authorized", "captured")))
    def pay_with_something_else(self, n: int, amount: int, stands: str) -> None:
        tender = DraftTender(
            self.name("t"),
            ("gateway", "gift_card", "store_credit", "cash")[n % 4],
            Money(amount, self.order.terms.currency),
            authorized=stands == "authorized",
            captured=stands == "captured",
        )
        self.do(om.AddTender, ORDER_ID, tender)

    @rule(n=some, amount=st.integers(1, 3_000))
    def authorize_more(self, n: int, amount: int) -> None:
        tender = self.one(self.order.payments.tenders, n)
        self.do(om.AuthorizePayment, ORDER_ID, tender, Money(amount, self.order.terms.currency))

    @rule(n=some)
    def extend(self, n: int) -> None:
        self.do(om.ExtendAuthorization, ORDER_ID, self.one(self.order.payments.tenders, n))

    @rule(n=some, hours=st.sampled_from((20, 100, 300)))
    def answer_for_a_time(self, n: int, hours: int) -> None:
        asked = self.one(self.order.payments.requests, n)
        until = self.life.now + timedelta(hours=hours)
        self.do(om.RecordPaymentOutcome, ORDER_ID, asked, "approved", expires_at=until)

    @rule(n=some, amount=st.integers(1, 3_000))
    def capture_by_hand(self, n: int, amount: int) -> None:
        tender = self.one(self.order.payments.tenders, n)
        self.do(om.CapturePayment, ORDER_ID, tender, Money(amount, self.order.terms.currency))

    @rule(n=some)
    def void(self, n: int) -> None:
        self.do(om.VoidPayment, ORDER_ID, self.one(self.order.payments.tenders, n))

    @rule(amount=st.integers(1, 800), as_credit=st.booleans())
    def allow(self, amount: int, as_credit: bool) -> None:
        money = Money(amount, self.order.terms.currency)
        self.do(om.GrantAllowance, ORDER_ID, self.name("a"), money, as_credit=as_credit)

    @rule(n=some, amount=st.integers(1, 3_000))
    def charge_back(self, n: int, amount: int) -> None:
        tender = self.one(self.order.payments.tenders, n)
        money = Money(amount, self.order.terms.currency)
        self.do(om.RecordChargeback, ORDER_ID, self.name("b"), tender, money)

    @rule(n=some, won=st.booleans())
    def the_bank_decides(self, n: int, won: bool) -> None:
        known = self.one(self.order.payments.concessions.chargebacks, n)
        self.do(om.ResolveChargeback, ORDER_ID, known, won)

    # -- time, and the channel -----------------------------------------------------------------

    @rule(hours=st.sampled_from((1, 30, 200, 800)))
    def time_passes(self, hours: int) -> None:
        self.life.now += timedelta(hours=hours)

    @rule()
    def deadlines_are_met(self) -> None:
        self.do(om.MeetDeadlines, ORDER_ID)

    @rule(cancelled=st.booleans())
    def the_channel_says_more(self, cancelled: bool) -> None:
        self.draft = attrs.evolve(
            self.draft,
            source_version=self.draft.source_version + 1,
            cancelled=self.draft.cancelled or cancelled,
        )
        self.do(om.ImportOrder, self.draft, order_id=ORDER_ID)

    @rule()
    def the_customer_is_forgotten(self) -> None:
        self.do(om.ErasePersonalData, ORDER_ID)

    # -- what must be so -----------------------------------------------------------------------

    @invariant()
    def the_clerk_agrees(self) -> None:
        events = self.life.events
        self.clerk.tell(events[self.told :])
        self.told = len(events)
        if events:
            self.clerk.agrees(self.order)

    @invariant()
    def json_gives_it_back(self) -> None:
        if self.life.events:
            assert loads(dumps(self.order)) == self.order

    @invariant()
    def the_statement_sums_to_the_ledger(self) -> None:
        if self.life.events:
            check_statement(self.order, self.life.events)

    def teardown(self) -> None:
        """When everybody has answered, what is held is what is owed, or nobody is left to ask."""
        if not self.life.events:
            return
        for _ in range(50):
            open_requests = list(self.order.payments.requests)
            if not open_requests:
                break
            for request in open_requests:
                self.do(om.RecordPaymentOutcome, ORDER_ID, request, "approved")
            self.the_clerk_agrees()
        payments = self.order.payments
        assert not payments.requests
        over = -payments.balance if self.order.amendments == NO_AMENDMENTS else 0
        if over > 0:
            assert not any(
                tender.captured - payments.concessions.charged_back_on(tender.id) > tender.refunded
                and not tender.refund_blocked
                for tender in payments.tenders.values()
            ), "what is owed to the customer is not stranded"


TestWholeOrder = WholeOrder.TestCase
TestWholeOrder.settings = settings(stateful_step_count=40)
