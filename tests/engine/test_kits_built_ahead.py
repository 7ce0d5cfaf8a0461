"""S11: finished kits lie in stock, are sold first and counted once, against dictionaries and by search."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, Outcome, RouteOrder
from omcore.kernel import (
    Catalog,
    InvalidQuantity,
    Item,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
    UnknownId,
)
from omcore.memory import MemoryStore
from omcore.orders import events as ev
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.routing import LowestCost, Nearest, Rates

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
PLACES = ("nyc", "nj")
# What unpacking one gives; BOX is a kit of kits, DUO is never built ahead, and all share parts.
PARTS: dict[str, dict[str, int]] = {
    "SET": {"MUG": 1, "TEA": 2},
    "BOX": {"MUG": 1, "TEA": 2, "CARD": 1},
    "DUO": {"TEA": 2},
}
AHEAD = ("SET", "BOX")
LOOSE = ("MUG", "TEA", "CARD")
CATALOG = Catalog(
    (
        Item("BOX", components=(("SET", 1), ("CARD", 1)), built_ahead=True),
        Item("SET", components=(("MUG", 1), ("TEA", 2)), built_ahead=True),
        Item("DUO", components=(("TEA", 2),)),
    )
)


def parts_of(sku: str) -> dict[str, int]:
    return PARTS.get(sku, {sku: 1})


class Shop:
    """A manager, and short words for what is done with it."""

    def __init__(self, routing: Any = None, places: tuple[str, ...] = PLACES, **more: Any) -> None:
        self.store = MemoryStore()
        self.now = T0
        self.keys = 0
        self.more: dict[str, Any] = {
            "network": Network(tuple(Location(place) for place in places)),
            "routing": routing or Nearest(),
            "catalog": CATALOG,
            **more,
        }
        self.oms = OrderManager(self.store, **self.more)

    def common(self) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    def do(self, kind: Any, *arguments: Any, **more: Any) -> Any:
        return self.oms.execute(kind(*arguments, **more, **self.common()))

    def may(self, kind: Any, *arguments: Any, **more: Any) -> bool:
        """Whether it was done; a refusal changes no stream."""
        before = self.store.feed(0, 100_000)
        try:
            self.do(kind, *arguments, **more)
        except OmcoreError:
            assert self.store.feed(0, 100_000) == before
            return False
        return True

    def receive(self, place: str, **amounts: int) -> None:
        for sku, units in amounts.items():
            if units:
                self.do(inv.ReceiveStock, sku, place, units)

    def books(self, sku: str, place: str) -> inv.StockItem:
        found = self.oms.stock(sku, place)
        return found if found is not None else inv.StockItem(sku, place, 0, 0, 0, 0, (), 0, 0, 0, T0)

    def on_hand(self, place: str) -> dict[str, int]:
        return {sku: self.books(sku, place).on_hand for sku in (*LOOSE, *AHEAD)}

    def place(self, order_id: str, *lines: tuple[str, int], **more: Any) -> om.Order:
        drafted = tuple(
            DraftLine(f"l{i}", sku, units, Money(100, "USD")) for i, (sku, units) in enumerate(lines)
        )
        total = Money(100 * sum(line.quantity for line in drafted), "USD")
        draft = OrderDraft(
            ExternalRef("web", "shop", "order", order_id),
            "USD",
            drafted,
            self.now,
            destination=Place("US", "NY", "10001"),
            tenders=(DraftTender("card", "gateway", total, authorized=True),),
            **{name: more.pop(name) for name in ("pickup_at",) if name in more},
        )
        order: om.Order = self.do(om.PlaceOrder, draft, order_id=order_id, **more).order
        return order

    def route(self, order_id: str) -> Any:
        self.keys += 1
        return self.oms.route(order_id, key=f"k{self.keys}", at=self.now)


def handed_over(kit: str, loose: dict[str, int], finished: int) -> int:
    """How many kits can be handed over: they are taken, and made, one after the other until none can be."""
    left, made = dict(loose), 0
    while finished > 0 or all(left[sku] >= each for sku, each in parts_of(kit).items()):
        if finished > 0:
            finished -= 1
        else:
            for sku, each in parts_of(kit).items():
                left[sku] -= each
        made += 1
    return made


# -- the story ---------------------------------------------------------------------------------


def test_s11_kits_are_assembled_of_what_is_free_and_taken_apart_again() -> None:
    shop = Shop()
    shop.receive("nyc", MUG=5, TEA=5)
    assert shop.oms.available("SET", at=T0) == {"nyc": 2, "nj": 0}
    done = shop.do(inv.AssembleKits, "SET", "nyc", 2, "wo-1", by="ann")
    assert (done.state.sku, done.state.on_hand) == ("SET", 2)
    assert shop.on_hand("nyc") == {"MUG": 3, "TEA": 1, "CARD": 0, "SET": 2, "BOX": 0}
    assert shop.oms.available("SET", at=T0) == {"nyc": 2, "nj": 0}
    causes = [(entry.event.cause, entry.event.reference) for entry in shop.oms.movements("SET", "nyc")]
    assert causes == [("assembled", "wo-1")]
    shop.do(inv.TakeKitsApart, "SET", "nyc", 1)
    assert shop.on_hand("nyc") == {"MUG": 4, "TEA": 3, "CARD": 0, "SET": 1, "BOX": 0}


def test_s11_no_more_are_made_than_there_are_free_components() -> None:
    shop = Shop()
    shop.receive("nyc", MUG=5, TEA=5)
    shop.place("o1", ("TEA", 2))
    shop.route("o1")
    with pytest.raises(inv.InsufficientStock) as refused:
        shop.do(inv.AssembleKits, "SET", "nyc", 2)
    assert refused.value.fields == {"sku": "TEA", "location": "nyc", "requested": 4, "available": 3}
    assert shop.on_hand("nyc") == {"MUG": 5, "TEA": 5, "CARD": 0, "SET": 0, "BOX": 0}
    with pytest.raises(inv.InsufficientStock):
        shop.do(inv.TakeKitsApart, "SET", "nyc", 1)


@pytest.mark.parametrize("sku", ["DUO", "MUG", "UNHEARD-OF"])
def test_what_is_not_built_ahead_is_not_assembled(sku: str) -> None:
    shop = Shop()
    shop.receive("nyc", TEA=5)
    for kind in (inv.AssembleKits, inv.TakeKitsApart):
        with pytest.raises(inv.NotBuiltAhead) as refused:
            shop.do(kind, sku, "nyc", 1)
        assert refused.value.fields == {"sku": sku}
    with pytest.raises(UnknownId):
        shop.do(inv.AssembleKits, "DUO", "nowhere", 1)


def test_s11_finished_kits_are_sold_before_any_is_made() -> None:
    shop = Shop()
    shop.receive("nyc", MUG=5, TEA=6)
    shop.do(inv.AssembleKits, "SET", "nyc", 2)
    shop.place("o1", ("SET", 3))
    shop.route("o1")
    assert shop.on_hand("nyc") == {"MUG": 5, "TEA": 6, "CARD": 0, "SET": 0, "BOX": 0}
    assert shop.books("TEA", "nyc").allocated == 6
    movements = [entry.event for entry in shop.oms.movements("SET", "nyc")][1:]
    assert [(event.quantity, event.cause, event.reference) for event in movements] == [
        (-2, "taken_apart", "o1")
    ]
    assert shop.oms.available("TEA", at=T0)["nyc"] == 0
    shop.do(om.CancelUnits, "o1", (("l0", 3),))
    # Called off: what it was given of finished ones is loose until somebody assembles again.
    assert shop.oms.available("SET", at=T0)["nyc"] == 3
    assert shop.oms.available("TEA", at=T0)["nyc"] == 6


def test_s5_a_cart_is_given_finished_kits_and_the_order_takes_them_over() -> None:
    shop = Shop()
    shop.receive("nyc", MUG=2, TEA=4)
    shop.do(inv.AssembleKits, "SET", "nyc", 1)
    cart = inv.items_for(CATALOG, [("SET", 1), ("MUG", 1), ("DUO", 1)], "nyc")
    assert {item.sku: item.quantity for item in cart} == {"SET": 1, "MUG": 1, "TEA": 2}
    shop.do(inv.ReserveStock, "cart", "ann", cart, T0 + timedelta(minutes=5))
    held = {item.sku: item.quantity for item in shop.oms.reservation("cart").items}
    assert held == {"MUG": 2, "TEA": 4}
    assert shop.on_hand("nyc") == {"MUG": 2, "TEA": 4, "CARD": 0, "SET": 0, "BOX": 0}
    shop.receive("nyc", SET=1)
    shop.place("o1", ("SET", 1), ("MUG", 1), ("DUO", 1), reservation="cart")
    assert not shop.route("o1").remainder
    assert shop.on_hand("nyc")["SET"] == 1, "what the cart claimed is not served from another kit"


def test_s12_a_kit_that_a_till_sold_was_a_finished_one() -> None:
    shop = Shop()
    shop.receive("nyc", MUG=1, TEA=2)
    shop.do(inv.AssembleKits, "SET", "nyc", 1)
    line = DraftLine("l", "SET", 1, Money(100, "USD"), fulfilled_by="taken")
    tender = DraftTender("cash", "cash", Money(100, "USD"), captured=True)
    ref = ExternalRef("till", "shop", "order", "1")
    draft = OrderDraft(ref, "USD", (line,), T0, taken_at="nyc", tenders=(tender,))
    shop.do(om.PlaceOrder, draft, order_id="o1")
    assert set(shop.on_hand("nyc").values()) == {0}
    found = [entry.event for sku in LOOSE for entry in shop.oms.movements(sku, "nyc")]
    assert not [event for event in found if getattr(event, "cause", "") == "till_difference"]


def test_s8_finished_kits_are_for_who_buys_kits_even_where_others_wait_for_a_component() -> None:
    shop = Shop()
    shop.receive("nyc", TEA=3, SET=2)
    shop.place("o1", ("TEA", 3))
    shop.route("o1")
    shop.do(inv.CountStock, "TEA", "nyc", 1)
    assert shop.books("TEA", "nyc").short(T0) == 2
    shop.do(inv.SetSafetyStock, "MUG", "nyc", 4)
    assert shop.oms.available("SET", at=T0)["nyc"] == 2
    shop.place("o2", ("SET", 2))
    assert not shop.route("o2").remainder
    assert shop.books("TEA", "nyc").short(T0) == 2, "as short as before, and no more"
    for sku in ("TEA", "MUG", "SET"):
        assert inv.reconcile(shop.oms.movements(sku, "nyc"), shop.oms.stock(sku, "nyc")) is None


def test_s3_a_single_is_never_planned_out_of_a_finished_kit() -> None:
    """Nyc has one finished kit and nothing else: the kit must come from there, and the tea from nj."""
    for routing in (Nearest(), LowestCost(Rates())):
        shop = Shop(routing)
        shop.receive("nyc", SET=1)
        shop.receive("nj", MUG=1, TEA=2)
        shop.place("o1", ("TEA", 2), ("SET", 1))
        plan = shop.route("o1")
        assert {(entry.line_id, entry.location) for entry in plan.assignments} == {
            ("l0", "nj"),
            ("l1", "nyc"),
        }


def test_an_order_is_validated_by_what_is_finished_too() -> None:
    shop = Shop(rules=(om.StockAvailable(),))
    shop.receive("nyc", SET=1, MUG=1, TEA=3)
    assert not shop.place("o1", ("SET", 2), ("TEA", 1)).standing.holds
    held = shop.place("o2", ("SET", 2), ("TEA", 2)).standing.holds
    assert [(hold.kind, hold.note) for hold in held] == [("stock", "TEA")]


def test_a_stale_view_of_finished_kits_costs_a_plan_and_nothing_else() -> None:
    shop = Shop()
    shop.receive("nyc", SET=1)
    shop.receive("nj", SET=1)
    other = OrderManager(shop.store, **shop.more)
    shop.place("o1", ("SET", 1))
    assert [entry.location for entry in other.plan("o1", at=T0).assignments] == ["nj"]
    shop.do(inv.AdjustStock, "SET", "nj", -1, "shrinkage")
    other.setup.view.position = 10**9  # it does not follow the feed
    plan = other.route("o1", key="late", at=T0)
    assert [entry.location for entry in plan.assignments] == ["nyc"]


def test_an_order_without_such_kits_reads_and_writes_what_it_did() -> None:
    """Only who buys such a kit pays for it."""

    class Counting(MemoryStore):
        def __init__(self) -> None:
            super().__init__()
            self.loaded: list[tuple[str, ...]] = []

        def load(self, streams: Any) -> Any:
            self.loaded.append(tuple(streams))
            return super().load(streams)

    stores = []
    for catalog in (CATALOG, Catalog(tuple(item for item in CATALOG.items if item.sku == "DUO"))):
        shop = Shop(catalog=catalog)
        shop.store = Counting()
        shop.oms = OrderManager(shop.store, **shop.more)
        shop.receive("nyc", TEA=9, MUG=2)
        shop.do(inv.ReserveStock, "cart", "a", (inv.ReservedItem("TEA", "nyc", 1),), T0 + timedelta(1))
        shop.place("o1", ("DUO", 2), ("MUG", 1), ("TEA", 1), reservation="cart")
        shop.route("o1")
        shop.do(om.CancelUnits, "o1", (("l0", 1),))
        stores.append(shop.store)
    ours, theirs = stores
    assert ours.loaded == theirs.loaded
    assert ours.feed(0, 10_000) == theirs.feed(0, 10_000)


# -- against a search --------------------------------------------------------------------------

SHELF = st.fixed_dictionaries({sku: st.integers(0, 4) for sku in (*LOOSE, *AHEAD)})


def possible(shelf: dict[str, int], units: Counter[str]) -> bool:
    """Whether one place can hand over all of these: finished kits for kits, the rest out of what is loose."""
    left = {sku: shelf[sku] for sku in LOOSE}
    for sku, n in units.items():
        for part, each in parts_of(sku).items():
            left[part] -= each * max(0, n - shelf.get(sku, 0) if sku in AHEAD else n)
    return min(left.values()) >= 0


def most(shelves: list[dict[str, int]], lines: list[tuple[str, int]]) -> int:
    """The most units that can be handed over by two places, every division of every line tried."""
    best = 0
    choices = [[(a, b) for a in range(n + 1) for b in range(n + 1 - a)] for _, n in lines]
    for division in product(*choices):
        total = sum(a + b for a, b in division)
        if total > best:
            given = [Counter[str](), Counter[str]()]
            for (sku, _), parts in zip(lines, division, strict=True):
                for place, n in enumerate(parts):
                    given[place][sku] += n
            if all(possible(shelf, units) for shelf, units in zip(shelves, given, strict=True)):
                best = total
    return best


@settings(deadline=None)
@given(
    shelves=st.tuples(SHELF, SHELF),
    lines=st.lists(
        st.tuples(st.sampled_from(["SET", "BOX", "DUO", "TEA", "MUG"]), st.integers(1, 3)),
        min_size=1,
        max_size=3,
    ),
)
@example(
    shelves=({"MUG": 0, "TEA": 0, "CARD": 0, "SET": 1, "BOX": 0}, dict.fromkeys((*LOOSE, *AHEAD), 0)),
    lines=[("TEA", 1), ("SET", 1)],
)
def test_what_is_routed_is_the_most_that_can_be_handed_over(
    shelves: tuple[dict[str, int], ...], lines: list[tuple[str, int]]
) -> None:
    """R1, S3, S11: whatever shares components, and it is carried out without one refusal."""
    shop = Shop(LowestCost(Rates()))
    for place, shelf in zip(PLACES, shelves, strict=True):
        shop.receive(place, **shelf)
    for kit in (*AHEAD, "DUO"):
        told = shop.oms.available(kit, at=T0)
        for place, shelf in zip(PLACES, shelves, strict=True):
            assert told[place] == handed_over(kit, shelf, shelf.get(kit, 0))
    shop.place("o1", *lines)
    plan = shop.route("o1")
    left = sum(entry.quantity for entry in plan.remainder)
    assert sum(n for _, n in lines) - left == most(list(shelves), lines)
    for place, shelf in zip(PLACES, shelves, strict=True):
        asked: Counter[str] = Counter()
        for entry in plan.assignments:
            if entry.location == place:
                asked[lines[int(entry.line_id[1:])][0]] += entry.quantity
        books = shop.on_hand(place)
        for kit in AHEAD:
            assert books[kit] == shelf[kit] - min(shelf[kit], asked[kit]), "finished ones first"
        for sku in LOOSE:
            packed = sum(PARTS[kit].get(sku, 0) * (books[kit] - shelf[kit]) for kit in AHEAD)
            assert books[sku] + packed == shelf[sku]


# -- against dictionaries ----------------------------------------------------------------------

places = st.sampled_from(PLACES)
SOLD = ("SET", "BOX", "DUO", "TEA", "MUG")


class BuiltAhead(RuleBasedStateMachine):
    """Kits are made, taken apart, sold, called off, shipped, sent back; goods are counted in components."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()
        self.goods: Counter[tuple[str, str]] = Counter()  # by place and component, packed or loose
        self.finished: Counter[tuple[str, str]] = Counter()
        self.claimed: dict[str, Counter[tuple[str, str]]] = {}  # by order or cart
        self.ends: dict[str, datetime] = {}

    def claims(self, place: str, sku: str) -> int:
        live = (
            who for who in self.claimed if self.ends.get(who, self.shop.now + timedelta(1)) > self.shop.now
        )
        return sum(self.claimed[who][place, sku] for who in live)

    def loose(self, place: str, sku: str) -> int:
        packed = sum(self.finished[place, kit] * PARTS[kit].get(sku, 0) for kit in AHEAD)
        return self.goods[place, sku] - packed

    def free(self, place: str) -> dict[str, int]:
        return {sku: self.loose(place, sku) - self.claims(place, sku) for sku in LOOSE}

    @initialize(shelves=st.tuples(SHELF, SHELF))
    def open(self, shelves: tuple[dict[str, int], ...]) -> None:
        for place, shelf in zip(PLACES, shelves, strict=True):
            for sku, units in shelf.items():
                self.receive(place, sku, units + 1)

    @rule(place=places, sku=st.sampled_from((*LOOSE, *AHEAD)), units=st.integers(1, 4))
    def receive(self, place: str, sku: str, units: int) -> None:
        self.shop.receive(place, **{sku: units})
        for part, each in parts_of(sku).items():
            self.goods[place, part] += each * units
        if sku in AHEAD:
            self.finished[place, sku] += units

    @rule(place=places, kit=st.sampled_from(AHEAD), units=st.integers(1, 3))
    def assemble(self, place: str, kit: str, units: int) -> None:
        possible = all(self.free(place)[sku] >= each * units for sku, each in PARTS[kit].items())
        assert self.shop.may(inv.AssembleKits, kit, place, units) == possible
        if possible:
            self.finished[place, kit] += units

    @rule(place=places, kit=st.sampled_from(AHEAD), units=st.integers(1, 3))
    def take_apart(self, place: str, kit: str, units: int) -> None:
        possible = self.finished[place, kit] >= units
        assert self.shop.may(inv.TakeKitsApart, kit, place, units) == possible
        if possible:
            self.finished[place, kit] -= units

    def use(self, who: str, place: str, units: Counter[str]) -> None:
        """Finished kits first; all of it is claimed by its components."""
        for sku, n in units.items():
            if sku in AHEAD:
                self.finished[place, sku] -= min(n, self.finished[place, sku])
            for part, each in parts_of(sku).items():
                self.claimed.setdefault(who, Counter())[place, part] += n * each

    @rule(
        place=places,
        lines=st.lists(st.tuples(st.sampled_from(SOLD), st.integers(1, 2)), min_size=1, max_size=3),
        minutes=st.integers(1, 9),
    )
    def reserve(self, place: str, lines: list[tuple[str, int]], minutes: int) -> None:
        units: Counter[str] = Counter()
        for sku, n in lines:
            units[sku] += n
        free = {sku: max(0, left) for sku, left in self.free(place).items()}
        shelf = free | {kit: self.finished[place, kit] for kit in AHEAD}
        token = f"cart-{self.shop.keys}"
        items = inv.items_for(CATALOG, lines, place)
        until = self.shop.now + timedelta(minutes=minutes)
        done = self.shop.may(inv.ReserveStock, token, "ann", items, until)
        assert done == possible(shelf, units)
        if done:
            self.ends[token] = until
            self.use(token, place, units)

    @rule(minutes=st.integers(1, 9))
    def wait(self, minutes: int) -> None:
        self.shop.now += timedelta(minutes=minutes)

    @rule(
        data=st.data(),
        lines=st.lists(st.tuples(st.sampled_from(SOLD), st.integers(1, 2)), min_size=1, max_size=3),
        reserved=st.booleans(),
    )
    def buy(self, data: st.DataObject, lines: list[tuple[str, int]], reserved: bool) -> None:
        name, cart = f"o{self.shop.keys}", ""
        carts = [token for token, until in self.ends.items() if until > self.shop.now]
        if reserved and carts:
            cart = data.draw(st.sampled_from(carts))
        before = {place: self.shop.on_hand(place) for place in PLACES}
        self.shop.place(name, *lines, reservation=cart)
        asked: dict[str, Counter[str]] = {place: Counter() for place in PLACES}
        for entry in self.shop.route(name).assignments:
            asked[entry.location][lines[int(entry.line_id[1:])][0]] += entry.quantity
        if cart and any(asked.values()):
            del self.ends[cart]
            del self.claimed[cart]
        for place, units in asked.items():
            if not cart:
                self.use(name, place, units)
                continue
            # What the cart held is not asked of finished kits again: no more of them go than are asked for.
            for kit in AHEAD:
                gone = before[place][kit] - self.shop.on_hand(place)[kit]
                assert 0 <= gone <= units[kit]
                self.finished[place, kit] -= gone
            for sku, n in units.items():
                for part, each in parts_of(sku).items():
                    self.claimed.setdefault(name, Counter())[place, part] += n * each

    def orders(self) -> list[str]:
        return [who for who in self.claimed if who not in self.ends and who.startswith("o")]

    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        """Each place ships what it was asked for, if a count has not taken it away."""
        if names := self.orders():
            name = data.draw(st.sampled_from(names))
            for work in tuple(self.shop.oms.order(name).progress.work.values()):
                parts = {key: n for key, n in self.claimed[name].items() if key[0] == work.location}
                possible = bool(work.items) and all(self.loose(*key) >= n for key, n in parts.items())
                assert self.shop.may(om.ShipUnits, name, work.id) == possible
                if possible:
                    for key, n in parts.items():
                        self.goods[key] -= n
                        del self.claimed[name][key]
            if not self.claimed[name]:
                del self.claimed[name]

    @rule(data=st.data())
    def call_off(self, data: st.DataObject) -> None:
        if names := self.orders():
            name = data.draw(st.sampled_from(names))
            self.shop.do(om.CancelUnits, name)
            del self.claimed[name]

    @rule(place=places, sku=st.sampled_from(LOOSE), data=st.data())
    def count_it(self, place: str, sku: str, data: st.DataObject) -> None:
        """What is counted is what is loose, and may leave claims without stock."""
        counted = data.draw(st.integers(0, 6))
        self.goods[place, sku] += counted - self.loose(place, sku)
        self.shop.do(inv.CountStock, sku, place, counted)

    @invariant()
    def the_books_are_those_of_the_dictionaries(self) -> None:
        for place in PLACES:
            books = self.shop.on_hand(place)
            for kit in AHEAD:
                assert books[kit] == self.finished[place, kit]
                assert self.shop.books(kit, place).claims(self.shop.now) == 0
            for sku in LOOSE:
                item = self.shop.books(sku, place)
                assert item.on_hand == self.loose(place, sku), (place, sku)
                assert item.claims(self.shop.now) == self.claims(place, sku)
            for kit in (*AHEAD, "DUO"):
                told = self.shop.oms.available(kit, at=self.shop.now)[place]
                assert told == handed_over(kit, self.free(place), self.finished[place, kit])

    def teardown(self) -> None:
        for place in PLACES:
            for sku in (*LOOSE, *AHEAD):
                item = self.shop.oms.stock(sku, place)
                assert inv.reconcile(self.shop.oms.movements(sku, place), item) is None


TestBuiltAhead = BuiltAhead.TestCase
TestBuiltAhead.settings = settings(deadline=None, stateful_step_count=20)


def test_what_comes_back_is_loose() -> None:
    shop = Shop()
    shop.receive("nyc", SET=1)
    shop.place("o1", ("SET", 1))
    shop.route("o1")
    shop.do(om.ShipUnits, "o1", "o1-F1")
    assert set(shop.on_hand("nyc").values()) == {0}
    shop.do(om.RecordDelivery, "o1", *shop.oms.order("o1").progress.shipments)
    shop.do(om.AuthorizeReturn, "o1", "r", (("l0", 1),))
    shop.do(om.ReceiveReturn, "o1", "r", "nyc", (("l0", 1),))
    back = [entry.event for entry in shop.oms.history("o1") if type(entry.event) is ev.ReturnReceived]
    assert len(back) == 1
    assert shop.on_hand("nyc") == {"MUG": 1, "TEA": 2, "CARD": 0, "SET": 0, "BOX": 0}


@pytest.mark.parametrize("brought", [-1, 4, True, 2.0, "2", None])
def test_a_claim_brings_no_more_than_it_is_for(brought: Any) -> None:
    for operation in (inv.Allocate(3, (), brought), inv.Reserve(3, 1_900_000_000, brought)):
        with pytest.raises(InvalidQuantity) as refused:
            inv.decide_stock(None, operation, T0, sku="TEA", location="nyc")
        assert refused.value.path == "brought"
    movements = inv.decide_stock(None, inv.Allocate(3, (), 3), T0, sku="TEA", location="nyc")
    assert [event.quantity for event in movements] == [3, 3]
    with pytest.raises(inv.InsufficientStock) as short:
        inv.decide_stock(None, inv.Allocate(3, (), 2), T0, sku="TEA", location="nyc")
    assert short.value.fields["available"] == 2


def test_what_a_movement_brings_leaves_room_for_its_own_claim_alone() -> None:
    """A claim beyond what is there is found, unless it brought what it is of."""
    steps = (inv.Receive(3), inv.Allocate(3), inv.Count(0, "count"), inv.Allocate(2, (), 2))
    movements, item = inv.decide_operations(None, steps, T0, sku="TEA", location="nyc", reference="o2")
    assert inv.reconcile(movements, item) is None
    other = attrs.evolve(movements[-1], reference="o3")
    wrong = inv.reconcile((*movements[:-1], other))
    assert wrong == inv.Discrepancy(len(movements), "claims", 3, 5)
    found = attrs.evolve(movements[-2], cause="found")
    assert inv.reconcile((*movements[:-2], found, movements[-1])) == wrong


def test_what_a_cart_holds_of_components_is_used_with_what_is_finished() -> None:
    """Ann claimed what a kit is made of, and buys a kit and another mug: the only other mug is in a kit."""
    shop = Shop()
    shop.receive("nyc", MUG=1, TEA=2, SET=1)
    items = (inv.ReservedItem("MUG", "nyc", 1), inv.ReservedItem("TEA", "nyc", 2))
    shop.do(inv.ReserveStock, "cart", "ann", items, T0 + timedelta(minutes=5))
    shop.place("o1", ("MUG", 1), ("SET", 1), reservation="cart")
    assert not shop.route("o1").remainder
    assert shop.on_hand("nyc") == {"MUG": 2, "TEA": 4, "CARD": 0, "SET": 0, "BOX": 0}
    assert shop.books("TEA", "nyc").atp(T0) == 2


def test_s8_kits_ship_from_where_they_were_reserved_though_finished_ones_lie_nearer() -> None:
    shop = Shop()
    shop.receive("nyc", SET=1)
    cart = inv.items_for(CATALOG, [("SET", 1)], "nyc")
    shop.do(inv.ReserveStock, "cart", "ann", cart, T0 + timedelta(minutes=5))
    shop.receive("nj", SET=1)
    shop.place("o1", ("SET", 1), reservation="cart")
    assert [entry.location for entry in shop.route("o1").assignments] == ["nyc"]
    assert shop.on_hand("nj")["SET"] == 1


def test_kits_that_are_kept_back_take_nothing_from_what_can_be_made() -> None:
    shop = Shop()
    shop.receive("nyc", MUG=1, TEA=2, SET=1)
    shop.do(inv.SetSafetyStock, "SET", "nyc", 2)
    assert shop.oms.available("SET", at=T0)["nyc"] == 1


def test_two_lines_of_one_kit_are_not_validated_by_one_finished_kit() -> None:
    shop = Shop(rules=(om.StockAvailable(),))
    shop.receive("nyc", SET=1)
    assert shop.place("o1", ("SET", 1), ("SET", 1)).standing.holds


def test_s8_what_is_reserved_ships_from_there_and_only_the_rest_out_of_finished_kits_elsewhere() -> None:
    shop = Shop()
    shop.receive("nyc", SET=1)
    cart = inv.items_for(CATALOG, [("SET", 1)], "nyc")
    shop.do(inv.ReserveStock, "cart", "ann", cart, T0 + timedelta(minutes=5))
    shop.receive("nj", SET=2)
    shop.place("o1", ("SET", 2), reservation="cart")
    placed = {entry.location: entry.quantity for entry in shop.route("o1").assignments}
    assert placed == {"nyc": 1, "nj": 1}
    assert shop.on_hand("nj")["SET"] == 1


def test_s5_who_replaces_a_cart_keeps_what_it_was_given_of_finished_kits() -> None:
    shop = Shop()
    shop.receive("nyc", SET=3, TEA=1)
    until = T0 + timedelta(minutes=5)
    shop.do(inv.ReserveStock, "one", "ann", (inv.ReservedItem("SET", "nyc", 1),), until)
    more = (inv.ReservedItem("SET", "nyc", 2), inv.ReservedItem("TEA", "nyc", 1))
    shop.do(inv.ReserveStock, "two", "ann", more, until, "one")
    assert shop.on_hand("nyc") == {"MUG": 2, "TEA": 5, "CARD": 0, "SET": 1, "BOX": 0}
    assert (shop.books("MUG", "nyc").claims(T0), shop.books("TEA", "nyc").claims(T0)) == (2, 5)
    fewer = (inv.ReservedItem("SET", "nyc", 1),)
    shop.do(inv.ReserveStock, "three", "ann", fewer, until, "two")
    assert shop.on_hand("nyc")["SET"] == 1
    assert shop.oms.available("SET", at=T0)["nyc"] == 2
    assert shop.oms.reservation("three").items == (
        inv.ReservedItem("MUG", "nyc", 1),
        inv.ReservedItem("TEA", "nyc", 2),
    )


def test_kits_in_a_batch_are_counted_once() -> None:
    """Made, claimed by two carts of which the second finds one, and one too many: each has its own answer."""
    shop = Shop()
    shop.receive("nyc", MUG=3, TEA=5)
    until = T0 + timedelta(minutes=5)
    commands = [
        inv.AssembleKits("SET", "nyc", 1, **shop.common()),
        *[
            inv.ReserveStock(f"cart-{i}", "ann", (inv.ReservedItem("SET", "nyc", 1),), until, **shop.common())
            for i in range(3)
        ],
    ]
    answers = shop.oms.execute_all(commands)
    assert [type(answer).__name__ for answer in answers] == ["Outcome"] * 3 + ["InsufficientStock"]
    assert shop.on_hand("nyc") == {"MUG": 3, "TEA": 5, "CARD": 0, "SET": 0, "BOX": 0}
    assert (shop.books("MUG", "nyc").claims(T0), shop.books("TEA", "nyc").claims(T0)) == (2, 4)


def test_components_leave_their_lots_for_a_kit_and_come_back_without() -> None:
    shop = Shop()
    shop.receive("nyc", MUG=1)
    shop.do(inv.ReceiveStock, "TEA", "nyc", 3, "po-1", lot="A7")
    shop.do(inv.AssembleKits, "SET", "nyc", 1)
    assert [(held.lot, held.quantity) for held in shop.books("TEA", "nyc").lots.holdings] == [("A7", 1)]
    shop.do(inv.TakeKitsApart, "SET", "nyc", 1)
    tea = shop.books("TEA", "nyc")
    assert (tea.on_hand, tea.lots.tracked("sellable")) == (3, 1)
    assert inv.reconcile(shop.oms.movements("TEA", "nyc"), tea) is None


@pytest.mark.parametrize("came", [False, True])
def test_s10_who_waits_for_components_is_served_by_a_finished_kit(came: bool) -> None:
    """A kit that comes finished before its components do, or with them, ends the waiting."""
    shop = Shop(policies=om.Policies(unplaced="backorder"))
    for sku, units in (("MUG", 1), ("TEA", 2)):
        shop.do(inv.ExpectSupply, sku, "nyc", "po-1", units, T0 + timedelta(days=3))
    shop.place("o1", ("SET", 1))
    assert [rest.reason for rest in shop.route("o1").remainder] == ["backordered"]
    shop.now += timedelta(days=1)
    if came:
        shop.do(inv.ReceiveStock, "MUG", "nyc", 1, "po-1")
        shop.do(inv.ReceiveStock, "TEA", "nyc", 2, "po-1")
    shop.receive("nyc", SET=1)
    assert not shop.route("o1").remainder
    assert shop.on_hand("nyc")["SET"] == 0
    for sku, units in (("MUG", 1), ("TEA", 2)):
        item = shop.books(sku, "nyc")
        assert (item.allocated, item.outlook.promised) == (units, 0)
        assert item.promisable(shop.now) == (units if came else 0)
        assert inv.reconcile(shop.oms.movements(sku, "nyc"), item) is None


@pytest.mark.parametrize("dated", [False, True])
def test_s10_s11_a_finished_kit_that_comes_goes_to_the_first_who_waits_for_the_kit(dated: bool) -> None:
    """Its components are not there: who waits for them, with a date or without, hears of the kit (S10)."""
    shop = Shop(policies=om.Policies(unplaced="backorder"))
    if dated:
        for sku, units in (("MUG", 2), ("TEA", 4)):
            shop.do(inv.ExpectSupply, sku, "nyc", "po-1", units, T0 + timedelta(days=3))
    for order_id in ("o1", "o2"):
        shop.place(order_id, ("SET", 1))
        shop.route(order_id)
    shop.now += timedelta(days=1)
    shop.receive("nyc", SET=1)
    shop.oms.dispatch(at=shop.now)
    assert (shop.oms.order("o1").backorders, shop.oms.order("o2").backordered) == ((), 1)
    assert shop.on_hand("nyc") == {"MUG": 1, "TEA": 2, "CARD": 0, "SET": 0, "BOX": 0}
    assert shop.books("TEA", "nyc").outlook.promised == (2 if dated else 0)
    shop.receive("nj", SET=1)
    shop.oms.dispatch(at=shop.now)
    assert shop.oms.order("o2").backorders == ()


def test_s10_s11_finished_kits_count_for_dates_when_they_are_there_and_not_when_they_are_expected() -> None:
    """Routing promises components; what can be promised by a date says no more than that."""
    shop = Shop()
    later = T0 + timedelta(days=5)
    shop.receive("nyc", SET=2)
    shop.do(inv.ExpectSupply, "SET", "nyc", "po-1", 7, later)
    assert shop.oms.promise_dates("SET", 2, at=T0) == {"nyc": T0, "nj": None}
    assert shop.oms.promise_dates("SET", 3, at=T0)["nyc"] is None
    assert shop.oms.available("SET", at=T0, by=later) == {"nyc": 2, "nj": 0}
    shop.receive("nyc", MUG=1)
    shop.do(inv.ExpectSupply, "TEA", "nyc", "po-2", 2, later)
    assert shop.oms.promise_dates("SET", 3, at=T0)["nyc"] == later
    assert shop.oms.available("SET", at=T0, by=later)["nyc"] == 3
    shop.do(inv.ReceiveStock, "BOX", "nj", 3, expires_at=later)
    assert (
        shop.oms.available("BOX", at=T0, by=T0)["nj"],
        shop.oms.available("BOX", at=T0, by=later)["nj"],
    ) == (3, 0)


def test_s10_what_comes_in_with_a_kit_is_for_who_was_promised_nothing() -> None:
    """Two mugs came for the line that waited, and a set is finished: safety keeps no mug from either."""
    shop = Shop(policies=om.Policies(unplaced="backorder"))
    shop.do(inv.ExpectSupply, "MUG", "nyc", "po-1", 2, T0 + timedelta(days=3))
    shop.place("o1", ("MUG", 2), ("SET", 1))
    shop.route("o1")
    shop.do(inv.SetSafetyStock, "MUG", "nyc", 1)
    shop.do(inv.ReceiveStock, "MUG", "nyc", 2, "po-1", True)
    shop.receive("nyc", SET=1)
    shop.oms.dispatch(at=shop.now)
    assert shop.oms.order("o1").progress.tally.allocated == 3
    assert (shop.books("MUG", "nyc").allocated, shop.books("MUG", "nyc").outlook.promised) == (3, 0)


def test_an_order_for_finished_kits_is_routed_in_a_batch_too() -> None:
    shop = Shop()
    shop.receive("nyc", SET=1)
    shop.place("o1", ("SET", 2))
    commands = [inv.ReceiveStock("SET", "nyc", 1, **shop.common()), RouteOrder("o1", **shop.common())]
    _, routed = shop.oms.execute_all(commands)
    assert type(routed) is Outcome
    assert not routed.result.remainder
    assert shop.on_hand("nyc")["SET"] == 0


def test_s1_loose_goods_that_safety_keeps_are_not_shown_to_who_has_a_cart_elsewhere() -> None:
    """Ann has claimed three sets in Newark and wants one kit's tea more; the tea in New York is kept back."""
    shop = Shop()
    shop.receive("nj", SET=3)
    shop.do(inv.ReserveStock, "cart", "ann", (inv.ReservedItem("SET", "nj", 3),), T0 + timedelta(hours=1))
    shop.receive("nyc", TEA=1, SET=5)
    shop.do(inv.SetSafetyStock, "TEA", "nyc", 2)
    shop.place("o1", ("TEA", 3), ("SET", 2), reservation="cart")
    plan = shop.route("o1")
    assert not plan.remainder
    assert {entry.location for entry in plan.assignments if entry.line_id == "l0"} == {"nj"}


def test_s3_what_a_cart_holds_of_a_kit_counts_once_where_the_rest_is_of_others() -> None:
    """Ann holds one mug, and Bob another: of four there are three for her sets."""
    shop = Shop()
    shop.receive("nyc", MUG=4, TEA=8)
    for name in ("ann", "bob"):
        mug = (inv.ReservedItem("MUG", "nyc", 1),)
        shop.do(inv.ReserveStock, f"cart-{name}", name, mug, T0 + timedelta(hours=1))
    shop.place("o1", ("SET", 4), reservation="cart-ann")
    assert shop.route("o1").units == 3
    assert shop.books("MUG", "nyc").claims(T0) == 4
