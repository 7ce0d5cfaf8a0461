"""Tolerance: from which difference on a count is looked at again before it is believed.

Decides nothing but that comparison, in exact numbers. Must not know who counts, or what.
"""

from __future__ import annotations

from omcore.kernel import MAX_STOCK, InvalidType, Ratio, checked_quantity, record


@record
class Tolerance:
    """How far a count may be from the books: so many units or such a share of them, whichever is more.

    ``share=Ratio.percent("2")`` is two percent. Errors: ``InvalidQuantity``, ``InvalidType``.
    """

    units: int = 0
    share: Ratio = Ratio(0, 1)

    def __attrs_post_init__(self) -> None:
        checked_quantity(self.units, "units", low=0, high=MAX_STOCK)
        if type(self.share) is not Ratio:
            raise InvalidType("share", expected="a Ratio")

    def allows(self, counted: int, books: int) -> bool:
        """Whether so much may be booked without a second look. Errors: ``InvalidQuantity``."""
        checked_quantity(counted, "counted", low=0, high=MAX_STOCK)
        checked_quantity(books, "books", low=0, high=MAX_STOCK)
        beyond = abs(counted - books)
        share = self.share
        return beyond <= self.units or beyond * share.denominator <= books * share.numerator


__all__ = ["Tolerance"]
