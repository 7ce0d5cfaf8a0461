"""Backorders: which of an order's open units wait for stock, and for which (S4, S10).

Decides how they are kept: beside the units, not as a state of theirs, because a unit that waits is open -
it can be cancelled, edited, routed - and whatever takes it away ends its waiting with it. So nothing
that moves units has to know of them. Must not know why a unit waits, or what its supply is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from omcore.kernel import Runs
from omcore.kernel.runs import count, difference, intersection, union
from omcore.orders import units as un
from omcore.orders.selection import chosen
from omcore.orders.state import Backorder, Items, Order, Wanted
from omcore.orders.words import said_of, taken_over

# (location, when): empty and None for whatever comes.
Supply = tuple[str, datetime | None]

# What becomes of open units that no location takes and no supply is promised for (S4).
LEAVE_OPEN = "open"
BACKORDER = "backorder"
CANCEL = "cancel"
HOLD = "hold"
UNPLACED = (LEAVE_OPEN, BACKORDER, CANCEL, HOLD)


def open_units(order: Order, line_id: str) -> Runs:
    """The units of a line that nobody works on."""
    return un.in_state(order.progress.units[order.terms.index[line_id]], un.OPEN)


def still_waiting(order: Order) -> Order:
    """The order when what is open no more waits no more."""
    kept = [
        Backorder(items, entry.location, entry.promised_for)
        for entry in order.backorders
        if (items := _still_open(order, entry.items))
    ]
    return order if tuple(kept) == order.backorders else with_backorders(order, kept)


def _still_open(order: Order, items: Items) -> Items:
    found = ((line_id, intersection(runs, open_units(order, line_id))) for line_id, runs in items)
    return tuple([(line_id, runs) for line_id, runs in found if runs])


def promised(order: Order, location: str | None = None) -> dict[str, Runs]:
    """By line, the units that supply is promised for: anywhere, or at a location."""
    found: dict[str, Runs] = {}
    for entry in order.backorders:
        if entry.promised_for is not None and location in (None, entry.location):
            for line_id, runs in entry.items:
                found[line_id] = union(found.get(line_id, ()), runs)
    return found


def unpromised(order: Order) -> Items:
    """The open units that no supply is promised for."""
    if not order.progress.tally.open:
        return ()
    known = promised(order)
    left = []
    for line, units in zip(order.terms.lines, order.progress.units, strict=True):
        runs = un.in_state(units, un.OPEN)
        if runs and line.id in known:
            runs = difference(runs, known[line.id])
        if runs:
            left.append((line.id, runs))
    return tuple(left)


def to_allocate(order: Order, location: str, quantities: Mapping[str, int]) -> Wanted:
    """Which units a location gets: those promised there, then the lowest that are not elsewhere (M7).

    The quantity itself where there are fewer: it is refused by whoever selects units.
    """
    here, anywhere = promised(order, location), promised(order)
    wanted: list[tuple[str, int | Runs]] = []
    for line_id, quantity in quantities.items():
        free = open_units(order, line_id)
        others = difference(free, anywhere.get(line_id, ()))
        taken: Runs = ()
        for runs in (here.get(line_id, ()), others, free):
            left = quantity - count(taken)
            taken = union(taken, chosen(order, line_id, difference(runs, taken), left)) if left else taken
        wanted.append((line_id, taken if count(taken) == quantity else quantity))
    return tuple(wanted)


def waiting_for(order: Order, items: Items) -> list[tuple[Items, Supply | None]]:
    """Units by what they wait for now; None for those that do not yet."""
    return [(part, _supply(entry)) for part, entry in said_of(items, order.backorders)]


def backordered(order: Order, items: Items, supply: Supply) -> Order:
    """The order when units wait for this supply, whatever they waited for before."""
    mine, others = taken_over(order, items, order.backorders, lambda entry: _supply(entry) == supply)
    kept = [Backorder(rest, entry.location, entry.promised_for) for rest, entry in others]
    return with_backorders(order, [*kept, Backorder(mine, *supply)])


def _supply(entry: Backorder | None) -> Supply | None:
    return None if entry is None else (entry.location, entry.promised_for)


def with_backorders(order: Order, entries: Iterable[Backorder]) -> Order:
    """The order with these, the first promised first, and last what has no date."""
    return Order(
        order.terms,
        order.progress,
        order.payments,
        order.standing,
        order.amendments,
        order.seen_at,
        tuple(sorted(entries, key=_by_date)),
        order.promises,
    )


def _by_date(entry: Backorder) -> tuple[bool, float, str]:
    date = entry.promised_for
    return (date is None, 0.0 if date is None else date.timestamp(), entry.location)


__all__ = [
    "BACKORDER",
    "CANCEL",
    "HOLD",
    "LEAVE_OPEN",
    "UNPLACED",
    "Supply",
    "backordered",
    "open_units",
    "promised",
    "still_waiting",
    "to_allocate",
    "unpromised",
    "waiting_for",
    "with_backorders",
]
