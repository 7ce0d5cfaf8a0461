"""What waits at a store for its customer leaves the shelves, or goes back to them, once: through the engine.

One commit holds the order's fact and the stock's, and a window ends at its moment, whoever looks (S6).
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import PICKUP, Catalog, Item, Location, Network, OmcoreError
from omcore.memory import MemoryStore
from omcore.routing import Nearest
from order_life import ORDER_ID, T0, a_draft, a_line

STORE, WAREHOUSE = "soho", "nyc"
CATALOG = Catalog((Item("KIT", components=(("TEE", 2), ("MUG", 1))),))
PARTS = {"tee": {"TEE": 1}, "kit": {"TEE": 2, "MUG": 1}}
ORDERED = {"tee": 3, "kit": 1}
WINDOW = 7 * 24 * 3600

# (zone, a moment some days before its clocks change)
CLOCKS = (
    ("America/New_York", datetime(2026, 10, 28, 18, 30, tzinfo=UTC)),  # back on November 1
    ("America/New_York", datetime(2027, 3, 10, 18, 30, tzinfo=UTC)),  # forward on March 14
    ("Europe/Berlin", datetime(2026, 10, 22, 12, tzinfo=UTC)),  # back on October 25
    ("Europe/Berlin", datetime(2027, 3, 25, 12, tzinfo=UTC)),  # forward on March 28
)


class Shop:
    """A store that only hands over, and a warehouse that only ships; an order to be collected at the store.

    ``sent``: all the goods are in the warehouse, and the order asks to have them sent to the store;
    otherwise the store has them. Whoever tells of anything has the clock of ``zone`` on the wall.
    """

    def __init__(self, *, sent: bool, zone: str = "UTC", now: datetime = T0, **policies: Any) -> None:
        self.keys, self.now, self.zone = 0, now, ZoneInfo(zone)
        self.oms = OrderManager(
            MemoryStore(),
            network=Network((Location(STORE, capabilities=frozenset({PICKUP})), Location(WAREHOUSE))),
            routing=Nearest(),
            catalog=CATALOG,
            policies=om.Policies(**policies),
            rules=(),
        )
        self.stocked = WAREHOUSE if sent else STORE
        for sku in ("TEE", "MUG"):
            self.do(inv.ReceiveStock, sku, self.stocked, 10)
        lines = (a_line("tee", 3), a_line("kit", 1, 5000))
        service = "ship_to_store" if sent else "standard"
        draft = a_draft(lines, destination=None, pickup_at=STORE, service=service)
        self.do(om.PlaceOrder, draft, order_id=ORDER_ID)

    @property
    def order(self) -> om.Order:
        return self.oms.order(ORDER_ID)

    @property
    def clock(self) -> datetime:
        return self.now.astimezone(self.zone)

    def later(self, hours: int) -> datetime:
        """So many hours from now, as the clock on the wall shows it."""
        return (self.now + timedelta(hours=hours)).astimezone(self.zone)

    def do(self, kind: Any, *arguments: Any, **more: Any) -> Any:
        self.keys += 1
        return self.oms.execute(kind(*arguments, **more, key=f"k{self.keys}", at=self.clock))

    def route(self) -> Any:
        self.keys += 1
        return self.oms.route(ORDER_ID, key=f"k{self.keys}", at=self.clock)

    def on_the_counter(self) -> str:
        """Everything is routed, sent to the store where it is not there, and ready; its work."""
        self.route()
        if self.stocked == WAREHOUSE:
            self.do(om.ShipUnits, ORDER_ID, f"{ORDER_ID}-F1")
            self.do(om.RecordDelivery, ORDER_ID, self.parcel)
        (work,) = [work.id for work in self.order.progress.work.values() if work.items]
        self.do(om.AdvanceFulfillment, ORDER_ID, work, "ready")
        return work

    @property
    def parcel(self) -> str:
        return next(iter(self.order.progress.shipments))

    def shelf(self, sku: str, place: str = STORE) -> tuple[int, int, int, int]:
        """Sellable, damaged, in quarantine, and allocated."""
        item = self.oms.stock(sku, place)
        return (
            (0, 0, 0, 0) if item is None else (item.on_hand, item.damaged, item.quarantined, item.allocated)
        )

    def shelves(self) -> dict[str, tuple[int, int, int, int]]:
        return {sku: self.shelf(sku) for sku in ("TEE", "MUG")}

    def states(self) -> Counter[tuple[str, str]]:
        """How many units of which line are where."""
        return Counter(
            (line.id, state)
            for line, units in zip(self.order.terms.lines, self.order.progress.units, strict=True)
            for first, last, state, _ in units
            for _ in range(first, last + 1)
        )

    def tick(self) -> None:
        """What a scheduler does."""
        for order_id in self.oms.due(at=self.clock):
            self.oms.meet_deadlines(order_id, at=self.clock)


def test_what_the_store_lacks_stays_unrouted_unless_the_order_asks_to_have_it_sent() -> None:
    """R3: a pickup order is never moved without being asked."""
    asked = Shop(sent=True)
    plan = asked.oms.plan(ORDER_ID, at=asked.clock)
    assert plan == asked.route(), "R4"
    assert plan.remainder == ()
    assert {work.location for work in asked.order.progress.work.values()} == {WAREHOUSE}
    assert asked.shelf("TEE", WAREHOUSE) == (10, 0, 0, 5)

    never = Shop(sent=True, ship_to_store=lambda order: False)
    assert never.route().remainder != ()
    assert never.order.progress.work == {}
    assert never.shelf("TEE", WAREHOUSE) == (10, 0, 0, 0)


def test_goods_that_are_sent_to_a_store_are_in_nobodys_stock_until_they_are_not_collected() -> None:
    shop = Shop(sent=True)
    shop.on_the_counter()
    assert (shop.shelf("TEE", WAREHOUSE), shop.shelf("TEE")) == ((5, 0, 0, 0), (0, 0, 0, 0))
    assert dict(shop.oms.available("TEE", at=shop.clock)).get(STORE, 0) == 0, "it is not the store's to sell"
    shop.now += timedelta(days=7)
    shop.tick()
    assert (shop.shelf("TEE"), shop.shelf("MUG")) == ((5, 0, 0, 0), (1, 0, 0, 0))
    assert shop.oms.available("TEE", at=shop.clock)[STORE] == 5, "now it is"
    assert shop.order.status == "cancelled"


def test_goods_of_the_stores_own_shelf_are_freed_once_however_often_anybody_looks() -> None:
    """S7; Solidus #2947 and WooCommerce #22489 freed stock twice."""
    shop = Shop(sent=False)
    work = shop.on_the_counter()
    shop.do(om.CollectUnits, ORDER_ID, work, (("tee", 1),))
    assert shop.shelf("TEE") == (9, 0, 0, 4)
    shop.now += timedelta(days=7)
    assert shop.oms.due(at=shop.clock) == (ORDER_ID,)
    for _ in range(3):
        shop.tick()
        shop.do(om.MeetDeadlines, ORDER_ID)
    assert shop.shelf("TEE") == (9, 0, 0, 0)
    assert shop.shelf("MUG") == (10, 0, 0, 0)
    assert shop.oms.next_deadline() is None
    assert shop.states() == Counter(
        {("tee", "delivered"): 1, ("tee", "cancelled"): 2, ("kit", "cancelled"): 1}
    )


def test_a_customer_who_comes_too_late_is_refused_and_nothing_has_moved() -> None:
    """S6, C3: what is refused changes neither the order nor the shelves."""
    for sent in (False, True):
        shop = Shop(sent=sent)
        work = shop.on_the_counter()
        shop.now += timedelta(days=7)
        before = (shop.order, shop.shelf("TEE"), shop.shelf("MUG"))
        with pytest.raises(om.PickupWindowExpired):
            shop.do(om.CollectUnits, ORDER_ID, work)
        assert (shop.order, shop.shelf("TEE"), shop.shelf("MUG")) == before


def test_any_other_command_that_comes_after_the_window_finds_the_goods_on_the_shelf() -> None:
    """S6: the window binds every command from its moment on; here, a hold that somebody places."""
    shop = Shop(sent=True)
    work = shop.on_the_counter()
    shop.do(om.CollectUnits, ORDER_ID, work, (("kit", 1),))
    shop.now += timedelta(days=8)
    shop.do(om.PlaceHold, ORDER_ID, "h", "fraud")
    assert shop.shelf("TEE") == (3, 0, 0, 0)
    shop.tick()
    assert shop.shelf("TEE") == (3, 0, 0, 0)


def test_while_a_hold_blocks_shipping_nothing_is_handed_over() -> None:
    for sent in (False, True):
        shop = Shop(sent=sent)
        work = shop.on_the_counter()
        shop.do(om.PlaceHold, ORDER_ID, "h", "fraud")
        with pytest.raises(om.OrderOnHold):
            shop.do(om.CollectUnits, ORDER_ID, work)
        shop.do(om.ReleaseHold, ORDER_ID, "h")
        shop.do(om.CollectUnits, ORDER_ID, work)
        assert shop.order.status == "delivered"


@pytest.mark.parametrize("sent", [False, True])
def test_what_was_collected_is_returned_at_the_counter_and_stands_on_that_stores_shelf(sent: bool) -> None:
    shop = Shop(sent=sent)
    shop.do(om.CollectUnits, ORDER_ID, shop.on_the_counter())
    left = shop.shelf("TEE")[0]
    shop.do(om.ReturnInStore, ORDER_ID, "r", STORE, (("kit", 1), ("tee", 1)))
    assert shop.shelf("TEE") == (left + 3, 0, 0, 0)
    assert shop.order.status == "partially_returned"


def test_what_is_lost_on_its_way_to_the_store_is_sent_again_and_leaves_the_warehouse_twice() -> None:
    shop = Shop(sent=True)
    shop.route()
    shop.do(om.ShipUnits, ORDER_ID, f"{ORDER_ID}-F1")
    shop.do(om.AdvanceShipment, ORDER_ID, shop.parcel, "lose")
    shop.do(om.ReopenShipment, ORDER_ID, shop.parcel)
    shop.route()
    assert shop.shelf("TEE", WAREHOUSE) == (5, 0, 0, 5)
    (work,) = [work.id for work in shop.order.progress.work.values() if work.items]
    shop.do(om.ShipUnits, ORDER_ID, work)
    assert shop.shelf("TEE", WAREHOUSE) == (0, 0, 0, 0)
    assert shop.shelf("TEE") == (0, 0, 0, 0)


class ByHand:
    """Goods counted as a clerk would, with seconds on a stopwatch: no zone, no order, no runs."""

    def __init__(self, sent: bool, now: datetime) -> None:
        self.sent, self.ends = sent, int(now.timestamp()) + WINDOW
        self.waiting = Counter(ORDERED)
        self.taken: Counter[str] = Counter()
        self.back: Counter[tuple[str, str]] = Counter()  # (line, as what it entered the store's stock)

    def pass_time(self, now: datetime) -> None:
        if now.timestamp() >= self.ends:
            for line, many in self.waiting.items():
                self.back[line, "sellable"] += many
            self.waiting.clear()

    def may(self, entry: tuple[str, str, int, int, str], now: datetime) -> bool:
        """Whether units may leave the counter so; what came from elsewhere is not cancelled any more."""
        what, line, many, _, condition = entry
        here = now.timestamp() < self.ends and self.waiting[line] >= many
        if what == "decline":
            return here and (self.sent or condition == "sellable")
        return here and (what == "collect" or not self.sent)

    def see(self, entry: tuple[str, str, int, int, str], took: bool, now: datetime) -> None:
        """What an entry that was taken, or not, comes to."""
        what, line, many, hours, condition = entry
        if not took or what == "wait":
            return
        if now.timestamp() >= self.ends:
            self.pass_time(now)
        elif what == "extend":
            until = int(now.timestamp()) + hours * 3600
            assert until > self.ends, "it was extended to an earlier end"
            self.ends = until
        elif what in MOVING:
            self.leave(line, many, {"collect": None, "decline": condition}.get(what, "sellable"))

    def leave(self, line: str, many: int, condition: str | None) -> None:
        """To the customer (None), or off the order and as what into stock."""
        self.waiting[line] -= many
        if condition is None:
            self.taken[line] += many
        else:
            self.back[line, condition] += many

    def shelves(self) -> dict[str, tuple[int, int, int, int]]:
        return {sku: self.shelf(sku) for sku in ("TEE", "MUG")}

    def shelf(self, sku: str) -> tuple[int, int, int, int]:
        def parts(counts: Any) -> int:
            return sum(many * PARTS[line].get(sku, 0) for line, many in counts)

        def into(condition: str) -> int:
            return parts((line, many) for (line, book), many in self.back.items() if book == condition)

        if self.sent:
            return into("sellable"), into("damaged"), into("quarantined"), 0
        return 10 - parts(self.taken.items()), 0, 0, parts(self.waiting.items())


# What takes units off the counter.
MOVING = ("collect", "decline", "cancel")

steps_at_the_counter = st.lists(
    st.tuples(
        st.sampled_from(["collect", "collect", "decline", "cancel", "extend", "wait", "tick", "hold"]),
        st.sampled_from(["tee", "kit"]),
        st.integers(1, 3),
        st.integers(1, 200),  # hours
        st.sampled_from(["sellable", "sellable", "damaged", "quarantined", ""]),
    ),
    max_size=14,
)


def step(shop: Shop, work: str, n: int, entry: tuple[str, str, int, int, str]) -> bool:
    """One thing that happens at a counter; whether it may."""
    what, line, many, hours, condition = entry
    items = ((line, many),)
    try:
        if what == "wait":
            shop.now += timedelta(hours=hours)
        elif what == "tick":
            shop.tick()
        elif what == "collect":
            shop.do(om.CollectUnits, ORDER_ID, work, items)
        elif what == "decline":
            shop.do(om.DeclinePickup, ORDER_ID, work, items, condition)
        elif what == "cancel":
            shop.do(om.CancelUnits, ORDER_ID, items)
        elif what == "extend":
            shop.do(om.ExtendPickup, ORDER_ID, work, shop.later(hours))
        else:
            shop.do(om.PlaceHold, ORDER_ID, f"h{n}", "note", blocks=("routing",))
    except OmcoreError:
        return False
    return True


@given(steps_at_the_counter, st.booleans(), st.sampled_from(CLOCKS))
def test_every_unit_that_waited_is_with_the_customer_on_a_shelf_or_waits_still(
    steps: Any, sent: bool, clock: tuple[str, datetime]
) -> None:
    """C2, S1, S6, S7: in any order of what may happen at a counter, across a change of the clocks."""
    shop = Shop(sent=sent, zone=clock[0], now=clock[1])
    work = shop.on_the_counter()
    model = ByHand(sent, shop.now)
    for n, entry in enumerate(steps):
        now = shop.now
        took = step(shop, work, n, entry)
        if entry[0] in MOVING:
            assert took == model.may(entry, now), (n, entry)
        model.see(entry, took, now)
        if now.timestamp() < model.ends or entry[0] == "tick":
            assert shop.shelves() == model.shelves(), (n, entry)
    if model.waiting.total():
        assert shop.oms.next_deadline() == datetime.fromtimestamp(model.ends, UTC)
    last = datetime.fromtimestamp(model.ends, UTC) - timedelta(microseconds=1)
    if shop.now <= last:
        shop.now = last
        shop.tick()
        assert shop.shelves() == model.shelves(), "a moment before its end nothing has changed"
        shop.now += timedelta(microseconds=1)
    shop.tick()
    model.pass_time(shop.now)
    assert shop.shelves() == model.shelves()
    states = shop.states()
    for line in ORDERED:
        assert states[line, "delivered"] == model.taken[line]
    assert {state for _, state in states} <= {"delivered", "cancelled"}
    assert shop.oms.next_deadline() is None
