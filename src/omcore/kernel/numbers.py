"""Exact numbers from the outside: quantities, ratios and decimal text.

Decides what counts as a number at the boundary: exact ``int`` (no ``bool``, no subclass, no
float) and ASCII decimal text whose digits are counted *before* it is converted, because
``int(Decimal("1E+3000000"))`` runs for minutes. Must not know money or stock.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import gcd

from omcore.kernel._record import record
from omcore.kernel.errors import InvalidNumber, InvalidQuantity

MAX_QUANTITY = 1_000_000
MAX_STOCK = 1_000_000_000
MAX_DIGITS = 15

_DECIMAL = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?", re.ASCII)
_LIMIT = 10**MAX_DIGITS
# A percentage in 15 digits with 40 decimals; more digits than any rate that can be parsed.
_MAX_RATIO = 10**60


def checked_quantity(value: object, path: str, *, low: int = 1, high: int = MAX_QUANTITY) -> int:
    """An exact int within low..high, else ``InvalidQuantity(path, min, max)``."""
    if type(value) is int and low <= value <= high:
        return value
    raise InvalidQuantity(path, min=low, max=high)


def decimal_parts(value: object, path: str) -> tuple[int, int]:
    """(digits, scale) of an exact decimal: ``"12.50"`` and ``Decimal("12.50")`` give (1250, 2).

    Takes ``int``, ``Decimal`` and text in plain ASCII digits; refuses floats, bools, exponent
    forms, infinities, NaN, white space, underscores and more than 15 digits. ``-0`` is 0.
    """
    if type(value) is int:
        if not -_LIMIT < value < _LIMIT:
            raise InvalidNumber(path, reason="more than 15 digits")
        return value, 0
    if type(value) is Decimal:
        value = _plain(value, path)
    if type(value) is not str:
        raise InvalidNumber(path, reason="not an exact number")
    match = _DECIMAL.fullmatch(value) if len(value) <= 82 else None
    if match is None:
        raise InvalidNumber(path, reason="not a plain decimal")
    minus, whole, fraction = match.groups("")
    digits = whole + fraction
    if len(digits) > MAX_DIGITS and len(digits.lstrip("0")) > MAX_DIGITS:
        raise InvalidNumber(path, reason="more than 15 digits")
    number = int(digits)
    return (-number if minus else number), len(fraction)


def _plain(value: Decimal, path: str) -> str:
    # Looks at the digits before it writes any: format(Decimal("1E+3000000"), "f") has 3 MB.
    if not value.is_finite():
        raise InvalidNumber(path, reason="not finite")
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or exponent > 0:
        raise InvalidNumber(path, reason="exponent form")
    if len(digits) > 40 or exponent < -40:
        raise InvalidNumber(path, reason="more than 15 digits")
    return format(value, "f")


def round_ratio(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest int, half away from zero (M1). Exact ints, denominator > 0."""
    if type(numerator) is not int or type(denominator) is not int or denominator <= 0:
        raise InvalidNumber("denominator", reason="not an exact ratio with a positive denominator")
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((denominator - 2 * numerator) // (2 * denominator))


@record
class Ratio:
    """An exact non-negative rate such as a tax rate: ``numerator / denominator``.

    ``parse`` and ``percent`` give it in lowest terms, so that "0.10" and "0.1" are equal.
    Errors: ``InvalidNumber``.
    """

    numerator: int
    denominator: int

    def __attrs_post_init__(self) -> None:
        if type(self.numerator) is not int or not 0 <= self.numerator <= _MAX_RATIO:
            raise InvalidNumber("numerator", reason="not an exact int of 0 or more")
        if type(self.denominator) is not int or not 1 <= self.denominator <= _MAX_RATIO:
            raise InvalidNumber("denominator", reason="not an exact int of 1 or more")

    @classmethod
    def parse(cls, value: object, path: str = "rate") -> Ratio:
        """From exact decimal text or Decimal: ``"0.08875"``; never from a float."""
        return cls._lowest(value, path, 1)

    @classmethod
    def percent(cls, value: object, path: str = "percentage") -> Ratio:
        """From a percentage: ``"8.875"`` is 0.08875."""
        return cls._lowest(value, path, 100)

    @classmethod
    def _lowest(cls, value: object, path: str, of: int) -> Ratio:
        numerator, scale = decimal_parts(value, path)
        if numerator < 0:
            raise InvalidNumber(path, reason="negative")
        denominator = of * 10**scale
        common = gcd(numerator, denominator)
        return cls(numerator // common, denominator // common)

    def of(self, amount: int) -> int:
        """round(amount x ratio), half away from zero; the amount is an exact int."""
        if type(amount) is not int:
            raise InvalidNumber("amount", reason="not an exact int")
        return round_ratio(amount * self.numerator, self.denominator)


__all__ = [
    "MAX_DIGITS",
    "MAX_QUANTITY",
    "MAX_STOCK",
    "Ratio",
    "checked_quantity",
    "decimal_parts",
    "round_ratio",
]
