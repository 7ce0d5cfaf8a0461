"""The fingerprint of a command: what makes a retry the same command (C4).

Decides what belongs to a command's payload: everything but its key and its time, because a retry
may be sent later. Must not know commands. A hash keeps no personal data in the record of answers.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import Command, format_instant


def payload_hash(command: Command) -> str:
    """SHA-256, in hexadecimal, of the command's type and fields but ``key`` and ``at``."""
    parts: list[str] = [type(command).__name__]
    for name in _names(type(command)):
        if name not in ("key", "at"):
            _write(getattr(command, name), parts)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(cls: type) -> tuple[str, ...]:
    names = _NAMES.get(cls)
    if names is None:
        names = _NAMES[cls] = tuple(field.name for field in attrs.fields(cls))
    return names


def _write(value: Any, parts: list[str]) -> None:
    """A prefix code: every value begins with its kind and, where it has parts, their number."""
    kind = type(value)
    if kind is str:
        parts.append(f"s{len(value)}:{value}")
    elif kind is int:
        parts.append(f"i{value}")
    elif value is None or kind is bool or kind is float:
        parts.append(repr(value))
    elif kind is tuple:
        parts.append(f"t{len(value)}")
        for entry in value:
            _write(entry, parts)
    elif kind is frozenset:
        parts.append(f"f{len(value)}")
        for entry in sorted(value):
            _write(entry, parts)
    elif kind is datetime:
        parts.append("d" + format_instant(value))
    else:
        names = _names(kind)
        parts.append(f"r{kind.__name__}")
        for name in names:
            _write(getattr(value, name), parts)


__all__ = ["payload_hash"]
