"""Stock that a cancellation frees is free once, whatever else happens to it at the same time (S7).

Where others have been hurt: Solidus #2947, where cancelling an order that had been cancelled in part
restocked the same units again, and WooCommerce #22489, where two hands that cancelled one order at the
same time raised its stock twice. Here an order and the stock that it holds are written in one commit,
so that of two who cancel one finds nothing left to do.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folded_store import FoldedStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, RouteOrder, reads
from omcore.engine.deadline_book import DeadlineBook, meet
from omcore.kernel import Catalog, Command, Item, Location, Network, OmcoreError, StoreError
from omcore.orders import events as ev
from omcore.ports import FeedEntry
from omcore.routing import Nearest
from order_life import ORDER_ID, T0, a_draft, a_line

NETWORK = Network((Location("nyc"), Location("lax")))
CATALOG = Catalog((Item("KIT", components=(("TEE", 2), ("MUG", 1))),))
PER_UNIT = {"tee": {"TEE": 1}, "kit": {"TEE": 2, "MUG": 1}}
HAD = {("nyc", "TEE"): 8, ("nyc", "MUG"): 3, ("lax", "TEE"): 8, ("lax", "MUG"): 3}
F1 = f"{ORDER_ID}-F1"


class Shop:
    """One store, two processes, an order of three tees and two kits that New York holds whole."""

    def __init__(self, *, cart: timedelta | None = None, **policies: Any) -> None:
        self.store = FoldedStore()
        self.now = T0
        self.keys = 0
        self.managers = [
            OrderManager(
                self.store,
                network=NETWORK,
                routing=Nearest(),
                catalog=CATALOG,
                policies=om.Policies(**policies),
                rules=(),
            )
            for _ in range(2)
        ]
        for (location, sku), quantity in HAD.items():
            self.do(inv.ReceiveStock(sku, location, quantity, **self.common()))
        lines = [a_line(quantity=3), a_line("kit", 2, 5000)]
        if cart is not None:
            items = inv.items_for(CATALOG, (("TEE", 3), ("KIT", 2)), "nyc")
            self.managers[0].execute(inv.ReserveStock("cart", "ada", items, T0 + cart, **self.common()))
        token = "" if cart is None else "cart"
        self.do(om.PlaceOrder(a_draft(lines), order_id=ORDER_ID, reservation=token, **self.common()))

    def common(self) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    def do(self, command: Command, manager: int = 0) -> om.Order | None:
        state = self.managers[manager].execute(command).state
        self.check()
        return state if type(state) is om.Order else None

    def allocated(self) -> Shop:
        self.do(om.AllocateUnits(ORDER_ID, (("tee", "nyc", 3), ("kit", "nyc", 2)), **self.common()))
        return self

    @property
    def order(self) -> om.Order:
        return self.managers[0].order(ORDER_ID)

    def stock(self, location: str, sku: str) -> tuple[int, int]:
        """(on hand, allocated)"""
        item = self.managers[0].stock(sku, location)
        assert item is not None
        return item.on_hand, item.allocated

    def facts(self) -> list[Any]:
        entries: tuple[FeedEntry, ...] = tuple(self.managers[0].history(ORDER_ID))
        return [entry.event for entry in entries]

    def check(self) -> None:
        """The oracle lists every unit: where it is says what stock must say, and it went there once."""
        gone: Counter[tuple[str, str]] = Counter()
        claims: Counter[tuple[str, str]] = Counter()
        held: dict[tuple[str, int], str] = {}
        over: set[tuple[str, int]] = set()
        for event in self.facts() if self.keys > len(HAD) else []:
            for unit in listed(getattr(event, "items", ())):
                if type(event) is ev.FulfillmentRequested:
                    assert unit not in held
                    held[unit] = event.location
                elif type(event) in (ev.FulfillmentRejected, ev.FulfillmentCancelled, ev.UnitsShortPicked):
                    del held[unit]
                elif type(event) is ev.UnitsShipped:
                    location = held.pop(unit)
                    over.add(unit)
                    gone.update({(location, sku): n for sku, n in PER_UNIT[unit[0]].items()})
                elif type(event) is ev.UnitsCancelled:
                    assert unit not in over, "cancelled once, and never what has shipped"
                    over.add(unit)
                    freed = held.pop(unit, None)
                    told = [loc for _, loc, items in event.freed if unit in listed(items)]
                    assert told == ([] if freed is None else [freed])
            if type(event) is ev.UnitsShortPicked:
                gone.update({(event.location, sku): n for sku, n in event.missing})
        for unit, location in held.items():
            claims.update({(location, sku): n for sku, n in PER_UNIT[unit[0]].items()})
        reserved = Counter[tuple[str, str]]()
        if state := self.store.load(("reservation/cart",))["reservation/cart"].state:
            reserved.update({(e.location, e.sku): e.quantity for e in inv.live_items(state, self.now)})
        for (location, sku), had in HAD.items():
            item = self.managers[0].stock(sku, location)
            if item is not None and self.keys > len(HAD):
                assert item.live(self.now) == reserved[location, sku], "the claim and the count agree"
                assert (item.on_hand, item.allocated) == (had - gone[location, sku], claims[location, sku])


def listed(items: Any) -> list[tuple[str, int]]:
    return [(line, n) for line, runs in items for first, last in runs for n in range(first, last + 1)]


def refused(shop: Shop, command: Command, manager: int = 0) -> str:
    before = shop.store.load((f"order/{ORDER_ID}", "stock/nyc/TEE", "stock/nyc/MUG"))
    with pytest.raises(OmcoreError) as caught:
        shop.managers[manager].execute(command)
    assert shop.store.load((f"order/{ORDER_ID}", "stock/nyc/TEE", "stock/nyc/MUG")) == before
    return caught.value.code


def test_woocommerce_22489_two_who_cancel_one_order_free_its_stock_once() -> None:
    shop = Shop().allocated()
    assert shop.stock("nyc", "TEE") == (8, 7)
    shop.do(om.CancelUnits(ORDER_ID, **shop.common()))
    assert shop.stock("nyc", "TEE") == (8, 0)
    assert refused(shop, om.CancelUnits(ORDER_ID, **shop.common()), manager=1) == "order_is_over"
    assert shop.stock("nyc", "TEE") == (8, 0)


def test_solidus_2947_a_part_that_was_cancelled_is_not_restocked_again_with_the_rest() -> None:
    shop = Shop().allocated()
    shop.do(om.CancelUnits(ORDER_ID, (("tee", 2), ("kit", 1)), **shop.common()))
    assert shop.stock("nyc", "TEE") == (8, 3)
    shop.do(om.CancelUnits(ORDER_ID, **shop.common()))
    assert shop.stock("nyc", "TEE") == (8, 0)
    assert shop.stock("nyc", "MUG") == (3, 0)


def test_a_retry_with_its_key_is_answered_and_frees_nothing() -> None:
    shop = Shop().allocated()
    cancel = om.CancelUnits(ORDER_ID, (("tee", 1),), **shop.common())
    for manager in (0, 1, 0):
        shop.do(cancel, manager)
    assert shop.stock("nyc", "TEE") == (8, 6)


def test_work_that_is_cancelled_and_then_rejected_gives_back_nothing_more() -> None:
    shop = Shop().allocated()
    shop.do(om.CancelUnits(ORDER_ID, (("tee", 3),), **shop.common()))
    shop.do(om.RejectFulfillment(ORDER_ID, F1, **shop.common()))
    assert shop.stock("nyc", "TEE") == (8, 0)
    assert refused(shop, om.RejectFulfillment(ORDER_ID, F1, **shop.common())) == "illegal_transition"


def test_what_is_cancelled_cannot_be_short_picked_and_what_was_short_picked_frees_nothing() -> None:
    shop = Shop().allocated()
    shop.do(om.ReportShortPick(ORDER_ID, F1, (("tee", 1),), **shop.common()))
    assert shop.stock("nyc", "TEE") == (7, 6)
    shop.do(om.CancelUnits(ORDER_ID, (("tee", 3),), **shop.common()))
    assert shop.stock("nyc", "TEE") == (7, 4)
    again = om.ReportShortPick(ORDER_ID, F1, (("tee", 1),), **shop.common())
    assert refused(shop, again) == "units_not_available"


def test_of_work_that_has_shipped_in_part_only_the_rest_is_freed() -> None:
    shop = Shop().allocated()
    shop.do(om.ShipUnits(ORDER_ID, F1, (("tee", 1), ("kit", 1)), **shop.common()))
    assert shop.stock("nyc", "TEE") == (5, 4)
    shop.do(om.CancelUnits(ORDER_ID, **shop.common()))
    assert shop.stock("nyc", "TEE") == (5, 0)
    assert shop.order.progress.work[F1].status == "shipped"


def test_an_accepted_request_and_a_cancel_of_the_same_units_free_them_once() -> None:
    shop = Shop().allocated()
    shop.do(om.RequestCancel(ORDER_ID, "r1", (("tee", 3),), **shop.common()))
    shop.do(om.CancelUnits(ORDER_ID, (("tee", 2),), **shop.common()), manager=1)
    shop.do(om.DecideCancelRequest(ORDER_ID, "r1", True, **shop.common()))
    assert shop.stock("nyc", "TEE") == (8, 4)
    assert shop.order.progress.tally.cancelled == 3


def test_what_is_cancelled_by_itself_is_freed_by_whoever_comes_first_and_once() -> None:
    """A person cancels at the very moment at which the order is cancelled for want of money."""
    shop = Shop(cancel_unpaid_after=timedelta(hours=1)).allocated()
    shop.now += timedelta(hours=1)
    assert refused(shop, om.CancelUnits(ORDER_ID, **shop.common())) == "order_is_over"
    assert shop.stock("nyc", "TEE") == (8, 7), "a refusal frees nothing"
    order = shop.managers[1].meet_deadlines(ORDER_ID, at=shop.now)
    assert (order.status, shop.stock("nyc", "TEE")) == ("cancelled", (8, 0))
    again = shop.managers[0].meet_deadlines(ORDER_ID, at=shop.now + timedelta(days=1))
    assert again == order
    shop.check()


def test_a_moment_that_only_the_stock_has_seen_has_passed_for_the_order_too() -> None:
    """One command has one now. By the moment that a shelf has seen, the order was to be paid for: the
    units that come back go on the shelf, and those that never left it are free again, in one commit."""
    shop = Shop(cancel_unpaid_after=timedelta(hours=1)).allocated()
    oms = shop.managers[0]
    oms.execute(om.ShipUnits(ORDER_ID, F1, (("kit", 1),), **shop.common()))
    shipment = next(iter(shop.order.progress.shipments))
    oms.execute(om.RecordDelivery(ORDER_ID, shipment, **shop.common()))
    oms.execute(om.AuthorizeReturn(ORDER_ID, "r", (("kit", 1),), **shop.common()))
    oms.execute(inv.ReceiveStock("MUG", "nyc", 5, key="po", at=T0 + timedelta(hours=1)))
    oms.execute(om.ReceiveReturn(ORDER_ID, "r", "nyc", **shop.common()))
    assert shop.order.status == "returned"
    assert shop.order.seen_at == T0 + timedelta(hours=1)
    assert (shop.stock("nyc", "MUG"), shop.stock("nyc", "TEE")) == ((8, 0), (8, 0))


# -- what the cart had reserved --------------------------------------------------------------------

HOUR = timedelta(hours=1)


def claimed(shop: Shop) -> tuple[int, int]:
    item = shop.managers[0].stock("TEE", "nyc")
    assert item is not None
    return item.live(shop.now), item.allocated


def test_an_order_that_is_cancelled_before_it_is_routed_lets_its_reservation_go() -> None:
    shop = Shop(cart=HOUR)
    assert claimed(shop) == (7, 0)
    shop.do(om.CancelUnits(ORDER_ID, (("tee", 3),), **shop.common()))
    assert claimed(shop) == (7, 0), "a part is still to be routed"
    shop.do(om.CancelUnits(ORDER_ID, **shop.common()))
    assert claimed(shop) == (0, 0)
    assert shop.managers[0].reservation("cart").outcome == "released"
    with pytest.raises(inv.ReservationEnded):
        shop.managers[1].execute(inv.ReleaseReservation("cart", **shop.common()))


def test_what_the_allocation_took_over_is_freed_once() -> None:
    shop = Shop(cart=HOUR)
    shop.do(RouteOrder(ORDER_ID, **shop.common()))
    assert claimed(shop) == (0, 7)
    shop.do(om.CancelUnits(ORDER_ID, **shop.common()))
    assert claimed(shop) == (0, 0)
    assert shop.managers[0].reservation("cart").outcome == "confirmed"


def test_a_reservation_that_has_expired_or_that_its_owner_let_go_is_not_freed_again() -> None:
    late, gone = Shop(cart=HOUR), Shop(cart=HOUR)
    late.now += HOUR
    gone.do(inv.ReleaseReservation("cart", **gone.common()))
    for shop in (late, gone):
        shop.do(om.CancelUnits(ORDER_ID, **shop.common()))
        assert claimed(shop) == (0, 0)


def test_an_order_that_nobody_pays_for_lets_its_reservation_go_too() -> None:
    shop = Shop(cart=9 * HOUR, cancel_unpaid_after=HOUR)
    shop.now += HOUR
    shop.managers[0].meet_deadlines(ORDER_ID, at=shop.now)
    shop.check()
    assert claimed(shop) == (0, 0)


def test_a_moment_that_only_the_reservation_has_seen_counts() -> None:
    """One command has one now, the latest of all that it reads."""
    shop = Shop(cart=HOUR)
    shop.managers[0].execute(inv.ExpireReservation("cart", key="e", at=T0 + 2 * HOUR))
    order = shop.managers[0].execute(om.CancelUnits(ORDER_ID, key="c", at=T0)).order
    assert order.seen_at == T0 + 2 * HOUR


# -- many hands ------------------------------------------------------------------------------------

HANDS = st.sampled_from(
    (
        "cancel",
        "cancel",
        "cancel some",
        "cancel same key",
        "ask",
        "accept",
        "decline",
        "reject",
        "call back",
        "short pick",
        "ship",
        "ship some",
        "route",
        "sweep",
        "hold",
    )
)


@settings(max_examples=80)
@given(
    hands=st.lists(st.tuples(HANDS, st.integers(0, 1), st.integers(0, 40)), min_size=2, max_size=14),
    turns=st.lists(st.integers(0, 3), max_size=300),
    unpaid=st.none() | st.integers(1, 120),
    whole=st.booleans(),
    cart=st.none() | st.integers(1, 200),
)
def test_many_hands_at_once_free_every_unit_once(
    hands: list[tuple[str, int, int]], turns: list[int], unpaid: int | None, whole: bool, cart: int | None
) -> None:
    """Up to four at a time take turns at every single request to the store; the oracle counts after each."""
    shop = Shop(
        cart=None if cart is None else timedelta(minutes=cart),
        cancel_unpaid_after=None if unpaid is None else timedelta(minutes=unpaid),
        cancel_unfillable_after=timedelta(minutes=90),
        cancel_unfillable_whole=whole,
        cancel_requests=om.accepted_until_picked if whole else om.a_person_decides,
    )
    if cart is None:
        shop.allocated()
    waiting, books = list(hands), [DeadlineBook(), DeadlineBook()]
    tasks: list[tuple[Any, Any, list[Any]]] = []
    picks = iter(turns)
    while waiting or tasks:
        while waiting and len(tasks) < 4:
            name, process, minutes = waiting.pop(0)
            shop.now += timedelta(minutes=minutes)
            manager = shop.managers[process]
            if name == "sweep":
                steps = meet(ORDER_ID, shop.now, manager.setup, books[process], "", "")
            else:
                steps = reads.commanded(command_of(name, shop), manager.setup)
            tasks.append((steps, manager.ports, [None, None]))
        task = tasks[next(picks, 0) % len(tasks)]
        steps, ports, box = task
        try:
            request = steps.throw(box[1]) if box[1] is not None else steps.send(box[0])
        except (StopIteration, OmcoreError):
            tasks.remove(task)
            continue
        box[0] = box[1] = None
        try:
            box[0] = request.perform(ports)
        except StoreError as error:
            box[1] = error
        shop.check()
    order = shop.managers[0].meet_deadlines(ORDER_ID, at=shop.now + timedelta(days=9))
    with suppress(OmcoreError):
        order = shop.managers[0].execute(om.CancelUnits(ORDER_ID, key="end", at=order.seen_at)).order
    shop.check()
    assert order.progress.tally.open == order.progress.tally.allocated == 0
    assert all(shop.stock(*key)[1] == 0 for key in HAD), "nobody holds anything any more"
    items = [shop.managers[0].stock(sku, location) for location, sku in HAD]
    assert not any(item.live(order.seen_at) for item in items if item is not None)


def command_of(name: str, shop: Shop) -> Command:
    common = shop.common()
    work = [entry.id for entry in shop.order.progress.work.values() if entry.items] or [F1]
    made: dict[str, Command] = {
        "cancel": om.CancelUnits(ORDER_ID, **common),
        "cancel some": om.CancelUnits(ORDER_ID, (("tee", 1), ("kit", 1)), **common),
        "cancel same key": om.CancelUnits(ORDER_ID, (("tee", 1),), key="same", at=shop.now),
        "ask": om.RequestCancel(ORDER_ID, "r1", (("kit", 1),), **common),
        "accept": om.DecideCancelRequest(ORDER_ID, "r1", True, **common),
        "decline": om.DecideCancelRequest(ORDER_ID, "r1", False, **common),
        "reject": om.RejectFulfillment(ORDER_ID, work[-1], **common),
        "call back": om.CancelFulfillment(ORDER_ID, work[-1], **common),
        "short pick": om.ReportShortPick(ORDER_ID, work[-1], (("tee", 1),), **common),
        "ship": om.ShipUnits(ORDER_ID, work[-1], **common),
        "ship some": om.ShipUnits(ORDER_ID, work[-1], (("kit", 1),), **common),
        "route": RouteOrder(ORDER_ID, **common),
        "hold": om.PlaceHold(
            ORDER_ID,
            f"h{shop.keys}",
            "fraud",
            expires_at=shop.now + timedelta(minutes=20),
            then="cancel" if shop.keys % 3 == 0 else "release",
            **common,
        ),
    }
    return made[name]
