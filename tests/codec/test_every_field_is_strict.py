"""C5: every field of every record takes what its type says; everything else is a typed error with its place.

Which values a type takes is said here once more, by the table of docs/reference/schemas.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden_streams import GOLDEN, RELEASE
from omcore.codec import CODEC, MissingStoredField, UnknownStoredField, loads, parse_json
from omcore.kernel import DuplicateId, InputError, OmcoreError
from omcore.testing.records import records

# What somebody may write, and what it is. Only text that is an instant is one.
LITERALS = {
    "1": "int",
    "0": "int",
    "-1": "int",
    "1.9": "float",
    "1.0": "float",
    "-0.0": "float",
    "1e3": "float",
    "NaN": "nothing",
    "-Infinity": "nothing",
    "true": "bool",
    "false": "bool",
    "null": "null",
    '"1"': "text",
    '""': "text",
    '"2026-11-27"': "date",
    '"2026-11-27T09:00:00"': "text",
    '"2026-11-27T09:00:00+25:00"': "text",
    "[]": "list",
    "{}": "object",
    "[[]]": "list",
}
TAKES: Mapping[Any, frozenset[str]] = {
    int: frozenset({"int"}),
    str: frozenset({"text", "date"}),
    bool: frozenset({"bool"}),
    float: frozenset({"int", "float"}),
    datetime: frozenset({"instant"}),
    date: frozenset({"date"}),
    NoneType: frozenset({"null"}),
}
HOLE = "\ufffd"  # where a literal is put in

Spot = tuple[str, Any, Any, Any]  # path, its type, the container and its key


def takes(kind: Any) -> frozenset[str] | None:
    """What stands for a type in JSON; None for anything at all."""
    if kind is Any:
        return None
    if get_origin(kind) in (Union, UnionType):
        members = [takes(member) for member in get_args(kind)]
        return None if None in members else frozenset().union(*[each for each in members if each])
    if get_origin(kind) in (tuple, frozenset, Mapping):
        return frozenset({"list"})
    return TAKES.get(kind, frozenset({"object"}))


def inner(kind: Any, of: Any) -> Any:
    """The type behind ``X | None`` that is of this kind of thing; None where there is none."""
    if get_origin(kind) in (Union, UnionType):
        found = [member for member in (inner(each, of) for each in get_args(kind)) if member is not None]
        return found[0] if found else None
    fits = attrs.has(kind) if of is dict else get_origin(kind) in (tuple, frozenset, Mapping)
    return kind if fits else None


def spots(stored: Any, kind: Any, path: str = "") -> Iterator[Spot]:
    """Every place inside of some JSON, with the type that it has there."""
    if isinstance(stored, dict) and (cls := inner(kind, dict)) is not None:
        attrs.resolve_types(cls)
        for field in attrs.fields(cls):
            where = f"{path}.{field.name}" if path else field.name
            yield where, field.type, stored, field.name
            yield from spots(stored[field.name], field.type, where)
    elif isinstance(stored, list) and (holder := inner(kind, list)) is not None:
        types = get_args(holder)
        for place, entry in enumerate(stored):
            where = f"{path}[{place}]"
            if get_origin(holder) is Mapping:
                for side in (0, 1):
                    yield f"{where}[{side}]", types[side], entry, side
                    yield from spots(entry[side], types[side], f"{where}[{side}]")
                continue
            fixed = get_origin(holder) is tuple and types[-1] is not Ellipsis
            one = types[place] if fixed else types[0]
            yield where, one, stored, place
            yield from spots(entry, one, where)


def with_literal(stored: Any, holder: Any, key: Any, literal: str) -> str:
    """The text of a record with a literal in one place."""
    kept = holder[key]
    holder[key] = HOLE
    try:
        text = json.dumps(stored, ensure_ascii=False)
    finally:
        holder[key] = kept
    assert text.count(HOLE) == 1
    return text.replace(f'"{HOLE}"', literal)


def is_refused(text: str, path: str) -> None:
    with pytest.raises(InputError) as refused:
        loads(text)
    assert refused.value.path == path, text[:200]
    assert refused.value.code


def golden() -> dict[str, str]:
    lines = (GOLDEN / RELEASE / "one_of_each.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    return {json.loads(line)["type"]: line for line in lines}


ONE_OF_EACH = golden()
every_record = pytest.mark.parametrize("cls", CODEC.classes, ids=lambda cls: cls.__name__)


@every_record
def test_each_field_takes_what_its_type_says_and_nothing_like_it(cls: type) -> None:
    """Its own fields, and one entry of each container in them; the records inside have their own turn."""
    stored = json.loads(ONE_OF_EACH[cls.__name__])
    seen = set()
    for path, kind, holder, key in spots(stored, cls):
        shape = "".join(character for character in path if not character.isdigit())
        if "." in path or shape in seen:
            continue
        seen.add(shape)
        taken = takes(kind)
        for literal, what in LITERALS.items():
            if what == "nothing" or (taken is not None and what not in taken):
                is_refused(with_literal(stored, holder, key, literal), path)
    assert {shape for shape in seen if "[" not in shape} == {field.name for field in attrs.fields(cls)}


@every_record
def test_each_field_stands_once_and_there_is_no_other(cls: type) -> None:
    stored = json.loads(ONE_OF_EACH[cls.__name__])
    text = json.dumps(stored)
    with pytest.raises(UnknownStoredField) as unknown:
        loads(f'{text[:-1]}, "zzz": 1}}')
    assert unknown.value.path == "zzz"
    for name in [field.name for field in attrs.fields(cls)]:
        with pytest.raises(DuplicateId) as twice:
            loads(f"{text[:-1]}, {json.dumps(name)}: {json.dumps(stored[name])}}}")
        assert twice.value.path == name
        with pytest.raises(MissingStoredField) as missing:
            loads(json.dumps({key: entry for key, entry in stored.items() if key != name}))
        assert missing.value.path == name
    for tag in ("type", "v"):
        with pytest.raises(OmcoreError) as untagged:
            loads(json.dumps({key: entry for key, entry in stored.items() if key != tag}))
        assert untagged.value.code == "unknown_event"


@settings(max_examples=400)
@given(st.data())
def test_and_so_does_every_place_however_deep(data: st.DataObject) -> None:
    cls = data.draw(st.sampled_from(CODEC.classes))
    stored = CODEC.to_json(data.draw(records(cls)))
    places = [spot for spot in spots(stored, cls) if takes(spot[1]) is not None]
    if not places:
        return
    path, kind, holder, key = data.draw(st.sampled_from(places))
    taken = takes(kind)
    assert taken is not None
    wrong = [literal for literal, what in LITERALS.items() if what not in taken]
    is_refused(with_literal(stored, holder, key, data.draw(st.sampled_from(wrong))), path)


@settings(max_examples=100)
@given(st.data())
def test_plain_json_is_one_text_in_any_order_of_its_keys(data: st.DataObject) -> None:
    """C1: where the order of a mapping means nothing, it is not kept."""
    body = data.draw(
        st.dictionaries(st.text("abcxyz", min_size=1, max_size=3), st.integers() | st.booleans(), min_size=2)
    )
    mixed = dict(data.draw(st.permutations(list(body.items()))))
    line = json.loads(ONE_OF_EACH["ChannelUpdate"])
    one = {**line, "body": [["body", body]]}
    other = {**line, "body": [["body", mixed]]}
    fields = dict(data.draw(st.permutations(list(other.items()))))
    assert CODEC.dumps(CODEC.from_json(one)) == CODEC.dumps(CODEC.from_json(fields))
    assert parse_json(json.dumps(body)) == parse_json(json.dumps(mixed))
