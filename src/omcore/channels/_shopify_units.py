"""Shopify: what became of the units and the money, as fulfillments and refunds tell it.

Decides how many units of a line are cancelled, fulfilled and returned. ``quantity`` is history;
fulfillments say what left; refunds say what came back or was called off, each in the words of its
``restock_type``; what ``current_quantity`` lacks beyond that was taken off by an edit. Must not
know prices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from omcore.channels._read import ChannelContradiction, Field, agree
from omcore.kernel import Money, checked_quantity, record

CANCEL, RETURN, LEGACY, KEPT = "cancel", "return", "legacy_restock", "no_restock"
_RESTOCKS = frozenset({CANCEL, RETURN, LEGACY, KEPT})
_FULFILLMENTS = frozenset({"pending", "open", "success", "cancelled", "error", "failure"})
_BESIDES_LINES = ("order_adjustments", "refund_shipping_lines", "duties", "additional_fees")
_TRANSACTIONS = frozenset({"pending", "failure", "success", "error", "awaiting_response", "unknown"})


@record
class Tally:
    """Of one line: units in fulfillments that succeeded, and units refunded by restock type."""

    fulfilled: int = 0
    cancel: int = 0
    returned: int = 0
    legacy: int = 0
    kept: int = 0


NOTHING = Tally()
Tallies = Mapping[str, Tally]
_FIELD = {CANCEL: "cancel", RETURN: "returned", LEGACY: "legacy", KEPT: "kept"}


def tallies(order: Field) -> Tallies:
    """Units by line id."""
    counts: dict[str, dict[str, int]] = {}

    def add(line: Field, name: str, entry: Field) -> None:
        quantity = checked_quantity(entry["quantity"].value, entry["quantity"].path, low=0)
        of_line = counts.setdefault(line.name(), {})
        of_line[name] = of_line.get(name, 0) + quantity

    for fulfillment in order["fulfillments"]:
        if fulfillment["status"].one_of(_FULFILLMENTS, "success") == "success":
            for entry in fulfillment["line_items"]:
                add(entry["id"], "fulfilled", entry)
    for refund in order["refunds"]:
        for entry in refund["refund_line_items"]:
            add(entry["line_item_id"], _FIELD[entry["restock_type"].one_of(_RESTOCKS, KEPT)], entry)
    return {name: Tally(**of_line) for name, of_line in counts.items()}


def progress(line: Field, tally: Tally) -> tuple[int, int, int]:
    """(cancelled, fulfilled, returned) units of a line.

    A refund without a restock is about a unit that left and stays with the customer, as long as
    there is one; beyond that it calls off a unit that never left. The restock of old, which did
    not say which, came back as long as there was something to come back.
    """
    quantity = checked_quantity(line["quantity"].value, line["quantity"].path)
    if tally.fulfilled > quantity:
        raise ChannelContradiction(line["quantity"].path, stated=quantity, computed=tally.fulfilled)
    away = max(0, tally.fulfilled - tally.returned)
    back = min(tally.legacy, away)
    stays = min(tally.kept, away - back)
    cancelled = tally.cancel + (tally.legacy - back) + (tally.kept - stays)
    returned = tally.returned + back
    current = line["current_quantity"]
    if current:
        left = checked_quantity(current.value, current.path, low=0)
        if left > quantity:
            raise ChannelContradiction(current.path, stated=left, computed=quantity)
        # Refunds take units off the current quantity; what none of them explains an edit took off.
        explained = tally.cancel + tally.returned + tally.legacy + tally.kept
        cancelled += max(0, quantity - left - explained)
    if cancelled + tally.fulfilled > quantity or returned > quantity:
        raise ChannelContradiction(
            line["quantity"].path, stated=quantity, computed=max(cancelled + tally.fulfilled, returned)
        )
    return cancelled, tally.fulfilled, returned


def refunded(order: Field, currency: str, stated: Callable[[Field], Money]) -> int:
    """Minor units that were given back. A refund of lines alone must pay what its lines say.

    ``stated`` reads a pair of amounts: ``subtotal`` itself is a JSON float, which is no money.
    """
    whole = 0
    for refund in order["refunds"]:
        paid, settled = 0, True
        for entry in refund["transactions"]:
            if entry["kind"].text() == "refund":
                if entry["currency"]:
                    entry["currency"].currency(currency)
                if entry["status"].one_of(_TRANSACTIONS, "success") == "success":
                    paid += entry["amount"].money(currency).minor
                else:
                    settled = False
        whole += paid
        # Shipping, goodwill and discrepancies have fields of their own; with them there is no such sum.
        plain = not any(refund[name].entries() for name in _BESIDES_LINES)
        worth = sum(
            stated(entry[name]).minor
            for entry in refund["refund_line_items"]
            for name in ("subtotal_set", "total_tax_set")
            if entry[name]
        )
        if plain and settled and paid and worth:
            agree(refund["transactions"].path, paid, worth)
    return whole


__all__ = ["NOTHING", "Tallies", "Tally", "progress", "refunded", "tallies"]
