"""Shop: what an order is worth in the shop's own currency, where its customer pays in another.

Decides how the total that the channel stated in the shop's currency is divided over units and charges:
always in the same way, from what was agreed, so that no later rate of exchange changes it and any
grouping of units comes to the same. Must not know rates of exchange: the only one is what the channel's two
totals say.

What was placed is divided by largest remainder (M2) over what the customer pays for each unit and charge,
net and tax, and sums to the shop's total. What came to the order since is worth the rate of those totals,
rounded once for each unit (M1), or for alike units of a measure together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import attrs

from omcore.kernel import InvalidType, Money, round_ratio, split_evenly, split_runs
from omcore.kernel.runs import Runs
from omcore.orders.entitlements import Entitlements
from omcore.orders.selection import Wanted, named_units
from omcore.orders.state import Order

# (first ordinal, last ordinal, minor units of each).
ShopRuns = tuple[tuple[int, int, int], ...]


@attrs.frozen
class ShopMoney:
    """An order in the shop's currency, in its minor units: by line and charge, in the order's order."""

    currency: str
    lines: tuple[ShopRuns, ...]
    charges: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of it."""
        units = sum([(last - first + 1) * each for runs in self.lines for first, last, each in runs])
        return units + sum(self.charges)


def shop_money(order: Order) -> ShopMoney | None:
    """The order in the shop's currency; None where it has but one. Errors: ``InvalidType``."""
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    terms = order.terms
    if not terms.shop_currency or terms.shop_currency == terms.currency:
        return None
    stated = order.stated
    placed, since = [], []
    for line in terms.lines:
        had = stated.quantities.get(line.id, line.quantity)
        placed.append(_weights(line.entitlements, 1, had))
        since.append(_weights(line.entitlements, had + 1, line.quantity))
    amounts = [charge.net + charge.tax for charge in terms.charges]
    groups = [(last - first + 1, each) for runs in placed for first, last, each in runs]
    groups += [(1, amount) for amount in amounts[: stated.charges]]
    values = _divided(terms.shop_total, groups)
    rate = (terms.shop_total, stated.total)
    lines = []
    for line, old, new in zip(terms.lines, placed, since, strict=True):
        rated = _of_measure if line.measure.scale else _of_units
        lines.append((*_take(values, old), *[run for piece in new for run in rated(rate, *piece)]))
    charges = [each for times, each in values for _ in range(times)]
    return ShopMoney(
        terms.shop_currency,
        tuple(lines),
        (*charges, *[_at(rate, amount) for amount in amounts[stated.charges :]]),
    )


def shop_worth(order: Order, items: Wanted) -> Money:
    """What some units are worth to the shop, in its own currency; in the order's where that is the one.

    ``items`` are (line id, runs of ordinals, or how many of the lowest). Errors: ``InvalidType``,
    ``UnknownId`` and ``UnitsNotAvailable`` for lines and units that the order has not.
    """
    found = shop_money(order)
    items = named_units(order, items)
    if found is None:
        net, tax, *_ = order.worth(items)
        return Money(net + tax, order.terms.currency)
    amount = 0
    for line_id, runs in items:
        amount += _sum(found.lines[order.terms.index[line_id]], runs)
    return Money(amount, found.currency)


def _sum(shop_runs: ShopRuns, runs: Runs) -> int:
    amount = 0
    for low, high in runs:
        for first, last, each in shop_runs:
            size = min(last, high) - max(first, low) + 1
            if size > 0:
                amount += size * each
    return amount


def _weights(entitlements: Entitlements, low: int, high: int) -> list[tuple[int, int, int]]:
    """What the customer pays for each of the units low..high, as runs."""
    return [
        (max(first, low), min(last, high), net + tax)
        for first, last, net, tax, *_ in entitlements
        if max(first, low) <= min(last, high)
    ]


def _at(rate: tuple[int, int], amount: int) -> int:
    """An amount at the rate of the two totals; an order that cost nothing tells none."""
    theirs, ours = rate
    if ours < 0:
        theirs, ours = -theirs, -ours
    return round_ratio(amount * theirs, ours) if ours else 0


def _of_units(rate: tuple[int, int], first: int, last: int, each: int) -> ShopRuns:
    return ((first, last, _at(rate, each)),)


def _of_measure(rate: tuple[int, int], first: int, last: int, each: int) -> ShopRuns:
    """Units of a measure are worth a cent or none: alike ones are rounded together, and each has its part."""
    size = last - first + 1
    runs = []
    for many, value in split_evenly(_at(rate, each * size), size):
        runs.append((first, first + many - 1, value))
        first += many
    return tuple(runs)


def _divided(amount: int, groups: Sequence[tuple[int, int]]) -> deque[tuple[int, int]]:
    """An amount over (how many, weight) groups, as (how many, each), in their order.

    What takes away, as cash rounding may, is worth the rate, and the rest carries it too.
    """
    if all(weight >= 0 for _, weight in groups):
        return deque(split_runs(amount, list(groups)))
    whole = sum([times * weight for times, weight in groups])
    out = [(times, _at((amount, whole), weight) if weight < 0 else 0) for times, weight in groups]
    taken = sum([times * each for times, each in out])
    rest = [(times, weight) for times, weight in groups if weight >= 0]
    values = deque(split_runs(amount - taken, rest) if rest else ())
    found: deque[tuple[int, int]] = deque()
    for (times, weight), known in zip(groups, out, strict=True):
        found += [known] if weight < 0 else _first(values, times)
    return found


def _first(values: deque[tuple[int, int]], many: int) -> list[tuple[int, int]]:
    """The first ``many`` of the values, which are taken off the list."""
    taken = []
    while many:
        times, each = values.popleft()
        part = min(times, many)
        taken.append((part, each))
        if part < times:
            values.appendleft((times - part, each))
        many -= part
    return taken


def _take(values: deque[tuple[int, int]], runs: Sequence[tuple[int, int, int]]) -> ShopRuns:
    """The values of the units of these runs, by ordinal, which are taken off the list."""
    out = []
    if runs:
        first = runs[0][0]
        for times, each in _first(values, runs[-1][1] - first + 1):
            out.append((first, first + times - 1, each))
            first += times
    return tuple(out)


__all__ = ["ShopMoney", "ShopRuns", "shop_money", "shop_worth"]
