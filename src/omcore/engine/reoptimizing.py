"""Reoptimizing: what nobody has begun is planned once more, by the same strategy, and compared with what is.

Decides which units of an order may move (none that was begun, reserved where it lies, waits for a customer,
or is collected at a store: R3, S8), what they cost as they are and in the better plan, and which moves lead
from one to the other. An order is never worse off: no plan costs more, fills less or leaves later. Must not
know how a strategy chooses, or how moves are carried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.ahead import Known, seen_ahead
from omcore.engine.claim_holders import REOPTIMIZED
from omcore.engine.delivery import with_delivery
from omcore.engine.requests import Load
from omcore.engine.routes import demand_of
from omcore.engine.setup import Setup
from omcore.engine.stock_effects import stock_effects
from omcore.engine.streams import Steps
from omcore.engine.waiting_book import Place
from omcore.kernel import Location, NoWorkingDay, OmcoreError, Runs, UnknownId
from omcore.kernel.runs import count, difference, take_highest, take_lowest, union
from omcore.orders.policies import NOT_BEGUN
from omcore.orders.promises import promised_so_far
from omcore.orders.selection import components, subtract
from omcore.orders.state import ROUTING, FulfillmentOrder, Items, Order
from omcore.ports import Loaded
from omcore.routing import Demand, RoutingPlan
from omcore.routing import reoptimization as ro
from omcore.routing.demand import promisable_above
from omcore.shipping.leaving import ShipBy, ship_by

# So often all orders are gone through: what one frees another may use.
MAX_ROUNDS = 3
# So many orders are loaded at once.
PAGE = 200


@attrs.frozen
class Room:
    """What orders are looked at with: the stock as the moves that were found so far leave it."""

    setup: Setup
    known: Known
    now: datetime
    may_leave_later: bool = False
    days: dict[str, date | None] = attrs.field(factory=dict)

    def day(self, location: Location) -> date | None:
        """The day on which what is asked for now leaves a location; None where it is never open."""
        if location.id not in self.days:
            leaves = _leaves(location, self.now)
            self.days[location.id] = None if leaves is None else leaves.on
        return self.days[location.id]


def room(setup: Setup, now: datetime, *, may_leave_later: bool = False) -> Room:
    """A room in which nothing has moved yet."""
    known = Known([])
    return Room(seen_ahead(setup, known), known, now, may_leave_later)


def reoptimized(order_ids: Sequence[str], room: Room) -> Steps:
    """``Reoptimization`` of orders, the first in line first. ``UnknownId`` for no order."""
    found: dict[str, Order] = {}
    reserved: dict[str, frozenset[Place]] = {}
    for start in range(0, len(order_ids), PAGE):
        yield from _load(order_ids[start : start + PAGE], found, reserved)
    policies = room.setup.policies
    line = sorted(found.values(), key=lambda order: om.rank_of(order, policies))
    better: list[ro.BetterPlan] = []
    kept: dict[str, str] = {}
    for _ in range(MAX_ROUNDS):
        moved = len(better)
        for order in line:
            if kept.get(order.id, ro.BEST) in (ro.BEST, ro.NOWHERE_ELSE):
                answer = look(order, reserved.get(order.id, frozenset()), room)
                if isinstance(answer, str):
                    kept[order.id] = answer
                else:
                    better.append(answer)
                    kept[order.id] = ""
        if len(better) == moved:
            break
    stays = tuple([(order.id, kept[order.id]) for order in line if kept[order.id]])
    return ro.Reoptimization(room.now, tuple(better), stays)


def _load(order_ids: Iterable[str], found: dict[str, Order], reserved: dict[str, frozenset[Place]]) -> Steps:
    names = {f"order/{order_id}": order_id for order_id in order_ids}
    loaded = yield Load(tuple(sorted(names)))
    tokens: dict[str, str] = {}
    for stream, order_id in names.items():
        order = loaded[stream].state
        if type(order) is not Order:
            raise UnknownId("order_ids", kind="order", id=order_id)
        found[order_id] = order
        if order.terms.reservation:
            tokens[order_id] = inv.reservation_stream(order.terms.reservation)
    if tokens:
        claims = yield Load(tuple(sorted(set(tokens.values()))))
        for order_id, stream in tokens.items():
            reserved[order_id] = reserved_places(claims[stream].state, order_id)


def reserved_places(reservation: Any, order_id: str) -> frozenset[Place]:
    """Where an order took over what it had reserved: that ships from there (S8)."""
    if type(reservation) is not inv.Reservation or reservation.order_id != order_id:
        return frozenset()
    return frozenset([(item.location, item.sku) for item in reservation.items])


# -- one order -------------------------------------------------------------------------------


def look(order: Order, reserved: frozenset[Place], room: Room) -> ro.BetterPlan | str:
    """The better plan of an order, which the room takes note of; or why it stays as it is."""
    order = om.as_of(order, room.setup.context, max(room.now, order.seen_at))
    if order.standing.status in room.setup.context.chart.finals:
        return ro.OVER
    if order.terms.pickup_at is not None:
        return ro.PICKUP
    if any(ROUTING in hold.blocks for hold in order.standing.holds):
        return ro.ON_HOLD
    stays: list[tuple[str, str]] = []
    works: list[FulfillmentOrder] = []
    for work in order.progress.work.values():
        if work.items:
            why = _why_it_stays(order, work)
            if why:
                stays.append((work.id, why))
            else:
                works.append(work)
    priced = {work.id: _as_it_is(order, work, room) for work in works}
    stuck: dict[str, Items] = {}
    for work in tuple(works):
        if items := _stuck(work, priced[work.id]):
            stuck[work.id] = items
        elif _is_reserved(order, work, reserved):
            works.remove(work)
            stays.append((work.id, ro.RESERVED))
    if not works:
        return ro.NOTHING_MAY_MOVE
    plans = [_cheaper(order, works, priced, stuck, room)]
    if stuck:
        # Where that would put off what may stay, only what may not does move.
        plans.append(_elsewhere(order, works, stuck, room))
    for found in plans:
        if found is not None and _carried(order, found, _together(order, stuck.values()), room):
            return attrs.evolve(found, stays=tuple(sorted(stays)))
    return ro.NOWHERE_ELSE if stuck else ro.BEST


def may_not_ship(order: Order, room: Room) -> tuple[FulfillmentOrder, ...]:
    """Work that its location has not begun and may not ship any more to where the order goes."""
    if order.terms.pickup_at is not None:
        return ()
    works = [work for work in order.progress.work.values() if work.items and not _why_it_stays(order, work)]
    return tuple([work for work in works if _as_it_is(order, work, room).remainder])


def _why_it_stays(order: Order, work: FulfillmentOrder) -> str:
    if work.arrived:
        return ro.ARRIVED
    if work.status not in NOT_BEGUN:
        return ro.BEGUN
    return ro.EXCLUDED if work.location in order.progress.excluded else ""


def _is_reserved(order: Order, work: FulfillmentOrder, reserved: frozenset[Place]) -> bool:
    return bool(reserved) and any((work.location, sku) in reserved for sku in components(order, work.items))


def _as_it_is(order: Order, work: FulfillmentOrder, room: Room) -> RoutingPlan:
    """What work costs where it lies, by a plan without other locations; what that leaves may not ship."""
    demand = demand_of(order, room.setup, room.now, only=work.items)
    own = _given_back(order, [work])
    view = _GivenBack(room.setup.view, own, only=work.location)
    return room.setup.routed(demand, view, own)


def _stuck(work: FulfillmentOrder, plan: RoutingPlan) -> Items:
    """The units of work that its location may not ship, or has not, by the plan of it where it lies."""
    left: dict[str, int] = {}
    for rest in plan.remainder:
        left[rest.line_id] = left.get(rest.line_id, 0) + rest.quantity
    return tuple(
        [(line_id, take_highest(runs, left[line_id])) for line_id, runs in work.items if line_id in left]
    )


def _cheaper(
    order: Order,
    works: Sequence[FulfillmentOrder],
    priced: Mapping[str, RoutingPlan],
    stuck: Mapping[str, Items],
    room: Room,
) -> ro.BetterPlan | None:
    """All that may move, planned anew together; None where that is no better, or puts off what may stay."""
    plan, hidden = _anew(order, works, room, forced=bool(stuck))
    known = [priced[work.id] for work in works]
    if plan.remainder or any((each.measure, each.scale) != (plan.measure, plan.scale) for each in known):
        return None
    before = sum([each.cost for each in known])
    if not stuck and plan.cost >= before:
        return None
    found = _better(order, works, plan, before, hidden, forced=bool(stuck))
    if found is not None and stuck and not room.may_leave_later:
        able = [work for work in works if subtract(work.items, stuck.get(work.id, ()))]
        late = _later([work for work in able if work.location in room.setup.network], room)
        if any(
            shift.location in late and subtract(shift.items, stuck.get(shift.work, ()))
            for shift in found.shifts
        ):
            return None
    return found


def _elsewhere(
    order: Order, works: Sequence[FulfillmentOrder], stuck: Mapping[str, Items], room: Room
) -> ro.BetterPlan | None:
    """As many units as can go of what its location may not ship; the rest of it stays where it lies."""
    forced = [attrs.evolve(work, items=stuck[work.id]) for work in works if work.id in stuck]
    plan, hidden = _anew(order, forced, room, forced=True)
    return _better(order, forced, plan, 0, hidden, forced=True) if plan.assignments else None


def _anew(
    order: Order, works: Sequence[FulfillmentOrder], room: Room, *, forced: bool
) -> tuple[RoutingPlan, frozenset[str]]:
    """The plan for all of some works' units, and where nothing is asked for any more that leaves as early."""
    hidden: frozenset[str] = frozenset()
    if not forced and not room.may_leave_later:
        hidden = _later(works, room)
    demand: Demand = demand_of(order, room.setup, room.now, only=_items(order, works))
    own = _given_back(order, works)
    return room.setup.routed(demand, _GivenBack(room.setup.view, own, hidden), own), hidden


def _later(works: Sequence[FulfillmentOrder], room: Room) -> frozenset[str]:
    """The locations that would send it on a later day than it leaves on as it is."""
    network = room.setup.network
    days: list[date] = []
    for work in works:
        location = network[work.location]
        due = _leaves(location, work.requested_at)
        day = room.day(location) if due is None or due.by <= room.now else due.on
        if day is not None:
            days.append(day)
    first = min(days, default=date.max)
    return frozenset([place.id for place in network if (room.day(place) or date.max) > first])


def _leaves(location: Location, at: datetime) -> ShipBy | None:
    """When what is asked for at a moment leaves; None where the location is never open."""
    try:
        return ship_by(location, at)
    except NoWorkingDay:
        return None


def _items(order: Order, works: Sequence[FulfillmentOrder]) -> Items:
    return _together(order, [work.items for work in works])


def _together(order: Order, parts: Iterable[Items]) -> Items:
    lines: dict[str, Runs] = {}
    for items in parts:
        for line_id, runs in items:
            lines[line_id] = union(lines.get(line_id, ()), runs)
    index = order.terms.index
    return tuple(sorted(lines.items(), key=lambda item: index[item[0]]))


def _given_back(order: Order, works: Sequence[FulfillmentOrder]) -> dict[Place, int]:
    own: dict[Place, int] = {}
    for work in works:
        for sku, units in components(order, work.items).items():
            own[work.location, sku] = own.get((work.location, sku), 0) + units
    return own


@attrs.frozen
class _GivenBack:
    """What is free, and what an order's own work gives back where it lies, as far as it is there (S8).

    At ``hidden`` locations only that; with ``only``, at that location alone.
    """

    view: Any
    own: Mapping[Place, int]
    hidden: frozenset[str] = frozenset()
    only: str = ""

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What the order may have there."""
        return self.promisable_above(0, sku, location, now)

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        """As ``promisable``, where so many of what is free stay: nothing holds back what is its own."""
        if self.only and location != self.only:
            return 0
        mine = self.own.get((location, sku), 0)
        if mine:
            mine = min(mine, max(self.view.holds(sku, location, now), 0))
        if location in self.hidden:
            return mine
        free = promisable_above(self.view, floor, sku, location, now)
        return mine + free if free > 0 or not mine else mine


# -- from one plan to the other --------------------------------------------------------------


def _better(
    order: Order,
    works: Sequence[FulfillmentOrder],
    plan: RoutingPlan,
    before: int,
    hidden: frozenset[str],
    *,
    forced: bool,
) -> ro.BetterPlan | None:
    shifts = tuple(_shifts(works, plan))
    if not shifts or any(shift.location in hidden for shift in shifts):
        return None
    gone: dict[str, int] = {}
    for shift in shifts:
        gone[shift.work] = gone.get(shift.work, 0) + shift.units
    ended = [work.id for work in works if gone.get(work.id) == _size(order.progress.work[work.id].items)]
    why = ro.MAY_NOT_SHIP if forced else ro.CHEAPER
    return ro.BetterPlan(
        order.id, shifts, before, plan.cost, plan.measure, plan.scale, why, plan, tuple(ended)
    )


def _shifts(works: Sequence[FulfillmentOrder], plan: RoutingPlan) -> Iterator[ro.Shift]:
    """The fewest units that have to move, and what they join where they come to.

    Of what lies at a location, the work that was asked for first keeps its units the longest.
    """
    wanted: dict[tuple[str, str], int] = {}
    for assigned in plan.assignments:
        key = (assigned.line_id, assigned.location)
        wanted[key] = wanted.get(key, 0) + assigned.quantity
    stuck: dict[str, int] = {}
    for entry in plan.remainder:
        stuck[entry.line_id] = stuck.get(entry.line_id, 0) + entry.quantity
    staying: dict[str, dict[str, Runs]] = {}
    leaving: dict[str, list[tuple[FulfillmentOrder, Runs]]] = {}
    for work in works:
        for line_id, runs in work.items:
            key = (line_id, work.location)
            stays = min(wanted.get(key, 0), count(runs))
            wanted[key] = wanted.get(key, 0) - stays
            rest = min(stuck.get(line_id, 0), count(runs) - stays)
            if rest:
                stuck[line_id] -= rest
            mine = take_lowest(runs, stays + rest)
            staying.setdefault(work.id, {})[line_id] = mine
            if gone := difference(runs, mine):
                leaving.setdefault(line_id, []).append((work, gone))
    coming: dict[tuple[str, str], dict[str, Runs]] = {}
    for (line_id, location), units in wanted.items():
        while units > 0:
            work, runs = leaving[line_id].pop()
            part = take_lowest(runs, units)
            units -= count(part)
            if rest_of := difference(runs, part):
                leaving[line_id].append((work, rest_of))
            lines = coming.setdefault((work.id, location), {})
            lines[line_id] = union(lines.get(line_id, ()), part)
    yield from _joined(works, staying, coming)


def _joined(
    works: Sequence[FulfillmentOrder],
    staying: Mapping[str, Mapping[str, Runs]],
    coming: Mapping[tuple[str, str], Mapping[str, Runs]],
) -> Iterator[ro.Shift]:
    """What moves; and what is asked for anew where it lies, for what comes or for lying side by side."""
    by_id = {work.id: work for work in works}
    remaining = {work.id for work in works if any(staying.get(work.id, {}).values())}
    here: dict[str, list[str]] = {}
    for work in works:
        if work.id in remaining:
            here.setdefault(work.location, []).append(work.id)
    receiving = {location for _, location in coming}
    for (work_id, location), lines in coming.items():
        yield ro.Shift(work_id, by_id[work_id].location, location, tuple(lines.items()))
    for location, names in here.items():
        if location in receiving or len(names) > 1:
            for work_id in names:
                items = tuple([(line_id, runs) for line_id, runs in staying[work_id].items() if runs])
                yield ro.Shift(work_id, location, location, items)


def _size(items: Items) -> int:
    return sum([count(runs) for _, runs in items])


def _carried(order: Order, better: ro.BetterPlan, stuck: Items, room: Room) -> bool:
    """Whether the order and the stock, as it is seen, take it, and no promise is put off by it.

    But of what may not ship from where it lies (``stuck``), which has to move.

    From then on the room sees it done.
    """
    setup = room.setup
    command = om.RearrangeWork(order.id, better.moves, REOPTIMIZED, key="dry-run", at=room.now)
    after: dict[str, Loaded] = {}
    try:
        decision = with_delivery(om.decide(order, command, setup.context, room.now), setup, {})
        if not room.may_leave_later and _arrives_later(order, decision.order, stuck):
            return False
        for (location, sku), operations in sorted(stock_effects(decision.order, decision.events).items()):
            item = setup.view.item(sku, location)
            now = room.now if item is None else max(room.now, item.seen_at)
            _, item = inv.decide_operations(
                item, operations, now, sku=sku, location=location, reference=order.id
            )
            after[inv.stock_stream(location, sku)] = Loaded(0, item)
    except OmcoreError:
        return False
    room.known.streams.update(after)
    if room.known.days is not None:
        for event in decision.events:
            room.known.days.note(f"order/{order.id}", event)
    return True


def _arrives_later(before: Order, after: Order, besides: Items) -> bool:
    """Whether any unit, besides some, is promised by a later day than it was, or by none any more."""
    for entry in before.promises:
        day = entry.arrival.latest
        if day is not None:
            for _, known in promised_so_far(after, subtract(entry.items, besides)):
                if known is None or known.arrival.latest is None or known.arrival.latest > day:
                    return True
    return False


__all__ = ["MAX_ROUNDS", "Room", "look", "may_not_ship", "reoptimized", "reserved_places", "room"]
