"""With what a location would have shipped: the least there is, by trying everything smaller (R2).

The oracle puts units on the shelf and plans anew; it knows no problem and no search. What a price
would have to be it finds by listing every plan that uses the location.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import InputError, Network, Place, UnknownId
from omcore.routing import (
    ByPriority,
    CarrierRates,
    CheapestInTime,
    Counterfactual,
    Demand,
    DemandLine,
    FewestShipments,
    LowestCost,
    Nearest,
    Problem,
    Rates,
    RoutingPlan,
    RoutingStrategy,
    Splitting,
)
from omcore.routing._greedy import cost_of
from omcore.shipping import Limits, Service, Tariff
from routing_samples import NETWORK, NOON, RATES, Shelf, any_case, demand, lines, shelf

BY_WEIGHT = Rates.of(
    "USD", per_shipment="2", per_kg="0.90", zones=((None, ((500, "4.10"), (2000, "7.30"), (5000, "15.00"))),)
)
GROUND = Tariff.of("USD", zones=((None, ((1_000, "5.00"), (9_000, "9.50"))),))
AIR = Tariff.of("USD", zones=((None, ((1_000, "6.00"),)),))
CARRIERS = CarrierRates(
    (
        (Service("ground", ((800, 2), (None, 4))), GROUND),
        (Service("air", ((None, 1),), limits=Limits(1_000)), AIR),
    )
)
STRATEGIES: list[RoutingStrategy] = [
    LowestCost(RATES),
    LowestCost(BY_WEIGHT),
    Nearest(),
    ByPriority(),
    FewestShipments(),
    LowestCost(RATES, splitting=Splitting(at_most=1)),
    LowestCost(RATES, splitting=Splitting(at_most=2)),
    LowestCost(BY_WEIGHT, splitting=Splitting(at_most=2)),
    CheapestInTime(CARRIERS),
]
cases = st.integers(0, 2**60).map(random.Random)
strategies = st.sampled_from(STRATEGIES)


def grouped_case(rng: random.Random) -> tuple[Demand, Network, Shelf]:
    """Any case, now and then with lines that ship together."""
    request, network, stock = any_case(rng)
    if rng.random() < 0.4:
        wanted = tuple(
            attrs.evolve(line, group="gift" if rng.random() < 0.6 else "") for line in request.lines
        )
        request = attrs.evolve(request, lines=wanted)
    return request, network, stock


def skus_of(request: Demand) -> list[str]:
    """In the order of the lines; of a kit by name."""
    found: dict[str, None] = {}
    for line in request.lines:
        for sku, _ in sorted(line.components or ((line.sku, 1),)):
            found[sku] = None
    return list(found)


def with_more(stock: Shelf, location: str, more: dict[str, int]) -> Shelf:
    units = dict(stock.units)
    for sku, count in more.items():
        units[sku, location] = units.get((sku, location), 0) + count
    return Shelf(units)


def ships(plan: RoutingPlan, location: str, request: Demand) -> bool:
    return location in plan.locations and not (request.ship_complete and plan.remainder)


def summing(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        for rest in summing(total - first, parts - 1):
            yield (first, *rest)


@given(cases, strategies)
def test_the_stock_that_would_do_is_the_least_that_would(
    rng: random.Random, strategy: RoutingStrategy
) -> None:
    """Every smaller addition is tried, and every one as small that takes more of what comes first."""
    request, network, stock = grouped_case(rng)
    plan = strategy.plan(request, network, stock)
    skus = skus_of(request)
    for found in plan.explanation.counterfactuals(limit=3):
        assert found.location not in plan.locations or request.ship_complete
        ruled_out = {name for name, _ in plan.explanation.ruled_out}
        if found.location in ruled_out:
            assert found.rule
            assert (found.stock, found.whole, found.cut) == (None, None, None)
            continue
        if not found.proven:
            continue

        def does(more: dict[str, int], location: str = found.location) -> bool:
            return ships(strategy.plan(request, network, with_more(stock, location, more)), location, request)

        if found.stock is None:
            assert not does(dict.fromkeys(skus, 100))
            continue
        more = dict(found.stock)
        assert does(more)
        vector = tuple(more.get(sku, 0) for sku in skus)
        assert list(more) == [sku for sku in skus if more.get(sku)]
        tried = 0
        for total in range(sum(vector) - 1, sum(vector) + 1) if sum(vector) else ():
            for smaller in summing(total, len(skus)):
                if smaller == vector or tried > 150:
                    break
                # What is enough stays enough, so of the smaller sums the largest says it all.
                tried += 1
                assert not does(dict(zip(skus, smaller, strict=True))), (vector, smaller)


@given(cases, strategies)
def test_what_it_lacks_to_ship_it_all_is_just_that(rng: random.Random, strategy: RoutingStrategy) -> None:
    """With it a network of that location alone ships everything; with a unit less of any SKU it does not."""
    request, network, stock = grouped_case(rng)
    if not request.lines:
        return
    plan = strategy.plan(request, network, stock)
    for found in plan.explanation.counterfactuals(limit=2):
        alone = Network((network[found.location],))
        if found.whole is None:
            full = with_more(stock, found.location, dict.fromkeys(skus_of(request), 100))
            assert strategy.plan(request, alone, full).unfilled
            continue
        more = dict(found.whole)
        assert not strategy.plan(request, alone, with_more(stock, found.location, more)).unfilled
        for sku, units in more.items():
            less = {**more, sku: units - 1}
            assert strategy.plan(request, alone, with_more(stock, found.location, less)).unfilled


def cheapest_with(problem: Problem, j: int, unfilled: int) -> int | None:
    """Of all plans that use a location and leave no more: what the cheapest costs."""
    count = len(problem.locations)
    ways = []
    for item, need in enumerate(problem.quantities):
        caps = [problem.holds(item, k) for k in range(count)]
        ways.append([way for way in itertools.product(*[range(cap + 1) for cap in caps]) if sum(way) <= need])
    best: int | None = None
    for plan in itertools.product(*ways):
        if sum(problem.quantities) - sum(map(sum, plan)) > unfilled or not any(way[j] for way in plan):
            continue
        used = sum(any(way[k] for way in plan) for k in range(count))
        if problem.at_most and used > problem.at_most:
            continue
        if any(
            any(any(plan[item]) for item in group)
            and not any(
                all(plan[item][k] == problem.quantities[item] for item in group) for k in range(count)
            )
            for group in problem.groups
        ):
            continue
        taken = [tuple(way[k] for way in plan) for k in range(count)]
        if any(
            sum(each * taken[k][item] for item, each in pool.draws) > pool.stock[k]
            for pool in problem.pools
            for k in range(count)
            if any(taken[k])
        ):
            continue
        cost = sum(cost_of(problem, k, taken[k]) for k in range(count))
        best = cost if best is None or cost < best else best
    return best


@given(cases, strategies)
def test_the_cut_is_what_the_cheapest_plan_with_it_costs_more(
    rng: random.Random, strategy: RoutingStrategy
) -> None:
    for _ in range(8):
        request, network, stock = grouped_case(rng)
        request = attrs.evolve(
            request,
            lines=tuple(attrs.evolve(line, quantity=min(line.quantity, 2)) for line in request.lines[:2]),
            ship_complete=False,
        )
        network = Network(network.locations[:3])
        plan = strategy.plan(request, network, stock)
        problem = plan.explanation.problem
        for found in plan.explanation.counterfactuals(limit=3):
            if found.location not in problem.locations or not found.proven:
                continue
            best = cheapest_with(problem, problem.locations.index(found.location), plan.unfilled)
            assert found.cut == (None if best is None else best - plan.cost)


def test_a_gift_moves_whole_or_not_at_all() -> None:
    """The cheapest way for Reno to ship anything of it is to ship both: the cut is of both."""
    gift = tuple(attrs.evolve(line, group="gift") for line in lines(TEE=1, MUG=1))
    stock = shelf(newark={"TEE": 1, "MUG": 1}, reno={"TEE": 1, "MUG": 1})
    plan = Nearest().plan(demand(*gift), NETWORK, stock)
    assert plan.locations == ("newark",)
    (lost,) = [verdict for verdict in plan.explanation.verdicts() if verdict.location == "reno"]
    assert plan.explanation.counterfactual("reno").cut == lost.loss
    single = Nearest().plan(demand(*lines(TEE=1, MUG=1)), NETWORK, stock)
    assert single.explanation.counterfactual("reno").cut == lost.loss // 2


def test_no_price_makes_up_for_units_that_would_stay() -> None:
    """Newark ships two lines as the one location that may; Reno has only one of them, nearly for nothing."""
    strategy = LowestCost(RATES, splitting=Splitting(at_most=1))
    stock = shelf(newark={"TEE": 1, "MUG": 1}, reno={"TEE": 1})
    found = strategy.plan(demand(*lines(TEE=1, MUG=1)), NETWORK, stock).explanation.counterfactual("reno")
    assert (found.stock, found.cut) == (None, None)


def test_chicago_would_have_won_with_two_more() -> None:
    stock = shelf(newark={"TEE": 5, "MUG": 5}, loop={"MUG": 1})
    plan = LowestCost(RATES).plan(demand(*lines(TEE=2, MUG=1)), NETWORK, stock)
    assert plan.locations == ("newark",)
    found = plan.explanation.counterfactual("loop")
    # Chicago is farther from Boston than Newark: all of it there is dearer still.
    assert found.stock is None
    assert found.whole == (("TEE", 2),)
    near = demand(*lines(TEE=2, MUG=1), destination=Place("US", "IL", point=NETWORK["loop"].point))
    plan = LowestCost(RATES).plan(near, NETWORK, stock)
    assert plan.locations == ("newark",)
    found = plan.explanation.counterfactual("loop")
    assert found == Counterfactual("loop", (("TEE", 2),), (("TEE", 2),), found.cut)
    assert "would ship  loop  with 2 more TEE, or at " in plan.explain(counterfactuals=1)


def test_of_a_kit_the_components_are_named_that_it_lacks() -> None:
    """S11: two kits need two mugs and four tees; it has one mug and all tees but one."""
    kit = DemandLine("kit", "GIFT", 2, (("TEE", 2), ("MUG", 1)))
    stock = shelf(reno={"TEE": 4, "MUG": 2}, newark={"TEE": 3, "MUG": 1})
    plan = LowestCost(RATES).plan(demand(kit), NETWORK, stock)
    assert plan.locations == ("reno",)
    found = plan.explanation.counterfactual("newark")
    assert found.stock == found.whole == (("MUG", 1), ("TEE", 1))


def test_where_one_of_two_would_do_the_earlier_line_is_named() -> None:
    """Stated rule: among as few units, more of the SKU that stands first."""
    stock = shelf(newark={}, reno={"TEE": 1, "MUG": 1})
    for first, second in (("TEE", "MUG"), ("MUG", "TEE")):
        request = demand(DemandLine("1", first, 1), DemandLine("2", second, 1))
        found = Nearest().plan(request, NETWORK, stock).explanation.counterfactual("newark")
        assert found.stock == ((first, 1),)


def test_no_stock_helps_where_a_rule_stands_in_the_way() -> None:
    """R3: who rejected an order gets none of it, whatever arrives there."""
    request = demand(DemandLine("tank", "TANK", 1, requires=frozenset({"hazmat"})))
    plan = LowestCost(RATES).plan(request, NETWORK, shelf(dallas={"TANK": 1}, reno={"TANK": 9}))
    found = {entry.location: entry for entry in plan.explanation.counterfactuals()}
    assert found["reno"] == Counterfactual("reno", rule="requires")
    excluded = demand(*lines(TEE=1), excluded=frozenset({"newark"}))
    plan = LowestCost(RATES).plan(excluded, NETWORK, shelf(reno={"TEE": 1}, newark={"TEE": 9}))
    assert plan.explanation.counterfactual("newark") == Counterfactual("newark", rule="excluded")
    assert "would ship  newark  but for the rule: rejected this order before" in plan.explain(9)


def test_safety_stock_is_no_rule_but_stock_that_is_lacking() -> None:
    network = Network(
        tuple(attrs.evolve(e, safety_stock=3) if e.id == "newark" else e for e in NETWORK.locations)
    )
    plan = Nearest().plan(demand(*lines(TEE=2)), network, shelf(newark={"TEE": 2}, reno={"TEE": 2}))
    assert plan.locations == ("reno",)
    found = plan.explanation.counterfactual("newark")
    assert (found.stock, found.whole) == ((("TEE", 2),), (("TEE", 3),))


def test_an_order_that_ships_complete_needs_all_that_is_lacking_anywhere() -> None:
    """R3."""
    request = demand(*lines(TEE=2, MUG=1), ship_complete=True)
    plan = LowestCost(RATES).plan(request, NETWORK, shelf(reno={"TEE": 1}, dallas={"MUG": 1}))
    assert plan.assignments == ()
    found = {entry.location: entry for entry in plan.explanation.counterfactuals()}
    assert found["reno"] == Counterfactual("reno", (("TEE", 1),), (("TEE", 1), ("MUG", 1)))
    assert found["newark"].stock == (("TEE", 1),)
    assert found["dallas"].stock == (("TEE", 1),)


def test_who_ships_needs_nothing_and_who_is_unknown_is_an_error() -> None:
    plan = Nearest().plan(demand(*lines(TEE=1)), NETWORK, shelf(newark={"TEE": 1}))
    assert plan.explanation.counterfactual("newark") == Counterfactual("newark", (), (), 0)
    with pytest.raises(UnknownId):
        plan.explanation.counterfactual("mars")
    for odd in (None, -1, "x", True):
        with pytest.raises(InputError):
            plan.explanation.counterfactuals(odd)  # type: ignore[arg-type]
        with pytest.raises(InputError):
            plan.explanation.counterfactual("newark", effort=odd)  # type: ignore[arg-type]


def test_a_bounded_search_says_that_it_was_one() -> None:
    """Thousands of units, many SKUs: the answer would do, and nobody claims that it is the least."""
    names = {f"S{i}": 40 for i in range(9)}
    stock = shelf(newark={}, reno=names, dallas=dict.fromkeys(names, 20))
    request = demand(*lines(**names))
    plan = LowestCost(RATES).plan(request, NETWORK, stock)
    for effort in (1, 400, 2_000, 20_000):
        found = plan.explanation.counterfactual("newark", effort=effort)
        if found.stock is not None:
            again = LowestCost(RATES).plan(request, NETWORK, with_more(stock, "newark", dict(found.stock)))
            assert "newark" in again.locations
        assert found.whole == tuple(names.items())
        assert found.proven == (effort == 20_000)
    assert "not known: too much to look at" not in plan.explain(counterfactuals=3)


def test_a_large_order_is_not_looked_at_for_ever() -> None:
    wanted = tuple(DemandLine(f"l{i}", f"S{i}", 10) for i in range(2_000))
    request = Demand("1001", wanted, demand().destination, at=NOON)
    plan = Nearest().plan(request, NETWORK, Shelf({(f"S{i}", "reno"): 10 for i in range(2_000)}))
    found = plan.explanation.counterfactuals()
    assert [entry.proven for entry in found] == [False, False, False]
    assert "not known: too much to look at" in plan.explain(counterfactuals=1)
