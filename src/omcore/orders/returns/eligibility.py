"""Eligibility: who may send what back.

Decides an ordered list of named rules, each a small pure function of what is asked about one line;
it answers with a reason, or with nothing where it is content. The first that is not content names
the refusal. ``policies.eligibility`` is the list: an embedder takes rules out, reorders them, or adds
his own. Must not know commands or events, or what becomes of goods that come back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from omcore.kernel import Components, InvalidType, Runs, checked_id
from omcore.kernel.runs import intersection
from omcore.orders import units as un
from omcore.orders.state import Order, OrderLine
from omcore.orders.units import Units

if TYPE_CHECKING:
    from omcore.orders.policies import Policies

# Units that came back, are coming back, or whose worth was given back without them.
_BACK = (un.RETURNING, un.RECEIVED, *un.WRITTEN_OFF)


@attrs.frozen(eq=False)
class ReturnFacts:
    """What a rule looks at: the units of one line that somebody would like to send back.

    ``runs`` are the units' ordinals, ``units`` the states of the whole line, ``claimed`` those of its
    units that are under a claim or wait for an exchange to be paid. ``reason`` and ``condition`` are
    what the customer says, in codes; empty where nothing was said. ``at``: now. ``parts``: what of each of
    the units, as (SKU, quantity); empty for units that would come back whole.
    """

    order: Order
    line: OrderLine
    runs: Runs
    units: Units
    claimed: Runs
    reason: str
    condition: str
    at: datetime
    policies: Policies
    parts: Components = ()

    def among(self, *states: str) -> Runs:
        """Those of the units that are in one of the states."""
        return intersection(self.runs, un.in_state(self.units, *states))


@attrs.frozen(eq=False)
class EligibilityRule:
    """A named rule: ``check`` gives a reason in a few words, as a code, or an empty text."""

    name: str
    check: Callable[[ReturnFacts], str]

    def __attrs_post_init__(self) -> None:
        checked_id(self.name, "name")
        if not callable(self.check):
            raise InvalidType("check", expected="a function")


def is_not_claimed(facts: ReturnFacts) -> str:
    """No unit is under a claim, or waits for its exchange to be paid."""
    return "claimed" if intersection(facts.runs, facts.claimed) else ""


def is_delivered(facts: ReturnFacts) -> str:
    """Nothing comes back that has not been with the customer."""
    return "not_delivered" if facts.among(*_NOT_THERE) else ""


def is_not_returned_already(facts: ReturnFacts) -> str:
    """No unit comes back twice, nor one whose worth was given back already."""
    return "already_returned" if facts.among(*_BACK) else ""


def is_not_final_sale(facts: ReturnFacts) -> str:
    """The item may be returned at all."""
    return "" if facts.line.returnable else "final_sale"


def is_within_window(facts: ReturnFacts) -> str:
    """Every unit was delivered no longer ago than the policy's window, in elapsed time (C2)."""
    window = facts.policies.return_window
    if window is None:
        return ""
    at = 0  # both ascend, so that each is walked once
    for first, last, state, shipment_id in facts.units:
        while at < len(facts.runs) and facts.runs[at][1] < first:
            at += 1
        if state == un.DELIVERED and at < len(facts.runs) and facts.runs[at][0] <= last:
            shipment = facts.order.progress.shipments.get(shipment_id)
            delivered = shipment.delivered_at if shipment else facts.order.terms.placed_at
            if delivered is not None and facts.at - delivered > window:
                return "window_passed"
    return ""


def is_in_condition(facts: ReturnFacts) -> str:
    """The goods are, as the customer says, in a condition that is taken back."""
    wanted = facts.policies.return_conditions
    if wanted is None or facts.condition in wanted:
        return ""
    return "condition_not_accepted" if facts.condition else "condition_not_given"


def has_reason(facts: ReturnFacts) -> str:
    """The customer gave a reason, one of those that are known."""
    known = facts.policies.return_reasons
    if known is None or facts.reason in known:
        return ""
    return "reason_not_known" if facts.reason else "reason_not_given"


_NOT_THERE = tuple(state for state in un.UNIT_STATES if state not in (un.DELIVERED, *_BACK))

ELIGIBILITY: tuple[EligibilityRule, ...] = (
    EligibilityRule("delivered", is_delivered),
    EligibilityRule("already_returned", is_not_returned_already),
    EligibilityRule("claimed", is_not_claimed),
    EligibilityRule("final_sale", is_not_final_sale),
    EligibilityRule("return_window", is_within_window),
    EligibilityRule("condition", is_in_condition),
    EligibilityRule("reason", has_reason),
)


def answer(rule: EligibilityRule, facts: ReturnFacts) -> str:
    """What a rule says; ``InvalidType`` where an embedder's own gives no text."""
    said = rule.check(facts)
    if type(said) is not str or len(said) > 100:
        raise InvalidType("policies.eligibility", expected="a reason of at most 100 characters, or ''")
    return said


__all__ = [
    "ELIGIBILITY",
    "EligibilityRule",
    "ReturnFacts",
    "answer",
    "has_reason",
    "is_delivered",
    "is_in_condition",
    "is_not_claimed",
    "is_not_final_sale",
    "is_not_returned_already",
    "is_within_window",
]
