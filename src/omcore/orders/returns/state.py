"""A return as a value: what is expected, on which terms, and what is still to be done about what came.

Decides the shape of this part of an order's state; ``state`` has it among its own. Must not know how
any of it changes: that is ``returns``, ``receiving`` and ``inspecting``.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.entitlements import Worth
from omcore.orders.parts import NO_PARTS, Items, Parts


@record
class ReturnLabel:
    """What the parcel travels with: carrier and number; what it costs, and what of that the customer pays.

    ``due`` is what is still to be kept back of what he pays. Amounts in minor units of the order's currency.
    """

    carrier: str
    number: str = attrs.field(repr=False)
    cost: int
    charged: int
    due: int


@record
class GoodsReceived:
    """Units that came back to a location and wait in quarantine there for their inspection.

    ``refunded``: their worth was given back when they came. ``parts``: what came of units that did not
    come whole.
    """

    location: str
    items: Items
    refunded: bool
    parts: Parts = NO_PARTS


@record
class Return:
    """Units that are expected back (``items``), and what is still to be done about those that came.

    ``method``: mail, in_store, keep. ``reasons`` are (line id, code). ``refund_to``: tender or
    store_credit. ``shipping`` is what was given back of the order's shipping because of it. ``parts``: what
    is expected of units that are not expected whole; ``lost``: what was lost of such.
    """

    id: str
    items: Items
    status: str
    authorized_at: datetime
    method: str
    reasons: tuple[tuple[str, str], ...]
    label: ReturnLabel | None
    refund_to: str
    inspecting: tuple[GoodsReceived, ...]
    shipping: Worth
    parts: Parts = NO_PARTS
    lost: Parts = NO_PARTS

    def reason(self, line_id: str) -> str:
        """Why units of a line come back, as a code; empty where nobody said."""
        return dict(self.reasons).get(line_id, "")


__all__ = ["GoodsReceived", "Return", "ReturnLabel"]
