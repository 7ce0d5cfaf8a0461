"""Whatever an order reserved of what it needs ships from where it was reserved (S8)."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore.engine.reserved import planned
from omcore.engine.setup import OwnClaims, Setup
from omcore.kernel import GeoPoint, Location, Network, Place
from omcore.routing import Demand, DemandLine, FewestShipments, LowestCost, Nearest, Rates, check_plan

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
PLACES = (("nyc", 40.7, -74.0), ("chi", 41.9, -87.6), ("lax", 34.1, -118.2))
NETWORK = Network(tuple(Location(name, point=GeoPoint(lat, lon)) for name, lat, lon in PLACES))
HOME = Place("US", "NY", "10001", GeoPoint(40.75, -73.99))
SKUS = ("TEE", "MUG")
keys = st.tuples(st.sampled_from([name for name, _, _ in PLACES]), st.sampled_from(SKUS))


def stocked(strategy: Any, amounts: dict[tuple[str, str], int], own: dict[tuple[str, str], int]) -> Setup:
    """A network with so many on the shelves, of which some are the order's own already."""
    setup = Setup(NETWORK, strategy)
    for location, sku in {*amounts, *own}:
        key = (location, sku)
        units = amounts.get(key, 0) + own.get(key, 0)
        operations: list[Any] = [inv.Receive(units)] if units else []
        if own.get(key):
            operations.append(inv.Reserve(own[key], 2_000_000_000))
        setup.view.put(inv.decide_operations(None, operations, T0, sku=sku, location=location)[1])
    return setup


@pytest.mark.parametrize(
    "strategy", [Nearest(), FewestShipments(), LowestCost(Rates())], ids=lambda s: s.name
)
@given(
    amounts=st.dictionaries(keys, st.integers(0, 4)),
    own=st.dictionaries(keys, st.integers(1, 3), min_size=1, max_size=3),
    wanted=st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 6)), min_size=1, max_size=3),
)
def test_s8_no_more_of_what_was_reserved_is_left_than_the_order_can_do_without(
    strategy: Any,
    amounts: dict[tuple[str, str], int],
    own: dict[tuple[str, str], int],
    wanted: list[tuple[str, int]],
) -> None:
    setup = stocked(strategy, amounts, own)
    lines = [DemandLine(f"l{i}", sku, units, ((sku, 1),)) for i, (sku, units) in enumerate(wanted)]
    demand = Demand("o1", tuple(lines), HOME, at=T0)
    plan = planned(demand, setup, own)
    check_plan(plan, demand, NETWORK, OwnClaims(setup.view, own))
    shipped: Counter[tuple[str, str]] = Counter()
    for entry in plan.assignments:
        shipped[entry.location, wanted[int(entry.line_id[1:])][0]] += entry.quantity
    for sku in SKUS:
        needed = sum(units for name, units in wanted if name == sku)
        mine = sum(units for (_, name), units in own.items() if name == sku)
        used = sum(min(shipped[key], units) for key, units in own.items() if key[1] == sku)
        assert used == min(needed, mine)
        everywhere = mine + sum(units for (_, name), units in amounts.items() if name == sku)
        assert sum(units for key, units in shipped.items() if key[1] == sku) == min(needed, everywhere)
    plan.explain()


@given(
    amounts=st.dictionaries(keys, st.integers(0, 6)),
    own=st.dictionaries(keys, st.integers(1, 3), min_size=1, max_size=3),
    kits=st.integers(1, 3),
    tees=st.integers(0, 3),
)
def test_r1_kits_and_singles_of_one_sku_never_take_more_than_is_free_and_ones_own(
    amounts: dict[tuple[str, str], int], own: dict[tuple[str, str], int], kits: int, tees: int
) -> None:
    setup = stocked(LowestCost(Rates()), amounts, own)
    lines = [DemandLine("kit", "SET", kits, (("TEE", 2), ("MUG", 1)))]
    lines += [DemandLine("tee", "TEE", tees, (("TEE", 1),))] if tees else []
    demand = Demand("o1", tuple(lines), HOME, at=T0)
    free = OwnClaims(setup.view, own)
    plan = planned(demand, setup, own)
    check_plan(plan, demand, NETWORK, free)
    assert plan.unfilled <= setup.routing.plan(demand, NETWORK, free).unfilled
