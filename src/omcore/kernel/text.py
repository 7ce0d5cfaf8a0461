"""Identifiers, SKUs and free text from the outside.

Decides which strings may name a thing. Identifiers are ASCII without white space or slashes, so
that they stand in stream names, file names and logs; SKUs are the merchant's and only have to be
what they look like; free text is bounded. Must not know what is being named.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from omcore.kernel.errors import (
    DuplicateId,
    InvalidId,
    InvalidSku,
    InvalidText,
    LimitExceeded,
    LooksLikeCardNumber,
)

MAX_ID = 200
MAX_SKU = 100
MAX_TEXT = 1_000

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:#=+~-]{0,199}", re.ASCII)
_KEY = re.compile(r"[!-~]{1,200}", re.ASCII)
# Letters, digits and inner punctuation: the SKUs that need no second look.
_PLAIN_SKU = re.compile(r"[!-~](?:[ -~]{0,98}[!-~])?", re.ASCII)
_ZERO_WIDTH = {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x180E}


def checked_id(value: object, path: str) -> str:
    """An identifier: 1-200 of ``A-Z a-z 0-9 . _ : # = + ~ -``, starting with a letter or digit."""
    if type(value) is str and _ID.fullmatch(value):
        return value
    raise InvalidId(path, reason="letters, digits and . _ : # = + ~ - only, 1 to 200 of them")


def checked_key(value: object, path: str = "key") -> str:
    """A command key or a channel's own identifier: 1-200 printable ASCII characters, no spaces."""
    if type(value) is str and _KEY.fullmatch(value):
        return value
    raise InvalidId(path, reason="printable ASCII without spaces only, 1 to 200 of them")


def checked_sku(value: object, path: str = "sku") -> str:
    """A SKU: NFC, no control or zero-width characters, no outer white space; case-sensitive."""
    if type(value) is not str:
        raise InvalidSku(path, reason="not text", codepoint=None)
    if _PLAIN_SKU.fullmatch(value):
        return value
    if not value or len(value) > MAX_SKU:
        raise InvalidSku(path, reason=f"1 to {MAX_SKU} characters", codepoint=None)
    for character in value:
        number = ord(character)
        if number in _ZERO_WIDTH or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            raise InvalidSku(path, reason="control or zero-width", codepoint=f"U+{number:04X}")
    if value != value.strip():
        outer = value[0] if value[0].isspace() else value[-1]
        raise InvalidSku(path, reason="outer white space", codepoint=f"U+{ord(outer):04X}")
    if not unicodedata.is_normalized("NFC", value):
        raise InvalidSku(path, reason="not NFC", codepoint=None)
    return value


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
    """A gateway's reference; text that could be a card number is ``LooksLikeCardNumber``."""
    reference = checked_key(value, path)
    digits = re.sub(r"[ -]", "", reference)
    if digits.isdigit() and 13 <= len(digits) <= 19 and _luhn(digits):
        raise LooksLikeCardNumber(path)
    return reference


def _luhn(digits: str) -> bool:
    total = 0
    for i, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if i % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def checked_unique(ids: Iterable[str], path: str) -> None:
    """``DuplicateId(path, id)`` for the first identifier that stands twice."""
    seen: set[str] = set()
    for i, name in enumerate(ids):
        if name in seen:
            raise DuplicateId(f"{path}[{i}]", id=name)
        seen.add(name)


def checked_limit(got: int, limit: int, path: str, what: str) -> None:
    """``LimitExceeded(limit, got)`` above the limit."""
    if got > limit:
        raise LimitExceeded(path, what=what, limit=limit, got=got)


__all__ = [
    "MAX_ID",
    "MAX_SKU",
    "MAX_TEXT",
    "checked_id",
    "checked_key",
    "checked_limit",
    "checked_payment_reference",
    "checked_sku",
    "checked_text",
    "checked_unique",
]
