"""Entitlements: what every unit of an order is worth, fixed when it is ordered (M3-M6).

Decides net, tax and remitted tax of each unit, once, at placement; every capture and refund
afterwards is a sum of these. Units of a line are never listed: largest remainder leaves only a
handful of different values, kept as runs. How discounts and taxes come about is replaceable
(``Pricing``) and stands in ``discounting`` and ``taxation``. Must not know payments, stock or states.

An ``Entitlement`` is ``(first, last, net, tax, remitted, funded)``: the units first..last are each
worth ``net + tax`` to the customer, of which ``remitted`` is tax that a marketplace collects and
remits itself, and ``funded`` is what a channel adds because it bears a discount of its own (M13):
the merchant sells for ``net + funded``, the customer never pays it and never gets it back.
All four are minor units of the order's currency, per unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import attrs

from omcore.kernel import InputError, InvalidType, Ratio, Runs, record, split_runs
from omcore.kernel.numbers import MAX_DIGITS
from omcore.orders.discounting import (
    Discounted,
    DiscountTooLarge,
    Pieces,
    aligned,
    checked_discounted,
    discounts_by_subtotal,
)
from omcore.orders.draft import CHANNEL, DraftLine, OrderDraft, Tax
from omcore.orders.taxation import TaxRule, checked_taxed, tax_by_line, tax_in_line

Entitlement = tuple[int, int, int, int, int, int]
Entitlements = tuple[Entitlement, ...]
Worth = tuple[int, int, int, int]  # (net, tax, remitted, funded), summed

# (title, rate or None where it was stated, minor units, who collects it): a tax as it was agreed.
TaxLine = tuple[str, Ratio | None, int, str]
TaxLines = tuple[TaxLine, ...]

NOTHING: Worth = (0, 0, 0, 0)
MAX_TOTAL = 10**MAX_DIGITS - 1


class AmountTooLarge(InputError):
    """A line or order of more than 15 digits, or a tax above the price that it is in. Fields: max."""

    code = "amount_too_large"


@record
class ChargeWorth:
    """A charge as it was fixed when it was agreed: kind, net, tax; what a channel remits and funds.

    ``taxes`` are the taxes that ``tax`` is the sum of; none where only the sum is known.
    """

    kind: str
    net: int
    tax: int
    remitted: int
    funded: int
    taxes: TaxLines = attrs.field(default=(), repr=False)


@record
class Priced:
    """An order's entitlements: a tuple of runs per line, in line order, and its charges.

    ``taxes``: the taxes of each line, for its invoice; empty where a policy does not tell them.
    """

    lines: tuple[Entitlements, ...]
    charges: tuple[ChargeWorth, ...]
    taxes: tuple[TaxLines, ...] = attrs.field(default=(), repr=False)

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
    if any(type(part) is not int for charge in charges for part in attrs.astuple(charge)[1:5]):
        raise InvalidType("policies.pricing.charges", expected="minor units")
    taxes = priced.taxes
    if type(taxes) is not tuple or len(taxes) not in (0, len(draft.lines)):
        raise InvalidType("policies.pricing.taxes", expected="the taxes of every line, or of none")
    for lines, path in ((taxes, "taxes"), ([charge.taxes for charge in charges], "charges")):
        for entries in lines:
            _checked_tax_lines(entries, f"policies.pricing.{path}")
    return priced


def _checked_tax_lines(entries: Any, path: str) -> None:
    for entry in entries if type(entries) is tuple else (None,):
        types = tuple(map(type, entry)) if type(entry) is tuple else ()
        if types not in ((str, Ratio, int, str), (str, NoneType, int, str)):
            raise InvalidType(path, expected="(title, rate or None, minor units, who collects it)")


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


@attrs.frozen(eq=False)
class Pricing:
    """The pricing policies, each replaceable by itself: called with a draft, it gives entitlements.

    ``discounts`` M3: draft -> what units and charges cost after discounts (see ``discounting``).
    ``exclusive`` M4, ``inclusive`` M5: taxables -> taxes (see ``taxation``); the draft says which of
    the two it is. Each is a pure function over runs; what it gives back is checked, and is
    ``InvalidType`` with the path ``policies.pricing.<name>`` if units have no value, or sums differ.
    Errors of a draft: ``DiscountTooLarge``, ``AmountTooLarge``.
    """

    discounts: Callable[[OrderDraft], Discounted] = discounts_by_subtotal
    exclusive: TaxRule = tax_by_line
    inclusive: TaxRule = tax_in_line

    def __attrs_post_init__(self) -> None:
        for name in ("discounts", "exclusive", "inclusive"):
            if not callable(getattr(self, name)):
                raise InvalidType(f"policies.pricing.{name}", expected="a function")

    def __call__(self, draft: OrderDraft) -> Priced:
        """Entitlements of every unit and charge of a checked draft."""
        included = draft.tax_included
        reduced = self.discounts(draft)
        if self.discounts is not discounts_by_subtotal:
            reduced = checked_discounted(reduced, draft)
        entries = (*draft.lines, *draft.charges)
        units = (*reduced[0], *reduced[1])
        taxables = [(entry.taxes, prices) for entry, (prices, _) in zip(entries, units, strict=True)]
        rule = self.inclusive if included else self.exclusive
        taxed = rule(taxables)
        if rule is not tax_by_line and rule is not tax_in_line:
            path = f"policies.pricing.{'inclusive' if included else 'exclusive'}"
            taxed = checked_taxed(taxed, taxables, len(draft.lines), path)
        lines, charges, taxes = [], [], []
        for i, line in enumerate(draft.lines):
            if line.unit_price.minor * line.quantity > MAX_TOTAL:
                raise AmountTooLarge(f"lines[{i}]", max=MAX_TOTAL)
            prices, funds = units[i]
            amounts, each = taxed[i]
            lines.append(_line(line, prices, funds, amounts, each, included, i))
            taxes.append(_tax_lines(line.taxes, amounts))
        for i, charge in enumerate(draft.charges, len(lines)):
            ((_, amount),), ((_, funded),) = units[i]
            amounts, _ = taxed[i]
            tax = sum(amounts)
            net = amount - tax if included else amount
            charges.append(
                ChargeWorth(
                    charge.kind,
                    net,
                    tax,
                    _remitted(charge.taxes, amounts),
                    funded,
                    _tax_lines(charge.taxes, amounts),
                )
            )
        result = Priced(tuple(lines), tuple(charges), tuple(taxes))
        net, tax, _, borne = result.worth()
        if abs(net) + abs(tax) + borne > MAX_TOTAL:
            raise AmountTooLarge("lines", max=MAX_TOTAL)
        return result


_DEFAULT = Pricing()


def price(draft: OrderDraft) -> Priced:
    """The default pricing policy: M3, M4, M5 over a checked draft.

    Errors: ``DiscountTooLarge`` where a discount exceeds what it applies to, ``AmountTooLarge``.
    """
    return _DEFAULT(draft)


def _remitted(taxes: Sequence[Tax], amounts: Sequence[int]) -> int:
    remitted = 0
    for tax, amount in zip(taxes, amounts, strict=True):
        if tax.collected_by == CHANNEL:
            remitted += amount
    return remitted


def _tax_lines(taxes: Sequence[Tax], amounts: Sequence[int]) -> TaxLines:
    return tuple(
        [
            (tax.title, tax.rate, amount, tax.collected_by)
            for tax, amount in zip(taxes, amounts, strict=True)
        ]
    )


def _line(
    line: DraftLine,
    prices: Pieces,
    funds: Pieces,
    amounts: Sequence[int],
    taxes: Pieces,
    included: bool,
    index: int,
) -> Entitlements:
    """The entitlements of a line from its runs of price, fund and tax."""
    plain = len(funds) == 1 and not funds[0][1]
    if plain and not amounts:
        return _untaxed(prices)
    if included:
        amount = 0
        for size, each in prices:
            amount += size * each
        if sum(amounts) > amount:
            raise AmountTooLarge(f"lines[{index}].taxes", max=amount)
    remitted = _remitted(line.taxes, amounts)
    if plain and not remitted and len(prices) == 1:
        return _taxed(prices[0][1], taxes, included)
    # Over units by their tax: of none is more remitted than it is taxed.
    remits: Pieces = split_runs(remitted, taxes) if remitted else ((line.quantity, 0),)
    return _merged((prices, taxes, remits, funds), included)


def _untaxed(pieces: Pieces) -> Entitlements:
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


def _merged(columns: Sequence[Pieces], tax_included: bool) -> Entitlements:
    """Price, tax, remitted and funded of the same units as entitlement runs."""
    out: list[Entitlement] = []
    first = 1
    for size, (amount, tax, remitted, funded) in aligned(columns):
        net = amount - tax if tax_included else amount
        entry = (first, first + size - 1, net, tax, remitted, funded)
        if out and out[-1][2:] == entry[2:]:
            out[-1] = (out[-1][0], *entry[1:])
        else:
            out.append(entry)
        first += size
    return tuple(out)


__all__ = [
    "NOTHING",
    "AmountTooLarge",
    "ChargeWorth",
    "DiscountTooLarge",
    "Entitlement",
    "Entitlements",
    "Priced",
    "Pricing",
    "TaxLine",
    "TaxLines",
    "Worth",
    "checked_priced",
    "price",
    "restated",
    "worth",
]
