"""The desk at which commands are written: who chooses, what is known, and which names are free.

Decides keys and names - numbered, so that a run that is repeated names the same - and how units of an order
are picked. Must not know any command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypedDict

from omcore import inventory as inv
from omcore import orders as om
from omcore.kernel import Command, Money
from omcore.kernel.runs import count
from omcore.orders import units as un
from omcore.orders.parts import Items
from omcore.orders.state import HOLD_BLOCKS, OrderLine
from omcore.testing.simulation.chooser import Chooser
from omcore.testing.simulation.shop import Shop

ROUTING, SHIPPING, CAPTURE = HOLD_BLOCKS
Wanted = tuple[tuple[str, int], ...]


class Known(Protocol):
    """What is known of the shop as of the last commit; only read here."""

    @property
    def orders(self) -> Mapping[str, om.Order]:
        """By order id."""
        ...

    @property
    def stock(self) -> Mapping[tuple[str, str], inv.StockItem]:
        """By (location, SKU)."""
        ...

    @property
    def reservations(self) -> Mapping[str, inv.Reservation]:
        """By token."""
        ...

    @property
    def order_ids(self) -> Sequence[str]:
        """In order of placement."""
        ...


class Common(TypedDict):
    """What every command has."""

    key: str
    at: datetime
    by: str
    reason: str


class Desk:
    """What a maker works with. ``at`` is the caller's time, and ``finals`` where an order is over."""

    def __init__(self, chooser: Chooser, shop: Shop, seen: Known) -> None:
        self.chooser = chooser
        self.shop = shop
        self.seen = seen
        self.at = datetime(2026, 11, 27, 9, tzinfo=UTC)
        self.finals = shop.chart.finals
        self.places = tuple([location.id for location in shop.network.locations])
        self.keys = 0
        self.names = 0
        self.said: dict[str, om.OrderDraft] = {}  # by order id, what its channel said last
        self.tried: dict[str, int] = {}  # by order id, how often it was routed at the end
        self.transfers: list[tuple[str, str, str]] = []  # (transfer, SKU, destination) that may be under way
        self.tokens: list[str] = []  # of reservations that may still hold something

    def common(self) -> Common:
        """A key of its own, the caller's time, and who wants it and why."""
        self.keys += 1
        number = self.keys
        return {"key": f"c-{number}", "at": self.at, "by": f"clerk-{number % 5}", "reason": f"wish-{number}"}

    def name(self, kind: str) -> str:
        """A name that nothing has."""
        self.names += 1
        return f"{kind}-{self.names}"

    def over(self, order: om.Order) -> bool:
        """Whether nothing happens to an order any more but late facts."""
        return order.standing.status in self.finals

    def later(self, low_s: int, high_s: int) -> datetime:
        """A moment ahead, a whole number of seconds away."""
        return self.at + timedelta(seconds=self.chooser.between(low_s, high_s))

    def item(self, location: str, sku: str) -> inv.StockItem | None:
        """A stock item, None where nothing ever happened to it."""
        return self.seen.stock.get((location, sku))

    def free(self, location: str, sku: str) -> int:
        """How many may be claimed there now."""
        found = self.seen.stock.get((location, sku))
        return 0 if found is None else max(0, found.promisable(self.at))

    def there(self, order: om.Order, location: str, items: Items) -> bool:
        """Whether the goods of units that are to leave are at a location, and not too old to be sold."""
        needed: dict[str, int] = {}
        for line_id, runs in items:
            units = count(runs)
            for sku, each in order.terms.line(line_id).components:
                needed[sku] = needed.get(sku, 0) + each * units
        for sku, units in needed.items():
            found = self.seen.stock.get((location, sku))
            if found is None or found.sellable(self.at) < units:
                return False
        return True

    def free_of_line(self, location: str, line: OrderLine) -> int:
        """How many units of a line can be made of what is there."""
        return min([self.free(location, sku) // each for sku, each in line.components])


Maker = Callable[[Desk, om.Order], Command | None]
Table = tuple[tuple[int, Maker], ...]


def held(order: om.Order, what: str) -> bool:
    """Whether a hold blocks routing, shipping or capture."""
    return any(what in hold.blocks for hold in order.standing.holds)


def money(order: om.Order, minor: int) -> Money:
    """In the order's currency."""
    return Money(minor, order.terms.currency)


def in_state(order: om.Order, index: int, states: Sequence[str]) -> int:
    """How many units of a line are in one of the states."""
    return sum([last - first + 1 for first, last, state, _ in order.progress.units[index] if state in states])


def some_units(desk: Desk, order: om.Order, *states: str) -> Wanted:
    """Units of one line that has any in the states; now and then of a second line too."""
    lines = order.terms.lines
    start = desk.chooser.below(len(lines)) if len(lines) > 1 else 0
    wanted: list[tuple[str, int]] = []
    for step in range(len(lines)):
        index = (start + step) % len(lines)
        have = in_state(order, index, states)
        if have:
            wanted.append((lines[index].id, few(desk.chooser, have)))
            if len(wanted) == 2 or not desk.chooser.chance(300):
                break
    return tuple(wanted)


def few(chooser: Chooser, most: int) -> int:
    """Mostly all of them, for zeros too; else a part."""
    return most if most == 1 or not chooser.chance(350) else chooser.between(1, most)


def some_of(desk: Desk, items: Items) -> Wanted:
    """Some units of what work, a parcel or a return has, or () for all of it."""
    if not items or not desk.chooser.chance(300):
        return ()
    line_id, runs = desk.chooser.pick(items)
    return ((line_id, few(desk.chooser, count(runs))),)


def elsewhere(desk: Desk, order: om.Order, location: str) -> str | None:
    """Another location that may have units of an order."""
    excluded = order.progress.excluded
    others = [place for place in desk.places if place != location and place not in excluded]
    return desk.chooser.pick(others) if others else None


def elsewhere_of(desk: Desk, location: str) -> str | None:
    """Another location."""
    others = [place for place in desk.places if place != location]
    return desk.chooser.pick(others) if others else None


def any_place(desk: Desk) -> str:
    """A location."""
    return desk.chooser.pick(desk.places)


def has(order: om.Order, states: Sequence[str]) -> bool:
    """Whether any unit is in one of the states."""
    return any(run[2] in states for units in order.progress.units for run in units)


def held_in(order: om.Order, shipment_id: str) -> bool:
    """Whether a parcel has units that are still on their way."""
    runs = [run for units in order.progress.units for run in units]
    return any(run[2] == un.SHIPPED and run[3] == shipment_id for run in runs)


CANCELLABLE = (un.OPEN, un.ALLOCATED, un.CHANNEL)
EDITABLE = (un.OPEN, un.ALLOCATED)


def named(**more: Any) -> dict[str, Any]:
    """Fields that are given, without those that are not."""
    return {name: value for name, value in more.items() if value}


__all__ = [
    "CANCELLABLE",
    "CAPTURE",
    "EDITABLE",
    "ROUTING",
    "SHIPPING",
    "Common",
    "Desk",
    "Known",
    "Maker",
    "Table",
    "Wanted",
    "any_place",
    "elsewhere",
    "elsewhere_of",
    "few",
    "has",
    "held",
    "held_in",
    "in_state",
    "money",
    "named",
    "some_of",
    "some_units",
]
