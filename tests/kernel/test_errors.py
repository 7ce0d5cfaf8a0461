"""The error tree: a stable code, a path, safe fields; recorded, rebuilt, pickled and compared."""

from __future__ import annotations

import ast
import copy
import importlib
import json
import pickle
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omcore.kernel
from omcore.kernel import (
    ClockSkew,
    Conflict,
    DuplicateId,
    IdempotencyConflict,
    InputError,
    InvalidMoney,
    InvalidQuantity,
    NaiveTimestamp,
    OmcoreError,
    Refusal,
    SafeValue,
    StoreError,
    UnknownId,
    error_codes,
    rebuild_error,
)

PACKAGE = Path(omcore.kernel.__file__).parents[1]

VALUES = (
    st.text(max_size=8) | st.integers() | st.booleans() | st.none() | st.lists(st.text(max_size=4)).map(tuple)
)
NAMES = st.sampled_from(["reason", "limit", "got", "path", "self", "fields", "code", "id", "max_s"])
FIELDS = st.dictionaries(NAMES, VALUES, max_size=4)
CODES = st.sampled_from(sorted(error_codes()))


@pytest.mark.parametrize("cls", list(error_codes().values()), ids=lambda cls: str(cls.code))
def test_every_error_has_a_code_of_its_own_in_snake_case(cls: type[OmcoreError]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", cls.code)
    assert error_codes()[cls.code] is cls
    assert cls.__doc__


def test_every_error_class_in_the_package_is_found_by_its_code() -> None:
    """Read from the source, so that no room has to be imported to be counted."""
    codes: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            for statement in node.body:
                if (
                    isinstance(statement, ast.Assign)
                    and isinstance(statement.targets[0], ast.Name)
                    and statement.targets[0].id == "code"
                    and isinstance(statement.value, ast.Constant)
                ):
                    codes.setdefault(str(statement.value.value), []).append(f"{path.name}:{node.name}")
    assert {code: classes for code, classes in codes.items() if len(classes) > 1} == {}
    for _, name, _ in pkgutil.iter_modules(omcore.kernel.__path__):
        importlib.import_module(f"omcore.kernel.{name}")
    kernel = {code for code, (where,) in codes.items() if where.startswith("errors.py:")}
    assert kernel <= set(error_codes())


def test_the_three_branches_are_apart() -> None:
    assert not issubclass(Refusal, InputError)
    assert not issubclass(StoreError, InputError | Refusal)
    assert not issubclass(IdempotencyConflict, InputError | Refusal | StoreError)
    for cls in (InputError, Refusal, StoreError, IdempotencyConflict):
        assert issubclass(cls, OmcoreError)


def test_two_classes_cannot_share_a_code() -> None:
    with pytest.raises(TypeError, match="invalid_money"):

        class OtherMoney(InputError):
            code = "invalid_money"

    with pytest.raises(TypeError, match="invalid_money"):
        # The same name in another module is another class.
        type("InvalidMoney", (InputError,), {"code": "invalid_money", "__module__": "elsewhere"})
    with pytest.raises(TypeError, match="omcore_error"):

        class Base(InputError):
            code = "omcore_error"

    assert error_codes()["invalid_money"] is InvalidMoney


def test_an_error_without_a_code_could_not_be_rebuilt_and_is_refused_where_it_is_defined() -> None:
    with pytest.raises(TypeError, match="code of its own"):

        class Nameless(Refusal):
            pass


# --- recorded answers (C4) -------------------------------------------------------------------


@given(CODES, st.text(max_size=10), FIELDS)
def test_c4_a_refusal_is_rebuilt_from_its_record(code: str, path: str, fields: dict[str, SafeValue]) -> None:
    error = rebuild_error(code, path, fields)
    assert type(error) is error_codes()[code]
    assert (error.code, error.path, error.fields) == (code, path, fields)
    again = rebuild_error(error.code, error.path, error.fields)
    assert again == error
    assert hash(again) == hash(error)
    assert (str(again), repr(again), again.args) == (str(error), repr(error), error.args)


@given(CODES, st.text(max_size=10), FIELDS)
def test_c4_and_from_its_record_in_json(code: str, path: str, fields: dict[str, SafeValue]) -> None:
    error = rebuild_error(code, path, fields)
    record = json.loads(json.dumps([error.code, error.path, dict(error.fields)]))
    assert rebuild_error(*record) == error


def test_c4_a_code_whose_room_is_not_imported_keeps_its_code() -> None:
    error = rebuild_error("made_by_an_embedder", "lines[0]", {"reason": "closed"})
    assert type(error) is OmcoreError
    assert str(error) == "made_by_an_embedder at lines[0]: reason='closed'"
    assert pickle.loads(pickle.dumps(error)) == error == copy.deepcopy(error)  # noqa: S301 - made one line above
    assert OmcoreError.code == "omcore_error"


@given(CODES, st.text(max_size=10), FIELDS, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_an_error_goes_through_pickle_and_copy_whole(
    code: str, path: str, fields: dict[str, SafeValue], protocol: int
) -> None:
    error = rebuild_error(code, path, fields)
    error.add_note("seen at the second attempt")
    for twin in (
        pickle.loads(pickle.dumps(error, protocol)),  # noqa: S301 - made here
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(twin) is type(error)
        assert (twin, twin.args, twin.__notes__) == (error, error.args, error.__notes__)


class SlowCarrier(Refusal):
    """An embedder's refusal that takes its fields in its own way. Fields: carrier, days."""

    code = "test_slow_carrier"

    def __init__(self, carrier: str, days: int) -> None:
        super().__init__("service", carrier=carrier, days=days)


def test_a_subclass_may_take_its_fields_in_its_own_way() -> None:
    error = SlowCarrier("post", 9)
    assert rebuild_error(error.code, error.path, error.fields) == error
    assert pickle.loads(pickle.dumps(error)) == error  # noqa: S301 - made one line above
    assert type(copy.copy(error)) is SlowCarrier


def test_unpickling_imports_the_room_that_the_error_stands_in() -> None:
    pickled = pickle.dumps(ClockSkew("at", behind_s=90_000, max_s=86_400))
    program = f"import pickle; print(repr(pickle.loads({pickled!r})))"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(PACKAGE.parent)},
        timeout=60,
    )
    assert ran.stdout.strip() == "<ClockSkew clock_skew at at: behind_s=90000, max_s=86400>", ran.stderr


# --- equality and text -----------------------------------------------------------------------


@given(CODES, CODES, st.sampled_from(["", "a"]), st.sampled_from(["", "a"]), FIELDS, FIELDS)
def test_errors_are_equal_where_code_path_and_fields_are(
    code: str, other: str, path: str, elsewhere: str, fields: dict[str, SafeValue], more: dict[str, SafeValue]
) -> None:
    left, right = rebuild_error(code, path, fields), rebuild_error(other, elsewhere, more)
    assert (left == right) == ((code, path, fields) == (other, elsewhere, more))
    if left == right:
        assert hash(left) == hash(right)


def test_the_order_of_the_fields_says_nothing() -> None:
    left, right = InvalidQuantity("q", min=1, max=2), InvalidQuantity("q", max=2, min=1)
    assert left == right
    assert len({left, right}) == 1
    assert left != "invalid_quantity at q: min=1, max=2"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NaiveTimestamp("lines[2].at"), "naive_timestamp at lines[2].at"),
        (Conflict(), "conflict"),
        (DuplicateId("lines[1]", id="7"), "duplicate_id at lines[1]: id='7'"),
        (UnknownId("x", kind="order", id="o-1"), "unknown_id at x: kind='order', id='o-1'"),
    ],
)
def test_an_error_reads_as_code_path_and_fields(error: OmcoreError, text: str) -> None:
    assert str(error) == text
    assert repr(error) == f"<{type(error).__name__} {text}>"


def test_asking_for_the_codes_gives_a_copy() -> None:
    codes = dict(error_codes())
    listed = error_codes()
    assert isinstance(listed, dict)
    listed.clear()
    assert error_codes() == codes
