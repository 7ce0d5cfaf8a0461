"""Goods: what lies where, by cause, and that none comes from nowhere or goes nowhere (S1, S2, S9, S12).

Decides what the balances of a stock item must be by its movements, that what moved at a shelf is what
orders and reservations of the same commit say, that goods on their way between locations are somewhere,
and that nothing is claimed beyond what is there. It adds up movements by a table of its own. Must not
know who claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omcore.inventory import movements as mv
from omcore.inventory.causes import TAKEN_APART
from omcore.inventory.stock import passed_second
from omcore.testing.simulation.facts import Facts, Key
from omcore.testing.simulation.promises import Broken

UNITS = "PR1"

_PLACES: Mapping[str, int] = {"sellable": 0, "damaged": 1, "quarantined": 2}
# Movements that claim, and do nothing else: after them no more is claimed than may be.
_CLAIMING = frozenset(
    {mv.StockReserved, mv.StockAllocated, mv.StockUnreserved, mv.StockDeallocated, mv.StockPromised}
)
# What a movement adds to its condition, and to all there is; and what it is called where somebody moved it.
_MEANING: Mapping[type, tuple[int, int, str]] = {
    mv.StockReceived: (1, 1, ""),
    mv.StockAdjusted: (1, 1, ""),
    mv.StockCounted: (1, 1, ""),
    mv.StockShipped: (-1, -1, "shipped"),
    mv.StockTaken: (-1, -1, "taken"),
    mv.StockReturned: (1, 1, "back {condition}"),
    mv.StockRegraded: (-1, -1, "out of {condition} {to}"),
    mv.StockSent: (-1, 0, ""),
    mv.TransferDiffered: (0, 1, ""),
}


class Goods:
    """By (location, SKU): on hand, damaged, quarantined; safety stock and backorder limit."""

    def __init__(self) -> None:
        self.here: dict[Key, list[int]] = {}
        self.limits: dict[Key, list[int]] = {}

    def take(self, writes: Sequence[tuple[Any, Any]], facts: Facts, built: Mapping[str, Any]) -> None:
        """The stock of one commit: (write, state before it); ``facts`` is what moved it."""
        moved: dict[tuple[str, str, str], int] = {}
        causes: dict[str, int] = {}
        apart: dict[Key, int] = {}
        transfers: dict[str, None] = {}
        for write, before in writes:
            key = (write.state.location, write.state.sku)
            if not write.stream.endswith(f"{key[0]}/{key[1]}"):
                raise Broken(UNITS, f"{write.stream} has the stock of {key[1]} at {key[0]}")
            for event in write.events:
                if (event.location, event.sku) != key:
                    raise Broken(UNITS, f"{write.stream} has a movement of {event.sku} at {event.location}")
                self._book(key, event, moved, causes, apart)
                if type(event) is mv.SupplyExpected and event.origin:
                    transfers[key[1]] = None
            self._agree(key, write.state)
            _never_oversold(key, before, write)
        _explained(moved, facts)
        _whole_kits(apart, built)
        _somewhere(writes, causes, transfers)

    def _book(
        self,
        key: Key,
        event: Any,
        moved: dict[tuple[str, str, str], int],
        causes: dict[str, int],
        apart: dict[Key, int],
    ) -> None:
        kind, sku = type(event), key[1]
        here = self.here.get(key)
        if here is None:
            here = self.here[key] = [0, 0, 0]
        meaning = _MEANING.get(kind)
        if meaning is None:
            if kind is mv.SafetyStockSet or kind is mv.BackorderLimitSet:
                limits = self.limits.setdefault(key, [0, 0])
                limits[kind is mv.BackorderLimitSet] = event.quantity
            return
        sign, cause, what = meaning
        units, condition, to = event.quantity, getattr(event, "condition", "sellable"), ""
        here[_PLACES[condition]] += sign * units
        if kind is mv.StockRegraded and event.to:
            to, cause = event.to, 0
            here[_PLACES[to]] += units
        if cause:
            name = "+" + sku if kind is mv.StockReceived else sku
            causes[name] = causes.get(name, 0) + cause * units
        if what:
            place = (what.format(condition=condition, to=to), key[0], sku)
            moved[place] = moved.get(place, 0) + units
        elif kind is mv.StockAdjusted and event.cause == TAKEN_APART:
            apart[key] = apart.get(key, 0) + units
        if min(here) < 0:
            raise Broken(UNITS, f"after {kind.__name__} there are {here} of {sku} at {key[0]}")

    def _agree(self, key: Key, item: Any) -> None:
        found = [item.on_hand, item.damaged, item.quarantined]
        here = self.here[key]
        if found != here:
            told = f"of {key[1]} at {key[0]} {found} are on hand, damaged and quarantined"
            raise Broken(UNITS, f"{told}, by its movements {here}")
        limits = self.limits.get(key, _NO_LIMITS)
        if item.safety_stock != limits[0] or item.backorder_limit != limits[1]:
            raise Broken(UNITS, f"the limits of {key[1]} at {key[0]} are not as they were set, {limits}")


_NO_LIMITS = [0, 0]


def _explained(moved: dict[tuple[str, str, str], int], facts: Facts) -> None:
    """What left a shelf or came back to it is what orders and reservations say."""
    goods = facts.goods
    for place, units in moved.items():
        said = goods.pop(place, 0)
        # Whoever has no order with it may take goods, and say what condition they are in.
        if said != units and (facts.orders or place[0] == "shipped"):
            raise Broken(UNITS, f"{units} of {place[2]} at {place[1]} are {place[0]}, and {said} should be")
    for place, units in goods.items():
        if units:
            raise Broken(UNITS, f"{units} of {place[2]} at {place[1]} should be {place[0]}, and are not")


def _whole_kits(apart: dict[Key, int], built: Mapping[str, Any]) -> None:
    """What was taken apart of kits is there as what they are made of (S11)."""
    if not apart:
        return
    for (location, sku), units in tuple(apart.items()):
        if units < 0 and sku in built:
            for part, each in built[sku]:
                apart[location, part] = apart.get((location, part), 0) + units * each
            del apart[location, sku]
    for (location, sku), units in apart.items():
        if units:
            raise Broken(UNITS, f"of kits that were taken apart at {location} {units} {sku} are too many")


def _somewhere(writes: Sequence[tuple[Any, Any]], causes: dict[str, int], transfers: dict[str, None]) -> None:
    """What came in is there, or on its way: nothing else makes more of it, or less."""
    more: dict[str, int] = {}
    for write, before in writes:
        sku = write.state.sku
        more[sku] = more.get(sku, 0) + _whole(write.state) - _whole(before)
    for sku, units in more.items():
        known = causes.get(sku, 0)
        # What arrives by a transfer was there before, on its way.
        if sku not in transfers:
            known += causes.get("+" + sku, 0)
        if units != known:
            raise Broken(UNITS, f"there are {units} more of {sku} in all, and by their causes {known}")


def _whole(item: Any) -> int:
    if item is None:
        return 0
    whole: int = item.on_hand + item.damaged + item.quarantined
    if item.detail is not None:
        for supply in item.detail.outlook.expected:
            if supply.origin:
                whole += supply.quantity
    return whole


def _never_oversold(key: Key, before: Any, write: Any) -> None:
    """Claims without stock behind them are told of, and none is made (S1)."""
    after = write.state
    at = write.events[-1].at
    if before is not None and after.seen_at < before.seen_at:
        raise Broken(UNITS, f"time went back for {key[1]} at {key[0]}")
    last = passed_second(at)
    claims, there = _claimed(after, last), _sellable(after, last) + after.backorder_limit
    if claims > there:
        was = (
            0 if before is None else _claimed(before, last) - _sellable(before, last) - before.backorder_limit
        )
        told = sum([event.quantity for event in write.events if type(event) is mv.ShortfallDeclared])
        if claims - there - max(was, 0) > told:
            lacking = f"{claims - there} of {key[1]} at {key[0]} are claimed and not there"
            raise Broken(UNITS, f"{lacking}, and of {told} it was told")
    free = _free(after, last)
    if free < 0 and all(type(event) in _CLAIMING for event in write.events):
        was_free = 0 if before is None else _free(before, last)
        if free < was_free:
            raise Broken(UNITS, f"{was_free - free} of {key[1]} at {key[0]} are sold that are not there (S1)")


def _claimed(item: Any, last: int) -> int:
    """Firm claims, and carts that have not run out by a second."""
    claims: int = item.allocated
    if item.held:
        claims += sum([units for second, units in item.schedule if second > last])
    return claims


def _sellable(item: Any, last: int) -> int:
    """On hand, without lots that have expired by a second."""
    there: int = item.on_hand
    if item.detail is not None and item.detail.lots.expiring:
        there -= sum([units for second, units in item.detail.lots.expiring if second <= last])
    return there


def _free(item: Any, last: int) -> int:
    """What may be claimed yet: not what safety keeps, nor what dated promises will need of it."""
    free: int = _sellable(item, last) + item.backorder_limit - _claimed(item, last) - item.safety_stock
    if item.detail is None or not item.detail.outlook.due:
        return free
    outlook = item.detail.outlook
    lacking = level = 0
    moments = sorted({second for second, _ in outlook.due} | {supply.second for supply in outlook.expected})
    for moment in moments:
        level += sum([supply.quantity for supply in outlook.expected if supply.second == moment])
        level -= sum([units for second, units in outlook.due if second == moment])
        lacking = min(lacking, level)
    return free + lacking


__all__ = ["Goods"]
