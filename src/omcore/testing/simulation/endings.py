"""Endings: that nothing is stuck once the faults are over and everything was brought to its end (PR7).

Decides what an end is: of an order, that every unit is with somebody for good and no money is under way
or kept that is not owed; of the shop, that nothing is claimed. Must not know how it is brought there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from omcore import inventory as inv
from omcore.testing.simulation.clerk import Clerk
from omcore.testing.simulation.facts import Key
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.seen import Seen

STUCK, OUTSIDE = "PR7", "PR6"

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
    last_words: Mapping[tuple[str, str], tuple[int, int]], seen: Seen, shop: Any, now: datetime
) -> None:
    """No channel was told last that it may sell what is not there (S13)."""
    channels = {
        channel.name: channel
        for channel in shop.sales_channels
        if channel.every is None and channel.per_run is None  # others are told at their own pace
    }
    known = seen.stock
    for (name, sku), (_, quantity) in last_words.items():
        channel = channels.get(name)
        if channel is None or shop.catalog.components(sku) != ((sku, 1),):
            continue
        items = [known[place, sku] for place in channel.locations if (place, sku) in known]
        there = sum([item.atp(max(now, item.seen_at)) for item in items]) - channel.threshold
        if quantity > max(0, there):
            raise Broken(OUTSIDE, f"{name} was told to sell {quantity} {sku}, and there are {there}")


__all__ = ["UNDER_WAY", "channels_know", "nothing_is_stuck"]
