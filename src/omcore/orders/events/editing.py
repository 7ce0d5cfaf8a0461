"""Events of an order: units, lines and charges that came to it after it was placed."""

from __future__ import annotations

from datetime import datetime

from omcore.kernel import record
from omcore.orders.entitlements import ChargeWorth, Entitlements
from omcore.orders.state import OrderLine


@record
class UnitsAdded:
    """The order has more units than before; nothing that it had changes its worth (M6).

    ``lines`` are new lines. ``more`` are units of lines that it has, as (line id, entitlements that
    are numbered on from the line's last unit). ``charges`` come with them; one may be negative.
    ``cause`` names what asked for it, as ``edit:<id>``, ``exchange:<id>`` or ``claim:<id>``.
    The amounts are those of all of it.
    """

    at: datetime
    cause: str
    lines: tuple[OrderLine, ...]
    more: tuple[tuple[str, Entitlements], ...]
    charges: tuple[ChargeWorth, ...]
    net: int
    tax: int
    remitted: int
    funded: int


__all__ = ["UnitsAdded"]
