"""Taxation: which tax each unit of a draft bears (M4, M5).

Decides how much tax there is on lines and charges, where prices exclude it and where they include
it, and how it is rounded. Must not know discounts, or who collects what: a rule is given prices
after discount and gives back amounts. The functions here are the defaults of two policies, and
another pair that rounds each unit by itself.

A rule gets everything that is taxed at once, lines first, then charges, so that one may round over
the whole order. A ``Taxable`` is ``(taxes, prices)``, the prices after discount as runs of units;
its answer is ``(amounts, units)``: how much of each of its taxes there is in all, in their order,
and the tax of its units as runs. Both come to the same sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from omcore.kernel import InvalidType, split_evenly, split_runs
from omcore.kernel.numbers import round_ratio
from omcore.orders.draft import Tax
from omcore.orders.placement.discounting import Pieces, aligned, checked_pieces

Taxable = tuple[Sequence[Tax], Pieces]
Taxed = tuple[Sequence[int], Pieces]
TaxRule = Callable[[Sequence[Taxable]], Sequence[Taxed]]

_Rounded = Callable[[Sequence[Tax], Pieces, bool], Taxed]


def tax_by_line(taxables: Sequence[Taxable]) -> Sequence[Taxed]:
    """M4: tax on top, each rounded once a line or charge, over units by unit net (M2)."""
    return plain_by_line(_checked(taxables))


def tax_in_line(taxables: Sequence[Taxable]) -> Sequence[Taxed]:
    """M5: tax within the price, each rounded once a line or charge, over units by unit gross (M2)."""
    return plain_in_line(_checked(taxables))


def tax_by_unit(taxables: Sequence[Taxable]) -> Sequence[Taxed]:
    """Another M4: tax on top by rate, rounded for each unit by itself; stated taxes as in M4."""
    return [
        _by_unit(taxes, prices, False) if taxes else _untaxed(prices) for taxes, prices in _checked(taxables)
    ]


def tax_in_unit(taxables: Sequence[Taxable]) -> Sequence[Taxed]:
    """Another M5: tax within the price by rate, rounded for each unit by itself; stated as in M5."""
    return [
        _by_unit(taxes, prices, True) if taxes else _untaxed(prices) for taxes, prices in _checked(taxables)
    ]


def plain_by_line(taxables: Sequence[Taxable]) -> Sequence[Taxed]:
    """``tax_by_line`` of what pricing made itself and need not check."""
    return [_by_line(taxes, prices, False) if taxes else _untaxed(prices) for taxes, prices in taxables]


def plain_in_line(taxables: Sequence[Taxable]) -> Sequence[Taxed]:
    """``tax_in_line`` of what pricing made itself and need not check."""
    return [_by_line(taxes, prices, True) if taxes else _untaxed(prices) for taxes, prices in taxables]


def _checked(taxables: Sequence[Taxable]) -> Sequence[Taxable]:
    """A rule of tax may be asked by anybody: ``InvalidType`` for what it cannot read."""
    if type(taxables) not in (list, tuple):
        raise InvalidType("taxables", expected="(taxes, prices) pairs")
    each: Any
    for i, each in enumerate(taxables):
        path = f"taxables[{i}]"
        if type(each) is not tuple or len(each) != 2 or type(each[0]) not in (list, tuple):
            raise InvalidType(path, expected="(taxes, prices)")
        taxes, prices = each
        if any(type(tax) is not Tax for tax in taxes):
            raise InvalidType(path, expected="taxes that are Tax")
        checked_pieces(prices, None, path, low=None)
    return taxables


def _untaxed(prices: Pieces) -> Taxed:
    units = 0
    for size, _ in prices:
        units += size
    return (), ((units, 0),)


def _by_line(taxes: Sequence[Tax], prices: Pieces, included: bool) -> Taxed:
    amount = units = 0
    for size, each in prices:
        amount += size * each
        units += size
    if len(taxes) == 1 and not included and (rate := taxes[0].rate) is not None:
        tax = rate.of(amount)  # the common case, without a detour
        amounts = [tax]
    else:
        amounts = _amounts(taxes, amount, included)
        tax = sum(amounts)
    return amounts, split_evenly(tax, units) if len(prices) == 1 else split_runs(tax, prices)


def _by_unit(taxes: Sequence[Tax], prices: Pieces, included: bool) -> Taxed:
    sizes = [(size, 0) for size, _ in prices]
    units: Pieces = sizes
    amounts = [0] * len(taxes)
    each_of = [_amounts(taxes, each, included) for _, each in prices]
    for k, tax in enumerate(taxes):
        if tax.amount is not None:
            amounts[k] = tax.amount.minor
            column: Pieces = split_runs(amounts[k], [(size, abs(each)) for size, each in prices])
        else:
            column = [(size, each[k]) for (size, _), each in zip(prices, each_of, strict=True)]
            amounts[k] = sum([size * each for size, each in column])
        units = [(size, old + new) for size, (old, new) in aligned((units, column))]
    return amounts, units


def _amounts(taxes: Sequence[Tax], amount: int, included: bool) -> list[int]:
    """Each tax on an amount, rounded once (M1). Stated taxes are taken as they are."""
    # Inclusive: with several rates the amount holds all of them, so each is r_i / (1 + sum r).
    top, bottom = 1, 1
    if included:
        for tax in taxes:
            if tax.rate is not None:
                top = top * tax.rate.denominator + tax.rate.numerator * bottom
                bottom *= tax.rate.denominator
    amounts = []
    for tax in taxes:
        rate = tax.rate
        if rate is None:
            amounts.append(0 if tax.amount is None else tax.amount.minor)
        elif included:
            amounts.append(round_ratio(amount * rate.numerator * bottom, rate.denominator * top))
        else:
            amounts.append(rate.of(amount))
    return amounts


def checked_taxed(value: Any, taxables: Sequence[Taxable], lines: int, path: str) -> Sequence[Taxed]:
    """What an embedder's rule gave; ``InvalidType`` unless each sum is the sum of its units.

    ``lines`` is how many of the taxables are lines; a tax of theirs is never negative, because a unit
    that is worth less than nothing would be captured when it is returned.
    """
    if type(value) not in (list, tuple) or len(value) != len(taxables):
        raise InvalidType(path, expected="an entry for each line and charge")
    for i, (taxed, (taxes, prices)) in enumerate(zip(value, taxables, strict=True)):
        where = f"{path}[{i}]"
        if type(taxed) is not tuple or len(taxed) != 2 or type(taxed[0]) not in (list, tuple):
            raise InvalidType(where, expected="(amounts, units)")
        amounts, units = taxed
        if len(amounts) != len(taxes) or any(type(amount) is not int for amount in amounts):
            raise InvalidType(where, expected="an int of minor units for each tax")
        low = 0 if i < lines else None
        if low is not None and min(amounts, default=0) < low:
            raise InvalidType(where, expected="taxes of zero or more")
        checked_pieces(units, sum([size for size, _ in prices]), where, low=low)
        if sum([size * each for size, each in units]) != sum(amounts):
            raise InvalidType(where, expected="units that come to the sum of the taxes")
    found: Sequence[Taxed] = value
    return found


__all__ = [
    "TaxRule",
    "Taxable",
    "Taxed",
    "checked_taxed",
    "plain_by_line",
    "plain_in_line",
    "tax_by_line",
    "tax_by_unit",
    "tax_in_line",
    "tax_in_unit",
]
