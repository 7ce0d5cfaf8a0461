"""Setup: what an embedder decides once.

Decides nothing; holds network, catalog, routing strategy, policies, rules, the chart, the sales
channels, and the availability view that routing reads. Must not know commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore.engine.day_book import DayBook, SeenToday
from omcore.engine.publication_book import PublicationBook
from omcore.engine.routing_book import RoutingBook
from omcore.engine.sales import SalesChannel, sellable
from omcore.engine.waiting_book import WaitingBook
from omcore.kernel import (
    EPOCH,
    Catalog,
    InvalidType,
    Network,
    UnknownId,
    checked_unique,
)
from omcore.lifecycle import ORDER, Chart
from omcore.orders import DEFAULT_RULES, OrderContext, Policies, ValidationRule
from omcore.promising import ServiceLevel
from omcore.promising.levels import checked_levels
from omcore.routing import Demand, RoutingPlan, RoutingStrategy
from omcore.routing.demand import promisable_above

_NOTHING: Mapping[tuple[str, str], int] = {}


class Setup:
    """The embedder's choices, and the view of stock that follows the feed."""

    def __init__(
        self,
        network: Network,
        routing: RoutingStrategy,
        catalog: Catalog | None = None,
        policies: Policies | None = None,
        rules: tuple[ValidationRule, ...] = DEFAULT_RULES,
        chart: Chart = ORDER,
        sales_channels: tuple[SalesChannel, ...] = (),
        services: tuple[ServiceLevel, ...] = (),
    ) -> None:
        if type(network) is not Network:
            raise InvalidType("network", expected="Network")
        if not callable(getattr(type(routing), "plan", None)):
            raise InvalidType("routing", expected="a RoutingStrategy")
        if not issubclass(type(chart), Chart):
            raise InvalidType("chart", expected="Chart")
        for name, value, cls in (("catalog", catalog, Catalog), ("policies", policies, Policies)):
            if value is not None and type(value) is not cls:
                raise InvalidType(name, expected=cls.__name__)
        _all("rules", rules, _is_rule, "ValidationRule")
        _all("sales_channels", sales_channels, lambda it: type(it) is SalesChannel, "SalesChannel")
        self.levels = {level.name: level for level in checked_levels(services, "services")}
        self.network = network
        self.routing = routing
        self.catalog = Catalog() if catalog is None else catalog
        self.policies = Policies() if policies is None else policies
        self.sales_channels = sales_channels
        checked_unique((channel.name for channel in sales_channels), "sales_channels")
        for channel in sales_channels:
            for location in channel.locations:
                _ = network[location]
        self.reads_stock = any(getattr(rule, "reads_stock", False) for rule in rules)
        self.view = inv.AvailabilityView()
        self.waiting = WaitingBook()
        limited = any(location.daily_capacity is not None for location in network.locations)
        self.days = DayBook(network) if limited else None
        self._kept = any(location.safety_stock for location in network.locations)
        self.unrouted = RoutingBook()
        self.now = EPOCH
        self.publications = PublicationBook(sales_channels, self.catalog, self.view)
        # Effects that were begun here and are not known to be done: the next attempt asks first.
        self.begun: set[str] = set()
        self.everywhere = self.view.pool(tuple(location.id for location in network.locations))
        self.context = OrderContext(self.catalog, self.policies, rules, chart, self.network_promisable)

    def network_promisable(self, sku: str) -> int:
        """What can be promised of a SKU over the whole network, as far as the view has followed the feed."""
        return self.everywhere.promisable(sku, self.now)

    def sellable(self, channel: str, sku: str, now: datetime) -> int:
        """How many of a SKU, or of a kit, a sales channel may sell, as far as the view has followed the feed.

        Errors: ``UnknownId`` for a channel that there is not.
        """
        found = self.publications.channels.get(channel) if type(channel) is str else None
        if found is None:
            raise UnknownId("channel", kind="channel", id=channel)
        return sellable(found, sku, self.publications.pools[channel], self.view, self.catalog, now)

    def follow(self, entries: Any) -> None:
        """Follow the feed: stock, who waits for it, and what each location was given today."""
        days = self.days
        for entry in entries:
            if not inv.is_stock_stream(entry.stream):
                self.waiting.see(entry)
                if days is not None:
                    days.see(entry)
        self.view.follow(entries)

    def routed(
        self, demand: Demand, seen: Any, own: Mapping[tuple[str, str], int] = _NOTHING, counter: str = ""
    ) -> RoutingPlan:
        """What the strategy plans of what an order sees of stock, and of how busy each location is today.

        ``own`` is what it reserved, ``counter`` the store where it is collected.
        """
        if self.days is not None or (counter and self._kept):
            there = frozenset(location for location, _ in own)
            seen = SeenToday(seen, self.days, f"order/{demand.order_id}", there, counter)
        return self.routing.plan(demand, self.network, seen)

    def seen_through(self, view: Any, waiting: Any, days: DayBook | None = None) -> Setup:
        """The same choices over other projections; what is decided leaves this one's as they are."""
        other = copy(self)
        other.view, other.waiting = view, waiting
        other.days = self.days if days is None else days
        other.everywhere = view.pool(tuple([location.id for location in self.network.locations]))
        other.context = attrs.evolve(self.context, available=other.network_promisable)
        return other

    def check_locations(self, locations: tuple[str, ...]) -> None:
        """``UnknownId`` for stock at a location that the network does not have.

        What lay in such a place could neither be promised nor counted nor written off.
        """
        for location in locations:
            if location not in self.network:
                raise UnknownId("location", kind="location", id=location)


def _is_rule(rule: Any) -> bool:
    try:
        return callable(getattr(rule, "check", None))
    except Exception:  # noqa: BLE001 - whatever was handed in is the caller's code and may raise anything
        return False


def _all(path: str, values: object, fits: Callable[[Any], bool], expected: str) -> None:
    if type(values) is not tuple or not all(fits(value) for value in values):
        raise InvalidType(path, expected=f"tuple of {expected}")


@attrs.frozen
class OwnClaims:
    """Availability for an order that holds a reservation (S5, S8).

    Its own claim never blocks it: what it reserved at a location is its own to ship even where
    nothing is left to promise, as far as the goods are still there. Of the SKUs in ``kept`` it
    sees its own claims and nothing else, so that they ship from where they were reserved. Where more is
    given in ``own`` for such a SKU than it holds, ``held`` is what it holds.
    """

    view: Any
    own: Mapping[tuple[str, str], int]
    kept: frozenset[str] = frozenset()
    held: Mapping[tuple[str, str], int] = {}

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What is free, which may be below nothing, and what the order's own reservation holds there."""
        return self.promisable_above(0, sku, location, now)

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        """As ``promisable``, where so many of what is free stay: nothing holds back what is its own."""
        claimed = self.own.get((location, sku), 0)
        if claimed:
            claimed = min(claimed, max(self.view.holds(sku, location, now), 0))
        if sku in self.kept:
            return claimed
        free = promisable_above(self.view, floor, sku, location, now)
        return claimed + free if free > 0 or not claimed else claimed


__all__ = ["OwnClaims", "Setup"]
