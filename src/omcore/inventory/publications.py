"""Publications: what a sales channel was last told that it may sell of a SKU (S13).

Decides when the next one may be made. Each is written down before it is made, on a small stream of
its own per channel and SKU, so that two dispatchers never make the same one, what came later is told
apart from what came earlier, and the pace that a channel is promised holds over processes and
crashes. Must not know what a channel is, or how many it may sell.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from omcore.kernel import InvalidType, UnknownEvent, record


@record
class StockPublicationDue:
    """A channel is to be told how many of a SKU it may sell, as far as the feed was followed then."""

    at: datetime
    channel: str
    sku: str
    quantity: int
    position: int


@record
class Publication:
    """The last word to a channel about a SKU: how many, when, and how far the feed was followed then."""

    channel: str
    sku: str
    quantity: int
    position: int
    at: datetime


def publication_stream(channel: str, sku: str) -> str:
    """The stream of what a channel is told of a SKU; a channel's name has no slash, a SKU may have.

    Errors: ``InvalidType`` for what is no text.
    """
    if type(channel) is not str:
        raise InvalidType("channel", expected="str")
    if type(sku) is not str:
        raise InvalidType("sku", expected="str")
    return f"publication/{channel}/{sku}"


def evolve_publication(last: Publication | None, event: Any) -> Publication:
    """The last word after an event; it has nothing of the one before. ``UnknownEvent`` for what is none."""
    if type(event) is not StockPublicationDue:
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    if last is not None and type(last) is not Publication:
        raise InvalidType("last", expected="a Publication or None")
    return Publication(event.channel, event.sku, event.quantity, event.position, event.at)


def may_publish(last: Publication | None, quantity: int, now: datetime, every: timedelta | None) -> bool:
    """Whether enough time has passed since the last word.

    That nothing is left is said at once: to sell what is not there is worse than to talk too much.
    """
    return last is None or every is None or quantity == 0 or now - last.at >= every


__all__ = [
    "Publication",
    "StockPublicationDue",
    "evolve_publication",
    "may_publish",
    "publication_stream",
]
