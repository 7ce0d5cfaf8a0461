"""Deadlines: what happens to an order because time has passed.

Decides when something is due and that it happens once: every facet brings its deadlines as rows of a
table, each a moment and what is done at it. Must not know any facet's deadline, and keeps no clock:
``next_deadline`` says when an order wants to be looked at again, and an embedder's scheduler does it
with ``MeetDeadlines``.

A deadline has passed at its very moment, whether or not anybody met it (S6). Where it decides what
the whole order may do, as the expiry of a hold does, it is *binding*: every command that comes at or
after its moment is decided against the order that has met it, in the same decision, so that an order
which nobody looked at for a year gives the answers of one that is looked at every second. Where it
concerns a few commands only, these look at the moment themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import attrs

from omcore.kernel import Command, checked_id, checked_instant, record
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.state import NO_AMENDMENTS, Order

# More than an order can have of them: meeting one may bring the next.
MAX_ROUNDS = 1_000


@attrs.frozen(eq=False)
class Deadline:
    """A kind of deadline: ``moment`` of the earliest of an order, None for none; ``meet`` does it.

    ``meet`` emits at least one event, and each time it does one deadline less has that moment. What
    it emits follows from the order and the moment, however much later it is met. A ``binding`` one has a
    moment only where an order ``waits``: nobody else is asked for it.
    """

    moment: Callable[[Order, OrderContext], datetime | None]
    meet: Callable[[Changes], None]
    binding: bool = False


Deadlines = Mapping[str, Deadline]


@record
class MeetDeadlines(Command):
    """Do everything that is due by now: what was not paid, collected or sent back in time.

    Without anything due it changes nothing; early, late or often makes no difference (S6).
    """

    order_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")


def later(moment: datetime, waits: timedelta) -> datetime | None:
    """So long after a moment; None beyond all time."""
    try:
        return moment + waits
    except OverflowError:
        return None


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
    """Meet what is due, the earliest first; of a row that does nothing no more is asked."""
    rows = list(deadlines.values())
    for _ in range(MAX_ROUNDS):
        due = earliest(changes.order, changes.context, rows)
        if due is None or due[0] > changes.at:
            return
        made = len(changes.events)
        due[1].meet(changes)
        if len(changes.events) == made:
            rows.remove(due[1])


def moment_in_utc(expires_at: object) -> datetime | None:
    """A converter of ``expires_at``, None for ever: one instant told in two zones is one payload (C4)."""
    return None if expires_at is None else checked_instant(expires_at, "expires_at")


def waits(order: Order, context: OrderContext) -> bool:
    """Whether something that binds every command may be about to happen to an order.

    To most orders nothing is, and this is all that they pay for it.
    """
    if (
        order.standing.holds
        or order.amendments is not NO_AMENDMENTS
        or order.progress.returns
        or order.terms.pickup_at
        or context.policies.impatient
    ):
        return True
    for tender in order.payments.tenders.values():  # noqa: SIM110 - with every command; a generator is dear
        if tender.expiries:
            return True
    return False


def is_due(order: Order, context: OrderContext, now: datetime, binding: Iterable[Deadline]) -> bool:
    """Whether one of these has passed."""
    first = earliest(order, context, binding)
    return first is not None and first[0] <= now


__all__ = [
    "Deadline",
    "Deadlines",
    "MeetDeadlines",
    "earliest",
    "is_due",
    "later",
    "meet_deadlines",
    "moment_in_utc",
    "waits",
]
