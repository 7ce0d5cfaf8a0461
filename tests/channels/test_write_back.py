"""What a channel is told about its order, in its own words, and what it is not told."""

from __future__ import annotations

from typing import Any

import pytest

from omcore import orders as om
from omcore.channels import channel_update
from omcore.kernel import InvalidType
from omcore.orders import events as ev
from omcore.orders.draft import CHANNEL, DraftTender, ExternalRef
from omcore.ports import ChannelUpdate, FeedEntry
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

PAID = DraftTender("money", CHANNEL, usd(8200), captured=True)


def an_order(channel: str, **more: Any) -> Life:
    life = Life()
    ref = ExternalRef(channel, "shop", "order", "77")
    life.place(a_draft(ref=ref, tenders=(PAID,), attribution=(("marketplace", "ATV"),), **more))
    return life


def told(life: Life, events: list[Any]) -> list[ChannelUpdate]:
    entries = [FeedEntry(n + 1, f"order/{ORDER_ID}", 1, n, event, "k", T0) for n, event in enumerate(events)]
    return [update for entry in entries if (update := channel_update(entry, life.order))]


def shipped(life: Life) -> list[Any]:
    life.allocate(("tee", "nyc", 2))
    command = om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F1", tracking=("UPS", "1Z9"), **life.common())
    return life.do(command)


def test_shopify_hears_of_a_shipment_with_its_tracking() -> None:
    life = an_order("shopify")
    (update,) = told(life, shipped(life))
    assert (update.channel, update.account, update.external_id) == ("shopify", "shop", "77")
    assert (update.kind, update.key) == ("fulfillment", f"{ORDER_ID}/fulfillment/{ORDER_ID}-S2")
    assert update.body == {
        "fulfillment": {
            "line_items": [{"id": "tee", "quantity": 2}],
            "notify_customer": False,
            "tracking_info": {"company": "UPS", "number": "1Z9"},
        }
    }


def test_amazon_hears_of_a_shipment_under_a_number() -> None:
    """Amazon takes whole numbers only for a package, and its own marketplace with it."""
    life = an_order("amazon")
    (update,) = told(life, shipped(life))
    assert update.kind == "confirm_shipment"
    assert update.body["marketplaceId"] == "ATV"
    package = update.body["packageDetail"]
    assert package["packageReferenceId"] == "2"
    assert (package["carrierName"], package["trackingNumber"]) == ("UPS", "1Z9")
    assert package["orderItems"] == [{"orderItemId": "tee", "quantity": 2}]


@pytest.mark.parametrize("channel", ["square", "web"])
def test_a_till_and_a_channel_that_is_not_known_hear_of_no_shipment(channel: str) -> None:
    life = an_order(channel)
    assert told(life, shipped(life)) == []


def test_telling_it_again_is_telling_it_once() -> None:
    """C9: the key comes from the fact."""
    life = an_order("shopify")
    events = shipped(life)
    assert told(life, events)[0].key == told(life, [events[0], *events])[-1].key


@pytest.mark.parametrize("channel", ["shopify", "amazon", "square"])
def test_money_that_the_channel_holds_is_given_back_by_the_channel(channel: str) -> None:
    """M13."""
    life = an_order(channel)
    updates = told(life, life.do(om.CancelUnits(ORDER_ID, (("mug", 1),), **life.common())))
    assert [(update.kind, update.body) for update in updates] == [
        ("refund", {"refund": {"amount": "11.00", "currency": "USD"}})
    ]


def test_money_at_the_merchants_own_gateway_is_not_the_channels_to_give_back() -> None:
    life = Life()
    card = DraftTender("card", "gateway", usd(8200), captured=True)
    life.place(a_draft(ref=ExternalRef("shopify", "shop", "order", "77"), tenders=(card,)))
    made = life.do(om.CancelUnits(ORDER_ID, (("mug", 1),), **life.common()))
    assert ev.PaymentRequested in [type(event) for event in made]
    assert told(life, made) == []


def test_shopify_hears_of_a_cancellation_once_nothing_is_kept() -> None:
    life = an_order("shopify")
    part = told(life, life.do(om.CancelUnits(ORDER_ID, (("mug", 1),), **life.common())))
    assert "cancel" not in [update.kind for update in part]
    rest = told(life, life.do(om.CancelUnits(ORDER_ID, **life.common())))
    assert [update.kind for update in rest].count("cancel") == 1


def test_what_a_channel_did_itself_is_not_told_back() -> None:
    life = an_order("shopify", source_version=1)
    refunded = DraftTender("money", CHANNEL, usd(8200), captured=True, refunded=usd(8200))
    ref = life.order.terms.ref
    draft = a_draft(ref=ref, tenders=(refunded,), cancelled=True, source_version=2)
    assert told(life, life.do(om.ImportOrder(draft, order_id=ORDER_ID, **life.common()))) == []
    life = an_order("shopify", source_version=1)
    lines = (a_line(fulfilled=3), a_line("mug", 1, 1000))
    draft = a_draft(lines, ref=ref, tenders=(PAID,), source_version=2)
    made = life.do(om.ImportOrder(draft, order_id=ORDER_ID, **life.common()))
    assert ev.ChannelShipped in [type(event) for event in made]
    assert told(life, made) == []


def test_an_update_is_made_of_an_entry_and_its_order_only() -> None:
    for entry, order in ((None, None), ("entry", "order")):
        with pytest.raises(InvalidType):
            channel_update(entry, order)  # type: ignore[arg-type]  # on purpose
