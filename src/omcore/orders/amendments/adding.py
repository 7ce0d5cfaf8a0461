"""Adding: units, lines and charges that come to an order after it was placed.

Decides how they join it, for everything that adds - an edit, an exchange, a claim's replacement:
new ordinals follow the line's last, every worth is fixed from now on, and nothing that the order
had changes its own (M6). Must not know why anything is added, or who pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from omcore.kernel import changed, checked_limit
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes
from omcore.orders.draft import CHANNEL, MAX_LINES, MAX_UNITS
from omcore.orders.entitlements import NOTHING, ChargeWorth, Entitlements, worth
from omcore.orders.payments.ledger import earn, owe
from omcore.orders.state import Order, OrderLine

# (line id, entitlements numbered on from the line's last unit)
More = tuple[tuple[str, Entitlements], ...]


def add_units(
    changes: Changes,
    cause: str,
    lines: tuple[OrderLine, ...] = (),
    more: More = (),
    charges: tuple[ChargeWorth, ...] = (),
) -> None:
    """Add lines, units of lines, and charges, all with their worth.

    Line ids are new to the order, those of ``more`` known to it. Errors: ``LimitExceeded``.
    """
    order = changes.order
    checked_limit(len(order.terms.lines) + len(lines), MAX_LINES, "lines", "lines")
    ordered = sum([line.quantity for line in order.terms.lines])
    checked_limit(ordered + added_count(lines, more), MAX_UNITS, "lines", "units")
    net, tax, remitted, funded = added_worth(lines, more, charges)
    changes.emit(ev.UnitsAdded(changes.at, cause, lines, more, charges, net, tax, remitted, funded))


def added_count(lines: Iterable[OrderLine], more: Iterable[tuple[str, Entitlements]]) -> int:
    """How many units are added."""
    return sum(line.quantity for line in lines) + sum(
        entitlements[-1][1] - entitlements[0][0] + 1 for _, entitlements in more
    )


def added_worth(
    lines: Iterable[OrderLine],
    more: Iterable[tuple[str, Entitlements]],
    charges: Iterable[ChargeWorth],
) -> tuple[int, int, int, int]:
    """What is added comes to: (net, tax, remitted, funded)."""
    whole = NOTHING
    for entitlements in (*[line.entitlements for line in lines], *[entry for _, entry in more]):
        part = worth(entitlements, ((entitlements[0][0], entitlements[-1][1]),))
        whole = (whole[0] + part[0], whole[1] + part[1], whole[2] + part[2], whole[3] + part[3])
    for charge in charges:
        whole = (
            whole[0] + charge.net,
            whole[1] + charge.tax,
            whole[2] + charge.remitted,
            whole[3] + charge.funded,
        )
    return whole


def evolve_added(order: Order, event: ev.UnitsAdded) -> Order:
    """The units wait like those that were ordered at first; what they are worth is owed."""
    terms, progress = order.terms, order.progress
    lines, units, index = list(terms.lines), list(progress.units), dict(terms.index)
    ours = theirs = 0
    for line_id, entitlements in event.more:
        at, last = index[line_id], entitlements[-1][1]
        old = lines[at]
        waits = un.CHANNEL if old.fulfilled_by == CHANNEL else un.OPEN
        lines[at] = changed(old, quantity=last, entitlements=old.entitlements + entitlements)
        units[at] = un.extend(units[at], last, waits)
        ours, theirs = _counted(old, last - old.quantity, ours, theirs)
    for line in event.lines:
        index[line.id] = len(lines)
        lines.append(line)
        units.append(un.start(line.quantity, un.CHANNEL if line.fulfilled_by == CHANNEL else un.OPEN))
        ours, theirs = _counted(line, line.quantity, ours, theirs)
    tally = progress.tally
    # What the channel does not know: how long each line was before anything was added to it.
    stated = order.stated
    grown = dict(stated.quantities)
    for line_id, entitlements in event.more:
        grown.setdefault(line_id, entitlements[0][0] - 1)
    for line in event.lines:
        grown.setdefault(line.id, 0)
    # Charges that come when those of the order have gone are earned at once: none will take them.
    charges = added_worth((), (), event.charges)
    payments = owe(order.payments, event.net, event.tax, event.remitted, event.funded)
    return changed(
        order,
        terms=changed(
            terms,
            lines=tuple(lines),
            index=index,
            charges=terms.charges + event.charges,
            total=terms.total + event.net + event.tax,
            remitted=terms.remitted + event.remitted,
            funded=terms.funded + event.funded,
        ),
        progress=changed(
            progress,
            units=tuple(units),
            tally=changed(tally, open=tally.open + ours, allocated=tally.allocated + theirs),
        ),
        payments=earn(payments, *charges) if progress.charged and event.charges else payments,
        amendments=changed(order.amendments, stated=changed(stated, quantities=grown)),
        standing=changed(order.standing, waits_since=event.at),
    )


def _counted(line: OrderLine, quantity: int, ours: int, theirs: int) -> tuple[int, int]:
    if line.fulfilled_by == CHANNEL:
        return ours, theirs + quantity
    return ours + quantity, theirs


EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.UnitsAdded: evolve_added,
}

__all__ = ["More", "add_units", "added_count", "added_worth", "evolve_added"]
