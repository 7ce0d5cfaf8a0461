"""The clerk: books one commit after the other, and compares what is kept with the books (PR1, PR2).

Decides in which order the books are kept: first orders and reservations, which say what moves, then the
stock that they move, then who claims it. Must not know stores, clients or the outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.testing.simulation.claims import Claims
from omcore.testing.simulation.facts import Facts, Key
from omcore.testing.simulation.goods import Goods
from omcore.testing.simulation.money import Account
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.unit_moves import book
from omcore.testing.simulation.units import Page

UNITS = "PR1"

# A write, and the state that its stream had before it.
Written = tuple[Any, Any]


class Clerk:
    """All books of the shop."""

    def __init__(self, built: Mapping[str, Any], on_shipment: bool) -> None:
        self._built = built
        self._on_shipment = on_shipment
        self.accounts: dict[str, Account] = {}
        self.claims = Claims()
        self.goods = Goods()

    def take(self, written: Sequence[Written], stock: Mapping[Key, Any], command: Any) -> None:
        """One commit; ``stock`` is as it is after it."""
        facts, touched = Facts(), dict[Key, None]()
        items: list[Written] = []
        for write, before in written:
            kind = type(write.state)
            if kind is om.Order:
                self._order(write, before, facts, touched, command)
            elif kind is inv.StockItem:
                items.append((write, before))
                touched[write.state.location, write.state.sku] = None
            elif kind is inv.Reservation:
                self._reservation(write, before, facts, touched)
        claims = self.claims
        claims.take(facts, touched)
        if items or facts.goods:
            self.goods.take(items, facts, self._built)
        for key in touched:
            claims.agree(key, stock.get(key))

    def _order(self, write: Any, before: Any, facts: Facts, touched: dict[Key, None], command: Any) -> None:
        order = write.state
        name = order.terms.order_id
        account = self.accounts.get(name)
        if account is None:
            if before is not None:
                raise Broken(UNITS, f"order {name} was never placed")
            account = self.accounts[name] = Account(Page(name), self._on_shipment)
        facts.orders = True
        if type(command) is om.CapturePayment:
            account.by_hand = True
        page = account.page
        for event in write.events:
            book(page, event, facts)
            account.take(event)
        page.agrees(before, order)
        if before is None or order.payments is not before.payments:
            account.agrees(order.payments)
        if before is None or order.backorders is not before.backorders:
            self.claims.waiting(before, order, touched)

    def _reservation(self, write: Any, before: Any, facts: Facts, touched: dict[Key, None]) -> None:
        if before is not None and before.outcome != inv.LIVE and write.state.outcome != before.outcome:
            # What had run out when it was paid for may have been claimed anew (S5).
            if (before.outcome, write.state.outcome) != (inv.EXPIRED, inv.CONFIRMED_LATE):
                raise Broken(UNITS, f"reservation {before.token} ended as {before.outcome}, and again (S5)")
        self.claims.reserved(before, write.state, facts, touched)
        for event in write.events:
            if type(event) is inv.AllocationShipped:
                for item in event.items:
                    facts.move("shipped", item.location, item.sku, item.quantity)


__all__ = ["Clerk"]
