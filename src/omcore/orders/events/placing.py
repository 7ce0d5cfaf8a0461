"""Events of an order: a draft became an order."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from omcore.kernel import Place, record
from omcore.orders.draft import ExternalRef
from omcore.orders.entitlements import ChargeWorth
from omcore.orders.state import OrderLine


@record
class TenderStated:
    """A tender as it stood when the order was placed."""

    id: str
    kind: str
    amount: int
    authorized: int
    captured: int
    refunded: int = 0
    reference: str = ""


@record
class OrderPlaced:
    """A draft became an order; every unit's entitlement is fixed (M6)."""

    at: datetime
    order_id: str
    ref: ExternalRef
    number: str = attrs.field(repr=False)
    currency: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    charges: tuple[ChargeWorth, ...]
    tenders: tuple[TenderStated, ...]
    total: int
    remitted: int
    funded: int
    destination: Place | None
    service: str
    ship_complete: bool
    pickup_at: str | None
    reservation: str
    signals: tuple[tuple[str, int], ...] = attrs.field(repr=False)
    attribution: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    shop_currency: str
    shop_total: int
    source_version: int
    tax_included: bool
    priority: int = 0
    deliver_by: date | None = None


__all__ = [
    "OrderPlaced",
    "TenderStated",
]
