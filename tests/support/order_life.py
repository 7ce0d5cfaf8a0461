"""One order through its life, with every invariant checked after every command.

The checks know nothing of the facets: units partition, money adds up, the accounts sum to zero,
the status follows from units and holds, and folding the events gives the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

from omcore import orders as om
from omcore.kernel import Command, Money, OmcoreError, Place, Ratio
from omcore.lifecycle import FULFILLMENT_ORDER, ORDER, PAYMENT, RETURN, SHIPMENT, Chart
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.aggregate import DEADLINES
from omcore.orders.deadlines import waits
from omcore.orders.draft import (
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)
from omcore.orders.promises import TO_COME
from plain_kits import given_in_parts

TOLD = find_spec("_precedence") is not None
T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
ORDER_ID = "o1"
NEW_YORK = Place("US", "NY", "10001")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def a_line(line_id: str = "tee", quantity: int = 3, price: int = 2000, **more: Any) -> DraftLine:
    more.setdefault("taxes", (Tax("state", rate=Ratio.parse("0.1")),))
    return DraftLine(line_id, more.pop("sku", line_id.upper()), quantity, usd(price), **more)


def a_draft(
    lines: Sequence[DraftLine] | None = None,
    *,
    shipping: int = 500,
    tenders: tuple[DraftTender, ...] | None = None,
    discounts: tuple[Discount, ...] = (),
    **more: Any,
) -> OrderDraft:
    """Three tees and a mug to New York, a card that covers it: 66.00 + 11.00 + 5.00 = 82.00."""
    more.setdefault("destination", NEW_YORK)
    return OrderDraft(
        more.pop("ref", ExternalRef("web", "shop", "order", "1")),
        "USD",
        tuple(lines if lines is not None else (a_line(), a_line("mug", 1, 1000))),
        T0,
        charges=(Charge("shipping", usd(shipping)),) if shipping else (),
        tenders=(DraftTender("card", "gateway", usd(1_000_000)),) if tenders is None else tenders,
        discounts=discounts,
        **more,
    )


class Life:
    """An order under test. ``do`` carries out a command and checks everything."""

    def __init__(self, context: om.OrderContext | None = None) -> None:
        self.context = context or om.default_context()
        self.state: om.Order | None = None
        self.events: list[Any] = []
        self.keys = 0
        self.now = T0

    @property
    def order(self) -> om.Order:
        assert self.state is not None
        return self.state

    def common(self) -> dict[str, Any]:
        """A fresh key and the present moment."""
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    def wait(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def do(self, command: Command) -> list[Any]:
        """The new events. A refusal passes through, after a check that nothing changed."""
        before = self.state
        seen = len(self.events)
        try:
            decision = om.decide(self.state, command, self.context)
        except OmcoreError as refused:
            assert self.state is before
            assert len(self.events) == seen
            check_told(command, refused)
            raise
        if before is not None:
            check_moves(before, decision.order)
        self.state = decision.order
        self.events.extend(decision.events)
        self.check()
        return list(decision.events)

    # -- short forms -------------------------------------------------------------------------

    def place(self, draft: OrderDraft | None = None, **more: Any) -> list[Any]:
        return self.do(om.PlaceOrder(draft or a_draft(), order_id=ORDER_ID, **more, **self.common()))

    def approve_all(self, outcome: str = "approved") -> list[Any]:
        """Answer every open payment request."""
        made: list[Any] = []
        for request_id in list(self.order.payments.requests):
            made += self.do(om.RecordPaymentOutcome(ORDER_ID, request_id, outcome, **self.common()))
        return made

    def allocate(self, *assignments: tuple[str, str, int]) -> list[Any]:
        return self.do(om.AllocateUnits(ORDER_ID, assignments, **self.common()))

    def ship(self, number: int = 1, items: Any = ()) -> list[Any]:
        return self.do(om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F{number}", items, **self.common()))

    def deliver_all(self) -> None:
        for shipment in list(self.order.progress.shipments.values()):
            if shipment.status != "delivered":
                self.do(om.RecordDelivery(ORDER_ID, shipment.id, **self.common()))

    def delivered(self, draft: OrderDraft | None = None) -> Life:
        """Straight to the customer's door, everything captured."""
        self.place(draft)
        self.approve_all()
        if self.order.progress.tally.open:
            self.allocate(*((line.id, "nyc", line.quantity) for line in self.order.terms.lines))
            self.ship()
            self.approve_all()
            self.deliver_all()
        return self

    # -- invariants --------------------------------------------------------------------------

    def check(self) -> None:
        order = self.order
        assert om.replay(self.events) == order, "folding the events gives the state (C5)"
        if not waits(order, self.context):
            assert not any(row.moment(order, self.context) for row in DEADLINES.values() if row.binding)
        check_units(order)
        check_backorders(order)
        check_promises(order)
        check_money(order, self.events)
        check_status(order)


def check_told(command: Command, refused: OmcoreError) -> None:
    """No refusal but those that its decider tells of (C3)."""
    if TOLD:  # not where a script runs without the folder of the docs on its path
        from _precedence import is_told

        assert is_told(command, refused), refused


def check_backorders(order: om.Order) -> None:
    """Only open units wait for stock, each for one supply, and a place without a date is none (S10)."""
    waiting: set[tuple[str, int]] = set()
    for entry in order.backorders:
        assert entry.items
        assert bool(entry.location) == (entry.promised_for is not None)
        for line_id, runs in entry.items:
            units = order.progress.units[order.terms.index[line_id]]
            is_open = {n for a, b, state, _ in units if state == un.OPEN for n in range(a, b + 1)}
            here = {n for first, last in runs for n in range(first, last + 1)}
            assert here
            assert here <= is_open
            assert not waiting & {(line_id, n) for n in here}
            waiting |= {(line_id, n) for n in here}
    supplies = [(entry.location, entry.promised_for) for entry in order.backorders]
    assert len(set(supplies)) == len(supplies)
    assert order.backordered == len(waiting)


def check_promises(order: om.Order) -> None:
    """Only what is still to come is promised, each unit once, and nothing later than was ever told."""
    seen: set[tuple[str, int]] = set()
    for entry in order.promises:
        assert entry.items
        arrival = entry.arrival
        assert (arrival.earliest is None) == (arrival.latest is None)
        if arrival.latest is not None:
            assert arrival.earliest is not None
            assert arrival.earliest <= arrival.latest
            assert entry.told is not None
            assert arrival.latest <= entry.told
        for line_id, runs in entry.items:
            units = order.progress.units[order.terms.index[line_id]]
            coming = {n for a, b, state, _ in units if state in TO_COME for n in range(a, b + 1)}
            here = {(line_id, n) for first, last in runs for n in range(first, last + 1)}
            assert here
            assert {n for _, n in here} <= coming
            assert not seen & here
            seen |= here
    kinds = [(entry.arrival, entry.told) for entry in order.promises]
    assert len(set(kinds)) == len(kinds)


def check_units(order: om.Order) -> None:
    """Every unit of every line is in exactly one state, and the tally counts them."""
    counts = dict.fromkeys(("open", "allocated", "shipped", "delivered", "returned", "cancelled"), 0)
    slot = {
        un.CHANNEL: "allocated",
        un.ARRIVED: "shipped",
        un.RETURNING: "delivered",
        un.RECEIVED: "delivered",
    }
    slot |= dict.fromkeys((un.KEPT, un.LOST, un.REPLACED), "returned")
    held: dict[tuple[str, str], set[int]] = {}
    for line, units in zip(order.terms.lines, order.progress.units, strict=True):
        ordinals = [n for first, last, _, _ in units for n in range(first, last + 1)]
        assert ordinals == list(range(1, line.quantity + 1))
        for first, last, state, ref in units:
            counts[slot.get(state, state)] += last - first + 1
            if state in (un.ALLOCATED, un.ARRIVED):
                held.setdefault((ref, line.id), set()).update(range(first, last + 1))
    tally = order.progress.tally
    assert counts == {name: getattr(tally, name) for name in counts}
    claimed = {
        (work.id, line_id): {n for first, last in runs for n in range(first, last + 1)}
        for work in order.progress.work.values()
        for line_id, runs in work.items
    }
    assert held == claimed, "what a fulfillment order holds is what its units say"


def check_money(order: om.Order, events: Sequence[Any]) -> None:
    """Owed is the worth of the units that are kept, charges and fees; each tender is within bounds."""
    payments = order.payments
    owed = remitted = 0
    in_parts = given_in_parts(order)
    for line, units in zip(order.terms.lines, order.progress.units, strict=True):
        worth = [
            (net, tax, sent)
            for first, last, net, tax, sent, _ in line.entitlements
            for _ in range(first, last + 1)
        ]
        for first, last, state, _ in units:
            if state in (un.CANCELLED, un.RETURNED, un.KEPT, un.LOST, un.REPLACED):
                continue
            for n in range(first, last + 1):
                net, tax, sent = worth[n - 1]
                owed += net + tax - sent
                remitted += sent
                net, tax, sent, _ = in_parts.get((line.id, n), (0, 0, 0, 0))
                owed -= net + tax - sent
                remitted -= sent
    if order.progress.charged or order.progress.tally.kept:
        for charge in order.terms.charges:
            owed += charge.net + charge.tax - charge.remitted
            remitted += charge.remitted
    for event in events:
        if type(event) in (ev.ReturnReceived, ev.ReturnInspected):
            owed += event.fee + event.label_fee
        elif type(event) is ev.ShippingGivenBack:
            owed -= event.net + event.tax - event.remitted
    assert payments.owed == owed - payments.allowed
    taken_off = sum(event.amount for event in events if type(event) is ev.AllowanceGranted)
    assert 0 <= payments.allowed <= taken_off, "it is only ever set off"
    assert sum(payments.accounts.values()) == 0, "double entry sums to zero (M11)"
    assert payments.accounts.get("receivable", 0) == payments.earned - payments.held
    for tender in payments.tenders.values():
        taken = payments.concessions.charged_back_on(tender.id)
        assert payments.accounts.get(f"tender:{tender.id}", 0) == tender.captured - tender.refunded - taken
        spoken_for = tender.captured + tender.capturing + tender.voided + tender.voiding
        assert spoken_for <= max(tender.authorized, tender.captured), "captures within what is authorized"
        assert taken + tender.refunded + tender.refunding <= tender.captured, (
            "refunds within what was captured"
        )
        for name in ("authorized", "captured", "capturing", "refunded", "refunding", "voided", "voiding"):
            assert getattr(tender, name) >= 0


def check_moves(before: om.Order, after: om.Order) -> None:
    """Work, parcels, returns and tenders only go where their charts lead, and never vanish."""
    for chart, old, new in (
        (FULFILLMENT_ORDER, before.progress.work, after.progress.work),
        (SHIPMENT, before.progress.shipments, after.progress.shipments),
        (RETURN, before.progress.returns, after.progress.returns),
        (PAYMENT, before.payments.tenders, after.payments.tenders),
    ):
        assert isinstance(chart, Chart)
        for key, thing in old.items():
            assert new[key].status in _reachable(chart, thing.status)


def _reachable(chart: Chart, state: str) -> set[str]:
    """Where any number of moves lead: one command may be several facts."""
    found = {state}
    while True:
        more = {target for source, _, target in chart.moves if source in found} - found
        if not more:
            return found
        found |= more


def check_status(order: om.Order) -> None:
    """C7: the status is what units and holds say, and the chart knows it."""
    assert order.standing.status == om.status_of(order.progress.tally, order.standing)
    assert order.standing.status in ORDER.states
