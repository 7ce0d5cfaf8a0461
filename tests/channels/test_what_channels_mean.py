"""What each channel means by its fields, one sentence a test; money has its own file."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
    CurrencyMismatch,
    InvalidId,
    InvalidMoney,
    InvalidPlace,
    InvalidQuantity,
    InvalidSku,
    InvalidTimestamp,
    InvalidType,
    Money,
    OmcoreError,
)
from omcore.orders.draft import OrderDraft
from omcore.orders.placement.pricing import price

DATA = Path(__file__).parents[2] / "docs" / "examples" / "data"
Edit = Callable[[Any], None]


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def payload(name: str, *edits: Edit) -> Any:
    made = json.loads((DATA / name).read_text())
    for edit in edits:
        edit(made.get("order", made))
    return made


def draft(name: str, *edits: Edit) -> OrderDraft:
    (found,) = read(name.partition("/")[0], payload(name, *edits))
    assert isinstance(found, OrderDraft), found
    return found


def refused(kind: type[OmcoreError], path: str, name: str, *edits: Edit) -> OmcoreError:
    (found,) = read(name.partition("/")[0], payload(name, *edits))
    assert isinstance(found, kind), found
    assert found.path == path
    return found


def put(*path: str | int, to: Any) -> Edit:
    def edit(value: Any) -> None:
        at = value
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = to

    return edit


def gone(*path: str | int) -> Edit:
    def edit(value: Any) -> None:
        at = value
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]

    return edit


# -- Shopify ---------------------------------------------------------------------------------------

SHOP = "shopify/1002-created.json"  # a hoodie, four mugs, two caps; authorized; 141.99
MUG, PAID = 51000010021, put("financial_status", to="paid")


def fulfilled(quantity: int, status: str = "success") -> Edit:
    return put("fulfillments", to=[{"status": status, "line_items": [{"id": MUG, "quantity": quantity}]}])


def refunded(*entries: tuple[int, str], paid: str | None = None, **more: Any) -> Edit:
    lines = [{"line_item_id": MUG, "quantity": n, "restock_type": kind} for n, kind in entries]
    moves = [{"kind": "refund", "status": "success", "amount": paid, "currency": "USD"}] if paid else []
    return put("refunds", to=[{"refund_line_items": lines, "transactions": moves, **more}])


@pytest.mark.parametrize(
    ("sent", "entries", "expected"),
    [
        (0, [(1, "cancel")], (1, 0, 0)),
        (2, [(1, "return")], (0, 2, 1)),
        (2, [(1, "no_restock")], (0, 2, 0)),
        (0, [(1, "no_restock")], (1, 0, 0)),
        (3, [(2, "legacy_restock")], (0, 3, 2)),
        (0, [(2, "legacy_restock")], (2, 0, 0)),
        (2, [(1, "cancel"), (1, "return"), (1, "no_restock")], (1, 2, 1)),
        (2, [(1, "return"), (2, "legacy_restock")], (1, 2, 2)),
    ],
)
def test_a_shopify_refund_is_not_a_restock(
    sent: int, entries: list[tuple[int, str]], expected: tuple[int, int, int]
) -> None:
    """(cancelled, fulfilled, returned): what became of a refunded unit depends on where it was."""
    mugs = draft(SHOP, fulfilled(sent) if sent else PAID, refunded(*entries)).lines[1]
    assert (mugs.cancelled, mugs.fulfilled, mugs.returned) == expected
    assert mugs.quantity == 4, "quantity is history"


def test_units_that_an_edit_took_off_a_shopify_line_are_cancelled() -> None:
    """``current_quantity`` is the truth; what refunds explain is not counted twice."""
    now = put("line_items", 1, "current_quantity", to=1)
    assert draft(SHOP, now).lines[1].cancelled == 3
    assert draft(SHOP, now, refunded((1, "cancel"))).lines[1].cancelled == 3
    mugs = draft(SHOP, now, fulfilled(2), refunded((2, "return"))).lines[1]
    assert (mugs.cancelled, mugs.fulfilled, mugs.returned) == (1, 2, 2)


def test_only_a_fulfillment_that_succeeded_has_left() -> None:
    assert draft(SHOP, fulfilled(2)).lines[1].fulfilled == 2
    for status in ("pending", "open", "cancelled", "error", "failure"):
        assert draft(SHOP, fulfilled(2, status)).lines[1].fulfilled == 0
    refused(InvalidType, "fulfillments[0].status", SHOP, fulfilled(2, "teleported"))


def test_more_units_than_were_ordered_are_a_contradiction() -> None:
    refused(ChannelContradiction, "line_items[1].quantity", SHOP, fulfilled(5))
    refused(ChannelContradiction, "line_items[1].quantity", SHOP, fulfilled(4), refunded((1, "cancel")))
    refused(
        ChannelContradiction,
        "line_items[1].current_quantity",
        SHOP,
        put("line_items", 1, "current_quantity", to=5),
    )


def test_shopify_cancels_an_order_and_leaves_its_quantities() -> None:
    found = draft(SHOP, put("cancelled_at", to="2026-11-27T09:00:00-05:00"))
    assert found.cancelled
    assert [line.cancelled for line in found.lines] == [0, 0, 0]
    refused(InvalidTimestamp, "cancelled_at", SHOP, put("cancelled_at", to=True))


def test_gift_cards_and_downloads_are_never_routed() -> None:
    """S12: nothing of them is in anybody's stock here."""
    found = draft(
        SHOP, put("line_items", 0, "gift_card", to=True), put("line_items", 2, "requires_shipping", to=False)
    )
    assert [line.fulfilled_by for line in found.lines] == ["channel", "merchant", "channel"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending", None),
        ("voided", None),
        ("expired", None),
        ("authorized", (True, False, 14199)),
        ("paid", (False, True, 14199)),
        ("partially_refunded", (False, True, 14199)),
    ],
)
def test_what_a_shopify_payment_status_holds(status: str, expected: tuple[bool, bool, int] | None) -> None:
    found = draft(SHOP, put("financial_status", to=status)).tenders
    stated = [(tender.authorized, tender.captured, tender.amount.minor) for tender in found]
    assert stated == ([] if expected is None else [expected])


def test_a_shopify_payment_status_that_nobody_documented_is_not_guessed_at() -> None:
    refused(InvalidType, "financial_status", SHOP, put("financial_status", to="crypto"))


def test_a_part_of_a_shopify_order_may_be_paid() -> None:
    part, more = put("financial_status", to="partially_paid"), put("total_outstanding", to="41.99")
    assert draft(SHOP, part, more).tenders[0].amount == usd(10_000)
    refused(ChannelContradiction, "total_outstanding", SHOP, part, put("total_outstanding", to="142.00"))


def test_a_shopify_refund_is_what_its_transactions_gave_back() -> None:
    found = draft(SHOP, PAID, refunded((1, "return"), paid="11.25"), fulfilled(1))
    assert found.tenders[0].refunded == usd(1125)
    pending = put("refunds", 0, "transactions", 0, "status", to="pending")
    assert draft(SHOP, PAID, refunded(paid="5.00"), pending).tenders[0].refunded is None


def stated_refund(paid: str, **more: Any) -> Edit:
    """One mug refunded, worth 11.25 and 0.99 of tax, and this much paid."""
    edit = refunded((1, "no_restock"), paid=paid, **more)

    def priced(value: Any) -> None:
        edit(value)
        entry = value["refunds"][0]["refund_line_items"][0]
        for name, amount in (("subtotal", "11.25"), ("total_tax", "0.99")):
            money = {"amount": amount, "currency_code": "USD"}
            entry[name] = float(amount)  # as Shopify sends it: never read
            entry[f"{name}_set"] = {"shop_money": money, "presentment_money": money}

    return priced


def test_a_shopify_refund_of_lines_pays_what_the_lines_say() -> None:
    assert draft(SHOP, PAID, stated_refund("12.24")).tenders[0].refunded == usd(1224)
    error = refused(ChannelContradiction, "refunds[0].transactions", SHOP, PAID, stated_refund("9.99"))
    assert error.fields == {"stated": 999, "computed": 1224}
    adjusted = stated_refund("9.99", order_adjustments=[{"kind": "refund_discrepancy"}])
    assert draft(SHOP, PAID, adjusted).tenders[0].refunded == usd(999)


def test_more_cannot_be_given_back_than_was_paid() -> None:
    refused(ChannelContradiction, "refunds", SHOP, PAID, refunded(paid="142.00"))


def test_tax_that_the_marketplace_remits_is_its_own() -> None:
    """M13: ``channel_liable``."""
    found = draft(SHOP, put("line_items", 0, "tax_lines", 0, "channel_liable", to=True))
    assert [tax.collected_by for line in found.lines for tax in line.taxes] == ["channel", "seller", "seller"]
    assert price(found).worth()[2] == 468


def test_what_was_taken_off_a_shopify_order_and_duties_in_the_price_are_not_charged() -> None:
    removed = {"price": "9.00", "is_removed": True}
    duties = {"presentment_money": {"amount": "5.00", "currency_code": "USD"}}
    found = draft(
        SHOP,
        lambda value: value["shipping_lines"].append(removed),
        put("original_total_duties_set", to=duties),
        put("duties_included", to=True),
    )
    assert [(charge.kind, charge.amount.minor) for charge in found.charges] == [("shipping", 0)]
    refused(ChannelContradiction, "total_price", SHOP, put("original_total_duties_set", to=duties))


def test_shopify_amounts_in_two_currencies_agree_or_are_refused() -> None:
    euros = "shopify/1006-created-in-euros.json"
    assert draft(euros).lines[0].unit_price.currency == "EUR"
    where = ("line_items", 0, "price_set", "presentment_money")
    path = "line_items[0].price_set.presentment_money"
    refused(CurrencyMismatch, f"{path}.currency_code", euros, put(*where, "currency_code", to="GBP"))
    refused(MissingField, path, euros, gone("line_items", 0, "price_set"))
    refused(ChannelContradiction, "line_items[0].price", euros, put("line_items", 0, "price", to="1.00"))


def test_a_json_float_never_becomes_money() -> None:
    """M1: parsed by anybody else, 59.0 is no 59.00."""
    refused(InvalidMoney, "line_items[0].price", SHOP, put("line_items", 0, "price", to=59.0))
    bare = payload(SHOP, put("line_items", 0, "price", to=59))
    text = json.dumps(bare).replace('"price": 59,', '"price": 59.00,')
    assert isinstance(read("shopify", text)[0], OrderDraft), "as a Decimal it is exact"


def test_refunds_and_fulfillments_of_shopify_name_the_order_to_fetch() -> None:
    for kind, body in (
        ("refund", {"id": 1, "order_id": 7, "refund_line_items": []}),
        ("fulfillment", {"id": 1, "order_id": 7, "status": "success", "line_items": [{"id": 2}]}),
    ):
        event = ThinEvent("shopify", kind, "7")
        assert read("shopify", body) == read("shopify", {kind: body}) == (event,)
        assert shopify.read_event(body) == event
    for other in ({"refund": {"query": "mutation"}}, {"fulfillment": [1]}, {"orders": None}, {}):
        (found,) = read("shopify", other)
        assert isinstance(found, NotAnOrder)


def test_a_shopify_line_without_a_sku_is_named_by_its_variant() -> None:
    named = draft(SHOP, put("line_items", 0, "sku", to=""), put("line_items", 0, "variant_id", to=88))
    assert named.lines[0].sku == "shopify-variant-88"


@pytest.mark.parametrize(
    ("edit", "kind", "path"),
    [
        (put("line_items", 1, "sku", to="MUG "), InvalidSku, "line_items[1].sku"),
        (put("line_items", 1, "quantity", to="4"), InvalidQuantity, "line_items[1].quantity"),
        (put("line_items", 1, "quantity", to=True), InvalidQuantity, "line_items[1].quantity"),
        (put("line_items", 1, "quantity", to=1_000_001), InvalidQuantity, "line_items[1].quantity"),
        (put("shipping_address", "country_code", to="usa"), InvalidPlace, "shipping_address.country_code"),
        (put("shipping_address", "latitude", to=10**400), InvalidPlace, "shipping_address.latitude"),
        (put("shipping_address", "latitude", to="39"), InvalidPlace, "shipping_address.latitude"),
        (put("id", to=10**40), InvalidId, "id"),
        (put("taxes_included", to="false"), InvalidType, "taxes_included"),
    ],
)
def test_a_bad_value_is_named_by_its_place_in_the_payload(
    edit: Edit, kind: type[OmcoreError], path: str
) -> None:
    refused(kind, path, SHOP, edit)


def test_the_point_of_an_address_is_coarse_and_the_address_may_be_absent() -> None:
    """What stays with the order when personal data is erased is good to a kilometer."""
    place = draft(SHOP).destination
    assert place is not None
    assert place.point is not None
    assert (place.point.latitude, place.point.longitude) == (39.76, -105.01)
    nobody = [put(name, to=None) for name in ("shipping_address", "billing_address", "email", "phone")]
    found = draft(SHOP, *nobody)
    assert (found.destination, found.contact) == (None, None)


# -- Amazon ----------------------------------------------------------------------------------------

MFN = "amazon/114-2000001-created.json"
ITEM = ("orderItems", 0)
AT = "order.orderItems[0]"


def test_who_fulfills_an_amazon_order_is_never_guessed() -> None:
    """S12: to guess wrong would ship the goods twice."""
    where = "order.fulfillment.fulfilledBy"
    refused(MissingField, where, MFN, gone("fulfillment", "fulfilledBy"))
    refused(InvalidType, where, MFN, put("fulfillment", "fulfilledBy", to="SOMEBODY"))
    assert draft(MFN, put("fulfillment", "fulfilledBy", to="AMAZON")).lines[0].fulfilled_by == "channel"


def test_a_sale_made_elsewhere_is_not_counted_twice() -> None:
    where = ("salesChannel", "channelName")
    refused(NotThisChannel, "order.salesChannel.channelName", MFN, put(*where, to="NON_AMAZON"))
    refused(MissingField, "order.salesChannel.channelName", MFN, gone(*where))


def test_an_amazon_order_waits_until_it_has_a_total() -> None:
    for status in ("PENDING", "PENDING_AVAILABILITY"):
        edit = put("fulfillment", "fulfillmentStatus", to=status)
        refused(NotYetComplete, "order.fulfillment.fulfillmentStatus", MFN, edit)
    refused(NotYetComplete, "order.proceeds.grandTotal", MFN, gone("proceeds"))


def test_a_cancelled_amazon_order_is_cancelled_with_or_without_its_total() -> None:
    """The cancellation of an order that is known must not wait in quarantine."""
    cancelled = put("fulfillment", "fulfillmentStatus", to="CANCELLED")
    whole = draft(MFN, cancelled)
    assert whole.cancelled
    assert whole.stated_total is not None
    bare = draft(MFN, cancelled, gone("proceeds"), gone(*ITEM, "proceeds"))
    assert (bare.cancelled, bare.stated_total, bare.tenders) == (True, None, ())
    assert bare.ref == whole.ref
    assert [line.unit_price for line in bare.lines] == [line.unit_price for line in whole.lines]
    nothing = (gone("proceeds"), gone(*ITEM, "product", "price"))
    refused(NotYetComplete, "order.proceeds.grandTotal", MFN, cancelled, *nothing)


def quantities(ordered: int, done: int | None, left: int | None) -> Edit:
    def edit(value: Any) -> None:
        item = value["orderItems"][0]
        item["quantityOrdered"] = ordered
        item["fulfillment"] = {"quantityFulfilled": done, "quantityUnfulfilled": left}

    return edit


def test_what_amazon_neither_shipped_nor_will_ship_was_called_off() -> None:
    ordered = payload(MFN)["order"]["orderItems"][0]["quantityOrdered"]
    line = draft(MFN, quantities(ordered, 0, ordered)).lines[0]
    assert (line.cancelled, line.fulfilled) == (0, 0)
    line = draft(MFN, quantities(ordered, 1, 0)).lines[0]
    assert (line.cancelled, line.fulfilled) == (ordered - 1, 1)
    assert draft(MFN, quantities(ordered, None, None)).lines[0].cancelled == 0
    refused(ChannelContradiction, f"{AT}.fulfillment", MFN, quantities(ordered, 1, ordered))
    refused(InvalidQuantity, f"{AT}.fulfillment.quantityFulfilled", MFN, quantities(ordered, -1, 0))


def test_goods_by_weight_are_refused_by_their_unit() -> None:
    edit = put(*ITEM, "measurement", to={"unit": "KILOGRAMS", "value": 1.5})
    assert refused(FractionalQuantity, f"{AT}.measurement", MFN, edit).fields == {"unit": "KILOGRAMS"}
    edit = put(*ITEM, "measurement", to={"unit": "Trillian McMillan", "value": 1})
    assert refused(FractionalQuantity, f"{AT}.measurement", MFN, edit).fields == {"unit": "?"}


def test_a_replacement_says_what_it_replaces() -> None:
    linked = [{"orderId": "111-9", "associationType": "REPLACEMENT_ORIGINAL_ID"}]
    found = draft(MFN, put("associatedOrders", to=linked)).attribution
    assert found == (("marketplace", "ATVPDKIKX0DER"), ("replacement_for", "111-9"))


def test_yen_with_decimals_and_a_second_currency_are_refused() -> None:
    where = (*ITEM, "product", "price", "unitPrice")
    path = f"{AT}.product.price.unitPrice"
    refused(CurrencyMismatch, f"{path}.currencyCode", MFN, put(*where, "currencyCode", to="EUR"))

    def yen(value: Any) -> None:
        text = json.dumps(value).replace('"USD"', '"JPY"')
        value.clear()
        value.update(json.loads(text))

    refused(InvalidMoney, "order.proceeds.grandTotal.amount", MFN, yen)


def test_the_categories_of_an_amazon_order_are_the_sums_of_its_items() -> None:
    """A cent that moved from the goods to the tax leaves the total as it was."""

    def moved(value: Any) -> None:
        for entry in value["proceeds"]["breakdowns"]:
            by = {"ITEM": 1, "TAX": -1}.get(entry["type"], 0)
            entry["subtotal"]["amount"] = f"{float(entry['subtotal']['amount']) + by / 100:.2f}"

    refused(ChannelContradiction, "order.proceeds.breakdowns", MFN, moved)


def test_a_category_of_proceeds_that_is_not_known_is_refused() -> None:
    edit = put(*ITEM, "proceeds", "breakdowns", 0, "type", to="SUBSIDY")
    refused(InvalidType, f"{AT}.proceeds.breakdowns[0].type", MFN, edit)


def test_an_amazon_notification_names_the_order_to_fetch() -> None:
    change = {"AmazonOrderId": "903-1", "OrderChangeType": "BuyerRequestedChange"}
    event = {"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification": change}}
    assert read("amazon", event) == (ThinEvent("amazon", "BuyerRequestedChange", "903-1"),)
    (found,) = read("amazon", {**event, "NotificationType": "LISTINGS_ITEM_STATUS_CHANGE"})
    assert isinstance(found, NotAnOrder)
    with pytest.raises(NotAnOrder):
        amazon.read_order({"payload": {"AmazonOrderId": "902-1"}})


# -- Square ----------------------------------------------------------------------------------------

TILL = "square/till-0002.json"  # two tees, 10 % off, tax on top, a tip; by card: 48.03
SOHO = {"LSOHO": "soho"}


def work(kind: str, state: str = "PROPOSED", **more: Any) -> Edit:
    return put("fulfillments", to=[{"type": kind, "state": state, **more}])


def state(to: str) -> Edit:
    return put("state", to=to)


def test_an_order_of_squares_is_a_sale_of_the_till_a_pickup_a_shipment_or_a_download() -> None:
    """S12: paid with nothing left to do, or handed over there: the goods are off the shelf."""
    for edits, by, taken, pickup in (
        ((), "taken", "LSOHO", None),
        ((work("IN_STORE", "COMPLETED"),), "taken", "LSOHO", None),
        ((work("PICKUP"), state("OPEN")), "merchant", None, "LSOHO"),
        ((work("SHIPMENT"), state("OPEN")), "merchant", None, None),
        ((work("DELIVERY"),), "merchant", None, None),
        ((work("DIGITAL"),), "channel", None, None),
    ):
        found = draft(TILL, *edits)
        assert {line.fulfilled_by for line in found.lines} == {by}
        assert (found.taken_at, found.pickup_at) == (taken, pickup)
    refused(InvalidType, "order.fulfillments[0].type", TILL, work("TELEPORT"))


def test_an_order_that_is_open_at_the_till_is_not_an_order_yet() -> None:
    for edits in ((state("OPEN"),), (state("DRAFT"),), (state("OPEN"), work("IN_STORE"))):
        refused(NotYetComplete, "order.state", TILL, *edits)
    for called_off in ("CANCELED", "FAILED"):
        refused(NotYetComplete, "order.fulfillments", TILL, work("PICKUP", called_off))
    assert draft(TILL, state("CANCELED"), work("PICKUP", "CANCELED")).cancelled
    refused(InvalidType, "order.state", TILL, state("SHREDDED"))


def test_a_fulfillment_of_squares_that_is_done_has_left() -> None:
    assert draft(TILL, work("SHIPMENT", "COMPLETED")).lines[0].fulfilled == 2
    assert draft(TILL, work("SHIPMENT", "PREPARED")).lines[0].fulfilled == 0
    uid = payload(TILL)["order"]["line_items"][0]["uid"]
    part = {"line_item_application": "ENTRY_LIST", "entries": [{"line_item_uid": uid, "quantity": "1"}]}
    assert draft(TILL, work("SHIPMENT", "COMPLETED", **part)).lines[0].fulfilled == 1
    part["entries"] = [{"line_item_uid": uid, "quantity": "3"}]
    refused(InvalidQuantity, "order.line_items[0].quantity", TILL, work("SHIPMENT", "COMPLETED", **part))


def test_a_recipient_of_squares_is_personal_and_the_place_is_not() -> None:
    address = {"country": "US", "administrative_district_level_1": "NY", "postal_code": "10012"}
    recipient = {"display_name": "Ford Prefect", "address": {**address, "address_line_1": "1 Spring St"}}
    found = draft(TILL, work("SHIPMENT", shipment_details={"recipient": recipient}))
    assert found.contact is not None
    assert (found.contact.name, found.contact.street) == ("Ford Prefect", ("1 Spring St",))
    assert found.destination is not None
    assert found.destination.postal_code == "10012"
    assert "Ford" not in repr(found)
    assert "Spring" not in repr(found)


def test_a_tills_order_without_a_version_is_ordered_by_when_it_was_updated() -> None:
    """Square counts versions of the orders that came through its API, and no others."""
    assert draft(TILL).source_version == 4
    first = draft(TILL, gone("version"))
    later = draft(TILL, gone("version"), put("updated_at", to="2026-11-27T18:45:38Z"))
    assert later.source_version - first.source_version == 1_000_000
    assert draft(TILL, gone("version"), gone("updated_at")).source_version == 0
    refused(InvalidQuantity, "order.version", TILL, put("version", to=-1))


def test_the_version_of_a_payment_is_not_the_orders() -> None:
    """Else a refund's first version would be old news for an order of version 4."""

    def event(name: str) -> Any:
        fact = {"order_id": "s1", "version": 7}
        return {"event_id": "e", "type": "x.y", "data": {"object": {name: fact}}}

    for name in ("order_created", "order_updated", "order_fulfillment_updated"):
        assert square.read_event(event(name)).version == 7
    for name in ("payment", "refund"):
        assert square.read_event(event(name)).version == 0


def test_locations_and_articles_of_squares_have_names_of_ours() -> None:
    (found,) = read("square", payload(TILL), locations=SOHO, skus={"TEE-M": "TEE/M"})
    assert isinstance(found, OrderDraft)
    assert (found.taken_at, found.lines[0].sku) == ("soho", "TEE/M")
    bare = draft(TILL, gone("line_items", 0, "catalog_object_id"))
    assert bare.lines[0].sku == f"square-line-{bare.lines[0].id}"
    for wrong in (5, {"LSOHO": 5}):
        with pytest.raises(InvalidType):
            square.read_order(payload(TILL), locations=wrong)  # type: ignore[arg-type]  # on purpose


def tenders(*entries: Any) -> Edit:
    return put("tenders", to=list(entries))


def tender(name: str, kind: str, minor: int, **more: Any) -> Any:
    return {"id": name, "type": kind, "amount_money": {"amount": minor, "currency": "USD"}, **more}


def test_cash_is_in_the_till_and_the_rest_is_with_square() -> None:
    """M13."""
    found = draft(TILL, tenders(tender("a", "CASH", 3), tender("b", "SQUARE_GIFT_CARD", 4800)))
    assert [(entry.kind, entry.captured) for entry in found.tenders] == [("cash", True), ("channel", True)]
    failed = tender("c", "CARD", 4803, card_details={"status": "FAILED"})
    found = draft(TILL, tenders(failed, tender("b", "CARD", 4803)))
    assert [entry.id for entry in found.tenders] == ["b"]
    refused(ChannelContradiction, "order.tenders", TILL, tenders(tender("b", "CARD", 4802)))
    money = {"amount": 500, "currency": "USD"}
    back = put("refunds", to=[{"status": "COMPLETED", "tender_id": "b", "amount_money": money}])
    assert draft(TILL, tenders(tender("b", "CARD", 4803)), back).tenders[0].refunded == usd(500)
    refused(InvalidType, "order.refunds", TILL, tenders(tender("x", "CARD", 4803)), back)


def test_a_fraction_of_a_unit_is_refused_and_two_point_nought_is_two() -> None:
    assert draft(TILL, put("line_items", 0, "quantity", to="2.0")).lines[0].quantity == 2
    weight = {"measurement_unit": {"weight_unit": "METRIC_KILOGRAM"}}
    half = (put("line_items", 0, "quantity", to="1.5"), put("line_items", 0, "quantity_unit", to=weight))
    error = refused(FractionalQuantity, "order.line_items[0].quantity", TILL, *half)
    assert error.fields == {"unit": "METRIC_KILOGRAM"}
    for wrong, kind in ((2, InvalidType), ("0", InvalidQuantity), ("-1", InvalidQuantity)):
        refused(kind, "order.line_items[0].quantity", TILL, put("line_items", 0, "quantity", to=wrong))


def test_modifiers_are_in_the_price_of_the_unit_and_it_is_a_whole_number_of_cents() -> None:
    def dearer(value: Any) -> None:
        line = value["line_items"][0]
        line["modifiers"] = [{"total_price_money": {"amount": 100, "currency": "USD"}}]
        for money in (line["gross_sales_money"], line["total_money"], value["total_money"]):
            money["amount"] += 100
        value["tenders"][0]["amount_money"]["amount"] += 100

    assert draft(TILL, dearer).lines[0].unit_price == usd(2450)
    path = "order.line_items[0].gross_sales_money"
    odd = put("line_items", 0, "modifiers", to=[{"total_price_money": {"amount": 1, "currency": "USD"}}])
    refused(ChannelContradiction, path, TILL, odd)


def test_taxes_in_and_on_top_of_one_order_are_not_read() -> None:
    both = [{"type": "ADDITIVE"}, {"type": "INCLUSIVE"}]
    refused(NotAnOrder, "order.taxes", TILL, put("taxes", to=both))


def test_a_return_of_squares_is_no_order() -> None:
    goods = put("returns", to=[{"source_order_id": "s1"}])
    refused(NotAnOrder, "order.returns", TILL, goods, gone("line_items"))


def test_a_list_of_squares_is_read_one_by_one() -> None:
    good = payload(TILL)["order"]
    bad = copy.deepcopy(good)
    bad["id"] = None
    found = read("square", {"orders": [good, bad, good]})
    assert [type(entry).__name__ for entry in found] == ["OrderDraft", "MissingField", "OrderDraft"]
    assert isinstance(found[1], OmcoreError)
    assert found[1].path == "orders[1].id"


# -- all of them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "channel"), [(SHOP, shopify), (MFN, amazon), (TILL, square)])
def test_an_account_that_is_none_is_the_callers_mistake(name: str, channel: Any) -> None:
    for wrong in ("", "a b", 5, None):
        with pytest.raises(OmcoreError) as caught:
            channel.read_order(payload(name), account=wrong)
        assert caught.value.path == "account"
    assert channel.read_order(payload(name), account="eu").ref.account == "eu"


def test_a_channel_that_is_none_is_the_callers_mistake() -> None:
    others: tuple[Any, ...] = ("ebay", None, 5, ["shopify"], {})
    for wrong in others:
        with pytest.raises(InvalidType):
            read(wrong, {})
