"""Prices of scarce stock: what a unit that stays where it is will be worth to orders to come.

Decides the value that a planner is given, and how it is told: by SKU and location, in exact ints of a
cost model's scale, with what it was learned from. The least price of a SKU is taken off all of its
prices: a price says *where* a unit should come from and never that it should stay, so that scarcity does
not make it look cheap not to ship. Must not know how prices are learned, or plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

import attrs

from omcore.kernel import (
    DuplicateId,
    InvalidType,
    checked_id,
    checked_instant,
    checked_limit,
    checked_quantity,
    checked_sku,
    checked_text,
    record,
)
from omcore.routing.problem import Ints

MAX_PRICES = 1_000_000
MAX_PRICE = 10**24
MAX_ORDERS = 10**12

GIVEN = "given"
LEARNED = "learned"
SOLVED = "solved"


@record
class ScarcityPrice:
    """What a unit of a SKU at a location is worth more than where it is worth least.

    ``kept_for`` is the region that takes most of them there (``US-CO``), empty where nobody said.
    """

    sku: str
    location: str
    price: int
    kept_for: str = ""

    def __attrs_post_init__(self) -> None:
        checked_sku(self.sku)
        checked_id(self.location, "location")
        checked_quantity(self.price, "price", low=0, high=MAX_PRICE)
        checked_text(self.kept_for, "kept_for", high=200)


@attrs.frozen(slots=False)
class ScarcityPrices:
    """Prices in 1/``scale`` of a ``measure``, as of ``at``; what is not named costs nothing.

    ``orders`` is how many orders to come they were learned from, ``bound`` what these cost at least, and
    ``source`` how: ``given``, ``learned`` by ascent, ``solved`` as a linear program. ``start`` is what a
    next solve begins with: it spares time and is no part of the value.
    """

    measure: str
    scale: int
    prices: tuple[ScarcityPrice, ...] = ()
    at: datetime | None = None
    orders: int = 0
    bound: int = 0
    source: str = GIVEN
    start: tuple[object, ...] = attrs.field(default=(), repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        checked_text(self.measure, "measure", high=100)
        checked_quantity(self.scale, "scale", high=10**18)
        if type(self.prices) is not tuple:
            raise InvalidType("prices", expected="tuple of ScarcityPrice")
        checked_limit(len(self.prices), MAX_PRICES, "prices", "prices")
        seen: set[tuple[str, str]] = set()
        for i, price in enumerate(self.prices):
            if type(price) is not ScarcityPrice:
                raise InvalidType(f"prices[{i}]", expected="ScarcityPrice")
            if (price.sku, price.location) in seen:
                raise DuplicateId(f"prices[{i}]", id=price.sku)
            seen.add((price.sku, price.location))
        if self.at is not None:
            checked_instant(self.at, "at")
        checked_quantity(self.orders, "orders", low=0, high=MAX_ORDERS)
        if type(self.bound) is not int:
            raise InvalidType("bound", expected="int")
        if type(self.source) is not str or self.source not in (GIVEN, LEARNED, SOLVED):
            raise InvalidType("source", expected=f"{GIVEN}, {LEARNED} or {SOLVED}")
        if type(self.start) is not tuple:
            raise InvalidType("start", expected="tuple")

    @classmethod
    def of(cls, measure: str, scale: int, prices: dict[str, dict[str, int]]) -> ScarcityPrices:
        """From a price by SKU and location, of all locations that hold the SKU: the least is taken off.

        ``ScarcityPrices.of("USD", 1_000_000, {"TEE": {"newark": 250_000_000, "reno": 166_000_000}})``.
        Errors: ``InputError`` for what is no SKU, location or exact price from 0.
        """
        return cls(measure, scale, normalized(prices))

    @cached_property
    def by_sku(self) -> Mapping[str, Mapping[str, ScarcityPrice]]:
        """The prices above 0, by SKU and location."""
        found: dict[str, dict[str, ScarcityPrice]] = {}
        for price in self.prices:
            if price.price:
                found.setdefault(price.sku, {})[price.location] = price
        return found

    def price(self, sku: str, location: str) -> int:
        """What a unit there is worth more than where it is worth least; 0 where nothing is known."""
        if type(sku) is not str or type(location) is not str:
            return 0
        found = self.by_sku.get(sku, {}).get(location)
        return found.price if found is not None else 0

    def row(self, components: Iterable[tuple[str, int]], locations: tuple[str, ...]) -> Ints | None:
        """The price of a unit that takes these components, at each location; None where all are 0."""
        row: list[int] | None = None
        for sku, each in components:
            known = self.by_sku.get(sku)
            if known is None:
                continue
            if row is None:
                row = [0] * len(locations)
            for j, location in enumerate(locations):
                price = known.get(location)
                if price is not None:
                    row[j] += each * price.price
        return tuple(row) if row is not None and any(row) else None


def normalized(
    prices: dict[str, dict[str, int]], kept_for: Mapping[tuple[str, str], str] | None = None
) -> tuple[ScarcityPrice, ...]:
    """The prices above each SKU's least, by SKU and location in order."""
    if type(prices) is not dict:
        raise InvalidType("prices", expected="dict of SKU to prices by location")
    labels = kept_for or {}
    found: list[ScarcityPrice] = []
    for sku, by_location in prices.items():
        checked_sku(sku)
        if type(by_location) is not dict:
            raise InvalidType("prices", expected="dict of location to price")
        for location, price in by_location.items():
            checked_id(location, "location")
            checked_quantity(price, "price", low=0, high=MAX_PRICE)
        least = min(by_location.values(), default=0)
        for location, price in by_location.items():
            if price > least:
                label = labels.get((sku, location), "")
                found.append(ScarcityPrice(sku, location, price - least, label))
    return tuple(sorted(found, key=lambda entry: (entry.sku, entry.location)))


__all__ = [
    "GIVEN",
    "LEARNED",
    "MAX_ORDERS",
    "MAX_PRICE",
    "SOLVED",
    "ScarcityPrice",
    "ScarcityPrices",
    "normalized",
]
