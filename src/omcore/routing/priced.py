"""The strategy that spares scarce stock for the orders that need it more.

Decides what least means: the cost of an order, and what the units that it takes would be worth to orders
to come (``ScarcityPrices``). A unit is never kept from an order that no other location could fill: filling
comes before any price. Must not know how prices are learned.
"""

from __future__ import annotations

from omcore.kernel import InvalidType
from omcore.routing._premiums import Premiums
from omcore.routing.constraints import DEFAULT_RULES, Rule
from omcore.routing.limits import Splitting
from omcore.routing.rates import CostModel
from omcore.routing.scarcity import ScarcityPrices
from omcore.routing.solver import DEFAULT_EFFORT
from omcore.routing.strategies import CostStrategy


class Priced(CostStrategy):
    """The cheapest plan with the prices of scarce stock on top of what it costs.

    A plan's ``cost`` is what it costs, without prices. ``proven`` and ``lower_bound`` speak of the sum that
    was least, costs and prices, which is ``plan.explanation.cost``: the two differ by what the units are
    worth later. Without prices it plans as the cost model alone. Prices are a value: new ones make a new
    strategy (``with_prices``), and the same value gives the same plan (R4).

    Errors: ``InvalidType`` where prices are in another measure or scale than the costs.
    """

    def __init__(
        self,
        costs: CostModel,
        prices: ScarcityPrices,
        *,
        name: str = "priced",
        rules: tuple[Rule, ...] = DEFAULT_RULES,
        effort: int = DEFAULT_EFFORT,
        splitting: Splitting | None = None,
    ) -> None:
        super().__init__(name, costs, rules=rules, effort=effort, splitting=splitting)
        if type(prices) is not ScarcityPrices:
            raise InvalidType("prices", expected="ScarcityPrices")
        if (prices.measure, prices.scale) != (self._measure, self._scale):
            raise InvalidType("prices", expected="prices in the measure and scale of the costs")
        self._premiums: Premiums = Premiums(prices)

    @property
    def prices(self) -> ScarcityPrices:
        """What it plans with."""
        return self._premiums.prices

    def with_prices(self, prices: ScarcityPrices) -> Priced:
        """The same strategy with other prices; this one stays as it is."""
        return Priced(
            self._costs,
            prices,
            name=self._name,
            rules=self._rules,
            effort=self._effort,
            splitting=self._splitting,
        )


__all__ = ["Priced"]
