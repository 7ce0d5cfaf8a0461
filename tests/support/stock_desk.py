"""A desk that carries inventory's commands out over a few streams, in business words.

Decides nothing. Every state is folded from the events alone.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from omcore import inventory as inv

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def some(location: str = "nyc", /, **items: int) -> tuple[inv.ReservedItem, ...]:
    """So many of each SKU, at one location."""
    return tuple(inv.ReservedItem(sku, location, n) for sku, n in items.items())


class Desk:
    """``Desk(TEE=2)`` has two tees in New York. Moments are seconds after it opened."""

    def __init__(self, **stock: int) -> None:
        self.states: dict[str, Any] = {}
        self.histories: dict[str, list[Any]] = {}
        self.keys = 0
        self.receive("nyc", **stock)

    def at(self, seconds: float) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": later(seconds)}

    def do(self, command: Any) -> None:
        states = [self.states.get(token) for token in inv.reservation_streams_of(command)]
        streams = inv.streams_of(command, *states or [None])
        changed = inv.decide_inventory(command, {s: self.states.get(s) for s in streams}, command.at)
        assert set(changed) <= set(streams), "writes only what it said it reads"
        for stream, events in changed.items():
            for event in events:
                self.states[stream] = inv.evolve_inventory(self.states.get(stream), event)
                self.histories.setdefault(stream, []).append(event)

    def receive(self, location: str, **stock: int) -> None:
        for sku, quantity in stock.items():
            self.do(inv.ReceiveStock(sku, location, quantity, **self.at(0)))

    def reserve(
        self,
        token: str,
        seconds: float,
        *,
        now: float = 0,
        owner: str = "cart",
        replaces: str = "",
        **items: int,
    ) -> None:
        made = some(**items)
        self.do(inv.ReserveStock(token, owner, made, later(seconds), replaces, **self.at(now)))

    def confirm(self, token: str, now: float = 0, late: bool = False, **items: int) -> None:
        self.do(inv.ConfirmReservation(token, some(**items), late, **self.at(now)))

    def item(self, sku: str, location: str = "nyc") -> inv.StockItem:
        item: inv.StockItem = self.states[inv.stock_stream(location, sku)]
        return item

    def atp(self, sku: str, seconds: float, location: str = "nyc") -> int:
        return self.item(sku, location).atp(later(seconds))

    def cart(self, token: str) -> inv.Reservation:
        reservation: inv.Reservation = self.states[inv.reservation_stream(token)]
        return reservation

    def holds(self, token: str) -> dict[str, int]:
        """What an owner holds, as ``nyc/TEE`` and how many."""
        return {f"{item.location}/{item.sku}": item.quantity for item in self.cart(token).allocated}


__all__ = ["T0", "Desk", "later", "some"]
