"""A channel's snapshots of one order, delivered in any order and any number of times (C8)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.channels import read
from omcore.orders.draft import OrderDraft

DATA = Path(__file__).parents[2] / "docs" / "examples" / "data"


def fixture(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def shopify_life() -> list[Any]:
    """Two tees: ordered, paid, one shipped, the other called off and paid back; then a note."""
    first = fixture("shopify/1001-created.json")
    line = first["line_items"][0]["id"]
    first["financial_status"] = "pending"
    paid = {**copy.deepcopy(first), "financial_status": "paid"}
    sent = copy.deepcopy(paid)
    sent["fulfillments"] = [{"status": "success", "line_items": [{"id": line, "quantity": 1}]}]
    back = {**copy.deepcopy(sent), "financial_status": "partially_refunded"}
    back["line_items"][0]["current_quantity"] = 1
    back["refunds"] = [
        {
            "refund_line_items": [{"line_item_id": line, "quantity": 1, "restock_type": "cancel"}],
            "transactions": [{"kind": "refund", "status": "success", "amount": "26.13", "currency": "USD"}],
        }
    ]
    return [stamped(value, "updated_at", n) for n, value in enumerate((first, paid, sent, back, back))]


def amazon_life() -> list[Any]:
    """Ordered, the buyer asks to cancel, a unit is called off, the rest is shipped."""
    first = fixture("amazon/114-2000001-created.json")
    wish = copy.deepcopy(first)
    request = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "by mistake"}}
    wish["order"]["orderItems"][0]["cancellation"] = request
    ordered = first["order"]["orderItems"][0]["quantityOrdered"]
    less, sent = copy.deepcopy(wish), copy.deepcopy(wish)
    for value, done in ((less, 0), (sent, ordered - 1)):
        left = {"quantityFulfilled": done, "quantityUnfulfilled": ordered - 1 - done}
        value["order"]["orderItems"][0]["fulfillment"] = left
    return [stamped(value, "lastUpdatedTime", n) for n, value in enumerate((first, wish, less, sent))]


def square_life() -> list[Any]:
    """A shipment ordered at a till that counts no versions: open, paid, sent."""
    first = fixture("square/till-0002.json")
    del first["order"]["version"]
    del first["order"]["updated_at"]
    first["order"] |= {"state": "OPEN", "tenders": []}
    first["order"]["fulfillments"] = [{"type": "SHIPMENT", "state": "PROPOSED"}]
    paid = copy.deepcopy(first)
    paid["order"]["tenders"] = fixture("square/till-0002.json")["order"]["tenders"]
    sent = copy.deepcopy(paid)
    sent["order"]["state"] = sent["order"]["fulfillments"][0]["state"] = "COMPLETED"
    return [first, paid, sent]


def stamped(value: Any, name: str, minute: int) -> Any:
    made = copy.deepcopy(value)
    made.get("order", made)[name] = f"2026-11-28T12:{minute:02}:00Z"
    return made


LIVES = {"shopify": shopify_life(), "amazon": amazon_life(), "square": square_life()}


def lived(drafts: list[OrderDraft]) -> om.Order:
    order: om.Order | None = None
    for n, draft in enumerate(drafts):
        command = om.ImportOrder(draft, key=f"k{n}", at=draft.placed_at)
        order = om.decide(order, command, om.default_context()).order
    assert order is not None
    return order


def end_of(order: om.Order) -> object:
    """Where every unit and every cent is, and what is still asked for."""
    payments = order.payments
    units = [[(n, state) for n, state in states(line)] for line in order.progress.units]
    asked = sorted((entry.kind, entry.tender_id, entry.amount) for entry in payments.requests.values())
    money = {key: (t.captured, t.refunded) for key, t in payments.tenders.items()}
    return (
        order.status,
        units,
        order.standing.cancel_requested,
        (payments.owed, payments.earned, payments.captured, payments.refunded, payments.balance),
        money,
        asked,
    )


def states(line: Any) -> list[tuple[int, str]]:
    return [(n, state) for first, last, state, _ in line for n in range(first, last + 1)]


@pytest.mark.parametrize("channel", LIVES)
@given(data=st.data())
def test_every_arrival_order_and_every_duplication_ends_the_same(channel: str, data: st.DataObject) -> None:
    drafts = []
    for payload in LIVES[channel]:
        (draft,) = read(channel, payload)
        assert isinstance(draft, OrderDraft), draft
        drafts.append(draft)
    whole = end_of(lived(drafts))
    some = data.draw(st.lists(st.sampled_from(range(len(drafts))), max_size=6))
    turn = data.draw(st.permutations([*range(len(drafts)), *some]))
    assert end_of(lived([drafts[n] for n in turn])) == whole
