"""Carriers' services: where they go, what they take, when they fetch, when a parcel arrives (C2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import (
    Calendar,
    GeoPoint,
    InvalidPlace,
    Location,
    NoWorkingDay,
    OmcoreError,
    Place,
    changed,
)
from omcore.shipping import (
    Arrival,
    Limits,
    NotCollected,
    NotServed,
    Service,
    ShipBy,
    arrival,
    handed_over,
    ship_by,
)

DAY = timedelta(days=1)
DAILY = Calendar(weekend=frozenset())
NEVER = Calendar(weekend=frozenset(range(1, 8)))
NYC = Location("nyc", point=GeoPoint(40.71, -74.01), zone="America/New_York")
BOSTON = Place("US", "MA", "02108", GeoPoint(42.36, -71.06))
HONOLULU = Place("US", "HI", "96815", GeoPoint(21.28, -157.83))
# The van comes on weekdays at five, on Saturdays at noon.
VAN = Calendar(weekend=frozenset({7}), closes="17:00", hours=((6, "00:00", "12:00"),))
GROUND = Service("ground", ((500, 1, 2), (None, 3, 5)), carrier="Brown", by_area=(("US-HI", 7, 9),))
EXPRESS = Service("express", ((None, 1),), DAILY, travels_daily=True, carrier="Brown", collects=VAN)


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
weekends = st.frozensets(st.integers(1, 7), max_size=5)
walls = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    hours = sorted(draw(st.frozensets(st.integers(1, 7), max_size=3)))
    return Calendar(
        draw(weekends),
        draw(st.frozensets(days, max_size=5)),
        closes=draw(walls),
        hours=tuple([(weekday, "00:00", draw(walls)) for weekday in hours]),
    )


@st.composite
def services(draw: st.DrawFn) -> Service:
    reach: list[int | None] = [*sorted(draw(st.frozensets(st.integers(1, 5000), max_size=3))), None]
    transit = []
    for up_to in reach:
        least, more = draw(st.integers(0, 6)), draw(st.integers(0, 3))
        transit.append((up_to, least, least + more) if draw(st.booleans()) else (up_to, least))
    return Service(
        "any",
        tuple(transit),
        draw(calendars()),
        draw(st.booleans()),
        collects=draw(st.none() | calendars()),
    )


@st.composite
def places(draw: st.DrawFn) -> Location:
    return changed(
        NYC,
        cut_off=draw(walls),
        calendar=draw(calendars()),
        processing_days=draw(st.integers(0, 2)),
        zone=draw(st.sampled_from(["America/New_York", "Australia/Lord_Howe", "UTC"])),
    )


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001


def followed(service: Service, fetched: date, days: int) -> date:
    """The oracle follows the parcel from the van on, night by night."""
    day = fetched
    while not (service.travels_daily or service.calendar.works(day)):
        day += DAY
    while days:
        day += DAY
        if service.travels_daily or service.calendar.works(day):
            days -= 1
    while not service.calendar.works(day):
        day += DAY
    return day


@given(places(), services(), instants)
def test_a_parcel_leaves_with_the_first_van_that_comes_after_it_is_ready(
    place: Location, service: Service, now: datetime
) -> None:
    found = handed_over(place, service, now)
    ready = ship_by(place, now)
    local = now.astimezone(ZoneInfo(place.zone))
    day = ready.on
    for _ in range(400):
        if service.collects is None:
            comes = service.travels_daily or service.calendar.works(day)
            end = place.calendar
        else:
            comes = service.collects.works(day)
            end = service.collects
        closes = {weekday: until for weekday, _, until in end.hours}.get(day.isoweekday(), end.closes)
        missed = service.collects is not None and day == local.date() and now >= instant(day, closes, place)
        if comes and not missed:
            break
        day += DAY
    assert found.on == day
    if service.collects is None and day == ready.on:
        assert found == ready
    else:
        assert found.by == instant(day, closes, place)
    assert found.by > now


def instant(day: date, wall: str, place: Location) -> datetime:
    """The first quarter of an hour at which the clock shows the time, or has passed it."""
    shown = datetime.combine(day, time.fromisoformat(wall))
    moment = datetime.combine(day, time(), UTC) - 2 * DAY
    while moment.astimezone(ZoneInfo(place.zone)).replace(tzinfo=None) < shown:
        moment += timedelta(minutes=15)
    return moment


@given(services(), days, st.none() | st.integers(0, 9000))
def test_a_parcel_arrives_between_the_days_that_following_it_gives(
    service: Service, shipped: date, km: int | None
) -> None:
    fetched = shipped
    if service.collects is not None:
        while not service.collects.works(fetched):
            fetched += DAY
    bands = [band for band in service.transit if km is None or band[0] is None or km <= band[0]]
    if km is not None:
        bands = bands[:1]
    firsts = [followed(service, fetched, band[1]) for band in bands]
    lasts = [followed(service, fetched, band[-1]) for band in bands]
    assert service.window(shipped, km) == (min(firsts), max(lasts))
    assert service.delivers(shipped, km) == max(lasts)


@given(places(), services(), instants, st.timedeltas(timedelta(), 4 * DAY))
def test_ordering_later_never_arrives_earlier(
    place: Location, service: Service, now: datetime, wait: timedelta
) -> None:
    early, late = (arrival(place, BOSTON, service, at) for at in (now, now + wait))
    assert early.leaves.on <= late.leaves.on
    assert early.earliest <= late.earliest
    assert early.latest <= late.latest
    assert early.earliest <= early.latest


@pytest.mark.parametrize(
    ("ordered", "leaves", "arrives"),
    [
        # Friday before the cut-off at two.
        ("2026-11-20T13:59", "2026-11-20", "2026-11-21"),
        # After it: ready on Monday.
        ("2026-11-20T14:00", "2026-11-23", "2026-11-24"),
    ],
)
def test_the_van_of_the_day_takes_what_came_before_the_cut_off(
    ordered: str, leaves: str, arrives: str
) -> None:
    found = arrival(NYC, BOSTON, EXPRESS, new_york(ordered))
    assert found == Arrival(
        "nyc",
        "express",
        ShipBy(date.fromisoformat(leaves), new_york(f"{leaves}T17:00")),
        date.fromisoformat(arrives),
        date.fromisoformat(arrives),
    )


def test_a_parcel_packed_on_friday_evening_is_fetched_on_monday() -> None:
    store = changed(NYC, cut_off="19:00", calendar=Calendar(weekend=frozenset(), closes="20:00"))
    weekdays = changed(EXPRESS, collects=Calendar(closes="17:00"))
    friday_evening = new_york("2026-11-20T18:30")
    assert ship_by(store, friday_evening).on == date(2026, 11, 20)
    assert handed_over(store, weekdays, friday_evening).on == date(2026, 11, 23)
    # A van on Saturdays, until noon.
    assert handed_over(store, EXPRESS, friday_evening) == ShipBy(
        date(2026, 11, 21), new_york("2026-11-21T12:00")
    )
    assert handed_over(store, EXPRESS, new_york("2026-11-21T12:00")).on == date(2026, 11, 23)


def test_a_guaranteed_service_names_a_day_and_an_estimated_one_a_window() -> None:
    monday = date(2026, 11, 16)
    assert GROUND.window(monday, 300) == (date(2026, 11, 17), date(2026, 11, 18))
    assert GROUND.window(monday, 4000) == (date(2026, 11, 19), date(2026, 11, 23))
    assert EXPRESS.window(monday, 4000) == (date(2026, 11, 17), date(2026, 11, 17))
    # Nobody knows how far it is: from the least of all bands to the most.
    assert GROUND.window(monday, None) == (date(2026, 11, 17), date(2026, 11, 23))


def test_the_narrowest_area_says_how_long_it_takes() -> None:
    both = changed(GROUND, by_area=(("US", 4), ("US-HI", 7, 9), ("US:968", 8), ("US:96815", 10)))
    assert both.travels(10, BOSTON) == (4, 4)
    assert both.travels(10, HONOLULU) == (10, 10)
    assert both.travels(10, Place("US", "HI", "96801")) == (8, 8)
    assert both.travels(10, Place("US", "HI", "96701")) == (7, 9)
    assert both.travels(10, Place("US", "HI")) == (7, 9)
    assert both.travels(10, Place("CA", "HI")) == (1, 2)
    assert both.transit_days(10, HONOLULU) == 10


def test_postal_codes_are_compared_without_spaces_and_in_capitals() -> None:
    london = Service("london", ((None, 1),), areas=frozenset({"GB:SW1A1"}))
    assert london.serves(Place("GB", "", "sw1a 1aa"))
    assert not london.serves(Place("GB", "", "SW1A 2AA"))


def test_a_place_that_is_not_served_is_a_typed_refusal() -> None:
    mainland = changed(EXPRESS, areas=frozenset({"US", "CA-ON"}), not_to=frozenset({"US-HI"}))
    monday = new_york("2026-11-16T09:00")
    assert arrival(NYC, BOSTON, mainland, monday).latest == date(2026, 11, 17)
    assert arrival(NYC, Place("CA", "ON"), mainland, monday).latest == date(2026, 11, 17)
    for place in (HONOLULU, Place("CA", "QC"), Place("DE")):
        with pytest.raises(NotServed) as caught:
            arrival(NYC, place, mainland, monday)
        assert caught.value.fields == {"service": "express", "country": place.country}
    with pytest.raises(NotCollected) as refused:
        arrival(NYC, BOSTON, changed(EXPRESS, locations=frozenset({"chi"})), monday)
    assert refused.value.fields == {"service": "express", "location": "nyc"}


def test_a_carrier_that_never_comes_is_a_typed_answer() -> None:
    for idle in (
        changed(EXPRESS, collects=NEVER),
        changed(EXPRESS, calendar=NEVER),
        Service("x", ((None, 1),), NEVER),
    ):
        with pytest.raises(NoWorkingDay):
            arrival(NYC, BOSTON, idle, new_york("2026-11-16T09:00"))


def test_a_refusal_comes_before_the_calendar() -> None:
    with pytest.raises(NotServed):
        arrival(
            changed(NYC, calendar=NEVER),
            HONOLULU,
            changed(EXPRESS, not_to=frozenset({"US-HI"})),
            new_york("2026-11-16T09:00"),
        )


def test_limits_are_of_a_parcel_as_carriers_measure_it() -> None:
    limits = Limits(weight_g=30_000, side_mm=1_200, girth_mm=3_000)
    assert limits.allow(30_000, (400, 1_200, 500))  # 1,200 and twice 900 around
    assert not limits.allow(30_001, (400, 1_200, 500))
    assert not limits.allow(1, (400, 1_201, 100))
    assert not limits.allow(1, (401, 1_200, 500))
    # A side that nobody knows is none.
    assert limits.allow(0, (0, 0, 0))
    assert Limits().allow(10**9, (10**6, 10**6, 10**6))


def test_hazards_that_a_service_refuses_are_not_taken() -> None:
    air = changed(EXPRESS, refuses=frozenset({"3", "9"}))
    assert [air.takes(hazard) for hazard in ("", "3", "8", "9")] == [True, False, True, False]
    none = changed(EXPRESS, refuses=frozenset({"*"}))
    assert [none.takes(hazard) for hazard in ("", "3")] == [True, False]


@pytest.mark.parametrize("area", ["us", "US-", "US:", "USA", "US: 1", "", None, "US:100 1"])
def test_an_area_that_is_none_is_named(area: Any) -> None:
    with pytest.raises(InvalidPlace) as caught:
        changed(GROUND, by_area=(("US", 3), (area, 3)))
    assert caught.value.path == "by_area[1]"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"transit": ()}, "transit"),
        ({"transit": ((None, 3, 2),)}, "transit[0]"),
        ({"transit": ((None, -1),)}, "transit[0]"),
        ({"transit": ((5, 1),)}, "transit[0]"),
        ({"transit": ((5, 1), (5, 2), (None, 3))}, "transit[1]"),
        ({"transit": ((float("nan"), 1), (None, 3))}, "transit[0]"),
        ({"by_area": (("US", 3), ("US", 4))}, "by_area[1]"),
        ({"areas": {"US"}}, "areas"),
        ({"collects": "daily"}, "collects"),
        ({"limits": 30}, "limits"),
    ],
)
def test_a_service_that_makes_no_sense_is_refused(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(OmcoreError) as caught:
        changed(GROUND, **fields)
    assert caught.value.path == path


def answers(a: Any, b: Any, c: Any) -> None:
    """A value or a typed error, whatever is passed."""
    calls: list[Callable[[], object]] = [
        lambda: Service("s", ((None, a, b),)),
        lambda: Service("s", ((None, 1),), areas=a, not_to=b, locations=c),
        lambda: Service("s", ((None, 1),), carrier=a, collects=b, by_area=c),
        lambda: Service("s", ((None, 1),), by_area=((a, b, c),)),
        lambda: Service("s", ((None, 1),), limits=a, refuses=b),
        lambda: Limits(a, b, c),
        lambda: Limits(1, 1, 1).allow(1, (1, 1, 1)),
        lambda: GROUND.serves(a),
        lambda: GROUND.takes(a),
        lambda: GROUND.travels(a, b),
        lambda: GROUND.window(a, b, c),
        lambda: GROUND.fetches(a),
        lambda: EXPRESS.fetches(a),
        lambda: handed_over(a, b, c),
        lambda: handed_over(NYC, EXPRESS, a),
        lambda: arrival(a, b, c, datetime(2026, 1, 1, tzinfo=UTC)),
        lambda: arrival(NYC, a, EXPRESS, b),
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
