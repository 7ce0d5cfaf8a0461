"""What is wanted once goods are with the customer: returns, exchanges, claims.

Decides commands that the rules of returns allow as the order is. Must not know how money goes back.
"""

from __future__ import annotations

from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.kernel import Command
from omcore.kernel.runs import count, difference
from omcore.orders import units as un
from omcore.orders.amendments.swapping import spoken_for_by_line
from omcore.orders.draft import CHANNEL
from omcore.orders.returns.state import Return
from omcore.orders.state import OrderLine
from omcore.testing.simulation.wishes.desk import (
    Desk,
    Table,
    Wanted,
    any_place,
    few,
    in_state,
    money,
    named,
    some_of,
)
from omcore.testing.simulation.wishes.drafting import line_of

_MANY = 50  # returns of one order: nobody sends back more often
_WHY = ("", "damaged", "changed_mind")


def _free_to_return(desk: Desk, order: om.Order) -> tuple[OrderLine, tuple[tuple[int, int], ...]] | None:
    """A line with units that nothing is agreed about, which may come back."""
    if desk.over(order) or len(order.progress.returns) > _MANY:
        return None
    taken = spoken_for_by_line(order) if order.amendments.claims or order.amendments.exchanges else {}
    window, found = desk.shop.policies.return_window, []
    for line, units in zip(order.terms.lines, order.progress.units, strict=True):
        if not line.returnable:
            continue
        runs = []
        for first, last, state, ref in units:
            if state != un.DELIVERED:
                continue
            parcel = order.progress.shipments.get(ref)
            since = order.terms.placed_at if parcel is None else parcel.delivered_at
            if window is None or since is None or desk.at - since <= window:
                runs.append((first, last))
        free = difference(tuple(runs), taken.get(line.id, ()))
        if free:
            found.append((line, free))
    return desk.chooser.pick(found) if found else None


def _units(desk: Desk, runs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The first of them, or a part of these."""
    first, last = runs[0]
    return ((first, first + few(desk.chooser, last - first + 1) - 1),)


def authorize(desk: Desk, order: om.Order) -> Command | None:
    """The customer would like to send units back, or some of what a kit is made of."""
    found = _free_to_return(desk, order)
    if found is None:
        return None
    line, free = found
    runs = _units(desk, free)
    method = desk.chooser.pick(("mail", "mail", "in_store", "keep"))
    why = desk.chooser.pick(_WHY)
    items: Any = ((line.id, runs),)
    more: dict[str, Any] = named(
        reasons=((line.id, why),) if why else (),
        refund_to=desk.chooser.pick(("", "tender", "store_credit")),
    )
    if method == "mail" and desk.chooser.chance(400):
        more |= {"label": ("ups", desk.name("1Z")), "label_cost": money(order, desk.chooser.pick((0, 700)))}
    if _whole(order, line) and desk.chooser.chance(300):
        sku, each = desk.chooser.pick(line.components)
        items, more["parts"] = (), ((line.id, runs, ((sku, desk.chooser.between(1, each)),)),)
    return om.AuthorizeReturn(order.id, desk.name("r"), items, method=method, **more, **desk.common())


def _whole(order: om.Order, line: OrderLine) -> bool:
    """Whether it is a kit of which nothing came back in parts."""
    return sum([each for _, each in line.components]) > 1 and not order.progress.parts


def return_in_store(desk: Desk, order: om.Order) -> Command | None:
    """The customer stands at the counter with them."""
    found = _free_to_return(desk, order)
    if found is None:
        return None
    line, free = found
    return om.ReturnInStore(
        order.id,
        desk.name("r"),
        any_place(desk),
        ((line.id, _units(desk, free)),),
        desk.chooser.pick(("sellable", "damaged")),
        waive_fee=desk.chooser.chance(200),
        **desk.common(),
    )


def _coming(desk: Desk, order: om.Order) -> Return | None:
    known = [each for each in order.progress.returns.values() if each.items]
    return desk.chooser.pick(known) if known else None


def receive(desk: Desk, order: om.Order) -> Command | None:
    """A parcel comes back: as it should, damaged, with something else in it, or never."""
    found = _coming(desk, order)
    if found is None:
        return None
    chooser, items = desk.chooser, some_of(desk, found.items)
    more: dict[str, Any] = {}
    if chooser.chance(250):
        line_id, runs = chooser.pick(found.items)
        outcome = chooser.pick(("damaged", "lost", "wrong_item", "refused"))
        items, more["outcomes"] = (), ((outcome, ((line_id, few(chooser, count(runs))),)),)
    elif chooser.chance(250):
        more["disposition"] = chooser.pick(("restock", "quarantine", "refurbish", "scrap"))
        if more["disposition"] == "restock" and chooser.chance(500):
            more["restock_at"] = any_place(desk)
    else:
        more["condition"] = chooser.pick(("sellable", "damaged", "quarantined"))
    if chooser.chance(100):
        more["waive_fee"] = True
    return om.ReceiveReturn(order.id, found.id, any_place(desk), items, **more, **desk.common())


def inspect(desk: Desk, order: om.Order) -> Command | None:
    """What came back is looked at."""
    known = [each for each in order.progress.returns.values() if each.inspecting]
    if not known:
        return None
    found = desk.chooser.pick(known)
    if lacking := lacking_goods(desk, order, found):
        return lacking
    accepted = any(goods.refunded for goods in found.inspecting) or not desk.chooser.chance(250)
    disposition = desk.chooser.pick(("restock", "quarantine", "refurbish", "scrap"))
    return om.InspectReturn(order.id, found.id, (), accepted, "b", disposition, **desk.common())


def lacking_goods(desk: Desk, order: om.Order, found: Return) -> Command | None:
    """Goods that wait for their inspection were counted away meanwhile, and turn up again."""
    for goods in found.inspecting:
        needed: dict[str, int] = {}
        parts = {line_id for line_id, *_ in goods.parts}
        for line_id, runs in goods.items:
            line = order.terms.line(line_id)
            if line.fulfilled_by == CHANNEL:
                continue
            for sku, each in line.components if line_id not in parts else ():
                needed[sku] = needed.get(sku, 0) + each * count(runs)
        for _, first, last, components in goods.parts:
            for sku, each in components:
                needed[sku] = needed.get(sku, 0) + each * (last - first + 1)
        for sku, units in needed.items():
            item = desk.item(goods.location, sku)
            lacking = units - (0 if item is None else item.quarantined)
            if lacking > 0:
                return inv.AdjustStock(sku, goods.location, lacking, "found", "quarantined", **desk.common())
    return None


def keep(desk: Desk, order: om.Order) -> Command | None:
    """The customer keeps them, and his money."""
    found = _coming(desk, order)
    if found is None:
        return None
    return om.KeepReturn(order.id, found.id, some_of(desk, found.items), **desk.common())


def cancel(desk: Desk, order: om.Order) -> Command | None:
    """Nothing comes back after all."""
    found = _coming(desk, order)
    return None if found is None else om.CancelReturn(order.id, found.id, **desk.common())


# -- exchanges -------------------------------------------------------------------------------


def exchange(desk: Desk, order: om.Order) -> Command | None:
    """Something else for what the customer has."""
    if order.progress.parts or len(order.amendments.exchanges) > 10:
        return None
    found = _free_to_return(desk, order)
    if found is None:
        return None
    line, free = found
    goods = line_of(desk, desk.name("x"), order.terms.currency)
    return om.AuthorizeExchange(
        order.id,
        desk.name("e"),
        desk.name("r"),
        ((line.id, _units(desk, free)),),
        (goods,),
        desk.chooser.chance(500),
        **desk.common(),
    )


def cancel_exchange(desk: Desk, order: om.Order) -> Command | None:
    """It is called off, as long as nothing was sent for it."""
    known = [each for each in order.amendments.exchanges.values() if each.status in ("waiting", "expecting")]
    if not known:
        return None
    found = desk.chooser.pick(known)
    return om.CancelExchange(order.id, found.id, desk.chooser.chance(300), **desk.common())


# -- claims ----------------------------------------------------------------------------------


def claim(desk: Desk, order: om.Order) -> Command | None:
    """Something is wrong with units that left."""
    if desk.over(order) or len(order.amendments.claims) > _MANY:
        return None
    taken = spoken_for_by_line(order) if order.amendments.claims or order.amendments.exchanges else {}
    found = []
    for index, line in enumerate(order.terms.lines):
        if in_state(order, index, (un.SHIPPED, un.DELIVERED)):
            runs = un.in_state(order.progress.units[index], un.SHIPPED, un.DELIVERED)
            if free := difference(runs, taken.get(line.id, ())):
                found.append((line.id, free))
    if not found:
        return None
    line_id, free = desk.chooser.pick(found)
    kind = desk.chooser.pick(("damaged", "missing", "late", "wrong_item"))
    return om.OpenClaim(order.id, desk.name("k"), kind, ((line_id, _units(desk, free)),), **desk.common())


def resolve(desk: Desk, order: om.Order) -> Command | None:
    """It is settled."""
    claims = order.amendments.claims
    if not claims:
        return None
    found = desk.chooser.pick(tuple(claims.values()))
    how = desk.chooser.pick(("refund", "replace", "allowance", "reject"))
    if how == "replace" and order.progress.parts:
        how = "refund"
    owed = order.payments.owed
    if how == "allowance":
        if owed <= 0:
            return None
        amount = money(order, desk.chooser.between(1, min(owed, 200)))
        return om.ResolveClaim(order.id, found.id, how, (), amount, **desk.common())
    cause = "not ours" if how == "reject" else ""
    items: Wanted = some_of(desk, found.items)
    return om.ResolveClaim(order.id, found.id, how, items, None, cause, **desk.common())


WITH_CUSTOMER: Table = ((6, authorize), (2, return_in_store), (2, exchange))
LEFT: Table = ((2, claim),)
COMING: Table = ((10, receive), (2, inspect), (1, keep), (1, cancel))
INSPECTING: Table = ((6, inspect),)
EXCHANGING: Table = ((2, cancel_exchange),)
CLAIMED: Table = ((5, resolve),)

__all__ = ["CLAIMED", "COMING", "EXCHANGING", "INSPECTING", "LEFT", "WITH_CUSTOMER", "lacking_goods"]
