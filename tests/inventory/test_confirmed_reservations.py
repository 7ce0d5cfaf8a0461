"""A claim that is confirmed becomes its owner's allocation, and that ends cleanly (S5, S7-S9)."""

import pytest

from omcore import inventory as inv
from omcore.kernel import InvalidId, UnknownId
from stock_desk import Desk, later, some


def test_s5_confirmed_wholly_it_is_an_allocation_that_does_not_expire() -> None:
    desk = Desk(TEE=3, MUG=1)
    desk.reserve("t", 60, TEE=2, MUG=1)
    desk.confirm("t", now=59)
    assert desk.holds("t") == {"nyc/MUG": 1, "nyc/TEE": 2}
    assert (desk.item("TEE").allocated, desk.item("TEE").live(later(59))) == (2, 0)
    assert [desk.atp("TEE", s) for s in (59, 60, 10_000)] == [1, 1, 1]


def test_s5_confirmed_in_part_the_rest_is_free_in_the_same_commit() -> None:
    desk = Desk(TEE=3, MUG=1)
    desk.reserve("t", 60, TEE=3, MUG=1)
    desk.confirm("t", now=10, TEE=2)
    assert desk.holds("t") == {"nyc/TEE": 2}
    assert (desk.atp("TEE", 10), desk.atp("MUG", 10)) == (1, 1)
    with pytest.raises(inv.ReservationEnded) as again:
        desk.confirm("t", now=11, TEE=1)
    assert again.value.fields == {"outcome": "confirmed"}


def test_s5_more_than_was_reserved_is_not_confirmed() -> None:
    desk = Desk(TEE=9)
    desk.reserve("t", 60, TEE=2)
    with pytest.raises(inv.NotReserved) as refused:
        desk.confirm("t", now=10, TEE=3)
    assert refused.value.fields == {"sku": "TEE", "location": "nyc", "requested": 3, "available": 2}
    with pytest.raises(inv.NotReserved):
        desk.confirm("t", now=10, MUG=1)


def test_s3_what_is_named_twice_is_summed() -> None:
    desk = Desk(TEE=4)
    desk.do(inv.ReserveStock("t", "cart", some(TEE=1) * 3, later(60), **desk.at(0)))
    with pytest.raises(inv.NotReserved):
        desk.do(inv.ConfirmReservation("t", some(TEE=2) * 2, **desk.at(1)))
    desk.do(inv.ConfirmReservation("t", some(TEE=1) * 2, **desk.at(1)))
    assert desk.holds("t") == {"nyc/TEE": 2}


def test_s6_at_the_very_second_it_is_too_late() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    with pytest.raises(inv.ReservationEnded) as refused:
        desk.confirm("t", now=60)
    assert refused.value.fields == {"outcome": "expired"}


# -- a payment that came late ----------------------------------------------------------------


@pytest.mark.parametrize("swept", [False, True])
def test_s5_a_late_payment_claims_again_what_is_still_there(swept: bool) -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    if swept:
        desk.do(inv.ExpireReservation("t", **desk.at(61)))
    desk.confirm("t", now=90, late=True)
    assert (desk.cart("t").outcome, desk.holds("t")) == ("confirmed_late", {"nyc/TEE": 2})
    assert desk.atp("TEE", 90) == 0
    with pytest.raises(inv.ReservationEnded) as again:
        desk.confirm("t", now=91, late=True)
    assert again.value.fields == {"outcome": "confirmed_late"}


def test_s5_a_late_payment_for_what_is_gone_is_a_refund_due_that_says_what_is_lacking() -> None:
    desk = Desk(TEE=2, MUG=2, CAP=1)
    desk.reserve("t", 60, TEE=2, MUG=2, CAP=1)
    desk.reserve("other", 600, now=60, TEE=1, MUG=2)
    with pytest.raises(inv.LatePaymentUnfilled) as refused:
        desk.confirm("t", now=90, late=True)
    assert refused.value.fields == {
        "sku": "MUG",
        "location": "nyc",
        "requested": 2,
        "available": 0,
        "lacking": ("stock/nyc/MUG", "stock/nyc/TEE"),
    }
    assert desk.atp("CAP", 90) == 1, "all of it or nothing"
    desk.confirm("t", now=91, late=True, TEE=1, CAP=1)
    assert desk.holds("t") == {"nyc/CAP": 1, "nyc/TEE": 1}


def test_s5_a_payment_that_is_not_late_after_all_confirms_as_ever() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    desk.confirm("t", now=59, late=True)
    assert desk.cart("t").outcome == "confirmed"


def test_s5_what_was_let_go_of_is_not_late() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    desk.do(inv.ReleaseReservation("t", **desk.at(1)))
    with pytest.raises(inv.ReservationEnded) as refused:
        desk.confirm("t", now=90, late=True)
    assert refused.value.fields == {"outcome": "released"}


# -- what the owner holds --------------------------------------------------------------------


def holding() -> Desk:
    """Somebody holds three of four tees and one of two mugs in New York."""
    desk = Desk(TEE=4, MUG=2)
    desk.reserve("t", 60, TEE=3, MUG=1)
    desk.confirm("t", now=1)
    return desk


def test_s8_it_ships_in_parts_and_nothing_ships_twice() -> None:
    desk = holding()
    desk.do(inv.ShipAllocation("t", some(TEE=2), **desk.at(2)))
    assert (desk.item("TEE").on_hand, desk.item("TEE").allocated) == (2, 1)
    with pytest.raises(inv.NotAllocated) as refused:
        desk.do(inv.ShipAllocation("t", some(TEE=2), **desk.at(3)))
    assert refused.value.fields == {"sku": "TEE", "location": "nyc", "requested": 2, "available": 1}
    desk.do(inv.ShipAllocation("t", **desk.at(4)))
    assert desk.holds("t") == {}
    assert (desk.item("TEE").on_hand, desk.item("MUG").on_hand) == (1, 1)
    for again in (inv.ShipAllocation, inv.ReleaseAllocation):
        with pytest.raises(inv.NothingAllocated) as over:
            desk.do(again("t", **desk.at(5)))
        assert over.value.fields == {"outcome": "confirmed"}


def test_s7_letting_go_frees_what_is_still_held_where_it_is_held_once() -> None:
    desk = holding()
    desk.do(inv.ShipAllocation("t", some(TEE=1), **desk.at(2)))
    desk.do(inv.ReleaseAllocation("t", **desk.at(3)))
    assert (desk.atp("TEE", 3), desk.atp("MUG", 3)) == (3, 2)
    with pytest.raises(inv.NothingAllocated):
        desk.do(inv.ReleaseAllocation("t", **desk.at(4)))


def test_s9_what_is_not_found_lowers_on_hand_and_is_held_no_more() -> None:
    desk = holding()
    desk.do(inv.ReportAllocationShort("t", some(TEE=1), "shrinkage", **desk.at(2)))
    tees = desk.item("TEE")
    assert (tees.on_hand, tees.allocated, desk.holds("t")) == (3, 2, {"nyc/MUG": 1, "nyc/TEE": 2})
    (adjusted,) = [e for e in desk.histories["stock/nyc/TEE"] if type(e) is inv.StockAdjusted]
    assert (adjusted.quantity, adjusted.cause, adjusted.reference) == (-1, "shrinkage", "t")


def test_s8_what_a_count_took_cannot_ship_and_is_still_held() -> None:
    desk = holding()
    desk.do(inv.CountStock("TEE", "nyc", 1, **desk.at(2)))
    with pytest.raises(inv.InsufficientStock):
        desk.do(inv.ShipAllocation("t", some(TEE=2), **desk.at(3)))
    desk.do(inv.ShipAllocation("t", some(TEE=1), **desk.at(3)))
    assert desk.holds("t") == {"nyc/MUG": 1, "nyc/TEE": 2}


def test_an_allocation_moves_to_another_location_in_one_commit() -> None:
    desk = holding()
    desk.receive("lax", TEE=2)
    desk.do(inv.MoveAllocation("t", some(TEE=2), "lax", **desk.at(2)))
    assert desk.holds("t") == {"lax/TEE": 2, "nyc/MUG": 1, "nyc/TEE": 1}
    assert (desk.atp("TEE", 2), desk.atp("TEE", 2, "lax")) == (3, 0)
    with pytest.raises(inv.InsufficientStock):
        desk.do(inv.MoveAllocation("t", some(TEE=1), "lax", **desk.at(3)))
    assert desk.atp("TEE", 3) == 3, "refused there, it is still held here"
    desk.do(inv.MoveAllocation("t", some("lax", TEE=2), "nyc", **desk.at(4)))
    assert desk.holds("t") == {"nyc/MUG": 1, "nyc/TEE": 3}


def test_nothing_moves_to_where_it_is() -> None:
    desk = holding()
    with pytest.raises(InvalidId) as refused:
        desk.do(inv.MoveAllocation("t", some(TEE=1), "nyc", **desk.at(2)))
    assert refused.value.path == "items[0].location"


def test_what_was_never_confirmed_is_not_shipped_let_go_of_or_moved() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    commands = (
        inv.ShipAllocation("t", **desk.at(1)),
        inv.ReleaseAllocation("t", **desk.at(1)),
        inv.ReportAllocationShort("t", some(TEE=1), "shrinkage", **desk.at(1)),
        inv.MoveAllocation("t", some(TEE=1), "lax", **desk.at(1)),
    )
    for command in commands:
        with pytest.raises(inv.NothingAllocated) as refused:
            desk.do(command)
        assert refused.value.fields == {"outcome": "live"}
    with pytest.raises(UnknownId):
        desk.do(inv.ShipAllocation("never", **desk.at(1)))


def test_what_an_order_took_over_moves_with_the_order() -> None:
    desk = Desk(TEE=2)
    desk.reserve("t", 60, TEE=2)
    for event in inv.confirm_reservation(desk.cart("t"), "o1", later(1)):
        desk.states["reservation/t"] = inv.evolve_inventory(desk.cart("t"), event)
    for command in (
        inv.ShipAllocation("t", **desk.at(2)),
        inv.ReleaseAllocation("t", **desk.at(2)),
        inv.ReportAllocationShort("t", some(TEE=1), "shrinkage", **desk.at(2)),
        inv.MoveAllocation("t", some(TEE=1), "lax", **desk.at(2)),
    ):
        with pytest.raises(inv.HeldByOrder) as refused:
            desk.do(command)
        assert refused.value.fields == {"order_id": "o1"}
