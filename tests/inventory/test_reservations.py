"""Reservations end exactly once, and last exactly as long as they were given (S4-S6)."""

from datetime import timedelta

import pytest

from omcore import inventory as inv
from omcore.kernel import InvalidId, UnknownId
from stock_desk import T0, Desk


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


# -- an owner who has changed his mind -------------------------------------------------------


def test_s5_an_owner_is_not_blocked_by_what_he_holds_himself() -> None:
    desk = Desk(TEE=3, MUG=1)
    desk.reserve("old", 60, TEE=3)
    with pytest.raises(inv.InsufficientStock):
        desk.reserve("new", 90, now=10, TEE=3, MUG=1)
    desk.reserve("new", 90, now=10, replaces="old", TEE=3, MUG=1)
    assert [desk.atp("TEE", s) for s in (10, 60, 89, 90)] == [0, 0, 0, 3]
    assert desk.cart("old").outcome == "released"
    assert desk.cart("new").outcome == "live"


def test_s5_what_he_wants_no_more_is_free_in_the_same_commit() -> None:
    desk = Desk(TEE=3, MUG=1)
    desk.reserve("old", 60, TEE=3, MUG=1)
    desk.reserve("new", 60, now=10, replaces="old", TEE=1)
    assert (desk.atp("TEE", 10), desk.atp("MUG", 10)) == (2, 1)


def test_s5_more_than_he_has_and_is_free_is_refused_and_the_old_claim_stays() -> None:
    desk = Desk(TEE=5)
    desk.reserve("old", 60, TEE=3)
    desk.reserve("other", 60, owner="another", TEE=1)
    with pytest.raises(inv.InsufficientStock) as refused:
        desk.reserve("new", 90, now=10, replaces="old", TEE=5)
    assert refused.value.fields["available"] == 1, "besides the three that are his"
    assert desk.cart("old").outcome_at(T0) == "live"
    assert desk.atp("TEE", 10) == 1


def test_s5_what_he_had_stays_his_though_a_count_took_the_stock_meanwhile() -> None:
    desk = Desk(TEE=2, MUG=1)
    desk.reserve("old", 60, TEE=2)
    desk.do(inv.CountStock("TEE", "nyc", 0, **desk.at(5)))
    desk.reserve("new", 90, now=10, replaces="old", TEE=2, MUG=1)
    assert desk.item("TEE").short(T0 + timedelta(seconds=80)) == 2
    assert inv.reconcile(desk.histories["stock/nyc/TEE"], desk.item("TEE")) is None


def test_s5_nobody_takes_the_place_of_what_is_not_his() -> None:
    desk = Desk(TEE=3)
    desk.reserve("old", 60, owner="ann", TEE=3)
    with pytest.raises(inv.NotTheOwner) as refused:
        desk.reserve("new", 90, now=10, owner="bob", replaces="old", TEE=3)
    assert (refused.value.path, refused.value.fields) == ("replaces", {"token": "old"})


def test_s6_what_has_expired_is_nobodys_and_the_new_claim_is_made_like_anybody_elses() -> None:
    for swept in (False, True):
        desk = Desk(TEE=3)
        desk.reserve("old", 60, TEE=2)
        if swept:
            desk.do(inv.ExpireReservation("old", **desk.at(60)))
        desk.reserve("other", 300, now=60, owner="another", TEE=2)
        with pytest.raises(inv.InsufficientStock):
            desk.reserve("new", 300, now=60, replaces="old", TEE=2)
        desk.reserve("new", 300, now=60, replaces="old", TEE=1)
        assert desk.atp("TEE", 60) == 0
        assert desk.cart("old").outcome_at(T0 + timedelta(seconds=60)) == "expired"


def test_only_what_is_there_and_lives_is_replaced_and_only_by_another() -> None:
    desk = Desk(TEE=3)
    with pytest.raises(UnknownId) as unknown:
        desk.reserve("new", 60, replaces="never", TEE=1)
    assert unknown.value.path == "replaces"
    with pytest.raises(InvalidId) as invalid:
        desk.reserve("new", 60, replaces="new", TEE=1)
    assert invalid.value.path == "replaces"
    desk.reserve("old", 60, TEE=1)
    desk.do(inv.ReleaseReservation("old", **desk.at(1)))
    with pytest.raises(inv.ReservationEnded) as ended:
        desk.reserve("new", 60, now=2, replaces="old", TEE=1)
    assert (ended.value.path, ended.value.fields) == ("replaces", {"outcome": "released"})
