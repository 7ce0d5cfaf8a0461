"""Discounting: what each unit of a draft costs after its discounts, and who bears them (M3).

Decides how a discount is spread: rounded once on what it applies to, over lines by their subtotal,
over the units of a line equally, lower ordinals first. Units are never listed: every result is runs.
Must not know taxes, or what becomes of an order. ``discounts_by_subtotal`` is the default of a
policy; one of your own has its signature.

A discount that names units comes off those units alone, before the others: what is left of each
unit's price then bears its part of the rest. So no unit ever costs less than nothing. The same holds of
units of a measure, of which each costs its part of what the line comes to: a gram, a cent or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from omcore.kernel import InputError, InvalidType, Runs, split, split_evenly, split_runs
from omcore.kernel.runs import count, intersection
from omcore.orders.draft import CHANNEL, SHIPPING, Charge, Discount, DraftLine, OrderDraft

# (how many, value each), in the order of units: values of all units of a line, or of a charge.
Pieces = Sequence[tuple[int, int]]

# What the units of a line cost after discounts, and how much of the discount a channel bears, each.
Reduced = tuple[Pieces, Pieces]

# All lines, then all charges (each one unit), as they stand in the draft.
Discounted = tuple[Sequence[Reduced], Sequence[Reduced]]


class DiscountTooLarge(InputError):
    """A discount above what it applies to."""

    code = "discount_too_large"


def discounts_by_subtotal(draft: OrderDraft) -> Discounted:
    """M3: an order's discount is split over lines by subtotal, a line's over its units equally.

    Every percentage is of the full price of what it applies to. Discounts of the order that include
    shipping come off after the others, over what is left of each line and of each charge for
    shipping. Errors: ``DiscountTooLarge`` with the path of the first that exceeds what is left.
    """
    if type(draft) is not OrderDraft:
        raise InvalidType("draft", expected="OrderDraft")
    amounts, funded = [], []  # of each line, after its own discounts
    named: dict[int, tuple[Pieces, Pieces]] = {}
    for i, line in enumerate(draft.lines):
        amount, borne = line.subtotal, 0
        if line.discounts:
            path = f"lines[{i}].discounts"
            full = amount
            if any(discount.units for discount in line.discounts):
                named[i] = _named(line, path)
                amount = _sum(named[i][0])
            less, borne = _summed(line.discounts, full, amount, path)
            amount -= less
        amounts.append(amount)
        funded.append(borne)
    charges = []
    for i, charge in enumerate(draft.charges):
        amount, borne = charge.amount.minor, 0
        if charge.discounts:
            less, borne = _summed(charge.discounts, amount, amount, f"charges[{i}].discounts")
            amount -= less
        charges.append((amount, borne))
    if draft.discounts:
        _off_the_order(draft, amounts, funded, charges)
    reduced: list[Reduced] = []
    for i, line in enumerate(draft.lines):
        quantity, each, amount = line.quantity, line.unit_price.minor, amounts[i]
        if i in named or line.measure.scale:
            before = named.get(i) or (_unit_prices(line), ((quantity, 0),))
            reduced.append(_over_the_rest(before, amount, funded[i]))
        elif amount == quantity * each:
            reduced.append((((quantity, each),), ((quantity, 0),)))
        elif funded[i]:
            # Over the units equally, the lower ordinals get the larger part of the discount ...
            less_each = split_evenly(quantity * each - amount, quantity)
            prices = [(size, each - less) for size, less in less_each]
            reduced.append((prices, split_runs(funded[i], less_each)))
        else:
            # ... which leaves the higher ones the larger part of the price.
            reduced.append((split_evenly(amount, quantity)[::-1], ((quantity, 0),)))
    return reduced, [(((1, amount),), ((1, borne),)) for amount, borne in charges]


def _sum(pieces: Pieces) -> int:
    total = 0
    for size, each in pieces:
        total += size * each
    return total


def _summed(discounts: Sequence[Discount], full: int, left: int, path: str) -> tuple[int, int]:
    """(sum, part that a channel bears) of discounts that name no units, each rounded once (M1)."""
    reduction = funded = 0
    for i, discount in enumerate(discounts):
        if discount.units:
            continue
        part = _part(discount, full)
        reduction += part
        if discount.funded_by == CHANNEL:
            funded += part
        if reduction > left:
            raise DiscountTooLarge(f"{path}[{i}]")
    return reduction, funded


def _part(discount: Discount, full: int) -> int:
    if discount.amount is not None:
        return discount.amount.minor
    return 0 if discount.percentage is None else discount.percentage.of(full)


def _off_the_order(
    draft: OrderDraft, amounts: list[int], funded: list[int], charges: list[tuple[int, int]]
) -> None:
    """Take the order's discounts off the lines, and off shipping those that say so; in place."""
    goods, discounts = sum(amounts), draft.discounts
    whole, theirs = _of_the_order(discounts, goods, goods, False)
    _take_off(amounts, funded, whole, theirs)
    for discount in discounts:
        if discount.includes_shipping:
            break
    else:
        return
    shipping = [i for i, (amount, _) in enumerate(charges) if _is_shipping(draft.charges[i]) and amount > 0]
    left = amounts + [charges[i][0] for i in shipping]
    borne = funded + [charges[i][1] for i in shipping]
    full = goods + sum(left[len(amounts) :])
    whole, theirs = _of_the_order(discounts, full, sum(left), True)
    _take_off(left, borne, whole, theirs)
    amounts[:], funded[:] = left[: len(amounts)], borne[: len(amounts)]
    for at, i in enumerate(shipping, len(amounts)):
        charges[i] = (left[at], borne[at])


def _is_shipping(charge: Charge) -> bool:
    return charge.kind == SHIPPING


def _of_the_order(
    discounts: Sequence[Discount], full: int, left: int, with_shipping: bool
) -> tuple[int, int]:
    """(sum, part that a channel bears) of those discounts that include shipping, or of the others."""
    whole = theirs = 0
    for i, discount in enumerate(discounts):
        if discount.includes_shipping is not with_shipping:
            continue
        part = _part(discount, full)
        whole += part
        if discount.funded_by == CHANNEL:
            theirs += part
        if whole > left:
            raise DiscountTooLarge(f"discounts[{i}]")
    return whole, theirs


def _take_off(amounts: list[int], funded: list[int], whole: int, theirs: int) -> None:
    """Split a discount over amounts by what they are, in place.

    Never more than an amount has left: largest remainder could exceed it only by rounding up one
    whose share is already all that it has, which it never does. The same holds for the part of a
    share that a channel bears.
    """
    if not whole:
        return
    shares = split(whole, amounts)
    for i, share in enumerate(shares):
        amounts[i] -= share
    if theirs:
        for i, part in enumerate(split(theirs, shares)):
            funded[i] += part


def _named(line: DraftLine, path: str) -> tuple[Pieces, Pieces]:
    """(what is left of each unit's price, what a channel bears of each) of discounts that name units."""
    prices: Pieces = _unit_prices(line)
    funds: Pieces = [(line.quantity, 0)]
    for i, discount in enumerate(line.discounts):
        if not discount.units:
            continue
        size = count(discount.units)
        full = line.unit_price.minor * size
        if line.measure.scale:
            full = _sum_of(_unit_prices(line), discount.units)
        less = _laid(split_evenly(_part(discount, full), size), discount, line)
        prices = [(many, price - cut) for many, (price, cut) in aligned((prices, less))]
        if any(price < 0 for _, price in prices):
            raise DiscountTooLarge(f"{path}[{i}]")
        if discount.funded_by == CHANNEL:
            funds = [(many, old + new) for many, (old, new) in aligned((funds, less))]
    return prices, funds


def _unit_prices(line: DraftLine) -> Pieces:
    """What each unit of a line costs before discounts; of a measure, its part of the subtotal (M2)."""
    if line.measure.scale:
        return split_evenly(line.subtotal, line.quantity)
    return ((line.quantity, line.unit_price.minor),)


def _sum_of(prices: Pieces, runs: Runs) -> int:
    """What some units cost."""
    total, first = 0, 1
    for size, each in prices:
        last = first + size - 1
        total += each * count(intersection(runs, ((first, last),)))
        first = last + 1
    return total


def _laid(values: Pieces, discount: Discount, line: DraftLine) -> Pieces:
    """Values of the units that a discount names, with 0 for the units between."""
    out: list[tuple[int, int]] = []
    following, waiting = 1, list(reversed(values))
    for first, last in discount.units:
        if first > following:
            out.append((first - following, 0))
        size = last - first + 1
        while size:
            many, value = waiting.pop()
            taken = min(many, size)
            out.append((taken, value))
            size -= taken
            if many > taken:
                waiting.append((many - taken, value))
        following = last + 1
    if following <= line.quantity:
        out.append((line.quantity - following + 1, 0))
    return out


def _over_the_rest(named: tuple[Pieces, Pieces], amount: int, funded: int) -> Reduced:
    """The rest of a line's discount, over its units by what is left of their price."""
    prices, funds = named
    less = split_runs(_sum(prices) - amount, prices)
    if funded:
        more = split_runs(funded, less)
        funds = [(size, old + new) for size, (old, new) in aligned((funds, more))]
    return [(size, each - cut) for size, (each, cut) in aligned((prices, less))], funds


def aligned(columns: Sequence[Pieces]) -> Iterator[tuple[int, list[int]]]:
    """Several runs over the same units as one: (how many, the value of each column)."""
    at = [0] * len(columns)
    left = [column[0][0] for column in columns]
    while True:
        size = min(left)
        yield size, [column[i][1] for column, i in zip(columns, at, strict=True)]
        for k, column in enumerate(columns):
            left[k] -= size
            if not left[k]:
                at[k] += 1
                if at[k] == len(column):
                    return  # all end at the last unit
                left[k] = column[at[k]][0]


def checked_discounted(value: Any, draft: OrderDraft) -> Discounted:
    """What an embedder's rule gave; ``InvalidType`` unless every unit has a price and a fund."""
    path = "policies.pricing.discounts"
    if type(value) is not tuple or len(value) != 2:
        raise InvalidType(path, expected="(lines, charges)")
    for part, entries, name in ((value[0], draft.lines, "lines"), (value[1], draft.charges, "charges")):
        if type(part) not in (list, tuple) or len(part) != len(entries):
            raise InvalidType(f"{path}.{name}", expected="an entry for each in the draft")
        for i, (reduced, entry) in enumerate(zip(part, entries, strict=True)):
            where = f"{path}.{name}[{i}]"
            if type(reduced) is not tuple or len(reduced) != 2:
                raise InvalidType(where, expected="(prices, funded)")
            quantity = entry.quantity if type(entry) is DraftLine else 1
            checked_pieces(reduced[0], quantity, where, low=0 if name == "lines" else None)
            checked_pieces(reduced[1], quantity, where, low=0)
    return value[0], value[1]


def checked_pieces(value: Any, quantity: int | None, path: str, *, low: int | None) -> Pieces:
    """Runs of exact ints, one value for each of so many units (None: one or more); ``InvalidType`` if not."""
    counted = 0
    for pair in value if type(value) in (list, tuple) else ():
        if type(pair) is not tuple or len(pair) != 2 or any(type(part) is not int for part in pair):
            raise InvalidType(path, expected="(how many, minor units each) pairs")
        if pair[0] < 1 or (low is not None and pair[1] < low):
            raise InvalidType(path, expected="pairs of one unit or more, worth nothing or more")
        counted += pair[0]
    if counted != quantity and (quantity is not None or not counted):
        raise InvalidType(path, expected="a value for each unit")
    found: Pieces = value
    return found


__all__ = [
    "DiscountTooLarge",
    "Discounted",
    "Pieces",
    "Reduced",
    "aligned",
    "checked_discounted",
    "checked_pieces",
    "discounts_by_subtotal",
]
