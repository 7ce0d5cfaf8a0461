"""The dispatcher: what the feed asks of the outside, each once per fact.

Decides which committed event asks for which effect - money moves, messages, channel updates,
stock publications, routing again after a rejection - and how each is made once: with a key that
comes from the fact, and a recorded answer that says it is done (C9). Must not know any port.
Money is asked of who holds it: a gateway's by ``payments``, a channel's own by ``channels``, and
cash goes over the counter.

Every concern reads the feed with a cursor of its own, so that a mail server that is down does not
keep money from moving. A concern stops at the first effect that is ``Unavailable`` and goes on
from there the next time. Where this process knows of an attempt that failed, or an outcome is unknown,
the port is asked first what became of the key; between an effect and its record a crash repeats the effect
with the same key, which its port must take as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from omcore import orders as om
from omcore.channels import channel_update
from omcore.engine.backorders import serve, serve_freed
from omcore.engine.drivers import TOLD
from omcore.engine.duty import Duty, Steps, after, follow_up, once, order_of
from omcore.engine.following import BATCH
from omcore.engine.keys import own_key
from omcore.engine.labels import let_go
from omcore.engine.publishing import publish
from omcore.engine.requests import (
    Advance,
    AskGateway,
    CallGateway,
    ReadCursor,
    ReadFeed,
    ReadPrivate,
    Recall,
    SendMessage,
    UpdateChannel,
    WasSent,
    WasTold,
)
from omcore.engine.rerouting import leave_switched_off, reroute
from omcore.engine.setup import Setup
from omcore.engine.shortfalls import give_way
from omcore.kernel import (
    IdempotencyConflict,
    InputError,
    InvalidType,
    Money,
    OmcoreError,
    UnknownId,
    checked_instant,
    checked_payment_reference,
    checked_text,
    record,
)
from omcore.notifications import DEFAULT_TEMPLATES, MessagePolicy, Template, due, render
from omcore.orders import events as ev
from omcore.orders.draft import ASKED, CASH, CHANNEL
from omcore.orders.payments.settling import OUTCOMES
from omcore.ports import APPROVED, DECLINED, UNKNOWN, FeedEntry, GatewayReply


@record
class Dispatched:
    """What one run did: effects made per concern, and what stopped a concern, by its code."""

    done: tuple[tuple[str, int], ...]
    stopped: tuple[tuple[str, str], ...] = ()

    def count(self, concern: str) -> int:
        """Effects of one concern."""
        return dict(self.done).get(concern, 0)


def dispatch(duty: Duty, concerns: Sequence[str]) -> Steps:
    """Every concern until the end of the feed; returns ``Dispatched``.

    A concern that puts new events on the feed - an approved capture makes a message due - is
    followed by another round of all, until nothing is new.
    """
    done = dict.fromkeys(concerns, 0)
    stopped: dict[str, str] = {}
    news = True
    while news:
        news = False
        for concern in concerns:
            if concern in stopped:
                continue
            try:
                made, read = yield from CONCERNS[concern](duty)
            except TOLD as error:
                stopped[concern] = error.code
                continue
            done[concern] += made
            news = news or read > 0
    return Dispatched(tuple(done.items()), tuple(stopped.items()))


def _read(concern: str, handle: Callable[[Duty, FeedEntry], Steps], duty: Duty) -> Steps:
    """Hand a concern what it has not seen of the feed; returns the effects made, and the entries read."""
    cursor = yield ReadCursor(f"omcore.{concern}")
    made = read = 0
    while True:
        entries: Sequence[FeedEntry] = yield ReadFeed(cursor, BATCH)
        if not entries:
            return made, read
        try:
            for entry in entries:
                made += yield from handle(duty, entry)
                cursor = entry.position
                read += 1
        except OmcoreError:
            # What was done is remembered even where the next effect was refused; should this
            # not be, the recorded answers keep it from being done twice.
            if read:
                yield Advance(f"omcore.{concern}", cursor)
            raise
        yield Advance(f"omcore.{concern}", cursor)


# -- money -----------------------------------------------------------------------------------


def pay(duty: Duty, entry: FeedEntry) -> Steps:
    """Whatever is asked of a tender's holder; the outcome comes back as a command."""
    if not (yield from _is_asked(entry, *ASKED)):
        return 0
    event = entry.event
    order = yield from order_of(entry.stream)
    amount = Money(event.amount, event.currency)
    begun, key = duty.setup.begun, own_key("payment", event.request_id)
    request = order.payments.requests.get(event.request_id)
    doubtful = key in begun or (request is not None and request.unknown)
    reply = (yield from _learned(event.request_id)) if doubtful else None
    begun.add(key)
    if reply is None:
        reply = yield from _called(event.kind, event.request_id, event.tender_id, amount)
    yield from _record_outcome(duty, order, event.request_id, reply)
    begun.discard(key)
    return 1


def pay_out(duty: Duty, entry: FeedEntry) -> Steps:
    """Cash is given back over the counter; nobody is told."""
    if not (yield from _is_asked(entry, CASH)):
        return 0
    order = yield from order_of(entry.stream)
    yield from _record_outcome(duty, order, entry.event.request_id, GatewayReply(APPROVED))
    return 1


def _is_asked(entry: FeedEntry, *holders: str) -> Steps:
    """Whether an entry asks something of this kind of holder, and has no outcome yet.

    Nor one that somebody else told of: what is done after that, no book would have.
    """
    event = entry.event
    if type(event) is not ev.PaymentRequested or event.tender_kind not in holders:
        return False
    if (yield Recall(own_key("payment", event.request_id))) is not None:
        return False
    order = yield from order_of(entry.stream)
    return order is not None and event.request_id in order.payments.requests


def ask_again(duty: Duty, order_id: str) -> Steps:
    """Learn what became of each request to the gateway whose outcome is unknown; returns how many there were.

    What a channel holds, the gateway is never asked for (M13): the channel says what became of it.
    The gateway is asked first what became of the key. Only what it never heard of is asked for again, with
    the same key: a holder that forgets keys after a day would take a blind repeat for something new.
    """
    order: om.Order | None = yield from order_of(f"order/{order_id}")
    if order is None:
        raise UnknownId("order_id", kind="order", id=order_id)
    asked, tenders = 0, order.payments.tenders
    for request in order.payments.requests.values():
        tender = tenders.get(request.tender_id)  # none where store credit is issued
        if request.unknown and (tender is None or tender.kind in ASKED):
            reply = yield from _learned(request.id)
            if reply is None:
                amount = Money(request.amount, order.terms.currency)
                reply = yield from _called(request.kind, request.id, request.tender_id, amount)
            yield from _record_outcome(duty, order, request.id, reply)
            asked += 1
    return asked


def _called(kind: str, request_id: str, tender_id: str, amount: Money) -> Steps:
    """What a holder replies. A key that it has for something else moved nothing of this: it is declined."""
    try:
        reply = yield CallGateway(kind, request_id, tender_id, amount)
    except IdempotencyConflict:
        return GatewayReply(DECLINED, "", "the holder knows this key for something else")
    return _readable(_checked(reply))


def _learned(request_id: str) -> Steps:
    """What became of a key; None where the holder never heard of it."""
    reply = yield AskGateway(request_id)
    return None if reply is None else _readable(_checked(reply))


def _checked(reply: object) -> GatewayReply:
    if type(reply) is not GatewayReply:
        raise InvalidType("gateway", expected="GatewayReply")
    return reply


def _readable(reply: GatewayReply) -> GatewayReply:
    """A reply that can be kept: whatever is written beside it, the money has moved or has not.

    An outcome that is none of the three is unknown. What no record takes, such as a reference that
    looks like a card number, or an expiry without a time zone, is left out.
    """
    outcome = reply.outcome if type(reply.outcome) is str and reply.outcome in OUTCOMES else UNKNOWN
    reference, reason = reply.reference, reply.reason
    try:
        checked_payment_reference(reference, "reference")
    except InputError:
        reference = ""
    try:
        checked_text(reason, "reason", high=200)
    except InputError:
        reason = ""
    try:
        expires_at = None if reply.expires_at is None else checked_instant(reply.expires_at, "expires_at")
    except InputError:
        expires_at = None
    return GatewayReply(outcome, reference, reason, expires_at)


def _record_outcome(duty: Duty, order: om.Order, request_id: str, reply: GatewayReply) -> Steps:
    key = own_key("payment", request_id)
    if reply.outcome == UNKNOWN:  # the outcome itself is still to come, and needs the key
        key = own_key("payment", request_id, UNKNOWN)
    yield from follow_up(
        om.RecordPaymentOutcome(
            order.id,
            request_id,
            reply.outcome,
            reply.reference,
            reply.reason,
            reply.expires_at,
            key=key,
            at=after(duty, order),
            by="dispatcher",
        ),
        duty,
    )


# -- messages --------------------------------------------------------------------------------


def inform(duty: Duty, entry: FeedEntry) -> Steps:
    """Customer messages (C9)."""
    if not entry.stream.startswith("order/"):
        return 0
    order = yield from order_of(entry.stream)
    made = 0
    for message in due(entry, order, duty.messages):
        template = duty.templates.get(message.kind)
        if template is None:
            continue
        contact = yield ReadPrivate(order.id)
        made += yield from once(
            message.key,
            SendMessage(render(message, template, contact)),
            WasSent(message.key),
            entry,
            duty,
        )
    return made


# -- channels --------------------------------------------------------------------------------


def tell_channel(duty: Duty, entry: FeedEntry) -> Steps:
    """What a sales channel is told about its order, and asked of the money that it holds (M13)."""
    asked: bool = yield from _is_asked(entry, CHANNEL)
    if not asked and type(entry.event) not in _TOLD:
        return 0
    order = yield from order_of(entry.stream)
    update = channel_update(entry, order)
    made: int = 0
    if update is not None:
        made = yield from once(update.key, UpdateChannel(update), WasTold(update.key), entry, duty)
    if asked:
        yield from _record_outcome(duty, order, entry.event.request_id, GatewayReply(APPROVED))
        made = 1
    return made


_TOLD = (ev.UnitsShipped, ev.UnitsCancelled)


def tell_stock(duty: Duty) -> Steps:
    """What each channel may sell (S13); see ``publishing``."""
    return (yield from publish(duty))


def serve_who_waits(duty: Duty) -> Steps:
    """Who waits for stock, whatever brought it (S10); see ``backorders``."""
    made, read = yield from _read("backorders", serve, duty)
    freed: int = yield from serve_freed(duty)
    return made + freed, read + freed


def route_again(duty: Duty) -> Steps:
    """What lost its place, and what may not ship from where it lies; see ``rerouting``."""
    made, read = yield from _read("reroute", reroute, duty)
    left: int = yield from leave_switched_off(duty)
    return made + left, read + left


CONCERNS: Mapping[str, Callable[[Duty], Steps]] = {
    "reroute": route_again,
    "shortfalls": partial(_read, "shortfalls", give_way),
    "backorders": serve_who_waits,
    "cash": partial(_read, "cash", pay_out),
    "payments": partial(_read, "payments", pay),
    "messages": partial(_read, "messages", inform),
    "channels": partial(_read, "channels", tell_channel),
    "carriers": partial(_read, "carriers", let_go),
    "stock": tell_stock,
}
"""Each by its name: does what it can, and returns how many effects it made and how many entries it read."""


def checked_concerns(concerns: object) -> tuple[str, ...]:
    """Names of ``CONCERNS``; all of them where None is given."""
    if concerns is None:
        return tuple(CONCERNS)
    if type(concerns) is tuple or type(concerns) is list:
        names = tuple(concerns)
        if all(type(name) is str and name in CONCERNS for name in names):
            return names
    raise InvalidType("concerns", expected="names out of " + ", ".join(CONCERNS))


def checked_messages(templates: Any, messages: object) -> Mapping[str, Template] | None:
    """A copy of templates by kind of message, next to a policy; None for either's default."""
    if messages is not None and type(messages) is not MessagePolicy:
        raise InvalidType("messages", expected="MessagePolicy")
    if templates is None:
        return None
    if issubclass(type(templates), Mapping):
        copied = dict(templates)
        # Under another kind's name it would be sent for nothing, or refused with every such message.
        if all(type(entry) is Template and kind == entry.kind for kind, entry in copied.items()):
            return copied
    raise InvalidType("templates", expected="Template by its kind of message")


def duty_of(
    setup: Setup,
    at: datetime,
    templates: Mapping[str, Template] | None,
    messages: MessagePolicy | None,
) -> Duty:
    """One run, with the default templates and every kind of message unless said otherwise."""
    return Duty(
        setup,
        checked_instant(at),
        DEFAULT_TEMPLATES if templates is None else templates,
        MessagePolicy() if messages is None else messages,
    )


__all__ = [
    "CONCERNS",
    "Dispatched",
    "Duty",
    "ask_again",
    "checked_concerns",
    "checked_messages",
    "dispatch",
    "duty_of",
]
