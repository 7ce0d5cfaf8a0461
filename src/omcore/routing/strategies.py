"""The strategies that ship with omcore: cost models in front of one exact solver.

Decides what is least: kilometers (``Nearest``), ranks (``ByPriority``), shipments
(``FewestShipments``) or money (``LowestCost``). Every one of them fills as many units as can be
filled before it looks at its cost. Must not know orders, or what becomes of a plan.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, cast

from omcore.kernel import InvalidType, Location, Network, checked_id, checked_quantity, checked_text
from omcore.routing._intake import Groups, problem_of
from omcore.routing._keeping import Full, open_today
from omcore.routing._parceled import parcels_of
from omcore.routing._premiums import Premiums, premium_of
from omcore.routing._table import Table, table_for
from omcore.routing.constraints import (
    CAPACITY,
    DEFAULT_RULES,
    NO_LOCATION,
    NO_STOCK,
    SAFETY_STOCK,
    SHIP_COMPLETE,
    LineRule,
    OrderRule,
    Rule,
    checked_rules,
)
from omcore.routing.demand import Availability, Demand
from omcore.routing.explanation import Explanation, vouched
from omcore.routing.limits import KeptBack, Splitting, checked_splitting
from omcore.routing.plan import Assignment, Remainder, RoutingPlan
from omcore.routing.problem import Move, Problem
from omcore.routing.rates import (
    AsksDemand,
    CostModel,
    Distance,
    Ranking,
    Rates,
    Shipments,
    checked_demand_costs,
    checked_key_of,
)
from omcore.routing.solver import DEFAULT_EFFORT, MAX_EFFORT, solved

# Destinations whose tables a strategy keeps; when it is full it starts anew.
KEPT_TABLES = 4_096


class CostStrategy:
    """Plans by least cost of any cost model, after any rules.

    ``effort`` bounds the exact search in steps of a fraction of a microsecond: beyond it a
    plan is good, says ``proven`` False and gives a lower bound. ``splitting`` says over how many
    locations an order may be split. A strategy keeps what it worked out per destination; that
    changes no answer.
    """

    # What the units are worth to orders to come, where a strategy knows it.
    _premiums: Premiums | None = None
    # What a plan should spare besides its cost, and whether that is all that it costs.
    _weighing: Any = None
    _sums = False

    def __init__(
        self,
        name: str,
        costs: CostModel,
        *,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        self._name = checked_id(name, "name")
        if any(not hasattr(type(costs), name) for name in ("costs", "measure", "scale")):
            raise InvalidType("costs", expected="CostModel")
        self._costs = costs
        self._measure, self._scale = checked_text(costs.measure, "costs.measure", high=100), costs.scale
        checked_quantity(self._scale, "costs.scale", high=10**18)
        self._rules = checked_rules(rules)
        self._order_rules = [rule for rule in rules if type(rule) is OrderRule]
        self._line_rules = [rule for rule in rules if type(rule) is LineRule]
        self._effort = checked_quantity(effort, "effort", high=MAX_EFFORT)
        self._splitting = checked_splitting(splitting)
        asks = hasattr(type(costs), "for_demand")
        self._asks: AsksDemand | None = cast(AsksDemand, costs) if asks else None
        self._tables: dict[tuple[object, ...], Table] = {}

    @property
    def name(self) -> str:
        """Stands in every plan."""
        return self._name

    @property
    def effort(self) -> int:
        """How many steps its exact search may take."""
        return self._effort

    @property
    def weighing(self) -> Any:
        """What it spares besides the cost, or None."""
        return self._weighing

    @property
    def measure(self) -> str:
        """What its cost model measures in."""
        return self._measure

    @property
    def scale(self) -> int:
        """How many units of cost one unit of measure is."""
        return self._scale

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}>"

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        """The plan for a demand (R1-R4).

        Errors: ``InputError`` where an argument is of another type, or where the cost model or
        the availability answers with anything but exact ints; ``CurrencyMismatch`` where the order
        is worth something in another currency than the value above which it may be split.
        """
        table, problem, groups, rules, extra = self.weighed(demand, network, availability)
        told = table.told
        moves, cost, unfilled, proven, bound = solved(problem, self._effort)
        withheld = ""
        if unfilled and demand.ship_complete:
            moves, cost, bound, withheld = (), 0, 0, SHIP_COMPLETE
        explanation = Explanation(problem, moves, cost, table.ruled_out, self._measure, self._scale, withheld)
        vouched(explanation)
        ids = table.ids
        lines = demand.lines
        if groups is None and not unfilled and len(moves) == len(lines):
            # Each line whole from one place.
            assignments = tuple([Assignment(lines[item].line_id, ids[j], n) for item, j, n in sorted(moves)])
            remainder: tuple[Remainder, ...] = ()
        else:
            full = Full(table, demand, availability, rules)
            codes = [rule.code for rule in self._rules]
            if told is not None:
                codes += [rule.code for rule in told.place_rules]
                codes += [rule.code for rule in told.line_rules]
            assignments, remainder = _distributed(
                demand, table, problem, groups, moves, withheld, codes, full
            )
        spent = cost - premium_of(problem, moves) if problem.premiums else cost
        if extra is not None and not self._sums:
            spent -= extra.of(moves)
        return RoutingPlan(
            demand.order_id,
            assignments,
            remainder,
            spent,
            self._measure,
            self._scale,
            self._name,
            proven,
            bound,
            explanation,
            () if problem.packing is None else parcels_of(problem, moves, demand, groups, told),
        )

    def weighed(
        self, demand: Demand, network: Network, availability: Availability
    ) -> tuple[Table, Problem, Groups, Sequence[LineRule], Any]:
        """The problem that a plan solves, all that it is to spare included; the line rules, and what is
        spared.
        """
        if type(demand) is not Demand:
            raise InvalidType("demand", expected="Demand")
        table = self._table(demand, network)
        for rule in self._order_rules:
            if rule.applies(demand):
                table = self._ruled(table, demand)
                break
        if table.limited:
            table = open_today(table, demand, availability)
        at_most = 0 if self._splitting is None else self._splitting.limit_of(demand)
        told = table.told
        rules = self._line_rules if told is None else [*self._line_rules, *told.line_rules]
        problem, groups = problem_of(table, demand, availability, rules, self._premiums, at_most)
        if self._weighing is None:
            return table, problem, groups, rules, None
        problem, extra = self._weighing.added(table, problem, groups, demand, availability)
        return table, problem, groups, rules, extra

    def posed(
        self, demand: Demand, network: Network, availability: Availability
    ) -> tuple[Table, Problem, Groups]:
        """The problem that a plan for a demand solves, for those who look at many demands together."""
        table = self._table(demand, network)
        if any(rule.applies(demand) for rule in self._order_rules):
            table = self._ruled(table, demand)
        told = table.told
        rules = self._line_rules if told is None else [*self._line_rules, *told.line_rules]
        return table, *problem_of(table, demand, availability, rules)

    def _table(self, demand: Demand, network: Network) -> Table:
        place = demand.destination
        pickup = demand.pickup_at is not None
        key: tuple[object, ...]
        if place is None:
            key = (id(network), pickup)
        else:
            point = place.point
            where = None if point is None else (point.latitude, point.longitude)
            key = (id(network), pickup, place.country, place.region, place.postal_code, where)
        if self._asks is not None:
            key = (*key, checked_key_of(self._asks.demand_key(demand, network)))
        table = self._tables.get(key)
        # A table keeps its network alive, so an id that is found here is not another one's.
        if table is None:
            told = None
            if self._asks is not None:
                told = checked_demand_costs(self._asks.for_demand(demand, network))
            table = table_for(network, place, pickup, self._costs, self._rules, told)
            if len(self._tables) >= KEPT_TABLES:
                self._tables = {}
            self._tables[key] = table
        return table

    def _ruled(self, table: Table, demand: Demand) -> Table:
        applying = [rule for rule in self._order_rules if rule.applies(demand)]

        def broken(location: Location) -> str | None:
            for rule in applying:
                if not rule.allows(location, demand):
                    return rule.code
            return None

        return table.without(broken)


def _distributed(
    demand: Demand,
    table: Table,
    problem: Problem,
    groups: Groups,
    moves: tuple[Move, ...],
    withheld: str,
    rules: list[str],
    full: Full,
) -> tuple[tuple[Assignment, ...], tuple[Remainder, ...]]:
    """Moves of items as assignments of lines: the earlier lines of an item are served first."""
    lines = demand.lines
    members = [[item] for item in range(len(lines))] if groups is None else groups
    by_item: dict[int, deque[list[int]]] = {}
    for item, j, units in moves:
        by_item.setdefault(item, deque()).append([j, units])
    barred: dict[int, list[str]] = {}
    for item, _, code in problem.barred:
        # What stays as safety stock is stock that is not to be had.
        if code != SAFETY_STOCK:
            barred.setdefault(item, []).append(code)
    served: list[list[Assignment]] = [[] for _ in lines]
    rests: list[Remainder | None] = [None] * len(lines)
    kept = KeptBack(problem, moves)
    for item, indexes in enumerate(members):
        sources = by_item.get(item, deque())
        for i in indexes:
            line_id, left = lines[i].line_id, lines[i].quantity
            while left and sources:
                j, units = sources[0]
                taken = min(left, units)
                served[i].append(Assignment(line_id, table.ids[j], taken))
                left -= taken
                if taken == units:
                    sources.popleft()
                else:
                    sources[0][1] = units - taken
            if left:
                reason = full.verdict(lines[i])
                if reason != CAPACITY:
                    reason = withheld or kept.why(item) or reason or _why(table, barred.get(item, []), rules)
                rests[i] = Remainder(line_id, left, reason)
    return (
        tuple([assignment for entries in served for assignment in entries]),
        tuple([rest for rest in rests if rest is not None]),
    )


def _why(table: Table, barred: list[str], rules: list[str]) -> str:
    """Why units stay: no stock at a candidate, else the rule at which the last candidate fell."""
    if len(barred) < len(table.ids):
        return NO_STOCK
    codes = [*barred, *[code for _, code in table.ruled_out if code != CAPACITY]]
    order = {code: at for at, code in enumerate(rules)}
    return max(codes, key=order.__getitem__, default=NO_LOCATION)


class LowestCost(CostStrategy):
    """The cheapest plan by a merchant's rates; splits where splitting costs less."""

    def __init__(
        self,
        rates: Rates,
        *,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        if type(rates) is not Rates:
            raise InvalidType("rates", expected="Rates")
        super().__init__("lowest_cost", rates, rules=rules, effort=effort, splitting=splitting)


class Nearest(CostStrategy):
    """Every unit from the nearest location that holds it: the least unit-kilometers.

    A line is split where the nearest holds part of it.
    """

    def __init__(
        self,
        *,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        super().__init__("nearest", Distance(), rules=rules, effort=effort, splitting=splitting)


class ByPriority(CostStrategy):
    """Every unit from the first location, by priority and then id, that holds it."""

    def __init__(
        self,
        *,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        super().__init__("by_priority", Ranking(), rules=rules, effort=effort, splitting=splitting)


class FewestShipments(CostStrategy):
    """The fewest locations; among as few, those with the fewest kilometers to go in total."""

    def __init__(
        self,
        *,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        super().__init__("fewest_shipments", Shipments(), rules=rules, effort=effort, splitting=splitting)


__all__ = [
    "ByPriority",
    "CostStrategy",
    "FewestShipments",
    "LowestCost",
    "Nearest",
]
