"""AvailabilityView: what can be promised where, as far as the feed has been followed.

Decides how routing and storefronts read stock: O(1) per SKU and location, never a sum over
history. It is a projection, perhaps a little stale; the stock item is what refuses. Must not know
stores: whoever owns it applies movements to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.inventory.stock import StockItem, evolve_stock
from omcore.kernel import Components

_NONE: Mapping[str, StockItem] = {}


class AvailabilityView:
    """Stock items by SKU and location, folded from movements with the aggregate's own function."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[StockItem] = ()) -> None:
        self._items: dict[str, dict[str, StockItem]] = {}
        for item in items:
            self.put(item)

    def apply(self, event: Any) -> None:
        """Follow one movement."""
        by_location = self._items.setdefault(event.sku, {})
        by_location[event.location] = evolve_stock(by_location.get(event.location), event)

    def put(self, item: StockItem) -> None:
        """Take a stock item as it truly stands, where the view is known to be stale."""
        self._items.setdefault(item.sku, {})[item.location] = item

    def atp(self, sku: str, location: str, now: datetime) -> int:
        """Available to promise; 0 where nothing ever happened, maybe negative."""
        item = self._items.get(sku, _NONE).get(location)
        return 0 if item is None else item.atp(now)

    def locations(self, sku: str) -> tuple[str, ...]:
        """Where anything ever happened to a SKU, sorted."""
        return tuple(sorted(self._items.get(sku, _NONE)))

    def kit_atp(self, components: Components, location: str, now: datetime) -> int:
        """S11: of a kit, the minimum over its components; never negative."""
        return max(0, min(self.atp(sku, location, now) // each for sku, each in components))

    def network_atp(self, sku: str, locations: Sequence[str], now: datetime) -> int:
        """Summed over some locations; a location that owes stock takes none from the others."""
        by_location = self._items.get(sku, _NONE)
        return sum(
            max(0, by_location[location].atp(now)) for location in locations if location in by_location
        )

    def publishable(self, sku: str, locations: Sequence[str], threshold: int, now: datetime) -> int:
        """S13: what a channel may sell: max(0, sum of ATP of the locations that feed it - threshold)."""
        return max(0, self.network_atp(sku, locations, now) - threshold)

    def snapshot(self) -> tuple[StockItem, ...]:
        """Every stock item, by SKU and location."""
        return tuple(
            self._items[sku][location] for sku in sorted(self._items) for location in sorted(self._items[sku])
        )


__all__ = ["AvailabilityView"]
