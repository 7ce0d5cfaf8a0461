"""StockItem: the counters of one SKU at one location.

Decides what is on hand, claimed and promisable (S1). The claims themselves live with their
owners; here are only counts, and a schedule of how many units of temporary claims expire at which
whole second. So the state is as small with a million live claims as with ten, and what has expired
is subtracted when an answer is given: sweeping changes nothing (S6). Must not know orders.

The fold builds every new state by a plain positional call, because it runs for every movement
there ever is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from omcore.inventory.lotbook import NO_LOTS, LotBook
from omcore.inventory.outlook import NOTHING_AHEAD, Outlook, Schedule
from omcore.inventory.stretches import Stretches, expired_by, flat, left_after, with_units
from omcore.kernel import EPOCH, changed, checked_instant, record

SELLABLE = "sellable"
DAMAGED = "damaged"
QUARANTINED = "quarantined"
CONDITIONS = (SELLABLE, DAMAGED, QUARANTINED)


@record
class LastCount:
    """The newest count of a condition, true of ``counted_at``; its difference to the books has ``cause``."""

    condition: str
    counted_at: datetime
    source: str
    cause: str


@record
class StockDetail:
    """What few stock items have. ``reorder_point``: from how few on it is low; ``level``: what was told.

    ``counts``: the newest of each condition that was ever counted. ``lots``: what is here of which lot.
    """

    outlook: Outlook = NOTHING_AHEAD
    reorder_point: int | None = None
    level: str = ""
    counts: tuple[LastCount, ...] = ()
    lots: LotBook = NO_LOTS


PLAIN = StockDetail()


@record
class StockItem:
    """One SKU at one location; all amounts are units.

    ``stretches``: (whole second, units that expire then), ascending, by half minutes (``schedule`` has
    them in one); ``held``: all units in it, those included that expired since the last movement.
    ``claims`` = allocated + live reservations; of these ``short`` have no stock behind them, because a
    count or a short pick
    took it away; ``reserved`` = claims - short, so 0 <= reserved <= on hand + backorder limit,
    always. Units of lots that have expired are on hand, but cover no claim. ``atp`` may be negative,
    where backorders are promised. ``detail`` has dated supply, lots and what else few items have, None
    for a plain one. ``now`` is an aware instant: else ``NaiveTimestamp`` or ``InvalidTimestamp``, where
    it makes a difference.
    """

    sku: str
    location: str
    on_hand: int
    damaged: int
    quarantined: int
    allocated: int
    stretches: Stretches
    held: int
    safety_stock: int
    backorder_limit: int
    seen_at: datetime
    detail: StockDetail | None = None

    @property
    def schedule(self) -> Schedule:
        """(whole second, units of temporary claims that expire then), ascending."""
        return flat(self.stretches)

    @property
    def outlook(self) -> Outlook:
        """What is expected, and what of it is promised."""
        return NOTHING_AHEAD if self.detail is None else self.detail.outlook

    @property
    def lots(self) -> LotBook:
        """Which lots and serial numbers its units are of, as far as somebody named them."""
        return NO_LOTS if self.detail is None else self.detail.lots

    @property
    def timetable(self) -> Schedule:
        """(second, by how many units more, or fewer, may be promised from then on), ascending.

        Claims that expire free units, lots that expire take them; nothing else changes by itself.
        """
        if self.detail is None or not self.detail.lots.expiring:
            return self.schedule
        changes = dict(self.schedule)
        for second, units in self.detail.lots.expiring:
            changes[second] = changes.get(second, 0) - units
        return tuple(sorted(changes.items()))

    def in_condition(self, condition: str) -> int:
        """Units that are here in a condition: sellable, damaged or quarantined."""
        if condition == SELLABLE:
            return self.on_hand
        return self.damaged if condition == DAMAGED else self.quarantined

    def last_count(self, condition: str = SELLABLE) -> LastCount | None:
        """The newest count of a condition; None where nobody ever counted it."""
        for count in () if self.detail is None else self.detail.counts:
            if count.condition == condition:
                return count
        return None

    def expired(self, now: datetime) -> int:
        """Sellable units that are here and too old to be sold: of lots with ``expires`` <= now."""
        if self.detail is None or not self.detail.lots.expiring:
            return 0
        return self.detail.lots.expired(passed_second(now))

    def sellable(self, now: datetime) -> int:
        """Units on hand that have not expired: these can be claimed and shipped."""
        return self.on_hand if self.detail is None else self.on_hand - self.expired(now)

    def live(self, now: datetime) -> int:
        """Units of temporary claims that have not expired: valid while now < expires (S6)."""
        return self.live_after(passed_second(now)) if self.held else 0

    def live_after(self, last: int) -> int:
        """As ``live``, when ``last`` is the last whole second that has passed."""
        stretches = self.stretches
        if not stretches or stretches[0][0][0] > last:
            return self.held
        return self.held - expired_by(stretches, last)

    def claims(self, now: datetime) -> int:
        """Allocated and temporarily claimed."""
        return self.allocated + self.live(now)

    def short(self, now: datetime) -> int:
        """Claims that have no stock behind them."""
        short = self.claims(now) - self.sellable(now) - self.backorder_limit
        return short if short > 0 else 0

    def reserved(self, now: datetime) -> int:
        """Claims that are covered (S1)."""
        return self.claims(now) - self.short(now)

    def shortfall(self, now: datetime) -> int:
        """What is claimed, or promised of dated supply, without stock or supply behind it."""
        if self.detail is None:
            return self.short(now)
        short = self.claims(now) + self.detail.outlook.dip - self.sellable(now) - self.backorder_limit
        return short if short > 0 else 0

    def atp(self, now: datetime) -> int:
        """Available to promise: on hand - claims - safety stock (S1), less what dated promises need of it."""
        claims = self.allocated + self.live(now) if self.held else self.allocated
        if self.detail is not None:
            claims += self.detail.outlook.dip + self.expired(now)
        return self.on_hand - claims - self.safety_stock

    def promisable(self, now: datetime) -> int:
        """What may be claimed yet: ATP, and what may be promised beyond what is on hand (S1)."""
        if not self.held and self.detail is None:
            return self.on_hand + self.backorder_limit - self.allocated - self.safety_stock
        return self.promisable_after(passed_second(now))

    def promisable_after(self, last: int) -> int:
        """As ``promisable``, when ``last`` is the last whole second that has passed."""
        claims = self.allocated + self.live_after(last) if self.held else self.allocated
        if self.detail is not None:
            claims += self.detail.outlook.dip + self.detail.lots.expired(last)
        return self.on_hand + self.backorder_limit - claims - self.safety_stock

    def promisable_by(self, second: int, now: datetime) -> int:
        """What may be promised by a whole second: what may be claimed now, and what is expected until then.

        Supply whose time has passed without it covers what was promised of it, and nothing new.
        """
        promisable, last = self.promisable(now), passed_second(now)
        if self.detail is None or second <= last:
            return promisable
        outlook = self.detail.outlook
        return promisable + outlook.low(second) - outlook.low(last) - self._perishing(second, now)

    def _perishing(self, second: int, now: datetime) -> int:
        """What nobody has claimed and will have expired by a second: it keeps no promise of then.

        What is claimed now leaves before then, and first of all what expires first.
        """
        if self.detail is None or not self.detail.lots.expiring:
            return 0
        lots = self.detail.lots
        perishing = lots.expired(second) - lots.expired(passed_second(now)) - self.claims(now)
        return perishing if perishing > 0 else 0

    def atp_by(self, second: int, now: datetime) -> int:
        """ATP by a whole second: what is available now, and what is expected until then and not promised."""
        return self.atp(now) + self.promisable_by(second, now) - self.promisable(now)

    def promise_second(self, units: int, now: datetime) -> int | None:
        """The first second by which so many units may be promised; 0 where they may be claimed now.

        None where all that is expected does not suffice.
        """
        promisable = self.promisable(now)
        if units <= promisable:
            return 0
        if self.detail is not None:
            outlook, last = self.detail.outlook, passed_second(now)
            wanted = units - promisable + outlook.low(last)
            for second, low in outlook.lows():
                if second > last and low - self._perishing(second, now) >= wanted:
                    return second
        return None


def passed_second(now: datetime) -> int:
    """The last whole second at or before now: what expires then, or earlier, has expired (S6)."""
    if type(now) is not datetime or now.tzinfo is not UTC:
        now = checked_instant(now, "now")
    # Not floor division by a second: that takes three times as long.
    since = now - EPOCH
    return since.days * 86_400 + since.seconds


def unknown(sku: str, location: str, at: datetime) -> StockItem:
    """A stock item that nothing ever happened to."""
    return StockItem(sku, location, 0, 0, 0, 0, (), 0, 0, 0, at)


# -- folding ---------------------------------------------------------------------------------


def rebalanced(
    item: StockItem, at: datetime, on_hand: int, damaged: int, quarantined: int, allocated: int
) -> StockItem:
    """The item with new balances."""
    if item.held:
        return reclaimed(item, at, on_hand, damaged, quarantined, allocated, ())
    return StockItem(
        item.sku,
        item.location,
        on_hand,
        damaged,
        quarantined,
        allocated,
        (),
        0,
        item.safety_stock,
        item.backorder_limit,
        at if at > item.seen_at else item.seen_at,
        item.detail,
    )


def reclaimed(
    item: StockItem,
    at: datetime,
    on_hand: int,
    damaged: int,
    quarantined: int,
    allocated: int,
    changes: Iterable[tuple[int, int]],
) -> StockItem:
    """The item with new balances and (second, units) changes, without what expired by ``at``."""
    stretches, held, last = item.stretches, item.held, passed_second(at)
    if stretches and stretches[0][0][0] <= last:
        held -= expired_by(stretches, last)
        stretches = left_after(stretches, last)
    for second, units in changes:
        if second > last:
            stretches = with_units(stretches, second, units)
            held += units
    return StockItem(
        item.sku,
        item.location,
        on_hand,
        damaged,
        quarantined,
        allocated,
        stretches,
        held,
        item.safety_stock,
        item.backorder_limit,
        at if at > item.seen_at else item.seen_at,
        item.detail,
    )


def claimed(item: StockItem, at: datetime, second: int, units: int, firmly: int) -> StockItem:
    """The item with so many units more (or less) claimed until a second, and so many more allocated.

    As ``reclaimed`` with one change: there are more of these than of all other movements.
    """
    stretches, held, last = item.stretches, item.held, passed_second(at)
    if stretches and stretches[0][0][0] <= last:
        held -= expired_by(stretches, last)
        stretches = left_after(stretches, last)
    if second > last:
        stretches = with_units(stretches, second, units)
        held += units
    return StockItem(
        item.sku,
        item.location,
        item.on_hand,
        item.damaged,
        item.quarantined,
        item.allocated + firmly,
        stretches,
        held,
        item.safety_stock,
        item.backorder_limit,
        at if at > item.seen_at else item.seen_at,
        item.detail,
    )


def seen(i: StockItem, at: datetime) -> StockItem:
    """The item as it is by a moment: without what expired until then."""
    return rebalanced(i, at, i.on_hand, i.damaged, i.quarantined, i.allocated)


def regraded(i: StockItem, at: datetime, condition: str, units: int) -> StockItem:
    """The item with so many units more (or less) in a condition."""
    if condition == SELLABLE:
        return rebalanced(i, at, i.on_hand + units, i.damaged, i.quarantined, i.allocated)
    if condition == DAMAGED:
        return rebalanced(i, at, i.on_hand, i.damaged + units, i.quarantined, i.allocated)
    return rebalanced(i, at, i.on_hand, i.damaged, i.quarantined + units, i.allocated)


def relimited(i: StockItem, safety_stock: int, backorder_limit: int, detail: StockDetail | None) -> StockItem:
    """The item with other limits, or with another detail."""
    return StockItem(
        i.sku,
        i.location,
        i.on_hand,
        i.damaged,
        i.quarantined,
        i.allocated,
        i.stretches,
        i.held,
        safety_stock,
        backorder_limit,
        i.seen_at,
        detail,
    )


def detailed(i: StockItem, **changes: Any) -> StockItem:
    """The item with some of its detail otherwise; a plain item again where nothing is left of it."""
    detail = changed(PLAIN if i.detail is None else i.detail, **changes)
    return relimited(i, i.safety_stock, i.backorder_limit, None if detail == PLAIN else detail)


__all__ = [
    "CONDITIONS",
    "DAMAGED",
    "PLAIN",
    "QUARANTINED",
    "SELLABLE",
    "LastCount",
    "Schedule",
    "StockDetail",
    "StockItem",
    "claimed",
    "detailed",
    "passed_second",
    "rebalanced",
    "reclaimed",
    "regraded",
    "relimited",
    "seen",
    "unknown",
]
