"""Counting: what each fact of an order adds to the figures.

Decides, fact by fact, which figure of which cell rises: the cell of the moment of the fact, or the
cell in which its order was placed. Must not know how cells are kept, or periods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from omcore.kernel import epoch_second
from omcore.kernel.runs import count
from omcore.orders import events as ev
from omcore.orders.draft import CHANNEL
from omcore.orders.entitlements import worth
from omcore.orders.parts import counted, units_of
from omcore.orders.state import Items
from omcore.reporting._figures import ChannelFigures, MoneyFigures
from omcore.reporting._in_time import Due

# What an answer that a holder approved says of money that moved.
_MOVED = {"capture": "captured", "refund": "refunded", "issue": "credited"}
# What a condition of stock says about where goods went.
_DISPOSITION = {"sellable": "restock", "quarantined": "quarantine", "damaged": "refurbish", "": "scrap"}
_REPLACING = "claim:"  # goods in the place of others: what these were booked for, they are


class Cell:
    """The figures of one channel in one hour, while they are counted."""

    __slots__ = ("counts", "dispositions", "messages", "minutes", "money")

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.minutes: Counter[int] = Counter()
        self.messages: Counter[str] = Counter()
        self.dispositions: Counter[str] = Counter()
        self.money: dict[str, Counter[str]] = {}

    def pay(self, currency: str, what: str, amount: int) -> None:
        if amount:
            self.money.setdefault(currency, Counter())[what] += amount

    def figures(self, channel: str) -> ChannelFigures:
        return ChannelFigures(
            channel,
            **self.counts,
            minutes_to_ship=tuple(sorted(self.minutes.items())),
            money=tuple(MoneyFigures(currency, **sums) for currency, sums in sorted(self.money.items())),
            messages=tuple(sorted(self.messages.items())),
            dispositions=tuple(sorted(self.dispositions.items())),
        )


class Known:
    """What the later facts of an order do not repeat. ``placed_in`` is the cell of its placement."""

    __slots__ = (
        "channel",
        "currency",
        "due",
        "last_s",
        "location",
        "placed_at",
        "placed_in",
        "split",
        "under_way",
    )

    def __init__(self, event: ev.OrderPlaced, placed_in: Cell, units: int) -> None:
        self.channel = event.ref.channel
        self.currency = event.currency
        self.placed_at = event.placed_at
        self.placed_in = placed_in
        self.under_way = units
        self.last_s = epoch_second(event.at)
        self.location: str | None = None  # the first that shipped something
        self.split = False
        self.due = Due(event)


# What a fact adds: (its order, the cell of its moment, the fact).
Count = Callable[[Known, Cell, Any], None]


def placed(cell: Cell, moved: Cell, event: ev.OrderPlaced) -> Known:
    """The order in the cell of the moment the customer ordered, and money that had moved by then.

    What a channel captured before it told us moved, for us, when the order came: in ``moved``.
    """
    units = net = tax = 0
    for line in event.lines:
        units += line.quantity
        part = worth(line.entitlements, ((1, line.quantity),))
        net, tax = net + part[0], tax + part[1]
    for charge in event.charges:
        net, tax = net + charge.net, tax + charge.tax
    cell.counts["orders"] += 1
    cell.counts["units_ordered"] += units
    cell.pay(event.currency, "booked", net)
    cell.pay(event.currency, "tax", tax)
    cell.pay(event.currency, "remitted", event.remitted)
    for tender in event.tenders:
        _brought(event.currency, moved, tender)
    return Known(event, cell, units)


def _brought(currency: str, cell: Cell, tender: ev.TenderStated) -> None:
    """What had moved on a means of payment before we heard of it."""
    cell.pay(currency, "captured", tender.captured)
    if tender.kind == CHANNEL:
        cell.pay(currency, "settled", tender.captured)
    cell.pay(currency, "refunded", tender.refunded)


def _taken(known: Known, cell: Cell, event: ev.GoodsTaken) -> None:
    units = _units(event.items)
    cell.counts["units_taken"] += units
    cell.pay(known.currency, "recognized", event.net)
    known.placed_in.counts["units_filled"] += units
    known.under_way -= units


def _shipped(known: Known, cell: Cell, event: ev.UnitsShipped) -> None:
    _left(known, cell, event)
    if known.location is None:
        known.location = event.location
        known.placed_in.counts["orders_shipped"] += 1
        minutes = int((event.at - known.placed_at).total_seconds()) // 60
        known.placed_in.minutes[max(0, minutes)] += 1
    elif event.location != known.location and not known.split:
        known.split = True
        known.placed_in.counts["orders_split"] += 1


def _left(known: Known, cell: Cell, event: ev.UnitsShipped | ev.ChannelShipped) -> None:
    """What is true of every shipment, ours or the channel's own."""
    units = _units(event.items)
    cell.counts["units_shipped"] += units
    cell.pay(known.currency, "recognized", event.net)
    known.placed_in.counts["units_filled"] += units


def _reopened(known: Known, cell: Cell, event: ev.UnitsReopened) -> None:
    """A parcel was lost or sent back: what it carried is filled and recognized when it goes again."""
    units = _units(event.items)
    cell.counts["units_reopened"] += units
    cell.pay(known.currency, "recognized", -event.net)
    known.placed_in.counts["units_filled"] -= units


def _delivered(known: Known, cell: Cell, event: ev.UnitsDelivered | ev.UnitsCollected) -> None:
    units = _units(event.items)
    cell.counts["units_delivered"] += units
    known.under_way -= units
    promised, in_time = known.due.arrived(event.items, event.at)
    cell.counts["units_promised"] += promised
    cell.counts["units_in_time"] += in_time


def _promised(known: Known, cell: Cell, event: ev.DeliveryPromised | ev.PromiseChanged) -> None:
    cell.counts["units_put_off"] += known.due.promise(event)


def _goes_elsewhere(known: Known, cell: Cell, event: ev.DeliveryChanged) -> None:
    known.due.goes_to(event.destination)


def _cancelled(not_ours: frozenset[str]) -> Count:
    def counted(known: Known, cell: Cell, event: ev.UnitsCancelled) -> None:
        units = _units(event.items)
        cell.counts["units_cancelled"] += units
        cell.pay(known.currency, "cancelled", event.net + event.charges_net)
        if event.cause in not_ours:
            known.placed_in.counts["units_withdrawn"] += units
        known.under_way -= units

    return counted


def _short_picked(known: Known, cell: Cell, event: ev.UnitsShortPicked) -> None:
    cell.counts["units_short_picked"] += _units(event.items)


def _returned(known: Known, cell: Cell, event: ev.ReturnReceived) -> None:
    _came(cell, event)
    if not event.inspect:
        cell.dispositions[_DISPOSITION[event.condition]] += _whole(event)
    _back(known, cell, event)


def _came(cell: Cell, event: ev.ReturnReceived | ev.ReturnInspected | ev.LostReturnFound) -> None:
    cell.counts["units_returned"] += _whole(event)
    if event.parts:
        cell.counts["parts_returned"] += sum(counted(event.parts).values())


def _whole(event: Any) -> int:
    """Units that a fact about a return is about, without those of which it is about parts."""
    return _units(event.items) - _units(units_of(event.parts))


def _back(known: Known, cell: Cell, event: ev.ReturnReceived | ev.ReturnInspected) -> None:
    cell.pay(known.currency, "returned", event.net)
    cell.pay(known.currency, "fees", event.fee + event.label_fee)


def _inspected(known: Known, cell: Cell, event: ev.ReturnInspected) -> None:
    """Units are returned once: when they came, or when they were accepted."""
    if not event.accepted:
        return
    if not event.refunded:
        _came(cell, event)
    cell.dispositions[_DISPOSITION[event.condition]] += _whole(event)
    _back(known, cell, event)


def _without_goods(disposition: str) -> Count:
    def counted(known: Known, cell: Cell, event: ev.ReturnKept | ev.ReturnLost) -> None:
        cell.dispositions[disposition] += _whole(event)
        cell.pay(known.currency, "returned", event.net)

    return counted


def _found(known: Known, cell: Cell, event: ev.LostReturnFound) -> None:
    _came(cell, event)
    cell.dispositions["lost"] -= _whole(event)
    cell.dispositions[_DISPOSITION[event.condition]] += _whole(event)


def _shipping_back(known: Known, cell: Cell, event: ev.ShippingGivenBack) -> None:
    cell.pay(known.currency, "returned", event.net)


def _claim_refunded(known: Known, cell: Cell, event: ev.ClaimRefunded) -> None:
    """Nothing came back. What had not arrived does not any more."""
    cell.counts["units_claimed"] += _units(event.kept) + _units(event.lost)
    cell.pay(known.currency, "claimed", event.net)
    known.under_way -= event.on_the_way


def _replaced(known: Known, cell: Cell, event: ev.UnitsReplaced) -> None:
    """What went out for nothing is recognized when those that stand for it go."""
    cell.counts["units_claimed"] += _units(event.items)
    cell.pay(known.currency, "recognized", -event.net)
    known.under_way -= event.on_the_way


def _approved(known: Known, cell: Cell, event: ev.PaymentApproved) -> None:
    if moved := _MOVED.get(event.kind):
        cell.pay(known.currency, moved, event.amount)


def _received(known: Known, cell: Cell, event: ev.PaymentReceived) -> None:
    cell.pay(known.currency, "captured", event.amount)
    if event.tender_kind == CHANNEL:
        cell.pay(known.currency, "settled", event.amount)


def _refund_noted(known: Known, cell: Cell, event: ev.RefundNoted) -> None:
    cell.pay(known.currency, "refunded", event.amount)


def _tender_added(known: Known, cell: Cell, event: ev.TenderAdded) -> None:
    _brought(known.currency, cell, event.tender)


def _allowed(known: Known, cell: Cell, event: ev.AllowanceGranted) -> None:
    cell.pay(known.currency, "allowed", event.amount)


def _charged_back(known: Known, cell: Cell, event: ev.ChargebackRecorded) -> None:
    cell.pay(known.currency, "charged_back", event.amount)


def _charged_back_no_more(known: Known, cell: Cell, event: ev.ChargebackResolved) -> None:
    if event.won:
        cell.pay(known.currency, "charged_back", -event.amount)


def _added(known: Known, cell: Cell, event: ev.UnitsAdded) -> None:
    """More units of an order belong to where it was placed, or they would be filled and not ordered."""
    units = sum(line.quantity for line in event.lines)
    units += sum(entitlements[-1][1] - entitlements[0][0] + 1 for _, entitlements in event.more)
    known.placed_in.counts["units_ordered"] += units
    known.under_way += units
    if not event.cause.startswith(_REPLACING):
        known.placed_in.pay(known.currency, "booked", event.net)
        known.placed_in.pay(known.currency, "tax", event.tax)
        known.placed_in.pay(known.currency, "remitted", event.remitted)


def _units(items: Items) -> int:
    return sum(count(runs) for _, runs in items)


def counts(not_ours: frozenset[str]) -> Mapping[type, Count]:
    """How each fact is counted; ``not_ours`` are the customer's own causes of a cancellation."""
    return {
        ev.GoodsTaken: _taken,
        ev.UnitsShipped: _shipped,
        ev.ChannelShipped: _left,
        ev.UnitsReopened: _reopened,
        ev.UnitsDelivered: _delivered,
        ev.UnitsCollected: _delivered,
        ev.DeliveryPromised: _promised,
        ev.PromiseChanged: _promised,
        ev.DeliveryChanged: _goes_elsewhere,
        ev.UnitsCancelled: _cancelled(not_ours),
        ev.UnitsShortPicked: _short_picked,
        ev.ReturnReceived: _returned,
        ev.ReturnInspected: _inspected,
        ev.ReturnKept: _without_goods("keep"),
        ev.ReturnLost: _without_goods("lost"),
        ev.LostReturnFound: _found,
        ev.ShippingGivenBack: _shipping_back,
        ev.ClaimRefunded: _claim_refunded,
        ev.UnitsReplaced: _replaced,
        ev.UnitsAdded: _added,
        ev.PaymentApproved: _approved,
        ev.PaymentReceived: _received,
        ev.RefundNoted: _refund_noted,
        ev.TenderAdded: _tender_added,
        ev.AllowanceGranted: _allowed,
        ev.ChargebackRecorded: _charged_back,
        ev.ChargebackResolved: _charged_back_no_more,
    }


__all__ = ["Cell", "Count", "Known", "counts", "placed"]
