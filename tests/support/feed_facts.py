"""Order facts by hand, for tests of what reads the feed: events, entries, and the order behind them.

The figures are given, not computed: whoever reads the feed has to take them as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from omcore.kernel import Place
from omcore.orders import events as ev
from omcore.orders.draft import ExternalRef
from omcore.orders.entitlements import ChargeWorth
from omcore.orders.state import (
    NO_AMENDMENTS,
    NO_CONCESSIONS,
    Order,
    OrderLine,
    OrderTerms,
    Payments,
    Progress,
    Standing,
    Tally,
)
from omcore.orders.units import start
from omcore.ports import FeedEntry

T0 = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def minutes(n: int) -> datetime:
    """An instant so many minutes into the day."""
    return T0 + timedelta(minutes=n)


def a_line(
    line_id: str = "1",
    quantity: int = 2,
    *,
    sku: str = "TEE-M",
    net: int = 2_500,
    tax: int = 200,
    remitted: int = 0,
    fulfilled_by: str = "merchant",
    title: str = "",
) -> OrderLine:
    """A line whose units are all worth the same."""
    worth = ((1, quantity, net, tax, remitted, 0),)
    return OrderLine(line_id, sku, quantity, net, worth, ((sku, 1),), fulfilled_by, True, title)


def a_placement(
    order_id: str = "shopify-1001",
    *lines: OrderLine,
    channel: str = "shopify",
    currency: str = "USD",
    charges: tuple[ChargeWorth, ...] = (),
    at: datetime = T0,
    number: str = "#1001",
    pickup_at: str | None = None,
) -> ev.OrderPlaced:
    """An order as it was placed; one line of two tees where no line is given."""
    lines = lines or (a_line(),)
    total = remitted = 0
    for line in lines:
        for first, last, net, tax, withheld, _ in line.entitlements:
            total += (last - first + 1) * (net + tax)
            remitted += (last - first + 1) * withheld
    for charge in charges:
        total += charge.net + charge.tax
        remitted += charge.remitted
    return ev.OrderPlaced(
        at=at,
        order_id=order_id,
        ref=ExternalRef(channel, "shop-1", "order", order_id),
        number=number,
        currency=currency,
        placed_at=at,
        lines=lines,
        charges=charges,
        tenders=(),
        total=total,
        remitted=remitted,
        funded=0,
        destination=Place("US", "NY"),
        service="standard",
        ship_complete=False,
        pickup_at=pickup_at,
        reservation="",
        signals=(),
        attribution=(),
        shop_currency=currency,
        shop_total=total,
        source_version=1,
        tax_included=False,
    )


def the_order(placed: ev.OrderPlaced, *, status: str = "placed") -> Order:
    """The order as it stood when it was placed."""
    return Order(
        terms=OrderTerms(
            order_id=placed.order_id,
            ref=placed.ref,
            number=placed.number,
            currency=placed.currency,
            placed_at=placed.placed_at,
            lines=placed.lines,
            index={line.id: i for i, line in enumerate(placed.lines)},
            charges=placed.charges,
            total=placed.total,
            remitted=placed.remitted,
            funded=placed.funded,
            destination=placed.destination,
            service=placed.service,
            ship_complete=placed.ship_complete,
            pickup_at=placed.pickup_at,
            reservation=placed.reservation,
            signals=placed.signals,
            attribution=placed.attribution,
            shop_currency=placed.shop_currency,
            shop_total=placed.shop_total,
            tax_included=placed.tax_included,
        ),
        progress=Progress(
            units=tuple(start(line.quantity) for line in placed.lines),
            tally=Tally(open=sum(line.quantity for line in placed.lines)),
            work={},
            shipments={},
            returns={},
            excluded=frozenset(),
            charged=False,
            numbered=0,
        ),
        payments=Payments({}, {}, placed.total, 0, placed.remitted, 0, NO_CONCESSIONS, {}, 0),
        standing=Standing(status, "", False, (), frozenset(), (), 1, placed.at, placed.at),
        amendments=NO_AMENDMENTS,
        seen_at=placed.at,
    )


class FeedWriter:
    """Commits events to a feed the way a store does: positions and stream versions rise."""

    def __init__(self) -> None:
        self.entries: list[FeedEntry] = []
        self._versions: dict[str, int] = {}

    def commit(self, stream: str, events: Iterable[Any]) -> list[FeedEntry]:
        """One command's events on one stream."""
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        made = []
        for index, event in enumerate(events):
            position = len(self.entries) + 1
            key = f"cmd-{stream}-{version}"
            entry = FeedEntry(position, stream, version, index, event, key, event.at)
            self.entries.append(entry)
            made.append(entry)
        return made


def an_entry(order_id: str, event: Any, *, version: int = 2, index: int = 0) -> FeedEntry:
    """One event of an order as the feed gives it."""
    return FeedEntry(17, f"order/{order_id}", version, index, event, "cmd-1", event.at)
