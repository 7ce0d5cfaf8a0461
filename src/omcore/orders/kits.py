"""Kits: what the components of units are worth (M12), and what is left of units of which parts came back.

Decides how what a unit of a kit is worth is divided over what it is made of: by list value, as the
catalog had it when the line was agreed, and what a component is worth over its pieces, equally (M2). The
pieces of a component come back in one order, the first ones first: so whichever parts come back together
or one by one, they sum to the unit (M6). Must not know the catalog, stock, or why parts come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omcore.kernel import Components, InvalidType, split
from omcore.kernel.runs import count, intersection
from omcore.orders import parts as pt
from omcore.orders.entitlements import NOTHING, Worth, overlaps
from omcore.orders.parts import Parts
from omcore.orders.selection import Wanted, named_units, subtract
from omcore.orders.state import Items, Order, OrderLine


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
        weights = _weights(line)
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


def _weights(line: OrderLine) -> list[int]:
    values = line.list_values or (1,) * len(line.components)
    return [value * each for value, (_, each) in zip(values, line.components, strict=True)]


def _parts(worth: Sequence[int], weights: Sequence[int]) -> list[tuple[int, ...]]:
    """What one unit is worth, over its components."""
    net, tax, remitted, funded = worth
    taxes = split(tax, weights)
    return list(zip(split(net, weights), taxes, split(remitted, taxes), split(funded, weights), strict=True))


# -- parts of units ----------------------------------------------------------------------------


def is_kit(line: OrderLine) -> bool:
    """Whether a line is made of anything else than itself."""
    return line.components != ((line.sku, 1),)


def whole_of(line: OrderLine) -> Components:
    """All that a unit of a line is made of, by SKU as parts are."""
    return tuple(sorted(line.components))


def every_part(order: Order, items: Items) -> Parts:
    """All that some units are made of."""
    return tuple(
        [
            part
            for line_id, runs in sorted(items)
            for part in pt.of_units(line_id, runs, whole_of(order.terms.line(line_id)))
        ]
    )


def left_of(order: Order, items: Items) -> Parts:
    """What is left of those of the units of which parts came back; the others are whole, and not named."""
    gone = pt.among(order.progress.parts, items)
    return pt.minus(every_part(order, pt.units_of(gone)), gone) if gone else ()


def first_worth(order: Order, parts: Parts) -> Iterator[tuple[OrderLine, int, Worth]]:
    """What the first pieces of each component of some units are worth: (line, how many units, each).

    Parts that come back later are worth what the pieces up to them are, less those before.
    """
    for line_id, first, last, components in parts:
        line = order.terms.line(line_id)
        pieces, weights = dict(components), _weights(line)
        for low, high, *worth in overlaps(line.entitlements, ((first, last),)):
            sums = [0, 0, 0, 0]
            for (sku, each), part in zip(line.components, _parts(worth, weights), strict=True):
                if many := pieces.get(sku, 0):
                    for at, amount in enumerate(part):
                        sums[at] += _first(amount, each, many)
            yield line, high - low + 1, (sums[0], sums[1], sums[2], sums[3])


def _first(amount: int, pieces: int, many: int) -> int:
    """The first so many of equal parts of an amount (M2: the first ones get what is left over)."""
    if amount < 0:
        return -_first(-amount, pieces, many)
    each, over = divmod(amount, pieces)
    return each * many + min(over, many)


def _summed(order: Order, parts: Parts, sign: int, worth: Worth) -> Worth:
    net, tax, remitted, funded = worth
    for _, many, each in first_worth(order, parts):
        many *= sign
        net, tax = net + many * each[0], tax + many * each[1]
        remitted, funded = remitted + many * each[2], funded + many * each[3]
    return net, tax, remitted, funded


def worth_of(order: Order, items: Items, parts: Parts) -> Worth:
    """What units come to that are given back now: of those in ``parts`` these, of others all (M6, M12)."""
    if not parts:
        return order.worth(items)
    units = pt.units_of(parts)
    before = pt.among(order.progress.parts, units)
    worth = _summed(order, pt.plus(before, parts), 1, order.worth(subtract(items, units)))
    return _summed(order, before, -1, worth)


def worth_gone(order: Order, parts: Parts) -> Worth:
    """What parts come to that were given back of units, and nothing of these before."""
    return _summed(order, parts, 1, NOTHING)


def worth_left(order: Order, items: Items) -> Worth:
    """What units come to, less what was given back of them in parts."""
    gone = order.progress.parts
    if not gone:  # most orders have no kits, and most kits come back whole
        return order.worth(items)
    return _summed(order, pt.among(gone, items), -1, order.worth(items))


__all__ = [
    "components_worth",
    "every_part",
    "first_worth",
    "is_kit",
    "left_of",
    "whole_of",
    "worth_gone",
    "worth_left",
    "worth_of",
]
