"""Records to JSON-ready values and back, strictly.

Decides the stored form: every record is an object of its fields; where a field may hold anything,
the object is tagged with its type and schema version. Nothing is converted on the way in: ``1.9``
or ``"1"`` for an int, a missing or an unknown field, an unknown type or version are refused (C5).
Must not know what the records mean; the registry lists whose they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args, get_origin

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from omcore.codec.registry import CLASSES, VERSION
from omcore.kernel import InvalidType, OmcoreError, UnknownEvent, format_instant, parse_instant

_BY_NAME: Mapping[str, type] = {cls.__name__: cls for cls in CLASSES}
_KNOWN = frozenset(CLASSES)


def _exact(kind: type) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise InvalidType("", expected=kind.__name__)
        return value

    return structure


def _number(value: Any, _: Any) -> float:
    if type(value) is int or type(value) is float:
        return value
    raise InvalidType("", expected="number")


def _anything(value: Any, _: Any = None) -> Any:
    """A field that may hold anything: a plain value, or a tagged record."""
    if type(value) is dict:
        return from_json(value)
    if type(value) is list:
        return tuple(_anything(entry) for entry in value)
    return value


def _plain(value: Any) -> Any:
    """The JSON-ready form of a value whose type is not declared."""
    if type(value) in _KNOWN:
        return to_json(value)
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    return value


def _is_any(kind: Any) -> bool:
    return kind is Any or kind is object


def _is_safe_union(kind: Any) -> bool:
    arguments = get_args(kind)
    return bool(arguments) and int in arguments and str in arguments and bool in arguments


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_set(kind: Any) -> bool:
    return get_origin(kind) is frozenset


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(detailed_validation=False, forbid_extra_keys=True)
    for kind in (int, str, bool):
        made.register_structure_hook(kind, _exact(kind))
    made.register_structure_hook(float, _number)
    made.register_structure_hook(datetime, lambda value, _: parse_instant(value))
    made.register_unstructure_hook(datetime, format_instant)
    made.register_structure_hook_func(_is_any, _anything)
    made.register_unstructure_hook_func(_is_any, _plain)
    made.register_structure_hook_func(_is_safe_union, _anything)
    made.register_unstructure_hook_func(_is_safe_union, _plain)
    made.register_unstructure_hook_func(_is_set, sorted)
    made.register_unstructure_hook_func(_is_tuple, _tuple_unstructure(made))
    for cls in CLASSES:
        made.register_unstructure_hook(cls, make_dict_unstructure_fn(cls, made))
        made.register_structure_hook(cls, make_dict_structure_fn(cls, made, _cattrs_forbid_extra_keys=True))
    return made


def _tuple_unstructure(made: cattrs.Converter) -> Callable[[Any], Any]:
    def unstructure(value: Any) -> Any:
        return [made.unstructure(entry) for entry in value]

    return unstructure


_CONVERTER = _converter()


def to_json(value: Any) -> dict[str, Any]:
    """The tagged, JSON-ready form of a registered record. ``InvalidType`` for anything else."""
    if type(value) not in _KNOWN:
        raise InvalidType("value", expected="a registered record")
    return {"type": type(value).__name__, "v": VERSION, **_CONVERTER.unstructure(value)}


def from_json(data: Any) -> Any:
    """The record of a tagged form. ``UnknownEvent`` for a type or version that is not known."""
    if type(data) is not dict:
        raise InvalidType("", expected="a tagged object")
    name, version = data.get("type"), data.get("v")
    if type(name) is not str or name not in _BY_NAME or version != VERSION or type(version) is not int:
        raise UnknownEvent(
            "type",
            type=name if type(name) is str and name.isidentifier() else None,
            version=version if type(version) is int else None,
        )
    fields = {key: value for key, value in data.items() if key not in ("type", "v")}
    try:
        return _CONVERTER.structure(fields, _BY_NAME[name])
    except OmcoreError:
        raise
    except Exception:  # noqa: BLE001  # cattrs raises whatever the data makes it raise
        raise InvalidType(name, expected=f"the fields of {name}") from None


__all__ = ["from_json", "to_json"]
