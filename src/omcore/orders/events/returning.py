"""Events of an order: units that come back, or do not.

``items`` are all the units that an event is about. Of those in ``parts`` it is about these components
alone, and the amounts are theirs; a unit that is not named there is meant whole.
"""

from __future__ import annotations

from datetime import datetime

from omcore.kernel import record
from omcore.orders.parts import NO_PARTS, Parts
from omcore.orders.state import Items, ReturnLabel


@record
class ReturnAuthorized:
    """Units may come back, or are given up for good (``method`` keep)."""

    at: datetime
    return_id: str
    items: Items
    method: str
    reasons: tuple[tuple[str, str], ...]
    label: ReturnLabel | None
    refund_to: str
    parts: Parts = NO_PARTS


@record
class ReturnCancelled:
    """Units that were expected back stay with the customer."""

    at: datetime
    return_id: str
    items: Items
    parts: Parts = NO_PARTS


@record
class ReturnArrived:
    """Units came back to a location, where they wait in quarantine for their inspection; nothing is owed.

    ``restocked`` is whether these units enter this merchant's stock at all.
    """

    at: datetime
    return_id: str
    location: str
    items: Items
    restocked: bool
    parts: Parts = NO_PARTS


@record
class ReturnReceived:
    """Units came back to a location: their worth less the fees is owed to the customer (M9).

    ``condition`` says where the stock goes, at ``stocked_at``: sellable, damaged, quarantined; empty for
    what is scrapped. ``restocked`` is whether these units enter this merchant's stock at all. ``fee`` is
    kept back for restocking, ``label_fee`` for the label. ``inspect``: their inspection is to come.
    ``refund_to``: tender or store_credit.
    """

    at: datetime
    return_id: str
    location: str
    items: Items
    condition: str
    net: int
    tax: int
    remitted: int
    funded: int
    fee: int
    label_fee: int
    stocked_at: str
    restocked: bool
    inspect: bool
    complete: bool
    refund_to: str
    parts: Parts = NO_PARTS


@record
class ReturnInspected:
    """Units that came back were looked at, and graded; they leave quarantine at ``location``.

    Accepted, they go to ``stocked_at`` in ``condition``, empty for what is scrapped. Not accepted, they
    go back to the customer. ``refunded``: their worth was given back when they came; else it is now,
    less the fees, where they are accepted. ``restocked`` as in ``ReturnReceived``.
    """

    at: datetime
    return_id: str
    location: str
    items: Items
    grade: str
    accepted: bool
    condition: str
    stocked_at: str
    restocked: bool
    refunded: bool
    net: int
    tax: int
    remitted: int
    funded: int
    fee: int
    label_fee: int
    complete: bool
    refund_to: str
    parts: Parts = NO_PARTS


@record
class ReturnRefused:
    """Units that were expected back did not come, or were not taken: they are the customer's as before.

    ``cause``: wrong_item, refused, or lost where it was not on a label of ours.
    """

    at: datetime
    return_id: str
    items: Items
    cause: str
    parts: Parts = NO_PARTS


@record
class ReturnLost:
    """Units were lost on a label of ours: their worth is owed to the customer, and nobody has them."""

    at: datetime
    return_id: str
    items: Items
    net: int
    tax: int
    remitted: int
    funded: int
    refund_to: str
    parts: Parts = NO_PARTS


@record
class LostReturnFound:
    """Units that were lost, and given back the worth of, came after all. No money moves.

    ``condition``, ``stocked_at`` and ``restocked`` as in ``ReturnReceived``.
    """

    at: datetime
    return_id: str
    location: str
    items: Items
    condition: str
    stocked_at: str
    restocked: bool
    parts: Parts = NO_PARTS


@record
class ReturnKept:
    """The customer keeps units whose worth is owed to him: nobody wants them back."""

    at: datetime
    return_id: str
    items: Items
    net: int
    tax: int
    remitted: int
    funded: int
    refund_to: str
    parts: Parts = NO_PARTS


@record
class ShippingGivenBack:
    """A part of what shipping cost is owed to the customer, because of what came back."""

    at: datetime
    return_id: str
    net: int
    tax: int
    remitted: int
    funded: int
    refund_to: str


__all__ = [
    "LostReturnFound",
    "ReturnArrived",
    "ReturnAuthorized",
    "ReturnCancelled",
    "ReturnInspected",
    "ReturnKept",
    "ReturnLost",
    "ReturnReceived",
    "ReturnRefused",
    "ShippingGivenBack",
]
