"""State and events to JSON and back: identity (C5), and nothing is converted on the way in."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import dump_json, from_json, payload_hash, to_json
from omcore.kernel import GeoPoint, InvalidType, Location, Network, OmcoreError, Place, UnknownEvent
from omcore.orders.draft import DraftTender, Tax
from omcore.ports import Answer
from omcore.routing import Demand, DemandLine, LowestCost, Rates
from order_life import ORDER_ID, Life, a_draft, a_line, usd

T0 = datetime(2026, 11, 27, 9, 0, 0, 250_000, tzinfo=UTC)


def again(value: Any) -> Any:
    return from_json(json.loads(dump_json(to_json(value))))


def a_whole_life() -> Life:
    """Placed, held, split, short picked, shipped, declined, cancelled in part, returned."""
    life = Life()
    draft = a_draft(
        [a_line(quantity=4, taxes=(Tax("m", amount=usd(90), collected_by="channel"),)), a_line("mug", 2)],
        destination=Place("US", "NY", "10001", GeoPoint(40.7, -74)),
        tenders=(
            DraftTender("gift", "gateway", usd(1000), captured=True),
            DraftTender("card", "gateway", usd(100_000)),
        ),
    )
    life.place(draft, signals=(("fraud_score", 3),))
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    life.approve_all()
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    life.allocate(("tee", "nyc", 3), ("mug", "lax", 2))
    life.do(om.ReportShortPick(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 1),), **life.common()))
    life.ship(1)
    life.approve_all("unknown")
    life.approve_all("declined")
    life.ship(2)
    life.do(om.CancelUnits(ORDER_ID, (("tee", 1),), **life.common()))
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 2),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "rma", "nyc", (("tee", 1),), **life.common()))
    return life


def test_an_order_and_every_event_of_its_life_come_back_as_they_were() -> None:
    life = a_whole_life()
    assert again(life.order) == life.order
    for event in life.events:
        assert again(event) == event
    assert len({type(event) for event in life.events}) > 12


def test_a_stored_order_goes_on_as_the_one_in_memory() -> None:
    """Tuples stay tuples, or the next command would not find its units."""
    life = a_whole_life()
    command = om.ReceiveReturn(ORDER_ID, "rma", "nyc", **life.common())
    stored = om.decide(again(life.order), command, life.context)
    assert stored == om.decide(life.order, command, life.context)


def test_stock_and_reservations_come_back_as_they_were() -> None:
    operations = [inv.Receive(9), inv.Reserve(2, 1_900_000_000), inv.Allocate(3), inv.TakeBack(1, "damaged")]
    events, item = inv.decide_operations(None, operations, T0, sku="TEE \u00e9", location="nyc")
    assert again(item) == item
    assert [again(event) for event in events] == list(events)
    made = inv.ReservationMade(T0, "t", "o", (inv.ReservedItem("A", "nyc", 2),), T0 + timedelta(hours=1))
    assert again(made) == made


def test_an_answer_keeps_its_plan() -> None:
    view = inv.AvailabilityView()
    view.apply(inv.StockReceived(T0, "TEE", "nyc", 9, ""))
    network = Network((Location("nyc", point=GeoPoint(40.7, -74)), Location("lax")))
    demand = Demand("o1", (DemandLine("l", "TEE", 2, (("TEE", 1),)),), Place("US"), at=T0)
    plan = LowestCost(Rates()).plan(demand, network, view)
    answer = Answer("k", "h", "order/o1", T0, "code", "path", (("n", 1), ("rules", ("a", "b"))), plan)
    assert again(answer) == answer
    assert again(answer).result.explain() == plan.explain()


@pytest.mark.parametrize("wrong", [1.9, "1", True, None, [1]])
def test_nothing_is_converted_on_the_way_in(wrong: object) -> None:
    stored = to_json(inv.StockReceived(T0, "TEE", "nyc", 9, ""))
    stored["quantity"] = wrong
    with pytest.raises(OmcoreError):
        from_json(stored)


def test_a_missing_or_an_unknown_field_is_refused() -> None:
    stored = to_json(inv.StockReceived(T0, "TEE", "nyc", 9, ""))
    with pytest.raises(InvalidType):
        from_json({**stored, "extra": 1})
    del stored["sku"]
    with pytest.raises(InvalidType):
        from_json(stored)


@pytest.mark.parametrize("change", [{"type": "Unheard"}, {"v": 99}, {"v": True}, {"type": None}])
def test_an_unknown_type_or_version_is_never_skipped(change: dict[str, object]) -> None:
    stored = to_json(inv.StockReceived(T0, "TEE", "nyc", 9, ""))
    with pytest.raises(UnknownEvent):
        from_json({**stored, **change})


def test_a_retry_with_a_later_time_is_the_same_command_and_another_quantity_is_not() -> None:
    """C4."""

    def receive(quantity: int, at: datetime, sku: str = "TEE") -> str:
        return payload_hash(inv.ReceiveStock(sku=sku, location="nyc", quantity=quantity, key="k", at=at))

    assert receive(1, T0) == receive(1, T0 + timedelta(hours=1))
    assert receive(1, T0) != receive(2, T0)
    assert receive(1, T0) != receive(1, T0, "TEE-2")
    assert len(receive(1, T0)) == 64
