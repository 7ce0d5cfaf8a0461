"""Edits of any kind between everything else that happens to an order, against lists of units.

After every step: units partition, no unit's worth is another than when it was added (Vendure #1795 and
#4811 re-priced untouched lines), what is owed is the sum, and the events fold to the state.
"""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edit_model import WAITING, EditModel, Planned, Refused
from omcore import orders as om
from omcore.kernel import Command, Ratio
from omcore.orders import events as ev
from omcore.orders.draft import Charge, Discount, DraftLine, DraftTender, Tax
from order_life import ORDER_ID, Life, a_draft, usd
from statement_check import check_statement

RATES = ("0", "0.07", "0.08875", "0.19")
ACTIONS = ("allocate", "ship", "deliver", "cancel", "return", "propose", "confirm", "confirm", "revert")


def a_priced_line(draw: Any, line_id: str, *, discounted: bool = True) -> DraftLine:
    rate = draw(st.sampled_from(RATES))
    discounts = (Discount("ten", percentage=Ratio.percent("10")),)
    return DraftLine(
        line_id,
        f"SKU-{line_id}",
        draw(st.integers(1, 4)),
        usd(draw(st.integers(0, 3_333))),
        discounts=discounts if discounted and draw(st.booleans()) else (),
        taxes=(Tax("t", rate=Ratio.parse(rate)),) if rate != "0" else (),
    )


class Course:
    """One order on its way, omcore's and the model's."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        # Whether it is paid for is another matter, with tests of its own.
        unpaid = om.Policies(due_before=lambda order, more: 0)
        self.life = Life(attrs.evolve(om.default_context(), policies=unpaid))
        lines = [a_priced_line(draw, name) for name in ("a", "b")[: draw(st.integers(1, 2))]]
        tenders = (DraftTender("card", "gateway", usd(10**9), authorized=True),)
        discounts = (Discount("five", percentage=Ratio.percent("5")),) if draw(st.booleans()) else ()
        draft = a_draft(lines, tenders=tenders, discounts=discounts)
        self.life.place(draft)
        self.model = EditModel(draft)
        self.numbered = 0
        self.plans: dict[str, Planned] = {}
        self.last = ""
        self.done: Planned | None = None
        self.model.check(self.life.order)

    @property
    def over(self) -> bool:
        return self.life.order.status in ("cancelled", "returned")

    def step(self) -> None:
        if not self.over:
            getattr(self, f"_{self.draw(st.sampled_from(ACTIONS))}")()
            self.model.check(self.life.order)
            if self.over:
                assert not self.life.order.amendments.edits, "no edit waits for an order that is over"

    def _some(self, *states: str) -> tuple[str, list[int]] | None:
        """A line, and how many of its units in a state."""
        lines = [line for line in self.model.lines if self.model.ordinals(line, *states)]
        if not lines:
            return None
        line = self.draw(st.sampled_from(lines))
        found = self.model.ordinals(line, *states)
        return line, found[: self.draw(st.integers(1, len(found)))]

    def _allocate(self) -> None:
        if some := self._some("open"):
            line, units = some
            self.life.allocate((line, self.draw(st.sampled_from(("nyc", "lax"))), len(units)))
            self.model.move(line, units, "allocated")

    def _ship(self) -> None:
        for work in self.life.order.progress.work.values():
            if work.items:
                for line, runs in work.items:
                    units = [n for first, last in runs for n in range(first, last + 1)]
                    self.model.move(line, units, "shipped")
                self.model.charged = True
                self.life.do(om.ShipUnits(ORDER_ID, work.id, **self.life.common()))
                return

    def _deliver(self) -> None:
        self.life.deliver_all()
        for line in self.model.lines:
            self.model.move(line, self.model.ordinals(line, "shipped"), "delivered")

    def _cancel(self) -> None:
        if some := self._some(*WAITING):
            line, units = some
            highest = self.model.ordinals(line, *WAITING)[-len(units) :]
            self.life.do(om.CancelUnits(ORDER_ID, ((line, len(units)),), **self.life.common()))
            self.model.move(line, highest, "cancelled")

    def _return(self) -> None:
        if some := self._some("delivered"):
            line, units = some
            self.numbered += 1
            name = f"r{self.numbered}"
            self.life.do(om.AuthorizeReturn(ORDER_ID, name, ((line, len(units)),), **self.life.common()))
            self.life.do(om.ReceiveReturn(ORDER_ID, name, "nyc", **self.life.common()))
            self.model.move(line, units, "returned")

    # -- edits -------------------------------------------------------------------------------

    def _operations(self) -> tuple[Any, ...]:
        draw = self.draw
        names = [*self.model.lines, "n1", "n2", "n3"]
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        made: list[Any] = []
        for name in chosen:
            if name not in self.model.lines:
                made.append(om.AddLine(a_priced_line(draw, name)))
                continue
            kind = draw(st.sampled_from(("more", "less", "remove", "substitute", "charge")))
            if kind in ("more", "less"):
                price = draw(st.none() | st.integers(0, 999).map(usd))
                made.append(om.ChangeQuantity(name, draw(st.integers(1, 9)), price))
            elif kind == "remove":
                made.append(om.RemoveLine(name))
            elif kind == "charge":
                made.append(om.AddCharge(Charge("fee", usd(draw(st.integers(-400, 400))))))
            else:
                self.numbered += 1
                new = a_priced_line(draw, f"s{self.numbered}")
                made.append(om.Substitute(name, new, draw(st.none() | st.integers(1, 3))))
        return tuple(made)

    def _do(self, command: Command, refusal: type[Exception] | None) -> bool:
        """Carried out, or refused as the model says."""
        if refusal is None:
            self.life.do(command)
            return True
        before = self.life.order
        with pytest.raises(refusal):
            self.life.do(command)
        assert self.life.order is before
        return False

    def _propose(self) -> None:
        operations = self._operations()
        self.numbered += 1
        edit_id = f"e{self.numbered}"
        refusal, planned, after = None, None, None
        try:
            planned = self.model.plan(operations)
            after = self.model.carried_out(planned)
        except Refused as refused:
            refusal = refused.refusal
        command = om.ProposeEdit(ORDER_ID, edit_id, operations, **self.life.common())
        worth, demand = self.model.owed(), self.model.open_per_sku()
        if self._do(command, refusal):
            assert planned is not None
            assert after is not None
            self.plans[edit_id] = planned
            edit = self.life.order.amendments.edits[edit_id]
            assert edit.gate == max(after.owed() - worth, 0)
            preview = om.preview_edit(self.life.order, operations, self.life.context)
            assert preview.total == after.owed() - worth
            wanted = after.open_per_sku()
            wanted.subtract(demand)
            assert dict(preview.demand) == {sku: units for sku, units in wanted.items() if units}
            after.check(preview.order)

    def _confirm(self) -> None:
        waiting = list(self.life.order.amendments.edits)
        if waiting:
            edit_id = self.draw(st.sampled_from(waiting))
            refusal, after = None, self.model
            try:
                after = self.model.carried_out(self.plans[edit_id])
            except Refused as refused:
                refusal = refused.refusal
            if self._do(om.ConfirmEdit(ORDER_ID, edit_id, **self.life.common()), refusal):
                self.model = after
                self.last, self.done = edit_id, self.plans.pop(edit_id)
            else:
                assert edit_id in self.life.order.amendments.edits, "it waits on"
                self.life.do(om.DeclineEdit(ORDER_ID, edit_id, **self.life.common()))

    def _revert(self) -> None:
        if self.done is None:
            return
        self.numbered += 1
        name = f"u{self.numbered}"
        refusal, back = None, None
        try:
            back = self.model.inverse(self.done)
            self.model.carried_out(back)
        except Refused as refused:
            refusal = refused.refusal
        if self._do(om.RevertEdit(ORDER_ID, self.last, name, **self.life.common()), refusal):
            assert back is not None
            self.plans[name] = back


@given(st.data())
def test_any_course_of_edits_and_work_is_what_lists_of_units_say(data: st.DataObject) -> None:
    course = Course(data.draw)
    for _ in range(data.draw(st.integers(1, 14))):
        course.step()
    check_statement(course.life.order, course.life.events)


@given(st.data())
def test_an_edit_and_its_revert_leave_the_same_money_and_open_units_per_sku(data: st.DataObject) -> None:
    """Whatever was allocated in between: the inverse is exact, or refused by its type."""
    course = Course(data.draw)
    for _ in range(data.draw(st.integers(0, 4))):
        course.step()
    if course.over:
        return
    before = course.model
    owed, waiting = before.owed(), before.open_per_sku()
    tags = sorted((u.sku, u.total) for units in before.lines.values() for u in units if u.state in WAITING)
    course._propose()
    edits = list(course.life.order.amendments.edits)
    if not edits or edits[-1] != f"e{course.numbered}":
        return
    common = course.life.common
    course.life.do(om.ConfirmEdit(ORDER_ID, edits[-1], **common()))
    course.life.do(om.RevertEdit(ORDER_ID, edits[-1], "back", **common()))
    course.life.do(om.ConfirmEdit(ORDER_ID, "back", **common()))
    order = course.life.order
    assert order.payments.owed == owed
    units: dict[str, int] = {}
    worth = []
    for line, runs in zip(order.terms.lines, order.progress.units, strict=True):
        each = [net + tax for first, last, net, tax, *_ in line.entitlements for _ in range(first, last + 1)]
        for first, last, state, _ in runs:
            if state in WAITING:
                units[line.sku] = units.get(line.sku, 0) + last - first + 1
                worth += [(line.sku, each[n - 1]) for n in range(first, last + 1)]
    assert units == dict(waiting)
    assert sorted(worth) == tags


@given(st.data())
def test_r4_what_is_confirmed_is_what_was_previewed(data: st.DataObject) -> None:
    course = Course(data.draw)
    for _ in range(data.draw(st.integers(0, 6))):
        course.step()
    if course.over:
        return
    operations = course._operations()
    context = course.life.context
    try:
        preview = om.preview_edit(course.life.order, operations, context)
    except Exception as refusal:  # noqa: BLE001 - whatever it is, proposing says the same
        with pytest.raises(type(refusal)):
            course.life.do(om.ProposeEdit(ORDER_ID, "e", operations, **course.life.common()))
        return
    course.life.do(om.ProposeEdit(ORDER_ID, "e", operations, **course.life.common()))
    events = course.life.do(om.ConfirmEdit(ORDER_ID, "e", **course.life.common()))
    order = course.life.order
    assert order.progress == preview.order.progress
    assert order.terms == preview.order.terms
    assert order.payments.owed == preview.order.payments.owed
    (confirmed,) = [event for event in events if type(event) is ev.EditConfirmed]
    assert (confirmed.net, confirmed.tax) == (preview.net, preview.tax)
