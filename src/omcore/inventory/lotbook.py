"""LotBook: which lots the units of a stock item are of, when they expire, and their serial numbers.

Decides how units of lots are added, taken away and moved between conditions, and how many of what is
sellable has expired by a second. A lot is told apart by its name and its expiry together, so that goods
without a lot's name may have expiries too. Units that nobody named are in no lot: a book says nothing of
them. Here are only amounts; what may come or leave is decided in ``lots``. Must not know claims.

Nothing here refuses: the fold books what movements say, and whoever decided them has looked before.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from omcore.inventory.outlook import Schedule
from omcore.kernel import (
    MAX_STOCK,
    DuplicateId,
    InvalidQuantity,
    InvalidType,
    checked_key,
    checked_limit,
    checked_quantity,
    record,
)

FEFO = "first_expired_first_out"

# How many lots and how many serial numbers one stock item has at a time, whatever their conditions.
MAX_LOTS = 1_000
MAX_SERIALS = 10_000


@record
class LotUnits:
    """Units of a lot that move, or moved: from the whole second ``expires`` on they are not sold any more.

    ``lot`` may be empty, where only an expiry or serial numbers are known; ``expires`` is None for what
    keeps for ever. ``serials`` are those of its units that have one.
    """

    lot: str
    expires: int | None
    quantity: int
    serials: tuple[str, ...] = ()


@record
class LotHolding:
    """Units of a lot that are here in a condition; ``since``: the whole second at which they first came."""

    lot: str
    expires: int | None
    condition: str
    since: int
    quantity: int
    serials: tuple[str, ...] = ()


@record
class LotBook:
    """``holdings`` ascending by expiry; ``expiring``: (second, sellable units that expire then), too.

    ``policy`` names which lots leave first where nobody says (``POLICIES``).
    """

    policy: str = FEFO
    holdings: tuple[LotHolding, ...] = ()
    expiring: Schedule = ()

    def tracked(self, condition: str) -> int:
        """Units of lots that are here in a condition."""
        return sum([held.quantity for held in self.holdings if held.condition == condition])

    def expired(self, last: int) -> int:
        """Sellable units that expired at a whole second or before."""
        return sum([units for _, units in takewhile(lambda entry: entry[0] <= last, self.expiring)])


NO_LOTS = LotBook()

_Key = tuple[str, int | None, str]


def _key(held: LotHolding) -> _Key:
    return (held.lot, held.expires, held.condition)


def _order(held: LotHolding) -> tuple[bool, int, int, str, str]:
    return (held.expires is None, held.expires or 0, held.since, held.lot, held.condition)


def _book(policy: str, holdings: Iterable[LotHolding]) -> LotBook:
    kept = tuple(sorted([held for held in holdings if held.quantity or held.serials], key=_order))
    expiring: dict[int, int] = {}
    for held in kept:
        if held.expires is not None and held.condition == "sellable":
            expiring[held.expires] = expiring.get(held.expires, 0) + held.quantity
    return LotBook(policy, kept, tuple(expiring.items()))


def added(book: LotBook, condition: str, units: Iterable[LotUnits], since: int) -> LotBook:
    """The book with units of lots more in a condition."""
    held = {_key(each): each for each in book.holdings}
    for more in units:
        _add(held, (more.lot, more.expires, condition), since, more.quantity, more.serials)
    return _book(book.policy, held.values())


def removed(book: LotBook, condition: str, units: Iterable[LotUnits]) -> LotBook:
    """The book without units of lots in a condition."""
    held = {_key(each): each for each in book.holdings}
    for less in units:
        _remove(held, (less.lot, less.expires, condition), less)
    return _book(book.policy, held.values())


def moved(book: LotBook, condition: str, to: str, units: Iterable[LotUnits]) -> LotBook:
    """The book with units of lots in another condition; they came when they came."""
    held = {_key(each): each for each in book.holdings}
    for each in units:
        since = _remove(held, (each.lot, each.expires, condition), each)
        _add(held, (each.lot, each.expires, to), since, each.quantity, each.serials)
    return _book(book.policy, held.values())


def _add(held: dict[_Key, LotHolding], key: _Key, since: int, units: int, serials: tuple[str, ...]) -> None:
    old = held.get(key)
    if old is not None:
        since, units, serials = min(since, old.since), units + old.quantity, old.serials + serials
    held[key] = LotHolding(*key, since, units, serials)


def _remove(held: dict[_Key, LotHolding], key: _Key, less: LotUnits) -> int:
    """Since when they were here."""
    old = held.get(key) or LotHolding(*key, 0, 0)
    gone = frozenset(less.serials)
    serials = tuple([serial for serial in old.serials if serial not in gone]) if gone else old.serials
    held[key] = LotHolding(*key, old.since, old.quantity - less.quantity, serials)
    return old.since


# -- what somebody names ---------------------------------------------------------------------


def checked_lots(value: object, units: int, path: str = "lots") -> tuple[LotUnits, ...]:
    """A tuple of what can be told of a lot, of no more units than there are, and each serial once."""
    if type(value) is not tuple:
        raise InvalidType(path, expected="a tuple of LotUnits")
    checked_limit(len(value), MAX_LOTS, path, "lots")
    total, serials = 0, set[str]()
    for i, named in enumerate(value):
        if type(named) is not LotUnits:
            raise InvalidType(f"{path}[{i}]", expected="LotUnits")
        check_lot(named, f"{path}[{i}].", serials)
        total += named.quantity
    if total > units:
        raise InvalidQuantity(path, min=0, max=units)
    return value


def check_lot(named: LotUnits, path: str, serials: set[str]) -> None:
    """Refuse what cannot be told of a lot; ``serials`` are those told already, and get its own."""
    if type(named.lot) is not str or named.lot:
        checked_key(named.lot, f"{path}lot")
    if named.expires is not None and (type(named.expires) is not int or named.expires < 0):
        raise InvalidType(f"{path}expires", expected="a whole second since 1970, or None")
    checked_quantity(named.quantity, f"{path}quantity", high=MAX_STOCK)
    if type(named.serials) is not tuple:
        raise InvalidType(f"{path}serials", expected="a tuple of text")
    checked_limit(len(named.serials), MAX_SERIALS, f"{path}serials", "serial numbers")
    if named.serials and len(named.serials) != named.quantity:
        raise InvalidQuantity(f"{path}serials", min=named.quantity, max=named.quantity)
    for i, serial in enumerate(named.serials):
        checked_key(serial, f"{path}serials[{i}]")
        if serial in serials:
            raise DuplicateId(f"{path}serials[{i}]", id=serial)
        serials.add(serial)
    if not (named.lot or named.expires is not None or named.serials):
        raise InvalidType(f"{path}lot", expected="a lot, an expiry or serial numbers")


__all__ = [
    "FEFO",
    "MAX_LOTS",
    "MAX_SERIALS",
    "NO_LOTS",
    "LotBook",
    "LotHolding",
    "LotUnits",
    "added",
    "check_lot",
    "checked_lots",
    "moved",
    "removed",
]
