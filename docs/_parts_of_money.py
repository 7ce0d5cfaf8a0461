"""Parts of an order that have to do with money: tenders, requests to them, chargebacks, allowances."""

from __future__ import annotations

from datetime import timedelta

import attrs

from _parts import Make, Part, State
from _trials import AT, CARD, Trial, usd
from omcore import orders as om
from omcore.kernel import Command
from omcore.lifecycle import PAYMENT

WHOLE = attrs.evolve(CARD, amount=usd(8000))


# -- tenders -----------------------------------------------------------------------------------


def pending() -> Trial:
    """Eight tees for 80.00; nothing is captured but by hand."""
    by_hand = om.Policies(capture_by_hand=True, reauthorize=False)
    return Trial(channel=0, tenders=(WHOLE,), policies=by_hand)


def authorized() -> Trial:
    trial = pending()
    trial.answer()
    return trial


def captured(minor: int = 8000, outcome: str = "approved") -> Trial:
    trial = authorized()
    trial.do(om.CapturePayment, "card", usd(minor))
    trial.answer(outcome)
    return trial


def refunded(minor: int = 8000, outcome: str = "approved") -> Trial:
    trial = captured()
    trial.do(om.GrantAllowance, "a1", usd(minor))
    trial.answer(outcome)
    return trial


def voided() -> Trial:
    trial = authorized()
    trial.do(om.VoidPayment, "card")
    trial.answer()
    return trial


def declined() -> Trial:
    trial = pending()
    trial.answer("declined")
    return trial


def lapsed() -> Trial:
    trial = pending()
    trial.answer(expires_at=AT + timedelta(days=7))
    trial.wait(days=7)
    trial.do(om.MeetDeadlines)
    return trial


def extension_asked() -> Trial:
    trial = authorized()
    trial.do(om.ExtendAuthorization, "card")
    return trial


def all_asked_for() -> Trial:
    trial = authorized()
    trial.do(om.CapturePayment, "card", usd(8000))
    return trial


def unknown() -> Trial:
    trial = all_asked_for()
    trial.answer("unknown")
    return trial


def held_back() -> Trial:
    trial = authorized()
    trial.do(om.PlaceHold, "h1", "fraud")
    return trial


def over() -> Trial:
    trial = captured()
    trial.cancel()
    trial.answer()
    return trial


def in_cash() -> Trial:
    cash = attrs.evolve(WHOLE, kind="cash", captured=True)
    return Trial(channel=0, tenders=(cash,), policies=om.Policies(capture_by_hand=True))


def again(trial: Trial) -> Command:
    made: Command = trial.make(om.AddTender, WHOLE)
    return made


TENDERS = Part(
    "Tenders",
    "One means of payment, of 80.00 for an order of as much, captured by hand; a command asks for 1.00"
    " of it. Where the outcome of a capture is *unknown* its money is spoken for until there is one."
    " *Blocked* is a tender whose holder declined a capture or a refund: nothing of the like is asked of"
    " it again before `RetryPayment`. Nobody is asked for cash.",
    frozenset({"tender_id"}),
    {
        "pending": pending,
        "authorized": authorized,
        "authorized, extension asked for": extension_asked,
        "authorized, all of it asked for": all_asked_for,
        "authorized, outcome unknown": unknown,
        "authorized, blocked": lambda: captured(8000, "declined"),
        "authorized, order on hold": held_back,
        "partially_captured": lambda: captured(3000),
        "captured": captured,
        "captured, blocked for refunds": lambda: refunded(100, "declined"),
        "captured, cash": in_cash,
        "partially_refunded": lambda: refunded(3000),
        "refunded": refunded,
        "refunded, order over": over,
        "voided": voided,
        "voided, lapsed": lapsed,
        "declined": declined,
    },
    {
        "`AddTender` again": again,
        "`AuthorizePayment`": lambda trial: trial.make(om.AuthorizePayment, "card", usd(100)),
        "`ExtendAuthorization`": lambda trial: trial.make(om.ExtendAuthorization, "card"),
        "`CapturePayment`": lambda trial: trial.make(om.CapturePayment, "card", usd(100)),
        "`VoidPayment`": lambda trial: trial.make(om.VoidPayment, "card"),
        "`RetryPayment`": lambda trial: trial.make(om.RetryPayment, "card"),
        "`RecordPayment`": lambda trial: trial.make(om.RecordPayment, "card", usd(100)),
        "`RecordChargeback`": lambda trial: trial.make(om.RecordChargeback, "cb1", "card", usd(100)),
    },
    lambda trial: str(trial.order.payments.tenders["card"].status),
    PAYMENT,
)


# -- requests to a tender's holder -------------------------------------------------------------


def to_refund() -> Trial:
    trial = captured()
    trial.do(om.GrantAllowance, "a1", usd(100))
    return trial


def to_void() -> Trial:
    trial = authorized()
    trial.do(om.VoidPayment, "card")
    return trial


def to_issue() -> Trial:
    trial = captured()
    trial.do(om.GrantAllowance, "a1", usd(100), as_credit=True)
    return trial


def answered() -> Trial:
    trial = all_asked_for()
    trial.answer()
    return trial


def latest(trial: Trial) -> str:
    return f"o1-P{trial.order.payments.numbered}"


def state_of_request(trial: Trial) -> str:
    found = trial.order.payments.requests.get(trial.about)
    return "answered" if found is None else "unknown" if found.unknown else "asked"


def about_the_latest(bring: State) -> State:
    """The request that the order's last step made; what a command makes besides is another one."""

    def brought() -> Trial:
        trial = bring()
        trial.about = latest(trial)
        return trial

    return brought


def outcome(word: str) -> Make:
    def make(trial: Trial) -> Command:
        made: Command = trial.make(om.RecordPaymentOutcome, trial.about, word)
        return made

    return make


REQUESTS = Part(
    "Requests to a tender's holder",
    "What was asked of a gateway, or of whoever issues store credit, until there is an answer. An answer"
    " that is *unknown* leaves the request open: it is asked again under its id.",
    frozenset({"request_id"}),
    {
        name: about_the_latest(bring)
        for name, bring in {
            "asked, to authorize": pending,
            "asked, to extend": extension_asked,
            "asked, to capture": all_asked_for,
            "asked, to refund": to_refund,
            "asked, to void": to_void,
            "asked, to issue store credit": to_issue,
            "unknown": unknown,
            "answered": answered,
        }.items()
    },
    {
        "`RecordPaymentOutcome` approved": outcome("approved"),
        "`RecordPaymentOutcome` declined": outcome("declined"),
        "`RecordPaymentOutcome` unknown": outcome("unknown"),
    },
    state_of_request,
)


# -- chargebacks and allowances ----------------------------------------------------------------


def charged_back() -> Trial:
    trial = captured()
    trial.do(om.RecordChargeback, "cb1", "card", usd(3000))
    return trial


def decided(won: bool) -> Trial:
    trial = charged_back()
    trial.do(om.ResolveChargeback, "cb1", won)
    return trial


CHARGEBACKS = Part(
    "Chargebacks",
    "Money that the customer's bank took back. A command that names it again says the same, or something"
    " else, of the same bank.",
    frozenset({"chargeback_id"}),
    {"disputed": charged_back, "won": lambda: decided(True), "lost": lambda: decided(False)},
    {
        "`RecordChargeback` again": lambda trial: trial.make(om.RecordChargeback, "cb1", "card", usd(3000)),
        "`ResolveChargeback` won": lambda trial: trial.make(om.ResolveChargeback, "cb1", True),
        "`ResolveChargeback` lost": lambda trial: trial.make(om.ResolveChargeback, "cb1", False),
    },
    lambda trial: str(trial.order.payments.concessions.chargebacks["cb1"].status),
)


def owing(minor: int) -> State:
    def bring() -> Trial:
        trial = captured()
        if minor < 8000:
            trial.do(om.GrantAllowance, "a0", usd(8000 - minor))
            trial.answer()
        return trial

    return bring


def how_much_is_owed(trial: Trial) -> str:
    owed = trial.order.payments.owed
    return "more" if owed > 1000 else "as_much" if owed == 1000 else "less"


ALLOWANCES = Part(
    "Allowances",
    "10.00 are taken off for an order that is worth *more*, *as much*, or *less* by then. An allowance has no"
    " states: once granted, it stands.",
    frozenset({"allowance_id"}),
    {"more": owing(8000), "as_much": owing(1000), "less": owing(500), "less, order over": over},
    {
        "`GrantAllowance`": lambda trial: trial.make(om.GrantAllowance, "a1", usd(1000)),
        "`GrantAllowance` as credit": lambda trial: trial.make(
            om.GrantAllowance, "a1", usd(1000), as_credit=True
        ),
    },
    how_much_is_owed,
)

PARTS = (TENDERS, REQUESTS, CHARGEBACKS, ALLOWANCES)
