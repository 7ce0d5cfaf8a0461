"""Kits: what the components of units are worth (M12).

Decides how what a unit of a kit is worth is divided over what it is made of: by list value, as the
catalog had it when the line was agreed. Must not know the catalog, stock, or where units are. A kit is still
shipped, cancelled and returned whole; this is for who books revenue, or judges a claim, by component.
"""

from __future__ import annotations

from collections.abc import Sequence

from omcore.kernel import InvalidType, split
from omcore.kernel.runs import count, intersection
from omcore.orders.entitlements import NOTHING, Worth
from omcore.orders.selection import Wanted, named_units
from omcore.orders.state import Order


def components_worth(order: Order, items: Wanted) -> dict[str, tuple[int, Worth]]:
    """By SKU as stock counts it: how many of it some units hold, and what these are worth (M12).

    Each unit's net, tax and funded part are split over its components by list value times quantity (M2),
    what is remitted by their tax; all equally where no list value is known. So whichever units are asked
    for, together or one by one, the components sum to the units. A line that is no kit is its own SKU.
    ``items`` are (line id, runs of ordinals, or how many of the lowest). Errors: ``InvalidType``,
    ``UnknownId`` and ``UnitsNotAvailable`` for lines and units that the order has not.
    """
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    found: dict[str, tuple[int, Worth]] = {}
    for line_id, runs in named_units(order, items):
        line = order.terms.line(line_id)
        values = line.list_values or (1,) * len(line.components)
        weights = [value * each for value, (_, each) in zip(values, line.components, strict=True)]
        for first, last, *worth in line.entitlements:
            many = count(intersection(runs, ((first, last),)))
            if not many:
                continue
            parts = _parts(worth, weights)
            for (sku, each), part in zip(line.components, parts, strict=True):
                before, known = found.get(sku, (0, NOTHING))
                net, tax, remitted, funded = (old + many * new for old, new in zip(known, part, strict=True))
                found[sku] = (before + many * each, (net, tax, remitted, funded))
    return found


def _parts(worth: Sequence[int], weights: Sequence[int]) -> list[tuple[int, ...]]:
    """What one unit is worth, over its components."""
    net, tax, remitted, funded = worth
    taxes = split(tax, weights)
    return list(zip(split(net, weights), taxes, split(remitted, taxes), split(funded, weights), strict=True))


__all__ = ["components_worth"]
