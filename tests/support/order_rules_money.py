"""Rules of a machine over one order: what is agreed anew, and money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from omcore import orders as om
from omcore.kernel import OmcoreError, Place
from omcore.orders.draft import ASKED, Charge, DraftLine, DraftTender
from order_life import ORDER_ID
from order_machine import OrderMachine, alive, has, open_amount, some, when

PLACES_TO_LIVE = (Place("US", "CA", "90001"), Place("US", "NY", "10001"))


class AmendmentRules(OrderMachine):
    """Edits, exchanges, claims."""

    def goods(self, n: int) -> DraftLine:
        """A line of something else."""
        return DraftLine(self.name("x"), "OTHER", 1 + n % 3, self.money(n * 7 % 2_000))

    @alive
    @rule(
        n=some,
        many=some,
        what=st.sampled_from(
            (
                "add",
                "more",
                "less",
                "remove",
                "substitute",
                "address",
                "pickup",
                "service",
                "charge",
                "uncharge",
            )
        ),
        hours=st.sampled_from((None, None, 50)),
        at_once=st.booleans(),
    )
    def propose_edit(self, n: int, many: int, what: str, hours: int | None, at_once: bool) -> None:
        line = self.one([line.id for line in self.order.terms.lines], n)
        now = self.order.terms.line(line).quantity if line != "none" else 1
        make: dict[str, Callable[[], Any]] = {
            "add": lambda: om.AddLine(self.goods(n)),
            "more": lambda: om.ChangeQuantity(line, now + 1 + many % 3),
            "less": lambda: om.ChangeQuantity(line, many % (now + 1)),
            "remove": lambda: om.RemoveLine(line),
            "substitute": lambda: om.Substitute(line, self.goods(many)),
            "address": lambda: om.ChangeAddress(PLACES_TO_LIVE[n % 2]),
            "pickup": lambda: om.ChangePickup(("soho", "lax")[n % 2]),
            "service": lambda: om.ChangeService("express", Charge("shipping", self.money(n - 300))),
            "charge": lambda: om.AddCharge(Charge("gift_wrap", self.money(n))),
            "uncharge": lambda: om.RemoveCharge(("gift_wrap", "shipping")[n % 2]),
        }
        try:
            operations = (make[what](),)
        except OmcoreError:
            return
        until = None if hours is None else self.life.now + timedelta(hours=hours)
        name = self.name("e")
        if self.do(om.ProposeEdit, ORDER_ID, name, operations, until) and at_once:
            self.do(om.ConfirmEdit, ORDER_ID, name)

    @when(lambda order: order.amendments.edits)
    @rule(n=some, confirmed=st.booleans())
    def answer_edit(self, n: int, confirmed: bool) -> None:
        edit = self.one(self.order.amendments.edits, n)
        if confirmed and not self.do(om.ConfirmEdit, ORDER_ID, edit):
            balance = self.order.payments.balance
            if balance > 0:  # it waits for money
                self.do(om.RecordPayment, ORDER_ID, "bank", self.money(balance))
            self.do(om.ConfirmEdit, ORDER_ID, edit)
        elif not confirmed:
            self.do(om.DeclineEdit, ORDER_ID, edit)

    @when(lambda order: order.amendments.last_edit)
    @rule()
    def revert_edit(self) -> None:
        last = self.order.amendments.last_edit
        self.do(om.RevertEdit, ORDER_ID, "none" if last is None else last.id, self.name("e"))

    @has("delivered")
    @rule(n=some, many=some, advance=st.booleans())
    def exchange(self, n: int, many: int, advance: bool) -> None:
        items, lines = self.units(n, "delivered"), (self.goods(many),)
        name = self.name("x")
        self.do(om.AuthorizeExchange, ORDER_ID, name, f"{name}-r", items, lines, advance)

    @when(lambda order: order.amendments.exchanges)
    @rule(n=some, keep=st.booleans())
    def cancel_exchange(self, n: int, keep: bool) -> None:
        self.do(om.CancelExchange, ORDER_ID, self.one(self.order.amendments.exchanges, n), keep)

    @has("shipped", "delivered")
    @rule(
        n=some,
        kind=st.sampled_from(("damaged", "missing", "late", "wrong_item")),
        resolution=st.sampled_from(("", "replace", "refund", "allowance")),
    )
    def claim(self, n: int, kind: str, resolution: str) -> None:
        name = self.name("c")
        if self.do(om.OpenClaim, ORDER_ID, name, kind, self.units(n, "shipped", "delivered")) and resolution:
            self.resolve(name, resolution, n)

    @when(lambda order: order.amendments.claims)
    @rule(n=some, resolution=st.sampled_from(("replace", "refund", "allowance", "reject")))
    def resolve_claim(self, n: int, resolution: str) -> None:
        self.resolve(self.one(self.order.amendments.claims, n), resolution, n)

    def resolve(self, claim: str, resolution: str, n: int) -> None:
        money = self.money(1 + n % 90) if resolution == "allowance" or n % 5 == 4 else None
        if resolution == "reject":
            money = None
        self.do(om.ResolveClaim, ORDER_ID, claim, resolution, (), money)


class MoneyRules(OrderMachine):
    """Tenders, what is asked of them, and what moves on them."""

    def tender(self, n: int, suits: Callable[[Any], Any] | None = None) -> str:
        known = self.order.payments.tenders
        return self.one(known, n, None if suits is None else lambda each: suits(known[each]))

    @when(lambda order: order.payments.requests)
    @rule(n=some, outcome=st.sampled_from(("approved", "approved", "approved", "declined", "unknown")))
    def answer(self, n: int, outcome: str) -> None:
        self.do(om.RecordPaymentOutcome, ORDER_ID, self.one(self.order.payments.requests, n), outcome)

    @when(
        lambda order: any(each.kind in ("authorize", "extend") for each in order.payments.requests.values())
    )
    @rule(n=some, hours=st.sampled_from((20, 100, 300)))
    def answer_for_a_time(self, n: int, hours: int) -> None:
        known = self.order.payments.requests
        asked = self.one(known, n, lambda each: known[each].kind in ("authorize", "extend"))
        until = self.life.now + timedelta(hours=hours)
        self.do(om.RecordPaymentOutcome, ORDER_ID, asked, "approved", expires_at=until)

    @rule(n=some, amount=st.integers(1, 5_000), exact=st.booleans())
    def money_arrives(self, n: int, amount: int, exact: bool) -> None:
        tender = self.one(["bank", *self.order.payments.tenders], n)
        due = self.order.payments.balance
        self.do(om.RecordPayment, ORDER_ID, tender, self.money(due if exact and due > 0 else amount))

    @when(lambda order: any(t.blocked or t.refund_blocked for t in order.payments.tenders.values()))
    @rule(n=some)
    def retry(self, n: int) -> None:
        self.do(om.RetryPayment, ORDER_ID, self.tender(n, lambda each: each.blocked or each.refund_blocked))

    @alive
    @rule(n=some, amount=st.integers(1, 3_000), stands=st.sampled_from(("asked", "authorized", "captured")))
    def pay_with_something_else(self, n: int, amount: int, stands: str) -> None:
        if n % 3:
            return
        kind = ("gateway", "gift_card", "store_credit", "cash", "channel")[n // 3 % 5]
        tender = DraftTender(
            self.name("t"),
            kind,
            self.money(amount),
            authorized=stands == "authorized" and kind not in ("cash", "channel"),
            captured=stands == "captured" or kind in ("cash", "channel"),
        )
        self.do(om.AddTender, ORDER_ID, tender)

    @alive
    @when(lambda order: order.payments.tenders)
    @rule(n=some, amount=st.integers(1, 3_000))
    def authorize_more(self, n: int, amount: int) -> None:
        tender = self.tender(n, lambda each: each.kind in ASKED)
        self.do(om.AuthorizePayment, ORDER_ID, tender, self.money(amount))

    @when(lambda order: any(map(open_amount, order.payments.tenders.values())))
    @rule(n=some)
    def extend(self, n: int) -> None:
        tender = self.tender(n, open_amount)
        self.do(om.ExtendAuthorization, ORDER_ID, tender)

    @when(lambda order: any(map(open_amount, order.payments.tenders.values())))
    @rule(n=some, amount=st.integers(1, 3_000))
    def capture_by_hand(self, n: int, amount: int) -> None:
        tender = self.tender(n, open_amount)
        most = open_amount(self.order.payments.tenders[tender])
        self.do(
            om.CapturePayment, ORDER_ID, tender, self.money(min(amount, max(most, 1)) if n % 4 else amount)
        )

    @when(lambda order: any(map(open_amount, order.payments.tenders.values())))
    @rule(n=some)
    def void(self, n: int) -> None:
        if n % 3 == 0:
            self.do(om.VoidPayment, ORDER_ID, self.tender(n, open_amount))

    @rule(n=some, amount=st.integers(1, 800), as_credit=st.booleans())
    def allow(self, n: int, amount: int, as_credit: bool) -> None:
        if n % 3 == 0:
            self.do(om.GrantAllowance, ORDER_ID, self.name("a"), self.money(amount), as_credit=as_credit)

    @when(lambda order: order.payments.captured)
    @rule(n=some, amount=st.integers(1, 3_000))
    def charge_back(self, n: int, amount: int) -> None:
        if n % 2:
            tender = self.tender(n, lambda each: each.captured > each.refunded)
            self.do(om.RecordChargeback, ORDER_ID, self.name("b"), tender, self.money(amount))

    @when(lambda order: order.payments.concessions.chargebacks)
    @rule(n=some, won=st.booleans())
    def the_bank_decides(self, n: int, won: bool) -> None:
        known = self.order.payments.concessions.chargebacks
        decided = self.one(known, n, lambda each: known[each].status == "disputed")
        self.do(om.ResolveChargeback, ORDER_ID, decided, won)
