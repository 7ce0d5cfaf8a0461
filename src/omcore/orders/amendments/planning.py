"""Planning an edit: from operations to exact units and their worth.

Decides which ordinals an edit adds and cancels (M7), what each new unit costs (M3-M5, by the pricing
policy), and what the inverse of an edit is. A plan is a value: it changes nothing, and confirming it
does what it says or refuses. Must not know commands, time limits or who has to pay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.kernel import Catalog, CurrencyMismatch, Money, Ratio, Refusal, Runs, UnknownId, changed
from omcore.kernel.runs import count
from omcore.orders import units as un
from omcore.orders.amendments import operations as ops
from omcore.orders.amendments.operations import Operation
from omcore.orders.changes import OrderContext
from omcore.orders.draft import MERCHANT, Charge, DraftLine, OrderDraft, Tax, refuse_other_measure
from omcore.orders.entitlements import ChargeWorth, Entitlements, Priced, TaxLines, restated, worth
from omcore.orders.placement.pricing import checked_priced, price
from omcore.orders.selection import UnitsNotAvailable, chosen, line_units, select
from omcore.orders.state import Delivery, Edit, Items, Order, OrderLine

# Units that an edit may take away. What the channel has is the channel's (S12).
EDITABLE = (un.OPEN, un.ALLOCATED)
_GONE = (un.CANCELLED, *un.WRITTEN_OFF)


class LineExists(Refusal):
    """The order has a line with this id already. Fields: id."""

    code = "line_exists"


class LineNotEditable(Refusal):
    """The channel fulfills the line, or a till sold it: what becomes of it is not decided here (S12).

    Fields: line_id, fulfilled_by.
    """

    code = "line_not_editable"


class NothingChanges(Refusal):
    """The order is as the edit would make it already."""

    code = "nothing_changes"


class NotRevertible(Refusal):
    """The edit cannot be taken back, wholly or not at all. Fields: why, line_id.

    ``why`` is ``not_last`` (it was not the last that was confirmed), or ``units`` (units that it added have
    shipped or are cancelled, named by ``line_id``).
    """

    code = "not_revertible"


class _Plan:
    """What operations come to, while they are read one by one."""

    def __init__(self, order: Order, catalog: Catalog) -> None:
        self.order = order
        self.catalog = catalog
        self.new: list[DraftLine] = []
        self.grown: list[DraftLine] = []
        self.charges: list[Charge] = []
        self.corrections: list[ChargeWorth] = []
        self.cancelled: list[tuple[str, Runs]] = []
        self.swaps: list[tuple[str, str]] = []
        self.touched: list[str] = []
        self.delivery = order.delivery


def plan_edit(
    order: Order,
    context: OrderContext,
    edit_id: str,
    operations: tuple[Operation, ...],
    at: datetime,
    expires_at: datetime | None,
) -> Edit:
    """The edit that these operations come to on this order, but for its gate.

    Their lines are known (see ``known_targets``). Operation by operation: a line that is not editable,
    one that is there already, another currency, units not available. Then: nothing changes; what pricing
    refuses.
    """
    plan = _Plan(order, context.catalog)
    for i, operation in enumerate(operations):
        _READ[type(operation)](plan, operation, f"operations[{i}]")
    moved = plan.delivery != order.delivery
    if not (plan.new or plan.grown or plan.charges or plan.corrections or plan.cancelled or moved):
        raise NothingChanges("operations")
    lines, more, charges = _priced(plan, context)
    return Edit(
        edit_id,
        "",
        lines,
        more,
        charges + tuple(plan.corrections),
        tuple(plan.cancelled),
        tuple(plan.swaps),
        tuple((line_id, kept_of(order, line_id)) for line_id in plan.touched),
        order.delivery if moved else None,
        plan.delivery if moved else None,
        0,
        at,
        expires_at,
    )


def known_targets(order: Order, operations: tuple[Operation, ...]) -> None:
    """``UnknownId`` for the first line that operations are about and the order does not have."""
    for i, operation in enumerate(operations):
        line_id = getattr(operation, "line_id", None)  # some are about the whole order
        if line_id is not None and line_id not in order.terms.index:
            raise UnknownId(f"operations[{i}].line_id", kind="line", id=line_id)


def kept_of(order: Order, line_id: str) -> int:
    """Units of a line that were neither cancelled nor given back."""
    at = order.terms.index[line_id]
    return order.terms.lines[at].quantity - count(un.in_state(order.progress.units[at], *_GONE))


def added_items(edit: Edit) -> Items:
    """The units that an edit adds."""
    return tuple((line.id, ((1, line.quantity),)) for line in edit.lines) + tuple(
        (line_id, ((entitlements[0][0], entitlements[-1][1]),)) for line_id, entitlements in edit.more
    )


# -- reading operations ----------------------------------------------------------------------


def _add_line(plan: _Plan, operation: ops.AddLine, path: str) -> None:
    _new_line(plan, operation.line, path)


def _new_line(plan: _Plan, line: DraftLine, path: str) -> None:
    if line.id in plan.order.terms.index:
        raise LineExists(f"{path}.line.id", id=line.id)
    _same_currency(plan, f"{path}.line", line.unit_price)
    _same_adjustments(plan, f"{path}.line", line.discounts, line.taxes)
    refuse_other_measure(plan.catalog, line, f"{path}.line")
    plan.new.append(line)


def _change_quantity(plan: _Plan, operation: ops.ChangeQuantity, path: str) -> None:
    line = _editable(plan, operation.line_id, path)
    if operation.unit_price is not None:
        _same_currency(plan, path, operation.unit_price)
    _same_adjustments(plan, path, operation.discounts, operation.taxes or ())
    more = operation.quantity - kept_of(plan.order, line.id)
    if more < 0:
        _cancel(plan, line.id, -more, path)
    elif more > 0:
        currency = plan.order.terms.currency
        plan.grown.append(
            DraftLine(
                line.id,
                line.sku,
                more,
                Money(line.unit_price, currency) if operation.unit_price is None else operation.unit_price,
                operation.discounts,
                _taxes_of(line) if operation.taxes is None else operation.taxes,
                title=line.title,
                measure=line.measure,
            )
        )


def _taxes_of(line: OrderLine) -> tuple[Tax, ...]:
    """The tax of a line as one exact rate. What an edit sells is the seller's to tax, on any channel."""
    net, tax, _, _ = worth(line.entitlements, ((1, line.quantity),))
    return (Tax("", rate=Ratio(tax, net)),) if tax > 0 and net > 0 else ()


def _remove_line(plan: _Plan, operation: ops.RemoveLine, path: str) -> None:
    _editable(plan, operation.line_id, path)
    _cancel(plan, operation.line_id, None, path)


def _substitute(plan: _Plan, operation: ops.Substitute, path: str) -> None:
    _editable(plan, operation.line_id, path)
    _new_line(plan, operation.line, path)
    _cancel(plan, operation.line_id, operation.quantity, path)
    plan.swaps.append((operation.line.id, operation.line_id))


def _cancel(plan: _Plan, line_id: str, quantity: int | None, path: str) -> None:
    """The highest units that have not shipped (M7), all of them for None."""
    waiting = un.in_state(line_units(plan.order, line_id), *EDITABLE)
    available = count(waiting)
    wanted = max(available, 1) if quantity is None else quantity
    if wanted > available:
        raise UnitsNotAvailable(path, line_id=line_id, requested=wanted, available=available)
    plan.cancelled.append((line_id, chosen(plan.order, line_id, waiting, wanted, highest=True)))


def _change_address(plan: _Plan, operation: ops.ChangeAddress, path: str) -> None:
    plan.delivery = changed(plan.delivery, destination=operation.destination, pickup_at=None)


def _change_pickup(plan: _Plan, operation: ops.ChangePickup, path: str) -> None:
    plan.delivery = changed(plan.delivery, pickup_at=operation.location)


def _change_service(plan: _Plan, operation: ops.ChangeService, path: str) -> None:
    plan.delivery = changed(plan.delivery, service=operation.service)
    if operation.charge is not None:
        _new_charge(plan, operation.charge, path)


def _add_charge(plan: _Plan, operation: ops.AddCharge, path: str) -> None:
    _new_charge(plan, operation.charge, path)


def _new_charge(plan: _Plan, charge: Charge, path: str) -> None:
    _same_currency(plan, f"{path}.charge", charge.amount)
    _same_adjustments(plan, f"{path}.charge", charge.discounts, charge.taxes)
    plan.charges.append(charge)


def _remove_charge(plan: _Plan, operation: ops.RemoveCharge, path: str) -> None:
    net = tax = remitted = funded = 0
    taxes: TaxLines = ()
    for charge in plan.order.terms.charges:
        if charge.kind == operation.kind:
            net, tax = net + charge.net, tax + charge.tax
            remitted, funded = remitted + charge.remitted, funded + charge.funded
            taxes += charge.taxes
    if net or tax or funded:
        whole = ChargeWorth(operation.kind, net, tax, remitted, funded, taxes)
        plan.corrections.append(_negative(whole))


def _negative(charge: ChargeWorth) -> ChargeWorth:
    """A charge that takes off what another one came to, tax by tax."""
    taxes = tuple([(title, rate, -amount, who) for title, rate, amount, who in charge.taxes])
    return ChargeWorth(charge.kind, -charge.net, -charge.tax, -charge.remitted, -charge.funded, taxes)


def _editable(plan: _Plan, line_id: str, path: str) -> OrderLine:
    index = plan.order.terms.index
    line = plan.order.terms.lines[index[line_id]]
    if line.fulfilled_by != MERCHANT:
        raise LineNotEditable(f"{path}.line_id", line_id=line_id, fulfilled_by=line.fulfilled_by)
    plan.touched.append(line_id)
    return line


def _same_currency(plan: _Plan, path: str, money: Money) -> None:
    if money.currency != plan.order.terms.currency:
        raise CurrencyMismatch(path, left=plan.order.terms.currency, right=money.currency)


def _same_adjustments(plan: _Plan, path: str, discounts: Any, taxes: Any) -> None:
    for name, entries in (("discounts", discounts), ("taxes", taxes)):
        for i, entry in enumerate(entries):
            if entry.amount is not None:
                _same_currency(plan, f"{path}.{name}[{i}]", entry.amount)


_READ: Mapping[type, Callable[[_Plan, Any, str], None]] = {
    ops.AddLine: _add_line,
    ops.ChangeQuantity: _change_quantity,
    ops.RemoveLine: _remove_line,
    ops.Substitute: _substitute,
    ops.ChangeAddress: _change_address,
    ops.ChangePickup: _change_pickup,
    ops.ChangeService: _change_service,
    ops.AddCharge: _add_charge,
    ops.RemoveCharge: _remove_charge,
}


# -- pricing ---------------------------------------------------------------------------------

_Added = tuple[tuple[OrderLine, ...], tuple[tuple[str, Entitlements], ...], tuple[ChargeWorth, ...]]


def _priced(plan: _Plan, context: OrderContext) -> _Added:
    """What is added, priced as a draft of its own: so nothing that the order had is priced again."""
    if not (plan.new or plan.grown or plan.charges):
        return (), (), ()
    terms = plan.order.terms
    stated = (*plan.new, *plan.grown)
    if not stated:
        # A draft has a line at least: one of the order's goes along, and its price is not used.
        first = terms.lines[0]
        stated = (DraftLine(first.id, first.sku, 1, Money(first.unit_price, terms.currency)),)
    priced = priced_apart(plan.order, context, plan.delivery, stated, tuple(plan.charges))
    lines = as_lines(context, plan.new, priced)
    more = tuple(
        (line.id, restated(entitlements, ((1, line.quantity),), terms.line(line.id).quantity + 1))
        for line, entitlements in zip(plan.grown, priced.lines[len(plan.new) :], strict=False)
    )
    return lines, more, priced.charges


def priced_apart(
    order: Order,
    context: OrderContext,
    delivery: Delivery,
    lines: tuple[DraftLine, ...],
    charges: tuple[Charge, ...] = (),
) -> Priced:
    """What comes to an order, priced as a draft of its own, by the pricing policy."""
    terms = order.terms
    draft = OrderDraft(
        terms.ref,
        terms.currency,
        lines,
        terms.placed_at,
        destination=delivery.destination,
        charges=charges,
        tax_included=terms.tax_included,
        service=delivery.service,
        pickup_at=delivery.pickup_at,
    )
    priced = context.policies.pricing(draft)
    if context.policies.pricing is not price:
        checked_priced(priced, draft)
    return priced


def as_lines(context: OrderContext, new: Sequence[DraftLine], priced: Priced) -> tuple[OrderLine, ...]:
    """New lines with their worth: the first that were priced."""
    catalog = context.catalog
    return tuple(
        OrderLine(
            line.id,
            line.sku,
            line.quantity,
            line.unit_price.minor,
            entitlements,
            catalog.components(line.sku),
            line.fulfilled_by,
            catalog.is_returnable(line.sku),
            line.title,
            catalog.list_values.get(line.sku, ()),
            line.measure,
            line.group,
        )
        for line, entitlements in zip(new, priced.lines, strict=False)
    )


# -- taking back -----------------------------------------------------------------------------


def plan_revert(
    order: Order, edit_id: str, revert_id: str, at: datetime, expires_at: datetime | None
) -> Edit:
    """The exact inverse of the last confirmed edit, as an edit of its own.

    Units that it added are cancelled: all of them wait, or it is refused. Units that it cancelled come
    back under new ordinals, each with the worth that it had. Charges come with the opposite sign.
    """
    last = order.amendments.last_edit
    if last is None or last.id != edit_id:
        raise NotRevertible("edit_id", why="not_last", line_id="")
    added = added_items(last)
    try:
        cancelled = select(order, added, EDITABLE)
    except UnitsNotAvailable as refusal:
        raise NotRevertible("edit_id", why="units", line_id=refusal.fields["line_id"]) from None
    more = []
    for line_id, runs in last.cancelled:
        line = order.terms.line(line_id)
        more.append((line_id, restated(line.entitlements, runs, line.quantity + 1)))
    charges = tuple(_negative(charge) for charge in last.charges)
    touched = [line_id for line_id, _ in (*cancelled, *more)]
    return Edit(
        revert_id,
        last.id,
        (),
        tuple(more),
        charges,
        cancelled,
        (),
        tuple((line_id, kept_of(order, line_id)) for line_id in touched),
        last.after,
        last.before,
        0,
        at,
        expires_at,
    )


__all__ = [
    "EDITABLE",
    "LineExists",
    "LineNotEditable",
    "NotRevertible",
    "NothingChanges",
    "added_items",
    "as_lines",
    "kept_of",
    "known_targets",
    "plan_edit",
    "plan_revert",
    "priced_apart",
]
