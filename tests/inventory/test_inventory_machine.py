"""All of inventory's commands against dictionaries that list every claim: nothing is oversold or lost.

Two shops are given the same commands. In one of them somebody notes now and then what has expired, in the
other nobody ever does: they answer alike, and as the model says (S6).
"""

from collections import Counter

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from omcore import inventory as inv
from stock_machine import Shops, items_of
from stock_model import PLACES, Amounts, Place, seconds

LOCATIONS = ("lax", "nyc")
SKUS = ("MUG", "SET", "TEE")
CONDITIONS = ("sellable", "damaged", "quarantined")

places = st.sampled_from(PLACES)
loose = st.sampled_from([place for place in PLACES if place[1] != "SET"])
few = st.integers(1, 6)
conditions = st.sampled_from(CONDITIONS)
picks = st.integers(0, 20)
owners = st.sampled_from(["ann", "bob"])
lasting = st.integers(1, 900)
carts = st.dictionaries(loose, st.integers(1, 4), min_size=1, max_size=3)
parts = st.dictionaries(loose, st.integers(1, 2), max_size=2)
bits = st.integers(1, 255)
supplies = st.sampled_from(["po-1", "po-2", "tr-1", "tr-2"])
transfers = st.sampled_from(["tr-1", "tr-2"])


class Inventory(Shops):
    """Every rule asks the model first, then both shops."""

    # -- the ledger --------------------------------------------------------------------------

    @initialize()
    def open(self) -> None:
        if self.keys:
            return
        for location, sku in PLACES:
            self.do(self.model.receive((location, sku), 6), inv.ReceiveStock, sku, location, 6)

    @initialize(carts=st.lists(carts, min_size=2, max_size=4), s=lasting, first=st.booleans())
    def fill_carts(self, carts: list[Amounts], s: int, first: bool) -> None:
        """So that there are claims from the beginning, and maybe an allocation."""
        if not self.keys:
            self.open()
        for number, cart in enumerate(carts):
            self.reserve(number, "ann", cart, s + 60 * number)
        if first:
            self.confirm(2)

    @rule(place=places, units=few)
    def receive(self, place: Place, units: int) -> None:
        self.do(self.model.receive(place, units), inv.ReceiveStock, place[1], place[0], units)

    @rule(place=places, units=few, supply=supplies, completes=st.booleans())
    def receive_what_was_expected(self, place: Place, units: int, supply: str, completes: bool) -> None:
        expected = self.model.receive(place, units, supply, completes)
        self.do(expected, inv.ReceiveStock, place[1], place[0], units, supply, completes)

    @rule(place=places, units=st.integers(0, 6), supply=supplies, days=st.integers(-1, 5))
    def expect(self, place: Place, units: int, supply: str, days: int) -> None:
        arrives = self.model.now + seconds(86_400 * days)
        expected = self.model.expect(place, supply, units)
        self.do(expected, inv.ExpectSupply, place[1], place[0], supply, units, arrives)

    @rule(place=places, delta=st.integers(-5, 5).filter(bool), condition=conditions)
    def adjust(self, place: Place, delta: int, condition: str) -> None:
        expected = self.model.adjust(place, delta, condition)
        self.do(expected, inv.AdjustStock, place[1], place[0], delta, "damage", condition)

    @rule(place=places, counted=st.integers(0, 8), condition=conditions)
    def count_it(self, place: Place, counted: int, condition: str) -> None:
        expected = self.model.count(place, counted, condition)
        self.do(expected, inv.CountStock, place[1], place[0], counted, condition=condition)

    @rule(place=places, units=few, condition=conditions, to=st.sampled_from(["", *CONDITIONS]))
    def regrade(self, place: Place, units: int, condition: str, to: str) -> None:
        if to != condition:
            expected = self.model.regrade(place, units, condition, to)
            self.do(expected, inv.RegradeStock, place[1], place[0], units, condition, to, "damage")

    @rule(place=places, units=st.integers(0, 3))
    def keep_back(self, place: Place, units: int) -> None:
        self.model.safety[place] = units
        self.do("", inv.SetSafetyStock, place[1], place[0], units)

    @rule(place=places, units=st.integers(0, 3))
    def promise_beyond_what_is_here(self, place: Place, units: int) -> None:
        self.model.backorders[place] = units
        self.do("", inv.SetBackorderLimit, place[1], place[0], units)

    @rule(place=places, units=st.none() | st.integers(0, 4))
    def watch(self, place: Place, units: int | None) -> None:
        self.do("", inv.SetReorderPoint, place[1], place[0], units)

    @rule(origin=st.sampled_from(LOCATIONS), sku=st.sampled_from(SKUS), units=few, name=transfers)
    def transfer(self, origin: str, sku: str, units: int, name: str) -> None:
        to = LOCATIONS[origin == "lax"]
        expected = self.model.transfer(origin, to, sku, units, name)
        arrives = self.model.now + seconds(3_600)
        self.do(expected, inv.TransferStock, name, sku, origin, to, units, arrives)

    @rule(origin=st.sampled_from(LOCATIONS), sku=st.sampled_from(SKUS), units=few, name=transfers)
    def call_back(self, origin: str, sku: str, units: int, name: str) -> None:
        to = LOCATIONS[origin == "lax"]
        expected = self.model.call_back(origin, to, sku, units, name)
        self.do(expected, inv.CallBackTransfer, name, sku, origin, to, units)

    @rule(location=st.sampled_from(LOCATIONS), kits=st.integers(1, 3))
    def assemble(self, location: str, kits: int) -> None:
        self.do(self.model.rework(location, kits), inv.AssembleKits, "SET", location, kits)

    @rule(location=st.sampled_from(LOCATIONS), kits=st.integers(1, 3))
    def take_apart(self, location: str, kits: int) -> None:
        self.do(self.model.rework(location, -kits), inv.TakeKitsApart, "SET", location, kits)

    # -- temporary claims --------------------------------------------------------------------

    @rule(pick=picks, owner=owners, cart=carts, s=lasting)
    def reserve(self, pick: int, owner: str, cart: Amounts, s: int) -> None:
        token = self.unused(pick)
        until = self.model.now + seconds(s)
        expected = self.model.reserve(token, owner, until, cart)
        self.do(expected, inv.ReserveStock, token, owner, items_of(cart), until)

    @rule(pick=picks, other=picks, owner=owners, cart=carts, s=lasting)
    def replace(self, pick: int, other: int, owner: str, cart: Amounts, s: int) -> None:
        self.replaced(self.unused(pick), self.known(other), owner, cart, s)

    @rule(pick=picks, other=picks, more=parts, fewer=places, s=lasting, lost=st.booleans())
    def think_better_of_it(
        self, pick: int, other: int, more: Amounts, fewer: Place, s: int, lost: bool
    ) -> None:
        """An owner changes what he has; maybe somebody finds that what he has is not there."""
        old = self.live(other)
        if old in self.model.carts:
            cart = {**self.model.carts[old].items, **more}
            if len(cart) > 1:
                cart.pop(fewer, None)
            if lost:
                self.count_it(min(cart), 0, "sellable")
            self.replaced(self.unused(pick), old, self.model.carts[old].owner, cart, s)

    def replaced(self, token: str, old: str, owner: str, cart: Amounts, s: int) -> None:
        if token != old:
            until = self.model.now + seconds(s)
            expected = self.model.reserve(token, owner, until, cart, old)
            self.do(expected, inv.ReserveStock, token, owner, items_of(cart), until, old)

    @rule(pick=picks, s=lasting)
    def extend(self, pick: int, s: int) -> None:
        token = self.live(pick)
        until = self.model.now + seconds(s)
        self.do(self.model.extend(token, until), inv.ExtendReservation, token, until)

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        token = self.live(pick)
        self.do(self.model.release(token), inv.ReleaseReservation, token)

    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        token = self.live(pick)
        self.do(self.model.confirm(token, {}, False), inv.ConfirmReservation, token)

    @rule(pick=picks, bits=bits, late=st.booleans())
    def confirm_in_part(self, pick: int, bits: int, late: bool) -> None:
        token = self.live(pick)
        part = self.items(token, bits)
        expected = self.model.confirm(token, part, late)
        self.do(expected, inv.ConfirmReservation, token, items_of(part), late)

    @rule(pick=picks, bought_up=st.booleans())
    def pay_late(self, pick: int, bought_up: bool) -> None:
        """At the very second at which it expired; maybe somebody else was faster."""
        token = self.live(pick)
        if token in self.model.carts:
            cart = self.model.carts[token]
            self.model.now = max(self.model.now, cart.until)
            place = min(cart.items)
            if bought_up and self.model.free(place) > 0:
                self.allocate(place, self.model.free(place))
        self.do(self.model.confirm(token, {}, True), inv.ConfirmReservation, token, late=True)

    @rule(pick=picks)
    def an_order_takes_over(self, pick: int) -> None:
        token = self.live(pick)
        if token in self.model.carts and self.model.outcome(token) == "live":
            cart = self.unswept.cart(token)
            second = inv.reservation_second(cart)
            wanted = self.model.carts[token].items
            self.work("", {at: (inv.Allocate(n, ((second, n),)),) for at, n in wanted.items()}, token)
            self.model.taken_over(token)

    @rule(pick=picks)
    def sweep(self, pick: int) -> None:
        """In one shop only."""
        token = self.known(pick)
        self.keys += 1
        before = {at: self.swept.view.promisable(at[1], at[0], self.model.now) for at in PLACES}
        command = inv.ExpireReservation(token, key=f"k{self.keys}", at=self.model.now)
        expected = {"live": "reservation_live", "expired": ""}
        code = "unknown_id"
        if token in self.model.carts:
            code = expected.get(self.model.outcome(token), "reservation_ended")
        assert self.swept.execute(command)[0] == code
        assert before == {at: self.swept.view.promisable(at[1], at[0], self.model.now) for at in PLACES}

    # -- what an owner holds -----------------------------------------------------------------

    @rule(pick=picks, bits=bits, whole=st.booleans())
    def ship_what_is_held(self, pick: int, bits: int, whole: bool) -> None:
        token = self.holder(pick)
        part = {} if whole else self.held(token, bits)
        self.do(self.model.ship_held(token, part), inv.ShipAllocation, token, items_of(part))

    @rule(pick=picks, bits=bits, whole=st.booleans())
    def let_go_of_what_is_held(self, pick: int, bits: int, whole: bool) -> None:
        token = self.holder(pick)
        part = {} if whole else self.held(token, bits)
        self.do(self.model.release_held(token, part), inv.ReleaseAllocation, token, items_of(part))

    @rule(pick=picks, bits=bits)
    def not_find_what_is_held(self, pick: int, bits: int) -> None:
        token = self.holder(pick)
        part = self.held(token, bits) or {("lax", "MUG"): 1}
        expected = self.model.short_held(token, part)
        self.do(expected, inv.ReportAllocationShort, token, items_of(part), "shrinkage")

    @rule(pick=picks, bits=bits, to=st.sampled_from(LOCATIONS))
    def move_what_is_held(self, pick: int, bits: int, to: str) -> None:
        token = self.holder(pick)
        part = {place: units for place, units in self.held(token, bits).items() if place[0] != to}
        part = part or {(LOCATIONS[to == "lax"], "MUG"): 1}
        self.do(self.model.move_held(token, part, to), inv.MoveAllocation, token, items_of(part), to)

    # -- what orders, pickers and tills do ---------------------------------------------------

    @rule(place=places, units=few)
    def allocate(self, place: Place, units: int) -> None:
        self.work(self.model.allocate(place, units), {place: (inv.Allocate(units),)})

    @rule(place=places, units=few)
    def deallocate(self, place: Place, units: int) -> None:
        if units <= self.model.orders.count(place):
            self.work(self.model.deallocate(place, units), {place: (inv.Deallocate(units),)})

    @rule(place=places, units=few)
    def ship(self, place: Place, units: int) -> None:
        if units <= self.model.orders.count(place):
            self.work(self.model.ship(place, units), {place: (inv.Ship(units),)})

    @rule(place=places, units=few)
    def short_pick(self, place: Place, units: int) -> None:
        if units <= self.model.orders.count(place):
            self.work(self.model.short_pick(place, units), {place: (inv.ShortPick(units, "damage"),)})

    @rule(place=places, units=few)
    def sell_at_the_till(self, place: Place, units: int) -> None:
        self.work(self.model.sell(place, units), {place: (inv.Take(units),)})

    @rule(place=places, units=few, condition=conditions)
    def take_back(self, place: Place, units: int, condition: str) -> None:
        self.work(self.model.take_back(place, units, condition), {place: (inv.TakeBack(units, condition),)})

    # -- time, and keys ----------------------------------------------------------------------

    @rule(s=st.sampled_from([0, 1, 1, 60, 300]))
    def wait(self, s: int) -> None:
        self.model.now += seconds(s)

    @rule(pick=picks)
    def wait_until_it_expires(self, pick: int) -> None:
        """To the very second (S6)."""
        token = self.known(pick)
        if token in self.model.carts and self.model.outcome(token) == "live":
            self.model.now = self.model.carts[token].until

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def say_it_again(self, data: st.DataObject) -> None:
        """C4: the recorded answer, refusal or not, whatever would be answered by now."""
        command, code = data.draw(st.sampled_from(self.given[-12:]))
        for world in (self.swept, self.unswept):
            assert world.execute(command)[0] == code
            assert not world.followed()

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def say_something_else_under_the_key(self, data: st.DataObject) -> None:
        command, _ = data.draw(st.sampled_from(self.given[-12:]))
        other = attrs.evolve(command, reason="another")
        for world in (self.swept, self.unswept):
            assert world.execute(other)[0] == "idempotency_conflict"

    # -- what must hold ----------------------------------------------------------------------

    @invariant()
    def balances_and_claims_are_the_lists(self) -> None:
        model = self.model
        for place in PLACES:
            for world in (self.swept, self.unswept):
                item = world.item(place)
                if item is None:
                    continue
                assert item.on_hand == model.on_hand(place)
                assert item.damaged == model.units[place, "damaged"]
                assert item.quarantined == model.units[place, "quarantined"]
                assert item.allocated == model.allocated(place)
                assert item.claims(model.now) == model.claims(place), "counters are the sum of the claims"
                assert (
                    item.atp(model.now) == world.view.atp(place[1], place[0], model.now) == model.atp(place)
                )
                assert item.promisable(model.now) == model.free(place)
                assert 0 <= item.reserved(model.now) <= item.on_hand + item.backorder_limit, "S1, always"
                short = max(0, model.claims(place) - model.on_hand(place) - model.backorders[place])
                assert item.short(model.now) == short

    @invariant()
    def nothing_comes_from_nowhere(self) -> None:
        """Conservation (S2): what is here, in any condition, and what is on its way."""
        for sku in SKUS:
            here = 0
            for location in LOCATIONS:
                item = self.unswept.item((location, sku))
                if item is not None:
                    under_way = [it.quantity for it in item.outlook.expected if it.origin]
                    here += item.on_hand + item.damaged + item.quarantined + sum(under_way)
            assert here == self.model.born[sku]
            assert sum(self.model.units[at, c] for at in PLACES for c in CONDITIONS if at[1] == sku) == (
                here - self.model.under_way(sku)
            )

    @invariant()
    def tokens_are_as_they_ended(self) -> None:
        for token, cart in self.model.carts.items():
            held = {place: units for place, units in cart.held.items() if units}
            for world in (self.swept, self.unswept):
                found = world.cart(token)
                assert found.outcome_at(self.model.now) == self.model.outcome(token)
                assert found.owner == cart.owner
                of_owner: Counter[Place] = Counter()
                for it in found.allocated:
                    of_owner[it.location, it.sku] += it.quantity
                assert dict(of_owner) == held

    def teardown(self) -> None:
        for world in (self.swept, self.unswept):
            world.prove()


Inventory.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestInventory = Inventory.TestCase


def test_the_machine_has_a_rule_for_every_command() -> None:
    rules = [
        name for name in vars(Inventory) if hasattr(getattr(Inventory, name), "hypothesis_stateful_rule")
    ]
    assert len(rules) >= 25
