"""Policies: the rules of RULES.md that are marked *(policy)*, as one replaceable value.

Decides the defaults. Each field is a pure function; an embedder passes a ``Policies`` with his
own. Must not know commands or events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import attrs

from omcore.kernel import InvalidType, Ratio, split
from omcore.orders.amendments.swapping import promised
from omcore.orders.backorders import LEAVE_OPEN, UNPLACED
from omcore.orders.draft import MERCHANT, OrderDraft
from omcore.orders.entitlements import Priced
from omcore.orders.placement.pricing import price
from omcore.orders.returns.eligibility import ELIGIBILITY, EligibilityRule
from omcore.orders.returns.policies import (
    Reasons,
    checked_order,
    label_is_free,
    never_inspected,
    refund_as_asked,
    shipping_is_kept,
)
from omcore.orders.state import CancelRequest, Hold, Order, OrderLine, Return

Shares = Sequence[tuple[str, int]]

# Who acts where a command says nothing else.
PERSON = "person"

# Answers to a request to cancel.
ACCEPT = "accept"
DECLINE = "decline"

# M9: (order, line, reason, condition) -> a ratio of unit net, None for no fee.
RestockingFee = Ratio | Callable[[Order, OrderLine, str, str], Ratio | None] | None

# How long something may last; None for ever.
Patience = timedelta | Callable[[Order], timedelta | None] | None

# The service of an order whose goods may be sent to the store where they are collected.
SHIP_TO_STORE = "ship_to_store"

# Why units are open: somebody called the work back.
CALLED_BACK = "called_back"

# Work of a location that may be called off without anybody having walked to a shelf.
NOT_BEGUN = ("requested", "accepted")


def capture_on_shipment(order: Order) -> int:
    """M8: what may be captured is the worth of what shipped, and the charges with the first of it."""
    checked_order(order)
    return order.payments.earned


def capture_at_placement(order: Order) -> int:
    """For goods that are made to order: everything that is owed, at once."""
    checked_order(order)
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


def _checked_shares(amount: object, shares: object) -> None:
    if type(amount) is not int or amount < 0:
        raise InvalidType("amount", expected="an int of minor units, 0 or more")
    if type(shares) is not list and type(shares) is not tuple:
        raise InvalidType("refundable", expected="(tender id, int of minor units) pairs")
    for i, pair in enumerate(shares):
        if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not str:
            raise InvalidType(f"refundable[{i}]", expected="(tender id, int of minor units)")
        if type(pair[1]) is not int or pair[1] < 0:
            raise InvalidType(f"refundable[{i}]", expected="(tender id, int of minor units)")


def card_first(amount: int, refundable: Shares) -> list[tuple[str, int]]:
    """M10: refund in the reverse of the capture priority. Errors: ``InvalidType``."""
    _checked_shares(amount, refundable)
    return in_priority_order(amount, tuple(reversed(refundable)))


def proportional(amount: int, refundable: Shares) -> list[tuple[str, int]]:
    """M10: refund over tenders by what each can still refund (M2). Errors: ``InvalidType``."""
    _checked_shares(amount, refundable)
    if not refundable:
        return []
    amount = min(amount, sum(most for _, most in refundable))
    parts = split(amount, [most for _, most in refundable])
    return [(tender_id, part) for (tender_id, _), part in zip(refundable, parts, strict=True) if part]


def a_person_may(owner: str, hold: Hold) -> bool:
    """A person may release any hold; whoever else, a system, only its own."""
    return type(owner) is str and owner == PERSON


def uncovered(order: Order, more: int) -> int:
    """Whatever of ``more`` is not authorized or paid beyond what is owed already, over all tenders.

    Money has no purpose written on it: it covers what was owed before first. What is on its way back
    covers nothing, nor does an authorization whose capture was declined. Goods that are expected back
    pay for those that were sent for them. Errors: ``InvalidType``.
    """
    checked_order(order)
    if type(more) is not int:
        raise InvalidType("more", expected="an int of minor units")
    owed = order.payments.owed - promised(order)
    return max(min(more, owed + more - order.payments.covered), 0)


def a_person_decides(order: Order, request: CancelRequest) -> str:
    """Every request to cancel waits for a person."""
    return ""


def accepted_until_picked(order: Order, request: CancelRequest) -> str:
    """A request is accepted as long as no location has begun to pick any of the order's units.

    What has left already, what somebody else fulfills, and what lies packed is for a person to decide.
    """
    checked_order(order)
    tally = order.progress.tally
    if tally.shipped or tally.delivered or tally.returned:
        return ""
    if any(line.fulfilled_by != MERCHANT for line in order.terms.lines):
        return ""
    if any(work.items and work.status not in NOT_BEGUN for work in order.progress.work.values()):
        return ""
    return ACCEPT


def asked_for_by_service(order: Order) -> bool:
    """The order was placed with the service ``ship_to_store``."""
    checked_order(order)
    return order.terms.service == SHIP_TO_STORE


def first_come(order: Order) -> int:
    """Every order has the same priority: what is scarce goes by the time of order (S10)."""
    return 0


def unless_called_back(order: Order, why: str) -> bool:
    """Units that lost their place are routed again, but for what a person called back: he decides."""
    return type(why) is not str or why != CALLED_BACK


def leave_the_rest(order: Order, why: str) -> bool:
    """What is asked of other locations stays there."""
    return False


def after(patience: Patience, name: str, order: Order) -> timedelta | None:
    """How long a policy waits with an order; ``InvalidType`` for what is no time, or a negative one."""
    found = patience if patience is None or type(patience) is timedelta else patience(order)  # type: ignore[operator]  # type() narrows no union
    if found is not None and (type(found) is not timedelta or found < timedelta(0)):
        raise InvalidType(f"policies.{name}", expected="a timedelta that is not negative, or None")
    return found


Rank = tuple[int, datetime, str]


def rank_of(order: Order, policies: Policies) -> Rank:
    """Where an order stands in line for what is scarce: the first is served first (S10).

    By priority, then by the time of order, then by id. Errors: ``InvalidType``.
    """
    checked_order(order)
    if type(policies) is not Policies:
        raise InvalidType("policies", expected="Policies")
    priority = policies.priority(order)
    if type(priority) is not int:
        raise InvalidType("policies.priority", expected="a function that gives an int")
    return (-priority, order.terms.placed_at, order.id)


def unplaced_of(order: Order, policies: Policies) -> str:
    """What becomes of an order's units that routing finds no stock for. Errors: ``InvalidType``."""
    checked_order(order)
    if type(policies) is not Policies:
        raise InvalidType("policies", expected="Policies")
    found = policies.unplaced if type(policies.unplaced) is str else policies.unplaced(order)  # type: ignore[operator]  # type() narrows no union
    if type(found) is not str or found not in UNPLACED:
        raise InvalidType("policies.unplaced", expected="a function that gives one of " + ", ".join(UNPLACED))
    return found


@attrs.frozen(eq=False)
class Policies:
    """The replaceable rules.

    What one of them raises comes out of the command as it is, and nothing is kept; a ``Refusal`` that it
    raises is the recorded answer.

    ``pricing`` M3-M5: draft -> entitlements. ``capturable`` M8: order -> minor units that may have
    been captured by now; ``capture_by_hand``: nothing is captured but with ``CapturePayment``.
    ``reauthorize``: what lapsed uncaptured is authorized anew, else the order waits.
    ``capture_over`` and ``refund_over`` M10: (amount, (tender id, most) ...) -> (tender id, amount) ... .
    ``restocking_fee`` M9: a ratio of unit net, None for no fee; or a function of order, line, reason and
    condition that gives one.
    ``eligibility``: the rules of returns, in order. ``return_window``: elapsed time after delivery within
    which units may come back; None for ever. ``return_reasons`` and ``return_conditions``: codes of which
    the customer has to give one; None where he need not.
    ``label_fee``: (order, cost, reasons) -> what of a label's cost the customer pays, in minor units.
    ``refund_to``: (order, what was asked) -> tender or store_credit. ``inspection``: (order, return) ->
    never, after_refund or before_refund. ``shipping_back``: order -> the share of the shipping that is to
    have been given back by now, in all.
    ``release_right``: (owner, hold) -> whether an owner may release a hold that is not his own.
    ``exchange_window``: elapsed time after goods were sent in advance of an exchange, within which those
    that they were sent for are to come back; None for ever.
    ``pickup_window``: elapsed time after goods were ready within which they are to be collected, or a
    function from order to one; None for ever. ``ship_to_store``: order -> whether what its customer
    collects at a store may be sent there from elsewhere.
    ``due_before``: (order, minor units that it is to owe besides) -> minor units to be paid first.
    ``cancel_requests``: (order, request) -> accept, decline, or empty where a person decides.
    ``request_blocks_shipping``: whether what a pending request to cancel is about waits for its answer.
    ``cancel_unpaid_after``: how long after it was taken in an order that is not paid for is cancelled;
    ``cancel_unfillable_after``: how long open units may wait for a location. Each elapsed time, or a
    function from order to one; None for ever. ``cancel_unfillable_whole``: not only the units that wait.
    ``unplaced`` S4: what becomes of units that routing finds no stock for: they stay ``open``; they are a
    ``backorder``, promised out of supply that is expected where there is any; ``cancel``; or ``hold``. Or a
    function from order to one of these. ``priority``: an order of a higher one may take the claims of a
    lower one, and is promised scarce supply before it; within one, orders go by their time (S10).
    ``reroute``: (order, why) -> whether the dispatcher routes units again that lost their place; ``why`` is
    ``rejected``, ``short_pick``, ``called_back``, ``edited``, ``released``, ``reopened``, ``displaced``,
    ``shortfall`` or ``may_not_ship``. ``consolidate``: (order, why) -> whether all that no location has begun
    is planned anew with them.
    """

    pricing: Callable[[OrderDraft], Priced] = price
    capturable: Callable[[Order], int] = capture_on_shipment
    capture_by_hand: bool = False
    reauthorize: bool = True
    capture_over: Callable[[int, Shares], Sequence[tuple[str, int]]] = in_priority_order
    refund_over: Callable[[int, Shares], Sequence[tuple[str, int]]] = card_first
    restocking_fee: RestockingFee = None
    eligibility: tuple[EligibilityRule, ...] = ELIGIBILITY
    return_window: timedelta | None = timedelta(days=30)
    return_reasons: frozenset[str] | None = None
    return_conditions: frozenset[str] | None = None
    label_fee: Callable[[Order, int, Reasons], int] = label_is_free
    refund_to: Callable[[Order, str], str] = refund_as_asked
    inspection: Callable[[Order, Return], str] = never_inspected
    shipping_back: Callable[[Order], Ratio] = shipping_is_kept
    exchange_window: timedelta | None = timedelta(days=14)
    release_right: Callable[[str, Hold], bool] = a_person_may
    pickup_window: Patience = timedelta(days=7)
    ship_to_store: Callable[[Order], bool] = asked_for_by_service
    due_before: Callable[[Order, int], int] = uncovered
    cancel_requests: Callable[[Order, CancelRequest], str] = a_person_decides
    request_blocks_shipping: bool = False
    cancel_unpaid_after: Patience = None
    cancel_unfillable_after: Patience = None
    cancel_unfillable_whole: bool = False
    unplaced: str | Callable[[Order], str] = LEAVE_OPEN
    priority: Callable[[Order], int] = first_come
    reroute: Callable[[Order, str], bool] = unless_called_back
    consolidate: Callable[[Order, str], bool] = leave_the_rest

    @property
    def impatient(self) -> bool:
        """Whether an order may be cancelled because time has passed."""
        return self.cancel_unpaid_after is not None or self.cancel_unfillable_after is not None

    def __attrs_post_init__(self) -> None:
        for name in (
            "pricing",
            "capturable",
            "capture_over",
            "refund_over",
            "release_right",
            "cancel_requests",
            "due_before",
            "ship_to_store",
            "label_fee",
            "refund_to",
            "inspection",
            "shipping_back",
            "priority",
            "reroute",
            "consolidate",
        ):
            if not callable(getattr(self, name)):
                raise InvalidType(f"policies.{name}", expected="a function")
        self._check_returns()
        if not callable(self.unplaced) and (type(self.unplaced) is not str or self.unplaced not in UNPLACED):
            raise InvalidType("policies.unplaced", expected="a function, or one of " + ", ".join(UNPLACED))
        if self.exchange_window is not None and type(self.exchange_window) is not timedelta:
            raise InvalidType("policies.exchange_window", expected="timedelta or None")
        for name in ("cancel_unpaid_after", "cancel_unfillable_after", "pickup_window"):
            patience = getattr(self, name)
            if type(patience) is timedelta:
                if patience < timedelta(0):
                    raise InvalidType(f"policies.{name}", expected="not a negative time")
            elif patience is not None and not callable(patience):
                raise InvalidType(f"policies.{name}", expected="timedelta, a function, or None")
        for name in ("request_blocks_shipping", "cancel_unfillable_whole", "capture_by_hand", "reauthorize"):
            if type(getattr(self, name)) is not bool:
                raise InvalidType(f"policies.{name}", expected="a bool")

    def _check_returns(self) -> None:
        fee = self.restocking_fee
        if fee is not None and type(fee) is not Ratio and not callable(fee):
            raise InvalidType("policies.restocking_fee", expected="Ratio, a function, or None")
        rules = self.eligibility
        if type(rules) is not tuple or any(type(rule) is not EligibilityRule for rule in rules):
            raise InvalidType("policies.eligibility", expected="a tuple of EligibilityRule")
        if len({rule.name for rule in rules}) < len(rules):
            raise InvalidType("policies.eligibility", expected="each rule's name once")
        for name in ("return_reasons", "return_conditions"):
            codes = getattr(self, name)
            if codes is not None and type(codes) is not frozenset:
                raise InvalidType(f"policies.{name}", expected="a frozenset of codes, or None")
        if self.return_window is not None and type(self.return_window) is not timedelta:
            raise InvalidType("policies.return_window", expected="timedelta or None")


__all__ = [
    "ACCEPT",
    "CALLED_BACK",
    "DECLINE",
    "PERSON",
    "Patience",
    "Policies",
    "Rank",
    "RestockingFee",
    "Shares",
    "a_person_decides",
    "a_person_may",
    "accepted_until_picked",
    "after",
    "asked_for_by_service",
    "capture_at_placement",
    "capture_on_shipment",
    "card_first",
    "first_come",
    "in_priority_order",
    "leave_the_rest",
    "proportional",
    "rank_of",
    "uncovered",
    "unless_called_back",
    "unplaced_of",
]
