"""Identifiers, SKUs and free text from the outside.

Decides which strings may name a thing. Identifiers are ASCII without white space or slashes, so
that they stand in stream names, file names and logs; SKUs are the merchant's and only have to be
what they look like; free text is bounded. Must not know what is being named.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TypeVar

from omcore.kernel.errors import (
    DuplicateId,
    InvalidId,
    InvalidSku,
    InvalidText,
    InvalidType,
    LimitExceeded,
    LooksLikeCardNumber,
)

T = TypeVar("T")

MAX_ID = 200
MAX_SKU = 100
MAX_TEXT = 1_000

_is_id = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:#=+~-]{0,199}", re.ASCII).fullmatch
_is_key = re.compile(r"[!-~]{1,200}", re.ASCII).fullmatch
_PUNCTUATION = re.compile(r"[^0-9A-Za-z]+", re.ASCII)
# Letters, digits and inner punctuation: the SKUs that need no second look.
_is_plain_sku = re.compile(r"[!-~](?:[ -~]{0,98}[!-~])?", re.ASCII).fullmatch
# Format, control, surrogate and private characters, line and paragraph separators ...
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# ... and what Unicode calls default ignorable though its category is a letter's or a mark's: joiner,
# Hangul fillers, Khmer vowels, Mongolian and other variation selectors.
_ZERO_WIDTH = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F, 0x3164, 0xFFA0}
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)


def is_id(value: object) -> bool:
    """Whether ``checked_id`` lets it pass: for who checks thousands, and names the path of what is wrong."""
    return type(value) is str and _is_id(value) is not None


def is_key(value: object) -> bool:
    """Whether ``checked_key`` lets it pass."""
    return type(value) is str and _is_key(value) is not None


def checked_id(value: object, path: str) -> str:
    """An identifier: 1-200 of ``A-Z a-z 0-9 . _ : # = + ~ -``, starting with a letter or digit."""
    if type(value) is str and _is_id(value):
        return value
    raise InvalidId(path, reason="letters, digits and . _ : # = + ~ - only, 1 to 200 of them")


def checked_key(value: object, path: str = "key") -> str:
    """A command key or a channel's own identifier: 1-200 printable ASCII characters, no spaces."""
    if type(value) is str and _is_key(value):
        return value
    raise InvalidId(path, reason="printable ASCII without spaces only, 1 to 200 of them")


def checked_sku(value: object, path: str = "sku") -> str:
    """A SKU: NFC, no control or zero-width characters, no outer white space; case-sensitive."""
    if type(value) is not str:
        raise InvalidSku(path, reason="not text", codepoint=None)
    if _is_plain_sku(value):
        return value
    if not value or len(value) > MAX_SKU:
        raise InvalidSku(path, reason=f"1 to {MAX_SKU} characters", codepoint=None)
    for character in value:
        if unicodedata.category(character) in _UNSEEN or ord(character) in _ZERO_WIDTH:
            raise InvalidSku(path, reason="control or zero-width", codepoint=_codepoint(character))
    if value != value.strip():
        outer = value[0] if value[0].isspace() else value[-1]
        raise InvalidSku(path, reason="outer white space", codepoint=_codepoint(outer))
    if not unicodedata.is_normalized("NFC", value):
        # The character with which the text so far stops being NFC.
        until = next(n for n in range(1, len(value) + 1) if not unicodedata.is_normalized("NFC", value[:n]))
        raise InvalidSku(path, reason="not NFC", codepoint=_codepoint(value[until - 1]))
    return value


def _codepoint(character: str) -> str:
    return f"U+{ord(character):04X}"


def checked_text(value: object, path: str, *, high: int = MAX_TEXT) -> str:
    """Free text up to ``high`` characters without control characters (line feed and tab may be)."""
    if type(value) is not str or len(value) > high:
        raise InvalidText(path, reason="not text, or too long", max=high)
    if value.isascii() and value.isprintable():
        return value
    for character in value:
        if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs"):
            raise InvalidText(path, reason="control character", max=high)
    return value


def checked_payment_reference(value: object, path: str) -> str:
    """A gateway's reference; text that could be a card number is ``LooksLikeCardNumber``.

    That is 13-19 digits that pass Luhn, whatever punctuation stands between them. A reference
    with a letter is none: else one long number in ten would be refused by chance.
    """
    reference = checked_key(value, path)
    digits = _PUNCTUATION.sub("", reference)
    if 13 <= len(digits) <= 19 and digits.isdigit() and _luhn(digits):
        raise LooksLikeCardNumber(path)
    return reference


def _luhn(digits: str) -> bool:
    total = 0
    for i, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if i % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def checked_names(value: object, path: str, *, limit: int = 1_000) -> frozenset[str]:
    """A frozenset of names of 1-100 characters: capabilities, regions, tags."""
    if type(value) is not frozenset:
        raise InvalidType(path, expected="a frozenset of text")
    checked_limit(len(value), limit, path, "names")
    for name in value:
        if not checked_text(name, path, high=100):
            raise InvalidText(path, reason="empty", max=100)
    return value


def checked_flag(value: object, path: str) -> bool:
    """True or False, and nothing that is merely truthy."""
    if type(value) is not bool:
        raise InvalidType(path, expected="true or false")
    return value


def checked_iterator(values: Iterable[T], path: str, expected: str) -> Iterator[T]:
    """An iterator over what was handed in; ``InvalidType(path, expected)`` for what has none."""
    try:
        return iter(values)
    except Exception:  # noqa: BLE001 - whatever was handed in is the caller's code and may raise anything
        raise InvalidType(path, expected=expected) from None


def checked_unique(ids: Iterable[str], path: str) -> None:
    """``DuplicateId(path, id)`` for the first identifier that stands twice; each is checked already.

    Errors besides: ``InvalidType`` for what has no identifiers, ``InvalidId`` for one that is no text.
    """
    seen: set[str] = set()
    for i, name in enumerate(checked_iterator(ids, path, "identifiers")):
        if type(name) is not str:
            raise InvalidId(f"{path}[{i}]", reason="not text")
        if name in seen:
            raise DuplicateId(f"{path}[{i}]", id=name)
        seen.add(name)


def checked_limit(got: int, limit: int, path: str, what: str) -> None:
    """``LimitExceeded(limit, got)`` above the limit."""
    if type(got) is not int:
        raise InvalidType(path, expected="a count")
    if got > limit:
        raise LimitExceeded(path, what=what, limit=limit, got=got)


__all__ = [
    "MAX_ID",
    "MAX_SKU",
    "MAX_TEXT",
    "checked_flag",
    "checked_id",
    "checked_iterator",
    "checked_key",
    "checked_limit",
    "checked_names",
    "checked_payment_reference",
    "checked_sku",
    "checked_text",
    "checked_unique",
    "is_id",
    "is_key",
]
