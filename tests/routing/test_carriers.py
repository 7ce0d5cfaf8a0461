"""Carriers as costs: from each location the cheapest service in time, parcel by parcel (R1, R2, C2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.codec import from_json, to_json
from omcore.kernel import (
    PICKUP,
    SHIP,
    Calendar,
    DuplicateId,
    GeoPoint,
    InputError,
    InvalidNumber,
    InvalidType,
    Location,
    Network,
    NoWorkingDay,
    OmcoreError,
    Place,
    UnknownId,
    changed,
)
from omcore.routing import (
    CarrierRates,
    CheapestInTime,
    CostStrategy,
    Demand,
    DemandLine,
    Nearest,
    Rates,
    Splitting,
    arrivals,
    check_plan,
)
from omcore.routing.carriers import envelope
from omcore.shipping import Limits, NotCollected, NotServed, Service, Tariff, arrival, handed_over
from omcore.shipping.tariffs import MICRO, PriceList, cheapest
from routing_samples import Shelf, shelf

DAY = timedelta(days=1)
DAILY = Calendar(weekend=frozenset())
NEVER = Calendar(weekend=frozenset(range(1, 8)))
CENT = MICRO
NEWARK = Location("newark", point=GeoPoint(40.73, -74.17), zone="America/New_York")
RENO = Location("reno", point=GeoPoint(39.53, -119.81), zone="America/Los_Angeles")
NETWORK = Network((NEWARK, RENO))
BOSTON = Place("US", "MA", "02108", GeoPoint(42.36, -71.06))
HONOLULU = Place("US", "HI", "96815", GeoPoint(21.28, -157.83))
# Ground: one day near, five days far. Air: the next day, anywhere on the mainland, no lighters.
GROUND = Service("ground", ((500, 1), (None, 5)), carrier="Brown", not_to=frozenset({"US-HI"}))
AIR = Service("air", ((None, 1),), carrier="Brown", refuses=frozenset({"3"}), limits=Limits(20_000))
BY_ROAD = Tariff.of("USD", zones=((None, ((1_000, "5.00"), (5_000, "9.00"), (30_000, "20.00"))),))
BY_AIR = Tariff.of(
    "USD", zones=((None, ((500, "4.00"), (5_000, "25.00"), (20_000, "80.00"))),), divisor=5_000
)
RATES = CarrierRates(((GROUND, BY_ROAD), (AIR, BY_AIR)))
# Monday, 10:00 in New York.
MONDAY = datetime(2026, 11, 16, 15, tzinfo=UTC)
TUESDAY = date(2026, 11, 17)
TEE = DemandLine("1", "TEE", 1, (), 300)
LIGHTER = DemandLine("2", "LIGHTER", 1, (), 200, hazard="3")
EVERYWHERE = shelf(newark={"TEE": 9, "LIGHTER": 9, "SAFE": 9}, reno={"TEE": 9, "LIGHTER": 9, "SAFE": 9})


def wanted(
    *lines: DemandLine, by: date | None = None, place: Place | None = BOSTON, service: str = "standard"
) -> Demand:
    return Demand("1001", lines or (TEE,), place, service, at=MONDAY, deliver_by=by)


def planned(demand: Demand, stock: Shelf = EVERYWHERE, rates: CarrierRates = RATES, **options: Any) -> Any:
    plan = CheapestInTime(rates, **options).plan(demand, NETWORK, stock)
    check_plan(plan, demand, NETWORK, stock)
    return plan


def codes(plan: Any) -> dict[str, str]:
    return {verdict.location: verdict.code for verdict in plan.explanation.verdicts()}


def test_each_parcel_takes_its_cheapest_service() -> None:
    """A light parcel goes by air for four, a heavier one by road for nine."""
    plan = planned(wanted())
    assert [(p.service, p.cost) for p in plan.parcels] == [("air", 400 * CENT)]
    plan = planned(wanted(changed(TEE, quantity=9)))
    assert plan.cost == 900 * CENT
    assert [(p.service, p.cost, p.weight_g) for p in plan.parcels] == [("ground", 900 * CENT, 2_700)]


def test_only_what_arrives_in_time_counts() -> None:
    """From Reno ground takes five days: for Tuesday there is air alone."""
    heavy = changed(TEE, quantity=3, unit_weight_g=1_500)
    west = shelf(reno={"TEE": 9})
    slow = planned(wanted(heavy, by=date(2026, 11, 23)), west)
    assert [(p.service, p.arrives) for p in slow.parcels] == [("ground", date(2026, 11, 23))]
    fast = planned(wanted(heavy, by=date(2026, 11, 20)), west)
    assert [(p.service, p.arrives) for p in fast.parcels] == [("air", TUESDAY)]
    assert fast.cost == 2_500 * CENT
    assert "air for 25.00 USD, arrives by 2026-11-17" in fast.explain()


def test_a_location_from_which_nothing_is_in_time_is_ruled_out_and_says_so() -> None:
    """R2. After Newark's cut-off at two there is Wednesday; in Reno it is eleven in the morning."""
    afternoon = changed(wanted(by=TUESDAY), at=MONDAY + timedelta(hours=4))
    plan = planned(afternoon)
    assert plan.locations == ("reno",)
    assert codes(plan) == {"reno": "", "newark": "too_late"}
    assert "no service from there arrives in time" in plan.explain()


def test_an_estimate_is_in_time_by_its_last_day() -> None:
    """Perhaps on Tuesday is not by Tuesday."""
    maybe = CarrierRates(((Service("maybe", ((None, 1, 2),)), BY_ROAD),))
    assert planned(wanted(by=TUESDAY), rates=maybe).remainder[0].reason == "too_late"
    assert planned(wanted(by=TUESDAY + DAY), rates=maybe).parcels[0].arrives == TUESDAY + DAY


def test_what_nobody_delivers_in_time_stays_unless_late_is_better() -> None:
    today = wanted(by=date(2026, 11, 16))
    plan = planned(today)
    assert (plan.units, plan.remainder[0].reason) == (0, "too_late")
    late = planned(today, late=True)
    assert [(p.service, p.arrives) for p in late.parcels] == [("air", TUESDAY)]
    # Lateness is the last resort: what is in time fills the order, and Reno is not asked.
    heavy = changed(TEE, quantity=3, unit_weight_g=1_500)
    both = shelf(newark={"TEE": 3}, reno={"TEE": 3})
    in_time = planned(wanted(heavy, by=TUESDAY), both, late=True)
    assert in_time == planned(wanted(heavy, by=TUESDAY), both)
    # Lateness that fills nothing more is none: of two single shipments the one in time.
    dear = Network((changed(NEWARK, labor_cost=9_000), RENO))
    road = CarrierRates(((GROUND, BY_ROAD),))
    one = CheapestInTime(road, late=True, splitting=Splitting(1))
    plan = one.plan(
        wanted(changed(TEE, quantity=2), by=TUESDAY), dear, shelf(newark={"TEE": 1}, reno={"TEE": 1})
    )
    assert (plan.locations, plan.unfilled) == (("newark",), 1)
    # Ship-complete: nothing in time, all of it late.
    complete = changed(today, ship_complete=True)
    assert planned(complete).remainder[0].reason == "ship_complete"
    assert planned(complete, late=True).units == 1


def test_a_late_location_takes_its_soonest_service() -> None:
    """Late, but not later than it has to be: ground from Reno would be cheaper."""
    heavy = changed(TEE, unit_weight_g=4_000)
    late = planned(wanted(heavy, by=date(2026, 11, 16)), shelf(reno={"TEE": 1}), late=True)
    assert [(p.service, p.arrives) for p in late.parcels] == [("air", TUESDAY)]


def test_the_level_that_was_asked_for_names_the_services() -> None:
    rates = CarrierRates(
        ((GROUND, BY_ROAD), (AIR, BY_AIR)), levels={"economy": ("ground",), "express": ("air",)}
    )
    assert planned(wanted(service="economy"), rates=rates).parcels[0].service == "ground"
    assert planned(wanted(service="express"), rates=rates).parcels[0].service == "air"
    nobody = planned(wanted(service="same_day"), rates=rates)
    assert nobody.remainder[0].reason == "no_service"
    assert codes(nobody) == {"newark": "no_service", "reno": "no_service"}


def test_where_no_service_goes_nothing_ships() -> None:
    road = CarrierRates(((GROUND, BY_ROAD),))
    plan = planned(wanted(place=HONOLULU), rates=road)
    assert (plan.remainder[0].reason, set(codes(plan).values())) == ("not_served", {"not_served"})
    assert planned(wanted(place=HONOLULU)).parcels[0].service == "air"


def test_a_service_that_is_not_handed_over_at_a_location_is_none_there() -> None:
    east = CarrierRates(((changed(GROUND, locations=frozenset({"newark"})), BY_ROAD),))
    assert codes(planned(wanted(), rates=east)) == {"newark": "", "reno": "no_service"}


def test_a_carrier_that_never_comes_is_a_reason_and_no_hang() -> None:
    idle = CarrierRates(((changed(GROUND, collects=NEVER), BY_ROAD),))
    plan = planned(wanted(by=TUESDAY), rates=idle)
    assert plan.remainder[0].reason == "closed"


def test_goods_that_nobody_takes_stay_and_the_rest_leaves() -> None:
    """Lighters do not fly; for Hawaii there is nothing but flying."""
    plan = planned(wanted(TEE, LIGHTER, place=HONOLULU))
    assert [(a.line_id, a.quantity) for a in plan.assignments] == [("1", 1)]
    assert [(r.line_id, r.reason) for r in plan.remainder] == [("2", "hazard")]
    # On the mainland the truck takes them, and the shirt with them.
    both = planned(wanted(TEE, LIGHTER))
    assert {p.service for p in both.parcels} == {"ground"}


def test_a_unit_that_no_service_takes_stays() -> None:
    safe = DemandLine("3", "SAFE", 1, (), 25_000)
    limited = CarrierRates(((changed(GROUND, limits=Limits(side_mm=1_000)), BY_ROAD), (AIR, BY_AIR)))
    assert planned(wanted(safe), rates=limited).parcels[0].service == "ground"
    long = changed(safe, size_mm=(1_200, 10, 10))
    assert planned(wanted(TEE, long), rates=limited).remainder[0].reason == "too_large"


def test_what_no_one_service_takes_together_is_said() -> None:
    """The truck takes no batteries, the plane no lighters."""
    truck = changed(GROUND, refuses=frozenset({"9"}))
    battery = DemandLine("4", "SAFE", 1, (), 100, hazard="9")
    plan = planned(wanted(LIGHTER, battery), rates=CarrierRates(((truck, BY_ROAD), (AIR, BY_AIR))))
    assert {rest.reason for rest in plan.remainder} == {"not_together"}


def test_no_parcel_weighs_more_than_its_service_takes() -> None:
    """Three of 9 kg: two of them weigh 18 kg, and 20 kg is the most that flies."""
    heavy = changed(TEE, quantity=3, unit_weight_g=9_000)
    plan = planned(wanted(heavy, by=TUESDAY), shelf(reno={"TEE": 9}))
    assert sorted(p.weight_g for p in plan.parcels for _ in range(p.count)) == [9_000, 18_000]
    assert plan.cost == 16_000 * CENT
    many = changed(TEE, quantity=4_000, unit_weight_g=9_000)
    plan = planned(wanted(many, by=TUESDAY), shelf(reno={"TEE": 4_000}))
    assert max(p.weight_g for p in plan.parcels) <= 20_000
    assert plan.cost == 2_000 * 8_000 * CENT


def test_what_is_large_flies_by_its_size_and_drives_by_its_weight() -> None:
    pillow = changed(TEE, size_mm=(400, 400, 200))
    assert planned(wanted(pillow)).parcels[0].service == "ground"
    assert planned(wanted(pillow, by=TUESDAY), shelf(reno={"TEE": 1})).cost == 8_000 * CENT


def test_handling_is_charged_beside_the_carriers() -> None:
    rates = CarrierRates(
        ((AIR, changed(BY_AIR, per_unit=7)),), handling=Rates.of("USD", per_shipment="1.50", per_unit="0.25")
    )
    assert planned(wanted(changed(TEE, unit_weight_g=100, quantity=2)), rates=rates).cost == 600 * CENT + 14


def test_an_order_that_is_picked_up_is_carried_by_nobody() -> None:
    counter = Network((changed(NEWARK, capabilities=frozenset({SHIP, PICKUP}), labor_cost=35), RENO))
    demand = changed(wanted(by=date(2026, 11, 16)), pickup_at="newark", destination=None)
    plan = CheapestInTime(RATES).plan(demand, counter, EVERYWHERE)
    assert (plan.locations, plan.cost, plan.parcels) == (("newark",), 35 * MICRO, ())
    assert arrivals(plan, demand, counter, RATES) == ()


def test_arrivals_say_by_which_service_when() -> None:
    demand = wanted(changed(TEE, quantity=6), by=TUESDAY)
    stock = shelf(newark={"TEE": 4}, reno={"TEE": 2})
    plan = planned(demand, stock)
    found = arrivals(plan, demand, NETWORK, RATES)
    assert {(a.location, a.service) for a in found} == {(p.location, p.service) for p in plan.parcels}
    for each in found:
        place = NETWORK[each.location]
        assert each == arrival(place, BOSTON, {"ground": GROUND, "air": AIR}[each.service], MONDAY)
    assert all(each.latest <= TUESDAY for each in found)


def test_arrivals_of_a_plan_that_knows_no_carriers_go_by_the_cheapest_in_time() -> None:
    demand = wanted(changed(TEE, quantity=4, unit_weight_g=1_000))
    plan = Nearest().plan(demand, NETWORK, shelf(reno={"TEE": 4}))
    assert [a.service for a in arrivals(plan, demand, NETWORK, RATES)] == ["ground"]
    soon = changed(demand, deliver_by=TUESDAY)
    assert [a.service for a in arrivals(plan, soon, NETWORK, RATES)] == ["air"]
    # Nothing is in time any more: the soonest.
    gone = changed(demand, deliver_by=date(2026, 11, 10))
    assert [a.service for a in arrivals(plan, gone, NETWORK, RATES)] == ["air"]


def test_a_plan_with_its_carriers_is_written_and_read() -> None:
    plan = planned(wanted(changed(TEE, quantity=9), by=TUESDAY))
    assert from_json(to_json(plan)) == plan


def price_lists() -> st.SearchStrategy[PriceList]:
    brackets = st.dictionaries(st.integers(1, 40), st.integers(0, 50), min_size=1, max_size=4).map(
        lambda found: tuple(sorted(found.items()))
    )
    return st.builds(PriceList, brackets, st.sampled_from([0, 2]), st.sampled_from([0, 20]))


@given(st.lists(price_lists(), min_size=1, max_size=5), st.integers(0, 120), st.integers(0, 200))
def test_an_envelope_prices_every_parcel_as_its_cheapest_list(
    lists: list[PriceList], grams: int, cubic: int
) -> None:
    assert cheapest(envelope(lists), grams, cubic) == cheapest(lists, grams, cubic)


def partitions(units: tuple[int, ...]) -> Iterator[list[tuple[int, ...]]]:
    """Every way to put a list of units into parcels."""
    if not units:
        yield []
        return
    first, rest = units[0], units[1:]
    for mask in range(1 << len(rest)):
        parcel = (first, *[unit for i, unit in enumerate(rest) if mask >> i & 1])
        left = tuple([unit for i, unit in enumerate(rest) if not mask >> i & 1])
        for others in partitions(left):
            yield [parcel, *others]


@given(st.integers(0, 10**9))
def test_no_choice_of_locations_parcels_and_services_is_cheaper(seed: int) -> None:
    """The oracle lists them all: units to locations, locations' units to parcels, parcels to services."""
    rng = random.Random(seed)
    services = tuple(
        (
            Service(
                f"s{i}",
                ((1_000, rng.randint(0, 2)), (None, rng.randint(0, 2), rng.randint(2, 4))),
                rng.choice([DAILY, Calendar()]),
                rng.random() < 0.5,
                frozenset() if rng.random() < 0.8 else frozenset({"US-HI"}),
                collects=rng.choice([None, Calendar(closes=rng.choice(["09:00", "12:00", "17:00"]))]),
                locations=rng.choice([frozenset(), frozenset({"newark"})]),
                limits=Limits(rng.choice([0, 0, 2_500])),
                refuses=rng.choice([frozenset(), frozenset({"3"})]),
            ),
            Tariff(
                "USD",
                Tariff.of("USD", zones=((None, ((rng.choice([800, 1_000]), "2"), (3_000, "5"))),)).zones
                if rng.random() < 0.8
                else (),
                (("US-HI", ((2_000, 9 * 10**8),)),),
                rng.choice([0, 0, 5_000, 2_000]),
                rng.choice([0, 10**8]),
                0,
                rng.choice([0, 7 * 10**7]),
                (("US", 10**7),) if rng.random() < 0.3 else (),
            ),
        )
        for i in range(rng.randint(1, 3))
    )
    lines = tuple(
        DemandLine(
            str(i),
            "ABC"[i],
            rng.randint(1, 2),
            (),
            rng.choice([200, 900, 2_000, 3_000]),
            size_mm=rng.choice([(0, 0, 0), (200, 100, 50), (300, 300, 100)]),
            hazard=rng.choice(["", "", "3"]),
        )
        for i in range(rng.randint(1, 2))
    )
    now = datetime(2026, 11, rng.randint(13, 17), rng.randint(0, 23), rng.choice([0, 59]), tzinfo=UTC)
    by = rng.choice([None, now.date() + rng.randint(0, 5) * DAY])
    place = rng.choice([BOSTON, HONOLULU])
    demand = Demand("o", lines, place, at=now, deliver_by=by)
    stock = {(line.sku, loc): rng.randint(0, 2) for line in lines for loc in ("newark", "reno")}
    rates = CarrierRates(services)
    plan = CostStrategy("mine", rates).plan(demand, NETWORK, Shelf(stock))
    check_plan(plan, demand, NETWORK, Shelf(stock))
    units = [(i, line) for i, line in enumerate(lines) for _ in range(line.quantity)]
    usable = {location.id: usable_at(location, services, demand) for location in NETWORK}
    best = cheapest_of_all(units, stock, usable, place)
    assert (plan.unfilled, plan.cost) == best
    assert plan.proven
    named = {service.name: (service, tariff) for service, tariff in services}
    for parcel in plan.parcels:
        service, tariff = named[parcel.service]
        goods = [
            line for line in lines for sku, count in parcel.contents if line.sku == sku for _ in range(count)
        ]
        km = NETWORK[parcel.location].point.distance_km(place.point)  # type: ignore[union-attr, arg-type]  # both known
        assert parcel.cost == charged(service, tariff, km, place, goods)
        assert parcel.arrives == arrival(NETWORK[parcel.location], place, service, now).latest
        assert by is None or parcel.arrives <= by
        assert not service.limits.weight_g or parcel.weight_g <= service.limits.weight_g


Priced = tuple[Service, Tariff]


def usable_at(
    location: Location, services: tuple[Priced, ...], demand: Demand
) -> tuple[list[Priced], set[int]]:
    """The services in time that take all that any of them takes, and the lines that one does."""
    able = []
    for service, tariff in services:
        try:
            found = arrival(location, demand.destination or BOSTON, service, demand.at)
        except (NotServed, NotCollected, NoWorkingDay):
            continue
        if demand.deliver_by is None or found.latest <= demand.deliver_by:
            able.append((service, tariff))

    def takes(service: Service, line: DemandLine) -> bool:
        heavy = service.limits.weight_g and line.unit_weight_g > service.limits.weight_g
        return not heavy and line.hazard not in service.refuses

    lines = {i for i, line in enumerate(demand.lines) if any(takes(service, line) for service, _ in able)}
    whole = [entry for entry in able if all(takes(entry[0], demand.lines[i]) for i in lines)]
    return whole, lines if whole else set()


def charged(service: Service, tariff: Tariff, km: float, place: Place, goods: list[DemandLine]) -> int:
    grams = sum(line.unit_weight_g for line in goods)
    cubic = sum(line.size_mm[0] * line.size_mm[1] * line.size_mm[2] for line in goods)
    billed = tariff.charged_g(grams, cubic)
    listed = tariff.brackets(km, place, service.limits.weight_g)
    for up_to, cost in listed:
        if billed <= up_to:
            return cost
    return -(-billed // listed[-1][0]) * listed[-1][1]


def cheapest_of_all(
    units: list[tuple[int, DemandLine]],
    stock: dict[tuple[str, str], int],
    usable: dict[str, tuple[list[Priced], set[int]]],
    place: Place,
) -> tuple[int, int]:
    best: tuple[int, int] | None = None
    memo: dict[tuple[str, tuple[int, ...]], int] = {}

    def shipped(name: str, chosen: tuple[int, ...]) -> int:
        if (name, chosen) not in memo:
            km = NETWORK[name].point.distance_km(place.point)  # type: ignore[union-attr, arg-type]  # both known
            costs = []
            for parcels in partitions(chosen):
                total = 0
                for parcel in parcels:
                    goods = [units[unit][1] for unit in parcel]
                    weight = sum(line.unit_weight_g for line in goods)
                    offers = [
                        charged(service, tariff, km, place, goods)
                        for service, tariff in usable[name][0]
                        if not service.limits.weight_g or weight <= service.limits.weight_g
                    ]
                    total += min(offers, default=10**30)
                costs.append(total)
            memo[name, chosen] = min(costs)
        return memo[name, chosen]

    def walk(
        at: int, held: dict[str, tuple[int, ...]], left: dict[tuple[str, str], int], missing: int
    ) -> None:
        nonlocal best
        if at == len(units):
            found = missing, sum(shipped(name, chosen) for name, chosen in held.items())
            best = found if best is None or found < best else best
            return
        item, line = units[at]
        walk(at + 1, held, left, missing + 1)
        for name in ("newark", "reno"):
            if item in usable[name][1] and left[line.sku, name] > 0:
                rest = {**left, (line.sku, name): left[line.sku, name] - 1}
                walk(at + 1, {**held, name: (*held.get(name, ()), at)}, rest, missing)

    walk(0, {}, stock, 0)
    assert best is not None
    return best


@given(
    st.datetimes(datetime(2026, 3, 6), datetime(2026, 3, 12), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["00:00", "09:00", "14:00", "23:59"]),
    st.lists(
        st.tuples(
            st.integers(0, 7 * 24 * 60) | st.just(0),
            st.none() | st.integers(1, 5),
            st.sampled_from(["standard", "economy"]),
            st.sampled_from([(), (LIGHTER,)]),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_what_was_worked_out_for_one_demand_is_used_for_no_other(
    start: datetime, cut_off: str, asked: list[tuple[int, int | None, str, tuple[DemandLine, ...]]]
) -> None:
    """R4. A strategy that has planned before says what a new one says, whatever was asked of it."""
    van = Calendar(weekend=frozenset({7}), closes="12:30", hours=((6, "00:00", "08:00"),))
    rates = ((changed(GROUND, collects=van), BY_ROAD), (AIR, BY_AIR))
    network = Network((changed(NEWARK, cut_off=cut_off), RENO))
    levels = {"standard": ("ground", "air"), "economy": ("ground",)}
    old = CheapestInTime(CarrierRates(rates, levels=levels))
    for minute, days, level, more in asked:
        at = start + minute * timedelta(minutes=1)
        by = None if days is None else at.date() + days * DAY
        demand = changed(wanted(changed(TEE, quantity=9), *more, by=by, service=level), at=at)
        plan = old.plan(demand, network, EVERYWHERE)
        fresh = CarrierRates(rates, levels=levels)
        assert plan == CheapestInTime(fresh).plan(demand, network, EVERYWHERE)
        named = {service.name: service for service, _ in rates}
        for each in arrivals(plan, demand, network, fresh):
            assert each.leaves == handed_over(network[each.location], named[each.service], at)


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: CarrierRates(()), InvalidType),
        (lambda: CarrierRates(((GROUND, BY_ROAD), (GROUND, BY_AIR))), DuplicateId),
        (lambda: CarrierRates(((GROUND, BY_ROAD), (AIR, changed(BY_AIR, currency="EUR")))), InvalidType),
        (lambda: CarrierRates(((GROUND, BY_ROAD), (AIR, changed(BY_AIR, per_unit=1)))), InvalidNumber),
        (lambda: CarrierRates(((GROUND, BY_ROAD),), levels={"x": ("air",)}), UnknownId),
        (lambda: CarrierRates(((GROUND, BY_ROAD),), levels={"x": ()}), InvalidType),
        (lambda: CarrierRates(((GROUND, BY_ROAD),), handling=Rates.of("EUR")), InvalidType),
        (lambda: CarrierRates([(GROUND, BY_ROAD)]), InvalidType),  # type: ignore[arg-type]  # that is the point
        (lambda: CheapestInTime(Rates()), InvalidType),  # type: ignore[arg-type]  # that is the point
    ],
)
def test_rates_that_make_no_sense_are_refused(build: Callable[[], object], error: type[OmcoreError]) -> None:
    with pytest.raises(error):
        build()


def test_a_model_that_does_not_answer_for_a_demand_is_refused() -> None:
    class Model:
        measure = "points"
        scale = 1

        def __init__(self, key: Any, answer: Any) -> None:
            self.key, self.answer = key, answer

        def costs(self, location: Location, meters: int | None, rank: int) -> Any:
            return None

        def demand_key(self, demand: Demand, network: Network) -> Any:
            return self.key

        def for_demand(self, demand: Demand, network: Network) -> Any:
            return self.answer

    for key, answer in (([], None), (1, None), (1, RATES)):
        with pytest.raises(InputError):
            CostStrategy("mine", Model(key, answer)).plan(wanted(), NETWORK, EVERYWHERE)


def answers(a: Any, b: Any, c: Any) -> None:
    """A value or a typed error, whatever is passed."""
    plan = planned(wanted())
    calls: list[Callable[[], object]] = [
        lambda: CarrierRates(a, levels=b, handling=c),
        lambda: CarrierRates(((a, b),)),
        lambda: CarrierRates(((GROUND, BY_ROAD),), levels=a),
        lambda: CarrierRates(((GROUND, BY_ROAD),), handling=a, late=b),
        lambda: RATES.level(a),
        lambda: RATES.tariff(a),
        lambda: RATES.for_demand(a, b),
        lambda: RATES.for_demand(wanted(), a),
        lambda: RATES.demand_key(a, b),
        lambda: CheapestInTime(a),
        lambda: CheapestInTime(RATES, late=a),
        lambda: CheapestInTime(RATES).plan(a, b, c),
        lambda: arrivals(a, b, c, RATES),
        lambda: arrivals(plan, wanted(), a, RATES),
        lambda: arrivals(plan, wanted(), NETWORK, a),
    ]
    for call in calls:
        with suppress(OmcoreError):
            call()


@given(anything(), anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any, c: Any) -> None:
    answers(a, b, c)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd, odd, odd)
