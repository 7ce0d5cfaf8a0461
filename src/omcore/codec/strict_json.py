"""JSON, read strictly and written canonically.

Decides what counts as JSON where it comes in: numbers that are not whole become ``Decimal``,
digits are counted before they are converted, a key stands once, depth and size are bounded, and
NaN, Infinity, invalid UTF-8 and lone surrogates are refused. Must not know what the JSON says.

Reading is one pass of the standard library's parser with hooks. Hooks don't know where they are,
so where one of them refuses, the text is read again into a tree that keeps what is wrong with it,
and the first wrong thing in the order of the document is named by its path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import Any

from omcore.kernel import DuplicateId, InputError, InvalidNumber, InvalidType, LimitExceeded

try:
    import orjson
except ImportError:  # the extra `fast`
    orjson = None  # type: ignore[assignment]  # a module or nothing

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_NUMBER = 80  # characters: digits, point and exponent
MAX_EXPONENT = 400  # every float's

_EXPONENT = re.compile(r"[eE][+-]?0*([0-9]+)$")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,49}", re.ASCII)
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
# What orjson writes otherwise than the standard library: floats with an exponent, or small enough to
# have one. Text that looks like one is rare enough to be written the slow way too.
_ODD_FLOAT = re.compile(rb"[:,\[]-?(?:[0-9.]+e|0\.000)")
# Looked for first: what every odd float has, and few texts. It begins with a letter, which is found faster.
_EXPONENT_PART = re.compile(rb"e[+-]?[0-9]")


class InvalidJson(InputError):
    """Not JSON, not UTF-8, or text that has no UTF-8. Fields: reason, position (in characters, or None)."""

    code = "invalid_json"


class _Odd(ValueError):
    """A hook refuses; the second reading says what and where."""


def parse_json(text: object) -> Any:
    """``dict``, ``list``, ``str``, ``int``, ``Decimal``, ``bool`` or None, from JSON text or UTF-8 bytes.

    Errors, with the path of what is wrong: ``InvalidJson``; ``LimitExceeded`` above 1 MiB or 32
    levels; ``DuplicateId`` for a key that stands twice in one object; ``InvalidNumber`` for NaN,
    Infinity, more than 80 characters or an exponent beyond 400.
    """
    return _read(_decoded(text), _DECODER, MAX_DEPTH)


def parse_stored(text: object) -> Any:
    """The same for what a store kept: of any size and depth; numbers that are not whole are ``float``."""
    if type(text) is bytes:
        text = _utf8(text)
    if type(text) is not str:
        raise InvalidType("", expected="JSON text or bytes")
    if orjson is not None:
        # Text that is written again just as it was has nothing wrong with it: each key stands once,
        # and each number is what it was. Both ways together take less than the hooks below.
        try:
            value = orjson.loads(text)
            if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == text.encode():
                return value
        except (ValueError, TypeError):
            pass  # said below
    return _read(text, _STORED, None)


def dump_json(value: object) -> str:
    """Canonical JSON: keys sorted, no spaces, the same text for equal values under any hash seed.

    Takes what ``parse_json`` gives, tuples as lists, and finite floats. A ``Decimal`` is written
    with the digits that it has; one that is whole is read again as an ``int``.

    Errors: ``InvalidType``, ``InvalidNumber``, ``InvalidJson``, ``LimitExceeded``.
    """
    return _written(value) if _checked(value, "", 0) else encode(value)


def encode(value: Any) -> str:
    """``dump_json`` for what is known to be plain: dict with text keys, list, str, int, float, bool, None."""
    if orjson is not None:
        try:
            fast = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            pass  # an int beyond 64 bits, or a lone surrogate
        else:
            if not (b"0.000" in fast or _EXPONENT_PART.search(fast)) or not _ODD_FLOAT.search(fast):
                return fast.decode()
    text = _ENCODER.encode(value)
    _refuse_surrogates(text)
    return text


# -- reading ---------------------------------------------------------------------------------


def _decoded(text: object) -> str:
    if type(text) is bytes:
        _bounded(len(text))
        return _utf8(text)
    if type(text) is not str:
        raise InvalidType("", expected="JSON text or bytes")
    _bounded(len(text))
    if not text.isascii():
        _bounded(len(text.encode("utf-8", "surrogatepass")))
    return text


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJson(reason="not UTF-8", position=error.start) from None


def _bounded(size: int) -> None:
    if size > MAX_BYTES:
        raise LimitExceeded("", what="bytes of JSON", limit=MAX_BYTES, got=size)


def _read(text: str, decoder: json.JSONDecoder, max_depth: int | None) -> Any:
    _refuse_surrogates(text)
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(reason="not JSON", position=error.pos) from None
    except ValueError:  # a hook's, or the interpreter's for an int beyond its limit
        raise _first_wrong(text, max_depth) from None
    except RecursionError:
        raise _too_deep("", _depth_of_text(text)) from None
    if max_depth is not None and _depth(value, max_depth) > max_depth:
        raise _first_wrong(text, max_depth)
    if "\\u" in text and _ESCAPED_SURROGATE.search(text) and _has_surrogate(value):
        raise _first_wrong(text, max_depth)
    return value


def _refuse_surrogates(text: str) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InvalidJson(reason="a lone surrogate", position=error.start) from None


def _depth(value: Any, limit: int) -> int:
    """How many containers stand in one another, level by level; stops one beyond the limit."""
    level = [value]
    depth = 0
    while depth <= limit:
        containers = [entry for entry in level if type(entry) is dict or type(entry) is list]
        if not containers:
            break
        depth += 1
        level = []
        for entry in containers:
            level.extend(entry.values() if type(entry) is dict else entry)
    return depth


def _has_surrogate(value: Any) -> bool:
    stack = [value]
    while stack:
        entry = stack.pop()
        kind = type(entry)
        if kind is str:
            if _is_lone(entry):
                return True
        elif kind is list:
            stack.extend(entry)
        elif kind is dict:
            stack.extend(entry.keys())
            stack.extend(entry.values())
    return False


def _is_lone(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _whole(text: str) -> int:
    if _number_problem(text):
        raise _Odd
    return int(text)


def _decimal(text: str) -> Decimal:
    if _number_problem(text):
        raise _Odd
    return Decimal(text)


def _number_problem(text: str) -> str:
    if len(text) > MAX_NUMBER and len(text.lstrip("-")) > MAX_NUMBER:
        return f"more than {MAX_NUMBER} characters"
    exponent = _EXPONENT.search(text)
    if exponent is not None and (len(exponent[1]) > 3 or int(exponent[1]) > MAX_EXPONENT):
        return f"an exponent beyond {MAX_EXPONENT}"
    return ""


def _constant(text: str) -> Any:
    raise _Odd


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Odd
    return made


_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_float=_decimal, parse_constant=_constant, object_pairs_hook=_object
)
# Without hooks for numbers: the interpreter's own limit of 4,300 digits is enough for what was written
# here, and the records refuse a float that is not finite.
_STORED = json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_object)


# -- saying what is wrong, and where ---------------------------------------------------------


class _Members(list[tuple[str, Any]]):
    """An object with every key that it has, twice or not."""


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


_KEEPING = json.JSONDecoder(
    parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_Members
)


def _first_wrong(text: str, max_depth: int | None) -> InputError:
    """The first thing that is wrong in the order of the document."""
    try:
        tree = _KEEPING.decode(text)
    except json.JSONDecodeError as error:  # behind what the hook refused
        return InvalidJson(reason="not JSON", position=error.pos)
    except RecursionError:
        return _too_deep("", _depth_of_text(text))
    stack: list[tuple[Any, str, int]] = [(tree, "", 1)]
    while stack:
        value, path, depth = stack.pop()
        kind = type(value)
        if kind is _Members or kind is list:
            if max_depth is not None and depth > max_depth:
                return _too_deep(path, _depth_of_text(text))
            inner: Iterator[tuple[str, Any]]
            if kind is list:
                inner = ((f"{path}[{i}]", entry) for i, entry in enumerate(value))
            else:
                wrong = _wrong_key(value, path)
                if wrong is not None:
                    return wrong
                inner = ((joined(path, key), entry) for key, entry in value)
            stack.extend((entry, where, depth + 1) for where, entry in reversed(list(inner)))
        elif kind is _Number:
            reason = "not finite" if value[-1] in "yN" else _number_problem(value)
            if reason:
                return InvalidNumber(path, reason=reason)
        elif kind is str and _is_lone(value):
            return InvalidJson(path, reason="a lone surrogate", position=None)
    return InvalidJson(reason="not JSON", position=0)


def _wrong_key(members: _Members, path: str) -> InputError | None:
    seen: set[str] = set()
    for key, _ in members:
        if _is_lone(key):
            return InvalidJson(path, reason="a lone surrogate", position=None)
        if key in seen:
            return DuplicateId(joined(path, key), id=shown(key))
        seen.add(key)
    return None


def _too_deep(path: str, got: int) -> LimitExceeded:
    return LimitExceeded(path, what="levels of JSON", limit=MAX_DEPTH, got=got)


def _depth_of_text(text: str) -> int:
    """How deep the brackets go, strings left out."""
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        first = text[token.start()]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in "]}":
            depth -= 1
    return deepest


def shown(key: str) -> str:
    """A key that an error may show; what is not a plain name may be anybody's data."""
    return key if _NAME.fullmatch(key) else "?"


def joined(path: str, key: str) -> str:
    """The path of a member."""
    return f"{path}.{shown(key)}" if path else shown(key)


# -- writing ---------------------------------------------------------------------------------

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_LARGEST = 10**MAX_NUMBER


def _checked(value: Any, path: str, depth: int) -> bool:
    """Whether there is a ``Decimal`` in it; raises for what is no JSON."""
    kind = type(value)  # and no isinstance, which asks the value itself
    if value is None or kind is bool:
        return False
    if kind is str:
        if _is_lone(value):
            raise InvalidJson(path, reason="a lone surrogate", position=None)
        return False
    if kind in (int, float, Decimal):
        _checked_number(value, path)
        return kind is Decimal
    if depth == MAX_DEPTH:
        raise _too_deep(path, depth + 1)
    found = False
    if kind in (list, tuple):
        for i, entry in enumerate(value):
            found |= _checked(entry, f"{path}[{i}]", depth + 1)
    elif kind is dict:
        for key, entry in value.items():
            if type(key) is not str:
                raise InvalidType(path, expected="keys that are text")
            if _is_lone(key):
                raise InvalidJson(path, reason="a lone surrogate", position=None)
            found |= _checked(entry, joined(path, key), depth + 1)
    else:
        raise InvalidType(path, expected="a JSON value")
    return found


def _checked_number(value: int | float | Decimal, path: str) -> None:
    if isinstance(value, int):
        if not -_LARGEST < value < _LARGEST:
            raise InvalidNumber(path, reason=f"more than {MAX_NUMBER} characters")
    elif isinstance(value, float):
        if not isfinite(value):
            raise InvalidNumber(path, reason="not finite")
    elif not value.is_finite():
        raise InvalidNumber(path, reason="not finite")
    else:
        reason = _number_problem(str(value))
        if reason:
            raise InvalidNumber(path, reason=reason)


def _written(value: Any) -> str:
    """The slow way, for what holds a ``Decimal``; it was checked before."""
    kind = type(value)
    if kind is Decimal:
        return str(value)
    if kind is list or kind is tuple:
        return "[" + ",".join([_written(entry) for entry in value]) + "]"
    if kind is dict:
        return (
            "{" + ",".join([f"{_ENCODER.encode(key)}:{_written(value[key])}" for key in sorted(value)]) + "}"
        )
    return _ENCODER.encode(value)


__all__ = ["MAX_BYTES", "MAX_DEPTH", "InvalidJson", "dump_json", "encode", "parse_json", "parse_stored"]
