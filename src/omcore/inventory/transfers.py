"""Transfers: goods on their way from one location to another.

Decides what may leave for another location, that from that moment on it is dated supply where it is to
arrive, and that what does not come whole is told: by nothing else do on hand and under way, over both
locations, become more or less. Must not know who brings the goods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

from omcore.inventory import movements as mv
from omcore.inventory import operations as ops
from omcore.inventory.checks import (
    Decide,
    Events,
    checked_second,
    checked_units,
    refuse_above_limit,
    refuse_insufficient,
)
from omcore.inventory.lots import coming, leaving, named_lots, without_lots
from omcore.inventory.outlook import ExpectedSupply
from omcore.inventory.stock import SELLABLE, StockItem, rebalanced, seen
from omcore.kernel import Refusal, checked_id, checked_limit

# How many supplies one stock item expects at a time, and for how many different dates it has promises.
MAX_EXPECTED = 1_000


class SupplyExists(Refusal):
    """Something is expected under that reference already. Fields: sku, location, supply."""

    code = "supply_exists"


class NotInTransit(Refusal):
    """Fewer units are on their way from there. Fields: sku, location, supply, requested, available."""

    code = "not_in_transit"


def _send(item: StockItem, op: ops.Send, at: datetime, reference: str) -> Events:
    """Only what nobody has claimed and safety does not keep: an adjustment is a fact, this is a choice."""
    units = checked_units(op.quantity)
    to = checked_id(op.to, "to")
    named = named_lots(op.lots, units)
    free = item.atp(at)
    if units > free:
        refuse_insufficient(item, units, free)
    lots = leaving(item, named, units, SELLABLE, at, fresh=True)
    return (mv.StockSent(at, item.sku, item.location, units, to, reference, lots),)


def _await(item: StockItem, op: ops.Await, at: datetime, reference: str) -> Events:
    units, second = checked_units(op.quantity), checked_second(op.second, "second")
    transfer, origin = checked_id(op.transfer, "transfer"), checked_id(op.origin, "origin")
    if item.outlook.expected_under(transfer) is not None:
        raise SupplyExists("transfer", sku=item.sku, location=item.location, supply=transfer)
    checked_limit(len(item.outlook.expected) + 1, MAX_EXPECTED, "transfer", "expected supplies")
    return (mv.SupplyExpected(at, item.sku, item.location, units, second, transfer, origin),)


def _call_back(item: StockItem, op: ops.CallBack, at: datetime, reference: str) -> Events:
    """What is on its way turns round: it is not expected any more, and nothing of it is lost."""
    units = checked_units(op.quantity)
    transfer, origin = checked_id(op.transfer, "transfer"), checked_id(op.origin, "origin")
    known = item.outlook.expected_under(transfer)
    if known is None or known.origin != origin or units > known.quantity:
        under_way = 0 if known is None or known.origin != origin else known.quantity
        refuse_not_in_transit(item, transfer, units, under_way)
    rest = known.quantity - units
    return (mv.SupplyExpected(at, item.sku, item.location, rest, known.second, transfer, origin),)


def _come_back(item: StockItem, op: ops.ComeBack, at: datetime, reference: str) -> Events:
    """A receipt that was not expected here, whatever else is under that reference."""
    units = checked_units(op.quantity)
    named = named_lots(op.lots, units)
    refuse_above_limit(item.on_hand + units)
    lots = coming(item, named)
    return (mv.StockReceived(at, item.sku, item.location, units, reference, None, lots),)


def refuse_not_in_transit(item: StockItem, transfer: str, requested: int, available: int) -> NoReturn:
    """``NotInTransit``."""
    raise NotInTransit(
        "quantity",
        sku=item.sku,
        location=item.location,
        supply=transfer,
        requested=requested,
        available=available,
    )


def differed(item: StockItem, known: ExpectedSupply, units: int, at: datetime) -> Events:
    """What is told of a transfer where so many units more arrived, or will, than are on their way."""
    if not known.origin or not units:
        return ()
    return (mv.TransferDiffered(at, item.sku, item.location, units, known.origin, known.reference),)


# -- folding ---------------------------------------------------------------------------------


def _sent(i: StockItem, event: mv.StockSent) -> StockItem:
    item = rebalanced(i, event.at, i.on_hand - event.quantity, i.damaged, i.quarantined, i.allocated)
    return without_lots(item, SELLABLE, event.lots) if event.lots else item


def _told(i: StockItem, event: mv.TransferDiffered) -> StockItem:
    return seen(i, event.at)


DECIDE: Mapping[type, tuple[Decide, bool]] = {
    ops.Send: (_send, False),
    ops.Await: (_await, False),
    ops.ComeBack: (_come_back, False),
    ops.CallBack: (_call_back, True),
}

EVOLVE: Mapping[type, Callable[[StockItem, Any], StockItem]] = {
    mv.StockSent: _sent,
    mv.TransferDiffered: _told,
}

__all__ = [
    "DECIDE",
    "EVOLVE",
    "MAX_EXPECTED",
    "NotInTransit",
    "SupplyExists",
    "differed",
    "refuse_not_in_transit",
]
