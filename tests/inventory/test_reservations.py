"""Reservations end exactly once, and last exactly as long as they were given (S4-S6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omcore import inventory as inv
from omcore.kernel import UnknownId

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


class Desk:
    """Carries commands out over a few streams."""

    def __init__(self, **stock: int) -> None:
        self.states: dict[str, Any] = {}
        self.keys = 0
        for sku, quantity in stock.items():
            self.do(inv.ReceiveStock(sku, "nyc", quantity, **self.at(0)))

    def at(self, seconds: float) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": T0 + timedelta(seconds=seconds)}

    def do(self, command: Any) -> None:
        token = inv.reservation_stream_of(command)
        streams = inv.streams_of(command, self.states.get(token) if token else None)
        changed = inv.decide_inventory(command, {s: self.states.get(s) for s in streams}, command.at)
        for stream, events in changed.items():
            for event in events:
                self.states[stream] = inv.evolve_inventory(self.states.get(stream), event)

    def reserve(self, token: str, seconds: float, **items: int) -> None:
        made = tuple(inv.ReservedItem(sku, "nyc", n) for sku, n in items.items())
        self.do(inv.ReserveStock(token, "cart", made, T0 + timedelta(seconds=seconds), **self.at(0)))

    def atp(self, sku: str, seconds: float) -> int:
        item: inv.StockItem = self.states[inv.stock_stream("nyc", sku)]
        return item.atp(T0 + timedelta(seconds=seconds))


def test_s4_all_of_the_lines_or_none() -> None:
    desk = Desk(TEE=2, MUG=0 + 1)
    with pytest.raises(inv.InsufficientStock):
        desk.reserve("t", 60, TEE=1, MUG=2)
    assert (desk.atp("TEE", 0), desk.atp("MUG", 0)) == (2, 1)


def test_s5_released_once_and_not_again() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    desk.do(inv.ReleaseReservation("t", **desk.at(1)))
    assert desk.atp("TEE", 1) == 2
    for again in (inv.ReleaseReservation, inv.ExpireReservation):
        with pytest.raises(inv.ReservationEnded) as refused:
            desk.do(again("t", **desk.at(2)))
        assert refused.value.fields["outcome"] == "released"
    assert desk.atp("TEE", 2) == 2


def test_s5_an_extended_claim_holds_until_its_new_time_and_no_longer() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    desk.do(inv.ExtendReservation("t", T0 + timedelta(seconds=90), **desk.at(30)))
    assert [desk.atp("TEE", s) for s in (59, 60, 89, 90)] == [0, 0, 0, 2]
    with pytest.raises(inv.ExpiryNotLater):
        desk.do(inv.ExtendReservation("t", T0 + timedelta(seconds=80), **desk.at(40)))


def test_s5_an_extension_holds_though_a_count_took_the_stock_meanwhile() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    desk.do(inv.CountStock("TEE", "nyc", 0, **desk.at(10)))
    desk.do(inv.ExtendReservation("t", T0 + timedelta(seconds=90), **desk.at(30)))
    assert desk.states["stock/nyc/TEE"].short(T0 + timedelta(seconds=70)) == 2


def test_s6_what_expired_cannot_be_confirmed_released_or_extended() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    now = T0 + timedelta(seconds=60)
    with pytest.raises(inv.ReservationEnded):
        inv.confirm_reservation(desk.states["reservation/t"], "o1", now)
    with pytest.raises(inv.ReservationEnded):
        desk.do(inv.ReleaseReservation("t", **desk.at(60)))
    with pytest.raises(inv.ReservationEnded):
        desk.do(inv.ExtendReservation("t", T0 + timedelta(seconds=90), **desk.at(60)))
    assert inv.live_items(desk.states["reservation/t"], now) == ()


def test_s6_a_claim_is_never_shortened_by_rounding_to_seconds() -> None:
    desk = Desk(TEE=1)
    desk.reserve("t", 10.4, TEE=1)
    assert desk.states["reservation/t"].expires_at == T0 + timedelta(seconds=11)
    assert [desk.atp("TEE", s) for s in (10.9, 11)] == [0, 1]


def test_a_sweep_before_its_time_is_refused_and_a_second_one_is_no_news() -> None:
    desk = Desk(TEE=1)
    desk.reserve("t", 60, TEE=1)
    with pytest.raises(inv.ReservationLive):
        desk.do(inv.ExpireReservation("t", **desk.at(59)))
    desk.do(inv.ExpireReservation("t", **desk.at(60)))
    desk.do(inv.ExpireReservation("t", **desk.at(61)))
    assert desk.states["reservation/t"].outcome == "expired"


def test_a_token_names_one_reservation_for_ever() -> None:
    desk = Desk(TEE=5)
    desk.reserve("t", 60, TEE=1)
    with pytest.raises(inv.ReservationExists):
        desk.reserve("t", 60, TEE=1)
    with pytest.raises(UnknownId):
        desk.do(inv.ReleaseReservation("never", **desk.at(1)))
