"""What nobody has begun is planned once more: what it would save is said, and done exactly or not at all.

The machine at the end keeps the books of a shop by itself, with loops over units: nothing is lost or doubled
by any of it, nobody who lost units of an order is asked for it again, and no better plan costs more than what
it replaces.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import from_json, to_json
from omcore.engine import ApplyReoptimization
from omcore.kernel import (
    GeoPoint,
    IllegalTransition,
    InvalidType,
    LimitExceeded,
    Location,
    Money,
    Network,
    OmcoreError,
    Refusal,
    UnknownId,
)
from omcore.orders import events as ev
from omcore.promising import ServiceLevel
from omcore.routing import Rates
from omcore.shipping import Service
from reroute_shop import DAY, EAST, POINTS, WEST, Shop, network

CHEAPER = (("MUG", 1), ("TEA", 2))


def split(**places: Any) -> Shop:
    """A mug from New York and tea from Chicago; then tea came to New York, too."""
    shop = Shop(places=network(**places)).stocks(nyc={"MUG": 1}, chi={"TEA": 2})
    shop.sell("o", *CHEAPER)
    return shop.stocks(nyc={"TEA": 2})


def state_of(shop: Shop) -> Any:
    return [(entry.stream, entry.version, entry.event) for entry in shop.store.feed(0, 10_000)]


# -- in business words -----------------------------------------------------------------------


def test_an_order_that_was_split_is_consolidated_when_stock_lies_together_later() -> None:
    shop = split()
    found = shop.oms.reoptimize(at=shop.now)
    (better,) = found.better
    assert (better.why, better.ended, better.plan.locations) == ("cheaper", ("o-F1", "o-F2"), ("nyc",))
    moved = [(shift.work, shift.source, shift.location, shift.items) for shift in better.shifts]
    assert moved == [
        ("o-F2", "chi", "nyc", (("tea", ((1, 2),)),)),
        ("o-F1", "nyc", "nyc", (("mug", ((1, 1),)),)),
    ]
    assert (found.saved, better.money) == ({("USD", 1_000_000): better.saved}, Money(953, "USD"))
    assert found.explain() == (
        "Order o: saves 9.53 USD (19.56 USD before, 10.03 USD after)\n"
        "  from chi to nyc: 2 of line tea, of o-F2\n"
        "  joined at nyc: 1 of line mug, of o-F1\n"
        "  called off: o-F1\n"
        "  called off: o-F2\n"
    )
    assert from_json(to_json(found)) == found


def test_r4_looking_changes_nothing_and_doing_it_does_just_that_once() -> None:
    shop = split()
    before = state_of(shop)
    found = shop.oms.reoptimize(at=shop.now)
    assert state_of(shop) == before
    command = ApplyReoptimization(found.changes, **shop.common())
    shop.oms.execute(command)
    assert shop.work("o") == {"o-F3": ("nyc", "requested", 3)}
    assert (shop.allocated("MUG"), shop.allocated("TEA")) == ({"nyc": 1}, {"nyc": 2})
    mugs = [entry.event for entry in shop.oms.movements("MUG", "nyc")]
    assert [type(event) for event in mugs] == [inv.StockReceived, inv.StockAllocated], "the mug never moved"
    after = state_of(shop)
    assert shop.oms.execute(command).repeated
    assert state_of(shop) == after
    assert shop.oms.reoptimize(at=shop.now).kept == (("o", "best"),)


def test_s3_what_was_picked_meanwhile_stays_and_nothing_else_has_changed() -> None:
    shop = split()
    found = shop.oms.reoptimize(at=shop.now)
    shop.step("o", "chi", "pick")
    before = state_of(shop)
    with pytest.raises(om.WorkBegun) as refused:
        shop.do(ApplyReoptimization, found.changes)
    assert (refused.value.path, refused.value.fields["id"]) == ("changes[0].moves[0].fulfillment_id", "o-F2")
    assert state_of(shop) == before
    again = shop.oms.reoptimize(at=shop.now)
    assert again.kept == (("o", "best"),)


def test_s1_stock_that_is_gone_meanwhile_is_a_refusal_and_nothing_else_has_changed() -> None:
    shop = split()
    found = shop.oms.reoptimize(at=shop.now)
    shop.do(inv.AdjustStock, "TEA", "nyc", -1, "damage")
    before = state_of(shop)
    with pytest.raises(inv.InsufficientStock):
        shop.do(ApplyReoptimization, found.changes)
    assert state_of(shop) == before


def test_who_is_switched_off_between_looking_and_doing_gives_it_up_with_the_next_run() -> None:
    shop = split()
    found = shop.oms.reoptimize(at=shop.now)
    shop.opens(network(nyc={"active": False}))
    shop.do(ApplyReoptimization, found.changes)
    assert shop.places("o") == {"nyc": 3}
    shop.dispatch()
    assert (shop.places("o"), shop.needs()) == ({"chi": 2, "nyc": 1}, [("o", "may_not_ship", 1)])


def test_units_that_went_meanwhile_are_a_refusal() -> None:
    shop = split()
    found = shop.oms.reoptimize(at=shop.now)
    shop.do(om.CancelUnits, "o", (("tea", 1),))
    with pytest.raises(om.UnitsNotAvailable) as refused:
        shop.do(ApplyReoptimization, found.changes)
    assert refused.value.path == "changes[0].moves[0].items[0]"
    shop.do(om.CancelFulfillment, "o", "o-F2")
    with pytest.raises(IllegalTransition) as called_off:
        shop.do(ApplyReoptimization, found.changes)
    assert called_off.value.path == "changes[0].moves[0].fulfillment_id"


def test_what_one_order_frees_another_has_in_the_same_commit_or_neither_moves() -> None:
    """``a`` sits on the mug that ``b`` would have from where its tea is, and has no use for it there."""
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("a", ("MUG", 1), to=EAST)
    assert shop.places("a") == {"nyc": 1}
    shop.edit("a", om.ChangeAddress(WEST))
    shop.now += timedelta(minutes=1)
    shop.sell("b", ("MUG", 1), to=EAST)
    assert shop.places("b") == {"chi": 1}
    shop.stocks(lax={"MUG": 1})
    found = shop.oms.reoptimize(at=shop.now)
    assert [(better.order_id, better.plan.locations) for better in found.better] == [
        ("a", ("lax",)),
        ("b", ("nyc",)),
    ]
    before = state_of(shop)
    with pytest.raises(inv.InsufficientStock):
        shop.do(om.RearrangeWork, "b", found.better[1].moves)
    shop.step("a", "nyc", "pick")
    with pytest.raises(om.WorkBegun):
        shop.do(ApplyReoptimization, found.changes)
    assert len(state_of(shop)) == len(before) + 1
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.sell("a", ("MUG", 1), to=EAST)
    shop.edit("a", om.ChangeAddress(WEST))
    shop.sell("b", ("MUG", 1), to=EAST)
    shop.stocks(lax={"MUG": 1})
    shop.do(ApplyReoptimization, shop.oms.reoptimize(at=shop.now).changes)
    assert (shop.places("a"), shop.places("b")) == ({"lax": 1}, {"nyc": 1})


def test_s8_what_was_reserved_ships_from_where_it_was_reserved() -> None:
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    items = (inv.ReservedItem("MUG", "chi", 1),)
    shop.do(inv.ReserveStock, "cart", "ann", items, shop.now + DAY)
    shop.order("o", ("MUG", 1), reservation="cart")
    shop.oms.route("o", **shop.common())
    assert shop.places("o") == {"chi": 1}
    assert shop.oms.reoptimize(at=shop.now).kept == (("o", "nothing_may_move"),)
    shop.opens(network(chi={"active": False}))
    (better,) = shop.oms.reoptimize(at=shop.now).better
    assert (better.why, better.plan.locations) == ("may_not_ship", ("nyc",))


def test_nothing_leaves_on_a_later_day_unless_it_may() -> None:
    """Asked for before the cut-off it leaves today; asked for anew after it, tomorrow."""
    shop = split()
    shop.now += timedelta(hours=6)
    assert shop.oms.reoptimize(at=shop.now).kept == (("o", "best"),)
    found = shop.oms.reoptimize(at=shop.now, may_leave_later=True)
    assert [better.order_id for better in found.better] == ["o"]
    shop.now += DAY - timedelta(hours=6)
    assert shop.oms.reoptimize(at=shop.now).better, "by then it is late wherever it lies"


def test_where_the_best_would_leave_later_the_best_of_those_that_leave_as_early_is_taken() -> None:
    """New York has closed for today; Chicago, nearer than Los Angeles, is open till midnight."""
    late = {"cut_off": "23:00"}
    shop = Shop(places=network(chi=late, lax=late)).stocks(lax={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.stocks(nyc={"MUG": 1}, chi={"MUG": 1})
    shop.now += timedelta(hours=6)
    (better,) = shop.oms.reoptimize(at=shop.now).better
    assert better.plan.locations == ("chi",)
    (better,) = shop.oms.reoptimize(at=shop.now, may_leave_later=True).better
    assert better.plan.locations == ("nyc",)


def test_no_promise_is_put_off_for_a_cheaper_parcel_unless_it_may() -> None:
    """Both could come in one parcel from Chicago; the mug, that comes tomorrow, would come later."""
    ground = Service("ground", ((500, 1), (None, 3)))
    shop = Shop(services=(ServiceLevel("standard", (ground,)),)).stocks(nyc={"MUG": 1}, chi={"TEA": 1})
    shop.sell("o", ("MUG", 1), ("TEA", 1))
    before = {entry.arrival.location: entry.arrival.latest for entry in shop.oms.order("o").promises}
    shop.stocks(chi={"MUG": 1})
    assert shop.oms.reoptimize(at=shop.now).kept == (("o", "best"),)
    found = shop.oms.reoptimize(at=shop.now, may_leave_later=True)
    assert found.better[0].plan.locations == ("chi",)
    shop.do(ApplyReoptimization, found.changes)
    (late,) = {entry.arrival.latest for entry in shop.oms.order("o").promises}
    assert (late, before["nyc"]) == (before["chi"], date(2026, 12, 1))
    assert late == date(2026, 12, 3)


@pytest.mark.parametrize(
    "services", [(), (ServiceLevel("standard", (Service("ground", ((500, 1), (None, 3))),)),)]
)
def test_what_has_to_move_takes_nothing_with_it_that_would_come_later(services: Any) -> None:
    """One parcel from Los Angeles is cheaper than two; but the mug leaves New York today, and may stay."""
    shop = Shop(services=services).stocks(nyc={"MUG": 1}, chi={"TEA": 1})
    shop.sell("o", ("MUG", 1), ("TEA", 1))
    before = {entry.arrival.location: entry.arrival for entry in shop.oms.order("o").promises}
    shop.stocks(lax={"MUG": 1, "TEA": 1})
    shop.opens(network(chi={"active": False}, lax={"cut_off": "08:00"}))
    (better,) = shop.oms.reoptimize(at=shop.now, may_leave_later=True).better
    assert better.plan.locations == ("lax",)
    (better,) = shop.oms.reoptimize(at=shop.now).better
    assert (better.why, [shift.work for shift in better.shifts]) == ("may_not_ship", ["o-F2"])
    shop.dispatch()
    assert shop.places("o") == {"nyc": 1, "lax": 1}
    after = {entry.arrival.location: entry.arrival for entry in shop.oms.order("o").promises}
    assert after.get("nyc") == before.get("nyc")


def test_what_is_not_there_any_more_takes_nothing_with_it_that_would_come_later() -> None:
    """Of an order's mug and tea in Chicago the mug is broken: the tea, that leaves today, stays."""
    late = {"cut_off": "08:00"}
    shop = Shop(places=network(nyc=late, lax=late)).stocks(chi={"MUG": 1, "TEA": 1})
    shop.sell("o", ("MUG", 1), ("TEA", 1))
    shop.do(inv.AdjustStock, "MUG", "chi", -1, "damage")
    shop.stocks(nyc={"TEA": 1})
    assert shop.oms.reoptimize(at=shop.now).kept == (("o", "nowhere_else"),)
    shop.stocks(nyc={"MUG": 1})
    (better,) = shop.oms.reoptimize(at=shop.now).better
    assert [(shift.work, shift.location, shift.items) for shift in better.shifts] == [
        ("o-F1", "nyc", (("mug", ((1, 1),)),))
    ]
    assert (better.ended, better.plan.locations) == ((), ("nyc",))
    shop.do(ApplyReoptimization, ((better.order_id, better.moves),))
    assert shop.places("o") == {"chi": 1, "nyc": 1}


def test_what_costs_the_same_elsewhere_stays_where_it_is() -> None:
    """New York stands first among equals, and would be chosen anew; nobody is bothered for nothing."""
    twins = Network((Location("nyc", point=EAST.point), Location("zzz", point=EAST.point)))
    shop = Shop(places=twins).stocks(zzz={"MUG": 1})
    shop.sell("o", ("MUG", 1))
    shop.stocks(nyc={"MUG": 1})
    assert shop.oms.reoptimize(at=shop.now).kept == (("o", "best"),)


def test_s7_what_stays_and_what_leaves_in_one_step_is_counted_each_for_itself() -> None:
    shop = Shop().stocks(nyc={"MUG": 3}, lax={"MUG": 2})
    shop.sell("o", ("MUG", 3))
    moves = (("o-F1", "nyc", (("mug", ((1, 1),)),)), ("o-F1", "lax", (("mug", ((2, 3),)),)))
    shop.do(om.RearrangeWork, "o", moves)
    assert (shop.places("o"), shop.allocated("MUG")) == ({"nyc": 1, "lax": 2}, {"nyc": 1, "lax": 2})


def test_r3_who_lost_some_of_an_order_gets_no_more_of_it_and_keeps_what_it_has() -> None:
    shop = Shop().stocks(nyc={"MUG": 2}, chi={"TEA": 2})
    shop.sell("o", ("MUG", 2), ("TEA", 2))
    shop.do(om.ReportShortPick, "o", "o-F1", (("mug", 1),))
    shop.stocks(nyc={"TEA": 2})
    found = shop.oms.reoptimize(("o",), at=shop.now)
    assert (found.better, found.kept) == ((), (("o", "best"),))


def test_an_order_on_hold_or_over_stays_and_an_order_nobody_knows_is_told() -> None:
    shop = split()
    shop.do(om.PlaceHold, "o", "h", "fraud")
    shop.order("gone", ("MUG", 1))
    shop.do(om.CancelUnits, "gone")
    found = shop.oms.reoptimize(("gone", "o"), at=shop.now)
    assert sorted(found.kept) == [("gone", "over"), ("o", "on_hold")]
    with pytest.raises(UnknownId):
        shop.oms.reoptimize(("none",), at=shop.now)
    with pytest.raises(UnknownId) as refused:
        shop.do(ApplyReoptimization, (("none", (("none-F1", "nyc", (("mug", 1),)),)),))
    assert refused.value.path == "changes[0].order_id"


def test_a_ship_complete_order_moves_as_a_whole() -> None:
    shop = Shop().stocks(nyc={"MUG": 1}, chi={"TEA": 1, "MUG": 1})
    shop.do(inv.AdjustStock, "MUG", "chi", -1, "damage")
    shop.sell("o", ("MUG", 1), ("TEA", 1), ship_complete=True)
    shop.stocks(lax={"MUG": 1, "TEA": 1})
    found = shop.oms.reoptimize(at=shop.now)
    shop.do(ApplyReoptimization, found.changes)
    assert shop.places("o") == {"lax": 2}
    assert shop.oms.order("o").progress.tally.open == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ((), InvalidType),
        ((("o",),), InvalidType),
        ((("o", ()),), InvalidType),
        (((("o", (("o-F1", "nyc", (("mug", 1),)),)),) * 2), OmcoreError),
        (tuple((f"o{n}", (("F", "nyc", (("m", 1),)),)) for n in range(1_001)), LimitExceeded),
        ("o", InvalidType),
    ],
)
def test_a_change_that_is_none_is_told(changes: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ApplyReoptimization(changes, key="k", at=Shop().now)


# -- the books -------------------------------------------------------------------------------

RATES = Rates()
SKUS = ("MUG", "TEA", "CAP")


def cost_of(shop: Shop, name: str) -> Fraction:
    """What an order's work costs that nobody has begun, by the rates as they are published."""
    order = shop.oms.order(name)
    goal = order.terms.destination
    assert goal is not None
    assert goal.point is not None
    whole = Fraction(0)
    for work in order.progress.work.values():
        units = sum(last - first + 1 for _, runs in work.items for first, last in runs)
        if units and work.status in ("requested", "accepted"):
            meters = round(goal.point.distance_km(GeoPoint(*POINTS[work.location])) * 1000)
            each = RATES.per_unit + Fraction(RATES.per_unit_km * meters, 1000)
            whole += RATES.per_shipment + units * each
    return whole


class Rearranging(RuleBasedStateMachine):
    """Orders come, are given back, moved, changed, counted, picked, planned anew."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop(consolidate=lambda order, why: order.terms.service == "express")
        self.ordered: dict[str, Counter[str]] = {}
        self.found: Any = None

    @initialize(here=st.lists(st.integers(0, 3), min_size=9, max_size=9))
    def opens(self, here: list[int]) -> None:
        for at, many in enumerate(here):
            if many:
                self.shop.do(inv.ReceiveStock, SKUS[at % 3], tuple(POINTS)[at // 3], many)

    def attempt(self, kind: Any, *arguments: Any) -> bool:
        try:
            self.shop.do(kind, *arguments)
        except Refusal:
            return False
        return True

    def name(self, n: int) -> str:
        return tuple(self.ordered)[n % len(self.ordered)] if self.ordered else "none"

    @rule(
        lines=st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=1, max_size=3),
        east=st.booleans(),
        whole=st.booleans(),
        fast=st.booleans(),
    )
    def somebody_orders(self, lines: dict[str, int], east: bool, whole: bool, fast: bool) -> None:
        name = f"o{len(self.ordered)}"
        self.ordered[name] = Counter(lines)
        to, service = (EAST if east else WEST), ("express" if fast else "standard")
        self.shop.sell(name, *lines.items(), to=to, ship_complete=whole, service=service)

    @rule(sku=st.sampled_from(SKUS), place=st.sampled_from(tuple(POINTS)), many=st.integers(1, 4))
    def goods_come(self, sku: str, place: str, many: int) -> None:
        self.shop.do(inv.ReceiveStock, sku, place, many)

    @rule(sku=st.sampled_from(SKUS), place=st.sampled_from(tuple(POINTS)), found=st.integers(0, 4))
    def somebody_counts(self, sku: str, place: str, found: int) -> None:
        self.shop.do(inv.CountStock, sku, place, found)

    @rule(
        n=st.integers(0, 9),
        which=st.integers(0, 3),
        event=st.sampled_from(
            ("reject", "short", "call back", "pick", "accept", "ship", "move", "cancel", "hold")
        ),
    )
    def something_happens(self, n: int, which: int, event: str) -> None:
        if not self.ordered:
            return
        order = self.shop.oms.order(self.name(n))
        works = [work for work in order.progress.work.values() if work.items]
        if event == "hold":
            held = any(hold.id == "h" for hold in order.standing.holds)
            kind, more = (om.ReleaseHold, ("h",)) if held else (om.PlaceHold, ("h", "fraud"))
            self.attempt(kind, order.id, *more)
        elif event == "cancel":
            self.attempt(
                om.CancelUnits, order.id, ((order.terms.lines[which % len(order.terms.lines)].id, 1),)
            )
        elif works:
            work = works[which % len(works)]
            line = (work.items[0][0], 1)
            make: dict[str, tuple[Any, ...]] = {
                "reject": (om.RejectFulfillment, order.id, work.id),
                "short": (om.ReportShortPick, order.id, work.id, (line,)),
                "call back": (om.CancelFulfillment, order.id, work.id, "", (line,)),
                "pick": (om.AdvanceFulfillment, order.id, work.id, "pick"),
                "accept": (om.AdvanceFulfillment, order.id, work.id, "accept"),
                "ship": (om.ShipUnits, order.id, work.id),
                "move": (om.MoveFulfillment, order.id, work.id, "chi", (line,)),
            }
            self.attempt(*make[event])

    @rule(n=st.integers(0, 9), east=st.booleans())
    def somebody_moves(self, n: int, east: bool) -> None:
        """The customer does."""
        name = self.name(n)
        if self.ordered and self.attempt(
            om.ProposeEdit, name, f"e{self.shop.keys}", (om.ChangeAddress(EAST if east else WEST),)
        ):
            self.attempt(om.ConfirmEdit, name, f"e{self.shop.keys - 1}")

    @rule(n=st.integers(0, 9))
    def routed(self, n: int) -> None:
        try:
            self.shop.oms.route(self.name(n), **self.shop.common())
        except Refusal:
            return

    @rule(places=st.sets(st.sampled_from(tuple(POINTS)), max_size=1))
    def opened(self, places: set[str]) -> None:
        """Another process, of which some location is switched off."""
        self.shop.opens(network(**{place: {"active": False} for place in places}))

    @rule(hours=st.integers(0, 30))
    def time_passes(self, hours: int) -> None:
        self.shop.now += timedelta(hours=hours)

    @rule()
    def dispatched(self) -> None:
        self.shop.dispatch()

    @rule(later=st.booleans())
    def looked_for_better(self, later: bool) -> None:
        """To be carried out at once, or when it is too late."""
        before = state_of(self.shop)
        self.found = self.shop.oms.reoptimize(at=self.shop.now, may_leave_later=later)
        assert state_of(self.shop) == before
        again = self.shop.oms.reoptimize(tuple(sorted(self.ordered)), at=self.shop.now, may_leave_later=later)
        assert again.better == self.found.better, "all that may move, and in the same order"

    @rule()
    def carried_out_late(self) -> None:
        """Exactly, or not at all."""
        if self.found is None or not self.found.better:
            return
        before = state_of(self.shop)
        if not self.attempt(ApplyReoptimization, self.found.changes):
            assert state_of(self.shop) == before
        self.found = None

    @rule(later=st.booleans())
    def carried_out_at_once(self, later: bool) -> None:
        found = self.shop.oms.reoptimize(at=self.shop.now, may_leave_later=later)
        if not found.better:
            return
        costs = {name: cost_of(self.shop, name) for name in self.ordered}
        opened = {name: self.shop.oms.order(name).progress.tally.open for name in self.ordered}
        self.shop.do(ApplyReoptimization, found.changes)
        for better in found.better:
            name = better.order_id
            assert self.shop.oms.order(name).progress.tally.open == opened[name], "it fills no less"
            if better.why == "cheaper":
                unlooked = sum(1 for _ in better.stays)
                saved = costs[name] - cost_of(self.shop, name)
                assert saved > 0
                # Costs are whole at each unit; the rates' own fractions are not.
                assert unlooked or abs(saved - better.saved) <= 100
        still = self.shop.oms.reoptimize(at=self.shop.now, may_leave_later=later)
        moved = {better.order_id for better in found.better}
        assert not [each for each in still.better if each.order_id in moved and each.why == "may_not_ship"]

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def every_unit_is_somewhere_once_and_every_claim_is_an_orders(self) -> None:
        claimed: Counter[tuple[str, str]] = Counter()
        for name, lines in self.ordered.items():
            order = self.shop.oms.order(name)
            for line, units in zip(order.terms.lines, order.progress.units, strict=True):
                states = Counter[str]()
                for first, last, state, _ in units:
                    states[state] += last - first + 1
                assert sum(states.values()) == lines[line.sku]
                held = 0
                for work in order.progress.work.values():
                    for first, last in dict(work.items).get(line.id, ()):
                        held += last - first + 1
                        claimed[work.location, line.sku] += last - first + 1
                assert held == states["allocated"]
        for place in POINTS:
            for sku in SKUS:
                item = self.shop.oms.stock(sku, place)
                if item is not None:
                    assert item.allocated == claimed[place, sku]
                    assert item.on_hand >= 0
                    assert inv.reconcile(self.shop.oms.movements(sku, place), item) is None

    @invariant()
    def nobody_who_lost_units_is_asked_again(self) -> None:
        """R3, by the history of each order alone."""
        for name in self.ordered:
            out: set[str] = set()
            for entry in self.shop.oms.history(name):
                event = entry.event
                if type(event) in (ev.FulfillmentRejected, ev.UnitsShortPicked):
                    out.add(event.location)
                elif type(event) is ev.FulfillmentRequested:
                    assert event.location not in out

    @invariant()
    def what_needs_routing_is_what_is_open(self) -> None:
        open_units: dict[str, int] = defaultdict(int)
        for name in self.ordered:
            order = self.shop.oms.order(name)
            if order.progress.tally.open and not order.standing.holds:
                open_units[name] = order.progress.tally.open
        told = self.shop.oms.needs_routing(at=self.shop.now)
        for name, units in open_units.items():
            assert units in [each.units for each in told if each.order_id == name]
        for each in told:
            order = self.shop.oms.order(each.order_id)
            off = each.why == "may_not_ship"
            assert order.progress.tally.open or (off and order.progress.tally.allocated)
            assert not order.standing.holds


TestRearranging = Rearranging.TestCase
TestRearranging.settings = settings(stateful_step_count=30)
