"""What a customer can be promised: transit days, weekend delivery, places that are not served."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import Calendar, GeoPoint, InvalidNumber, Location, OmcoreError, Place, changed
from omcore.promising import Promise, promise
from omcore.shipping import NotServed, Service, ship_by

DAY = timedelta(days=1)
WEEKDAYS = Calendar()
DAILY = Calendar(weekend=frozenset())
NYC = Location("nyc", point=GeoPoint(40.71, -74.01), zone="America/New_York")
BOSTON = Place("US", "MA", "02108", GeoPoint(42.36, -71.06))
SEATTLE = Place("US", "WA", "98101", GeoPoint(47.61, -122.33))
GROUND = Service(
    "ground", ((500, 1), (1500, 3), (None, 5)), Calendar(holidays=frozenset({date(2026, 11, 26)}))
)
THURSDAY_MORNING = datetime(2026, 11, 19, 14, tzinfo=UTC)

dates = st.dates(date(2026, 1, 1), date(2027, 12, 31))
bands = st.lists(st.integers(1, 5000), unique=True, max_size=4).map(sorted)


@st.composite
def services(draw: st.DrawFn) -> Service:
    reach: list[int | None] = [*draw(bands), None]
    days = draw(st.lists(st.integers(0, 9), min_size=len(reach), max_size=len(reach)))
    calendar = Calendar(
        draw(st.frozensets(st.integers(1, 7), max_size=5)), draw(st.frozensets(dates, max_size=5))
    )
    return Service("any", tuple(zip(reach, days, strict=True)), calendar, draw(st.booleans()))


def handed_over(service: Service, shipped: date, days: int) -> date:
    """The oracle follows the parcel night by night."""
    day = shipped
    if not service.travels_daily:
        while not service.calendar.works(day):
            day += DAY
    left = days
    while left:
        day += DAY
        if service.travels_daily or service.calendar.works(day):
            left -= 1
    while not service.calendar.works(day):
        day += DAY
    return day


@given(services(), dates, st.none() | st.floats(0, 20_000), st.sampled_from([None, -0.5, 0, 0.5]))
def test_a_parcel_is_handed_over_on_the_day_that_following_it_gives(
    service: Service, shipped: date, km: float | None, off: float | None
) -> None:
    if off is not None and service.transit[0][0] is not None:
        # Right at the edge of the first band.
        km = service.transit[0][0] + off
    if km is None:
        days = max(band[-1] for band in service.transit)
    else:
        days = next(band[-1] for band in service.transit if band[0] is None or km <= band[0])
    found = service.delivers(shipped, km)
    assert found == handed_over(service, shipped, days)
    assert service.calendar.works(found)
    assert found >= shipped


@given(services(), dates, st.integers(0, 30))
def test_what_leaves_later_never_arrives_earlier(service: Service, shipped: date, later: int) -> None:
    assert service.delivers(shipped, 100) <= service.delivers(shipped + later * DAY, 100)


@pytest.mark.parametrize(
    ("place", "processing", "leaves", "arrives"),
    [
        (BOSTON, 0, "2026-11-19", "2026-11-20"),
        # Two days of work over a weekend, then three bands of distance.
        (BOSTON, 2, "2026-11-23", "2026-11-24"),
        # Five working days, with a weekend and Thanksgiving between.
        (SEATTLE, 0, "2026-11-19", "2026-11-27"),
        # Nobody knows how far it is: the longest band.
        (Place("US", "WA"), 0, "2026-11-19", "2026-11-27"),
    ],
)
def test_ground_from_new_york(place: Place, processing: int, leaves: str, arrives: str) -> None:
    nyc = changed(NYC, processing_days=processing)
    found = promise(nyc, place, GROUND, THURSDAY_MORNING)
    left = ship_by(nyc, THURSDAY_MORNING)
    expected = Promise("nyc", "ground", date.fromisoformat(leaves), left.by, date.fromisoformat(arrives))
    assert found == expected


def test_weekend_delivery_is_a_calendar_without_weekend() -> None:
    friday = date(2026, 11, 20)
    assert Service("ground", ((None, 1),)).delivers(friday, 10) == date(2026, 11, 23)
    assert Service("weekend", ((None, 1),), DAILY).delivers(friday, 10) == date(2026, 11, 21)
    # It drives through the weekend and rings on Monday, where two days of driving are enough.
    assert Service("road", ((None, 3),), WEEKDAYS, travels_daily=True).delivers(friday, 10) == date(
        2026, 11, 23
    )
    assert Service("desk", ((None, 3),), WEEKDAYS).delivers(friday, 10) == date(2026, 11, 25)


def test_a_country_that_is_not_served_is_a_typed_refusal() -> None:
    domestic = Service("domestic", ((None, 1),), areas=frozenset({"US"}))
    with pytest.raises(NotServed) as caught:
        promise(NYC, Place("CA", "ON"), domestic, THURSDAY_MORNING)
    assert caught.value.fields == {"service": "domestic", "country": "CA"}


def test_distances_that_are_none_are_refused() -> None:
    for km in (-1.0, float("nan"), True, "9"):
        with pytest.raises(InvalidNumber):
            GROUND.transit_days(km)  # type: ignore[arg-type]  # what an untyped caller passes


def answers(a: Any, b: Any, c: Any, d: Any) -> None:
    """A value or a typed error, whatever is passed."""

    calls: list[Callable[[], object]] = [
        lambda: promise(a, b, c, d),
        lambda: promise(NYC, BOSTON, GROUND, a),
        lambda: promise(NYC, a, b, THURSDAY_MORNING),
        lambda: Service(a, b, c, d),
        lambda: Service("s", a),
        lambda: Service("s", (a, b)),
        lambda: Service("s", ((a, b),)),
        lambda: Service("s", ((None, 1),), a, b, c),
        lambda: GROUND.transit_days(a),
        lambda: GROUND.delivers(a, b),
        lambda: GROUND.delivers(date(2026, 1, 1), a),
        lambda: Service("s", ((None, 1),), travels_daily=True).delivers(a, None),
    ]
    for call in calls:
        with suppress(OmcoreError):
            call()


@given(anything(), anything(), anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any, c: Any, d: Any) -> None:
    answers(a, b, c, d)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd, odd, odd, odd)
