"""When an order leaves: cut-offs at wall-clock time, weekends, holidays, summer time (C2)."""

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
    InvalidPlace,
    InvalidTimestamp,
    Location,
    NaiveTimestamp,
    NoWorkingDay,
    OmcoreError,
    changed,
    instant_of,
    time_zone,
    wall_time,
)
from omcore.shipping import ShipBy, ship_by

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
NEW_YORK = "America/New_York"
# Summer time on both hemispheres, by half an hour, at midnight, never, and a skipped date.
ZONES = [
    NEW_YORK,
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Phoenix",
    "UTC",
]

zones = st.sampled_from(ZONES)
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
days = st.dates(date(2008, 1, 1), date(2030, 12, 31)) | st.sampled_from(
    [date(2026, 3, 8), date(2026, 11, 1), date(2011, 12, 30), date(2018, 11, 4), date(2026, 4, 5)]
)
instants = st.datetimes(datetime(2008, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
weekends = st.frozensets(st.integers(1, 7), max_size=4)


def hhmm(wall: time) -> str:
    return f"{wall.hour:02}:{wall.minute:02}"


def left(place: Any, now: Any, processing_days: Any, calendar: Any) -> ShipBy:
    if type(place) is Location:
        place = changed(place, processing_days=processing_days, calendar=calendar)
    return ship_by(place, now)


def location(zone: str = NEW_YORK, cut_off: str = "14:00") -> Location:
    return Location("nyc", zone=zone, cut_off=cut_off)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    near = st.dates(date(2026, 2, 20), date(2026, 4, 20))
    return Calendar(
        draw(weekends),
        draw(st.frozensets(near, max_size=8)),
        draw(st.frozensets(near, max_size=3)),
        hhmm(draw(quarters)),
    )


def first_quarter_shown(day: date, wall: time, zone: str) -> datetime:
    """The oracle walks the clock, a quarter of an hour at a time."""
    shown = datetime.combine(day, wall)
    moment = datetime.combine(day, time(), UTC) - 2 * DAY
    while moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < shown:
        moment += QUARTER
    return moment


def leaves(place: Location, now: datetime, processing: int, calendar: Calendar) -> date:
    """The oracle: cross off the days one by one."""

    def worked(day: date) -> bool:
        return day in calendar.extra or not (day.isoweekday() in calendar.weekend or day in calendar.holidays)

    local = now.astimezone(ZoneInfo(place.zone))
    day = local.date()
    cut_off = first_quarter_shown(day, time.fromisoformat(place.cut_off), place.zone)
    left = processing
    if not worked(day) or now >= cut_off:
        day += DAY
    while True:
        if worked(day):
            if not left:
                return day
            left -= 1
        day += DAY


@given(days, quarters, zones)
def test_a_wall_clock_time_is_the_first_instant_that_the_clock_shows_it_or_later(
    day: date, wall: time, zone: str
) -> None:
    """C2, through every change of clocks."""
    assert instant_of(day, wall, time_zone(zone)) == first_quarter_shown(day, wall, zone)


@given(instants, st.integers(0, 6), zones, quarters, calendars())
def test_an_order_leaves_on_the_day_that_crossing_off_days_gives(
    now: datetime, processing: int, zone: str, cut_off: time, calendar: Calendar
) -> None:
    place = location(zone, hhmm(cut_off))
    found = left(place, now, processing, calendar)
    assert found.on == leaves(place, now, processing, calendar)
    assert calendar.works(found.on)
    assert found.by > now
    end = max(calendar.closes, hhmm(cut_off))
    assert found.by == first_quarter_shown(found.on, time.fromisoformat(end), zone)


@given(instants, st.timedeltas(timedelta(), 10 * DAY), st.integers(0, 5), zones, calendars())
def test_waiting_never_makes_an_order_leave_earlier(
    now: datetime, wait: timedelta, processing: int, zone: str, calendar: Calendar
) -> None:
    place = location(zone)
    early, late = (left(place, at, processing, calendar) for at in (now, now + wait))
    assert (early.on, early.by) <= (late.on, late.by)
    assert left(place, now, processing + 1, calendar).on > early.on


@given(instants, st.integers(0, 5), calendars(), st.integers(0, 20))
def test_one_more_holiday_never_makes_an_order_leave_earlier(
    now: datetime, processing: int, calendar: Calendar, ahead: int
) -> None:
    holiday = now.date() + ahead * DAY
    more = Calendar(calendar.weekend, calendar.holidays | {holiday}, calendar.extra, calendar.closes)
    assert left(location(), now, processing, calendar).on <= left(location(), now, processing, more).on


@pytest.mark.parametrize(
    ("released", "leaves_on", "leaves_by"),
    [
        # Friday before the cut-off, winter: 13:59 in New York is 18:59 UTC.
        ("2026-01-16T18:59:59Z", "2026-01-16", "2026-01-16T23:00:00Z"),
        # On the dot of the cut-off, work starts on the next working day.
        ("2026-01-16T19:00:00Z", "2026-01-20", "2026-01-20T23:00:00Z"),
        # In summer the same wall-clock cut-off is an hour earlier in UTC.
        ("2026-07-17T17:59:59Z", "2026-07-17", "2026-07-17T22:00:00Z"),
        ("2026-07-17T18:00:00Z", "2026-07-20", "2026-07-20T22:00:00Z"),
        # Saturday noon, and the evening of Friday in New York though UTC has Saturday.
        ("2026-07-18T16:00:00Z", "2026-07-20", "2026-07-20T22:00:00Z"),
        ("2026-07-18T01:00:00Z", "2026-07-20", "2026-07-20T22:00:00Z"),
        # The Sunday on which clocks change counts as any Sunday.
        ("2026-03-08T12:00:00Z", "2026-03-09", "2026-03-09T22:00:00Z"),
    ],
)
def test_the_cut_off_is_two_in_the_afternoon_in_new_york(
    released: str, leaves_on: str, leaves_by: str
) -> None:
    """C2; Monday January 19th, 2026 is a holiday."""
    calendar = Calendar(holidays=frozenset({date(2026, 1, 19)}))
    found = left(location(), datetime.fromisoformat(released), 0, calendar)
    assert found == ShipBy(date.fromisoformat(leaves_on), datetime.fromisoformat(leaves_by))


def test_a_worked_saturday_counts() -> None:
    friday_evening = datetime(2026, 12, 19, 1, tzinfo=UTC)
    before_christmas = Calendar(extra=frozenset({date(2026, 12, 19)}))
    assert left(location(), friday_evening, 0, before_christmas).on == date(2026, 12, 19)
    assert left(location(), friday_evening, 0, Calendar()).on == date(2026, 12, 21)


def test_the_skipped_night_hour_and_the_doubled_one() -> None:
    zone = time_zone(NEW_YORK)
    half_past_two = wall_time("02:30", "cut_off")
    half_past_one = wall_time("01:30", "cut_off")
    assert instant_of(date(2026, 3, 8), half_past_two, zone) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert instant_of(date(2026, 11, 1), half_past_one, zone) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_calendar_without_a_working_day_is_a_typed_refusal() -> None:
    never = Calendar(weekend=frozenset(range(1, 8)))
    with pytest.raises(NoWorkingDay):
        left(location(), datetime(2026, 1, 1, tzinfo=UTC), 0, never)
    with pytest.raises(NoWorkingDay):
        Calendar().add_working(date(9999, 12, 31), 3)


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "America", "localtime", "../zoneinfo/UTC", "New York", "\0"]
)
def test_a_zone_that_is_none_is_named(zone: str) -> None:
    with pytest.raises(InvalidPlace) as caught:
        time_zone(zone)
    assert caught.value.path == "zone"


def test_naive_instants_and_odd_walls_are_refused() -> None:
    with pytest.raises(NaiveTimestamp):
        left(location(), datetime(2026, 1, 1), 0, Calendar())  # noqa: DTZ001 - naive on purpose
    for wall in ("24:00", "9:00", "09:60", "", None, "٠٩:٠٠"):
        with pytest.raises(InvalidTimestamp):
            wall_time(wall, "closes")


def answers(a: Any, b: Any, c: Any, d: Any) -> None:
    """A value or a typed error, whatever is passed."""

    calls: list[Callable[[], object]] = [
        lambda: ship_by(a, b),
        lambda: left(location(), a, b, Calendar()),
        lambda: left(location(), datetime(2026, 1, 1, tzinfo=UTC), a, b),
        lambda: Calendar(a, b, c, d),
        lambda: Calendar(closes=a),
        lambda: Calendar(weekend=a),
        lambda: Calendar(holidays=a),
        lambda: Calendar().works(a),
        lambda: Calendar().next_working(a),
        lambda: Calendar().add_working(a, b),
        lambda: Calendar().add_working(date(2026, 1, 1), a),
        lambda: time_zone(a),
        lambda: wall_time(a, "wall"),
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
