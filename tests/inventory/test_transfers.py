"""S10: goods that move between locations are somewhere at every moment, and what does not arrive is told."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omcore import inventory as inv
from omcore.engine import OrderManager
from omcore.inventory.aggregate import EVOLVE
from omcore.kernel import (
    InvalidId,
    LimitExceeded,
    Location,
    Network,
    OmcoreError,
    UnknownEvent,
    UnknownId,
    epoch_second,
)
from omcore.memory import MemoryStore
from omcore.routing import Nearest
from omcore.testing.records import records

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
SOON = T0 + timedelta(days=2)


class Desk:
    """Commands through the engine, and the movements that each made."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        network = Network((Location("nyc"), Location("lax")))
        self.oms = OrderManager(self.store, network=network, routing=Nearest())
        self.number = 0
        self.do(inv.ReceiveStock, "TEE", "nyc", 10)

    def do(self, kind: Any, *arguments: Any, at: datetime = T0, **more: Any) -> list[Any]:
        self.number += 1
        key = f"k{self.number}"
        self.oms.execute(kind(*arguments, **more, key=key, at=at))
        return [entry.event for entry in self.store.feed(0, 1_000) if entry.key == key]

    def send(self, units: int) -> list[Any]:
        return self.do(inv.TransferStock, "tr-1", "TEE", "nyc", "lax", units, SOON)

    def item(self, location: str) -> inv.StockItem:
        item = self.oms.stock("TEE", location)
        assert item is not None
        return item


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -- transfers, in business words ------------------------------------------------------------


def test_s10_what_is_on_a_truck_is_promised_where_it_is_to_arrive_and_nowhere_else(desk: Desk) -> None:
    made = desk.send(6)
    assert made == [
        inv.SupplyExpected(T0, "TEE", "lax", 6, epoch_second(SOON), "tr-1", "nyc"),
        inv.StockSent(T0, "TEE", "nyc", 6, "lax", "tr-1"),
    ]
    assert desk.item("nyc").promisable(T0) == 4
    assert (desk.item("lax").promisable(T0), desk.item("lax").promisable_by(epoch_second(SOON), T0)) == (0, 6)


def test_what_others_have_claimed_or_safety_keeps_is_not_sent(desk: Desk) -> None:
    desk.do(inv.ReserveStock, "cart", "ann", (inv.ReservedItem("TEE", "nyc", 3),), SOON)
    desk.do(inv.SetSafetyStock, "TEE", "nyc", 2)
    desk.do(inv.SetBackorderLimit, "TEE", "nyc", 9)
    with pytest.raises(inv.InsufficientStock) as refused:
        desk.send(6)
    assert refused.value.fields["available"] == 5, "nor what may be promised and is not there"
    assert desk.oms.stock("TEE", "lax") is None, "nothing has changed anywhere"
    desk.send(5)


def test_a_transfer_that_arrives_whole_is_told_as_a_receipt_and_nothing_else(desk: Desk) -> None:
    desk.send(6)
    made = desk.do(inv.ReceiveStock, "TEE", "lax", 6, "tr-1", completes=True)
    assert [type(event) for event in made] == [inv.StockReceived, inv.SupplyExpected]
    assert (desk.item("lax").on_hand, desk.item("lax").detail) == (6, None)


@pytest.mark.parametrize(("arrived", "completes", "told"), [(4, True, -2), (4, False, 0), (7, False, 1)])
def test_what_is_lost_on_the_way_or_more_than_was_sent_is_told(
    desk: Desk, arrived: int, completes: bool, told: int
) -> None:
    desk.send(6)
    made = desk.do(inv.ReceiveStock, "TEE", "lax", arrived, "tr-1", completes)
    differences = [event for event in made if type(event) is inv.TransferDiffered]
    assert differences == ([inv.TransferDiffered(T0, "TEE", "lax", told, "nyc", "tr-1")] if told else [])
    assert desk.item("lax").outlook.coming == (2 if not told else 0)


def test_a_transfer_that_never_arrives_is_lost_by_name_and_those_who_were_promised_hear_of_it(
    desk: Desk,
) -> None:
    desk.send(6)
    item = desk.item("lax")
    promised, _ = inv.decide_operations(
        item, (inv.Promise(4, epoch_second(SOON)),), T0, sku="TEE", location="lax"
    )
    for event in promised:
        item = inv.evolve_stock(item, event)
    made, after = inv.decide_operations(
        item, (inv.Expect("tr-1", 0, epoch_second(SOON)),), T0, sku="TEE", location="lax"
    )
    told = [(type(event), event.quantity) for event in made]
    assert told == [(inv.SupplyExpected, 0), (inv.TransferDiffered, -6), (inv.SupplyShortfallDeclared, 4)]
    assert after.shortfall(T0) == 4


def test_a_late_truck_is_another_date_and_no_loss(desk: Desk) -> None:
    desk.send(6)
    made = desk.do(inv.ExpectSupply, "TEE", "lax", "tr-1", 6, SOON + timedelta(days=1))
    assert [type(event) for event in made] == [inv.SupplyExpected]
    assert made[0].origin == "nyc"
    with pytest.raises(inv.NotInTransit):
        desk.do(inv.ExpectSupply, "TEE", "lax", "tr-1", 7, SOON)


def test_a_truck_that_is_called_back_brings_its_goods_home_again(desk: Desk) -> None:
    desk.send(6)
    desk.do(inv.ReceiveStock, "TEE", "lax", 1, "tr-1")
    desk.do(inv.CallBackTransfer, "tr-1", "TEE", "nyc", "lax", 3)
    assert (desk.item("nyc").on_hand, desk.item("lax").on_hand, desk.item("lax").outlook.coming) == (7, 1, 2)
    with pytest.raises(inv.NotInTransit) as refused:
        desk.do(inv.CallBackTransfer, "tr-1", "TEE", "nyc", "lax", 3)
    assert refused.value.fields["available"] == 2
    desk.do(inv.CallBackTransfer, "tr-1", "TEE", "nyc", "lax", 2)
    assert (desk.item("nyc").on_hand, desk.item("lax").detail) == (9, None)


def test_what_is_bought_cannot_be_called_back_from_a_truck(desk: Desk) -> None:
    desk.do(inv.ExpectSupply, "TEE", "lax", "po-1", 6, SOON)
    with pytest.raises(inv.NotInTransit):
        desk.do(inv.CallBackTransfer, "po-1", "TEE", "nyc", "lax", 1)
    assert desk.item("nyc").on_hand == 10
    with pytest.raises(inv.SupplyExists):
        desk.do(inv.TransferStock, "po-1", "TEE", "nyc", "lax", 1, SOON)


def test_a_transfer_is_between_two_known_places(desk: Desk) -> None:
    with pytest.raises(InvalidId) as refused:
        desk.do(inv.TransferStock, "tr-1", "TEE", "nyc", "nyc", 1, SOON)
    assert refused.value.path == "destination"
    with pytest.raises(UnknownId):
        desk.do(inv.TransferStock, "tr-1", "TEE", "nyc", "moon", 1, SOON)
    assert desk.item("nyc").on_hand == 10


def test_a_location_expects_a_thousand_supplies_and_no_more() -> None:
    expected = [inv.Expect(f"po-{n}", 1, n) for n in range(1_000)]
    _, item = inv.decide_operations(None, expected, T0, sku="TEE", location="lax")
    with pytest.raises(LimitExceeded):
        inv.decide_operations(item, (inv.Await("tr", 1, 5, "nyc"),), T0, sku="TEE", location="lax")


# -- regrading -------------------------------------------------------------------------------


def test_s2_goods_change_their_condition_with_a_cause_and_a_reference(desk: Desk) -> None:
    (made,) = desk.do(inv.RegradeStock, "TEE", "nyc", 3, "sellable", "damaged", "damage", "report-7")
    assert made == inv.StockRegraded(T0, "TEE", "nyc", 3, "sellable", "damaged", "report-7", "damage")
    desk.do(inv.RegradeStock, "TEE", "nyc", 1, "damaged", "sellable", "inspection")
    desk.do(inv.RegradeStock, "TEE", "nyc", 2, "damaged", "", "scrapped")
    item = desk.item("nyc")
    assert (item.on_hand, item.damaged, item.quarantined) == (8, 0, 0)
    with pytest.raises(inv.InsufficientStock):
        desk.do(inv.RegradeStock, "TEE", "nyc", 1, "damaged", "", "scrapped")


def test_s1_goods_that_are_found_broken_may_have_been_claimed_and_that_is_told(desk: Desk) -> None:
    desk.do(inv.ReserveStock, "cart", "ann", (inv.ReservedItem("TEE", "nyc", 9),), SOON)
    made = desk.do(inv.RegradeStock, "TEE", "nyc", 3, "sellable", "", "returned_to_supplier")
    assert [(type(event), event.quantity) for event in made] == [
        (inv.StockRegraded, 3),
        (inv.ShortfallDeclared, 2),
    ]


def test_s2_every_movement_has_a_cause(desk: Desk) -> None:
    desk.send(2)
    desk.do(inv.AdjustStock, "TEE", "nyc", -1, "eaten-by-mice", reference="report-8")
    desk.do(inv.CountStock, "TEE", "nyc", 5, reference="count-3")
    told = [(inv.cause_of(entry.event), entry.event.reference) for entry in desk.store.feed(0, 100)]
    assert sorted(told) == [
        ("count", "count-3"),
        ("eaten-by-mice", "report-8"),
        ("receipt", ""),
        ("supply", "tr-1"),
        ("transfer", "tr-1"),
    ]


def test_the_page_has_every_cause_with_its_meaning() -> None:
    page = (Path(__file__).parents[2] / "docs/howto/keep-stock-true.md").read_text(encoding="utf-8")
    for cause, meaning in inv.CAUSES.items():
        assert f"| `{cause}` | {meaning} |" in page


@given(st.sampled_from(sorted(EVOLVE, key=str)).flatmap(records))
def test_s2_a_movement_of_any_kind_has_a_cause(movement: Any) -> None:
    assert inv.cause_of(movement) or movement.cause == ""


def test_what_is_no_movement_has_no_cause() -> None:
    with pytest.raises(UnknownEvent):
        inv.cause_of("count")


# -- conservation ----------------------------------------------------------------------------

PLACES = ("nyc", "lax", "chi")
places = st.sampled_from(PLACES)
few = st.integers(1, 5)
transfers = st.sampled_from(["tr-1", "tr-2"])


class Trucks(RuleBasedStateMachine):
    """Three locations and trucks between them; the model has a number per place and per truck."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, Any] = {}
        self.history: dict[str, list[Any]] = {}
        self.here: Counter[str] = Counter()
        self.claimed: Counter[str] = Counter()
        self.trucks: dict[tuple[str, str], list[Any]] = {}  # (transfer, to): [from, units]
        self.all = 0
        self.differences = 0

    def do(self, kind: Any, *arguments: Any, **more: Any) -> bool:
        try:
            command = kind(*arguments, **more, key="k", at=T0)
            streams = inv.streams_of(command, None)
            changed = inv.decide_inventory(command, {s: self.states.get(s) for s in streams}, T0)
        except OmcoreError:
            return False
        for stream, events in changed.items():
            self.fold(stream, events)
        return True

    def fold(self, stream: str, events: Any) -> None:
        for event in events:
            self.states[stream] = inv.evolve_stock(self.states.get(stream), event)
            self.history.setdefault(stream, []).append(event)
            if type(event) is inv.TransferDiffered:
                self.differences += event.quantity

    @initialize()
    def begin(self) -> None:
        for place in PLACES:
            self.bring(place, 5)

    @rule(place=places, units=few)
    def bring(self, place: str, units: int) -> None:
        assert self.do(inv.ReceiveStock, "TEE", place, units)
        self.here[place] += units
        self.all += units

    @rule(place=places, units=few)
    def claim(self, place: str, units: int) -> None:
        stream = inv.stock_stream(place, "TEE")
        if self.here[place] - self.claimed[place] >= units:
            events, _ = inv.decide_operations(
                self.states[stream], (inv.Allocate(units),), T0, sku="TEE", location=place
            )
            self.fold(stream, events)
            self.claimed[place] += units

    @rule(transfer=transfers, origin=places, to=places, units=few)
    def send(self, transfer: str, origin: str, to: str, units: int) -> None:
        free = self.here[origin] - self.claimed[origin]
        possible = origin != to and free >= units and (transfer, to) not in self.trucks
        assert self.do(inv.TransferStock, transfer, "TEE", origin, to, units, SOON) == possible
        if possible:
            self.here[origin] -= units
            self.trucks[transfer, to] = [origin, units]

    @rule(transfer=transfers, to=places, units=few, completes=st.booleans())
    def arrive(self, transfer: str, to: str, units: int, completes: bool) -> None:
        before = self.differences
        assert self.do(inv.ReceiveStock, "TEE", to, units, transfer, completes)
        self.here[to] += units
        if (transfer, to) not in self.trucks:
            self.all += units  # under that name something else came
            return
        truck = self.trucks[transfer, to]
        expected = units - truck[1] if completes or units > truck[1] else 0
        assert self.differences - before == expected
        truck[1] = 0 if completes else max(0, truck[1] - units)
        if not truck[1]:
            del self.trucks[transfer, to]

    @rule(transfer=transfers, origin=places, to=places, units=few)
    def call_back(self, transfer: str, origin: str, to: str, units: int) -> None:
        truck = self.trucks.get((transfer, to))
        possible = origin != to and truck is not None and truck[0] == origin and truck[1] >= units
        assert self.do(inv.CallBackTransfer, transfer, "TEE", origin, to, units) == possible
        if truck is not None and possible:
            self.here[origin] += units
            truck[1] -= units
            if not truck[1]:
                del self.trucks[transfer, to]

    @rule(transfer=transfers, to=places, units=st.integers(0, 6))
    def hear_of_a_truck(self, transfer: str, to: str, units: int) -> None:
        truck = self.trucks.get((transfer, to))
        if truck is None:
            return
        possible = units <= truck[1]
        assert self.do(inv.ExpectSupply, "TEE", to, transfer, units, SOON) == possible
        if possible:
            truck[1] = units
            if not units:
                del self.trucks[transfer, to]

    @invariant()
    def goods_are_here_or_under_way_or_told(self) -> None:
        under_way = sum(units for _, units in self.trucks.values())
        assert sum(self.here.values()) + under_way == self.all + self.differences
        items = {place: self.states.get(inv.stock_stream(place, "TEE")) for place in PLACES}
        assert all(item is None or item.on_hand == self.here[place] for place, item in items.items())
        assert all(item is None or item.short(T0) == 0 for item in items.values()), "none was claimed"
        coming = {
            (supply.reference, place): [supply.origin, supply.quantity]
            for place, item in items.items()
            if item is not None
            for supply in item.outlook.expected
        }
        assert coming == self.trucks
        for stream, events in self.history.items():
            assert inv.reconcile(events, self.states[stream]) is None


Trucks.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestTrucks = Trucks.TestCase
