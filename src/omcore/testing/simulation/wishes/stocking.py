"""What is wanted of stock: goods that come, are counted, graded, moved between shelves, made into kits.

Decides commands that a stock item allows as it is. Must not know orders; carts are ``carts``' own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from omcore import inventory as inv
from omcore.kernel import Command
from omcore.testing.simulation.wishes.desk import Desk, few

StockMaker = Callable[[Desk, str, str, "inv.StockItem | None"], "Command | None"]
StockTable = tuple[tuple[int, StockMaker], ...]

_MANY = 20  # supplies that are expected at once, and lots: more say nothing new


def _many(desk: Desk, sku: str) -> int:
    """As many as come at once: of goods by weight, so many kilograms."""
    return desk.chooser.between(1, 9) * desk.shop.catalog.measure(sku).per


def receive(desk: Desk, place: str, sku: str, item: inv.StockItem | None) -> Command | None:
    """Goods come in: at once, or such as were expected; some with a lot, a date, serial numbers."""
    chooser, quantity = desk.chooser, _many(desk, sku)
    expected = item.outlook.expected if item is not None else ()
    if expected and chooser.chance(500):
        supply = chooser.pick(expected)
        done = chooser.chance(300)
        units = few(chooser, supply.quantity)
        return inv.ReceiveStock(sku, place, units, supply.reference, done, **desk.common())
    if chooser.chance(150) and (item is None or len(item.lots.holdings) < _MANY):
        lot, expires = desk.name("lot"), None
        if chooser.chance(500):
            expires = desk.at + timedelta(days=chooser.between(1, 30))
        serials: tuple[str, ...] = ()
        if quantity < 10 and chooser.chance(300):
            serials = tuple([f"{lot}-{number}" for number in range(1, quantity + 1)])
        return inv.ReceiveStock(
            sku, place, quantity, lot=lot, expires_at=expires, serials=serials, **desk.common()
        )
    return inv.ReceiveStock(sku, place, quantity, **desk.common())


def expect(desk: Desk, place: str, sku: str, item: inv.StockItem | None) -> Command | None:
    """A purchase order: new, later, or called off."""
    chooser = desk.chooser
    expected = () if item is None else item.outlook.expected
    ours = [supply for supply in expected if not supply.origin]
    if ours and chooser.chance(400):
        supply = chooser.pick(ours)
        quantity = chooser.pick((supply.quantity, supply.quantity + 1, 0))
        return inv.ExpectSupply(
            sku, place, supply.reference, quantity, desk.later(60, 900_000), **desk.common()
        )
    if len(expected) >= _MANY:
        return None
    return inv.ExpectSupply(
        sku, place, desk.name("po"), _many(desk, sku), desk.later(60, 900_000), **desk.common()
    )


def count(desk: Desk, place: str, sku: str, item: inv.StockItem | None) -> Command | None:
    """Somebody counts: mostly what the books say, or close to it."""
    chooser = desk.chooser
    condition = chooser.pick(("sellable", "sellable", "damaged", "quarantined"))
    books = 0 if item is None else item.in_condition(condition)
    counted = max(0, books + chooser.pick((0, -1, 1, 0)))
    return inv.CountStock(sku, place, counted, "count", condition, source="floor", **desk.common())


def adjust(desk: Desk, place: str, sku: str, item: inv.StockItem | None) -> Command | None:
    """The books are changed."""
    chooser = desk.chooser
    condition = chooser.pick(("sellable", "sellable", "damaged"))
    have = 0 if item is None else item.in_condition(condition)
    if have and chooser.chance(600):
        return inv.AdjustStock(
            sku, place, -few(chooser, min(have, 3)), "shrinkage", condition, **desk.common()
        )
    return inv.AdjustStock(sku, place, chooser.between(1, 3), "found", condition, **desk.common())


def regrade(desk: Desk, place: str, sku: str, item: inv.StockItem | None) -> Command | None:
    """Units are in another condition than the books say."""
    if item is None:
        return None
    known = [each for each in ("quarantined", "damaged", "sellable") if item.in_condition(each)]
    if not known:
        return None
    condition = desk.chooser.pick(known)
    others = [each for each in ("sellable", "damaged", "quarantined", "") if each != condition]
    units = few(desk.chooser, item.in_condition(condition))
    to = desk.chooser.pick(others)
    return inv.RegradeStock(sku, place, units, condition, to, "looked_at", **desk.common())


def identify(desk: Desk, place: str, sku: str, item: inv.StockItem | None) -> Command | None:
    """Units that nobody knew the lot of have one."""
    if item is None or len(item.lots.holdings) >= _MANY:
        return None
    unknown = item.on_hand - item.lots.tracked("sellable")
    if unknown <= 0:
        return None
    units = few(desk.chooser, unknown)
    return inv.IdentifyStock(sku, place, units, lot=desk.name("lot"), **desk.common())


def lot_policy(desk: Desk, place: str, sku: str, _: inv.StockItem | None) -> Command | None:
    """Which lots leave first."""
    return inv.SetLotPolicy(sku, place, desk.chooser.pick(tuple(inv.POLICIES)), **desk.common())


def safety(desk: Desk, place: str, sku: str, _: inv.StockItem | None) -> Command | None:
    """What is never promised."""
    return inv.SetSafetyStock(sku, place, desk.chooser.below(3), **desk.common())


def backorders(desk: Desk, place: str, sku: str, _: inv.StockItem | None) -> Command | None:
    """What may be promised beyond what is there."""
    return inv.SetBackorderLimit(sku, place, desk.chooser.below(3), **desk.common())


def reorder(desk: Desk, place: str, sku: str, _: inv.StockItem | None) -> Command | None:
    """From how few on it is low."""
    point = desk.chooser.pick((3, 1, None))
    return inv.SetReorderPoint(sku, place, point, **desk.common())


def transfer(desk: Desk, place: str, sku: str, item: inv.StockItem | None) -> Command | None:
    """Free goods go to another shelf."""
    free = min(desk.free(place, sku), 0 if item is None else max(0, item.atp(desk.at)))
    others = [other for other in desk.places if other != place]
    if not free or not others:
        return None
    to = desk.chooser.pick(others)
    there = desk.item(to, sku)
    if there is not None and len(there.outlook.expected) >= _MANY:
        return None
    units, arrives, name = few(desk.chooser, free), desk.later(60, 90_000), desk.name("tr")
    desk.transfers.append((name, sku, to))
    return inv.TransferStock(name, sku, place, to, units, arrives, **desk.common())


def call_back(desk: Desk, _: str, __: str, ___: inv.StockItem | None) -> Command | None:
    """They come back before they have arrived."""
    if not desk.transfers:
        return None
    index = desk.chooser.below(len(desk.transfers))
    name, sku, to = desk.transfers[index]
    item = desk.item(to, sku)
    supply = None if item is None else item.outlook.expected_under(name)
    if supply is None or not supply.quantity:
        desk.transfers[index] = desk.transfers[-1]
        desk.transfers.pop()
        return None
    units = few(desk.chooser, supply.quantity)
    return inv.CallBackTransfer(name, sku, supply.origin, to, units, **desk.common())


def assemble(desk: Desk, place: str, _: str, __: inv.StockItem | None) -> Command | None:
    """Kits are made ahead, of what is free."""
    built = desk.shop.catalog.built_ahead
    if not built:
        return None
    kit = desk.chooser.pick(tuple(built))
    most = min([_spare(desk, place, part) // each for part, each in built[kit]])
    return inv.AssembleKits(kit, place, few(desk.chooser, most), **desk.common()) if most > 0 else None


def take_apart(desk: Desk, place: str, _: str, __: inv.StockItem | None) -> Command | None:
    """Finished kits are loose again."""
    built = desk.shop.catalog.built_ahead
    if not built:
        return None
    kit = desk.chooser.pick(tuple(built))
    most = _spare(desk, place, kit)
    return inv.TakeKitsApart(kit, place, few(desk.chooser, most), **desk.common()) if most > 0 else None


def _spare(desk: Desk, place: str, sku: str) -> int:
    """What is there and free; what may be backordered is not there."""
    item = desk.item(place, sku)
    return 0 if item is None else max(0, min(item.promisable(desk.at), item.atp(desk.at)))


STOCK: StockTable = (
    (12, receive),
    (3, expect),
    (3, count),
    (2, adjust),
    (2, regrade),
    (2, transfer),
    (4, call_back),
    (2, assemble),
    (2, take_apart),
    (1, identify),
    (1, lot_policy),
    (1, safety),
    (1, backorders),
    (1, reorder),
)

__all__ = ["STOCK", "StockMaker", "StockTable", "receive"]
