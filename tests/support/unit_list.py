"""An order as a list of units, each with its price tag: the slow, plain model that orders are held to.

It knows no runs, no entitlement tables and no ledger: every unit is an object, every figure a sum
over all of them. What the order asks of a tender's holder is not predicted but judged: never more
than is due, never too little where it could be more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from omcore import orders as om
from omcore.lifecycle import FULFILLMENT_ORDER, ORDER, PAYMENT, RETURN, SHIPMENT
from omcore.orders import events as ev
from omcore.orders.draft import OrderDraft
from order_life import ORDER_ID, Life

WAITING = ("open", "allocated", "channel")
AWAY = ("shipped", "delivered", "returning")


@dataclass
class Unit:
    line: str
    n: int
    net: int
    tax: int
    remitted: int
    state: str
    ref: str = ""
    brought_by: str = ""
    delivered_at: datetime | None = None
    left: bool = False  # once, whatever became of the shipment

    @property
    def worth(self) -> int:
        return self.net + self.tax - self.remitted


@dataclass
class Purse:
    """One tender, as its holder sees it."""

    kind: str
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    voided: int = 0
    blocked: bool = False
    refund_blocked: bool = False


@dataclass
class UnitList:
    """The model. The machine moves units; ``see`` takes in what was asked for and what was noted."""

    units: list[Unit] = field(default_factory=list)
    charges: int = 0
    charges_remitted: int = 0
    charged: bool = False
    fees: int = 0
    purses: dict[str, Purse] = field(default_factory=dict)
    asked: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    work: dict[str, tuple[str, str]] = field(default_factory=dict)  # (location, status)
    shipments: dict[str, tuple[str, str]] = field(default_factory=dict)  # (work, status)
    returns: dict[str, str] = field(default_factory=dict)
    excluded: set[str] = field(default_factory=set)
    noted: bool = False  # somebody gave money back by himself

    def placed(self, event: ev.OrderPlaced) -> None:
        for line in event.lines:
            start = "channel" if line.fulfilled_by == "channel" else "open"
            for first, last, net, tax, remitted, _ in line.entitlements:
                self.units += [Unit(line.id, n, net, tax, remitted, start) for n in range(first, last + 1)]
        self.charges = sum(charge.net + charge.tax - charge.remitted for charge in event.charges)
        self.charges_remitted = sum(charge.remitted for charge in event.charges)
        for tender in event.tenders:
            self.purses[tender.id] = Purse(tender.kind, tender.authorized, tender.captured, tender.refunded)
        everything = sum(unit.worth + unit.remitted for unit in self.units)
        assert everything + self.charges + self.charges_remitted == event.total

    # -- units -------------------------------------------------------------------------------------

    def among(self, *states: str, line: str | None = None, ref: str | None = None) -> list[Unit]:
        return [
            unit
            for unit in self.units
            if unit.state in states
            and (line is None or unit.line == line)
            and (ref is None or unit.ref == ref)
        ]

    def left(self, work: str) -> list[Unit]:
        return self.among("allocated", ref=work)

    def dispatched(self, units: list[Unit], shipment: str, work: str = "") -> None:
        for unit in units:
            unit.state, unit.ref, unit.left = "shipped", shipment, True
        self.shipments[shipment] = (work, "in_transit")
        self.charged = True

    def delivered(self, shipment: str, at: datetime) -> None:
        for unit in self.among("shipped", ref=shipment):
            unit.state, unit.delivered_at, unit.brought_by = "delivered", at, shipment
        self.shipments[shipment] = (self.shipments[shipment][0], "delivered")

    def opened(self, units: list[Unit], work: str, *, excluded: bool, status: str = "cancelled") -> None:
        for unit in units:
            unit.state, unit.ref = "open", ""
        if excluded:
            self.excluded.add(self.work[work][0])
        self.close(work, status)

    def close(self, work: str, status: str = "cancelled") -> None:
        """Work that has nothing left: shipped where a part of it went out."""
        if not self.left(work):
            went = any(by == work for by, _ in self.shipments.values())
            self.work[work] = (
                self.work[work][0],
                "shipped" if went and status == "cancelled" else status,
            )

    def cancelled(self, units: list[Unit]) -> None:
        touched = {unit.ref for unit in units if unit.state == "allocated"}
        for unit in units:
            unit.state, unit.ref = "cancelled", ""
        for work in touched:
            self.close(work)

    # -- money -------------------------------------------------------------------------------------

    def owed(self) -> int:
        kept = [unit for unit in self.units if unit.state not in ("cancelled", "returned")]
        ever = self.charged or any(unit.state != "cancelled" for unit in self.units)
        return sum(unit.worth for unit in kept) + (self.charges if ever else 0) + self.fees

    def earned(self) -> int:
        charges = self.charges if self.charged else 0
        return sum(unit.worth for unit in self.among(*AWAY)) + charges + self.fees

    def came_back(self) -> int:
        return sum(unit.worth for unit in self.among("returned")) - self.fees

    def held(self) -> int:
        return sum(purse.captured - purse.refunded for purse in self.purses.values())

    def pending(self, kind: str, tender: str | None = None) -> int:
        return sum(
            amount
            for asked, of, amount in self.asked.values()
            if asked == kind and (tender is None or of == tender)
        )

    def left_on(self, tender: str) -> int:
        purse = self.purses[tender]
        return (
            purse.authorized
            - purse.captured
            - purse.voided
            - self.pending("capture", tender)
            - self.pending("void", tender)
        )

    def refundable(self, tender: str) -> int:
        purse = self.purses[tender]
        return purse.captured - purse.refunded - self.pending("refund", tender)

    def see(self, events: list[Any], capturable: Any) -> None:
        """What was asked and noted in one command, judged as it comes."""
        for event in events:
            if type(event) is ev.PaymentRequested:
                assert event.request_id not in self.asked, "a request's id is its key for ever"
                self._ask(event, capturable())
            elif type(event) is ev.PaymentReceived:
                purse = self.purses.setdefault(event.tender_id, Purse(event.tender_kind))
                purse.captured += event.amount
                busy = self.pending("capture", event.tender_id) + self.pending("void", event.tender_id)
                purse.authorized = max(purse.authorized, purse.captured + purse.voided + busy)
            elif type(event) is ev.RefundNoted:
                self.noted = True
                assert event.amount <= self.refundable(event.tender_id)
                self.purses[event.tender_id].refunded += event.amount

    def _ask(self, event: ev.PaymentRequested, capturable: int) -> None:
        purse, amount = self.purses[event.tender_id], event.amount
        assert amount > 0
        if event.kind == "capture":
            assert purse.kind == "gateway"
            assert not purse.blocked
            assert amount <= self.left_on(event.tender_id)
            due = capturable - self.held() - self.pending("capture") + self.pending("refund")
            assert amount <= due, "never more than what shipped is worth (M8)"
            taken = sum(p.captured for p in self.purses.values()) + self.pending("capture") + amount
            assert taken <= capturable + self.came_back(), "never twice for the same units"
        elif event.kind == "refund":
            assert not purse.refund_blocked
            assert amount <= self.refundable(event.tender_id)
            over = self.held() - self.pending("refund") - self.owed()
            assert amount <= over, "never more than what is owed to the customer (M11)"
        elif event.kind == "void":
            assert purse.kind == "gateway"
            assert not purse.blocked
            assert amount <= self.left_on(event.tender_id)
            assert not self.among(*WAITING), "only what can never be captured (M8)"
        else:
            assert purse.authorized == 0 or purse.blocked
        self.asked[event.request_id] = (event.kind, event.tender_id, amount)

    def answered(self, request: str, outcome: str) -> None:
        kind, tender, amount = self.asked[request]
        if outcome == "unknown":
            return
        del self.asked[request]
        purse = self.purses[tender]
        if outcome == "declined":
            if kind == "refund":
                purse.refund_blocked = True
            else:
                purse.blocked = True
        elif kind == "authorize":
            purse.authorized += amount
        elif kind == "capture":
            purse.captured += amount
        elif kind == "refund":
            purse.refunded += amount
        else:
            purse.voided += amount

    # -- what must be so ---------------------------------------------------------------------------

    def status(self, standing: Any) -> str:
        """C7 in other words than the package's."""
        states = {unit.state for unit in self.units} - {"cancelled"}
        if not states:
            return "cancelled"
        if states == {"returned"}:
            return "returned"
        if standing.holds:
            return "on_hold"
        waiting, moved = states & set(WAITING), states - set(WAITING)
        if waiting and moved:
            return "partially_fulfilled"
        if waiting:
            if not standing.validated:
                return "placed"
            return "validated" if waiting == {"open"} else "processing"
        if states == {"shipped"}:
            return "fulfilled"
        if "shipped" in states:
            return "partially_delivered"
        return "partially_returned" if "returned" in states else "delivered"

    def agrees(self, order: om.Order) -> None:
        found = [
            (line.id, n, state, ref)
            for line, units in zip(order.terms.lines, order.progress.units, strict=True)
            for first, last, state, ref in units
            for n in range(first, last + 1)
        ]
        assert found == [(unit.line, unit.n, unit.state, unit.ref) for unit in self.units]
        assert order.standing.status == self.status(order.standing)
        progress = order.progress
        assert progress.excluded == self.excluded
        assert progress.charged == self.charged
        assert {key: (w.location, w.status) for key, w in progress.work.items()} == self.work
        assert {key: (s.fulfillment_id, s.status) for key, s in progress.shipments.items()} == self.shipments
        assert {key: r.status for key, r in progress.returns.items()} == self.returns
        for chart, states in (
            (FULFILLMENT_ORDER, [w.status for w in progress.work.values()]),
            (SHIPMENT, [s.status for s in progress.shipments.values()]),
            (RETURN, [r.status for r in progress.returns.values()]),
            (PAYMENT, [t.status for t in order.payments.tenders.values()]),
            (ORDER, [order.status]),
        ):
            assert set(states) <= set(chart.states)
        self._money_agrees(order)

    def _money_agrees(self, order: om.Order) -> None:
        payments = order.payments
        assert payments.owed == self.owed()
        assert payments.earned == self.earned()
        kept = [unit for unit in self.units if unit.state not in ("cancelled", "returned")]
        ever = self.charged or any(unit.state != "cancelled" for unit in self.units)
        remitted = sum(unit.remitted for unit in kept) + (self.charges_remitted if ever else 0)
        assert payments.remitted == remitted, "a marketplace's own tax stands apart (M13)"
        assert {
            key: (t.kind, t.authorized, t.captured, t.refunded, t.voided, t.blocked, t.refund_blocked)
            for key, t in payments.tenders.items()
        } == {
            key: (p.kind, p.authorized, p.captured, p.refunded, p.voided, p.blocked, p.refund_blocked)
            for key, p in self.purses.items()
        }
        assert {key: (r.kind, r.tender_id, r.amount) for key, r in payments.requests.items()} == self.asked
        for key, tender in payments.tenders.items():
            assert (tender.capturing, tender.refunding, tender.voiding) == (
                self.pending("capture", key),
                self.pending("refund", key),
                self.pending("void", key),
            )
            assert 0 <= tender.refunded + tender.refunding <= tender.captured
            assert self.left_on(key) >= 0
        accounts = payments.accounts
        assert sum(accounts.values()) == 0
        assert accounts.get("receivable", 0) == self.earned() - self.held()
        assert -accounts.get("fees", 0) == self.fees
        sold = self.among(*AWAY)
        if not self.charges and not self.charges_remitted:
            assert -accounts.get("tax", 0) == sum(unit.tax - unit.remitted for unit in sold)
            assert -accounts.get("sales", 0) == sum(unit.net for unit in sold) + (
                self.earned() - self.fees - sum(unit.worth for unit in sold)
            )
        collected = sum(unit.remitted for unit in sold)
        collected += self.charges_remitted if self.charged else 0
        assert accounts.get("channel:collected", 0) == collected == -accounts.get("channel:remitted", 0)

    def settled(self, capturable: int, *, held: bool = False) -> None:
        """After a command nothing that could be asked for is left unasked.

        ``held``: a hold keeps what is due from being captured, and so from being voided.
        """
        over = self.held() - self.pending("refund") - self.owed()
        if over > 0:
            assert not any(
                self.refundable(key) for key, purse in self.purses.items() if not purse.refund_blocked
            ), "what is owed to the customer is asked for at once"
        can = sum(
            self.left_on(key)
            for key, purse in self.purses.items()
            if purse.kind == "gateway" and not purse.blocked
        )
        due = capturable - self.held() - self.pending("capture") + self.pending("refund")
        if due > 0 and not self.noted and not held:
            assert can == 0, "what is due is captured at once"
        if not self.among(*WAITING):
            assert can <= (max(due, 0) if held else 0), "what can never be captured is voided (M8)"


def fee_of(unit: Unit, percent: int) -> int:
    """M9: half away from zero, never more than the net."""
    exact = Fraction(unit.net * percent, 100)
    whole, rest = divmod(max(exact, Fraction(0)), 1)
    return min(int(whole) + (1 if rest >= Fraction(1, 2) else 0), max(unit.net, 0))


__all__ = ["AWAY", "WAITING", "Purse", "Unit", "UnitList", "fee_of"]


def delivered(life: Life, draft: OrderDraft) -> UnitList:
    """Everything at the customer's door and paid for, whoever was to pay with what."""
    model = UnitList()
    model.placed(life.place(draft)[0])
    life.approve_all()
    for hold in list(life.order.standing.holds):
        life.do(om.ReleaseHold(ORDER_ID, hold.id, **life.common()))
    life.allocate(*((line.id, "nyc", line.quantity) for line in life.order.terms.lines))
    life.ship()
    life.approve_all()
    life.deliver_all()
    balance = life.order.payments.balance
    if balance > 0:
        money = om.RecordPayment(
            ORDER_ID, "rest", type(draft.lines[0].unit_price)(balance, draft.currency), **life.common()
        )
        life.do(money)
    assert life.order.payments.balance <= 0
    return model
