"""An order that is amended in every way, for ``order_scale``: what that costs as it grows.

Of four units of each line one is cancelled, one comes back with a fee kept, one is claimed and replaced,
and one exchanged in advance; before, every line grew by an edit and shrank by its reversal. Units of a
sort have no neighbors among their like. That money and units come out right is asserted.
"""

from __future__ import annotations

from typing import Any

import attrs

from bench_pipeline import DESTINATION, T0, TAX_MILLIONTHS
from omcore import orders as om
from omcore.kernel import Money, Ratio
from omcore.orders.amendments.operations import ChangeQuantity
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.orders.payments.conceding import MAX_ALLOWANCES

ORDER_ID, LOCATION = "o1", "nyc"
SORTS = 4
RATE = Ratio(TAX_MILLIONTHS, 1_000_000)
CONTEXT = attrs.evolve(om.default_context(), policies=om.Policies(restocking_fee=Ratio(1, 10)))


def line_of(name: str, units: int) -> DraftLine:
    return DraftLine(name, f"SKU-{name}", units, Money(1999, "USD"), taxes=(Tax("NY", rate=RATE),))


class Amended:
    """One draft; ``once`` takes a new order of it through all that may change it."""

    def __init__(self, lines: int, units: int) -> None:
        self.units = units
        self.ids = [f"{i}" for i in range(lines)]
        self.draft = OrderDraft(
            ExternalRef("web", "shop", "order", ORDER_ID),
            "USD",
            tuple([line_of(name, units) for name in self.ids]),
            T0,
            destination=DESTINATION,
            tenders=(DraftTender("card", "gateway", Money(10**12, "USD")),),
        )
        self.whole = tuple([(name, LOCATION, units - units // SORTS) for name in self.ids])
        self.sorts = [
            tuple([(name, tuple([(n, n) for n in range(1 + k, units + 1, SORTS)])) for name in self.ids])
            for k in range(SORTS)
        ]

    def run(self, times: int) -> None:
        """So many lives, each of a new order."""
        for _ in range(times):
            self.once()

    def once(self) -> om.Order:
        """edit, revert -> cancel -> ship -> claim and replace, return, exchange."""
        returned, claimed, exchanged, cancelled = self.sorts
        order = om.decide(
            None, om.PlaceOrder(self.draft, order_id=ORDER_ID, key="place", at=T0), CONTEXT
        ).order
        order = answered(order)
        grow = tuple([ChangeQuantity(name, self.units + 1) for name in self.ids])
        order = do(order, om.ProposeEdit, "e1", grow)
        order = do(order, om.ConfirmEdit, "e1")
        order = do(order, om.RevertEdit, "e1", "e2")
        order = do(order, om.ConfirmEdit, "e2")
        order = do(order, om.CancelUnits, cancelled)
        order = sent(order, self.whole)
        order = do(order, om.OpenClaim, "c1", "damaged", claimed)
        order = do(order, om.AuthorizeReturn, "r1", returned)
        order = do(order, om.ReceiveReturn, "r1", LOCATION)
        order = answered(do(order, om.ResolveClaim, "c1", "replace"))
        share = self.units // SORTS
        order = sent(order, tuple([(name, LOCATION, share) for name in self.ids]))
        order = do(order, om.AuthorizeExchange, "x1", "r2", exchanged, (line_of("x", 1),), advance=True)
        order = sent(answered(order), (("x", LOCATION, 1),))
        return answered(do(order, om.ReceiveReturn, "r2", LOCATION))

    def check(self) -> None:
        """Half of the units came back or went, and nothing is left to be paid or done."""
        order = self.once()
        payments, tally, share = order.payments, order.progress.tally, self.units // SORTS * len(self.ids)
        if tally.delivered != 1 + share or order.amendments.exchanges or order.amendments.claims:
            raise AssertionError("an amendment is still under way")
        if tally.returned != 3 * share or payments.balance or sum(payments.accounts.values()):
            raise AssertionError("units or money are left")


def do(order: om.Order, command: Any, *fields: Any, **more: Any) -> om.Order:
    made = command(ORDER_ID, *fields, key="k", at=order.seen_at, **more)
    return om.decide(order, made, CONTEXT).order


def answered(order: om.Order) -> om.Order:
    """Everything that is asked of the card's gateway is approved."""
    for request_id in list(order.payments.requests):
        order = do(order, om.RecordPaymentOutcome, request_id, "approved")
    return order


def sent(order: om.Order, assignments: tuple[tuple[str, str, int], ...]) -> om.Order:
    """Allocated, shipped as a whole, paid and delivered."""
    order = do(order, om.AllocateUnits, assignments)
    order = answered(do(order, om.ShipUnits, list(order.progress.work)[-1]))
    return do(order, om.RecordDelivery, list(order.progress.shipments)[-1])


class Worn:
    """An order with a past: so many parcels, claims, returns, holds; and as many allowances as it takes."""

    def __init__(self, past: int) -> None:
        life = Amended(1, 3 * past + 100)
        order = om.decide(
            None, om.PlaceOrder(life.draft, order_id=ORDER_ID, key="place", at=T0), CONTEXT
        ).order
        order = do(answered(order), om.AllocateUnits, (("0", LOCATION, life.units),))
        for n in range(past):
            for _ in range(2):
                order = answered(do(order, om.ShipUnits, f"{ORDER_ID}-F1", (("0", 1),)))
                order = do(order, om.RecordDelivery, list(order.progress.shipments)[-1])
            order = do(order, om.OpenClaim, f"c{n}", "missing", (("0", ((2 * n + 1, 2 * n + 1),)),))
            order = answered(do(order, om.ResolveClaim, f"c{n}", "refund"))
            order = do(order, om.AuthorizeReturn, f"r{n}", (("0", ((2 * n + 2, 2 * n + 2),)),))
            order = answered(do(order, om.ReceiveReturn, f"r{n}", LOCATION))
            order = do(order, om.PlaceHold, f"h{n}", "fraud")
            order = do(order, om.ReleaseHold, f"h{n}")
            if n < MAX_ALLOWANCES:
                order = answered(do(order, om.GrantAllowance, f"a{n}", Money(1, "USD")))
        self.order = order

    def run(self, times: int) -> None:
        """The next parcel, so many times of the same order."""
        for _ in range(times):
            order = answered(do(self.order, om.ShipUnits, f"{ORDER_ID}-F1", (("0", 1),)))
            do(order, om.RecordDelivery, list(order.progress.shipments)[-1])
