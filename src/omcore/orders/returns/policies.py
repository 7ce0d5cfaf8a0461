"""Policies of returns: small named functions to choose from, or to replace.

Decides who pays for a label, what of the shipping is given back, where a refund goes, and whether
goods are inspected before or after it. Must not know commands or events.
"""

from __future__ import annotations

from typing import Any

from omcore.kernel import InvalidType, Ratio
from omcore.orders.state import Order, Return

# Where a refund goes.
TENDER = "tender"
STORE_CREDIT = "store_credit"
REFUND_TO = (TENDER, STORE_CREDIT)

# How goods come back, or do not.
MAIL = "mail"
IN_STORE = "in_store"
KEEP = "keep"
METHODS = (MAIL, IN_STORE, KEEP)

# When goods that came back are looked at.
NEVER = "never"
AFTER_REFUND = "after_refund"
BEFORE_REFUND = "before_refund"
INSPECTIONS = (NEVER, AFTER_REFUND, BEFORE_REFUND)

# Reasons that are not the customer's fault.
OUR_FAULT = frozenset({"damaged", "defective", "late", "not_as_described", "wrong_item"})

# (line id, code): why a customer sends it back.
Reasons = tuple[tuple[str, str], ...]


def checked_order(order: object) -> None:
    """``InvalidType`` for what is no order: a policy may be asked by anybody."""
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")


def label_is_free(order: Order, cost: int, reasons: Reasons) -> int:
    """The merchant pays for the label."""
    return 0


def customer_pays_label(order: Order, cost: int, reasons: Reasons) -> int:
    """What the label costs is kept back from the refund."""
    return cost


def customer_pays_label_unless_our_fault(order: Order, cost: int, reasons: Reasons) -> int:
    """The customer pays, unless a line comes back for a reason of ``OUR_FAULT``. Errors: ``InvalidType``."""
    if type(reasons) is not tuple:
        raise InvalidType("reasons", expected="tuple of (line id, code)")
    pair: Any
    for i, pair in enumerate(reasons):
        if type(pair) is not tuple or len(pair) != 2 or type(pair[1]) is not str:
            raise InvalidType(f"reasons[{i}]", expected="(line id, code)")
    return 0 if any(code in OUR_FAULT for _, code in reasons) else cost


def shipping_is_kept(order: Order) -> Ratio:
    """What shipping cost is never given back."""
    return Ratio(0, 1)


def shipping_back_with_everything(order: Order) -> Ratio:
    """All of it, once nothing is left of the order with the customer, nor on its way."""
    checked_order(order)
    tally = order.progress.tally
    return Ratio(int(tally.returned > 0 and tally.kept == tally.returned), 1)


def shipping_back_by_units(order: Order) -> Ratio:
    """The share of the units that came back in all that were not cancelled."""
    checked_order(order)
    tally = order.progress.tally
    return Ratio(tally.returned, max(tally.kept, 1))


def refund_as_asked(order: Order, asked: str) -> str:
    """To what was paid with, unless the customer would like store credit."""
    if type(asked) is not str:
        raise InvalidType("asked", expected="tender, store_credit, or empty text")
    return asked or TENDER


def refund_to_store_credit(order: Order, asked: str) -> str:
    """Always store credit."""
    return STORE_CREDIT


def never_inspected(order: Order, expected: Return) -> str:
    """The refund is due at receipt, and the goods go where the receipt says."""
    return NEVER


def refunded_then_inspected(order: Order, expected: Return) -> str:
    """The refund is due at receipt; the goods wait in quarantine for their inspection."""
    return AFTER_REFUND


def inspected_then_refunded(order: Order, expected: Return) -> str:
    """Nothing is refunded before the goods were looked at."""
    return BEFORE_REFUND


__all__ = [
    "AFTER_REFUND",
    "BEFORE_REFUND",
    "INSPECTIONS",
    "IN_STORE",
    "KEEP",
    "MAIL",
    "METHODS",
    "NEVER",
    "OUR_FAULT",
    "REFUND_TO",
    "STORE_CREDIT",
    "TENDER",
    "Reasons",
    "checked_order",
    "customer_pays_label",
    "customer_pays_label_unless_our_fault",
    "inspected_then_refunded",
    "label_is_free",
    "never_inspected",
    "refund_as_asked",
    "refund_to_store_credit",
    "refunded_then_inspected",
    "shipping_back_by_units",
    "shipping_back_with_everything",
    "shipping_is_kept",
]
