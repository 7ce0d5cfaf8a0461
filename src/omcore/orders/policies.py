"""Policies: the rules of RULES.md that are marked *(policy)*, as one replaceable value.

Decides the defaults. Each field is a pure function; an embedder passes a ``Policies`` with his
own. Must not know commands or events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import attrs

from omcore.kernel import InvalidType, Ratio, split
from omcore.orders.draft import OrderDraft
from omcore.orders.entitlements import Priced, price
from omcore.orders.state import Hold, Order

Shares = Sequence[tuple[str, int]]

# Who acts where a command says nothing else.
PERSON = "person"


def capture_on_shipment(order: Order) -> int:
    """M8: what may be captured is the worth of what shipped, and the charges with the first of it."""
    return order.payments.earned


def capture_at_placement(order: Order) -> int:
    """For goods that are made to order: everything that is owed, at once."""
    return order.payments.owed


def in_priority_order(amount: int, available: Shares) -> list[tuple[str, int]]:
    """Take an amount from tenders in their stated order."""
    taken: list[tuple[str, int]] = []
    for tender_id, most in available:
        part = min(amount, most)
        if part > 0:
            taken.append((tender_id, part))
            amount -= part
    return taken


def card_first(amount: int, refundable: Shares) -> list[tuple[str, int]]:
    """M10: refund in the reverse of the capture priority."""
    return in_priority_order(amount, tuple(reversed(refundable)))


def proportional(amount: int, refundable: Shares) -> list[tuple[str, int]]:
    """M10: refund over tenders by what each can still refund (M2)."""
    if not refundable:
        return []
    amount = min(amount, sum(most for _, most in refundable))
    parts = split(amount, [most for _, most in refundable])
    return [(tender_id, part) for (tender_id, _), part in zip(refundable, parts, strict=True) if part]


def a_person_may(owner: str, hold: Hold) -> bool:
    """A person may release any hold; whoever else, a system, only its own."""
    return owner == PERSON


def uncovered(order: Order, more: int) -> int:
    """Whatever of ``more`` is not authorized or paid beyond what is owed already, over all tenders.

    What is on its way back covers nothing, nor does an authorization whose capture was declined.
    """
    covered = 0
    for tender in order.payments.tenders.values():
        held = 0 if tender.blocked else tender.authorized - tender.voided - tender.voiding
        covered += max(held, tender.captured) - tender.refunded - tender.refunding
    return max(min(more, order.payments.owed + more - covered), 0)


@attrs.frozen(eq=False)
class Policies:
    """The replaceable rules.

    ``pricing`` M3-M5: draft -> entitlements. ``capturable`` M8: order -> minor units that may have
    been captured by now. ``capture_over`` and ``refund_over`` M10: (amount, (tender id, most) ...)
    -> (tender id, amount) ... . ``restocking_fee`` M9: a ratio of unit net, None for no fee.
    ``return_window``: elapsed time after delivery within which units may come back; None for ever.
    ``release_right``: (owner, hold) -> whether an owner may release a hold that is not his own.
    ``due_before``: (order, minor units that it is to owe besides) -> minor units to be paid first.
    """

    pricing: Callable[[OrderDraft], Priced] = price
    capturable: Callable[[Order], int] = capture_on_shipment
    capture_over: Callable[[int, Shares], Sequence[tuple[str, int]]] = in_priority_order
    refund_over: Callable[[int, Shares], Sequence[tuple[str, int]]] = card_first
    restocking_fee: Ratio | None = None
    return_window: timedelta | None = timedelta(days=30)
    release_right: Callable[[str, Hold], bool] = a_person_may
    due_before: Callable[[Order, int], int] = uncovered

    def __attrs_post_init__(self) -> None:
        for name in ("pricing", "capturable", "capture_over", "refund_over", "release_right", "due_before"):
            if not callable(getattr(self, name)):
                raise InvalidType(f"policies.{name}", expected="a function")
        if self.restocking_fee is not None and type(self.restocking_fee) is not Ratio:
            raise InvalidType("policies.restocking_fee", expected="Ratio or None")
        if self.return_window is not None and type(self.return_window) is not timedelta:
            raise InvalidType("policies.return_window", expected="timedelta or None")


__all__ = [
    "PERSON",
    "Policies",
    "Shares",
    "a_person_may",
    "capture_at_placement",
    "capture_on_shipment",
    "card_first",
    "in_priority_order",
    "proportional",
    "uncovered",
]
