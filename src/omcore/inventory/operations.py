"""Operations on one stock item, and what each comes to.

Decides S1, S8, S9 and S12 for one SKU at one location: an operation is a plain value, deciding it
gives movements or a refusal. Must not know which order or reservation is behind it; the engine
commits several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory.stock import StockItem, evolve_stock, unknown
from omcore.kernel import MAX_STOCK, InvalidType, LimitExceeded, Refusal, record

TILL_DIFFERENCE = "till_difference"


class InsufficientStock(Refusal):
    """Less is available than was asked. Fields: sku, location, requested, available."""

    code = "insufficient_stock"


class NotAllocated(Refusal):
    """Fewer units are claimed than are to be moved. Fields: sku, location, requested, available."""

    code = "not_allocated"


@record
class Receive:
    """Goods come in."""

    quantity: int


@record
class Adjust:
    """The books change by a difference; refused below zero."""

    delta: int
    cause: str


@record
class Count:
    """Somebody counted: the difference to the books becomes an adjustment."""

    counted: int
    cause: str


@record
class SetSafety:
    """How many are never promised."""

    quantity: int


@record
class SetBackorders:
    """How many may be promised beyond what is on hand."""

    quantity: int


@record
class Reserve:
    """Claim until a whole second."""

    quantity: int
    second: int


@record
class Extend:
    """Claim again, in the same commit, what was just let go of: it is still the owner's (S5)."""

    quantity: int
    second: int


@record
class Unreserve:
    """Let go of a temporary claim that would expire at a second."""

    quantity: int
    second: int


@record
class Allocate:
    """Claim firmly; ``from_reservation`` are (second, units) of the owner's own live claim (S5)."""

    quantity: int
    from_reservation: tuple[tuple[int, int], ...] = ()


@record
class Deallocate:
    """Let go of a firm claim (S7)."""

    quantity: int


@record
class Ship:
    """Allocated units leave; whatever ATP says (S8), but not what is not there."""

    quantity: int


@record
class ShortPick:
    """Allocated units were not found: on hand is lowered, the claim let go of (S9)."""

    quantity: int
    cause: str


@record
class Take:
    """Units left the shelf already (S12): a fact is never refused."""

    quantity: int


@record
class TakeBack:
    """Units come back in a condition."""

    quantity: int
    condition: str


class _Context:
    """What every movement of one decision shares."""

    __slots__ = ("at", "item", "location", "reference", "sku")

    def __init__(self, item: StockItem, at: datetime, sku: str, location: str, reference: str) -> None:
        self.item = item
        self.at = at
        self.sku = sku
        self.location = location
        self.reference = reference


Events = tuple[Any, ...]


def _receive(c: _Context, op: Receive) -> Events:
    _bounded(c.item.on_hand + op.quantity)
    return (mv.StockReceived(c.at, c.sku, c.location, op.quantity, c.reference),)


def _adjust(c: _Context, op: Adjust) -> Events:
    if op.delta == 0:
        return ()
    if c.item.on_hand + op.delta < 0:
        _refuse(c, -op.delta, c.item.on_hand)
    _bounded(c.item.on_hand + op.delta)
    return (mv.StockAdjusted(c.at, c.sku, c.location, op.delta, op.cause, c.reference),)


def _count(c: _Context, op: Count) -> Events:
    return _adjust(c, Adjust(op.counted - c.item.on_hand, op.cause))


def _set_safety(c: _Context, op: SetSafety) -> Events:
    if op.quantity == c.item.safety_stock:
        return ()
    return (mv.SafetyStockSet(c.at, c.sku, c.location, op.quantity, c.reference),)


def _set_backorders(c: _Context, op: SetBackorders) -> Events:
    if op.quantity == c.item.backorder_limit:
        return ()
    return (mv.BackorderLimitSet(c.at, c.sku, c.location, op.quantity, c.reference),)


def _reserve(c: _Context, op: Reserve) -> Events:
    available = c.item.atp(c.at)
    if op.quantity > available:
        _refuse(c, op.quantity, max(0, available))
    return (mv.StockReserved(c.at, c.sku, c.location, op.quantity, op.second, c.reference),)


def _extend(c: _Context, op: Extend) -> Events:
    return (mv.StockReserved(c.at, c.sku, c.location, op.quantity, op.second, c.reference),)


def _unreserve(c: _Context, op: Unreserve) -> Events:
    return (mv.StockUnreserved(c.at, c.sku, c.location, op.quantity, op.second, c.reference),)


def _allocate(c: _Context, op: Allocate) -> Events:
    held = 0
    for _, units in op.from_reservation:
        held += units
    wanted = op.quantity - held
    if wanted > 0:
        available = c.item.atp(c.at)
        if wanted > available:
            _refuse(c, op.quantity, held + max(0, available))
    return (mv.StockAllocated(c.at, c.sku, c.location, op.quantity, op.from_reservation, c.reference),)


def _deallocate(c: _Context, op: Deallocate) -> Events:
    _claimed(c, op.quantity)
    return (mv.StockDeallocated(c.at, c.sku, c.location, op.quantity, c.reference),)


def _ship(c: _Context, op: Ship) -> Events:
    _claimed(c, op.quantity)
    if op.quantity > c.item.on_hand:
        _refuse(c, op.quantity, c.item.on_hand)
    return (mv.StockShipped(c.at, c.sku, c.location, op.quantity, c.reference),)


def _short_pick(c: _Context, op: ShortPick) -> Events:
    _claimed(c, op.quantity)
    freed = mv.StockDeallocated(c.at, c.sku, c.location, op.quantity, c.reference)
    missing = min(op.quantity, c.item.on_hand)
    if not missing:
        return (freed,)
    return (freed, mv.StockAdjusted(c.at, c.sku, c.location, -missing, op.cause, c.reference))


def _take(c: _Context, op: Take) -> Events:
    taken = mv.StockTaken(c.at, c.sku, c.location, op.quantity, c.reference)
    unknown_units = op.quantity - c.item.on_hand
    if unknown_units <= 0:
        return (taken,)
    # The goods were there, whatever the books say: they are found before they are taken.
    found = mv.StockAdjusted(c.at, c.sku, c.location, unknown_units, TILL_DIFFERENCE, c.reference)
    return (found, taken)


def _take_back(c: _Context, op: TakeBack) -> Events:
    _bounded(c.item.on_hand + c.item.damaged + c.item.quarantined + op.quantity)
    return (mv.StockReturned(c.at, c.sku, c.location, op.quantity, op.condition, c.reference),)


def _claimed(c: _Context, quantity: int) -> None:
    if quantity > c.item.allocated:
        raise NotAllocated(
            "quantity", sku=c.sku, location=c.location, requested=quantity, available=c.item.allocated
        )


def _refuse(c: _Context, requested: int, available: int) -> None:
    raise InsufficientStock(
        "quantity", sku=c.sku, location=c.location, requested=requested, available=available
    )


def _bounded(units: int) -> None:
    if units > MAX_STOCK:
        raise LimitExceeded("quantity", what="units of a SKU at a location", limit=MAX_STOCK, got=units)


DECIDE: Mapping[type, Callable[[_Context, Any], Events]] = {
    Receive: _receive,
    Adjust: _adjust,
    Count: _count,
    SetSafety: _set_safety,
    SetBackorders: _set_backorders,
    Reserve: _reserve,
    Extend: _extend,
    Unreserve: _unreserve,
    Allocate: _allocate,
    Deallocate: _deallocate,
    Ship: _ship,
    ShortPick: _short_pick,
    Take: _take,
    TakeBack: _take_back,
}

# Only these can leave more claims without stock than there were.
_MAY_SHORTEN = frozenset({Adjust, Count, ShortPick, Take, SetBackorders})


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

    Returns every movement, and the item after the last. Raises the first refusal; the item that
    came in is as it was.
    """
    state = unknown(sku, location, at) if item is None else item
    context = _Context(state, at, sku, location, reference)
    made: list[Any] = []
    for operation in operations:
        decide = DECIDE.get(type(operation))
        if decide is None:
            raise InvalidType("operation", expected="a stock operation")
        before = state
        for event in decide(context, operation):
            state = evolve_stock(state, event)
            made.append(event)
        if type(operation) in _MAY_SHORTEN:
            worse = state.short(at) - before.short(at)
            if worse > 0:
                made.append(mv.ShortfallDeclared(at, sku, location, worse, reference))
                state = evolve_stock(state, made[-1])
        context.item = state
    return tuple(made), state


def decide_stock(
    item: StockItem | None, operation: Any, at: datetime, *, sku: str, location: str, reference: str = ""
) -> Events:
    """One operation: its movements, or its refusal."""
    return decide_operations(item, (operation,), at, sku=sku, location=location, reference=reference)[0]


__all__ = [
    "DECIDE",
    "Adjust",
    "Allocate",
    "Count",
    "Deallocate",
    "Extend",
    "InsufficientStock",
    "NotAllocated",
    "Receive",
    "Reserve",
    "SetBackorders",
    "SetSafety",
    "Ship",
    "ShortPick",
    "Take",
    "TakeBack",
    "Unreserve",
    "decide_operations",
    "decide_stock",
]
