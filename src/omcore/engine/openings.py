"""Openings: what leaves units of an order without a place, and what that is called.

Decides one word for each such fact: policies are asked with it, and it is the reason of whatever is routed
again. Must not know what is done about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omcore.engine.claim_holders import DISPLACED, REOPTIMIZED, SHORTFALL
from omcore.orders import events as ev
from omcore.orders.amendments.editing import EDIT
from omcore.orders.policies import CALLED_BACK

NEW = "new"
REJECTED = "rejected"
SHORT_PICK = "short_pick"
EDITED = "edited"
RELEASED = "released"
REOPENED = "reopened"
MAY_NOT_SHIP = "may_not_ship"
STOCK_CAME = "stock_came"
SUPPLY_CHANGED = "supply_changed"

_WHY: Mapping[type, str] = {
    ev.OrderPlaced: NEW,
    ev.DeliveryChanged: EDITED,
    ev.FulfillmentRejected: REJECTED,
    ev.UnitsShortPicked: SHORT_PICK,
    ev.HoldReleased: RELEASED,
    ev.UnitsReopened: REOPENED,
}
# Work that was called back by the shop itself says why.
_CAUSES: Mapping[str, str] = {
    DISPLACED: DISPLACED,
    SHORTFALL: SHORTFALL,
    EDIT: EDITED,
    MAY_NOT_SHIP: MAY_NOT_SHIP,
    REOPTIMIZED: "",
}


def opened_by(event: Any) -> str:
    """The word for a fact that opens units, or that frees open ones to be routed; empty for any other."""
    kind = type(event)
    if kind is ev.FulfillmentCancelled:
        return _CAUSES.get(event.cause, CALLED_BACK)
    if kind is ev.UnitsAdded:
        return EDITED if event.lines or event.more else ""
    return _WHY.get(kind, "")


__all__ = [
    "CALLED_BACK",
    "EDITED",
    "MAY_NOT_SHIP",
    "NEW",
    "REJECTED",
    "RELEASED",
    "REOPENED",
    "SHORT_PICK",
    "STOCK_CAME",
    "SUPPLY_CHANGED",
    "opened_by",
]
