"""What routing is asked: networks with coordinates, orders for them, stock on their shelves.

Decides nothing: the cases are those that the contract of routing strategies asks. Must not know any strategy.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from omcore.kernel import Network
from omcore.routing import Demand, DemandLine
from omcore.testing.routing import cases
from omcore.testing.routing.cases import ANY, RoutingCase, Sort
from omcore.testing.strategies.choosing import Choices


@st.composite
def routing_cases(draw: DrawFn, sort: Sort = ANY) -> RoutingCase:
    """An order, a network that it may be shipped from, and stock for it: what ``plan`` is asked."""
    return cases.draw_case(Choices(draw), sort)


@st.composite
def routing_networks(draw: DrawFn, sort: Sort = ANY) -> Network:
    """Few locations, as far from each other as on a continent, some without coordinates."""
    return cases.draw_network(Choices(draw), sort)


@st.composite
def demands(draw: DrawFn, network: Network | None = None, sort: Sort = ANY) -> Demand:
    """Orders to be routed: kits, groups, measured goods, pickups; of a network's locations, or of any."""
    chooser = Choices(draw)
    return cases.draw_demand(chooser, network or cases.draw_network(chooser, sort), sort)


@st.composite
def demand_lines(draw: DrawFn, sort: Sort = ANY) -> DemandLine:
    """Lines of a single item, of a kit, or of goods that are counted in small units."""
    chooser = Choices(draw)
    return cases.draw_line(chooser, chooser.below(10), sort)


@st.composite
def stock_tables(draw: DrawFn, network: Network, demand: Demand) -> dict[tuple[str, str], int]:
    """Units by (SKU, location) of what an order needs, here enough and there too little."""
    return cases.draw_stock(Choices(draw), network, demand)


__all__ = ["demand_lines", "demands", "routing_cases", "routing_networks", "stock_tables"]
