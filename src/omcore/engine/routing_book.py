"""The routing book: which orders have units that nobody routes by himself, and why, kept from the feed.

Decides what needs routing without looking at every order: it knows those that have open units which wait for
no supply, and those of which a location has work that it has not begun, and is as large as they are. Must
not know what is done for them. A book that was lost is read again from the beginning of the feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import orders as om
from omcore.engine.openings import MAY_NOT_SHIP, NEW, RELEASED, opened_by
from omcore.kernel import Network, record
from omcore.orders import events as ev
from omcore.orders.policies import NOT_BEGUN, Rank
from omcore.orders.state import ROUTING


@record
class NeedsRouting:
    """Units of an order that somebody has to route: how many, since when, and what opened them last.

    ``why``: ``new`` (never routed), ``rejected``, ``short_pick``, ``called_back``, ``edited``,
    ``reopened`` (a parcel was lost or came back), ``displaced``, ``shortfall``; or ``may_not_ship``: a
    location that is switched off, or gone, has work of it that it has not begun.
    """

    order_id: str
    why: str
    units: int
    since: datetime


@attrs.frozen
class Entry:
    """What the book knows of an order. ``places``: by location, units of work that it has not begun."""

    order_id: str
    rank: Rank
    version: int
    units: int
    blocked: bool
    places: Mapping[str, int]
    why: str
    since: datetime


# What opened units of an order, and when.
Opening = tuple[str, datetime]


class RoutingBook:
    """Every order that has open units of no supply, or work that nobody has begun."""

    __slots__ = ("_at", "_called_back", "_opened", "_orders", "_seen", "_told", "_unrouted", "position")

    def __init__(self) -> None:
        self.position = 0
        self._orders: dict[str, Entry] = {}
        # Those of them that need routing now.
        self._unrouted: dict[str, Entry] = {}
        # By location, the streams of orders of which it has work that it has not begun.
        self._at: dict[str, dict[str, None]] = {}
        self._seen: dict[str, int] = {}
        # By stream, what opened units of it last.
        self._opened: dict[str, Opening] = {}
        # The last commit that called work back - stream and version - and what had opened units before.
        self._called_back: tuple[str, int, Opening | None] = ("", 0, None)
        # The last entry that was seen; ``position`` is that up to which all is noted.
        self._told = 0

    def __len__(self) -> int:
        return len(self._orders)

    def see(self, entry: Any) -> None:
        """An entry of the feed: it opens units, asks a location for some, or is of an order that is known.

        What was seen before is no news, where two tasks read in turns.
        """
        if entry.position <= self._told:
            return
        self._told = entry.position
        kind, why = type(entry.event), opened_by(entry.event)
        if why and why != RELEASED:
            self._open(entry, why)
        elif kind is ev.FulfillmentRequested:
            self._close(entry)
        elif entry.stream not in self._orders:
            return
        self._seen[entry.stream] = entry.version

    def _open(self, entry: Any, why: str) -> None:
        commit = (entry.stream, entry.version)
        if type(entry.event) is not ev.FulfillmentCancelled:
            self._called_back = ("", 0, None)
        elif commit != self._called_back[:2]:
            self._called_back = (*commit, self._opened.get(entry.stream))
        self._opened[entry.stream] = (why, entry.event.at)

    def _close(self, entry: Any) -> None:
        """Work that is called back and asked for in one commit opens nothing."""
        if (entry.stream, entry.version) == self._called_back[:2]:
            before = self._called_back[2]
            self._called_back = ("", 0, None)
            if before is None:
                self._opened.pop(entry.stream, None)
            else:
                self._opened[entry.stream] = before

    def news(self) -> tuple[str, ...]:
        """The streams to look at, sorted."""
        return tuple(sorted(self._seen))

    def note(self, stream: str, version: int, order: om.Order | None, policies: om.Policies) -> None:
        """An order as of a version of its stream."""
        if self._seen.get(stream, version + 1) <= version:
            del self._seen[stream]
        known = self._orders.get(stream)
        if known is not None:
            if version < known.version:
                return
            del self._orders[stream]
            self._unrouted.pop(stream, None)
            for location in known.places:
                del self._at[location][stream]
                if not self._at[location]:
                    del self._at[location]
        entry = None if order is None else self._entry(stream, version, order, policies)
        if entry is None:
            if stream not in self._seen:
                self._opened.pop(stream, None)
            return
        self._orders[stream] = entry
        if entry.units and not entry.blocked:
            self._unrouted[stream] = entry
        for location in entry.places:
            self._at.setdefault(location, {})[stream] = None

    def _entry(self, stream: str, version: int, order: om.Order, policies: om.Policies) -> Entry | None:
        units = _open(order)
        places: dict[str, int] = {}
        for work in order.progress.work.values():
            if work.items and work.status in NOT_BEGUN and not work.arrived:
                size = sum([last - first + 1 for _, runs in work.items for first, last in runs])
                places[work.location] = places.get(work.location, 0) + size
        if units <= 0 and not places:
            return None
        held = any(ROUTING in hold.blocks for hold in order.standing.holds)
        why, since = self._opened.get(stream, (NEW, order.seen_at))
        rank = om.rank_of(order, policies)
        blocked = held or not order.standing.validated
        return Entry(order.id, rank, version, max(0, units), blocked, places, why, since)

    def needed(self, network: Network) -> tuple[NeedsRouting, ...]:
        """What needs routing, the first in line first."""
        found = [
            (entry.rank, NeedsRouting(entry.order_id, entry.why, entry.units, entry.since))
            for entry in self._unrouted.values()
        ]
        for location in self._off(network):
            for stream in self._at[location]:
                entry = self._orders[stream]
                if not entry.blocked:
                    units = entry.places[location]
                    found.append((entry.rank, NeedsRouting(entry.order_id, MAY_NOT_SHIP, units, entry.since)))
        return tuple([needs for _, needs in sorted(found, key=lambda each: (each[0], each[1].why))])

    def stranded(self, network: Network) -> tuple[str, ...]:
        """The orders of which a location that is switched off, or gone, has work that it has not begun."""
        streams = {stream for location in self._off(network) for stream in self._at[location]}
        entries = sorted([self._orders[stream] for stream in streams], key=lambda entry: entry.rank)
        return tuple([entry.order_id for entry in entries if not entry.blocked])

    def _off(self, network: Network) -> list[str]:
        return [name for name in sorted(self._at) if name not in network or not network[name].active]

    def version_of(self, order_id: str) -> int:
        """The version of an order's stream that the book knows."""
        return self._orders[f"order/{order_id}"].version

    def movable(self) -> tuple[str, ...]:
        """The orders of which any location has work that it has not begun, the first in line first."""
        entries = sorted([entry for entry in self._orders.values() if entry.places], key=_rank)
        return tuple([entry.order_id for entry in entries])


def _open(order: om.Order) -> int:
    """Units that wait for no supply, and for somebody who routes them."""
    return order.progress.tally.open - order.backordered


def _rank(entry: Entry) -> Rank:
    return entry.rank


__all__ = ["Entry", "NeedsRouting", "RoutingBook"]
