"""When a place is open: hours by weekday, holidays, summer time; and when an order can be fetched (C2)."""

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
from omcore.codec import from_json, to_json
from omcore.kernel import (
    Calendar,
    InvalidTimestamp,
    InvalidType,
    Location,
    NaiveTimestamp,
    NoWorkingDay,
    OmcoreError,
    changed,
    time_zone,
)
from omcore.shipping import collectable, ship_by

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
EVERY_DAY: frozenset[int] = frozenset()
ALL_WEEK = frozenset(range(1, 8))
# A store: ten to eight, Sundays twelve to five, closed on Thanksgiving and on Christmas Day.
STORE = Location(
    "soho",
    "store",
    zone="America/New_York",
    calendar=Calendar(
        weekend=EVERY_DAY,
        holidays=frozenset({date(2026, 11, 26), date(2026, 12, 25)}),
        opens="10:00",
        closes="20:00",
        hours=((7, "12:00", "17:00"),),
    ),
)

ZONES = ("America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "UTC")
zones = st.sampled_from(ZONES)
walls = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
spans = st.tuples(walls, walls).map(lambda pair: (min(pair), max(pair)))
# Near changes of clocks, and near the date that Samoa left out.
moments = st.sampled_from(
    [
        datetime(2026, 3, 7, tzinfo=UTC),
        datetime(2026, 10, 31, tzinfo=UTC),
        datetime(2011, 12, 29, tzinfo=UTC),
        datetime(2018, 11, 3, tzinfo=UTC),
        datetime(2026, 4, 4, tzinfo=UTC),
    ]
).flatmap(lambda at: st.integers(0, 400).map(lambda n: at + n * QUARTER))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    near = st.dates(date(2026, 3, 5), date(2026, 3, 15)) | st.dates(date(2011, 12, 28), date(2012, 1, 3))
    opens, closes = draw(spans)
    named = sorted(draw(st.frozensets(st.integers(1, 7), max_size=4)))
    return Calendar(
        draw(st.frozensets(st.integers(1, 7), max_size=3)),
        draw(st.frozensets(near, max_size=4)),
        draw(st.frozensets(near, max_size=4)),
        closes,
        opens,
        tuple([(weekday, *draw(spans)) for weekday in named]),
    )


def is_open(calendar: Calendar, at: datetime, zone: str) -> bool:
    """The oracle reads the wall clock, and remembers whether it has shown the closing time today."""
    local = at.astimezone(ZoneInfo(zone))
    day = local.date()
    if day not in calendar.extra and (day.isoweekday() in calendar.weekend or day in calendar.holidays):
        return False
    opens, closes = calendar.opens, calendar.closes
    for weekday, its_opens, its_closes in calendar.hours:
        if weekday == day.isoweekday():
            opens, closes = its_opens, its_closes

    def has_shown(wall: str) -> bool:
        # Clocks set back show a time twice: from the first time on, it has been.
        moment = at
        while moment.astimezone(ZoneInfo(zone)).date() == day:
            if moment.astimezone(ZoneInfo(zone)).time() >= time.fromisoformat(wall):
                return True
            moment -= QUARTER
        return False

    return has_shown(opens) and not has_shown(closes)


@given(calendars(), moments, zones)
def test_a_place_is_next_open_when_walking_the_clock_finds_it_open(
    calendar: Calendar, at: datetime, zone: str
) -> None:
    moment = at
    for _ in range(12 * 96):
        if is_open(calendar, moment, zone):
            break
        moment += QUARTER
    else:
        return
    assert calendar.next_open(at, time_zone(zone)) == moment


@pytest.mark.parametrize(
    ("ready", "fetched"),
    [
        # Friday afternoon: at once.
        ("2026-11-20T15:00:00-05:00", "2026-11-20T15:00:00-05:00"),
        # At closing time nobody opens any more.
        ("2026-11-20T20:00:00-05:00", "2026-11-21T10:00:00-05:00"),
        # Sunday opens late and closes early.
        ("2026-11-22T09:00:00-05:00", "2026-11-22T12:00:00-05:00"),
        ("2026-11-22T17:30:00-05:00", "2026-11-23T10:00:00-05:00"),
        # The evening before Thanksgiving.
        ("2026-11-25T21:00:00-05:00", "2026-11-27T10:00:00-05:00"),
        # The night of the change to summer time: Sunday noon, by the clock of then.
        ("2027-03-13T20:00:00-05:00", "2027-03-14T12:00:00-04:00"),
    ],
)
def test_an_order_is_fetched_when_the_store_is_open(ready: str, fetched: str) -> None:
    """C2: the clock is the store's."""
    assert collectable(STORE, datetime.fromisoformat(ready)) == datetime.fromisoformat(fetched)


@given(calendars(), moments, st.timedeltas(timedelta(), 5 * DAY), zones)
def test_what_is_ready_later_is_never_fetched_earlier(
    calendar: Calendar, at: datetime, wait: timedelta, zone: str
) -> None:
    place = Location("any", zone=zone, calendar=calendar)
    try:
        early = collectable(place, at)
    except NoWorkingDay:
        return
    assert at <= early
    # Where the last day of all has passed meanwhile, it is fetched never.
    with suppress(NoWorkingDay):
        assert early <= collectable(place, at + wait)


@pytest.mark.parametrize(
    "never",
    [
        Calendar(weekend=ALL_WEEK),
        # It works, and has no hours.
        Calendar(weekend=EVERY_DAY, opens="09:00", closes="09:00"),
        Calendar(weekend=ALL_WEEK, extra=frozenset({date(2020, 1, 1)})),
        # One weekday, of which the hours are none.
        Calendar(weekend=ALL_WEEK - {3}, hours=((3, "08:00", "08:00"),)),
    ],
)
def test_a_calendar_that_never_opens_is_a_typed_answer(never: Calendar) -> None:
    place = changed(STORE, calendar=never)
    with pytest.raises(NoWorkingDay):
        collectable(place, datetime(2026, 11, 20, tzinfo=UTC))
    at_the_end = datetime(9998, 12, 31, 23, tzinfo=UTC)
    with pytest.raises(NoWorkingDay):
        collectable(place, at_the_end)


def test_hours_that_the_clock_leaves_out_are_none() -> None:
    """In the night to 14 March 2027 New York's clocks go from two to three."""
    night = Calendar(weekend=EVERY_DAY, opens="02:15", closes="02:45")
    saturday = datetime(2027, 3, 13, 12, tzinfo=UTC)
    found = night.next_open(saturday, time_zone("America/New_York"))
    assert found == datetime(2027, 3, 15, 6, 15, tzinfo=UTC)


def test_an_order_leaves_by_the_end_of_the_hours_of_its_day() -> None:
    sunday = datetime(2026, 11, 22, 13, tzinfo=UTC)
    assert ship_by(STORE, sunday).by == datetime(2026, 11, 22, 22, tzinfo=UTC)
    assert ship_by(STORE, sunday + DAY).by == datetime(2026, 11, 24, 1, tzinfo=UTC)


def test_a_store_is_written_with_its_hours() -> None:
    assert from_json(to_json(STORE)) == STORE


@pytest.mark.parametrize(
    ("fields", "error", "path"),
    [
        ({"opens": "19:00"}, InvalidTimestamp, "closes"),
        ({"opens": "24:00"}, InvalidTimestamp, "opens"),
        ({"hours": ((7, "12:00", "11:00"),)}, InvalidTimestamp, "hours[0].closes"),
        ({"hours": ((7, "12:00", "17:00"), (7, "12:00", "17:00"))}, OmcoreError, "hours[1]"),
        ({"hours": ((0, "12:00", "17:00"),)}, OmcoreError, "hours[0]"),
        ({"hours": ((7, "12:00"),)}, InvalidType, "hours[0]"),
        ({"hours": [(7, "12:00", "17:00")]}, InvalidType, "hours"),
    ],
)
def test_hours_that_make_no_sense_are_refused(
    fields: dict[str, Any], error: type[OmcoreError], path: str
) -> None:
    with pytest.raises(error) as caught:
        Calendar(**fields)
    assert caught.value.path == path


def test_a_time_without_a_zone_says_nothing() -> None:
    with pytest.raises(NaiveTimestamp):
        collectable(STORE, datetime(2026, 1, 1))  # noqa: DTZ001 - naive on purpose


def answers(a: Any, b: Any, c: Any) -> None:
    """A value or a typed error, whatever is passed."""
    calls: list[Callable[[], object]] = [
        lambda: Calendar(opens=a, closes=b),
        lambda: Calendar(hours=a),
        lambda: Calendar(hours=(a, b)),
        lambda: Calendar(hours=((a, b, c),)),
        lambda: Calendar().opening(a),
        lambda: Calendar().next_open(a, b),
        lambda: Calendar().next_open(datetime(2026, 1, 1, tzinfo=UTC), a),
        lambda: collectable(a, b),
        lambda: collectable(STORE, a),
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
