"""Endings: that nothing is stuck once the faults are over and everything was brought to its end (PR7).

Decides what an end is: of an order, that every unit is with somebody for good and no money is under way
or kept that is not owed; of the shop, that nothing is claimed. Must not know how it is brought there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from omcore import inventory as inv
from omcore.kernel import EPOCH
from omcore.testing.simulation.clerk import Clerk
from omcore.testing.simulation.facts import Key
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.seen import Seen

STUCK, OUTSIDE = "PR7", "PR6"

# To a channel about a SKU: its number, how many, and when; and where there was none.
LastWord = tuple[int, int, datetime]
_NEVER: LastWord = (0, -1, EPOCH)

# Where a unit waits for something.
UNDER_WAY = ("open", "allocated", "channel", "shipped", "arrived", "received")


def nothing_is_stuck(clerk: Clerk, seen: Seen, now: datetime) -> None:
    """Orders, carts and shelves have come to rest by ``now``."""
    for name, account in clerk.accounts.items():
        if account.asked:
            raise Broken(STUCK, f"order {name}: {account.asked} is asked for, and has no outcome")
        for state in UNDER_WAY:
            if units := account.page.counts.get(state, 0):
                raise Broken(STUCK, f"order {name}: {units} units are {state} for ever")
        payments = seen.orders[name].payments
        blocked = any(tender.refund_blocked for tender in payments.tenders.values())
        if account.held() > max(payments.owed, 0) and not blocked and not payments.concessions.issue_blocked:
            raise Broken(STUCK, f"order {name}: {account.held()} is kept, and {payments.owed} is owed")
    for token, reservation in seen.reservations.items():
        if reservation.outcome == inv.LIVE and now < reservation.expires_at:
            raise Broken(STUCK, f"reservation {token} is held for ever")
    _nothing_claimed(clerk.claims.firm, "claimed")
    _nothing_claimed({key: sum(due.values()) for key, due in clerk.claims.promised.items()}, "promised")


def _nothing_claimed(book: Mapping[Key, int], how: str) -> None:
    for (location, sku), units in book.items():
        if units:
            raise Broken(STUCK, f"{units} of {sku} at {location} are {how} for ever")


def channels_know(
    last_words: Mapping[tuple[str, str], LastWord],
    seen: Seen,
    shop: Any,
    rested: datetime | None,
    latest: datetime,
) -> None:
    """Every channel was told last what it may sell, neither more nor less (S13).

    As of some moment between ``rested``, when the dispatcher ran last and found nothing to do, and the
    ``latest`` that any clock has shown: a run that lags unsays nothing, and what is held only becomes less as
    time passes. ``rested`` is None where it may have something to do still: then it is not too much. Where a
    channel has its own pace, what it may be told by then; one that hears only so many things a run is passed
    over, and so are kits, of which the engine alone knows how many there are.
    """
    for channel in shop.sales_channels:
        if channel.per_run is not None:
            continue
        for sku, items in _fed(channel, seen, shop).items():
            _, told, at = last_words.get((channel.name, sku), _NEVER)
            most = _share(channel, items, latest)
            least = told if rested is None else _share(channel, items, max(rested, at))
            too_soon = channel.every is not None and (
                rested is None or (least and rested - at < channel.every)
            )
            if not least <= told <= most and not too_soon:
                said = "nothing" if told < 0 else str(told)
                raise Broken(OUTSIDE, f"{channel.name} was told {said} of {sku}, and may sell {most} (S13)")


def _share(channel: Any, items: list[Any], now: datetime) -> int:
    return channel.share(sum([item.atp(max(now, item.seen_at)) for item in items]))  # type: ignore[no-any-return]


def _fed(channel: Any, seen: Seen, shop: Any) -> dict[str, list[Any]]:
    """By SKU that is no kit, the stock that a channel sells from."""
    found: dict[str, list[Any]] = {}
    for (place, sku), item in seen.stock.items():
        if place in channel.locations and channel.sells(sku) and shop.catalog.components(sku) == ((sku, 1),):
            found.setdefault(sku, []).append(item)
    return found


__all__ = ["UNDER_WAY", "channels_know", "nothing_is_stuck"]
