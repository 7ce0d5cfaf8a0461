"""The timeline: the history of one order in words.

Decides what each fact is called. Words only about the order: identifiers, locations, SKUs,
numbers, amounts. Free text that a person or a channel wrote - notes, titles, causes that are more
than a word - stays out, so that no personal data comes in through it. Must not know how entries
are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from omcore.kernel import InvalidType, checked_iterator, format_minor
from omcore.kernel.runs import count
from omcore.orders import events as ev
from omcore.orders.parts import Parts, by_line, counted, units_of
from omcore.orders.selection import subtract
from omcore.orders.state import HOLD_BLOCKS, Items, Wanted
from omcore.ports import FeedEntry

# A cause, kind or name of a rule: a few plain words at most, and nobody's name or number.
_WORD = re.compile(r"[a-z][a-z_-]{0,39}", re.ASCII)


class _Context:
    """What the placement said and later facts refer to."""

    __slots__ = ("currency", "skus")

    def __init__(self) -> None:
        self.currency = ""
        self.skus: dict[str, str] = {}

    def items(self, items: Items) -> str:
        """``2 x TEE-M, 1 x CAP``"""
        return ", ".join(f"{count(runs)} x {self.skus.get(line, line)}" for line, runs in items)

    def goods(self, event: Any) -> str:
        """What a fact about a return is about: ``1 x CAP, 1 x MUG of 2 x GIFT``"""
        parts: Parts = event.parts
        if not parts:
            return self.items(event.items)
        told = [self.items(whole)] if (whole := subtract(event.items, units_of(parts))) else []
        of_line = by_line(parts)
        for line_id, runs in units_of(parts):
            pieces = ", ".join(f"{many} x {sku}" for sku, many in counted(of_line[line_id]).items())
            told.append(f"{pieces} of {self.items(((line_id, runs),))}")
        return ", ".join(told)

    def wanted(self, wanted: Wanted) -> str:
        """As ``items``, or all where none is named."""
        if not wanted:
            return "all of it"
        each = [(line, what if isinstance(what, int) else count(what)) for line, what in wanted]
        return ", ".join(f"{units} x {self.skus.get(line, line)}" for line, units in each)

    def money(self, minor: int) -> str:
        return f"{format_minor(minor, self.currency)} {self.currency}" if self.currency else str(minor)


def timeline(entries: Iterable[FeedEntry], zone: tzinfo = UTC) -> tuple[str, ...]:
    """A line per fact, in the order given: ``HH:MM:SS  words``; a line per day in between.

    ``entries`` is the history of one order's stream, from its placement on; ``zone`` is the clock
    on the wall. Facts that an embedder added are named by their type. Errors: ``InvalidType``.
    """
    if not issubclass(type(zone), tzinfo):
        raise InvalidType("zone", expected="tzinfo")
    context = _Context()
    out: list[str] = []
    day = None
    for i, entry in enumerate(checked_iterator(entries, "entries", "entries of a feed")):
        if type(entry) is not FeedEntry:
            raise InvalidType(f"entries[{i}]", expected="FeedEntry")
        event = entry.event
        words = _WORDS.get(type(event), _unknown)(context, event)
        if entry.by == "dispatcher" and type(event) is ev.FulfillmentRequested:
            words += _word(entry.reason)
        moment: datetime = entry.at.astimezone(zone)
        if moment.date() != day:
            day = moment.date()
            out.append(f"{day.isoformat()} {moment.tzname()}")
        out.append(f"  {moment:%H:%M:%S}  {words}")
    return tuple(out)


def _word(text: str) -> str:
    """`` (text)`` where it is a plain word, nothing where it could be anything."""
    return f" ({text.replace('_', ' ')})" if _WORD.fullmatch(text) else ""


def _unknown(context: _Context, event: object) -> str:
    return type(event).__name__


def _placed(context: _Context, event: ev.OrderPlaced) -> str:
    context.currency = event.currency
    context.skus = {line.id: line.sku for line in event.lines}
    items = context.items(tuple((line.id, ((1, line.quantity),)) for line in event.lines))
    where = "" if event.pickup_at is None else f", for pickup at {event.pickup_at}"
    return f"placed on {event.ref.channel}: {items}; {context.money(event.total)}{where}"


def _status(context: _Context, event: ev.OrderStatusChanged) -> str:
    return f"-> {event.target.replace('_', ' ')}"


def _stage(context: _Context, event: ev.StageEntered) -> str:
    return f"-> {event.stage.replace('_', ' ')}"


def _validated(context: _Context, event: ev.OrderValidated) -> str:
    return f"validated by {len(event.rules)} rules"


def _held(context: _Context, event: ev.HoldPlaced) -> str:
    what = "" if event.blocks == HOLD_BLOCKS else f", no {' and no '.join(event.blocks)}"
    until = "" if event.expires_at is None else f", until {event.expires_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"on hold{_word(event.kind)}{what}{until}"


def _released(context: _Context, event: ev.HoldReleased) -> str:
    how = "overruled" if event.waived else "released" if event.expired_at is None else "expired"
    return f"hold {how}{_word(event.kind)}"


def _taken(context: _Context, event: ev.GoodsTaken) -> str:
    return f"taken at the till of {event.location}: {context.items(event.items)}"


def _requested(context: _Context, event: ev.FulfillmentRequested) -> str:
    return f"asked {event.location} for {context.items(event.items)}"


def _advanced(context: _Context, event: ev.FulfillmentAdvanced) -> str:
    return f"{event.location}: {event.status.replace('_', ' ')}"


def _rejected(context: _Context, event: ev.FulfillmentRejected) -> str:
    return f"{event.location} rejected {context.items(event.items)}{_word(event.cause)}"


def _called_back(context: _Context, event: ev.FulfillmentCancelled) -> str:
    return f"called {context.items(event.items)} back from {event.location}{_word(event.cause)}"


def _short(context: _Context, event: ev.UnitsShortPicked) -> str:
    return f"{event.location} could not find {context.items(event.items)}{_word(event.cause)}"


def _waits(context: _Context, event: ev.UnitsBackordered) -> str:
    waits = f"{context.items(event.items)} waits for stock"
    if event.promised_for is not None:
        waits += f" at {event.location}, promised for {event.promised_for.isoformat()}"
    return waits if event.before is None else f"{waits}, not for {event.before.isoformat()} as before"


def _promised(context: _Context, event: ev.DeliveryPromised) -> str:
    leaves = f" from {event.location}" if event.location else ""
    if event.ship_by is not None:
        leaves += f", to leave by {event.ship_by.isoformat()}"
    days = _days(event.earliest, event.latest)
    return f"promised {context.items(event.items)}{leaves}, to arrive {days}"


def _promised_otherwise(context: _Context, event: ev.PromiseChanged) -> str:
    days = _days(event.earliest, event.latest)
    was = _days(event.was_earliest, event.was_latest)
    return f"{context.items(event.items)} arrives {days}, not {was} as was promised{_word(event.cause)}"


def _days(earliest: date | None, latest: date | None) -> str:
    """``on 2026-12-01``, ``between 2026-12-01 and 2026-12-03``"""
    if latest is None:
        return "on a day that nobody can tell"
    if earliest is None:
        return f"by {latest.isoformat()}"
    if earliest == latest:
        return f"on {latest.isoformat()}"
    return f"between {earliest.isoformat()} and {latest.isoformat()}"


def _shipped(context: _Context, event: ev.UnitsShipped) -> str:
    tracking = " ".join(part for part in event.tracking if part)
    by = f", {tracking}" if tracking else ""
    return f"shipped from {event.location}: {context.items(event.items)}{by}"


def _on_its_way(context: _Context, event: ev.ShipmentAdvanced) -> str:
    return f"shipment {event.shipment_id}: {event.status.replace('_', ' ')}"


def _delivered(context: _Context, event: ev.UnitsDelivered) -> str:
    return f"delivered {context.items(event.items)}"


def _arrived_at_store(context: _Context, event: ev.UnitsArrived) -> str:
    return f"came to {event.location}, where it is collected: {context.items(event.items)}"


def _collected(context: _Context, event: ev.UnitsCollected) -> str:
    return f"collected at {event.location}: {context.items(event.items)}"


def _pickup_extended(context: _Context, event: ev.PickupExtended) -> str:
    return f"waits at {event.location} until {event.collect_by.isoformat()}"


def _pickup_expired(context: _Context, event: ev.PickupExpired) -> str:
    return (
        f"not collected at {event.location} by {event.collect_by.isoformat()}: {context.items(event.items)}"
    )


def _pickup_declined(context: _Context, event: ev.PickupDeclined) -> str:
    return f"not wanted at {event.location}: {context.items(event.items)}"


def _reopened(context: _Context, event: ev.UnitsReopened) -> str:
    back = f"came back to {event.location}" if event.location else "never arrived"
    return f"{back} and open again: {context.items(event.items)}"


def _channel_shipped(context: _Context, event: ev.ChannelShipped) -> str:
    return f"shipped by the channel: {context.items(event.items)}"


def _cancel_requested(context: _Context, event: ev.CancelRequested) -> str:
    return f"asked to be cancelled: {context.wanted(event.wanted)}"


def _cancel_decided(context: _Context, event: ev.CancelRequestDecided) -> str:
    answer = f"cancel {'accepted' if event.accepted else 'declined'}{' by policy' if event.by_policy else ''}"
    return f"{answer}, too late for {context.items(event.left)}" if event.left else answer


def _cancelled(context: _Context, event: ev.UnitsCancelled) -> str:
    return f"cancelled {context.items(event.items)}{_word(event.cause)}"


def _return_authorized(context: _Context, event: ev.ReturnAuthorized) -> str:
    how = "" if event.method == "mail" else f"{_word(event.method)}"
    cost = f", label for {context.money(event.label.cost)}" if event.label is not None else ""
    return f"return {event.return_id} authorized{how}: {context.goods(event)}{cost}"


def _return_cancelled(context: _Context, event: ev.ReturnCancelled) -> str:
    return f"return {event.return_id} called off: {context.goods(event)}"


def _returned(context: _Context, event: ev.ReturnReceived) -> str:
    where = _word(event.condition or "scrapped")
    more = "; to be inspected" if event.inspect else _elsewhere(event.location, event.stocked_at)
    return f"came back to {event.location}: {context.goods(event)}{where}{_fees(context, event)}{more}"


def _fees(context: _Context, event: ev.ReturnReceived | ev.ReturnInspected) -> str:
    fee = f", fee {context.money(event.fee)}" if event.fee else ""
    return fee + (f", label {context.money(event.label_fee)}" if event.label_fee else "")


def _elsewhere(location: str, stocked_at: str) -> str:
    return "" if stocked_at == location else f"; stocked at {stocked_at}"


def _return_arrived(context: _Context, event: ev.ReturnArrived) -> str:
    return f"came back to {event.location}: {context.goods(event)}; to be inspected"


def _return_inspected(context: _Context, event: ev.ReturnInspected) -> str:
    items = f"{context.goods(event)}{_word(event.grade)}"
    if not event.accepted:
        return f"not taken back after inspection: {items}"
    where = _word(event.condition or "scrapped") + _fees(context, event)
    return f"taken back after inspection: {items}{where}{_elsewhere(event.location, event.stocked_at)}"


def _return_refused(context: _Context, event: ev.ReturnRefused) -> str:
    return f"return {event.return_id} did not bring {context.goods(event)}{_word(event.cause)}"


def _return_lost(context: _Context, event: ev.ReturnLost) -> str:
    return f"lost on the way back: {context.goods(event)}"


def _return_found(context: _Context, event: ev.LostReturnFound) -> str:
    where = _word(event.condition or "scrapped")
    return f"came back to {event.location} after all: {context.goods(event)}{where}"


def _return_kept(context: _Context, event: ev.ReturnKept) -> str:
    return f"the customer keeps {context.goods(event)}"


def _shipping_given_back(context: _Context, event: ev.ShippingGivenBack) -> str:
    return f"shipping given back: {context.money(event.net + event.tax)}"


def _exchange(context: _Context, event: ev.ExchangeAuthorized) -> str:
    entry = event.exchange
    new = {line.id: line.sku for line in entry.lines}
    goods = ", ".join(f"{line.quantity} x {new[line.id]}" for line in entry.lines)
    due = f", {context.money(event.due)} to be paid first" if event.due else ""
    way = "in advance of" if entry.advance else "for"
    return f"exchange {entry.id} agreed: {goods} {way} {context.items(entry.items)}{due}"


def _exchange_started(context: _Context, event: ev.ExchangeStarted) -> str:
    return f"exchange {event.exchange_id}: goods are expected back"


def _exchange_sent(context: _Context, event: ev.ExchangeSent) -> str:
    return f"exchange {event.exchange_id}: goods go out"


def _exchange_overdue(context: _Context, event: ev.ExchangeOverdue) -> str:
    return f"exchange {event.exchange_id}: nothing came back in time"


def _exchange_charged(context: _Context, event: ev.ExchangeCharged) -> str:
    return f"exchange {event.exchange_id}: {context.money(event.amount)} asked for"


def _exchange_ended(context: _Context, event: ev.ExchangeEnded) -> str:
    return f"exchange {event.exchange_id} {event.outcome}{_word(event.cause)}"


def _claim_opened(context: _Context, event: ev.ClaimOpened) -> str:
    return f"claim {event.claim_id}{_word(event.kind)}: {context.items(event.items)}"


def _claim_refunded(context: _Context, event: ev.ClaimRefunded) -> str:
    return f"{context.money(event.net + event.tax)} given back, nothing comes back (claim {event.claim_id})"


def _replaced(context: _Context, event: ev.UnitsReplaced) -> str:
    return f"replaced {context.items(event.items)} (claim {event.claim_id})"


def _claim_resolved(context: _Context, event: ev.ClaimResolved) -> str:
    return f"claim {event.claim_id}: {event.resolution}{_word(event.cause)}"


def _payment(words: str) -> Callable[[_Context, Any], str]:
    def tell(context: _Context, event: Any) -> str:
        cause = _word(getattr(event, "cause", ""))
        return f"{event.kind} {context.money(event.amount)} {words}{cause}"

    return tell


def _received(context: _Context, event: ev.PaymentReceived) -> str:
    return f"{context.money(event.amount)} arrived ({event.tender_kind})"


def _refund_noted(context: _Context, event: ev.RefundNoted) -> str:
    return f"the channel refunded {context.money(event.amount)}"


def _retried(context: _Context, event: ev.PaymentRetried) -> str:
    return "a declined payment may be asked again"


def _allowed(context: _Context, event: ev.AllowanceGranted) -> str:
    return f"{context.money(event.amount)} taken off{_word(event.kind)}"


def _tender_added(context: _Context, event: ev.TenderAdded) -> str:
    return f"to be paid with {context.money(event.tender.amount)}{_word(event.tender.kind)} besides"


def _authorization_lapsed(context: _Context, event: ev.AuthorizationLapsed) -> str:
    return f"an authorization of {context.money(event.amount)} lapsed"


def _charged_back(context: _Context, event: ev.ChargebackRecorded) -> str:
    return f"{context.money(event.amount)} charged back"


def _decided(context: _Context, event: ev.ChargebackResolved) -> str:
    return f"the chargeback of {context.money(event.amount)} was {'won' if event.won else 'lost'}"


def _added(context: _Context, event: ev.UnitsAdded) -> str:
    context.skus.update((line.id, line.sku) for line in event.lines)
    new = [(line.id, ((1, line.quantity),)) for line in event.lines]
    more = [(line_id, ((runs[0][0], runs[-1][1]),)) for line_id, runs in event.more]
    items = context.items((*new, *more)) or "charges"
    return f"added {items} for {context.money(event.net + event.tax)}{_cause(event.cause)}"


def _cause(cause: str) -> str:
    """`` (edit)`` of ``edit:<id>``."""
    return _word(cause.partition(":")[0])


def _delivered_otherwise(context: _Context, event: ev.DeliveryChanged) -> str:
    where = "" if event.pickup_at is None else f", for pickup at {event.pickup_at}"
    return f"to be delivered otherwise: {event.service}{where}{_cause(event.cause)}"


def _proposed(context: _Context, event: ev.EditProposed) -> str:
    due = f", {context.money(event.due)} to be paid first" if event.due else ""
    worth = context.money(event.net + event.tax)
    return f"edit {event.edit.id} proposed{_word(event.party)}: {worth}{due}"


def _confirmed(context: _Context, event: ev.EditConfirmed) -> str:
    named = context.skus
    swaps = [f"{named.get(new, new)} for {named.get(old, old)}" for new, old in event.swaps]
    instead = f": {', '.join(swaps)}" if swaps else ""
    return f"edit {event.edit_id} confirmed{_word(event.party)}{instead}, now {context.money(event.total)}"


def _declined(context: _Context, event: ev.EditDeclined) -> str:
    return f"edit {event.edit_id} declined{_word(event.party)}{_word(event.cause)}"


def _lapsed(context: _Context, event: ev.EditLapsed) -> str:
    return f"edit {event.edit_id} {'is off' if event.expired_at is None else 'has expired'}"


def _seen(context: _Context, event: ev.SnapshotSeen) -> str:
    return "the channel sent a newer version"


def _erased(context: _Context, event: ev.PersonalDataErased) -> str:
    return "personal data erased"


def _late(context: _Context, event: ev.LateFactNoted) -> str:
    return f"to be looked at{_word(event.what)}"


_WORDS: Mapping[type, Callable[[_Context, Any], str]] = {
    ev.OrderPlaced: _placed,
    ev.OrderStatusChanged: _status,
    ev.StageEntered: _stage,
    ev.OrderValidated: _validated,
    ev.HoldPlaced: _held,
    ev.HoldReleased: _released,
    ev.GoodsTaken: _taken,
    ev.FulfillmentRequested: _requested,
    ev.FulfillmentAdvanced: _advanced,
    ev.FulfillmentRejected: _rejected,
    ev.FulfillmentCancelled: _called_back,
    ev.UnitsShortPicked: _short,
    ev.UnitsBackordered: _waits,
    ev.DeliveryPromised: _promised,
    ev.PromiseChanged: _promised_otherwise,
    ev.UnitsShipped: _shipped,
    ev.ShipmentAdvanced: _on_its_way,
    ev.UnitsDelivered: _delivered,
    ev.UnitsReopened: _reopened,
    ev.UnitsArrived: _arrived_at_store,
    ev.UnitsCollected: _collected,
    ev.PickupExtended: _pickup_extended,
    ev.PickupExpired: _pickup_expired,
    ev.PickupDeclined: _pickup_declined,
    ev.ChannelShipped: _channel_shipped,
    ev.CancelRequested: _cancel_requested,
    ev.CancelRequestDecided: _cancel_decided,
    ev.UnitsCancelled: _cancelled,
    ev.ReturnAuthorized: _return_authorized,
    ev.ReturnCancelled: _return_cancelled,
    ev.ReturnReceived: _returned,
    ev.ReturnArrived: _return_arrived,
    ev.ReturnInspected: _return_inspected,
    ev.ReturnRefused: _return_refused,
    ev.ReturnLost: _return_lost,
    ev.LostReturnFound: _return_found,
    ev.ReturnKept: _return_kept,
    ev.ShippingGivenBack: _shipping_given_back,
    ev.ExchangeAuthorized: _exchange,
    ev.ExchangeStarted: _exchange_started,
    ev.ExchangeSent: _exchange_sent,
    ev.ExchangeOverdue: _exchange_overdue,
    ev.ExchangeCharged: _exchange_charged,
    ev.ExchangeEnded: _exchange_ended,
    ev.ClaimOpened: _claim_opened,
    ev.ClaimRefunded: _claim_refunded,
    ev.UnitsReplaced: _replaced,
    ev.ClaimResolved: _claim_resolved,
    ev.PaymentRequested: _payment("asked for"),
    ev.PaymentApproved: _payment("approved"),
    ev.PaymentDeclined: _payment("declined"),
    ev.PaymentUnknown: _payment("unanswered"),
    ev.PaymentReceived: _received,
    ev.RefundNoted: _refund_noted,
    ev.PaymentRetried: _retried,
    ev.AllowanceGranted: _allowed,
    ev.TenderAdded: _tender_added,
    ev.AuthorizationLapsed: _authorization_lapsed,
    ev.ChargebackRecorded: _charged_back,
    ev.ChargebackResolved: _decided,
    ev.UnitsAdded: _added,
    ev.DeliveryChanged: _delivered_otherwise,
    ev.EditProposed: _proposed,
    ev.EditConfirmed: _confirmed,
    ev.EditDeclined: _declined,
    ev.EditLapsed: _lapsed,
    ev.SnapshotSeen: _seen,
    ev.PersonalDataErased: _erased,
    ev.LateFactNoted: _late,
}


__all__ = ["timeline"]
