"""StockPool: some locations whose stock is read as one, at the price of one.

Decides how a total is read: where the view keeps it, if it is true at that moment; moved on, where
claims have expired since; and added up location by location where somebody asks about a moment that
the view has left behind. Made by ``AvailabilityView.pool``. Must not know how a view is filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omcore.inventory.stock import StockItem
from omcore.inventory.totals import Totals
from omcore.kernel import InvalidType, checked_instant


class StockPool:
    """The stock of some locations, by SKU; ``now`` is an aware instant, else ``NaiveTimestamp`` or
    ``InvalidTimestamp``."""

    __slots__ = ("_index", "_items", "_totals", "locations")

    def __init__(
        self,
        locations: tuple[str, ...],
        index: int,
        totals: Mapping[str, Totals],
        items: Mapping[str, Mapping[str, StockItem]],
    ) -> None:
        self.locations = locations
        self._index = index
        self._totals = totals
        self._items = items

    def promisable(self, sku: str, now: datetime) -> int:
        """What may be claimed yet (S1): a location that owes stock takes none from the others."""
        try:
            totals = self._totals[sku]
            if totals.since <= now < totals.until:
                return totals.promisable[self._index]
        except Exception:  # noqa: BLE001, S110 - it is looked at again, and more closely
            pass
        kept = self._settled(sku, now)
        if kept is not None:
            return kept.promisable[self._index]
        each = [item.promisable(now) for item in self._each(sku)]
        return sum(units for units in each if units > 0)

    def atp(self, sku: str, now: datetime) -> int:
        """Available to promise, a plain sum: what one location owes is counted against the others."""
        try:
            totals = self._totals[sku]
            if totals.since <= now < totals.until:
                return totals.atp[self._index]
        except Exception:  # noqa: BLE001, S110 - it is looked at again, and more closely
            pass
        kept = self._settled(sku, now)
        if kept is not None:
            return kept.atp[self._index]
        return sum([item.atp(now) for item in self._each(sku)])

    def knows(self, sku: str) -> bool:
        """Whether anything ever happened to a SKU at any of the locations."""
        if type(sku) is not str:
            raise InvalidType("sku", expected="text")
        totals = self._totals.get(sku)
        return totals is not None and totals.known[self._index] > 0

    def _settled(self, sku: str, now: datetime) -> Totals | None:
        """The totals as of a moment; None where they are those of a later one, or nothing ever happened."""
        if type(sku) is not str:
            raise InvalidType("sku", expected="text")
        now = checked_instant(now, "now")
        totals = self._totals.get(sku)
        if totals is None:
            return None
        if now >= totals.until:
            totals.settle(now)
        return totals if now >= totals.since else None

    def _each(self, sku: str) -> list[StockItem]:
        items = self._items.get(sku, {})
        return [items[location] for location in self.locations if location in items]


__all__ = ["StockPool"]
