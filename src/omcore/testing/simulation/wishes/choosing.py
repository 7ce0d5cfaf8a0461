"""Choosing what is wanted of an order, a stock item or a cart: tables of makers by what it has now.

Decides the weights: a maker stands in its table as often as it is wanted, so that a choice is one number. The
first rows are what lets an order go on; zeros choose the first. Must not know what a maker looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from omcore import orders as om
from omcore.orders.state import NO_AMENDMENTS
from omcore.testing.simulation.chooser import Chooser
from omcore.testing.simulation.wishes import amending, carts, goods, paying, returning, standing, stocking
from omcore.testing.simulation.wishes.desk import Maker

T = TypeVar("T")


def spread(table: Sequence[tuple[int, T]]) -> tuple[T, ...]:
    """Each as often as it weighs."""
    return tuple([each for weight, each in table for _ in range(weight)])


When = Callable[[om.Order], Any]

# In every state of an order, over or not: late facts come too.
_ROWS: tuple[tuple[When, tuple[Maker, ...]], ...] = (
    (lambda order: order.payments.requests, spread(paying.ANSWERS)),
    (lambda order: order.standing.holds, spread(standing.HELD)),
    (lambda order: order.standing.stage, spread(standing.STAGED)),
    (lambda order: order.progress.tally.open, spread(goods.OPEN)),
    (lambda order: order.progress.tally.allocated, spread(goods.WORK)),
    (lambda order: order.progress.tally.shipped, spread((*goods.UNDER_WAY, *goods.LOST))),
    (lambda order: order.progress.tally.delivered, spread(returning.WITH_CUSTOMER)),
    (lambda order: order.progress.returns, spread(returning.COMING)),
    (lambda order: order.payments.tenders, spread(paying.TENDERS)),
    (lambda order: order.terms.pickup_at, spread(goods.WAITING)),
    (lambda order: order.payments.concessions.chargebacks, spread(paying.DISPUTED)),
    (lambda order: True, spread((*standing.ALWAYS, *standing.FORGETTING))),
)

_AMENDED: tuple[tuple[When, tuple[Maker, ...]], ...] = (
    (lambda order: order.amendments.edits, spread(amending.PROPOSED)),
    (lambda order: order.amendments.last_edit, spread(amending.EDITED)),
    (lambda order: order.amendments.claims, spread(returning.CLAIMED)),
    (lambda order: order.amendments.exchanges, spread(returning.EXCHANGING)),
)

# Of an order that is not over.
_WAITING = spread((*standing.CANCELLING, *paying.LACKING, *standing.STAGES))
_ALIVE: tuple[tuple[When, tuple[Maker, ...]], ...] = (
    (lambda order: True, spread((*amending.ALIVE, *standing.ALIVE))),
    (lambda order: order.standing.cancel_requests, spread(standing.ASKED)),
    (lambda order: order.progress.tally.open or order.progress.tally.allocated, _WAITING),
    (lambda order: order.progress.tally.shipped or order.progress.tally.delivered, spread(returning.LEFT)),
)

STOCK = spread(stocking.STOCK)
CARTS = {table: spread(table) for table in (carts.LIVE, carts.EXPIRED, carts.HOLDING)}


def makers_of(order: om.Order, over: bool) -> list[tuple[Maker, ...]]:
    """What may be wanted of an order, by what it has."""
    found = [makers for when, makers in _ROWS if when(order)]
    if order.amendments is not NO_AMENDMENTS:
        found += [makers for when, makers in _AMENDED if when(order)]
    if not over:
        found += [makers for when, makers in _ALIVE if when(order)]
    return found


def one_of(chooser: Chooser, rows: Sequence[tuple[Maker, ...]]) -> Maker:
    """One maker of all rows together."""
    chosen = chooser.below(sum([len(row) for row in rows]))
    for row in rows:
        if chosen < len(row):
            return row[chosen]
        chosen -= len(row)
    raise AssertionError("a choice is below the number of all")


__all__ = ["CARTS", "STOCK", "makers_of", "one_of", "spread"]
