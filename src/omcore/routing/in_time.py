"""The strategy of those who promise days: the cheapest plan that arrives in time.

Decides what becomes of units that nobody can deliver in time: they stay, or, where late is better than
never, they leave late. Must not know carriers.
"""

from __future__ import annotations

from omcore.kernel import InvalidType, Network, checked_flag
from omcore.routing.carriers import CarrierRates
from omcore.routing.constraints import DEFAULT_RULES, Rule
from omcore.routing.demand import Availability, Demand
from omcore.routing.limits import Splitting
from omcore.routing.plan import RoutingPlan
from omcore.routing.solver import DEFAULT_EFFORT
from omcore.routing.strategies import CostStrategy


class CheapestInTime(CostStrategy):
    """The cheapest plan by the carriers' services of which all arrives by the day that was promised.

    Units that no service delivers in time stay, with the reason ``too_late``. With ``late`` lateness is the
    last resort: where such a plan leaves units, the order is planned again, and from a location from which
    no service is in time the soonest takes them; that plan stands if it fills more units. A location from
    which a service is in time is never late.
    """

    def __init__(
        self,
        rates: CarrierRates,
        *,
        late: bool = False,
        name: str = "cheapest_in_time",
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        if type(rates) is not CarrierRates:
            raise InvalidType("rates", expected="CarrierRates")
        super().__init__(name, rates, rules=rules, effort=effort, splitting=splitting)
        self._late: CostStrategy | None = None
        if checked_flag(late, "late"):
            soonest = rates.soonest()
            self._late = CostStrategy(name, soonest, rules=rules, effort=effort, splitting=splitting)

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        """See ``CostStrategy.plan``."""
        plan = super().plan(demand, network, availability)
        if self._late is None or not plan.unfilled or demand.deliver_by is None:
            return plan
        late = self._late.plan(demand, network, availability)
        return late if late.units > plan.units else plan


__all__ = ["CheapestInTime"]
