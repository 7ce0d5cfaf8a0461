"""Events of an order: units that arrived damaged, late, as something else, or not at all."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.entitlements import Entitlements
from omcore.orders.state import Items


@record
class ClaimOpened:
    """The customer says that something is wrong with these units; ``kind`` says what."""

    at: datetime
    claim_id: str
    kind: str
    items: Items


@record
class ClaimRefunded:
    """The worth of units is given back though they do not come back.

    The customer keeps the goods of ``kept``; nobody has those of ``lost``. ``on_the_way`` is how many of
    them all had not arrived.
    """

    at: datetime
    claim_id: str
    kept: Items
    lost: Items
    on_the_way: int
    net: int
    tax: int
    remitted: int
    funded: int


@record
class UnitsReplaced:
    """Other units of the same lines stand for these, each with the worth of the one it stands for.

    ``by`` are the new units, as of ``UnitsAdded``; ``on_the_way`` is how many of the others had not
    arrived. The amounts are the worth of either side: the order
    owes what it owed, and earns it when the new units go out.
    """

    at: datetime
    claim_id: str
    items: Items
    by: tuple[tuple[str, Entitlements], ...]
    on_the_way: int
    net: int
    tax: int
    remitted: int
    funded: int


@record
class ClaimResolved:
    """A claim was resolved for these units; ``complete`` where it has no others.

    ``resolution``: ``refund``, ``replace``, ``allowance``, ``reject``, or ``overtaken`` where the
    units are no longer on their way or with the customer. ``cause`` says why.
    """

    at: datetime
    claim_id: str
    kind: str
    resolution: str
    items: Items
    complete: bool
    cause: str = attrs.field(repr=False)


__all__ = ["ClaimOpened", "ClaimRefunded", "ClaimResolved", "UnitsReplaced"]
