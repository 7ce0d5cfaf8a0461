"""Prices for many orders, and the bound of what serving them costs, against every way there is."""

from __future__ import annotations

import builtins
import itertools
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, RUDE_VALUES, attempt
from horizon_samples import FEW, LAMPS, MIDDLE, PLACES, RATES, horizon, line, network, order
from omcore.kernel import InvalidType, Location, Network
from omcore.routing import (
    CarrierRates,
    CostStrategy,
    Demand,
    Forecast,
    Hindsight,
    LowestCost,
    Priced,
    Rates,
    ScarcityPrices,
    SolverMissing,
    hindsight,
    learn_prices,
    solve_prices,
)
from omcore.routing._flow import shortage
from omcore.shipping import Limits, Service, Tariff
from routing_samples import NOON, Shelf, any_case

NOTHING = ScarcityPrices("USD", 1_000_000)


def ways(demand: Demand, where: Network) -> Iterator[tuple[int, int, dict[tuple[str, str], int]]]:
    """Every way to serve one order, stock apart: (units that stay, cost, units taken)."""
    assert demand.destination is not None
    point = demand.destination.point
    assert point is not None
    able = [entry for entry in where.locations if entry.serves(demand.destination)]
    wanted = [entry for entry in demand.lines for _ in range(entry.quantity)]
    for sources in itertools.product([None, *able], repeat=len(wanted)):
        cost, stay = 0, 0
        taken: dict[tuple[str, str], int] = {}
        for unit, source in zip(wanted, sources, strict=True):
            if source is None:
                stay += 1
                continue
            assert source.point is not None
            cost += 50_000_000 + 100 * round(1_000 * source.point.distance_km(point))
            for sku, each in unit.components or ((unit.sku, 1),):
                taken[sku, source.id] = taken.get((sku, source.id), 0) + each
        used = {source.id for source in sources if source is not None}
        yield stay, cost + 900_000_000 * len(used), taken


def best(orders: tuple[Demand, ...], where: Network, stock: Shelf) -> tuple[int, int]:
    """(units that stay, cost) of the best way to serve all of them, by looking at every one."""
    states: dict[tuple[tuple[tuple[str, str], int], ...], tuple[int, int]] = {
        tuple(sorted(stock.units.items())): (0, 0)
    }
    for demand in orders:
        following: dict[tuple[tuple[tuple[str, str], int], ...], tuple[int, int]] = {}
        for stay, cost, taken in ways(demand, where):
            for held, (stayed, paid) in states.items():
                left = dict(held)
                for key, units in taken.items():
                    left[key] = left.get(key, 0) - units
                if min(left.values(), default=0) >= 0:
                    key_of = tuple(sorted(left.items()))
                    judged = (stayed + stay, paid + cost)
                    if key_of not in following or judged < following[key_of]:
                        following[key_of] = judged
        states = following
    return min(states.values())


@given(st.integers(0, 2**32))
def test_no_way_to_serve_the_orders_is_below_the_bound(seed: int) -> None:
    orders, where, stock = horizon(random.Random(seed))
    unfilled, cost = best(orders, where, stock)
    found = hindsight(orders, where, stock, RATES, at=NOON, passes=10)
    kits = any(entry.components for demand in orders for entry in demand.lines)
    assert found.unfilled == unfilled or kits
    assert found.bound <= cost
    if cost:
        assert found.gap(cost) >= 0


@pytest.mark.parametrize("seed", range(60))
def test_the_linear_program_is_between_learning_and_the_best_way(seed: int) -> None:
    """Its bound is never below the bound that is learned, and often it is the cost of the best way."""
    pytest.importorskip("highspy", reason="the extra 'milp' is not installed")
    orders, where, stock = horizon(random.Random(f"program {seed}"))
    _, cost = best(orders, where, stock)
    learned = hindsight(orders, where, stock, RATES, at=NOON, passes=40)
    solved = hindsight(orders, where, stock, RATES, at=NOON, program=True)
    assert learned.left == solved.left
    # The program is solved to a millionth.
    assert learned.bound <= solved.bound + solved.bound // 500_000 + 1_000
    assert solved.bound <= cost
    assert learned.bound >= solved.bound * 80 // 100


def all_ways(orders: tuple[Demand, ...], where: Network, stock: Shelf, left: dict[str, int]) -> float:
    """The linear program with every way in it: none is found by prices."""
    highspy: Any = pytest.importorskip("highspy", reason="the extra 'milp' is not installed")
    model = highspy.Highs()
    model.silent()
    used: dict[tuple[str, str], list[Any]] = {}
    stayed: dict[str, list[Any]] = {}
    paid = []
    for demand in orders:
        once = []
        for _, cost, taken in ways(demand, where):
            share = model.addVariable(lb=0.0)
            once.append(share)
            paid.append(cost / 10**6 * share)
            for key, units in taken.items():
                used.setdefault(key, []).append(units * share)
            for entry in demand.lines:
                units = entry.quantity - sum(n for (sku, _), n in taken.items() if sku == entry.sku)
                stayed.setdefault(entry.sku, []).append(units * share)
        model.addConstr(sum(once) == 1)
    for key, terms in used.items():
        model.addConstr(sum(terms) <= stock.units.get(key, 0))
    for sku, terms in stayed.items():
        model.addConstr(sum(terms) <= left.get(sku, 0))
    model.minimize(sum(paid))
    return float(model.getObjectiveValue()) * 10**6


def test_the_bound_is_that_of_the_program_with_every_way_in_it() -> None:
    """And what is learned without a solver is mostly close to it."""
    pytest.importorskip("highspy", reason="the extra 'milp' is not installed")
    seen = close = 0
    for seed in range(60):
        orders, where, stock = horizon(random.Random(f"tight {seed}"))
        if any(entry.components for demand in orders for entry in demand.lines):
            continue
        solved = hindsight(orders, where, stock, RATES, at=NOON, program=True)
        whole = all_ways(orders, where, stock, dict(solved.left))
        assert abs(solved.bound - whole) <= 1_000 + whole / 100_000
        learned = hindsight(orders, where, stock, RATES, at=NOON, passes=40).bound
        seen += 1
        close += learned >= solved.bound * 97 // 100
    assert seen >= 30
    assert close >= seen * 8 // 10


def test_what_stays_is_what_no_set_of_locations_can_serve() -> None:
    """The theorem of Hall: the worst of all sets of customers, held against those who may serve them."""
    rng = random.Random("who may serve whom")
    for _ in range(400):
        demand = {rng.randrange(16): rng.randint(0, 9) for _ in range(rng.randint(0, 5))}
        stock = [rng.choice([0, rng.randint(1, 9)]) for _ in range(4)]
        worst = 0
        for chosen in itertools.product([False, True], repeat=len(demand)):
            able, wanted = 0, 0
            for taken, (locations, units) in zip(chosen, demand.items(), strict=True):
                if taken:
                    able |= locations
                    wanted += units
            worst = max(worst, wanted - sum(have for j, have in enumerate(stock) if able >> j & 1))
        assert shortage(demand, stock) == worst


GROUND = (
    Service("ground", ((800, 2), (None, 4))),
    Tariff.of("USD", zones=((None, ((500, "5.00"), (9_000, "9.50"))),)),
)
# Cheaper for what is light, and no more than a kilogram.
LIGHT = (
    Service("light", ((None, 6),), limits=Limits(weight_g=1_000)),
    Tariff.of("USD", zones=((None, ((400, "2.00"), (1_000, "8.00"))),)),
)


@given(st.integers(0, 2**32))
def test_the_bound_of_one_order_is_below_its_plan(seed: int) -> None:
    """With parcels, several carriers' lists, kits, exclusions and pickups; whatever stays is told."""
    rng = random.Random(seed)
    request, where, stock = any_case(rng)
    if request.ship_complete:
        return
    by_id = {entry.line_id: entry for entry in request.lines}
    for costs in (RATES, CarrierRates((GROUND,)), CarrierRates((GROUND, LIGHT))):
        strategy = CostStrategy("plain", costs)
        plan = strategy.plan(request, where, stock)
        left: dict[str, int] = {}
        for rest in plan.remainder:
            wanted = by_id[rest.line_id]
            for sku, each in wanted.components or ((wanted.sku, 1),):
                left[sku] = left.get(sku, 0) + each * rest.quantity
        for judge in (costs, strategy):
            found = hindsight((request,), where, stock, judge, at=NOON, left=left, passes=3)
            assert found.bound <= plan.cost
        nothing = ScarcityPrices(costs.measure, costs.scale)
        assert Priced(costs, nothing, name="plain").plan(request, where, stock) == plan


def test_supplies_that_come_later_count() -> None:
    demand = order(PLACES[1], line("A"))
    short = hindsight((demand,), network(), Shelf({}), RATES, at=NOON)
    assert (short.bound, short.unfilled, short.left) == (0, 1, (("A", 1),))
    supplied = hindsight((demand,), network(), Shelf({}), RATES, at=NOON, supplies=(("A", "middle", 1),))
    plan = LowestCost(RATES).plan(demand, network(), Shelf({("A", "middle"): 1}))
    assert (supplied.bound, supplied.unfilled) == (plan.cost, 0)


def test_safety_stock_is_no_stock_to_serve_from() -> None:
    """But for a pickup, which takes what is on the shelf."""
    where = Network(
        (Location("store", point=MIDDLE, capabilities=frozenset({"ship", "pickup"}), safety_stock=2),)
    )
    stock = Shelf({("A", "store"): 2})
    shipped = order(PLACES[1], line("A"))
    assert hindsight((shipped,), where, stock, RATES, at=NOON).unfilled == 1
    pickup = Demand("o", (line("A"),), None, pickup_at="store", at=NOON)
    assert hindsight((pickup,), where, stock, RATES, at=NOON).unfilled == 0


def test_what_really_stayed_may_be_told() -> None:
    """Whoever left a unit that could have shipped is held against a bound for so many units."""
    demand = order(PLACES[1], line("A", 2))
    stock = Shelf({("A", "middle"): 2})
    whole = hindsight((demand,), network(), stock, RATES, at=NOON)
    half = hindsight((demand,), network(), stock, RATES, at=NOON, left={"A": 1})
    assert (whole.unfilled, half.unfilled) == (0, 1)
    one = LowestCost(RATES).plan(order(PLACES[1], line("A")), network(), stock)
    assert half.bound <= one.cost < whole.bound


def test_a_gap_is_an_exact_part_of_the_bound() -> None:
    found = hindsight((order(PLACES[1], line("A")),), network(), Shelf({("A", "middle"): 1}), RATES, at=NOON)
    assert found.gap(found.bound) == 0
    assert found.gap(found.bound * 2) == 1
    with pytest.raises(InvalidType):
        found.gap(1.5)  # type: ignore[arg-type]


def by_program(*arguments: Any, **named: Any) -> ScarcityPrices:
    pytest.importorskip("highspy", reason="the extra 'milp' is not installed")
    return solve_prices(*arguments, **named)


def by_ascent(*arguments: Any, **named: Any) -> ScarcityPrices:
    return learn_prices(*arguments, **named, seed=1, steps=4_000)


@pytest.mark.parametrize("way", [by_program, by_ascent])
def test_scarce_lamps_are_kept_for_those_who_are_near_them(way: Any) -> None:
    """Twenty orders to come, ten lamps in the middle: California gets its lamps from the east instead."""
    found = way(Forecast(LAMPS, (10, 10), 20), network(), FEW, RATES, at=NOON)
    assert (found.orders, found.at, found.measure, found.scale) == (20, NOON, "USD", 1_000_000)
    kept = found.by_sku["LAMP"]["middle"]
    assert kept.kept_for == "US-CO"
    assert found.price("LAMP", "east") == 0
    myopic, spared = LowestCost(RATES), Priced(RATES, found)
    california, colorado = LAMPS[1], LAMPS[0]
    stock = Shelf({key: units for key, units in FEW.units.items() if key[1] != "west"})
    assert myopic.plan(california, network(), stock).locations == ("middle",)
    assert spared.plan(california, network(), stock).locations == ("east",)
    # Colorado saves more by a lamp from the middle than it is worth there, California less.
    east, middle = (Shelf({("LAMP", name): 1}) for name in ("east", "middle"))
    saves = [myopic.plan(who, network(), east).cost for who in (california, colorado)]
    saves = [
        far - myopic.plan(who, network(), middle).cost
        for far, who in zip(saves, (california, colorado), strict=True)
    ]
    assert saves[0] <= found.price("LAMP", "middle") <= saves[1] + 1_000


def test_learned_and_solved_prices_say_the_same() -> None:
    """On what one can be sure of: the difference between two locations, to a tenth."""
    pytest.importorskip("highspy", reason="the extra 'milp' is not installed")
    forecast = Forecast(LAMPS, (15, 10), 25)
    solved = solve_prices(forecast, network(), FEW, RATES, at=NOON)
    learned = learn_prices(forecast, network(), FEW, RATES, at=NOON, seed=7, steps=20_000)
    for location in ("middle", "west"):
        first, second = solved.price("LAMP", location), learned.price("LAMP", location)
        assert abs(first - second) <= max(first, second) // 10
    assert learned.bound <= solved.bound + 1_000
    assert learned.bound >= solved.bound * 98 // 100


def test_where_there_is_plenty_nothing_has_a_price() -> None:
    plenty = Shelf({("LAMP", name): 1_000 for name in ("west", "middle", "east")})
    for found in (
        by_program(Forecast(LAMPS), network(), plenty, RATES, at=NOON),
        by_ascent(Forecast(LAMPS), network(), plenty, RATES, at=NOON),
    ):
        assert found.prices == ()


def test_a_strategy_brings_its_rules() -> None:
    """A location that no rule allows has nothing to sell, so nothing there has a price."""
    barred = CostStrategy("none", RATES, rules=())
    closed = Network((Location("closed", point=MIDDLE, active=False),))
    stock = Shelf({("LAMP", "closed"): 5})
    assert hindsight(LAMPS, closed, stock, RATES, at=NOON).unfilled == 2
    assert hindsight(LAMPS, closed, stock, barred, at=NOON).unfilled == 0


@pytest.mark.parametrize("way", [by_program, by_ascent])
def test_prices_of_an_hour_ago_are_a_start(way: Any) -> None:
    forecast = Forecast(LAMPS, (10, 10), 20)
    first = way(forecast, network(), FEW, RATES, at=NOON)
    again = way(forecast, network(), FEW, RATES, at=NOON, start=first)
    assert again.bound >= first.bound - first.bound // 500
    # Now nothing is left in the middle, and the way that took it is closed.
    emptied = Shelf({**FEW.units, ("LAMP", "middle"): 0, ("LAMP", "west"): 6})
    later = way(forecast, network(), emptied, RATES, at=NOON, start=again)
    assert later.price("LAMP", "middle") == 0
    fresh = way(forecast, network(), emptied, RATES, at=NOON)
    assert abs(later.bound - fresh.bound) <= fresh.bound // 500
    # Whoever kept the ways and no prices is no worse off.
    bare = way(forecast, network(), emptied, RATES, at=NOON, start=attrs.evolve(again, prices=()))
    assert abs(bare.bound - fresh.bound) <= fresh.bound // 500
    with pytest.raises(InvalidType):
        way(forecast, network(), FEW, Rates("EUR"), at=NOON, start=first)


def test_a_sample_is_taken_in_the_order_given() -> None:
    sample = Forecast(LAMPS * 10)
    first = learn_prices(sample, network(), FEW, RATES, at=NOON, steps=500)
    assert first == learn_prices(sample, network(), FEW, RATES, at=NOON, steps=500)
    assert first.prices
    turned = Shelf(dict(reversed(FEW.units.items())))
    assert first == learn_prices(sample, network(), turned, RATES, at=NOON, steps=500)
    drawn = [learn_prices(sample, network(), FEW, RATES, at=NOON, steps=500, seed=seed) for seed in (1, 2)]
    assert drawn[0] != drawn[1]


PROBE = """
import random
from horizon_samples import FEW, LAMPS, RATES, horizon, network
from omcore.routing import Forecast, hindsight, learn_prices
from routing_samples import NOON
for seed in range(8):
    orders, where, stock = horizon(random.Random(seed))
    print(hindsight(orders, where, stock, RATES, at=NOON, passes=6))
print(learn_prices(Forecast(LAMPS, (3, 2), 20), network(), FEW, RATES, at=NOON, seed=5, steps=300))
"""


def test_the_same_prices_come_out_under_any_hash_seed() -> None:
    """C1."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROBE],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path for path in sys.path if path)},
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1_000


def test_a_solver_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "highspy":
            raise ImportError(name)
        return plain(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    for ask in (
        partial(solve_prices, Forecast(LAMPS), network(), FEW, RATES, at=NOON),
        partial(hindsight, LAMPS, network(), FEW, RATES, at=NOON, program=True),
    ):
        with pytest.raises(SolverMissing) as caught:
            ask()
        assert caught.value.fields == {"extra": "milp"}
    assert hindsight(LAMPS, network(), FEW, RATES, at=NOON).bound > 0


def test_who_solves_something_else_beside_it_changes_nothing() -> None:
    """The solver's threads are shared by all of a process: what others set for theirs is left alone."""
    highspy: Any = pytest.importorskip("highspy", reason="the extra 'milp' is not installed")
    before = solve_prices(Forecast(LAMPS, (10, 10), 20), network(), FEW, RATES, at=NOON)
    for threads in (2, 0):
        other = highspy.Highs()
        other.silent()
        other.setOptionValue("threads", threads)
        other.maximize(other.addVariable(ub=1.0))
        assert solve_prices(Forecast(LAMPS, (10, 10), 20), network(), FEW, RATES, at=NOON) == before
    assert before.prices


def test_a_solver_that_does_not_work_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    highspy: Any = pytest.importorskip("highspy", reason="the extra 'milp' is not installed")
    monkeypatch.setattr(highspy.Highs, "run", lambda self: None)
    with pytest.raises(SolverMissing):
        solve_prices(Forecast(LAMPS), network(), FEW, RATES, at=NOON)


def test_nothing_to_do_costs_nothing() -> None:
    empty = hindsight((), network(), Shelf({}), RATES, at=NOON)
    assert (empty.bound, empty.unfilled) == (0, 0)
    assert empty.gap(0) == 0
    assert learn_prices(Forecast(()), network(), Shelf({}), RATES, at=NOON).prices == ()
    assert learn_prices(Forecast(LAMPS, (0, 0)), network(), FEW, RATES, at=NOON, seed=1).prices == ()
    nobody = Network(())
    assert hindsight(LAMPS, nobody, FEW, RATES, at=NOON).unfilled == 2


def test_anything_at_all_is_answered() -> None:
    for value in (*ODD_VALUES, *RUDE_VALUES):
        ask_everything(value)


def ask_everything(value: Any) -> None:
    good: dict[str, Any] = {
        "orders": LAMPS,
        "network": network(),
        "availability": FEW,
        "costs": RATES,
        "at": NOON,
        "supplies": (),
        "left": {},
        "passes": 2,
    }
    for name in good:
        attempt(partial(hindsight, **{**good, name: value}))
    forecast: dict[str, Any] = {
        "forecast": Forecast(LAMPS),
        **{name: good[name] for name in ("network", "availability", "costs", "at", "supplies")},
        "start": NOTHING,
    }
    for name in [*forecast, "steps", "seed", "tolerance"]:
        named = {**forecast, name: value}
        if name != "tolerance":
            attempt(partial(learn_prices, **{"steps": 5, **named}))
        if name not in ("steps", "seed"):
            attempt(partial(solve_prices, **named))
    attempt(partial(Forecast, value))
    attempt(partial(Forecast, LAMPS, value))
    attempt(partial(Forecast, LAMPS, (), value))
    attempt(partial(Hindsight(0, "USD", 1, 0, (), NOTHING).gap, value))
    for supplies in ((value,), (("A", "west", value),), (("A", value, 1),), ((value, "west", 1),)):
        attempt(partial(hindsight, **{**good, "supplies": supplies}))
    attempt(partial(hindsight, **{**good, "left": {"A": value}}))
