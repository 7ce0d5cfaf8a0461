"""Routing: demand, network and stock in; a plan that explains itself out.

``RoutingStrategy.plan(demand, network, availability) -> RoutingPlan``. Rules say who is a
candidate, a cost model prices, one exact solver chooses, the plan says why (R1-R4). Imports the
kernel and shipping, which says what carriage takes; knows no order, no store and no clock.
"""

from omcore.routing.carriers import CarrierRates, arrivals
from omcore.routing.constraints import (
    BACKORDERED,
    CAPACITY,
    DEFAULT_RULES,
    NO_LOCATION,
    NO_STOCK,
    RESERVATION_EXPIRED,
    RESERVED_ELSEWHERE,
    SAFETY_STOCK,
    SHIP_COMPLETE,
    SHIP_TOGETHER,
    SPLIT_LIMIT,
    LineRule,
    OrderRule,
    PlaceRule,
    Rule,
)
from omcore.routing.counterfactuals import Counterfactual
from omcore.routing.demand import NO_SIZE, Availability, Demand, DemandLine
from omcore.routing.explanation import Explanation, Verdict
from omcore.routing.foresight import Hindsight, SolverMissing, hindsight, solve_prices
from omcore.routing.in_time import CheapestInTime
from omcore.routing.learning import Forecast, learn_prices
from omcore.routing.limits import Splitting
from omcore.routing.plan import (
    Assignment,
    InvalidPlan,
    Parcel,
    Remainder,
    RoutingPlan,
    RoutingStrategy,
    check_plan,
)
from omcore.routing.priced import Priced
from omcore.routing.problem import Packing, Pool, Problem, Solution
from omcore.routing.rates import MICRO, AsksDemand, CostModel, DemandCosts, LocationCosts, Rates, Zone
from omcore.routing.scarcity import ScarcityPrice, ScarcityPrices
from omcore.routing.solver import DEFAULT_EFFORT, solve
from omcore.routing.strategies import ByPriority, CostStrategy, FewestShipments, LowestCost, Nearest
from omcore.routing.svg_map import Route, map_svg

__all__ = [
    "BACKORDERED",
    "CAPACITY",
    "DEFAULT_EFFORT",
    "DEFAULT_RULES",
    "MICRO",
    "NO_LOCATION",
    "NO_SIZE",
    "NO_STOCK",
    "RESERVATION_EXPIRED",
    "RESERVED_ELSEWHERE",
    "SAFETY_STOCK",
    "SHIP_COMPLETE",
    "SHIP_TOGETHER",
    "SPLIT_LIMIT",
    "AsksDemand",
    "Assignment",
    "Availability",
    "ByPriority",
    "CarrierRates",
    "CheapestInTime",
    "CostModel",
    "CostStrategy",
    "Counterfactual",
    "Demand",
    "DemandCosts",
    "DemandLine",
    "Explanation",
    "FewestShipments",
    "Forecast",
    "Hindsight",
    "InvalidPlan",
    "LineRule",
    "LocationCosts",
    "LowestCost",
    "Nearest",
    "OrderRule",
    "Packing",
    "Parcel",
    "PlaceRule",
    "Pool",
    "Priced",
    "Problem",
    "Rates",
    "Remainder",
    "Route",
    "RoutingPlan",
    "RoutingStrategy",
    "Rule",
    "ScarcityPrice",
    "ScarcityPrices",
    "Solution",
    "SolverMissing",
    "Splitting",
    "Verdict",
    "Zone",
    "arrivals",
    "check_plan",
    "hindsight",
    "learn_prices",
    "map_svg",
    "solve",
    "solve_prices",
]
