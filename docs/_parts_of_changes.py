"""Parts of an order that change it or make it wait: holds, cancel requests, edits, exchanges, claims."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from _parts import Make, Part, State
from _trials import AT, Trial, delivered, paid, usd
from omcore import orders as om
from omcore.kernel import Command
from omcore.orders import events as ev

SOME = (("tee", 1),)


def told(trial: Trial, table: dict[type, str], **named: str) -> str:
    """The state that the last event about a thing stands for; done things are not kept in an order."""
    for event in reversed(trial.events):
        if type(event) in table and all(getattr(event, name) == value for name, value in named.items()):
            return table[type(event)]
    return "none"


# -- holds -------------------------------------------------------------------------------------


def held(owner: str = "fraud_check", then: str = "release", waited: int = 0, **more: Any) -> State:
    def bring() -> Trial:
        trial = paid(**more)
        until = AT + timedelta(days=1)
        trial.do(om.PlaceHold, "h1", "fraud", owner, expires_at=until, then=then)
        trial.wait(days=waited)
        return trial

    return bring


def released() -> Trial:
    trial = held()()
    trial.do(om.ReleaseHold, "h1")
    return trial


def by_validation() -> Trial:
    trial = Trial(channel=0, destination=None)  # nobody knows where it goes
    trial.answer()
    return trial


def of_hold(trial: Trial) -> str:
    order = om.as_of(trial.order, trial.context, trial.at)
    ids = [hold.id for hold in order.standing.holds]
    return "placed" if {"h1", "validation-address"} & set(ids) else "gone"


def hold_id(trial: Trial) -> str:
    return next((hold.id for hold in trial.order.standing.holds), "h1")


def release(owner: str) -> Make:
    def make(trial: Trial) -> Command:
        made: Command = trial.make(om.ReleaseHold, hold_id(trial), owner)
        return made

    return make


HOLDS = Part(
    "Holds",
    "A hold of a fraud check that expires in a day. A person may release any hold, a system its own"
    " (*policy*). What has expired is gone whether or not anybody looked; one that cancels leaves an order"
    " that is over. A hold of the validation is released by itself once its rule is content; who releases"
    " it before waives the rule.",
    frozenset({"hold_id"}),
    {
        "placed": held(),
        "placed, by the validation": by_validation,
        "gone, released": released,
        "gone, expired": held(waited=1),
        "gone, expired and cancelled": held(then="cancel", waited=1),
    },
    {
        "`PlaceHold` again": lambda trial: trial.make(om.PlaceHold, "h1", "fraud"),
        "`ReleaseHold` by its owner": release("fraud_check"),
        "`ReleaseHold` by a person": release("person"),
        "`ReleaseHold` by another system": release("robot"),
    },
    of_hold,
)


# -- requests to cancel ------------------------------------------------------------------------


def asked(**more: Any) -> Trial:
    trial = paid(**more)
    trial.do(om.RequestCancel, "q1", SOME)
    return trial


def answered(accept: bool) -> Trial:
    trial = asked()
    trial.do(om.DecideCancelRequest, "q1", accept)
    return trial


def over() -> Trial:
    trial = asked()
    trial.cancel()
    return trial


CANCEL_REQUESTS = Part(
    "Requests to cancel",
    "Somebody would like a unit cancelled. Asking the same again says nothing new; about an order that is"
    " over it is noted as a task for a person. An order that is over takes an answer too.",
    frozenset({"request_id"}),
    {
        "requested": asked,
        "requested, order over": over,
        "accepted": lambda: answered(True),
        "declined": lambda: answered(False),
    },
    {
        "`RequestCancel` the same": lambda trial: trial.make(om.RequestCancel, "q1", SOME),
        "`RequestCancel` something else": lambda trial: trial.make(om.RequestCancel, "q1", (("tee", 2),)),
        "`DecideCancelRequest` accept": lambda trial: trial.make(om.DecideCancelRequest, "q1", True),
        "`DecideCancelRequest` decline": lambda trial: trial.make(om.DecideCancelRequest, "q1", False),
    },
    lambda trial: str(trial.order.standing.cancel_requests[0].status),
)


# -- edits -------------------------------------------------------------------------------------

CAP = om.AddLine(om.DraftLine("cap", "CAP", 1, usd(500)))
FREE = om.AddLine(om.DraftLine("gift", "GIFT", 1, usd(0)))
PIN = om.AddLine(om.DraftLine("pin", "PIN", 1, usd(0)))


def waiting(*operations: Any, **more: Any) -> Trial:
    trial = paid()
    trial.do(om.ProposeEdit, "e1", operations or (CAP, om.ChangeQuantity("tee", 7)), **more)
    return trial


def unpaid() -> Trial:
    return waiting(om.ChangeQuantity("tee", 20))


def outdated() -> Trial:
    trial = waiting()
    trial.do(om.CancelUnits, SOME)
    return trial


def confirmed() -> Trial:
    trial = waiting()
    trial.do(om.ConfirmEdit, "e1")
    return trial


def not_last() -> Trial:
    trial = confirmed()
    trial.do(om.ProposeEdit, "e0", (FREE,))
    trial.do(om.ConfirmEdit, "e0")
    return trial


def its_units_gone() -> Trial:
    trial = confirmed()
    trial.do(om.CancelUnits, (("cap", 1),))
    return trial


def reverted() -> Trial:
    trial = confirmed()
    trial.do(om.RevertEdit, "e1", "e0")
    trial.do(om.ConfirmEdit, "e0")
    return trial


def declined() -> Trial:
    trial = waiting()
    trial.do(om.DeclineEdit, "e1")
    return trial


def expired() -> Trial:
    trial = waiting(expires_at=AT + timedelta(days=1))
    trial.wait(days=1)
    trial.do(om.MeetDeadlines)
    return trial


def cancelled_meanwhile() -> Trial:
    trial = waiting()
    trial.cancel()
    return trial


OF_EDIT: dict[type, str] = {
    ev.EditConfirmed: "confirmed",
    ev.EditDeclined: "declined",
    ev.EditLapsed: "expired",
}


def of_edit(trial: Trial) -> str:
    return "waiting" if "e1" in trial.order.amendments.edits else told(trial, OF_EDIT, edit_id="e1")


EDITS = Part(
    "Edits",
    "A line is added and another one has a unit less, which costs nothing more; unpaid is one that costs"
    " more than was authorized. Something else changed a line since an outdated one was proposed. An edit"
    " that is declined or expired is forgotten: its id may be used again.",
    frozenset({"edit_id", "revert_id"}),
    {
        "waiting": waiting,
        "waiting, unpaid": unpaid,
        "waiting, outdated": outdated,
        "confirmed": confirmed,
        "confirmed, not the last": not_last,
        "confirmed, its units cancelled": its_units_gone,
        "confirmed, reverted": reverted,
        "declined": declined,
        "expired": expired,
        "expired, order over": cancelled_meanwhile,
    },
    {
        "`ProposeEdit` again": lambda trial: trial.make(om.ProposeEdit, "e1", (PIN,)),
        "`ConfirmEdit`": lambda trial: trial.make(om.ConfirmEdit, "e1"),
        "`DeclineEdit`": lambda trial: trial.make(om.DeclineEdit, "e1"),
        "`RevertEdit`": lambda trial: trial.make(om.RevertEdit, "e1", "e9"),
        "`RevertEdit` under its id": lambda trial: trial.make(om.RevertEdit, "e0", "e1"),
    },
    of_edit,
)


# -- exchanges ---------------------------------------------------------------------------------


def agreed(price: int = 1000, quantity: int = 1, **more: Any) -> Trial:
    """A tee of 10.00 is to come back for something; three tees are with the customer."""
    trial = delivered()
    trial.do(om.AuthorizeExchange, "x1", "rx1", SOME, (the_new(price, quantity),), **more)
    return trial


def the_new(price: int = 1000, quantity: int = 1) -> om.DraftLine:
    return om.DraftLine("new", "NEW", quantity, usd(price))


def shipped_ahead() -> Trial:
    trial = agreed(advance=True)
    trial.do(om.AllocateUnits, (("new", "nyc", 1),))
    trial.do(om.ShipUnits, list(trial.order.progress.work)[-1])
    return trial


def overdue() -> Trial:
    """Its goods went out, nothing came back, and its charge was declined."""
    trial = shipped_ahead()
    trial.answer()
    trial.wait(days=14)
    trial.do(om.MeetDeadlines)
    trial.answer("declined")
    return trial


def let_go() -> Trial:
    """A person lets the order go on that waits for the money."""
    trial = overdue()
    trial.do(om.ReleaseHold, trial.order.standing.holds[0].id)
    return trial


def charged() -> Trial:
    trial = shipped_ahead()
    trial.answer()
    trial.wait(days=14)
    trial.do(om.MeetDeadlines)
    trial.answer()
    return trial


def done() -> Trial:
    trial = agreed()
    trial.do(om.ReceiveReturn, "rx1", "nyc")
    return trial


def not_paid() -> Trial:
    trial = agreed(3000)
    trial.answer("declined")
    return trial


def not_accepted() -> Trial:
    trial = agreed()
    trial.do(om.ReceiveReturn, "rx1", "nyc", outcomes=(("wrong_item", SOME),))
    return trial


def called_off() -> Trial:
    trial = agreed()
    trial.do(om.CancelExchange, "x1")
    return trial


def of_exchange(trial: Trial) -> str:
    found = trial.order.amendments.exchanges.get("x1")
    if found is not None:
        return str(found.status)
    ended = [event for event in trial.events if type(event) is ev.ExchangeEnded and event.exchange_id == "x1"]
    return str(ended[-1].outcome)


EXCHANGES = Part(
    "Exchanges",
    "A tee comes back for something else. *Waiting* is one whose difference was not paid yet, *expecting* one"
    " whose goods are to come back first, *sent* one whose new goods went first, *overdue* one whose goods"
    " did not come and whose charge was declined. From *completed* on it has ended: it is forgotten, and its"
    " id may be used again, but not its return's where that was authorized.",
    frozenset({"exchange_id"}),
    {
        "waiting": lambda: agreed(3000),
        "expecting": agreed,
        "sent": lambda: agreed(advance=True),
        "sent, its goods shipped": shipped_ahead,
        "overdue": overdue,
        "completed": done,
        "charged": charged,
        "unpaid": let_go,
        "declined": not_paid,
        "refunded": not_accepted,
        "cancelled": called_off,
    },
    {
        "`AuthorizeExchange` again": lambda trial: trial.make(
            om.AuthorizeExchange, "x1", "rx2", (("tee", ((3, 3),)),), (om.DraftLine("b", "B", 1, usd(1000)),)
        ),
        "`AuthorizeExchange` on its return": lambda trial: trial.make(
            om.AuthorizeExchange, "x2", "rx1", (("tee", ((3, 3),)),), (om.DraftLine("b", "B", 1, usd(1000)),)
        ),
        "`CancelExchange`": lambda trial: trial.make(om.CancelExchange, "x1"),
        "`CancelExchange` keep the return": lambda trial: trial.make(
            om.CancelExchange, "x1", keep_return=True
        ),
        "`AuthorizeReturn` of its unit": lambda trial: trial.make(
            om.AuthorizeReturn, "r9", (("tee", ((1, 1),)),)
        ),
        "`OpenClaim` on its unit": lambda trial: trial.make(
            om.OpenClaim, "c9", "damaged", (("tee", ((1, 1),)),)
        ),
    },
    of_exchange,
)


# -- claims ------------------------------------------------------------------------------------


def claimed() -> Trial:
    trial = delivered(4)
    trial.do(om.OpenClaim, "c1", "damaged", (("tee", ((1, 2),)),))
    return trial


def resolved(how: str, **more: Any) -> State:
    def bring() -> Trial:
        trial = claimed()
        trial.do(om.ResolveClaim, "c1", how, **more)
        return trial

    return bring


def resolve(how: str, **more: Any) -> Make:
    def make(trial: Trial) -> Command:
        made: Command = trial.make(om.ResolveClaim, "c1", how, **more)
        return made

    return make


def all_refunded() -> Trial:
    trial = claimed()
    trial.do(om.OpenClaim, "c0", "damaged", (("tee", ((3, 4),)),))
    trial.do(om.ResolveClaim, "c0", "refund")
    trial.do(om.ResolveClaim, "c1", "refund")
    return trial


def of_claim(trial: Trial) -> str:
    return "open" if "c1" in trial.order.amendments.claims else "resolved"


CLAIMS = Part(
    "Claims",
    "Two of four tees are said to be damaged. A claim that is resolved is forgotten: its id may be used"
    " again.",
    frozenset({"claim_id"}),
    {
        "open": claimed,
        "open, one of two replaced": resolved("replace", items=(("tee", ((1, 1),)),)),
        "resolved, refunded": resolved("refund"),
        "resolved, replaced": resolved("replace"),
        "resolved, rejected": resolved("reject", cause="worn"),
        "resolved, order over": all_refunded,
    },
    {
        "`OpenClaim` again": lambda trial: trial.make(om.OpenClaim, "c1", "late", (("tee", ((4, 4),)),)),
        "`OpenClaim` on its unit": lambda trial: trial.make(
            om.OpenClaim, "c2", "late", (("tee", ((2, 2),)),)
        ),
        "`ResolveClaim` refund": resolve("refund"),
        "`ResolveClaim` replace": resolve("replace"),
        "`ResolveClaim` allowance": resolve("allowance", amount=usd(500)),
        "`ResolveClaim` reject": resolve("reject", cause="worn"),
        "`ResolveClaim` refund one": resolve("refund", items=(("tee", ((1, 1),)),)),
        "`AuthorizeReturn` of its unit": lambda trial: trial.make(
            om.AuthorizeReturn, "r9", (("tee", ((2, 2),)),)
        ),
    },
    of_claim,
)

PARTS = (HOLDS, CANCEL_REQUESTS, EDITS, EXCHANGES, CLAIMS)
