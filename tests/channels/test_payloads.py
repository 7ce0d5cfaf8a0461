"""What the channels' payloads come to: the fixtures exactly, other people's samples by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omcore import orders as om
from omcore.channels import (
    ChannelContradiction,
    FractionalQuantity,
    MissingField,
    NotAnOrder,
    NotThisChannel,
    NotYetComplete,
    ThinEvent,
    amazon,
    read,
    shopify,
    square,
)
from omcore.kernel import (
    DuplicateId,
    InvalidMoney,
    LimitExceeded,
    Money,
    NaiveTimestamp,
    OmcoreError,
    UnknownCurrency,
)
from omcore.orders.draft import OrderDraft

DATA = Path(__file__).parents[2] / "docs" / "examples" / "data"
SAMPLES = Path(__file__).parents[3] / "shared" / "payloads"


def fixture(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def changed(name: str, *path: str | int, to: Any) -> str:
    """A fixture with one value replaced, as JSON text."""
    payload = json.loads((DATA / name).read_text())
    at = payload
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return json.dumps(payload)


# -- fixtures ------------------------------------------------------------------------------------


def test_every_fixture_is_an_order_that_can_be_placed() -> None:
    for path in sorted(DATA.glob("*/*.json")):
        (draft,) = read(path.parent.name, path.read_bytes(), locations={"LSOHO": "soho"})
        assert isinstance(draft, OrderDraft), path.name
        command = om.PlaceOrder(draft, key="k", at=draft.placed_at)
        assert om.decide(None, command, om.default_context()).order.terms.total >= 0
        assert read(path.parent.name, path.read_bytes(), locations={"LSOHO": "soho"}) == (draft,)


def test_shopify_discounts_taxes_and_shipping_are_taken_as_allocated() -> None:
    """M4: stated taxes; the real discount is what is allocated to the line."""
    draft = shopify.read_order((DATA / "shopify/1002-created.json").read_bytes())
    assert [(line.sku, line.quantity) for line in draft.lines] == [
        ("HOODIE-M", 1),
        ("MUG-1", 4),
        ("CAP-1", 2),
    ]
    off = [entry.amount for line in draft.lines for entry in line.discounts]
    assert off == [Money(590, "USD"), Money(500, "USD"), Money(360, "USD")]
    assert draft.stated_total == Money(14199, "USD")
    assert draft.tenders[0].authorized
    assert not draft.tenders[0].captured


def test_shopify_charges_the_customer_in_his_currency_and_keeps_the_shops_beside_it() -> None:
    draft = shopify.read_order((DATA / "shopify/1006-created-in-euros.json").read_bytes())
    assert (draft.stated_total, draft.shop_total) == (Money(6100, "EUR"), Money(6588, "USD"))


def test_a_shopify_cancellation_dominates_and_a_later_snapshot_is_newer() -> None:
    before = shopify.read_order((DATA / "shopify/1004-created.json").read_bytes())
    after = shopify.read_order((DATA / "shopify/1004-cancelled.json").read_bytes())
    assert (before.cancelled, after.cancelled) == (False, True)
    assert before.ref == after.ref
    assert before.source_version < after.source_version


def test_a_shopify_payment_that_is_pending_is_no_tender_yet() -> None:
    assert shopify.read_order((DATA / "shopify/1007-created.json").read_bytes()).tenders == ()
    assert shopify.read_order((DATA / "shopify/1007-paid.json").read_bytes()).tenders[0].captured


def test_amazon_settles_itself_and_may_ship_from_its_own_stock() -> None:
    """M13, S12."""
    own = amazon.read_order((DATA / "amazon/114-2000001-created.json").read_bytes())
    assert [(tender.kind, tender.captured) for tender in own.tenders] == [("channel", True)]
    assert {line.fulfilled_by for line in own.lines} == {"merchant"}
    theirs = amazon.read_order((DATA / "amazon/114-2000002-shipped.json").read_bytes())
    assert {line.fulfilled_by for line in theirs.lines} == {"channel"}
    assert [line.fulfilled for line in theirs.lines] == [1]


def test_a_square_till_sale_has_left_the_shelf_already() -> None:
    """S12."""
    draft = square.read_order((DATA / "square/till-0001.json").read_bytes(), locations={"LSOHO": "soho"})
    assert draft.taken_at == "soho"
    assert {line.fulfilled_by for line in draft.lines} == {"taken"}
    assert [(tender.kind, tender.amount) for tender in draft.tenders] == [("cash", Money(3321, "USD"))]


# -- what is refused, by name and path -------------------------------------------------------------

ITEM = ("order", "orderItems", 0)

REFUSED: list[tuple[str, tuple[str | int, ...], Any, type[OmcoreError], str]] = [
    (
        "shopify/1002-created.json",
        ("total_price_set", "presentment_money", "amount"),
        "141.98",
        ChannelContradiction,
        "total_price",
    ),
    (
        "shopify/1002-created.json",
        ("subtotal_price_set", "presentment_money", "amount"),
        "145.00",
        ChannelContradiction,
        "subtotal_price",
    ),
    (
        "shopify/1002-created.json",
        ("line_items", 0, "price_set", "presentment_money", "amount"),
        "59.001",
        InvalidMoney,
        "line_items[0].price_set.presentment_money.amount",
    ),
    ("shopify/1002-created.json", ("created_at",), "2026-11-27T08:40:31", NaiveTimestamp, "created_at"),
    ("shopify/1002-created.json", ("currency",), "XXX", UnknownCurrency, "currency"),
    ("shopify/1002-created.json", ("id",), None, MissingField, "id"),
    ("shopify/1002-created.json", ("line_items",), None, NotAnOrder, "line_items"),
    (
        "amazon/114-2000001-created.json",
        ("order", "salesChannel", "channelName"),
        "NON_AMAZON",
        NotThisChannel,
        "order.salesChannel.channelName",
    ),
    (
        "amazon/114-2000001-created.json",
        ("order", "fulfillment", "fulfillmentStatus"),
        "PENDING",
        NotYetComplete,
        "order.fulfillment.fulfillmentStatus",
    ),
    (
        "amazon/114-2000001-created.json",
        ("order", "proceeds", "grandTotal", "currencyCode"),
        "JPY",
        InvalidMoney,
        "order.proceeds.grandTotal.amount",
    ),
    (
        "amazon/114-2000001-created.json",
        (*ITEM, "product", "price", "unitPrice", "amount"),
        "12.91",
        ChannelContradiction,
        "order.orderItems[0].proceeds",
    ),
    (
        "square/till-0001.json",
        ("order", "line_items", 0, "quantity"),
        "1.5",
        FractionalQuantity,
        "order.line_items[0].quantity",
    ),
    ("square/till-0001.json", ("order", "state"), "OPEN", NotYetComplete, "order.state"),
    (
        "square/till-0001.json",
        ("order", "line_items", 0, "gross_sales_money", "amount"),
        12.5,
        OmcoreError,
        "order.line_items[0].gross_sales_money.amount",
    ),
]


@pytest.mark.parametrize(("name", "path", "value", "error", "where"), REFUSED)
def test_a_payload_that_cannot_be_is_refused_by_name_and_path(
    name: str, path: tuple[str | int, ...], value: Any, error: type[OmcoreError], where: str
) -> None:
    (found,) = read(name.partition("/")[0], changed(name, *path, to=value))
    assert isinstance(found, error), found
    assert isinstance(found, OmcoreError)
    assert found.path == where


def test_a_key_that_stands_twice_depth_and_size_are_refused() -> None:
    for text, error in (
        ('{"id": 1, "id": 2}', DuplicateId),
        ("[" * 40 + "]" * 40, LimitExceeded),
        ('"' + "x" * 1_100_000 + '"', LimitExceeded),
        ('{"order": NaN}', OmcoreError),
        ("{", OmcoreError),
    ):
        (found,) = read("shopify", text)
        assert isinstance(found, error)


def test_one_bad_order_of_a_list_does_not_lose_the_others() -> None:
    good = fixture("shopify/1001-created.json")
    bad = {**good, "id": None}
    found = read("shopify", json.dumps({"orders": [good, bad, good]}))
    assert [type(entry).__name__ for entry in found] == ["OrderDraft", "MissingField", "OrderDraft"]


def test_one_bad_element_of_a_file_does_not_lose_the_others() -> None:
    good = fixture("shopify/1001-created.json")
    found = read("shopify", json.dumps([{"x": 1}, good, 7, good]))
    assert [type(entry).__name__ for entry in found] == [
        "NotAnOrder",
        "OrderDraft",
        "InvalidType",
        "OrderDraft",
    ]


def test_a_line_without_a_sku_gets_one_that_is_stable() -> None:
    text = changed("shopify/1001-created.json", "line_items", 0, "sku", to=None)
    (draft,) = read("shopify", text)
    assert isinstance(draft, OrderDraft)
    assert draft.lines[0].sku == f"shopify-line-{draft.lines[0].id}"


def test_a_buyer_who_asks_for_a_cancellation_has_not_cancelled() -> None:
    wish = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "by mistake"}}
    (draft,) = read("amazon", changed("amazon/114-2000001-created.json", *ITEM, "cancellation", to=wish))
    assert isinstance(draft, OrderDraft)
    assert (draft.cancel_requested, draft.cancelled) == (True, False)


# -- other people's samples, where they are -----------------------------------------------------------

Verdict = Callable[[Any], bool]


def an(*kinds: type) -> Verdict:
    return lambda found: isinstance(found, kinds)


EXPECTED: dict[str, Verdict] = {
    "amazon/notification.OrderChangeNotification.example.json": an(ThinEvent),
    "amazon/orders_2026-01-01.getOrder.example.json": an(OrderDraft),
    "amazon/orders_2026-01-01.searchOrders.example.json": an(OrderDraft),
    "amazon/orders_v0.getOrder.example.json": an(NotAnOrder),
    "amazon/orders_v0.getOrderItems.example.json": an(NotAnOrder),
    "shopify/graphql.2025-01.money-bag-presentment-parity.json": an(NotAnOrder),
    "shopify/graphql.2026-04.order-edit-existing-order-happy-path.json": an(NotAnOrder),
    "shopify/rest.fulfillment.create.json": an(ThinEvent),
    "shopify/rest.fulfillment_orders_list.json": an(NotAnOrder),
    "shopify/rest.inventory_levels.json": an(NotAnOrder),
    "shopify/rest.locations.json": an(NotAnOrder),
    "shopify/rest.order.cancel_basic.json": an(ChannelContradiction),
    "shopify/rest.order.create_a.json": an(OrderDraft),
    "shopify/rest.order.create_b.json": an(OrderDraft),
    "shopify/rest.order.create_c.json": an(OrderDraft),
    "shopify/rest.order.create_d.json": an(OrderDraft),
    "shopify/rest.order.create_e.json": an(OrderDraft),
    "shopify/rest.orders_list.partially_refunded.json": an(ChannelContradiction),
    "shopify/rest.refund.create.json": an(ThinEvent),
    "square/CreateOrderResponse.json": an(NotYetComplete),
    "square/InventoryCountUpdatedEvent.json": an(NotAnOrder),
    "square/ListLocationsResponse.json": an(NotAnOrder),
    "square/OrderCreatedEvent.json": an(ThinEvent),
    "square/OrderFulfillmentUpdatedEvent.json": an(ThinEvent),
    "square/OrderUpdatedEvent.json": an(ThinEvent),
    "square/PaymentCreatedEvent.json": an(ThinEvent),
    "square/RefundCreatedEvent.json": an(ThinEvent),
    "square/RetrieveOrderResponse.json": an(NotYetComplete),
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the channels' own samples are not beside this checkout")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_channels_own_sample_is_read_or_refused_by_name(name: str) -> None:
    found = read(name.partition("/")[0], (SAMPLES / name).read_bytes())
    assert found
    assert all(EXPECTED[name](entry) for entry in found), found


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the channels' own samples are not beside this checkout")
def test_an_open_sample_of_the_till_is_read_once_it_is_paid() -> None:
    """Modifiers, three discounts and a tax: its money adds up to the cent."""
    for name, total in (("CreateOrderResponse", 6176), ("RetrieveOrderResponse", 550)):
        value = sample(f"square/{name}.json")
        value["order"]["state"] = "COMPLETED"
        (draft,) = read("square", value)
        assert isinstance(draft, OrderDraft)
        assert draft.stated_total == Money(total, "USD")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the channels' own samples are not beside this checkout")
def test_both_contradictions_of_the_refunded_sample_are_named() -> None:
    """597.00 of goods in spite of a discount of 10.00; 209.00 given back for lines of 399.29."""
    value = sample("shopify/rest.order.cancel_basic.json")
    (found,) = read("shopify", value)
    assert isinstance(found, ChannelContradiction)
    assert (found.path, found.fields) == ("order.subtotal_price", {"stated": 59700, "computed": 58700})
    value["order"]["subtotal_price"] = "587.00"
    for money in value["order"]["subtotal_price_set"].values():
        money["amount"] = "587.00"
    (found,) = read("shopify", value)
    assert isinstance(found, ChannelContradiction)
    assert found.path == "order.refunds[0].transactions"
    assert found.fields == {"stated": 20900, "computed": 39929}
