"""Pricing: a draft becomes entitlements (M3-M5).

Decides how prices after discounts (``discounting``) and taxes on them (``taxation``) become what
each unit and charge is worth, and checks what an embedder's rules give. Each of the three rules is
a part that can be replaced by itself. Must not know what becomes of an order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import attrs

from omcore.kernel import InputError, InvalidType, Ratio, split_runs
from omcore.kernel.numbers import MAX_DIGITS
from omcore.orders.draft import CHANNEL, OrderDraft, Tax
from omcore.orders.entitlements import ChargeWorth, Entitlement, Entitlements, Priced, TaxLines, Worth
from omcore.orders.placement.discounting import (
    Discounted,
    DiscountTooLarge,
    Pieces,
    aligned,
    checked_discounted,
    discounts_by_subtotal,
)
from omcore.orders.placement.taxation import (
    TaxRule,
    checked_taxed,
    plain_by_line,
    plain_in_line,
    tax_by_line,
    tax_in_line,
)

MAX_TOTAL = 10**MAX_DIGITS - 1


class AmountTooLarge(InputError):
    """A line or order of more than 15 digits, or a tax above the price that it is in. Fields: max."""

    code = "amount_too_large"


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
        return self.with_worth(draft)[0]

    def with_worth(self, draft: OrderDraft) -> tuple[Priced, Worth]:
        """The same, and all that it comes to. Errors: as of calling it."""
        if type(draft) is not OrderDraft:
            raise InvalidType("draft", expected="OrderDraft")
        included = draft.tax_included
        reduced = self.discounts(draft)
        if self.discounts is not discounts_by_subtotal:
            reduced = checked_discounted(reduced, draft)
        of_lines, of_charges = reduced
        taxables = [(line.taxes, of_lines[i][0]) for i, line in enumerate(draft.lines)]
        for i, charge in enumerate(draft.charges):
            taxables.append((charge.taxes, of_charges[i][0]))
        rule = self.inclusive if included else self.exclusive
        if rule is tax_by_line:
            taxed = plain_by_line(taxables)
        elif rule is tax_in_line:
            taxed = plain_in_line(taxables)
        else:
            taxed = rule(taxables)
            path = f"policies.pricing.{'inclusive' if included else 'exclusive'}"
            taxed = checked_taxed(taxed, taxables, len(draft.lines), path)
        lines, charges, told = [], [], []
        for i, line in enumerate(draft.lines):
            if line.subtotal > MAX_TOTAL:
                raise AmountTooLarge(f"lines[{i}]", max=MAX_TOTAL)
            prices, funds = of_lines[i]
            amounts, each = taxed[i]
            taxes, remitted = _told(line.taxes, amounts) if amounts else ((), 0)
            told.append(taxes)
            if funds[0][1] or remitted or len(prices) > 1 or len(funds) > 1:
                lines.append(_several(line.quantity, prices, funds, remitted, each, included, i))
            else:
                lines.append(_alike(prices[0][1], each, included, i))
        for i, charge in enumerate(draft.charges):
            ((_, amount),), ((_, funded),) = of_charges[i]
            amounts, _ = taxed[len(lines) + i]
            taxes, remitted = _told(charge.taxes, amounts) if amounts else ((), 0)
            tax = sum(amounts)
            net = amount - tax if included else amount
            charges.append(ChargeWorth(charge.kind, net, tax, remitted, funded, taxes))
        result = Priced(tuple(lines), tuple(charges), tuple(told))
        whole = net, tax, _, borne = result.worth()
        if abs(net) + abs(tax) + borne > MAX_TOTAL:
            raise AmountTooLarge("lines", max=MAX_TOTAL)
        return result, whole


_DEFAULT = Pricing()


def price(draft: OrderDraft) -> Priced:
    """The default pricing policy: M3, M4, M5 over a checked draft.

    Errors: ``DiscountTooLarge`` where a discount exceeds what it applies to, ``AmountTooLarge``.
    """
    return _DEFAULT(draft)


def price_and_worth(draft: OrderDraft) -> tuple[Priced, Worth]:
    """What ``price`` gives, and what all of it comes to. Errors: as ``price``."""
    return _DEFAULT.with_worth(draft)


def _told(taxes: Sequence[Tax], amounts: Sequence[int]) -> tuple[TaxLines, int]:
    """Taxes with their amounts, and what a channel remits of them."""
    if len(taxes) == 1:  # the common case, without a detour
        (tax,), (amount,) = taxes, amounts
        whole = ((tax.title, tax.rate, amount, tax.collected_by),)
        return whole, amount if tax.collected_by == CHANNEL else 0
    told, remitted = [], 0
    for tax, amount in zip(taxes, amounts, strict=True):
        told.append((tax.title, tax.rate, amount, tax.collected_by))
        if tax.collected_by == CHANNEL:
            remitted += amount
    return tuple(told), remitted


def _alike(amount: int, taxes: Pieces, included: bool, index: int) -> Entitlements:
    """Units of one price each, of which nothing is remitted or funded: a run per piece of tax."""
    out: list[Entitlement] = []
    first = 1
    for size, tax in taxes:
        if included:
            if tax > amount:
                whole = amount * sum(size for size, _ in taxes)
                raise AmountTooLarge(f"lines[{index}].taxes", max=whole)
            out.append((first, first + size - 1, amount - tax, tax, 0, 0))
        else:
            out.append((first, first + size - 1, amount, tax, 0, 0))
        first += size
    return tuple(out)


def _several(
    quantity: int,
    prices: Pieces,
    funds: Pieces,
    remitted: int,
    taxes: Pieces,
    included: bool,
    index: int,
) -> Entitlements:
    """Units of several prices, or of which something is remitted or funded."""
    # Over units by their tax: of none is more remitted than it is taxed.
    remits: Pieces = split_runs(remitted, taxes) if remitted else ((quantity, 0),)
    out: list[Entitlement] = []
    first = 1
    for size, (amount, tax, sent, funded) in aligned((prices, taxes, remits, funds)):
        net = amount - tax if included else amount
        if net < 0:  # by M2 some unit's tax is above its price exactly where the line's is
            whole = sum(many * each for many, each in prices)
            raise AmountTooLarge(f"lines[{index}].taxes", max=whole)
        entry = (first, first + size - 1, net, tax, sent, funded)
        if out and out[-1][2:] == entry[2:]:
            out[-1] = (out[-1][0], *entry[1:])
        else:
            out.append(entry)
        first += size
    return tuple(out)


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


__all__ = [
    "AmountTooLarge",
    "DiscountTooLarge",
    "Pricing",
    "checked_priced",
    "price",
    "price_and_worth",
]
