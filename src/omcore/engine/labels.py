"""Labels: booked with a carrier for what a location packs, and let go of where they are not used.

Decides which work a parcel may be booked for, what the carrier is told of it, and that a label is booked once
per command: the reply is recorded under the command's key, with an event on the stream of the order's labels,
and what became of an attempt whose outcome is not known is asked before it is repeated. Must not know any
carrier, nor change an order: whoever ships says with which tracking number.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from omcore import orders as om
from omcore.codec import payload_hash
from omcore.engine.commands import BookLabel, VoidLabel
from omcore.engine.core import MAX_ATTEMPTS
from omcore.engine.duty import Duty
from omcore.engine.keys import own_key, refuse_own
from omcore.engine.requests import (
    AskCarrier,
    BookConsignment,
    Load,
    ReadHistory,
    ReadPrivate,
    Recall,
    Save,
    VoidConsignment,
)
from omcore.kernel import (
    Conflict,
    Contact,
    IdempotencyConflict,
    IllegalTransition,
    InputError,
    InvalidType,
    Money,
    Refusal,
    Unavailable,
    UnknownId,
    checked_text,
    effective_now,
    rebuild_error,
)
from omcore.orders import events as ev
from omcore.ports import (
    APPROVED,
    DECLINED,
    UNKNOWN,
    Answer,
    CarrierReply,
    Commit,
    Consignment,
    FeedEntry,
    Loaded,
    Write,
)

Steps = Generator[Any, Any, Any]

# Work of which something may still be put into a parcel.
_TO_BE_PACKED = ("requested", "accepted", "picking", "packed", "partially_shipped")


def book(command: BookLabel) -> Steps:
    """Book a label, once per key; returns the ``CarrierReply``.

    Precedence: idempotency_conflict, unknown_id (order, fulfillment order), clock_skew, illegal_transition.
    A refusal is recorded. Where the outcome is ``unknown``, or ``Unavailable`` is raised, the same command
    again finds out.
    """
    if type(command) is not BookLabel:
        raise InvalidType("command", expected="BookLabel")
    refuse_own(command)
    for _ in range(MAX_ATTEMPTS):
        digest, known = yield from _begun(command)
        if known is not None:
            return known
        stream = f"order/{command.order_id}"
        loaded: Mapping[str, Loaded] = yield Load((stream,))
        try:
            consignment = _consignment(loaded[stream].state, command)
        except Refusal as error:
            reply = None if isinstance(error, UnknownId) else (yield from _learned(command, digest))
            if reply is not None:  # it was asked for while it could be: it is paid for, and not forgotten
                return (yield from _settled(command, digest, reply))
            said = (error.code, error.path, tuple(error.fields.items()))
            answer = Answer(command.key, digest, stream, command.at, *said)
            reads = {stream: loaded[stream].version}
            try:
                yield Save(Commit(answer, reads, (), {}, command.by, command.reason))
            except Conflict:
                continue  # the order has moved on: it is looked at again
            raise
        if not consignment.store:
            contact: Contact | None = yield ReadPrivate(command.order_id)
            consignment = _addressed(consignment, contact)
        return (yield from _asked(command, digest, BookConsignment(command.key, consignment)))
    raise Conflict("key", attempts=MAX_ATTEMPTS)


def void(command: VoidLabel) -> Steps:
    """Let go of a label, once per key; returns the ``CarrierReply``. A decline is a reply like any other.

    Precedence: idempotency_conflict, unknown_id. Nothing is recorded of a label that there is not (yet).
    """
    if type(command) is not VoidLabel:
        raise InvalidType("command", expected="VoidLabel")
    refuse_own(command)
    return (yield from _void(command))


def _void(command: VoidLabel) -> Steps:
    digest, known = yield from _begun(command)
    if known is not None:
        return known
    booked: Answer | None = yield Recall(command.label)
    if (
        booked is None
        or booked.subject != f"order/{command.order_id}"
        or type(booked.result) is not CarrierReply
        or booked.result.outcome != APPROVED
    ):
        raise UnknownId("label", kind="label", id=command.label)
    return (yield from _asked(command, digest, VoidConsignment(command.key, command.label)))


def _begun(command: BookLabel | VoidLabel) -> Steps:
    """The command's fingerprint, and the reply recorded under its key; raises the refusal that is."""
    digest = payload_hash(command)
    recorded: Answer | None = yield Recall(command.key)
    return digest, None if recorded is None else _recorded(command, recorded, digest)


def _recorded(command: BookLabel | VoidLabel, recorded: Answer, digest: str) -> Any:
    if recorded.payload_hash != digest:
        raise IdempotencyConflict("key", key=command.key)
    if recorded.error:
        raise rebuild_error(recorded.error, recorded.path, dict(recorded.fields))
    return recorded.result


def _consignment(order: om.Order | None, command: BookLabel) -> Consignment:
    if order is None:
        raise UnknownId("order_id", kind="order", id=command.order_id)
    work = order.progress.work.get(command.fulfillment_id)
    if work is None:
        raise UnknownId("fulfillment_id", kind="fulfillment order", id=command.fulfillment_id)
    effective_now(command.at, order.seen_at)
    delivery = order.delivery
    here = delivery.pickup_at == work.location
    if work.status not in _TO_BE_PACKED or work.arrived or here:
        raise IllegalTransition(
            "fulfillment_id", chart="fulfillment_order", state=work.status, event="book_label"
        )
    return Consignment(
        order.id,
        work.id,
        work.location,
        command.service,
        command.weight_g,
        command.length_mm,
        command.width_mm,
        command.height_mm,
        delivery.destination,
        None,
        delivery.pickup_at or "",
    )


def _addressed(it: Consignment, to: Contact | None) -> Consignment:
    sizes = (it.weight_g, it.length_mm, it.width_mm, it.height_mm)
    return Consignment(
        it.order_id, it.fulfillment_id, it.origin, it.service, *sizes, it.destination, to, it.store
    )


def _asked(command: BookLabel | VoidLabel, digest: str, request: BookConsignment | VoidConsignment) -> Steps:
    """Ask the carrier, and record what it replies; first what became of it, where an attempt went before.

    That it is asked for is recorded before it is: whoever comes next, in whichever process, is to know.
    """
    reply = yield from _learned(command, digest)
    if reply is None:
        begun = Answer(_own(command, "begun"), digest, f"order/{command.order_id}", command.at)
        with suppress(Conflict):  # it was begun before, and the carrier never heard of it
            yield Save(Commit(begun, {}, (), {}, command.by, command.reason))
        try:
            reply = yield request
        except IdempotencyConflict:
            # Of another shop on the account: no later attempt is to take it for this one.
            other = Answer(_own(command, "other"), digest, begun.subject, command.at)
            with suppress(Conflict):
                yield Save(Commit(other, {}, (), {}, command.by, command.reason))
            raise
    return (yield from _settled(command, digest, reply))


def _learned(command: BookLabel | VoidLabel, digest: str) -> Steps:
    """What became of an attempt that went before; None where none did, or the carrier never heard of it."""
    begun: Answer | None = yield Recall(_own(command, "begun"))
    if begun is None:
        return None
    if begun.payload_hash != digest or (yield Recall(_own(command, "other"))) is not None:
        raise IdempotencyConflict("key", key=command.key)
    return (yield AskCarrier(command.key))


def _own(command: BookLabel | VoidLabel, what: str) -> str:
    return own_key("label", command.key, what)


def _settled(command: BookLabel | VoidLabel, digest: str, reply: object) -> Steps:
    """The reply, recorded unless the carrier itself does not know yet: then whoever asks again finds out."""
    said = _readable(reply)
    return said if said.outcome == UNKNOWN else (yield from _kept(command, digest, said))


def _kept(command: BookLabel | VoidLabel, digest: str, reply: CarrierReply) -> Steps:
    """Record what the carrier replied, or learn what somebody else recorded under the same key."""
    stream = om.label_stream(command.order_id)
    for _ in range(MAX_ATTEMPTS):
        loaded: Mapping[str, Loaded] = yield Load((stream,))
        version, labels = loaded[stream].version, loaded[stream].state
        event = _event(command, reply)
        answer = Answer(command.key, digest, f"order/{command.order_id}", command.at, result=reply)
        write = Write(stream, (event,), om.evolve_labels(labels, event))
        try:
            yield Save(Commit(answer, {stream: version}, (write,), {}, command.by, command.reason))
        except Conflict:
            recorded: Answer | None = yield Recall(command.key)
            if recorded is not None:
                return _recorded(command, recorded, digest)
            continue  # another label of the order was booked meanwhile
        return reply
    raise Conflict("key", attempts=MAX_ATTEMPTS)


def _event(command: BookLabel | VoidLabel, reply: CarrierReply) -> Any:
    approved = reply.outcome == APPROVED
    if isinstance(command, VoidLabel):
        if approved:
            return om.LabelVoided(command.at, command.label, reply.reference)
        return om.LabelKept(command.at, command.label, reply.reason)
    work, service = command.fulfillment_id, command.service
    if not approved:
        return om.LabelDeclined(command.at, command.key, work, service, reply.reason)
    return om.LabelBooked(
        command.at,
        command.key,
        work,
        reply.service or service,
        reply.carrier,
        reply.tracking,
        reply.reference,
        reply.cost,
        reply.label,
    )


def let_go(duty: Duty, entry: FeedEntry) -> Steps:
    """Labels of work that was called off are voided, unless goods left with them; so are those to elsewhere.

    A label that is booked while its work is called off is looked at when it is recorded.
    """
    if type(entry.event) not in _CALLED_OFF:
        return 0
    order_id = entry.stream.partition("/")[2]
    stream = om.label_stream(order_id)
    loaded: Mapping[str, Loaded] = yield Load((stream, f"order/{order_id}"))
    order: om.Order | None = loaded[f"order/{order_id}"].state
    made = 0
    outdated: frozenset[str] = frozenset()
    if type(entry.event) is ev.DeliveryChanged:
        history: Sequence[FeedEntry] = yield ReadHistory(stream)
        booked = [each for each in history if type(each.event) is om.LabelBooked]
        outdated = frozenset([each.event.label for each in booked if each.position < entry.position])
    for label in () if order is None else om.idle_labels(loaded[stream].state, order, outdated):
        command = VoidLabel(
            order_id, label.id, key=own_key("void-label", label.id), at=duty.at, by="dispatcher"
        )
        reply = yield from _void(command)
        if reply.outcome == UNKNOWN:
            raise Unavailable("carrier")  # the next run finds out
        made += 1
    return made


_CALLED_OFF = (
    ev.FulfillmentRejected,
    ev.FulfillmentCancelled,
    ev.UnitsShortPicked,
    ev.UnitsCancelled,
    ev.DeliveryChanged,
    om.LabelBooked,
)


def _readable(reply: object) -> CarrierReply:
    """A reply that can be kept: whatever is written beside it, the label is booked or is not.

    An outcome that is none of the three is unknown. What no record takes is left out.
    """
    if type(reply) is not CarrierReply:
        raise InvalidType("carrier", expected="CarrierReply")
    outcome = reply.outcome
    if type(outcome) is not str or outcome not in (APPROVED, DECLINED, UNKNOWN):
        outcome = UNKNOWN
    cost = reply.cost if type(reply.cost) is Money else None
    return CarrierReply(
        outcome,
        _text(reply.reference, 200),
        _text(reply.reason, 200),
        _text(reply.carrier, 100),
        _text(reply.tracking, 100),
        _text(reply.service, 100),
        cost,
        _text(reply.label, 1_000),
    )


def _text(value: object, high: int) -> str:
    try:
        return checked_text(value, "carrier", high=high)
    except InputError:
        return ""


__all__ = ["book", "let_go", "void"]
