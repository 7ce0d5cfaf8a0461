"""Operations on one stock item: plain values that say what is to happen to it.

Decides what can be asked of one SKU at one location. What each comes to is decided in
``deciding``, its fields are checked there too. Must not know which order or reservation is
behind an operation: the engine derives them from the events of both. ``lots`` are those that somebody
names; of the rest the policy says which they are.
"""

from __future__ import annotations

from datetime import datetime

from omcore.inventory.lotbook import LotUnits
from omcore.inventory.stock import SELLABLE
from omcore.inventory.tolerance import Tolerance
from omcore.kernel import record


@record
class Receive:
    """Goods come in; with ``completes`` no more are to come under their reference."""

    quantity: int
    completes: bool = False
    happened_at: datetime | None = None
    lots: tuple[LotUnits, ...] = ()


@record
class Adjust:
    """The books of a condition change by a difference; refused below zero.

    What happened at or before the newest count is in that count already: only its cause is booked.
    """

    delta: int
    cause: str
    condition: str = SELLABLE
    happened_at: datetime | None = None
    lots: tuple[LotUnits, ...] = ()


@record
class Rework:
    """Goods become others, as kits are made of them or taken apart: no more leave than are free (S11)."""

    delta: int
    cause: str


@record
class Count:
    """Somebody counted, at ``counted_at`` (None: now): the difference to the books becomes an adjustment.

    ``then`` is what the books said at that moment, ``becomes`` what was counted with what moved since
    (``counted_operation`` has both out of the movements); None: what they say now, and what was counted.
    """

    counted: int
    cause: str
    condition: str = SELLABLE
    counted_at: datetime | None = None
    source: str = ""
    then: int | None = None
    becomes: int | None = None
    tolerance: Tolerance | None = None


@record
class SetSafety:
    """How many are never promised."""

    quantity: int


@record
class SetBackorders:
    """How many may be promised beyond what is on hand."""

    quantity: int


@record
class SetReorder:
    """From how few on a stock item is low; None: nobody wants to know."""

    quantity: int | None


@record
class Expect:
    """So many units are still to come, by a whole second, under a reference; 0: none any more (S10)."""

    supply: str
    quantity: int
    second: int


@record
class Promise:
    """Claim units of dated supply for a promise by a whole second, which is to come (S10)."""

    quantity: int
    second: int


@record
class Repromise:
    """Move a promise from one whole second to another."""

    quantity: int
    second: int
    until: int


@record
class Unpromise:
    """Let go of a promise."""

    quantity: int
    second: int


@record
class Fill:
    """What was promised by a second is here, and becomes a firm claim (S10)."""

    quantity: int
    second: int


@record
class Reserve:
    """Claim until a whole second since 1970, which is to come.

    ``brought`` of them come in for this claim, out of what was taken apart (S11).
    """

    quantity: int
    second: int
    brought: int = 0


@record
class Extend:
    """Move a temporary claim from one whole second to another: it stays its owner's (S5)."""

    quantity: int
    second: int
    until: int


@record
class Unreserve:
    """Let go of a temporary claim that would expire at a second; no movement if it has expired."""

    quantity: int
    second: int


@record
class Allocate:
    """Claim firmly; ``from_reservation`` are (second, units) of the owner's own claim (S5).

    What of these has expired is not the owner's any more: it is claimed like the rest. ``brought`` as of
    ``Reserve``.
    """

    quantity: int
    from_reservation: tuple[tuple[int, int], ...] = ()
    brought: int = 0


@record
class Deallocate:
    """Let go of a firm claim (S7)."""

    quantity: int


@record
class Ship:
    """Allocated units leave; whatever ATP says (S8), but not what is not there."""

    quantity: int
    lots: tuple[LotUnits, ...] = ()


@record
class ShortPick:
    """Allocated units were not found: on hand is lowered, the claim let go of (S9)."""

    quantity: int
    cause: str
    lots: tuple[LotUnits, ...] = ()


@record
class Take:
    """Units left the shelf already (S12): a fact is never refused."""

    quantity: int
    lots: tuple[LotUnits, ...] = ()


@record
class TakeBack:
    """Units come back in a condition: sellable, damaged, quarantined."""

    quantity: int
    condition: str
    lots: tuple[LotUnits, ...] = ()


@record
class Regrade:
    """Units of one condition are of another now; ``to`` is empty where they leave this stock."""

    quantity: int
    condition: str
    to: str
    cause: str = ""
    lots: tuple[LotUnits, ...] = ()


@record
class Identify:
    """Units of a condition that are in no lot are of these."""

    quantity: int
    condition: str
    lots: tuple[LotUnits, ...]


@record
class SetPolicy:
    """Which lots leave first where nobody names them."""

    policy: str


@record
class Send:
    """Units leave for another location; no more than are free."""

    quantity: int
    to: str
    lots: tuple[LotUnits, ...] = ()


@record
class Await:
    """Units that left ``origin`` under a transfer are to come by a whole second."""

    transfer: str
    quantity: int
    second: int
    origin: str


@record
class ComeBack:
    """Units that had left for another location are here again."""

    quantity: int
    lots: tuple[LotUnits, ...] = ()


@record
class CallBack:
    """Units that are on their way from ``origin`` turn round, and are to come no more."""

    transfer: str
    quantity: int
    origin: str


__all__ = [
    "Adjust",
    "Allocate",
    "Await",
    "CallBack",
    "ComeBack",
    "Count",
    "Deallocate",
    "Expect",
    "Extend",
    "Fill",
    "Identify",
    "Promise",
    "Receive",
    "Regrade",
    "Repromise",
    "Reserve",
    "Rework",
    "Send",
    "SetBackorders",
    "SetPolicy",
    "SetReorder",
    "SetSafety",
    "Ship",
    "ShortPick",
    "Take",
    "TakeBack",
    "Unpromise",
    "Unreserve",
]
