"""Strategies side by side: every figure by plain loops over plain dicts."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import DuplicateId, InputError, Network, OmcoreError
from omcore.routing import (
    ByPriority,
    CarrierRates,
    Comparison,
    Demand,
    DemandLine,
    FewestShipments,
    Figures,
    InvalidPlan,
    LowestCost,
    Nearest,
    Rates,
    RoutingPlan,
    RoutingStrategy,
    arrivals,
    compare,
)
from omcore.shipping import Limits, Service, Tariff
from routing_samples import BOSTON, DENVER, NETWORK, NOON, RATES, Shelf, any_case, demand, lines, shelf

STRATEGIES: list[RoutingStrategy] = [LowestCost(RATES), Nearest(), ByPriority(), FewestShipments()]
cases = st.integers(0, 2**60).map(random.Random)


def any_orders(rng: random.Random) -> tuple[list[Demand], Network, Shelf]:
    first, network, stock = any_case(rng)
    orders = [first]
    for i in range(rng.randint(0, 4)):
        other, _, _ = any_case(rng)
        pickup = (
            rng.choice([entry.id for entry in network.locations])
            if other.pickup_at and len(network)
            else None
        )
        orders.append(attrs.evolve(other, order_id=f"o-{i + 2}", pickup_at=pickup, excluded=frozenset()))
    days = [None, date(2026, 11, 30), date(2026, 12, 4)]
    return [attrs.evolve(order, deliver_by=rng.choice(days)) for order in orders], network, stock


def lands(plan: RoutingPlan, order: Demand) -> date | None:
    """A day each two locations; from three on nobody knows."""
    return None if len(plan.locations) > 2 else date(2026, 11, 27) + timedelta(days=3 * len(plan.locations))


@given(cases)
def test_every_figure_is_what_counting_by_hand_gives(rng: random.Random) -> None:
    orders, network, stock = any_orders(rng)
    found = compare(STRATEGIES, orders, network, stock, judge=RATES, lands=lands)
    assert [row.strategy for row in found.rows] == [strategy.name for strategy in STRATEGIES]
    for row, strategy in zip(found.rows, STRATEGIES, strict=True):
        left = dict(stock.units)
        cost = units = stay = complete = shipments = split = dated = on_time = 0
        for order in orders:
            plan = strategy.plan(order, network, Shelf(left))
            parts = {line.line_id: line.components or ((line.sku, 1),) for line in order.lines}
            used = set()
            for entry in plan.assignments:
                for sku, each in parts[entry.line_id]:
                    left[sku, entry.location] -= each * entry.quantity
                units += entry.quantity
                point = network[entry.location].point
                meters = 20_015_115
                if order.pickup_at or order.destination is None or order.destination.point is None:
                    meters = 0
                elif point is not None:
                    meters = round(point.distance_km(order.destination.point) * 1_000)
                each_cost = network[entry.location].labor_cost * 1_000_000
                if not order.pickup_at:
                    each_cost += 50_000_000 + (100_000 * meters + 500) // 1_000
                    cost += 0 if entry.location in used else 900_000_000
                cost += entry.quantity * each_cost
                used.add(entry.location)
            rest = sum(entry.quantity for entry in plan.remainder)
            stay += rest
            complete += rest == 0
            shipments += len(used)
            split += len(used) > 1
            if order.deliver_by is not None:
                dated += 1
                day = lands(plan, order)
                on_time += rest == 0 and day is not None and day <= order.deliver_by
        assert (row.orders, row.cost, row.units, row.unfilled) == (len(orders), cost, units, stay)
        assert (row.complete, row.shipments, row.split) == (complete, shipments, split)
        assert (row.dated, row.on_time, row.unpriced) == (dated, on_time, 0)


@given(cases)
def test_it_can_be_read_by_machine_and_man(rng: random.Random) -> None:
    orders, network, stock = any_orders(rng)
    found = compare(STRATEGIES, orders, network, stock, judge=RATES, lands=lands)
    told: Any = found.as_json()
    assert json.loads(json.dumps(told)) == told
    buffer = io.StringIO()
    csv.writer(buffer).writerows(found.as_rows())
    read = list(csv.DictReader(io.StringIO(buffer.getvalue())))
    assert [row["strategy"] for row in read] == [row.strategy for row in found.rows]
    assert [row["cost"] for row in read] == [row["cost_decimal"] for row in told["rows"]]
    assert [int(row["units"]) for row in read] == [row.units for row in found.rows]
    text = found.explain().splitlines()
    assert len(text) == 1 + len(STRATEGIES)
    assert len({len(line) for line in text}) == 1
    assert compare(STRATEGIES, orders, network, stock, judge=RATES, lands=lands) == found


def test_later_orders_find_what_earlier_ones_left() -> None:
    """S3, S11: a kit takes components, and the second order has to go to Reno."""
    kit = DemandLine("kit", "GIFT", 2, (("TEE", 2),))
    orders = [demand(kit), demand(*lines(TEE=1))]
    found = compare([Nearest()], orders, NETWORK, shelf(newark={"TEE": 4}, reno={"TEE": 9}), judge=RATES)
    assert found.explain() == (
        "strategy       cost  units  stay  shipments  split  km each  on time\n"
        "nearest   24.18 USD      3     0          2  0.0 %    1,561        -\n"
    )
    (row,) = found.rows
    assert (row.units, row.unfilled, row.shipments, row.split) == (3, 0, 2, 0)
    km = [NETWORK[name].point.distance_km(BOSTON.point) for name in ("newark", "reno")]  # type: ignore[union-attr,arg-type]
    assert row.meters == 2 * round(km[0] * 1_000) + round(km[1] * 1_000)
    assert row.measured == 3


def test_a_location_takes_as_many_orders_a_day_as_it_can() -> None:
    network = Network(
        tuple(attrs.evolve(e, daily_capacity=2) if e.id == "newark" else e for e in NETWORK.locations)
    )
    stock = shelf(newark={"TEE": 9}, reno={"TEE": 9})
    today = [attrs.evolve(demand(*lines(TEE=1)), order_id=f"o-{i}") for i in range(3)]
    tomorrow = attrs.evolve(today[0], order_id="o-4", at=NOON + timedelta(days=1))
    seen: list[tuple[str, ...]] = []

    class Watched(Nearest):
        def plan(self, *arguments: Any) -> RoutingPlan:
            plan = super().plan(*arguments)
            seen.append(plan.locations)
            return plan

    compare([Watched()], [*today, tomorrow], network, stock, judge=RATES)
    assert seen == [("newark",), ("newark",), ("reno",), ("newark",)]


def test_the_judge_is_the_same_for_all() -> None:
    """By its own measure each is best; by the judge's the cheapest is."""
    stock = shelf(newark={"TEE": 1}, reno={"TEE": 9}, dallas={"TEE": 9})
    orders = [demand(*lines(TEE=3)), demand(*lines(TEE=2), destination=DENVER)]
    found = compare(STRATEGIES, orders, NETWORK, stock, judge=RATES)
    costs = {row.strategy: row.cost for row in found.rows}
    assert min(costs, key=lambda name: costs[name]) == "lowest_cost"
    assert costs["nearest"] > costs["lowest_cost"]
    assert (found.measure, found.scale) == ("USD", 1_000_000)
    parcels = Rates.of("USD", zones=((None, ((500, "4.10"), (2000, "7.30"))),))
    heavy = demand(DemandLine("tee", "TEE", 3, unit_weight_g=500))
    (row,) = compare([Nearest()], [heavy], NETWORK, stock, judge=parcels).rows
    # One alone from Newark, two together from Dallas.
    assert row.cost == 410_000_000 + 730_000_000


def test_carriers_judge_and_say_when_a_plan_lands() -> None:
    """What each parcel costs and takes; the judge has no price for what no service takes from there."""
    tariff = Tariff.of("USD", zones=((None, ((1_000, "5.00"), (9_000, "9.50"))),))
    ground = Service("ground", ((500, 1), (None, 5)), limits=Limits(9_000))
    rates = CarrierRates(((ground, tariff),), late=True)

    def on_the_way(plan: RoutingPlan, order: Demand) -> date | None:
        return max((arrival.latest for arrival in arrivals(plan, order, NETWORK, rates)), default=None)

    soon = attrs.evolve(demand(DemandLine("1", "TEE", 2, (), 400)), deliver_by=date(2026, 12, 1))
    late = attrs.evolve(soon, order_id="1002")
    safe = demand(DemandLine("1", "SAFE", 1, (), 20_000))
    stock = shelf(newark={"TEE": 2, "SAFE": 1}, reno={"TEE": 2})
    (row,) = compare([Nearest()], [soon, late, safe], NETWORK, stock, judge=rates, lands=on_the_way).rows
    assert (row.cost, row.unpriced) == (2 * 500_000_000, 1)
    assert (row.dated, row.on_time) == (2, 1)


def test_without_anyone_to_say_when_it_lands_nothing_is_on_time() -> None:
    order = attrs.evolve(demand(*lines(TEE=1)), deliver_by=date(2026, 12, 24))
    found = compare([Nearest()], [order], NETWORK, shelf(newark={"TEE": 1}), judge=RATES)
    assert (found.rows[0].dated, found.rows[0].on_time) == (1, 0)
    nothing = compare([Nearest()], [], NETWORK, shelf(), judge=RATES)
    assert nothing.rows == (Figures("nearest"),)
    assert nothing.explain().splitlines()[1].split() == [
        "nearest",
        "0.00",
        "USD",
        "0",
        "0",
        "0",
        "-",
        "-",
        "-",
    ]


def test_a_plan_that_takes_more_than_there_is_is_no_figure() -> None:
    class Greedy(Nearest):
        def plan(self, request: Demand, network: Network, availability: Any) -> RoutingPlan:
            return super().plan(request, network, shelf(newark={"TEE": 99}))

    with pytest.raises(InvalidPlan):
        compare([Greedy()], [demand(*lines(TEE=9))], NETWORK, shelf(newark={"TEE": 1}), judge=RATES)
    with pytest.raises(DuplicateId):
        compare([Nearest(), Nearest()], [], NETWORK, shelf(), judge=RATES)


PROBE = """
import json, random
from omcore.routing import ByPriority, FewestShipments, LowestCost, Nearest, compare
from routing_samples import RATES, Shelf, any_case
for seed in range(20):
    rng = random.Random(seed)
    request, network, stock = any_case(rng)
    shelves = Shelf({key: stock.units[key] for key in set(stock.units)})
    strategies = LowestCost(RATES), Nearest(), FewestShipments()
    found = compare(strategies, [request] * 3, network, shelves, judge=RATES)
    print(json.dumps(found.as_json()), found.explain(), found.as_rows())
"""


def test_the_same_bytes_come_out_under_any_hash_seed() -> None:
    """C1."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROBE],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path for path in sys.path if path)},
        ).stdout
        for seed in ("0", "4711")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 5_000


GOOD = compare([Nearest()], [demand(*lines(TEE=1))], NETWORK, shelf(newark={"TEE": 1}), judge=RATES)


def answers(a: Any, b: Any) -> None:
    order = attrs.evolve(demand(*lines(TEE=1)), deliver_by=date(2026, 12, 24))
    stock = shelf(newark={"TEE": 1})
    calls: list[Any] = [
        lambda: compare(a, [order], NETWORK, stock, judge=RATES),
        lambda: compare([a, b], [order], NETWORK, stock, judge=RATES),
        lambda: compare([Nearest()], a, NETWORK, stock, judge=RATES),
        lambda: compare([Nearest()], [a], NETWORK, stock, judge=RATES),
        lambda: compare([Nearest()], [order], a, stock, judge=RATES),
        lambda: compare([Nearest()], [order], NETWORK, a, judge=RATES),
        lambda: compare([Nearest()], [order], NETWORK, stock, judge=a),
        lambda: compare([Nearest()], [order], NETWORK, stock, judge=RATES, lands=lambda plan, order: a),
    ]
    for parts in ((a, 1, ()), ("USD", a, ()), ("USD", 1, a), ("USD", 1, (a,))):
        calls += [getattr(Comparison(*parts), ask) for ask in ("explain", "as_json", "as_rows")]
    for field in attrs.fields(Figures):
        changes: dict[str, Any] = {field.name: a}
        row = attrs.evolve(GOOD.rows[0], **changes)
        calls += [getattr(attrs.evolve(GOOD, rows=(row,)), ask) for ask in ("explain", "as_json", "as_rows")]
    if a is not None and not callable(a):
        calls.append(lambda: compare([Nearest()], [order], NETWORK, stock, judge=RATES, lands=a))
    for call in calls:
        with suppress(OmcoreError):
            call()


@given(anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any) -> None:
    answers(a, b)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    assert issubclass(InvalidPlan, InputError)
    for odd in ODD_VALUES:
        answers(odd, odd)
