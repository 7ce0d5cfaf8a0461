"""Ordered rules: routing as merchandisers write it down, one rule after the other.

Decides which rule makes the plan: the first that is for the order and fills all of it, each with its own
locations and its own way to choose among them; and what becomes of units that none of them fills. Every rule
is planned by the exact solver, so its plan is the best of what the rule allows, and explains itself. Must not
know orders, or what the engine does with a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omcore.kernel import (
    InvalidType,
    Location,
    Network,
    Place,
    changed,
    checked_flag,
    checked_id,
    checked_limit,
    checked_names,
    checked_quantity,
    checked_unique,
    record,
)
from omcore.kernel.places import LOCATION_KINDS
from omcore.routing._table import meters_to
from omcore.routing.constraints import (
    BACKORDER,
    CANCEL,
    CAPACITY,
    DEFAULT_RULES,
    NO_RULE,
    PARK,
    LineRule,
    OrderRule,
    PlaceRule,
    Rule,
)
from omcore.routing.demand import Availability, Demand
from omcore.routing.limits import Splitting, checked_splitting
from omcore.routing.plan import Remainder, RoutingPlan
from omcore.routing.preferences import Cover, Load, Nothing
from omcore.routing.rates import CostModel, Distance, Ranking, Rates, Shipments
from omcore.routing.solver import DEFAULT_EFFORT
from omcore.routing.strategies import CostStrategy
from omcore.routing.weighted import Weighted

NEXT = "next"
OTHERWISE = (NEXT, PARK, CANCEL, BACKORDER)

MAX_STEPS = 100

DISTANCE, PRIORITY, SHIPMENTS, COST, LOAD, COVER = (
    "distance",
    "priority",
    "shipments",
    "cost",
    "load",
    "cover",
)


def _everybody(location: Location, demand: Demand) -> bool:
    return True


def _every_order(demand: Demand) -> bool:
    return True


@record
class Step:
    """One rule: which locations may ship, how it chooses among them, and what follows where they do not do.

    Who may: ``kinds`` of location, ids in ``locations``, those that have all ``capabilities``, those whose
    own regions name one of ``regions``, those at most ``within_km`` from the destination, and those that
    ``allows(location, demand)`` says; empty, and None, mean anybody. The rule is for orders that
    ``applies(demand)`` says; for the others it is not there.

    ``by`` is what is least: ``distance``, ``priority``, ``shipments``, ``cost`` (the rates of the strategy),
    ``load`` (the least busy), ``cover`` (whose shelf lasts longest), or a cost model or a
    preference of one's own.

    ``otherwise`` is what follows where the rule cannot fill all: ``next`` passes the whole order on to the
    next rule, and at the last one the units stay for their own reason; ``park``, ``cancel`` and ``backorder``
    are final, and the reason of the units that stay. ``partly``: a rule that is the last word ships what it
    has; else all of the order stays. ``splitting`` limits the locations of one order, as elsewhere.
    """

    name: str
    kinds: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    within_km: int | None = None
    allows: Callable[[Location, Demand], bool] = _everybody
    applies: Callable[[Demand], bool] = _every_order
    by: Any = COST
    otherwise: str = NEXT
    partly: bool = True
    splitting: Splitting | None = None

    def __attrs_post_init__(self) -> None:
        checked_id(self.name, "name")
        for name in ("kinds", "locations", "capabilities", "regions"):
            checked_names(getattr(self, name), name)
        if not self.kinds <= set(LOCATION_KINDS):
            raise InvalidType("kinds", expected="some of " + ", ".join(LOCATION_KINDS))
        if self.within_km is not None:
            checked_quantity(self.within_km, "within_km", low=0, high=100_000)
        for name in ("allows", "applies"):
            if not callable(getattr(self, name)):
                raise InvalidType(name, expected="a function")
        if type(self.by) is str and self.by not in _BY:
            raise InvalidType("by", expected="one of " + ", ".join(_BY))
        if type(self.otherwise) is not str or self.otherwise not in OTHERWISE:
            raise InvalidType("otherwise", expected="one of " + ", ".join(OTHERWISE))
        checked_flag(self.partly, "partly")
        checked_splitting(self.splitting)


# Who has had fewer of its orders is always before who has had more.
_EVERY_PERCENT = tuple([(percent, percent) for percent in range(1, 101)])

# What a rule chooses by, from the rates of the strategy and its sales a day.
_BY: Mapping[str, Callable[[CostModel, Any], tuple[Any, ...]]] = {
    DISTANCE: lambda costs, daily: (Distance(),),
    PRIORITY: lambda costs, daily: (Ranking(),),
    SHIPMENTS: lambda costs, daily: (Shipments(),),
    COST: lambda costs, daily: (costs,),
    LOAD: lambda costs, daily: (Nothing(), (Load(_EVERY_PERCENT), 1)),
    COVER: lambda costs, daily: (Nothing(), (Cover(daily), 1)),
}

# What a person reads of a location that a rule leaves out is in ``constraints.REASONS``.
KIND, LISTED, ABLE, REGION, REACH, ALLOWED = (
    "rule_kind",
    "rule_location",
    "rule_capability",
    "rule_region",
    "rule_distance",
    "rule_allows",
)


def _rules(step: Step, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules of a strategy with what a step adds: place rules, then order rules, then line rules."""

    def near(location: Location, destination: Place | None, pickup: bool) -> bool:
        return pickup or meters_to(location, destination) <= (step.within_km or 0) * 1_000

    places: list[Rule] = []
    if step.kinds:
        places.append(PlaceRule(KIND, lambda location, _, __: location.kind in step.kinds))
    if step.locations:
        places.append(PlaceRule(LISTED, lambda location, _, __: location.id in step.locations))
    if step.capabilities:
        places.append(PlaceRule(ABLE, lambda location, _, __: step.capabilities <= location.capabilities))
    if step.regions:
        places.append(PlaceRule(REGION, lambda location, _, __: bool(step.regions & location.regions)))
    if step.within_km is not None:
        places.append(PlaceRule(REACH, near))
    asked: list[Rule] = []
    if step.allows is not _everybody:
        asked.append(OrderRule(ALLOWED, step.allows, _every_order))
    return (
        *[rule for rule in rules if type(rule) is PlaceRule],
        *places,
        *[rule for rule in rules if type(rule) is OrderRule],
        *asked,
        *[rule for rule in rules if type(rule) is LineRule],
    )


class OrderedRules:
    """Rules in order: the first that is for the order and fills all of it makes the plan.

    The plan says which (``decided_by``). Where none does, the last word is the last rule's, or that of the
    first on the way that says ``park``, ``cancel`` or ``backorder``. An order that no rule is for stays whole
    (``no_rule``). ``rules`` are those of every step, ``costs`` what ``by="cost"`` means, ``daily`` what is
    sold a day for ``by="cover"`` (see ``Cover``).
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        *,
        costs: CostModel | None = None,
        daily: Mapping[tuple[str, str], object] | None = None,
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        name: str = "ordered_rules",
    ) -> None:
        self._name = checked_id(name, "name")
        if type(steps) is not tuple or not steps:
            raise InvalidType("steps", expected="tuple of Step")
        checked_limit(len(steps), MAX_STEPS, "steps", "steps")
        for i, step in enumerate(steps):
            if type(step) is not Step:
                raise InvalidType(f"steps[{i}]", expected="Step")
        checked_unique((step.name for step in steps), "steps")
        money = Rates() if costs is None else costs
        more: dict[str, Any] = {"name": name, "effort": effort}
        self._steps: list[tuple[Step, CostStrategy]] = []
        for step in steps:
            made = _BY[step.by](money, daily) if type(step.by) is str else _chosen(step.by)
            strategy = Weighted(*made, rules=_rules(step, rules), splitting=step.splitting, **more)
            self._steps.append((step, strategy))
        nobody = PlaceRule(NO_RULE, lambda _, __, ___: False)
        self._nobody = Weighted(money, rules=(nobody,), **more)

    @property
    def name(self) -> str:
        """Stands in every plan."""
        return self._name

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        """The plan of the rule that decides. Errors: as ``CostStrategy.plan``."""
        return self.trace(demand, network, availability)[-1][1]

    def trace(
        self, demand: Demand, network: Network, availability: Availability
    ) -> tuple[tuple[str, RoutingPlan], ...]:
        """(name of a rule, what it would have shipped) of each rule that was asked; last who decided, and the
        plan. For an order that no rule is for: an empty name."""
        if type(demand) is not Demand:
            raise InvalidType("demand", expected="Demand")
        told: list[tuple[str, RoutingPlan]] = []
        asked = [(step, strategy) for step, strategy in self._steps if step.applies(demand)]
        for at, (step, strategy) in enumerate(asked):
            plan = changed(strategy.plan(demand, network, availability), decided_by=step.name)
            if plan.unfilled and (step.otherwise != NEXT or at == len(asked) - 1):
                plan = _settled(plan, step, demand)
                return (*told, (step.name, plan))
            told.append((step.name, plan))
            if not plan.unfilled:
                return tuple(told)
        plan = self._nobody.plan(demand, network, availability)
        return (("", plan),)


def _chosen(by: Any) -> tuple[Any, ...]:
    """What is least, where it is an embedder's own: a cost model, or a preference alone."""
    return (Nothing(), (by, 1)) if callable(getattr(type(by), "points", None)) else (by,)


def _settled(plan: RoutingPlan, step: Step, demand: Demand) -> RoutingPlan:
    """The plan of the rule that has the last word, with what becomes of the units that stay."""
    verdict = "" if step.otherwise == NEXT else step.otherwise
    if verdict == CANCEL and any(entry.reason == CAPACITY for entry in plan.remainder):
        # What a location could ship tomorrow is not cancelled because it is full today.
        verdict = CAPACITY
    if step.partly:
        if not verdict:
            return plan
        rest = tuple([Remainder(entry.line_id, entry.quantity, verdict) for entry in plan.remainder])
        return changed(plan, remainder=rest)
    reason = verdict or NO_RULE
    return changed(
        plan,
        assignments=(),
        remainder=tuple([Remainder(line.line_id, line.quantity, reason) for line in demand.lines]),
        cost=0,
        lower_bound=0,
        parcels=(),
        explanation=attrs.evolve(plan.explanation, moves=(), cost=0, withheld=reason),
    )


__all__ = ["MAX_STEPS", "NEXT", "OTHERWISE", "OrderedRules", "Step"]
