"""Promising: what a customer can be told before an order is placed, and after.

By when an order would arrive at each level of service, until when that holds, from where and at what cost;
from when it can be fetched at each store; and the promise that follows from when an order leaves a location
and how long a service takes (C2). Stands above routing, because an offer is a plan with days. Must not know
how orders are kept; the time is an argument.
"""

from omcore.promising.dates import Promise, promise
from omcore.promising.later import Supply
from omcore.promising.levels import HazardRefused, ServiceLevel, arrival_with
from omcore.promising.offers import NoOffer, Offer, OfferedPart, Offers, offer_of, offers
from omcore.promising.pickups import PickupOffer, Pickups, pickups, ready_from

__all__ = [
    "HazardRefused",
    "NoOffer",
    "Offer",
    "OfferedPart",
    "Offers",
    "PickupOffer",
    "Pickups",
    "Promise",
    "ServiceLevel",
    "Supply",
    "arrival_with",
    "offer_of",
    "offers",
    "pickups",
    "promise",
    "ready_from",
]
