"""Facts: what the orders and the reservations of one commit mean for stock, summed up.

Decides nothing: whoever reads an event says here what must have moved at which shelf, and the stock of
the same commit is held to it. Kits are taken for what they are made of (S3, S11). Must not know events of
stock.
"""

from __future__ import annotations

from typing import Any

Key = tuple[str, str]  # (location, SKU)


class Facts:
    """By (location, SKU): firm claims that began or ended; by (what, location, SKU) goods that moved."""

    __slots__ = ("claimed", "goods", "orders")

    def __init__(self) -> None:
        self.claimed: dict[Key, int] = {}
        self.goods: dict[tuple[str, str, str], int] = {}
        self.orders = False

    def claim(self, location: str, components: tuple[tuple[str, int], ...], units: int) -> None:
        """So many more units of something are claimed at a location, or fewer."""
        claimed = self.claimed
        for sku, each in components:
            key = (location, sku)
            claimed[key] = claimed.get(key, 0) + units * each

    def claim_items(self, page: Any, location: str, items: Any) -> None:
        """Units of lines are claimed at a location."""
        for line_id, runs in items:
            for first, last in runs:
                self.claim(location, page.lines[line_id].components, last - first + 1)

    def move(self, what: str, location: str, sku: str, units: int) -> None:
        """Goods of a SKU move at a location."""
        key = (what, location, sku)
        self.goods[key] = self.goods.get(key, 0) + units

    def leave(self, what: str, page: Any, location: str, items: Any) -> None:
        """Units of lines leave a location."""
        for line_id, runs in items:
            for first, last in runs:
                for sku, each in page.lines[line_id].components:
                    self.move(what, location, sku, each * (last - first + 1))

    def back(self, page: Any, event: Any, location: str, condition: str) -> None:
        """What an event is about comes to a location, in a condition."""
        self._of_parts(f"back {condition}", page, event, location)

    def regrade(self, page: Any, event: Any, location: str, to: str) -> None:
        """What an event is about leaves quarantine at a location."""
        self._of_parts(f"out of quarantined {to}", page, event, location)

    def _of_parts(self, what: str, page: Any, event: Any, location: str) -> None:
        named: dict[str, set[int]] = {}
        for line_id, first, last, components in getattr(event, "parts", ()):
            named.setdefault(line_id, set()).update(range(first, last + 1))
            for sku, each in components:
                self.move(what, location, sku, each * (last - first + 1))
        for line_id, runs in event.items:
            parted = named.get(line_id, ())
            units = sum([n not in parted for first, last in runs for n in range(first, last + 1)])
            for sku, each in page.lines[line_id].components if units else ():
                self.move(what, location, sku, each * units)


__all__ = ["Facts", "Key"]
