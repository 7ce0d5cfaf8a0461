"""Snapshots: every stock item as it was at a moment.

Decides which movements of a feed had happened by then: those whose own time had come, whatever was
recorded when. A stock item's movements never go back in time, so of each it is a beginning. Must not
know how a feed is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from omcore.inventory.aggregate import EVOLVE, evolve_stock
from omcore.inventory.stock import StockItem, seen
from omcore.kernel import InvalidType, checked_instant, checked_iterator


class Snapshot:
    """Takes in a feed bit by bit; ``items`` are those of the moment. For a feed that is read in batches."""

    __slots__ = ("_as_of", "_items")

    def __init__(self, as_of: datetime) -> None:
        self._as_of = checked_instant(as_of, "as_of")
        self._items: dict[tuple[str, str], StockItem] = {}

    def take(self, entries: Iterable[Any]) -> None:
        """Go through entries of a feed, from its beginning and in its order.

        Errors: ``InvalidType`` for what are none.
        """
        for entry in checked_iterator(entries, "entries", "entries of the feed"):
            try:
                event = entry.event
            except Exception:  # noqa: BLE001 - whatever was handed in may raise anything
                raise InvalidType("entries", expected="entries of the feed") from None
            if type(event) in EVOLVE and checked_instant(event.at) <= self._as_of:
                place = (event.sku, event.location)
                self._items[place] = evolve_stock(self._items.get(place), event)

    def items(self) -> tuple[StockItem, ...]:
        """Every stock item as it was, without the claims that had expired, by SKU and location."""
        return tuple(seen(item, self._as_of) for _, item in sorted(self._items.items()))


def snapshot(entries: Iterable[Any], as_of: datetime) -> tuple[StockItem, ...]:
    """Every stock item as it was at a moment, by SKU and location, from the whole feed.

    Errors: ``NaiveTimestamp``, ``InvalidTimestamp``; ``InvalidType`` for what are no entries of a feed.
    """
    found = Snapshot(as_of)
    found.take(entries)
    return found.items()


__all__ = ["Snapshot", "snapshot"]
