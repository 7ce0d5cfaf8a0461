"""Instants: timezone-aware, kept in UTC (C2).

Decides how a moment comes in and how two are compared; ``now`` is always an argument (C1). Must
not know calendars or cut-offs: those name a zone of their own.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from omcore.kernel.errors import ClockSkew, InvalidTimestamp, NaiveTimestamp

MAX_SKEW_S = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9998, 12, 31, tzinfo=UTC)
_SECOND = timedelta(seconds=1)

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


def checked_instant(value: object, path: str = "at") -> datetime:
    """A timezone-aware ``datetime``, in UTC; else ``NaiveTimestamp`` or ``InvalidTimestamp``."""
    if type(value) is not datetime:
        raise InvalidTimestamp(path, reason="not a datetime")
    if value.tzinfo is not UTC:
        try:
            if value.utcoffset() is None:
                raise NaiveTimestamp(path)
            value = value.astimezone(UTC)
        except (OverflowError, ValueError):
            raise InvalidTimestamp(path, reason="out of range") from None
    if not EPOCH <= value < _LAST:
        raise InvalidTimestamp(path, reason="out of range")
    return value


def parse_instant(value: object, path: str = "at") -> datetime:
    """From RFC 3339 text with a zone or offset: ``2026-11-27T09:15:00-05:00``; kept in UTC."""
    match = _ISO.fullmatch(value) if type(value) is str and len(value) <= 40 else None
    if match is None:
        raise InvalidTimestamp(path, reason="not an RFC 3339 timestamp")
    if match[8] is None:
        raise NaiveTimestamp(path)
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    offset = timedelta()
    if match[8] != "Z":
        digits = match[8].replace(":", "")
        offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
        if digits[0] == "-":
            offset = -offset
    try:
        # A leap second is the last moment of its minute: no clock here counts a 61st.
        moment = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        raise InvalidTimestamp(path, reason="no such moment") from None
    return checked_instant(moment, path)


def format_instant(moment: datetime) -> str:
    """RFC 3339 in UTC, microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def epoch_second(moment: datetime) -> int:
    """Whole seconds since 1970, rounded up: a claim is never shortened by rounding."""
    return -((EPOCH - moment) // _SECOND)


def from_epoch_second(second: int) -> datetime:
    """The instant of a whole second since 1970."""
    return EPOCH + timedelta(seconds=second)


def effective_now(given: datetime, seen: datetime, path: str = "at") -> datetime:
    """One ``now`` for a command: the later of what was given and what its streams have seen.

    A clock that lags more than a day behind its streams is ``ClockSkew``.
    """
    if given >= seen:
        return given
    behind = seen - given
    if behind.total_seconds() > MAX_SKEW_S:
        raise ClockSkew(path, behind_s=int(behind.total_seconds()), max_s=MAX_SKEW_S)
    return seen


__all__ = [
    "EPOCH",
    "MAX_SKEW_S",
    "checked_instant",
    "effective_now",
    "epoch_second",
    "format_instant",
    "from_epoch_second",
    "parse_instant",
]
