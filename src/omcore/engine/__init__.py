"""Engine: what spans aggregates, written once as sans-IO generators.

``OrderManager`` and ``AsyncOrderManager`` drive them over an embedder's ports.
"""

from omcore.engine.batch import MAX_BATCH, execute_all
from omcore.engine.commands import ApplyReoptimization, BookLabel, DisplaceClaims, RouteOrder, VoidLabel
from omcore.engine.core import Outcome, execute
from omcore.engine.deadline_book import DeadlineBook
from omcore.engine.dispatcher import CONCERNS, Dispatched, dispatch
from omcore.engine.drivers import run, run_async
from omcore.engine.folding import EVOLVE, Evolve, fold
from omcore.engine.manager import AsyncOrderManager, OrderManager
from omcore.engine.reads import ViewLag
from omcore.engine.requests import Ports
from omcore.engine.routing_book import NeedsRouting, RoutingBook
from omcore.engine.sales import SalesChannel
from omcore.engine.setup import Setup
from omcore.engine.stock_effects import stock_effects

__all__ = [
    "CONCERNS",
    "EVOLVE",
    "MAX_BATCH",
    "ApplyReoptimization",
    "AsyncOrderManager",
    "BookLabel",
    "DeadlineBook",
    "Dispatched",
    "DisplaceClaims",
    "Evolve",
    "NeedsRouting",
    "OrderManager",
    "Outcome",
    "Ports",
    "RouteOrder",
    "RoutingBook",
    "SalesChannel",
    "Setup",
    "ViewLag",
    "VoidLabel",
    "dispatch",
    "execute",
    "execute_all",
    "fold",
    "run",
    "run_async",
    "stock_effects",
]
