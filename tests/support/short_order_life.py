"""One short order life through every floor, from stock to report; what it says is returned as text.

Driven with I/O, clocks and randomness blocked by purity_probe.py, and compared under several hash
seeds by tests/house/test_purity.py. As a script it prints what it says.
"""

from __future__ import annotations

from omcore.channels import read
from omcore.codec import dump_json, to_json
from omcore.engine import OrderManager
from omcore.inventory import ReceiveStock
from omcore.kernel import (
    Catalog,
    Contact,
    GeoPoint,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
    Ratio,
    parse_instant,
)
from omcore.memory import MemoryGateway, MemoryNotifier, MemoryStore
from omcore.orders import (
    AuthorizeReturn,
    Charge,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    PlaceOrder,
    ReceiveReturn,
    RecordDelivery,
    ReportShortPick,
    ShipUnits,
    Tax,
)
from omcore.reporting import Report, render_text, timeline
from omcore.routing import LowestCost, Rates

AT = parse_instant("2026-11-27T09:00:00-05:00")
NETWORK = Network(
    (
        Location("nyc", point=GeoPoint(40.71, -74.01), zone="America/New_York"),
        Location("chi", point=GeoPoint(41.88, -87.63), zone="America/Chicago"),
    )
)
CATALOG = Catalog((Item("GIFT-SET", components=(("MUG-1", 1), ("CAP-1", 1))),))


def draft() -> OrderDraft:
    tax = (Tax("New York", rate=Ratio.parse("0.08875")),)
    return OrderDraft(
        ExternalRef("web", "my-shop", "order", "1001"),
        "USD",
        lines=(
            DraftLine("tees", "TEE-M", 3, Money.parse("19.99", "USD"), taxes=tax),
            DraftLine("gift", "GIFT-SET", 1, Money.parse("30.00", "USD"), taxes=tax),
        ),
        placed_at=AT,
        destination=Place("US", "NY", "10001", GeoPoint(40.75, -73.99)),
        contact=Contact(name="A. Buyer", email="a@example.com"),
        charges=(Charge("shipping", Money.parse("5.99", "USD")),),
        tenders=(DraftTender("card", "gateway", Money.parse("120.00", "USD")),),
    )


def live() -> str:
    """Stock, placing, payment, plan, short pick, shipments, delivery, return, refusal, report."""
    store, notifier = MemoryStore(), MemoryNotifier()
    oms = OrderManager(
        store,
        network=NETWORK,
        catalog=CATALOG,
        routing=LowestCost(Rates()),
        gateway=MemoryGateway(),
        notifier=notifier,
    )
    for location, sku, quantity in (
        ("nyc", "TEE-M", 2),
        ("chi", "TEE-M", 5),
        ("chi", "MUG-1", 3),
        ("chi", "CAP-1", 3),
    ):
        oms.execute(
            ReceiveStock(sku=sku, location=location, quantity=quantity, key=f"po/{location}/{sku}", at=AT)
        )
    order = oms.execute(PlaceOrder(draft(), key="place", at=AT)).order
    oms.dispatch(at=AT)
    plan = oms.route(order.id, key="route", at=AT)
    (work,) = oms.order(order.id).progress.work.values()
    oms.execute(ReportShortPick(order.id, work.id, (("tees", 1),), key="short", at=AT))
    oms.dispatch(at=AT)
    for n, work in enumerate(list(oms.order(order.id).progress.work.values())):
        oms.execute(ShipUnits(order.id, work.id, tracking=("UPS", f"1Z{n}"), key=f"ship-{n}", at=AT))
    oms.dispatch(at=AT)
    for n, shipment in enumerate(list(oms.order(order.id).progress.shipments.values())):
        oms.execute(RecordDelivery(order.id, shipment.id, key=f"deliver-{n}", at=AT))
    oms.execute(AuthorizeReturn(order.id, "rma-1", (("tees", 1),), key="rma", at=AT))
    oms.execute(ReceiveReturn(order.id, "rma-1", "nyc", key="rma-in", at=AT))
    oms.dispatch(at=AT)
    try:
        oms.execute(ShipUnits(order.id, "no-such-work", key="refused", at=AT))
    except OmcoreError as error:
        refused = str(error)
    order = oms.order(order.id)
    if (
        order.status != "partially_returned"
        or order.payments.balance
        or sum(order.payments.accounts.values())
    ):
        raise AssertionError(f"the life went another way: {order.status}")
    report = Report()
    for entry in store.feed(0, 1_000):
        report.apply(entry)
    said = [plan.explain(), refused, render_text(report.day()), *timeline(oms.history(order.id))]
    said += [dump_json(to_json(entry.event)) for entry in store.feed(0, 1_000)]
    said += [message.text for message in notifier.sent]
    said += [repr(found) for found in read("shopify", '{"id": 1, "line_items": []}')]
    return "\n".join(said)


if __name__ == "__main__":
    print(live())
