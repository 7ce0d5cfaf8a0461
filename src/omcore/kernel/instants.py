"""Instants: timezone-aware, kept in UTC (C2).

Decides how a moment comes in and how two are compared; ``now`` is always an argument (C1). Must
not know calendars or cut-offs: those name a zone of their own.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from omcore.kernel.errors import ClockSkew, InvalidTimestamp, NaiveTimestamp

MAX_SKEW_S = 86_400
_FIRST_YEAR = 1970
_LAST_YEAR = 9999  # not in it any more: a year of room for any zone and any expiry
EPOCH = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
LAST_SECOND = (datetime(_LAST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // _SECOND
_MAX_SKEW = timedelta(seconds=MAX_SKEW_S)

# RFC 3339, and what ISO 8601 senders write instead: a space for the T, an offset without colon.
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?"
    r"([Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))?",
    re.ASCII,
)


def checked_instant(value: object, path: str = "at") -> datetime:
    """A timezone-aware ``datetime``, in UTC; else ``NaiveTimestamp`` or ``InvalidTimestamp``.

    A wall-clock time that occurs twice is told apart by its ``fold``. A subclass (a test clock's,
    pandas') comes back as a plain ``datetime``.
    """
    if type(value) is not datetime or value.tzinfo is not UTC or value.fold:
        value = _in_utc(value, path)
    if not _FIRST_YEAR <= value.year < _LAST_YEAR:
        raise InvalidTimestamp(path, reason="out of range")
    return value


def _in_utc(value: object, path: str) -> datetime:
    try:
        moment = _copied(value)
    except (OverflowError, ValueError):
        raise InvalidTimestamp(path, reason="out of range") from None
    except Exception:  # noqa: BLE001 - a subclass and a zone are the caller's code and may raise anything
        raise InvalidTimestamp(path, reason="its class or time zone does not answer") from None
    if moment is None:
        raise InvalidTimestamp(path, reason="not a datetime")
    if moment.tzinfo is None:
        raise NaiveTimestamp(path)
    return moment


def _copied(value: object) -> datetime | None:
    # Field by field, because astimezone would keep a subclass and its overrides.
    if not isinstance(value, datetime):
        return None
    day = (value.year, value.month, value.day)
    time = (value.hour, value.minute, value.second, value.microsecond)
    plain = datetime(*day, *time, tzinfo=value.tzinfo, fold=value.fold)
    if plain.utcoffset() is None:
        return plain.replace(tzinfo=None)
    return plain.astimezone(UTC).replace(fold=0)


def parse_instant(value: object, path: str = "at") -> datetime:
    """From RFC 3339 text with a zone or offset: ``2026-11-27T09:15:00-05:00``; kept in UTC.

    Digits beyond the microsecond are cut off; a leap second (``:60``) is the last second of its
    minute, because no clock here counts a 61st.
    """
    match = _ISO.fullmatch(value) if type(value) is str and len(value) <= 40 else None
    if match is None:
        raise InvalidTimestamp(path, reason="not an RFC 3339 timestamp")
    year, month, day, hour, minute, second, fraction, zone, sign, zone_hour, zone_minute = match.groups()
    if zone is None:
        raise NaiveTimestamp(path)
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            59 if second == "60" else int(second),
            micro,
            UTC,
        )
        if sign is not None:
            offset = timedelta(hours=int(zone_hour), minutes=int(zone_minute))
            moment = moment + offset if sign == "-" else moment - offset
    except (ValueError, OverflowError):
        raise InvalidTimestamp(path, reason="no such moment") from None
    return checked_instant(moment, path)


def format_instant(moment: datetime) -> str:
    """RFC 3339 in UTC, microseconds only where there are any."""
    # Checked where it is not UTC already: astimezone would read a naive one in the machine's zone.
    if type(moment) is not datetime or moment.tzinfo is not UTC:
        moment = checked_instant(moment)
    return f"{moment.isoformat()[:-6]}Z"


def epoch_second(moment: datetime) -> int:
    """Whole seconds since 1970 of an aware instant, rounded up: a claim is never shortened by rounding."""
    if type(moment) is not datetime or moment.tzinfo is not UTC:
        moment = checked_instant(moment)
    since = moment - EPOCH
    return since.days * 86_400 + since.seconds + (since.microseconds > 0)


def from_epoch_second(second: int) -> datetime:
    """The instant of a whole second since 1970; else ``InvalidTimestamp``."""
    if type(second) is not int or not 0 <= second < LAST_SECOND:
        raise InvalidTimestamp("second", reason="not a whole second from 1970 to the end of 9998")
    return EPOCH + timedelta(seconds=second)


def effective_now(given: datetime, seen: datetime, path: str = "at") -> datetime:
    """One ``now`` for a command: the later of what was given and what its streams have seen.

    Both are aware. A clock that lags more than a day behind its streams is ``ClockSkew``.
    """
    if type(given) is not datetime or given.tzinfo is not UTC:
        given = checked_instant(given, path)
    if type(seen) is not datetime or seen.tzinfo is not UTC:
        seen = checked_instant(seen, "seen")
    if given >= seen:
        return given
    behind = seen - given
    if behind > _MAX_SKEW:
        raise ClockSkew(path, behind_s=-(-behind // _SECOND), max_s=MAX_SKEW_S)
    return seen


__all__ = [
    "EPOCH",
    "LAST_SECOND",
    "MAX_SKEW_S",
    "checked_instant",
    "effective_now",
    "epoch_second",
    "format_instant",
    "from_epoch_second",
    "parse_instant",
]
