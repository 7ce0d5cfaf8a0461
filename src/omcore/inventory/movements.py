"""Movements: every change of stock is one of these, with its cause (S2).

Decides what a fact about stock looks like. Must not know who asked for it. Each has the SKU, the
location, a quantity and a reference: the order, purchase order, transfer, count or token behind it. Its
cause is told by ``causes.cause_of``. ``lots`` are those that its units are of, as far as that is known.
"""

from __future__ import annotations

from datetime import datetime

from omcore.inventory.lotbook import LotUnits
from omcore.kernel import record


@record
class StockReceived:
    """Goods came in, at ``happened_at`` where somebody said so, else ``at``."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str
    happened_at: datetime | None = None
    lots: tuple[LotUnits, ...] = ()


@record
class StockAdjusted:
    """The books of a condition were changed by ``quantity`` (may be negative), because of ``cause``.

    It moved at ``happened_at`` where somebody said so, else ``at``.
    """

    at: datetime
    sku: str
    location: str
    quantity: int
    cause: str
    reference: str
    condition: str = "sellable"
    happened_at: datetime | None = None
    lots: tuple[LotUnits, ...] = ()


@record
class StockCounted:
    """``counted`` units of a condition were there at ``counted_at``, as ``source`` says.

    ``quantity`` is by how much the books were changed by it, 0 where they were right; ``cause`` is why.
    """

    at: datetime
    sku: str
    location: str
    quantity: int
    cause: str
    reference: str
    counted: int
    condition: str
    counted_at: datetime
    source: str
    lots: tuple[LotUnits, ...] = ()


@record
class StockReserved:
    """Units are claimed until ``second`` (whole seconds since 1970)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    second: int
    reference: str


@record
class StockUnreserved:
    """A temporary claim let go of units that would have expired at ``second``."""

    at: datetime
    sku: str
    location: str
    quantity: int
    second: int
    reference: str


@record
class StockAllocated:
    """Units are firmly claimed; ``confirmed`` are those that a reservation held before."""

    at: datetime
    sku: str
    location: str
    quantity: int
    confirmed: tuple[tuple[int, int], ...]
    reference: str


@record
class StockDeallocated:
    """A firm claim let go of units."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str


@record
class StockShipped:
    """Allocated units left."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str
    lots: tuple[LotUnits, ...] = ()


@record
class StockTaken:
    """Units left the shelf without a claim: a till (S12)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str
    lots: tuple[LotUnits, ...] = ()


@record
class StockReturned:
    """Units came back in a condition: sellable, damaged, quarantined."""

    at: datetime
    sku: str
    location: str
    quantity: int
    condition: str
    reference: str
    lots: tuple[LotUnits, ...] = ()


@record
class StockRegraded:
    """Units of one condition are of another now: sellable, damaged, quarantined.

    ``to`` is empty where they left this stock: scrapped, sent back, or brought to another location.
    ``cause``: why, empty where nobody said.
    """

    at: datetime
    sku: str
    location: str
    quantity: int
    condition: str
    to: str
    reference: str
    cause: str = ""
    lots: tuple[LotUnits, ...] = ()


@record
class StockSent:
    """Units left for another location, ``to``; the transfer is the reference."""

    at: datetime
    sku: str
    location: str
    quantity: int
    to: str
    reference: str
    lots: tuple[LotUnits, ...] = ()


@record
class StockIdentified:
    """Units of a condition that were in no lot are of ``lots``; no balance changes."""

    at: datetime
    sku: str
    location: str
    quantity: int
    condition: str
    reference: str
    lots: tuple[LotUnits, ...]


@record
class LotPolicySet:
    """Which lots leave first where nobody names them: a name of ``POLICIES``."""

    at: datetime
    sku: str
    location: str
    policy: str
    reference: str


@record
class ShortfallDeclared:
    """``quantity`` claims more than before have no stock behind them (S1, S10)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str


@record
class SafetyStockSet:
    """So many units are never promised (S13)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str


@record
class BackorderLimitSet:
    """So many units may be promised beyond what is on hand (S1)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str


@record
class ReorderPointSet:
    """From so few units on a stock item is low; None: it is not watched any more."""

    at: datetime
    sku: str
    location: str
    quantity: int | None
    reference: str


@record
class StockLevelChanged:
    """A stock item that is watched is in stock, low or out, and was not before; ``quantity`` is its ATP."""

    at: datetime
    sku: str
    location: str
    quantity: int
    level: str
    reference: str


@record
class SupplyExpected:
    """So many units are still to come, by ``second``, under ``reference``; 0: none any more (S10).

    ``origin``: the location that they have left, where they come by transfer.
    """

    at: datetime
    sku: str
    location: str
    quantity: int
    second: int
    reference: str
    origin: str = ""


@record
class StockPromised:
    """Units of dated supply are promised by ``second`` (S10)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    second: int
    reference: str


@record
class StockUnpromised:
    """A promise by ``second`` was let go of."""

    at: datetime
    sku: str
    location: str
    quantity: int
    second: int
    reference: str


@record
class StockFilled:
    """Units that were promised by ``second`` are here, and firmly claimed (S10)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    second: int
    reference: str


@record
class TransferDiffered:
    """Of a transfer from ``origin`` other units arrived than were sent: fewer if ``quantity`` is below 0."""

    at: datetime
    sku: str
    location: str
    quantity: int
    origin: str
    reference: str


@record
class SupplyShortfallDeclared:
    """``quantity`` promises more than before have no supply behind them in time (S10)."""

    at: datetime
    sku: str
    location: str
    quantity: int
    reference: str
