"""The figures: what a report says, as values.

Decides what each figure means and how two are added. Two kinds of figure stand side by side, and
each belongs to one of them:

* of the *facts* of the period, by the moment each happened: what shipped, was taken, cancelled,
  came back, was captured and refunded, whenever it was ordered;
* of the *orders placed* in the period, by the moment the customer placed them: orders, units
  ordered, what they are worth, and how far they have come by the last entry that was read - fill
  rate, split rate, time to ship. So a rate never compares one day's shipments with another day's
  orders.

Money is minor units, a row per currency: two currencies are never added. Rates are two whole
numbers, not a float. Must not know the feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import CURRENCIES, InvalidType, checked_iterator, checked_quantity, format_instant, record

ALL = ""  # the channel of a row that sums over channels

# (a thing, how many), ascending by the thing.
Counts = tuple[tuple[str, int], ...]


@record
class Share:
    """``part`` of ``whole``; of nothing there is no share."""

    part: int
    whole: int

    def __str__(self) -> str:
        """Percent with one decimal, rounded half up; a dash where the whole is nothing."""
        if self.whole == 0:
            return "-"
        tenths = (2_000 * self.part + self.whole) // (2 * self.whole)
        return f"{tenths // 10}.{tenths % 10}%"


@record
class MoneyFigures:
    """One currency's money, in minor units.

    Of the orders placed: ``booked`` is the net of their goods and charges, ``tax`` the tax on
    them, ``remitted`` the part of that tax which a marketplace remits itself (M13): what the
    customers pay is ``booked + tax``. What was added to them later, as by an edit, is in it.

    Of the facts: ``recognized`` is the net of the units that shipped or were taken, and of the
    charges that went with them (M8), less that of parcels that were lost or sent
    back, and of units in whose place others go;
    ``cancelled`` the net that is no longer owed; ``returned`` the net that was given back, for
    units that came back, were lost on the way or are kept, and of shipping; ``fees`` what was kept back
    of it (M9); ``claimed`` the net of the units that were refunded
    without coming back; ``allowed`` what was taken off besides, tax in it. ``captured`` and ``refunded``
    are money that moved, tax in it, without what a marketplace remits; ``settled`` is the part of
    ``captured`` that a channel took and settles with the merchant itself (M13). ``credited`` was given as
    store credit in place of a refund; ``charged_back`` is what banks took, less what was won again.
    """

    currency: str
    booked: int = 0
    tax: int = 0
    remitted: int = 0
    recognized: int = 0
    cancelled: int = 0
    returned: int = 0
    claimed: int = 0
    fees: int = 0
    captured: int = 0
    settled: int = 0
    refunded: int = 0
    allowed: int = 0
    credited: int = 0
    charged_back: int = 0


@record
class ChannelFigures:
    """One channel's figures; of all channels where ``channel`` is empty.

    Of the orders placed in the period:

    * ``orders``, ``units_ordered`` (units that were added to them later are in it);
    * ``units_filled``: units of theirs that have shipped (the channel's own shipments too) and were
      neither lost nor sent back, or were taken; ``units_withdrawn``: units that were cancelled for
      the customer's reasons;
    * ``orders_shipped``: orders of which a location of ours shipped something; ``orders_split``:
      those that needed more than one location for it;
    * ``minutes_to_ship``: (whole minutes from placed to the first shipment, orders), ascending.

    Of the facts of the period: units ``shipped`` from a location of ours or by the channel,
    ``taken`` at a till, ``delivered``, ``cancelled`` for whatever reason, ``short_picked``,
    ``reopened`` because their parcel was lost or sent back, or not collected at the store that it was
    sent to (when they ship again they count as shipped again), ``returned``, and ``claimed``: refunded
    or replaced without coming back; ``parts_returned``: pieces that kits are made of, of kits that did
    not come back at once, which are not among the units; ``messages`` sent, by kind;
    ``dispositions``: units by where they went - restock, quarantine, refurbish, scrap - or that they
    are lost, or kept by the customer who got their worth. What was lost and is found is lost no longer.
    ``units_promised``: of those delivered, what had been promised by a day, and ``units_in_time`` what came
    by the day that it was first promised by, on the customer's calendar (UTC's where his zone is not known);
    ``units_put_off``: what was promised later than ever before.
    """

    channel: str
    orders: int = 0
    units_ordered: int = 0
    units_filled: int = 0
    units_withdrawn: int = 0
    orders_shipped: int = 0
    orders_split: int = 0
    units_shipped: int = 0
    units_taken: int = 0
    units_delivered: int = 0
    units_cancelled: int = 0
    units_short_picked: int = 0
    units_reopened: int = 0
    units_returned: int = 0
    units_claimed: int = 0
    minutes_to_ship: tuple[tuple[int, int], ...] = ()
    money: tuple[MoneyFigures, ...] = ()
    messages: Counts = ()
    dispositions: Counts = ()
    parts_returned: int = 0
    units_promised: int = 0
    units_in_time: int = 0
    units_put_off: int = 0

    @property
    def fill_rate(self) -> Share:
        """Units filled of those ordered and not withdrawn."""
        return Share(self.units_filled, self.units_ordered - self.units_withdrawn)

    @property
    def split_rate(self) -> Share:
        """Orders shipped from more than one location of those shipped at all."""
        return Share(self.orders_split, self.orders_shipped)

    @property
    def in_time_rate(self) -> Share:
        """Units that came by the day they were first promised by, of those promised and delivered."""
        return Share(self.units_in_time, self.units_promised)

    def minutes_within(self, percent: int) -> int | None:
        """Minutes within which that percentage of the shipped orders had their first shipment.

        Nearest rank: the smallest time that at least ``percent`` (1 to 100) of the orders did not
        exceed; 50 is the median. None where nothing shipped. Errors: ``InvalidQuantity``.
        """
        checked_quantity(percent, "percent", high=100)
        whole = sum(orders for _, orders in self.minutes_to_ship)
        needed, seen = -(-whole * percent // 100), 0
        for minutes, orders in self.minutes_to_ship:
            seen += orders
            if seen >= needed:
                return minutes
        return None

    def money_in(self, currency: str) -> MoneyFigures:
        """The row of a currency; one of zeros where there is none."""
        for row in self.money:
            if row.currency == currency:
                return row
        return MoneyFigures(currency)


@record
class StockLeft:
    """Stock of one SKU at one location: units sellable, damaged, quarantined, and claimed."""

    location: str
    sku: str
    on_hand: int
    damaged: int
    quarantined: int
    claimed: int


@record
class DayReport:
    """The figures of a period: ``start`` <= moment < ``end``, None for no bound.

    ``channels`` ascend by name. ``stock`` is as of the last entry read, ascending by location and
    SKU. ``unattributed`` counts facts about orders whose placement was never read, or forgotten.
    """

    start: datetime | None
    end: datetime | None
    channels: tuple[ChannelFigures, ...]
    total: ChannelFigures
    stock: tuple[StockLeft, ...] = ()
    unattributed: int = 0

    def by_channel(self) -> Mapping[str, ChannelFigures]:
        """Figures by channel name."""
        return {figures.channel: figures for figures in self.channels}


_COUNTED = ("orders", "units_", "parts_")
_UNITS = tuple(field.name for field in attrs.fields(ChannelFigures) if field.name.startswith(_COUNTED))
_AMOUNTS = tuple(field.name for field in attrs.fields(MoneyFigures) if field.name != "currency")


def merged(channel: str, rows: Iterable[ChannelFigures]) -> ChannelFigures:
    """The sum of rows, as one row of that name. Associative, and any order gives the same.

    Errors: ``InvalidType`` for what is no row.
    """
    rows = tuple(checked_iterator(rows, "rows", "ChannelFigures"))
    if not all(type(row) is ChannelFigures for row in rows):
        raise InvalidType("rows", expected="ChannelFigures")
    counts = dict.fromkeys(_UNITS, 0)
    minutes: dict[int, int] = {}
    messages: dict[str, int] = {}
    dispositions: dict[str, int] = {}
    money: dict[str, dict[str, int]] = {}
    for row in rows:
        for name in _UNITS:
            counts[name] += getattr(row, name)
        for minute, orders in row.minutes_to_ship:
            minutes[minute] = minutes.get(minute, 0) + orders
        for kind, sent in row.messages:
            messages[kind] = messages.get(kind, 0) + sent
        for where, units in row.dispositions:
            dispositions[where] = dispositions.get(where, 0) + units
        for amounts in row.money:
            sums = money.setdefault(amounts.currency, dict.fromkeys(_AMOUNTS, 0))
            for name in _AMOUNTS:
                sums[name] += getattr(amounts, name)
    return ChannelFigures(
        channel,
        **counts,
        minutes_to_ship=tuple(sorted(minutes.items())),
        money=tuple(MoneyFigures(currency, **money[currency]) for currency in sorted(money)),
        messages=tuple(sorted(messages.items())),
        dispositions=tuple(sorted(dispositions.items())),
    )


def as_json(report: DayReport) -> dict[str, Any]:
    """The report in JSON's own types, always with the same keys in the same order.

    Money is an int of minor units with the currency's exponent beside it, a rate is
    ``{"part", "whole"}``, a moment is RFC 3339 text in UTC. Errors: ``InvalidType`` for no report.
    """
    if type(report) is not DayReport:
        raise InvalidType("report", expected="DayReport")
    return {
        "start": None if report.start is None else format_instant(report.start),
        "end": None if report.end is None else format_instant(report.end),
        "channels": [_row(row) for row in report.channels],
        "total": _row(report.total),
        "stock": [attrs.asdict(left) for left in report.stock],
        "unattributed": report.unattributed,
    }


def _row(row: ChannelFigures) -> dict[str, Any]:
    return {
        "channel": row.channel,
        **{name: getattr(row, name) for name in _UNITS},
        "fill_rate": {"part": row.fill_rate.part, "whole": row.fill_rate.whole},
        "split_rate": {"part": row.split_rate.part, "whole": row.split_rate.whole},
        "in_time_rate": {"part": row.in_time_rate.part, "whole": row.in_time_rate.whole},
        "minutes_to_ship": {
            "median": row.minutes_within(50),
            "p90": row.minutes_within(90),
            "longest": row.minutes_within(100),
        },
        "money": [
            {**attrs.asdict(amounts), "exponent": CURRENCIES[amounts.currency]} for amounts in row.money
        ],
        "messages": dict(row.messages),
        "dispositions": dict(row.dispositions),
    }


__all__ = [
    "ALL",
    "ChannelFigures",
    "Counts",
    "DayReport",
    "MoneyFigures",
    "Share",
    "StockLeft",
    "as_json",
    "merged",
]
