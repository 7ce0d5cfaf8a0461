"""Orders brought to a stage: alone and in an engine, plain ones and any that can be placed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import InvalidType, OmcoreError, changed
from omcore.memory import MemoryStore
from omcore.orders.draft import OrderDraft
from omcore.testing import manager_up_to, order_up_to, plain_draft
from omcore.testing import strategies as omst
from omcore.testing.simulation import TapeChooser, draw_shop
from omcore.testing.stages import STAGES
from omcore.testing.strategies.living import engine

STATUS = {
    "placed": "placed",
    "authorized": "validated",
    "on_hold": "on_hold",
    "backordered": "validated",
    "cancelled": "cancelled",
    "allocated": "processing",
    "shipped": "fulfilled",
    "delivered": "delivered",
    "returning": "delivered",
    "returned": "returned",
}


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_an_order_is_at_its_stage(stage: str) -> None:
    order = order_up_to(stage)
    assert order.status == STATUS[stage]
    assert bool(order.backorders) == (stage == "backordered")
    assert any(each.items for each in order.progress.returns.values()) == (stage == "returning")
    assert bool(order.payments.requests) == (stage == "placed")


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_an_engine_has_an_order_at_its_stage(stage: str) -> None:
    """The same units in the same states, and the same money, as of the order alone."""
    order = manager_up_to(stage).order("o-1")
    alone = order_up_to(stage)
    assert (order.status, order.progress.tally) == (alone.status, alone.progress.tally)
    assert (order.payments.standing, order.payments.captured) == (
        alone.payments.standing,
        alone.payments.captured,
    )


def test_several_orders_live_in_one_engine() -> None:
    manager = manager_up_to("delivered", order_id="a")
    assert manager_up_to("shipped", manager, order_id="b") is manager
    assert [manager.order(name).status for name in ("a", "b")] == ["delivered", "fulfilled"]


def test_an_embedders_own_policies_count() -> None:
    """Inspected first, refunded then; and a policy that says no is heard."""
    policies = om.Policies(inspection=om.inspected_then_refunded)
    context = om.OrderContext(om.default_context().catalog, policies, om.DEFAULT_RULES)
    assert order_up_to("returned", context=context).status == "returned"
    nobody_returns = om.Policies(return_window=timedelta(0))
    late = om.OrderContext(om.default_context().catalog, nobody_returns, om.DEFAULT_RULES)
    with pytest.raises(om.NotReturnable):
        order_up_to("returned", context=late)


def test_a_pickup_order_is_collected() -> None:
    shop = draw_shop(TapeChooser([]))
    draft = plain_draft()
    draft = changed(draft, pickup_at="soho", destination=None)
    manager: OrderManager = engine(shop, MemoryStore())
    order = manager_up_to("delivered", manager, draft=draft).order("o-1")
    assert order.status == "delivered"
    assert not any(work.items for work in order.progress.work.values())


def test_an_order_that_nobody_may_fill_is_not_brought_anywhere() -> None:
    """A warehouse hands nothing over."""
    draft = changed(plain_draft(), pickup_at="nyc", destination=None)
    with pytest.raises(InvalidType, match="draft"):
        manager_up_to("allocated", engine(draw_shop(TapeChooser([])), MemoryStore()), draft=draft)


@settings(max_examples=40)
@given(omst.drafts(fulfilled_by=("merchant", "channel")))
def test_any_draft_gets_to_delivery(draft: OrderDraft) -> None:
    order = order_up_to("delivered", draft)
    assert order.standing.status == "delivered"
    assert not order.payments.requests


@pytest.mark.parametrize("stage", ["", "gone", None, 3])
def test_another_stage_is_an_input_error(stage: object) -> None:
    with pytest.raises(InvalidType, match="stage"):
        order_up_to(stage)  # type: ignore[arg-type]
    with pytest.raises(OmcoreError):
        manager_up_to("placed", object())  # type: ignore[arg-type]


@pytest.mark.parametrize("odd", [0, "", b"x", [], 1.5], ids=repr)
def test_odd_arguments_are_input_errors(odd: Any) -> None:
    for name in ("draft", "context", "order_id", "at"):
        with pytest.raises(OmcoreError):
            order_up_to("placed", **{name: odd})
    for name in ("ref", "at"):
        with pytest.raises(OmcoreError):
            plain_draft(**{name: odd})
