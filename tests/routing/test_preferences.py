"""What a plan spares besides its cost: busy locations, shelves that run out, and what an embedder adds."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import GeoPoint, InputError, Location, Network
from omcore.routing import (
    ONE,
    Asked,
    Cover,
    Demand,
    DemandLine,
    Load,
    LoadBalanced,
    LocationCosts,
    LowestCost,
    Nothing,
    Points,
    StockCover,
    Weighted,
    check_plan,
)
from omcore.routing.rates import Distance, Ranking, Shipments
from routing_samples import BOSTON, BOTH, NEWARK, RATES, Shelf, any_case, demand, lines

cases = st.integers(0, 2**60).map(random.Random)
CENT = 1_000_000


class Day(Shelf):
    def __init__(self, units: Mapping[tuple[str, str], int], given: Mapping[str, int]) -> None:
        super().__init__(units)
        self.given = dict(given)

    def orders_today(self, location: str, now: datetime) -> int:
        return self.given.get(location, 0)


# Two locations that cost the same but for a few kilometers.
NEAR = Location("near", point=NEWARK, daily_capacity=10)
NEXT_DOOR = Location("next-door", point=GeoPoint(40.73, -74.30), daily_capacity=10)
TWINS = Network((NEAR, NEXT_DOOR))
PLENTY = {("TEE", "near"): 99, ("TEE", "next-door"): 99}


# -- load ----------------------------------------------------------------------------------------


def test_a_busy_location_lets_the_next_one_ship() -> None:
    """Up to half of its day it is as good as any; then four cents of way are worth less than its rest."""
    balanced = LoadBalanced(RATES, "2.00")
    request = demand(*lines(TEE=1))
    chosen = {}
    for taken in range(10):
        stock = Day(PLENTY, {"near": taken, "next-door": 4})
        plan = balanced.plan(request, TWINS, stock)
        check_plan(plan, request, TWINS, stock)
        (chosen[taken],) = plan.locations
    assert chosen == {n: "near" if n < 5 else "next-door" for n in range(10)}


def test_what_a_plan_costs_is_what_is_paid_and_not_what_is_spared() -> None:
    stock = Day(PLENTY, {"near": 9, "next-door": 5})
    request = demand(*lines(TEE=1))
    plan = LoadBalanced(RATES, "2.00").plan(request, TWINS, stock)
    alone = LowestCost(RATES).plan(request, Network((NEXT_DOOR,)), stock)
    assert plan.locations == alone.locations == ("next-door",)
    assert plan.cost == alone.cost
    # Ten percent of two dollars is what half a day counts.
    assert plan.explanation.cost == plan.cost + 20 * CENT
    assert plan.lower_bound == plan.explanation.cost
    assert plan.proven


def test_a_location_without_a_capacity_is_never_busy_nor_is_any_where_nobody_counts() -> None:
    free = Network((attrs.evolve(NEAR, daily_capacity=None), NEXT_DOOR))
    request = demand(*lines(TEE=1))
    stock = Day(PLENTY, {"near": 900})
    assert LoadBalanced(RATES).plan(request, free, stock).locations == ("near",)
    assert LoadBalanced(RATES).plan(request, TWINS, Shelf(PLENTY)).locations == ("near",)


def test_a_heavier_weight_is_worth_a_longer_way() -> None:
    stock = Day(PLENTY, {"near": 9})
    request = demand(*lines(TEE=1))
    where = {w: LoadBalanced(RATES, w).plan(request, TWINS, stock).locations[0] for w in ("0", "0.01", "1")}
    assert where == {"0": "near", "0.01": "near", "1": "next-door"}


@pytest.mark.parametrize(
    "steps",
    [
        (),
        [(50, 10)],
        ((50,),),
        ((50, 10), (50, 20)),
        ((50, 10), (75, 5)),
        ((10, 50), (90, 60)),
        ((0, 5), (50, 60), (90, 61)),
        ((50, -1),),
        ((50, 1.5),),
        ((True, 1),),
    ],
)
def test_steps_ascend_and_grow_ever_steeper(steps: Any) -> None:
    with pytest.raises(InputError) as refused:
        Load(steps)
    assert refused.value.path.startswith("steps")


# -- cover ---------------------------------------------------------------------------------------


def points(preference: Any, stock: Shelf, network: Network, *wanted: DemandLine) -> Points:
    items = tuple(line.components or ((line.sku, 1),) for line in wanted)
    found: Points = preference.points(Asked(demand(*wanted), network, network.locations, items, stock))
    return found


def test_the_shelf_that_runs_out_first_is_spared() -> None:
    """Nine days of cover count a tenth, one day counts half; who sells none has it for ever."""
    daily = {("near", "TEE"): "2", ("next-door", "TEE"): "0.5"}
    stock = Shelf({("TEE", "near"): 2, ("TEE", "next-door"): 2})
    cover = Cover(daily)
    assert points(cover, stock, TWINS, *lines(TEE=1)).units == ((ONE // 2, ONE // 5),)
    assert points(Cover({}), stock, TWINS, *lines(TEE=1)).units == ((0, 0),)
    request = demand(*lines(TEE=1))
    assert StockCover(RATES, "1.00", daily=daily).plan(request, TWINS, stock).locations == ("next-door",)
    assert StockCover(RATES, "0.01", daily=daily).plan(request, TWINS, stock).locations == ("near",)


def test_without_sales_the_larger_share_of_the_stock_ships() -> None:
    stock = Shelf({("TEE", "near"): 1, ("TEE", "next-door"): 3})
    assert points(Cover(), stock, TWINS, *lines(TEE=1)).units == ((3 * ONE // 4, ONE // 4),)
    plan = StockCover(RATES, "1.00").plan(demand(*lines(TEE=1)), TWINS, stock)
    assert plan.locations == ("next-door",)
    assert points(Cover(), Shelf({("TEE", "near"): -3}), TWINS, *lines(TEE=1)).units == ((0, 0),)


def test_what_lies_where_nobody_may_ship_from_is_stock_of_the_network_too() -> None:
    """Two of four lie elsewhere, though the next door does not ship."""
    network = Network((NEAR, attrs.evolve(NEXT_DOOR, active=False)))
    stock = Shelf({("TEE", "near"): 2, ("TEE", "next-door"): 2})
    plan = StockCover(RATES, "1.00").plan(demand(*lines(TEE=1)), network, stock)
    assert plan.explanation.cost == plan.cost + 50 * CENT


def test_of_a_kit_every_component_counts() -> None:
    kit = DemandLine("kit", "SET", 1, (("TEE", 2), ("MUG", 1)))
    stock = Shelf({("TEE", "near"): 1, ("TEE", "next-door"): 3, ("MUG", "near"): 1})
    assert points(Cover(), stock, TWINS, kit).units == ((2 * 3 * ONE // 4, 2 * ONE // 4 + ONE),)


@pytest.mark.parametrize(
    "daily",
    [[], {"near": 1}, {("near",): 1}, {("near", "TEE"): 1.5}, {("near", "TEE"): -1}, {("", "TEE"): 1}],
)
def test_sales_a_day_are_exact_and_by_location_and_item(daily: Any) -> None:
    with pytest.raises(InputError):
        Cover(daily)


# -- against every plan there is -----------------------------------------------------------------


def meters(request: Demand, location: Location) -> int:
    assert request.destination is not None
    assert request.destination.point is not None
    assert location.point is not None
    return round(location.point.distance_km(request.destination.point) * 1000)


def plans(request: Demand, network: Network, stock: Shelf) -> Iterator[dict[tuple[int, str], int]]:
    """Every way to ship some of two lines of different items: units by line and location."""
    ways = []
    for line in request.lines:
        held = [range(max(0, min(line.quantity, stock.units.get((line.sku, e.id), 0))) + 1) for e in network]
        ways.append([parts for parts in product(*held) if sum(parts) <= line.quantity])
    for choice in product(*ways):
        yield {
            (i, entry.id): units
            for i, parts in enumerate(choice)
            for entry, units in zip(network, parts, strict=True)
            if units
        }


def small(dice: random.Random) -> tuple[Demand, Network, Day]:
    network = Network(
        tuple(
            Location(
                f"l{i}",
                point=GeoPoint(dice.randint(35, 45), dice.randint(-90, -72)),
                priority=dice.randint(0, 1),
                daily_capacity=dice.choice([None, 4, 10]),
            )
            for i in range(3)
        )
    )
    wanted = (DemandLine("a", "A", dice.randint(1, 3)), DemandLine("b", "B", dice.randint(1, 2)))
    stock = {(sku, entry.id): dice.randint(0, 3) for sku in "AB" for entry in network}
    busy = {entry.id: dice.randint(0, 3) for entry in network}
    return demand(*wanted, destination=BOSTON), network, Day(stock, busy)


def half_away(amount: Fraction) -> int:
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


STEPS = ((25, 10), (50, 30), (75, 100))


def busy_points(location: Location, stock: Day) -> Fraction:
    capacity, given = location.daily_capacity, stock.given[location.id]
    if capacity is None:
        return Fraction(0)
    share = Fraction(given, capacity)
    return max(
        [Fraction(points, 100) for at, points in STEPS if share >= Fraction(at, 100)], default=Fraction(0)
    )


def money(request: Demand, network: Network, moves: Mapping[tuple[int, str], int]) -> int:
    used = {name for _, name in moves}
    cost = 900 * CENT * len(used)
    for (_, name), units in moves.items():
        cost += units * (50 * CENT + 100 * meters(request, network[name]))
    return cost


@given(cases)
def test_no_other_plan_has_a_lower_sum_of_money_load_cover_and_rank(dice: random.Random) -> None:
    """Brute force: every plan is priced by hand; filling comes first."""
    request, network, stock = small(dice)
    daily = {(entry.id, sku): dice.randint(0, 4) for sku in "AB" for entry in network}
    weights = [dice.choice(["0", "0.25", "3.00", "40"]) for _ in range(3)]
    cents = [int(Fraction(weight) * 100) for weight in weights]
    strategy = Weighted(
        RATES, (Load(STEPS), weights[0]), (Cover(daily), weights[1]), (Ranking(), weights[2]), name="mine"
    )
    plan = strategy.plan(request, network, stock)
    check_plan(plan, request, network, stock)
    ranked = sorted(network, key=lambda entry: (entry.priority, entry.id))

    def spared(moves: Mapping[tuple[int, str], int]) -> int:
        found = 0
        for name in {name for _, name in moves}:
            found += half_away(cents[0] * CENT * busy_points(network[name], stock))
        for (i, name), units in moves.items():
            sku = request.lines[i].sku
            sold = daily[name, sku]
            scarce = Fraction(sold, sold + stock.units[sku, name]) if sold else Fraction(0)
            scarce = Fraction(half_away(scarce * ONE), ONE)
            found += units * half_away(cents[1] * CENT * scarce)
            found += units * cents[2] * CENT * ranked.index(network[name])
        return found

    best = min(
        (-sum(moves.values()), money(request, network, moves) + spared(moves))
        for moves in plans(request, network, stock)
    )
    moves = {
        (next(i for i, line in enumerate(request.lines) if line.line_id == a.line_id), a.location): a.quantity
        for a in plan.assignments
    }
    assert plan.proven
    assert (-plan.units, plan.explanation.cost) == best
    assert plan.cost == money(request, network, moves)
    assert plan.explanation.cost == plan.cost + spared(moves)
    assert plan.measure == "USD"


@given(cases)
def test_by_preferences_alone_their_sum_is_the_cost(dice: random.Random) -> None:
    request, network, stock = small(dice)
    plan = Weighted(Nothing(), (Load(STEPS), 1)).plan(request, network, stock)
    best = min(
        (-sum(moves.values()), sum(busy_points(network[name], stock) for name in {n for _, n in moves}))
        for moves in plans(request, network, stock)
    )
    assert (-plan.units, Fraction(plan.cost, plan.scale)) == best
    assert plan.measure == "points"


# -- whatever the order --------------------------------------------------------------------------

MADE = [
    Weighted(RATES, (Load(), "2.00"), (Cover(), "0.50"), (Distance(), "0.0002"), (Shipments(), "1")),
    LoadBalanced(RATES),
    StockCover(RATES),
    Weighted(Nothing(), (Cover(), 1)),
    Weighted(RATES),
]


@given(cases, st.sampled_from(MADE))
def test_any_order_has_a_plan_that_holds_and_explains_itself(dice: random.Random, strategy: Weighted) -> None:
    """R1, R2, R4."""
    request, network, shelf = any_case(dice)
    limited = Network(tuple(attrs.evolve(e, daily_capacity=dice.choice([None, 1, 5])) for e in network))
    stock = Day(shelf.units, {entry.id: dice.randint(0, 5) for entry in network})
    plan = strategy.plan(request, limited, stock)
    check_plan(plan, request, limited, stock)
    assert strategy.plan(request, Network(limited.locations[::-1]), stock) == plan
    assert plan.cost <= plan.explanation.cost
    assert plan.lower_bound <= plan.explanation.cost
    verdicts = plan.explanation.verdicts()
    assert sorted(verdict.location for verdict in verdicts) == sorted(entry.id for entry in network)
    assert sum(v.cost for v in verdicts if v.outcome == "chosen") == plan.explanation.cost
    plan.explain()


@given(cases)
def test_without_parts_it_is_the_cheapest_plan(dice: random.Random) -> None:
    request, network, stock = any_case(dice)
    mine, cheapest = (
        Weighted(RATES).plan(request, network, stock),
        LowestCost(RATES).plan(request, network, stock),
    )
    assert (mine.assignments, mine.remainder, mine.cost) == (
        cheapest.assignments,
        cheapest.remainder,
        cheapest.cost,
    )


class Odd:
    """Answers what it is told to."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def points(self, asked: Asked) -> Any:
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        None,
        ((0, 0), ()),
        Points((0,)),
        Points((0, 0, 0)),
        Points((0, -1)),
        Points((0, True)),
        Points((0, 0.5)),  # type: ignore[arg-type]
        Points([0, 0]),  # type: ignore[arg-type]
        Points(units=((0, 0), (0, 0))),
        Points(units=((0,),)),
        Points(units=((),)),
        Points(units=((0, 10**25),)),
    ],
)
def test_points_are_exact_and_as_many_as_were_asked_for(answer: Any) -> None:
    with pytest.raises(InputError):
        Weighted(RATES, (Odd(answer), 1)).plan(demand(*lines(TEE=1)), TWINS, Shelf(PLENTY))


class ByWeight:
    measure = "USD"
    scale = 1

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        return LocationCosts(0, 0, 5)


@pytest.mark.parametrize(
    "part",
    [
        None,
        (Load(),),
        (Load(), 1.5),
        (Load(), "-1"),
        (Load(), "0.123456789"),
        (object(), 1),
        (None, 1),
        (Odd, "1", 2),
        ("load", 1),
    ],
)
def test_parts_are_preferences_or_cost_models_with_a_weight(part: Any) -> None:
    with pytest.raises(InputError):
        Weighted(RATES, part)


class Cents:
    """A dollar a shipment, in whole cents."""

    measure = "USD"
    scale = 1

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        return LocationCosts(100)


def test_a_weight_is_in_the_scale_of_what_it_is_added_to() -> None:
    plan = Weighted(Cents(), (Shipments(), "2.50")).plan(demand(*lines(TEE=1)), TWINS, Shelf(PLENTY))
    assert (plan.cost, plan.explanation.cost) == (100, 350)


def test_what_is_collected_has_no_way_to_go() -> None:
    network = Network((attrs.evolve(NEAR, capabilities=BOTH),))
    request = demand(*lines(TEE=1), pickup_at="near")
    plan = Weighted(RATES, (Distance(), "1")).plan(request, network, Shelf(PLENTY))
    assert plan.explanation.cost == plan.cost == 0


def test_only_the_first_model_prices_weight() -> None:
    with pytest.raises(InputError):
        Weighted(RATES, (ByWeight(), 1)).plan(demand(*lines(TEE=1)), TWINS, Shelf(PLENTY))
