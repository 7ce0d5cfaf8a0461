"""How many orders each location was given today, and what the engine's routing makes of it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.engine.commands import RouteOrder
from omcore.engine.day_book import AheadDays, DayBook
from omcore.kernel import (
    PICKUP,
    SHIP,
    Catalog,
    GeoPoint,
    InvalidPlace,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
)
from omcore.memory import MemoryStore
from omcore.orders import events as ev
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.ports import FeedEntry
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 20, tzinfo=UTC)
BOTH = frozenset({SHIP, PICKUP})
NYC, LAX = GeoPoint(40.7, -74.0), GeoPoint(34.1, -118.2)
NETWORK = Network(
    (
        Location("nyc", point=NYC, zone="America/New_York", daily_capacity=2, capabilities=BOTH),
        Location("lax", point=LAX, zone="America/Los_Angeles", daily_capacity=3, capabilities=BOTH),
        Location("far", point=GeoPoint(21.3, -157.8), zone="Pacific/Honolulu"),
    )
)
HOME = Place("US", "NY", "10001", GeoPoint(40.75, -73.99))


class Shop:
    """A shop with plenty of tees everywhere, whose clock goes on by hand."""

    def __init__(self, network: Network = NETWORK, *, units: int = 100, **more: Any) -> None:
        self.now, self.keys = T0, 0
        self.store = MemoryStore()
        self.network, self.more = network, more
        self.oms = OrderManager(self.store, network=network, routing=Nearest(), rules=(), **more)
        for location in network if units else ():
            self.do(inv.ReceiveStock, "TEE", location.id, units)

    def key(self) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    def do(self, command: Any, *parts: Any, **more: Any) -> Any:
        return self.oms.execute(command(*parts, **more, **self.key()))

    def place(self, order_id: str, *quantities: int, **more: Any) -> None:
        self.oms.execute(self.placing(order_id, *quantities, **more))

    def placing(
        self, order_id: str, *quantities: int, reservation: str = "", sku: str = "TEE", **more: Any
    ) -> om.PlaceOrder:
        wanted = quantities or (1,)
        lines = tuple(DraftLine(f"l{i}", sku, n, Money(100, "USD")) for i, n in enumerate(wanted))
        paid = (DraftTender("card", "gateway", Money(10**6, "USD"), authorized=True),)
        ref = ExternalRef("web", "shop", "order", order_id)
        if "pickup_at" not in more:
            more["destination"] = HOME
        draft = OrderDraft(ref, "USD", lines, self.now, tenders=paid, **more)
        return om.PlaceOrder(draft, order_id, reservation, **self.key())

    def route(self, order_id: str) -> Any:
        return self.oms.route(order_id, **self.key())

    def given(self, location: str) -> int:
        self.oms.available("TEE", at=self.now)  # it follows the feed
        days = self.oms.setup.days
        assert days is not None
        return days.orders(location, self.now)


def test_the_third_order_of_a_day_goes_to_the_next_location() -> None:
    shop = Shop()
    for order_id in ("o1", "o2", "o3"):
        shop.place(order_id)
    plans = [shop.route(order_id) for order_id in ("o1", "o2", "o3")]
    assert [plan.locations for plan in plans] == [("nyc",), ("nyc",), ("lax",)]
    assert (shop.given("nyc"), shop.given("lax"), shop.given("far")) == (2, 1, 0)


def test_a_day_ends_at_midnight_where_the_location_is() -> None:
    """C2: 20:00 UTC is 15:00 in New York; nine hours later it is tomorrow there, and not in Los Angeles."""
    shop = Shop()
    for order_id in ("o1", "o2", "o3", "o4"):
        shop.place(order_id)
    for order_id in ("o1", "o2", "o3"):
        shop.route(order_id)
    shop.now = T0 + timedelta(hours=9)
    assert (shop.given("nyc"), shop.given("lax")) == (0, 1)
    assert shop.route("o4").locations == ("nyc",)


def test_an_order_counts_once_and_may_have_more_where_it_is_counted() -> None:
    """A second line of it is no second order, and a full location is not full for what it works on."""
    shop = Shop()
    for order_id in ("o1", "o2"):
        shop.place(order_id, 1, 1)
        shop.do(om.AllocateUnits, order_id, (("l0", "nyc", 1),))
    assert shop.given("nyc") == 2
    assert shop.route("o1").locations == ("nyc",)
    assert shop.given("nyc") == 2
    shop.place("o3")
    assert shop.route("o3").locations == ("lax",)


@pytest.mark.parametrize("how", ["cancel", "call back", "reject", "short", "move"])
def test_what_is_taken_back_makes_room(how: str) -> None:
    shop = Shop()
    for order_id in ("o1", "o2", "o3"):
        shop.place(order_id, 2)
        shop.route(order_id)
    assert (shop.given("nyc"), shop.given("lax")) == (2, 1)
    if how == "cancel":
        shop.do(om.CancelUnits, "o1")
    elif how == "call back":
        shop.do(om.CancelFulfillment, "o1", "o1-F1")
    elif how == "reject":
        shop.do(om.RejectFulfillment, "o1", "o1-F1")
    elif how == "short":
        shop.do(om.ReportShortPick, "o1", "o1-F1", (("l0", 2),))
    else:
        shop.do(om.MoveFulfillment, "o1", "o1-F1", "lax")
    assert (shop.given("nyc"), shop.given("lax")) == (1, 2 if how == "move" else 1)


def test_what_has_shipped_was_work_of_its_day() -> None:
    shop = Shop()
    shop.place("o1", 2)
    shop.route("o1")
    shop.do(om.CancelUnits, "o1", (("l0", 1),))
    assert shop.given("nyc") == 1
    for step in ("accept", "pick", "pack"):
        shop.do(om.AdvanceFulfillment, "o1", "o1-F1", step)
    shop.do(om.ShipUnits, "o1", "o1-F1")
    assert shop.given("nyc") == 1


def test_goods_that_come_to_a_store_are_no_order_of_its_day() -> None:
    shop = Shop(units=0, policies=om.Policies())
    shop.do(inv.ReceiveStock, "TEE", "lax", 5)
    shop.place("o1", 2, pickup_at="nyc", service="ship_to_store")
    plan = shop.route("o1")
    assert plan.locations == ("lax",)
    for step in ("accept", "pick", "pack"):
        shop.do(om.AdvanceFulfillment, "o1", "o1-F1", step)
    shop.do(om.ShipUnits, "o1", "o1-F1")
    (shipment,) = shop.oms.order("o1").progress.shipments
    shop.do(om.RecordDelivery, "o1", shipment)
    assert "nyc" in {work.location for work in shop.oms.order("o1").progress.work.values()}
    assert (shop.given("nyc"), shop.given("lax")) == (0, 1)


def test_s8_what_an_order_reserved_ships_from_there_however_busy_it_is() -> None:
    shop = Shop()
    claim = (inv.ReservedItem("TEE", "nyc", 2),)
    shop.do(inv.ReserveStock, "cart", "ann", claim, T0 + timedelta(hours=1))
    for order_id in ("o1", "o2"):
        shop.place(order_id)
        shop.route(order_id)
    shop.place("o3", 2, reservation="cart")
    plan = shop.route("o3")
    assert plan.locations == ("nyc",)
    assert plan.units == 2


def test_nothing_is_cancelled_because_everybody_is_busy_today() -> None:
    """S4: what no shelf has is cancelled where the policy says so; what waits for tomorrow is not."""
    network = Network((attrs.evolve(NETWORK["nyc"], daily_capacity=1),))
    shop = Shop(network, units=5, policies=om.Policies(unplaced="cancel"))
    for order_id in ("o1", "o2"):
        shop.place(order_id)
        plan = shop.route(order_id)
    assert [rest.reason for rest in plan.remainder] == ["capacity"]
    assert shop.oms.order("o2").progress.tally.open == 1
    shop.now += timedelta(days=1)
    assert shop.route("o2").locations == ("nyc",)
    shop.place("o3", 9)
    shop.now += timedelta(days=1)
    shop.route("o3")
    assert shop.oms.order("o3").progress.tally.cancelled == 6


def test_a_batch_counts_what_it_has_decided_itself() -> None:
    """The orders of one batch are saved together, and none of them is in the feed before."""
    shop = Shop()
    for n in range(5):
        shop.place(f"o{n}")
    shop.oms.execute_all([RouteOrder(f"o{n}", **shop.key()) for n in range(5)])
    where = [next(iter(shop.oms.order(f"o{n}").progress.work.values())).location for n in range(5)]
    assert where == ["nyc", "nyc", "lax", "lax", "lax"]
    assert (shop.given("nyc"), shop.given("lax")) == (2, 3)


def test_a_batch_that_takes_back_makes_room_for_itself() -> None:
    shop = Shop()
    for n in range(3):
        shop.place(f"o{n}")
    shop.route("o0")
    shop.route("o1")
    shop.oms.execute_all([om.CancelUnits("o0", **shop.key()), RouteOrder("o2", **shop.key())])
    assert next(iter(shop.oms.order("o2").progress.work.values())).location == "nyc"


def test_a_capacity_needs_a_time_zone_that_there_is() -> None:
    odd = Network((Location("mars", zone="Mars/Olympus", daily_capacity=1),))
    with pytest.raises(InvalidPlace):
        OrderManager(MemoryStore(), network=odd, routing=Nearest())
    OrderManager(MemoryStore(), network=Network((Location("mars", zone="Mars/Olympus"),)), routing=Nearest())


def test_a_network_without_capacities_keeps_no_book() -> None:
    bare = Network(tuple(attrs.evolve(location, daily_capacity=None) for location in NETWORK))
    assert OrderManager(MemoryStore(), network=bare, routing=Nearest()).setup.days is None


def asked(position: int, stream: str, at: datetime, location: str = "nyc", name: str = "F1") -> FeedEntry:
    event = ev.FulfillmentRequested(at, f"{stream}-{name}", location, (("l0", ((1, 1),)),))
    return FeedEntry(position, stream, position, 0, event, f"k{position}", at)


def test_days_that_are_over_are_let_go_of() -> None:
    book = DayBook(NETWORK)
    for n in range(1_000):
        book.see(asked(n + 1, f"order/{n}", T0 + timedelta(hours=n)))
    assert len(book) <= 24 * 4
    assert book.orders("nyc", T0 + timedelta(hours=999)) > 0
    for n in range(1_000):
        book.see(asked(n + 2_000, f"order/x{n}", T0 + timedelta(hours=999), "lax"))
    book.see(asked(9_000, "order/last", T0 + timedelta(days=99), "lax"))
    assert len(book) == 1


def test_what_was_followed_before_counts_once() -> None:
    """Two tasks may follow the same entries in turns."""
    book = DayBook(NETWORK)
    back = ev.FulfillmentCancelled(T0, "order/1-F1", "nyc", (("l0", ((1, 1),)),), "")
    taken = FeedEntry(2, "order/1", 2, 0, back, "k2", T0)
    entries = [asked(1, "order/1", T0), taken, asked(3, "order/2", T0)]
    for entry in (*entries, entries[0], *entries, entries[0]):
        book.see(entry)
    assert book.orders("nyc", T0) == 1


# -- against a plain count ------------------------------------------------------------------------


def plainly(shop: Shop, location: str, order_ids: list[str]) -> int:
    """Unit by unit, over the whole history: the orders with a unit that is asked of a location today."""
    zone = ZoneInfo(shop.network[location].zone)
    today = shop.now.astimezone(zone).date()
    found = 0
    for order_id in order_ids:
        asked_for: dict[tuple[str, str, int], tuple[str, date]] = {}
        for entry in shop.oms.history(order_id):
            event = entry.event
            name = type(event).__name__
            if name == "FulfillmentRequested":
                day = event.at.astimezone(ZoneInfo(shop.network[event.location].zone)).date()
                for unit in units(event.items):
                    asked_for[(event.fulfillment_id, *unit)] = (event.location, day)
            gone = []
            if name in ("FulfillmentCancelled", "FulfillmentRejected", "UnitsShortPicked"):
                gone = [(event.fulfillment_id, event.items)]
            elif name == "UnitsCancelled":
                gone = [(fulfillment_id, items) for fulfillment_id, _, items in event.freed]
            for fulfillment_id, items in gone:
                for unit in units(items):
                    del asked_for[(fulfillment_id, *unit)]
        found += (location, today) in asked_for.values()
    return found


def units(items: Any) -> list[tuple[str, int]]:
    return [(line_id, n) for line_id, runs in items for first, last in runs for n in range(first, last + 1)]


def live(shop: Shop, dice: random.Random, order_ids: list[str]) -> Any:
    """Something that happens to an order, or another order."""
    if not order_ids or dice.random() < 0.2:
        order_ids.append(f"o{len(order_ids)}")
        return shop.placing(order_ids[-1], *[dice.randint(1, 3) for _ in range(dice.randint(1, 2))])
    order_id = dice.choice(order_ids)
    work = sorted(shop.oms.order(order_id).progress.work.values(), key=lambda it: it.id)
    one = dice.choice([entry for entry in work if entry.items] or [None])
    some = () if one is None or dice.random() < 0.5 else ((one.items[0][0], 1),)
    choices: list[Any] = [
        om.AllocateUnits(order_id, (("l0", dice.choice(["nyc", "lax", "far"]), 1),), **shop.key()),
        om.CancelUnits(order_id, (("l0", 1),), **shop.key()),
    ]
    if one is not None:
        choices += [
            om.RejectFulfillment(order_id, one.id, **shop.key()),
            om.CancelFulfillment(order_id, one.id, items=some, **shop.key()),
            om.ReportShortPick(order_id, one.id, some or one.items, **shop.key()),
            om.MoveFulfillment(order_id, one.id, dice.choice(["nyc", "lax", "far"]), some, **shop.key()),
            om.ShipUnits(order_id, one.id, some, **shop.key()),
        ]
    return dice.choice(choices)


@given(st.integers(0, 2**60).map(random.Random))
def test_the_book_is_what_a_plain_count_of_units_comes_to(dice: random.Random) -> None:
    shop = Shop(policies=om.Policies())
    order_ids: list[str] = []
    for _ in range(25):
        shop.now += timedelta(hours=dice.choice([0, 0, 1, 7]))
        try:
            shop.oms.execute(live(shop, dice, order_ids))
        except OmcoreError:
            continue
        for location in ("nyc", "lax"):
            assert shop.given(location) == plainly(shop, location, order_ids)
    again = OrderManager(shop.store, network=NETWORK, routing=Nearest())
    again.available("TEE", at=shop.now)
    mine, theirs = shop.oms.setup.days, again.setup.days
    assert mine is not None
    assert theirs is not None
    assert [mine.orders(name, shop.now) for name in ("nyc", "lax")] == [
        theirs.orders(name, shop.now) for name in ("nyc", "lax")
    ]


@given(st.integers(0, 2**60).map(random.Random))
def test_a_book_ahead_says_what_the_book_will(dice: random.Random) -> None:
    """Events that are not saved yet on top of those that are: the same as all of them saved."""
    book, whole = DayBook(NETWORK), DayBook(NETWORK)
    ahead = AheadDays(book)
    now = T0
    for position in range(1, dice.randint(2, 40)):
        now += timedelta(hours=dice.choice([0, 0, 5]))
        stream, location = f"order/{dice.randint(1, 4)}", dice.choice(["nyc", "lax"])
        entry = asked(position, stream, now, location, f"F{dice.randint(1, 3)}-{location}")
        if dice.random() < 0.4:
            event = entry.event
            back = ev.FulfillmentCancelled(now, event.fulfillment_id, location, event.items, "")
            entry = attrs.evolve(entry, event=back)
        whole.see(entry)
        if position < 15:
            book.see(entry)
            ahead = AheadDays(book)
        else:
            ahead.note(stream, entry.event)
        for name in ("nyc", "lax", "far"):
            for besides in ("", "order/1", "order/4"):
                assert ahead.orders(name, now, besides) == whole.orders(name, now, besides)


# -- safety stock ---------------------------------------------------------------------------------

KEEPING = Network(tuple(attrs.evolve(entry, daily_capacity=None, safety_stock=2) for entry in NETWORK))


def test_the_engine_leaves_safety_stock_where_it_is_but_for_what_is_reserved() -> None:
    """S8: two of three are the cart's own; of the third nothing ships, as it stays."""
    shop = Shop(KEEPING, units=3)
    claim = (inv.ReservedItem("TEE", "nyc", 2),)
    shop.do(inv.ReserveStock, "cart", "ann", claim, T0 + timedelta(hours=1))
    shop.place("o1", 2, reservation="cart")
    shop.place("o2", 5)
    assert [(a.location, a.quantity) for a in shop.route("o1").assignments] == [("nyc", 2)]
    plan = shop.route("o2")
    assert sorted((a.location, a.quantity) for a in plan.assignments) == [("far", 1), ("lax", 1)]
    assert [(rest.quantity, rest.reason) for rest in plan.remainder] == [(3, "no_stock")]


def test_s8_of_a_line_that_is_reserved_in_part_the_rest_leaves_the_safety_stock() -> None:
    """Of five two are its own, and two of the other three stay."""
    shop = Shop(KEEPING, units=0)
    shop.do(inv.ReceiveStock, "TEE", "nyc", 5)
    claim = (inv.ReservedItem("TEE", "nyc", 2),)
    shop.do(inv.ReserveStock, "cart", "ann", claim, T0 + timedelta(hours=1))
    shop.place("o1", 5, reservation="cart")
    plan = shop.route("o1")
    assert [(a.location, a.quantity) for a in plan.assignments] == [("nyc", 3)]
    assert [(rest.quantity, rest.reason) for rest in plan.remainder] == [(2, "no_stock")]


def test_what_the_store_itself_has_is_its_customers_to_collect_and_only_the_rest_is_sent() -> None:
    """R3: two of the store's own, though it keeps two, and one of the three that lie elsewhere."""
    shop = Shop(KEEPING, units=0)
    shop.do(inv.ReceiveStock, "TEE", "nyc", 2)
    shop.do(inv.ReceiveStock, "TEE", "lax", 3)
    shop.place("o1", 4, pickup_at="nyc", service="ship_to_store")
    plan = shop.route("o1")
    assert sorted((a.location, a.quantity) for a in plan.assignments) == [("lax", 1), ("nyc", 2)]
    assert [(rest.quantity, rest.reason) for rest in plan.remainder] == [(1, "no_stock")]


def test_s11_of_kits_that_are_built_ahead_safety_stock_stays_as_of_their_parts() -> None:
    """Three finished and five loose: one finished kit may go, and three more of what is loose."""
    catalog = Catalog((Item("SET", components=(("TEE", 1),), built_ahead=True),))
    shop = Shop(Network((KEEPING["nyc"],)), units=5, catalog=catalog)
    shop.do(inv.ReceiveStock, "SET", "nyc", 3)
    shop.place("o1", 9, sku="SET")
    plan = shop.route("o1")
    assert (plan.units, plan.unfilled) == (4, 5)
