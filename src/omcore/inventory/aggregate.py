"""The aggregate of one SKU at one location: a table from operation, and from movement, to its facet.

Decides what operations come to, one after the other: movements, or the first refusal. Must not know
which order or reservation is behind an operation; the engine commits several stock items at once.

Where several reasons apply, a malformed operation is told first, then a claim that is not there,
then stock that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from omcore.inventory import claims, counts, ledger, levels, lots, supply, transfers
from omcore.inventory import movements as mv
from omcore.inventory.checks import Decide, Events
from omcore.inventory.levels import level_told
from omcore.inventory.stock import StockItem, rebalanced, seen, unknown
from omcore.kernel import InvalidType, UnknownEvent, checked_id, checked_instant, checked_sku


def _declared(i: StockItem, event: Any) -> StockItem:
    return seen(i, event.at)


# With each operation, whether it can leave more claims or promises without cover than there were.
DECIDE: Mapping[type, tuple[Decide, bool]] = {
    **ledger.DECIDE,
    **counts.DECIDE,
    **claims.DECIDE,
    **levels.DECIDE,
    **supply.DECIDE,
    **transfers.DECIDE,
    **lots.DECIDE,
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    **ledger.EVOLVE,
    **counts.EVOLVE,
    **claims.EVOLVE,
    **levels.EVOLVE,
    **supply.EVOLVE,
    **transfers.EVOLVE,
    **lots.EVOLVE,
    mv.ShortfallDeclared: _declared,
    mv.SupplyShortfallDeclared: _declared,
}


def _no_operation(item: StockItem, op: Any, at: datetime, reference: str) -> Events:
    raise InvalidType("operation", expected="a stock operation")


_NO_OPERATION = (_no_operation, False)


def decide_operations(
    item: StockItem | None,
    operations: Sequence[Any],
    at: datetime,
    *,
    sku: str,
    location: str,
    reference: str = "",
) -> tuple[Events, StockItem]:
    """Decide operations one after the other on one stock item.

    ``item`` is None where nothing ever happened to ``sku`` at ``location``. Returns every
    movement, and the item after the last. Raises the first refusal; the item that came in is as
    it was.
    """
    if type(at) is not datetime or at.tzinfo is not UTC:
        at = checked_instant(at)
    state = _opened(sku, location, at) if item is None else item
    if type(state) is not StockItem or type(reference) is not str:
        raise InvalidType("item", expected="a StockItem or None, and text for a reference")
    if type(operations) is not list and type(operations) is not tuple:
        raise InvalidType("operations", expected="a tuple or list of stock operations")
    made: list[Any] = []
    if state.detail is not None and (gone := lots.lapsed(state, at)):
        # Since the last movement they have expired under whoever had claimed them: told before all else.
        fresh = rebalanced(
            state, state.seen_at, state.on_hand + gone, state.damaged, state.quarantined, state.allocated
        )
        for event in _shortfalls(fresh, state, at, ""):
            state = EVOLVE[type(event)](state, event)
            made.append(event)
    for operation in operations:
        decide, may_shorten = DECIDE.get(type(operation), _NO_OPERATION)
        before = state
        for event in decide(state, operation, at, reference):
            state = EVOLVE[type(event)](state, event)
            made.append(event)
        if may_shorten:
            for event in _shortfalls(before, state, at, reference):
                state = EVOLVE[type(event)](state, event)
                made.append(event)
    if state.detail is not None:
        for event in level_told(state, at, reference):
            state = EVOLVE[type(event)](state, event)
            made.append(event)
    return tuple(made), state


def movements_of(
    item: StockItem | None, operations: Sequence[Any], at: datetime, sku: str, location: str, reference: str
) -> Events:
    """The movements of ``decide_operations``, for who folds them himself."""
    if type(item) is StockItem and item.detail is None and len(operations) == 1:
        # Nothing is told at the end, so nobody asks how the item stands then.
        decide, may_shorten = DECIDE.get(type(operations[0]), _NO_OPERATION)
        if not may_shorten:
            return decide(item, operations[0], at, reference)
    return decide_operations(item, operations, at, sku=sku, location=location, reference=reference)[0]


def _shortfalls(before: StockItem, after: StockItem, at: datetime, reference: str) -> Events:
    """What has lost its cover by an operation: claims of stock, and promises of dated supply (S1, S10)."""
    short, was_short = after.short(at), before.short(at)
    claims = short - was_short
    promises = after.shortfall(at) - short - before.shortfall(at) + was_short
    told: list[Any] = []
    if claims > 0:
        told.append(mv.ShortfallDeclared(at, after.sku, after.location, claims, reference))
    if promises > 0:
        told.append(mv.SupplyShortfallDeclared(at, after.sku, after.location, promises, reference))
    return tuple(told)


def _opened(sku: object, location: object, at: datetime) -> StockItem:
    return unknown(checked_sku(sku), checked_id(location, "location"), at)


def decide_stock(
    item: StockItem | None, operation: Any, at: datetime, *, sku: str, location: str, reference: str = ""
) -> Events:
    """One operation: its movements, or its refusal."""
    return decide_operations(item, (operation,), at, sku=sku, location=location, reference=reference)[0]


def evolve_stock(item: StockItem | None, event: Any) -> StockItem:
    """The stock item after a movement, None at first. ``UnknownEvent`` for what is none."""
    step = EVOLVE.get(type(event))
    if step is None:
        raise UnknownEvent("event", type=type(event).__name__, version=None)
    if item is None:
        item = unknown(event.sku, event.location, event.at)
    elif type(item) is not StockItem:
        raise InvalidType("item", expected="a StockItem or None")
    return step(item, event)


__all__ = ["DECIDE", "EVOLVE", "decide_operations", "decide_stock", "evolve_stock", "movements_of"]
