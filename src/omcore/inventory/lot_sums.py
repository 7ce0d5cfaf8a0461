"""Lots added up from movements: the part of reconciling that knows them.

Decides whether what movements name of lots and serial numbers adds up: no lot below nothing, no more in
lots than is there, each serial in stock once. It keeps plain sums by lot, in its own way and not with the
book's functions, so that one checks the other. Must not know how movements are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory.lotbook import LotBook, LotUnits
from omcore.inventory.stock import CONDITIONS
from omcore.kernel import MAX_STOCK, InvalidQuantity, InvalidType

# What is wrong after a movement: (balance, bound, found).
Wrong = tuple[str, int, int]
# Condition, lot, expiry.
_Place = tuple[str, str, int | None]

LOTS = "lots"
SERIALS = "serials"

_IN = (mv.StockReceived, mv.StockReturned, mv.StockIdentified)
_OUT = (mv.StockShipped, mv.StockTaken, mv.StockSent)
_EITHER = (mv.StockAdjusted, mv.StockCounted)
_KINDS = frozenset({*_IN, *_OUT, *_EITHER, mv.StockRegraded})


class LotSums:
    """Units by condition, lot and expiry, and where each serial number is."""

    __slots__ = ("serials", "sums", "units")

    def __init__(self) -> None:
        self.units: dict[_Place, int] = {}
        self.sums = dict.fromkeys(CONDITIONS, 0)
        self.serials: dict[str, _Place] = {}

    def take(self, event: Any) -> Wrong | None:
        """Book what a movement says of lots."""
        named = 0
        for condition, sign, units in lot_steps(event):
            place = (condition, units.lot, units.expires)
            if sign > 0 or type(event) is not mv.StockRegraded:
                named += units.quantity
            wrong = self._book(place, sign * units.quantity) or self._note(place, sign, units.serials)
            if wrong is not None:
                return wrong
        return (LOTS, abs(event.quantity), named) if named > abs(event.quantity) else None

    def _book(self, place: _Place, units: int) -> Wrong | None:
        self.sums[place[0]] += units
        left = self.units.get(place, 0) + units
        if left:
            self.units[place] = left
        else:
            self.units.pop(place, None)
        return (LOTS, 0, left) if left < 0 else None

    def _note(self, place: _Place, sign: int, serials: tuple[str, ...]) -> Wrong | None:
        for serial in serials:
            if sign > 0:
                if serial in self.serials:
                    return (SERIALS, 1, 2)
                self.serials[serial] = place
            elif self.serials.pop(serial, None) != place:
                return (SERIALS, 1, 0)
        return None

    def beyond(self, balances: Mapping[str, int]) -> Wrong | None:
        """Where more is in lots than is there in a condition."""
        for condition, units in self.sums.items():
            if units > balances[condition]:
                return (LOTS, balances[condition], units)
        return None

    def expired(self, last: int) -> int:
        """Sellable units that expired at a second or before."""
        return sum(
            units
            for (condition, _, expires), units in self.units.items()
            if condition == "sellable" and expires is not None and expires <= last
        )

    def compared(self, book: LotBook) -> Wrong | None:
        """The first difference to what a stock item has."""
        found: dict[_Place, int] = {}
        where: dict[str, _Place] = {}
        for held in book.holdings:
            place = (held.condition, held.lot, held.expires)
            found[place] = found.get(place, 0) + held.quantity
            where.update(dict.fromkeys(held.serials, place))
        for place in {**self.units, **found}:
            if self.units.get(place, 0) != found.get(place, 0):
                return (LOTS, self.units.get(place, 0), found.get(place, 0))
        expiring: dict[int, int] = {}
        for (condition, _, expires), units in found.items():
            if condition == "sellable" and expires is not None:
                expiring[expires] = expiring.get(expires, 0) + units
        if sorted(expiring.items()) != list(book.expiring):
            return (LOTS, sum(expiring.values()), sum(units for _, units in book.expiring))
        return None if where == self.serials else (SERIALS, len(self.serials), len(where))


def names_lots(event: Any) -> bool:
    """Whether a movement says anything of lots, be it sense or not."""
    return type(event) in _KINDS and (type(event.lots) is not tuple or len(event.lots) > 0)


def lot_steps(event: Any) -> Iterator[tuple[str, int, LotUnits]]:
    """(condition, 1 in or -1 out, units), read off a movement's own fields."""
    kind = type(event)
    lots = _checked(event.lots)
    if kind is mv.StockRegraded:
        _check_condition(event.condition)
        yield from [(event.condition, -1, units) for units in lots]
        if type(event.to) is not str or event.to:
            _check_condition(event.to)
            yield from [(event.to, 1, units) for units in lots]
        return
    sign = 1 if kind in _IN or (kind in _EITHER and event.quantity > 0) else -1
    condition = "sellable" if kind is mv.StockReceived or kind in _OUT else event.condition
    _check_condition(condition)
    yield from [(condition, sign, units) for units in lots]


def _check_condition(condition: Any) -> None:
    if type(condition) is not str or condition not in CONDITIONS:
        raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))


def _checked(lots: Any) -> tuple[LotUnits, ...]:
    # A movement that was decided is sound; one that somebody made by hand may be anything.
    if type(lots) is not tuple:
        raise InvalidType("lots", expected="a tuple of LotUnits")
    for units in lots:
        if type(units) is not LotUnits or type(units.lot) is not str or type(units.serials) is not tuple:
            raise InvalidType("lots", expected="a tuple of LotUnits")
        if units.expires is not None and type(units.expires) is not int:
            raise InvalidType("lots", expected="whole seconds or None as expiries")
        if type(units.quantity) is not int or not 0 < units.quantity <= MAX_STOCK:
            raise InvalidQuantity("lots", min=1, max=MAX_STOCK)
        if not all(type(serial) is str for serial in units.serials):
            raise InvalidType("lots", expected="text as serial numbers")
    return lots


__all__ = ["LotSums", "lot_steps", "names_lots"]
