"""What a stored record looks like, as a value: so that a change of it can be noticed.

Decides which types of fields have a stored form, how a record's shape is told, and which records
must rise by a version when a shape changes. A record that is kept *inside* another one has no
version of its own there: where ``OrderLine`` changes, so does everything that holds one. Must not
know how anything is written, or whose the records are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from omcore.codec._hooks import field_types, is_mapping, is_mixed, is_set, is_tuple
from omcore.kernel import InvalidType, record

_SCALARS: Mapping[Any, str] = {
    int: "int",
    str: "str",
    bool: "bool",
    float: "float",
    datetime: "datetime",
    date: "date",
    NoneType: "None",
    Any: "Any",
}
_STORABLE = (
    "int, str, bool, float, datetime, date, None, Any, tuple, frozenset, Mapping or an attrs class;"
    " of several types only one that is no scalar"
)


@record
class Schema:
    """The shape of one record: its version, and its fields' types as text, in order.

    ``version`` is 0 for a record that is only ever kept inside others.
    """

    version: int
    fields: tuple[tuple[str, str], ...]


Schemas = Mapping[str, Schema]


def checked_fields(cls: Any, reserved: Iterable[str], path: str) -> None:
    """That a class is an attrs class whose fields all have a stored form; else ``InvalidType``."""
    for each in _reached([cls], path):
        for field in attrs.fields(each):
            if field.name in reserved:
                raise InvalidType(f"{path}.{field.name}", expected="another name: this one is the tag's")
            if not field.init or field.alias != field.name:
                raise InvalidType(f"{path}.{field.name}", expected="a field that is an argument of its name")


def schemas_of(versions: Mapping[Any, tuple[str, int]]) -> Schemas:
    """The schema of every class, and of every one that they hold, by name in alphabetical order.

    ``versions`` has the name and version of those with a tag of their own.
    """
    names = {cls: _name(cls, versions) for cls in _reached(versions, "classes")}
    made = {
        name: Schema(
            versions[cls][1] if cls in versions else 0,
            tuple((field, _text(kind, names)) for field, kind in field_types(cls).items()),
        )
        for cls, name in names.items()
    }
    return dict(sorted(made.items()))


def unversioned_changes(before: Schemas, after: Schemas) -> tuple[str, ...]:
    """The records that look otherwise than before, themselves or inside, and whose version is the same.

    What was written of each of them could not be read any more. A record that is gone is one of
    them too, unless it had no version of its own. In alphabetical order. ``InvalidType`` for what is
    no mapping from names to ``Schema``.
    """
    before, after = _checked(before, "before"), _checked(after, "after")
    changed = {name for name, schema in before.items() if _fields(after, name) != dict(schema.fields)}
    growing = True
    while growing:
        holders = {
            name
            for name, schema in before.items()
            if name not in changed and any(_holds(text, changed) for _, text in schema.fields)
        }
        growing = bool(holders)
        changed |= holders
    return tuple(
        sorted(
            name
            for name in changed
            if before[name].version and (name not in after or after[name].version <= before[name].version)
        )
    )


def _checked(schemas: Any, path: str) -> dict[str, Schema]:
    try:
        found = dict(schemas)
    except Exception:  # noqa: BLE001 - it may be anything
        raise InvalidType(path, expected="a mapping from names to Schema") from None
    if any(type(name) is not str or type(schema) is not Schema for name, schema in found.items()):
        raise InvalidType(path, expected="a mapping from names to Schema")
    return found


def _fields(schemas: Schemas, name: str) -> dict[str, str] | None:
    # Without their order: stored fields have none.
    return dict(schemas[name].fields) if name in schemas else None


def _holds(text: str, names: set[str]) -> bool:
    for sign in "[],|":
        text = text.replace(sign, " ")
    return not names.isdisjoint(text.split())


def _name(cls: Any, versions: Mapping[Any, tuple[str, int]]) -> str:
    known = versions.get(cls)
    return f"{cls.__module__}.{cls.__qualname__}" if known is None else known[0]


def _reached(classes: Iterable[Any], path: str) -> Iterator[Any]:
    """The classes, and every record class in their fields, each once."""
    seen: set[Any] = set()
    waiting = list(classes)
    while waiting:
        cls = waiting.pop()
        # Not isinstance: it asks the value itself for its class, and anything may be passed.
        if not issubclass(type(cls), type) or not attrs.has(cls):
            raise InvalidType(path, expected="an attrs class")
        if cls in seen:
            continue
        seen.add(cls)
        for name, kind in _resolved(cls, path).items():
            waiting.extend(_records_in(kind, f"{path}.{name}"))
        yield cls


def _resolved(cls: Any, path: str) -> dict[str, Any]:
    try:
        return field_types(cls)
    except Exception:  # noqa: BLE001 - an annotation may be any text, and evaluating it raise anything
        raise InvalidType(path, expected="annotations that can be resolved") from None


def _records_in(kind: Any, path: str) -> list[Any]:
    """The record classes in a field's type; ``InvalidType`` for a type without a stored form."""
    if kind in _SCALARS:
        return []
    inner = _inner(kind)
    if inner is not None:
        return [found for entry in inner for found in _records_in(entry, path)]
    if isinstance(kind, type) and attrs.has(kind) and not get_args(kind):
        return [kind]
    raise InvalidType(path, expected=_STORABLE)


def _inner(kind: Any) -> list[Any] | None:
    """The types inside of a container or a union; None for anything else."""
    found = [entry for entry in get_args(kind) if entry is not Ellipsis]
    if is_tuple(kind) or (is_set(kind) and found) or (is_mapping(kind) and found):
        return found
    if get_origin(kind) in (Union, UnionType):
        members = [entry for entry in found if entry is not NoneType]
        if len(members) < 2 or is_mixed(kind):
            return members
    return None


def _text(kind: Any, names: Mapping[Any, str]) -> str:
    """A type as it is written in Python, records by their stored names."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind in names:
        return names[kind]
    inner = [_text(entry, names) for entry in get_args(kind) if entry is not Ellipsis]
    if get_origin(kind) in (Union, UnionType):
        return " | ".join(inner)
    if Ellipsis in get_args(kind):
        inner.append("...")
    origin: Any = get_origin(kind)
    return f"{origin.__name__}[{', '.join(inner)}]"


__all__ = ["Schema", "Schemas", "checked_fields", "schemas_of", "unversioned_changes"]
