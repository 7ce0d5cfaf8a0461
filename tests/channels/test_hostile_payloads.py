"""Any JSON at all: a draft, a thin event or a typed error, and nobody's name in any of them."""

import copy
import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import channels
from omcore.channels import CHANNELS, ThinEvent, amazon, shopify, square
from omcore.kernel import CURRENCIES, OmcoreError, rebuild_error
from omcore.orders.draft import OrderDraft
from omcore.orders.placement.pricing import price

DATA = Path(__file__).parents[2] / "docs" / "examples" / "data"
FILES = sorted(DATA.glob("*/*.json"))
PAYLOADS = [(path.parent.name, json.loads(path.read_text())) for path in FILES]
NAMES_OF = [f"{path.parent.name}/{path.stem}" for path in FILES]
GONE, TWICE = object(), object()

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["1E+3000000", "12.345", "-0.01", "NaN", "USD", "AMAZON", "COMPLETED", "paid", "\u200b"]),
)
NAMES = [
    "order",
    "orders",
    "line_items",
    "orderItems",
    "id",
    "price",
    "amount",
    "quantity",
    "data",
    "refunds",
]
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), inner, max_size=5),
    ),
    max_leaves=25,
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, entry in value.items():
            found += spots(entry, (*path, key))
    elif isinstance(value, list):
        for i, entry in enumerate(value):
            found += spots(entry, (*path, i))
    return found


def fine(found: object) -> bool:
    return isinstance(found, (OrderDraft, ThinEvent, OmcoreError))


@given(st.sampled_from(CHANNELS), json_values)
def test_arbitrary_json_is_read_or_refused(channel: str, value: Any) -> None:
    assert all(fine(found) for found in channels.read(channel, value))


@given(st.sampled_from(CHANNELS), st.text(max_size=60) | st.binary(max_size=60))
def test_arbitrary_text_and_bytes_are_read_or_refused(channel: str, text: str | bytes) -> None:
    assert all(fine(found) for found in channels.read(channel, text))


def stated_total(channel: str, payload: Any) -> Decimal:
    """What the payload itself says the customer pays, in major units, read without the package."""
    if channel == "shopify":
        shop, charged = payload["currency"], payload.get("presentment_currency") or payload["currency"]
        pair = (payload.get("total_price_set") or {}).get("presentment_money")
        assert pair or shop == charged or not Decimal(payload["total_price"])
        rounding = payload.get("total_cash_rounding_payment_adjustment_set") or {}
        beside = (rounding.get("presentment_money") or {}).get("amount", 0)
        return Decimal(pair["amount"] if pair else payload["total_price"]) + Decimal(beside)
    order = payload.get("order") or payload
    if channel == "amazon":
        return Decimal(order["proceeds"]["grandTotal"]["amount"])
    money = order["total_money"]
    return Decimal(money["amount"]).scaleb(-CURRENCIES[money["currency"]])


def sound(channel: str, payload: Any) -> None:
    """Read or refused; what is read is worth to the cent what the payload says."""
    everything = channels.read(channel, payload)
    assert channels.read(channel, payload) == everything
    for found in everything:
        assert fine(found)
        if isinstance(found, OrderDraft) and found.stated_total is not None:
            net, tax, *_ = price(found).worth()
            assert found.stated_total.minor == net + tax
            exact = Decimal(net + tax).scaleb(-CURRENCIES[found.currency])
            assert exact == stated_total(channel, payload)
        elif isinstance(found, OrderDraft):
            assert found.cancelled, "only what is cancelled may have lost its total"
            assert not found.tenders
        elif isinstance(found, OmcoreError):
            assert found.code != OmcoreError.code
            assert rebuild_error(found.code, found.path, found.fields) == found


RETYPED: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2.5,
    "",
    "x",
    " 7\n",
    "1E+3000000",
    "\u0661",
    [],
    [None],
    {},
    {"a": 1},
)


@pytest.mark.parametrize(("channel", "payload"), PAYLOADS, ids=NAMES_OF)
def test_every_single_field_may_be_missing_doubled_or_anything_else(channel: str, payload: Any) -> None:
    """One node at a time, all of them: gone, twice in its list, and a third of the other types each."""
    for n, path in enumerate(spots(payload)):
        for change in (*RETYPED[n % 3 :: 3], GONE, TWICE):
            broken = at = copy.deepcopy(payload)
            for step in path[:-1]:
                at = at[step]
            if change is GONE:
                del at[path[-1]]
            elif change is not TWICE:
                at[path[-1]] = change
            elif isinstance(at, list):
                at.append(copy.deepcopy(at[path[-1]]))
            else:
                continue
            sound(channel, broken)


@given(st.sampled_from(PAYLOADS), st.data())
def test_a_real_payload_with_anything_in_it_changed_is_read_or_refused(
    payload: tuple[str, Any], data: st.DataObject
) -> None:
    channel, value = payload[0], copy.deepcopy(payload[1])
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(spots(value)))
        at = value
        for step in path[:-1]:
            at = at[step]
        if data.draw(st.booleans()):
            at[path[-1]] = data.draw(json_values)
        elif isinstance(at, dict):
            del at[path[-1]]
        if not spots(value):
            return
    sound(channel, value)
    text = json.dumps(value)
    assert all(fine(found) for found in channels.read(channel, text))


class Spiteful:
    """Nothing that JSON knows: whoever asks it anything gets an error of its own."""

    def _no(self, *_: object) -> Any:
        raise RuntimeError("asked")

    __bool__ = __eq__ = __ne__ = __len__ = __iter__ = __str__ = __repr__ = __lt__ = _no
    __hash__ = None  # type: ignore[assignment]  # not even that


class Word(str):
    """Text that is not quite text."""


@pytest.mark.parametrize(("channel", "payload"), PAYLOADS, ids=NAMES_OF)
def test_what_no_parser_makes_is_refused_wherever_it_stands(channel: str, payload: Any) -> None:
    """A payload that was put together in Python: objects, subclasses, keys that are no text."""
    for n, path in enumerate(spots(payload)):
        broken = at = copy.deepcopy(payload)
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = (Spiteful(), Word("USD"), {5: {}}, float("nan"), 10**400)[n % 5]
        for found in channels.read(channel, broken):
            assert fine(found), path


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_no_payload_at_all_is_refused(channel: str) -> None:
    fact = {"event_id": "e", "type": "t", "data": {"object": {5: {"order_id": "1"}}}}
    for wrong in (Spiteful(), [Spiteful()], Word("{}"), {5: 5}, fact, bytearray(b"{}"), {1, 2}, range(3)):
        assert all(fine(found) for found in channels.read(channel, wrong))


@given(json_values)
def test_the_readers_of_single_orders_raise_nothing_of_their_own(value: Any) -> None:
    for call in (
        shopify.read_order,
        shopify.read_orders,
        shopify.read_event,
        shopify.recognize,
        amazon.read_order,
        amazon.read_orders,
        amazon.read_event,
        amazon.recognize,
        square.read_order,
        square.read_orders,
        square.read_event,
        square.recognize,
    ):
        with suppress(OmcoreError):
            call(value)


MARKER = "Zaphod"
PERSONAL = {"name", "email", "phone", "company", "address1", "address2", "city", "province", "buyerName"}
PERSONAL |= {"buyerEmail", "addressLine1", "addressLine2", "addressLine3", "companyName", "zip", "postalCode"}


def marked(value: Any) -> Any:
    """The payload with a marker in every field that could hold something about a person."""
    if isinstance(value, dict):
        return {
            key: f"{MARKER} {key}"
            if key in PERSONAL and (entry is None or isinstance(entry, str))
            else marked(entry)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [marked(entry) for entry in value]
    return value


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload[0])
def test_no_name_address_or_mail_shows_in_a_draft_or_an_error(payload: tuple[str, Any]) -> None:
    channel, value = payload
    value = marked(value)
    if channel == "shopify":
        value["name"] = "#1"  # the order's number, not a person's name
        for line in value["line_items"]:
            line.pop("name", None)
    elif channel == "square":
        for line in value["order"]["line_items"]:
            line["name"] = "Mug"
    else:
        value["order"]["salesChannel"]["marketplaceName"] = "Amazon.com"
    (found,) = channels.read(channel, value)
    assert MARKER not in repr(found) + str(found)
    if isinstance(found, OrderDraft) and found.contact is not None:
        assert MARKER in found.contact.name + found.contact.email
    broken = copy.deepcopy(value)
    for path in spots(value)[::7]:
        at = broken
        for step in path[:-1]:
            at = at[step]
        saved, at[path[-1]] = at[path[-1]], f"{MARKER}\x00"
        for entry in channels.read(channel, broken):
            assert MARKER not in repr(entry) + str(entry), path
        at[path[-1]] = saved
