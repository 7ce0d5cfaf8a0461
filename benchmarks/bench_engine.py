"""engine: the same life of an order through ``OrderManager`` on the in-memory store.

What the pipeline does, and besides: keys recalled and answers recorded, payloads hashed, versions
checked, the feed written and followed by the view of stock. The floor is the pipeline's. A life at
the end of the run is compared with one at the beginning: nothing on the path grows with history.
"""

from __future__ import annotations

import time

from bench_pipeline import CITIES, SKUS, STOCK, T0, TOTAL, Floor, Pipeline
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.inventory import ReceiveStock
from omcore.memory import MemoryStore
from timing import paired_ratio, seconds

COMMANDS = 6


class Managed:
    """A manager with opening stock that carries one order after the other through its life."""

    def __init__(self) -> None:
        pipeline = Pipeline()
        self.draft = pipeline.draft(1)
        self.oms = OrderManager(MemoryStore(), network=pipeline.network, routing=pipeline.routing)
        for name, _, _ in CITIES:
            for sku in SKUS:
                self.oms.execute(
                    ReceiveStock(sku=sku, location=name, quantity=STOCK, key=f"po-{name}-{sku}", at=T0)
                )
        self.number = 0

    def life(self) -> om.Order:
        """place -> authorize -> route -> ship -> capture -> deliver: six commands."""
        self.number += 1
        order_id = f"o{self.number}"
        execute = self.oms.execute
        place = om.PlaceOrder(self.draft, order_id=order_id, key=f"{order_id}/place", at=T0)
        execute(place)
        self.outcome(order_id, 1)
        self.oms.route(order_id, key=f"{order_id}/route", at=T0)
        execute(om.ShipUnits(order_id, f"{order_id}-F1", key=f"{order_id}/ship", at=T0))
        self.outcome(order_id, 2)
        return execute(om.RecordDelivery(order_id, f"{order_id}-S2", key=f"{order_id}/deliver", at=T0)).order

    def outcome(self, order_id: str, number: int) -> None:
        """The gateway's answer to the order's payment request of that number."""
        request_id = f"{order_id}-P{number}"
        command = om.RecordPaymentOutcome(order_id, request_id, "approved", key=f"pay/{request_id}", at=T0)
        self.oms.execute(command)


def run(smoke: bool) -> dict[str, float]:
    """Ratios to the floor, and of a life after many orders to one after few."""
    times, rounds = (50, 3) if smoke else (1_000, 9)
    managed, floor = Managed(), Floor()

    def live(n: int) -> None:
        for _ in range(n):
            managed.life()

    def plain(n: int) -> None:
        for number in range(n):
            floor.life(number)

    live(times)
    early = min(seconds(live, times) for _ in range(3))
    ratio, each, base = paired_ratio(live, plain, times, rounds, 60)
    late = min(seconds(live, times) for _ in range(3))
    order = managed.life()
    if order.status != "delivered" or order.payments.captured != TOTAL:
        raise AssertionError("the order did not come through its life")
    begin = time.perf_counter()
    managed.oms.order(order.id)
    read = time.perf_counter() - begin
    return {
        "vs_floor": round(ratio, 2),
        "late_vs_early": round(late / early, 2),
        "us_per_command": round(each / COMMANDS * 1e6, 2),
        "us_per_read": round(read * 1e6, 2),
        "us_floor": round(base * 1e6, 2),
        "orders": float(managed.number),
    }
