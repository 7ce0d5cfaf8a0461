"""Finished kits of an order: taken apart in the books when units of theirs are claimed (S11).

Decides which kits an order's events ask of a location, and that finished ones serve them in the same
commit. What follows - shipping, returning, calling off - is of components alone. Must not know how an
order came to ask, or routing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore.engine.stock_effects import Effects
from omcore.inventory import kits as kt
from omcore.inventory.causes import TAKEN_APART
from omcore.kernel import Catalog, Components
from omcore.kernel.runs import count
from omcore.orders import events as ev
from omcore.orders.state import Items, Order

Key = tuple[str, str]


@attrs.frozen
class KitsAsked:
    """Kits by (location, SKU): units that are claimed there, and units that have left the shelf (S12)."""

    claimed: Mapping[Key, int]
    taken: Mapping[Key, int]
    kits: Mapping[str, Components]


def kits_asked(order: Order, events: Iterable[Any], catalog: Catalog) -> KitsAsked | None:
    """What some events of an order ask of kits that are built ahead; None where they ask none.

    What they let go of where they ask for it anew is the order's own already, in whatever it consists.
    """
    kits = catalog.built_ahead
    if not kits:
        return None
    claimed: dict[Key, int] = {}
    taken: dict[Key, int] = {}
    back: dict[Key, int] = {}
    for event in events:
        if type(event) is ev.FulfillmentRequested:
            _add(claimed, order, event.location, event.items, kits)
        elif type(event) is ev.FulfillmentCancelled:
            _add(back, order, event.location, event.items, kits)
        elif type(event) is ev.GoodsTaken:
            _add(taken, order, event.location, event.items, kits)
    if back:
        claimed = {
            key: units - back.get(key, 0) for key, units in claimed.items() if units > back.get(key, 0)
        }
    return KitsAsked(claimed, taken, kits) if claimed or taken else None


def _add(
    into: dict[Key, int], order: Order, location: str, items: Items, kits: Mapping[str, Components]
) -> None:
    for line_id, runs in items:
        line = order.terms.line(line_id)
        # A line keeps to what its kit was made of when it was agreed; those on the shelf are of now.
        if kits.get(line.sku) == line.components:
            into[location, line.sku] = into.get((location, line.sku), 0) + count(runs)


def with_streams(effects: Effects, asked: KitsAsked | None) -> Effects:
    """The effects, with a place for every kit that may be taken apart: it is read like the others."""
    if asked is not None:
        for key in (*asked.claimed, *asked.taken):
            effects.setdefault(key, [])
    return effects


def take_apart(
    effects: Effects, asked: KitsAsked | None, stocks: Mapping[Key, Any], now: datetime
) -> Effects:
    """The effects, with finished kits in the place of loose components as far as there are any."""
    if asked is None:
        return effects
    for (location, kit), units in asked.taken.items():
        # A till's goods were there, whatever was claimed of them.
        stock = stocks[location, kit]
        gone = 0 if stock is None else min(units, stock.on_hand)
        if gone > 0:
            effects[location, kit].append(inv.Adjust(-gone, TAKEN_APART))
            for sku, each in asked.kits[kit]:
                effects[location, sku].insert(0, inv.Rework(gone * each, TAKEN_APART))
    if not asked.claimed:
        return effects
    need: dict[Key, int] = {}
    own: dict[Key, int] = {}
    for key, operations in effects.items():
        claims = [operation for operation in operations if type(operation) is inv.Allocate]
        filled = sum([operation.quantity for operation in operations if type(operation) is inv.Fill])
        need[key] = filled + sum([claim.quantity for claim in claims])
        own[key] = sum([kt.held_of(claim) for claim in claims])
    finished = kt.served(asked.claimed, asked.kits, own, need, stocks.__getitem__, now)
    return {key: list(steps) for key, steps in kt.taken_apart(effects, finished, asked.kits).items()}


__all__ = ["KitsAsked", "kits_asked", "take_apart", "with_streams"]
