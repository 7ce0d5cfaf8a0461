"""What routing is told of an order: its groups, its rank among others, what its open units are worth."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.engine.routes import demand_of
from omcore.kernel import InputError, Location, Money, Network, Place, Ratio
from omcore.memory import MemoryStore
from omcore.orders.draft import Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.routing import Demand, Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network((Location("nyc"), Location("lax")))
VAT = (Tax("VAT", rate=Ratio.parse("0.10")),)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def draft(*lines: DraftLine, **more: Any) -> OrderDraft:
    paid = (DraftTender("card", "gateway", usd(100_000), authorized=True),)
    ref = ExternalRef("web", "shop", "order", "1")
    return OrderDraft(ref, "USD", lines, T0, destination=Place("US", "NY"), tenders=paid, **more)


def shop(order: OrderDraft) -> OrderManager:
    oms = OrderManager(MemoryStore(), network=NETWORK, routing=Nearest())
    for sku in ("TEE", "MUG"):
        oms.execute(inv.ReceiveStock(sku, "nyc", 9, key=f"po-{sku}", at=T0))
    oms.execute(om.PlaceOrder(order, order_id="o-1", key="place", at=T0))
    return oms


def told(oms: OrderManager) -> Demand:
    return demand_of(oms.order("o-1"), oms.setup, T0)


def test_lines_of_one_gift_are_routed_as_one_group() -> None:
    """R1, R3."""
    oms = shop(
        draft(
            DraftLine("tee", "TEE", 2, usd(1_000), group="for-ada"),
            DraftLine("mug", "MUG", 1, usd(500), group="for-ada"),
            DraftLine("own", "TEE", 1, usd(1_000)),
        )
    )
    assert [line.group for line in told(oms).lines] == ["for-ada", "for-ada", ""]
    assert [line.group for line in oms.order("o-1").terms.lines] == ["for-ada", "for-ada", ""]


def test_what_is_added_to_a_line_belongs_to_its_group() -> None:
    oms = shop(draft(DraftLine("tee", "TEE", 2, usd(1_000), group="for-ada")))
    more = (
        om.ChangeQuantity("tee", 3),
        om.AddLine(DraftLine("mug", "MUG", 1, usd(500), group="for-ada")),
        om.AddLine(DraftLine("own", "MUG", 1, usd(500))),
    )
    oms.execute(om.ProposeEdit("o-1", "e-1", more, key="edit", at=T0))
    oms.execute(om.ConfirmEdit("o-1", "e-1", key="yes", at=T0))
    assert [(line.line_id, line.quantity, line.group) for line in told(oms).lines] == [
        ("tee", 3, "for-ada"),
        ("mug", 1, "for-ada"),
        ("own", 1, ""),
    ]


def test_an_order_keeps_its_rank_among_those_that_are_routed_together() -> None:
    oms = shop(draft(DraftLine("tee", "TEE", 1, usd(1_000)), priority=-5))
    assert oms.order("o-1").terms.priority == -5
    assert told(oms).priority == -5


def test_its_value_is_what_the_customer_pays_for_the_units_that_are_open() -> None:
    """M6: 3 tees at 10.00 less 10 percent, 10 percent of tax; charges are for no unit."""
    line = DraftLine("tee", "TEE", 3, usd(1_000), (Discount("sale", percentage=Ratio.parse("0.10")),), VAT)
    oms = shop(draft(line, DraftLine("mug", "MUG", 1, usd(501))))
    assert told(oms).value == usd(3 * 990 + 501)
    oms.execute(om.CancelUnits("o-1", (("tee", 1),), key="cancel", at=T0))
    assert told(oms).value == usd(2 * 990 + 501)
    oms.execute(om.AllocateUnits("o-1", (("tee", "nyc", 1),), key="some", at=T0))
    assert told(oms).value == usd(990 + 501)


@pytest.mark.parametrize("odd", [True, 1.0, "1", None, 10**9 + 1, -(10**9) - 1])
def test_an_order_has_no_odd_rank(odd: Any) -> None:
    with pytest.raises(InputError) as refused:
        draft(DraftLine("tee", "TEE", 1, usd(1_000)), priority=odd)
    assert refused.value.path == "priority"


@pytest.mark.parametrize("odd", [None, 1, "\n", " gift", "x" * 1_000])
def test_a_group_has_a_name_or_none(odd: Any) -> None:
    with pytest.raises(InputError) as refused:
        DraftLine("tee", "TEE", 1, usd(1_000), group=odd)
    assert refused.value.path == "group"


def test_the_day_by_which_a_channel_promised_an_order_is_kept_and_told() -> None:
    oms = shop(draft(DraftLine("tee", "TEE", 2, usd(1_000)), deliver_by=date(2026, 12, 24)))
    assert oms.order("o-1").terms.deliver_by == date(2026, 12, 24)
    assert told(oms).deliver_by == date(2026, 12, 24)
    for odd in (datetime(2026, 12, 24, tzinfo=UTC), "2026-12-24", 20261224, date(1969, 12, 31)):
        with pytest.raises(InputError) as caught:
            draft(DraftLine("tee", "TEE", 2, usd(1_000)), deliver_by=odd)
        assert caught.value.path == "deliver_by"


def test_a_place_may_say_in_which_zone_its_calendar_is() -> None:
    assert Place("US", "HI", zone="Pacific/Honolulu").zone == "Pacific/Honolulu"
    for odd in ("/etc/passwd", "a" * 65, None, 5):
        with pytest.raises(InputError) as caught:
            Place("US", "HI", zone=odd)  # type: ignore[arg-type]  # what an untyped caller passes
        assert caught.value.path == "zone"
