"""What may be had cheaper of work that was asked for and not begun, as a value.

Decides the shape of the answer to "would we plan it so again?": per order what it costs as it is, what the
better plan costs, and exactly which units go from where to where; and for what stays as it is, why. Must not
know orders, stock, or how a plan is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omcore.kernel import CURRENCIES, Money, Runs, record, round_ratio
from omcore.kernel.runs import count
from omcore.routing._text import amount
from omcore.routing.plan import RoutingPlan

# Why units go elsewhere.
CHEAPER = "cheaper"
MAY_NOT_SHIP = "may_not_ship"

# Why an order, or a location's work for it, stays as it is.
BEGUN = "begun"
RESERVED = "reserved"
EXCLUDED = "excluded"
ARRIVED = "arrived"
NOTHING_MAY_MOVE = "nothing_may_move"
PICKUP = "pickup"
ON_HOLD = "on_hold"
OVER = "over"
BEST = "best"
NOWHERE_ELSE = "nowhere_else"

STAYS = {
    BEGUN: "the location has begun the work",
    RESERVED: "the units were reserved there",
    EXCLUDED: "the location lost others of the order, and keeps what it has",
    ARRIVED: "it waits at the store for its customer",
    NOTHING_MAY_MOVE: "no work may be moved",
    PICKUP: "it is collected where the customer chose",
    ON_HOLD: "the order is on hold",
    OVER: "the order is over",
    BEST: "no better plan exists that leaves as early",
    NOWHERE_ELSE: "the location may not ship it, and no other has it",
}
"""What a person reads for each reason."""


@record
class Shift:
    """Units of a location's work that go to another location.

    Where both are the same, they are asked for anew there, together with what comes. ``work`` is the
    fulfillment order; ``items`` are (line id, runs of ordinals).
    """

    work: str
    source: str
    location: str
    items: tuple[tuple[str, Runs], ...]

    @property
    def units(self) -> int:
        """How many units."""
        return sum(count(runs) for _, runs in self.items)


@record
class BetterPlan:
    """A better plan for what an order's locations have not begun, and what would change.

    ``before`` and ``after`` are the costs in 1/``scale`` of a ``measure``, work by work. ``why``:
    ``cheaper``, or ``may_not_ship`` where a location of it is switched off or may not send it to where it
    goes now; ``before`` is without that one's. ``plan`` is the better plan, which explains itself. ``ended``
    are the works of which nothing is left; ``stays`` are (work, why) of those that were not looked at.
    """

    order_id: str
    shifts: tuple[Shift, ...]
    before: int
    after: int
    measure: str
    scale: int
    why: str
    plan: RoutingPlan
    ended: tuple[str, ...]
    stays: tuple[tuple[str, str], ...] = ()

    @property
    def saved(self) -> int:
        """What it costs less, in 1/``scale`` of the measure; below zero only where units may not stay."""
        return self.before - self.after

    @property
    def money(self) -> Money | None:
        """What is saved, rounded to minor units, where it is measured in money."""
        if self.measure not in CURRENCIES:
            return None
        return Money(round_ratio(self.saved, self.scale), self.measure)

    @property
    def moves(self) -> tuple[tuple[str, str, tuple[tuple[str, Runs], ...]], ...]:
        """(work, location, items): what ``RearrangeWork`` carries out."""
        return tuple([(shift.work, shift.location, shift.items) for shift in self.shifts])

    def explain(self) -> str:
        """What would change, as text."""
        after = amount(self.after, self.measure, self.scale)
        if self.why == CHEAPER:
            saved, before = (amount(cost, self.measure, self.scale) for cost in (self.saved, self.before))
            told = [f"Order {self.order_id}: saves {saved} ({before} before, {after} after)"]
        else:
            told = [f"Order {self.order_id}: a location may not ship it any more; {after} after"]
        for shift in self.shifts:
            what = ", ".join(f"{count(runs):,} of line {line_id}" for line_id, runs in shift.items)
            if shift.source == shift.location:
                told.append(f"  joined at {shift.location}: {what}, of {shift.work}")
            else:
                told.append(f"  from {shift.source} to {shift.location}: {what}, of {shift.work}")
        told += [f"  called off: {work}" for work in self.ended]
        told += [f"  stays: {work}; {STAYS[why]}" for work, why in self.stays]
        return "\n".join(told) + "\n"


@record
class Reoptimization:
    """Better plans for orders, in the order in which they can be carried out, and why the others stay.

    A later plan may count on stock that an earlier one frees.
    """

    at: datetime
    better: tuple[BetterPlan, ...]
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def changes(self) -> tuple[tuple[str, tuple[tuple[str, str, tuple[tuple[str, Runs], ...]], ...]], ...]:
        """(order id, moves) of each better plan: what ``ApplyReoptimization`` carries out."""
        return tuple([(better.order_id, better.moves) for better in self.better])

    @property
    def saved(self) -> Mapping[tuple[str, int], int]:
        """By (measure, scale), what all of it costs less."""
        found: dict[tuple[str, int], int] = {}
        for better in self.better:
            key = (better.measure, better.scale)
            found[key] = found.get(key, 0) + better.saved
        return found

    def explain(self) -> str:
        """Every better plan, and why each other order stays as it is, as text."""
        told = [better.explain() for better in self.better]
        told += [f"Order {order_id} stays as it is: {STAYS[why]}\n" for order_id, why in self.kept]
        return "".join(told)


__all__ = [
    "ARRIVED",
    "BEGUN",
    "BEST",
    "CHEAPER",
    "EXCLUDED",
    "MAY_NOT_SHIP",
    "NOTHING_MAY_MOVE",
    "NOWHERE_ELSE",
    "ON_HOLD",
    "OVER",
    "PICKUP",
    "RESERVED",
    "STAYS",
    "BetterPlan",
    "Reoptimization",
    "Shift",
]
