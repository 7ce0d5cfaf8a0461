"""Every status × every command, and which refusal comes first where several apply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import generate_order_commands as page
from _precedence import precedence_of
from omcore import orders as om
from omcore.kernel import (
    ClockSkew,
    CurrencyMismatch,
    IllegalTransition,
    InvalidType,
    Money,
    OmcoreError,
    UnknownId,
)
from omcore.lifecycle import ORDER, Transition, extend
from omcore.orders.draft import DraftTender, ExternalRef
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd


def test_the_table_has_every_status_and_every_command() -> None:
    found = page.matrix()
    assert set(found) == {
        (status, command.__name__) for status in ORDER.states for command in om.ORDER_COMMANDS
    }
    for status in ORDER.finals:
        moving = ("AllocateUnits", "ShipUnits", "RecordDelivery", "CancelUnits", "ReturnInStore", "PlaceHold")
        assert all(found[status, command][0] == "`" for command in moving), "nothing leaves a terminal state"
        facts = ("RecordPayment", "RecordPaymentOutcome", "ImportOrder", "ErasePersonalData")
        assert all(found[status, command] == "✓" for command in facts), "facts are still taken"


# -- precedence ------------------------------------------------------------------------------------


def paid(**more: Any) -> Life:
    life = Life()
    life.place(a_draft(tenders=(DraftTender("c", "gateway", usd(9000), authorized=True),), **more))
    return life


def refused(life: Life, command: Any) -> type:
    with pytest.raises(OmcoreError) as error:
        life.do(command)
    return error.type


def test_an_argument_is_refused_before_the_order_is_looked_at() -> None:
    with pytest.raises(InvalidType):
        om.decide(None, "no command", om.default_context())  # type: ignore[arg-type]  # on purpose


def test_an_order_that_is_not_there_comes_before_everything_else() -> None:
    command = om.CancelUnits(ORDER_ID, key="k", at=T0)
    with pytest.raises(UnknownId) as error:
        om.decide(None, command, om.default_context())
    assert error.value.path == "order_id"
    life = paid()
    other = om.CancelUnits("another", **life.common())
    assert refused(life, other) is UnknownId, "a command for another order never lands on this one"


def test_an_import_of_another_channel_order_or_currency_is_refused() -> None:
    life = paid(source_version=1)
    other = a_draft(ref=ExternalRef("web", "shop", "order", "2"), source_version=2)
    assert refused(life, om.ImportOrder(other, order_id=ORDER_ID, **life.common())) is om.OrderExists
    yen = om.OrderDraft(
        life.order.terms.ref, "JPY", (om.DraftLine("tee", "TEE", 3, Money(1, "JPY")),), T0, source_version=2
    )
    assert refused(life, om.ImportOrder(yen, order_id=ORDER_ID, **life.common())) is CurrencyMismatch


def test_the_clock_comes_before_the_state() -> None:
    life = paid()
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    late = om.CancelUnits(ORDER_ID, key="late", at=T0 - timedelta(days=2))
    assert refused(life, late) is ClockSkew


def test_a_slow_clock_is_put_right_by_what_the_order_has_seen() -> None:
    """C2: one command has one now, the largest of what was given and what was seen."""
    life = paid()
    life.wait(hours=5)
    life.do(om.RequestCancel(ORDER_ID, **life.common()))
    seen = life.order.seen_at
    life.wait(hours=-3)
    (event,) = life.do(om.ErasePersonalData(ORDER_ID, **life.common()))
    assert event.at == life.order.seen_at == seen
    decision = om.decide(
        life.order, om.ErasePersonalData(ORDER_ID, **life.common()), life.context, T0 + timedelta(hours=9)
    )
    assert decision.order.seen_at == T0 + timedelta(hours=9), "another stream of the command has seen more"


def test_over_comes_before_held_and_held_before_not_validated() -> None:
    life = Life()
    life.place()
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    allocate = (("tee", "nyc", 99),)
    assert refused(life, om.AllocateUnits(ORDER_ID, allocate, **life.common())) is om.OrderOnHold
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    assert refused(life, om.AllocateUnits(ORDER_ID, allocate, **life.common())) is om.OrderNotValidated
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert refused(life, om.AllocateUnits(ORDER_ID, allocate, **life.common())) is om.OrderIsOver
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    assert life.order.status == "cancelled", "releasing a hold leaves no terminal state"


def test_who_may_have_units_comes_before_whether_there_are_any() -> None:
    life = paid(pickup_at="soho", destination=None)
    life.allocate(("tee", "soho", 3))
    life.do(om.RejectFulfillment(ORDER_ID, f"{ORDER_ID}-F1", **life.common()))
    many = om.AllocateUnits(ORDER_ID, (("tee", "soho", 99),), **life.common())
    assert refused(life, many) is om.LocationExcluded
    far = om.AllocateUnits(ORDER_ID, (("tee", "nyc", 99),), **life.common())
    assert refused(life, far) is om.PickupElsewhere
    assert refused(life, om.AllocateUnits(ORDER_ID, (("no", "x", 1),), **life.common())) is UnknownId


def test_what_is_to_be_shipped_comes_before_a_hold_and_a_hold_before_its_units() -> None:
    life = paid()
    life.allocate(("tee", "nyc", 3))
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    assert refused(life, om.ShipUnits(ORDER_ID, "none", **life.common())) is UnknownId
    many = om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 99),), **life.common())
    assert refused(life, many) is om.OrderOnHold
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    assert refused(life, many) is om.UnitsNotAvailable


def test_the_lifecycle_comes_before_units_and_an_unknown_line_before_it() -> None:
    life = paid()
    life.allocate(("tee", "nyc", 3))
    life.ship()
    work = f"{ORDER_ID}-F1"
    named = om.ShipUnits(ORDER_ID, work, (("tee", 1),), **life.common())
    assert refused(life, named) is IllegalTransition
    unknown = om.ShipUnits(ORDER_ID, work, (("no", 1),), **life.common())
    assert refused(life, unknown) is UnknownId
    assert refused(life, om.ShipUnits(ORDER_ID, work, **life.common())) is IllegalTransition
    short = om.ReportShortPick(ORDER_ID, work, (("tee", 1),), **life.common())
    assert refused(life, short) is IllegalTransition


def test_final_sale_comes_before_the_return_window() -> None:
    from omcore.kernel import Catalog, Item

    context = om.OrderContext(Catalog((Item("TEE", returnable=False),)), om.Policies(), om.DEFAULT_RULES)
    life = Life(context).delivered(a_draft([a_line()]))
    life.wait(days=31)
    with pytest.raises(om.NotReturnable) as error:
        life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 1),), **life.common()))
    assert error.value.fields == {"line_id": "tee", "rule": "final_sale", "reason": "final_sale"}
    with pytest.raises(om.UnitsNotAvailable):
        life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 4),), **life.common()))


# -- an embedder's own stage -----------------------------------------------------------------------


def test_a_stage_refines_the_status_until_the_units_move_on() -> None:
    chart = extend(
        ORDER,
        name="gifts",
        states=["wrapping"],
        transitions=[
            Transition("processing", "wrap", "wrapping"),
            Transition("wrapping", "unwrap", "processing"),
            Transition("wrapping", "ship", "fulfilled"),
        ],
    )
    context = om.OrderContext(om.default_context().catalog, om.Policies(), om.DEFAULT_RULES, chart)
    life = Life(context)
    life.place(a_draft([a_line()]))
    life.approve_all()
    assert refused(life, om.EnterStage(ORDER_ID, "wrap", **life.common())) is IllegalTransition
    life.allocate(("tee", "nyc", 3))
    for event, status in (("wrap", "wrapping"), ("unwrap", "processing"), ("wrap", "wrapping")):
        life.do(om.EnterStage(ORDER_ID, event, **life.common()))
        assert life.order.status == status
        assert life.order.standing.status == "processing"
    jump = om.EnterStage(ORDER_ID, "ship", **life.common())
    assert refused(life, jump) is IllegalTransition, "only units move an order between statuses"
    hold = om.PlaceHold(ORDER_ID, "h", "fraud", **life.common())
    assert refused(life, hold) is IllegalTransition, "the extension has no such move"
    life.ship()
    assert life.order.status == "fulfilled"
    assert life.order.standing.stage == ""


def test_c8_what_has_happened_is_recorded_in_any_stage() -> None:
    """The stage has no move for it, the status under it has: no fact is lost for want of an arrow."""
    chart = extend(
        ORDER,
        name="checks",
        states=["checking"],
        transitions=[
            Transition("placed", "check", "checking"),
            Transition("validated", "check", "checking"),
            Transition("processing", "check", "checking"),
            Transition("fulfilled", "check", "checking"),
            Transition("checking", "done", "placed"),
        ],
    )
    context = om.OrderContext(om.default_context().catalog, om.Policies(), om.DEFAULT_RULES, chart)

    def check(life: Life) -> None:
        life.do(om.EnterStage(ORDER_ID, "check", **life.common()))
        assert life.order.status == "checking"

    life = Life(context)
    life.place(a_draft([a_line()]))
    check(life)
    life.approve_all()
    assert life.order.status == "validated", "money's answer"
    check(life)
    snapshot = a_draft([a_line(fulfilled=3)], source_version=2)
    life.do(om.ImportOrder(snapshot, order_id=ORDER_ID, **life.common()))
    assert life.order.status == "fulfilled", "the channel's word"

    life = Life(context)
    life.place(a_draft([a_line()]))
    life.approve_all()
    life.allocate(("tee", "nyc", 3))
    check(life)
    assert refused(life, om.CancelUnits(ORDER_ID, **life.common())) is IllegalTransition, "it is asked"
    life.do(om.RejectFulfillment(ORDER_ID, f"{ORDER_ID}-F1", **life.common()))
    assert life.order.status == "validated", "the location's answer"
    life.allocate(("tee", "lax", 3))
    life.ship(2)
    check(life)
    life.deliver_all()
    assert life.order.status == "delivered"


def test_what_a_hold_stops_is_what_says_so() -> None:
    shown = {name.strip("`") for name, _ in page.held_rows()}
    assert shown == {kind.__name__ for kind in om.ORDER_COMMANDS if "order_on_hold" in precedence_of(kind)}
