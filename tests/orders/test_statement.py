"""The statement of an order: an invoice whose rows sum to its totals, each figure with its events."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import anything, attempt
from omcore import orders as om
from omcore.kernel import InputError, InvalidType, OmcoreError
from omcore.kernel.runs import count
from omcore.orders import events as ev
from omcore.orders.draft import DraftTender
from omcore.orders.units import in_state
from order_drafts import drafts
from order_life import ORDER_ID, Life, a_draft, a_line, usd
from statement_check import check_statement


def amounts(row: om.StatementRow) -> dict[str, int]:
    names = ("ordered", "cancelled", "shipped", "given_back", "adjusted", "captured", "refunded")
    return {name: getattr(row, name).amount for name in names if getattr(row, name).amount}


def test_a_placed_order_states_what_was_ordered_and_is_due() -> None:
    """Three tees at 22.00 with tax, a mug at 11.00, shipping 5.00."""
    life = Life()
    life.place()
    told = life.order.statement(life.events)
    assert [(row.kind, row.id, row.due) for row in told.rows] == [
        ("line", "tee", 6600),
        ("line", "mug", 1100),
        ("charge", "shipping", 500),
    ]
    assert (told.total.owed, told.total.due) == (8200, 8200)
    assert told.row("tee").ordered == om.Figure(3, 6000, 600, 0, 0, (0,))
    assert type(life.events[0]) is ev.OrderPlaced


def test_what_is_captured_stands_with_the_goods_that_went_out() -> None:
    """M8: two tees ship and shipping with them; the mug waits."""
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship(items=(("tee", 2),))
    life.approve_all()
    told = life.order.statement(life.events)
    assert amounts(told.row("tee")) == {"ordered": 6600, "shipped": 4400, "captured": 4400}
    assert amounts(told.row("mug")) == {"ordered": 1100}
    assert told.total.captured.amount == 4900
    assert (told.row("tee").due, told.row("mug").due, told.total.due) == (2200, 1100, 3300)
    (position,) = told.row("tee").shipped.events
    assert type(life.events[position]) is ev.UnitsShipped
    (position,) = told.row("tee").captured.events
    captured = life.events[position]
    assert (type(captured), captured.kind) == (ev.PaymentApproved, "capture")


def test_what_came_back_is_given_back_and_refunded_on_its_own_line() -> None:
    """M6: one tee returned; the line is square, and the order too."""
    life = Life().delivered()
    life.do(om.AuthorizeReturn(ORDER_ID, "r1", (("tee", 1),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "r1", "nyc", **life.common()))
    owed = life.order.statement().row("tee")
    assert (owed.given_back.units, owed.due) == (1, -2200)
    life.approve_all()
    told = life.order.statement(life.events)
    assert amounts(told.row("tee")) == {
        "ordered": 6600,
        "shipped": 6600,
        "given_back": 2200,
        "captured": 6600,
        "refunded": 2200,
    }
    assert (told.row("tee").due, told.total.due) == (0, 0)


def test_money_that_nothing_was_sent_for_stands_in_a_row_of_its_own() -> None:
    """M11: ten too much arrived in cash; it is due back, and belongs to no line."""
    life = Life()
    life.place(a_draft(tenders=(DraftTender("cash", "cash", usd(9200), captured=True),)))
    told = life.order.statement(life.events)
    account = told.rows[-1]
    assert (account.kind, account.captured.amount, account.due) == ("account", 1000, -1000)
    assert told.total.due == life.order.payments.balance == -1000


def test_a_statement_prints_as_a_table_without_a_word_about_the_customer() -> None:
    life = Life()
    life.place(a_draft((a_line("tee", 2, title="For Ada"),)))
    text = str(life.order.statement())
    assert text.splitlines()[1].split() == ["tee", "44.00", *["0.00"] * 6, "44.00"]
    assert "Ada" not in text + repr(life.order.statement())


def test_another_orders_history_is_refused() -> None:
    life, other = Life().delivered(), Life()
    other.place()
    with pytest.raises(om.HistoryMismatch):
        life.order.statement(other.events)
    with pytest.raises(om.HistoryMismatch):
        life.order.statement(life.events[:-1])
    with pytest.raises(InputError):
        life.order.statement().row("no such line")


@given(drafts(), st.data())
def test_rows_sum_to_the_ledger_at_every_step_of_any_life(draft: om.OrderDraft, data: st.DataObject) -> None:
    """M6, M11: cancelled, shipped in parts, delivered and returned in parts, at any currency's exponent."""
    life = Life(om.OrderContext(om.default_context().catalog, om.Policies(), ()))
    life.place(draft)
    check_statement(life.order, life.events)

    def some(*states: str) -> tuple[tuple[str, int], ...]:
        have = [
            (line.id, count(in_state(units, *states)))
            for line, units in zip(life.order.terms.lines, life.order.progress.units, strict=True)
        ]
        picked = [(line_id, data.draw(st.integers(0, n))) for line_id, n in have if n]
        return tuple((line_id, n) for line_id, n in picked if n)

    steps = st.sampled_from(("cancel", "allocate", "ship", "deliver", "return", "pay"))
    for step in data.draw(st.lists(steps, max_size=8)):
        common = life.common()
        progress = life.order.progress
        try:
            if step == "cancel":
                life.do(om.CancelUnits(ORDER_ID, some("open", "allocated", "channel"), **common))
            elif step == "allocate" and (wanted := some("open")):
                life.do(om.AllocateUnits(ORDER_ID, tuple((i, "soho", n) for i, n in wanted), **common))
            elif step == "ship" and progress.work:
                life.do(om.ShipUnits(ORDER_ID, data.draw(st.sampled_from(sorted(progress.work))), **common))
            elif step == "deliver":
                life.deliver_all()
            elif step == "return" and (wanted := some("delivered")):
                life.do(om.AuthorizeReturn(ORDER_ID, common["key"], wanted, **common))
                life.do(om.ReceiveReturn(ORDER_ID, common["key"], "nyc", **life.common()))
            elif step == "pay":
                life.approve_all()
        except OmcoreError:
            continue
        check_statement(life.order, life.events)


@given(anything(), anything())
def test_garbage_is_refused_by_type(order: object, history: object) -> None:
    attempt(lambda: om.statement(order, history))  # type: ignore[arg-type]  # that is the point
    life = Life()
    life.place()
    attempt(lambda: om.statement(life.order, history))  # type: ignore[arg-type]  # that is the point
    with pytest.raises(InvalidType):
        om.statement(life.order, "events")


def test_a_statement_is_a_value() -> None:
    life = Life()
    life.place()
    assert life.order.statement() == life.order.statement()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        life.order.statement().total.kind = "other"  # type: ignore[misc]  # records are frozen
