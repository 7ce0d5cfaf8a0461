"""A shop's stock behind the engine: what commands answer, and what must be true of the store after each.

Decides nothing. Used by the machine over inventory, which keeps two of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore import inventory as inv
from omcore.engine import OrderManager
from omcore.kernel import Catalog, Item, Location, Network, OmcoreError
from omcore.memory import MemoryStore
from omcore.ports import Answer, Commit, Write
from omcore.routing import Nearest
from stock_model import PLACES, RECIPE, Place

CATALOG = Catalog((Item("SET", components=tuple(RECIPE.items()), built_ahead=True),))
NETWORK = Network((Location("lax"), Location("nyc")))


class World:
    """Answers are codes, empty where nothing was refused; a refusal must leave no trace but its answer."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.oms = OrderManager(self.store, network=NETWORK, routing=Nearest(), catalog=CATALOG)
        self.view = inv.AvailabilityView()
        self.position = 0

    def execute(self, command: Any) -> tuple[str, Any]:
        """The code of a command's answer, and its value."""
        try:
            outcome = self.oms.execute(command)
        except OmcoreError as error:
            assert not self.followed(), "a refusal changes nothing"
            assert self.store.answer(command.key) is not None, "and is recorded (C3)"
            return error.code, None
        self.followed()
        return "", outcome.result

    def operate(self, key: str, now: datetime, work: Mapping[Place, Sequence[Any]], token: str = "") -> str:
        """What an order does to stock, in one commit; of a token it takes the claim over."""
        streams = {place: inv.stock_stream(*place) for place in work}
        cart = inv.reservation_stream(token)
        loaded = self.store.load([*streams.values(), cart])
        writes = []
        try:
            for (location, sku), operations in work.items():
                name = streams[location, sku]
                events, item = inv.decide_operations(
                    loaded[name].state, operations, now, sku=sku, location=location, reference="o1"
                )
                writes.append(Write(name, events, item))
        except OmcoreError as error:
            return error.code
        if token:
            cart_state: Any = loaded[cart].state
            events = inv.confirm_reservation(cart_state, "o1", now)
            writes.append(Write(cart, events, inv.evolve_inventory(cart_state, events[0])))
        reads = {name: found.version for name, found in loaded.items()}
        self.store.commit(Commit(Answer(key, "-", "order/o1", now), reads, tuple(writes)))
        self.followed()
        return ""

    def followed(self) -> list[Any]:
        """What is new on the feed; the view follows it, and each version rises by one (C6)."""
        entries = list(self.store.feed(self.position, 10_000))
        for entry in entries:
            self.position = entry.position
            if entry.stream.startswith("stock/"):
                self.view.apply(entry.event, entry.version, entry.index)
        return entries

    def item(self, place: Place) -> inv.StockItem | None:
        item: inv.StockItem | None = self.store.load([inv.stock_stream(*place)])[
            inv.stock_stream(*place)
        ].state
        return item

    def cart(self, token: str) -> inv.Reservation:
        name = inv.reservation_stream(token)
        state: Any = self.store.load([name])[name].state
        assert type(state) is inv.Reservation
        return state

    def prove(self) -> None:
        """Every state is the fold of its events, and the books add up (C5, S2)."""
        entries = list(self.store.feed(0, 100_000))
        states: dict[str, Any] = {}
        for entry in entries:
            states[entry.stream] = inv.evolve_inventory(states.get(entry.stream), entry.event)
        for name, state in states.items():
            assert self.store.load([name])[name].state == state
        items = [item for place in PLACES if (item := self.item(place)) is not None]
        wrong = [found for found in inv.reconcile_all(entries, items) if found.wrong]
        assert not wrong
        endings = (inv.ReservationConfirmed, inv.ReservationReleased, inv.ReservationConfirmedLate)
        ended = [entry.stream for entry in entries if type(entry.event) in endings]
        assert len(ended) == len(set(ended)), "a token ends once"


__all__ = ["CATALOG", "World"]
