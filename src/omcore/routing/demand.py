"""What is asked of routing: the open units of one order, and the stock that may be seen.

Decides what a strategy is told about an order: lines with their stock-kept components, the place,
and what binds it (ship complete, pickup, locations that rejected it). No person, no price. Must
not know orders, costs or how a plan is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from omcore.kernel import (
    MAX_QUANTITY,
    MAX_SCALE,
    Components,
    InvalidQuantity,
    InvalidType,
    Money,
    Place,
    checked_day,
    checked_id,
    checked_instant,
    checked_key,
    checked_limit,
    checked_quantity,
    checked_sku,
    checked_text,
    checked_unique,
    record,
)
from omcore.routing.problem import checked_components

MAX_LINES = 10_000
MAX_RANK = 10**9
NO_SIZE = (0, 0, 0)

_PARTS = frozenset([10**scale for scale in range(MAX_SCALE + 1)])


@record
class DemandLine:
    """Units of one order line to be routed.

    ``components`` is what one unit takes from stock, () for the SKU itself; a unit is atomic and
    ships whole from one location (S11, R3). ``requires`` names capabilities that its location
    must have; ``ships_alone`` gives each unit a parcel of its own. Goods that are sold by weight or length
    are counted in small units: ``per`` of them, a power of ten, weigh ``unit_weight_g`` and cost what a unit
    costs to ship. ``size_mm`` is length, width and height of a unit (0 = not known), ``hazard`` its class of
    dangerous goods. Lines with the same ``group`` (a gift, a set) ship together from one location or stay.
    """

    line_id: str
    sku: str
    quantity: int
    components: Components = ()
    unit_weight_g: int = 0
    requires: frozenset[str] = frozenset()
    ships_alone: bool = False
    per: int = 1
    size_mm: tuple[int, int, int] = NO_SIZE
    hazard: str = ""
    group: str = ""

    def __attrs_post_init__(self) -> None:
        # One of these is made per line of every plan: what is plainly right needs no call.
        checked_key(self.line_id, "line_id")
        checked_sku(self.sku)
        if type(self.quantity) is not int or not 1 <= self.quantity <= MAX_QUANTITY:
            checked_quantity(self.quantity, "quantity")
        if type(self.components) is not tuple or self.components:
            checked_components(self.components, "components")
        if type(self.unit_weight_g) is not int or self.unit_weight_g:
            checked_quantity(self.unit_weight_g, "unit_weight_g", low=0, high=10**9)
        if type(self.requires) is not frozenset or self.requires:
            _checked_names(self.requires, "requires")
        if type(self.ships_alone) is not bool:
            raise InvalidType("ships_alone", expected="bool")
        if type(self.per) is not int or self.per != 1:
            # There is no parcel for each gram.
            if type(self.per) is not int or self.per not in _PARTS or self.ships_alone:
                raise InvalidQuantity("per", min=1, max=1 if self.ships_alone else max(_PARTS))
        if self.size_mm is not NO_SIZE:
            _checked_size(self.size_mm)
        if type(self.hazard) is not str or self.hazard:
            checked_text(self.hazard, "hazard", high=20)
        if type(self.group) is not str or self.group:
            checked_key(self.group, "group")


@record
class Demand:
    """The open units of one order, to be routed as of ``at``.

    ``pickup_at`` locks the order to one location (R3); ``excluded`` are locations that rejected
    units of it (R3, S9); ``ship_complete`` allows a plan for every unit or for none. ``priority``
    ranks orders that are planned together, lower first; ``deliver_by`` is the day by which it was
    promised, on the customer's calendar; ``value`` is what the units are worth to who asks.
    """

    order_id: str
    lines: tuple[DemandLine, ...]
    destination: Place | None
    service: str = "standard"
    ship_complete: bool = False
    pickup_at: str | None = None
    excluded: frozenset[str] = frozenset()
    # Naive, so that leaving it out is refused: time has no default (C1).
    at: datetime = datetime.min  # noqa: DTZ901 - never used as a time
    priority: int = 0
    deliver_by: date | None = None
    value: Money | None = None

    def __attrs_post_init__(self) -> None:
        checked_key(self.order_id, "order_id")
        if type(self.lines) is not tuple:
            raise InvalidType("lines", expected="tuple of DemandLine")
        checked_limit(len(self.lines), MAX_LINES, "lines", "lines")
        ids = set()
        for i, line in enumerate(self.lines):
            if type(line) is not DemandLine:
                raise InvalidType(f"lines[{i}]", expected="DemandLine")
            ids.add(line.line_id)
        if len(ids) < len(self.lines):
            checked_unique((line.line_id for line in self.lines), "lines")
        if self.destination is not None and type(self.destination) is not Place:
            raise InvalidType("destination", expected="Place")
        checked_instant(self.at, "at")
        checked_id(self.service, "service")
        if type(self.ship_complete) is not bool:
            raise InvalidType("ship_complete", expected="bool")
        if self.pickup_at is not None:
            checked_id(self.pickup_at, "pickup_at")
        if type(self.excluded) is not frozenset or self.excluded:
            _checked_names(self.excluded, "excluded")
        if type(self.priority) is not int or self.priority:
            checked_quantity(self.priority, "priority", low=-MAX_RANK, high=MAX_RANK)
        if self.deliver_by is not None:
            checked_day(self.deliver_by, "deliver_by")
        if self.value is not None and type(self.value) is not Money:
            raise InvalidType("value", expected="Money")


class Availability(Protocol):
    """A view of stock, perhaps a little stale: a plan made on it is still refused by the stock.

    One that also has ``promisable_at(sku, locations, now)``, the tuple of ``promisable`` at each location, is
    asked once a SKU instead of once a SKU and location. One that has ``orders_today(location, now)``, the
    number of orders that a location was given on its local day, is asked where there is a ``daily_capacity``.
    One that knows units which no safety stock holds back, because they are the order's own (S8), has
    ``promisable_above(floor, sku, location, now)``: what it could promise if ``floor`` units were to stay.
    """

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        """Units of a SKU that a location could promise; zero or less where there are none."""
        ...


# (SKU, locations, now) to what can be promised at each, in their order.
Reader = Callable[[str, tuple[str, ...], datetime], tuple[int, ...]]


def reader(availability: object, floors: Mapping[str, int] | None = None) -> Reader:
    """How to ask it. Asked of the type: what answers to any name at all is no availability.

    ``floors``: by location, the units of every SKU that stay on its shelf.
    """
    if floors:
        return _above(availability, floors)
    known: Any = availability
    kind = type(known)
    manner = _MANNERS.get(kind)
    if manner is None:
        manner = _MANNERS[kind] = _manner(kind)
    if not manner:
        raise InvalidType("availability", expected="something with promisable(sku, location, now)")
    if manner == "promisable_at":
        whole: Reader = known.promisable_at
        return whole
    read = known.promisable

    def each(sku: str, locations: tuple[str, ...], now: datetime) -> tuple[int, ...]:
        return tuple([read(sku, location, now) for location in locations])

    return each


def _above(availability: object, floors: Mapping[str, int]) -> Reader:
    read = reader(availability)

    def left(sku: str, locations: tuple[str, ...], now: datetime) -> tuple[int, ...]:
        found = read(sku, locations, now)
        if type(found) is not tuple or len(found) != len(locations):
            raise InvalidType("availability", expected="promisable as exact ints")
        return tuple(
            [
                promisable_above(availability, floors[location], sku, location, now, units)
                if location in floors
                else units
                for location, units in zip(locations, found, strict=True)
            ]
        )

    return left


def promisable_above(
    availability: object, floor: int, sku: str, location: str, now: datetime, units: int | None = None
) -> int:
    """What an availability could promise if ``floor`` units were to stay; ``units``: what if none were."""
    known: Any = availability
    if callable(getattr(type(known), "promisable_above", None)):
        above: int = known.promisable_above(floor, sku, location, now)
    else:
        above = known.promisable(sku, location, now) if units is None else units
        if type(above) is int:
            above -= floor
    if type(above) is not int:
        raise InvalidType("availability", expected="promisable as exact ints")
    return above


def counter(availability: object) -> Callable[[str, datetime], int] | None:
    """How to ask how many orders a location was given today; None where it is not known."""
    known: Any = availability
    return known.orders_today if callable(getattr(type(known), "orders_today", None)) else None


# How each class of availability is asked: there are as many as a program has such classes.
_MANNERS: dict[type, str] = {}


def _manner(kind: type) -> str:
    """The name of the method to ask; empty where there is no ``promisable``.

    A subclass with an ``promisable`` of its own is asked by it, whatever its base has besides.
    """
    if not callable(getattr(kind, "promisable", None)):
        return ""
    owner = next(cls for cls in kind.__mro__ if "promisable" in vars(cls) or "promisable_at" in vars(cls))
    return "promisable_at" if callable(vars(owner).get("promisable_at")) else "promisable"


def _checked_size(value: object) -> None:
    if type(value) is not tuple or len(value) != 3:
        raise InvalidType("size_mm", expected="(length, width, height)")
    for side in value:
        checked_quantity(side, "size_mm", low=0, high=100_000_000)


def _checked_names(value: object, path: str) -> None:
    if type(value) is not frozenset or not all(type(name) is str for name in value):
        raise InvalidType(path, expected="frozenset of text")


__all__ = [
    "MAX_LINES",
    "NO_SIZE",
    "Availability",
    "Demand",
    "DemandLine",
    "Reader",
    "counter",
    "promisable_above",
    "reader",
]
