"""Every command in any order against a plain list of units (M6-M11, M13, C3, C5, C7).

The model in tests/support/unit_list.py says which units a command takes and whether it is refused;
money that is asked for is judged against sums over the list. After every step the two agree,
folding the events gives the state at every prefix, and nothing that was handed in has changed.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from omcore import orders as om
from omcore.kernel import IllegalTransition, Money, OmcoreError, Ratio, UnknownId
from omcore.kernel.runs import normal
from omcore.lifecycle import FULFILLMENT_ORDER, ORDER, SHIPMENT
from omcore.orders import events as ev
from omcore.orders.draft import DraftLine, DraftTender, OrderDraft
from omcore.orders.state import HOLD_BLOCKS
from omcore.orders.units import UNIT_STATES
from order_drafts import drafts
from order_life import ORDER_ID, T0
from unit_list import AWAY, WAITING, Unit, UnitList, fee_of

LOCATIONS = ("nyc", "lax", "soho")
TERMINAL = ("returned", "cancelled")
BEFORE_SHIPPING = ("requested", "accepted", "picking", "packed", "partially_shipped")
ASIDE = ("request", "erase", "again", "nothing", "stage")
STEPS = ("wrap", "ship", "cancel", "deliver", "return_units")
WINDOW = timedelta(days=30)
FEE = 15

pick = st.integers(0, 1_000)


@st.composite
def orders(draw: st.DrawFn) -> OrderDraft:
    more: dict[str, Any] = {}
    shape = draw(st.sampled_from(("plain", "plain", "plain", "pickup", "complete", "nowhere")))
    if shape == "pickup":
        more = {"pickup_at": "soho", "destination": None}
    elif shape == "complete":
        more = {"ship_complete": True}
    elif shape == "nowhere":
        more = {"destination": None}
    return draw(drafts(more=more))


class OrderMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.model = UnitList()
        self.order: om.Order | None = None
        self.folded: om.Order | None = None
        self.events: list[Any] = []
        self.now = T0
        self.keys = 0
        self.version = 0

    # -- carrying out ------------------------------------------------------------------------------

    def common(self) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    @property
    def known(self) -> om.Order:
        assert self.order is not None
        return self.order

    def attempt(self, command: Any, refusal: type[OmcoreError] | None = None) -> list[Any]:
        """Carry out a command that is expected to be refused so, or not at all."""
        before = self.order
        parts = mutable_parts(before)
        if refusal is not None:
            with pytest.raises(refusal) as refused:
                om.decide(before, command, self.context)
            assert refused.type is refusal
            assert mutable_parts(before) == parts
            return []
        decision = om.decide(before, command, self.context)
        assert mutable_parts(before) == parts
        assert om.decide(before, command, self.context) == decision, "same inputs, same outputs (C1)"
        self.order = decision.order
        self.events += decision.events
        for event in decision.events:
            self._follow(event)
        assert self.folded == self.order, "folding gives the state at every prefix (C5)"
        return list(decision.events)

    def _follow(self, event: Any) -> None:
        """One event, folded by itself; the status only moves along the chart (C7)."""
        assert event.at == max(self.now, event.at)
        was = None if self.folded is None else self.folded.standing.status
        self.folded = om.evolve(self.folded, event)
        if type(event) is ev.OrderStatusChanged:
            assert event.source == was not in TERMINAL, "nothing leaves a terminal state"
            assert (event.source, event.event, event.target) in ORDER.moves
            assert self.folded.standing.status == event.target
        elif was is not None:
            assert self.folded.standing.status == was

    def done(self, events: list[Any]) -> None:
        """The model has moved its units: money is judged, and the two are compared."""
        self.model.see(events, self.capturable)
        self.model.agrees(self.known)
        self.model.settled(self.capturable(), held=self.held("capture"))
        asked = {event.kind for event in events if type(event) is ev.PaymentRequested}
        assert not (self.held("capture") and "capture" in asked)

    def capturable(self) -> int:
        return self.model.owed() if self.at_placement else self.model.earned()

    # -- predicting --------------------------------------------------------------------------------

    def over(self) -> bool:
        return self.model.status(self.known.standing) in TERMINAL

    def held(self, what: str) -> bool:
        return any(what in hold.blocks for hold in self.known.standing.holds)

    def some(self, available: list[Unit], number: int, *, highest: bool = False) -> list[Unit]:
        """M7: the lowest of a line, or the highest; fewer than asked for is a refusal."""
        return available[-number:] if highest else available[:number]

    def a_line(self, number: int) -> str:
        lines = self.known.terms.lines
        return lines[number % len(lines)].id

    # -- rules -------------------------------------------------------------------------------------

    @initialize(
        draft=orders(),
        at_placement=st.booleans(),
        fee=st.booleans(),
        spread=st.booleans(),
        imported=st.booleans(),
        start=st.integers(0, 4),
    )
    def place(
        self, draft: OrderDraft, at_placement: bool, fee: bool, spread: bool, imported: bool, start: int
    ) -> None:
        self.draft, self.at_placement, self.fee = draft, at_placement, FEE if fee else 0
        policies = om.Policies(
            capturable=om.capture_at_placement if at_placement else om.capture_on_shipment,
            refund_over=om.proportional if spread else om.card_first,
            restocking_fee=Ratio.percent(str(FEE)) if fee else None,
            return_window=WINDOW,
        )
        self.context = om.OrderContext(om.default_context().catalog, policies, om.DEFAULT_RULES)
        make = om.ImportOrder if imported else om.PlaceOrder
        events = self.attempt(make(draft, order_id=ORDER_ID, **self.common()))
        self.model.placed(events[0])
        for unit in self.model.units:
            if self.known.terms.line(unit.line).fulfilled_by == "taken":
                unit.state, unit.delivered_at, self.model.charged = "delivered", T0, True
        self.done(events)
        self._head_start(start)

    def _head_start(self, stage: int) -> None:
        """Most of what can go wrong goes wrong late: paid, allocated, shipped, delivered."""
        if stage:
            for _ in list(self.model.asked):
                self.answer(0, "approved")
            for _ in self.known.standing.holds:
                self.release(0)
        if stage > 1:
            self.allocate_all("nyc")
        if stage > 2 and self.model.work:
            self.ship(0, 0, 0, False)
        if stage > 3:
            for number in range(len(self.model.shipments)):
                self.deliver(number)

    @rule(hours=st.sampled_from((1, 24, 24 * 20)))
    def wait(self, hours: int) -> None:
        """What has passed is met at once here; that it may be met at any time is another test's (S6)."""
        self.now += timedelta(hours=hours)
        ended = [
            hold
            for hold in self.known.standing.holds
            if hold.expires_at is not None and hold.expires_at <= self.now
        ]
        events = self.attempt(om.MeetDeadlines(ORDER_ID, **self.common()))
        if any(hold.then == "cancel" for hold in ended):
            self.model.cancelled(self.model.among(*WAITING))
        self.done(events)
        left = {hold.id for hold in self.known.standing.holds}
        assert not left & {hold.id for hold in ended}

    @precondition(lambda self: self.model.asked)
    @rule(number=pick, outcome=st.sampled_from(("approved", "approved", "approved", "declined", "unknown")))
    def answer(self, number: int, outcome: str) -> None:
        request = sorted(self.model.asked)[number % len(self.model.asked)]
        events = self.attempt(om.RecordPaymentOutcome(ORDER_ID, request, outcome, **self.common()))
        self.model.answered(request, outcome)
        self.done(events)

    @rule(tender=st.sampled_from(("t0", "t1", "cash")), amount=st.integers(1, 3_000))
    def money_comes(self, tender: str, amount: int) -> None:
        money = Money(amount, self.known.terms.currency)
        self.done(self.attempt(om.RecordPayment(ORDER_ID, tender, money, **self.common())))

    @rule(tender=st.sampled_from(("t0", "t1", "t2")))
    def retry(self, tender: str) -> None:
        purse = self.model.purses.get(tender)
        events = self.attempt(
            om.RetryPayment(ORDER_ID, tender, **self.common()), None if purse else UnknownId
        )
        if purse:
            purse.blocked = purse.refund_blocked = False
            self.done(events)

    @precondition(lambda self: len(self.known.standing.holds) < 3)
    @rule(
        hold=st.sampled_from(("h1", "h2", "h3")),
        blocks=st.sets(st.sampled_from(HOLD_BLOCKS), min_size=1),
        hours=st.sampled_from((None, None, 1, 24)),
        then=st.sampled_from(("release", "cancel")),
    )
    def hold(self, hold: str, blocks: set[str], hours: int | None, then: str) -> None:
        refusal: type[OmcoreError] | None = None
        if self.over():
            refusal = om.OrderIsOver
        elif any(have.id == hold for have in self.known.standing.holds):
            refusal = om.HoldExists
        expires_at = None if hours is None else self.now + timedelta(hours=hours)
        command = om.PlaceHold(
            ORDER_ID,
            hold,
            "fraud",
            blocks=tuple(sorted(blocks)),
            expires_at=expires_at,
            then=then,
            **self.common(),
        )
        self.done(self.attempt(command, refusal))

    @precondition(lambda self: self.known.standing.holds)
    @rule(number=pick)
    def release(self, number: int) -> None:
        holds = self.known.standing.holds
        hold = holds[number % len(holds)].id
        self.done(self.attempt(om.ReleaseHold(ORDER_ID, hold, **self.common())))

    @precondition(lambda self: self.model.among("open"))
    @rule(
        wanted=st.lists(
            st.tuples(pick, st.sampled_from(LOCATIONS), st.integers(1, 4)), min_size=1, max_size=4
        )
    )
    def allocate(self, wanted: list[tuple[int, str, int]]) -> None:
        self._allocate([(self.a_line(number), location, count) for number, location, count in wanted])

    @precondition(lambda self: self.model.among("open"))
    @rule(location=st.sampled_from(LOCATIONS))
    def allocate_all(self, location: str) -> None:
        if self.known.terms.pickup_at:
            location = self.known.terms.pickup_at
        lines = dict.fromkeys(unit.line for unit in self.model.among("open"))
        if not lines:
            return
        self._allocate([(line, location, len(self.model.among("open", line=line))) for line in lines])

    def _allocate(self, wanted: list[tuple[str, str, int]]) -> None:
        model = self.model
        asked: dict[str, dict[str, int]] = {}
        for line, location, number in wanted:
            asked.setdefault(location, {}).setdefault(line, 0)
            asked[location][line] += number
        refusal = self._why_not_allocated(wanted)
        events = self.attempt(om.AllocateUnits(ORDER_ID, tuple(wanted), **self.common()), refusal)
        made = [event for event in events if type(event) is ev.FulfillmentRequested]
        assert len(made) == (0 if refusal else len(asked))
        for event, (location, lines) in zip(made, asked.items() if made else (), strict=True):
            model.work[event.fulfillment_id] = (location, "requested")
            for line, number in lines.items():
                for unit in self.some(model.among("open", line=line), number):
                    unit.state, unit.ref = "allocated", event.fulfillment_id
        self.done(events)

    def _why_not_allocated(self, wanted: list[tuple[str, str, int]]) -> type[OmcoreError] | None:
        model, pickup = self.model, self.known.terms.pickup_at
        if self.over():
            return om.OrderIsOver
        if self.held("routing"):
            return om.OrderOnHold
        if not self.known.standing.validated:
            return om.OrderNotValidated
        for _, location, _ in wanted:
            if location in model.excluded:
                return om.LocationExcluded
            if pickup is not None and location != pickup:
                return om.PickupElsewhere
        total = dict.fromkeys((line for line, _, _ in wanted), 0)
        for line, _, number in wanted:
            total[line] += number
        if any(number > len(model.among("open", line=line)) for line, number in total.items()):
            return om.UnitsNotAvailable
        if self.known.terms.ship_complete and sum(total.values()) < len(model.among("open")):
            return om.ShipCompleteBroken
        return None

    def some_work(self, number: int) -> str:
        return sorted(self.model.work)[number % len(self.model.work)]

    @precondition(lambda self: self.model.work)
    @rule(number=pick, event=st.sampled_from(("accept", "pick", "pack", "ready")))
    def advance(self, number: int, event: str) -> None:
        work = self.some_work(number)
        location, status = self.model.work[work]
        after = FULFILLMENT_ORDER.step(status, event, {"complete": True})
        events = self.attempt(
            om.AdvanceFulfillment(ORDER_ID, work, event, **self.common()),
            None if after else IllegalTransition,
        )
        if after:
            self.model.work[work] = (location, after)
        self.done(events)

    @precondition(lambda self: self.model.work)
    @rule(number=pick, reject=st.booleans())
    def call_off(self, number: int, reject: bool) -> None:
        work = self.some_work(number)
        open_ = self.model.work[work][1] in (*BEFORE_SHIPPING, "ready_for_pickup")
        make = om.RejectFulfillment if reject else om.CancelFulfillment
        events = self.attempt(
            make(ORDER_ID, work, "why", **self.common()), None if open_ else IllegalTransition
        )
        if open_:
            status = "rejected" if reject else "cancelled"
            self.model.opened(self.model.left(work), work, excluded=reject, status=status)
        self.done(events)

    @precondition(lambda self: self.model.work)
    @rule(number=pick, line=pick, count=st.integers(1, 3))
    def short_pick(self, number: int, line: int, count: int) -> None:
        work, line_id = self.some_work(number), self.a_line(line)
        left = self.model.among("allocated", ref=work, line=line_id)
        refusal: type[OmcoreError] | None = None
        if not self.model.left(work):
            refusal = IllegalTransition
        elif len(left) < count:
            refusal = om.UnitsNotAvailable
        events = self.attempt(
            om.ReportShortPick(ORDER_ID, work, ((line_id, count),), **self.common()), refusal
        )
        if not refusal:
            self.model.opened(self.some(left, count), work, excluded=True)
        self.done(events)

    @precondition(lambda self: self.model.work)
    @rule(number=pick, line=pick, count=st.integers(0, 3), collect=st.booleans())
    def ship(self, number: int, line: int, count: int, collect: bool) -> None:
        """Nothing named (0) is everything that the work has left."""
        model, work, line_id = self.model, self.some_work(number), self.a_line(line)
        left = model.left(work)
        units = left if count == 0 else self.some([u for u in left if u.line == line_id], count)
        location, status = model.work[work]
        may = ("ready_for_pickup", "partially_shipped") if collect else BEFORE_SHIPPING
        refusal: type[OmcoreError] | None = None
        if status not in may:
            refusal = IllegalTransition
        elif self.held("shipping"):
            refusal = om.OrderOnHold
        elif not collect and self.known.terms.ship_complete and model.among("open"):
            refusal = om.ShipCompleteBroken
        elif len(units) < count:
            refusal = om.UnitsNotAvailable
        items = () if count == 0 else ((line_id, count),)
        make = om.CollectUnits if collect else om.ShipUnits
        events = self.attempt(make(ORDER_ID, work, items, **self.common()), refusal)
        if not refusal:
            shipped = next(event for event in events if type(event) is ev.UnitsShipped)
            model.dispatched(units, shipped.shipment_id, work)
            if collect:
                model.delivered(shipped.shipment_id, self.now)
            whole = "collected" if collect else "shipped"
            model.work[work] = (location, "partially_shipped" if model.left(work) else whole)
        self.done(events)

    def some_shipment(self, number: int) -> str:
        return sorted(self.model.shipments)[number % len(self.model.shipments)]

    @precondition(lambda self: self.model.shipments)
    @rule(number=pick, event=st.sampled_from(("attempt", "go_out", "lose", "lose", "send_back", "deliver")))
    def carrier_says(self, number: int, event: str) -> None:
        shipment = self.some_shipment(number)
        by, status = self.model.shipments[shipment]
        after = None if event == "deliver" else SHIPMENT.step(status, event, {})
        events = self.attempt(
            om.AdvanceShipment(ORDER_ID, shipment, event, **self.common()),
            None if after else IllegalTransition,
        )
        if after:
            self.model.shipments[shipment] = (by, after)
        self.done(events)

    @precondition(lambda self: self.model.shipments)
    @rule(number=pick)
    def deliver(self, number: int) -> None:
        shipment = self.some_shipment(number)
        arrives = self.model.shipments[shipment][1] in ("in_transit", "out_for_delivery", "attempted")
        events = self.attempt(
            om.RecordDelivery(ORDER_ID, shipment, **self.common()), None if arrives else IllegalTransition
        )
        if arrives:
            self.model.delivered(shipment, self.now)
        self.done(events)

    @precondition(lambda self: self.model.shipments)
    @rule(number=pick, location=st.sampled_from(("", "nyc")))
    def reopen(self, number: int, location: str) -> None:
        model, shipment = self.model, self.some_shipment(number)
        units = model.among("shipped", ref=shipment)
        refusal: type[OmcoreError] | None = None
        if model.shipments[shipment][1] not in ("lost", "returned_to_sender"):
            refusal = IllegalTransition
        elif not units:
            refusal = om.NothingToDo
        events = self.attempt(om.ReopenShipment(ORDER_ID, shipment, location, **self.common()), refusal)
        if not refusal:
            for unit in units:
                theirs = self.known.terms.line(unit.line).fulfilled_by == "channel"
                unit.state, unit.ref = "channel" if theirs else "open", ""
            if not model.among(*AWAY, "returned"):
                model.charged = False
            restocked = [e for e in events if type(e) is ev.UnitsReopened and e.restocked]
            assert bool(restocked) == (bool(location) and any(unit.state == "open" for unit in units))
        self.done(events)

    @precondition(lambda self: self.model.among("channel"))
    @rule(line=pick, count=st.integers(0, 3))
    def channel_ships(self, line: int, count: int) -> None:
        line_id = self.a_line(line)
        theirs = self.model.among("channel")
        units = theirs if count == 0 else self.some([u for u in theirs if u.line == line_id], count)
        refusal: type[OmcoreError] | None = None
        if len(units) < count:
            refusal = om.UnitsNotAvailable
        elif not units:
            refusal = om.NothingToDo
        items = () if count == 0 else ((line_id, count),)
        events = self.attempt(om.RecordChannelShipment(ORDER_ID, items, **self.common()), refusal)
        if not refusal:
            shipped = next(event for event in events if type(event) is ev.ChannelShipped)
            self.model.dispatched(units, shipped.shipment_id)
        self.done(events)

    @precondition(lambda self: self.model.among(*WAITING))
    @rule(
        line=pick,
        count=st.sampled_from((1, 1, 2, 3, 0)),
        ordinals=st.none() | st.sets(st.integers(1, 4), min_size=1, max_size=2),
    )
    def cancel(self, line: int, count: int, ordinals: set[int] | None) -> None:
        """Numbers take the highest; named ordinals are taken as named; nothing named is everything."""
        line_id = self.a_line(line)
        free = self.model.among(*WAITING)
        here = [unit for unit in free if unit.line == line_id]
        refusal: type[OmcoreError] | None = None
        if self.over():
            refusal = om.OrderIsOver
        if ordinals is not None:
            items: Any = ((line_id, normal((n, n) for n in ordinals)),)
            units = [unit for unit in here if unit.n in ordinals]
            wanted = len(ordinals)
        else:
            items = () if count == 0 else ((line_id, count),)
            units = free if count == 0 else self.some(here, count, highest=True)
            wanted = count
        if not refusal and len(units) < wanted:
            refusal = om.UnitsNotAvailable
        elif not refusal and not units:
            refusal = om.NothingToDo
        events = self.attempt(om.CancelUnits(ORDER_ID, items, "why", **self.common()), refusal)
        if not refusal:
            self.model.cancelled(units)
        self.done(events)

    @rule(name=st.sampled_from(("c1", "c2", "c3")), line=pick, count=st.integers(0, 3))
    def ask_to_cancel(self, name: str, line: int, count: int) -> None:
        line_id = self.a_line(line)
        items = () if count == 0 else ((line_id, count),)
        known = {request.id: request for request in self.known.standing.cancel_requests}
        there = self.model.among(*WAITING, "shipped", "delivered", line=line_id)
        refusal: type[OmcoreError] | None = None
        if self.over():
            pass
        elif name in known and (known[name].wanted != items or known[name].status != "requested"):
            refusal = om.CancelRequestExists
        elif name not in known and count > len(there):
            refusal = om.UnitsNotAvailable
        self.done(self.attempt(om.RequestCancel(ORDER_ID, name, items, **self.common()), refusal))

    @precondition(lambda self: self.known.standing.cancel_requests)
    @rule(number=pick, accept=st.booleans())
    def answer_the_request(self, number: int, accept: bool) -> None:
        requests = self.known.standing.cancel_requests
        request = requests[number % len(requests)]
        refusal = None if request.status == "requested" else om.CancelRequestAnswered
        units: list[Unit] = []
        if accept and not refusal:
            units = [] if request.wanted else self.model.among(*WAITING)
            for line, what in request.wanted:
                assert isinstance(what, int)
                units += self.some(self.model.among(*WAITING, line=line), what, highest=True)
        command = om.DecideCancelRequest(ORDER_ID, request.id, accept, **self.common())
        events = self.attempt(command, refusal)
        self.model.cancelled(units)
        self.done(events)

    @precondition(lambda self: self.model.among("delivered"))
    @rule(name=st.sampled_from(("r1", "r2", "r3", "r4")), line=pick, count=st.integers(1, 4))
    def authorize_return(self, name: str, line: int, count: int) -> None:
        line_id = self.a_line(line)
        available = self.model.among("delivered", line=line_id)
        units = self.some(available, count)
        refusal: type[OmcoreError] | None = None
        if self.over():
            refusal = om.OrderIsOver
        elif name in self.model.returns:
            refusal = om.ReturnExists
        elif len([unit for unit in self.model.units if unit.line == line_id]) < count:
            refusal = om.UnitsNotAvailable
        elif len(available) < count or any(
            unit.delivered_at and self.now > unit.delivered_at + WINDOW for unit in units
        ):
            refusal = om.NotReturnable
        events = self.attempt(
            om.AuthorizeReturn(ORDER_ID, name, ((line_id, count),), **self.common()), refusal
        )
        if not refusal:
            self.model.returns[name] = "authorized"
            for unit in units:
                unit.state, unit.ref = "returning", name
        self.done(events)

    @precondition(lambda self: self.model.returns)
    @rule(number=pick)
    def cancel_return(self, number: int) -> None:
        name = sorted(self.model.returns)[number % len(self.model.returns)]
        units = self.model.among("returning", ref=name)
        events = self.attempt(
            om.CancelReturn(ORDER_ID, name, **self.common()), None if units else IllegalTransition
        )
        if units:
            came = self.model.among("returned", ref=name)
            self.model.returns[name] = "completed" if came else "cancelled"
            for unit in units:
                unit.state, unit.ref = "delivered", unit.brought_by
        self.done(events)

    @precondition(lambda self: self.model.returns)
    @rule(number=pick, line=pick, count=st.integers(0, 3), waive=st.booleans())
    def receive(self, number: int, line: int, count: int, waive: bool) -> None:
        name = sorted(self.model.returns)[number % len(self.model.returns)]
        line_id = self.a_line(line)
        expected = self.model.among("returning", ref=name)
        units = expected if count == 0 else self.some([u for u in expected if u.line == line_id], count)
        refusal: type[OmcoreError] | None = None
        late = not expected and self.over()  # a parcel for an order that is over is a task (C7)
        if not expected and not late:
            refusal = IllegalTransition
        elif len(units) < count and not late:
            refusal = om.UnitsNotAvailable
        items = () if count == 0 else ((line_id, count),)
        command = om.ReceiveReturn(ORDER_ID, name, "nyc", items, waive_fee=waive, **self.common())
        events = self.attempt(command, refusal)
        if late:
            assert {type(event) for event in events} <= {ev.LateFactNoted}
        elif not refusal:
            for unit in units:
                unit.state = "returned"
            self.model.fees += 0 if waive else sum(fee_of(unit, self.fee) for unit in units)
            left = self.model.among("returning", ref=name)
            self.model.returns[name] = "partially_received" if left else "completed"
        self.done(events)

    @rule(
        what=st.sampled_from(("request", "erase", "again", "nothing", "stage")), event=st.sampled_from(STEPS)
    )
    def aside(self, what: str, event: str) -> None:
        """What moves no unit and no money."""
        if what == "request":
            requests = self.known.standing.cancel_requests
            answered = any(entry.id == "customer" and entry.status != "requested" for entry in requests)
            refusal = om.CancelRequestExists if answered and not self.over() else None
            self.done(self.attempt(om.RequestCancel(ORDER_ID, **self.common()), refusal))
        elif what == "erase":
            self.done(self.attempt(om.ErasePersonalData(ORDER_ID, **self.common())))
            assert self.known.standing.erased
        elif what == "again":
            self.attempt(om.PlaceOrder(self.draft, order_id=ORDER_ID, **self.common()), om.OrderExists)
        elif what == "nothing":
            self.attempt(om.RecordPaymentOutcome(ORDER_ID, "x", "approved", **self.common()), UnknownId)
        else:
            self._enter_stage(event)

    def _enter_stage(self, event: str) -> None:
        """The base chart has no stages: units move the status, never this command (C7)."""
        command = om.EnterStage(ORDER_ID, event, **self.common())
        with suppress(om.OrderIsOver, IllegalTransition):
            assert om.decide(self.known, command, self.context).events == ()

    @rule(
        seen=st.lists(st.tuples(*[st.sampled_from((0, 0, 0, 1, 2, 4))] * 3), min_size=3, max_size=3),
        cancelled=st.sampled_from((False, False, False, True)),
        wish=st.booleans(),
        paid=st.lists(st.tuples(st.booleans(), st.integers(0, 100)), min_size=3, max_size=3),
        newer=st.sampled_from((1, 1, 0, -1)),
    )
    def channel_tells(self, seen: Any, cancelled: bool, wish: bool, paid: Any, newer: int) -> None:
        """A snapshot with any progress whatever; an old one is no news, and none is news twice (C8)."""
        lines = tuple(
            with_progress(line, *counts) for line, counts in zip(self.draft.lines, seen, strict=False)
        )
        tenders = tuple(
            with_money(tender, *told) for tender, told in zip(self.draft.tenders, paid, strict=False)
        )
        version = max(self.version + newer, 0)
        old = version < self.version
        snapshot = told(self.draft, lines, tenders, version, cancelled, wish)
        before = {key: (p.captured, p.refunded) for key, p in self.model.purses.items()}
        events = self.attempt(om.ImportOrder(snapshot, order_id=ORDER_ID, **self.common()))
        if old:
            assert events == []
            return
        self.version = version
        self._take_in(lines, events, cancelled)
        self.done(events)
        for tender in tenders:
            captured, refunded = before[tender.id]
            purse = self.model.purses[tender.id]
            assert purse.captured <= max(captured, tender.amount.minor)
            assert purse.refunded <= max(refunded, tender.refunded.minor if tender.refunded else 0)
        again = self.attempt(om.ImportOrder(snapshot, order_id=ORDER_ID, **self.common()))
        assert again == [], "importing twice is a no-op"
        said = attrs.evolve(snapshot, source_version=version + 1)
        self.version = version + 1
        again = self.attempt(om.ImportOrder(said, order_id=ORDER_ID, **self.common()))
        assert [type(event) for event in again] == [ev.SnapshotSeen], "said again, nothing is done again"
        self.done(again)

    def _take_in(self, lines: tuple[DraftLine, ...], events: list[Any], cancelled: bool) -> None:
        model, leaving = self.model, []
        for line in lines:
            new = line.cancelled - len(model.among("cancelled", line=line.id))
            free = model.among("open", "channel", line=line.id)[::-1]
            held = model.among("allocated", line=line.id)[::-1]
            model.cancelled((free + held)[: max(new, 0)])
        for line in lines:
            mine = model.among(*UNIT_STATES, line=line.id)
            new = line.fulfilled - sum(unit.left or unit.state in (*AWAY, "returned") for unit in mine)
            waiting = [unit for unit in mine if unit.state in ("open", "channel") and not unit.left]
            leaving += waiting[: max(new, 0)]
        if leaving:
            shipped = next(event for event in events if type(event) is ev.ChannelShipped)
            model.dispatched(leaving, shipped.shipment_id)
        if cancelled:
            model.cancelled(model.among(*WAITING))

    def teardown(self) -> None:
        """In the end every question is answered, and an order that is over has settled its money."""
        if self.order is None:
            return
        assert om.replay(self.events) == self.order
        for _ in range(300):
            for key, purse in self.model.purses.items():
                if purse.blocked or purse.refund_blocked:
                    self.retry(key)
            if not self.model.asked:
                break
            self.answer(0, "approved")
        assert not self.model.asked
        assert self.model.held() <= max(self.model.owed(), 0) or not any(
            self.model.refundable(key) for key in self.model.purses
        )
        if self.over():
            assert all(
                self.model.left_on(key) == 0
                for key, purse in self.model.purses.items()
                if purse.kind == "gateway"
            )


def with_progress(line: DraftLine, cancelled: int, fulfilled: int, returned: int) -> DraftLine:
    """A line as the channel counts it, cut to what the line has."""
    most = line.quantity
    return DraftLine(
        line.id,
        line.sku,
        most,
        line.unit_price,
        line.discounts,
        line.taxes,
        line.fulfilled_by,
        line.title,
        min(cancelled, most),
        min(fulfilled, most),
        min(returned, most),
    )


def with_money(tender: DraftTender, captured: bool, percent: int) -> DraftTender:
    refunded = Money(tender.amount.minor * percent // 100, tender.amount.currency)
    return DraftTender(
        tender.id,
        tender.kind,
        tender.amount,
        tender.authorized,
        captured or tender.captured,
        refunded=refunded if percent else None,
    )


def told(
    draft: OrderDraft,
    lines: tuple[DraftLine, ...],
    tenders: tuple[DraftTender, ...],
    version: int,
    cancelled: bool,
    wish: bool,
) -> OrderDraft:
    return OrderDraft(
        draft.ref,
        draft.currency,
        lines,
        draft.placed_at,
        destination=draft.destination,
        discounts=draft.discounts,
        charges=draft.charges,
        tenders=tenders,
        tax_included=draft.tax_included,
        ship_complete=draft.ship_complete,
        pickup_at=draft.pickup_at,
        taken_at=draft.taken_at,
        cancelled=cancelled,
        cancel_requested=wish,
        source_version=version,
    )


def mutable_parts(order: om.Order | None) -> Any:
    """What a frozen record cannot guard: its mappings."""
    if order is None:
        return None
    return (
        order,
        dict(order.terms.index),
        dict(order.progress.work),
        dict(order.progress.shipments),
        dict(order.progress.returns),
        dict(order.payments.tenders),
        dict(order.payments.requests),
        dict(order.payments.accounts),
    )


TestOrderMachine = OrderMachine.TestCase
TestOrderMachine.settings = settings(stateful_step_count=40)
