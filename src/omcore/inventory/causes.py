"""Causes: why stock changed, in words that can be counted.

Decides the vocabulary, and which cause each kind of movement has by itself. Whoever adjusts or
regrades says why in a word of this list or in one of his own: it is open. The reference of a movement says
which one: the purchase order, transfer, order, count or delivery note. Must not know what a cause leads to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omcore.inventory import movements as mv
from omcore.kernel import UnknownEvent

COUNT = "count"
TILL_DIFFERENCE = "till_difference"
RECLASSIFICATION = "reclassification"
TRANSFER_DIFFERENCE = "transfer_difference"
ASSEMBLED = "assembled"
TAKEN_APART = "taken_apart"

CAUSES: Mapping[str, str] = {
    COUNT: "somebody counted, and the books were wrong",
    "shrinkage": "gone, and nobody knows where",
    "damage": "broken, wet or dirty",
    "found": "there, though the books had it not",
    "correction": "an earlier movement was booked wrongly",
    "expired": "too old to be sold",
    "recalled": "the maker wants it back, or it must not be sold any more",
    "scrapped": "thrown away",
    "returned_to_supplier": "sent back to where it was bought",
    "used": "taken for the house's own use: samples, displays, repairs",
    "inspection": "somebody looked at it, and it is better or worse than it was taken for",
    RECLASSIFICATION: "in another condition, and no cause was given",
    TILL_DIFFERENCE: "a till sold what the books had not",
    ASSEMBLED: "kits were made of it, or it is the kits that were made",
    TAKEN_APART: "kits were taken apart, by hand or for an order, or it is what they were made of",
}
"""Causes that an adjustment or a regrading may have, and what each means. Any other identifier may be one."""

_BY_KIND: Mapping[type, str] = {
    mv.StockReceived: "receipt",
    mv.StockShipped: "shipment",
    mv.StockTaken: "till_sale",
    mv.StockReturned: "return",
    mv.StockSent: "transfer",
    mv.StockReserved: "reservation",
    mv.StockUnreserved: "reservation_ended",
    mv.StockAllocated: "allocation",
    mv.StockDeallocated: "allocation_ended",
    mv.StockPromised: "promise",
    mv.StockUnpromised: "promise_ended",
    mv.StockFilled: "promise_filled",
    mv.SupplyExpected: "supply",
    mv.TransferDiffered: TRANSFER_DIFFERENCE,
    mv.ShortfallDeclared: "shortfall",
    mv.SupplyShortfallDeclared: "shortfall",
    mv.StockIdentified: "identification",
    mv.LotPolicySet: "setting",
    mv.SafetyStockSet: "setting",
    mv.BackorderLimitSet: "setting",
    mv.ReorderPointSet: "setting",
    mv.StockLevelChanged: "level",
}


def cause_of(movement: Any) -> str:
    """Why stock changed: the cause that a movement states, or else that of its kind (S2).

    Errors: ``UnknownEvent`` for what is no movement.
    """
    kind = type(movement)
    if kind is mv.StockAdjusted or kind is mv.StockCounted:
        return str(movement.cause)
    if kind is mv.StockRegraded:
        return str(movement.cause or RECLASSIFICATION)
    cause = _BY_KIND.get(kind)
    if cause is None:
        raise UnknownEvent("movement", type=kind.__name__, version=None)
    return cause


__all__ = ["CAUSES", "COUNT", "RECLASSIFICATION", "TILL_DIFFERENCE", "TRANSFER_DIFFERENCE", "cause_of"]
