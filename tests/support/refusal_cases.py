"""What makes each command of an order refused, defect by defect, for proofs of which refusal comes first.

A case brings an order to where a command is accepted. Each of its defects is one reason to refuse it: a
state that the order is brought to besides, fields that the command has instead, or both. Two defects that
touch different things can be had at once, and then the one that stands first is told.

A command that is added needs a ``Case`` here, with a defect for each code of its decider's docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import attrs

from _trials import AT, CARD, ID, Trial, paid, usd
from omcore import orders as om
from omcore.kernel import Money
from omcore.lifecycle import ORDER, Transition, extend
from omcore.orders.selection import everything

Prepare = Callable[[Trial], object]


def nothing(trial: Trial) -> None:
    """The order is as it is."""


@dataclass(frozen=True)
class Defect:
    """A reason to refuse: what is done to the order, and what the command says.

    ``late``: in which order several are done; ``early`` is done before any of them.
    """

    prepare: Prepare = nothing
    fields: Mapping[str, Any] = field(default_factory=dict)
    late: int = 0
    early: Prepare = nothing


@dataclass(frozen=True)
class Case:
    """A command that is accepted, and what is not.

    ``together``: fields that have two defects at once which say something of the same field. ``apart``:
    pairs of codes that no order and command can have both; why is said beside them. ``joined``: fields
    that two defects may both say something of, one after the other.
    """

    command: type
    start: Callable[[], Trial]
    fields: Mapping[str, Any]
    defects: Mapping[str, Defect]
    together: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    apart: frozenset[tuple[str, str]] = frozenset()
    make: Callable[[Trial, dict[str, Any]], Any] | None = None
    joined: frozenset[str] = frozenset()

    def made(self, trial: Trial, fields: Mapping[str, Any]) -> Any:
        """The command with these fields; a function among them is asked for its value now."""
        given = {
            name: value(trial) if callable(value) else value
            for name, value in {**self.fields, **fields}.items()
        }
        if self.make is not None:
            return self.make(trial, given)
        return trial.make(self.command, **given)


EUR = Money(1, "EUR")
NOBODY = (("none", 1),)
MANY = (("tee", 99),)
ONE = (("tee", 1),)
HUGE = 10**15 - 1


def says(**fields: Any) -> Defect:
    return Defect(fields=fields)


def after(prepare: Prepare, late: int = 0, early: Prepare = nothing, **fields: Any) -> Defect:
    return Defect(prepare, fields, late, early)


def filled(make: Callable[[Trial, int], Any]) -> Prepare:
    """As many of something as an order takes."""

    def prepare(trial: Trial) -> None:
        i = 0
        while not trial.outcome(make(trial, i)):
            i += 1

    return prepare


def ended(trial: Trial) -> None:
    """Nothing is left of the order: what waits is cancelled, what went out arrives and comes back."""
    for claim in tuple(trial.order.amendments.claims):
        trial.do(om.ResolveClaim, claim, "reject", cause="x")
    for exchange in tuple(trial.order.amendments.exchanges):
        trial.do(om.CancelExchange, exchange)
    if trial.order.progress.tally.open or trial.order.progress.tally.allocated:
        trial.cancel()
    for shipment in tuple(trial.order.progress.shipments.values()):
        if shipment.status == "in_transit":
            trial.do(om.RecordDelivery, shipment.id)
    for waiting in tuple(trial.order.progress.returns.values()):
        if waiting.items:
            trial.do(om.ReceiveReturn, waiting.id, "nyc")
    if items := everything(trial.order, "delivered"):
        trial.do(om.AuthorizeReturn, "rest", items)
        trial.do(om.ReceiveReturn, "rest", "nyc")


OVER = after(ended, late=9)


def held(trial: Trial) -> None:
    trial.do(om.PlaceHold, "hh", "fraud")


HELD = after(held, late=5)


def in_a_stage(trial: Trial) -> None:
    """The order is in a stage of an embedder's own that nothing leaves but going back."""
    status = trial.order.standing.status
    moves = [Transition(status, "check", "checking"), Transition("checking", "done", status)]
    chart = extend(ORDER, name="with_a_stage", states=["checking"], transitions=moves)
    trial.context = attrs.evolve(trial.context, chart=chart)
    trial.do(om.EnterStage, "check")


STAGE = after(in_a_stage, late=8)
# No stage outlasts an order.
OVER_IN_A_STAGE = ("order_is_over", "illegal_transition (status)")


class Fresh(Trial):
    """An order that can be made anew, otherwise than it was: what holds from its beginning."""

    def __init__(self, *, answered: bool = True, bring: Prepare = nothing, **more: Any) -> None:
        self.kept: dict[str, Any] = {"answered": answered, "bring": bring, **more}
        super().__init__(channel=0, **more)
        if answered:
            self.answer()
        bring(self)


def anew(**more: Any) -> Prepare:
    """To be done first."""

    def prepare(trial: Trial) -> None:
        assert isinstance(trial, Fresh)
        Fresh.__init__(trial, **{**trial.kept, **more})

    return prepare


# -- placing -----------------------------------------------------------------------------------


def a_draft(trial: Trial, fields: dict[str, Any]) -> Any:
    currency = fields.get("currency", "USD")
    price = Money(fields.get("price", 1000), currency)
    line = om.DraftLine("tee", "TEE", 8, price)
    off = om.Discount("off", Money(fields.get("off", 1), currency))
    cap = om.DraftLine("cap", fields.get("sku", "CAP"), 1, Money(1000, currency), (off,))
    return om.OrderDraft(
        om.ExternalRef("web", "shop", "order", fields.get("ref", "1")),
        currency,
        (line, cap),
        AT,
        destination=trial.more["destination"],
        stated_total=None if "total" not in fields else Money(fields["total"], currency),
        source_version=2,
    )


def placing(kind: Any) -> Callable[[Trial, dict[str, Any]], Any]:
    return lambda trial, fields: kind(a_draft(trial, fields), order_id=ID, **trial.common())


def placed_before(trial: Trial) -> None:
    trial.carry_out(om.PlaceOrder(a_draft(trial, {}), order_id=ID, **trial.common()))


def known(trial: Trial) -> None:
    if trial.order is None:
        placed_before(trial)


WRONG_DRAFT = {
    "measure_mismatch": says(sku="WEIGHED"),
    "discount_too_large": says(off=2000),
    "amount_too_large": says(price=9 * 10**14),
    "total_mismatch": says(total=1),
}
PLACING = (
    Case(
        om.PlaceOrder,
        lambda: Trial(place=False),
        {},
        {"order_exists": after(placed_before), **WRONG_DRAFT},
        make=placing(om.PlaceOrder),
    ),
    Case(
        om.ImportOrder,
        lambda: Trial(place=False),
        {},
        {
            "order_exists": after(placed_before, ref="2"),
            "currency_mismatch": after(known, late=1, currency="EUR"),
            **WRONG_DRAFT,
        },
        # A draft of an order that is known is not priced.
        apart=frozenset(
            (known, code) for known in ("order_exists", "currency_mismatch") for code in WRONG_DRAFT
        ),
        make=placing(om.ImportOrder),
    ),
)


# -- money -------------------------------------------------------------------------------------


def by_hand(**more: Any) -> Trial:
    """Authorized, captured by hand; owed are 80.00."""
    return paid(policies=om.Policies(capture_by_hand=True), **more)


def in_cash() -> om.DraftTender:
    return om.DraftTender("cash", "cash", usd(1), captured=True)


def with_cash() -> Trial:
    return by_hand(tenders=(CARD, in_cash()))


def banked() -> Trial:
    trial = paid()
    trial.do(om.RecordPayment, "bank", usd(1000))
    return trial


def disputed() -> Trial:
    trial = banked()
    trial.do(om.RecordChargeback, "b", "bank", usd(1))
    return trial


def capture_declined(trial: Trial) -> None:
    trial.do(om.CapturePayment, "card", usd(1))
    trial.do(om.RecordPaymentOutcome, list(trial.order.payments.requests)[-1], "declined")


def all_asked_for(trial: Trial) -> None:
    trial.do(om.VoidPayment, "card")


def a_tender(name: str = "new", money: Money | None = None) -> om.DraftTender:
    return om.DraftTender(name, "gift_card", money or usd(1))


def add_tender(trial: Trial, fields: dict[str, Any]) -> Any:
    return trial.make(om.AddTender, a_tender(fields.get("id", "new"), fields.get("amount", usd(1))))


FULL_OF_TENDERS = filled(lambda trial, i: trial.make(om.AddTender, a_tender(f"g{i}")))
NO_TENDER = says(tender_id="none")
CASH = says(tender_id="cash")
OTHER_CURRENCY = says(amount=EUR)
MUCH_ELSEWHERE = Money(HUGE, "EUR")
# The tender that a command names is not there, or nobody is asked for it.
ONE_TENDER = frozenset({("unknown_id", "tender_not_asked")})

MONEY = (
    Case(
        om.RecordPaymentOutcome,
        lambda: Trial(channel=0),
        {"request_id": "o1-P1", "outcome": "approved"},
        {"unknown_id": says(request_id="none")},
    ),
    Case(
        om.RecordPayment,
        paid,
        {"tender_id": "bank", "amount": usd(1)},
        {
            "limit_exceeded (tender)": after(FULL_OF_TENDERS),
            "currency_mismatch": OTHER_CURRENCY,
            "limit_exceeded (amount)": after(
                lambda trial: trial.do(om.RecordPayment, "card", usd(HUGE - 8000)), late=1, amount=usd(8001)
            ),
        },
        {("currency_mismatch", "limit_exceeded (amount)"): {"amount": Money(8001, "EUR")}},
    ),
    Case(om.RetryPayment, paid, {"tender_id": "card"}, {"unknown_id": NO_TENDER}),
    Case(
        om.AddTender,
        paid,
        {},
        {
            "order_is_over": OVER,
            "tender_exists": says(id="card"),
            "limit_exceeded (tender)": after(FULL_OF_TENDERS, late=2),
            "currency_mismatch": says(amount=EUR),
            "limit_exceeded (amount)": after(
                lambda trial: trial.do(om.AddTender, a_tender("all", usd(HUGE - 20_000))),
                late=1,
                amount=usd(20_000),
            ),
        },
        together={("currency_mismatch", "limit_exceeded (amount)"): {"amount": Money(20_000, "EUR")}},
        make=add_tender,
    ),
    Case(
        om.AuthorizePayment,
        with_cash,
        {"tender_id": "card", "amount": usd(1)},
        {
            "unknown_id": NO_TENDER,
            "order_is_over": OVER,
            "tender_not_asked": CASH,
            "tender_blocked": after(capture_declined),
            "currency_mismatch": OTHER_CURRENCY,
            "limit_exceeded": says(amount=usd(HUGE)),
        },
        {("currency_mismatch", "limit_exceeded"): {"amount": MUCH_ELSEWHERE}},
        ONE_TENDER,
    ),
    Case(
        om.ExtendAuthorization,
        with_cash,
        {"tender_id": "card"},
        {
            "unknown_id": NO_TENDER,
            "order_is_over": OVER,
            "tender_not_asked": CASH,
            "nothing_authorized": after(all_asked_for),
        },
        apart=ONE_TENDER,
    ),
    Case(
        om.CapturePayment,
        with_cash,
        {"tender_id": "card", "amount": usd(1)},
        {
            "unknown_id": NO_TENDER,
            "tender_not_asked": CASH,
            "tender_blocked": after(capture_declined),
            "order_on_hold": HELD,
            "currency_mismatch": OTHER_CURRENCY,
            "not_capturable": says(amount=usd(HUGE)),
        },
        {("currency_mismatch", "not_capturable"): {"amount": MUCH_ELSEWHERE}},
        ONE_TENDER,
    ),
    Case(
        om.VoidPayment,
        with_cash,
        {"tender_id": "card"},
        {"unknown_id": NO_TENDER, "tender_not_asked": CASH, "nothing_authorized": after(all_asked_for)},
        apart=ONE_TENDER,
    ),
    Case(
        om.GrantAllowance,
        paid,
        {"allowance_id": "a", "amount": usd(1)},
        {
            "allowance_exists": after(lambda trial: trial.do(om.GrantAllowance, "a", usd(1))),
            "limit_exceeded": after(filled(lambda trial, i: trial.make(om.GrantAllowance, f"a{i}", usd(1)))),
            "currency_mismatch": OTHER_CURRENCY,
            "allowance_too_large": after(ended, late=1),
        },
    ),
    Case(
        om.RecordChargeback,
        banked,
        {"chargeback_id": "b", "tender_id": "bank", "amount": usd(1)},
        {
            "unknown_id": says(tender_id="none"),
            "chargeback_exists": after(lambda trial: trial.do(om.RecordChargeback, "b", "bank", usd(1))),
            "limit_exceeded": after(
                filled(lambda trial, i: trial.make(om.RecordChargeback, f"b{i}", "bank", usd(1))), late=1
            ),
            "currency_mismatch": OTHER_CURRENCY,
        },
    ),
    Case(
        om.ResolveChargeback,
        disputed,
        {"chargeback_id": "b", "won": True},
        {
            "unknown_id": says(chargeback_id="none"),
            "chargeback_decided": after(lambda trial: trial.do(om.ResolveChargeback, "b", False)),
        },
    ),
)
