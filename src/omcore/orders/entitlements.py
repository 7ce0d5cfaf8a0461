"""Entitlements: what every unit of an order is worth, fixed when it is ordered (M3-M6).

Decides net, tax and remitted tax of each unit, once, at placement; every capture and refund
afterwards is a sum of these. Units of a line are never listed: largest remainder leaves only a
handful of different values, kept as runs. Must not know how they come about (``pricing``), nor
payments, stock or states.

An ``Entitlement`` is ``(first, last, net, tax, remitted, funded)``: the units first..last are each
worth ``net + tax`` to the customer, of which ``remitted`` is tax that a marketplace collects and
remits itself, and ``funded`` is what a channel adds because it bears a discount of its own (M13):
the merchant sells for ``net + funded``, the customer never pays it and never gets it back.
All four are minor units of the order's currency, per unit.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from omcore.kernel import Ratio, Runs, record

Entitlement = tuple[int, int, int, int, int, int]
Entitlements = tuple[Entitlement, ...]
Worth = tuple[int, int, int, int]  # (net, tax, remitted, funded), summed

# (title, rate or None where it was stated, minor units, who collects it): a tax as it was agreed.
TaxLine = tuple[str, Ratio | None, int, str]
TaxLines = tuple[TaxLine, ...]

NOTHING: Worth = (0, 0, 0, 0)


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


def worth(entitlements: Entitlements, runs: Runs) -> Worth:
    """Sum of the entitlements of some units of a line (M6)."""
    net = tax = remitted = funded = 0
    at, end = 0, len(entitlements)  # both ascend, so that each is walked once
    for low, high in runs:
        while at < end:
            first, last, each_net, each_tax, each_remitted, each_funded = entitlements[at]
            size = (last if last < high else high) - (first if first > low else low) + 1
            if size > 0:
                net += size * each_net
                tax += size * each_tax
                remitted += size * each_remitted
                funded += size * each_funded
            if last > high:
                break
            at += 1
    return net, tax, remitted, funded


def overlaps(entitlements: Entitlements, runs: Runs) -> Iterator[Entitlement]:
    """The entitlements of just these units, in ascending order."""
    at = 0
    for low, high in runs:
        while at < len(entitlements):
            first, last, net, tax, remitted, funded = entitlements[at]
            if first <= high and last >= low:
                yield max(first, low), min(last, high), net, tax, remitted, funded
            if last > high:
                break
            at += 1


def restated(entitlements: Entitlements, runs: Runs, following: int) -> Entitlements:
    """The worth of some units as that of new ones, numbered from ``following`` on.

    A unit that takes another's place - it replaces it, or comes back with a reverted edit - has
    the worth of the one that it stands for, to the minor unit.
    """
    out: list[Entitlement] = []
    for first, last, *worth_of_each in overlaps(entitlements, runs):
        until = following + last - first
        begins = following
        if out and list(out[-1][2:]) == worth_of_each:
            begins = out.pop()[0]
        out.append((begins, until, *worth_of_each))  # type: ignore[arg-type]  # six ints
        following = until + 1
    return tuple(out)


__all__ = [
    "NOTHING",
    "ChargeWorth",
    "Entitlement",
    "Entitlements",
    "Priced",
    "TaxLine",
    "TaxLines",
    "Worth",
    "overlaps",
    "restated",
    "worth",
]
