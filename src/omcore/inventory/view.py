"""AvailabilityView: what can be promised where, as far as the feed has been followed.

Decides how routing and storefronts read stock: O(1) per SKU and location, never a sum over
history. It is a projection, perhaps a little stale; the stock item is what refuses. Must not know
stores: whoever owns it applies movements to it, in the order of the feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.inventory.aggregate import EVOLVE, evolve_stock
from omcore.inventory.stock import StockItem
from omcore.kernel import Components, InvalidType, UnknownEvent, checked_quantity

_NONE: Mapping[str, StockItem] = {}
_FIRST = (0, 0)


class AvailabilityView:
    """Stock items by SKU and location, folded from movements with the aggregate's own function.

    With the stream versions of what it is given, it follows a feed that overlaps with what it was
    told already: each movement counts once, whether it came by ``apply`` or within a ``put``.
    """

    __slots__ = ("_items", "_marks")

    def __init__(self, items: Iterable[StockItem] = ()) -> None:
        self._items: dict[str, dict[str, StockItem]] = {}
        # By (sku, location), the (version, index) of the last movement that counted.
        self._marks: dict[tuple[str, str], tuple[int, int]] = {}
        if not issubclass(type(items), Iterable):
            raise InvalidType("items", expected="stock items")
        for item in items:
            self.put(item)

    def apply(self, event: Any, version: int = 0, index: int = 0) -> None:
        """Follow one movement; ``version`` and ``index`` are those of its feed entry.

        One that has counted is ignored; without a version every one counts. Errors:
        ``UnknownEvent`` for what is no movement of stock.
        """
        if type(event) not in EVOLVE:
            raise UnknownEvent("event", type=type(event).__name__, version=None)
        sku, location = event.sku, event.location
        if type(version) is not int or type(index) is not int:
            raise InvalidType("version", expected="the version and index of a feed entry")
        if version > 0:
            mark = (version, index)
            if mark <= self._marks.get((sku, location), _FIRST):
                return
            self._marks[sku, location] = mark
        item = evolve_stock(self._items.get(sku, _NONE).get(location), event)
        self._items.setdefault(sku, {})[location] = item

    def put(self, item: StockItem, version: int = 0) -> None:
        """Take a stock item as it truly stands, where the view is known to be stale.

        ``version`` is its stream's: movements up to it are in the item, and an item older than
        what the view has followed is ignored.
        """
        if type(item) is not StockItem or type(version) is not int:
            raise InvalidType("item", expected="a StockItem, and the version of its stream")
        if version > 0:
            mark = (version + 1, -1)  # after the last of this version, before the first of the next
            if mark < self._marks.get((item.sku, item.location), _FIRST):
                return
            self._marks[item.sku, item.location] = mark
        self._items.setdefault(item.sku, {})[item.location] = item

    def holds(self, sku: str, location: str) -> int:
        """On hand and backorder limit: all that can be claimed there, by whomever (S1)."""
        item = self._at(sku).get(_text(location, "location"))
        return 0 if item is None else item.on_hand + item.backorder_limit

    def atp(self, sku: str, location: str, now: datetime) -> int:
        """Available to promise; 0 where nothing ever happened, maybe negative."""
        item = self._at(sku).get(_text(location, "location"))
        return 0 if item is None else item.atp(now)

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What may be claimed yet, backorders and all: what routing reads."""
        item = self._at(sku).get(_text(location, "location"))
        return 0 if item is None else item.promisable(now)

    def promisable_at(self, sku: str, locations: Sequence[str], now: datetime) -> tuple[int, ...]:
        """``promisable`` at each of some locations, in their order, in one call."""
        by_location = self._items.get(sku, _NONE) if type(sku) is str else self._at(sku)
        found = []
        for location in locations:
            item = by_location.get(location)
            if item is None:
                # Most SKUs lie at few of the locations: here is no call for each of the others.
                found.append(0 if type(location) is str else self.promisable(sku, location, now))
            elif item.held:
                found.append(item.promisable(now))
            else:
                # As ``item.promisable``, which knows of claims that expire.
                found.append(item.on_hand + item.backorder_limit - item.allocated - item.safety_stock)
        return tuple(found)

    def locations(self, sku: str) -> tuple[str, ...]:
        """Where anything ever happened to a SKU, sorted."""
        return tuple(sorted(self._at(sku)))

    def kit_atp(self, components: Components, location: str, now: datetime) -> int:
        """S11: of a kit, the minimum over its components; never negative.

        ``components`` are the (SKU, how many in one kit) pairs of ``Catalog.components``, at least one.
        """
        if type(components) is not tuple or not components:
            raise InvalidType("components", expected="a tuple of (sku, quantity)")
        kits = []
        for i, pair in enumerate(components):
            if type(pair) is not tuple or len(pair) != 2:
                raise InvalidType(f"components[{i}]", expected="(sku, quantity)")
            each = checked_quantity(pair[1], f"components[{i}].quantity")
            kits.append(self.atp(pair[0], location, now) // each)
        return max(0, min(kits))

    def network_promisable(self, sku: str, locations: Sequence[str], now: datetime) -> int:
        """What can be allocated over some locations: one that owes stock takes none from the others."""
        promisable = [item.promisable(now) for item in self._each(sku, locations)]
        return sum(units for units in promisable if units > 0)

    def publishable(self, sku: str, locations: Sequence[str], threshold: int, now: datetime) -> int:
        """S13: what a channel may sell: max(0, sum of ATP of the locations that feed it - threshold).

        Backorders are promised by the merchant and published by nobody. What one location owes is
        counted against the others: its claims will be moved there.
        """
        checked_quantity(threshold, "threshold", low=0)
        return max(0, sum([item.atp(now) for item in self._each(sku, locations)]) - threshold)

    def snapshot(self) -> tuple[StockItem, ...]:
        """Every stock item, by SKU and location."""
        return tuple(
            self._items[sku][location] for sku in sorted(self._items) for location in sorted(self._items[sku])
        )

    def _at(self, sku: str) -> Mapping[str, StockItem]:
        return self._items.get(_text(sku, "sku"), _NONE)

    def _each(self, sku: str, locations: Sequence[str]) -> list[StockItem]:
        by_location = self._at(sku)
        if type(locations) is not tuple and type(locations) is not list:
            raise InvalidType("locations", expected="a tuple or list of location ids")
        found = (by_location.get(_text(location, "locations")) for location in locations)
        return [item for item in found if item is not None]


def _text(value: str, path: str) -> str:
    # Looked up, not checked: what the view has was checked when it came in.
    if type(value) is not str:
        raise InvalidType(path, expected="text")
    return value


__all__ = ["AvailabilityView"]
