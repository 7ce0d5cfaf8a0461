"""Returns: who may send what back, what becomes of what comes, and what is given back for it (M6, M9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.kernel import (
    Catalog,
    CurrencyMismatch,
    IllegalTransition,
    InvalidType,
    Item,
    Money,
    Ratio,
    UnknownId,
)
from omcore.orders import events as ev
from omcore.orders.draft import Charge, DraftTender
from omcore.orders.state import OrderLine
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

CARD = (DraftTender("card", "gateway", usd(8200)),)


def delivered(draft: Any = None, **policies: Any) -> Life:
    """Three tees (22.00 each) and a mug (11.00) with the customer, shipping 5.00; 82.00 were captured."""
    life = Life(om.OrderContext(om.default_context().catalog, om.Policies(**policies), om.DEFAULT_RULES))
    life.delivered(draft or a_draft(tenders=CARD))
    return life


def authorize(life: Life, items: Any = (("tee", 2),), name: str = "r", **more: Any) -> list[Any]:
    return life.do(om.AuthorizeReturn(ORDER_ID, name, items, **more, **life.common()))


def receive(life: Life, items: Any = (), name: str = "r", **more: Any) -> list[Any]:
    return life.do(om.ReceiveReturn(ORDER_ID, name, "nyc", items, **more, **life.common()))


def inspect(life: Life, items: Any = (), name: str = "r", **more: Any) -> list[Any]:
    return life.do(om.InspectReturn(ORDER_ID, name, items, **more, **life.common()))


def labelled_and_received(life: Life) -> None:
    authorize(life, label=("ups", "1Z"), label_cost=usd(700))
    receive(life)


def asked(events: list[Any]) -> list[tuple[str, str, int]]:
    return [
        (event.kind, event.tender_id, event.amount) for event in events if type(event) is ev.PaymentRequested
    ]


def where(life: Life, line: str = "tee") -> list[str]:
    units = life.order.progress.units[life.order.terms.index[line]]
    return [state for first, last, state, _ in units for _ in range(first, last + 1)]


def why_not(life: Life, items: Any = (("tee", 1),), **more: Any) -> tuple[str, str]:
    with pytest.raises(om.NotReturnable) as refused:
        authorize(life, items, **more)
    assert refused.value.path == "items"
    return str(refused.value.fields["rule"]), str(refused.value.fields["reason"])


# -- eligibility: an ordered list of named rules -------------------------------------------------


def test_nothing_comes_back_that_has_not_arrived() -> None:
    life = Life()
    life.place(a_draft(tenders=CARD))
    life.approve_all()
    assert why_not(life) == ("delivered", "not_delivered")
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    assert why_not(life) == ("delivered", "not_delivered")


def test_no_unit_comes_back_twice() -> None:
    life = delivered()
    authorize(life, (("tee", ((1, 2),)),))
    assert why_not(life, (("tee", ((2, 2),)),), name="again") == ("already_returned", "already_returned")
    receive(life)
    assert why_not(life, (("tee", ((1, 1),)),), name="again") == ("already_returned", "already_returned")
    assert why_not(life, (("tee", 2),), name="again") == ("already_returned", "already_returned"), (
        "one is left"
    )


def test_what_is_final_sale_stays_sold() -> None:
    context = om.OrderContext(Catalog((Item("MUG", returnable=False),)), om.Policies(), om.DEFAULT_RULES)
    life = Life(context).delivered(a_draft(tenders=CARD))
    assert why_not(life, (("mug", 1),)) == ("final_sale", "final_sale")
    authorize(life)


def test_the_window_is_elapsed_time_from_delivery_and_its_last_moment_is_within_it() -> None:
    """C2: thirty days are thirty times 24 hours, whatever clocks did in between."""
    life = delivered(return_window=timedelta(days=30))
    life.now += timedelta(days=30)
    authorize(life, (("tee", 1),))
    life.now += timedelta(microseconds=1)
    assert why_not(life, name="late") == ("return_window", "window_passed")


def test_a_merchant_without_a_window_takes_back_for_ever() -> None:
    life = delivered(return_window=None)
    life.now += timedelta(days=4000)
    authorize(life)


def test_a_condition_and_a_reason_are_asked_for_where_a_policy_names_them() -> None:
    life = delivered(return_conditions=frozenset({"unopened"}), return_reasons=frozenset({"too_small"}))
    assert why_not(life) == ("condition", "condition_not_given")
    assert why_not(life, conditions=(("tee", "worn"),)) == ("condition", "condition_not_accepted")
    unopened: dict[str, Any] = {"conditions": (("tee", "unopened"),)}
    assert why_not(life, **unopened) == ("reason", "reason_not_given")
    assert why_not(life, **unopened, reasons=(("tee", "bored"),)) == ("reason", "reason_not_known")
    authorize(life, (("tee", 1),), **unopened, reasons=(("tee", "too_small"),))
    assert life.order.progress.returns["r"].reason("tee") == "too_small"


def test_the_first_rule_that_is_not_content_is_the_refusal_and_all_of_them_can_be_asked() -> None:
    def not_on_fridays(facts: om.ReturnFacts) -> str:
        return "friday" if facts.at.weekday() == 4 else ""

    mine = om.EligibilityRule("weekday", not_on_fridays)
    life = delivered(eligibility=(mine, *om.ELIGIBILITY), return_reasons=frozenset({"too_small"}))
    assert why_not(life) == ("weekday", "friday")
    said = om.check_return(life.order, (("tee", 1),), life.context, life.now)
    assert [(answer.rule, answer.reason) for answer in said] == [
        ("weekday", "friday"),
        *[(rule.name, "") for rule in om.ELIGIBILITY[:-1]],
        ("reason", "reason_not_given"),
    ]


def test_without_any_rule_a_unit_still_comes_back_only_from_the_customer() -> None:
    life = delivered(eligibility=())
    authorize(life)
    with pytest.raises(om.UnitsNotAvailable):
        authorize(life, (("tee", ((1, 1),)),), "again")


def test_a_rule_that_gives_no_text_is_the_embedders_mistake_and_changes_nothing() -> None:
    life = delivered(eligibility=(om.EligibilityRule("odd", lambda facts: None),))  # type: ignore[arg-type, return-value]  # on purpose
    with pytest.raises(InvalidType) as refused:
        authorize(life)
    assert refused.value.path == "policies.eligibility"


# -- what comes, and what becomes of it ------------------------------------------------------------


def test_a_return_is_received_in_parts_as_it_comes() -> None:
    life = delivered()
    authorize(life, (("tee", 3), ("mug", 1)))
    assert asked(receive(life, (("tee", 1),))) == [("refund", "card", 2200)]
    assert life.order.progress.returns["r"].status == "partially_received"
    assert life.order.status == "partially_returned"
    assert asked(receive(life, (("mug", 1),))) == [("refund", "card", 1100)]
    assert asked(receive(life)) == [("refund", "card", 4400)]
    assert life.order.progress.returns["r"].status == "completed"
    assert life.order.status == "returned"
    assert life.order.payments.owed == 500, "shipping is kept"


def test_the_lowest_units_come_back_unless_they_are_named() -> None:
    """M7."""
    life = delivered()
    authorize(life, (("tee", 1),))
    assert where(life) == ["returning", "delivered", "delivered"]
    authorize(life, (("tee", ((3, 3),)),), "other")
    assert where(life) == ["returning", "delivered", "returning"]


@pytest.mark.parametrize("outcome", ["wrong_item", "refused"])
def test_what_is_not_taken_stays_the_customers_and_may_be_returned_once_more(outcome: str) -> None:
    life = delivered()
    authorize(life)
    events = receive(life, outcomes=((outcome, (("tee", 2),)),))
    assert asked(events) == []
    assert where(life) == ["delivered"] * 3
    assert life.order.status == "delivered"
    authorize(life, name="again")


def test_damaged_goods_are_given_back_for_and_stocked_as_damaged() -> None:
    life = delivered()
    authorize(life)
    events = receive(life, (("tee", 1),), outcomes=(("damaged", (("tee", 1),)),))
    came = [event for event in events if type(event) is ev.ReturnReceived]
    assert [(event.condition, event.net + event.tax) for event in came] == [
        ("sellable", 2200),
        ("damaged", 2200),
    ]
    assert asked(events) == [("refund", "card", 4400)]


def test_what_is_lost_on_our_label_is_given_back_for_and_on_the_customers_own_it_is_not() -> None:
    life = delivered()
    authorize(life, (("tee", 1),), "ours", label=("ups", "1Z"))
    authorize(life, (("tee", 1),), "his")
    assert asked(receive(life, name="ours", outcomes=(("lost", (("tee", 1),)),))) == [
        ("refund", "card", 2200)
    ]
    assert asked(receive(life, name="his", outcomes=(("lost", (("tee", 1),)),))) == []
    assert where(life) == ["lost", "delivered", "delivered"]


def test_what_was_lost_and_turns_up_enters_stock_and_moves_no_money() -> None:
    life = delivered()
    authorize(life, (("tee", 1),), label=("ups", "1Z"))
    receive(life, outcomes=(("lost", (("tee", 1),)),))
    events = receive(life)
    assert [type(event) for event in events] == [ev.LostReturnFound]
    assert where(life) == ["returned", "delivered", "delivered"]
    with pytest.raises(IllegalTransition):
        receive(life)


def test_units_that_a_return_does_not_expect_are_refused_and_so_is_a_return_nobody_knows() -> None:
    life = delivered()
    authorize(life)
    with pytest.raises(om.UnitsNotAvailable):
        receive(life, (("tee", ((3, 3),)),))
    with pytest.raises(om.UnitsNotAvailable):
        receive(life, (("tee", 1),), outcomes=(("lost", (("tee", 2),)),))
    with pytest.raises(UnknownId):
        receive(life, name="nobody")


def test_a_cancelled_return_is_the_customers_goods_again_and_its_window_goes_on() -> None:
    life = delivered(return_window=timedelta(days=30))
    authorize(life)
    life.do(om.CancelReturn(ORDER_ID, "r", **life.common()))
    assert life.order.progress.returns["r"].status == "cancelled"
    assert where(life) == ["delivered"] * 3
    life.now += timedelta(days=31)
    assert why_not(life, name="late") == ("return_window", "window_passed")


def test_goods_for_an_order_that_is_over_are_a_task_for_a_person_once() -> None:
    """C7: nothing leaves a terminal state; a late fact becomes a task."""
    life = delivered()
    authorize(life, (("tee", 3), ("mug", 1)))
    receive(life)
    late = [event for event in receive(life) if type(event) is ev.LateFactNoted]
    assert [event.what for event in late] == ["goods_after_return"]
    assert receive(life) == []


# -- inspection --------------------------------------------------------------------------------


def test_inspected_first_nothing_is_owed_until_somebody_has_looked() -> None:
    life = delivered(inspection=om.inspected_then_refunded)
    authorize(life, (("tee", 3),))
    assert asked(receive(life)) == []
    assert where(life) == ["received"] * 3
    assert life.order.progress.returns["r"].status == "received"
    assert asked(inspect(life, (("tee", 2),), grade="a")) == [("refund", "card", 4400)]
    assert asked(inspect(life, accepted=False, grade="worn")) == []
    assert where(life) == ["returned", "returned", "delivered"]
    assert life.order.progress.returns["r"].status == "completed"


def test_refunded_first_the_inspection_moves_no_money_and_cannot_send_goods_back() -> None:
    life = delivered(inspection=om.refunded_then_inspected)
    authorize(life)
    assert asked(receive(life)) == [("refund", "card", 4400)]
    with pytest.raises(om.AlreadyRefunded):
        inspect(life, accepted=False)
    assert asked(inspect(life, disposition="scrap")) == []
    assert life.order.progress.returns["r"].status == "completed"
    with pytest.raises(IllegalTransition):
        inspect(life)


@pytest.mark.parametrize(
    ("disposition", "condition"),
    [("restock", "sellable"), ("quarantine", "quarantined"), ("refurbish", "damaged"), ("scrap", "")],
)
def test_a_disposition_says_where_goods_go(disposition: str, condition: str) -> None:
    life = delivered()
    authorize(life)
    (event,) = [
        event
        for event in receive(life, disposition=disposition, restock_at="lax")
        if type(event) is ev.ReturnReceived
    ]
    assert (event.location, event.stocked_at, event.condition) == ("nyc", "lax", condition)


# -- money ---------------------------------------------------------------------------------------


def test_a_restocking_fee_is_kept_of_every_units_net_and_its_tax_is_given_back_in_full() -> None:
    """M9: 15% of 20.00 is 3.00 a unit."""
    life = delivered(restocking_fee=Ratio.percent("15"))
    authorize(life)
    events = receive(life)
    assert asked(events) == [("refund", "card", 2 * (2200 - 300))]
    assert life.order.payments.accounts["fees"] == -600


def test_a_fee_may_depend_on_the_line_the_reason_and_the_condition_and_be_waived() -> None:
    def fee(order: om.Order, line: OrderLine, reason: str, condition: str) -> Ratio | None:
        return None if reason == "defective" else Ratio(1, 2) if condition == "damaged" else Ratio(1, 10)

    life = delivered(restocking_fee=fee)
    authorize(life, (("tee", 3), ("mug", 1)), reasons=(("mug", "defective"),))
    assert asked(receive(life, (("tee", 1),))) == [("refund", "card", 2000)]
    assert asked(receive(life, outcomes=(("damaged", (("tee", 1),)),))) == [("refund", "card", 1200)]
    assert asked(receive(life, (("mug", 1),), condition="damaged")) == [("refund", "card", 1100)]
    assert asked(receive(life, waive_fee=True)) == [("refund", "card", 2200)]


def test_a_label_is_paid_by_the_customer_once_and_never_more_than_his_goods_are_worth() -> None:
    life = delivered(label_fee=om.customer_pays_label)
    authorize(life, (("mug", 1), ("tee", 1)), label=("ups", "1Z"), label_cost=usd(1500))
    assert asked(receive(life, (("mug", 1),))) == [], "11.00 of the label's 15.00"
    assert asked(receive(life)) == [("refund", "card", 2200 - 400)]
    assert life.order.payments.accounts["fees"] == -1500


def test_a_label_for_what_is_our_fault_costs_the_customer_nothing() -> None:
    life = delivered(label_fee=om.customer_pays_label_unless_our_fault)
    label: dict[str, Any] = {"label": ("ups", "1Z"), "label_cost": usd(700)}
    authorize(life, (("tee", 1),), "ours", reasons=(("tee", "damaged"),), **label)
    authorize(life, (("tee", 1),), "his", reasons=(("tee", "too_small"),), **label)
    assert asked(receive(life, name="ours")) == [("refund", "card", 2200)]
    assert asked(receive(life, name="his")) == [("refund", "card", 1500)]
    with pytest.raises(CurrencyMismatch):
        authorize(life, (("tee", 1),), "other", label=("ups", "1Z"), label_cost=Money(700, "JPY"))


def test_shipping_is_kept_given_back_with_everything_or_by_units() -> None:
    for policy, parts in (
        (om.shipping_is_kept, [0, 0]),
        (om.shipping_back_with_everything, [0, 500]),
        (om.shipping_back_by_units, [125, 375]),
    ):
        life = delivered(shipping_back=policy)
        authorize(life, (("tee", 1),), "one")
        assert asked(receive(life, name="one")) == [("refund", "card", 2200 + parts[0])]
        authorize(life, (("tee", 2), ("mug", 1)), "rest")
        assert asked(receive(life, name="rest")) == [("refund", "card", 5500 + parts[1])]
        life.approve_all()
        assert life.order.payments.held == life.order.payments.owed == 500 - sum(parts)


def test_kept_goods_are_given_back_for_at_once_and_without_a_fee() -> None:
    life = delivered(restocking_fee=Ratio.percent("15"))
    assert asked(authorize(life, (("mug", 1),), method="keep")) == [("refund", "card", 1100)]
    authorize(life, name="later")
    assert asked(life.do(om.KeepReturn(ORDER_ID, "later", (("tee", 1),), **life.common()))) == [
        ("refund", "card", 2200)
    ]
    assert where(life) == ["kept", "returning", "delivered"]


def test_goods_brought_to_a_store_are_authorized_and_received_at_once_by_the_same_rules() -> None:
    life = delivered(return_window=timedelta(days=30))
    in_store = om.ReturnInStore(ORDER_ID, "r", "soho", (("tee", 2),), **life.common())
    events = life.do(in_store)
    assert asked(events) == [("refund", "card", 4400)]
    assert [event.stocked_at for event in events if type(event) is ev.ReturnReceived] == ["soho"]
    assert life.order.progress.returns["r"].method == "in_store"
    life.now += timedelta(days=31)
    with pytest.raises(om.NotReturnable):
        life.do(om.ReturnInStore(ORDER_ID, "r2", "soho", (("tee", 1),), **life.common()))


def test_a_refund_goes_to_what_was_paid_with_or_to_store_credit_as_the_policy_says() -> None:
    life = delivered()
    authorize(life, (("tee", 1),), "credit", refund_to="store_credit")
    assert asked(receive(life, name="credit")) == [("issue", "store-credit", 2200)]
    authorize(life, (("tee", 1),), "card")
    assert asked(receive(life, name="card")) == [("refund", "card", 2200)]
    life.approve_all()
    assert life.order.payments.concessions.issued == 2200
    assert life.order.payments.held == life.order.payments.owed == 3800

    always = delivered(refund_to=om.refund_to_store_credit)
    authorize(always, refund_to="tender")
    assert asked(receive(always)) == [("issue", "store-credit", 4400)]


def test_a_policy_that_answers_nonsense_is_named_and_nothing_has_changed() -> None:
    wrong: list[tuple[str, Any]] = [
        ("label_fee", lambda order, cost, reasons: cost + 1),
        ("refund_to", lambda order, wanted: "pocket"),
        ("inspection", lambda order, expected: "maybe"),
        ("shipping_back", lambda order: Ratio(3, 2)),
        ("restocking_fee", lambda order, line, reason, condition: 0.15),
    ]
    for name, policy in wrong:
        life = delivered(**{name: policy})
        with pytest.raises(InvalidType) as refused:
            labelled_and_received(life)
        assert refused.value.path == f"policies.{name}"
        assert "captured" in life.order.payments.tenders["card"].status


def test_a_return_that_is_called_off_leaves_the_window_as_it_was() -> None:
    """It goes on from the delivery of the parcel that brought the units, not from the second thoughts."""
    life = delivered(return_window=timedelta(days=30))
    authorize(life)
    life.wait(days=20)
    life.do(om.CancelReturn(ORDER_ID, "r", **life.common()))
    life.wait(days=10)
    authorize(life, (("tee", 1),), "in-time")
    life.wait(seconds=1)
    with pytest.raises(om.NotReturnable) as error:
        authorize(life, (("tee", 1),), "late")
    assert error.value.fields["rule"] == "return_window"


def test_a_label_that_costs_is_a_label() -> None:
    with pytest.raises(InvalidType) as error:
        om.AuthorizeReturn(ORDER_ID, "r", (("tee", 1),), label_cost=usd(0), key="k", at=T0)
    assert error.value.path == "label_cost"


@pytest.mark.parametrize("groups", [(3,), (1, 1, 1), (2, 1)])
def test_m11_no_more_becomes_store_credit_than_was_paid(groups: tuple[int, ...]) -> None:
    """At the till the sum was rounded down by 0.02; all comes back, and is worth 60.00."""
    rounding = Charge("rounding", usd(-2))
    paid = DraftTender("till", "cash", usd(5998), captured=True)
    draft = a_draft([a_line("tee", 3, 2000, taxes=())], tenders=(paid,))
    life = delivered(attrs.evolve(draft, charges=(rounding,)))
    for n, many in enumerate(groups):
        authorize(life, (("tee", many),), f"r{n}", refund_to="store_credit")
        receive(life, name=f"r{n}")
        life.approve_all()
    assert life.order.payments.concessions.issued == 5998
    assert life.order.payments.held == 0


def test_what_is_said_to_be_found_was_lost_and_nothing_else_is_expected() -> None:
    life = delivered()
    authorize(life, label=("ups", "1Z"))
    receive(life, outcomes=(("lost", (("tee", 2),)),))
    assert where(life) == ["lost", "lost", "delivered"]
    receive(life, outcomes=(("found", (("tee", 1),)),))
    assert where(life) == ["returned", "lost", "delivered"]


def test_goods_that_wait_to_be_looked_at_are_kept_apart_by_where_they_are() -> None:
    life = delivered(inspection=om.inspected_then_refunded)
    authorize(life, (("tee", 3),))
    for location in ("nyc", "lax", "nyc"):
        life.do(om.ReceiveReturn(ORDER_ID, "r", location, (("tee", 1),), **life.common()))
    waiting = life.order.progress.returns["r"].inspecting
    assert {goods.location: goods.items for goods in waiting} == {
        "lax": (("tee", ((2, 2),)),),
        "nyc": (("tee", ((1, 1), (3, 3))),),
    }
    made = [event for event in inspect(life) if type(event) is ev.ReturnInspected]
    assert sorted(event.location for event in made) == ["lax", "nyc"]


def test_no_number_of_a_label_shows_where_it_should_not() -> None:
    life = delivered()
    events = authorize(life, label=("ups", "1Z-SECRET"))
    assert "1Z-SECRET" not in repr((events, life.order))
    assert life.order.progress.returns["r"].label is not None
    assert life.order.progress.returns["r"].label.number == "1Z-SECRET"


def test_store_credit_for_what_was_never_paid_does_not_take_a_later_refunds_place() -> None:
    """An allowance as credit before anything is captured lowers what will be; the return is the card's."""
    life = Life()
    life.place(a_draft(tenders=CARD))
    life.approve_all()
    life.do(om.GrantAllowance(ORDER_ID, "a", usd(500), as_credit=True, **life.common()))
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    life.approve_all()
    life.deliver_all()
    assert life.order.payments.captured == 7700
    authorize(life)
    assert asked(receive(life)) == [("refund", "card", 4400)]
