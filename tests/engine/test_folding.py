"""C5: what the engine keeps of a stream is what its events fold to, at every version of every stream."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folded_store import FoldedStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import dumps
from omcore.engine import EVOLVE, BookLabel, OrderManager, SalesChannel, VoidLabel, fold
from omcore.kernel import InvalidType, Location, Money, Network, Place, UnknownEvent, record
from omcore.memory import MemoryCarrier, MemoryChannel, MemoryStore
from omcore.routing import Nearest
from omcore.testing.stores._life import live

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def published() -> MemoryStore:
    """A channel hears twice of what it may sell: a stream of each kind that the life has not."""
    store = MemoryStore()
    oms = OrderManager(
        store,
        network=Network((Location("nyc"),)),
        routing=Nearest(),
        channel=MemoryChannel(),
        sales_channels=(SalesChannel("shop", ("nyc",)),),
    )
    for number in (1, 2):
        oms.execute(inv.ReceiveStock("TEE", "nyc", 9, key=f"po-{number}", at=T0))
        oms.dispatch(at=T0)
    return store


def labeled() -> MemoryStore:
    """An order whose work has a label, which is let go of again."""
    store = MemoryStore()
    network = Network((Location("nyc"),))
    oms = OrderManager(store, network=network, routing=Nearest(), carrier=MemoryCarrier())
    draft = om.OrderDraft(
        om.ExternalRef("web", "shop", "order", "1"),
        "USD",
        (om.DraftLine("l", "TEE", 2, Money(2_000, "USD")),),
        T0,
        destination=Place("US", "NY", "10001"),
        tenders=(om.DraftTender("card", "gateway", Money(4_000, "USD"), authorized=True),),
    )
    oms.execute(inv.ReceiveStock("TEE", "nyc", 9, key="po", at=T0))
    oms.execute(om.PlaceOrder(draft, order_id="labeled", key="place", at=T0))
    oms.route("labeled", key="route", at=T0)
    oms.book_label(BookLabel("labeled", "labeled-F1", "standard", 1_250, key="label", at=T0))
    oms.void_label(VoidLabel("labeled", "label", key="void", at=T0))
    return store


def kept() -> dict[str, tuple[Any, list[Any]]]:
    """Every stream of three lives: its state, and its events."""
    found = {}
    for store in (live([MemoryStore()]).store, published(), labeled()):
        for stream in dict.fromkeys(entry.stream for entry in store.feed(0, 10_000)):
            events = [entry.event for entry in store.history(stream)]
            found[stream] = (store.load((stream,))[stream].state, events)
    return found


KEPT = kept()


def test_every_kind_of_stream_is_folded() -> None:
    assert {stream.partition("/")[0] for stream in KEPT} == set(EVOLVE)


@given(st.sampled_from(sorted(KEPT)), st.data())
def test_a_stream_folds_to_its_state_from_anywhere(stream: str, data: st.DataObject) -> None:
    """At once, one by one, or from a snapshot; the same to the letter, mappings in one order."""
    state, events = KEPT[stream]
    middle = data.draw(st.integers(0, len(events)))
    snapshot = fold(stream, events[:middle])
    assert dumps(fold(stream, events[middle:], snapshot)) == dumps(state)
    assert dumps(fold(stream, tuple(events))) == dumps(state)


def test_an_engine_lives_on_what_was_folded_at_every_commit() -> None:
    life = live([FoldedStore()])
    assert life.said == live([MemoryStore()]).said


@record
class GiftWrapped:
    paper: str


def evolve_gift(before: tuple[str, ...] | None, event: GiftWrapped) -> tuple[str, ...]:
    return (*(before or ()), event.paper)


def test_streams_of_an_embedder_are_folded_by_his_function() -> None:
    mine = {**EVOLVE, "gift": evolve_gift}
    assert fold("gift/o-1", [GiftWrapped("red"), GiftWrapped("gold")], evolve=mine) == ("red", "gold")
    stream = "stock/nyc/TEE"
    assert fold(stream, KEPT[stream][1], evolve=mine) == KEPT[stream][0]


def test_no_events_are_the_state_that_was() -> None:
    for stream, (state, _) in KEPT.items():
        assert fold(stream, [], state) is state
        assert fold(stream, ()) is None


@pytest.mark.parametrize(
    ("stream", "events", "state", "path"),
    [
        (7, [], None, "stream"),
        ("gift/o-1", [GiftWrapped("red")], None, "stream"),
        ("ORDER/o-1", [], None, "stream"),
        ("stock", [], om.Order, "state"),
        ("order/o-1", [], 7, "state"),
        ("order/o-1", iter(()), None, "events"),
        ("order/o-1", None, None, "events"),
    ],
)
def test_what_is_no_stream_of_events_is_refused(stream: Any, events: Any, state: Any, path: str) -> None:
    with pytest.raises(InvalidType) as refused:
        fold(stream, events, state)
    assert refused.value.path == path


@pytest.mark.parametrize("stream", ["order/o-1", "stock/nyc/TEE", "reservation/t", "publication/shop/TEE"])
def test_an_event_of_another_stream_is_never_skipped(stream: str) -> None:
    for event in (GiftWrapped("red"), None, 7, inv.StockReceived):
        with pytest.raises(UnknownEvent):
            fold(stream, [event])
    for other, (_, events) in KEPT.items():
        if other.partition("/")[0] != stream.partition("/")[0]:
            with pytest.raises((UnknownEvent, InvalidType)):
                fold(stream, events)


@pytest.mark.parametrize("evolve", [None, 7, {"gift": 7}, [("gift", evolve_gift)]])
def test_a_table_of_functions_is_wanted(evolve: Any) -> None:
    with pytest.raises(InvalidType) as refused:
        fold("gift/o-1", [], evolve=evolve)
    assert refused.value.path == "evolve"
