"""R3, S7, S9: units that lost their place are routed again by themselves, and told why; and it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import AsyncOrderManager
from omcore.engine.routing_book import RoutingBook
from omcore.kernel import InvalidType
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.orders import events as ev
from omcore.reporting import timeline
from omcore.routing import LowestCost, Rates
from reroute_shop import ABROAD, DAY, EAST, WEST, Shop, network
from timing import bytecodes


def reasons(shop: Shop, name: str = "o") -> list[tuple[str, str]]:
    """(where, why) of everything that the dispatcher asked of a location."""
    return [
        (entry.event.location, entry.reason)
        for entry in shop.oms.history(name)
        if type(entry.event) is ev.FulfillmentRequested and entry.by == "dispatcher"
    ]


def test_r3_what_a_location_rejects_another_is_asked_for_and_told_why() -> None:
    shop = Shop().stocks(nyc={"MUG": 2}, chi={"MUG": 2})
    shop.sell("o", ("MUG", 2))
    shop.step("o", "nyc", "reject")
    assert shop.needs() == [("o", "rejected", 2)]
    shop.dispatch()
    assert (shop.places("o"), reasons(shop), shop.needs()) == ({"chi": 2}, [("chi", "rejected")], [])
    told = timeline(shop.oms.history("o"))
    assert "  09:00:00  asked chi for 2 x MUG (rejected)" in told


def test_s9_what_is_not_found_is_looked_for_elsewhere_and_only_that() -> None:
    shop = Shop().stocks(nyc={"MUG": 3}, chi={"MUG": 3})
    shop.sell("o", ("MUG", 3))
    shop.do(om.ReportShortPick, "o", "o-F1", (("mug", 1),))
    shop.dispatch()
    assert (shop.places("o"), reasons(shop)) == ({"nyc": 2, "chi": 1}, [("chi", "short_pick")])


def test_r3_locations_that_all_reject_are_asked_once_each_and_it_ends() -> None:
    shop = Shop().stocks(nyc={"MUG": 5}, chi={"MUG": 5}, lax={"MUG": 5})
    shop.sell("o", ("MUG", 1))
    for _ in range(3):
        (place,) = shop.places("o")
        shop.step("o", place, "reject")
        for _ in range(2):
            shop.dispatch()
    asked = [
        entry.event.location
        for entry in shop.oms.history("o")
        if type(entry.event) is ev.FulfillmentRequested
    ]
    assert (sorted(asked), shop.places("o")) == (["chi", "lax", "nyc"], {})
    assert shop.needs() == [("o", "rejected", 1)], "a person has to decide"
    assert [rest.reason for rest in shop.oms.plan("o", at=shop.now).remainder] == ["excluded"]


def test_what_opened_units_last_is_told_the_same_whenever_somebody_asked_before() -> None:
    """One asks after every step, and one asks for the first time: an answer is no matter of who asks when."""
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"MUG": 3})
    said = []

    def asked() -> None:
        said.append([(needs.why, needs.since) for needs in shop.oms.needs_routing(at=shop.now)])
        alone = Shop(shop.store)
        assert alone.needs() == shop.needs()
        assert [(needs.why, needs.since) for needs in alone.oms.needs_routing(at=shop.now)] == said[-1]

    shop.order("o", ("MUG", 1))
    asked()
    placed = shop.now
    shop.now += DAY
    shop.edit("o", om.ChangeAddress(WEST))
    asked()
    shop.edit("o", om.ChangeAddress(EAST))
    shop.oms.route("o", **shop.common())
    shop.step("o", "nyc", "reject")
    asked()
    shop.now += DAY
    shop.oms.route("o", **shop.common())
    shop.edit("o", om.ChangeQuantity("mug", 2))
    asked()
    assert said == [
        [("new", placed)],
        [("edited", placed + DAY)],
        [("rejected", placed + DAY)],
        [("edited", placed + 2 * DAY)],
    ]


def test_what_a_slower_task_reads_once_more_is_no_news() -> None:
    shop = Shop().stocks(nyc={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.step("o", "nyc", "reject")
    book = RoutingBook()
    entries = [entry for entry in shop.store.feed(0, 100) if entry.stream == "order/o"]
    for entry in (*entries, *entries[:3]):
        book.see(entry)
    book.note("order/o", entries[-1].version, shop.oms.order("o"), shop.policies)
    assert [needs.why for needs in book.needed(network())] == ["rejected"]


def test_what_is_moved_in_one_step_opens_nothing() -> None:
    shop = Shop().stocks(nyc={"MUG": 2, "TEA": 1}, lax={"TEA": 1})
    shop.order("o", ("MUG", 1), ("TEA", 1), ("CAP", 1))
    shop.oms.route("o", **shop.common())
    shop.do(om.MoveFulfillment, "o", "o-F1", "lax", (("tea", 1),))
    assert shop.needs() == [("o", "new", 1)]
    shop.do(om.CancelFulfillment, "o", "o-F2")
    assert shop.needs() == [("o", "called_back", 2)]


def test_what_a_person_called_back_waits_for_him_unless_the_policy_says_otherwise() -> None:
    always: Any = {"reroute": lambda order, why: True}
    for policies, left in (({}, {}), (always, {"nyc": 1})):
        shop = Shop(**policies).stocks(nyc={"MUG": 1})
        shop.sell("o", ("MUG", 1))
        shop.do(om.CancelFulfillment, "o", "o-F1")
        assert shop.needs() == [("o", "called_back", 1)]
        shop.dispatch()
        assert shop.places("o") == left
        assert shop.needs() == ([] if left else [("o", "called_back", 1)])


def test_a_policy_may_leave_all_of_it_to_people() -> None:
    asked: list[tuple[str, str]] = []

    def decides(order: om.Order, why: str) -> bool:
        asked.append((order.id, why))
        return False

    shop = Shop(reroute=decides).stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.step("o", "nyc", "reject")
    shop.dispatch()
    assert (shop.places("o"), asked) == ({}, [("o", "rejected")])
    shop.oms.route("o", **shop.common())
    assert shop.places("o") == {"chi": 1}


@pytest.mark.parametrize("name", ["reroute", "consolidate"])
def test_a_policy_that_answers_anything_else_stops_the_run_at_the_fact(name: str) -> None:
    odd: Any = {name: lambda order, why: "yes"}
    shop = Shop(**odd).stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.step("o", "nyc", "reject")
    with pytest.raises(InvalidType) as refused:
        shop.dispatch()
    assert refused.value.path == f"policies.{name}"


def test_what_needs_routing_is_told_in_line_without_what_waits_or_is_held() -> None:
    shop = Shop(unplaced="backorder", priority=lambda order: int(order.terms.service == "express"))
    shop.stocks(nyc={"MUG": 1})
    shop.order("late", ("MUG", 1))
    shop.order("held", ("MUG", 1))
    shop.do(om.PlaceHold, "held", "h", "fraud")
    shop.order("fast", ("MUG", 1), service="express")
    shop.sell("waits", ("TEA", 1))
    assert shop.needs() == [("fast", "new", 1), ("late", "new", 1)]
    shop.do(om.ReleaseHold, "held", "h")
    shop.do(om.CancelUnits, "fast")
    assert shop.needs() == [("held", "new", 1), ("late", "new", 1)]
    assert shop.oms.needs_routing(at=shop.now)[0].since == shop.now
    shop.opens(network())
    assert shop.needs() == [("held", "new", 1), ("late", "new", 1)], "a lost book is read again"


def test_asking_what_needs_routing_costs_what_is_answered_and_not_what_is_open() -> None:
    costs = []
    for many in (10, 80):
        shop = Shop().stocks(nyc={"MUG": 200})
        for n in range(many):
            shop.sell(f"o{n}", ("MUG", 1))
        shop.order("new", ("MUG", 1))
        assert shop.needs() == [("new", "new", 1)]
        costs.append(bytecodes(shop.needs))
    assert costs[1] <= costs[0] + 50


def test_asking_in_tasks_answers_the_same() -> None:
    shop = Shop(MemoryStore()).stocks(nyc={"MUG": 1}, chi={"TEA": 1})
    shop.sell("o", ("MUG", 1), ("TEA", 1))
    shop.stocks(nyc={"TEA": 1})
    shop.order("new", ("MUG", 1))
    tasks = AsyncOrderManager(
        AsyncMemoryStore(shop.store), network=network(), routing=LowestCost(Rates()), policies=shop.policies
    )

    async def asked() -> Any:
        return await tasks.needs_routing(at=shop.now), await tasks.reoptimize(at=shop.now)

    found, better = asyncio.run(asked())
    assert found == shop.oms.needs_routing(at=shop.now)
    assert better == shop.oms.reoptimize(at=shop.now)
    assert better.better


def test_a_parcel_that_came_back_is_sent_again() -> None:
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.do(om.ShipUnits, "o", "o-F1")
    (parcel,) = shop.oms.order("o").progress.shipments
    shop.do(om.AdvanceShipment, "o", parcel, "lose")
    shop.do(om.ReopenShipment, "o", parcel)
    assert shop.needs() == [("o", "reopened", 1)]
    shop.dispatch()
    assert (shop.places("o"), reasons(shop)) == ({"chi": 1}, [("chi", "reopened")])


# -- another address -------------------------------------------------------------------------


def test_s8_a_new_address_moves_what_nobody_has_begun_to_where_it_is_cheaper() -> None:
    shop = Shop().stocks(nyc={"MUG": 2, "TEA": 1}, lax={"MUG": 2, "TEA": 1})
    shop.sell("o", ("MUG", 2))
    shop.edit("o", om.ChangeAddress(WEST))
    assert shop.allocated("MUG") == {"nyc": 2}, "the claim is the order's all the while"
    shop.order("other", ("MUG", 2))
    assert shop.oms.route("other", **shop.common()).locations == ("lax",)
    shop.dispatch()
    assert shop.places("o") == {"nyc": 2}, "nobody else has it any more, and it is not lost"
    shop.do(om.CancelUnits, "other")
    shop.edit("o", om.ChangeService("express"))
    shop.dispatch()
    assert (shop.places("o"), shop.allocated("MUG")) == ({"lax": 2}, {"lax": 2})
    assert reasons(shop)[-1] == ("lax", "edited")


def test_what_is_picked_stays_where_it_is_and_the_answer_says_so() -> None:
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"TEA": 1})
    shop.sell("o", ("MUG", 1), ("TEA", 1))
    shop.stocks(lax={"MUG": 1, "TEA": 1})
    picked = shop.step("o", "nyc", "pick")
    shop.edit("o", om.ChangeAddress(WEST))
    found = shop.oms.reoptimize(("o",), at=shop.now)
    assert found.better[0].stays == ((picked, "begun"),)
    shop.dispatch()
    assert shop.places("o") == {"nyc": 1, "lax": 1}
    assert shop.work("o")[picked] == ("nyc", "picking", 1)


def test_who_may_not_ship_to_the_new_address_ships_it_not() -> None:
    home = {"regions": frozenset({"US"})}
    shop = Shop(places=network(nyc=home, chi={"regions": frozenset({"CA"})}, lax=home))
    shop.stocks(nyc={"MUG": 1, "TEA": 1}, chi={"MUG": 1})
    shop.sell("o", ("MUG", 1), ("TEA", 1))
    assert shop.places("o") == {"nyc": 2}
    shop.edit("o", om.ChangeAddress(ABROAD))
    shop.dispatch()
    assert shop.places("o") == {"chi": 1}, "what another may ship goes there, the rest is called back"
    plan = shop.oms.plan("o", at=shop.now)
    assert [(rest.line_id, rest.reason) for rest in plan.remainder] == [("tea", "no_stock")]
    assert shop.needs() == [("o", "may_not_ship", 1)]
    assert shop.allocated("TEA") == {}


def test_an_address_that_changes_while_the_order_is_on_hold_is_routed_when_it_is_released() -> None:
    shop = Shop().stocks(nyc={"MUG": 1}, lax={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.do(om.PlaceHold, "o", "h", "fraud")
    shop.edit("o", om.ChangeAddress(WEST))
    shop.dispatch()
    assert shop.places("o") == {}
    shop.do(om.ReleaseHold, "o", "h")
    shop.dispatch()
    assert shop.places("o") == {"lax": 1}


def test_r3_a_pickup_is_moved_by_its_customer_alone() -> None:
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("o", ("MUG", 1), pickup_at="chi", to=None)
    assert shop.oms.reoptimize(at=shop.now).kept == (("o", "pickup"),)
    shop.edit("o", om.ChangePickup("nyc"))
    shop.dispatch()
    assert shop.places("o") == {"nyc": 1}


# -- the rest of the order -------------------------------------------------------------------


def split_by_scarcity(**policies: Any) -> Shop:
    """A mug from New York, tea from Chicago; by then Los Angeles has both, and Chicago too."""
    shop = Shop(**policies).stocks(nyc={"MUG": 1}, chi={"TEA": 1})
    shop.sell("o", ("MUG", 1), ("TEA", 1))
    assert shop.places("o") == {"nyc": 1, "chi": 1}
    return shop.stocks(chi={"MUG": 1}, lax={"MUG": 1, "TEA": 1})


def test_the_rest_of_a_split_order_is_consolidated_with_what_was_rejected_where_the_policy_says() -> None:
    for policies, after in (
        ({}, {"nyc": 1, "lax": 1}),
        ({"consolidate": lambda order, why: why == "rejected"}, {"lax": 2}),
    ):
        shop = split_by_scarcity(**policies)
        shop.do(inv.AdjustStock, "MUG", "chi", -1, "damage")
        shop.step("o", "chi", "reject")
        shop.dispatch()
        assert shop.places("o") == after
        assert len(shop.work("o")) == len(after), "one location is asked once"
    shop = split_by_scarcity(consolidate=lambda order, why: True)
    shop.step("o", "nyc", "reject")
    shop.dispatch()
    assert shop.places("o") == {"chi": 2}
    assert len(shop.work("o")) == 1


def test_what_is_being_picked_is_not_consolidated() -> None:
    shop = split_by_scarcity(consolidate=lambda order, why: True)
    shop.step("o", "chi", "pick")
    shop.step("o", "nyc", "reject")
    shop.dispatch()
    assert sorted(shop.work("o").values()) == [("chi", "picking", 1), ("chi", "requested", 1)]


# -- a location that is switched off ---------------------------------------------------------


def test_what_a_location_has_that_is_switched_off_goes_elsewhere_and_the_rest_waits_for_it() -> None:
    shop = Shop().stocks(nyc={"MUG": 1, "TEA": 1, "CAP": 1}, chi={"MUG": 1})
    shop.sell("a", ("MUG", 1), ("TEA", 1))
    shop.sell("b", ("CAP", 1))
    shop.opens(network(nyc={"active": False}))
    assert shop.needs() == [("a", "may_not_ship", 2), ("b", "may_not_ship", 1)]
    shop.step("b", "nyc", "pick")
    assert shop.needs() == [("a", "may_not_ship", 2)]
    shop.dispatch()
    assert (shop.places("a"), shop.places("b")) == ({"nyc": 1, "chi": 1}, {"nyc": 1})
    assert shop.needs() == [("a", "may_not_ship", 1)], "its claim is kept until somebody decides"
    before = len(shop.oms.history("a"))
    shop.dispatch()
    assert len(shop.oms.history("a")) == before
    shop.stocks(lax={"TEA": 1})
    shop.dispatch()
    assert shop.places("a") == {"chi": 1, "lax": 1}
    shop.opens(network())
    assert shop.needs() == []


class TakenMeanwhile(MemoryStore):
    """Runs ``between`` once before the stock of Chicago is loaded."""

    between: Any = None

    def load(self, streams: Any) -> Any:
        if self.between is not None and any(stream.startswith("stock/chi/") for stream in streams):
            between, self.between = self.between, None
            between()
        return super().load(streams)


def test_what_was_refused_once_leaves_a_location_that_is_switched_off_with_a_later_run() -> None:
    """Another process takes the mug between the plan and its commit: that is no answer for ever."""
    store = TakenMeanwhile()
    shop = Shop(store).stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.opens(network(nyc={"active": False}))
    other = Shop(store)
    damage = inv.AdjustStock("MUG", "chi", -1, "damage", key="damage", at=shop.now)
    store.between = lambda: other.oms.execute(damage)
    shop.dispatch()
    assert (shop.places("o"), shop.needs(), store.between) == ({"nyc": 1}, [("o", "may_not_ship", 1)], None)
    shop.stocks(lax={"MUG": 1})
    shop.now += DAY
    shop.dispatch()
    assert (shop.places("o"), shop.needs()) == ({"lax": 1}, [])


def test_c4_a_run_that_is_repeated_routes_nothing_twice() -> None:
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.step("o", "nyc", "reject")
    shop.dispatch()
    before = shop.oms.history("o")
    shop.store._cursors.clear()  # every concern begins anew
    shop.opens(network())
    shop.now += DAY
    shop.dispatch()
    assert shop.oms.history("o") == before


def test_an_order_nobody_has_routed_is_left_to_whoever_routes_first() -> None:
    shop = Shop().stocks(nyc={"MUG": 1})
    shop.order("o", ("MUG", 1), to=EAST)
    shop.edit("o", om.ChangeAddress(WEST))
    shop.dispatch()
    assert (shop.places("o"), shop.needs()) == ({}, [("o", "edited", 1)])
