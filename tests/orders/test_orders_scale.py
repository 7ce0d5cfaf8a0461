"""What a command costs as an order grows: by bytecodes, which are the same at every run.

Eight times the lines, or the runs that units are scattered over, are about eight times the work; and
what was done and is over costs the commands after it nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.kernel import Money, Ratio
from omcore.orders.amendments import operations as ops
from omcore.orders.draft import DraftTender
from order_life import ORDER_ID, T0, a_draft, a_line, usd
from timing import bytecodes

FEE = attrs.evolve(om.default_context(), policies=om.Policies(restocking_fee=Ratio.parse("0.1")))
FEW, MANY = 40, 320
LINEAR = 1.25 * MANY / FEW


class Shop:
    """An order of so many lines and units, and how many bytecodes its commands have cost."""

    def __init__(self, lines: int, units: int) -> None:
        self.ids = [f"l{i}" for i in range(lines)]
        self.units = units
        draft = a_draft(
            [a_line(name, units) for name in self.ids],
            tenders=(DraftTender("card", "gateway", usd(10**12)),),
        )
        self.at = T0
        self.cost = 0
        place = om.PlaceOrder(draft, order_id=ORDER_ID, key="place", at=T0)
        self.order = om.decide(None, place, FEE).order
        self.answer()

    def do(self, command: type, *fields: Any, **more: Any) -> None:
        made = command(ORDER_ID, *fields, key="k", at=self.at, **more)
        decided: list[om.Decision] = []
        self.cost += bytecodes(lambda: decided.append(om.decide(self.order, made, FEE)))
        self.order = decided[0].order

    def answer(self) -> None:
        while self.order.payments.requests:
            for request_id in list(self.order.payments.requests):
                self.do(om.RecordPaymentOutcome, request_id, "approved")

    def every(self, step: int, start: int) -> tuple[tuple[str, Any], ...]:
        """Of each line every so-manieth unit: none has a neighbor among them."""
        runs = tuple([(n, n) for n in range(start, self.units + 1, step)])
        return tuple([(name, runs) for name in self.ids])

    def deliver(self) -> None:
        waiting = self.order.progress.tally.open // len(self.ids)
        self.do(om.AllocateUnits, tuple([(name, "nyc", waiting) for name in self.ids]))
        self.do(om.ShipUnits, list(self.order.progress.work)[-1])
        self.answer()
        self.do(om.RecordDelivery, list(self.order.progress.shipments)[-1])


# -- lives -----------------------------------------------------------------------------------


def claims(shop: Shop) -> None:
    """Units are replaced, those in their place too, and both come back."""
    shop.deliver()
    shop.do(om.OpenClaim, "c1", "damaged", shop.every(2, 1))
    shop.do(om.ResolveClaim, "c1", "replace")
    shop.deliver()
    shop.do(om.OpenClaim, "c2", "damaged", shop.every(4, 2))
    shop.do(om.ResolveClaim, "c2", "replace")
    shop.deliver()
    left = shop.order.progress.tally.delivered // len(shop.ids)
    shop.do(om.AuthorizeReturn, "r1", tuple([(name, left) for name in shop.ids]))
    shop.do(om.ReceiveReturn, "r1", "nyc")
    shop.answer()


def returns_beside_a_claim(shop: Shop) -> None:
    """Half of the units is claimed while the other half comes back."""
    shop.deliver()
    shop.do(om.OpenClaim, "c1", "missing", shop.every(2, 1))
    shop.do(om.AuthorizeReturn, "r1", shop.every(2, 2))
    shop.do(om.ReceiveReturn, "r1", "nyc")
    shop.do(om.ResolveClaim, "c1", "refund")
    shop.answer()


def returns_called_off(shop: Shop) -> None:
    """What will not come back is held again by the shipment that brought it."""
    shop.do(om.AllocateUnits, tuple([(name, "nyc", shop.units) for name in shop.ids]))
    work = list(shop.order.progress.work)[-1]
    for start in (1, 2):
        shop.do(om.ShipUnits, work, shop.every(2, start))
    shop.answer()
    for shipment_id in list(shop.order.progress.shipments):
        shop.do(om.RecordDelivery, shipment_id)
    shop.do(om.AuthorizeReturn, "r1", tuple([(name, shop.units) for name in shop.ids]))
    shop.do(om.CancelReturn, "r1")


def exchanges(shop: Shop) -> None:
    """Each unit that comes back has a fee, and what was sent for it is captured after it came."""
    shop.deliver()
    lines = (a_line("other", FEW),)
    shop.do(om.AuthorizeExchange, "e1", "r1", shop.every(2, 1), lines, advance=True)
    shop.answer()
    shop.do(om.AllocateUnits, (("other", "nyc", FEW),))
    shop.do(om.ShipUnits, list(shop.order.progress.work)[-1])
    shop.answer()
    shop.do(om.ReceiveReturn, "r1", "nyc")
    shop.answer()
    assert not shop.order.amendments.exchanges


def edits(shop: Shop) -> None:
    """Every line grows, shrinks and is as it was."""
    shop.do(om.RecordPayment, "cash", Money(10**12, "USD"))
    for number, more in enumerate((2, -1)):
        operations = tuple([ops.ChangeQuantity(name, shop.units + more) for name in shop.ids])
        shop.do(om.ProposeEdit, f"e{number}", operations)
        shop.do(om.ConfirmEdit, f"e{number}")
    shop.do(om.RevertEdit, "e1", "e2")
    shop.do(om.ConfirmEdit, "e2")


def cancels(shop: Shop) -> None:
    """Scattered units are cancelled, and the rest where somebody asked for it."""
    shop.do(om.AllocateUnits, tuple([(name, "nyc", shop.units) for name in shop.ids]))
    shop.do(om.CancelUnits, shop.every(2, 1))
    shop.do(om.RequestCancel, "q", shop.every(2, 2))
    shop.do(om.DecideCancelRequest, "q", True)


LIVES: Sequence[Callable[[Shop], None]] = (
    claims,
    returns_beside_a_claim,
    returns_called_off,
    exchanges,
    edits,
    cancels,
)


def cost(life: Callable[[Shop], None], lines: int, units: int) -> int:
    shop = Shop(lines, units)
    life(shop)
    return shop.cost


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_eight_times_the_lines_are_eight_times_the_work(life: Callable[[Shop], None]) -> None:
    assert cost(life, MANY, 4) <= LINEAR * cost(life, FEW, 4)


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_eight_times_the_scattered_units_are_eight_times_the_work(life: Callable[[Shop], None]) -> None:
    assert cost(life, 1, MANY) <= LINEAR * cost(life, 1, FEW)


# -- history ---------------------------------------------------------------------------------


def a_parcel(shop: Shop, _: int) -> None:
    shop.do(om.ShipUnits, f"{ORDER_ID}-F1", (("l0", 1),))
    shop.answer()
    shop.do(om.RecordDelivery, list(shop.order.progress.shipments)[-1])


def a_return(shop: Shop, n: int) -> None:
    a_parcel(shop, n)
    shop.do(om.AuthorizeReturn, f"r{n}", (("l0", 1),))
    shop.do(om.ReceiveReturn, f"r{n}", "nyc")
    shop.answer()


def a_claim(shop: Shop, n: int) -> None:
    a_parcel(shop, n)
    shop.do(om.OpenClaim, f"c{n}", "missing", (("l0", 1),))
    shop.do(om.ResolveClaim, f"c{n}", "refund")
    shop.answer()


def an_allowance(shop: Shop, n: int) -> None:
    shop.do(om.GrantAllowance, f"a{n}", usd(1))
    shop.answer()


def a_hold(shop: Shop, n: int) -> None:
    shop.do(om.PlaceHold, f"h{n}", "fraud")
    shop.do(om.ReleaseHold, f"h{n}")


def an_edit(shop: Shop, n: int) -> None:
    shop.do(om.ProposeEdit, f"e{n}", (ops.AddLine(a_line(f"new-{n}", 1)),))
    shop.do(om.ConfirmEdit, f"e{n}")


def a_payment(shop: Shop, _: int) -> None:
    shop.do(om.RecordPayment, "cash", usd(1))
    shop.answer()


PASTS: Sequence[Callable[[Shop, int], None]] = (
    a_parcel,
    a_return,
    a_claim,
    an_allowance,
    a_hold,
    an_edit,
    a_payment,
)


@pytest.mark.parametrize("once", PASTS, ids=lambda once: once.__name__)
def test_what_is_over_costs_the_next_parcel_nothing(once: Callable[[Shop, int], None]) -> None:
    shop = Shop(1, 1_000)
    shop.do(om.RecordPayment, "cash", Money(10**8, "USD"))
    shop.answer()
    shop.do(om.AllocateUnits, (("l0", "nyc", 900),))
    costs = []
    for n in range(60):
        once(shop, n)
        if n in (2, 59):
            before = shop.cost
            a_parcel(shop, n)
            costs.append(shop.cost - before)
    assert costs[1] <= 1.1 * costs[0]
