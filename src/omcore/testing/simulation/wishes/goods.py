"""What is wanted of goods on their way out: routing, work of locations, parcels, pickup.

Decides commands that the order and the stock allow as they are. Must not know money or returns.
"""

from __future__ import annotations

from datetime import timedelta

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import ApplyReoptimization, DisplaceClaims, RouteOrder
from omcore.kernel import Command
from omcore.kernel.runs import count
from omcore.lifecycle import FULFILLMENT_ORDER, SHIPMENT
from omcore.orders import units as un
from omcore.orders.policies import NOT_BEGUN
from omcore.orders.state import FulfillmentOrder, Shipment
from omcore.testing.simulation.wishes.desk import (
    ROUTING,
    SHIPPING,
    Desk,
    Table,
    Wanted,
    any_place,
    elsewhere,
    few,
    held,
    held_in,
    in_state,
    some_of,
    some_units,
)

_COMPLETE = {"complete": True}
_ON_ITS_WAY = ("in_transit", "out_for_delivery", "attempted")
_RECENT = 6  # orders that something may be done with at once
_NEWS = ("go_out", "attempt", "lose", "send_back")


# -- from open to allocated ------------------------------------------------------------------


def routable(desk: Desk, order: om.Order) -> bool:
    """Whether open units may be asked of a location."""
    return order.standing.validated and not desk.over(order) and not held(order, ROUTING)


def route(desk: Desk, order: om.Order) -> Command | None:
    """By the strategy."""
    return RouteOrder(order.id, **desk.common()) if routable(desk, order) else None


def displace(desk: Desk, order: om.Order) -> Command | None:
    """Out of what lesser orders have, too."""
    claim = desk.seen.reservations.get(order.terms.reservation)
    if claim is not None and claim.outcome_at(desk.at) == inv.LIVE:
        return None  # what it holds itself comes first
    return DisplaceClaims(order.id, **desk.common()) if routable(desk, order) else None


def allocate(desk: Desk, order: om.Order) -> Command | None:
    """By hand: units of one line, where there is stock; or it is said what becomes of them."""
    if not routable(desk, order) or order.terms.ship_complete:
        return None
    wanted = some_units(desk, order, un.OPEN)
    if not wanted:
        return None
    store = order.terms.pickup_at
    places = [place for place in desk.places if place not in order.progress.excluded]
    if store is not None:
        places = [store] if store in places else []
    line = order.terms.line(wanted[0][0])
    for place in places:
        there = min(desk.free_of_line(place, line), wanted[0][1])
        if there > 0:
            assigned = ((line.id, place, few(desk.chooser, there)),)
            return om.AllocateUnits(order.id, assigned, **desk.common())
    unplaced = desk.chooser.pick(("backorder", "backorder", "hold", "cancel"))
    return om.AllocateUnits(order.id, (), (), unplaced, **desk.common())


def backorder(desk: Desk, order: om.Order) -> Command | None:
    """Open units wait for supply that is expected, or for whatever comes."""
    if desk.over(order):
        return None
    wanted = some_units(desk, order, un.OPEN)
    if not wanted:
        return None
    line = order.terms.line(wanted[0][0])
    have = in_state(order, order.terms.index[line.id], (un.OPEN,))
    waiting = sum(
        [count(runs) for entry in order.backorders for name, runs in entry.items if name == line.id]
    )
    free = have - waiting
    if free <= 0:
        return None
    place = order.terms.pickup_at or any_place(desk)
    item = desk.item(place, line.components[0][0])
    if len(line.components) == 1 and item is not None and place not in order.progress.excluded:
        each = line.components[0][1]
        for supply in item.outlook.expected:
            by = supply.second
            coming = item.promisable_by(by, desk.at) // each
            if coming > 0 and by > desk.at.timestamp():
                units = few(desk.chooser, min(free, coming))
                moment = desk.at.replace(microsecond=0) + timedelta(seconds=by - int(desk.at.timestamp()))
                return om.BackorderUnits(order.id, ((line.id, units, place, moment),), **desk.common())
    return om.BackorderUnits(order.id, ((line.id, few(desk.chooser, free), "", None),), **desk.common())


# -- work ------------------------------------------------------------------------------------


def _work(desk: Desk, order: om.Order, event: str) -> FulfillmentOrder | None:
    """Some work that has units left, and to which this may happen."""
    known = [
        work
        for work in order.progress.work.values()
        if work.items and FULFILLMENT_ORDER.step(work.status, event, _COMPLETE) is not None
    ]
    return desk.chooser.pick(known) if known else None


def _own_work(desk: Desk, order: om.Order, event: str) -> FulfillmentOrder | None:
    """The same, of goods that lie where they are to leave from."""
    work = _work(desk, order, event)
    return None if work is None or work.arrived else work


def _may_leave(desk: Desk, order: om.Order, work: FulfillmentOrder) -> bool:
    if held(order, SHIPPING) or (order.terms.ship_complete and order.progress.tally.open):
        return False
    return not (desk.shop.policies.request_blocks_shipping and order.standing.cancel_requested)


def _waits_for_its_customer(order: om.Order, work: FulfillmentOrder) -> bool:
    return work.arrived or work.location == order.terms.pickup_at


def ship(desk: Desk, order: om.Order) -> Command | None:
    """A parcel leaves; of what is collected in a store, none does but to that store."""
    work = _own_work(desk, order, "ship")
    if work is None or not _may_leave(desk, order, work):
        return None
    if _waits_for_its_customer(order, work):
        return ready(desk, order)
    if not desk.there(order, work.location, work.items):
        return om.ReportShortPick(order.id, work.id, _all_of(work), **desk.common())
    tracking = ("ups", desk.name("1Z")) if desk.chooser.chance(300) else ("", "")
    return om.ShipUnits(order.id, work.id, some_of(desk, work.items), tracking, **desk.common())


def _all_of(work: FulfillmentOrder) -> tuple[tuple[str, int], ...]:
    return tuple([(line_id, count(runs)) for line_id, runs in work.items])


def advance(desk: Desk, order: om.Order) -> Command | None:
    """A location goes on with its work."""
    event = desk.chooser.pick(("accept", "pick", "pack"))
    work = _work(desk, order, event)
    return None if work is None else om.AdvanceFulfillment(order.id, work.id, event, **desk.common())


def ready(desk: Desk, order: om.Order) -> Command | None:
    """Goods wait for their customer."""
    work = _work(desk, order, "ready")
    if work is None or not _waits_for_its_customer(order, work):
        return None
    return om.AdvanceFulfillment(order.id, work.id, "ready", **desk.common())


def collect(desk: Desk, order: om.Order) -> Command | None:
    """The customer comes for his goods."""
    work = _work(desk, order, "collect")
    if work is None or work.expired or not _waits_for_its_customer(order, work):
        return None
    if (work.collect_by is not None and work.collect_by <= desk.at) or held(order, SHIPPING):
        return None
    if desk.shop.policies.request_blocks_shipping and order.standing.cancel_requested:
        return None
    if not work.arrived and not desk.there(order, work.location, work.items):
        return om.ReportShortPick(order.id, work.id, _all_of(work), **desk.common())
    return om.CollectUnits(order.id, work.id, some_of(desk, work.items), **desk.common())


def extend_pickup(desk: Desk, order: om.Order) -> Command | None:
    """He comes later."""
    known = [work for work in order.progress.work.values() if work.items and work.collect_by is not None]
    if not known:
        return None
    work = desk.chooser.pick(known)
    if work.collect_by is None or work.collect_by <= desk.at:
        return None
    until = work.collect_by + timedelta(hours=desk.chooser.between(1, 100))
    return om.ExtendPickup(order.id, work.id, until, **desk.common())


def decline_pickup(desk: Desk, order: om.Order) -> Command | None:
    """He does not want them."""
    known = [
        work for work in order.progress.work.values() if work.items and _waits_for_its_customer(order, work)
    ]
    if not known:
        return None
    work = desk.chooser.pick(known)
    condition = desk.chooser.pick(("sellable", "damaged", "")) if work.arrived else "sellable"
    return om.DeclinePickup(order.id, work.id, some_of(desk, work.items), condition, **desk.common())


def move(desk: Desk, order: om.Order) -> Command | None:
    """Another location does it, where it has the goods."""
    work = _own_work(desk, order, "cancel")
    if work is None or held(order, ROUTING) or order.terms.pickup_at is not None:
        return None
    to = elsewhere(desk, order, work.location)
    items = some_of(desk, work.items)
    if to is None:
        return None
    if not _has(desk, order, to, items or _all_of(work)):
        return None
    return om.MoveFulfillment(order.id, work.id, to, items, **desk.common())


def _has(desk: Desk, order: om.Order, location: str, items: Wanted) -> bool:
    """Whether units may be asked of a location now."""
    needed: dict[str, int] = {}
    for line_id, units in items:
        for sku, each in order.terms.line(line_id).components:
            needed[sku] = needed.get(sku, 0) + each * units
    return all(desk.free(location, sku) >= units for sku, units in needed.items())


def rearrange(desk: Desk, order: om.Order) -> Command | None:
    """What nobody has begun goes to one location, as far as that has the goods; what lies there joins in."""
    moves = _rearranged(desk, order)
    return om.RearrangeWork(order.id, moves, **desk.common()) if moves else None


def rearrange_several(desk: Desk, order: om.Order) -> Command | None:
    """The same of two orders at once, all or nothing."""
    moves = _rearranged(desk, order)
    if not moves:
        return None
    changes = [(order.id, moves)]
    other = desk.seen.orders[desk.chooser.pick(desk.seen.order_ids[-_RECENT:])]
    if other.id != order.id and not desk.over(other) and (more := _rearranged(desk, other)):
        changes.append((other.id, more))
    return ApplyReoptimization(tuple(changes), **desk.common())


def _rearranged(desk: Desk, order: om.Order) -> tuple[tuple[str, str, Wanted], ...]:
    works = [
        work
        for work in order.progress.work.values()
        if work.items and work.status in NOT_BEGUN and not work.arrived
    ]
    if not works or order.standing.holds or order.terms.pickup_at is not None:
        return ()
    to = desk.chooser.pick(desk.places)
    if to in order.progress.excluded:
        return ()
    moves: list[tuple[str, str, Wanted]] = []
    comes = False  # what one work brings is not free for the next
    for work in works:
        items = some_of(desk, work.items) or _all_of(work)
        if work.location == to or (not comes and _has(desk, order, to, items)):
            comes = comes or work.location != to
            moves.append((work.id, to, items))
    return tuple(moves)


def call_back(desk: Desk, order: om.Order) -> Command | None:
    """Work is called off before it ships."""
    work = _own_work(desk, order, "cancel")
    if work is None:
        return None
    return om.CancelFulfillment(order.id, work.id, "", some_of(desk, work.items), **desk.common())


def reject(desk: Desk, order: om.Order) -> Command | None:
    """A location will not do it."""
    work = _own_work(desk, order, "reject")
    return None if work is None else om.RejectFulfillment(order.id, work.id, "closed", **desk.common())


def short_pick(desk: Desk, order: om.Order) -> Command | None:
    """Units are not found."""
    work = _own_work(desk, order, "cancel")
    if work is None:
        return None
    line_id, runs = desk.chooser.pick(work.items)
    units = few(desk.chooser, count(runs))
    components = order.terms.line(line_id).components
    missing: tuple[tuple[str, int], ...] = ()
    if len(components) > 1 and desk.chooser.chance(500):
        sku, each = desk.chooser.pick(components)
        missing = ((sku, desk.chooser.between(1, each * units)),)
    cause = desk.chooser.pick(("shrinkage", "damage"))
    return om.ReportShortPick(order.id, work.id, ((line_id, units),), cause, missing, **desk.common())


# -- parcels ---------------------------------------------------------------------------------


def _parcel(desk: Desk, order: om.Order, *statuses: str) -> Shipment | None:
    known = [each for each in order.progress.shipments.values() if each.status in statuses]
    return desk.chooser.pick(known) if known else None


def deliver(desk: Desk, order: om.Order) -> Command | None:
    """A parcel arrives."""
    parcel = _parcel(desk, order, *_ON_ITS_WAY)
    return None if parcel is None else om.RecordDelivery(order.id, parcel.id, **desk.common())


def news(desk: Desk, order: om.Order) -> Command | None:
    """The carrier tells something else."""
    parcel = _parcel(desk, order, *_ON_ITS_WAY)
    if parcel is None:
        return None
    event = desk.chooser.pick(_NEWS)
    if SHIPMENT.step(parcel.status, event, {}) is None:
        return None
    return om.AdvanceShipment(order.id, parcel.id, event, **desk.common())


def another_day(desk: Desk, order: om.Order) -> Command | None:
    """The carrier says by which day a parcel arrives."""
    parcel = _parcel(desk, order, *_ON_ITS_WAY)
    if parcel is None or not held_in(order, parcel.id):
        return None
    day = desk.later(0, 500_000).date()
    return om.ChangePromise(order.id, day, None, parcel.id, **desk.common())


def reopen(desk: Desk, order: om.Order) -> Command | None:
    """What was lost, or came back to its sender, is sent anew."""
    parcel = _parcel(desk, order, "lost", "returned_to_sender")
    if parcel is None or not held_in(order, parcel.id):
        return None
    where = any_place(desk) if parcel.status == "returned_to_sender" else ""
    condition = desk.chooser.pick(("sellable", "damaged", "quarantined"))
    return om.ReopenShipment(order.id, parcel.id, where, condition, **desk.common())


def channel_ships(desk: Desk, order: om.Order) -> Command | None:
    """The channel sends what it fulfills itself (S12)."""
    wanted = some_units(desk, order, un.CHANNEL)
    return om.RecordChannelShipment(order.id, wanted, **desk.common()) if wanted else None


OPEN: Table = ((12, route), (3, allocate), (2, backorder), (2, displace))
WORK: Table = (
    (14, ship),
    (6, collect),
    (5, ready),
    (4, advance),
    (3, channel_ships),
    (4, move),
    (2, rearrange),
    (1, rearrange_several),
    (1, call_back),
    (1, reject),
    (1, short_pick),
)
UNDER_WAY: Table = ((10, deliver), (3, collect), (3, ready), (3, news), (2, another_day))
WAITING: Table = ((6, extend_pickup), (3, ready), (2, decline_pickup))
LOST: Table = ((4, reopen),)

__all__ = ["LOST", "OPEN", "UNDER_WAY", "WAITING", "WORK", "collect", "deliver", "ready", "route", "ship"]
