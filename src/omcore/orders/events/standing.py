"""Events of an order: status, validation, holds, stages."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record
from omcore.orders.state import HOLD_BLOCKS


@record
class OrderStatusChanged:
    """The status is another than before (C7); ``event`` is the chart's."""

    at: datetime
    source: str
    target: str
    event: str


@record
class StageEntered:
    """An embedder's own state was entered by an event of his extension of the chart."""

    at: datetime
    source: str
    stage: str
    event: str


@record
class OrderValidated:
    """Every validation rule was content; ``rules`` names them in order."""

    at: datetime
    rules: tuple[str, ...]


@record
class HoldPlaced:
    """The order waits, for a reason with an owner. ``blocks``, ``expires_at``, ``then``: see ``Hold``."""

    at: datetime
    hold_id: str
    kind: str
    owner: str
    note: str = attrs.field(default="", repr=False)
    blocks: tuple[str, ...] = HOLD_BLOCKS
    expires_at: datetime | None = None
    then: str = "release"


@record
class HoldReleased:
    """A reason to wait is gone; ``waived`` where a person overruled a validation rule.

    ``released_by`` is the owner who let go of it, or who had the right to; ``expired_at`` is when it
    ended by itself, None where somebody ended it.
    """

    at: datetime
    hold_id: str
    kind: str
    waived: bool = False
    released_by: str = ""
    expired_at: datetime | None = None


@record
class PersonalDataErased:
    """The customer's personal data is gone; the order stays."""

    at: datetime


__all__ = [
    "HoldPlaced",
    "HoldReleased",
    "OrderStatusChanged",
    "OrderValidated",
    "PersonalDataErased",
    "StageEntered",
]
