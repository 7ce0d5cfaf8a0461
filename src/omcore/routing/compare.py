"""Strategies side by side: the same orders over the same stock, which they use up.

Decides what is counted of each: orders that split, units that stay, kilometers, orders on time, and
what it all costs by one cost model that judges them all, whatever each of them minimizes. Every plan is
checked (R1, R3) and takes its units, so later orders find what earlier ones left. No clock: how long a
strategy takes is not said here. Must not know how any of them plans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from omcore.kernel import (
    InvalidType,
    Network,
    checked_day,
    checked_limit,
    checked_unique,
    record,
    time_zone,
)
from omcore.routing._json import JsonValue, decimal
from omcore.routing._text import amount
from omcore.routing.changes import checked_strategy
from omcore.routing.demand import Availability, Demand, counter, promisable_above, reader
from omcore.routing.plan import RoutingPlan, RoutingStrategy, check_plan
from omcore.routing.rates import CostModel
from omcore.routing.strategies import CostStrategy

FORMAT = "omcore/comparison/1"
MAX_STRATEGIES = 100
MAX_ORDERS = 1_000_000
# More than any plan takes, so that the judge never splits what it is to price.
_AMPLE = 10**30

# The day by which all of a plan has arrived, None where it is not known.
Lands = Callable[[RoutingPlan, Demand], date | None]


@record
class Figures:
    """What a strategy came to over all orders.

    ``cost`` is by the judge, in its measure, of all units but the ``unpriced``, which the judge would not
    ship from there. ``shipments`` are locations used, order by order; ``split`` are orders from more than
    one. ``meters`` sums the way of each of the ``measured`` units, for which both ends are known.
    ``on_time`` of the ``dated`` orders ship whole and arrive by the day that they were promised for.
    """

    strategy: str
    orders: int = 0
    cost: int = 0
    units: int = 0
    unfilled: int = 0
    complete: int = 0
    shipments: int = 0
    split: int = 0
    meters: int = 0
    measured: int = 0
    dated: int = 0
    on_time: int = 0
    unpriced: int = 0


@record
class Comparison:
    """One row a strategy, in the order in which they were named; costs in 1/``scale`` of a ``measure``."""

    measure: str
    scale: int
    rows: tuple[Figures, ...]

    def as_json(self) -> dict[str, JsonValue]:
        """The rows as plain values under stable names: docs/reference/plan-json.md."""
        _checked(self)
        rows: list[JsonValue] = []
        for row in self.rows:
            told: dict[str, JsonValue] = {}
            for name in _NAMES:
                told[name] = getattr(row, name)
                if name == "cost":
                    told["cost_decimal"] = decimal(row.cost, self.measure, self.scale)
            rows.append(told)
        return {"format": FORMAT, "measure": self.measure, "scale": self.scale, "rows": rows}

    def as_rows(self) -> tuple[tuple[str, ...], ...]:
        """A head and one row a strategy, all text, for ``csv.writer``: ints as they are, cost as a decimal
        where there is one."""
        _checked(self)
        rows = [(*_NAMES, "measure")]
        for row in self.rows:
            told = {name: str(getattr(row, name)) for name in _NAMES}
            told["cost"] = decimal(row.cost, self.measure, self.scale) or f"{row.cost}/{self.scale}"
            rows.append((*told.values(), self.measure))
        return tuple(rows)

    def explain(self) -> str:
        """The rows as an aligned table for a person."""
        _checked(self)
        table = [list(_COLUMNS), *[self._told(row) for row in self.rows]]
        widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
        lines = []
        for row in table:
            figures = [f"{text:>{width}}" for text, width in zip(row[1:], widths[1:], strict=True)]
            lines.append("  ".join([f"{row[0]:<{widths[0]}}", *figures]).rstrip())
        return "\n".join(lines) + "\n"

    def _told(self, row: Figures) -> list[str]:
        return [
            row.strategy,
            amount(row.cost, self.measure, self.scale) + (" *" if row.unpriced else ""),
            f"{row.units:,}",
            f"{row.unfilled:,}",
            f"{row.shipments:,}",
            _share(row.split, row.orders),
            f"{_rounded(row.meters, 1_000 * row.measured):,}" if row.measured else "-",
            _share(row.on_time, row.dated),
        ]


_NAMES = tuple(field.name for field in attrs.fields(Figures))
_COLUMNS = ("strategy", "cost", "units", "stay", "shipments", "split", "km each", "on time")


def compare(
    strategies: Sequence[RoutingStrategy],
    orders: Sequence[Demand],
    network: Network,
    availability: Availability,
    *,
    judge: CostModel,
    lands: Lands | None = None,
) -> Comparison:
    """Each strategy over all orders, one after the other, on stock that its own plans use up.

    ``judge`` prices what each of them ships: the cost model by which they are compared. ``lands`` says on
    which day all of a plan has arrived; without it nothing is on time. Locations count the orders that they
    are given, so that daily capacity holds.

    Errors: ``InputError`` where an argument is of another type; ``InvalidPlan`` where a plan does not fit
    its order (``check_plan``); ``DuplicateId`` for two strategies of one name.
    """
    _check_sequence(strategies, "strategies", "RoutingStrategy", MAX_STRATEGIES)
    _check_sequence(orders, "orders", "Demand", MAX_ORDERS)
    for i, strategy in enumerate(strategies):
        checked_strategy(strategy, f"strategies[{i}]")
    checked_unique([strategy.name for strategy in strategies], "strategies")
    for i, demand in enumerate(orders):
        if type(demand) is not Demand:
            raise InvalidType(f"orders[{i}]", expected="Demand")
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    reader(availability)
    if lands is not None and not callable(lands):
        raise InvalidType("lands", expected="a function")
    price = _Judge(judge, network)
    rows = [_figures(strategy, orders, network, availability, price, lands) for strategy in strategies]
    return Comparison(price.measure, price.scale, tuple(rows))


def _figures(
    strategy: RoutingStrategy,
    orders: Sequence[Demand],
    network: Network,
    availability: Availability,
    judge: _Judge,
    lands: Lands | None,
) -> Figures:
    counts = dict.fromkeys(_NAMES[1:], 0)
    counts["orders"] = len(orders)
    shelves = UsedUp(availability, network)
    for demand in orders:
        plan = strategy.plan(demand, network, shelves)
        check_plan(plan, demand, network, shelves)
        shelves.take(plan, demand)
        cost, unpriced = judge.price(plan, demand)
        meters, measured = _way(plan, demand, network)
        used = len(plan.locations)
        for name, count in (
            ("cost", cost),
            ("unpriced", unpriced),
            ("units", plan.units),
            ("unfilled", plan.unfilled),
            ("complete", not plan.unfilled),
            ("shipments", used),
            ("split", used > 1),
            ("meters", meters),
            ("measured", measured),
            ("dated", demand.deliver_by is not None),
            ("on_time", _is_on_time(plan, demand, lands)),
        ):
            counts[name] += count
    return Figures(strategy.name, **counts)


def _is_on_time(plan: RoutingPlan, demand: Demand, lands: Lands | None) -> bool:
    if lands is None or plan.unfilled:
        return False
    day = lands(plan, demand)
    return (
        day is not None and demand.deliver_by is not None and checked_day(day, "lands") <= demand.deliver_by
    )


def _way(plan: RoutingPlan, demand: Demand, network: Network) -> tuple[int, int]:
    """Meters that all units travel, and of how many units the way is known; a pickup travels none."""
    meters = measured = 0
    place = demand.destination
    for entry in plan.assignments:
        point = network.by_id[entry.location].point
        if demand.pickup_at is not None:
            measured += entry.quantity
        elif place is not None and place.point is not None and point is not None:
            measured += entry.quantity
            meters += entry.quantity * round(point.distance_km(place.point) * 1_000)
    return meters, measured


class UsedUp:
    """A stock as another one tells it, less what plans have taken; and what each location was given."""

    def __init__(self, availability: Availability, network: Network) -> None:
        self._beneath = availability
        self._read = reader(availability)
        self._network = network
        self._taken: dict[tuple[str, str], int] = {}
        self._given: dict[tuple[str, date], int] = {}

    def take(self, plan: RoutingPlan, demand: Demand) -> None:
        """The units of a plan are gone, kits in components, and each of its locations has one order more."""
        components = {line.line_id: line.components or ((line.sku, 1),) for line in demand.lines}
        for entry in plan.assignments:
            for sku, each in components[entry.line_id]:
                key = sku, entry.location
                self._taken[key] = self._taken.get(key, 0) + each * entry.quantity
        for location in plan.locations:
            day = location, self._day(location, demand.at)
            self._given[day] = self._given.get(day, 0) + 1

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        """See ``Availability``."""
        (units,) = self.promisable_at(sku, (location,), now)
        return units

    def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime, /) -> tuple[int, ...]:
        """See ``Availability``."""
        found = self._read(sku, locations, now)
        taken = self._taken
        if type(found) is not tuple or any(type(units) is not int for units in found):
            raise InvalidType("availability", expected="promisable as exact ints")
        return tuple(
            [units - taken.get((sku, name), 0) for units, name in zip(found, locations, strict=False)]
        )

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime, /) -> int:
        """See ``Availability``."""
        above = promisable_above(self._beneath, floor, sku, location, now)
        return above - self._taken.get((sku, location), 0)

    def orders_today(self, location: str, now: datetime, /) -> int:
        """See ``Availability``."""
        told = counter(self._beneath)
        before = 0 if told is None else told(location, now)
        if type(before) is not int:
            raise InvalidType("availability", expected="orders_today as an exact int")
        return before + self._given.get((location, self._day(location, now)), 0)

    def _day(self, location: str, now: datetime) -> date:
        return now.astimezone(time_zone(self._network[location].zone)).date()


class _Judge:
    """What a cost model asks for units that a location ships, whoever chose it."""

    def __init__(self, model: CostModel, network: Network) -> None:
        # The strategy that would ship them: with ample stock there and none elsewhere it has no choice.
        self._strategy = CostStrategy("judge", model, rules=())
        self._network = network
        self.measure, self.scale = model.measure, model.scale

    def price(self, plan: RoutingPlan, demand: Demand) -> tuple[int, int]:
        """Cost, and the units that the model has no price for from there."""
        cost = unpriced = 0
        by_location: dict[str, dict[str, int]] = {}
        for entry in plan.assignments:
            there = by_location.setdefault(entry.location, {})
            there[entry.line_id] = there.get(entry.line_id, 0) + entry.quantity
        for location, units in by_location.items():
            lines = tuple(
                [
                    attrs.evolve(line, quantity=units[line.line_id], group="")
                    for line in demand.lines
                    if line.line_id in units
                ]
            )
            part = attrs.evolve(demand, lines=lines, ship_complete=False)
            priced = self._strategy.plan(part, self._network, _Only(location))
            cost += priced.cost
            unpriced += priced.unfilled
        return cost, unpriced


class _Only:
    """Ample stock at one location, and none anywhere else."""

    def __init__(self, location: str) -> None:
        self._location = location

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        return _AMPLE if location == self._location else 0


def _check_sequence(value: Any, path: str, expected: str, limit: int) -> None:
    if type(value) not in (tuple, list):
        raise InvalidType(path, expected=f"sequence of {expected}")
    checked_limit(len(value), limit, path, path)


def _checked(value: object) -> None:
    if type(value) is not Comparison or type(value.rows) is not tuple:
        raise InvalidType("rows", expected="tuple of Figures")
    if type(value.measure) is not str or type(value.scale) is not int or value.scale < 1:
        raise InvalidType("scale", expected="int from 1")
    for row in value.rows:
        told: Mapping[str, object] = (
            {name: getattr(row, name) for name in _NAMES} if type(row) is Figures else {"strategy": None}
        )
        kinds = {name: type(entry) for name, entry in told.items()}
        if kinds.pop("strategy") is not str or set(kinds.values()) != {int}:
            raise InvalidType("rows", expected="Figures of ints")


def _share(part: int, whole: int) -> str:
    """A share to a tenth of a percent."""
    if not whole:
        return "-"
    tenths = _rounded(1_000 * part, whole)
    return f"{tenths // 10}.{tenths % 10} %"


def _rounded(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)


__all__ = ["FORMAT", "Comparison", "Figures", "Lands", "compare"]
