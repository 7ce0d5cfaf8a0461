"""C1, C2: instants are aware, kept in UTC, and never read from a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from anything import SECRET, BadZone, FrozenClock, NoZone, WideZone
from omcore.kernel import (
    EPOCH,
    MAX_SKEW_S,
    ClockSkew,
    InvalidTimestamp,
    NaiveTimestamp,
    OmcoreError,
    checked_instant,
    effective_now,
    epoch_second,
    format_instant,
    from_epoch_second,
    parse_instant,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = st.sampled_from(
    [
        NEW_YORK,
        ZoneInfo("Europe/Dublin"),
        ZoneInfo("Australia/Lord_Howe"),  # summer time of half an hour
        ZoneInfo("Asia/Kathmandu"),
        ZoneInfo("Pacific/Apia"),  # skipped a whole day in 2011
        ZoneInfo("UTC"),
        timezone.utc,  # noqa: UP017 - both spellings of one object
        timezone(timedelta(hours=-12)),
        timezone(timedelta(hours=14, minutes=59, seconds=59)),
    ]
)
LOCAL = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(9998, 1, 1))  # noqa: DTZ001 - the zone comes next
FOLDS = st.integers(0, 1)


def since_epoch(moment: datetime) -> timedelta:
    """Wall clock minus offset: what UTC means, without converting anything."""
    offset = moment.utcoffset()
    assert offset is not None
    return moment.replace(tzinfo=None, fold=0) - offset - datetime(1970, 1, 1)  # noqa: DTZ001 - wall clock


@given(LOCAL, ZONES, FOLDS)
def test_c2_every_aware_instant_is_kept_in_utc(local: datetime, zone: tzinfo, fold: int) -> None:
    moment = local.replace(tzinfo=zone, fold=fold)
    kept = checked_instant(moment)
    assert type(kept) is datetime
    assert (kept.tzinfo, kept.fold) == (UTC, 0)
    assert kept - EPOCH == since_epoch(moment)
    assert checked_instant(kept) is kept


def test_c2_the_hour_that_comes_twice_in_autumn_is_two_hours() -> None:
    once = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=0)
    again = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1)
    assert format_instant(checked_instant(once)) == "2026-11-01T05:30:00Z"
    assert format_instant(checked_instant(again)) == "2026-11-01T06:30:00Z"


def test_c2_the_hour_that_spring_skips_is_still_one_instant() -> None:
    skipped = datetime(2026, 3, 8, 2, 30, tzinfo=NEW_YORK)
    assert format_instant(checked_instant(skipped)) == "2026-03-08T07:30:00Z"


def test_c2_a_fold_on_an_instant_in_utc_says_nothing_and_is_not_kept() -> None:
    folded = datetime(2026, 11, 1, 1, 30, tzinfo=UTC, fold=1)
    assert repr(checked_instant(folded)) == repr(folded.replace(fold=0))


def test_a_test_clocks_datetime_comes_back_as_a_plain_one() -> None:
    kept = checked_instant(FrozenClock(2026, 11, 27, 9, 15, tzinfo=NEW_YORK))
    assert type(kept) is datetime
    assert kept == datetime(2026, 11, 27, 14, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "naive",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001 - naive on purpose
        datetime.max,  # noqa: DTZ901 - naive on purpose
        FrozenClock(2026, 1, 1),
        datetime(2026, 1, 1, tzinfo=NoZone()),
    ],
    ids=repr,
)
def test_c2_a_naive_datetime_is_refused_with_its_path(naive: datetime) -> None:
    with pytest.raises(NaiveTimestamp) as caught:
        checked_instant(naive, "lines[0].ship_by")
    assert caught.value == NaiveTimestamp("lines[0].ship_by")


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1970, 1, 1, 13, tzinfo=timezone(timedelta(hours=14))),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))),
        datetime(2026, 1, 1, tzinfo=BadZone()),
        datetime(2026, 1, 1, tzinfo=WideZone()),
        date(2026, 1, 1),
        1_767_225_600,
        "2026-01-01T00:00:00Z",
        None,
    ],
    ids=repr,
)
def test_what_is_no_instant_is_refused(moment: object) -> None:
    with pytest.raises(InvalidTimestamp) as caught:
        checked_instant(moment, "at")
    assert caught.value.path == "at"
    assert SECRET not in repr(caught.value)


# --- text ------------------------------------------------------------------------------------

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@given(LOCAL, OFFSETS, st.integers(0, 6), st.sampled_from("Tt "), st.booleans())
def test_c2_rfc_3339_text_is_read_as_it_is_written(
    local: datetime, minutes: int, digits: int, between: str, colon: bool
) -> None:
    """The oracle is datetime's own arithmetic on the parts that the text is made of."""
    micro = local.microsecond - local.microsecond % 10 ** (6 - digits)
    fraction = f".{local.microsecond:06d}"[: digits + 1] if digits else ""
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02d}{':' if colon else ''}{rest:02d}"
    text = f"{local:%Y-%m-%d}{between}{local:%H:%M:%S}{fraction}{zone}"
    expected = local.replace(microsecond=micro, tzinfo=UTC) - timedelta(minutes=minutes)
    read = parse_instant(text)
    assert (read, read.tzinfo) == (expected, UTC)
    if colon and between == "T":
        assert read == datetime.fromisoformat(text)


@given(LOCAL)
def test_c2_what_is_written_is_read_back(local: datetime) -> None:
    moment = local.replace(tzinfo=UTC)
    text = format_instant(moment)
    assert parse_instant(text) == datetime.fromisoformat(text) == moment
    assert text.endswith("Z")


@given(LOCAL, ZONES, FOLDS)
def test_c2_one_instant_is_written_one_way(local: datetime, zone: tzinfo, fold: int) -> None:
    moment = local.replace(tzinfo=zone, fold=fold)
    assert format_instant(moment) == format_instant(checked_instant(moment))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27T09:15:00-05:00", "2026-11-27T14:15:00Z"),
        ("2026-11-27T09:15:00.5Z", "2026-11-27T09:15:00.500000Z"),
        ("2026-11-27t09:15:00z", "2026-11-27T09:15:00Z"),
        ("2026-11-27 09:15:00+0530", "2026-11-27T03:45:00Z"),
        ("2026-11-27T09:15:00.123456789Z", "2026-11-27T09:15:00.123456Z"),
        ("2026-11-27T09:15:00-00:00", "2026-11-27T09:15:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),  # a leap second
        ("1970-01-01T01:00:00+01:00", "1970-01-01T00:00:00Z"),
    ],
)
def test_c2_timestamps_of_sales_channels_are_read(text: str, expected: str) -> None:
    assert format_instant(parse_instant(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-27T09:15:61Z",
        "2026-11-27T09:15:99Z",
        "2026-11-27T24:00:00Z",
        "2026-11-27T09:60:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-27T09:15:00+24:00",
        "2026-11-27T09:15:00+05:60",
        "2026-11-27T09:15:00+99:99",
        "2026-11-27T09:15Z",
        "2026-11-27",
        "2026-11-27T09:15:00Z\n",
        " 2026-11-27T09:15:00Z",
        "2026-11-27T09:15:00.Z",
        "2026-11-27T09:15:00.1234567890Z",
        "2026-11-27T09:15:00 EST",
        "٢٠٢٦-11-27T09:15:00Z",
        "+2026-11-27T09:15:00Z",
        "20261127T091500Z",
        "1767225600",
        "1969-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "",
        "2026-11-27T09:15:00Z" + " " * 100,
    ],
)
def test_c2_text_that_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(InvalidTimestamp) as caught:
        parse_instant(text, "createdAt")
    assert caught.value.path == "createdAt"


def test_c2_text_without_a_zone_is_naive() -> None:
    with pytest.raises(NaiveTimestamp):
        parse_instant("2026-11-27T09:15:00")


@given(st.text("0123456789-:TZ+. ", max_size=30))
@example("2026-11-27T09:15:00+99:99")
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    try:
        read = parse_instant(text)
    except (InvalidTimestamp, NaiveTimestamp):
        return
    assert read == datetime.fromisoformat(text)


# --- whole seconds ---------------------------------------------------------------------------


@given(LOCAL)
def test_s6_an_expiry_is_rounded_up_to_the_second_so_that_no_claim_is_shortened(local: datetime) -> None:
    moment = local.replace(tzinfo=UTC)
    second = epoch_second(moment)
    exact = Fraction((moment - EPOCH) // timedelta(microseconds=1), 10**6)
    assert second == exact.__ceil__()
    assert from_epoch_second(second) - moment < timedelta(seconds=1)
    assert from_epoch_second(second) >= moment
    assert epoch_second(from_epoch_second(second)) == second


@pytest.mark.parametrize("second", [-1, 10**12, 10**400, True, 1.0, "1", None], ids=lambda v: repr(v)[:20])
def test_a_second_that_is_none_is_refused(second: int) -> None:
    with pytest.raises(InvalidTimestamp):
        from_epoch_second(second)


# --- one now for a command -------------------------------------------------------------------

SEEN = datetime(2026, 11, 27, 12, tzinfo=UTC)


@given(st.timedeltas(timedelta(days=-3), timedelta(days=3)))
@example(timedelta(seconds=-MAX_SKEW_S))
@example(timedelta(seconds=-MAX_SKEW_S, microseconds=-1))
def test_a_command_has_the_largest_now_that_it_or_its_streams_have_seen(ahead: timedelta) -> None:
    given_at = SEEN + ahead
    if ahead >= timedelta(days=-1):
        assert effective_now(given_at, SEEN) == max(given_at, SEEN)
    else:
        with pytest.raises(ClockSkew) as caught:
            effective_now(given_at, SEEN)
        behind = caught.value.fields["behind_s"]
        assert isinstance(behind, int)
        assert behind - 1 < -ahead / timedelta(seconds=1) <= behind
        assert behind > MAX_SKEW_S == caught.value.fields["max_s"]


@given(LOCAL, ZONES, FOLDS)
def test_c4_one_instant_told_in_two_zones_is_one_instant(local: datetime, zone: tzinfo, fold: int) -> None:
    moment = local.replace(tzinfo=zone, fold=fold)
    kept = checked_instant(moment)
    told = kept.astimezone(NEW_YORK)
    assume(told.utcoffset() is not None)
    assert repr(checked_instant(told)) == repr(kept)


@pytest.mark.parametrize("naive", [datetime(2026, 1, 1)])  # noqa: DTZ001 - naive on purpose
def test_c1_nothing_is_read_in_the_zone_of_the_machine(naive: datetime) -> None:
    with pytest.raises(OmcoreError):
        format_instant(naive)
