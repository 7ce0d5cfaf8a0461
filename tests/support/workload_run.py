"""A workload that is carried out at once, by one manager on one store: what is known is what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import payload_hash
from omcore.engine import OrderManager
from omcore.kernel import Command, OmcoreError
from omcore.memory import MemoryStore
from omcore.testing.simulation import Chooser, SeededChooser, Shop, Workload, draw_shop

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
STEPS_S = (0, 5, 60, 3_000)


class PlainSeen:
    """What is known, in plain dicts."""

    def __init__(self) -> None:
        self.orders: dict[str, om.Order] = {}
        self.stock: dict[tuple[str, str], inv.StockItem] = {}
        self.reservations: dict[str, inv.Reservation] = {}
        self.order_ids: list[str] = []

    def take(self, stream: str, state: Any) -> None:
        kind, _, name = stream.partition("/")
        if kind == "order":
            if name not in self.orders:
                self.order_ids.append(name)
            self.orders[name] = state
        elif kind == "stock":
            location, sku = name.split("/")
            self.stock[location, sku] = state
        elif kind == "reservation":
            self.reservations[name] = state


class Run:
    """One shop, one manager, one command after another."""

    def __init__(self, chooser: Any, shop: Shop | None = None) -> None:
        self.chooser: Chooser = chooser
        self.shop = draw_shop(chooser) if shop is None else shop
        self.seen = PlainSeen()
        self.workload = Workload(chooser, self.shop, self.seen)
        self.store = MemoryStore()
        self.manager = OrderManager(
            self.store,
            network=self.shop.network,
            catalog=self.shop.catalog,
            routing=self.shop.routings[0],
            policies=self.shop.policies,
            rules=self.shop.rules,
            chart=self.shop.chart,
            sales_channels=self.shop.sales_channels,
        )
        self.now = T0
        self.position = 0

    def do(self, command: Command) -> OmcoreError | None:
        """Carry it out; its refusal, or None where it was accepted."""
        refused: OmcoreError | None = None
        try:
            self.manager.execute(command)
        except OmcoreError as error:
            refused = error
        entries = self.store.feed(self.position, 10_000)
        for stream in dict.fromkeys(entry.stream for entry in entries):
            self.seen.take(stream, self.store.load((stream,))[stream].state)
        if entries:
            self.position = entries[-1].position
        return refused

    def next(self) -> Command:
        """What somebody wants next, after some time."""
        self.now += timedelta(seconds=self.chooser.pick(STEPS_S))
        return self.workload.command(self.now)

    def answers(self) -> list[Command]:
        """What holders say of the money that they were asked for; there is no dispatcher here to ask them."""
        return [
            om.RecordPaymentOutcome(order.id, name, "approved", key=f"outcome-{name}", at=self.now)
            for order in self.seen.orders.values()
            for name in order.payments.requests
        ]

    def finish(self, rounds: int = 200) -> list[tuple[Command, OmcoreError]]:
        """Bring all to its end; what was refused on the way."""
        refused: list[tuple[Command, OmcoreError]] = []
        for _ in range(rounds):
            self.now += timedelta(seconds=60)
            commands = [*self.answers(), *self.workload.finishing(self.now)]
            if not commands:
                return refused
            answers = [(command, self.do(command)) for command in commands]
            refused += [(command, error) for command, error in answers if error is not None]
        raise AssertionError([self.workload.told(command) for command in commands])


def commands_of(*seeds: int) -> list[str]:
    """Every command of some seeds, as a fingerprint and in words."""
    said = []
    for seed in seeds:
        run = Run(SeededChooser(seed))
        for _ in range(250):
            command = run.next()
            said.append(payload_hash(command) + " " + run.workload.told(command))
            run.do(command)
    return said
