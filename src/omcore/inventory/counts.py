"""Counts: what somebody says was there, by condition, at a moment of the past or now.

Decides what a count changes: the books become what was counted, with what moved since. A count says
what is on a shelf, whatever moved it there; so the newest one is the truth, whoever counted, and one
that is true of an earlier moment changes nothing any more. Goods that moved at the very moment of a
count are in it. Must not know movements: what the books said then, and what moved since, come with
the operation (``moved``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.checks import Decide, Events, checked_condition, past_moment, refuse_above_limit
from omcore.inventory.lots import leaving, without_lots
from omcore.inventory.stock import LastCount, StockItem, detailed, regraded
from omcore.inventory.tolerance import Tolerance
from omcore.kernel import (
    MAX_STOCK,
    InvalidQuantity,
    InvalidType,
    Refusal,
    checked_id,
    checked_quantity,
    checked_text,
    format_instant,
)


class CountOutdated(Refusal):
    """There is a count of that moment or of a later one.

    Fields: sku, location, condition, newest (its moment), source (whose it is).
    """

    code = "count_outdated"


class CountTooOld(Refusal):
    """More moved since it was counted than is read back. Fields: sku, location, limit."""

    code = "count_too_old"


class RecountNeeded(Refusal):
    """It is further from the books than is tolerated; how far is not told. Fields: sku, location, counted."""

    code = "recount_needed"


def refuse_outdated(item: StockItem, condition: str, counted_at: datetime) -> None:
    """``CountOutdated`` where the newest count is not older."""
    newest = item.last_count(condition)
    if newest is not None and counted_at <= newest.counted_at:
        raise CountOutdated(
            "counted_at",
            sku=item.sku,
            location=item.location,
            condition=condition,
            newest=format_instant(newest.counted_at),
            source=newest.source,
        )


def _count(item: StockItem, op: ops.Count, at: datetime, reference: str) -> Events:
    counted = checked_quantity(op.counted, "counted", low=0, high=MAX_STOCK)
    checked_text(op.cause, "cause", high=200)
    condition = checked_condition(op.condition)
    if type(op.source) is not str or op.source:
        checked_id(op.source, "source")
    if op.tolerance is not None and type(op.tolerance) is not Tolerance:
        raise InvalidType("tolerance", expected="a Tolerance or None")
    now = item.in_condition(condition)
    then = now if op.then is None else checked_quantity(op.then, "then", low=0, high=MAX_STOCK)
    becomes = counted if op.becomes is None else op.becomes
    if type(becomes) is not int or becomes < 0:
        raise InvalidQuantity("becomes", min=0, max=MAX_STOCK)
    moment = at
    # Of two counts of this very moment the later one to come stands: there is no other order.
    if op.counted_at is not None:
        moment = past_moment(op.counted_at, "counted_at", at)
        refuse_outdated(item, condition, moment)
    if op.tolerance is not None and not op.tolerance.allows(counted, then):
        raise RecountNeeded("counted", sku=item.sku, location=item.location, counted=counted)
    refuse_above_limit(becomes)
    sku, location, off = item.sku, item.location, becomes - now
    lots = leaving(item, (), -off, condition, at) if off < 0 else ()
    told = mv.StockCounted(
        at, sku, location, off, op.cause, reference, counted, condition, moment, op.source, lots
    )
    return (told,)


def _counted(i: StockItem, event: mv.StockCounted) -> StockItem:
    newest = LastCount(event.condition, event.counted_at, event.source, event.cause)
    kept = () if i.detail is None else i.detail.counts
    rest = tuple(count for count in kept if count.condition != event.condition)
    item = regraded(i, event.at, event.condition, event.quantity)
    if event.lots:
        item = without_lots(item, event.condition, event.lots)
    return detailed(item, counts=tuple(sorted((*rest, newest), key=_condition)))


def _condition(count: LastCount) -> str:
    return count.condition


DECIDE: Mapping[type, tuple[Decide, bool]] = {ops.Count: (_count, True)}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {mv.StockCounted: _counted}

__all__ = ["DECIDE", "EVOLVE", "CountOutdated", "CountTooOld", "RecountNeeded", "refuse_outdated"]
