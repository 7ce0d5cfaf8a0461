"""Entitlements: what every unit of an order is worth, fixed when it is ordered (M3-M6).

Decides net, tax and remitted tax of each unit, once, at placement; every capture and refund
afterwards is a sum of these. Units of a line are never listed: largest remainder leaves only a
handful of different values, kept as runs. Must not know payments, stock or states.

An ``Entitlement`` is ``(first, last, net, tax, remitted, funded)``: the units first..last are each
worth ``net + tax`` to the customer, of which ``remitted`` is tax that a marketplace collects and
remits itself, and ``funded`` is what a channel adds because it bears a discount of its own (M13):
the merchant sells for ``net + funded``, the customer never pays it and never gets it back.
All four are minor units of the order's currency, per unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from omcore.kernel import InputError, InvalidType, Runs, record, split, split_evenly, split_runs
from omcore.kernel.numbers import MAX_DIGITS, round_ratio
from omcore.orders.draft import CHANNEL, Charge, Discount, DraftLine, OrderDraft, Tax

Entitlement = tuple[int, int, int, int, int, int]
Entitlements = tuple[Entitlement, ...]
Worth = tuple[int, int, int, int]  # (net, tax, remitted, funded), summed
Pieces = list[tuple[int, int]]  # (how many, value each), in ordinal order

NOTHING: Worth = (0, 0, 0, 0)
MAX_TOTAL = 10**MAX_DIGITS - 1


class DiscountTooLarge(InputError):
    """A discount above what it applies to."""

    code = "discount_too_large"


class AmountTooLarge(InputError):
    """A line or order of more than 15 digits, or a tax above the price that it is in. Fields: max."""

    code = "amount_too_large"


@record
class ChargeWorth:
    """A charge as it was fixed when it was agreed: kind, net, tax; what a channel remits and funds."""

    kind: str
    net: int
    tax: int
    remitted: int
    funded: int


@record
class Priced:
    """An order's entitlements: a tuple of runs per line, in line order, and its charges."""

    lines: tuple[Entitlements, ...]
    charges: tuple[ChargeWorth, ...]

    def worth(self) -> Worth:
        """Everything, summed."""
        net = tax = remitted = funded = 0
        for entitlements in self.lines:
            for first, last, each_net, each_tax, each_remitted, each_funded in entitlements:
                size = last - first + 1
                net += size * each_net
                tax += size * each_tax
                remitted += size * each_remitted
                funded += size * each_funded
        for charge in self.charges:
            net += charge.net
            tax += charge.tax
            remitted += charge.remitted
            funded += charge.funded
        return net, tax, remitted, funded


def checked_priced(priced: object, draft: OrderDraft) -> Priced:
    """What an embedder's pricing made of a draft; ``InvalidType`` unless it can be kept.

    Every unit of every line has a worth, all amounts are ints of minor units, and what is remitted
    is a part of the tax.
    """
    if type(priced) is not Priced or type(priced.lines) is not tuple or len(priced.lines) != len(draft.lines):
        raise InvalidType("policies.pricing", expected="Priced, with the entitlements of every line")
    for i, line in enumerate(draft.lines):
        path, following = f"policies.pricing.lines[{i}]", 1
        entitlements: Any = priced.lines[i]
        for entry in entitlements if type(entitlements) is tuple else ():
            if type(entry) is not tuple or len(entry) != 6 or any(type(part) is not int for part in entry):
                raise InvalidType(path, expected="(first, last, net, tax, remitted, funded) in minor units")
            first, last, _, tax, remitted, funded = entry
            if first != following or last < first or not 0 <= remitted <= max(tax, 0) or funded < 0:
                raise InvalidType(path, expected="runs in order, and no more remitted than taxed")
            following = last + 1
        if following != line.quantity + 1:
            raise InvalidType(path, expected="a worth for each unit of the line")
    charges = priced.charges
    if type(charges) is not tuple or any(type(charge) is not ChargeWorth for charge in charges):
        raise InvalidType("policies.pricing.charges", expected="tuple of ChargeWorth")
    if any(type(part) is not int for charge in charges for part in attrs.astuple(charge)[1:]):
        raise InvalidType("policies.pricing.charges", expected="minor units")
    return priced


def worth(entitlements: Entitlements, runs: Runs) -> Worth:
    """Sum of the entitlements of some units of a line (M6)."""
    net = tax = remitted = funded = 0
    for low, high in runs:
        for first, last, each_net, each_tax, each_remitted, each_funded in entitlements:
            if first > high:
                break
            size = (last if last < high else high) - (first if first > low else low) + 1
            if size > 0:
                net += size * each_net
                tax += size * each_tax
                remitted += size * each_remitted
                funded += size * each_funded
    return net, tax, remitted, funded


def restated(entitlements: Entitlements, runs: Runs, following: int) -> Entitlements:
    """The worth of some units as that of new ones, numbered from ``following`` on.

    A unit that takes another's place - it replaces it, or comes back with a reverted edit - has
    the worth of the one that it stands for, to the minor unit.
    """
    out: list[Entitlement] = []
    for low, high in runs:
        for first, last, *each in entitlements:
            size = min(last, high) - max(first, low) + 1
            if size > 0:
                out.append((following, following + size - 1, *each))  # type: ignore[arg-type]  # six ints
                following += size
    return tuple(out)


def price(draft: OrderDraft) -> Priced:
    """The default pricing policy: M3, M4, M5 over a checked draft.

    Errors: ``DiscountTooLarge`` where a discount exceeds what it applies to, ``AmountTooLarge``.
    """
    lines = draft.lines
    included = draft.tax_included
    gross = [line.unit_price.minor * line.quantity for line in lines]
    # What each line costs after its own discounts, then after its share of the order's; and how much
    # of that a channel bears.
    amounts, funded = list(gross), [0] * len(lines)
    for i, line in enumerate(lines):
        if line.discounts:
            less, funded[i] = _discounted(line.discounts, gross[i], f"lines[{i}].discounts")
            amounts[i] -= less
    if draft.discounts:
        whole, theirs = _discounted(draft.discounts, sum(amounts), "discounts")
        # Never more than a line's own subtotal: largest remainder could exceed it only by
        # rounding up a line whose share is already its whole subtotal, which it never does.
        shares = split(whole, amounts)
        amounts = [amount - share for amount, share in zip(amounts, shares, strict=True)]
        if theirs:  # by the same argument, never more than a line's share
            funded = [own + part for own, part in zip(funded, split(theirs, shares), strict=True)]
    priced = [_line(line, gross[i], amounts[i], funded[i], included, i) for i, line in enumerate(lines)]
    charges = [_charge(charge, included, i) for i, charge in enumerate(draft.charges)]
    result = Priced(tuple(priced), tuple(charges))
    net, tax, _, borne = result.worth()
    if abs(net) + abs(tax) + borne > MAX_TOTAL:
        raise AmountTooLarge("lines", max=MAX_TOTAL)
    return result


def _discounted(discounts: Sequence[Discount], subtotal: int, path: str) -> tuple[int, int]:
    """(sum, part that a channel bears) of discounts on a subtotal, each rounded once (M1, M3)."""
    reduction = funded = 0
    for i, discount in enumerate(discounts):
        if discount.amount is not None:
            part = discount.amount.minor
        elif discount.percentage is not None:
            part = discount.percentage.of(subtotal)
        else:
            part = 0
        reduction += part
        if discount.funded_by == CHANNEL:
            funded += part
        if reduction > subtotal:
            raise DiscountTooLarge(f"{path}[{i}]")
    return reduction, funded


def _line(
    line: DraftLine, gross: int, amount: int, funded: int, tax_included: bool, index: int
) -> Entitlements:
    if gross > MAX_TOTAL:
        raise AmountTooLarge(f"lines[{index}]", max=MAX_TOTAL)
    quantity, price_each = line.quantity, line.unit_price.minor
    # M3: over the units equally, the lower ordinals get the larger part of the discount.
    reduction = split_evenly(gross - amount, quantity)
    pieces: Pieces = [(size, price_each - less) for size, less in reduction]
    if not line.taxes and not funded:
        return _runs(pieces)
    tax, remitted = _taxes(line.taxes, amount, tax_included)
    if tax_included and tax > amount:
        raise AmountTooLarge(f"lines[{index}].taxes", max=amount)
    # M4: over the units by unit net; M5: by unit gross. Both are `pieces` here.
    taxes = split_evenly(tax, quantity) if len(pieces) == 1 else split_runs(tax, pieces)
    if not remitted and not funded and len(pieces) == 1:
        return _taxed(pieces[0][1], taxes, tax_included)
    funds = split_runs(funded, reduction) if funded else [(quantity, 0)]
    remits = split_runs(remitted, taxes) if remitted else [(quantity, 0)]
    return _merge(pieces, taxes, remits, funds, tax_included)


def _charge(charge: Charge, tax_included: bool, index: int) -> ChargeWorth:
    amount, funded = charge.amount.minor, 0
    if charge.discounts:
        less, funded = _discounted(charge.discounts, amount, f"charges[{index}].discounts")
        amount -= less
    tax, remitted = _taxes(charge.taxes, amount, tax_included)
    return ChargeWorth(charge.kind, amount - tax if tax_included else amount, tax, remitted, funded)


def _taxes(taxes: Sequence[Tax], amount: int, tax_included: bool) -> tuple[int, int]:
    """(tax, part of it that the channel remits) on an amount; each tax rounded once (M1, M4, M5)."""
    tax = remitted = 0
    # Inclusive: with several rates the amount holds all of them, so each is r_i / (1 + sum r).
    top, bottom = 1, 1
    if tax_included:
        for entry in taxes:
            if entry.rate is not None:
                top = top * entry.rate.denominator + entry.rate.numerator * bottom
                bottom *= entry.rate.denominator
    for entry in taxes:
        if entry.amount is not None:
            part = entry.amount.minor
        elif entry.rate is not None and tax_included:
            rate = entry.rate
            part = round_ratio(amount * rate.numerator * bottom, rate.denominator * top)
        elif entry.rate is not None:
            part = entry.rate.of(amount)
        else:
            part = 0
        tax += part
        if entry.collected_by == CHANNEL:
            remitted += part
    return tax, remitted


def _runs(pieces: Pieces) -> Entitlements:
    """Untaxed units: a run per piece."""
    out: list[Entitlement] = []
    first = 1
    for size, net in pieces:
        out.append((first, first + size - 1, net, 0, 0, 0))
        first += size
    return tuple(out)


def _taxed(amount: int, taxes: Pieces, tax_included: bool) -> Entitlements:
    """Units of one amount each and nothing remitted: a run per piece of tax."""
    out: list[Entitlement] = []
    first = 1
    for size, tax in taxes:
        out.append((first, first + size - 1, amount - tax if tax_included else amount, tax, 0, 0))
        first += size
    return tuple(out)


def _merge(pieces: Pieces, taxes: Pieces, remits: Pieces, funds: Pieces, tax_included: bool) -> Entitlements:
    """Zip four run lists over the same ordinals into entitlement runs."""
    out: list[Entitlement] = []
    columns = (pieces, taxes, remits, funds)
    at = [0, 0, 0, 0]
    left = [column[0][0] for column in columns]
    first = 1
    while True:
        size = min(left)
        amount, tax, remitted, funded = (column[i][1] for column, i in zip(columns, at, strict=True))
        net = amount - tax if tax_included else amount
        entry = (first, first + size - 1, net, tax, remitted, funded)
        if out and out[-1][2:] == entry[2:]:
            out[-1] = (out[-1][0], *entry[1:])
        else:
            out.append(entry)
        first += size
        for k, column in enumerate(columns):
            left[k] -= size
            if not left[k]:
                at[k] += 1
                if at[k] == len(column):
                    return tuple(out)  # all four end at the last unit
                left[k] = column[at[k]][0]


__all__ = [
    "NOTHING",
    "AmountTooLarge",
    "ChargeWorth",
    "DiscountTooLarge",
    "Entitlement",
    "Entitlements",
    "Priced",
    "Worth",
    "checked_priced",
    "price",
    "restated",
    "worth",
]
