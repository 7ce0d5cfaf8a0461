"""Lots of a stock item: which come in, which leave, and what of them is too old.

Decides which lots and serial numbers a movement names, so that its fold needs no policy: those that
somebody named, and for the rest those that the item's policy puts first. Claims are counts and name no
lot; which lot an order gets is decided when its goods leave. What has expired is never shipped or sent, and
covers no claim from its second on, swept or not (S6). Must not know why goods move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.checks import (
    Decide,
    Events,
    InsufficientStock,
    checked_condition,
    checked_units,
    refuse_insufficient,
)
from omcore.inventory.lotbook import (
    MAX_LOTS,
    MAX_SERIALS,
    LotHolding,
    LotUnits,
    added,
    checked_lots,
    moved,
    removed,
)
from omcore.inventory.policies import POLICIES, first_expired_first_out
from omcore.inventory.stock import StockItem, detailed, passed_second, seen
from omcore.kernel import InvalidQuantity, InvalidType, Refusal, changed, checked_limit, from_epoch_second

Lots = tuple[LotUnits, ...]
# What most operations name. Known by identity: most goods have no lots, and pay one comparison for it.
NONE: Lots = ()

_Key = tuple[str, int | None]
_Piles = dict[_Key, LotHolding]


class SerialInStock(Refusal):
    """A unit with that serial number is here already. Fields: sku, location, serial."""

    code = "serial_in_stock"


class SerialNotInStock(Refusal):
    """No unit with that serial number is here, in that lot and condition. Fields: sku, location, serial."""

    code = "serial_not_in_stock"


class LotMismatch(Refusal):
    """The lot is here with another expiry. Fields: sku, location, lot, expires_at (None: it never does)."""

    code = "lot_mismatch"


class LotExpired(Refusal):
    """The lot has expired, or does at this very moment. Fields: sku, location, lot."""

    code = "lot_expired"


def named_lots(lots: object, quantity: object) -> Lots:
    """The lots that an operation over so many units names, checked for themselves."""
    if type(lots) is tuple and not lots:
        return ()
    return checked_lots(lots, checked_units(quantity))


# -- what comes in ---------------------------------------------------------------------------


def coming(item: StockItem, named: Lots) -> Lots:
    """What of lots comes in: a lot that is here already has its expiry, and a serial is here once."""
    if not named:
        return ()
    holdings = item.lots.holdings
    known = {held.lot: held.expires for held in holdings if held.lot}
    serials = {serial for held in holdings for serial in held.serials}
    come = []
    for i, each in enumerate(named):
        expires = each.expires
        if each.lot:
            if expires is None:
                expires = known.get(each.lot)
            elif known.get(each.lot, expires) != expires:
                _refuse_mismatch(item, each.lot, known[each.lot], f"lots[{i}].expires")
            known[each.lot] = expires
        for j, serial in enumerate(each.serials):
            if serial in serials:
                path = f"lots[{i}].serials[{j}]"
                raise SerialInStock(path, sku=item.sku, location=item.location, serial=serial)
        serials.update(each.serials)
        come.append(LotUnits(each.lot, expires, each.quantity, each.serials))
    checked_limit(len(serials), MAX_SERIALS, "lots", "serial numbers of a SKU at a location")
    kept = {(held.lot, held.expires) for held in holdings} | {(more.lot, more.expires) for more in come}
    checked_limit(len(kept), MAX_LOTS, "lots", "lots of a SKU at a location")
    return tuple(come)


def refuse_expired(item: StockItem, lots: Lots, at: datetime) -> None:
    """``LotExpired`` for goods that are bought: who takes in what nobody may be sold has misread a date."""
    last = passed_second(at) if lots else 0
    for i, each in enumerate(lots):
        if each.expires is not None and each.expires <= last:
            _refuse_lot_expired(item, each.lot, f"lots[{i}]")


def _refuse_lot_expired(item: StockItem, lot: str, path: str) -> None:
    raise LotExpired(path, sku=item.sku, location=item.location, lot=lot)


def _refuse_mismatch(item: StockItem, lot: str, expires: int | None, path: str) -> None:
    expires_at = None if expires is None else from_epoch_second(expires).isoformat()
    raise LotMismatch(path, sku=item.sku, location=item.location, lot=lot, expires_at=expires_at)


# -- what leaves -----------------------------------------------------------------------------


def leaving(
    item: StockItem,
    named: Lots,
    units: int,
    condition: str,
    at: datetime,
    *,
    fresh: bool = False,
    loose_first: bool = False,
) -> Lots:
    """Of which lots so many units of a condition leave, which are there.

    What has expired is the last to leave; ``fresh``: none of it is named, and without it there are enough.
    ``loose_first``: before all lots, units that are in none.
    """
    if item.detail is None and not named:
        return ()
    holdings = item.lots.holdings
    piles: _Piles = {(held.lot, held.expires): held for held in holdings if held.condition == condition}
    loose = item.in_condition(condition) - sum([held.quantity for held in piles.values()])
    last = passed_second(at)
    left = dict(piles)
    for i, each in enumerate(named):
        units -= each.quantity
        for key, taken in _found(item, left, each, f"lots[{i}]").items():
            expires = left[key].expires
            if fresh and expires is not None and expires <= last:
                _refuse_lot_expired(item, left[key].lot, f"lots[{i}]")
            left[key] = _without(left[key], len(taken) or each.quantity, taken)
    if loose_first:
        units -= min(units, loose)
        loose = 0
    order = POLICIES.get(item.lots.policy, first_expired_first_out)
    queue: list[tuple[bool, tuple[Any, ...], _Key | None]] = [
        (_has_expired(held, last), order(held), key) for key, held in left.items()
    ]
    queue.append((False, order(LotHolding("", None, condition, -1, loose)), None))
    queue.sort(key=lambda entry: entry[:2])
    for _, _, pile in queue:
        part = min(units, loose if pile is None else left[pile].quantity)
        units -= part
        if pile is not None and part:
            left[pile] = _without(left[pile], part, ())
    return _difference(piles, left)


def _has_expired(held: LotHolding, last: int) -> bool:
    return held.expires is not None and held.expires <= last


def _found(item: StockItem, piles: _Piles, named: LotUnits, path: str) -> dict[_Key, list[str]]:
    """In which piles what is named lies, and which serials in each."""
    fits = [
        key
        for key in piles
        if (key[0] == named.lot or (not named.lot and named.serials))
        and (named.expires is None or named.expires == key[1])
    ]
    if not named.serials:
        held = sum([piles[key].quantity for key in fits[:1]])
        if named.quantity > held:
            sku, location, wanted = item.sku, item.location, named.quantity
            raise InsufficientStock(path, sku=sku, location=location, requested=wanted, available=held)
        return {fits[0]: []}
    found: dict[_Key, list[str]] = {}
    for j, serial in enumerate(named.serials):
        where = next((key for key in fits if serial in piles[key].serials), None)
        if where is None:
            place = f"{path}.serials[{j}]"
            raise SerialNotInStock(place, sku=item.sku, location=item.location, serial=serial)
        found.setdefault(where, []).append(serial)
    return found


def _without(held: LotHolding, units: int, serials: list[str] | tuple[()]) -> LotHolding:
    """What is left of a pile; where no serials are named, units without one leave first, then the oldest."""
    if serials:
        kept = tuple([serial for serial in held.serials if serial not in serials])
    else:
        kept = held.serials[max(0, units - held.quantity + len(held.serials)) :]
    return changed(held, quantity=held.quantity - units, serials=kept)


def _difference(piles: _Piles, left: _Piles) -> Lots:
    gone = []
    for key, held in piles.items():
        rest = left[key]
        if held.quantity != rest.quantity:
            kept = frozenset(rest.serials)
            serials = tuple([serial for serial in held.serials if serial not in kept])
            gone.append(LotUnits(held.lot, held.expires, held.quantity - rest.quantity, serials))
    return tuple(gone)


def lapsed(item: StockItem, at: datetime) -> int:
    """Sellable units that have expired since the item's last movement: nobody has told of them yet."""
    if item.detail is None or not item.detail.lots.expiring:
        return 0
    return item.expired(at) - item.expired(item.seen_at)


# -- lots themselves -------------------------------------------------------------------------


def _set_policy(item: StockItem, op: ops.SetPolicy, at: datetime, reference: str) -> Events:
    if type(op.policy) is not str or op.policy not in POLICIES:
        raise InvalidType("policy", expected="one of " + ", ".join(POLICIES))
    if op.policy == item.lots.policy:
        return ()
    return (mv.LotPolicySet(at, item.sku, item.location, op.policy, reference),)


def _identify(item: StockItem, op: ops.Identify, at: datetime, reference: str) -> Events:
    """Units that nobody named are of a lot, it turns out: no balance changes."""
    units, condition = checked_units(op.quantity), checked_condition(op.condition)
    named = checked_lots(op.lots, units)
    if sum([each.quantity for each in named]) != units:
        raise InvalidQuantity("lots", min=units, max=units)
    loose = item.in_condition(condition) - item.lots.tracked(condition)
    if units > loose:
        refuse_insufficient(item, units, loose)
    lots = coming(item, named)
    return (mv.StockIdentified(at, item.sku, item.location, units, condition, reference, lots),)


# -- folding ---------------------------------------------------------------------------------


def with_lots(item: StockItem, condition: str, lots: Lots, at: datetime) -> StockItem:
    """The item with units of lots more in a condition; its balances have them already."""
    return detailed(item, lots=added(item.lots, condition, lots, passed_second(at)))


def without_lots(item: StockItem, condition: str, lots: Lots) -> StockItem:
    """The item without units of lots in a condition."""
    return detailed(item, lots=removed(item.lots, condition, lots))


def moved_lots(item: StockItem, condition: str, to: str, lots: Lots) -> StockItem:
    """The item with units of lots in another condition."""
    return detailed(item, lots=moved(item.lots, condition, to, lots))


def _policy(i: StockItem, event: mv.LotPolicySet) -> StockItem:
    return detailed(seen(i, event.at), lots=changed(i.lots, policy=event.policy))


def _identified(i: StockItem, event: mv.StockIdentified) -> StockItem:
    return with_lots(seen(i, event.at), event.condition, event.lots, event.at)


# With each operation, whether it can leave more claims without stock than there were.
DECIDE: Mapping[type, tuple[Decide, bool]] = {
    ops.SetPolicy: (_set_policy, False),
    ops.Identify: (_identify, True),
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.LotPolicySet: _policy,
    mv.StockIdentified: _identified,
}

__all__ = [
    "DECIDE",
    "EVOLVE",
    "NONE",
    "LotExpired",
    "LotMismatch",
    "Lots",
    "SerialInStock",
    "SerialNotInStock",
    "coming",
    "lapsed",
    "leaving",
    "moved_lots",
    "named_lots",
    "refuse_expired",
    "with_lots",
    "without_lots",
]
