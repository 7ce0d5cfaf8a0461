"""Routing: demand, network and stock in; a plan that explains itself out.

``RoutingStrategy.plan(demand, network, availability) -> RoutingPlan``. Rules say who is a
candidate, a cost model prices, one exact solver chooses, the plan says why (R1-R4). Imports the
kernel and shipping, which says what carriage takes; knows no order, no store and no clock.
"""

from omcore.routing.carriers import CarrierRates, arrivals
from omcore.routing.changes import Altered, Change, Instead, Opened, Stocked, World, with_changes
from omcore.routing.combining import FirstThatFills, When
from omcore.routing.compare import Comparison, Figures, compare
from omcore.routing.constraints import (
    BACKORDER,
    BACKORDERED,
    CANCEL,
    CAPACITY,
    DEFAULT_RULES,
    NO_LOCATION,
    NO_RULE,
    NO_STOCK,
    PARK,
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
from omcore.routing.ordered import NEXT, OrderedRules, Step
from omcore.routing.plan import (
    Assignment,
    InvalidPlan,
    Parcel,
    Remainder,
    RoutingPlan,
    RoutingStrategy,
    check_plan,
)
from omcore.routing.plan_map import plan_map
from omcore.routing.preferences import EASY_STEPS, ONE, Asked, Cover, Load, Nothing, Points, Preference
from omcore.routing.priced import Priced
from omcore.routing.problem import Packing, Pool, Problem, Solution
from omcore.routing.rates import (
    MICRO,
    AsksDemand,
    CostModel,
    DemandCosts,
    Distance,
    LocationCosts,
    Ranking,
    Rates,
    Shipments,
)
from omcore.routing.reoptimization import BetterPlan, Reoptimization, Shift
from omcore.routing.scarcity import ScarcityPrice, ScarcityPrices
from omcore.routing.solver import DEFAULT_EFFORT, solve
from omcore.routing.strategies import ByPriority, CostStrategy, FewestShipments, LowestCost, Nearest
from omcore.routing.svg_map import Route, map_svg
from omcore.routing.wave import Wave, WavePlan
from omcore.routing.weighted import LoadBalanced, StockCover, Weighted
from omcore.routing.what_if import Moved, WhatIf, what_if

__all__ = [
    "BACKORDER",
    "BACKORDERED",
    "CANCEL",
    "CAPACITY",
    "DEFAULT_EFFORT",
    "DEFAULT_RULES",
    "EASY_STEPS",
    "MICRO",
    "NEXT",
    "NO_LOCATION",
    "NO_RULE",
    "NO_SIZE",
    "NO_STOCK",
    "ONE",
    "PARK",
    "RESERVATION_EXPIRED",
    "RESERVED_ELSEWHERE",
    "SAFETY_STOCK",
    "SHIP_COMPLETE",
    "SHIP_TOGETHER",
    "SPLIT_LIMIT",
    "Altered",
    "Asked",
    "AsksDemand",
    "Assignment",
    "Availability",
    "BetterPlan",
    "ByPriority",
    "CarrierRates",
    "Change",
    "CheapestInTime",
    "Comparison",
    "CostModel",
    "CostStrategy",
    "Counterfactual",
    "Cover",
    "Demand",
    "DemandCosts",
    "DemandLine",
    "Distance",
    "Explanation",
    "FewestShipments",
    "Figures",
    "FirstThatFills",
    "Forecast",
    "Hindsight",
    "Instead",
    "InvalidPlan",
    "LineRule",
    "Load",
    "LoadBalanced",
    "LocationCosts",
    "LowestCost",
    "Moved",
    "Nearest",
    "Nothing",
    "Opened",
    "OrderRule",
    "OrderedRules",
    "Packing",
    "Parcel",
    "PlaceRule",
    "Points",
    "Pool",
    "Preference",
    "Priced",
    "Problem",
    "Ranking",
    "Rates",
    "Remainder",
    "Reoptimization",
    "Route",
    "RoutingPlan",
    "RoutingStrategy",
    "Rule",
    "ScarcityPrice",
    "ScarcityPrices",
    "Shift",
    "Shipments",
    "Solution",
    "SolverMissing",
    "Splitting",
    "Step",
    "StockCover",
    "Stocked",
    "Verdict",
    "Wave",
    "WavePlan",
    "Weighted",
    "WhatIf",
    "When",
    "World",
    "arrivals",
    "check_plan",
    "compare",
    "hindsight",
    "learn_prices",
    "map_svg",
    "plan_map",
    "solve",
    "solve_prices",
    "what_if",
    "with_changes",
]
