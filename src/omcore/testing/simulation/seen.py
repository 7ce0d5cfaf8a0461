"""Seen: what is known of the shop, as of the last commit.

Decides nothing: the oracle keeps it, and whoever thinks up what happens next reads it. Must not know how
anything came about.
"""

from __future__ import annotations

from typing import Any

from omcore import inventory as inv
from omcore import orders as om


class Seen:
    """Orders by id, in order of placement; stock by (location, SKU); reservations by token."""

    __slots__ = ("order_ids", "orders", "reservations", "stock", "tokens")

    def __init__(self) -> None:
        self.orders: dict[str, om.Order] = {}
        self.stock: dict[tuple[str, str], inv.StockItem] = {}
        self.reservations: dict[str, inv.Reservation] = {}
        self.order_ids: list[str] = []
        self.tokens: list[str] = []

    def take(self, state: Any) -> None:
        """A stream as it was just written; what is none of these is passed over."""
        kind = type(state)
        if kind is inv.StockItem:
            self.stock[state.location, state.sku] = state
        elif kind is om.Order:
            name = state.terms.order_id
            if name not in self.orders:
                self.order_ids.append(name)
            self.orders[name] = state
        elif kind is inv.Reservation:
            if state.token not in self.reservations:
                self.tokens.append(state.token)
            self.reservations[state.token] = state


__all__ = ["Seen"]
