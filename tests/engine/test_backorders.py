"""S10 through the engine: many orders wait for supply that is early, late, short or too much, and nobody's
promise is lost, doubled or jumped in line; what a count takes is called back, what matters more goes before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from folded_store import FoldedStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import DisplaceClaims, OrderManager, Outcome
from omcore.kernel import (
    PICKUP,
    SHIP,
    Catalog,
    InvalidType,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
    Refusal,
    Unavailable,
    epoch_second,
)
from omcore.memory import MemoryStore
from omcore.orders import events as ev
from omcore.routing import Nearest
from timing import bytecodes

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PLACES = ("chi", "nyc")
DOES = frozenset({SHIP, PICKUP})
KIT = {"SET": {"MUG": 2, "TEA": 1}}
SKUS = ("MUG", "TEA")
CATALOG = Catalog(tuple(Item(sku, components=tuple(parts.items())) for sku, parts in KIT.items()))


class Shop:
    """A manager, a clock and keys."""

    def __init__(self, **policies: Any) -> None:
        self.store = FoldedStore()
        self.policies = om.Policies(**{"unplaced": "backorder", "priority": _express, **policies})
        self.now, self.keys = T0, 0
        self.start()

    def start(self) -> None:
        self.oms = OrderManager(
            self.store,
            network=Network(tuple(Location(place, capabilities=DOES) for place in ("nyc", "chi"))),
            routing=Nearest(),
            catalog=CATALOG,
            policies=self.policies,
        )

    def common(self) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    def do(self, kind: Any, *arguments: Any, **more: Any) -> Outcome:
        return self.oms.execute(kind(*arguments, **more, **self.common()))

    def order(self, name: str, *lines: tuple[str, int], **more: Any) -> om.Order:
        drafted = tuple(om.DraftLine(sku.lower(), sku, many, Money(900, "USD")) for sku, many in lines)
        total = Money(900 * sum(many for _, many in lines), "USD")
        draft = om.OrderDraft(
            om.ExternalRef("web", "shop", "order", name),
            "USD",
            drafted,
            self.now,
            destination=Place("US", "NY", "10001"),
            tenders=(om.DraftTender("card", "gateway", total, authorized=True),),
            **more,
        )
        return self.do(om.PlaceOrder, draft, order_id=name).order

    def route(self, name: str) -> Any:
        return self.oms.route(name, **self.common())

    def sell(self, name: str, *lines: tuple[str, int], **more: Any) -> Any:
        self.order(name, *lines, **more)
        return self.route(name)

    def expect(self, po: str, place: str, many: int, days: int, sku: str = "MUG") -> None:
        self.do(inv.ExpectSupply, sku, place, po, many, T0 + days * DAY)

    def dispatch(self) -> None:
        self.oms.dispatch(at=self.now)

    def waits(self, name: str) -> list[tuple[int, str, int | None]]:
        """(units, where, on which day)"""
        order = self.oms.order(name)
        return [
            (
                sum(b - a + 1 for _, runs in entry.items for a, b in runs),
                entry.location,
                None if entry.promised_for is None else (entry.promised_for - T0).days,
            )
            for entry in order.backorders
        ]

    def item(self, place: str, sku: str = "MUG") -> inv.StockItem:
        item = self.oms.stock(sku, place)
        assert item is not None
        return item


def _express(order: om.Order) -> int:
    return int(order.terms.service == "express")


def work_of(shop: Shop, name: str) -> list[tuple[str, str, int]]:
    """(where, how far, units)"""
    return sorted(
        (work.location, work.status, sum(b - a + 1 for _, runs in work.items for a, b in runs))
        for work in shop.oms.order(name).progress.work.values()
        if work.items
    )


# -- in business words -----------------------------------------------------------------------


def test_s4_s10_what_no_location_has_is_promised_by_the_first_date_that_has_it() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.expect("late", "nyc", 9, 9)
    shop.expect("soon", "chi", 2, 3)
    plan = shop.sell("o", ("MUG", 5))
    assert [(rest.quantity, rest.reason) for rest in plan.remainder] == [(4, "backordered")]
    assert shop.waits("o") == [(2, "chi", 3), (2, "nyc", 9)]
    assert shop.oms.order("o").promised_for == T0 + 9 * DAY
    assert shop.oms.plan("o", at=shop.now).remainder == plan.remainder, "a dry run says the same (R4)"


def test_s10_what_can_be_promised_by_a_date_and_from_when_on_kits_included() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "TEA", "nyc", 3)
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.expect("po", "nyc", 4, 5)
    assert shop.oms.available("SET", at=T0) == {"nyc": 0, "chi": 0}
    assert shop.oms.available("SET", at=T0, by=T0 + 5 * DAY) == {"nyc": 2, "chi": 0}
    assert shop.oms.available("MUG", at=T0, by=T0 + 5 * DAY - timedelta(seconds=1))["nyc"] == 1
    assert shop.oms.promise_dates("SET", 2, at=T0) == {"nyc": T0 + 5 * DAY, "chi": None}
    assert shop.oms.promise_dates("SET", 3, at=T0)["nyc"] is None
    assert shop.oms.promise_dates("TEA", 3, at=T0)["nyc"] == T0
    shop.sell("o", ("MUG", 4))
    assert shop.oms.available("MUG", at=T0, by=T0 + 5 * DAY)["nyc"] == 1


def test_s10_a_ship_complete_order_is_promised_whole_by_one_date_or_not_at_all() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "TEA", "nyc", 5)
    shop.expect("po", "nyc", 2, 4)
    shop.sell("whole", ("MUG", 2), ("TEA", 1), ship_complete=True)
    assert shop.waits("whole") == [(3, "nyc", 4)]
    assert shop.item("nyc", "TEA").atp(T0) == 4, "the tea that is here is kept for it"
    shop.sell("never", ("MUG", 1), ("TEA", 1), ship_complete=True)
    assert shop.waits("never") == [(2, "", None)]
    assert shop.item("nyc", "TEA").atp(T0) == 4, "nothing is kept for who cannot be promised"


@pytest.mark.parametrize(
    ("unplaced", "waits", "left", "holds"),
    [
        ("open", [], 2, []),
        ("backorder", [(2, "", None)], 2, []),
        ("cancel", [], 0, []),
        ("hold", [], 2, ["no_stock"]),
    ],
)
def test_s4_the_policy_says_what_becomes_of_units_that_nobody_has(
    unplaced: str, waits: Any, left: int, holds: list[str]
) -> None:
    shop = Shop(unplaced=unplaced)
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.sell("o", ("MUG", 3))
    order = shop.oms.order("o")
    assert shop.waits("o") == waits
    assert (order.progress.tally.allocated, order.progress.tally.open) == (1, left)
    assert [hold.kind for hold in order.standing.holds] == holds
    version = len(shop.oms.history("o"))
    if unplaced != "cancel":
        if unplaced == "hold":
            with pytest.raises(om.OrderOnHold):
                shop.route("o")
        else:
            shop.route("o")
        assert len(shop.oms.history("o")) == version, "what was told is not told again"


def test_s10_received_stock_is_kept_for_backorders_and_goes_to_the_oldest_first() -> None:
    shop = Shop()
    shop.expect("po", "nyc", 6, 5)
    shop.sell("first", ("MUG", 4))
    shop.sell("second", ("MUG", 2))
    shop.do(inv.ReceiveStock, "MUG", "nyc", 5, "po", True)
    assert shop.sell("third", ("MUG", 1)).units == 0, "what came is spoken for"
    assert shop.route("second").units == 1, "and of it no more than the first leaves"
    shop.dispatch()
    assert (shop.waits("first"), shop.waits("second"), shop.waits("third")) == (
        [],
        [(1, "", None)],
        [(1, "", None)],
    )


def test_s10_late_supply_puts_off_who_came_last_and_each_is_told_once() -> None:
    shop = Shop()
    shop.expect("po-1", "nyc", 4, 3)
    shop.expect("po-2", "nyc", 4, 8)
    shop.sell("first", ("MUG", 2))
    shop.sell("second", ("MUG", 2))
    shop.expect("po-1", "nyc", 3, 3)
    for _ in range(3):
        shop.dispatch()
    assert (shop.waits("first"), shop.waits("second")) == ([(2, "nyc", 3)], [(1, "nyc", 3), (1, "nyc", 8)])
    told = [entry.event for entry in shop.oms.history("second") if type(entry.event) is ev.UnitsBackordered]
    assert [(event.cause, event.before, event.promised_for) for event in told] == [
        ("no_stock", None, T0 + 3 * DAY),
        ("supply_changed", T0 + 3 * DAY, T0 + 8 * DAY),
    ]


def test_s10_what_no_supply_covers_any_more_is_looked_for_elsewhere() -> None:
    shop = Shop()
    shop.expect("po-1", "nyc", 3, 3)
    shop.sell("o", ("MUG", 3))
    shop.do(inv.ReceiveStock, "MUG", "chi", 1)
    shop.expect("po-2", "chi", 1, 6)
    shop.expect("po-1", "nyc", 0, 3)
    shop.dispatch()
    assert shop.waits("o") == [(1, "chi", 6), (1, "", None)]
    assert shop.oms.order("o").progress.tally.allocated == 1


def test_s6_a_cart_that_runs_out_serves_who_waits_though_no_movement_tells_of_it() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 3)
    shop.do(inv.ReserveStock, "cart", "ann", (inv.ReservedItem("MUG", "nyc", 2),), T0 + DAY)
    shop.sell("first", ("MUG", 2))
    shop.sell("second", ("MUG", 1))
    shop.dispatch()
    assert (shop.waits("first"), shop.waits("second")) == ([(1, "", None)], [(1, "", None)])
    shop.now += DAY - timedelta(microseconds=1)
    shop.dispatch()
    assert shop.waits("second") == [(1, "", None)]
    shop.now += timedelta(microseconds=1)
    shop.dispatch()
    assert (shop.waits("first"), shop.waits("second")) == ([], [])


def test_s6_a_cart_that_ran_out_while_nobody_watched_serves_who_waits() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.do(inv.ReserveStock, "cart", "ann", (inv.ReservedItem("MUG", "nyc", 1),), T0 + DAY)
    shop.sell("o", ("MUG", 1))
    shop.dispatch()
    shop.now += 2 * DAY
    shop.start()
    shop.dispatch()
    assert shop.waits("o") == []


def test_s10_who_cannot_have_what_is_free_is_not_asked_again_and_again() -> None:
    shop = Shop()
    shop.sell("o", ("MUG", 1))
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.dispatch()
    shop.do(om.RejectFulfillment, "o", "o-F1")
    shop.dispatch()
    assert shop.waits("o") == [(1, "", None)], "the only mug is where nobody sends it from (R3)"
    shop.now += DAY
    shop.dispatch()
    answers = len(shop.store._answers)
    for _ in range(5):
        shop.now += DAY
        shop.dispatch()
    assert len(shop.store._answers) == answers


def test_who_waits_is_not_forgotten_where_the_store_was_away_for_a_moment() -> None:
    shop = Shop()
    shop.sell("o", ("MUG", 1))
    away = Away(shop.store)
    shop.store = away  # type: ignore[assignment]  # all that a manager asks of a store
    shop.start()
    away.loads_until_away = 0
    with pytest.raises(Unavailable):
        shop.oms.available("MUG", at=shop.now)
    away.loads_until_away = 1_000_000
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.dispatch()
    assert shop.waits("o") == []


class Away:
    """A store that cannot be reached after so many loads."""

    def __init__(self, store: MemoryStore) -> None:
        self.store, self.loads_until_away = store, 1_000_000

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def load(self, streams: Any) -> Any:
        self.loads_until_away -= 1
        if self.loads_until_away < 0:
            raise Unavailable("store")
        return self.store.load(streams)


def test_s10_who_waits_without_a_date_gets_one_when_supply_is_announced() -> None:
    shop = Shop()
    shop.sell("first", ("MUG", 2))
    shop.sell("second", ("MUG", 2))
    shop.expect("po", "chi", 3, 4)
    shop.dispatch()
    assert (shop.waits("first"), shop.waits("second")) == ([(2, "chi", 4)], [(1, "chi", 4), (1, "", None)])


def test_s10_a_higher_priority_is_served_before_an_older_order() -> None:
    shop = Shop()
    shop.expect("po", "nyc", 3, 4)
    shop.sell("old", ("MUG", 2))
    shop.sell("fast", ("MUG", 1), service="express")
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1, "po", True)
    shop.dispatch()
    assert (shop.waits("fast"), shop.waits("old")) == ([], [(2, "", None)])


def test_s7_whatever_takes_units_away_lets_their_promise_go() -> None:
    shop = Shop()
    shop.expect("po", "nyc", 6, 4)
    shop.sell("o", ("SET", 2), ("MUG", 1))
    assert shop.item("nyc").outlook.promised == 1, "a set that has no tea coming is promised to nobody"
    shop.expect("po-t", "nyc", 2, 5, "TEA")
    shop.dispatch()
    assert shop.item("nyc").outlook.promised == 5
    shop.do(om.CancelUnits, "o", (("set", 1),))
    assert (shop.item("nyc").outlook.promised, shop.item("nyc", "TEA").outlook.promised) == (3, 1)
    shop.do(om.CancelUnits, "o")
    assert (shop.item("nyc").outlook.promised, shop.item("nyc", "TEA").outlook.promised) == (0, 0)


def test_s10_a_date_that_passed_with_nothing_there_is_on_a_list() -> None:
    shop = Shop()
    shop.expect("po-1", "nyc", 2, 3)
    shop.expect("po-2", "nyc", 2, 5)
    shop.sell("first", ("MUG", 1))
    shop.sell("second", ("MUG", 3))
    shop.now = T0 + 3 * DAY - timedelta(microseconds=1)
    assert shop.oms.late_promises(at=shop.now) == ()
    shop.now = T0 + 3 * DAY
    assert shop.oms.late_promises(at=shop.now) == (("first", T0 + 3 * DAY), ("second", T0 + 3 * DAY))
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2, "po-1")
    shop.dispatch()
    assert shop.oms.late_promises(at=shop.now) == ()
    assert shop.oms.late_promises(at=T0 + 9 * DAY) == (("second", T0 + 5 * DAY),)


def test_a_lagging_clock_puts_nothing_off_to_a_moment_that_a_part_of_a_kit_has_seen() -> None:
    shop = Shop()
    hours = timedelta(hours=1)
    shop.do(inv.ReceiveStock, "TEA", "nyc", 1)
    shop.do(inv.ExpectSupply, "MUG", "nyc", "po-1", 2, T0 + 6 * hours)
    shop.sell("o", ("SET", 1))
    assert [entry.promised_for for entry in shop.oms.order("o").backorders] == [T0 + 6 * hours]
    shop.now = T0 + 20 * hours
    shop.do(inv.ReceiveStock, "TEA", "nyc", 1)
    shop.now = T0
    shop.do(inv.ExpectSupply, "MUG", "nyc", "po-1", 0, T0 + 6 * hours)
    shop.do(inv.ExpectSupply, "MUG", "nyc", "po-2", 2, T0 + 12 * hours)
    shop.do(inv.ExpectSupply, "MUG", "nyc", "po-3", 2, T0 + 6 * DAY)
    shop.dispatch()
    assert shop.waits("o") == [(1, "nyc", 6)], "by the latest clock, the twelfth hour has passed"
    assert shop.item("nyc").shortfall(shop.now) == 0


def test_r3_a_location_that_rejected_an_order_keeps_no_promise_of_it() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.expect("po-1", "nyc", 5, 3)
    shop.expect("po-2", "chi", 5, 6)
    shop.sell("o", ("MUG", 2))
    assert shop.waits("o") == [(1, "nyc", 3)]
    shop.do(om.RejectFulfillment, "o", "o-F1")
    assert shop.item("nyc").outlook.promised == 0
    shop.dispatch()
    assert shop.waits("o") == [(2, "chi", 6)]


def test_r3_an_order_that_is_collected_elsewhere_waits_there() -> None:
    shop = Shop()
    shop.expect("po-1", "nyc", 5, 3)
    shop.expect("po-2", "chi", 5, 6)
    shop.sell("o", ("MUG", 2), pickup_at="nyc")
    assert shop.waits("o") == [(2, "nyc", 3)]
    shop.do(om.ProposeEdit, "o", "e", (om.ChangePickup("chi"),))
    shop.do(om.ConfirmEdit, "o", "e")
    assert shop.item("nyc").outlook.promised == 0
    shop.dispatch()
    assert shop.waits("o") == [(2, "chi", 6)]


def test_s1_what_a_count_took_is_called_back_of_who_came_last_and_found_elsewhere() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 6)
    for name in ("first", "second", "third"):
        shop.sell(name, ("MUG", 2))
    shop.do(om.AdvanceFulfillment, "third", "third-F1", "pick")
    shop.do(inv.ReceiveStock, "MUG", "chi", 1)
    shop.do(inv.CountStock, "MUG", "nyc", 3)
    shop.dispatch()
    assert shop.item("nyc").short(T0) == 0
    assert work_of(shop, "third") == [("nyc", "picking", 2)], "who is at the shelf finds out himself (S9)"
    assert work_of(shop, "first") == [("chi", "requested", 1), ("nyc", "requested", 1)]
    assert work_of(shop, "second") == []
    assert shop.waits("second") == [(2, "", None)]


def test_s10_what_came_for_an_order_and_is_free_as_well_counts_once() -> None:
    """Two mugs come besides the six that are expected: they are the order's own, and not two more."""
    shop = Shop()
    shop.expect("po", "nyc", 6, 5)
    shop.sell("o", ("MUG", 4))
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2)
    shop.dispatch()
    assert shop.oms.order("o").progress.tally.allocated == 2
    assert shop.waits("o") == [(2, "nyc", 5)]
    assert shop.item("nyc").promisable(T0) == 0


def test_s10_what_came_is_filled_though_as_much_is_promised_anew_by_the_same_date() -> None:
    """Of three mugs two have a date. Two come, safety keeps one: one is filled, the third is promised."""
    shop = Shop()
    shop.expect("po", "nyc", 2, 5)
    shop.sell("o", ("MUG", 3))
    assert shop.waits("o") == [(2, "nyc", 5), (1, "", None)]
    shop.do(inv.SetSafetyStock, "MUG", "nyc", 1)
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2)
    shop.dispatch()
    assert shop.oms.order("o").progress.tally.allocated == 1
    assert shop.waits("o") == [(2, "nyc", 5)]
    assert shop.item("nyc").outlook.promised == 2


def test_s1_a_promise_opens_no_safety_stock_before_its_supply_has_come() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 5)
    shop.do(inv.SetSafetyStock, "MUG", "nyc", 1)
    shop.expect("po", "nyc", 5, 3)
    shop.sell("o", ("MUG", 5))
    shop.dispatch()
    assert shop.route("o").units == 0, "who asks twice is given no more"
    assert (shop.waits("o"), shop.item("nyc").atp(T0)) == ([(1, "nyc", 3)], 0)
    shop.do(inv.SetSafetyStock, "MUG", "nyc", 6)
    shop.do(inv.ReceiveStock, "MUG", "nyc", 5, "po")
    shop.dispatch()
    assert shop.waits("o") == [], "what came was promised before more was to be kept"


def test_s10_what_came_for_a_kit_that_lacks_a_part_is_not_given_to_another_line() -> None:
    """The mugs of a set are here, its tea is not: the single mug of the same order waits for its own."""
    shop = Shop()
    shop.expect("po-c", "chi", 1, 2)
    shop.expect("po-m", "nyc", 2, 3)
    shop.expect("po-t", "nyc", 1, 5, "TEA")
    shop.sell("o", ("SET", 1), ("MUG", 1))
    assert shop.waits("o") == [(1, "chi", 2), (1, "nyc", 5)]
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2, "po-m", True)
    assert shop.route("o").units == 0
    shop.do(inv.ReceiveStock, "TEA", "nyc", 1, "po-t", True)
    shop.dispatch()
    assert shop.waits("o") == [(1, "chi", 2)]
    assert work_of(shop, "o") == [("nyc", "requested", 1)]


def test_s10_what_is_not_filled_yet_keeps_no_lot_from_expiring() -> None:
    """One tin of tea keeps, the other is too old on the third day: the second set is promised to nobody."""
    shop = Shop()
    shop.expect("po", "nyc", 4, 5)
    shop.do(inv.ReceiveStock, "TEA", "nyc", 1)
    shop.do(inv.ReceiveStock, "TEA", "nyc", 1, lot="A7", expires_at=T0 + 3 * DAY)
    shop.sell("o", ("SET", 2))
    assert shop.waits("o") == [(1, "nyc", 5), (1, "", None)]
    assert shop.route("o").units == 0
    assert shop.waits("o") == [(1, "nyc", 5), (1, "", None)]


def test_s10_what_came_for_an_earlier_date_does_not_fill_a_later_one() -> None:
    """One mug of the set's two is here: the single mug, which is promised later, is not filled with it."""
    shop = Shop()
    shop.expect("po-1", "nyc", 2, 3)
    shop.expect("po-t", "nyc", 1, 3, "TEA")
    shop.expect("po-2", "nyc", 1, 5)
    shop.sell("o", ("SET", 1), ("MUG", 1))
    assert shop.waits("o") == [(1, "nyc", 3), (1, "nyc", 5)]
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1, "po-1")
    assert shop.route("o").units == 0
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1, "po-1")
    shop.do(inv.ReceiveStock, "TEA", "nyc", 1, "po-t")
    shop.dispatch()
    assert shop.waits("o") == [(1, "nyc", 5)]


def test_a_clock_that_lags_promises_nothing_by_a_moment_that_has_passed_elsewhere() -> None:
    """What is expected at this very moment was announced by a clock that is an hour ahead."""
    shop = Shop()
    shop.expect("po", "nyc", 2, 0)
    shop.now = T0 - timedelta(hours=1)
    assert shop.sell("o", ("MUG", 1)).units == 0
    assert shop.waits("o") == [(1, "", None)]


def test_displacing_takes_from_who_matters_less_and_he_is_routed_again() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 3)
    shop.do(inv.ReceiveStock, "MUG", "chi", 1)
    shop.sell("old", ("MUG", 1))
    shop.sell("new", ("MUG", 2))
    shop.order("fast", ("MUG", 2), service="express")
    plan = shop.do(DisplaceClaims, "fast").result
    assert plan.unfilled == 0
    assert shop.oms.order("old").progress.tally.allocated == 1, "the last in line gives way first"
    assert shop.oms.order("fast").progress.tally.allocated == 2
    shop.dispatch()
    assert shop.oms.order("new").progress.tally.allocated + shop.oms.order("new").backordered == 2
    for place in PLACES:
        assert inv.reconcile(shop.oms.movements("MUG", place), shop.oms.stock("MUG", place)) is None


def test_a_priority_that_is_no_number_displaces_nobody() -> None:
    shop = Shop(priority=lambda order: order.terms.service)
    shop.do(inv.ReceiveStock, "MUG", "nyc", 1)
    shop.order("o", ("MUG", 1))
    before = len(shop.store.feed(0, 1000))
    with pytest.raises(InvalidType) as refused:
        shop.do(DisplaceClaims, "o")
    assert (refused.value.path, len(shop.store.feed(0, 1000))) == ("policies.priority", before)


def test_a_supply_that_many_wait_for_is_put_off_in_linear_time() -> None:
    """Each promise moves once, and nobody looks at all who wait for each that moved."""

    def cost(many: int) -> int:
        shop = Shop()
        shop.expect("po", "nyc", many, 5)
        for number in range(2 * many):  # as many have no date
            shop.sell(f"o{number}", ("MUG", 1))
        shop.expect("po", "nyc", many, 9)
        spent = bytecodes(shop.dispatch)
        assert shop.waits("o0") == [(1, "nyc", 9)]
        return spent

    assert cost(80) < 2.2 * cost(40)


def test_s10_what_came_for_an_order_on_hold_is_kept_and_is_its_own_once_the_hold_is_released() -> None:
    shop = Shop()
    shop.expect("po", "nyc", 3, 5)
    shop.sell("o", ("MUG", 3))
    shop.do(om.PlaceHold, "o", "h1", "fraud")
    shop.do(inv.ReceiveStock, "MUG", "nyc", 4, "po")
    shop.dispatch()
    assert (shop.oms.order("o").backordered, shop.oms.available("MUG", at=T0)["nyc"]) == (3, 1)
    shop.do(om.ReleaseHold, "o", "h1")
    shop.dispatch()
    assert shop.oms.order("o").backordered == 0
    assert work_of(shop, "o") == [("nyc", "requested", 3)]


def test_displacing_takes_nothing_of_equals_or_of_work_that_is_begun() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2)
    shop.sell("picked", ("MUG", 1))
    shop.do(om.AdvanceFulfillment, "picked", "picked-F1", "pick")
    shop.sell("equal", ("MUG", 1), service="express")
    shop.order("fast", ("MUG", 1), service="express")
    outcome = shop.do(DisplaceClaims, "fast")
    assert outcome.result.units == 0
    assert outcome.order.progress.tally.open == 1


def test_s5_what_an_order_has_reserved_is_routed_before_it_displaces_anybody() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2)
    shop.do(inv.ReserveStock, "cart", "ann", (inv.ReservedItem("MUG", "nyc", 1),), T0 + DAY)
    order = shop.order("o", ("MUG", 1))
    assert order.progress.tally.open == 1
    draft = om.OrderDraft(
        om.ExternalRef("web", "shop", "order", "r"),
        "USD",
        (om.DraftLine("mug", "MUG", 1, Money(0, "USD")),),
        T0,
        destination=Place("US", "NY", "10001"),
    )
    shop.do(om.PlaceOrder, draft, order_id="r", reservation="cart")
    with pytest.raises(inv.ReservationLive):
        shop.do(DisplaceClaims, "r")


def test_s7_work_moves_to_another_location_with_its_stock_or_stays() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 3)
    shop.do(inv.ReceiveStock, "MUG", "chi", 1)
    shop.sell("o", ("MUG", 3))
    before = len(shop.oms.history("o"))
    with pytest.raises(inv.InsufficientStock):
        shop.do(om.MoveFulfillment, "o", "o-F1", "chi", (("mug", 2),))
    assert (len(shop.oms.history("o")), shop.item("nyc").allocated, shop.item("chi").allocated) == (
        before,
        3,
        0,
    )
    shop.do(om.MoveFulfillment, "o", "o-F1", "chi", (("mug", 1),))
    assert (shop.item("nyc").allocated, shop.item("chi").allocated) == (2, 1)
    with pytest.raises(Refusal) as refused:
        shop.do(om.MoveFulfillment, "o", "o-F1", "nyc")
    assert refused.value.code == "same_location"


def test_m7_a_location_gets_what_was_promised_there_and_then_what_nobody_was() -> None:
    shop = Shop()
    shop.expect("po-1", "nyc", 2, 3)
    shop.expect("po-2", "chi", 2, 5)
    shop.sell("o", ("MUG", 6))
    waits = {entry.location: entry.items for entry in shop.oms.order("o").backorders}
    assert waits == {"nyc": (("mug", ((1, 2),)),), "chi": (("mug", ((3, 4),)),), "": (("mug", ((5, 6),)),)}
    shop.do(inv.ReceiveStock, "MUG", "chi", 3, "po-2", True)
    shop.route("o")
    (work,) = shop.oms.order("o").progress.work.values()
    assert (work.location, work.items) == ("chi", (("mug", ((3, 5),)),))
    assert shop.waits("o") == [(2, "nyc", 3), (1, "", None)]
    shop.do(inv.ReceiveStock, "MUG", "chi", 2)
    shop.route("o")
    assert shop.waits("o") == [(1, "nyc", 3)], "what is here now is not waited for, and its promise goes last"


def test_units_that_have_a_date_are_not_unfillable() -> None:
    shop = Shop(cancel_unfillable_after=timedelta(days=2))
    shop.expect("po", "nyc", 1, 9)
    shop.sell("o", ("MUG", 2))
    shop.now += 3 * DAY
    assert shop.oms.meet_deadlines("o", at=shop.now).progress.tally.cancelled == 1
    assert shop.waits("o") == [(1, "nyc", 9)]
    assert shop.oms.next_deadline() is None
    shop.expect("po", "nyc", 0, 9)
    shop.dispatch()
    shop.now += 3 * DAY
    assert shop.oms.meet_deadlines("o", at=shop.now).progress.tally.cancelled == 2


def test_s1_a_claim_is_found_however_much_has_moved_since() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2)
    shop.sell("old", ("MUG", 2))
    for _ in range(150):
        shop.do(inv.AdjustStock, "MUG", "nyc", 1, "found")
        shop.do(inv.AdjustStock, "MUG", "nyc", -1, "shrinkage")
    shop.do(inv.CountStock, "MUG", "nyc", 1)
    shop.dispatch()
    assert (shop.item("nyc").short(T0), shop.waits("old")) == (0, [(1, "", None)])


def test_s11_a_kit_that_is_called_back_frees_all_that_it_is_made_of() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MUG", "nyc", 4)
    shop.do(inv.ReceiveStock, "TEA", "nyc", 2)
    shop.sell("first", ("SET", 1))
    shop.sell("set", ("SET", 1))
    shop.order("fast", ("MUG", 1), ("TEA", 1), service="express")
    shop.do(DisplaceClaims, "fast")
    assert shop.oms.order("fast").progress.tally.allocated == 2
    called_back = [e for e in shop.oms.history("set") if type(e.event) is ev.FulfillmentCancelled]
    assert len(called_back) == 1
    references = [entry.event.reference for entry in shop.oms.movements("MUG", "nyc")]
    assert references == ["", "first", "set", "set", "fast"]
    assert shop.oms.order("first").progress.tally.allocated == 1, "no more than is lacking gives way"


# -- whatever happens --------------------------------------------------------------------------


class WaitingLine(RuleBasedStateMachine):
    """Orders of one SKU, of two, of kits; supply that is announced, moved, comes; shelves counted."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()
        self.names: list[str] = []
        self.carts = 0

    @initialize(here=st.integers(0, 4))
    def opens(self, here: int) -> None:
        for sku in SKUS:
            for place in PLACES:
                self.shop.do(inv.ReceiveStock, sku, place, 1 + here)

    def attempt(self, kind: Any, *arguments: Any) -> None:
        try:
            self.shop.do(kind, *arguments)
        except Refusal:
            return

    def name(self, n: int) -> str:
        return self.names[n % len(self.names)] if self.names else "none"

    @rule(
        lines=st.dictionaries(
            st.sampled_from(("MUG", "TEA", "SET")), st.integers(1, 4), min_size=1, max_size=2
        ),
        whole=st.booleans(),
        fast=st.booleans(),
        routed=st.booleans(),
    )
    def somebody_orders(self, lines: dict[str, int], whole: bool, fast: bool, routed: bool) -> None:
        name = f"o{len(self.names)}"
        self.names.append(name)
        service = "express" if fast else "standard"
        self.shop.order(name, *lines.items(), ship_complete=whole, service=service)
        if routed:
            self.shop.route(name)

    @rule(n=st.integers(0, 9))
    def routed_again(self, n: int) -> None:
        try:
            self.shop.route(self.name(n))
        except (Refusal, OmcoreError):
            return

    @rule(n=st.integers(0, 9))
    def goes_before_others(self, n: int) -> None:
        self.attempt(DisplaceClaims, self.name(n)) if self.names else None

    @rule(
        sku=st.sampled_from(SKUS),
        place=st.sampled_from(PLACES),
        po=st.sampled_from(("a", "b")),
        many=st.integers(0, 6),
        days=st.integers(1, 6),
    )
    def supply_is_announced(self, sku: str, place: str, po: str, many: int, days: int) -> None:
        at = self.shop.now + days * DAY
        self.shop.do(inv.ExpectSupply, sku, place, po, many, at)

    @rule(
        sku=st.sampled_from(SKUS),
        place=st.sampled_from(PLACES),
        po=st.sampled_from(("a", "b", "c")),
        many=st.integers(1, 6),
        all_of_it=st.booleans(),
    )
    def supply_comes(self, sku: str, place: str, po: str, many: int, all_of_it: bool) -> None:
        self.shop.do(inv.ReceiveStock, sku, place, many, po, all_of_it)

    @rule(sku=st.sampled_from(SKUS), place=st.sampled_from(PLACES), found=st.integers(0, 5))
    def somebody_counts(self, sku: str, place: str, found: int) -> None:
        self.shop.do(inv.CountStock, sku, place, found)

    @rule(n=st.integers(0, 9), line=st.sampled_from(("mug", "tea", "set")))
    def some_are_cancelled(self, n: int, line: str) -> None:
        if self.names and line in self.shop.oms.order(self.name(n)).terms.index:
            self.attempt(om.CancelUnits, self.name(n), ((line, 1),))

    @rule(n=st.integers(0, 9), event=st.sampled_from(("pick", "ship", "reject", "call back", "move")))
    def work_goes_on(self, n: int, event: str) -> None:
        if not self.names:
            return
        order = self.shop.oms.order(self.name(n))
        for work in order.progress.work.values():
            if work.items:
                elsewhere = "chi" if work.location == "nyc" else "nyc"
                make: dict[str, tuple[Any, ...]] = {
                    "pick": (om.AdvanceFulfillment, order.id, work.id, "pick"),
                    "ship": (om.ShipUnits, order.id, work.id),
                    "reject": (om.RejectFulfillment, order.id, work.id),
                    "call back": (om.CancelFulfillment, order.id, work.id),
                    "move": (om.MoveFulfillment, order.id, work.id, elsewhere),
                }
                self.attempt(*make[event])
                return

    @rule(
        sku=st.sampled_from(SKUS),
        place=st.sampled_from(PLACES),
        many=st.integers(1, 3),
        days=st.integers(1, 4),
    )
    def somebody_fills_a_cart(self, sku: str, place: str, many: int, days: int) -> None:
        """And never comes back."""
        items = (inv.ReservedItem(sku, place, many),)
        self.carts += 1
        self.attempt(inv.ReserveStock, f"cart-{self.carts}", "ann", items, self.shop.now + days * DAY)

    @rule(days=st.integers(0, 3))
    def time_passes(self, days: int) -> None:
        self.shop.now += days * DAY

    @rule()
    def another_process(self) -> None:
        self.shop.start()

    @rule()
    def dispatched(self) -> None:
        self.shop.dispatch()
        self.nobody_is_promised_what_nothing_covers()
        self.nobody_waits_for_what_is_there()

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def every_promise_and_claim_is_an_orders(self) -> None:
        """Counted order by order, unit by unit: the stock items say the same, and no more (S1, S10)."""
        promised: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        claimed: Counter[tuple[str, str]] = Counter()
        for name in self.names:
            order = self.shop.oms.order(name)
            skus = {line.id: line.sku for line in order.terms.lines}
            for entry in order.backorders:
                for line_id, runs in entry.items:
                    for first, last in runs:
                        for sku, each in KIT.get(skus[line_id], {skus[line_id]: 1}).items():
                            if entry.promised_for is not None:
                                second = epoch_second(entry.promised_for)
                                promised[entry.location, sku][second] += each * (last - first + 1)
            for work in order.progress.work.values():
                for line_id, runs in work.items:
                    for first, last in runs:
                        for sku, each in KIT.get(skus[line_id], {skus[line_id]: 1}).items():
                            claimed[work.location, sku] += each * (last - first + 1)
        for place in PLACES:
            for sku in SKUS:
                item = self.shop.oms.stock(sku, place)
                if item is None:
                    continue
                assert dict(item.outlook.due) == dict(promised[place, sku])
                assert item.allocated == claimed[place, sku]
                assert item.on_hand >= 0
                assert inv.reconcile(self.shop.oms.movements(sku, place), item) is None

    def nobody_is_promised_what_nothing_covers(self) -> None:
        """Once the dispatcher has run: each promise has supply by its date, but for work that is begun."""
        now = self.shop.now
        for place in PLACES:
            for sku in SKUS:
                item = self.shop.item(place, sku)
                begun = item.short(now)
                assert item.shortfall(now) <= begun + (item.outlook.dip if begun else 0)

    def nobody_waits_for_what_is_there(self) -> None:
        """Nor does anybody wait without a date for what is free at a location that he may have it from."""
        now = self.shop.now
        for name in self.names:
            order = self.shop.oms.order(name)
            if order.standing.holds or len(order.terms.lines) > 1:
                continue
            sku = order.terms.lines[0].sku
            for entry in order.backorders:
                if entry.promised_for is not None or sku in KIT or order.terms.ship_complete:
                    continue
                for place in PLACES:
                    if place not in order.progress.excluded:
                        assert self.shop.item(place, sku).promisable(now) <= 0, (name, place)


TestWaitingLine = WaitingLine.TestCase
TestWaitingLine.settings = settings(stateful_step_count=30)
