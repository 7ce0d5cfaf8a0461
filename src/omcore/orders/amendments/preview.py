"""Previewing an edit: what it comes to in units, stock and money, and the order after it.

Decides nothing: it is the planning and the carrying out of ``ProposeEdit`` and ``ConfirmEdit``, over
changes that are thrown away (R4). Must not know how either works.
"""

from __future__ import annotations

import attrs

from omcore.kernel import InvalidType, checked_instant, record
from omcore.orders.aggregate import EVOLVE, as_of
from omcore.orders.amendments.editing import amount_due, foresee
from omcore.orders.amendments.operations import Operation, checked_operations
from omcore.orders.amendments.planning import added_items, known_targets, plan_edit
from omcore.orders.changes import Changes, OrderContext, refuse_if_over
from omcore.orders.selection import components
from omcore.orders.state import Edit, Order


@record
class EditPreview:
    """What an edit would do now.

    ``demand`` is (SKU, units more or, where negative, less) that the order takes from stock, kits
    exploded, SKUs ascending; ``available`` what the context's view promises of those it takes more of,
    empty where there is no view. The amounts, in minor units, are what the order will be worth more,
    ``due`` what has to be paid before it can be confirmed. ``order`` is the order after it, before
    money is asked for or given back.
    """

    edit: Edit
    demand: tuple[tuple[str, int], ...]
    available: tuple[tuple[str, int], ...]
    net: int
    tax: int
    remitted: int
    funded: int
    due: int
    order: Order = attrs.field(repr=False)

    @property
    def total(self) -> int:
        """What the customer pays more, or less where it is negative."""
        return self.net + self.tax


def preview_edit(order: Order, operations: tuple[Operation, ...], context: OrderContext) -> EditPreview:
    """What ``ProposeEdit`` and ``ConfirmEdit`` would make of these operations now; changes nothing.

    Refuses what they would refuse, but for an edit that is not paid: ``due`` says that.
    """
    checked_operations(operations)
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    if type(context) is not OrderContext:
        raise InvalidType("context", expected="OrderContext")
    order = as_of(order, context, checked_instant(order.seen_at))
    known_targets(order, operations)
    refuse_if_over(order, context)
    changes = Changes(order, context, order.seen_at, EVOLVE)
    edit = plan_edit(order, context, "preview", operations, order.seen_at, None)
    after, (net, tax, remitted, funded) = foresee(changes, edit, "operations")
    demand = dict(components(after, added_items(edit)))
    for sku, units in components(order, edit.cancelled).items():
        demand[sku] = demand.get(sku, 0) - units
    wanted = sorted(sku for sku, units in demand.items() if units > 0)
    gate = max(after.payments.owed - order.payments.owed, 0)
    return EditPreview(
        attrs.evolve(edit, gate=gate),
        tuple([(sku, demand[sku]) for sku in sorted(demand) if demand[sku]]),
        () if context.available is None else tuple([(sku, context.available(sku)) for sku in wanted]),
        net,
        tax,
        remitted,
        funded,
        amount_due(context, order, gate),
        after,
    )


__all__ = ["EditPreview", "preview_edit"]
