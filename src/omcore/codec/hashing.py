"""The fingerprint of a command: what makes a retry the same command (C4).

Decides what belongs to a command's payload: its type and every field but ``key`` and ``at``,
because whoever retries may well read the clock again. ``by`` and ``reason`` belong to it: the same
key from another person is another command. Must not know any command.

Fields that hold their default are left out, so that a release that gives a command one more
optional field still recognizes the retry of a command that an earlier one answered; and a field that
may be left out from some release on is written as it was when it had to be given. Equal commands
have one fingerprint whatever they are made of: ``40`` and ``40.0`` degrees, mappings in any order.
The record of answers keeps the hash, and so none of the personal data that a draft may hold.

What is hashed is Python's own ASCII text of plain dicts, lists and tuples, made by one call into C
and the same in every process and version of Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.fns import identity
from cattrs.gen import make_dict_unstructure_fn, override

from omcore.codec._hooks import Write
from omcore.kernel import Command, InvalidType, OmcoreError, format_instant

NOT_PAYLOAD = ("key", "at")

_ALONE = frozenset({str, int, bool, NoneType})
_WANTED = "a command of plain values and records"


def payload_hash(command: Command) -> str:
    """SHA-256, in hexadecimal, of the command's type and payload.

    The same in every process, and in every release that has the same fields in the same order, new
    optional ones aside. ``InvalidType`` for what is no command.
    """
    cls = type(command)
    take_apart = _COMMANDS.get(cls)
    try:
        if take_apart is None:
            take_apart = _COMMANDS[cls] = _command(cls)
        text = ascii((cls.__name__, take_apart(command)))
    except OmcoreError:
        raise
    except Exception:  # noqa: BLE001 - a command of somebody's own may hold anything
        raise InvalidType("command", expected=_WANTED) from None
    return hashlib.sha256(text.encode()).hexdigest()


def _command(cls: Any) -> Write:
    # Not isinstance: it asks the value itself for its class, and anything may be passed.
    if not issubclass(cls, Command):
        raise InvalidType("command", expected="a command")
    return _CONVERTER.get_unstructure_hook(cls)


def _record(cls: Any, converter: cattrs.Converter) -> Any:
    attrs.resolve_types(cls)
    left_out = {name: override(omit=True) for name in NOT_PAYLOAD} if issubclass(cls, Command) else {}
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **left_out)  # type: ignore[arg-type]  # its keyword arguments are overrides by field


def _is_plain(kind: Any) -> bool:
    """Whether values of a type are scalars, or tuples of them: a command holds what its types say."""
    if kind in _ALONE:
        return True
    if get_origin(kind) in (Union, UnionType, tuple):
        return all(entry is Ellipsis or _is_plain(entry) for entry in get_args(kind))
    return False


def _is_records(kind: Any) -> bool:
    inner = get_args(kind)
    return get_origin(kind) is tuple and len(inner) == 2 and inner[1] is Ellipsis and attrs.has(inner[0])


def _records(kind: Any, converter: cattrs.Converter) -> Write:
    each = converter.get_unstructure_hook(get_args(kind)[0])
    return lambda values: [each(value) for value in values]


def _optional(kind: Any) -> Any:
    """The type of ``X | None`` besides None; None for any other."""
    if get_origin(kind) not in (Union, UnionType):
        return None
    members = [member for member in get_args(kind) if member is not NoneType]
    return members[0] if len(members) == 1 else None


def _is_optional(kind: Any) -> bool:
    return _optional(kind) not in (None, Any) and not _is_plain(kind)


def _perhaps(kind: Any, converter: cattrs.Converter) -> Write:
    """What a field holds is written alike whether or not it may be left out."""
    write = converter.get_unstructure_hook(_optional(kind))
    return lambda value: None if value is None else write(value)


def _any(value: Any) -> Any:
    """By what the value is: in a field that does not say which class it is, the class is payload."""
    kind = type(value)
    if kind in _ALONE:
        return value
    if kind is tuple or kind is list:
        return [entry if type(entry) in _ALONE else _any(entry) for entry in value]
    if attrs.has(kind):
        return (kind.__name__, _CONVERTER.unstructure(value, kind))
    if kind is datetime:
        return ("instant", format_instant(value))
    if kind is date:
        return ("date", value.isoformat())
    if kind is float:
        return _float(value)
    if kind is frozenset or kind is set:
        return ("set", sorted([_any(entry) for entry in value], key=ascii))
    if issubclass(kind, Mapping):
        return ("mapping", sorted([(_any(key), _any(entry)) for key, entry in value.items()], key=ascii))
    raise InvalidType("command", expected=_WANTED)


def _float(value: Any) -> Any:
    return float(value) + 0.0  # one text for 40, 40.0 and -0.0


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(detailed_validation=False)
    made.register_unstructure_hook_func(lambda kind: True, _any)
    made.register_unstructure_hook_func(_is_plain, identity)
    made.register_unstructure_hook(float, _float)
    made.register_unstructure_hook(datetime, format_instant)
    made.register_unstructure_hook(date, date.isoformat)
    made.register_unstructure_hook_factory(attrs.has, _record)
    made.register_unstructure_hook_factory(_is_records, _records)
    made.register_unstructure_hook_factory(_is_optional, _perhaps)
    return made


_CONVERTER = _converter()
_COMMANDS: dict[type, Write] = {}

__all__ = ["payload_hash"]
