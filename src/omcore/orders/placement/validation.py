"""Validation: named rules that an order has to satisfy before it is worked on.

Decides how findings become holds and how holds that no longer apply go away. A rule is one pure
function in an ordered list; an embedder adds his own. Must not know how an order was placed.

A finding becomes a hold owned by ``validation``. When facts change - a payment is approved - the
rules are asked again and such holds are released by themselves. A person may release one too:
then the finding is *waived* and not raised again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs

from omcore.kernel import record
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.changes import Changes, OrderContext
from omcore.orders.draft import MERCHANT
from omcore.orders.payments.tenders import AUTHORIZE
from omcore.orders.state import HOLD_BLOCKS, ROUTING, SHIPPING, Order

VALIDATION = "validation"
PAYMENT_COVERED = "payment_covered"

# What the holds of the validation block, by the kind of the finding; any other kind blocks all. Money
# that has a holder may be taken while an address, the rest of the money or stock is still looked for.
FINDING_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "address": (ROUTING, SHIPPING),
    "payment": (ROUTING, SHIPPING),
    "stock": (ROUTING, SHIPPING),
    "fraud": HOLD_BLOCKS,
}


@record
class Finding:
    """Why an order is not valid yet: the kind of hold that it becomes, and a note without personal data.

    ``waiting``: an answer is under way, so the order stays placed without a hold until it comes.
    """

    kind: str
    note: str = attrs.field(default="", repr=False)
    waiting: bool = False


class ValidationRule(Protocol):
    """One rule. ``name`` stands in the record of the validation.

    A rule that asks the context's ``available`` has an attribute ``reads_stock = True``: then the
    engine brings its view of stock up to date before it places an order.
    """

    @property
    def name(self) -> str:
        """Stable name."""
        ...

    def check(self, order: Order, context: OrderContext) -> Finding | None:
        """None where the order is content."""
        ...


class AddressKnown:
    """What the merchant is still to ship needs a destination; a pickup order needs its location."""

    name = "address_known"

    def check(self, order: Order, context: OrderContext) -> Finding | None:
        """A hold of kind ``address``."""
        terms = order.terms
        if terms.destination is not None or terms.pickup_at is not None:
            return None
        for line, units in zip(terms.lines, order.progress.units, strict=True):
            if line.fulfilled_by == MERCHANT and un.in_state(units, un.OPEN):
                return Finding("address", "no destination")
        return None


class PaymentCovered:
    """What is owed is authorized or captured, over all tenders."""

    name = PAYMENT_COVERED

    def check(self, order: Order, context: OrderContext) -> Finding | None:
        """A hold of kind ``payment``; none while an authorization is under way."""
        payments = order.payments
        short = payments.owed - payments.covered
        if short <= 0:
            return None
        asked = sum(entry.amount for entry in payments.requests.values() if entry.kind == AUTHORIZE)
        return Finding("payment", f"{short} minor units not covered", asked >= short)


class StockAvailable:
    """The network has what the order needs; asks the context's ``available``, content if unknown."""

    name = "stock_available"
    reads_stock = True

    def check(self, order: Order, context: OrderContext) -> Finding | None:
        """A hold of kind ``stock``, naming the first SKU that is short."""
        if context.available is None or order.terms.reservation:
            return None
        demand: dict[str, int] = {}
        built = context.catalog.built_ahead
        finished: dict[str, int] = {}
        for line, units in zip(order.terms.lines, order.progress.units, strict=True):
            wanted = sum(last - first + 1 for first, last in un.in_state(units, un.OPEN))
            if wanted and built.get(line.sku) == line.components:
                # Finished kits are sold first (S11); only what is beyond them is made of components.
                left = finished.setdefault(line.sku, max(0, context.available(line.sku)))
                finished[line.sku] = max(0, left - wanted)
                wanted = max(0, wanted - left)
            for sku, each in line.components:
                demand[sku] = demand.get(sku, 0) + wanted * each
        for sku, quantity in demand.items():
            if quantity and context.available(sku) < quantity:
                return Finding("stock", sku)
        return None


class FraudScoreBelow:
    """The signal ``fraud_score`` of the placed order is below a limit; content without a signal."""

    name = "fraud_score_below"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def check(self, order: Order, context: OrderContext) -> Finding | None:
        """A hold of kind ``fraud``."""
        score = dict(order.terms.signals).get("fraud_score")
        if score is None or score < self.limit:
            return None
        return Finding("fraud", f"score {score} of at most {self.limit - 1}")


DEFAULT_RULES: tuple[ValidationRule, ...] = (AddressKnown(), PaymentCovered())


def revalidate(changes: Changes) -> None:
    """Ask the rules of an order that is not validated yet; hold, release or validate."""
    standing = changes.order.standing
    if standing.validated or standing.status in changes.context.chart.finals:
        return
    order, context = changes.order, changes.context
    findings: dict[str, Finding] = {}
    for rule in context.rules:
        finding = rule.check(order, context)
        if finding is not None and finding.kind not in standing.waived:
            findings.setdefault(finding.kind, finding)
    raised = {hold.kind: hold for hold in standing.holds if hold.owner == VALIDATION}
    for kind, hold in raised.items():
        if kind not in findings or findings[kind].waiting:
            changes.emit(ev.HoldReleased(changes.at, hold.id, hold.kind, False, VALIDATION))
    for kind, finding in findings.items():
        if kind not in raised and not finding.waiting:
            blocks = FINDING_BLOCKS.get(kind, HOLD_BLOCKS)
            changes.emit(
                ev.HoldPlaced(changes.at, f"{VALIDATION}-{kind}", kind, VALIDATION, finding.note, blocks)
            )
    if not findings:
        changes.emit(ev.OrderValidated(changes.at, tuple([rule.name for rule in context.rules])))


__all__ = [
    "DEFAULT_RULES",
    "VALIDATION",
    "AddressKnown",
    "Finding",
    "FraudScoreBelow",
    "PaymentCovered",
    "StockAvailable",
    "ValidationRule",
    "revalidate",
]
