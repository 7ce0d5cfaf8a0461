"""What makes each command about edits, returns, exchanges and claims refused; see ``refusal_cases``."""

from __future__ import annotations

from typing import Any

import attrs

from _trials import MAIN, Trial, usd
from omcore import orders as om
from omcore.kernel import Money
from refusal_cases import HUGE, OVER, STAGE, Case, Defect, Fresh, Prepare, after, anew, filled, says

ONE = (("tee", 1),)
LINE = says(items=(("tee", 9999), ("none", 1)))
TOO_MANY = says(items=(("tee", 9999),))
UNKNOWN_AND_TOO_MANY = {("unknown_id", "units_not_available"): {"items": (("tee", 9999), ("none", 1))}}


def a_line(line_id: str, money: Money | None = None, quantity: int = 1, *off: om.Discount) -> om.DraftLine:
    return om.DraftLine(line_id, line_id.upper(), quantity, money or usd(0), off)


def new(line_id: str, money: Money | None = None, quantity: int = 1, *off: om.Discount) -> om.AddLine:
    return om.AddLine(a_line(line_id, money, quantity, *off))


def fee(minor: int, currency: str = "USD") -> om.AddCharge:
    return om.AddCharge(om.Charge("fee", Money(minor, currency)))


def edited(trial: Trial, name: str, *operations: Any) -> None:
    trial.do(om.ProposeEdit, name, operations)
    trial.do(om.ConfirmEdit, name)


# -- proposing ---------------------------------------------------------------------------------

OFF = om.Discount("off", usd(501))
ELSEWHERE = om.ChangeService("express")
HAT = om.DraftLine("hat", "HAT", 3, usd(0))
CHANNELS = om.DraftLine("mug", "MUG", 1, usd(500), fulfilled_by="channel")


def tees_only(trial: Trial) -> None:
    trial.do(om.CancelUnits, (("mug", 1), ("hat", 3)))


def all_shipped(trial: Trial) -> None:
    open_units = tuple(
        (line.id, "nyc", high - low + 1)
        for line, units in zip(trial.order.terms.lines, trial.order.progress.units, strict=True)
        for low, high, state, _ in units
        if state == "open"
    )
    if open_units:
        trial.do(om.AllocateUnits, open_units)
    for work in tuple(trial.order.progress.work.values()):
        if work.items:
            trial.do(om.ShipUnits, work.id)


def waiting_at_work(trial: Trial) -> None:
    """In a stage that nothing leaves, with work that another delivery calls back."""
    trial.allocate(8)
    STAGE.prepare(trial)


def of(*operations: Any) -> dict[str, Any]:
    return {"operations": operations}


def full(trial: Trial) -> None:
    trial.outcome(trial.make(om.ProposeEdit, "e", (new("cap"),)))
    filled(lambda t, i: t.make(om.ProposeEdit, f"e{i}", (new("cap"),)))(trial)


ADDS = (
    "discount_too_large",
    "amount_too_large",
    "limit_exceeded",
    "charges_below_zero",
    "nothing_to_do",
    "illegal_transition (status)",
    "edit_ends_order",
)
EUR = "EUR"
# Two pieces of what is counted in grams.
WEIGHED = om.DraftLine("kilos", "WEIGHED", 2, usd(100))

PROPOSING = Case(
    om.ProposeEdit,
    lambda: Fresh(lines=(MAIN, CHANNELS, HAT), bring=tees_only),
    {"edit_id": "e", **of(new("cap"))},
    {
        "unknown_id": says(**of(om.RemoveLine("none"))),
        "order_is_over": OVER,
        "edit_exists": after(lambda trial: trial.do(om.ProposeEdit, "e", (new("cap"),))),
        "too_many_edits": after(
            filled(lambda trial, i: trial.make(om.ProposeEdit, f"e{i}", (new("cap"),))), late=1
        ),
        "line_not_editable": says(**of(om.RemoveLine("mug"))),
        "line_exists": says(**of(new("mug"))),
        "currency_mismatch": says(**of(fee(1, EUR))),
        "measure_mismatch": says(**of(om.AddLine(WEIGHED))),
        "units_not_available": says(**of(om.Substitute("hat", a_line("sub"), 1))),
        "nothing_changes": says(**of(om.RemoveCharge("tip"))),
        "discount_too_large": says(**of(new("cap", usd(500), 1, OFF))),
        "amount_too_large": says(**of(new("v1", usd(HUGE)), new("v2", usd(HUGE)))),
        "limit_exceeded": says(**of(new("lot", usd(0), 999_989))),
        "charges_below_zero": says(**of(fee(-1))),
        "nothing_to_do": after(all_shipped, late=3, **of(ELSEWHERE)),
        "illegal_transition (status)": after(waiting_at_work, late=8, **of(ELSEWHERE)),
        "edit_ends_order": says(**of(om.RemoveLine("tee"))),
    },
    {
        # Of one and the same operation.
        ("line_not_editable", "line_exists"): of(om.Substitute("mug", a_line("tee"), 1)),
        ("line_not_editable", "currency_mismatch"): of(om.ChangeQuantity("mug", 2, Money(1, EUR))),
        ("line_not_editable", "units_not_available"): of(om.Substitute("mug", a_line("sub"), 9)),
        ("line_exists", "currency_mismatch"): of(new("tee", Money(1, EUR))),
        ("line_exists", "measure_mismatch"): of(om.AddLine(attrs.evolve(WEIGHED, id="tee"))),
        ("currency_mismatch", "measure_mismatch"): of(
            om.AddLine(attrs.evolve(WEIGHED, unit_price=Money(1, EUR)))
        ),
        ("line_exists", "units_not_available"): of(om.Substitute("hat", a_line("mug"), 1)),
        ("currency_mismatch", "units_not_available"): of(om.Substitute("hat", a_line("s", Money(1, EUR)), 1)),
    },
    frozenset(
        {
            ("order_is_over", "illegal_transition (status)"),
            # What adds, takes away or goes elsewhere changes something.
            *(("nothing_changes", code) for code in ADDS),
            # What is added, or at work, can be delivered otherwise; what has shipped can't be taken away.
            ("limit_exceeded", "nothing_to_do"),
            ("nothing_to_do", "illegal_transition (status)"),
            ("nothing_to_do", "edit_ends_order"),
        }
    ),
    joined=frozenset({"operations"}),
)


# -- reverting and confirming ------------------------------------------------------------------


def confirmed(trial: Trial) -> None:
    edited(trial, "e", om.ChangeQuantity("tee", 7), new("cap"), ELSEWHERE)


def rounding_taken_off(trial: Trial) -> None:
    """Back it would be less than nothing that the charges come to."""
    edited(trial, "e", om.ChangeQuantity("tee", 7), om.RemoveCharge("rounding"))


def grown(trial: Trial) -> None:
    """To a million units, by an exchange: no edit came after the last."""
    trial.do(om.AllocateUnits, (("hat", "nyc", 1),))
    trial.do(om.ShipUnits, list(trial.order.progress.work)[-1])
    trial.do(om.RecordDelivery, list(trial.order.progress.shipments)[-1])
    most = 1_000_000 - sum(line.quantity for line in trial.order.terms.lines)
    trial.do(om.AuthorizeExchange, "x", "rx", (("hat", 1),), (a_line("lot", usd(0), most),), advance=True)


def a_line_added(trial: Trial) -> None:
    edited(trial, "e", new("cap"))


def others_cancelled(trial: Trial) -> None:
    trial.do(om.CancelUnits, (("tee", 8), ("hat", 3)))


REVERTING = Case(
    om.RevertEdit,
    lambda: Fresh(lines=(MAIN, HAT), bring=confirmed),
    {"edit_id": "e", "revert_id": "back"},
    {
        "order_is_over": OVER,
        "edit_exists": says(revert_id="e"),
        "too_many_edits": after(
            filled(lambda trial, i: trial.make(om.ProposeEdit, f"e{i}", (new("pin"),))), late=2
        ),
        "not_revertible": says(edit_id="none"),
        "limit_exceeded": after(grown, late=3),
        "charges_below_zero": Defect(
            early=anew(bring=rounding_taken_off, charges=(om.Charge("rounding", usd(-1)),))
        ),
        "nothing_to_do": after(
            all_shipped, late=3, early=anew(bring=lambda trial: edited(trial, "e", ELSEWHERE))
        ),
        "illegal_transition (status)": after(lambda trial: at_work_in_a_stage(trial), late=8),
        "edit_ends_order": after(others_cancelled, late=3, early=anew(bring=a_line_added)),
    },
    apart=frozenset(
        {
            ("order_is_over", "illegal_transition (status)"),
            # What is added again, or at work, can be delivered otherwise.
            ("limit_exceeded", "nothing_to_do"),
            ("limit_exceeded", "edit_ends_order"),
            ("nothing_to_do", "illegal_transition (status)"),
            ("nothing_to_do", "edit_ends_order"),
            ("illegal_transition (status)", "edit_ends_order"),
            # Of two edits that are told apart here one is the last; confirming has both pairs.
            ("charges_below_zero", "nothing_to_do"),
            ("charges_below_zero", "edit_ends_order"),
        }
    ),
)


def at_work_in_a_stage(trial: Trial) -> None:
    for line, units in zip(trial.order.terms.lines, trial.order.progress.units, strict=True):
        for low, high, state, _ in units:
            if state == "open":
                trial.do(om.AllocateUnits, ((line.id, "nyc", high - low + 1),))
    STAGE.prepare(trial)


class Proposed(Fresh):
    """An order with an edit that waits; what it is about may be said from the beginning."""

    def __init__(self, *, operations: tuple[Any, ...] = (ELSEWHERE,), **more: Any) -> None:
        super().__init__(**more)
        self.kept["operations"] = operations
        self.do(om.ProposeEdit, "e", operations)


def also(*operations: Any) -> Prepare:
    """The edit that waits is about this too."""

    def prepare(trial: Trial) -> None:
        assert isinstance(trial, Proposed)
        kept = {**trial.kept, "operations": (*trial.kept["operations"], *operations)}
        Proposed.__init__(trial, **kept)

    return prepare


def only(*operations: Any) -> Prepare:
    """The same, and about no other delivery."""

    def prepare(trial: Trial) -> None:
        also(*operations)(trial)
        assert isinstance(trial, Proposed)
        rest = tuple(operation for operation in trial.kept["operations"] if operation is not ELSEWHERE)
        Proposed.__init__(trial, **{**trial.kept, "operations": rest})

    return prepare


def shipping_off(trial: Trial) -> None:
    edited(trial, "off", om.RemoveCharge("shipping"))


def a_lot(trial: Trial) -> None:
    most = 1_000_000 - sum(line.quantity for line in trial.order.terms.lines)
    edited(trial, "lot", new("lot", usd(0), most))


CONFIRMING = Case(
    om.ConfirmEdit,
    lambda: Proposed(lines=(MAIN, HAT), charges=(om.Charge("shipping", usd(500)),)),
    {"edit_id": "e"},
    {
        "unknown_id": says(edit_id="none"),
        "edit_outdated": after(
            lambda trial: trial.do(om.CancelUnits, (("hat", 1),)), early=also(om.ChangeQuantity("hat", 2))
        ),
        "units_not_available": after(all_shipped, late=2, early=also(om.ChangeQuantity("tee", 7))),
        "limit_exceeded": after(a_lot, early=also(new("cap"))),
        "charges_below_zero": after(shipping_off, early=also(fee(-500))),
        "nothing_to_do": after(all_shipped, late=3),
        "illegal_transition (status)": after(at_work_in_a_stage, late=8),
        "edit_ends_order": after(
            lambda trial: trial.do(om.CancelUnits, (("hat", 3),)), late=1, early=only(om.RemoveLine("tee"))
        ),
        "edit_not_paid": after(lambda trial: None, early=also(new("gem", usd(900_000)))),
    },
    apart=frozenset(
        {
            # What has shipped is no work any more; what is added, or at work, can be delivered otherwise.
            ("units_not_available", "illegal_transition (status)"),
            ("units_not_available", "edit_ends_order"),
            ("limit_exceeded", "nothing_to_do"),
            ("limit_exceeded", "edit_ends_order"),
            ("nothing_to_do", "illegal_transition (status)"),
            ("nothing_to_do", "edit_ends_order"),
            ("nothing_to_do", "edit_not_paid"),
            # Something is added that is to be paid, so that the order goes on.
            ("edit_ends_order", "edit_not_paid"),
            # Both would take the hats: the edit some, the customer all of them.
            ("edit_outdated", "edit_ends_order"),
        }
    ),
)

EDITS = (
    PROPOSING,
    REVERTING,
    CONFIRMING,
    Case(om.DeclineEdit, Proposed, {"edit_id": "e"}, {"unknown_id": says(edit_id="none")}),
)


# -- returns -----------------------------------------------------------------------------------


# A kit, and what is none, beside the tees.
SETS = om.DraftLine("set", "SET", 4, usd(0))
HATS = om.DraftLine("hat", "HAT", 2, usd(0))
A_HAT = (("hat", 1, (("HAT", 1),)),)
TOO_MUCH_TEA = (("set", 1, (("TEA", 3),)),)
A_CUP = (("set", ((1, 1),), (("CUP", 1),)),)


def at_home(trial: Trial) -> None:
    trial.do(om.AllocateUnits, tuple((line.id, "nyc", line.quantity) for line in trial.order.terms.lines))
    trial.do(om.ShipUnits, "o1-F1")
    trial.do(om.RecordDelivery, "o1-S2")
    trial.answer()


def home(bring: Prepare = at_home) -> Fresh:
    return Fresh(bring=bring, lines=(MAIN, SETS, HATS))


def coming(trial: Trial) -> None:
    at_home(trial)
    trial.do(om.AuthorizeReturn, "r", (("tee", 3), ("set", 2), ("hat", 1)))


def a_cup_is_back(trial: Trial) -> None:
    trial.do(om.ReturnInStore, "cup", "nyc", (), parts=A_CUP)


def here(**policies: Any) -> Prepare:
    def bring(trial: Trial) -> None:
        coming(trial)
        trial.with_policies(**policies)
        trial.do(om.ReceiveReturn, "r", "nyc")

    return bring


def all_back_already(trial: Trial) -> None:
    """Or, of what is exchanged, refused: it waits for money alone."""
    trial.do(om.ReceiveReturn, "r", "nyc")
    if "rx" in trial.order.progress.returns:
        trial.do(om.ReceiveReturn, "rx", "nyc", outcomes=(("refused", (("set", 1),)),))


def exchanged_on_trust(trial: Trial) -> None:
    """Goods went out at once, and nobody was asked for money."""
    trial.with_policies(due_before=lambda order, more: 0)
    new = om.DraftLine("dear", "DEAR", 1, usd(5_000))
    trial.do(om.AuthorizeExchange, "x", "rx", (("set", 1),), (new,), advance=True)


UNREASONED = after(lambda trial: trial.with_policies(return_reasons=frozenset({"too_small"})), late=10)
NO_RETURN = says(return_id="none")
OF_RETURNING = {
    "unknown_id": LINE,
    "order_is_over": OVER,
    "return_exists": after(lambda trial: trial.expect_back("r", 1)),
    "not_a_kit": says(parts=A_HAT),
    "units_not_available": TOO_MANY,
    "parts_not_available": says(parts=TOO_MUCH_TEA),
    "not_returnable": UNREASONED,
}
OF_PARTS = frozenset({"parts"})

RETURNS = (
    Case(
        om.AuthorizeReturn,
        home,
        {"return_id": "r", "items": ONE},
        {**OF_RETURNING, "currency_mismatch": says(label=("UPS", "1"), label_cost=Money(1, EUR))},
        UNKNOWN_AND_TOO_MANY,
        joined=OF_PARTS,
    ),
    Case(
        om.CancelReturn,
        lambda: home(coming),
        {"return_id": "r"},
        {"unknown_id": NO_RETURN, "illegal_transition": after(all_back_already)},
    ),
    Case(
        om.KeepReturn,
        lambda: home(coming),
        {"return_id": "r"},
        {"unknown_id": LINE, "illegal_transition": after(all_back_already), "units_not_available": TOO_MANY},
        UNKNOWN_AND_TOO_MANY,
    ),
    Case(
        om.ReceiveReturn,
        lambda: home(coming),
        {"return_id": "r", "location": "nyc"},
        {
            "unknown_id": LINE,
            "illegal_transition": after(all_back_already, late=1),
            "whole_units_only": after(exchanged_on_trust, return_id="rx", parts=A_CUP),
            "not_a_kit": says(parts=A_HAT),
            "units_not_available": TOO_MANY,
            "parts_not_available": says(parts=TOO_MUCH_TEA),
        },
        {
            **UNKNOWN_AND_TOO_MANY,
            ("whole_units_only", "parts_not_available"): {"parts": TOO_MUCH_TEA},
        },
        joined=OF_PARTS,
    ),
    Case(
        om.ReturnInStore,
        home,
        {"return_id": "r", "location": "soho", "items": ONE},
        OF_RETURNING,
        UNKNOWN_AND_TOO_MANY,
        joined=OF_PARTS,
    ),
    Case(
        om.InspectReturn,
        lambda: home(here(inspection=om.inspected_then_refunded)),
        {"return_id": "r"},
        {
            "unknown_id": LINE,
            "illegal_transition": after(lambda trial: trial.do(om.InspectReturn, "r")),
            "units_not_available": TOO_MANY,
            "already_refunded": after(
                lambda trial: None,
                early=anew(bring=here(inspection=om.refunded_then_inspected)),
                accepted=False,
            ),
        },
        UNKNOWN_AND_TOO_MANY,
    ),
)


# -- exchanges ---------------------------------------------------------------------------------


LOTS = (attrs.evolve(MAIN, quantity=120, unit_price=usd(0)), SETS)


def many() -> Fresh:
    """A hundred and twenty tees that cost nothing are with the customer."""
    return Fresh(bring=at_home, lines=LOTS)


def another(trial: Trial, exchange_id: str, return_id: str) -> Any:
    line = a_line(f"for-{exchange_id}")
    return trial.make(om.AuthorizeExchange, exchange_id, return_id, ONE, (line,))


def card_declined(trial: Trial) -> None:
    trial.do(om.AddTender, om.DraftTender("bad", "gateway", usd(1)))
    trial.do(om.RecordPaymentOutcome, f"o1-P{trial.order.payments.numbered}", "declined")


def sent_ahead(trial: Trial) -> None:
    at_home(trial)
    trial.do(om.AuthorizeExchange, "x", "rx", ONE, (a_line("new"),), advance=True)


def gone(trial: Trial) -> None:
    trial.do(om.AllocateUnits, (("new", "nyc", 1),))
    trial.do(om.ShipUnits, list(trial.order.progress.work)[-1])


EXCHANGES = (
    Case(
        om.AuthorizeExchange,
        many,
        {"exchange_id": "x", "return_id": "rx", "items": ONE, "lines": (a_line("new"),)},
        {
            "unknown_id": LINE,
            "order_is_over": OVER,
            "exchange_exists": after(lambda trial: trial.carry_out(another(trial, "x", "r-other"))),
            "too_many_exchanges": after(filled(lambda trial, i: another(trial, f"x{i}", f"rx{i}")), late=1),
            "return_exists": after(lambda trial: trial.expect_back("rx", 1)),
            "tender_blocked": after(card_declined, tender_id="bad"),
            "units_not_available": TOO_MANY,
            "not_returnable": UNREASONED,
            "whole_units_only": after(a_cup_is_back, items=(("set", ((1, 1),)),)),
            "line_exists": says(lines=(a_line("tee"),)),
            "currency_mismatch": says(lines=(a_line("eur", Money(1, EUR)),)),
            "measure_mismatch": says(lines=(WEIGHED,)),
            "discount_too_large": says(lines=(a_line("off", usd(500), 1, OFF),)),
            "amount_too_large": says(lines=(a_line("v1", usd(HUGE)), a_line("v2", usd(HUGE)))),
            "limit_exceeded": says(lines=(a_line("lot", usd(0), 999_881),)),
        },
        UNKNOWN_AND_TOO_MANY,
        joined=frozenset({"lines", "items"}),
    ),
    Case(
        om.CancelExchange,
        lambda: home(sent_ahead),
        {"exchange_id": "x"},
        {"unknown_id": says(exchange_id="none"), "illegal_transition": after(gone)},
    ),
)


# -- claims and the rest -----------------------------------------------------------------------


def claimed(trial: Trial) -> None:
    at_home(trial)
    trial.do(om.OpenClaim, "c", "damaged", (("tee", 2),))


def claimed_without_its_cup(trial: Trial) -> None:
    at_home(trial)
    a_cup_is_back(trial)
    trial.do(om.OpenClaim, "c", "damaged", (("tee", 2), ("set", ((1, 1),))))


CLAIMS = (
    Case(
        om.OpenClaim,
        many,
        {"claim_id": "c", "kind": "damaged", "items": ONE},
        {
            "unknown_id": LINE,
            "order_is_over": OVER,
            "claim_exists": after(lambda trial: trial.do(om.OpenClaim, "c", "late", (("tee", ((9, 9),)),))),
            "too_many_claims": after(
                filled(
                    lambda trial, i: trial.make(
                        om.OpenClaim, f"c{i}", "late", (("tee", ((20 + i, 20 + i),)),)
                    )
                ),
                late=1,
            ),
            "units_not_available": TOO_MANY,
            "units_claimed": after(
                lambda trial: trial.do(om.OpenClaim, "other", "late", ONE), items=(("tee", ((1, 1),)),)
            ),
        },
        {
            **UNKNOWN_AND_TOO_MANY,
            ("unknown_id", "units_claimed"): {"items": (("tee", ((1, 1),)), ("none", 1))},
            ("units_not_available", "units_claimed"): {"items": (("tee", ((1, 1), (121, 121))),)},
        },
    ),
    Case(
        om.ResolveClaim,
        lambda: Fresh(bring=claimed, lines=LOTS),
        {"claim_id": "c", "resolution": "replace"},
        {
            "unknown_id": LINE,
            "units_not_available": TOO_MANY,
            "currency_mismatch": says(amount=Money(1, EUR)),
            "whole_units_only": after(lambda trial: None, early=anew(bring=claimed_without_its_cup)),
            "limit_exceeded": after(a_lot),
            "allowance_too_large": says(amount=usd(HUGE)),
        },
        {**UNKNOWN_AND_TOO_MANY, ("currency_mismatch", "allowance_too_large"): {"amount": Money(HUGE, EUR)}},
    ),
    Case(
        om.EnterStage,
        lambda: Fresh(bring=STAGE.prepare),
        {"event": "done"},
        {
            "order_is_over": after(lambda trial: over_by_channel(trial)),
            "illegal_transition": says(event="no"),
        },
    ),
)


def over_by_channel(trial: Trial) -> None:
    """A channel's word: what was asked for here would not leave the stage."""
    cancelled = attrs.evolve(trial.draft(2), cancelled=True)
    trial.do(om.ImportOrder, cancelled, order_id="o1")


CHANGES = (*EDITS, *RETURNS, *EXCHANGES, *CLAIMS)
