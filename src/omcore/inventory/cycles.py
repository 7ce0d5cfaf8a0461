"""Cycle counts: which stock items to count next.

Decides an order of work and nothing about stock: what was never counted comes first, then what is
overdue longest, so much a day as there are hands for. Whoever counts is told where and what, and not
how many the books expect. Must not know how a count is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from heapq import nsmallest

from omcore.inventory.stock import StockItem
from omcore.kernel import (
    MAX_STOCK,
    InvalidType,
    checked_id,
    checked_instant,
    checked_iterator,
    checked_quantity,
    checked_sku,
    record,
)

MAX_DAYS = 3_660
_NOTHING = timedelta()


@record
class CountDue:
    """A stock item that is to be counted: what, where, of which class, and when it was counted last."""

    sku: str
    location: str
    of_class: str
    last_counted_at: datetime | None


def cycle_counts(
    items: Iterable[StockItem],
    now: datetime,
    days: Mapping[str, int],
    class_of: Mapping[str, str],
    *,
    limit: int,
) -> tuple[CountDue, ...]:
    """Up to ``limit`` stock items that are due, the most urgent first.

    ``days``: each class is counted every so many days (of 24 hours); ``class_of``: the class of a SKU, as
    ``abc_classes`` gives it; a SKU that has none is of the class that is counted least often. Of equal
    urgency are first those of the class that is counted more often, then by location and SKU. Only what is
    sellable counts. Errors: ``InvalidType``, ``InvalidQuantity``.
    """
    moment = checked_instant(now, "now")
    every = _checked_days(days)
    if not issubclass(type(class_of), Mapping):
        raise InvalidType("class_of", expected="the class of a SKU, by SKU")
    checked_quantity(limit, "limit")
    seldom = max(every, key=lambda name: (every[name], name))
    due = _due(checked_iterator(items, "items", "stock items"), moment, every, class_of, seldom)
    return tuple(found for _, found in nsmallest(limit, due))


def _due(
    items: Iterator[StockItem],
    now: datetime,
    every: Mapping[str, int],
    class_of: Mapping[str, str],
    seldom: str,
) -> Iterator[tuple[tuple[bool, timedelta, int, str, str], CountDue]]:
    for item in items:
        if type(item) is not StockItem:
            raise InvalidType("items", expected="stock items")
        name = class_of.get(item.sku, seldom)
        if type(name) is not str or name not in every:
            raise InvalidType("class_of", expected="classes of which days are named")
        last = item.last_count()
        counted_at = None if last is None else last.counted_at
        # How long it can wait: less than nothing where it is overdue.
        left = _NOTHING if counted_at is None else timedelta(days=every[name]) - (now - counted_at)
        if left <= _NOTHING:
            urgency = (counted_at is not None, left, every[name], item.location, item.sku)
            yield urgency, CountDue(item.sku, item.location, name, counted_at)


def _checked_days(days: Mapping[str, int]) -> dict[str, int]:
    if not issubclass(type(days), Mapping) or not days:
        raise InvalidType("days", expected="how many days, by class")
    return {
        checked_id(name, "days"): checked_quantity(every, f"days.{name}", high=MAX_DAYS)
        for name, every in days.items()
    }


def abc_classes(moves: Mapping[str, int], *, a: int = 80, b: int = 95) -> dict[str, str]:
    """A, B or C for each SKU, by how much it moves: in units, orders or money, as the caller likes.

    A are those that move most, until they make up ``a`` percent of everything; B those until ``b``
    percent; C the rest, and all that does not move. Equals go by SKU. Errors: ``InvalidType``,
    ``InvalidQuantity``, ``InvalidSku``.
    """
    if not issubclass(type(moves), Mapping):
        raise InvalidType("moves", expected="how much moves, by SKU")
    checked_quantity(a, "a", low=0, high=100)
    checked_quantity(b, "b", low=a, high=100)
    moved = {
        checked_sku(sku, "moves"): checked_quantity(much, "moves", low=0, high=MAX_STOCK)
        for sku, much in moves.items()
    }
    total, before = sum(moved.values()), 0
    classes = {}
    for sku in sorted(moved, key=lambda sku: (-moved[sku], sku)):
        # By what moves before it: the one that crosses a bound is still within.
        share = 100 * before
        classes[sku] = (
            "C" if not moved[sku] else "A" if share < a * total else "B" if share < b * total else "C"
        )
        before += moved[sku]
    return classes


__all__ = ["MAX_DAYS", "CountDue", "abc_classes", "cycle_counts"]
