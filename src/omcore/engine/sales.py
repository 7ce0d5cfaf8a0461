"""Who may sell what: sales channels, and how many of an item each may sell now (S13).

Decides what a channel's share is: what is available at the locations that feed it, less what it must
leave, and no more than it may be shown. Must not know how it is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from omcore import inventory as inv
from omcore.kernel import (
    Catalog,
    Components,
    InvalidType,
    checked_id,
    checked_quantity,
    checked_sku,
    checked_unique,
    record,
)


@record
class SalesChannel:
    """A channel that sells from stock: which locations feed it, and how much of it is told, and how often.

    ``threshold``: so many it must leave; ``cap``: more than so many it is never told of, None for all;
    ``skus``: what it sells, None for everything. ``every``: at least so much time lies between two
    publications of one SKU; ``per_run``: at most so many publications a run of the dispatcher. That
    nothing is left is told at once, whatever the two say.
    """

    name: str
    locations: tuple[str, ...]
    threshold: int = 0
    cap: int | None = None
    skus: frozenset[str] | None = None
    every: timedelta | None = None
    per_run: int | None = None

    def __attrs_post_init__(self) -> None:
        checked_id(self.name, "name")
        if type(self.locations) is not tuple:
            raise InvalidType("locations", expected="tuple of location ids")
        for i, location in enumerate(self.locations):
            checked_id(location, f"locations[{i}]")
        checked_unique(self.locations, "locations")
        checked_quantity(self.threshold, "threshold", low=0)
        if self.cap is not None:
            checked_quantity(self.cap, "cap", low=0)
        if self.skus is not None:
            if type(self.skus) is not frozenset:
                raise InvalidType("skus", expected="frozenset of SKUs, or None")
            for sku in self.skus:
                checked_sku(sku, "skus")
        if self.every is not None and (type(self.every) is not timedelta or self.every < timedelta(0)):
            raise InvalidType("every", expected="a timedelta that is not negative, or None")
        if self.per_run is not None:
            checked_quantity(self.per_run, "per_run")

    def sells(self, sku: str) -> bool:
        """Whether it is told of a SKU at all."""
        return self.skus is None or sku in self.skus

    def share(self, available: int) -> int:
        """How many it may sell of what is available to it (S13)."""
        left = max(0, available - self.threshold)
        return left if self.cap is None else min(left, self.cap)


def sellable(
    channel: SalesChannel,
    sku: str,
    pool: inv.StockPool,
    view: inv.AvailabilityView,
    catalog: Catalog,
    now: datetime,
) -> int:
    """How many of a SKU, or of a kit, a channel may sell; ``pool`` is that of its locations."""
    components = catalog.exploded.get(sku)
    if components is None:
        return channel.share(pool.atp(sku, now))
    finished = pool.atp(sku, now) if sku in catalog.built_ahead else 0
    return channel.share(max(0, finished) + _made_up(components, pool, view, now))


def _made_up(components: Components, pool: inv.StockPool, view: inv.AvailabilityView, now: datetime) -> int:
    """S11: kits that each location can make up by itself, as far as the components of all of them suffice.

    A location that owes a component takes none from the others when they make up kits; what they have
    of it is owed all the same, and will be sent there.
    """
    most = min(pool.atp(sku, now) // each for sku, each in components)
    if most <= 0:
        return 0
    return min(most, sum(view.kit_atp(components, location, now) for location in pool.locations))


__all__ = ["SalesChannel", "sellable"]
