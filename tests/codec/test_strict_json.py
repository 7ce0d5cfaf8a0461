"""Bad input: what comes in as JSON is JSON, bounded, and says everything once."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omcore.codec import CODEC, MAX_BYTES, MAX_DEPTH, InvalidJson, dump_json, loads, parse_json, strict_json
from omcore.kernel import DuplicateId, InputError, InvalidNumber, InvalidType, LimitExceeded, OmcoreError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(10**70), 10**70) | st.decimals(-(10**9), 10**9, places=3)
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def same(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


@given(plain)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert same(parse_json(dump_json(value)), value)
    assert same(parse_json(dump_json(value).encode()), value)


@given(plain)
def test_text_is_canonical(value: Any) -> None:
    """Equal values have one text, whatever the order of their keys and the spaces they came with."""
    text = dump_json(value)
    assert dump_json(parse_json(text)) == text
    if not any(type(leaf) is Decimal for leaf in leaves(value)):
        assert dump_json(parse_json(json.dumps(value, indent=2))) == text
        assert text == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    return [leaf for entry in value for leaf in leaves(entry)] if isinstance(value, list) else [value]


# -- fuzz ----------------------------------------------------------------------------------------

SIGNS = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "\\u",
    "d800",
    "dc00",
    "0",
    "1",
    "-",
    "+",
    ".",
    "e",
    "E9999999",
]
WORDS = [
    "NaN",
    "-Infinity",
    "true",
    "null",
    " ",
    "\n",
    "\x00",
    "é",
    "\u2028",
    "\ud800",
    "1" * 81,
    '"a":1',
    "\ufeff",
]
fuzz = st.lists(st.sampled_from(SIGNS + WORDS), max_size=12).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Good JSON with a piece cut out, put twice, or put in from elsewhere."""
    text = dump_json(draw(plain))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    return text[:start] + draw(st.sampled_from(["", text[start:end] * 2, *SIGNS, *WORDS])) + text[end:]


@settings(max_examples=400)
@given(fuzz | damaged() | st.text())
@example("[" * 100_000)
@example('{"a":' * 100_000)
@example('[{"a":1e999999999},{"a":1,"a":2}]')
@example("1" * 5000)
@example("-" + "1" * 5000)
@example('{"a":1' + "0" * 5000 + "}")
@example('{"\\ud800":1,"\\ud800":2}')
@example('["\\ud83d\\ude00"]')
@example("[1e999," + "[" * 100_000)
@example('{"a":1,"a":1}' + "]" * 9)
@example("[0E0, 1E5, -0.0, 1e-5]")
def test_any_text_gives_a_value_or_a_typed_error(text: str) -> None:
    for read in (parse_json, loads, strict_json.parse_stored):
        for given_text in (text, text.encode("utf-8", "surrogatepass")):
            try:
                value = read(given_text)
            except OmcoreError:
                continue
            if read is parse_json:
                again = parse_json(dump_json(value))
                assert again == value, "1E0 is written as 1"
                assert dump_json(again) == dump_json(value)


@settings(max_examples=300)
@given(st.binary(max_size=40))
@example(b"\xff\xfe[\x00]\x00")
@example(b"\xef\xbb\xbf{}")
def test_any_bytes_give_a_value_or_a_typed_error(data: bytes) -> None:
    with contextlib.suppress(InputError):
        parse_json(data)


@settings(max_examples=200)
@given(fuzz | damaged() | plain.map(dump_json))
@example('{"a":1,"a":1}')
@example("1e5")
@example("[1E400]")
@example("123456789012345678901234567890")
@example("0.1000000000000000055511151231257827")
def test_stored_text_is_read_alike_with_and_without_the_fast_extra(text: str) -> None:
    """What one library would let pass, such as a key that stands twice, the other one finds."""

    def read() -> Any:
        try:
            return strict_json.parse_stored(text)
        except InputError as error:
            return error

    fast = read()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(strict_json, "orjson", None)
        slow = read()
    assert (fast == slow) if isinstance(fast, InputError) else same(fast, slow)


# -- each thing that is refused, and where it stands -----------------------------------------------


def refused(text: object) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        parse_json(text)
    return caught.value.code, caught.value.path


def test_a_key_stands_once() -> None:
    assert refused('{"a":[{"b":1},{"b":1,"c":2,"b":3}]}') == ("duplicate_id", "a[1].b")
    with pytest.raises(DuplicateId) as caught:
        loads('{"type":"Money","v":1,"minor":1,"currency":"USD","minor":2}')
    assert caught.value.path == "minor"


def test_a_key_that_may_be_anybodys_data_is_not_shown() -> None:
    with pytest.raises(DuplicateId) as caught:
        parse_json('{"jane@example.com":1,"jane@example.com":2}')
    assert "jane" not in repr(caught.value)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_are_finite(word: str) -> None:
    assert refused(f'{{"price":[1,{word}]}}') == ("invalid_number", "price[1]")
    with pytest.raises(InvalidNumber):
        loads(f'{{"price":[1,{word}]}}')


def test_digits_are_counted_before_they_are_converted() -> None:
    assert parse_json("1" * 80) == int("1" * 80)
    assert refused('{"n":' + "1" * 81 + "}") == ("invalid_number", "n")
    assert refused("1" * 1_000_000) == ("invalid_number", "")
    assert parse_json("1e400") == Decimal("1E+400")
    for text in ("1e401", "1E+3000000", "-1e-999999999999", "0e5000"):
        assert refused(f'{{"n":{text}}}') == ("invalid_number", "n")


def test_a_number_that_is_not_whole_keeps_every_digit() -> None:
    assert same(parse_json("[19.990, 1E2, 10]"), [Decimal("19.990"), Decimal("1E2"), 10])


def test_depth_is_bounded() -> None:
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    for deep in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(LimitExceeded) as caught:
            parse_json('{"a":' + "[" * (deep - 1) + "]" * (deep - 1) + "}")
        assert caught.value.fields == {"what": "levels of JSON", "limit": MAX_DEPTH, "got": deep}
    assert parse_json('"' + "[" * 1000 + '"') == "[" * 1000


def test_size_is_bounded_in_bytes() -> None:
    assert parse_json('"' + "a" * (MAX_BYTES - 2) + '"')
    for text in ('"' + "a" * (MAX_BYTES - 1) + '"', '"' + "é" * (MAX_BYTES // 2) + '"'):
        assert refused(text) == ("limit_exceeded", "")
        assert refused(text.encode()) == ("limit_exceeded", "")


def test_lone_surrogates_are_refused_wherever_they_hide() -> None:
    assert refused('{"a":"\ud800"}')[0] == "invalid_json"
    assert refused('{"a":["\\ud800"]}') == ("invalid_json", "a[0]")
    assert refused('{"a":{"\\udc00":1}}') == ("invalid_json", "a")
    assert parse_json('["\\ud83d\\ude00"]') == ["\U0001f600"]
    assert parse_json('["\\\\ud800"]') == ["\\ud800"]


@pytest.mark.parametrize(
    "text", ["", " ", "{", "[1,]", "{'a':1}", "01", "1.", "+1", "nul", '"\t"', "[1] 2", "\ufeff1"]
)
def test_what_is_no_json_says_where(text: str) -> None:
    with pytest.raises(InvalidJson) as caught:
        parse_json(text)
    assert type(caught.value.fields["position"]) is int


@pytest.mark.parametrize("value", [None, 1, ["[]"], {}, bytearray(b"1"), memoryview(b"1")])
def test_text_or_bytes_are_wanted(value: object) -> None:
    with pytest.raises(InvalidType):
        parse_json(value)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [float("nan")]}, "a[0]"),
        ({"a": float("inf")}, "a"),
        ({"a": Decimal("sNaN")}, "a"),
        ([10**80], "[0]"),
        ([Decimal("1E+3000000")], "[0]"),
        ({"a": {1: 2}}, "a"),
        ({"a": {"\ud800": 2}}, "a"),
        (["\ud800"], "[0]"),
        ({"a": {1, 2}}, "a"),
        ({"a": object()}, "a"),
        ({"a": CODEC}, "a"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(value: Any, path: str) -> None:
    with pytest.raises(InputError) as caught:
        dump_json(value)
    assert caught.value.path == path


def test_what_holds_itself_is_not_written() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(LimitExceeded):
        dump_json(endless)


def test_a_stored_record_may_be_larger_than_what_comes_in() -> None:
    """The limits are for strangers: 10,000 lines make more than 1 MiB."""
    text = json.dumps(["a" * MAX_BYTES, "é"])
    assert strict_json.parse_stored(text) == ["a" * MAX_BYTES, "é"]
