"""Measures: goods that are sold by weight, length or volume, counted in whole units all the same.

Decides how "5.5 kg" is a number of units: everything counts ints, and a scale says how many decimals
of the measure one of them stands for. 5.5 kg at scale 3 are 5,500. Must not know prices or stock.
"""

from __future__ import annotations

from omcore.kernel._record import record
from omcore.kernel.errors import InputError, InvalidNumber, InvalidType
from omcore.kernel.numbers import MAX_STOCK, checked_quantity, decimal_parts
from omcore.kernel.text import checked_id, checked_limit

MAX_SCALE = 6
_MAX_UNIT = 40


class MeasureMismatch(InputError):
    """Two count the same goods in different measures. Fields: unit, scale, expected_unit, expected_scale."""

    code = "measure_mismatch"


@record
class Measure:
    """What goods are counted in: ``scale`` decimals of a ``unit``. By default, pieces.

    Errors: ``InvalidId``, ``InvalidQuantity``, ``LimitExceeded`` for a unit of more than 40 characters.
    """

    unit: str = "piece"
    scale: int = 0

    def __attrs_post_init__(self) -> None:
        checked_id(self.unit, "unit")
        checked_limit(len(self.unit), _MAX_UNIT, "unit", "characters")
        checked_quantity(self.scale, "scale", low=0, high=MAX_SCALE)

    @property
    def per(self) -> int:
        """How many units one of the measure is: 1,000 at scale 3."""
        per: int = 10**self.scale
        return per

    def parse(self, value: object, path: str = "quantity") -> int:
        """Units of exact decimal text, ``Decimal`` or ``int``: ``"5.5"`` at scale 3 is 5,500.

        Zeros at its end may be more than the scale has. ``InvalidNumber`` for what is no plain decimal or has
        more decimals, never rounded; ``InvalidQuantity``, which speaks of units, for none, a negative
        number, and more than 1,000,000.
        """
        digits, decimals = decimal_parts(value, path)
        if decimals <= self.scale:
            units = digits * 10 ** (self.scale - decimals)
        else:
            too_fine = 10 ** (decimals - self.scale)
            units = digits // too_fine
            if units * too_fine != digits:
                raise InvalidNumber(path, reason=f"more than {self.scale} decimals")
        return checked_quantity(units, path)

    def format(self, units: int) -> str:
        """Units as decimal text, no zeros at its end: 5,500 at scale 3 is ``5.5``. ``InvalidQuantity``."""
        checked_quantity(units, "units", low=-MAX_STOCK, high=MAX_STOCK)
        if not self.scale:
            return str(units)
        whole, part = divmod(abs(units), self.per)
        decimals = str(part).rjust(self.scale, "0").rstrip("0")
        return f"{'-' if units < 0 else ''}{whole}{'.' if decimals else ''}{decimals}"

    def agrees_with(self, other: Measure) -> bool:
        """Whether a number of units says the same in both; what pieces are called makes no difference."""
        if type(other) is not Measure or self.scale != other.scale:
            return False
        return not self.scale or self.unit == other.unit


PIECE = Measure()


def refuse_mismatch(stated: Measure, known: Measure, path: str) -> None:
    """``MeasureMismatch`` unless a number of units says the same in both. Errors: ``InvalidType``."""
    if type(stated) is not Measure or type(known) is not Measure:
        raise InvalidType("measure", expected="Measure")
    if not stated.agrees_with(known):
        raise MeasureMismatch(
            path,
            unit=stated.unit,
            scale=stated.scale,
            expected_unit=known.unit,
            expected_scale=known.scale,
        )


__all__ = ["MAX_SCALE", "PIECE", "Measure", "MeasureMismatch", "refuse_mismatch"]
