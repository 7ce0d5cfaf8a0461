"""What is wanted of carts: claims that are made, extended, let go of, confirmed - and what their owners hold.

Decides commands that a reservation allows at the caller's time. Must not know orders.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from omcore import inventory as inv
from omcore.kernel import Command
from omcore.testing.simulation.wishes.desk import Desk, any_place, elsewhere_of, few

CartMaker = Callable[[Desk, inv.Reservation], "Command | None"]
CartTable = tuple[tuple[int, CartMaker], ...]

OWNERS = ("ada", "bob")


def reserve(desk: Desk, replaces: inv.Reservation | None = None) -> Command | None:
    """Something is put into a cart, in the place of what was in it, or anew."""
    place = any_place(desk)
    skus = desk.shop.skus
    start = desk.chooser.below(len(skus))
    items = []
    for step in range(len(skus)):
        sku = skus[(start + step) % len(skus)]
        free = desk.free(place, sku)
        if free > 0:
            items.append(inv.ReservedItem(sku, place, few(desk.chooser, min(free, 3))))
            if len(items) == 2 or not desk.chooser.chance(300):
                break
    if not items:
        return None
    owner = desk.chooser.pick(OWNERS) if replaces is None else replaces.owner
    token = desk.name("cart")
    desk.tokens.append(token)
    until = desk.at + timedelta(seconds=desk.chooser.between(600, 40_000), microseconds=desk.chooser.below(2))
    before = "" if replaces is None else replaces.token
    return inv.ReserveStock(token, owner, tuple(items), until, before, **desk.common())


def change_mind(desk: Desk, cart: inv.Reservation) -> Command | None:
    """Something else instead."""
    return reserve(desk, cart)


def extend(desk: Desk, cart: inv.Reservation) -> Command | None:
    """A payment is under way."""
    until = cart.expires_at + timedelta(seconds=desk.chooser.between(1, 3_000))
    return inv.ExtendReservation(cart.token, until, **desk.common())


def release(desk: Desk, cart: inv.Reservation) -> Command | None:
    """The cart is emptied."""
    return inv.ReleaseReservation(cart.token, **desk.common())


def confirm(desk: Desk, cart: inv.Reservation) -> Command | None:
    """Its owner takes it: all, or some of it."""
    items: tuple[inv.ReservedItem, ...] = ()
    if desk.chooser.chance(300):
        items = (desk.chooser.pick(cart.items),)
    return inv.ConfirmReservation(cart.token, items, **desk.common())


def expire(desk: Desk, cart: inv.Reservation) -> Command | None:
    """Somebody sweeps."""
    return inv.ExpireReservation(cart.token, **desk.common())


def confirm_late(desk: Desk, cart: inv.Reservation) -> Command | None:
    """A payment comes late, and what was in the cart is there yet."""
    needed: dict[tuple[str, str], int] = {}
    for item in cart.items:
        place = (item.location, item.sku)
        needed[place] = needed.get(place, 0) + item.quantity
    if any(desk.free(*place) < units for place, units in needed.items()):
        return None
    return inv.ConfirmReservation(cart.token, (), True, **desk.common())


def _some(desk: Desk, cart: inv.Reservation) -> tuple[inv.ReservedItem, ...]:
    item = desk.chooser.pick(cart.allocated)
    return (inv.ReservedItem(item.sku, item.location, few(desk.chooser, item.quantity)),)


def ship(desk: Desk, cart: inv.Reservation) -> Command | None:
    """What its owner holds leaves, as far as it is there."""
    for item in cart.allocated:
        found = desk.item(item.location, item.sku)
        if found is None or found.sellable(desk.at) < item.quantity:
            return None
    items = _some(desk, cart) if desk.chooser.chance(300) else ()
    return inv.ShipAllocation(cart.token, items, **desk.common())


def let_go(desk: Desk, cart: inv.Reservation) -> Command | None:
    """He does not want it after all."""
    items = _some(desk, cart) if desk.chooser.chance(300) else ()
    return inv.ReleaseAllocation(cart.token, items, **desk.common())


def short(desk: Desk, cart: inv.Reservation) -> Command | None:
    """It is not found."""
    return inv.ReportAllocationShort(cart.token, _some(desk, cart), "shrinkage", **desk.common())


def move(desk: Desk, cart: inv.Reservation) -> Command | None:
    """It is to ship from elsewhere, where it is free."""
    items = _some(desk, cart)
    to = elsewhere_of(desk, items[0].location)
    if to is None or desk.free(to, items[0].sku) < items[0].quantity:
        return None
    return inv.MoveAllocation(cart.token, items, to, **desk.common())


LIVE: CartTable = ((3, confirm), (2, release), (2, extend), (1, change_mind))
EXPIRED: CartTable = ((3, expire), (1, confirm_late))
HOLDING: CartTable = ((4, ship), (1, let_go), (1, short), (1, move))


def table_of(desk: Desk, cart: inv.Reservation) -> CartTable:
    """What may be wanted of a cart now; () where it is over."""
    if cart.outcome == inv.LIVE:
        return LIVE if desk.at < cart.expires_at else EXPIRED
    return HOLDING if cart.allocated and not cart.order_id else ()


__all__ = ["OWNERS", "CartMaker", "CartTable", "reserve", "table_of"]
