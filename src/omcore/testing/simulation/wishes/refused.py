"""Commands that must be refused: about what there is not, too much of what there is, or twice.

Decides for each which errors it may come to, by their codes; whatever it comes to, nothing has changed. Must
not know how a refusal is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import RouteOrder
from omcore.kernel import MAX_QUANTITY, Command, Money
from omcore.testing.simulation.wishes.desk import Desk, any_place
from omcore.testing.simulation.wishes.drafting import draft_of

HostileMaker = Callable[[Desk, "om.Order | None"], "Command | None"]

NOBODY = "nobody"  # an id that nothing has
_FAR_TOO_MANY = MAX_QUANTITY // 10  # of a kit too, whose components count


# -- about nothing ---------------------------------------------------------------------------


def no_order(desk: Desk, _: om.Order | None) -> Command | None:
    """An order that there is not."""
    make: Any = desk.chooser.pick((om.CancelUnits, om.MeetDeadlines, om.ErasePersonalData, RouteOrder))
    made: Command = make(NOBODY, **desk.common())
    return made


def no_work(desk: Desk, order: om.Order | None) -> Command | None:
    """Work, a parcel, a return, a request or an edit that the order has not."""
    if order is None:
        return None
    make: Any = desk.chooser.pick(
        (
            om.ShipUnits,
            om.RejectFulfillment,
            om.RecordDelivery,
            om.CancelReturn,
            om.DeclineEdit,
            om.CollectUnits,
        )
    )
    made: Command = make(order.id, NOBODY, **desk.common())
    return made


def no_line(desk: Desk, order: om.Order | None) -> Command | None:
    """A line that the order has not."""
    if order is None:
        return None
    return om.CancelUnits(order.id, ((NOBODY, 1),), **desk.common())


def no_request(desk: Desk, order: om.Order | None) -> Command | None:
    """The outcome of something that nobody asked for."""
    if order is None:
        return None
    return om.RecordPaymentOutcome(order.id, NOBODY, "approved", **desk.common())


def no_cart(desk: Desk, _: om.Order | None) -> Command | None:
    """A reservation that there is not."""
    make: Any = desk.chooser.pick((inv.ReleaseReservation, inv.ExpireReservation, inv.ShipAllocation))
    made: Command = make(NOBODY, **desk.common())
    return made


def no_place(desk: Desk, _: om.Order | None) -> Command | None:
    """Goods at a location that the network has not."""
    return inv.ReceiveStock(desk.shop.skus[0], NOBODY, 1, **desk.common())


# -- too much --------------------------------------------------------------------------------


def too_many_units(desk: Desk, order: om.Order | None) -> Command | None:
    """More units than a line has."""
    if order is None or desk.over(order):
        return None
    line = desk.chooser.pick(order.terms.lines)
    wanted = ((line.id, line.quantity + desk.chooser.between(1, 3)),)
    if desk.chooser.chance(300):
        return om.AuthorizeReturn(order.id, desk.name("r"), wanted, **desk.common())
    if desk.chooser.chance(300):
        return om.OpenClaim(order.id, desk.name("k"), "missing", wanted, **desk.common())
    return om.CancelUnits(order.id, wanted, **desk.common())


def too_much_stock(desk: Desk, _: om.Order | None) -> Command | None:
    """More than lies anywhere."""
    place, sku = any_place(desk), desk.chooser.pick(desk.shop.skus)
    if desk.chooser.chance(500):
        return inv.AdjustStock(sku, place, -10 * _FAR_TOO_MANY, "shrinkage", **desk.common())
    item = inv.ReservedItem(sku, place, _FAR_TOO_MANY)
    return inv.ReserveStock(desk.name("cart"), "eve", (item,), desk.later(60, 600), **desk.common())


def too_much_money(desk: Desk, order: om.Order | None) -> Command | None:
    """More off than is owed."""
    if order is None:
        return None
    amount = Money(max(order.payments.owed, 0) + 1_000_000, order.terms.currency)
    return om.GrantAllowance(order.id, desk.name("a"), amount, **desk.common())


# -- twice, or otherwise ---------------------------------------------------------------------


def another_order(desk: Desk, order: om.Order | None) -> Command | None:
    """Another order under a name that is taken."""
    if order is None:
        return None
    return om.PlaceOrder(draft_of(desk, desk.name("other")), order.id, **desk.common())


def other_money(desk: Desk, order: om.Order | None) -> Command | None:
    """Money of another currency than the order's."""
    if order is None:
        return None
    currency = "EUR" if order.terms.currency != "EUR" else "USD"
    return om.RecordPayment(order.id, "bank", Money(100, currency), **desk.common())


def a_cart_again(desk: Desk, _: om.Order | None) -> Command | None:
    """A token that was used before, for ever."""
    if not desk.tokens:
        return None
    token = desk.chooser.pick(desk.tokens)
    if token not in desk.seen.reservations:
        return None
    item = inv.ReservedItem(desk.shop.skus[0], desk.places[0], 1)
    return inv.ReserveStock(token, "eve", (item,), desk.later(60, 600), **desk.common())


def after_the_end(desk: Desk, order: om.Order | None) -> Command | None:
    """Something more of an order that is over (C7)."""
    if order is None or not desk.over(order):
        return None
    make: Any = desk.chooser.pick((om.CancelUnits, RouteOrder))
    made: Command = make(order.id, **desk.common())
    return made


def of_a_known_key(desk: Desk, command: Command) -> Command:
    """Another payload under the key of a command that was given before (C4)."""
    return inv.SetSafetyStock(desk.shop.skus[0], desk.places[0], 7_777, key=command.key, at=desk.at)


_UNKNOWN = frozenset({"unknown_id"})

HOSTILE: tuple[tuple[HostileMaker, frozenset[str]], ...] = (
    (no_order, _UNKNOWN),
    (no_work, _UNKNOWN),
    (no_line, _UNKNOWN),
    (no_request, _UNKNOWN),
    (no_cart, _UNKNOWN),
    (no_place, _UNKNOWN),
    (too_many_units, frozenset({"units_not_available", "not_returnable"})),
    (too_much_stock, frozenset({"insufficient_stock"})),
    (too_much_money, frozenset({"allowance_too_large"})),
    (another_order, frozenset({"order_exists"})),
    (other_money, frozenset({"currency_mismatch"})),
    (a_cart_again, frozenset({"reservation_exists"})),
    (after_the_end, frozenset({"order_is_over"})),
)
"""Every maker with the codes of what it is refused with, whatever the shop stands like."""

ABOUT_NOTHING: tuple[HostileMaker, ...] = (no_order, no_cart, no_place, too_much_stock)
"""Those that need nothing to be there."""

__all__ = ["ABOUT_NOTHING", "HOSTILE", "NOBODY", "HostileMaker", "of_a_known_key"]
