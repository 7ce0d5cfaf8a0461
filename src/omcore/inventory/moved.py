"""What the books said at a moment of the past, and what they come to by a count of that moment.

Decides how a count that comes late is compared: with what was on hand then, which is what is on hand
now less all that moved since. A movement belongs to the moment when it happened, where somebody
said so, and else to that when it was booked. Must not know how movements are stored, or how far back
somebody is willing to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.causes import TILL_DIFFERENCE
from omcore.inventory.checks import checked_condition
from omcore.inventory.reconcile import delta, movement
from omcore.inventory.stock import CONDITIONS, SELLABLE, StockItem
from omcore.inventory.tolerance import Tolerance
from omcore.kernel import MAX_STOCK, InvalidType, checked_instant, checked_iterator, checked_quantity


def moment_of(event: Any) -> datetime:
    """When a movement happened: as somebody said, else when it was booked. Errors: ``UnknownEvent``."""
    kind = type(movement(event))
    if kind is mv.StockCounted:
        moment = event.counted_at
    elif kind is mv.StockAdjusted or kind is mv.StockReceived:
        moment = event.at if event.happened_at is None else event.happened_at
    else:
        moment = event.at
    return checked_instant(moment)


def counted_operation(
    item: StockItem,
    movements: Iterable[Any],
    counted: int,
    counted_at: datetime,
    cause: str,
    condition: str = SELLABLE,
    source: str = "",
    tolerance: Tolerance | None = None,
) -> ops.Count:
    """The operation for a count of a moment of the past.

    ``movements`` are those of the stock item, oldest first, one by one or as entries of the feed, and
    at least all that were booked after ``counted_at``; those before make no difference. ``item`` is as it
    is after the last of them. Errors: ``UnknownEvent`` for what is no movement, ``InvalidType``.
    """
    if type(item) is not StockItem:
        raise InvalidType("item", expected="a StockItem")
    at = checked_instant(counted_at, "counted_at")
    since = _since(checked_iterator(movements, "movements", "movements"), at)
    place = CONDITIONS.index(checked_condition(condition))
    then, becomes = item.in_condition(condition), checked_quantity(counted, "counted", low=0, high=MAX_STOCK)
    for i, event in enumerate(since):
        units = delta(event)[place]
        then -= units
        if units and not _is_found(since, i):
            # What left was there, whatever was counted (S12).
            becomes = max(0, becomes + units)
    # What is known of that moment by now may be less than nothing: a loss was told before its receipt.
    return ops.Count(counted, cause, condition, at, source, max(0, then), becomes, tolerance)


def _since(entries: Iterable[Any], moment: datetime) -> Sequence[Any]:
    return [event for event in map(movement, entries) if moment_of(event) > moment]


def _is_found(since: Sequence[Any], i: int) -> bool:
    """Whether it did not move, but was booked because more left by a till than the books had."""
    event = since[i]
    if type(event) is not mv.StockAdjusted or event.cause != TILL_DIFFERENCE or i + 1 == len(since):
        return False
    taken = since[i + 1]
    return type(taken) is mv.StockTaken and (taken.at, taken.reference) == (event.at, event.reference)


__all__ = ["counted_operation", "moment_of"]
