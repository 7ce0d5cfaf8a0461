"""Events of an order: units that wait for stock."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import Items


@record
class UnitsBackordered:
    """Open units wait for stock (S4, S10), or for another than before.

    ``location`` and ``promised_for``: the supply that covers them, at whose location; empty and None where
    none does. ``before``: when they were promised until now, None where they were not. ``cause`` says why:
    no_stock where routing found none, else what became of the promise.
    """

    at: datetime
    items: Items
    location: str
    promised_for: datetime | None
    before: datetime | None
    cause: str = attrs.field(repr=False)


__all__ = ["UnitsBackordered"]
