"""What each operation on a stock item comes to: movements, or a refusal.

Decides S1, S5, S7, S8, S9 and S12 for one SKU at one location. Must not know which order or
reservation is behind an operation; the engine commits several stock items at once.

``DECIDE`` is the table from operation to function. Where several reasons apply, a malformed
operation is told first, then a claim that is not there, then stock that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.stock import (
    CONDITIONS,
    EVOLVE,
    Schedule,
    StockItem,
    passed_second,
    scheduled,
    unknown,
)
from omcore.kernel import (
    MAX_STOCK,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    LimitExceeded,
    Refusal,
    checked_id,
    checked_instant,
    checked_quantity,
    checked_sku,
    checked_text,
    from_epoch_second,
)

TILL_DIFFERENCE = "till_difference"


class InsufficientStock(Refusal):
    """Less is available than was asked. Fields: sku, location, requested, available."""

    code = "insufficient_stock"


class NotAllocated(Refusal):
    """Fewer units are allocated than are to be moved. Fields: sku, location, requested, available."""

    code = "not_allocated"


class NotReserved(Refusal):
    """Fewer units are reserved than are to be moved. Fields: sku, location, requested, available."""

    code = "not_reserved"


Events = tuple[Any, ...]


def _receive(item: StockItem, op: ops.Receive, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    _bounded(item.on_hand + units)
    return (mv.StockReceived(at, item.sku, item.location, units, reference),)


def _adjust(item: StockItem, op: ops.Adjust, at: datetime, reference: str) -> Events:
    delta = checked_quantity(op.delta, "delta", low=-MAX_STOCK, high=MAX_STOCK)
    checked_text(op.cause, "cause", high=200)
    if delta == 0:
        return ()
    if item.on_hand + delta < 0:
        _insufficient(item, -delta, item.on_hand)
    _bounded(item.on_hand + delta)
    return (mv.StockAdjusted(at, item.sku, item.location, delta, op.cause, reference),)


def _count(item: StockItem, op: ops.Count, at: datetime, reference: str) -> Events:
    counted = checked_quantity(op.counted, "counted", low=0, high=MAX_STOCK)
    return _adjust(item, ops.Adjust(counted - item.on_hand, op.cause), at, reference)


def _set_safety(item: StockItem, op: ops.SetSafety, at: datetime, reference: str) -> Events:
    units = checked_quantity(op.quantity, "quantity", low=0, high=MAX_STOCK)
    if units == item.safety_stock:
        return ()
    return (mv.SafetyStockSet(at, item.sku, item.location, units, reference),)


def _set_backorders(item: StockItem, op: ops.SetBackorders, at: datetime, reference: str) -> Events:
    units = checked_quantity(op.quantity, "quantity", low=0, high=MAX_STOCK)
    if units == item.backorder_limit:
        return ()
    return (mv.BackorderLimitSet(at, item.sku, item.location, units, reference),)


def _reserve(item: StockItem, op: ops.Reserve, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    second = _coming(op.second, "second", at)
    available = item.promisable(at)
    if units > available:
        _insufficient(item, units, available)
    return (mv.StockReserved(at, item.sku, item.location, units, second, reference),)


def _extend(item: StockItem, op: ops.Extend, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    until = _coming(op.until, "until", at)
    second = _second(op.second, "second")
    if second <= passed_second(at):
        _not_reserved(item, units, 0)
    _held(item, second, units)
    return (
        mv.StockUnreserved(at, item.sku, item.location, units, second, reference),
        mv.StockReserved(at, item.sku, item.location, units, until, reference),
    )


def _unreserve(item: StockItem, op: ops.Unreserve, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    second = _second(op.second, "second")
    if second <= passed_second(at):
        return ()
    _held(item, second, units)
    return (mv.StockUnreserved(at, item.sku, item.location, units, second, reference),)


def _allocate(item: StockItem, op: ops.Allocate, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    if type(op.from_reservation) is tuple and not op.from_reservation:
        confirmed: Schedule = ()
        held = 0
    else:
        confirmed, held = _taken_over(item, op, at)
    if units > held:
        available = item.promisable(at)
        if units - held > available:
            _insufficient(item, units, held + (available if available > 0 else 0))
    return (mv.StockAllocated(at, item.sku, item.location, units, confirmed, reference),)


def _taken_over(item: StockItem, op: ops.Allocate, at: datetime) -> tuple[Schedule, int]:
    """What of the owner's own claims is live, and its units; each is checked to be there."""
    if type(op.from_reservation) is not tuple:
        raise InvalidType("from_reservation", expected="a tuple of (second, units)")
    last = passed_second(at)
    live: dict[int, int] = {}
    for i, pair in enumerate(op.from_reservation):
        path = f"from_reservation[{i}]"
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(path, expected="(second, units)")
        second, units = _second(pair[0], path), checked_quantity(pair[1], path, high=MAX_STOCK)
        if second > last:
            live[second] = live.get(second, 0) + units
    for second, units in live.items():
        _held(item, second, units)
    held = sum(live.values())
    if held > op.quantity:
        raise InvalidQuantity("from_reservation", min=0, max=op.quantity)
    return tuple(live.items()), held


def _deallocate(item: StockItem, op: ops.Deallocate, at: datetime, reference: str) -> Events:
    units = _allocated(item, op.quantity)
    return (mv.StockDeallocated(at, item.sku, item.location, units, reference),)


def _ship(item: StockItem, op: ops.Ship, at: datetime, reference: str) -> Events:
    units = _allocated(item, op.quantity)
    if units > item.on_hand:
        _insufficient(item, units, item.on_hand)
    return (mv.StockShipped(at, item.sku, item.location, units, reference),)


def _short_pick(item: StockItem, op: ops.ShortPick, at: datetime, reference: str) -> Events:
    checked_text(op.cause, "cause", high=200)
    units = _allocated(item, op.quantity)
    freed = mv.StockDeallocated(at, item.sku, item.location, units, reference)
    missing = units if units < item.on_hand else item.on_hand
    if not missing:
        return (freed,)
    return (freed, mv.StockAdjusted(at, item.sku, item.location, -missing, op.cause, reference))


def _take(item: StockItem, op: ops.Take, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    taken = mv.StockTaken(at, item.sku, item.location, units, reference)
    found = units - item.on_hand
    if found <= 0:
        return (taken,)
    # The goods were there, whatever the books say: they are found before they are taken.
    return (mv.StockAdjusted(at, item.sku, item.location, found, TILL_DIFFERENCE, reference), taken)


def _take_back(item: StockItem, op: ops.TakeBack, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    if type(op.condition) is not str or op.condition not in CONDITIONS:
        raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))
    _bounded(item.on_hand + item.damaged + item.quarantined + units)
    return (mv.StockReturned(at, item.sku, item.location, units, op.condition, reference),)


def _regrade(item: StockItem, op: ops.Regrade, at: datetime, reference: str) -> Events:
    units = _units(op.quantity)
    if type(op.condition) is not str or op.condition not in CONDITIONS:
        raise InvalidType("condition", expected="one of " + ", ".join(CONDITIONS))
    if type(op.to) is not str or (op.to and op.to not in CONDITIONS) or op.to == op.condition:
        raise InvalidType("to", expected="another of " + ", ".join(CONDITIONS) + ", or empty")
    held = item.in_condition(op.condition)
    if units > held:
        _insufficient(item, units, held)
    return (mv.StockRegraded(at, item.sku, item.location, units, op.condition, op.to, reference),)


# -- what may be asked -----------------------------------------------------------------------


def _units(value: object) -> int:
    if type(value) is int and 0 < value <= MAX_STOCK:
        return value
    raise InvalidQuantity("quantity", min=1, max=MAX_STOCK)


def _second(value: object, path: str) -> int:
    if type(value) is not int or value < 0:
        raise InvalidTimestamp(path, reason="not a whole second since 1970")
    return value


def _coming(value: object, path: str, at: datetime) -> int:
    second = _second(value, path)
    if from_epoch_second(second) <= at:
        raise InvalidTimestamp(path, reason="not after the present moment")
    return second


def _held(item: StockItem, second: int, units: int) -> None:
    held = scheduled(item.schedule, second)
    if units > held:
        _not_reserved(item, units, held)


def _not_reserved(item: StockItem, requested: int, available: int) -> NoReturn:
    raise NotReserved(
        "quantity", sku=item.sku, location=item.location, requested=requested, available=available
    )


def _allocated(item: StockItem, quantity: object) -> int:
    units = _units(quantity)
    if units > item.allocated:
        raise NotAllocated(
            "quantity", sku=item.sku, location=item.location, requested=units, available=item.allocated
        )
    return units


def _insufficient(item: StockItem, requested: int, available: int) -> NoReturn:
    raise InsufficientStock(
        "quantity",
        sku=item.sku,
        location=item.location,
        requested=requested,
        available=available if available > 0 else 0,
    )


def _bounded(units: int) -> None:
    if units > MAX_STOCK:
        raise LimitExceeded("quantity", what="units of a SKU at a location", limit=MAX_STOCK, got=units)


# With each operation, whether it can leave more claims without stock than there were.
DECIDE: Mapping[type, tuple[Callable[[StockItem, Any, datetime, str], Events], bool]] = {
    ops.Receive: (_receive, False),
    ops.Adjust: (_adjust, True),
    ops.Count: (_count, True),
    ops.SetSafety: (_set_safety, False),
    ops.SetBackorders: (_set_backorders, True),
    ops.Reserve: (_reserve, False),
    ops.Extend: (_extend, False),
    ops.Unreserve: (_unreserve, False),
    ops.Allocate: (_allocate, False),
    ops.Deallocate: (_deallocate, False),
    ops.Ship: (_ship, False),
    ops.ShortPick: (_short_pick, True),
    ops.Take: (_take, True),
    ops.TakeBack: (_take_back, False),
    ops.Regrade: (_regrade, True),
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
    for operation in operations:
        decide, may_shorten = DECIDE.get(type(operation), _NO_OPERATION)
        before = state
        for event in decide(state, operation, at, reference):
            state = EVOLVE[type(event)](state, event)
            made.append(event)
        if may_shorten:
            worse = state.short(at) - before.short(at)
            if worse > 0:
                made.append(mv.ShortfallDeclared(at, state.sku, state.location, worse, reference))
                state = EVOLVE[mv.ShortfallDeclared](state, made[-1])
    return tuple(made), state


def _opened(sku: object, location: object, at: datetime) -> StockItem:
    return unknown(checked_sku(sku), checked_id(location, "location"), at)


def decide_stock(
    item: StockItem | None, operation: Any, at: datetime, *, sku: str, location: str, reference: str = ""
) -> Events:
    """One operation: its movements, or its refusal."""
    return decide_operations(item, (operation,), at, sku=sku, location=location, reference=reference)[0]


__all__ = [
    "DECIDE",
    "InsufficientStock",
    "NotAllocated",
    "NotReserved",
    "decide_operations",
    "decide_stock",
]
