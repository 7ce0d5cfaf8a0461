"""Channels: payload to draft, and status to write-back.

``shopify``, ``amazon`` and ``square`` read each channel's orders; ``channel_update`` says what a
channel is told. ``read`` takes any payload of a channel and says what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.channels import amazon, shopify, square
from omcore.channels._read import (
    NO_MEASURES,
    NO_NAMES,
    ChannelContradiction,
    Field,
    FractionalQuantity,
    MissingField,
    NotAnOrder,
    NotThisChannel,
    NotYetComplete,
    ThinEvent,
    measures_of,
    table_of,
)
from omcore.channels.write_back import channel_update
from omcore.codec import parse_json
from omcore.kernel import InvalidType, Measure, OmcoreError
from omcore.orders.draft import OrderDraft

Found = OrderDraft | ThinEvent | OmcoreError

CHANNELS: tuple[str, ...] = (shopify.NAME, amazon.NAME, square.NAME)


def read(
    channel: str,
    payload: object,
    *,
    account: str = "shop",
    locations: Mapping[str, str] = NO_NAMES,
    skus: Mapping[str, str] = NO_NAMES,
    measures: Mapping[str, Measure] = NO_MEASURES,
) -> tuple[Found, ...]:
    """Everything in any payload of a channel: drafts, thin events, and errors for what is neither.

    ``measures`` is what you count goods in that are sold by weight or length, by SKU: ``Item.measure``.

    Never raises for a payload's sake: a list with one bad order gives the others as drafts.
    ``InvalidType`` for a channel that is not in ``CHANNELS`` or a translation that is no mapping.
    """
    if type(channel) is not str or channel not in CHANNELS:
        raise InvalidType("channel", expected="one of " + ", ".join(CHANNELS))
    table_of(locations, "locations")
    table_of(skus, "skus")
    measures_of(measures)
    try:
        value = parse_json(payload) if issubclass(type(payload), (str, bytes)) else payload
    except OmcoreError as error:
        return (error,)
    found: list[Found] = []
    try:
        for one in list(Field(value)) if type(value) is list else (value,):
            try:
                found += _read(channel, one, account, locations, skus, measures)
            except OmcoreError as error:
                found.append(error)
    except OmcoreError as error:
        return (error,)
    return tuple(found)


def _read(
    channel: str,
    payload: object,
    account: str,
    locations: Mapping[str, str],
    skus: Mapping[str, str],
    measures: Mapping[str, Measure],
) -> tuple[Found, ...]:
    if channel == square.NAME:
        if square.recognize(payload) == "event":
            return (square.read_event(payload),)
        return square.read_orders(payload, account=account, locations=locations, skus=skus, measures=measures)
    if channel == amazon.NAME:
        if amazon.recognize(payload) == "event":
            return (amazon.read_event(payload),)
        return amazon.read_orders(payload, account=account)
    if shopify.recognize(payload) in ("refund", "fulfillment"):
        return (shopify.read_event(payload),)
    return shopify.read_orders(payload, account=account)


__all__ = [
    "CHANNELS",
    "ChannelContradiction",
    "FractionalQuantity",
    "MissingField",
    "NotAnOrder",
    "NotThisChannel",
    "NotYetComplete",
    "ThinEvent",
    "amazon",
    "channel_update",
    "read",
    "shopify",
    "square",
]
