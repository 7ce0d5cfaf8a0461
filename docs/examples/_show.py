"""What is printed: while the day runs, a line for what a shopkeeper would look up for; at its end,
the history of every order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from _geography import zone
from omcore.engine import OrderManager
from omcore.kernel import Command, OmcoreError, format_minor
from omcore.kernel.runs import count
from omcore.orders import NothingToDo
from omcore.orders import events as ev
from omcore.orders.state import Items
from omcore.ports import FeedEntry
from omcore.reporting import timeline

MOST_ORDERS = 25


class Ticker:
    """Prints the day as it goes by, in one zone's time."""

    def __init__(self, zone_name: str) -> None:
        self._zone = zone(zone_name)
        self._day = ""
        self._orders: dict[str, ev.OrderPlaced] = {}

    def say(self, at: datetime, who: str, words: str) -> None:
        """A line with its time; the date where a new day begins."""
        local = at.astimezone(self._zone)
        if f"{local:%A %Y-%m-%d}" != self._day:
            self._day = f"{local:%A %Y-%m-%d}"
            print(f"\n{self._day}")
        print(f"  {local:%H:%M}  {who:<20} {words}")

    def refused(self, command: Command, error: OmcoreError) -> None:
        """Somebody came too late, or asked for what cannot be; where nothing was left to do, no word."""
        if isinstance(error, NothingToDo):
            return
        by = command.by or "channel"
        placed = self._orders.get(getattr(command, "order_id", ""))
        who = by if placed is None else placed.number or placed.order_id
        self.say(command.at, who, f"{by}: {type(command).__name__} refused ({error.code})")

    def show(self, entry: FeedEntry, *, quietly: bool) -> None:
        """A fact, if it is worth a line; quietly, what later lines refer to is only remembered."""
        event, (kind, _, order_id) = entry.event, entry.stream.partition("/")
        if kind != "order":
            return
        if type(event) is ev.OrderPlaced:
            self._orders[order_id] = event
        words = "" if quietly else self._words(order_id, event)
        if words:
            self.say(entry.at, self._orders[order_id].number or order_id, words)

    def _words(self, order_id: str, event: object) -> str:
        match event:
            case ev.OrderPlaced():
                paid = f"{format_minor(event.total, event.currency)} {event.currency}"
                units = sum(line.quantity for line in event.lines)
                return f"{event.ref.channel}: {units} unit{'' if units == 1 else 's'}, {paid}"
            case ev.HoldPlaced():
                return f"ON HOLD: {event.kind}"
            case ev.GoodsTaken():
                return f"taken at the till of {event.location}"
            case ev.FulfillmentRequested():
                return f"to {event.location}: {self._items(order_id, event.items)}"
            case ev.UnitsShortPicked():
                return f"SHORT at {event.location}: {self._items(order_id, event.items)} not found"
            case ev.UnitsShipped():
                return f"shipped from {event.location}: {self._items(order_id, event.items)}"
            case ev.ChannelShipped():
                channel = self._orders[order_id].ref.channel
                return f"shipped by {channel}: {self._items(order_id, event.items)}"
            case ev.UnitsCancelled():
                return f"CANCELLED: {self._items(order_id, event.items)}"
            case ev.CancelRequested():
                return "the customer would like to cancel"
            case ev.UnitsDelivered():
                return f"delivered: {self._items(order_id, event.items)}"
            case ev.ReturnReceived():
                return f"RETURNED to {event.location}: {self._items(order_id, event.items)}"
            case ev.PaymentApproved(kind="refund"):
                currency = self._orders[order_id].currency
                return f"refunded {format_minor(event.amount, currency)} {currency}"
            case _:
                return ""

    def _items(self, order_id: str, items: Items) -> str:
        skus = {line.id: line.sku for line in self._orders[order_id].lines}
        return ", ".join(f"{count(runs)} x {skus[line_id]}" for line_id, runs in items)


def heading(words: str) -> None:
    """The next chapter."""
    print(f"\n{words}\n{'=' * len(words)}")


def show_orders(oms: OrderManager, placed: Mapping[str, ev.OrderPlaced], zone_name: str) -> None:
    """Each order's standing and timeline; the first few where there are many."""
    for order_id, event in list(placed.items())[:MOST_ORDERS]:
        status = oms.order(order_id).status.replace("_", " ")
        print(f"\n{event.number or order_id} on {event.ref.channel}: {status}")
        for line in timeline(oms.history(order_id), zone(zone_name)):
            print(f"  {line}")
    if len(placed) > MOST_ORDERS:
        print(f"\n... and {len(placed) - MOST_ORDERS} more")
