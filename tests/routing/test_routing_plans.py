"""What holds for every plan, whatever the order: R1, R2, R4, and the same answer every time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import (
    GeoPoint,
    InputError,
    InvalidType,
    Location,
    NaiveTimestamp,
    Network,
    OmcoreError,
    Place,
)
from omcore.routing import (
    Assignment,
    ByPriority,
    CostStrategy,
    Demand,
    DemandLine,
    Explanation,
    FewestShipments,
    InvalidPlan,
    LowestCost,
    Nearest,
    Problem,
    Rates,
    Remainder,
    RoutingPlan,
    RoutingStrategy,
    check_plan,
    solve,
)
from omcore.routing.constraints import LineRule, OrderRule, PlaceRule
from omcore.routing.demand import MAX_LINES
from omcore.routing.explanation import CHOSEN, EXCLUDED, LOST
from omcore.routing.strategies import KEPT_TABLES
from routing_samples import NETWORK, NOON, RATES, Shelf, any_case, demand, lines, shelf

BY_WEIGHT = Rates.of(
    "USD",
    per_shipment="2",
    per_kg="0.90",
    per_kg_km="0.0004",
    zones=((800, ((500, "4.10"), (2000, "7.30"))), (None, ((500, "6.20"), (5000, "15.00")))),
)
STRATEGIES: list[RoutingStrategy] = [
    LowestCost(RATES),
    LowestCost(BY_WEIGHT),
    LowestCost(BY_WEIGHT, effort=1),
    Nearest(),
    ByPriority(),
    FewestShipments(),
    FewestShipments(effort=1),
]
cases = st.integers(0, 2**60).map(random.Random)
strategies = st.sampled_from(STRATEGIES)


@given(cases, strategies)
def test_every_unit_stands_once_in_the_plan_and_within_stock(
    rng: random.Random, strategy: RoutingStrategy
) -> None:
    """R1, R3, S3. check_plan counts units, shelves, exclusions and pickups on its own."""
    request, network, stock = any_case(rng)
    plan = strategy.plan(request, network, stock)
    check_plan(plan, request, network, stock)
    assert plan.lower_bound <= plan.cost
    assert all(rest.reason for rest in plan.remainder)
    by_id = network.by_id
    for entry in plan.assignments:
        location = by_id[entry.location]
        assert location.active
        if request.pickup_at is None:
            assert "ship" in location.capabilities
            assert not location.regions or (request.destination and location.serves(request.destination))


@given(cases, strategies)
def test_the_explanation_has_one_verdict_on_every_location(
    rng: random.Random, strategy: RoutingStrategy
) -> None:
    """R2."""
    request, network, stock = any_case(rng)
    plan = strategy.plan(request, network, stock)
    verdicts = plan.explanation.verdicts()
    assert sorted(verdict.location for verdict in verdicts) == sorted(entry.id for entry in network.locations)
    chosen = [verdict for verdict in verdicts if verdict.outcome == CHOSEN]
    assert {verdict.location for verdict in chosen} == set(plan.locations)
    assert sum(verdict.cost for verdict in chosen) == plan.cost
    for verdict in verdicts:
        if verdict.outcome == LOST:
            assert verdict.ships
            assert verdict.cost - verdict.loss == plan.cost
            if plan.proven and verdict.unfilled == 0:
                assert verdict.loss >= 0
            assert verdict.unfilled >= 0 or not plan.proven
        elif verdict.outcome == EXCLUDED:
            assert verdict.code
    assert json.loads(json.dumps(plan.explanation.as_json())) == plan.explanation.as_json()
    text = plan.explain()
    assert all(entry.id in text for entry in network.locations)


@given(cases, strategies)
def test_a_dry_run_is_the_live_run(rng: random.Random, strategy: RoutingStrategy) -> None:
    """R4: a strategy keeps nothing that changes an answer."""
    request, network, stock = any_case(rng)
    first = strategy.plan(request, network, stock)
    assert strategy.plan(request, network, stock) == first
    assert strategy.plan(request, Network(network.locations), stock) == first


@given(cases, strategies, st.randoms(use_true_random=False))
def test_the_order_in_which_locations_are_listed_changes_nothing(
    rng: random.Random, strategy: RoutingStrategy, shuffler: random.Random
) -> None:
    """R1: a pure function of its inputs, ties by priority, then id."""
    request, network, stock = any_case(rng)
    listed = list(network.locations)
    shuffler.shuffle(listed)
    shelves = list(stock.units.items())
    shuffler.shuffle(shelves)
    shuffled = strategy.plan(request, Network(tuple(listed)), Shelf(dict(shelves)))
    plan = strategy.plan(request, network, stock)
    assert shuffled == plan
    assert shuffled.explain() == plan.explain()


PROBE = """
import random
from omcore.routing import ByPriority, FewestShipments, LowestCost, Nearest
from omcore.routing.strategies import KEPT_TABLES
from routing_samples import RATES, any_case
for seed in range(60):
    request, network, stock = any_case(random.Random(seed))
    for strategy in (LowestCost(RATES), Nearest(), ByPriority(), FewestShipments()):
        plan = strategy.plan(request, network, stock)
        print(plan.explain(), plan.assignments, plan.remainder)
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
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000


@given(cases, strategies, st.integers(0, 3), st.integers(1, 3))
def test_more_stock_never_makes_a_plan_worse(
    rng: random.Random, strategy: RoutingStrategy, sku: int, more: int
) -> None:
    """More units filled, or as many at no higher cost."""
    request, network, stock = any_case(rng)
    plan = strategy.plan(request, network, stock)
    grown = Shelf(stock.units)
    for location in network.locations[:1]:
        key = ("ABCD"[sku], location.id)
        grown.units[key] = grown.units.get(key, 0) + more
    better = strategy.plan(request, network, grown)
    if plan.proven and better.proven and not request.ship_complete:
        assert (better.unfilled, better.cost) <= (plan.unfilled, plan.cost) or better.unfilled < plan.unfilled
    if request.ship_complete and not plan.remainder:
        assert not better.remainder


@given(cases)
def test_no_strategy_fills_more_than_another(rng: random.Random) -> None:
    """Filling comes before any preference."""
    request, network, stock = any_case(rng)
    plans = [strategy.plan(request, network, stock) for strategy in STRATEGIES]
    assert len({plan.unfilled for plan in plans if plan.proven}) == 1


@given(cases)
def test_each_strategy_is_best_by_its_own_measure(rng: random.Random) -> None:
    """Independent yardsticks: count the shipments, add up the kilometers, price by hand."""
    request, network, stock = any_case(rng)
    if request.pickup_at is not None or any(line.ships_alone for line in request.lines):
        return
    by_name = {s.name: s.plan(request, network, stock) for s in (Nearest(), FewestShipments())}
    cheapest = LowestCost(RATES).plan(request, network, stock)
    if not all(plan.proven for plan in (*by_name.values(), cheapest)):
        return
    for plan in by_name.values():
        assert len(plan.locations) >= len(by_name["fewest_shipments"].locations)
        assert unit_meters(plan, request, network) >= by_name["nearest"].cost
        assert by_hand(plan, request, network) >= cheapest.cost
    assert by_hand(cheapest, request, network) == cheapest.cost
    assert unit_meters(by_name["nearest"], request, network) == by_name["nearest"].cost


def meters(request: Demand, location: Location) -> int:
    if request.destination is None or request.destination.point is None:
        return 0
    if location.point is None:
        return 20_015_115
    return round(location.point.distance_km(request.destination.point) * 1000)


def unit_meters(plan: RoutingPlan, request: Demand, network: Network) -> int:
    return sum(entry.quantity * meters(request, network[entry.location]) for entry in plan.assignments)


def by_hand(plan: RoutingPlan, request: Demand, network: Network) -> int:
    """9 USD a shipment, 0.50 a unit, 0.001 a unit and kilometer, labor; in millionths of a cent."""
    cost = 900_000_000 * len(plan.locations)
    for entry in plan.assignments:
        location = network[entry.location]
        each = 50_000_000 + 100 * meters(request, location) + location.labor_cost * 1_000_000
        cost += entry.quantity * each
    return cost


def test_what_is_not_chosen_says_by_how_much_it_lost() -> None:
    """R2: the counterfactual ships all it can from there, and the rest as cheaply as can be."""
    stock = shelf(newark={"TEE": 5, "MUG": 5}, dallas={"TEE": 5, "MUG": 5}, loop={"MUG": 1})
    request = demand(*lines(TEE=2, MUG=1))
    plan = LowestCost(RATES).plan(request, NETWORK, stock)
    verdicts = {verdict.location: verdict for verdict in plan.explanation.verdicts()}
    assert verdicts["newark"].outcome == CHOSEN
    only_dallas = LowestCost(RATES).plan(request, NETWORK, shelf(dallas={"TEE": 5, "MUG": 5}))
    assert verdicts["dallas"].loss == only_dallas.cost - plan.cost
    assert verdicts["dallas"].all_of_it
    with_the_loop = LowestCost(RATES).plan(
        request, NETWORK, shelf(newark={"TEE": 5}, dallas={"TEE": 5}, loop={"MUG": 1})
    )
    assert verdicts["loop"].loss == with_the_loop.cost - plan.cost
    assert verdicts["loop"].ships == (("MUG", 1),)
    assert verdicts["reno"].code == "no_stock"


def test_two_halves_of_an_order_lose_by_the_same_plan() -> None:
    """R2: what is left when Newark gives its half comes from Chicago, and the other way round."""
    stock = shelf(newark={"TEE": 2}, loop={"TEE": 2}, dallas={"TEE": 4})
    plan = LowestCost(RATES).plan(demand(*lines(TEE=4)), NETWORK, stock)
    assert plan.locations == ("dallas",)
    lost = {verdict.location: verdict.cost for verdict in plan.explanation.verdicts() if verdict.loss}
    halves = LowestCost(RATES).plan(demand(*lines(TEE=4)), NETWORK, shelf(newark={"TEE": 2}, loop={"TEE": 2}))
    assert lost == {"newark": halves.cost, "loop": halves.cost}


@given(cases)
def test_each_loss_is_what_shipping_all_it_can_from_there_would_cost(rng: random.Random) -> None:
    """R2, computed the long way: what it ships by hand, the rest as an order of its own."""
    request, network, _ = any_case(rng)
    # Few items and small shelves, so that locations often hold the same part of the order.
    wanted = tuple(DemandLine(f"line-{sku}", sku, rng.randint(1, 4)) for sku in "ABC"[: rng.randint(1, 3)])
    request = attrs.evolve(request, lines=wanted, pickup_at=None, ship_complete=False)
    most = rng.choice([1, 2, 5])
    stock = Shelf({(sku, entry.id): rng.randint(-1, most) for sku in "ABC" for entry in network.locations})
    strategy = LowestCost(RATES)
    plan = strategy.plan(request, network, stock)
    for verdict in plan.explanation.verdicts():
        if verdict.outcome != LOST:
            continue
        there = dict(verdict.ships)
        assert there == {
            line.sku: min(line.quantity, stock.promisable(line.sku, verdict.location, NOON))
            for line in wanted
            if stock.promisable(line.sku, verdict.location, NOON) > 0
        }
        rest = tuple(
            attrs.evolve(line, quantity=line.quantity - there.get(line.sku, 0))
            for line in wanted
            if line.quantity > there.get(line.sku, 0)
        )
        elsewhere = Shelf({key: 0 if key[1] == verdict.location else n for key, n in stock.units.items()})
        others = strategy.plan(attrs.evolve(request, lines=rest), network, elsewhere)
        moved = attrs.evolve(
            plan,
            assignments=tuple(Assignment(f"line-{sku}", verdict.location, n) for sku, n in there.items()),
        )
        assert verdict.cost == by_hand(moved, request, network) + others.cost
        assert verdict.all_of_it == (not rest)


def test_places_and_networks_that_look_alike_are_kept_apart() -> None:
    """R4: what a strategy remembers is of that network and of that place."""
    strategy = Nearest()
    stock = shelf(newark={"TEE": 1}, reno={"TEE": 1})
    east, west = (Place("US", "MA", "02108", GeoPoint(40.0, longitude)) for longitude in (-74.0, -119.0))
    assert strategy.plan(demand(*lines(TEE=1), destination=east), NETWORK, stock).locations == ("newark",)
    assert strategy.plan(demand(*lines(TEE=1), destination=west), NETWORK, stock).locations == ("reno",)
    for _ in range(50):
        # Networks come and go; a later one may live where an earlier one did.
        for closed in ("newark", "reno"):
            network = Network(
                tuple(attrs.evolve(entry, active=entry.id != closed) for entry in NETWORK.locations)
            )
            plan = strategy.plan(demand(*lines(TEE=1), destination=east), network, stock)
            assert plan.locations == (("reno",) if closed == "newark" else ("newark",))
            del network


def test_a_strategy_forgets_before_it_grows() -> None:
    strategy = Nearest()
    stock = shelf(newark={"TEE": 1})
    for i in range(KEPT_TABLES + 10):
        place = Place("US", "MA", f"{i:05}", GeoPoint(40.0, -74.0))
        strategy.plan(demand(*lines(TEE=1), destination=place), NETWORK, stock)
    assert len(strategy._tables) <= KEPT_TABLES


def test_the_text_is_what_a_merchandiser_reads() -> None:
    stock = shelf(newark={"TEE": 5}, dallas={"TEE": 5, "MUG": 5}, loop={"MUG": 1}, reno={"CAP": 9})
    request = demand(*lines(TEE=2, MUG=1, CAP=12), excluded=frozenset({"loop"}))
    assert LowestCost(RATES).plan(request, NETWORK, stock).explain() == (
        "Order 1001: 12 of 15 units from 2 locations, 67.93 USD (lowest_cost; nothing better exists)\n"
        "  ships   reno    49.95 USD  9 x CAP\n"
        "  ships   dallas  17.98 USD  2 x TEE, 1 x MUG\n"
        "  lost    newark  +4.65 USD  could ship 2 x TEE\n"
        "  cannot  loop               rejected this order before\n"
        "  stays: 3 of line cap; not in stock\n"
    )


def test_a_search_that_was_cut_short_says_so() -> None:
    rng = random.Random(7)
    network = Network(tuple(Location(f"l{i}", priority=i) for i in range(40)))
    stock = Shelf({(f"S{s}", f"l{i}"): 1 for s in range(20) for i in range(40) if rng.random() < 0.1})
    request = demand(*lines(**{f"S{s}": 1 for s in range(20)}))
    plan = FewestShipments(effort=860).plan(request, network, stock)
    check_plan(plan, request, network, stock)
    assert not plan.proven
    assert plan.lower_bound < plan.cost
    assert "the search was cut short; nothing below" in plan.explain()
    exact = FewestShipments(effort=10_000_000).plan(request, network, stock)
    assert exact.proven
    assert plan.lower_bound <= exact.cost <= plan.cost


@pytest.mark.parametrize("kits", [False, True])
def test_ten_thousand_lines_are_planned(kits: bool) -> None:
    """Up to the limit it works."""
    parts = [((f"S{i}", 1), (f"S{i // 2}", 1)) if kits and i > 1 else () for i in range(MAX_LINES)]
    wanted = tuple(
        DemandLine(f"l{i}", f"K{i}" if parts[i] else f"S{i}", 100, parts[i], 300) for i in range(MAX_LINES)
    )
    network = Network(tuple(Location(f"loc-{i}") for i in range(4)))
    stock = Shelf({(f"S{i}", f"loc-{j}"): 40 * j for i in range(MAX_LINES) for j in range(4)})
    for strategy in (LowestCost(BY_WEIGHT), FewestShipments()):
        plan = strategy.plan(demand(*wanted), network, stock)
        check_plan(plan, demand(*wanted), network, stock)
        assert plan.units >= 300_000
        assert (plan.remainder == ()) or kits


# --- plans by hand -------------------------------------------------------------------------------

GOOD = LowestCost(RATES).plan(demand(*lines(TEE=2)), NETWORK, shelf(newark={"TEE": 2}))


@pytest.mark.parametrize(
    ("change", "request_", "reason"),
    [
        ({"assignments": ()}, demand(*lines(TEE=2)), "units missing or counted twice"),
        (
            {"remainder": (Remainder("tee", 1, "no_stock"),)},
            demand(*lines(TEE=2)),
            "units missing or counted twice",
        ),
        ({"assignments": (Assignment("tee", "mars", 2),)}, demand(*lines(TEE=2)), "unknown location"),
        ({"assignments": (Assignment("cap", "newark", 2),)}, demand(*lines(TEE=2)), "unknown line"),
        ({"remainder": (Remainder("cap", 2, "no_stock"),)}, demand(*lines(TEE=2)), "unknown line"),
        (
            {"assignments": (Assignment("tee", "reno", 2),)},
            demand(*lines(TEE=2)),
            "more than the location holds",
        ),
        ({}, demand(*lines(TEE=2), excluded=frozenset({"newark"})), "excluded location"),
        ({}, demand(*lines(TEE=2), pickup_at="loop"), "not the pickup location"),
        (
            {
                "assignments": (Assignment("tee", "newark", 1),),
                "remainder": (Remainder("tee", 1, "no_stock"),),
            },
            demand(*lines(TEE=2), ship_complete=True),
            "ships complete or not at all",
        ),
        (
            {},
            demand(DemandLine("tee", "TEE", 2, requires=frozenset({"frozen"}))),
            "location lacks what the line requires",
        ),
    ],
)
def test_a_plan_that_breaks_a_rule_is_found_out(
    change: dict[str, Any], request_: Demand, reason: str
) -> None:
    """R1, R3: for strategies that others write."""
    stock = shelf(newark={"TEE": 2})
    check_plan(GOOD, demand(*lines(TEE=2)), NETWORK, stock)
    with pytest.raises(InvalidPlan) as caught:
        check_plan(attrs.evolve(GOOD, **change), request_, NETWORK, stock)
    assert caught.value.fields["reason"] == reason


def test_a_plan_that_sells_one_shelf_twice_is_found_out() -> None:
    """S3: two lines of one SKU, and a kit with it, are one demand on the shelf."""
    kit = DemandLine("kit", "GIFT", 1, (("TEE", 1),))
    request = demand(DemandLine("one", "TEE", 2), DemandLine("two", "TEE", 2), kit)
    stock = shelf(newark={"TEE": 5})
    plan = LowestCost(RATES).plan(request, NETWORK, stock)
    check_plan(plan, request, NETWORK, stock)
    with pytest.raises(InvalidPlan) as caught:
        check_plan(plan, request, NETWORK, shelf(newark={"TEE": 4}))
    assert caught.value.fields["reason"] == "more than the location holds"


def test_time_has_no_default() -> None:
    with pytest.raises(NaiveTimestamp):
        Demand("1", (), None)


def test_an_availability_that_does_not_answer_in_units_is_refused() -> None:
    class Vague(Shelf):
        answer: Any = None

        def promisable(self, sku: str, location: str, now: object, /) -> int:
            return self.answer  # type: ignore[no-any-return]  # that is the point

    for answer in (None, 2.0, "2"):
        vague = Vague({})
        vague.answer = answer
        for request in (demand(*lines(TEE=1)), demand(DemandLine("k", "K", 1, (("TEE", 2),)))):
            with pytest.raises(InvalidType) as caught:
                Nearest().plan(request, NETWORK, vague)
            assert caught.value.path == "availability"


class WholeShelf(Shelf):
    """A view that is asked once a SKU."""

    asked = 0

    def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime) -> Any:
        self.asked += 1
        return tuple(self.promisable(sku, location, now) for location in locations)


def test_a_view_that_tells_all_locations_at_once_is_asked_once_a_sku() -> None:
    rng = random.Random(20)
    for _ in range(60):
        request, network, stock = any_case(rng)
        whole = WholeShelf(stock.units)
        assert LowestCost(RATES).plan(request, network, whole) == LowestCost(RATES).plan(
            request, network, stock
        )
        skus = {sku for line in request.lines for sku, _ in line.components or ((line.sku, 1),)}
        assert whole.asked == len(skus)


def test_a_view_that_answers_for_too_few_locations_is_refused() -> None:
    class Short(WholeShelf):
        def promisable_at(self, sku: str, locations: tuple[str, ...], now: datetime) -> Any:
            return super().promisable_at(sku, locations, now)[1:]

    with pytest.raises(InvalidType) as caught:
        Nearest().plan(demand(*lines(TEE=1)), NETWORK, Short({}))
    assert caught.value.path == "availability"


def test_who_answers_a_location_himself_is_asked_that_way() -> None:
    class Cautious(WholeShelf):
        def promisable(self, sku: str, location: str, now: datetime, /) -> int:
            return super().promisable(sku, location, now) - 1

    stock = Cautious({("TEE", "newark"): 3})
    plan = Nearest().plan(demand(*lines(TEE=3)), NETWORK, stock)
    assert [(rest.quantity, rest.reason) for rest in plan.remainder] == [(1, "no_stock")]
    assert stock.asked == 0


def changed(record: Any, **parts: Any) -> Any:
    """A record with parts that no type checker would let through."""
    return attrs.evolve(record, **parts)


def answers(a: Any, b: Any, c: Any, d: Any, rng: random.Random) -> None:
    """A value or a typed error, whatever is passed."""
    request, network, stock = any_case(rng)
    problem = GOOD.explanation.problem
    name = rng.choice(sorted(field.name for field in attrs.fields(Problem)))
    part = rng.choice(sorted(field.name for field in attrs.fields(RoutingPlan)))
    piece = rng.choice(sorted(field.name for field in attrs.fields(Explanation)))
    calls: list[Any] = [
        lambda: DemandLine(a, b, c, d),
        lambda: DemandLine("l", "S", 1, a, b, c, d),
        lambda: Demand("o", a, b, at=NOON),
        lambda: Demand(a, (), None, b, c, d, frozenset(), NOON),
        lambda: Demand("o", (), None, "s", False, None, a, b),
        lambda: Nearest().plan(a, network, stock),
        lambda: Nearest().plan(request, a, stock),
        lambda: Nearest().plan(demand(*lines(TEE=1)), NETWORK, a),
        lambda: LowestCost(a),
        lambda: Nearest(rules=a),
        lambda: Nearest(effort=a),
        lambda: CostStrategy(a, b),
        lambda: PlaceRule(a, b),
        lambda: OrderRule("r", a, b),
        lambda: LineRule("r", a, b),
        lambda: solve(a, b),
        lambda: solve(changed(problem, **{name: a})),
        lambda: solve(changed(problem, **{name: (a, b)})),
        lambda: changed(GOOD, **{part: a}).explain(),
        lambda: changed(GOOD, **{part: (a,)}).explain(),
        lambda: changed(GOOD.explanation, **{piece: a}).as_json(),
        lambda: changed(GOOD.explanation, **{piece: (a, (b, c, d))}).verdicts(),
        lambda: check_plan(a, request, network, stock),
        lambda: check_plan(changed(GOOD, **{part: (a,)}), demand(*lines(TEE=2)), NETWORK, stock),
        lambda: check_plan(GOOD, a, network, stock),
        lambda: check_plan(GOOD, request, b, stock),
        lambda: check_plan(GOOD, demand(*lines(TEE=2)), NETWORK, c),
    ]
    for call in calls:
        with suppress(OmcoreError):
            call()
    assert issubclass(InvalidPlan, InputError)


@given(anything(), anything(), anything(), anything(), cases)
def test_anything_at_all_gives_a_value_or_a_typed_error(
    a: Any, b: Any, c: Any, d: Any, rng: random.Random
) -> None:
    answers(a, b, c, d, rng)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        for seed in range(12):
            answers(odd, odd, odd, odd, random.Random(seed))
