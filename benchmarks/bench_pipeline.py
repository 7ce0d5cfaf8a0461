"""pipeline: one 3-line order from placing to delivery, against a plain-dict floor.

The order is placed, authorized, reserved and routed over 10 locations, shipped, captured and
delivered, through ``decide`` and ``evolve`` of both aggregates, with all validation, entitlements,
ledger and events, but without a store. The floor comes to the same cents and the same stock on
plain dicts and ints, with nothing checked and nothing recorded; that both do is asserted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import stock_effects
from omcore.kernel import GeoPoint, Location, Money, Network, Place, Ratio
from omcore.orders.draft import (
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)
from omcore.routing import Demand, DemandLine, LowestCost, Rates
from timing import bytecodes, paired_ratio, seconds

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
SKUS = ("TEE-M", "MUG-1", "CAP-1")
QUANTITIES = (3, 1, 2)
STOCK = 1_000_000_000
CITIES = (
    ("nyc", 40.71, -74.01),
    ("chi", 41.88, -87.63),
    ("dal", 32.78, -96.80),
    ("lax", 34.05, -118.24),
    ("sea", 47.61, -122.33),
    ("atl", 33.75, -84.39),
    ("den", 39.74, -104.99),
    ("mia", 25.76, -80.19),
    ("bos", 42.36, -71.06),
    ("phx", 33.45, -112.07),
)
PERCENT_OFF, TAX_MILLIONTHS, SHIPPING = 10, 88_750, 599
TOTAL = 12_357
DESTINATION = Place("US", "NY", "10001", GeoPoint(40.75, -73.99))


class Pipeline:
    """The embedder's side of the benchmark: a network, a strategy, stock by (location, sku)."""

    def __init__(self) -> None:
        self.network = Network(tuple(Location(name, point=GeoPoint(lat, lon)) for name, lat, lon in CITIES))
        self.routing = LowestCost(Rates())
        self.context = om.default_context()
        self.stock: dict[tuple[str, str], Any] = {}
        self.view = inv.AvailabilityView()
        for name, _, _ in CITIES:
            for sku in SKUS:
                self.apply({(name, sku): [inv.Receive(STOCK)]}, T0, "opening")

    def apply(self, effects: Mapping[tuple[str, str], list[Any]], now: datetime, reference: str) -> int:
        """Decide and fold stock operations, and let the view follow; returns how many events."""
        made = 0
        view = self.view
        for key, operations in effects.items():
            events, item = inv.decide_operations(
                self.stock.get(key), operations, now, sku=key[1], location=key[0], reference=reference
            )
            self.stock[key] = item
            view.put(item)
            made += len(events)
        return made

    def draft(self, number: int, destination: Place = DESTINATION) -> OrderDraft:
        lines = tuple(
            DraftLine(
                f"{i}",
                sku,
                quantity,
                Money(1999 + i, "USD"),
                taxes=(Tax("NY", rate=Ratio(TAX_MILLIONTHS, 1_000_000)),),
            )
            for i, (sku, quantity) in enumerate(zip(SKUS, QUANTITIES, strict=True))
        )
        return OrderDraft(
            ExternalRef("web", "shop", "order", str(number)),
            "USD",
            lines,
            T0,
            destination=destination,
            discounts=(Discount("ten", percentage=Ratio(PERCENT_OFF, 100)),),
            charges=(Charge("shipping", Money(SHIPPING, "USD")),),
            tenders=(DraftTender("card", "gateway", Money(TOTAL, "USD")),),
        )

    def life(self, draft: OrderDraft, number: int) -> tuple[om.Order, list[Any]]:
        """place -> authorize -> route and reserve -> ship -> capture -> deliver."""
        order_id = f"o{number}"
        context = self.context
        events: list[Any] = []

        def do(order: om.Order | None, command: Any) -> om.Order:
            decision = om.decide(order, command, context)
            events.extend(decision.events)
            effects = stock_effects(decision.order, decision.events)
            if effects:
                self.apply(effects, T0, order_id)
            return decision.order

        order = do(None, om.PlaceOrder(draft, order_id=order_id, key="place", at=T0))
        order = do(order, om.RecordPaymentOutcome(order_id, f"{order_id}-P1", "approved", key="auth", at=T0))
        demand = Demand(
            order_id,
            tuple(
                [DemandLine(line.id, line.sku, line.quantity, line.components) for line in order.terms.lines]
            ),
            DESTINATION,
            at=T0,
        )
        plan = self.routing.plan(demand, self.network, self.view)
        order = do(
            order,
            om.AllocateUnits(
                order_id,
                tuple([(a.line_id, a.location, a.quantity) for a in plan.assignments]),
                key="route",
                at=T0,
            ),
        )
        for fulfillment_id in list(order.progress.work):
            order = do(order, om.ShipUnits(order_id, fulfillment_id, key="ship", at=T0))
        for request_id in list(order.payments.requests):
            order = do(order, om.RecordPaymentOutcome(order_id, request_id, "approved", key="capture", at=T0))
        for shipment_id in list(order.progress.shipments):
            order = do(order, om.RecordDelivery(order_id, shipment_id, key="deliver", at=T0))
        return order, events


class Floor:
    """The same moves on plain dicts and ints: nothing checked, nothing recorded."""

    def __init__(self) -> None:
        self.stock = {(name, sku): STOCK for name, _, _ in CITIES for sku in SKUS}
        self.reserved = dict.fromkeys(self.stock, 0)
        self.locations = [(name, (lat - 40.75) ** 2 + (lon + 73.99) ** 2) for name, lat, lon in CITIES]
        self.orders: dict[str, Any] = {}

    def life(self, number: int) -> dict[str, Any]:
        """place -> authorize -> reserve -> route -> ship -> deliver."""
        order_id = f"o{number}"
        lines = [
            (sku, quantity, 1999 + i) for i, (sku, quantity) in enumerate(zip(SKUS, QUANTITIES, strict=True))
        ]
        # A discount over the whole, to the cent by largest remainder, and a tax a line.
        gross = [quantity * price for _, quantity, price in lines]
        whole = sum(gross)
        discount = (whole * PERCENT_OFF + 50) // 100
        shares = [discount * amount // whole for amount in gross]
        left = discount - sum(shares)
        if left:
            by_fraction = sorted(range(len(gross)), key=lambda i: -(discount * gross[i] % whole))
            for i in by_fraction[:left]:
                shares[i] += 1
        total = SHIPPING
        for amount, share in zip(gross, shares, strict=True):
            net = amount - share
            total += net + (net * TAX_MILLIONTHS + 500_000) // 1_000_000
        order = {"id": order_id, "lines": lines, "total": total, "status": "placed"}
        order["authorized"] = total
        stock, reserved = self.stock, self.reserved
        best = None
        cost = 1e18
        for name, distance in self.locations:
            if distance < cost:
                for sku, quantity, _ in lines:
                    if stock[name, sku] - reserved[name, sku] < quantity:
                        break
                else:
                    best, cost = name, distance
        order["location"] = best
        for sku, quantity, _ in lines:
            reserved[best, sku] += quantity  # type: ignore[index]  # there is always stock
        order["status"] = "processing"
        for sku, quantity, _ in lines:
            reserved[best, sku] -= quantity  # type: ignore[index]
            stock[best, sku] -= quantity  # type: ignore[index]
        order["status"] = "fulfilled"
        order["captured"] = total
        order["status"] = "delivered"
        return order


def run(smoke: bool) -> dict[str, float]:
    """The figures: ratios to the floor, and microseconds of this run for orientation."""
    times, rounds = (50, 3) if smoke else (500, 25)
    pipeline, floor = Pipeline(), Floor()
    draft = pipeline.draft(1)

    def live(n: int) -> None:
        for number in range(n):
            pipeline.life(draft, number)

    def plain(n: int) -> None:
        for number in range(n):
            floor.life(number)

    live(min(times, 200))
    plain(min(times, 200))
    ratio, each, base = paired_ratio(live, plain, times, rounds, 30)

    order, events = pipeline.life(draft, 0)
    plainly = floor.life(0)
    if not order.terms.total == order.payments.captured == plainly["captured"] == TOTAL:
        raise AssertionError("the engine and the floor disagree about cents")
    if {key: item.on_hand for key, item in pipeline.stock.items() if item.on_hand != STOCK}.keys() != {
        key for key, units in floor.stock.items() if units != STOCK
    }:
        raise AssertionError("the engine and the floor ship from different places")
    if om.replay(events) != order:
        raise AssertionError("replay is not the state")

    def again(n: int) -> None:
        for _ in range(n):
            om.replay(events)

    replay = min(seconds(again, times) for _ in range(rounds)) / times
    return {
        "vs_floor": round(ratio, 2),
        "replay_vs_apply": round(replay / each, 3),
        "us_per_order": round(each * 1e6, 2),
        "us_floor": round(base * 1e6, 2),
        "events_per_order": float(len(events)),
        "bytecodes_per_order": float(bytecodes(lambda: pipeline.life(draft, 0))),
        "bytecodes_floor": float(bytecodes(lambda: floor.life(0))),
    }
