"""A strategy that spares scarce stock: prices are a value, and a plan's cost is what it costs (R1-R4)."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, attempt
from omcore.kernel import (
    DuplicateId,
    InvalidQuantity,
    InvalidSku,
    InvalidType,
    Location,
    Network,
    changed,
)
from omcore.routing import (
    CostStrategy,
    DemandLine,
    LowestCost,
    Priced,
    Rates,
    RoutingPlan,
    ScarcityPrice,
    ScarcityPrices,
    check_plan,
)
from omcore.routing.problem import checked_problem, without
from routing_samples import BOSTON, DENVER, NETWORK, RATES, any_case, demand, lines, shelf

DOLLAR = 100_000_000
NOTHING = ScarcityPrices("USD", 1_000_000)
PARCELS = Rates.of("USD", per_shipment=3, zones=((None, ((500, 1), (2_000, "2.50"))),))


def prices(**by_sku: dict[str, int]) -> ScarcityPrices:
    """``prices(TEE={"reno": 84})``: cents more than anywhere else."""
    return ScarcityPrices(
        "USD",
        1_000_000,
        tuple(
            ScarcityPrice(sku, name, cents * 1_000_000)
            for sku, by_location in by_sku.items()
            for name, cents in by_location.items()
        ),
    )


def any_prices(rng: random.Random, network: Network) -> ScarcityPrices:
    known = {
        sku: {
            entry.id: rng.choice([0, rng.randint(0, 9 * DOLLAR)]) for entry in network if rng.random() < 0.8
        }
        for sku in ("A", "B", "C", "D")
        if rng.random() < 0.8
    }
    return ScarcityPrices.of("USD", 1_000_000, known)


def worth(plan: RoutingPlan, wanted: tuple[DemandLine, ...], given_: ScarcityPrices) -> int:
    """What the units of a plan are worth later: told by its assignments, part by part."""
    by_id = {line.line_id: line for line in wanted}
    total = 0
    for assignment in plan.assignments:
        line = by_id[assignment.line_id]
        for sku, each in line.components or ((line.sku, 1),):
            total += assignment.quantity * each * given_.price(sku, assignment.location)
    return total


def test_a_unit_is_spared_for_whoever_needs_it_more() -> None:
    """The loop store is the nearest to Boston that has a lamp, and its last one is worth more elsewhere."""
    stock = shelf(loop={"LAMP": 1}, reno={"LAMP": 40})
    request = demand(*lines(LAMP=1))
    near = LowestCost(RATES).plan(request, NETWORK, stock)
    assert near.locations == ("loop",)
    # From Reno a unit costs 2.76 more to Boston.
    modest = Priced(RATES, prices(LAMP={"loop": 250})).plan(request, NETWORK, stock)
    assert modest.locations == ("loop",)
    spared = Priced(RATES, prices(LAMP={"loop": 300})).plan(request, NETWORK, stock)
    assert spared.locations == ("reno",)
    check_plan(spared, request, NETWORK, stock)


def test_a_plan_costs_what_it_costs() -> None:
    """What units are worth later is no money that anybody pays."""
    stock = shelf(newark={"TEE": 2})
    request = demand(*lines(TEE=2))
    plain = LowestCost(RATES).plan(request, NETWORK, stock)
    plan = Priced(RATES, prices(TEE={"newark": 84})).plan(request, NETWORK, stock)
    assert plan.cost == plain.cost
    assert str(plan.money) == str(plain.money)
    # What was least is the sum of both, and that is what bound and proof speak of.
    assert plan.explanation.cost == plain.cost + 2 * 84 * 1_000_000
    assert plan.proven
    assert plan.lower_bound == plan.explanation.cost


SPARED = """\
Order 1001: 1 of 1 units from 1 location, 13.55 USD (priced; nothing better exists)
  ships   reno    13.55 USD  1 x LAMP
  lost    loop    +0.32 USD  could ship it all
  cannot  newark             has none of it
  cannot  dallas             has none of it
  loop, LAMP: kept for US-CO: a unit here is worth 3.00 USD more later
"""
TAKEN = """\
Order 1001: 1 of 1 units from 1 location, 10.87 USD (priced; 13.87 USD with what its units are worth later; \
nothing better exists)
  ships   loop    10.87 USD  1 x LAMP
  cannot  newark             has none of it
  cannot  reno               has none of it
  cannot  dallas             has none of it
  loop, LAMP: kept for US-CO: a unit here is worth 3.00 USD more later
"""


def test_an_explanation_says_what_is_paid_and_what_is_kept() -> None:
    """R2."""
    stock = shelf(loop={"LAMP": 2}, reno={"LAMP": 40})
    kept = ScarcityPrice("LAMP", "loop", 300_000_000, "US-CO")
    strategy = Priced(RATES, ScarcityPrices("USD", 1_000_000, (kept,)))
    request = demand(*lines(LAMP=1))
    plan = strategy.plan(request, NETWORK, stock)
    assert plan.explain() == SPARED
    # Who takes it all the same pays what it costs, and hears what it is worth.
    taken = strategy.plan(request, NETWORK, shelf(loop={"LAMP": 2}))
    assert taken.explain() == TAKEN
    told: Any = taken.as_json()
    assert (told["cost_decimal"], told["premium_decimal"]) == ("10.86554", "3.00")
    assert told["kept"] == [
        {
            "location": "loop",
            "sku": "LAMP",
            "each": 300_000_000,
            "each_decimal": "3.00",
            "kept_for": "US-CO",
        }
    ]


def test_what_a_location_does_not_have_is_not_kept_there() -> None:
    plan = Priced(RATES, prices(LAMP={"loop": 300}, MUG={"reno": 20})).plan(
        demand(*lines(LAMP=1, MUG=1)), NETWORK, shelf(reno={"LAMP": 4, "MUG": 1})
    )
    assert [(entry.location, entry.sku) for entry in plan.explanation.kept()] == [("reno", "MUG")]


def test_each_place_has_its_own_costs() -> None:
    """What a strategy remembers of one destination is not told of another."""
    stock = shelf(newark={"TEE": 5}, reno={"TEE": 5})
    strategy = Priced(RATES, prices(TEE={"reno": 1}))
    for place in (BOSTON, DENVER, BOSTON):
        request = demand(*lines(TEE=1), destination=place)
        expected = Priced(RATES, strategy.prices).plan(request, NETWORK, stock)
        assert strategy.plan(request, NETWORK, stock) == expected
    costs = {
        strategy.plan(demand(*lines(TEE=1), destination=place), NETWORK, stock).cost
        for place in (BOSTON, DENVER)
    }
    assert len(costs) == 2


def test_the_rest_of_a_problem_has_the_premiums_of_its_items() -> None:
    request = demand(*lines(TEE=1, MUG=2))
    plan = Priced(RATES, prices(MUG={"reno": 50})).plan(
        request, NETWORK, shelf(newark={"TEE": 1}, reno={"MUG": 2})
    )
    rest = without(plan.explanation.problem, 0, (0, 2))
    assert checked_problem(rest).premiums == plan.explanation.problem.premiums[1:]


def test_a_price_never_makes_a_unit_stay() -> None:
    stock = shelf(reno={"TEE": 1})
    plan = Priced(RATES, prices(TEE={"reno": 10**9})).plan(demand(*lines(TEE=1)), NETWORK, stock)
    assert plan.locations == ("reno",)
    assert not plan.unfilled


def test_a_kit_is_worth_what_its_parts_are() -> None:
    kit = DemandLine("set", "SET", 1, (("CUP", 2), ("POT", 1)))
    stock = shelf(newark={"CUP": 2, "POT": 1}, loop={"CUP": 2, "POT": 1})
    given_ = prices(CUP={"newark": 100}, POT={"newark": 50, "loop": 10})
    plan = Priced(RATES, given_).plan(demand(kit), NETWORK, stock)
    assert plan.locations == ("loop",)
    assert plan.explanation.cost - plan.cost == 10 * 1_000_000


def test_where_goods_come_by_weight_prices_come_on_top() -> None:
    """With parcel prices each item has costs of its own; its price is added to those."""
    wanted = DemandLine("jam", "JAM", 2, unit_weight_g=400)
    stock = shelf(newark={"JAM": 5}, dallas={"JAM": 5})
    assert CostStrategy("plain", PARCELS).plan(demand(wanted), NETWORK, stock).locations == ("newark",)
    plan = Priced(PARCELS, prices(JAM={"newark": 1})).plan(demand(wanted), NETWORK, stock)
    assert plan.locations == ("dallas",)
    assert str(plan.money) == "5.00 USD"


@given(st.integers(0, 2**32))
def test_without_prices_it_is_the_plan_of_lowest_cost_to_the_byte(seed: int) -> None:
    rng = random.Random(seed)
    request, network, stock = any_case(rng)
    for costs in (RATES, PARCELS):
        expected = LowestCost(costs).plan(request, network, stock)
        for nothing in (NOTHING, prices(OTHER={"loc-0": 500}), prices(A={"nowhere": 9})):
            plan = Priced(costs, nothing, name="lowest_cost").plan(request, network, stock)
            assert plan == expected
            assert repr(plan) == repr(expected)
            assert plan.explain() == expected.explain()


@given(st.integers(0, 2**32))
def test_prices_move_units_and_add_up(seed: int) -> None:
    """As many units ship, none cheaper than the cheapest plan, and none better at these prices is known."""
    rng = random.Random(seed)
    request, network, stock = any_case(rng)
    given_ = any_prices(rng, network)
    plan = Priced(RATES, given_).plan(request, network, stock)
    check_plan(plan, request, network, stock)
    plain = LowestCost(RATES).plan(request, network, stock)
    assert plan.units == plain.units
    assert plan.remainder == plain.remainder or plan.units
    assert plan.cost >= plain.cost or not plain.proven
    added = worth(plan, request.lines, given_)
    assert plan.explanation.cost == plan.cost + added
    assert plan.lower_bound <= plan.explanation.cost
    if plan.proven and plain.assignments:
        assert plan.explanation.cost <= plain.cost + worth(plain, request.lines, given_)


@given(st.integers(0, 2**32))
def test_the_same_prices_in_any_order_give_the_same_plan(seed: int) -> None:
    rng = random.Random(seed)
    request, network, stock = any_case(rng)
    known = {
        sku: {entry.id: rng.randint(0, 3 * DOLLAR) for entry in network.locations}
        for sku in ("A", "B", "C", "D")
    }
    turned = {sku: dict(reversed(known[sku].items())) for sku in reversed(known)}
    first, second = (ScarcityPrices.of("USD", 1_000_000, by_sku) for by_sku in (known, turned))
    assert first == second
    assert repr(first) == repr(second)
    # A strategy that has planned before, one that has not, and one that had other prices.
    used = Priced(RATES, first)
    used.plan(request, network, stock)
    expected = used.plan(request, network, stock)
    assert Priced(RATES, second).plan(request, network, stock) == expected
    assert Priced(RATES, NOTHING).with_prices(second).plan(request, network, stock) == expected


def test_the_least_price_of_a_sku_is_taken_off() -> None:
    """A price says where a unit should come from, not that it should stay."""
    found = ScarcityPrices.of("USD", 1_000_000, {"TEE": {"reno": 900, "newark": 250, "loop": 250}, "MUG": {}})
    assert found.prices == (ScarcityPrice("TEE", "reno", 650),)
    assert (found.price("TEE", "reno"), found.price("TEE", "newark"), found.price("MUG", "reno")) == (
        650,
        0,
        0,
    )


def test_new_prices_make_a_new_strategy() -> None:
    stock = shelf(loop={"LAMP": 1}, reno={"LAMP": 40})
    request = demand(*lines(LAMP=1))
    before = Priced(RATES, NOTHING, name="spare")
    after = before.with_prices(prices(LAMP={"loop": 300}))
    assert (before.name, after.name) == ("spare", "spare")
    assert before.plan(request, NETWORK, stock).locations == ("loop",)
    assert after.plan(request, NETWORK, stock).locations == ("reno",)
    assert before.prices == NOTHING


def test_many_items_and_places_do_not_pile_up() -> None:
    """What a strategy keeps of prices is bounded, and changes no plan."""
    network = Network((Location("a"), Location("b", priority=1)))
    skus = [f"SKU-{i}" for i in range(50)]
    known = ScarcityPrices.of("USD", 1_000_000, {sku: {"a": DOLLAR, "b": 0} for sku in skus})
    strategy = Priced(RATES, known)
    strategy._premiums._count = 65_530
    for sku in skus:
        plan = strategy.plan(
            demand(DemandLine("1", sku, 1), destination=DENVER), network, shelf(a={sku: 1}, b={sku: 1})
        )
        assert plan.locations == ("b",)
    assert strategy._premiums._count < 100


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (lambda: ScarcityPrice("", "reno", 1), InvalidSku),
        (lambda: ScarcityPrice("TEE", "reno", -1), InvalidQuantity),
        (lambda: ScarcityPrice("TEE", "reno", 1.0), InvalidQuantity),  # type: ignore[arg-type]
        (lambda: ScarcityPrices("USD", 0), InvalidQuantity),
        (lambda: ScarcityPrices("USD", 1, (ScarcityPrice("A", "x", 1),) * 2), DuplicateId),
        (lambda: ScarcityPrices("USD", 1, source="guessed"), InvalidType),
        (lambda: ScarcityPrices.of("USD", 1, [("A", {})]), InvalidType),  # type: ignore[arg-type]
        (lambda: ScarcityPrices.of("USD", 1, {"A": {"x": True}}), InvalidQuantity),
        (lambda: Priced(RATES, {"TEE": 1}), InvalidType),  # type: ignore[arg-type]
        (lambda: Priced(RATES, ScarcityPrices("EUR", 1_000_000)), InvalidType),
        (lambda: Priced(RATES, ScarcityPrices("USD", 100)), InvalidType),
    ],
)
def test_prices_that_are_none_are_refused(made: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        made()


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(ScarcityPrices)])
def test_every_field_takes_anything(field: str) -> None:
    def made(value: Any) -> Priced:
        return Priced(RATES, attrs.evolve(NOTHING, **{field: value}))

    for value in ODD_VALUES:
        attempt(partial(made, value))


def test_premiums_of_a_problem_are_checked() -> None:
    plan = Priced(RATES, prices(TEE={"newark": 84})).plan(
        demand(*lines(TEE=1), destination=BOSTON), NETWORK, shelf(newark={"TEE": 1})
    )
    problem = plan.explanation.problem
    broken = changed(plan.explanation, problem=changed(problem, premiums=((-1,) * len(problem.locations),)))
    with pytest.raises(Exception, match="premiums"):
        broken.verdicts()
