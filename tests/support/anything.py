"""What a caller could pass by mistake or on purpose, for tests that every entry point answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from omcore.kernel import OmcoreError

SECRET = "Jane-Doe-4111"
"""Stands in values that no error may show."""


class IntLike(int):
    """A subclass that says it is something else."""

    def __lt__(self, other: object) -> bool:
        return True

    __le__ = __gt__ = __ge__ = __lt__

    def __repr__(self) -> str:
        return SECRET


class StrLike(str):
    """A subclass whose methods lie."""

    __slots__ = ()

    def strip(self, chars: str | None = None, /) -> str:
        return SECRET

    def __repr__(self) -> str:
        return SECRET


class Hostile:
    """Raises on whatever is asked of it, as an unbound proxy does."""

    def _no(self, *_: object, **__: object) -> Any:
        raise RuntimeError(SECRET)

    __getattr__ = __len__ = __iter__ = __bool__ = __eq__ = __hash__ = __lt__ = __le__ = _no
    __gt__ = __ge__ = __add__ = __radd__ = __mul__ = __rmul__ = __int__ = __index__ = __float__ = _no
    __contains__ = __getitem__ = __call__ = __neg__ = __format__ = __str__ = _no

    @property
    def __class__(self) -> Any:
        raise RuntimeError(SECRET)

    @__class__.setter
    def __class__(self, value: object) -> None:
        raise RuntimeError(SECRET)

    def __repr__(self) -> str:
        return SECRET


def _raises(self: object, *_: object, **__: object) -> Any:
    raise RuntimeError(SECRET)


# What raises on being shown, compared, hashed, counted or walked, and is of the right kind otherwise. Not
# among ODD_VALUES: a failing test could not say what it was.
_RUDE = dict.fromkeys(
    ("__repr__", "__str__", "__eq__", "__ne__", "__hash__", "__len__", "__iter__", "__bool__", "__lt__"),
    _raises,
)
RUDE_VALUES: tuple[Any, ...] = (
    type("Rude", (), _RUDE)(),
    type("RudeText", (str,), _RUDE)("abc"),
    type("RudeNumber", (int,), _RUDE)(2),
    type("RudePair", (tuple,), _RUDE)((("tee", 1),)),
    type("RudeList", (list,), _RUDE)(),
    type("RudeTable", (dict,), _RUDE)(),
    type("RudeMoment", (datetime,), _RUDE)(2026, 1, 1, tzinfo=UTC),
)


class _Zone(tzinfo):
    def __repr__(self) -> str:
        return type(self).__name__  # no address: parallel workers must name one test alike

    def tzname(self, moment: datetime | None, /) -> str | None:
        return SECRET

    def dst(self, moment: datetime | None, /) -> timedelta | None:
        return None


class BadZone(_Zone):
    """A time zone that answers with an error of its own."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        raise KeyError(SECRET)


class WideZone(_Zone):
    """A time zone more than a day away."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        return timedelta(days=3)


class NoZone(_Zone):
    """A time zone that does not know its offset: what it is on stays naive."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        return None


class FrozenClock(datetime):
    """What test clocks put in the place of datetime."""


ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**15,
    -(10**15),
    10**400,
    IntLike(3),
    StrLike("abc"),
    StrLike("USD"),
    0.0,
    -0.0,
    1.5,
    2.0,
    float("nan"),
    float("inf"),
    float("-inf"),
    1j,
    Decimal("1E+3000000"),
    Decimal("1E-3000000"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
    Decimal("-0"),
    Fraction(1, 3),
    b"USD",
    bytearray(b"2"),
    "",
    " ",
    " 7\n",
    "1_000",
    "\u0661\u0662",  # digits, and not ASCII
    "1e3",
    "NaN",
    "a\x00b",
    "a\u200bb",
    "e\u0301",
    "\ud800",
    "x" * 10_000,
    "9" * 10_000,
    "USD",
    "US",
    "12.50",
    "2026-11-27T09:15:00Z",
    (),
    [],
    {},
    set(),
    frozenset(),
    frozenset({1, None}),
    ((1, 2),),
    [(1, 2), (2, 3)],
    (("A", 1), ("A", 1)),
    range(3),
    object(),
    object,
    Hostile(),
    NotImplemented,
    Ellipsis,
    date(2026, 1, 1),
    datetime(2026, 1, 1),  # noqa: DTZ001 - naive on purpose
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))),
    datetime(2026, 1, 1, tzinfo=BadZone()),
    datetime(2026, 1, 1, tzinfo=WideZone()),
    datetime(2026, 1, 1, tzinfo=NoZone()),
    FrozenClock(2026, 1, 1, tzinfo=UTC),
    FrozenClock(2026, 1, 1),
    lambda: None,
)


def anything() -> st.SearchStrategy[Any]:
    """Odd values, plain ones, and tuples, lists and frozensets of them."""
    scalars = (
        # By index: sampling would hash and compare them, which some refuse.
        st.integers(0, len(ODD_VALUES) - 1).map(ODD_VALUES.__getitem__)
        | st.integers()
        | st.text(max_size=20)
        | st.floats()
        | st.decimals()
        | st.binary(max_size=5)
        | st.datetimes(timezones=st.none() | st.just(UTC))
    )
    plain = st.integers() | st.text(max_size=5) | st.none() | st.booleans()
    return (
        scalars
        | st.lists(scalars, max_size=3)
        | st.lists(scalars, max_size=3).map(tuple)
        | st.lists(st.tuples(scalars, scalars), max_size=3).map(tuple)
        | st.frozensets(plain, max_size=3)
    )


def everything_in(error: BaseException) -> Iterator[str]:
    """What a log of the error would show."""
    yield str(error)
    yield repr(error)
    yield repr(error.args)
    yield repr(vars(error))
    if error.__cause__ is not None:
        yield from everything_in(error.__cause__)


def attempt(door: Callable[[], Any]) -> tuple[Any, OmcoreError | None]:
    """What comes of a call, or its typed error; an error shows nothing of what was handed in."""
    try:
        return door(), None
    except OmcoreError as error:
        shown = list(everything_in(error))
        refused = error
    assert all(SECRET not in text for text in shown)
    return None, refused
