"""Exact numbers from the outside: quantities, ratios and decimal text.

Decides what counts as a number at the boundary: exact ``int`` (no ``bool``, no subclass, no
float) and ASCII decimal text whose digits are counted *before* it is converted, because
``int(Decimal("1E+3000000"))`` runs for minutes. Must not know money or stock.
"""

from __future__ import annotations

import re
from decimal import Decimal

from omcore.kernel._record import record
from omcore.kernel.errors import InvalidNumber, InvalidQuantity

MAX_QUANTITY = 1_000_000
MAX_STOCK = 1_000_000_000
MAX_DIGITS = 15

_DECIMAL = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?", re.ASCII)


def checked_quantity(value: object, path: str, *, low: int = 1, high: int = MAX_QUANTITY) -> int:
    """An exact int within low..high, else ``InvalidQuantity(path, min, max)``."""
    if type(value) is int and low <= value <= high:
        return value
    raise InvalidQuantity(path, min=low, max=high)


def decimal_parts(value: object, path: str) -> tuple[int, int]:
    """(digits, scale) of an exact decimal: ``"12.50"`` and ``Decimal("12.50")`` give (1250, 2).

    Takes ``int``, ``Decimal`` and text in plain ASCII digits; refuses floats, bools, exponent
    forms, infinities, NaN, white space, underscores and more than 15 significant digits.
    """
    if type(value) is int:
        if abs(value) >= 10**MAX_DIGITS:
            raise InvalidNumber(path, reason="more than 15 digits")
        return value, 0
    if type(value) is Decimal:
        if not value.is_finite():
            raise InvalidNumber(path, reason="not finite")
        sign, digits, exponent = value.as_tuple()
        if len(digits) > 40 or not isinstance(exponent, int) or not -40 <= exponent <= MAX_DIGITS:
            raise InvalidNumber(path, reason="more than 15 digits")
        value = format(value, "f")
    if type(value) is not str:
        raise InvalidNumber(path, reason="not an exact number")
    match = _DECIMAL.fullmatch(value) if len(value) <= 82 else None
    if match is None:
        raise InvalidNumber(path, reason="not a plain decimal")
    minus, whole, fraction = match.groups()
    fraction = fraction or ""
    if len((whole + fraction).lstrip("0")) > MAX_DIGITS:
        raise InvalidNumber(path, reason="more than 15 digits")
    number = int(whole + fraction)
    return (-number if minus else number), len(fraction)


def round_ratio(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest int, half away from zero (M1). denominator > 0."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((-2 * numerator + denominator) // (2 * denominator))


@record
class Ratio:
    """An exact non-negative rate such as a tax rate: ``numerator / denominator``."""

    numerator: int
    denominator: int

    @classmethod
    def parse(cls, value: object, path: str = "rate") -> Ratio:
        """From exact decimal text or Decimal: ``"0.08875"``; never from a float."""
        digits, scale = decimal_parts(value, path)
        if digits < 0:
            raise InvalidNumber(path, reason="negative")
        return cls(digits, 10**scale)

    @classmethod
    def percent(cls, value: object, path: str = "percentage") -> Ratio:
        """From a percentage: ``"8.875"`` is 0.08875."""
        ratio = cls.parse(value, path)
        return cls(ratio.numerator, ratio.denominator * 100)

    def of(self, amount: int) -> int:
        """round(amount x ratio), half away from zero."""
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
