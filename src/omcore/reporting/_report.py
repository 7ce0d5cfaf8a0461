"""The fold: entries of the feed into cells of a channel and an hour.

Decides how each fact is counted (what the figures mean stands in ``_figures``). Must not know how
entries are kept or where the feed comes from.

What is kept does not grow with the number of events: a cell per channel and hour in which
something happened, a few words per order, because the facts of an order do not repeat its channel
and currency, and a state per SKU and location. ``forget`` lets go of what is past.

Entries come in the order of the feed; one that was applied is ignored, so a reader that starts
again a little before the point where it stopped counts nothing twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from omcore.inventory import StockItem, evolve_stock
from omcore.kernel import (
    InputError,
    InvalidType,
    checked_instant,
    checked_quantity,
    epoch_second,
    from_epoch_second,
)
from omcore.orders import events as ev
from omcore.orders.amendments.editing import EDIT
from omcore.orders.amendments.exchanging import EXCHANGE
from omcore.orders.fulfillment.pickup import NOT_COLLECTED, NOT_WANTED
from omcore.orders.standing.cancel_requests import BY_REQUEST
from omcore.orders.standing.cancelling import UNPAID
from omcore.ports import FeedEntry, Message
from omcore.reporting._counting import Cell, Known, counts, placed
from omcore.reporting._figures import (
    ALL,
    ChannelFigures,
    DayReport,
    StockLeft,
    merged,
)

DEFAULT_CELL_S = 3_600
_DAY_S = 86_400
# Causes of a cancellation that say nothing about how well orders were filled: the customer, or the
# channel on his behalf, did not want the units any more, agreed to an edit or an exchange without them,
# did not pay, or did not come for them, or not take them, where they were ready.
NOT_OURS = frozenset({BY_REQUEST, "channel", EDIT, EXCHANGE, UNPAID, NOT_COLLECTED, NOT_WANTED})


class Report:
    """Counts a feed. Mutable: one reader feeds it, ``day`` takes values out of it.

    ``cell_s`` is the resolution of ``day`` in seconds, a divisor of a day: an hour by default,
    900 where a zone is a quarter of an hour off. ``not_ours`` are the causes of a cancellation that
    count as withdrawn by the customer.
    """

    def __init__(self, *, cell_s: int = DEFAULT_CELL_S, not_ours: frozenset[str] = NOT_OURS) -> None:
        checked_quantity(cell_s, "cell_s", high=_DAY_S)
        if _DAY_S % cell_s:
            raise InputError("cell_s", reason="not a divisor of a day")
        if type(not_ours) is not frozenset or not all(type(cause) is str for cause in not_ours):
            raise InvalidType("not_ours", expected="a frozenset of causes")
        self._cell_s = cell_s
        self._counts = counts(not_ours)
        self._cells: dict[int, dict[str, Cell]] = {}
        self._orders: dict[str, Known] = {}
        self._stock: dict[tuple[str, str], StockItem] = {}
        self._first = 0  # the first cell that is kept
        self._seen_at = from_epoch_second(0)
        self._unattributed = 0
        self._position = 0

    @property
    def position(self) -> int:
        """The position of the last entry applied: where to read on."""
        return self._position

    def apply(self, entry: FeedEntry) -> None:
        """Count one entry; one at or before ``position`` was counted. Unknown events count nothing.

        Errors: ``InvalidType`` for what is no entry.
        """
        if type(entry) is not FeedEntry or type(entry.stream) is not str or type(entry.position) is not int:
            raise InvalidType("entry", expected="FeedEntry")
        if entry.position <= self._position:
            return
        kind, _, name = entry.stream.partition("/")
        if kind == "order":
            self._apply_order(name, entry.event)
        elif kind == "stock":
            self._apply_stock(name, entry.event)
        self._position = entry.position
        self._seen_at = max(self._seen_at, entry.at)

    def sent(self, message: Message, at: datetime) -> None:
        """Count a message that went out. To be called once per message: the notifier knows.

        Errors: ``InvalidType``, ``NaiveTimestamp``.
        """
        if type(message) is not Message:
            raise InvalidType("message", expected="Message")
        at = checked_instant(at)
        known = self._orders.get(message.order_id)
        if known is None:
            self._unattributed += 1
            return
        self._cell(at, known.channel).messages[message.kind] += 1

    def day(self, start: datetime | None = None, end: datetime | None = None) -> DayReport:
        """The figures of ``start`` <= moment < ``end``; without bounds, of everything.

        What a day is depends on a zone: its bounds are the caller's (C2). Errors: ``InputError``
        for bounds between two cells, within what was forgotten, or of which the end comes first.
        """
        first = self._first if start is None else self._bound(start, "start")
        last = None if end is None else self._bound(end, "end")
        if first < self._first:
            raise InputError("start", reason="forgotten")
        if last is not None and last < first:
            raise InputError("end", reason="forgotten" if start is None else "before the start")
        by_channel: dict[str, list[ChannelFigures]] = {}
        for number, cells in self._cells.items():
            if first <= number and (last is None or number < last):
                for channel, cell in cells.items():
                    by_channel.setdefault(channel, []).append(cell.figures(channel))
        rows = (merged(channel, by_channel[channel]) for channel in sorted(by_channel))
        # An hour in which an order did nothing that is counted leaves no row behind.
        channels = tuple(row for row in rows if row != ChannelFigures(row.channel))
        return DayReport(
            None if start is None else checked_instant(start),
            None if end is None else checked_instant(end),
            channels,
            merged(ALL, channels),
            self._stock_left(),
            self._unattributed,
        )

    def forget(self, before: datetime) -> None:
        """Drop the figures before a moment, and the orders that were over by then.

        An order is over when none of its units is open or on its way. What is dated earlier after
        all counts in the first cell that is kept; a later fact about a forgotten order, such as a
        return, is unattributed. Errors: ``InputError`` for a moment between two cells.
        """
        first = max(self._first, self._bound(before, "before"))
        self._first = first
        for number in [number for number in self._cells if number < first]:
            del self._cells[number]
        limit = first * self._cell_s
        over = [key for key, known in self._orders.items() if not known.under_way and known.last_s < limit]
        for key in over:
            del self._orders[key]

    # -- where facts are counted -----------------------------------------------------------------

    def _bound(self, moment: datetime, path: str) -> int:
        moment = checked_instant(moment, path)
        second = epoch_second(moment)
        if second % self._cell_s or moment.microsecond:
            raise InputError(path, reason=f"not on a whole cell of {self._cell_s} seconds")
        return second // self._cell_s

    def _cell(self, moment: datetime, channel: str) -> Cell:
        # epoch_second rounds up; what happened within the last second of an hour belongs to it.
        second = epoch_second(moment.replace(microsecond=0))
        number = max(second // self._cell_s, self._first)
        cells = self._cells.setdefault(number, {})
        cell = cells.get(channel)
        if cell is None:
            cell = cells[channel] = Cell()
        return cell

    # -- stock -----------------------------------------------------------------------------------

    def _apply_stock(self, name: str, event: Any) -> None:
        location, _, sku = name.partition("/")
        key = (location, sku)
        self._stock[key] = evolve_stock(self._stock.get(key), event)

    def _stock_left(self) -> tuple[StockLeft, ...]:
        return tuple(
            StockLeft(location, sku, item.on_hand, item.damaged, item.quarantined, item.claims(self._seen_at))
            for (location, sku), item in sorted(self._stock.items())
        )

    # -- orders ----------------------------------------------------------------------------------

    def _apply_order(self, order_id: str, event: Any) -> None:
        if type(event) is ev.OrderPlaced:
            # Booked by the moment the customer ordered, which may lie before the channel told us.
            cell = self._cell(event.placed_at, event.ref.channel)
            moved = self._cell(event.at, event.ref.channel)
            self._orders[order_id] = placed(cell, moved, event)
            return
        counted = self._counts.get(type(event))
        if counted is None:
            return
        known = self._orders.get(order_id)
        if known is None:
            self._unattributed += 1
            return
        known.last_s = epoch_second(event.at)
        counted(known, self._cell(event.at, known.channel), event)


__all__ = ["DEFAULT_CELL_S", "NOT_OURS", "Report"]
