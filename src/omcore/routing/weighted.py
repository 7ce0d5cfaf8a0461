"""Weighing: strategies whose plan is the least sum of what it costs and of what it should spare.

Decides how points become cost: by a weight that the merchant chooses, in the measure of the cost model that
they are added to. The exact solver finds the least sum; a plan's ``cost`` stays what it costs, and the sum
stands in its explanation, as with prices of scarce stock. Must not know what the points mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add
from typing import Any

import attrs

from omcore.kernel import (
    CURRENCIES,
    InvalidNumber,
    InvalidType,
    checked_limit,
    checked_quantity,
    decimal_parts,
    round_ratio,
)
from omcore.routing._table import Table, meters_to
from omcore.routing.constraints import DEFAULT_RULES, Rule
from omcore.routing.demand import Availability, Demand
from omcore.routing.limits import Splitting
from omcore.routing.preferences import (
    EASY_STEPS,
    ONE,
    Asked,
    Cover,
    Load,
    Nothing,
    Points,
    Preference,
)
from omcore.routing.problem import MAX_COST, Ints, Move, Problem
from omcore.routing.rates import MICRO, CostModel, LocationCosts, Rates, checked_costs, rate
from omcore.routing.solver import DEFAULT_EFFORT
from omcore.routing.strategies import CostStrategy

_MAX_PARTS = 20


@attrs.frozen
class Extra:
    """What of the cost of moves is preference: by location, and by item and location."""

    fixed: Ints
    units: tuple[Ints, ...]

    def of(self, moves: Sequence[Move]) -> int:
        """What of the cost of these moves is preference."""
        found = sum([self.units[item][j] * units for item, j, units in moves]) if self.units else 0
        return found + sum([self.fixed[j] for j in {j for _, j, _ in moves}])


# What one of a part's measure costs, and how many millionths, or parts of its scale, are one.
_Part = tuple[Any, int, int]


class Weighing:
    """Cost models and preferences, ready to be added to a problem."""

    __slots__ = ("_live", "_static", "_tables")

    def __init__(self, parts: tuple[_Part, ...]) -> None:
        self._live = tuple([part for part in parts if hasattr(type(part[0]), "points")])
        self._static = tuple([part for part in parts if not hasattr(type(part[0]), "points")])
        self._tables: dict[Table, tuple[Ints, Ints]] = {}

    @property
    def live(self) -> bool:
        """Whether there are preferences, which look at the stock and the day anew for every order."""
        return bool(self._live)

    def added(
        self,
        table: Table,
        problem: Problem,
        groups: list[list[int]] | None,
        demand: Demand,
        availability: Availability,
    ) -> tuple[Problem, Extra]:
        """The problem with the preferences in its costs, and what they are."""
        count = len(table.ids)
        firsts = range(len(problem.labels)) if groups is None else [members[0] for members in groups]
        lines = [demand.lines[i] for i in firsts]
        items = tuple([line.components or ((line.sku, 1),) for line in lines])
        fixed, every = self._fixed(table, demand)
        units = [every] * len(items)
        asked = Asked(demand, table.network, tuple(table.locations), items, availability)
        for preference, weight, one in self._live:
            points = _checked_points(preference.points(asked), len(items), count)
            if points.fixed:
                fixed = tuple(map(add, fixed, [round_ratio(weight * n, one) for n in points.fixed]))
            if points.units:
                units = [
                    tuple(map(add, row, [round_ratio(weight * n, one) for n in more]))
                    for row, more in zip(units, points.units, strict=True)
                ]
        extra = Extra(fixed, tuple(units))
        own = problem.units if len(problem.units) > 1 else problem.units * len(items)
        rows = tuple([tuple(map(add, base, more)) for base, more in zip(own, units, strict=True)])
        if len(set(rows)) == 1:
            rows = rows[:1]
        priced = attrs.evolve(
            problem,
            fixed=tuple(map(add, problem.fixed, fixed)),
            units=rows or problem.units,
            scan=(),
            walk=(),
        )
        return priced, extra

    def _fixed(self, table: Table, demand: Demand) -> tuple[Ints, Ints]:
        """What does not change from order to order: by location, for using it and for each unit."""
        if not self._static:
            none = (0,) * len(table.ids)
            return none, none
        known = self._tables.get(table)
        if known is not None:
            return known
        ranked = sorted(table.network.locations, key=lambda location: (location.priority, location.id))
        ranks = {location.id: rank for rank, location in enumerate(ranked)}
        fixed, units = [], []
        for location in table.locations:
            meters = None if table.pickup else meters_to(location, demand.destination)
            each = [
                (_plain(checked_costs(model.costs(location, meters, ranks[location.id]))), weight, one)
                for model, weight, one in self._static
            ]
            fixed.append(sum([round_ratio(weight * costs.fixed, one) for costs, weight, one in each]))
            units.append(sum([round_ratio(weight * costs.per_unit, one) for costs, weight, one in each]))
        if len(self._tables) >= KEPT:
            self._tables = {}
        self._tables[table] = tuple(fixed), tuple(units)
        return self._tables[table]


# Tables whose costs of further models are kept; when it is full it starts anew.
KEPT = 1_024


def _plain(costs: LocationCosts) -> LocationCosts:
    if costs.per_kg or costs.brackets:
        raise InvalidType("parts", expected="costs by location and unit: only the first model prices weight")
    return costs


def _checked_points(value: object, items: int, count: int) -> Points:
    if type(value) is not Points:
        raise InvalidType("points", expected="Points")
    if type(value.units) is not tuple or len(value.units) not in (0, items):
        raise InvalidType("points", expected="Points by item and location")
    for row in (*value.units, value.fixed) if value.fixed != () else value.units:
        if type(row) is not tuple or len(row) != count:
            raise InvalidType("points", expected=f"{count} points")
        for number in row:
            if type(number) is not int or not 0 <= number <= 10**24:
                raise InvalidNumber("points", reason="not an exact int from 0 within its limits")
    return value


def _weight(weight: object, measure: str, scale: int, path: str) -> int:
    """What one costs, in 1/``scale`` of the measure: of a currency in major units."""
    if measure in CURRENCIES:
        found = round_ratio(rate(weight, measure, path) * scale, MICRO)
    else:
        digits, decimals = decimal_parts(weight, path)
        if digits < 0:
            raise InvalidNumber(path, reason="negative")
        found = round_ratio(digits * scale, 10**decimals)
    if found > MAX_COST // 10**6:
        raise InvalidNumber(path, reason="too large")
    return found


class Weighted(CostStrategy):
    """The least sum of what a plan costs and of what it should spare.

    ``parts`` are (preference or cost model, weight): what *one* of it counts for in the measure of ``costs``,
    as an exact decimal, in major units of a currency. ``(Load(), "4.00")`` says that a full location is as
    bad as one that is 4.00 dearer, ``(Ranking(), "0.05")`` that a rank is worth five cents. A plan's ``cost``
    is what ``costs`` says of it; ``proven`` and ``lower_bound`` speak of the sum, which is
    ``plan.explanation.cost``. Where ``costs`` is ``Nothing()`` the sum is the cost.
    """

    def __init__(
        self,
        costs: CostModel,
        *parts: tuple[Preference | CostModel, object],
        name: str = "weighted",
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        super().__init__(name, costs, rules=rules, effort=effort, splitting=splitting)
        checked_limit(len(parts), _MAX_PARTS, "parts", "parts")
        checked: list[_Part] = []
        for i, part in enumerate(parts):
            path = f"parts[{i}]"
            if type(part) is not tuple or len(part) != 2:
                raise InvalidType(path, expected="(preference or cost model, weight)")
            checked.append(
                (part[0], _weight(part[1], self._measure, self._scale, path), _one_of(part[0], path))
            )
        self._weighing = Weighing(tuple(checked)) if checked else None
        self._sums = type(costs) is Nothing


def _one_of(part: Any, path: str) -> int:
    """How many of its own are one: millionths of a preference, parts of a cost model's scale."""
    kind = type(part)
    if callable(getattr(kind, "points", None)):
        return ONE
    if not callable(getattr(kind, "costs", None)) or not hasattr(kind, "scale"):
        raise InvalidType(path, expected="(preference or cost model, weight)")
    return checked_quantity(part.scale, f"{path}.scale", high=10**18)


class LoadBalanced(Weighted):
    """The cheapest plan, where a busy location counts as dearer the more of its day is taken.

    ``full``: what is paid, by the order, to spare a location that is all but full, in major units; what a
    less busy one counts say the ``steps`` (see ``Load``). A location without ``daily_capacity`` is never
    busy.
    """

    def __init__(
        self,
        costs: CostModel | None = None,
        full: object = "5.00",
        *,
        steps: tuple[tuple[int, int], ...] = EASY_STEPS,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        money = Rates() if costs is None else costs
        more: dict[str, Any] = {"rules": rules, "effort": effort, "splitting": splitting}
        super().__init__(money, (Load(steps), full), name="load_balanced", **more)


class StockCover(Weighted):
    """The cheapest plan, where a unit counts as dearer the sooner its shelf runs out.

    ``last``: what is paid, by the unit, to spare a shelf that is empty within the day, in major units;
    ``daily``: what is sold there a day (see ``Cover``).
    """

    def __init__(
        self,
        costs: CostModel | None = None,
        last: object = "2.00",
        *,
        daily: Mapping[tuple[str, str], object] | None = None,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        money = Rates() if costs is None else costs
        more: dict[str, Any] = {"rules": rules, "effort": effort, "splitting": splitting}
        super().__init__(money, (Cover(daily), last), name="stock_cover", **more)


__all__ = ["LoadBalanced", "StockCover", "Weighted"]
