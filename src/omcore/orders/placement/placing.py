"""Placing: a draft becomes an order, and every unit's entitlement is fixed.

Decides what is agreed: lines with their entitlements and components, charges, tenders without
what a marketplace remits itself (M13), and where each unit starts. Must not know stock or
routing, or what a channel's payload looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    InputError,
    InvalidId,
    InvalidType,
    Refusal,
    checked_id,
    checked_instant,
    checked_limit,
    checked_text,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, status_of
from omcore.orders.draft import (
    ASKED,
    CHANNEL,
    MERCHANT,
    TAKEN,
    DraftTender,
    ExternalRef,
    OrderDraft,
    refuse_other_measure,
)
from omcore.orders.payments.ledger import opening
from omcore.orders.payments.settling import request
from omcore.orders.payments.tenders import AUTHORIZE
from omcore.orders.placement.pricing import checked_priced, price, price_and_worth
from omcore.orders.state import NO_AMENDMENTS, Items, Order, OrderLine, OrderTerms, Progress, Standing, Tally

MAX_SIGNALS = 50
# Identifiers and keys have 200; what is named after an order, and when, needs the rest.
MAX_ORDER_ID = 140


class TotalMismatch(InputError):
    """The channel's total is not the sum of its own lines and charges. Fields: stated, computed."""

    code = "total_mismatch"


class OrderExists(Refusal):
    """An order with this id was placed before. Fields: id."""

    code = "order_exists"


@record
class PlaceOrder(Command):
    """Place an order from a draft.

    ``order_id`` defaults to a name made of the draft's external reference, so that the same
    channel order never becomes two. ``reservation`` names a token whose claim the order takes
    over when it is routed (S5). ``signals`` are whole numbers that validation rules read, such as
    ``(("fraud_score", 12),)``.

    Precedence: order_exists, measure_mismatch, discount_too_large, amount_too_large, total_mismatch.
    """

    draft: OrderDraft
    order_id: str = ""
    reservation: str = ""
    signals: tuple[tuple[str, int], ...] = attrs.field(default=(), repr=False)

    def _check(self) -> None:
        if type(self.draft) is not OrderDraft:
            raise InvalidType("draft", expected="OrderDraft")
        checked_placement(self.order_id, self.reservation, self.signals)


def checked_order_id(value: object, path: str) -> str:
    """An identifier with room for what is named after it, such as the keys of what the order asks for."""
    order_id = checked_id(value, path)
    if len(order_id) > MAX_ORDER_ID:
        raise InvalidId(path, reason=f"1 to {MAX_ORDER_ID} characters")
    return order_id


def checked_placement(order_id: object, reservation: object, signals: object) -> None:
    """The fields that placing and importing share."""
    if type(order_id) is not str or order_id:
        checked_order_id(order_id, "order_id")
    if type(reservation) is not str or reservation:
        checked_id(reservation, "reservation")
    if type(signals) is not tuple:
        raise InvalidType("signals", expected="tuple of (name, int)")
    checked_limit(len(signals), MAX_SIGNALS, "signals", "signals")
    for i, pair in enumerate(signals):
        if type(pair) is not tuple or len(pair) != 2 or type(pair[1]) is not int or abs(pair[1]) > 10**15:
            raise InvalidType(f"signals[{i}]", expected="(name, int)")
        checked_text(pair[0], f"signals[{i}]", high=100)


def order_id_of(ref: ExternalRef) -> str:
    """A stable order id for an external reference; different references never share one."""
    if type(ref) is not ExternalRef:
        raise InvalidType("ref", expected="ExternalRef")
    parts = (
        (ref.channel, ref.account, ref.id)
        if ref.kind == "order"
        else (
            ref.channel,
            ref.account,
            ref.kind,
            ref.id,
        )
    )
    return checked_order_id(":".join(_escaped(part) for part in parts), "ref")


def _escaped(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    return "".join(
        character if character.isalnum() or character in "._-" else f"={ord(character):02X}"
        for character in text
    )


def place(
    changes: Changes, draft: OrderDraft, order_id: str, reservation: str, signals: tuple[tuple[str, int], ...]
) -> None:
    """Price, check against the channel's total, and start every unit where it belongs."""
    context = changes.context
    for i, line in enumerate(draft.lines):
        refuse_other_measure(context.catalog, line, f"lines[{i}]")
    if context.policies.pricing is price:
        priced, (net, tax, remitted, funded) = price_and_worth(draft)
    else:
        priced = checked_priced(context.policies.pricing(draft), draft)
        net, tax, remitted, funded = priced.worth()
    total = net + tax
    if draft.stated_total is not None and draft.stated_total.minor != total:
        raise TotalMismatch("stated_total", stated=draft.stated_total.minor, computed=total)
    items, kits, values = context.catalog.by_sku, context.catalog.exploded, context.catalog.list_values
    lines = [
        OrderLine(
            line.id,
            line.sku,
            line.quantity,
            line.unit_price.minor,
            priced.lines[i],
            kits.get(line.sku) or ((line.sku, 1),),
            line.fulfilled_by,
            line.sku not in items or items[line.sku].returnable,
            line.title,
            values.get(line.sku, ()),
            line.measure,
            line.group,
        )
        for i, line in enumerate(draft.lines)
    ]
    shop = draft.shop_total
    changes.emit(
        ev.OrderPlaced(
            changes.at,
            order_id,
            draft.ref,
            draft.number,
            draft.currency,
            checked_instant(draft.placed_at, "draft.placed_at"),
            tuple(lines),
            priced.charges,
            _tenders(draft, total, remitted),
            total,
            remitted,
            funded,
            draft.destination,
            draft.service,
            draft.ship_complete,
            draft.pickup_at,
            reservation,
            signals,
            draft.attribution,
            "" if shop is None else shop.currency,
            0 if shop is None else shop.minor,
            draft.source_version,
            draft.tax_included,
            draft.priority,
            draft.deliver_by,
        )
    )
    taken = [(line.id, ((1, line.quantity),)) for line in draft.lines if line.fulfilled_by == TAKEN]
    if taken:
        _take(changes, tuple(taken), draft.taken_at or "")


def authorize(changes: Changes) -> None:
    """Ask for the authorization of tenders that have none, unless the order is over already."""
    if changes.order.standing.status in changes.context.chart.finals:
        return
    for tender in changes.order.payments.tenders.values():
        if tender.kind in ASKED and tender.authorized == 0 and tender.amount > 0:
            request(changes, AUTHORIZE, tender.id, tender.amount)


def _take(changes: Changes, items: Items, location: str) -> None:
    """Goods that left the shelf already (S12): they count as delivered, and are earned."""
    net, tax, remitted, funded = changes.order.worth(items, charges=True)
    changes.emit(ev.GoodsTaken(changes.at, location, items, net, tax, remitted, funded, True))


def _tenders(draft: OrderDraft, total: int, remitted: int) -> tuple[ev.TenderStated, ...]:
    """The draft's tenders, less what a marketplace keeps to remit it (M13).

    Where the tenders pay for the whole order, the remitted tax is in them: it is taken from the
    channel's own tenders first, and from the last of the others after that.
    """
    kept = [tender.amount.minor for tender in draft.tenders]
    if remitted and sum(kept) >= total:
        kept = without_remitted(draft.tenders, kept, remitted, [0] * len(kept))
    stated = []
    for i, tender in enumerate(draft.tenders):
        amount = kept[i]
        captured = amount if tender.captured else 0
        authorized = amount if tender.authorized else captured
        # Refunds are noted after the units that they are for: only these tell how much of a refund
        # was a marketplace's own tax (M13), whichever snapshot comes first (C8).
        stated.append(
            ev.TenderStated(tender.id, tender.kind, amount, authorized, captured, 0, tender.reference)
        )
    return tuple(stated)


def without_remitted(
    tenders: Sequence[DraftTender], amounts: Sequence[int], remitted: int, floors: Sequence[int]
) -> list[int]:
    """Amounts over tenders less what a marketplace keeps of them (M13), none below its floor.

    A channel's own tenders give first, the last of the others after that.
    """
    kept = list(amounts)
    for i in sorted(range(len(kept)), key=lambda i: (tenders[i].kind != CHANNEL, -i)):
        part = max(min(remitted, kept[i] - floors[i]), 0)
        kept[i] -= part
        remitted -= part
    return kept


def evolve_placed(order: Order | None, event: ev.OrderPlaced) -> Order:
    """The order as it begins."""
    units: list[un.Units] = []
    index: dict[str, int] = {}
    merchant = channel = 0
    for line in event.lines:
        index[line.id] = len(units)
        if line.fulfilled_by == CHANNEL:
            channel += line.quantity
            units.append(un.start(line.quantity, un.CHANNEL))
        else:
            merchant += line.quantity
            units.append(un.start(line.quantity))
    terms = OrderTerms(
        event.order_id,
        event.ref,
        event.number,
        event.currency,
        event.placed_at,
        event.lines,
        index,
        event.charges,
        event.total,
        event.remitted,
        event.funded,
        event.destination,
        event.service,
        event.ship_complete,
        event.pickup_at,
        event.reservation,
        event.signals,
        event.attribution,
        event.shop_currency,
        event.shop_total,
        event.tax_included,
        event.priority,
        event.deliver_by,
    )
    tally = Tally(merchant, channel, 0, 0, 0, 0)
    progress = Progress(tuple(units), tally, {}, {}, {}, frozenset(), False, 0)
    standing = Standing("placed", "", False, (), frozenset(), (), event.source_version, event.at, event.at)
    return Order(terms, progress, opening(event), standing, NO_AMENDMENTS, event.at)


def evolve_validated(order: Order, event: ev.OrderValidated) -> Order:
    """The rules were content."""
    old = order.standing
    return order.with_standing(
        Standing(
            old.status,
            old.stage,
            True,
            old.holds,
            old.waived,
            old.cancel_requests,
            old.source_version,
            old.began_at,
            event.at,
            old.erased,
            old.noted,
        )
    )


def evolve_status(order: Order, event: ev.OrderStatusChanged) -> Order:
    """Another status; an embedder's stage ends with it."""
    old = order.standing
    return order.with_standing(
        Standing(
            event.target,
            "",
            old.validated,
            old.holds,
            old.waived,
            old.cancel_requests,
            old.source_version,
            old.began_at,
            old.waits_since,
            old.erased,
            old.noted,
        )
    )


EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.OrderPlaced: evolve_placed,
    ev.OrderStatusChanged: evolve_status,
    ev.OrderValidated: evolve_validated,
}

__all__ = [
    "MERCHANT",
    "OrderExists",
    "PlaceOrder",
    "TotalMismatch",
    "authorize",
    "checked_placement",
    "order_id_of",
    "place",
    "status_of",
    "without_remitted",
]
