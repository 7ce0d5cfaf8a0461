"""Money of returns: what is given back for units, and what of it is kept back.

Decides the restocking fee (M9), the part of a label that the customer pays, and what shipping is given
back, each by its policy; together never more than the units are worth. Must not know tenders: what is
refunded on which follows from what the order owes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from omcore.kernel import CurrencyMismatch, InvalidType, Money, Ratio, Runs
from omcore.kernel.runs import intersection
from omcore.orders import events as ev
from omcore.orders import parts as pt
from omcore.orders.changes import Changes
from omcore.orders.entitlements import NOTHING, Worth, overlaps
from omcore.orders.fulfillment.shipping import SELLABLE
from omcore.orders.kits import first_worth, worth_of
from omcore.orders.parts import NO_PARTS, Parts
from omcore.orders.payments.ledger import credit, give_back
from omcore.orders.policies import Policies
from omcore.orders.returns.policies import REFUND_TO, STORE_CREDIT, Reasons
from omcore.orders.selection import subtract
from omcore.orders.state import Items, Order, OrderLine, Return, ReturnLabel

SHIPPING = "shipping"

# (line id, first ordinal, last ordinal, what is kept of all of these).
Fee = tuple[str, int, int, int]

# Facts after which more of the shipping may be due.
_GIVING: frozenset[type] = frozenset(
    {ev.ReturnReceived, ev.ReturnInspected, ev.ReturnLost, ev.ReturnKept, ev.UnitsCancelled}
)


@attrs.frozen
class GivenBack:
    """What some units come to: their worth, and what is kept back of it. Minor units."""

    net: int
    tax: int
    remitted: int
    funded: int
    fee: int
    label_fee: int


def given_back_for(
    changes: Changes, expected: Return, items: Items, condition: str, waived: bool, parts: Parts = NO_PARTS
) -> GivenBack:
    """The units' entitlements (M6), the restocking fee, and what is still due of the label.

    Of units in ``parts`` only these (M12).
    """
    net, tax, remitted, funded = worth_of(changes.order, items, parts)
    fee = 0 if waived else restocking_fee(changes, expected, items, condition, parts)
    due = expected.label.due if expected.label is not None else 0
    return GivenBack(net, tax, remitted, funded, fee, min(due, max(net + tax - remitted - fee, 0)))


def restocking_fee(
    changes: Changes, expected: Return, items: Items, condition: str, parts: Parts = NO_PARTS
) -> int:
    """M9: round(unit net x percentage) for every unit, untaxed; never more than the net.

    Of a part it is what the fee of all that was given back of its unit grows by: in whichever parts a unit
    comes back, at one percentage, the fees come to the fee of the unit.
    """
    order, policies = changes.order, changes.context.policies
    if not parts:
        return _fee(order, items, policies, expected, condition)
    units = pt.units_of(parts)
    before = pt.among(order.progress.parts, units)
    fee = _fee(order, subtract(items, units), policies, expected, condition)
    fee += _fee_of_first(order, pt.plus(before, parts), policies, expected, condition)
    return fee - _fee_of_first(order, before, policies, expected, condition)


def expected_fees(order: Order, items: Items, policies: Policies) -> Iterator[Fee]:
    """What would be kept of the worth of units, if they came back now, as new and for no reason (M9)."""
    return _fees(order, items, policies, None, SELLABLE)


def _fee(order: Order, items: Items, policies: Policies, expected: Return, condition: str) -> int:
    return sum([fee for _, _, _, fee in _fees(order, items, policies, expected, condition)])


def _fees(
    order: Order, items: Items, policies: Policies, expected: Return | None, condition: str
) -> Iterator[Fee]:
    for line_id, runs in items if policies.restocking_fee is not None else ():
        line = order.terms.line(line_id)
        ratio = _ratio(policies, order, line, expected.reason(line_id) if expected else "", condition)
        if ratio is None:
            continue
        if line.measure.scale:
            yield from _fees_of_measure(line, runs, ratio)
            continue
        for first, last, net, *_ in overlaps(line.entitlements, runs):
            yield line_id, first, last, (last - first + 1) * _kept(ratio, net)


def _fees_of_measure(line: OrderLine, runs: Runs, ratio: Ratio) -> Iterator[Fee]:
    """Units of a measure are worth a cent or none: what is kept of alike ones is rounded for all of them.

    A unit's part is what it adds to the fee of all before it, which is fixed as its worth is: so that
    whatever comes back together, all of it comes to the same.
    """
    for begin, end, net, *_ in line.entitlements:
        for low, high in intersection(runs, ((begin, end),)):
            before, all_of_it = net * (low - begin), net * (high - begin + 1)
            fee = ratio.of(all_of_it) - ratio.of(before)
            yield line.id, low, high, max(min(fee, all_of_it - before), 0)


def _fee_of_first(order: Order, parts: Parts, policies: Policies, expected: Return, condition: str) -> int:
    """The fee, if these were all that ever came of their units."""
    fee = 0
    for line, many, worth in first_worth(order, parts) if policies.restocking_fee is not None else ():
        ratio = _ratio(policies, order, line, expected.reason(line.id), condition)
        if ratio is not None:
            fee += many * _kept(ratio, worth[0])
    return fee


def _kept(ratio: Ratio, net: int) -> int:
    return max(min(ratio.of(net), net), 0)


def _ratio(policies: Policies, order: Order, line: OrderLine, reason: str, condition: str) -> Ratio | None:
    policy = policies.restocking_fee
    ratio = policy if policy is None or type(policy) is Ratio else policy(order, line, reason, condition)  # type: ignore[operator]  # type() narrows no union
    if ratio is not None and type(ratio) is not Ratio:
        raise InvalidType("policies.restocking_fee", expected="a function that gives a Ratio or None")
    return ratio


def labelled(
    changes: Changes, label: tuple[str, str], cost: Money | None, reasons: Reasons
) -> ReturnLabel | None:
    """The label, and what of its cost the customer pays by policy; None where there is none."""
    if label == ("", ""):
        return None
    order = changes.order
    minor = 0
    if cost is not None:
        if cost.currency != order.terms.currency:
            raise CurrencyMismatch("label_cost", left=order.terms.currency, right=cost.currency)
        minor = cost.minor
    charged = changes.context.policies.label_fee(order, minor, reasons)
    if type(charged) is not int or not 0 <= charged <= minor:
        raise InvalidType("policies.label_fee", expected="an int of minor units, from 0 to what it costs")
    return ReturnLabel(label[0], label[1], minor, charged, charged)


def refund_to(changes: Changes, asked: str) -> str:
    """Where the refund goes, by policy: tender or store_credit."""
    found = changes.context.policies.refund_to(changes.order, asked)
    if type(found) is not str or found not in REFUND_TO:
        raise InvalidType("policies.refund_to", expected="one of " + ", ".join(REFUND_TO))
    return found


def worth_given_back(order: Order, event: Any, fee: int) -> Order:
    """The order when it owes the customer what an event says, less what is kept back of it.

    To the tenders that it was paid with, or as store credit: where it goes the event says.
    """
    payments = give_back(order.payments, event.net, event.tax, event.remitted, event.funded, fee)
    if event.refund_to == STORE_CREDIT:
        payments = credit(payments, max(event.net + event.tax - event.remitted - fee, 0))
    return order.with_payments(payments)


def give_shipping_back(changes: Changes) -> None:
    """What is due of the shipping by now, and was not given back yet. What was given back stays so.

    Looked at when units came back, or will never be sent: the policy says which share of it is to
    have been given back in all.
    """
    order = changes.order
    if not order.progress.returns or not order.progress.charged:
        return
    if all(type(event) not in _GIVING for event in changes.events):
        return
    share = changes.context.policies.shipping_back(order)
    if type(share) is not Ratio or share.numerator > share.denominator:
        raise InvalidType("policies.shipping_back", expected="a Ratio from 0 to 1")
    if not share.numerator:
        return
    paid, given = NOTHING, shipping_given_back(order)
    for charge in order.terms.charges:
        if charge.kind == SHIPPING:
            paid = _plus(paid, (charge.net, charge.tax, charge.remitted, charge.funded))
    net, tax, remitted, funded = (
        max(share.of(amount) - before, 0) for amount, before in zip(paid, given, strict=True)
    )
    if net or tax or remitted or funded:
        last = list(order.progress.returns.values())[-1]
        changes.emit(ev.ShippingGivenBack(changes.at, last.id, net, tax, remitted, funded, last.refund_to))


def shipping_given_back(order: Order) -> Worth:
    """What was given back of the shipping so far, over all returns."""
    given = NOTHING
    for expected in order.progress.returns.values():
        if expected.shipping != NOTHING:  # most returns give back none of it
            given = _plus(given, expected.shipping)
    return given


def _plus(left: Worth, right: Worth) -> Worth:
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2], left[3] + right[3])


__all__ = [
    "GivenBack",
    "expected_fees",
    "give_shipping_back",
    "given_back_for",
    "labelled",
    "refund_to",
    "restocking_fee",
    "shipping_given_back",
    "worth_given_back",
]
