"""A machine over one order: what its rules do it by, and what must be so after every one of them.

The rules themselves are in ``order_rules_goods`` and ``order_rules_money``. A rule asks for something
that mostly fits the order as it is; it is done or refused, and a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from feed_facts import FeedWriter
from omcore import orders as om
from omcore.codec import dumps, loads
from omcore.kernel import Catalog, Item, Money, OmcoreError, Ratio
from omcore.kernel.runs import count
from omcore.lifecycle import ORDER, Transition, extend
from omcore.orders.draft import ASKED, OrderDraft
from omcore.orders.policies import a_person_decides, accepted_until_picked
from omcore.orders.returns import policies as rp
from omcore.orders.state import NO_AMENDMENTS
from omcore.orders.units import in_state
from omcore.reporting import Report
from order_drafts import drafts
from order_life import ORDER_ID, Life
from plain_order import PlainOrder
from statement_check import check_statement

PLACES = ("nyc", "lax", "soho")
some = st.integers(0, 1_000)

# One is a kit of unlike parts, one of many like ones; a part of the third costs nothing by itself.
KITS = Catalog(
    (
        Item("SKU-0", components=(("PA", 2), ("PB", 1))),
        Item("SKU-1", components=(("CAN", 3),)),
        Item("OTHER", components=(("PB", 1), ("BAG", 1))),
        Item("PA", list_value=300),
        Item("PB", list_value=500),
    )
)

# The base chart with a stage of an embedder's own.
WITH_STAGES = extend(
    ORDER,
    name="gifts",
    states=["wrapping"],
    transitions=[
        Transition("processing", "wrap", "wrapping"),
        Transition("wrapping", "unwrap", "processing"),
        Transition("wrapping", "ship", "fulfilled"),
        Transition("wrapping", "ship", "partially_fulfilled"),
        Transition("wrapping", "deallocate", "validated"),
    ],
)


@st.composite
def orders(draw: st.DrawFn) -> OrderDraft:
    more: dict[str, Any] = draw(
        st.sampled_from(
            (
                {},
                {},
                {},
                {"pickup_at": "soho", "destination": None},
                {"pickup_at": "soho", "destination": None, "service": "ship_to_store"},
                {"ship_complete": True},
                {"deliver_by": date(2026, 12, 24)},
            )
        )
    )
    return draw(drafts(most_units=6, more=more))


def _only_where_opened(order: om.Order, line: Any, reason: str, condition: str) -> Ratio | None:
    return Ratio(1, 3) if condition != "sellable" or not reason else None


policies = st.builds(
    om.Policies,
    restocking_fee=st.sampled_from((None, None, Ratio(15, 100), _only_where_opened)),
    cancel_unpaid_after=st.sampled_from((None, timedelta(hours=250))),
    cancel_unfillable_after=st.sampled_from((None, timedelta(hours=500))),
    cancel_unfillable_whole=st.booleans(),
    capture_by_hand=st.sampled_from((False, False, False, True)),
    reauthorize=st.booleans(),
    return_window=st.sampled_from((None, timedelta(days=30))),
    label_fee=st.sampled_from((rp.label_is_free, rp.customer_pays_label_unless_our_fault)),
    refund_to=st.sampled_from((rp.refund_as_asked, rp.refund_as_asked, rp.refund_to_store_credit)),
    inspection=st.sampled_from((rp.never_inspected, rp.refunded_then_inspected, rp.inspected_then_refunded)),
    shipping_back=st.sampled_from(
        (rp.shipping_is_kept, rp.shipping_back_with_everything, rp.shipping_back_by_units)
    ),
    pickup_window=st.sampled_from((None, timedelta(days=7))),
    exchange_window=st.sampled_from((None, timedelta(days=14))),
    cancel_requests=st.sampled_from((a_person_decides, accepted_until_picked)),
    request_blocks_shipping=st.booleans(),
    unplaced=st.sampled_from(("open", "backorder", "backorder", "hold", "cancel")),
)


def when(condition: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The rule is tried where the order has what it is about."""
    return precondition(lambda machine: machine.life.state is not None and bool(condition(machine.order)))


def open_amount(tender: Any) -> int:
    """What is authorized and neither captured nor voided, nor about to be."""
    left: int = tender.authorized - tender.captured - tender.capturing - tender.voided - tender.voiding
    return left if tender.kind in ASKED and not tender.blocked else 0


alive = when(lambda order: order.standing.status not in ("cancelled", "returned"))


def has(*states: str) -> Callable[[Any], Any]:
    """The rule is tried where a unit is in one of the states."""
    return when(lambda order: any(run[2] in states for units in order.progress.units for run in units))


def check_reported_money(order: om.Order, events: list[Any]) -> None:
    """What a report of all the facts says has moved is what the ledger has (M11, M13)."""
    report, writer = Report(), FeedWriter()
    for entry in writer.commit(f"order/{order.id}", events):
        report.apply(entry)
    money = report.day().total.money_in(order.terms.currency)
    payments = order.payments
    assert (money.captured, money.refunded) == (payments.captured, payments.refunded)
    assert money.credited == payments.concessions.issued
    assert money.charged_back == payments.concessions.charged_back


class OrderMachine(RuleBasedStateMachine):
    """One order, its history, and the clerk who is told of it."""

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

    def a_life(self, context: om.OrderContext) -> Life:
        """Where the order lives."""
        return Life(context)

    def name(self, kind: str) -> str:
        self.numbered += 1
        return f"{kind}{self.numbered}"

    def money(self, minor: int) -> Money:
        return Money(minor, self.order.terms.currency)

    def do(self, command: type, *arguments: Any, **more: Any) -> bool:
        """Carry out a command; whether it was done. What is refused, Life checks, changes nothing."""
        try:
            self.life.do(command(*arguments, **more, **self.life.common()))
        except OmcoreError:
            return False
        self.clerk.by_hand |= command is om.CapturePayment
        return True

    def one(self, found: Iterable[str], n: int, suits: Callable[[str], Any] | None = None) -> str:
        """One of several, whichever the number means; mostly one that suits."""
        known = list(found)
        if suits is not None and n % 9:
            known = [each for each in known if suits(each)] or known
        return known[n // 9 % len(known)] if known else "none"

    def units(self, n: int, *states: str) -> tuple[tuple[str, int], ...]:
        """Some units of some lines in one of the states; at least one, where there is one."""
        wanted = []
        for line, units in zip(self.order.terms.lines, self.order.progress.units, strict=True):
            have = count(in_state(units, *states))
            n, part = divmod(n, have + 1)
            if have:
                wanted.append((line.id, part, have))
        named = tuple((line_id, part) for line_id, part, _ in wanted if part)
        return named or tuple((line_id, have) for line_id, _, have in wanted[:1])

    def parts(self, n: int, items: tuple[tuple[str, int], ...]) -> tuple[Any, Any]:
        """Some of these units whole; of each of the others some of what it is made of."""
        whole, parts = [], []
        for line_id, many in items:
            n, each = divmod(n, 4)
            components = self.order.terms.line(line_id).components
            if each == 0:
                whole.append((line_id, many))
                continue
            n, at = divmod(n, len(components))
            taken = {sku: 1 + n % most for sku, most in components[at:][:each]}
            parts.append((line_id, many, tuple(taken.items())))
        return tuple(whole), tuple(parts)

    # -- placing -------------------------------------------------------------------------------

    @initialize(
        draft=orders(),
        policies=policies,
        validated=st.booleans(),
        staged=some,
        far=st.sampled_from(("", "", "ship", "deliver", "deliver")),
    )
    def place(self, draft: OrderDraft, policies: om.Policies, validated: bool, staged: int, far: str) -> None:
        self.begin(draft, policies, validated, staged, far)

    def begin(self, draft: OrderDraft, policies: om.Policies, validated: bool, staged: int, far: str) -> None:
        """An order that is placed, and has gone as far as nothing is in its way."""
        rules = om.DEFAULT_RULES if validated else ()
        chart = WITH_STAGES if staged % 5 == 1 else ORDER
        self.life = self.a_life(om.OrderContext(KITS, policies, rules, chart))
        self.draft = draft
        fee = policies.restocking_fee
        self.clerk.rate = (
            Fraction(fee.numerator, fee.denominator) if isinstance(fee, Ratio) else Fraction(1, 3)
        )
        self.life.do(om.PlaceOrder(draft, order_id=ORDER_ID, **self.life.common()))
        if far:
            self.go_on(PLACES[staged % 3], far)

    def answer_all(self) -> None:
        for request in list(self.order.payments.requests):
            self.do(om.RecordPaymentOutcome, ORDER_ID, request, "approved")

    def place_for(self, place: str) -> str:
        if self.order.terms.service == "ship_to_store":
            return place
        return self.order.terms.pickup_at or place

    def on_the_counter(self) -> None:
        """All that waits at the store where it is collected is made ready."""
        for work in list(self.order.progress.work.values()):
            if work.items and work.location == self.order.terms.pickup_at:
                self.do(om.AdvanceFulfillment, ORDER_ID, work.id, "ready")

    def all_units(self, *states: str) -> tuple[tuple[str, int], ...]:
        return tuple(
            (line.id, have)
            for line, units in zip(self.order.terms.lines, self.order.progress.units, strict=True)
            if (have := count(in_state(units, *states)))
        )

    def go_on(self, place: str, far: str) -> None:
        """What there is goes out, and arrives, as far as nothing is in its way."""
        self.answer_all()
        if wanted := self.all_units("open"):
            where = self.place_for(place)
            self.do(om.AllocateUnits, ORDER_ID, tuple((line, where, many) for line, many in wanted))
        for work in list(self.order.progress.work.values()):
            if work.items and self.order.terms.pickup_at != work.location:
                self.do(om.ShipUnits, ORDER_ID, work.id)
        self.answer_all()
        for shipment in list(self.order.progress.shipments.values()) if far == "deliver" else ():
            self.do(om.RecordDelivery, ORDER_ID, shipment.id)
        self.on_the_counter()
        for work in list(self.order.progress.work.values()) if far == "deliver" else ():
            if work.items:
                self.do(om.CollectUnits, ORDER_ID, work.id)

    # -- time, and the channel -----------------------------------------------------------------

    @rule(hours=st.sampled_from((1, 30, 200, 800)))
    def time_passes(self, hours: int) -> None:
        self.life.now += timedelta(hours=hours)

    @rule()
    def a_deadline_comes(self) -> None:
        if (due := om.next_deadline(self.order, self.life.context)) is not None:
            self.life.now = max(self.life.now, due)
            self.do(om.MeetDeadlines, ORDER_ID)

    @rule(n=some, refunded=st.sampled_from((0, 100, 1000)))
    def the_channel_says_more(self, n: int, refunded: int) -> None:
        """A newer snapshot: cancelled there, or money that moved there on a tender."""
        tenders = list(self.draft.tenders)
        if tenders and refunded:
            at = n % len(tenders)
            tender = tenders[at]
            back = min(tender.amount.minor, tender.refunded.minor + refunded if tender.refunded else refunded)
            tenders[at] = attrs.evolve(tender, refunded=Money(back, tender.amount.currency))
        try:
            self.draft = attrs.evolve(
                self.draft,
                source_version=self.draft.source_version + 1,
                cancelled=self.draft.cancelled or n % 12 == 11,
                tenders=tuple(tenders),
            )
        except OmcoreError:
            return
        self.do(om.ImportOrder, self.draft, order_id=ORDER_ID)

    @rule(n=some)
    def the_customer_is_forgotten(self, n: int) -> None:
        if n % 10 == 0:
            self.do(om.ErasePersonalData, ORDER_ID)

    # -- what must be so -----------------------------------------------------------------------

    @invariant()
    def the_clerk_agrees(self) -> None:
        events = self.life.events
        self.clerk.tell(events[self.told :])
        self.clerk.by_hand = False
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
        check_reported_money(self.order, self.life.events)
        # Never more than is held: a sum that was rounded down may leave less than nothing owed.
        over = payments.held - max(payments.owed, 0) if self.order.amendments == NO_AMENDMENTS else 0
        if over > 0 and not payments.concessions.issue_blocked:
            assert not any(
                tender.captured - payments.concessions.charged_back_on(tender.id) > tender.refunded
                and not tender.refund_blocked
                for tender in payments.tenders.values()
            ), "what is owed to the customer is not stranded"
        earned = payments.earned - payments.held
        by_itself = not (self.life.context.policies.capture_by_hand or self.order.standing.holds)
        # What a channel gave back out of goodwill is not captured a second time.
        by_itself = by_itself and not payments.concessions.chargebacks  # what a bank took is nobody's capture
        if earned > self.clerk.noted and by_itself and self.order.amendments == NO_AMENDMENTS:
            assert not any(map(open_amount, payments.tenders.values())), "what was earned is captured"
