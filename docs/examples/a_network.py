"""A merchant's network: what an order would cost and when it would arrive, from where it ships and why, and
what is done when that does not work.

    python docs/examples/a_network.py

The merchant is ``_merchant.py``'s, the clock is in the data, and nothing is kept: the store is in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import _merchant as merchant
from _geography import STATES
from omcore.engine import ApplyReoptimization, OrderManager
from omcore.inventory import ReceiveStock
from omcore.kernel import Money, Place
from omcore.memory import MemoryStore
from omcore.orders import (
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    PlaceOrder,
    RejectFulfillment,
)
from omcore.promising import Offer, ServiceLevel
from omcore.routing import (
    Altered,
    Change,
    CostStrategy,
    Demand,
    DemandLine,
    FewestShipments,
    Nearest,
    Rates,
    Splitting,
    Stocked,
    compare,
    what_if,
)
from omcore.shipping import Service

NOW = merchant.MORNING
# Two working days as a rule and three at most, or the next one, for those who pay for it.
LEVELS = (
    ServiceLevel("standard", (Service("ground", ((None, 2, 3),)),)),
    ServiceLevel("express", (Service("air", ((None, 1),)),)),
)
RATES = Rates.of("USD", per_shipment="6.50", per_km="0.0004", per_unit="0.80")
HOMES = ("OH", "TX", "NY", "CA", "IL", "WA", "FL", "CO")


class Shelves:
    """The opening stock, for questions that no order is needed for."""

    def promisable(self, sku: str, location: str, _now: object, /) -> int:
        """Units of a SKU at a location."""
        return merchant.OPENING_STOCK.get(location, {}).get(sku, 0)


def home(state: str) -> Place:
    """Somebody in the middle of a state."""
    return Place("US", state, point=STATES[state], zone=merchant.EAST)


def draft(number: int, state: str, wanted: Sequence[tuple[str, int]]) -> OrderDraft:
    """An order, paid by card."""
    lines = tuple(DraftLine(sku.lower(), sku, units, Money(2_000, "USD")) for sku, units in wanted)
    total = Money(2_000 * sum(units for _, units in wanted), "USD")
    return OrderDraft(
        ExternalRef("web", "shop", "order", str(number)),
        "USD",
        lines,
        NOW,
        home(state),
        tenders=(DraftTender("card", "gateway", total, authorized=True),),
    )


def opened() -> OrderManager:
    """The shop at six in the morning."""
    oms = OrderManager(
        MemoryStore(),
        network=merchant.NETWORK,
        routing=merchant.ROUTING,
        catalog=merchant.CATALOG,
        services=LEVELS,
    )
    for command in merchant.opening():
        oms.execute(command)
    return oms


def promised(oms: OrderManager, wanted: OrderDraft) -> None:
    """What the customer is told before he orders."""
    print("\nBefore it is ordered")
    for offer in oms.offers(wanted, at=NOW).offers:
        if isinstance(offer, Offer):
            days = f"{offer.earliest:%a %d} to {offer.latest:%a %d %b}"
            print(f"  {offer.level:<9} arrives {days}, costs {offer.cost}")


def routed(oms: OrderManager, wanted: OrderDraft) -> None:
    """From where it ships, and why from nowhere else."""
    print("\nOrdered and routed")
    oms.execute(PlaceOrder(wanted, order_id="1", key="place-1", at=NOW))
    print(oms.route("1", key="route-1", at=NOW).explain(), end="")


def rejected(oms: OrderManager) -> None:
    """The first location says no, and is not asked again."""
    print("\nA location rejects its part")
    oms.execute(RejectFulfillment("1", "1-F1", "shelf is empty", key="reject-1", at=NOW))
    for waiting in oms.needs_routing(at=NOW):
        print(f"  {waiting.units} units of order {waiting.order_id} wait: {waiting.why}")
    print(oms.route("1", key="route-2", at=NOW).explain(), end="")


def improved(oms: OrderManager) -> None:
    """A delivery comes in, and what nobody has begun is planned once more."""
    print("\nGoods arrive, and open orders are looked at again")
    for sku in ("HOODIE-M", "MUG-1", "CAP-1"):
        oms.execute(ReceiveStock(sku, "columbus", 20, "po-8", key=f"po-8/{sku}", at=NOW))
    found = oms.reoptimize(at=NOW)
    print(found.explain(), end="")
    oms.execute(ApplyReoptimization(found.changes, key="better-1", at=NOW))


def asked() -> None:
    """Questions that change nothing: another world, other strategies."""
    orders = [
        Demand(str(number), (DemandLine("1", "TEE-M", 2), DemandLine("2", "MUG-1", 1)), home(state), at=NOW)
        for number, state in enumerate(HOMES, 1)
    ]
    print("\nWhat if Columbus were closed, and Dallas had more mugs?")
    changes: list[Change] = [Altered("columbus", active=False), Stocked("MUG-1", "dallas", 10)]
    print(what_if(merchant.ROUTING, orders[0], merchant.NETWORK, Shelves(), changes).explain(), end="")
    print("\nEight orders, by several strategies")
    strategies = [
        merchant.ROUTING,
        Nearest(),
        FewestShipments(),
        CostStrategy("one_parcel", RATES, splitting=Splitting(1)),
    ]
    print(compare(strategies, orders, merchant.NETWORK, Shelves(), judge=RATES).explain(), end="")


def main() -> None:
    """One order from the question to the second plan, then questions about all."""
    oms = opened()
    wanted = draft(1, "OH", (("HOODIE-M", 1), ("GIFT-SET", 1), ("TEE-M", 2)))
    promised(oms, wanted)
    routed(oms, wanted)
    rejected(oms)
    improved(oms)
    asked()


if __name__ == "__main__":
    main()
