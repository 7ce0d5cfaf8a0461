"""Which messages a fact asks for.

Decides, for one entry of the feed, the messages due and the key of each. The key is made from the
fact alone - an identifier in the event, or the event's place in its stream - so that reading the
entry again gives the same key, and sending once per key is sending once per fact (C9). Figures
come from the event too; of the order only what was agreed is read, because by the time the feed
is read the order may have moved on. Must not know words, templates or the customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from omcore.kernel import InvalidType, checked_currency, checked_id, checked_instant, record
from omcore.kernel.runs import count
from omcore.notifications import _kinds as kinds
from omcore.orders import draft as drafts
from omcore.orders import events as ev
from omcore.orders.amendments.editing import EDIT
from omcore.orders.fulfillment.backordering import NO_STOCK
from omcore.orders.fulfillment.pickup import NOT_COLLECTED
from omcore.orders.fulfillment.promising import DELIVERY_CHANGED, SUPPLY
from omcore.orders.parts import NO_PARTS, Parts, counted, units_of
from omcore.orders.returns.policies import MAIL
from omcore.orders.selection import subtract
from omcore.orders.standing.cancelling import UNFILLABLE, UNPAID
from omcore.orders.state import Items, Order
from omcore.ports import FeedEntry

EVERY_KIND = frozenset(kinds.KINDS)

_READY = "ready_for_pickup"
_REFUND = "refund"
_DECLINED = "declined"
_REJECT = "reject"
_OVERTAKEN = "overtaken"


@record
class MessageDue:
    """A message that a fact asks for, complete but for the words and the person.

    ``key`` is stable per fact. ``items`` are (title or SKU, units); of kits that come back in parts, these by
    SKU. ``amount`` is minor units of
    ``currency``: the order's total in a confirmation, a receipt or once it was changed, the money given
    back in a refund, None elsewhere. ``tracking`` is (carrier, number), ``location`` where a pickup waits;
    ``day`` is by when something arrives, on the customer's calendar, None where that is not what it is about.
    Holds no personal data.
    """

    key: str
    order_id: str
    kind: str
    at: datetime
    number: str
    currency: str
    items: tuple[tuple[str, int], ...] = ()
    amount: int | None = None
    tracking: tuple[str, str] = ("", "")
    location: str = ""
    day: date | None = None

    def __attrs_post_init__(self) -> None:
        if type(self.kind) is not str or self.kind not in EVERY_KIND:
            raise InvalidType("kind", expected="one of " + ", ".join(kinds.KINDS))
        checked_instant(self.at)
        checked_currency(self.currency)
        if self.amount is not None and type(self.amount) is not int:
            raise InvalidType("amount", expected="an int of minor units, or None")
        for name in ("key", "order_id", "number", "location"):
            if type(getattr(self, name)) is not str:
                raise InvalidType(name, expected="text")
        if self.day is not None and type(self.day) is not date:
            raise InvalidType("day", expected="a date, or None")
        if not _pair_of(self.tracking, str):
            raise InvalidType("tracking", expected="(carrier, number)")
        if type(self.items) is not tuple or not all(_pair_of(item, int) for item in self.items):
            raise InvalidType("items", expected="a tuple of (title, units)")


def _pair_of(value: object, second: type) -> bool:
    return type(value) is tuple and len(value) == 2 and type(value[0]) is str and type(value[1]) is second


@record
class MessagePolicy:
    """*(policy)* What is sent at all.

    ``kinds`` are the kinds wanted. ``silent_channels`` are channels that write to their customers
    themselves - most marketplaces do, and forbid the seller to: nothing is due for their orders. That
    something arrives later than was ever said is always news; that it arrives sooner is one where
    ``tell_sooner``.
    """

    kinds: frozenset[str] = EVERY_KIND
    silent_channels: frozenset[str] = frozenset()
    tell_sooner: bool = False

    def __attrs_post_init__(self) -> None:
        if type(self.kinds) is not frozenset or not self.kinds <= EVERY_KIND:
            raise InvalidType("kinds", expected="a frozenset of kinds of message")
        if type(self.silent_channels) is not frozenset:
            raise InvalidType("silent_channels", expected="a frozenset of channel names")
        for channel in self.silent_channels:
            checked_id(channel, "silent_channels")
        if type(self.tell_sooner) is not bool:
            raise InvalidType("tell_sooner", expected="bool")


_SEND_ALL = MessagePolicy()


def due(entry: FeedEntry, order: Order, policy: MessagePolicy = _SEND_ALL) -> tuple[MessageDue, ...]:
    """The messages that one committed event asks for; most events ask for none.

    ``order`` is the order that the entry's stream is about, at that moment or at any later one: the
    key is the same. Whether units were delivered or collected is told by where the order goes by then.
    Errors: ``InvalidType`` for anything else.
    """
    if type(entry) is not FeedEntry:
        raise InvalidType("entry", expected="FeedEntry")
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    if type(policy) is not MessagePolicy:
        raise InvalidType("policy", expected="MessagePolicy")
    decide = _BY_EVENT.get(type(entry.event))
    if decide is None:
        return ()
    if entry.stream != f"order/{order.id}":
        raise InvalidType("order", expected="the order of the entry's stream")
    if order.terms.ref.channel in policy.silent_channels:
        return ()
    message = decide(entry, order)
    if message is not None and message.kind == kinds.ARRIVES_SOONER and not policy.tell_sooner:
        return ()
    return (message,) if message is not None and message.kind in policy.kinds else ()


def _message(
    order: Order,
    entry: FeedEntry,
    kind: str,
    fact: str,
    *,
    items: Items = (),
    amount: int | None = None,
    tracking: tuple[str, str] = ("", ""),
    location: str = "",
    parts: Parts = NO_PARTS,
    named: str = "",
    day: date | None = None,
) -> MessageDue:
    terms = order.terms
    topic = f"order/{terms.order_id}/{named or kind}"
    return MessageDue(
        key=f"{topic}/{fact}" if fact else topic,
        order_id=terms.order_id,
        kind=kind,
        at=entry.event.at,
        number=terms.number or terms.order_id,
        currency=terms.currency,
        items=(*_named(order, subtract(items, units_of(parts))), *counted(parts).items()),
        amount=amount,
        tracking=tracking,
        location=location,
        day=day,
    )


def _named(order: Order, items: Items) -> list[tuple[str, int]]:
    return [(_title(order, line_id), count(runs)) for line_id, runs in items]


def _title(order: Order, line_id: str) -> str:
    line = order.terms.line(line_id)
    return line.title or line.sku


def _placed(entry: FeedEntry, order: Order) -> MessageDue:
    """A confirmation; a receipt where everything has left the shelf already (S12)."""
    event: ev.OrderPlaced = entry.event
    taken = all(line.fulfilled_by == drafts.TAKEN for line in event.lines)
    kind = kinds.RECEIPT if taken else kinds.ORDER_CONFIRMATION
    items = tuple((line.id, ((1, line.quantity),)) for line in event.lines)
    return _message(order, entry, kind, "", items=items, amount=event.total)


def _shipped(entry: FeedEntry, order: Order) -> MessageDue | None:
    """Parcels on their way. What is handed over at a counter is not: it is collected."""
    event: ev.UnitsShipped = entry.event
    if order.terms.pickup_at is not None:
        return None
    return _message(
        order, entry, kinds.SHIPPED, event.shipment_id, items=event.items, tracking=event.tracking
    )


def _channel_shipped(entry: FeedEntry, order: Order) -> MessageDue:
    event: ev.ChannelShipped = entry.event
    return _message(order, entry, kinds.SHIPPED, event.shipment_id, items=event.items)


def _advanced(entry: FeedEntry, order: Order) -> MessageDue | None:
    """Of a location's work only that it waits for the customer is the customer's business."""
    event: ev.FulfillmentAdvanced = entry.event
    if event.status != _READY:
        return None
    # Which units wait stands in the order and may be another by now: the message does not say.
    return _message(order, entry, kinds.READY_FOR_PICKUP, event.fulfillment_id, location=event.location)


def _delivered(entry: FeedEntry, order: Order) -> MessageDue:
    """Named alike in both words: an edit may say another place, and the fact is still one (C9)."""
    event: ev.UnitsDelivered | ev.UnitsCollected = entry.event
    kind = kinds.DELIVERED if order.terms.pickup_at is None else kinds.COLLECTED
    return _message(order, entry, kind, event.shipment_id, items=event.items, named=kinds.DELIVERED)


def _cancelled(entry: FeedEntry, order: Order) -> MessageDue | None:
    """Units have no identifier of their own; the event's place in its stream is the fact's name.

    Units that an edit took are in the message about the edit.
    """
    event: ev.UnitsCancelled = entry.event
    if event.cause == EDIT:
        return None
    kind = _CANCELLED_BECAUSE.get(event.cause, kinds.CANCELLED)
    return _message(order, entry, kind, f"{entry.version}.{entry.index}", items=event.items)


_CANCELLED_BECAUSE: Mapping[str, str] = {
    UNPAID: kinds.CANCELLED_UNPAID,
    UNFILLABLE: kinds.CANCELLED_UNFILLABLE,
    NOT_COLLECTED: kinds.NOT_COLLECTED,
}


def _backordered(entry: FeedEntry, order: Order) -> MessageDue | None:
    """That units wait, and that they wait longer than was said; not that they come sooner."""
    event: ev.UnitsBackordered = entry.event
    if event.before is not None and event.promised_for is not None and event.promised_for <= event.before:
        return None
    if event.before is None and event.cause != NO_STOCK:
        return None  # they have waited without a date, and now there is one
    kind = kinds.BACKORDERED if event.before is None else kinds.DELAYED
    return _message(order, entry, kind, f"{entry.version}.{entry.index}", items=event.items)


def _promised_otherwise(entry: FeedEntry, order: Order) -> MessageDue | None:
    """That units arrive later than was ever said, or sooner than was said last.

    Of those that wait for stock it is told that they do, and by when it comes: once is enough.
    """
    event: ev.PromiseChanged = entry.event
    if not event.fulfillment_id and event.cause == SUPPLY:
        return None
    fact = f"{entry.version}.{entry.index}"
    told, latest = event.told, event.latest
    if latest is None:
        # Who asked for it to go otherwise was told how it goes.
        asked = event.cause == DELIVERY_CHANGED
        return None if asked else _message(order, entry, kinds.DELAYED, fact, items=event.items)
    if told is None or latest > told:
        return _message(order, entry, kinds.ARRIVES_LATER, fact, items=event.items, day=latest)
    if event.was_latest is not None and latest < event.was_latest:
        return _message(order, entry, kinds.ARRIVES_SOONER, fact, items=event.items, day=latest)
    return None


def _answered(entry: FeedEntry, order: Order) -> MessageDue | None:
    """A no, or what of a yes came too late; the units that were cancelled have a message of their own."""
    event: ev.CancelRequestDecided = entry.event
    if not event.accepted:
        return _message(order, entry, kinds.CANCEL_DECLINED, event.request_id)
    if not event.left:
        return None
    return _message(order, entry, kinds.CANCEL_TOO_LATE, event.request_id, items=event.left)


def _changed(entry: FeedEntry, order: Order) -> MessageDue:
    """One message for all that an edit changed; an edit's id may come again, its place in the stream not."""
    event: ev.EditConfirmed = entry.event
    fact = f"{entry.version}.{entry.index}"
    return _message(order, entry, kinds.ORDER_CHANGED, fact, items=event.added, amount=event.total)


def _approved(entry: FeedEntry, order: Order) -> MessageDue | None:
    event: ev.PaymentApproved = entry.event
    if event.kind != _REFUND:
        return None
    return _message(order, entry, kinds.REFUNDED, event.request_id, amount=event.amount)


def _return_authorized(entry: FeedEntry, order: Order) -> MessageDue | None:
    """What to do, with the label; goods that are brought, or kept, need none."""
    event: ev.ReturnAuthorized = entry.event
    if event.method != MAIL:
        return None
    label = ("", "") if event.label is None else (event.label.carrier, event.label.number)
    kind = kinds.RETURN_AUTHORIZED
    return _message(order, entry, kind, event.return_id, items=event.items, tracking=label, parts=event.parts)


def _about_units(kind: str) -> Callable[[FeedEntry, Order], MessageDue]:
    """A message about units of a return, of which there may be several: each fact has its place."""

    def decide(entry: FeedEntry, order: Order) -> MessageDue:
        event = entry.event
        fact = f"{entry.version}.{entry.index}"
        return _message(order, entry, kind, fact, items=event.items, parts=event.parts)

    return decide


def _inspected(entry: FeedEntry, order: Order) -> MessageDue | None:
    """That it came he was told, and of the refund he is: of an inspection only that it was refused."""
    return None if entry.event.accepted else _about_units(kinds.RETURN_REFUSED)(entry, order)


def _exchange_started(entry: FeedEntry, order: Order) -> MessageDue:
    event: ev.ExchangeStarted = entry.event
    fact = f"{entry.version}.{entry.index}"
    return _message(order, entry, kinds.EXCHANGE_AGREED, fact, items=event.items)


def _exchange_ended(entry: FeedEntry, order: Order) -> MessageDue | None:
    """Only what the customer waits for, and will not come."""
    event: ev.ExchangeEnded = entry.event
    if event.outcome != _DECLINED:
        return None
    return _message(order, entry, kinds.EXCHANGE_DECLINED, f"{entry.version}.{entry.index}")


def _exchange_charged(entry: FeedEntry, order: Order) -> MessageDue:
    event: ev.ExchangeCharged = entry.event
    return _message(
        order, entry, kinds.EXCHANGE_CHARGED, f"{entry.version}.{entry.index}", amount=event.amount
    )


def _claim_resolved(entry: FeedEntry, order: Order) -> MessageDue | None:
    event: ev.ClaimResolved = entry.event
    if event.resolution == _OVERTAKEN:
        return None
    kind = kinds.CLAIM_REJECTED if event.resolution == _REJECT else kinds.CLAIM_SETTLED
    return _message(order, entry, kind, f"{entry.version}.{entry.index}", items=event.items)


_BY_EVENT: Mapping[type, Callable[[FeedEntry, Order], MessageDue | None]] = {
    ev.OrderPlaced: _placed,
    ev.UnitsShipped: _shipped,
    ev.ChannelShipped: _channel_shipped,
    ev.FulfillmentAdvanced: _advanced,
    ev.UnitsDelivered: _delivered,
    ev.UnitsCollected: _delivered,
    ev.UnitsCancelled: _cancelled,
    ev.UnitsBackordered: _backordered,
    ev.PromiseChanged: _promised_otherwise,
    ev.CancelRequestDecided: _answered,
    ev.ReturnAuthorized: _return_authorized,
    ev.ReturnArrived: _about_units(kinds.RETURN_RECEIVED),
    ev.ReturnReceived: _about_units(kinds.RETURN_RECEIVED),
    ev.ReturnInspected: _inspected,
    ev.ReturnRefused: _about_units(kinds.RETURN_REFUSED),
    ev.ReturnKept: _about_units(kinds.RETURN_KEPT),
    ev.PaymentApproved: _approved,
    ev.EditConfirmed: _changed,
    ev.ExchangeStarted: _exchange_started,
    ev.ExchangeEnded: _exchange_ended,
    ev.ExchangeCharged: _exchange_charged,
    ev.ClaimResolved: _claim_resolved,
}


__all__ = ["EVERY_KIND", "MessageDue", "MessagePolicy", "due"]
