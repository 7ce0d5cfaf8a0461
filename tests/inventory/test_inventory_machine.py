"""Inventory against dictionaries: nothing is oversold, and every claim ends exactly once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omcore import inventory as inv
from omcore.kernel import OmcoreError

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
KEYS = [(location, sku) for location in ("nyc", "lax") for sku in ("TEE", "MUG")]
keys = st.sampled_from(KEYS)
few = st.integers(1, 6)
TOKENS = [f"t{n}" for n in range(6)]


class Inventory(RuleBasedStateMachine):
    """Commands over both aggregates; the model has a number per balance and a dict per claim."""

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.states: dict[str, Any] = {}
        self.histories: dict[str, list[Any]] = {}
        self.view = inv.AvailabilityView()
        self.on_hand: Counter[tuple[str, str]] = Counter()
        self.allocated: Counter[tuple[str, str]] = Counter()
        self.bad: Counter[tuple[str, str]] = Counter()
        self.safety: Counter[tuple[str, str]] = Counter()
        self.carts: dict[str, tuple[datetime, Counter[tuple[str, str]]]] = {}
        self.ended: set[str] = set()
        self.count = 0

    # -- carrying out --------------------------------------------------------------------------

    def do(self, command: Any) -> bool:
        token = inv.reservation_stream_of(command)
        reservation = self.states.get(token) if token else None
        streams = inv.streams_of(command, reservation)
        before = dict(self.states)
        try:
            changed = inv.decide_inventory(command, {s: self.states.get(s) for s in streams}, self.now)
        except OmcoreError:
            assert self.states == before
            return False
        assert set(changed) <= set(streams), "writes only what it said it reads"
        for stream, events in changed.items():
            for event in events:
                self.fold(stream, event)
        return True

    def operate(self, key: tuple[str, str], *operations: Any) -> bool:
        stream = inv.stock_stream(*key)
        try:
            events, item = inv.decide_operations(
                self.states.get(stream), operations, self.now, sku=key[1], location=key[0]
            )
        except OmcoreError:
            return False
        for event in events:
            self.fold(stream, event)
        assert self.states.get(stream, item) == item, "folding the events gives what was decided"
        return True

    def fold(self, stream: str, event: Any) -> None:
        self.states[stream] = inv.evolve_inventory(self.states.get(stream), event)
        self.histories.setdefault(stream, []).append(event)
        if stream.startswith("stock/"):
            self.view.apply(event)

    def common(self) -> dict[str, Any]:
        self.count += 1
        return {"key": f"k{self.count}", "at": self.now}

    def live(self, token: str) -> bool:
        return token in self.carts and token not in self.ended and self.now < self.carts[token][0]

    def claims(self, key: tuple[str, str]) -> int:
        held = sum(items[key] for token, (_, items) in self.carts.items() if self.live(token))
        return held + self.allocated[key]

    def free(self, key: tuple[str, str]) -> int:
        return self.on_hand[key] - self.claims(key) - self.safety[key]

    # -- rules ---------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        for key in KEYS:
            self.receive(key, 6)

    @rule(key=keys, quantity=few)
    def receive(self, key: tuple[str, str], quantity: int) -> None:
        assert self.do(inv.ReceiveStock(key[1], key[0], quantity, **self.common()))
        self.on_hand[key] += quantity

    @rule(key=keys, delta=st.integers(-5, 5).filter(bool))
    def adjust(self, key: tuple[str, str], delta: int) -> None:
        possible = self.on_hand[key] + delta >= 0
        assert self.do(inv.AdjustStock(key[1], key[0], delta, "found", **self.common())) == possible
        self.on_hand[key] += delta if possible else 0

    @rule(key=keys, counted=st.integers(0, 8))
    def count_it(self, key: tuple[str, str], counted: int) -> None:
        assert self.do(inv.CountStock(key[1], key[0], counted, **self.common()))
        self.on_hand[key] = counted

    @rule(key=keys, quantity=st.integers(0, 3))
    def keep_back(self, key: tuple[str, str], quantity: int) -> None:
        assert self.do(inv.SetSafetyStock(key[1], key[0], quantity, **self.common()))
        self.safety[key] = quantity

    @rule(
        token=st.sampled_from(TOKENS),
        items=st.lists(st.tuples(keys, few), min_size=1, max_size=4),
        s=st.integers(1, 900),
    )
    def reserve(self, token: str, items: list[tuple[tuple[str, str], int]], s: int) -> None:
        """S3, S4: summed per SKU and location, all or none, and a token is used once."""
        summed: Counter[tuple[str, str]] = Counter()
        for key, quantity in items:
            summed[key] += quantity
        possible = token not in self.carts and all(self.free(key) >= n for key, n in summed.items())
        made = tuple(inv.ReservedItem(key[1], key[0], n) for key, n in items)
        expires = self.now + timedelta(seconds=s)
        assert self.do(inv.ReserveStock(token, "owner", made, expires, **self.common())) == possible
        if possible:
            self.carts[token] = (expires, summed)

    @rule(token=st.sampled_from(TOKENS), s=st.integers(1, 900))
    def extend(self, token: str, s: int) -> None:
        later = self.now + timedelta(seconds=s)
        possible = self.live(token) and later > self.carts[token][0]
        assert self.do(inv.ExtendReservation(token, later, **self.common())) == possible
        if possible:
            self.carts[token] = (later, self.carts[token][1])

    @rule(token=st.sampled_from(TOKENS))
    def release(self, token: str) -> None:
        possible = self.live(token)
        assert self.do(inv.ReleaseReservation(token, **self.common())) == possible
        if possible:
            self.ended.add(token)

    @rule(token=st.sampled_from(TOKENS))
    def sweep(self, token: str) -> None:
        """S6: noting an expiry changes no answer."""
        before = {key: self.view.promisable(key[1], key[0], self.now) for key in KEYS}
        self.do(inv.ExpireReservation(token, **self.common()))
        assert before == {key: self.view.promisable(key[1], key[0], self.now) for key in KEYS}

    @rule(token=st.sampled_from(TOKENS))
    def confirm(self, token: str) -> None:
        """S5: a live claim becomes an allocation whatever else happened to the stock."""
        stream = inv.reservation_stream(token)
        reservation = self.states.get(stream)
        if reservation is None:
            return
        live = self.live(token)
        try:
            events = inv.confirm_reservation(reservation, "order", self.now)
        except inv.ReservationEnded:
            assert not live
            return
        assert live
        second = inv.reservation_second(reservation)
        for key, n in self.carts[token][1].items():
            assert self.operate(key, inv.Allocate(n, ((second, n),)))
            self.allocated[key] += n
        for event in events:
            self.fold(stream, event)
        self.ended.add(token)

    @rule(key=keys, quantity=few)
    def allocate(self, key: tuple[str, str], quantity: int) -> None:
        possible = self.free(key) >= quantity
        assert self.operate(key, inv.Allocate(quantity)) == possible
        self.allocated[key] += quantity if possible else 0

    @rule(key=keys, quantity=few)
    def deallocate(self, key: tuple[str, str], quantity: int) -> None:
        possible = self.allocated[key] >= quantity
        assert self.operate(key, inv.Deallocate(quantity)) == possible
        self.allocated[key] -= quantity if possible else 0

    @rule(key=keys, quantity=few)
    def ship(self, key: tuple[str, str], quantity: int) -> None:
        possible = self.allocated[key] >= quantity and self.on_hand[key] >= quantity
        assert self.operate(key, inv.Ship(quantity)) == possible
        if possible:
            self.allocated[key] -= quantity
            self.on_hand[key] -= quantity

    @rule(key=keys, quantity=few)
    def short_pick(self, key: tuple[str, str], quantity: int) -> None:
        possible = self.allocated[key] >= quantity
        assert self.operate(key, inv.ShortPick(quantity, "shrinkage")) == possible
        if possible:
            self.allocated[key] -= quantity
            self.on_hand[key] = max(0, self.on_hand[key] - quantity)

    @rule(key=keys, quantity=few)
    def sell_at_the_till(self, key: tuple[str, str], quantity: int) -> None:
        assert self.operate(key, inv.Take(quantity))
        self.on_hand[key] = max(0, self.on_hand[key] - quantity)

    @rule(key=keys, quantity=few, condition=st.sampled_from(["sellable", "damaged", "quarantined"]))
    def take_back(self, key: tuple[str, str], quantity: int, condition: str) -> None:
        assert self.operate(key, inv.TakeBack(quantity, condition))
        if condition == "sellable":
            self.on_hand[key] += quantity
        else:
            self.bad[key] += quantity

    @rule(seconds=st.sampled_from([0, 1, 1, 60, 300]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(token=st.sampled_from(TOKENS))
    def wait_until_it_expires(self, token: str) -> None:
        """To the very second (S6)."""
        if self.live(token):
            self.now = self.carts[token][0]

    # -- what must hold ------------------------------------------------------------------------

    @invariant()
    def balances_are_the_models(self) -> None:
        for key in KEYS:
            item = self.states.get(inv.stock_stream(*key))
            if item is None:
                continue
            assert item.on_hand == self.on_hand[key]
            assert item.damaged + item.quarantined == self.bad[key]
            assert item.allocated == self.allocated[key]
            assert item.claims(self.now) == self.claims(key), "counters are the sum of claims"
            assert item.promisable(self.now) == self.free(key)
            assert 0 <= item.reserved(self.now) <= item.on_hand, "S1, always"
            assert self.view.atp(key[1], key[0], self.now) == item.atp(self.now)
        places = ("lax", "nowhere", "nyc")
        for sku in ("TEE", "MUG", "unknown"):
            one_by_one = tuple(self.view.promisable(sku, place, self.now) for place in places)
            assert self.view.promisable_at(sku, places, self.now) == one_by_one

    @invariant()
    def replay_and_reconcile_agree(self) -> None:
        for stream, events in self.histories.items():
            state = None
            for event in events:
                state = inv.evolve_inventory(state, event)
            assert state == self.states[stream]
            if stream.startswith("stock/"):
                assert isinstance(state, inv.StockItem)
                assert inv.reconcile(events, state) is None

    @invariant()
    def a_claim_ends_once(self) -> None:
        for token in self.carts:
            endings = [
                event
                for event in self.histories[inv.reservation_stream(token)]
                if type(event) in (inv.ReservationConfirmed, inv.ReservationReleased, inv.ReservationExpired)
            ]
            assert len(endings) <= 1


Inventory.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestInventory = Inventory.TestCase
