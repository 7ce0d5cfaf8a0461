"""AvailabilityView: what can be promised where, as far as the feed has been followed.

Decides how routing and storefronts read stock: O(1) per SKU, at a location or over a group of
them, never a sum over locations or history. It is a projection, perhaps a little stale; the stock
item is what refuses. Must not know stores: whoever owns it has it follow the feed, in its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from omcore.inventory.aggregate import EVOLVE, evolve_stock
from omcore.inventory.levels import IN_STOCK, StockLevel, level_of
from omcore.inventory.pools import StockPool
from omcore.inventory.stock import StockItem, passed_second
from omcore.inventory.streams import is_stock_stream
from omcore.inventory.totals import NEVER, Totals
from omcore.kernel import (
    EPOCH,
    Components,
    InvalidType,
    UnknownEvent,
    checked_id,
    checked_instant,
    checked_iterator,
    checked_quantity,
    epoch_second,
    from_epoch_second,
)

_NONE: Mapping[str, StockItem] = {}
_FIRST = (0, 0)


class AvailabilityView:
    """Stock items by SKU and location, folded from movements with the aggregate's own function.

    With the stream versions of what it is given, it follows a feed that overlaps with what it was
    told already: each movement counts once, whether it came by ``apply`` or within a ``put``.
    ``position`` is how far it has followed the feed, and ``followed_at`` the time of the last entry.
    """

    __slots__ = ("_items", "_marks", "_pools", "_pools_at", "_totals", "_watched", "followed_at", "position")

    def __init__(self, items: Iterable[StockItem] = ()) -> None:
        self.position = 0
        self.followed_at: datetime | None = None
        self._items: dict[str, dict[str, StockItem]] = {}
        # By (sku, location), the (version, index) of the last movement that counted.
        self._marks: dict[tuple[str, str], tuple[int, int]] = {}
        self._watched: set[tuple[str, str]] = set()
        self._pools: dict[frozenset[str], StockPool] = {}
        self._pools_at: dict[str, tuple[int, ...]] = {}  # by location, the pools that it is part of
        self._totals: dict[str, Totals] = {}
        if not issubclass(type(items), Iterable):
            raise InvalidType("items", expected="stock items")
        for item in items:
            self.put(item)

    @classmethod
    def from_feed(cls, entries: Iterable[Any]) -> AvailabilityView:
        """The view that has followed a feed from its beginning."""
        view = cls()
        view.follow(entries)
        return view

    def follow(self, entries: Iterable[Any]) -> None:
        """Follow the feed; of its entries, those of other streams are passed over.

        Entries that overlap with what the view knows count once. They do where the truth about a
        stock item was put into the view before the feed told it, and where two that take turns have
        it follow the same entries. Errors: ``InvalidType`` for what are no entries of a feed.
        """
        for entry in checked_iterator(entries, "entries", "entries of the feed"):
            try:
                stream, event, position, at = entry.stream, entry.event, entry.position, entry.at
                version, index = entry.version, entry.index
            except Exception:  # noqa: BLE001 - whatever was handed in may raise anything
                raise InvalidType("entries", expected="entries of the feed") from None
            if type(position) is not int:
                raise InvalidType("entries", expected="entries of the feed")
            if is_stock_stream(stream):
                self.apply(event, version, index)
            if position > self.position:
                self.position, self.followed_at = position, at

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
        self._keep(evolve_stock(self._items.get(sku, _NONE).get(location), event))

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
        self._keep(item)

    def _keep(self, item: StockItem) -> None:
        sku, location = item.sku, item.location
        items = self._items.get(sku)
        if items is None:
            items = self._items[sku] = {}
        items[location] = item
        if item.detail is not None and item.detail.reorder_point is not None:
            self._watched.add((sku, location))
        elif self._watched:
            self._watched.discard((sku, location))
        pools = self._pools_at.get(location)
        if pools is not None:
            totals = self._totals.get(sku)
            if totals is None:
                totals = self._totals[sku] = Totals(items, len(self._pools))
            totals.take(location, pools)

    # -- over several locations --------------------------------------------------------------

    def pool(self, locations: Sequence[str]) -> StockPool:
        """Some locations that are read as one from now on, in any order; the same for the same locations.

        Meant to be asked for once, by whoever is going to read often: what can be promised of a SKU
        over a pool is kept, and costs every movement at one of its locations a little.
        """
        if type(locations) is not tuple and type(locations) is not list:
            raise InvalidType("locations", expected="a tuple or list of location ids")
        names = dict.fromkeys(checked_id(location, "locations") for location in locations)
        known = self._pools.get(frozenset(names))
        if known is not None:
            return known
        index = len(self._pools)
        pool = self._pools[frozenset(names)] = StockPool(tuple(names), index, self._totals, self._items)
        for location in names:
            self._pools_at[location] = (*self._pools_at.get(location, ()), index)
        self._totals.clear()
        for sku, items in self._items.items():
            totals = Totals(items, len(self._pools))
            for location in items:
                if location in self._pools_at:
                    totals.take(location, self._pools_at[location])
                    self._totals[sku] = totals
        return pool

    def next_expiry(self, sku: str, now: datetime) -> datetime | None:
        """When what can be promised of a SKU in any pool next changes by itself, or a moment before that.

        None where nothing does: only claims and lots that expire change it without a movement (S6).
        """
        totals = self._totals.get(_text(sku, "sku"))
        now = checked_instant(now, "now")
        if totals is None:
            return None
        if now >= totals.until:
            totals.settle(now)
        if now >= totals.since:
            return None if totals.until == NEVER else totals.until
        last = passed_second(now)
        items = self._items[sku].values()
        ahead = [second for item in items for second, _ in item.timetable if second > last]
        return EPOCH + timedelta(seconds=min(ahead)) if ahead else None

    def low(self, now: datetime) -> tuple[StockLevel, ...]:
        """Every watched stock item that is low or out at a moment, by SKU and location.

        Watched is what has a reorder point. It says also what has changed by itself since the last
        movement, which ``StockLevelChanged`` on the feed cannot.
        """
        now = checked_instant(now, "now")
        found = []
        for sku, location in sorted(self._watched):
            level = level_of(self._items[sku][location], now)
            if level is not None and level.level != IN_STOCK:
                found.append(level)
        return tuple(found)

    # -- by location -------------------------------------------------------------------------

    def item(self, sku: str, location: str) -> StockItem | None:
        """The stock item as far as it is known; None where nothing ever happened to it."""
        return self._at(sku).get(_text(location, "location"))

    def holds(self, sku: str, location: str, now: datetime) -> int:
        """What is on hand and not expired, and backorder limit: all that can be claimed, by whomever (S1)."""
        item = self._at(sku).get(_text(location, "location"))
        return 0 if item is None else item.sellable(now) + item.backorder_limit

    def atp(self, sku: str, location: str, now: datetime) -> int:
        """Available to promise; 0 where nothing ever happened, maybe negative."""
        item = self._at(sku).get(_text(location, "location"))
        return 0 if item is None else item.atp(now)

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What may be claimed yet, backorders and all: what routing reads."""
        item = self._at(sku).get(_text(location, "location"))
        return 0 if item is None else item.promisable(now)

    def promisable_by(self, sku: str, location: str, by: datetime, now: datetime) -> int:
        """As ``promisable``, with what is expected until a moment and promised to nobody (S10)."""
        item = self._at(sku).get(_text(location, "location"))
        return 0 if item is None else item.promisable_by(epoch_second(checked_instant(by, "by")), now)

    def supply_dates(self, skus: frozenset[str], now: datetime) -> tuple[datetime, ...]:
        """The moments to come by which some of these SKUs are expected somewhere, ascending (S10)."""
        if type(skus) is not frozenset:
            raise InvalidType("skus", expected="frozenset of SKUs")
        last = passed_second(checked_instant(now, "now"))
        found: set[int] = set()
        for sku in skus:
            for item in self._at(sku).values():
                found.update([supply.second for supply in item.outlook.expected if supply.second > last])
        return tuple([from_epoch_second(second) for second in sorted(found)])

    def promisable_at(self, sku: str, locations: Sequence[str], now: datetime) -> tuple[int, ...]:
        """``promisable`` at each of some locations, in their order, in one call."""
        by_location = self._items.get(sku, _NONE) if type(sku) is str else self._at(sku)
        found = []
        for location in locations:
            item = by_location.get(location)
            if item is None:
                # Most SKUs lie at few of the locations: here is no call for each of the others.
                found.append(0 if type(location) is str else self.promisable(sku, location, now))
            elif item.held or item.detail is not None:
                found.append(item.promisable(now))
            else:
                # As ``item.promisable``, which knows of claims that expire and of what few items have.
                found.append(item.on_hand + item.backorder_limit - item.allocated - item.safety_stock)
        return tuple(found)

    def skus(self) -> tuple[str, ...]:
        """Of what anything ever happened, sorted."""
        return tuple(sorted(self._items))

    def locations(self, sku: str) -> tuple[str, ...]:
        """Where anything ever happened to a SKU, sorted."""
        return tuple(sorted(self._at(sku)))

    def kit_atp(self, components: Components, location: str, now: datetime, built: str | None = None) -> int:
        """S11: of a kit, the minimum over its components; never negative.

        ``components`` are the (SKU, how many in one kit) pairs of ``Catalog.components``, at least one.
        ``built`` is the SKU under which finished ones lie, where the kit is built ahead: these are added.
        """
        if type(components) is not tuple or not components:
            raise InvalidType("components", expected="a tuple of (sku, quantity)")
        kits = []
        for i, pair in enumerate(components):
            if type(pair) is not tuple or len(pair) != 2:
                raise InvalidType(f"components[{i}]", expected="(sku, quantity)")
            each = checked_quantity(pair[1], f"components[{i}].quantity")
            kits.append(self.atp(pair[0], location, now) // each)
        finished = 0 if built is None else self.atp(built, location, now)
        return max(0, min(kits)) + max(0, finished)

    def network_promisable(self, sku: str, locations: Sequence[str], now: datetime) -> int:
        """What can be allocated over some locations: one that owes stock takes none from the others.

        Adds up; who asks often asks a ``pool``.
        """
        promisable = [item.promisable(now) for item in self._each(sku, locations)]
        return sum(units for units in promisable if units > 0)

    def publishable(self, sku: str, locations: Sequence[str], threshold: int, now: datetime) -> int:
        """S13: what a channel may sell: max(0, sum of ATP of the locations that feed it - threshold).

        Backorders are promised by the merchant and published by nobody. What one location owes is
        counted against the others: its claims will be moved there. Adds up; who asks often asks a
        ``pool``.
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
