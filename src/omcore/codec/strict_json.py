"""JSON from the outside, read strictly.

Decides what counts as JSON at the boundary: numbers that are not whole become ``Decimal``, a key
stands once, depth and size are bounded, NaN and Infinity are refused, and digits are counted before
they are converted. Must not know what is in it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from omcore.kernel import DuplicateId, InputError, InvalidNumber, InvalidType, LimitExceeded

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_NUMBER = 40


class InvalidJson(InputError):
    """Not JSON, or not UTF-8. Fields: reason."""

    code = "invalid_json"


def parse_json(text: object) -> Any:
    """dict, list, str, int, Decimal, bool or None from JSON text or bytes.

    Errors: ``InvalidJson``, ``LimitExceeded`` (1 MiB, depth 32), ``DuplicateId`` for a key that
    stands twice, ``InvalidNumber``.
    """
    if type(text) is bytes:
        _bounded(len(text))
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidJson(reason="not UTF-8") from None
    if type(text) is not str:
        raise InvalidType("", expected="JSON text or bytes")
    _bounded(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")))
    _shallow(text)
    try:
        value = json.loads(
            text,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError):
        raise InvalidJson(reason="not JSON") from None
    if not text.isascii() or "\\u" in text:
        _no_lone_surrogates(value)
    return value


def dump_json(value: Any) -> str:
    """Canonical JSON: keys sorted, no spaces; the same text under any hash seed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _bounded(size: int) -> None:
    if size > MAX_BYTES:
        raise LimitExceeded("", what="bytes of JSON", limit=MAX_BYTES, got=size)


def _shallow(text: str) -> None:
    """Count nesting outside of strings before parsing."""
    depth = 0
    inside = escaped = False
    for character in text:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise LimitExceeded("", what="depth of JSON", limit=MAX_DEPTH, got=depth)
        elif character in "]}":
            depth -= 1


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER:
        raise InvalidNumber("", reason="more than 40 digits")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_NUMBER:
        raise InvalidNumber("", reason="more than 40 characters")
    return Decimal(text)


def _constant(text: str) -> Any:
    raise InvalidNumber("", reason="not finite")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateId(key if key.isidentifier() else "", id=key if key.isidentifier() else "?")
            seen.add(key)
    return made


def _no_lone_surrogates(value: Any) -> None:
    if type(value) is str:
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise InvalidJson(reason="a lone surrogate")
    elif type(value) is list:
        for entry in value:
            _no_lone_surrogates(entry)
    elif type(value) is dict:
        for key, entry in value.items():
            _no_lone_surrogates(key)
            _no_lone_surrogates(entry)


__all__ = ["MAX_BYTES", "MAX_DEPTH", "InvalidJson", "dump_json", "parse_json"]
