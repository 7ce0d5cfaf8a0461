"""Combining: strategies made of others.

Decides which of several strategies makes the plan of an order: the first that fills it, or one for some
orders and another for the rest. Must not know how any of them plans.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omcore.kernel import InvalidType, Network, changed, checked_id, checked_limit
from omcore.routing.demand import Availability, Demand
from omcore.routing.plan import RoutingPlan, RoutingStrategy

MAX_STRATEGIES = 100


class FirstThatFills:
    """The first strategy's plan that ships every unit; where none does, the one that ships most, the earlier
    of equals. The plan says whose it is (``decided_by``).
    """

    def __init__(self, *strategies: RoutingStrategy, name: str = "first_that_fills") -> None:
        self._name = checked_id(name, "name")
        checked_limit(len(strategies), MAX_STRATEGIES, "strategies", "strategies")
        if not strategies:
            raise InvalidType("strategies", expected="at least one strategy")
        self._strategies = [_checked(strategy, f"strategies[{i}]") for i, strategy in enumerate(strategies)]

    @property
    def name(self) -> str:
        """Stands in every plan."""
        return self._name

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        """See the class. Errors: those of the strategies."""
        best: RoutingPlan | None = None
        for strategy in self._strategies:
            plan = _of(strategy, self._name, demand, network, availability)
            if best is None or plan.unfilled < best.unfilled:
                best = plan
            if not best.unfilled:
                break
        if best is None:
            raise InvalidType("strategies", expected="at least one strategy")
        return best


class When:
    """One strategy for the orders that ``applies(demand)`` says, another for the rest."""

    def __init__(
        self,
        applies: Callable[[Demand], bool],
        strategy: RoutingStrategy,
        otherwise: RoutingStrategy,
        *,
        name: str = "when",
    ) -> None:
        self._name = checked_id(name, "name")
        if not callable(applies):
            raise InvalidType("applies", expected="a function")
        self._applies = applies
        self._strategy = _checked(strategy, "strategy")
        self._otherwise = _checked(otherwise, "otherwise")

    @property
    def name(self) -> str:
        """Stands in every plan."""
        return self._name

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        """See the class. Errors: those of the strategies."""
        if type(demand) is not Demand:
            raise InvalidType("demand", expected="Demand")
        chosen = self._strategy if self._applies(demand) else self._otherwise
        return _of(chosen, self._name, demand, network, availability)


def _of(
    strategy: RoutingStrategy, name: str, demand: Demand, network: Network, availability: Availability
) -> RoutingPlan:
    """Its plan under the name of who chose it."""
    plan = strategy.plan(demand, network, availability)
    if type(plan) is not RoutingPlan:
        raise InvalidType("strategy", expected="a RoutingStrategy that gives a RoutingPlan")
    within = f"{plan.strategy}/{plan.decided_by}" if plan.decided_by else plan.strategy
    return changed(plan, strategy=name, decided_by=within)


def _checked(strategy: Any, path: str) -> RoutingStrategy:
    if not callable(getattr(type(strategy), "plan", None)):
        raise InvalidType(path, expected="a RoutingStrategy")
    known: RoutingStrategy = strategy
    return known


__all__ = ["MAX_STRATEGIES", "FirstThatFills", "When"]
