"""order_scale: what a life costs as an order grows, in lines, in units and in scattered units.

One order is placed, authorized, allocated, shipped in three parts, captured, delivered, and
returned in the same three parts: authorized, received, refunded. Every line has units in each of
the three shipments, and stock follows through ``decide_operations``. Nothing is a loop over units,
and nothing looks at all lines for each line or at all runs for each run: ten times the lines, or
the runs that units are scattered over, are about ten times the time, and a million units of one
line as much as three of it. The outcome is asserted: every unit returned, no minor unit of money left.

Another order is amended in every way (see ``amended``), and one has a long past of such amendments.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from amended import SORTS, Amended, Worn
from bench_pipeline import DESTINATION, PERCENT_OFF, T0, TAX_MILLIONTHS, Pipeline
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import stock_effects
from omcore.kernel import Money, Ratio
from omcore.orders.draft import Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from timing import paired_ratio

ORDER_ID, LOCATION = "o1", "nyc"
PARTS = 3
FEW_LINES, MANY_LINES = 1_000, 10_000
# Every third unit of one line goes in each shipment: as many runs of one unit.
FEW_RUNS, MANY_RUNS = 1_000, 10_000
# Not one unit: it could not ship in three parts, and would be compared with another life.
FEW_UNITS, MANY_UNITS = PARTS, 1_000_000
# What was done before, each of one unit, when the next parcel leaves.
SHORT_PAST, LONG_PAST = 10, 1_000
RATE = Ratio(TAX_MILLIONTHS, 1_000_000)


def draft_of(lines: int, units: int) -> OrderDraft:
    """An order of so many lines, each of so many units, with a discount over the whole and a tax a line.

    No charge: shipping is not refunded with a return, and all of this order's money is to come back.
    """
    return OrderDraft(
        ExternalRef("web", "shop", "order", ORDER_ID),
        "USD",
        tuple(
            DraftLine(f"{i}", f"SKU-{i}", units, Money(1999 + i % 7, "USD"), taxes=(Tax("NY", rate=RATE),))
            for i in range(lines)
        ),
        T0,
        destination=DESTINATION,
        discounts=(Discount("ten", percentage=Ratio(PERCENT_OFF, 100)),),
        tenders=(DraftTender("card", "gateway", Money(10**12, "USD")),),
    )


class Life:
    """One draft, and stock for it; ``once`` takes a new order of it through its whole life.

    With ``scattered`` units the neighbors of a unit go with the two other shipments.
    """

    def __init__(self, lines: int, units: int, *, scattered: bool = False) -> None:
        self.draft = draft_of(lines, units)
        self.pipeline = Pipeline()
        shelves = {(LOCATION, line.sku): [inv.Receive(units)] for line in self.draft.lines}
        self.pipeline.apply(shelves, T0, "opening")
        self.ids = [line.id for line in self.draft.lines]
        self.whole = tuple([(name, LOCATION, units) for name in self.ids])
        share = units // PARTS
        parts: list[Any] = [share] * (PARTS - 1) + [units - share * (PARTS - 1)]
        if scattered:
            parts = [tuple([(n, n) for n in range(1 + k, units + 1, PARTS)]) for k in range(PARTS)]
        self.parts = [tuple([(name, part) for name in self.ids]) for part in parts]

    def run(self, times: int) -> None:
        """So many lives, each of a new order."""
        for _ in range(times):
            self.once()

    def once(self) -> om.Order:
        """place -> authorize -> allocate -> ship and capture, deliver, return and refund in parts."""
        now = T0
        order = self.do(None, om.PlaceOrder(self.draft, order_id=ORDER_ID, key="place", at=now))
        order = self.answered(order)
        order = self.do(order, om.AllocateUnits(ORDER_ID, self.whole, key="allocate", at=now))
        (work,) = order.progress.work
        for number, part in enumerate(self.parts):
            now += timedelta(hours=1)
            order = self.do(order, om.ShipUnits(ORDER_ID, work, part, key=f"ship-{number}", at=now))
            order = self.answered(order)
        for shipment_id in list(order.progress.shipments):
            now += timedelta(days=1)
            deliver = om.RecordDelivery(ORDER_ID, shipment_id, key=f"deliver-{shipment_id}", at=now)
            order = self.do(order, deliver)
        for number, part in enumerate(self.parts):
            name = f"r{number}"
            order = self.do(order, om.AuthorizeReturn(ORDER_ID, name, part, key=f"rma-{name}", at=now))
            receive = om.ReceiveReturn(ORDER_ID, name, LOCATION, key=f"receive-{name}", at=now)
            order = self.answered(self.do(order, receive))
        return order

    def answered(self, order: om.Order) -> om.Order:
        """Everything that is asked of the card's gateway is approved."""
        for request_id in list(order.payments.requests):
            answer = om.RecordPaymentOutcome(
                ORDER_ID, request_id, "approved", key=request_id, at=order.seen_at
            )
            order = self.do(order, answer)
        return order

    def do(self, order: om.Order | None, command: Any) -> om.Order:
        """Decide a command, and let stock follow its events."""
        decision = om.decide(order, command, self.pipeline.context)
        effects = stock_effects(decision.order, decision.events)
        if effects:
            self.pipeline.apply(effects, decision.order.seen_at, ORDER_ID)
        return decision.order

    def check(self) -> None:
        """Everything came back: units to their shelves, money to the customer."""
        order, units = self.once(), self.draft.lines[0].quantity
        payments, returned = order.payments, order.progress.tally.returned
        if order.status != "returned" or returned != units * len(self.ids):
            raise AssertionError("not everything was returned")
        if not payments.captured == payments.refunded == order.terms.total > 0:
            raise AssertionError("not all of the money went there and back")
        if payments.owed or payments.earned or payments.balance or any(payments.accounts.values()):
            raise AssertionError("money is left")
        for line in self.draft.lines:
            item = self.pipeline.stock[LOCATION, line.sku]
            if item.on_hand != units or item.allocated:
                raise AssertionError("stock did not come back")


def run(smoke: bool) -> dict[str, float]:
    """The ratios, and milliseconds of this run for orientation."""
    few_lines, many_lines = (10, 100) if smoke else (FEW_LINES, MANY_LINES)
    few_runs, many_runs = (10, 100) if smoke else (FEW_RUNS, MANY_RUNS)
    times, rounds = (1, 1) if smoke else (200, 5)
    few, many = Life(few_lines, PARTS), Life(many_lines, PARTS)
    single, bulk = Life(1, FEW_UNITS), Life(1, MANY_UNITS)
    apart, further = (Life(1, runs * PARTS, scattered=True) for runs in (few_runs, many_runs))
    for life in (few, many, single, bulk, apart, further):
        life.check()
    lines_ratio, many_s, few_s = paired_ratio(many.run, few.run, 1, rounds, 10)
    units_ratio, bulk_s, single_s = paired_ratio(bulk.run, single.run, times, rounds)
    runs_ratio, further_s, _ = paired_ratio(further.run, apart.run, 1, rounds, 10)
    # One line less than an order may have: the exchange brings its own.
    changed_few, changed_many = Amended(few_lines - 1, SORTS), Amended(many_lines - 1, SORTS)
    mixed_few, mixed_many = Amended(1, few_runs * SORTS), Amended(1, many_runs * SORTS)
    for amended in (changed_few, changed_many, mixed_few, mixed_many):
        amended.check()
    changed_ratio, changed_s, _ = paired_ratio(changed_many.run, changed_few.run, 1, rounds, 10)
    mixed_ratio, _, _ = paired_ratio(mixed_many.run, mixed_few.run, 1, rounds, 10)
    worn, new = Worn(3 * SHORT_PAST if smoke else LONG_PAST), Worn(SHORT_PAST)
    past_ratio, _, _ = paired_ratio(worn.run, new.run, times, rounds)
    return {
        "lines_10k_vs_1k": round(lines_ratio, 2),
        "units_1m_vs_1": round(units_ratio, 2),
        "runs_10k_vs_1k": round(runs_ratio, 2),
        "amended_lines_10k_vs_1k": round(changed_ratio, 2),
        "amended_runs_10k_vs_1k": round(mixed_ratio, 2),
        "past_1k_vs_10": round(past_ratio, 2),
        "ms_10k_lines": round(many_s * 1e3, 2),
        "ms_1k_lines": round(few_s * 1e3, 2),
        "ms_10k_amended_lines": round(changed_s * 1e3, 2),
        "ms_10k_runs": round(further_s * 1e3, 2),
        "ms_1m_units": round(bulk_s * 1e3, 3),
        "ms_3_units": round(single_s * 1e3, 3),
    }
