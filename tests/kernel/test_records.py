"""Values: frozen, equal by value, small; commands: checked whole when they are made."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omcore.kernel
from omcore.kernel import (
    Catalog,
    Command,
    Contact,
    GeoPoint,
    InvalidId,
    InvalidText,
    InvalidTimestamp,
    Item,
    Location,
    Money,
    NaiveTimestamp,
    Network,
    OmcoreError,
    Place,
    Ratio,
    record,
)

SOURCE = Path(omcore.kernel.__file__).parents[2]
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)

RECORDS = (
    Money(1_250, "USD"),
    Ratio(71, 800),
    GeoPoint(40.7, -74.0),
    Place("US", "NY", "10001", GeoPoint(40.7, -74.0)),
    Contact("Ada", street=("1 Main St",)),
    Location("nyc", regions=frozenset({"US", "CA-ON"})),
    Network((Location("nyc"), Location("lax"))),
    Item("SET", components=(("MUG", 2),)),
    Catalog((Item("SET", components=(("MUG", 2),)), Item("MUG"))),
    Command(key="evt-1", at=NOON, by="ada", reason="asked"),
)


def by_type(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("value", RECORDS, ids=by_type)
def test_a_record_is_equal_and_hashed_by_value_and_copied_whole(value: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):  # noqa: S301 - made here
        assert twin == value
        assert hash(twin) == hash(value)
        assert type(twin) is type(value)


@pytest.mark.parametrize("value", RECORDS, ids=by_type)
def test_a_record_cannot_be_changed(value: Any) -> None:
    field = type(value).__attrs_attrs__[0].name
    before = repr(value)
    with pytest.raises(AttributeError):
        setattr(value, field, getattr(value, field))
    with pytest.raises(AttributeError):
        delattr(value, field)
    with pytest.raises(AttributeError):
        value.something_new = 1
    assert repr(value) == before


def test_different_records_are_different() -> None:
    assert len(set(RECORDS)) == len(RECORDS)
    assert all(left != right for left in RECORDS for right in RECORDS if left is not right)


def test_outside_of_tests_a_record_is_plain_slots_with_the_same_value() -> None:
    """One process without the freezing switch: nothing extra to pay for, nothing different to see."""
    program = """
from datetime import UTC, datetime
from omcore.kernel import Command, Money, Place
money, same = Money(1250, "USD"), Money(1250, "USD")
command = Command(key="k", at=datetime(2026, 1, 1, tzinfo=UTC))
checks = [
    money == same, hash(money) == hash(same), repr(money) == "Money(minor=1250, currency='USD')",
    not hasattr(money, "__dict__"), not hasattr(money, "__weakref__"),
    Money.__setattr__ is object.__setattr__, Command.__setattr__ is object.__setattr__,
    len({Place("US"), Place("US")}) == 1,
]
print(checks)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SOURCE)},
        timeout=60,
    )
    assert ran.stdout.strip() == repr([True] * 8), ran.stdout + ran.stderr


# --- commands --------------------------------------------------------------------------------


@record
class Ring(Command):
    """Ring a bell some times."""

    times: int = 1

    def _check(self) -> None:
        if self.times < 1:
            raise InvalidText("times", reason="at least once", max=None)


def test_c6_a_command_says_when_who_and_why() -> None:
    ring = Ring(3, key="k-1", at=NOON, by="ada@example.com", reason="Ada asked")
    assert (ring.times, ring.key, ring.at, ring.by, ring.reason) == (
        3,
        "k-1",
        NOON,
        "ada@example.com",
        "Ada asked",
    )
    assert "da" not in repr(ring).removeprefix("Ring").replace("datetime", "")


@given(st.integers(-14 * 60, 14 * 60))
def test_c4_one_instant_told_in_two_zones_is_one_payload(minutes: int) -> None:
    there = NOON.astimezone(timezone(timedelta(minutes=minutes)))
    assert Ring(key="k", at=there) == Ring(key="k", at=NOON)
    assert repr(Ring(key="k", at=there)) == repr(Ring(key="k", at=NOON))
    assert Ring(key="k", at=there).at.tzinfo is UTC


@pytest.mark.parametrize(
    ("changed", "error", "path"),
    [
        ({"key": ""}, InvalidId, "key"),
        ({"key": "a b"}, InvalidId, "key"),
        ({"key": None}, InvalidId, "key"),
        ({"at": datetime(2026, 1, 1)}, NaiveTimestamp, "at"),  # noqa: DTZ001 - naive on purpose
        ({"at": "2026-01-01T00:00:00Z"}, InvalidTimestamp, "at"),
        ({"at": None}, InvalidTimestamp, "at"),
        ({"by": "x" * 201}, InvalidText, "by"),
        ({"by": None}, InvalidText, "by"),
        ({"reason": "a\x00"}, InvalidText, "reason"),
        ({"times": 0}, InvalidText, "times"),
    ],
)
def test_a_command_is_checked_whole_when_it_is_made(
    changed: dict[str, Any], error: type[OmcoreError], path: str
) -> None:
    with pytest.raises(OmcoreError) as caught:
        Ring(**{"key": "k", "at": NOON, **changed})
    assert type(caught.value) is error
    assert caught.value.path == path
