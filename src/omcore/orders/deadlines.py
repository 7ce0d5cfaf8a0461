"""Deadlines: what happens to an order because time has passed.

Decides when something is due and that it happens once: every facet brings its deadlines as rows of a
table, each a moment and what is done at it. A deadline has passed at its very moment, whether or not
anybody met it (S6). Must not know any facet's deadline, and keeps no clock: ``next_deadline`` says
when an order wants to be looked at again, and an embedder's scheduler does it with ``MeetDeadlines``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import attrs

from omcore.kernel import Command, checked_id, record
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.state import Order

# More rounds than any chain of deadlines has: meeting one may bring the next.
MAX_ROUNDS = 1_000


@attrs.frozen(eq=False)
class Deadline:
    """A kind of deadline: ``moment`` of the earliest of an order, None for none; ``meet`` does it.

    ``meet`` emits at least one event and afterwards ``moment`` is later, or None.
    """

    moment: Callable[[Order, OrderContext], datetime | None]
    meet: Callable[[Changes], None]


Deadlines = Mapping[str, Deadline]


@record
class MeetDeadlines(Command):
    """Do everything that is due by now: what was not paid, collected or sent back in time.

    Without anything due it changes nothing; early, late or often makes no difference (S6).
    """

    order_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")


def earliest(
    order: Order, context: OrderContext, deadlines: Iterable[Deadline]
) -> tuple[datetime, Deadline] | None:
    """The first deadline of an order, the first of the table where several fall together."""
    first: tuple[datetime, Deadline] | None = None
    for deadline in deadlines:
        moment = deadline.moment(order, context)
        if moment is not None and (first is None or moment < first[0]):
            first = (moment, deadline)
    return first


def meet_deadlines(changes: Changes, deadlines: Deadlines) -> None:
    """Meet what is due, the earliest first."""
    rows = tuple(deadlines.values())
    for _ in range(MAX_ROUNDS):
        due = earliest(changes.order, changes.context, rows)
        if due is None or due[0] > changes.at:
            return
        due[1].meet(changes)


__all__ = ["Deadline", "Deadlines", "MeetDeadlines", "earliest", "meet_deadlines"]
