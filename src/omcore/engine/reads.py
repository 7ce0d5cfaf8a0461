"""Reading, and commanding with the view up to date: the generators behind a manager's methods.

Decides when the availability view follows the feed: before an order is routed, planned or - where
a validation rule looks at stock - placed. Must not know sync from async.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import payload_hash
from omcore.engine.core import execute, repeat, up_to_date
from omcore.engine.following import BATCH, follow
from omcore.engine.keys import refuse_own
from omcore.engine.proposal import Proposal
from omcore.engine.reoptimizing import reoptimized, room
from omcore.engine.requests import Load, Ports, ReadFeed, ReadHistory, ReadPrivate, Recall
from omcore.engine.rerouting import read_book
from omcore.engine.routes import load_routable, plan_for
from omcore.engine.setup import Setup
from omcore.inventory.stock import passed_second
from omcore.kernel import (
    Command,
    Components,
    InvalidType,
    StoreError,
    UnknownId,
    checked_id,
    checked_instant,
    checked_quantity,
    checked_sku,
    checked_unique,
    epoch_second,
    from_epoch_second,
    record,
)

Steps = Generator[Any, Any, Any]

# Which port a concern of the dispatcher needs besides the store.
_NEEDS = {
    "payments": "gateway",
    "messages": "notifier",
    "channels": "channel",
    "stock": "channel",
    "carriers": "carrier",
}


def possible(concerns: Sequence[str], ports: Ports) -> tuple[str, ...]:
    """The concerns whose port is there; the others wait on the feed until it is."""
    return tuple(name for name in concerns if name not in _NEEDS or getattr(ports, _NEEDS[name]) is not None)


def commanded(command: Command, setup: Setup) -> Steps:
    """Carry out a command with a view that has followed the feed, where the command looks at it."""
    if not issubclass(type(command), Command):
        raise InvalidType("command", expected="a command of omcore")
    refuse_own(command)
    try:
        yield from up_to_date(command, setup)
    except StoreError:
        raise
    except Exception:
        # A policy that raises about somebody else's order, or a fact that a later release has written: what
        # was answered before is answered all the same (C4).
        if (recorded := (yield Recall(command.key))) is not None:
            return (yield from repeat(command, recorded, payload_hash(command)))
        raise
    return (yield from execute(command, setup))


def planned(order_id: object, at: datetime, setup: Setup) -> Steps:
    """A dry run (R4)."""
    yield from follow(setup)
    proposal = Proposal("", {}, checked_instant(at))
    found, reservation = yield from load_routable(checked_id(order_id, "order_id"), at, setup, proposal)
    return plan_for(found, setup, reservation, proposal.now).plan


def reoptimize(order_ids: object, at: datetime, may_leave_later: object, setup: Setup) -> Steps:
    """Better plans for what nobody has begun, of some orders or of all; nothing is changed."""
    now = checked_instant(at)
    if type(may_leave_later) is not bool:
        raise InvalidType("may_leave_later", expected="a bool")
    if order_ids is None:
        yield from read_book(setup)
        names = setup.unrouted.movable()
    elif type(order_ids) is tuple or type(order_ids) is list:
        names = tuple([checked_id(name, f"order_ids[{i}]") for i, name in enumerate(order_ids)])
        checked_unique(names, "order_ids")
    else:
        raise InvalidType("order_ids", expected="a tuple or list of order ids, or None")
    yield from follow(setup)
    return (yield from reoptimized(names, room(setup, now, may_leave_later=may_leave_later)))


def order(order_id: object) -> Steps:
    """An order, or ``UnknownId``."""
    return (yield from _known(f"order/{checked_id(order_id, 'order_id')}", "order", "order_id"))


def reservation(token: object) -> Steps:
    """A reservation, or ``UnknownId``."""
    stream = inv.reservation_stream(checked_id(token, "token"))
    return (yield from _known(stream, "reservation", "token"))


def _known(stream: str, kind: str, path: str) -> Steps:
    loaded = yield Load((stream,))
    state = loaded[stream].state
    if state is None:
        raise UnknownId(path, kind=kind, id=stream.partition("/")[2])
    return state


def stock(sku: object, location: object) -> Steps:
    """A stock item, or None."""
    stream = inv.stock_stream(checked_id(location, "location"), checked_sku(sku))
    loaded = yield Load((stream,))
    return loaded[stream].state


def available(sku: object, at: datetime, setup: Setup, by: datetime | None = None) -> Steps:
    """ATP per location, kits by their components, and finished ones besides where they are built ahead.

    With ``by``, what is expected until then counts as well, as far as it is not promised (S10).
    """
    known = checked_sku(sku)
    components = setup.catalog.components(known)
    built = known if known in setup.catalog.built_ahead else None
    now = checked_instant(at)
    yield from follow(setup)
    return {
        location.id: setup.view.kit_atp(components, location.id, now, built)
        if by is None
        else _kits_by(components, location.id, epoch_second(checked_instant(by, "by")), setup, now, built)
        for location in setup.network.locations
    }


def _kits_by(
    components: Components, location: str, second: int, setup: Setup, now: datetime, built: str | None
) -> int:
    """As ``kit_atp``, by a second."""

    def by_then(sku: str) -> int:
        item = setup.view.item(sku, location)
        return 0 if item is None else item.atp_by(second, now)

    made = max(0, min([by_then(sku) // each for sku, each in components]))
    return made + _finished(built, location, setup, now, from_epoch_second(second))


def _finished(built: str | None, location: str, setup: Setup, now: datetime, by: datetime) -> int:
    """Finished kits that are free now and will be by then; what is expected of them is promised to nobody."""
    item = None if built is None else setup.view.item(built, location)
    return 0 if item is None else max(0, min(item.atp(now), item.atp(by)))


def promise_dates(sku: object, quantity: object, at: datetime, setup: Setup) -> Steps:
    """By location, the first moment by which so many can be promised: ``at`` itself where they are there.

    None where all that is expected does not suffice. Of a kit, finished ones that are free count, and of the
    others the last component says when.
    """
    known = checked_sku(sku)
    components = setup.catalog.components(known)
    built = known if known in setup.catalog.built_ahead else None
    units, now = checked_quantity(quantity, "quantity"), checked_instant(at)
    yield from follow(setup)
    found: dict[str, datetime | None] = {}
    for location in setup.network.locations:
        wanted = max(0, units - _finished(built, location.id, setup, now, now))
        seconds: list[int | None] = []
        for part, each in components if wanted else ():
            item = setup.view.item(part, location.id)
            seconds.append(None if item is None else item.promise_second(wanted * each, now))
        last = max([second or 0 for second in seconds], default=0)
        found[location.id] = None if None in seconds else from_epoch_second(last) if last else now
    return found


@record
class ViewLag:
    """How far a manager's view of stock is behind the feed.

    ``position`` and ``at`` are those of the last entry that it has followed, 0 and None at first;
    ``entries`` is how many have come since, and ``movements`` how many of them move stock.
    """

    position: int
    at: datetime | None
    entries: int
    movements: int


def behind(setup: Setup) -> Steps:
    """How far the view is behind the feed; it is left as it is."""
    view = setup.view
    position, entries, movements = view.position, 0, 0
    while True:
        found = yield ReadFeed(position, BATCH)
        if not found:
            return ViewLag(view.position, view.followed_at, entries, movements)
        entries += len(found)
        movements += sum(inv.is_stock_stream(entry.stream) for entry in found)
        position = found[-1].position


def snapshot(as_of: datetime) -> Steps:
    """Every stock item as it was at a moment: the whole feed is gone through, and nothing is kept of it."""
    taken = inv.Snapshot(as_of)
    position = 0
    while True:
        entries = yield ReadFeed(position, BATCH)
        if not entries:
            return taken.items()
        taken.take(entries)
        position = entries[-1].position


def late_promises(at: datetime, setup: Setup) -> Steps:
    """Orders whose promised date has passed, with that date; the first in line first (S10)."""
    last = passed_second(checked_instant(at))
    yield from follow(setup)
    return tuple([(order_id, from_epoch_second(since)) for order_id, since in setup.waiting.late(last)])


def sellable(channel: str, sku: object, at: datetime, setup: Setup) -> Steps:
    """What a sales channel may sell, whether it was told or not."""
    known, now = checked_sku(sku), checked_instant(at)
    yield from follow(setup)
    return setup.sellable(channel, known, now)


def low_stock(at: datetime, setup: Setup) -> Steps:
    """What is watched and is low or out."""
    now = checked_instant(at)
    yield from follow(setup)
    return setup.view.low(now)


def history(order_id: object) -> Steps:
    """An order's recorded events."""
    return (yield ReadHistory(f"order/{checked_id(order_id, 'order_id')}"))


def movements(sku: object, location: object) -> Steps:
    """A stock item's recorded movements."""
    return (yield ReadHistory(inv.stock_stream(checked_id(location, "location"), checked_sku(sku))))


def statement(order_id: object) -> Steps:
    """An order as an invoice, of the history that the store has at this moment."""
    stream = checked_id(order_id, "order_id")
    entries = yield from history(stream)
    if not entries:
        raise UnknownId("order_id", kind="order", id=stream)
    events = [entry.event for entry in entries]
    return om.statement(om.replay(events), events)


def labels(order_id: object) -> Steps:
    """An order's labels, by the keys that they were booked under."""
    stream = om.label_stream(checked_id(order_id, "order_id"))
    loaded = yield Load((stream,))
    state: om.Labels | None = loaded[stream].state
    return {} if state is None else dict(state.labels)


def contact(order_id: object) -> Steps:
    """An order's personal data."""
    return (yield ReadPrivate(checked_id(order_id, "order_id")))


__all__ = [
    "ViewLag",
    "available",
    "behind",
    "commanded",
    "contact",
    "history",
    "labels",
    "late_promises",
    "low_stock",
    "movements",
    "order",
    "planned",
    "possible",
    "promise_dates",
    "reoptimize",
    "reservation",
    "sellable",
    "snapshot",
    "statement",
    "stock",
]
