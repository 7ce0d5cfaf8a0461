"""Offers: the days of each level, until when they hold, or why not; against days that are followed singly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from day_walk import DAY, MINUTE, at_wall, best, is_open, open_from, packed_on
from omcore.kernel import Calendar, GeoPoint, InputError, Location, Money, Network, Place, UnknownId
from omcore.promising import (
    NoOffer,
    Offer,
    Offers,
    Pickups,
    ServiceLevel,
    offer_of,
    offers,
    pickups,
    ready_from,
)
from omcore.promising.offers import plans_for
from omcore.routing import (
    CarrierRates,
    CheapestInTime,
    Demand,
    DemandLine,
    FewestShipments,
    LowestCost,
    Nearest,
    Rates,
)
from omcore.shipping import Service, Tariff

ZONES = ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Pacific/Auckland", "UTC")
T0 = datetime(2026, 11, 30, 16, 47, tzinfo=UTC)
BOSTON = Place("US", "MA", "02108", GeoPoint(42.36, -71.06), "America/New_York")
NYC = Location("nyc", point=GeoPoint(40.71, -74.01), zone="America/New_York", cut_off="14:00")
LAX = Location("lax", point=GeoPoint(34.05, -118.24), zone="America/Los_Angeles", cut_off="12:00")
GROUND = ServiceLevel("standard", (Service("ground", ((1000, 1), (None, 4))),))
AIR = ServiceLevel("express", (Service("air", ((None, 1),)),))
RATES = LowestCost(Rates())

dates = st.dates(date(2026, 11, 20), date(2026, 12, 10))
wall = st.sampled_from(("06:30", "12:00", "14:00", "17:45", "22:00"))
calendars = st.builds(
    Calendar, st.frozensets(st.integers(1, 7), max_size=6), st.frozensets(dates, max_size=3), closes=wall
)
# Around both changes of the clock in New York, and in Auckland, which are on Sundays.
FALL, SPRING = datetime(2026, 10, 28, tzinfo=UTC), datetime(2027, 3, 10, tzinfo=UTC)
now = st.builds(
    lambda first, minutes: first + minutes * MINUTE,
    st.sampled_from((FALL, SPRING)),
    st.integers(0, 37 * 24 * 60),
)


class Shelf:
    """So many units of a SKU at a location, and more by a moment."""

    def __init__(
        self,
        units: Mapping[tuple[str, str], int],
        comes: Mapping[tuple[str, str], tuple[tuple[datetime, int], ...]] | None = None,
    ) -> None:
        self.units, self.comes = dict(units), dict(comes or {})

    def promisable(self, sku: str, location: str, at: datetime, /) -> int:
        return self.units.get((sku, location), 0)

    def promisable_by(self, sku: str, location: str, by: datetime, at: datetime, /) -> int:
        later = [units for moment, units in self.comes.get((sku, location), ()) if moment <= by]
        return self.units.get((sku, location), 0) + sum(later)

    def supply_dates(self, skus: frozenset[str], at: datetime, /) -> tuple[datetime, ...]:
        known = [entry for (sku, _), entries in self.comes.items() if sku in skus for entry in entries]
        return tuple(sorted({moment for moment, _ in known if moment > at}))


@st.composite
def locations(draw: st.DrawFn, name: str) -> Location:
    zone = draw(st.sampled_from(ZONES))
    calendar = draw(calendars)
    return Location(
        name,
        zone=zone,
        cut_off=draw(wall),
        calendar=calendar,
        processing_days=draw(st.integers(0, 2)),
        priority=draw(st.integers(0, 2)),
        capabilities=frozenset({"ship", "pickup"}),
    )


@st.composite
def services(draw: st.DrawFn, name: str) -> Service:
    least = draw(st.integers(0, 4))
    return Service(
        name,
        ((None, least, least + draw(st.integers(0, 3))),),
        draw(calendars),
        draw(st.booleans()),
        collects=draw(st.none() | calendars),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Network, ServiceLevel, Demand, Shelf]:
    network = Network(tuple(draw(locations(name)) for name in "abc"[: draw(st.integers(1, 3))]))
    level = ServiceLevel("standard", tuple(draw(services(f"s{n}")) for n in range(draw(st.integers(1, 2)))))
    place = Place("US", zone=draw(st.sampled_from(("", *ZONES))))
    lines = tuple(
        DemandLine(sku, sku, draw(st.integers(1, 4)), ships_alone=draw(st.booleans()))
        for sku in ("TEE", "MUG")
    )
    stock = {(sku, location.id): draw(st.integers(0, 4)) for location in network for sku in ("TEE", "MUG")}
    return network, level, Demand("o", lines, place, at=draw(now)), Shelf(stock)


def days_of(network: Network, level: ServiceLevel, demand: Demand, plan: Any, at: datetime) -> Any:
    """When all that a plan ships may have arrived, by the oracle; None where some of it never does."""
    place = demand.destination
    assert place is not None
    found = [best(network[name], place, level.services, at) for name in plan.locations]
    if not found or None in found:
        return None
    known = [days for days in found if days is not None]
    return max(days[0] for days in known), max(days[1] for days in known)


@given(worlds(), st.sampled_from((Nearest(), FewestShipments(), RATES)))
def test_an_offer_is_the_live_plan_with_the_days_of_its_last_parcel(world: Any, strategy: Any) -> None:
    """R4."""
    network, level, demand, shelf = world
    found: Any = offers(demand, network, shelf, strategy, (level,)).level("standard")
    plan = strategy.plan(attrs.evolve(demand, service="standard"), network, shelf)
    days = days_of(network, level, demand, plan, demand.at)
    if plan.remainder:
        left: dict[str, int] = {}
        for rest in plan.remainder:
            left[rest.line_id] = left.get(rest.line_id, 0) + rest.quantity
        assert found == NoOffer("standard", plan.remainder[0].reason, tuple(left.items()))
    elif days is None:
        assert found == NoOffer("standard", "no_working_day")
    else:
        assert isinstance(found, Offer)
        assert (found.earliest, found.latest) == days
        assert found.plans == ((plan, None),)
        shipped = [(part.location, line_id, units) for part in found.parts for line_id, units in part.lines]
        assert sorted(shipped) == sorted((e.location, e.line_id, e.quantity) for e in plan.assignments)
        assert found.cost == plan.money
        alone = {line.line_id for line in demand.lines if line.ships_alone}
        for part in found.parts:
            single = sum(units for line_id, units in part.lines if line_id in alone)
            assert part.parcels == single + any(line_id not in alone for line_id, _ in part.lines)
            service = next(entry for entry in level.services if entry.name == part.service)
            assert best(network[part.location], demand.destination, (service,), demand.at) == (
                part.earliest,
                part.latest,
            )


@settings(max_examples=25)
@given(worlds())
def test_it_holds_to_the_minute_until_the_days_are_others(world: Any) -> None:
    """Every minute of the next two days is asked."""
    network, level, demand, shelf = world
    found = offers(demand, network, shelf, Nearest(), (level,)).level("standard")
    if not isinstance(found, Offer):
        return
    ((plan, _),) = found.plans
    moment, end = demand.at, demand.at + 2 * DAY
    while moment < end and days_of(network, level, demand, plan, moment) == (found.earliest, found.latest):
        moment += MINUTE
    if moment < end:
        assert found.order_by == moment
    else:
        assert found.order_by is None or found.order_by >= end


@given(worlds())
def test_asked_a_moment_before_it_says_the_same_and_at_the_moment_it_does_not(world: Any) -> None:
    network, level, demand, shelf = world
    found = offers(demand, network, shelf, Nearest(), (level,)).level("standard")
    if not isinstance(found, Offer) or found.order_by is None:
        return

    def then(moment: datetime) -> Any:
        return offers(attrs.evolve(demand, at=moment), network, shelf, Nearest(), (level,)).level("standard")

    before, after = then(found.order_by - timedelta(microseconds=1)), then(found.order_by)
    assert isinstance(before, Offer)
    assert (before.earliest, before.latest, before.order_by) == (found.earliest, found.latest, found.order_by)
    assert not isinstance(after, Offer) or (after.earliest, after.latest) != (found.earliest, found.latest)


# -- what ships later --------------------------------------------------------------------------

KIT = (("CUP", 2), ("TEA", 1))
supplies = st.dictionaries(
    st.tuples(st.sampled_from(("CUP", "TEA")), st.sampled_from("ab")),
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 5)), max_size=3).map(
        lambda entries: tuple((T0 + days * DAY, units) for days, units in entries)
    ),
)
stocks = st.dictionaries(st.tuples(st.sampled_from(("CUP", "TEA")), st.sampled_from("ab")), st.integers(0, 4))


@given(stocks, supplies, st.integers(1, 5), st.booleans())
def test_s11_a_kit_ships_when_its_last_component_is_there(
    stock: Any, comes: Any, quantity: int, whole: bool
) -> None:
    """Date by date, and of a ship-complete order all at once; a kit is never made up of two locations."""
    network, shelf = Network((Location("a"), Location("b"))), Shelf(stock, comes)
    demand = Demand("o", (DemandLine("kit", "KIT", quantity, KIT),), BOSTON, ship_complete=whole, at=T0)

    def kits(by: datetime) -> int:
        return sum(
            min(shelf.promisable_by(sku, place, by, T0) // each for sku, each in KIT) for place in "ab"
        )

    dates = [T0, *shelf.supply_dates(frozenset({"CUP", "TEA"}), T0)]
    complete = next((moment for moment in dates if kits(moment) >= quantity), None)
    found = offers(demand, network, shelf, Nearest(), (GROUND,), supply=shelf).level("standard")
    if complete is None:
        assert isinstance(found, NoOffer)
        assert found.lines == (("kit", quantity - (0 if whole else min(quantity, kits(dates[-1])))),)
        return
    assert isinstance(found, Offer)
    assert max(part.ready or T0 for part in found.parts) == complete
    by_date = {
        moment: sum(units for part in found.parts if (part.ready or T0) <= moment for _, units in part.lines)
        for moment in dates
    }
    for moment, units in by_date.items():
        expected = min(quantity, kits(moment))
        assert units == (expected if not whole or expected == quantity else 0)
    for part in found.parts:
        location = network[part.location]
        assert (part.earliest, part.latest) == best(location, BOSTON, GROUND.services, part.ready or T0) or (
            len(GROUND.services[0].transit) > 1
        )


def test_a_line_that_is_there_and_one_that_comes_are_told_apart() -> None:
    shelf = Shelf({("TEE", "nyc"): 2}, {("MUG", "nyc"): ((T0 + 3 * DAY, 5),)})
    lines = (DemandLine("1", "TEE", 2), DemandLine("2", "MUG", 1))
    demand = Demand("o", lines, BOSTON, at=T0)
    found = offers(demand, Network((NYC,)), shelf, RATES, (AIR,), supply=shelf).level("express")
    assert isinstance(found, Offer)
    assert found.by_line == {
        "1": (date(2026, 12, 1), date(2026, 12, 1)),
        "2": (date(2026, 12, 4), date(2026, 12, 4)),
    }
    assert (found.earliest, found.latest) == (date(2026, 12, 4), date(2026, 12, 4))
    # The first cut-off that can change anything is that of the day on which the mugs come.
    assert found.order_by == datetime(2026, 12, 3, 19, tzinfo=UTC)
    without = offers(demand, Network((NYC,)), shelf, RATES, (AIR,)).level("express")
    assert without == NoOffer("express", "no_stock", (("2", 1),))


# -- examples ----------------------------------------------------------------------------------


def two_lines(**more: Any) -> Demand:
    return Demand("o", (DemandLine("1", "TEE", 2), DemandLine("2", "MUG", 1)), BOSTON, at=T0, **more)


SHELF = Shelf({("TEE", "nyc"): 5, ("MUG", "lax"): 5})
COASTS = Network((NYC, LAX))


def test_get_it_by_tuesday_if_ordered_within_2_h_13_min() -> None:
    found = offers(two_lines(), COASTS, SHELF, RATES, (GROUND, AIR))
    assert found.explain().splitlines() == [
        "express: Tue 2026-12-01, if ordered within 2 h 13 min; 2 parcels, costs 20.39 USD",
        "  2 from nyc, leaves by 2026-11-30 18:00 (America/New_York) with air, Tue 2026-12-01",
        "  1 from lax, leaves by 2026-11-30 18:00 (America/Los_Angeles) with air, Tue 2026-12-01",
        "standard: Fri 2026-12-04, if ordered within 3 h 13 min; 2 parcels, costs 20.39 USD",
        "  2 from nyc, leaves by 2026-11-30 18:00 (America/New_York) with ground, Tue 2026-12-01",
        "  1 from lax, leaves by 2026-11-30 18:00 (America/Los_Angeles) with ground, Fri 2026-12-04",
    ]


def test_the_cheapest_carrier_in_time_is_the_one_that_is_offered() -> None:
    """R4: the plan gives its parcels to services, and these are what is promised."""
    ground, air = Service("ground", ((1000, 1), (None, 4))), Service("air", ((None, 1),))
    tariffs = ((ground, Tariff.of("USD", per_parcel="4.10")), (air, Tariff.of("USD", per_parcel="19.80")))
    levels = {"standard": ("ground", "air"), "express": ("air",)}
    strategy = CheapestInTime(CarrierRates(tariffs, levels=levels))
    of = (ServiceLevel("standard", (ground, air)), ServiceLevel("express", (air,)))
    found = offers(two_lines(), COASTS, SHELF, strategy, of)
    assert [
        (offer.level, offer.latest, offer.cost, [part.service for part in offer.parts])
        for offer in found.offers
    ] == [
        ("express", date(2026, 12, 1), Money(3960, "USD"), ["air", "air"]),
        ("standard", date(2026, 12, 4), Money(820, "USD"), ["ground", "ground"]),
    ]
    # From the other coast by van it would be too late: that parcel flies.
    needed = two_lines(deliver_by=date(2026, 12, 2))
    standard = offers(needed, COASTS, SHELF, strategy, of).level("standard")
    assert isinstance(standard, Offer)
    assert [part.service for part in standard.parts] == ["ground", "air"]
    assert standard.cost == Money(410 + 1980, "USD")
    for offer in (*found.offers, standard):
        ((plan, _),) = offer.plans
        for part in offer.parts:
            (parcel,) = [parcel for parcel in plan.parcels if parcel.location == part.location]
            assert (parcel.service, parcel.arrives) == (part.service, part.latest)


@given(worlds())
def test_carriers_and_calendars_are_of_one_mind(world: Any) -> None:
    """The days that the cheapest carrier's plan is made with are those that are offered."""
    network, level, demand, shelf = world
    rates = CarrierRates(tuple((service, Tariff.of("USD", per_parcel="4.10")) for service in level.services))
    found = offers(demand, network, shelf, CheapestInTime(rates), (level,)).level("standard")
    if isinstance(found, Offer):
        ((plan, _),) = found.plans
        for part in found.parts:
            arrive = [parcel.arrives for parcel in plan.parcels if parcel.location == part.location]
            assert max(day for day in arrive if day is not None) == part.latest


def test_the_json_has_stable_names_and_nothing_but_plain_values() -> None:
    found = offers(two_lines(), COASTS, SHELF, RATES, (AIR, GROUND), quote=lambda offer: Money(599, "USD"))
    told = json.loads(json.dumps(found.as_json()))
    assert list(told) == ["at", "offers", "refused"]
    assert told["offers"][0] == {
        "level": "express",
        "earliest": "2026-12-01",
        "latest": "2026-12-01",
        "order_by": "2026-11-30T19:00:00Z",
        "cost": {"minor": 2039, "currency": "USD"},
        "price": {"minor": 599, "currency": "USD"},
        "parcels": 2,
        "parts": told["offers"][0]["parts"],
    }
    assert told["offers"][0]["parts"][0] == {
        "location": "nyc",
        "zone": "America/New_York",
        "service": "air",
        "lines": [["1", 2]],
        "parcels": 1,
        "ready": None,
        "ship_on": "2026-11-30",
        "ship_by": "2026-11-30T23:00:00Z",
        "earliest": "2026-12-01",
        "latest": "2026-12-01",
    }


NEVER = Calendar(frozenset(range(1, 8)))
DANGEROUS = DemandLine("1", "TEE", 1, hazard="3")


def level(**more: Any) -> ServiceLevel:
    return ServiceLevel("standard", (Service("only", ((None, 1),), **more),))


@pytest.mark.parametrize(
    ("change", "of", "code"),
    [
        ({}, level(areas=frozenset({"CA"})), "not_served"),
        ({}, level(locations=frozenset({"lax"})), "not_collected"),
        ({}, level(calendar=NEVER), "no_working_day"),
        ({}, level(collects=NEVER), "no_working_day"),
        ({"destination": None}, level(), "no_destination"),
        ({"lines": ()}, level(), "nothing_to_ship"),
        ({"deliver_by": date(2026, 11, 30)}, level(), "too_late"),
        ({"excluded": frozenset({"nyc", "lax"})}, level(), "excluded"),
        ({"lines": (DemandLine("1", "TEE", 9),)}, level(), "no_stock"),
        (
            {"lines": (DemandLine("1", "TEE", 1, hazard="3"),)},
            level(refuses=frozenset({"3"})),
            "hazard_refused",
        ),
        ({"lines": (DemandLine("1", "TEE", 1, requires=frozenset({"cold"})),)}, level(), "requires"),
    ],
)
def test_why_a_level_is_not_offered_is_said(change: Any, of: ServiceLevel, code: str) -> None:
    demand = attrs.evolve(two_lines(), **change)
    (refused,) = offers(demand, COASTS, SHELF, RATES, (of,)).refused
    assert (refused.level, refused.code) == ("standard", code)
    text = Offers(T0, (), (refused,)).explain()
    assert text.startswith("standard: not offered; ")
    assert "_" not in text


def test_a_location_that_never_works_and_a_network_without_any_are_a_verdict() -> None:
    closed = Network((attrs.evolve(NYC, calendar=NEVER),))
    tee = Demand("o", (DemandLine("1", "TEE", 1),), BOSTON, at=T0)
    assert offers(tee, closed, SHELF, RATES, (AIR,)).refused == (NoOffer("express", "no_working_day"),)
    (nowhere,) = offers(tee, Network(()), SHELF, RATES, (AIR,)).refused
    assert nowhere == NoOffer("express", "no_location", (("1", 1),))
    assert offers(tee, COASTS, SHELF, RATES, ()) == Offers(T0, (), ())
    assert pickups(tee, closed, SHELF, RATES, stores=("nyc",)).refused[0].code == "capability"


def test_the_day_by_which_it_is_needed_is_the_last() -> None:
    for day, kept in ((3, False), (4, True), (5, True)):
        demand = two_lines(deliver_by=date(2026, 12, day))
        found = offers(demand, COASTS, SHELF, RATES, (GROUND,)).level("standard")
        assert isinstance(found, Offer) is kept
    late = offers(two_lines(deliver_by=date(2026, 12, 3)), COASTS, SHELF, RATES, (GROUND,)).refused[0]
    assert late == NoOffer("standard", "too_late", (("2", 1),)), "the mugs come from the other coast"


def test_of_as_soon_the_cheaper_stands_first_and_of_as_cheap_the_first() -> None:
    same = (ServiceLevel("b", AIR.services), ServiceLevel("a", AIR.services))
    assert [offer.level for offer in offers(two_lines(), COASTS, SHELF, RATES, same).offers] == ["b", "a"]


@pytest.mark.parametrize(
    ("zone", "place", "arrives"),
    [
        # Tuesday in Auckland is Monday in Honolulu: a night on the way, and it is Tuesday there.
        ("Pacific/Auckland", "Pacific/Honolulu", date(2026, 12, 1)),
        # Monday in Honolulu is Tuesday in Auckland, and a night later it is Wednesday.
        ("Pacific/Honolulu", "Pacific/Auckland", date(2026, 12, 2)),
        ("America/Los_Angeles", "America/New_York", date(2026, 12, 1)),
        ("America/New_York", "Europe/London", date(2026, 12, 1)),
        ("America/New_York", "", date(2026, 12, 1)),
    ],
)
def test_c2_days_of_travel_are_days_of_the_customers_calendar(zone: str, place: str, arrives: date) -> None:
    """Ordered at a quarter to one on a working day, wherever the location is."""
    where = Location("x", zone=zone, cut_off="20:00", calendar=Calendar(closes="21:00"))
    shelf = Shelf({("TEE", "x"): 1})
    ordered = at_wall(where, date(2026, 12, 1) if "Auckland" in zone else date(2026, 11, 30), "12:45")
    demand = Demand("o", (DemandLine("1", "TEE", 1),), Place("US", zone=place), at=ordered)
    found = offers(demand, Network((where,)), shelf, Nearest(), (AIR,)).level("express")
    assert isinstance(found, Offer)
    assert found.latest == arrives


def test_the_clock_that_is_set_back_gives_an_hour_more() -> None:
    """New York, Sunday 1 November 2026: from Saturday 14:30 to Sunday 14:00 it is 24 h 30 min."""
    where = attrs.evolve(NYC, calendar=Calendar(frozenset()))
    level = ServiceLevel("express", (Service("air", ((None, 1),), Calendar(frozenset())),))
    demand = Demand("o", (DemandLine("1", "TEE", 1),), BOSTON, at=datetime(2026, 10, 31, 18, 30, tzinfo=UTC))
    found = offers(demand, Network((where,)), SHELF, RATES, (level,))
    assert "Mon 2026-11-02, if ordered within 1 d 30 min" in found.explain()


def test_the_van_that_comes_before_the_cut_off_is_the_last_moment() -> None:
    """The location packs until two, but the carrier has been there at noon: 13 minutes are left."""
    air = Service("air", ((None, 1),), collects=Calendar(closes="12:00"))
    tee = Demand("o", (DemandLine("1", "TEE", 1),), BOSTON, at=T0)
    text = offers(tee, COASTS, SHELF, RATES, (ServiceLevel("express", (air,)),)).explain()
    assert text.startswith("express: Tue 2026-12-01, if ordered within 13 min; ")


def test_what_one_container_gave_the_next_does_not_give_again() -> None:
    """S10: one comes on the first day and one on the second, and a third never."""
    comes = {("TEE", "nyc"): ((T0 + DAY, 1), (T0 + 2 * DAY, 1))}
    for quantity, ready in ((2, [1, 2]), (3, None)):
        demand = Demand("o", (DemandLine("1", "TEE", quantity),), BOSTON, at=T0)
        shelf = Shelf({}, comes)
        found = offers(demand, Network((NYC,)), shelf, RATES, (AIR,), supply=shelf).level("express")
        if ready is None:
            assert found == NoOffer("express", "no_stock", (("1", 1),))
        else:
            assert isinstance(found, Offer)
            assert [part.ready for part in found.parts] == [T0 + days * DAY for days in ready]


def test_c1_the_same_whatever_the_order_of_what_is_asked() -> None:
    first = offers(two_lines(), COASTS, SHELF, RATES, (GROUND, AIR))
    again = offers(two_lines(), Network((LAX, NYC)), SHELF, LowestCost(Rates()), (AIR, GROUND))
    assert first.as_json() == again.as_json()


# -- pickup ------------------------------------------------------------------------------------

opening = st.tuples(
    st.sampled_from(("07:00", "09:30", "11:00")), st.sampled_from(("13:00", "18:00", "21:15"))
)


@settings(max_examples=30)
@given(locations("a"), opening, st.frozensets(st.integers(1, 7), max_size=4), now)
def test_a_store_has_it_ready_at_its_first_opening_after_its_work(
    store: Location, hours: tuple[str, str], free: frozenset[int], at: datetime
) -> None:
    """Minute by minute: until the door is open, and until an order would be ready later."""
    store = attrs.evolve(store, calendar=Calendar(free, opens=hours[0], closes=hours[1]))
    demand = Demand("o", (DemandLine("1", "TEE", 1),), None, at=at)
    (found,) = pickups(demand, Network((store,)), Shelf({("TEE", "a"): 1}), Nearest()).offers

    def ready(moment: datetime) -> datetime:
        packed = packed_on(store, moment)
        assert packed is not None
        return open_from(store, at_wall(store, packed, max(store.cut_off, hours[1])))

    assert found.ready == ready(at)
    assert is_open(store, found.ready)
    assert found.day == found.ready.astimezone(UTC).date() or store.zone != "UTC"
    assert found.order_by is not None
    assert ready(found.order_by) != found.ready
    for minutes in range(0, int((found.order_by - at) / MINUTE), 97):
        assert ready(at + minutes * MINUTE) == found.ready
    assert ready(found.order_by - MINUTE) == found.ready or found.order_by - MINUTE < at


def test_stores_by_when_it_is_ready_then_by_how_near_they_are() -> None:
    counter = frozenset({"pickup"})

    def store(name: str, latitude: float, **more: Any) -> Location:
        point = GeoPoint(latitude, -71.06)
        return Location(name, "store", point, zone="America/New_York", **{"capabilities": counter, **more})

    hours = Calendar(frozenset(), opens="09:00", closes="20:00")
    network = Network(
        (
            store("far", 43.0, calendar=hours),
            store("near", 42.4, calendar=hours),
            store("slow", 42.36, calendar=hours, processing_days=1),
            store("empty", 42.36, calendar=hours),
            store("away", 42.36, calendar=hours, active=False),
            store("web", 42.36, capabilities=frozenset({"ship"})),
        )
    )
    shelf = Shelf({("TEE", name): 1 for name in ("far", "near", "slow", "away", "web")})
    demand = Demand("o", (DemandLine("1", "TEE", 1),), BOSTON, at=T0)
    found = pickups(demand, network, shelf, Nearest())
    assert [offer.location for offer in found.offers] == ["near", "far", "slow"]
    assert [(refused.level, refused.code) for refused in found.refused] == [("empty", "no_stock")]
    assert found.explain().splitlines()[0] == (
        "near: ready from Tue 2026-12-01 09:00 (America/New_York), if ordered within 2 h 13 min"
    )
    told = json.loads(json.dumps(found.as_json()))
    assert told["offers"][0]["ready"] == "2026-12-01T14:00:00Z"
    assert told["offers"][0]["day"] == "2026-12-01"
    assert told["refused"] == [{"location": "empty", "code": "no_stock", "lines": [["1", 1]]}]
    only = pickups(demand, network, shelf, Nearest(), stores=("web", "far", "far"))
    assert [offer.location for offer in only.offers] == ["far"]
    assert [refused.code for refused in only.refused] == ["capability"]
    with pytest.raises(UnknownId):
        pickups(demand, network, shelf, Nearest(), stores=("none",))


def test_what_a_store_waits_for_is_ready_once_it_is_there() -> None:
    store = attrs.evolve(NYC, capabilities=frozenset({"pickup"}))
    shelf = Shelf({}, {("TEE", "nyc"): ((T0 + 3 * DAY, 1),)})
    demand = Demand("o", (DemandLine("1", "TEE", 1),), None, at=T0)
    assert pickups(demand, Network((store,)), shelf, RATES).offers == ()
    (found,) = pickups(demand, Network((store,)), shelf, RATES, supply=shelf).offers
    assert found.supply == T0 + 3 * DAY
    assert found.ready == ready_from(store, T0 + 3 * DAY)
    assert isinstance(pickups(demand, Network(()), shelf, RATES), Pickups)


# -- bad input ---------------------------------------------------------------------------------

BAD: list[Callable[[], object]] = [
    lambda: offers(None, COASTS, SHELF, RATES, (AIR,)),  # type: ignore[arg-type]  # what an untyped caller passes
    lambda: offers(two_lines(), None, SHELF, RATES, (AIR,)),  # type: ignore[arg-type]  # as above
    lambda: offers(two_lines(), COASTS, None, RATES, (AIR,)),  # type: ignore[arg-type]  # as above
    lambda: offers(two_lines(), COASTS, SHELF, None, (AIR,)),  # type: ignore[arg-type]  # as above
    lambda: offers(two_lines(), COASTS, SHELF, RATES, [AIR]),  # type: ignore[arg-type]  # as above
    lambda: offers(two_lines(), COASTS, SHELF, RATES, (AIR, AIR)),
    lambda: offers(two_lines(), COASTS, SHELF, RATES, (AIR,), quote=lambda offer: 599),  # type: ignore[arg-type,return-value]  # as above
    lambda: ServiceLevel("a b", AIR.services),
    lambda: ServiceLevel("express", ()),
    lambda: ServiceLevel("express", AIR.services * 2),
    lambda: offer_of(AIR, two_lines(), COASTS, (("plan", None),)),  # type: ignore[arg-type]  # as above
    lambda: pickups(two_lines(), COASTS, SHELF, RATES, stores=["nyc"]),  # type: ignore[arg-type]  # as above
]


@pytest.mark.parametrize("call", BAD)
def test_what_is_none_of_it_is_a_typed_error(call: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        call()


def test_plans_of_another_order_are_refused() -> None:
    plans = plans_for(two_lines(), COASTS, SHELF, RATES, None)
    other = Demand("o", (DemandLine("9", "TEE", 1),), BOSTON, at=T0)
    for demand, network in ((other, COASTS), (two_lines(), Network((NYC,)))):
        with pytest.raises(UnknownId):
            offer_of(AIR, demand, network, plans)
