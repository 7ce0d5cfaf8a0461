"""Asking: that an order asks for all the money that it may have, and lets go of all that it never will (M8).

Decides what has to be asked for or be under way after every commit of an order: less than that is not seen
by what may not be more. Must not know how a request is answered.
"""

from __future__ import annotations

from omcore import orders as om
from omcore.orders.draft import ASKED
from omcore.orders.policies import capture_at_placement, capture_on_shipment
from omcore.orders.state import CAPTURE, NO_AMENDMENTS, NO_CONCESSIONS, Payments, Tender
from omcore.testing.simulation.promises import Broken

MONEY = "PR2"

# Whose policies are known to ask for what an order says, and for nothing else.
CAPTURABLE = (capture_on_shipment, capture_at_placement)


def all_is_asked_for(order: om.Order, policies: om.Policies) -> None:
    """What may be captured and can be is asked for, to the cent; what never will be is asked to be voided.

    Passed over are shops that capture by hand, or by a policy of their own; orders with a hold that keeps
    money from being taken, or with a change under way, which keeps money for itself; those that a bank took
    money back of, or that gave any beside its goods; and tenders that are blocked.
    """
    if policies.capture_by_hand or policies.capturable not in CAPTURABLE:
        return
    name = order.id
    payments, progress = order.payments, order.progress
    if order.amendments is not NO_AMENDMENTS or payments.concessions is not NO_CONCESSIONS:
        return
    left = 0
    for tender in payments.tenders.values():
        if tender.kind in ASKED and not tender.blocked:
            left += _left(tender)
    if not left:
        return
    due = policies.capturable(order) - _taken(payments)
    held = any(CAPTURE in hold.blocks for hold in order.standing.holds)
    if due > 0 and not held:
        raise Broken(MONEY, f"order {name}: {due} may be captured of {left}, and nobody asks (M8)")
    if not (progress.tally.open or progress.tally.allocated) and left > max(due, 0):
        raise Broken(MONEY, f"order {name}: {left - max(due, 0)} is authorized for nothing (M8)")


def _left(tender: Tender) -> int:
    """What is authorized and neither used up nor about to be."""
    used = tender.captured + tender.capturing + tender.voided + tender.voiding
    return tender.authorized - used


def _taken(payments: Payments) -> int:
    """What is had of the customer's money, with all that is under way."""
    return sum(
        [
            tender.captured + tender.capturing - tender.refunded - tender.refunding
            for tender in payments.tenders.values()
        ]
    )


__all__ = ["all_is_asked_for"]
