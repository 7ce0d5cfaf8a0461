"""What a payload is worth, to the cent: against sums of whole numbers that the package never saw."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.channels import ChannelContradiction, read
from omcore.kernel import OmcoreError
from omcore.orders.draft import OrderDraft
from omcore.orders.entitlements import worth
from omcore.orders.placement.pricing import price
from payload_shapes import DECIMALS, SHAPES, Path, Shape, major

CHANNELS = tuple(SHAPES)


def drafted(channel: str, payload: Any) -> OrderDraft:
    (found,) = read(channel, payload)
    assert isinstance(found, OrderDraft), found
    return found


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
def test_a_draft_is_worth_what_its_payload_says(channel: str, data: st.DataObject) -> None:
    """M4, M5, M13: stated taxes, allocated discounts, charges; every line and the whole."""
    shape = data.draw(SHAPES[channel])
    draft = drafted(channel, shape.payload)
    assert draft.currency == shape.currency
    assert draft.stated_total is not None
    assert draft.stated_total.minor == shape.total
    priced = price(draft)
    net, tax, remitted, _ = priced.worth()
    assert net + tax == shape.total
    for line, entitlements in zip(draft.lines, priced.lines, strict=True):
        quantity, line_net, line_tax, line_remitted = shape.lines[line.id]
        assert line.quantity == quantity
        assert worth(entitlements, ((1, quantity),))[:3] == (line_net, line_tax, line_remitted)
    for kind, amount in shape.charges.items():
        assert sum(charge.amount.minor for charge in draft.charges if charge.kind == kind) == amount
    assert remitted >= sum(line[3] for line in shape.lines.values())


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
def test_every_unit_of_a_line_is_worth_the_same_to_the_cent(channel: str, data: st.DataObject) -> None:
    """M3, M6: a line's discount is spread over its units, and the units sum to the line."""
    draft = drafted(channel, data.draw(SHAPES[channel]).payload)
    for line, entitlements in zip(draft.lines, price(draft).lines, strict=True):
        units = [worth(entitlements, ((n, n),)) for n in range(1, line.quantity + 1)]
        gross = [sum(unit[:2]) if draft.tax_included else unit[0] for unit in units]
        assert max(gross) - min(gross) <= 1
        assert gross == sorted(gross), "the lower ordinals get the larger part of the discount"


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
def test_one_cent_off_in_any_stated_sum_is_a_contradiction(channel: str, data: st.DataObject) -> None:
    """Never rounded, never fixed."""
    shape = data.draw(SHAPES[channel])
    path, by = data.draw(st.sampled_from(shape.sums)), data.draw(st.sampled_from((1, -1)))
    (found,) = read(channel, moved(shape, path, by))
    assert isinstance(found, OmcoreError), path
    if isinstance(found, ChannelContradiction):
        assert found.fields["stated"] != found.fields["computed"]
    else:
        assert found.code in REFUSED_EARLIER, found


# One cent below nothing, or a discount or a tax that no longer fits what it is on.
REFUSED_EARLIER = ("invalid_type", "discount_too_large", "amount_too_large")


def moved(shape: Shape, path: Path, by: int) -> Any:
    payload = copy.deepcopy(shape.payload)
    at: Any = payload
    for step in path[:-1]:
        at = at[step]
    value = at[path[-1]]
    if type(value) is int:
        at[path[-1]] = value + by
    else:
        minor = int(Decimal(value).scaleb(DECIMALS[shape.currency]))
        at[path[-1]] = major(minor + by, shape.currency)
    return payload


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
def test_reading_is_deterministic_and_leaves_the_payload_alone(channel: str, data: st.DataObject) -> None:
    """C1: parsed or as text, once or twice, in any order of keys, it is the same draft."""
    shape = data.draw(SHAPES[channel])
    before = copy.deepcopy(shape.payload)
    first = drafted(channel, shape.payload)
    assert shape.payload == before
    assert drafted(channel, shape.payload) == first
    assert drafted(channel, json.dumps(shape.payload)) == first
    assert drafted(channel, json.dumps(turned(shape.payload)).encode()) == first


def turned(value: Any) -> Any:
    """The same payload with its keys the other way round."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(entry) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
def test_what_was_read_can_be_placed(channel: str, data: st.DataObject) -> None:
    shape = data.draw(SHAPES[channel])
    draft = drafted(channel, shape.payload)
    order = om.decide(None, om.PlaceOrder(draft, key="k", at=draft.placed_at), om.default_context()).order
    assert order.terms.total == shape.total
