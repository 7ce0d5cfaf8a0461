"""An order is promised by a day when it is allocated, and every change of that is told (C2, C9)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import AsyncOrderManager, DisplaceClaims, OrderManager
from omcore.kernel import (
    Calendar,
    Catalog,
    Command,
    InputError,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
)
from omcore.kernel.runs import count
from omcore.memory import AsyncMemoryStore, MemoryNotifier, MemoryStore
from omcore.orders import events as ev
from omcore.promising import NoOffer, Offer, ServiceLevel, offers
from omcore.reporting import Report, timeline
from omcore.routing import ByPriority, Demand, DemandLine
from omcore.shipping import Service

# A Monday, ten in the morning in New York.
T0 = datetime(2026, 11, 30, 15, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = Place("US", "NY", zone="America/New_York")
NETWORK = Network(
    (
        Location("nyc", zone="America/New_York", capabilities=frozenset({"ship", "pickup"})),
        Location("far", priority=1, zone="America/New_York", processing_days=2),
    )
)
SERVICES = (
    ServiceLevel("standard", (Service("ground", ((None, 2, 3),)),)),
    ServiceLevel("express", (Service("air", ((None, 1),)),)),
)


def december(day: int) -> date:
    return date(2026, 12, day)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def a_draft(quantity: int = 2, name: str = "o", **more: Any) -> om.OrderDraft:
    paid = (om.DraftTender("card", "gateway", usd(100_000), authorized=True),)
    return om.OrderDraft(
        om.ExternalRef("web", "shop", "order", name),
        "USD",
        (om.DraftLine("tee", "TEE", quantity, usd(1_000)),),
        T0,
        **{"destination": HERE, "tenders": paid, **more},
    )


class Shop:
    """A shop with services, and the orders that it has promised."""

    def __init__(self, stock: dict[str, int], services: Any = SERVICES, **policies: Any) -> None:
        self.notifier = MemoryNotifier()
        self.oms = OrderManager(
            MemoryStore(),
            network=NETWORK,
            routing=ByPriority(),
            services=services,
            policies=om.Policies(unplaced="backorder", **policies),
            notifier=self.notifier,
        )
        self.keys = 0
        for place, units in stock.items():
            if units:
                self.do(inv.ReceiveStock, "TEE", place, units)

    def do(self, kind: type[Command], *fields: Any, at: datetime = T0, **more: Any) -> Any:
        self.keys += 1
        return self.oms.execute(kind(*fields, key=f"k{self.keys}", at=at, **more))

    def place(self, name: str = "o", at: datetime = T0, **more: Any) -> om.Order:
        self.do(om.PlaceOrder, a_draft(name=name, **more), name, at=at)
        self.keys += 1
        self.oms.route(name, key=f"k{self.keys}", at=at)
        return self.oms.order(name)

    def dispatch(self, at: datetime) -> list[str]:
        """What the customer was sent in this run."""
        before = len(self.notifier.sent)
        self.oms.dispatch(at=at)
        return [message.kind for message in self.notifier.sent[before:]]

    def told(self, name: str = "o") -> list[Any]:
        kinds = (ev.DeliveryPromised, ev.PromiseChanged)
        return [entry.event for entry in self.oms.history(name) if type(entry.event) in kinds]

    def days(self, name: str = "o") -> list[tuple[date | None, date | None]]:
        return [(entry.arrival.earliest, entry.arrival.latest) for entry in self.oms.order(name).promises]


def test_what_is_allocated_is_promised_with_the_days_that_were_offered() -> None:
    shop = Shop({"nyc": 5})
    offer = shop.oms.offers(a_draft(), at=T0).level("standard")
    assert isinstance(offer, Offer)
    order = shop.place()
    (promised,) = shop.told()
    assert type(promised) is ev.DeliveryPromised
    (part,) = offer.parts
    assert (promised.fulfillment_id, promised.location, promised.service) == ("o-F1", "nyc", "ground")
    assert (promised.ship_by, promised.earliest, promised.latest) == (
        part.ship_by,
        part.earliest,
        part.latest,
    )
    assert (promised.earliest, promised.latest) == (december(2), december(3))
    assert promised.ship_by == datetime(2026, 11, 30, 23, tzinfo=UTC), "six in the evening in New York"
    assert order.arrives_by == december(3)
    assert promised.items == (("tee", ((1, 2),)),)


def test_an_order_of_another_service_or_of_none_that_is_known_is_promised_otherwise_or_not_at_all() -> None:
    shop = Shop({"nyc": 5})
    assert shop.place("fast", service="express").arrives_by == december(1)
    assert shop.place("odd", service="drone").promises == ()
    assert shop.place("mine", pickup_at="nyc", destination=None).promises == ()
    assert Shop({"nyc": 5}, services=()).place().promises == ()


def test_a_location_that_rejects_it_makes_it_later_and_the_customer_is_told_so_once() -> None:
    """R3, C9: the other location takes two days more to pack it."""
    shop = Shop({"nyc": 5, "far": 5})
    shop.place()
    shop.dispatch(T0)
    shop.do(om.RejectFulfillment, "o", "o-F1", at=T0 + timedelta(hours=1))
    assert shop.days() == [(december(2), december(3))], "until somebody knows better"
    assert shop.dispatch(T0 + timedelta(hours=1)) == ["arrives_later"]
    changed = shop.told()[-1]
    assert (changed.was_latest, changed.latest, changed.cause) == (december(3), december(7), "rerouted")
    assert (changed.fulfillment_id, changed.location) == ("o-F2", "far")
    assert shop.dispatch(T0 + timedelta(hours=2)) == []


def test_a_person_who_moves_work_changes_the_promise_too() -> None:
    shop = Shop({"nyc": 5, "far": 5})
    shop.place()
    shop.do(om.MoveFulfillment, "o", "o-F1", "far")
    assert [type(event) for event in shop.told()] == [ev.DeliveryPromised, ev.PromiseChanged]
    shop.do(om.MoveFulfillment, "o", "o-F2", "nyc", (("tee", 1),))
    back = shop.told()[-1]
    assert (back.items, back.was_latest, back.latest) == ((("tee", ((1, 1),)),), december(7), december(3))
    assert back.told == december(7), "the customer has heard of the later day"
    assert shop.days() == [(december(2), december(3)), (december(4), december(7))]
    assert "arrives_sooner" not in shop.dispatch(T0)


def test_s10_what_waits_for_supply_is_promised_and_put_off_with_it() -> None:
    """The container comes on the 4th, a Friday; then it is late by four days; then it comes."""
    shop = Shop({"nyc": 1})
    comes = T0 + 4 * DAY
    shop.do(inv.ExpectSupply, "TEE", "nyc", "po-7", 5, comes)
    offer = shop.oms.offers(a_draft(), at=T0).level("standard")
    assert isinstance(offer, Offer)
    assert [(part.ready, part.earliest, part.latest) for part in offer.parts] == [
        (None, december(2), december(3)),
        (comes, december(8), december(9)),
    ]
    assert offer.latest == december(9)
    shop.place()
    assert shop.days() == [(december(2), december(3)), (december(8), december(9))]
    assert shop.dispatch(T0) == ["order_confirmation", "backordered"]
    shop.do(inv.ExpectSupply, "TEE", "nyc", "po-7", 5, comes + 4 * DAY)
    assert shop.dispatch(T0 + DAY) == ["delayed"], "by the fact that it waits longer, and once"
    changed = shop.told()[-1]
    assert (changed.was_latest, changed.latest, changed.cause) == (december(9), december(11), "supply")
    shop.do(inv.ReceiveStock, "TEE", "nyc", 5, at=comes + DAY, reference="po-7")
    assert shop.dispatch(comes + DAY) == []
    came = shop.told()[-1]
    # Received on a Saturday: packed on Monday, and there two or three days later.
    assert (came.fulfillment_id, came.was_latest, came.latest, came.cause) == (
        "o-F2",
        december(11),
        december(10),
        "supply",
    )


def test_supply_that_is_called_off_leaves_a_promise_that_nobody_can_keep() -> None:
    shop = Shop({})
    shop.do(inv.ExpectSupply, "TEE", "nyc", "po-7", 5, T0 + DAY)
    shop.place()
    shop.dispatch(T0)
    shop.do(inv.ExpectSupply, "TEE", "nyc", "po-7", 0, T0 + DAY)
    assert shop.dispatch(T0) == ["delayed"]
    assert shop.days() == [(None, None)]
    assert shop.oms.order("o").arrives_by is None
    lost = shop.told()[-1]
    assert (lost.latest, lost.told, lost.cause) == (None, december(4), "supply")


def test_what_leaves_late_arrives_late_unless_the_calendar_makes_up_for_it() -> None:
    in_time, late = Shop({"nyc": 5}), Shop({"nyc": 5})
    for shop, left in ((in_time, T0 + timedelta(hours=8)), (late, T0 + timedelta(hours=9))):
        shop.place()
        shop.do(om.ShipUnits, "o", "o-F1", at=left)
    assert len(in_time.told()) == 1, "at the very moment it is in time"
    assert len(late.told()) == 1, "an hour late, but on the day"
    next_day = Shop({"nyc": 5})
    next_day.place()
    next_day.do(om.ShipUnits, "o", "o-F1", (("tee", 1),), at=T0 + DAY)
    (_, changed) = next_day.told()
    assert (changed.items, changed.latest, changed.cause) == (
        (("tee", ((1, 1),)),),
        december(4),
        "shipped_late",
    )
    assert next_day.dispatch(T0 + DAY)[-1] == "arrives_later"


def test_a_friday_that_ships_on_saturday_loses_nothing() -> None:
    friday = T0 + 4 * DAY
    shop = Shop({"nyc": 5})
    shop.place(at=friday)
    assert shop.days() == [(december(8), december(9))]
    shop.do(om.ShipUnits, "o", "o-F1", at=friday + DAY)
    # The carrier travels on working days: what leaves on Saturday is fetched on Monday.
    assert shop.told()[-1].latest == december(10)


def test_the_carriers_word_is_taken_and_told() -> None:
    shop = Shop({"nyc": 5})
    shop.place()
    shop.do(om.ShipUnits, "o", "o-F1")
    shop.dispatch(T0)
    shop.do(om.ChangePromise, "o", december(5), december(4), "o-S2", at=T0 + DAY)
    assert shop.dispatch(T0 + DAY) == ["arrives_later"]
    assert shop.days() == [(december(4), december(5))]
    shop.do(om.ChangePromise, "o", december(5), december(4), "o-S2", at=T0 + DAY)
    assert len(shop.told()) == 2, "the same again is no news"
    shop.do(om.ChangePromise, "o", december(3), at=T0 + DAY)
    assert shop.dispatch(T0 + DAY) == []
    shop.do(om.RecordDelivery, "o", "o-S2", at=T0 + 2 * DAY)
    assert shop.oms.order("o").promises == ()
    with pytest.raises(OmcoreError, match="nothing_to_do"):
        shop.do(om.ChangePromise, "o", december(9), at=T0 + 3 * DAY)


def test_a_last_day_that_moves_alone_is_a_change() -> None:
    shop = Shop({"nyc": 5})
    shop.place()
    shop.dispatch(T0)
    shop.do(om.ChangePromise, "o", december(5), december(2))
    assert type(shop.told()[-1]) is ev.PromiseChanged
    assert shop.dispatch(T0) == ["arrives_later"]


def test_what_the_channel_promised_is_a_promise_from_the_beginning() -> None:
    kept, broken = Shop({"nyc": 5}), Shop({"nyc": 5})
    kept.place(deliver_by=december(3))
    assert [type(event) for event in kept.told()] == [ev.DeliveryPromised]
    broken.place(deliver_by=december(2))
    (changed,) = broken.told()
    assert (changed.was_earliest, changed.was_latest, changed.latest) == (None, december(2), december(3))
    assert (changed.told, changed.cause) == (december(2), "late")
    assert broken.dispatch(T0) == ["order_confirmation", "arrives_later"]


def test_what_the_channel_promised_amply_may_slip_until_then_unsaid() -> None:
    shop = Shop({"nyc": 5, "far": 5})
    shop.place(deliver_by=december(24))
    shop.dispatch(T0)
    shop.do(om.RejectFulfillment, "o", "o-F1")
    assert shop.dispatch(T0) == []
    assert shop.told()[-1].told == december(24)


def test_another_address_is_another_promise() -> None:
    """The parcel goes to the other side of the date line, where it is a day later already."""
    shop = Shop({"nyc": 5})
    shop.place()
    there = Place("NZ", zone="Pacific/Auckland")
    shop.do(om.ProposeEdit, "o", "e", (om.ChangeAddress(there),))
    shop.do(om.ConfirmEdit, "o", "e")
    changed = shop.told()[-1]
    assert (changed.was_latest, changed.latest) == (december(3), december(4))
    assert (changed.fulfillment_id, changed.cause) == ("o-F2", "delivery_changed")
    assert shop.dispatch(T0) == ["order_confirmation", "order_changed", "arrives_later"]


def test_what_is_packed_already_goes_to_the_other_address_from_where_it_is() -> None:
    shop = Shop({"nyc": 5})
    shop.place()
    for step in ("accept", "pick", "pack"):
        shop.do(om.AdvanceFulfillment, "o", "o-F1", step)
    shop.do(om.ProposeEdit, "o", "e", (om.ChangeAddress(Place("NZ", zone="Pacific/Auckland")),))
    shop.do(om.ConfirmEdit, "o", "e")
    first, changed = shop.told()
    assert (changed.fulfillment_id, changed.latest, changed.cause) == (
        "o-F1",
        december(4),
        "delivery_changed",
    )
    assert changed.ship_by == first.ship_by, "it leaves when it was to leave"


@pytest.mark.parametrize("edit", [om.ChangePickup("nyc"), om.ChangeService("drone")])
def test_what_is_to_go_otherwise_than_anybody_promises_is_promised_no_more(edit: Any) -> None:
    shop = Shop({"nyc": 5})
    shop.place()
    shop.do(om.ProposeEdit, "o", "e", (edit,))
    shop.do(om.ConfirmEdit, "o", "e")
    assert shop.days() == [(None, None)]
    assert shop.told()[-1].cause == "delivery_changed"
    assert shop.dispatch(T0) == ["order_confirmation", "order_changed"], "who asked for it knows"


def test_what_is_cancelled_is_promised_no_more() -> None:
    shop = Shop({"nyc": 5})
    shop.place()
    shop.do(om.CancelUnits, "o", (("tee", 1),))
    assert shop.oms.order("o").promises[0].items == (("tee", ((1, 1),)),)
    shop.do(om.CancelUnits, "o")
    assert shop.oms.order("o").promises == ()


def test_a_claim_that_is_displaced_is_promised_anew() -> None:
    """Two streams of orders in one commit: both are told."""
    shop = Shop({"nyc": 2, "far": 2}, priority=lambda order: int(order.id == "vip"))
    shop.place("late")
    shop.do(om.PlaceOrder, a_draft(name="vip", quantity=4), "vip")
    shop.do(DisplaceClaims, "vip")
    assert shop.days("vip") == [(december(2), december(3)), (december(4), december(7))]
    assert shop.days("late") == [(december(2), december(3))], "until it is routed again"
    shop.dispatch(T0)
    assert shop.days("late") == [(None, None)]


def test_the_order_the_timeline_and_the_report_tell_of_it() -> None:
    shop = Shop({"nyc": 5})
    shop.place(quantity=3)
    shop.do(om.ShipUnits, "o", "o-F1", (("tee", 1),))
    shop.do(om.ShipUnits, "o", "o-F1", (("tee", 2),), at=T0 + DAY)
    shop.do(om.RecordDelivery, "o", "o-S2", at=datetime(2026, 12, 4, 4, 59, tzinfo=UTC))
    shop.do(om.RecordDelivery, "o", "o-S3", at=datetime(2026, 12, 4, 5, 0, tzinfo=UTC))
    entries = shop.oms.history("o")
    text = "\n".join(timeline(entries))
    assert "promised 3 x TEE from nyc, to leave by 2026-11-30T23:00:00+00:00, to arrive between" in text
    assert "2 x TEE arrives between 2026-12-03 and 2026-12-04, not between 2026-12-02 and 2026-12-03" in text
    report = Report()
    for entry in entries:
        report.apply(entry)
    total = report.day().total
    # A minute before midnight in New York it was the 3rd, by which all of it was promised first.
    assert (total.units_promised, total.units_in_time, total.units_put_off) == (3, 1, 2)
    assert str(total.in_time_rate) == "33.3%"


@pytest.mark.parametrize(
    "services",
    [
        (ServiceLevel("standard", (Service("none", ((None, 1),), locations=frozenset({"else"})),)),),
        (ServiceLevel("standard", (Service("none", ((None, 1),), areas=frozenset({"CA"})),)),),
        (ServiceLevel("standard", (Service("none", ((None, 1),), Calendar(frozenset(range(1, 8)))),)),),
    ],
)
def test_services_that_serve_nothing_keep_nothing_from_shipping(services: Any) -> None:
    shop = Shop({"nyc": 5}, services=services)
    assert isinstance(shop.oms.offers(a_draft(), at=T0).level("standard"), NoOffer)
    order = shop.place()
    assert order.progress.tally.allocated == 2
    assert order.promises == ()


def test_c3_what_is_no_service_is_refused_when_the_manager_is_made() -> None:
    for odd in (None, SERVICES[0], [SERVICES[0]], (SERVICES[0], SERVICES[0]), ("standard",)):
        with pytest.raises(InputError):
            Shop({}, services=odd)


def test_the_async_manager_offers_and_promises_the_same() -> None:
    async def told() -> tuple[Any, ...]:
        oms = AsyncOrderManager(
            AsyncMemoryStore(), network=NETWORK, routing=ByPriority(), services=SERVICES, policies=policies
        )
        await oms.execute(inv.ReceiveStock("TEE", "nyc", 5, key="a", at=T0))
        found = await oms.offers(a_draft(), at=T0)
        stores = await oms.pickups(a_draft(), at=T0)
        await oms.execute(om.PlaceOrder(a_draft(), order_id="o", key="b", at=T0))
        await oms.route("o", key="c", at=T0)
        return found, stores, [entry.event for entry in await oms.history("o")]

    policies = om.Policies(unplaced="backorder")
    shop = Shop({"nyc": 5})
    offers, stores = shop.oms.offers(a_draft(), at=T0), shop.oms.pickups(a_draft(), at=T0)
    assert len(offers.offers) == 2
    assert len(stores.offers) == 1
    shop.place()
    assert asyncio.run(told()) == (offers, stores, [entry.event for entry in shop.oms.history("o")])


def test_s5_what_a_cart_reserved_is_offered_to_it_and_to_nobody_else() -> None:
    shop = Shop({"nyc": 2})
    item = (inv.ReservedItem("TEE", "nyc", 2),)
    shop.do(inv.ReserveStock, "cart", "ada", item, T0 + timedelta(minutes=30))
    mine = shop.oms.offers(a_draft(), at=T0, reservation="cart").level("standard")
    assert isinstance(mine, Offer)
    assert shop.oms.offers(a_draft(), at=T0).level("standard") == NoOffer(
        "standard", "no_stock", (("tee", 2),)
    )
    expired = shop.oms.offers(a_draft(), at=T0 + timedelta(minutes=30), reservation="cart")
    assert isinstance(expired.level("standard"), Offer), "it is free again"
    with pytest.raises(OmcoreError, match="unknown_id"):
        shop.oms.offers(a_draft(), at=T0, reservation="none")


few = st.integers(0, 3)
containers = st.lists(
    st.tuples(st.sampled_from(("nyc", "far")), st.integers(1, 9), st.integers(1, 3)), max_size=3
)


@given(few, few, containers, st.integers(1, 6), st.sampled_from(("standard", "express")), st.booleans())
def test_r4_what_is_offered_is_what_is_promised_once_it_is_placed_and_routed(
    here: int, there: int, comes: Any, quantity: int, service: str, whole: bool
) -> None:
    """Unit by unit: from where, out of which supply, with which service, by when it leaves and arrives."""
    shop = Shop({"nyc": here, "far": there})
    for number, (place, days, units) in enumerate(comes):
        shop.do(inv.ExpectSupply, "TEE", place, f"po-{number}", units, T0 + days * DAY)
    more: Any = {"service": service, "ship_complete": whole}
    answers = shop.oms.offers(a_draft(quantity, **more), at=T0)
    offer = answers.level(service)
    order = shop.place(quantity=quantity, **more)
    promised: Counter[Any] = Counter()
    for entry in order.promises:
        given_ = entry.arrival
        if given_.latest is not None:
            way = (given_.location, given_.service, given_.ship_by, given_.earliest, given_.latest)
            promised[bool(given_.fulfillment_id), *way] += sum(count(runs) for _, runs in entry.items)
    if isinstance(offer, Offer):
        offered: Counter[Any] = Counter()
        for part in offer.parts:
            way = (part.location, part.service, part.ship_by, part.earliest, part.latest)
            offered[part.ready is None, *way] += sum(units for _, units in part.lines)
        assert promised == offered
        assert order.arrives_by == offer.latest
    else:
        assert isinstance(offer, NoOffer)
        assert sum(promised.values()) + offer.lines[0][1] == quantity
    # Without a manager, over the same view: the same answer.
    demand = Demand("o", (DemandLine("tee", "TEE", quantity),), HERE, ship_complete=whole, at=T0)
    fresh = Shop({"nyc": here, "far": there})
    for number, (place, days, units) in enumerate(comes):
        fresh.do(inv.ExpectSupply, "TEE", place, f"po-{number}", units, T0 + days * DAY)
    fresh.oms.offers(demand, at=T0)
    view = fresh.oms.setup.view
    alone = offers(demand, NETWORK, view, ByPriority(), SERVICES, supply=view)
    assert alone.as_json() == fresh.oms.offers(demand, at=T0).as_json() == answers.as_json()


def test_s11_finished_kits_are_offered_as_they_would_be_routed() -> None:
    """One box is made up already, and for a second there are a mug and a tea."""
    box = Item("BOX", components=(("MUG", 1), ("TEA", 1)), built_ahead=True)
    oms = OrderManager(
        MemoryStore(), network=NETWORK, routing=ByPriority(), services=SERVICES, catalog=Catalog((box,))
    )
    for number, sku in enumerate(("BOX", "MUG", "TEA")):
        oms.execute(inv.ReceiveStock(sku, "nyc", 1, key=f"r{number}", at=T0))
    for units, kept in ((2, True), (3, False)):
        lines = (om.DraftLine("box", "BOX", units, usd(2_000)),)
        found = oms.offers(attrs.evolve(a_draft(), lines=lines), at=T0).level("express")
        assert isinstance(found, Offer) is kept


def test_an_offer_records_nothing() -> None:
    shop = Shop({"nyc": 2})
    before = shop.oms.ports.store.feed(0, 1_000)
    shop.oms.offers(a_draft(), at=T0)
    shop.oms.pickups(a_draft(), at=T0)
    assert shop.oms.ports.store.feed(0, 1_000) == before
