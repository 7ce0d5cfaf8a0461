"""Amazon: the proceeds of an order, item by item and kind by kind.

Decides what each category of proceeds is in a draft: goods, charges, taxes, discounts. Categories
are the documentation's; one that it does not know is refused, because what is not understood
cannot be refunded. A discount is read by its size, whichever sign it comes with: the item's own
total says whether it was taken off. Must not know anything but money.
"""

from __future__ import annotations

from omcore.channels._read import Field, agree, made
from omcore.kernel import Money, record
from omcore.orders.draft import SHIPPING, Charge, Discount, Tax

# Categories that are charges of the order, and their kinds.
_CHARGES = {"SHIPPING": SHIPPING, "GIFT_WRAP": "gift_wrap", "COD_FEE": "fee", "OTHER": "fee"}
_OF_ITEMS = frozenset({"ITEM", "TAX", "DISCOUNT", *_CHARGES})
_OF_ORDERS = _OF_ITEMS | {"DELIVERY_TIP"}
_SUBTYPES = frozenset({"ITEM", "DISCOUNT", *_CHARGES})


@record
class Parts:
    """One item's proceeds. ``tax`` and ``discount`` are the goods' own; charges have theirs.

    ``charges`` are (amount, discount, tax) in minor units by category.
    """

    goods: Money
    tax: Money
    discount: Money
    charges: dict[str, tuple[int, int, int]]
    subtotals: dict[str, int]


def amount(field: Field, currency: str) -> Money:
    """``{"amount": "12.50", "currencyCode": "USD"}`` in the order's currency."""
    return field["amount"].money(field["currencyCode"].currency(currency))


def parts_of(holder: Field, currency: str) -> Parts:
    """Read one item's proceeds, and hold them against their own total."""
    subtotals: dict[str, int] = {}
    details: dict[str, dict[str, int]] = {"TAX": {}, "DISCOUNT": {}}
    for entry in holder["breakdowns"]:
        kind = entry["type"].one_of(_OF_ITEMS)
        subtotal = amount(entry["subtotal"], currency).minor
        subtotals[kind] = subtotals.get(kind, 0) + (abs(subtotal) if kind == "DISCOUNT" else subtotal)
        for detail in entry["detailedBreakdowns"] if kind in details else ():
            subtype, value = detail["subtype"].one_of(_SUBTYPES), amount(detail["value"], currency).minor
            of_kind = details[kind]
            of_kind[subtype] = of_kind.get(subtype, 0) + (abs(value) if kind == "DISCOUNT" else value)
    for kind, of_kind in details.items():
        if of_kind:
            agree(holder["breakdowns"].path, subtotals[kind], sum(of_kind.values()))
    tax, off = subtotals.get("TAX", 0), subtotals.get("DISCOUNT", 0)
    charges = {
        kind: (subtotals.get(kind, 0), details["DISCOUNT"].get(kind, 0), details["TAX"].get(kind, 0))
        for kind in _CHARGES
    }
    if holder["proceedsTotal"]:
        stated = amount(holder["proceedsTotal"], currency)
        agree(holder["proceedsTotal"].path, stated, sum(subtotals.values()) - 2 * off)
    return Parts(
        Money(subtotals.get("ITEM", 0), currency),
        made(holder, {}, Money, tax - sum(entry[2] for entry in charges.values()), currency),
        made(holder, {}, Money, off - sum(entry[1] for entry in charges.values()), currency),
        charges,
        subtotals,
    )


def check(holder: Field, currency: str, parts: list[Parts]) -> None:
    """The order's categories are the sums of the items' and make up its total."""
    if not holder["breakdowns"].entries():
        return  # each item's own total and the sum of the draft hold it
    found: dict[str, int] = {}
    for entry in holder["breakdowns"]:
        kind = entry["type"].one_of(_OF_ORDERS)
        subtotal = amount(entry["subtotal"], currency).minor
        found[kind] = found.get(kind, 0) + (abs(subtotal) if kind == "DISCOUNT" else subtotal)
    for kind in sorted(_OF_ITEMS & found.keys()):
        agree(holder["breakdowns"].path, found[kind], sum(part.subtotals.get(kind, 0) for part in parts))
    total = amount(holder["grandTotal"], currency)
    agree(holder["grandTotal"].path, total, sum(found.values()) - 2 * found.get("DISCOUNT", 0))


def charges(holder: Field, currency: str, parts: list[Parts]) -> tuple[Charge, ...]:
    """The items' charges, summed by category, and the order's delivery tip."""
    found = []
    for category, kind in _CHARGES.items():
        worth, off, tax = (sum(part.charges[category][i] for part in parts) for i in range(3))
        if worth or off or tax:
            found.append(
                made(
                    holder,
                    {},
                    Charge,
                    kind,
                    made(holder, {}, Money, worth, currency),
                    (_discount(holder, off, currency),) if off else (),
                    (Tax("tax", amount=made(holder, {}, Money, tax, currency)),) if tax else (),
                )
            )
    tip = 0
    for entry in holder["breakdowns"]:
        if entry["type"].text() == "DELIVERY_TIP":
            tip += amount(entry["subtotal"], currency).minor
    return (*found, Charge("tip", made(holder, {}, Money, tip, currency))) if tip else tuple(found)


def _discount(holder: Field, off: int, currency: str) -> Discount:
    return made(holder, {}, Discount, "promotion", amount=made(holder, {}, Money, off, currency))


__all__ = ["Parts", "amount", "charges", "check", "parts_of"]
