"""Recall: where the units of a lot went.

Decides what a recall has to know: under which references - orders, transfers, what was scrapped - units of
a lot left, and what of them is in stock again. One pass over movements; what is kept are the references
that had some. Must not know customers: who knows the order knows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory.causes import cause_of
from omcore.inventory.lot_sums import lot_steps, names_lots
from omcore.inventory.lotbook import LotUnits
from omcore.inventory.reconcile import stock_movements
from omcore.kernel import InvalidType, checked_iterator, checked_key, record


@record
class Recalled:
    """Units of a lot that left a location under a reference; ``cause`` as ``cause_of`` tells it.

    ``returned`` of them are in stock again: they came back, or arrived where they were sent, under the same
    reference. ``serials`` are those that are not.
    """

    sku: str
    location: str
    reference: str
    cause: str
    quantity: int
    returned: int
    serials: tuple[str, ...]


class _Out:
    """What left under one reference, for one cause."""

    __slots__ = ("quantity", "returned", "serials")

    def __init__(self) -> None:
        self.quantity = self.returned = 0
        self.serials: dict[str, None] = {}  # in the order in which they left


def recalled(movements: Iterable[Any], lot: str) -> tuple[Recalled, ...]:
    """Where units of a lot went, in the order in which they first left.

    ``movements`` are of one stock item or of all, oldest first: by themselves or as entries of the feed,
    of which those of other streams are passed over. Errors: ``UnknownEvent`` for what is no
    movement, ``InvalidType``, ``InvalidId``.
    """
    lot = checked_key(lot, "lot")
    out: dict[tuple[str, str, str, str], _Out] = {}
    by_reference: dict[tuple[str, str], list[_Out]] = {}
    for event in stock_movements(checked_iterator(movements, "movements", "movements")):
        if not names_lots(event):
            continue
        if type(event) is mv.StockIdentified:
            continue
        shared = (event.sku, event.reference)
        if type(shared[0]) is not str or type(shared[1]) is not str or type(event.location) is not str:
            raise InvalidType("movements", expected="movements of a SKU at a location")
        steps = tuple(lot_steps(event))
        if type(event) is mv.StockRegraded and event.to:
            continue  # it has not left
        for _, sign, units in steps:
            if units.lot != lot:
                continue
            if sign > 0:
                _come_back(by_reference.get(shared, []), units)
                continue
            key = (event.sku, event.location, event.reference, cause_of(event))
            if key not in out:
                out[key] = _Out()
                by_reference.setdefault(shared, []).append(out[key])
            out[key].quantity += units.quantity
            out[key].serials.update(dict.fromkeys(units.serials))
    return tuple(Recalled(*key, it.quantity, it.returned, tuple(it.serials)) for key, it in out.items())


def _come_back(out: list[_Out], units: LotUnits) -> None:
    left = units.quantity
    for each in out:
        part = min(left, each.quantity - each.returned)
        each.returned += part
        left -= part
        for serial in units.serials:
            each.serials.pop(serial, None)


__all__ = ["Recalled", "recalled"]
