"""The strict hooks: how each type of field is read from JSON and written to it.

Decides that nothing is converted: a field of an int takes an exact ``int`` (no bool, no ``1.0``),
a tuple is a list of the right length, an object has exactly its class's fields. Must not know
which classes there are, or what stands in a field that may hold anything.

==================== =====================================================
field                JSON
==================== =====================================================
int, str, bool, None itself
float                a finite number (degrees: floats measure, never count)
datetime             RFC 3339 in UTC
date                 YYYY-MM-DD
tuple                list
frozenset            list, sorted
Mapping              list of [key, value], in the mapping's order
record               object with exactly its fields
Any                  None, a scalar, plain JSON, or a tagged record
==================== =====================================================

A mapping is a list of pairs because its order can matter (tenders are asked in order) and objects
lose it: canonical JSON sorts keys, and so do databases' own JSON types.

cattrs finds the hooks by type and generates a function per class, which is fast and says only that
something is wrong. So there are two converters: one of generated functions, and a *telling* one
that reads fields one by one, used where the first has failed, to say what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from omcore.codec.strict_json import encode, shown
from omcore.kernel import (
    DuplicateId,
    InputError,
    InvalidType,
    OmcoreError,
    checked_day,
    checked_instant,
    format_instant,
    parse_instant,
    rebuild_error,
)

EXACT = (int, str, bool)

Read = Callable[[Any, Any], Any]
Write = Callable[[Any], Any]
Hook = Callable[[Any], Any]


class MissingStoredField(InputError):
    """A field that a record has and its stored form has not; defaults are never filled in."""

    code = "missing_stored_field"


class UnknownStoredField(InputError):
    """A field of a stored form that its record does not have."""

    code = "unknown_stored_field"


def within(path: str, error: Exception) -> Exception:
    """The error with a path in front of its own; what is no OmcoreError is a value of a wrong type."""
    if isinstance(error, RecursionError):
        return error  # whoever asked says it, once
    if not isinstance(error, OmcoreError):
        return InvalidType(path, expected="another type")
    inner = error.path
    if path and inner:
        inner = path + inner if inner.startswith("[") else f"{path}.{inner}"
    return rebuild_error(error.code, inner or path, dict(error.fields))


# -- scalars ---------------------------------------------------------------------------------


def _exact_in(kind: type) -> Read:
    def read(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise InvalidType(expected=kind.__name__)
        return value

    return read


def _exact_out(kind: type) -> Write:
    def write(value: Any) -> Any:
        if type(value) is not kind:
            raise InvalidType(expected=kind.__name__)
        return value

    return write


def _read_float(value: Any, _: Any) -> Any:
    # NaN is within no bounds, and an int beyond them has no float. A whole number stays one: 40
    # degrees are written as they were given.
    if (type(value) is float or type(value) is int) and -1e308 < value < 1e308:
        return value
    raise InvalidType(expected="a finite number")


def _write_float(value: Any) -> Any:
    return _read_float(value, float)


def _read_instant(value: Any, _: Any) -> datetime:
    # The form that is written, without and with microseconds; C code reads it ten times as fast.
    if type(value) is str and len(value) in (20, 27) and value[-1] == "Z" and value[10] == "T":
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is UTC and format_instant(moment) == value:
            return checked_instant(moment, "")
    return parse_instant(value, "")


def _write_instant(value: Any) -> str:
    return format_instant(checked_instant(value, ""))


def _read_date(value: Any, _: Any) -> date:
    # Of the forms of ISO 8601 one is read: the one that is written.
    if type(value) is str and len(value) == 10:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and day.isoformat() == value:
            return checked_day(day, "")
    raise InvalidType(expected="a date, YYYY-MM-DD")


def _write_date(value: Any) -> str:
    return checked_day(value, "").isoformat()


def is_mixed(kind: Any) -> bool:
    """``str | int | bool | None | tuple[str, ...]``, ``int | Runs``: JSON tells the members apart."""
    if get_origin(kind) not in (Union, UnionType):
        return False
    members = [member for member in get_args(kind) if member is not NoneType]
    tuples = [member for member in members if get_origin(member) is tuple]
    return len(members) > 1 and len(tuples) < 2 and set(members) - set(EXACT) == set(tuples)


def _mixed(kind: Any, hook: Callable[[Any], Hook], given: Any) -> Hook:
    tuples = [member for member in get_args(kind) if get_origin(member) is tuple]
    exact = frozenset(get_args(kind)) - set(tuples)
    inner = hook(tuples[0]) if tuples else None

    def convert(value: Any) -> Any:
        if type(value) in exact:
            return value
        if inner is not None and type(value) is given:
            return inner(value)
        raise InvalidType(expected="one of several types")

    return convert


def _mixed_in(kind: Any, converter: cattrs.Converter) -> Read:
    read = _mixed(kind, lambda entry: _bound(converter, entry), list)
    return lambda value, _: read(value)


def _mixed_out(kind: Any, converter: cattrs.Converter) -> Write:
    return _mixed(kind, converter.get_unstructure_hook, tuple)


# -- containers ------------------------------------------------------------------------------


def is_tuple(kind: Any) -> bool:
    """Of any length, or of typed places."""
    return get_origin(kind) is tuple


def is_set(kind: Any) -> bool:
    """The one kind of set that a record may hold."""
    return get_origin(kind) is frozenset


def is_mapping(kind: Any) -> bool:
    """Any mapping of typed keys and values."""
    return get_origin(kind) is Mapping


def each_entry(values: Any, hook: Hook) -> list[Any]:
    """Each entry read or written; the error of the first that is refused says which."""
    out: list[Any] = []
    try:
        for entry in values:
            out.append(hook(entry))  # noqa: PERF401 - how many are done says which one is wrong
    except Exception as error:  # noqa: BLE001 - whatever the entry makes its hook raise
        raise within(f"[{len(out)}]", error) from None
    return out


def _list_like(kind: Any, hook: Callable[[Any], Hook], given: Any, made: Callable[[Any], Any]) -> Hook:
    """Read (list to tuple) or write (tuple to list) a tuple of any length, or of typed places."""
    types = get_args(kind)
    if len(types) == 2 and types[1] is Ellipsis:
        return _any_length(types[0], hook(types[0]), given, made)
    return _places(types, [hook(entry) for entry in types], given, made)


def _any_length(inner: Any, each: Hook, given: Any, made: Callable[[Any], Any]) -> Hook:
    only = frozenset({inner}) if inner in EXACT else frozenset()

    def convert(value: Any) -> Any:
        if type(value) is not given:
            raise InvalidType(expected=given.__name__)
        if only.issuperset(map(type, value)):
            return made(value)  # scalars of the right type: nothing to convert, nothing to refuse
        return made(each_entry(value, each))

    return convert


def _places(types: tuple[Any, ...], hooks: list[Hook], given: Any, made: Callable[[Any], Any]) -> Hook:
    exact = all(entry in EXACT for entry in types)

    def convert(value: Any) -> Any:
        if type(value) is not given or len(value) != len(types):
            raise InvalidType(expected=f"{given.__name__} of {len(types)}")
        if exact and tuple(map(type, value)) == types:
            return made(value)
        out: list[Any] = []
        try:
            for convert_place, entry in zip(hooks, value, strict=True):
                out.append(convert_place(entry))
        except Exception as error:  # noqa: BLE001 - whatever the entry makes its hook raise
            raise within(f"[{len(out)}]", error) from None
        return made(out)

    return convert


def _bound(converter: cattrs.Converter, kind: Any) -> Hook:
    read = converter.get_structure_hook(kind)
    return lambda value: read(value, kind)


def _tuple_in(kind: Any, converter: cattrs.Converter) -> Read:
    read = _list_like(kind, lambda entry: _bound(converter, entry), list, tuple)
    return lambda value, _: read(value)


def _tuple_out(kind: Any, converter: cattrs.Converter) -> Write:
    return _list_like(kind, converter.get_unstructure_hook, tuple, list)


def _set_in(kind: Any, converter: cattrs.Converter) -> Read:
    each = _bound(converter, get_args(kind)[0])

    def read(value: Any, _: Any) -> Any:
        if type(value) is not list:
            raise InvalidType(expected="list")
        made = frozenset(each_entry(value, each))
        if len(made) != len(value):
            raise DuplicateId(id=None)
        return made

    return read


def _set_out(kind: Any, converter: cattrs.Converter) -> Write:
    each = converter.get_unstructure_hook(get_args(kind)[0])

    def write(value: Any) -> Any:
        if type(value) is not frozenset:
            raise InvalidType(expected="frozenset")
        if not value:
            return []
        # Sorted by what is written: one text under any hash seed (C1).
        written = each_entry(value, each)
        try:
            return sorted(written)
        except TypeError:  # records, or of several types
            return sorted(written, key=encode)

    return write


def _mapping_in(kind: Any, converter: cattrs.Converter) -> Read:
    types = get_args(kind)
    pair = _places(types, [_bound(converter, entry) for entry in types], list, tuple)
    pairs = _any_length(None, pair, list, tuple)

    def read(value: Any, _: Any) -> Any:
        found = pairs(value)
        made = dict(found)
        if len(made) != len(found):
            raise DuplicateId(id=None)
        return made

    return read


def _mapping_out(kind: Any, converter: cattrs.Converter) -> Write:
    types = get_args(kind)
    pair = _places(types, [converter.get_unstructure_hook(entry) for entry in types], tuple, list)

    def write(value: Any) -> Any:
        if type(value) is not dict and not issubclass(type(value), Mapping):
            raise InvalidType(expected="a mapping")
        return each_entry(value.items(), pair)

    return write


# -- records ---------------------------------------------------------------------------------


def field_types(cls: Any) -> dict[str, Any]:
    """The types of a record's fields by name, in order; text annotations resolved."""
    attrs.resolve_types(cls)
    return {field.name: field.type for field in attrs.fields(cls)}


def _record_in(cls: Any, converter: cattrs.Converter) -> Read:
    types = field_types(cls)
    names = types.keys()
    build = _generated(cls, types, converter)

    def read(value: Any, _: Any) -> Any:
        if type(value) is dict and value.keys() == names:
            return build(value, cls)
        raise InvalidType(expected=cls.__name__)

    return read


def _generated(cls: Any, types: dict[str, Any], converter: cattrs.Converter) -> Read:
    if not any(field.kw_only for field in attrs.fields(cls)):
        return make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=False)
    # cattrs writes arguments in the order of the fields, and a command's first ones, which it
    # inherits, are keywords: Python refuses positional ones behind them.
    hooks = [(name, converter.get_structure_hook(kind), kind) for name, kind in types.items()]
    return lambda value, _: cls(**{name: hook(value[name], kind) for name, hook, kind in hooks})


def _record_in_telling(cls: Any, converter: cattrs.Converter) -> Read:
    types = field_types(cls)

    def read(value: Any, _: Any) -> Any:
        _shape(cls, value, types)
        made = {}
        for name, kind in types.items():
            try:
                made[name] = converter.structure(value[name], kind)
            except Exception as error:  # noqa: BLE001 - whatever the value makes its hook raise
                raise within(name, error) from None
        try:
            return cls(**made)
        except Exception as error:  # noqa: BLE001 - a class may check itself as it likes
            raise within("", error) from None

    return read


def _shape(cls: type, value: Any, types: dict[str, Any]) -> None:
    if type(value) is not dict:
        raise InvalidType(expected=cls.__name__)
    for name in types:
        if name not in value:
            raise MissingStoredField(name)
    for name in value:
        if type(name) is not str or name not in types:
            raise UnknownStoredField(shown(name) if type(name) is str else "?")


def _record_out(cls: Any, converter: cattrs.Converter) -> Write:
    take_apart = make_dict_unstructure_fn(cls, converter)

    def write(value: Any) -> Any:
        if type(value) is cls:
            return take_apart(value)
        raise InvalidType(expected=cls.__name__)

    return write


def _record_out_telling(cls: Any, converter: cattrs.Converter) -> Write:
    types = field_types(cls)

    def write(value: Any) -> Any:
        if type(value) is not cls:
            raise InvalidType(expected=cls.__name__)
        made = {}
        for name, kind in types.items():
            try:
                made[name] = converter.unstructure(getattr(value, name), kind)
            except Exception as error:  # noqa: BLE001 - whatever the value makes its hook raise
                raise within(name, error) from None
        return made

    return write


def strict_converter(read_any: Read, write_any: Write, *, telling: bool) -> cattrs.Converter:
    """A converter with these hooks; ``Any`` is read and written by the two that are given."""
    converter = cattrs.Converter(detailed_validation=False)
    for kind in EXACT:
        converter.register_structure_hook(kind, _exact_in(kind))
        converter.register_unstructure_hook(kind, _exact_out(kind))
    converter.register_structure_hook(float, _read_float)
    converter.register_unstructure_hook(float, _write_float)
    converter.register_structure_hook(datetime, _read_instant)
    converter.register_unstructure_hook(datetime, _write_instant)
    converter.register_structure_hook(date, _read_date)
    converter.register_unstructure_hook(date, _write_date)
    records = (_record_in_telling, _record_out_telling) if telling else (_record_in, _record_out)
    for fits, reader, writer in (
        (is_mixed, _mixed_in, _mixed_out),
        (is_tuple, _tuple_in, _tuple_out),
        (is_set, _set_in, _set_out),
        (is_mapping, _mapping_in, _mapping_out),
        (attrs.has, *records),
    ):
        converter.register_structure_hook_factory(fits, reader)
        converter.register_unstructure_hook_factory(fits, writer)
    converter.register_structure_hook_func(lambda kind: kind is Any, read_any)
    converter.register_unstructure_hook_func(lambda kind: kind is Any, write_any)
    return converter


__all__ = [
    "MissingStoredField",
    "Read",
    "UnknownStoredField",
    "Write",
    "each_entry",
    "field_types",
    "is_mapping",
    "is_mixed",
    "is_set",
    "is_tuple",
    "strict_converter",
    "within",
]
