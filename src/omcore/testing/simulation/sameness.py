"""Sameness: whether two values are the same in value, in type, and in the order of their mappings.

Decides it quickly, for what is compared with every read of a simulation: what is one object is the same,
and a record is taken apart by a getter of its class that is made once. Says yes exactly where
``difference`` of the store's clauses has nothing to tell. Must not know what the values mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

import attrs

_PLAIN = frozenset({int, str, bool, type(None)})
_NO_RECORD = frozenset({int, str, bool, type(None), tuple, list, dict, datetime, float, frozenset})
_GETTERS: dict[type, Callable[[Any], tuple[Any, ...]]] = {}


def same(found: Any, expected: Any) -> bool:
    """Whether nothing tells one from the other."""
    if found is expected:
        return True
    kind = type(expected)
    if type(found) is not kind:
        return False
    if kind in _PLAIN:
        return bool(found == expected)
    if kind is tuple or kind is list:
        return len(found) == len(expected) and _all(found, expected)
    if kind not in _NO_RECORD:
        getter = _GETTERS.get(kind)
        if getter is not None or attrs.has(kind):
            if getter is None:
                getter = _GETTERS[kind] = _getter(kind)
            return _all(getter(found), getter(expected))
    if isinstance(expected, Mapping):
        return _all(list(found), list(expected)) and _all(list(found.values()), list(expected.values()))
    return bool(found == expected) and repr(found) == repr(expected)


def _all(found: Any, expected: Any) -> bool:
    if len(found) != len(expected):
        return False
    for one, other in zip(found, expected, strict=True):
        if one is not other and not same(one, other):
            return False
    return True


def _getter(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in attrs.fields(kind)]
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda value: (only(value),)
    return attrgetter(*names) if names else lambda _: ()


__all__ = ["same"]
